//! What a supplier has of an order, changed or called off: UBL `OrderChange` (T114) and `OrderCancellation` (T115) of sections 23 and 36. A change is
//! the whole order in its new form, each line with what became of it; a line that is gone stands there with nothing wanted, so that the sums are
//! those of the order. Pure; what cannot be carried is told as for an order.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::order_writer::{self, Written, contract, extra, issued, originator, reference, refused_parties};
use super::{Correspondence, Message};
use crate::wire::cxml::kept::{Line, Order};
use crate::wire::loss::{Loss, What};

/// A change as its document is headed.
#[derive(Clone, Copy, Debug)]
pub struct Change<'c> {
    /// Its own number, which answers name.
    pub id: &'c str,
    pub at: &'c str,
    /// The first change of an order is 1.
    pub sequence: usize,
    /// The lines that the supplier has; nothing where that is not known.
    pub before: Option<&'c [Line]>,
}

/// What became of a line: UNCL 1229 as far as a change knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineStatus {
    Added,
    Deleted,
    Changed,
    Unchanged,
}

impl LineStatus {
    pub(super) fn code(self) -> &'static str {
        match self {
            LineStatus::Added => "1",
            LineStatus::Deleted => "2",
            LineStatus::Changed => "3",
            LineStatus::Unchanged => "4",
        }
    }
}

impl Change<'_> {
    pub(super) fn status(&self, line: &Line) -> LineStatus {
        if line.quantity.is_zero() {
            return LineStatus::Deleted;
        }
        let Some(before) = self.before else { return LineStatus::Changed };
        match before.iter().find(|known| known.line == line.line) {
            None => LineStatus::Added,
            Some(known) if known == line => LineStatus::Unchanged,
            Some(_) => LineStatus::Changed,
        }
    }

    /// What an order has a place for and its change has not.
    pub(super) fn losses(&self, order: &Order) -> Vec<Loss> {
        let of = |there: bool, line: Option<&Line>, what: What| there.then(|| Loss { line: line.map(|line| line.line.clone()), what });
        let of_order = [
            of(self.before.is_none(), None, What::LineStates),
            of(!extra(order, "Catalogue").is_empty(), None, What::Catalogue),
            of(!extra(order, "ProjectReference").is_empty(), None, What::Project),
        ];
        let of_lines = order.lines.iter().map(|line| of(line.manufacturer_part.is_some(), Some(line), What::ManufacturerPart));
        of_order.into_iter().chain(of_lines).flatten().collect()
    }

    /// The order with the lines that the supplier has and that are gone, each where it stood, of which nothing is wanted any more.
    fn whole(&self, order: &Order) -> Order {
        let named: BTreeSet<&str> = order.lines.iter().map(|line| line.line.as_str()).collect();
        let gone = self.before.unwrap_or_default().iter().filter(|line| !named.contains(line.line.as_str()));
        let mut whole = order.clone();
        whole.lines.extend(gone.cloned().map(|line| Line { quantity: Decimal::ZERO, net: Decimal::ZERO, schedule: Vec::new(), ..line }));
        whole.lines.sort_by_key(|line| line.number);
        whole
    }
}

/// Writes the change of an order whose amounts are worked out.
///
/// # Errors
/// Every reason for which the document would not say the same order.
pub fn write(order: &Order, change: &Change<'_>, correspondence: &Correspondence, account_template: &str) -> Result<Written, Vec<Loss>> {
    order_writer::document(&change.whole(order), Some(change), correspondence, account_template)
}

