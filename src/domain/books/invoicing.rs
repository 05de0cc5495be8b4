//! Invoices, their cancellation and credits (chapter 12): what was reserved becomes expenditure in as many parts as there are invoices.
//! Never books a line to a guess, and never edits an invoice that stands.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::ceiling;
use super::command::{CreditKind, CreditLine, Division, InvoiceLine, InvoiceRun, OnCeiling, Override, PostCredit, PostInvoice, Subject};
use super::draft::Draft;
use super::entry::{Code, Entry, Refusal};
use super::position::{Line, Mode, Row, SplitKind, control, share_of, tax};
use super::{AMOUNT_MAX, Billed, Books, BudgetPeriod, Invoice, Share, Stage, is_sane};
use crate::domain::money::apportion;

fn too_large() -> Refusal {
    Refusal::new(Code::Amount, "")
}

pub fn invoice(books: &Books, wanted: &PostInvoice) -> Result<Entry, Refusal> {
    let mut draft = Draft::new(books);
    book(&mut draft, wanted)?;
    draft.finish(Code::CeilingReached, wanted.passing)
}

/// The tax of each line: per rate over the whole document, then apportioned (chapter 3).
fn taxes(lines: &[InvoiceLine]) -> Option<Vec<i64>> {
    let mut by_rate: BTreeMap<Decimal, Vec<usize>> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        by_rate.entry(line.tax_percent.normalize()).or_default().push(at);
    }
    let mut taxes = vec![0; lines.len()];
    for (rate, places) in by_rate {
        let nets: Vec<Decimal> = places.iter().map(|at| Decimal::from(lines[*at].net)).collect();
        let sum = places.iter().try_fold(0i64, |sum, at| sum.checked_add(lines[*at].net))?;
        for (at, share) in places.into_iter().zip(apportion(tax(sum, rate)?, &nets)?) {
            taxes[at] = share;
        }
    }
    Some(taxes)
}

fn book(draft: &mut Draft<'_>, wanted: &PostInvoice) -> Result<(), Refusal> {
    if draft.invoice(&wanted.invoice).is_some() {
        return Err(Refusal::new(Code::InvoiceExists, &wanted.invoice));
    }
    if wanted.lines.iter().any(|line| line.net.abs() > AMOUNT_MAX || !is_sane(line.quantity) || !is_sane(line.tax_percent)) {
        return Err(too_large());
    }
    let taxes = taxes(&wanted.lines).ok_or_else(too_large)?;
    let mut invoice = Invoice { number: wanted.invoice.clone(), active: true, quantities: Vec::new(), shares: Vec::new() };
    for (line, tax) in wanted.lines.iter().zip(taxes) {
        match &line.subject {
            Subject::OrderLine { order, line: number } => {
                let (rows, shares) = book_line(draft, order, number, line, tax, wanted.passing)?;
                invoice.quantities.push(Billed { order: order.clone(), line: number.clone(), quantity: line.quantity, rows });
                invoice.shares.extend(shares);
            }
            Subject::Budget(at) => {
                draft.postable(at)?;
                if !draft.takes_invoices(&at.period) {
                    return Err(Refusal::new(Code::PeriodNotOpen, &at.period));
                }
                let amount = control(line.net, tax, draft.books.tax_basis(&at.budget)).ok_or_else(too_large)?;
                draft.expend(at.clone(), amount);
                invoice.shares.push(Share { order: None, at: at.clone(), amount });
            }
        }
    }
    draft.put_invoice(invoice);
    Ok(())
}

