//! An invoice or credit note as UBL 2.1, Peppol BIS Billing 3.0 or NLCIUS (reference einvoicing, sections 2 to 12). Writes what is there, in the
//! order of the schema, and no empty element (R008); never works out an amount of its own and never judges: `Invoice::check` does.

pub mod read;
pub mod units;
pub mod writer;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rust_decimal::Decimal;

use crate::domain::invoice::tax::{Tax, TaxCategory};
use crate::domain::invoice::terms::Profile;
use crate::domain::invoice::{Attachment, Invoice, InvoiceLine, Kind, Party, RateTotal, Totals};
use crate::domain::money::Currency;
pub use units::unece;
use writer::Xml;

const PEPPOL: &str = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0";
const NLCIUS: &str = "urn:cen.eu:en16931:2017#compliant#urn:fdc:nen.nl:nlcius:v1.0";
/// BT-23
pub const PROCESS: &str = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0";

const AGGREGATES: (&str, &str) = ("xmlns:cac", "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2");
const BASICS: (&str, &str) = ("xmlns:cbc", "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2");

/// UNTDID 1001, type of an additional document: a project (BT-11 of a credit note).
const PROJECT: &str = "50";

/// What the two documents call their parts.
struct Words {
    root: &'static str,
    namespace: &'static str,
    type_element: &'static str,
    /// UNTDID 1001
    type_code: &'static str,
    line: &'static str,
    quantity: &'static str,
}

fn words(kind: Kind) -> Words {
    match kind {
        Kind::Invoice => Words {
            root: "Invoice",
            namespace: "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
            type_element: "cbc:InvoiceTypeCode",
            type_code: "380",
            line: "cac:InvoiceLine",
            quantity: "cbc:InvoicedQuantity",
        },
        Kind::CreditNote => Words {
            root: "CreditNote",
            namespace: "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2",
            type_element: "cbc:CreditNoteTypeCode",
            type_code: "381",
            line: "cac:CreditNoteLine",
            quantity: "cbc:CreditedQuantity",
        },
    }
}

/// The document type as the Peppol network names it, without its scheme (section 2).
pub fn document_type(invoice: &Invoice) -> String {
    let words = words(invoice.kind);
    format!("{}::{}##{}::2.1", words.namespace, words.root, specification(invoice.profile))
}

fn specification(profile: Profile) -> &'static str {
    match profile {
        Profile::Peppol => PEPPOL,
        Profile::Nlcius => NLCIUS,
    }
}

/// The document; empty when the invoice has no totals (two currencies, or sums that do not fit).
pub fn write(invoice: &Invoice) -> String {
    let Some(totals) = invoice.totals() else { return String::new() };
    let words = words(invoice.kind);
    let mut xml = Xml::open(words.root, &[("xmlns", words.namespace), AGGREGATES, BASICS]);
    head(&mut xml, invoice, &words);
    references(&mut xml, invoice);
    xml.within("cac:AccountingSupplierParty", |xml| party(xml, &invoice.seller));
    xml.within("cac:AccountingCustomerParty", |xml| party(xml, &invoice.buyer));
    delivery(&mut xml, invoice);
    payment(&mut xml, invoice);
    tax(&mut xml, invoice, &totals);
    monetary_total(&mut xml, &totals);
    for line in &invoice.lines {
        xml.within(words.line, |xml| self::line(xml, invoice, line, &words));
    }
    xml.close(words.root)
}

/// The shortest form of a number: `21` for 21.00, never an exponent.
fn plain(value: Decimal) -> String {
    value.normalize().to_string()
}

fn head(xml: &mut Xml, invoice: &Invoice, words: &Words) {
    xml.text("cbc:CustomizationID", specification(invoice.profile));
    xml.text("cbc:ProfileID", PROCESS);
    xml.text("cbc:ID", &invoice.number);
    xml.text("cbc:IssueDate", &invoice.issue_date);
    if invoice.kind == Kind::Invoice {
        xml.text("cbc:DueDate", &invoice.due_date);
    }
    xml.text(words.type_element, words.type_code);
    xml.text("cbc:Note", &invoice.note);
    xml.text("cbc:DocumentCurrencyCode", invoice.currency.as_str());
    xml.text("cbc:AccountingCost", &invoice.references.accounting);
    xml.text("cbc:BuyerReference", &invoice.references.buyer);
}

