//! From a matched invoice to the books: which command it is, and what is written beside the entry. One commit holds the expenditure, the
//! variance and release that follow from it, the order, and the invoice's own row. What the books hold back is kept with the reason.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Facts, rows};
use crate::domain::books::command::{Command, CreditKind, CreditLine, Division, InvoiceLine, Override, PostCredit, PostInvoice, Subject};
use crate::domain::books::entry::{Entry, Outcome, Refusal as Refused};
use crate::domain::books::position::{Line, Row};
use crate::domain::books::{Books, BudgetPeriod};
use crate::domain::coding::Kind as CodingKind;
use crate::domain::finding::{Code, Finding};
use crate::domain::matching::{self, Bill, BillLine, Match, is_same_budget};
use crate::domain::order::State as OrderState;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::flow::bookkeeping::{Answer, Plan, PlanFn, Seen, WriteFn, Written};
use crate::flow::following;
use crate::store::held::Held;
use crate::store::order::Stored;
use crate::store::supplier_invoice::{State, SupplierInvoice};

/// Where an invoice line, by its place, is booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Line {
        order: Arc<str>,
        line: Arc<str>,
        quantity: Decimal,
    },
    /// Without an order.
    Budget(BudgetPeriod),
}

/// The name of an invoice in the books: a number is its supplier's alone.
pub fn booked_name(supplier: Option<&str>, bill: &Bill, id: &str) -> String {
    let year: String = bill.issued_on.chars().take(4).collect();
    match supplier {
        Some(supplier) => format!("{supplier}/{year}/{}/{}", bill.kind, bill.number),
        None => format!("{id}/{}", bill.number),
    }
}

/// Where everything goes by what was found; lines that are on no order and cost nothing go nowhere.
pub fn places(found: &Match, facts: &Facts) -> Vec<Option<Place>> {
    let place = |line: &matching::LineMatch| {
        let target = line.target.as_ref()?;
        let order = facts.orders.get(target.order)?;
        Some(Place::Line { order: order.number.as_str().into(), line: target.line.as_str().into(), quantity: line.quantity })
    };
    found.lines.iter().map(place).collect()
}

/// The command for an invoice whose lines have their places.
pub fn command(bill: &Bill, name: &str, places: &[Option<Place>], books: &Books, passing: Override, kind: CreditKind) -> Result<Command> {
    let placed: Vec<(usize, &Place)> = places.iter().enumerate().filter_map(|(at, place)| Some((at, place.as_ref()?))).collect();
    if placed.is_empty() {
        return Err(Finding::error(Code::Missing, "lines").into());
    }
    // What is on no order, and what is charged on the whole, goes where the first line goes.
    let loose = bill.lines.iter().zip(places).filter(|(line, place)| place.is_none() && !line.net.is_zero());
    let loose = loose.map(|(line, _)| (line.net, line.vat.unwrap_or_default()));
    let charges = bill.charges.iter().map(|charge| (charge.amount, charge.vat.unwrap_or_default()));
    let beside: Vec<(Decimal, Decimal)> = loose.chain(charges).collect();
    match bill.is_credit() {
        true => credit(bill, &placed, &beside, books, kind),
        false => invoice(bill, name, &placed, &beside, books, passing),
    }
}

