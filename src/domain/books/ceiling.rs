//! Which limits a net effect would pass (chapter 7). A quantity that rises and ends above its limit fails; ending exactly on it passes; what
//! lowers or keeps it always passes. Decides by level; books nothing.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::command::Override;
use super::entry::{Code, Crossed, Outcome, Over, Refusal};
use super::{Authority, Books, BudgetPeriod, Places, Standing};

/// From the mildest to the strictest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    None,
    Warn,
    Approval,
    Stop,
}

impl Level {
    pub const ALL: [Level; 4] = [Level::None, Level::Warn, Level::Approval, Level::Stop];

    pub fn as_str(self) -> &'static str {
        match self {
            Level::None => "none",
            Level::Warn => "warn",
            Level::Approval => "approval",
            Level::Stop => "stop",
        }
    }

    pub fn parse(text: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|level| level.as_str() == text)
    }
}

/// One ceiling: `floor(F × percent ÷ 100) + absolute`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceiling {
    pub level: Level,
    pub percent: Decimal,
    pub absolute: i64,
}

impl Default for Ceiling {
    fn default() -> Ceiling {
        Ceiling { level: Level::Stop, percent: Decimal::ONE_HUNDRED, absolute: 0 }
    }
}

impl Ceiling {
    /// In minor units. What does not fit is no limit.
    pub fn limit(&self, funding: i64) -> i64 {
        let part = Decimal::from(funding).checked_mul(self.percent).and_then(|part| part.checked_div(Decimal::ONE_HUNDRED));
        part.map(|part| part.floor()).and_then(|part| part.to_i64()).and_then(|part| part.checked_add(self.absolute)).unwrap_or(i64::MAX)
    }
}

/// What a budget period is tested against. A ceiling that is not set: a commitment ceiling stops at the funding, a spending ceiling is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    pub commitment: Option<Ceiling>,
    pub spending: Option<Ceiling>,
    /// Percentages of the commitment limit of which people are told.
    pub thresholds: Vec<u32>,
}

impl Standing {
    /// The commitment ceiling, where there is one: a node without funding and policy only groups others.
    pub fn commitment_ceiling(&self) -> Option<Ceiling> {
        let set = self.policy.as_ref().and_then(|policy| policy.commitment.clone());
        set.or_else(|| self.funded.then(Ceiling::default)).filter(|ceiling| ceiling.level != Level::None)
    }

    pub fn spending_ceiling(&self) -> Option<Ceiling> {
        self.policy.as_ref().and_then(|policy| policy.spending.clone()).filter(|ceiling| ceiling.level != Level::None)
    }

    /// What still fits under the commitment ceiling; `None` without one.
    pub fn headroom(&self) -> Option<i64> {
        Some(self.commitment_ceiling()?.limit(self.funding.total()).saturating_sub(self.subtree.consumption()))
    }
}

/// Net effects of a command by the budget periods it posts to.
pub type Effects = BTreeMap<BudgetPeriod, Places>;

/// What the ceilings say of a net effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub over: Vec<Over>,
    pub strictest: Option<Level>,
    pub crossed: Vec<Crossed>,
}

/// Tests the net effect on every node above every touched row.
pub fn test(books: &Books, effects: &Effects) -> Verdict {
    let mut nodes: BTreeMap<BudgetPeriod, Places> = BTreeMap::new();
    for (at, effect) in effects {
        for above in books.above(at).iter() {
            *nodes.entry(above.clone()).or_default() += *effect;
        }
    }
    let mut verdict = Verdict::default();
    for (at, effect) in nodes {
        let Some(standing) = books.standing(&at) else { continue };
        let funding = standing.funding.total();
        let tests = [
            (standing.commitment_ceiling(), standing.subtree.consumption(), effect.consumption()),
            (standing.spending_ceiling(), standing.subtree.expended, effect.expended),
        ];
        let advisory = books.budgets.get(&at.budget).is_some_and(|budget| budget.authority == Authority::Advisory);
        let mut short = 0;
        for (ceiling, before, rise) in tests {
            let Some(ceiling) = ceiling.filter(|_| rise > 0) else { continue };
            let over = before.saturating_add(rise).saturating_sub(ceiling.limit(funding));
            if over > 0 {
                short = short.max(over);
                let level = if advisory { ceiling.level.min(Level::Warn) } else { ceiling.level };
                verdict.strictest = verdict.strictest.max(Some(level));
            }
        }
        if short > 0 {
            verdict.over.push(Over { at: at.clone(), short });
        }
        verdict.crossed.extend(crossed(standing, funding, effect.consumption()).map(|percent| Crossed { at: at.clone(), percent }));
    }
    verdict
}

/// Thresholds that a rise passes on its way: each fires again only after the figure has fallen below it.
fn crossed(standing: &Standing, funding: i64, rise: i64) -> impl Iterator<Item = u32> {
    let policy = standing.policy.clone().unwrap_or_default();
    let ceiling = policy.commitment.unwrap_or_default();
    let before = standing.subtree.consumption();
    let part = |whole: Decimal, percent: u32| whole.checked_mul(Decimal::from(percent)).and_then(|part| part.checked_div(Decimal::ONE_HUNDRED));
    let at = move |percent: u32| Ceiling { percent: part(ceiling.percent, percent).unwrap_or(Decimal::MAX), ..ceiling.clone() }.limit(funding);
    policy.thresholds.into_iter().filter(move |percent| rise > 0 && before < at(*percent) && before.saturating_add(rise) >= at(*percent))
}

/// Turns a verdict into a refusal, unless it only warns or a person with the right lets it pass.
pub fn judge(verdict: &Verdict, code: Code, passing: Override) -> Result<(), Refusal> {
    let refusal = |outcome: Outcome| Refusal { code, over: verdict.over.clone(), what: String::new(), outcome };
    match (verdict.strictest, passing) {
        (_, Override::Yes) | (None | Some(Level::None | Level::Warn), Override::No) => Ok(()),
        (Some(Level::Stop), Override::No) if code == Code::CeilingReached => Err(refusal(Outcome::Held)),
        (Some(Level::Stop), Override::No) => Err(refusal(Outcome::Refused)),
        (Some(Level::Approval), Override::No) => Err(refusal(Outcome::NeedsApproval)),
    }
}
