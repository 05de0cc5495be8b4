//! Baskets handed back: frozen once, shown again as often as asked, found by quote when the order comes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Bulk, Row, Tx, Value, json};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// `form` and `lines` are JSON written by `flow::returning`; what is to be written has the lines as the text that is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Transfer<L = serde_json::Value> {
    pub tenant: String,
    pub session: String,
    pub quote: String,
    pub connection: String,
    pub at: Timestamp,
    pub form: Arc<str>,
    pub lines: L,
    pub repeats: i64,
    pub test: bool,
    /// The quote of the first basket of the chain that this one was edited from; empty for that one.
    pub edits: String,
}

fn transfer(row: &Row) -> Result<Transfer> {
    Ok(Transfer {
        tenant: row.text("tenant")?,
        session: row.text("session")?,
        quote: row.text("quote")?,
        connection: row.text("connection")?,
        at: row.time("at")?,
        form: row.text("form")?.into(),
        lines: json::parse(&row.text("lines")?)?,
        repeats: row.int("repeats")?,
        test: row.flag("test")?,
        edits: row.text("edits")?,
    })
}

/// As [`insert`] takes it.
pub fn values(t: &Transfer<Arc<str>>) -> Vec<Value> {
    vec![
        (&t.tenant).into(),
        (&t.session).into(),
        (&t.quote).into(),
        (&t.connection).into(),
        t.at.into(),
        (&t.form).into(),
        (&t.lines).into(),
        t.repeats.into(),
        t.test.into(),
        (&t.edits).into(),
    ]
}

pub fn insert(rows: Vec<Vec<Value>>) -> Bulk {
    Bulk::insert("transfer", &["tenant", "session", "quote", "connection", "at", "form", "lines", "repeats", "test", "edits"], "", rows)
}

pub async fn by_session(tx: &mut Tx, tenant: &str, session: &str) -> Result<Option<Transfer>> {
    let row = tx
        .sql("SELECT tenant, session, quote, connection, at, form, lines, repeats, test, edits FROM transfer WHERE tenant = $1 AND session = $2")
        .bind(tenant)
        .bind(session)
        .first()
        .await?;
    row.as_ref().map(transfer).transpose()
}

pub async fn by_quote(tx: &mut Tx, tenant: &str, quote: &str) -> Result<Option<Transfer>> {
    let row = tx
        .sql("SELECT tenant, session, quote, connection, at, form, lines, repeats, test, edits FROM transfer WHERE tenant = $1 AND quote = $2")
        .bind(tenant)
        .bind(quote)
        .first()
        .await?;
    row.as_ref().map(transfer).transpose()
}

/// The basket of this quote and all that were edited from it, or with it from an earlier one: the latest first. Two questions, each of which an index
/// answers; that of edited baskets holds no others, so `edits <> ''` must be said.
pub async fn of_chain(tx: &mut Tx, tenant: &str, quote: &str) -> Result<Vec<Transfer>> {
    let rows = tx
        .sql(
            "SELECT tenant, session, quote, connection, at, form, lines, repeats, test, edits FROM transfer WHERE tenant = $1 AND quote = $2
             UNION ALL
             SELECT tenant, session, quote, connection, at, form, lines, repeats, test, edits FROM transfer
             WHERE tenant = $1 AND edits <> '' AND quote <> $2
               AND edits = COALESCE((SELECT NULLIF(first.edits, '') FROM transfer first WHERE first.tenant = $1 AND first.quote = $2), $2)
             ORDER BY at DESC, quote DESC",
        )
        .bind(tenant)
        .bind(quote)
        .all()
        .await?;
    rows.iter().map(transfer).collect()
}

/// Takes back a hand-back that came to nothing; whether it was there.
pub async fn delete(tx: &mut Tx, tenant: &str, quote: &str) -> Result<bool> {
    Ok(tx.sql("DELETE FROM transfer WHERE tenant = $1 AND quote = $2").bind(tenant).bind(quote).run().await? == 1)
}

/// The next number of a tenant's series; the row's lock makes others wait, so no number is drawn twice.
pub async fn next_number(tx: &mut Tx, tenant: &str, series: &str) -> Result<i64> {
    let number = last_number(tx, tenant, series).await? + 1;
    tx.write(vec![set_last_numbers(&[(tenant, series, number)])]).await?;
    Ok(number)
}

/// The last number drawn of a tenant's series, locked: others wait until this transaction ends.
pub async fn last_number(tx: &mut Tx, tenant: &str, series: &str) -> Result<i64> {
    tx.write_returning(last_numbers(&[(tenant, series)])).await?.first().map_or(Ok(0), |row| row.int("value"))
}

/// The same for several series, by tenant and name: gives `tenant`, `name` and `value` of each. Two nodes that lock them in one order cannot
/// wait for each other.
pub fn last_numbers(series: &[(&str, &str)]) -> Bulk {
    let rows = series.iter().map(|(tenant, name)| vec![(*tenant).into(), (*name).into(), 0i64.into()]);
    let tail = "ON CONFLICT (tenant, name) DO UPDATE SET value = counter.value RETURNING tenant, name, value";
    Bulk::insert("counter", &["tenant", "name", "value"], tail, rows.collect())
}

/// Says which numbers were drawn since: tenant, series and last number of each.
pub fn set_last_numbers(drawn: &[(&str, &str, i64)]) -> Bulk {
    let rows = drawn.iter().map(|(tenant, series, number)| vec![(*tenant).into(), (*series).into(), (*number).into()]);
    Bulk::over(
        "UPDATE counter SET value = v.column3 FROM (",
        3,
        ") AS v WHERE counter.tenant = v.column1 AND counter.name = v.column2",
        rows.collect(),
    )
}

/// The same where the number before is known: tenant, series, that number and the last one. Touches those of which it is true.
pub fn go_on(drawn: &[(&str, &str, i64, i64)]) -> Bulk {
    let rows = drawn.iter().map(|(tenant, series, before, last)| vec![(*tenant).into(), (*series).into(), (*before).into(), (*last).into()]);
    Bulk::over(
        "UPDATE counter SET value = v.column4 FROM (",
        4,
        ") AS v WHERE counter.tenant = v.column1 AND counter.name = v.column2 AND counter.value = v.column3",
        rows.collect(),
    )
}

/// Counts showings of a form: tenant and session of each.
pub fn count_repeats(shown: &[&(String, String)]) -> Bulk {
    let mut counts: BTreeMap<&(String, String), i64> = BTreeMap::new();
    for one in shown {
        *counts.entry(*one).or_default() += 1;
    }
    let rows = counts.into_iter().map(|((tenant, session), count)| vec![tenant.into(), session.into(), count.into()]);
    Bulk::over(
        "UPDATE transfer SET repeats = transfer.repeats + v.column3 FROM (",
        3,
        ") AS v WHERE transfer.tenant = v.column1 AND transfer.session = v.column2",
        rows.collect(),
    )
}
