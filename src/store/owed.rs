//! What people see of the outbox, and do with it: what waits and behind what, what was parked and why, once more, and given up for a reason.
//! Sends nothing, and never lets a message leave after one of its lane that was made later.

use super::outbox::before;
use super::{Row, Tx};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// A message that a person must look at, and how many wait behind it.
pub struct Parked {
    pub tenant: String,
    pub id: String,
    pub kind: String,
    pub recipient: String,
    pub attempts: i64,
    pub last_answer: String,
    pub behind: i64,
}

/// What a person must look at, over all tenants, the oldest first.
pub async fn parked(tx: &mut Tx, limit: u32) -> Result<Vec<Parked>> {
    let rows = tx
        .sql(concat!(
            "SELECT e.tenant, e.id, e.kind, e.recipient, e.attempts, e.last_answer, (SELECT COUNT(*) FROM outbox o WHERE o.state <> 'done' AND ",
            before!(),
            ") AS behind FROM outbox e WHERE e.state <> 'done' AND e.state = 'parked' ORDER BY e.due_at, e.id LIMIT $1"
        ))
        .bind(limit)
        .all()
        .await?;
    let read = |row: &Row| {
        Ok(Parked {
            tenant: row.text("tenant")?,
            id: row.text("id")?,
            kind: row.text("kind")?,
            recipient: row.text("recipient")?,
            attempts: row.int("attempts")?,
            last_answer: row.text("last_answer")?,
            behind: row.int("behind")?,
        })
    };
    rows.iter().map(read).collect()
}

/// A message that has not left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    pub tenant: String,
    pub id: String,
    pub order: String,
    pub number: String,
    /// `waiting` or `parked`.
    pub state: String,
    pub attempts: i64,
    pub due_at: Timestamp,
    pub created_at: Timestamp,
    pub last_answer: String,
    /// The message that must leave before it.
    pub behind: Option<String>,
}

/// What of this kind is owed to a recipient about orders, over all tenants, the longest ago first.
pub async fn unfinished(tx: &mut Tx, kind: &str, recipient: &str, limit: u32) -> Result<Vec<Unfinished>> {
    let rows = tx
        .sql(concat!(
            "SELECT o.tenant, o.id, o.lane, p.number, o.state, o.attempts, o.due_at, o.created_at, o.last_answer,
               (SELECT MIN(e.id) FROM outbox e WHERE ",
            before!(),
            ") AS behind FROM outbox o JOIN purchase_order p ON p.tenant = o.tenant AND p.id = o.lane
             WHERE o.state <> 'done' AND o.kind = $1 AND o.recipient = $2 ORDER BY o.created_at, o.id LIMIT $3"
        ))
        .bind(kind)
        .bind(recipient)
        .bind(limit)
        .all()
        .await?;
    let read = |row: &Row| {
        Ok(Unfinished {
            tenant: row.text("tenant")?,
            id: row.text("id")?,
            order: row.text("lane")?,
            number: row.text("number")?,
            state: row.text("state")?,
            attempts: row.int("attempts")?,
            due_at: row.time("due_at")?,
            created_at: row.time("created_at")?,
            last_answer: row.text("last_answer")?,
            behind: row.text_or_null("behind")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Whom a message of this kind is for.
pub async fn recipient(tx: &mut Tx, kind: &str, tenant: &str, id: &str) -> Result<Option<String>> {
    let row = tx.sql("SELECT recipient FROM outbox WHERE tenant = $1 AND id = $2 AND kind = $3").bind(tenant).bind(id).bind(kind).first().await?;
    row.map(|row| row.text("recipient")).transpose()
}

/// The lane and the payload of a message of this kind, whether it has left or not.
pub async fn lane_and_payload(tx: &mut Tx, kind: &str, tenant: &str, id: &str) -> Result<Option<(String, String)>> {
    let row = tx.sql("SELECT lane, payload FROM outbox WHERE tenant = $1 AND id = $2 AND kind = $3").bind(tenant).bind(id).bind(kind).first().await?;
    row.map(|row| Ok((row.text("lane")?, row.text("payload")?))).transpose()
}

/// Lets a parked message be tried again from the start, unless one of its lane that was made later has left; gives how many there were (0 or 1).
pub async fn again(tx: &mut Tx, tenant: &str, id: &str, now: Timestamp) -> Result<u64> {
    tx.sql(concat!(
        "UPDATE outbox AS e SET state = 'waiting', due_at = $3, attempts = 0, leased_until = NULL
         WHERE e.tenant = $1 AND e.id = $2 AND e.state = 'parked' AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.state = 'done' AND o.given_up_by = '' AND ",
        before!(),
        ")"
    ))
    .bind(tenant)
    .bind(id)
    .bind(now)
    .run()
    .await
}

/// Ends a parked message without its being sent, so that the next of its lane has its turn; gives how many there were (0 or 1).
pub async fn give_up(tx: &mut Tx, (tenant, id): (&str, &str), who: &str, why: &str, now: Timestamp) -> Result<u64> {
    tx.sql(
        "UPDATE outbox SET state = 'done', due_at = $3, leased_until = NULL, given_up_by = $4, given_up_why = $5
         WHERE tenant = $1 AND id = $2 AND state = 'parked'",
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .bind(who)
    .bind(why)
    .run()
    .await
}

/// A message that was owed, with how it went, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    pub id: String,
    pub kind: String,
    pub recipient: String,
    /// One of waiting, done, parked.
    pub state: String,
    pub attempts: i64,
    pub last_answer: String,
    pub at: Timestamp,
    /// The message that must leave before it.
    pub behind: Option<String>,
    /// Who gave it up, and why; both empty where nobody did.
    pub given_up_by: String,
    pub given_up_why: String,
}

/// What was owed in a lane, the first first.
pub async fn of_lane(tx: &mut Tx, tenant: &str, lane: &str) -> Result<Vec<Owed>> {
    let rows = tx
        .sql(concat!(
            "SELECT o.id, o.kind, o.recipient, o.state, o.attempts, o.last_answer, o.created_at, o.given_up_by, o.given_up_why,
               CASE WHEN o.state = 'done' THEN NULL ELSE (SELECT MIN(e.id) FROM outbox e WHERE ",
            before!(),
            ") END AS behind FROM outbox o WHERE o.tenant = $1 AND o.lane = $2 ORDER BY o.id LIMIT 500"
        ))
        .bind(tenant)
        .bind(lane)
        .all()
        .await?;
    let read = |row: &Row| {
        Ok(Owed {
            id: row.text("id")?,
            kind: row.text("kind")?,
            recipient: row.text("recipient")?,
            state: row.text("state")?,
            attempts: row.int("attempts")?,
            last_answer: row.text("last_answer")?,
            at: row.time("created_at")?,
            behind: row.text_or_null("behind")?,
            given_up_by: row.text("given_up_by")?,
            given_up_why: row.text("given_up_why")?,
        })
    };
    rows.iter().map(read).collect()
}
