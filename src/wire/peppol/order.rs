//! `Order`, `OrderChange` and `OrderCancellation` to the order in the middle (sections 21, 23, 28 and 34). The rules were asked before: here is
//! found what an order means, and what is odd about it. Lenient about what the message does not know; never about what it needs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rust_decimal::Decimal;

use super::account::{self, Account};
use super::{Correspondence, Message, Party, Process, number};
use crate::domain::connection::{Peppol, Unknown};
use crate::domain::money::Currency;
use crate::wire::cxml::kept::{Kind, Line, Order, Share};
use crate::wire::cxml::mime::Part;
use crate::wire::cxml::place::Place;
use crate::wire::cxml::tree::Element;
use crate::wire::cxml::{Fault, Status};

pub(super) const LINES_MAX: usize = 10_000;
pub(super) const ID_MAX: usize = 100;
const LABEL_MAX: usize = 50;
const PART_MAX: usize = 255;

/// What can be read of a message whatever else is wrong with it, so that it can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    pub message: Message,
    /// The message's own.
    pub id: String,
    /// The order it is about: its own id, or the one it refers to.
    pub order: String,
    pub process: Option<Process>,
    pub currency: String,
    pub correspondence: Correspondence,
}

/// The heading of an order, a change or a cancellation; nothing for other documents.
pub fn heading(root: &Element) -> Option<Heading> {
    let message = Message::of(root).filter(|message| matches!(message, Message::Order | Message::OrderChange | Message::OrderCancellation))?;
    let id = root.text_of("ID").unwrap_or_default();
    let order = match message {
        Message::Order => id.clone(),
        _ => root.text_at(&["OrderReference", "ID"]).unwrap_or_default(),
    };
    let process = root.text_of("ProfileID").and_then(|text| Process::of(&text));
    let party = |name: &str| root.child(name).and_then(Party::read).unwrap_or_default();
    let correspondence = Correspondence {
        process: process.unwrap_or_default(),
        buyer: party("BuyerCustomerParty"),
        seller: party("SellerSupplierParty"),
        buyer_reference: root.text_of("CustomerReference").unwrap_or_default(),
        change: if message == Message::Order { String::new() } else { id.clone() },
    };
    let currency = root.text_of("DocumentCurrencyCode").filter(|code| Currency::parse(code).is_some()).unwrap_or_default();
    Some(Heading { message, id, order, process, currency, correspondence })
}

/// Everything the message must hold and does not.
fn missing(root: &Element, heading: &Heading) -> Option<Fault> {
    let correspondence = &heading.correspondence;
    let is_cancellation = heading.message == Message::OrderCancellation;
    let head = [
        ("ID", !heading.id.is_empty()),
        ("OrderReference/ID", !heading.order.is_empty()),
        ("IssueDate", root.text_of("IssueDate").is_some()),
        ("DocumentCurrencyCode", is_cancellation || !heading.currency.is_empty()),
        ("CancellationNote", !is_cancellation || root.text_of("CancellationNote").is_some()),
        ("buyer RegistrationName", !correspondence.buyer.name.is_empty()),
        ("seller RegistrationName", !correspondence.seller.name.is_empty()),
        ("seller country", is_cancellation || !correspondence.seller.country.is_empty()),
        ("OrderLine", is_cancellation || root.child("OrderLine").is_some()),
    ];
    head.iter().find(|(_, there)| !there).map(|(what, _)| Fault::missing(what))
}

/// What stands in orders of many systems and in no message of Peppol (section 21): told, and left aside.
fn oddities(root: &Element, warnings: &mut Vec<String>) {
    let mut tell = |odd: bool, what: &str| warnings.extend(odd.then(|| format!("{what}: the message does not know it")));
    tell(root.all("TaxTotal").count() > 1, "a second TaxTotal");
    tell(root.at(&["TaxTotal", "TaxSubtotal"]).is_some(), "TaxTotal/TaxSubtotal");
    tell(root.at(&["SellerSupplierParty", "Party", "PartyTaxScheme"]).is_some(), "SellerSupplierParty/Party/PartyTaxScheme");
    let items = || root.all("OrderLine").filter_map(|line| line.child("LineItem"));
    let in_delivery = |name: &str| items().any(|item| item.at(&["Delivery", name]).is_some());
    tell(["DeliveryLocation", "DeliveryAddress", "DeliveryParty"].into_iter().any(in_delivery), "an address in the delivery of a line");
    let periods = || items().filter_map(|item| item.at(&["Delivery", "RequestedDeliveryPeriod"]));
    tell(periods().any(|period| period.child("StartTime").is_some() || period.child("EndTime").is_some()), "a time in a delivery period");
    tell(root.all("Note").count() > 1, "a second Note");
}

