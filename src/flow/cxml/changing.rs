//! Orders that came as documents, changed and cancelled by version (section 13): the order again from now on, all of it or nothing. Never changes
//! what another version has overtaken, nor what was shipped.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::json;

use super::Said;
use super::coming::Came;
use super::ordering::{Ready, answer_of, refused};
use super::refusing::{self, refusal};
use crate::app::App;
use crate::domain::books::command::{Command, Names, Override, Revise, Shrink};
use crate::domain::money::Money;
use crate::domain::order::{Line as OrderLine, State, total};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::flow::bookkeeping::{Decided, Plan, Seen, WriteFn, Written};
use crate::flow::invoicing::items;
use crate::flow::{connecting, delivering, ordering};
use crate::store::attachment::Attachment as Stored;
use crate::store::order::Stored as StoredOrder;
use crate::store::organisation::Organisation;
use crate::wire::cxml::kept::{Kept, Order};
use crate::wire::cxml::{Fault, Status};

/// Whether a document follows the version that is current.
fn follows(kept: &Kept, order: &Order) -> std::result::Result<(), Fault> {
    let current = kept.version();
    if let Some(version) = order.version {
        let stale = Fault::new(Status::Conflict, format_args!("order {}: version {version} is not after {current}", order.order_id));
        return if version > current { Ok(()) } else { Err(stale) };
    }
    let older = kept.versions.iter().rev().skip(1).any(|version| Some(&version.payload) == order.follows.as_ref());
    if older {
        return Err(Fault::new(Status::Conflict, format_args!("order {}: the document it follows is not the latest", order.order_id)));
    }
    Ok(())
}

/// The supplier of an order, to be told.
async fn supplier_of(app: &App, known: &StoredOrder) -> Result<Option<Arc<Organisation>>> {
    connecting::organisation(app, &known.order.supplier).await
}

/// The order again from now on: all of it or nothing (section 13).
pub(super) async fn update(app: &App, came: &Came<'_>, ready: Ready, known: StoredOrder) -> Result<Said> {
    let supplier = supplier_of(app, &known).await?;
    let (row, id) = (known.version, known.order.id.clone());
    let (payload, actor_now) = (came.payload.clone(), came.now);
    let names = Names { orders: vec![known.order.number.as_str().into()], ..Names::default() };
    let subject = format!("order/{}", known.order.number);
    let plan = move |seen: &Seen<'_>| {
        let stored = delivering::seen(seen)?;
        if stored.version != row {
            return Err(Error::Conflict("the order changed meanwhile".into()));
        }
        let kept = Kept::read(&stored.document).unwrap_or_default();
        let late = || Fault::new(Status::Conflict, format_args!("order {} is {}", ready.order.order_id, stored.order.state.as_str()));
        if !matches!(stored.order.state, State::Requested | State::Placed | State::Confirmed) {
            return Ok(refusal(&late(), &subject));
        }
        if let Err(fault) = follows(&kept, &ready.order) {
            return Ok(refusal(&fault, &subject));
        }
        let number = ready.order.version.unwrap_or(kept.version() + 1);
        let after = revised(kept, &ready, &payload, number);
        let budgets: Vec<&str> = ready.booked.iter().flat_map(|line| &line.split.rows).map(|(code, _)| &**code).collect();
        let wished = ready.order.lines.iter().find_map(|line| line.requested_date.clone()).unwrap_or_default();
        let booked = seen.books.orders.get(stored.order.number.as_str());
        let rows = booked.into_iter().flat_map(|order| order.lines.values()).flat_map(|line| &line.rows);
        let of_order = rows.map(|row| row.at.period.clone()).next();
        let period = of_order.or_else(|| seen.books.period_for(None, &wished, &seen.now.date(), &budgets)).unwrap_or_default();
        let command = Command::Revise(Revise {
            order: stored.order.number.as_str().into(),
            period,
            lines: ready.booked.clone(),
            charges: ready.charges.clone(),
            divided: None,
            passing: Override::No,
        });
        let body = json!({"version": number, "payload": payload, "net": after.order.net_total.to_string()});
        let write = writing(stored.clone(), after, ready.lines.clone(), ready.files.clone(), supplier.clone(), actor_now);
        Ok(Plan { command: Some(command), kind: "order changed", subject: subject.clone(), cause: payload.clone(), body, write })
    };
    refusing::said(app.bookkeepers.book(&came.tenant, refusing::booking(came, names, Some(id), plan)).await?)
}

/// What is kept of an order after an update.
fn revised(mut kept: Kept, ready: &Ready, payload: &str, number: u64) -> Kept {
    let gone = kept.order.lines.iter().filter(|line| !ready.order.lines.iter().any(|new| new.line == line.line));
    let gone: Vec<String> = gone.map(|line| line.line.clone()).collect();
    let changed = |label: &String| {
        let (old, new) = (kept.line(label), ready.order.lines.iter().find(|line| line.line == *label));
        old.zip(new).is_none_or(|(old, new)| {
            (&old.supplier_part, old.quantity, &old.unit, old.unit_price) != (&new.supplier_part, new.quantity, &new.unit, new.unit_price)
        })
    };
    let states = kept.line_states.iter().filter(|(label, _)| !changed(label)).map(|(label, state)| (label.clone(), state.clone())).collect();
    kept.line_states = states;
    kept.cancelled_lines.extend(gone);
    kept.cancelled_lines.retain(|label| !ready.order.lines.iter().any(|line| line.line == *label));
    kept.order = ready.order.clone();
    kept.warnings.clone_from(&ready.warnings);
    kept.add_version(payload, number);
    // Nobody acted on it yet: what is told then is told of this document too.
    if !kept.untold.is_empty() {
        kept.untold.push(payload.to_string());
    }
    kept
}

