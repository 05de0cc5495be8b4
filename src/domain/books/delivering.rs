//! What comes of an order, and what was said to have come and did not (chapter 10, and section 16 of the trading partners' reference): committed
//! money becomes delivered, or goes back. Never below what is invoiced, and never beyond what was ordered.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::command::{Override, Part};
use super::draft::Draft;
use super::entry::{Code, Entry, Refusal};
use super::position::Line;
use super::{Books, Stage};

/// Goods arrive; charges that follow them come along.
pub fn deliver(books: &Books, order: &Arc<str>, parts: &[Part]) -> Result<Entry, Refusal> {
    let mut draft = Draft::new(books);
    bring(&mut draft, order, parts)?;
    draft.finish(Code::InsufficientFunds, Override::No)
}

/// Whoever sent goods takes that back, or says it otherwise: what is on no invoice is open again, with the charges that followed it, and other
/// pieces come in its place. One entry, so that nothing is ever half withdrawn.
pub fn redeliver(books: &Books, order: &Arc<str>, back: &[Part], parts: &[Part]) -> Result<Entry, Refusal> {
    let mut draft = Draft::new(books);
    for part in back {
        let number = &part.line;
        let line = arriving(&draft, order, number)?;
        // Of a closed line nothing is to come: its money would be free, and nobody could send it again.
        if line.closed {
            return Err(Refusal::new(Code::AlreadyClosed, format!("{order}/{number}")));
        }
        let to_invoice = line.free();
        let quantity = part.quantity.unwrap_or(to_invoice);
        if quantity <= Decimal::ZERO || quantity > to_invoice {
            return Err(Refusal::new(Code::QuantityNotOpen, format!("{order}/{number}")));
        }
        let delivered = line.delivered - quantity;
        for follower in draft.followers(order, number) {
            let line = draft.line(order, &follower)?;
            // As many of a charge have come as of what it follows, but what is invoiced has come.
            let invoiced = line.delivered - line.free();
            draft.put(order, Line { delivered: line.delivered.min(delivered).max(invoiced), ..line });
        }
        draft.put(order, Line { delivered, ..line });
    }
    bring(&mut draft, order, parts)?;
    draft.finish(Code::InsufficientFunds, Override::No)
}

/// A line that goods come for, while its periods take deliveries.
fn arriving(draft: &Draft<'_>, order: &Arc<str>, number: &Arc<str>) -> Result<Line, Refusal> {
    let line = draft.line(order, number)?;
    if line.rows.iter().any(|row| !row.dropped && !draft.takes_invoices(&row.at.period)) {
        return Err(Refusal::new(Code::PeriodNotOpen, format!("{order}/{number}")));
    }
    Ok(line)
}

