//! Proves the books of each buyer from its journal: the chain of hashes, legs that sum to zero, and that everything kept beside the journal
//! is what its entries add up to (budgets-and-orders, chapters 5 and 8). Names the first entry that is wrong; repairs nothing. Never holds
//! the orders themselves, of which there are as many as there were years: of each line its digest is known, and the order that is kept is
//! looked at when it has shown to be the journal's.

mod kept;

use std::time::{Duration, Instant};

use futures_util::{TryStreamExt, stream};
use tokio::sync::{Mutex, MutexGuard, mpsc};
use tokio::task::spawn_blocking;

use super::proving;
use crate::domain::books::entry::{Entry, Leg};
use crate::domain::books::{Books, Status, proof};
use crate::error::{Error, Result};
use crate::store::journal::Page;
use crate::store::{self, Store, Tx};
use crate::wire::ledger;
use kept::{Digests, Known, Told, told};

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

/// Every buyer, or one.
pub async fn verify(store: &Store, tenant: Option<&str>) -> Result<Vec<Report>> {
    for _ in 0..VIEWS_TRIED {
        let (mut first, mut second) = (store.view().await?, store.view().await?);
        if store::journal::heads(&mut first).await? == store::journal::heads(&mut second).await? {
            make_ready(&mut first).await?;
            make_ready(&mut second).await?;
            return Views { one: Mutex::new(&mut first), other: Some(Mutex::new(&mut second)) }.verify(tenant).await;
        }
    }
    verify_in(&mut store.view().await?, tenant).await
}

/// The same in a unit of work, of which only that is read which it sees.
pub async fn verify_in(tx: &mut Tx, tenant: Option<&str>) -> Result<Vec<Report>> {
    make_ready(tx).await?;
    Views { one: Mutex::new(tx), other: None }.verify(tenant).await
}

/// A long journal is read page by page, and one of two views has nothing to do for most of the time.
async fn make_ready(tx: &mut Tx) -> Result<()> {
    tx.take_time().await?;
    tx.read_in_order().await
}

/// Where everything is read from, all of it of one moment. Each answers one question at a time; with two, one can be asked for what comes
/// next while the other answers.
struct Views<'t> {
    one: Mutex<&'t mut Tx>,
    other: Option<Mutex<&'t mut Tx>>,
}

/// Two views are of the same journals unless somebody booked between them.
const VIEWS_TRIED: usize = 20;

impl<'t> Views<'t> {
    async fn one(&self) -> MutexGuard<'_, &'t mut Tx> {
        self.one.lock().await
    }

    async fn other(&self) -> MutexGuard<'_, &'t mut Tx> {
        self.other.as_ref().unwrap_or(&self.one).lock().await
    }

    async fn verify(&self, tenant: Option<&str>) -> Result<Vec<Report>> {
        let tenants = match tenant {
            Some(tenant) => {
                store::journal::read_head(*self.one().await, tenant).await?;
                vec![tenant.to_string()]
            }
            None => store::journal::tenants(*self.one().await).await?,
        };
        let mut reports = Vec::with_capacity(tenants.len());
        for tenant in tenants {
            let begun = Instant::now();
            let mut report = Report { tenant, ..Report::default() };
            let held = async { store::booked::count_holdings(*self.other().await, &report.tenant).await };
            let (played, held) = tokio::try_join!(replay(self, &report.tenant), held)?;
            (report.entries, report.legs) = (played.entries, played.legs);
            match played.wrong {
                Some(wrong) => report.wrong.push(wrong),
                None => report.wrong = kept::compare(self, &report.tenant, &played.books, played.orders, held).await?,
            }
            report.wrong.truncate(TOLD_MAX);
            report.took = begun.elapsed();
            reports.push(report);
        }
        Ok(reports)
    }
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
    /// Legs that the books wait for, together where account, budget and period are the same: entries that say nothing of budgets or periods
    /// differ in their orders alone.
    sums: Entry,
    wrong: Option<String>,
}

/// Sums that are looked through for each leg.
const SUMS_MAX: usize = 16;

/// How many pages are looked at beside each other: so many for each core that none waits for the database, which answers meanwhile.
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| 4 * cores.get())
}

/// Work that would keep others waiting.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    spawn_blocking(work).await.map_err(Error::internal)
}

