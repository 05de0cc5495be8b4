//! Documents of what was agreed at the supplier's shop (sections 24 and 26): the order agreement (T110), which is the order of a buyer who has no
//! punch-out, and the shopping cart (T77), a standing offer. Written from the order in the middle; what cannot be said exactly is refused.

use rust_decimal::Decimal;

use super::order_writer;
use super::{Correspondence, Message, Party, plain};
use crate::domain::money::{Currency, Money};
use crate::wire::cxml::kept::Line;
use crate::wire::cxml::units;
use crate::wire::loss::{Loss, What};
use crate::wire::ubl::writer::Xml;

pub const AGREEING: &str = "urn:fdc:peppol.eu:poacc:bis:order_agreement:3";
pub const PUNCHING_OUT: &str = "urn:fdc:peppol.eu:poacc:bis:punch_out:3";

/// A line with its rate of tax.
#[derive(Clone, Debug)]
pub struct AgreedLine<'l> {
    pub line: &'l Line,
    pub vat: Decimal,
    /// Whole days.
    pub lead_time: Option<u32>,
}

/// What both documents say.
pub struct Agreed<'a> {
    pub id: &'a str,
    /// ISO 8601 day, and time with seconds.
    pub day: &'a str,
    pub time: &'a str,
    pub correspondence: &'a Correspondence,
    pub currency: Currency,
    pub contract: &'a str,
    pub lines: &'a [AgreedLine<'a>],
}

/// A line as it can be written: price and pieces per unit of the order, and what it costs.
struct Priced<'l> {
    agreed: &'l AgreedLine<'l>,
    price: Decimal,
    pieces: Decimal,
    net: Money,
}

fn priced<'l>(agreed: &'l Agreed<'_>) -> Result<Vec<Priced<'l>>, Vec<Loss>> {
    let mut refusals = Vec::new();
    if agreed.currency.exponent() > 2 {
        refusals.push(Loss { line: None, what: What::CurrencyDecimals });
    }
    let mut all = Vec::new();
    for one in agreed.lines {
        if !units::is_code(&one.line.unit) {
            refusals.push(Loss { line: Some(one.line.line.clone()), what: What::Unit });
        }
        let price = order_writer::price(one.line, &mut refusals);
        let net = Money::round(one.line.net, agreed.currency);
        if let (Some((price, pieces)), Some(net)) = (price, net) {
            all.push(Priced { agreed: one, price, pieces, net });
        }
    }
    if refusals.is_empty() { Ok(all) } else { Err(refusals) }
}

/// `S` where there is a rate, else zero-rated: what is exempt is said by an invoice, with its reason.
fn category(vat: Decimal) -> &'static str {
    if vat.is_zero() { "Z" } else { "S" }
}

fn write_category(xml: &mut Xml, name: &str, vat: Decimal) {
    xml.within(name, |xml| {
        xml.text("cbc:ID", category(vat));
        xml.text("cbc:Percent", &plain(vat));
        xml.within("cac:TaxScheme", |xml| xml.text("cbc:ID", "VAT"));
    });
}

fn item(xml: &mut Xml, one: &AgreedLine<'_>) {
    let line = one.line;
    let long = line.description.as_deref().unwrap_or_default();
    let part = if line.supplier_part.trim().is_empty() { &line.line } else { &line.supplier_part };
    let name = [line.short_name.as_deref().unwrap_or_default(), long, part].into_iter().find(|text| !text.trim().is_empty());
    xml.within("cac:Item", |xml| {
        xml.text("cbc:Description", long);
        xml.text("cbc:Name", name.unwrap_or_default());
        xml.within("cac:SellersItemIdentification", |xml| xml.text("cbc:ID", part));
        write_category(xml, "cac:ClassifiedTaxCategory", one.vat);
        if let Some(aux) = &line.aux {
            xml.within("cac:AdditionalItemProperty", |xml| {
                xml.text("cbc:Name", "SupplierPartAuxiliaryID");
                xml.text("cbc:Value", aux);
            });
        }
    });
}

