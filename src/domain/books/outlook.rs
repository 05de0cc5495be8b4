//! How the books look to somebody who asks (chapter 14): budgets of a period as a tree, every ceiling above a budget and the tightest of
//! them. Reads only, and remembers nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ceiling::Level;
use super::position::{Line, Mode, Row};
use super::{Authority, Books, Budget, BudgetPeriod, Places, Standing, Status};
use crate::domain::money::part;

/// Which quantity a ceiling holds down (chapter 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Commitment,
    Spending,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Commitment => "commitment",
            Kind::Spending => "spending",
        }
    }
}

/// A ceiling as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    pub at: BudgetPeriod,
    pub kind: Kind,
    /// What it does when it is passed: a stop that is only advisory warns.
    pub level: Level,
    pub limit: i64,
    pub used: i64,
}

impl Limit {
    pub fn headroom(&self) -> i64 {
        self.limit.saturating_sub(self.used)
    }

    pub fn over(&self) -> i64 {
        self.headroom().saturating_neg().max(0)
    }
}

/// A budget in a period, as deep in the tree of budgets as `depth` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub at: BudgetPeriod,
    pub depth: usize,
}

impl Standing {
    /// How much of the funding is used, in whole percent, rounded down; `None` without funding.
    pub fn used_percent(&self) -> Option<i64> {
        let funding = self.funding.total();
        let percent = i128::from(self.subtree.consumption()) * 100 / i128::from(funding.max(1));
        (funding > 0).then(|| i64::try_from(percent).unwrap_or(i64::MAX))
    }
}

impl Line {
    /// What a row gave up for what was invoiced, at the prices of the order.
    pub fn liquidated(&self, row: &Row) -> i64 {
        match self.mode {
            Mode::Quantity if self.ordered.is_zero() => 0,
            Mode::Quantity => {
                let of = self.of_row(row);
                part(row.reserved, of.invoiced.min(of.ordered), self.ordered)
            }
            Mode::Amount => row.reserved.min(row.invoiced),
        }
    }
}

impl Books {
    /// What a budget, or the nearest above it that says so, is sorted by.
    pub fn dimension(&self, budget: &str, of: impl Fn(&Budget) -> Arc<str>) -> Arc<str> {
        let mut next = self.budgets.get(budget);
        while let Some(budget) = next {
            let said = of(budget);
            if !said.is_empty() {
                return said;
            }
            next = budget.parent.as_ref().and_then(|parent| self.budgets.get(parent));
        }
        "".into()
    }

    /// Without all budgets but these, and without what stands on them.
    pub fn only(mut self, visible: &BTreeSet<Arc<str>>) -> Books {
        let parent = |code: &Arc<str>| self.budgets.get(code).and_then(|budget| budget.parent.clone());
        let nearest = |code: &Arc<str>| std::iter::successors(parent(code), parent).find(|above| visible.contains(above));
        let parents: BTreeMap<Arc<str>, Option<Arc<str>>> = visible.iter().map(|code| (code.clone(), nearest(code))).collect();
        self.budgets.retain(|code, _| visible.contains(code));
        for (code, parent) in parents {
            if let Some(budget) = self.budgets.get_mut(&code) {
                budget.parent = parent;
            }
        }
        self.standings.retain(|at, _| visible.contains(&at.budget));
        self.chains.0.clear();
        self
    }

    pub fn is_advisory(&self, budget: &str) -> bool {
        self.budgets.get(budget).is_some_and(|budget| budget.authority == Authority::Advisory)
    }

    /// The ceilings of a budget period itself.
    pub fn limits_of(&self, at: &BudgetPeriod) -> Vec<Limit> {
        let Some(standing) = self.standing(at) else { return Vec::new() };
        let funding = standing.funding.total();
        let ceilings = [
            (Kind::Commitment, standing.commitment_ceiling(), standing.subtree.consumption()),
            (Kind::Spending, standing.spending_ceiling(), standing.subtree.expended),
        ];
        let limit = |(kind, ceiling, used): (Kind, Option<super::ceiling::Ceiling>, i64)| {
            let ceiling = ceiling?;
            let level = if self.is_advisory(&at.budget) { ceiling.level.min(Level::Warn) } else { ceiling.level };
            Some(Limit { at: at.clone(), kind, level, limit: ceiling.limit(funding), used })
        };
        ceilings.into_iter().filter_map(limit).collect()
    }

