//! Commands to the books over the JSON API: money, ceilings, periods, changes of orders, decisions about requests. Translates bodies to
//! `flow` calls; whether somebody may, and whether it fits, is decided there.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answer;
use crate::app::App;
use crate::domain::approval::{Given, Station};
use crate::domain::books::ceiling::Level;
use crate::domain::finding::{Code, Finding};
use crate::error::{Error, Result};
use crate::flow::approving::{self, CeilingSeen, RequestSeen, Verdict, Waiting};
use crate::flow::changing::{self, Cancellation, Change};
use crate::flow::commanding::{Asking, Reply};
use crate::flow::funding::{self, Allocation, Limits, Move};
use crate::flow::ordering;
use crate::flow::planning;
use crate::flow::signing::Caller;
use crate::flow::turning::{self, Closing, Wanted};

/// A body of the right shape, or the field that is wrong; an empty one stands for one in which nothing is said.
pub fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T> {
    let text: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(text).map_err(|error| Finding::error(Code::Unusable, "body").value(error).into())
}

/// How a request of the API asks: under its key, told apart by what it says and where.
pub fn asking<'a>(caller: &'a Caller, headers: &'a HeaderMap, place: &str, body: &Bytes, preview: bool) -> Asking<'a> {
    let key = headers.get("idempotency-key").map(|value| value.to_str().unwrap_or_default());
    Asking { caller, key, preview, content: format!("{place} {}", String::from_utf8_lossy(body)) }
}

pub fn reply(result: Result<Reply>, caller: &Caller) -> Response {
    match result {
        Ok(reply) => (StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK), Json(reply.body)).into_response(),
        Err(error) => answer::problem(&error, caller.person.language),
    }
}

type Shared = State<Arc<App>>;
type Who = Extension<Caller>;

/// `POST /api/v1/budgets/allocations`
pub async fn allocate(State(app): Shared, Extension(caller): Who, headers: HeaderMap, body: Bytes) -> Response {
    let work = async {
        let wanted: Allocation = read(&body)?;
        funding::allocate(&app, &asking(&caller, &headers, "allocations", &body, wanted.preview), &wanted).await
    };
    reply(work.await, &caller)
}

/// `POST /api/v1/budgets/transfers`
pub async fn transfer(State(app): Shared, Extension(caller): Who, headers: HeaderMap, body: Bytes) -> Response {
    let work = async {
        let wanted: Move = read(&body)?;
        funding::transfer(&app, &asking(&caller, &headers, "transfers", &body, wanted.preview), &wanted).await
    };
    reply(work.await, &caller)
}

/// `POST /api/v1/budgets/policies`
pub async fn limit(State(app): Shared, Extension(caller): Who, headers: HeaderMap, body: Bytes) -> Response {
    let work = async {
        let wanted: Limits = read(&body)?;
        funding::limit(&app, &asking(&caller, &headers, "policies", &body, wanted.preview), &wanted).await
    };
    reply(work.await, &caller)
}

/// `POST /api/v1/periods`
pub async fn set_period(State(app): Shared, Extension(caller): Who, headers: HeaderMap, body: Bytes) -> Response {
    let work = async {
        let wanted: Wanted = read(&body)?;
        turning::set(&app, &asking(&caller, &headers, "periods", &body, wanted.preview), &wanted).await
    };
    reply(work.await, &caller)
}

/// `POST /api/v1/periods/{id}/close`
pub async fn close_period(State(app): Shared, Extension(caller): Who, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let work = async {
        let wanted: Closing = read(&body)?;
        turning::close(&app, &asking(&caller, &headers, "close", &body, wanted.preview), &id, &wanted).await
    };
    reply(work.await, &caller)
}

/// `POST /api/v1/orders/{number}/changes`
pub async fn change_order(State(app): Shared, Extension(caller): Who, Path(number): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let work = async {
        let wanted: Change = read(&body)?;
        let place = format!("orders/{number}/changes");
        changing::change(&app, &asking(&caller, &headers, &place, &body, wanted.preview), &number, &wanted).await
    };
    reply(work.await, &caller)
}

