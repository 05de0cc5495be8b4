//! A cart that another shop hands back (section 10), read as a buyer's system reads it: the form field, the document in it, what it is worth.
//! Lenient about form, never about numbers, units, currency and line numbers. Keeps no secret and opens nothing that the document names.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rust_decimal::Decimal;

use super::kept::{Line, Order};
use super::setup::Operation;
use super::tree::{Document, Element};
use super::{Fault, envelope, mime, order, totals, units};
use crate::domain::connection::Cxml;
use crate::domain::money::Currency;
use crate::domain::quantity;

/// The most lines a cart may have: as many as a basket.
pub const LINES_MAX: usize = crate::domain::basket::LINES_MAX;

/// The form fields that a cart may travel in; the first goes before the second.
pub const FIELDS: [&str; 2] = ["cXML-base64", "cXML-urlencoded"];

/// Decimals of a quantity, as every basket has them.
pub const QUANTITY_PLACES: u32 = 3;

/// What the shop states, and what the lines come to.
type OtherTotal = Option<(Decimal, Decimal)>;

/// What came back.
#[derive(Clone, Debug)]
pub struct Returned {
    pub cookie: String,
    /// What may be done with the cart later.
    pub allowed: Operation,
    /// Status 204: nothing that was there before may be changed.
    pub cancelled: bool,
    /// Lines and amounts; the rest of an order is empty.
    pub cart: Order,
    /// Whether it can only be ordered as it is.
    pub whole: bool,
    /// The total that the shop states, where it is not that of the lines, and what these come to.
    pub other_total: OtherTotal,
    /// What was odd and passed.
    pub warnings: Vec<String>,
}

/// The bytes of the document in the fields of a form, and the charset that the form decides; base64 goes first.
pub fn bytes(pairs: &[(String, String)], warnings: &mut Vec<String>) -> Result<(Vec<u8>, Option<&'static str>), Fault> {
    let field = |wanted: &str| pairs.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_str());
    let (coded, plain) = (field(FIELDS[0]), field(FIELDS[1]));
    if coded.is_some() && plain.is_some() {
        warnings.push("the form has both fields; cXML-base64 was read".to_string());
    }
    match (coded, plain) {
        (Some(value), _) => Ok((base64(value)?, None)),
        // The browser may have changed the encoding: that of the declaration no longer counts.
        (None, Some(value)) => Ok((url_decoded(value, warnings), Some("utf-8"))),
        (None, None) => Err(Fault::missing("the form field cXML-base64 or cXML-urlencoded")),
    }
}

/// With line breaks, without padding and in the alphabet for addresses, too.
fn base64(value: &str) -> Result<Vec<u8>, Fault> {
    let plain = |c: char| match c {
        '-' => '+',
        '_' => '/',
        c => c,
    };
    let digits: String = value.chars().filter(|c| !c.is_ascii_whitespace() && *c != '=').map(plain).collect();
    STANDARD_NO_PAD.decode(digits).map_err(|_| Fault::form("the form field cXML-base64 is not base64"))
}

fn url_decoded(value: &str, warnings: &mut Vec<String>) -> Vec<u8> {
    if !value.trim_start().get(..3).is_some_and(|head| head.eq_ignore_ascii_case("%3c")) {
        return value.as_bytes().to_vec();
    }
    warnings.push("the form field cXML-urlencoded is encoded twice".to_string());
    mime::percent_decoded(&value.replace('+', " ")).into_bytes()
}

/// Reads the document. `habits` has the shop's words for units.
pub fn read(document: &Document, habits: &Cxml, mut warnings: Vec<String>) -> Result<Returned, Fault> {
    warnings.extend(document.warnings.iter().cloned());
    let envelope = envelope::read(document, &mut warnings)?;
    let message = envelope.payload_element;
    if envelope.is_request || message.name != "PunchOutOrderMessage" {
        return Err(Fault::form(format_args!("there is no PunchOutOrderMessage in it, but {}", message.name)));
    }
    if !envelope.secret.is_empty() {
        warnings.push("the cart carries a secret, which anybody at the browser can read; it was ignored and not kept".to_string());
    }
    let status = envelope.message_status.as_deref().unwrap_or("200");
    if !status.starts_with('2') {
        return Err(Fault::content(format_args!("the shop says that it failed, with status {status}")));
    }
    let cancelled = status == "204";
    let head = message.child("PunchOutOrderMessageHeader").ok_or_else(|| Fault::missing("PunchOutOrderMessageHeader"))?;
    let (cart, other_total) = if cancelled { (Order::default(), None) } else { cart(message, head, habits, &mut warnings)? };
    Ok(Returned {
        cookie: message.text_of("BuyerCookie").ok_or_else(|| Fault::missing("BuyerCookie"))?,
        allowed: allowed(head, &mut warnings),
        cancelled,
        cart,
        whole: false,
        other_total,
        warnings,
    })
}

