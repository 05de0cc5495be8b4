//! The invoice for what was shipped: made from the order's own lines, checked, numbered without gaps per buyer, booked as spent, kept as
//! issued and owed to the buyer, in one commit. Nothing leaves that is known to be wrong.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::bookkeeping::{Booking, Done, Plan, Seen, WriteFn, Written};
use super::signing::Caller;
use super::{delivering, ordering};
use crate::app::App;
use crate::clock;
use crate::domain::books::command::{self as books, Command, Override, PostInvoice, Subject};
use crate::domain::books::entry::{Outcome, Refusal as Refused};
use crate::domain::coding::Kind;
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::invoice::{Invoice, InvoiceLine, Party};
use crate::domain::order::State;
use crate::domain::time::Timestamp;
use crate::einvoice::{self, rules::Flag};
use crate::error::{Error, Refusal, Result};
use crate::store::held::Held;
use crate::store::invoice as rows;
use crate::store::json::{parse, str_of};
use crate::store::order::Stored;
use crate::store::organisation::Organisation;
use crate::store::{self};
use crate::wire::ubl;

const PAYMENT_DAYS: u32 = 30;

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

/// Invoices everything of an order that was shipped and not invoiced yet.
pub async fn issue(app: &App, caller: &Caller, tenant: &str, id: &str) -> Result<rows::Invoice> {
    let mut tx = app.store.read().await?;
    let stored = delivering::order(&mut tx, caller, tenant, id).await?;
    let missing = |what: &str| Error::internal(format!("order {id} without {what}"));
    let seller = store::organisation::by_id(&mut tx, &stored.order.supplier).await?.ok_or_else(|| missing("supplier"))?;
    let buyer = store::organisation::by_id(&mut tx, tenant).await?.ok_or_else(|| missing("buyer"))?;
    drop(tx);
    let row_id = clock::new_id(app.clock.now());
    let id_of_row = row_id.clone();
    let issuing = delivering::booking(caller, &stored, move |at| plan(at, &seller, &buyer, &id_of_row));
    let done = app.bookkeepers.book(tenant, Booking { series: Some("invoice"), ..issuing }).await?;
    if let Done::Decided { outcome, .. } = done
        && let Err(refusal) = *outcome
    {
        tracing::info!(order.number = stored.order.number, code = refusal.code.as_str(), "invoice held");
        return Err(Error::Refused(Refusal::Books(refusal)));
    }
    let mut tx = app.store.read().await?;
    let row = rows::by_id(&mut tx, tenant, &row_id).await?.ok_or_else(|| Error::internal("an invoice that was booked is not there"))?;
    tracing::info!(order.number = stored.order.number, invoice = row.number, "invoice issued");
    Ok(row)
}

fn plan(at: &Seen<'_>, seller: &Organisation, buyer: &Organisation, row_id: &str) -> Result<Plan> {
    let stored = delivering::seen(at)?;
    let missing = |what: &str| Error::internal(format!("order {} without {what}", stored.order.id));
    if !stored.order.state.may_become(State::Invoiced) {
        return Err(Error::Refused(Refusal::State { what: "order".into(), state: stored.order.state.as_str().into() }));
    }
    let number = at.number.ok_or_else(|| missing("a number for its invoice"))?;
    let invoice = document(stored, seller, buyer, number, at.now)?;
    let findings = invoice.check();
    if findings.has_error() {
        return Err(findings.into());
    }
    let totals = invoice.totals().ok_or_else(|| missing("totals"))?;
    let row = rows::Invoice {
        id: row_id.to_string(),
        number: invoice.number.clone(),
        order: stored.order.id.clone(),
        issued_on: invoice.issue_date.clone(),
        currency: invoice.currency.to_string(),
        net: totals.net.minor,
        vat: totals.tax.minor,
        gross: totals.gross.minor,
        document: ubl::write(&invoice),
    };
    judge(&row.document, &row.issued_on)?;
    let command = Command::Invoice(posting(stored, &invoice));
    let (buyer, now) = (buyer.clone(), at.now);
    let body = json!({"number": row.number, "net": row.net, "vat": row.vat, "gross": row.gross});
    let subject = format!("order/{}", stored.order.number);
    let cause = row.number.clone();
    let advance =
        delivering::advancing(stored, |_| State::Invoiced, move |stored, _, _| delivering::tell_buyer(stored, Some(&buyer), "invoice", now));
    let write: WriteFn = Box::new(move |decided| match decided.outcome {
        Err(refusal) if refusal.outcome == Outcome::Held => Ok(Written { held: Some(held(&row, refusal, now)), ..Written::default() }),
        Ok(_) | Err(_) => Ok(Written { invoice: Some(row.clone()), ..advance(decided)? }),
    });
    Ok(Plan { command: Some(command), kind: "invoice issued", subject, cause, body, write })
}

