//! Which order an invoice is for: six ways in their sequence (section 16), and for a credit note the invoice that it corrects. The supplier is
//! fixed before, by identifiers; an order of another supplier is never linked, even on an exact number.

use std::collections::{BTreeMap, BTreeSet};

use super::Known;
use super::bill::{Bill, BillLine, Identity};
use super::normal::{candidates, folded, order_number};
use super::ordered::Ordered;

/// How an order was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// BT-13, as it stands.
    Number,
    /// BT-13, without what people add.
    Normalised,
    /// BT-14: the supplier's own number.
    SalesOrder,
    /// In a reference, a note, a line or the payment reference.
    Mentioned,
    /// BT-16: the despatch.
    Despatch,
    /// BT-25: the invoice that is corrected.
    Preceding,
}

impl Way {
    pub fn as_str(self) -> &'static str {
        match self {
            Way::Number => "number",
            Way::Normalised => "normalised",
            Way::SalesOrder => "sales_order",
            Way::Mentioned => "mentioned",
            Way::Despatch => "despatch",
            Way::Preceding => "preceding",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Place among the orders that were given.
    pub order: usize,
    pub way: Way,
}

/// The orders of the whole invoice, and for each line the one that it names itself.
pub struct FoundOrders {
    pub whole: Vec<Found>,
    pub of_lines: Vec<Option<usize>>,
}

/// Shorter numbers are not looked for inside a text, where they could be anything.
const MENTION_MIN: usize = 4;

/// The supplier who shares an identifier with the seller; `None` when nobody does, or more than one.
pub fn supplier_of<'s>(seller: &Identity, suppliers: &'s [(String, Identity)]) -> Option<&'s str> {
    let mut same = suppliers.iter().filter(|(_, known)| known.is_same(seller));
    match (same.next(), same.next()) {
        (Some((id, _)), None) => Some(id),
        _ => None,
    }
}

/// The supplier's own orders, and where each stands by its number in one form.
struct Own<'k> {
    orders: Vec<(usize, &'k Ordered)>,
    by_number: BTreeMap<String, BTreeSet<usize>>,
}

impl<'k> Own<'k> {
    fn of(known: &Known<'k>) -> Own<'k> {
        let is_own = |order: &&Ordered| known.supplier.is_some_and(|supplier| supplier == order.supplier);
        let orders: Vec<(usize, &Ordered)> = known.orders.iter().enumerate().filter(|(_, order)| is_own(order)).collect();
        let mut by_number: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (at, order) in &orders {
            by_number.entry(order_number(&order.number)).or_default().insert(*at);
        }
        by_number.remove("");
        Own { orders, by_number }
    }

    /// Those of exactly this number, in its one form.
    fn numbered(&self, written: &str) -> BTreeSet<usize> {
        self.by_number.get(&order_number(written)).cloned().unwrap_or_default()
    }

    fn by(&self, is: impl Fn(&Ordered) -> bool) -> BTreeSet<usize> {
        self.orders.iter().filter(|(_, order)| is(order)).map(|(at, _)| *at).collect()
    }

    /// Those whose number stands in one of the texts.
    fn mentioned<'t>(&self, texts: impl Iterator<Item = &'t String>) -> BTreeSet<usize> {
        let words: BTreeSet<String> = texts.flat_map(|text| candidates(text)).map(|word| order_number(&word)).collect();
        let long = words.iter().filter(|word| word.len() >= MENTION_MIN);
        long.filter_map(|word| self.by_number.get(word)).flatten().copied().collect()
    }
}

pub fn find(bill: &Bill, known: &Known<'_>) -> FoundOrders {
    let own = Own::of(known);
    let of_lines: Vec<Option<usize>> = bill.lines.iter().map(|line| of_line(line, &own)).collect();
    let mut whole = by_header(bill, known, &own);
    let mut there: BTreeSet<usize> = whole.iter().map(|found| found.order).collect();
    for order in of_lines.iter().flatten().filter(|order| there.insert(**order)) {
        whole.push(Found { order: *order, way: Way::Mentioned });
    }
    FoundOrders { whole, of_lines }
}

fn by_header(bill: &Bill, known: &Known<'_>, own: &Own<'_>) -> Vec<Found> {
    let all = |way: Way, orders: BTreeSet<usize>| orders.into_iter().map(|order| Found { order, way }).collect::<Vec<_>>();
    let steps: [(Way, BTreeSet<usize>); 6] = [
        (Way::Number, own.by(|order| !bill.order.trim().is_empty() && folded(&order.number) == folded(&bill.order))),
        (Way::Normalised, one(own.numbered(&bill.order))),
        (Way::SalesOrder, one(own.by(|order| is_same_number(&order.sales_order, &bill.sales_order)))),
        (Way::Mentioned, own.mentioned(std::iter::once(&bill.order).chain(&bill.mentions))),
        (Way::Despatch, own.by(|order| bill.despatches.iter().any(|one| order.despatches.iter().any(|known| is_same_number(known, one))))),
        (Way::Preceding, preceding(bill, known, own)),
    ];
    steps.into_iter().find(|(_, orders)| !orders.is_empty()).map(|(way, orders)| all(way, orders)).unwrap_or_default()
}

/// What is not the only one is a guess.
fn one(orders: BTreeSet<usize>) -> BTreeSet<usize> {
    if orders.len() == 1 { orders } else { BTreeSet::new() }
}

fn is_same_number(known: &str, written: &str) -> bool {
    let known = order_number(known);
    !known.is_empty() && known == order_number(written)
}

fn preceding(bill: &Bill, known: &Known<'_>, own: &Own<'_>) -> BTreeSet<usize> {
    let corrects = |invoice: &str| bill.preceding.iter().any(|one| folded(one) == folded(invoice));
    let numbers: BTreeSet<&str> = known.booked.iter().filter(|(invoice, _)| corrects(invoice)).map(|(_, order)| order.as_str()).collect();
    own.by(|order| numbers.contains(order.number.as_str()))
}

/// The order that a line names itself.
fn of_line(line: &BillLine, own: &Own<'_>) -> Option<usize> {
    let named = one(own.numbered(&line.order));
    let found = if named.is_empty() { one(own.mentioned(line.notes.iter())) } else { named };
    found.into_iter().next()
}
