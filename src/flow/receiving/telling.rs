//! Tells the buyer that a supplier's invoice waits for a person: by mail, in the commit that has it wait. Whoever brought it on a page sees it
//! there and is told nothing.

use serde_json::json;

use super::Channel;
use crate::domain::money::{Currency, Money};
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::flow::bookkeeping::{Plan, PlanFn, Seen, WriteFn, Written};
use crate::flow::{notifying, ordering};
use crate::store::organisation::Organisation;
use crate::store::outbox::Message;
use crate::store::supplier_invoice::{State, SupplierInvoice};

/// The same plan, and a mail where its invoice has to wait.
pub fn waits(plan: PlanFn, buyer: Organisation, channel: Channel, base: Option<String>) -> PlanFn {
    if channel == Channel::Page {
        return plan;
    }
    Box::new(move |seen: &Seen<'_>| {
        let Plan { command, kind, subject, cause, body, write } = plan(seen)?;
        let (buyer, base) = (buyer.clone(), base.clone());
        let told: WriteFn = Box::new(move |decided| {
            let mut written: Written = write(decided)?;
            if let Some(invoice) = written.supplier_invoice.as_ref().filter(|invoice| matches!(invoice.state, State::Waiting | State::Held)) {
                written.messages.extend(mail(&buyer, invoice, base.as_deref(), decided.at)?);
            }
            Ok(written)
        });
        Ok(Plan { command, kind, subject, cause, body, write: told })
    })
}

/// Nothing where the buyer has no address.
fn mail(buyer: &Organisation, invoice: &SupplierInvoice, base: Option<&str>, now: Timestamp) -> Result<Option<Message>> {
    let Some(recipient) = notifying::address(buyer)? else { return Ok(None) };
    let currency = Currency::parse(&invoice.currency).unwrap_or(Currency::EUR);
    let gross = format!("{currency} {}", Money::new(invoice.gross, currency).decimal());
    let payload = json!({
        "template": "invoice-waits", "language": buyer.language.as_str(),
        "values": {"invoice": invoice.number, "seller": invoice.seller, "day": invoice.issued_on, "amount": gross},
        "link": base.map(|base| format!("{base}/received/{}", invoice.id)),
    });
    Ok(Some(ordering::message(&buyer.id, "mail", &format!("received/{}", invoice.id), &recipient, &payload, now)))
}
