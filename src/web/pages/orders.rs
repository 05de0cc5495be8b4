//! Orders for their buyer: the list, one order, what becomes of an offer, a word to the supplier; documents of an order for either side.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Extension, Path, Query, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::Portal;
use super::desk_order::{typed, version};
use super::fields::{Pairs, value};
use super::order_page::{Side, Typed, order_page};
use crate::app::App;
use crate::domain::finding::{Code, Finding};
use crate::domain::order::State;
use crate::error::{Error, Result};
use crate::flow::commanding::Asking;
use crate::flow::fulfilling::deciding::{self, Verdict};
use crate::flow::fulfilling::{history, questioning};
use crate::flow::signing::Caller;
use crate::flow::{delivering, picturing};
use crate::store::order::Stored;
use crate::store::{self};
use crate::text::Texts;
use crate::web::answer::{self, error_page, page};
use crate::web::api::ListQuery;

const PAGE: u32 = 50;

struct Row {
    href: String,
    number: String,
    party: String,
    at: String,
    kind: &'static str,
    word: String,
    net: String,
}

#[derive(Template)]
#[template(path = "orders.html")]
struct OrdersPage {
    p: Portal,
    rows: Vec<Row>,
    next: Option<String>,
    /// Whether the reader may bring orders in.
    may_order: bool,
}

pub fn state_kind(state: State) -> &'static str {
    match state {
        State::Requested | State::Placed => "wait",
        State::Confirmed => "info",
        State::Shipped => "part",
        State::Invoiced => "good",
        State::Cancelled | State::Rejected | State::Expired => "off",
    }
}

pub fn state_word(t: Texts, state: State) -> String {
    t.get(&format!("state-{}", state.as_str()))
}

fn row(t: Texts, stored: &Stored, root: &str, party: &str, zone: &str) -> Row {
    let order = &stored.order;
    Row {
        href: format!("{root}{}", order.id),
        number: order.number.clone(),
        party: party.to_string(),
        at: t.moment(&stored.placed_at, zone),
        kind: state_kind(order.state),
        word: state_word(t, order.state),
        net: t.money(&order.net),
    }
}

/// The buyer's orders.
pub async fn list(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Query(query): Query<ListQuery>) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let mut tx = app.store.read().await?;
        let stored = store::order::of_tenant(&mut tx, &caller.person.tenant, &query.after, PAGE).await?;
        let zone = store::organisation::time_zone(&mut tx, &caller.person.tenant).await?;
        let rows = stored.iter().map(|s| row(t, s, "/orders/", &s.order.supplier, &zone)).collect();
        Ok::<_, Error>(OrdersPage {
            p: Portal::of(&caller, "/orders"),
            rows,
            next: next_page("/orders", &stored),
            may_order: caller.person.roles.iter().any(|role| crate::web::ORDERERS.contains(&role.as_str())),
        })
    };
    respond(work.await, t)
}

fn next_page(path: &str, stored: &[Stored]) -> Option<String> {
    let full = stored.len() == PAGE as usize;
    full.then(|| stored.last().map(|last| format!("{path}?after={}", last.order.id))).flatten()
}

pub fn respond(work: Result<impl Template>, t: Texts) -> Response {
    match work {
        Ok(template) => page(StatusCode::OK, &template),
        Err(error) => error_page(&error, t.0),
    }
}

/// An order of the reader's own organisation.
async fn own(app: &App, caller: &Caller, id: &str) -> Result<Stored> {
    let mut tx = app.store.read().await?;
    store::order::by_id(&mut tx, &caller.person.tenant, id).await?.ok_or_else(|| Error::not_found("order", id))
}

