//! Reads a supplier's invoice or credit note in UBL 2.1 as what it is matched by (reference einvoicing, sections 5 and 16). Tolerant: any
//! prefix, unknown elements ignored. What was taken back by a credit note is made negative. Never judges a document: `einvoice` does; one
//! that is no XML gives findings, never a panic.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use rust_decimal::Decimal;

use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::matching::{Bill, BillLine, Charge};

/// Nothing deeper is an invoice.
const DEPTH_MAX: usize = 100;

/// The text of a document in UTF-8 or UTF-16; `None` for anything else (section 20).
pub fn decode(bytes: &[u8]) -> Option<String> {
    let wide = |rest: &[u8], join: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest.chunks_exact(2).map(|pair| join([pair[0], pair[1]])).collect();
        String::from_utf16(&units).ok().filter(|_| rest.len().is_multiple_of(2))
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    }
}

/// The invoice; with an error among the findings something that matching needs is not there.
pub fn read(document: &str) -> (Bill, Findings) {
    let mut reading = Reading::default();
    let mut reader = Reader::from_str(document);
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                if reading.path.len() == DEPTH_MAX {
                    reading.findings.push(Finding::error(Code::TooMany, "depth").limit(DEPTH_MAX));
                    break;
                }
                reading.open(&start);
            }
            Ok(Event::End(_)) => reading.close(),
            Ok(Event::Text(text)) => reading.text.push_str(&text.xml10_content()),
            Ok(Event::CData(text)) => reading.text.push_str(&text.xml10_content()),
            Ok(Event::GeneralRef(reference)) => reading.text.push_str(&referred(&reference)),
            Ok(Event::DocType(_)) => {
                reading.findings.push(Finding::error(Code::Unusable, "DOCTYPE"));
                break;
            }
            Ok(Event::Eof) => break,
            Ok(Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_)) => {}
            Err(error) => {
                reading.findings.push(Finding::error(Code::Unusable, "XML").value(error));
                break;
            }
        }
    }
    reading.finish()
}

/// One of the five entities of XML, or a character by its number.
fn referred(reference: &BytesRef<'_>) -> String {
    let named = match &**reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok().flatten(),
    };
    named.map(String::from).unwrap_or_default()
}

fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or_default().to_string()
}

/// What is read so far, and what is being read.
#[derive(Default)]
struct Reading {
    bill: Bill,
    findings: Findings,
    is_credit_note: bool,
    is_invoice: bool,
    /// Local names from below the root on.
    path: Vec<String>,
    text: String,
    unit: String,
    charge: Pending,
    /// A tax number whose kind is not read yet.
    tax_number: String,
}

/// A charge or allowance under way.
#[derive(Default)]
struct Pending {
    adds: bool,
    amount: Option<Decimal>,
    reason: String,
    vat: Option<Decimal>,
}

impl Reading {
    fn open(&mut self, start: &BytesStart<'_>) {
        let name = local(start.name().as_ref());
        match (self.path.len(), name.as_str()) {
            (0, "CreditNote") => self.is_credit_note = true,
            (0, "Invoice") => self.is_invoice = true,
            (1, "InvoiceLine" | "CreditNoteLine") => self.bill.lines.push(BillLine::default()),
            (1, "AllowanceCharge") => self.charge = Pending::default(),
            _ => {}
        }
        if name.ends_with("Quantity") {
            let unit = start.attributes().flatten().find(|attribute| attribute.key.as_ref() == "unitCode");
            self.unit = unit.map(|unit| unit.value.trim().to_string()).unwrap_or_default();
        }
        self.path.push(name);
        self.text.clear();
    }

    fn close(&mut self) {
        let text = std::mem::take(&mut self.text).trim().to_string();
        let path = std::mem::take(&mut self.path);
        let names: Vec<&str> = path.iter().skip(1).map(String::as_str).collect();
        self.take(&names, text);
        self.path = path;
        self.path.pop();
    }

    fn number(&mut self, names: &[&str], text: &str) -> Option<Decimal> {
        let number = text.parse::<Decimal>().ok();
        if number.is_none() {
            self.findings.push(Finding::error(Code::Unusable, &names.join("/")).value(text));
        }
        number
    }

