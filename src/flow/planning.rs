//! Budgets brought in from a CSV file and given out as one: tried first, then taken whole or not at all, every mistake named with its line.
//! Asks the books like anybody else: each row is a command of the person who brings it.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::bookkeeping::{Booking, Desk, Done};
use super::budgeting::{Step, Wanted};
use super::signing::Caller;
use super::{asking, bookkeeping, granting};
use crate::app::App;
use crate::domain::books::{Books, Status};
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::money::Currency;
use crate::domain::rights;
use crate::error::{Error, Result};
use crate::store;
use crate::wire::budget_csv::{self, Row};
use crate::wire::ledger;
use crate::wire::setup::{At, Budget, Funding, Setup};

/// No tree of budgets is deeper.
const DEPTH_MAX: usize = 32;

/// What an import does, row by row.
pub struct Imported {
    pub steps: Vec<ImportedStep>,
}

pub struct ImportedStep {
    pub line: u32,
    pub what: String,
    /// `create`, `change` or `same`.
    pub change: &'static str,
}

impl Imported {
    pub fn changes(&self) -> usize {
        self.steps.iter().filter(|step| step.change != "same").count()
    }

    pub fn json(&self, preview: bool) -> Value {
        let step = |step: &ImportedStep| json!({"line": step.line, "what": step.what, "change": step.change});
        json!({"preview": preview, "changes": self.changes(), "steps": self.steps.iter().map(step).collect::<Vec<_>>()})
    }
}

