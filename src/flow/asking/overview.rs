//! All budgets of a period at one look: the tree, where the money of each is, and the ceiling that leaves least. Reads only.

use std::sync::Arc;

use serde_json::{Value, json};

use super::View;
use crate::domain::books::outlook::Limit;
use crate::domain::books::{Books, BudgetPeriod, Places, Standing, Status};
use crate::error::{Error, Result};
use crate::wire::table_csv::Cell;

/// A budget in a period with what is asked of it everywhere.
#[derive(Clone, Debug)]
pub struct Line {
    pub at: BudgetPeriod,
    pub depth: usize,
    pub standing: Standing,
    pub limits: Vec<Limit>,
    pub tightest: Option<Limit>,
}

/// A period to choose.
#[derive(Clone, Debug)]
pub struct Choice {
    pub id: Arc<str>,
    pub status: Status,
}

/// A period's budgets.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    pub periods: Vec<Choice>,
    pub period: Option<Arc<str>>,
    pub funding: i64,
    pub places: Places,
    pub lines: Vec<Line>,
}

pub fn line(books: &Books, at: &BudgetPeriod, depth: usize) -> Line {
    let standing = books.standing(at).cloned().unwrap_or_default();
    Line { at: at.clone(), depth, standing, limits: books.limits_of(at), tightest: books.tightest(at) }
}

/// The period named, else the open one of the day of the view.
pub fn overview(view: &View, named: &str) -> Result<Overview> {
    let books = &view.books;
    let period = match named {
        "" => books.period_of(&view.today),
        named => Some(books.periods.get_key_value(named).map(|(id, _)| id.clone()).ok_or_else(|| Error::not_found("period", named))?),
    };
    let periods = books.periods.values().map(|period| Choice { id: period.id.clone(), status: period.status }).collect();
    let Some(id) = &period else { return Ok(Overview { periods, ..Overview::default() }) };
    let (funding, places) = books.whole(id);
    let lines = books.tree(id).into_iter().map(|node| line(books, &node.at, node.depth)).collect();
    Ok(Overview { periods, period, funding, places, lines })
}

/// Every budget in every period that is not closed, or in one.
pub fn listed(view: &View, named: &str) -> Result<Vec<Line>> {
    if !named.is_empty() {
        return Ok(overview(view, named)?.lines);
    }
    let books = &view.books;
    let is_current = |at: &BudgetPeriod| books.periods.get(&at.period).is_some_and(|period| period.status != Status::Closed);
    let mut places: Vec<&BudgetPeriod> = books.standings.keys().filter(|at| is_current(at)).collect();
    places.sort();
    let depth = |at: &BudgetPeriod| {
        let parent = |code: &Arc<str>| books.budgets.get(code).and_then(|budget| budget.parent.clone());
        std::iter::successors(parent(&at.budget), parent).count()
    };
    Ok(places.into_iter().map(|at| line(books, at, depth(at))).collect())
}

pub fn limit_json(limit: &Limit) -> Value {
    json!({
        "budget": &*limit.at.budget, "period": &*limit.at.period, "kind": limit.kind.as_str(), "level": limit.level.as_str(),
        "limit": limit.limit, "used": limit.used, "headroom": limit.headroom(),
    })
}

/// A budget as the API shows it; amounts in minor units.
pub fn line_json(view: &View, line: &Line) -> Value {
    let budget = view.books.budgets.get(&line.at.budget).cloned().unwrap_or_default();
    let (standing, places) = (&line.standing, line.standing.subtree);
    json!({
        "budget": &*line.at.budget, "period": &*line.at.period, "name": &*budget.name, "parent": budget.parent.as_deref(), "depth": line.depth,
        "owner": &*budget.owner, "location": &*budget.location, "project": &*budget.project, "segment": &*budget.segment,
        "postable": budget.postable, "mode": budget.authority.as_str(), "currency": view.currency.as_str(), "funding": standing.funding.total(),
        "requested": places.requested, "committed": places.committed, "delivered": places.delivered, "expended": places.expended,
        "available": standing.reported_available(), "used_percent": standing.used_percent(), "headroom": standing.headroom(),
        "ceilings": line.limits.iter().map(limit_json).collect::<Vec<_>>(), "tightest": line.tightest.as_ref().map(limit_json),
    })
}

pub const COLUMNS: &[&str] = &[
    "budget",
    "period",
    "name",
    "parent",
    "owner",
    "location",
    "project",
    "segment",
    "mode",
    "currency",
    "funding",
    "requested",
    "committed",
    "delivered",
    "expended",
    "available",
    "used_percent",
    "headroom",
    "tightest",
    "tightest_headroom",
];

/// The same as cells of [`COLUMNS`]; amounts with a point.
pub fn line_cells(view: &View, line: &Line) -> Vec<Cell> {
    let budget = view.books.budgets.get(&line.at.budget).cloned().unwrap_or_default();
    let (standing, places) = (&line.standing, line.standing.subtree);
    let optional = |minor: Option<i64>| minor.map_or(Cell::text(""), |minor| view.cell(minor));
    let mut cells: Vec<Cell> = [&*line.at.budget, &*line.at.period, &*budget.name, budget.parent.as_deref().unwrap_or_default(), &*budget.owner]
        .into_iter()
        .chain([&*budget.location, &*budget.project, &*budget.segment, budget.authority.as_str(), view.currency.as_str()])
        .map(Cell::text)
        .collect();
    cells.push(view.cell(standing.funding.total()));
    cells.extend(view.places(places));
    cells.push(view.cell(standing.reported_available()));
    cells.push(standing.used_percent().map_or(Cell::text(""), Cell::number));
    cells.push(optional(standing.headroom()));
    cells.push(line.tightest.as_ref().map_or(Cell::text(""), |limit| Cell::text(&limit.at)));
    cells.push(optional(line.tightest.as_ref().map(Limit::headroom)));
    cells
}
