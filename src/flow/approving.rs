//! Requests on their way to an order: who is asked next, what an approval completes, and what the order does to every ceiling above it
//! (budgets-and-orders, chapters 9 and 10). An approval that is the last books the order and owes it to the supplier, in one commit; of two
//! at once one counts. Never lets the one who asked approve.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::bookkeeping::{self, Plan, Seen, Written};
use super::commanding::{self, Asking, Reply};
use super::signing::Caller;
use super::{changing, cxml, delivering, granting, ordering};
use crate::app::App;
use crate::domain::approval::{self, Given, Station, Step, Voice};
use crate::domain::books::ceiling::Level;
use crate::domain::books::command::{Command, Decision, Names};
use crate::domain::books::sketch::Sketch;
use crate::domain::books::{Books, BudgetPeriod, Order, Status};
use crate::domain::money::{Currency, Money};
use crate::domain::order::{State, after_answer};
use crate::domain::rights::{self, Asker, Grant};
use crate::domain::time::Timestamp;
use crate::error::{Error, Refusal, Result};
use crate::store::job::{Job, NewJob};
use crate::store::json::{parse, str_of};
use crate::store::order::Stored;
use crate::store::organisation::Organisation;
use crate::store::outbox::Message;
use crate::store::person::Person;
use crate::store::{self, Tx};
use crate::wire::ledger;

/// How long a request waits when its buyer says nothing else.
const REQUEST_DAYS: u64 = 14;
/// As many requests as one look at what waits reads.
const LOOK_MAX: u32 = 500;

/// After how many days a buyer's requests expire.
pub fn request_days(buyer: Option<&Organisation>) -> Result<u64> {
    let settings = buyer.map(|buyer| parse(&buyer.settings)).transpose()?.unwrap_or_default();
    Ok(settings.get("request_days").and_then(Value::as_u64).unwrap_or(REQUEST_DAYS))
}

/// The job that tells those who may approve next; `given` says after how many approvals.
pub fn telling(order: &str, given: usize, now: Timestamp) -> NewJob {
    let id = format!("tell-approvers/{order}/{given}");
    NewJob { id, kind: "tell-approvers", payload: json!({"order": order, "given": given}).to_string(), due_at: now }
}

/// What must be at hand to say who is next.
struct Circle {
    books: Books,
    steps: Vec<Step>,
}

impl Circle {
    async fn read(tx: &mut Tx, tenant: &str, orders: &[&Stored]) -> Result<Circle> {
        let mut reader = ledger::Reader::default();
        let mut books = bookkeeping::frame(tx, tenant, &mut reader).await?;
        let names = Names { orders: orders.iter().map(|stored| stored.order.number.as_str().into()).collect(), ..Names::default() };
        bookkeeping::read_named(tx, tenant, &mut reader, &mut books, &[&names]).await?;
        Ok(Circle { books, steps: store::approval::steps(tx, tenant).await? })
    }

    fn order(&self, stored: &Stored) -> Result<&Order> {
        self.books.orders.get(stored.order.number.as_str()).ok_or_else(|| Error::not_found("order", &stored.order.number))
    }

    /// The station a request waits at.
    fn next(&self, stored: &Stored) -> Result<Option<Station>> {
        let route = approval::route(&self.books, self.order(stored)?, &self.steps);
        Ok(approval::next(&route, stored.approval.as_ref().map_or(&[], |progress| &progress.given)).cloned())
    }

    /// Whether one of these voices may pass the station a request waits at.
    fn is_up_to(&self, stored: &Stored, voices: &[Voice]) -> Result<bool> {
        let Some(station) = self.next(stored)? else { return Ok(false) };
        let asked_by = stored.approval.as_ref().map_or("", |progress| &progress.asked_by);
        Ok(approval::voice(&self.books, self.order(stored)?, &station, voices, asked_by).is_some())
    }
}

