//! An approved order comes in: matched with the basket it came from, tested against budgets, booked with what is owed to the supplier,
//! and kept as received with its answer, all in one commit; then answered. A repeat gets the first answer (P2).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::bookkeeping::{Answer, Booking, Decided, Done, Key, Plan, Seen, Written};
use super::signing::Caller;
use super::{approving, commanding, connecting, granting, proving};
use crate::app::App;
use crate::clock;
use crate::domain::approval::Progress;
use crate::domain::books::command::{Charge, Command, Names, NewLine, Override, Place, Split};
use crate::domain::books::entry::{self, Code as Because};
use crate::domain::books::position::{Mode, SplitKind, Terms};
use crate::domain::books::{Books, Status};
use crate::domain::coding::{Coding, Kind};
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::money::{Currency, Price};
use crate::domain::order::{self, Line, Order, State};
use crate::domain::quantity;
use crate::domain::rights::Asker;
use crate::domain::time::Timestamp;
use crate::error::{Error, Refusal, Result};
use crate::store::booked::Holding;
use crate::store::inbox::Received;
use crate::store::json::{read_coding, str_of};
use crate::store::order::Stored;
use crate::store::organisation::Organisation;
use crate::store::outbox::Message;
use crate::store::transfer::Transfer;
use crate::store::{self};

/// The most lines an order may have.
const LINES_MAX: usize = 1000;

/// The body of `POST /api/v1/orders`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    /// The buyer's order number, unique per buyer.
    number: String,
    /// The connection whose catalogue the articles come from; not needed where every line names its quote.
    #[serde(default)]
    connection: Option<String>,
    #[serde(default)]
    ordered_by: String,
    /// The period whose money it takes; else that of the wished date, else the open one of today.
    #[serde(default)]
    period: Option<String>,
    /// Why it may pass a ceiling, from somebody who may let it.
    #[serde(default)]
    override_reason: Option<String>,
    lines: Vec<BodyLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyLine {
    #[serde(default)]
    line: Option<u32>,
    /// `EXT_QUOTE_ID` and `EXT_QUOTE_ITEM` of the basket.
    #[serde(default)]
    quote: Option<String>,
    #[serde(default)]
    quote_line: Option<u32>,
    #[serde(default)]
    article: String,
    quantity: Value,
    #[serde(default)]
    price: Option<Value>,
    #[serde(default)]
    price_quantity: Option<u32>,
    #[serde(default)]
    coding: serde_json::Map<String, Value>,
    /// Several budgets, in percentages, weights or amounts; else the budget code of the coding takes it all.
    #[serde(default)]
    split: Vec<BodyShare>,
    #[serde(default)]
    charges: Vec<BodyCharge>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyShare {
    budget: String,
    #[serde(default)]
    percent: Option<Value>,
    #[serde(default)]
    weight: Option<Value>,
    /// In minor units.
    #[serde(default)]
    amount: Option<i64>,
}

/// What comes on top of a line: processing, labels, freight.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyCharge {
    id: String,
    price: Value,
    #[serde(default)]
    vat: Option<Value>,
    split: Vec<BodyShare>,
    /// Follows the quantity of its line; else it is charged once.
    #[serde(default)]
    per_unit: bool,
}

/// An answer to an order: its status and JSON.
#[derive(Debug)]
pub struct Placed {
    pub status: u16,
    pub body: Value,
}

/// What was read of an order, ready to be booked.
struct Asked {
    order: Order,
    lines: Vec<NewLine>,
    period: Option<String>,
    wished: String,
    supplier: Option<Organisation>,
    asker: Asker,
    /// Waits for approval, whatever the ceilings say.
    as_request: bool,
    override_reason: Option<String>,
    /// Sign-in name of who asks, and for how long a request of theirs waits.
    asked_by: String,
    request_days: u64,
}

/// What is asked for with an order's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Order,
    /// That somebody approves it first.
    Request,
}

