//! Questions over all budgets: where the money is by dimension, what is over its limit, what was released, what was invoiced against what was
//! ordered. Each is tables of words and amounts, and goes out as CSV. Reads only.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, Path, Query, State as Shared};
use axum::response::{IntoResponse, Response};

use super::Portal;
use super::budget::{event, kind_key, level_key};
use super::budgets::{Asked, choices, csv, day, then};
use super::money::{self, Bar};
use super::orders::respond;
use crate::app::App;
use crate::domain::books::BudgetPeriod;
use crate::domain::books::ceiling::Level;
use crate::domain::books::outlook::{Kind, Limit};
use crate::error::{Error, Result};
use crate::flow::asking::analysis::{self, By, Group, Variance};
use crate::flow::asking::history::Step;
use crate::flow::asking::reports::{self, Passed, Released};
use crate::flow::asking::{self, Table, View, overview};
use crate::flow::signing::Caller;
use crate::store::held::Listed;
use crate::text::Texts;
use crate::web::answer::{self, error_page};
use crate::wire::oci::path_segment;

/// Word in the address, and its name.
pub const QUESTIONS: [(&str, &str); 5] = [
    ("analysis", "ask-analysis"),
    ("over", "ask-overs"),
    ("released", "ask-released"),
    ("held", "ask-held-invoices"),
    ("variances", "ask-variances"),
];

#[derive(Default)]
struct Shown {
    text: String,
    /// Where it leads; nothing for nowhere.
    href: String,
    small: String,
    number: bool,
    bad: bool,
    bar: Option<Bar>,
}

struct TableShown {
    title: String,
    hint: String,
    /// Name of a column, and whether it holds numbers.
    heads: Vec<(String, bool)>,
    rows: Vec<Vec<Shown>>,
    empty: String,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    p: Portal,
    word: String,
    heading: String,
    suffix: String,
    csv: String,
    periods: Vec<(String, String, bool)>,
    /// Dimensions to choose from: word, name, chosen.
    by: Vec<(&'static str, String, bool)>,
    at: Option<String>,
    then: String,
    tables: Vec<TableShown>,
}

fn by_key(by: By) -> &'static str {
    match by {
        By::Location => "ask-by-location",
        By::Project => "ask-by-project",
        By::Segment => "ask-by-segment",
        By::Owner => "ask-by-owner",
        By::Supplier => "supplier",
        By::Buyer => "ask-by-buyer",
        By::Group => "ask-by-group",
    }
}

fn text(text: impl ToString) -> Shown {
    Shown { text: text.to_string(), ..Shown::default() }
}

/// Words and amounts of one reader.
struct Pen<'a> {
    t: Texts,
    view: &'a View,
    moment: &'a str,
}

