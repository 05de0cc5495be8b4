//! Who may do what on which budget (budgets-and-orders, chapter 4 "Right"): a right stands on a budget, with or without its children, or on
//! the whole organisation; `approve` and `override` reach up to an amount. Decides only whether somebody may ask: whether there is money is
//! the books' business. Knows no person, no role and no table.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::books::command::{Allocate, Command, Decision, InvoiceLine, NewLine, OrderCharge, Override, Place, Spread, Subject};
use super::books::{Books, Order, Stage, Status};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    See,
    Request,
    Order,
    Approve,
    Allocate,
    Transfer,
    Override,
    Close,
}

impl Right {
    pub const ALL: [Right; 8] =
        [Right::See, Right::Request, Right::Order, Right::Approve, Right::Allocate, Right::Transfer, Right::Override, Right::Close];

    pub fn as_str(self) -> &'static str {
        match self {
            Right::See => "see",
            Right::Request => "request",
            Right::Order => "order",
            Right::Approve => "approve",
            Right::Allocate => "allocate",
            Right::Transfer => "transfer",
            Right::Override => "override",
            Right::Close => "close",
        }
    }

    pub fn parse(text: &str) -> Option<Right> {
        Right::ALL.into_iter().find(|right| right.as_str() == text)
    }

    /// Whether it ends at an amount.
    pub fn has_limit(self) -> bool {
        matches!(self, Right::Approve | Right::Override)
    }

    /// Whether who has it has the other too: who may order may ask for an order, and who may do anything may see.
    fn includes(self, other: Right) -> bool {
        self == other || other == Right::See || (self == Right::Order && other == Right::Request)
    }
}

/// Whom something is for: a person by sign-in name, or everybody with a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Person(String),
    Role(String),
}

impl Who {
    pub fn kind(&self) -> &'static str {
        match self {
            Who::Person(_) => "person",
            Who::Role(_) => "role",
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Who::Person(name) | Who::Role(name) => name,
        }
    }

    /// Whether it is this person, who has these roles.
    pub fn is(&self, person: &str, roles: &[String]) -> bool {
        match self {
            Who::Person(name) => name == person,
            Who::Role(name) => roles.contains(name),
        }
    }
}

/// What somebody was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub right: Right,
    /// `None`: on the whole organisation.
    pub budget: Option<Arc<str>>,
    pub with_children: bool,
    /// In minor units; `None`: whatever the amount.
    pub up_to: Option<i64>,
}

impl Grant {
    /// On everything, without a limit.
    pub fn everywhere(right: Right) -> Grant {
        Grant { right, budget: None, with_children: true, up_to: None }
    }

    fn covers(&self, books: &Books, budget: Option<&str>) -> bool {
        match (&self.budget, budget) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(budget)) if **own == *budget => true,
            (Some(own), Some(budget)) => self.with_children && lies_below(books, budget, own),
        }
    }
}

/// The codes above a budget, the nearest first.
fn books_above<'b>(books: &'b Books, budget: &str) -> impl Iterator<Item = &'b str> {
    let parent = |code: &str| books.budgets.get(code).and_then(|budget| budget.parent.as_deref());
    std::iter::successors(parent(budget), move |code| parent(code))
}

/// Whether a budget is somewhere below another.
pub fn lies_below(books: &Books, budget: &str, other: &str) -> bool {
    books_above(books, budget).any(|above| above == other)
}

/// On whose behalf something is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asker {
    /// A person of the buyer, with what they were given.
    Person(Vec<Grant>),
    /// Whoever sets the installation up: the set-up file and what is rehearsed.
    SetUp,
    /// The supplier of the order: delivers, drops what cannot be had, invoices and credits.
    Supplier,
    /// The clock: requests expire, periods open.
    Clock,
}

/// One right that a command needs. Without a budget it is needed on the whole organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    pub right: Right,
    pub budget: Option<Arc<str>>,
    /// Whether the right on any budget will do: the command is on none.
    pub anywhere: bool,
    /// What it must reach.
    pub amount: i64,
}

