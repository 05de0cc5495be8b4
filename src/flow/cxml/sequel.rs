//! What a supplier's system says later of an order that it answered before, with 201 for instance (section 14): taken over, or refused after all.
//! It never changes the books: what a supplier takes on its confirmation says. A refusal is told to people, for somebody must act.

use serde_json::json;

use super::coming::Came;
use super::fulfilling::names;
use super::refusing::{self, refuse};
use super::{Proven, Said};
use crate::app::App;
use crate::error::Result;
use crate::flow::bookkeeping::{Answer, Plan, Seen, Written};
use crate::flow::channels::unanswered::{NOT_TAKEN_OVER, TAKEN_OVER, letters};
use crate::flow::{channels, connecting, delivering};
use crate::store;
use crate::store::json::parse;
use crate::store::order::Stored;
use crate::wire::cxml::kept::Kind;
use crate::wire::cxml::status::Update;
use crate::wire::cxml::{Fault, Status};

pub async fn hear(app: &App, proven: &Proven<'_>) -> Result<Said> {
    let came = Came::of(proven)?;
    let update = match Update::read(proven.envelope.payload_element) {
        Ok(update) => update,
        Err(fault) => return refuse(app, &came, "status update".to_string(), fault).await,
    };
    let Some((stored, kind)) = order_of(app, &came, &update.payload).await? else {
        // Nothing was decided, so nothing is kept of it: the same update may come again once the document is known.
        return Ok(Fault::new(Status::ExpectationFailed, "the document that the status is about is not known").into());
    };
    let mut tx = app.store.read().await?;
    let messages = match (update.is_success(), kind) {
        (true, _) => Vec::new(),
        (false, Kind::New) => letters(&mut tx, &stored, "order-not-taken-over", &update.text, came.now).await?,
        (false, Kind::Update | Kind::Delete) => letters(&mut tx, &stored, "change-not-taken-over", &update.text, came.now).await?,
    };
    drop(tx);
    let (id, names) = (stored.order.id.clone(), names(&stored));
    let plan = move |seen: &Seen<'_>| {
        let stored = delivering::seen(seen)?;
        let messages = messages.clone();
        let answer = Answer { status: i64::from(Status::Ok.code()), body: "Noted.".to_string() };
        Ok(Plan {
            command: None,
            kind: if update.is_success() { TAKEN_OVER } else { NOT_TAKEN_OVER },
            subject: format!("order/{}", stored.order.number),
            cause: stored.order.id.clone(),
            body: json!({"document": update.payload, "of": kind, "status": update.code, "reason": update.text}),
            write: Box::new(move |_| Ok(Written { answer: answer.clone(), messages: messages.clone(), ..Written::default() })),
        })
    };
    refusing::said(app.bookkeepers.book(&came.tenant, refusing::booking(&came, names, Some(id), plan)).await?)
}

/// The order that is for this connection's supplier in a document of ours, whose id begins with that of its message; and what the document does to
/// it. The message is there before it leaves, so that no answer to it comes too early.
async fn order_of(app: &App, came: &Came<'_>, payload: &str) -> Result<Option<(Stored, Kind)>> {
    let supplier = connecting::catalogue(app, &came.connection()?.catalogue).await?.supplier.clone();
    let message = payload.split('@').next().unwrap_or_default();
    let mut tx = app.store.read().await?;
    let (order, kind) = match store::owed::lane_and_payload(&mut tx, channels::MESSAGE, &came.tenant, message).await? {
        Some((lane, payload)) => (lane, serde_json::from_value(parse(&payload)?["kind"].take()).unwrap_or_default()),
        // What left long ago is not in the outbox any more.
        None => match store::order_delivery::by_id(&mut tx, &came.tenant, message).await? {
            Some(delivery) => (delivery.order, Kind::New),
            None => return Ok(None),
        },
    };
    let stored = store::order::by_id(&mut tx, &came.tenant, &order).await?;
    Ok(stored.filter(|stored| stored.order.supplier == supplier).map(|stored| (stored, kind)))
}
