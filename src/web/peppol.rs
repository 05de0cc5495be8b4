//! What the access point brings, at `/peppol/documents`. It proves itself with the token of the configuration; without an access point there is
//! nothing at this address. Translates only.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use subtle::ConstantTimeEq;

use super::answer;
use crate::app::App;
use crate::domain::name::Language;
use crate::error::Error;
use crate::flow::arriving;

/// `POST /peppol/documents`: a document or its envelope as XML. 2xx: taken, whatever is thought of it; 4xx: it cannot be for anybody here.
pub async fn documents(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(point) = &app.config.access_point else {
        return answer::problem(&Error::not_found("address", "/peppol/documents"), Language::default());
    };
    let shown = headers.get(point.token_header.as_str()).map(|value| value.as_bytes().to_vec()).unwrap_or_default();
    if !bool::from(shown.ct_eq(point.token.0.as_bytes())) {
        return answer::problem(&Error::Unauthenticated, Language::default());
    }
    match arriving::arrive(&app, &body).await {
        // A document that is kept is taken, also where it is found wrong: it must not be brought again.
        Ok(arrival) => (StatusCode::OK, Json(json!({"countryCodeC4": arrival.country, "status": arrival.status}))).into_response(),
        Err(error) => answer::problem(&error, Language::default()),
    }
}
