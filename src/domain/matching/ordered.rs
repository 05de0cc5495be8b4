//! An order as an invoice is held against it: what was agreed, what came, what was invoiced. Never what it does to a budget.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::normal::folded;
use super::tolerance::Compared;
use crate::domain::money::{apportion, round_minor};

/// So many of the order's unit are in one of another: a box of ten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    pub unit: String,
    pub holds: Decimal,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderedLine {
    pub line: String,
    /// What the buyer's own system calls the line, where that is something else: who got the order in UBL knows it by that.
    pub label: String,
    pub sellers_article: String,
    pub buyers_article: String,
    pub standard_article: String,
    pub name: String,
    /// A code of UN/ECE recommendation 20 or 21.
    pub unit: String,
    pub packs: Vec<Pack>,
    /// Net, for so many of the unit.
    pub price: Decimal,
    pub per: Decimal,
    pub ordered: Decimal,
    pub received: Decimal,
    pub rejected: Decimal,
    pub invoiced: Decimal,
    pub credited: Decimal,
    /// What the article is taxed with; unknown is not compared.
    pub vat: Option<Decimal>,
    /// The budgets it is on, one entry for each distribution row: what came and was invoiced on each.
    pub budgets: Vec<OnBudget>,
}

/// Quantities of a line as one of its budgets has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnBudget {
    pub budget: String,
    /// Its part of the line, beside those of the others.
    pub weight: Decimal,
    pub ordered: Decimal,
    pub received: Decimal,
    pub invoiced: Decimal,
}

impl OrderedLine {
    pub fn unit_price(&self) -> Option<Decimal> {
        self.price.checked_div(self.per)
    }

    /// Invoiced and not credited.
    pub fn billed(&self) -> Decimal {
        self.invoiced - self.credited
    }

    /// The line as one of its budgets has it; `None` where that is none of them.
    pub fn on(&self, budget: &str) -> Option<OrderedLine> {
        let own = self.budgets.iter().find(|own| is_same_budget(&own.budget, budget))?;
        Some(OrderedLine { ordered: own.ordered, received: own.received, invoiced: own.invoiced, ..self.clone() })
    }

    /// The line as an invoice for all of its budgets meets it: with the most that is invoiced on one of them, and the least that is left.
    pub fn whole(&self) -> Cow<'_, OrderedLine> {
        let is_apart = |own: &OnBudget| (own.ordered, own.received, own.invoiced) != (self.ordered, self.received, self.invoiced);
        if !self.budgets.iter().any(is_apart) {
            return Cow::Borrowed(self);
        }
        let least = |of: fn(&OnBudget) -> Decimal| self.budgets.iter().map(of).min().unwrap_or_default();
        let invoiced = self.budgets.iter().map(|own| own.invoiced).max().unwrap_or_default();
        let (open, came) = (least(|own| own.ordered - own.invoiced), least(|own| own.received - own.invoiced));
        Cow::Owned(OrderedLine { ordered: invoiced + open, received: invoiced + came, invoiced, ..self.clone() })
    }

    /// What falls on one of its budgets of so many pieces, after those that it was invoiced for and `used` more; below nothing for pieces that are
    /// taken back. In a currency with so many decimals, by largest remainder as the books divide it (budgets-and-orders, chapters 3 and 12). `None`
    /// where the line is not on the budget, or a number does not fit.
    pub fn falls_on(&self, budget: &str, pieces: Decimal, used: Decimal, decimals: u32) -> Option<Decimal> {
        let weights: Vec<Decimal> = self.budgets.iter().map(|own| own.weight).collect();
        let price = self.unit_price()?.checked_mul(Decimal::from(10i64.checked_pow(decimals)?))?;
        let up_to = |at: usize, pieces: Decimal| apportion(round_minor(price.checked_mul(pieces)?)?, &weights)?.get(at).copied();
        let mut sum = None;
        for (at, own) in self.budgets.iter().enumerate().filter(|(_, own)| is_same_budget(&own.budget, budget)) {
            let from = own.invoiced.checked_add(used)?;
            let falls = up_to(at, from.checked_add(pieces)?)?.checked_sub(up_to(at, from)?)?;
            sum = Some(sum.unwrap_or(0i64).checked_add(falls)?);
        }
        Some(Decimal::new(sum?, decimals))
    }

    /// The quantity to invoice (section 16).
    pub fn to_invoice(&self, compared: Compared) -> Decimal {
        match compared {
            Compared::TwoWay => self.ordered - self.billed(),
            Compared::ThreeWay => self.received - self.rejected - self.billed(),
        }
    }
}

/// Whether two codes name one budget: what people add around it, and how they write its letters, makes no difference.
pub fn is_same_budget(one: &str, other: &str) -> bool {
    folded(one) == folded(other)
}

/// Freight and the like that was ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderedCharge {
    pub id: String,
    /// Not invoiced yet.
    pub open: Decimal,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ordered {
    pub number: String,
    pub supplier: String,
    /// The supplier's own number of it.
    pub sales_order: String,
    pub despatches: Vec<String>,
    pub currency: String,
    /// ISO 8601
    pub placed_on: String,
    /// Whether it may be invoiced at all: neither waiting, nor rejected, nor cancelled.
    pub is_binding: bool,
    pub lines: Vec<OrderedLine>,
    pub charges: Vec<OrderedCharge>,
    /// Everything that is charged on it or on a line, as lines by their names: `freight`, `1/label`. Only shares of them are found by these.
    pub charged: Vec<OrderedLine>,
}

impl Ordered {
    /// A line, or what is charged, by its name.
    pub fn any(&self, line: &str) -> Option<&OrderedLine> {
        self.line(line).or_else(|| self.charged.iter().find(|known| known.line == line))
    }

    pub fn line(&self, line: &str) -> Option<&OrderedLine> {
        self.lines.iter().find(|known| known.line == line)
    }
}
