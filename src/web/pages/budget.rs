//! One budget in a period: how its funding arose, every ceiling above it, what is below it, who holds its money, how old that is, and what
//! was expended. Each list goes out as CSV too. Reads only.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, Path, Query, State as Shared};
use axum::response::Response;
use serde::Deserialize;

use super::Portal;
use super::budgets::{Asked, Whole, csv, day, then, whole};
use super::money::{self, Row};
use super::orders::respond;
use crate::app::App;
use crate::domain::books::ceiling::Level;
use crate::domain::books::outlook::{Kind, Limit};
use crate::domain::books::{BudgetPeriod, Funding};
use crate::error::{Error, Result};
use crate::flow::asking::history::{Change, Expense, Step};
use crate::flow::asking::holders::{AGES, Holder, held};
use crate::flow::asking::{self, View, budget};
use crate::flow::signing::Caller;
use crate::store;
use crate::text::Texts;
use crate::web::answer::error_page;
use crate::wire::oci::path_segment;

/// Where each list of the page begins, and the moment.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Where {
    at: String,
    orders: String,
    funding: String,
    expenditure: String,
}

struct CeilingShown {
    href: String,
    name: String,
    kind: String,
    level: String,
    limit: String,
    used: String,
    headroom: String,
    over: bool,
    own: bool,
}

struct HolderShown {
    href: String,
    number: String,
    supplier: String,
    at: String,
    budget: String,
    /// Requested, committed, delivered.
    amounts: [String; 3],
    held: String,
    frees: String,
}

/// An entry of the journal as a row: number, moment, what, who; then what is said of it.
struct StepShown {
    entry: i64,
    at: String,
    what: String,
    who: String,
    about: Vec<(String, String)>,
    amount: String,
}

struct Age {
    words: String,
    amount: String,
    orders: String,
}

#[derive(Template)]
#[template(path = "budget.html")]
struct BudgetPage {
    p: Portal,
    crumbs: Vec<(String, String)>,
    name: String,
    code: String,
    about: String,
    advisory: bool,
    over: String,
    root: String,
    day: String,
    then: String,
    moment: String,
    currency: String,
    whole: Whole,
    ceilings: Vec<CeilingShown>,
    parts: Vec<Row>,
    ages: Vec<Age>,
    orders: Vec<HolderShown>,
    is_split: bool,
    next_orders: Option<String>,
    sources: Vec<(String, String)>,
    funding: String,
    changes: Vec<StepShown>,
    next_changes: Option<String>,
    expenses: Vec<StepShown>,
    next_expenses: Option<String>,
}

pub fn level_key(level: Level) -> &'static str {
    match level {
        Level::None => "ask-level-none",
        Level::Warn => "ask-level-warn",
        Level::Approval => "ask-level-approval",
        Level::Stop => "ask-level-stop",
    }
}

pub fn kind_key(kind: Kind) -> &'static str {
    match kind {
        Kind::Commitment => "ask-commitments",
        Kind::Spending => "ask-spending",
    }
}

fn ceiling(view: &View, t: Texts, limit: &Limit, at: &BudgetPeriod, moment: &str) -> CeilingShown {
    let amount = |minor: i64| t.amount(&view.money(minor));
    CeilingShown {
        href: money::href(&limit.at, moment),
        name: limit.at.to_string(),
        kind: t.get(kind_key(limit.kind)),
        level: t.get(level_key(limit.level)),
        limit: amount(limit.limit),
        used: amount(limit.used),
        headroom: amount(limit.headroom()),
        over: limit.headroom() < 0,
        own: limit.at == *at,
    }
}

