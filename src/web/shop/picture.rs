//! Pictures of the supplier whose catalogue a session looks at, and logos of the buyer whose session it is. A session sees no other organisation's pictures.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::visit;
use crate::app::App;
use crate::error::Error;
use crate::flow::picturing;
use crate::store::picture::Stored;

pub async fn picture(State(app): State<Arc<App>>, Path((connection, key, name)): Path<(String, String, String)>, headers: HeaderMap) -> Response {
    let visit = match visit(app, &connection, &key, &headers).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let of_supplier = picturing::shown(&visit.app, &visit.catalogue.supplier, &name).await;
    let found = match of_supplier {
        Err(Error::NotFound(_)) => picturing::shown(&visit.app, &visit.session().tenant, &name).await,
        other => other,
    };
    match found {
        Ok(picture) => response(picture),
        Err(error) => visit.error(&error),
    }
}

/// The bytes with their kind, nothing a browser could run, kept by the reader's browser only: the name changes with the content.
pub fn response(picture: Stored) -> Response {
    let headers = [
        (header::CONTENT_TYPE, picture.kind),
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable".to_string()),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_string()),
    ];
    (headers, picture.bytes).into_response()
}
