//! Baskets handed back: frozen once, shown again as often as asked, found by quote when the order comes.

use serde_json::Value;

use super::{Row, Tx, json};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// `form` and `lines` are JSON texts written by `flow::returning`.
#[derive(Clone, Debug, PartialEq)]
pub struct Transfer {
    pub tenant: String,
    pub session: String,
    pub quote: String,
    pub connection: String,
    pub at: Timestamp,
    pub form: Value,
    pub lines: Value,
    pub repeats: i64,
    pub test: bool,
}

fn transfer(row: &Row) -> Result<Transfer> {
    Ok(Transfer {
        tenant: row.text("tenant")?,
        session: row.text("session")?,
        quote: row.text("quote")?,
        connection: row.text("connection")?,
        at: row.time("at")?,
        form: json::parse(&row.text("form")?)?,
        lines: json::parse(&row.text("lines")?)?,
        repeats: row.int("repeats")?,
        test: row.flag("test")?,
    })
}

pub async fn insert(tx: &mut Tx, t: &Transfer) -> Result<()> {
    tx.sql("INSERT INTO transfer (tenant, session, quote, connection, at, form, lines, repeats, test) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)")
        .bind(&t.tenant)
        .bind(&t.session)
        .bind(&t.quote)
        .bind(&t.connection)
        .bind(t.at)
        .bind(t.form.to_string())
        .bind(t.lines.to_string())
        .bind(t.test)
        .run()
        .await?;
    Ok(())
}

pub async fn by_session(tx: &mut Tx, tenant: &str, session: &str) -> Result<Option<Transfer>> {
    let row = tx
        .sql("SELECT tenant, session, quote, connection, at, form, lines, repeats, test FROM transfer WHERE tenant = $1 AND session = $2")
        .bind(tenant)
        .bind(session)
        .first()
        .await?;
    row.as_ref().map(transfer).transpose()
}

pub async fn by_quote(tx: &mut Tx, tenant: &str, quote: &str) -> Result<Option<Transfer>> {
    let row = tx
        .sql("SELECT tenant, session, quote, connection, at, form, lines, repeats, test FROM transfer WHERE tenant = $1 AND quote = $2")
        .bind(tenant)
        .bind(quote)
        .first()
        .await?;
    row.as_ref().map(transfer).transpose()
}

/// The next number of a tenant's series; the row's lock makes others wait, so no number is drawn twice.
pub async fn next_number(tx: &mut Tx, tenant: &str, series: &str) -> Result<i64> {
    let row = tx
        .sql(
            "INSERT INTO counter (tenant, name, value) VALUES ($1, $2, 1)
             ON CONFLICT (tenant, name) DO UPDATE SET value = counter.value + 1 RETURNING value",
        )
        .bind(tenant)
        .bind(series)
        .first()
        .await?;
    row.map_or(Ok(0), |row| row.int("value"))
}

pub async fn count_repeat(tx: &mut Tx, tenant: &str, session: &str) -> Result<()> {
    tx.sql("UPDATE transfer SET repeats = repeats + 1 WHERE tenant = $1 AND session = $2").bind(tenant).bind(session).run().await?;
    Ok(())
}
