//! An invoice as UBL 2.1, Peppol BIS Billing 3.0 (reference einvoicing, sections 2 to 9). Writes what is there, in the order of the
//! schema, and no empty element (R008); never works out an amount of its own and never judges: `Invoice::check` does.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use rust_decimal::Decimal;

use crate::domain::invoice::{Invoice, InvoiceLine, Party, RateTotal, TaxCategory, Totals};
use crate::domain::money::Money;

const CUSTOMIZATION: &str = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0";
const PROFILE: &str = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0";

const NAMESPACES: [(&str, &str); 3] = [
    ("xmlns", "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"),
    ("xmlns:cac", "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"),
    ("xmlns:cbc", "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"),
];

/// UNTDID 1001: commercial invoice.
const COMMERCIAL_INVOICE: &str = "380";

/// The document; empty when the invoice has no totals (two currencies, or sums that do not fit).
pub fn write(invoice: &Invoice) -> String {
    let Some(totals) = invoice.totals() else { return String::new() };
    let mut xml = Xml { writer: Writer::new_with_indent(Vec::new(), b' ', 2), currency: invoice.currency.to_string() };
    xml.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    xml.event(Event::Start(BytesStart::new("Invoice").with_attributes(NAMESPACES)));
    head(&mut xml, invoice);
    xml.within("cac:AccountingSupplierParty", |xml| party(xml, &invoice.seller));
    xml.within("cac:AccountingCustomerParty", |xml| party(xml, &invoice.buyer));
    payment(&mut xml, invoice);
    tax(&mut xml, &totals);
    monetary_total(&mut xml, &totals);
    for line in &invoice.lines {
        xml.within("cac:InvoiceLine", |xml| self::line(xml, invoice, line));
    }
    xml.event(Event::End(BytesEnd::new("Invoice")));
    String::from_utf8(xml.writer.into_inner()).unwrap_or_default()
}

/// A writer that cannot fail, for it writes to memory.
struct Xml {
    writer: Writer<Vec<u8>>,
    currency: String,
}

impl Xml {
    fn event(&mut self, event: Event<'_>) {
        self.writer.write_event(event).expect("writing to memory does not fail");
    }

