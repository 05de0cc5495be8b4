//! What the books write: facts that become known, and legs that sum to zero; or why nothing is written. An entry is enough to do the same
//! again on other books. Never holds a sum that could be worked out from the legs before it.

use std::fmt;
use std::sync::Arc;

use super::ceiling::Policy;
use super::position::Line;
use super::{Budget, BudgetPeriod, Funding, Invoice, Period, Settings, Stage};

/// Chapter 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Account {
    Available,
    Requested,
    Committed,
    Delivered,
    Expended,
    /// Where money comes from: one per period.
    Source,
    Lapsed,
    /// The two sides of funding that is a ceiling over others and no further money.
    Memo,
    Ceiling,
}

impl Account {
    /// As the journal writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Account::Available => "AV",
            Account::Requested => "PC",
            Account::Committed => "CM",
            Account::Delivered => "DL",
            Account::Expended => "EX",
            Account::Source => "SRC",
            Account::Lapsed => "LAPSED",
            Account::Memo => "MEMO",
            Account::Ceiling => "CAP",
        }
    }
}

/// Order, line, and the place of the row in it.
pub type RowName = (Arc<str>, Arc<str>, usize);

/// An amount that comes to an account (positive) or leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    pub account: Account,
    /// Empty for the accounts of a period.
    pub budget: Arc<str>,
    pub period: Arc<str>,
    pub amount: i64,
    /// The distribution row it belongs to: order, line, row.
    pub row: Option<RowName>,
}

impl Leg {
    pub fn new(account: Account, at: &BudgetPeriod, amount: i64) -> Leg {
        Leg { account, budget: at.budget.clone(), period: at.period.clone(), amount, row: None }
    }

    pub fn of_period(account: Account, period: &Arc<str>, amount: i64) -> Leg {
        Leg { account, budget: "".into(), period: period.clone(), amount, row: None }
    }

    pub fn at(&self) -> BudgetPeriod {
        BudgetPeriod { budget: self.budget.clone(), period: self.period.clone() }
    }
}

/// What becomes known. Lines and invoices are given whole, as they are from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    Settings(Settings),
    Period(Period),
    Budget(Budget),
    Policy {
        at: BudgetPeriod,
        policy: Policy,
    },
    /// The first funding of a budget period, also of nothing.
    Funded {
        at: BudgetPeriod,
    },
    Funding {
        at: BudgetPeriod,
        change: Funding,
    },
    Order {
        number: Arc<str>,
        stage: Stage,
        reserves: bool,
    },
    Line {
        order: Arc<str>,
        line: Line,
    },
    Invoice(Invoice),
}

/// A ceiling that would be passed, or was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    pub at: BudgetPeriod,
    /// By how much, in minor units.
    pub short: i64,
}

/// A threshold that was crossed upwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossed {
    pub at: BudgetPeriod,
    pub percent: u32,
}

/// What a period's change did (chapter 11), in minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub carried: i64,
    pub rest_carried: i64,
    pub lapsed: i64,
    /// Budgets whose new funding cannot hold what was carried, with the shortage.
    pub short: Vec<(Arc<str>, i64)>,
    /// Requests that were still waiting.
    pub expired: Vec<Arc<str>>,
}

/// What is to be written, and what the caller is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub facts: Vec<Fact>,
    pub legs: Vec<Leg>,
    /// Ceilings that were passed, by a level that only warns or by an override.
    pub over: Vec<Over>,
    pub crossed: Vec<Crossed>,
    /// Whether a person must approve before it is an order.
    pub needs_approval: bool,
    /// Of an invoice run: what was invoiced, and what is held.
    pub invoiced: Vec<String>,
    pub held: Vec<String>,
    pub report: Option<Report>,
}

