//! The shipments of an order as its page lists them: when they left, what was in them, where their papers are, and whether they were taken back.

use rust_decimal::Decimal;

use crate::flow::approving::encoded;
use crate::packing_slip::{self, Document};
use crate::store::order::Stored;
use crate::store::shipment::Shipment;
use crate::text::Texts;

pub struct ShipmentShown {
    pub number: i64,
    /// When, with whom and under which numbers.
    pub about: String,
    pub lines: Vec<String>,
    /// When it was taken back, in words; empty where it counts.
    pub withdrawn: String,
    /// Where its papers are, for the supplier; empty for the buyer.
    pub papers: String,
    /// The branches in it that have papers of their own, with how they stand in an address; none where there is one alone.
    pub branches: Vec<(String, String)>,
}

/// `desk` is where the order's page is at the desk; its buyer has no papers.
pub fn shown(t: Texts, stored: &Stored, shipment: &Shipment, desk: Option<&String>, zone: &str) -> ShipmentShown {
    let one = |(number, quantity): &(u32, Decimal)| {
        let line = stored.order.lines.iter().find(|line| line.line == *number);
        let words = line.map_or_else(String::new, |line| format!("{} × {}", t.number(quantity, &0), line.description));
        format!("{number}: {words}")
    };
    let words = [t.moment(&shipment.shipped_at, zone), shipment.carrier.clone(), shipment.tracking.clone(), shipment.reference.clone()];
    ShipmentShown {
        number: shipment.number,
        about: words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", "),
        lines: shipment.lines.iter().map(one).collect(),
        withdrawn: shipment.withdrawn_at.map(|at| t.with("shipment-taken-back", "when", t.moment(&at, zone))).unwrap_or_default(),
        papers: desk.filter(|_| !shipment.is_withdrawn()).map(|root| format!("{root}/shipments/{}", shipment.number)).unwrap_or_default(),
        branches: branches_shown(t, stored, shipment),
    }
}

fn branches_shown(t: Texts, stored: &Stored, shipment: &Shipment) -> Vec<(String, String)> {
    let document = Document::of(stored);
    let branches = packing_slip::branches(stored, shipment, &document);
    let shown = |branch: &str| (if branch.is_empty() { t.get("slip-no-branch") } else { branch.to_string() }, encoded(branch));
    if branches.len() > 1 { branches.into_iter().map(shown).collect() } else { Vec::new() }
}
