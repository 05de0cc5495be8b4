//! The buyer's side of a round trip, played: the setup that a purchasing system sends, and how it reads the cart it gets back (sections 9, 10 and 19;
//! Knows only what arrived: no catalogue, no database.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::cart::{PART_MAX, PRICE_DECIMALS_MAX};
use super::envelope::{self, Identity};
use super::numbers::decimal;
use super::returned;
use super::setup::{Item, Operation};
use super::tree::{self, Document, Element};
use super::units;
use super::write::{self, Cover, Dtd, element, text};
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::money::{Currency, Money};

/// What a buyer's system asks for: the virtual one, or ours at the shop of a supplier.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    pub cover: Cover<'a>,
    pub buyer: &'a Identity,
    pub own: &'a Identity,
    pub operation: Operation,
    pub cookie: &'a str,
    pub return_url: &'a str,
    pub user: &'a str,
    /// What proves the sender; the virtual buyer has none.
    pub secret: Option<&'a str>,
    pub is_test: bool,
    /// Lines of the cart that is edited or looked at.
    pub items: &'a [Item],
}

/// The document that asks for it. A user without an address of mail goes by a name.
pub fn setup(asked: &Asked<'_>) -> String {
    let item = |item: &Item| {
        let part = element("ItemID").and(text("SupplierPartID", &*item.part)).and(text("SupplierPartAuxiliaryID", &*item.aux));
        element("ItemOut").with("quantity", item.quantity.to_string()).and(part)
    };
    let payload = element("PunchOutSetupRequest")
        .with("operation", asked.operation.as_str())
        .and(text("BuyerCookie", asked.cookie))
        .and(text("Extrinsic", asked.user).with("name", if asked.user.contains('@') { "UserEmail" } else { "UniqueName" }))
        .and(element("BrowserFormPost").and(text("URL", asked.return_url)))
        .and_all(asked.items.iter().map(item));
    write::request(&asked.cover, Dtd::Cxml, write::header(asked.buyer, asked.own, asked.secret), asked.is_test, payload)
}

/// The cart as the buyer's system understood it.
#[derive(Debug, Default)]
pub struct Received {
    /// What it could not book.
    pub findings: Findings,
    /// Everything in it, by path.
    pub fields: Vec<(String, String)>,
    pub items: Vec<Item>,
}

/// Reads the fields of the form as a system that knows these units beside the codes of the recommendation.
pub fn check(pairs: &[(String, String)], asked: &Asked<'_>, known: &BTreeMap<String, String>) -> Received {
    let mut received = Received::default();
    if let Err(finding) = read(pairs, asked.cookie, known, &mut received) {
        received.findings.push(finding);
    }
    received
}

/// What no reader gets over: the rest is passed, with a note.
const NEEDED: [&str; 9] = ["cXML-base64", "cXML", "Message", "BuyerCookie", "SupplierPartID", "quantity", "UnitOfMeasure", "UnitPrice", "currency"];

/// Why a cart cannot be taken, as people are told it; nothing where it is none of what is looked at here.
pub fn refused(pairs: &[(String, String)], cookie: &str, known: &BTreeMap<String, String>) -> Findings {
    let mut received = Received::default();
    if let Err(finding) = read(pairs, cookie, known, &mut received) {
        received.findings.push(finding);
    }
    received.findings.0.retain(|finding| NEEDED.contains(&finding.field.as_str()));
    // What the cookie should have been is nobody's business who did not know it.
    received.findings.0.iter_mut().filter(|finding| finding.field == "BuyerCookie").for_each(|finding| finding.limit.clear());
    // A unit that is unknown is unknown here, not to a purchasing system.
    received.findings.0.iter_mut().filter(|finding| finding.code == Code::UnitUnknown).for_each(|finding| finding.code = Code::Unusable);
    received.findings
}

fn unusable(field: &str, value: impl std::fmt::Display) -> Finding {
    Finding::error(Code::Unusable, field).value(value)
}

