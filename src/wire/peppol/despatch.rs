//! `DespatchAdvice` (section 25): what left, and what of the lines is still to come, written and read. An outstanding quantity is a statement about
//! the whole line after this shipment; nothing outstanding closes it. Never changes an order: that is decided where it is booked.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Correspondence, DESPATCHING, Message, Party, answer, plain};
use crate::domain::fulfilment::{Said, Says, Terms};
use crate::wire::cxml::Fault;
use crate::wire::cxml::fulfilment;
use crate::wire::cxml::kept::{Kept, LineState};
use crate::wire::cxml::notice::{Freight, Notice, Operation, Portion, Shipped};
use crate::wire::cxml::tree::Element;

/// Why something is still to come, for the readers of all languages.
const TO_FOLLOW: &str = "to follow";
const WILL_NOT_COME: &str = "will not come";
/// What the syntax wants where nothing is to be said.
const NOT_NAMED: &str = "NA";
/// A carrier's name or number is not kept longer.
const FREIGHT_CHARS_MAX: usize = 100;

/// The advice of a shipment.
pub fn write(kept: &Kept, correspondence: &Correspondence, id: &str, day: &str, shipped: &[Shipped], freight: &Freight<'_>) -> String {
    let states = fulfilment::states(kept);
    let mut xml = Message::DespatchAdvice.open(DESPATCHING);
    xml.text("cbc:ID", id);
    xml.text("cbc:IssueDate", day);
    xml.within("cac:OrderReference", |xml| xml.text("cbc:ID", &kept.order.order_id));
    correspondence.seller.write(&mut xml, "cac:DespatchSupplierParty", false);
    correspondence.buyer.write(&mut xml, "cac:DeliveryCustomerParty", false);
    if !freight.carrier.is_empty() || !freight.tracking.is_empty() {
        xml.within("cac:Shipment", |xml| {
            xml.text("cbc:ID", NOT_NAMED);
            if !freight.carrier.is_empty() {
                xml.within("cac:Consignment", |xml| {
                    xml.text("cbc:ID", NOT_NAMED);
                    xml.within("cac:CarrierParty", |xml| xml.within("cac:PartyName", |xml| xml.text("cbc:Name", freight.carrier)));
                });
            }
            if !freight.tracking.is_empty() {
                xml.within("cac:Delivery", |xml| xml.text("cbc:TrackingID", freight.tracking));
            }
        });
    }
    for (number, (one, line)) in (1..).zip(shipped.iter().filter_map(|one| Some((one, kept.line(&one.line)?)))) {
        let unit = [("unitCode", line.unit.as_str())];
        let state = states.get(&line.line).map(|LineState(standing)| standing.clone()).unwrap_or_default();
        let to_come = line.quantity - state.shipped - state.refused;
        xml.within("cac:DespatchLine", |xml| {
            xml.text("cbc:ID", &u32::to_string(&number));
            xml.text_with("cbc:DeliveredQuantity", &unit, &plain(one.quantity));
            if state.shipped < line.quantity {
                xml.text_with("cbc:OutstandingQuantity", &unit, &plain(to_come));
                xml.text("cbc:OutstandingReason", if to_come.is_zero() { WILL_NOT_COME } else { TO_FOLLOW });
            }
            xml.within("cac:OrderLineReference", |xml| {
                xml.text("cbc:LineID", &line.line);
                xml.within("cac:OrderReference", |xml| xml.text("cbc:ID", &kept.order.order_id));
            });
            // A line without a number of the seller's is known by its own (R003).
            answer::item(xml, line, if line.supplier_part.trim().is_empty() { &line.line } else { &line.supplier_part });
        });
    }
    xml.close(Message::DespatchAdvice.root())
}

/// What is left of a line after a shipment, as its advice says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outstanding {
    pub line: String,
    pub quantity: Decimal,
    pub reason: Option<String>,
}

/// A supplier's advice, as it says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    pub notice: Notice,
    /// By order.
    pub outstanding: BTreeMap<String, Vec<Outstanding>>,
    pub supplier: Party,
    pub customer: Party,
}

