//! An order as an invoice is held against it: what was agreed, what came, what was invoiced. Never what it does to a budget.

use rust_decimal::Decimal;

use super::tolerance::Compared;

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
    /// Of a line on several budgets: what came and was invoiced on each.
    pub budgets: Vec<OnBudget>,
}

/// Quantities of a line as one of its budgets has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnBudget {
    pub budget: String,
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

    /// The line as one of its budgets has it; as it is where that is none of them.
    pub fn on(&self, budget: &str) -> OrderedLine {
        let own = self.budgets.iter().find(|own| own.budget == budget);
        let quantities = |own: &OnBudget| OrderedLine { ordered: own.ordered, received: own.received, invoiced: own.invoiced, ..self.clone() };
        own.map_or_else(|| self.clone(), quantities)
    }

    /// The quantity to invoice (section 16).
    pub fn to_invoice(&self, compared: Compared) -> Decimal {
        match compared {
            Compared::TwoWay => self.ordered - self.billed(),
            Compared::ThreeWay => self.received - self.rejected - self.billed(),
        }
    }
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
}

impl Ordered {
    pub fn line(&self, line: &str) -> Option<&OrderedLine> {
        self.lines.iter().find(|known| known.line == line)
    }
}
