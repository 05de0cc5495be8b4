//! The credit note for some lines of an invoice: what of them was not credited yet, and no more. Pure. Never changes the invoice.

use rust_decimal::Decimal;

use super::{BUDGET_CODE, Invoice, InvoiceLine, Kind, Preceding};
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::money::{Money, Price, part};

/// What becomes of the goods (budgets-and-orders, chapter 12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreditKind {
    /// They stay: only money is given back.
    Price,
    /// They go back, and nothing new comes.
    Refund,
    /// They go back, and come again.
    Replace,
}

impl CreditKind {
    pub fn as_str(self) -> &'static str {
        match self {
            CreditKind::Price => "price",
            CreditKind::Refund => "refund",
            CreditKind::Replace => "replace",
        }
    }

    pub fn parse(text: &str) -> Option<CreditKind> {
        [CreditKind::Price, CreditKind::Refund, CreditKind::Replace].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What is asked of one line of the invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// BT-126
    pub line: u32,
    /// Of goods that go back; all that is left without one.
    pub quantity: Option<Decimal>,
    /// Of money alone, net.
    pub amount: Option<Money>,
}

/// What was credited of a line so far: quantity of goods, and net.
fn credited(earlier: &[Invoice], line: &InvoiceLine) -> (Decimal, i64) {
    // A credit note is about one order, and names it as a whole where the invoice names it on the line.
    let same = |note: &Invoice, credit: &InvoiceLine| {
        let same_share = line.shared_quantity().is_none() || credit.property(BUDGET_CODE) == line.property(BUDGET_CODE);
        credit.order_line == line.order_line
            && same_share
            && (line.order.is_empty() || credit.order == line.order || note.references.order == line.order)
    };
    let lines = earlier.iter().flat_map(|note| note.lines.iter().filter(move |credit| same(note, credit)));
    // A line of money alone says so by its price, which is its whole amount.
    lines.fold((Decimal::ZERO, 0), |(quantity, net), credit| {
        let of_whole = if credit.price == line.price { credit.quantity } else { Decimal::ZERO };
        let goods = line.shared_quantity().map_or(of_whole, |_| credit.shared_quantity().unwrap_or_default());
        (quantity + goods, net + credit.net.minor)
    })
}

/// What of a line was not credited yet: quantity of goods, and net.
pub fn left(earlier: &[Invoice], line: &InvoiceLine) -> (Decimal, Money) {
    let (gone, given) = credited(earlier, line);
    (line.pieces() - gone, Money::new(line.net.minor - given, line.net.currency))
}

/// The credit note without its number and days; its lines are in the order in which they are asked for.
///
/// # Errors
/// What is asked for and cannot be: a line that is not there, more than is left of it, lines of several orders.
pub fn note(invoice: &Invoice, earlier: &[Invoice], kind: CreditKind, wanted: &[Wanted]) -> Result<Invoice, Findings> {
    let mut findings = Findings::default();
    let mut lines: Vec<InvoiceLine> = Vec::new();
    for one in wanted {
        let found = invoice.lines.iter().find(|line| line.number == one.line).filter(|_| lines.iter().all(|line| line.number != one.line));
        let Some(line) = found else {
            findings.push(Finding::error(Code::Unusable, "line").line(one.line));
            continue;
        };
        let (gone, given) = credited(earlier, line);
        let made = match kind {
            CreditKind::Price => money(line, one, given),
            CreditKind::Refund | CreditKind::Replace => goods(line, one, gone, given),
        };
        match made {
            Ok(credit) => lines.push(credit),
            Err(finding) => findings.push(finding.line(one.line)),
        }
    }
    if wanted.is_empty() {
        findings.push(Finding::error(Code::Missing, "lines"));
    }
    if let Some(other) = lines.iter().find(|line| line.order != lines[0].order) {
        findings.push(Finding::error(Code::Unusable, "line").line(other.number).value(&other.order).limit(&lines[0].order));
    }
    if findings.has_error() {
        return Err(findings);
    }
    let order = lines.first().map(|line| line.order.clone()).filter(|order| !order.is_empty());
    for (number, line) in (1..).zip(&mut lines) {
        (line.number, line.order) = (number, String::new());
    }
    let mut note = Invoice { kind: Kind::CreditNote, lines, attachments: Vec::new(), ..invoice.clone() };
    note.references.preceding = Some(Preceding { number: invoice.number.clone(), issued_on: invoice.issue_date.clone() });
    note.references.order = order.unwrap_or(note.references.order);
    (note.number, note.issue_date, note.due_date) = Default::default();
    Ok(note)
}

fn money(line: &InvoiceLine, wanted: &Wanted, given: i64) -> Result<InvoiceLine, Finding> {
    let left = Money::new(line.net.minor - given, line.net.currency);
    let amount = wanted.amount.unwrap_or(left);
    if amount.currency != left.currency || !(1..=left.minor).contains(&amount.minor) {
        return Err(Finding::error(Code::Unusable, "amount").value(amount.decimal()).limit(left.decimal()));
    }
    if line.shared_quantity().is_some() {
        return Ok(line.share_of(Decimal::ZERO, amount));
    }
    let price = Price { amount: amount.decimal(), per: 1, currency: amount.currency };
    Ok(InvoiceLine { quantity: Decimal::ONE, unit: "C62".into(), price, list_price: None, net: amount, ..line.clone() })
}

