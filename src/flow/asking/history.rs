//! How a budget came to stand as it does, from the entries of the journal: what changed its funding, and what was expended of it.
//! Reads only; every figure is that of an entry, with its number, its moment and who made it.

use serde_json::{Value, json};

use super::View;
use super::holders::below;
use crate::domain::books::entry::{Account, Entry, Fact};
use crate::domain::books::{BudgetPeriod, Funding};
use crate::domain::finding::{Code, Finding};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::flow::remembering::{expended_topic, funding_topic};
use crate::store::journal;
use crate::store::mention;
use crate::wire::table_csv::Cell;

/// What every step has.
#[derive(Clone, Debug)]
pub struct Step {
    pub entry: i64,
    pub at: Timestamp,
    pub who: String,
    /// As the journal names it.
    pub kind: String,
    pub subject: String,
    pub cause: String,
}

impl Step {
    pub fn of(kept: &journal::Entry) -> Step {
        Step {
            entry: kept.sequence,
            at: kept.at,
            who: kept.actor.clone(),
            kind: kept.kind.clone(),
            subject: kept.subject.clone(),
            cause: kept.cause.clone(),
        }
    }

    pub fn json(&self) -> Value {
        json!({"entry": self.entry, "at": self.at.to_string(), "who": self.who, "kind": self.kind, "subject": self.subject, "cause": self.cause})
    }

    pub fn cells(&self) -> Vec<Cell> {
        vec![Cell::number(self.entry), Cell::text(self.at), Cell::text(&self.who), Cell::text(&self.kind), Cell::text(&self.subject)]
    }
}

/// A change of funding; from or to which other budget, when money moved.
#[derive(Clone, Debug)]
pub struct Change {
    pub step: Step,
    pub change: Funding,
    pub other: Option<BudgetPeriod>,
}

/// What an entry expended of a budget and of what is below it; the invoices it is about.
#[derive(Clone, Debug)]
pub struct Expense {
    pub step: Step,
    pub amount: i64,
    pub invoices: Vec<String>,
}

/// An entry as the books wrote it.
pub fn posting(view: &mut View, kept: &journal::Entry) -> Result<Entry> {
    if kept.posting.is_empty() { Ok(Entry::default()) } else { view.reader.entry(&kept.posting).map_err(Error::internal) }
}

/// The entries about some topics behind one, the newest first, and where the next page begins.
pub async fn about(view: &mut View, topics: &[String], after: &str) -> Result<(Vec<journal::Entry>, Option<String>)> {
    let before = match after {
        "" => view.last + 1,
        text => text.parse::<i64>().map_err(|_| Finding::error(Code::Unusable, "after").value(text))?.min(view.last + 1),
    };
    let mut entries = mention::entries(&mut view.tx, &view.tenant, topics, before).await?;
    let has_more = entries.len() >= mention::PAGE;
    entries.truncate(mention::PAGE - 1);
    let next = has_more.then(|| entries.last().map(|entry| entry.sequence.to_string())).flatten();
    Ok((entries, next))
}

/// The other side of a move: where as much left when it came, or came when it left. The last one named is the budget itself, those
/// before it are the ceilings above it.
fn other_side(entry: &Entry, at: &BudgetPeriod, change: &Funding) -> Option<BudgetPeriod> {
    let matches = |other: &Funding| {
        (change.transferred_in != 0 && other.transferred_out != 0)
            || (change.transferred_out != 0 && other.transferred_in != 0)
            || (change.carried_in != 0 && other.carried_out != 0)
            || (change.carried_out != 0 && other.carried_in != 0)
    };
    let carried = change.carried_in != 0 || change.carried_out != 0;
    let is_other = |fact: &&Fact| match fact {
        Fact::Funding { at: other, change } => matches(change) && (!carried || other.budget == at.budget),
        _ => false,
    };
    let found = entry.facts.iter().rev().find(is_other)?;
    if let Fact::Funding { at, .. } = found { Some(at.clone()) } else { None }
}

/// What changed the funding of a budget in a period.
pub async fn funding(view: &mut View, at: &BudgetPeriod, after: &str) -> Result<(Vec<Change>, Option<String>)> {
    let (entries, next) = about(view, &[funding_topic(at)], after).await?;
    let mut changes = Vec::with_capacity(entries.len());
    for kept in &entries {
        let entry = posting(view, kept)?;
        let of_place = entry.facts.iter().filter_map(|fact| match fact {
            Fact::Funding { at: place, change } if place == at => Some(*change),
            _ => None,
        });
        for change in of_place {
            changes.push(Change { step: Step::of(kept), change, other: other_side(&entry, at, &change) });
        }
    }
    Ok((changes, next))
}

/// What was expended of a budget and of what is below it, and credited.
pub async fn expenses(view: &mut View, at: &BudgetPeriod, after: &str) -> Result<(Vec<Expense>, Option<String>)> {
    let places = below(view, at);
    let topics: Vec<String> = places.iter().map(expended_topic).collect();
    let (entries, next) = about(view, &topics, after).await?;
    let mut expenses = Vec::with_capacity(entries.len());
    for kept in &entries {
        let entry = posting(view, kept)?;
        let legs = entry.legs.iter().filter(|leg| leg.account == Account::Expended && places.binary_search(&leg.at()).is_ok());
        let amount = legs.map(|leg| leg.amount).sum();
        let number = |fact: &Fact| if let Fact::Invoice(invoice) = fact { Some(invoice.number.to_string()) } else { None };
        expenses.push(Expense { step: Step::of(kept), amount, invoices: entry.facts.iter().filter_map(number).collect() });
    }
    Ok((expenses, next))
}

pub fn funding_json(funding: &Funding) -> Value {
    json!({
        "allocated": funding.allocated, "transferred_in": funding.transferred_in, "transferred_out": funding.transferred_out,
        "carried_in": funding.carried_in, "carried_out": funding.carried_out, "lapsed": funding.lapsed,
    })
}

pub fn change_json(change: &Change) -> Value {
    let mut body = change.step.json();
    body["change"] = funding_json(&change.change);
    body["amount"] = json!(change.change.total());
    body["other"] = json!(change.other.as_ref().map(|at| json!({"budget": &*at.budget, "period": &*at.period})));
    body
}

pub fn expense_json(expense: &Expense) -> Value {
    let mut body = expense.step.json();
    body["amount"] = json!(expense.amount);
    body["invoices"] = json!(expense.invoices);
    body
}

pub const FUNDING_COLUMNS: &[&str] = &[
    "entry",
    "at",
    "who",
    "kind",
    "subject",
    "currency",
    "allocated",
    "transferred_in",
    "transferred_out",
    "carried_in",
    "carried_out",
    "lapsed",
    "amount",
    "other",
];
pub const EXPENSE_COLUMNS: &[&str] = &["entry", "at", "who", "kind", "subject", "currency", "amount", "invoices"];

pub fn change_cells(view: &View, change: &Change) -> Vec<Cell> {
    let c = &change.change;
    let mut cells = change.step.cells();
    cells.push(Cell::text(view.currency));
    cells.extend([c.allocated, c.transferred_in, c.transferred_out, c.carried_in, c.carried_out, c.lapsed, c.total()].map(|minor| view.cell(minor)));
    cells.push(Cell::text(change.other.as_ref().map(ToString::to_string).unwrap_or_default()));
    cells
}

pub fn expense_cells(view: &View, expense: &Expense) -> Vec<Cell> {
    let mut cells = expense.step.cells();
    cells.extend([Cell::text(view.currency), view.cell(expense.amount), Cell::text(expense.invoices.join(" "))]);
    cells
}
