//! Everything that is shared while the program runs: store, configuration, clock, caches, limits, keys.
//! Holds no request and decides nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::clock::Clock;
use crate::config::Config;
use crate::domain::catalogue::Catalogue;
use crate::domain::money::Money;
use crate::domain::name::Language;
use crate::error::Result;
use crate::flow::bookkeeper::Bookkeepers;
use crate::flow::connecting::Live;
use crate::flow::proving::Prover;
use crate::flow::recording::Recorder;
use crate::flow::sessions::Sessions;
use crate::limits::Failures;
use crate::store::Store;
use crate::text::Texts;

/// How long settings read from the database may be used before they are read again: other nodes' changes show within this time.
const FRESH: Duration = Duration::from_secs(1);

pub struct App {
    pub store: Store,
    pub config: Config,
    pub clock: Clock,
    pub connections: Cache<Live>,
    pub catalogues: Cache<Catalogue>,
    /// Lists of codes by buyer.
    pub codes: Cache<Vec<crate::store::code::Entry>>,
    /// Coding to fill in when a session opens, by buyer and whom it is for.
    pub default_codings: Cache<crate::domain::coding::Coding>,
    pub organisations: Cache<crate::store::organisation::Organisation>,
    /// Who a token speaks for, by the token's hash.
    pub callers: Cache<crate::flow::signing::Signed>,
    /// What people were given, by who they are.
    pub askers: Cache<crate::domain::rights::Asker>,
    pub sessions: Sessions,
    pub shelves: crate::web::shop::shelf::Shelves,
    pub failures: Failures,
    pub prover: Prover,
    pub recorder: Recorder,
    pub bookkeepers: Bookkeepers,
    /// Key of this installation for form tokens; never leaves it.
    pub form_key: [u8; 32],
    /// Opens and shuts the credentials for other people's systems.
    pub sealer: crate::flow::sealing::Sealer,
    /// Requests worked on at once; a request that finds no place is told to come back.
    pub places: tokio::sync::Semaphore,
    /// The demo's virtual purchasing system; empty everywhere else.
    pub erp: crate::web::pages::erp::Erp,
    pub metrics: metrics_exporter_prometheus::PrometheusHandle,
}

/// What a line of an invoice says of the share of a budget: how much it is, of what where that is said, and for how many pieces, in the words of who reads it. Documents
/// are made where no texts are known.
pub fn share_note(language: Language, budget: &str, (net, whole): (&Money, Option<&Money>), (quantity, unit): (&Decimal, &str)) -> String {
    let t = Texts(language);
    // Fractions of a unit are many.
    let count = quantity.to_usize().filter(|count| Decimal::from(*count) == *quantity).unwrap_or(2);
    let parts = [
        ("budget", budget.to_string()),
        ("net", t.money(net)),
        ("whole", whole.map_or_else(String::new, |whole| t.money(whole))),
        ("quantity", t.number(quantity, &0)),
        ("unit", t.unit(unit, &count)),
    ];
    t.with_all(if whole.is_some() { "share-note" } else { "share-back" }, &parts)
}

impl App {
    /// Forgets everything read from the database; called after a change made here.
    pub fn forget(&self) {
        self.connections.clear();
        self.catalogues.clear();
        self.codes.clear();
        self.default_codings.clear();
        self.organisations.clear();
        self.callers.clear();
        self.askers.clear();
    }
}

/// Values by name, each used for at most [`FRESH`] before it is checked again.
pub struct Cache<T> {
    entries: Mutex<Entries<T>>,
    turn: tokio::sync::Mutex<()>,
}

/// When it was read, its version, and the value.
type Entries<T> = HashMap<String, (Instant, i64, Arc<T>)>;

impl<T> Default for Cache<T> {
    fn default() -> Cache<T> {
        Cache { entries: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }
}

/// Names kept at once: a flood of made-up names must not fill the memory.
const ENTRIES_MAX: usize = 10_000;

impl<T> Cache<T> {
    fn lock(&self) -> std::sync::MutexGuard<'_, Entries<T>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for whoever reads a value now: when many want the same one at once, only the first reads it.
    pub async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// A value young enough to be used without asking the database.
    pub fn fresh(&self, name: &str) -> Option<Arc<T>> {
        self.lock().get(name).filter(|(read, _, _)| read.elapsed() < FRESH).map(|(_, _, value)| value.clone())
    }

    /// A value of exactly this version, which is young again from now on.
    pub fn of_version(&self, name: &str, version: i64) -> Option<Arc<T>> {
        let mut entries = self.lock();
        let entry = entries.get_mut(name).filter(|(_, known, _)| *known == version)?;
        entry.0 = Instant::now();
        Some(entry.2.clone())
    }

    pub fn put(&self, name: &str, version: i64, value: T) -> Arc<T> {
        let value = Arc::new(value);
        let mut entries = self.lock();
        if entries.len() >= ENTRIES_MAX {
            entries.clear();
        }
        entries.insert(name.to_string(), (Instant::now(), version, value.clone()));
        value
    }

    pub fn clear(&self) {
        self.lock().clear();
    }
}

/// The installation's key, made once and kept in the database so that all nodes share it.
pub async fn form_key(store: &Store) -> Result<[u8; 32]> {
    let fresh = crate::flow::proving::hex(&crate::clock::random::<32>());
    let mut tx = store.begin().await?;
    tx.sql("INSERT INTO setting (name, value) VALUES ('form_key', $1) ON CONFLICT (name) DO NOTHING").bind(fresh).run().await?;
    let row = tx.sql("SELECT value FROM setting WHERE name = 'form_key'").first().await?;
    tx.commit().await?;
    let text = row.map(|row| row.text("value")).transpose()?.unwrap_or_default();
    let key = crate::flow::proving::unhex(&text).and_then(|key| key.try_into().ok());
    key.ok_or_else(|| crate::error::Error::internal("the installation's key cannot be read"))
}
