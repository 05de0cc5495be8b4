//! What passed its ceilings and what is above them, and what was called off and what that released. Reads only.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::View;
use super::budget::Paged;
use super::history::{Step, about, posting};
use super::overview::limit_json;
use crate::domain::books::BudgetPeriod;
use crate::domain::books::Status;
use crate::domain::books::entry::{Account, Over};
use crate::domain::books::outlook::Limit;
use crate::error::Result;
use crate::flow::remembering::{CALLED_OFF, OVER};
use crate::store::held::Listed;
use crate::store::json::str_of;
use crate::store::{self, journal};
use crate::wire::table_csv::Cell;

/// Every ceiling that is passed, in periods that are not closed or in one; the worst first.
pub fn above_limit(view: &View, period: &str) -> Vec<Limit> {
    let is_asked = |at: &BudgetPeriod| match period {
        "" => view.books.periods.get(&at.period).is_some_and(|period| period.status != Status::Closed),
        named => *at.period == *named,
    };
    let mut above: Vec<Limit> =
        view.books.standings.keys().filter(|at| is_asked(at)).flat_map(|at| view.books.limits_of(at)).filter(|limit| limit.over() > 0).collect();
    above.sort_by_key(|limit| (-limit.over(), limit.at.clone()));
    above
}

/// An entry that passed ceilings: by a level that only warns, or because a person let it.
#[derive(Clone, Debug)]
pub struct Passed {
    pub step: Step,
    pub over: Vec<Over>,
    /// What the person who let it pass gave as the reason.
    pub reason: String,
}

/// Of the whole, else each that was given for a line.
fn reason(kept: &journal::Entry) -> Result<String> {
    let body = journal::body(kept)?;
    let of_lines = body.get("lines").and_then(Value::as_array).into_iter().flatten().map(|line| str_of(line, "reason"));
    let mut reasons: Vec<&str> = std::iter::once(str_of(&body, "reason")).chain(of_lines).filter(|reason| !reason.is_empty()).collect();
    reasons.dedup();
    Ok(reasons.join("; "))
}

pub async fn passed(view: &mut View, after: &str) -> Result<Paged<Passed>> {
    let (entries, next) = about(view, &[OVER.to_string()], after).await?;
    let mut passed = Vec::with_capacity(entries.len());
    for kept in &entries {
        let over: Vec<Over> = posting(view, kept)?.over.into_iter().filter(|over| view.sees(&over.at)).collect();
        if !over.is_empty() {
            passed.push(Passed { step: Step::of(kept), over, reason: reason(kept)? });
        }
    }
    Ok((passed, next))
}

/// What was called off, with what it gave back to each budget.
#[derive(Clone, Debug)]
pub struct Released {
    pub step: Step,
    pub lines: Vec<String>,
    pub reason: String,
    pub given: BTreeMap<BudgetPeriod, i64>,
}

impl Released {
    pub fn total(&self) -> i64 {
        self.given.values().sum()
    }
}

pub async fn released(view: &mut View, after: &str) -> Result<Paged<Released>> {
    let (entries, next) = about(view, &[CALLED_OFF.to_string()], after).await?;
    let mut released = Vec::with_capacity(entries.len());
    for kept in &entries {
        let entry = posting(view, kept)?;
        let mut lines: Vec<String> = entry.legs.iter().filter_map(|leg| leg.row.as_ref().map(|(_, line, _)| line.to_string())).collect();
        lines.sort();
        lines.dedup();
        let mut given: BTreeMap<BudgetPeriod, i64> = BTreeMap::new();
        for leg in entry.legs.iter().filter(|leg| leg.account == Account::Available && view.sees(&leg.at())) {
            *given.entry(leg.at()).or_default() += leg.amount;
        }
        if !given.is_empty() {
            released.push(Released { step: Step::of(kept), lines, reason: reason(kept)?, given });
        }
    }
    Ok((released, next))
}

/// Invoices that may not be booked yet, the oldest first; of budgets that the caller may see, or short of none.
pub async fn held(view: &mut View) -> Result<Vec<Listed>> {
    let mut held = store::held::of_tenant(&mut view.tx, &view.tenant).await?;
    held.retain(|one| one.held.refusal.over.iter().all(|over| view.sees(&over.at)));
    Ok(held)
}

