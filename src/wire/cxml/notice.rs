//! Ship notices (section 16): read and written, and what they make of the quantities of a line. Pure; what a notice does to budgets, and whether
//! what was said before can still change, is decided by the books.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::fulfilment::{label, misfit, order_reference, quantity, reference, same_unit, states};
use super::kept::{Kept, Line, LineState};
use super::tree::Element;
use super::write::{element, text};
use super::{Fault, Status, units};

/// The longest name of a carrier or number of a shipment that is kept.
const WORD_MAX: usize = 100;

/// How many pieces of a line are in a shipment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipped {
    pub line: String,
    pub quantity: Decimal,
    pub unit: String,
}

/// The part of a notice that is about one order. Without items all of the order is in the shipment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portion {
    pub order: Option<String>,
    pub payload: Option<String>,
    pub items: Vec<Shipped>,
}

impl Portion {
    /// The same with the buyer's labels in the place of the numbers under which our order went out.
    pub fn in_labels_of(mut self, kept: &Kept) -> Portion {
        self.items.iter_mut().for_each(|item| label(kept, &mut item.line));
        self
    }
}

/// Who carries a shipment, and its number there; empty where nobody said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freight<'a> {
    pub carrier: &'a str,
    pub tracking: &'a str,
}

/// What a notice does to what was said under its number before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Operation {
    #[default]
    New,
    /// Complete, in the place of what was said before.
    Update,
    /// Nothing of it left.
    Delete,
}

const OPERATIONS: [(&str, Operation); 3] = [("new", Operation::New), ("update", Operation::Update), ("delete", Operation::Delete)];

impl Operation {
    fn as_str(self) -> &'static str {
        OPERATIONS.iter().find(|(_, operation)| *operation == self).map_or("new", |(word, _)| word)
    }
}

/// `portions` is empty only where it is withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub id: String,
    pub operation: Operation,
    pub carrier: String,
    pub tracking: String,
    pub portions: Vec<Portion>,
}

pub fn read(request: &Element) -> Result<Notice, Fault> {
    let header = request.child("ShipNoticeHeader").ok_or_else(|| Fault::missing("ShipNoticeHeader"))?;
    let id = header.attribute("shipmentID").ok_or_else(|| Fault::missing("ShipNoticeHeader/@shipmentID"))?.to_string();
    let operation = match header.attribute("operation") {
        None => Operation::New,
        Some(word) => OPERATIONS
            .iter()
            .find(|(known, _)| *known == word)
            .map(|(_, operation)| *operation)
            .ok_or_else(|| Fault::form("ShipNoticeHeader/@operation is not known"))?,
    };
    if header.attribute("shipmentType") == Some("planned") {
        return Err(Fault::new(Status::NotImplemented, "planned shipments are not supported"));
    }
    if header.attribute("reason") == Some("return") {
        return Err(Fault::new(Status::NotImplemented, "goods that go back are not taken as a shipment; please credit them"));
    }
    let portions = request.all("ShipNoticePortion").map(read_portion).collect::<Result<Vec<_>, _>>()?;
    if portions.is_empty() && operation != Operation::Delete {
        return Err(Fault::missing("ShipNoticePortion"));
    }
    let mut seen = BTreeSet::new();
    if portions.iter().any(|portion| !seen.insert((&portion.order, &portion.payload))) {
        return Err(Fault::content("an order stands twice in the notice"));
    }
    let control = |name: &str| request.child("ShipControl").and_then(|control| control.text_of(name)).unwrap_or_default();
    let words = |text: String| text.chars().filter(|c| !c.is_control()).take(WORD_MAX).collect();
    Ok(Notice { id, operation, carrier: words(control("CarrierIdentifier")), tracking: words(control("ShipmentIdentifier")), portions })
}

fn read_portion(portion: &Element) -> Result<Portion, Fault> {
    let (order, payload) = reference(portion)?;
    let item = |item: &Element| {
        let line = item.attribute("lineNumber").ok_or_else(|| Fault::missing("ShipNoticeItem/@lineNumber"))?.to_string();
        Ok(Shipped {
            quantity: quantity(item, &format!("line {line}: ShipNoticeItem"))?,
            unit: item.text_of("UnitOfMeasure").unwrap_or_default(),
            line,
        })
    };
    Ok(Portion { order, payload, items: portion.all("ShipNoticeItem").map(item).collect::<Result<_, _>>()? })
}