    fn within(&mut self, name: &str, inside: impl FnOnce(&mut Xml)) {
        self.event(Event::Start(BytesStart::new(name)));
        inside(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    fn text(&mut self, name: &str, text: &str) {
        self.text_with(name, &[], text);
    }

    /// An element with text and attributes; an empty text or an empty attribute is left out.
    fn text_with(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        let text = printable(text);
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let filled = attributes.iter().copied().filter(|(_, value)| !value.is_empty());
        self.event(Event::Start(BytesStart::new(name).with_attributes(filled)));
        self.event(Event::Text(BytesText::new(text)));
        self.event(Event::End(BytesEnd::new(name)));
    }

    fn money(&mut self, name: &str, money: Money) {
        let currency = self.currency.clone();
        self.text_with(name, &[("currencyID", &currency)], &money.decimal().to_string());
    }
}

/// Only characters that XML 1.0 can carry.
fn printable(text: &str) -> String {
    text.chars().filter(|c| matches!(c, '\t' | '\n' | '\r') || *c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect()
}

/// The shortest form of a number: `21` for 21.00, never an exponent.
fn plain(value: Decimal) -> String {
    value.normalize().to_string()
}

fn head(xml: &mut Xml, invoice: &Invoice) {
    xml.text("cbc:CustomizationID", CUSTOMIZATION);
    xml.text("cbc:ProfileID", PROFILE);
    xml.text("cbc:ID", &invoice.number);
    xml.text("cbc:IssueDate", &invoice.issue_date);
    xml.text("cbc:DueDate", &invoice.due_date);
    xml.text("cbc:InvoiceTypeCode", COMMERCIAL_INVOICE);
    let currency = xml.currency.clone();
    xml.text("cbc:DocumentCurrencyCode", &currency);
    xml.text("cbc:BuyerReference", &invoice.buyer_reference);
    if has_order(invoice) {
        xml.within("cac:OrderReference", |xml| xml.text("cbc:ID", &invoice.order_number));
    }
}

fn has_order(invoice: &Invoice) -> bool {
    !invoice.order_number.trim().is_empty()
}

fn party(xml: &mut Xml, party: &Party) {
    xml.within("cac:Party", |xml| {
        xml.text_with("cbc:EndpointID", &[("schemeID", &party.endpoint_scheme)], &party.endpoint);
        xml.within("cac:PostalAddress", |xml| address(xml, party));
        if !party.vat_number.trim().is_empty() {
            xml.within("cac:PartyTaxScheme", |xml| {
                xml.text("cbc:CompanyID", &party.vat_number);
                tax_scheme(xml);
            });
        }
        xml.within("cac:PartyLegalEntity", |xml| {
            xml.text("cbc:RegistrationName", &party.name);
            xml.text_with("cbc:CompanyID", &[("schemeID", register(party))], &party.company_id);
        });
        let contact = [("cbc:Name", &party.contact_name), ("cbc:Telephone", &party.contact_phone), ("cbc:ElectronicMail", &party.contact_mail)];
        if contact.iter().any(|(_, text)| !text.trim().is_empty()) {
            xml.within("cac:Contact", |xml| contact.iter().for_each(|(name, text)| xml.text(name, text)));
        }
    });
}

fn address(xml: &mut Xml, party: &Party) {
    xml.text("cbc:StreetName", &party.street);
    xml.text("cbc:CityName", &party.city);
    xml.text("cbc:PostalZone", &party.postcode);
    xml.within("cac:Country", |xml| xml.text("cbc:IdentificationCode", &party.country));
}

/// ISO 6523 scheme of a register number (section 4; NL-R-003, NL-R-005); empty where none fits.
fn register(party: &Party) -> &'static str {
    let digits = party.company_id.bytes().all(|b| b.is_ascii_digit());
    match (party.country.as_str(), party.company_id.len()) {
        ("NL", 8) if digits => "0106",
        ("NL", 20) if digits => "0190",
        ("BE", 10) if digits => "0208",
        _ => "",
    }
}

fn tax_scheme(xml: &mut Xml) {
    xml.within("cac:TaxScheme", |xml| xml.text("cbc:ID", "VAT"));
}

/// UNTDID 4461: SEPA credit transfer to an IBAN, which goes in euro only; else a credit transfer.
fn payment(xml: &mut Xml, invoice: &Invoice) {
    let account: String = invoice.iban.chars().filter(|c| !c.is_whitespace()).collect();
    if account.is_empty() {
        return;
    }
    let code = if xml.currency == "EUR" { "58" } else { "30" };
    xml.within("cac:PaymentMeans", |xml| {
        xml.text("cbc:PaymentMeansCode", code);
        xml.text("cbc:PaymentID", &invoice.payment_reference);
        xml.within("cac:PayeeFinancialAccount", |xml| {
            xml.text("cbc:ID", &account);
            xml.text("cbc:Name", &invoice.seller.name);
        });
    });
}

fn tax(xml: &mut Xml, totals: &Totals) {
    xml.within("cac:TaxTotal", |xml| {
        xml.money("cbc:TaxAmount", totals.tax);
        for rate in &totals.rates {
            xml.within("cac:TaxSubtotal", |xml| subtotal(xml, rate));
        }
    });
}

fn subtotal(xml: &mut Xml, rate: &RateTotal) {
    xml.money("cbc:TaxableAmount", rate.taxable);
    xml.money("cbc:TaxAmount", rate.tax);
    xml.within("cac:TaxCategory", |xml| category(xml, rate.percent));
}

fn category(xml: &mut Xml, percent: Decimal) {
    let code = match TaxCategory::of(percent) {
        TaxCategory::Standard => "S",
        TaxCategory::ZeroRated => "Z",
    };
    xml.text("cbc:ID", code);
    xml.text("cbc:Percent", &plain(percent));
    tax_scheme(xml);
}

fn monetary_total(xml: &mut Xml, totals: &Totals) {
    xml.within("cac:LegalMonetaryTotal", |xml| {
        xml.money("cbc:LineExtensionAmount", totals.net);
        xml.money("cbc:TaxExclusiveAmount", totals.net);
        xml.money("cbc:TaxInclusiveAmount", totals.gross);
        xml.money("cbc:PayableAmount", totals.gross);
    });
}

fn line(xml: &mut Xml, invoice: &Invoice, line: &InvoiceLine) {
    let unit = unece(&line.unit);
    xml.text("cbc:ID", &line.number.to_string());
    xml.text_with("cbc:InvoicedQuantity", &[("unitCode", unit)], &plain(line.quantity));
    xml.money("cbc:LineExtensionAmount", line.net);
    xml.text("cbc:AccountingCost", &line.cost_centre);
    if has_order(invoice) && !line.order_line.trim().is_empty() {
        xml.within("cac:OrderLineReference", |xml| xml.text("cbc:LineID", &line.order_line)); // NL-R-009: not without the order
    }
    xml.within("cac:Item", |xml| item(xml, line));
    xml.within("cac:Price", |xml| {
        let currency = xml.currency.clone();
        xml.text_with("cbc:PriceAmount", &[("currencyID", &currency)], &plain(line.price.amount));
        if line.price.per > 1 {
            xml.text_with("cbc:BaseQuantity", &[("unitCode", unit)], &line.price.per.to_string());
        }
    });
}

fn item(xml: &mut Xml, line: &InvoiceLine) {
    xml.text("cbc:Name", &line.description);
    if !line.article.trim().is_empty() {
        xml.within("cac:SellersItemIdentification", |xml| xml.text("cbc:ID", &line.article));
    }
    xml.within("cac:ClassifiedTaxCategory", |xml| category(xml, line.vat));
}

/// Units as catalogues and purchasing systems write them, and the code of UN/ECE recommendation 20 or 21 (section 14).
const UNITS: &[(&str, &str)] = &[
    ("PCE", "H87"),
    ("PC", "H87"),
    ("PCS", "H87"),
    // In SAP a Stück; in recommendation 20 a sheet.
    ("ST", "H87"),
    ("STK", "H87"),
    ("STUK", "H87"),
    ("UN", "C62"),
    ("LE", "C62"),
    ("M", "MTR"),
    ("MM", "MMT"),
    ("CM", "CMT"),
    ("M2", "MTK"),
    ("M3", "MTQ"),
    ("KG", "KGM"),
    ("G", "GRM"),
    ("L", "LTR"),
    ("ML", "MLT"),
    ("H", "HUR"),
    ("STD", "HUR"),
    ("UUR", "HUR"),
    ("TAG", "DAY"),
    ("MND", "MON"),
    ("JR", "ANN"),
    ("DZ", "DZN"),
    ("PAA", "PR"),
    ("PAI", "PR"),
    ("BX", "XBX"),
    ("BOX", "XBX"),
    ("DS", "XBX"),
    ("PK", "XPK"),
    ("PAK", "XPK"),
    ("PA", "XPA"),
    ("CT", "XCT"),
    ("KAR", "XCT"),
    ("BG", "XBG"),
    ("ZAK", "XBG"),
    ("BO", "XBO"),
    ("FL", "XBO"),
    ("RO", "XRO"),
    ("ROL", "XRO"),
    ("PAL", "XPX"),
    ("PF", "XPX"),
    ("TU", "XTU"),
    ("CAN", "XCA"),
];

/// Codes that are right already: those that offices, hospitals and workshops buy by.
const UNECE: &[&str] = &[
    "C62", "H87", "EA", "MTR", "MMT", "CMT", "DMT", "KMT", "MTK", "CMK", "MMK", "MTQ", "CMQ", "KGM", "GRM", "MGM", "TNE", "LTR", "MLT", "CLT", "DLT",
    "HLT", "SEC", "MIN", "HUR", "DAY", "WEE", "MON", "QAN", "ANN", "KWH", "MWH", "DZN", "PR", "SET", "KT", "CEN", "MIL", "T3", "P1", "AS", "ACT",
    "E48", "E49", "LS", "NMP", "PD", "RM", "HC", "INH", "FOT", "ZZ", "XBX", "XPK", "XPA", "XCT", "XBG", "XBO", "XRO", "XPX", "XTU", "XCA", "XCR",
    "XCS", "XDR", "XEN", "XJR", "XPO", "XSA", "XST", "XTN", "XVI", "XBJ", "XBE", "XPC", "XPP", "XZZ",
];

/// The UN/ECE code of a unit. One nobody knows becomes `C62`, one: the quantity counts what was ordered, whatever it is called.
pub fn unece(unit: &str) -> &'static str {
    let unit = unit.trim().to_ascii_uppercase();
    let translated = UNITS.iter().find(|(from, _)| *from == unit).map(|(_, to)| *to);
    translated.or_else(|| UNECE.iter().find(|code| **code == unit).copied()).unwrap_or("C62")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        for (unit, code) in
            [("PCE", "H87"), ("ea", "EA"), (" m ", "MTR"), ("MTR", "MTR"), ("C62", "C62"), ("XBX", "XBX"), ("FOO", "C62"), ("", "C62")]
        {
            assert_eq!(unece(unit), code, "{unit}");
        }
        for (_, to) in UNITS {
            assert!(UNECE.contains(to), "{to}");
        }
    }

    #[test]
    fn register_numbers_have_the_scheme_of_their_country() {
        for (country, number, scheme) in [
            ("NL", "12345678", "0106"),
            ("NL", "00000001003214345000", "0190"),
            ("BE", "1999999052", "0208"),
            ("DE", "HRB 1234", ""),
            ("NL", "1234567", ""),
        ] {
            let party = Party { country: country.into(), company_id: number.into(), ..Party::default() };
            assert_eq!(register(&party), scheme, "{country} {number}");
        }
    }

    #[test]
    fn characters_that_no_document_can_carry_are_left_out() {
        assert_eq!(printable("a\u{0}b\u{1f}\tc\nd\u{fffe}é"), "ab\tc\ndé");
    }
}
