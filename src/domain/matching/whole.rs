//! What must fit of an invoice as a whole: who it is from and for, the order, the currency, the account, the day, what is charged besides,
//! and the total. Never looks inside a line.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::bill::Bill;
use super::lines::decimals;
use super::normal::account;
use super::ordered::{Ordered, OrderedLine};
use super::orders::FoundOrders;
use super::tolerance::Tolerances;
use super::{Check, Known, LineMatch, Reason, Target, Weight};
use crate::domain::time::day_after;

pub fn compare(bill: &Bill, known: &Known<'_>, found: &FoundOrders, lines: &mut [LineMatch], tolerances: &Tolerances) -> Vec<Reason> {
    let orders: Vec<&Ordered> = found.whole.iter().filter_map(|found| known.orders.get(found.order)).collect();
    let mut reasons = parties(bill, known);
    if orders.is_empty() {
        reasons.push(Reason::stops(Check::Order, "", &bill.order));
    }
    for order in &orders {
        if !order.is_binding {
            reasons.push(Reason::stops(Check::Order, "", &order.number));
        }
        if order.currency != bill.currency {
            reasons.push(Reason::stops(Check::Currency, &order.currency, &bill.currency));
        }
    }
    reasons.extend(days(bill, known, &orders, tolerances));
    reasons.extend(charges(bill, known, &orders, lines, tolerances));
    reasons.extend(total(bill, known, lines, tolerances));
    reasons
}

fn parties(bill: &Bill, known: &Known<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if known.supplier.is_none() {
        reasons.push(Reason::stops(Check::Supplier, "", &bill.seller.name));
    }
    if known.recipient.contradicts(&bill.buyer) && !known.recipient.is_same(&bill.buyer) {
        reasons.push(Reason::stops(Check::Recipient, &known.recipient.name, &bill.buyer.name));
    }
    let is_known = |wanted: &str| known.accounts.iter().any(|known| account(known) == account(wanted));
    let strange = bill.accounts.iter().filter(|wanted| known.supplier.is_some() && !is_known(wanted));
    reasons.extend(strange.map(|wanted| Reason::stops(Check::Account, known.accounts.join(", "), wanted)));
    reasons
}

/// Neither before the order nor in the future; ISO days sort as they follow.
fn days(bill: &Bill, known: &Known<'_>, orders: &[&Ordered], tolerances: &Tolerances) -> Vec<Reason> {
    let later = |day: &str| day_after(day, tolerances.days).unwrap_or_else(|| day.to_string());
    let mut reasons = Vec::new();
    let first = orders.iter().map(|order| order.placed_on.as_str()).filter(|day| !day.is_empty()).max();
    if let Some(first) = first.filter(|first| later(&bill.issued_on).as_str() < *first) {
        reasons.push(Reason::stops(Check::Date, first, &bill.issued_on));
    }
    if bill.issued_on > later(known.today) {
        reasons.push(Reason::stops(Check::Future, known.today, &bill.issued_on));
    }
    reasons
}

/// What is charged on the whole, and lines without an article that are on no order, beside the charges that were ordered.
fn charges(bill: &Bill, known: &Known<'_>, orders: &[&Ordered], lines: &mut [LineMatch], tolerances: &Tolerances) -> Option<Reason> {
    // What has a line of its own is not charged a second time.
    let is_charge = |target: &Target| known.orders.get(target.order).is_some_and(|order| order.charges.iter().any(|charge| charge.id == target.line));
    let by_name = lines.iter().zip(&bill.lines).filter(|(line, _)| line.target.as_ref().is_some_and(is_charge));
    let apart: Decimal = by_name.map(|(_, billed)| billed.net).sum();
    let of_lines = lines.iter_mut().zip(&bill.lines).filter(|(line, billed)| line.target.is_none() && !billed.has_article());
    let mut besides: Vec<&mut LineMatch> = of_lines.filter(|(_, billed)| billed.net > Decimal::ZERO).map(|(line, _)| line).collect();
    let as_lines: Decimal = besides.iter().flat_map(|line| &line.reasons).map(|reason| reason.money).sum();
    let charged: Decimal = bill.charges.iter().map(|charge| charge.amount).sum();
    let ordered: Decimal = orders.iter().flat_map(|order| &order.charges).map(|charge| charge.open).sum::<Decimal>() - apart;
    let over = charged.checked_add(as_lines)?.checked_sub(ordered)?;
    let passes = over <= tolerances.charges || tolerances.is_small(over);
    if passes {
        let reasons = besides.iter_mut().flat_map(|line| &mut line.reasons).filter(|reason| reason.check == Check::NotOrdered);
        reasons.for_each(|reason| reason.weight = Weight::Within);
    }
    let named = bill.charges.iter().map(|charge| charge.reason.as_str()).filter(|reason| !reason.is_empty()).collect::<Vec<_>>().join(", ");
    let found = if named.is_empty() { charged.to_string() } else { format!("{charged} ({named})") };
    match (charged.is_zero(), charged == ordered, passes) {
        (true, _, _) | (false, true, _) => None,
        (false, false, true) => Some(Reason::within(Check::Charge, ordered, found).worth(charged - ordered)),
        (false, false, false) => Some(Reason::stops(Check::Charge, ordered, found).worth(charged - ordered)),
    }
}

/// BT-109 beside what the order says of the same quantities; only where every line was found and could be counted.
fn total(bill: &Bill, known: &Known<'_>, lines: &[LineMatch], tolerances: &Tolerances) -> Option<Reason> {
    // A credit of less than the price is a credit on the price: nothing more is to be paid.
    let found = bill.net.filter(|_| !bill.is_credit())?;
    let of_orders = known
        .orders
        .iter()
        .enumerate()
        .flat_map(|(at, order)| order.lines.iter().chain(&order.charged).map(move |line| ((at, line.line.as_str()), line)));
    let ordered: HashMap<(usize, &str), &OrderedLine> = of_orders.collect();
    let mut expected: Decimal = bill.charges.iter().map(|charge| charge.amount).sum();
    for (line, billed) in lines.iter().zip(&bill.lines) {
        let by_order = |target: &Target| ordered.get(&(target.order, target.line.as_str())).copied();
        let of_line = match line.target.as_ref().map(by_order) {
            Some(ordered) if !line.reasons.iter().any(|reason| matches!(reason.check, Check::Unit | Check::Budget)) => match billed.share() {
                // Of a share what falls on its budget, not what the pieces cost on all of them.
                Some((pieces, budget)) => ordered?.falls_on(budget, pieces, Decimal::ZERO, decimals(bill))?,
                None => ordered?.unit_price()?.checked_mul(line.quantity)?,
            },
            Some(_) => return None,
            None if line.reasons.iter().all(|reason| reason.weight == Weight::Within) => billed.net,
            None => return None,
        };
        expected = expected.checked_add(of_line)?;
    }
    let difference = found.checked_sub(expected)?;
    let passes = tolerances.total_passes(difference, expected) || tolerances.is_small(difference);
    let expected = expected.round_dp(2);
    (!passes).then(|| Reason::stops(Check::Total, expected, found).worth((found - expected).round_dp(2)))
}