fn writing(
    stored: StoredOrder,
    after: Kept,
    lines: Vec<OrderLine>,
    files: Vec<Stored>,
    supplier: Option<Arc<Organisation>>,
    now: Timestamp,
) -> WriteFn {
    Box::new(move |decided: &Decided<'_>| {
        let entry = match decided.outcome {
            Ok(entry) => entry,
            Err(refusal) => {
                let fault = refused(refusal, Some(&after));
                let answer = answer_of(fault.status, format!("Order {} not changed: {}", after.order.order_id, fault.text));
                return Ok(Written { answer, ..Written::default() });
            }
        };
        let mut stored = stored.clone();
        // A line that is gone stays on record with nothing left of it.
        let mut all = lines.clone();
        for line in &mut all {
            if let Some(old) = stored.order.lines.iter().find(|old| old.line == line.line) {
                (line.shipped, line.invoiced, line.shipped_on) = (old.shipped, old.invoiced, old.shipped_on.clone());
                if after.by_number(line.line).is_some_and(|said| after.line_states.contains_key(&said.line)) {
                    line.answer = old.answer.clone();
                }
            }
        }
        let gone = stored.order.lines.iter().filter(|line| !lines.iter().any(|new| new.line == line.line));
        all.extend(gone.map(|line| OrderLine { quantity: Decimal::ZERO, net: Money::new(0, line.net.currency), ..line.clone() }));
        stored.order.lines = all;
        items::follow(&mut stored, decided, entry);
        stored.order.net = total(&stored.order.lines).ok_or_else(|| Error::internal("an order whose lines do not add up"))?;
        stored.version += 1;
        stored.document = after.write();
        let is_told = stored.order.state != State::Requested && stored.waits_for.is_none();
        let messages = if is_told { ordering::tell_supplier(&stored, supplier.as_deref(), "order-changed", now)? } else { Vec::new() };
        let text = format!("Order {} version {} taken over.", after.order.order_id, after.version());
        let status = if after.untold.is_empty() { Status::Ok } else { Status::Accepted };
        Ok(Written { orders: vec![stored], messages, attachments: files.clone(), answer: answer_of(status, text), ..Written::default() })
    })
}

/// Why an order is cancelled: the note that a message of Peppol must have (section 23), and what a cXML document remarks that repeats the order and did
/// not stand in it.
fn reason(cancellation: &Order, known: &Order) -> String {
    let new = cancellation.comments.iter().map(|comment| comment.trim()).filter(|comment| !known.comments.iter().any(|said| said.trim() == *comment));
    new.filter(|comment| !comment.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The whole order is cancelled; of a cancelled one nothing changes.
pub(super) async fn delete(app: &App, came: &Came<'_>, order: Order, known: StoredOrder) -> Result<Said> {
    let supplier = supplier_of(app, &known).await?;
    let (id, now, payload) = (known.order.id.clone(), came.now, came.payload.clone());
    let names = Names { orders: vec![known.order.number.as_str().into()], ..Names::default() };
    let subject = format!("order/{}", known.order.number);
    let plan = move |seen: &Seen<'_>| {
        let stored = delivering::seen(seen)?;
        let mut kept = Kept::read(&stored.document).unwrap_or_default();
        if stored.order.state == State::Cancelled {
            let done = answer_of(Status::Ok, format!("Order {} is cancelled already.", order.order_id));
            let write: WriteFn = Box::new(move |_: &Decided<'_>| Ok(Written { answer: done.clone(), ..Written::default() }));
            let (subject, cause, body) = (subject.clone(), payload.clone(), json!({"again": true}));
            return Ok(Plan { command: None, kind: "order cancelled", subject, cause, body, write });
        }
        if let Err(fault) = follows(&kept, &order) {
            return Ok(refusal(&fault, &subject));
        }
        let came = stored.order.lines.iter().any(|line| !line.shipped.is_zero() || !line.invoiced.is_zero());
        let open = matches!(stored.order.state, State::Requested | State::Placed | State::Confirmed);
        if came || !open {
            let text = format!("order {} is {} already", order.order_id, if came { "shipped in part" } else { stored.order.state.as_str() });
            return Ok(refusal(&Fault::new(Status::Conflict, text), &subject));
        }
        kept.add_version(&payload, order.version.unwrap_or(kept.version() + 1));
        let command = Command::Shrink(Shrink { order: stored.order.number.as_str().into(), lines: Vec::new() });
        let reason = reason(&order, &kept.order);
        let body = json!({"payload": payload, "reason": reason});
        let (stored, supplier) = (stored.clone(), supplier.clone());
        let write: WriteFn = Box::new(move |decided: &Decided<'_>| {
            let entry = match decided.outcome {
                Ok(entry) => entry,
                Err(refusal) => {
                    let fault = refused(refusal, Some(&kept));
                    return Ok(Written { answer: answer_of(fault.status, fault.text), ..Written::default() });
                }
            };
            let mut stored = stored.clone();
            let is_told = stored.order.state != State::Requested && stored.waits_for.is_none();
            items::follow(&mut stored, decided, entry);
            stored.order.state = State::Cancelled;
            stored.version += 1;
            stored.document = kept.write();
            let messages = if is_told { ordering::tell_called_off(&stored, supplier.as_deref(), &reason, now)? } else { Vec::new() };
            let answer = answer_of(Status::Ok, format!("Order {} cancelled.", kept.order.order_id));
            Ok(Written { orders: vec![stored], messages, answer, ..Written::default() })
        });
        Ok(Plan { command: Some(command), kind: "order cancelled", subject: subject.clone(), cause: payload.clone(), body, write })
    };
    refusing::said(app.bookkeepers.book(&came.tenant, refusing::booking(came, names, Some(id), plan)).await?)
}
