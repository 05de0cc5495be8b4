//! What of an order can be invoiced now: what was shipped and is not on an invoice yet, and the charges that go with it. Reads order and books;
//! changes neither.

use std::sync::Arc;

use rust_decimal::Decimal;

use crate::domain::books::command::{Division, InvoiceLine, Subject};
use crate::domain::books::entry::{Entry, Fact};
use crate::domain::books::{Books, position, sharing};
use crate::domain::coding::{Coding, Kind};
use crate::domain::invoice::tax::Tax;
use crate::domain::money::{Money, Price};
use crate::domain::order::Line;
use crate::error::{Error, Result};
use crate::flow::bookkeeping::Decided;
use crate::store::order::Stored;
use crate::wire::cxml::kept::Kept;

/// How a line that several budgets share is invoiced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    /// Whole, unless one of its budgets was invoiced apart already.
    Whole,
    /// With its share on the invoice of each (budgets-and-orders, chapter 12).
    ByBudget,
}

/// What falls on one budget of a line that is on several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The budget that pays, and after it those whose share comes to nothing.
    pub budgets: Vec<Arc<str>>,
    /// What the same pieces cost on all budgets together.
    pub whole: Money,
}

impl Share {
    pub fn budget(&self) -> &str {
        self.budgets.first().map_or("", |budget| budget)
    }
}

/// So much of a line of an order, or of a charge on one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Id and number of the order, and who ordered.
    pub order: String,
    pub number: String,
    pub ordered_by: String,
    /// As the books name it: `1`, `1/plast`, `freight`.
    pub line: String,
    /// The same as the buyer's document calls it (BT-132); what it does not call anything has its name in the books.
    pub label: String,
    pub article: String,
    pub description: String,
    pub note: String,
    pub quantity: Decimal,
    pub unit: String,
    pub price: Price,
    pub list_price: Option<Decimal>,
    pub net: Money,
    /// What the article's rate is, before the treatment of the customer.
    pub vat: Decimal,
    pub coding: Coding,
    /// The day it was shipped; of a charge that of its goods.
    pub shipped_on: String,
    /// Of a line that is invoiced on each of its budgets: quantity is what was ordered of it, net what falls on this one.
    pub share: Option<Share>,
    pub said: Said,
}

/// What an item is known by: id of the order, line, and the budget of a share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    pub order: String,
    pub line: String,
    pub budget: Option<String>,
}

/// What the buyer's document said that an invoice repeats character for character, since the buyer's system matches on it; empty where it said
/// nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Account string of the line, and of the whole order.
    pub account: String,
    pub accounts: String,
    pub reference: String,
    pub contract: String,
}

fn said(kept: Option<&Kept>, line: Option<u32>) -> Said {
    let Some(kept) = kept else { return Said::default() };
    let extra = |name: &str| kept.order.extrinsics.get(name).cloned().unwrap_or_default();
    let account = line.and_then(|line| kept.by_number(line)).and_then(|line| line.account.clone());
    Said { account: account.unwrap_or_default(), accounts: extra("AccountingCost"), reference: extra("BuyerReference"), contract: extra("Contract") }
}

impl Item {
    /// Which one of a line's it is: of one that is invoiced on each of its budgets each has its own.
    pub fn name(&self) -> Name {
        Name { order: self.order.clone(), line: self.line.clone(), budget: self.share.as_ref().map(|share| share.budget().to_string()) }
    }

    /// The same with what falls on one budget.
    fn shared(&self, part: &sharing::Part) -> Item {
        let currency = self.net.currency;
        let share = Share { budgets: part.budgets.clone(), whole: Money::new(part.whole, currency) };
        let mut coding = self.coding.clone();
        coding.set(Kind::BudgetCode, share.budget());
        Item { quantity: part.pieces, net: Money::new(part.net, currency), coding, share: Some(share), ..self.clone() }
    }