fn read(pairs: &[(String, String)], wanted: &str, known: &BTreeMap<String, String>, received: &mut Received) -> Result<(), Finding> {
    let document = document(pairs)?;
    let envelope = envelope::read(&document, &mut Vec::new()).map_err(|fault| unusable("cXML", fault.text))?;
    let message = envelope.payload_element;
    if envelope.is_request || message.name != "PunchOutOrderMessage" {
        return Err(unusable("Message", &message.name));
    }
    put("", message, &mut received.fields);
    let cookie = message.child("BuyerCookie").and_then(Element::own_text).unwrap_or_default();
    if cookie != wanted {
        received.findings.push(unusable("BuyerCookie", cookie).limit(wanted));
    }
    let allowed = message.child("PunchOutOrderMessageHeader").and_then(|head| head.attribute("operationAllowed")).unwrap_or_default();
    if Operation::parse(allowed).is_none() {
        received.findings.push(unusable("operationAllowed", allowed).limit("create, inspect, edit"));
    }
    let mut sum = Some(Decimal::ZERO);
    for (number, item) in (1u32..).zip(message.all("ItemIn")) {
        let (part, net) = line(number, item, known, &mut received.findings);
        received.items.extend(part);
        sum = sum.zip(net).and_then(|(sum, net)| sum.checked_add(net));
    }
    let stated = message.text_at(&["PunchOutOrderMessageHeader", "Total", "Money"]);
    match (stated.as_deref().and_then(decimal), sum) {
        (None, _) => received.findings.push(Finding::error(Code::Missing, "Total")),
        (Some(stated), Some(sum)) if stated != sum => {
            received.findings.push(Finding::error(Code::DiffersFromBasket, "Total").value(stated).limit(sum))
        }
        (Some(_), _) => {}
    }
    Ok(())
}

/// The document in the one field that carries it.
fn document(pairs: &[(String, String)]) -> Result<Document, Finding> {
    if !pairs.iter().any(|(name, _)| returned::FIELDS.iter().any(|field| name.eq_ignore_ascii_case(field))) {
        return Err(Finding::error(Code::Missing, "cXML-base64"));
    }
    let (bytes, charset) = returned::bytes(pairs, &mut Vec::new()).map_err(|fault| unusable("cXML-base64", fault.text))?;
    tree::read(&bytes, charset).map_err(|fault| unusable("cXML", fault.text))
}

/// A line as it can be ordered later, and what it costs.
fn line(number: u32, item: &Element, known: &BTreeMap<String, String>, findings: &mut Findings) -> (Option<Item>, Option<Decimal>) {
    let mut say = |finding: Finding| findings.push(finding.line(number));
    let detail = item.child("ItemDetail").cloned().unwrap_or_default();
    let part = item.text_at(&["ItemID", "SupplierPartID"]).unwrap_or_default();
    if part.is_empty() {
        say(Finding::error(Code::Missing, "SupplierPartID"));
    }
    if part.chars().count() > PART_MAX || part.contains(['?', '{', '}']) {
        say(Finding::error(Code::ValueTooLong, "SupplierPartID").value(&part).limit(PART_MAX));
    }
    let stated = item.attribute("quantity").unwrap_or_default();
    let quantity = decimal(stated).filter(|quantity| *quantity > Decimal::ZERO);
    match decimal(stated) {
        None if !stated.is_empty() => say(unusable("quantity", stated)),
        _ if quantity.is_none() => say(Finding::error(Code::QuantityNotPositive, "quantity")),
        _ => {}
    }
    match detail.child("Description") {
        Some(description) if description.attribute("xml:lang").is_some_and(|language| !language.is_empty()) => {}
        Some(_) => say(Finding::error(Code::Missing, "xml:lang")),
        None => say(Finding::error(Code::Missing, "Description")),
    }
    match detail.text_of("UnitOfMeasure") {
        Some(unit) if units::canonical(&unit, known).is_some() => {}
        Some(unit) => say(Finding::error(Code::UnitUnknown, "UnitOfMeasure").value(unit)),
        None => say(Finding::error(Code::Missing, "UnitOfMeasure")),
    }
    match detail.child("Classification") {
        Some(class) => {
            let code = class.own_text().unwrap_or_default();
            let is_unspsc = class.attribute("domain").is_some_and(|domain| domain.eq_ignore_ascii_case("UNSPSC"));
            if code.trim().is_empty() || is_unspsc && !(code.len() == 8 && code.bytes().all(|b| b.is_ascii_digit())) {
                say(unusable("Classification", code));
            }
        }
        None => say(Finding::error(Code::Missing, "Classification")),
    }
    let price = detail.text_at(&["UnitPrice", "Money"]).as_deref().and_then(decimal);
    let currency = detail.at(&["UnitPrice", "Money"]).and_then(|money| money.attribute("currency")).and_then(Currency::parse);
    match price {
        Some(price) if price.scale() > PRICE_DECIMALS_MAX => say(unusable("UnitPrice", price)),
        Some(_) => {}
        None => say(Finding::error(Code::Missing, "UnitPrice")),
    }
    if currency.is_none() {
        say(Finding::error(Code::Missing, "currency"));
    }
    let aux = item.text_at(&["ItemID", "SupplierPartAuxiliaryID"]).unwrap_or_default();
    let net = quantity.zip(price).zip(currency).and_then(|((quantity, price), currency)| net(&detail, quantity, price, currency));
    (quantity.map(|quantity| Item { part, aux, quantity }), net)
}

