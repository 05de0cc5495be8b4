//! The order in the middle as a UBL `Order` (T01) for a supplier, and what an `OrderChange` has in common with it (sections 21, 34 and 36). What a
//! document cannot carry is told, line by line: a loss where the order is still the same order without it, a refusal where it would be another
//! one. Never drops anything in silence.

use rust_decimal::Decimal;

use super::account::{self, Loss as OfAccount};
use super::change_writer::{Change, LineStatus};
use super::{Correspondence, Message, plain};
use crate::domain::money::{Currency, Money};
use crate::wire::cxml::kept::{Line, Order};
use crate::wire::cxml::place::Place;
use crate::wire::cxml::units;
use crate::wire::loss::{Loss, What};
use crate::wire::ubl::writer::Xml;

/// Numbers of pieces among which one is looked for that makes a price come out.
const BASES: [i64; 4] = [1, 10, 100, 1000];
/// Prices have at most so many decimals, other amounts two (R028).
const PRICE_PLACES: u32 = 4;
const AMOUNT_PLACES: u32 = 2;
/// Lines of a street.
const STREETS: usize = 3;
/// What the head of the message has a place for beside the order itself.
const IN_HEAD: [&str; 10] = [
    "AccountingCost",
    "AnswerWantedBy",
    "BuyerReference",
    "Catalogue",
    "Contract",
    "DeliveryTerms",
    "PaymentTerms",
    "ProjectReference",
    "Quotation",
    "SalesOrderID",
];
/// UNCL 7161 and 5189: freight, discount.
const FREIGHT: (&str, &str) = ("FC", "Freight");
const DISCOUNT: (&str, &str) = ("95", "Discount");

/// The document, and what is lost in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub xml: String,
    pub losses: Vec<Loss>,
}

/// Writes an order whose amounts are worked out.
///
/// # Errors
/// Every reason for which the document would not say the same order.
pub fn write(order: &Order, correspondence: &Correspondence, account_template: &str) -> Result<Written, Vec<Loss>> {
    document(order, None, correspondence, account_template)
}

/// Whether the parties of a message are named as it needs them.
pub(super) fn refused_parties(correspondence: &Correspondence) -> Option<Loss> {
    let parties = [&correspondence.buyer, &correspondence.seller];
    let whole = parties.iter().all(|party| ![&party.scheme, &party.endpoint, &party.name].iter().any(|text| text.trim().is_empty()));
    (!whole || correspondence.seller.country.is_empty()).then_some(Loss { line: None, what: What::PartyIncomplete })
}

