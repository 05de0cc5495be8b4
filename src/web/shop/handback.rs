//! The way back to the purchasing system: transfer, transfer again, cancel, and the page that carries the form.
//! The form shown is the one that was stored; nothing is frozen by a GET.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::super::answer::{self, with_policy};
use super::basket::{Typed, basket_response};
use super::{Fields, Visit, Where, changing, is_as_seen, leaving, see_other, visit};
use crate::app::App;
use crate::clock;
use crate::domain::connection::{Connection, ReturnMethod};
use crate::domain::finding::{Code, Findings, Severity};
use crate::domain::name::Language;
use crate::domain::return_url::ReturnUrl;
use crate::error::Error;
use crate::flow::returning::{self, Cancelled};
use crate::text::Texts;
use crate::wire::html;
use crate::wire::oci::returns::ReturnForm;

/// The findings a buyer wants to know of: errors, and money that changed.
pub(super) fn told(t: Texts, findings: &Findings) -> Vec<String> {
    findings.0.iter().filter(|f| f.severity == Severity::Error || f.code == Code::PriceRounded).map(|f| t.finding(f)).collect()
}

/// Where the basket goes, as people read it: host and port only.
pub(super) fn destination(visit: &Visit) -> String {
    destination_of(&visit.session().call_up.return_url)
}

fn destination_of(url: &str) -> String {
    match url.split_once("://") {
        Some((_, rest)) => rest.split(['/', '?', '#']).next().unwrap_or_default().to_string(),
        None => url.to_string(),
    }
}

pub async fn transfer(State(app): State<Arc<App>>, Path((name, key)): Where, headers: HeaderMap, Form(fields): Fields) -> Response {
    let visit = match changing(app, &name, &key, &headers, &fields).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    if visit.session().state == "open" && !is_as_seen(&visit, &fields) {
        let changed = Error::Conflict("the basket changed".into());
        return basket_response(&visit, answer::status(&changed), "not-transferred", Some(&changed), &Typed::default()).await;
    }
    hand_back(&visit).await
}

/// Reloading or going back to the hand-back shows the same form; nothing is frozen by a GET.
pub async fn transfer_again(State(app): State<Arc<App>>, Path((name, key)): Where, headers: HeaderMap) -> Response {
    match visit(app, &name, &key, &headers).await {
        Ok(visit) if visit.session().state == "returned" => hand_back(&visit).await,
        Ok(visit) => visit.to("basket"),
        Err(response) => response,
    }
}

async fn hand_back(visit: &Visit) -> Response {
    match returning::transfer(&visit.app, &visit.live, &visit.catalogue, &visit.held).await {
        Ok((form, findings)) => return_page(visit.connection(), &form, visit.session().language, true, true, &findings),
        Err(error) => basket_response(visit, answer::status(&error), "not-transferred", Some(&error), &Typed::default()).await,
    }
}

pub async fn cancel(State(app): State<Arc<App>>, Path((name, key)): Where, headers: HeaderMap, Form(fields): Fields) -> Response {
    let visit = match leaving(app, &name, &key, &headers, &fields).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    match returning::cancel(&visit.app, &visit.live, &visit.held).await {
        Ok(Cancelled::Portal) => see_other("/shop", visit.connection()),
        Ok(Cancelled::Address(url)) => {
            let mut response = see_other(&url, visit.connection());
            response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            response
        }
        Ok(Cancelled::Form(form)) => return_page(visit.connection(), &form, visit.session().language, true, true, &Findings::default()),
        Err(error) => basket_response(&visit, answer::status(&error), "not-transferred", Some(&error), &Typed::default()).await,
    }
}

#[derive(Template)]
#[template(path = "return.html")]
struct ReturnPage<'f> {
    t: Texts,
    charset: &'static str,
    method: &'static str,
    action: String,
    target: String,
    pairs: &'f [(String, String)],
    destination: String,
    submits: bool,
    button: bool,
    notices: Vec<String>,
    nonce: String,
}

/// The page that carries a form to the purchasing system, in the receiver's charset (R-23, R-26, 5.5).
pub fn return_page(connection: &Connection, form: &ReturnForm, language: Language, submits: bool, button: bool, findings: &Findings) -> Response {
    let nonce = clock::random_key();
    let template = ReturnPage {
        t: Texts(language),
        charset: form.charset.label(),
        method: match form.method {
            ReturnMethod::Post => "post",
            ReturnMethod::Get => "get",
        },
        action: html::escape(&form.action),
        target: html::escape(&form.target),
        pairs: &form.pairs,
        destination: html::escape(&destination_of(&form.action)),
        submits,
        button,
        notices: told(Texts(language), findings).iter().map(|text| html::escape(text)).collect(),
        nonce: nonce.clone(),
    };
    let html = match template.render() {
        Ok(html) => html,
        Err(error) => return answer::error_page(&Error::internal(error), language),
    };
    let mut allowed: Vec<String> = Vec::new();
    if let Ok(url) = ReturnUrl::parse(&form.action, connection) {
        allowed.push(url.policy_source().to_string());
    }
    allowed.extend(connection.return_redirect_origins.iter().map(ToString::to_string));
    let form_action = if form.action.is_empty() || allowed.is_empty() { "'none'".to_string() } else { allowed.join(" ") };
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'nonce-{nonce}'; base-uri 'none'; form-action {form_action}; frame-ancestors {}",
        answer::frame_ancestors(connection)
    );
    let content_type = format!("text/html; charset={}", form.charset.label());
    let mut response = with_policy((StatusCode::OK, form.charset.encode(&html)).into_response(), &policy);
    if let Ok(value) = HeaderValue::from_str(&content_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response
}
