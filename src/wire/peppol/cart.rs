//! The punch-out cart (T77, section 26) that another shop hands back, read as the cart of a shop in cXML is: what was chosen, what it is worth, whether
//! it can be ordered in part. Lenient about form, never about numbers, units, currency and line numbers; a cart whose time is over is none.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{number, order};
use crate::domain::finding::{Code, Finding};
use crate::domain::money::Currency;
use crate::domain::quantity;
use crate::wire::cxml::kept::{Line, Order};
use crate::wire::cxml::returned::{LINES_MAX, QUANTITY_PLACES, Returned, part};
use crate::wire::cxml::setup::Operation;
use crate::wire::cxml::tree::{Document, Element};
use crate::wire::cxml::{Fault, totals, units};

/// Names of the properties that say something about the line, not about the article (section 26).
const AUX: &str = "SupplierPartAuxiliaryID";
const PART_OF: &str = "PartOf";
/// What a line is kept with for people, by the names of its extras.
pub const SERVICE: &str = "ServiceIndicator";
pub const CERTIFICATE: &str = "Certificate";
pub const CONDITION: &str = "TransactionConditions";
/// The condition of what the shop does not take back.
pub const NON_RETURNABLE: &str = "NON_RETURNABLE";

const LABEL_MAX: usize = 50;
const PART_MAX: usize = 255;

/// Why a cart is not taken: as people are told it, and as the shop's people would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub finding: Finding,
    pub why: Fault,
}

/// Which line, by its place from one and by its label.
#[derive(Clone, Copy)]
struct At<'l> {
    place: u32,
    label: &'l str,
}

impl At<'_> {
    fn wrong(self, code: Code, field: &str, value: &str, why: &str) -> Refused {
        let shown: String = value.chars().filter(|c| !c.is_control()).take(40).collect();
        let text = if shown.is_empty() { why.to_string() } else { format!("{why} ({shown})") };
        let finding = Finding::error(code, field).line(self.place).value(shown);
        Refused { finding, why: Fault::content(format_args!("line {}: {field}: {text}", self.label)) }
    }

    fn missing(self, field: &str) -> Refused {
        let finding = Finding::error(Code::Missing, field).line(self.place);
        Refused { finding, why: Fault::missing(&format!("line {}: {field}", self.label)) }
    }
}

/// Reads a cart as it stands on a day. `units` has the shop's words for units.
///
/// # Errors
/// What is missing, no number, not known, over, or too much for a basket.
pub fn read(document: &Document, units: &BTreeMap<String, String>, today: &str, mut warnings: Vec<String>) -> Result<Returned, Refused> {
    warnings.extend(document.warnings.iter().cloned());
    let root = &document.root;
    let all: Vec<&Element> = root.all("CatalogueLine").collect();
    if all.is_empty() {
        return Err(Refused { finding: Finding::error(Code::Missing, "CatalogueLine"), why: Fault::missing("CatalogueLine") });
    }
    if all.len() > LINES_MAX {
        let why = Fault::content(format_args!("the cart has more than {LINES_MAX} lines"));
        return Err(Refused { finding: Finding::error(Code::TooMany, "CatalogueLine").limit(LINES_MAX), why });
    }
    if let Some(end) = ended(root.child("ValidityPeriod"), today) {
        let why = Fault::content(format_args!("the cart was valid until {end}"));
        return Err(Refused { finding: Finding::error(Code::OfferEnded, "ValidityPeriod").limit(end), why });
    }
    let contract = root.text_at(&["ReferencedContract", "ID"]);
    let (mut cart, mut parts, mut labels) = (Order { unstated: true, ..Order::default() }, Vec::new(), BTreeSet::new());
    for (place, element) in (1u32..).zip(all) {
        let label = element.text_of("ID").unwrap_or_default();
        let at = At { place, label: &label };
        if label.is_empty() {
            return Err(at.missing("ID"));
        }
        if label.chars().count() > LABEL_MAX || label.chars().any(char::is_control) || !labels.insert(label.clone()) {
            return Err(at.wrong(Code::Unusable, "ID", &label, "it is too long or stands twice"));
        }
        let mut line = read_line(element, at, units, today, &mut warnings)?;
        line.agreement = line.agreement.or_else(|| contract.clone());
        one_currency(&mut cart, &line, at)?;
        match line.extrinsics.remove(PART_OF) {
            Some(parent) => parts.push((parent, line)),
            None => cart.lines.push(line),
        }
    }
    for (parent, line) in parts {
        part_of(&mut cart, &parent, &line)?;
    }
    let currency = Currency::parse(&cart.currency).unwrap_or(Currency::EUR);
    let too_large = |why: Fault| Refused { finding: Finding::error(Code::NumberTooLarge, "PriceAmount").limit(quantity::INTEGER_DIGITS_MAX), why };
    totals::settle(&mut cart, currency, &[], &mut warnings).map_err(too_large)?;
    Ok(Returned {
        cookie: String::new(),
        // There is no changing a cart, only another one.
        allowed: Operation::Create,
        cancelled: false,
        whole: root.text_of("ActionCode").is_some_and(|code| matches!(code.as_str(), "true" | "1")),
        cart,
        other_total: None,
        warnings,
    })
}

