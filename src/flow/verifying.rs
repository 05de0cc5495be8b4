//! Proves the books of each buyer from its journal: the chain of hashes, legs that sum to zero, and that everything kept beside the journal
//! is what its entries add up to (budgets-and-orders, chapters 5 and 8). Names the first entry that is wrong; repairs nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;

use super::{bookkeeping, proving};
use crate::domain::books::entry::Entry;
use crate::domain::books::{Books, BudgetPeriod, Places, Status, proof};
use crate::error::{Error, Result};
use crate::store::{self, Tx};
use crate::wire::ledger;

const PAGE: u32 = 4000;
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
        let books = Arc::new(replay(tx, &mut report).await?);
        if report.wrong.is_empty() {
            report.wrong.extend(proof::books(&books));
            compare(tx, &mut report, &books).await?;
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
    books: Books,
    /// The hash of the last entry.
    before: String,
    entries: u64,
    legs: u64,
    wrong: Option<String>,
}

/// Plays the journal from empty and checks every entry; stops at the first that is wrong. A page is read while the one before is played.
async fn replay(tx: &mut Tx, report: &mut Report) -> Result<Books> {
    let head = store::journal::read_head(tx, &report.tenant).await?;
    let mut played = Played::default();
    let mut page = store::journal::after(tx, &report.tenant, 0, PAGE).await?;
    while let Some(last) = page.last().map(|entry| entry.sequence).filter(|_| played.wrong.is_none()) {
        let playing = spawn_blocking(move || played.play(&page));
        page = store::journal::after(tx, &report.tenant, last, PAGE).await?;
        played = playing.await.map_err(Error::internal)?;
    }
    let Played { books, before, entries, legs, wrong } = played;
    (report.entries, report.legs) = (entries, legs);
    let ends = (i64::try_from(entries).map_err(Error::internal)?, &before) == (head.sequence, &head.hash);
    let cut = (!ends).then(|| format!("the journal ends at entry {entries}, its head says {}", head.sequence));
    report.wrong.extend(wrong.or(cut));
    Ok(books)
}

impl Played {
    fn play(mut self, page: &[store::journal::Entry]) -> Played {
        let checked = check(page, &self.before);
        let is_whole = checked.len() == page.len();
        for (entry, checked) in page.iter().zip(checked) {
            self.entries += 1;
            let wrong = match checked {
                _ if u64::try_from(entry.sequence) != Ok(self.entries) => Some(format!("entry {} is missing", self.entries)),
                Ok(None) => None,
                Ok(Some(posting)) => self.post(&posting),
                Err(wrong) => Some(wrong),
            };
            if let Some(wrong) = wrong {
                return Played { wrong: Some(format!("entry {}: {wrong}", entry.sequence)), ..self };
            }
        }
        self.before = page.last().map_or(self.before, |last| last.hash.clone());
        if !is_whole {
            self.wrong = Some(format!("the entries behind {} could not be checked", self.entries));
        }
        self
    }

    /// Applies what an entry books, unless it posts to a closed period.
    fn post(&mut self, posting: &Entry) -> Option<String> {
        self.legs += posting.legs.len() as u64;
        let is_closed = |period: &str| self.books.periods.get(period).is_some_and(|period| period.status == Status::Closed);
        if let Some(leg) = posting.legs.iter().find(|leg| is_closed(&leg.period)) {
            return Some(format!("I13: it posts to the closed period {}", leg.period));
        }
        self.books.apply(posting);
        None
    }
}

/// What an entry books, if anything, or what is wrong with it.
type Checked = std::result::Result<Option<Entry>, String>;

/// Does the same with parts of a list on every core; what comes of each item, in order. The items of a part that could not be done are missing.
fn on_every_core<T: Sync, R: Send>(items: &[T], work: impl Fn(&[T]) -> Vec<R> + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let work = &work;
    std::thread::scope(|scope| {
        let parts: Vec<_> = items.chunks(items.len().div_ceil(cores).max(1)).map(|part| scope.spawn(move || work(part))).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap_or_default()).collect()
    })
}

/// Everything of entries that does not depend on the books: hash, form, sums.
fn check(page: &[store::journal::Entry], before: &str) -> Vec<Checked> {
    let befores = std::iter::once(before).chain(page.iter().map(|entry| entry.hash.as_str()));
    let pairs: Vec<(&store::journal::Entry, &str)> = page.iter().zip(befores).collect();
    on_every_core(&pairs, |pairs| {
        let mut reader = ledger::Reader::default();
        pairs.iter().map(|(entry, before)| check_one(entry, before, &mut reader)).collect()
    })
}

fn check_one(entry: &store::journal::Entry, before: &str, reader: &mut ledger::Reader) -> Checked {
    if proving::sha256(&entry.hashed_text(before)) != entry.hash {
        return Err("its hash is not that of what it says and of the hash before it".to_string());
    }
    if entry.posting.is_empty() {
        return Ok(None);
    }
    let posting = reader.entry(&entry.posting).map_err(|error| format!("its posting cannot be read: {error}"))?;
    proof::entry(&posting).map_or(Ok(Some(posting)), Err)
}

