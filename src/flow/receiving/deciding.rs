//! What a clerk does with an invoice that waits: posts it line by line, rejects it, asks the supplier, confirms an account, has it tried again,
//! or takes a posted one out of the books. Of two who decide at once one counts: a decision is about the version its maker saw.

use std::collections::BTreeSet;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::posting::{self, Place};
use super::responding::{self, ACTIONS, REASONS, Wording};
use super::{Facts, knowing, rows, seeing};
use crate::app::App;
use crate::domain::books::BudgetPeriod;
use crate::domain::books::command::{Command, CreditKind, Names};
use crate::domain::books::entry::Refusal as Refused;
use crate::domain::finding::{Code, Finding};
use crate::domain::matching::{self, Bill, BillLine, Match, factor};
use crate::domain::rights::Asker;
use crate::error::{Error, Refusal, Result};
use crate::flow::bookkeeping::{Answer, Booking, Done, Key, Plan, PlanFn, Seen, Written};
use crate::flow::commanding::{self, REASON_MAX};
use crate::flow::signing::Caller;
use crate::flow::{following, granting};
use crate::store;
use crate::store::supplier_invoice::{State, SupplierInvoice};
use crate::wire::ubl_response::Status;

/// As many as one look reads.
const AGAIN_MAX: u32 = 200;
/// Who the journal says it was when nobody asked.
const CLOCK: &str = "clock";
/// Who may confirm that a supplier is paid on an account.
const CONFIRMS: &str = "buyer_administrator";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Held against order and delivery once more.
    Again,
    Post,
    Reject,
    Ask,
    ConfirmAccount,
    /// Out of the books again.
    Cancel,
}

impl Decision {
    pub const ALL: [Decision; 6] = [Decision::Again, Decision::Post, Decision::Reject, Decision::Ask, Decision::ConfirmAccount, Decision::Cancel];

    pub fn as_str(self) -> &'static str {
        match self {
            Decision::Again => "again",
            Decision::Post => "post",
            Decision::Reject => "reject",
            Decision::Ask => "ask",
            Decision::ConfirmAccount => "confirm_account",
            Decision::Cancel => "cancel",
        }
    }

    pub fn parse(text: &str) -> Option<Decision> {
        Decision::ALL.into_iter().find(|decision| decision.as_str() == text)
    }
}

/// Where a person puts an invoice line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Its place on the invoice, from 1.
    pub at: usize,
    pub order: String,
    pub line: String,
    /// In the unit of the order's line, where units cannot be brought together.
    pub quantity: Option<Decimal>,
    /// Instead of an order.
    pub budget: String,
}

/// A decision with everything that belongs to it.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    pub lines: Vec<Choice>,
    /// Of a credit: `price`, `refund` or `replace`.
    pub credit_kind: String,
    pub reason: String,
    pub action: String,
    pub text: String,
    pub override_reason: Option<String>,
    /// The version that was seen; without one the newest.
    pub version: Option<i64>,
}

/// What is decided about, and by what.
struct Subject {
    invoice: SupplierInvoice,
    bill: Bill,
    facts: Facts,
    found: Match,
    /// Numbers of orders that a person named.
    chosen: Vec<String>,
}

