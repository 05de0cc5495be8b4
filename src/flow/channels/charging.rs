//! What an order costs beside its goods (budgets-and-orders, chapter 3): processing of a line, freight and fees of the order. It stands in the books
//! alone, not in the order; suppliers are told of it in the words of every channel, as a remark, and by name and amount where a program reads it.
//! Never tells what the document of the buyer says already.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Carried;
use crate::domain::books::position::Line;
use crate::error::{Error, Result};
use crate::flow::cxml::SHIPPING;
use crate::store::{self, Tx};
use crate::wire::cxml::kept::Kind;
use crate::wire::ledger;

/// The name under which whoever ordered it knows a charge.
fn name(charge: &Line) -> &str {
    charge.number.rsplit('/').next().unwrap_or_default()
}

/// The charges that stand on an order and on its lines; `order` is the order as programs see it. What its document calls shipping is left out where it
/// `ships`.
pub async fn listed(tx: &mut Tx, tenant: &str, order: &Value, ships: bool) -> Result<Vec<Value>> {
    let number = order["number"].as_str().unwrap_or_default();
    let Some(text) = store::booked::orders(tx, tenant, &[number]).await?.pop() else { return Ok(Vec::new()) };
    let booked = ledger::Reader::default().order(&text).map_err(Error::internal)?;
    let lines = order["lines"].as_array().into_iter().flatten();
    let goods: BTreeSet<String> = lines.filter_map(|line| line["line"].as_u64()).map(|number| number.to_string()).collect();
    let is_said = |charge: &Line| ships && charge.parent.is_none() && name(charge) == SHIPPING;
    let stands = |line: &&Line| !goods.contains(&*line.number) && !line.closed && line.ordered > Decimal::ZERO && !is_said(line);
    let one = |charge: &Line| {
        json!({
            "id": name(charge), "line": charge.parent.as_deref().and_then(|parent| parent.parse::<u32>().ok()),
            "quantity": charge.ordered.normalize().to_string(), "price": charge.terms.unit_price.normalize().to_string(),
            "vat": charge.terms.tax_percent.normalize().to_string(),
        })
    };
    Ok(booked.sequence.iter().filter_map(|number| booked.lines.get(number)).filter(stands).map(one).collect())
}

/// Key and values of the words for a charge.
fn words(charge: &Value, currency: &str) -> [(&'static str, String); 3] {
    let text = |name: &str| charge[name].as_str().unwrap_or_default().to_string();
    [("name", text("id")), ("quantity", text("quantity")), ("price", format!("{currency} {}", text("price")))]
}

/// Tells an order that leaves now by a channel; `say` puts the words for a charge into a sentence for people.
pub async fn tell(tx: &mut Tx, tenant: &str, carried: &mut Carried, say: impl Fn(&[(&str, String)]) -> String) -> Result<()> {
    if carried.kind == Kind::Delete {
        return Ok(());
    }
    let charges = listed(tx, tenant, &carried.order, !carried.model.shipping.is_zero()).await?;
    let currency = carried.model.currency.clone();
    for charge in &charges {
        let remark = say(&words(charge, &currency));
        let number = charge["line"].as_u64();
        match carried.model.lines.iter_mut().find(|line| Some(u64::from(line.number)) == number) {
            Some(line) => line.comments.push(remark),
            None => carried.model.comments.push(remark),
        }
    }
    if !charges.is_empty() {
        carried.order["charges"] = json!(charges);
    }
    Ok(())
}

/// The charges of an order as a letter lists them.
pub fn details(charges: &[Value], currency: &str) -> Vec<Value> {
    let values = |charge: &Value| -> Value { words(charge, currency).into_iter().map(|(name, text)| (name.to_string(), json!(text))).collect() };
    charges.iter().map(|charge| json!({"key": "order-charge", "values": values(charge)})).collect()
}
