//! A supplier's invoice runs, claimed with a lease so that one killed half-way is gone on with, and what each came to for each customer.

use serde_json::Value;

use super::{Row, Tx, json};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// `scope` says for whom it is (JSON, written by `flow::invoicing::running`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub supplier: String,
    pub id: String,
    /// What was shipped until this day is invoiced.
    pub reference_date: String,
    pub asked_by: String,
    pub scope: String,
    pub state: String,
    /// Which claim of it this is.
    pub fence: i64,
    pub made_at: Timestamp,
}

/// What a run came to for a customer: `kept_back` is JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub tenant: String,
    pub supplier: String,
    pub run: String,
    pub invoices: i64,
    pub net: i64,
    pub currency: String,
    pub kept_back: Value,
    pub done_at: Timestamp,
}

fn run(row: &Row) -> Result<Run> {
    Ok(Run {
        supplier: row.text("supplier")?,
        id: row.text("id")?,
        reference_date: row.text("reference_date")?,
        asked_by: row.text("asked_by")?,
        scope: row.text("scope")?,
        state: row.text("state")?,
        fence: row.int("fence")?,
        made_at: row.time("made_at")?,
    })
}

/// True when it was not there before.
pub async fn insert(tx: &mut Tx, run: &Run) -> Result<bool> {
    let made = tx
        .sql(
            "INSERT INTO invoice_run (supplier, id, reference_date, asked_by, scope, state, lease_until, fence, made_at, done_at)
             VALUES ($1, $2, $3, $4, $5, 'waiting', 0, 0, $6, NULL) ON CONFLICT (supplier, id) DO NOTHING",
        )
        .bind(&run.supplier)
        .bind(&run.id)
        .bind(&run.reference_date)
        .bind(&run.asked_by)
        .bind(&run.scope)
        .bind(run.made_at)
        .run()
        .await?;
    Ok(made == 1)
}

pub async fn by_id(tx: &mut Tx, supplier: &str, id: &str) -> Result<Option<Run>> {
    let row = tx
        .sql("SELECT supplier, id, reference_date, asked_by, scope, state, fence, made_at FROM invoice_run WHERE supplier = $1 AND id = $2")
        .bind(supplier)
        .bind(id)
        .first()
        .await?;
    row.as_ref().map(run).transpose()
}

/// Newest first.
pub async fn of_supplier(tx: &mut Tx, supplier: &str, limit: u32) -> Result<Vec<Run>> {
    let rows = tx
        .sql(
            "SELECT supplier, id, reference_date, asked_by, scope, state, fence, made_at FROM invoice_run
             WHERE supplier = $1 ORDER BY made_at DESC, id DESC LIMIT $2",
        )
        .bind(supplier)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(run).collect()
}

/// What nobody works on, the oldest first.
pub async fn waiting(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<Run>> {
    let rows = tx
        .sql(
            "SELECT supplier, id, reference_date, asked_by, scope, state, fence, made_at FROM invoice_run
             WHERE state <> 'done' AND lease_until <= $1 ORDER BY made_at, supplier, id LIMIT $2",
        )
        .bind(now)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(run).collect()
}

/// Takes one that nobody works on; false when somebody was faster.
pub async fn claim(tx: &mut Tx, run: &Run, now: Timestamp, until: Timestamp) -> Result<bool> {
    let taken = tx
        .sql(
            "UPDATE invoice_run SET state = 'running', lease_until = $1, fence = fence + 1
             WHERE supplier = $2 AND id = $3 AND state <> 'done' AND lease_until <= $4 AND fence = $5",
        )
        .bind(until)
        .bind(&run.supplier)
        .bind(&run.id)
        .bind(now)
        .bind(run.fence)
        .run()
        .await?;
    Ok(taken == 1)
}

/// Keeps a claim; false when another has it now.
pub async fn renew(tx: &mut Tx, run: &Run, until: Timestamp) -> Result<bool> {
    let kept = tx
        .sql("UPDATE invoice_run SET lease_until = $1 WHERE supplier = $2 AND id = $3 AND fence = $4 AND state = 'running'")
        .bind(until)
        .bind(&run.supplier)
        .bind(&run.id)
        .bind(run.fence)
        .run()
        .await?;
    Ok(kept == 1)
}

pub async fn finish(tx: &mut Tx, run: &Run, now: Timestamp) -> Result<()> {
    tx.sql("UPDATE invoice_run SET state = 'done', done_at = $1, lease_until = 0 WHERE supplier = $2 AND id = $3 AND fence = $4")
        .bind(now)
        .bind(&run.supplier)
        .bind(&run.id)
        .bind(run.fence)
        .run()
        .await
        .map(drop)
}

/// What a run came to for a customer. What was made before it was killed stays counted.
pub async fn put_part(tx: &mut Tx, part: &Part) -> Result<()> {
    tx.sql(
        "INSERT INTO invoice_run_part (tenant, supplier, run, invoices, net, currency, kept_back, done_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (tenant, supplier, run) DO UPDATE SET invoices = excluded.invoices, net = excluded.net, currency = excluded.currency, kept_back = excluded.kept_back,
           done_at = excluded.done_at",
    )
    .bind(&part.tenant)
    .bind(&part.supplier)
    .bind(&part.run)
    .bind(part.invoices)
    .bind(part.net)
    .bind(&part.currency)
    .bind(part.kept_back.to_string())
    .bind(part.done_at)
    .run()
    .await
    .map(drop)
}

/// How many invoices a run has made for a customer so far, and their net.
pub async fn made(tx: &mut Tx, tenant: &str, supplier: &str, run: &str) -> Result<(i64, i64)> {
    let row = tx
        .sql("SELECT CAST(COUNT(*) AS BIGINT) AS invoices, CAST(COALESCE(SUM(net), 0) AS BIGINT) AS net FROM invoice WHERE tenant = $1 AND supplier = $2 AND run = $3")
        .bind(tenant)
        .bind(supplier)
        .bind(run)
        .first()
        .await?;
    row.map_or(Ok((0, 0)), |row| Ok((row.int("invoices")?, row.int("net")?)))
}

/// The parts of a run of one customer after another; reads over all of them.
pub async fn parts(tx: &mut Tx, supplier: &str, run: &str, limit: u32) -> Result<Vec<Part>> {
    let rows = tx
        .sql(
            "SELECT tenant, supplier, run, invoices, net, currency, kept_back, done_at FROM invoice_run_part
             WHERE supplier = $1 AND run = $2 ORDER BY tenant LIMIT $3",
        )
        .bind(supplier)
        .bind(run)
        .bind(limit)
        .all()
        .await?;
    let part = |row: &Row| -> Result<Part> {
        Ok(Part {
            tenant: row.text("tenant")?,
            supplier: row.text("supplier")?,
            run: row.text("run")?,
            invoices: row.int("invoices")?,
            net: row.int("net")?,
            currency: row.text("currency")?,
            kept_back: json::parse(&row.text("kept_back")?)?,
            done_at: row.time("done_at")?,
        })
    };
    rows.iter().map(part).collect()
}
