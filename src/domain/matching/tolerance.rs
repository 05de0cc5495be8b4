//! How much may differ before a person is asked: the table of section 16, as data. Never knows what it is applied to.

use rust_decimal::Decimal;

/// What an invoice is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// The order.
    TwoWay,
    /// The order and what came.
    ThreeWay,
}

impl Compared {
    pub fn as_str(self) -> &'static str {
        match self {
            Compared::TwoWay => "two_way",
            Compared::ThreeWay => "three_way",
        }
    }

    pub fn parse(text: &str) -> Option<Compared> {
        [Compared::TwoWay, Compared::ThreeWay].into_iter().find(|compared| compared.as_str() == text)
    }
}

/// A difference passes within the percentage and, where one is set, the amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    pub percent: Decimal,
    pub amount: Option<Decimal>,
}

impl Tolerance {
    /// Whether a difference passes, that is `money` in all and `part` of `whole` each.
    pub fn passes(&self, part: Decimal, whole: Decimal, money: Decimal) -> bool {
        let most = whole.abs().checked_mul(self.percent).and_then(|most| most.checked_div(Decimal::ONE_HUNDRED));
        most.is_some_and(|most| part.abs() <= most) && self.amount.is_none_or(|amount| money.abs() <= amount)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tolerances {
    pub compared: Compared,
    pub price_over: Tolerance,
    /// `None`: a lower price is accepted and reported.
    pub price_under: Option<Tolerance>,
    /// In percent of what came, and of what was ordered.
    pub over_received: Decimal,
    pub over_ordered: Decimal,
    /// For each line of the invoice.
    pub line_amount: Decimal,
    /// Freight and handling that was not ordered, in all.
    pub charges: Decimal,
    /// Within either.
    pub total_amount: Decimal,
    pub total_percent: Decimal,
    /// A difference in money up to this passes whatever it is of.
    pub small_difference: Decimal,
    /// Days the invoice may be older than the order, or ahead of today.
    pub days: u32,
}

impl Default for Tolerances {
    fn default() -> Tolerances {
        Tolerances {
            compared: Compared::ThreeWay,
            price_over: Tolerance { percent: Decimal::TWO, amount: Some(Decimal::TEN) },
            price_under: None,
            over_received: Decimal::ZERO,
            over_ordered: Decimal::ZERO,
            line_amount: Decimal::new(2, 2),
            charges: Decimal::ZERO,
            total_amount: Decimal::ONE,
            total_percent: Decimal::new(5, 1),
            small_difference: Decimal::ZERO,
            days: 0,
        }
    }
}

impl Tolerances {
    pub fn is_small(&self, money: Decimal) -> bool {
        money.abs() <= self.small_difference
    }

    /// Whether the whole may differ by so much.
    pub fn total_passes(&self, difference: Decimal, expected: Decimal) -> bool {
        let by_percent = Tolerance { percent: self.total_percent, amount: None };
        difference <= self.total_amount || by_percent.passes(difference, expected, difference)
    }
}