fn allowed(head: &Element, warnings: &mut Vec<String>) -> Operation {
    let word = head.attribute("operationAllowed").unwrap_or_default();
    Operation::parse(word).unwrap_or_else(|| {
        warnings.push("operationAllowed is none of create, inspect, edit; the cart can only be ordered".to_string());
        Operation::Create
    })
}

fn cart(message: &Element, head: &Element, habits: &Cxml, warnings: &mut Vec<String>) -> Result<(Order, OtherTotal), Fault> {
    let items: Vec<&Element> = message.all("ItemIn").collect();
    if items.len() > LINES_MAX {
        return Err(Fault::content(format_args!("the cart has more than {LINES_MAX} lines")));
    }
    let mut currencies = Vec::new();
    let mut amount = |path: &[&str], what: &str| -> Result<Option<Decimal>, Fault> {
        Ok(head.at(path).map(|element| order::money(element, what, &mut currencies)).transpose()?.flatten())
    };
    let total = amount(&["Total", "Money"], "Total")?;
    let (shipping, tax) = (amount(&["Shipping", "Money"], "Shipping")?, amount(&["Tax", "Money"], "Tax")?);
    let mut cart = Order { stated_total: total.unwrap_or_default(), unstated: total.is_none(), ..Order::default() };
    let labels = order::labels(&items, &mut Vec::new())?;
    for ((number, item), label) in (1..).zip(&items).zip(labels) {
        let line = order::read_line(item, label, habits, "UTC", &mut currencies, warnings)?;
        match item.attribute("parentLineNumber") {
            Some(parent) => part_of(&mut cart, parent, &line)?,
            None => cart.lines.push(Line { number, ..whole(line, item, habits, warnings)? }),
        }
    }
    // Of each the header's, else those of the lines.
    cart.shipping = shipping.unwrap_or_else(|| cart.lines.iter().map(|line| line.shipping).sum());
    cart.tax = tax.unwrap_or_else(|| cart.lines.iter().map(|line| line.tax).sum());
    if cart.lines.is_empty() {
        return Ok((cart, None));
    }
    if !cart.shipping.is_zero() {
        warnings.push(format!("the shop adds {} for shipping, which no line has", cart.shipping.normalize()));
    }
    cart.currency = order::one_currency(&currencies)?;
    settle(cart, warnings)
}

/// A line with a price of its own, in a unit and a quantity that a basket can hold.
fn whole(mut line: Line, item: &Element, habits: &Cxml, warnings: &mut Vec<String>) -> Result<Line, Fault> {
    let label = line.line.clone();
    if line.unit_price.is_none() {
        return Err(Fault::missing(&format!("line {label}: UnitPrice/Money")));
    }
    if line.quantity.normalize().scale() > QUANTITY_PLACES || !quantity::fits_wire(line.quantity) {
        return Err(Fault::content(format_args!("line {label}: the quantity has more than {QUANTITY_PLACES} decimals or is too large")));
    }
    line.lead_days = item.text_at(&["ItemDetail", "LeadTime"]).and_then(|days| days.parse().ok());
    let known = units::canonical(&line.unit_received, &habits.units);
    line.unit = known.ok_or_else(|| Fault::content(format_args!("line {label}: the unit {} is not known", line.unit_received)))?;
    if line.classification.is_none() {
        warnings.push(format!("line {label}: there is no classification"));
    }
    if item.child("Tax").is_some() && line.tax_rate.is_none() {
        warnings.push(format!("line {label}: its tax names no rate of VAT; that of the settings was taken"));
    }
    if line.description.is_none() {
        warnings.push(format!("line {label}: there is no description; its part number stands for it"));
        line.description = Some(line.supplier_part.clone());
    }
    Ok(line)
}

