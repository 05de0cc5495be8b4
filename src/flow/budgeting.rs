//! Rules, periods, budgets and money as a set-up file wants them, compared with the books and turned into commands; and the way back.
//! Pure but for its name's sake: it books nothing, `flow/applying.rs` does, in the transaction of the whole file.

use std::collections::BTreeSet;
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::domain::books::ceiling::{Ceiling, Level, Policy};
use crate::domain::books::command::{Allocate, Command, Override};
use crate::domain::books::{self, Authority, Books, BudgetPeriod, Settings, Status, TaxBasis};
use crate::domain::finding::{Code, Finding};
use crate::domain::money::{Currency, Money};
use crate::error::{Error, Result};
use crate::wire::setup::{At, Budget, BudgetRules, Funding, Period, Setup};

/// One entry of the file: what it is about, whether that is there, and what must be asked of the books, if anything.
#[derive(Debug)]
pub struct Step {
    pub line: u32,
    pub what: String,
    pub there: bool,
    pub command: Option<Command>,
}

fn unusable(line: u32, key: &str, value: impl ToString) -> Error {
    Finding::error(Code::Unusable, key).line(line).value(value.to_string()).into()
}

/// What a file wants of one buyer's books.
pub struct Wanted<'s> {
    pub setup: &'s Setup,
    pub buyer: &'s str,
    pub currency: Currency,
    /// ISO 8601: a buyer without any period gets the year of this day.
    pub today: &'s str,
}

