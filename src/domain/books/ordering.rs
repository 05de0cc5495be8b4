//! Orders: requested, placed, changed, delivered, called off, closed (chapters 9 to 11). Each changes the facts of lines; what that books
//! is worked out elsewhere. Never adds to or subtracts from a remembered amount.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::ceiling::{self, Level};
use super::charging;
use super::command::{Change, Decision, NewLine, Override, Part, Place, Shrink, Split, Spread};
use super::draft::Draft;
use super::entry::{Code, Entry, Refusal};
use super::position::{Apart, Line, Row, SplitKind, Terms};
use super::{Books, BudgetPeriod, Stage, Status, is_sane, sharing};

/// The most rows a line may be divided over.
const ROWS_MAX: usize = 1000;

pub(super) fn too_large() -> Refusal {
    Refusal::new(Code::Amount, "")
}

/// Rows for a split, in a period.
pub(super) fn rows(draft: &Draft<'_>, split: &Split, period: &Arc<str>) -> Result<Vec<Row>, Refusal> {
    if split.kind == SplitKind::None && split.rows.is_empty() {
        return Ok(Vec::new());
    }
    if split.rows.len() > ROWS_MAX || !split.rows.iter().all(|(_, weight)| is_sane(*weight)) {
        return Err(too_large());
    }
    let sum: Decimal = split.rows.iter().map(|(_, weight)| *weight).sum();
    let negative = split.kind != SplitKind::Amounts && split.rows.iter().any(|(_, weight)| weight.is_sign_negative() && !weight.is_zero());
    let finer = split.kind == SplitKind::Percentages && split.rows.iter().any(|(_, weight)| weight.normalize().scale() > 4);
    if split.rows.is_empty()
        || split.kind == SplitKind::None
        || negative
        || finer
        || (split.kind == SplitKind::Percentages && sum != Decimal::ONE_HUNDRED)
    {
        return Err(Refusal::new(Code::SplitNot100, sum));
    }
    let row = |(budget, weight): &(Arc<str>, Decimal)| {
        let at = BudgetPeriod { budget: budget.clone(), period: period.clone() };
        draft.postable(&at)?;
        Ok(Row { at, weight: *weight, reserved: 0, dropped: false, invoiced: 0, apart: Apart::default(), expended: Default::default() })
    };
    split.rows.iter().map(row).collect()
}

pub(super) fn check_terms(terms: &Terms, quantity: Decimal) -> Result<(), Refusal> {
    let fits = [terms.unit_price, terms.price_unit, quantity].into_iter().all(is_sane);
    let percents = (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&terms.discount_percent)
        && (Decimal::ZERO..=Decimal::from(1000)).contains(&terms.tax_percent);
    let whole = terms.price_unit > Decimal::ZERO && quantity >= Decimal::ZERO;
    if fits && percents && whole { Ok(()) } else { Err(Refusal::new(Code::Amount, quantity)) }
}

/// Chapter 11: a planned period takes orders when the buyer orders ahead, an open one always.
pub(super) fn check_period(books: &Books, period: &str) -> Result<(), Refusal> {
    match books.status(period) {
        Some(Status::Open) => Ok(()),
        Some(Status::Planned) if books.settings.advance_orders => Ok(()),
        Some(Status::Planned | Status::Grace | Status::Closed) => Err(Refusal::new(Code::PeriodNotOpen, period)),
        None => Err(Refusal::new(Code::UnknownPeriod, period)),
    }
}

/// Whether it, or a charge of it, is on a budget.
pub(super) fn is_booked(line: &NewLine) -> bool {
    line.split.kind != SplitKind::None || line.charges.iter().any(|charge| charge.split.kind != SplitKind::None)
}

pub fn place(books: &Books, wanted: &Place) -> Result<Entry, Refusal> {
    place_for(books, wanted, None)
}

