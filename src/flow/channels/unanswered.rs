//! Orders that went out and of which nothing was heard in time: buyer and operator are told, once for each. A mail is lost without a trace, and a
//! system that answered 201 has promised to say more (reference cxml-and-peppol-ordering, sections 14 and 29): silence is never taken for a yes.

use serde_json::{Value, json};

use crate::app::App;
use crate::domain::order::State;
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::flow::{applying, notifying, ordering};
use crate::store::job::{Job, NewJob};
use crate::store::json::{parse, str_of};
use crate::store::order::Stored;
use crate::store::outbox::Message;
use crate::store::{self, Tx};
use crate::wire::cxml::kept::Kind;

pub const JOB: &str = "unanswered-order";
/// What the journal says of an order whose system told what became of it.
pub const TAKEN_OVER: &str = "order taken over";
pub const NOT_TAKEN_OVER: &str = "order not taken over";

/// Which way an order went that somebody must act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// A mail: anybody who acts on the order.
    Person,
    /// A system that answered 201: what it says of the document.
    System,
}

impl Awaited {
    fn template(self) -> &'static str {
        match self {
            Awaited::Person => "order-unanswered",
            Awaited::System => "order-unfinished",
        }
    }
}

/// The look at an order when its time is up; one for each message. A change or a cancellation is waited for whatever becomes of its order.
pub fn job(awaited: Awaited, kind: Kind, order: &str, message: &str, due_at: Timestamp) -> NewJob {
    let payload = json!({"order": order, "template": awaited.template(), "message": message, "kind": kind});
    NewJob { id: format!("{JOB}/{message}"), kind: JOB, payload: payload.to_string(), due_at }
}

/// Tells whom it concerns, where nothing was heard of it.
pub async fn report(app: &App, tx: &mut Tx, job: &Job) -> Result<()> {
    let payload = parse(&job.payload)?;
    let Some(stored) = store::order::by_id(tx, &job.tenant, str_of(&payload, "order")).await? else { return Ok(()) };
    let is_new = payload.get("kind").is_none_or(|kind| *kind == json!(Kind::New));
    if is_new && stored.order.state != State::Placed {
        return Ok(());
    }
    let template = Some(str_of(&payload, "template")).filter(|template| !template.is_empty()).unwrap_or(Awaited::Person.template());
    if template == Awaited::System.template() && reported(tx, &stored, str_of(&payload, "message")).await? {
        return Ok(());
    }
    let now = app.clock.now();
    let messages = letters(tx, &stored, template, "", now).await?;
    metrics::counter!("hookline_orders_unanswered_total").increment(1);
    tracing::warn!(order.number = stored.order.number, supplier = stored.order.supplier, "nothing was heard of an order in time");
    tx.write(vec![store::outbox::insert(&messages, now)]).await.map(drop)
}

/// Whether the supplier's system said what became of this message.
async fn reported(tx: &mut Tx, stored: &Stored, message: &str) -> Result<bool> {
    let entries = store::journal::of_subject(tx, &stored.tenant, &format!("order/{}", stored.order.number)).await?;
    for entry in entries.iter().filter(|entry| [TAKEN_OVER, NOT_TAKEN_OVER].contains(&entry.kind.as_str())) {
        if str_of(&store::journal::body(entry)?, "document").split('@').next() == Some(message) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The same letter to the buyer and to the operators.
pub async fn letters(tx: &mut Tx, stored: &Stored, template: &str, reason: &str, now: Timestamp) -> Result<Vec<Message>> {
    let (Some(buyer), Some(supplier)) =
        (store::organisation::by_id(tx, &stored.tenant).await?, store::organisation::by_id(tx, &stored.order.supplier).await?)
    else {
        return Ok(Vec::new());
    };
    let operators = store::person::all(tx).await?.into_iter().filter(|person| person.tenant == applying::OPERATOR && person.active);
    let told = notifying::address(&buyer)?.map(|mail| (mail, buyer.language)).into_iter();
    let told = told.chain(operators.filter(|person| !person.mail.is_empty()).map(|person| (person.mail, person.language)));
    let letter = |(mail, language): (String, crate::domain::name::Language)| {
        let payload: Value = json!({
            "template": template, "language": language.as_str(), "order": ordering::order_json(&stored.order, &[]),
            "values": {"supplier": supplier.name}, "reason": reason,
        });
        ordering::message(&stored.tenant, "mail", &stored.order.id, &mail, &payload, now)
    };
    Ok(told.map(letter).collect())
}
