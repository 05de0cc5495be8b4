//! Writes what happens in catalogue sessions: evidence, new sessions, changes of baskets and hand-backs of all callers that wait, in
//! one commit, before any of them is answered (R-28, R-47, P1). One flush then serves many. Decides nothing about the trade.

use std::collections::{BTreeMap, HashSet};

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::gathering::{self, Gathering, Portion};
use crate::domain::basket::Line;
use crate::domain::finding::Findings;
use crate::error::{Error, Result};
use crate::store::evidence::Evidence;
use crate::store::outbox::Message;
use crate::store::session::{Advance, Session};
use crate::store::transfer::Transfer;
use crate::store::{self, Store, Tx, Value};
use crate::wire::oci::returns::ReturnForm;

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
    pub form: ReturnForm,
    pub findings: Findings,
    pub transfer: Transfer,
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
}

impl From<Wanted> for Ready {
    fn from(wanted: Wanted) -> Ready {
        Ready {
            evidence: wanted.evidence.iter().map(store::evidence::values).collect(),
            opened: wanted.opened.as_ref().map(store::session::values),
            change: wanted.change,
            repeated: wanted.repeated,
        }
    }
}

struct Waiting {
    wanted: Ready,
    done: oneshot::Sender<Result<Option<Frozen>>>,
}

/// The way to the one task that writes.
pub struct Recorder {
    queue: mpsc::Sender<Waiting>,
}

