//! What can be asked of the books: the events of chapter 10, with everything a decision needs. Amounts are minor units, quantities and
//! percentages decimals. Never holds a right or a caller: whether somebody may ask is decided before.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::ceiling::Policy;
use super::position::{Mode, SplitKind, Terms};
use super::{Budget, BudgetPeriod, Period, Settings};
pub use crate::domain::invoice::credit::CreditKind;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    SetSettings {
        settings: Settings,
    },
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
    /// An order in the place of another.
    Replace {
        source: Arc<str>,
        place: Place,
    },
    /// What becomes of a request.
    Decide {
        order: Arc<str>,
        decision: Decision,
    },
    Change(Change),
    Revise(Revise),
    Deliver {
        order: Arc<str>,
        lines: Vec<Part>,
    },
    /// A delivery is taken back, and others are said in its place: what was delivered and is on no invoice is open again. Without a quantity all of it.
    Redeliver {
        order: Arc<str>,
        back: Vec<Part>,
        lines: Vec<Part>,
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

/// A charge on the order as a whole, followed as a line of its own under its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderCharge {
    pub id: Arc<str>,
    pub terms: Terms,
    pub spread: Spread,
}

/// How a charge on the order is divided (chapter 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spread {
    Fixed(Split),
    /// Pro rata to the amounts of the lines' rows.
    Amounts,
    /// Pro rata to their pieces.
    Pieces,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub order: Arc<str>,
    pub period: Arc<str>,
    pub lines: Vec<NewLine>,
    /// What is charged on the order as a whole.
    pub charges: Vec<OrderCharge>,
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

/// An order as it is to be from now on, whole; what is not named is called off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revise {
    pub order: Arc<str>,
    /// Of lines that are new on budgets.
    pub period: Arc<str>,
    pub lines: Vec<NewLine>,
    pub charges: Vec<OrderCharge>,
    /// A line that is no new order: pieces of another line of this one, on the same budgets.
    pub divided: Option<Arc<str>>,
    pub passing: Override,
}

/// Some pieces of a line, or all that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub line: Arc<str>,
    pub quantity: Option<Decimal>,
}

/// What will not come: called off by the buyer, or undeliverable. Without lines the whole order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shrink {
    pub order: Arc<str>,
    pub lines: Vec<Part>,
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

