//! The JSON API. Translates requests to `flow` calls and rows to JSON; errors are problem+json. Its shapes stay put.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, Extension, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::pages::order_files::why;
use super::{answer, callup};
use crate::app::App;
use crate::domain::coding::Kind;
use crate::domain::finding::{Code, Finding};
use crate::domain::name::Language;
use crate::error::{Error, Result};
use crate::flow::ordering::Wish;
use crate::flow::rehearsing::{self, Wanted};
use crate::flow::signing::{self, Caller, TOKEN_SECONDS};
use crate::flow::{administering, cxml, invoicing, ordering};
use crate::store;
use crate::text::Texts;
use crate::wire::settings::ArticleSettings;

const LIST_MAX: u32 = 200;

pub fn reply(result: Result<Value>, language: Language) -> Response {
    match result {
        Ok(body) => Json(body).into_response(),
        Err(error) => answer::problem(&error, language),
    }
}

/// A body that is no JSON of the right shape: the reason names the field.
fn unreadable(rejection: &JsonRejection) -> Error {
    Finding::error(Code::Unusable, "body").value(rejection.body_text()).into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    sign_in: String,
    password: String,
    #[serde(default)]
    scopes: Vec<String>,
}

/// `POST /api/v1/tokens`
pub async fn token(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: std::result::Result<Json<SignIn>, JsonRejection>,
) -> Response {
    let language = answer::language_of(&headers);
    let work = async {
        let Json(body) = body.map_err(|rejection| unreadable(&rejection))?;
        let person = signing::prove(&app, &body.sign_in, &body.password, callup::client_address(&app, peer, &headers)).await?;
        let token = signing::issue(&app, &person, &body.scopes).await?;
        Ok(json!({"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}))
    };
    reply(work.await, language)
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ListQuery {
    pub limit: Option<u32>,
    pub after: String,
    pub q: String,
}

impl ListQuery {
    pub fn limit(&self) -> u32 {
        self.limit.unwrap_or(50).clamp(1, LIST_MAX)
    }
}

/// `POST /api/v1/tokens/revoke`: the token of this very request is worth nothing from now on.
pub async fn revoke(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>) -> Response {
    match signing::revoke(&app, &caller).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => answer::problem(&error, caller.person.language),
    }
}

fn evidence_json(record: &store::evidence::Evidence) -> Result<Value> {
    Ok(json!({
        "id": record.id,
        "at": record.at.to_string(),
        "kind": record.kind,
        "outcome": record.outcome,
        "reason": record.reason,
        "notes": record.notes,
        "user": record.user,
        "address": record.address,
        "method": record.method,
        "parameters": record.received,
        "sent": store::json::parse(&record.sent)?,
        "session": record.session,
        "test": record.test,
    }))
}

/// `GET /api/v1/connections/{name}/evidence`: newest first; `after` is the `next` of the page before.
pub async fn evidence_list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Query(query): Query<ListQuery>,
) -> Response {
    let work = async {
        let (records, next) = administering::evidence_list(&app, &caller, &name, &query.after, &query.q, query.limit()).await?;
        Ok(json!({"items": records.iter().map(evidence_json).collect::<Result<Vec<_>>>()?, "next": next}))
    };
    reply(work.await, caller.person.language)
}

/// `GET /api/v1/connections/{name}/evidence/{id}`
pub async fn evidence(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path((name, id)): Path<(String, String)>) -> Response {
    let work = async {
        let record = administering::evidence(&app, &caller, &name, &id).await?;
        let mut body = evidence_json(&record)?;
        body["violations"] = json!(cxml::violations_of(&record));
        Ok(body)
    };
    reply(work.await, caller.person.language)
}

/// `POST /api/v1/connections/{name}/evidence/{id}/replay`: the call-up again, against a test session.
pub async fn replay(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path((name, id)): Path<(String, String)>) -> Response {
    use crate::flow::punchout::Answer;
    let work = async {
        let record = administering::evidence(&app, &caller, &name, &id).await?;
        let answer = rehearsing::replay(&app, &record).await?;
        let (outcome, session, reason) = match answer {
            Answer::Opened { number, .. } => ("shopping_session", Some(number), None),
            Answer::Form { .. } => ("form", None, None),
            Answer::Json(_) => ("json", None, None),
            Answer::NotFound { .. } => ("not_found", None, Some("article_unknown")),
            Answer::LoginRefused => ("login_refused", None, Some("login_refused")),
            Answer::TooMany { .. } => ("too_many_failures", None, None),
            Answer::Refused { reason, .. } => ("callup_refused", None, Some(reason)),
            Answer::TooLarge { .. } => ("too_large", None, None),
        };
        Ok(json!({"outcome": outcome, "session": session, "reason": reason, "test": true}))
    };
    reply(work.await, caller.person.language)
}

/// `GET /api/v1/connections/{name}/sessions`: newest first.
pub async fn sessions(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Query(query): Query<ListQuery>,
) -> Response {
    let work = async {
        let live = administering::connection(&app, &caller, &name).await?;
        let mut tx = app.store.view().await?;
        let sessions = store::session::of_connection(&mut tx, &live.connection.tenant, &name, query.limit()).await?;
        let mut items = Vec::new();
        for session in &sessions {
            let transfer = store::transfer::by_session(&mut tx, &session.tenant, &session.number).await?;
            let parameters: serde_json::Map<String, Value> = session.call_up.parameters.iter().map(|(n, v)| (n.clone(), json!(v))).collect();
            items.push(json!({
                "number": session.number,
                "user": session.user,
                "language": session.language.as_str(),
                "state": session.state,
                "opened_at": session.opened_at.to_string(),
                "parameters": parameters,
                "return_url": session.call_up.return_url,
                "cancel_url": session.call_up.cancel_url,
                "transfers": u32::from(transfer.is_some()),
                "repeats": transfer.as_ref().map_or(0, |transfer| transfer.repeats),
                "quote": transfer.as_ref().map(|transfer| transfer.quote.clone()),
                "test": session.test,
            }));
        }
        Ok(json!({"items": items}))
    };
    reply(work.await, caller.person.language)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rehearsal {
    #[serde(default)]
    profile: Option<String>,
    lines: Vec<serde_json::Map<String, Value>>,
}

fn wanted(line: &serde_json::Map<String, Value>) -> Result<Wanted> {
    let mut wanted = Wanted { quantity: "1".into(), ..Wanted::default() };
    for (name, value) in line {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_string);
        match (name.as_str(), Kind::parse(name)) {
            ("article", _) => wanted.article = text,
            ("quantity", _) => wanted.quantity = text,
            (_, Some(kind)) => wanted.coding.push((kind, text)),
            _ => return Err(Finding::error(Code::Unusable, name).into()),
        }
    }
    Ok(wanted)
}

/// `POST /api/v1/connections/{name}/virtual-erp`: a round trip, and what the purchasing system would say of the basket.
pub async fn virtual_erp(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    body: std::result::Result<Json<Rehearsal>, JsonRejection>,
) -> Response {
    let language = caller.person.language;
    let work = async {
        let Json(body) = body.map_err(|rejection| unreadable(&rejection))?;
        let live = administering::connection(&app, &caller, &name).await?;
        let lines = body.lines.iter().map(wanted).collect::<Result<Vec<_>>>()?;
        let profile = body.profile.unwrap_or_else(|| live.connection.preset.clone());
        let report = rehearsing::round_trip(&app, &name, &profile, &lines).await?;
        let t = Texts(language);
        let faults: Vec<Value> = report
            .findings
            .errors()
            .map(|f| json!({"line": f.line, "field": f.field, "code": f.code.as_str(), "value": f.value, "limit": f.limit, "message": t.finding(f)}))
            .collect();
        let result = if faults.is_empty() { "ok" } else { "fault" };
        Ok(json!({"result": result, "profile": profile, "session": report.session, "faults": faults, "fields": report.fields}))
    };
    reply(work.await, language)
}

/// `PUT /api/v1/catalogues/{id}/articles/{number}`: an article as in an apply file.
pub async fn put_article(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((id, number)): Path<(String, String)>,
    body: std::result::Result<Json<ArticleSettings>, JsonRejection>,
) -> Response {
    let language = caller.person.language;
    let work = async {
        let Json(mut settings) = body.map_err(|rejection| unreadable(&rejection))?;
        settings.number = number;
        crate::flow::stocking::put_article(&app, &caller, &id, &settings).await
    };
    match work.await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => answer::problem(&error, language),
    }
}

/// `PUT /api/v1/catalogues/{id}/articles/{number}/picture`: the bytes of a PNG, JPEG or WebP file.
pub async fn put_picture(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((id, number)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    match crate::flow::picturing::put(&app, &caller, &id, &number, body.to_vec()).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => answer::problem(&error, caller.person.language),
    }
}

/// `POST /api/v1/orders`: an approved order. 201 placed, 202 waits for approval, 200 the same again, 409 refused for budget or other content
/// under the number.
pub async fn place_order(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, headers: HeaderMap, body: Bytes) -> Response {
    place(&app, &caller, &headers, &body, Wish::Order).await
}

/// `POST /api/v1/requests`: the same body, for somebody to approve.
pub async fn request_order(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, headers: HeaderMap, body: Bytes) -> Response {
    place(&app, &caller, &headers, &body, Wish::Request).await
}

/// What is only tried, and what is only asked for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct FileQuery {
    preview: bool,
    request: bool,
}

