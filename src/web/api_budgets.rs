//! Questions about budgets over the API: JSON with amounts in minor units, or the same as CSV for those who ask for it.
//! Reads only; what is asked is answered by `flow/asking`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::answer;
use super::pages::budgets::{Asked, csv};
use crate::app::App;
use crate::error::Result;
use crate::flow::asking::{self, overview};
use crate::flow::signing::Caller;

/// Whether a table is wanted.
pub fn wants_csv(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|accept| accept.contains("text/csv"))
}

pub fn answered(work: Result<Response>, caller: &Caller) -> Response {
    work.unwrap_or_else(|error| answer::problem(&error, caller.person.language))
}

/// `GET /api/v1/budgets`: every budget in every period that is not closed, or in one; of its subtree, now or at a moment.
pub async fn budgets(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    let work = async {
        let view = asking::view(&app, &caller.person.tenant, &asked.at).await?;
        let lines = overview::listed(&view, &asked.period)?;
        if wants_csv(&headers) {
            return Ok(csv("budgets", overview::COLUMNS, &lines.iter().map(|line| overview::line_cells(&view, line)).collect::<Vec<_>>()));
        }
        let items: Vec<Value> = lines.iter().map(|line| overview::line_json(&view, line)).collect();
        Ok(Json(json!({"at": view.at.map(|at| at.to_string()), "items": items})).into_response())
    };
    answered(work.await, &caller)
}
