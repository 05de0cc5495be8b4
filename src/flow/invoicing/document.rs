//! The document for some items of a customer: parties from their settings, references and lines from the items, everything else from the
//! customer's terms. Draws no number and books nothing.

use rust_decimal::Decimal;

use super::items::{Item, Share};
use crate::app;
use crate::domain::coding::Kind as CodingKind;
use crate::domain::invoice::terms::{Said, Terms};
use crate::domain::invoice::{BUDGET_CODE, Invoice, InvoiceLine, Kind, Party, Payment, References, SHARED_QUANTITY};
use crate::domain::money::Price;
use crate::domain::name::Language;
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::store::json::{parse, str_of};
use crate::store::organisation::Organisation;
use crate::wire::invoice_terms;

/// Seller and buyer, and how the one invoices the other.
#[derive(Clone, Debug)]
pub struct Parties {
    pub seller: Organisation,
    pub buyer: Organisation,
    pub terms: Terms,
}

impl Parties {
    /// The buyer's own settings come before those the seller has for everybody.
    pub fn new(seller: Organisation, buyer: Organisation) -> Result<Parties> {
        let said = |organisation: &Organisation| -> Result<Said> { Ok(invoice_terms::read(&parse(&organisation.settings)?["invoicing"])) };
        let mut terms = Terms::of(&[said(&buyer)?, said(&seller)?]);
        if terms.prefix.is_empty() {
            terms.prefix = seller.id.to_uppercase();
        }
        Ok(Parties { seller, buyer, terms })
    }

    /// The series that numbers come from: one for each seller, kind and year, within the customer's books.
    pub fn series(&self, kind: Kind, year: i16) -> String {
        format!("{}/{}/{year}", kind.as_str(), self.terms.prefix)
    }

    /// `SHOP-2026-LIBRARY-000123`; a credit note has a `C` before its count.
    pub fn number(&self, kind: Kind, year: i16, count: i64) -> String {
        let mark = match kind {
            Kind::Invoice => "",
            Kind::CreditNote => "C",
        };
        format!("{}-{year}-{}-{mark}{count:06}", self.terms.prefix, self.buyer.id.to_uppercase())
    }
}

/// A party of an invoice from an organisation's settings.
fn party(organisation: &Organisation) -> Result<Party> {
    let settings = parse(&organisation.settings)?;
    let text = |key: &str| str_of(&settings, key).to_string();
    Ok(Party {
        name: organisation.name.clone(),
        endpoint_scheme: text("endpoint_scheme"),
        endpoint: text("endpoint"),
        vat_number: text("vat_number"),
        company_id: text("company_id"),
        street: text("street"),
        city: text("city"),
        postcode: text("postcode"),
        country: text("country"),
        contact_mail: text("mail"),
        ..Party::default()
    })
}

/// The invoice as the supplier sends it, without its number.
pub fn draft(parties: &Parties, items: &[&Item], now: Timestamp) -> Result<Invoice> {
    let terms = &parties.terms;
    let settings = parse(&parties.seller.settings)?;
    let one_order = items.windows(2).all(|pair| pair[0].order == pair[1].order);
    let first = items.first();
    let common = |kind: CodingKind| {
        let value = first.map(|item| item.coding.get(kind)).unwrap_or_default();
        if items.iter().all(|item| item.coding.get(kind) == value) { value.to_string() } else { String::new() }
    };
    let alike = |of: fn(&Item) -> &String| {
        let value = first.map(|item| of(item).clone()).unwrap_or_default();
        if items.iter().all(|item| *of(item) == value) { value } else { String::new() }
    };
    let (reference, contract) = (alike(|item| &item.said.reference), alike(|item| &item.said.contract));
    let buyer_reference = match first.map(|item| item.ordered_by.as_str()).unwrap_or_default() {
        // Over several orders one of the two must be there (R003), and readers look for order numbers here, too (section 16).
        "" if !one_order => numbers(items),
        ordered_by => ordered_by.to_string(),
    };
    let currency = first.map_or(crate::domain::money::Currency::EUR, |item| item.price.currency);
    Ok(Invoice {
        kind: Kind::Invoice,
        profile: terms.profile,
        number: String::new(),
        issue_date: now.date(),
        due_date: now.date_after(terms.payment_days),
        delivered_on: items.iter().map(|item| item.shipped_on.clone()).max().unwrap_or_default(),
        currency,
        seller: party(&parties.seller)?,
        buyer: party(&parties.buyer)?,
        references: References {
            order: if one_order { first.map(|item| item.number.clone()).unwrap_or_default() } else { String::new() },
            buyer: if reference.is_empty() { buyer_reference } else { reference },
            despatch: String::new(),
            contract: if contract.is_empty() { terms.contract.clone() } else { contract },
            project: common(CodingKind::Project),
            accounting: alike(|item| &item.said.accounts),
            preceding: None,
        },
        note: terms.note.clone(),
        exemption: terms.exemption.clone(),
        payment: Payment { iban: str_of(&settings, "iban").to_string(), reference: String::new(), terms: terms.payment_terms.clone() },
        attachments: Vec::new(),
        lines: (1..).zip(items).map(|(number, item)| line(number, item, parties, one_order)).collect(),
    })
}

