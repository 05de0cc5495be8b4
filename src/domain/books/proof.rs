//! The invariants of chapter 8, checked on any books at any moment. Says what is wrong and where; repairs nothing.

use std::collections::{BTreeMap, HashMap};

use super::entry::{Account, Entry};
use super::position::{Line, Mode, Row};
use super::{Books, BudgetPeriod, Places, Stage, hold};

/// I1: legs sum to zero; money and memo each on their own.
pub fn entry(entry: &Entry) -> Option<String> {
    let memo = |account: Account| matches!(account, Account::Memo | Account::Ceiling);
    let sum = |of_memo: bool| entry.legs.iter().filter(|leg| memo(leg.account) == of_memo).map(|leg| i128::from(leg.amount)).sum::<i128>();
    (sum(false) != 0 || sum(true) != 0).then(|| format!("I1: legs sum to {} and {}", sum(false), sum(true)))
}

/// Rows that say of their quantities what the line should say for them, or what cannot be.
fn apart(line: &Line) -> Option<&'static str> {
    if !line.is_apart() {
        return None;
    }
    let mut settled = line.clone();
    settled.settle();
    let is_over = |row: &Row| {
        let of = line.of_row(row);
        line.mode == Mode::Quantity && line.is_sharing(row) && of.invoiced > of.ordered
    };
    match (settled == *line, line.rows.iter().any(is_over)) {
        (false, _) => Some("has rows that are apart alike"),
        (true, true) => Some("has a row that is invoiced for more than is ordered on it"),
        (true, false) => None,
    }
}

/// I2 to I8: what is wrong; nothing when all is well.
pub fn books(books: &Books) -> Vec<String> {
    let mut orders = Orders::default();
    for order in books.orders.values() {
        orders.add(&order.number, (order.stage, order.reserves), order.lines.values());
    }
    orders.prove(books)
}

/// What orders hold together by what each of them says, and what of them is wrong by itself.
#[derive(Debug, Default)]
pub struct Orders {
    own: HashMap<BudgetPeriod, Places>,
    wrong: Vec<String>,
}

impl Orders {
    /// Counts an order in this state by its lines, and gives what it holds (as [`super::Order::holdings`]).
    pub fn add<'l>(
        &mut self,
        number: &str,
        (stage, reserves): (Stage, bool),
        lines: impl IntoIterator<Item = &'l Line>,
    ) -> BTreeMap<BudgetPeriod, Places> {
        let mut holdings = BTreeMap::new();
        for line in lines {
            self.wrong.extend(apart(line).map(|what| format!("I7: {number}/{} {what}", line.number)));
            for (index, row) in line.rows.iter().enumerate() {
                let position = line.position(row, stage, reserves);
                hold(&mut holdings, row, position);
                let negative = [position.requested, position.committed, position.delivered].iter().any(|amount| *amount < 0);
                if negative && row.reserved >= 0 {
                    self.wrong.push(format!("I8: row {index} of {number}/{} holds less than nothing: {position:?}", line.number));
                }
            }
        }
        for (at, places) in &holdings {
            match self.own.get_mut(at) {
                Some(own) => *own += *places,
                None => drop(self.own.insert(at.clone(), *places)),
            }
        }
        holdings
    }

    /// Counts what others were counted in.
    pub fn join(&mut self, other: Orders) {
        for (at, places) in other.own {
            *self.own.entry(at).or_default() += places;
        }
        self.wrong.extend(other.wrong);
    }

    /// Whether the accounts of books stand where these orders and the invoices of the books say.
    pub fn prove(self, books: &Books) -> Vec<String> {
        let Orders { mut own, mut wrong } = self;
        let direct = books.invoices.values().filter(|invoice| invoice.active).flat_map(|invoice| &invoice.shares);
        for share in direct.filter(|share| share.order.is_none()) {
            own.entry(share.at.clone()).or_default().expended += share.amount;
        }
        let mut subtree: HashMap<BudgetPeriod, Places> = HashMap::new();
        for (at, places) in &own {
            for above in books.above(at).iter() {
                *subtree.entry(above.clone()).or_default() += *places;
            }
        }
        let mut money: BTreeMap<&str, i64> = BTreeMap::new();
        for (at, standing) in &books.standings {
            let expected = own.get(at).copied().unwrap_or_default();
            if standing.own != expected {
                wrong.push(format!("I6, I7: {at} holds {:?}, its rows say {expected:?}", standing.own));
            }
            let expected = subtree.get(at).copied().unwrap_or_default();
            if standing.subtree != expected {
                wrong.push(format!("I5: the subtree of {at} holds {:?}, its parts say {expected:?}", standing.subtree));
            }
            let funding = if standing.is_ceiling() { 0 } else { standing.funding.total() };
            if standing.available != funding - standing.own.consumption() {
                let (available, consumption) = (standing.available, standing.own.consumption());
                wrong.push(format!("I2: {at} has {available} available, funding {funding} less {consumption}"));
            }
            *money.entry(&at.period).or_default() += funding;
        }
        wrong.extend(
            own.keys().filter(|at| !books.standings.contains_key(*at) && own[*at] != Places::default()).map(|at| format!("I6: {at} has no account")),
        );
        for (period, funding) in money {
            let (source, lapsed) = (books.sources.get(period).copied().unwrap_or_default(), books.lapsed.get(period).copied().unwrap_or_default());
            if funding != -source - lapsed {
                wrong.push(format!("I4: {period} funds {funding}, its source gave {} and {lapsed} lapsed", -source));
            }
        }
        wrong.sort();
        wrong
    }
}