/// Why nothing was written; the words of the event table (chapter 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    InsufficientFunds,
    CeilingReached,
    NoBudget,
    BudgetNotPostable,
    SplitNot100,
    SplitMismatch,
    PeriodNotOpen,
    PeriodClosed,
    OrderExists,
    InvoiceExists,
    UnknownOrder,
    UnknownLine,
    UnknownInvoice,
    UnknownPeriod,
    WrongState,
    AlreadyClosed,
    AlreadyCancelled,
    BelowDelivered,
    BelowConsumed,
    OverDistribution,
    OverDelivery,
    OverQuantity,
    QuantityNotOpen,
    PriceTolerance,
    /// A number that cannot be: negative where none may be, or beyond what fits.
    Amount,
    /// A tree that leads back to itself, or a parent that is not there.
    Tree,
}

impl Code {
    pub const ALL: [Code; 26] = [
        Code::InsufficientFunds,
        Code::CeilingReached,
        Code::NoBudget,
        Code::BudgetNotPostable,
        Code::SplitNot100,
        Code::SplitMismatch,
        Code::PeriodNotOpen,
        Code::PeriodClosed,
        Code::OrderExists,
        Code::InvoiceExists,
        Code::UnknownOrder,
        Code::UnknownLine,
        Code::UnknownInvoice,
        Code::UnknownPeriod,
        Code::WrongState,
        Code::AlreadyClosed,
        Code::AlreadyCancelled,
        Code::BelowDelivered,
        Code::BelowConsumed,
        Code::OverDistribution,
        Code::OverDelivery,
        Code::OverQuantity,
        Code::QuantityNotOpen,
        Code::PriceTolerance,
        Code::Amount,
        Code::Tree,
    ];

    pub fn parse(text: &str) -> Option<Code> {
        Code::ALL.into_iter().find(|code| code.as_str() == text)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Code::InsufficientFunds => "insufficient_funds",
            Code::CeilingReached => "ceiling_reached",
            Code::NoBudget => "no_budget",
            Code::BudgetNotPostable => "budget_not_postable",
            Code::SplitNot100 => "split_not_100",
            Code::SplitMismatch => "split_mismatch",
            Code::PeriodNotOpen => "period_not_open",
            Code::PeriodClosed => "period_closed",
            Code::OrderExists => "order_exists",
            Code::InvoiceExists => "invoice_exists",
            Code::UnknownOrder => "unknown_order",
            Code::UnknownLine => "unknown_line",
            Code::UnknownInvoice => "unknown_invoice",
            Code::UnknownPeriod => "unknown_period",
            Code::WrongState => "wrong_state",
            Code::AlreadyClosed => "already_closed",
            Code::AlreadyCancelled => "already_cancelled",
            Code::BelowDelivered => "below_delivered",
            Code::BelowConsumed => "below_consumed",
            Code::OverDistribution => "over_distribution",
            Code::OverDelivery => "over_delivery",
            Code::OverQuantity => "over_quantity",
            Code::QuantityNotOpen => "quantity_not_open",
            Code::PriceTolerance => "price_tolerance",
            Code::Amount => "amount",
            Code::Tree => "tree",
        }
    }
}

/// A refusal books nothing; one that only needs a person's approval says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: Code,
    /// Every failing budget period (chapter 7), or what else it is about.
    pub over: Vec<Over>,
    pub what: String,
    pub outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Refused,
    /// An invoice, or a line of it, that may be booked when the reason is gone.
    Held,
    NeedsApproval,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Refused => "refused",
            Outcome::Held => "held",
            Outcome::NeedsApproval => "needs_approval",
        }
    }

    pub fn parse(text: &str) -> Option<Outcome> {
        [Outcome::Refused, Outcome::Held, Outcome::NeedsApproval].into_iter().find(|outcome| outcome.as_str() == text)
    }
}

impl Refusal {
    pub fn new(code: Code, what: impl fmt::Display) -> Refusal {
        Refusal { code, over: Vec::new(), what: what.to_string(), outcome: Outcome::Refused }
    }

    pub fn held(code: Code, what: impl fmt::Display) -> Refusal {
        Refusal { outcome: Outcome::Held, ..Refusal::new(code, what) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code.as_str())?;
        for over in &self.over {
            write!(f, " {} short by {}", over.at, over.short)?;
        }
        if self.what.is_empty() { Ok(()) } else { write!(f, " ({})", self.what) }
    }
}
