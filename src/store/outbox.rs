//! Effects owed to the outside: written with what causes them, claimed with a lease, done or parked (P5).
//! Messages of one lane (an order) leave one after the other.

use super::{Bulk, Row, Tx};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// `kind` says how it is sent, `payload` is JSON for that kind; the id is what the receiver sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub tenant: String,
    pub id: String,
    pub kind: String,
    pub lane: String,
    pub recipient: String,
    pub payload: String,
    pub attempts: i64,
    pub fence: i64,
}

fn message(row: &Row) -> Result<Message> {
    Ok(Message {
        tenant: row.text("tenant")?,
        id: row.text("id")?,
        kind: row.text("kind")?,
        lane: row.text("lane")?,
        recipient: row.text("recipient")?,
        payload: row.text("payload")?,
        attempts: row.int("attempts")?,
        fence: row.int("fence")?,
    })
}

pub fn insert(messages: &[Message], now: Timestamp) -> Bulk {
    let rows = messages.iter().map(|m| {
        vec![
            (&m.tenant).into(),
            (&m.id).into(),
            (&m.kind).into(),
            (&m.lane).into(),
            (&m.recipient).into(),
            (&m.payload).into(),
            "waiting".into(),
            now.into(),
            0i64.into(),
            None::<i64>.into(),
            0i64.into(),
            "".into(),
            now.into(),
        ]
    });
    let columns = &[
        "tenant",
        "id",
        "kind",
        "lane",
        "recipient",
        "payload",
        "state",
        "due_at",
        "attempts",
        "leased_until",
        "fence",
        "last_answer",
        "created_at",
    ];
    Bulk::insert("outbox", columns, "", rows.collect())
}

/// Messages that may be due, over all tenants, the first of each lane; they are then claimed by [`claim`]. SQLite uses the index of what
/// is unfinished only for statements that say `state <> 'done'` in so many words.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<(String, String)>> {
    let rows = tx
        .sql(
            "SELECT o.tenant, o.id FROM outbox o WHERE o.state <> 'done' AND o.state = 'waiting' AND o.due_at <= $1
               AND (o.leased_until IS NULL OR o.leased_until < $1)
               AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.tenant = o.tenant AND e.lane = o.lane AND e.state = 'waiting' AND e.id < o.id
                                 AND e.kind = o.kind)
             ORDER BY o.due_at, o.id LIMIT $2",
        )
        .bind(now)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(|row| Ok((row.text("tenant")?, row.text("id")?))).collect()
}

/// Takes messages for a while: nobody else may send them until the lease runs out. Those that somebody else took meanwhile are left out.
pub async fn claim(tx: &mut Tx, due: &[(String, String)], now: Timestamp, until: Timestamp) -> Result<Vec<Message>> {
    let rows = due.iter().map(|(tenant, id)| vec![tenant.into(), id.into(), now.into(), until.into()]).collect();
    let head = "UPDATE outbox SET leased_until = v.column4, fence = outbox.fence + 1, attempts = outbox.attempts + 1 FROM (";
    let tail = ") AS v WHERE outbox.tenant = v.column1 AND outbox.id = v.column2 AND outbox.state = 'waiting' AND outbox.due_at <= v.column3
                  AND (outbox.leased_until IS NULL OR outbox.leased_until < v.column3)
                RETURNING outbox.tenant, outbox.id, outbox.kind, outbox.lane, outbox.recipient, outbox.payload, outbox.attempts, outbox.fence";
    tx.write_returning(Bulk::over(head, 4, tail, rows)).await?.iter().map(message).collect()
}

/// What an attempt came to: the state from now on, when it is due again, and the answer.
pub struct Attempt<'m> {
    pub message: &'m Message,
    pub state: &'static str,
    pub due_at: Timestamp,
    pub answer: String,
    /// How many were made; more than there were where a way is given up.
    pub attempts: i64,
}

/// Writes the outcome of attempts; a worker whose lease ran out (another fence) changes nothing.
pub fn finish(attempts: &[Attempt<'_>]) -> Bulk {
    let row = |a: &Attempt<'_>| {
        let m = a.message;
        vec![(&m.tenant).into(), (&m.id).into(), m.fence.into(), a.state.into(), a.due_at.into(), (&a.answer).into(), a.attempts.into()]
    };
    Bulk::over(
        "UPDATE outbox SET state = v.column4, due_at = v.column5, last_answer = v.column6, attempts = v.column7, leased_until = NULL FROM (",
        7,
        ") AS v WHERE outbox.tenant = v.column1 AND outbox.id = v.column2 AND outbox.fence = v.column3 AND outbox.state = 'waiting'",
        attempts.iter().map(row).collect(),
    )
}

