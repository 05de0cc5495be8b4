//! `PunchOutOrderMessage` (section 10): a basket on its way back to the buyer, and the form field it travels in. Never carries a secret, never
//! rounds a price, never sends an empty cart where 204 is meant.

use rust_decimal::Decimal;

use super::envelope::Identity;
use super::tree::Element;
use super::write::{self, Cover, Dtd, element, money, text};
use crate::domain::connection::CartField;
use crate::domain::finding::{Code, Finding, Findings};

/// A line as it is handed back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub number: u32,
    pub part: String,
    /// The quote's number and the line in it.
    pub aux: String,
    pub buyer_part: String,
    pub quantity: Decimal,
    pub unit: String,
    pub price: Decimal,
    pub per: u32,
    pub description: String,
    pub short_name: String,
    /// Domain and code.
    pub classification: (String, String),
    pub manufacturer_part: String,
    pub manufacturer: String,
    pub lead_days: Option<u32>,
    pub is_service: bool,
    pub extrinsics: Vec<(String, String)>,
}

/// Everything around the lines.
#[derive(Clone, Debug)]
pub struct Cart<'c> {
    pub cover: Cover<'c>,
    pub own: &'c Identity,
    pub buyer: &'c Identity,
    pub cookie: &'c str,
    pub in_reply_to: &'c str,
    pub language: &'c str,
    pub currency: &'c str,
    pub total: Decimal,
    pub is_test: bool,
    /// What the buyer may do with it later: `create`, `inspect` or `edit`.
    pub allowed: &'c str,
    /// Ended without change: nothing of an earlier cart may be deleted.
    pub cancelled: bool,
}

pub const PART_MAX: usize = 100;
/// JAGGAER rounds prices that have more.
pub const PRICE_DECIMALS_MAX: u32 = 4;
const SHORT_NAME_MAX: usize = 50;

/// The document.
pub fn write(cart: &Cart<'_>, lines: &[Line], basis_known: bool) -> (String, Findings) {
    let mut findings = Findings::default();
    let items: Vec<Element> = lines.iter().map(|line| item(cart, line, basis_known, &mut findings)).collect();
    let head = element("PunchOutOrderMessageHeader").with("operationAllowed", cart.allowed).and(money("Total", cart.currency, cart.total));
    let body = element("PunchOutOrderMessage").and(element("BuyerCookie").content(write::nodes(cart.cookie))).and(head).and_all(items);
    let mode = if cart.is_test { "test" } else { "production" };
    let mut message = element("Message").with("deploymentMode", mode);
    if !cart.in_reply_to.is_empty() {
        message = message.with("inReplyTo", cart.in_reply_to);
    }
    if cart.cancelled {
        message = message.and(element("Status").with("code", "204").with("text", "No Content"));
    }
    let parts = vec![write::header(cart.own, cart.buyer, None), message.and(body)];
    (write::document(&cart.cover, Dtd::Cxml, parts), findings)
}

/// The name of the form field and its value.
pub fn field(document: &str, field: CartField) -> (String, String) {
    use base64::Engine;
    match field {
        CartField::Base64 => ("cXML-base64".to_string(), base64::engine::general_purpose::STANDARD.encode(document)),
        CartField::UrlEncoded => ("cXML-urlencoded".to_string(), write::ascii(document)),
    }
}

/// Price and number of pieces it is for, as the receiver can read them exactly.
fn price(line: &Line, basis_known: bool) -> Option<(Decimal, u32)> {
    let fits = |price: Decimal| price.normalize().scale() <= PRICE_DECIMALS_MAX;
    if !basis_known {
        let each = line.price.checked_div(Decimal::from(line.per))?;
        let exact = each.checked_mul(Decimal::from(line.per))? == line.price;
        return (exact && fits(each)).then_some((each, 1));
    }
    let mut scaled = (line.price, line.per);
    while !fits(scaled.0) {
        scaled = (scaled.0.checked_mul(Decimal::TEN)?, scaled.1.checked_mul(10)?);
    }
    Some(scaled)
}

fn item(cart: &Cart<'_>, line: &Line, basis_known: bool, findings: &mut Findings) -> Element {
    if line.part.chars().count() > PART_MAX || line.part.contains(['?', '{', '}']) {
        findings.push(Finding::error(Code::ValueTooLong, "SupplierPartID").line(line.number).value(&line.part).limit(PART_MAX));
    }
    let (price, per) = price(line, basis_known).unwrap_or_else(|| {
        findings.push(Finding::error(Code::PriceRounded, "UnitPrice").line(line.number).value(line.price).limit(line.per));
        (line.price, line.per)
    });
    let part = element("ItemID").and(text("SupplierPartID", &*line.part)).and(text("SupplierPartAuxiliaryID", &*line.aux));
    let part = part.and_all(some("BuyerPartID", &line.buyer_part));
    let mut description = element("Description").with("xml:lang", cart.language);
    if !line.short_name.is_empty() {
        description = description.and(text("ShortName", line.short_name.chars().take(SHORT_NAME_MAX).collect::<String>()));
    }
    let unit = || text("UnitOfMeasure", &*line.unit);
    let basis = (per != 1).then(|| element("PriceBasisQuantity").with("quantity", per.to_string()).with("conversionFactor", "1").and(unit()));
    let (domain, code) = &line.classification;
    let maker = (!line.manufacturer_part.is_empty()).then_some(&line.manufacturer).filter(|maker| !maker.is_empty());
    let detail = element("ItemDetail")
        .and(money("UnitPrice", cart.currency, price.normalize()))
        .and(description.text_in(&*line.description))
        .and(unit())
        .and_all(basis)
        .and(text("Classification", &**code).with("domain", &**domain))
        .and_all(some("ManufacturerPartID", &line.manufacturer_part))
        .and_all(maker.map(|maker| text("ManufacturerName", &**maker)))
        .and_all(line.lead_days.map(|days| text("LeadTime", days.to_string())))
        .and_all(line.extrinsics.iter().map(|(name, value)| text("Extrinsic", &**value).with("name", &**name)));
    let item = element("ItemIn").with("quantity", line.quantity.normalize().to_string()).with("lineNumber", line.number.to_string());
    let item = item.with("itemClassification", if line.is_service { "service" } else { "material" });
    item.and(part).and(detail)
}

