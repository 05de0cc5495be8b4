//! What a supplier says and does about an order, whichever way it says it (cxml-and-peppol-ordering, section 32): the order after a step, what is
//! kept of it, and who hears of it, in the commit that books it. Page, API and documents differ in how they ask; what it means is said here once.

pub mod answering;
pub mod deciding;
pub mod desk;
pub mod history;
pub mod questioning;
pub mod shipping;
mod telling;
pub mod withdrawing;

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::bookkeeping::{Decided, Written};
use super::cxml;
use super::delivering;
use super::invoicing::enclosing;
use super::peppol::agreeing;
use super::signing::Caller;
use crate::app::App;
use crate::domain::books::entry::Entry;
use crate::domain::finding::{Code, Finding};
use crate::domain::fulfilment::{Answer, Fault, Said, Says, Source};
use crate::domain::order::{Line, after_answer, after_return};
use crate::domain::time::Timestamp;
use crate::error::{Change, Error, Refusal, Result};
use crate::flow::invoicing::items;
use crate::store;
use crate::store::order::Stored;
use crate::store::organisation::Organisation;
use crate::store::shipment::Shipment;
use crate::wire::peppol::Correspondence;

/// Who hears of a step: the buyer's people and its system.
#[derive(Clone, Default)]
pub struct Hearers {
    pub buyer: Option<Arc<Organisation>>,
    pub outgoing: Option<cxml::Outgoing>,
    /// The buyer's system, where it is told of an order that was placed here.
    pub agreement: Option<Correspondence>,
}

impl Hearers {
    pub async fn of(app: &App, stored: &Stored) -> Result<Hearers> {
        let buyer = super::connecting::organisation(app, &stored.tenant).await?;
        Ok(Hearers { buyer, outgoing: cxml::outgoing(app, stored).await?, agreement: agreeing::hearer(app, stored).await? })
    }
}

/// What leaves the house.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parcel {
    pub lines: Vec<(u32, Decimal)>,
    /// The supplier's own number of it.
    pub reference: String,
    pub carrier: String,
    pub tracking: String,
}

/// A step of the supplier's, as far as it is not in the books.
#[derive(Clone, Debug)]
pub struct Step {
    pub source: Source,
    /// What stands of these lines from now on.
    pub answers: BTreeMap<u32, Answer>,
    pub parcel: Option<Parcel>,
    /// Shipments that are taken back, as they were; where something leaves in the same step, it takes their place.
    pub withdrawn: Vec<Shipment>,
    /// What the order's own document notes of it.
    pub note: String,
}

/// The order after a step, as the books have its quantities, and everything that is owed because of it.
pub fn advanced(stored: &Stored, step: &Step, hearers: &Hearers, decided: &Decided<'_>, entry: &Entry) -> Result<Written> {
    let mut after = stored.clone();
    items::follow(&mut after, decided, entry);
    for line in &mut after.order.lines {
        if let Some(answer) = step.answers.get(&line.line) {
            line.answer = answer.clone();
        }
        line.answer = line.standing().answer;
    }
    let before = if step.withdrawn.is_empty() { after.order.state } else { after_return(after.order.state, &after.order.lines) };
    after.order.state = after_answer(before, &after.order.lines);
    after.version += 1;
    after.shipments += i64::from(step.parcel.is_some());
    let shipment = step.parcel.as_ref().map(|parcel| shipped(&after, step, parcel, hearers, decided.at));
    let mut messages = cxml::said(&mut after, step, shipment.as_ref(), hearers.outgoing.as_ref(), decided.at);
    messages.extend(agreeing::agreed(stored, &after, hearers.agreement.as_ref(), decided.at));
    messages.extend(telling::messages(stored, &after, step, hearers, decided, entry)?);
    let withdrawn = step.withdrawn.iter().map(|one| Shipment { withdrawn_at: Some(decided.at), ..one.clone() });
    Ok(Written { orders: vec![after], shipments: withdrawn.chain(shipment).collect(), messages, ..Written::default() })
}

fn shipped(after: &Stored, step: &Step, parcel: &Parcel, hearers: &Hearers, at: Timestamp) -> Shipment {
    // What takes the place of another is known to the buyer's system under the same number.
    let known = step.withdrawn.iter().map(|one| one.notice.clone()).find(|notice| !notice.is_empty());
    let is_told = hearers.outgoing.is_some() && !after.document.is_empty();
    Shipment {
        tenant: after.tenant.clone(),
        order: after.order.id.clone(),
        number: after.shipments,
        shipped_at: at,
        source: step.source,
        reference: parcel.reference.clone(),
        carrier: parcel.carrier.clone(),
        tracking: parcel.tracking.clone(),
        lines: parcel.lines.clone(),
        notice: known.or_else(|| is_told.then(|| format!("{}-{}", after.order.number, after.shipments))).unwrap_or_default(),
        withdrawn_at: None,
    }
}

/// What a step asks of the order it is about.
pub struct Target<'a> {
    pub tenant: &'a str,
    pub id: &'a str,
    /// The version that whoever asks has seen; without one the order as it is.
    pub version: Option<i64>,
    pub source: Source,
    /// The caller's own id of what is asked: under it a thing is done once.
    pub key: Option<String>,
}

impl<'a> Target<'a> {
    /// An order of the desk's page.
    pub fn page(tenant: &'a str, id: &'a str, version: Option<i64>) -> Target<'a> {
        Target { tenant, id, version, source: Source::Page, key: None }
    }
}

