//! The journal: append-only entries of a tenant, numbered without gaps and chained by hash; legs say what moved between the places
//! of budgets. Nothing here updates or deletes an entry.

use serde_json::Value;

use super::{Bulk, Tx};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// An amount that leaves one place of a budget and arrives in another; both sides are written, so legs sum to zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    pub budget: String,
    pub from: &'static str,
    pub to: &'static str,
    pub amount: i64,
}

/// What is to be written.
#[derive(Clone, Debug)]
pub struct Entry {
    pub at: Timestamp,
    pub actor: String,
    pub kind: &'static str,
    pub subject: String,
    pub cause: String,
    pub body: Value,
    pub moves: Vec<Move>,
}

/// The end of a tenant's journal, locked until the transaction ends: other writers of this tenant wait here.
#[derive(Clone, Debug)]
pub struct Head {
    pub sequence: i64,
    pub hash: String,
}

/// First statement of every booking.
pub async fn lock_head(tx: &mut Tx, tenant: &str) -> Result<Head> {
    let row = tx.sql("UPDATE ledger SET head = head WHERE tenant = $1 RETURNING head, hash").bind(tenant).first().await?;
    let row = row.ok_or_else(|| Error::not_found("ledger", tenant))?;
    Ok(Head { sequence: row.int("head")?, hash: row.text("hash")? })
}

/// The text an entry's hash is made of: everything it says, and the hash before it.
pub fn hashed_text(sequence: i64, entry: &Entry, before: &str) -> String {
    let legs: Vec<Value> = legs(&entry.moves).into_iter().map(|(b, p, a)| serde_json::json!([b, p, a])).collect();
    serde_json::json!([sequence, entry.at.0, entry.actor, entry.kind, entry.subject, entry.cause, entry.body, legs, before]).to_string()
}

fn legs(moves: &[Move]) -> Vec<(&str, &'static str, i64)> {
    moves.iter().flat_map(|m| [(m.budget.as_str(), m.from, -m.amount), (m.budget.as_str(), m.to, m.amount)]).collect()
}

/// Appends an entry behind a locked head and gives the new head. `hash` is worked out by the caller from [`hashed_text`].
pub async fn append(tx: &mut Tx, tenant: &str, head: &Head, entry: &Entry, hash: &str) -> Result<Head> {
    let sequence = head.sequence + 1;
    tx.sql(
        "INSERT INTO entry (tenant, sequence, at, actor, kind, subject, cause, body, before_hash, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(tenant)
    .bind(sequence)
    .bind(entry.at)
    .bind(&entry.actor)
    .bind(entry.kind)
    .bind(&entry.subject)
    .bind(&entry.cause)
    .bind(entry.body.to_string())
    .bind(&head.hash)
    .bind(hash)
    .run()
    .await?;
    let rows = (1i64..)
        .zip(legs(&entry.moves))
        .map(|(leg, (budget, place, amount))| vec![tenant.into(), sequence.into(), leg.into(), budget.into(), place.into(), amount.into()]);
    tx.write(vec![Bulk::insert("leg", &["tenant", "sequence", "leg", "budget", "place", "amount"], "", rows.collect())]).await?;
    tx.sql("UPDATE ledger SET head = $2, hash = $3 WHERE tenant = $1").bind(tenant).bind(sequence).bind(hash).run().await?;
    Ok(Head { sequence, hash: hash.to_string() })
}

/// What happened to a subject, oldest first: kind, actor, time and body.
pub async fn of_subject(tx: &mut Tx, tenant: &str, subject: &str) -> Result<Vec<(String, String, Timestamp, Value)>> {
    let rows = tx
        .sql("SELECT kind, actor, at, body FROM entry WHERE tenant = $1 AND subject = $2 ORDER BY sequence LIMIT 500")
        .bind(tenant)
        .bind(subject)
        .all()
        .await?;
    rows.iter().map(|row| Ok((row.text("kind")?, row.text("actor")?, row.time("at")?, super::json::parse(&row.text("body")?)?))).collect()
}
