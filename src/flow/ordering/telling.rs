//! What is said of an order: to its supplier by mail and webhook, and to whoever asks over the API. Every message is owed, none is sent here.

use serde_json::{Value, json};

use crate::clock;
use crate::domain::money::Price;
use crate::domain::order::{Line, Order};
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::store::json::str_of;
use crate::store::order::Stored;
use crate::store::organisation::Organisation;
use crate::store::outbox::Message;
use crate::store::{self};

/// What is owed to the supplier of an order that is placed: a mail and a webhook, as the supplier wants them.
pub fn announcements(stored: &Stored, supplier: Option<&Organisation>, now: Timestamp) -> Result<Vec<Message>> {
    tell_supplier(stored, supplier, "order", now)
}

/// The same about an order it knows already: `order-changed`.
pub fn tell_supplier(stored: &Stored, supplier: Option<&Organisation>, template: &str, now: Timestamp) -> Result<Vec<Message>> {
    let Some(supplier) = supplier else { return Ok(Vec::new()) };
    let settings = store::json::parse(&supplier.settings)?;
    let order = order_json(&stored.order, &[]);
    let mut messages = Vec::new();
    for (kind, recipient) in [("mail", str_of(&settings, "mail")), ("webhook", str_of(&settings, "webhook"))] {
        if recipient.is_empty() {
            continue;
        }
        let payload = match kind {
            "mail" => json!({"template": template, "language": supplier.language.as_str(), "order": order}),
            _ => json!({"type": if template == "order" { "order.placed" } else { "order.changed" }, "timestamp": now.to_string(), "data": order}),
        };
        messages.push(message(&stored.tenant, kind, &stored.order.id, recipient, &payload, now));
    }
    Ok(messages)
}

/// A message owed to somebody, in the lane of its order.
pub fn message(tenant: &str, kind: &str, lane: &str, recipient: &str, payload: &Value, now: Timestamp) -> Message {
    Message {
        tenant: tenant.to_string(),
        id: clock::new_id(now),
        kind: kind.to_string(),
        lane: lane.to_string(),
        recipient: recipient.to_string(),
        payload: payload.to_string(),
        attempts: 0,
        fence: 0,
    }
}

/// An order as the API shows it.
pub fn order_json(order: &Order, warnings: &[String]) -> Value {
    json!({
        "id": order.id,
        "number": order.number,
        "state": order.state.as_str(),
        "connection": order.connection,
        "supplier": order.supplier,
        "quote": order.quote,
        "currency": order.net.currency.as_str(),
        "net": order.net.decimal().to_string(),
        "ordered_by": order.ordered_by,
        "lines": order.lines.iter().map(line_json).collect::<Vec<_>>(),
        "warnings": warnings,
    })
}

fn line_json(l: &Line) -> Value {
    let quoted = |price: Price| json!({"price": price.amount.to_string(), "price_quantity": price.per});
    json!({
        "line": l.line,
        "article": l.article,
        "description": l.description,
        "text": l.text,
        "quantity": l.quantity.to_string(),
        "unit": l.unit,
        "price": l.price.amount.to_string(),
        "price_quantity": l.price.per,
        "net": l.net.decimal().to_string(),
        "vat": l.vat.to_string(),
        "coding": store::json::coding(&l.coding),
        "quote_line": l.quote_line,
        "quoted_price": l.quoted_price.map(quoted),
        "quoted_quantity": l.quoted_quantity.map(|quantity| quantity.to_string()),
        "shipped": l.shipped.to_string(),
        "refused": l.refused.to_string(),
        "invoiced": l.invoiced.to_string(),
    })
}