fn references(xml: &mut Xml, invoice: &Invoice) {
    let references = &invoice.references;
    if has_order(invoice) {
        xml.within("cac:OrderReference", |xml| xml.text("cbc:ID", &references.order));
    }
    if let Some(preceding) = &references.preceding {
        xml.within("cac:BillingReference", |xml| {
            xml.within("cac:InvoiceDocumentReference", |xml| {
                xml.text("cbc:ID", &preceding.number);
                xml.text("cbc:IssueDate", &preceding.issued_on);
            });
        });
    }
    if !references.despatch.trim().is_empty() {
        xml.within("cac:DespatchDocumentReference", |xml| xml.text("cbc:ID", &references.despatch));
    }
    if !references.contract.trim().is_empty() {
        xml.within("cac:ContractDocumentReference", |xml| xml.text("cbc:ID", &references.contract));
    }
    for attachment in &invoice.attachments {
        xml.within("cac:AdditionalDocumentReference", |xml| self::attachment(xml, attachment));
    }
    match (references.project.trim().is_empty(), invoice.kind) {
        (true, _) => {}
        (false, Kind::Invoice) => xml.within("cac:ProjectReference", |xml| xml.text("cbc:ID", &references.project)),
        (false, Kind::CreditNote) => xml.within("cac:AdditionalDocumentReference", |xml| {
            xml.text("cbc:ID", &references.project);
            xml.text("cbc:DocumentTypeCode", PROJECT);
        }),
    }
}

fn attachment(xml: &mut Xml, attachment: &Attachment) {
    xml.text("cbc:ID", &attachment.name);
    xml.text("cbc:DocumentDescription", &attachment.description);
    xml.within("cac:Attachment", |xml| {
        let attributes = [("mimeCode", attachment.mime), ("filename", attachment.name.as_str())];
        xml.text_with("cbc:EmbeddedDocumentBinaryObject", &attributes, &STANDARD.encode(&attachment.bytes));
    });
}

fn has_order(invoice: &Invoice) -> bool {
    !invoice.references.order.trim().is_empty()
}

/// The day, and for goods that go to another country of the EU where to (BR-IC-11, BR-IC-12).
fn delivery(xml: &mut Xml, invoice: &Invoice) {
    if invoice.delivered_on.is_empty() {
        return;
    }
    let crosses = invoice.lines.iter().any(|line| line.tax.category == TaxCategory::IntraCommunity);
    xml.within("cac:Delivery", |xml| {
        xml.text("cbc:ActualDeliveryDate", &invoice.delivered_on);
        if crosses {
            xml.within("cac:DeliveryLocation", |xml| xml.within("cac:Address", |xml| address(xml, &invoice.buyer)));
        }
    });
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
    let account: String = invoice.payment.iban.chars().filter(|c| !c.is_whitespace()).collect();
    if !account.is_empty() {
        let code = if invoice.currency == Currency::EUR { "58" } else { "30" };
        xml.within("cac:PaymentMeans", |xml| {
            xml.text("cbc:PaymentMeansCode", code);
            if invoice.kind == Kind::CreditNote {
                xml.text("cbc:PaymentDueDate", &invoice.due_date);
            }
            xml.text("cbc:PaymentID", &invoice.payment.reference);
            xml.within("cac:PayeeFinancialAccount", |xml| {
                xml.text("cbc:ID", &account);
                xml.text("cbc:Name", &invoice.seller.name);
            });
        });
    }
    if !invoice.payment.terms.trim().is_empty() {
        xml.within("cac:PaymentTerms", |xml| xml.text("cbc:Note", &invoice.payment.terms));
    }
}

