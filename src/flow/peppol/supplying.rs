//! What a supplier's system says over Peppol of an order that was placed with it (sections 22, 25 and 32): answers and advices move the order as
//! the same words in cXML do. What names no order or line of ours is told and changes nothing.

use std::collections::BTreeMap;

use super::{Arrival, Recorded, addressed, habits, record};
use crate::app::App;
use crate::domain::connection::Cxml;
use crate::error::{Error, Result};
use crate::flow::cxml::coming::Came;
use crate::flow::cxml::{Said, fulfilling, kept_of, shipping};
use crate::flow::{connecting, delivering, proving};
use crate::store;
use crate::store::order::Stored;
use crate::wire::cxml::envelope;
use crate::wire::cxml::tree::Document;
use crate::wire::cxml::{Fault, Status};
use crate::wire::peppol::{Party, answer, despatch};

/// The order of a buyer that this supplier has, by its number or by the one that the supplier gave it; nothing where there is none, or it is not the
/// supplier's yet.
pub(super) async fn order(app: &App, tenant: &str, supplier: &str, number: &str) -> Result<Option<Stored>> {
    let mut tx = app.store.read().await?;
    let known = store::order::by_number(&mut tx, tenant, number).await?;
    let stored = match known.filter(|stored| stored.order.supplier == supplier) {
        Some(stored) => Some(stored),
        None => delivering::by_suppliers_number(&mut tx, tenant, supplier, number).await?,
    };
    drop(tx);
    Ok(stored.filter(|stored| stored.order.supplier == supplier && stored.is_sent()))
}

pub(super) async fn came(app: &App, document: &Document, tenant: &str, supplier: &Party, id: &str, stored: Option<&Stored>) -> Result<Came<'static>> {
    let live = match stored.and_then(|stored| stored.order.connection.clone()) {
        Some(name) => match connecting::connection(app, &name).await {
            Ok(live) => Some(live),
            Err(Error::NotFound(_)) => None,
            Err(error) => return Err(error),
        },
        None => None,
    };
    let habits = live.as_ref().map_or_else(Cxml::default, |live| match &live.connection.cxml {
        Some(cxml) => (**cxml).clone(),
        None => habits(&live.connection),
    });
    let sender = supplier.address();
    Ok(Came {
        tenant: tenant.to_string(),
        live,
        habits,
        protocol: "peppol",
        key: format!("peppol/{sender}/{}/{id}", document.root.name),
        sender,
        payload: id.to_string(),
        fingerprint: proving::sha256(&envelope::meaning(document)),
        is_test: false,
        attachments: &[],
        document: document.text.clone().into_bytes(),
        hash: proving::sha256(&document.text),
        now: app.clock.now(),
        correspondence: None,
        agreed: None,
        answering: None,
        evidence: None,
    })
}

/// An `OrderResponse`. That an order was received changes nothing.
pub async fn answered(app: &App, document: &Document) -> Result<Arrival> {
    let mut answered = answer::read(&document.root).unwrap_or_else(|| Err(Fault::form("this is no answer to an order"))).map_err(unusable)?;
    let supplier = addressed(app, "supplier", &answered.seller).await?;
    let buyer = addressed(app, "buyer", &answered.buyer).await?;
    let stored = order(app, &buyer.id, &supplier.id, &answered.order).await?;
    let mut notes = Vec::new();
    let said = match &stored {
        None => unknown(&answered.order),
        Some(stored) => {
            answered.order.clone_from(&stored.order.number);
            match answer::confirmation(&kept_of(stored), &answered, &mut notes) {
                Ok(None) => Said::new(Status::Ok, "The supplier has the order."),
                Ok(Some(confirmation)) => {
                    let came = came(app, document, &buyer.id, &answered.seller, &answered.id, Some(stored)).await?;
                    fulfilling::take(app, &came, confirmation, &mut notes).await?
                }
                Err(fault) => Said::new(fault.status, fault.text),
            }
        }
    };
    let connection = stored.and_then(|stored| stored.order.connection).unwrap_or_default();
    let (sender, id) = (answered.seller.address(), answered.id.as_str());
    told(app, document, &Recorded { tenant: &buyer.id, connection: &connection, sender, id, said: &said }, &notes).await?;
    Ok(Arrival { organisation: buyer, status: said.status.code() })
}

