//! Signing in and out. The cookie holds a key whose hash is on record; nothing of a password is kept or repeated.

use std::net::SocketAddr;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::error::Error;
use crate::flow::signing;
use crate::text::Texts;
use crate::web::{answer, auth, callup};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    t: Texts,
    problem: Option<String>,
    typed: String,
    next: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    next: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Entered {
    sign_in: String,
    password: String,
    next: String,
}

/// Where to go afterwards: one of our own pages, never another site.
fn own_page(next: &str) -> &str {
    let own = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\') && !next.chars().any(char::is_control);
    if own { next } else { "/" }
}

pub async fn show(Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    let page = SignInPage { t: Texts(answer::language_of(&headers)), problem: None, typed: String::new(), next: own_page(&asked.next).to_string() };
    answer::page(StatusCode::OK, &page)
}

pub async fn enter(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(entered): Form<Entered>,
) -> Response {
    let t = Texts(answer::language_of(&headers));
    if !auth::is_same_origin(&app, &headers) {
        return answer::error_page(&Error::Denied, t.0);
    }
    let work = async {
        let person = signing::prove(&app, &entered.sign_in, &entered.password, callup::client_address(&app, peer, &headers)).await?;
        signing::open(&app, &person).await
    };
    match work.await {
        Ok(key) => {
            let mut response = Redirect::to(own_page(&entered.next)).into_response();
            let cookie = format!("{}={key}; Secure; HttpOnly; SameSite=Lax; Path=/; Max-Age=43200", auth::COOKIE);
            if let Ok(value) = HeaderValue::from_str(&cookie) {
                response.headers_mut().insert(header::SET_COOKIE, value);
            }
            response
        }
        Err(error @ (Error::Unauthenticated | Error::TooMany { .. })) => {
            let problem = match &error {
                Error::TooMany { .. } => answer::sentence(&error, t),
                _ => t.get("sign-in-wrong"),
            };
            let page = SignInPage { t, problem: Some(problem), typed: entered.sign_in, next: own_page(&entered.next).to_string() };
            answer::page(answer::status(&error), &page)
        }
        Err(error) => answer::error_page(&error, t.0),
    }
}

pub async fn leave(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    if !auth::is_same_origin(&app, &headers) {
        return answer::error_page(&Error::Denied, answer::language_of(&headers));
    }
    if let Ok(Some(caller)) = auth::caller(&app, &headers).await
        && let Err(error) = signing::close(&app, &caller).await
    {
        return answer::error_page(&error, caller.person.language);
    }
    let mut response = Redirect::to("/sign-in").into_response();
    let gone = format!("{}=; Secure; HttpOnly; SameSite=Lax; Path=/; Max-Age=0", auth::COOKIE);
    if let Ok(value) = HeaderValue::from_str(&gone) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}