/// Takes an order, or a request for one. `key` is the caller's idempotency key; without one the order's number and content identify it.
pub async fn place(app: &App, caller: &Caller, document: &[u8], key: Option<&str>, wish: Wish) -> Result<Placed> {
    let tenant = caller.person.tenant.as_str();
    let now = app.clock.now();
    let received = Received {
        id: clock::new_id(now),
        channel: if wish == Wish::Request { "api/requests" } else { "api/orders" },
        hash: proving::hex(&<sha2::Sha256 as sha2::Digest>::digest(document)),
        media_type: "application/json",
        document: document.to_vec(),
        at: now,
        status: 0,
        answer: String::new(),
    };
    let asked = match read_body(app, caller, document, wish, now).await {
        Ok(asked) => asked,
        Err(error) => {
            note(app, tenant, Received { answer: error.to_string(), ..received }).await;
            return Err(error);
        }
    };
    let number = asked.order.number.clone();
    let done = app.bookkeepers.book(tenant, booking(caller, asked, received, key)).await?;
    let placed = match done {
        Done::Decided { answer, .. } => placed(&answer)?,
        Done::Repeated { key: 0, answer } if key.is_some() => placed(&answer)?,
        // The number is known, with the same content.
        Done::Repeated { answer, .. } => Placed { status: 200, ..placed(&answer)? },
        Done::OtherContent { key: 0 } if key.is_some() => {
            return Err(Finding::error(Code::Unusable, "Idempotency-Key").value(key.unwrap_or_default()).into());
        }
        Done::OtherContent { .. } => return Err(Error::Refused(Refusal::Exists { what: "order".into(), number })),
    };
    metrics::counter!("hookline_orders_total", "outcome" => if placed.status < 300 { "placed" } else { "refused" }).increment(1);
    tracing::info!(order.number = number, status = placed.status, "order answered");
    Ok(placed)
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

fn placed(answer: &Answer) -> Result<Placed> {
    Ok(Placed { status: u16::try_from(answer.status).unwrap_or(500), body: store::json::parse(&answer.body)? })
}

async fn read_body(app: &App, caller: &Caller, document: &[u8], wish: Wish, now: Timestamp) -> Result<Asked> {
    let tenant = caller.person.tenant.as_str();
    let body: Body = serde_json::from_slice(document).map_err(|e| Error::from(Finding::error(Code::Unusable, "body").value(e)))?;
    let order = read(app, tenant, &body, now).await?;
    let mut tx = app.store.read().await?;
    let mut findings = Findings::default();
    let mut lines = Vec::with_capacity(order.lines.len());
    for (line, asked) in order.lines.iter().zip(&body.lines) {
        lines.push(new_line(line, asked, &mut findings));
    }
    if findings.has_error() {
        return Err(findings.into());
    }
    let wished = order.lines.iter().map(|line| line.coding.get(Kind::WishDate)).find(|day| !day.is_empty()).unwrap_or_default().to_string();
    let supplier = store::organisation::by_id(&mut tx, &order.supplier).await?;
    let asker = granting::asker(&mut tx, caller).await?;
    commanding::passing(body.override_reason.as_deref())?;
    let request_days = approving::request_days(&mut tx, tenant).await?;
    Ok(Asked {
        order,
        lines,
        period: body.period,
        wished,
        supplier,
        asker,
        as_request: wish == Wish::Request,
        override_reason: body.override_reason,
        asked_by: caller.person.sign_in.clone(),
        request_days,
    })
}

/// A line as the books know it.
fn new_line(line: &Line, asked: &BodyLine, findings: &mut Findings) -> NewLine {
    let code = line.coding.get(Kind::BudgetCode);
    let split = match (asked.split.is_empty(), code.is_empty()) {
        (true, true) => Split { kind: SplitKind::None, rows: Vec::new() },
        (true, false) => Split { kind: SplitKind::Percentages, rows: vec![(code.into(), Decimal::ONE_HUNDRED)] },
        (false, _) => read_split(&asked.split, line.line, findings),
    };
    let terms = |price: Price, tax_percent: Decimal| Terms {
        unit_price: price.amount,
        price_unit: Decimal::from(price.per),
        discount_percent: Decimal::ZERO,
        tax_percent,
    };
    let mut charges = Vec::new();
    for charge in &asked.charges {
        let price = decimal_of(&charge.price);
        let vat = charge.vat.as_ref().map_or(Some(line.vat), decimal_of);
        let (Some(amount), Some(vat)) = (price, vat) else {
            findings.push(Finding::error(Code::Unusable, "charges").line(line.line).value(&charge.id));
            continue;
        };
        let price = Price { amount, per: 1, currency: line.price.currency };
        let split = read_split(&charge.split, line.line, findings);
        charges.push(Charge { id: charge.id.as_str().into(), terms: terms(price, vat), split, per_unit: charge.per_unit });
    }
    NewLine {
        number: line.line.to_string().into(),
        quantity: line.quantity,
        terms: terms(line.price, line.vat),
        mode: Mode::Quantity,
        split,
        charges,
    }
}

fn decimal_of(value: &Value) -> Option<Decimal> {
    text_of(value).parse().ok()
}

/// Shares of one kind; more than one kind, or a share without any, is a finding.
pub fn read_split(shares: &[BodyShare], line: u32, findings: &mut Findings) -> Split {
    let kind = match shares.first() {
        Some(BodyShare { weight: Some(_), .. }) => SplitKind::Weights,
        Some(BodyShare { amount: Some(_), .. }) => SplitKind::Amounts,
        _ => SplitKind::Percentages,
    };
    let share = |share: &BodyShare| {
        let number = match kind {
            SplitKind::Weights if share.percent.is_none() && share.amount.is_none() => share.weight.as_ref().and_then(decimal_of),
            SplitKind::Amounts if share.percent.is_none() && share.weight.is_none() => share.amount.map(Decimal::from),
            SplitKind::Percentages if share.weight.is_none() && share.amount.is_none() => {
                share.percent.as_ref().map_or_else(|| (shares.len() == 1).then_some(Decimal::ONE_HUNDRED), decimal_of)
            }
            _ => None,
        };
        number.map(|number| (Arc::from(share.budget.as_str()), number))
    };
    let rows: Option<Vec<_>> = shares.iter().map(share).collect();
    if rows.is_none() {
        findings.push(Finding::error(Code::Unusable, "split").line(line).limit("percent, weight or amount"));
    }
    Split { kind, rows: rows.unwrap_or_default() }
}

/// What the bookkeeper is given: test against the budgets, and write the order with what is owed to the supplier, or only the refusal.
fn booking(caller: &Caller, asked: Asked, received: Received, key: Option<&str>) -> Booking {
    let number: Arc<str> = asked.order.number.as_str().into();
    let keys = key.map(|key| Key { id: format!("order/{key}"), keeps_refusals: true });
    let by_number = Key { id: format!("order-number/{number}"), keeps_refusals: false };
    let tenant = caller.person.tenant.clone();
    Booking {
        actor: caller.person.sign_in.clone(),
        asker: asked.asker.clone(),
        keys: keys.into_iter().chain([by_number]).collect(),
        fingerprint: received.hash.clone(),
        names: Names { orders: vec![number], ..Names::default() },
        order: None,
        series: None,
        preview: false,
        received: Some(received),
        plan: Box::new(move |seen| plan(&tenant, &asked, seen)),
    }
}

fn plan(tenant: &str, asked: &Asked, seen: &Seen<'_>) -> Result<Plan> {
    check_budgets_known(seen.books, &asked.lines)?;
    let order = &asked.order;
    let budgets: Vec<&str> = asked.lines.iter().flat_map(|line| &line.split.rows).map(|(budget, _)| &**budget).collect();
    let today = seen.now.date();
    let period = seen.books.period_for(asked.period.as_deref(), &asked.wished, &today, &budgets).unwrap_or_default();
    let waits_for = seen.books.periods.get(&period).filter(|period| period.status == Status::Planned).map(|period| period.id.to_string());
    let passing = if asked.override_reason.is_some() { Override::Yes } else { Override::No };
    let (number, lines) = (order.number.as_str().into(), asked.lines.clone());
    let command = Command::Place(Place { order: number, period, lines, as_request: asked.as_request, passing });
    let mut body = commanding::overridden(seen.books, &command, asked.override_reason.as_deref());
    body["number"] = json!(order.number);
    body["net"] = json!(order.net.minor);
    body["lines"] = json!(order.lines.len());
    let until = seen.now.plus(Duration::from_secs(86_400 * asked.request_days)).to_string();
    let progress = Progress { asked_by: asked.asked_by.clone(), asked_at: seen.now.to_string(), until, given: Vec::new() };
    let as_request = asked.as_request;
    let (order, supplier, tenant, now) = (order.clone(), asked.supplier.clone(), tenant.to_string(), seen.now);
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
            let mut stored = Stored { tenant: tenant.clone(), order: order.clone(), placed_at: now, version: 1, approval: None, waits_for: None };
            let warnings: Vec<String> = entry.over.iter().map(|over| format!("budget {} short by {}", over.at, over.short)).collect();
            let (mut messages, mut jobs) = (Vec::new(), Vec::new());
            if waits {
                stored.order.state = State::Requested;
                stored.approval = Some(progress.clone());
                jobs.push(approving::telling(&stored.order.id, 0, now));
            } else if waits_for.is_some() {
                // Chapter 11: sent to the supplier when the period opens.
                stored.waits_for.clone_from(&waits_for);
            } else {
                messages = announcements(&stored, supplier.as_ref(), now)?;
            }
            let answer = Answer { status: if waits { 202 } else { 201 }, body: order_json(&stored.order, &warnings).to_string() };
            Ok(Written { order: Some(stored), messages, jobs, answer, ..Written::default() })
        }),
    };
    Ok(if as_request { Plan { kind: "order requested", ..plan } } else { plan })
}

