//! What every step about a supplier's order has in common: the order as its supplier may see it, the booking of a step, the order as the books
//! have it. What the steps are is said in `fulfilling` and `invoicing`; what may follow what by `domain/order.rs` and the books.

use serde_json::json;

use super::bookkeeping::{Answer, Booking, Done, Plan, Seen, WriteFn, Written};
use super::signing::Caller;
use super::{granting, notifying, ordering};
use crate::domain::books::command::Names;
use crate::domain::books::entry::Entry;
use crate::domain::books::{Books, Stage};
use crate::domain::order::{Line, State, after_refusal};
use crate::domain::time::Timestamp;
use crate::error::{Error, Refusal, Result};
use crate::flow::invoicing::items;
use crate::store::order::Stored;
use crate::store::organisation::Organisation;
use crate::store::outbox::Message;
use crate::store::{self, Tx};
use crate::wire::cxml::kept::SALES_ORDER;

/// An order that is this supplier's (or any, for the operator).
pub async fn order(tx: &mut Tx, caller: &Caller, tenant: &str, id: &str) -> Result<Stored> {
    let stored = store::order::by_id(tx, tenant, id).await?;
    let operator = caller.person.roles.iter().any(|role| role == super::applying::OPERATOR);
    stored.filter(|s| operator || (s.order.supplier == caller.person.tenant && s.is_sent())).ok_or_else(|| Error::not_found("order", id))
}

/// What an order is called here that only its supplier gave a number: two suppliers may give the same one.
pub fn numbered(supplier: &str, number: &str) -> String {
    format!("{supplier}-{number}")
}

/// The order that a supplier knows by a number of its own: one that is called by it here, or one whose document has it (`SalesOrderID`).
pub async fn by_suppliers_number(tx: &mut Tx, tenant: &str, supplier: &str, number: &str) -> Result<Option<Stored>> {
    if let Some(stored) = store::order::by_number(tx, tenant, &numbered(supplier, number)).await?.filter(|stored| stored.order.supplier == supplier) {
        return Ok(Some(stored));
    }
    let held = format!("{}:{}", json!(SALES_ORDER), json!(number));
    store::order::of_supplier_by_document(tx, tenant, supplier, &held).await
}

/// The order as it is when it is this booking's turn.
pub fn seen<'a>(seen: &'a Seen<'_>) -> Result<&'a Stored> {
    seen.orders.first().copied().ok_or_else(|| Error::internal("a booking without its order"))
}

/// A booking of the supplier's about an order, from its plan.
pub fn booking(caller: &Caller, stored: &Stored, plan: impl Fn(&Seen<'_>) -> Result<Plan> + Send + Sync + 'static) -> Booking {
    Booking {
        actor: caller.person.sign_in.clone(),
        asker: granting::supplier(caller),
        keys: Vec::new(),
        fingerprint: String::new(),
        names: Names { orders: vec![stored.order.number.as_str().into()], ..Names::default() },
        orders: vec![stored.order.id.clone()],
        series: None,
        preview: false,
        received: None,
        plan: Box::new(plan),
    }
}

/// Writes the order in its new state, its lines as the books have them, and what is owed; or says why the books refused.
pub fn advancing(
    stored: &Stored,
    next: impl Fn(&[Line]) -> State + Send + 'static,
    owed: impl Fn(&mut Stored, &Books, &Entry) -> Result<Vec<Message>> + Send + 'static,
) -> WriteFn {
    let stored = stored.clone();
    Box::new(move |decided| {
        let entry = decided.outcome.as_ref().map_err(|refusal| Error::Refused(Refusal::Books(refusal.clone())))?;
        let mut stored = stored.clone();
        items::follow(&mut stored, decided, entry);
        stored.order.state = next(&stored.order.lines);
        stored.version += 1;
        let messages = owed(&mut stored, decided.books, entry)?;
        Ok(Written { orders: vec![stored], messages, ..Written::default() })
    })
}

/// Where an order stands by what the books say of it.
pub fn state_of(before: State, stage: Stage, lines: &[Line]) -> State {
    match stage {
        Stage::Requested => before,
        Stage::Rejected => State::Rejected,
        Stage::Expired => State::Expired,
        Stage::Cancelled => State::Cancelled,
        Stage::Placed => after_refusal(before, lines),
    }
}

/// A mail to the buyer's organisation, in its language.
pub fn tell_buyer(stored: &Stored, buyer: Option<&Organisation>, template: &str, now: Timestamp) -> Result<Vec<Message>> {
    let Some(buyer) = buyer else { return Ok(Vec::new()) };
    let Some(recipient) = notifying::address(buyer)? else { return Ok(Vec::new()) };
    let payload = json!({"template": template, "language": buyer.language.as_str(), "order": ordering::order_json(&stored.order, &[])});
    Ok(vec![ordering::message(&stored.tenant, "mail", &stored.order.id, &recipient, &payload, now)])
}

/// What a booking about an order came to, where nothing is repeated.
pub fn answer(done: Done) -> Result<Answer> {
    match done {
        Done::Decided { answer, .. } | Done::Repeated { answer, .. } => Ok(answer),
        Done::OtherContent { .. } => Err(Error::internal("a booking without a key was taken for another")),
    }
}
