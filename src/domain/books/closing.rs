//! Change of period (chapter 11): open commitments go along with or without their money, the rest lapses or is carried. The preview is this
//! very decision, not written. Each row takes its own remainder to its own budget; nothing is spread again.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::command::{ClosePeriod, Commitments, Rest, Turn};
use super::draft::Draft;
use super::entry::{Code, Entry, Fact, Refusal, Report};
use super::funding::Flow;
use super::position::Line;
use super::{Books, BudgetPeriod, Funding, Order, Period, Places, Stage, Status};
use crate::domain::money::round_minor;

pub fn close(books: &Books, wanted: &ClosePeriod) -> Result<Entry, Refusal> {
    let from = books.periods.get(&wanted.from).ok_or_else(|| Refusal::new(Code::UnknownPeriod, &wanted.from))?;
    match books.status(&wanted.to) {
        None => return Err(Refusal::new(Code::UnknownPeriod, &wanted.to)),
        Some(Status::Closed) => return Err(Refusal::new(Code::PeriodClosed, &wanted.to)),
        Some(Status::Planned | Status::Open | Status::Grace) => {}
    }
    if from.status == Status::Closed || wanted.from == wanted.to {
        return Err(Refusal::new(Code::PeriodClosed, &wanted.from));
    }
    if books.lies_in(&wanted.from, &wanted.to) || books.lies_in(&wanted.to, &wanted.from) {
        return Err(Refusal::new(Code::Tree, &wanted.to));
    }
    // What lies in it would go on posting under its ceilings.
    if let Some(within) = books.periods.values().find(|period| period.parent.as_ref() == Some(&wanted.from) && period.status != Status::Closed) {
        return Err(Refusal::new(Code::WrongState, &within.id));
    }
    if wanted.exceptions.values().any(|turn| turn.commitments == Commitments::Keep) {
        // What is kept keeps its whole period.
        return Err(Refusal::new(Code::WrongState, &wanted.from));
    }
    if wanted.turn.commitments == Commitments::Keep {
        let fact = Fact::Period(Period { status: Status::Grace, ..from.clone() });
        return Ok(Entry { facts: vec![fact], report: Some(Report::default()), ..Entry::default() });
    }
    let mut report = Report::default();
    let mut draft = Draft::new(books);
    let mut moved: BTreeMap<Arc<str>, Places> = BTreeMap::new();
    let mut orders: Vec<&Order> = books.orders.values().collect();
    orders.sort_by(|a, b| a.number.cmp(&b.number));
    for order in orders {
        move_order(&mut draft, order, wanted, &mut moved, &mut report).ok_or_else(|| Refusal::new(Code::Amount, &order.number))?;
    }
    let mut flow = Flow::new(books);
    for (budget, places) in &moved {
        carry(&mut flow, budget, wanted, with_money(turn(books, wanted, budget), places));
    }
    settle_rest(&mut flow, books, wanted, &moved, &mut report);
    report.short = short(books, &flow, wanted, &moved);
    let mut entry = draft.write();
    entry.facts.extend(flow.entry.facts);
    entry.legs.extend(flow.entry.legs);
    entry.facts.push(Fact::Period(Period { status: Status::Closed, ..from.clone() }));
    entry.report = Some(report);
    Ok(entry)
}

/// Takes what is open of an order along. `None` when a number does not fit.
fn move_order(draft: &mut Draft<'_>, order: &Order, wanted: &ClosePeriod, moved: &mut BTreeMap<Arc<str>, Places>, report: &mut Report) -> Option<()> {
    let is_here = |line: &Line| line.rows.iter().any(|row| row.at.period == wanted.from);
    if order.stage == Stage::Requested && order.lines.values().any(is_here) {
        for line in order.lines.values() {
            draft.put(&order.number, Line { closed: true, ..line.clone() });
        }
        draft.set_stage(&order.number, Stage::Expired, true);
        report.expired.push(order.number.clone());
        return Some(());
    }
    for line in order.lines.values().filter(|line| is_here(line)) {
        let mut line = line.clone();
        // What is open of a line is one quantity: it lapses when every budget it is on says so, and goes along as an obligation otherwise.
        let mut here = line.rows.iter().filter(|row| row.at.period == wanted.from && !row.dropped);
        if !line.open().is_zero() && here.all(|row| turn(draft.books, wanted, &row.at.budget).commitments == Commitments::Lapse) {
            line.ordered = line.came();
            line.reserve(draft.books)?;
        }
        let mut rows = line.rows.clone();
        for row in rows.iter_mut().filter(|row| row.at.period == wanted.from) {
            let position = line.position(row, order.stage, order.reserves);
            let places = moved.entry(row.at.budget.clone()).or_default();
            places.committed = places.committed.checked_add(position.committed)?;
            places.delivered = places.delivered.checked_add(position.delivered)?;
            report.carried = report.carried.checked_add(position.committed)?.checked_add(position.delivered)?;
            row.at.period = wanted.to.clone();
        }
        line.rows = rows;
        draft.put(&order.number, line);
    }
    Some(())
}