fn invoice(bill: &Bill, name: &str, placed: &[(usize, &Place)], beside: &[(Decimal, Decimal)], books: &Books, passing: Override) -> Result<Command> {
    let mut lines: Vec<InvoiceLine> = Vec::with_capacity(placed.len() + beside.len());
    // Of each line what is taken as a whole, and on each budget alone: the pieces are the same.
    let mut taken: BTreeMap<(&str, &str), BTreeMap<Option<&str>, Decimal>> = BTreeMap::new();
    for (at, place) in placed {
        let billed = &bill.lines[*at];
        let mut division = Division::Ordered;
        let (subject, quantity) = match place {
            Place::Budget(at) => (Subject::Budget(at.clone()), Decimal::ONE),
            Place::Line { order, line, quantity } => {
                let booked = books.orders.get(order).and_then(|order| order.lines.get(line));
                let alone = sharing(*at, billed, booked)?;
                let budget = alone.map(|row| &*row.at.budget);
                let of_line = taken.entry((order, line)).or_default();
                let is_same = |other: Option<&str>| other.is_some() && (budget.is_none() || other == budget);
                let apart = of_line.iter().filter(|(other, _)| is_same(**other)).map(|(_, took)| *took).max().unwrap_or_default();
                let took = of_line.get(&None).copied().unwrap_or_default() + apart;
                // More may be invoiced than was ordered, by a tolerance or a person's word: the money is booked, the quantity ends at the order's.
                let most = booked.map_or(*quantity, |line| (open(line, alone) - took).max(Decimal::ZERO));
                if let Some(row) = alone {
                    division = Division::Only(vec![row.at.budget.clone()]);
                }
                let quantity = (*quantity).min(most).max(Decimal::ZERO);
                *of_line.entry(budget).or_default() += quantity;
                (Subject::OrderLine { order: order.clone(), line: line.clone() }, quantity)
            }
        };
        let (net, tax_percent) = (rows::minor(bill, Some(billed.net)), billed.vat.unwrap_or_default());
        lines.push(InvoiceLine { subject, quantity, net, tax_percent, division, last: false });
    }
    for (amount, vat) in beside {
        let (subject, quantity, division) = charged_on(&lines, books);
        let net = rows::minor(bill, Some(*amount));
        lines.push(InvoiceLine { subject, quantity, net, tax_percent: *vat, division, last: false });
    }
    Ok(Command::Invoice(PostInvoice { invoice: name.into(), lines, passing }))
}

/// The row that a share of a line is for; none where the invoice is for all of the line.
///
/// # Errors
///
/// Where the line is not on the budget of the share: that is never booked on another.
fn sharing<'b>(at: usize, billed: &BillLine, booked: Option<&'b Line>) -> Result<Option<&'b Row>> {
    let Some((_, budget)) = billed.share() else { return Ok(None) };
    let row = booked.and_then(|line| line.rows.iter().find(|row| line.is_sharing(row) && is_same_budget(&row.at.budget, budget)));
    row.map(Some).ok_or_else(|| {
        let known = booked.iter().flat_map(|line| line.rows.iter().filter(|row| line.is_sharing(row))).map(|row| &*row.at.budget);
        let finding = Finding::error(Code::Unusable, CodingKind::BudgetCode.name()).value(budget).limit(known.collect::<Vec<_>>().join(", "));
        finding.line(u32::try_from(at + 1).unwrap_or(u32::MAX)).into()
    })
}

/// What of a line is ordered and not invoiced: on one of its budgets, or on all of them.
fn open(line: &Line, alone: Option<&Row>) -> Decimal {
    alone.map_or_else(|| line.uninvoiced(), |row| line.of_row(row).ordered - line.of_row(row).invoiced)
}

fn is_of(known: &InvoiceLine, order: &Arc<str>, line: &Arc<str>) -> bool {
    matches!(&known.subject, Subject::OrderLine { order: of, line: at } if of == order && at == line)
}

/// The charge of the order that is still open, with what is open of it; else the first line itself. Beside a budget's share of a line it is that
/// budget's, too.
fn charged_on(lines: &[InvoiceLine], books: &Books) -> (Subject, Decimal, Division) {
    let InvoiceLine { subject: first, division, .. } = &lines[0];
    let Subject::OrderLine { order, .. } = first else { return (first.clone(), Decimal::ZERO, Division::Ordered) };
    let open_of = |line: &Line| match division {
        Division::Only(budgets) => {
            line.rows.iter().find(|row| line.is_sharing(row) && budgets.contains(&row.at.budget)).map_or(Decimal::ZERO, |row| open(line, Some(row)))
        }
        Division::Ordered | Division::Amounts(_) => open(line, None),
    };
    let is_open_charge = |line: &&Line| {
        let is_charge = line.parent.is_none() && line.number.parse::<u32>().is_err();
        is_charge && open_of(line) > Decimal::ZERO && !lines.iter().any(|known| is_of(known, order, &line.number))
    };
    let charge = books.orders.get(order).and_then(|known| known.lines.values().find(is_open_charge));
    let subject = |charge: &Line| Subject::OrderLine { order: order.clone(), line: charge.number.clone() };
    let (subject, quantity) = charge.map_or_else(|| (first.clone(), Decimal::ZERO), |charge| (subject(charge), open_of(charge)));
    (subject, quantity, division.clone())
}