/// An order in the place of another, whose rest is called off in the same breath: what it held does not stand in the way of the new one.
pub fn replace(books: &Books, source: &Arc<str>, wanted: &Place) -> Result<Entry, Refusal> {
    place_for(books, wanted, Some(source))
}

fn place_for(books: &Books, wanted: &Place, source: Option<&Arc<str>>) -> Result<Entry, Refusal> {
    if books.orders.contains_key(&wanted.order) {
        return Err(Refusal::new(Code::OrderExists, &wanted.order));
    }
    let is_fixed = |spread: &Spread| matches!(spread, Spread::Fixed(split) if split.kind != SplitKind::None);
    if wanted.lines.iter().any(is_booked) || wanted.charges.iter().any(|charge| is_fixed(&charge.spread)) {
        check_period(books, &wanted.period)?;
    }
    let draft = draft(books, wanted, source)?;
    if wanted.as_request {
        return park(draft, wanted, books.settings.requests_reserve);
    }
    let verdict = draft.test();
    match ceiling::judge(&verdict, Code::InsufficientFunds, wanted.passing) {
        // A person must approve: it waits as a request, and holds money when requests do.
        Err(refusal) if verdict.strictest == Some(Level::Approval) => {
            let mut entry =
                park(self::draft(books, wanted, source)?, &Place { passing: Override::Yes, ..wanted.clone() }, books.settings.requests_reserve)?;
            entry.over = refusal.over;
            entry.needs_approval = true;
            Ok(entry)
        }
        Err(refusal) => Err(refusal),
        Ok(()) => draft.finish(Code::InsufficientFunds, wanted.passing),
    }
}

fn park(mut draft: Draft<'_>, wanted: &Place, reserves: bool) -> Result<Entry, Refusal> {
    draft.set_stage(&wanted.order, Stage::Requested, reserves);
    draft.finish(Code::InsufficientFunds, wanted.passing)
}

/// What is left of an order is called off.
fn release(draft: &mut Draft<'_>, source: &Arc<str>) -> Result<(), Refusal> {
    let known = draft.order(source)?;
    if !matches!(known.stage, Stage::Requested | Stage::Placed) {
        return Err(Refusal::new(Code::WrongState, source));
    }
    for line in known.lines.values() {
        let came = line.came();
        resize(draft, source, line.clone(), Some(came))?;
    }
    if known.lines.values().all(|line| line.came().is_zero()) {
        draft.set_stage(source, Stage::Cancelled, known.reserves);
    }
    Ok(())
}

fn draft<'b>(books: &'b Books, wanted: &Place, source: Option<&Arc<str>>) -> Result<Draft<'b>, Refusal> {
    let mut draft = Draft::new(books);
    source.map_or(Ok(()), |source| release(&mut draft, source))?;
    draft.set_stage(&wanted.order, Stage::Placed, true);
    let mut all_goods = Vec::with_capacity(wanted.lines.len());
    for new in &wanted.lines {
        if draft.line(&wanted.order, &new.number).is_ok() {
            return Err(Refusal::new(Code::OrderExists, format!("{}/{}", wanted.order, new.number)));
        }
        all_goods.push(put_new(&mut draft, &wanted.order, new, &wanted.period)?);
    }
    for charge in &wanted.charges {
        check_terms(&charge.terms, Decimal::ONE)?;
        let as_line = charging::line_of(books, charge, &all_goods).ok_or_else(too_large)?;
        if draft.line(&wanted.order, &as_line.number).is_ok() {
            return Err(Refusal::new(Code::OrderExists, format!("{}/{}", wanted.order, as_line.number)));
        }
        let charge_line = line(&draft, &as_line, &wanted.period)?;
        draft.put_new(&wanted.order, charge_line);
    }
    Ok(draft)
}