/// The order, or the change of one: then its lines are in their new form, with those that are gone.
pub(super) fn document(
    order: &Order,
    change: Option<&Change<'_>>,
    correspondence: &Correspondence,
    account_template: &str,
) -> Result<Written, Vec<Loss>> {
    let (mut losses, mut refusals) = (Vec::new(), Vec::from_iter(refused_parties(correspondence)));
    let currency = Currency::parse(&order.currency).filter(|currency| currency.exponent() <= AMOUNT_PLACES);
    if currency.is_none() {
        refusals.push(Loss { line: None, what: What::CurrencyDecimals });
    }
    // R006: nothing is paid for less than nothing.
    if order.lines.iter().map(|line| line.net).sum::<Decimal>() + order.shipping + order.tax < Decimal::ZERO {
        refusals.push(Loss { line: None, what: What::TotalNegative });
    }
    let strange = order.lines.iter().filter(|line| !units::is_code(&line.unit));
    refusals.extend(strange.map(|line| Loss { line: Some(line.line.clone()), what: What::Unit }));
    let is_wanted = |line: &&Line| !line.quantity.is_zero();
    let prices: Vec<_> = order.lines.iter().map(|line| Some(line).filter(is_wanted).and_then(|line| price(line, &mut refusals))).collect();
    let differing = order.lines.iter().zip(&prices).filter(|(line, price)| price.is_some_and(|price| !agrees(line, price)));
    refusals.extend(differing.map(|(line, _)| Loss { line: Some(line.line.clone()), what: What::LineAmount }));
    for line in order.lines.iter().filter(is_wanted) {
        losses_of(line, order, &mut losses, &mut refusals);
    }
    let (Some(currency), true) = (currency, refusals.is_empty()) else { return Err(refusals) };
    let of_order = |there: bool, what: What| there.then_some(Loss { line: None, what });
    losses.extend(of_order(!order.attachments.is_empty(), What::Attachments));
    losses.extend(of_order(order.card.is_some(), What::Card));
    losses.extend(of_order(order.extrinsics.keys().any(|name| !IN_HEAD.contains(&name.as_str())), What::Extras));
    losses.extend(of_order(order.ship_to.as_ref().is_some_and(|place| place.deliver_to.len() > 2 || place.street.len() > STREETS), What::Address));
    losses.extend(of_order(order.bill_to.as_ref().is_some_and(is_shortened), What::BillTo));
    losses.extend(change.map(|change| change.losses(order)).unwrap_or_default());
    let message = if change.is_some() { Message::OrderChange } else { Message::Order };
    let mut xml = message.open(correspondence.process.name());
    head(&mut xml, order, change, correspondence);
    references(&mut xml, order, change);
    correspondence.buyer.write(&mut xml, "cac:BuyerCustomerParty", true);
    correspondence.seller.write(&mut xml, "cac:SellerSupplierParty", true);
    originator(&mut xml, order);
    if let Some(place) = order.bill_to.as_ref().filter(|place| !place.name.trim().is_empty()) {
        xml.within("cac:AccountingCustomerParty", |xml| xml.within("cac:Party", |xml| invoicee(xml, place)));
    }
    delivery(&mut xml, order);
    terms(&mut xml, order);
    totals(&mut xml, order, currency);
    for (line, price) in order.lines.iter().zip(prices) {
        let (string, lost) = account_string(line, account_template);
        losses.extend(lost.into_iter().map(|what| Loss { line: Some(line.line.clone()), what }));
        let net = Money::round(line.net, currency).unwrap_or(Money::new(0, currency));
        let worth = Worth { net: &net, price, account: &string, status: change.map(|change| change.status(line)) };
        order_line(&mut xml, order, line, &worth);
    }
    Ok(Written { xml: xml.close(message.root()), losses })
}

pub(super) fn originator(xml: &mut Xml, order: &Order) {
    if !order.ordered_by.trim().is_empty() {
        xml.within("cac:OriginatorCustomerParty", |xml| {
            xml.within("cac:Party", |xml| xml.within("cac:PartyName", |xml| xml.text("cbc:Name", &order.ordered_by)));
        });
    }
}

/// What a line has that the message does not, apart from its accounting.
fn losses_of(line: &Line, order: &Order, losses: &mut Vec<Loss>, refusals: &mut Vec<Loss>) {
    let of = |what: What| Loss { line: Some(line.line.clone()), what };
    let own = line.ship_to.as_ref().filter(|place| Some(*place) != order.ship_to.as_ref());
    match own.map(|place| (place.id.is_some(), *place == Place { id: place.id.clone(), ..Place::default() })) {
        Some((false, _)) => refusals.push(of(What::AddressWithoutId)),
        Some((true, false)) => losses.push(of(What::LineAddress)),
        Some((true, true)) | None => {}
    }
    let contracts_differ = order.lines.iter().any(|other| other.agreement != line.agreement);
    losses.extend((line.agreement.is_some() && contracts_differ).then(|| of(What::LineContract)));
    losses.extend((line.schedule.len() > 1).then(|| of(What::Schedule)));
    losses.extend(line.requisition.is_some().then(|| of(What::Requisition)));
    losses.extend(line.manufacturer.is_some().then(|| of(What::Manufacturer)));
    losses.extend((line.classification.is_some() && list(&line.classification_domain).is_none()).then(|| of(What::Classification)));
}

fn account_string(line: &Line, template: &str) -> (String, Vec<What>) {
    if let Some(account) = &line.account {
        return (account.clone(), Vec::new());
    }
    let (string, lost) = account::write(&line.cost, template);
    let mut all: Vec<What> = lost
        .into_iter()
        .map(|lost| match lost {
            OfAccount::Segment(_) => What::Segment,
            OfAccount::Split => What::SharesLost,
        })
        .collect();
    if line.cost.len() > 1 && !all.contains(&What::SharesLost) {
        all.push(What::SplitAccounting);
    }
    (string, all)
}

