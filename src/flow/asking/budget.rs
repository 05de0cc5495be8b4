//! One budget in a period, drilled down: where its funding came from, every ceiling above it, its parts, who holds its money, how old that
//! is, and what was expended. Reads only.

use serde_json::{Value, json};

use super::View;
use super::history::{self, Change, Expense};
use super::holders::{self, Holder};
use super::overview::{self, Line, limit_json, line, line_json};
use crate::domain::books::BudgetPeriod;
use crate::domain::books::outlook::Limit;
use crate::error::{Error, Result};

/// Where each of its lists begins; nothing for the first page.
#[derive(Clone, Debug, Default)]
pub struct Pages<'a> {
    pub orders: &'a str,
    pub funding: &'a str,
    pub expenses: &'a str,
}

/// A list and where its next page begins.
pub type Paged<T> = (Vec<T>, Option<String>);

/// Everything that is asked of one budget in a period.
pub struct Story {
    pub line: Line,
    /// Every ceiling above it, its own first.
    pub ceilings: Vec<Limit>,
    pub parts: Vec<Line>,
    pub ages: [(i64, i64); 4],
    pub orders: Paged<Holder>,
    pub funding: Paged<Change>,
    pub expenses: Paged<Expense>,
}

/// The budget in the period, when both are known and anything stands there.
pub fn place(view: &View, budget: &str, period: &str) -> Result<BudgetPeriod> {
    let at = BudgetPeriod::new(budget, period);
    let known = view.books.standing(&at).is_some() || view.books.tree(period).iter().any(|node| node.at == at);
    if known { Ok(at) } else { Err(Error::not_found("budget", at)) }
}

/// The budget, its ceilings, its parts and the ages of what is open.
pub async fn summary(view: &mut View, at: &BudgetPeriod) -> Result<Story> {
    let depth = std::iter::successors(view.books.budgets.get(&at.budget), |budget| view.books.budgets.get(budget.parent.as_ref()?)).count();
    let ages = holders::ages(view, at).await?;
    let books = &view.books;
    Ok(Story {
        line: line(books, at, depth.saturating_sub(1)),
        ceilings: books.limits_above(at),
        parts: books.parts(at).iter().map(|part| line(books, part, 0)).collect(),
        ages,
        orders: (Vec::new(), None),
        funding: (Vec::new(), None),
        expenses: (Vec::new(), None),
    })
}

pub async fn story(view: &mut View, at: &BudgetPeriod, pages: Pages<'_>) -> Result<Story> {
    let summary = summary(view, at).await?;
    Ok(Story {
        funding: history::funding(view, at, pages.funding).await?,
        expenses: history::expenses(view, at, pages.expenses).await?,
        orders: holders::holders(view, at, pages.orders).await?,
        ..summary
    })
}

pub fn summary_json(view: &View, story: &Story) -> Value {
    let mut body = line_json(view, &story.line);
    body["at"] = json!(view.at.map(|at| at.to_string()));
    body["funding_from"] = history::funding_json(&story.line.standing.funding);
    body["ceilings_above"] = story.ceilings.iter().map(limit_json).collect();
    body["parts"] = story.parts.iter().map(|part| line_json(view, part)).collect();
    body["open_commitments"] = holders::ages_json(&story.ages);
    body
}

/// One of the lists of a budget, as items of the API or as a table.
pub enum List {
    Orders(Paged<Holder>),
    Funding(Paged<Change>),
    Expenses(Paged<Expense>),
    Parts(Vec<Line>),
}

/// A list by its word in an address.
pub async fn list(view: &mut View, at: &BudgetPeriod, word: &str, after: &str) -> Result<List> {
    match word {
        "orders" => Ok(List::Orders(holders::holders(view, at, after).await?)),
        "funding" => Ok(List::Funding(history::funding(view, at, after).await?)),
        "expenditure" => Ok(List::Expenses(history::expenses(view, at, after).await?)),
        "parts" => Ok(List::Parts(view.books.parts(at).iter().map(|part| overview::line(&view.books, part, 0)).collect())),
        other => Err(Error::not_found("list", other)),
    }
}

impl List {
    pub fn json(&self, view: &View) -> Value {
        let (items, next): (Vec<Value>, Option<&String>) = match self {
            List::Orders((holders, next)) => (holders.iter().map(holders::holder_json).collect(), next.as_ref()),
            List::Funding((changes, next)) => (changes.iter().map(history::change_json).collect(), next.as_ref()),
            List::Expenses((expenses, next)) => (expenses.iter().map(history::expense_json).collect(), next.as_ref()),
            List::Parts(parts) => (parts.iter().map(|part| line_json(view, part)).collect(), None),
        };
        json!({"at": view.at.map(|at| at.to_string()), "items": items, "next": next})
    }

    /// Columns and rows of this page of it.
    pub fn table(&self, view: &View) -> super::Table {
        match self {
            List::Orders((holders, _)) => (holders::COLUMNS, holders.iter().map(|holder| holders::holder_cells(view, holder)).collect()),
            List::Funding((changes, _)) => (history::FUNDING_COLUMNS, changes.iter().map(|change| history::change_cells(view, change)).collect()),
            List::Expenses((expenses, _)) => (history::EXPENSE_COLUMNS, expenses.iter().map(|one| history::expense_cells(view, one)).collect()),
            List::Parts(parts) => (overview::COLUMNS, parts.iter().map(|part| overview::line_cells(view, part)).collect()),
        }
    }
}
