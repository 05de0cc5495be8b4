//! What a person of the supplier does with one order on its page. Translates forms to `flow` calls; after a step the order is shown again, with
//! the reason and what was entered where nothing was done.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Extension, Path, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use rust_decimal::Decimal;

use super::fields::{Pairs, value};
use super::order_page::{Side, Typed, order_page};
use crate::app::App;
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::fulfilment::{Said, Says};
use crate::domain::quantity;
use crate::domain::time::is_date;
use crate::error::Result;
use crate::flow::fulfilling::answering::{REASON_MAX, Wanted};
use crate::flow::fulfilling::shipping::{self, Leaving};
use crate::flow::fulfilling::{Target, answering, history, questioning, withdrawing};
use crate::flow::signing::Caller;
use crate::flow::{delivering, invoicing};
use crate::text::Texts;
use crate::web::answer::{self, error_page, page};
use crate::wire::form;

type Address = Path<(String, String)>;

pub async fn show(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((tenant, id)): Path<(String, String)>) -> Response {
    desk_page(&app, &caller, &tenant, &id, StatusCode::OK, None).await
}

async fn desk_page(app: &App, caller: &Caller, tenant: &str, id: &str, status: StatusCode, refused: Option<(String, Typed)>) -> Response {
    let work = async {
        let mut tx = app.store.read().await?;
        let stored = delivering::order(&mut tx, caller, tenant, id).await?;
        drop(tx);
        order_page(app, caller, stored, Side::Desk, refused).await
    };
    match work.await {
        Ok(template) => page(status, &template),
        Err(error) => error_page(&error, caller.person.language),
    }
}

/// After a step: back to the order, or the order with the reason why not and what was entered.
pub async fn after(app: &App, caller: &Caller, (tenant, id): (&str, &str), fields: Pairs, done: Result<()>) -> Response {
    match done {
        Ok(()) => Redirect::to(&format!("/desk/{tenant}/{id}")).into_response(),
        Err(error) => {
            let sentence = answer::sentence(&error, Texts(caller.person.language));
            desk_page(app, caller, tenant, id, answer::status(&error), Some((sentence, Typed(fields)))).await
        }
    }
}

pub async fn confirm(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((tenant, id)): Address, body: Bytes) -> Response {
    let fields = typed(&body);
    let done = answering::confirm(&app, &caller, &Target::page(&tenant, &id, version(&fields))).await;
    after(&app, &caller, (&tenant, &id), fields, done).await
}

pub async fn ship(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((tenant, id)): Address, body: Bytes) -> Response {
    let fields = typed(&body);
    let done = match leaving(&fields) {
        Ok(leaving) => shipping::ship(&app, &caller, &Target::page(&tenant, &id, version(&fields)), &leaving).await,
        Err(findings) => Err(findings.into()),
    };
    after(&app, &caller, (&tenant, &id), fields, done).await
}

/// A shipment that did not leave, or not so.
pub async fn withdraw(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((tenant, id)): Address, body: Bytes) -> Response {
    let fields = typed(&body);
    let unusable = || Finding::error(Code::Unusable, "shipment").value(value(&fields, "shipment").chars().take(40).collect::<String>());
    let done = match value(&fields, "shipment").parse() {
        Ok(number) => withdrawing::withdraw(&app, &caller, &Target::page(&tenant, &id, version(&fields)), number).await,
        Err(_) => Err(unusable().into()),
    };
    after(&app, &caller, (&tenant, &id), fields, done).await
}

pub async fn invoice(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((tenant, id)): Address) -> Response {
    let done = invoicing::issue(&app, &caller, &tenant, &id).await.map(drop);
    after(&app, &caller, (&tenant, &id), Vec::new(), done).await
}

/// A word to the buyer.
pub async fn ask(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((tenant, id)): Address, body: Bytes) -> Response {
    let fields = typed(&body);
    let done = questioning::ask_as_supplier(&app, &caller, &tenant, &id, value(&fields, "words")).await;
    after(&app, &caller, (&tenant, &id), fields, done).await
}

/// A message about the order that was parked goes out again.
pub async fn resend(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((tenant, id)): Address, body: Bytes) -> Response {
    let fields = typed(&body);
    let work = async {
        let mut tx = app.store.read().await?;
        let stored = delivering::order(&mut tx, &caller, &tenant, &id).await?;
        drop(tx);
        history::resend(&app, &stored, value(&fields, "message")).await
    };
    let done = work.await;
    after(&app, &caller, (&tenant, &id), fields, done).await
}

