//! Does a supplier's invoice fit what was ordered and what came (reference einvoicing, section 16)? The order is found, then each line, then
//! every figure is held against a table of tolerances. Pure. Never guesses: what cannot be found is a difference, and a person decides.

mod bill;
#[cfg(test)]
mod cases;
mod lines;
mod normal;
mod ordered;
mod orders;
mod proposals;
mod tolerance;
mod units;
mod whole;

pub use bill::{Bill, BillLine, Charge, Identity};
pub use lines::LineWay;
pub use normal::{account, folded, order_number};
pub use ordered::{OnBudget, Ordered, OrderedCharge, OrderedLine, Pack, is_same_budget};
pub use orders::{Found, Way, supplier_of};
pub use proposals::{OrderProposal, Proposal, Why, propose_lines, propose_orders};
pub use tolerance::{Compared, Tolerance, Tolerances};
pub use units::factor;

use rust_decimal::Decimal;

/// What is compared; each is a row of the table of section 16, or what must be there for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Check {
    /// The invoice is of somebody we do not know.
    Supplier,
    /// It is for somebody else.
    Recipient,
    /// No order was found, or one that may not be invoiced.
    Order,
    Currency,
    /// It is to be paid to an account nobody confirmed.
    Account,
    /// It is older than the order.
    Date,
    /// It is of a day to come.
    Future,
    /// Something charged on the whole that was not ordered.
    Charge,
    Total,
    Price,
    /// The line's amount is not its quantity times its price.
    Amount,
    /// More than was ordered; of a credit, more than was invoiced.
    Quantity,
    /// More than came.
    Received,
    /// Everything of the line is invoiced.
    Invoiced,
    Article,
    /// The unit cannot be brought to the order's.
    Unit,
    Vat,
    /// It is a share of a budget that the order's line is not on.
    Budget,
    /// The line is on no order.
    NotOrdered,
}

impl Check {
    pub const ALL: [Check; 19] = [
        Check::Supplier,
        Check::Recipient,
        Check::Order,
        Check::Currency,
        Check::Account,
        Check::Date,
        Check::Future,
        Check::Charge,
        Check::Total,
        Check::Price,
        Check::Amount,
        Check::Quantity,
        Check::Received,
        Check::Invoiced,
        Check::Article,
        Check::Unit,
        Check::Vat,
        Check::Budget,
        Check::NotOrdered,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Check::Supplier => "supplier",
            Check::Recipient => "recipient",
            Check::Order => "order",
            Check::Currency => "currency",
            Check::Account => "account",
            Check::Date => "date",
            Check::Future => "future",
            Check::Charge => "charge",
            Check::Total => "total",
            Check::Price => "price",
            Check::Amount => "amount",
            Check::Quantity => "quantity",
            Check::Received => "received",
            Check::Invoiced => "invoiced",
            Check::Article => "article",
            Check::Unit => "unit",
            Check::Vat => "vat",
            Check::Budget => "budget",
            Check::NotOrdered => "not_ordered",
        }
    }

    pub fn parse(text: &str) -> Option<Check> {
        Check::ALL.into_iter().find(|check| check.as_str() == text)
    }
}

/// Whether a difference needs a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Within the tolerance: reported, and passed.
    Within,
    Stops,
}

/// One difference: what was expected, what was found, and what it comes to in money (more to pay is positive).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub check: Check,
    pub weight: Weight,
    pub expected: String,
    pub found: String,
    pub money: Decimal,
}

impl Reason {
    pub fn stops(check: Check, expected: impl ToString, found: impl ToString) -> Reason {
        Reason { check, weight: Weight::Stops, expected: expected.to_string(), found: found.to_string(), money: Decimal::ZERO }
    }

    pub fn within(check: Check, expected: impl ToString, found: impl ToString) -> Reason {
        Reason { weight: Weight::Within, ..Reason::stops(check, expected, found) }
    }

    pub fn worth(self, money: Decimal) -> Reason {
        Reason { money, ..self }
    }
}

/// What became of a line, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Matched,
    WithinTolerance,
    VatDifference,
    PriceDifference,
    UnitDifference,
    QuantityDifference,
    ArticleDifference,
    NotReceived,
    AlreadyInvoiced,
    NotOrdered,
}

