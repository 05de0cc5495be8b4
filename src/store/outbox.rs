//! Effects owed to the outside: written with what causes them, claimed with a lease, done or parked (P5). Messages of one lane leave one after the
//! other: while one of them waits or is parked, none made after it is claimed. A lane is an order and a way to a partner; letters and events go to
//! several, so that each of their recipients has a lane of its own. What people see of it, and do, stands in `owed`.

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

/// That `e` is in the lane of `o`, was made before it and has not left.
macro_rules! before {
    () => {
        "e.tenant = o.tenant AND e.lane = o.lane AND e.kind = o.kind AND (e.recipient = o.recipient OR e.kind NOT IN ('mail', 'webhook'))
           AND e.state <> 'done' AND e.id < o.id"
    };
}
pub(super) use before;

/// Messages that may be due, over all tenants, the first of each lane; they are then claimed by [`claim`]. Those of some kinds are left where
/// they are, unread: there may be many for which there is no way. SQLite uses the index of what is unfinished only for statements that say
/// `state <> 'done'` in so many words.
pub async fn due(tx: &mut Tx, now: Timestamp, except: &[&str], limit: u32) -> Result<Vec<(String, String)>> {
    let rows = tx
        .sql(concat!(
            "SELECT o.tenant, o.id FROM outbox o WHERE o.state <> 'done' AND o.state = 'waiting' AND $3 NOT LIKE '%,' || o.kind || ',%'
               AND o.due_at <= $1 AND (o.leased_until IS NULL OR o.leased_until < $1) AND NOT EXISTS (SELECT 1 FROM outbox e WHERE ",
            before!(),
            ") ORDER BY o.due_at, o.id LIMIT $2"
        ))
        .bind(now)
        .bind(limit)
        .bind(format!(",{},", except.join(",")))
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

/// What was owed of the same kind in the lane of a message before it, the first first.
pub async fn earlier(tx: &mut Tx, this: &Message) -> Result<Vec<Message>> {
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