/// Quantity × factor × price ÷ basis, rounded once.
fn net(detail: &Element, quantity: Decimal, price: Decimal, currency: Currency) -> Option<Decimal> {
    let basis = detail.child("PriceBasisQuantity");
    let number = |name: &str| match basis.and_then(|basis| basis.attribute(name)) {
        Some(text) => decimal(text).filter(|number| *number > Decimal::ZERO),
        None => Some(Decimal::ONE),
    };
    let exact = quantity.checked_mul(number("conversionFactor")?)?.checked_mul(price)?.checked_div(number("quantity")?)?;
    Money::round(exact, currency).map(|money| money.decimal())
}

/// Every text and attribute with the path to it; lines are counted, extrinsics named.
fn put(path: &str, element: &Element, fields: &mut Vec<(String, String)>) {
    let under = |name: &str| if path.is_empty() { name.to_string() } else { format!("{path}/{name}") };
    fields.extend(element.attributes.iter().map(|(name, value)| (under(&format!("@{name}")), value.clone())));
    if let Some(text) = element.own_text().filter(|text| !text.trim().is_empty()) {
        fields.push((path.to_string(), text));
    }
    let mut lines = 0;
    for child in element.elements() {
        let name = match child.name.as_str() {
            "ItemIn" => {
                lines += 1;
                format!("ItemIn[{lines}]")
            }
            "Extrinsic" => format!("Extrinsic[{}]", child.attribute("name").unwrap_or_default()),
            name => name.to_string(),
        };
        put(&under(&name), child, fields);
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    const COVER: Cover<'_> = Cover { payload: "1.1@host", timestamp: "2026-03-05T10:15:00+01:00", version: "1.2.045" };

    fn with_asked<R>(work: impl Fn(&Asked<'_>) -> R) -> R {
        let (buyer, own) = (Identity::parse("NetworkId:b").expect("an identity"), Identity::parse("DUNS:1").expect("an identity"));
        let items = [Item { part: "A & 1".into(), aux: "q:TEST-2026-000001:1".into(), quantity: Decimal::from(3) }];
        let asked = Asked {
            cover: COVER,
            buyer: &buyer,
            own: &own,
            operation: Operation::Edit,
            cookie: "c1",
            return_url: "https://erp.example/back?a=1&b=2",
            user: "virtual",
            secret: None,
            is_test: true,
            items: &items,
        };
        work(&asked)
    }

    #[test]
    fn the_setup_it_sends_is_one_that_is_read() {
        with_asked(|asked| {
            let document = tree::read(setup(asked).as_bytes(), None).expect("a document");
            let envelope = envelope::read(&document, &mut Vec::new()).expect("an envelope");
            let read = super::super::setup::read(envelope.payload_element, &mut Vec::new()).expect("a setup");
            assert_eq!((read.operation, read.cookie.as_str(), read.return_url.as_str()), (Operation::Edit, "c1", asked.return_url));
            assert_eq!((read.user.as_deref(), read.items.as_slice()), (Some("virtual"), asked.items));
        });
    }

    /// 250 at 12.50 per 100 are 31.25, and 2 at 10.00 are 20.00 (section 10, "Price basis").
    const CART: &str = "<cXML payloadID='1'><Header/><Message><PunchOutOrderMessage><BuyerCookie>c1</BuyerCookie>\
        <PunchOutOrderMessageHeader operationAllowed='edit'><Total><Money currency='EUR'>51.25</Money></Total></PunchOutOrderMessageHeader>\
        <ItemIn quantity='250'><ItemID><SupplierPartID>SCREW</SupplierPartID><SupplierPartAuxiliaryID>q:1:1</SupplierPartAuxiliaryID></ItemID>\
        <ItemDetail><UnitPrice><Money currency='EUR'>12.50</Money></UnitPrice><Description xml:lang='en'>Screws</Description><UnitOfMeasure>C62</UnitOfMeasure>\
        <PriceBasisQuantity quantity='100' conversionFactor='1'><UnitOfMeasure>C62</UnitOfMeasure></PriceBasisQuantity>\
        <Classification domain='UNSPSC'>31161500</Classification><Extrinsic name='CostCenter'>4410</Extrinsic></ItemDetail></ItemIn>\
        <ItemIn quantity='2'><ItemID><SupplierPartID>BOOK</SupplierPartID></ItemID><ItemDetail><UnitPrice><Money currency='EUR'>10</Money></UnitPrice>\
        <Description xml:lang='en'>Book</Description><UnitOfMeasure>EA</UnitOfMeasure><Classification domain='own'>x-1</Classification></ItemDetail></ItemIn>\
        </PunchOutOrderMessage></Message></cXML>";

    fn received(cart: &str) -> Received {
        with_asked(|asked| check(&[("cxml-BASE64".to_string(), STANDARD.encode(cart))], asked, &BTreeMap::new()))
    }

    #[test]
    fn a_cart_that_can_be_booked_is_shown_whole() {
        let received = received(CART);
        assert!(received.findings.0.is_empty(), "{:?}", received.findings);
        let value = |path: &str| received.fields.iter().find(|(name, _)| name == path).map(|(_, value)| value.as_str());
        assert_eq!(value("ItemIn[1]/ItemDetail/Extrinsic[CostCenter]"), Some("4410"));
        assert_eq!(value("ItemIn[2]/@quantity"), Some("2"));
        assert_eq!(value("PunchOutOrderMessageHeader/Total/Money"), Some("51.25"));
        assert_eq!(received.items.iter().map(|item| item.part.as_str()).collect::<Vec<_>>(), ["SCREW", "BOOK"]);
    }

    /// Each mistake against section 10 is named with its line.
    #[test]
    fn what_cannot_be_booked_is_named() {
        for (from, to, line, field) in [
            ("c1<", "c2<", None, "BuyerCookie"),
            ("operationAllowed='edit'", "operationAllowed=''", None, "operationAllowed"),
            ("51.25", "1250.00", None, "Total"),
            ("quantity='250'", "quantity='-250'", Some(1), "quantity"),
            (">SCREW<", ">{SCREW}<", Some(1), "SupplierPartID"),
            (">BOOK<", "><", Some(2), "SupplierPartID"),
            (">10<", ">10.00001<", Some(2), "UnitPrice"),
            (">EA<", ">EACHES<", Some(2), "UnitOfMeasure"),
            ("<Classification domain='own'>x-1</Classification>", "", Some(2), "Classification"),
            ("31161500", "3116-1500", Some(1), "Classification"),
            ("xml:lang='en'>Book", ">Book", Some(2), "xml:lang"),
            ("<Money currency='EUR'>10", "<Money>10", Some(2), "currency"),
            ("<Message>", "<Request>", None, "cXML"),
        ] {
            let cart = CART.replace(from, to);
            assert_ne!(cart, CART, "{from}");
            let findings = received(&cart).findings;
            assert!(findings.errors().any(|found| found.field == field && found.line == line), "{field}: {findings:?}");
        }
        let none = with_asked(|asked| check(&[("cXML-base64".into(), "%".into())], asked, &BTreeMap::new()));
        assert_eq!(none.findings.0.len(), 1);
        assert_eq!(with_asked(|asked| check(&[], asked, &BTreeMap::new())).findings.0[0].code, Code::Missing);
    }
}