impl Wanted<'_> {
    /// Every step in the order in which they can be booked: parents come first.
    pub fn steps(&self, books: &Books) -> Result<Vec<Step>> {
        let mut steps = self.rules(books)?;
        steps.extend(self.periods(books)?);
        steps.extend(self.budgets(books)?);
        steps.extend(self.fundings(books)?);
        Ok(steps)
    }

    fn rules(&self, books: &Books) -> Result<Vec<Step>> {
        let mut steps = Vec::new();
        for at in self.setup.rules.iter().filter(|at| at.value.buyer == self.buyer) {
            let wanted = self.settings(at)?;
            let same = books.settings == wanted;
            let command = (!same).then_some(Command::SetSettings { settings: wanted });
            steps.push(Step { line: at.line, what: format!("budget rules {}", self.buyer), there: true, command });
        }
        Ok(steps)
    }

    fn settings(&self, at: &At<BudgetRules>) -> Result<Settings> {
        let (rules, usual) = (&at.value, Settings::default());
        let tax_basis = match rules.tax_basis.as_str() {
            "" => usual.tax_basis,
            text => TaxBasis::parse(text).ok_or_else(|| unusable(at.line, "tax_basis", text))?,
        };
        Ok(Settings {
            exponent: self.currency.exponent(),
            tax_basis,
            tolerance_percent: optional(&rules.tolerance_percent, |text| text.parse().ok(), at.line, "tolerance_percent")?,
            tolerance_absolute: optional(&rules.tolerance_amount, |text| self.minor(text), at.line, "tolerance_amount")?,
            requests_reserve: rules.requests_reserve.unwrap_or(usual.requests_reserve),
            advance_orders: rules.orders_ahead.unwrap_or(usual.advance_orders),
            overdistribution: rules.overdistribution.unwrap_or(usual.overdistribution),
            unbudgeted: rules.unbudgeted.unwrap_or(usual.unbudgeted),
        })
    }

    fn minor(&self, text: &str) -> Option<i64> {
        Money::round(text.parse().ok()?, self.currency).map(|money| money.minor)
    }

    fn periods(&self, books: &Books) -> Result<Vec<Step>> {
        let wanted: Vec<&At<Period>> = self.setup.periods.iter().filter(|at| at.value.buyer == self.buyer).collect();
        let mut steps = Vec::new();
        for at in parents_first(&wanted, |period| (&period.id, &period.parent)) {
            let p = &at.value;
            let status = if p.status.is_empty() { Some(Status::Open) } else { Status::parse(&p.status) };
            let period = books::Period {
                id: p.id.as_str().into(),
                parent: name(&p.parent),
                status: status.ok_or_else(|| unusable(at.line, "status", &p.status))?,
                first_day: day(at.line, "first_day", &p.first_day)?,
                last_day: day(at.line, "last_day", &p.last_day)?,
            };
            let known = books.periods.get(&period.id);
            let command = (known != Some(&period)).then_some(Command::SetPeriod { period });
            steps.push(Step { line: at.line, what: format!("period {} {}", self.buyer, p.id), there: known.is_some(), command });
        }
        let no_period = books.periods.is_empty() && wanted.is_empty();
        let needs_one = self.setup.budgets.iter().find(|at| at.value.buyer == self.buyer && !at.value.amount.is_empty());
        if let (true, Some(at)) = (no_period, needs_one) {
            let year = self.today.get(..4).unwrap_or_default();
            let (first_day, last_day) = (format!("{year}-01-01").into(), format!("{year}-12-31").into());
            let period = books::Period { id: year.into(), parent: None, status: Status::Open, first_day, last_day };
            let command = Some(Command::SetPeriod { period });
            steps.push(Step { line: at.line, what: format!("period {} {year}", self.buyer), there: false, command });
        }
        Ok(steps)
    }

    fn budgets(&self, books: &Books) -> Result<Vec<Step>> {
        let wanted: Vec<&At<Budget>> = self.setup.budgets.iter().filter(|at| at.value.buyer == self.buyer).collect();
        let mut steps = Vec::new();
        for at in parents_first(&wanted, |budget| (&budget.code, &budget.parent)) {
            let b = &at.value;
            let basis = |text: &str| TaxBasis::parse(text);
            let budget = books::Budget {
                code: b.code.as_str().into(),
                name: b.name.as_str().into(),
                parent: name(&b.parent),
                postable: b.postable.unwrap_or(true),
                tax_basis: optional(&b.tax_basis, basis, at.line, "tax_basis")?,
                authority: match b.mode.as_str() {
                    "" | "authoritative" => Authority::Authoritative,
                    "advisory" => Authority::Advisory,
                    other => return Err(unusable(at.line, "mode", other)),
                },
                owner: b.owner.as_str().into(),
                location: b.location.as_str().into(),
                project: b.project.as_str().into(),
                segment: b.segment.as_str().into(),
            };
            let known = books.budgets.get(&budget.code);
            let command = (known != Some(&budget)).then_some(Command::SetBudget { budget });
            steps.push(Step { line: at.line, what: format!("budget {} {}", self.buyer, b.code), there: known.is_some(), command });
        }
        Ok(steps)
    }

    fn fundings(&self, books: &Books) -> Result<Vec<Step>> {
        let mut steps = Vec::new();
        for at in self.setup.budgets.iter().filter(|at| at.value.buyer == self.buyer && !at.value.amount.is_empty()) {
            let place = BudgetPeriod::new(&at.value.code, &self.period_of(books, at)?);
            steps.push(self.allocation(books, at.line, &place, &at.value.amount)?);
        }
        for at in self.setup.fundings.iter().filter(|at| at.value.buyer == self.buyer) {
            let place = BudgetPeriod::new(&at.value.budget, &at.value.period);
            if let Some(policy) = self.policy(at)? {
                let known = books.standing(&place).and_then(|standing| standing.policy.as_ref());
                let command = (known != Some(&policy)).then_some(Command::SetPolicy { at: place.clone(), policy });
                let what = format!("ceilings {} {place}", self.buyer);
                steps.push(Step { line: at.line, what, there: known.is_some(), command });
            }
            if !at.value.amount.is_empty() {
                steps.push(self.allocation(books, at.line, &place, &at.value.amount)?);
            }
        }
        Ok(steps)
    }

    /// The period a budget's amount is for when the entry names none: the buyer's only open one.
    fn period_of(&self, books: &Books, at: &At<Budget>) -> Result<String> {
        if !at.value.period.is_empty() {
            return Ok(at.value.period.clone());
        }
        let of_file = self.setup.periods.iter().filter(|p| p.value.buyer == self.buyer);
        let named: BTreeSet<&str> = of_file.clone().map(|p| p.value.id.as_str()).collect();
        let is_open = |p: &&At<Period>| p.value.status.is_empty() || p.value.status == Status::Open.as_str();
        let mut open: BTreeSet<&str> = of_file.filter(is_open).map(|p| p.value.id.as_str()).collect();
        open.extend(books.periods.values().filter(|p| p.status == Status::Open && !named.contains(&*p.id)).map(|p| &*p.id));
        match (open.len(), open.first()) {
            (1, Some(only)) => Ok((*only).to_string()),
            (0, _) if named.is_empty() && books.periods.is_empty() => Ok(self.today.get(..4).unwrap_or_default().to_string()),
            _ => Err(unusable(at.line, "period", "")),
        }
    }

    /// The file says what a budget was given in all; the books are given the difference.
    fn allocation(&self, books: &Books, line: u32, place: &BudgetPeriod, amount: &str) -> Result<Step> {
        let wanted = self.minor(amount).ok_or_else(|| unusable(line, "amount", amount))?;
        let standing = books.standing(place).filter(|standing| standing.funded);
        let allocated = standing.map(|standing| standing.funding.allocated);
        let change = wanted.checked_sub(allocated.unwrap_or(0)).ok_or_else(|| unusable(line, "amount", amount))?;
        let allocate = Allocate { at: place.clone(), amount: change, passing: Override::No };
        let command = (allocated != Some(wanted)).then_some(Command::Allocate(allocate));
        Ok(Step { line, what: format!("funding {} {place}", self.buyer), there: allocated.is_some(), command })
    }

    fn policy(&self, at: &At<Funding>) -> Result<Option<Policy>> {
        let f = &at.value;
        let ceiling = |level: &str, percent: &str, amount: &str| -> Result<Option<Ceiling>> {
            if level.is_empty() && percent.is_empty() && amount.is_empty() {
                return Ok(None);
            }
            let usual = Ceiling::default();
            let level = match level {
                "" => usual.level,
                text => Level::parse(text).ok_or_else(|| unusable(at.line, "level", text))?,
            };
            let percent = optional(percent, |text| text.parse::<Decimal>().ok(), at.line, "percent")?.unwrap_or(usual.percent);
            if percent.is_sign_negative() || percent > Decimal::from(10_000) {
                return Err(unusable(at.line, "percent", percent));
            }
            let absolute = optional(amount, |text| self.minor(text), at.line, "amount")?.unwrap_or(usual.absolute);
            Ok(Some(Ceiling { level, percent, absolute }))
        };
        let commitment = ceiling(&f.commitment_level, &f.commitment_percent, &f.commitment_amount)?;
        let spending = ceiling(&f.spending_level, &f.spending_percent, &f.spending_amount)?;
        if commitment.is_none() && spending.is_none() && f.thresholds.is_empty() {
            return Ok(None);
        }
        if let Some(wrong) = f.thresholds.iter().find(|percent| !(1..=1000).contains(*percent)) {
            return Err(unusable(at.line, "thresholds", wrong));
        }
        Ok(Some(Policy { commitment, spending, thresholds: f.thresholds.clone() }))
    }
}