    /// Every ceiling that a posting here would be tested against, its own first.
    pub fn limits_above(&self, at: &BudgetPeriod) -> Vec<Limit> {
        self.above(at).iter().flat_map(|above| self.limits_of(above)).collect()
    }

    /// The commitment ceiling that leaves least to be ordered; of equal ones the nearest.
    pub fn tightest(&self, at: &BudgetPeriod) -> Option<Limit> {
        self.limits_above(at).into_iter().filter(|limit| limit.kind == Kind::Commitment).min_by_key(Limit::headroom)
    }

    /// The budgets that stand in a period, and those that hold them together, as a tree: each before what is below it, by code.
    pub fn tree(&self, period: &str) -> Vec<Node> {
        let mut here: BTreeSet<&Arc<str>> = BTreeSet::new();
        for at in self.standings.keys().filter(|at| *at.period == *period) {
            let mut budget = Some(&at.budget);
            while let Some(code) = budget.filter(|code| here.insert(code)) {
                budget = self.budgets.get(code).and_then(|budget| budget.parent.as_ref());
            }
        }
        let mut below: BTreeMap<Option<&Arc<str>>, Vec<&Arc<str>>> = BTreeMap::new();
        for code in &here {
            below.entry(self.budgets.get(*code).and_then(|budget| budget.parent.as_ref())).or_default().push(code);
        }
        let mut waiting: Vec<(&Arc<str>, usize)> = below.get(&None).into_iter().flatten().rev().map(|code| (*code, 0)).collect();
        let mut tree = Vec::with_capacity(here.len());
        while let Some((code, depth)) = waiting.pop() {
            tree.push(Node { at: BudgetPeriod::new(code, period), depth });
            waiting.extend(below.get(&Some(code)).into_iter().flatten().rev().map(|code| (*code, depth + 1)));
        }
        tree
    }

    /// The budgets right below one, in its period, and what stands on the same budget in periods right below that one.
    pub fn parts(&self, at: &BudgetPeriod) -> Vec<BudgetPeriod> {
        let is_child = |one: &&BudgetPeriod| {
            let of_budget = || self.budgets.get(&one.budget).and_then(|budget| budget.parent.as_ref()) == Some(&at.budget);
            let of_period = || self.periods.get(&one.period).and_then(|period| period.parent.as_ref()) == Some(&at.period);
            (one.period == at.period && of_budget()) || (one.budget == at.budget && of_period())
        };
        let mut parts: Vec<BudgetPeriod> = self.standings.keys().filter(is_child).cloned().collect();
        parts.sort();
        parts
    }

    /// Funding and places of all that is not below anything else in a period: the sum of the tree.
    pub fn whole(&self, period: &str) -> (i64, Places) {
        let mut whole = (0i64, Places::default());
        for node in self.tree(period).iter().filter(|node| node.depth == 0) {
            let standing = self.standing(&node.at).cloned().unwrap_or_default();
            whole.0 = whole.0.saturating_add(self.funding_below(&node.at, &standing));
            whole.1 += standing.subtree;
        }
        whole
    }

    /// Its own funding; of a budget that only holds others together, theirs.
    pub fn funding_below(&self, at: &BudgetPeriod, standing: &Standing) -> i64 {
        if standing.funded {
            return standing.funding.total();
        }
        let is_ceiling = |above: &BudgetPeriod| self.standing(above).is_some_and(|s| s.funded) && self.above(above).contains(at);
        let is_below = |one: &BudgetPeriod| self.above(one).contains(at) && !self.above(one).iter().skip(1).any(is_ceiling);
        self.standings.iter().filter(|(one, s)| s.funded && is_below(one)).map(|(_, s)| s.funding.total()).sum()
    }