/// Price and pieces as the message has them: per unit of the order, exact, with four decimals (note 5 of section 34).
pub(super) fn price(line: &Line, refusals: &mut Vec<Loss>) -> Option<(Decimal, Decimal)> {
    let mut refuse = |what: What| {
        refusals.push(Loss { line: Some(line.line.clone()), what });
        None
    };
    let Some(amount) = line.unit_price else { return refuse(What::PriceMissing) };
    let short = |price: Decimal| price.normalize().scale() <= PRICE_PLACES;
    if line.factor == Decimal::ONE && short(amount) {
        return Some((amount, line.price_basis));
    }
    let exactly = |base: Decimal| {
        let whole = amount.checked_mul(line.factor)?.checked_mul(base)?;
        let price = whole.checked_div(line.price_basis)?;
        (price.checked_mul(line.price_basis) == Some(whole) && short(price)).then_some((price, base))
    };
    BASES.into_iter().map(Decimal::from).find_map(exactly).or_else(|| refuse(What::PriceNotExact))
}

/// Whether of an address that invoices go to more is said than the message has.
fn is_shortened(place: &Place) -> bool {
    place.name.trim().is_empty() || !place.deliver_to.is_empty() || !place.mail.is_empty() || place.street.len() > STREETS
}

/// Whether quantity and price come to what the line costs, as near as the rules want it (R024).
fn agrees(line: &Line, (amount, base): (Decimal, Decimal)) -> bool {
    let exact = amount.checked_mul(line.quantity).and_then(|whole| whole.checked_div(base));
    exact.is_some_and(|exact| (exact - line.net).abs() <= Decimal::new(2, 2))
}

pub(super) fn extra<'o>(order: &'o Order, name: &str) -> &'o str {
    order.extrinsics.get(name).map(String::as_str).unwrap_or_default()
}

/// When a document was made: the day, and the time where there is one.
pub(super) fn issued(xml: &mut Xml, at: &str) {
    xml.text("cbc:IssueDate", at.get(..10).unwrap_or(at));
    xml.text("cbc:IssueTime", at.get(11..).unwrap_or_default());
}

fn head(xml: &mut Xml, order: &Order, change: Option<&Change<'_>>, correspondence: &Correspondence) {
    xml.text("cbc:ID", change.map_or(&order.order_id, |change| change.id));
    xml.text("cbc:SalesOrderID", extra(order, "SalesOrderID"));
    issued(xml, change.map_or(&order.order_date, |change| change.at));
    match change {
        Some(change) => xml.text("cbc:SequenceNumberID", &change.sequence.to_string()),
        None => xml.text("cbc:OrderTypeCode", "220"),
    }
    xml.text("cbc:Note", &order.comments.join("\n\n"));
    xml.text("cbc:DocumentCurrencyCode", &order.currency);
    let reference = extra(order, "BuyerReference");
    xml.text("cbc:CustomerReference", if reference.is_empty() { &correspondence.buyer_reference } else { reference });
    xml.text("cbc:AccountingCost", extra(order, "AccountingCost"));
    let wanted = extra(order, "AnswerWantedBy");
    if !wanted.is_empty() {
        xml.within("cac:ValidityPeriod", |xml| xml.text("cbc:EndDate", wanted));
    }
}

pub(super) fn reference(xml: &mut Xml, name: &str, id: &str) {
    if !id.trim().is_empty() {
        xml.within(name, |xml| xml.text("cbc:ID", id));
    }
}

/// What all lines have alike.
fn common<'o, T: PartialEq + ?Sized>(order: &'o Order, of: impl Fn(&'o Line) -> Option<&'o T>) -> Option<&'o T> {
    let first = of(order.lines.first()?)?;
    order.lines.iter().all(|line| of(line) == Some(first)).then_some(first)
}

/// The contract of all lines.
pub(super) fn contract(order: &Order) -> &str {
    common(order, |line| line.agreement.as_deref()).unwrap_or_else(|| extra(order, "Contract"))
}

