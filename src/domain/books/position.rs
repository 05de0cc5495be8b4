//! What a distribution row should hold, from the facts of its line alone (chapter 6), and what a line costs (chapter 3).
//! Nothing here remembers anything: the journal gets the difference between the position after and the position before.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::{AMOUNT_MAX, Books, BudgetPeriod, Stage, TaxBasis};
use crate::domain::money::{apportion, part, round_minor};

/// How a line is followed: goods by their quantity, subscriptions and services by the amount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    #[default]
    Quantity,
    Amount,
}

/// What a distribution is given in; all rows of a line alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SplitKind {
    #[default]
    Percentages,
    Weights,
    Amounts,
    /// On no budget at all: followed, and never booked.
    None,
}

/// Price and tax of a line, as agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub unit_price: Decimal,
    /// Pieces for which the price holds.
    pub price_unit: Decimal,
    pub discount_percent: Decimal,
    pub tax_percent: Decimal,
}

/// How the quantities of a row differ from those of its line, because its budget was invoiced or credited apart from the others (chapter 12,
/// "One line, several budgets"). Nothing at all for most rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Apart {
    /// Not above nothing: pieces that went back, and that only this budget has its money back for.
    pub ordered: Decimal,
    pub delivered: Decimal,
    /// Not below nothing: pieces that are invoiced on this budget and not on every other.
    pub invoiced: Decimal,
}

/// Qo, Qd and Qi of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantities {
    pub ordered: Decimal,
    pub delivered: Decimal,
    pub invoiced: Decimal,
}

/// A share of a line on one budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub at: BudgetPeriod,
    pub weight: Decimal,
    /// R: what is reserved for all of the ordered quantity.
    pub reserved: i64,
    /// A row that a change of split left behind: it reserves nothing any more.
    pub dropped: bool,
    /// I: shares of active invoices.
    pub invoiced: i64,
    pub apart: Apart,
    /// Where this row's expenditure was booked: invoices less credits, by budget period.
    pub expended: BTreeMap<BudgetPeriod, i64>,
}

/// An order line, or a charge that belongs to one (`1/plast`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub number: Arc<str>,
    /// The line a charge belongs to.
    pub parent: Option<Arc<str>>,
    /// Whether a charge follows the quantity of its line.
    pub follows: bool,
    pub mode: Mode,
    pub terms: Terms,
    pub split: SplitKind,
    /// Qo, Qd, Qi: of every row that says nothing else itself. What all rows have apart is the line's own ([`Line::settle`]).
    pub ordered: Decimal,
    pub delivered: Decimal,
    pub invoiced: Decimal,
    pub closed: bool,
    pub rows: Vec<Row>,
}

/// What a row holds that is not expended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    pub requested: i64,
    pub committed: i64,
    pub delivered: i64,
}

impl Line {
    /// What is still to come: neither delivered nor invoiced.
    pub fn open(&self) -> Decimal {
        (self.ordered - self.came()).max(Decimal::ZERO)
    }

    /// Qo, Qd and Qi of one of its rows.
    pub fn of_row(&self, row: &Row) -> Quantities {
        let both = |of_line: Decimal, own: Decimal| if own.is_zero() { of_line } else { (of_line + own).max(Decimal::ZERO) };
        Quantities {
            ordered: both(self.ordered, row.apart.ordered),
            delivered: both(self.delivered, row.apart.delivered),
            invoiced: both(self.invoiced, row.apart.invoiced),
        }
    }

    /// Whether a share of the line falls on the row: all do where no weight says more.
    pub fn is_sharing(&self, row: &Row) -> bool {
        !row.dropped && (!row.weight.is_zero() || self.rows.iter().all(|other| other.dropped || other.weight.is_zero()))
    }

