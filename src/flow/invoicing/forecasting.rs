//! What an invoice run would do for one customer, worked out on a copy of their books: which items go on which invoice, what stays behind and why.
//! The preview shows it and the run does it, so the two cannot differ. Writes nothing, and takes nobody's turn for longer than a look.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::despatching::Shipments;
use super::document::Parties;
use super::enclosing::Files;
use super::items::{Item, Shared};
use super::judging;
use super::making::{self, Making};
use crate::app::App;
use crate::clock;
use crate::domain::books::Books;
use crate::domain::books::command::{Names, OnCeiling};
use crate::domain::books::entry::Refusal as Refused;
use crate::domain::coding::Kind as CodingKind;
use crate::domain::finding::Finding;
use crate::domain::invoice::Invoice;
use crate::domain::invoice::terms::Grouping;
use crate::domain::money::{Currency, Money};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::flow::bookkeeping::Booking;
use crate::store::order::Stored;
use crate::wire::ubl;

/// Why something is not on an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A code that the customer demands is not there.
    Missing(String),
    /// Less than the customer wants an invoice for.
    BelowMinimum(Money),
    /// The books say no, or not yet.
    Books(Refused),
    /// The document would be rejected.
    Rejected(Vec<Finding>),
}

/// Items of an order that stay behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptBack {
    pub number: String,
    pub line: String,
    pub net: Money,
    pub reason: Reason,
}

/// One invoice of a run, or of a preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    pub orders: Vec<String>,
    /// Codes that its lines have in common because the customer wants an invoice for each; those without a value are left out.
    pub codes: Vec<(CodingKind, String)>,
    pub lines: usize,
    pub net: Money,
    pub gross: Money,
}

/// What a run does for one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    pub tenant: String,
    pub name: String,
    /// Of their ledger.
    pub currency: Currency,
    pub invoices: Vec<Planned>,
    pub kept_back: Vec<KeptBack>,
}

/// An invoice that is to be made: of which orders, and which items of them.
pub struct Group {
    pub orders: Vec<String>,
    pub numbers: Vec<Arc<str>>,
    pub making: Making,
    /// Whether something of it is held.
    pub holds: bool,
}

/// What was found for one customer.
pub struct Found {
    pub forecast: Forecast,
    pub groups: Vec<Group>,
}

/// What a forecast is made from.
struct Seen {
    parties: Parties,
    books: Books,
    orders: Vec<Stored>,
    now: Timestamp,
    run: String,
    /// What waits to go along: with the first invoice of its order.
    files: Files,
    shipments: Shipments,
}

/// The books are looked at once, in their turn; everything else is done away from everybody who waits.
pub async fn look(app: &App, (orders, files, shipments): (&[Stored], Files, Shipments), parties: Parties, until: &str, run: &str) -> Result<Found> {
    let slot = Arc::new(Mutex::new(None));
    let found = slot.clone();
    let looking = Booking {
        orders: orders.iter().map(|stored| stored.order.id.clone()).collect(),
        names: Names { orders: orders.iter().map(|stored| stored.order.number.as_str().into()).collect(), ..Names::default() },
        ..Booking::looking(move |at| {
            let orders: Vec<Stored> = at.orders.iter().map(|stored| (*stored).clone()).collect();
            *found.lock().unwrap_or_else(PoisonError::into_inner) = Some((at.books.clone(), orders, at.now));
        })
    };
    app.bookkeepers.book(&parties.buyer.id, looking).await?;
    let seen = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (books, orders, now) = seen.ok_or_else(|| Error::internal("a look that saw nothing"))?;
    let (seen, until) = (Seen { parties, books, orders, now, run: run.to_string(), files, shipments }, until.to_string());
    tokio::task::spawn_blocking(move || forecast(seen, &until)).await.map_err(Error::internal)?
}

