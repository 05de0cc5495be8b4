//! Periods: made, opened, brought into their grace, and closed into the next (budgets-and-orders, chapter 11). The preview of a closing is
//! the closing itself, not written; a second run is answered with the first report. Orders that must follow are a job of the same commit.

use std::collections::BTreeSet;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::bookkeeping::{Plan, Seen, Written};
use super::commanding::{self, Asking, Reply};
use super::following;
use crate::app::App;
use crate::domain::books::command::{ClosePeriod, Command, Commitments, Rest};
use crate::domain::books::entry::{Code as Because, Entry, Fact, Refusal as Refused};
use crate::domain::books::sketch::Sketch;
use crate::domain::books::{Period, Status};
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::time::is_day;
use crate::error::{Error, Refusal, Result};

/// The body of `POST /api/v1/periods`; of a period that is known what is left out stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    pub id: String,
    #[serde(default)]
    pub parent: Option<String>,
    /// `planned`, `open` or `grace`; a period is closed by closing it.
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    pub first_day: Option<String>,
    #[serde(default)]
    pub last_day: Option<String>,
    #[serde(default)]
    pub preview: bool,
}

/// The body of `POST /api/v1/periods/{id}/close`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// The period everything goes to.
    pub into: String,
    /// `with_money`, `without_money`, `lapse` or `keep`.
    pub commitments: String,
    #[serde(default)]
    pub rest: RestWanted,
    /// A negative rest is deducted from the next period unless it is forgiven.
    #[serde(default)]
    pub forgive_overspending: bool,
    #[serde(default)]
    pub preview: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestWanted {
    /// Percentage that is carried; nothing when it is left out.
    #[serde(default)]
    pub carry_percent: Option<Value>,
    /// At most so much of each budget, in minor units.
    #[serde(default)]
    pub cap: Option<i64>,
}

/// Makes a period, or changes one.
pub async fn set(app: &App, asking: &Asking<'_>, wanted: &Wanted) -> Result<Reply> {
    let status = check(wanted)?;
    let (wanted, preview) = (wanted.clone(), asking.preview);
    let plan = move |seen: &Seen<'_>| {
        let known = seen.books.periods.get(wanted.id.as_str());
        let period = merged(known, &wanted, status);
        if known.is_some_and(|known| known.status > period.status) {
            // Chapter 9: a period only goes forward.
            return Err(Error::Refused(Refusal::Books(Refused::new(Because::WrongState, &wanted.id))));
        }
        let opens = known.is_some_and(|known| known.status == Status::Planned) && period.status == Status::Open;
        let body = json!({"id": &*period.id, "status": period.status.as_str(), "before": known.map(|known| known.status.as_str())});
        let job = opens.then(|| following::announcing(&period.id, seen.now));
        let more = json!({"period": {"id": &*period.id, "parent": period.parent.as_deref(), "status": period.status.as_str(),
            "first_day": &*period.first_day, "last_day": &*period.last_day}});
        let command = Command::SetPeriod { period };
        Ok(Plan {
            kind: command.kind(),
            subject: command.subject(),
            cause: String::new(),
            body,
            command: Some(command),
            write: Box::new(move |decided| {
                let jobs = if decided.outcome.is_ok() { job.clone().into_iter().collect() } else { Vec::new() };
                Ok(Written { answer: commanding::answer(decided, &Sketch::default(), preview, &more), jobs, ..Written::default() })
            }),
        })
    };
    commanding::run(app, asking, Default::default(), None, None, plan).await
}

fn merged(known: Option<&Period>, wanted: &Wanted, status: Option<Status>) -> Period {
    let text = |own: &Option<String>, known: Option<&Arc<str>>| own.as_deref().map(Into::into).or_else(|| known.cloned()).unwrap_or_default();
    let parent = match &wanted.parent {
        Some(parent) if parent.is_empty() => None,
        Some(parent) => Some(parent.as_str().into()),
        None => known.and_then(|known| known.parent.clone()),
    };
    Period {
        id: wanted.id.as_str().into(),
        parent,
        status: status.or(known.map(|known| known.status)).unwrap_or_default(),
        first_day: text(&wanted.first_day, known.map(|known| &known.first_day)),
        last_day: text(&wanted.last_day, known.map(|known| &known.last_day)),
    }
}