    fn sharing(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| self.is_sharing(row))
    }

    /// Whether one of its budgets was invoiced or credited and another was not.
    pub fn is_apart(&self) -> bool {
        self.rows.iter().any(|row| row.apart != Apart::default())
    }

    /// The pieces it cannot be without: delivered or invoiced, if only on one of its budgets.
    pub fn came(&self) -> Decimal {
        let came = self.delivered.max(self.invoiced);
        if !self.is_apart() {
            return came;
        }
        let of_row = |row: &Row| {
            let of = self.of_row(row);
            of.delivered.max(of.invoiced) - row.apart.ordered
        };
        self.sharing().map(of_row).fold(came, Decimal::max)
    }

    /// What came and is not invoiced on one of its budgets at least.
    pub fn billable(&self) -> Decimal {
        self.left(|of| of.delivered)
    }

    /// What of so many pieces of each row is not invoiced on one of its budgets at least.
    pub fn left(&self, up_to: impl Fn(Quantities) -> Decimal) -> Decimal {
        let left = |of: Quantities| up_to(of) - of.invoiced;
        let whole = Quantities { ordered: self.ordered, delivered: self.delivered, invoiced: self.invoiced };
        self.sharing().map(|row| left(self.of_row(row))).max().unwrap_or_else(|| left(whole))
    }

    /// What came and is invoiced on none of its budgets.
    pub fn free(&self) -> Decimal {
        self.least(|of| of.delivered - of.invoiced)
    }

    /// What was ordered and is invoiced on none of its budgets.
    pub fn uninvoiced(&self) -> Decimal {
        self.least(|of| of.ordered - of.invoiced)
    }

    fn least(&self, of: impl Fn(Quantities) -> Decimal) -> Decimal {
        let whole = Quantities { ordered: self.ordered, delivered: self.delivered, invoiced: self.invoiced };
        self.sharing().map(|row| of(self.of_row(row))).min().unwrap_or_else(|| of(whole))
    }

    /// What all rows have apart becomes the line's own, so that equal facts are always said alike: the line has the least that is invoiced of a
    /// row, and the most that is ordered and delivered. R follows Qo, and must be worked out again where that may have changed.
    pub fn settle(&mut self) {
        if !self.is_apart() {
            return;
        }
        let own: Vec<Apart> = self.sharing().map(|row| row.apart).collect();
        let least = own.iter().map(|apart| apart.invoiced).min().unwrap_or_default();
        let most = |of: fn(&Apart) -> Decimal| own.iter().map(of).max().unwrap_or_default();
        let (ordered, delivered) = (most(|apart| apart.ordered), most(|apart| apart.delivered));
        let is_sharing: Vec<bool> = self.rows.iter().map(|row| self.is_sharing(row)).collect();
        self.ordered += ordered;
        self.delivered += delivered;
        self.invoiced += least;
        for (row, is_sharing) in self.rows.iter_mut().zip(is_sharing) {
            let Apart { ordered: o, delivered: d, invoiced: i } = row.apart;
            let apart = Apart { ordered: o - ordered, delivered: d - delivered, invoiced: i - least };
            row.apart = if is_sharing { apart } else { Apart::default() };
        }
    }

    /// Chapter 6, for row `row`.
    pub fn position(&self, row: &Row, stage: Stage, reserves: bool) -> Position {
        let waiting = stage == Stage::Requested;
        if row.dropped || self.ordered.is_zero() || (waiting && !reserves) {
            return Position::default();
        }
        let of = self.of_row(row);
        let share = |pieces: Decimal| part(row.reserved, pieces, self.ordered);
        let reserved = if row.apart.ordered.is_zero() { row.reserved } else { share(of.ordered) };
        let (committed, delivered) = match self.mode {
            Mode::Quantity => {
                let top = of.delivered.max(of.invoiced).min(of.ordered);
                (reserved - share(top), share(top) - share(of.invoiced.min(of.ordered)))
            }
            // A rebate has a negative reserve, and what is left of it is never above nothing.
            Mode::Amount if reserved < 0 => ((reserved - row.invoiced).min(0), 0),
            Mode::Amount => ((reserved - row.invoiced).max(0), 0),
        };
        let committed = if self.closed { 0 } else { committed };
        match waiting {
            true => Position { requested: committed, committed: 0, delivered },
            false => Position { requested: 0, committed, delivered },
        }
    }

    /// Works out R of every row anew from price, discount, tax and quantity (chapter 6). `None` when a number does not fit.
    pub fn reserve(&mut self, books: &Books) -> Option<()> {
        let net = self.terms.net(self.ordered, books.settings.exponent)?;
        let tax = tax(net, self.terms.tax_percent)?;
        let weights: Vec<Decimal> = self.rows.iter().map(|row| if row.dropped { Decimal::ZERO } else { row.weight }).collect();
        let shares = |row: &Row| share_of(&weights, self.split, control(net, tax, books.tax_basis(&row.at.budget))?);
        let reserved: Vec<i64> = self.rows.iter().enumerate().map(|(at, row)| shares(row)?.get(at).copied()).collect::<Option<_>>()?;
        if reserved.iter().any(|amount| amount.abs() > AMOUNT_MAX) {
            return None;
        }
        for (row, reserved) in self.rows.iter_mut().zip(reserved) {
            row.reserved = if row.dropped { 0 } else { reserved };
        }
        Some(())
    }
}

impl Terms {
    /// Chapter 3: `round(quantity × unit price ÷ price unit × (100 − discount%) ÷ 100)`, rounded once, in minor units of a currency
    /// with so many decimals; the price is given in the major unit.
    pub fn net(&self, quantity: Decimal, exponent: u32) -> Option<i64> {
        let kept = Decimal::ONE_HUNDRED.checked_sub(self.discount_percent)?.checked_div(Decimal::ONE_HUNDRED)?;
        let minor = Decimal::from(10i64.checked_pow(exponent)?);
        let product = quantity.checked_mul(self.unit_price)?.checked_mul(kept)?.checked_mul(minor)?;
        round_minor(product.checked_div(self.price_unit)?)
    }
}

/// Tax on a net amount in minor units, rounded once.
pub fn tax(net: i64, percent: Decimal) -> Option<i64> {
    round_minor(Decimal::from(net).checked_mul(percent)?.checked_div(Decimal::ONE_HUNDRED)?)
}

/// The control amount: what is reserved and spent (chapter 3).
pub fn control(net: i64, tax_amount: i64, basis: TaxBasis) -> Option<i64> {
    match basis {
        TaxBasis::Gross => net.checked_add(tax_amount),
        TaxBasis::Net => Some(net),
        TaxBasis::Recoverable(percent) => net.checked_add(tax_amount)?.checked_sub(tax(tax_amount, percent)?),
    }
}

/// Shares of an amount: amounts as given when they are the whole of it, else by weight (chapter 3).
pub fn share_of(weights: &[Decimal], kind: SplitKind, amount: i64) -> Option<Vec<i64>> {
    let given = || weights.iter().map(|weight| round_minor(*weight).filter(|_| weight.is_integer())).collect::<Option<Vec<i64>>>();
    if kind == SplitKind::Amounts
        && let Some(given) = given()
        && given.iter().try_fold(0i64, |sum, one| sum.checked_add(*one)) == Some(amount)
    {
        return Some(given);
    }
    apportion(amount, weights)
}
