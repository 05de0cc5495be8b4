//! Orders that follow what was done to their period or to their request: announced when a planned period opens, brought up to what the
//! books say after a closing, expired when nobody decided. As jobs: what one does is one commit with the mark that it is done, so that a
//! crash neither loses nor doubles it. Decides nothing about money.

use std::sync::Arc;

use serde_json::{Value, json};

use super::bookkeeping::{Booking, Desk, Done, Plan, Seen, WriteFn, Written};
use super::cxml;
use super::delivering;
use super::ordering;
use crate::app::App;
use crate::domain::books::Books;
use crate::domain::books::command::{Command, Decision, Names};
use crate::domain::books::entry::Entry;
use crate::domain::order::State;
use crate::domain::rights::Asker;
use crate::domain::time::Timestamp;
use crate::error::{Error, Refusal, Result};
use crate::flow::invoicing::items;
use crate::store::job::{self, Job, NewJob};
use crate::store::json::{parse, str_of};
use crate::store::order::Stored;
use crate::store::outbox::Message;
use crate::store::{self, Tx};

/// As many orders as one job takes on: on SQLite it holds the one writer.
const PART: u32 = 100;
/// Who the journal says it was.
const ACTOR: &str = "clock";

/// The job that tells suppliers of the orders that waited for a period.
pub fn announcing(period: &str, now: Timestamp) -> NewJob {
    part_of_announcing(period, 1, now)
}

fn part_of_announcing(period: &str, part: u64, now: Timestamp) -> NewJob {
    let id = format!("announce-orders/{period}/{}/{part}", now.0);
    NewJob { id, kind: "announce-orders", payload: json!({"period": period, "part": part}).to_string(), due_at: now }
}

/// Jobs that bring orders up to what the books say of them.
pub fn jobs(orders: &[Arc<str>], now: Timestamp) -> Vec<NewJob> {
    let parts = orders.chunks(PART as usize).enumerate();
    let job = |(at, numbers): (usize, &[Arc<str>])| NewJob {
        id: format!("follow-orders/{}/{at}", now.0),
        kind: "follow-orders",
        payload: json!({"orders": numbers.iter().map(|number| &**number).collect::<Vec<_>>()}).to_string(),
        due_at: now,
    };
    parts.map(job).collect()
}