/// Books one line; gives the rows that were invoiced apart, and what fell on each.
fn book_line(
    draft: &mut Draft<'_>,
    order: &Arc<str>,
    number: &Arc<str>,
    wanted: &InvoiceLine,
    tax_amount: i64,
    passing: Override,
) -> Result<(Vec<usize>, Vec<Share>), Refusal> {
    let name = || format!("{order}/{number}");
    let unknown = |_| Refusal::held(Code::UnknownLine, name());
    let stage = draft.order(order).map_err(unknown)?.stage;
    let before = draft.line(order, number).map_err(unknown)?;
    if stage != Stage::Placed {
        return Err(Refusal::new(Code::WrongState, order));
    }
    let mut line = before.clone();
    let Some(apart) = apart(&line, &wanted.division) else { return Err(Refusal::held(Code::SplitMismatch, name())) };
    match apart.as_slice() {
        [] => line.invoiced += wanted.quantity,
        rows => rows.iter().for_each(|at| line.rows[*at].apart.invoiced += wanted.quantity),
    }
    let is_over = |row: &Row| {
        let of = line.of_row(row);
        of.invoiced > of.ordered
    };
    let over = line.mode == Mode::Quantity && (line.invoiced > line.ordered || line.rows.iter().any(|row| line.is_sharing(row) && is_over(row)));
    if wanted.quantity < Decimal::ZERO || over {
        return Err(Refusal::held(Code::OverQuantity, name()));
    }
    let is_meant = |at: usize, row: &Row| if apart.is_empty() { !row.dropped } else { apart.contains(&at) };
    if line.rows.iter().enumerate().any(|(at, row)| is_meant(at, row) && !draft.takes_invoices(&row.at.period)) {
        return Err(Refusal::new(Code::PeriodNotOpen, name()));
    }
    let amounts = amounts(draft.books, &line, wanted.net, tax_amount, &wanted.division).ok_or_else(too_large)?;
    let Some(amounts) = amounts else { return Err(Refusal::held(Code::SplitMismatch, name())) };
    for (row, amount) in line.rows.iter_mut().zip(&amounts) {
        row.invoiced = row.invoiced.checked_add(*amount).ok_or_else(too_large)?;
        if *amount != 0 {
            *row.expended.entry(row.at.clone()).or_default() += amount;
        }
    }
    let held = |line: &Line| -> i64 {
        line.rows.iter().map(|row| line.position(row, Stage::Placed, true)).map(|position| position.committed + position.delivered).sum()
    };
    let liquidated = held(&before) - held(&line);
    if passing == Override::No && !is_within_tolerance(draft.books, amounts.iter().sum(), liquidated) {
        return Err(Refusal::held(Code::PriceTolerance, name()));
    }
    line.closed |= wanted.last;
    line.settle();
    let shares = (0..).zip(&line.rows).zip(&amounts).filter(|(_, amount)| **amount != 0);
    let shares = shares.map(|((at, row), amount)| Share { order: Some((order.clone(), number.clone(), at)), at: row.at.clone(), amount: *amount });
    let shares = shares.collect();
    draft.put(order, line);
    Ok((apart, shares))
}

/// The rows that a division names alone; none where it means the line as a whole. `None` when it names a budget that has no share of the line.
fn apart(line: &Line, division: &Division) -> Option<Vec<usize>> {
    let Division::Only(budgets) = division else { return Some(Vec::new()) };
    let of = |budget: &Arc<str>| line.rows.iter().any(|row| line.is_sharing(row) && row.at.budget == *budget);
    let rows = line.rows.iter().enumerate().filter(|(_, row)| line.is_sharing(row) && budgets.contains(&row.at.budget));
    let rows: Vec<usize> = rows.map(|(at, _)| at).collect();
    (!rows.is_empty() && budgets.iter().all(of)).then_some(rows)
}

/// The weights of a line as they divide an amount over the rows of one budget, of which there is one as a rule.
fn weights_of(line: &Line, budget: &str) -> Vec<Decimal> {
    let rows: Vec<bool> = line.rows.iter().map(|row| !row.dropped && *row.at.budget == *budget).collect();
    let has_weight = line.rows.iter().zip(&rows).any(|(row, is_of)| *is_of && !row.weight.is_zero());
    let weight = |(row, is_of): (&Row, &bool)| match (is_of, has_weight) {
        (false, _) => Decimal::ZERO,
        (true, true) => row.weight.abs(),
        (true, false) => Decimal::ONE,
    };
    line.rows.iter().zip(&rows).map(weight).collect()
}