/// Everything that happens to one customer, in the order of its groups.
fn forecast(mut seen: Seen, until: &str) -> Result<Found> {
    let buyer = &seen.parties.buyer;
    let mut found = Found {
        forecast: Forecast {
            tenant: buyer.id.clone(),
            name: buyer.name.clone(),
            currency: Currency::parse(&buyer.currency).unwrap_or(Currency::EUR),
            invoices: Vec::new(),
            kept_back: Vec::new(),
        },
        groups: Vec::new(),
    };
    for items in grouped(&seen, until, &mut found.forecast.kept_back)?.into_values() {
        of_group(&mut seen, &items, &mut found)?;
    }
    // An order is held as a whole, and an invoice for it says that it is not: what holds comes last. What is held takes nothing from the others.
    found.groups.sort_by_key(|group| group.holds);
    Ok(found)
}

/// The items by what an invoice has in common, in the order of delivery; those without a code that the customer demands stay behind.
fn grouped(seen: &Seen, until: &str, kept_back: &mut Vec<KeptBack>) -> Result<BTreeMap<Vec<String>, Vec<Item>>> {
    let orders: Vec<&Stored> = seen.orders.iter().collect();
    let mut by_key: BTreeMap<Vec<String>, Vec<Item>> = BTreeMap::new();
    for item in making::available(None, shared(&seen.parties), &orders, &seen.books)?.into_iter().filter(|item| item.shipped_on.as_str() <= until) {
        match making::missing(&seen.parties, &item) {
            Some(code) => kept_back.push(back(&item, Reason::Missing(code.to_string()))),
            None => by_key.entry(key(&seen.parties, &item)).or_default().push(item),
        }
    }
    for items in by_key.values_mut() {
        items.sort_by(|a, b| (&a.shipped_on, &a.number).cmp(&(&b.shipped_on, &b.number)));
    }
    Ok(by_key)
}

/// One invoice: what the budgets hold, what is too little, what a receiver would reject; the rest is done to the copy of the books.
fn of_group(seen: &mut Seen, items: &[Item], found: &mut Found) -> Result<()> {
    let mut making = Making {
        parties: seen.parties.clone(),
        only: Some(items.iter().map(Item::name).collect()),
        shared: shared(&seen.parties),
        on_ceiling: Some(OnCeiling::StopAtFirst),
        run: seen.run.clone(),
        id: clock::new_id(seen.now),
        year: seen.now.year(),
        files: of_orders(&seen.files, items),
        shipments: of_orders(&seen.shipments, items),
        judged: None,
    };
    let kept_back = &mut found.forecast.kept_back;
    let (kept, held) = making::sifted(&making, &seen.books, items.to_vec());
    kept_back.extend(held.iter().map(|(item, refusal)| back(item, Reason::Books(refusal.clone()))));
    let (orders, numbers): (Vec<String>, Vec<Arc<str>>) = orders_of(items).into_iter().map(|(id, number)| (id, number.into())).unzip();
    if !kept.is_empty() {
        if let Some(reason) = too_little(seen, &kept) {
            kept_back.extend(kept.iter().map(|item| back(item, reason.clone())));
            return Ok(());
        }
        // Of a look only: a number that no invoice has.
        let (document, command) = making::compose(&making, &kept, format!("forecast/{}", found.groups.len() + 1), seen.now)?;
        if let Some(reason) = rejected(&document)? {
            kept_back.extend(kept.iter().map(|item| back(item, reason.clone())));
            return Ok(());
        }
        match seen.books.decide(&command) {
            Ok(entry) => {
                seen.books.apply(&entry);
                kept.iter().for_each(|item| drop(seen.files.remove(&item.order)));
                found.forecast.invoices.push(planned(&making.parties, &kept, &document)?);
            }
            // One by one they pass, together they do not: a cent of tax. The run will hold them.
            Err(refusal) => kept_back.extend(kept.iter().map(|item| back(item, Reason::Books(refusal.clone())))),
        }
        making.judged = Some(document);
    }
    // What is held goes along to be written down as held, even where nothing else is left.
    found.groups.push(Group { orders, numbers, making, holds: !held.is_empty() });
    Ok(())
}

/// What there is of the orders that these items are of.
fn of_orders<T: Clone>(all: &BTreeMap<String, T>, items: &[Item]) -> BTreeMap<String, T> {
    let of = |id: String| all.get(&id).cloned().map(|some| (id, some));
    orders_of(items).into_iter().filter_map(|(id, _)| of(id)).collect()
}

