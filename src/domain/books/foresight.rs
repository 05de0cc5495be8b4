//! What an order would do before it is placed: to its budgets and to every ceiling above them (chapters 7 and 14), so that a buyer sees it in
//! the basket. Says what the books would say at this moment; books nothing and promises nothing.

use std::collections::BTreeMap;

use super::ceiling::Level;
use super::command::{Command, Override, Place};
use super::entry::{Account, Entry, Refusal};
use super::{Books, BudgetPeriod};

/// How an order would be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Fits,
    /// Over a limit that only warns.
    Warned,
    NeedsApproval,
    Refused(Refusal),
}

/// What it would leave at one place: what may be ordered there now and what it takes, in minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreseen {
    pub at: BudgetPeriod,
    /// Of the commitment ceiling; `None` where nothing limits.
    pub level: Option<Level>,
    pub before: i64,
    pub takes: i64,
    pub short: i64,
}

impl Foreseen {
    pub fn after(&self) -> i64 {
        self.before.saturating_sub(self.takes)
    }
}

impl Books {
    /// The answer to an order, and its effect on each of its budgets and each ceiling above them; no effects where it cannot be booked at
    /// all, such as on a budget that does not stand in the period.
    pub fn foresee(&self, order: &Place) -> (Answer, Vec<Foreseen>) {
        let decide = |passing| self.decide(&Command::Place(Place { passing, ..order.clone() }));
        let answer = match decide(Override::No) {
            Ok(entry) if entry.needs_approval => Answer::NeedsApproval,
            Ok(entry) if entry.over.is_empty() => Answer::Fits,
            Ok(_) => Answer::Warned,
            Err(refusal) => Answer::Refused(refusal),
        };
        // What a person with the right could let pass is what it would be: every amount, and every shortage.
        let places = decide(Override::Yes).map(|entry| self.places(&entry)).unwrap_or_default();
        (answer, places)
    }

    fn places(&self, entry: &Entry) -> Vec<Foreseen> {
        let mut takes: BTreeMap<BudgetPeriod, (bool, i64)> = BTreeMap::new();
        for leg in entry.legs.iter().filter(|leg| matches!(leg.account, Account::Requested | Account::Committed)) {
            for above in self.above(&leg.at()).iter() {
                let place = takes.entry(above.clone()).or_default();
                place.0 |= *above == leg.at();
                place.1 = place.1.saturating_add(leg.amount);
            }
        }
        let foreseen = |(at, (is_own, takes)): (BudgetPeriod, (bool, i64))| {
            let standing = self.standing(&at).cloned().unwrap_or_default();
            let level = self.limits_of(&at).into_iter().find(|limit| limit.kind == super::outlook::Kind::Commitment).map(|limit| limit.level);
            let before = standing.headroom().unwrap_or_else(|| standing.reported_available());
            let short = entry.over.iter().find(|over| over.at == at).map_or(0, |over| over.short);
            (is_own || level.is_some()).then_some(Foreseen { at, level, before, takes, short })
        };
        takes.into_iter().filter_map(foreseen).collect()
    }
}