/// What each row takes of an invoice line: by the weights of the order line, or as the invoice says. `Some(None)` when what it says does
/// not sum to the control amount, or names a budget the line is not on.
#[expect(clippy::option_option, reason = "no number that fits, and no split that does, are two answers")]
fn amounts(books: &Books, line: &Line, net: i64, tax_amount: i64, division: &Division) -> Option<Option<Vec<i64>>> {
    let control_of = |row: &Row| control(net, tax_amount, books.tax_basis(&row.at.budget));
    if let Division::Amounts(split) = division {
        let whole = line.rows.iter().find(|row| !row.dropped).map(control_of).unwrap_or(Some(0))?;
        let given = |row: &Row| split.iter().filter(|(budget, _)| *budget == row.at.budget && !row.dropped).map(|(_, amount)| *amount).sum::<i64>();
        let amounts: Vec<i64> = line.rows.iter().map(given).collect();
        let named = split.iter().all(|(budget, _)| line.rows.iter().any(|row| !row.dropped && row.at.budget == *budget));
        let sums = amounts.iter().try_fold(0i64, |sum, one| sum.checked_add(*one)) == Some(whole);
        return Some((named && sums).then_some(amounts));
    }
    let (weights, kind) = match division {
        Division::Only(budgets) => (weights_of(line, budgets.first()?), SplitKind::Weights),
        Division::Ordered | Division::Amounts(_) => {
            (line.rows.iter().map(|row| if row.dropped { Decimal::ZERO } else { row.weight }).collect(), line.split)
        }
    };
    let amount = |(at, row): (usize, &Row)| share_of(&weights, kind, control_of(row)?)?.get(at).copied().filter(|_| !row.dropped).or(Some(0));
    Some(Some(line.rows.iter().enumerate().map(amount).collect::<Option<_>>()?))
}

/// A positive variance must stay within each tolerance that is set; a lower price always passes (chapter 7).
fn is_within_tolerance(books: &Books, invoiced: i64, liquidated: i64) -> bool {
    let variance = invoiced.saturating_sub(liquidated);
    let settings = &books.settings;
    let by_percent = settings.tolerance_percent.is_none_or(|percent| {
        let most = Decimal::from(liquidated.max(0)).checked_mul(percent).and_then(|most| most.checked_div(Decimal::ONE_HUNDRED));
        most.is_none_or(|most| Decimal::from(variance) <= most)
    });
    variance <= 0 || (by_percent && settings.tolerance_absolute.is_none_or(|most| variance <= most))
}

/// A run: every item is an invoice of its own, in the order given. What fails a ceiling is held and keeps its money.
pub fn run(books: &Books, wanted: &InvoiceRun) -> Result<Entry, Refusal> {
    let number = |at: usize| format!("{}/{}", wanted.run, at + 1).into();
    let (draft, refusals) = tried(books, &wanted.items, wanted.on_ceiling, number);
    let mut entry = draft.finish(Code::CeilingReached, Override::No)?;
    for (item, refusal) in wanted.items.iter().zip(refusals) {
        let name = match &item.subject {
            Subject::OrderLine { order, line } => match &item.division {
                Division::Only(budgets) => format!("{order}/{line}@{}", budgets.join(",")),
                Division::Ordered | Division::Amounts(_) => format!("{order}/{line}"),
            },
            Subject::Budget(at) => at.to_string(),
        };
        if refusal.is_some() { entry.held.push(name) } else { entry.invoiced.push(name) }
    }
    Ok(entry)
}

