//! An order to a supplier's system as `OrderRequest` (section 11): new, update and delete, valid against the document type. Pure. Says nothing
//! the order does not hold, and carries no secret.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::accounting;
use super::kept::{Due, Kind, Line, Order};
use super::place::Place;
use super::tree::Element;
use super::write::{element, money, text};

/// What stands in the header beside the order itself.
#[derive(Clone, Copy, Debug)]
pub struct Head<'h> {
    pub kind: Kind,
    pub version: u64,
    /// The document that this one changes or calls off.
    pub follows: Option<&'h str>,
    /// Who pays, where the order says nothing of it.
    pub bill_to: &'h Place,
    /// Language of the texts: `nl`.
    pub language: &'h str,
}

/// The request's element.
pub fn write(head: &Head<'_>, order: &Order) -> Element {
    element("OrderRequest").and(header(head, order)).and_all(order.lines.iter().map(|line| item(order, line, head.language)))
}

fn header(head: &Head<'_>, order: &Order) -> Element {
    let currency = order.currency.as_str();
    let charge = |name: &'static str, amount: Decimal| {
        (!amount.is_zero()).then(|| money(name, currency, amount).and(text("Description", name).with("xml:lang", "en")))
    };
    let mut extrinsics: BTreeMap<&str, &str> = order.extrinsics.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    if !order.ordered_by.is_empty() {
        extrinsics.entry("OrderedBy").or_insert(&order.ordered_by);
    }
    element("OrderRequestHeader")
        .with("orderID", &*order.order_id)
        .with("orderDate", &*order.order_date)
        .with("orderType", "regular")
        .with("type", head.kind.as_str())
        .with("orderVersion", head.version.to_string())
        .with_some("requisitionID", order.requisition.as_deref())
        .and(total(order))
        .and_all(order.ship_to.as_ref().map(|place| element("ShipTo").and(address(place, head.language))))
        .and(element("BillTo").and(address(order.bill_to.as_ref().unwrap_or(head.bill_to), head.language)))
        .and_all(charge("Shipping", order.shipping.max(Decimal::ZERO)))
        .and_all(charge("Tax", order.tax))
        .and_all(order.comments.iter().map(|comment| text("Comments", &**comment).with("xml:lang", head.language)))
        .and_all(head.follows.map(|payload| element("DocumentReference").with("payloadID", payload)))
        .and_all(extrinsics.into_iter().map(|(name, value)| text("Extrinsic", value).with("name", name)))
}

/// What the lines come to. Less than nothing for shipping is a discount on the whole: the total is then what remains, and says of what it was taken.
fn total(order: &Order) -> Element {
    let currency = order.currency.as_str();
    if order.shipping >= Decimal::ZERO {
        return money("Total", currency, order.net_total);
    }
    let deduction = element("AdditionalDeduction").with("type", "Discount").and(money("DeductionAmount", currency, -order.shipping));
    let detail = element("ModificationDetail").with("name", "Allowance").and(text("Description", "Discount").with("xml:lang", "en"));
    let modification = element("Modification").and(money("OriginalPrice", currency, order.net_total)).and(deduction).and(detail);
    money("Total", currency, order.net_total + order.shipping).and(element("Modifications").and(modification))
}

fn address(place: &Place, language: &str) -> Element {
    element("Address")
        .with_some("isoCountryCode", place.country.as_deref())
        .with_some("addressID", place.id.as_deref())
        .and(text("Name", &*place.name).with("xml:lang", language))
        .and_all(postal(place))
        .and_all((!place.mail.is_empty()).then(|| text("Email", &*place.mail)))
}

/// Nothing where nothing is said of it; what the type wants beside what is said is there and empty.
fn postal(place: &Place) -> Option<Element> {
    let Place { deliver_to, street, city, state, postcode, country, .. } = place;
    if deliver_to.is_empty() && street.is_empty() && country.is_none() && [city, state, postcode].iter().all(|text| text.is_empty()) {
        return None;
    }
    let none = vec![String::new()];
    let country = country.as_deref().unwrap_or_default();
    let postal = element("PostalAddress")
        .and_all(deliver_to.iter().map(|line| text("DeliverTo", &**line)))
        .and_all(if street.is_empty() { &none } else { street }.iter().map(|line| text("Street", &**line)))
        .and(text("City", &**city))
        .and_all((!state.is_empty()).then(|| text("State", &**state)))
        .and_all((!postcode.is_empty()).then(|| text("PostalCode", &**postcode)));
    Some(postal.and(text("Country", country).with("isoCountryCode", country)))
}

/// Where a buyer's own label of a line stands, when it is not the line's number.
pub const OWN_LABEL: &str = "BuyerLineNumber";