impl Need {
    fn on(right: Right, budget: &Arc<str>) -> Need {
        Need { right, budget: Some(budget.clone()), anywhere: false, amount: 0 }
    }

    fn of_all(right: Right) -> Need {
        Need { right, budget: None, anywhere: false, amount: 0 }
    }
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The budget may not even be seen.
    Hidden(Arc<str>),
    Right(Need),
}

/// Whether this asker may give this command to these books.
pub fn check(books: &Books, asker: &Asker, command: &Command) -> Result<(), Missing> {
    let grants = match asker {
        Asker::Person(grants) => grants,
        Asker::SetUp => return Ok(()),
        Asker::Supplier if is_supplier_s(command) => return Ok(()),
        Asker::Clock if is_clock_s(command) => return Ok(()),
        Asker::Supplier | Asker::Clock => return Err(Missing::Right(Need::of_all(Right::Order))),
    };
    if matches!(command, Command::Decide { decision: Decision::Expire, .. }) {
        return Err(Missing::Right(Need::of_all(Right::Approve)));
    }
    for need in needs(books, command) {
        check_need(books, grants, need)?;
    }
    Ok(())
}

fn check_need(books: &Books, grants: &[Grant], need: Need) -> Result<(), Missing> {
    if has(books, grants, &need) {
        return Ok(());
    }
    match &need.budget {
        Some(budget) if !sees(books, grants, budget) => Err(Missing::Hidden(budget.clone())),
        _ => Err(Missing::Right(need)),
    }
}

fn has(books: &Books, grants: &[Grant], need: &Need) -> bool {
    let reaches = |grant: &Grant| !need.right.has_limit() || grant.up_to.is_none_or(|limit| need.amount <= limit);
    grants
        .iter()
        .filter(|grant| grant.right.includes(need.right) && reaches(grant))
        .any(|grant| need.anywhere || grant.covers(books, need.budget.as_deref()))
}

/// Whether a budget may be seen: whoever has any right on it sees it.
pub fn sees(books: &Books, grants: &[Grant], budget: &str) -> bool {
    grants.iter().any(|grant| grant.covers(books, Some(budget)))
}

/// The books with only the budgets that these grants let their owner see: what lies below a hidden one hangs below the nearest that is
/// seen, and nothing of a hidden one is left.
pub fn seen(books: Books, grants: &[Grant]) -> Books {
    if grants.iter().any(|grant| grant.budget.is_none()) {
        return books;
    }
    let visible = books.budgets.keys().filter(|code| sees(&books, grants, code)).cloned().collect();
    books.only(&visible)
}

/// Whether a right on a budget reaches an amount.
pub fn may(books: &Books, grants: &[Grant], right: Right, budget: &str, amount: i64) -> bool {
    has(books, grants, &Need { amount, ..Need::on(right, &budget.into()) })
}

/// Whether a right is there on any budget at all: whether a page for it makes sense.
pub fn may_somewhere(grants: &[Grant], right: Right) -> bool {
    grants.iter().any(|grant| grant.right.includes(right))
}

/// What comes of time alone: requests expire and periods open.
fn is_clock_s(command: &Command) -> bool {
    match command {
        Command::Decide { decision, .. } => *decision == Decision::Expire,
        Command::SetPeriod { period } => period.status == Status::Open,
        _ => false,
    }
}

/// What the supplier of an order does by itself, and lets nothing pass a ceiling.
fn is_supplier_s(command: &Command) -> bool {
    match command {
        Command::Deliver { .. }
        | Command::Redeliver { .. }
        | Command::Shrink(_)
        | Command::CancelInvoice { .. }
        | Command::Credit(_)
        | Command::InvoiceRun(_) => true,
        Command::Invoice(invoice) => invoice.passing == Override::No,
        Command::SetSettings { .. }
        | Command::SetPeriod { .. }
        | Command::SetBudget { .. }
        | Command::SetPolicy { .. }
        | Command::Allocate(_)
        | Command::Transfer(_)
        | Command::Place(_)
        | Command::Replace { .. }
        | Command::Decide { .. }
        | Command::Change(_)
        | Command::Revise(_)
        | Command::CloseLine { .. }
        | Command::ClosePeriod(_) => false,
    }
}