/// The numbers of the orders, each once.
fn numbers(items: &[&Item]) -> String {
    let mut numbers: Vec<&str> = items.iter().map(|item| item.number.as_str()).collect();
    numbers.dedup();
    numbers.join(", ")
}

/// Codes that have no place of their own on an invoice's line, and the names under which they stand there.
const PROPERTIES: [(&str, CodingKind); 5] = [
    (BUDGET_CODE, CodingKind::BudgetCode),
    ("Branch", CodingKind::Branch),
    ("Department", CodingKind::Department),
    ("Project", CodingKind::Project),
    ("NziCode", CodingKind::NziCode),
];

fn line(number: u32, item: &Item, parties: &Parties, one_order: bool) -> InvoiceLine {
    let terms = &parties.terms;
    let property = |(name, kind): &(&'static str, CodingKind)| (*name, item.coding.get(*kind).to_string());
    let whole = InvoiceLine {
        number,
        order: if one_order { String::new() } else { item.number.clone() },
        order_line: item.label.clone(),
        article: item.article.clone(),
        description: item.description.clone(),
        note: item.note.clone(),
        quantity: item.quantity,
        unit: item.unit.clone(),
        price: item.price,
        list_price: item.list_price,
        net: item.net,
        tax: terms.treatment.tax(item.vat),
        cost_centre: if item.said.account.is_empty() { item.coding.get(CodingKind::CostCentre).to_string() } else { item.said.account.clone() },
        properties: PROPERTIES.iter().map(property).filter(|(_, value)| !value.is_empty()).collect(),
    };
    match &item.share {
        Some(share) => shared(whole, item, share, parties.buyer.language),
        None => whole,
    }
}

/// One budget's share of a line (budgets-and-orders, chapter 12): one piece at the price of the share, and what it really is in a note and, for
/// programs, as a property. It is booked on that budget (BT-133), unless the buyer's own document says where.
fn shared(line: InvoiceLine, item: &Item, share: &Share, language: Language) -> InvoiceLine {
    let said = app::share_note(language, share.budget(), (&item.net, Some(&share.whole)), (&item.quantity, &item.unit));
    let note = [item.note.as_str(), &said].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n");
    let amount = item.net.decimal();
    let mut properties = line.properties;
    properties.push((SHARED_QUANTITY, item.quantity.normalize().to_string()));
    InvoiceLine {
        note,
        // What is taken back says so by its quantity: a price never is below nothing (BR-27).
        quantity: if amount.is_sign_negative() { -Decimal::ONE } else { Decimal::ONE },
        unit: "C62".into(),
        price: Price { amount: amount.abs(), per: 1, currency: item.net.currency },
        list_price: None,
        // BT-133: what the buyer named, else the cost centre, else the budget, which the property names in any case (chapter 12).
        cost_centre: if line.cost_centre.is_empty() { share.budget().to_string() } else { line.cost_centre },
        properties,
        ..line
    }
}

/// The document with its number, and with that the reference of its payment.
pub fn numbered(draft: &Invoice, parties: &Parties, number: String) -> Invoice {
    let mut invoice = draft.clone();
    invoice.payment.reference = parties.terms.reference.of(&number);
    invoice.number = number;
    invoice
}