pub fn held_json(held: &[Listed]) -> Value {
    let over = |over: &Over| json!({"budget": &*over.at.budget, "period": &*over.at.period, "short": over.short});
    let one = |one: &Listed| {
        json!({
            "order": one.number, "supplier": one.supplier, "code": one.held.refusal.code.as_str(), "gross": one.held.gross,
            "over": one.held.refusal.over.iter().map(over).collect::<Vec<_>>(), "since": one.held.held_at.to_string(),
            "tried": one.held.tried_at.to_string(),
        })
    };
    json!({"items": held.iter().map(one).collect::<Vec<_>>()})
}

pub const HELD_COLUMNS: &[&str] = &["order", "supplier", "since", "tried", "code", "budget", "period", "currency", "gross", "short"];

/// One row for each ceiling that is short; one for an invoice that is held for another reason.
pub fn held_table(view: &View, held: &[Listed]) -> super::Table {
    let row = |one: &Listed, over: Option<&Over>| {
        let moments = [one.held.held_at.to_string(), one.held.tried_at.to_string()];
        let mut cells = vec![Cell::text(&one.number), Cell::text(&one.supplier), Cell::text(&moments[0]), Cell::text(&moments[1])];
        cells.push(Cell::text(one.held.refusal.code.as_str()));
        cells.extend([over.map_or("", |over| &over.at.budget), over.map_or("", |over| &over.at.period)].map(Cell::text));
        cells.extend([Cell::text(view.currency), view.cell(one.held.gross)]);
        cells.push(over.map_or(Cell::text(""), |over| view.cell(over.short)));
        cells
    };
    let rows = held.iter().flat_map(|one| match one.held.refusal.over.as_slice() {
        [] => vec![row(one, None)],
        over => over.iter().map(|over| row(one, Some(over))).collect(),
    });
    (HELD_COLUMNS, rows.collect())
}

pub fn over_json(view: &View, above: &[Limit], passed: &Paged<Passed>) -> Value {
    let one = |one: &Passed| {
        let mut body = one.step.json();
        body["reason"] = json!(one.reason);
        body["over"] = one.over.iter().map(|over| json!({"budget": &*over.at.budget, "period": &*over.at.period, "short": over.short})).collect();
        body
    };
    json!({
        "at": view.at.map(|at| at.to_string()), "above": above.iter().map(limit_json).collect::<Vec<_>>(),
        "items": passed.0.iter().map(one).collect::<Vec<_>>(), "next": passed.1,
    })
}

pub fn released_json(view: &View, released: &Paged<Released>) -> Value {
    let one = |one: &Released| {
        let mut body = one.step.json();
        body["lines"] = json!(one.lines);
        body["reason"] = json!(one.reason);
        body["released"] = json!(one.total());
        let given = |(at, amount): (&BudgetPeriod, &i64)| json!({"budget": &*at.budget, "period": &*at.period, "amount": amount});
        body["budgets"] = one.given.iter().map(given).collect();
        body
    };
    json!({"at": view.at.map(|at| at.to_string()), "items": released.0.iter().map(one).collect::<Vec<_>>(), "next": released.1})
}

pub const OVER_COLUMNS: &[&str] = &["budget", "period", "kind", "level", "currency", "limit", "used", "over"];
pub const RELEASED_COLUMNS: &[&str] = &["entry", "at", "who", "kind", "subject", "lines", "reason", "budget", "period", "currency", "released"];

pub fn over_table(view: &View, above: &[Limit]) -> super::Table {
    let row = |limit: &Limit| {
        let mut cells = vec![Cell::text(&limit.at.budget), Cell::text(&limit.at.period), Cell::text(limit.kind.as_str())];
        cells.extend([Cell::text(limit.level.as_str()), Cell::text(view.currency)]);
        cells.extend([limit.limit, limit.used, limit.over()].map(|minor| view.cell(minor)));
        cells
    };
    (OVER_COLUMNS, above.iter().map(row).collect())
}

/// One row for each budget that got something back.
pub fn released_table(view: &View, released: &[Released]) -> super::Table {
    let rows = released.iter().flat_map(|one| {
        one.given.iter().map(|(at, amount)| {
            let mut cells = one.step.cells();
            cells.extend([Cell::text(one.lines.join(" ")), Cell::text(&one.reason), Cell::text(&at.budget), Cell::text(&at.period)]);
            cells.extend([Cell::text(view.currency), view.cell(*amount)]);
            cells
        })
    });
    (RELEASED_COLUMNS, rows.collect())
}
