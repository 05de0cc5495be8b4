//! Who calls: a person by cookie, a program by bearer token; and whether a change comes from our own pages.
//! Which roles a route needs stands in the route table, not here.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::answer;
use crate::app::App;
use crate::error::{Error, Result};
use crate::flow::signing::{self, Caller};

pub const COOKIE: &str = "__Host-hookline";

/// The caller of a request, if it proves who it is.
pub async fn caller(app: &App, headers: &HeaderMap) -> Result<Option<Caller>> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    if let Some(token) = bearer {
        return signing::check(app, token.trim()).await;
    }
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    let cookie = cookies.filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == COOKIE);
    match cookie {
        Some((_, value)) => signing::resume(app, value).await,
        None => Ok(None),
    }
}

/// Lets a request through when its caller has one of the roles; the caller travels on with it.
pub async fn require(State((app, roles)): State<(Arc<App>, &'static [&'static str])>, mut request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let language = answer::language_of(request.headers());
    let refuse = |error: Error| if is_api { answer::problem(&error, language) } else { answer::error_page(&error, language) };
    let has_bearer = request.headers().contains_key(header::AUTHORIZATION);
    let caller = match caller(&app, request.headers()).await {
        Ok(Some(caller)) => caller,
        Ok(None) if is_api => return refuse(Error::Unauthenticated),
        Ok(None) => return to_sign_in(request.uri().path()),
        Err(error) => return refuse(error),
    };
    if !caller.person.roles.iter().any(|role| roles.contains(&role.as_str())) {
        return refuse(Error::Denied);
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    if changes && !has_bearer && !is_same_origin(&app, request.headers()) {
        return refuse(Error::Denied);
    }
    let ends_itself = request.uri().path() == "/api/v1/tokens/revoke";
    if changes && !ends_itself && caller.scopes.as_ref().is_some_and(|scopes| !scopes.iter().any(|scope| scope == "write")) {
        return refuse(Error::Denied);
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}

fn to_sign_in(path: &str) -> Response {
    let query = serde_urlencoded::to_string([("next", path)]).unwrap_or_default();
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("/sign-in?{query}")) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

/// browsers say where a request comes from; another site may not change anything here. Clients that say nothing are no browsers
/// and hold no ambient cookie of a person who is lured.
pub fn is_same_origin(app: &App, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return false;
    }
    let Some(origin) = text("origin") else { return true };
    let own = match &app.config.public_url {
        Some(url) => origin == url,
        None => false,
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    own || host.is_some() && host == text("host")
}
