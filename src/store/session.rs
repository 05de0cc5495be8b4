//! Catalogue sessions and their baskets. The key is stored hashed; the call-up is kept without its secrets.
//! Changes go through `version`: two tabs cannot overwrite each other unseen.

use super::{Row, Tx, json};
use crate::domain::basket::{Basket, Line};
use crate::domain::callup::CallUp;
use crate::domain::name::Language;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

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
    pub call_up: CallUp,
    pub basket_coding: crate::domain::coding::Coding,
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
        call_up: json::read_call_up(&row.text("call_up")?)?,
        basket_coding: json::read_coding(&json::parse(&row.text("coding")?)?),
        opened_at: row.time("opened_at")?,
        seen_at: row.time("seen_at")?,
        test: row.flag("test")?,
        version: row.int("version")?,
    })
}

pub async fn insert(tx: &mut Tx, sessions: &[Session]) -> Result<()> {
    let rows = sessions
        .iter()
        .map(|s| {
            vec![
                (&s.tenant).into(),
                (&s.number).into(),
                (&s.connection).into(),
                (&s.key_hash).into(),
                (&s.user).into(),
                s.language.as_str().into(),
                (&s.state).into(),
                json::call_up(&s.call_up).into(),
                json::coding(&s.basket_coding).to_string().into(),
                s.opened_at.into(),
                s.seen_at.into(),
                s.test.into(),
                s.version.into(),
            ]
        })
        .collect();
    tx.insert("session", COLUMNS, "", rows).await?;
    Ok(())
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

/// Claims the right to change the session: nobody else changed it since it was read.
pub async fn advance(tx: &mut Tx, s: &Session, state: &str, coding: &crate::domain::coding::Coding) -> Result<()> {
    let changed = tx
        .sql("UPDATE session SET version = version + 1, state = $4, coding = $5 WHERE tenant = $1 AND number = $2 AND version = $3")
        .bind(&s.tenant)
        .bind(&s.number)
        .bind(s.version)
        .bind(state)
        .bind(json::coding(coding).to_string())
        .run()
        .await?;
    if changed == 1 { Ok(()) } else { Err(Error::Conflict(format!("session {} changed meanwhile", s.number))) }
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

pub async fn put_line(tx: &mut Tx, s: &Session, line: &Line) -> Result<()> {
    tx.sql(
        "INSERT INTO basket_line (tenant, session, line, article, quantity, coding, options) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (tenant, session, line) DO UPDATE SET quantity = excluded.quantity, coding = excluded.coding, options = excluded.options",
    )
    .bind(&s.tenant)
    .bind(&s.number)
    .bind(line.line)
    .bind(&line.article)
    .bind(line.quantity.to_string())
    .bind(json::coding(&line.coding).to_string())
    .bind(json::chosen(&line.chosen).to_string())
    .run()
    .await?;
    Ok(())
}

pub async fn remove_line(tx: &mut Tx, s: &Session, line: u32) -> Result<()> {
    tx.sql("DELETE FROM basket_line WHERE tenant = $1 AND session = $2 AND line = $3").bind(&s.tenant).bind(&s.number).bind(line).run().await?;
    Ok(())
}
