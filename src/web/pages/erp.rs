//! The demo's virtual purchasing system at `/`: opens the catalogue in a frame, takes the basket, approves it, plays the supplier where asked,
//! and matches the invoice. Exists only while `hookline demo` runs; everywhere else its addresses are not found.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::connections::public_url;
use crate::app::App;
use crate::clock;
use crate::demo;
use crate::domain::books::{BudgetPeriod, entry};
use crate::domain::order::State as OrderState;
use crate::error::{Error, Result};
use crate::flow::fulfilling::shipping::{self, Leaving};
use crate::flow::fulfilling::{Target, answering};
use crate::flow::signing::Caller;
use crate::flow::{connecting, invoicing, ordering};
use crate::store::json::str_of;
use crate::store::{self};
use crate::text::Texts;
use crate::web::answer::{self, Message, error_page, page, with_policy};
use crate::web::auth;
use crate::wire::form::{self, Place};
use crate::wire::oci::{check, preset};
use crate::wire::ubl_reading;

/// Requisitions the virtual system remembers; the oldest go.
const KEPT: usize = 200;
/// The demo's own frame: the catalogue of the same origin.
const POLICY: &str =
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'";

/// A basket that came back, and the order made of it.
#[derive(Clone, Default)]
struct Requisition {
    connection: String,
    pairs: Vec<(String, String)>,
    order: Option<String>,
}

/// What the virtual system knows.
#[derive(Default)]
pub struct Erp(Mutex<BTreeMap<String, Requisition>>);

impl Erp {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Requisition>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Opening {
    name: String,
    buyer: String,
    pairs: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "erp_start.html")]
struct StartPage {
    t: Texts,
    connections: Vec<Opening>,
    steps: Vec<String>,
    requisitions: Vec<(String, String, String)>,
    people: Vec<(String, String)>,
    password: &'static str,
}

/// The start of the demo: three buyers, one frame.
pub async fn start(app: &Arc<App>, headers: &HeaderMap) -> Response {
    let t = Texts(answer::language_of(headers));
    let work = async {
        let mut tx = app.store.read().await?;
        let url = public_url(app, headers);
        let mut connections = Vec::new();
        for stored in store::connection::all(&mut tx).await? {
            let buyer = store::organisation::by_id(&mut tx, &stored.tenant).await?.map(|o| o.name).unwrap_or_default();
            let id = clock::new_id(app.clock.now());
            let return_url = format!("{url}/erp/return?connection={}&requisition={id}", stored.name);
            connections.push(Opening {
                pairs: vec![
                    ("USERNAME", demo::CALL_UP_USER.into()),
                    ("PASSWORD", demo::CALL_UP_PASSWORD.into()),
                    ("HOOK_URL", return_url),
                    ("OCI_VERSION", "4.0".into()),
                    ("~OkCode", "ADDI".into()),
                    ("~TARGET", "_top".into()),
                    ("~CALLER", "CTLG".into()),
                    ("sap-language", t.language().into()),
                ],
                name: stored.name,
                buyer,
            });
        }
        let people = store::person::all(&mut tx).await?;
        Ok::<_, Error>(StartPage {
            t,
            connections,
            steps: (1..=5).map(|n| t.get(&format!("erp-step-{n}"))).collect(),
            requisitions: app.erp.lock().iter().rev().take(8).map(|(id, r)| (id.clone(), short(id), r.connection.clone())).collect(),
            people: people.into_iter().map(|p| (p.sign_in, p.roles.join(", "))).collect(),
            password: demo::PASSWORD,
        })
    };
    match work.await {
        Ok(template) => with_policy(page(StatusCode::OK, &template), POLICY),
        Err(error) => error_page(&error, t.0),
    }
}

fn short(id: &str) -> String {
    id.get(18..).unwrap_or(id).to_uppercase()
}

/// The answer everywhere but in the demo.
fn not_here(app: &App, headers: &HeaderMap) -> Option<Response> {
    (!app.config.demo).then(|| error_page(&Error::not_found("page", "erp"), answer::language_of(headers)))
}

