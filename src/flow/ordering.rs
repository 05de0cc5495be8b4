//! An approved order comes in: kept as received, matched with the basket it came from, tested against budgets, booked with what is
//! owed to the supplier, all in one commit; then answered. A repeat gets the first answer (P2).

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::signing::Caller;
use super::{booking, connecting, proving};
use crate::app::App;
use crate::clock;
use crate::domain::coding::{Coding, Kind};
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::money::{Currency, Price};
use crate::domain::order::{self, Line, Order, State};
use crate::domain::quantity;
use crate::domain::time::Timestamp;
use crate::error::{Error, Refusal, Result};
use crate::store::command::Answered;
use crate::store::inbox::Received;
use crate::store::journal::{Entry, Move};
use crate::store::json::{read_coding, str_of};
use crate::store::outbox::Message;
use crate::store::{self, Tx};

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
}

/// An answer to an order: its status and JSON.
#[derive(Debug)]
pub struct Placed {
    pub status: u16,
    pub body: Value,
}

/// Takes an order. `key` is the caller's idempotency key; without one the order's number and content identify it.
pub async fn place(app: &App, caller: &Caller, document: &[u8], key: Option<&str>) -> Result<Placed> {
    let tenant = caller.person.tenant.as_str();
    let fingerprint = proving::hex(&<sha2::Sha256 as sha2::Digest>::digest(document));
    let now = app.clock.now();
    let id = clock::new_id(now);
    let mut tx = app.store.begin().await?;
    let received = Received { id: &id, channel: "api/orders", hash: &fingerprint, media_type: "application/json", document };
    store::inbox::insert(&mut tx, tenant, &received, now).await?;
    tx.commit().await?;

    let outcome = decide(app, caller, &received, key, now).await;
    if let Err(error) = &outcome {
        // Nothing was booked; that its reason could not be noted does not change the answer.
        if let Err(fault) = note(app, tenant, &id, &error.to_string()).await {
            tracing::warn!(%fault, "the reason of a refused order could not be noted");
        }
    }
    outcome
}

async fn note(app: &App, tenant: &str, id: &str, answer: &str) -> Result<()> {
    let mut tx = app.store.begin().await?;
    store::inbox::answered(&mut tx, tenant, id, 0, answer).await?;
    tx.commit().await
}

/// Commits what was decided together with the answer to the document: none stands without the other.
async fn commit(mut tx: Tx, tenant: &str, received: &Received<'_>, placed: Placed) -> Result<Placed> {
    store::inbox::answered(&mut tx, tenant, received.id, i64::from(placed.status), &placed.body.to_string()).await?;
    tx.commit().await?;
    Ok(placed)
}

async fn decide(app: &App, caller: &Caller, received: &Received<'_>, key: Option<&str>, now: Timestamp) -> Result<Placed> {
    let tenant = caller.person.tenant.as_str();
    let fingerprint = received.hash;
    let body: Body = serde_json::from_slice(received.document).map_err(|e| Error::from(Finding::error(Code::Unusable, "body").value(e)))?;
    let command = key.map(|key| format!("order/{key}"));
    let mut tx = app.store.begin().await?;
    let head = store::journal::lock_head(&mut tx, tenant).await?;
    if let Some(command) = &command
        && let Some(known) = store::command::by_id(&mut tx, tenant, command).await?
    {
        if known.fingerprint != fingerprint {
            return Err(Finding::error(Code::Unusable, "Idempotency-Key").value(key.unwrap_or_default()).into());
        }
        return commit(tx, tenant, received, repeat(&known)?).await;
    }
    if let Some(known) = store::order::by_number(&mut tx, tenant, &body.number).await? {
        let placed = again(&mut tx, tenant, &known, fingerprint).await?;
        return commit(tx, tenant, received, placed).await;
    }
    let order = read(app, &mut tx, tenant, &body, now).await?;
    let answered = match check_budgets(&mut tx, tenant, &order).await? {
        Ok(warnings) => {
            let number = format!("order-number/{}", order.number);
            write(&mut tx, tenant, caller, &head, &order, &warnings, now).await?;
            let answered = Answered { fingerprint: fingerprint.to_string(), status: 201, answer: order_json(&order, &warnings).to_string() };
            store::command::insert(&mut tx, tenant, &number, &answered, now).await?;
            answered
        }
        Err(refusal) => Answered { fingerprint: fingerprint.to_string(), status: 409, answer: refusal_json(&order.number, &refusal).to_string() },
    };
    if let Some(command) = &command {
        store::command::insert(&mut tx, tenant, command, &answered, now).await?;
    }
    let placed = commit(tx, tenant, received, repeat(&answered)?).await?;
    metrics::counter!("hookline_orders_total", "outcome" => if placed.status == 201 { "placed" } else { "refused" }).increment(1);
    tracing::info!(order.number = order.number, status = placed.status, "order answered");
    Ok(placed)
}

