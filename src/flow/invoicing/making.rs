//! One invoice, made in the bookkeeper's turn: its items as they are then, what the budgets let through, its number, its document, and what is
//! owed because of it, in one commit. What takes long, the judgement of the document, was done before, and is done again only if it changed.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::json;

use super::despatching::{self, Shipments};
use super::document::{self, Parties};
use super::enclosing::{self, Files};
use super::items::{self, Item, Name, Shared};
use super::judging::judge;
use super::sending;
use crate::domain::books::command::{Command, OnCeiling, Override, PostInvoice};
use crate::domain::books::entry::{Outcome, Refusal as Refused};
use crate::domain::books::{Books, invoicing as books};
use crate::domain::coding::Kind as CodingKind;
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::invoice::{Invoice, Kind};
use crate::domain::money::tax_of;
use crate::domain::order::State;
use crate::domain::time::Timestamp;
use crate::error::{Error, Refusal, Result};
use crate::flow::bookkeeping::{Plan, Seen, WriteFn, Written};
use crate::store::held::Held;
use crate::store::invoice as rows;
use crate::store::order::Stored;
use crate::wire::ubl;

/// What one invoice is to be made of.
pub struct Making {
    pub parties: Parties,
    /// Of all that can be invoiced of the orders, only these. Everything without it.
    pub only: Option<BTreeSet<Name>>,
    pub shared: Shared,
    /// Lines that a budget does not let through stay behind, and the others go; without it all go or none.
    pub on_ceiling: Option<OnCeiling>,
    pub run: String,
    /// The id of its row.
    pub id: String,
    /// The year whose series its number comes from.
    pub year: i16,
    /// What waits to go along with the orders.
    pub files: Files,
    /// What left of the orders.
    pub shipments: Shipments,
    /// The document that was judged already.
    pub judged: Option<Invoice>,
}

/// What of the orders can be invoiced.
pub fn available(only: Option<&BTreeSet<Name>>, shared: Shared, orders: &[&Stored], books: &Books) -> Result<Vec<Item>> {
    let mut all = Vec::new();
    for stored in orders.iter().filter(|stored| matches!(stored.order.state, State::Placed | State::Confirmed | State::Shipped)) {
        all.extend(items::of_order(stored, books, shared)?);
    }
    let is_wanted = |item: &Item| only.is_none_or(|only| only.contains(&item.name()));
    Ok(all.into_iter().filter(is_wanted).collect())
}

/// A code that the customer demands and the item has not.
pub fn missing(parties: &Parties, item: &Item) -> Option<&'static str> {
    let required = parties.terms.required.iter().map(|required| required.coding());
    required.filter(|kind| item.coding.get(*kind).is_empty()).map(CodingKind::name).next()
}

/// The same for all items; a charge is named by its line.
fn all_missing(parties: &Parties, items: &[Item]) -> Findings {
    let of_item = |item: &Item| {
        let finding = Finding::error(Code::Missing, missing(parties, item)?);
        let line = item.line.split('/').next().and_then(|line| line.parse().ok());
        Some(Finding { line, ..finding })
    };
    Findings(items.iter().filter_map(of_item).collect())
}

/// An item that stays behind, and why.
pub type KeptBack = (Item, Refused);

/// What the budgets let through, and what not.
pub fn sifted(making: &Making, books: &Books, all: Vec<Item>) -> (Vec<Item>, Vec<KeptBack>) {
    let Some(on_ceiling) = making.on_ceiling else { return (all, Vec::new()) };
    let lines: Vec<_> = all.iter().map(|item| item.posting(making.parties.terms.treatment.tax(item.vat))).collect();
    let whole = PostInvoice { invoice: "tried".into(), lines: lines.clone(), passing: Override::No };
    if books::invoice(books, &whole).is_ok() {
        return (all, Vec::new());
    }
    let (mut kept, mut back) = (Vec::new(), Vec::new());
    for (item, refusal) in all.into_iter().zip(books::sift(books, &lines, on_ceiling)) {
        match refusal {
            None => kept.push(item),
            Some(refusal) => back.push((item, refusal)),
        }
    }
    (kept, back)
}

/// The document and the command for it.
pub fn compose(making: &Making, items: &[Item], number: String, now: Timestamp) -> Result<(Invoice, Command)> {
    let all: Vec<&Item> = items.iter().collect();
    let draft = document::draft(&making.parties, &all, now)?;
    let mut draft = Invoice { attachments: enclosing::attached(&making.files, items), ..draft };
    draft.references.despatch = despatching::despatch(&making.shipments, items);
    let invoice = document::numbered(&draft, &making.parties, number);
    let lines = items.iter().zip(&invoice.lines).map(|(item, line)| item.posting(line.tax)).collect();
    let command = Command::Invoice(PostInvoice { invoice: invoice.number.as_str().into(), lines, passing: Override::No });
    Ok((invoice, command))
}

/// Whether it is the document that was judged, but for its number.
fn is_judged(making: &Making, invoice: &Invoice) -> bool {
    let same = |judged: &Invoice| document::numbered(judged, &making.parties, invoice.number.clone()) == *invoice;
    making.judged.as_ref().is_some_and(same)
}