/// The last day of a period that is over.
fn ended(period: Option<&Element>, today: &str) -> Option<String> {
    let end = period?.text_of("EndDate")?.get(..10)?.to_string();
    (*end < *today).then_some(end)
}

fn read_line(element: &Element, at: At<'_>, table: &BTreeMap<String, String>, today: &str, warnings: &mut Vec<String>) -> Result<Line, Refused> {
    if let Some(end) = ended(element.child("LineValidityPeriod"), today) {
        let refused = at.wrong(Code::OfferEnded, "LineValidityPeriod", "", &format!("it was valid until {end}"));
        return Err(Refused { finding: refused.finding.limit(end), ..refused });
    }
    let begin = element.text_at(&["LineValidityPeriod", "StartDate"]).filter(|begin| begin.as_str() > today);
    warnings.extend(begin.map(|begin| format!("line {}: it is available from {begin}", at.label)));
    let need = element.child("RequiredItemLocationQuantity").ok_or_else(|| at.missing("RequiredItemLocationQuantity"))?;
    let batch = need.at(&["DeliveryUnit", "BatchQuantity"]).ok_or_else(|| at.missing("BatchQuantity"))?;
    let (quantity, unit) = (chosen(batch, at)?, batch.attribute("unitCode").unwrap_or_default());
    let known = units::canonical(unit, table).ok_or_else(|| match unit {
        "" => at.missing("unitCode"),
        unit => at.wrong(Code::Unusable, "unitCode", unit, "the unit is not known"),
    })?;
    let amount = need.at(&["Price", "PriceAmount"]).ok_or_else(|| at.missing("PriceAmount"))?;
    let price = decimal(amount, "PriceAmount", at)?;
    let basis = need.at(&["Price", "BaseQuantity"]).map(|basis| decimal(basis, "BaseQuantity", at)).transpose()?.unwrap_or(Decimal::ONE);
    if price < Decimal::ZERO || basis <= Decimal::ZERO {
        return Err(at.wrong(Code::Unusable, "PriceAmount", &price.to_string(), "the price or its basis is below zero"));
    }
    if need.at(&["Price", "BaseQuantity"]).and_then(|basis| basis.attribute("unitCode")).is_some_and(|basis| basis != unit) {
        return Err(at.wrong(Code::Unusable, "BaseQuantity", "", "its unit is not that of the quantity"));
    }
    let item = element.child("Item").ok_or_else(|| at.missing("Item"))?;
    let part = order::part(item);
    if part.is_empty() {
        return Err(at.missing("SellersItemIdentification"));
    }
    if part.chars().count() > PART_MAX {
        return Err(at.wrong(Code::ValueTooLong, "SellersItemIdentification", &part, "it is too long"));
    }
    let (classification_domain, classification) = order::classified(item, at.label, warnings);
    let name = item.text_of("Name");
    let tax_rate = order::rate(item);
    if tax_rate.is_none() {
        warnings.push(format!("line {}: it names no rate of tax; that of the settings was taken", at.label));
    }
    let line = Line {
        line: at.label.to_string(),
        number: at.place,
        supplier_part: part,
        buyer_part: item.text_at(&["BuyersItemIdentification", "ID"]),
        manufacturer_part: item.text_at(&["ManufacturersItemIdentification", "ID"]),
        manufacturer: item.text_at(&["ManufacturerParty", "PartyName", "Name"]),
        quantity,
        unit: known,
        unit_received: unit.to_string(),
        unit_price: Some(price),
        price_basis: basis,
        factor: Decimal::ONE,
        tax_rate,
        description: item.text_of("Description").or_else(|| name.clone()),
        short_name: name,
        classification,
        classification_domain,
        lead_days: lead_days(need, at, warnings),
        agreement: element.text_of("ContractSubdivision"),
        detailed: true,
        currency: amount.attribute("currencyID").map(str::to_string),
        ..Line::default()
    };
    Ok(with_extras(line, item))
}

