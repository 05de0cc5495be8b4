//! What can be asked of the books: the events of chapter 10, with everything a decision needs. Amounts are minor units, quantities and
//! percentages decimals. Never holds a right or a caller: whether somebody may ask is decided before.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::ceiling::Policy;
use super::position::{Mode, SplitKind, Terms};
use super::{Budget, BudgetPeriod, Period};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    SetPeriod {
        period: Period,
    },
    SetBudget {
        budget: Budget,
    },
    SetPolicy {
        at: BudgetPeriod,
        policy: Policy,
    },
    Allocate(Allocate),
    Transfer(Transfer),
    Place(Place),
    /// What becomes of a request.
    Decide {
        order: Arc<str>,
        decision: Decision,
    },
    Change(Change),
    /// Without a quantity: all that is open.
    Deliver {
        order: Arc<str>,
        line: Arc<str>,
        quantity: Option<Decimal>,
    },
    Shrink(Shrink),
    CloseLine {
        order: Arc<str>,
        line: Arc<str>,
        closed: bool,
    },
    Invoice(PostInvoice),
    InvoiceRun(InvoiceRun),
    CancelInvoice {
        invoice: Arc<str>,
    },
    Credit(PostCredit),
    ClosePeriod(ClosePeriod),
}

/// Whether a person with the right lets it pass ceilings and tolerances (chapter 7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Override {
    #[default]
    No,
    Yes,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocate {
    pub at: BudgetPeriod,
    /// Negative to take back.
    pub amount: i64,
    pub passing: Override,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    pub from: Arc<str>,
    pub to: Arc<str>,
    pub period: Arc<str>,
    pub amount: i64,
}

/// How a line is divided: budget and weight for each row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    pub kind: SplitKind,
    pub rows: Vec<(Arc<str>, Decimal)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLine {
    pub number: Arc<str>,
    pub quantity: Decimal,
    pub terms: Terms,
    pub mode: Mode,
    pub split: Split,
    pub charges: Vec<Charge>,
}

/// A row of its own that belongs to a line: lamination, label, freight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    pub id: Arc<str>,
    pub terms: Terms,
    pub split: Split,
    /// Follows the quantity of its line; else it is charged once.
    pub per_unit: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub order: Arc<str>,
    pub period: Arc<str>,
    pub lines: Vec<NewLine>,
    /// As a request that waits for approval.
    pub as_request: bool,
    pub passing: Override,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Approve,
    Reject,
    Expire,
}

/// What changes of a line; what is left out stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub order: Arc<str>,
    pub line: Arc<str>,
    pub quantity: Option<Decimal>,
    pub unit_price: Option<Decimal>,
    pub discount_percent: Option<Decimal>,
    pub tax_percent: Option<Decimal>,
    pub split: Option<Split>,
    pub passing: Override,
}

/// What will not come: called off by the buyer, or undeliverable. Without a line the whole order, without a quantity all that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shrink {
    pub order: Arc<str>,
    pub line: Option<Arc<str>>,
    pub quantity: Option<Decimal>,
}

/// What an invoice line is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    OrderLine {
        order: Arc<str>,
        line: Arc<str>,
    },
    /// An invoice without an order.
    Budget(BudgetPeriod),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceLine {
    pub subject: Subject,
    pub quantity: Decimal,
    pub net: i64,
    pub tax_percent: Decimal,
    /// The supplier's own division, in amounts that sum to the control amount.
    pub split: Option<Vec<(Arc<str>, i64)>>,
    /// The last invoice of its line: the rest is released.
    pub last: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostInvoice {
    pub invoice: Arc<str>,
    pub lines: Vec<InvoiceLine>,
    pub passing: Override,
}

/// What becomes of later items of a run that touch a budget at its ceiling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnCeiling {
    #[default]
    StopAtFirst,
    SkipAndContinue,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceRun {
    pub run: Arc<str>,
    pub items: Vec<InvoiceLine>,
    pub on_ceiling: OnCeiling,
}

/// Chapter 12: price (nothing comes back), refund (goods go back), replace (goods go back and come again).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreditKind {
    Price,
    Refund,
    Replace,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditLine {
    pub order: Arc<str>,
    pub line: Arc<str>,
    pub quantity: Decimal,
    pub net: i64,
    pub tax_percent: Decimal,
    pub kind: CreditKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostCredit {
    pub lines: Vec<CreditLine>,
    /// Where credits go whose own period is closed.
    pub open_period: Option<Arc<str>>,
}

/// What becomes of open commitments when a period closes (chapter 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commitments {
    WithMoney,
    WithoutMoney,
    Lapse,
    Keep,
}

/// What becomes of the money that is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    Lapse,
    Carry { percent: Decimal, cap: Option<i64> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosePeriod {
    pub from: Arc<str>,
    pub to: Arc<str>,
    pub commitments: Commitments,
    pub rest: Rest,
    /// A negative rest is deducted from the next period unless it is forgiven.
    pub forgiven: bool,
}
