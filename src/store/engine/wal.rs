//! Keeps SQLite's write-ahead log short beside the writers, so that no commit has to carry the pages of all before it into the database
//! while its callers wait. Never decides what is durable: a commit is in the log, and flushed, before it is answered.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool, SqlitePoolOptions};
use tokio::task::JoinHandle;

use super::writer::Writer;
use super::{WAIT_MAX, fault, is_whole};
use crate::error::Result;

/// How often the length is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// Pages that may wait in the log before they are carried over: some 16 MiB.
const WAITING_MAX: i64 = 4000;
/// With no more left a writer is stopped for the rest, after which the log begins anew.
const REST_MAX: i64 = 1000;
/// With so few left it is at once.
const REST_MIN: i64 = 50;
/// So often the pages that came meanwhile are carried over, too, before the rest. The first round leaves its pages for the last to flush, since
/// commits came while it wrote; a round with few of them is through before the next commit and flushes them all, beside the writers.
const ROUNDS: usize = 4;

/// Works for as long as it lives.
#[derive(Debug)]
pub(super) struct Keeper {
    own: SqlitePool,
    task: JoinHandle<()>,
}

impl Keeper {
    /// Ends it and its connection, so that the last writer to go can take the log away.
    pub(super) async fn close(&self) {
        self.task.abort();
        self.own.close().await;
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Pages in the log that are not in the database yet.
async fn ask(connection: &mut SqliteConnection, pragma: &'static str) -> Result<i64> {
    let row = sqlx::query(pragma).fetch_one(connection).await.map_err(fault)?;
    Ok(row.try_get::<i64, _>("log").map_err(fault)? - row.try_get::<i64, _>("checkpointed").map_err(fault)?)
}

/// Looks on a connection of its own, and takes the one that writes only for the little that is left at the end.
pub(super) fn keep_short(options: SqliteConnectOptions, writer: Arc<Writer>) -> Keeper {
    let own = SqlitePoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .acquire_timeout(WAIT_MAX)
        .before_acquire(|connection, _| Box::pin(async move { Ok(is_whole(connection)) }))
        .connect_lazy_with(options);
    let its = own.clone();
    let task = tokio::spawn(async move {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            // A full disk or a lost folder is told by the commits, which fail; here it is tried again.
            if let Err(error) = carry_over(&its, &writer).await {
                tracing::debug!(%error, "the log of writes was not shortened");
            }
        }
    });
    Keeper { own, task }
}

async fn carry_over(own: &SqlitePool, writer: &Writer) -> Result<()> {
    let mut connection = own.acquire().await.map_err(fault)?;
    let mut waiting = ask(&mut connection, "PRAGMA wal_checkpoint(NOOP)").await?;
    if waiting < WAITING_MAX {
        return Ok(());
    }
    for _ in 0..ROUNDS {
        if waiting <= REST_MIN {
            break;
        }
        // What is asked of it says how much there was when it began; what came meanwhile is only seen by asking again.
        ask(&mut connection, "PRAGMA wal_checkpoint(PASSIVE)").await?;
        let left = ask(&mut connection, "PRAGMA wal_checkpoint(NOOP)").await?;
        if left >= waiting && left > REST_MAX {
            // Somebody reads an old moment, for which the log must stay; the writers are not stopped for nothing.
            return Ok(());
        }
        waiting = left;
    }
    if waiting > REST_MAX {
        return Ok(());
    }
    ask(writer.take().await?.connection()?, "PRAGMA wal_checkpoint(PASSIVE)").await.map(drop)
}