/// Has a decision booked; gives the invoice as it is from then on.
pub async fn decide(app: &App, caller: &Caller, id: &str, decision: Decision, answered: &Answered) -> Result<SupplierInvoice> {
    let tenant = caller.person.tenant.as_str();
    let chosen: Vec<String> = answered.lines.iter().map(|line| line.order.clone()).filter(|order| !order.is_empty()).collect();
    let (invoice, bill) = seeing::read(app, tenant, id).await?;
    let allowed = if decision == Decision::Cancel { invoice.state == State::Posted } else { invoice.state.is_open() };
    if !allowed {
        return Err(Error::Refused(Refusal::State { what: "invoice".into(), state: invoice.state.as_str().into() }));
    }
    if answered.version.is_some_and(|version| version != invoice.version) {
        return Err(Error::Conflict(format!("supplier invoice {id} is at version {}", invoice.version)));
    }
    if answered.text.chars().count() > REASON_MAX {
        return Err(Finding::error(Code::Unusable, "text").limit(format!("1 – {REASON_MAX}")).into());
    }
    if decision == Decision::ConfirmAccount {
        confirm(app, caller, &invoice, &bill).await?;
    }
    let facts = knowing::facts(app, tenant, &bill, &chosen).await?;
    let found = matching::compare(&bill, &facts.known(), &facts.tolerances);
    let subject = Subject { invoice, bill, facts, found, chosen };
    let asker = match decision {
        Decision::Again | Decision::ConfirmAccount | Decision::Reject | Decision::Ask => Asker::Supplier,
        Decision::Post | Decision::Cancel => granting::asker(&mut app.store.read().await?, caller).await?,
    };
    let plan = match decision {
        Decision::Again | Decision::ConfirmAccount => again(&subject, &caller.person.name, decision, app.clock.now().to_string())?,
        Decision::Post => posting(&subject, caller, answered)?,
        Decision::Reject | Decision::Ask => answering(app, &subject, caller, decision, answered).await?,
        Decision::Cancel => cancelling(&subject, caller)?,
    };
    let content = format!("{decision:?} {answered:?}");
    book(app, &caller.person.sign_in, &subject, asker, plan, content).await
}

/// Those that wait and would be booked by now: goods came, or money. One that still needs a person is left alone. Gives how many were tried.
pub async fn try_again(app: &App) -> Result<usize> {
    let (mut tried, mut after) = (0, String::new());
    loop {
        let open = store::supplier_invoice::open(&mut app.store.read().await?, &after, AGAIN_MAX).await?;
        let Some((_, last)) = open.last() else { return Ok(tried) };
        after.clone_from(last);
        for (tenant, id) in &open {
            tried += usize::from(try_one(app, tenant, id).await?);
        }
    }
}

async fn try_one(app: &App, tenant: &str, id: &str) -> Result<bool> {
    let (invoice, bill) = seeing::read(app, tenant, id).await?;
    let facts = knowing::facts(app, tenant, &bill, &[]).await?;
    let found = matching::compare(&bill, &facts.known(), &facts.tolerances);
    if found.needs_a_person() {
        return Ok(false);
    }
    let subject = Subject { invoice, bill, facts, found, chosen: Vec::new() };
    let at = app.clock.now().to_string();
    let plan = again(&subject, CLOCK, Decision::Again, at.clone())?;
    match book(app, CLOCK, &subject, Asker::Supplier, plan, at).await {
        Ok(_) | Err(Error::Conflict(_)) => Ok(true),
        Err(error) => Err(error),
    }
}

async fn book(app: &App, actor: &str, subject: &Subject, asker: Asker, plan: PlanFn, content: String) -> Result<SupplierInvoice> {
    let (tenant, invoice) = (subject.facts.tenant.as_str(), &subject.invoice);
    let booking = Booking {
        actor: actor.to_string(),
        asker,
        keys: vec![Key { id: format!("supplier-invoice/{}/{}", invoice.id, invoice.version), keeps_refusals: true }],
        fingerprint: crate::flow::proving::sha256(&content),
        names: names(subject),
        orders: orders_at_hand(subject),
        series: None,
        preview: false,
        received: None,
        plan,
    };
    match app.bookkeepers.book(tenant, booking).await? {
        Done::Decided { .. } | Done::Repeated { .. } => {}
        Done::OtherContent { .. } => return Err(Error::Conflict(format!("supplier invoice {} was decided about", invoice.id))),
    }
    let mut tx = app.store.read().await?;
    let decided = store::supplier_invoice::by_id(&mut tx, tenant, &invoice.id).await?.ok_or_else(|| Error::not_found("invoice", &invoice.id))?;
    tracing::info!(invoice = decided.id, state = decided.state.as_str(), "decided about a supplier's invoice");
    Ok(decided)
}