/// `POST /api/v1/orders/{number}/cancellations`
pub async fn cancel_order(State(app): Shared, Extension(caller): Who, Path(number): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let work = async {
        let wanted: Cancellation = read(&body)?;
        let place = format!("orders/{number}/cancellations");
        changing::cancel(&app, &asking(&caller, &headers, &place, &body, wanted.preview), &number, &wanted).await
    };
    reply(work.await, &caller)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnlyPreview {
    #[serde(default)]
    preview: bool,
}

async fn set_line(app: &App, caller: &Caller, (number, line): &(String, u32), headers: &HeaderMap, body: &Bytes, closed: bool) -> Response {
    let work = async {
        let wanted: OnlyPreview = read(body)?;
        let place = format!("orders/{number}/lines/{line}/{closed}");
        changing::close_line(app, &asking(caller, headers, &place, body, wanted.preview), number, *line, closed).await
    };
    reply(work.await, caller)
}

/// `POST /api/v1/orders/{number}/lines/{line}/close`
pub async fn close_line(State(app): Shared, Extension(caller): Who, Path(place): Path<(String, u32)>, headers: HeaderMap, body: Bytes) -> Response {
    set_line(&app, &caller, &place, &headers, &body, true).await
}

/// `POST /api/v1/orders/{number}/lines/{line}/reopen`
pub async fn reopen_line(State(app): Shared, Extension(caller): Who, Path(place): Path<(String, u32)>, headers: HeaderMap, body: Bytes) -> Response {
    set_line(&app, &caller, &place, &headers, &body, false).await
}

fn waiting_json(waiting: &Waiting) -> Value {
    json!({
        "number": waiting.stored.order.number, "asked_by": waiting.asked_by, "since": waiting.since.to_string(), "until": waiting.until,
        "amount": waiting.amount.minor, "currency": waiting.amount.currency.as_str(), "budgets": waiting.budgets,
    })
}

/// `GET /api/v1/requests`: what waits for the caller, the oldest first.
pub async fn requests(State(app): Shared, Extension(caller): Who) -> Response {
    let waiting = approving::waiting(&app, &caller).await;
    let body = waiting.map(|waiting| json!({"items": waiting.iter().map(waiting_json).collect::<Vec<_>>()}));
    reply(body.map(|body| Reply { status: 200, body }), &caller)
}

fn ceiling_json(ceiling: &CeilingSeen) -> Value {
    json!({
        "budget": &*ceiling.at.budget, "period": &*ceiling.at.period, "level": ceiling.level.map(Level::as_str), "before": ceiling.before,
        "after": ceiling.after, "limit": ceiling.limit, "short": ceiling.short,
    })
}

fn request_json(seen: &RequestSeen) -> Value {
    let progress = seen.stored.approval.clone().unwrap_or_default();
    let station = |(station, given): &(Station, Option<Given>)| {
        let given = given.as_ref().map(|given| json!({"by": given.by, "in_place_of": given.person, "at": given.at}));
        let kind = if matches!(station, Station::ByRight { .. }) { "right_on" } else { "one_of" };
        json!({kind: station.names(), "given": given})
    };
    json!({
        "number": seen.stored.order.number, "state": seen.stored.order.state.as_str(), "asked_by": progress.asked_by,
        "since": progress.asked_at, "until": progress.until, "amount": seen.amount, "currency": seen.currency.as_str(),
        "is_mine": seen.is_mine, "way": seen.way.iter().map(station).collect::<Vec<_>>(),
        "ceilings": seen.ceilings.iter().map(ceiling_json).collect::<Vec<_>>(), "order": ordering::order_json(&seen.stored.order, &[]),
    })
}

/// `GET /api/v1/requests/{number}`
pub async fn request(State(app): Shared, Extension(caller): Who, Path(number): Path<String>) -> Response {
    let seen = approving::request(&app, &caller, &number).await;
    reply(seen.map(|seen| Reply { status: 200, body: request_json(&seen) }), &caller)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decided {
    /// `approve` or `reject`.
    decision: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    preview: bool,
}

/// `POST /api/v1/requests/{number}/decision`
pub async fn decide(State(app): Shared, Extension(caller): Who, Path(number): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let work = async {
        let wanted: Decided = read(&body)?;
        let verdict = match wanted.decision.as_str() {
            "approve" => Verdict::Approve,
            "reject" if wanted.reason.trim().is_empty() => return Err(Error::from(Finding::error(Code::Missing, "reason"))),
            "reject" => Verdict::Reject,
            other => return Err(Finding::error(Code::Unusable, "decision").value(other).limit("approve, reject").into()),
        };
        let place = format!("requests/{number}/decision");
        approving::decide(&app, &asking(&caller, &headers, &place, &body, wanted.preview), &number, verdict, &wanted.reason).await
    };
    reply(work.await, &caller)
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Trial {
    preview: bool,
}

/// `POST /api/v1/budgets/import`: a CSV file, whole or not at all.
pub async fn import(State(app): Shared, Extension(caller): Who, Query(trial): Query<Trial>, body: Bytes) -> Response {
    let work = async {
        let text = std::str::from_utf8(&body).map_err(|_| Finding::error(Code::Unusable, "CSV").limit("UTF-8"))?;
        let imported = planning::import(&app, &caller, text, trial.preview).await?;
        Ok(Reply { status: 200, body: imported.json(trial.preview) })
    };
    reply(work.await, &caller)
}

/// `GET /api/v1/budgets.csv`, and the same for people: budgets in the columns of an import.
pub async fn export(State(app): Shared, Extension(caller): Who) -> Response {
    match planning::export(&app, &caller).await {
        Ok(text) => {
            let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, "attachment; filename=\"budgets.csv\"")];
            (headers, text).into_response()
        }
        Err(error) => answer::problem(&error, caller.person.language),
    }
}
