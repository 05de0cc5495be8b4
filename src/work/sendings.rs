//! Documents on their way through the access point: hands them over, and asks later what became of them. Reads what is wanted from the database;
//! never sends a document that was not issued.

use std::time::Duration;

use crate::app::App;
use crate::error::{Error, Result};
use crate::outbound::Sent;
use crate::outbound::access_point::{self, Document, Fate};
use crate::store::invoice_sending::{self, Sending};
use crate::store::json::{parse, str_of};
use crate::store::outbox::Message;
use crate::store::{self};
use crate::wire::ubl;

/// The name of the channel.
pub const CHANNEL: &str = "peppol";
/// Without an access point a document waits this long before the next look.
const WITHOUT: u64 = 3600;
/// What is under way is asked for again after so long.
const ASK_EVERY: Duration = Duration::from_secs(300);
const BATCH: u32 = 100;

/// Hands over the document that a message is about.
pub async fn submit(app: &App, message: &Message) -> Sent {
    let Some(point) = &app.config.access_point else {
        return Sent::Later { why: "no access point is configured".into(), after: Some(WITHOUT) };
    };
    match document(app, message).await {
        Ok(document) => access_point::submit(point, &document, &app.config.private_hosts).await,
        Err(error) if error.retryable() => Sent::Later { why: error.to_string(), after: None },
        Err(error) => Sent::Parked(error.to_string()),
    }
}

async fn document(app: &App, message: &Message) -> Result<Document> {
    let payload = parse(&message.payload)?;
    if !str_of(&payload, "document").is_empty() {
        return Ok(of_order(message, &payload));
    }
    let id = str_of(&payload, "invoice");
    let mut tx = app.store.read().await?;
    let row =
        store::invoice::by_id(&mut tx, &message.tenant, id).await?.ok_or_else(|| Error::internal("a document that is not there is to be sent"))?;
    let invoice = ubl::read::read(&row.document).ok_or_else(|| Error::internal(format!("{} cannot be read", row.number)))?;
    Ok(Document {
        sender: format!("{}:{}", invoice.seller.endpoint_scheme, invoice.seller.endpoint),
        receiver: message.recipient.clone(),
        kind: ubl::document_type(&invoice),
        process: ubl::PROCESS.into(),
        country: invoice.seller.country,
        id: message.id.clone(),
        xml: row.document,
    })
}

/// A document about an order travels in its message whole.
fn of_order(message: &Message, payload: &serde_json::Value) -> Document {
    let text = |name: &str| str_of(payload, name).to_string();
    Document {
        sender: text("sender"),
        receiver: message.recipient.clone(),
        kind: text("kind"),
        process: text("process"),
        country: text("country"),
        id: message.id.clone(),
        xml: text("document"),
    }
}

/// What sending a message means for the document it is about; nothing where it is about none.
pub fn of_message(message: &Message, sent: &Sent, app: &App) -> Option<Sending> {
    let payload = parse(&message.payload).ok()?;
    let named = [str_of(&payload, "invoice"), payload.get("data").map(|data| str_of(data, "id")).unwrap_or_default()];
    let of_event = str_of(&payload, "type").ends_with(".issued");
    let invoice = if named[0].is_empty() && of_event { named[1] } else { named[0] };
    if invoice.is_empty() {
        return None;
    }
    let channel = if message.kind == "access-point" { CHANNEL } else { message.kind.as_str() };
    let (state, handle, said) = match sent {
        Sent::Done(answer) if channel == CHANNEL => ("sent", answer.clone(), String::new()),
        Sent::Done(answer) => ("sent", String::new(), answer.clone()),
        Sent::Later { why, .. } => ("waiting", String::new(), why.clone()),
        Sent::Parked(why) => ("failed", String::new(), why.clone()),
    };
    Some(Sending {
        tenant: message.tenant.clone(),
        invoice: invoice.to_string(),
        channel: channel.to_string(),
        state: state.into(),
        handle,
        said,
        changed_at: app.clock.now(),
    })
}

/// Asks what became of what is under way.
pub async fn follow(app: &App) -> Result<()> {
    let Some(point) = &app.config.access_point else { return Ok(()) };
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let waiting = invoice_sending::under_way(&mut tx, CHANNEL, now.minus(ASK_EVERY), BATCH).await?;
    drop(tx);
    let mut heard = Vec::new();
    for sending in waiting {
        let found = access_point::fate(point, &sending.handle, &app.config.private_hosts).await;
        let (state, said) = match found {
            Some((Fate::Delivered, _)) => ("delivered", String::new()),
            Some((Fate::Failed, why)) => ("failed", why),
            Some((Fate::Rejected, why)) => ("rejected", why),
            Some((Fate::UnderWay, why)) => ("sent", why),
            None => ("sent", sending.said.clone()),
        };
        heard.push(Sending { state: state.into(), said, changed_at: now, ..sending });
    }
    if !heard.is_empty() {
        let mut tx = app.store.begin().await?;
        tx.write(vec![invoice_sending::put(&heard)]).await?;
        tx.commit().await?;
    }
    Ok(())
}
