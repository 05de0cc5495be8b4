//! One bookkeeper for each buyer: it takes the bookings that wait, has them decided and written in one commit, and only then answers each
//! (house-style, "The books"; budgets-and-orders, chapter 13). With SQLite the next are decided while these are written, from what will be true
//! then; where it is not, nothing of them is written and they are decided anew. Several processes may keep the books of one buyer; the lock of
//! the journal's head puts them in a row. Decides nothing itself, and answers nothing that is not durable.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::bookkeeping::{Booking, Desk, Done};
use super::gathering::{self, Gathering, Portion};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::store::{Bulk, Store};

/// What may wait at once for one buyer; beyond that callers are told to come back.
const QUEUE_MAX: usize = 1024;
const BATCH_MAX: usize = 256;
/// Books that nobody wants anything of for so long are let go.
const IDLE: Duration = Duration::from_secs(600);
/// Batches that are decided in their own transaction after several that were anticipated and were not to be.
const DOUBT_MAX: u32 = 256;

type Waiting = (Booking, oneshot::Sender<Result<Done>>);

/// The way to every buyer's bookkeeper.
pub struct Bookkeepers {
    means: Means,
    /// Where they work.
    runtime: Handle,
    queues: Mutex<HashMap<String, mpsc::Sender<Waiting>>>,
    /// Ends the thread of the bookkeepers when it is dropped.
    _end: Option<oneshot::Sender<()>>,
}

/// What all bookkeepers have.
#[derive(Clone)]
struct Means {
    store: Store,
    clock: Clock,
    /// Where those are who want bookings.
    callers: Handle,
}

impl Bookkeepers {
    /// With SQLite they have a thread of their own, as the recorder has and for the same reason; else they live among the requests.
    pub fn start(store: Store, clock: Clock) -> Result<Bookkeepers> {
        let queues = Mutex::default();
        let callers = Handle::try_current().map_err(Error::internal)?;
        let means = Means { store, clock, callers: callers.clone() };
        if means.store.file().is_none() {
            return Ok(Bookkeepers { means, runtime: callers, queues, _end: None });
        }
        let own = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(Error::internal)?;
        let runtime = own.handle().clone();
        let (end, ended) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("bookkeeper".into());
        thread.spawn(move || own.block_on(async { drop(ended.await) })).map_err(Error::internal)?;
        Ok(Bookkeepers { means, runtime, queues, _end: Some(end) })
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
        let means = self.means.clone();
        // A server is asked statement by statement, and to look whether all is as it was anticipated would be some more.
        let (anticipates, portion) = if means.store.file().is_some() { (true, Portion::Few) } else { (false, Portion::All) };
        let doubt = Doubt::default();
        let keeper = Keeper { means, desk: Desk::new(tenant), anticipates, doubt, decided: Vec::new(), outcomes: Vec::new(), ahead: None };
        self.runtime.spawn(keeper.run(Gathering::new(waiting, BATCH_MAX, portion)));
        queues.insert(tenant.to_string(), queue.clone());
        queue
    }
}

/// How often what was anticipated was not to be.
#[derive(Default)]
struct Doubt {
    /// Batches that are decided in their own transaction the next time, and those that are left of this time.
    next: u32,
    left: u32,
}

impl Doubt {
    fn was_wrong(&mut self) {
        self.next = (self.next * 2).clamp(1, DOUBT_MAX);
        self.left = self.next;
    }

    fn was_right(&mut self) {
        self.next /= 2;
    }

    /// Whether the next batch may be anticipated.
    fn is_over(&mut self) -> bool {
        let is_over = self.left == 0;
        self.left = self.left.saturating_sub(1);
        is_over
    }
}

/// What became of it: those who wait for it, with their outcomes or with why it failed.
struct Landed {
    took: Duration,
    decided: Vec<Waiting>,
    written: Result<Vec<Result<Done>>>,
}

struct Keeper {
    means: Means,
    desk: Desk,
    anticipates: bool,
    doubt: Doubt,
    /// What was anticipated while others are being written, and what came of it.
    decided: Vec<Waiting>,
    outcomes: Vec<Result<Done>>,
    ahead: Option<JoinHandle<Landed>>,
}

impl Keeper {
    async fn run(mut self, mut queue: Gathering<Waiting>) {
        let mut batch: Vec<Waiting> = Vec::with_capacity(BATCH_MAX);
        loop {
            if let Some(landing) = &mut self.ahead {
                // On a slow disk all who come share the next commit, instead of every other half.
                let is_full = queue.is_slow() || self.decided.len() >= BATCH_MAX;
                tokio::select! {
                    biased;
                    landed = landing => {
                        self.ahead = None;
                        self.landed(&mut queue, landed.ok()).await;
                        continue;
                    }
                    count = queue.next(&mut batch), if !is_full => if count == 0 { break },
                }
            } else {
                match tokio::time::timeout(IDLE, queue.next(&mut batch)).await {
                    Err(_) if batch.is_empty() => {
                        self.desk.forget();
                        continue;
                    }
                    Ok(0) => break,
                    _ => {}
                }
            }
            let waiting = std::mem::replace(&mut batch, Vec::with_capacity(BATCH_MAX));
            let mut left = self.anticipate(waiting).await;
            if self.ahead.is_none() {
                self.send();
            }
            if !left.is_empty() {
                self.land_all(&mut queue).await;
                queue.take_along(&mut left);
                self.book(&mut queue, left).await;
            }
            // What is being written goes on in between.
            tokio::task::yield_now().await;
        }
        self.land_all(&mut queue).await;
    }

