//! Invoices and credit notes for what was shipped: made from the orders' own lines, judged, numbered without gaps, booked, kept as issued and owed
//! to the customer, in one commit. Nothing leaves that is known to be wrong.

pub mod crediting;
pub mod despatching;
pub mod document;
pub mod enclosing;
pub mod forecasting;
pub mod items;
mod judging;
pub mod making;
pub mod running;
mod sending;

use std::sync::Mutex;

use serde_json::{Value, json};

use self::document::Parties;
use self::items::Shared;
use self::making::Making;
use super::bookkeeping::{Booking, Done};
use super::fulfilling::questioning::question_json;
use super::fulfilling::shipment_json;
use super::signing::Caller;
use super::{delivering, ordering};
use crate::app::App;
use crate::clock;
use crate::domain::books::command::Names;
use crate::domain::invoice::{Invoice, Kind};
use crate::domain::name::Language;
use crate::error::{Error, Refusal, Result};
use crate::store::invoice as rows;
use crate::store::order::Stored;
use crate::store::{self, Tx};
use crate::wire::ubl;

/// Seller and buyer of an order.
pub async fn parties(tx: &mut Tx, supplier: &str, tenant: &str) -> Result<Parties> {
    let missing = |what: &str| Error::internal(format!("an invoice without {what}"));
    let seller = store::organisation::by_id(tx, supplier).await?.ok_or_else(|| missing("supplier"))?;
    let buyer = store::organisation::by_id(tx, tenant).await?.ok_or_else(|| missing("buyer"))?;
    Parties::new(seller, buyer)
}

/// Invoices everything of an order that was shipped and not invoiced yet.
pub async fn issue(app: &App, caller: &Caller, tenant: &str, id: &str) -> Result<rows::Invoice> {
    let mut tx = app.store.read().await?;
    let stored = delivering::order(&mut tx, caller, tenant, id).await?;
    let parties = parties(&mut tx, &stored.order.supplier, tenant).await?;
    let files = enclosing::of_order(&mut tx, tenant, id).await?;
    let shipments = [(id.to_string(), store::shipment::of_order(&mut tx, tenant, id).await?)].into();
    drop(tx);
    let now = app.clock.now();
    let (id, year) = (clock::new_id(now), now.year());
    let mut making =
        Making { parties, only: None, shared: Shared::Whole, on_ceiling: None, run: String::new(), id, year, files, shipments, judged: None };
    making.judged = Some(prepared(app, caller, &stored, &making).await?);
    let row_id = making.id.clone();
    let series = making.parties.series(Kind::Invoice, making.year);
    let issuing = Booking { series: Some(series), ..delivering::booking(caller, &stored, move |at| making::plan(at, &making)) };
    booked(app.bookkeepers.book(tenant, issuing).await?, &stored.order.number)?;
    let mut tx = app.store.read().await?;
    let row = rows::by_id(&mut tx, tenant, &row_id).await?.ok_or_else(|| Error::internal("an invoice that was booked is not there"))?;
    tracing::info!(order.number = stored.order.number, invoice = row.number, "invoice issued");
    Ok(row)
}

/// What an invoice for an order would be now, without a number, with its supplier and the buyer's language: nothing is drawn, booked or sent.
pub async fn pro_forma(app: &App, caller: &Caller, tenant: &str, id: &str) -> Result<(Invoice, String, Language)> {
    let mut tx = app.store.read().await?;
    let stored = delivering::order(&mut tx, caller, tenant, id).await?;
    let parties = parties(&mut tx, &stored.order.supplier, tenant).await?;
    let files = enclosing::of_order(&mut tx, tenant, id).await?;
    let shipments = [(id.to_string(), store::shipment::of_order(&mut tx, tenant, id).await?)].into();
    drop(tx);
    let now = app.clock.now();
    let language = parties.buyer.language;
    let making = Making {
        parties,
        only: None,
        shared: Shared::Whole,
        on_ceiling: None,
        run: String::new(),
        id: String::new(),
        year: now.year(),
        files,
        shipments,
        judged: None,
    };
    let invoice = looked_at(app, caller, &stored, &making).await?;
    if invoice.lines.is_empty() {
        return Err(Error::Refused(Refusal::State { what: "order".into(), state: stored.order.state.as_str().into() }));
    }
    Ok((invoice, stored.order.supplier, language))
}

