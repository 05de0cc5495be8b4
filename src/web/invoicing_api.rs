//! Invoice runs and credit notes over the JSON API, for the supplier. Translates bodies to `flow` calls; whether somebody may, and whether it
//! fits, is decided there.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::api_budgets::answered;
use super::commands::read;
use crate::app::App;
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::invoice::credit::{CreditKind, Wanted};
use crate::domain::money::{Currency, Money};
use crate::domain::quantity;
use crate::error::{Error, Result};
use crate::flow::invoicing::{self, crediting, forecasting, running};
use crate::flow::signing::Caller;
use crate::store;

type Shared = State<Arc<App>>;
type Who = Extension<Caller>;

/// What a run is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RunBody {
    /// The same id again is the same run.
    #[serde(default)]
    id: String,
    /// What was shipped until this day.
    reference_date: String,
    /// Everybody without them.
    #[serde(default)]
    customers: Vec<String>,
    /// Whose run it is, for the operator.
    supplier: Option<String>,
}

/// Which page of whose invoices is asked for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Page {
    supplier: Option<String>,
    after: String,
}

/// Whose runs are asked for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Whose {
    supplier: Option<String>,
}

/// `POST /api/v1/invoice-runs`: 202, and the run; it is gone through in the background.
pub async fn start(State(app): Shared, Extension(caller): Who, body: Bytes) -> Response {
    let work = async {
        let body: RunBody = read(&body)?;
        let supplier = running::supplier_of(&caller, body.supplier.as_deref())?;
        let run = running::start(&app, &caller.person.sign_in, &supplier, &body.id, &body.reference_date, &body.customers).await?;
        Ok((StatusCode::ACCEPTED, Json(running::run_json(&run, &[]))).into_response())
    };
    answered(work.await, &caller)
}

/// `POST /api/v1/invoice-runs/preview`: what a run would do now.
pub async fn preview(State(app): Shared, Extension(caller): Who, body: Bytes) -> Response {
    let work = async {
        let body: RunBody = read(&body)?;
        let supplier = running::supplier_of(&caller, body.supplier.as_deref())?;
        let found = running::preview(&app, &supplier, &body.reference_date, &body.customers).await?;
        let customers: Vec<Value> = found.iter().map(forecasting::forecast_json).collect();
        Ok(Json(json!({"reference_date": body.reference_date, "customers": customers})).into_response())
    };
    answered(work.await, &caller)
}

/// `GET /api/v1/invoice-runs`: the newest first.
pub async fn list(State(app): Shared, Extension(caller): Who, Query(whose): Query<Whose>) -> Response {
    let work = async {
        let supplier = running::supplier_of(&caller, whose.supplier.as_deref())?;
        let mut tx = app.store.read().await?;
        let runs = store::invoice_run::of_supplier(&mut tx, &supplier, running::LISTED_MAX).await?;
        let items: Vec<Value> = runs.iter().map(|run| running::run_json(run, &[])).collect();
        Ok(Json(json!({"items": items})).into_response())
    };
    answered(work.await, &caller)
}