fn check_budgets_known(books: &Books, lines: &[NewLine]) -> Result<()> {
    let mut findings = Findings::default();
    for line in lines {
        let of_charges = line.charges.iter().flat_map(|charge| &charge.split.rows);
        for (code, _) in line.split.rows.iter().chain(of_charges).filter(|(code, _)| !books.budgets.contains_key(code)) {
            findings.push(Finding::error(Code::BudgetUnknown, "budget_code").line(line.number.parse().unwrap_or(0)).value(code));
        }
    }
    if findings.has_error() { Err(findings.into()) } else { Ok(()) }
}

/// What is owed to the supplier of an order that is placed: a mail and a webhook, as the supplier wants them.
pub fn announcements(stored: &Stored, supplier: Option<&Organisation>, now: Timestamp) -> Result<Vec<Message>> {
    tell_supplier(stored, supplier, "order", now)
}

/// The same about an order it knows already: `order-changed`.
pub fn tell_supplier(stored: &Stored, supplier: Option<&Organisation>, template: &str, now: Timestamp) -> Result<Vec<Message>> {
    let Some(supplier) = supplier else { return Ok(Vec::new()) };
    let settings = store::json::parse(&supplier.settings)?;
    let order = order_json(&stored.order, &[]);
    let mut messages = Vec::new();
    for (kind, recipient) in [("mail", str_of(&settings, "mail")), ("webhook", str_of(&settings, "webhook"))] {
        if recipient.is_empty() {
            continue;
        }
        let payload = match kind {
            "mail" => json!({"template": template, "language": supplier.language.as_str(), "order": order}),
            _ => json!({"type": if template == "order" { "order.placed" } else { "order.changed" }, "timestamp": now.to_string(), "data": order}),
        };
        messages.push(message(&stored.tenant, kind, &stored.order.id, recipient, &payload, now));
    }
    Ok(messages)
}

