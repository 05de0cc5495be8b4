//! The one connection of SQLite that writes, and the transaction on it. A turn to the connection's thread and back costs more than most
//! statements: a transaction begins with its first statement, ends with its last, and nothing is asked of the connection between two of them.
//! Never gives the connection to anybody before what was left unfinished on it is undone.

use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::error::{Error, Result};

/// Stands before the first statement: the lock is taken at once, so no transaction fails for it half-way.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE;";
/// Ends whatever was begun, and is no mistake where nothing was: SQLite itself ends a transaction when the disk is full or fails.
const UNDO: &str = "SAVEPOINT unfinished;ROLLBACK";

/// Who wants to write comes here, one after the other.
#[derive(Debug)]
pub(super) struct Writer {
    options: SqliteConnectOptions,
    wait_max: Duration,
    slot: Arc<Mutex<Slot>>,
}

#[derive(Debug, Default)]
struct Slot {
    /// Opened when it is wanted, and again after it failed.
    connection: Option<SqliteConnection>,
    /// Whether a transaction may have been begun on it that was not ended.
    is_unfinished: bool,
    is_closed: bool,
}

impl Slot {
    async fn undo(&mut self) {
        let Some(connection) = &mut self.connection else { return };
        if connection.execute(UNDO).await.is_err() {
            self.connection = None;
        }
        self.is_unfinished = false;
    }
}

impl Writer {
    /// `wait_max` is the longest wait for who writes before.
    pub(super) fn new(options: SqliteConnectOptions, wait_max: Duration) -> Writer {
        Writer { options, wait_max, slot: Arc::default() }
    }

    pub(super) async fn take(&self) -> Result<Writing> {
        let slot = tokio::time::timeout(self.wait_max, self.slot.clone().lock_owned()).await;
        let mut slot = slot.map_err(|_| Error::Unavailable("database: others write for too long".into()))?;
        if slot.is_closed {
            return Err(Error::Unavailable("database: closed".into()));
        }
        if slot.is_unfinished {
            slot.undo().await;
        }
        if slot.connection.is_none() {
            slot.connection = Some(self.options.connect().await.map_err(super::unreachable)?);
        }
        Ok(Writing { slot: Some(slot) })
    }

    /// Waits for who writes, and lets nobody write any more.
    pub(super) async fn close(&self) {
        let mut slot = self.slot.lock().await;
        slot.is_closed = true;
        if let Some(connection) = slot.connection.take() {
            // It is closed, whatever it says.
            let _said = connection.close().await;
        }
    }
}

/// The connection while it is somebody's. Dropped before [`Writing::end`], what was begun is undone.
#[derive(Debug)]
pub(super) struct Writing {
    /// Until it is given back.
    slot: Option<OwnedMutexGuard<Slot>>,
}

impl Writing {
    pub(super) fn connection(&mut self) -> Result<&mut SqliteConnection> {
        self.slot.as_mut().and_then(|slot| slot.connection.as_mut()).ok_or_else(|| Error::internal("no connection that writes"))
    }

    /// Whether a transaction was begun.
    pub(super) fn is_begun(&self) -> bool {
        self.slot.as_ref().is_some_and(|slot| slot.is_unfinished)
    }

    /// Notes that one begins with the next statement; whether it was not begun before.
    pub(super) fn begin(&mut self) -> bool {
        self.slot.as_mut().is_some_and(|slot| !std::mem::replace(&mut slot.is_unfinished, true))
    }

    /// After its commit.
    pub(super) fn end(mut self) {
        if let Some(mut slot) = self.slot.take() {
            slot.is_unfinished = false;
        }
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        let Some(mut slot) = self.slot.take().filter(|slot| slot.is_unfinished) else { return };
        // Soon, since other processes wait for the lock; where nothing runs any more, whoever takes the connection next does it.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { slot.undo().await });
        }
    }
}
