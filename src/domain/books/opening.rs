//! Books as one entry: what would have to be booked on empty books to have these, without their orders and invoices. So what stood at a
//! moment is kept in the journal's own words, and whoever starts from it goes on with the entries that follow.
//! Never leaves out anything that a figure of a budget, a period or a ceiling is made from.

use super::entry::{Account, Entry, Fact, Leg};
use super::{Books, BudgetPeriod, Standing};

impl Books {
    /// Trees do not change under what stands on them (`funding::set`), so the sums above a budget come out as they were.
    pub fn opening(&self) -> Entry {
        let mut entry = Entry::default();
        entry.facts.push(Fact::Settings(self.settings.clone()));
        entry.facts.extend(self.periods.values().cloned().map(Fact::Period));
        entry.facts.extend(self.budgets.values().cloned().map(Fact::Budget));
        let mut standings: Vec<(&BudgetPeriod, &Standing)> = self.standings.iter().collect();
        standings.sort_by_key(|(at, _)| *at);
        for (at, standing) in standings {
            if standing.funded {
                entry.facts.push(Fact::Funded { at: at.clone() });
            }
            if let Some(policy) = &standing.policy {
                entry.facts.push(Fact::Policy { at: at.clone(), policy: policy.clone() });
            }
            // Also of nothing: the place is known then.
            entry.facts.push(Fact::Funding { at: at.clone(), change: standing.funding });
            for (account, amount) in [
                (Account::Available, standing.available),
                (Account::Requested, standing.own.requested),
                (Account::Committed, standing.own.committed),
                (Account::Delivered, standing.own.delivered),
                (Account::Expended, standing.own.expended),
            ] {
                if amount != 0 {
                    entry.legs.push(Leg::new(account, at, amount));
                }
            }
        }
        for (account, sums) in [(Account::Source, &self.sources), (Account::Lapsed, &self.lapsed)] {
            entry.legs.extend(sums.iter().map(|(period, amount)| Leg::of_period(account, period, *amount)));
        }
        entry
    }
}
