//! The books of one buyer: budgets in trees of budgets and periods, and what every order, delivery, invoice and credit did to them
//! (reference budgets-and-orders). One state machine: [`Books::decide`] says what a command would write, [`Books::apply`] writes it, and
//! nothing else changes them. Pure: knows no database, no clock and no caller; the journal is the truth, these are its sum.

pub mod ceiling;
pub mod charging;
pub mod closing;
pub mod command;
pub mod delivering;
pub mod draft;
pub mod entry;
pub mod foresight;
pub mod funding;
pub mod invoicing;
pub mod opening;
pub mod ordering;
pub mod outlook;
pub mod position;
pub mod proof;
pub mod revising;
pub mod sharing;
pub mod sketch;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::AddAssign;
use std::sync::Arc;

use rust_decimal::Decimal;

use ceiling::Policy;
use command::Command;
use entry::{Account, Entry, Fact, Leg, Refusal, RowName};
use position::{Line, Position, Row};

/// The largest amount of one command, in minor units, and the largest price, quantity or weight: ten thousand of them fit into a sum.
pub const AMOUNT_MAX: i64 = 1_000_000_000_000_000;
const NUMBER_MAX: i64 = 1_000_000_000_000;

/// Whether a number of a command may be worked with at all.
fn is_sane(number: Decimal) -> bool {
    number.abs() <= Decimal::from(NUMBER_MAX)
}

/// A budget in a period: the unit that holds money, written `CODE@PERIOD`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BudgetPeriod {
    pub budget: Arc<str>,
    pub period: Arc<str>,
}

impl BudgetPeriod {
    pub fn new(budget: &str, period: &str) -> BudgetPeriod {
        BudgetPeriod { budget: budget.into(), period: period.into() }
    }
}

impl fmt::Display for BudgetPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.budget, self.period)
    }
}

/// How much of the tax on a row its budget carries (chapter 3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaxBasis {
    /// Net and tax: the tax is not recoverable.
    #[default]
    Gross,
    Net,
    /// Net and tax, less this percentage of the tax.
    Recoverable(Decimal),
}

impl fmt::Display for TaxBasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TaxBasis::Gross => f.write_str("gross"),
            TaxBasis::Net => f.write_str("net"),
            TaxBasis::Recoverable(percent) => write!(f, "{}", percent.normalize()),
        }
    }
}

impl TaxBasis {
    /// `gross`, `net`, or the percentage of the tax that is recoverable.
    pub fn parse(text: &str) -> Option<TaxBasis> {
        match text {
            "gross" => Some(TaxBasis::Gross),
            "net" => Some(TaxBasis::Net),
            percent => percent.parse().ok().filter(|percent| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(percent)).map(TaxBasis::Recoverable),
        }
    }
}

/// Chapter 9: planned → open → grace → closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    #[default]
    Planned,
    Open,
    Grace,
    Closed,
}

impl Status {
    pub const ALL: [Status; 4] = [Status::Planned, Status::Open, Status::Grace, Status::Closed];

    pub fn as_str(self) -> &'static str {
        match self {
            Status::Planned => "planned",
            Status::Open => "open",
            Status::Grace => "grace",
            Status::Closed => "closed",
        }
    }

    pub fn parse(text: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Period {
    pub id: Arc<str>,
    pub parent: Option<Arc<str>>,
    pub status: Status,
    /// First and last day, ISO 8601; empty where orders name their period.
    pub first_day: Arc<str>,
    pub last_day: Arc<str>,
}

impl Period {
    /// Whether a day (ISO 8601) lies in it.
    pub fn holds(&self, day: &str) -> bool {
        !self.first_day.is_empty() && *self.first_day <= *day && *day <= *self.last_day
    }
}

/// Whose stop counts when the buyer's purchasing system keeps budgets too (design, section 6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Authority {
    /// A stop refuses.
    #[default]
    Authoritative,
    /// A stop warns; the purchasing system decides.
    Advisory,
}

impl Authority {
    pub fn as_str(self) -> &'static str {
        match self {
            Authority::Authoritative => "authoritative",
            Authority::Advisory => "advisory",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    pub code: Arc<str>,
    pub name: Arc<str>,
    pub parent: Option<Arc<str>>,
    /// Whether orders and invoices may be booked on it; else it only holds others together.
    pub postable: bool,
    /// What the buyer's basis is replaced by here.
    pub tax_basis: Option<TaxBasis>,
    pub authority: Authority,
    /// Who answers for it, and what it is sorted by; all may be empty.
    pub owner: Arc<str>,
    pub location: Arc<str>,
    pub project: Arc<str>,
    pub segment: Arc<str>,
}

/// What holds for all of a buyer's books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Decimals of the minor unit of the one currency.
    pub exponent: u32,
    pub tax_basis: TaxBasis,
    /// A positive variance must stay within each that is set: percent of what is liquidated, and minor units (chapter 7).
    pub tolerance_percent: Option<Decimal>,
    pub tolerance_absolute: Option<i64>,
    pub requests_reserve: bool,
    pub advance_orders: bool,
    /// Whether funding below a funded budget may be more than its own.
    pub overdistribution: bool,
    /// Whether a budget period without funding and policy may be posted to.
    pub unbudgeted: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            exponent: 2,
            tax_basis: TaxBasis::Gross,
            tolerance_percent: None,
            tolerance_absolute: None,
            requests_reserve: true,
            advance_orders: false,
            overdistribution: true,
            unbudgeted: false,
        }
    }
}