/// Ids of the orders that the decision may change: those that were found, and those a person named.
fn orders_at_hand(subject: &Subject) -> Vec<String> {
    let found = subject.found.orders.iter().map(|found| found.order);
    let places: BTreeSet<usize> = found.chain(subject.chosen.iter().filter_map(|order| subject.facts.place_of(order))).collect();
    places.into_iter().filter_map(|at| subject.facts.stored.get(at)).map(|stored| stored.order.id.clone()).collect()
}

/// Every order that is at hand may be named by the decision.
fn names(subject: &Subject) -> Names {
    let orders = subject.facts.orders.iter().map(|order| order.number.as_str().into()).collect();
    let name = posting::booked_name(subject.facts.supplier.as_deref(), &subject.bill, &subject.invoice.id);
    let booked = Some(subject.invoice.booked.as_str()).filter(|booked| !booked.is_empty()).map(Into::into);
    Names { orders, invoices: [name.as_str().into()].into_iter().chain(booked).collect(), ..Names::default() }
}

/// The account is kept, whatever becomes of the invoice.
async fn confirm(app: &App, caller: &Caller, invoice: &SupplierInvoice, bill: &Bill) -> Result<()> {
    if !caller.person.roles.iter().any(|role| role == CONFIRMS) {
        return Err(Error::Denied);
    }
    let supplier = invoice.supplier.clone().ok_or_else(|| Error::from(Finding::error(Code::Unusable, "supplier").value(&bill.seller.name)))?;
    let accounts: Vec<(String, String)> = bill.accounts.iter().map(|account| (supplier.clone(), matching::account(account))).collect();
    let mut tx = app.store.begin().await?;
    tx.write(vec![store::supplier_invoice::confirm(&caller.person.tenant, &accounts, &caller.person.sign_in, app.clock.now())]).await?;
    tx.commit().await
}

fn note(by: &str, what: &str, at: &str, more: Value) -> Value {
    let mut note = json!({"at": at, "by": by, "what": what});
    if let (Some(note), Some(more)) = (note.as_object_mut(), more.as_object()) {
        note.extend(more.clone());
    }
    note
}

fn again(subject: &Subject, by: &str, decision: Decision, at: String) -> Result<PlanFn> {
    let more = if decision == Decision::ConfirmAccount { json!({"accounts": subject.bill.accounts}) } else { json!({}) };
    let invoice = rows::noted(&subject.invoice, note(by, decision.as_str(), &at, more))?;
    Ok(posting::arriving(subject.bill.clone(), subject.facts.clone(), invoice))
}

/// Posts it with the places a person chose; where they chose none, with those that were found.
fn posting(subject: &Subject, caller: &Caller, answered: &Answered) -> Result<PlanFn> {
    posting::check_ready(&subject.bill, &subject.facts, &subject.found)?;
    let kind = match answered.credit_kind.as_str() {
        "" | "price" => CreditKind::Price,
        "refund" => CreditKind::Refund,
        "replace" => CreditKind::Replace,
        other => return Err(Finding::error(Code::Unusable, "credit_kind").value(other).limit("price, refund, replace").into()),
    };
    let passing = commanding::passing(answered.override_reason.as_deref())?;
    let (invoice, bill, facts, found) = (subject.invoice.clone(), subject.bill.clone(), subject.facts.clone(), subject.found.clone());
    let (answered, caller) = (answered.clone(), caller.clone());
    Ok(Box::new(move |seen: &Seen<'_>| {
        let mut facts = facts.clone();
        facts.refresh(seen.books);
        let places = chosen(&bill, &facts, &found, &answered, seen)?;
        let name = posting::booked_name(facts.supplier.as_deref(), &bill, &invoice.id);
        let command = posting::command(&bill, &name, &places, seen.books, passing, kind)?;
        let more = json!({"places": places.iter().map(told).collect::<Vec<_>>(), "override": answered.override_reason, "text": answered.text});
        let row = rows::noted(&rows::matched(&invoice, &found, &facts)?, note(&caller.person.name, "post", &seen.now.to_string(), more))?;
        let row = SupplierInvoice { orders: orders_of(&places, &row.orders), ..row };
        let body = commanding::overridden(seen.books, &command, answered.override_reason.as_deref());
        Ok(posting::plan(command, name, row, seen, &facts, body))
    }))
}

