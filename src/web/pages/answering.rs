//! The page behind the link in a mail: one order, and two answers to it, for a supplier without a name to sign in with. Shows the order and
//! nothing else of the gateway; whoever has the link may answer, nobody else.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::orders::{state_kind, state_word};
use crate::app::App;
use crate::domain::order::State;
use crate::error::{Error, Result};
use crate::flow::channels::answering::{self, Link, Reply};
use crate::flow::connecting;
use crate::text::Texts;
use crate::web::answer::{self, error_page, page};

struct LineShown {
    line: u32,
    article: String,
    description: String,
    text: String,
    quantity: String,
    net: String,
}

#[derive(Template)]
#[template(path = "answering.html")]
struct AnswerPage {
    t: Texts,
    supplier: String,
    buyer: String,
    number: String,
    kind: &'static str,
    word: String,
    lines: Vec<LineShown>,
    currency: String,
    net: String,
    can_answer: bool,
    is_placed: bool,
    problem: Option<String>,
    desk: String,
}

type Address = Path<(String, String, i64, String)>;

fn link(Path((tenant, order, until, proof)): Address) -> Link {
    Link { tenant, order, until, proof }
}

async fn shown(app: &App, link: &Link, problem: Option<Error>) -> Result<AnswerPage> {
    let (stored, supplier, _) = answering::open(app, link).await?;
    let t = Texts(supplier.language);
    let buyer = connecting::organisation(app, &link.tenant).await?.map(|buyer| buyer.name.clone()).unwrap_or_default();
    let order = &stored.order;
    let lines = order.lines.iter().map(|line| LineShown {
        line: line.line,
        article: line.article.clone(),
        description: line.description.clone(),
        text: line.text.clone(),
        quantity: format!(
            "{} {}",
            t.number(&line.quantity, &0),
            t.unit(&line.unit, &if line.quantity == rust_decimal::Decimal::ONE { 1 } else { 2 })
        ),
        net: t.amount(&line.net_wanted()),
    });
    Ok(AnswerPage {
        t,
        supplier: supplier.name,
        buyer,
        number: order.number.clone(),
        kind: state_kind(order.state),
        word: state_word(t, order.state),
        lines: lines.collect(),
        currency: order.net.currency.to_string(),
        net: t.amount(&order.net),
        can_answer: matches!(order.state, State::Placed | State::Confirmed),
        is_placed: order.state == State::Placed,
        problem: problem.map(|error| answer::sentence(&error, t)),
        desk: format!("/desk/{}/{}", link.tenant, link.order),
    })
}

pub async fn show(Shared(app): Shared<Arc<App>>, address: Address) -> Response {
    respond(shown(&app, &link(address), None).await, StatusCode::OK)
}

fn respond(shown: Result<AnswerPage>, status: StatusCode) -> Response {
    match shown {
        Ok(template) => page(status, &template),
        Err(error) => error_page(&error, crate::domain::name::Language::default()),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Given {
    answer: String,
    reason: String,
}

/// Takes the answer; then shows the order as it is now.
pub async fn take(Shared(app): Shared<Arc<App>>, address: Address, Form(given): Form<Given>) -> Response {
    let link = link(address);
    let reply = match given.answer.as_str() {
        "confirm" => Reply::Confirm,
        "refuse" => Reply::Refuse(given.reason),
        _ => return respond(shown(&app, &link, None).await, StatusCode::UNPROCESSABLE_ENTITY),
    };
    match answering::answer(&app, &link, &reply).await {
        Ok(()) => Redirect::to(&format!("/answer/{}/{}/{}/{}", link.tenant, link.order, link.until, link.proof)).into_response(),
        Err(error) => {
            let status = answer::status(&error);
            respond(shown(&app, &link, Some(error)).await, status)
        }
    }
}