/// Where money of a budget period came from and went; amounts that left are positive too (I3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Funding {
    pub allocated: i64,
    pub transferred_in: i64,
    pub transferred_out: i64,
    pub carried_in: i64,
    pub carried_out: i64,
    pub lapsed: i64,
}

impl Funding {
    pub fn total(&self) -> i64 {
        self.allocated + self.transferred_in - self.transferred_out + self.carried_in - self.carried_out - self.lapsed
    }
}

/// The four places of money that is not available.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places {
    pub requested: i64,
    pub committed: i64,
    pub delivered: i64,
    pub expended: i64,
}

impl AddAssign for Places {
    fn add_assign(&mut self, other: Places) {
        self.requested += other.requested;
        self.committed += other.committed;
        self.delivered += other.delivered;
        self.expended += other.expended;
    }
}

impl Places {
    pub fn consumption(&self) -> i64 {
        self.requested + self.committed + self.delivered + self.expended
    }

    pub fn add(&mut self, account: Account, amount: i64) {
        match account {
            Account::Requested => self.requested += amount,
            Account::Committed => self.committed += amount,
            Account::Delivered => self.delivered += amount,
            Account::Expended => self.expended += amount,
            Account::Available | Account::Source | Account::Lapsed | Account::Memo | Account::Ceiling => {}
        }
    }
}

/// A budget period as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether it was ever funded, also with nothing.
    pub funded: bool,
    pub funding: Funding,
    pub policy: Option<Policy>,
    /// Its own accounts.
    pub available: i64,
    pub own: Places,
    /// Of its subtree in both trees, itself included.
    pub subtree: Places,
    /// Funded budget periods below it: then its own funding is a ceiling over them and no further money (chapter 5).
    pub funded_below: u32,
}

impl Standing {
    /// What is reported as available: funding less what the subtree consumes.
    pub fn reported_available(&self) -> i64 {
        self.funding.total() - self.subtree.consumption()
    }

    pub fn is_ceiling(&self) -> bool {
        self.funded_below > 0
    }
}

/// Chapter 9; what happens to lines is derived and stored nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Waits for approval; holds money when the buyer's requests reserve.
    Requested,
    Placed,
    Rejected,
    Expired,
    Cancelled,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub number: Arc<str>,
    pub stage: Stage,
    /// Whether a waiting request holds money.
    pub reserves: bool,
    pub lines: BTreeMap<Arc<str>, Line>,
    /// Lines in the order they were given.
    pub sequence: Vec<Arc<str>>,
}

impl Order {
    /// Every distribution row with its line, its place in it, and what it holds.
    pub fn rows(&self) -> impl Iterator<Item = (&Line, usize, &Row, Position)> {
        let lines = self.lines.values().flat_map(|line| (0..).zip(&line.rows).map(move |(at, row)| (line, at, row)));
        lines.map(|(line, at, row)| (line, at, row, line.position(row, self.stage, self.reserves)))
    }

    /// What it holds and has spent, by budget period; periods it has left are named with nothing.
    pub fn holdings(&self) -> BTreeMap<BudgetPeriod, Places> {
        let mut holdings = BTreeMap::new();
        self.rows().for_each(|(_, _, row, position)| hold(&mut holdings, row, position));
        holdings
    }
}

/// Adds what a row holds and has spent.
fn hold(holdings: &mut BTreeMap<BudgetPeriod, Places>, row: &Row, position: Position) {
    let places = match holdings.get_mut(&row.at) {
        Some(places) => places,
        None => holdings.entry(row.at.clone()).or_default(),
    };
    places.requested += position.requested;
    places.committed += position.committed;
    places.delivered += position.delivered;
    for (at, amount) in &row.expended {
        holdings.entry(at.clone()).or_default().expended += amount;
    }
}

/// What one invoice took from a row or, without an order, from a budget period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub order: Option<RowName>,
    pub at: BudgetPeriod,
    pub amount: i64,
}