fn told(place: &Option<Place>) -> String {
    match place {
        Some(Place::Line { order, line, quantity }) => format!("{order}/{line}: {quantity}"),
        Some(Place::Budget(at)) => at.to_string(),
        None => String::new(),
    }
}

fn orders_of(places: &[Option<Place>], found: &str) -> String {
    let mut orders: Vec<&str> =
        places.iter().flatten().filter_map(|place| if let Place::Line { order, .. } = place { Some(&**order) } else { None }).collect();
    orders.dedup();
    if orders.is_empty() { found.to_string() } else { orders.join(", ") }
}

fn chosen(bill: &Bill, facts: &Facts, found: &Match, answered: &Answered, seen: &Seen<'_>) -> Result<Vec<Option<Place>>> {
    let mut places = posting::places(found, facts);
    for choice in &answered.lines {
        let at = choice.at.checked_sub(1).filter(|at| *at < places.len()).ok_or_else(|| posting::wrong_line(choice.at, ""))?;
        places[at] = Some(place(choice, &bill.lines[at], facts, seen).map_err(|why| posting::wrong_line(at, &why))?);
    }
    let missing = places.iter().zip(&bill.lines).position(|(place, line)| place.is_none() && !line.net.is_zero());
    match missing {
        Some(at) => Err(posting::wrong_line(at, &bill.lines[at].name)),
        None => Ok(places),
    }
}

/// A place by a person's word; why not, where it cannot be.
fn place(choice: &Choice, billed: &BillLine, facts: &Facts, seen: &Seen<'_>) -> std::result::Result<Place, String> {
    if !choice.budget.is_empty() {
        let budgets = [choice.budget.as_str()];
        let period = seen.books.period_for(None, "", &facts.today, &budgets).unwrap_or_default();
        return match seen.books.budgets.contains_key(choice.budget.as_str()) {
            true => Ok(Place::Budget(BudgetPeriod { budget: choice.budget.as_str().into(), period })),
            false => Err(choice.budget.clone()),
        };
    }
    let order = facts.place_of(&choice.order).and_then(|at| facts.orders.get(at));
    let own = order.filter(|order| facts.supplier.as_deref() == Some(&order.supplier)).ok_or_else(|| choice.order.clone())?;
    let booked = seen.books.orders.get(own.number.as_str()).and_then(|order| order.lines.get(choice.line.as_str()));
    booked.ok_or_else(|| format!("{} {}", choice.order, choice.line))?;
    let by_unit = || match own.line(&choice.line) {
        Some(line) => factor(&billed.unit, &line.unit, &line.packs).and_then(|factor| factor.checked_mul(billed.quantity)),
        None => Some(billed.quantity),
    };
    let of_share = billed.share().map(|(pieces, _)| pieces);
    let quantity = choice.quantity.or(of_share).or_else(by_unit).ok_or_else(|| billed.unit.clone())?;
    Ok(Place::Line { order: own.number.as_str().into(), line: choice.line.as_str().into(), quantity })
}

