//! What the supplier's system says of an order (section 15): confirmed, back-ordered, refused. What is refused frees its budget at once, what is
//! taken back is booked again; the buyer is told by mail, and in its own format where its connection has an address. Shipments are in `shipping`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::json;

use super::coming::Came;
use super::refusing::{self, refusal, refuse};
use super::{Proven, Said, lines, ordering};
use crate::app::App;
use crate::domain::books::command::{Command, Names, Override, Revise};
use crate::domain::books::{position, revising};
use crate::domain::fulfilment::Source;
use crate::domain::order::State;
use crate::error::Result;
use crate::flow::bookkeeping::{Answer as Answered, Decided, Plan, Seen, WriteFn, Written};
use crate::flow::fulfilling::{self, Hearers, Step};
use crate::flow::{connecting, delivering};
use crate::store::order::Stored;
use crate::store::{self};
use crate::wire::cxml::fulfilment::{self, Confirmation};
use crate::wire::cxml::kept::{Kept, Line, LineState, SALES_ORDER};
use crate::wire::cxml::{Fault, Status, units};
use crate::wire::peppol::despatch::{self, Outstanding};

/// What every statement about an order needs.
pub(super) struct About {
    pub stored: Stored,
    pub hearers: Hearers,
    budgets: BTreeSet<Arc<str>>,
}

/// What is kept of an order, or what there would be had it come in cXML; the state of its lines is that of the order.
pub fn kept_of(stored: &Stored) -> Kept {
    let mut kept = document_of(stored);
    for line in &stored.order.lines {
        let Some(label) = kept.by_number(line.line).map(|said| said.line.clone()) else { continue };
        kept.line_states.insert(label, LineState(line.standing()));
    }
    kept
}

fn document_of(stored: &Stored) -> Kept {
    Kept::read(&stored.document).unwrap_or_else(|| {
        let mut kept = Kept::default();
        kept.order.order_id.clone_from(&stored.order.number);
        kept.order.currency = stored.order.net.currency.as_str().to_string();
        kept.order.order_date = super::timestamp(stored.placed_at);
        let line = |line: &crate::domain::order::Line| Line {
            line: line.line.to_string(),
            number: line.line,
            supplier_part: line.article.clone(),
            quantity: line.quantity,
            unit: units::canonical(&line.unit, &BTreeMap::new()).unwrap_or_else(|| line.unit.clone()),
            unit_received: line.unit.clone(),
            unit_price: Some(line.price.amount),
            price_basis: Decimal::from(line.price.per),
            factor: Decimal::ONE,
            net: line.net.decimal(),
            ..Line::default()
        };
        kept.order.lines = stored.order.lines.iter().map(line).collect();
        kept
    })
}

/// The order by its number, else by the document that is named.
pub(super) async fn about(app: &App, came: &Came<'_>, number: Option<&str>, payload: Option<&str>) -> Result<std::result::Result<About, Fault>> {
    let tenant = came.tenant.as_str();
    let mut tx = app.store.read().await?;
    let mut found = match number {
        Some(number) => store::order::by_number(&mut tx, tenant, number).await?,
        None => None,
    };
    if let (None, None, Some(payload)) = (&found, number, payload) {
        let quoted = serde_json::Value::String(payload.to_string()).to_string();
        found = store::order::by_document(&mut tx, tenant, &format!("\"payload\":{quoted}")).await?;
    }
    // Whoever proved itself for one supplier's connection knows nothing of another's orders. A message of Peppol was held against the parties before.
    let supplier = match &came.live {
        Some(live) if came.protocol == "cxml" => Some(connecting::catalogue(app, &live.connection.catalogue).await?.supplier.clone()),
        _ => None,
    };
    let mut found = found.filter(|stored| supplier.as_ref().is_none_or(|supplier| *supplier == stored.order.supplier));
    if let (None, Some(supplier), Some(number)) = (&found, &supplier, number) {
        found = delivering::by_suppliers_number(&mut tx, tenant, supplier, number).await?;
    }
    let Some(stored) = found.filter(Stored::is_sent) else {
        let shown: String = number.or(payload).unwrap_or_default().chars().filter(|c| !c.is_control()).take(100).collect();
        return Ok(Err(Fault::new(Status::ExpectationFailed, format_args!("order {shown} is not known"))));
    };
    let budgets = store::standing::budgets(&mut tx, tenant).await?.into_iter().map(|budget| budget.code).collect();
    drop(tx);
    let hearers = Hearers::of(app, &stored).await?;
    Ok(Ok(About { stored, budgets, hearers }))
}

