//! Catalogue sessions with their baskets: found by key, and kept in memory where this process alone writes them, so that a page
//! costs no question to the database. The database stays the truth: every change goes there first, guarded by the session's version.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::connecting::Live;
use super::proving;
use super::recording::{Frozen, Wanted};
use crate::app::App;
use crate::domain::basket::Basket;
use crate::domain::coding::Coding;
use crate::domain::connection::Connection;
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::store;
use crate::store::session::{Advance, Session};
use crate::wire::oci::returns::ReturnForm;

/// The longest a session may last, however busy it is.
const LIFE_MAX: Duration = Duration::from_secs(8 * 3600);

/// Sessions kept in memory at once; beyond that all of them are read again.
const HELD_MAX: usize = 8192;
/// Baskets that may be added to at the same moment.
const TURNS: usize = 1024;

/// A session, its basket and, once it was handed back, its form. Cheap to copy.
#[derive(Clone, Debug)]
pub struct Held {
    pub session: Arc<Session>,
    pub basket: Arc<Basket>,
    pub form: Option<Arc<ReturnForm>>,
}

/// Sessions in memory, by the hash of their key.
#[derive(Debug)]
pub struct Sessions {
    held: Mutex<HashMap<String, Held>>,
    /// Whether nobody else writes to the database; else nothing is kept.
    alone: bool,
    turns: [tokio::sync::Mutex<()>; TURNS],
}

impl Sessions {
    pub fn new(alone: bool) -> Sessions {
        Sessions { held: Mutex::default(), alone, turns: std::array::from_fn(|_| tokio::sync::Mutex::default()) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, tenant: &str, key_hash: &str) -> Option<Held> {
        self.lock().get(key_hash).filter(|held| held.session.tenant == tenant).cloned()
    }

    /// Keeps what is newer than what is kept: a reader that was overtaken by a change does not bring the old state back.
    pub fn put(&self, new: &Held) {
        if !self.alone {
            return;
        }
        let mut held = self.lock();
        if held.len() >= HELD_MAX {
            held.clear();
        }
        let age = |held: &Held| (held.session.version, held.session.seen_at, held.form.is_some());
        match held.entry(new.session.key_hash.clone()) {
            Entry::Occupied(mut known) if age(known.get()) < age(new) => drop(known.insert(new.clone())),
            Entry::Occupied(_) => {}
            Entry::Vacant(place) => drop(place.insert(new.clone())),
        }
    }

    /// Waits until nobody else here adds to this basket (or to another that shares its turn), and gives the newest state known.
    pub async fn turn(&self, held: &Held) -> (tokio::sync::MutexGuard<'_, ()>, Held) {
        let place = held.session.key_hash.bytes().fold(0usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte))) % TURNS;
        let turn = self.turns[place].lock().await;
        let session = &held.session;
        let newest = self.get(&session.tenant, &session.key_hash).filter(|known| known.session.version > session.version);
        (turn, newest.unwrap_or_else(|| held.clone()))
    }

    /// What is kept of a session turned out to be old.
    pub fn forget(&self, session: &Session) {
        self.lock().remove(&session.key_hash);
    }
}

/// What is kept of a session's key: the time it begins with, which is no secret, and the hash of the whole.
pub fn mark(key: &str) -> String {
    format!("{}{}", key.get(..8).unwrap_or_default(), proving::sha256(key))
}

/// A session as it is now; `None` when there is none with this key.
async fn find(app: &App, tenant: &str, key_hash: &str) -> Result<Option<Held>> {
    if let Some(held) = app.sessions.get(tenant, key_hash) {
        return Ok(Some(held));
    }
    let mut tx = app.store.read().await?;
    let Some(session) = store::session::by_key(&mut tx, tenant, key_hash).await? else { return Ok(None) };
    // Read after the session: lines that are newer than it make its next change fail, not pass.
    let basket = store::session::lines(&mut tx, &session).await?;
    let held = Held { session: Arc::new(session), basket: Arc::new(basket), form: None };
    app.sessions.put(&held);
    Ok(Some(held))
}