fn bring(draft: &mut Draft<'_>, order: &Arc<str>, parts: &[Part]) -> Result<(), Refusal> {
    if draft.order(order)?.stage != Stage::Placed {
        return Err(Refusal::new(Code::WrongState, order));
    }
    for part in parts {
        let number = &part.line;
        let line = arriving(draft, order, number)?;
        let open = line.ordered - line.delivered;
        let quantity = part.quantity.unwrap_or(open);
        if quantity <= Decimal::ZERO || quantity > open {
            return Err(Refusal::new(Code::OverDelivery, format!("{order}/{number}")));
        }
        for follower in draft.followers(order, number) {
            let line = draft.line(order, &follower)?;
            let part = quantity.min(line.ordered - line.delivered).max(Decimal::ZERO);
            draft.put(order, Line { delivered: line.delivered + part, ..line });
        }
        draft.put(order, Line { delivered: line.delivered + quantity, ..line });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::books::command::{Allocate, Command, NewLine, Place, PostInvoice, Split};
    use crate::domain::books::command::{Charge, Division, InvoiceLine, Subject};
    use crate::domain::books::position::{Mode, SplitKind, Terms};
    use crate::domain::books::{Budget, BudgetPeriod, Period, Status, proof};

    fn split() -> Split {
        Split { kind: SplitKind::Percentages, rows: vec![("a".into(), Decimal::ONE_HUNDRED)] }
    }

    fn terms(price: i64) -> Terms {
        Terms { unit_price: Decimal::from(price), price_unit: Decimal::ONE, discount_percent: Decimal::ZERO, tax_percent: Decimal::ZERO }
    }

    fn part(quantity: i64) -> Part {
        Part { line: "10".into(), quantity: Some(Decimal::from(quantity)) }
    }

    fn run(books: &mut Books, command: &Command) -> Result<(), Code> {
        let entry = books.decide(command).map_err(|refusal| refusal.code)?;
        books.apply(&entry);
        assert_eq!(proof::books(books), Vec::<String>::new());
        Ok(())
    }

    /// Ten pieces of 20.00 with a label of 1.00 for each, seven of them delivered.
    fn books() -> Books {
        let mut books = Books::default();
        let label = Charge { id: "label".into(), terms: terms(1), split: split(), per_unit: true };
        let line =
            NewLine { number: "10".into(), quantity: Decimal::TEN, terms: terms(20), mode: Mode::Quantity, split: split(), charges: vec![label] };
        let commands = [
            Command::SetPeriod { period: Period { id: "2026".into(), status: Status::Open, ..Period::default() } },
            Command::SetBudget { budget: Budget { code: "a".into(), name: "a".into(), postable: true, ..Budget::default() } },
            Command::Allocate(Allocate { at: BudgetPeriod::new("a", "2026"), amount: 21_000, passing: Override::No }),
            Command::Place(Place {
                order: "o".into(),
                period: "2026".into(),
                lines: vec![line],
                charges: Vec::new(),
                as_request: false,
                passing: Override::No,
            }),
            Command::Deliver { order: "o".into(), lines: vec![part(7)] },
        ];
        for command in &commands {
            run(&mut books, command).expect("it is allowed");
        }
        books
    }

    /// Committed and delivered, in cents.
    fn held(books: &Books) -> (i64, i64) {
        books.standing(&BudgetPeriod::new("a", "2026")).map_or((0, 0), |standing| (standing.own.committed, standing.own.delivered))
    }

    fn redeliver(books: &mut Books, back: &[Part], lines: &[Part]) -> Result<(i64, i64), Code> {
        run(books, &Command::Redeliver { order: "o".into(), back: back.to_vec(), lines: lines.to_vec() })?;
        Ok(held(books))
    }

    #[test]
    fn what_did_not_come_is_open_again_with_its_charges() {
        let mut books = books();
        assert_eq!(held(&books), (6_300, 14_700));
        assert_eq!(redeliver(&mut books, &[part(7)], &[]), Ok((21_000, 0)));
        assert_eq!(redeliver(&mut books, &[part(1)], &[]), Err(Code::QuantityNotOpen));
    }

    #[test]
    fn another_delivery_takes_its_place_in_the_same_entry() {
        let mut books = books();
        assert_eq!(redeliver(&mut books, &[part(7)], &[part(9)]), Ok((2_100, 18_900)));
        assert_eq!(redeliver(&mut books, &[part(9)], &[part(11)]), Err(Code::OverDelivery));
        assert_eq!(held(&books), (2_100, 18_900), "a refusal leaves everything as it was");
        assert_eq!(redeliver(&mut books, &[Part { quantity: None, ..part(0) }], &[part(2)]), Ok((16_800, 4_200)));
    }

    #[test]
    fn what_is_invoiced_has_come() {
        let mut books = books();
        let of = |line: &str, quantity: i64, net: i64| InvoiceLine {
            subject: Subject::OrderLine { order: "o".into(), line: line.into() },
            quantity: Decimal::from(quantity),
            net,
            tax_percent: Decimal::ZERO,
            division: Division::Ordered,
            last: false,
        };
        let label = books.orders["o"].lines.keys().find(|line| ***line != *"10").cloned().expect("the charge's line");
        let invoice = PostInvoice { invoice: "f".into(), lines: vec![of("10", 5, 10_000), of(&label, 6, 600)], passing: Override::No };
        run(&mut books, &Command::Invoice(invoice)).expect("it is allowed");
        assert_eq!(redeliver(&mut books, &[part(3)], &[]), Err(Code::QuantityNotOpen));
        assert_eq!(redeliver(&mut books, &[part(2)], &[]), Ok((10_400, 0)), "five pieces and six labels are expended, the others are to come");
    }

    #[test]
    fn nothing_goes_back_of_a_closed_line() {
        let mut books = books();
        run(&mut books, &Command::CloseLine { order: "o".into(), line: "10".into(), closed: true }).expect("it is allowed");
        assert_eq!(redeliver(&mut books, &[part(7)], &[]), Err(Code::AlreadyClosed));
    }

    #[test]
    fn nothing_goes_back_after_the_period_is_closed() {
        let mut books = books();
        let closed = Period { id: "2026".into(), status: Status::Closed, ..Period::default() };
        books.apply(&books.decide(&Command::SetPeriod { period: closed }).expect("it is allowed"));
        assert_eq!(redeliver(&mut books, &[part(7)], &[]), Err(Code::PeriodNotOpen));
    }
}
