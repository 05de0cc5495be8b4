//! An order as its buyer wants it from now on, whole: lines that are named get these terms, quantities and divisions, new ones are added, and
//! what is not named is called off (cxml, section 13). All of it or nothing; what came stays as it came. Charges of a line follow its quantity.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::charging;
use super::command::{Charge, NewLine, Revise, Split};
use super::draft::Draft;
use super::entry::{Code, Entry, Refusal};
use super::ordering::{change_split, check_period, check_terms, is_booked, put_new, resize, rows, too_large};
use super::position::{Line, SplitKind};
use super::{Books, Order, Stage, Status};

pub fn revise(books: &Books, wanted: &Revise) -> Result<Entry, Refusal> {
    let mut draft = Draft::new(books);
    let order = &wanted.order;
    let known = draft.order(order)?;
    if !matches!(known.stage, Stage::Requested | Stage::Placed) {
        return Err(Refusal::new(Code::WrongState, order));
    }
    let mut named: Vec<Arc<str>> = Vec::new();
    let mut goods = Vec::with_capacity(wanted.lines.len());
    for new in &wanted.lines {
        if named.contains(&new.number) {
            return Err(Refusal::new(Code::OrderExists, format!("{order}/{}", new.number)));
        }
        goods.push(put(&mut draft, wanted, new, known.lines.get(&new.number))?);
        named.push(new.number.clone());
    }
    for charge in &wanted.charges {
        let as_line = charging::line_of(books, charge, &goods).ok_or_else(too_large)?;
        put(&mut draft, wanted, &as_line, known.lines.get(&as_line.number))?;
        named.push(as_line.number);
    }
    let gone = known.lines.values().filter(|line| !line.ordered.is_zero() && !named.contains(line.parent.as_ref().unwrap_or(&line.number)));
    for line in gone.cloned().collect::<Vec<Line>>() {
        resize(&mut draft, order, line, Some(Decimal::ZERO))?;
    }
    draft.finish(Code::InsufficientFunds, wanted.passing)
}

/// The lines of an order as the books have them, each for so many pieces; what is charged on a line stays with it.
pub fn resized(order: &Order, pieces: impl Fn(&Line) -> Decimal) -> Vec<NewLine> {
    let own = order.sequence.iter().filter_map(|number| order.lines.get(number)).filter(|line| line.parent.is_none());
    own.map(|line| as_new(line, pieces(line))).collect()
}

fn as_new(line: &Line, quantity: Decimal) -> NewLine {
    NewLine { number: line.number.clone(), quantity, terms: line.terms.clone(), mode: line.mode, split: split(line, line.split), charges: Vec::new() }
}

fn split(line: &Line, kind: SplitKind) -> Split {
    Split { kind, rows: line.rows.iter().filter(|row| !row.dropped).map(|row| (row.at.budget.clone(), row.weight)).collect() }
}

/// The lines of an order of which some pieces of one are a line of their own, the last: on the same budgets, with the charges that follow its
/// quantity. `None` where there is no such line.
pub fn divided(order: &Order, from: &str, number: &Arc<str>, pieces: Decimal) -> Option<Vec<NewLine>> {
    let old = order.lines.get(from)?;
    // Shares that were stated as amounts are proportions of another amount.
    let shared = |line: &Line| split(line, if line.split == SplitKind::Amounts { SplitKind::Weights } else { line.split });
    let charge = |line: &Line| Charge {
        id: line.number.rsplit('/').next().unwrap_or_default().into(),
        terms: line.terms.clone(),
        split: shared(line),
        per_unit: true,
    };
    let followers =
        order.sequence.iter().filter_map(|number| order.lines.get(number)).filter(|line| line.follows && line.parent.as_deref() == Some(from));
    let new = NewLine { number: number.clone(), split: shared(old), charges: followers.map(charge).collect(), ..as_new(old, pieces) };
    let mut lines = resized(order, |line| if *line.number == *from { line.ordered - pieces } else { line.ordered });
    lines.push(new);
    Some(lines)
}