fn decimal(element: &Element, field: &str, at: At<'_>) -> Result<Decimal, Refused> {
    let text = element.text().unwrap_or_default();
    number(&text).ok_or_else(|| match text.as_str() {
        "" => at.missing(field),
        text => at.wrong(Code::Unusable, field, text, "it is no number, or too large"),
    })
}

/// A quantity that a basket can hold.
fn chosen(batch: &Element, at: At<'_>) -> Result<Decimal, Refused> {
    let quantity = decimal(batch, "BatchQuantity", at)?;
    if quantity <= Decimal::ZERO {
        return Err(at.wrong(Code::QuantityNotPositive, "BatchQuantity", "", "it is not above zero"));
    }
    if quantity.normalize().scale() > QUANTITY_PLACES || !quantity::fits_wire(quantity) {
        return Err(at.wrong(Code::Unusable, "BatchQuantity", &quantity.to_string(), "it has too many digits"));
    }
    Ok(quantity)
}

fn lead_days(need: &Element, at: At<'_>, warnings: &mut Vec<String>) -> Option<u32> {
    let measure = need.child("LeadTimeMeasure")?;
    let days = measure.text().as_deref().and_then(number).filter(Decimal::is_integer).and_then(|days| u32::try_from(days.normalize()).ok());
    let days = days.filter(|_| measure.attribute("unitCode") == Some("DAY"));
    if days.is_none() {
        warnings.push(format!("line {}: its lead time is not in whole days; it was left aside", at.label));
    }
    days
}

/// Properties of the item, its labels and its conditions; the auxiliary id has a place of its own.
fn with_extras(mut line: Line, item: &Element) -> Line {
    for property in item.all("AdditionalItemProperty") {
        let (Some(name), Some(value)) = (property.text_of("Name"), property.text_of("Value")) else { continue };
        if name == AUX { line.aux = Some(value) } else { drop(line.extrinsics.insert(name, value)) }
    }
    let labels: Vec<String> = item.all("Certificate").filter_map(|certificate| certificate.text_of("ID")).collect();
    let condition = item.text_at(&["TransactionConditions", "ActionCode"]);
    let extras = [(CERTIFICATE, Some(labels.join(", ")).filter(|labels| !labels.is_empty())), (CONDITION, condition)];
    line.extrinsics.extend(extras.into_iter().filter_map(|(name, value)| Some((name.to_string(), value?))));
    line
}

fn one_currency(cart: &mut Order, line: &Line, at: At<'_>) -> Result<(), Refused> {
    let said = line.currency.as_deref().unwrap_or_default();
    let Some(currency) = Currency::parse(said) else { return Err(at.wrong(Code::Unusable, "currencyID", said, "it is no currency")) };
    if !cart.currency.is_empty() && cart.currency != currency.as_str() {
        return Err(at.wrong(Code::Unusable, "currencyID", said, "there is more than one currency in it"));
    }
    cart.currency = currency.as_str().to_string();
    Ok(())
}