fn repeat(answered: &Answered) -> Result<Placed> {
    let body = store::json::parse(&answered.answer)?;
    Ok(Placed { status: u16::try_from(answered.status).unwrap_or(500), body })
}

/// The number is known: the same content is a repeat, other content a conflict.
async fn again(tx: &mut Tx, tenant: &str, known: &store::order::Stored, fingerprint: &str) -> Result<Placed> {
    let number = format!("order-number/{}", known.order.number);
    match store::command::by_id(tx, tenant, &number).await? {
        Some(answered) if answered.fingerprint == fingerprint => Ok(Placed { status: 200, ..repeat(&answered)? }),
        _ => Err(Error::Refused(Refusal::Exists { what: "order".into(), number: known.order.number.clone() })),
    }
}

/// Turns the body into an order: each line from its quote, else from the catalogue by article.
async fn read(app: &App, tx: &mut Tx, tenant: &str, body: &Body, now: Timestamp) -> Result<Order> {
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
                let found = from_quote(tx, tenant, text, asked, number).await?;
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
            None => match from_catalogue(app, tx, tenant, connection.as_deref(), asked, number).await? {
                Some(found) => found,
                None => {
                    findings.push(Finding::error(Code::ArticleUnknown, "article").line(number).value(&asked.article));
                    continue;
                }
            },
        };
        connection.get_or_insert(of_connection);
        fill(&mut line, asked, &mut findings);
        check_budget_known(tx, tenant, &line, &mut findings).await?;
        lines.push(line);
    }
    if let Some(name) = &connection {
        let live = connecting::connection_within(app, tx, name).await?;
        if live.connection.tenant != tenant {
            return Err(Error::not_found("connection", name));
        }
        supplier.clone_from(&connecting::catalogue_within(app, tx, &live.connection.catalogue).await?.supplier);
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

/// The line of the basket that was handed back under this quote, and its connection.
async fn from_quote(tx: &mut Tx, tenant: &str, quote: &str, asked: &BodyLine, number: u32) -> Result<Option<(Line, String)>> {
    let Some(transfer) = store::transfer::by_quote(tx, tenant, quote).await?.filter(|transfer| !transfer.test) else { return Ok(None) };
    let each = transfer.lines.as_array().into_iter().flatten();
    let matches = |line: &&Value| match asked.quote_line {
        Some(wanted) => line.get("line").and_then(Value::as_u64) == Some(u64::from(wanted)),
        None => str_of(line, "article") == asked.article,
    };
    Ok(each.clone().find(matches).and_then(|line| quoted_line(line, number)).map(|line| (line, transfer.connection.clone())))
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
        budget: None,
        held: 0,
    })
}

