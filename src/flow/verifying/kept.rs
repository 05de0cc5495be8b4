//! Whether what is kept for readers and for the next booking is what the journal adds up to. Reads page by page, and keeps of an order only
//! what tells it from any other. Never repairs.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use tokio::task::{JoinHandle, spawn_blocking};

use super::{PAGE, at_once};
use crate::domain::books::proof::Orders;
use crate::domain::books::{Books, BudgetPeriod, Places, Stage};
use crate::error::{Error, Result};
use crate::flow::{bookkeeping, proving};
use crate::store::{self, Tx};
use crate::wire::ledger::{self, Reader, Said};

/// What a journal says of an order, a line by its digest.
pub enum Told<'a> {
    Order { number: Cow<'a, str>, stage: Stage, reserves: bool },
    Line { order: Cow<'a, str>, number: Cow<'a, str>, digest: proving::ShortDigest },
}

pub fn told(said: Said<'_>) -> Told<'_> {
    match said {
        Said::Order { number, stage, reserves } => Told::Order { number, stage, reserves },
        Said::Line { order, number, text } => Told::Line { order, number, digest: proving::short_digest(text) },
    }
}

/// An order as it was told last; lines in the sequence in which they came.
#[derive(Debug)]
struct Latest {
    stage: Stage,
    reserves: bool,
    lines: Vec<(Arc<str>, proving::ShortDigest)>,
}

/// Every order that a journal told of.
#[derive(Default)]
pub struct Known {
    orders: HashMap<Box<str>, Latest>,
    /// Lines of all orders have the same few numbers.
    names: Reader,
}

impl Known {
    /// As [`Books::apply`] does it with orders.
    pub fn learn(&mut self, told: &Told<'_>) {
        match told {
            Told::Order { number, stage, reserves } => match self.orders.get_mut(&**number) {
                Some(latest) => (latest.stage, latest.reserves) = (*stage, *reserves),
                None => {
                    let latest = Latest { stage: *stage, reserves: *reserves, lines: Vec::new() };
                    self.orders.insert(number.as_ref().into(), latest);
                }
            },
            Told::Line { order, number, digest } => {
                let Some(latest) = self.orders.get_mut(&**order) else { return };
                match latest.lines.iter_mut().find(|(known, _)| **known == **number) {
                    Some(line) => line.1 = *digest,
                    None => latest.lines.push((self.names.known(number), *digest)),
                }
            }
        }
    }
}

impl Known {
    /// Whether this is what it was told last of an order.
    fn is_told(&self, number: &str, said: &[Said<'_>]) -> bool {
        let (Some(latest), [Said::Order { number: own, stage, reserves }, lines @ ..]) = (self.orders.get(number), said) else { return false };
        let is_line = |(said, (known, digest)): (&Said<'_>, &(Arc<str>, proving::ShortDigest))| match said {
            Said::Line { number, text, .. } => **number == **known && proving::short_digest(text) == *digest,
            Said::Order { .. } => false,
        };
        let is_same = own == number && (*stage, *reserves, lines.len()) == (latest.stage, latest.reserves, latest.lines.len());
        is_same && lines.iter().zip(&latest.lines).all(is_line)
    }
}

type Held = HashMap<(BudgetPeriod, Arc<str>), Places>;

/// What came of some orders that are kept.
#[derive(Default)]
struct Looked {
    count: usize,
    /// Numbers of those that are not what the journal says.
    others: Vec<String>,
    orders: Orders,
    held: Held,
}

/// Everything that is kept of a buyer beside the journal, which made `books` and told of the orders. Gives what is wrong.
pub async fn compare(tx: &mut Tx, tenant: &str, books: &Books, known: Known) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    if let Some(orders) = orders(tx, tenant, &mut wrong, known).await? {
        wrong.extend(orders.prove(books));
    }
    frame(tx, tenant, &mut wrong, books).await?;
    invoices(tx, tenant, &mut wrong, books).await?;
    Ok(wrong)
}

/// Settings, periods, budgets, and the sums on which the next booking is tested.
async fn frame(tx: &mut Tx, tenant: &str, wrong: &mut Vec<String>, books: &Books) -> Result<()> {
    let kept = bookkeeping::frame(tx, tenant, &mut ledger::Reader::default()).await?;
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
    Ok(())
}

/// Pages are looked at beside each other, while the next is read, and so is what they hold. Gives what the orders hold together; nothing
/// where one is not what the journal says, for then it would be told of all that it is on, too.
async fn orders(tx: &mut Tx, tenant: &str, wrong: &mut Vec<String>, known: Known) -> Result<Option<Orders>> {
    let known = Arc::new(known);
    let (mut so_far, mut running, mut behind) = (SoFar::default(), VecDeque::new(), String::new());
    let mut page = store::booked::page_after(tx, tenant, &behind, PAGE).await?;
    while let Some(last) = page.last.take() {
        let known = known.clone();
        let between = (std::mem::replace(&mut behind, last.clone()), last.clone());
        running.push_back((spawn_blocking(move || Ok::<_, Error>(look(&known, &page.orders()?))), between));
        if running.len() >= at_once()
            && let Some((looking, between)) = running.pop_front()
        {
            so_far.take(tx, tenant, looking.await.map_err(Error::internal)??, between).await?;
        }
        page = store::booked::page_after(tx, tenant, &last, PAGE).await?;
    }
    for (looking, between) in running {
        so_far.take(tx, tenant, looking.await.map_err(Error::internal)??, between).await?;
    }
    while so_far.compared().await? {}
    let SoFar { found, held, of_holdings, others, orders, .. } = so_far;
    let mut is_whole = others.is_empty();
    wrong.extend(others.into_iter().map(|number| format!("order {number} is not what the journal says")));
    if found != known.orders.len() || !is_whole {
        let missing = missing(tx, tenant, &known).await?;
        is_whole = false;
        wrong.extend(missing.into_iter().map(|number| format!("order {number} is missing")));
    }
    if !is_whole {
        return Ok(None);
    }
    wrong.extend(of_holdings);
    if held != store::booked::count_holdings(tx, tenant).await? {
        strays(tx, tenant, wrong).await?;
    }
    Ok(Some(orders))
}

/// How many rows of a page hold anything, and which are not what their orders say.
type Compared = Result<(u64, Vec<String>)>;

/// What came of the pages so far.
#[derive(Default)]
struct SoFar {
    found: usize,
    /// Numbers of orders that are not what the journal says.
    others: Vec<String>,
    /// How many rows hold anything.
    held: u64,
    of_holdings: Vec<String>,
    comparing: VecDeque<JoinHandle<Compared>>,
    orders: Orders,
}

impl SoFar {
    /// Adds a page, the numbers of which are behind one and up to another.
    async fn take(&mut self, tx: &mut Tx, tenant: &str, looked: Looked, (after, last): (String, String)) -> Result<()> {
        self.found += looked.count;
        self.others.extend(looked.others);
        self.orders.join(looked.orders);
        let places: BTreeSet<&BudgetPeriod> = looked.held.keys().map(|(at, _)| at).collect();
        let kept = store::booked::holdings_of(tx, tenant, places.into_iter(), (&after, &last)).await?;
        self.comparing.push_back(spawn_blocking(move || holdings(&kept, looked.held)));
        if self.comparing.len() > at_once() {
            self.compared().await?;
        }
        Ok(())
    }

    /// Waits for the rows of the oldest page; whether there was one.
    async fn compared(&mut self) -> Result<bool> {
        let Some(page) = self.comparing.pop_front() else { return Ok(false) };
        let (held, wrong) = page.await.map_err(Error::internal)??;
        self.held += held;
        self.of_holdings.extend(wrong);
        Ok(true)
    }
}

/// Numbers of orders that the journal told of and that are not kept.
async fn missing<'k>(tx: &mut Tx, tenant: &str, known: &'k Known) -> Result<BTreeSet<&'k str>> {
    let mut left: BTreeSet<&str> = known.orders.keys().map(|number| &**number).collect();
    let mut page = store::booked::page_after(tx, tenant, "", PAGE).await?;
    while let Some(last) = page.last.take() {
        for [number, _] in page.orders()? {
            left.remove(number);
        }
        page = store::booked::page_after(tx, tenant, &last, PAGE).await?;
    }
    Ok(left)
}