async fn voice(tx: &mut Tx, person: &Person) -> Result<Voice> {
    let grants = granting::grants(tx, &person.tenant, &person.sign_in, &person.roles).await?;
    Ok(Voice { person: person.sign_in.clone(), roles: person.roles.clone(), grants })
}

/// A person's own voice, and those of the people they stand in for today.
async fn voices(tx: &mut Tx, person: &Person, today: &str) -> Result<Vec<Voice>> {
    let mut voices = vec![voice(tx, person).await?];
    for substitute in store::approval::substitutes(tx, &person.tenant).await? {
        if substitute.by == person.sign_in && substitute.holds(today) {
            let absent = store::person::by_sign_in(tx, &substitute.person).await?;
            if let Some(absent) = absent.filter(|absent| absent.active && absent.tenant == person.tenant) {
                voices.push(self::voice(tx, &absent).await?);
            }
        }
    }
    Ok(voices)
}

/// A request that waits for somebody.
pub struct Waiting {
    pub stored: Stored,
    pub asked_by: String,
    pub since: Timestamp,
    pub until: String,
    pub amount: Money,
    pub budgets: Vec<String>,
}

/// What waits for this caller, the oldest first.
pub async fn waiting(app: &App, caller: &Caller) -> Result<Vec<Waiting>> {
    let tenant = caller.person.tenant.as_str();
    let mut tx = app.store.view().await?;
    let requested = store::order::requested(&mut tx, tenant, "", LOOK_MAX).await?;
    let circle = Circle::read(&mut tx, tenant, &requested.iter().collect::<Vec<_>>()).await?;
    let voices = voices(&mut tx, &caller.person, &app.clock.now().date()).await?;
    let currency = currency(&mut tx, tenant).await?;
    let mut waiting = Vec::new();
    for stored in requested {
        if !circle.is_up_to(&stored, &voices)? {
            continue;
        }
        let order = circle.order(&stored)?;
        let progress = stored.approval.clone().unwrap_or_default();
        waiting.push(Waiting {
            asked_by: progress.asked_by,
            since: stored.placed_at,
            until: progress.until,
            amount: Money::new(rights::amount(order), currency),
            budgets: rights::budgets_of_order(order).iter().map(ToString::to_string).collect(),
            stored,
        });
    }
    waiting.sort_by(|a, b| (a.since, &a.stored.order.number).cmp(&(b.since, &b.stored.order.number)));
    Ok(waiting)
}

async fn currency(tx: &mut Tx, tenant: &str) -> Result<Currency> {
    let buyer = store::organisation::by_id(tx, tenant).await?.ok_or_else(|| Error::not_found("buyer", tenant))?;
    Ok(Currency::parse(&buyer.currency).unwrap_or(Currency::EUR))
}

/// A ceiling above an order: what it holds without the order and with it, in minor units.
pub struct CeilingSeen {
    pub at: BudgetPeriod,
    pub name: String,
    pub level: Option<Level>,
    pub before: i64,
    pub after: i64,
    pub limit: Option<i64>,
    pub short: i64,
}

/// A request with everything a decision needs.
pub struct RequestSeen {
    pub stored: Stored,
    pub currency: Currency,
    pub amount: i64,
    pub ceilings: Vec<CeilingSeen>,
    /// Whether this caller may decide now.
    pub is_mine: bool,
    /// Stations of its way, and who passed each.
    pub way: Vec<(Station, Option<Given>)>,
}