impl Pen<'_> {
    fn amount(&self, minor: i64) -> Shown {
        Shown { text: self.t.amount(&self.view.money(minor)), number: true, bad: minor < 0, ..Shown::default() }
    }

    fn budget(&self, at: &BudgetPeriod) -> Shown {
        Shown { href: money::href(at, self.moment), ..text(at) }
    }

    fn step(&self, step: &Step) -> [Shown; 2] {
        let about = step.subject.split_once('/').map_or(step.subject.as_str(), |(_, name)| name);
        let what = format!("{}, {}", step.who, self.t.moment(&step.at, &self.view.zone));
        [text(step.entry), Shown { small: what, ..text(format!("{}: {about}", event(self.t, &step.kind))) }]
    }

    fn heads(&self, keys: &[(&str, bool)]) -> Vec<(String, bool)> {
        keys.iter().map(|(key, number)| (self.t.get(key), *number)).collect()
    }

    fn analysis(&self, by: By, groups: &[Group]) -> TableShown {
        let row = |group: &Group| {
            let places = group.places;
            let funding = group.funding.unwrap_or_else(|| places.consumption());
            let key = if group.key.is_empty() { self.t.get("ask-none") } else { group.key.clone() };
            // What its budgets were given is the limit that can be drawn for a key.
            let given =
                Limit { at: BudgetPeriod::new("", ""), kind: Kind::Commitment, level: Level::Warn, limit: funding, used: places.consumption() };
            let mut cells = vec![text(key), Shown { bar: Some(money::bar(funding, places, &[given])), ..Shown::default() }];
            cells.extend([places.expended, places.delivered, places.committed, places.requested].map(|minor| self.amount(minor)));
            let available = group.funding.map(|funding| funding - places.consumption());
            cells.push(available.map_or_else(|| Shown { number: true, ..text("–") }, |minor| self.amount(minor)));
            cells
        };
        let mut heads = vec![(self.t.get(by_key(by)), false), (format!("{} ({})", self.t.get("distribution"), self.view.currency), false)];
        let places = ["place-expended", "place-delivered", "place-committed", "place-requested", "place-available"];
        heads.extend(places.map(|key| (self.t.get(key), true)));
        TableShown {
            title: String::new(),
            hint: String::new(),
            heads,
            rows: groups.iter().map(row).collect(),
            empty: self.t.get("ask-analysis-none"),
            next: None,
        }
    }

    fn above(&self, period: &str) -> TableShown {
        let row = |limit: &Limit| {
            let kind = format!("{}, {}", self.t.get(kind_key(limit.kind)), self.t.get(level_key(limit.level)));
            let over = Shown { bad: true, ..self.amount(limit.over()) };
            vec![Shown { small: kind, ..self.budget(&limit.at) }, self.amount(limit.limit), self.amount(limit.used), over]
        };
        TableShown {
            title: self.t.get("ask-above"),
            hint: String::new(),
            heads: self.heads(&[("budget", false), ("ask-limit", true), ("ask-in-use", true), ("ask-over-word", true)]),
            rows: reports::above_limit(self.view, period).iter().map(row).collect(),
            empty: self.t.get("ask-above-none"),
            next: None,
        }
    }

    fn passed(&self, passed: &[Passed], next: Option<String>) -> TableShown {
        let row = |one: &Passed| {
            let over: Vec<String> = one.over.iter().map(|over| format!("{} {}", over.at, self.t.money(&self.view.money(over.short)))).collect();
            let [entry, what] = self.step(&one.step);
            vec![entry, what, text(over.join(", ")), text(&one.reason)]
        };
        TableShown {
            title: self.t.get("ask-passed"),
            hint: self.t.get("ask-passed-hint"),
            heads: self.heads(&[("ask-entry", false), ("ask-what", false), ("ask-over-word", false), ("ask-reason", false)]),
            rows: passed.iter().map(row).collect(),
            empty: self.t.get("ask-passed-none"),
            next,
        }
    }

    fn released(&self, released: &[Released], next: Option<String>) -> TableShown {
        let row = |one: &Released| {
            let [entry, what] = self.step(&one.step);
            let budgets: Vec<String> = one.given.keys().map(ToString::to_string).collect();
            vec![entry, what, text(one.lines.join(", ")), text(&one.reason), text(budgets.join(", ")), self.amount(one.total())]
        };
        let heads = [("ask-entry", false), ("ask-what", false), ("line", false), ("ask-reason", false), ("budget", false), ("ask-given", true)];
        TableShown {
            title: String::new(),
            hint: String::new(),
            heads: self.heads(&heads),
            rows: released.iter().map(row).collect(),
            empty: self.t.get("ask-released-none"),
            next,
        }
    }

    fn held(&self, held: &[Listed]) -> TableShown {
        let moment = |at| self.t.moment(&at, &self.view.zone);
        let row = |one: &Listed| {
            let short = one.held.refusal.over.iter().map(|over| over.short).max();
            let tried = self.t.with("ask-held-tried", "moment", moment(one.held.tried_at));
            vec![
                Shown { href: format!("/orders/{}", one.held.order), small: one.supplier.clone(), ..text(&one.number) },
                text(answer::refused(&one.held.refusal, self.t)),
                Shown { small: tried, ..text(moment(one.held.held_at)) },
                self.amount(one.held.gross),
                short.map_or_else(|| Shown { number: true, ..text("–") }, |short| Shown { bad: true, ..self.amount(short) }),
            ]
        };
        TableShown {
            title: String::new(),
            hint: self.t.get("ask-held-hint"),
            heads: self.heads(&[("order-number", false), ("ask-reason", false), ("waits-since", false), ("amount", true), ("short", true)]),
            rows: held.iter().map(row).collect(),
            empty: self.t.get("ask-held-none"),
            next: None,
        }
    }

    fn variances(&self, found: &[Variance]) -> TableShown {
        let row = |one: &Variance| {
            let orders = Shown { number: true, ..text(one.orders) };
            let variance = Shown { bad: one.variance() > 0, ..self.amount(one.variance()) };
            vec![
                text(&one.supplier),
                text(&one.article),
                orders,
                self.amount(one.liquidated),
                self.amount(one.invoiced),
                variance,
                self.amount(one.credited),
            ]
        };
        let heads = [
            ("supplier", false),
            ("article", false),
            ("orders", true),
            ("ask-reserved", true),
            ("ask-invoiced", true),
            ("ask-variance", true),
            ("ask-credited", true),
        ];
        TableShown {
            title: String::new(),
            hint: self.t.get("ask-variances-hint"),
            heads: self.heads(&heads),
            rows: found.iter().map(row).collect(),
            empty: self.t.get("ask-variances-none"),
            next: None,
        }
    }
}