/// Rejects it or asks: an Invoice Response, and a mail with it.
async fn answering(app: &App, subject: &Subject, caller: &Caller, decision: Decision, answered: &Answered) -> Result<PlanFn> {
    let known = |field: &str, code: &str, codes: &[&str]| match codes.contains(&code) {
        true => Ok(code.to_string()),
        false => Err(Error::from(Finding::error(Code::Unusable, field).value(code).limit(codes.join(", ")))),
    };
    let is_rejection = decision == Decision::Reject;
    let (status, state) = if is_rejection { (Status::Rejected, State::Disputed) } else { (Status::UnderQuery, State::Queried) };
    let (reason, action) = (known("reason", &answered.reason, &REASONS)?, known("action", &answered.action, &ACTIONS)?);
    if reason == "OTH" && answered.text.trim().is_empty() {
        return Err(Finding::error(Code::Missing, "text").into());
    }
    let wording = Wording { status, reason, action, text: answered.text.trim().to_string() };
    let tenant = caller.person.tenant.clone();
    let mut tx = app.store.read().await?;
    let buyer = store::organisation::by_id(&mut tx, &tenant).await?.ok_or_else(|| Error::not_found("buyer", &tenant))?;
    let supplier = match &subject.facts.supplier {
        Some(supplier) => store::organisation::by_id(&mut tx, supplier).await?,
        None => None,
    };
    drop(tx);
    let now = app.clock.now();
    let row = rows::matched(&subject.invoice, &subject.found, &subject.facts)?;
    let body = store::json::parse(&row.body)?;
    let reasons: Vec<rows::ReasonKept> = rows::kept_lines(&body).into_iter().flat_map(|line| line.reasons).chain(rows::kept_reasons(&body)).collect();
    let document = responding::response(&subject.bill, &buyer, supplier.as_ref(), &wording, &reasons, now)?;
    let messages = responding::mail(&tenant, &row, &buyer, supplier.as_ref(), (&wording, &document), now)?;
    let more = json!({"reason": wording.reason, "action": wording.action, "text": wording.text});
    let row =
        rows::noted(&rows::with(&row, "response", json!(document))?, note(&caller.person.name, decision.as_str(), &now.to_string(), more.clone()))?;
    let row = SupplierInvoice { state, ..row };
    Ok(Box::new(move |_: &Seen<'_>| {
        let (row, messages) = (row.clone(), messages.clone());
        let (subject, cause) = (format!("invoice/{}", row.id), row.inbox.clone());
        let write = move |_: &crate::flow::bookkeeping::Decided<'_>| {
            let answer = Answer { status: 200, body: row.id.clone() };
            Ok(Written { supplier_invoice: Some(row.clone()), messages: messages.clone(), answer, ..Written::default() })
        };
        let kind = if state == State::Disputed { "supplier invoice rejected" } else { "supplier invoice queried" };
        Ok(Plan { command: None, kind, subject, cause, body: more.clone(), write: Box::new(write) })
    }))
}

/// Takes a posted invoice out of the books.
fn cancelling(subject: &Subject, caller: &Caller) -> Result<PlanFn> {
    if subject.bill.is_credit() {
        return Err(Error::Refused(Refusal::State { what: "invoice".into(), state: "posted".into() }));
    }
    let (invoice, caller) = (subject.invoice.clone(), caller.clone());
    Ok(Box::new(move |seen: &Seen<'_>| {
        let orders: Vec<Arc<str>> = invoice.orders.split(", ").filter(|order| !order.is_empty()).map(Into::into).collect();
        let row = rows::noted(&invoice, note(&caller.person.name, "cancel", &seen.now.to_string(), json!({})))?;
        let (row, now) = (SupplierInvoice { state: State::Cancelled, ..row }, seen.now);
        let command = Command::CancelInvoice { invoice: invoice.booked.as_str().into() };
        let (kind, subject, body) = ("supplier invoice cancelled", command.subject(), json!({"number": invoice.number}));
        let write = move |decided: &crate::flow::bookkeeping::Decided<'_>| {
            decided.outcome.as_ref().map_err(|refusal: &Refused| Error::Refused(Refusal::Books(refusal.clone())))?;
            let answer = Answer { status: 200, body: row.id.clone() };
            Ok(Written { supplier_invoice: Some(row.clone()), jobs: following::jobs(&orders, now), answer, ..Written::default() })
        };
        Ok(Plan { kind, subject, cause: invoice.id.clone(), body, command: Some(command), write: Box::new(write) })
    }))
}
