//! The copy of an invoice or credit note for people: what the document says, in the reader's language, on paper. Made from the document as it was
//! issued, so that both say the same; it is not the invoice, and says so. Never adds an amount up that the document does not have.

use rust_decimal::Decimal;

use crate::domain::invoice::payment::transfer_code;
use crate::domain::invoice::tax::TaxCategory;
use crate::domain::invoice::terms::Copy;
use crate::domain::invoice::{Invoice, InvoiceLine, Kind, Party, SHARED_QUANTITY, Totals};
use crate::domain::money::{Money, discount_percent};
use crate::domain::name::Language;
use crate::error::{Error, Result};
use crate::text::Texts;
use crate::wire::paper::{self, About, Enclosed, Paper, Part, Row};
use crate::wire::picture::Pixels;
use crate::wire::ubl;

/// The copy of an issued document as PDF, with the document itself inside where that is agreed.
pub fn of_document(document: &str, language: Language, copy: Copy, logo: Option<Pixels>) -> Result<Vec<u8>> {
    let invoice = ubl::read::read(document).ok_or_else(|| Error::internal("an issued document cannot be read"))?;
    let enclosed = match copy {
        Copy::Embedded => Some(Enclosed { name: format!("{}.xml", invoice.number), text: document }),
        Copy::Beside => None,
    };
    write(&invoice, language, logo, enclosed.as_ref())
}

/// What an invoice would be, without a number: not to be paid.
pub fn pro_forma(invoice: &Invoice, language: Language, logo: Option<Pixels>) -> Result<Vec<u8>> {
    let invoice = Invoice { number: String::new(), ..invoice.clone() };
    write(&invoice, language, logo, None)
}

fn write(invoice: &Invoice, language: Language, logo: Option<Pixels>, enclosed: Option<&Enclosed<'_>>) -> Result<Vec<u8>> {
    let t = Texts(language);
    let totals = invoice.totals().ok_or_else(|| Error::internal("an invoice without totals"))?;
    let paper = Paper { logo, ..paper_of(t, invoice, &totals) };
    let about = About {
        title: format!("{} {}", paper.title, invoice.number),
        language: language.as_str().into(),
        author: invoice.seller.name.clone(),
        day: day(invoice),
    };
    paper::write(&paper, &about, enclosed).ok_or_else(|| Error::internal("a copy cannot be written"))
}

fn day(invoice: &Invoice) -> (u16, u8, u8) {
    let mut parts = invoice.issue_date.split('-');
    let mut number = || parts.next().and_then(|part| part.parse::<u16>().ok()).unwrap_or(1);
    let (year, month, day) = (number(), number(), number());
    (year, u8::try_from(month).unwrap_or(1), u8::try_from(day).unwrap_or(1))
}

fn paper_of(t: Texts, invoice: &Invoice, totals: &Totals) -> Paper {
    let is_draft = invoice.number.is_empty();
    let title = match invoice.kind {
        Kind::Invoice if is_draft => t.get("copy-pro-forma"),
        Kind::Invoice => t.get("copy-invoice"),
        Kind::CreditNote => t.get("copy-credit-note"),
    };
    let code = code(invoice, totals, is_draft);
    Paper {
        mark: if is_draft { t.get("copy-not-to-be-paid") } else { String::new() },
        title,
        logo: None,
        sender: address(&invoice.seller, true),
        receiver: address(&invoice.buyer, false),
        facts: facts(t, invoice),
        heads: ["copy-description", "quantity", "copy-price", "copy-tax", "copy-amount"].map(|key| t.get(key)),
        parts: parts(t, invoice),
        totals: sums(t, invoice, totals),
        payment: if is_draft { Vec::new() } else { payment(t, invoice, totals) },
        code_caption: if code.is_empty() { String::new() } else { t.get("copy-scan") },
        code,
        notes: notes(t, invoice),
        footer: footer(t, &invoice.seller),
        page: t.get("copy-page"),
    }
}

fn address(party: &Party, with_contact: bool) -> Vec<String> {
    let town = format!("{} {}", party.postcode, party.city);
    let contact = if with_contact { party.contact_mail.as_str() } else { "" };
    let all = [party.name.as_str(), &party.street, &town, &party.country, contact];
    all.into_iter().map(str::trim).filter(|line| !line.is_empty()).map(str::to_string).collect()
}