fn credit(bill: &Bill, placed: &[(usize, &Place)], beside: &[(Decimal, Decimal)], books: &Books, kind: CreditKind) -> Result<Command> {
    let mut lines: Vec<CreditLine> = Vec::with_capacity(placed.len() + beside.len());
    for (at, place) in placed {
        let Place::Line { order, line, quantity } = place else {
            return Err(Finding::error(Code::Unusable, "lines").value("budget").into());
        };
        let billed = &bill.lines[*at];
        lines.push(CreditLine {
            order: order.clone(),
            line: line.clone(),
            quantity: quantity.abs(),
            net: -rows::minor(bill, Some(billed.net)),
            tax_percent: billed.vat.unwrap_or_default(),
            kind,
            only: sharing(*at, billed, books.orders.get(order).and_then(|order| order.lines.get(line)))?.map(|row| row.at.budget.clone()),
        });
    }
    let first = lines[0].clone();
    let more = beside.iter().map(|(amount, vat)| CreditLine {
        quantity: Decimal::ZERO,
        net: -rows::minor(bill, Some(*amount)),
        tax_percent: *vat,
        kind: CreditKind::Price,
        ..first.clone()
    });
    lines.extend(more.collect::<Vec<_>>());
    Ok(Command::Credit(PostCredit { lines, invoice: None, open_period: None }))
}

/// The plan for one that just came, or is tried again: matched anew with what the books say when it is its turn.
pub fn arriving(bill: Bill, facts: Facts, invoice: SupplierInvoice) -> PlanFn {
    Box::new(move |seen: &Seen<'_>| {
        let mut facts = facts.clone();
        facts.refresh(seen.books);
        let found = matching::compare(&bill, &facts.known(), &facts.tolerances);
        let row = rows::matched(&invoice, &found, &facts)?;
        if found.needs_a_person() {
            return Ok(waiting(row));
        }
        let name = booked_name(facts.supplier.as_deref(), &bill, &row.id);
        // What cannot be made a command of is not lost: a person looks at it.
        Ok(match command(&bill, &name, &places(&found, &facts), seen.books, Override::No, CreditKind::Price) {
            Ok(command) => plan(command, name, row, seen, &facts, json!({})),
            Err(_) => waiting(row),
        })
    })
}

fn waiting(row: SupplierInvoice) -> Plan {
    let body = json!({"number": row.number, "seller": row.seller, "outcome": row.outcome});
    let (subject, cause) = (format!("invoice/{}", row.id), row.inbox.clone());
    let write: WriteFn = Box::new(move |_| {
        let answer = Answer { status: 202, body: row.id.clone() };
        Ok(Written { supplier_invoice: Some(SupplierInvoice { state: State::Waiting, ..row.clone() }), answer, ..Written::default() })
    });
    Plan { command: None, kind: "supplier invoice waits", subject, cause, body, write }
}