fn references(xml: &mut Xml, order: &Order, change: Option<&Change<'_>>) {
    if change.is_some() {
        reference(xml, "cac:OrderReference", &order.order_id);
    }
    reference(xml, "cac:QuotationDocumentReference", extra(order, "Quotation"));
    if change.is_none() {
        reference(xml, "cac:OrderDocumentReference", order.replaces.as_deref().unwrap_or_default());
    }
    reference(xml, "cac:OriginatorDocumentReference", order.requisition.as_deref().unwrap_or_default());
    if change.is_none() {
        reference(xml, "cac:CatalogueReference", extra(order, "Catalogue"));
    }
    reference(xml, "cac:Contract", contract(order));
    if change.is_none() {
        reference(xml, "cac:ProjectReference", &project(order));
    }
}

/// The project that all lines bear, else that of the order.
fn project(order: &Order) -> String {
    let of = |line: &'_ Line| if line.cost.len() == 1 { line.cost[0].segments.get("project").cloned() } else { None };
    let first = order.lines.first().and_then(of);
    let shared = first.filter(|first| order.lines.iter().all(|line| of(line).as_ref() == Some(first)));
    shared.unwrap_or_else(|| extra(order, "ProjectReference").to_string())
}

fn address(xml: &mut Xml, name: &str, place: &Place) {
    let Place { street, city, postcode, state, country, .. } = place;
    if street.is_empty() && country.is_none() && [city, postcode, state].iter().all(|text| text.is_empty()) {
        return;
    }
    xml.within(name, |xml| {
        xml.text("cbc:StreetName", place.street.first().map(String::as_str).unwrap_or_default());
        xml.text("cbc:AdditionalStreetName", place.street.get(1).map(String::as_str).unwrap_or_default());
        xml.text("cbc:CityName", &place.city);
        xml.text("cbc:PostalZone", &place.postcode);
        xml.text("cbc:CountrySubentity", &place.state);
        if let Some(line) = place.street.get(2) {
            xml.within("cac:AddressLine", |xml| xml.text("cbc:Line", line));
        }
        if let Some(country) = &place.country {
            xml.within("cac:Country", |xml| xml.text("cbc:IdentificationCode", country));
        }
    });
}

fn invoicee(xml: &mut Xml, place: &Place) {
    if let Some(id) = &place.id {
        xml.within("cac:PartyIdentification", |xml| xml.text("cbc:ID", id));
    }
    xml.within("cac:PartyName", |xml| xml.text("cbc:Name", &place.name));
    address(xml, "cac:PostalAddress", place);
    xml.within("cac:PartyLegalEntity", |xml| xml.text("cbc:RegistrationName", &place.name));
}

fn period(xml: &mut Xml, day: &str) {
    if !day.is_empty() {
        xml.within("cac:RequestedDeliveryPeriod", |xml| xml.text("cbc:EndDate", day));
    }
}

fn delivery(xml: &mut Xml, order: &Order) {
    let day = common(order, |line| line.requested_date.as_deref()).unwrap_or_default();
    let place = order.ship_to.as_ref();
    if place.is_none() && day.is_empty() {
        return;
    }
    xml.within("cac:Delivery", |xml| {
        if let Some(place) = place {
            xml.within("cac:DeliveryLocation", |xml| {
                xml.text("cbc:ID", place.id.as_deref().unwrap_or_default());
                xml.text("cbc:Name", &place.name);
                address(xml, "cac:Address", place);
            });
        }
        period(xml, day);
        if let Some(place) = place.filter(|place| !place.deliver_to.is_empty() || !place.mail.is_empty()) {
            xml.within("cac:DeliveryParty", |xml| receiver(xml, place));
        }
    });
}

fn terms(xml: &mut Xml, order: &Order) {
    reference(xml, "cac:DeliveryTerms", extra(order, "DeliveryTerms"));
    if !extra(order, "PaymentTerms").is_empty() {
        xml.within("cac:PaymentTerms", |xml| xml.text("cbc:Note", extra(order, "PaymentTerms")));
    }
}