/// A part of a composite item is told with the line that it is a part of, whose price is that of the whole.
fn part_of(cart: &mut Order, parent: &str, line: &Line) -> Result<(), Fault> {
    let label = &line.line;
    if line.unit_price.is_some_and(|price| !price.is_zero()) {
        return Err(Fault::content(format_args!(
            "line {label}: a part of line {parent} has a price of its own; which of the two counts is not said"
        )));
    }
    let whole = cart.lines.iter_mut().find(|line| line.line == parent);
    let whole = whole.ok_or_else(|| Fault::content(format_args!("line {label}: there is no line {parent} that it could be a part of")))?;
    whole.comments.push(part(line));
    Ok(())
}

/// A part of a composite item, for people.
pub fn part(line: &Line) -> String {
    format!("{} {} {} {}", line.quantity.normalize(), line.unit_received, line.supplier_part, line.description.as_deref().unwrap_or_default())
}

/// What the lines cost. A total that is not theirs tells a price basis in the wrong place; else it is told, and the lines count.
fn settle(cart: Order, warnings: &mut Vec<String>) -> Result<(Order, OtherTotal), Fault> {
    let currency = Currency::parse(&cart.currency).ok_or_else(|| Fault::missing("the currency of the prices"))?;
    let (mut fitting, mut odd) = (cart.clone(), Vec::new());
    let Err(fault) = totals::settle(&mut fitting, currency, &[], &mut odd) else {
        warnings.append(&mut odd);
        return Ok((fitting, None));
    };
    let mut alone = Order { unstated: true, ..cart.clone() };
    totals::settle(&mut alone, currency, &[], warnings)?;
    warnings.push(fault.text);
    let other_total = Some((cart.stated_total, alone.net_total));
    Ok((alone, other_total))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::super::tree;
    use super::*;

    fn cart(attributes: &str, head: &str, items: &str) -> String {
        format!(
            "<cXML payloadID='1@shop'><Header><Sender><Credential domain='x'><Identity>y</Identity></Credential></Sender></Header><Message>\
             <PunchOutOrderMessage><BuyerCookie>c 1</BuyerCookie><PunchOutOrderMessageHeader {attributes}>{head}</PunchOutOrderMessageHeader>{items}\
             </PunchOutOrderMessage></Message></cXML>"
        )
    }

    fn total(amount: &str) -> String {
        format!("<Total><Money currency='EUR'>{amount}</Money></Total>")
    }

    fn item(quantity: &str, attributes: &str, price: &str, detail: &str) -> String {
        format!(
            "<ItemIn quantity='{quantity}' {attributes}><ItemID><SupplierPartID>A</SupplierPartID><SupplierPartAuxiliaryID>x/1</SupplierPartAuxiliaryID></ItemID>\
             <ItemDetail><UnitPrice><Money currency='EUR'>{price}</Money></UnitPrice><Description xml:lang='en'>Thing</Description>\
             <UnitOfMeasure>EA</UnitOfMeasure>{detail}</ItemDetail></ItemIn>"
        )
    }

    const CLASS: &str = "<Classification domain='UNSPSC'>44121700</Classification>";

    fn returned(document: &str) -> Result<Returned, String> {
        let document = tree::read(document.as_bytes(), None).expect("well-formed");
        let habits = Cxml { units: [("Stk.".to_string(), "C62".to_string())].into(), ..Cxml::default() };
        read(&document, &habits, Vec::new()).map_err(|fault| fault.text)
    }

    /// Section 10, "Form".
    #[test]
    fn the_document_is_found_in_whatever_the_shop_made_of_it() {
        let text = cart("operationAllowed='edit'", &total("10"), &item("2", "", "5", CLASS)).replace("Thing", "Öl ÿþ?>~");
        let lines: Vec<String> = STANDARD.encode(&text).as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        let percent = text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        for (name, value, warned) in [
            ("cXML-base64", STANDARD.encode(&text), false),
            ("cxml-BASE64", lines.join("\r\n"), false),
            ("cXML-base64", URL_SAFE_NO_PAD.encode(&text), false),
            ("cXML-urlencoded", text.clone(), false),
            ("cXML-urlencoded", format!("<?xml version='1.0' encoding='ISO-8859-1'?>{text}"), false),
            ("cXML-urlencoded", percent.replace("%20", "+"), true),
        ] {
            let mut warnings = Vec::new();
            let (bytes, charset) = bytes(&[(name.to_string(), value)], &mut warnings).expect("a document");
            let document = tree::read(&bytes, charset).expect("well-formed");
            assert!(document.text.ends_with(&text), "{name}: {}", document.text);
            assert_eq!(!warnings.is_empty(), warned, "{name}: {warnings:?}");
        }
        let both = [("cXML-urlencoded".to_string(), "<a/>".to_string()), ("cXML-base64".to_string(), STANDARD.encode("<b/>"))];
        let mut warnings = Vec::new();
        assert_eq!(bytes(&both, &mut warnings), Ok((b"<b/>".to_vec(), None)));
        assert_eq!(warnings.len(), 1);
        for none in [vec![], vec![("cXML-base64".to_string(), "*".to_string())]] {
            assert!(bytes(&none, &mut Vec::new()).is_err(), "{none:?}");
        }
    }

    #[test]
    fn a_cart_is_read_with_its_cookie_and_what_may_be_done_with_it() {
        let came = returned(&cart("operationAllowed='edit'", &total("10"), &item("2", "lineNumber='7'", "5", CLASS))).expect("a cart");
        assert_eq!((came.cookie.as_str(), came.allowed, came.cancelled), ("c 1", Operation::Edit, false));
        let line = &came.cart.lines[0];
        assert_eq!((line.line.as_str(), line.number, line.aux.as_deref(), line.unit.as_str()), ("7", 1, Some("x/1"), "EA"));
        assert_eq!((came.cart.net_total.to_string().as_str(), came.warnings.len()), ("10.00", 0), "{:?}", came.warnings);
        let plain = returned(&cart("", &total("10"), &item("2", "", "5", CLASS))).expect("a cart");
        assert_eq!((plain.allowed, plain.warnings.len()), (Operation::Create, 1));
    }

    /// Section 10, "Price basis": 250 at 12.50 per 100 are 31.25; ten boxes of 50 at 5.00 per 100 are 25.00. The first also with the basis in the
    /// factor, which the total tells.
    #[test]
    fn a_line_costs_what_price_basis_and_factor_say() {
        let basis = |pieces: &str, factor: &str| {
            format!(
                "{CLASS}<PriceBasisQuantity quantity='{pieces}' conversionFactor='{factor}'><UnitOfMeasure>C62</UnitOfMeasure></PriceBasisQuantity>"
            )
        };
        for (quantity, price, pieces, factor, stated, net, warned) in [
            ("250", "12.50", "100", "1", "31.25", "31.25", 0),
            ("10", "5.00", "100", "50", "25.00", "25.00", 0),
            ("250", "12.50", "1", "100", "31.25", "31.25", 1),
            // A total that is nobody's is told; the lines count.
            ("250", "12.50", "100", "1", "99.00", "31.25", 1),
        ] {
            let came =
                returned(&cart("operationAllowed='create'", &total(stated), &item(quantity, "", price, &basis(pieces, factor)))).expect("a cart");
            assert_eq!((came.cart.lines[0].net.to_string().as_str(), came.warnings.len()), (net, warned), "{stated}: {:?}", came.warnings);
        }
        let taxed = item("2", "", "5", CLASS).replace("</ItemIn>", "<Tax><Money currency='EUR'>2.10</Money><Description xml:lang='en'>VAT</Description><TaxDetail category='vat' percentageRate='21'><TaxAmount><Money currency='EUR'>2.10</Money></TaxAmount></TaxDetail></Tax></ItemIn>");
        let came = returned(&cart("operationAllowed='create'", &total("10"), &taxed)).expect("a cart");
        assert_eq!(came.cart.lines[0].tax_rate, Some(Decimal::from(21)));
    }

    /// What is no line of the basket is told; so is a total that is nobody's.
    #[test]
    fn shipping_and_a_total_of_its_own_are_told() {
        let shipping = "<Shipping><Money currency='EUR'>7.90</Money><Description xml:lang='en'>Post</Description></Shipping>";
        let came =
            returned(&cart("operationAllowed='create'", &format!("{}{shipping}", total("17.90")), &item("2", "", "5", CLASS))).expect("a cart");
        assert_eq!((came.cart.net_total, came.cart.shipping, came.other_total), (Decimal::from(10), Decimal::new(790, 2), None));
        assert_eq!(came.warnings.len(), 1, "{:?}", came.warnings);
        let came = returned(&cart("operationAllowed='create'", &total("99"), &item("2", "", "5", CLASS))).expect("a cart");
        assert_eq!(came.other_total, Some((Decimal::from(99), Decimal::from(10))));
    }

    /// The parent carries the price (section 10, "Composite items").
    #[test]
    fn parts_of_a_whole_are_told_with_it() {
        let whole = item("1", "lineNumber='1' itemType='composite'", "100", CLASS);
        let part = item("4", "lineNumber='2' parentLineNumber='1' itemType='item'", "0", CLASS);
        let other = item("1", "lineNumber='3'", "7", CLASS);
        let came = returned(&cart("operationAllowed='create'", &total("107"), &format!("{whole}{other}{part}"))).expect("a cart");
        assert_eq!((came.cart.lines.len(), came.cart.lines[0].comments.as_slice()), (2, &["4 EA A Thing".to_string()][..]));
        // Which price counts is not guessed, nor what it is a part of.
        for (items, mentioned) in [(format!("{whole}{}", part.replace(">0<", ">60<")), "price of its own"), (part.clone(), "no line 1")] {
            let fault = returned(&cart("operationAllowed='create'", &total("100"), &items)).expect_err(mentioned);
            assert!(fault.contains(mentioned), "{fault}");
        }
    }

    #[test]
    fn nothing_is_guessed_about_numbers_units_and_currency() {
        let one = item("2", "", "5", CLASS);
        for (items, mentioned) in [
            (one.replace("quantity='2'", "quantity='1,000'"), "quantity"),
            (one.replace("quantity='2'", "quantity='-1'"), "quantity"),
            (one.replace("<UnitOfMeasure>EA", "<UnitOfMeasure>CRATE"), "CRATE"),
            (one.replace("<SupplierPartID>A<", "<SupplierPartID> <"), "SupplierPartID"),
            (one.replace(">5<", "><"), "UnitPrice"),
            (one.replace("currency='EUR'>5", "currency='euro'>5"), "currency"),
            (format!("{one}{}", one.replace("currency='EUR'", "currency='USD'")), "currency"),
            (format!("{0}{0}", item("2", "lineNumber='1'", "5", CLASS)), "line 1"),
            (one.replace("quantity='2'", "quantity='0.0005'"), "decimals"),
            (one.replace("quantity='2'", "quantity='123456789012'"), "too large"),
            (one.repeat(LINES_MAX + 1), "500"),
        ] {
            let fault = returned(&cart("operationAllowed='create'", &total("10"), &items)).expect_err(mentioned);
            assert!(fault.contains(mentioned), "{mentioned}: {fault}");
        }
        let known = returned(&cart("operationAllowed='create'", &total("10"), &one.replace(">EA<", ">Stk.<"))).expect("a cart");
        assert_eq!(known.cart.lines[0].unit, "C62");
        let failed = cart("operationAllowed='create'", &total("0"), "").replace("<Message>", "<Message><Status code='500' text='x'/>");
        assert!(returned(&failed).expect_err("a failure").contains("500"));
    }

    #[test]
    fn what_is_cancelled_has_no_lines_whatever_stands_in_it() {
        let cancelled = cart("operationAllowed='edit'", &total("10"), &item("2", "", "5", CLASS))
            .replace("<Message>", "<Message><Status code='204' text='No Content'/>");
        let came = returned(&cancelled).expect("a cart");
        assert!(came.cancelled && came.cart.lines.is_empty());
        let secret = cart("operationAllowed='edit'", &total("10"), "").replace("</Identity>", "</Identity><SharedSecret>hidden</SharedSecret>");
        let came = returned(&secret).expect("a cart");
        assert!(came.warnings.len() == 1 && !format!("{came:?}").contains("hidden"), "{came:?}");
    }
}