/// A line as it is to be.
fn put(draft: &mut Draft<'_>, wanted: &Revise, new: &NewLine, known: Option<&Line>) -> Result<Line, Refusal> {
    let order = &wanted.order;
    check_terms(&new.terms, new.quantity)?;
    let Some(known) = known else {
        // In grace nothing is ordered, and what was ordered goes on (chapter 11).
        let goes_on = wanted.divided.as_ref() == Some(&new.number) && draft.books.status(&wanted.period) == Some(Status::Grace);
        if is_booked(new) && !goes_on {
            check_period(draft.books, &wanted.period)?;
        }
        return put_new(draft, order, new, &wanted.period);
    };
    let came = !known.came().is_zero();
    if known.closed {
        return Err(Refusal::new(Code::AlreadyClosed, format!("{order}/{}", new.number)));
    }
    if came && known.terms != new.terms {
        return Err(Refusal::new(Code::BelowDelivered, format!("{order}/{}", new.number)));
    }
    let mut line = Line { terms: new.terms.clone(), ..known.clone() };
    divide(draft, wanted, &mut line, &new.split)?;
    resize(draft, order, line, Some(new.quantity))?;
    for follower in draft.followers(order, &new.number) {
        let line = draft.line(order, &follower)?;
        resize(draft, order, line, Some(new.quantity))?;
    }
    draft.line(order, &new.number)
}

