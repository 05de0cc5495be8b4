//! One bookkeeper for each buyer: it takes the bookings that wait, has them decided and written in one commit, and only then answers each
//! (house-style, "The books"; budgets-and-orders, chapter 13). Several processes may keep the books of one buyer; the lock of the journal's
//! head puts them in a row. Decides nothing itself, and answers nothing that is not durable.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::bookkeeping::{Booking, Desk, Done};
use super::gathering::{self, Gathering, Portion};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::store::Store;

/// What may wait at once for one buyer; beyond that callers are told to come back.
const QUEUE_MAX: usize = 1024;
const BATCH_MAX: usize = 256;
/// Books that nobody wants anything of for so long are let go.
const IDLE: Duration = Duration::from_secs(600);

type Waiting = (Booking, oneshot::Sender<Result<Done>>);

/// The way to every buyer's bookkeeper.
pub struct Bookkeepers {
    store: Store,
    clock: Clock,
    /// Where they work, and where those who want bookings do.
    runtime: Handle,
    callers: Handle,
    queues: Mutex<HashMap<String, mpsc::Sender<Waiting>>>,
    /// Ends the thread of the bookkeepers when it is dropped.
    _end: Option<oneshot::Sender<()>>,
}

impl Bookkeepers {
    /// With SQLite they have a thread of their own, as the recorder has and for the same reason; else they live among the requests.
    pub fn start(store: Store, clock: Clock) -> Result<Bookkeepers> {
        let queues = Mutex::default();
        let callers = Handle::try_current().map_err(Error::internal)?;
        if store.file().is_none() {
            return Ok(Bookkeepers { store, clock, runtime: callers.clone(), callers, queues, _end: None });
        }
        let own = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(Error::internal)?;
        let runtime = own.handle().clone();
        let (end, ended) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("bookkeeper".into());
        thread.spawn(move || own.block_on(async { drop(ended.await) })).map_err(Error::internal)?;
        Ok(Bookkeepers { store, clock, runtime, callers, queues, _end: Some(end) })
    }

    /// Returns when what became of it is on disk.
    pub async fn book(&self, tenant: &str, booking: Booking) -> Result<Done> {
        let (done, answer) = oneshot::channel();
        self.queue(tenant).try_send((booking, done)).map_err(|_| Error::Unavailable("too many bookings wait".into()))?;
        answer.await.map_err(|_| Error::Unavailable("the bookkeeper stopped".into()))?
    }

    fn queue(&self, tenant: &str) -> mpsc::Sender<Waiting> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get(tenant).filter(|queue| !queue.is_closed()) {
            return queue.clone();
        }
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        self.runtime.spawn(run(self.store.clone(), self.clock.clone(), Desk::new(tenant), self.callers.clone(), waiting));
        queues.insert(tenant.to_string(), queue.clone());
        queue
    }
}

async fn run(store: Store, clock: Clock, mut desk: Desk, callers: Handle, queue: mpsc::Receiver<Waiting>) {
    let mut queue = Gathering::new(queue, BATCH_MAX, Portion::All);
    let mut batch: Vec<Waiting> = Vec::with_capacity(BATCH_MAX);
    loop {
        match tokio::time::timeout(IDLE, queue.next(&mut batch)).await {
            Err(_) if batch.is_empty() => {
                desk.forget();
                continue;
            }
            Ok(0) => break,
            _ => {}
        }
        let (bookings, done): (Vec<Booking>, Vec<_>) = batch.drain(..).unzip();
        let all: Vec<&Booking> = bookings.iter().collect();
        let outcomes = match write(&store, &clock, &mut desk, &all).await {
            Ok(outcomes) => outcomes,
            Err(Error::Unavailable(why)) => all.iter().map(|_| Err(Error::Unavailable(why.clone()))).collect(),
            Err(_) => one_by_one(&store, &clock, &mut desk, &all).await,
        };
        queue.written(all.len());
        metrics::histogram!("hookline_bookings_per_commit").record(u32::try_from(all.len()).unwrap_or(u32::MAX));
        gathering::answer(&callers, done, outcomes);
    }
}

/// Something in the batch cannot be written: the others must not suffer for it.
async fn one_by_one(store: &Store, clock: &Clock, desk: &mut Desk, bookings: &[&Booking]) -> Vec<Result<Done>> {
    let mut outcomes = Vec::with_capacity(bookings.len());
    for one in bookings {
        let outcome = write(store, clock, desk, &[*one]).await;
        outcomes.push(outcome.and_then(|mut outcome| outcome.pop().unwrap_or(Err(Error::internal("a booking without an outcome")))));
    }
    outcomes
}

async fn write(store: &Store, clock: &Clock, desk: &mut Desk, bookings: &[&Booking]) -> Result<Vec<Result<Done>>> {
    let mut tx = store.begin().await?;
    let outcomes = desk.book_last(&mut tx, bookings, clock.now()).await?;
    let committed = tx.commit().await;
    if committed.is_err() {
        desk.forget();
    }
    committed.map(|()| outcomes)
}
