//! Catalogue sessions and their baskets. The key is stored hashed; the call-up is kept without its secrets.
//! Changes go through `version`: two tabs cannot overwrite each other unseen.

use std::sync::Arc;

use super::{Bulk, Row, Tx, Value, json};
use crate::domain::basket::{Basket, Line};
use crate::domain::callup::CallUp;
use crate::domain::coding::Coding;
use crate::domain::name::Language;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// A session as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub tenant: String,
    pub number: String,
    pub connection: String,
    pub key_hash: String,
    pub user: String,
    pub language: Language,
    /// `open`, `returned` or `cancelled`.
    pub state: String,
    pub call_up: Arc<CallUp>,
    pub basket_coding: Coding,
    pub opened_at: Timestamp,
    pub seen_at: Timestamp,
    pub test: bool,
    pub version: i64,
}

const COLUMNS: &[&str] =
    &["tenant", "number", "connection", "key_hash", "user_name", "language", "state", "call_up", "coding", "opened_at", "seen_at", "test", "version"];

fn session(row: &Row) -> Result<Session> {
    Ok(Session {
        tenant: row.text("tenant")?,
        number: row.text("number")?,
        connection: row.text("connection")?,
        key_hash: row.text("key_hash")?,
        user: row.text("user_name")?,
        language: Language::from_tag(&row.text("language")?).unwrap_or_default(),
        state: row.text("state")?,
        call_up: Arc::new(json::read_call_up(&row.text("call_up")?)?),
        basket_coding: json::read_coding(&json::parse(&row.text("coding")?)?),
        opened_at: row.time("opened_at")?,
        seen_at: row.time("seen_at")?,
        test: row.flag("test")?,
        version: row.int("version")?,
    })
}

/// A session as it is written.
pub fn values(s: &Session) -> Vec<Value> {
    vec![
        (&s.tenant).into(),
        (&s.number).into(),
        (&s.connection).into(),
        (&s.key_hash).into(),
        (&s.user).into(),
        s.language.as_str().into(),
        (&s.state).into(),
        json::call_up(&s.call_up).into(),
        json::coding_text(&s.basket_coding).into(),
        s.opened_at.into(),
        s.seen_at.into(),
        s.test.into(),
        s.version.into(),
    ]
}

/// Of [`values`].
pub fn insert(rows: Vec<Vec<Value>>) -> Bulk {
    Bulk::insert("session", COLUMNS, "", rows)
}

pub async fn by_key(tx: &mut Tx, tenant: &str, key_hash: &str) -> Result<Option<Session>> {
    let row = tx
        .sql(
            "SELECT tenant, number, connection, key_hash, user_name, language, state, call_up, coding, opened_at, seen_at, test, version
             FROM session WHERE tenant = $1 AND key_hash = $2",
        )
        .bind(tenant)
        .bind(key_hash)
        .first()
        .await?;
    row.as_ref().map(session).transpose()
}

pub async fn by_number(tx: &mut Tx, tenant: &str, number: &str) -> Result<Option<Session>> {
    let row = tx
        .sql(
            "SELECT tenant, number, connection, key_hash, user_name, language, state, call_up, coding, opened_at, seen_at, test, version
             FROM session WHERE tenant = $1 AND number = $2",
        )
        .bind(tenant)
        .bind(number)
        .first()
        .await?;
    row.as_ref().map(session).transpose()
}

/// Newest first.
pub async fn of_connection(tx: &mut Tx, tenant: &str, connection: &str, limit: u32) -> Result<Vec<Session>> {
    let rows = tx
        .sql(
            "SELECT tenant, number, connection, key_hash, user_name, language, state, call_up, coding, opened_at, seen_at, test, version
             FROM session WHERE tenant = $1 AND connection = $2 ORDER BY opened_at DESC, number DESC LIMIT $3",
        )
        .bind(tenant)
        .bind(connection)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(session).collect()
}

pub async fn touch(tx: &mut Tx, tenant: &str, number: &str, now: Timestamp) -> Result<()> {
    tx.sql("UPDATE session SET seen_at = $3 WHERE tenant = $1 AND number = $2 AND seen_at < $3").bind(tenant).bind(number).bind(now).run().await?;
    Ok(())
}

/// A step of a session: what it becomes, if nobody changed it since it was read at `version`.
#[derive(Clone, Debug)]
pub struct Advance {
    pub tenant: String,
    pub number: String,
    pub version: i64,
    pub state: String,
    pub coding: Coding,
    pub seen_at: Timestamp,
}

/// Changes sessions that nobody changed since they were read, at most one step for each; touches as many.
pub fn advance(steps: &[&Advance]) -> Bulk {
    steps_of(steps, ") AS v WHERE session.tenant = v.column1 AND session.number = v.column2 AND session.version = v.column3")
}