/// What the books refused or hold is the caller's answer.
fn booked(done: Done, number: &str) -> Result<()> {
    if let Done::Decided { outcome, .. } = done
        && let Err(refusal) = *outcome
    {
        tracing::info!(order.number = number, code = refusal.code.as_str(), "invoice held");
        return Err(Error::Refused(Refusal::Books(refusal)));
    }
    Ok(())
}

/// The document as it would be now, judged outside of the bookkeeper's turn.
async fn prepared(app: &App, caller: &Caller, stored: &Stored, making: &Making) -> Result<Invoice> {
    let invoice = looked_at(app, caller, stored, making).await?;
    // What is not there to be invoiced is refused by the plan, which knows best.
    if !invoice.lines.is_empty() && !invoice.check().has_error() {
        judging::judge(&ubl::write(&invoice), &invoice.issue_date)?;
    }
    Ok(invoice)
}

/// The document as it would be now.
async fn looked_at(app: &App, caller: &Caller, stored: &Stored, making: &Making) -> Result<Invoice> {
    let looked = std::sync::Arc::new(Mutex::new(None));
    let found = looked.clone();
    let looking = Booking {
        orders: vec![stored.order.id.clone()],
        names: Names { orders: vec![stored.order.number.as_str().into()], ..Names::default() },
        actor: caller.person.sign_in.clone(),
        ..Booking::looking(move |at| {
            *found.lock().unwrap_or_else(std::sync::PoisonError::into_inner) =
                Some((making::available(None, Shared::Whole, &at.orders, at.books), at.now));
        })
    };
    app.bookkeepers.book(&stored.tenant, looking).await?;
    let seen = looked.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    let (items, now) = seen.ok_or_else(|| Error::internal("a look that saw nothing"))?;
    let (invoice, _) = making::compose(making, &items?, making.parties.number(Kind::Invoice, making.year, 0), now)?;
    Ok(invoice)
}

/// An invoice as the API shows it; the document itself has its own address.
pub fn invoice_json(invoice: &rows::Invoice) -> Value {
    let currency = crate::domain::money::Currency::parse(&invoice.currency).unwrap_or(crate::domain::money::Currency::EUR);
    let amount = |minor: i64| crate::domain::money::Money::new(minor, currency).decimal().to_string();
    let mut body = json!({
        "id": invoice.id, "number": invoice.number, "kind": invoice.kind.as_str(), "order": invoice.order, "issued_on": invoice.issued_on,
        "currency": invoice.currency, "net": amount(invoice.net), "vat": amount(invoice.vat), "gross": amount(invoice.gross),
    });
    if !invoice.preceding.is_empty() {
        body["preceding"] = json!(invoice.preceding);
    }
    body
}

/// An order of the caller's own organisation, by number, for its API.
pub async fn order_of_buyer(app: &App, caller: &Caller, number: &str) -> Result<Value> {
    let mut tx = app.store.view().await?;
    let stored = store::order::by_number(&mut tx, &caller.person.tenant, number).await?.ok_or_else(|| Error::not_found("order", number))?;
    let invoices = rows::of_order(&mut tx, &stored.tenant, &stored.order.id).await?;
    let mut body = ordering::order_json(&stored.order, &[]);
    body["invoices"] = invoices.iter().map(invoice_json).collect();
    body["version"] = json!(stored.version);
    let questions = store::question::of_order(&mut tx, &stored.tenant, &stored.order.id).await?;
    body["questions"] = questions.iter().map(question_json).collect();
    let shipments = store::shipment::of_order(&mut tx, &stored.tenant, &stored.order.id).await?;
    body["shipments"] = shipments.iter().map(shipment_json).collect();
    if !stored.document.is_empty() {
        body["document"] = store::json::parse(&stored.document)?;
    }
    Ok(body)
}