/// What the message says.
pub fn read(root: &Element, heading: &Heading, habits: &Peppol, warnings: &mut Vec<String>) -> Result<Order, Fault> {
    if let Some(fault) = missing(root, heading) {
        return Err(fault);
    }
    if heading.order.chars().count() > ID_MAX || heading.order.chars().any(char::is_control) {
        return Err(Fault::content(format_args!("ID has more than {ID_MAX} characters or control characters")));
    }
    let mut order = read_head(root, heading);
    if heading.message == Message::OrderCancellation {
        order.kind = Kind::Delete;
        return Ok(order);
    }
    order_type(root, habits, warnings)?;
    oddities(root, warnings);
    if root.at(&["ValidityPeriod", "EndDate"]).is_none() {
        warnings.push("ValidityPeriod/EndDate is missing: nothing says when an answer is wanted by".to_string());
    }
    amounts(root, "AnticipatedMonetaryTotal", &mut order)?;
    let of_order = Defaults {
        account: root.text_of("AccountingCost"),
        agreement: root.text_at(&["Contract", "ID"]),
        wanted: root.child("Delivery").and_then(wanted),
    };
    if root.all("OrderLine").count() > LINES_MAX {
        return Err(Fault::content(format_args!("more than {LINES_MAX} lines")));
    }
    for line in root.all("OrderLine") {
        order.lines.push(read_line(line, habits, &of_order, warnings)?);
    }
    order.unstated = order.unstated || order.lines.iter().all(|line| line.unit_price.is_none());
    Ok(order)
}

/// What a line has where it says nothing itself.
pub(super) struct Defaults {
    pub account: Option<String>,
    pub agreement: Option<String>,
    pub wanted: Option<String>,
}

pub(super) fn read_head(root: &Element, heading: &Heading) -> Order {
    let correspondence = &heading.correspondence;
    let originator = root.at(&["OriginatorCustomerParty", "Party"]);
    let by_originator = originator.and_then(|party| {
        let name = party.text_at(&["Contact", "Name"]).or_else(|| party.text_at(&["PartyName", "Name"]));
        name.or_else(|| party.text_at(&["PartyIdentification", "ID"]))
    });
    let contact = [&correspondence.buyer.mail, &correspondence.buyer.contact].into_iter().find(|text| !text.is_empty()).cloned();
    let sequence = root.text_of("SequenceNumberID").and_then(|text| text.parse::<u64>().ok());
    let at = |path: &[&str]| root.text_at(path);
    let extras = [
        ("BuyerReference", root.text_of("CustomerReference")),
        ("ProjectReference", at(&["ProjectReference", "ID"])),
        ("Contract", at(&["Contract", "ID"])),
        ("Quotation", at(&["QuotationDocumentReference", "ID"])),
        ("Catalogue", at(&["CatalogueReference", "ID"])),
        // An order that was refused before; it is not in the books.
        ("Replaces", at(&["OrderDocumentReference", "ID"])),
        ("AccountingCost", root.text_of("AccountingCost")),
        ("SalesOrderID", root.text_of("SalesOrderID")),
        ("AnswerWantedBy", at(&["ValidityPeriod", "EndDate"])),
        ("PaymentTerms", at(&["PaymentTerms", "Note"])),
        ("DeliveryTerms", at(&["DeliveryTerms", "SpecialTerms"]).or_else(|| at(&["DeliveryTerms", "ID"]))),
        ("OrderTypeCode", root.text_of("OrderTypeCode").filter(|code| code != "220")),
    ];
    let notes = root.all("Note").chain(root.all("CancellationNote")).filter_map(Element::text);
    Order {
        order_id: heading.order.clone(),
        kind: if heading.message == Message::OrderChange { Kind::Update } else { Kind::New },
        // The order itself is the first version; changes count from one.
        version: sequence.filter(|_| heading.message == Message::OrderChange).map(|number| number.saturating_add(1)),
        order_date: issued(root),
        currency: heading.currency.clone(),
        requisition: at(&["OriginatorDocumentReference", "ID"]),
        ship_to: root.child("Delivery").and_then(place),
        bill_to: root.child("AccountingCustomerParty").and_then(invoicee),
        comments: notes.collect(),
        ordered_by: by_originator.or(contact).unwrap_or_default(),
        extrinsics: extras.into_iter().filter_map(|(name, value)| value.map(|value| (name.to_string(), value))).collect(),
        ..Order::default()
    }
}

