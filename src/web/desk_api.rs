//! The supplier's desk over the JSON API: an order, answers to it, shipments, and the buyer's decision about an offer. Translates bodies to `flow`
//! calls; whether somebody may, and whether it fits, is decided there.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Extension, Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer;
use super::api::reply;
use super::commands::{asking, read, reply as replied};
use super::pages::desk::{DeskQuery, FILE_MAX, PAGE, file};
use crate::app::App;
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::fulfilment::{Said, Says, Source};
use crate::domain::quantity;
use crate::domain::time::is_date;
use crate::error::{Error, Result};
use crate::flow::fulfilling::answering::{self, REASON_MAX, Wanted};
use crate::flow::fulfilling::deciding::{self, Verdict};
use crate::flow::fulfilling::desk::{self, BULK_MAX, Picked};
use crate::flow::fulfilling::questioning;
use crate::flow::fulfilling::shipping::{self, Leaving};
use crate::flow::fulfilling::{self, Target, withdrawing};
use crate::flow::invoicing;
use crate::flow::signing::Caller;
use crate::store::desk::Listed;
use crate::store::shipment::WORD_MAX;
use crate::text::Texts;

type Shared = State<Arc<App>>;
type Who = Extension<Caller>;
type Address = Path<(String, String)>;

/// What is said of a line, or of so many pieces of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineAnswer {
    line: u32,
    says: String,
    #[serde(default)]
    quantity: Option<Value>,
    #[serde(default)]
    date: Option<String>,
    #[serde(default)]
    price: Option<Value>,
    #[serde(default)]
    article: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    #[serde(default)]
    version: Option<i64>,
    lines: Vec<LineAnswer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShippedLine {
    line: u32,
    #[serde(default)]
    quantity: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShipmentIn {
    #[serde(default)]
    version: Option<i64>,
    #[serde(default)]
    lines: Vec<ShippedLine>,
    #[serde(default)]
    reference: String,
    #[serde(default)]
    carrier: String,
    #[serde(default)]
    tracking: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfferDecision {
    decision: String,
    #[serde(default)]
    version: Option<i64>,
    #[serde(default)]
    preview: bool,
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

fn pieces(line: u32, quantity: Option<&Value>) -> std::result::Result<Option<Decimal>, Finding> {
    quantity.map(|value| quantity::read(&text_of(value)).map_err(|finding| finding.line(line))).transpose()
}

fn short(line: u32, name: &str, text: Option<&String>, most: usize) -> std::result::Result<Option<String>, Finding> {
    match text.map(|text| text.trim()).filter(|text| !text.is_empty()) {
        Some(text) if text.chars().count() > most || text.chars().any(|c| c.is_control() && c != '\n') => {
            Err(Finding::error(Code::ValueTooLong, name).line(line).limit(most))
        }
        text => Ok(text.map(str::to_string)),
    }
}

fn wanted(one: &LineAnswer) -> std::result::Result<Wanted, Finding> {
    let line = one.line;
    let unusable = |name: &str, value: &str| Finding::error(Code::Unusable, name).line(line).value(value);
    let says = Says::parse(&one.says).ok_or_else(|| unusable("says", &one.says))?;
    let quantity = pieces(line, one.quantity.as_ref())?;
    if let Some(date) = one.date.as_ref().filter(|date| !is_date(date)) {
        return Err(Finding::error(Code::DateInvalid, "date").line(line).value(date));
    }
    let price = one.price.as_ref().map(|price| answering::read_price(&text_of(price)).map_err(|finding| finding.line(line))).transpose()?;
    let said = Said {
        date: one.date.clone(),
        price,
        article: short(line, "article", one.article.as_ref(), WORD_MAX)?,
        name: short(line, "name", one.name.as_ref(), REASON_MAX)?,
        reason: short(line, "reason", one.reason.as_ref(), REASON_MAX)?,
        ..Said::of(says, Decimal::ZERO)
    };
    Ok(Wanted { line, pieces: quantity.into(), said })
}

/// Every part that can be read, or everything that cannot.
fn all<T>(parts: impl Iterator<Item = std::result::Result<T, Finding>>) -> std::result::Result<Vec<T>, Findings> {
    let (mut findings, mut all) = (Findings::default(), Vec::new());
    for part in parts {
        match part {
            Ok(part) => all.push(part),
            Err(finding) => findings.push(finding),
        }
    }
    if findings.has_error() { Err(findings) } else { Ok(all) }
}

/// The order that a request is about, by its buyer and number, under the caller's key.
struct About {
    buyer: String,
    id: String,
    key: Option<String>,
}

impl About {
    async fn of(app: &App, caller: &Caller, buyer: &str, number: &str, headers: &HeaderMap) -> Result<About> {
        let key = headers.get("idempotency-key").map(|value| value.to_str().unwrap_or_default().to_string());
        if key.as_ref().is_some_and(|key| key.is_empty() || key.len() > 200) {
            return Err(Finding::error(Code::Unusable, "Idempotency-Key").limit("1 – 200").into());
        }
        Ok(About { buyer: buyer.to_string(), id: fulfilling::id_of(app, caller, buyer, number).await?, key })
    }

    fn target(&self, version: Option<i64>) -> Target<'_> {
        Target { tenant: &self.buyer, id: &self.id, version, source: Source::Api, key: self.key.clone() }
    }
}

/// `GET /api/v1/desk/orders/{buyer}/{number}`
pub async fn order(State(app): Shared, Extension(caller): Who, Path((buyer, number)): Address) -> Response {
    let work = async {
        let id = fulfilling::id_of(&app, &caller, &buyer, &number).await?;
        fulfilling::shown(&app, &caller, &buyer, &id).await
    };
    reply(work.await, caller.person.language)
}

/// `POST /api/v1/desk/orders/{buyer}/{number}/answers`: gives the order as it is then.
pub async fn answers(State(app): Shared, Extension(caller): Who, Path((buyer, number)): Address, headers: HeaderMap, body: Bytes) -> Response {
    let work = async {
        let body: Answers = read(&body)?;
        let lines = all(body.lines.iter().map(wanted))?;
        let about = About::of(&app, &caller, &buyer, &number, &headers).await?;
        answering::answer(&app, &caller, &about.target(body.version), &lines).await?;
        fulfilling::shown(&app, &caller, &buyer, &about.id).await
    };
    reply(work.await, caller.person.language)
}

/// `POST /api/v1/desk/orders/{buyer}/{number}/shipments`: gives the order as it is then.
pub async fn shipments(State(app): Shared, Extension(caller): Who, Path((buyer, number)): Address, headers: HeaderMap, body: Bytes) -> Response {
    let work = async {
        let body: ShipmentIn = read(&body)?;
        let lines = all(body.lines.iter().map(|one| Ok((one.line, pieces(one.line, one.quantity.as_ref())?))))?;
        let leaving = Leaving { lines, reference: body.reference, carrier: body.carrier, tracking: body.tracking };
        let about = About::of(&app, &caller, &buyer, &number, &headers).await?;
        shipping::ship(&app, &caller, &about.target(body.version), &leaving).await?;
        fulfilling::shown(&app, &caller, &buyer, &about.id).await
    };
    reply(work.await, caller.person.language)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    #[serde(default)]
    version: Option<i64>,
}

/// `DELETE /api/v1/desk/orders/{buyer}/{number}/shipments/{shipment}?version=…`: gives the order as it is then.
pub async fn withdraw(
    State(app): Shared,
    Extension(caller): Who,
    Path((buyer, number, shipment)): Path<(String, String, i64)>,
    headers: HeaderMap,
    Query(query): Query<Version>,
) -> Response {
    let work = async {
        let about = About::of(&app, &caller, &buyer, &number, &headers).await?;
        withdrawing::withdraw(&app, &caller, &about.target(query.version), shipment).await?;
        fulfilling::shown(&app, &caller, &buyer, &about.id).await
    };
    reply(work.await, caller.person.language)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    words: String,
}

/// `POST /api/v1/desk/orders/{buyer}/{number}/questions`: gives the order as it is then.
pub async fn ask(State(app): Shared, Extension(caller): Who, Path((buyer, number)): Address, body: Bytes) -> Response {
    let work = async {
        let id = fulfilling::id_of(&app, &caller, &buyer, &number).await?;
        let body: Words = read(&body)?;
        questioning::ask_as_supplier(&app, &caller, &buyer, &id, &body.words).await?;
        fulfilling::shown(&app, &caller, &buyer, &id).await
    };
    reply(work.await, caller.person.language)
}

/// `POST /api/v1/orders/{number}/questions`: the buyer's side of the same; gives the order.
pub async fn ask_supplier(State(app): Shared, Extension(caller): Who, Path(number): Path<String>, body: Bytes) -> Response {
    let work = async {
        let order = invoicing::order_of_buyer(&app, &caller, &number).await?;
        let body: Words = read(&body)?;
        questioning::ask_as_buyer(&app, &caller, order["id"].as_str().unwrap_or_default(), &body.words).await?;
        invoicing::order_of_buyer(&app, &caller, &number).await
    };
    reply(work.await, caller.person.language)
}

/// `POST /api/v1/orders/{number}/offers/{line}`: the buyer takes or refuses an offer.
pub async fn decide(
    State(app): Shared,
    Extension(caller): Who,
    Path((number, line)): Path<(String, u32)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let work = async {
        let wanted: OfferDecision = read(&body)?;
        let unusable = || Error::from(Finding::error(Code::Unusable, "decision").value(&wanted.decision).limit("accept, refuse"));
        let verdict = Verdict::parse(&wanted.decision).ok_or_else(unusable)?;
        let asking = asking(&caller, &headers, &format!("orders/{number}/offers/{line}"), &body, wanted.preview);
        deciding::decide(&app, &asking, &number, line, verdict, wanted.version).await
    };
    replied(work.await, &caller).into_response()
}

/// `GET /api/v1/desk/orders`: the list of the desk, newest first; `next` is the `after` of the next page.
pub async fn orders(State(app): Shared, Extension(caller): Who, Query(query): Query<DeskQuery>) -> Response {
    let work = async {
        let limit = query.limit.unwrap_or(PAGE).clamp(1, 500);
        let listed = desk::list(&app, &caller, &query.search(), limit).await?;
        let next = listed.last().filter(|_| listed.len() == limit as usize).map(|last| last.stored.order.id.clone());
        let needs: serde_json::Map<String, Value> =
            desk::needs(&app, &caller).await?.into_iter().map(|(need, count)| (need.as_str().to_string(), json!(count))).collect();
        Ok(json!({"items": listed.iter().map(listed_json).collect::<Vec<_>>(), "next": next, "needs": needs}))
    };
    reply(work.await, caller.person.language)
}

fn listed_json(one: &Listed) -> Value {
    let (stored, order) = (&one.stored, &one.stored.order);
    let day = |day: &str| Some(day.to_string()).filter(|day| is_date(day));
    json!({
        "buyer": stored.tenant, "number": order.number, "state": order.state.as_str(), "version": stored.version,
        "placed_at": stored.placed_at.to_string(), "promised_on": day(&one.promised_on), "expected_on": day(&one.expected_on),
        "backordered": !one.expected_on.is_empty(), "to_invoice": one.to_invoice, "currency": order.net.currency.as_str(),
        "net": order.net.decimal().to_string(), "ordered_by": order.ordered_by,
    })
}

/// `GET /api/v1/desk/orders.csv`
pub async fn orders_csv(State(app): Shared, Extension(caller): Who, Query(query): Query<DeskQuery>) -> Response {
    match desk::list(&app, &caller, &query.search(), FILE_MAX).await {
        Ok(listed) => file(&listed),
        Err(error) => answer::problem(&error, caller.person.language),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PickedIn {
    buyer: String,
    number: String,
    #[serde(default)]
    version: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmations {
    orders: Vec<PickedIn>,
}

/// `POST /api/v1/desk/confirmations`: many orders, each answered by itself.
pub async fn confirmations(State(app): Shared, Extension(caller): Who, body: Bytes) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let body: Confirmations = read(&body)?;
        if body.orders.len() > BULK_MAX {
            return Err(Finding::error(Code::TooMany, "orders").limit(BULK_MAX).into());
        }
        let picked: Vec<Picked> = body.orders.into_iter().map(|one| Picked { buyer: one.buyer, number: one.number, version: one.version }).collect();
        let done = desk::confirm(&app, &caller, &picked, Source::Api).await;
        let outcome = |(one, done): (&Picked, Result<()>)| match done {
            Ok(()) => json!({"buyer": one.buyer, "number": one.number, "status": 200}),
            Err(error) => {
                let status = answer::status(&error).as_u16();
                json!({"buyer": one.buyer, "number": one.number, "status": status, "detail": answer::sentence(&error, t)})
            }
        };
        Ok(json!({"items": picked.iter().zip(done).map(outcome).collect::<Vec<_>>()}))
    };
    reply(work.await, caller.person.language)
}