fn planned(parties: &Parties, kept: &[Item], document: &Invoice) -> Result<Planned> {
    let totals = document.totals().ok_or_else(|| Error::internal("an invoice without totals"))?;
    let orders = orders_of(kept).into_iter().map(|(_, number)| number).collect();
    let code = |kind| kept.first().map(|item| (kind, item.coding.get(kind).to_string())).filter(|(_, value)| !value.is_empty());
    let codes = parties.terms.grouping.iter().filter_map(|grouping| grouping.coding()).filter_map(code).collect();
    Ok(Planned { orders, codes, lines: kept.len(), net: totals.net, gross: totals.gross })
}

/// Whether the customer wants no invoice for so little.
fn too_little(seen: &Seen, kept: &[Item]) -> Option<Reason> {
    let net: Decimal = kept.iter().map(|item| item.net.decimal()).sum();
    let least = seen.parties.terms.minimum;
    let currency = kept.first()?.net.currency;
    (net < least).then(|| Money::round(least, currency).map(Reason::BelowMinimum))?
}

/// Why a receiver would reject the document; nothing when it would not.
fn rejected(document: &Invoice) -> Result<Option<Reason>> {
    let findings = document.check();
    if findings.has_error() {
        return Ok(Some(Reason::Rejected(findings.0)));
    }
    match judging::judge(&ubl::write(document), &document.issue_date) {
        Ok(()) => Ok(None),
        Err(Error::Invalid(findings)) => Ok(Some(Reason::Rejected(findings.0))),
        Err(error) => Err(error),
    }
}

/// Id and number of each order among items, in their order.
fn orders_of(items: &[Item]) -> Vec<(String, String)> {
    let mut seen = BTreeSet::new();
    let first = items.iter().filter(|item| seen.insert(item.order.as_str()));
    first.map(|item| (item.order.clone(), item.number.clone())).collect()
}

fn back(item: &Item, reason: Reason) -> KeptBack {
    KeptBack { number: item.number.clone(), line: item.line.clone(), net: item.net, reason }
}

/// A line is on the invoice of each of its budgets where each budget has its own.
fn shared(parties: &Parties) -> Shared {
    if parties.terms.grouping.contains(&Grouping::BudgetCode) { Shared::ByBudget } else { Shared::Whole }
}

/// What the items of one invoice have in common.
fn key(parties: &Parties, item: &Item) -> Vec<String> {
    let value = |grouping: &Grouping| match grouping.coding() {
        None => item.number.clone(),
        Some(kind) => item.coding.get(kind).to_string(),
    };
    parties.terms.grouping.iter().map(value).chain([item.net.currency.to_string()]).collect()
}

/// As the API and the part's row say it.
pub fn kept_back_json(kept: &KeptBack) -> Value {
    let (code, what): (String, Value) = match &kept.reason {
        Reason::Missing(code) => ("missing".into(), json!(code)),
        Reason::BelowMinimum(least) => ("below_minimum".into(), json!(least.decimal().to_string())),
        Reason::Books(refusal) => {
            let over: Vec<String> = refusal.over.iter().map(|over| over.at.to_string()).collect();
            (refusal.code.as_str().into(), json!(if over.is_empty() { refusal.what.clone() } else { over.join(", ") }))
        }
        Reason::Rejected(findings) => {
            ("rejected".into(), findings.iter().map(|finding| json!({"rule": finding.field, "place": finding.limit})).collect())
        }
    };
    json!({"order": kept.number, "line": kept.line, "net": kept.net.decimal().to_string(), "currency": kept.net.currency.as_str(), "code": code, "what": what})
}

pub fn forecast_json(forecast: &Forecast) -> Value {
    let planned = |planned: &Planned| {
        let codes: serde_json::Map<String, Value> = planned.codes.iter().map(|(kind, value)| (kind.name().to_string(), json!(value))).collect();
        json!({
            "orders": planned.orders, "grouped_by": codes, "lines": planned.lines, "currency": planned.net.currency.as_str(),
            "net": planned.net.decimal().to_string(), "gross": planned.gross.decimal().to_string(),
        })
    };
    json!({
        "customer": forecast.tenant, "name": forecast.name,
        "invoices": forecast.invoices.iter().map(planned).collect::<Vec<_>>(),
        "kept_back": forecast.kept_back.iter().map(kept_back_json).collect::<Vec<_>>(),
    })
}