/// Turns the body into an order: each line from its quote, else from the catalogue by article.
/// Holds no way to the database while it waits for a catalogue that another request reads.
async fn read(app: &App, tenant: &str, body: &Body, now: Timestamp) -> Result<Order> {
    let quotes = quotes(app, tenant, body).await?;
    let mut findings = Findings::default();
    if body.number.trim().is_empty() || body.number.chars().count() > 100 || body.number.chars().any(char::is_control) {
        findings.push(Finding::error(Code::Unusable, "number").value(&body.number).limit("1 – 100"));
    }
    if body.lines.is_empty() || body.lines.len() > LINES_MAX {
        findings.push(Finding::error(Code::TooMany, "lines").limit(LINES_MAX));
    }
    let mut lines: Vec<Line> = Vec::new();
    let mut quote = None;
    let mut supplier = String::new();
    let mut connection = body.connection.clone();
    for (position, asked) in (1u32..).zip(body.lines.iter().take(LINES_MAX)) {
        let number = asked.line.unwrap_or(position);
        if lines.iter().any(|line| line.line == number) {
            findings.push(Finding::error(Code::Unusable, "line").line(number));
            continue;
        }
        let known = match &asked.quote {
            Some(text) => {
                let found = quotes.get(text).and_then(|transfer| from_quote(transfer, asked, number));
                if found.is_some() {
                    quote = Some(text.clone());
                } else {
                    findings.push(Finding::error(Code::QuoteUnknown, "quote").line(number).value(text));
                }
                found
            }
            None => None,
        };
        let (mut line, of_connection) = match known {
            Some(found) => found,
            None => match from_catalogue(app, tenant, connection.as_deref(), asked, number).await? {
                Some(found) => found,
                None => {
                    findings.push(Finding::error(Code::ArticleUnknown, "article").line(number).value(&asked.article));
                    continue;
                }
            },
        };
        connection.get_or_insert(of_connection);
        fill(&mut line, asked, &mut findings);
        lines.push(line);
    }
    if let Some(name) = &connection {
        let live = connecting::connection(app, name).await?;
        if live.connection.tenant != tenant {
            return Err(Error::not_found("connection", name));
        }
        supplier.clone_from(&connecting::catalogue(app, &live.connection.catalogue).await?.supplier);
    }
    let net = order::total(&lines);
    if net.is_none() && !findings.has_error() {
        findings.push(Finding::error(Code::NumberTooLarge, "net").limit(quantity::INTEGER_DIGITS_MAX));
    }
    match net {
        Some(net) if !findings.has_error() => Ok(Order {
            id: clock::new_id(now),
            number: body.number.trim().to_string(),
            connection,
            supplier,
            quote,
            state: State::Placed,
            net,
            ordered_by: body.ordered_by.chars().take(200).collect(),
            lines,
        }),
        _ => Err(findings.into()),
    }
}