/// Takes a file, or says what it would do.
pub async fn import(app: &App, caller: &Caller, text: &str, preview: bool) -> Result<Imported> {
    let tenant = caller.person.tenant.as_str();
    let (rows, mut findings) = budget_csv::read(text);
    if rows.is_empty() && !findings.has_error() {
        findings.push(Finding::error(Code::Missing, "CSV"));
    }
    let mut tx = app.store.begin().await?;
    store::journal::lock_head(&mut tx, tenant).await?;
    let asker = granting::asker(&mut tx, caller).await?;
    let buyer = store::organisation::by_id(&mut tx, tenant).await?.ok_or_else(|| Error::not_found("buyer", tenant))?;
    let currency = Currency::parse(&buyer.currency).unwrap_or(Currency::EUR);
    let books = bookkeeping::frame(&mut tx, tenant, &mut ledger::Reader::default()).await?;
    check(&rows, &books, &mut findings);
    if findings.has_error() {
        return Err(findings.into());
    }
    let setup = Setup { budgets: budgets(&rows, tenant, &books), fundings: fundings(&rows, tenant, &books, currency), ..Setup::default() };
    let now = app.clock.now();
    let steps = Wanted { setup: &setup, buyer: tenant, currency, today: &now.date() }.steps(&books)?;
    let booking = |step: &Step| {
        let actor = caller.person.sign_in.as_str();
        step.command.clone().map(|command| (step.line, Booking { asker: asker.clone(), ..Booking::of(actor, command, None) }))
    };
    let asked: Vec<(u32, Booking)> = steps.iter().filter_map(booking).collect();
    let outcomes = Desk::new(tenant).book(&mut tx, &asked.iter().map(|(_, booking)| booking).collect::<Vec<_>>(), now).await?;
    for ((line, _), outcome) in asked.iter().zip(outcomes) {
        match outcome {
            Ok(Done::Decided { outcome, .. }) => {
                if let Err(refusal) = *outcome {
                    findings.push(Finding::error(Code::Unusable, refusal.code.as_str()).line(*line).value(refusal));
                }
            }
            Ok(Done::Repeated { .. } | Done::OtherContent { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    if findings.has_error() {
        return Err(findings.into());
    }
    // What was only tried is not committed.
    if !preview {
        tx.commit().await?;
    }
    let step = |step: Step| ImportedStep {
        line: step.line,
        what: step.what,
        change: match (step.there, step.command.is_none()) {
            (false, _) => "create",
            (true, false) => "change",
            (true, true) => "same",
        },
    };
    Ok(Imported { steps: steps.into_iter().map(step).collect() })
}

/// What rows say of what is there: parents and periods that are known.
fn check(rows: &[Row], books: &Books, findings: &mut Findings) {
    let of_file: HashMap<&str, &str> = rows.iter().rev().map(|row| (row.text("code"), row.text("parent"))).collect();
    let parent_of = |code: &str| {
        let of_books = || books.budgets.get(code).and_then(|budget| budget.parent.as_deref());
        of_file.get(code).copied().filter(|parent| !parent.is_empty()).or_else(of_books)
    };
    for row in rows {
        let (parent, period) = (row.text("parent"), row.text("period"));
        let is_known = |code: &str| books.budgets.contains_key(code) || of_file.contains_key(code);
        if !parent.is_empty() && (!is_known(parent) || parent == row.text("code")) {
            findings.push(Finding::error(Code::BudgetUnknown, "parent").line(row.line).value(parent));
        }
        // A tree that leads back to itself, or is deeper than any.
        if std::iter::successors(Some(row.text("code")), |code| parent_of(code)).nth(DEPTH_MAX).is_some() {
            findings.push(Finding::error(Code::Unusable, "parent").line(row.line).value(parent).limit(format!("≤ {DEPTH_MAX}")));
        }
        let known = books.periods.get(period).filter(|period| period.status != Status::Closed);
        if !period.is_empty() && known.is_none() {
            let open = books.periods.values().filter(|period| period.status != Status::Closed).map(|period| &*period.id);
            let limit = open.collect::<Vec<_>>().join(", ");
            findings.push(Finding::error(Code::Unusable, "period").line(row.line).value(period).limit(limit));
        }
    }
}

/// One entry for each budget, from the first row that names it; what has no column stays as it is.
fn budgets(rows: &[Row], tenant: &str, books: &Books) -> Vec<At<Budget>> {
    let mut budgets: Vec<At<Budget>> = Vec::new();
    let mut seen: HashSet<&str> = HashSet::new();
    for row in rows {
        let code = row.text("code");
        if !seen.insert(code) {
            continue;
        }
        let known = books.budgets.get(code);
        let or = |column: &str, known: Option<&str>| row.get(column).or(known).unwrap_or_default().to_string();
        let basis = known.and_then(|known| known.tax_basis).map(|basis| basis.to_string());
        let postable = row.get("postable").map_or(known.map(|known| known.postable), budget_csv::flag);
        let value = Budget {
            buyer: tenant.to_string(),
            code: code.to_string(),
            name: or("name", known.map(|known| &*known.name)),
            parent: or("parent", known.and_then(|known| known.parent.as_deref())),
            postable,
            mode: or("mode", known.map(|known| known.authority.as_str())),
            tax_basis: or("tax_basis", basis.as_deref()),
            owner: or("owner", known.map(|known| &*known.owner)),
            location: or("location", known.map(|known| &*known.location)),
            project: or("project", known.map(|known| &*known.project)),
            segment: or("segment", known.map(|known| &*known.segment)),
            amount: String::new(),
            period: String::new(),
        };
        budgets.push(At { line: row.line, value });
    }
    budgets
}

/// One entry for each row with a period. A file without a column of ceilings leaves the ceilings alone.
fn fundings(rows: &[Row], tenant: &str, books: &Books, currency: Currency) -> Vec<At<Funding>> {
    let columns =
        ["commitment_level", "commitment_percent", "commitment_amount", "spending_level", "spending_percent", "spending_amount", "thresholds"];
    let mut known = Setup::default();
    super::budgeting::export(books, tenant, currency, &mut known);
    let known: HashMap<(&str, &str), &Funding> =
        known.fundings.iter().map(|at| ((at.value.budget.as_str(), at.value.period.as_str()), &at.value)).collect();
    let funding = |row: &Row| {
        let (budget, period) = (row.text("code").to_string(), row.text("period").to_string());
        let stands = known.get(&(budget.as_str(), period.as_str())).copied();
        let of_file = Funding {
            buyer: tenant.to_string(),
            budget,
            period,
            amount: row.number("amount"),
            commitment_level: row.text("commitment_level").to_string(),
            commitment_percent: row.number("commitment_percent"),
            commitment_amount: row.number("commitment_amount"),
            spending_level: row.text("spending_level").to_string(),
            spending_percent: row.number("spending_percent"),
            spending_amount: row.number("spending_amount"),
            thresholds: budget_csv::thresholds(row.text("thresholds")).unwrap_or_default(),
        };
        let value = match stands.filter(|_| columns.iter().all(|column| row.get(column).is_none())) {
            Some(stands) => Funding { amount: of_file.amount, ..stands.clone() },
            None => of_file,
        };
        At { line: row.line, value }
    };
    rows.iter().filter(|row| !row.text("period").is_empty()).map(funding).collect()
}

/// The budgets a caller may see, in the columns of an import.
pub async fn export(app: &App, caller: &Caller) -> Result<String> {
    let person = &caller.person;
    // With the parents as they are, seen or not: what is brought in again must not move a budget.
    let mut view = asking::whole(app, &person.tenant, "").await?;
    let grants = granting::grants(&mut view.tx, &person.tenant, &person.sign_in, &person.roles).await?;
    Ok(budget_csv::write(&view.books, view.currency, |budget| rights::sees(&view.books, &grants, budget)))
}
