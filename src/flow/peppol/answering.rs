//! How an order over Peppol is answered (sections 21 to 23): by an Order Response in the commit that decides it, kept as the answer and repeated as
//! it was. In the process that knows no answers a refusal goes by mail to the buyer's contact. Decides nothing itself.

use std::sync::Arc;

use serde_json::json;

use crate::app::App;
use crate::clock;
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::flow::bookkeeping::{Decided, Written};
use crate::flow::cxml::coming::{Answering, Came, Heard};
use crate::flow::cxml::{Said, over_access_point};
use crate::flow::ordering;
use crate::store;
use crate::store::outbox;
use crate::wire::peppol::Message;
use crate::wire::peppol::answer::{self, Answer, Code};
use crate::wire::peppol::order::Heading;

/// The lane of what is said of an order that is none here.
fn lane(heading: &Heading) -> String {
    format!("peppol/{}/{}", heading.correspondence.buyer.address(), heading.order)
}

/// The answer of a booking in the words of the network, owed with it.
pub fn in_peppol(heading: &Heading, tenant: &str) -> Answering {
    let (heading, tenant) = (heading.clone(), tenant.to_string());
    Arc::new(move |written: &mut Written, decided: &Decided<'_>| {
        let now = decided.at;
        let is_taken = written.answer.status < 300;
        let code = match (is_taken, heading.message) {
            (false, _) => Code::Rejected,
            // The supplier decides; of a change the books have taken over, it is decided.
            (true, Message::Order) => Code::Received,
            (true, _) => Code::Accepted,
        };
        let note = if is_taken { "" } else { written.answer.body.as_str() };
        let lane = written.orders.first().map_or_else(|| lane(&heading), |stored| stored.order.id.clone());
        match document(&heading, code, note, now) {
            Some(xml) => {
                written.messages.extend(owed(&heading, &tenant, &lane, xml.clone(), now));
                written.answer.body = xml;
            }
            None if is_taken => {}
            None => written.messages.extend(by_mail(&heading, &tenant, note, now)),
        }
    })
}

fn document(heading: &Heading, code: Code, note: &str, now: Timestamp) -> Option<String> {
    let (id, day) = (clock::new_id(now), now.date());
    let answer = Answer {
        correspondence: &heading.correspondence,
        id: &id,
        day: &day,
        order: if heading.order.is_empty() { &heading.id } else { &heading.order },
        currency: &heading.currency,
        code,
        note,
    };
    answer::write(&answer)
}

fn owed(heading: &Heading, tenant: &str, lane: &str, xml: String, now: Timestamp) -> Option<outbox::Message> {
    let correspondence = &heading.correspondence;
    let message = correspondence.process.answer()?;
    Some(over_access_point(tenant, lane, correspondence, message, correspondence.process.name(), xml, now))
}

/// To the contact that the order names.
fn by_mail(heading: &Heading, tenant: &str, why: &str, now: Timestamp) -> Option<outbox::Message> {
    let mail = &heading.correspondence.buyer.mail;
    let payload = json!({"template": "order-refused", "language": "en", "order": {"number": heading.order}, "values": {"why": why}});
    (!mail.is_empty()).then(|| ordering::message(tenant, "mail", &lane(heading), mail, &payload, now))
}

/// A document that came before gets its first answer again; another one under its number is refused, and the first stands.
pub async fn again(app: &App, heading: &Heading, came: &Came<'_>, said: &Said) -> Result<()> {
    let now = came.now;
    let xml = match said.heard {
        Heard::First => return Ok(()),
        Heard::Again => Some(said.text.clone()).filter(|_| heading.correspondence.process.answer().is_some()),
        Heard::OtherContent => document(heading, Code::Rejected, &used(heading), now),
    };
    let message = match xml {
        Some(xml) => owed(heading, &came.tenant, &lane(heading), xml, now),
        None if said.heard == Heard::OtherContent => by_mail(heading, &came.tenant, &used(heading), now),
        None => None,
    };
    let Some(message) = message else { return Ok(()) };
    let mut tx = app.store.begin().await?;
    tx.write(vec![store::outbox::insert(&[message], now)]).await?;
    tx.commit().await
}

fn used(heading: &Heading) -> String {
    format!("number already used: {} came before with other content", heading.id)
}
