//! Periods: made, opened, brought into their grace, and closed into the next (budgets-and-orders, chapter 11). The preview of a closing is
//! the closing itself, not written; a second run is answered with the first report. Orders that must follow are a job of the same commit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::bookkeeping::{Booking, Plan, Seen, Written};
use super::commanding::{self, Asking, Reply};
use super::following;
use crate::app::App;
use crate::domain::books::command::{ClosePeriod, Command, Commitments, Rest, Turn};
use crate::domain::books::entry::{Code as Because, Entry, Fact, Refusal as Refused};
use crate::domain::books::sketch::Sketch;
use crate::domain::books::{Period, Status};
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::rights::Asker;
use crate::domain::time::is_day;
use crate::error::{Error, Refusal, Result};
use crate::store::job::{Job, NewJob};
use crate::store::json::parse;
use crate::store::{self, Tx};

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
    pub exceptions: Vec<Exception>,
    #[serde(default)]
    pub preview: bool,
}

/// A budget that does otherwise, with all below it that has no exception of its own.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    pub budget: String,
    /// `with_money`, `without_money` or `lapse`.
    pub commitments: String,
    #[serde(default)]
    pub rest: RestWanted,
    #[serde(default)]
    pub forgive_overspending: bool,
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
    let whole = turn("", &wanted.commitments, &wanted.rest, wanted.forgive_overspending, &mut findings);
    let mut exceptions = BTreeMap::new();
    for (at, exception) in wanted.exceptions.iter().enumerate() {
        let place = format!("exceptions.{at}.");
        let turn = turn(&place, &exception.commitments, &exception.rest, exception.forgive_overspending, &mut findings);
        let keeps = turn.is_some_and(|turn| turn.commitments == Commitments::Keep);
        if keeps || exceptions.contains_key(exception.budget.as_str()) {
            let (field, value) = if keeps { ("commitments", &exception.commitments) } else { ("budget", &exception.budget) };
            findings.push(Finding::error(Code::Unusable, &format!("{place}{field}")).value(value));
        }
        exceptions.extend(turn.map(|turn| (exception.budget.as_str().into(), turn)));
    }
    match whole.filter(|_| !findings.has_error()) {
        Some(turn) => Ok(ClosePeriod { from: from.into(), to: wanted.into.as_str().into(), turn, exceptions }),
        None => Err(findings.into()),
    }
}

/// What becomes of budgets; findings name the field at its place.
fn turn(place: &str, commitments: &str, rest: &RestWanted, forgiven: bool, findings: &mut Findings) -> Option<Turn> {
    let mut wrong =
        |field: &str, value: &str, limit: &str| findings.push(Finding::error(Code::Unusable, &format!("{place}{field}")).value(value).limit(limit));
    let known = [
        ("with_money", Commitments::WithMoney),
        ("without_money", Commitments::WithoutMoney),
        ("lapse", Commitments::Lapse),
        ("keep", Commitments::Keep),
    ];
    let chosen = known.iter().find(|(word, _)| *word == commitments).map(|(_, chosen)| *chosen);
    if chosen.is_none() {
        wrong("commitments", commitments, &known.map(|(word, _)| word).join(", "));
    }
    let text = rest.carry_percent.as_ref().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_string));
    let percent = text.as_ref().map(|text| text.parse::<Decimal>().ok().filter(|p| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(p)));
    if percent == Some(None) {
        wrong("rest.carry_percent", text.as_deref().unwrap_or_default(), "0 – 100");
    }
    if let Some(cap) = rest.cap.filter(|cap| *cap < 0) {
        wrong("rest.cap", &cap.to_string(), "0 …");
    }
    let rest = percent.flatten().map_or(Rest::Lapse, |percent| Rest::Carry { percent, cap: rest.cap });
    chosen.map(|commitments| Turn { commitments, rest, forgiven })
}

/// Closes a period into another, or says what that would do.
pub async fn close(app: &App, asking: &Asking<'_>, from: &str, wanted: &Closing) -> Result<Reply> {
    let closing = closing(from, wanted)?;
    let command = Command::ClosePeriod(closing.clone());
    // By what it is, so that a second run finds the first whatever key it brings; keeping the commitments is not the end yet.
    let own = if wanted.commitments == "keep" { format!("close-period/{from}/keep") } else { format!("close-period/{from}") };
    let asking = Asking { content: format!("{command:?}"), caller: asking.caller, key: asking.key, preview: asking.preview };
    let (names, preview, from) = (command.names(), asking.preview, from.to_string());
    let plan = move |seen: &Seen<'_>| {
        let now = seen.now;
        if !seen.books.periods.contains_key(from.as_str()) {
            return Err(Error::not_found("period", &from));
        }
        if let Some(unknown) = closing.exceptions.keys().find(|budget| !seen.books.budgets.contains_key(*budget)) {
            return Err(Finding::error(Code::BudgetUnknown, "exceptions").value(unknown).into());
        }
        let body = json!({"into": &*closing.to});
        let mut turns = closing.exceptions.values().chain([&closing.turn]);
        let lapses = turns.any(|turn| turn.commitments == Commitments::Lapse);
        let command = Command::ClosePeriod(closing.clone());
        Ok(Plan {
            kind: command.kind(),
            subject: command.subject(),
            cause: String::new(),
            body,
            command: Some(command),
            write: Box::new(move |decided| {
                let jobs = decided.outcome.as_ref().map(|entry| following::jobs(&touched(entry, lapses), now)).unwrap_or_default();
                Ok(Written { answer: commanding::answer(decided, &Sketch::default(), preview, &Value::Null), jobs, ..Written::default() })
            }),
        })
    };
    commanding::run(app, &asking, names, None, Some(own), plan).await
}

/// Orders that are not what they were: requests that expired, and where open quantities lapse every order with one.
fn touched(entry: &Entry, lapses: bool) -> Vec<Arc<str>> {
    let expired = entry.report.iter().flat_map(|report| report.expired.iter().cloned());
    let of_lines = entry.facts.iter().filter_map(|fact| if let Fact::Line { order, .. } = fact { lapses.then(|| order.clone()) } else { None });
    expired.chain(of_lines).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Opens the planned periods of a buyer whose first day has come, where the buyer wants that; orders that waited for one are announced.
pub async fn open_by_date(app: &App, tx: &mut Tx, job: &Job) -> Result<()> {
    let Some(buyer) = store::organisation::by_id(tx, &job.tenant).await? else { return Ok(()) };
    if parse(&buyer.settings)?.get("periods_open_by_date").and_then(Value::as_bool) != Some(true) {
        return Ok(());
    }
    store::journal::lock_head(tx, &job.tenant).await?;
    let now = app.clock.now();
    let today = now.local(&store::organisation::time_zone(tx, &job.tenant).await?).0;
    let is_due = |period: &Period| period.status == Status::Planned && !period.first_day.is_empty() && *period.first_day <= *today;
    let due: Vec<Period> = store::standing::periods(tx, &job.tenant).await?.into_iter().map(|row| row.period).filter(is_due).collect();
    let opening = |period: &Period| {
        let command = Command::SetPeriod { period: Period { status: Status::Open, ..period.clone() } };
        Booking { asker: Asker::Clock, ..Booking::of("clock", command, Some(format!("open-period/{}", period.id))) }
    };
    let bookings: Vec<Booking> = due.iter().map(opening).collect();
    following::book(tx, &job.tenant, &bookings, now).await?;
    let announcing: Vec<NewJob> = due.iter().map(|period| following::announcing(&period.id, now)).collect();
    store::job::insert(tx, &job.tenant, &announcing, now).await.map(drop)
}