/// A message about the order that was parked is not sent any more.
pub async fn give_up(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((tenant, id)): Address, body: Bytes) -> Response {
    let fields = typed(&body);
    let work = async {
        let mut tx = app.store.read().await?;
        let stored = delivering::order(&mut tx, &caller, &tenant, &id).await?;
        drop(tx);
        history::give_up(&app, &caller, &stored, value(&fields, "message"), value(&fields, "why")).await
    };
    let done = work.await;
    after(&app, &caller, (&tenant, &id), fields, done).await
}

pub async fn cannot_deliver(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((tenant, id)): Address,
    body: Bytes,
) -> Response {
    let fields = typed(&body);
    let reason = value(&fields, "reason");
    let done = match ticked(&fields) {
        Ok(lines) => answering::refuse(&app, &caller, &Target::page(&tenant, &id, version(&fields)), &lines, reason).await,
        Err(findings) => Err(findings.into()),
    };
    after(&app, &caller, (&tenant, &id), fields, done).await
}

/// What a form brought; a button alone brings nothing.
pub fn typed(body: &[u8]) -> Vec<(String, String)> {
    form::read(body, form::Place::Body, None).into_iter().map(|pair| (pair.name, pair.value)).collect()
}

/// What is said of the lines that are ticked: one thing of all of them.
fn said(fields: &[(String, String)]) -> std::result::Result<Vec<Wanted>, Findings> {
    let word = |name: &str| Some(value(fields, name).to_string()).filter(|text| !text.is_empty());
    let unusable = |name: &str, value: &str| Findings::from(Finding::error(Code::Unusable, name).value(value));
    let says = Says::parse(value(fields, "says")).ok_or_else(|| unusable("says", value(fields, "says")))?;
    let date = word(&format!("date-{}", says.as_str()));
    if let Some(date) = date.as_ref().filter(|date| !is_date(date)) {
        return Err(Finding::error(Code::DateInvalid, "date").value(date).into());
    }
    let mut said = Said { date, reason: word("reason").map(|reason| reason.chars().take(REASON_MAX).collect()), ..Said::of(says, Decimal::ZERO) };
    if says == Says::Offered {
        let price = word("price").map(|text| answering::read_price(&text)).transpose()?;
        said = Said { price, article: word("article"), name: word("name"), ..said };
    }
    Ok(ticked(fields)?.into_iter().map(|(line, quantity)| Wanted { line, pieces: quantity.into(), said: said.clone() }).collect())
}

/// Confirmed for a day, back-ordered, offered otherwise, taken back.
pub async fn answer(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((tenant, id)): Address, body: Bytes) -> Response {
    let fields = typed(&body);
    let done = match said(&fields) {
        Ok(said) => answering::answer(&app, &caller, &Target::page(&tenant, &id, version(&fields)), &said).await,
        Err(findings) => Err(findings.into()),
    };
    after(&app, &caller, (&tenant, &id), fields, done).await
}

/// The version of the order that the page showed.
pub fn version(fields: &[(String, String)]) -> Option<i64> {
    value(fields, "version").parse().ok()
}

/// The lines that are ticked, each with as many pieces as were typed beside it; all that is open where nothing was.
fn ticked(fields: &[(String, String)]) -> std::result::Result<Vec<(u32, Option<Decimal>)>, Findings> {
    let mut findings = Findings::default();
    let ticked = fields.iter().filter(|(name, _)| name == "line").filter_map(|(_, value)| value.parse::<u32>().ok());
    let mut lines = Vec::new();
    for line in ticked {
        let typed = value(fields, &format!("quantity-{line}"));
        match quantity::read(typed) {
            _ if typed.is_empty() => lines.push((line, None)),
            Ok(quantity) => lines.push((line, Some(quantity))),
            Err(finding) => findings.push(finding.line(line)),
        }
    }
    if findings.has_error() { Err(findings) } else { Ok(lines) }
}

/// What a form says is to leave: without a tick everything.
fn leaving(fields: &[(String, String)]) -> std::result::Result<Leaving, Findings> {
    let word = |name: &str| value(fields, name).to_string();
    Ok(Leaving { lines: ticked(fields)?, reference: word("reference"), carrier: word("carrier"), tracking: word("tracking") })
}