/// Plays the journal from empty and checks every entry; stops at the first that is wrong. Pages are checked beside each other, while the next
/// is read, and played in their order.
async fn replay(views: &Views<'_>, tenant: &str) -> Result<Played> {
    let head = store::journal::read_head(*views.one().await, tenant).await?;
    let pages = stream::try_unfold(0, async |after| {
        let page = store::journal::page_after(*views.one().await, tenant, after, PAGE).await?;
        Ok::<_, Error>(page.last.map(|last| (page, last)))
    });
    let digests = Digests::default();
    let known = Known::by(digests.clone());
    let check = |page| {
        let digests = digests.clone();
        async { aside(move || Checked::of(&page, &digests)).await? }
    };
    let checked = pages.map_ok(check).try_buffered(at_once());
    // Read and played beside each other: one does not wait for the other but when there is nothing to do.
    let (sender, mut queue) = mpsc::channel(1);
    let reading = async move {
        let mut checked = std::pin::pin!(checked);
        while let Some(page) = checked.try_next().await?
            && sender.send(page).await.is_ok()
        {}
        Ok::<_, Error>(())
    };
    let playing = async move {
        let mut played = Played { orders: known, ..Played::default() };
        while played.wrong.is_none()
            && let Some(page) = queue.recv().await
        {
            played = aside(move || played.play(page)).await?;
        }
        Ok::<_, Error>(played)
    };
    let ((), mut played) = tokio::try_join!(reading, playing)?;
    let ends = (i64::try_from(played.entries).map_err(Error::internal)?, &played.before) == (head.sequence, &head.hash);
    if played.wrong.is_none() && !ends {
        played.wrong = Some(format!("the journal ends at entry {}, its head says {}", played.entries, head.sequence));
    }
    Ok(played)
}

/// A page, as far as it can be checked without what stands before it.
struct Checked {
    /// What the first hash is made of but for the hash before it, and that hash.
    first: (String, String),
    entries: Vec<(i64, Posting)>,
    /// The hash of the last entry.
    last: String,
}

/// What an entry books, if anything, and what it says of orders; or what is wrong with it.
type Posting = std::result::Result<Option<(Entry, Vec<Told>)>, String>;

const NOT_LINKED: &str = "its hash is not that of what it says and of the hash before it";

impl Checked {
    fn of(page: &Page, digests: &Digests) -> Result<Checked> {
        let entries = page.entries()?;
        let mut reader = ledger::Reader::default();
        let mut before = None;
        let mut checked = Vec::with_capacity(entries.len());
        for entry in &entries {
            let is_linked = before.is_none_or(|before| is_linked(before, entry.text, entry.hash));
            checked.push((entry.sequence, if is_linked { posting(entry.posting, &mut reader, digests) } else { Err(NOT_LINKED.to_string()) }));
            before = Some(entry.hash);
        }
        let first = entries.first().map_or_else(Default::default, |first| (first.text.to_string(), first.hash.to_string()));
        Ok(Checked { first, entries: checked, last: before.unwrap_or_default().to_string() })
    }
}

fn is_linked(before: &str, text: &str, hash: &str) -> bool {
    proving::sha256_of_both(&store::journal::hashed_before(before), text) == hash
}

/// What of an entry depends neither on the books nor on the entry before: form, sums.
fn posting(text: &str, reader: &mut ledger::Reader, digests: &Digests) -> Posting {
    if text.is_empty() {
        return Ok(None);
    }
    let outline = reader.outline(text).map_err(|error| format!("its posting cannot be read: {error}"))?;
    let said = outline.orders.into_iter().map(|said| told(said, digests)).collect();
    proof::entry(&outline.entry).map_or(Ok(Some((outline.entry, said))), Err)
}

impl Played {
    fn play(mut self, page: Checked) -> Played {
        let mut follows = is_linked(&self.before, &page.first.0, &page.first.1);
        for (sequence, posting) in page.entries {
            self.entries += 1;
            let wrong = match posting {
                _ if u64::try_from(sequence) != Ok(self.entries) => Some(format!("entry {} is missing", self.entries)),
                _ if !std::mem::replace(&mut follows, true) => Some(NOT_LINKED.to_string()),
                Ok(None) => None,
                Ok(Some((entry, said))) => self.post(entry, said),
                Err(wrong) => Some(wrong),
            };
            if let Some(wrong) = wrong {
                return Played { wrong: Some(format!("entry {sequence}: {wrong}")), ..self };
            }
        }
        self.settle();
        self.before = page.last;
        self
    }

    /// Posts what an entry books, unless to a closed period.
    fn post(&mut self, posting: Entry, said: Vec<Told>) -> Option<String> {
        self.legs += posting.legs.len() as u64;
        if !posting.facts.is_empty() {
            self.settle();
        }
        for leg in posting.legs {
            let is_same = |sum: &&mut Leg| (sum.account, &sum.budget, &sum.period) == (leg.account, &leg.budget, &leg.period);
            let sum = self.sums.legs.iter_mut().find(is_same);
            if let Some((sum, amount)) = sum.and_then(|sum| sum.amount.checked_add(leg.amount).map(|amount| (sum, amount))) {
                sum.amount = amount;
                continue;
            }
            if self.books.periods.get(&leg.period).is_some_and(|period| period.status == Status::Closed) {
                return Some(format!("I13: it posts to the closed period {}", leg.period));
            }
            self.sums.legs.push(leg);
        }
        self.sums.facts = posting.facts;
        if !self.sums.facts.is_empty() || self.sums.legs.len() > SUMS_MAX {
            self.settle();
        }
        said.into_iter().for_each(|told| self.orders.learn(told));
        None
    }

    /// Applies the sums of legs that were posted.
    fn settle(&mut self) {
        self.books.apply(&std::mem::take(&mut self.sums));
    }
}