/// Who takes the goods, and whom to ask there.
fn receiver(xml: &mut Xml, place: &Place) {
    if let Some(name) = place.deliver_to.first() {
        xml.within("cac:PartyName", |xml| xml.text("cbc:Name", name));
    }
    if place.deliver_to.len() > 1 || !place.mail.is_empty() {
        xml.within("cac:Contact", |xml| {
            xml.text("cbc:Name", place.deliver_to.get(1).map(String::as_str).unwrap_or_default());
            xml.text("cbc:ElectronicMail", &place.mail);
        });
    }
}

fn totals(xml: &mut Xml, order: &Order, currency: Currency) {
    let money = |amount: Decimal| Money::round(amount, currency).unwrap_or(Money::new(0, currency));
    let is_charge = order.shipping >= Decimal::ZERO;
    let extra = money(order.shipping.abs());
    if !order.shipping.is_zero() {
        let (code, reason) = if is_charge { FREIGHT } else { DISCOUNT };
        xml.within("cac:AllowanceCharge", |xml| {
            xml.text("cbc:ChargeIndicator", if is_charge { "true" } else { "false" });
            xml.text("cbc:AllowanceChargeReasonCode", code);
            xml.text("cbc:AllowanceChargeReason", reason);
            xml.money("cbc:Amount", extra);
        });
    }
    if !order.tax.is_zero() {
        xml.within("cac:TaxTotal", |xml| xml.money("cbc:TaxAmount", money(order.tax)));
    }
    let lines: Decimal = order.lines.iter().map(|line| money(line.net).decimal()).sum();
    let exclusive = lines + money(order.shipping).decimal();
    let inclusive = exclusive + money(order.tax).decimal();
    xml.within("cac:AnticipatedMonetaryTotal", |xml| {
        xml.money("cbc:LineExtensionAmount", money(lines));
        if !order.tax.is_zero() {
            xml.money("cbc:TaxExclusiveAmount", money(exclusive));
            xml.money("cbc:TaxInclusiveAmount", money(inclusive));
        }
        if !order.shipping.is_zero() {
            xml.money(if is_charge { "cbc:ChargeTotalAmount" } else { "cbc:AllowanceTotalAmount" }, extra);
        }
        xml.money("cbc:PayableAmount", money(inclusive));
    });
}

/// List of UNCL 7143 for a domain of classifications.
fn list(domain: &str) -> Option<&'static str> {
    [("UNSPSC", "TST"), ("CPV", "STI"), ("GTIN", "SRV"), ("MATGROUP", "ZZZ")].into_iter().find(|(known, _)| *known == domain).map(|(_, list)| list)
}

/// The latest of the dates a line is wanted on.
fn wanted(line: &Line) -> &str {
    let latest = line.schedule.iter().map(|due| due.date.as_str()).max();
    latest.or(line.requested_date.as_deref()).unwrap_or_default()
}

fn notes(line: &Line) -> String {
    let schedule = line.schedule.iter().filter(|_| line.schedule.len() > 1);
    let dates = schedule.map(|due| format!("{} on {}", plain(due.quantity), due.date)).collect::<Vec<_>>().join(", ");
    line.comments.iter().cloned().chain((!dates.is_empty()).then_some(dates)).collect::<Vec<_>>().join("\n\n")
}

/// What was worked out of a line.
struct Worth<'w> {
    net: &'w Money,
    price: Option<(Decimal, Decimal)>,
    account: &'w str,
    /// In a change: what became of it.
    status: Option<LineStatus>,
}

fn order_line(xml: &mut Xml, order: &Order, line: &Line, worth: &Worth<'_>) {
    let unit = [("unitCode", line.unit.as_str())];
    xml.within("cac:OrderLine", |xml| {
        xml.text("cbc:Note", &notes(line));
        xml.within("cac:LineItem", |xml| {
            xml.text("cbc:ID", &line.line);
            xml.text("cbc:LineStatusCode", worth.status.map(LineStatus::code).unwrap_or_default());
            xml.text_with("cbc:Quantity", &unit, &plain(line.quantity));
            xml.money("cbc:LineExtensionAmount", *worth.net);
            xml.text("cbc:AccountingCost", worth.account);
            let place = line.ship_to.as_ref().filter(|place| Some(*place) != order.ship_to.as_ref()).and_then(|place| place.id.as_deref());
            if place.is_some() || !wanted(line).is_empty() {
                xml.within("cac:Delivery", |xml| {
                    xml.text("cbc:ID", place.unwrap_or_default());
                    period(xml, wanted(line));
                });
            }
            if let Some((amount, base)) = worth.price {
                xml.within("cac:Price", |xml| {
                    xml.text_with("cbc:PriceAmount", &[("currencyID", &order.currency)], &plain(amount));
                    xml.text_with("cbc:BaseQuantity", &unit, &plain(base));
                });
            }
            xml.within("cac:Item", |xml| item(xml, order, line, worth.status.is_some()));
        });
    });
}