/// One request, for somebody who may decide about it, asked for it, or may see all of its budgets.
pub async fn request(app: &App, caller: &Caller, number: &str) -> Result<RequestSeen> {
    let tenant = caller.person.tenant.as_str();
    let mut tx = app.store.view().await?;
    let stored = store::order::by_number(&mut tx, tenant, number).await?.filter(|stored| stored.approval.is_some());
    let stored = stored.ok_or_else(|| Error::not_found("request", number))?;
    let circle = Circle::read(&mut tx, tenant, &[&stored]).await?;
    let voices = voices(&mut tx, &caller.person, &app.clock.now().date()).await?;
    let order = circle.order(&stored)?;
    let is_mine = stored.order.state == State::Requested && circle.is_up_to(&stored, &voices)?;
    let progress = stored.approval.clone().unwrap_or_default();
    let own = voices.first().map_or(&[][..], |voice| &voice.grants);
    let sees = rights::budgets_of_order(order).iter().all(|budget| rights::sees(&circle.books, own, budget));
    if !is_mine && !sees && progress.asked_by != caller.person.sign_in {
        return Err(Error::not_found("request", number));
    }
    let route = approval::route(&circle.books, order, &circle.steps);
    let passed = |key: &str| progress.given.iter().find(|given| given.station == key).cloned();
    let way = route.iter().map(|station| (station.clone(), passed(&station.key()))).collect();
    let (amount, ceilings) = (rights::amount(order), ceilings(&circle.books, order));
    Ok(RequestSeen { currency: currency(&mut tx, tenant).await?, amount, ceilings, is_mine, way, stored })
}

/// Every ceiling above an order, with and without it.
fn ceilings(books: &Books, order: &Order) -> Vec<CeilingSeen> {
    let mut takes: BTreeMap<BudgetPeriod, (i64, i64)> = BTreeMap::new();
    let lines = order.lines.values().flat_map(|line| line.rows.iter().map(move |row| (line, row)));
    for (line, row) in lines.filter(|(_, row)| !row.dropped) {
        let held = line.position(row, order.stage, order.reserves);
        for above in books.above(&row.at).to_vec() {
            let place = takes.entry(above).or_default();
            place.0 += row.reserved;
            place.1 += held.requested + held.committed + held.delivered;
        }
    }
    let seen = |(at, (takes, holds)): (BudgetPeriod, (i64, i64))| {
        let standing = books.standing(&at).cloned().unwrap_or_default();
        let ceiling = standing.commitment_ceiling();
        let before = standing.subtree.consumption() - holds;
        let after = before + takes;
        let limit = ceiling.as_ref().map(|ceiling| ceiling.limit(standing.funding.total()));
        let name = books.budgets.get(&at.budget).map(|budget| budget.name.to_string()).filter(|name| !name.is_empty());
        let short = limit.map_or(0, |limit| (after - limit).max(0));
        let name = name.unwrap_or_else(|| at.budget.to_string());
        CeilingSeen { name, level: ceiling.map(|ceiling| ceiling.level), before, after, limit, short, at }
    };
    takes.into_iter().map(seen).filter(|seen| seen.limit.is_some()).collect()
}

/// What is decided about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Approve,
    Reject,
}

/// Everything about a decision that is read before it is this booking's turn.
struct Deciding {
    person: String,
    voices: Vec<Voice>,
    steps: Vec<Step>,
    supplier: Option<Organisation>,
    asked_by: Option<Person>,
    reason: String,
    preview: bool,
    outgoing: Option<cxml::Outgoing>,
}

/// Approves or rejects a request on behalf of the caller, or of somebody they stand in for.
pub async fn decide(app: &App, asking: &Asking<'_>, number: &str, verdict: Verdict, reason: &str) -> Result<Reply> {
    let (stored, supplier) = changing::order(app, asking, number).await?;
    if stored.approval.is_none() {
        return Err(Error::not_found("request", number));
    }
    let person = &asking.caller.person;
    let mut tx = app.store.view().await?;
    let circle = Circle::read(&mut tx, &person.tenant, &[&stored]).await?;
    let voices = voices(&mut tx, person, &app.clock.now().date()).await?;
    let asked_by = store::person::by_sign_in(&mut tx, stored.approval.as_ref().map_or("", |progress| &progress.asked_by)).await?;
    drop(tx);
    // What all who stand on its way may together: that each of them has passed it is looked at when it is this booking's turn.
    let route = approval::route(&circle.books, circle.order(&stored)?, &circle.steps);
    let every = route.iter().map(Station::key).collect::<Vec<_>>();
    let grants: Vec<Grant> = approval::grants(&route, &every);
    let names = Names { orders: vec![stored.order.number.as_str().into()], ..Names::default() };
    let reason: String = reason.chars().filter(|c| !c.is_control() || *c == '\n').take(commanding::REASON_MAX).collect();
    let outgoing = cxml::outgoing(app, &stored).await?;
    let deciding =
        Deciding { person: person.sign_in.clone(), voices, steps: circle.steps, supplier, asked_by, reason, preview: asking.preview, outgoing };
    let plan = move |seen: &Seen<'_>| plan(&deciding, verdict, seen);
    commanding::run_as(app, asking, Some(Asker::Person(grants)), names, Some(&stored), None, plan).await
}