impl Advice {
    /// Calls an order by what it is called here.
    pub fn rename(&mut self, number: &str, here: &str) {
        let is_it = |portion: &&mut Portion| portion.order.as_deref() == Some(number);
        self.notice.portions.iter_mut().filter(is_it).for_each(|portion| portion.order = Some(here.to_string()));
        if let Some(rest) = self.outstanding.remove(number) {
            self.outstanding.insert(here.to_string(), rest);
        }
    }
}

/// Reads a `DespatchAdvice`; nothing for other documents.
pub fn read(root: &Element) -> Option<Result<Advice, Fault>> {
    (Message::of(root)? == Message::DespatchAdvice).then(|| read_advice(root))
}

fn read_advice(root: &Element) -> Result<Advice, Fault> {
    let id = root.text_of("ID").ok_or_else(|| Fault::missing("ID"))?;
    let orders: Vec<String> = root.all("OrderReference").filter_map(|reference| reference.text_of("ID")).collect();
    let of_all = if let [one] = orders.as_slice() { Some(one.clone()) } else { None };
    let (mut portions, mut outstanding): (Vec<Portion>, BTreeMap<String, Vec<Outstanding>>) = (Vec::new(), BTreeMap::new());
    for line in root.all("DespatchLine") {
        let label = line.text_at(&["OrderLineReference", "LineID"]).ok_or_else(|| Fault::missing("OrderLineReference/LineID"))?;
        let of_line = line.text_at(&["OrderLineReference", "OrderReference", "ID"]);
        let order = of_line.or_else(|| of_all.clone()).ok_or_else(|| Fault::missing(&format!("line {label}: OrderReference/ID")))?;
        let number = |name: &str| -> Result<Option<Decimal>, Fault> {
            let Some(text) = line.text_of(name) else { return Ok(None) };
            let value = super::number(&text).filter(|value| *value >= Decimal::ZERO);
            value.map(Some).ok_or_else(|| Fault::content(format_args!("line {label}: {name} is no number, or below zero")))
        };
        if let Some(quantity) = number("OutstandingQuantity")? {
            let reason = line.text_of("OutstandingReason");
            outstanding.entry(order.clone()).or_default().push(Outstanding { line: label.clone(), quantity, reason });
        }
        let quantity = number("DeliveredQuantity")?.unwrap_or_default();
        let unit = line.child("DeliveredQuantity").and_then(|quantity| quantity.attribute("unitCode")).unwrap_or_default().to_string();
        let at = portions.iter().position(|portion| portion.order.as_ref() == Some(&order)).unwrap_or_else(|| {
            portions.push(Portion { order: Some(order.clone()), payload: None, items: Vec::new() });
            portions.len() - 1
        });
        portions[at].items.push(Shipped { line: label, quantity, unit });
    }
    if portions.is_empty() {
        return Err(Fault::missing("DespatchLine"));
    }
    let freight =
        |path: &[&str]| root.text_at(path).unwrap_or_default().chars().filter(|c| !c.is_control()).take(FREIGHT_CHARS_MAX).collect::<String>();
    let carrier = freight(&["Shipment", "Consignment", "CarrierParty", "PartyName", "Name"]);
    let tracking = freight(&["Shipment", "Delivery", "TrackingID"]);
    let party = |name: &str| root.child(name).and_then(Party::read).unwrap_or_default();
    Ok(Advice {
        notice: Notice { id, operation: Operation::New, carrier, tracking, portions },
        outstanding,
        supplier: party("DespatchSupplierParty"),
        customer: party("DeliveryCustomerParty"),
    })
}