/// The same session read anew from the database: somebody else changed it.
pub async fn again(app: &App, session: &Session) -> Result<Option<Held>> {
    app.sessions.forget(session);
    find(app, &session.tenant, &session.key_hash).await
}

/// The step a session is to take from what was read of it.
pub fn step(app: &App, session: &Session, state: &str, coding: &Coding) -> Advance {
    Advance {
        tenant: session.tenant.clone(),
        number: session.number.clone(),
        version: session.version,
        state: state.to_string(),
        coding: coding.clone(),
        seen_at: app.clock.now(),
    }
}

/// Has a change written and gives the session as it is then, with the hand-back where it was one.
pub async fn change(app: &App, held: &Held, wanted: Wanted, basket: Basket) -> Result<(Held, Option<Frozen>)> {
    let becomes = wanted.change.as_ref().map(|change| (change.step.state.clone(), change.step.seen_at));
    let frozen = match app.recorder.record(wanted).await {
        Ok(frozen) => frozen,
        Err(error) => {
            app.sessions.forget(&held.session);
            return Err(error);
        }
    };
    let mut held = held.clone();
    if let Some((state, seen_at)) = becomes {
        let (coding, version) = (basket.coding.clone(), held.session.version + 1);
        held.session = Arc::new(Session { state, seen_at, version, basket_coding: coding, ..(*held.session).clone() });
        held.basket = Arc::new(basket);
    }
    if let Some(frozen) = &frozen {
        held.form = Some(frozen.form.clone());
    }
    app.sessions.put(&held);
    Ok((held, frozen))
}

/// Whether a session may still be used, however long nobody looked at it.
pub fn may_go_on(connection: &Connection, session: &Session, now: Timestamp) -> bool {
    connection.active && now.since(session.opened_at) <= LIFE_MAX.max(idle(connection))
}

fn idle(connection: &Connection) -> Duration {
    Duration::from_secs(u64::from(connection.idle_minutes) * 60)
}

/// A session by its key or by its number and key, as long as it may be used.
pub async fn resume(app: &App, live: &Live, key: &str, number: Option<&str>) -> Result<Option<Held>> {
    let connection = &live.connection;
    let found = find(app, &connection.tenant, &mark(key)).await?;
    let Some(held) = found.filter(|h| h.session.connection == connection.name && number.is_none_or(|n| n == h.session.number)) else {
        return Ok(None);
    };
    let session = &held.session;
    let now = app.clock.now();
    let idle_max = idle(connection);
    if !may_go_on(connection, session, now) || now.since(session.seen_at) > idle_max {
        return Ok(None);
    }
    if now.since(session.seen_at) <= idle_max / 60 {
        return Ok(Some(held));
    }
    if let Err(error) = note_seen(app, session, now).await {
        // A disk that is full or a database that only reads must not close the pages that can still be read.
        tracing::warn!(%error, session.id = session.number, "that a session was seen could not be noted");
        return Ok(Some(held));
    }
    let held = Held { session: Arc::new(Session { seen_at: now, ..(**session).clone() }), ..held };
    app.sessions.put(&held);
    Ok(Some(held))
}

/// Opens a session again whose basket was handed back under this quote and came to nothing; its form is gone as if it had never been.
pub async fn reopen(app: &App, session: &Session, quote: &str) -> Result<()> {
    let mut tx = app.store.begin().await?;
    if store::transfer::delete(&mut tx, &session.tenant, quote).await? {
        store::session::reopen(&mut tx, &session.tenant, &session.number).await?;
    }
    tx.commit().await?;
    app.sessions.forget(session);
    Ok(())
}

async fn note_seen(app: &App, session: &Session, now: Timestamp) -> Result<()> {
    let mut tx = app.store.begin().await?;
    store::session::touch(&mut tx, &session.tenant, &session.number, now).await?;
    tx.commit().await
}
