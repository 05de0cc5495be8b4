//! Charges on a whole order: freight, a small-order fee (budgets-and-orders, chapter 3). Each becomes a line of its own, on a fixed budget or
//! divided pro rata over the rows of the order's lines. Never makes or loses a cent: the shares are those of the largest remainder.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::Books;
use super::command::{NewLine, OrderCharge, Split, Spread};
use super::position::{Line, Mode, SplitKind, control, tax};
use crate::domain::money::apportion;

/// The line of a charge, divided over what the goods are on. `None` when a number does not fit.
pub fn line_of(books: &Books, charge: &OrderCharge, goods: &[Line]) -> Option<NewLine> {
    let split = match &charge.spread {
        Spread::Fixed(split) => split.clone(),
        Spread::Amounts => pro_rata(books, charge, goods, |line| line.rows.iter().map(|row| Some(Decimal::from(row.reserved))).collect())?,
        Spread::Pieces => pro_rata(books, charge, goods, pieces)?,
    };
    Some(NewLine { number: charge.id.clone(), quantity: Decimal::ONE, terms: charge.terms.clone(), mode: Mode::Quantity, split, charges: Vec::new() })
}

/// Of the pieces of a line, those of each of its rows.
fn pieces(line: &Line) -> Option<Vec<Decimal>> {
    let sum = line.rows.iter().try_fold(Decimal::ZERO, |sum, row| sum.checked_add(row.weight))?;
    let even = || line.ordered.checked_div(Decimal::from(line.rows.len()));
    line.rows.iter().map(|row| if sum.is_zero() { even() } else { line.ordered.checked_mul(row.weight)?.checked_div(sum) }).collect()
}

/// The charge by largest remainder over the rows of the goods, added up by budget.
fn pro_rata(books: &Books, charge: &OrderCharge, goods: &[Line], weights: impl Fn(&Line) -> Option<Vec<Decimal>>) -> Option<Split> {
    let weights = goods.iter().map(weights).collect::<Option<Vec<_>>>()?.concat();
    if weights.is_empty() {
        return Some(Split { kind: SplitKind::None, rows: Vec::new() });
    }
    let net = charge.terms.net(Decimal::ONE, books.settings.exponent)?;
    let whole = control(net, tax(net, charge.terms.tax_percent)?, books.settings.tax_basis)?;
    let shares = apportion(whole, &weights)?;
    let mut sums: BTreeMap<Arc<str>, i64> = BTreeMap::new();
    for (row, share) in goods.iter().flat_map(|line| &line.rows).zip(shares) {
        let sum = sums.entry(row.at.budget.clone()).or_default();
        *sum = sum.checked_add(share)?;
    }
    Some(Split { kind: SplitKind::Amounts, rows: sums.into_iter().map(|(budget, sum)| (budget, Decimal::from(sum))).collect() })
}