/// The day, and the time where there is one.
fn issued(root: &Element) -> String {
    let day = root.text_of("IssueDate").unwrap_or_default();
    root.text_of("IssueTime").map(|time| format!("{day}T{time}")).unwrap_or(day)
}

/// Documents that stand in the order, as files; those it names by an address are told, and never fetched.
pub fn attachments(root: &Element, warnings: &mut Vec<String>) -> Vec<Part> {
    let mut files = Vec::new();
    for reference in root.all("AdditionalDocumentReference") {
        let id = reference.text_of("ID").unwrap_or_default();
        let object = reference.at(&["Attachment", "EmbeddedDocumentBinaryObject"]);
        let bytes = object.and_then(Element::text).map(|text| STANDARD.decode(text.split_ascii_whitespace().collect::<String>()));
        match (object, bytes) {
            (Some(object), Some(Ok(body))) => files.push(Part {
                id,
                media_type: object.attribute("mimeCode").unwrap_or("application/octet-stream").to_string(),
                charset: None,
                body,
            }),
            (Some(_), _) => warnings.push("an attachment cannot be read".to_string()),
            (None, _) if reference.at(&["Attachment", "ExternalReference", "URI"]).is_some() => {
                warnings.push("an attachment stands at an address: it was not fetched".to_string());
            }
            (None, _) => {}
        }
    }
    files
}

/// Section 21: which kinds of orders are taken.
fn order_type(root: &Element, habits: &Peppol, warnings: &mut Vec<String>) -> Result<(), Fault> {
    let code = root.text_of("OrderTypeCode").unwrap_or_default();
    match code.as_str() {
        "" | "220" | "105" => Ok(()),
        "221" | "227" if habits.standing_orders == Unknown::Refuse => {
            Err(Fault::new(Status::NotImplemented, format_args!("OrderTypeCode {code}: blanket and consignment orders are not agreed")))
        }
        _ => {
            let shown: String = code.chars().filter(char::is_ascii_alphanumeric).take(10).collect();
            warnings.push(format!("OrderTypeCode {shown}: it was taken as an order like others"));
            Ok(())
        }
    }
}

fn amount(element: &Element, what: &str) -> Result<Decimal, Fault> {
    let text = element.text().unwrap_or_default();
    number(&text).ok_or_else(|| Fault::content(format_args!("{what} is no number, or too large")))
}

fn amount_at(root: &Element, path: &[&str]) -> Result<Option<Decimal>, Fault> {
    root.at(path).map(|element| amount(element, path.last().unwrap_or(&""))).transpose()
}

/// Charges of the whole order are what shipping costs, less what is allowed on it; the total, which stands in an element of this name, is with tax and
/// before what was paid.
pub(super) fn amounts(root: &Element, total: &str, order: &mut Order) -> Result<(), Fault> {
    for entry in root.all("AllowanceCharge") {
        let value = amount_at(entry, &["Amount"])?.unwrap_or_default();
        let is_charge = entry.text_of("ChargeIndicator").is_some_and(|text| matches!(text.as_str(), "true" | "1"));
        order.shipping += if is_charge { value } else { -value };
    }
    order.tax = amount_at(root, &["TaxTotal", "TaxAmount"])?.unwrap_or_default();
    let Some(total) = root.child(total) else {
        order.unstated = true;
        return Ok(());
    };
    let of = |name: &str| amount_at(total, &[name]);
    order.stated_total = match of("TaxInclusiveAmount")? {
        Some(inclusive) => inclusive,
        None => {
            of("PayableAmount")?.unwrap_or_default() + of("PrepaidAmount")?.unwrap_or_default() - of("PayableRoundingAmount")?.unwrap_or_default()
        }
    };
    Ok(())
}