/// Which of the items of an invoice may be booked, tried one after the other: nothing for one that may, the reason for one that may not.
pub fn sift(books: &Books, items: &[InvoiceLine], on_ceiling: OnCeiling) -> Vec<Option<Refusal>> {
    tried(books, items, on_ceiling, |at| format!("tried/{at}").into()).1
}

fn tried<'b>(
    books: &'b Books,
    items: &[InvoiceLine],
    on_ceiling: OnCeiling,
    number: impl Fn(usize) -> Arc<str>,
) -> (Draft<'b>, Vec<Option<Refusal>>) {
    let mut draft = Draft::new(books);
    let mut refusals: Vec<Option<Refusal>> = Vec::with_capacity(items.len());
    let mut full: BTreeMap<BudgetPeriod, Refusal> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        if on_ceiling == OnCeiling::StopAtFirst
            && let Some(refusal) = above(books, &draft, item).iter().find_map(|above| full.get(above))
        {
            refusals.push(Some(refusal.clone()));
            continue;
        }
        let mut with = draft.clone();
        let posted = book(&mut with, &PostInvoice { invoice: number(at), lines: vec![item.clone()], passing: Override::No });
        let judged = posted.and_then(|()| ceiling::judge(&with.test(), Code::CeilingReached, Override::No));
        match judged {
            Ok(()) => draft = with,
            Err(ref refusal) => full.extend(refusal.over.iter().map(|over| (over.at.clone(), refusal.clone()))),
        }
        refusals.push(judged.err());
    }
    (draft, refusals)
}

/// Every budget period that an item weighs on.
fn above(books: &Books, draft: &Draft<'_>, item: &InvoiceLine) -> Vec<BudgetPeriod> {
    match &item.subject {
        Subject::OrderLine { order, line } => {
            let rows = draft.line(order, line).map(|line| line.rows).unwrap_or_default();
            let is_meant = |row: &&Row| if let Division::Only(budgets) = &item.division { budgets.contains(&row.at.budget) } else { true };
            rows.iter().filter(is_meant).flat_map(|row| books.above(&row.at).to_vec()).collect()
        }
        Subject::Budget(at) => books.above(at).to_vec(),
    }
}

/// The position is worked out again from the facts; nothing is played backwards.
pub fn cancel(books: &Books, number: &Arc<str>) -> Result<Entry, Refusal> {
    let mut draft = Draft::new(books);
    let invoice = draft.invoice(number).cloned().ok_or_else(|| Refusal::new(Code::UnknownInvoice, number))?;
    if !invoice.active {
        return Err(Refusal::new(Code::AlreadyCancelled, number));
    }
    for Billed { order, line: number, quantity, rows } in &invoice.quantities {
        let mut line = draft.line(order, number)?;
        give_back(&mut line, rows, *quantity).ok_or_else(|| Refusal::new(Code::SplitMismatch, format!("{order}/{number}")))?;
        draft.put(order, line);
    }
    for share in &invoice.shares {
        if !draft.takes_invoices(&share.at.period) {
            return Err(Refusal::new(Code::PeriodClosed, &share.at.period));
        }
        match &share.order {
            None => draft.expend(share.at.clone(), -share.amount),
            Some((order, number, at)) => {
                let mut line = draft.line(order, number)?;
                if let Some(row) = line.rows.get_mut(*at) {
                    row.invoiced -= share.amount;
                    spend(row, &share.at, -share.amount);
                }
                draft.put(order, line);
            }
        }
    }
    draft.put_invoice(Invoice { active: false, ..invoice });
    draft.finish(Code::InsufficientFunds, Override::No)
}