    fn take(&mut self, names: &[&str], text: String) {
        match names {
            ["ID"] => self.bill.number = text,
            ["IssueDate"] => self.bill.issued_on = text,
            ["DueDate"] | ["PaymentMeans", "PaymentDueDate"] => self.bill.due_on = text,
            ["InvoiceTypeCode" | "CreditNoteTypeCode"] => self.bill.kind = text,
            ["DocumentCurrencyCode"] => self.bill.currency = text,
            ["Note" | "BuyerReference"] | ["ContractDocumentReference", "ID"] | ["PaymentMeans", "PaymentID"] => self.bill.mentions.push(text),
            ["OrderReference", "ID"] => self.bill.order = text,
            ["OrderReference", "SalesOrderID"] => self.bill.sales_order = text,
            ["DespatchDocumentReference", "ID"] => self.bill.despatches.push(text),
            ["BillingReference", "InvoiceDocumentReference", "ID"] => self.bill.preceding.push(text),
            ["PaymentMeans", "PayeeFinancialAccount", "ID"] => self.bill.accounts.push(text),
            ["AccountingSupplierParty", "Party", "Contact", "ElectronicMail"] => self.bill.seller_mail = text,
            ["AccountingSupplierParty" | "AccountingCustomerParty", "Party", rest @ ..] => self.party(names[0], rest, text),
            ["AllowanceCharge"] => self.charged(),
            ["AllowanceCharge", rest @ ..] => self.charge(names, rest, text),
            ["TaxTotal", "TaxAmount"] if self.bill.tax.is_none() => self.bill.tax = self.number(names, &text),
            ["LegalMonetaryTotal", "TaxExclusiveAmount"] => self.bill.net = self.number(names, &text),
            ["LegalMonetaryTotal", "TaxInclusiveAmount"] => self.bill.gross = self.number(names, &text),
            ["InvoiceLine" | "CreditNoteLine", rest @ ..] => self.line(names, rest, text),
            _ => {}
        }
    }

    fn party(&mut self, role: &str, names: &[&str], text: String) {
        let tax_number = std::mem::take(&mut self.tax_number);
        let party = if role == "AccountingSupplierParty" { &mut self.bill.seller } else { &mut self.bill.buyer };
        match names {
            ["EndpointID"] => party.endpoint = text,
            ["PartyName", "Name"] if party.name.is_empty() => party.name = text,
            ["PartyLegalEntity", "RegistrationName"] => party.name = text,
            ["PartyLegalEntity", "CompanyID"] => party.company_id = text,
            ["PartyTaxScheme", "CompanyID"] => self.tax_number = text,
            ["PartyTaxScheme", "TaxScheme", "ID"] if text.eq_ignore_ascii_case("VAT") => party.vat_number = tax_number,
            _ => self.tax_number = tax_number,
        }
    }

    fn charge(&mut self, names: &[&str], rest: &[&str], text: String) {
        match rest {
            ["ChargeIndicator"] => self.charge.adds = text == "true" || text == "1",
            ["AllowanceChargeReason"] => self.charge.reason = text,
            ["AllowanceChargeReasonCode"] if self.charge.reason.is_empty() => self.charge.reason = text,
            ["Amount"] => self.charge.amount = self.number(names, &text),
            ["TaxCategory", "Percent"] => self.charge.vat = self.number(names, &text),
            _ => {}
        }
    }

    fn charged(&mut self) {
        let Pending { adds, amount, reason, vat } = std::mem::take(&mut self.charge);
        let amount = amount.map(|amount| if adds { amount } else { -amount });
        self.bill.charges.extend(amount.map(|amount| Charge { reason, amount, vat }));
    }