/// Puts off every waiting message of a kind that nothing can be done with now; it counts as no attempt.
pub async fn postpone(tx: &mut Tx, kind: &str, now: Timestamp, until: Timestamp, why: &str) -> Result<u64> {
    tx.sql("UPDATE outbox SET due_at = $3, last_answer = $4 WHERE state <> 'done' AND state = 'waiting' AND kind = $1 AND due_at <= $2")
        .bind(kind)
        .bind(now)
        .bind(until)
        .bind(why)
        .run()
        .await
}

/// How many wait and how many are parked, over all tenants.
pub async fn figures(tx: &mut Tx) -> Result<(i64, i64)> {
    let rows = tx.sql("SELECT state, COUNT(*) AS number FROM outbox WHERE state <> 'done' GROUP BY state").all().await?;
    waiting_and_parked(&rows)
}

/// The two figures from rows of state and number.
pub(super) fn waiting_and_parked(rows: &[Row]) -> Result<(i64, i64)> {
    let mut figures = (0, 0);
    for row in rows {
        match row.text("state")?.as_str() {
            "waiting" => figures.0 = row.int("number")?,
            _ => figures.1 = row.int("number")?,
        }
    }
    Ok(figures)
}

/// What a person must look at, over all tenants, the oldest first: tenant, id, kind and recipient, attempts and the last answer.
pub async fn parked(tx: &mut Tx, limit: u32) -> Result<Vec<(String, String, String, i64, String)>> {
    let rows = tx
        .sql("SELECT tenant, id, kind, recipient, attempts, last_answer FROM outbox WHERE state <> 'done' AND state = 'parked' ORDER BY due_at, id LIMIT $1")
        .bind(limit)
        .all()
        .await?;
    let read = |row: &Row| {
        let what = format!("{} to {}", row.text("kind")?, row.text("recipient")?);
        Ok((row.text("tenant")?, row.text("id")?, what, row.int("attempts")?, row.text("last_answer")?))
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
}

/// What of this kind is owed to a recipient about orders, over all tenants, the longest ago first.
pub async fn unfinished(tx: &mut Tx, kind: &str, recipient: &str, limit: u32) -> Result<Vec<Unfinished>> {
    let rows = tx
        .sql(
            "SELECT o.tenant, o.id, o.lane, p.number, o.state, o.attempts, o.due_at, o.created_at, o.last_answer FROM outbox o
               JOIN purchase_order p ON p.tenant = o.tenant AND p.id = o.lane
             WHERE o.state <> 'done' AND o.kind = $1 AND o.recipient = $2 ORDER BY o.created_at, o.id LIMIT $3",
        )
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
        })
    };
    rows.iter().map(read).collect()
}

/// Whom a message of this kind is for.
pub async fn recipient(tx: &mut Tx, kind: &str, tenant: &str, id: &str) -> Result<Option<String>> {
    let row = tx.sql("SELECT recipient FROM outbox WHERE tenant = $1 AND id = $2 AND kind = $3").bind(tenant).bind(id).bind(kind).first().await?;
    row.map(|row| row.text("recipient")).transpose()
}

/// Lets a parked message be tried again from the start; gives how many there were (0 or 1).
pub async fn again(tx: &mut Tx, tenant: &str, id: &str, now: Timestamp) -> Result<u64> {
    tx.sql("UPDATE outbox SET state = 'waiting', due_at = $3, attempts = 0, leased_until = NULL WHERE tenant = $1 AND id = $2 AND state = 'parked'")
        .bind(tenant)
        .bind(id)
        .bind(now)
        .run()
        .await
}

/// What was owed of the same kind in the lane of a message before it, the first first.
pub async fn before(tx: &mut Tx, this: &Message) -> Result<Vec<Message>> {
    let rows = tx
        .sql(
            "SELECT tenant, id, kind, lane, recipient, payload, attempts, fence FROM outbox
             WHERE tenant = $1 AND lane = $2 AND kind = $3 AND id < $4 ORDER BY id",
        )
        .bind(&this.tenant)
        .bind(&this.lane)
        .bind(&this.kind)
        .bind(&this.id)
        .all()
        .await?;
    rows.iter().map(message).collect()
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
}

/// What was owed in a lane, the first first.
pub async fn of_lane(tx: &mut Tx, tenant: &str, lane: &str) -> Result<Vec<Owed>> {
    let rows = tx
        .sql(
            "SELECT id, kind, recipient, state, attempts, last_answer, created_at FROM outbox WHERE tenant = $1 AND lane = $2
             ORDER BY id LIMIT 500",
        )
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
        })
    };
    rows.iter().map(read).collect()
}
