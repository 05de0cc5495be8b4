//! What of an order can be invoiced now: what was shipped and is not on an invoice yet, and the charges that go with it. Reads order and books;
//! changes neither.

use rust_decimal::Decimal;

use crate::domain::books::command::{Division, InvoiceLine, Subject};
use crate::domain::books::{Books, position};
use crate::domain::coding::{Coding, Kind};
use crate::domain::invoice::tax::Tax;
use crate::domain::money::{Money, Price};
use crate::domain::order::Line;
use crate::error::{Error, Result};
use crate::store::order::Stored;
use crate::wire::cxml::kept::Kept;

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
    pub said: Said,
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
    /// For the books: net and tax on the line of the order.
    pub fn posting(&self, tax: Tax) -> InvoiceLine {
        InvoiceLine {
            subject: Subject::OrderLine { order: self.number.as_str().into(), line: self.line.as_str().into() },
            quantity: self.quantity,
            net: self.net.minor,
            tax_percent: tax.percent,
            division: Division::Ordered,
            last: false,
        }
    }
}

/// Everything of an order that was shipped and not invoiced yet, each line with the charges on it.
pub fn of_order(stored: &Stored, books: &Books) -> Result<Vec<Item>> {
    let booked = books.orders.get(stored.order.number.as_str());
    let charges: Vec<&position::Line> = booked.map(|order| charges(stored, order)).unwrap_or_default();
    let on_line = |line: &Line| {
        let number = line.line.to_string();
        charges.iter().copied().filter(move |charge| charge.parent.as_deref() == Some(number.as_str()))
    };
    let mut items = Vec::new();
    // Only documents over Peppol have all of it; those in cXML say some as extrinsics.
    let kept = Kept::read(&stored.document);
    for line in stored.order.lines.iter().filter(|line| line.billable() > Decimal::ZERO) {
        let goods = goods(stored, line)?;
        let label = kept.as_ref().and_then(|kept| kept.by_number(line.line)).map_or(goods.label.clone(), |said| said.line.clone());
        items.push(Item { said: said(kept.as_ref(), Some(line.line)), label, ..goods });
        for charge in on_line(line) {
            let charged = charged(stored, charge, &line.coding, &line.shipped_on)?;
            items.extend(charged.map(|item| Item { said: said(kept.as_ref(), Some(line.line)), ..item }));
        }
    }
    let first = items.first().map(|item| (item.coding.clone(), item.shipped_on.clone()));
    for charge in charges.iter().filter(|charge| charge.parent.is_none()) {
        // What is charged once for the order goes with the first goods.
        if let Some((coding, shipped_on)) = &first {
            let charged = charged(stored, charge, coding, shipped_on)?;
            items.extend(charged.map(|item| Item { said: said(kept.as_ref(), None), ..item }));
        }
    }
    Ok(items)
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
        said: Said::default(),
    })
}

/// A charge that follows its line is invoiced with what was delivered, any other once.
fn charged(stored: &Stored, charge: &position::Line, coding: &Coding, shipped_on: &str) -> Result<Option<Item>> {
    let quantity = if charge.follows { charge.delivered } else { charge.ordered } - charge.invoiced;
    if quantity <= Decimal::ZERO {
        return Ok(None);
    }
    let currency = stored.order.net.currency;
    let net = charge.terms.net(quantity, currency.exponent()).ok_or_else(|| fault(stored))?;
    let mut coding = coding.clone();
    if let Some(row) = charge.rows.iter().find(|row| !row.dropped) {
        coding.set(Kind::BudgetCode, &row.at.budget);
    }
    let name = charge.number.rsplit('/').next().unwrap_or_default().to_string();
    Ok(Some(Item {
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
        said: Said::default(),
    }))
}