    /// For the books: net and tax on the line of the order.
    pub fn posting(&self, tax: Tax) -> InvoiceLine {
        InvoiceLine {
            subject: Subject::OrderLine { order: self.number.as_str().into(), line: self.line.as_str().into() },
            quantity: self.quantity,
            net: self.net.minor,
            tax_percent: tax.percent,
            division: self.share.as_ref().map_or(Division::Ordered, |share| Division::Only(share.budgets.clone())),
            last: false,
        }
    }
}

/// Everything of an order that was shipped and not invoiced yet, each line with the charges on it.
pub fn of_order(stored: &Stored, books: &Books, shared: Shared) -> Result<Vec<Item>> {
    let booked = books.orders.get(stored.order.number.as_str());
    let charges: Vec<&position::Line> = booked.map(|order| charges(stored, order)).unwrap_or_default();
    let on_line = |line: &Line| {
        let number = line.line.to_string();
        charges.iter().copied().filter(move |charge| charge.parent.as_deref() == Some(number.as_str()))
    };
    let mut items = Vec::new();
    // Only documents over Peppol have all of it; those in cXML say some as extrinsics.
    let kept = Kept::read(&stored.document);
    // What is charged on goods may be left of them: its budget had no room, and theirs had.
    for line in stored.order.lines.iter().filter(|line| line.shipped > Decimal::ZERO) {
        let goods = goods(stored, line)?;
        let label = kept.as_ref().and_then(|kept| kept.by_number(line.line)).map_or(goods.label.clone(), |said| said.line.clone());
        let goods = Item { said: said(kept.as_ref(), Some(line.line)), label, ..goods };
        let known = booked.and_then(|order| order.lines.get(goods.line.as_str())).filter(|_| goods.quantity > Decimal::ZERO);
        match known.and_then(|known| parts(stored, known, shared, |of| of.delivered)) {
            Some(parts) => items.extend(parts.iter().map(|part| goods.shared(part))),
            None if goods.quantity > Decimal::ZERO => items.push(goods),
            None => {}
        }
        for charge in on_line(line) {
            let charged = charged(stored, charge, &line.coding, &line.shipped_on, shared)?;
            items.extend(charged.into_iter().map(|item| Item { said: said(kept.as_ref(), Some(line.line)), ..item }));
        }
    }
    let came = || stored.order.lines.iter().find(|line| line.shipped > Decimal::ZERO).map(|line| (line.coding.clone(), line.shipped_on.clone()));
    let first = items.first().map(|item| (item.coding.clone(), item.shipped_on.clone())).or_else(came);
    for charge in charges.iter().filter(|charge| charge.parent.is_none()) {
        // What is charged once for the order goes with the first goods.
        if let Some((coding, shipped_on)) = &first {
            let charged = charged(stored, charge, coding, shipped_on, shared)?;
            items.extend(charged.into_iter().map(|item| Item { said: said(kept.as_ref(), None), ..item }));
        }
    }
    Ok(items)
}

/// What of a line is invoiced on each of its budgets for itself; nothing where it is invoiced as a whole.
fn parts(stored: &Stored, line: &position::Line, shared: Shared, up_to: impl Fn(position::Quantities) -> Decimal) -> Option<Vec<sharing::Part>> {
    let is_meant = shared == Shared::ByBudget || line.is_apart();
    is_meant.then(|| sharing::parts(line, stored.order.net.currency.exponent(), up_to))?
}

/// Lines of the books that are none of the order's own.
fn charges<'b>(stored: &Stored, order: &'b crate::domain::books::Order) -> Vec<&'b position::Line> {
    let is_goods = |line: &position::Line| stored.order.lines.iter().any(|own| own.line.to_string() == *line.number);
    order.sequence.iter().filter_map(|number| order.lines.get(number)).filter(|line| !is_goods(line) && !line.closed).collect()
}

fn fault(stored: &Stored) -> Error {
    Error::internal(format!("order {} without an amount that fits", stored.order.id))
}