/// The day goods are wanted on: the end of the period, else its beginning.
fn wanted(delivery: &Element) -> Option<String> {
    let period = delivery.child("RequestedDeliveryPeriod")?;
    let day = period.text_of("EndDate").or_else(|| period.text_of("StartDate"))?;
    // A time or a zone behind it is none of a day's.
    day.get(..10).map(str::to_string)
}

fn address(place: &mut Place, address: &Element) {
    let lines = ["StreetName", "AdditionalStreetName"].into_iter().filter_map(|name| address.text_of(name));
    place.street = lines.chain(address.text_at(&["AddressLine", "Line"])).collect();
    place.city = address.text_of("CityName").unwrap_or_default();
    place.postcode = address.text_of("PostalZone").unwrap_or_default();
    place.state = address.text_of("CountrySubentity").unwrap_or_default();
    place.country = address.text_at(&["Country", "IdentificationCode"]);
}

pub(super) fn place(delivery: &Element) -> Option<Place> {
    let location = delivery.child("DeliveryLocation");
    let party = delivery.child("DeliveryParty");
    if location.is_none() && party.is_none() {
        return None;
    }
    let mut place = Place::default();
    if let Some(location) = location {
        place.id = location.text_of("ID");
        place.name = location.text_of("Name").unwrap_or_default();
        if let Some(inside) = location.child("Address") {
            address(&mut place, inside);
        }
    }
    if let Some(party) = party {
        let names = [party.text_at(&["PartyName", "Name"]), party.text_at(&["Contact", "Name"])];
        place.deliver_to = names.into_iter().flatten().collect();
        place.mail = party.text_at(&["Contact", "ElectronicMail"]).unwrap_or_default();
        if place.street.is_empty()
            && place.city.is_empty()
            && let Some(inside) = party.child("PostalAddress")
        {
            address(&mut place, inside);
        }
    }
    Some(place)
}

fn invoicee(holder: &Element) -> Option<Place> {
    let party = holder.child("Party")?;
    let mut place = Place { id: party.text_at(&["PartyIdentification", "ID"]), ..Place::default() };
    place.name = party.text_at(&["PartyName", "Name"]).or_else(|| party.text_at(&["PartyLegalEntity", "RegistrationName"])).unwrap_or_default();
    if let Some(inside) = party.child("PostalAddress") {
        address(&mut place, inside);
    }
    Some(place)
}

