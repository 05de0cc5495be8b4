//! Answers: pages with their policy headers, messages, and the form every error takes (page, or problem+json on the API).
//! The one place where an error meets a status. Nothing inner is shown; a reference leads to the log.

use askama::Template;
use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::clock;
use crate::domain::books::entry;
use crate::domain::connection::Connection;
use crate::domain::name::Language;
use crate::domain::time::{Timestamp, ZONE};
use crate::error::{Change, Error, Refusal};
use crate::text::Texts;

/// For pages nobody may frame.
pub const POLICY_UNFRAMED: &str =
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// For the one page that must look the same whatever connection was called: it holds nothing to click on, so anybody may frame it.
const POLICY_PLAIN: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'";

#[derive(Template)]
#[template(path = "message.html")]
pub struct Message {
    pub t: Texts,
    pub kind: &'static str,
    pub title: String,
    pub text: String,
    pub steps: Vec<String>,
    pub link: Option<(String, String)>,
    pub reference: String,
}

impl Message {
    /// A message by its key: `<key>-title`, `<key>-text`, and as many `<key>-step-n` as there are.
    pub fn of(language: Language, kind: &'static str, key: &str, steps: usize) -> Message {
        let t = Texts(language);
        let steps = (1..=steps).map(|n| t.get(&format!("{key}-step-{n}"))).collect();
        Message { t, kind, title: t.get(&format!("{key}-title")), text: t.get(&format!("{key}-text")), steps, link: None, reference: String::new() }
    }
}

/// A page as HTML.
pub fn page(status: StatusCode, template: &impl Template) -> Response {
    page_of_size(status, template, 0)
}

/// A page as HTML, about as large as said: room for it is made once.
pub fn page_of_size<T: Template>(status: StatusCode, template: &T, size: usize) -> Response {
    let mut html = String::with_capacity(size.max(T::SIZE_HINT));
    match template.render_into(&mut html).map(|()| html) {
        Ok(html) => written(status, html),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            super::plain(StatusCode::INTERNAL_SERVER_ERROR, "The page could not be written.")
        }
    }
}

/// A page that is written.
pub fn written(status: StatusCode, html: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
}

/// exactly the connection's frame origins.
pub fn frame_ancestors(connection: &Connection) -> String {
    if connection.frame_origins.is_empty() {
        return "'none'".to_string();
    }
    connection.frame_origins.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// The policy of a catalogue page: own resources only, framed by the buyer's origins only.
pub fn framed_policy(connection: &Connection) -> String {
    format!(
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {}",
        frame_ancestors(connection)
    )
}

/// Sets the policy of a response.
pub fn with_policy(mut response: Response, policy: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, value);
    }
    response
}