fn plan(deciding: &Deciding, verdict: Verdict, seen: &Seen<'_>) -> Result<Plan> {
    let stored = delivering::seen(seen)?;
    let number = stored.order.number.as_str();
    let booked = seen.books.orders.get(number).ok_or_else(|| Error::not_found("order", number))?;
    if stored.order.state != State::Requested {
        return Err(Error::Refused(Refusal::State { what: "request".into(), state: stored.order.state.as_str().into() }));
    }
    let mut progress = stored.approval.clone().unwrap_or_default();
    // Its time is over, whether or not the clock has come by to say so.
    if verdict == Verdict::Approve && !progress.until.is_empty() && *progress.until <= *seen.now.to_string() {
        return Err(Error::Refused(Refusal::State { what: "request".into(), state: State::Expired.as_str().into() }));
    }
    let route = approval::route(seen.books, booked, &deciding.steps);
    let passed = approval::pass(seen.books, booked, &route, &progress.given, &deciding.voices, &progress.asked_by);
    if passed.is_empty() {
        let before = progress.given.iter().any(|given| given.by == deciding.person);
        return Err(if before { Error::Refused(Refusal::Nothing { what: "request".into() }) } else { Error::Denied });
    }
    let at = seen.now.to_string();
    progress.given.extend(passed.into_iter().map(|(station, person)| Given { station, by: deciding.person.clone(), person, at: at.clone() }));
    let is_last = approval::next(&route, &progress.given).is_none();
    let in_place_of: Vec<&str> = progress.given.iter().filter(|given| given.at == at).map(|given| given.person.as_str()).collect();
    let body = json!({"reason": deciding.reason, "in_place_of": in_place_of});
    let after = Stored { approval: Some(progress), version: stored.version + 1, ..stored.clone() };
    let sketch = Sketch::of(seen.books, changing::places(seen.books, number));
    let subject = format!("order/{number}");
    let cause = stored.order.id.clone();
    let command = |decision| Some(Command::Decide { order: number.into(), decision });
    match verdict {
        Verdict::Reject => {
            let mut messages = tell_asker(&after, deciding, "request-rejected", seen.now);
            let mut rejected = after.clone();
            rejected.order.state = State::Rejected;
            messages.extend(cxml::sequel(&rejected, deciding.outgoing.as_ref(), seen.now));
            messages.extend(ordering::tell_not_taken(&rejected, deciding.supplier.as_ref(), &deciding.reason, seen.now)?);
            let write = finishing(after, State::Rejected, None, messages, sketch, deciding.preview);
            Ok(Plan { command: command(Decision::Reject), kind: "reject", subject, cause, body, write })
        }
        Verdict::Approve if is_last => {
            let planned = |at: &BudgetPeriod| seen.books.periods.get(&at.period).is_some_and(|period| period.status == Status::Planned);
            let waits_for = changing::places(seen.books, number).into_iter().find(planned).map(|at| at.period.to_string());
            let mut placed = after.clone();
            placed.order.state = State::Placed;
            let mut messages = tell_asker(&after, deciding, "request-approved", seen.now);
            if waits_for.is_none() {
                messages.extend(ordering::announcements(&placed, deciding.supplier.as_ref(), seen.now)?);
                messages.extend(cxml::sequel(&placed, deciding.outgoing.as_ref(), seen.now));
            }
            // Where the supplier agreed it before, it is confirmed too.
            let state = after_answer(State::Placed, &after.order.lines);
            let write = finishing(after, state, waits_for, messages, sketch, deciding.preview);
            Ok(Plan { command: command(Decision::Approve), kind: "approve", subject, cause, body, write })
        }
        Verdict::Approve => {
            let (job, preview) = (telling(&after.order.id, after.approval.as_ref().map_or(0, |p| p.given.len()), seen.now), deciding.preview);
            let write = move |decided: &bookkeeping::Decided<'_>| {
                let more = json!({"state": after.order.state.as_str()});
                let answer = commanding::answer(decided, &sketch, preview, &more);
                Ok(Written { orders: vec![after.clone()], jobs: vec![job.clone()], answer, ..Written::default() })
            };
            Ok(Plan { command: None, kind: "step approved", subject, cause, body, write: Box::new(write) })
        }
    }
}

