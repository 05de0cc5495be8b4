//! The address a purchasing system calls: `/oci/{connection}`. Bytes in, answer of `flow::punchout` out.
//! Never logs a query string and never lets the framework decode it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::answer::{self, Message};
use super::shop::handback::return_page;
use crate::app::App;
use crate::domain::finding::Findings;
use crate::domain::name::Language;
use crate::error::Error;
use crate::flow::punchout::{self, Answer};
use crate::wire::oci::callup::TOTAL_MAX;

/// The client's address: the peer's, unless the peer is a proxy the operator listed.
pub fn client_address(app: &App, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
    if !app.config.trusted_proxies.contains(&peer.ip()) {
        return peer.ip();
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    let hops: Vec<IpAddr> = forwarded.filter_map(|hop| hop.trim().parse().ok()).collect();
    hops.into_iter().rev().find(|hop| !app.config.trusted_proxies.contains(hop)).unwrap_or(peer.ip())
}

pub async fn call_up(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let language = answer::language_of(&parts.headers);
    // A scanner that only looks opens no session.
    if parts.method == Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, POST")]).into_response();
    }
    // A body that is larger than any call-up may be is not read to its end; reading one byte more tells.
    let body = match axum::body::to_bytes(body, 4 * TOTAL_MAX).await {
        Ok(body) => body,
        Err(_) => return too_large(StatusCode::PAYLOAD_TOO_LARGE, language),
    };
    let body = if parts.method == Method::POST { body } else { Bytes::new() };
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let wanted = punchout::Request {
        connection: &name,
        method: parts.method.as_str(),
        query: parts.uri.query().unwrap_or_default().as_bytes(),
        body: &body,
        content_type,
        address: client_address(&app, peer, &parts.headers),
        test: false,
    };
    match punchout::open(&app, wanted).await {
        Ok((answer, live)) => respond(&live.connection, &name, answer),
        Err(Error::NotFound(_)) => {
            let message = Message::of(language, "bad", "no-connection", 1);
            answer::page(StatusCode::NOT_FOUND, &message)
        }
        Err(error) => answer::error_page(&error, language),
    }
}

fn too_large(status: StatusCode, language: Language) -> Response {
    answer::page(status, &Message::of(language, "bad", "too-large", 1))
}

fn respond(connection: &crate::domain::connection::Connection, name: &str, answer: Answer) -> Response {
    let policy = answer::framed_policy(connection);
    let response = match answer {
        Answer::LoginRefused => return answer::login_refused(),
        Answer::Opened { number, key, path } => opened(name, &number, &key, &path),
        Answer::Form { form, submits, language } => return return_page(connection, &form, language, submits, !submits, &Findings::default()),
        Answer::Json(body) => ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response(),
        Answer::NotFound { language } => answer::page(StatusCode::NOT_FOUND, &Message::of(language, "bad", "article-gone", 1)),
        Answer::TooMany { seconds } => answer::error_page(&Error::TooMany { seconds }, connection.language),
        Answer::TooLarge { in_body, language } => {
            let status = if in_body { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::URI_TOO_LONG };
            too_large(status, language)
        }
        Answer::Refused { reason, language } => {
            let key = match reason {
                "return_url_missing" => "return-url-missing",
                "conflicting_parameter" => "conflicting-parameter",
                _ => "return-url-refused",
            };
            let mut message = Message::of(language, "bad", key, 2);
            message.reference = reason.to_string();
            answer::page(StatusCode::BAD_REQUEST, &message)
        }
    };
    let mut response = answer::with_policy(response, &policy);
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// to an address without any parameter of the call-up, with the cookie that will carry the session if it comes back.
pub fn opened(name: &str, number: &str, key: &str, path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = format!("/c/{name}/{key}/{path}");
    let cookie = format!("{}={key}; Secure; HttpOnly; SameSite=None; Partitioned; Path=/; Max-Age=28800", super::shop::cookie_name(number));
    for (header, text) in [(header::LOCATION, location), (header::SET_COOKIE, cookie)] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().insert(header, value);
        }
    }
    response
}