/// A report by the word of its address; with `.csv` its table.
pub async fn report(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(word): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let t = Texts(caller.person.language);
    match word.strip_suffix(".csv") {
        Some(word) => match table(&app, &caller, word, &asked).await {
            Ok((columns, rows)) => csv(word, columns, &rows).into_response(),
            Err(error) => error_page(&error, t.0),
        },
        None => respond(page(&app, &caller, &word, &asked).await, t),
    }
}

async fn table(app: &App, caller: &Caller, word: &str, asked: &Asked) -> Result<Table> {
    let mut view = asking::view(app, caller, &asked.at).await?;
    Ok(match word {
        "analysis" => {
            let period = analysis::period(&view, &asked.period)?;
            let groups = analysis::analysis(app, &mut view, By::parse(&asked.by)?, &period).await?;
            analysis::table(&view, &groups)
        }
        "over" => reports::over_table(&view, &reports::above_limit(&view, &asked.period)),
        "released" => {
            let released = reports::released(&mut view, &asked.after).await?;
            reports::released_table(&view, &released.0)
        }
        "held" => {
            let held = reports::held(&mut view).await?;
            reports::held_table(&view, &held)
        }
        "variances" => {
            let period = analysis::period(&view, &asked.period)?;
            let found = analysis::variances(&mut view, &period).await?;
            analysis::variance_table(&view, &found)
        }
        other => return Err(Error::not_found("page", other)),
    })
}

async fn page(app: &App, caller: &Caller, word: &str, asked: &Asked) -> Result<ReportPage> {
    let t = Texts(caller.person.language);
    let (word, name) = QUESTIONS.into_iter().find(|(known, _)| *known == word).ok_or_else(|| Error::not_found("page", word))?;
    // What was invoiced against what was ordered, and what is held, is asked of what stands now.
    let is_of_now = matches!(word, "variances" | "held");
    let at = if is_of_now { "" } else { asked.at.as_str() };
    let mut view = asking::view(app, caller, at).await?;
    let found = overview::overview(&view, &asked.period)?;
    let period = found.period.as_deref().unwrap_or_default().to_string();
    let suffix = asked.query(&period);
    let by = By::parse(&asked.by)?;
    let after = |next: Option<String>| next.map(|next| format!("/budgets/{word}{suffix}&after={}", path_segment(&next)));
    let tables = match word {
        "analysis" => {
            let groups = analysis::analysis(app, &mut view, by, &period).await?;
            vec![Pen { t, view: &view, moment: at }.analysis(by, &groups)]
        }
        "over" => {
            let (passed, next) = reports::passed(&mut view, &asked.after).await?;
            let pen = Pen { t, view: &view, moment: at };
            vec![pen.above(&period), pen.passed(&passed, after(next))]
        }
        "released" => {
            let (released, next) = reports::released(&mut view, &asked.after).await?;
            vec![Pen { t, view: &view, moment: at }.released(&released, after(next))]
        }
        "held" => {
            let held = reports::held(&mut view).await?;
            vec![Pen { t, view: &view, moment: at }.held(&held)]
        }
        _ => {
            let found = analysis::variances(&mut view, &period).await?;
            vec![Pen { t, view: &view, moment: at }.variances(&found)]
        }
    };
    let dimension = |one: By| (one.as_str(), t.get(by_key(one)), one == by);
    Ok(ReportPage {
        p: Portal::of(caller, "/budgets"),
        word: word.to_string(),
        heading: t.get(name),
        csv: format!("/budgets/{word}.csv{suffix}{}", if word == "analysis" { format!("&by={}", by.as_str()) } else { String::new() }),
        suffix,
        periods: if matches!(word, "released" | "held") { Vec::new() } else { choices(&found, t) },
        by: if word == "analysis" { By::ALL.into_iter().map(dimension).collect() } else { Vec::new() },
        at: (!is_of_now).then(|| day(&view)),
        then: then(&view, t),
        tables,
    })
}
