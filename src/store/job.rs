//! Jobs: work that is due at a time, claimed with a lease, done once, tried again or parked (P5). An id is its maker's, so that making a
//! job twice makes it once. Knows no kind of job and decides nothing about them.

use super::{Bulk, Row, Tx};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// A job to be made. The tenant is empty for the installation's own; `payload` is JSON for the kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    pub id: String,
    pub kind: &'static str,
    pub payload: String,
    pub due_at: Timestamp,
}

/// A job in hand. Name and number of attempts say whose lease it is: a later claim has another number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub tenant: String,
    pub id: String,
    pub kind: String,
    pub payload: String,
    pub attempts: i64,
    pub leased_by: String,
}

fn job(row: &Row) -> Result<Job> {
    Ok(Job {
        tenant: row.text("tenant")?,
        id: row.text("id")?,
        kind: row.text("kind")?,
        payload: row.text("payload")?,
        attempts: row.int("attempts")?,
        leased_by: row.text("leased_by")?,
    })
}

/// Makes those jobs of a tenant that are not there yet; gives how many were new.
pub async fn insert(tx: &mut Tx, tenant: &str, jobs: &[NewJob], now: Timestamp) -> Result<u64> {
    tx.write(vec![put(tenant, jobs, now)]).await
}

/// The same as a part of what a commit writes.
pub fn put(tenant: &str, jobs: &[NewJob], now: Timestamp) -> Bulk {
    let columns = &["tenant", "id", "kind", "payload", "state", "due_at", "attempts", "leased_by", "last_error", "made_at"];
    let rows = jobs.iter().map(|j| {
        let zero = 0i64;
        vec![
            tenant.into(),
            (&j.id).into(),
            j.kind.into(),
            (&j.payload).into(),
            "waiting".into(),
            j.due_at.into(),
            zero.into(),
            "".into(),
            "".into(),
            now.into(),
        ]
    });
    Bulk::insert("job", columns, "ON CONFLICT (tenant, id) DO NOTHING", rows.collect())
}

/// Jobs of a kind that may be due, over all tenants; each is then claimed by [`claim`].
pub async fn due(tx: &mut Tx, kind: &str, now: Timestamp, limit: u32) -> Result<Vec<(String, String)>> {
    let rows = tx
        .sql(
            "SELECT tenant, id FROM job WHERE state <> 'done' AND state = 'waiting' AND kind = $1 AND due_at <= $2
               AND (leased_until IS NULL OR leased_until < $2) ORDER BY due_at, id LIMIT $3",
        )
        .bind(kind)
        .bind(now)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(|row| Ok((row.text("tenant")?, row.text("id")?))).collect()
}

/// Takes a job for a while: nobody else works on it until the lease runs out. `None` when somebody was faster.
pub async fn claim(tx: &mut Tx, tenant: &str, id: &str, worker: &str, now: Timestamp, until: Timestamp) -> Result<Option<Job>> {
    let row = tx
        .sql(
            "UPDATE job SET leased_until = $4, leased_by = $5, attempts = attempts + 1
             WHERE tenant = $1 AND id = $2 AND state = 'waiting' AND due_at <= $3 AND (leased_until IS NULL OR leased_until < $3)
             RETURNING tenant, id, kind, payload, attempts, leased_by",
        )
        .bind(tenant)
        .bind(id)
        .bind(now)
        .bind(until)
        .bind(worker)
        .first()
        .await?;
    row.as_ref().map(job).transpose()
}

/// First statement of the transaction that holds the job's effects: marks it done and locks its row, so that of two workers one commits.
/// False when the lease went to another meanwhile.
pub async fn finish(tx: &mut Tx, j: &Job, now: Timestamp) -> Result<bool> {
    let changed = tx
        .sql(
            "UPDATE job SET state = 'done', done_at = $5, leased_until = NULL, last_error = ''
             WHERE tenant = $1 AND id = $2 AND leased_by = $3 AND attempts = $4 AND state = 'waiting'",
        )
        .bind(&j.tenant)
        .bind(&j.id)
        .bind(&j.leased_by)
        .bind(j.attempts)
        .bind(now)
        .run()
        .await?;
    Ok(changed == 1)
}

/// Gives a job back after a failure: `waiting` until it is due again, or `parked` for a person. Without the lease nothing changes.
pub async fn fail(tx: &mut Tx, j: &Job, state: &str, due_at: Timestamp, error: &str) -> Result<u64> {
    tx.sql(
        "UPDATE job SET state = $5, due_at = $6, last_error = $7, leased_until = NULL
         WHERE tenant = $1 AND id = $2 AND leased_by = $3 AND attempts = $4 AND state = 'waiting'",
    )
    .bind(&j.tenant)
    .bind(&j.id)
    .bind(&j.leased_by)
    .bind(j.attempts)
    .bind(state)
    .bind(due_at)
    .bind(error)
    .run()
    .await
}

/// How many wait and how many are parked, over all tenants.
pub async fn figures(tx: &mut Tx) -> Result<(i64, i64)> {
    let rows = tx.sql("SELECT state, COUNT(*) AS number FROM job WHERE state <> 'done' GROUP BY state").all().await?;
    super::outbox::waiting_and_parked(&rows)
}

/// What a person must look at, over all tenants, the oldest first: tenant, id, kind, attempts and the last error.
pub async fn parked(tx: &mut Tx, limit: u32) -> Result<Vec<(String, String, String, i64, String)>> {
    let rows = tx
        .sql("SELECT tenant, id, kind, attempts, last_error FROM job WHERE state <> 'done' AND state = 'parked' ORDER BY due_at, id LIMIT $1")
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(|row| Ok((row.text("tenant")?, row.text("id")?, row.text("kind")?, row.int("attempts")?, row.text("last_error")?))).collect()
}

/// Lets a parked job be tried again from the start; gives how many there were (0 or 1).
pub async fn again(tx: &mut Tx, tenant: &str, id: &str, now: Timestamp) -> Result<u64> {
    tx.sql("UPDATE job SET state = 'waiting', due_at = $3, attempts = 0, leased_until = NULL WHERE tenant = $1 AND id = $2 AND state = 'parked'")
        .bind(tenant)
        .bind(id)
        .bind(now)
        .run()
        .await
}

/// Forgets what was done before a time.
pub async fn expire(tx: &mut Tx, tenant: &str, before: Timestamp) -> Result<u64> {
    tx.sql("DELETE FROM job WHERE tenant = $1 AND state = 'done' AND done_at < $2").bind(tenant).bind(before).run().await
}