pub(super) fn read_line(line: &Element, habits: &Peppol, of_order: &Defaults, warnings: &mut Vec<String>) -> Result<Line, Fault> {
    let item = line.child("LineItem").ok_or_else(|| Fault::missing("OrderLine/LineItem"))?;
    let label = item.text_of("ID").ok_or_else(|| Fault::missing("LineItem/ID"))?;
    if label.chars().count() > LABEL_MAX || label.chars().any(char::is_control) {
        return Err(Fault::content(format_args!("a line number is longer than {LABEL_MAX} characters")));
    }
    let at = |what: &str| format!("line {label}: {what}");
    let quantity = item.child("Quantity").ok_or_else(|| Fault::missing(&at("Quantity")))?;
    let unit = quantity.attribute("unitCode").ok_or_else(|| Fault::missing(&at("Quantity/@unitCode")))?.to_string();
    let quantity = amount(quantity, &at("Quantity"))?;
    let deleted = item.text_of("LineStatusCode").is_some_and(|code| code == "2");
    if quantity < Decimal::ZERO || quantity.is_zero() && !deleted {
        return Err(Fault::content(at("the quantity is not above zero")));
    }
    let goods = item.child("Item").ok_or_else(|| Fault::missing(&at("Item")))?;
    let name = goods.text_of("Name").ok_or_else(|| Fault::missing(&at("Item/Name")))?;
    let of_line = |path: &[&str]| item.at(path).map(|element| amount(element, &at(path.last().unwrap_or(&"")))).transpose();
    let (price_basis, price) = (of_line(&["Price", "BaseQuantity"])?.unwrap_or(Decimal::ONE), of_line(&["Price", "PriceAmount"])?);
    let basis_unit = item.at(&["Price", "BaseQuantity"]).and_then(|basis| basis.attribute("unitCode"));
    if basis_unit.is_some_and(|basis| basis != unit) {
        return Err(Fault::content(at("the unit of Price/BaseQuantity is not that of the line")));
    }
    let part = part(goods);
    if part.chars().count() > PART_MAX {
        return Err(Fault::content(at("the item's number is too long")));
    }
    let (classification_domain, classification) = classified(goods, &label, warnings);
    let own = item.text_of("AccountingCost");
    let mut read = Line {
        supplier_part: part,
        quantity,
        unit_received: unit,
        unit_price: price,
        price_basis,
        factor: Decimal::ONE,
        stated: of_line(&["LineExtensionAmount"])?,
        buyer_part: goods.text_at(&["BuyersItemIdentification", "ID"]),
        manufacturer_part: goods.text_at(&["ManufacturersItemIdentification", "ID"]),
        description: goods.text_of("Description").or_else(|| Some(name.clone())),
        short_name: Some(name),
        classification_domain,
        classification,
        requested_date: item.child("Delivery").and_then(wanted).or_else(|| of_order.wanted.clone()),
        ship_to: item.text_at(&["Delivery", "ID"]).map(|id| Place { id: Some(id), ..Place::default() }),
        agreement: of_order.agreement.clone(),
        cost: own.as_ref().or(of_order.account.as_ref()).map(|text| shares(text, habits)).unwrap_or_default(),
        account: own,
        comments: line.all("Note").filter_map(Element::text).collect(),
        deleted,
        detailed: true,
        line: label,
        ..Line::default()
    };
    for property in goods.all("AdditionalItemProperty") {
        let (Some(name), Some(value)) = (property.text_of("Name"), property.text_of("Value")) else { continue };
        if name == "SupplierPartAuxiliaryID" { read.aux = Some(value) } else { drop(read.extrinsics.insert(name, value)) }
    }
    if let Some(who) =
        item.text_at(&["OriginatorParty", "PartyName", "Name"]).or_else(|| item.text_at(&["OriginatorParty", "PartyIdentification", "ID"]))
    {
        read.extrinsics.insert("Requester".to_string(), who);
    }
    Ok(read)
}

/// The rate of tax that the item names, in percent.
pub(super) fn rate(goods: &Element) -> Option<Decimal> {
    let rate = goods.text_at(&["ClassifiedTaxCategory", "Percent"]).as_deref().and_then(number)?;
    (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&rate).then_some(rate)
}

/// The seller's number of the item, else the standard one, else the buyer's.
pub(super) fn part(goods: &Element) -> String {
    let of = |name: &str| goods.text_at(&[name, "ID"]);
    of("SellersItemIdentification").or_else(|| of("StandardItemIdentification")).or_else(|| of("BuyersItemIdentification")).unwrap_or_default()
}

/// Lists of UNCL 7143 and what the order in the middle calls them (section 21).
pub(super) fn classified(goods: &Element, label: &str, warnings: &mut Vec<String>) -> (String, Option<String>) {
    let codes = goods.all("CommodityClassification").filter_map(|classification| classification.child("ItemClassificationCode"));
    let Some((list, code)) = codes.filter_map(|code| Some((code.attribute("listID").unwrap_or_default(), code.text()?))).next() else {
        return (String::new(), None);
    };
    let is_unspsc = code.len() == 8 && code.bytes().all(|b| b.is_ascii_digit());
    let domain = match list {
        "TST" => "UNSPSC",
        "MP" if is_unspsc => {
            warnings.push(format!("line {label}: listID MP was taken as UNSPSC, which is TST"));
            "UNSPSC"
        }
        "STI" => "CPV",
        "SRV" => "GTIN",
        "ZZZ" => "MATGROUP",
        other => other,
    };
    (domain.to_string(), Some(code))
}

