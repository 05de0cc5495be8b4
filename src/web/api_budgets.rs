//! Questions about budgets over the API: JSON with amounts in minor units, or the same as CSV for those who ask for it.
//! Reads only; what is asked is answered by `flow/asking`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::answer;
use super::pages::budgets::{Asked, csv};
use crate::app::App;
use crate::error::{Error, Result};
use crate::flow::asking::analysis::{self, By};
use crate::flow::asking::{self, budget, order, overview, reports};
use crate::flow::signing::Caller;
use crate::store;

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
        let view = asking::view(&app, &caller, &asked.at).await?;
        let lines = overview::listed(&view, &asked.period)?;
        if wants_csv(&headers) {
            return Ok(csv("budgets", overview::COLUMNS, &lines.iter().map(|line| overview::line_cells(&view, line)).collect::<Vec<_>>()));
        }
        let items: Vec<Value> = lines.iter().map(|line| overview::line_json(&view, line)).collect();
        Ok(Json(json!({"at": view.at.map(|at| at.to_string()), "items": items})).into_response())
    };
    answered(work.await, &caller)
}

type Place = Path<(String, String)>;

/// `GET /api/v1/budgets/{code}/{period}`: one budget, its funding, every ceiling above it, its parts, and how old what is open is.
pub async fn budget(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((code, period)): Place,
    Query(asked): Query<Asked>,
) -> Response {
    let work = async {
        let mut view = asking::view(&app, &caller, &asked.at).await?;
        let at = budget::place(&view, &code, &period)?;
        let story = budget::summary(&mut view, &at).await?;
        Ok(Json(budget::summary_json(&view, &story)).into_response())
    };
    answered(work.await, &caller)
}

/// `GET /api/v1/budgets/{code}/{period}/{list}`: the orders that hold its money, what changed its funding, what was expended, or its parts.
pub async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Path((code, period, word)): Path<(String, String, String)>,
    Query(asked): Query<Asked>,
) -> Response {
    let work = async {
        let mut view = asking::view(&app, &caller, &asked.at).await?;
        let at = budget::place(&view, &code, &period)?;
        let list = budget::list(&mut view, &at, &word, &asked.after).await?;
        if wants_csv(&headers) {
            let (columns, rows) = list.table(&view);
            return Ok(csv(&word, columns, &rows));
        }
        Ok(Json(list.json(&view)).into_response())
    };
    answered(work.await, &caller)
}

/// `GET /api/v1/orders/{number}/money`: where the money of an order is, and every step of each of its lines.
pub async fn order_money(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Path(number): Path<String>,
) -> Response {
    let work = async {
        let mut view = asking::view(&app, &caller, "").await?;
        let found = store::order::by_number(&mut view.tx, &caller.person.tenant, &number).await?;
        found.ok_or_else(|| Error::not_found("order", &number))?;
        let money = order::money(&mut view, &number).await?;
        if wants_csv(&headers) {
            let (columns, rows) = order::table(&view, &money);
            return Ok(csv("order", columns, &rows));
        }
        Ok(Json(order::money_json(&money)).into_response())
    };
    answered(work.await, &caller)
}

/// `GET /api/v1/budgets/analysis`: the money of a period by location, project, segment, owner, supplier, buyer or article group.
pub async fn analysis(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    let work = async {
        let by = By::parse(&asked.by)?;
        let mut view = asking::view(&app, &caller, &asked.at).await?;
        let period = analysis::period(&view, &asked.period)?;
        let groups = analysis::analysis(&app, &mut view, by, &period).await?;
        if wants_csv(&headers) {
            let (columns, rows) = analysis::table(&view, &groups);
            return Ok(csv("analysis", columns, &rows));
        }
        let items: Vec<Value> = groups.iter().map(analysis::group_json).collect();
        let at = view.at.map(|at| at.to_string());
        Ok(Json(json!({"at": at, "by": by.as_str(), "period": &*period, "currency": view.currency.as_str(), "items": items})).into_response())
    };
    answered(work.await, &caller)
}

/// `GET /api/v1/budgets/over`: ceilings that are passed, and the entries that passed one.
pub async fn over(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    let work = async {
        let mut view = asking::view(&app, &caller, &asked.at).await?;
        let above = reports::above_limit(&view, &asked.period);
        if wants_csv(&headers) {
            let (columns, rows) = reports::over_table(&view, &above);
            return Ok(csv("over", columns, &rows));
        }
        let passed = reports::passed(&mut view, &asked.after).await?;
        Ok(Json(reports::over_json(&view, &above, &passed)).into_response())
    };
    answered(work.await, &caller)
}

/// `GET /api/v1/budgets/released`: what was called off or could not be delivered, and what that gave back to each budget.
pub async fn released(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    let work = async {
        let mut view = asking::view(&app, &caller, &asked.at).await?;
        let released = reports::released(&mut view, &asked.after).await?;
        if wants_csv(&headers) {
            let (columns, rows) = reports::released_table(&view, &released.0);
            return Ok(csv("released", columns, &rows));
        }
        Ok(Json(reports::released_json(&view, &released)).into_response())
    };
    answered(work.await, &caller)
}

/// `GET /api/v1/budgets/held`: invoices that may not be booked yet, with the reason and since when.
pub async fn held(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, headers: HeaderMap) -> Response {
    let work = async {
        let mut view = asking::view(&app, &caller, "").await?;
        let held = reports::held(&mut view).await?;
        if wants_csv(&headers) {
            let (columns, rows) = reports::held_table(&view, &held);
            return Ok(csv("held", columns, &rows));
        }
        Ok(Json(reports::held_json(&held)).into_response())
    };
    answered(work.await, &caller)
}

/// `GET /api/v1/budgets/variances`: ordered against invoiced, by supplier and article.
pub async fn variances(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    let work = async {
        let mut view = asking::view(&app, &caller, "").await?;
        let period = analysis::period(&view, &asked.period)?;
        let found = analysis::variances(&mut view, &period).await?;
        if wants_csv(&headers) {
            let (columns, rows) = analysis::variance_table(&view, &found);
            return Ok(csv("variances", columns, &rows));
        }
        let items: Vec<Value> = found.iter().map(analysis::variance_json).collect();
        Ok(Json(json!({"period": &*period, "currency": view.currency.as_str(), "items": items})).into_response())
    };
    answered(work.await, &caller)
}