pub async fn show(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Response {
    shown(&app, &caller, &id, StatusCode::OK, None).await
}

async fn shown(app: &App, caller: &Caller, id: &str, status: StatusCode, refused: Option<(String, Typed)>) -> Response {
    let work = async { order_page(app, caller, own(app, caller, id).await?, Side::Buyer, refused).await };
    match work.await {
        Ok(template) => page(status, &template),
        Err(error) => error_page(&error, caller.person.language),
    }
}

/// After a step: back to the order, or the order with the reason why not and what was entered.
async fn after(app: &App, caller: &Caller, id: &str, fields: Pairs, done: Result<()>) -> Response {
    match done {
        Ok(()) => Redirect::to(&format!("/orders/{id}")).into_response(),
        Err(error) => {
            let sentence = answer::sentence(&error, Texts(caller.person.language));
            shown(app, caller, id, answer::status(&error), Some((sentence, Typed(fields)))).await
        }
    }
}

/// The buyer takes or refuses what its supplier offers for a line.
pub async fn offer(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path(id): Path<String>, body: Bytes) -> Response {
    let fields = typed(&body);
    let field = |name: &str| value(&fields, name);
    let work = async {
        let verdict = Verdict::parse(field("decision")).ok_or_else(|| Finding::error(Code::Unusable, "decision").value(field("decision")))?;
        let line = field("line").parse().map_err(|_| Finding::error(Code::Unusable, "line").value(field("line")))?;
        let number = own(&app, &caller, &id).await?.order.number;
        let asking = Asking { caller: &caller, key: None, preview: false, content: String::new() };
        deciding::decide(&app, &asking, &number, line, verdict, version(&fields)).await.map(drop)
    };
    let done = work.await;
    after(&app, &caller, &id, fields, done).await
}

/// A word to the supplier.
pub async fn ask(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path(id): Path<String>, body: Bytes) -> Response {
    let fields = typed(&body);
    let done = questioning::ask_as_buyer(&app, &caller, &id, value(&fields, "words")).await;
    after(&app, &caller, &id, fields, done).await
}

/// A message about the order that was parked goes out again.
pub async fn resend(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path(id): Path<String>, body: Bytes) -> Response {
    let fields = typed(&body);
    let work = async { history::resend(&app, &own(&app, &caller, &id).await?, value(&fields, "message")).await };
    let done = work.await;
    after(&app, &caller, &id, fields, done).await
}

/// A message about the order that was parked is not sent any more.
pub async fn give_up(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path(id): Path<String>, body: Bytes) -> Response {
    let fields = typed(&body);
    let work = async {
        let stored = own(&app, &caller, &id).await?;
        history::give_up(&app, &caller, &stored, value(&fields, "message"), value(&fields, "why")).await
    };
    let done = work.await;
    after(&app, &caller, &id, fields, done).await
}

/// A logo of an order, for the buyer.
pub async fn logo(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((id, name)): Path<(String, String)>) -> Response {
    let work = async {
        let mut tx = app.store.read().await?;
        let stored = store::order::by_id(&mut tx, &caller.person.tenant, &id).await?.ok_or_else(|| Error::not_found("order", &id))?;
        drop(tx);
        picturing::logo_of(&app, &stored, &name).await
    };
    picture(work.await, &caller)
}

/// The same for the supplier that prints it.
pub async fn desk_logo(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((tenant, id, name)): Path<(String, String, String)>,
) -> Response {
    let work = async {
        let mut tx = app.store.read().await?;
        let stored = delivering::order(&mut tx, &caller, &tenant, &id).await?;
        drop(tx);
        picturing::logo_of(&app, &stored, &name).await
    };
    picture(work.await, &caller)
}

fn picture(found: Result<store::picture::Stored>, caller: &Caller) -> Response {
    match found {
        Ok(picture) => crate::web::shop::picture::response(picture),
        Err(error) => error_page(&error, caller.person.language),
    }
}

fn document(invoice: Option<store::invoice::Invoice>, id: &str, t: Texts) -> Response {
    match invoice {
        Some(invoice) => {
            let name = format!("attachment; filename=\"{}.xml\"", invoice.number.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "_"));
            ([(header::CONTENT_TYPE, "application/xml; charset=utf-8".to_string()), (header::CONTENT_DISPOSITION, name)], invoice.document)
                .into_response()
        }
        None => error_page(&Error::not_found("invoice", id), t.0),
    }
}

/// The document as it was issued, for the buyer.
pub async fn invoice_document(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let mut tx = app.store.read().await?;
        store::invoice::by_id(&mut tx, &caller.person.tenant, &id).await
    };
    match work.await {
        Ok(invoice) => document(invoice, &id, t),
        Err(error) => error_page(&error, t.0),
    }
}

/// The same for the supplier that issued it.
pub async fn desk_invoice(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((tenant, id)): Path<(String, String)>,
) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let mut tx = app.store.read().await?;
        let Some(invoice) = store::invoice::by_id(&mut tx, &tenant, &id).await? else { return Ok(None) };
        delivering::order(&mut tx, &caller, &tenant, &invoice.order).await?;
        Ok::<_, Error>(Some(invoice))
    };
    match work.await {
        Ok(invoice) => document(invoice, &id, t),
        Err(error) => error_page(&error, t.0),
    }
}