    fn line(&mut self, names: &[&str], rest: &[&str], text: String) {
        let is_number = matches!(
            rest,
            ["InvoicedQuantity" | "CreditedQuantity" | "LineExtensionAmount"]
                | ["Price", "PriceAmount" | "BaseQuantity"]
                | ["Item", "ClassifiedTaxCategory", "Percent"]
        );
        let number = if is_number { self.number(names, &text) } else { None };
        let unit = if rest.len() == 1 && rest[0].ends_with("Quantity") { std::mem::take(&mut self.unit) } else { String::new() };
        let Some(line) = self.bill.lines.last_mut() else { return };
        match rest {
            ["ID"] => line.id = text,
            ["InvoicedQuantity" | "CreditedQuantity"] => (line.quantity, line.unit) = (number.unwrap_or_default(), unit),
            ["LineExtensionAmount"] => line.net = number.unwrap_or_default(),
            ["OrderLineReference", "LineID"] => line.order_line = text,
            ["OrderLineReference", "OrderReference", "ID"] => line.order = text,
            ["Note"] => line.notes.push(text),
            ["Item", "AdditionalItemProperty", "Name"] => line.properties.push((text, String::new())),
            ["Item", "AdditionalItemProperty", "Value"] => {
                if let Some((_, value)) = line.properties.last_mut() {
                    value.clone_from(&text);
                }
                line.notes.push(text);
            }
            ["Item", "Name"] => line.name = text,
            ["Item", "BuyersItemIdentification", "ID"] => line.buyers_article = text,
            ["Item", "SellersItemIdentification", "ID"] => line.sellers_article = text,
            ["Item", "StandardItemIdentification", "ID"] => line.standard_article = text,
            ["Item", "ClassifiedTaxCategory", "Percent"] => line.vat = number,
            ["Price", "PriceAmount"] => line.price = number,
            ["Price", "BaseQuantity"] => line.per = number.filter(|per| *per > Decimal::ZERO),
            _ => {}
        }
    }

    fn finish(mut self) -> (Bill, Findings) {
        let bill = &mut self.bill;
        if !self.is_invoice && !self.is_credit_note {
            self.findings.push(Finding::error(Code::Unusable, "XML").limit("Invoice, CreditNote"));
        }
        if self.is_credit_note {
            negate(bill);
        }
        if bill.kind.is_empty() {
            bill.kind = if self.is_credit_note { "381" } else { "380" }.to_string();
        }
        let needed = [("ID", bill.number.is_empty()), ("IssueDate", bill.issued_on.is_empty()), ("DocumentCurrencyCode", bill.currency.is_empty())];
        let lines = ("InvoiceLine", bill.lines.is_empty());
        for (field, _) in needed.into_iter().chain([lines]).filter(|(_, is_missing)| *is_missing) {
            self.findings.push(Finding::error(Code::Missing, field));
        }
        (self.bill, self.findings)
    }
}

