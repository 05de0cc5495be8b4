//! Invoice runs for people of a supplier: what a run would do, the button that starts it, and what earlier ones came to. Decides nothing.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Extension, Path, Query, State as Shared};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::Value;

use super::Portal;
use super::orders::respond;
use crate::app::App;
use crate::clock;
use crate::domain::coding::Kind as CodingKind;
use crate::domain::money::{Currency, Money};
use crate::error::{Error, Result};
use crate::flow::invoicing::forecasting::{Forecast, KeptBack, Planned, Reason};
use crate::flow::invoicing::running;
use crate::flow::signing::Caller;
use crate::store;
use crate::store::invoice_run::{Part, Run};
use crate::store::json::str_of;
use crate::text::Texts;
use crate::web::answer::{self, error_page};

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    date: String,
    /// Of the operator: whose runs.
    supplier: String,
}

#[derive(Deserialize)]
pub struct Wish {
    id: String,
    date: String,
    #[serde(default)]
    supplier: String,
}

/// A supplier to choose from: id, name, and whether it is the one.
pub type Choice = (String, String, bool);

struct PlannedRow {
    customer: String,
    /// What it is for, where the customer wants an invoice for each of something.
    codes: String,
    orders: String,
    lines: usize,
    net: String,
    gross: String,
}

struct KeptRow {
    customer: String,
    order: String,
    line: String,
    net: String,
    why: String,
}

struct RunRow {
    href: String,
    id: String,
    date: String,
    who: String,
    at: String,
    kind: &'static str,
    word: String,
}

#[derive(Template)]
#[template(path = "invoice_runs.html")]
struct RunsPage {
    p: Portal,
    date: String,
    /// The operator chooses whose runs; nothing for anybody else.
    suppliers: Vec<Choice>,
    supplier: String,
    /// The id the run would have, so that pressing twice is pressing once.
    id: String,
    /// Whether something was looked at.
    previewed: bool,
    title: String,
    planned: Vec<PlannedRow>,
    kept: Vec<KeptRow>,
    runs: Vec<RunRow>,
}

#[derive(Template)]
#[template(path = "invoice_run.html")]
struct RunPage {
    p: Portal,
    back: String,
    id: String,
    date: String,
    kind: &'static str,
    word: String,
    under_way: bool,
    /// Customer, number of invoices, net.
    customers: Vec<(String, i64, String)>,
    kept: Vec<KeptRow>,
}

fn planned_row(t: Texts, forecast: &Forecast, planned: &Planned) -> PlannedRow {
    let code = |(kind, value): &(CodingKind, String)| format!("{} {value}", t.get(&format!("field-{}", kind.name().replace('_', "-"))));
    PlannedRow {
        customer: forecast.name.clone(),
        codes: planned.codes.iter().map(code).collect::<Vec<_>>().join(", "),
        orders: planned.orders.join(", "),
        lines: planned.lines,
        net: t.money(&planned.net),
        gross: t.money(&planned.gross),
    }
}

fn reason(t: Texts, reason: &Reason) -> String {
    match reason {
        Reason::Missing(code) => t.with("kept-missing", "what", t.get(&format!("field-{}", code.replace('_', "-")))),
        Reason::BelowMinimum(least) => t.with("kept-below-minimum", "what", t.money(least)),
        Reason::Books(refusal) => answer::refused(refusal, t),
        Reason::Rejected(findings) => findings.first().map(|finding| t.finding(finding)).unwrap_or_default(),
    }
}

fn kept_row(t: Texts, forecast: &Forecast, kept: &KeptBack) -> KeptRow {
    KeptRow {
        customer: forecast.name.clone(),
        order: kept.number.clone(),
        line: kept.line.clone(),
        net: t.money(&kept.net),
        why: reason(t, &kept.reason),
    }
}

/// From the row of a run that is done.
fn kept_of_part(t: Texts, part: &Part, kept: &Value) -> KeptRow {
    let text = |key: &str| str_of(kept, key).to_string();
    let what = kept.get("what").map(|what| what.as_str().map_or_else(|| what.to_string(), str::to_string)).unwrap_or_default();
    let why = match str_of(kept, "code") {
        "missing" => t.with("kept-missing", "what", t.get(&format!("field-{}", what.replace('_', "-")))),
        "below_minimum" => t.with("kept-below-minimum", "what", what),
        "rejected" => t.with("kept-rejected", "what", what),
        code => t.with(&format!("refusal-{}", code.replace('_', "-")), "what", what),
    };
    let currency = Currency::parse(str_of(kept, "currency")).unwrap_or(Currency::EUR);
    let net = str_of(kept, "net").parse().ok().and_then(|net| Money::round(net, currency));
    KeptRow { customer: part.tenant.clone(), order: text("order"), line: text("line"), net: net.map(|net| t.money(&net)).unwrap_or_default(), why }
}