/// What a notice makes of the lines of one order, and how many of each line leave.
pub fn ship(kept: &Kept, portion: &Portion, units: &BTreeMap<String, String>) -> Result<(BTreeMap<String, LineState>, Vec<Shipped>), Fault> {
    let mut states = states(kept);
    let mut leaving: BTreeMap<String, Decimal> = BTreeMap::new();
    if portion.items.is_empty() {
        leaving = states.iter().map(|(line, LineState(standing))| (line.clone(), standing.open())).collect();
    }
    for item in &portion.items {
        let unknown = || Fault::new(Status::ExpectationFailed, format_args!("the order has no line {}", item.line));
        let line = kept.line(&item.line).ok_or_else(unknown)?;
        let quantity = in_order_units(item, line, units)?;
        *leaving.entry(item.line.clone()).or_default() += quantity;
    }
    leaving.retain(|_, quantity| *quantity > Decimal::ZERO);
    for (line, quantity) in &leaving {
        let Some(LineState(standing)) = states.get_mut(line) else { continue };
        *standing = standing.shipping(*quantity).map_err(|fault| misfit(line, &fault))?;
    }
    Ok((states, leaving.into_iter().map(|(line, quantity)| Shipped { line, quantity, unit: String::new() }).collect()))
}

/// The unit may be that of the price basis: a box ordered, its pieces shipped. Bare numbers of other units are never compared.
fn in_order_units(item: &Shipped, line: &Line, units: &BTreeMap<String, String>) -> Result<Decimal, Fault> {
    if same_unit(&item.unit, line, units) {
        return Ok(item.quantity);
    }
    let of_basis = units::canonical(&item.unit, units).is_some_and(|unit| units::same(&unit, &line.basis_unit));
    let converted = item.quantity.checked_div(line.factor).filter(|quantity| of_basis && quantity.checked_mul(line.factor) == Some(item.quantity));
    converted.ok_or_else(|| Fault::content(format_args!("line {}: the unit cannot be converted to that of the order", item.line)))
}