/// `GET /api/v1/invoice-runs/{id}`: how far it is, and what it came to for each customer.
pub async fn show(State(app): Shared, Extension(caller): Who, Path(id): Path<String>, Query(whose): Query<Whose>) -> Response {
    let work = async {
        let supplier = running::supplier_of(&caller, whose.supplier.as_deref())?;
        let (run, parts) = running::show(&app, &supplier, &id).await?;
        Ok(Json(running::run_json(&run, &parts)).into_response())
    };
    answered(work.await, &caller)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreditBody {
    kind: String,
    lines: Vec<CreditLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreditLine {
    line: u32,
    quantity: Option<String>,
    amount: Option<String>,
}

/// What is asked of each line, from texts; everything that cannot be read is named.
pub fn wanted(lines: impl Iterator<Item = (u32, Option<String>, Option<String>)>, currency: Currency) -> Result<Vec<Wanted>> {
    let mut findings = Findings::default();
    let mut all = Vec::new();
    for (line, typed_quantity, typed_amount) in lines {
        let quantity = typed_quantity.map(|text| quantity::read(&text).map_err(|finding| findings.push(finding.line(line))));
        let amount = typed_amount.map(|text| {
            let read = text.parse().ok().filter(|amount: &rust_decimal::Decimal| amount.scale() <= currency.exponent());
            let read = read.and_then(|amount| Money::round(amount, currency));
            read.ok_or_else(|| findings.push(Finding::error(Code::Unusable, "amount").line(line).value(&text)))
        });
        all.push(Wanted { line, quantity: quantity.and_then(std::result::Result::ok), amount: amount.and_then(std::result::Result::ok) });
    }
    if findings.has_error() { Err(findings.into()) } else { Ok(all) }
}

/// `POST /api/v1/customers/{customer}/invoices/{id}/credits`: 201, and the credit note.
pub async fn credit(State(app): Shared, Extension(caller): Who, Path((customer, id)): Path<(String, String)>, body: Bytes) -> Response {
    let work = async {
        let body: CreditBody = read(&body)?;
        let kind = CreditKind::parse(&body.kind)
            .ok_or_else(|| Error::from(Finding::error(Code::Unusable, "kind").value(&body.kind).limit("price, refund, replace")))?;
        let currency = crediting::currency(&app, &customer, &id).await?;
        let lines = wanted(body.lines.into_iter().map(|line| (line.line, line.quantity, line.amount)), currency)?;
        let row = crediting::credit(&app, &caller, &customer, &id, kind, &lines).await?;
        Ok((StatusCode::CREATED, Json(invoicing::invoice_json(&row))).into_response())
    };
    answered(work.await, &caller)
}

/// Invoices on a page of a list.
const ON_PAGE: u32 = 50;

fn page(rows: &[store::invoice::Invoice]) -> Response {
    let next = rows.last().filter(|_| u32::try_from(rows.len()) == Ok(ON_PAGE)).map(|last| last.id.clone());
    let items: Vec<Value> = rows.iter().map(invoicing::invoice_json).collect();
    Json(json!({"items": items, "next": next})).into_response()
}

/// `GET /api/v1/invoices`: what the buyer was sent, the newest first.
pub async fn invoices(State(app): Shared, Extension(caller): Who, Query(query): Query<super::api::ListQuery>) -> Response {
    let work = async {
        let mut tx = app.store.read().await?;
        Ok(page(&store::invoice::of_tenant(&mut tx, &caller.person.tenant, &query.after, ON_PAGE).await?))
    };
    answered(work.await, &caller)
}

/// `GET /api/v1/customers/{customer}/invoices`: what this supplier sent the customer, the newest first.
pub async fn of_customer(State(app): Shared, Extension(caller): Who, Path(customer): Path<String>, Query(query): Query<Page>) -> Response {
    let work = async {
        // Who names somebody else's customers finds none.
        let supplier = running::supplier_of(&caller, query.supplier.as_deref()).map_err(|_| Error::not_found("customer", &customer))?;
        let mut tx = app.store.read().await?;
        let rows = store::invoice::of_supplier(&mut tx, &customer, &supplier, &query.after, ON_PAGE).await?;
        // Whom this supplier sent nothing it learns nothing of, not even that they are here.
        if rows.is_empty() && query.after.is_empty() {
            return Err(Error::not_found("customer", customer));
        }
        Ok(page(&rows))
    };
    answered(work.await, &caller)
}

/// `GET /api/v1/customers/{customer}/invoices/{id}/sendings`: how it went, channel by channel.
pub async fn sendings(State(app): Shared, Extension(caller): Who, Path((customer, id)): Path<(String, String)>) -> Response {
    let work = async {
        crediting::issued(&app, &caller, &customer, &id).await?;
        let mut tx = app.store.read().await?;
        let all = store::invoice_sending::of_invoice(&mut tx, &customer, &id).await?;
        let one = |s: &store::invoice_sending::Sending| json!({"channel": s.channel, "state": s.state, "handle": s.handle, "said": s.said, "changed_at": s.changed_at.to_string()});
        Ok(Json(json!({"items": all.iter().map(one).collect::<Vec<_>>()})).into_response())
    };
    answered(work.await, &caller)
}

/// `GET /api/v1/customers/{customer}/invoices/{id}`: the document as it was issued, for the supplier that issued it.
pub async fn document(State(app): Shared, Extension(caller): Who, Path((customer, id)): Path<(String, String)>) -> Response {
    let work = async {
        let row = crediting::issued(&app, &caller, &customer, &id).await?;
        Ok(([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], row.document).into_response())
    };
    answered(work.await, &caller)
}