/// What is said of a budget: its own exception, else that of the nearest above it, else what holds for the period.
fn turn(books: &Books, wanted: &ClosePeriod, budget: &Arc<str>) -> Turn {
    let parent = |code: &Arc<str>| books.budgets.get(code).and_then(|budget| budget.parent.clone());
    let own = || std::iter::successors(Some(budget.clone()), parent).find_map(|code| wanted.exceptions.get(&code).copied());
    // Most closings have none.
    if wanted.exceptions.is_empty() { wanted.turn } else { own().unwrap_or(wanted.turn) }
}

/// How much of what goes along takes its money with it: what is delivered always does.
fn with_money(turn: Turn, moved: &Places) -> i64 {
    match turn.commitments {
        Commitments::WithMoney => moved.committed + moved.delivered,
        Commitments::WithoutMoney | Commitments::Lapse | Commitments::Keep => moved.delivered,
    }
}

/// Funding that goes from the closing period to the next, with the ceilings above it.
fn carry(flow: &mut Flow<'_>, budget: &Arc<str>, wanted: &ClosePeriod, amount: i64) {
    if amount == 0 {
        return;
    }
    let old = BudgetPeriod { budget: budget.clone(), period: wanted.from.clone() };
    let new = BudgetPeriod { budget: budget.clone(), period: wanted.to.clone() };
    flow.fund(&new);
    let (left, reached) = (flow.chain(&old, &new), flow.chain(&new, &old));
    for at in left.iter().chain([&old]) {
        flow.change(at, Funding { carried_out: amount, ..Funding::default() });
    }
    for at in reached.iter().chain([&new]) {
        flow.change(at, Funding { carried_in: amount, ..Funding::default() });
    }
}

/// What is left of each budget after its commitments went: carried by percentage and cap, or lapsed; a negative rest is deducted.
fn settle_rest(flow: &mut Flow<'_>, books: &Books, wanted: &ClosePeriod, moved: &BTreeMap<Arc<str>, Places>, report: &mut Report) {
    let mut budgets: Vec<&BudgetPeriod> = books.standings.keys().filter(|at| at.period == wanted.from).collect();
    budgets.sort();
    for at in budgets {
        let Some(standing) = books.standing(at).filter(|standing| standing.funded && !standing.is_ceiling()) else { continue };
        let gone = moved.get(&at.budget).copied().unwrap_or_default();
        let turn = turn(books, wanted, &at.budget);
        let rest = standing.funding.total() - with_money(turn, &gone) - standing.own.expended;
        let share = match turn.rest {
            _ if rest < 0 && turn.forgiven => continue,
            _ if rest < 0 => rest,
            Rest::Lapse => 0,
            Rest::Carry { percent, cap } => {
                let share = Decimal::from(rest).checked_mul(percent).and_then(|share| round_minor(share / Decimal::ONE_HUNDRED)).unwrap_or(0);
                share.min(cap.unwrap_or(i64::MAX)).min(rest)
            }
        };
        carry(flow, &at.budget, wanted, share);
        flow.lapse(at, rest - share);
        report.rest_carried += share;
        report.lapsed += rest - share;
    }
}

/// Budgets of the next period that cannot hold what came to them: new orders wait until that is solved.
fn short(books: &Books, flow: &Flow<'_>, wanted: &ClosePeriod, moved: &BTreeMap<Arc<str>, Places>) -> Vec<(Arc<str>, i64)> {
    let mut came: BTreeMap<BudgetPeriod, i64> = BTreeMap::new();
    for (budget, places) in moved {
        let new = BudgetPeriod { budget: budget.clone(), period: wanted.to.clone() };
        for above in books.above(&new).iter() {
            *came.entry(above.clone()).or_default() += places.consumption();
        }
    }
    let gained = |at: &BudgetPeriod| -> i64 {
        let facts = flow.entry.facts.iter();
        facts.filter_map(|fact| if let Fact::Funding { at: known, change } = fact { (known == at).then(|| change.total()) } else { None }).sum()
    };
    let mut short = Vec::new();
    for (at, came) in came.into_iter().filter(|(at, _)| at.period == wanted.to) {
        let standing = books.standing(&at).cloned().unwrap_or_default();
        let is_tested = standing.commitment_ceiling().is_some() || moved.contains_key(&at.budget);
        let left = standing.funding.total() + gained(&at) - standing.subtree.consumption() - came;
        if left < 0 && is_tested {
            short.push((at.budget, -left));
        }
    }
    short
}