/// Nothing leaves that a receiver would reject: every fatal rule is named, with its business terms and its place.
fn judge(document: &str, sent: &str) -> Result<()> {
    let day = einvoice::Day::parse(sent).ok_or_else(|| Error::internal(format!("an invoice of the day {sent}")))?;
    let report = einvoice::check(document.as_bytes(), None, day);
    if report.accepted() {
        return Ok(());
    }
    let fatal = report.findings.iter().filter(|finding| finding.flag == Flag::Fatal);
    let mut findings: Vec<Finding> =
        fatal.map(|finding| Finding::error(Code::InvoiceRule, finding.id).value(finding.terms).limit(&finding.place)).collect();
    let departures = report.departures.iter().flatten();
    findings.extend(departures.map(|one| Finding::error(Code::InvoiceRule, "UBL").value(&one.name).limit(&one.place)));
    findings.extend(report.unanswered.iter().map(|one| Finding::error(Code::InvoiceRule, one.id).value(one.why)));
    if findings.is_empty() {
        findings.push(Finding::error(Code::InvoiceRule, "UBL"));
    }
    Err(Error::Invalid(Findings(findings)))
}

/// An invoice that may not be booked yet is kept with the reason: the goods are there, and their money stays (chapter 12).
fn held(row: &rows::Invoice, refusal: &Refused, now: Timestamp) -> Held {
    Held { order: row.order.clone(), refusal: refusal.clone(), gross: row.gross, held_at: now, tried_at: now }
}

/// The invoice as the supplier sends it.
fn document(stored: &Stored, seller: &Organisation, buyer: &Organisation, number: i64, now: Timestamp) -> Result<Invoice> {
    let settings = parse(&seller.settings)?;
    let mut invoice = Invoice {
        number: format!("{}-{}-{number:06}", now.year(), stored.tenant.to_uppercase()),
        issue_date: now.date(),
        due_date: now.date_after(PAYMENT_DAYS),
        currency: stored.order.net.currency,
        seller: party(seller)?,
        buyer: party(buyer)?,
        order_number: stored.order.number.clone(),
        buyer_reference: stored.order.ordered_by.clone(),
        iban: str_of(&settings, "iban").to_string(),
        payment_reference: String::new(),
        lines: Vec::new(),
    };
    invoice.payment_reference.clone_from(&invoice.number);
    for line in stored.order.lines.iter().filter(|line| line.billable() > Decimal::ZERO) {
        let quantity = line.billable();
        let net = line.price.total(quantity).ok_or_else(|| Error::internal(format!("order {} without an amount that fits", stored.order.id)))?;
        invoice.lines.push(InvoiceLine {
            number: u32::try_from(invoice.lines.len()).unwrap_or(u32::MAX - 1) + 1,
            order_line: line.line.to_string(),
            article: line.article.clone(),
            description: line.description.clone(),
            quantity,
            unit: line.unit.clone(),
            price: line.price,
            net,
            vat: line.vat,
            cost_centre: line.coding.get(Kind::CostCentre).to_string(),
        });
    }
    Ok(invoice)
}

/// The same for the books: net and tax of each line, on the order's lines.
fn posting(stored: &Stored, invoice: &Invoice) -> PostInvoice {
    let line = |line: &InvoiceLine| books::InvoiceLine {
        subject: Subject::OrderLine { order: stored.order.number.as_str().into(), line: line.order_line.as_str().into() },
        quantity: line.quantity,
        net: line.net.minor,
        tax_percent: line.vat,
        split: None,
        last: false,
    };
    PostInvoice { invoice: invoice.number.as_str().into(), lines: invoice.lines.iter().map(line).collect(), passing: Override::No }
}

/// An invoice as the API shows it; the document itself has its own address.
pub fn invoice_json(invoice: &rows::Invoice) -> Value {
    let currency = crate::domain::money::Currency::parse(&invoice.currency).unwrap_or(crate::domain::money::Currency::EUR);
    let amount = |minor: i64| crate::domain::money::Money::new(minor, currency).decimal().to_string();
    json!({
        "id": invoice.id, "number": invoice.number, "order": invoice.order, "issued_on": invoice.issued_on, "currency": invoice.currency,
        "net": amount(invoice.net), "vat": amount(invoice.vat), "gross": amount(invoice.gross),
    })
}

/// An order of the caller's own organisation, by number, for its API.
pub async fn order_of_buyer(app: &App, caller: &Caller, number: &str) -> Result<Value> {
    let mut tx = app.store.view().await?;
    let stored = store::order::by_number(&mut tx, &caller.person.tenant, number).await?.ok_or_else(|| Error::not_found("order", number))?;
    let invoices = rows::of_order(&mut tx, &stored.tenant, &stored.order.id).await?;
    let mut body = ordering::order_json(&stored.order, &[]);
    body["invoices"] = invoices.iter().map(invoice_json).collect();
    Ok(body)
}
