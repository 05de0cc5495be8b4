//! Proves the books of each buyer from its journal: the chain of hashes, legs that sum to zero, and that everything kept beside the journal
//! is what its entries add up to (budgets-and-orders, chapters 5 and 8). Names the first entry that is wrong; repairs nothing. Never holds
//! the orders themselves, of which there are as many as there were years: of each line its digest is known, and the order that is kept is
//! looked at when it has shown to be the journal's.

mod kept;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use super::proving;
use crate::domain::books::entry::Entry;
use crate::domain::books::{Books, Status, proof};
use crate::error::{Error, Result};
use crate::store::journal::{Hashed, Page};
use crate::store::{self, Tx};
use crate::wire::ledger;
use kept::{Known, Told, told};

const PAGE: u32 = 1000;
/// Differences that are told of one buyer.
const TOLD_MAX: usize = 20;

/// What was checked of one buyer, and what is wrong; nothing when all is well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub tenant: String,
    pub entries: u64,
    pub legs: u64,
    pub took: Duration,
    pub wrong: Vec<String>,
}

/// Every buyer, or one. Everything is read from the view it is given, so that all of it is of one moment.
pub async fn verify(tx: &mut Tx, tenant: Option<&str>) -> Result<Vec<Report>> {
    let tenants = match tenant {
        Some(tenant) => {
            store::journal::read_head(tx, tenant).await?;
            vec![tenant.to_string()]
        }
        None => store::journal::tenants(tx).await?,
    };
    let mut reports = Vec::with_capacity(tenants.len());
    for tenant in tenants {
        let begun = Instant::now();
        let mut report = Report { tenant, ..Report::default() };
        let (books, known) = replay(tx, &mut report).await?;
        if report.wrong.is_empty() {
            report.wrong = kept::compare(tx, &report.tenant, &books, known).await?;
        }
        report.wrong.truncate(TOLD_MAX);
        report.took = begun.elapsed();
        reports.push(report);
    }
    Ok(reports)
}

/// What was played of a journal so far.
#[derive(Default)]
struct Played {
    /// All but the orders.
    books: Books,
    orders: Known,
    /// The hash of the last entry.
    before: String,
    entries: u64,
    legs: u64,
    wrong: Option<String>,
}

/// How many pages are looked at beside each other: so many for each core that the database, which is one, never waits for them.
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| 4 * cores.get())
}

/// Plays the journal from empty and checks every entry; stops at the first that is wrong. Pages are checked beside each other, while the next
/// is read, and played in their order.
async fn replay(tx: &mut Tx, report: &mut Report) -> Result<(Books, Known)> {
    let head = store::journal::read_head(tx, &report.tenant).await?;
    let (first, mut turn) = oneshot::channel();
    // Its receiver stands beside it.
    let _kept = first.send(Played::default());
    let mut running = VecDeque::new();
    let mut page = store::journal::page_after(tx, &report.tenant, 0, PAGE).await?;
    while let Some(last) = page.last {
        let (done, next) = oneshot::channel();
        let own_turn = std::mem::replace(&mut turn, next);
        running.push_back(spawn_blocking(move || play(&page, own_turn, done)));
        if running.len() >= at_once()
            && let Some(oldest) = running.pop_front()
            && !oldest.await.map_err(Error::internal)??
        {
            break;
        }
        page = store::journal::page_after(tx, &report.tenant, last, PAGE).await?;
    }
    for page in running {
        page.await.map_err(Error::internal)??;
    }
    let Played { books, orders, before, entries, legs, wrong } = turn.await.map_err(Error::internal)?;
    (report.entries, report.legs) = (entries, legs);
    let ends = (i64::try_from(entries).map_err(Error::internal)?, &before) == (head.sequence, &head.hash);
    let cut = (!ends).then(|| format!("the journal ends at entry {entries}, its head says {}", head.sequence));
    report.wrong.extend(wrong.or(cut));
    Ok((books, orders))
}

/// Checks a page, and plays it when all before it are played. Says whether it goes on.
fn play(page: &Page, turn: oneshot::Receiver<Played>, done: oneshot::Sender<Played>) -> Result<bool> {
    let entries = page.entries()?;
    let mut reader = ledger::Reader::default();
    let mut before = None;
    let mut checked = Vec::with_capacity(entries.len());
    for entry in &entries {
        // What stands before the first is known when its turn comes.
        let is_linked = before.is_none_or(|before| is_linked(entry, before));
        checked.push(if is_linked { check(*entry, &mut reader) } else { Err(NOT_LINKED.to_string()) });
        before = Some(entry.hash);
    }
    let Ok(played) = turn.blocking_recv() else { return Ok(false) };
    let played = if played.wrong.is_some() { played } else { played.play(&entries, checked) };
    let goes_on = played.wrong.is_none();
    // Who asked may be gone.
    let _gone = done.send(played);
    Ok(goes_on)
}

impl Played {
    fn play(mut self, page: &[Hashed<'_>], checked: Vec<Checked<'_>>) -> Played {
        let mut follows = page.first().is_none_or(|first| is_linked(first, &self.before));
        for (entry, checked) in page.iter().zip(checked) {
            self.entries += 1;
            let wrong = match checked {
                _ if u64::try_from(entry.sequence) != Ok(self.entries) => Some(format!("entry {} is missing", self.entries)),
                _ if !std::mem::replace(&mut follows, true) => Some(NOT_LINKED.to_string()),
                Ok(None) => None,
                Ok(Some((entry, said))) => self.post(&entry, &said),
                Err(wrong) => Some(wrong),
            };
            if let Some(wrong) = wrong {
                return Played { wrong: Some(format!("entry {}: {wrong}", entry.sequence)), ..self };
            }
        }
        self.before = page.last().map_or(self.before, |last| last.hash.to_string());
        self
    }

    /// Applies what an entry books, unless it posts to a closed period.
    fn post(&mut self, posting: &Entry, said: &[Told<'_>]) -> Option<String> {
        self.legs += posting.legs.len() as u64;
        let is_closed = |period: &str| self.books.periods.get(period).is_some_and(|period| period.status == Status::Closed);
        if let Some(leg) = posting.legs.iter().find(|leg| is_closed(&leg.period)) {
            return Some(format!("I13: it posts to the closed period {}", leg.period));
        }
        self.books.apply(posting);
        said.iter().for_each(|told| self.orders.learn(told));
        None
    }
}

/// What an entry books, if anything, and what it says of orders; or what is wrong with it.
type Checked<'p> = std::result::Result<Option<(Entry, Vec<Told<'p>>)>, String>;

const NOT_LINKED: &str = "its hash is not that of what it says and of the hash before it";

fn is_linked(entry: &Hashed<'_>, before: &str) -> bool {
    let (first, second) = entry.hashed_text(before);
    proving::sha256_of_both(&first, second) == entry.hash
}

/// What of an entry depends neither on the books nor on the entry before: form, sums.
fn check<'p>(entry: Hashed<'p>, reader: &mut ledger::Reader) -> Checked<'p> {
    if entry.posting.is_empty() {
        return Ok(None);
    }
    let outline = reader.outline(entry.posting).map_err(|error| format!("its posting cannot be read: {error}"))?;
    let said = outline.orders.into_iter().map(told).collect();
    proof::entry(&outline.entry).map_or(Ok(Some((outline.entry, said))), Err)
}
