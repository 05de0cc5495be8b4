//! An approved order comes in: matched with the basket it came from, tested against budgets, booked with what is owed to the supplier,
//! and kept as received with its answer, all in one commit; then answered. A repeat gets the first answer (P2).

mod body;
pub mod file;
mod shares;
mod telling;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

pub use self::shares::{BodyShare, read_split};
pub use self::telling::{announcements, message, order_json, tell_called_off, tell_not_taken, tell_supplier, text_message};

use self::body::Body;
use super::bookkeeping::{Answer, Booking, Decided, Done, Key, Plan, Seen, Written};
use super::signing::Caller;
use super::{approving, commanding, connecting, granting, proving};
use crate::app::App;
use crate::clock;
use crate::domain::approval::Progress;
use crate::domain::books::command::{Command, Names, NewLine, OrderCharge, Override, Place, Split, Spread};
use crate::domain::books::entry::{self, Code as Because};
use crate::domain::books::{Books, Status};
use crate::domain::coding::Kind;
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::order::{Order, State};
use crate::domain::rights::Asker;
use crate::domain::time::Timestamp;
use crate::error::{Error, Refusal, Result};
use crate::store::booked::Holding;
use crate::store::inbox::Received;
use crate::store::order::Stored;
use crate::store::organisation::Organisation;
use crate::store::{self};

/// An answer to an order: its status and JSON.
#[derive(Debug)]
pub struct Placed {
    pub status: u16,
    pub body: String,
}

impl Placed {
    /// Its JSON, read; nothing where it cannot be read.
    pub fn json(&self) -> Value {
        store::json::parse(&self.body).unwrap_or_default()
    }
}

/// What was read of an order, ready to be booked.
pub(super) struct Asked {
    pub order: Order,
    pub lines: Vec<NewLine>,
    pub charges: Vec<OrderCharge>,
    pub period: Option<String>,
    pub wished: String,
    pub supplier: Option<Arc<Organisation>>,
    pub asker: Asker,
    /// Waits for approval, whatever the ceilings say.
    pub as_request: bool,
    pub override_reason: Option<String>,
    /// Sign-in name of who asks, and for how long a request of theirs waits.
    pub asked_by: String,
    pub request_days: u64,
    /// What the buyer's own document said.
    pub document: String,
}

/// What is asked for with an order's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Order,
    /// That somebody approves it first.
    Request,
}

/// What an order would be answered; nothing is written or kept.
pub async fn preview(app: &App, caller: &Caller, document: &[u8], wish: Wish) -> Result<Placed> {
    let asked = read_body(app, caller, document, wish, app.clock.now()).await?;
    let number = asked.order.number.clone();
    let booking = Booking { preview: true, received: None, ..booking(caller, asked, received(app, document, wish), None) };
    answer(app.bookkeepers.book(&caller.person.tenant, booking).await?, None, number)
}

/// Takes an order, or a request for one. `key` is the caller's idempotency key; without one the order's number and content identify it.
pub async fn place(app: &App, caller: &Caller, document: &[u8], key: Option<&str>, wish: Wish) -> Result<Placed> {
    let tenant = caller.person.tenant.as_str();
    let (received, now) = (received(app, document, wish), app.clock.now());
    let asked = match read_body(app, caller, document, wish, now).await {
        Ok(asked) => asked,
        Err(error) => {
            note(app, tenant, Received { answer: error.to_string(), ..received }).await;
            return Err(error);
        }
    };
    let number = asked.order.number.clone();
    let done = app.bookkeepers.book(tenant, booking(caller, asked, received, key)).await?;
    let placed = answer(done, key, number.clone())?;
    metrics::counter!("hookline_orders_total", "outcome" => if placed.status < 300 { "placed" } else { "refused" }).increment(1);
    tracing::info!(order.number = number, status = placed.status, "order answered");
    Ok(placed)
}

/// A document as it came.
fn received(app: &App, document: &[u8], wish: Wish) -> Received {
    let now = app.clock.now();
    Received {
        id: clock::new_id(now),
        channel: if wish == Wish::Request { "api/requests" } else { "api/orders" },
        hash: proving::sha256(document),
        media_type: "application/json",
        document: document.to_vec(),
        at: now,
        status: 0,
        answer: String::new(),
    }
}

