//! Looks at suppliers' invoices: the list, and one with everything beside it that a clerk needs, matched with what is known now. Writes nothing.

use serde_json::{Value, json};

use super::{Facts, knowing, responding, rows};
use crate::app::App;
use crate::domain::matching::{self, Bill, Match, OrderProposal, Proposal, propose_lines, propose_orders};
use crate::domain::money::{Currency, Money};
use crate::error::{Error, Result};
use crate::flow::signing::Caller;
use crate::store::json::{parse, str_of};
use crate::store::supplier_invoice::{self, SupplierInvoice};
use crate::wire::enclosed::{self, File};
use crate::wire::ubl_reading;

/// As many lines of one invoice as a person or program is shown with proposals.
const PROPOSED_MAX: usize = 500;

/// One invoice, and what it is held against.
pub struct Seen {
    pub invoice: SupplierInvoice,
    pub body: Value,
    pub bill: Bill,
    /// What lies in the document beside it.
    pub files: Vec<File>,
    pub facts: Facts,
    /// As it would be matched now.
    pub found: Match,
    /// For each line what may be meant.
    pub lines: Vec<Vec<Proposal>>,
    /// Where no order was found.
    pub orders: Vec<OrderProposal>,
    /// Codes for an answer to the supplier: reason and action.
    pub proposed: (&'static str, &'static str),
}

/// The invoice and what the document says.
pub async fn read(app: &App, tenant: &str, id: &str) -> Result<(SupplierInvoice, Bill)> {
    let (invoice, text) = text(app, tenant, id).await?;
    Ok((invoice, ubl_reading::read(&text).0))
}

async fn text(app: &App, tenant: &str, id: &str) -> Result<(SupplierInvoice, String)> {
    let mut tx = app.store.read().await?;
    let invoice = supplier_invoice::by_id(&mut tx, tenant, id).await?.ok_or_else(|| Error::not_found("invoice", id))?;
    let document = crate::store::inbox::document(&mut tx, tenant, &invoice.inbox).await?;
    let text = document.and_then(|(_, bytes)| ubl_reading::decode(&bytes)).unwrap_or_default();
    Ok((invoice, text))
}

/// A file that lies in the document, counted from 1.
pub async fn file(app: &App, caller: &Caller, id: &str, number: usize) -> Result<File> {
    let (_, text) = text(app, &caller.person.tenant, id).await?;
    let files = enclosed::read(&text).into_iter();
    let found = (1..).zip(files).find(|(at, file)| *at == number && !file.bytes.is_empty());
    found.map(|(_, file)| file).ok_or_else(|| Error::not_found("file", number))
}

/// The document as it came.
pub async fn document(app: &App, caller: &Caller, id: &str) -> Result<Vec<u8>> {
    let mut tx = app.store.read().await?;
    let tenant = caller.person.tenant.as_str();
    let invoice = supplier_invoice::by_id(&mut tx, tenant, id).await?.ok_or_else(|| Error::not_found("invoice", id))?;
    let document = crate::store::inbox::document(&mut tx, tenant, &invoice.inbox).await?;
    document.map(|(_, bytes)| bytes).ok_or_else(|| Error::not_found("document", id))
}

/// The last Invoice Response that was written.
pub async fn response(app: &App, caller: &Caller, id: &str) -> Result<String> {
    let mut tx = app.store.read().await?;
    let invoice = supplier_invoice::by_id(&mut tx, &caller.person.tenant, id).await?.ok_or_else(|| Error::not_found("invoice", id))?;
    let body = parse(&invoice.body)?;
    Some(str_of(&body, "response").to_string()).filter(|text| !text.is_empty()).ok_or_else(|| Error::not_found("response", id))
}

/// A page of the list, newest first, and where the next begins; how many wait.
pub async fn list(app: &App, caller: &Caller, state: &str, before: &str, limit: u32) -> Result<(Vec<SupplierInvoice>, Option<String>, i64)> {
    let mut tx = app.store.view().await?;
    let tenant = caller.person.tenant.as_str();
    let mut invoices = supplier_invoice::list(&mut tx, tenant, state, before, limit + 1).await?;
    let more = invoices.len() > limit as usize;
    invoices.truncate(limit as usize);
    let next = invoices.last().filter(|_| more).map(|last| last.id.clone());
    Ok((invoices, next, supplier_invoice::waiting(&mut tx, tenant).await?))
}

