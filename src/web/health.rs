//! Is it alive, can it take orders, and its figures. Says nothing that helps an attacker: no versions, no texts of errors.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::App;

/// The process runs.
pub async fn live() -> &'static str {
    "live"
}

/// Database answers and can be written.
pub async fn ready(State(app): State<Arc<App>>) -> Response {
    let database = async {
        let mut tx = app.store.begin().await?;
        tx.sql("INSERT INTO setting (name, value) VALUES ('ready', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
            .bind(app.clock.now().to_string())
            .run()
            .await?;
        tx.commit().await
    };
    let ok = database.await.is_ok();
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({"ready": ok, "database": if ok { "ok" } else { "unavailable" }}))).into_response()
}

pub async fn metrics(State(app): State<Arc<App>>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics.render()).into_response()
}
