//! What the supplier's system says of an order (sections 15 and 16): confirmed, back-ordered, refused, shipped. What is refused frees its
//! budget at once, what is taken back is booked again; the buyer is told by mail, and in cXML where its connection has an address.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::json;

use super::coming::Came;
use super::refusing::{self, refusal, refuse};
use super::{Proven, Said, ordering, telling};
use crate::app::App;
use crate::domain::books::command::{Command, Names, Override, Part, Revise};
use crate::domain::order::State;
use crate::error::{Error, Result};
use crate::flow::bookkeeping::{Answer, Decided, Plan, Seen, WriteFn, Written};
use crate::flow::{connecting, delivering, invoicing, notifying};
use crate::store::order::Stored;
use crate::store::organisation::Organisation;
use crate::store::{self};
use crate::wire::cxml::fulfilment::{self, Confirmation, Notice, Portion, Shipped};
use crate::wire::cxml::kept::{Kept, Line, LineState};
use crate::wire::cxml::{Fault, Status};
use crate::wire::peppol::despatch::{self, Outstanding};

/// What every statement about an order needs.
struct About {
    stored: Stored,
    buyer: Option<Arc<Organisation>>,
    budgets: BTreeSet<Arc<str>>,
    outgoing: Option<telling::Outgoing>,
}

/// What is kept of an order, or what there would be had it come in cXML.
pub fn kept_of(stored: &Stored) -> Kept {
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
            unit: line.unit.clone(),
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
async fn about(app: &App, came: &Came<'_>, number: Option<&str>, payload: Option<&str>) -> Result<std::result::Result<About, Fault>> {
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
    let is_sent = |stored: &Stored| stored.waits_for.is_none() && !matches!(stored.order.state, State::Requested | State::Rejected | State::Expired);
    let Some(stored) = found.filter(is_sent) else {
        let shown: String = number.or(payload).unwrap_or_default().chars().filter(|c| !c.is_control()).take(100).collect();
        return Ok(Err(Fault::new(Status::ExpectationFailed, format_args!("order {shown} is not known"))));
    };
    let budgets = store::standing::budgets(&mut tx, tenant).await?.into_iter().map(|budget| budget.code).collect();
    drop(tx);
    let buyer = connecting::organisation(app, tenant).await?;
    let outgoing = telling::outgoing(app, &stored).await?;
    Ok(Ok(About { stored, buyer, budgets, outgoing }))
}

fn cancelled(kept: &Kept) -> Fault {
    Fault::new(Status::Conflict, format_args!("order {} is cancelled", kept.order.order_id))
}

/// A statement that names an older version is taken for lines that are as they were then.
fn of_version(kept: &Kept, payload: Option<&str>, lines: &[String]) -> std::result::Result<(), Fault> {
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
    let units = came.habits.units.clone();
    let (id, names) = (about.stored.order.id.clone(), names(&about.stored));
    let at = super::timestamp(came.now);
    let plan = move |seen: &Seen<'_>| {
        let stored = delivering::seen(seen)?;
        let mut kept = kept_of(stored);
        let subject = format!("order/{}", stored.order.number);
        if stored.order.state == State::Cancelled {
            return Ok(refusal(&cancelled(&kept), &subject));
        }
        let named: Vec<String> = touched(&kept, &confirmation);
        let states = of_version(&kept, confirmation.payload.as_deref(), &named).and_then(|()| fulfilment::confirm(&kept, &confirmation, &units));
        let states = match states {
            Ok(states) => states,
            Err(fault) => return Ok(refusal(&fault, &subject)),
        };
        let before = fulfilment::states(&kept);
        kept.line_states = states;
        kept.notices.push(format!("confirmation {}", confirmation.id));
        let command = rebook(seen, stored, &kept, &before, &about.budgets);
        let messages = told(&about, &kept, &at, seen.now, Told::Confirmation(named.clone()));
        let body = json!({"confirmation": confirmation.id, "lines": named});
        let write = writing(stored.clone(), kept, about.buyer.clone(), messages, seen.now, "Confirmation taken over.");
        Ok(Plan { command, kind: "order confirmed", subject, cause: stored.order.id.clone(), body, write })
    };
    refusing::said(app.bookkeepers.book(&came.tenant, refusing::booking(came, names, Some(id), plan)).await?)
}