/// What stands in the frame before the catalogue does.
pub async fn empty(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    if let Some(response) = not_here(&app, &headers) {
        return response;
    }
    let message = Message::of(answer::language_of(&headers), "info", "erp-empty", 0);
    with_policy(page(StatusCode::OK, &message), &POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'"))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Returned {
    connection: String,
    requisition: String,
}

/// The basket comes back, posted by the browser.
pub async fn returned(State(app): State<Arc<App>>, Query(to): Query<Returned>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(response) = not_here(&app, &headers) {
        return response;
    }
    let content_type = headers.get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let pairs = form::read(&body, Place::Body, form::declared_charset(content_type)).into_iter().map(|pair| (pair.name, pair.value)).collect();
    let id: String = to.requisition.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    let mut known = app.erp.lock();
    if known.len() >= KEPT {
        known.pop_first();
    }
    known.entry(id.clone()).or_insert(Requisition { connection: to.connection, pairs, order: None });
    Redirect::to(&format!("/erp/{id}")).into_response()
}

#[derive(Template)]
#[template(path = "erp_requisition.html")]
struct RequisitionPage {
    t: Texts,
    id: String,
    kind: &'static str,
    word: String,
    about: String,
    actions: Vec<(&'static str, String)>,
    problem: Option<String>,
    document: Option<String>,
    lines: Vec<(u32, String, String, String, String, String)>,
    checks: Vec<(&'static str, String)>,
    pairs: Vec<(String, String)>,
}

pub async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Some(response) = not_here(&app, &headers) {
        return response;
    }
    requisition_page(&app, &id, &headers, None).await
}

async fn requisition_page(app: &App, id: &str, headers: &HeaderMap, problem: Option<&Error>) -> Response {
    let t = Texts(answer::language_of(headers));
    let found = app.erp.lock().get(id).cloned();
    let Some(requisition) = found else { return error_page(&Error::not_found("requisition", id), t.0) };
    match describe(app, t, id, requisition, problem).await {
        Ok(template) => with_policy(page(StatusCode::OK, &template), POLICY),
        Err(error) => error_page(&error, t.0),
    }
}

async fn describe(app: &App, t: Texts, id: &str, requisition: Requisition, problem: Option<&Error>) -> Result<RequisitionPage> {
    let live = connecting::connection(app, &requisition.connection).await?;
    let findings = check::check(&requisition.pairs, &preset::of(&live.connection).receiver);
    let received = demo::lines(&requisition.pairs);
    let mut checks: Vec<(&'static str, String)> = findings.errors().map(|finding| ("bad", t.finding(finding))).collect();
    if checks.is_empty() {
        checks.push(("good", t.get(if received.is_empty() { "erp-nothing" } else { "virtual-erp-ok" })));
    }
    let mut page = RequisitionPage {
        t,
        id: id.to_string(),
        kind: "wait",
        word: t.get("erp-to-approve"),
        about: requisition.connection.clone(),
        actions: if received.is_empty() { Vec::new() } else { vec![("approve", t.get("erp-approve"))] },
        problem: problem.map(|error| answer::sentence(error, t)),
        document: None,
        lines: (1u32..).zip(received.values()).map(|(number, line)| line_shown(number, line)).collect(),
        checks,
        pairs: requisition.pairs.clone(),
    };
    if let Some(number) = &requisition.order {
        order_state(app, &live.connection.tenant, number, &received, &mut page).await?;
    }
    Ok(page)
}

fn line_shown(number: u32, line: &check::Received) -> (u32, String, String, String, String, String) {
    let field = |name: &str| line.get(name).cloned().unwrap_or_default();
    let price = format!("{} {} / {} {}", field("CURRENCY"), field("PRICE"), field("PRICEUNIT"), field("UNIT"));
    let coding: Vec<String> = (1..=20).map(|n| field(&format!("CUST_FIELD{n}"))).filter(|value| !value.is_empty()).collect();
    (number, field("DESCRIPTION"), field("VENDORMAT"), field("QUANTITY"), price, coding.join(" "))
}

/// Where the order stands, what can be played next, and whether its invoice matches.
async fn order_state(app: &App, tenant: &str, number: &str, received: &BTreeMap<u32, check::Received>, page: &mut RequisitionPage) -> Result<()> {
    let t = page.t;
    let mut tx = app.store.view().await?;
    let stored = store::order::by_number(&mut tx, tenant, number).await?.ok_or_else(|| Error::not_found("order", number))?;
    let invoices = store::invoice::of_order(&mut tx, tenant, &stored.order.id).await?;
    page.about = t.with("order-title", "number", number);
    page.word = t.get(&format!("state-{}", stored.order.state.as_str()));
    page.kind = "info";
    page.actions = match stored.order.state {
        OrderState::Placed => vec![("confirm", t.get("erp-confirm"))],
        OrderState::Confirmed => vec![("ship", t.get("erp-ship"))],
        OrderState::Shipped => vec![("invoice", t.get("erp-send-invoice"))],
        OrderState::Requested | OrderState::Rejected | OrderState::Expired | OrderState::Invoiced | OrderState::Cancelled => Vec::new(),
    };
    page.checks.push(("good", t.with("erp-ordered", "number", number)));
    if let Some(invoice) = invoices.first() {
        page.document = Some(format!("/erp/{}/invoice.xml", page.id));
        let (bill, _) = ubl_reading::read(&invoice.document);
        let matched = !demo::matched(&demo::ordered(number, received), &bill).needs_a_person();
        let parts = [("invoice", invoice.number.clone()), ("number", number.to_string())];
        let text = t.with_all(if matched { "erp-matched" } else { "erp-not-matched" }, &parts);
        page.checks.push((if matched { "good" } else { "bad" }, text));
        page.kind = if matched { "good" } else { "bad" };
        page.word = t.get(if matched { "erp-matched-word" } else { "erp-not-matched-word" });
    }
    Ok(())
}

/// Somebody of an organisation with a role: the demo plays everybody.
async fn somebody(app: &App, tenant: &str, role: &str) -> Result<Caller> {
    let mut tx = app.store.read().await?;
    let people = store::person::all(&mut tx).await?;
    let person = people.into_iter().find(|p| p.tenant == tenant && p.roles.iter().any(|r| r == role));
    person.map(|person| Caller { person, scopes: None, login: None, token: None }).ok_or_else(|| Error::not_found("person", role))
}

/// Approve, and the supplier's steps.
pub async fn act(State(app): State<Arc<App>>, Path((id, action)): Path<(String, String)>, headers: HeaderMap) -> Response {
    if let Some(response) = not_here(&app, &headers) {
        return response;
    }
    if !auth::is_same_origin(&app, &headers) {
        return error_page(&Error::Denied, answer::language_of(&headers));
    }
    match step(&app, &id, &action).await {
        Ok(()) => Redirect::to(&format!("/erp/{id}")).into_response(),
        Err(error) => requisition_page(&app, &id, &headers, Some(&error)).await,
    }
}

async fn step(app: &App, id: &str, action: &str) -> Result<()> {
    let requisition = app.erp.lock().get(id).cloned().ok_or_else(|| Error::not_found("requisition", id))?;
    let live = connecting::connection(app, &requisition.connection).await?;
    let tenant = live.connection.tenant.as_str();
    if action == "approve" {
        return approve(app, id, tenant, &requisition).await;
    }
    let number = requisition.order.ok_or_else(|| Error::not_found("order", id))?;
    let mut tx = app.store.read().await?;
    let stored = store::order::by_number(&mut tx, tenant, &number).await?.ok_or_else(|| Error::not_found("order", &number))?;
    drop(tx);
    let supplier = somebody(app, &stored.order.supplier, "supplier_desk").await?;
    match action {
        "confirm" => answering::confirm(app, &supplier, &Target::page(tenant, &stored.order.id, None)).await,
        "ship" => shipping::ship(app, &supplier, &Target::page(tenant, &stored.order.id, None), &Leaving::default()).await,
        "invoice" => invoicing::issue(app, &supplier, tenant, &stored.order.id).await.map(drop),
        other => Err(Error::not_found("step", other)),
    }
}

async fn approve(app: &App, id: &str, tenant: &str, requisition: &Requisition) -> Result<()> {
    let buyer = somebody(app, tenant, "orderer").await?;
    let number = requisition.order.clone().unwrap_or_else(|| format!("45{}", short(id)));
    let body = demo::order_body(&number, &demo::lines(&requisition.pairs));
    let placed = ordering::place(app, &buyer, body.to_string().as_bytes(), None, ordering::Wish::Order).await?;
    if placed.status >= 300 {
        return Err(Error::Refused(crate::error::Refusal::Books(refusal(&placed.json()))));
    }
    if let Some(known) = app.erp.lock().get_mut(id) {
        known.order = Some(number);
    }
    Ok(())
}

/// What a refused order was answered, as a refusal again: the reader gets it in his language.
fn refusal(body: &serde_json::Value) -> entry::Refusal {
    let over = |value: &serde_json::Value| entry::Over {
        at: BudgetPeriod::new(str_of(value, "budget"), str_of(value, "period")),
        short: value["short"].as_i64().unwrap_or_default(),
    };
    let over = body["over"].as_array().into_iter().flatten().map(over).collect();
    entry::Refusal { over, ..entry::Refusal::new(entry::Code::InsufficientFunds, "") }
}

/// The invoice as the buyer gets it.
pub async fn invoice(State(app): State<Arc<App>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Some(response) = not_here(&app, &headers) {
        return response;
    }
    let work = async {
        let requisition = app.erp.lock().get(&id).cloned().ok_or_else(|| Error::not_found("requisition", &id))?;
        let live = connecting::connection(&app, &requisition.connection).await?;
        let mut tx = app.store.view().await?;
        let tenant = live.connection.tenant.as_str();
        let number = requisition.order.unwrap_or_default();
        let stored = store::order::by_number(&mut tx, tenant, &number).await?.ok_or_else(|| Error::not_found("order", &number))?;
        let invoices = store::invoice::of_order(&mut tx, tenant, &stored.order.id).await?;
        invoices.into_iter().next().ok_or_else(|| Error::not_found("invoice", &number))
    };
    match work.await {
        Ok(invoice) => ([("content-type", "application/xml; charset=utf-8")], invoice.document).into_response(),
        Err(error) => error_page(&error, answer::language_of(&headers)),
    }
}