fn some(name: &str, value: &str) -> Option<Element> {
    (!value.is_empty()).then(|| text(name, value))
}

/// The auxiliary id of a line of a quote, and what it says.
pub fn aux(quote: &str, line: u32) -> String {
    format!("q:{quote}:{line}")
}

/// Quote and line that an auxiliary id of ours names.
pub fn quoted(aux: &str) -> Option<(String, u32)> {
    let (quote, line) = aux.strip_prefix("q:")?.rsplit_once(':')?;
    let plain = !quote.is_empty() && quote.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    plain.then(|| line.parse().ok()).flatten().map(|line| (quote.to_string(), line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::cxml::tree;

    fn line(price: &str, per: u32) -> Line {
        Line {
            number: 1,
            part: "SCR-M6x20".into(),
            aux: aux("HL-2026-000001", 2),
            buyer_part: String::new(),
            quantity: Decimal::from(250),
            unit: "C62".into(),
            price: price.parse().expect("a literal of this test"),
            per,
            description: "Schraube M6 × 20, verzinkt".into(),
            short_name: "Schraube".into(),
            classification: ("UNSPSC".into(), "31161500".into()),
            manufacturer_part: String::new(),
            manufacturer: String::new(),
            lead_days: Some(2),
            is_service: false,
            extrinsics: vec![("CostCenter".into(), "4711".into())],
        }
    }

    fn written(lines: &[Line], basis_known: bool, cancelled: bool) -> (String, Findings) {
        let (own, buyer) = (Identity::parse("DUNS:1").expect("an identity"), Identity::parse("NetworkId:b").expect("an identity"));
        let cart = Cart {
            cover: Cover { payload: "1@x", timestamp: "2026-03-05T09:40:12+01:00", version: "1.2.045" },
            own: &own,
            buyer: &buyer,
            cookie: "a&amp;<b/>",
            in_reply_to: "p@x",
            language: "de",
            currency: "EUR",
            total: Decimal::new(3125, 2),
            is_test: false,
            allowed: "edit",
            cancelled,
        };
        write(&cart, lines, basis_known)
    }

    #[test]
    fn the_price_basis_travels_and_no_price_is_rounded() {
        let price = |line: &Line, basis_known: bool| price(line, basis_known).map(|(price, per)| (price.normalize().to_string(), per));
        assert_eq!(price(&line("12.50", 100), true), Some(("12.5".into(), 100)));
        assert_eq!(price(&line("12.50", 100), false), Some(("0.125".into(), 1)));
        assert_eq!(price(&line("0.000325", 1), true), Some(("0.0325".into(), 100)));
        assert_eq!(price(&line("1", 3), false), None);
        assert!(written(&[line("1", 3)], false, false).1.has_error());
    }

    #[test]
    fn the_cookie_and_every_field_come_back() {
        let (document, findings) = written(&[line("12.50", 100)], true, false);
        assert!(!findings.has_error());
        let root = tree::read(document.as_bytes(), None).expect("our own document").root;
        let cart = root.at(&["Message", "PunchOutOrderMessage"]).expect("a cart");
        assert_eq!(cart.child("BuyerCookie").map(write::inside).as_deref(), Some("a&amp;<b/>"));
        let detail = cart.at(&["ItemIn", "ItemDetail"]).expect("a line");
        assert_eq!(detail.child("PriceBasisQuantity").and_then(|basis| basis.attribute("quantity")), Some("100"));
        assert_eq!(cart.text_at(&["ItemIn", "ItemID", "SupplierPartAuxiliaryID"]).as_deref(), Some("q:HL-2026-000001:2"));
        assert!(!document.contains("SharedSecret"));
    }

    #[test]
    fn a_cancelled_cart_says_204() {
        let (document, _) = written(&[], true, true);
        assert!(document.contains("code=\"204\"") && !document.contains("<ItemIn"));
    }

    #[test]
    fn an_auxiliary_id_names_its_line() {
        assert_eq!(quoted(&aux("HL-2026-000001", 12)), Some(("HL-2026-000001".into(), 12)));
        for other in ["cfg=\"A4|blue\" x2", "q:", "q:1", "q::1", "q:a b:1", "q:a:x", ""] {
            assert_eq!(quoted(other), None, "{other}");
        }
    }

    #[test]
    fn the_field_is_one_of_two() {
        let (name, value) = field("<a>é</a>", CartField::UrlEncoded);
        assert_eq!((name.as_str(), value.as_str()), ("cXML-urlencoded", "<a>&#233;</a>"));
        assert_eq!(field("<a/>", CartField::Base64).1, "PGEvPg==");
    }
}