/// What the rest of each line becomes: back-ordered as far as it is outstanding, refused beyond that. Nothing where nothing changes.
pub fn settle(kept: &Kept, outstanding: &[Outstanding]) -> Result<Option<BTreeMap<String, LineState>>, Fault> {
    let before = fulfilment::states(kept);
    let mut states = before.clone();
    for one in outstanding {
        let line = kept.line(&one.line);
        let state = line.and_then(|line| states.get_mut(&line.line));
        let Some((line, LineState(standing))) = line.zip(state) else {
            return Err(Fault::content(format_args!("the order has no line {}", one.line)));
        };
        let open = standing.open();
        let waits = one.quantity.min(open);
        let date = standing.date(Says::Backordered).or(standing.date(Says::Confirmed)).map(str::to_string);
        let backordered = Said { date, ..Said::of(Says::Backordered, waits) };
        let refused = Said { reason: one.reason.clone(), ..Said::of(Says::Refused, open - waits) };
        let said: Vec<Said> = [backordered, refused].into_iter().filter(|said| !said.quantity.is_zero()).collect();
        let terms = Terms { price: line.unit_price, article: &line.supplier_part };
        *standing = standing.amended(terms, &said).map_err(|_| Fault::content(format_args!("line {}: more than is open", one.line)))?;
    }
    Ok((states != before).then_some(states))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::cxml::kept::{Line, LineView, Order};
    use crate::wire::cxml::tree;

    fn d(text: &str) -> Decimal {
        text.parse().expect("a literal of this test")
    }

    fn kept() -> Kept {
        let line = |label: &str, quantity: &str, shipped: &str| {
            let line = Line { line: label.into(), quantity: d(quantity), unit: "C62".into(), supplier_part: "A".into(), ..Line::default() };
            let state = LineState::from(LineView { shipped: d(shipped), pending: d(quantity) - d(shipped), ..LineView::default() });
            (line, state)
        };
        let all = [line("10", "10", "6"), line("20", "5", "3"), line("30", "4", "0")];
        let line_states = all.iter().map(|(line, state)| (line.line.clone(), state.clone())).collect();
        let order = Order { order_id: "O-1".into(), lines: all.into_iter().map(|(line, _)| line).collect(), ..Order::default() };
        Kept { order, line_states, ..Kept::default() }
    }

    fn outstanding(line: &str, quantity: &str) -> Outstanding {
        Outstanding { line: line.into(), quantity: d(quantity), reason: None }
    }

    /// Section 25: zero closes the line, more keeps it open.
    #[test]
    fn what_is_outstanding_is_said_of_the_whole_line() {
        let states = settle(&kept(), &[outstanding("10", "4"), outstanding("20", "0")]).expect("lines of the order").expect("a change");
        let view = |line: &str| LineView::from(states[line].clone());
        assert_eq!((view("10").backordered, view("10").refused), (d("4"), d("0")));
        assert_eq!((view("20").backordered, view("20").refused), (d("0"), d("2")));
        assert_eq!(view("30").pending, d("4"));
        assert_eq!(settle(&kept(), &[]), Ok(None));
        assert!(settle(&kept(), &[outstanding("99", "0")]).is_err());
    }

    #[test]
    fn what_is_written_is_read_again() {
        let shipped = [
            Shipped { line: "10".into(), quantity: d("6"), unit: "C62".into() },
            Shipped { line: "20".into(), quantity: d("3"), unit: "C62".into() },
        ];
        let text = write(&kept(), &Correspondence::default(), "D-1", "2026-03-09", &shipped, &Freight { carrier: "Post", tracking: "3S-1" });
        let advice = read(&tree::read(text.as_bytes(), None).expect("our own document").root).expect("an advice").expect("one that can be read");
        assert_eq!((advice.notice.id.as_str(), advice.notice.portions.len()), ("D-1", 1));
        assert_eq!((advice.notice.carrier.as_str(), advice.notice.tracking.as_str()), ("Post", "3S-1"));
        assert_eq!((advice.notice.portions[0].order.as_deref(), &advice.notice.portions[0].items[..]), (Some("O-1"), &shipped[..]));
        let left: Vec<_> = advice.outstanding["O-1"].iter().map(|one| (one.line.as_str(), one.quantity)).collect();
        assert_eq!(left, [("10", d("4")), ("20", d("2"))]);
    }
}