/// Who bears a line: what its account string says, else the string as a cost centre until it is looked up (section 28).
fn shares(text: &str, habits: &Peppol) -> Vec<Share> {
    match account::read(text, &habits.account_template) {
        Account::Shares(shares) => shares,
        Account::Opaque(text) if text.is_empty() => Vec::new(),
        Account::Opaque(text) => {
            vec![Share { segments: [("cost_center".to_string(), text)].into_iter().collect(), opaque: true, ..Share::default() }]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::cxml::tree;

    fn d(text: &str) -> Decimal {
        text.parse().expect("a literal of this test")
    }

    const PARTIES: &str = "<BuyerCustomerParty><Party><EndpointID schemeID='0192'>987654325</EndpointID><PartyLegalEntity><RegistrationName>Kommune\
        </RegistrationName></PartyLegalEntity></Party></BuyerCustomerParty><SellerSupplierParty><Party><EndpointID schemeID='0088'>7300010000001\
        </EndpointID><PostalAddress><Country><IdentificationCode>NO</IdentificationCode></Country></PostalAddress><PartyLegalEntity>\
        <RegistrationName>Shop</RegistrationName></PartyLegalEntity></Party></SellerSupplierParty>";

    fn document(head: &str, lines: &str) -> String {
        format!(
            "<Order><CustomizationID>urn:fdc:peppol.eu:poacc:trns:order:3</CustomizationID><ProfileID>urn:fdc:peppol.eu:poacc:bis:ordering:3</ProfileID>\
             <ID>P-1</ID><IssueDate>2026-03-05</IssueDate><DocumentCurrencyCode>NOK</DocumentCurrencyCode>{head}{PARTIES}{lines}</Order>"
        )
    }

    fn line(id: &str, more: &str, item: &str) -> String {
        format!(
            "<OrderLine><LineItem><ID>{id}</ID><Quantity unitCode='C62'>250</Quantity><LineExtensionAmount currencyID='NOK'>31.25</LineExtensionAmount>{more}\
             <Price><PriceAmount currencyID='NOK'>12.50</PriceAmount><BaseQuantity unitCode='C62'>100</BaseQuantity></Price><Item><Name>Screw</Name>\
             <SellersItemIdentification><ID>SCR</ID></SellersItemIdentification>{item}</Item></LineItem></OrderLine>"
        )
    }

    fn read_text(text: &str, habits: &Peppol) -> Result<(Order, Vec<String>), Fault> {
        let document = tree::read(text.as_bytes(), None).expect("a document of this test");
        let heading = heading(&document.root).expect("an order");
        let mut warnings = Vec::new();
        read(&document.root, &heading, habits, &mut warnings).map(|order| (order, warnings))
    }

    #[test]
    fn a_line_says_what_section_34_asks() {
        let more = "<AccountingCost>CC=4711@60;CC=5200@40</AccountingCost><Delivery><ID>BAUHOF</ID><RequestedDeliveryPeriod><EndDate>2026-03-12</EndDate>\
                    </RequestedDeliveryPeriod></Delivery>";
        let item = "<CommodityClassification><ItemClassificationCode listID='TST'>31161500</ItemClassificationCode></CommodityClassification>\
                    <AdditionalItemProperty><Name>SupplierPartAuxiliaryID</Name><Value>q:1:2</Value></AdditionalItemProperty>";
        let (order, _) = read_text(&document("", &line("20", more, item)), &Peppol::default()).expect("an order");
        let line = &order.lines[0];
        assert_eq!((order.order_id.as_str(), order.currency.as_str(), order.kind), ("P-1", "NOK", Kind::New));
        assert_eq!((line.line.as_str(), line.supplier_part.as_str(), line.unit_received.as_str()), ("20", "SCR", "C62"));
        assert_eq!((line.unit_price, line.price_basis, line.stated), (Some(d("12.50")), d("100"), Some(d("31.25"))));
        assert_eq!(
            (line.aux.as_deref(), line.classification_domain.as_str(), line.classification.as_deref()),
            (Some("q:1:2"), "UNSPSC", Some("31161500"))
        );
        assert_eq!(
            line.cost.iter().map(|share| (share.cost_centre(), share.percentage)).collect::<Vec<_>>(),
            [(Some("4711"), Some(d("60"))), (Some("5200"), Some(d("40")))]
        );
        assert_eq!(line.requested_date.as_deref(), Some("2026-03-12"));
        assert_eq!(line.ship_to.as_ref().and_then(|place| place.id.as_deref()), Some("BAUHOF"));
        assert_eq!(line.account.as_deref(), Some("CC=4711@60;CC=5200@40"));
    }

    #[test]
    fn kinds_of_orders_that_stand_are_refused_unless_agreed() {
        let of = |code: &str, standing_orders: Unknown| {
            let head = format!("<OrderTypeCode>{code}</OrderTypeCode>");
            read_text(&document(&head, &line("1", "", "")), &Peppol { standing_orders, ..Peppol::default() }).map(|(_, warnings)| warnings.len())
        };
        let plain = of("220", Unknown::Refuse).expect("an order");
        assert_eq!(of("105", Unknown::Refuse), Ok(plain));
        for code in ["226", "402"] {
            assert_eq!(of(code, Unknown::Refuse), Ok(plain + 1), "{code}");
        }
        for code in ["221", "227"] {
            assert!(of(code, Unknown::Refuse).is_err_and(|fault| fault.text.contains(code)));
            assert_eq!(of(code, Unknown::Accept), Ok(plain + 1), "{code}");
        }
    }

    #[test]
    fn what_is_needed_is_asked_for() {
        let whole = document("", &line("1", "", ""));
        for gone in [
            "<ID>P-1</ID>",
            "<IssueDate>2026-03-05</IssueDate>",
            "<RegistrationName>Kommune</RegistrationName>",
            " unitCode='C62'",
            "<Name>Screw</Name>",
        ] {
            assert!(whole.contains(gone), "{gone}");
            assert!(read_text(&whole.replacen(gone, "", 1), &Peppol::default()).is_err(), "{gone}");
        }
        assert!(read_text(&whole.replace(">250<", ">0<"), &Peppol::default()).is_err());
        assert!(read_text(&whole.replace("BaseQuantity unitCode='C62'", "BaseQuantity unitCode='XBX'"), &Peppol::default()).is_err());
    }

    #[test]
    fn what_the_message_does_not_know_is_told() {
        let head = "<TaxTotal><TaxAmount currencyID='NOK'>1</TaxAmount><TaxSubtotal/></TaxTotal><TaxTotal/>";
        let more = "<Delivery><DeliveryLocation><ID>1</ID></DeliveryLocation></Delivery>";
        let (order, warnings) = read_text(&document(head, &line("1", more, "")), &Peppol::default()).expect("an order");
        let told = |what: &str| warnings.iter().any(|warning| warning.contains(what));
        assert!(told("TaxSubtotal") && told("second TaxTotal") && told("address in the delivery"), "{warnings:?}");
        assert_eq!(order.tax, d("1"));
    }

    #[test]
    fn what_stands_in_the_order_is_a_file() {
        let object = |text: &str| format!("<EmbeddedDocumentBinaryObject mimeCode='text/csv' filename='a.csv'>{text}</EmbeddedDocumentBinaryObject>");
        let of = |inside: &str| {
            let head = format!("<AdditionalDocumentReference><ID>F-1</ID><Attachment>{inside}</Attachment></AdditionalDocumentReference>");
            let document = tree::read(document(&head, "").as_bytes(), None).expect("a document of this test");
            let mut warnings = Vec::new();
            (attachments(&document.root, &mut warnings), warnings.len())
        };
        let (files, odd) = of(&object("YSxi\nCg=="));
        assert_eq!((files[0].id.as_str(), files[0].media_type.as_str(), files[0].body.as_slice(), odd), ("F-1", "text/csv", &b"a,b\n"[..], 0));
        assert_eq!(of(&object("no base64!")), (Vec::new(), 1));
        assert_eq!(of("<ExternalReference><URI>https://example.com/a</URI></ExternalReference>"), (Vec::new(), 1));
    }

    #[test]
    fn a_total_is_that_before_what_was_paid() {
        let of = |total: &str| {
            let head = format!(
                "<AllowanceCharge><ChargeIndicator>true</ChargeIndicator><Amount>10</Amount></AllowanceCharge>\
                 <AllowanceCharge><ChargeIndicator>false</ChargeIndicator><Amount>2.50</Amount></AllowanceCharge>\
                 <AnticipatedMonetaryTotal>{total}</AnticipatedMonetaryTotal>"
            );
            let (order, _) = read_text(&document(&head, &line("1", "", "")), &Peppol::default()).expect("an order");
            (order.shipping, order.stated_total)
        };
        assert_eq!(of("<PayableAmount>30</PayableAmount><PrepaidAmount>8.75</PrepaidAmount>"), (d("7.50"), d("38.75")));
        assert_eq!(of("<TaxInclusiveAmount>38.75</TaxInclusiveAmount><PayableAmount>30</PayableAmount>"), (d("7.50"), d("38.75")));
    }
}
