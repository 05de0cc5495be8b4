//! What a buyer is told in the format of the order: confirmations, ship notices, what became of an order that waited (sections 14 to 16, 22 to 25).
//! Owed in the commit that causes it, without the secret; sent by the outbox, which puts it in, and judged by the status in the answer of a
//! cXML system, not by HTTP alone. What leaves over Peppol is handed to the access point.

use rust_decimal::Decimal;
use serde_json::json;

use super::fulfilling::kept_of;
use super::{payload_id, timestamp};
use crate::app::App;
use crate::domain::connection::Cxml;
use crate::domain::order::State;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::flow::connecting::{self, Live};
use crate::flow::fulfilling::Step;
use crate::flow::{ordering, proving};
use crate::outbound::{Sent, http};
use crate::store::invoice::Invoice;
use crate::store::json::{parse, str_of};
use crate::store::order::Stored;
use crate::store::outbox::Message;
use crate::store::shipment::Shipment;
use crate::store::{self, Tx};
use crate::wire::cxml::envelope::Identity;
use crate::wire::cxml::fulfilment;
use crate::wire::cxml::kept::Kept;
use crate::wire::cxml::notice::{self, Freight, Operation, Shipped};
use crate::wire::cxml::tree::{self, Element};
use crate::wire::cxml::write::{self, Cover, Dtd};
use crate::wire::cxml::{Status, invoice, kept, mime};
use crate::wire::peppol::answer::{self, Answer, Code};
use crate::wire::peppol::{self, Correspondence, despatch};
use crate::wire::ubl;

/// Where documents about an order go, and as whom.
#[derive(Clone, Debug)]
pub enum Outgoing {
    Cxml(Box<ToCxml>),
    Peppol(Box<Correspondence>),
}

#[derive(Clone, Debug)]
pub struct ToCxml {
    connection: String,
    cxml: Cxml,
    host: String,
}

/// The secret a buyer's system checks our documents with: one per connection, made from the installation's key, so that it need not be stored
/// and can be shown again.
pub fn secret(form_key: &[u8], connection: &str) -> String {
    proving::hmac(form_key, &format!("cxml secret {connection}"))[..40].to_string()
}

/// Which way a document about an order goes.
enum Way<'s> {
    /// To the buyer of an order that came over Peppol, where the process has answers.
    Peppol(Outgoing),
    /// By this connection.
    Connection(&'s str),
    Nowhere,
}

/// Who is told: nobody of an order that did not come as a document, nor of one that its supplier agreed, for then no system of the buyer's knows it.
fn way(stored: &Stored) -> Way<'_> {
    let Some(kept) = Kept::read(&stored.document).filter(|kept| kept.agreement.is_empty()) else { return Way::Nowhere };
    match kept.correspondence.filter(|correspondence| correspondence.process.answer().is_some()) {
        Some(correspondence) => Way::Peppol(Outgoing::Peppol(Box::new(correspondence))),
        None => stored.order.connection.as_deref().map_or(Way::Nowhere, Way::Connection),
    }
}

