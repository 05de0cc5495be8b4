//! Money given, taken back and moved; and what periods, budgets and policies there are (chapters 7 and 10). Never touches a commitment.

use std::collections::BTreeSet;

use super::command::{Allocate, Command, Override, Transfer};
use super::entry::{Account, Code, Entry, Fact, Leg, Refusal};
use super::{AMOUNT_MAX, Books, BudgetPeriod, Funding, Status};

/// No tree is deeper; a tree that leads back to itself would be.
const DEPTH_MAX: usize = 32;

/// Periods, budgets and policies: facts without legs.
pub fn set(books: &Books, command: &Command) -> Result<Entry, Refusal> {
    let fact = match command {
        Command::SetSettings { settings } => Fact::Settings(settings.clone()),
        Command::SetPeriod { period } if period.first_day > period.last_day => return Err(Refusal::new(Code::UnknownPeriod, &period.last_day)),
        Command::SetPeriod { period } => {
            let mut above = period.parent.clone();
            for _ in 0..DEPTH_MAX {
                let Some(id) = above else { break };
                let parent = books.periods.get(&id).ok_or_else(|| Refusal::new(Code::Tree, &id))?;
                if parent.status == Status::Closed {
                    return Err(Refusal::new(Code::PeriodClosed, &id));
                }
                above = parent.parent.clone().filter(|_| id != period.id);
                if id == period.id {
                    return Err(Refusal::new(Code::Tree, &period.id));
                }
            }
            let known = books.periods.get(&period.id);
            if known.is_some_and(|known| known.status == Status::Closed) {
                return Err(Refusal::new(Code::PeriodClosed, &period.id));
            }
            let moved = known.is_some_and(|known| known.parent != period.parent) && books.standings.keys().any(|at| at.period == period.id);
            if moved {
                return Err(Refusal::new(Code::Tree, &period.id));
            }
            Fact::Period(period.clone())
        }
        Command::SetBudget { budget } => {
            let mut above = budget.parent.clone();
            for _ in 0..DEPTH_MAX {
                let Some(code) = above else { break };
                if code == budget.code {
                    return Err(Refusal::new(Code::Tree, &budget.code));
                }
                above = books.budgets.get(&code).ok_or_else(|| Refusal::new(Code::Tree, &code))?.parent.clone();
            }
            let known = books.budgets.get(&budget.code);
            let moved = known.is_some_and(|known| known.parent != budget.parent) && books.standings.keys().any(|at| at.budget == budget.code);
            if moved {
                return Err(Refusal::new(Code::Tree, &budget.code));
            }
            Fact::Budget(budget.clone())
        }
        Command::SetPolicy { at, policy } => {
            check_place(books, at)?;
            Fact::Policy { at: at.clone(), policy: policy.clone() }
        }
        _ => return Err(Refusal::new(Code::WrongState, "")),
    };
    Ok(Entry { facts: vec![fact], ..Entry::default() })
}

fn check_place(books: &Books, at: &BudgetPeriod) -> Result<(), Refusal> {
    if !books.budgets.contains_key(&at.budget) {
        return Err(Refusal::new(Code::NoBudget, at));
    }
    match books.status(&at.period) {
        None => Err(Refusal::new(Code::UnknownPeriod, &at.period)),
        Some(Status::Closed) => Err(Refusal::new(Code::PeriodClosed, &at.period)),
        Some(Status::Planned | Status::Open | Status::Grace) => Ok(()),
    }
}

/// Changes of funding in the making, with the legs that go with them.
pub struct Flow<'b> {
    books: &'b Books,
    pub entry: Entry,
    /// Budget periods that are funded by this very entry.
    funded: BTreeSet<BudgetPeriod>,
}

