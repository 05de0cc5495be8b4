//! A cart of another shop in cXML as an OCI return (sections 34 and 36): `PunchOutOrderMessage` to fields. What OCI cannot carry exactly refuses the
//! line, with its number; what it has no field for is told as a loss. Never rounds a price.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::numbers;
use super::tree::Element;
use super::{Fault, units};
use crate::domain::connection::Cxml;
use crate::domain::money::Currency;

const LINES_MAX: usize = 10_000;
const DESCRIPTION_MAX: usize = 40;
const NUMBER_MAX: usize = 40;
const UNIT_MAX: usize = 3;
const TOKEN_MAX: usize = 32;
const QUOTE_MAX: usize = 35;
/// PRICE and QUANTITY have eleven digits before the point and three behind it.
const PLACES: u32 = 3;
const WHOLE: i64 = 100_000_000_000;
/// Numbers of pieces among which one is looked for that makes a price per order unit come out.
const BASES: [i64; 4] = [1, 10, 100, 1000];

/// A number that products and sums of a cart can hold.
fn decimal(text: &str) -> Option<Decimal> {
    numbers::decimal(text).filter(|number| number.abs() < Decimal::from(WHOLE))
}

/// The lines as fields, without the prefix and the index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OciCart {
    pub lines: Vec<Vec<(&'static str, String)>>,
    /// Tokens that stand for numbers too long for their field: to be kept, and put back on the way back.
    pub tokens: BTreeMap<String, String>,
    pub losses: Vec<String>,
}

/// Translates a cart. `digits` are those of PRICEUNIT at the receiver; `token` makes a short name for a long text.
pub fn translate(message: &Element, habits: &Cxml, digits: u32, token: impl Fn(&str) -> String) -> Result<OciCart, Fault> {
    let cart = match message.name.as_str() {
        "PunchOutOrderMessage" => message,
        _ => message.at(&["Message", "PunchOutOrderMessage"]).ok_or_else(|| Fault::missing("Message/PunchOutOrderMessage"))?,
    };
    let mut out = OciCart::default();
    if let Some(header) = cart.child("PunchOutOrderMessageHeader") {
        for name in ["Tax", "Shipping", "ShipTo"].into_iter().filter(|name| header.child(name).is_some()) {
            out.losses.push(format!("{name}: the return has no field for it"));
        }
    }
    let quote = cart.at(&["PunchOutOrderMessageHeader", "SupplierOrderInfo"]).and_then(|info| info.attribute("orderID"));
    let items: Vec<&Element> = cart.all("ItemIn").collect();
    let turned = stands_backwards(cart, &items);
    out.losses.extend(turned.then(|| "the price basis stands in conversionFactor".to_string()));
    if items.len() > LINES_MAX {
        return Err(Fault::content(format_args!("more than {LINES_MAX} lines")));
    }
    let mut currency: Option<String> = None;
    for (position, item) in (1..).zip(&items) {
        let label = item.attribute("lineNumber").map_or_else(|| i32::to_string(&position), str::to_string);
        let detail = item.child("ItemDetail");
        let mut line = Translating { label: &label, item, detail, habits, digits, turned, token: &token, fields: Vec::new(), out: &mut out };
        line.put("EXT_QUOTE_ID", quote.filter(|quote| quote.chars().count() <= QUOTE_MAX).map(str::to_string));
        let own = line.run()?;
        let fields = std::mem::take(&mut line.fields);
        if currency.get_or_insert_with(|| own.clone()) != &own {
            return Err(Fault::content(format_args!("line {label}: the cart has more than one currency")));
        }
        out.lines.push(fields);
    }
    Ok(out)
}

