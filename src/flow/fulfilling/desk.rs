//! The desk's list: what came in from all buyers and needs somebody now, and many orders confirmed at once, each answered by itself. The
//! operator sees the desks of all suppliers.

use std::collections::BTreeMap;

use super::{Target, answering, id_of};
use crate::app::App;
use crate::domain::fulfilment::Source;
use crate::domain::order::State;
use crate::domain::time::ZONE;
use crate::error::Result;
use crate::flow::applying::OPERATOR;
use crate::flow::signing::Caller;
use crate::store::desk::{Listed, Need, Search};
use crate::store::{self, Tx};

/// The most orders that are confirmed at once.
pub const BULK_MAX: usize = 500;

/// The suppliers whose desks the caller works at.
async fn suppliers(tx: &mut Tx, caller: &Caller) -> Result<Vec<String>> {
    if !caller.person.roles.iter().any(|role| role == OPERATOR) {
        return Ok(vec![caller.person.tenant.clone()]);
    }
    let all = store::organisation::all(tx).await?;
    Ok(all.into_iter().filter(|organisation| organisation.kind == "supplier").map(|organisation| organisation.id).collect())
}

/// Today where the caller's organisation is, and its time zone.
pub async fn today(app: &App, tx: &mut Tx, caller: &Caller) -> Result<(String, String)> {
    let zone = store::organisation::time_zone(tx, &caller.person.tenant).await?;
    let zone = if zone.is_empty() { ZONE.to_string() } else { zone };
    Ok((app.clock.now().local(&zone).0, zone))
}

/// A page of the list, newest first.
pub async fn list(app: &App, caller: &Caller, search: &Search, limit: u32) -> Result<Vec<Listed>> {
    let mut tx = app.store.read().await?;
    let (today, _) = today(app, &mut tx, caller).await?;
    let search = Search { today, ..search.clone() };
    let mut all = Vec::new();
    for supplier in suppliers(&mut tx, caller).await? {
        all.extend(store::desk::list(&mut tx, &supplier, &search, limit).await?);
    }
    all.sort_by(|a, b| b.stored.order.id.cmp(&a.stored.order.id));
    all.truncate(limit as usize);
    Ok(all)
}

/// How many orders need what.
pub async fn needs(app: &App, caller: &Caller) -> Result<Vec<(Need, i64)>> {
    let mut tx = app.store.read().await?;
    let (today, _) = today(app, &mut tx, caller).await?;
    let mut sums = [0i64; 5];
    for supplier in suppliers(&mut tx, caller).await? {
        let counts = store::desk::needs(&mut tx, &supplier, &today).await?;
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    Ok(Need::ALL.into_iter().zip(sums).collect())
}

/// The buyers that the list may be filtered by: those that ordered here.
pub async fn buyers(app: &App, caller: &Caller) -> Result<BTreeMap<String, String>> {
    let mut tx = app.store.read().await?;
    let mut all = BTreeMap::new();
    for supplier in suppliers(&mut tx, caller).await? {
        all.extend(store::desk::buyers(&mut tx, &supplier).await?);
    }
    Ok(all)
}

/// What tells a page that is open whether it is still true.
pub async fn pulse(app: &App, caller: &Caller) -> Result<String> {
    let mut tx = app.store.read().await?;
    let mut all = Vec::new();
    for supplier in suppliers(&mut tx, caller).await? {
        all.push(store::desk::pulse(&mut tx, &supplier).await?);
    }
    Ok(all.join("."))
}

/// An order that is to be confirmed, in the version that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picked {
    pub buyer: String,
    pub number: String,
    pub version: Option<i64>,
}

/// Confirms many orders, each for itself: one that cannot be is no reason not to confirm the others.
pub async fn confirm(app: &App, caller: &Caller, picked: &[Picked], source: Source) -> Vec<Result<()>> {
    let mut outcomes = Vec::with_capacity(picked.len());
    for one in picked.iter().take(BULK_MAX) {
        outcomes.push(confirm_one(app, caller, one, source).await);
    }
    outcomes
}

async fn confirm_one(app: &App, caller: &Caller, one: &Picked, source: Source) -> Result<()> {
    let id = id_of(app, caller, &one.buyer, &one.number).await?;
    let target = Target { tenant: &one.buyer, id: &id, version: one.version, source, key: None };
    answering::confirm(app, caller, &target).await
}

/// States that the list may be filtered by.
pub const STATES: [State; 5] = [State::Placed, State::Confirmed, State::Shipped, State::Invoiced, State::Cancelled];
