//! Writes what happens in catalogue sessions: evidence, new sessions, changes of baskets and hand-backs of all callers that wait, in
//! one commit, before any of them is answered (R-28, R-47, P1). One flush then serves many. Decides nothing about the trade.

mod guesses;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::gathering::{self, Gathering, Portion};
use crate::domain::basket::Line;
use crate::domain::finding::Findings;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::store::evidence::Evidence;
use crate::store::outbox::Message;
use crate::store::session::{Advance, Session};
use crate::store::transfer::Transfer;
use crate::store::{self, Bulk, Store, Tx, Value};
use crate::wire::oci::returns::ReturnForm;
use guesses::{Guess, Guesses};

/// What may wait at once; beyond that callers are told to come back.
const QUEUE_MAX: usize = 1024;
const BATCH_MAX: usize = 256;

/// What one caller wants written: all of it or nothing.
#[derive(Default)]
pub struct Wanted {
    pub evidence: Vec<Evidence>,
    pub opened: Option<Session>,
    pub change: Option<Change>,
    /// Tenant and session of a form that is shown again.
    pub repeated: Option<(String, String)>,
}

/// What happens to a session.
pub struct Change {
    pub step: Advance,
    pub put: Vec<Line>,
    pub removed: Option<u32>,
    pub freeze: Option<Freeze>,
}

type Make = Box<dyn Fn(i64) -> std::result::Result<Frozen, Findings> + Send + Sync>;

/// A hand-back: what it is becomes known with the number it gets.
pub struct Freeze {
    pub series: &'static str,
    /// Makes form and records from the number; findings when the receiver could not book it.
    pub make: Make,
}

/// A basket handed back, ready to be kept.
pub struct Frozen {
    pub form: Arc<ReturnForm>,
    pub findings: Findings,
    pub transfer: Transfer<Arc<str>>,
    pub evidence: Evidence,
    /// What the buyer's system is told besides.
    pub owed: Option<Message>,
}

/// The same with its rows written out, which is done before it waits: the one task that writes is what everybody waits for.
struct Ready {
    evidence: Vec<Vec<Value>>,
    opened: Option<Vec<Value>>,
    change: Option<Change>,
    repeated: Option<(String, String)>,
    made: Option<Made>,
}

/// The rows of a hand-back with the number that it is likely to get.
struct Made {
    guess: Guess,
    rows: Rows,
}

/// What is written of a hand-back.
#[derive(Clone)]
struct Rows {
    at: Timestamp,
    transfer: Vec<Value>,
    evidence: Vec<Value>,
    owed: Option<Message>,
}

impl From<&Frozen> for Rows {
    fn from(frozen: &Frozen) -> Rows {
        Rows {
            at: frozen.transfer.at,
            transfer: store::transfer::values(&frozen.transfer),
            evidence: store::evidence::values(&frozen.evidence),
            owed: frozen.owed.clone(),
        }
    }
}

impl Ready {
    /// With the hand-back, where there is one and nothing speaks against it.
    fn of(wanted: Wanted, guesses: &Arc<Guesses>) -> (Ready, Option<Frozen>) {
        let made = wanted.change.as_ref().and_then(|change| {
            let freeze = change.freeze.as_ref()?;
            let guess = guesses.next(&change.step.tenant, freeze.series);
            let frozen = (freeze.make)(guess.number).ok()?;
            Some((Made { guess, rows: Rows::from(&frozen) }, frozen))
        });
        let (made, frozen) = made.unzip();
        let ready = Ready {
            evidence: wanted.evidence.iter().map(store::evidence::values).collect(),
            opened: wanted.opened.as_ref().map(store::session::values),
            change: wanted.change,
            repeated: wanted.repeated,
            made,
        };
        (ready, frozen)
    }

    fn freeze(&self) -> Option<(&Change, &Freeze)> {
        let change = self.change.as_ref()?;
        Some((change, change.freeze.as_ref()?))
    }
}

/// How something was written.
enum Written {
    /// As it was wanted, and a hand-back with the number that was guessed.
    AsMade,
    /// A hand-back with another number.
    Anew(Box<Frozen>),
}

