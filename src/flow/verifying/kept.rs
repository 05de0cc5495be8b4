//! Whether what is kept for readers and for the next booking is what the journal adds up to. Reads page by page, and keeps of an order only
//! what tells it from any other. Never repairs.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use futures_util::{TryStreamExt, stream};
use tokio::task::spawn_blocking;

use super::{PAGE, Views, aside, at_once};
use crate::domain::books::proof::Orders;
use crate::domain::books::{Books, BudgetPeriod, Places, Stage};
use crate::error::{Error, Result};
use crate::flow::bookkeeping;
use crate::store::booked::Page;
use crate::store::{self, Tx};
use crate::wire::ledger::{self, Reader, Said};

/// What stands for the numbers and texts of lines while a proof is made: nobody who could write to what is proven knows its key.
#[derive(Clone, Debug, Default)]
pub struct Digests(RandomState);

impl Digests {
    fn of(&self, text: &str) -> u64 {
        self.0.hash_one(text)
    }

    fn of_line(&self, (number, text): &(Cow<'_, str>, &str)) -> Line {
        Line { number: self.of(number), text: self.of(text), length: text.len() }
    }
}

/// A line by the digests of its number and of its text, and how many bytes that has.
#[derive(Clone, Copy, Debug)]
struct Line {
    number: u64,
    text: u64,
    length: usize,
}

/// What a journal says of an order.
pub struct Told {
    order: Box<str>,
    state: Option<(Stage, bool)>,
    lines: Vec<Line>,
}

pub fn told(said: Said<'_>, digests: &Digests) -> Told {
    Told { lines: said.lines.iter().map(|line| digests.of_line(line)).collect(), order: said.order.into(), state: said.state }
}

/// An order as it was told last; lines in the sequence in which they came.
#[derive(Debug)]
struct Latest {
    state: (Stage, bool),
    lines: Vec<Line>,
}

/// Every order that a journal told of.
#[derive(Default)]
pub struct Known {
    orders: HashMap<Box<str>, Latest>,
    digests: Digests,
}

impl Known {
    /// None yet, with lines by these digests.
    pub fn by(digests: Digests) -> Known {
        Known { digests, ..Known::default() }
    }

    /// As [`Books::apply`] does it with orders.
    pub fn learn(&mut self, told: Told) {
        let latest = match (self.orders.get_mut(&told.order), told.state) {
            (Some(latest), state) => {
                latest.state = state.unwrap_or(latest.state);
                latest
            }
            (None, Some(state)) => {
                let latest = Latest { state, lines: Vec::with_capacity(told.lines.len()) };
                self.orders.entry(told.order).or_insert(latest)
            }
            (None, None) => return,
        };
        for line in told.lines {
            match latest.lines.iter_mut().find(|known| known.number == line.number) {
                Some(known) => *known = line,
                None => latest.lines.push(line),
            }
        }
    }

    /// The state of an order that is kept as this text, where that is what it was told last of it.
    fn told_as(&self, number: &str, text: &str) -> Option<(Stage, bool)> {
        let latest = self.orders.get(number)?;
        let mut rest = ledger::lines_written(text, number, latest.state)?;
        for (place, line) in latest.lines.iter().enumerate() {
            let from = rest.strip_prefix(if place == 0 { "" } else { "," })?;
            (_, rest) = from.split_at_checked(line.length).filter(|(text, _)| self.digests.of(text) == line.text)?;
        }
        rest.is_empty().then_some(latest.state)
    }
}

/// What orders hold of budget periods, by their numbers.
type Held = BTreeMap<BudgetPeriod, Vec<(Arc<str>, Places)>>;

/// What came of some orders that are kept.
#[derive(Default)]
struct Looked {
    count: usize,
    /// Numbers of those that are not what the journal says.
    others: Vec<String>,
    orders: Orders,
    held: Held,
}

/// Everything that is kept of a buyer beside the journal, which made `books` and told of the orders; so many rows say what an
/// order holds, and not that it is nothing. Gives what is wrong.
pub async fn compare(views: &Views<'_>, tenant: &str, books: &Books, known: Known, held: u64) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    if let Some(orders) = orders(views, tenant, &mut wrong, known, held).await? {
        wrong.extend(orders.prove(books));
    }
    let tx = &mut **views.one().await;
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
async fn orders(views: &Views<'_>, tenant: &str, wrong: &mut Vec<String>, known: Known, held: u64) -> Result<Option<Orders>> {
    let known = Arc::new(known);
    let All { found, others, orders, rows } = all(views, tenant, &known).await?;
    let mut is_whole = others.is_empty();
    wrong.extend(others.into_iter().map(|number| format!("order {number} is not what the journal says")));
    let tx = &mut **views.one().await;
    if found != known.orders.len() || !is_whole {
        let missing = missing(tx, tenant, &known).await?;
        is_whole = false;
        wrong.extend(missing.into_iter().map(|number| format!("order {number} is missing")));
    }
    // There are many, and nobody has to wait until they are gone.
    drop(spawn_blocking(|| drop(known)));
    if !is_whole {
        return Ok(None);
    }
    wrong.extend(rows.wrong);
    if rows.held != held {
        strays(tx, tenant, wrong).await?;
    }
    Ok(Some(orders))
}

/// What came of all orders that are kept.
#[derive(Default)]
struct All {
    found: usize,
    /// Numbers of those that are not what the journal says.
    others: Vec<String>,
    orders: Orders,
    rows: Rows,
}

async fn all(views: &Views<'_>, tenant: &str, known: &Arc<Known>) -> Result<All> {
    let pages = stream::try_unfold(String::new(), async |after| {
        let mut page = store::booked::page_after(*views.one().await, tenant, &after, PAGE).await?;
        Ok::<_, Error>(page.last.take().map(|last| ((page, after, last.clone()), last)))
    });
    let compared = pages.map_ok(|(page, after, last)| compared(views, tenant, known.clone(), page, (after, last))).try_buffered(at_once());
    let join = async |mut all: All, (looked, rows): (Looked, Rows)| {
        all.found += looked.count;
        all.others.extend(looked.others);
        all.orders.join(looked.orders);
        all.rows.held += rows.held;
        all.rows.wrong.extend(rows.wrong);
        Ok(all)
    };
    compared.try_fold(All::default(), join).await
}

/// Looks at the orders of a page, the numbers of which are behind one and up to another, and at the rows of what they hold.
async fn compared(views: &Views<'_>, tenant: &str, known: Arc<Known>, page: Page, (after, last): (String, String)) -> Result<(Looked, Rows)> {
    let mut looked = aside(move || Ok::<_, Error>(look(&known, &page.orders()?))).await??;
    let expected = std::mem::take(&mut looked.held);
    let kept = store::booked::holdings_of(*views.other().await, tenant, expected.keys(), (&after, &last)).await?;
    let rows = aside(move || holdings(&kept, &expected)).await??;
    Ok((looked, rows))
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
        let read = known.told_as(number, text).and_then(|state| Some((state, reader.lines(text).ok()?)));
        let Some((state, lines)) = read else {
            looked.others.push(number.to_string());
            continue;
        };
        let order: Arc<str> = (*number).into();
        for (at, places) in looked.orders.add(number, state, &lines) {
            looked.held.entry(at).or_default().push((order.clone(), places));
        }
    }
    looked
}