fn item(xml: &mut Xml, order: &Order, line: &Line, is_change: bool) {
    let (long, short) = (line.description.as_deref().unwrap_or_default(), line.short_name.as_deref().unwrap_or_default());
    xml.text("cbc:Description", long);
    xml.text("cbc:Name", [short, long, &line.supplier_part, &line.line].into_iter().find(|text| !text.trim().is_empty()).unwrap_or_default());
    reference(xml, "cac:BuyersItemIdentification", line.buyer_part.as_deref().unwrap_or_default());
    reference(xml, "cac:SellersItemIdentification", &line.supplier_part);
    if !is_change {
        reference(xml, "cac:ManufacturersItemIdentification", line.manufacturer_part.as_deref().unwrap_or_default());
    }
    if let Some((code, list)) = line.classification.as_ref().zip(list(&line.classification_domain)) {
        xml.within("cac:CommodityClassification", |xml| xml.text_with("cbc:ItemClassificationCode", &[("listID", list)], code));
    }
    let contract = line.agreement.as_deref().filter(|_| order.lines.iter().any(|other| other.agreement != line.agreement));
    let aux = line.aux.as_deref().or(line.foreign_aux.as_deref());
    let own = [("SupplierPartAuxiliaryID", aux), ("Contract", contract)].into_iter().filter_map(|(name, value)| Some((name, value?)));
    for (name, value) in own.chain(line.extrinsics.iter().map(|(name, value)| (name.as_str(), value.as_str()))) {
        if name.trim().is_empty() || value.trim().is_empty() {
            continue;
        }
        xml.within("cac:AdditionalItemProperty", |xml| {
            xml.text("cbc:Name", name);
            xml.text("cbc:Value", value);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::connection::Peppol;
    use crate::wire::cxml::kept::{Due, Share};
    use crate::wire::cxml::tree;
    use crate::wire::peppol::{Party, order as reader};

    fn d(text: &str) -> Decimal {
        text.parse().expect("a literal of this test")
    }

    fn correspondence() -> Correspondence {
        let party = |scheme: &str, endpoint: &str| Party {
            scheme: scheme.into(),
            endpoint: endpoint.into(),
            name: "Name".into(),
            country: "NO".into(),
            ..Party::default()
        };
        Correspondence { buyer: party("0192", "987654325"), seller: party("0088", "7300010000001"), ..Correspondence::default() }
    }

    fn line(label: &str) -> Line {
        Line {
            line: label.into(),
            supplier_part: "SCR".into(),
            quantity: d("250"),
            unit: "C62".into(),
            unit_price: Some(d("12.50")),
            price_basis: d("100"),
            factor: Decimal::ONE,
            net: d("31.25"),
            description: Some("a screw".into()),
            ..Line::default()
        }
    }

    fn order(lines: Vec<Line>) -> Order {
        Order { order_id: "O-1".into(), order_date: "2026-03-05T10:15:00+01:00".into(), currency: "EUR".into(), lines, ..Order::default() }
    }

    fn share(code: &str, percentage: &str) -> Share {
        let segments = [("cost_center".to_string(), code.to_string())].into_iter().collect();
        Share { percentage: Some(d(percentage)), segments, ..Share::default() }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut first = line("10");
        first.cost = vec![share("4711", "60"), share("5200", "40")];
        first.aux = Some("q:1:2".into());
        first.classification = Some("31161500".into());
        first.classification_domain = "UNSPSC".into();
        first.requested_date = Some("2026-03-12".into());
        let mut order = order(vec![first, line("20")]);
        (order.shipping, order.tax) = (d("7.90"), d("13.38"));
        let written = write(&order, &correspondence(), "").expect("it can be written");
        assert_eq!(written.losses, [Loss { line: Some("10".into()), what: What::SplitAccounting }]);
        let document = tree::read(written.xml.as_bytes(), None).expect("our own document");
        let heading = reader::heading(&document.root).expect("an order");
        let read = reader::read(&document.root, &heading, &Peppol::default(), &mut Vec::new()).expect("our own order");
        assert_eq!((read.shipping, read.tax, read.stated_total), (d("7.90"), d("13.38"), d("83.78")));
        let (line, before) = (&read.lines[0], &order.lines[0]);
        assert_eq!(
            (&line.cost, &line.aux, &line.classification, &line.requested_date),
            (&before.cost, &before.aux, &before.classification, &before.requested_date)
        );
        assert_eq!((line.unit_price, line.price_basis, line.stated), (before.unit_price, before.price_basis, Some(before.net)));
        assert!(document.root.text_of("IssueTime").is_some_and(|time| time == "10:15:00+01:00"));
    }

    #[test]
    fn a_price_per_order_unit_comes_out_or_is_refused() {
        let of = |amount: &str, basis: &str, factor: &str| {
            let line = Line { unit_price: Some(d(amount)), price_basis: d(basis), factor: d(factor), ..line("1") };
            price(&line, &mut Vec::new())
        };
        assert_eq!(of("12.50", "100", "1"), Some((d("12.50"), d("100"))));
        assert_eq!(of("5.00", "100", "50"), Some((d("2.5"), d("1"))));
        assert_eq!(of("0.00325", "1", "1"), Some((d("0.0325"), d("10"))));
        assert_eq!(of("1", "3", "2"), None);
        assert_eq!(of("0.0000001234", "1", "1"), None);
    }

    /// 33 × 7.5 = 247.5 yen, which are 248: no document that the rules take says that.
    #[test]
    fn an_amount_that_is_rounded_to_whole_units_is_refused() {
        let of = |quantity: &str, net: &str| {
            let line = Line { quantity: d(quantity), unit_price: Some(d("7.5")), price_basis: Decimal::ONE, net: d(net), ..line("1") };
            write(&Order { currency: "JPY".into(), ..order(vec![line]) }, &correspondence(), "").map(|written| written.losses)
        };
        assert_eq!(of("33", "248"), Err(vec![Loss { line: Some("1".into()), what: What::LineAmount }]));
        assert_eq!(of("32", "240"), Ok(vec![]));
    }

    #[test]
    fn what_cannot_be_carried_is_told_line_by_line() {
        let mut odd = line("10");
        odd.schedule = vec![Due { quantity: d("100"), date: "2026-03-12".into() }, Due { quantity: d("150"), date: "2026-04-02".into() }];
        odd.manufacturer = Some("Acme".into());
        odd.agreement = Some("C-1".into());
        odd.ship_to = Some(Place { id: Some("BAUHOF".into()), name: "Bauhof".into(), ..Place::default() });
        let written = write(&order(vec![odd.clone(), line("20")]), &correspondence(), "").expect("it can be written");
        let lost: Vec<What> = written.losses.iter().map(|loss| loss.what).collect();
        assert_eq!(lost, [What::LineAddress, What::LineContract, What::Schedule, What::Manufacturer]);
        assert!(written.xml.contains("100 on 2026-03-12, 150 on 2026-04-02") && written.xml.contains(">BAUHOF<"));
        odd.ship_to = Some(Place { name: "Bauhof".into(), ..Place::default() });
        odd.unit_price = None;
        odd.unit = "BUN".into();
        let refused = write(&order(vec![line("5"), odd]), &Correspondence::default(), "").expect_err("it would be another order");
        let whats: Vec<(Option<&str>, What)> = refused.iter().map(|loss| (loss.line.as_deref(), loss.what)).collect();
        assert_eq!(
            whats,
            [(None, What::PartyIncomplete), (Some("10"), What::Unit), (Some("10"), What::PriceMissing), (Some("10"), What::AddressWithoutId)]
        );
    }
}