/// The order, when the caller may act on it.
async fn target(app: &App, caller: &Caller, target: &Target<'_>) -> Result<(Stored, Hearers)> {
    let mut tx = app.store.read().await?;
    let stored = delivering::order(&mut tx, caller, target.tenant, target.id).await?;
    drop(tx);
    let hearers = Hearers::of(app, &stored).await?;
    Ok((stored, hearers))
}

fn wrong_state(stored: &Stored) -> Error {
    Error::Refused(Refusal::State { what: "order".into(), state: stored.order.state.as_str().into() })
}

/// Two people at one order: whoever comes second is told, and nothing is done.
pub fn same_version(stored: &Stored, seen: Option<i64>) -> Result<()> {
    match seen.filter(|seen| *seen != stored.version) {
        Some(seen) => Err(Error::Refused(Refusal::Changed { seen, version: stored.version, changes: Vec::new() })),
        None => Ok(()),
    }
}

/// A refusal for a version that is gone, with what happened since.
pub async fn with_changes(app: &App, stored: &Stored, error: Error) -> Error {
    let Error::Refused(Refusal::Changed { seen, version, .. }) = error else { return error };
    let steps = usize::try_from(version - seen).unwrap_or(1).clamp(1, 20);
    let entries = async {
        let mut tx = app.store.read().await?;
        store::journal::of_subject(&mut tx, &stored.tenant, &format!("order/{}", stored.order.number)).await
    };
    match entries.await {
        Ok(entries) => {
            let last = entries.into_iter().rev().take(steps);
            let changes = last.map(|entry| Change { kind: entry.kind, actor: entry.actor, at: entry.at }).collect();
            Error::Refused(Refusal::Changed { seen, version, changes })
        }
        Err(error) => error,
    }
}

/// Why an answer does not fit its line, with the number that does.
fn misfit(line: u32, fault: Fault) -> Finding {
    let with = |code, field: &str, value: Decimal, limit: Decimal| Finding::error(code, field).value(value.normalize()).limit(limit.normalize());
    let finding = match fault {
        Fault::NotOpen { open, asked } => with(Code::QuantityNotOpen, "quantity", asked, open),
        Fault::Sum { ordered, stated } => with(Code::QuantityNotOpen, "quantity", stated, ordered),
        Fault::Shipped(shipped) => with(Code::QuantityNotOpen, "quantity", shipped, Decimal::ZERO),
        Fault::NothingOffered => Finding::error(Code::Missing, "price").limit("price, article"),
        Fault::NoPieces => Finding::error(Code::QuantityNotPositive, "quantity"),
    };
    finding.line(line)
}

fn line_of(stored: &Stored, number: u32) -> std::result::Result<&Line, Finding> {
    let unknown = || Finding::error(Code::Unusable, "line").line(number).value(number);
    stored.order.lines.iter().find(|line| line.line == number).ok_or_else(unknown)
}

/// A statement as the journal and the API have it.
pub fn said_json(said: &Said) -> Value {
    let mut body = json!({"says": said.says.as_str(), "quantity": said.quantity.normalize().to_string()});
    let price = said.price.map(|price| price.to_string());
    let texts = [("date", &said.date), ("price", &price), ("article", &said.article), ("name", &said.name), ("reason", &said.reason)];
    for (name, text) in texts.into_iter().filter_map(|(name, text)| text.as_ref().map(|text| (name, text))) {
        body[name] = json!(text);
    }
    body
}

/// A shipment as the API shows it.
pub fn shipment_json(shipment: &Shipment) -> Value {
    let line = |(line, quantity): &(u32, Decimal)| json!({"line": line, "quantity": quantity.normalize().to_string()});
    json!({
        "number": shipment.number, "shipped_at": shipment.shipped_at.to_string(), "source": shipment.source.as_str(),
        "reference": shipment.reference, "carrier": shipment.carrier, "tracking": shipment.tracking,
        "withdrawn_at": shipment.withdrawn_at.map(|at| at.to_string()),
        "lines": shipment.lines.iter().map(line).collect::<Vec<_>>(),
    })
}

/// An order as its supplier's programs see it, with the version that the next step names.
pub async fn shown(app: &App, caller: &Caller, tenant: &str, id: &str) -> Result<Value> {
    let mut tx = app.store.read().await?;
    let stored = delivering::order(&mut tx, caller, tenant, id).await?;
    let shipments = store::shipment::of_order(&mut tx, tenant, id).await?;
    let questions = store::question::of_order(&mut tx, tenant, id).await?;
    let mut body = super::ordering::order_json(&stored.order, &[]);
    body["questions"] = questions.iter().map(questioning::question_json).collect();
    body["buyer"] = json!(tenant);
    body["version"] = json!(stored.version);
    body["placed_at"] = json!(stored.placed_at.to_string());
    body["shipments"] = shipments.iter().map(shipment_json).collect();
    let files = store::invoice_file::of_order(&mut tx, tenant, id).await?;
    body["files"] = files.iter().map(enclosing::file_json).collect();
    if let Some(lines) = body["lines"].as_array_mut() {
        for (shown, line) in lines.iter_mut().zip(&stored.order.lines) {
            let standing = line.standing();
            shown["open"] = json!(standing.open().normalize().to_string());
            shown["pending"] = json!(standing.count(Says::Pending).normalize().to_string());
        }
    }
    Ok(body)
}

/// The id of an order that the caller knows by its number.
pub async fn id_of(app: &App, caller: &Caller, tenant: &str, number: &str) -> Result<String> {
    let mut tx = app.store.read().await?;
    let found = store::order::by_number(&mut tx, tenant, number).await?.ok_or_else(|| Error::not_found("order", number))?;
    delivering::order(&mut tx, caller, tenant, &found.order.id).await.map(|stored| stored.order.id)
}
