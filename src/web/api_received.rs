//! Suppliers' invoices over the JSON API: brought as XML, listed, looked at, decided about. Translates only; who may what, and what follows,
//! is decided in `flow::receiving`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer;
use super::api::reply;
use crate::app::App;
use crate::domain::finding::{Code, Finding};
use crate::error::{Error, Result};
use crate::flow::receiving::{self, Answered, Channel, Choice, Decision, Receipt};
use crate::flow::signing::Caller;
use crate::store::supplier_invoice::State as Stands;
use crate::text::Texts;
use crate::wire::oci::path_segment;

const LIST_MAX: u32 = 200;

/// The bytes of a document, or that there are too many.
pub async fn bytes_of(app: &App, caller: &Caller, body: std::result::Result<Bytes, BytesRejection>, channel: Channel) -> Result<Bytes> {
    match body {
        Ok(bytes) => Ok(bytes),
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(receiving::too_large(app, &caller.person.tenant, channel, app.config.body_max).await)
        }
        Err(rejection) => Err(Finding::error(Code::Unusable, "body").value(rejection.body_text()).into()),
    }
}

/// `POST /api/v1/received-invoices`: 201 booked, 202 waits for a person or for money, 200 came before, 422 not let in.
pub async fn bring(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, body: std::result::Result<Bytes, BytesRejection>) -> Response {
    let language = caller.person.language;
    let work = async {
        let bytes = bytes_of(&app, &caller, body, Channel::Api).await?;
        receiving::receive(&app, &caller.person.tenant, &caller.person.sign_in, &bytes, Channel::Api).await
    };
    match work.await {
        Ok(receipt) => {
            let status = StatusCode::from_u16(receiving::status(&receipt)).unwrap_or(StatusCode::OK);
            (status, Json(receipt_json(&receipt, Texts(language)))).into_response()
        }
        Err(error) => answer::problem(&error, language),
    }
}

fn receipt_json(receipt: &Receipt, t: Texts) -> Value {
    let mut shown = receiving::invoice_json(&receipt.invoice);
    let findings = receipt.findings.0.iter();
    let told = findings.map(|f| json!({"code": f.code.as_str(), "field": f.field, "value": f.value, "limit": f.limit, "message": t.finding(f)}));
    shown["again"] = json!(receipt.again);
    shown["findings"] = told.collect();
    shown
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ListQuery {
    pub state: String,
    pub after: String,
    pub limit: Option<u32>,
}

/// `GET /api/v1/received-invoices`: newest first; `after` is the `next` of the page before.
pub async fn list(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Query(query): Query<ListQuery>) -> Response {
    let work = async {
        if !query.state.is_empty() && Stands::parse(&query.state).is_none() {
            let words = Stands::ALL.map(Stands::as_str).join(", ");
            return Err(Error::from(Finding::error(Code::Unusable, "state").value(&query.state).limit(words)));
        }
        let limit = query.limit.unwrap_or(50).clamp(1, LIST_MAX);
        let (invoices, next, waiting) = receiving::list(&app, &caller, &query.state, &query.after, limit).await?;
        Ok(json!({"items": invoices.iter().map(receiving::invoice_json).collect::<Vec<_>>(), "next": next, "waiting": waiting}))
    };
    reply(work.await, caller.person.language)
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct OneQuery {
    /// An order to look at beside it.
    pub order: String,
}

/// `GET /api/v1/received-invoices/{id}`
pub async fn one(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Query(query): Query<OneQuery>,
) -> Response {
    let seen = receiving::one(&app, &caller, &id, &query.order).await;
    reply(seen.map(|seen| receiving::seen_json(&seen)), caller.person.language)
}

/// `GET /api/v1/received-invoices/{id}/document`, and the same for people: the document as it came, to be kept and not opened.
pub async fn document(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Response {
    match receiving::document(&app, &caller, &id).await {
        Ok(bytes) => attachment("invoice.xml", bytes),
        Err(error) => answer::problem(&error, caller.person.language),
    }
}

/// `GET /api/v1/received-invoices/{id}/response`, and the same for people: the last Invoice Response.
pub async fn response(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Response {
    match receiving::response(&app, &caller, &id).await {
        Ok(text) => attachment("invoice-response.xml", text.into_bytes()),
        Err(error) => answer::problem(&error, caller.person.language),
    }
}

/// `GET /api/v1/received-invoices/{id}/files/{number}`, and the same for people: a file that lies in the document, to be kept and not opened here.
pub async fn file(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path((id, number)): Path<(String, usize)>) -> Response {
    match receiving::file(&app, &caller, &id, number).await {
        Ok(file) => {
            let plain = file.name.replace(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '.' | '_'), "_");
            let name = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", path_segment(&file.name));
            let headers = [
                (header::CONTENT_TYPE, file.kind.unwrap_or("application/octet-stream").to_string()),
                (header::CONTENT_DISPOSITION, name),
                (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_string()),
            ];
            (headers, file.bytes).into_response()
        }
        Err(error) => answer::problem(&error, caller.person.language),
    }
}

fn attachment(name: &str, bytes: Vec<u8>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/xml".to_string()), (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))];
    (headers, bytes).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// `again`, `post`, `reject`, `ask`, `confirm_account` or `cancel`.
    decision: String,
    #[serde(default)]
    lines: Vec<WantedLine>,
    #[serde(default)]
    credit_kind: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    override_reason: Option<String>,
    #[serde(default)]
    version: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedLine {
    /// Its place on the invoice, from 1.
    line: usize,
    #[serde(default)]
    order: String,
    #[serde(default)]
    order_line: String,
    #[serde(default)]
    quantity: Option<String>,
    #[serde(default)]
    budget: String,
}

fn choice(line: WantedLine) -> Result<Choice> {
    let number = |text: String| text.parse::<Decimal>().map_err(|_| Error::from(Finding::error(Code::Unusable, "quantity").value(text)));
    let quantity = line.quantity.map(number).transpose()?;
    Ok(Choice { at: line.line, order: line.order, line: line.order_line, quantity, budget: line.budget })
}

/// `POST /api/v1/received-invoices/{id}/decision`
pub async fn decide(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path(id): Path<String>, body: Bytes) -> Response {
    let work = async {
        let wanted: Wanted = serde_json::from_slice(&body).map_err(|error| Error::from(Finding::error(Code::Unusable, "body").value(error)))?;
        let words = || Decision::ALL.map(Decision::as_str).join(", ");
        let decision = Decision::parse(&wanted.decision)
            .ok_or_else(|| Error::from(Finding::error(Code::Unusable, "decision").value(&wanted.decision).limit(words())))?;
        let answered = Answered {
            lines: wanted.lines.into_iter().map(choice).collect::<Result<_>>()?,
            credit_kind: wanted.credit_kind,
            reason: wanted.reason,
            action: wanted.action,
            text: wanted.text,
            override_reason: wanted.override_reason,
            version: wanted.version,
        };
        Ok(receiving::invoice_json(&receiving::decide(&app, &caller, &id, decision, &answered).await?))
    };
    reply(work.await, caller.person.language)
}