/// On which rows of its order line an invoice line weighs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Division {
    /// On all of them, by the weights of the order line.
    #[default]
    Ordered,
    /// The supplier's own, in amounts that sum to the control amount.
    Amounts(Vec<(Arc<str>, i64)>),
    /// On the first of these budgets alone; the others, whose share of these pieces comes to nothing, go along. What is left of the line is
    /// invoiced apart (chapter 12, "One line, several budgets").
    Only(Vec<Arc<str>>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceLine {
    pub subject: Subject,
    pub quantity: Decimal,
    pub net: i64,
    pub tax_percent: Decimal,
    pub division: Division,
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditLine {
    pub order: Arc<str>,
    pub line: Arc<str>,
    pub quantity: Decimal,
    pub net: i64,
    pub tax_percent: Decimal,
    pub kind: CreditKind,
    /// Of an invoice for one budget's share of the line: that budget, and no other gets anything back.
    pub only: Option<Arc<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostCredit {
    pub lines: Vec<CreditLine>,
    /// The invoice in the books that it corrects, where that is known: what it took of several budgets together comes back in the same way.
    pub invoice: Option<Arc<str>>,
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

/// What becomes of a budget when its period closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    pub commitments: Commitments,
    pub rest: Rest,
    /// A negative rest is deducted from the next period unless it is forgiven.
    pub forgiven: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosePeriod {
    pub from: Arc<str>,
    pub to: Arc<str>,
    pub turn: Turn,
    /// Budgets that do otherwise, each with all below it that has no exception of its own.
    pub exceptions: BTreeMap<Arc<str>, Turn>,
}

/// What a decision must see besides periods, budgets and what stands on them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    pub orders: Vec<Arc<str>>,
    /// Orders that it makes: likely nobody knows of them yet.
    pub new_orders: Vec<Arc<str>>,
    pub invoices: Vec<Arc<str>>,
    /// Everything that is booked in it.
    pub period: Option<Arc<str>>,
}

impl Command {
    /// What it is about. An invoice that is cancelled brings its orders with it.
    pub fn names(&self) -> Names {
        let orders = |order: &Arc<str>| Names { orders: vec![order.clone()], ..Names::default() };
        let of_lines = |lines: &[InvoiceLine]| -> Vec<Arc<str>> {
            let order = |line: &InvoiceLine| if let Subject::OrderLine { order, .. } = &line.subject { Some(order.clone()) } else { None };
            lines.iter().filter_map(order).collect()
        };
        match self {
            Command::SetSettings { .. }
            | Command::SetPeriod { .. }
            | Command::SetBudget { .. }
            | Command::SetPolicy { .. }
            | Command::Allocate(_)
            | Command::Transfer(_) => Names::default(),
            Command::Place(place) => Names { new_orders: vec![place.order.clone()], ..Names::default() },
            Command::Replace { source, place } => Names { orders: vec![source.clone()], new_orders: vec![place.order.clone()], ..Names::default() },
            Command::Decide { order, .. } | Command::Deliver { order, .. } | Command::Redeliver { order, .. } | Command::CloseLine { order, .. } => {
                orders(order)
            }
            Command::Change(change) => orders(&change.order),
            Command::Revise(revise) => orders(&revise.order),
            Command::Shrink(shrink) => orders(&shrink.order),
            Command::Invoice(invoice) => Names { orders: of_lines(&invoice.lines), invoices: vec![invoice.invoice.clone()], ..Names::default() },
            Command::InvoiceRun(run) => {
                let invoices = (1..=run.items.len()).map(|at| format!("{}/{at}", run.run).into()).collect();
                Names { orders: of_lines(&run.items), invoices, ..Names::default() }
            }
            Command::CancelInvoice { invoice } => Names { invoices: vec![invoice.clone()], ..Names::default() },
            Command::Credit(credit) => {
                let orders = credit.lines.iter().map(|line| line.order.clone()).collect();
                Names { orders, invoices: credit.invoice.iter().cloned().collect(), ..Names::default() }
            }
            Command::ClosePeriod(closing) => Names { period: Some(closing.from.clone()), ..Names::default() },
        }
    }

    /// The event's word in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Command::SetSettings { .. } => "settings",
            Command::SetPeriod { .. } => "period",
            Command::SetBudget { .. } => "budget",
            Command::SetPolicy { .. } => "policy",
            Command::Allocate(_) => "allocate",
            Command::Transfer(_) => "transfer",
            Command::Place(place) if place.as_request => "request",
            Command::Place(_) => "place",
            Command::Replace { .. } => "replace",
            Command::Decide { decision: Decision::Approve, .. } => "approve",
            Command::Decide { decision: Decision::Reject, .. } => "reject",
            Command::Decide { decision: Decision::Expire, .. } => "expire",
            Command::Change(_) => "change",
            Command::Revise(_) => "revise",
            Command::Deliver { .. } => "deliver",
            Command::Redeliver { .. } => "redeliver",
            Command::Shrink(_) => "cancel",
            Command::CloseLine { closed: true, .. } => "close line",
            Command::CloseLine { closed: false, .. } => "reopen line",
            Command::Invoice(_) => "invoice",
            Command::InvoiceRun(_) => "invoice run",
            Command::CancelInvoice { .. } => "cancel invoice",
            Command::Credit(_) => "credit",
            Command::ClosePeriod(_) => "close period",
        }
    }

    /// What it is about, as the journal is searched: `order/…`, `invoice/…`, `budget/…` or `period/…`.
    pub fn subject(&self) -> String {
        match self {
            Command::SetSettings { .. } => "settings".to_string(),
            Command::SetPeriod { period } => format!("period/{}", period.id),
            Command::SetBudget { budget } => format!("budget/{}", budget.code),
            Command::SetPolicy { at, .. } => format!("budget/{}", at.budget),
            Command::Allocate(allocate) => format!("budget/{}", allocate.at.budget),
            Command::Transfer(transfer) => format!("budget/{}", transfer.from),
            Command::Place(place) | Command::Replace { place, .. } => format!("order/{}", place.order),
            Command::Decide { order, .. } | Command::Deliver { order, .. } | Command::Redeliver { order, .. } | Command::CloseLine { order, .. } => {
                format!("order/{order}")
            }
            Command::Change(change) => format!("order/{}", change.order),
            Command::Revise(revise) => format!("order/{}", revise.order),
            Command::Shrink(shrink) => format!("order/{}", shrink.order),
            Command::Invoice(invoice) => format!("invoice/{}", invoice.invoice),
            Command::InvoiceRun(run) => format!("run/{}", run.run),
            Command::CancelInvoice { invoice } => format!("invoice/{invoice}"),
            Command::Credit(credit) => credit.lines.first().map_or_else(String::new, |line| format!("order/{}", line.order)),
            Command::ClosePeriod(closing) => format!("period/{}", closing.from),
        }
    }
}
