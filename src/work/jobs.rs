//! Works on jobs: claims what is due, runs the handler of its kind, and commits what the handler did together with the mark that it is
//! done, so that a job killed anywhere is done once. May run on several nodes at once. Never runs a kind it has no handler for: such
//! a job waits for a node that has one.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::{BATCH, LEASE, back_off};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Result};
use crate::store::Tx;
use crate::store::job::{self, Job};

/// A handler that takes longer is stopped: on SQLite it holds the one writer, for which requests wait 5 s. Long work is cut into jobs.
const WORK_MAX: Duration = Duration::from_secs(4);
/// A job whose workers died this often without a word is parked: it may be what kills them.
const CLAIMS_MAX: i64 = 20;

/// What a kind of job does. Its effects go into the transaction it is given, and nowhere else: what must leave goes through the outbox.
pub type Handler = for<'w> fn(&'w App, &'w mut Tx, &'w Job) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'w>>;

/// The kinds a worker knows.
pub type Kinds = &'static [(&'static str, Handler)];

/// A name that no other worker has.
pub fn worker_name(app: &App) -> String {
    clock::new_id(app.clock.now())
}

/// One pass over what is due; gives how many jobs were tried.
pub async fn pass(app: &App, kinds: Kinds, worker: &str) -> Result<usize> {
    let now = app.clock.now();
    let mut tried = 0;
    for (kind, handler) in kinds {
        let mut tx = app.store.read().await?;
        let due = job::due(&mut tx, kind, now, BATCH).await?;
        drop(tx);
        for (tenant, id) in due {
            let mut tx = app.store.begin().await?;
            let claimed = job::claim(&mut tx, &tenant, &id, worker, now, now.plus(LEASE)).await?;
            tx.commit().await?;
            if let Some(job) = claimed {
                tried += 1;
                run(app, &job, *handler).await?;
            }
        }
    }
    let mut tx = app.store.read().await?;
    let (waiting, parked) = job::figures(&mut tx).await?;
    drop(tx);
    metrics::gauge!("hookline_jobs_waiting").set(u32::try_from(waiting).unwrap_or(u32::MAX));
    metrics::gauge!("hookline_jobs_parked").set(u32::try_from(parked).unwrap_or(u32::MAX));
    Ok(tried)
}

async fn run(app: &App, job: &Job, handler: Handler) -> Result<()> {
    let outcome = if job.attempts > CLAIMS_MAX {
        Err(Error::internal("its workers ended without a word"))
    } else {
        let late = |_| Err(Error::Unavailable(format!("it took longer than {} s", WORK_MAX.as_secs())));
        tokio::time::timeout(WORK_MAX, work(app, job, handler)).await.unwrap_or_else(late)
    };
    match outcome {
        Ok(true) => tracing::debug!(job = job.id, tenant = job.tenant, "a job is done"),
        Ok(false) => tracing::info!(job = job.id, tenant = job.tenant, "another worker has this job now"),
        Err(error) => return fail(app, job, &error).await,
    }
    Ok(())
}

/// True when mark and effects are committed.
async fn work(app: &App, job: &Job, handler: Handler) -> Result<bool> {
    let mut tx = app.store.begin().await?;
    if !job::finish(&mut tx, job, app.clock.now()).await? {
        return Ok(false);
    }
    handler(app, &mut tx, job).await?;
    tx.commit().await?;
    Ok(true)
}

async fn fail(app: &App, job: &Job, error: &Error) -> Result<()> {
    let now = app.clock.now();
    let (state, due_at) = match back_off(job.attempts) {
        Some(delay) => ("waiting", now.plus(delay)),
        None => ("parked", now),
    };
    let mut tx = app.store.begin().await?;
    job::fail(&mut tx, job, state, due_at, &error.to_string()).await?;
    tx.commit().await?;
    if state == "parked" {
        tracing::warn!(job = job.id, tenant = job.tenant, kind = job.kind, %error, "a job is parked; a person must look");
    } else {
        tracing::info!(job = job.id, tenant = job.tenant, attempts = job.attempts, %error, "a job failed and is tried again");
    }
    Ok(())
}