fn facts(t: Texts, invoice: &Invoice) -> Vec<(String, String)> {
    let references = &invoice.references;
    let preceding = references.preceding.as_ref().map(|preceding| preceding.number.as_str()).unwrap_or_default();
    let date = |day: &str| if day.is_empty() { String::new() } else { t.iso_date(day) };
    let all = [
        ("copy-number", invoice.number.clone()),
        ("copy-date", date(&invoice.issue_date)),
        ("copy-due", date(&invoice.due_date)),
        ("copy-corrects", preceding.to_string()),
        ("order-number", references.order.clone()),
        ("copy-reference", references.buyer.clone()),
        ("copy-delivered", date(&invoice.delivered_on)),
        ("slip-shipment", references.despatch.clone()),
        ("copy-contract", references.contract.clone()),
        ("field-project", references.project.clone()),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| (t.get(key), value)).collect()
}

/// By what the lines are divided on paper: the branch, else the department, else the budget, where there are several; and the order on a document over several.
fn group(invoice: &Invoice, line: &InvoiceLine) -> String {
    let property =
        |line: &InvoiceLine, name: &str| line.properties.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone()).unwrap_or_default();
    let differs = |name: &str| invoice.lines.iter().any(|other| property(other, name) != property(&invoice.lines[0], name));
    let by = ["Branch", "Department", "BudgetCode"].into_iter().find(|name| differs(name));
    by.map(|name| property(line, name)).unwrap_or_default()
}

fn parts(t: Texts, invoice: &Invoice) -> Vec<Part> {
    let mut parts: Vec<(Part, Money)> = Vec::new();
    let zero = Money::new(0, invoice.currency);
    for line in &invoice.lines {
        let title = group(invoice, line);
        if parts.iter().all(|(part, _)| part.title != title) {
            parts.push((Part { title: title.clone(), ..Part::default() }, zero));
        }
        if let Some((part, sum)) = parts.iter_mut().find(|(part, _)| part.title == title) {
            part.rows.push(row(t, line));
            *sum = sum.checked_add(line.net).unwrap_or(*sum);
        }
    }
    let several = parts.len() > 1;
    let named = |(mut part, sum): (Part, Money)| {
        let name = if part.title.is_empty() { t.get("copy-rest") } else { part.title.clone() };
        part.sum = several.then(|| (t.with("copy-subtotal", "what", &name), t.amount(&sum)));
        part.title = if several { name } else { String::new() };
        part
    };
    parts.into_iter().map(named).collect()
}

fn row(t: Texts, line: &InvoiceLine) -> Row {
    // Where there is no cost centre, a share has the code of its budget in its place.
    let is_budget = line.sharing_budget() == Some(line.cost_centre.as_str());
    let cost_centre = if is_budget { String::new() } else { line.cost_centre.clone() };
    let codes: Vec<String> = [(t.get("field-cost-centre"), cost_centre)]
        .into_iter()
        // How many pieces a share is of stands in the line's note.
        .chain(line.properties.iter().filter(|(name, _)| *name != SHARED_QUANTITY).map(|(name, value)| (t.get(property_key(name)), value.clone())))
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    let order = if line.order.is_empty() {
        String::new()
    } else {
        t.with_all("copy-of-order", &[("order", line.order.clone()), ("line", line.order_line.clone())])
    };
    let small = [line.article.clone(), discount(t, line), line.note.clone(), codes.join(", "), order];
    let per = if line.price.per > 1 { format!(" / {}", line.price.per) } else { String::new() };
    Row {
        text: line.description.clone(),
        small: small.into_iter().filter(|text| !text.is_empty()).collect(),
        cells: [
            t.number(&line.quantity.normalize(), &0),
            format!("{}{per}", t.number(&line.price.amount, &2)),
            percent(t, line.tax.percent),
            t.amount(&line.net),
        ],
    }
}

