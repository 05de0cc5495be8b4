//! What leaves the house for an order: some lines or pieces, as often as it takes, each time a shipment with its number and its list. What budgets
//! held for it becomes delivered, and the invoice may follow.

use rust_decimal::Decimal;
use serde_json::json;

use super::answering::book;
use super::{Hearers, Parcel, Step, Target, advanced, line_of, misfit, same_version, target, wrong_state};
use crate::app::App;
use crate::domain::books::command::{Command, Part};
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::fulfilment::{Fault, Source};
use crate::domain::order::{Line, State};
use crate::error::{Error, Refusal, Result};
use crate::flow::bookkeeping::{Plan, Seen, WriteFn, Written};
use crate::flow::signing::Caller;
use crate::flow::{delivering, invoicing, proving};
use crate::store::order::Stored;
use crate::store::shipment::WORD_MAX;

/// What is to leave: everything that is open where no line is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// A line, and how many of it; all that are open without a number.
    pub lines: Vec<(u32, Option<Decimal>)>,
    pub reference: String,
    pub carrier: String,
    pub tracking: String,
}

/// Ships it.
pub async fn ship(app: &App, caller: &Caller, at: &Target<'_>, leaving: &Leaving) -> Result<()> {
    check_words(leaving)?;
    let (stored, hearers) = target(app, caller, at).await?;
    let follow = invoicing::running::follows_delivery(app, &stored).await?;
    let (leaving, version, source) = (leaving.clone(), at.version, at.source);
    let content = proving::sha256(&format!("{leaving:?}"));
    let plan = move |seen: &Seen<'_>| {
        let stored = delivering::seen(seen)?;
        same_version(stored, version)?;
        let plan = planned(stored, &leaving, source, &hearers)?;
        let job = follow.then(|| invoicing::running::delivery_job(&stored.order.id, stored.version + 1, seen.now));
        let inner = plan.write;
        let write: WriteFn = Box::new(move |decided| Ok(Written { jobs: job.clone().into_iter().collect(), ..inner(decided)? }));
        Ok(Plan { write, ..plan })
    };
    book(app, caller, at, &stored, content, plan).await
}

fn check_words(leaving: &Leaving) -> Result<()> {
    let mut findings = Findings::default();
    for (name, text) in [("reference", &leaving.reference), ("carrier", &leaving.carrier), ("tracking", &leaving.tracking)] {
        if text.chars().count() > WORD_MAX || text.chars().any(char::is_control) {
            findings.push(Finding::error(Code::ValueTooLong, name).limit(WORD_MAX));
        }
    }
    if findings.has_error() { Err(findings.into()) } else { Ok(()) }
}

fn planned(stored: &Stored, leaving: &Leaving, source: Source, hearers: &Hearers) -> Result<Plan> {
    if !stored.order.state.may_become(State::Shipped) {
        return Err(wrong_state(stored));
    }
    let lines = lines(stored, leaving)?;
    if lines.is_empty() {
        return Err(Error::Refused(Refusal::Nothing { what: "order".into() }));
    }
    let answers = lines.iter().map(|(line, quantity)| {
        let next = line.standing().shipping(*quantity).map_err(|fault| misfit(line.line, fault));
        next.map(|next| (line.line, next.answer))
    });
    let answers = answers.collect::<std::result::Result<_, _>>()?;
    let parcel = Parcel {
        lines: lines.iter().map(|(line, quantity)| (line.line, *quantity)).collect(),
        reference: leaving.reference.clone(),
        carrier: leaving.carrier.clone(),
        tracking: leaving.tracking.clone(),
    };
    let parts = parcel.lines.iter().map(|(line, quantity)| Part { line: line.to_string().into(), quantity: Some(*quantity) });
    let command = Command::Deliver { order: stored.order.number.as_str().into(), lines: parts.collect() };
    let listed: Vec<_> = parcel.lines.iter().map(|(line, quantity)| json!({"line": line, "quantity": quantity.normalize().to_string()})).collect();
    let body = json!({
        "source": source.as_str(), "shipment": stored.shipments + 1, "lines": listed,
        "reference": parcel.reference, "carrier": parcel.carrier, "tracking": parcel.tracking,
    });
    let step = Step { source, answers, parcel: Some(parcel), withdrawn: Vec::new(), note: format!("shipped ({})", source.as_str()) };
    let (before, hearers) = (stored.clone(), hearers.clone());
    Ok(Plan {
        command: Some(command),
        kind: "order shipped",
        subject: format!("order/{}", stored.order.number),
        cause: stored.order.id.clone(),
        body,
        write: Box::new(move |decided| {
            let entry = decided.outcome.as_ref().map_err(|refusal| Error::Refused(Refusal::Books(refusal.clone())))?;
            advanced(&before, &step, &hearers, decided, entry)
        }),
    })
}

/// The lines that leave, each once with its number of pieces.
fn lines<'s>(stored: &'s Stored, leaving: &Leaving) -> std::result::Result<Vec<(&'s Line, Decimal)>, Findings> {
    let all = || stored.order.lines.iter().filter(|line| line.open() > Decimal::ZERO).map(|line| (line.line, None)).collect();
    let wanted: Vec<(u32, Option<Decimal>)> = if leaving.lines.is_empty() { all() } else { leaving.lines.clone() };
    let mut findings = Findings::default();
    let mut lines: Vec<(&Line, Decimal)> = Vec::with_capacity(wanted.len());
    for (number, quantity) in wanted {
        let line = match line_of(stored, number) {
            Ok(line) => line,
            Err(finding) => {
                findings.push(finding);
                continue;
            }
        };
        let quantity = quantity.unwrap_or(line.open());
        if quantity <= Decimal::ZERO || quantity > line.open() {
            findings.push(misfit(number, Fault::NotOpen { open: line.open(), asked: quantity }));
        } else if lines.iter().any(|(known, _)| known.line == number) {
            findings.push(Finding::error(Code::Unusable, "line").line(number).value(number));
        } else {
            lines.push((line, quantity));
        }
    }
    if findings.has_error() { Err(findings) } else { Ok(lines) }
}