impl Outcome {
    pub const ALL: [Outcome; 10] = [
        Outcome::Matched,
        Outcome::WithinTolerance,
        Outcome::VatDifference,
        Outcome::PriceDifference,
        Outcome::UnitDifference,
        Outcome::QuantityDifference,
        Outcome::ArticleDifference,
        Outcome::NotReceived,
        Outcome::AlreadyInvoiced,
        Outcome::NotOrdered,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Matched => "matched",
            Outcome::WithinTolerance => "within_tolerance",
            Outcome::VatDifference => "vat_difference",
            Outcome::PriceDifference => "price_difference",
            Outcome::UnitDifference => "unit_difference",
            Outcome::QuantityDifference => "quantity_difference",
            Outcome::ArticleDifference => "article_difference",
            Outcome::NotReceived => "not_received",
            Outcome::AlreadyInvoiced => "already_invoiced",
            Outcome::NotOrdered => "not_ordered",
        }
    }

    pub fn parse(text: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }

    /// What a difference makes of its line.
    fn of(reason: &Reason) -> Outcome {
        match (reason.weight, reason.check) {
            (Weight::Within, _) => Outcome::WithinTolerance,
            (Weight::Stops, Check::Vat) => Outcome::VatDifference,
            (Weight::Stops, Check::Price | Check::Amount) => Outcome::PriceDifference,
            (Weight::Stops, Check::Unit) => Outcome::UnitDifference,
            (Weight::Stops, Check::Quantity) => Outcome::QuantityDifference,
            (Weight::Stops, Check::Article) => Outcome::ArticleDifference,
            (Weight::Stops, Check::Received) => Outcome::NotReceived,
            (Weight::Stops, Check::Invoiced) => Outcome::AlreadyInvoiced,
            (Weight::Stops, Check::Budget | Check::NotOrdered) => Outcome::NotOrdered,
            // Of the whole: they say nothing of a line.
            (
                Weight::Stops,
                Check::Order
                | Check::Supplier
                | Check::Recipient
                | Check::Currency
                | Check::Account
                | Check::Date
                | Check::Future
                | Check::Charge
                | Check::Total,
            ) => Outcome::Matched,
        }
    }

    pub fn needs_a_person(self) -> bool {
        self > Outcome::WithinTolerance
    }
}

/// The line of an order that an invoice line is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Place among the orders that were given.
    pub order: usize,
    pub line: String,
    pub way: LineWay,
}

/// What is known of one invoice line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineMatch {
    pub target: Option<Target>,
    /// In the unit of the order's line; of the invoice where it cannot be told.
    pub quantity: Decimal,
    pub outcome: Outcome,
    pub reasons: Vec<Reason>,
}

/// What is known of the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The orders it is for, and how each was found.
    pub orders: Vec<Found>,
    pub lines: Vec<LineMatch>,
    /// What concerns no single line.
    pub reasons: Vec<Reason>,
    /// The worst line. What stops the whole is among the reasons.
    pub outcome: Outcome,
}

impl Match {
    /// Everything that keeps it from being booked by itself.
    pub fn stopping(&self) -> impl Iterator<Item = &Reason> {
        self.lines.iter().flat_map(|line| &line.reasons).chain(&self.reasons).filter(|reason| reason.weight == Weight::Stops)
    }

    pub fn needs_a_person(&self) -> bool {
        self.outcome.needs_a_person() || self.stopping().next().is_some()
    }

    /// The differences in money, summed.
    pub fn difference(&self) -> Decimal {
        let on_lines = self.lines.iter().flat_map(|line| &line.reasons);
        on_lines.chain(self.reasons.iter().filter(|reason| reason.check != Check::Total)).map(|reason| reason.money).sum()
    }
}

/// What an invoice is held against.
#[derive(Clone, Copy, Debug)]
pub struct Known<'k> {
    /// The supplier by its identifiers, never by name; `None`: nobody we know.
    pub supplier: Option<&'k str>,
    /// Orders of any supplier; those of others are never linked.
    pub orders: &'k [Ordered],
    /// Accounts the supplier may be paid on.
    pub accounts: &'k [String],
    /// Ourselves; identifiers that are empty are not compared.
    pub recipient: &'k Identity,
    /// Invoices of this supplier that were booked, with their order: for what a credit note corrects.
    pub booked: &'k [(String, String)],
    /// ISO 8601.
    pub today: &'k str,
}

/// Holds an invoice against what is known.
pub fn compare(bill: &Bill, known: &Known<'_>, tolerances: &Tolerances) -> Match {
    let found = orders::find(bill, known);
    let mut lines = lines::compare(bill, known, &found, tolerances);
    let reasons = whole::compare(bill, known, &found, &mut lines, tolerances);
    for line in &mut lines {
        line.outcome = line.reasons.iter().map(Outcome::of).max().unwrap_or(Outcome::Matched);
    }
    let of_lines = lines.iter().map(|line| line.outcome);
    let outcome = of_lines.chain(reasons.iter().map(Outcome::of)).max().unwrap_or(Outcome::NotOrdered);
    Match { orders: found.whole, lines, reasons, outcome }
}