async fn from_catalogue(
    app: &App,
    tx: &mut Tx,
    tenant: &str,
    connection: Option<&str>,
    asked: &BodyLine,
    number: u32,
) -> Result<Option<(Line, String)>> {
    let Some(name) = connection else { return Ok(None) };
    let live = connecting::connection_within(app, tx, name).await?;
    if live.connection.tenant != tenant {
        return Err(Error::not_found("connection", name));
    }
    let catalogue = connecting::catalogue_within(app, tx, &live.connection.catalogue).await?;
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
        budget: None,
        held: 0,
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
    let code = line.coding.get(Kind::BudgetCode);
    line.budget = (!code.is_empty()).then(|| code.to_string());
    line.held = if line.budget.is_some() { line.net.minor } else { 0 };
}

async fn check_budget_known(tx: &mut Tx, tenant: &str, line: &Line, findings: &mut Findings) -> Result<()> {
    if let Some(code) = &line.budget
        && store::budget::by_code(tx, tenant, code).await?.is_none()
    {
        findings.push(Finding::error(Code::BudgetUnknown, "budget_code").line(line.line).value(code));
    }
    Ok(())
}

/// Whether every budget has room; an advisory one only warns (design, section 6).
async fn check_budgets(tx: &mut Tx, tenant: &str, order: &Order) -> Result<std::result::Result<Vec<String>, Refusal>> {
    let mut warnings = Vec::new();
    for (code, amount) in order::holds(&order.lines) {
        let budget = store::budget::by_code(tx, tenant, &code).await?.ok_or_else(|| Error::not_found("budget", &code))?;
        let available = budget.available();
        if amount > available {
            let short = amount - available;
            if budget.mode == "authoritative" {
                return Ok(Err(Refusal::Budget { code, short, available }));
            }
            warnings.push(format!("budget {code} short by {short}"));
        }
    }
    Ok(Ok(warnings))
}

async fn write(
    tx: &mut Tx,
    tenant: &str,
    caller: &Caller,
    head: &store::journal::Head,
    order: &Order,
    warnings: &[String],
    now: Timestamp,
) -> Result<()> {
    let moves = order::holds(&order.lines).into_iter().map(|(budget, amount)| Move { budget, from: "available", to: "committed", amount });
    let entry = Entry {
        at: now,
        actor: caller.person.sign_in.clone(),
        kind: "order placed",
        subject: format!("order/{}", order.number),
        cause: order.quote.clone().unwrap_or_default(),
        body: json!({"number": order.number, "net": order.net.minor, "lines": order.lines.len(), "warnings": warnings}),
        moves: moves.collect(),
    };
    booking::book(tx, tenant, head, &entry).await?;
    store::order::insert(tx, tenant, order, now).await?;
    let supplier = store::organisation::by_id(tx, &order.supplier).await?;
    let settings = supplier.as_ref().map(|s| store::json::parse(&s.settings)).transpose()?.unwrap_or_default();
    for (kind, recipient) in [("mail", str_of(&settings, "mail")), ("webhook", str_of(&settings, "webhook"))] {
        if !recipient.is_empty() {
            let payload = match kind {
                "mail" => {
                    json!({"template": "order", "language": supplier.as_ref().map_or("en", |s| s.language.as_str()), "order": order_json(order, &[])})
                }
                _ => json!({"type": "order.placed", "timestamp": now.to_string(), "data": order_json(order, &[])}),
            };
            store::outbox::insert(tx, &message(tenant, kind, &order.id, recipient, &payload, now), now).await?;
        }
    }
    Ok(())
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

fn refusal_json(number: &str, refusal: &Refusal) -> Value {
    match refusal {
        Refusal::Budget { code, short, available } => json!({
            "type": "/problems/409", "title": "budget refused", "status": 409, "number": number,
            "detail": format!("budget {code} has {available} left and is short by {short} (minor units)"),
            "budget": {"code": code, "short": short, "available": available},
        }),
        other => json!({"type": "/problems/refused", "title": format!("{other:?}"), "status": 409, "number": number}),
    }
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
