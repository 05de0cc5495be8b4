//! A shipment that is taken back: it did not leave, or not so. What it brought is open again and its money committed, the buyer is told, and its
//! list stays to be seen. Never takes back what is on an invoice: goods that came and go back are credited.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::json;

use super::answering::book;
use super::{Hearers, Step, Target, advanced, same_version, target};
use crate::app::App;
use crate::domain::books::command::{Command, Part};
use crate::domain::books::{Books, position};
use crate::domain::finding::{Code, Finding};
use crate::domain::fulfilment::Source;
use crate::error::{Error, Refusal, Result};
use crate::flow::bookkeeping::{Plan, Seen};
use crate::flow::signing::Caller;
use crate::flow::{delivering, proving};
use crate::store;
use crate::store::order::Stored;
use crate::store::shipment::Shipment;

/// How often an order that changed meanwhile is looked at anew, where the caller named no version.
const TRIES: usize = 4;

/// A line that cannot go back: of the shipment's pieces only `free` are on no invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoiced {
    pub line: u32,
    pub quantity: Decimal,
    pub free: Decimal,
}

/// What shipments of an order brought, line by line. What one of the budgets of a line was invoiced for is on an invoice.
pub fn brought(stored: &Stored, books: &Books, shipments: &[Shipment]) -> std::result::Result<Vec<(u32, Decimal)>, Invoiced> {
    let mut lines: BTreeMap<u32, Decimal> = BTreeMap::new();
    for (line, quantity) in shipments.iter().flat_map(|shipment| &shipment.lines) {
        *lines.entry(*line).or_default() += *quantity;
    }
    let booked = books.orders.get(stored.order.number.as_str());
    for (number, quantity) in &lines {
        let line = stored.order.lines.iter().find(|line| line.line == *number);
        let booked = booked.and_then(|order| order.lines.get(number.to_string().as_str()));
        let free = line.map_or(Decimal::ZERO, |line| booked.map_or(line.shipped - line.invoiced, position::Line::free));
        if *quantity > free {
            return Err(Invoiced { line: *number, quantity: *quantity, free });
        }
    }
    Ok(lines.into_iter().collect())
}

/// Lines as the books are asked for them.
pub fn parts(lines: &[(u32, Decimal)]) -> Vec<Part> {
    lines.iter().map(|(line, quantity)| Part { line: line.to_string().into(), quantity: Some(*quantity) }).collect()
}

/// Takes a shipment back, by its number within the order. Taking it back twice is taking it back once.
pub async fn withdraw(app: &App, caller: &Caller, at: &Target<'_>, number: i64) -> Result<()> {
    for _ in 1..TRIES {
        match tried(app, caller, at, number).await {
            Err(Error::Refused(Refusal::Changed { .. })) if at.version.is_none() => {}
            done => return done,
        }
    }
    tried(app, caller, at, number).await
}

async fn tried(app: &App, caller: &Caller, at: &Target<'_>, number: i64) -> Result<()> {
    // The shipments are read after the order: if that is the same when it is booked, so are they.
    let (stored, hearers) = target(app, caller, at).await?;
    let shipments = store::shipment::of_order(&mut app.store.read().await?, at.tenant, at.id).await?;
    let shipment = shipments.into_iter().find(|shipment| shipment.number == number).ok_or_else(|| Error::not_found("shipment", number))?;
    if shipment.is_withdrawn() {
        return Ok(());
    }
    let (seen_by_caller, read, source) = (at.version, stored.version, at.source);
    let content = proving::sha256(&format!("withdraw {number}"));
    let plan = move |seen: &Seen<'_>| {
        let stored = delivering::seen(seen)?;
        same_version(stored, seen_by_caller)?;
        same_version(stored, Some(read))?;
        planned(seen.books, stored, &shipment, source, &hearers)
    };
    book(app, caller, at, &stored, content, plan).await
}

fn planned(books: &Books, stored: &Stored, shipment: &Shipment, source: Source, hearers: &Hearers) -> Result<Plan> {
    let back = brought(stored, books, std::slice::from_ref(shipment)).map_err(|invoiced| {
        let finding = Finding::error(Code::ShipmentInvoiced, "shipment").line(invoiced.line);
        Error::from(finding.value(invoiced.quantity.normalize()).limit(invoiced.free.normalize()))
    })?;
    let answers = back.iter().filter_map(|(number, quantity)| {
        let line = stored.order.lines.iter().find(|line| line.line == *number)?;
        Some((*number, line.standing().returning(*quantity).answer))
    });
    let listed: Vec<_> = back.iter().map(|(line, quantity)| json!({"line": line, "quantity": quantity.normalize().to_string()})).collect();
    let note = format!("shipment {} withdrawn ({})", shipment.number, source.as_str());
    let step = Step { source, answers: answers.collect(), parcel: None, withdrawn: vec![shipment.clone()], note };
    let (before, hearers) = (stored.clone(), hearers.clone());
    Ok(Plan {
        command: Some(Command::Redeliver { order: stored.order.number.as_str().into(), back: parts(&back), lines: Vec::new() }),
        kind: "shipment withdrawn",
        subject: format!("order/{}", stored.order.number),
        cause: stored.order.id.clone(),
        body: json!({"source": source.as_str(), "withdrawn": [shipment.number], "back": listed}),
        write: Box::new(move |decided| {
            let entry = decided.outcome.as_ref().map_err(|refusal| Error::Refused(Refusal::Books(refusal.clone())))?;
            advanced(&before, &step, &hearers, decided, entry)
        }),
    })
}