fn holder(view: &View, t: Texts, holder: &Holder) -> HolderShown {
    let (amount, places) = (|minor: i64| t.amount(&view.money(minor)), holder.holding.places);
    let order = holder.order.as_ref();
    HolderShown {
        href: order.map(|stored| format!("/orders/{}", stored.order.id)).unwrap_or_default(),
        number: holder.holding.order.clone(),
        supplier: order.map(|stored| stored.order.supplier.clone()).unwrap_or_default(),
        at: order.map(|stored| t.iso_date(&stored.placed_at.local(&view.zone).0)).unwrap_or_default(),
        budget: holder.holding.at.to_string(),
        amounts: [places.requested, places.committed, places.delivered].map(amount),
        held: amount(held(&places)),
        frees: holder.frees.map(amount).unwrap_or_default(),
    }
}

/// What an event of the journal is called.
pub fn event(t: Texts, kind: &str) -> String {
    t.get(&format!("event-{}", kind.replace(' ', "-")))
}

fn step(view: &View, t: Texts, step: &Step, about: Vec<(String, String)>, amount: i64) -> StepShown {
    StepShown {
        entry: step.entry,
        at: t.moment(&step.at, &view.zone),
        what: event(t, &step.kind),
        who: step.who.clone(),
        about,
        amount: t.amount(&view.money(amount)),
    }
}

/// The parts of a change of funding that there are, with their signs.
fn sources(view: &View, t: Texts, funding: &Funding) -> Vec<(String, String)> {
    let parts = [
        ("ask-allocated", funding.allocated),
        ("ask-transferred-in", funding.transferred_in),
        ("ask-transferred-out", -funding.transferred_out),
        ("ask-carried-in", funding.carried_in),
        ("ask-carried-out", -funding.carried_out),
        ("ask-lapsed", -funding.lapsed),
    ];
    parts.into_iter().filter(|(_, amount)| *amount != 0).map(|(key, amount)| (t.get(key), t.amount(&view.money(amount)))).collect()
}

fn change(view: &View, t: Texts, change: &Change, moment: &str) -> StepShown {
    let mut about: Vec<(String, String)> = sources(view, t, &change.change).into_iter().map(|(word, _)| (word, String::new())).collect();
    about.extend(change.other.iter().map(|at| (at.to_string(), money::href(at, moment))));
    step(view, t, &change.step, about, change.change.total())
}

async fn expenses(view: &mut View, t: Texts, expenses: &[Expense]) -> Result<Vec<StepShown>> {
    let numbers: Vec<&str> = expenses.iter().flat_map(|expense| expense.invoices.iter().map(String::as_str)).collect();
    let ids = store::invoice::ids(&mut view.tx, &view.tenant, &numbers).await?;
    let link = |number: &String| {
        let id = ids.iter().find(|(known, _)| known == number).map(|(_, id)| format!("/invoices/{id}"));
        (number.clone(), id.unwrap_or_default())
    };
    Ok(expenses.iter().map(|expense| step(view, t, &expense.step, expense.invoices.iter().map(link).collect(), expense.amount)).collect())
}

/// The way down to a budget in its period.
fn crumbs(view: &View, at: &BudgetPeriod, t: Texts, moment: &str) -> Vec<(String, String)> {
    let parent = |code: &Arc<str>| view.books.budgets.get(code).and_then(|budget| budget.parent.clone());
    let mut above: Vec<(String, String)> = std::iter::successors(parent(&at.budget), parent)
        .map(|code| (code.to_string(), money::href(&BudgetPeriod { budget: code, period: at.period.clone() }, moment)))
        .collect();
    let all = if moment.is_empty() { String::new() } else { format!("&at={}", path_segment(moment)) };
    above.push((t.get("budgets"), format!("/budgets?period={}{all}", path_segment(&at.period))));
    above.reverse();
    above
}

pub async fn budget(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((code, period)): Path<(String, String)>,
    Query(wanted): Query<Where>,
) -> Response {
    let t = Texts(caller.person.language);
    respond(page(&app, &caller, &code, &period, &wanted).await, t)
}