impl<'b> Flow<'b> {
    pub fn new(books: &'b Books) -> Flow<'b> {
        Flow { books, entry: Entry::default(), funded: BTreeSet::new() }
    }

    fn is_funded(&self, at: &BudgetPeriod) -> bool {
        self.funded.contains(at) || self.books.standing(at).is_some_and(|standing| standing.funded)
    }

    /// Whether funding here is a ceiling over funded budget periods below, and no further money.
    fn is_ceiling(&self, at: &BudgetPeriod) -> bool {
        let below = |one: &BudgetPeriod| one != at && self.books.above(one).contains(at);
        self.books.standing(at).is_some_and(super::Standing::is_ceiling) || self.funded.iter().any(below)
    }

    /// Makes sure that a budget period counts as funded. Funding above it that was money until now becomes a ceiling.
    pub fn fund(&mut self, at: &BudgetPeriod) {
        if self.is_funded(at) {
            return;
        }
        let become_ceilings: Vec<BudgetPeriod> =
            self.books.above(at).to_vec().into_iter().filter(|above| above != at && self.is_funded(above) && !self.is_ceiling(above)).collect();
        self.entry.facts.push(Fact::Funded { at: at.clone() });
        self.funded.insert(at.clone());
        for above in become_ceilings {
            let funding = self.books.standing(&above).map_or(0, |standing| standing.funding.total());
            self.leg(Account::Available, &above, -funding);
            self.source(&above, funding);
            self.leg(Account::Ceiling, &above, funding);
            self.leg(Account::Memo, &above, -funding);
        }
    }

    fn leg(&mut self, account: Account, at: &BudgetPeriod, amount: i64) {
        if amount != 0 {
            self.entry.legs.push(Leg::new(account, at, amount));
        }
    }

    fn source(&mut self, at: &BudgetPeriod, amount: i64) {
        if amount != 0 {
            self.entry.legs.push(Leg::of_period(Account::Source, &at.period, amount));
        }
    }

    /// Funding that changes: a fact, and money from or to the source of its period, or the ceiling's two sides.
    pub fn change(&mut self, at: &BudgetPeriod, change: Funding) {
        let amount = change.total();
        self.entry.facts.push(Fact::Funding { at: at.clone(), change });
        if self.is_ceiling(at) {
            self.leg(Account::Ceiling, at, amount);
            self.leg(Account::Memo, at, -amount);
        } else {
            self.leg(Account::Available, at, amount);
            self.source(at, -amount);
        }
    }

    /// What is left over and lapses.
    pub fn lapse(&mut self, at: &BudgetPeriod, amount: i64) {
        if amount == 0 {
            return;
        }
        self.entry.facts.push(Fact::Funding { at: at.clone(), change: Funding { lapsed: amount, ..Funding::default() } });
        self.leg(Account::Available, at, -amount);
        self.entry.legs.push(Leg::of_period(Account::Lapsed, &at.period, amount));
    }

    /// Budget periods with funding of their own above one and not above the other: money that moves between the two moves theirs too.
    pub fn chain(&self, of: &BudgetPeriod, without: &BudgetPeriod) -> Vec<BudgetPeriod> {
        let common: BTreeSet<BudgetPeriod> = self.books.above(without).to_vec().into_iter().collect();
        self.books.above(of).to_vec().into_iter().filter(|above| above != of && !common.contains(above) && self.is_funded(above)).collect()
    }
}

pub fn allocate(books: &Books, wanted: &Allocate) -> Result<Entry, Refusal> {
    check_place(books, &wanted.at)?;
    let standing = books.standing(&wanted.at).cloned().unwrap_or_default();
    let after = standing.funding.total().checked_add(wanted.amount);
    let sane = |after: &i64| wanted.amount.abs() <= AMOUNT_MAX && *after <= 100 * AMOUNT_MAX;
    let after = after.filter(sane).ok_or_else(|| Refusal::new(Code::Amount, wanted.amount))?;
    if after < 0 {
        return Err(Refusal::new(Code::BelowConsumed, &wanted.at));
    }
    if wanted.amount < 0 && wanted.passing == Override::No {
        let commitment = standing.commitment_ceiling().map(|ceiling| (ceiling, standing.subtree.consumption()));
        let spending = standing.spending_ceiling().map(|ceiling| (ceiling, standing.subtree.expended));
        if commitment.into_iter().chain(spending).any(|(ceiling, used)| used > ceiling.limit(after)) {
            return Err(Refusal::new(Code::BelowConsumed, &wanted.at));
        }
    }
    if wanted.amount > 0 && wanted.passing == Override::No && !books.settings.overdistribution {
        check_distribution(books, &wanted.at, wanted.amount)?;
    }
    let mut flow = Flow::new(books);
    flow.fund(&wanted.at);
    flow.change(&wanted.at, Funding { allocated: wanted.amount, ..Funding::default() });
    Ok(flow.entry)
}

/// The funding of children may not be more than their parent's.
fn check_distribution(books: &Books, at: &BudgetPeriod, amount: i64) -> Result<(), Refusal> {
    let nearest =
        |of: &BudgetPeriod| books.above(of).to_vec().into_iter().find(|above| above != of && books.standing(above).is_some_and(|s| s.funded));
    let Some(parent) = nearest(at) else { return Ok(()) };
    let given: i64 =
        books.standings.iter().filter(|(one, s)| s.funded && nearest(one).as_ref() == Some(&parent)).map(|(_, s)| s.funding.total()).sum();
    let limit = books.standing(&parent).map_or(0, |standing| standing.funding.total());
    if given.saturating_add(amount) > limit { Err(Refusal::new(Code::OverDistribution, parent)) } else { Ok(()) }
}

pub fn transfer(books: &Books, wanted: &Transfer) -> Result<Entry, Refusal> {
    let from = BudgetPeriod { budget: wanted.from.clone(), period: wanted.period.clone() };
    let to = BudgetPeriod { budget: wanted.to.clone(), period: wanted.period.clone() };
    check_place(books, &from)?;
    check_place(books, &to)?;
    if wanted.amount <= 0 || wanted.amount > AMOUNT_MAX || from == to {
        return Err(Refusal::new(Code::Amount, wanted.amount));
    }
    let mut flow = Flow::new(books);
    if !flow.is_funded(&from) {
        return Err(Refusal::new(Code::NoBudget, &from));
    }
    flow.fund(&to);
    let sources = flow.chain(&from, &to).into_iter().chain([from]);
    let targets: Vec<BudgetPeriod> = flow.chain(&to, &from_of(wanted)).into_iter().chain([to]).collect();
    for at in sources.collect::<Vec<_>>() {
        // Within its funding: the tolerance above 100 % cannot be given away (chapter 7).
        let standing = books.standing(&at).cloned().unwrap_or_default();
        let left = standing.funding.total().saturating_sub(standing.subtree.consumption());
        if left < wanted.amount {
            let over = vec![super::entry::Over { at, short: wanted.amount - left }];
            return Err(Refusal { over, ..Refusal::new(Code::InsufficientFunds, "") });
        }
        flow.change(&at, Funding { transferred_out: wanted.amount, ..Funding::default() });
    }
    for at in targets {
        flow.change(&at, Funding { transferred_in: wanted.amount, ..Funding::default() });
    }
    Ok(flow.entry)
}

fn from_of(wanted: &Transfer) -> BudgetPeriod {
    BudgetPeriod { budget: wanted.from.clone(), period: wanted.period.clone() }
}
