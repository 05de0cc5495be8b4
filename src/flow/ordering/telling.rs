//! What is said of an order: to its supplier by mail and webhook, and to whoever asks over the API. Every message is owed, none is sent here.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::clock;
use crate::domain::money::Price;
use crate::domain::order::{Line, Order};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::flow::channels;
use crate::flow::fulfilling::said_json;
use crate::store::json::{AsText, CodingText, write};
use crate::store::order::Stored;
use crate::store::organisation::Organisation;
use crate::store::outbox::Message;
use crate::wire::cxml::kept::Kept;

/// Whether the supplier agreed this order, and so has it already.
fn is_agreed(stored: &Stored) -> bool {
    Kept::read(&stored.document).is_some_and(|kept| !kept.agreement.is_empty())
}

/// That an order which its supplier agreed will be none: nobody approved it. Of other orders the supplier never heard.
pub fn tell_not_taken(stored: &Stored, supplier: Option<&Organisation>, reason: &str, now: Timestamp) -> Result<Vec<Message>> {
    if !is_agreed(stored) {
        return Ok(Vec::new());
    }
    let mut none = stored.clone();
    none.order.lines.iter_mut().for_each(|line| line.refused = line.quantity);
    tell_called_off(&none, supplier, reason, now)
}

/// What is owed to the supplier of an order that is placed: by its channels, or, where it has none, a mail and a webhook, as it wants them.
pub fn announcements(stored: &Stored, supplier: Option<&Organisation>, now: Timestamp) -> Result<Vec<Message>> {
    if is_agreed(stored) {
        return Ok(Vec::new());
    }
    tell_supplier(stored, supplier, "order", now)
}

/// The same about an order it knows already: `order-changed`.
pub fn tell_supplier(stored: &Stored, supplier: Option<&Organisation>, template: &str, now: Timestamp) -> Result<Vec<Message>> {
    tell(stored, &order_text(&stored.order, &[]), supplier, (template, ""), now)
}

/// That something was called off, with the reason that the buyer gave; an empty one is none.
pub fn tell_called_off(stored: &Stored, supplier: Option<&Organisation>, reason: &str, now: Timestamp) -> Result<Vec<Message>> {
    tell(stored, &order_text(&stored.order, &[]), supplier, ("order-changed", reason), now)
}

/// Where a supplier wants to be told; nowhere where it says nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Ways {
    mail: String,
    webhook: String,
}

#[derive(Serialize)]
struct Mail<'a> {
    template: &'a str,
    language: &'a str,
    order: &'a RawValue,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'a str,
}

#[derive(Serialize)]
struct Webhook<'a> {
    r#type: &'a str,
    timestamp: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'a str,
    data: &'a RawValue,
}

/// The same with the order's text, which was written for something else already: by this template, for this reason.
pub(super) fn tell(
    stored: &Stored,
    order: &RawValue,
    supplier: Option<&Organisation>,
    (template, reason): (&str, &str),
    now: Timestamp,
) -> Result<Vec<Message>> {
    let Some(supplier) = supplier else { return Ok(Vec::new()) };
    if !channels::of_supplier(supplier)?.is_empty() {
        return Ok(vec![channels::owed(stored, order, supplier, (template, reason), now)]);
    }
    let ways: Ways = serde_json::from_str(&supplier.settings).map_err(Error::internal)?;
    let to = |kind: &str, recipient: &str, payload: &dyn Fn() -> String| {
        let message = || text_message(&stored.tenant, kind, &stored.order.id, recipient, payload(), now);
        (!recipient.is_empty()).then(message)
    };
    let mail = || write(&Mail { template, language: supplier.language.as_str(), order, reason });
    let r#type = if template == "order" { "order.placed" } else { "order.changed" };
    let webhook = || write(&Webhook { r#type, timestamp: now.to_string(), reason, data: order });
    Ok(to("mail", &ways.mail, &mail).into_iter().chain(to("webhook", &ways.webhook, &webhook)).collect())
}

/// A message owed to somebody, in the lane of its order.
pub fn message(tenant: &str, kind: &str, lane: &str, recipient: &str, payload: &Value, now: Timestamp) -> Message {
    text_message(tenant, kind, lane, recipient, payload.to_string(), now)
}

pub fn text_message(tenant: &str, kind: &str, lane: &str, recipient: &str, payload: String, now: Timestamp) -> Message {
    Message {
        tenant: tenant.to_string(),
        id: clock::new_id(now),
        kind: kind.to_string(),
        lane: lane.to_string(),
        recipient: recipient.to_string(),
        payload,
        attempts: 0,
        fence: 0,
    }
}

/// An order as the API shows it.
#[derive(Serialize)]
struct OrderShown<'a> {
    id: &'a str,
    number: &'a str,
    state: &'a str,
    connection: Option<&'a str>,
    supplier: &'a str,
    quote: Option<&'a str>,
    currency: &'a str,
    net: AsText<Decimal>,
    ordered_by: &'a str,
    lines: Vec<LineShown<'a>>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct LineShown<'a> {
    line: u32,
    article: &'a str,
    description: &'a str,
    text: &'a str,
    quantity: AsText<Decimal>,
    unit: &'a str,
    price: AsText<Decimal>,
    price_quantity: u32,
    net: AsText<Decimal>,
    vat: AsText<Decimal>,
    coding: CodingText<'a>,
    quote_line: Option<u32>,
    quoted_price: Option<PriceShown>,
    quoted_quantity: Option<AsText<Decimal>>,
    shipped: AsText<Decimal>,
    refused: AsText<Decimal>,
    invoiced: AsText<Decimal>,
    /// What the supplier said of the pieces that are open.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    answers: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal_reason: Option<&'a str>,
}

#[derive(Serialize)]
struct PriceShown {
    price: AsText<Decimal>,
    price_quantity: u32,
}

fn shown<'a>(order: &'a Order, warnings: &'a [String]) -> OrderShown<'a> {
    OrderShown {
        id: &order.id,
        number: &order.number,
        state: order.state.as_str(),
        connection: order.connection.as_deref(),
        supplier: &order.supplier,
        quote: order.quote.as_deref(),
        currency: order.net.currency.as_str(),
        net: AsText(order.net.decimal()),
        ordered_by: &order.ordered_by,
        lines: order.lines.iter().map(line_shown).collect(),
        warnings,
    }
}

fn line_shown(l: &Line) -> LineShown<'_> {
    let quoted = |price: Price| PriceShown { price: AsText(price.amount), price_quantity: price.per };
    LineShown {
        line: l.line,
        article: &l.article,
        description: &l.description,
        text: &l.text,
        quantity: AsText(l.quantity),
        unit: &l.unit,
        price: AsText(l.price.amount),
        price_quantity: l.price.per,
        net: AsText(l.net_wanted().decimal()),
        vat: AsText(l.vat),
        coding: CodingText(&l.coding),
        quote_line: l.quote_line,
        quoted_price: l.quoted_price.map(quoted),
        quoted_quantity: l.quoted_quantity.map(AsText),
        shipped: AsText(l.shipped),
        refused: AsText(l.refused),
        invoiced: AsText(l.invoiced),
        answers: l.answer.said.iter().map(said_json).collect(),
        refusal_reason: l.answer.reason.as_deref(),
    }
}

pub fn order_json(order: &Order, warnings: &[String]) -> Value {
    serde_json::to_value(shown(order, warnings)).unwrap_or_default()
}

/// The same as text.
pub fn order_text(order: &Order, warnings: &[String]) -> Box<RawValue> {
    to_raw_value(&shown(order, warnings)).unwrap_or_default()
}
