//! A small piece of the books: some budget periods with all above them, on which an entry can be tried and read. What is tried there is
//! never written.

use std::collections::BTreeSet;

use super::entry::{Entry, Leg};
use super::{Books, BudgetPeriod, Standing};

/// A budget period before and after an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    pub at: BudgetPeriod,
    pub before: Standing,
    pub after: Standing,
}

/// What is needed of the books to say what an entry on these places does to every ceiling above them.
#[derive(Clone, Debug, Default)]
pub struct Sketch {
    books: Books,
    places: BTreeSet<BudgetPeriod>,
}

impl Sketch {
    pub fn of(books: &Books, touched: impl IntoIterator<Item = BudgetPeriod>) -> Sketch {
        let places: BTreeSet<BudgetPeriod> = touched.into_iter().flat_map(|at| books.above(&at).to_vec()).collect();
        let mut own = Books::new(books.settings.clone());
        own.periods = books.periods.clone();
        for at in &places {
            own.budgets.extend(books.budgets.get(&at.budget).map(|budget| (budget.code.clone(), budget.clone())));
            own.standings.extend(books.standing(at).map(|standing| (at.clone(), standing.clone())));
        }
        Sketch { books: own, places }
    }

    /// What an entry does here, place by place; places it leaves as they are come too.
    pub fn effects(&self, entry: &Entry) -> Vec<Effect> {
        let is_here = |leg: &&Leg| leg.budget.is_empty() || self.places.contains(&leg.at());
        let entry = Entry { facts: entry.facts.clone(), legs: entry.legs.iter().filter(is_here).cloned().collect(), ..Entry::default() };
        let mut after = self.books.clone();
        after.apply(&entry);
        let standing = |books: &Books, at: &BudgetPeriod| books.standing(at).cloned().unwrap_or_default();
        let effect = |at: &BudgetPeriod| Effect { at: at.clone(), before: standing(&self.books, at), after: standing(&after, at) };
        let stands = |effect: &Effect| effect.before != Standing::default() || effect.after != Standing::default();
        self.places.iter().map(effect).filter(stands).collect()
    }
}
