//! The shipment that an invoice is about (BT-16): named only where one alone brought exactly what is invoiced. Never guesses.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::items::Item;
use crate::error::Result;
use crate::store::Tx;
use crate::store::shipment::{self, Shipment};

/// The most shipments of one customer that are looked at; an invoice about others names none.
const SHIPMENTS_MAX: u32 = 20_000;

/// By the id of their order, the first first.
pub type Shipments = BTreeMap<String, Vec<Shipment>>;

/// Shipments of what a supplier has still to invoice to a customer.
pub async fn shipments(tx: &mut Tx, tenant: &str, supplier: &str) -> Result<Shipments> {
    let mut all = Shipments::new();
    for one in shipment::to_invoice(tx, tenant, supplier, SHIPMENTS_MAX).await? {
        all.entry(one.order.clone()).or_default().push(one);
    }
    Ok(all)
}

/// The number of the shipment that brought these items, each wholly: the one that the buyer's system was told, else the supplier's own, else the
/// one that its papers have.
pub fn despatch(shipments: &Shipments, items: &[Item]) -> String {
    let Some(first) = items.first().filter(|first| items.iter().all(|item| item.order == first.order)) else { return String::new() };
    // Charges have names, and no shipment brings them.
    let goods: Vec<(u32, Decimal)> = items.iter().filter_map(|item| Some((item.line.parse().ok()?, item.quantity))).collect();
    let brought = |one: &&Shipment| !one.is_withdrawn() && !goods.is_empty() && goods.iter().all(|goods| one.lines.contains(goods));
    // What left last is what was not invoiced yet.
    let found = shipments.get(&first.order).into_iter().flatten().rev().find(brought);
    let number = |one: &Shipment| match (one.notice.as_str(), one.reference.as_str()) {
        ("", "") => format!("{}-{}", first.number, one.number),
        ("", reference) => reference.to_string(),
        (notice, _) => notice.to_string(),
    };
    found.map(number).unwrap_or_default()
}