fn item(order: &Order, line: &Line, language: &str) -> Element {
    let id = element("ItemID")
        .and(text("SupplierPartID", &*line.supplier_part))
        .and_all(line.aux.as_deref().or(line.foreign_aux.as_deref()).map(|aux| text("SupplierPartAuxiliaryID", aux)))
        .and_all(line.buyer_part.as_deref().map(|part| text("BuyerPartID", part)));
    element("ItemOut")
        .with("quantity", line.quantity.normalize().to_string())
        // The type wants a whole number, and one that no other line has: that of the books.
        .with("lineNumber", line.number.to_string())
        .with_some("requisitionID", line.requisition.as_deref())
        .with_some("requestedDeliveryDate", line.requested_date.as_deref())
        .and(id)
        .and(detail(order, line, language))
        .and_all(line.ship_to.as_ref().map(|place| element("ShipTo").and(address(place, language))))
        .and_all(line.cost.iter().filter(|share| share.is_named()).map(|share| {
            let amount = if line.cost.len() == 1 { line.net } else { share.amount };
            accounting::distribution(share, &order.currency, amount)
        }))
        .and_all(line.comments.iter().map(|comment| text("Comments", &**comment).with("xml:lang", language)))
        .and_all(line.schedule.iter().map(|due| schedule(line, due)))
        .and_all(line.agreement.as_deref().map(|agreement| element("MasterAgreementIDInfo").with("agreementID", agreement)))
}

fn detail(order: &Order, line: &Line, language: &str) -> Element {
    let mut description = element("Description").with("xml:lang", language);
    let long = line.description.as_deref().or(line.short_name.as_deref()).unwrap_or(&line.supplier_part);
    description = description.text_in(long).and_all(line.short_name.as_deref().map(|name| text("ShortName", name)));
    let basis = (line.price_basis != Decimal::ONE || line.factor != Decimal::ONE).then(|| {
        let unit = if line.basis_unit.is_empty() { &line.unit } else { &line.basis_unit };
        element("PriceBasisQuantity")
            .with("quantity", line.price_basis.normalize().to_string())
            .with("conversionFactor", line.factor.normalize().to_string())
            .and(text("UnitOfMeasure", &**unit))
    });
    let classification = text("Classification", line.classification.as_deref().unwrap_or_default());
    let domain = if line.classification.is_some() { line.classification_domain.as_str() } else { "UNSPSC" };
    let label = Some(line.line.as_str()).filter(|label| !label.is_empty() && *label != line.number.to_string());
    element("ItemDetail")
        .and(money("UnitPrice", &order.currency, line.unit_price.unwrap_or_default()))
        .and(description)
        .and(text("UnitOfMeasure", &*line.unit))
        .and_all(basis)
        .and(classification.with("domain", domain))
        .and_all(line.manufacturer_part.as_deref().map(|part| text("ManufacturerPartID", part)))
        .and_all(line.manufacturer.as_deref().map(|name| text("ManufacturerName", name).with("xml:lang", language)))
        .and_all(label.map(|label| text("Extrinsic", label).with("name", OWN_LABEL)))
        .and_all(line.extrinsics.iter().map(|(name, value)| text("Extrinsic", &**value).with("name", &**name)))
}