pub fn write(kept: &Kept, (id, operation): (&str, Operation), at: &str, shipped: &[Shipped], freight: &Freight<'_>) -> Element {
    let item = |(number, shipped): (usize, &Shipped)| {
        let unit = kept.line(&shipped.line).map(|line| if line.unit_received.is_empty() { &line.unit } else { &line.unit_received });
        element("ShipNoticeItem")
            .with("quantity", shipped.quantity.normalize().to_string())
            .with("lineNumber", &*shipped.line)
            .with("shipNoticeLineNumber", number.to_string())
            .and(text("UnitOfMeasure", unit.map_or("C62", |unit| &**unit)))
    };
    let portion = element("ShipNoticePortion").and(order_reference(kept)).and_all((1..).zip(shipped).map(item));
    let header = element("ShipNoticeHeader").with("shipmentID", id).with("operation", operation.as_str()).with("noticeDate", at);
    // The day of what did not leave is none.
    let header = header.with_some("shipmentDate", (operation != Operation::Delete).then_some(at));
    // The document type wants both or neither.
    let control = (!freight.carrier.is_empty() && !freight.tracking.is_empty()).then(|| {
        element("ShipControl")
            .and(text("CarrierIdentifier", freight.carrier).with("domain", "companyName"))
            .and(text("ShipmentIdentifier", freight.tracking))
    });
    // A portion without items would be the whole order: what is withdrawn has none.
    let portion = (operation != Operation::Delete).then_some(portion);
    element("ShipNoticeRequest").and(header).and_all(control).and_all(portion)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fulfilment::Says;
    use crate::wire::cxml::kept::{Order, Version};
    use crate::wire::cxml::tree;

    fn d(text: &str) -> Decimal {
        text.parse().expect("a literal of this test")
    }

    fn kept() -> Kept {
        let line = |label: &str, quantity: &str| Line {
            line: label.into(),
            quantity: d(quantity),
            unit: "C62".into(),
            unit_received: "ST".into(),
            price_basis: Decimal::ONE,
            factor: Decimal::ONE,
            ..Line::default()
        };
        let lines = vec![line("10", "10"), line("20", "5"), line("30", "4")];
        let order = Order { order_id: "F-1".into(), order_date: "2026-03-05".into(), currency: "EUR".into(), lines, ..Order::default() };
        Kept { versions: vec![Version { payload: "f1@hk".into(), number: 1, ..Version::default() }], order, ..Kept::default() }
    }

    fn of(header: &str, more: &str) -> Result<Notice, Fault> {
        let text = format!("<ShipNoticeRequest><ShipNoticeHeader {header}/>{more}</ShipNoticeRequest>");
        read(&tree::read(text.as_bytes(), None).expect("a document of this test").root)
    }

    const PORTION: &str = "<ShipNoticePortion><OrderReference orderID='F-1'/></ShipNoticePortion>";

    #[test]
    fn a_notice_says_what_it_does_to_the_one_before() {
        for (header, more, expected) in [
            ("shipmentID='s1'", PORTION, Ok(Operation::New)),
            ("shipmentID='s1' operation='new'", PORTION, Ok(Operation::New)),
            ("shipmentID='s1' operation='update'", PORTION, Ok(Operation::Update)),
            ("shipmentID='s1' operation='delete'", PORTION, Ok(Operation::Delete)),
            ("shipmentID='s1' operation='delete'", "", Ok(Operation::Delete)),
            ("shipmentID='s1' operation='update'", "", Err(Status::NotAcceptable)),
            ("shipmentID='s1'", "", Err(Status::NotAcceptable)),
            ("shipmentID='s1' operation='replace'", PORTION, Err(Status::NotAcceptable)),
            ("shipmentID='s1' shipmentType='planned'", PORTION, Err(Status::NotImplemented)),
            ("shipmentID='s1' reason='return'", PORTION, Err(Status::NotImplemented)),
            ("operation='update'", PORTION, Err(Status::NotAcceptable)),
        ] {
            let read = of(header, more).map(|notice| notice.operation).map_err(|fault| fault.status);
            assert_eq!(read, expected, "{header} {more}");
        }
    }

    #[test]
    fn a_notice_ships_what_is_open_and_no_more() {
        let mut kept = kept();
        let portion = |items: Vec<Shipped>| Portion { order: Some("F-1".into()), payload: None, items };
        let of = |line: &str, quantity: &str, unit: &str| Shipped { line: line.into(), quantity: d(quantity), unit: unit.into() };
        let (states, shipped) = ship(&kept, &portion(vec![of("10", "6", "C62"), of("10", "1", "EA")]), &BTreeMap::new()).expect("a part");
        assert_eq!((states["10"].0.shipped, states["10"].0.count(Says::Pending), shipped.len()), (d("7"), d("3"), 1));
        kept.line_states = states;
        assert!(ship(&kept, &portion(vec![of("10", "4", "ST")]), &BTreeMap::new()).is_err());
        assert!(ship(&kept, &portion(vec![of("10", "1", "XBX")]), &BTreeMap::new()).is_err());
        let (states, shipped) = ship(&kept, &portion(Vec::new()), &BTreeMap::new()).expect("the rest");
        assert!(states.values().all(|state| state.0.count(Says::Pending).is_zero()));
        assert_eq!(shipped.iter().map(|shipped| shipped.quantity).sum::<Decimal>(), d("12"));
    }

    #[test]
    fn a_box_may_be_shipped_as_its_pieces() {
        let mut kept = kept();
        let line = &mut kept.order.lines[0];
        (line.unit, line.unit_received, line.basis_unit, line.factor) = ("XBX".into(), String::new(), "C62".into(), d("30"));
        let portion = |quantity: &str| Portion {
            order: None,
            payload: Some("f1@hk".into()),
            items: vec![Shipped { line: "10".into(), quantity: d(quantity), unit: "EA".into() }],
        };
        let (states, _) = ship(&kept, &portion("60"), &BTreeMap::new()).expect("two boxes");
        assert_eq!(states["10"].0.shipped, d("2"));
        assert!(ship(&kept, &portion("50"), &BTreeMap::new()).is_err());
    }

    #[test]
    fn what_we_write_is_read_the_same() {
        let shipped = [Shipped { line: "10".into(), quantity: d("6"), unit: String::new() }];
        let freight = Freight { carrier: "PostNL", tracking: "3S-1" };
        for operation in [Operation::New, Operation::Update, Operation::Delete] {
            let written = write(&kept(), ("s1", operation), "2026-03-05T10:00:00+01:00", &shipped, &freight);
            let notice = read(&written).expect("our own notice");
            assert_eq!((notice.id.as_str(), notice.operation), ("s1", operation));
            assert_eq!((notice.carrier.as_str(), notice.tracking.as_str()), ("PostNL", "3S-1"));
            let quantities: Vec<Decimal> = notice.portions.iter().flat_map(|portion| &portion.items).map(|item| item.quantity).collect();
            assert_eq!(quantities, if operation == Operation::Delete { vec![] } else { vec![d("6")] });
        }
    }
}