fn name(text: &str) -> Option<Arc<str>> {
    (!text.is_empty()).then(|| text.into())
}

/// A day as ISO 8601 has it, or none.
fn day(line: u32, key: &str, text: &str) -> Result<Arc<str>> {
    if text.is_empty() || crate::domain::time::is_day(text) { Ok(text.into()) } else { Err(unusable(line, key, text)) }
}

fn optional<T>(text: &str, read: impl Fn(&str) -> Option<T>, line: u32, key: &str) -> Result<Option<T>> {
    if text.is_empty() { Ok(None) } else { read(text).map(Some).ok_or_else(|| unusable(line, key, text)) }
}

/// Entries so that each comes after its parent; those of a circle come last, and the books refuse them.
fn parents_first<'a, T>(entries: &[&'a At<T>], names: impl Fn(&T) -> (&String, &String)) -> Vec<&'a At<T>> {
    let mut waiting: Vec<&'a At<T>> = entries.to_vec();
    let mut sorted: Vec<&'a At<T>> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let still: BTreeSet<String> = waiting.iter().map(|at| names(&at.value).0.clone()).collect();
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.iter().copied().partition(|at| !still.contains(names(&at.value).1));
        if ready.is_empty() {
            sorted.extend(rest);
            break;
        }
        sorted.extend(ready);
        waiting = rest;
    }
    sorted
}