/// The plan that books it: with the order as it is from then on, or as held with the reason.
pub fn plan(command: Command, name: String, row: SupplierInvoice, seen: &Seen<'_>, facts: &Facts, mut body: Value) -> Plan {
    body["number"] = json!(row.number);
    body["seller"] = json!(row.seller);
    (body["net"], body["gross"]) = (json!(row.net), json!(row.gross));
    let orders = orders_of(&command);
    let of_command = |stored: &&Stored| orders.iter().any(|order| **order == *stored.order.number);
    let ids: Vec<String> = facts.stored.iter().filter(of_command).map(|stored| stored.order.id.clone()).collect();
    let at_hand: Vec<Stored> = seen.orders.iter().copied().filter(of_command).cloned().collect();
    let others: Vec<Arc<str>> = orders.into_iter().filter(|order| at_hand.iter().all(|stored| *stored.order.number != **order)).collect();
    let is_credit = matches!(command, Command::Credit(_));
    let (now, booked) = (seen.now, name.clone());
    let write: WriteFn = Box::new(move |decided| match decided.outcome {
        Ok(entry) => {
            let invoice = SupplierInvoice { state: State::Posted, booked: booked.clone(), ..without_refusal(&row)? };
            let orders = at_hand.iter().map(|stored| followed(stored, entry, &now.date())).collect();
            let (jobs, released) = (following::jobs(&others, now), ids.clone());
            let answer = Answer { status: 201, body: row.id.clone() };
            Ok(Written { supplier_invoice: Some(invoice), orders, jobs, released, answer, ..Written::default() })
        }
        Err(refusal) => held(&row, refusal, ids.first().filter(|_| !is_credit), now),
    });
    let kind = if is_credit { "supplier credit posted" } else { "supplier invoice posted" };
    let subject = format!("invoice/{name}");
    Plan { kind, subject, cause: String::new(), body, command: Some(command), write }
}

fn without_refusal(row: &SupplierInvoice) -> Result<SupplierInvoice> {
    rows::with(row, "refusal", Value::Null)
}

/// The books do not take it: kept with the reason, and shown beside what else is held.
fn held(row: &SupplierInvoice, refusal: &Refused, order: Option<&String>, now: Timestamp) -> Result<Written> {
    let over: Vec<Value> =
        refusal.over.iter().map(|over| json!({"budget": &*over.at.budget, "period": &*over.at.period, "short": over.short})).collect();
    let told = json!({"code": refusal.code.as_str(), "what": refusal.what, "over": over});
    let invoice = SupplierInvoice { state: State::Held, ..rows::with(row, "refusal", told)? };
    let is_held = refusal.outcome == Outcome::Held;
    let of_order = order.filter(|_| is_held);
    let held = of_order
        .into_iter()
        .map(|order| Held { order: order.clone(), refusal: refusal.clone(), gross: row.gross, held_at: now, tried_at: now })
        .collect();
    Ok(Written { supplier_invoice: Some(invoice), held, answer: Answer { status: 202, body: row.id.clone() }, ..Written::default() })
}

fn orders_of(command: &Command) -> Vec<Arc<str>> {
    let mut orders = command.names().orders;
    orders.sort();
    orders.dedup();
    orders
}

/// The order after an entry: invoiced where everything that came is.
fn followed(stored: &Stored, entry: &Entry, day: &str) -> Stored {
    let mut stored = stored.clone();
    stored.order.follow(entry, day);
    let is_done = stored.order.lines.iter().all(|line| line.open() <= Decimal::ZERO && line.billable() <= Decimal::ZERO);
    if is_done && stored.order.state.may_become(OrderState::Invoiced) {
        stored.order.state = OrderState::Invoiced;
    }
    stored.version += 1;
    stored
}

/// What is missing for it to be booked at all.
pub fn check_ready(bill: &Bill, facts: &Facts, found: &Match) -> Result<()> {
    let barred = |check: &matching::Check| matches!(check, matching::Check::Account | matching::Check::Supplier | matching::Check::Currency);
    let reason = found.stopping().find(|reason| barred(&reason.check));
    match reason {
        Some(reason) => Err(Finding::error(Code::Unusable, reason.check.as_str()).value(&reason.found).limit(&reason.expected).into()),
        None if facts.supplier.is_none() => Err(Finding::error(Code::Unusable, "supplier").value(&bill.seller.name).into()),
        None => Ok(()),
    }
}

/// An error that is a finding about one line.
pub fn wrong_line(at: usize, value: &str) -> Error {
    Finding::error(Code::Unusable, "line").line(u32::try_from(at + 1).unwrap_or(u32::MAX)).value(value).into()
}
