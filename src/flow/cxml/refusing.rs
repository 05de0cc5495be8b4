//! A refusal that is kept: journalled with its reason and given again to whoever sends the same document again (section 6).

use serde_json::json;

use super::Said;
use super::coming::{self, Came, Heard};
use crate::app::App;
use crate::domain::books::command::Names;
use crate::domain::rights::Asker;
use crate::error::{Error, Result};
use crate::flow::bookkeeping::{Answer, Booking, Decided, Done, Key, Plan, Seen, WriteFn, Written};
use crate::wire::cxml::{Fault, Status};

/// A booking under the document's id, from its plan.
pub fn booking(came: &Came<'_>, names: Names, order: Option<String>, plan: impl Fn(&Seen<'_>) -> Result<Plan> + Send + Sync + 'static) -> Booking {
    let answering = came.answering.clone();
    Booking {
        actor: came.actor(),
        // The buyer's system approved what it sends, the supplier's answers for what it says: neither is a person with rights here.
        asker: Asker::SetUp,
        keys: vec![Key { id: came.key.clone(), keeps_refusals: true }],
        fingerprint: came.fingerprint.clone(),
        names,
        orders: order.into_iter().collect(),
        series: None,
        preview: false,
        received: Some(came.received()),
        plan: Box::new(move |seen| plan(seen).map(|plan| coming::answered(plan, answering.as_ref()))),
    }
}

/// What is written where a plan comes to a refusal behind the lock.
pub fn refusal(fault: &Fault, subject: &str) -> Plan {
    let answer = Answer { status: i64::from(fault.status.code()), body: fault.text.clone() };
    let write: WriteFn = Box::new(move |_: &Decided<'_>| Ok(Written { answer: answer.clone(), ..Written::default() }));
    let body = json!({"status": fault.status.code(), "text": fault.text});
    Plan { command: None, kind: "document refused", subject: subject.to_string(), cause: String::new(), body, write }
}

/// Keeps a refusal that was found before anything was booked. A document that was answered before gets its first answer.
pub async fn refuse(app: &App, came: &Came<'_>, subject: String, fault: Fault) -> Result<Said> {
    let refusing = booking(came, Names::default(), None, move |_| Ok(refusal(&fault, &subject)));
    said(app.bookkeepers.book(&came.tenant, refusing).await?)
}

/// What a booking under a document's id came to.
pub fn said(done: Done) -> Result<Said> {
    match done {
        Done::Decided { answer, .. } => of_answer(&answer),
        Done::Repeated { key: 0, answer } => of_answer(&answer).map(|said| said.heard(Heard::Again)),
        Done::OtherContent { key: 0 } => {
            let said = Said::new(Status::Conflict, "A document with this payloadID was received before, with other content.");
            Ok(said.heard(Heard::OtherContent))
        }
        Done::Repeated { .. } | Done::OtherContent { .. } => Ok(Said::new(Status::Conflict, "This was received before.")),
    }
}

fn of_answer(answer: &Answer) -> Result<Said> {
    let status = Status::from_code(answer.status).ok_or_else(|| Error::internal(format!("kept status {}", answer.status)))?;
    Ok(Said::new(status, answer.body.clone()))
}
