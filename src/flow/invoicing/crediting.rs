//! A credit note for lines of an invoice: made from the document that was issued, judged, numbered, booked with the money that comes back, and
//! owed to the customer, in one commit. Never gives back more than was asked for, however many ask at once: what was credited so far is
//! read before, and the order's version says in the bookkeeper's turn whether it still holds.

use rust_decimal::Decimal;
use serde_json::json;

use super::document::{self, Parties};
use super::{booked, items, judging, parties, sending};
use crate::app::{self, App};
use crate::clock;
use crate::domain::books::command::{Command, CreditLine, Names, PostCredit};
use crate::domain::books::entry::Entry;
use crate::domain::invoice::credit::{self, CreditKind, Wanted};
use crate::domain::invoice::{Invoice, InvoiceLine, Kind};
use crate::domain::money::{Currency, Money};
use crate::domain::order::after_return;
use crate::error::{Error, Result};
use crate::flow::bookkeeping::{Booking, Decided, Plan, Seen, WriteFn, Written};
use crate::flow::delivering;
use crate::flow::signing::Caller;
use crate::store;
use crate::store::invoice as rows;
use crate::store::order::Stored;
use crate::wire::cxml::kept::Kept;
use crate::wire::ubl;

/// In which currency an invoice is.
pub async fn currency(app: &App, tenant: &str, id: &str) -> Result<Currency> {
    let mut tx = app.store.read().await?;
    let row = rows::by_id(&mut tx, tenant, id).await?.ok_or_else(|| Error::not_found("invoice", id))?;
    Ok(Currency::parse(&row.currency).unwrap_or(Currency::EUR))
}

/// As often as it is tried anew when somebody else was faster.
const TRIES: usize = 3;

/// What is needed of an invoice to credit it.
struct Read {
    row: rows::Invoice,
    parties: Parties,
    order: Stored,
    /// The credit note without number and days.
    note: Invoice,
}

/// Credits lines of an invoice of this supplier.
pub async fn credit(app: &App, caller: &Caller, tenant: &str, id: &str, kind: CreditKind, wanted: &[Wanted]) -> Result<rows::Invoice> {
    for _ in 0..TRIES {
        match once(app, caller, tenant, id, kind, wanted).await {
            Err(Error::Conflict(_)) => {}
            other => return other,
        }
    }
    Err(Error::Conflict(format!("invoice {id}")))
}

async fn once(app: &App, caller: &Caller, tenant: &str, id: &str, kind: CreditKind, wanted: &[Wanted]) -> Result<rows::Invoice> {
    let read = read(app, caller, tenant, id, kind, wanted).await?;
    let now = app.clock.now();
    let (row_id, year) = (clock::new_id(now), now.year());
    // Judged before its turn: only the number is missing.
    let judged = dated(&read, now.date(), now.date_after(read.parties.terms.payment_days));
    let preview = document::numbered(&judged, &read.parties, read.parties.number(Kind::CreditNote, year, 0));
    let findings = preview.check();
    if findings.has_error() {
        return Err(findings.into());
    }
    judging::judge(&ubl::write(&preview), &preview.issue_date)?;
    let series = read.parties.series(Kind::CreditNote, year);
    let (stored, new_id) = (read.order.clone(), row_id.clone());
    let names = Names { orders: vec![stored.order.number.as_str().into()], invoices: vec![read.row.number.as_str().into()], ..Names::default() };
    let crediting =
        Booking { series: Some(series), names, ..delivering::booking(caller, &stored, move |at| plan(at, &read, &judged, kind, &new_id, year)) };
    booked(app.bookkeepers.book(tenant, crediting).await?, &stored.order.number)?;
    let mut tx = app.store.read().await?;
    let row = rows::by_id(&mut tx, tenant, &row_id).await?.ok_or_else(|| Error::internal("a credit note that was booked is not there"))?;
    tracing::info!(order.number = stored.order.number, credit_note = row.number, "credit note issued");
    Ok(row)
}

fn dated(read: &Read, issue_date: String, due_date: String) -> Invoice {
    Invoice { issue_date, due_date, ..read.note.clone() }
}

/// A document of this supplier's, as it was issued.
pub async fn issued(app: &App, caller: &Caller, tenant: &str, id: &str) -> Result<rows::Invoice> {
    let mut tx = app.store.view().await?;
    let unknown = || Error::not_found("invoice", id);
    let row = rows::by_id(&mut tx, tenant, id).await?.ok_or_else(unknown)?;
    delivering::order(&mut tx, caller, tenant, &row.order).await.map_err(|_| unknown())?;
    Ok(row)
}

/// What of each line of an invoice can still be credited: the line, the quantity, and the net.
pub async fn left(app: &App, caller: &Caller, tenant: &str, id: &str) -> Result<(rows::Invoice, Vec<(InvoiceLine, Decimal, Money)>)> {
    let row = issued(app, caller, tenant, id).await?;
    let mut tx = app.store.view().await?;
    let earlier = rows::credits_of(&mut tx, tenant, &row.number).await?;
    let earlier: Vec<Invoice> = earlier.iter().filter_map(|row| ubl::read::read(&row.document)).collect();
    let invoice = ubl::read::read(&row.document).ok_or_else(|| Error::internal(format!("invoice {} cannot be read", row.number)))?;
    let left = invoice.lines.into_iter().map(|line| {
        let (quantity, net) = credit::left(&earlier, &line);
        (line, quantity, net)
    });
    Ok((row, left.collect()))
}

