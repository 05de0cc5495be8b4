//! Commands of a buyer's people to the books, whichever: asked once under the caller's key, tried without being written, answered with what
//! they do to every budget above, or with every one that is short. An override is journalled with its reason (budgets-and-orders, chapter 7).
//! Knows no particular command.

use serde_json::{Value, json};

use super::bookkeeping::{Answer, Booking, Decided, Done, Key, Seen};
use super::signing::Caller;
use super::{granting, proving};
use crate::app::App;
use crate::domain::books::command::{Command, Names, Override};
use crate::domain::books::entry::{Code as Because, Entry, Outcome, Over, Refusal as Refused, Report};
use crate::domain::books::sketch::{Effect, Sketch};
use crate::domain::books::{Books, BudgetPeriod, Standing};
use crate::domain::finding::{Code, Finding};
use crate::domain::rights::Asker;
use crate::error::{Error, Refusal, Result};
use crate::flow::bookkeeping::Plan;
use crate::store::json::{parse, str_of};
use crate::store::order::Stored;

/// The longest reason a person may give.
pub const REASON_MAX: usize = 500;
const KEY_MAX: usize = 200;

/// How something is asked, whatever it is.
pub struct Asking<'a> {
    pub caller: &'a Caller,
    /// The caller's idempotency key.
    pub key: Option<&'a str>,
    /// Says what would be, and writes nothing.
    pub preview: bool,
    /// What is asked, so that the same key with something else is told apart.
    pub content: String,
}

/// An answer as HTTP has it.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub body: Value,
}

/// The keys a booking is known by: the caller's own, and one that the thing itself gives.
fn keys(asking: &Asking<'_>, own: Option<String>) -> Result<Vec<Key>> {
    if asking.preview {
        return Ok(Vec::new());
    }
    if let Some(key) = asking.key.filter(|key| key.is_empty() || key.len() > KEY_MAX) {
        return Err(Finding::error(Code::Unusable, "Idempotency-Key").value(key).limit(format!("1 – {KEY_MAX}")).into());
    }
    let given = asking.key.map(|key| Key { id: format!("command/{key}"), keeps_refusals: true });
    Ok(given.into_iter().chain(own.map(|id| Key { id, keeps_refusals: false })).collect())
}