/// Whether what is kept for readers and for the next booking is what the journal adds up to.
async fn compare(tx: &mut Tx, report: &mut Report, books: &Arc<Books>) -> Result<()> {
    let (tenant, wrong) = (report.tenant.clone(), &mut report.wrong);
    let kept = bookkeeping::frame(tx, &tenant, &mut ledger::Reader::default()).await?;
    if kept.settings != books.settings || kept.periods != books.periods || kept.budgets != books.budgets {
        wrong.push("settings, periods or budgets are not what the journal says".to_string());
    }
    for (name, kept, said) in [("given", &kept.sources, &books.sources), ("lapsed", &kept.lapsed, &books.lapsed)] {
        for period in books.periods.keys() {
            let of = |sums: &BTreeMap<_, i64>| sums.get(period).copied().unwrap_or_default();
            if of(kept) != of(said) {
                wrong.push(format!("{} {name} in {period}, the journal says {}", of(kept), of(said)));
            }
        }
    }
    for at in kept.standings.keys().filter(|at| !books.standings.contains_key(*at)) {
        wrong.push(format!("{at} stands there and in no entry"));
    }
    for (at, said) in &books.standings {
        match kept.standings.get(at) {
            Some(kept) if kept == said => {}
            Some(kept) => wrong.push(format!("{at} stands at {kept:?}, the journal says {said:?}")),
            None => wrong.push(format!("{at} is missing")),
        }
    }
    orders(tx, &tenant, wrong, books).await?;
    invoices(tx, &tenant, wrong, books).await?;
    holdings(tx, &tenant, wrong, books).await
}

/// A page is read while the one before is compared.
async fn orders(tx: &mut Tx, tenant: &str, wrong: &mut Vec<String>, books: &Arc<Books>) -> Result<()> {
    let mut found = 0;
    let mut page = store::booked::all_orders(tx, tenant, "", PAGE).await?;
    while let Some(last) = page.last().map(|(number, _)| number.clone()) {
        found += page.len();
        let books = books.clone();
        let comparing = spawn_blocking(move || on_every_core(&page, |part| other_orders(&books, part)));
        page = store::booked::all_orders(tx, tenant, &last, PAGE).await?;
        wrong.extend(comparing.await.map_err(Error::internal)?);
    }
    if found != books.orders.len() {
        wrong.push(format!("{found} orders are kept, the journal has {}", books.orders.len()));
    }
    Ok(())
}

/// Of kept orders those that are not what the journal says.
fn other_orders(books: &Books, kept: &[(String, String)]) -> Vec<String> {
    let is_wrong = |(number, text): &&(String, String)| books.orders.get(number.as_str()).map(ledger::write_order).as_ref() != Some(text);
    kept.iter().filter(is_wrong).map(|(number, _)| format!("order {number} is not what the journal says")).collect()
}

async fn invoices(tx: &mut Tx, tenant: &str, wrong: &mut Vec<String>, books: &Books) -> Result<()> {
    let (mut after, mut found) = (String::new(), 0);
    loop {
        let page = store::booked::all_invoices(tx, tenant, &after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after.clone_from(last);
        found += page.len();
        for (number, text) in &page {
            if books.invoices.get(number.as_str()).map(ledger::write_invoice).as_ref() != Some(text) {
                wrong.push(format!("invoice {number} is not what the journal says"));
            }
        }
    }
    if found != books.invoices.len() {
        wrong.push(format!("{found} invoices are kept, the journal has {}", books.invoices.len()));
    }
    Ok(())
}

async fn holdings(tx: &mut Tx, tenant: &str, wrong: &mut Vec<String>, books: &Books) -> Result<()> {
    let mut said: HashMap<(BudgetPeriod, Arc<str>), Places> = HashMap::new();
    for order in books.orders.values() {
        said.extend(order.holdings().into_iter().map(|(at, places)| ((at, order.number.clone()), places)));
    }
    let mut after = (String::new(), String::new(), String::new());
    loop {
        let page = store::booked::all_holdings(tx, tenant, &after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = (last.at.budget.to_string(), last.at.period.to_string(), last.order.clone());
        for kept in page {
            let place = (kept.at, kept.order.into());
            if said.remove(&place).unwrap_or_default() != kept.places {
                wrong.push(format!("order {} does not hold {:?} of {}", place.1, kept.places, place.0));
            }
        }
    }
    let left = said.into_iter().filter(|(_, places)| *places != Places::default());
    let mut missing: Vec<String> = left.map(|((at, order), _)| format!("order {order} has no row for {at}")).collect();
    missing.sort();
    wrong.append(&mut missing);
    Ok(())
}