/// Whether orders are what the journal told, and what they hold.
fn look(known: &Known, kept: &[[&str; 2]]) -> Looked {
    let mut reader = Reader::default();
    let mut looked = Looked { count: kept.len(), ..Looked::default() };
    for [number, text] in kept {
        let read = reader.order_said(text).ok().filter(|(_, said)| known.is_told(number, said));
        let Some((order, _)) = read else {
            looked.others.push(number.to_string());
            continue;
        };
        let holdings = looked.orders.add(&order);
        looked.held.extend(holdings.into_iter().map(|(at, places)| ((at, order.number.clone()), places)));
    }
    looked
}

/// What rows say beside what the orders of a page hold.
fn holdings(kept: &store::booked::Held, mut expected: Held) -> Compared {
    let (mut held, mut wrong) = (0, Vec::new());
    for kept in kept.holdings()? {
        held += u64::from(kept.places != Places::default());
        let place = (kept.at, kept.order.into());
        if expected.remove(&place).unwrap_or_default() != kept.places {
            wrong.push(not_held(&place.1, kept.places, &place.0));
        }
    }
    let left = expected.into_iter().filter(|(_, places)| *places != Places::default());
    let mut missing: Vec<String> = left.map(|((at, order), _)| format!("order {order} has no row for {at}")).collect();
    missing.sort();
    wrong.append(&mut missing);
    Ok((held, wrong))
}

fn not_held(order: &str, places: Places, at: &BudgetPeriod) -> String {
    format!("order {order} does not hold {places:?} of {at}")
}

/// Names the rows of budgets that their orders, if there are such, say nothing of.
async fn strays(tx: &mut Tx, tenant: &str, wrong: &mut Vec<String>) -> Result<()> {
    let mut reader = Reader::default();
    let mut after = (String::new(), String::new(), String::new());
    loop {
        let page = store::booked::all_holdings(tx, tenant, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = (last.at.budget.to_string(), last.at.period.to_string(), last.order.clone());
        let numbers: BTreeSet<&str> = page.iter().map(|kept| kept.order.as_str()).collect();
        let numbers: Vec<&str> = numbers.into_iter().collect();
        let mut places = BTreeSet::new();
        for text in store::booked::orders(tx, tenant, &numbers).await? {
            let order = reader.order(&text).map_err(Error::internal)?;
            places.extend(order.holdings().into_keys().map(|at| (at, order.number.to_string())));
        }
        let is_stray = |kept: &store::booked::Holding| kept.places != Places::default() && !places.contains(&(kept.at.clone(), kept.order.clone()));
        wrong.extend(page.iter().filter(|kept| is_stray(kept)).map(|kept| not_held(&kept.order, kept.places, &kept.at)));
    }
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
