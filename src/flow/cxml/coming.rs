//! A document about an order, whatever format it came in: for whom, from whom, how it is known again, and how it is answered. What is booked of it
//! is the same for all (`ordering`, `fulfilling`). Reads nothing of the document itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Proven, Said};
use crate::clock;
use crate::domain::connection::{Connection, Cxml};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::flow::bookkeeping::{Decided, Plan, WriteFn, Written};
use crate::flow::connecting::Live;
use crate::flow::proving;
use crate::store::evidence::Evidence;
use crate::store::inbox::Received;
use crate::wire::cxml::mime::Part;
use crate::wire::cxml::{Status, redacted};
use crate::wire::peppol::Correspondence;

/// Puts the answer into the words of the format, with what is owed of it.
pub type Answering = Arc<dyn Fn(&mut Written, &Decided<'_>) + Send + Sync>;

/// A document of a sender who was proven.
#[derive(Clone)]
pub struct Came<'c> {
    /// The buyer.
    pub tenant: String,
    /// The buyer's connection; an order that came otherwise has none.
    pub live: Option<Arc<Live>>,
    pub habits: Cxml,
    pub protocol: &'static str,
    pub sender: String,
    /// What names the document.
    pub payload: String,
    /// Under which its answer is kept.
    pub key: String,
    /// Of its meaning, so that a repeat is told from another document under the same key.
    pub fingerprint: String,
    pub is_test: bool,
    pub attachments: &'c [Part],
    /// As it may be kept.
    pub document: Vec<u8>,
    pub hash: String,
    pub now: Timestamp,
    pub correspondence: Option<Correspondence>,
    /// An order that its supplier agreed and has already: the day that each line, by its label, is promised for.
    pub agreed: Option<BTreeMap<String, String>>,
    pub answering: Option<Answering>,
    /// What is kept of it for people to look at, as far as it is known before the answer.
    pub evidence: Option<Box<Evidence>>,
}

impl<'c> Came<'c> {
    pub fn of(proven: &'c Proven<'_>) -> Result<Came<'c>> {
        let hash = proving::sha256(proven.request.body);
        let document = redacted::redacted(&proven.document.text);
        let evidence = super::evidence(proven.request, &proven.live, Some(proven.envelope), hash.clone(), Some(&document), proven.now);
        Ok(Came {
            tenant: proven.tenant().to_string(),
            live: Some(proven.live.clone()),
            habits: proven.cxml()?.clone(),
            protocol: "cxml",
            sender: proven.sender.clone(),
            payload: proven.envelope.payload.clone(),
            key: proven.key(),
            fingerprint: proven.fingerprint(),
            is_test: proven.envelope.is_test,
            attachments: proven.attachments,
            document: document.into_bytes(),
            hash,
            now: proven.now,
            correspondence: None,
            agreed: None,
            answering: None,
            evidence: Some(Box::new(evidence)),
        })
    }

    pub fn connection(&self) -> Result<&Connection> {
        self.live.as_ref().map(|live| &live.connection).ok_or_else(|| Error::internal("an order of no connection"))
    }

    /// Who says it, in the journal.
    pub fn actor(&self) -> String {
        format!("{} {}", self.protocol, self.sender)
    }

    /// The document as it is kept with its answer.
    pub fn received(&self) -> Received {
        Received {
            id: clock::new_id(self.now),
            channel: self.protocol,
            hash: self.hash.clone(),
            media_type: "text/xml",
            document: self.document.clone(),
            at: self.now,
            status: 0,
            answer: String::new(),
        }
    }
}

/// The same plan, answered in the words of the format.
pub fn answered(plan: Plan, answering: Option<&Answering>) -> Plan {
    let Some(answering) = answering.cloned() else { return plan };
    let inner = plan.write;
    let write: WriteFn = Box::new(move |decided: &Decided<'_>| {
        let mut written = inner(decided)?;
        answering(&mut written, decided);
        Ok(written)
    });
    Plan { write, ..plan }
}

/// The same plan, which keeps the evidence of the document in the commit of what it brings about: one more commit for it would cost as much again.
pub fn evidenced(plan: Plan, evidence: Option<&Evidence>, notes: &[String]) -> Plan {
    let Some(evidence) = evidence.cloned() else { return plan };
    let (inner, notes) = (plan.write, notes.to_vec());
    let write: WriteFn = Box::new(move |decided: &Decided<'_>| {
        let written = inner(decided)?;
        let status = Status::from_code(written.answer.status).ok_or_else(|| Error::internal(format!("status {}", written.answer.status)))?;
        let evidence = super::answered(evidence.clone(), status, &written.answer.body, &notes);
        Ok(Written { evidence: Some(Box::new(evidence)), ..written })
    });
    Plan { write, ..plan }
}

/// Whether what is said was decided just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    First,
    /// The same document came before: the first answer stands.
    Again,
    /// Another document came before under the same key.
    OtherContent,
}

impl Said {
    pub(super) fn heard(self, heard: Heard) -> Said {
        Said { heard, ..self }
    }
}