pub(super) fn cancelled(kept: &Kept) -> Fault {
    Fault::new(Status::Conflict, format_args!("order {} is cancelled", kept.order.order_id))
}

/// A statement that names an older version is taken for lines that are as they were then.
pub(super) fn of_version(kept: &Kept, payload: Option<&str>, lines: &[String]) -> std::result::Result<(), Fault> {
    let Some(named) = payload.and_then(|payload| kept.versions.iter().find(|version| version.payload == payload)) else { return Ok(()) };
    let Some(latest) = kept.versions.last() else { return Ok(()) };
    let changed = lines.iter().find(|line| named.lines.get(*line) != latest.lines.get(*line));
    changed.map_or(Ok(()), |line| Err(Fault::new(Status::Conflict, format_args!("line {line} changed after the version that is named"))))
}

pub async fn confirm(app: &App, proven: &Proven<'_>, notes: &mut Vec<String>) -> Result<Said> {
    let came = Came::of(proven)?;
    match fulfilment::read_confirmation(proven.envelope.payload_element, &proven.zone) {
        Ok(confirmation) => take(app, &came, confirmation, notes).await,
        Err(fault) => refuse(app, &came, "confirmation".to_string(), fault).await,
    }
}

/// Takes a confirmation that was read, in whatever format it came.
pub async fn take(app: &App, came: &Came<'_>, confirmation: Confirmation, notes: &mut Vec<String>) -> Result<Said> {
    let about = match about(app, came, confirmation.order.as_deref(), confirmation.payload.as_deref()).await? {
        Ok(about) => about,
        Err(fault) => return refuse(app, came, "confirmation".to_string(), fault).await,
    };
    if about.stored.document.is_empty() {
        notes.push("the order did not come in cXML".to_string());
    }
    let (units, source) = (came.habits.units.clone(), source_of(came));
    let (id, names) = (about.stored.order.id.clone(), names(&about.stored));
    let plan = move |seen: &Seen<'_>| {
        let stored = delivering::seen(seen)?;
        let mut kept = kept_of(stored);
        let subject = format!("order/{}", stored.order.number);
        if stored.order.state == State::Cancelled {
            return Ok(refusal(&cancelled(&kept), &subject));
        }
        // A message of Peppol names lines as the buyer does, a document of cXML as the order that went out in it.
        let confirmation = if source == Source::Cxml { confirmation.clone().in_labels_of(&kept) } else { confirmation.clone() };
        let named: Vec<String> = touched(&kept, &confirmation);
        let states = of_version(&kept, confirmation.payload.as_deref(), &named).and_then(|()| fulfilment::confirm(&kept, &confirmation, &units));
        let states = match states {
            Ok(states) => states,
            Err(fault) => return Ok(refusal(&fault, &subject)),
        };
        let before = fulfilment::states(&kept);
        kept.line_states = states;
        let command = rebook(seen, stored, &kept, &before, &about.budgets);
        let mut body = json!({"confirmation": confirmation.id, "source": source.as_str(), "lines": named});
        let mut stored = stored.clone();
        if let Some(number) = &confirmation.sales_order {
            body["sales_order"] = json!(number);
            keep_sales_order(&mut stored, number);
        }
        let stored = &stored;
        let step = step(source, &kept, &named, format!("confirmation {}", confirmation.id));
        let write = writing(stored.clone(), kept, step, about.hearers.clone(), "Confirmation taken over.");
        Ok(Plan { command, kind: "order confirmed", subject, cause: stored.order.id.clone(), body, write })
    };
    refusing::said(app.bookkeepers.book(&came.tenant, refusing::booking(came, names, Some(id), plan)).await?)
}

/// The supplier's own number stays with the order, where that came as a document: invoices name it (section 22).
fn keep_sales_order(stored: &mut Stored, number: &str) {
    if let Some(mut kept) = Kept::read(&stored.document) {
        kept.order.extrinsics.insert(SALES_ORDER.to_string(), number.to_string());
        stored.document = kept.write();
    }
}

pub(super) fn names(stored: &Stored) -> Names {
    Names { orders: vec![stored.order.number.as_str().into()], ..Names::default() }
}

/// The lines that a confirmation is about.
fn touched(kept: &Kept, confirmation: &Confirmation) -> Vec<String> {
    use fulfilment::Header;
    match confirmation.header {
        Header::Accept | Header::Reject | Header::Except | Header::Backordered => kept.order.lines.iter().map(|line| line.line.clone()).collect(),
        Header::Detail | Header::AllDetail | Header::Replace => confirmation.items.iter().map(|item| item.line.clone()).collect(),
    }
}