fn answer(done: Done, key: Option<&str>, number: String) -> Result<Placed> {
    match done {
        Done::Decided { answer, .. } => Ok(placed(answer)),
        Done::Repeated { key: 0, answer } if key.is_some() => Ok(placed(answer)),
        // The number is known, with the same content.
        Done::Repeated { answer, .. } => Ok(Placed { status: 200, ..placed(answer) }),
        Done::OtherContent { key: 0 } if key.is_some() => {
            Err(Finding::error(Code::Unusable, "Idempotency-Key").value(key.unwrap_or_default()).into())
        }
        Done::OtherContent { .. } => Err(Error::Refused(Refusal::Exists { what: "order".into(), number })),
    }
}

/// Keeps a document that never came to a booking. That it could not be kept does not change the answer: nothing was done.
async fn note(app: &App, tenant: &str, received: Received) {
    let work = async {
        let mut tx = app.store.begin().await?;
        tx.write(vec![store::inbox::insert(tenant, &[received])]).await?;
        tx.commit().await
    };
    if let Err(fault) = work.await {
        tracing::warn!(%fault, "a refused order could not be kept");
    }
}

fn placed(answer: Answer) -> Placed {
    Placed { status: u16::try_from(answer.status).unwrap_or(500), body: answer.body }
}

async fn read_body(app: &App, caller: &Caller, document: &[u8], wish: Wish, now: Timestamp) -> Result<Asked> {
    let tenant = caller.person.tenant.as_str();
    let body: Body = serde_json::from_slice(document).map_err(|e| Error::from(Finding::error(Code::Unusable, "body").value(e)))?;
    let body::Read { order, must_ask } = body::read(app, tenant, &body, now).await?;
    let mut findings = Findings::default();
    let mut lines = Vec::with_capacity(order.lines.len());
    for (line, asked) in order.lines.iter().zip(&body.lines) {
        lines.push(shares::new_line(line, asked, &mut findings));
    }
    let charges = shares::order_charges(&body.charges, &mut findings);
    if findings.has_error() {
        return Err(findings.into());
    }
    let wished = order.lines.iter().map(|line| line.coding.get(Kind::WishDate)).find(|day| !day.is_empty()).unwrap_or_default().to_string();
    let supplier = connecting::organisation(app, &order.supplier).await?;
    let asker = granting::fresh_asker(app, caller).await?;
    commanding::passing(body.override_reason.as_deref())?;
    let buyer = connecting::organisation(app, tenant).await?;
    let request_days = approving::request_days(buyer.as_deref())?;
    Ok(Asked {
        order,
        lines,
        charges,
        period: body.period,
        wished,
        supplier,
        asker,
        as_request: must_ask || wish == Wish::Request,
        override_reason: body.override_reason,
        asked_by: caller.person.sign_in.clone(),
        request_days,
        document: String::new(),
    })
}

/// What the bookkeeper is given: test against the budgets, and write the order with what is owed to the supplier, or only the refusal.
fn booking(caller: &Caller, asked: Asked, received: Received, key: Option<&str>) -> Booking {
    let own = key.map(|key| Key { id: format!("order/{key}"), keeps_refusals: true });
    let fingerprint = received.hash.clone();
    placing(&caller.person.tenant, &caller.person.sign_in, asked, own, fingerprint, received)
}

/// The same for whoever places it: under a key of their own and under the order's number.
pub(super) fn placing(tenant: &str, actor: &str, asked: Asked, own: Option<Key>, fingerprint: String, received: Received) -> Booking {
    let number: Arc<str> = asked.order.number.as_str().into();
    let by_number = Key { id: format!("order-number/{number}"), keeps_refusals: false };
    let tenant = tenant.to_string();
    Booking {
        actor: actor.to_string(),
        asker: asked.asker.clone(),
        keys: own.into_iter().chain([by_number]).collect(),
        fingerprint,
        names: Names { new_orders: vec![number], ..Names::default() },
        orders: Vec::new(),
        series: None,
        preview: false,
        received: Some(received),
        plan: Box::new(move |seen| plan(&tenant, &asked, seen)),
    }
}