/// So many pieces of an order line that an invoice is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Billed {
    pub order: Arc<str>,
    pub line: Arc<str>,
    pub quantity: Decimal,
    /// The places of the rows that were invoiced apart; none where it was the line as a whole.
    pub rows: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    pub number: Arc<str>,
    pub active: bool,
    pub quantities: Vec<Billed>,
    pub shares: Vec<Share>,
}

/// The whole state. Equal journals give equal books.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Books {
    pub settings: Settings,
    pub periods: BTreeMap<Arc<str>, Period>,
    pub budgets: BTreeMap<Arc<str>, Budget>,
    pub standings: HashMap<BudgetPeriod, Standing>,
    pub orders: HashMap<Arc<str>, Order>,
    pub invoices: HashMap<Arc<str>, Invoice>,
    /// What was handed out and what lapsed, per period.
    pub sources: BTreeMap<Arc<str>, i64>,
    pub lapsed: BTreeMap<Arc<str>, i64>,
    pub entries: u64,
    /// Worked out of the trees, and forgotten when a tree changes.
    chains: Chains,
}

/// What each budget period weighs on, as far as it was asked for. Two of them are always equal: they say nothing that the trees do not.
#[derive(Clone, Debug, Default)]
struct Chains(HashMap<BudgetPeriod, Arc<[BudgetPeriod]>>);

impl PartialEq for Chains {
    fn eq(&self, _: &Chains) -> bool {
        true
    }
}

impl Eq for Chains {}

impl Books {
    pub fn new(settings: Settings) -> Books {
        Books { settings, ..Books::default() }
    }

    /// What a command would write, or why not. Changes nothing.
    pub fn decide(&self, command: &Command) -> Result<Entry, Refusal> {
        match command {
            Command::SetSettings { .. } | Command::SetPeriod { .. } | Command::SetBudget { .. } | Command::SetPolicy { .. } => {
                funding::set(self, command)
            }
            Command::Allocate(allocate) => funding::allocate(self, allocate),
            Command::Transfer(transfer) => funding::transfer(self, transfer),
            Command::Place(place) => ordering::place(self, place),
            Command::Replace { source, place } => ordering::replace(self, source, place),
            Command::Decide { order, decision } => ordering::settle(self, order, *decision),
            Command::Change(change) => ordering::change(self, change),
            Command::Revise(revise) => revising::revise(self, revise),
            Command::Deliver { order, lines } => delivering::deliver(self, order, lines),
            Command::Redeliver { order, back, lines } => delivering::redeliver(self, order, back, lines),
            Command::Shrink(shrink) => ordering::shrink(self, shrink),
            Command::CloseLine { order, line, closed } => ordering::close_line(self, order, line, *closed),
            Command::Invoice(invoice) => invoicing::invoice(self, invoice),
            Command::InvoiceRun(run) => invoicing::run(self, run),
            Command::CancelInvoice { invoice } => invoicing::cancel(self, invoice),
            Command::Credit(credit) => invoicing::credit(self, credit),
            Command::ClosePeriod(closing) => closing::close(self, closing),
        }
    }

    /// Writes an entry that [`Books::decide`] gave, or that the journal holds.
    pub fn apply(&mut self, entry: &Entry) {
        for fact in &entry.facts {
            self.know(fact);
        }
        for leg in &entry.legs {
            self.post(leg);
        }
        self.entries += 1;
    }

    fn know(&mut self, fact: &Fact) {
        if matches!(fact, Fact::Period(_) | Fact::Budget(_)) {
            self.chains.0.clear();
        }
        match fact {
            Fact::Settings(settings) => self.settings = settings.clone(),
            Fact::Period(period) => drop(self.periods.insert(period.id.clone(), period.clone())),
            Fact::Budget(budget) => drop(self.budgets.insert(budget.code.clone(), budget.clone())),
            Fact::Policy { at, policy } => self.standings.entry(at.clone()).or_default().policy = Some(policy.clone()),
            Fact::Funded { at } => {
                self.standings.entry(at.clone()).or_default().funded = true;
                for above in self.above(at).iter().filter(|above| *above != at) {
                    self.standings.entry(above.clone()).or_default().funded_below += 1;
                }
            }
            Fact::Funding { at, change } => {
                let funding = &mut self.standings.entry(at.clone()).or_default().funding;
                funding.allocated += change.allocated;
                funding.transferred_in += change.transferred_in;
                funding.transferred_out += change.transferred_out;
                funding.carried_in += change.carried_in;
                funding.carried_out += change.carried_out;
                funding.lapsed += change.lapsed;
            }
            Fact::Order { number, stage, reserves } => {
                let fresh = || Order { number: number.clone(), stage: *stage, reserves: *reserves, lines: BTreeMap::new(), sequence: Vec::new() };
                let order = self.orders.entry(number.clone()).or_insert_with(fresh);
                (order.stage, order.reserves) = (*stage, *reserves);
            }
            Fact::Line { order, line } => {
                if let Some(order) = self.orders.get_mut(order)
                    && order.lines.insert(line.number.clone(), line.clone()).is_none()
                {
                    order.sequence.push(line.number.clone());
                }
            }
            Fact::Invoice(invoice) => drop(self.invoices.insert(invoice.number.clone(), invoice.clone())),
        }
    }

