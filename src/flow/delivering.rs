//! The supplier's side of an order: confirm, ship, say what cannot be delivered. Each is one booking with its journal entry, what it does
//! to budgets, and what is owed to the buyer. What may follow what is said by `domain/order.rs` and the books.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::bookkeeping::{Answer, Booking, Done, Plan, Seen, WriteFn, Written};
use super::signing::Caller;
use super::{cxml, granting, invoicing, notifying, ordering};
use crate::app::App;
use crate::domain::books::command::{Command, Names, Part, Shrink};
use crate::domain::books::entry::Entry;
use crate::domain::books::{Books, Stage};
use crate::domain::order::{Line, State};
use crate::domain::time::Timestamp;
use crate::error::{Error, Refusal, Result};
use crate::store::job::NewJob;
use crate::store::order::Stored;
use crate::store::organisation::Organisation;
use crate::store::outbox::Message;
use crate::store::{self, Tx};

/// An order that is this supplier's (or any, for the operator).
pub async fn order(tx: &mut Tx, caller: &Caller, tenant: &str, id: &str) -> Result<Stored> {
    let stored = store::order::by_id(tx, tenant, id).await?;
    let operator = caller.person.roles.iter().any(|role| role == super::applying::OPERATOR);
    // What waits for an approval or a period is not the supplier's yet.
    let is_sent = |s: &Stored| s.waits_for.is_none() && !matches!(s.order.state, State::Requested | State::Rejected | State::Expired);
    stored.filter(|s| operator || (s.order.supplier == caller.person.tenant && is_sent(s))).ok_or_else(|| Error::not_found("order", id))
}

/// The order, and the buyer who is told of it, by mail and as a document.
async fn read(app: &App, caller: &Caller, tenant: &str, id: &str) -> Result<(Stored, Option<Organisation>, Option<cxml::Outgoing>)> {
    let mut tx = app.store.read().await?;
    let stored = order(&mut tx, caller, tenant, id).await?;
    let buyer = store::organisation::by_id(&mut tx, tenant).await?;
    drop(tx);
    let outgoing = cxml::outgoing(app, &stored).await?;
    Ok((stored, buyer, outgoing))
}

fn wrong_state(stored: &Stored) -> Error {
    Error::Refused(Refusal::State { what: "order".into(), state: stored.order.state.as_str().into() })
}

/// The order as it is when it is this booking's turn.
pub fn seen<'a>(seen: &'a Seen<'_>) -> Result<&'a Stored> {
    seen.orders.first().copied().ok_or_else(|| Error::internal("a booking without its order"))
}