/// The invoice, its order, and the note that is asked for.
async fn read(app: &App, caller: &Caller, tenant: &str, id: &str, kind: CreditKind, wanted: &[Wanted]) -> Result<Read> {
    let row = issued(app, caller, tenant, id).await?;
    if row.kind != Kind::Invoice {
        return Err(Error::not_found("invoice", id));
    }
    let mut tx = app.store.view().await?;
    let parties = parties(&mut tx, &row.supplier, tenant).await?;
    let earlier = rows::credits_of(&mut tx, tenant, &row.number).await?;
    let earlier: Vec<Invoice> = earlier.iter().filter_map(|row| ubl::read::read(&row.document)).collect();
    let invoice = ubl::read::read(&row.document).ok_or_else(|| Error::internal(format!("invoice {} cannot be read", row.number)))?;
    let mut note = credit::note(&invoice, &earlier, kind, wanted)?;
    let number = &note.references.order;
    let order = store::order::by_number(&mut tx, tenant, number).await?.ok_or_else(|| Error::not_found("order", number))?;
    let order = delivering::order(&mut tx, caller, tenant, &order.order.id).await?;
    name_shares(&mut note, &order, &parties);
    Ok(Read { row, parties, order, note })
}

/// A share of goods that go back says of how many pieces it is; one of money alone is of the line that was invoiced.
fn name_shares(note: &mut Invoice, stored: &Stored, parties: &Parties) {
    for line in &mut note.lines {
        let pieces = line.pieces();
        let Some(budget) = line.sharing_budget().filter(|_| !pieces.is_zero()) else { continue };
        let ordered = stored.order.lines.iter().find(|ordered| ordered.line.to_string() == line.order_line);
        let unit = ordered.map_or(line.unit.as_str(), |ordered| ordered.unit.as_str());
        line.note = app::share_note(parties.buyer.language, budget, (&line.net, None), (&pieces, unit));
    }
}

fn plan(at: &Seen<'_>, read: &Read, judged: &Invoice, kind: CreditKind, row_id: &str, year: i16) -> Result<Plan> {
    let stored = delivering::seen(at)?;
    if stored.version != read.order.version {
        return Err(Error::Conflict(format!("order {}", stored.order.number)));
    }
    let count = at.number.ok_or_else(|| Error::internal("a credit note without a number"))?;
    let note = document::numbered(judged, &read.parties, read.parties.number(Kind::CreditNote, year, count));
    let row = row(read, &note, row_id)?;
    let kept = Kept::read(&stored.document);
    let number =
        |line: &InvoiceLine| kept.as_ref().and_then(|kept| kept.invoiced(&line.order_line, &line.article)).map(|line| line.number.to_string());
    let line = |line: &InvoiceLine| CreditLine {
        order: stored.order.number.as_str().into(),
        line: number(line).unwrap_or_else(|| line.order_line.clone()).as_str().into(),
        quantity: line.pieces(),
        net: line.net.minor,
        tax_percent: line.tax.percent,
        kind,
        only: line.sharing_budget().map(Into::into),
    };
    let open_period = at.books.period_for(None, "", &at.now.date(), &[]);
    let command =
        Command::Credit(PostCredit { lines: note.lines.iter().map(line).collect(), invoice: Some(read.row.number.as_str().into()), open_period });
    let body = json!({"number": row.number, "invoice": read.row.number, "kind": kind.as_str(), "net": row.net, "vat": row.vat, "gross": row.gross});
    let write = writing(stored, read, (row.clone(), &note), kind, at)?;
    Ok(Plan { command: Some(command), kind: "credit note issued", subject: format!("order/{}", stored.order.number), cause: row.number, body, write })
}

fn row(read: &Read, note: &Invoice, id: &str) -> Result<rows::Invoice> {
    let totals = note.totals().ok_or_else(|| Error::internal("a credit note without totals"))?;
    Ok(rows::Invoice {
        id: id.to_string(),
        number: note.number.clone(),
        kind: Kind::CreditNote,
        issued_on: note.issue_date.clone(),
        net: totals.net.minor,
        vat: totals.tax.minor,
        gross: totals.gross.minor,
        document: ubl::write(note),
        order: read.order.order.id.clone(),
        more_orders: Vec::new(),
        preceding: read.row.number.clone(),
        run: String::new(),
        ..read.row.clone()
    })
}

/// The order as the books have it then: what went back is open again where it comes again.
fn after(stored: &Stored, decided: &Decided<'_>, entry: &Entry, kind: CreditKind) -> Stored {
    let mut stored = stored.clone();
    items::follow(&mut stored, decided, entry);
    if kind == CreditKind::Replace {
        stored.order.state = after_return(stored.order.state, &stored.order.lines);
    }
    stored.version += 1;
    stored
}

fn writing(stored: &Stored, read: &Read, (row, note): (rows::Invoice, &Invoice), kind: CreditKind, at: &Seen<'_>) -> Result<WriteFn> {
    let owed = sending::owed(&read.parties, (&row, note), std::slice::from_ref(stored), at.now)?;
    let stored = stored.clone();
    Ok(Box::new(move |decided| {
        let entry = decided.outcome.as_ref().map_err(|refusal| Error::Refused(crate::error::Refusal::Books(refusal.clone())))?;
        Ok(Written { orders: vec![after(&stored, decided, entry, kind)], invoice: Some(row.clone()), messages: owed.clone(), ..Written::default() })
    }))
}
