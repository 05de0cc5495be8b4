//! A decision in the making: lines and invoices as they would be, beside the books as they are. What is to be booked is worked out at the end
//! as the difference of positions, once, for every kind of command. Drops without a trace.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ceiling::{self, Effects, Verdict};
use super::command::Override;
use super::entry::{Account, Code, Entry, Fact, Leg, Refusal, RowName};
use super::position::{Line, Position};
use super::{Books, BudgetPeriod, Invoice, Order, Stage, Status};

/// Order and line.
type LineKey = (Arc<str>, Arc<str>);

/// What a command changes so far.
#[derive(Clone)]
pub struct Draft<'b> {
    pub books: &'b Books,
    pub entry: Entry,
    orders: BTreeMap<Arc<str>, (Stage, bool)>,
    lines: BTreeMap<LineKey, Line>,
    /// Lines that are new, in the order they were given.
    fresh: Vec<LineKey>,
    invoices: BTreeMap<Arc<str>, Invoice>,
    /// Expenditure without an order.
    direct: Vec<(BudgetPeriod, i64)>,
}

impl<'b> Draft<'b> {
    pub fn new(books: &'b Books) -> Draft<'b> {
        Draft {
            books,
            entry: Entry::default(),
            orders: BTreeMap::new(),
            lines: BTreeMap::new(),
            fresh: Vec::new(),
            invoices: BTreeMap::new(),
            direct: Vec::new(),
        }
    }

    pub fn order(&self, number: &Arc<str>) -> Result<&'b Order, Refusal> {
        self.books.orders.get(number).ok_or_else(|| Refusal::new(Code::UnknownOrder, number))
    }

    pub fn set_stage(&mut self, number: &Arc<str>, stage: Stage, reserves: bool) {
        self.orders.insert(number.clone(), (stage, reserves));
    }

    fn stage(&self, number: &Arc<str>) -> (Stage, bool) {
        let known = || self.books.orders.get(number).map(|order| (order.stage, order.reserves));
        self.orders.get(number).copied().or_else(known).unwrap_or((Stage::Placed, true))
    }

    /// A line as it is by now.
    pub fn line(&self, order: &Arc<str>, line: &Arc<str>) -> Result<Line, Refusal> {
        let drafted = self.lines.get(&(order.clone(), line.clone()));
        let known = || self.books.orders.get(order).and_then(|order| order.lines.get(line));
        drafted.or_else(known).cloned().ok_or_else(|| Refusal::new(Code::UnknownLine, format!("{order}/{line}")))
    }

    pub fn put(&mut self, order: &Arc<str>, line: Line) {
        self.lines.insert((order.clone(), line.number.clone()), line);
    }

    pub fn put_new(&mut self, order: &Arc<str>, line: Line) {
        self.fresh.push((order.clone(), line.number.clone()));
        self.put(order, line);
    }

    /// Charges that follow the quantity of a line.
    pub fn followers(&self, order: &Arc<str>, line: &Arc<str>) -> Vec<Arc<str>> {
        let known = self.books.orders.get(order).into_iter().flat_map(|order| order.lines.values());
        known.filter(|l| l.follows && l.parent.as_ref() == Some(line)).map(|l| l.number.clone()).collect()
    }

    pub fn invoice(&self, number: &Arc<str>) -> Option<&Invoice> {
        self.invoices.get(number).or_else(|| self.books.invoices.get(number))
    }

    pub fn put_invoice(&mut self, invoice: Invoice) {
        self.invoices.insert(invoice.number.clone(), invoice);
    }

    pub fn expend(&mut self, at: BudgetPeriod, amount: i64) {
        self.direct.push((at, amount));
    }

    /// Where an order may be booked: a budget period that exists, on a budget that takes postings.
    pub fn postable(&self, at: &BudgetPeriod) -> Result<(), Refusal> {
        let budget = self.books.budgets.get(&at.budget).ok_or_else(|| Refusal::new(Code::NoBudget, at))?;
        if !budget.postable {
            return Err(Refusal::new(Code::BudgetNotPostable, at));
        }
        let exists = self.books.standing(at).is_some_and(|standing| standing.funded || standing.policy.is_some());
        if exists || self.books.settings.unbudgeted { Ok(()) } else { Err(Refusal::new(Code::NoBudget, at)) }
    }