fn booking(asker: Asker, stored: &Stored, plan: impl Fn(&Seen<'_>) -> Result<Plan> + Send + Sync + 'static) -> Booking {
    Booking {
        actor: ACTOR.to_string(),
        asker,
        keys: Vec::new(),
        fingerprint: String::new(),
        names: Names { orders: vec![stored.order.number.as_str().into()], ..Names::default() },
        orders: vec![stored.order.id.clone()],
        series: None,
        preview: false,
        received: None,
        plan: Box::new(plan),
    }
}

/// Has the bookings of a job decided in its transaction. What the books refuse has become something else meanwhile, and is left alone.
pub async fn book(tx: &mut Tx, tenant: &str, bookings: &[Booking], now: Timestamp) -> Result<()> {
    let all: Vec<&Booking> = bookings.iter().collect();
    for done in Desk::new(tenant).book(tx, &all, now).await? {
        match done {
            Ok(Done::Decided { .. } | Done::Repeated { .. } | Done::OtherContent { .. }) | Err(Error::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn plan(stored: &Stored, kind: &'static str, write: WriteFn) -> Plan {
    let subject = format!("order/{}", stored.order.number);
    Plan { command: None, kind, subject, cause: stored.order.id.clone(), body: json!({}), write }
}

/// Writes an order as it is now, with what is owed for it.
fn writing(after: &Stored, messages: Vec<Message>) -> WriteFn {
    let after = after.clone();
    Box::new(move |_| Ok(Written { orders: vec![after.clone()], messages: messages.clone(), ..Written::default() }))
}

/// Tells suppliers of the orders that waited for a period, each once: what is told waits no longer.
pub async fn announce(app: &App, tx: &mut Tx, job: &Job) -> Result<()> {
    let payload = parse(&job.payload)?;
    let (period, part) = (str_of(&payload, "period").to_string(), payload.get("part").and_then(Value::as_u64).unwrap_or(1));
    // Before they are looked for: whoever places orders meanwhile waits, and finds the period open.
    store::journal::lock_head(tx, &job.tenant).await?;
    let waiting = store::order::waiting_for(tx, &job.tenant, &period, PART).await?;
    let now = app.clock.now();
    if waiting.len() == PART as usize {
        job::insert(tx, &job.tenant, &[part_of_announcing(&period, part + 1, now)], now).await?;
    }
    let mut bookings = Vec::with_capacity(waiting.len());
    for stored in &waiting {
        let supplier = store::organisation::by_id(tx, &stored.order.supplier).await?;
        let outgoing = cxml::outgoing_within(app, tx, stored).await?;
        bookings.push(booking(Asker::SetUp, stored, move |seen| {
            let mut stored = delivering::seen(seen)?.clone();
            let (supplier, now) = (supplier.clone(), seen.now);
            stored.waits_for = None;
            stored.version += 1;
            let is_placed = stored.order.state == State::Placed;
            let mut messages = if is_placed { ordering::announcements(&stored, supplier.as_ref(), now)? } else { Vec::new() };
            messages.extend(cxml::sequel(&stored, outgoing.as_ref(), now));
            let write = writing(&stored, messages);
            Ok(plan(&stored, "order announced", write))
        }));
    }
    book(tx, &job.tenant, &bookings, now).await
}

/// Brings orders up to what the books say of them after a period was closed.
pub async fn follow(app: &App, tx: &mut Tx, job: &Job) -> Result<()> {
    let payload = parse(&job.payload)?;
    let numbers = payload.get("orders").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let buyer = store::organisation::by_id(tx, &job.tenant).await?;
    let mut bookings = Vec::new();
    for number in numbers {
        let Some(stored) = store::order::by_number(tx, &job.tenant, number).await? else { continue };
        let buyer = buyer.clone();
        let outgoing = cxml::outgoing_within(app, tx, &stored).await?;
        let supplier = store::organisation::by_id(tx, &stored.order.supplier).await?;
        bookings.push(booking(Asker::SetUp, &stored, move |seen| {
            let mut stored = delivering::seen(seen)?.clone();
            let number: Arc<str> = stored.order.number.as_str().into();
            let booked = seen.books.orders.get(&number).ok_or_else(|| Error::not_found("order", &number))?;
            let before = stored.order.state;
            stored.order.take_over(booked.lines.values());
            // What another system invoices of charges is not waited for here; what is left of them may be gone.
            let waited: Vec<bool> = stored.order.lines.iter().map(|line| line.charges_due).collect();
            items::mark_charges(&mut stored, seen.books, None);
            stored.order.lines.iter_mut().zip(waited).for_each(|(line, waited)| line.charges_due &= waited);
            stored.order.state = delivering::state_of(before, booked.stage, &stored.order.lines);
            stored.version += 1;
            let expired = before == State::Requested && stored.order.state == State::Expired;
            let mut messages = if expired { delivering::tell_buyer(&stored, buyer.as_ref(), "request-expired", seen.now)? } else { Vec::new() };
            if expired {
                messages.extend(cxml::sequel(&stored, outgoing.as_ref(), seen.now));
                messages.extend(ordering::tell_not_taken(&stored, supplier.as_ref(), "", seen.now)?);
            }
            let write = writing(&stored, messages);
            Ok(plan(&stored, "order follows its period", write))
        }));
    }
    book(tx, &job.tenant, &bookings, app.clock.now()).await
}

/// Requests that nobody decided about in time: their money is free again, and the buyer is told.
pub async fn expire(app: &App, tx: &mut Tx, job: &Job) -> Result<()> {
    let now = app.clock.now();
    store::journal::lock_head(tx, &job.tenant).await?;
    let buyer = store::organisation::by_id(tx, &job.tenant).await?;
    let mut bookings = Vec::new();
    for stored in store::order::requested(tx, &job.tenant, "", PART * 10).await? {
        let is_over = stored.approval.as_ref().is_some_and(|progress| *progress.until <= *now.to_string());
        if !is_over || bookings.len() == PART as usize {
            continue;
        }
        let buyer = buyer.clone();
        let outgoing = cxml::outgoing_within(app, tx, &stored).await?;
        let supplier = store::organisation::by_id(tx, &stored.order.supplier).await?;
        bookings.push(booking(Asker::Clock, &stored, move |seen| {
            let stored = delivering::seen(seen)?;
            if stored.order.state != State::Requested {
                return Err(Error::Refused(Refusal::State { what: "order".into(), state: stored.order.state.as_str().into() }));
            }
            let command = Command::Decide { order: stored.order.number.as_str().into(), decision: Decision::Expire };
            let (buyer, outgoing, supplier, now) = (buyer.clone(), outgoing.clone(), supplier.clone(), seen.now);
            let owed = move |stored: &mut Stored, _: &Books, _: &Entry| {
                let mut messages = delivering::tell_buyer(stored, buyer.as_ref(), "request-expired", now)?;
                messages.extend(cxml::sequel(stored, outgoing.as_ref(), now));
                messages.extend(ordering::tell_not_taken(stored, supplier.as_ref(), "", now)?);
                Ok(messages)
            };
            let write = delivering::advancing(stored, |_| State::Expired, owed);
            Ok(Plan { kind: command.kind(), command: Some(command), ..plan(stored, "expire", write) })
        }));
    }
    book(tx, &job.tenant, &bookings, now).await
}