impl Recorder {
    /// Starts the task. With SQLite it has a thread of its own: every statement is a turn to the database's thread and back, and behind
    /// the requests of a busy runtime each way back would wait for milliseconds.
    pub fn start(store: Store) -> Result<Recorder> {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        let callers = Handle::try_current().map_err(Error::internal)?;
        if store.file().is_none() {
            tokio::spawn(run(store, callers, waiting));
            return Ok(Recorder { queue });
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(Error::internal)?;
        let thread = std::thread::Builder::new().name("recorder".into());
        thread.spawn(move || runtime.block_on(run(store, callers, waiting))).map_err(Error::internal)?;
        Ok(Recorder { queue })
    }

    /// Returns when all of it is on disk; with the hand-back, where it was one. A conflict when somebody else changed the session,
    /// findings when it could not be handed back: then nothing was written.
    pub async fn record(&self, wanted: Wanted) -> Result<Option<Frozen>> {
        let (done, answer) = oneshot::channel();
        self.queue
            .try_send(Waiting { wanted: wanted.into(), done })
            .map_err(|_| Error::Unavailable("too many sessions wait to be written".into()))?;
        answer.await.map_err(|_| Error::Unavailable("the recorder stopped".into()))?
    }
}

async fn run(store: Store, callers: Handle, queue: mpsc::Receiver<Waiting>) {
    let mut queue = Gathering::new(queue, BATCH_MAX, Portion::Half);
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while queue.next(&mut batch).await > 0 {
        let (wanted, done): (Vec<Ready>, Vec<_>) = batch.drain(..).map(|one| (one.wanted, one.done)).unzip();
        let outcomes = match write(&store, &wanted.iter().collect::<Vec<_>>()).await {
            Ok(outcomes) => outcomes,
            Err(Error::Unavailable(why)) => wanted.iter().map(|_| Err(Error::Unavailable(why.clone()))).collect(),
            Err(_) => one_by_one(&store, &wanted).await,
        };
        queue.written(wanted.len());
        gathering::answer(&callers, done, outcomes);
    }
}

/// Something in the batch cannot be written: the others must not suffer for it.
async fn one_by_one(store: &Store, wanted: &[Ready]) -> Vec<Result<Option<Frozen>>> {
    let mut outcomes = Vec::with_capacity(wanted.len());
    for one in wanted {
        outcomes.push(write(store, &[one]).await.and_then(|mut outcome| outcome.pop().unwrap_or(Ok(None))));
    }
    outcomes
}

/// Writes a batch; an outcome for each.
async fn write(store: &Store, wanted: &[&Ready]) -> Result<Vec<Result<Option<Frozen>>>> {
    let mut tx = store.begin().await?;
    let mut outcomes = advance(&mut tx, wanted).await?;
    let drawn = freeze(&mut tx, wanted, &mut outcomes).await?;
    let (mut evidence, mut opened, mut lines, mut repeated, mut transfers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (one, outcome) in wanted.iter().zip(&outcomes) {
        let Ok(frozen) = outcome else { continue };
        evidence.extend(one.evidence.iter().cloned());
        evidence.extend(frozen.iter().map(|frozen| store::evidence::values(&frozen.evidence)));
        transfers.extend(frozen.iter().map(|frozen| &frozen.transfer));
        opened.extend(one.opened.clone());
        repeated.extend(&one.repeated);
        if let Some(change) = &one.change {
            lines.extend(change.put.iter().map(|line| (&change.step, line)));
            if let Some(line) = change.removed {
                store::session::remove_line(&mut tx, &change.step, line).await?;
            }
        }
    }
    let owed: Vec<Message> = outcomes.iter().flatten().flatten().filter_map(|frozen| frozen.owed.clone()).collect();
    let owed_at = transfers.iter().map(|transfer| transfer.at).max().unwrap_or_default();
    let bulks = vec![
        store::evidence::insert(evidence),
        store::session::insert(opened),
        store::session::put_lines(&lines),
        store::transfer::insert(&transfers),
        store::outbox::insert(&owed, owed_at),
        store::transfer::set_last_numbers(&drawn),
        store::transfer::count_repeats(&repeated),
    ];
    tx.write(bulks).await?;
    tx.commit().await?;
    Ok(outcomes)
}

/// Claims every session that is to change; who comes second, here or on another node, is told so.
async fn advance(tx: &mut Tx, wanted: &[&Ready]) -> Result<Vec<Result<Option<Frozen>>>> {
    let mut claimed = HashSet::new();
    let steps: Vec<Option<&Advance>> = wanted
        .iter()
        .map(|one| one.change.as_ref().map(|change| &change.step).filter(|step| claimed.insert((step.tenant.as_str(), step.number.as_str()))))
        .collect();
    let won: HashSet<(String, String)> = match claimed.is_empty() {
        true => HashSet::new(),
        false => store::session::advance(tx, &steps.iter().flatten().copied().collect::<Vec<_>>()).await?.into_iter().collect(),
    };
    let outcome = |(one, step): (&&Ready, Option<&Advance>)| match (&one.change, step) {
        (None, _) => Ok(None),
        (Some(_), Some(step)) if won.contains(&(step.tenant.clone(), step.number.clone())) => Ok(None),
        (Some(change), _) => Err(Error::Conflict(format!("session {} changed meanwhile", change.step.number))),
    };
    Ok(wanted.iter().zip(steps).map(outcome).collect())
}

/// Gives every hand-back its number, in the order they came, without a gap: what cannot be handed back uses none. Gives tenant, series and
/// last number of each series.
async fn freeze<'w>(tx: &mut Tx, wanted: &[&'w Ready], outcomes: &mut [Result<Option<Frozen>>]) -> Result<Vec<(&'w str, &'static str, i64)>> {
    let claimed = wanted.iter().zip(outcomes.iter()).filter(|(_, outcome)| outcome.is_ok());
    let freezes: Vec<(&'w Change, &'w Freeze)> =
        claimed.filter_map(|(one, _)| one.change.as_ref()).filter_map(|c| Some((c, c.freeze.as_ref()?))).collect();
    // Locked in one order everywhere, so that two nodes cannot wait for each other.
    let mut last: BTreeMap<(&'w str, &'static str), i64> =
        freezes.iter().map(|(change, freeze)| ((change.step.tenant.as_str(), freeze.series), 0)).collect();
    for ((tenant, series), number) in &mut last {
        *number = store::transfer::last_number(tx, tenant, series).await?;
    }
    for (one, outcome) in wanted.iter().zip(outcomes.iter_mut()).filter(|(_, outcome)| outcome.is_ok()) {
        let Some((change, freeze)) = one.change.as_ref().and_then(|change| Some((change, change.freeze.as_ref()?))) else { continue };
        let Some(number) = last.get_mut(&(change.step.tenant.as_str(), freeze.series)) else { continue };
        match (freeze.make)(*number + 1) {
            Ok(frozen) => {
                *number += 1;
                *outcome = Ok(Some(frozen));
            }
            Err(findings) => {
                store::session::retreat(tx, &change.step).await?;
                *outcome = Err(findings.into());
            }
        }
    }
    Ok(last.into_iter().map(|((tenant, series), number)| (tenant, series, number)).collect())
}