fn tax(xml: &mut Xml, invoice: &Invoice, totals: &Totals) {
    xml.within("cac:TaxTotal", |xml| {
        xml.money("cbc:TaxAmount", totals.tax);
        for rate in &totals.rates {
            xml.within("cac:TaxSubtotal", |xml| subtotal(xml, invoice, rate));
        }
    });
}

fn subtotal(xml: &mut Xml, invoice: &Invoice, rate: &RateTotal) {
    xml.money("cbc:TaxableAmount", rate.taxable);
    xml.money("cbc:TaxAmount", rate.amount);
    xml.within("cac:TaxCategory", |xml| {
        category(xml, rate.tax);
        xml.text("cbc:TaxExemptionReasonCode", rate.tax.category.reason_code());
        if rate.tax.category == TaxCategory::Exempt {
            xml.text("cbc:TaxExemptionReason", &invoice.exemption);
        }
        tax_scheme(xml);
    });
}

fn category(xml: &mut Xml, tax: Tax) {
    xml.text("cbc:ID", tax.category.code());
    xml.text("cbc:Percent", &plain(tax.percent));
}

fn monetary_total(xml: &mut Xml, totals: &Totals) {
    xml.within("cac:LegalMonetaryTotal", |xml| {
        xml.money("cbc:LineExtensionAmount", totals.net);
        xml.money("cbc:TaxExclusiveAmount", totals.net);
        xml.money("cbc:TaxInclusiveAmount", totals.gross);
        xml.money("cbc:PayableAmount", totals.gross);
    });
}

fn line(xml: &mut Xml, invoice: &Invoice, line: &InvoiceLine, words: &Words) {
    let unit = unece(&line.unit);
    xml.text("cbc:ID", &line.number.to_string());
    xml.text("cbc:Note", &line.note);
    xml.text_with(words.quantity, &[("unitCode", unit)], &plain(line.quantity));
    xml.money("cbc:LineExtensionAmount", line.net);
    xml.text("cbc:AccountingCost", &line.cost_centre);
    if has_order(invoice) && !line.order_line.trim().is_empty() {
        xml.within("cac:OrderLineReference", |xml| xml.text("cbc:LineID", &line.order_line)); // NL-R-009: not without the order
    }
    xml.within("cac:Item", |xml| item(xml, invoice, line));
    xml.within("cac:Price", |xml| price(xml, line, unit));
}

/// What is asked, and where the customer saw a discount also what it was before, and what lies between: net = gross − discount (R046).
fn price(xml: &mut Xml, line: &InvoiceLine, unit: &str) {
    let currency = [("currencyID", line.price.currency.as_str())];
    xml.text_with("cbc:PriceAmount", &currency, &plain(line.price.amount));
    if line.price.per > 1 {
        xml.text_with("cbc:BaseQuantity", &[("unitCode", unit)], &line.price.per.to_string());
    }
    if let Some(list) = line.list_price {
        xml.within("cac:AllowanceCharge", |xml| {
            xml.text("cbc:ChargeIndicator", "false");
            xml.text_with("cbc:Amount", &currency, &plain(list - line.price.amount));
            xml.text_with("cbc:BaseAmount", &currency, &plain(list));
        });
    }
}

fn item(xml: &mut Xml, invoice: &Invoice, line: &InvoiceLine) {
    xml.text("cbc:Name", &line.description);
    if !line.article.trim().is_empty() {
        xml.within("cac:SellersItemIdentification", |xml| xml.text("cbc:ID", &line.article));
    }
    xml.within("cac:ClassifiedTaxCategory", |xml| {
        category(xml, line.tax);
        tax_scheme(xml);
    });
    // Over several orders the line says which one it is of, where readers look for it (section 16).
    let own: &[_] = if has_order(invoice) { &[] } else { &[("OrderNumber", line.order.as_str()), ("OrderLine", line.order_line.as_str())] };
    let more = line.properties.iter().map(|(name, value)| (*name, value.as_str()));
    for (name, value) in own.iter().copied().chain(more).filter(|(_, value)| !value.trim().is_empty()) {
        xml.within("cac:AdditionalItemProperty", |xml| {
            xml.text("cbc:Name", name);
            xml.text("cbc:Value", value);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