/// Writes that an order is called off as a whole.
///
/// # Errors
/// The parties are not named as the message needs them.
pub fn cancel(order: &Order, (id, at): (&str, &str), note: &str, correspondence: &Correspondence) -> Result<Written, Vec<Loss>> {
    if let Some(refused) = refused_parties(correspondence) {
        return Err(vec![refused]);
    }
    let message = Message::OrderCancellation;
    let mut xml = message.open(correspondence.process.name());
    xml.text("cbc:ID", id);
    issued(&mut xml, at);
    xml.text("cbc:CancellationNote", note);
    reference(&mut xml, "cac:OrderReference", &order.order_id);
    reference(&mut xml, "cac:OriginatorDocumentReference", order.requisition.as_deref().unwrap_or_default());
    reference(&mut xml, "cac:Contract", contract(order));
    correspondence.buyer.write(&mut xml, "cac:BuyerCustomerParty", true);
    correspondence.seller.write(&mut xml, "cac:SellerSupplierParty", true);
    originator(&mut xml, order);
    Ok(Written { xml: xml.close(message.root()), losses: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::connection::Peppol;
    use crate::wire::cxml::kept::Kind;
    use crate::wire::cxml::tree;
    use crate::wire::peppol::{Party, Process, order as reader};

    fn d(text: &str) -> Decimal {
        text.parse().expect("a literal of this test")
    }

    fn line(number: u32, quantity: &str) -> Line {
        Line {
            line: number.to_string(),
            number,
            supplier_part: "SCR".into(),
            quantity: d(quantity),
            unit: "C62".into(),
            unit_price: Some(d("2")),
            price_basis: Decimal::ONE,
            factor: Decimal::ONE,
            net: d(quantity) * d("2"),
            description: Some("a screw".into()),
            ..Line::default()
        }
    }

    fn order(lines: Vec<Line>) -> Order {
        Order { order_id: "O-1".into(), order_date: "2026-03-05T10:15:00+01:00".into(), currency: "EUR".into(), lines, ..Order::default() }
    }

    fn correspondence() -> Correspondence {
        let party = |scheme: &str, endpoint: &str| Party {
            scheme: scheme.into(),
            endpoint: endpoint.into(),
            name: "Name".into(),
            country: "NO".into(),
            ..Party::default()
        };
        let (buyer, seller) = (party("0192", "987654325"), party("0088", "7300010000001"));
        Correspondence { process: Process::AdvancedOrdering, buyer, seller, ..Correspondence::default() }
    }

    fn read_back(written: &Written) -> (reader::Heading, Order) {
        let document = tree::read(written.xml.as_bytes(), None).expect("our own document");
        let heading = reader::heading(&document.root).expect("a message about an order");
        let order = reader::read(&document.root, &heading, &Peppol::default(), &mut Vec::new()).expect("our own message");
        (heading, order)
    }

    #[test]
    fn every_line_says_what_became_of_it() {
        let (before, now) = ([line(1, "5"), line(2, "5"), line(3, "5")], order(vec![line(1, "5"), line(3, "4"), line(4, "1")]));
        let change = Change { id: "C-1", at: "2026-03-06T09:00:00Z", sequence: 2, before: Some(&before) };
        let written = write(&now, &change, &correspondence(), "").expect("it can be written");
        assert_eq!(written.losses, []);
        let codes: Vec<&str> = written.xml.split("<cbc:LineStatusCode>").skip(1).filter_map(|rest| rest.get(..1)).collect();
        assert_eq!(codes, ["4", "2", "3", "1"]);
        let (heading, read) = read_back(&written);
        assert_eq!((heading.id.as_str(), heading.order.as_str(), read.kind, read.version), ("C-1", "O-1", Kind::Update, Some(3)));
        // 5 × 2 + 4 × 2 + 1 × 2
        assert_eq!(read.stated_total, d("20"));
        let gone: Vec<(&str, bool)> = read.lines.iter().map(|line| (line.line.as_str(), line.deleted)).collect();
        assert_eq!(gone, [("1", false), ("2", true), ("3", false), ("4", false)]);
    }

    #[test]
    fn what_a_change_has_no_place_for_is_told() {
        let mut now = order(vec![Line { manufacturer_part: Some("M-1".into()), ..line(1, "5") }]);
        now.extrinsics = [("Catalogue".to_string(), "K-1".to_string()), ("ProjectReference".to_string(), "P-1".to_string())].into();
        let change = Change { id: "C-1", at: "2026-03-06", sequence: 1, before: None };
        let written = write(&now, &change, &correspondence(), "").expect("it can be written");
        let lost: Vec<What> = written.losses.iter().map(|loss| loss.what).collect();
        assert_eq!(lost, [What::LineStates, What::Catalogue, What::Project, What::ManufacturerPart]);
        assert!(!["K-1", "P-1", "M-1"].iter().any(|text| written.xml.contains(text)), "{}", written.xml);
        assert!(written.xml.contains("<cbc:LineStatusCode>3<"));
    }

    #[test]
    fn a_cancellation_names_its_order_and_why() {
        let written = cancel(&order(Vec::new()), ("X-1", "2026-03-06"), "not needed", &correspondence()).expect("it can be written");
        let (heading, read) = read_back(&written);
        assert_eq!((heading.id.as_str(), heading.order.as_str(), read.kind), ("X-1", "O-1", Kind::Delete));
        assert_eq!(read.comments, ["not needed"]);
        let refused = cancel(&order(Vec::new()), ("X-1", "2026-03-06"), "not needed", &Correspondence::default());
        assert_eq!(refused, Err(vec![Loss { line: None, what: What::PartyIncomplete }]));
    }
}