fn names(stored: &Stored) -> Names {
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
    let refused = |states: &BTreeMap<String, LineState>, line: &Line| states.get(&line.line).map(|state| state.refused).unwrap_or_default();
    let changes = kept.order.lines.iter().any(|line| refused(before, line) != refused(&kept.line_states, line));
    let quantities: BTreeMap<u32, Decimal> =
        kept.order.lines.iter().map(|line| (line.number, line.quantity - refused(&kept.line_states, line))).collect();
    let booked = seen.books.orders.get(stored.order.number.as_str());
    let period = booked.into_iter().flat_map(|order| order.lines.values()).flat_map(|line| &line.rows).map(|row| row.at.period.clone()).next();
    changes.then(|| {
        Command::Revise(Revise {
            order: stored.order.number.as_str().into(),
            period: period.unwrap_or_default(),
            lines: ordering::rebooked(stored, kept, &quantities, budgets),
            charges: ordering::charges_of(kept),
            passing: Override::No,
        })
    })
}

/// What the buyer hears of it in cXML.
enum Told {
    Confirmation(Vec<String>),
    Notice(Vec<Shipped>),
}

fn told(about: &About, kept: &Kept, at: &str, now: crate::domain::time::Timestamp, what: Told) -> Vec<store::outbox::Message> {
    let Some(outgoing) = &about.outgoing else { return Vec::new() };
    match what {
        Told::Confirmation(lines) => outgoing.confirmation(&about.stored, kept, &lines, at, now).into_iter().collect(),
        Told::Notice(shipped) => vec![outgoing.notice(&about.stored, kept, &shipped, at, now)],
    }
}

/// The order with what was said of it, as the books have its quantities, and what is owed to the buyer.
fn writing(
    stored: Stored,
    kept: Kept,
    buyer: Option<Arc<Organisation>>,
    messages: Vec<store::outbox::Message>,
    now: crate::domain::time::Timestamp,
    text: &'static str,
) -> WriteFn {
    Box::new(move |decided: &Decided<'_>| {
        let entry = match decided.outcome {
            Ok(entry) => entry,
            Err(refusal) => {
                let fault = ordering::refused(refusal, Some(&kept));
                return Ok(Written { answer: Answer { status: i64::from(fault.status.code()), body: fault.text }, ..Written::default() });
            }
        };
        let mut stored = stored.clone();
        stored.order.follow(entry, &decided.at.date());
        let confirmed = kept.line_states.values().any(|state| !state.confirmed.is_zero());
        if confirmed && stored.order.state.may_become(State::Confirmed) {
            stored.order.state = State::Confirmed;
        }
        stored.order.state = delivering::after_refusal(stored.order.state, &stored.order.lines);
        stored.version += 1;
        if !stored.document.is_empty() {
            stored.document = kept.write();
        }
        let mut messages = messages.clone();
        if let Some(buyer) = buyer.as_ref().filter(|_| !notifying::released(entry).is_empty()) {
            messages.extend(notifying::cannot_deliver(&stored, decided.books, entry, buyer, now)?);
        }
        let answer = Answer { status: i64::from(Status::Ok.code()), body: text.to_string() };
        Ok(Written { orders: vec![stored], messages, answer, ..Written::default() })
    })
}

pub async fn ship(app: &App, proven: &Proven<'_>, _notes: &mut Vec<String>) -> Result<Said> {
    let came = Came::of(proven)?;
    match fulfilment::read_notice(proven.envelope.payload_element) {
        Ok(notice) => take_notice(app, &came, &notice).await,
        Err(fault) => refuse(app, &came, "ship notice".to_string(), fault).await,
    }
}

/// Takes a ship notice that was read, in whatever format it came.
pub async fn take_notice(app: &App, came: &Came<'_>, notice: &Notice) -> Result<Said> {
    // Tried for every order first: a notice is taken whole or not at all.
    let mut last = Said::new(Status::Ok, "");
    for preview in [true, false] {
        for (place, portion) in notice.portions.iter().enumerate() {
            last = ship_one(app, came, &notice.id, portion, place, preview).await?;
            if !last.status.is_success() {
                let fault = Fault::new(last.status, last.text);
                return refuse(app, came, "ship notice".to_string(), fault).await;
            }
        }
    }
    Ok(last)
}

