//! Budgets as they stand, now or at a moment: the tree of a period, where the money of each is, and the ceiling that leaves least.
//! Reads only; what is shown is what the bookkeeper wrote.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, Query, State as Shared};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::Portal;
use super::money::{self, Bar, Row};
use super::orders::respond;
use crate::app::App;
use crate::domain::books::outlook::Limit;
use crate::domain::books::{Places, Status};
use crate::error::Result;
use crate::flow::asking::overview::{self, Overview};
use crate::flow::asking::{self, View};
use crate::flow::signing::Caller;
use crate::text::Texts;
use crate::web::answer::error_page;
use crate::wire::oci::path_segment;
use crate::wire::table_csv::{self, Cell};

/// What every question about budgets may be asked for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    pub period: String,
    /// A day or a moment; nothing for now.
    pub at: String,
    pub by: String,
    pub after: String,
}

impl Asked {
    /// Period and moment for the address of a table that says the same.
    pub fn query(&self, period: &str) -> String {
        let at = if self.at.is_empty() { String::new() } else { format!("&at={}", path_segment(&self.at)) };
        format!("?period={}{at}", path_segment(period))
    }
}

/// The bar over everything, with its legend.
pub struct Whole {
    pub available: String,
    pub sentence: String,
    pub bar: Bar,
    /// Class, word and amount of each place.
    pub legend: Vec<(&'static str, String, String)>,
}

pub fn whole(view: &View, t: Texts, funding: i64, places: Places, limits: &[Limit]) -> Whole {
    let money = |minor: i64| t.money(&view.money(minor));
    let available = funding.saturating_sub(places.consumption());
    let over = limits.iter().map(Limit::over).max().unwrap_or(0);
    let mut legend = vec![
        ("expended", t.get("place-expended"), money(places.expended)),
        ("delivered", t.get("place-delivered"), money(places.delivered)),
        ("committed", t.get("place-committed"), money(places.committed)),
        ("requested", t.get("place-requested"), money(places.requested)),
        ("available", t.get("place-available"), money(available)),
    ];
    if over > 0 {
        legend.push(("over", t.get("ask-over-word"), money(over)));
    }
    let used = i128::from(places.consumption()) * 100 / i128::from(funding.max(1));
    let parts = [("funding", money(funding)), ("percent", if funding > 0 { used.to_string() } else { "–".to_string() })];
    Whole { available: money(available), sentence: t.with_all("ask-available-of", &parts), bar: money::bar(funding, places, limits), legend }
}

/// When the figures are those of a moment that has passed, which one.
pub fn then(view: &View, t: Texts) -> String {
    view.at.map(|at| t.with("ask-then", "moment", t.moment(&at, &view.zone))).unwrap_or_default()
}

/// The day of an address, for the field that chooses it.
pub fn day(view: &View) -> String {
    view.at.map(|at| at.local(&view.zone).0).unwrap_or_default()
}

/// A period's status in words.
fn status_key(status: Status) -> &'static str {
    match status {
        Status::Planned => "ask-period-planned",
        Status::Open => "ask-period-open",
        Status::Grace => "ask-period-grace",
        Status::Closed => "ask-period-closed",
    }
}

/// Periods to choose from: id, words, and whether it is the one that is shown.
pub fn choices(found: &Overview, t: Texts) -> Vec<(String, String, bool)> {
    let choice = |choice: &overview::Choice| {
        let words = format!("{} ({})", choice.id, t.get(status_key(choice.status)));
        (choice.id.to_string(), words, found.period.as_ref() == Some(&choice.id))
    };
    found.periods.iter().map(choice).collect()
}

#[derive(Template)]
#[template(path = "budgets.html")]
struct BudgetsPage {
    p: Portal,
    period: String,
    periods: Vec<(String, String, bool)>,
    day: String,
    then: String,
    csv: String,
    suffix: String,
    currency: String,
    whole: Whole,
    rows: Vec<Row>,
    may_change: bool,
}

pub async fn budgets(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Query(asked): Query<Asked>) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let view = asking::view(&app, &caller, &asked.at).await?;
        let found = overview::overview(&view, &asked.period)?;
        let period = found.period.as_deref().unwrap_or_default().to_string();
        Result::Ok(BudgetsPage {
            p: Portal::of(&caller, "/budgets"),
            periods: choices(&found, t),
            day: day(&view),
            then: then(&view, t),
            csv: format!("/budgets.csv{}", asked.query(&period)),
            suffix: asked.query(&period),
            currency: view.currency.to_string(),
            whole: whole(&view, t, found.funding, found.places, &[]),
            rows: found.lines.iter().map(|line| money::row(t, view.currency, &view.books, line, &asked.at)).collect(),
            period,
            may_change: caller.person.roles.iter().any(|role| crate::web::HOLDERS.contains(&role.as_str())),
        })
    };
    respond(work.await, t)
}

/// The same as a table to take along.
pub async fn budgets_csv(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Query(asked): Query<Asked>) -> Response {
    let work = async {
        let view = asking::view(&app, &caller, &asked.at).await?;
        let lines = overview::overview(&view, &asked.period)?.lines;
        Ok(csv("budgets", overview::COLUMNS, &lines.iter().map(|line| overview::line_cells(&view, line)).collect::<Vec<_>>()))
    };
    work.await.unwrap_or_else(|error| error_page(&error, caller.person.language))
}

/// A table as an answer that browsers keep as a file.
pub fn csv(name: &str, columns: &[&str], rows: &[Vec<Cell>]) -> Response {
    let disposition = format!("attachment; filename=\"{name}.csv\"");
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_string()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, table_csv::write(columns, rows)).into_response()
}