/// the same for every wrong credential, whoever asks for whatever.
pub fn login_refused() -> Response {
    let message = Message::of(Language::En, "bad", "login-refused", 2);
    let mut response = with_policy(page(StatusCode::UNAUTHORIZED, &message), POLICY_PLAIN);
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// The language a browser asks for; English without one we have.
pub fn language_of(headers: &HeaderMap) -> Language {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    wanted.split(',').find_map(|part| Language::from_tag(part.split(';').next().unwrap_or_default())).unwrap_or_default()
}

/// The status of an error: by who must react (house style, errors).
pub fn status(error: &Error) -> StatusCode {
    match error {
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Denied => StatusCode::FORBIDDEN,
        Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Refused(_) | Error::Conflict(_) => StatusCode::CONFLICT,
        Error::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Logged once, here; the reader gets the reference.
fn log(error: &Error) -> String {
    let reference = clock::new_id(Timestamp(0))[16..].to_string();
    match error {
        Error::Internal(_) => tracing::error!(%error, reference, "a request failed"),
        Error::Unavailable(_) => tracing::warn!(%error, reference, "a request was refused for now"),
        _ => tracing::debug!(%error, reference, "a request was refused"),
    }
    reference
}

fn retry_after(error: &Error) -> Option<u64> {
    match error {
        Error::TooMany { seconds } => Some(*seconds),
        Error::Unavailable(_) => Some(5),
        _ => None,
    }
}

/// When the same may be sent again, for errors that pass.
pub fn with_retry(mut response: Response, error: &Error) -> Response {
    if let Some(seconds) = retry_after(error)
        && let Ok(value) = HeaderValue::from_str(&seconds.to_string())
    {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

/// What an error says to a reader, in one sentence.
pub fn sentence(error: &Error, t: Texts) -> String {
    match error {
        Error::NotFound(_) => t.get("error-not-found-text"),
        Error::Unauthenticated => t.get("error-sign-in-text"),
        Error::Denied => t.get("error-denied-text"),
        Error::Invalid(findings) => findings.errors().map(|finding| t.finding(finding)).collect::<Vec<_>>().join(" "),
        Error::Refused(Refusal::Books(refusal)) => refused(refusal, t),
        Error::Refused(Refusal::State { what, state }) => {
            let (what, state) = (t.get(&format!("what-{what}")), t.get(&format!("state-{state}")));
            t.with_all("error-state-text", &[("what", what), ("state", state)])
        }
        Error::Refused(Refusal::Exists { what, number }) => {
            t.with_all("error-exists-text", &[("what", t.get(&format!("what-{what}"))), ("number", number.clone())])
        }
        Error::Refused(Refusal::Nothing { what }) => t.with("error-nothing-text", "what", t.get(&format!("what-{what}"))),
        Error::Refused(Refusal::Changed { changes, .. }) => changed(changes, t),
        Error::Conflict(_) => t.get("error-conflict-text"),
        Error::TooMany { seconds } => t.with("error-too-many-text", "seconds", seconds),
        Error::Unavailable(_) => t.get("error-unavailable-text"),
        Error::Internal(_) => t.get("error-internal-text"),
    }
}

/// The order is not what the reader looked at: what happened to it meanwhile.
fn changed(changes: &[Change], t: Texts) -> String {
    let one = |change: &Change| {
        let what = t.get(&format!("event-{}", change.kind.replace(' ', "-")));
        t.with_all("error-changed-step", &[("what", what), ("who", change.actor.clone()), ("at", t.moment(&change.at, ZONE))])
    };
    let steps: Vec<String> = changes.iter().map(one).collect();
    t.with("error-changed-text", "steps", steps.join("; "))
}

/// Why the books say no; where budgets are short, each with its name.
pub fn refused(refusal: &entry::Refusal, t: Texts) -> String {
    let places: Vec<String> = refusal.over.iter().map(|over| over.at.to_string()).collect();
    let what = if places.is_empty() { refusal.what.clone() } else { places.join(", ") };
    t.with(&format!("refusal-{}", refusal.code.as_str().replace('_', "-")), "what", what)
}

fn title_key(error: &Error) -> &'static str {
    match error {
        Error::NotFound(_) => "error-not-found-title",
        Error::Unauthenticated | Error::Denied => "error-denied-title",
        Error::Invalid(_) | Error::Refused(_) | Error::Conflict(_) => "error-refused-title",
        Error::TooMany { .. } | Error::Unavailable(_) => "error-unavailable-title",
        Error::Internal(_) => "error-internal-title",
    }
}

/// An error as a page.
pub fn error_page(error: &Error, language: Language) -> Response {
    let t = Texts(language);
    let reference = log(error);
    let message = Message { t, kind: "bad", title: t.get(title_key(error)), text: sentence(error, t), steps: Vec::new(), link: None, reference };
    with_retry(page(status(error), &message), error)
}

/// An error as problem+json (RFC 9457).
pub fn problem(error: &Error, language: Language) -> Response {
    problem_with(error, status(error), language)
}

fn problem_with(error: &Error, status: StatusCode, language: Language) -> Response {
    let t = Texts(language);
    let reference = log(error);
    let mut body = json!({
        "type": format!("/problems/{}", status.as_u16()),
        "title": t.get(title_key(error)),
        "status": status.as_u16(),
        "detail": sentence(error, t),
        "reference": reference,
    });
    if let Error::Invalid(findings) = error {
        body["findings"] = findings
            .0
            .iter()
            .map(|f| json!({"code": f.code.as_str(), "line": f.line, "field": f.field, "value": f.value, "limit": f.limit, "message": t.finding(f)}))
            .collect();
    }
    if let Error::Refused(Refusal::Books(refusal)) = error {
        let over = |over: &entry::Over| json!({"budget": &*over.at.budget, "period": &*over.at.period, "short": over.short});
        body["code"] = json!(refusal.code.as_str());
        body["over"] = refusal.over.iter().map(over).collect();
    }
    if let Error::Refused(Refusal::Changed { version, changes, .. }) = error {
        let change = |change: &Change| json!({"what": change.kind, "who": change.actor, "at": change.at.to_string()});
        body["version"] = json!(version);
        body["changes"] = changes.iter().map(change).collect();
    }
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    with_retry(response, error)
}

pub fn fault_page(language: Language) -> Response {
    error_page(&Error::internal("panic"), language)
}

/// The framework's own refusals (a path that is no text, a form that is none, a method that is not offered) as a page or a problem.
pub fn in_our_words(response: Response, is_api: bool, language: Language) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let foreign = response.status().is_client_error() && (kind.is_empty() || kind.starts_with("text/plain"));
    if !foreign {
        return response;
    }
    let status = response.status();
    let error = match status {
        StatusCode::NOT_FOUND => Error::not_found("page", ""),
        _ => crate::domain::finding::Finding::error(crate::domain::finding::Code::Unusable, "request").value(status).into(),
    };
    let mut ours = if is_api { problem_with(&error, status, language) } else { error_page(&error, language) };
    *ours.status_mut() = status;
    if let Some(allow) = response.headers().get(header::ALLOW) {
        ours.headers_mut().insert(header::ALLOW, allow.clone());
    }
    ours
}

pub async fn no_such_page(uri: Uri, headers: HeaderMap) -> Response {
    let error = Error::not_found("page", crate::flow::punchout::harmless(uri.path()));
    let language = language_of(&headers);
    if uri.path().starts_with("/api/") { problem(&error, language) } else { error_page(&error, language) }
}