/// Writes the order as it was decided, with what is owed for it.
fn finishing(after: Stored, state: State, waits_for: Option<String>, messages: Vec<Message>, sketch: Sketch, preview: bool) -> bookkeeping::WriteFn {
    Box::new(move |decided| {
        let more = json!({"state": state.as_str()});
        let answer = commanding::answer(decided, &sketch, preview, &more);
        if decided.outcome.is_err() {
            return Ok(Written { answer, ..Written::default() });
        }
        let mut after = after.clone();
        (after.order.state, after.waits_for) = (state, waits_for.clone());
        Ok(Written { orders: vec![after], messages: messages.clone(), answer, ..Written::default() })
    })
}

/// A mail to the person who asked.
fn tell_asker(stored: &Stored, deciding: &Deciding, template: &str, now: Timestamp) -> Vec<Message> {
    let asked_by = deciding.asked_by.as_ref().filter(|person| !person.mail.is_empty());
    asked_by.map(|person| tell_person(stored, person, template, "", &deciding.reason, now)).into_iter().collect()
}

/// A mail about a request to a person, in their language.
fn tell_person(stored: &Stored, person: &Person, template: &str, link: &str, reason: &str, now: Timestamp) -> Message {
    let order = ordering::order_json(&stored.order, &[]);
    let payload = json!({"template": template, "language": person.language.as_str(), "order": order, "link": link, "reason": reason});
    ordering::message(&stored.tenant, "mail", &stored.order.id, &person.mail, &payload, now)
}

/// Mails those who may pass the station a request waits at. The link leads to a page that asks who they are.
pub async fn tell(app: &App, tx: &mut Tx, job: &Job) -> Result<()> {
    let payload = parse(&job.payload)?;
    let given = payload.get("given").and_then(Value::as_u64).and_then(|given| usize::try_from(given).ok());
    // Who was to be asked may have decided before anybody came to tell them.
    let waits = |stored: &Stored| stored.order.state == State::Requested && stored.approval.as_ref().map(|p| p.given.len()) == given;
    let Some(stored) = store::order::by_id(tx, &job.tenant, str_of(&payload, "order")).await?.filter(waits) else { return Ok(()) };
    let circle = Circle::read(tx, &job.tenant, &[&stored]).await?;
    let (now, root) = (app.clock.now(), app.config.public_url.clone().unwrap_or_default());
    let link = format!("{root}/approvals/{}", encoded(&stored.order.number));
    let mut messages = Vec::new();
    for person in store::person::of_tenant(tx, &job.tenant).await?.iter().filter(|person| person.active && !person.mail.is_empty()) {
        let voices = voices(tx, person, &now.date()).await?;
        if circle.is_up_to(&stored, &voices)? {
            messages.push(tell_person(&stored, person, "approve", &link, "", now));
        }
    }
    if messages.is_empty() {
        tracing::warn!(order.number = stored.order.number, tenant = job.tenant, "nobody may approve this request");
    }
    tx.write(vec![store::outbox::insert(&messages, now)]).await.map(drop)
}

/// A part of an address.
pub fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