/// Whether the total fits only when the price basis is looked for in the factor (section 10): some systems have it there.
fn stands_backwards(cart: &Element, items: &[&Element]) -> bool {
    let total = cart.at(&["PunchOutOrderMessageHeader", "Total", "Money"]).and_then(Element::text).and_then(|text| decimal(&text));
    let sum = |turned: bool| {
        items.iter().try_fold(Decimal::ZERO, |sum, item| {
            let amount = item.at(&["ItemDetail", "UnitPrice", "Money"]).and_then(Element::text).and_then(|text| decimal(&text))?;
            let basis = item.at(&["ItemDetail", "PriceBasisQuantity"]);
            let of = |name: &str| basis.and_then(|basis| basis.attribute(name)).map_or(Some(Decimal::ONE), decimal);
            let (pieces, factor) = (of("quantity")?, of("conversionFactor")?);
            let (pieces, factor) = if turned && pieces == Decimal::ONE { (factor, Decimal::ONE) } else { (pieces, factor) };
            let quantity = item.attribute("quantity").and_then(decimal)?;
            sum.checked_add(quantity.checked_mul(factor)?.checked_mul(amount)?.checked_div(pieces)?)
        })
    };
    let is = |sum: Option<Decimal>| sum.zip(total).is_some_and(|(sum, total)| (sum - total).abs() <= Decimal::new(1, 2));
    !is(sum(false)) && is(sum(true))
}

/// A price and its pieces that OCI can carry: three decimals, whole pieces of so many digits. Exact, or nothing.
pub fn price(amount: Decimal, factor: Decimal, basis: Decimal, digits: u32) -> Option<(Decimal, Decimal)> {
    if factor != Decimal::ONE {
        let exactly = |base: i64| {
            let whole = amount.checked_mul(factor)?.checked_mul(Decimal::from(base))?;
            let price = whole.checked_div(basis)?;
            (price.checked_mul(basis) == Some(whole)).then_some((price, Decimal::from(base)))
        };
        let (price, base) = BASES.into_iter().filter_map(exactly).find(|(price, base)| fits(*price, *base, digits))?;
        return Some((price, base));
    }
    if fits(amount, basis, digits) {
        return Some((amount, basis));
    }
    let (mut amount, mut pieces, mut found) = (amount, basis.normalize(), None);
    while pieces < Decimal::from(10i64.checked_pow(digits)?) {
        if fits(amount, pieces, digits) {
            found = found.or(Some((amount, pieces)));
            // As cents are written, where that can be.
            if amount.normalize().scale() < PLACES {
                return Some((amount, pieces));
            }
        }
        (amount, pieces) = (amount.checked_mul(Decimal::TEN)?, pieces.checked_mul(Decimal::TEN)?.normalize());
    }
    found
}

fn fits(amount: Decimal, pieces: Decimal, digits: u32) -> bool {
    let few = 10i64.checked_pow(digits).is_some_and(|max| pieces < Decimal::from(max));
    amount.normalize().scale() <= PLACES && amount < Decimal::from(WHOLE) && pieces.is_integer() && few
}

struct Translating<'t, T: Fn(&str) -> String> {
    label: &'t str,
    item: &'t Element,
    detail: Option<&'t Element>,
    habits: &'t Cxml,
    digits: u32,
    /// The price basis stands in the factor.
    turned: bool,
    token: &'t T,
    fields: Vec<(&'static str, String)>,
    out: &'t mut OciCart,
}