/// The hand-backs that an order names.
async fn quotes(app: &App, tenant: &str, body: &Body) -> Result<BTreeMap<String, Transfer>> {
    let named: BTreeSet<&String> = body.lines.iter().take(LINES_MAX).filter_map(|line| line.quote.as_ref()).collect();
    let mut quotes = BTreeMap::new();
    if named.is_empty() {
        return Ok(quotes);
    }
    let mut tx = app.store.read().await?;
    for quote in named {
        if let Some(transfer) = store::transfer::by_quote(&mut tx, tenant, quote).await?.filter(|transfer| !transfer.test) {
            quotes.insert(quote.clone(), transfer);
        }
    }
    Ok(quotes)
}

/// The line of the basket that was handed back under this quote, and its connection.
fn from_quote(transfer: &Transfer, asked: &BodyLine, number: u32) -> Option<(Line, String)> {
    let mut each = transfer.lines.as_array().into_iter().flatten();
    let matches = |line: &&Value| match asked.quote_line {
        Some(wanted) => line.get("line").and_then(Value::as_u64) == Some(u64::from(wanted)),
        None => str_of(line, "article") == asked.article,
    };
    each.find(matches).and_then(|line| quoted_line(line, number)).map(|line| (line, transfer.connection.clone()))
}

fn quoted_line(value: &Value, number: u32) -> Option<Line> {
    let currency = Currency::parse(str_of(value, "currency"))?;
    let per = value.get("price_quantity").and_then(Value::as_u64).and_then(|per| u32::try_from(per).ok())?;
    let price = Price { amount: str_of(value, "price").parse().ok()?, per, currency };
    let quantity: Decimal = str_of(value, "quantity").parse().ok()?;
    Some(Line {
        line: number,
        article: str_of(value, "article").to_string(),
        description: str_of(value, "description").to_string(),
        text: str_of(value, "long_text").to_string(),
        quantity,
        unit: str_of(value, "unit").to_string(),
        price,
        net: price.total(quantity)?,
        vat: str_of(value, "vat").parse().ok()?,
        coding: value.get("coding").map(read_coding).unwrap_or_default(),
        quote_line: value.get("line").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()),
        shipped: Decimal::ZERO,
        refused: Decimal::ZERO,
        invoiced: Decimal::ZERO,
    })
}

