//! Who hears of a step of the supplier's outside of documents: the buyer by mail, in its language, and its system by webhook; budget holders of
//! money that is free again. A plain confirmation is no news for people.

use serde_json::{Value, json};

use super::{Hearers, Parcel, Step};
use crate::domain::books::entry::Entry;
use crate::domain::fulfilment::{Said, Says};
use crate::domain::money::Price;
use crate::domain::order::Line;
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::flow::bookkeeping::Decided;
use crate::flow::{notifying, ordering};
use crate::store::json::{parse, str_of};
use crate::store::order::Stored;
use crate::store::organisation::Organisation;
use crate::store::outbox::Message;

/// Everything that is owed to the buyer's people and to its webhook.
pub fn messages(before: &Stored, after: &Stored, step: &Step, hearers: &Hearers, decided: &Decided<'_>, entry: &Entry) -> Result<Vec<Message>> {
    let Some(buyer) = hearers.buyer.as_deref() else { return Ok(Vec::new()) };
    let now = decided.at;
    let mut messages = Vec::new();
    match (&step.parcel, step.withdrawn.as_slice()) {
        (Some(parcel), []) => messages.extend(letter(after, buyer, "shipped", &sent(after, &parcel.lines), &tracking(parcel), now)?),
        (Some(parcel), _) => messages.extend(letter(after, buyer, "shipment-changed", &sent(after, &parcel.lines), &tracking(parcel), now)?),
        (None, []) => {}
        (None, withdrawn) => {
            let lines: Vec<_> = withdrawn.iter().flat_map(|one| one.lines.iter().copied()).collect();
            messages.extend(letter(after, buyer, "shipment-withdrawn", &sent(after, &lines), &[], now)?);
        }
    }
    let is_fewer = |line: &Line| before.order.lines.iter().any(|old| old.line == line.line && old.refused < line.refused);
    if after.order.lines.iter().any(is_fewer) {
        messages.extend(notifying::cannot_deliver(after, decided.books, entry, buyer, now)?);
    }
    let news = news(after, step);
    if !news.is_empty() {
        let asks = after.order.lines.iter().any(|line| step.answers.contains_key(&line.line) && line.standing().offer().is_some());
        let order = json!({"number": after.order.number});
        messages.extend(match asks {
            true => letter(after, buyer, "order-offered", &order, &news, now)?,
            false => letter(after, buyer, "order-answered", &order, &news, now)?,
        });
    }
    messages.extend(webhook(after, step, buyer, now)?);
    Ok(messages)
}

fn letter(stored: &Stored, buyer: &Organisation, template: &str, order: &Value, details: &[Value], now: Timestamp) -> Result<Option<Message>> {
    let Some(recipient) = notifying::address(buyer)? else { return Ok(None) };
    let payload = json!({"template": template, "language": buyer.language.as_str(), "order": order, "details": details});
    Ok(Some(ordering::message(&stored.tenant, "mail", &stored.order.id, &recipient, &payload, now)))
}

/// Lines of a shipment, as a mail lists them.
fn sent(stored: &Stored, lines: &[(u32, rust_decimal::Decimal)]) -> Value {
    let line = |(number, quantity): &(u32, rust_decimal::Decimal)| {
        let line = stored.order.lines.iter().find(|line| line.line == *number)?;
        Some(json!({"quantity": quantity.normalize().to_string(), "article": line.article, "description": line.description}))
    };
    json!({"number": stored.order.number, "lines": lines.iter().filter_map(line).collect::<Vec<_>>()})
}

fn tracking(parcel: &Parcel) -> Vec<Value> {
    let known = [("carrier", &parcel.carrier), ("tracking", &parcel.tracking)].into_iter().filter(|(_, text)| !text.is_empty());
    known.map(|(name, text)| json!({"key": format!("mail-detail-{name}"), "values": {"text": text}})).collect()
}

/// What people should know of each line: days, back-orders, offers.
fn news(after: &Stored, step: &Step) -> Vec<Value> {
    let of_shipment = step.parcel.is_some() || !step.withdrawn.is_empty();
    let lines = after.order.lines.iter().filter(|line| !of_shipment && step.answers.contains_key(&line.line));
    lines.flat_map(|line| line.answer.said.iter().filter_map(|said| one(line, said))).collect()
}

fn one(line: &Line, said: &Said) -> Option<Value> {
    let key = match (said.says, &said.date, said.price, &said.article) {
        (Says::Confirmed, Some(_), _, _) => "mail-detail-promised",
        (Says::Backordered, Some(_), _, _) => "mail-detail-backordered-until",
        (Says::Backordered, None, _, _) => "mail-detail-backordered",
        (Says::Offered, _, Some(_), None) => "mail-detail-price",
        (Says::Offered, _, None, _) => "mail-detail-substitute",
        (Says::Offered, _, Some(_), Some(_)) => "mail-detail-substitute-price",
        (Says::Confirmed, None, _, _) | (Says::Refused | Says::Pending, _, _, _) => return None,
    };
    let price = said.price.map(|amount| Price { amount, ..line.price });
    let price = price.map(|price| format!("{} {} / {}", price.currency, price.amount.normalize(), price.per)).unwrap_or_default();
    let values = json!({
        "line": line.line.to_string(), "quantity": said.quantity.normalize().to_string(), "description": line.description,
        "date": said.date.clone().unwrap_or_default(), "price": price, "article": said.article.clone().unwrap_or_default(),
        "name": said.name.clone().unwrap_or_default(),
    });
    Some(json!({"key": key, "values": values}))
}

/// The buyer's webhook, where its organisation names one.
fn webhook(after: &Stored, step: &Step, buyer: &Organisation, now: Timestamp) -> Result<Option<Message>> {
    let address = str_of(&parse(&buyer.settings)?, "webhook").to_string();
    if address.is_empty() {
        return Ok(None);
    }
    let mut data = ordering::order_json(&after.order, &[]);
    if let Some(parcel) = &step.parcel {
        let lines: Vec<Value> =
            parcel.lines.iter().map(|(line, quantity)| json!({"line": line, "quantity": quantity.normalize().to_string()})).collect();
        data["shipment"] = json!({
            "number": after.shipments, "reference": parcel.reference, "carrier": parcel.carrier, "tracking": parcel.tracking, "lines": lines,
        });
    }
    if !step.withdrawn.is_empty() {
        data["withdrawn"] = step.withdrawn.iter().map(|one| one.number).collect();
    }
    let event = match (&step.parcel, step.withdrawn.is_empty()) {
        (Some(_), true) => "order.shipped",
        (None, true) => "order.answered",
        (Some(_), false) => "shipment.changed",
        (None, false) => "shipment.withdrawn",
    };
    let payload = json!({"type": event, "timestamp": now.to_string(), "data": data});
    Ok(Some(ordering::message(&after.tenant, "webhook", &after.order.id, &address, &payload, now)))
}
