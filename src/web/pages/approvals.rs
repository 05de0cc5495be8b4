//! What waits for a person's decision, and the page on which it is decided: the lines, the way so far, and what the order does to every
//! ceiling above it. Decides nothing itself.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Extension, Path, State as Shared};
use axum::response::{IntoResponse, Redirect, Response};

use super::Portal;
use super::order_page::{Differs, differs, per_text};
use super::orders::{respond, state_kind, state_word};
use crate::app::App;
use crate::domain::approval::{Given, Station};
use crate::domain::finding::{Code, Finding};
use crate::domain::money::Money;
use crate::error::{Error, Result};
use crate::flow::approving::{self, Verdict};
use crate::flow::commanding::Asking;
use crate::flow::signing::Caller;
use crate::store;
use crate::text::Texts;
use crate::web::answer::{self, error_page, page};

struct Row {
    href: String,
    number: String,
    asked_by: String,
    since: String,
    until: String,
    budgets: String,
    amount: String,
}

#[derive(Template)]
#[template(path = "approvals.html")]
struct ApprovalsPage {
    p: Portal,
    rows: Vec<Row>,
}

/// The day of a moment that is kept as text.
fn day(t: Texts, at: &str) -> String {
    t.iso_date(at.get(..10).unwrap_or(at))
}

pub async fn list(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let waiting = approving::waiting(&app, &caller).await?;
        let mut tx = app.store.read().await?;
        let zone = store::organisation::time_zone(&mut tx, &caller.person.tenant).await?;
        let row = |w: approving::Waiting| Row {
            href: format!("/approvals/{}", approving::encoded(&w.stored.order.number)),
            number: w.stored.order.number,
            asked_by: w.asked_by,
            since: t.moment(&w.since, &zone),
            until: day(t, &w.until),
            budgets: w.budgets.join(", "),
            amount: t.money(&w.amount),
        };
        Result::Ok(ApprovalsPage { p: Portal::of(&caller, "/approvals"), rows: waiting.into_iter().map(row).collect() })
    };
    respond(work.await, t)
}

struct LineRow {
    line: u32,
    description: String,
    article: String,
    text: String,
    quantity: String,
    price: String,
    per: String,
    net: String,
    differs: Differs,
}

struct CeilingRow {
    name: String,
    code: String,
    level: String,
    before: String,
    after: String,
    limit: String,
    /// Empty when it fits.
    short: String,
}

struct Stop {
    who: String,
    /// Who passed it and when; empty while it waits.
    given: String,
}

#[derive(Template)]
#[template(path = "approval.html")]
struct ApprovalPage {
    p: Portal,
    number: String,
    action: String,
    kind: &'static str,
    word: String,
    about: String,
    problem: Option<String>,
    is_mine: bool,
    may_decide: bool,
    reason: String,
    amount: String,
    net: String,
    lines: Vec<LineRow>,
    ceilings: Vec<CeilingRow>,
    way: Vec<Stop>,
}

async fn approval(app: &App, caller: &Caller, number: &str, reason: &str, problem: Option<String>) -> Result<ApprovalPage> {
    let t = Texts(caller.person.language);
    let seen = approving::request(app, caller, number).await?;
    let money = |minor: i64| t.money(&Money::new(minor, seen.currency));
    let order = &seen.stored.order;
    let progress = seen.stored.approval.clone().unwrap_or_default();
    let line = |line: &crate::domain::order::Line| LineRow {
        line: line.line,
        description: line.description.clone(),
        article: line.article.clone(),
        text: line.text.clone(),
        quantity: format!("{} {}", t.number(&line.quantity, &0), t.unit(&line.unit, &2)),
        price: t.number(&line.price.amount, &2),
        per: per_text(t, line.price, &line.unit),
        net: t.amount(&line.net),
        differs: differs(t, line),
    };
    let ceiling = |c: &approving::CeilingSeen| CeilingRow {
        name: c.name.clone(),
        code: c.at.to_string(),
        level: c.level.map(|level| t.get(&format!("level-{}", level.as_str()))).unwrap_or_default(),
        before: money(c.before),
        after: money(c.after),
        limit: c.limit.map(money).unwrap_or_default(),
        short: if c.short > 0 { money(c.short) } else { String::new() },
    };
    let stop = |(station, given): &(Station, Option<Given>)| Stop {
        who: match station {
            Station::ByRight { .. } => t.with("approval-by-right", "budgets", station.names().join(", ")),
            Station::Named(_) => station.names().join(", "),
        },
        given: given.as_ref().map(|given| format!("{}, {}", given.by, day(t, &given.at))).unwrap_or_default(),
    };
    let parts = [("person", progress.asked_by.clone()), ("since", day(t, &progress.asked_at)), ("until", day(t, &progress.until))];
    Ok(ApprovalPage {
        p: Portal::of(caller, "/approvals"),
        number: order.number.clone(),
        action: format!("/approvals/{}", approving::encoded(&order.number)),
        kind: state_kind(order.state),
        word: state_word(t, order.state),
        about: t.with_all("approval-about", &parts),
        problem,
        is_mine: seen.is_mine,
        may_decide: order.state == crate::domain::order::State::Requested,
        reason: reason.to_string(),
        amount: money(seen.amount),
        net: t.money(&order.net),
        lines: order.lines.iter().map(line).collect(),
        ceilings: seen.ceilings.iter().map(ceiling).collect(),
        way: seen.way.iter().map(stop).collect(),
    })
}

pub async fn show(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path(number): Path<String>) -> Response {
    respond(approval(&app, &caller, &number, "", None).await, Texts(caller.person.language))
}

pub async fn decide(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(number): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let t = Texts(caller.person.language);
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let (decision, reason) = (field("decision"), field("reason"));
    let verdict = match decision {
        "approve" => Ok(Verdict::Approve),
        "reject" if reason.trim().is_empty() => Err(Error::from(Finding::error(Code::Missing, "reason"))),
        "reject" => Ok(Verdict::Reject),
        other => Err(Finding::error(Code::Unusable, "decision").value(other).into()),
    };
    let asking = Asking { caller: &caller, key: None, preview: false, content: String::new() };
    let done = match verdict {
        Ok(verdict) => approving::decide(&app, &asking, &number, verdict, reason).await,
        Err(error) => Err(error),
    };
    let error = match done {
        Ok(_) => return Redirect::to("/approvals").into_response(),
        Err(error @ (Error::NotFound(_) | Error::Unavailable(_) | Error::Internal(_))) => return error_page(&error, t.0),
        Err(error) => error,
    };
    match approval(&app, &caller, &number, reason, Some(answer::sentence(&error, t))).await {
        Ok(template) => page(answer::status(&error), &template),
        Err(error) if matches!(error, Error::NotFound(_)) => error_page(&error, t.0),
        Err(error) => respond(Err::<ApprovalPage, _>(error), t),
    }
}
