//! An order: lines, states and their allowed moves, and what it takes from budgets. Pure; the one place that says what may follow what.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::coding::Coding;
use super::money::{Money, Price};

/// Where an order stands. States only move forward, along [`State::may_become`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Placed,
    Confirmed,
    Shipped,
    Invoiced,
    Cancelled,
}

impl State {
    pub const ALL: [State; 5] = [State::Placed, State::Confirmed, State::Shipped, State::Invoiced, State::Cancelled];

    pub fn as_str(self) -> &'static str {
        match self {
            State::Placed => "placed",
            State::Confirmed => "confirmed",
            State::Shipped => "shipped",
            State::Invoiced => "invoiced",
            State::Cancelled => "cancelled",
        }
    }

    pub fn parse(text: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.as_str() == text)
    }

    pub fn may_become(self, next: State) -> bool {
        matches!(
            (self, next),
            (State::Placed, State::Confirmed | State::Shipped | State::Cancelled)
                | (State::Confirmed, State::Shipped | State::Cancelled)
                | (State::Shipped, State::Invoiced)
        )
    }
}

/// One line. `net` is quantity × price, rounded once; `held` is what of it a budget still holds (minor units).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub line: u32,
    pub article: String,
    pub description: String,
    /// What the buyer wrote for it: a card's text.
    pub text: String,
    pub quantity: Decimal,
    pub unit: String,
    pub price: Price,
    pub net: Money,
    pub vat: Decimal,
    pub coding: Coding,
    pub quote_line: Option<u32>,
    pub shipped: Decimal,
    pub refused: Decimal,
    pub invoiced: Decimal,
    pub budget: Option<String>,
    pub held: i64,
}

impl Line {
    /// What is neither shipped nor refused yet.
    pub fn open(&self) -> Decimal {
        self.quantity - self.shipped - self.refused
    }

    /// Shipped and not invoiced yet.
    pub fn billable(&self) -> Decimal {
        self.shipped - self.invoiced
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub id: String,
    pub number: String,
    pub connection: Option<String>,
    pub supplier: String,
    pub quote: Option<String>,
    pub state: State,
    pub net: Money,
    pub ordered_by: String,
    pub lines: Vec<Line>,
}

/// Sum of the lines; `None` when it does not fit.
pub fn total(lines: &[Line]) -> Option<Money> {
    let first = lines.first()?.net;
    lines.iter().skip(1).try_fold(first, |sum, line| sum.checked_add(line.net))
}

/// What an order takes from each budget, in the order of their codes (minor units).
pub fn holds(lines: &[Line]) -> BTreeMap<String, i64> {
    let mut holds: BTreeMap<String, i64> = BTreeMap::new();
    for line in lines {
        if let Some(code) = &line.budget {
            let sum = holds.entry(code.clone()).or_default();
            *sum = sum.saturating_add(line.net.minor);
        }
    }
    holds
}

/// The part of a line's amount that belongs to `part` of its quantity; the last part takes what rounding left over.
pub fn part_of(line: &Line, part: Decimal) -> i64 {
    if part >= line.quantity {
        return line.held;
    }
    let exact = Decimal::from(line.net.minor).checked_mul(part).and_then(|v| v.checked_div(line.quantity));
    let share = exact.and_then(|v| Money::round(v / Decimal::from(10i64.pow(line.net.currency.exponent())), line.net.currency));
    let rest_is_open = line.open() > part;
    if rest_is_open { share.map_or(0, |money| money.minor.min(line.held)) } else { line.held }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_only_move_forward() {
        for from in State::ALL {
            assert!(!from.may_become(from));
            assert!(!from.may_become(State::Placed));
        }
        assert!(State::Placed.may_become(State::Shipped));
        assert!(!State::Cancelled.may_become(State::Shipped));
        assert!(!State::Shipped.may_become(State::Cancelled));
    }
}
