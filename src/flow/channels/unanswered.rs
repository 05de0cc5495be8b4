//! Orders that went out by mail and that nobody acted on in time: buyer and operator are told, once for each mail. A mail is lost without a trace,
//! so silence is never taken for a yes (reference cxml-and-peppol-ordering, section 29).

use serde_json::json;

use crate::app::App;
use crate::domain::order::State;
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::flow::{applying, notifying, ordering};
use crate::store::job::{Job, NewJob};
use crate::store::json::{parse, str_of};
use crate::store::{self, Tx};

pub const JOB: &str = "unanswered-order";

/// The look at an order when its time is up; one for each mail.
pub fn job(order: &str, message: &str, due_at: Timestamp) -> NewJob {
    NewJob { id: format!("{JOB}/{message}"), kind: JOB, payload: json!({"order": order}).to_string(), due_at }
}

/// Tells whom it concerns, where the order still stands as it was placed.
pub async fn report(app: &App, tx: &mut Tx, job: &Job) -> Result<()> {
    let payload = parse(&job.payload)?;
    let Some(stored) = store::order::by_id(tx, &job.tenant, str_of(&payload, "order")).await? else { return Ok(()) };
    if stored.order.state != State::Placed {
        return Ok(());
    }
    let (Some(buyer), Some(supplier)) =
        (store::organisation::by_id(tx, &job.tenant).await?, store::organisation::by_id(tx, &stored.order.supplier).await?)
    else {
        return Ok(());
    };
    let now = app.clock.now();
    let operators = store::person::all(tx).await?.into_iter().filter(|person| person.tenant == applying::OPERATOR && person.active);
    let told = notifying::address(&buyer)?.map(|mail| (mail, buyer.language)).into_iter();
    let told = told.chain(operators.filter(|person| !person.mail.is_empty()).map(|person| (person.mail, person.language)));
    let messages: Vec<_> = told
        .map(|(mail, language)| {
            let payload = json!({
                "template": "order-unanswered", "language": language.as_str(), "order": ordering::order_json(&stored.order, &[]),
                "values": {"supplier": supplier.name},
            });
            ordering::message(&stored.tenant, "mail", &stored.order.id, &mail, &payload, now)
        })
        .collect();
    metrics::counter!("hookline_orders_unanswered_total").increment(1);
    tracing::warn!(order.number = stored.order.number, supplier = supplier.id, "nobody answered an order that went by mail");
    tx.write(vec![store::outbox::insert(&messages, now)]).await.map(drop)
}