async fn from_catalogue(app: &App, tenant: &str, connection: Option<&str>, asked: &BodyLine, number: u32) -> Result<Option<(Line, String)>> {
    let Some(name) = connection else { return Ok(None) };
    let live = connecting::connection(app, name).await?;
    if live.connection.tenant != tenant {
        return Err(Error::not_found("connection", name));
    }
    let catalogue = connecting::catalogue(app, &live.connection.catalogue).await?;
    let Some(article) = catalogue.get(&asked.article) else { return Ok(None) };
    let language = live.connection.language;
    let Some(net) = article.price.total(Decimal::ONE) else { return Ok(None) };
    let line = Line {
        line: number,
        article: article.number.clone(),
        description: article.description(language).to_string(),
        text: String::new(),
        quantity: Decimal::ONE,
        unit: article.unit.clone(),
        price: article.price,
        net,
        vat: article.vat,
        coding: Coding::default(),
        quote_line: None,
        shipped: Decimal::ZERO,
        refused: Decimal::ZERO,
        invoiced: Decimal::ZERO,
    };
    Ok(Some((line, name.to_string())))
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

/// What the order itself says: quantity, price, coding. A price that differs from the basket's is a finding, not a surprise on the invoice.
fn fill(line: &mut Line, asked: &BodyLine, findings: &mut Findings) {
    match quantity::read(&text_of(&asked.quantity)) {
        Ok(quantity) => line.quantity = quantity,
        Err(finding) => findings.push(finding.line(line.line)),
    }
    if let Some(price) = &asked.price {
        let text = text_of(price);
        let per = asked.price_quantity.unwrap_or(1).max(1);
        let same = text
            .parse::<Decimal>()
            .ok()
            .is_some_and(|amount| amount.checked_mul(Decimal::from(line.price.per)) == line.price.amount.checked_mul(Decimal::from(per)));
        if !same {
            let expected = format!("{} / {}", line.price.amount.normalize(), line.price.per);
            findings.push(Finding::error(Code::DiffersFromBasket, "price").line(line.line).value(format!("{text} / {per}")).limit(expected));
        }
    }
    for (name, value) in &asked.coding {
        match Kind::parse(name) {
            Some(kind) if text_of(value).chars().count() <= kind.chars_max() => line.coding.set(kind, &text_of(value)),
            _ => findings.push(Finding::error(Code::Unusable, name).line(line.line).value(text_of(value))),
        }
    }
    match line.price.total(line.quantity) {
        Some(net) => line.net = net,
        None => findings.push(Finding::error(Code::NumberTooLarge, "net").line(line.line).limit(quantity::INTEGER_DIGITS_MAX)),
    }
}

/// A message owed to somebody, in the lane of its order.
pub fn message(tenant: &str, kind: &str, lane: &str, recipient: &str, payload: &Value, now: Timestamp) -> Message {
    Message {
        tenant: tenant.to_string(),
        id: clock::new_id(now),
        kind: kind.to_string(),
        lane: lane.to_string(),
        recipient: recipient.to_string(),
        payload: payload.to_string(),
        attempts: 0,
        fence: 0,
    }
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

/// An order as the API shows it.
pub fn order_json(order: &Order, warnings: &[String]) -> Value {
    let lines: Vec<Value> = order
        .lines
        .iter()
        .map(|l| {
            json!({
                "line": l.line,
                "article": l.article,
                "description": l.description,
                "text": l.text,
                "quantity": l.quantity.to_string(),
                "unit": l.unit,
                "price": l.price.amount.to_string(),
                "price_quantity": l.price.per,
                "net": l.net.decimal().to_string(),
                "vat": l.vat.to_string(),
                "coding": store::json::coding(&l.coding),
                "quote_line": l.quote_line,
                "shipped": l.shipped.to_string(),
                "refused": l.refused.to_string(),
                "invoiced": l.invoiced.to_string(),
            })
        })
        .collect();
    json!({
        "id": order.id,
        "number": order.number,
        "state": order.state.as_str(),
        "connection": order.connection,
        "supplier": order.supplier,
        "quote": order.quote,
        "currency": order.net.currency.as_str(),
        "net": order.net.decimal().to_string(),
        "ordered_by": order.ordered_by,
        "lines": lines,
        "warnings": warnings,
    })
}