/// A line, or only these rows of it, is not invoiced for so many pieces any more. `None` when one of the rows has no share of the line now: nobody
/// would be invoiced for those pieces again.
fn give_back(line: &mut Line, rows: &[usize], quantity: Decimal) -> Option<()> {
    let sharing = line.rows.iter().enumerate().filter(|(_, row)| line.is_sharing(row)).map(|(at, _)| at);
    let rows: Vec<usize> = if rows.is_empty() { sharing.collect() } else { rows.to_vec() };
    if rows.is_empty() {
        line.invoiced = (line.invoiced - quantity).max(Decimal::ZERO);
    }
    for at in rows {
        let row = line.rows.get(at).filter(|row| line.is_sharing(row))?;
        let less = quantity.min(line.of_row(row).invoiced);
        line.rows[at].apart.invoiced -= less;
    }
    line.settle();
    Some(())
}

fn spend(row: &mut Row, at: &BudgetPeriod, amount: i64) {
    let spent = row.expended.entry(at.clone()).or_default();
    *spent += amount;
    if *spent == 0 {
        row.expended.remove(at);
    }
}

pub fn credit(books: &Books, wanted: &PostCredit) -> Result<Entry, Refusal> {
    let mut draft = Draft::new(books);
    let corrected = wanted.invoice.as_ref().and_then(|number| draft.invoice(number)).filter(|invoice| invoice.active).cloned();
    for one in &wanted.lines {
        credit_line(&mut draft, one, corrected.as_ref(), wanted.open_period.as_ref())?;
    }
    draft.finish(Code::InsufficientFunds, Override::No)
}

fn credit_line(draft: &mut Draft<'_>, wanted: &CreditLine, corrected: Option<&Invoice>, open_period: Option<&Arc<str>>) -> Result<(), Refusal> {
    let (order, name) = (&wanted.order, format!("{}/{}", wanted.order, wanted.line));
    let mut line = draft.line(order, &wanted.line)?;
    let goods = match wanted.kind {
        CreditKind::Price => Decimal::ZERO,
        CreditKind::Refund | CreditKind::Replace => wanted.quantity,
    };
    if wanted.net > AMOUNT_MAX || !is_sane(wanted.quantity) {
        return Err(too_large());
    }
    if goods < Decimal::ZERO || wanted.net < 0 {
        return Err(Refusal::new(Code::OverQuantity, name));
    }
    match &wanted.only {
        Some(budget) if !goods.is_zero() => {
            let rows = billed_with(&line, budget, corrected, wanted);
            take_back(&mut line, &rows, goods, wanted.kind)
        }
        _ if goods > line.invoiced => None,
        _ => {
            line.invoiced -= goods;
            line.delivered = (line.delivered - goods).max(Decimal::ZERO);
            line.ordered -= if wanted.kind == CreditKind::Refund { goods } else { Decimal::ZERO };
            Some(())
        }
    }
    .ok_or_else(|| Refusal::new(Code::OverQuantity, &name))?;
    line.settle();
    if wanted.kind == CreditKind::Refund {
        line.reserve(draft.books).ok_or_else(too_large)?;
    }
    let weights = match &wanted.only {
        Some(budget) => credited_weights(&line, budget).ok_or_else(|| Refusal::new(Code::SplitMismatch, &name))?,
        None => corrected.and_then(|invoice| taken_weights(&line, invoice, wanted)).unwrap_or_else(|| spent_weights(&line)),
    };
    let tax_amount = tax(wanted.net, wanted.tax_percent).ok_or_else(too_large)?;
    let amounts: Vec<i64> = line
        .rows
        .iter()
        .enumerate()
        .map(|(at, row)| apportion(control(wanted.net, tax_amount, draft.books.tax_basis(&row.at.budget))?, &weights)?.get(at).copied())
        .collect::<Option<_>>()
        .ok_or_else(too_large)?;
    for (row, amount) in line.rows.iter_mut().zip(amounts) {
        let places: Vec<BudgetPeriod> = row.expended.keys().rev().cloned().collect();
        let open = places.into_iter().find(|at| draft.takes_invoices(&at.period));
        let elsewhere = || {
            let period = open_period.cloned().unwrap_or_else(|| row.at.period.clone());
            BudgetPeriod { budget: row.at.budget.clone(), period }
        };
        let at = open.unwrap_or_else(elsewhere);
        if amount != 0 && !draft.takes_invoices(&at.period) {
            return Err(Refusal::new(Code::PeriodNotOpen, &at.period));
        }
        spend(row, &at, -amount);
    }
    draft.put(order, line);
    Ok(())
}