/// One invoice; `chosen` is an order that a person wants to see beside it.
pub async fn one(app: &App, caller: &Caller, id: &str, chosen: &str) -> Result<Seen> {
    let tenant = caller.person.tenant.as_str();
    let (invoice, text) = text(app, tenant, id).await?;
    let (bill, files) = (ubl_reading::read(&text).0, enclosed::read(&text));
    let chosen: Vec<String> = Some(chosen.trim().to_string()).filter(|order| !order.is_empty()).into_iter().collect();
    let facts = knowing::facts(app, tenant, &bill, &chosen).await?;
    let found = matching::compare(&bill, &facts.known(), &facts.tolerances);
    let supplier = facts.supplier.clone().unwrap_or_default();
    let named: Vec<usize> = found.orders.iter().map(|found| found.order).chain(chosen.iter().filter_map(|order| facts.place_of(order))).collect();
    let orders = if named.is_empty() { propose_orders(&bill, &facts.orders, &supplier) } else { Vec::new() };
    let own = |order: &usize| facts.orders.get(*order).is_some_and(|known| known.supplier == supplier);
    let among: Vec<usize> = named.into_iter().chain(orders.iter().map(|one| one.order)).filter(own).collect();
    let lines = bill.lines.iter().take(PROPOSED_MAX).map(|line| propose_lines(line, &facts.orders, &among)).collect();
    let body = parse(&invoice.body)?;
    let reasons: Vec<rows::ReasonKept> = rows::kept_lines(&body).into_iter().flat_map(|line| line.reasons).chain(rows::kept_reasons(&body)).collect();
    Ok(Seen { invoice, body, bill, files, facts, found, lines, orders, proposed: responding::proposed(&reasons) })
}

/// An invoice as the API shows it in a list.
pub fn invoice_json(invoice: &SupplierInvoice) -> Value {
    let currency = Currency::parse(&invoice.currency).unwrap_or(Currency::EUR);
    let amount = |minor: i64| Money::new(minor, currency).decimal().to_string();
    json!({
        "id": invoice.id, "state": invoice.state.as_str(), "outcome": invoice.outcome, "supplier": invoice.supplier, "seller": invoice.seller,
        "number": invoice.number, "issued_on": invoice.issued_on, "type": invoice.kind, "currency": invoice.currency, "net": amount(invoice.net),
        "gross": amount(invoice.gross), "orders": invoice.orders, "received_at": invoice.received_at.to_string(), "channel": invoice.channel,
        "version": invoice.version,
    })
}

fn proposal_json(facts: &Facts, proposal: &Proposal) -> Value {
    let number = facts.orders.get(proposal.order).map(|order| order.number.as_str());
    json!({"order": number, "order_line": proposal.line, "why": proposal.why.iter().map(|why| why.as_str()).collect::<Vec<_>>()})
}

fn file_json(number: usize, file: &File) -> Value {
    json!({
        "number": number, "name": file.name, "description": file.description, "type": file.kind, "bytes": file.bytes.len(), "link": file.link,
    })
}

/// One invoice as the API shows it: the figures that were kept, and what is proposed now.
pub fn seen_json(seen: &Seen) -> Value {
    let mut shown = invoice_json(&seen.invoice);
    for key in ["findings", "lines", "reasons", "ways", "refusal", "notes"] {
        shown[key] = seen.body.get(key).cloned().unwrap_or(Value::Null);
    }
    shown["proposals"] = seen.lines.iter().map(|line| line.iter().map(|one| proposal_json(&seen.facts, one)).collect::<Value>()).collect();
    shown["files"] = (1..).zip(&seen.files).map(|(number, file): (usize, &File)| file_json(number, file)).collect();
    shown["has_response"] = json!(seen.body.get("response").is_some());
    let number = |one: &OrderProposal| seen.facts.orders.get(one.order).map(|order| order.number.as_str());
    let order =
        |one: &OrderProposal| json!({"order": number(one), "lines": one.lines, "why": one.why.iter().map(|w| w.as_str()).collect::<Vec<_>>()});
    shown["order_proposals"] = seen.orders.iter().map(order).collect();
    shown
}