/// `POST /api/v1/orders.csv`: a file of orders, each answered by itself.
pub async fn place_orders(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<FileQuery>,
    body: Bytes,
) -> Response {
    let language = caller.person.language;
    let work = async {
        let text = std::str::from_utf8(&body).map_err(|_| Finding::error(Code::Unusable, "CSV").limit("UTF-8"))?;
        let wish = if query.request { Wish::Request } else { Wish::Order };
        let taken = ordering::file::take(&app, &caller, text, wish, query.preview).await?;
        let items: Vec<Value> = taken.iter().map(|one| one.json(why(one, Texts(language)))).collect();
        Ok(json!({"preview": query.preview, "items": items}))
    };
    reply(work.await, language)
}

async fn place(app: &App, caller: &Caller, headers: &HeaderMap, body: &Bytes, wish: Wish) -> Response {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok());
    if key.is_some_and(|key| key.is_empty() || key.len() > 200) {
        return answer::problem(&Finding::error(Code::Unusable, "Idempotency-Key").limit("1 – 200").into(), caller.person.language);
    }
    match ordering::place(app, caller, body, key, wish).await {
        Ok(placed) => {
            let status = StatusCode::from_u16(placed.status).unwrap_or(StatusCode::OK);
            let kind = if status.is_client_error() { "application/problem+json" } else { "application/json" };
            (status, [(header::CONTENT_TYPE, kind)], placed.body).into_response()
        }
        Err(error) => answer::problem(&error, caller.person.language),
    }
}

/// `GET /api/v1/orders/{number}`
pub async fn order(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path(number): Path<String>) -> Response {
    reply(invoicing::order_of_buyer(&app, &caller, &number).await, caller.person.language)
}

/// `GET /api/v1/invoices/{id}`: the UBL document as it was issued.
pub async fn invoice(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Response {
    let work = async {
        let mut tx = app.store.read().await?;
        store::invoice::by_id(&mut tx, &caller.person.tenant, &id).await?.ok_or_else(|| Error::not_found("invoice", &id))
    };
    match work.await {
        Ok(invoice) => ([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], invoice.document).into_response(),
        Err(error) => answer::problem(&error, caller.person.language),
    }
}