/// A booking of the supplier's about an order, from its plan.
pub fn booking(caller: &Caller, stored: &Stored, plan: impl Fn(&Seen<'_>) -> Result<Plan> + Send + Sync + 'static) -> Booking {
    Booking {
        actor: caller.person.sign_in.clone(),
        asker: granting::supplier(caller),
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

/// What is journalled of an order's step.
fn plan(stored: &Stored, kind: &'static str, command: Option<Command>, body: Value, write: WriteFn) -> Plan {
    Plan { command, kind, subject: format!("order/{}", stored.order.number), cause: stored.order.id.clone(), body, write }
}

/// Writes the order in its new state, its lines as the books have them, and what is owed; or says why the books refused.
pub fn advancing(
    stored: &Stored,
    next: impl Fn(&[Line]) -> State + Send + 'static,
    owed: impl Fn(&mut Stored, &Books, &Entry) -> Result<Vec<Message>> + Send + 'static,
) -> WriteFn {
    let stored = stored.clone();
    Box::new(move |decided| {
        let entry = decided.outcome.as_ref().map_err(|refusal| Error::Refused(Refusal::Books(refusal.clone())))?;
        let mut stored = stored.clone();
        stored.order.follow(entry, &decided.at.date());
        stored.order.state = next(&stored.order.lines);
        stored.version += 1;
        let messages = owed(&mut stored, decided.books, entry)?;
        Ok(Written { orders: vec![stored], messages, ..Written::default() })
    })
}

/// The supplier takes the order on. Confirming twice is confirming once.
pub async fn confirm(app: &App, caller: &Caller, tenant: &str, id: &str) -> Result<()> {
    let (stored, _, outgoing) = read(app, caller, tenant, id).await?;
    if stored.order.state == State::Confirmed {
        return Ok(());
    }
    let confirming = booking(caller, &stored, move |at| {
        let stored = seen(at)?;
        if !stored.order.state.may_become(State::Confirmed) {
            return Err(wrong_state(stored));
        }
        let (outgoing, now) = (outgoing.clone(), at.now);
        let owed = move |stored: &mut Stored, _: &Books, _: &Entry| Ok(cxml::desk(stored, outgoing.as_ref(), &cxml::Step::Confirmed, now));
        Ok(plan(stored, "order confirmed", None, json!({}), advancing(stored, |_| State::Confirmed, owed)))
    });
    app.bookkeepers.book(tenant, confirming).await.map(drop)
}

fn line_number(line: &Line) -> Arc<str> {
    line.line.to_string().into()
}

/// Everything that is still open leaves the house; what budgets held for it becomes delivered.
pub async fn ship(app: &App, caller: &Caller, tenant: &str, id: &str) -> Result<()> {
    let (stored, buyer, outgoing) = read(app, caller, tenant, id).await?;
    let follow = invoicing::running::follows_delivery(app, &stored).await?;
    let shipping = booking(caller, &stored, move |at| {
        let stored = seen(at)?;
        if !stored.order.state.may_become(State::Shipped) {
            return Err(wrong_state(stored));
        }
        let open = stored.order.lines.iter().filter(|line| line.open() > Decimal::ZERO);
        let lines = open.map(|line| Part { line: line_number(line), quantity: Some(line.open()) }).collect();
        let command = Command::Deliver { order: stored.order.number.as_str().into(), lines };
        let (buyer, outgoing, now) = (buyer.clone(), outgoing.clone(), at.now);
        let owed = move |stored: &mut Stored, _: &Books, _: &Entry| {
            let mut messages = cxml::desk(stored, outgoing.as_ref(), &cxml::Step::Shipped, now);
            messages.extend(tell_buyer(stored, buyer.as_ref(), "shipped", now)?);
            Ok(messages)
        };
        let advance = advancing(stored, |_| State::Shipped, owed);
        let jobs: Vec<NewJob> = follow.then(|| invoicing::running::delivery_job(&stored.order.id, stored.version + 1, now)).into_iter().collect();
        let write: WriteFn = Box::new(move |decided| Ok(Written { jobs: jobs.clone(), ..advance(decided)? }));
        Ok(plan(stored, "order shipped", Some(command), json!({}), write))
    });
    app.bookkeepers.book(tenant, shipping).await.map(drop)
}

/// A line that cannot be had, or so many pieces of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    pub line: u32,
    /// All that is open without one.
    pub quantity: Option<Decimal>,
}

/// What cannot be had: the money is free again at once, and the buyer is told.
pub async fn refuse_lines(app: &App, caller: &Caller, tenant: &str, id: &str, wanted: &[Gone], reason: &str) -> Result<()> {
    let (stored, buyer, outgoing) = read(app, caller, tenant, id).await?;
    let (wanted, reason) = (wanted.to_vec(), reason.chars().take(500).collect::<String>());
    let refusing = booking(caller, &stored, move |at| {
        let stored = seen(at)?;
        if !matches!(stored.order.state, State::Placed | State::Confirmed) {
            return Err(wrong_state(stored));
        }
        let open = |gone: &Gone| stored.order.lines.iter().find(|line| line.line == gone.line && line.open() > Decimal::ZERO);
        let part = |gone: &Gone| open(gone).map(|line| Part { line: line_number(line), quantity: Some(gone.quantity.unwrap_or(line.open())) });
        let lines: Vec<Part> = wanted.iter().filter_map(part).collect();
        if lines.is_empty() {
            return Err(Error::Refused(Refusal::Nothing { what: "order".into() }));
        }
        let command = Command::Shrink(Shrink { order: stored.order.number.as_str().into(), lines });
        let (buyer, outgoing, now, state) = (buyer.clone(), outgoing.clone(), at.now, stored.order.state);
        let next = move |lines: &[Line]| after_refusal(state, lines);
        let step = cxml::Step::Refused(reason.clone());
        let write = advancing(stored, next, move |stored, books, entry| {
            let mut messages = cxml::desk(stored, outgoing.as_ref(), &step, now);
            if let Some(buyer) = &buyer {
                messages.extend(notifying::cannot_deliver(stored, books, entry, buyer, now)?);
            }
            Ok(messages)
        });
        let body = json!({"lines": wanted.iter().map(|gone| gone.line).collect::<Vec<_>>(), "reason": reason});
        Ok(plan(stored, "lines cannot be delivered", Some(command), body, write))
    });
    app.bookkeepers.book(tenant, refusing).await.map(drop)
}

/// Where an order stands when lines of it will not come.
pub fn after_refusal(state: State, lines: &[Line]) -> State {
    let all_refused = lines.iter().all(|line| line.refused == line.quantity);
    let nothing_open = lines.iter().all(|line| line.open().is_zero());
    match (all_refused, nothing_open) {
        (true, _) => State::Cancelled,
        (false, true) if lines.iter().any(|line| line.shipped > Decimal::ZERO) => State::Shipped,
        _ => state,
    }
}

/// Where an order stands by what the books say of it.
pub fn state_of(before: State, stage: Stage, lines: &[Line]) -> State {
    match stage {
        Stage::Requested => before,
        Stage::Rejected => State::Rejected,
        Stage::Expired => State::Expired,
        Stage::Cancelled => State::Cancelled,
        Stage::Placed => after_refusal(before, lines),
    }
}

/// A mail to the buyer's organisation, in its language.
pub fn tell_buyer(stored: &Stored, buyer: Option<&Organisation>, template: &str, now: Timestamp) -> Result<Vec<Message>> {
    let Some(buyer) = buyer else { return Ok(Vec::new()) };
    let Some(recipient) = notifying::address(buyer)? else { return Ok(Vec::new()) };
    let payload = json!({"template": template, "language": buyer.language.as_str(), "order": ordering::order_json(&stored.order, &[])});
    Ok(vec![ordering::message(&stored.tenant, "mail", &stored.order.id, &recipient, &payload, now)])
}

/// What a booking about an order came to, where nothing is repeated.
pub fn answer(done: Done) -> Result<Answer> {
    match done {
        Done::Decided { answer, .. } | Done::Repeated { answer, .. } => Ok(answer),
        Done::OtherContent { .. } => Err(Error::internal("a booking without a key was taken for another")),
    }
}