/// A new line with its charges, each a line of its own.
pub(super) fn put_new(draft: &mut Draft<'_>, order: &Arc<str>, new: &NewLine, period: &Arc<str>) -> Result<Line, Refusal> {
    let goods = line(draft, new, period)?;
    draft.put_new(order, goods.clone());
    for charge in &new.charges {
        let quantity = if charge.per_unit { new.quantity } else { Decimal::ONE };
        let number: Arc<str> = format!("{}/{}", new.number, charge.id).into();
        let as_line = NewLine { number, quantity, terms: charge.terms.clone(), mode: new.mode, split: charge.split.clone(), charges: Vec::new() };
        let charge_line = Line { parent: Some(new.number.clone()), follows: charge.per_unit, ..line(draft, &as_line, period)? };
        draft.put_new(order, charge_line);
    }
    Ok(goods)
}

fn line(draft: &Draft<'_>, new: &NewLine, period: &Arc<str>) -> Result<Line, Refusal> {
    check_terms(&new.terms, new.quantity)?;
    let mut line = Line {
        number: new.number.clone(),
        parent: None,
        follows: false,
        mode: new.mode,
        terms: new.terms.clone(),
        split: new.split.kind,
        ordered: new.quantity,
        delivered: Decimal::ZERO,
        invoiced: Decimal::ZERO,
        closed: false,
        rows: rows(draft, &new.split, period)?,
    };
    line.reserve(draft.books).ok_or_else(too_large)?;
    Ok(line)
}

/// What becomes of a request. It counts once: whoever comes second finds another stage.
pub fn settle(books: &Books, order: &Arc<str>, decision: Decision) -> Result<Entry, Refusal> {
    let mut draft = Draft::new(books);
    let known = draft.order(order)?;
    if known.stage != Stage::Requested {
        return Err(Refusal::new(Code::WrongState, order));
    }
    let stage = match decision {
        Decision::Approve => Stage::Placed,
        Decision::Reject => Stage::Rejected,
        Decision::Expire => Stage::Expired,
    };
    if decision != Decision::Approve {
        for line in known.lines.values() {
            draft.put(order, Line { closed: true, ..line.clone() });
        }
    }
    draft.set_stage(order, stage, true);
    let verdict = draft.test();
    // The approval is what a ceiling of this level asks for; one that stops still stops.
    let passing = if verdict.strictest == Some(Level::Approval) { Override::Yes } else { Override::No };
    draft.finish(Code::InsufficientFunds, passing)
}

pub fn change(books: &Books, wanted: &Change) -> Result<Entry, Refusal> {
    let mut draft = Draft::new(books);
    let order = &wanted.order;
    let known = draft.order(order)?;
    let mut line = draft.line(order, &wanted.line)?;
    if !matches!(known.stage, Stage::Requested | Stage::Placed) || line.closed {
        return Err(Refusal::new(Code::AlreadyClosed, format!("{order}/{}", wanted.line)));
    }
    if let Some(split) = &wanted.split {
        change_split(&draft, &mut line, split)?;
    }
    line.terms.unit_price = wanted.unit_price.unwrap_or(line.terms.unit_price);
    line.terms.discount_percent = wanted.discount_percent.unwrap_or(line.terms.discount_percent);
    line.terms.tax_percent = wanted.tax_percent.unwrap_or(line.terms.tax_percent);
    check_terms(&line.terms, wanted.quantity.unwrap_or(line.ordered))?;
    resize(&mut draft, order, line, wanted.quantity)?;
    if let Some(quantity) = wanted.quantity {
        for follower in draft.followers(order, &wanted.line) {
            let line = draft.line(order, &follower)?;
            resize(&mut draft, order, line, Some(quantity))?;
        }
    }
    draft.finish(Code::InsufficientFunds, wanted.passing)
}

pub(super) fn resize(draft: &mut Draft<'_>, order: &Arc<str>, mut line: Line, quantity: Option<Decimal>) -> Result<(), Refusal> {
    if let Some(quantity) = quantity {
        if quantity < line.came() {
            return Err(Refusal::new(Code::BelowDelivered, format!("{order}/{}", line.number)));
        }
        line.ordered = quantity;
    }
    line.reserve(draft.books).ok_or_else(too_large)?;
    draft.put(order, line);
    Ok(())
}

