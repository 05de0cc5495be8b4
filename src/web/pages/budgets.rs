//! Budgets as they stand: for each period the tree of budgets, and where the money of each is. Reads only; what is shown is what the
//! bookkeeper wrote with the last booking.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, State as Shared};
use axum::response::Response;
use rust_decimal::Decimal;

use super::Portal;
use super::orders::respond;
use crate::app::App;
use crate::domain::books::{Authority, Books, BudgetPeriod, Standing, Status};
use crate::domain::money::{Currency, Money};
use crate::error::Result;
use crate::flow::asking;
use crate::flow::signing::Caller;
use crate::text::Texts;

/// A budget in a period: its bar as class, start and width in percent, and its amounts.
struct Row {
    code: String,
    name: String,
    advisory: bool,
    parts: Vec<(&'static str, String, String)>,
    expended: String,
    delivered: String,
    committed: String,
    available: String,
    funded: String,
}

#[derive(Template)]
#[template(path = "budgets.html")]
struct BudgetsPage {
    p: Portal,
    rows: Vec<Row>,
}

fn row(t: Texts, books: &Books, at: &BudgetPeriod, standing: &Standing, currency: Currency) -> Row {
    let money = |minor: i64| t.money(&Money::new(minor, currency));
    let (places, funding, available) = (standing.subtree, standing.funding.total(), standing.reported_available());
    let committed = places.requested + places.committed;
    let whole = Decimal::from(funding.max(places.consumption()).max(1));
    let mut parts = Vec::new();
    let mut from = Decimal::ZERO;
    for (name, amount) in [("expended", places.expended), ("delivered", places.delivered), ("committed", committed), ("available", available)] {
        let width = Decimal::from(amount.max(0)) * Decimal::from(100) / whole;
        parts.push((name, format!("{from:.2}"), format!("{width:.2}")));
        from += width;
    }
    let budget = books.budgets.get(&at.budget);
    Row {
        code: at.to_string(),
        name: budget.map(|budget| budget.name.to_string()).filter(|name| !name.is_empty()).unwrap_or_else(|| at.budget.to_string()),
        advisory: budget.is_some_and(|budget| budget.authority == Authority::Advisory),
        parts,
        expended: money(places.expended),
        delivered: money(places.delivered),
        committed: money(committed),
        available: money(available),
        funded: money(funding),
    }
}

pub async fn budgets(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let (books, currency) = asking::books(&app, &caller.person.tenant).await?;
        let is_current = |at: &BudgetPeriod| books.periods.get(&at.period).is_some_and(|period| period.status != Status::Closed);
        let mut standings: Vec<_> = books.standings.iter().filter(|(at, _)| is_current(at)).collect();
        standings.sort_by_key(|(at, _)| (at.period.clone(), at.budget.clone()));
        let rows = standings.into_iter().map(|(at, standing)| row(t, &books, at, standing, currency)).collect();
        Result::Ok(BudgetsPage { p: Portal::of(&caller, "/budgets"), rows })
    };
    respond(work.await, t)
}