/// Every right a person needs for a command; all of them.
pub fn needs(books: &Books, command: &Command) -> Vec<Need> {
    match command {
        // Rules and periods hold for everybody's budgets.
        Command::SetSettings { .. } => vec![Need::of_all(Right::Allocate)],
        Command::SetPeriod { .. } => vec![Need::of_all(Right::Close)],
        Command::SetBudget { budget } => {
            let known = books.budgets.get(&budget.code);
            let parents = [Some(budget.parent.as_ref()), known.map(|known| known.parent.as_ref())].into_iter().flatten();
            let places: BTreeSet<Option<Arc<str>>> = parents.map(|parent| parent.cloned()).collect();
            places.into_iter().map(|budget| Need { budget, ..Need::of_all(Right::Allocate) }).collect()
        }
        Command::SetPolicy { at, .. } => vec![Need::on(Right::Allocate, &at.budget)],
        Command::Allocate(allocate) => allocation(books, allocate),
        Command::Transfer(transfer) => vec![Need::on(Right::Transfer, &transfer.from), Need::on(Right::Transfer, &transfer.to)],
        Command::Place(place) => with_override(books, of_place(place), place.passing, command),
        Command::Replace { source, place } => {
            let needs = of_place(place).into_iter().chain(of_order(books, source)).collect();
            with_override(books, needs, place.passing, command)
        }
        Command::Decide { order, .. } => {
            let known = books.orders.get(order);
            let amount = known.map_or(0, amount);
            let each = on_each(Right::Approve, known.map(budgets_of_order).unwrap_or_default());
            each.into_iter().map(|need| Need { amount, ..need }).collect()
        }
        Command::Change(change) => {
            let mut each = of_order(books, &change.order);
            let of_split = change.split.iter().flat_map(|split| &split.rows).map(|(budget, _)| budget);
            let new: Vec<Need> = of_split.map(|budget| Need::on(each.first().map_or(Right::Order, |need| need.right), budget)).collect();
            each.extend(new);
            with_override(books, each, change.passing, command)
        }
        Command::Revise(revise) => {
            let mut each = of_order(books, &revise.order);
            let right = each.first().map_or(Right::Order, |need| need.right);
            let new: BTreeSet<Arc<str>> = revise.lines.iter().flat_map(budgets_of).chain(revise.charges.iter().flat_map(budgets_of_charge)).collect();
            each.extend(new.iter().map(|budget| Need::on(right, budget)));
            with_override(books, each, revise.passing, command)
        }
        Command::Deliver { order, .. } | Command::Redeliver { order, .. } | Command::CloseLine { order, .. } => of_order(books, order),
        Command::Shrink(shrink) => of_order(books, &shrink.order),
        Command::Invoice(invoice) => with_override(books, of_invoice(books, &invoice.lines), invoice.passing, command),
        Command::InvoiceRun(run) => of_invoice(books, &run.items),
        Command::CancelInvoice { invoice } => {
            let shares = books.invoices.get(invoice).map(|invoice| invoice.shares.iter().map(|share| share.at.budget.clone()).collect());
            on_each(Right::Order, shares.unwrap_or_default())
        }
        Command::Credit(credit) => credit.lines.iter().flat_map(|line| of_order(books, &line.order)).collect(),
        Command::ClosePeriod(closing) => {
            let stands = |at: &&super::books::BudgetPeriod| at.period == closing.from || at.period == closing.to;
            let budgets: BTreeSet<Arc<str>> = books.standings.keys().filter(stands).map(|at| at.budget.clone()).collect();
            if budgets.is_empty() { vec![Need::of_all(Right::Close)] } else { on_each(Right::Close, budgets) }
        }
    }
}

