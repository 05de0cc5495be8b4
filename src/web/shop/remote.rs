//! Pages around a supplier's own shop: the way there, and the cart that comes back through the browser. The shop is sent to with nothing of the
//! session in the address, and what it sends back opens no session: only the browser that has one sees its basket.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::answer::{self, Message, framed_policy, page, with_policy};
use super::super::callup::client_address;
use super::super::pages::connections::public_url;
use super::{Fields, Frame, KEY_CHARS, Visit, Where, changing, cookie, cookie_name, see_other};
use crate::app::App;
use crate::clock;
use crate::domain::connection::Connection;
use crate::domain::finding::Findings;
use crate::domain::name::Language;
use crate::error::{Error, Result};
use crate::flow::connecting;
use crate::flow::remote::{self, Brought, Opened, Returning};
use crate::text::Texts;
use crate::wire::cxml::returned;
use crate::wire::form;

/// The way to the shop: a button, which chooses itself the first time.
#[derive(Template)]
#[template(path = "remote.html")]
struct Landing {
    f: Frame,
    failed: String,
    /// Whether the shop can be opened: not by who only looks, nor for a basket that is on its way.
    may_open: bool,
    /// For the script that chooses the button; empty where nothing chooses it.
    nonce: String,
}

/// The shop is open at this address.
#[derive(Template)]
#[template(path = "remote_opening.html")]
struct Opening {
    f: Frame,
    url: String,
    /// Where no cookie comes back, the shop gets a window of its own, so that this one stays where the session is.
    own_window: bool,
}

/// What a session with such a shop shows in place of a catalogue.
pub async fn landing(visit: &Visit, failed: String) -> Result<Response> {
    let may_open = !visit.view_only() && visit.session().state == "open";
    let is_first = failed.is_empty() && may_open && !remote::was_opened(&visit.app, visit.session()).await?;
    let nonce = if is_first { clock::random_key() } else { String::new() };
    let policy = match nonce.as_str() {
        "" => visit.policy(),
        nonce => format!("{}; script-src 'self' 'nonce-{nonce}'", visit.policy()),
    };
    let status = if failed.is_empty() { StatusCode::OK } else { StatusCode::BAD_GATEWAY };
    Ok(with_policy(page(status, &Landing { f: visit.frame(""), failed, may_open, nonce }), &policy))
}

pub async fn open(State(app): State<Arc<App>>, Path((name, key)): Where, headers: HeaderMap, Form(fields): Fields) -> Response {
    let visit = match changing(app, &name, &key, &headers, &fields).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let shown = match remote::open(&visit.app, &visit.live, &visit.held, &public_url(&visit.app, &headers)).await {
        Ok(Opened::At(url)) => Ok(visit.respond(StatusCode::OK, &Opening { f: visit.frame(""), url, own_window: key.len() == KEY_CHARS })),
        Ok(Opened::Failed(why)) => landing(&visit, why).await,
        Err(error) => Err(error),
    };
    let mut response = shown.unwrap_or_else(|error| visit.error(&error));
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// The fields of the form; of a body that is the document itself, the one field that it would stand in.
fn fields(body: &[u8]) -> Vec<(String, String)> {
    let text = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii_start();
    let is_document = text.starts_with(b"<") || [&b"\xFE\xFF"[..], &b"\xFF\xFE"[..]].iter().any(|mark| body.starts_with(mark));
    if is_document {
        return vec![(returned::FIELDS[0].to_string(), STANDARD.encode(body))];
    }
    // In whatever charset the shop's page has: the browser does not say.
    form::read(body, form::Place::Body, None).into_iter().map(|pair| (pair.name, pair.value)).collect()
}

/// The form that a shop lets the browser send, or the document alone.
pub async fn take(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<std::net::SocketAddr>,
    Path((name, token)): Where,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fields = fields(&body);
    let returning = Returning { connection: &name, token: &token, fields: &fields, address: client_address(&app, peer, &headers) };
    let language = answer::language_of(&headers);
    let taken = async { Ok::<_, Error>((remote::take(&app, &returning).await?, connecting::connection(&app, &name).await?)) };
    match taken.await {
        Ok((brought, live)) => answered(&live.connection, brought, &headers),
        Err(Error::NotFound(_)) => page(StatusCode::NOT_FOUND, &Message::of(language, "bad", "remote-unknown", 1)),
        Err(error) => answer::error_page(&error, language),
    }
}

fn answered(connection: &Connection, brought: Brought, headers: &HeaderMap) -> Response {
    let pages = |session: &str, path: &str| {
        let is_here = cookie(headers, &cookie_name(session)).is_some();
        is_here.then(|| format!("/c/{}/{session}/{path}", connection.name))
    };
    let (status, message) = match brought {
        Brought::Taken { session, language } => match pages(&session, "basket") {
            Some(basket) => return see_other(&basket, connection),
            None => (StatusCode::OK, Message::of(language, "good", "remote-brought", 0)),
        },
        Brought::Refused { findings, why, session, language } => {
            let link = pages(&session, "").map(|href| (href, Texts(language).get("keep-shopping")));
            (StatusCode::BAD_REQUEST, Message { link, ..refused(language, &findings, why.text) })
        }
        Brought::Finished { session, language } => {
            let link = pages(&session, "basket").map(|href| (href, Texts(language).get("basket")));
            (StatusCode::BAD_REQUEST, Message { link, ..Message::of(language, "bad", "remote-finished", 1) })
        }
    };
    with_policy(page(status, &message), &framed_policy(connection)).into_response()
}

/// In the reader's words where there are some; the words for the shop's people stand beside them.
fn refused(language: Language, findings: &Findings, why: String) -> Message {
    let t = Texts(language);
    let told: Vec<String> = findings.0.iter().map(|finding| t.finding(finding)).collect();
    let (reason, reference) = if told.is_empty() { (why, String::new()) } else { (told.join(" "), why) };
    Message { text: t.with("remote-refused-text", "reason", reason), reference, ..Message::of(language, "bad", "remote-refused", 1) }
}