/// What came of the rows of some orders.
#[derive(Default)]
struct Rows {
    /// How many hold anything.
    held: u64,
    wrong: Vec<String>,
}

/// What rows say beside what the orders of a page hold.
fn holdings(kept: &[store::booked::Held], expected: &Held) -> Result<Rows> {
    let Rows { mut held, mut wrong } = Rows::default();
    for kept in kept {
        let at = &kept.at;
        let mut expected = expected.get(at).into_iter().flatten().peekable();
        let mut missing = Vec::new();
        for (order, places) in kept.rows()? {
            missing.extend(std::iter::from_fn(|| expected.next_if(|(other, _)| **other < *order)));
            let said = expected.next_if(|(other, _)| **other == *order).map(|(_, said)| *said).unwrap_or_default();
            held += u64::from(places != Places::default());
            if places != said {
                wrong.push(not_held(order, places, at));
            }
        }
        let missing = missing.into_iter().chain(expected).filter(|(_, places)| *places != Places::default());
        wrong.extend(missing.map(|(order, _)| format!("order {order} has no row for {at}")));
    }
    Ok(Rows { held, wrong })
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

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"number":"P-1","stage":"placed","reserves":true,"lines":[{"number":"1","a":1},{"number":"2","a":[2]}]}"#;

    #[test]
    fn a_kept_order_is_told_byte_for_byte_or_not_at_all() {
        let digests = Digests::default();
        let mut known = Known::by(digests.clone());
        let mut say = |state, lines: &[(&'static str, &'static str)]| {
            let lines = lines.iter().map(|(number, text)| (Cow::Borrowed(*number), *text)).collect();
            known.learn(told(Said { order: "P-1".into(), state, lines }, &digests));
        };
        say(Some((Stage::Requested, true)), &[("1", r#"{"number":"1","a":7}"#), ("2", r#"{"number":"2","a":[2]}"#)]);
        // Later the stage alone, and one line alone.
        say(Some((Stage::Placed, true)), &[]);
        say(None, &[("1", r#"{"number":"1","a":1}"#)]);
        assert_eq!(known.told_as("P-1", TEXT), Some((Stage::Placed, true)));
        assert_eq!(known.told_as("P-2", TEXT), None);
        let others = [
            TEXT.replace("P-1", "P-2"),
            TEXT.replace("placed", "requested"),
            TEXT.replace("\"reserves\":true,", ""),
            TEXT.replace("[2]", "[3]"),
            TEXT.replace("[2]", "[2] "),
            TEXT.replace("},{", "} {"),
            TEXT.replace("},{", "}{"),
            TEXT.replace(",{\"number\":\"2\",\"a\":[2]}", ""),
            TEXT.replace("[2]}", "[2]},{\"number\":\"3\"}"),
            TEXT.replace(r#"{"number":"1","a":1},{"number":"2","a":[2]}"#, r#"{"number":"2","a":[2]},{"number":"1","a":1}"#),
            TEXT.replace("a\":1", "€\":1"),
            TEXT.replace("]}]}", "]}],\"more\":1}"),
            format!("{TEXT} "),
            String::new(),
        ];
        for other in others {
            assert_ne!(other, TEXT);
            assert_eq!(known.told_as("P-1", &other), None, "{other}");
        }
    }
}