pub fn plan(at: &Seen<'_>, making: &Making) -> Result<Plan> {
    let missing = |what: &str| Error::internal(format!("an invoice without {what}"));
    let first = *at.orders.first().ok_or_else(|| missing("an order"))?;
    let all = available(making.only.as_ref(), making.shared, &at.orders, at.books)?;
    if all.is_empty() {
        return Err(Error::Refused(Refusal::State { what: "order".into(), state: first.order.state.as_str().into() }));
    }
    let (kept, back) = sifted(making, at.books, all.clone());
    // Where nothing passes, the whole is asked for, and the books say why not.
    let items = if kept.is_empty() { all } else { kept };
    let findings = all_missing(&making.parties, &items);
    if findings.has_error() {
        return Err(findings.into());
    }
    let number = making.parties.number(Kind::Invoice, making.year, at.number.ok_or_else(|| missing("a number"))?);
    let (invoice, command) = compose(making, &items, number, at.now)?;
    let findings = invoice.check();
    if findings.has_error() {
        return Err(findings.into());
    }
    let row = row(making, &invoice, &items)?;
    if !is_judged(making, &invoice) {
        judge(&row.document, &row.issued_on)?;
    }
    let body = json!({"number": row.number, "net": row.net, "vat": row.vat, "gross": row.gross});
    let (subject, cause) = (format!("order/{}", first.order.number), row.number.clone());
    let write = writing(at, making, (row, &invoice), items, back)?;
    Ok(Plan { command: Some(command), kind: "invoice issued", subject, cause, body, write })
}

fn row(making: &Making, invoice: &Invoice, items: &[Item]) -> Result<rows::Invoice> {
    let totals = invoice.totals().ok_or_else(|| Error::internal("an invoice without totals"))?;
    let mut orders: Vec<String> = items.iter().map(|item| item.order.clone()).collect();
    orders.dedup();
    let mut orders = orders.into_iter();
    Ok(rows::Invoice {
        id: making.id.clone(),
        number: invoice.number.clone(),
        kind: Kind::Invoice,
        supplier: making.parties.seller.id.clone(),
        order: orders.next().unwrap_or_default(),
        more_orders: orders.collect(),
        issued_on: invoice.issue_date.clone(),
        currency: invoice.currency.to_string(),
        net: totals.net.minor,
        vat: totals.tax.minor,
        gross: totals.gross.minor,
        document: ubl::write(invoice),
        preceding: String::new(),
        run: making.run.clone(),
    })
}

/// The orders as they are afterwards, the invoice, what stays behind, and what is owed; or, when the books hold all of it, that alone.
fn writing(at: &Seen<'_>, making: &Making, (row, invoice): (rows::Invoice, &Invoice), items: Vec<Item>, back: Vec<KeptBack>) -> Result<WriteFn> {
    let touched: BTreeSet<&str> = items.iter().map(|item| item.order.as_str()).collect();
    let orders: Vec<Stored> = at.orders.iter().filter(|stored| touched.contains(stored.order.id.as_str())).map(|stored| (*stored).clone()).collect();
    let (parties, now) = (making.parties.clone(), at.now);
    let owed = sending::owed(&parties, (&row, invoice), &orders, now)?;
    let files = enclosing::taken(&making.files, &items, &row.number);
    Ok(Box::new(move |decided| match decided.outcome {
        Err(refusal) if refusal.outcome == Outcome::Held => {
            let all = items.iter().map(|item| (item, refusal)).chain(back.iter().map(|(item, refusal)| (item, refusal)));
            Ok(Written { held: held(&parties, all, now), ..Written::default() })
        }
        Err(refusal) => Err(Error::Refused(Refusal::Books(refusal.clone()))),
        Ok(entry) => {
            let after = orders.iter().map(|stored| {
                let mut stored = stored.clone();
                // What is still to come is invoiced when it does.
                items::follow(&mut stored, decided, entry);
                if stored.order.lines.iter().all(|line| !line.is_billable() && line.open() <= Decimal::ZERO) {
                    stored.order.state = State::Invoiced;
                }
                stored.version += 1;
                stored
            });
            let held = held(&parties, back.iter().map(|(item, refusal)| (item, refusal)), now);
            Ok(Written {
                orders: after.collect(),
                invoice: Some(row.clone()),
                files: files.clone(),
                held,
                messages: owed.clone(),
                ..Written::default()
            })
        }
    }))
}

/// What may not be booked yet, by order: the goods are there, and their money stays (chapter 12).
fn held<'i>(parties: &Parties, items: impl Iterator<Item = (&'i Item, &'i Refused)>, now: Timestamp) -> Vec<Held> {
    let mut by_order: BTreeMap<&str, Held> = BTreeMap::new();
    for (item, refusal) in items {
        let tax = tax_of(item.net, parties.terms.treatment.tax(item.vat).percent).map_or(0, |tax| tax.minor);
        let new = || Held { order: item.order.clone(), refusal: refusal.clone(), gross: 0, held_at: now, tried_at: now };
        by_order.entry(&item.order).or_insert_with(new).gross += item.net.minor + tax;
    }
    by_order.into_values().collect()
}