fn allocation(books: &Books, allocate: &Allocate) -> Vec<Need> {
    let needs = vec![Need::on(Right::Allocate, &allocate.at.budget)];
    match allocate.passing {
        Override::No => needs,
        // What it may go under is what is used already: the money that is taken back is the amount.
        Override::Yes => {
            let standing = books.standing(&allocate.at);
            let left = standing.map_or(0, |standing| standing.reported_available().saturating_add(allocate.amount));
            let amount = left.min(0).saturating_neg();
            needs.into_iter().chain([Need { amount, ..Need::on(Right::Override, &allocate.at.budget) }]).collect()
        }
    }
}

/// With an override the right to it too, on what it would pass, reaching what it would pass by.
fn with_override(books: &Books, mut needs: Vec<Need>, passing: Override, command: &Command) -> Vec<Need> {
    if passing == Override::Yes {
        let over = books.decide(command).map(|entry| entry.over).unwrap_or_default();
        let amount = over.iter().map(|over| over.short).max().unwrap_or(0);
        let touched: BTreeSet<Option<Arc<str>>> = needs.iter().map(|need| need.budget.clone()).collect();
        let own = touched.into_iter().map(|budget| Need { right: Right::Override, anywhere: budget.is_none(), budget, amount });
        needs.extend(own.collect::<Vec<_>>());
    }
    needs
}

fn on_each(right: Right, budgets: BTreeSet<Arc<str>>) -> Vec<Need> {
    match budgets.is_empty() {
        true => vec![Need { anywhere: true, ..Need::of_all(right) }],
        false => budgets.iter().map(|budget| Need::on(right, budget)).collect(),
    }
}

fn budgets_of(line: &NewLine) -> BTreeSet<Arc<str>> {
    let of_charges = line.charges.iter().flat_map(|charge| &charge.split.rows);
    line.split.rows.iter().chain(of_charges).map(|(budget, _)| budget.clone()).collect()
}

/// The budgets that a charge on the order names itself; what is divided pro rata is on those of the lines.
fn budgets_of_charge(charge: &OrderCharge) -> BTreeSet<Arc<str>> {
    match &charge.spread {
        Spread::Fixed(split) => split.rows.iter().map(|(budget, _)| budget.clone()).collect(),
        Spread::Amounts | Spread::Pieces => BTreeSet::new(),
    }
}

/// The budgets an order is on now.
pub fn budgets_of_order(order: &Order) -> BTreeSet<Arc<str>> {
    order.lines.values().flat_map(|line| &line.rows).filter(|row| !row.dropped).map(|row| row.at.budget.clone()).collect()
}

/// What an order takes from all its budgets, in minor units.
pub fn amount(order: &Order) -> i64 {
    let rows = order.lines.values().flat_map(|line| &line.rows).filter(|row| !row.dropped);
    rows.fold(0i64, |sum, row| sum.saturating_add(row.reserved))
}

/// What is needed to place an order, or to ask for one.
fn of_place(place: &Place) -> Vec<Need> {
    let right = if place.as_request { Right::Request } else { Right::Order };
    let budgets = place.lines.iter().flat_map(budgets_of).chain(place.charges.iter().flat_map(budgets_of_charge)).collect();
    on_each(right, budgets)
}

/// What is needed to change an order: of a request its asking, of an order its ordering.
fn of_order(books: &Books, order: &Arc<str>) -> Vec<Need> {
    let Some(known) = books.orders.get(order) else { return vec![Need { anywhere: true, ..Need::of_all(Right::Order) }] };
    let right = if known.stage == Stage::Requested { Right::Request } else { Right::Order };
    on_each(right, budgets_of_order(known))
}

fn of_invoice(books: &Books, lines: &[InvoiceLine]) -> Vec<Need> {
    let of_line = |line: &InvoiceLine| match &line.subject {
        Subject::OrderLine { order, .. } => of_order(books, order),
        Subject::Budget(at) => vec![Need::on(Right::Order, &at.budget)],
    };
    lines.iter().flat_map(of_line).collect()
}
