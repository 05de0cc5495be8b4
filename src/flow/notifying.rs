//! Whom an entry of the books concerns, and what they are told: budget holders of thresholds that were crossed (chapter 7), buyer and budget
//! holders of money that is free again because something cannot be delivered (chapter 10). Makes messages; the bookkeeper writes them with
//! the entry that causes them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::ordering;
use crate::domain::books::entry::{Account, Entry};
use crate::domain::books::{Books, BudgetPeriod};
use crate::domain::money::{Currency, Money};
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::store::json::{parse, str_of};
use crate::store::order::Stored;
use crate::store::organisation::Organisation;
use crate::store::outbox::Message;

/// The mail address of whoever answers for a budget, or for the nearest one above it that names somebody.
pub fn holder(books: &Books, budget: &str) -> Option<String> {
    let mut at = books.budgets.get(budget);
    while let Some(budget) = at {
        if budget.owner.contains('@') {
            return Some(budget.owner.to_string());
        }
        at = budget.parent.as_ref().and_then(|parent| books.budgets.get(parent));
    }
    None
}

/// The buyer's own address.
pub fn address(buyer: &Organisation) -> Result<Option<String>> {
    let settings = parse(&buyer.settings)?;
    Ok(Some(str_of(&settings, "mail").to_string()).filter(|mail| !mail.is_empty()))
}

/// An amount of the books as mails show it.
pub fn amount(minor: i64, currency: &str) -> String {
    let currency = Currency::parse(currency).unwrap_or(Currency::EUR);
    format!("{currency} {}", Money::new(minor, currency).decimal())
}

/// A mail for each threshold that was crossed upwards: to the holder of the budget, else to the buyer.
pub fn thresholds(tenant: &str, books: &Books, entry: &Entry, buyer: &Organisation, now: Timestamp) -> Result<Vec<Message>> {
    let mut messages = Vec::new();
    for crossed in &entry.crossed {
        let Some(recipient) = holder(books, &crossed.at.budget).map_or_else(|| address(buyer), |holder| Ok(Some(holder)))? else { continue };
        let available = books.standing(&crossed.at).map_or(0, |standing| standing.reported_available());
        let values = json!({
            "budget": crossed.at.to_string(), "percent": crossed.percent.to_string(), "available": amount(available, &buyer.currency),
        });
        let payload = json!({"template": "threshold", "language": buyer.language.as_str(), "values": values});
        // Waits for no other: a letter that cannot be delivered does not keep the next threshold silent.
        let lane = format!("budget/{}/{}/{}", crossed.at, crossed.percent, now);
        messages.push(ordering::message(tenant, "mail", &lane, &recipient, &payload, now));
    }
    Ok(messages)
}

/// What an entry gave back, by budget period: what left commitments and requests and went nowhere else.
pub fn released(entry: &Entry) -> BTreeMap<BudgetPeriod, i64> {
    let mut released: BTreeMap<BudgetPeriod, i64> = BTreeMap::new();
    for leg in entry.legs.iter().filter(|leg| leg.account == Account::Available && leg.amount > 0) {
        *released.entry(leg.at()).or_default() += leg.amount;
    }
    released
}

/// Mails about an order that cannot be delivered in part or at all, with the amounts that are free again: to the buyer all of them, to the
/// holders of budgets theirs.
pub fn cannot_deliver(stored: &Stored, books: &Books, entry: &Entry, buyer: &Organisation, now: Timestamp) -> Result<Vec<Message>> {
    let released = released(entry);
    let told = |recipient: &str, concerns: &dyn Fn(&BudgetPeriod) -> bool| {
        let amounts = released.iter().filter(|(at, _)| concerns(at));
        let amounts: Vec<Value> = amounts.map(|(at, minor)| json!({"budget": at.to_string(), "amount": amount(*minor, &buyer.currency)})).collect();
        let payload = json!({
            "template": "cannot-deliver", "language": buyer.language.as_str(), "order": ordering::order_json(&stored.order, &[]), "released": amounts,
        });
        ordering::message(&stored.tenant, "mail", &stored.order.id, recipient, &payload, now)
    };
    let of_buyer = address(buyer)?;
    let mut messages: Vec<Message> = of_buyer.iter().map(|address| told(address, &|_| true)).collect();
    let holders: BTreeSet<String> =
        released.keys().filter_map(|at| holder(books, &at.budget)).filter(|mail| Some(mail) != of_buyer.as_ref()).collect();
    messages.extend(holders.iter().map(|mail| told(mail, &|at| holder(books, &at.budget).as_ref() == Some(mail))));
    Ok(messages)
}