fn state(t: Texts, run: &Run) -> (&'static str, String) {
    match run.state.as_str() {
        "done" => ("good", t.get("run-done")),
        "running" => ("part", t.get("run-running")),
        _ => ("wait", t.get("run-waiting")),
    }
}

/// For the operator every supplier, with the one that is looked at; for others nothing.
pub async fn choices(app: &App, caller: &Caller, asked: &str) -> Result<Vec<Choice>> {
    if !caller.person.roles.iter().any(|role| role == crate::flow::applying::OPERATOR) {
        return Ok(Vec::new());
    }
    let mut tx = app.store.read().await?;
    let all = store::organisation::all(&mut tx).await?;
    let suppliers = all.into_iter().filter(|organisation| organisation.kind == "supplier");
    Ok(suppliers.map(|one| (one.id.clone(), one.name, one.id == asked)).collect())
}

/// The one asked for; of the operator, who has no runs, the first there is.
pub fn whose(caller: &Caller, asked: &str, choices: &[Choice]) -> Result<String> {
    let named = if asked.is_empty() { choices.first().map_or("", |(id, _, _)| id.as_str()) } else { asked };
    running::supplier_of(caller, Some(named).filter(|named| !named.is_empty()))
}

pub async fn list(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Query(asked): Query<Asked>) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let choices = choices(&app, &caller, &asked.supplier).await?;
        let supplier = whose(&caller, &asked.supplier, &choices)?;
        let found = if asked.date.is_empty() { Vec::new() } else { running::preview(&app, &supplier, &asked.date, &[]).await? };
        let mut tx = app.store.read().await?;
        let runs = store::invoice_run::of_supplier(&mut tx, &supplier, running::LISTED_MAX).await?;
        let zone = store::organisation::time_zone(&mut tx, &caller.person.tenant).await?;
        drop(tx);
        let run_row = |run: &Run| {
            let (kind, word) = state(t, run);
            let who = if run.asked_by.is_empty() { t.get("run-by-itself") } else { run.asked_by.clone() };
            let href = format!("/invoice-runs/{}?supplier={}", run.id, run.supplier);
            RunRow { href, id: run.id.clone(), date: t.iso_date(&run.reference_date), who, at: t.moment(&run.made_at, &zone), kind, word }
        };
        let planned: Vec<PlannedRow> =
            found.iter().flat_map(|forecast| forecast.invoices.iter().map(move |planned| planned_row(t, forecast, planned))).collect();
        let now = app.clock.now();
        Ok::<_, Error>(RunsPage {
            p: Portal::of(&caller, "/invoice-runs"),
            previewed: !asked.date.is_empty(),
            date: if asked.date.is_empty() { now.date() } else { asked.date.clone() },
            suppliers: choices,
            supplier,
            id: clock::new_id(now),
            title: t.count("run-preview", &planned.len()),
            planned,
            kept: found.iter().flat_map(|forecast| forecast.kept_back.iter().map(move |kept| kept_row(t, forecast, kept))).collect(),
            runs: runs.iter().map(run_row).collect(),
        })
    };
    respond(work.await, t)
}

pub async fn start(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Form(wish): Form<Wish>) -> Response {
    let work = async {
        let supplier = running::supplier_of(&caller, Some(wish.supplier.as_str()).filter(|named| !named.is_empty()))?;
        running::start(&app, &caller.person.sign_in, &supplier, &wish.id, &wish.date, &[]).await
    };
    match work.await {
        Ok(run) => Redirect::to(&format!("/invoice-runs/{}?supplier={}", run.id, run.supplier)).into_response(),
        Err(error) => error_page(&error, caller.person.language),
    }
}

pub async fn show(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let supplier = running::supplier_of(&caller, Some(asked.supplier.as_str()).filter(|named| !named.is_empty()))?;
        let (run, parts) = running::show(&app, &supplier, &id).await?;
        let (kind, word) = state(t, &run);
        let kept = parts.iter().flat_map(|part| part.kept_back.as_array().into_iter().flatten().map(move |kept| kept_of_part(t, part, kept)));
        let net = |part: &Part| t.money(&running::net_of(part));
        Ok::<_, Error>(RunPage {
            p: Portal::of(&caller, "/invoice-runs"),
            back: format!("/invoice-runs?supplier={}", run.supplier),
            date: t.iso_date(&run.reference_date),
            kind,
            word,
            under_way: run.state != "done",
            customers: parts.iter().map(|part| (part.tenant.clone(), part.invoices, net(part))).collect(),
            kept: kept.collect(),
            id: run.id,
        })
    };
    respond(work.await, t)
}