/// What it was before the discount, and the discount, as the shop says it.
fn discount(t: Texts, line: &InvoiceLine) -> String {
    let Some(list) = line.list_price else { return String::new() };
    let shop = format!("{} {}", t.get("shop-price"), t.number(&list, &2));
    let percent = discount_percent(list, line.price.amount).map(|whole| format!(", {} {}", t.get("discount").to_lowercase(), percent(t, whole)));
    format!("{shop}{}", percent.unwrap_or_default())
}

fn property_key(name: &str) -> &'static str {
    match name {
        "BudgetCode" => "field-budget-code",
        "Branch" => "field-branch",
        "Department" => "field-department",
        "Project" => "field-project",
        _ => "field-nzi-code",
    }
}

fn percent(t: Texts, percent: Decimal) -> String {
    format!("{} %", t.number(&percent.normalize(), &0))
}

fn sums(t: Texts, invoice: &Invoice, totals: &Totals) -> Vec<(String, String)> {
    let mut all = vec![(t.get("copy-net"), t.amount(&totals.net))];
    for rate in &totals.rates {
        let name = match rate.tax.category {
            TaxCategory::Standard | TaxCategory::ZeroRated => "copy-tax-on",
            TaxCategory::Exempt => "copy-exempt-on",
            TaxCategory::ReverseCharge => "copy-reverse-on",
            TaxCategory::IntraCommunity => "copy-within-eu-on",
            TaxCategory::Export => "copy-export-on",
        };
        let parts = [("percent", percent(t, rate.tax.percent)), ("amount", t.amount(&rate.taxable))];
        all.push((t.with_all(name, &parts), t.amount(&rate.amount)));
    }
    let last = match invoice.kind {
        Kind::Invoice => "copy-to-pay",
        Kind::CreditNote => "copy-given-back",
    };
    all.push((t.get(last), t.money(&totals.gross)));
    all
}

fn payment(t: Texts, invoice: &Invoice, totals: &Totals) -> Vec<String> {
    let (iban, reference) = (&invoice.payment.iban, &invoice.payment.reference);
    if invoice.kind == Kind::CreditNote || totals.gross.minor <= 0 {
        return vec![t.get("copy-settled")];
    }
    let due = if invoice.due_date.is_empty() { String::new() } else { t.iso_date(&invoice.due_date) };
    let parts = [
        ("amount", t.money(&totals.gross)),
        ("iban", iban.clone()),
        ("name", invoice.seller.name.clone()),
        ("reference", reference.clone()),
        ("due", due),
    ];
    let mut all = vec![t.with_all(if invoice.due_date.is_empty() { "copy-please-pay" } else { "copy-please-pay-until" }, &parts)];
    all.extend(Some(invoice.payment.terms.clone()).filter(|terms| !terms.is_empty()));
    all
}

fn notes(t: Texts, invoice: &Invoice) -> Vec<String> {
    let files: Vec<&str> = invoice.attachments.iter().map(|file| file.name.as_str()).collect();
    let files = if files.is_empty() { String::new() } else { t.with("copy-files", "files", files.join(", ")) };
    let all =
        [invoice.note.clone(), invoice.exemption.clone(), files, if invoice.number.is_empty() { String::new() } else { t.get("copy-is-a-copy") }];
    all.into_iter().filter(|note| !note.is_empty()).collect()
}

fn footer(t: Texts, seller: &Party) -> String {
    let all = [(t.get("copy-company-id"), &seller.company_id), (t.get("copy-vat-number"), &seller.vat_number)];
    let named: Vec<String> = all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name} {value}")).collect();
    [&[seller.name.clone()][..], &named].concat().join("   ")
}

/// The squares of the transfer's code, with the white border that readers need.
fn code(invoice: &Invoice, totals: &Totals, is_draft: bool) -> Vec<Vec<bool>> {
    if is_draft || invoice.kind == Kind::CreditNote {
        return Vec::new();
    }
    let text = transfer_code(&invoice.seller.name, &invoice.payment.iban, totals.gross, &invoice.payment.reference);
    let made = text.and_then(|text| fast_qr::QRBuilder::new(text).ecl(fast_qr::ECL::M).build().ok());
    let Some(made) = made else { return Vec::new() };
    (0..made.size).map(|row| made[row].iter().take(made.size).map(|module| module.value()).collect()).collect()
}