/// The same, giving `tenant` and `number` of those that it changed.
pub fn advance_each(steps: &[&Advance]) -> Bulk {
    let tail = ") AS v WHERE session.tenant = v.column1 AND session.number = v.column2 AND session.version = v.column3 RETURNING tenant, number";
    steps_of(steps, tail)
}

fn steps_of(steps: &[&Advance], tail: &'static str) -> Bulk {
    let rows = steps.iter().map(|s| {
        vec![(&s.tenant).into(), (&s.number).into(), s.version.into(), (&s.state).into(), json::coding_text(&s.coding).into(), s.seen_at.into()]
    });
    let head = "UPDATE session SET version = session.version + 1, state = v.column4, coding = v.column5, seen_at = v.column6 FROM (";
    Bulk::over(head, 6, tail, rows.collect())
}

/// Takes steps back within their transaction: these sessions could not be handed back after all.
pub fn retreat(steps: &[&Advance]) -> Bulk {
    let rows = steps.iter().map(|s| vec![(&s.tenant).into(), (&s.number).into(), s.version.into()]);
    Bulk::over(
        "UPDATE session SET version = v.column3, state = 'open' FROM (",
        3,
        ") AS v WHERE session.tenant = v.column1 AND session.number = v.column2",
        rows.collect(),
    )
}

/// Opens a session that was handed back, as a change like any other.
pub async fn reopen(tx: &mut Tx, tenant: &str, number: &str) -> Result<()> {
    tx.sql("UPDATE session SET state = 'open', version = session.version + 1 WHERE tenant = $1 AND number = $2 AND state = 'returned'")
        .bind(tenant)
        .bind(number)
        .run()
        .await?;
    Ok(())
}

pub async fn lines(tx: &mut Tx, s: &Session) -> Result<Basket> {
    let rows = tx
        .sql("SELECT line, article, quantity, coding, options FROM basket_line WHERE tenant = $1 AND session = $2 ORDER BY line LIMIT 1000")
        .bind(&s.tenant)
        .bind(&s.number)
        .all()
        .await?;
    let lines = rows.iter().map(|row| {
        Ok(Line {
            line: row.count("line")?,
            article: row.text("article")?,
            quantity: row.decimal("quantity")?,
            coding: json::read_coding(&json::parse(&row.text("coding")?)?),
            chosen: json::read_chosen(&json::parse(&row.text("options")?)?),
        })
    });
    Ok(Basket { lines: lines.collect::<Result<_>>()?, coding: s.basket_coding.clone() })
}

/// Lines put in or changed, each with tenant and number of its session.
pub fn put_lines(lines: &[(&Advance, &Line)]) -> Bulk {
    let rows = lines.iter().map(|(s, line)| {
        vec![
            (&s.tenant).into(),
            (&s.number).into(),
            line.line.into(),
            (&line.article).into(),
            line.quantity.to_string().into(),
            json::coding_text(&line.coding).into(),
            json::chosen(&line.chosen).to_string().into(),
        ]
    });
    let columns = &["tenant", "session", "line", "article", "quantity", "coding", "options"];
    let suffix =
        "ON CONFLICT (tenant, session, line) DO UPDATE SET quantity = excluded.quantity, coding = excluded.coding, options = excluded.options";
    Bulk::insert("basket_line", columns, suffix, rows.collect())
}

/// Lines taken out, each with tenant and number of its session.
pub fn remove_some(lines: &[(&Advance, u32)]) -> Bulk {
    let rows = lines.iter().map(|(s, line)| vec![(&s.tenant).into(), (&s.number).into(), (*line).into()]);
    Bulk::over("DELETE FROM basket_line WHERE (tenant, session, line) IN (", 3, ")", rows.collect())
}

/// Empties the basket of a session that was claimed.
pub async fn remove_lines(tx: &mut Tx, s: &Advance) -> Result<()> {
    tx.sql("DELETE FROM basket_line WHERE tenant = $1 AND session = $2").bind(&s.tenant).bind(&s.number).run().await?;
    Ok(())
}

/// Deletes sessions that ended before a time and were never handed back, with their baskets, a bounded number at once.
pub async fn expire(tx: &mut Tx, tenant: &str, before: Timestamp) -> Result<u64> {
    tx.sql(
        "DELETE FROM session WHERE tenant = $1 AND number IN
           (SELECT number FROM session WHERE tenant = $1 AND opened_at < $2 AND state <> 'returned' ORDER BY number LIMIT 1000)",
    )
    .bind(tenant)
    .bind(before)
    .run()
    .await
}