/// Rows of budgets that stay keep their history; others are dropped and keep what was expended on them.
pub(super) fn change_split(draft: &Draft<'_>, line: &mut Line, split: &Split) -> Result<(), Refusal> {
    let period = line.rows.iter().rev().find(|row| !row.dropped).map(|row| row.at.period.clone());
    let period = period.ok_or_else(|| Refusal::new(Code::NoBudget, &line.number))?;
    let new = rows(draft, split, &period)?;
    // What is on budgets stays on budgets: off all of them its invoices would weigh on none (I10).
    if new.is_empty() {
        return Err(Refusal::new(Code::SplitNot100, Decimal::ZERO));
    }
    let before = line.clone();
    line.split = split.kind;
    for row in &mut line.rows {
        row.dropped = true;
    }
    for row in new {
        match line.rows.iter_mut().find(|known| known.dropped && known.at == row.at) {
            Some(known) => (known.dropped, known.weight) = (false, row.weight),
            None => line.rows.push(row),
        }
    }
    if !sharing::keeps_what_is_invoiced(&before, line, draft.books.settings.exponent) {
        return Err(Refusal::new(Code::SplitMismatch, &line.number));
    }
    line.settle();
    Ok(())
}

/// What will not come is called off, with the charges that follow it, and its money is free at once.
pub fn shrink(books: &Books, wanted: &Shrink) -> Result<Entry, Refusal> {
    let mut draft = Draft::new(books);
    let order = &wanted.order;
    let known = draft.order(order)?;
    if !matches!(known.stage, Stage::Requested | Stage::Placed) {
        return Err(Refusal::new(Code::WrongState, order));
    }
    let is_whole = wanted.lines.is_empty();
    let everything = || known.sequence.iter().map(|line| Part { line: line.clone(), quantity: None }).collect();
    let parts: Vec<Part> = if is_whole { everything() } else { wanted.lines.clone() };
    let mut called_off = Decimal::ZERO;
    for Part { line: number, quantity } in &parts {
        let line = draft.line(order, number)?;
        let quantity = quantity.unwrap_or_else(|| line.open());
        if quantity > line.open() || (!is_whole && quantity <= Decimal::ZERO) {
            return Err(Refusal::new(Code::QuantityNotOpen, format!("{order}/{number}")));
        }
        called_off += quantity;
        let ordered = line.ordered - quantity;
        resize(&mut draft, order, line, Some(ordered))?;
        for follower in draft.followers(order, number).into_iter().filter(|_| !is_whole) {
            let line = draft.line(order, &follower)?;
            let ordered = line.ordered - quantity.min(line.open());
            resize(&mut draft, order, line, Some(ordered))?;
        }
    }
    if called_off.is_zero() {
        return Err(Refusal::new(Code::QuantityNotOpen, order));
    }
    let nothing_came = known.lines.values().all(|line| line.came().is_zero());
    if is_whole && nothing_came {
        draft.set_stage(order, Stage::Cancelled, known.reserves);
    }
    draft.finish(Code::InsufficientFunds, Override::No)
}

/// Closed: no more liquidation is expected, and the rest is free. Opened again: it is reserved again, if it fits.
pub fn close_line(books: &Books, order: &Arc<str>, number: &Arc<str>, closed: bool) -> Result<Entry, Refusal> {
    let mut draft = Draft::new(books);
    if draft.order(order)?.stage != Stage::Placed {
        return Err(Refusal::new(Code::WrongState, order));
    }
    let line = draft.line(order, number)?;
    if line.closed == closed {
        return Err(Refusal::new(if closed { Code::AlreadyClosed } else { Code::WrongState }, format!("{order}/{number}")));
    }
    for follower in draft.followers(order, number) {
        let line = draft.line(order, &follower)?;
        draft.put(order, Line { closed, ..line });
    }
    draft.put(order, Line { closed, ..line });
    draft.finish(Code::InsufficientFunds, Override::No)
}