    fn post(&mut self, leg: &Leg) {
        match leg.account {
            Account::Source => *self.sources.entry(leg.period.clone()).or_default() += leg.amount,
            Account::Lapsed => *self.lapsed.entry(leg.period.clone()).or_default() += leg.amount,
            Account::Memo | Account::Ceiling => {}
            Account::Available => self.standings.entry(leg.at()).or_default().available += leg.amount,
            Account::Requested | Account::Committed | Account::Delivered | Account::Expended => {
                let at = leg.at();
                for above in self.chain(&at).iter() {
                    match self.standings.get_mut(above) {
                        Some(standing) => standing.subtree.add(leg.account, leg.amount),
                        None => self.standings.entry(above.clone()).or_default().subtree.add(leg.account, leg.amount),
                    }
                }
                if let Some(standing) = self.standings.get_mut(&at) {
                    standing.own.add(leg.account, leg.amount);
                }
            }
        }
    }

    /// Every budget period a posting weighs on: the budget and its parents in the period and its parents, itself first.
    pub fn above(&self, at: &BudgetPeriod) -> Arc<[BudgetPeriod]> {
        if let Some(known) = self.chains.0.get(at) {
            return known.clone();
        }
        let mut above = Vec::with_capacity(8);
        let mut budget = Some(at.budget.clone());
        while let Some(code) = budget {
            let mut period = Some(at.period.clone());
            while let Some(id) = period {
                period = self.periods.get(&id).and_then(|period| period.parent.clone());
                above.push(BudgetPeriod { budget: code.clone(), period: id });
            }
            budget = self.budgets.get(&code).and_then(|budget| budget.parent.clone());
        }
        above.into()
    }

    /// The same, kept for the next time.
    fn chain(&mut self, at: &BudgetPeriod) -> Arc<[BudgetPeriod]> {
        let chain = self.above(at);
        if !self.chains.0.contains_key(at) {
            self.chains.0.insert(at.clone(), chain.clone());
        }
        chain
    }

    /// Whether a period is the other, or lies in it.
    pub fn lies_in(&self, period: &str, other: &str) -> bool {
        let mut within = self.periods.get(period);
        while let Some(period) = within {
            if *period.id == *other {
                return true;
            }
            within = period.parent.as_ref().and_then(|parent| self.periods.get(parent));
        }
        false
    }

    /// Chapter 11: the period named by the buyer, else that of the wished day if orders may be placed in it, else the open one of today.
    /// Days are ISO 8601. Of several that hold the day, the smallest in which all these budgets have money or a policy.
    pub fn period_for(&self, named: Option<&str>, wished: &str, today: &str, budgets: &[&str]) -> Option<Arc<str>> {
        if let Some(named) = named {
            return Some(named.into());
        }
        let takes = |period: &Period| period.status == Status::Open || (period.status == Status::Planned && self.settings.advance_orders);
        let has_all = |period: &Period| {
            let stands = |budget: &&str| self.standings.get(&BudgetPeriod::new(budget, &period.id)).is_some_and(|s| s.funded || s.policy.is_some());
            budgets.iter().all(stands)
        };
        let depth = |period: &Period| self.periods.values().filter(|other| self.lies_in(&period.id, &other.id)).count();
        let best = |fits: &dyn Fn(&Period) -> bool| {
            let fitting = self.periods.values().filter(|period| fits(period));
            fitting.max_by_key(|period| (has_all(period), depth(period))).map(|period| period.id.clone())
        };
        let on_wish = || best(&|period| !wished.is_empty() && takes(period) && period.holds(wished));
        let on_today = || best(&|period| period.status == Status::Open && period.holds(today));
        let undated = || best(&|period| period.status == Status::Open && period.first_day.is_empty());
        on_wish().or_else(on_today).or_else(undated)
    }

    pub fn standing(&self, at: &BudgetPeriod) -> Option<&Standing> {
        self.standings.get(at)
    }

    fn status(&self, period: &str) -> Option<Status> {
        self.periods.get(period).map(|period| period.status)
    }

    fn tax_basis(&self, budget: &str) -> TaxBasis {
        self.budgets.get(budget).and_then(|budget| budget.tax_basis).unwrap_or(self.settings.tax_basis)
    }
}