/// What a credit note says is taken back.
fn negate(bill: &mut Bill) {
    for line in &mut bill.lines {
        (line.quantity, line.net) = (-line.quantity, -line.net);
    }
    bill.charges.iter_mut().for_each(|charge| charge.amount = -charge.amount);
    for total in [&mut bill.net, &mut bill.tax, &mut bill.gross].into_iter().flatten() {
        *total = -*total;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().expect("a literal of this test")
    }

    const NOTE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<n:CreditNote xmlns:n="urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2" xmlns:a="x" xmlns:b="y">
  <b:ID> C-1 </b:ID><b:IssueDate>2026-03-05</b:IssueDate><b:CreditNoteTypeCode>381</b:CreditNoteTypeCode>
  <b:Note>Retour &amp; rest<![CDATA[ <4500>]]>&#33;</b:Note><b:DocumentCurrencyCode>EUR</b:DocumentCurrencyCode><b:New><b:ID>no</b:ID></b:New>
  <a:OrderReference><b:ID>4500001234</b:ID><b:SalesOrderID>SO-1</b:SalesOrderID></a:OrderReference>
  <a:BillingReference><a:InvoiceDocumentReference><b:ID>F-1</b:ID></a:InvoiceDocumentReference></a:BillingReference>
  <a:AccountingSupplierParty><a:Party><b:EndpointID schemeID="0106">68712345</b:EndpointID>
    <a:PartyTaxScheme><b:CompanyID>68</b:CompanyID><a:TaxScheme><b:ID>TAX</b:ID></a:TaxScheme></a:PartyTaxScheme>
    <a:PartyTaxScheme><b:CompanyID>NL824716930B01</b:CompanyID><a:TaxScheme><b:ID>VAT</b:ID></a:TaxScheme></a:PartyTaxScheme>
    <a:PartyLegalEntity><b:RegistrationName>Linde</b:RegistrationName></a:PartyLegalEntity></a:Party></a:AccountingSupplierParty>
  <a:AllowanceCharge><b:ChargeIndicator>true</b:ChargeIndicator><b:AllowanceChargeReason>Vracht</b:AllowanceChargeReason>
    <b:Amount currencyID="EUR">5.00</b:Amount><a:TaxCategory><b:ID>S</b:ID><b:Percent>21</b:Percent></a:TaxCategory></a:AllowanceCharge>
  <a:LegalMonetaryTotal><b:TaxExclusiveAmount currencyID="EUR">18.90</b:TaxExclusiveAmount></a:LegalMonetaryTotal>
  <a:CreditNoteLine><b:ID>1</b:ID><b:CreditedQuantity unitCode="XBX">2</b:CreditedQuantity>
    <b:LineExtensionAmount currencyID="EUR">13.90</b:LineExtensionAmount><a:OrderLineReference><b:LineID>1</b:LineID></a:OrderLineReference>
    <a:AllowanceCharge><b:ChargeIndicator>false</b:ChargeIndicator><b:Amount>1.00</b:Amount></a:AllowanceCharge>
    <a:Item><b:Name>Gloves</b:Name><a:SellersItemIdentification><b:ID>HND-1</b:ID></a:SellersItemIdentification>
      <a:ClassifiedTaxCategory><b:ID>S</b:ID><b:Percent>21.0</b:Percent></a:ClassifiedTaxCategory></a:Item>
    <a:Price><b:PriceAmount currencyID="EUR">69.5</b:PriceAmount><b:BaseQuantity unitCode="XBX">10</b:BaseQuantity></a:Price></a:CreditNoteLine>
</n:CreditNote>"#;

    #[test]
    fn a_credit_note_with_any_prefix_takes_back() {
        let (bill, findings) = read(NOTE);
        assert_eq!(findings, Findings::default());
        assert_eq!((bill.number.as_str(), bill.kind.as_str(), bill.order.as_str(), bill.sales_order.as_str()), ("C-1", "381", "4500001234", "SO-1"));
        assert_eq!((bill.mentions.as_slice(), bill.preceding.as_slice()), (&["Retour & rest <4500>!".to_string()][..], &["F-1".to_string()][..]));
        assert_eq!((bill.seller.vat_number.as_str(), bill.seller.endpoint.as_str()), ("NL824716930B01", "68712345"));
        assert_eq!(bill.charges, [Charge { reason: "Vracht".into(), amount: d("-5.00"), vat: Some(d("21")) }]);
        let line = &bill.lines[0];
        assert_eq!(
            (line.quantity, line.net, line.unit.as_str(), line.price, line.per),
            (d("-2"), d("-13.90"), "XBX", Some(d("69.5")), Some(d("10")))
        );
        assert_eq!((bill.net, line.vat, line.sellers_article.as_str(), line.order_line.as_str()), (Some(d("-18.90")), Some(d("21.0")), "HND-1", "1"));
        assert!(bill.is_credit());
    }

    #[test]
    fn what_is_no_invoice_is_said() {
        for (document, field) in [
            ("", "XML"),
            ("<Order><ID>1</ID></Order>", "XML"),
            ("<!DOCTYPE x><Invoice/>", "DOCTYPE"),
            ("<Invoice><ID>1</ID>", "IssueDate"),
            ("<Invoice><InvoiceLine><InvoicedQuantity>1,5</InvoicedQuantity></InvoiceLine></Invoice>", "InvoiceLine/InvoicedQuantity"),
        ] {
            let (_, findings) = read(document);
            assert!(findings.errors().any(|finding| finding.field == field), "{document}: {findings:?}");
        }
        let deep = "<a>".repeat(DEPTH_MAX + 1);
        assert!(read(&deep).1.errors().any(|finding| finding.field == "depth"));
    }

    #[test]
    fn two_charsets_are_read() {
        let wide = |text: &str, order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        assert_eq!(decode("é".as_bytes()).as_deref(), Some("é"));
        assert_eq!(decode(b"\xef\xbb\xbfa").as_deref(), Some("a"));
        assert_eq!(decode(&wide("\u{feff}é", u16::to_le_bytes)).as_deref(), Some("é"));
        assert_eq!(decode(&wide("\u{feff}é", u16::to_be_bytes)).as_deref(), Some("é"));
        assert_eq!((decode(b"\xe9"), decode(b"\xff\xfea")), (None, None));
    }
}