    /// Deliveries and invoices: not before a period opens and not after its grace.
    pub fn takes_invoices(&self, period: &str) -> bool {
        matches!(self.books.status(period), Some(Status::Open | Status::Grace))
    }

    /// Every amount to be posted: row by row, the position after less the position before.
    fn postings(&self) -> Vec<Leg> {
        let mut postings = Vec::new();
        let mut post = |account, at: &BudgetPeriod, amount: i64, row: Option<RowName>| {
            if amount != 0 {
                postings.push(Leg { row, ..Leg::new(account, at, amount) });
            }
        };
        let untouched = self.orders.keys().filter_map(|number| self.books.orders.get(number)).flat_map(|order| {
            order
                .lines
                .values()
                .filter(|line| !self.lines.contains_key(&(order.number.clone(), line.number.clone())))
                .map(|line| (&order.number, line))
        });
        let touched = self.lines.iter().map(|((order, _), line)| (order, line));
        for (order, line) in touched.chain(untouched) {
            let (stage, reserves) = self.stage(order);
            let before = self.books.orders.get(order);
            let old = before.and_then(|known| known.lines.get(&line.number));
            for (index, row) in line.rows.iter().enumerate() {
                let name = || Some((order.clone(), line.number.clone(), index));
                let after = line.position(row, stage, reserves);
                let old_row = old.and_then(|old| old.rows.get(index));
                let (old_at, was) = match (before, old, old_row) {
                    (Some(known), Some(old), Some(row)) => (row.at.clone(), old.position(row, known.stage, known.reserves)),
                    _ => (row.at.clone(), Position::default()),
                };
                for (account, was, is) in [
                    (Account::Requested, was.requested, after.requested),
                    (Account::Committed, was.committed, after.committed),
                    (Account::Delivered, was.delivered, after.delivered),
                ] {
                    if old_at == row.at {
                        post(account, &row.at, is - was, name());
                    } else {
                        post(account, &old_at, -was, name());
                        post(account, &row.at, is, name());
                    }
                }
                let nothing = BTreeMap::new();
                let spent = old_row.map_or(&nothing, |row| &row.expended);
                for at in row.expended.keys().chain(spent.keys().filter(|at| !row.expended.contains_key(*at))) {
                    let (is, was) = (row.expended.get(at).copied().unwrap_or_default(), spent.get(at).copied().unwrap_or_default());
                    post(Account::Expended, at, is - was, name());
                }
            }
        }
        for (at, amount) in &self.direct {
            post(Account::Expended, at, *amount, None);
        }
        postings
    }

    /// The net effect so far, by budget period.
    pub fn effects(&self) -> Effects {
        let mut effects = Effects::new();
        for leg in self.postings() {
            effects.entry(leg.at()).or_default().add(leg.account, leg.amount);
        }
        effects
    }

    /// What the ceilings say of the net effect so far.
    pub fn test(&self) -> Verdict {
        ceiling::test(self.books, &self.effects())
    }

    /// Tests the whole and gives what is to be written.
    pub fn finish(self, code: Code, passing: Override) -> Result<Entry, Refusal> {
        let verdict = self.test();
        ceiling::judge(&verdict, code, passing)?;
        let mut entry = self.write();
        entry.over = verdict.over;
        entry.crossed = verdict.crossed;
        Ok(entry)
    }

    /// What is to be written, untested.
    pub fn write(self) -> Entry {
        let postings = self.postings();
        let mut entry = self.entry;
        for (number, (stage, reserves)) in &self.orders {
            entry.facts.push(Fact::Order { number: number.clone(), stage: *stage, reserves: *reserves });
        }
        let old = self.lines.keys().filter(|key| !self.fresh.contains(key));
        for key in self.fresh.iter().chain(old) {
            if let Some(line) = self.lines.get(key) {
                entry.facts.push(Fact::Line { order: key.0.clone(), line: line.clone() });
            }
        }
        entry.facts.extend(self.invoices.into_values().map(Fact::Invoice));
        let mut available: BTreeMap<BudgetPeriod, i64> = BTreeMap::new();
        for leg in postings {
            *available.entry(leg.at()).or_default() -= leg.amount;
            entry.legs.push(leg);
        }
        entry.legs.extend(available.into_iter().filter(|(_, amount)| *amount != 0).map(|(at, amount)| Leg::new(Account::Available, &at, amount)));
        entry
    }
}