/// Another division where it is another; one that comes onto budgets for the first time has no history to keep.
fn divide(draft: &Draft<'_>, wanted: &Revise, line: &mut Line, split: &Split) -> Result<(), Refusal> {
    let rows_now = line.rows.iter().filter(|row| !row.dropped).map(|row| (row.at.budget.clone(), row.weight));
    if line.split == split.kind && rows_now.eq(split.rows.iter().cloned()) {
        return Ok(());
    }
    if !line.rows.is_empty() {
        return change_split(draft, line, split);
    }
    if !line.invoiced.is_zero() && split.kind != SplitKind::None {
        return Err(Refusal::new(Code::SplitNot100, Decimal::ZERO));
    }
    check_period(draft.books, &wanted.period)?;
    (line.split, line.rows) = (split.kind, rows(draft, split, &wanted.period)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::books::command::{Allocate, Command, Override, Part, Place};
    use crate::domain::books::position::{Mode, Terms};
    use crate::domain::books::proof;
    use crate::domain::books::{Budget, BudgetPeriod, Period};

    fn new(number: &str, quantity: i64, price: i64, shares: &[(&str, i64)]) -> NewLine {
        NewLine {
            number: number.into(),
            quantity: Decimal::from(quantity),
            terms: Terms { unit_price: Decimal::from(price), price_unit: Decimal::ONE, discount_percent: Decimal::ZERO, tax_percent: Decimal::ZERO },
            mode: Mode::Quantity,
            split: Split {
                kind: if shares.is_empty() { SplitKind::None } else { SplitKind::Weights },
                rows: shares.iter().map(|(budget, weight)| ((*budget).into(), Decimal::from(*weight))).collect(),
            },
            charges: Vec::new(),
        }
    }

    fn books() -> Books {
        let mut books = Books::default();
        let mut run = |command: Command| {
            let entry = books.decide(&command).expect("it is allowed");
            books.apply(&entry);
        };
        let period = Period { id: "2026".into(), status: Status::Open, ..Period::default() };
        run(Command::SetPeriod { period });
        for code in ["a", "b"] {
            run(Command::SetBudget { budget: Budget { code: code.into(), name: code.into(), postable: true, ..Budget::default() } });
            run(Command::Allocate(Allocate { at: BudgetPeriod::new(code, "2026"), amount: 100_000, passing: Override::No }));
        }
        let lines = vec![new("10", 10, 20, &[("a", 1)]), new("20", 5, 10, &[("b", 1)])];
        run(Command::Place(Place { order: "o".into(), period: "2026".into(), lines, charges: Vec::new(), as_request: false, passing: Override::No }));
        books
    }

    fn revised(books: &mut Books, lines: Vec<NewLine>) -> Result<(), Code> {
        revised_with(books, lines, None)
    }

    fn revised_with(books: &mut Books, lines: Vec<NewLine>, divided: Option<&str>) -> Result<(), Code> {
        let (order, period, divided) = ("o".into(), "2026".into(), divided.map(Into::into));
        let revise = Revise { order, period, lines, charges: Vec::new(), divided, passing: Override::No };
        let entry = books.decide(&Command::Revise(revise)).map_err(|refusal| refusal.code)?;
        books.apply(&entry);
        assert_eq!(proof::books(books), Vec::<String>::new());
        Ok(())
    }

    fn committed(books: &Books, budget: &str) -> i64 {
        books.standing(&BudgetPeriod::new(budget, "2026")).map_or(0, |standing| standing.own.committed)
    }

    #[test]
    fn lines_change_come_and_go_at_once() {
        let mut books = books();
        assert_eq!((committed(&books, "a"), committed(&books, "b")), (20_000, 5_000));
        revised(&mut books, vec![new("10", 12, 20, &[("a", 1), ("b", 2)]), new("30", 1, 45, &[("b", 1)])]).expect("it fits");
        assert_eq!((committed(&books, "a"), committed(&books, "b")), (8_000, 20_500));
        revised(&mut books, vec![new("10", 10, 20, &[("a", 1)]), new("20", 5, 10, &[("b", 1)])]).expect("as it was");
        assert_eq!((committed(&books, "a"), committed(&books, "b")), (20_000, 5_000));
    }

    #[test]
    fn all_of_it_or_nothing() {
        let mut books = books();
        let refused = revised(&mut books, vec![new("10", 1, 20, &[("a", 1)]), new("20", 500, 10, &[("b", 1)])]);
        assert_eq!(refused, Err(Code::InsufficientFunds));
        assert_eq!((committed(&books, "a"), committed(&books, "b")), (20_000, 5_000));
    }

    #[test]
    fn what_came_stays() {
        let mut books = books();
        let parts = vec![Part { line: "10".into(), quantity: Some(Decimal::from(4)) }];
        let entry = books.decide(&Command::Deliver { order: "o".into(), lines: parts }).expect("it is open");
        books.apply(&entry);
        assert_eq!(revised(&mut books, vec![new("20", 5, 10, &[("b", 1)])]), Err(Code::BelowDelivered));
        assert_eq!(revised(&mut books, vec![new("10", 3, 20, &[("a", 1)])]), Err(Code::BelowDelivered));
        assert_eq!(revised(&mut books, vec![new("10", 10, 21, &[("a", 1)])]), Err(Code::BelowDelivered));
        assert_eq!(revised(&mut books, vec![new("10", 4, 20, &[("a", 1)])]), Ok(()));
        assert_eq!(committed(&books, "a"), 0);
    }

    #[test]
    fn some_pieces_become_a_line_of_their_own_on_the_same_budgets() {
        let mut books = books();
        let mut lines = divided(&books.orders["o"], "10", &"30".into(), Decimal::from(4)).expect("a line");
        lines[2].terms.unit_price = Decimal::from(15);
        revised(&mut books, lines).expect("it fits");
        // 6 × 20.00 and 4 × 15.00; the other line is left alone.
        assert_eq!((committed(&books, "a"), committed(&books, "b")), (18_000, 5_000));
        assert_eq!(books.orders["o"].lines["30"].ordered, Decimal::from(4));
        assert_eq!(divided(&books.orders["o"], "99", &"31".into(), Decimal::ONE), None);
    }

    /// Chapter 11: in grace no orders, but what was ordered goes on.
    #[test]
    fn an_order_is_divided_in_grace_too() {
        for (status, expected) in [(Status::Grace, Ok(())), (Status::Closed, Err(Code::PeriodNotOpen))] {
            let mut books = books();
            let period = Period { id: "2026".into(), status, ..Period::default() };
            books.apply(&books.decide(&Command::SetPeriod { period }).expect("it is allowed"));
            let lines = divided(&books.orders["o"], "10", &"30".into(), Decimal::from(4)).expect("a line");
            assert_eq!(revised(&mut books, lines.clone()), Err(Code::PeriodNotOpen), "a new line is an order");
            assert_eq!(revised_with(&mut books, lines, Some("30")), expected);
        }
    }

    #[test]
    fn nothing_comes_onto_budgets_of_a_closed_period() {
        let mut books = books();
        revised(&mut books, vec![new("10", 10, 20, &[("a", 1)]), new("40", 1, 7, &[])]).expect("off budgets");
        let closed = Period { id: "2026".into(), status: Status::Closed, ..Period::default() };
        books.apply(&books.decide(&Command::SetPeriod { period: closed }).expect("it is allowed"));
        for added in [new("40", 1, 7, &[("b", 1)]), new("50", 1, 7, &[("b", 1)])] {
            assert_eq!(revised(&mut books, vec![new("10", 10, 20, &[("a", 1)]), added]), Err(Code::PeriodNotOpen));
        }
    }

    #[test]
    fn a_line_may_come_onto_budgets_later() {
        let mut books = books();
        revised(&mut books, vec![new("10", 10, 20, &[("a", 1)]), new("40", 1, 7, &[])]).expect("off budgets");
        revised(&mut books, vec![new("10", 10, 20, &[("a", 1)]), new("40", 1, 7, &[("b", 1)])]).expect("on one");
        assert_eq!(committed(&books, "b"), 700);
    }
}
