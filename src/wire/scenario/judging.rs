//! Compares what a scenario expects with what happened (chapter 17): only what is written is compared, and the first difference is told.
//! Pure, and knows no way to play a scenario.

use super::{Balances, Expect, Figures};
use crate::domain::books::entry::{Entry, Refusal};
use crate::domain::books::{Books, BudgetPeriod};

/// What a command was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub outcome: Result<Entry, Refusal>,
    /// The first answer again.
    pub replayed: bool,
    /// The same key with other content.
    pub conflict: bool,
}

impl Answer {
    pub fn result(&self) -> &'static str {
        match &self.outcome {
            _ if self.conflict => "refused",
            Ok(entry) if entry.needs_approval => "needs_approval",
            Ok(entry) if !entry.over.is_empty() => "warned",
            Ok(_) => "accepted",
            Err(refusal) => refusal.outcome.as_str(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        if self.conflict { Some("idempotency_conflict") } else { self.outcome.as_ref().err().map(|refusal| refusal.code.as_str()) }
    }

    fn over(&self) -> Vec<String> {
        let over = match &self.outcome {
            Ok(entry) => &entry.over,
            Err(refusal) => &refusal.over,
        };
        over.iter().map(|over| over.at.to_string()).collect()
    }
}

/// The first difference between what was expected of an answer and what it was.
pub fn judge(expect: &Expect, answer: &Answer) -> Result<(), String> {
    // An event that says nothing of its answer is meant to be booked.
    let said = expect.result.is_some() || expect.code.is_some();
    let result = expect.result.as_deref().unwrap_or(if said { answer.result() } else { "accepted" });
    if answer.result() != result {
        return Err(format!("{} {:?} {:?}, expected {result}", answer.result(), answer.code(), answer.over()));
    }
    if expect.code.as_deref().is_some_and(|code| answer.code() != Some(code)) {
        return Err(format!("code {:?}, expected {:?}", answer.code(), expect.code));
    }
    if expect.over.as_ref().is_some_and(|over| *over != answer.over()) {
        return Err(format!("over {:?}, expected {:?}", answer.over(), expect.over));
    }
    if expect.replayed.is_some_and(|replayed| replayed != answer.replayed) {
        return Err(format!("replayed: {}", answer.replayed));
    }
    let Ok(entry) = &answer.outcome else { return Ok(()) };
    if expect.invoiced.as_ref().is_some_and(|invoiced| *invoiced != entry.invoiced) || expect.held.as_ref().is_some_and(|held| *held != entry.held) {
        return Err(format!("invoiced {:?}, held {:?}", entry.invoiced, entry.held));
    }
    if let Some(expected) = &expect.report {
        let report = entry.report.clone().ok_or("no report")?;
        let short: Vec<(String, i64)> = report.short.iter().map(|(budget, short)| (budget.to_string(), *short)).collect();
        let same = expected.carried.is_none_or(|carried| carried == report.carried)
            && expected.lapsed.is_none_or(|lapsed| lapsed == report.lapsed)
            && expected.short.as_ref().is_none_or(|expected| *expected == short);
        if !same {
            return Err(format!("report {report:?}, expected {expected:?}"));
        }
    }
    Ok(())
}

/// The first difference between the figures that were expected and those of the books.
pub fn compare(books: &Books, balances: &Balances) -> Result<(), String> {
    balances.iter().try_for_each(|(at, figures)| compare_one(books, at, figures))
}

fn compare_one(books: &Books, at: &BudgetPeriod, figures: &Figures) -> Result<(), String> {
    let standing = books.standing(at).cloned().unwrap_or_default();
    let pairs = [
        ("funding", figures.funding, standing.funding.total()),
        ("available", figures.available, standing.reported_available()),
        ("precommitted", figures.precommitted, standing.subtree.requested),
        ("committed", figures.committed, standing.subtree.committed),
        ("delivered", figures.delivered, standing.subtree.delivered),
        ("expended", figures.expended, standing.subtree.expended),
    ];
    for (name, expected, found) in pairs {
        if expected.is_some_and(|expected| expected != found) {
            return Err(format!("{at} {name} {found}, expected {}", expected.unwrap_or_default()));
        }
    }
    Ok(())
}