/// A part of a bundle is told with the line that it is a part of, whose price is that of the whole.
fn part_of(cart: &mut Order, parent: &str, line: &Line) -> Result<(), Refused> {
    let at = At { place: line.number, label: &line.line };
    if line.unit_price.is_some_and(|price| !price.is_zero()) {
        return Err(at.wrong(Code::Unusable, PART_OF, parent, "a part has a price of its own; which of the two counts is not said"));
    }
    let whole = cart.lines.iter_mut().find(|whole| whole.line == parent);
    let whole = whole.ok_or_else(|| at.wrong(Code::Unusable, PART_OF, parent, "there is no such line that it could be a part of"))?;
    whole.comments.push(part(line));
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::money::Money;
    use crate::wire::cxml::tree;
    use crate::wire::peppol::agreement::{self, Agreed, AgreedLine};
    use crate::wire::peppol::{Correspondence, Party};

    fn d(text: &str) -> Decimal {
        text.parse().expect("a literal of this test")
    }

    fn read_text(text: &str) -> Result<Returned, Refused> {
        let units = BTreeMap::from([("Stk".to_string(), "C62".to_string())]);
        read(&tree::read(text.as_bytes(), None).expect("a document of this test"), &units, "2026-03-02", Vec::new())
    }

    fn line(label: &str, inside: &str, item: &str) -> String {
        format!(
            "<CatalogueLine><ID>{label}</ID>{inside}<RequiredItemLocationQuantity><LeadTimeMeasure unitCode='DAY'>2</LeadTimeMeasure><Price>\
             <PriceAmount currencyID='EUR'>12.50</PriceAmount><BaseQuantity unitCode='Stk'>100</BaseQuantity></Price><DeliveryUnit>\
             <BatchQuantity unitCode='Stk'>250</BatchQuantity></DeliveryUnit></RequiredItemLocationQuantity><Item><Description>A long screw</Description>\
             <Name>Screw</Name><SellersItemIdentification><ID>SCR</ID></SellersItemIdentification><ClassifiedTaxCategory><ID>S</ID><Percent>21</Percent>\
             </ClassifiedTaxCategory>{item}</Item></CatalogueLine>"
        )
    }

    fn cart(head: &str, lines: &str) -> String {
        format!("<Catalogue><ID>C-1</ID>{head}{lines}</Catalogue>")
    }

    fn property(name: &str, value: &str) -> String {
        format!("<AdditionalItemProperty><Name>{name}</Name><Value>{value}</Value></AdditionalItemProperty>")
    }

    /// The rows of section 26.
    #[test]
    fn a_line_says_what_section_26_asks() {
        let item = property("SupplierPartAuxiliaryID", "x/1")
            + &property("ServiceIndicator", "true")
            + &property("Colour", "blue")
            + "<TransactionConditions><ActionCode>CT</ActionCode></TransactionConditions><Certificate><ID>EU Ecolabel</ID></Certificate>\
               <Certificate><ID>Swan</ID></Certificate><ManufacturerParty><PartyName><Name>Acme</Name></PartyName></ManufacturerParty>\
               <CommodityClassification><ItemClassificationCode listID='TST'>31161500</ItemClassificationCode></CommodityClassification>";
        let came =
            read_text(&cart("<ActionCode>true</ActionCode>", &line("7", "<ContractSubdivision>K-7</ContractSubdivision>", &item))).expect("a cart");
        let line = &came.cart.lines[0];
        assert_eq!(
            (line.quantity, line.unit.as_str(), line.unit_price, line.price_basis, line.net),
            (d("250"), "C62", Some(d("12.50")), d("100"), d("31.25"))
        );
        assert_eq!(
            (line.line.as_str(), line.supplier_part.as_str(), line.aux.as_deref(), line.agreement.as_deref()),
            ("7", "SCR", Some("x/1"), Some("K-7"))
        );
        assert_eq!((line.lead_days, line.tax_rate, line.manufacturer.as_deref()), (Some(2), Some(d("21")), Some("Acme")));
        assert_eq!((line.classification_domain.as_str(), line.classification.as_deref()), ("UNSPSC", Some("31161500")));
        let extra = |name: &str| line.extrinsics.get(name).map(String::as_str);
        assert_eq!(
            (extra(SERVICE), extra("Colour"), extra(CONDITION), extra(CERTIFICATE)),
            (Some("true"), Some("blue"), Some("CT"), Some("EU Ecolabel, Swan"))
        );
        assert!(came.whole && !came.cancelled && came.allowed == Operation::Create && came.warnings.is_empty(), "{came:?}");
        assert_eq!((came.cart.currency.as_str(), came.cart.net_total), ("EUR", d("31.25")));
    }

    #[test]
    fn parts_of_a_bundle_are_told_with_it() {
        let part = line("2", "", &property("PartOf", "1")).replace(">12.50<", ">0<").replace(">SCR<", ">BIT<");
        // In whatever order they stand.
        let came = read_text(&cart("", &(part.clone() + &line("1", "", "")))).expect("a cart");
        assert_eq!((came.cart.lines.len(), came.cart.lines[0].comments.as_slice()), (1, &["250 Stk BIT A long screw".to_string()][..]));
        let of = |lines: &str| read_text(&cart("", lines)).map_err(|refused| (refused.finding.field, refused.finding.line)).err();
        assert_eq!(of(&part), Some(("PartOf".into(), Some(1))));
        assert_eq!(of(&(line("1", "", "") + &part.replace(">0<", ">1<"))), Some(("PartOf".into(), Some(2))));
    }

    #[test]
    fn an_offer_ends_with_its_day() {
        let until = |day: &str| format!("<ValidityPeriod><EndDate>{day}</EndDate></ValidityPeriod>");
        let of_line = |day: &str| line("1", &format!("<LineValidityPeriod><EndDate>{day}</EndDate></LineValidityPeriod>"), "");
        assert!(read_text(&cart(&until("2026-03-02"), &of_line("2026-03-02"))).is_ok());
        for text in [cart(&until("2026-03-01"), &of_line("2026-03-02")), cart("", &of_line("2026-03-01"))] {
            let refused = read_text(&text).expect_err("it is over");
            assert_eq!((refused.finding.code, refused.finding.limit.as_str()), (Code::OfferEnded, "2026-03-01"));
        }
        let later = line("1", "<LineValidityPeriod><StartDate>2026-03-03</StartDate></LineValidityPeriod>", "");
        assert_eq!(read_text(&cart("", &later)).expect("a cart").warnings, ["line 1: it is available from 2026-03-03"]);
    }

    #[test]
    fn nothing_is_guessed_about_numbers_units_and_currency() {
        let whole = cart("", &line("1", "", ""));
        for (from, to, field) in [
            (">250<", "><", "BatchQuantity"),
            (">250<", ">1,000<", "BatchQuantity"),
            (">250<", ">-1<", "BatchQuantity"),
            (">250<", ">0.0005<", "BatchQuantity"),
            (">250<", ">123456789012<", "BatchQuantity"),
            ("<BatchQuantity unitCode='Stk'>", "<BatchQuantity>", "unitCode"),
            ("<BatchQuantity unitCode='Stk'>", "<BatchQuantity unitCode='CRATE'>", "unitCode"),
            ("<BaseQuantity unitCode='Stk'>", "<BaseQuantity unitCode='XBX'>", "BaseQuantity"),
            (">12.50<", ">-1<", "PriceAmount"),
            (">12.50<", ">one<", "PriceAmount"),
            (">100<", ">0<", "PriceAmount"),
            ("currencyID='EUR'", "currencyID='euro'", "currencyID"),
            ("currencyID='EUR'", "", "currencyID"),
            ("<ID>SCR</ID>", "", "SellersItemIdentification"),
            ("<CatalogueLine><ID>1</ID>", "<CatalogueLine>", "ID"),
        ] {
            let text = whole.replacen(from, to, 1);
            assert_ne!(text, whole, "{from}");
            let refused = read_text(&text).expect_err(from);
            assert_eq!((refused.finding.field.as_str(), refused.finding.line), (field, Some(1)), "{from}");
            assert!(refused.why.text.contains(field), "{}", refused.why.text);
        }
        let mixed = line("1", "", "") + &line("2", "", "").replace("EUR", "USD");
        assert_eq!(read_text(&cart("", &mixed)).map_err(|refused| refused.finding.field).err().as_deref(), Some("currencyID"));
        assert_eq!(read_text(&cart("", &line("1", "", "").repeat(2))).map_err(|refused| refused.finding.line).err(), Some(Some(2)));
        let many: String = (1..=LINES_MAX + 1).map(|label| line(&label.to_string(), "", "")).collect();
        assert_eq!(read_text(&cart("", &many)).map_err(|refused| refused.finding.code).err(), Some(Code::TooMany));
        assert_eq!(read_text(&cart("", "")).map_err(|refused| refused.finding.code).err(), Some(Code::Missing));
    }

    prop_compose! {
        fn any_line()(
            part in "[A-Za-z0-9][A-Za-z0-9 ./-]{0,20}[A-Za-z0-9]", aux in prop::option::of("[a-z]:[0-9]{1,9}"), quantity in 1i64..100_000, places in 0u32..4,
            price in 0i64..1_000_000, basis in 0u32..4, vat in prop::sample::select(vec!["0", "9", "21", "25"]), lead in prop::option::of(0u32..90),
            contract in prop::option::of("[A-Z]{1,3}-[0-9]{1,4}"),
        ) -> (Line, Decimal, Option<u32>) {
            let (quantity, price, basis) = (Decimal::new(quantity, places), Decimal::new(price, 4), Decimal::from(10i64.pow(basis)));
            let net = Money::round(quantity * price / basis, Currency::EUR).expect("small").decimal();
            let line = Line {
                supplier_part: part, aux, quantity, unit: "C62".into(), unit_price: Some(price), price_basis: basis, factor: Decimal::ONE, net,
                description: Some("Long".into()), short_name: Some("Short".into()), agreement: contract, ..Line::default()
            };
            (line, d(vat), lead)
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(all in prop::collection::vec(any_line(), 1..6), whole: bool) {
            let party = |endpoint: &str| Party { scheme: "0088".into(), endpoint: endpoint.into(), name: "Name".into(), ..Party::default() };
            let correspondence = Correspondence { buyer: party("7300010000001"), seller: party("7300010000018"), ..Correspondence::default() };
            let labelled: Vec<(Line, Decimal, Option<u32>)> =
                (1..).zip(&all).map(|(n, (line, vat, lead))| (Line { line: u32::to_string(&n), ..line.clone() }, *vat, *lead)).collect();
            let lines: Vec<AgreedLine<'_>> = labelled.iter().map(|(line, vat, lead)| AgreedLine { line, vat: *vat, lead_time: *lead }).collect();
            let agreed = Agreed {
                id: "G-1", day: "2026-03-02", time: "10:15:00", correspondence: &correspondence, currency: Currency::EUR, contract: "", lines: &lines,
            };
            let text = agreement::write_cart(&agreed, Some("2026-03-02"), whole).expect("it can be written");
            let came = read_text(&text).expect("it can be read");
            prop_assert_eq!((came.whole, came.cart.lines.len(), came.warnings.as_slice()), (whole, labelled.len(), &[][..]));
            for (said, (line, vat, lead)) in came.cart.lines.iter().zip(&labelled) {
                let words = |line: &Line| (line.line.clone(), line.supplier_part.clone(), line.aux.clone(), line.agreement.clone(), line.description.clone());
                prop_assert_eq!(words(said), words(line));
                let money = |line: &Line| (line.quantity.normalize(), line.unit_price.map(|price| price.normalize()), line.price_basis.normalize(), line.net.normalize());
                prop_assert_eq!(money(said), money(line));
                prop_assert_eq!((said.tax_rate, said.lead_days), (Some(*vat), *lead));
            }
        }
    }
}