type Outcome = Result<Written>;

struct Waiting {
    wanted: Ready,
    done: oneshot::Sender<Outcome>,
}

/// The way to the one task that writes.
pub struct Recorder {
    queue: mpsc::Sender<Waiting>,
    guesses: Arc<Guesses>,
}

impl Recorder {
    /// Starts the task. With SQLite it has a thread of its own: every statement is a turn to the database's thread and back, and behind
    /// the requests of a busy runtime each way back would wait for milliseconds.
    pub fn start(store: Store) -> Result<Recorder> {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        let callers = Handle::try_current().map_err(Error::internal)?;
        let guesses = Arc::new(Guesses::default());
        let running = run(store.clone(), callers, waiting, guesses.clone());
        if store.file().is_none() {
            tokio::spawn(running);
            return Ok(Recorder { queue, guesses });
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(Error::internal)?;
        let thread = std::thread::Builder::new().name("recorder".into());
        thread.spawn(move || runtime.block_on(running)).map_err(Error::internal)?;
        Ok(Recorder { queue, guesses })
    }

    /// Returns when all of it is on disk; with the hand-back, where it was one. A conflict when somebody else changed the session,
    /// findings when it could not be handed back: then nothing was written.
    pub async fn record(&self, wanted: Wanted) -> Result<Option<Frozen>> {
        let (done, answer) = oneshot::channel();
        let (wanted, frozen) = Ready::of(wanted, &self.guesses);
        self.queue.try_send(Waiting { wanted, done }).map_err(|_| Error::Unavailable("too many sessions wait to be written".into()))?;
        match answer.await.map_err(|_| Error::Unavailable("the recorder stopped".into()))?? {
            Written::AsMade => Ok(frozen),
            Written::Anew(frozen) => Ok(Some(*frozen)),
        }
    }
}

async fn run(store: Store, callers: Handle, queue: mpsc::Receiver<Waiting>, guesses: Arc<Guesses>) {
    let mut queue = Gathering::new(queue, BATCH_MAX, Portion::Half);
    let mut batch: Vec<Waiting> = Vec::with_capacity(BATCH_MAX);
    while queue.next(&mut batch).await > 0 {
        let begun = Instant::now();
        // Of two callers the second may have been the first to get here.
        batch.sort_by_key(|one| one.wanted.made.as_ref().map(|made| made.guess.number));
        let (wanted, done): (Vec<Ready>, Vec<_>) = batch.drain(..).map(|one| (one.wanted, one.done)).unzip();
        let (outcomes, drawn) = match write(&store, &wanted.iter().collect::<Vec<_>>()).await {
            Ok(written) => written,
            Err(Error::Unavailable(why)) => (wanted.iter().map(|_| Err(Error::Unavailable(why.clone()))).collect(), Vec::new()),
            Err(_) => one_by_one(&store, &wanted).await,
        };
        let mut guessed: Vec<Guess> = wanted.into_iter().filter_map(|one| Some(one.made?.guess)).collect();
        drawn.iter().for_each(|(tenant, series, last)| guesses.drawn(tenant, series, *last, &mut guessed));
        queue.written(done.len(), begun.elapsed());
        gathering::answer(&callers, done, outcomes);
    }
}

/// An outcome for each, and the last number of each series that was drawn from: tenant, series, number.
type Batch = (Vec<Outcome>, Vec<(String, &'static str, i64)>);

/// Something in the batch cannot be written: the others must not suffer for it.
async fn one_by_one(store: &Store, wanted: &[Ready]) -> Batch {
    let (mut outcomes, mut drawn) = (Vec::with_capacity(wanted.len()), Vec::new());
    for one in wanted {
        match write(store, &[one]).await {
            Ok((of_one, of_series)) => {
                outcomes.extend(of_one);
                drawn.extend(of_series);
            }
            Err(error) => outcomes.push(Err(error)),
        }
    }
    (outcomes, drawn)
}

fn changed_meanwhile(step: &Advance) -> Error {
    Error::Conflict(format!("session {} changed meanwhile", step.number))
}

/// The series that numbers are drawn of, by tenant and name in the order they are locked, each with the last number drawn.
type Series<'w> = BTreeMap<(&'w str, &'static str), i64>;

/// What is to be done to sessions and series before anything is written of them.
#[derive(Default)]
struct Claims<'w> {
    steps: Vec<&'w Advance>,
    series: Series<'w>,
    outcomes: Vec<Outcome>,
}

impl<'w> Claims<'w> {
    /// Of two that change a session the first may.
    fn of(wanted: &[&'w Ready]) -> Claims<'w> {
        let (mut claims, mut claimed) = (Claims::default(), HashSet::new());
        for change in wanted.iter().map(|one| &one.change) {
            claims.outcomes.push(match change {
                Some(Change { step, .. }) if !claimed.insert((step.tenant.as_str(), step.number.as_str())) => Err(changed_meanwhile(step)),
                Some(Change { step, freeze, .. }) => {
                    claims.steps.push(step);
                    claims.series.extend(freeze.iter().map(|freeze| ((step.tenant.as_str(), freeze.series), 0)));
                    Ok(Written::AsMade)
                }
                None => Ok(Written::AsMade),
            });
        }
        claims
    }

    /// Each series with the number before this batch and after it, if all that was made for it goes on without a gap.
    fn foreseen(&self, wanted: &[&'w Ready]) -> Option<Vec<(&'w str, &'static str, i64, i64)>> {
        let mut drawn: BTreeMap<(&str, &'static str), (i64, i64)> = BTreeMap::new();
        for one in wanted.iter().zip(&self.outcomes).filter(|(_, outcome)| outcome.is_ok()).map(|(one, _)| one) {
            let Some((change, freeze)) = one.freeze() else { continue };
            let number = one.made.as_ref()?.guess.number;
            let (_, last) = drawn.entry((change.step.tenant.as_str(), freeze.series)).or_insert((number - 1, number - 1));
            if *last + 1 != number {
                return None;
            }
            *last = number;
        }
        Some(drawn.into_iter().map(|((tenant, name), (before, last))| (tenant, name, before, last)).collect())
    }

    /// Takes every step that nobody else, here or on another node, was before; the others are told so. Locks the series first, in one order
    /// everywhere, so that two nodes cannot wait for each other, and looks how far they are.
    async fn take(self, tx: &mut Tx, wanted: &[&Ready]) -> Result<(Series<'w>, Vec<Outcome>)> {
        let Claims { steps, mut series, mut outcomes } = self;
        let drawn: Vec<(&str, &str)> = series.keys().copied().collect();
        let done = tx.each(vec![store::transfer::last_numbers(&drawn), store::session::advance_each(&steps)]).await?;
        let [last, taken] = done.as_slice() else { return Err(Error::internal("a turn without its answers")) };
        for row in &last.rows {
            let (tenant, name, value) = (row.text("tenant")?, row.text("name")?, row.int("value")?);
            series.iter_mut().filter(|(key, _)| **key == (tenant.as_str(), name.as_str())).for_each(|(_, number)| *number = value);
        }
        let taken: HashSet<(String, String)> = taken.rows.iter().map(|row| Ok((row.text("tenant")?, row.text("number")?))).collect::<Result<_>>()?;
        for (one, outcome) in wanted.iter().zip(&mut outcomes) {
            if let Some(Change { step, .. }) = &one.change
                && !taken.contains(&(step.tenant.clone(), step.number.clone()))
            {
                *outcome = Err(changed_meanwhile(step));
            }
        }
        Ok((series, outcomes))
    }
}

/// Writes a batch. An error when nothing was written.
async fn write(store: &Store, wanted: &[&Ready]) -> Result<Batch> {
    let claims = Claims::of(wanted);
    // A turn is what SQLite saves; a server is asked statement by statement either way, and is often not where it was expected.
    if store.file().is_some()
        && let Some(drawn) = claims.foreseen(wanted)
    {
        match at_once(store, wanted, &claims, &drawn).await {
            // Another number, or another change: it is looked up what is true.
            Err(Error::Conflict(_)) => {}
            Err(error) => return Err(error),
            Ok(()) => {
                let drawn = drawn.into_iter().map(|(tenant, name, _, last)| (tenant.to_string(), name, last));
                return Ok((claims.outcomes, drawn.collect()));
            }
        }
    }
    let mut tx = store.begin().await?;
    let (mut series, mut outcomes) = claims.take(&mut tx, wanted).await?;
    let retreats = freeze(wanted, &mut outcomes, &mut series);
    let mut bulks = rows(wanted, &outcomes);
    bulks.push(store::session::retreat(&retreats));
    bulks.push(store::transfer::set_last_numbers(&series.iter().map(|((tenant, name), last)| (*tenant, *name, *last)).collect::<Vec<_>>()));
    tx.write_last(bulks);
    tx.commit().await?;
    Ok((outcomes, series.into_iter().map(|((tenant, name), last)| (tenant.to_string(), name, last)).collect()))
}

/// Writes all in one turn, on the condition that every session and every series is where it was expected; else nothing.
async fn at_once(store: &Store, wanted: &[&Ready], claims: &Claims<'_>, drawn: &[(&str, &str, i64, i64)]) -> Result<()> {
    let mut tx = store.begin().await?;
    let mut bulks = vec![store::transfer::go_on(drawn).surely(), store::session::advance(&claims.steps).surely()];
    bulks.extend(rows(wanted, &claims.outcomes));
    tx.write_last(bulks);
    tx.commit().await
}

/// Everything that is written besides.
fn rows(wanted: &[&Ready], outcomes: &[Outcome]) -> Vec<Bulk> {
    let (mut evidence, mut opened, mut repeated) = (Vec::new(), Vec::new(), Vec::new());
    let (mut transfers, mut owed, mut owed_at) = (Vec::new(), Vec::new(), Timestamp::default());
    let (mut put, mut removed) = (Vec::new(), Vec::new());
    for (one, outcome) in wanted.iter().zip(outcomes) {
        let rows = match outcome {
            Ok(Written::AsMade) => one.made.as_ref().map(|made| made.rows.clone()),
            Ok(Written::Anew(frozen)) => Some(Rows::from(&**frozen)),
            Err(_) => continue,
        };
        evidence.extend(one.evidence.iter().cloned());
        if let Some(rows) = rows {
            evidence.push(rows.evidence);
            transfers.push(rows.transfer);
            owed.extend(rows.owed);
            owed_at = owed_at.max(rows.at);
        }
        opened.extend(one.opened.clone());
        repeated.extend(&one.repeated);
        if let Some(change) = &one.change {
            put.extend(change.put.iter().map(|line| (&change.step, line)));
            removed.extend(change.removed.map(|line| (&change.step, line)));
        }
    }
    vec![
        store::evidence::insert(evidence),
        store::session::insert(opened),
        store::session::remove_some(&removed),
        store::session::put_lines(&put),
        store::transfer::insert(transfers),
        store::outbox::insert(&owed, owed_at),
        store::transfer::count_repeats(&repeated),
    ]
}

/// Gives every hand-back its number, in the order they came, without a gap: what cannot be handed back uses none, and its step is given
/// back. What was made with another number is made anew.
fn freeze<'w>(wanted: &[&'w Ready], outcomes: &mut [Outcome], series: &mut Series<'w>) -> Vec<&'w Advance> {
    let mut retreats = Vec::new();
    for (one, outcome) in wanted.iter().zip(outcomes.iter_mut()).filter(|(_, outcome)| outcome.is_ok()) {
        let Some((change, freeze)) = one.freeze() else { continue };
        let Some(number) = series.get_mut(&(change.step.tenant.as_str(), freeze.series)) else { continue };
        if one.made.as_ref().is_some_and(|made| made.guess.number == *number + 1) {
            *number += 1;
            continue;
        }
        match (freeze.make)(*number + 1) {
            Ok(frozen) => {
                *number += 1;
                *outcome = Ok(Written::Anew(Box::new(frozen)));
            }
            Err(findings) => {
                retreats.push(&change.step);
                *outcome = Err(findings.into());
            }
        }
    }
    retreats
}