    /// The period to begin with: the smallest open one of today in which anything stands, else any open one, else the last.
    pub fn period_of(&self, today: &str) -> Option<Arc<str>> {
        let depth = |id: &str| self.periods.values().filter(|other| self.lies_in(id, &other.id)).count();
        let stands = |id: &str| self.standings.keys().any(|at| *at.period == *id);
        let rank = |id: &Arc<str>, open: bool, holds: bool| (open && stands(id), holds, stands(id), open, depth(id));
        let ranked = self.periods.values().map(|period| (rank(&period.id, period.status == Status::Open, period.holds(today)), &period.id));
        ranked.max().map(|(_, id)| id.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::{Account, Entry, Fact, Leg};
    use super::super::{Funding, Period};
    use super::*;

    fn books() -> Books {
        let mut books = Books::default();
        let mut entry = Entry::default();
        for (id, parent) in [("2026", None), ("2026-Q3", Some("2026"))] {
            let parent = parent.map(Arc::from);
            let days = ("2026-01-01".into(), "2026-12-31".into());
            entry.facts.push(Fact::Period(Period { id: id.into(), parent, status: Status::Open, first_day: days.0, last_day: days.1 }));
        }
        for (code, parent) in [("ALL", None), ("ALL/BOOKS", Some("ALL")), ("ALL/BOOKS/YOUTH", Some("ALL/BOOKS")), ("A-FREE", None)] {
            entry.facts.push(Fact::Budget(Budget { code: code.into(), parent: parent.map(Arc::from), postable: true, ..Budget::default() }));
        }
        for (code, period, amount) in [("ALL", "2026", 500), ("ALL/BOOKS/YOUTH", "2026-Q3", 300), ("A-FREE", "2026-Q3", 70)] {
            let at = BudgetPeriod::new(code, period);
            entry.facts.push(Fact::Funded { at: at.clone() });
            entry.facts.push(Fact::Funding { at, change: Funding { allocated: amount, ..Funding::default() } });
        }
        entry.legs.push(Leg::new(Account::Committed, &BudgetPeriod::new("ALL/BOOKS/YOUTH", "2026-Q3"), 290));
        entry.legs.push(Leg::new(Account::Expended, &BudgetPeriod::new("ALL/BOOKS/YOUTH", "2026-Q3"), 20));
        books.apply(&entry);
        books
    }

    #[test]
    fn a_tree_names_each_before_what_is_below_it() {
        let tree: Vec<(String, usize)> = books().tree("2026-Q3").into_iter().map(|node| (node.at.budget.to_string(), node.depth)).collect();
        let expected = [("A-FREE", 0), ("ALL", 0), ("ALL/BOOKS", 1), ("ALL/BOOKS/YOUTH", 2)];
        assert_eq!(tree, expected.map(|(code, depth)| (code.to_string(), depth)));
        assert_eq!(books().whole("2026-Q3").0, 370);
        assert_eq!(books().period_of("2026-08-01").as_deref(), Some("2026-Q3"));
    }

    #[test]
    fn what_is_hidden_leaves_nothing_behind() {
        let seen = books().only(&["ALL", "ALL/BOOKS/YOUTH"].map(Arc::from).into());
        let tree: Vec<(String, usize)> = seen.tree("2026-Q3").into_iter().map(|node| (node.at.budget.to_string(), node.depth)).collect();
        assert_eq!(tree, [("ALL", 0), ("ALL/BOOKS/YOUTH", 1)].map(|(code, depth)| (code.to_string(), depth)));
        assert_eq!(seen.standings.len(), books().standings.keys().filter(|at| matches!(&*at.budget, "ALL" | "ALL/BOOKS/YOUTH")).count());
        // What stands there stands as it did.
        let at = BudgetPeriod::new("ALL", "2026");
        assert_eq!(seen.standing(&at), books().standing(&at));
    }

    #[test]
    fn the_tightest_ceiling_is_the_one_with_least_room() {
        let books = books();
        let at = BudgetPeriod::new("ALL/BOOKS/YOUTH", "2026-Q3");
        let limits: Vec<(String, i64, i64)> = books.limits_above(&at).iter().map(|l| (l.at.to_string(), l.headroom(), l.over())).collect();
        assert_eq!(limits, [("ALL/BOOKS/YOUTH@2026-Q3".to_string(), -10, 10), ("ALL@2026".to_string(), 190, 0)]);
        assert_eq!(books.tightest(&at).map(|limit| limit.at.to_string()).as_deref(), Some("ALL/BOOKS/YOUTH@2026-Q3"));
        assert_eq!(books.tightest(&BudgetPeriod::new("ALL/BOOKS", "2026-Q3")).map(|limit| limit.headroom()), Some(190));
        assert_eq!(books.standing(&at).and_then(Standing::used_percent), Some(103));
    }
}