impl<T: Fn(&str) -> String> Translating<'_, T> {
    fn refuse(&self, what: &str) -> Fault {
        Fault::content(format_args!("line {}: {what}", self.label))
    }

    fn lose(&mut self, what: &str) {
        self.out.losses.push(format!("line {}: {what}", self.label));
    }

    fn put(&mut self, name: &'static str, value: Option<String>) {
        self.fields.extend(value.filter(|value| !value.is_empty()).map(|value| (name, value)));
    }

    fn detail(&self, path: &[&str]) -> Option<String> {
        self.detail.and_then(|detail| detail.text_at(path))
    }

    /// The fields of the line; gives its currency.
    fn run(&mut self) -> Result<String, Fault> {
        self.texts();
        self.numbers()?;
        let currency = self.amounts()?;
        self.codes();
        self.kind();
        self.lost();
        Ok(currency)
    }

    fn texts(&mut self) {
        let short = self.detail.and_then(|detail| detail.all("Description").find_map(|description| description.text_of("ShortName")));
        let long =
            self.detail.and_then(|detail| detail.all("Description").find_map(|description| description.own_text().or_else(|| description.text())));
        let name = short.or_else(|| long.clone()).or_else(|| self.item.text_at(&["ItemID", "SupplierPartID"])).unwrap_or_default();
        let cut = cut(&name);
        let differs = long.as_ref().is_some_and(|long| *long != cut) || cut != name;
        self.put("DESCRIPTION", Some(cut));
        self.put("LONGTEXT", long.or(Some(name)).filter(|_| differs));
    }

    fn numbers(&mut self) -> Result<(), Fault> {
        let part = self.item.text_at(&["ItemID", "SupplierPartID"]).ok_or_else(|| self.refuse("SupplierPartID is missing"))?;
        if part.chars().count() > NUMBER_MAX {
            self.lose("the part's number is too long; a token stands for it");
        }
        let part = self.short(part);
        self.put("VENDORMAT", Some(part));
        let aux = self.item.text_at(&["ItemID", "SupplierPartAuxiliaryID"]).map(|aux| self.short(aux));
        self.put("EXT_PRODUCT_ID", aux);
        self.put("MATNR", self.item.text_at(&["ItemID", "BuyerPartID"]));
        self.put("MANUFACTMAT", self.detail(&["ManufacturerPartID"]).map(|text| text.chars().take(NUMBER_MAX).collect()));
        self.put("VENDOR", self.item.text_of("SupplierID"));
        Ok(())
    }

    /// As it is, or a token for what is too long (notes 2 and 3).
    fn short(&mut self, text: String) -> String {
        if text.chars().count() <= NUMBER_MAX && !text.chars().any(char::is_control) {
            return text;
        }
        let token: String = (self.token)(&text).chars().take(TOKEN_MAX).collect();
        let token = format!("t:{token}");
        self.out.tokens.insert(token.clone(), text);
        token
    }

    fn amounts(&mut self) -> Result<String, Fault> {
        let quantity = self.item.attribute("quantity").and_then(decimal).filter(|quantity| *quantity > Decimal::ZERO);
        let quantity = quantity.ok_or_else(|| self.refuse("the quantity is no number above zero"))?;
        if quantity.normalize().scale() > PLACES || quantity >= Decimal::from(WHOLE) {
            return Err(self.refuse("the quantity has more than three decimals"));
        }
        let word = self.detail(&["UnitOfMeasure"]).ok_or_else(|| self.refuse("UnitOfMeasure is missing"))?;
        let unit = units::canonical(&word, &self.habits.units).ok_or_else(|| self.refuse("the unit is not known"))?;
        if unit.chars().count() > UNIT_MAX {
            return Err(self.refuse("the unit has more than three characters"));
        }
        let money = self.detail.and_then(|detail| detail.at(&["UnitPrice", "Money"]));
        let amount = money.and_then(Element::text).and_then(|text| decimal(&text)).filter(|amount| *amount >= Decimal::ZERO);
        let amount = amount.ok_or_else(|| self.refuse("the price is no number, or negative"))?;
        let currency = money.and_then(|money| money.attribute("currency")).and_then(Currency::parse);
        let currency = currency.ok_or_else(|| self.refuse("the currency is not three capital letters"))?.as_str().to_string();
        let basis = self.detail.and_then(|detail| detail.child("PriceBasisQuantity"));
        let of = |name: &str| basis.map_or(Some(Decimal::ONE), |basis| basis.attribute(name).map_or(Some(Decimal::ONE), decimal));
        let (pieces, factor) = (of("quantity"), of("conversionFactor"));
        let above = |number: Option<Decimal>| number.filter(|number| *number > Decimal::ZERO);
        let Some((pieces, factor)) = above(pieces).zip(above(factor)) else { return Err(self.refuse("the price basis is no number above zero")) };
        let (pieces, factor) = if self.turned && pieces == Decimal::ONE { (factor, Decimal::ONE) } else { (pieces, factor) };
        let whole = self.digits;
        let (price, unit_of_price) = price(amount, factor, pieces, whole)
            .ok_or_else(|| self.refuse(&format!("the price fits no whole number of pieces of {whole} digits with three decimals")))?;
        self.put("QUANTITY", Some(places(quantity)));
        self.put("UNIT", Some(unit));
        self.put("PRICE", Some(places(price)));
        self.put("PRICEUNIT", Some(unit_of_price.normalize().to_string()));
        self.put("CURRENCY", Some(currency.clone()));
        Ok(currency)
    }

    fn codes(&mut self) {
        self.put("LEADTIME", self.detail(&["LeadTime"]).filter(|days| days.bytes().all(|b| b.is_ascii_digit())));
        let (mut own, mut schema) = (None, None);
        for element in self.detail.into_iter().flat_map(|detail| detail.all("Classification")) {
            let (domain, code) = (element.attribute("domain").unwrap_or_default(), element.text());
            match code {
                Some(code) if domain.eq_ignore_ascii_case("MATGROUP") => own = Some(code),
                Some(code) if schema.is_none() => schema = Some((domain.to_string(), code)),
                _ => {}
            }
        }
        self.put("MATGROUP", own);
        if let Some((domain, code)) = schema {
            self.put("EXT_SCHEMA_TYPE", Some(domain.chars().take(10).collect()));
            self.put("EXT_CATEGORY_ID", Some(code.chars().take(60).collect()));
        }
        let agreement = self.item.child("MasterAgreementIDInfo").or_else(|| self.detail.and_then(|detail| detail.child("MasterAgreementIDInfo")));
        if let Some(agreement) = agreement {
            self.put("CONTRACT", agreement.attribute("agreementID").filter(|id| id.chars().count() <= 10).map(str::to_string));
            self.put("CONTRACT_ITEM", agreement.attribute("agreementItemNumber").filter(|id| id.chars().count() <= 5).map(str::to_string));
        }
        self.put("ATTACHMENT", self.detail(&["URL"]).filter(|url| url.chars().count() <= 255));
    }

    fn kind(&mut self) {
        let is_service = self.item.attribute("itemClassification") == Some("service");
        self.put("SERVICE", is_service.then(|| "X".to_string()));
        let parent = self.item.attribute("parentLineNumber").map(str::to_string);
        let kind = match (self.item.attribute("itemType"), &parent) {
            (Some("composite"), None) => Some("R"),
            (_, Some(_)) => Some("O"),
            _ => None,
        };
        self.put("ITEM_TYPE", kind.map(str::to_string));
        self.put("PARENT_ID", parent);
    }

    fn lost(&mut self) {
        let of_item = ["Tax", "Shipping", "ShipTo"].into_iter().filter(|name| self.item.child(name).is_some());
        let of_detail = ["ManufacturerName", "Extrinsic"].into_iter().filter(|name| self.detail.is_some_and(|detail| detail.child(name).is_some()));
        let all: Vec<&str> = of_item.chain(of_detail).collect();
        for name in all {
            self.lose(&format!("{name}: the return has no field for it"));
        }
    }
}