/// The way to the buyer of an order that came as a document; nothing where its connection names no address.
pub async fn outgoing(app: &App, stored: &Stored) -> Result<Option<Outgoing>> {
    let name = match way(stored) {
        Way::Peppol(outgoing) => return Ok(Some(outgoing)),
        Way::Connection(name) => name,
        Way::Nowhere => return Ok(None),
    };
    let live = match connecting::connection(app, name).await {
        Ok(live) => live,
        Err(Error::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(of(app, &live))
}

/// The same for a job, which holds a way to the database already.
pub async fn outgoing_within(app: &App, tx: &mut Tx, stored: &Stored) -> Result<Option<Outgoing>> {
    let name = match way(stored) {
        Way::Peppol(outgoing) => return Ok(Some(outgoing)),
        Way::Connection(name) => name,
        Way::Nowhere => return Ok(None),
    };
    match connecting::connection_within(app, tx, name).await {
        Ok(live) => Ok(of(app, &live)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn of(app: &App, live: &Live) -> Option<Outgoing> {
    let connection = &live.connection;
    let cxml = connection.cxml.as_deref().filter(|cxml| !cxml.outbound_url.is_empty() && connection.active)?;
    let host = app.config.public_url.clone().unwrap_or_else(|| connection.name.clone());
    Some(Outgoing::Cxml(Box::new(ToCxml { connection: connection.name.clone(), cxml: cxml.clone(), host })))
}

impl ToCxml {
    fn owed(&self, stored: &Stored, dtd: Dtd, element: Element, now: Timestamp) -> Message {
        let payload = json!({
            "connection": self.connection, "payload": payload_id(&self.host, now), "timestamp": timestamp(now), "version": self.cxml.version,
            "dtd": dtd.file(), "own": self.cxml.own.first(), "buyer": self.cxml.buyer.first(),
            "element": write::inside(&write::element("a").and(element)),
        });
        ordering::message(&stored.tenant, "cxml", &stored.order.id, &self.cxml.outbound_url, &payload, now)
    }
}

/// An invoice or a credit note. Where it goes is known when it leaves: the books, which make it, know no addresses.
pub fn invoice(tenant: &str, row: &Invoice, connection: &str, payload: &str, element: Element, now: Timestamp) -> Message {
    let payload = json!({
        "invoice": row.id,
        "connection": connection, "payload": payload, "timestamp": timestamp(now), "dtd": Dtd::InvoiceDetail.file(),
        "element": write::inside(&write::element("a").and(element)),
    });
    ordering::message(tenant, "cxml", &row.order, connection, &payload, now)
}

/// The message with the parties and the address of its connection, where it names the connection alone.
async fn addressed(app: &App, message: &Message) -> Result<Message> {
    let mut payload = parse(&message.payload)?;
    if payload.get("own").is_some() {
        return Ok(message.clone());
    }
    let name = str_of(&payload, "connection").to_string();
    let live = connecting::connection(app, &name).await?;
    let Some(Outgoing::Cxml(to)) = of(app, &live) else { return Err(Error::NotFound(format!("cXML address of connection {name}"))) };
    payload["version"] = json!(to.cxml.version);
    payload["own"] = json!(to.cxml.own.first());
    payload["buyer"] = json!(to.cxml.buyer.first());
    Ok(Message { recipient: to.cxml.outbound_url.clone(), payload: payload.to_string(), ..message.clone() })
}

/// A document for a buyer on the network, in the lane of its order.
pub fn over_access_point(
    tenant: &str,
    lane: &str,
    correspondence: &Correspondence,
    message: peppol::Message,
    process: &str,
    xml: String,
    now: Timestamp,
) -> Message {
    let payload = json!({
        "document": xml, "sender": correspondence.seller.address(), "country": correspondence.seller.country, "kind": message.document_type(),
        "process": process,
    });
    ordering::message(tenant, "access-point", lane, &correspondence.buyer.address(), &payload, now)
}

impl Outgoing {
    fn confirmation(&self, stored: &Stored, kept: &Kept, lines: &[String], at: &str, now: Timestamp) -> Option<Message> {
        let id = format!("{}-{}", kept.order.order_id, kept.notices.len());
        match self {
            Outgoing::Cxml(to) => Some(to.owed(stored, Dtd::Fulfill, fulfilment::write_confirmation(kept, &id, at, lines), now)),
            Outgoing::Peppol(to) => {
                let kept = &Kept { correspondence: Some((**to).clone()), ..kept.clone() };
                answer::write_states(kept, &id, &now.date(), "").and_then(|xml| of_answer(stored, to, xml, now))
            }
        }
    }

    fn notice(&self, stored: &Stored, kept: &Kept, shipment: &Shipment, operation: Operation, now: Timestamp) -> Option<Message> {
        let label = |number: u32| kept.by_number(number).map(|line| line.line.clone());
        let one = |(number, quantity): &(u32, Decimal)| Some(Shipped { line: label(*number)?, quantity: *quantity, unit: String::new() });
        let shipped: Vec<Shipped> = shipment.lines.iter().filter_map(one).collect();
        let freight = Freight { carrier: &shipment.carrier, tracking: &shipment.tracking };
        match self {
            Outgoing::Cxml(to) => {
                let notice = notice::write(kept, (&shipment.notice, operation), &timestamp(now), &shipped, &freight);
                Some(to.owed(stored, Dtd::Fulfill, notice, now))
            }
            Outgoing::Peppol(to) if operation == Operation::New => {
                let xml = despatch::write(kept, to, &shipment.notice, &now.date(), &shipped, &freight);
                Some(over_access_point(&stored.tenant, &stored.order.id, to, peppol::Message::DespatchAdvice, peppol::DESPATCHING, xml, now))
            }
            // An advice has no change and no withdrawal (section 25): the buyer's people are told by mail.
            Outgoing::Peppol(_) => None,
        }
    }

    /// The supplier acted on an order that it has by a way that tells nothing: the sequel of each document that waits for one (section 29).
    fn acted_on(&self, stored: &Stored, untold: &[String], now: Timestamp) -> Vec<Message> {
        let Outgoing::Cxml(to) = self else { return Vec::new() };
        let number = &stored.order.number;
        let (status, text) = match stored.order.state {
            State::Cancelled => (Status::BadRequest, format!("Order {number} refused by its supplier.")),
            State::Requested | State::Rejected | State::Expired | State::Placed | State::Confirmed | State::Shipped | State::Invoiced => {
                (Status::Ok, format!("Order {number} taken by its supplier."))
            }
        };
        untold.iter().map(|payload| to.owed(stored, Dtd::Cxml, write::status_update(payload, status, &text), now)).collect()
    }

    /// What became of an order that waited. A Peppol buyer has its receipt already: only a refusal is news.
    fn status(&self, stored: &Stored, kept: &Kept, status: Status, text: &str, now: Timestamp) -> Option<Message> {
        match self {
            Outgoing::Cxml(to) => {
                let payload = kept.versions.last().map(|version: &kept::Version| version.payload.clone())?;
                Some(to.owed(stored, Dtd::Cxml, write::status_update(&payload, status, text), now))
            }
            Outgoing::Peppol(_) if status.is_success() => None,
            Outgoing::Peppol(to) => {
                let (id, day) = (format!("{}-{}", kept.order.order_id, kept.versions.len() + kept.notices.len()), now.date());
                let (order, currency) = (kept.order.order_id.as_str(), kept.order.currency.as_str());
                let answer = Answer { correspondence: to, id: &id, day: &day, order, currency, code: Code::Rejected, note: text };
                answer::write(&answer).and_then(|xml| of_answer(stored, to, xml, now))
            }
        }
    }
}

fn of_answer(stored: &Stored, to: &Correspondence, xml: String, now: Timestamp) -> Option<Message> {
    let message = to.process.answer()?;
    Some(over_access_point(&stored.tenant, &stored.order.id, to, message, to.process.name(), xml, now))
}

/// Notes a step of the supplier's in the order's document, and gives what the buyer's system is owed of it. An order that came otherwise is left alone.
pub fn said(stored: &mut Stored, step: &Step, shipment: Option<&Shipment>, outgoing: Option<&Outgoing>, now: Timestamp) -> Vec<Message> {
    if stored.document.is_empty() {
        return Vec::new();
    }
    let mut kept = kept_of(stored);
    kept.notices.push(step.note.clone());
    let untold = std::mem::take(&mut kept.untold);
    stored.document = kept.write();
    let Some(outgoing) = outgoing else { return Vec::new() };
    let mut messages = outgoing.acted_on(stored, &untold, now);
    let told = |one: &&Shipment| !one.notice.is_empty() && shipment.is_none_or(|shipment| shipment.notice != one.notice);
    let withdrawn = step.withdrawn.iter().filter(told).filter_map(|one| outgoing.notice(stored, &kept, one, Operation::Delete, now));
    messages.extend(withdrawn);
    let operation = if step.withdrawn.iter().any(|one| !one.notice.is_empty()) { Operation::Update } else { Operation::New };
    messages.extend(match shipment {
        Some(shipment) => outgoing.notice(stored, &kept, shipment, operation, now),
        None if step.withdrawn.is_empty() => {
            let label = |number: u32| kept.by_number(number).map(|line| line.line.clone());
            let labels: Vec<String> = step.answers.keys().filter_map(|number| label(*number)).collect();
            outgoing.confirmation(stored, &kept, &labels, &timestamp(now), now)
        }
        None => None,
    });
    messages
}

/// What became of an order that was answered with 201: its sequel must come (section 14).
pub fn sequel(stored: &Stored, outgoing: Option<&Outgoing>, now: Timestamp) -> Vec<Message> {
    let Some(outgoing) = outgoing else { return Vec::new() };
    let kept = kept_of(stored);
    let number = &stored.order.number;
    let message = match stored.order.state {
        // Nobody knows whether the supplier has it before somebody there acts on it.
        State::Placed if !kept.untold.is_empty() => None,
        State::Placed if stored.waits_for.is_none() => outgoing.status(stored, &kept, Status::Ok, &format!("Order {number} placed."), now),
        State::Rejected | State::Expired | State::Cancelled => {
            let text = format!("Order {number} {}.", stored.order.state.as_str());
            outgoing.status(stored, &kept, Status::BadRequest, &text, now)
        }
        State::Requested | State::Placed | State::Confirmed | State::Shipped | State::Invoiced => None,
    };
    message.into_iter().collect()
}

/// The document of a message, with the secret that is in no record.
pub fn document(form_key: &[u8], message: &Message) -> Result<String> {
    let payload = parse(&message.payload)?;
    let text = |name: &str| str_of(&payload, name).to_string();
    let identity = |name: &str| Identity::parse(&text(name)).ok_or_else(|| Error::internal("a message without parties"));
    let (payload_id, timestamp, version) = (text("payload"), text("timestamp"), text("version"));
    let cover = Cover { payload: &payload_id, timestamp: &timestamp, version: &version };
    let dtd = Dtd::of_file(&text("dtd")).ok_or_else(|| Error::internal("a message without a document type"))?;
    let secret = secret(form_key, &text("connection"));
    let header = write::header(&identity("own")?, &identity("buyer")?, Some(&secret));
    let nodes = write::nodes(&text("element"));
    let element = nodes.into_iter().find_map(|node| if let tree::Node::Element(element) = node { Some(element) } else { None });
    let element = element.ok_or_else(|| Error::internal("a message without a document"))?;
    Ok(write::request(&cover, dtd, header, false, element))
}

/// What leaves, and its kind: the document, and the files of the invoice that it says, which are those of the invoice as it was issued.
async fn with_files(app: &App, message: &Message, document: String) -> Result<(String, String)> {
    let payload = parse(&message.payload)?;
    let id = str_of(&payload, "invoice");
    let row = if id.is_empty() { None } else { store::invoice::by_id(&mut app.store.read().await?, &message.tenant, id).await? };
    let Some(row) = row else { return Ok(("text/xml; charset=UTF-8".to_string(), document)) };
    let issued = ubl::read::read(&row.document).ok_or_else(|| Error::internal("an invoice that cannot be read"))?;
    let ids: Vec<String> = (1..=issued.attachments.len()).map(|place| invoice::file_id(place, &row.supplier)).collect();
    let files = issued.attachments.iter().zip(&ids);
    let files = files.map(|(file, id)| mime::File { id, name: &file.name, media_type: file.mime, bytes: &file.bytes });
    let files: Vec<mime::File<'_>> = files.collect();
    if files.is_empty() {
        return Ok(("text/xml; charset=UTF-8".to_string(), document));
    }
    Ok(mime::write(&document, &files, &format!("hookline-{}", message.id)))
}

/// Sends it. An answer that is no cXML is a fault of the way, whatever HTTP says of it; one that refuses is for a person (section 1).
pub async fn send(app: &App, message: &Message) -> Sent {
    let message = &match addressed(app, message).await {
        Ok(message) => message,
        Err(Error::Unavailable(why)) => return Sent::Later { why, after: None },
        Err(error) => return Sent::Parked(error.to_string()),
    };
    let document = match document(&app.form_key, message) {
        Ok(document) => document,
        Err(error) => return Sent::Parked(error.to_string()),
    };
    let (kind, body) = match with_files(app, message, document).await {
        Ok(whole) => whole,
        Err(error) if error.retryable() => return Sent::Later { why: error.to_string(), after: None },
        Err(error) => return Sent::Parked(error.to_string()),
    };
    let body = Some((kind.as_str(), body.into_bytes()));
    let call = http::Call { method: http::POST, url: &message.recipient, headers: &[], body };
    match http::ask(&call, &app.config.private_hosts).await {
        Ok(answer) => judged(answer.status, &answer.body),
        Err(sent) => sent,
    }
}

/// What an answer says of a document that was sent.
pub fn judged(http: u16, body: &[u8]) -> Sent {
    let read = tree::read(body, None).ok();
    let status = read.as_ref().and_then(|document| document.root.at(&["Response", "Status"]));
    let code = status.and_then(|status| status.attribute("code")).and_then(|code| code.parse::<u16>().ok());
    match code {
        None => Sent::Later { why: format!("HTTP {http} without cXML"), after: None },
        Some(code @ 200..=299) => Sent::Done(code.to_string()),
        Some(code @ 400..=499) => Sent::Parked(format!("refused with {code}")),
        Some(code) => Sent::Later { why: format!("status {code}"), after: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_judged_by_its_cxml() {
        let of = |code: &str| judged(200, format!("<cXML><Response><Status code='{code}' text='x'/></Response></cXML>").as_bytes());
        assert_eq!(of("200"), Sent::Done("200".into()));
        assert_eq!(of("281"), Sent::Done("281".into()));
        assert_eq!(of("409"), Sent::Parked("refused with 409".into()));
        assert!(matches!(of("550"), Sent::Later { .. }));
        assert!(matches!(judged(200, b"<html>ok</html>"), Sent::Later { .. }));
        assert!(matches!(judged(404, b""), Sent::Later { .. }));
    }
}
