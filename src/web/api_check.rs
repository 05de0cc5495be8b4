//! `POST /api/v1/invoices/check`: what the official rules say of a document, over the JSON API. Translates only; whatever the bytes are, there is
//! a verdict.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Extension, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::answer;
use super::api::reply;
use crate::app::App;
use crate::domain::finding::{Code, Finding};
use crate::error::Error;
use crate::flow::checking;
use crate::flow::signing::Caller;
use crate::invoice_check::{profile_named, short_report_json};

/// As many findings as one answer holds: a small document can have hundreds of thousands, and none of them is one that a person reads.
const FINDINGS_MAX: usize = 5_000;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct CheckQuery {
    profile: String,
    sent: String,
}

pub async fn check(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<CheckQuery>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let language = caller.person.language;
    let bytes = match body {
        Ok(bytes) => bytes.to_vec(),
        Err(rejection) => return too_large(&app, &rejection, language),
    };
    let work = async {
        let asked = if query.profile.is_empty() { "auto" } else { &query.profile };
        let profile = profile_named(asked).map_err(|known| Error::from(Finding::error(Code::Unusable, "profile").value(asked).limit(known)))?;
        let checked = checking::check(bytes, profile, checking::day(&app, &query.sent)?).await?;
        Ok(short_report_json("", &checked.report, checked.micros, FINDINGS_MAX))
    };
    reply(work.await, language)
}

fn too_large(app: &App, rejection: &BytesRejection, language: crate::domain::name::Language) -> Response {
    if rejection.status() != StatusCode::PAYLOAD_TOO_LARGE {
        return (rejection.status(), rejection.body_text()).into_response();
    }
    let error = Error::from(Finding::error(Code::TooMany, "bytes").limit(app.config.body_max));
    let mut response = answer::problem(&error, language);
    *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    response
}