/// At most 40 characters, cut at a blank where there is one.
fn cut(text: &str) -> String {
    let plain: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if plain.chars().count() <= DESCRIPTION_MAX {
        return plain;
    }
    let head: String = plain.chars().take(DESCRIPTION_MAX).collect();
    head.rsplit_once(' ').map_or(head.clone(), |(words, _)| words.to_string())
}

fn places(number: Decimal) -> String {
    let mut fixed = number;
    fixed.rescale(PLACES);
    fixed.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::cxml::tree;

    fn d(text: &str) -> Decimal {
        text.parse().expect("a literal of this test")
    }

    fn cart(items: &str) -> Result<OciCart, Fault> {
        let text = format!(
            "<cXML><Message><PunchOutOrderMessage><BuyerCookie>1</BuyerCookie><PunchOutOrderMessageHeader operationAllowed='create'/>{items}\
             </PunchOutOrderMessage></Message></cXML>"
        );
        let document = tree::read(text.as_bytes(), None).expect("a document of this test");
        translate(&document.root, &Cxml::default(), 5, |text| text.len().to_string())
    }

    fn item(line: &str, part: &str, amount: &str, currency: &str, more: &str) -> String {
        format!(
            "<ItemIn quantity='250' lineNumber='{line}'><ItemID><SupplierPartID>{part}</SupplierPartID></ItemID><ItemDetail><UnitPrice>\
             <Money currency='{currency}'>{amount}</Money></UnitPrice><Description xml:lang='de'>Schraube</Description><UnitOfMeasure>C62</UnitOfMeasure>{more}\
             </ItemDetail></ItemIn>"
        )
    }

    fn field<'c>(cart: &'c OciCart, name: &str) -> Option<&'c str> {
        cart.lines[0].iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The appendix: the same line in cXML and in an OCI return.
    #[test]
    fn a_line_becomes_fields() {
        let more = "<PriceBasisQuantity quantity='100' conversionFactor='1'><UnitOfMeasure>C62</UnitOfMeasure></PriceBasisQuantity>\
                    <Classification domain='UNSPSC'>31161500</Classification>";
        let cart = cart(&item("1", "SCR-M6x20", "12.50", "EUR", more)).expect("it fits");
        for (name, value) in [
            ("DESCRIPTION", "Schraube"),
            ("VENDORMAT", "SCR-M6x20"),
            ("QUANTITY", "250.000"),
            ("UNIT", "C62"),
            ("PRICE", "12.500"),
            ("PRICEUNIT", "100"),
            ("CURRENCY", "EUR"),
            ("EXT_SCHEMA_TYPE", "UNSPSC"),
            ("EXT_CATEGORY_ID", "31161500"),
        ] {
            assert_eq!(field(&cart, name), Some(value), "{name}");
        }
    }

    /// Notes 4 and 5 of section 34.
    #[test]
    fn a_price_is_exact_or_refused() {
        assert_eq!(price(d("0.0325"), d("1"), d("1"), 5), Some((d("3.25"), d("100"))));
        assert_eq!(price(d("0.0000123"), d("1"), d("1"), 5), Some((d("0.123"), d("10000"))));
        assert_eq!(price(d("0.0000001234"), d("1"), d("1"), 5), None);
        assert_eq!(price(d("5.00"), d("50"), d("100"), 5), Some((d("2.5"), d("1"))));
        assert_eq!(price(d("1"), d("1"), d("0.5"), 5), Some((d("10"), d("5"))));
        assert_eq!(price(d("1"), d("2"), d("3"), 5), None);
        let refused = cart(&(item("1", "A", "1", "EUR", "") + &item("7", "B", "0.0000001234", "EUR", ""))).expect_err("it fits nothing");
        assert!(refused.text.contains("line 7"), "{refused}");
        let mixed = cart(&(item("1", "A", "1", "EUR", "") + &item("2", "B", "1", "USD", ""))).expect_err("two currencies");
        assert!(mixed.text.contains("line 2"), "{mixed}");
    }

    #[test]
    fn what_is_too_long_travels_under_a_token() {
        let long = "X".repeat(60);
        let cart = cart(&item("1", &long, "1", "EUR", "")).expect("it fits");
        let token = field(&cart, "VENDORMAT").expect("a number").to_string();
        assert_eq!((cart.tokens.get(&token), cart.losses.len()), (Some(&long), 1));
        assert_eq!(super::cut(&"word ".repeat(20)), "word word word word word word word word");
    }
}
