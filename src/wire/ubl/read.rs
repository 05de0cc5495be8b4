//! Reads a document of our own back: what was issued is kept as the document alone, and its copy for people and its credit notes are made
//! from that. Never reads what others wrote: that is `wire/ubl_reading`, which takes what it gets.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{NLCIUS, PROJECT};
use crate::domain::invoice::tax::{Tax, TaxCategory};
use crate::domain::invoice::terms::Profile;
use crate::domain::invoice::{Attachment, BUDGET_CODE, Invoice, InvoiceLine, Kind, Party, Payment, Preceding, References, SHARED_QUANTITY};
use crate::domain::money::{Currency, Money, Price};
use crate::wire::enclosed::KINDS;
use crate::wire::tree::{Element, tree};

/// The invoice or credit note; `None` for what we did not write.
pub fn read(document: &str) -> Option<Invoice> {
    let root = tree(document)?;
    let kind = match root.name.as_str() {
        "Invoice" => Kind::Invoice,
        "CreditNote" => Kind::CreditNote,
        _ => return None,
    };
    let currency = Currency::parse(&root.text("DocumentCurrencyCode"))?;
    let (line, quantity) = match kind {
        Kind::Invoice => ("InvoiceLine", "InvoicedQuantity"),
        Kind::CreditNote => ("CreditNoteLine", "CreditedQuantity"),
    };
    Some(Invoice {
        kind,
        profile: if root.text("CustomizationID") == NLCIUS { Profile::Nlcius } else { Profile::Peppol },
        number: root.text("ID"),
        issue_date: root.text("IssueDate"),
        due_date: format!("{}{}", root.text("DueDate"), root.text("PaymentMeans/PaymentDueDate")),
        delivered_on: root.text("Delivery/ActualDeliveryDate"),
        currency,
        seller: party(root.at("AccountingSupplierParty/Party")?),
        buyer: party(root.at("AccountingCustomerParty/Party")?),
        references: references(&root),
        note: root.text("Note"),
        exemption: root.all("TaxTotal").flat_map(|total| total.all("TaxSubtotal")).map(|sub| sub.text("TaxCategory/TaxExemptionReason")).collect(),
        payment: Payment {
            iban: root.text("PaymentMeans/PayeeFinancialAccount/ID"),
            reference: root.text("PaymentMeans/PaymentID"),
            terms: root.text("PaymentTerms/Note"),
        },
        attachments: root.all("AdditionalDocumentReference").filter_map(attachment).collect(),
        lines: root.all(line).map(|element| self::line(element, quantity, currency)).collect::<Option<_>>()?,
    })
}

fn references(root: &Element) -> References {
    let preceding = root.at("BillingReference/InvoiceDocumentReference");
    let project = root.all("AdditionalDocumentReference").find(|reference| reference.text("DocumentTypeCode") == PROJECT);
    References {
        order: root.text("OrderReference/ID"),
        buyer: root.text("BuyerReference"),
        despatch: root.text("DespatchDocumentReference/ID"),
        contract: root.text("ContractDocumentReference/ID"),
        project: project.map_or_else(|| root.text("ProjectReference/ID"), |reference| reference.text("ID")),
        accounting: root.text("AccountingCost"),
        preceding: preceding.map(|reference| Preceding { number: reference.text("ID"), issued_on: reference.text("IssueDate") }),
    }
}

fn party(element: &Element) -> Party {
    Party {
        name: element.text("PartyLegalEntity/RegistrationName"),
        endpoint_scheme: element.attribute("EndpointID", "schemeID"),
        endpoint: element.text("EndpointID"),
        vat_number: element.text("PartyTaxScheme/CompanyID"),
        company_id: element.text("PartyLegalEntity/CompanyID"),
        street: element.text("PostalAddress/StreetName"),
        city: element.text("PostalAddress/CityName"),
        postcode: element.text("PostalAddress/PostalZone"),
        country: element.text("PostalAddress/Country/IdentificationCode"),
        contact_name: element.text("Contact/Name"),
        contact_phone: element.text("Contact/Telephone"),
        contact_mail: element.text("Contact/ElectronicMail"),
    }
}

fn attachment(element: &Element) -> Option<Attachment> {
    let object = element.at("Attachment/EmbeddedDocumentBinaryObject")?;
    let declared = element.attribute("Attachment/EmbeddedDocumentBinaryObject", "mimeCode");
    let mime = KINDS.into_iter().find(|kind| *kind == declared)?;
    Some(Attachment { name: element.text("ID"), description: element.text("DocumentDescription"), mime, bytes: STANDARD.decode(&object.text).ok()? })
}

/// Names of the properties that lines have, so that they can be told from any others.
pub const PROPERTIES: [&str; 6] = [BUDGET_CODE, "Branch", "Department", "Project", "NziCode", SHARED_QUANTITY];

fn line(element: &Element, quantity: &str, currency: Currency) -> Option<InvoiceLine> {
    let tax = element.at("Item/ClassifiedTaxCategory")?;
    let category = [
        TaxCategory::Standard,
        TaxCategory::ZeroRated,
        TaxCategory::Exempt,
        TaxCategory::ReverseCharge,
        TaxCategory::IntraCommunity,
        TaxCategory::Export,
    ];
    let category = category.into_iter().find(|category| category.code() == tax.text("ID"))?;
    let all: Vec<(String, String)> = element.at("Item")?.all("AdditionalItemProperty").map(|one| (one.text("Name"), one.text("Value"))).collect();
    let property = |name: &str| all.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default();
    Some(InvoiceLine {
        number: element.text("ID").parse().ok()?,
        order: property("OrderNumber"),
        order_line: format!("{}{}", element.text("OrderLineReference/LineID"), property("OrderLine")),
        article: element.text("Item/SellersItemIdentification/ID"),
        description: element.text("Item/Name"),
        note: element.text("Note"),
        quantity: element.decimal(quantity)?,
        unit: element.attribute(quantity, "unitCode"),
        price: Price {
            amount: element.decimal("Price/PriceAmount")?,
            per: element.at("Price/BaseQuantity").map_or(Some(1), |base| base.text.parse().ok())?,
            currency,
        },
        list_price: element.decimal("Price/AllowanceCharge/BaseAmount"),
        net: Money::round(element.decimal("LineExtensionAmount")?, currency)?,
        tax: Tax { percent: tax.text("Percent").parse().ok()?, category },
        cost_centre: element.text("AccountingCost"),
        properties: PROPERTIES.into_iter().map(|name| (name, property(name))).filter(|(_, value)| !value.is_empty()).collect(),
    })
}
