//! Money that people give, take back and move, and the ceilings they set (budgets-and-orders, chapters 7 and 10). Reads what was asked, and
//! leaves the decision to the books.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::bookkeeping::{Plan, Written};
use super::commanding::{self, Asking, Reply};
use crate::app::App;
use crate::domain::books::BudgetPeriod;
use crate::domain::books::ceiling::{Ceiling, Level, Policy};
use crate::domain::books::command::{Allocate, Command, Override, Transfer};
use crate::domain::books::sketch::Sketch;
use crate::domain::finding::{Code, Finding, Findings};
use crate::error::Result;

/// The body of `POST /api/v1/budgets/allocations`; amounts are minor units.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allocation {
    pub budget: String,
    pub period: String,
    /// Negative to take back.
    pub amount: i64,
    #[serde(default)]
    pub note: String,
    #[serde(default)]
    pub override_reason: Option<String>,
    #[serde(default)]
    pub preview: bool,
}

/// The body of `POST /api/v1/budgets/transfers`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    pub from: String,
    pub to: String,
    pub period: String,
    pub amount: i64,
    #[serde(default)]
    pub note: String,
    #[serde(default)]
    pub preview: bool,
}

/// The body of `POST /api/v1/budgets/policies`: what is left out is as for a budget without a policy.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub budget: String,
    pub period: String,
    #[serde(default)]
    pub commitment: Option<Limit>,
    #[serde(default)]
    pub spending: Option<Limit>,
    #[serde(default)]
    pub thresholds: Vec<u32>,
    #[serde(default)]
    pub preview: bool,
}

/// A ceiling: `floor(funding × percent ÷ 100) + amount`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    pub level: String,
    #[serde(default)]
    pub percent: Option<Value>,
    /// In minor units.
    #[serde(default)]
    pub amount: i64,
}

/// A command with a note, on these places.
async fn book(app: &App, asking: &Asking<'_>, command: Command, places: Vec<BudgetPeriod>, note: &str, reason: Option<String>) -> Result<Reply> {
    let note: String = note.chars().filter(|c| !c.is_control()).take(commanding::REASON_MAX).collect();
    let preview = asking.preview;
    let plan = move |seen: &super::bookkeeping::Seen<'_>| {
        let sketch = Sketch::of(seen.books, places.clone());
        let mut body = commanding::overridden(seen.books, &command, reason.as_deref());
        if !note.is_empty() {
            body["note"] = json!(note);
        }
        Ok(Plan {
            kind: command.kind(),
            subject: command.subject(),
            cause: String::new(),
            body,
            command: Some(command.clone()),
            write: Box::new(move |decided| Ok(Written { answer: commanding::answer(decided, &sketch, preview, &Value::Null), ..Written::default() })),
        })
    };
    commanding::run(app, asking, Default::default(), None, None, plan).await
}

pub async fn allocate(app: &App, asking: &Asking<'_>, wanted: &Allocation) -> Result<Reply> {
    let at = BudgetPeriod::new(&wanted.budget, &wanted.period);
    let passing = commanding::passing(wanted.override_reason.as_deref())?;
    let command = Command::Allocate(Allocate { at: at.clone(), amount: wanted.amount, passing });
    let reason = wanted.override_reason.clone().filter(|_| passing == Override::Yes);
    book(app, asking, command, vec![at], &wanted.note, reason).await
}

pub async fn transfer(app: &App, asking: &Asking<'_>, wanted: &Move) -> Result<Reply> {
    let places = vec![BudgetPeriod::new(&wanted.from, &wanted.period), BudgetPeriod::new(&wanted.to, &wanted.period)];
    let (from, to, period) = (wanted.from.as_str().into(), wanted.to.as_str().into(), wanted.period.as_str().into());
    let command = Command::Transfer(Transfer { from, to, period, amount: wanted.amount });
    book(app, asking, command, places, &wanted.note, None).await
}

pub async fn limit(app: &App, asking: &Asking<'_>, wanted: &Limits) -> Result<Reply> {
    let at = BudgetPeriod::new(&wanted.budget, &wanted.period);
    let command = Command::SetPolicy { at: at.clone(), policy: policy(wanted)? };
    book(app, asking, command, vec![at], "", None).await
}

/// A policy as it was asked for, or what is wrong with it.
fn policy(wanted: &Limits) -> Result<Policy> {
    let mut findings = Findings::default();
    let mut ceiling = |name: &str, limit: &Option<Limit>| {
        let limit = limit.as_ref()?;
        let level = Level::parse(&limit.level);
        if level.is_none() {
            let field = format!("{name}.level");
            findings.push(Finding::error(Code::Unusable, &field).value(&limit.level).limit(Level::ALL.map(Level::as_str).join(", ")));
        }
        let text = limit.percent.as_ref().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_string));
        let percent = text.as_ref().map_or(Some(Decimal::ONE_HUNDRED), |text| text.parse().ok());
        let percent = percent.filter(|percent| (Decimal::ZERO..=Decimal::from(10_000)).contains(percent));
        if percent.is_none() {
            let field = format!("{name}.percent");
            findings.push(Finding::error(Code::Unusable, &field).value(text.unwrap_or_default()).limit("0 – 10000"));
        }
        Some(Ceiling { level: level?, percent: percent?, absolute: limit.amount })
    };
    let (commitment, spending) = (ceiling("commitment", &wanted.commitment), ceiling("spending", &wanted.spending));
    for wrong in wanted.thresholds.iter().filter(|percent| !(1..=1000).contains(*percent)) {
        findings.push(Finding::error(Code::Unusable, "thresholds").value(wrong).limit("1 – 1000"));
    }
    if findings.has_error() { Err(findings.into()) } else { Ok(Policy { commitment, spending, thresholds: wanted.thresholds.clone() }) }
}