async fn ship_one(app: &App, came: &Came<'_>, id: &str, portion: &Portion, place: usize, preview: bool) -> Result<Said> {
    let about = match about(app, came, portion.order.as_deref(), portion.payload.as_deref()).await? {
        Ok(about) => about,
        Err(fault) => return Ok(fault.into()),
    };
    let (order, names, portion, notice) = (about.stored.order.id.clone(), names(&about.stored), portion.clone(), id.to_string());
    let (units, at) = (came.habits.units.clone(), super::timestamp(came.now));
    let follow = invoicing::running::follows_delivery(app, &about.stored).await?;
    let plan = move |seen: &Seen<'_>| {
        let plan = shipping(seen, &about, &portion, &notice, &units, &at)?;
        let Some(stored) = seen.orders.first().filter(|_| follow && plan.command.is_some()) else { return Ok(plan) };
        let job = invoicing::running::delivery_job(&stored.order.id, stored.version + 1, seen.now);
        let inner = plan.write;
        let write: WriteFn = Box::new(move |decided: &Decided<'_>| {
            let mut written = inner(decided)?;
            written.jobs.extend(decided.outcome.is_ok().then(|| job.clone()));
            Ok(written)
        });
        Ok(Plan { write, ..plan })
    };
    let mut booking = refusing::booking(came, names, Some(order), plan);
    booking.preview = preview;
    if place > 0 {
        booking.keys.iter_mut().for_each(|key| key.id.push_str(&format!("/{place}")));
        booking.received = None;
    }
    if preview {
        booking.received = None;
    }
    refusing::said(app.bookkeepers.book(&came.tenant, booking).await?)
}

fn shipping(seen: &Seen<'_>, about: &About, portion: &Portion, id: &str, units: &BTreeMap<String, String>, at: &str) -> Result<Plan> {
    let stored = delivering::seen(seen)?;
    let mut kept = kept_of(stored);
    let subject = format!("order/{}", stored.order.number);
    if stored.order.state == State::Cancelled {
        return Ok(refusal(&cancelled(&kept), &subject));
    }
    let labels: Vec<String> = portion.items.iter().map(|item| item.line.clone()).collect();
    let shipped = of_version(&kept, portion.payload.as_deref(), &labels).and_then(|()| fulfilment::ship(&kept, portion, units));
    let (states, shipped) = match shipped {
        Ok(shipped) => shipped,
        Err(fault) => return Ok(refusal(&fault, &subject)),
    };
    if shipped.is_empty() {
        return Ok(refusal(&Fault::content("nothing is left to ship"), &subject));
    }
    kept.line_states = states;
    kept.notices.push(format!("ship notice {id}"));
    let number =
        |shipped: &Shipped| kept.line(&shipped.line).map(|line| line.number).ok_or_else(|| Error::internal("a shipped line that is not there"));
    let parts: Result<Vec<Part>> =
        shipped.iter().map(|one| Ok(Part { line: number(one)?.to_string().into(), quantity: Some(one.quantity) })).collect();
    let command = Command::Deliver { order: stored.order.number.as_str().into(), lines: parts? };
    let messages = told(about, &kept, at, seen.now, Told::Notice(shipped.clone()));
    let body = json!({"notice": id, "lines": shipped.iter().map(|one| json!([one.line, one.quantity.to_string()])).collect::<Vec<_>>()});
    let write = writing(stored.clone(), kept, about.buyer.clone(), messages, seen.now, "Ship notice taken over.");
    Ok(Plan { command: Some(command), kind: "order shipped", subject, cause: stored.order.id.clone(), body, write })
}

/// What the rest of a shipment's lines becomes (section 25): what is outstanding waits, what is not will not come.
pub async fn rest(app: &App, came: &Came<'_>, order: &str, outstanding: Vec<Outstanding>) -> Result<Said> {
    let about = match about(app, came, Some(order), None).await? {
        Ok(about) => about,
        Err(fault) => return refuse(app, came, "despatch advice".to_string(), fault).await,
    };
    let (id, names, at) = (about.stored.order.id.clone(), names(&about.stored), super::timestamp(came.now));
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
        kept.notices.push("rest of a shipment".to_string());
        let lines: Vec<String> = outstanding.iter().map(|one| one.line.clone()).collect();
        let command = rebook(seen, stored, &kept, &before, &about.budgets);
        let messages = told(&about, &kept, &at, seen.now, Told::Confirmation(lines.clone()));
        let write = writing(stored.clone(), kept, about.buyer.clone(), messages, seen.now, "The rest of the shipment was taken over.");
        Ok(Plan { command, kind: "order confirmed", subject, cause: stored.order.id.clone(), body: json!({"outstanding": lines}), write })
    };
    refusing::said(app.bookkeepers.book(&came.tenant, refusing::booking(came, names, Some(id), plan)).await?)
}