fn plan(tenant: &str, asked: &Asked, seen: &Seen<'_>) -> Result<Plan> {
    check_budgets_known(seen.books, asked)?;
    let order = &asked.order;
    let budgets: Vec<&str> = asked.lines.iter().flat_map(|line| &line.split.rows).map(|(budget, _)| &**budget).collect();
    let today = seen.now.date();
    let period = seen.books.period_for(asked.period.as_deref(), &asked.wished, &today, &budgets).unwrap_or_default();
    let waits_for = seen.books.periods.get(&period).filter(|period| period.status == Status::Planned).map(|period| period.id.to_string());
    let passing = if asked.override_reason.is_some() { Override::Yes } else { Override::No };
    let (number, lines, charges) = (order.number.as_str().into(), asked.lines.clone(), asked.charges.clone());
    let command = Command::Place(Place { order: number, period, lines, charges, as_request: asked.as_request, passing });
    let mut body = commanding::overridden(seen.books, &command, asked.override_reason.as_deref());
    body["number"] = json!(order.number);
    body["net"] = json!(order.net.minor);
    body["lines"] = json!(order.lines.len());
    let until = seen.now.plus(Duration::from_secs(86_400 * asked.request_days)).to_string();
    let progress = Progress { asked_by: asked.asked_by.clone(), asked_at: seen.now.to_string(), until, given: Vec::new() };
    let as_request = asked.as_request;
    let (order, supplier, tenant, now) = (order.clone(), asked.supplier.clone(), tenant.to_string(), seen.now);
    let document = asked.document.clone();
    let plan = Plan {
        kind: "order placed",
        subject: format!("order/{}", order.number),
        cause: order.quote.clone().unwrap_or_default(),
        body,
        command: Some(command),
        write: Box::new(move |decided| {
            let entry = match decided.outcome {
                Ok(entry) => entry,
                Err(refusal) => {
                    let body = refusal_json(&order.number, refusal, decided).to_string();
                    return Ok(Written { answer: Answer { status: 409, body }, ..Written::default() });
                }
            };
            let waits = entry.needs_approval || as_request;
            let mut stored = Stored {
                tenant: tenant.clone(),
                order: order.clone(),
                placed_at: now,
                version: 1,
                approval: None,
                waits_for: None,
                shipments: 0,
                document: document.clone(),
            };
            let warnings: Vec<String> = entry.over.iter().map(|over| format!("budget {} short by {}", over.at, over.short)).collect();
            let (mut messages, mut jobs) = (Vec::new(), Vec::new());
            stored.order.state = if waits { State::Requested } else { stored.order.state };
            let text = telling::order_text(&stored.order, &[]);
            if waits {
                stored.approval = Some(progress.clone());
                jobs.push(approving::telling(&stored.order.id, 0, now));
            } else if waits_for.is_some() {
                // Chapter 11: sent to the supplier when the period opens.
                stored.waits_for.clone_from(&waits_for);
            } else {
                messages = telling::tell(&stored, &text, supplier.as_deref(), ("order", ""), now)?;
            }
            let told = if warnings.is_empty() { text } else { telling::order_text(&stored.order, &warnings) };
            let answer = Answer { status: if waits { 202 } else { 201 }, body: told.get().to_string() };
            Ok(Written { orders: vec![stored], messages, jobs, answer, ..Written::default() })
        }),
    };
    Ok(if as_request { Plan { kind: "order requested", ..plan } } else { plan })
}

fn check_budgets_known(books: &Books, asked: &Asked) -> Result<()> {
    let mut findings = Findings::default();
    let mut check = |split: &Split, line: Option<u32>| {
        for (code, _) in split.rows.iter().filter(|(code, _)| !books.budgets.contains_key(code)) {
            findings.push(Finding { line, ..Finding::error(Code::BudgetUnknown, "budget_code") }.value(code));
        }
    };
    for line in &asked.lines {
        let number = line.number.parse().ok();
        check(&line.split, number);
        line.charges.iter().for_each(|charge| check(&charge.split, number));
    }
    for charge in &asked.charges {
        if let Spread::Fixed(split) = &charge.spread {
            check(split, None);
        }
    }
    if findings.has_error() { Err(findings.into()) } else { Ok(()) }
}

/// Why the books refused: every budget that is short and by how much, and who holds its money (amounts in minor units).
fn refusal_json(number: &str, refusal: &entry::Refusal, decided: &Decided<'_>) -> Value {
    let over: Vec<Value> =
        refusal.over.iter().map(|over| json!({"budget": &*over.at.budget, "period": &*over.at.period, "short": over.short})).collect();
    let held = |h: &Holding| h.places.requested + h.places.committed + h.places.delivered;
    let holder = |h: &Holding| json!({"order": h.order, "budget": &*h.at.budget, "period": &*h.at.period, "amount": held(h)});
    let title = if refusal.code == Because::InsufficientFunds { "budget refused" } else { "order refused" };
    json!({
        "type": "/problems/409", "title": title, "status": 409, "number": number, "code": refusal.code.as_str(),
        "detail": refusal.to_string(), "over": over, "holders": decided.holders.iter().map(holder).collect::<Vec<_>>(),
    })
}