    /// Has decided what can be from memory; gives the others.
    async fn anticipate(&mut self, waiting: Vec<Waiting>) -> Vec<Waiting> {
        if !self.anticipates || !self.doubt.is_over() {
            return waiting;
        }
        let bookings: Vec<&Booking> = waiting.iter().map(|(booking, _)| booking).collect();
        let outcomes = self.desk.anticipate(&bookings, self.means.clock.now()).await;
        let mut left = Vec::new();
        for (one, outcome) in waiting.into_iter().zip(outcomes) {
            match outcome {
                Some(outcome) => {
                    self.decided.push(one);
                    self.outcomes.push(outcome);
                }
                None => left.push(one),
            }
        }
        left
    }

    /// Lets everything be written that was anticipated.
    fn send(&mut self) {
        if !self.decided.is_empty() {
            let (decided, outcomes) = (std::mem::take(&mut self.decided), std::mem::take(&mut self.outcomes));
            self.ahead = Some(tokio::spawn(write_ahead(self.means.store.clone(), self.desk.anticipated(), decided, outcomes)));
        }
    }

    /// Waits until nothing is anticipated and not written.
    async fn land_all(&mut self, queue: &mut Gathering<Waiting>) {
        while let Some(landing) = self.ahead.take() {
            self.landed(queue, landing.await.ok()).await;
        }
    }

    /// Lets be written what was anticipated meanwhile, and then answers. Nothing landed when the task that writes was ended: then those who wait
    /// for it know.
    async fn landed(&mut self, queue: &mut Gathering<Waiting>, landed: Option<Landed>) {
        let failed = match landed {
            Some(Landed { took, decided, written: Ok(outcomes) }) => {
                self.send();
                self.doubt.was_right();
                note_written(queue, decided.len(), took);
                self.answer(decided, outcomes);
                return;
            }
            Some(Landed { decided, written: Err(error), .. }) => Some((decided, error)),
            None => None,
        };
        self.doubt.was_wrong();
        self.desk.forget();
        self.outcomes.clear();
        // What was anticipated behind it was not to be, too.
        let mut anew = std::mem::take(&mut self.decided);
        match failed {
            Some((decided, Error::Unavailable(why))) => {
                let outcomes = decided.iter().map(|_| Err(Error::Unavailable(why.clone()))).collect();
                self.answer(decided, outcomes);
            }
            Some((decided, _)) => drop(anew.splice(0..0, decided)),
            None => {}
        }
        if !anew.is_empty() {
            self.book(queue, anew).await;
        }
    }

    fn answer(&self, waiting: Vec<Waiting>, outcomes: Vec<Result<Done>>) {
        gathering::answer(&self.means.callers, waiting.into_iter().map(|(_, done)| done).collect(), outcomes);
    }

    /// Has a batch decided and written in one transaction.
    async fn book(&mut self, queue: &mut Gathering<Waiting>, waiting: Vec<Waiting>) {
        let begun = Instant::now();
        let all: Vec<&Booking> = waiting.iter().map(|(booking, _)| booking).collect();
        let outcomes = match self.write(&all).await {
            Ok(outcomes) => outcomes,
            Err(Error::Unavailable(why)) => all.iter().map(|_| Err(Error::Unavailable(why.clone()))).collect(),
            Err(_) => self.one_by_one(&all).await,
        };
        note_written(queue, all.len(), begun.elapsed());
        self.answer(waiting, outcomes);
    }

    /// Something in the batch cannot be written: the others must not suffer for it.
    async fn one_by_one(&mut self, bookings: &[&Booking]) -> Vec<Result<Done>> {
        let mut outcomes = Vec::with_capacity(bookings.len());
        for one in bookings {
            let outcome = self.write(&[*one]).await;
            outcomes.push(outcome.and_then(|mut outcome| outcome.pop().unwrap_or(Err(Error::internal("a booking without an outcome")))));
        }
        outcomes
    }

    async fn write(&mut self, bookings: &[&Booking]) -> Result<Vec<Result<Done>>> {
        let mut tx = self.means.store.begin().await?;
        let outcomes = self.desk.book_last(&mut tx, bookings, self.means.clock.now()).await?;
        let committed = tx.commit().await;
        if committed.is_err() {
            self.desk.forget();
        }
        committed.map(|()| outcomes)
    }
}

fn note_written(queue: &mut Gathering<Waiting>, count: usize, took: Duration) {
    queue.written(count, took);
    metrics::histogram!("hookline_bookings_per_commit").record(u32::try_from(count).unwrap_or(u32::MAX));
}

/// Writes what was anticipated, all of it or nothing.
async fn write_ahead(store: Store, rows: Result<Vec<Bulk>>, decided: Vec<Waiting>, outcomes: Vec<Result<Done>>) -> Landed {
    let begun = Instant::now();
    let written = async {
        let rows = rows?;
        let mut tx = store.begin().await?;
        tx.write_last(rows);
        tx.commit().await
    };
    let written = written.await.map(|()| outcomes);
    Landed { took: begun.elapsed(), decided, written }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The more often what was anticipated was not to be, the longer nothing is; and each time it was right, the next doubt is half as long.
    #[test]
    fn doubt_grows_with_mistakes_and_passes() {
        let mut doubt = Doubt::default();
        let passes = |doubt: &mut Doubt| (0..).find(|_| doubt.is_over()).unwrap_or(u32::MAX);
        assert_eq!(passes(&mut doubt), 0);
        for expected in [1, 2, 4, 8, 16, 32, 64, 128, DOUBT_MAX, DOUBT_MAX] {
            doubt.was_wrong();
            assert_eq!(passes(&mut doubt), expected);
            assert_eq!(passes(&mut doubt), 0);
        }
        doubt.was_right();
        doubt.was_right();
        doubt.was_wrong();
        assert_eq!(passes(&mut doubt), DOUBT_MAX / 2);
    }
}