/// What the books are asked where a refused quantity changed; nothing where none did.
fn rebook(seen: &Seen<'_>, stored: &Stored, kept: &Kept, before: &BTreeMap<String, LineState>, budgets: &BTreeSet<Arc<str>>) -> Option<Command> {
    let refused = |states: &BTreeMap<String, LineState>, line: &Line| states.get(&line.line).map(|state| state.0.refused).unwrap_or_default();
    let changes = kept.order.lines.iter().any(|line| refused(before, line) != refused(&kept.line_states, line));
    let quantities: BTreeMap<u32, Decimal> =
        kept.order.lines.iter().map(|line| (line.number, line.quantity - refused(&kept.line_states, line))).collect();
    let booked = seen.books.orders.get(stored.order.number.as_str());
    let period = booked.into_iter().flat_map(|order| order.lines.values()).flat_map(|line| &line.rows).map(|row| row.at.period.clone()).next();
    changes.then(|| {
        let (lines, charges) = match booked {
            Some(booked) if stored.document.is_empty() => {
                let pieces = |line: &position::Line| line.number.parse().ok().and_then(|number: u32| quantities.get(&number).copied());
                (revising::resized(booked, |line| pieces(line).unwrap_or(line.ordered)), Vec::new())
            }
            _ => (lines::rebooked(stored, kept, &quantities, budgets), lines::charges_of(kept)),
        };
        let order = stored.order.number.as_str().into();
        Command::Revise(Revise { order, period: period.unwrap_or_default(), lines, charges, divided: None, passing: Override::No })
    })
}

/// Which way a document came.
pub(super) fn source_of(came: &Came<'_>) -> Source {
    Source::parse(came.protocol).unwrap_or(Source::Cxml)
}

/// What a document says of some lines, as a step of the house.
pub(super) fn step(source: Source, kept: &Kept, labels: &[String], note: String) -> Step {
    let answer = |label: &String| {
        let number = kept.line(label)?.number;
        Some((number, kept.line_states.get(label)?.0.answer.clone()))
    };
    Step { source, answers: labels.iter().filter_map(answer).collect(), parcel: None, withdrawn: Vec::new(), note }
}

/// The order with what was said of it, as the books have its quantities, and what is owed to the buyer.
pub(super) fn writing(stored: Stored, kept: Kept, step: Step, hearers: Hearers, text: &'static str) -> WriteFn {
    Box::new(move |decided: &Decided<'_>| match decided.outcome {
        Ok(entry) => {
            let answer = Answered { status: i64::from(Status::Ok.code()), body: text.to_string() };
            Ok(Written { answer, ..fulfilling::advanced(&stored, &step, &hearers, decided, entry)? })
        }
        Err(refusal) => {
            let fault = ordering::refused(refusal, Some(&kept));
            Ok(Written { answer: Answered { status: i64::from(fault.status.code()), body: fault.text }, ..Written::default() })
        }
    })
}

/// What the rest of a shipment's lines becomes (section 25): what is outstanding waits, what is not will not come.
pub async fn rest(app: &App, came: &Came<'_>, order: &str, outstanding: Vec<Outstanding>) -> Result<Said> {
    let about = match about(app, came, Some(order), None).await? {
        Ok(about) => about,
        Err(fault) => return refuse(app, came, "despatch advice".to_string(), fault).await,
    };
    let (id, names, source) = (about.stored.order.id.clone(), names(&about.stored), source_of(came));
    let plan = move |seen: &Seen<'_>| {
        let stored = delivering::seen(seen)?;
        let mut kept = kept_of(stored);
        let subject = format!("order/{}", stored.order.number);
        let before = fulfilment::states(&kept);
        kept.line_states = match despatch::settle(&kept, &outstanding) {
            Ok(Some(states)) => states,
            Ok(None) => before.clone(),
            Err(fault) => return Ok(refusal(&fault, &subject)),
        };
        let lines: Vec<String> = outstanding.iter().map(|one| one.line.clone()).collect();
        let command = rebook(seen, stored, &kept, &before, &about.budgets);
        let step = step(source, &kept, &lines, "rest of a shipment".to_string());
        let write = writing(stored.clone(), kept, step, about.hearers.clone(), "The rest of the shipment was taken over.");
        Ok(Plan { command, kind: "order confirmed", subject, cause: stored.order.id.clone(), body: json!({"outstanding": lines}), write })
    };
    refusing::said(app.bookkeepers.book(&came.tenant, refusing::booking(came, names, Some(id), plan)).await?)
}
