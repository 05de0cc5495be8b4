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

/// How many pages are looked at beside each other: one on each core, and one more for when one waits for its turn.
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| cores.get() + 1)
}

/// Plays the journal from empty and checks every entry; stops at the first that is wrong. Pages are checked beside each other, while the next
/// is read, and played in their order.
async fn replay(tx: &mut Tx, report: &mut Report) -> Result<(Books, Known)> {
    let head = store::journal::read_head(tx, &report.tenant).await?;
    let (first, mut turn) = oneshot::channel();
    // Its receiver stands beside it.
    let _kept = first.send(Played::default());
    let (mut running, mut before) = (VecDeque::new(), String::new());
    let mut page = store::journal::page_after(tx, &report.tenant, 0, PAGE).await?;
    loop {
        let entries = page.entries().ok_or_else(|| Error::internal("entries whose fields cannot be told apart"))?;
        let Some((sequence, hash)) = entries.last().map(|last| (last.sequence, last.hash.to_string())) else { break };
        let (behind, (done, next)) = (std::mem::replace(&mut before, hash), oneshot::channel());
        let own_turn = std::mem::replace(&mut turn, next);
        running.push_back(spawn_blocking(move || play(&page, &behind, own_turn, done)));
        if running.len() >= at_once()
            && let Some(oldest) = running.pop_front()
            && !oldest.await.map_err(Error::internal)?
        {
            break;
        }
        page = store::journal::page_after(tx, &report.tenant, sequence, PAGE).await?;
    }
    let Played { books, orders, before, entries, legs, wrong } = turn.await.map_err(Error::internal)?;
    (report.entries, report.legs) = (entries, legs);
    let ends = (i64::try_from(entries).map_err(Error::internal)?, &before) == (head.sequence, &head.hash);
    let cut = (!ends).then(|| format!("the journal ends at entry {entries}, its head says {}", head.sequence));
    report.wrong.extend(wrong.or(cut));
    Ok((books, orders))
}

/// Checks a page, and plays it when all before it are played. Says whether it goes on.
fn play(page: &Page, before: &str, turn: oneshot::Receiver<Played>, done: oneshot::Sender<Played>) -> bool {
    let entries = page.entries().unwrap_or_default();
    let befores = std::iter::once(before).chain(entries.iter().map(|entry| entry.hash));
    let mut reader = ledger::Reader::default();
    let checked: Vec<Checked<'_>> = entries.iter().zip(befores).map(|(entry, before)| check(*entry, before, &mut reader)).collect();
    let Ok(played) = turn.blocking_recv() else { return false };
    let played = if played.wrong.is_some() { played } else { played.play(&entries, checked) };
    let goes_on = played.wrong.is_none();
    // Who asked may be gone.
    let _gone = done.send(played);
    goes_on
}

impl Played {
    fn play(mut self, page: &[Hashed<'_>], checked: Vec<Checked<'_>>) -> Played {
        for (entry, checked) in page.iter().zip(checked) {
            self.entries += 1;
            let wrong = match checked {
                _ if u64::try_from(entry.sequence) != Ok(self.entries) => Some(format!("entry {} is missing", self.entries)),
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

/// Everything of an entry that does not depend on the books: hash, form, sums.
fn check<'p>(entry: Hashed<'p>, before: &str, reader: &mut ledger::Reader) -> Checked<'p> {
    let (first, second) = entry.hashed_text(before);
    if proving::sha256_of_both(&first, second) != entry.hash {
        return Err("its hash is not that of what it says and of the hash before it".to_string());
    }
    if entry.posting.is_empty() {
        return Ok(None);
    }
    let outline = reader.outline(entry.posting).map_err(|error| format!("its posting cannot be read: {error}"))?;
    let said = outline.orders.into_iter().map(told).collect();
    proof::entry(&outline.entry).map_or(Ok(Some((outline.entry, said))), Err)
}