fn check(wanted: &Wanted) -> Result<Option<Status>> {
    let mut findings = Findings::default();
    let id = &wanted.id;
    if id.is_empty() || id.chars().count() > 40 || id.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '@' | '/')) {
        findings.push(Finding::error(Code::Unusable, "id").value(id).limit("1 – 40"));
    }
    let status = wanted.status.as_deref().map(|text| Status::parse(text).filter(|status| *status != Status::Closed));
    if status == Some(None) {
        findings.push(Finding::error(Code::Unusable, "status").value(wanted.status.as_deref().unwrap_or_default()).limit("planned, open, grace"));
    }
    for (field, day) in [("first_day", &wanted.first_day), ("last_day", &wanted.last_day)] {
        if let Some(day) = day.as_ref().filter(|day| !day.is_empty() && !is_day(day)) {
            findings.push(Finding::error(Code::DateInvalid, field).value(day));
        }
    }
    if findings.has_error() { Err(findings.into()) } else { Ok(status.flatten()) }
}

/// What is asked of the books, or what is wrong with it.
pub fn closing(from: &str, wanted: &Closing) -> Result<ClosePeriod> {
    let mut findings = Findings::default();
    let commitments = match wanted.commitments.as_str() {
        "with_money" => Some(Commitments::WithMoney),
        "without_money" => Some(Commitments::WithoutMoney),
        "lapse" => Some(Commitments::Lapse),
        "keep" => Some(Commitments::Keep),
        other => {
            findings.push(Finding::error(Code::Unusable, "commitments").value(other).limit("with_money, without_money, lapse, keep"));
            None
        }
    };
    let text = wanted.rest.carry_percent.as_ref().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_string));
    let percent = text.as_ref().map(|text| text.parse::<Decimal>().ok().filter(|p| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(p)));
    if percent == Some(None) {
        findings.push(Finding::error(Code::Unusable, "rest.carry_percent").value(text.unwrap_or_default()).limit("0 – 100"));
    }
    if wanted.rest.cap.is_some_and(|cap| cap < 0) {
        findings.push(Finding::error(Code::Unusable, "rest.cap").value(wanted.rest.cap.unwrap_or_default()).limit("0 …"));
    }
    let rest = match percent.flatten() {
        Some(percent) => Rest::Carry { percent, cap: wanted.rest.cap },
        None => Rest::Lapse,
    };
    let forgiven = wanted.forgive_overspending;
    match commitments.filter(|_| !findings.has_error()) {
        Some(commitments) => Ok(ClosePeriod { from: from.into(), to: wanted.into.as_str().into(), commitments, rest, forgiven }),
        None => Err(findings.into()),
    }
}

/// Closes a period into another, or says what that would do.
pub async fn close(app: &App, asking: &Asking<'_>, from: &str, wanted: &Closing) -> Result<Reply> {
    let command = Command::ClosePeriod(closing(from, wanted)?);
    // By what it is, so that a second run finds the first whatever key it brings; keeping the commitments is not the end yet.
    let own = if wanted.commitments == "keep" { format!("close-period/{from}/keep") } else { format!("close-period/{from}") };
    let asking = Asking { content: format!("{command:?}"), caller: asking.caller, key: asking.key, preview: asking.preview };
    let (names, preview, from) = (command.names(), asking.preview, from.to_string());
    let plan = move |seen: &Seen<'_>| {
        let now = seen.now;
        if !seen.books.periods.contains_key(from.as_str()) {
            return Err(Error::not_found("period", &from));
        }
        let body = json!({"into": command_into(&command)});
        let lapses = matches!(&command, Command::ClosePeriod(closing) if closing.commitments == Commitments::Lapse);
        Ok(Plan {
            kind: command.kind(),
            subject: command.subject(),
            cause: String::new(),
            body,
            command: Some(command.clone()),
            write: Box::new(move |decided| {
                let jobs = decided.outcome.as_ref().map(|entry| following::jobs(&touched(entry, lapses), now)).unwrap_or_default();
                Ok(Written { answer: commanding::answer(decided, &Sketch::default(), preview, &Value::Null), jobs, ..Written::default() })
            }),
        })
    };
    commanding::run(app, &asking, names, None, Some(own), plan).await
}

fn command_into(command: &Command) -> Option<&str> {
    if let Command::ClosePeriod(closing) = command { Some(&closing.to) } else { None }
}

/// Orders that are not what they were: requests that expired, and where open quantities lapse every order with one.
fn touched(entry: &Entry, lapses: bool) -> Vec<Arc<str>> {
    let expired = entry.report.iter().flat_map(|report| report.expired.iter().cloned());
    let of_lines = entry.facts.iter().filter_map(|fact| if let Fact::Line { order, .. } = fact { lapses.then(|| order.clone()) } else { None });
    expired.chain(of_lines).collect::<BTreeSet<_>>().into_iter().collect()
}