fn goods(line: &InvoiceLine, wanted: &Wanted, gone: Decimal, given: i64) -> Result<InvoiceLine, Finding> {
    let left = line.pieces() - gone;
    let quantity = wanted.quantity.unwrap_or(left);
    if quantity <= Decimal::ZERO || quantity > left {
        return Err(Finding::error(Code::Unusable, "quantity").value(quantity.normalize()).limit(left.normalize()));
    }
    let too_much = |net: &Money| net.minor > line.net.minor - given;
    if let Some(pieces) = line.shared_quantity() {
        // Differences of what so many of the pieces are: all of them together are the share.
        let up_to = |some: Decimal| part(line.net.minor, some, pieces);
        let net = Money::new(up_to(gone + quantity) - up_to(gone), line.net.currency);
        return match too_much(&net) {
            false => Ok(line.share_of(quantity, net)),
            true => {
                Err(Finding::error(Code::Unusable, "quantity").value(quantity.normalize()).limit(Money::new(line.net.minor - given, net.currency)))
            }
        };
    }
    match line.price.total(quantity) {
        Some(net) if !too_much(&net) => Ok(InvoiceLine { quantity, net, ..line.clone() }),
        // Of a line whose price was lowered before, the goods are worth less than they were.
        _ => Err(Finding::error(Code::Unusable, "quantity").value(quantity.normalize()).limit(Money::new(line.net.minor - given, line.net.currency))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{d, invoice};
    use super::*;
    use crate::domain::money::Currency;

    fn asked(line: u32, quantity: Option<&str>, amount: Option<i64>) -> Wanted {
        Wanted { line, quantity: quantity.map(d), amount: amount.map(|minor| Money::new(minor, Currency::EUR)) }
    }

    fn ten() -> Invoice {
        let mut ten = invoice(&[("12.50", "21"), ("4.00", "9")]);
        for (number, line) in (1..).zip(&mut ten.lines) {
            line.number = number;
            line.order_line = (number * 10).to_string();
            line.quantity = d("10");
            line.net = line.price.total(line.quantity).expect("small numbers");
        }
        ten
    }

    #[test]
    fn no_more_is_given_back_than_was_asked_for() {
        type Row<'r> = (CreditKind, Wanted, Result<(&'r str, i64), &'r str>);
        use CreditKind::{Price, Refund, Replace};
        let rows: [Row<'_>; 12] = [
            (Refund, asked(1, Some("3"), None), Ok(("3", 3750))),
            (Refund, asked(1, None, None), Ok(("8", 10_000))),
            (Replace, asked(2, Some("10"), None), Ok(("10", 4000))),
            (Refund, asked(1, Some("8.5"), None), Err("unusable quantity")),
            (Refund, asked(1, Some("0"), None), Err("unusable quantity")),
            (Refund, asked(1, Some("-1"), None), Err("unusable quantity")),
            (Refund, asked(3, None, None), Err("unusable line")),
            (Price, asked(2, None, Some(150)), Ok(("1", 150))),
            (Price, asked(2, None, None), Ok(("1", 4000))),
            (Price, asked(2, None, Some(4001)), Err("unusable amount")),
            (Price, asked(2, None, Some(0)), Err("unusable amount")),
            (Price, asked(1, None, Some(10_001)), Err("unusable amount")),
        ];
        // Two of the first line went back before.
        let before = note(&ten(), &[], Refund, &[asked(1, Some("2"), None)]).expect("there is enough");
        for (kind, wanted, expected) in rows {
            let found = note(&ten(), std::slice::from_ref(&before), kind, &[wanted]);
            let found = found.map(|note| (note.lines[0].quantity.normalize().to_string(), note.lines[0].net.minor));
            let found = found.map_err(|findings| format!("{} {}", findings.0[0].code.as_str(), findings.0[0].field));
            let expected = expected.map(|(quantity, net)| (quantity.to_string(), net)).map_err(str::to_string);
            assert_eq!(found, expected, "{kind:?} {wanted:?}");
        }
    }

    #[test]
    fn it_names_the_invoice_and_counts_its_own_lines() {
        let found = note(&ten(), &[], CreditKind::Refund, &[asked(2, Some("1"), None)]).expect("there is enough");
        assert_eq!((found.kind, found.lines[0].number, found.lines[0].order_line.as_str()), (Kind::CreditNote, 1, "20"));
        assert_eq!(found.references.preceding, Some(Preceding { number: "2026-1".into(), issued_on: "2026-03-02".into() }));
        assert!(note(&ten(), &[], CreditKind::Refund, &[]).is_err());
        assert!(note(&ten(), &[], CreditKind::Refund, &[asked(1, None, None), asked(1, None, None)]).is_err(), "a line twice");
    }

    #[test]
    fn of_an_invoice_over_several_orders_one_is_credited_at_a_time() {
        let mut both = ten();
        both.references.order = String::new();
        for (line, order) in both.lines.iter_mut().zip(["A", "B"]) {
            (line.order, line.order_line) = (order.into(), "1".into());
        }
        assert!(note(&both, &[], CreditKind::Refund, &[asked(1, None, None), asked(2, None, None)]).is_err());
        let first = note(&both, &[], CreditKind::Refund, &[asked(1, Some("4"), None)]).expect("there is enough");
        assert_eq!((first.references.order.as_str(), first.lines[0].order.as_str(), first.lines[0].order_line.as_str()), ("A", "", "1"));
        // The same line number of the other order is another line.
        let earlier = std::slice::from_ref(&first);
        assert_eq!((left(earlier, &both.lines[0]).0, left(earlier, &both.lines[1]).0), (d("6"), d("10")));
    }

    #[test]
    fn goods_whose_price_was_lowered_are_worth_less() {
        let lowered = note(&ten(), &[], CreditKind::Price, &[asked(1, None, Some(5000))]).expect("there is enough");
        assert!(note(&ten(), std::slice::from_ref(&lowered), CreditKind::Refund, &[asked(1, None, None)]).is_err());
        assert!(note(&ten(), &[lowered], CreditKind::Refund, &[asked(1, Some("6"), None)]).is_ok());
    }
}
