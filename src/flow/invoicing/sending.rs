//! What is owed to a customer because of a document: a message for each channel of their terms, in the commit that makes the document. Sends
//! nothing itself.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::document::Parties;
use crate::domain::invoice::terms::{Channel, Terms};
use crate::domain::invoice::{Invoice as Document, Kind};
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::flow::cxml::telling;
use crate::flow::{notifying, ordering};
use crate::store::invoice::Invoice;
use crate::store::json::{parse, str_of};
use crate::store::order::Stored;
use crate::store::outbox::Message;
use crate::wire::cxml::invoice;
use crate::wire::cxml::kept::Kept;

/// The messages for a document, which is about these orders. The order is shown in the mail where it is about one.
pub fn owed(parties: &Parties, (row, document): (&Invoice, &Document), orders: &[Stored], now: Timestamp) -> Result<Vec<Message>> {
    let tenant = parties.buyer.id.as_str();
    let settings = parse(&parties.buyer.settings)?;
    let mut messages = Vec::new();
    for channel in channels(&parties.terms, orders) {
        let (kind, recipient, payload) = match channel {
            Channel::Mail => match notifying::address(&parties.buyer)? {
                Some(address) => ("mail", address, mail(parties, row, orders.first())),
                None => continue,
            },
            Channel::Webhook if str_of(&settings, "webhook").is_empty() => continue,
            Channel::Webhook => ("webhook", str_of(&settings, "webhook").to_string(), event(row, now)),
            Channel::Peppol => ("access-point", participant(&settings), json!({"invoice": row.id})),
            Channel::Cxml => {
                messages.extend(as_cxml(parties, row, document, orders, now));
                continue;
            }
        };
        messages.push(ordering::message(tenant, kind, &row.order, &recipient, &payload, now));
    }
    Ok(messages)
}

/// How this document goes: one over orders that came from no system of the customer has no cXML address, and goes by mail instead.
fn channels(terms: &Terms, orders: &[Stored]) -> BTreeSet<Channel> {
    let from_a_system = orders.iter().any(|stored| stored.order.connection.is_some());
    let of = |channel: &Channel| if *channel == Channel::Cxml && !from_a_system { Channel::Mail } else { *channel };
    terms.channels.iter().map(of).collect()
}

/// An `InvoiceDetailRequest` to the connection that the first of the orders came over.
fn as_cxml(parties: &Parties, row: &Invoice, document: &Document, orders: &[Stored], now: Timestamp) -> Option<Message> {
    let connection = orders.iter().find_map(|stored| stored.order.connection.as_deref())?;
    let kept = orders.iter().filter_map(|stored| Some((stored.order.number.clone(), Kept::read(&stored.document)?))).collect();
    let days = (row.kind == Kind::Invoice).then_some(parties.terms.payment_days);
    let (seller, language) = (&parties.seller.id, parties.buyer.language.as_str());
    let element = invoice::write(document, &invoice::About { kept: &kept, days, seller, language })?;
    Some(telling::invoice(&parties.buyer.id, row, connection, &invoice::payload_id(&row.number, seller), element, now))
}

fn mail(parties: &Parties, row: &Invoice, order: Option<&Stored>) -> Value {
    let shown = order.filter(|_| row.more_orders.is_empty()).map(|stored| ordering::order_json(&stored.order, &[]));
    match row.kind {
        Kind::Invoice if shown.is_none() => letter(parties, row, shown, "collective-invoice"),
        Kind::Invoice => letter(parties, row, shown, "invoice"),
        Kind::CreditNote => letter(parties, row, shown, "credit-note"),
    }
}

/// The document and its copy are put to it when it is sent.
fn letter(parties: &Parties, row: &Invoice, order: Option<Value>, template: &str) -> Value {
    json!({
        "template": template, "language": parties.buyer.language.as_str(), "order": order.unwrap_or_default(),
        "values": {"invoice": row.number, "preceding": row.preceding}, "invoice": row.id, "copy": parties.terms.copy.as_str(),
    })
}

/// What a program of the customer is told; the document itself has its address in the API.
fn event(row: &Invoice, now: Timestamp) -> Value {
    json!({"type": format!("{}.issued", row.kind.as_str()), "timestamp": now.to_string(), "data": super::invoice_json(row)})
}

/// Scheme and number, as the network addresses them.
fn participant(settings: &Value) -> String {
    format!("{}:{}", str_of(settings, "endpoint_scheme"), str_of(settings, "endpoint"))
}
