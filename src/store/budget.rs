//! Budgets: one flat sum per code, with what is committed, delivered and expended of it. The row's CHECK is the last line
//! behind the decision (P3); every change is a leg of a journal entry.

use super::{Row, Tx};
use crate::error::Result;

/// Amounts in minor units of `currency`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    pub code: String,
    pub name: String,
    pub currency: String,
    /// `authoritative` (a stop refuses) or `advisory` (a stop warns; the buyer's ERP decides).
    pub mode: String,
    pub funded: i64,
    pub committed: i64,
    pub delivered: i64,
    pub expended: i64,
}

impl Budget {
    pub fn available(&self) -> i64 {
        self.funded - self.committed - self.delivered - self.expended
    }
}

fn budget(row: &Row) -> Result<Budget> {
    Ok(Budget {
        code: row.text("code")?,
        name: row.text("name")?,
        currency: row.text("currency")?,
        mode: row.text("mode")?,
        funded: row.int("funded")?,
        committed: row.int("committed")?,
        delivered: row.int("delivered")?,
        expended: row.int("expended")?,
    })
}

/// Sets name, mode and funding; what is booked on it stays.
pub async fn upsert(tx: &mut Tx, tenant: &str, b: &Budget) -> Result<()> {
    tx.sql(
        "INSERT INTO budget (tenant, code, name, currency, mode, funded, committed, delivered, expended) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0)
         ON CONFLICT (tenant, code) DO UPDATE SET name = excluded.name, mode = excluded.mode, funded = excluded.funded",
    )
    .bind(tenant)
    .bind(&b.code)
    .bind(&b.name)
    .bind(&b.currency)
    .bind(&b.mode)
    .bind(b.funded)
    .run()
    .await?;
    Ok(())
}

pub async fn all(tx: &mut Tx, tenant: &str) -> Result<Vec<Budget>> {
    let rows = tx
        .sql("SELECT code, name, currency, mode, funded, committed, delivered, expended FROM budget WHERE tenant = $1 ORDER BY code LIMIT 10000")
        .bind(tenant)
        .all()
        .await?;
    rows.iter().map(budget).collect()
}

pub async fn by_code(tx: &mut Tx, tenant: &str, code: &str) -> Result<Option<Budget>> {
    let row = tx
        .sql("SELECT code, name, currency, mode, funded, committed, delivered, expended FROM budget WHERE tenant = $1 AND code = $2")
        .bind(tenant)
        .bind(code)
        .first()
        .await?;
    row.as_ref().map(budget).transpose()
}

/// Moves amounts between the places of a budget.
pub async fn shift(tx: &mut Tx, tenant: &str, code: &str, committed: i64, delivered: i64, expended: i64) -> Result<()> {
    tx.sql(
        "UPDATE budget SET committed = committed + CAST($3 AS BIGINT), delivered = delivered + CAST($4 AS BIGINT), expended = expended + CAST($5 AS BIGINT)
         WHERE tenant = $1 AND code = $2",
    )
    .bind(tenant)
    .bind(code)
    .bind(committed)
    .bind(delivered)
    .bind(expended)
    .run()
    .await?;
    Ok(())
}