async fn page(app: &App, caller: &Caller, code: &str, period: &str, wanted: &Where) -> Result<BudgetPage> {
    let t = Texts(caller.person.language);
    let mut view = asking::view(app, caller, &wanted.at).await?;
    let at = budget::place(&view, code, period)?;
    let pages = budget::Pages { orders: &wanted.orders, funding: &wanted.funding, expenses: &wanted.expenditure };
    let story = budget::story(&mut view, &at, pages).await?;
    let known = view.books.budgets.get(&at.budget).cloned().unwrap_or_default();
    let moment = wanted.at.as_str();
    let here = money::href(&at, moment);
    let next = |word: &str, cursor: &Option<String>| {
        let sign = if moment.is_empty() { '?' } else { '&' };
        cursor.as_ref().map(|cursor| format!("{here}{sign}{word}={}#{word}", path_segment(cursor)))
    };
    let standing = &story.line.standing;
    let day_count = |at: usize| match at {
        0 => t.with("ask-age-to", "to", AGES[0] - 1),
        3 => t.with("ask-age-over", "from", AGES[2] - 1),
        _ => t.with_all("ask-age-between", &[("from", AGES[at - 1].to_string()), ("to", (AGES[at] - 1).to_string())]),
    };
    let age = |(at, (amount, orders)): (usize, &(i64, i64))| Age {
        words: day_count(at),
        amount: t.money(&view.money(*amount)),
        orders: t.count("ask-orders", &usize::try_from(*orders).unwrap_or(0)),
    };
    let over = story.ceilings.iter().filter(|limit| limit.at == at).map(Limit::over).max().unwrap_or(0);
    let about = [&*at.period, &*known.owner, &*known.location, &*known.project, &*known.segment];
    let own: Vec<Limit> = story.line.limits.clone();
    Ok(BudgetPage {
        p: Portal::of(caller, "/budgets"),
        crumbs: crumbs(&view, &at, t, moment),
        name: if known.name.is_empty() { at.budget.to_string() } else { known.name.to_string() },
        code: at.to_string(),
        about: about.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", "),
        advisory: view.books.is_advisory(&at.budget),
        over: if over > 0 { t.with("ask-over", "amount", t.money(&view.money(over))) } else { String::new() },
        root: money::href(&at, ""),
        day: day(&view),
        then: then(&view, t),
        moment: money::moment_suffix(moment),
        currency: view.currency.to_string(),
        whole: whole(&view, t, standing.funding.total(), standing.subtree, &own),
        ceilings: story.ceilings.iter().map(|limit| ceiling(&view, t, limit, &at, moment)).collect(),
        parts: story.parts.iter().map(|part| money::row(t, view.currency, &view.books, part, moment)).collect(),
        ages: story.ages.iter().enumerate().map(age).collect(),
        orders: story.orders.0.iter().map(|one| holder(&view, t, one)).collect(),
        is_split: story.orders.0.iter().any(|one| one.holding.at != at),
        next_orders: next("orders", &story.orders.1),
        sources: sources(&view, t, &standing.funding),
        funding: t.amount(&view.money(standing.funding.total())),
        changes: story.funding.0.iter().map(|one| change(&view, t, one, moment)).collect(),
        next_changes: next("funding", &story.funding.1),
        next_expenses: next("expenditure", &story.expenses.1),
        expenses: expenses(&mut view, t, &story.expenses.0).await?,
    })
}

/// A list of a budget as a table to take along: `orders.csv`, `funding.csv`, `expenditure.csv`, `parts.csv`.
pub async fn list_csv(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((code, period, word)): Path<(String, String, String)>,
    Query(asked): Query<Asked>,
) -> Response {
    let work = async {
        let word = word.strip_suffix(".csv").ok_or_else(|| Error::not_found("page", &word))?;
        let mut view = asking::view(&app, &caller, &asked.at).await?;
        let at = budget::place(&view, &code, &period)?;
        let (columns, rows) = budget::list(&mut view, &at, word, &asked.after).await?.table(&view);
        Ok(csv(word, columns, &rows))
    };
    work.await.unwrap_or_else(|error| error_page(&error, caller.person.language))
}