/// The entries that would make these books again, amounts as they were allocated.
pub fn export(books: &Books, buyer: &str, currency: Currency, setup: &mut Setup) {
    let money = |minor: i64| Money::new(minor, currency).decimal().to_string();
    let text = |name: &Option<Arc<str>>| name.as_deref().unwrap_or_default().to_string();
    let usual = Settings { exponent: currency.exponent(), ..Settings::default() };
    if books.settings != usual && books.settings != Settings::default() {
        let s = &books.settings;
        setup.rules.push(At {
            line: 0,
            value: BudgetRules {
                buyer: buyer.to_string(),
                tax_basis: s.tax_basis.to_string(),
                tolerance_percent: s.tolerance_percent.map(|percent| percent.to_string()).unwrap_or_default(),
                tolerance_amount: s.tolerance_absolute.map(money).unwrap_or_default(),
                requests_reserve: Some(s.requests_reserve),
                orders_ahead: Some(s.advance_orders),
                overdistribution: Some(s.overdistribution),
                unbudgeted: Some(s.unbudgeted),
            },
        });
    }
    for period in books.periods.values() {
        let value = Period {
            buyer: buyer.to_string(),
            id: period.id.to_string(),
            parent: text(&period.parent),
            status: period.status.as_str().to_string(),
            first_day: period.first_day.to_string(),
            last_day: period.last_day.to_string(),
        };
        setup.periods.push(At { line: 0, value });
    }
    for budget in books.budgets.values() {
        let value = Budget {
            buyer: buyer.to_string(),
            code: budget.code.to_string(),
            name: budget.name.to_string(),
            parent: text(&budget.parent),
            postable: Some(budget.postable),
            mode: budget.authority.as_str().to_string(),
            tax_basis: budget.tax_basis.map(|basis| basis.to_string()).unwrap_or_default(),
            owner: budget.owner.to_string(),
            location: budget.location.to_string(),
            project: budget.project.to_string(),
            segment: budget.segment.to_string(),
            ..Budget::default()
        };
        setup.budgets.push(At { line: 0, value });
    }
    let mut places: Vec<_> = books.standings.iter().filter(|(_, standing)| standing.funded || standing.policy.is_some()).collect();
    places.sort_by_key(|(at, _)| *at);
    for (at, standing) in places {
        let policy = standing.policy.clone().unwrap_or_default();
        let ceiling = |ceiling: Option<Ceiling>| {
            ceiling.map_or_else(Default::default, |c| (c.level.as_str().to_string(), c.percent.to_string(), money(c.absolute)))
        };
        let (commitment, spending) = (ceiling(policy.commitment), ceiling(policy.spending));
        let value = Funding {
            buyer: buyer.to_string(),
            budget: at.budget.to_string(),
            period: at.period.to_string(),
            amount: if standing.funded { money(standing.funding.allocated) } else { String::new() },
            commitment_level: commitment.0,
            commitment_percent: commitment.1,
            commitment_amount: commitment.2,
            spending_level: spending.0,
            spending_percent: spending.1,
            spending_amount: spending.2,
            thresholds: policy.thresholds,
        };
        setup.fundings.push(At { line: 0, value });
    }
}
