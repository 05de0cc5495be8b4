//! Keeps SQLite's write-ahead log short beside the writers, in their pauses where there are any, so that no commit has to carry the pages of all
//! before it into the database while its callers wait. Never decides what is durable: a commit is in the log, and flushed, before it is answered.

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
/// So many more between two looks are a pause: nobody's commit waits long behind the disk.
const PAUSE: i64 = 200;
/// How long the log may become while there is no pause: some 256 MiB. Who writes a lot at once is not stopped by what was written before, and a page
/// that changes again and again is carried over once.
const BUSY_MAX: i64 = 65_536;
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

/// The log, in pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Log {
    length: i64,
    /// Not in the database yet.
    waiting: i64,
}

impl Log {
    async fn ask(connection: &mut SqliteConnection, pragma: &'static str) -> Result<Log> {
        let row = sqlx::query(pragma).fetch_one(connection).await.map_err(fault)?;
        let length = row.try_get::<i64, _>("log").map_err(fault)?;
        Ok(Log { length, waiting: length - row.try_get::<i64, _>("checkpointed").map_err(fault)? })
    }

    /// Whether its pages are to be carried over now, when it was so long a look ago; one that is shorter began anew.
    fn is_due(self, before: i64) -> bool {
        let came = if self.length < before { self.length } else { self.length - before };
        self.waiting >= WAITING_MAX && (came <= PAUSE || self.length >= BUSY_MAX)
    }
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
        let mut length = 0;
        loop {
            looks.tick().await;
            // A full disk or a lost folder is told by the commits, which fail; here it is tried again.
            if let Err(error) = look(&its, &writer, &mut length).await {
                tracing::debug!(%error, "the log of writes was not shortened");
            }
        }
    });
    Keeper { own, task }
}

/// Carries over what is due; `length` is how long the log was at the look before.
async fn look(own: &SqlitePool, writer: &Writer, length: &mut i64) -> Result<()> {
    let mut connection = own.acquire().await.map_err(fault)?;
    let log = Log::ask(&mut connection, "PRAGMA wal_checkpoint(NOOP)").await?;
    if !log.is_due(std::mem::replace(length, log.length)) {
        return Ok(());
    }
    let mut waiting = log.waiting;
    for _ in 0..ROUNDS {
        if waiting <= REST_MIN {
            break;
        }
        // What is asked of it says how much there was when it began; what came meanwhile is only seen by asking again.
        Log::ask(&mut connection, "PRAGMA wal_checkpoint(PASSIVE)").await?;
        let left = Log::ask(&mut connection, "PRAGMA wal_checkpoint(NOOP)").await?.waiting;
        if left >= waiting && left > REST_MAX {
            // Somebody reads an old moment, for which the log must stay; the writers are not stopped for nothing.
            return Ok(());
        }
        waiting = left;
    }
    if waiting > REST_MAX {
        return Ok(());
    }
    Log::ask(writer.take().await?.connection()?, "PRAGMA wal_checkpoint(PASSIVE)").await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_carried_over_in_a_pause_or_when_it_is_too_long() {
        let due = |length, waiting, before| Log { length, waiting }.is_due(before);
        // Little waits.
        assert!(!due(WAITING_MAX - 1, WAITING_MAX - 1, 0));
        assert!(!due(BUSY_MAX * 2, WAITING_MAX - 1, 0));
        // Enough waits: in a pause, not while more comes.
        assert!(due(WAITING_MAX, WAITING_MAX, WAITING_MAX));
        assert!(due(WAITING_MAX + PAUSE, WAITING_MAX, WAITING_MAX));
        assert!(!due(WAITING_MAX + PAUSE + 1, WAITING_MAX, WAITING_MAX));
        // It began anew, and is long already.
        assert!(!due(WAITING_MAX, WAITING_MAX, BUSY_MAX));
        // Too long, whatever comes and whatever of it was carried over.
        assert!(due(BUSY_MAX, BUSY_MAX, 0));
        assert!(due(BUSY_MAX + 20_000, WAITING_MAX, BUSY_MAX));
        assert!(!due(BUSY_MAX - 1, BUSY_MAX - 1, 0));
    }
}