/// Taxable amount and tax of each rate, in order of the rates.
fn rates(lines: &[Priced<'_>], currency: Currency) -> Vec<(Decimal, Money, Money)> {
    let mut all: Vec<(Decimal, Decimal)> = Vec::new();
    for line in lines {
        match all.iter_mut().find(|(vat, _)| *vat == line.agreed.vat) {
            Some((_, net)) => *net += line.net.decimal(),
            None => all.push((line.agreed.vat, line.net.decimal())),
        }
    }
    all.sort_unstable();
    let money = |amount: Decimal| Money::round(amount, currency).unwrap_or(Money::new(0, currency));
    let tax = |vat: Decimal, net: Decimal| net.checked_mul(vat).and_then(|tax| tax.checked_div(Decimal::ONE_HUNDRED)).unwrap_or_default();
    all.into_iter().map(|(vat, net)| (vat, money(net), money(tax(vat, net)))).collect()
}

/// The order agreement. `order` is the buyer's number where it has one, else our own: the message asks for one (section 24).
///
/// # Errors
/// Lines whose price does not come out.
pub fn write(agreed: &Agreed<'_>, order: &str) -> Result<String, Vec<Loss>> {
    let lines = priced(agreed)?;
    let correspondence = agreed.correspondence;
    let mut xml = Message::OrderAgreement.open(AGREEING);
    xml.text("cbc:ID", agreed.id);
    xml.text("cbc:IssueDate", agreed.day);
    xml.text("cbc:IssueTime", agreed.time);
    xml.text("cbc:DocumentCurrencyCode", agreed.currency.as_str());
    xml.text("cbc:CustomerReference", &correspondence.buyer_reference);
    xml.within("cac:OrderReference", |xml| xml.text("cbc:ID", if order.trim().is_empty() { agreed.id } else { order }));
    if !agreed.contract.trim().is_empty() {
        xml.within("cac:Contract", |xml| xml.text("cbc:ID", agreed.contract));
    }
    correspondence.seller.write(&mut xml, "cac:SellerSupplierParty", true);
    correspondence.buyer.write(&mut xml, "cac:BuyerCustomerParty", true);
    totals(&mut xml, &lines, agreed.currency);
    for line in &lines {
        xml.within("cac:OrderLine", |xml| xml.within("cac:LineItem", |xml| line_item(xml, line, agreed.currency)));
    }
    Ok(xml.close(Message::OrderAgreement.root()))
}

fn totals(xml: &mut Xml, lines: &[Priced<'_>], currency: Currency) {
    let money = |amount: Decimal| Money::round(amount, currency).unwrap_or(Money::new(0, currency));
    let rates = rates(lines, currency);
    let net = money(rates.iter().map(|(_, net, _)| net.decimal()).sum());
    let tax = money(rates.iter().map(|(_, _, tax)| tax.decimal()).sum());
    let gross = money(net.decimal() + tax.decimal());
    xml.within("cac:TaxTotal", |xml| {
        xml.money("cbc:TaxAmount", tax);
        for (vat, net, tax) in &rates {
            xml.within("cac:TaxSubtotal", |xml| {
                xml.money("cbc:TaxableAmount", *net);
                xml.money("cbc:TaxAmount", *tax);
                write_category(xml, "cac:TaxCategory", *vat);
            });
        }
    });
    xml.within("cac:LegalMonetaryTotal", |xml| {
        xml.money("cbc:LineExtensionAmount", net);
        xml.money("cbc:TaxExclusiveAmount", net);
        xml.money("cbc:TaxInclusiveAmount", gross);
        xml.money("cbc:PayableAmount", gross);
    });
}

fn line_item(xml: &mut Xml, line: &Priced<'_>, currency: Currency) {
    let unit = [("unitCode", line.agreed.line.unit.as_str())];
    xml.text("cbc:ID", &line.agreed.line.line);
    xml.text_with("cbc:Quantity", &unit, &plain(line.agreed.line.quantity));
    xml.money("cbc:LineExtensionAmount", line.net);
    xml.within("cac:Price", |xml| {
        xml.text_with("cbc:PriceAmount", &[("currencyID", currency.as_str())], &plain(line.price));
        xml.text_with("cbc:BaseQuantity", &unit, &plain(line.pieces));
    });
    item(xml, line.agreed);
}

/// The shopping cart. It holds until the end of a day; `whole` says that it can only be ordered as it is.
///
/// # Errors
/// Lines whose price does not come out.
pub fn write_cart(agreed: &Agreed<'_>, valid_until: Option<&str>, whole: bool) -> Result<String, Vec<Loss>> {
    let lines = priced(agreed)?;
    let correspondence = agreed.correspondence;
    let mut xml = Message::PunchOut.open(PUNCHING_OUT);
    xml.text("cbc:ID", agreed.id);
    xml.text("cbc:ActionCode", if whole { "true" } else { "" });
    xml.text("cbc:IssueDate", agreed.day);
    xml.text("cbc:IssueTime", agreed.time);
    if let Some(day) = valid_until {
        xml.within("cac:ValidityPeriod", |xml| xml.text("cbc:EndDate", day));
    }
    if !agreed.contract.trim().is_empty() {
        xml.within("cac:ReferencedContract", |xml| xml.text("cbc:ID", agreed.contract));
    }
    xml.within("cac:ProviderParty", |xml| party(xml, &correspondence.seller, ""));
    xml.within("cac:ReceiverParty", |xml| party(xml, &correspondence.buyer, &correspondence.buyer_reference));
    for line in &lines {
        xml.within("cac:CatalogueLine", |xml| {
            xml.text("cbc:ID", &line.agreed.line.line);
            xml.text("cbc:ContractSubdivision", line.agreed.line.agreement.as_deref().unwrap_or_default());
            xml.within("cac:RequiredItemLocationQuantity", |xml| chosen(xml, line, agreed.currency));
            item(xml, line.agreed);
        });
    }
    Ok(xml.close(Message::PunchOut.root()))
}

fn party(xml: &mut Xml, party: &Party, reference: &str) {
    xml.text_with("cbc:EndpointID", &[("schemeID", &party.scheme)], &party.endpoint);
    xml.within("cac:PartyLegalEntity", |xml| xml.text("cbc:RegistrationName", &party.name));
    if !reference.trim().is_empty() {
        xml.within("cac:Contact", |xml| xml.text("cbc:ID", reference));
    }
}

/// Price, its pieces, and how many were chosen, in one unit (R006).
fn chosen(xml: &mut Xml, line: &Priced<'_>, currency: Currency) {
    let unit = [("unitCode", line.agreed.line.unit.as_str())];
    if let Some(days) = line.agreed.lead_time {
        xml.text_with("cbc:LeadTimeMeasure", &[("unitCode", "DAY")], &days.to_string());
    }
    xml.within("cac:Price", |xml| {
        xml.text_with("cbc:PriceAmount", &[("currencyID", currency.as_str())], &plain(line.price));
        xml.text_with("cbc:BaseQuantity", &unit, &plain(line.pieces));
    });
    xml.within("cac:DeliveryUnit", |xml| xml.text_with("cbc:BatchQuantity", &unit, &plain(line.agreed.line.quantity)));
}