/// The rows of a budget, and those that were invoiced together with it because nothing fell on them: nobody else would ever take their pieces back.
fn billed_with(line: &Line, budget: &str, corrected: Option<&Invoice>, wanted: &CreditLine) -> Vec<usize> {
    let is_own = |at: usize| line.rows.get(at).is_some_and(|row| *row.at.budget == *budget);
    let billed = corrected.iter().flat_map(|invoice| &invoice.quantities);
    let mut together = billed.filter(|billed| billed.order == wanted.order && billed.line == wanted.line && billed.rows.iter().any(|at| is_own(*at)));
    let along = together.next().map(|billed| billed.rows.as_slice()).unwrap_or_default();
    let is_meant = |at: usize| is_own(at) || along.contains(&at);
    line.rows.iter().enumerate().filter(|(at, row)| line.is_sharing(row) && is_meant(*at)).map(|(at, _)| at).collect()
}

/// Pieces for which these rows have their money back, and the others not yet. `None` when there are none, or one was invoiced for less.
fn take_back(line: &mut Line, rows: &[usize], goods: Decimal, kind: CreditKind) -> Option<()> {
    let invoiced = rows.iter().map(|at| line.of_row(&line.rows[*at]).invoiced).min()?;
    if goods > invoiced {
        return None;
    }
    for at in rows.iter().copied() {
        let delivered = line.of_row(&line.rows[at]).delivered.min(goods);
        let apart = &mut line.rows[at].apart;
        apart.invoiced -= goods;
        apart.delivered -= delivered;
        apart.ordered -= if kind == CreditKind::Refund { goods } else { Decimal::ZERO };
    }
    Some(())
}

/// A credit mirrors what was booked: it is divided as the invoice is that it corrects. `None` where that took nothing of the line, or gave back.
fn taken_weights(line: &Line, corrected: &Invoice, wanted: &CreditLine) -> Option<Vec<Decimal>> {
    let mut taken = vec![Decimal::ZERO; line.rows.len()];
    for share in &corrected.shares {
        if let Some((order, number, at)) = &share.order
            && *order == wanted.order
            && *number == wanted.line
        {
            *taken.get_mut(*at)? += Decimal::from(share.amount);
        }
    }
    (taken.iter().all(|amount| *amount >= Decimal::ZERO) && taken.iter().any(|amount| !amount.is_zero())).then_some(taken)
}

/// Without a known invoice it is divided as the expenditure is, else as the line is; so, too, where one budget was invoiced and another was not.
fn spent_weights(line: &Line) -> Vec<Decimal> {
    let spent: Vec<Decimal> = line.rows.iter().map(|row| Decimal::from(row.expended.values().sum::<i64>())).collect();
    match !line.is_apart() && spent.iter().all(|amount| *amount >= Decimal::ZERO) && spent.iter().any(|amount| !amount.is_zero()) {
        true => spent,
        false => line.rows.iter().map(|row| if row.dropped { Decimal::ZERO } else { row.weight }).collect(),
    }
}

/// The same for one budget alone, also one that the line has left. `None` when the line was never on it.
fn credited_weights(line: &Line, budget: &str) -> Option<Vec<Decimal>> {
    let weights = weights_of(line, budget);
    if weights.iter().any(|weight| !weight.is_zero()) {
        return Some(weights);
    }
    let left = line.rows.iter().position(|row| *row.at.budget == *budget)?;
    Some((0..line.rows.len()).map(|at| if at == left { Decimal::ONE } else { Decimal::ZERO }).collect())
}