fn goods(stored: &Stored, line: &Line) -> Result<Item> {
    let quantity = line.billable();
    Ok(Item {
        order: stored.order.id.clone(),
        number: stored.order.number.clone(),
        ordered_by: stored.order.ordered_by.clone(),
        line: line.line.to_string(),
        label: line.line.to_string(),
        article: line.article.clone(),
        description: line.description.clone(),
        note: line.text.clone(),
        quantity,
        unit: line.unit.clone(),
        price: line.price,
        list_price: line.list_price(),
        net: line.price.total(quantity).ok_or_else(|| fault(stored))?,
        vat: line.vat,
        coding: line.coding.clone(),
        shipped_on: line.shipped_on.clone(),
        share: None,
        said: Said::default(),
    })
}

/// So much of a charge is to be invoiced in all: one that follows its line as much as came, any other once.
pub fn due(charge: &position::Line, of: position::Quantities) -> Decimal {
    if charge.follows { of.delivered } else { of.ordered }
}

/// Takes over what an entry says of an order: quantities, and whether something that is charged is left to be invoiced.
pub fn follow(stored: &mut Stored, decided: &Decided<'_>, entry: &Entry) {
    stored.order.follow(entry, &decided.at.date());
    mark_charges(stored, decided.books, Some(entry));
}

/// Says of each line whether something is charged with it that is left to be invoiced, after an entry that the books do not have yet.
pub fn mark_charges(stored: &mut Stored, books: &Books, entry: Option<&Entry>) {
    let Some(known) = books.orders.get(stored.order.number.as_str()) else { return };
    let mut known = known.clone();
    for fact in entry.iter().flat_map(|entry| &entry.facts) {
        if let Fact::Line { order, line } = fact
            && **order == *stored.order.number
            && let Some(own) = known.lines.get_mut(&line.number)
        {
            own.clone_from(line);
        }
    }
    let charges = charges(stored, &known).into_iter().cloned();
    let left: Vec<position::Line> = charges.filter(|charge| charge.left(|of| due(charge, of)) > Decimal::ZERO).collect();
    let mut of_order = left.iter().any(|charge| charge.parent.is_none());
    for line in &mut stored.order.lines {
        let own = line.line.to_string();
        let came = line.shipped > Decimal::ZERO;
        line.charges_due = came && (of_order || left.iter().any(|charge| charge.parent.as_deref() == Some(own.as_str())));
        // What is charged on the order goes with its first goods.
        of_order &= !came;
    }
}

/// A charge that follows its line is invoiced with what was delivered, any other once.
fn charged(stored: &Stored, charge: &position::Line, coding: &Coding, shipped_on: &str, shared: Shared) -> Result<Vec<Item>> {
    let parts = parts(stored, charge, shared, |of| due(charge, of));
    let quantity = charge.left(|of| due(charge, of));
    if quantity <= Decimal::ZERO {
        return Ok(Vec::new());
    }
    let currency = stored.order.net.currency;
    let net = charge.terms.net(quantity, currency.exponent()).ok_or_else(|| fault(stored))?;
    let mut coding = coding.clone();
    if let Some(row) = charge.rows.iter().find(|row| !row.dropped) {
        coding.set(Kind::BudgetCode, &row.at.budget);
    }
    let name = charge.number.rsplit('/').next().unwrap_or_default().to_string();
    let whole = Item {
        order: stored.order.id.clone(),
        number: stored.order.number.clone(),
        ordered_by: stored.order.ordered_by.clone(),
        line: charge.number.to_string(),
        label: charge.number.to_string(),
        article: String::new(),
        description: name,
        note: String::new(),
        quantity,
        unit: "C62".into(),
        price: Price { amount: charge.terms.unit_price, per: 1, currency },
        list_price: None,
        net: Money::new(net, currency),
        vat: charge.terms.tax_percent,
        coding,
        shipped_on: shipped_on.to_string(),
        share: None,
        said: Said::default(),
    };
    Ok(parts.map_or_else(|| vec![whole.clone()], |parts| parts.iter().map(|part| whole.shared(part)).collect()))
}