/// A `DespatchAdvice`: first what left, of all orders or of none, then what becomes of the rest of its lines.
pub async fn despatched(app: &App, document: &Document) -> Result<Arrival> {
    let mut advice = despatch::read(&document.root).unwrap_or_else(|| Err(Fault::form("this is no despatch advice"))).map_err(unusable)?;
    let supplier = addressed(app, "supplier", &advice.supplier).await?;
    let buyer = addressed(app, "buyer", &advice.customer).await?;
    let numbers: Vec<String> = advice.notice.portions.iter().filter_map(|portion| portion.order.clone()).collect();
    let mut known = BTreeMap::new();
    for number in &numbers {
        match order(app, &buyer.id, &supplier.id, number).await? {
            Some(stored) => {
                advice.rename(number, &stored.order.number);
                known.insert(stored.order.number.clone(), stored);
            }
            None => {
                let said = unknown(number);
                let (sender, id) = (advice.supplier.address(), advice.notice.id.as_str());
                told(app, document, &Recorded { tenant: &buyer.id, connection: "", sender, id, said: &said }, &[]).await?;
                return Ok(Arrival { organisation: buyer, status: said.status.code() });
            }
        }
    }
    let connection = known.values().find_map(|stored| stored.order.connection.clone()).unwrap_or_default();
    let came = came(app, document, &buyer.id, &advice.supplier, &advice.notice.id, known.values().next()).await?;
    let mut said = shipped(app, &came, &advice).await?;
    for (number, outstanding) in advice.outstanding.clone() {
        if !said.status.is_success() {
            break;
        }
        let of_rest = Came { key: format!("{}/rest/{number}", came.key), ..came.clone() };
        said = fulfilling::rest(app, &of_rest, &number, outstanding).await?;
    }
    let (sender, id) = (came.sender.clone(), came.payload.as_str());
    told(app, document, &Recorded { tenant: &buyer.id, connection: &connection, sender, id, said: &said }, &[]).await?;
    Ok(Arrival { organisation: buyer, status: said.status.code() })
}

/// Lines of which nothing left are only said to be outstanding.
async fn shipped(app: &App, came: &Came<'_>, advice: &despatch::Advice) -> Result<Said> {
    let mut notice = advice.notice.clone();
    for portion in &mut notice.portions {
        portion.items.retain(|item| !item.quantity.is_zero());
    }
    notice.portions.retain(|portion| !portion.items.is_empty());
    if notice.portions.is_empty() {
        return Ok(Said::new(Status::Ok, "Nothing left."));
    }
    shipping::take(app, came, &notice).await
}

pub(super) fn unusable(fault: Fault) -> Error {
    use crate::domain::finding::{Code, Finding};
    Finding::error(Code::Unusable, "document").value(fault.text).into()
}

fn unknown(number: &str) -> Said {
    let shown: String = number.chars().filter(|c| !c.is_control()).take(100).collect();
    Said::new(Status::ExpectationFailed, format!("order {shown} is not known"))
}

/// Nobody waits for an answer: what cannot be taken over is for a person here.
pub(super) async fn told(app: &App, document: &Document, recorded: &Recorded<'_>, notes: &[String]) -> Result<()> {
    let (said, message, odd) = (recorded.said, recorded.id, notes.join("; "));
    if said.status.is_success() && odd.is_empty() {
        tracing::info!(message, "a supplier's message was taken over");
    } else {
        tracing::warn!(message, status = said.status.code(), why = said.text, odd, "a supplier's message needs a person");
    }
    record(app, document, recorded, notes).await
}