fn schedule(line: &Line, due: &Due) -> Element {
    element("ScheduleLine")
        .with("quantity", due.quantity.normalize().to_string())
        .with("requestedDeliveryDate", &*due.date)
        .and(text("UnitOfMeasure", &*line.unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::connection::{Cxml, Unknown};
    use crate::wire::cxml::kept::Share;
    use crate::wire::cxml::{order, tree, write as writing};

    fn full() -> Order {
        let share = |code: &str, percentage: u32, amount: &str| Share {
            amount: amount.parse().expect("an amount"),
            percentage: Some(percentage.into()),
            received: vec![("Cost Center".into(), code.into()), ("Percentage".into(), percentage.to_string())],
            segments: [("cost_center".to_string(), code.to_string())].into(),
            ..Share::default()
        };
        let place = |id: &str| Place {
            id: Some(id.into()),
            name: "Bauhof & Söhne".into(),
            deliver_to: vec!["Tor 3".into()],
            street: vec!["Hof 1".into()],
            city: "Kiel".into(),
            postcode: "24103".into(),
            country: Some("DE".into()),
            ..Place::default()
        };
        let line = Line {
            line: "20".into(),
            number: 20,
            supplier_part: "SCR-M6x20".into(),
            aux: Some("q:1:2".into()),
            buyer_part: Some("B 7".into()),
            quantity: "250".parse().expect("a number"),
            unit: "C62".into(),
            unit_received: "C62".into(),
            unit_price: Some("12.50".parse().expect("a number")),
            price_basis: 100.into(),
            factor: Decimal::ONE,
            basis_unit: "C62".into(),
            net: "31.25".parse().expect("a number"),
            description: Some("Schraube M6 × 20 <verzinkt>".into()),
            classification: Some("31161500".into()),
            classification_domain: "UNSPSC".into(),
            requested_date: Some("2026-03-12".into()),
            schedule: vec![Due { quantity: 100.into(), date: "2026-03-12".into() }, Due { quantity: 150.into(), date: "2026-04-12".into() }],
            ship_to: Some(place("BAUHOF")),
            cost: vec![share("4711", 60, "18.75"), share("5200", 40, "12.50")],
            comments: vec!["vorsichtig".into()],
            extrinsics: [("Colour".to_string(), "blue".to_string())].into(),
            ..Line::default()
        };
        Order {
            order_id: "PO-1".into(),
            order_date: "2026-03-05T10:15:00+01:00".into(),
            currency: "EUR".into(),
            net_total: "31.25".parse().expect("a number"),
            shipping: "5".parse().expect("a number"),
            ship_to: Some(place("MAIN")),
            bill_to: Some(place("BILL")),
            comments: vec!["bitte an \"Tor 3\"".into()],
            lines: vec![line],
            ..Order::default()
        }
    }

    #[test]
    fn what_is_written_is_read_as_the_same_order() {
        let order = full();
        let head = Head { kind: Kind::Update, version: 2, follows: Some("p1@x"), bill_to: &Place::default(), language: "de" };
        let text = writing::inside(&element("a").and(write(&head, &order)));
        let read = tree::read(format!("<a>{text}</a>").as_bytes(), None).expect("our own document").root;
        let habits = Cxml { unknown_parts: Unknown::Accept, ..Cxml::default() };
        let mut read = order::read(read.child("OrderRequest").expect("an order"), &habits, "Europe/Berlin", &mut Vec::new()).expect("an order");
        assert_eq!((read.kind, read.version, read.follows.as_deref()), (Kind::Update, Some(2), Some("p1@x")));
        // What the reader has from elsewhere, or works out only with the connection.
        read.lines[0].detailed = false;
        read.lines[0].currency = None;
        let (wanted, line) = (&order.lines[0], &read.lines[0]);
        assert_eq!(
            (&line.line, &line.supplier_part, &line.aux, &line.buyer_part),
            (&wanted.line, &wanted.supplier_part, &wanted.aux, &wanted.buyer_part)
        );
        assert_eq!(
            (line.quantity, line.unit_price, line.price_basis, &line.basis_unit),
            (wanted.quantity, wanted.unit_price, wanted.price_basis, &wanted.basis_unit)
        );
        assert_eq!(
            (&line.description, &line.classification, &line.schedule, &line.ship_to),
            (&wanted.description, &wanted.classification, &wanted.schedule, &wanted.ship_to)
        );
        assert_eq!((&line.comments, &line.extrinsics, &line.requested_date), (&wanted.comments, &wanted.extrinsics, &wanted.requested_date));
        let shares = |line: &Line| line.cost.iter().map(|share| (share.received.clone(), share.segments.clone())).collect::<Vec<_>>();
        assert_eq!(shares(line), shares(wanted));
        let charges: Vec<Option<Decimal>> = line.cost.iter().map(|share| share.charge).collect();
        assert_eq!(charges, [Some("18.75".parse().expect("a number")), Some("12.50".parse().expect("a number"))]);
        assert_eq!((&read.ship_to, &read.bill_to, read.shipping, &read.comments), (&order.ship_to, &order.bill_to, order.shipping, &order.comments));
        assert_eq!(
            (&read.order_id, &read.order_date, &read.currency, read.stated_total),
            (&order.order_id, &order.order_date, &order.currency, order.net_total)
        );
    }

    /// cXML.dtd: Total (Money, Modifications?); 50.00 less 12.50 is 37.50.
    #[test]
    fn a_discount_on_the_whole_stands_in_the_total() {
        let d = |text: &str| -> Decimal { text.parse().expect("a literal of this test") };
        let total = |shipping: &str| {
            let order = Order { currency: "EUR".into(), net_total: d("50.00"), shipping: d(shipping), ..Order::default() };
            writing::inside(&element("a").and(super::total(&order)))
        };
        let text = "<Total><Money currency=\"EUR\">37.50</Money><Modifications><Modification><OriginalPrice><Money currency=\"EUR\">50.00</Money></OriginalPrice>\
                    <AdditionalDeduction type=\"Discount\"><DeductionAmount><Money currency=\"EUR\">12.50</Money></DeductionAmount></AdditionalDeduction>\
                    <ModificationDetail name=\"Allowance\"><Description xml:lang=\"en\">Discount</Description></ModificationDetail>\
                    </Modification></Modifications></Total>";
        assert_eq!(total("-12.50"), text);
        assert_eq!(total("4"), "<Total><Money currency=\"EUR\">50.00</Money></Total>");
    }

    /// A number stands once, and stays: what a line is called elsewhere may be the number of another.
    #[test]
    fn a_label_that_is_not_the_number_stands_beside_it() {
        let order = Order {
            lines: vec![Line { line: "3".into(), number: 1, ..Line::default() }, Line { line: "A".into(), number: 3, ..Line::default() }],
            ..Order::default()
        };
        let head = Head { kind: Kind::New, version: 1, follows: None, bill_to: &Place::default(), language: "en" };
        let text = writing::inside(&write(&head, &order));
        for part in ["lineNumber=\"1\"", "lineNumber=\"3\"", "name=\"BuyerLineNumber\">3<", "name=\"BuyerLineNumber\">A<"] {
            assert_eq!(text.matches(part).count(), 1, "{part}: {text}");
        }
    }
}