/// Has a plan decided for the caller, and written unless it is only tried. `own` is a key by which the thing itself is done once.
pub async fn run(
    app: &App,
    asking: &Asking<'_>,
    names: Names,
    order: Option<&Stored>,
    own: Option<String>,
    plan: impl Fn(&Seen<'_>) -> Result<Plan> + Send + Sync + 'static,
) -> Result<Reply> {
    run_as(app, asking, None, names, order, own, plan).await
}

/// The same where the caller acts with more than their own: with what the way of a request gives.
pub async fn run_as(
    app: &App,
    asking: &Asking<'_>,
    asker: Option<Asker>,
    names: Names,
    order: Option<&Stored>,
    own: Option<String>,
    plan: impl Fn(&Seen<'_>) -> Result<Plan> + Send + Sync + 'static,
) -> Result<Reply> {
    let tenant = &asking.caller.person.tenant;
    let asker = match asker {
        Some(asker) => asker,
        None => granting::asker(&mut app.store.read().await?, asking.caller).await?,
    };
    let booking = Booking {
        actor: asking.caller.person.sign_in.clone(),
        asker,
        keys: keys(asking, own)?,
        fingerprint: proving::sha256(&asking.content),
        names,
        orders: order.into_iter().map(|stored| stored.order.id.clone()).collect(),
        series: None,
        preview: asking.preview,
        received: None,
        plan: Box::new(plan),
    };
    match app.bookkeepers.book(tenant, booking).await? {
        Done::Decided { outcome, answer } => match *outcome {
            Err(refusal) => Err(Error::Refused(Refusal::Books(refusal))),
            Ok(_) => read_answer(&answer),
        },
        Done::Repeated { answer, .. } => read_answer(&answer),
        Done::OtherContent { key: 0 } if asking.key.is_some() => {
            Err(Finding::error(Code::Unusable, "Idempotency-Key").value(asking.key.unwrap_or_default()).into())
        }
        Done::OtherContent { .. } => Err(Error::Conflict("done before, with other content".into())),
    }
}

fn read_answer(answer: &Answer) -> Result<Reply> {
    let body = parse(&answer.body)?;
    match u16::try_from(answer.status).unwrap_or(500) {
        409 => Err(Error::Refused(Refusal::Books(read_refusal(&body)))),
        status => Ok(Reply { status, body }),
    }
}

/// A refusal as it is kept under its key.
fn refusal_json(refusal: &Refused) -> Value {
    json!({"code": refusal.code.as_str(), "what": refusal.what, "over": refusal.over.iter().map(over_json).collect::<Vec<_>>()})
}

pub fn read_refusal(body: &Value) -> Refused {
    let over = |over: &Value| Over {
        at: BudgetPeriod::new(str_of(over, "budget"), str_of(over, "period")),
        short: over.get("short").and_then(Value::as_i64).unwrap_or_default(),
    };
    Refused {
        code: Because::parse(str_of(body, "code")).unwrap_or(Because::WrongState),
        over: body.get("over").and_then(Value::as_array).into_iter().flatten().map(over).collect(),
        what: str_of(body, "what").to_string(),
        outcome: Outcome::Refused,
    }
}

fn over_json(over: &Over) -> Value {
    json!({"budget": &*over.at.budget, "period": &*over.at.period, "short": over.short})
}

/// A budget period in amounts of minor units.
fn standing_json(standing: &Standing) -> Value {
    let places = standing.subtree;
    json!({
        "funding": standing.funding.total(), "available": standing.reported_available(), "requested": places.requested,
        "committed": places.committed, "delivered": places.delivered, "expended": places.expended, "headroom": standing.headroom(),
    })
}

fn effect_json(effect: &Effect) -> Value {
    let mut body = json!({"budget": &*effect.at.budget, "period": &*effect.at.period, "before": standing_json(&effect.before)});
    body["after"] = standing_json(&effect.after);
    body
}

/// The report of a period's change.
pub fn report_json(report: &Report) -> Value {
    let short: Vec<Value> = report.short.iter().map(|(budget, amount)| json!({"budget": &**budget, "short": amount})).collect();
    json!({
        "carried": report.carried, "rest_carried": report.rest_carried, "lapsed": report.lapsed, "short": short,
        "expired": report.expired.iter().map(|order| &**order).collect::<Vec<_>>(),
    })
}

/// What a command that was decided is answered: accepted or warned, what it did where, or why not.
pub fn answer(decided: &Decided<'_>, sketch: &Sketch, preview: bool, more: &Value) -> Answer {
    let entry = match decided.outcome {
        Ok(entry) => entry,
        Err(refusal) => return Answer { status: 409, body: refusal_json(refusal).to_string() },
    };
    let mut body = entry_json(entry, sketch, preview);
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    Answer { status: 200, body: body.to_string() }
}

fn entry_json(entry: &Entry, sketch: &Sketch, preview: bool) -> Value {
    let crossed = entry.crossed.iter().map(|c| json!({"budget": &*c.at.budget, "period": &*c.at.period, "percent": c.percent}));
    let result = match (entry.needs_approval, entry.over.is_empty()) {
        (true, _) => "needs_approval",
        (false, true) => "accepted",
        (false, false) => "warned",
    };
    let mut body = json!({
        "result": result, "preview": preview, "over": entry.over.iter().map(over_json).collect::<Vec<_>>(),
        "thresholds": crossed.collect::<Vec<_>>(), "budgets": sketch.effects(entry).iter().map(effect_json).collect::<Vec<_>>(),
    });
    if let Some(report) = &entry.report {
        body["report"] = report_json(report);
    }
    body
}

/// Whether a ceiling may be passed: with a reason.
pub fn passing(reason: Option<&str>) -> Result<Override> {
    reason.map_or(Ok(Override::No), |reason| given(reason, "override_reason").map(|_| Override::Yes))
}

/// A reason that must be there, without blanks around it.
pub fn given<'r>(reason: &'r str, field: &'static str) -> Result<&'r str> {
    let reason = reason.trim();
    let fits = (1..=REASON_MAX).contains(&reason.chars().count()) && !reason.chars().any(|c| c.is_control() && c != '\n');
    if fits { Ok(reason) } else { Err(Finding::error(Code::Unusable, field).limit(format!("1 – {REASON_MAX}")).into()) }
}

/// What the journal says of an override: the reason, and every ceiling it passes; nothing where there is none.
pub fn overridden(books: &Books, command: &Command, reason: Option<&str>) -> Value {
    let Some(reason) = reason else { return json!({}) };
    let over = books.decide(command).map(|entry| entry.over).unwrap_or_default();
    json!({"override": {"reason": reason.trim(), "over": over.iter().map(over_json).collect::<Vec<_>>()}})
}
