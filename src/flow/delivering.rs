//! The supplier's side of an order: confirm, ship, say what cannot be delivered. Each is one commit with its journal entry, its budget
//! moves and what is owed to the buyer.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::json;

use super::signing::Caller;
use super::{booking, ordering};
use crate::app::App;
use crate::domain::order::{Line, State, part_of};
use crate::error::{Error, Refusal, Result};
use crate::store::journal::{Entry, Move};
use crate::store::json::str_of;
use crate::store::order::Stored;
use crate::store::{self, Tx};

/// An order that is this supplier's (or any, for the operator).
pub async fn order(tx: &mut Tx, caller: &Caller, tenant: &str, id: &str) -> Result<Stored> {
    let stored = store::order::by_id(tx, tenant, id).await?;
    let operator = caller.person.roles.iter().any(|role| role == super::applying::OPERATOR);
    stored.filter(|s| operator || s.order.supplier == caller.person.tenant).ok_or_else(|| Error::not_found("order", id))
}

fn check_move(stored: &Stored, next: State) -> Result<()> {
    if stored.order.state.may_become(next) {
        return Ok(());
    }
    Err(Error::Refused(Refusal::State { what: "order".into(), state: stored.order.state.as_str().into() }))
}

/// The supplier takes the order on. Confirming twice is confirming once.
pub async fn confirm(app: &App, caller: &Caller, tenant: &str, id: &str) -> Result<()> {
    let mut tx = app.store.begin().await?;
    let head = store::journal::lock_head(&mut tx, tenant).await?;
    let stored = order(&mut tx, caller, tenant, id).await?;
    if stored.order.state == State::Confirmed {
        return Ok(());
    }
    check_move(&stored, State::Confirmed)?;
    store::order::advance(&mut tx, &stored, State::Confirmed).await?;
    booking::book(&mut tx, tenant, &head, &entry(app, caller, &stored, "order confirmed", Vec::new(), json!({}))).await?;
    tx.commit().await
}

/// Everything that is still open leaves the house; what budgets held for it becomes delivered.
pub async fn ship(app: &App, caller: &Caller, tenant: &str, id: &str) -> Result<()> {
    let mut tx = app.store.begin().await?;
    let head = store::journal::lock_head(&mut tx, tenant).await?;
    let mut stored = order(&mut tx, caller, tenant, id).await?;
    check_move(&stored, State::Shipped)?;
    let mut moved: BTreeMap<String, i64> = BTreeMap::new();
    let mut lines = stored.order.lines.clone();
    for line in lines.iter_mut().filter(|line| line.open() > Decimal::ZERO) {
        let part = line.open();
        if let Some(code) = &line.budget {
            *moved.entry(code.clone()).or_default() += line.held;
        }
        line.shipped += part;
        store::order::update_line(&mut tx, &stored, line).await?;
    }
    stored.order.lines = lines;
    store::order::advance(&mut tx, &stored, State::Shipped).await?;
    let moves = moved.into_iter().map(|(budget, amount)| Move { budget, from: "committed", to: "delivered", amount }).collect();
    booking::book(&mut tx, tenant, &head, &entry(app, caller, &stored, "order shipped", moves, json!({}))).await?;
    tell_buyer(&mut tx, app, tenant, &stored, "shipped").await?;
    tx.commit().await
}

/// Lines that cannot be had: the money is free again at once, and the buyer is told.
pub async fn refuse_lines(app: &App, caller: &Caller, tenant: &str, id: &str, wanted: &[u32], reason: &str) -> Result<()> {
    let mut tx = app.store.begin().await?;
    let head = store::journal::lock_head(&mut tx, tenant).await?;
    let mut stored = order(&mut tx, caller, tenant, id).await?;
    if !matches!(stored.order.state, State::Placed | State::Confirmed) {
        return Err(Error::Refused(Refusal::State { what: "order".into(), state: stored.order.state.as_str().into() }));
    }
    let mut freed: BTreeMap<String, i64> = BTreeMap::new();
    let mut lines = stored.order.lines.clone();
    let mut touched = 0;
    for line in lines.iter_mut().filter(|line| wanted.contains(&line.line) && line.open() > Decimal::ZERO) {
        let part = line.open();
        let money = part_of(line, part);
        if let Some(code) = &line.budget {
            *freed.entry(code.clone()).or_default() += money;
        }
        line.refused += part;
        line.held -= money;
        touched += 1;
        store::order::update_line(&mut tx, &stored, line).await?;
    }
    if touched == 0 {
        return Err(Error::Refused(Refusal::Nothing { what: "order".into() }));
    }
    let all_refused = lines.iter().all(|line: &Line| line.refused == line.quantity);
    let nothing_open = lines.iter().all(|line: &Line| line.open().is_zero());
    stored.order.lines = lines;
    let next = match (all_refused, nothing_open) {
        (true, _) => State::Cancelled,
        (false, true) if stored.order.lines.iter().any(|line| line.shipped > Decimal::ZERO) => State::Shipped,
        _ => stored.order.state,
    };
    store::order::advance(&mut tx, &stored, next).await?;
    let moves = freed.into_iter().map(|(budget, amount)| Move { budget, from: "committed", to: "available", amount }).collect();
    let body = json!({"lines": wanted, "reason": reason.chars().take(500).collect::<String>()});
    booking::book(&mut tx, tenant, &head, &entry(app, caller, &stored, "lines cannot be delivered", moves, body)).await?;
    tell_buyer(&mut tx, app, tenant, &stored, "cannot-deliver").await?;
    tx.commit().await
}

fn entry(app: &App, caller: &Caller, stored: &Stored, kind: &'static str, moves: Vec<Move>, body: serde_json::Value) -> Entry {
    Entry {
        at: app.clock.now(),
        actor: caller.person.sign_in.clone(),
        kind,
        subject: format!("order/{}", stored.order.number),
        cause: stored.order.id.clone(),
        body,
        moves,
    }
}

/// A mail to the buyer's organisation, in its language.
pub async fn tell_buyer(tx: &mut Tx, app: &App, tenant: &str, stored: &Stored, template: &str) -> Result<()> {
    let Some(buyer) = store::organisation::by_id(tx, tenant).await? else { return Ok(()) };
    let settings = store::json::parse(&buyer.settings)?;
    let recipient = str_of(&settings, "mail");
    if recipient.is_empty() {
        return Ok(());
    }
    let payload = json!({"template": template, "language": buyer.language.as_str(), "order": ordering::order_json(&stored.order, &[])});
    let now = app.clock.now();
    store::outbox::insert(tx, &ordering::message(tenant, "mail", &stored.order.id, recipient, &payload, now), now).await
}
