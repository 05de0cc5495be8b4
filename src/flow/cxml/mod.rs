//! Documents in cXML: received, read, proven, answered in cXML whatever they are (reference cxml-and-peppol-ordering, Part I). A refusal is an
//! answer, never a page; nothing that a document names is opened; no secret reaches a record.

mod authenticating;
mod cart;
mod changing;
pub(super) mod coming;
pub(super) mod fulfilling;
mod lines;
pub(super) mod ordering;
pub(super) mod refusing;
mod sequel;
mod setting_up;
pub(super) mod shipping;
pub mod telling;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use serde_json::json;

pub use self::cart::{Edited, cancelled, edited, form};
pub use self::fulfilling::kept_of;
pub use self::lines::{SHIPPING, follow_charge};
pub use self::setting_up::{Started, reads_only, start};
pub(super) use self::telling::over_access_point;
pub use self::telling::{Outgoing, document, judged, outgoing, outgoing_within, said, secret, send, sequel};
pub use crate::wire::cxml::pricing::price;

use super::connecting::{self, Live};
use super::proving;
use super::recording::Wanted;
use crate::app::App;
use crate::clock;
use crate::domain::connection::Cxml;
use crate::domain::time::{Timestamp, ZONE};
use crate::error::{Error, Result};
use crate::store::evidence::Evidence;
use crate::store::json::{parse, str_of};
use crate::wire::cxml::envelope::{self, Envelope};
use crate::wire::cxml::mime::Part;
use crate::wire::cxml::tree::{self, Document, Element};
use crate::wire::cxml::write::{self, Cover, Dtd};
use crate::wire::cxml::{Fault, Status, mime, redacted, strict};

/// The longest document that evidence shows; the whole stands in the inbox.
const SHOWN_MAX: usize = 64 * 1024;
const REQUESTS: &[&str] = &["PunchOutSetupRequest", "OrderRequest"];
const SUPPLIER_REQUESTS: &[&str] = &["ConfirmationRequest", "ShipNoticeRequest"];

/// A document as the network gave it.
pub struct Request<'r> {
    pub connection: &'r str,
    pub content_type: &'r str,
    pub content_encoding: &'r str,
    pub body: &'r [u8],
    /// It was longer than anything that is taken, and not read to its end.
    pub cut: bool,
    pub address: IpAddr,
    /// The address people and systems use: `https://shop.example.com`.
    pub public_url: &'r str,
    /// A rehearsal: kept out of the figures.
    pub test: bool,
}

/// What is answered.
pub(super) struct Said {
    pub status: Status,
    pub text: String,
    pub beside: Option<Element>,
    /// Number of the session it opened.
    pub session: Option<String>,
    pub heard: coming::Heard,
    /// Its evidence was kept in the commit of what the document brought about.
    pub recorded: bool,
}

impl Said {
    pub fn new(status: Status, text: impl Into<String>) -> Said {
        Said { status, text: text.into(), beside: None, session: None, heard: coming::Heard::First, recorded: false }
    }
}

impl From<Fault> for Said {
    fn from(fault: Fault) -> Said {
        Said::new(fault.status, fault.text)
    }
}

/// A document of a sender who was proven.
pub(super) struct Proven<'p> {
    pub request: &'p Request<'p>,
    /// The buyer's connection.
    pub live: Arc<Live>,
    pub envelope: &'p Envelope<'p>,
    pub document: &'p Document,
    pub attachments: &'p [Part],
    /// `domain:identity` of the sender.
    pub sender: String,
    pub now: Timestamp,
    pub zone: String,
}

impl Proven<'_> {
    pub fn cxml(&self) -> Result<&Cxml> {
        self.live.connection.cxml.as_deref().ok_or_else(|| Error::internal("a connection without cXML"))
    }

    pub fn tenant(&self) -> &str {
        &self.live.connection.tenant
    }

    /// Its meaning, so that a repeat is told from another document under the same id.
    pub fn fingerprint(&self) -> String {
        proving::sha256(&envelope::meaning(self.document))
    }

    /// Key under which the answer is kept (section 6).
    pub fn key(&self) -> String {
        format!("cxml/{}/{}", self.sender, self.envelope.payload)
    }
}

/// Receives a document and answers it; a whole cXML document in any case.
pub async fn receive(app: &App, request: Request<'_>) -> String {
    let now = app.clock.now();
    let mut notes = Vec::new();
    let (said, live) = match take(app, &request, now, &mut notes).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::error!(%error, connection = super::punchout::harmless(request.connection), "a cXML document could not be worked on");
            (Said::new(Status::Internal, "The document could not be worked on; please send it again."), None)
        }
    };
    metrics::counter!("hookline_cxml_documents_total", "status" => said.status.code().to_string()).increment(1);
    tracing::info!(connection = super::punchout::harmless(request.connection), status = said.status.code(), "cXML document answered");
    let version = live.as_ref().and_then(|live| live.connection.cxml.as_ref()).map_or("1.2.045", |cxml| cxml.version.as_str());
    let (payload, timestamp) = (payload_id(request.public_url, now), timestamp(now));
    write::response(&Cover { payload: &payload, timestamp: &timestamp, version }, said.status, &said.text, said.beside)
}

/// A sortable id that nobody else uses.
pub(super) fn payload_id(public_url: &str, now: Timestamp) -> String {
    let host = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    format!("{}.1@{}", clock::new_id(now), host.split('/').next().unwrap_or_default())
}

/// With a numeric offset: the specification forbids `Z`.
pub fn timestamp(at: Timestamp) -> String {
    at.to_string().replace('Z', "+00:00")
}

type Taken = (Said, Option<Arc<Live>>);

async fn take(app: &App, request: &Request<'_>, now: Timestamp, notes: &mut Vec<String>) -> Result<Taken> {
    let live = match connecting::connection(app, request.connection).await {
        Ok(live) if live.connection.cxml.is_some() => live,
        Ok(_) | Err(Error::NotFound(_)) => return Ok((authenticating::refused().into(), None)),
        Err(error) => return Err(error),
    };
    let read = read(request);
    let (document, attachments) = match read {
        Ok(read) => read,
        Err(fault) => {
            let said = Said::from(fault);
            record(app, request, &live, None, &said, notes, now).await?;
            return Ok((said, Some(live)));
        }
    };
    notes.extend(document.warnings.iter().cloned());
    let envelope = match envelope::read(&document, notes) {
        Ok(envelope) => envelope,
        Err(fault) => {
            let said = Said::from(fault);
            record(app, request, &live, Some((&document, None)), &said, notes, now).await?;
            return Ok((said, Some(live)));
        }
    };
    let said = match authenticating::prove(app, &live, request, &envelope, now).await? {
        Err(fault) => fault.into(),
        Ok(proof) => {
            let zone = zone(app, &proof.live.connection.tenant).await?;
            let (sender, live) = (proof.sender, proof.live);
            let proven = Proven { request, live, envelope: &envelope, document: &document, attachments: &attachments, sender, now, zone };
            dispatch(app, &proven, proof.is_supplier, notes).await?
        }
    };
    record(app, request, &live, Some((&document, Some(&envelope))), &said, notes, now).await?;
    Ok((said, Some(live)))
}

/// A setup of the virtual buyer, who needs no proof: the number of the session it opened and the key of that, or why it was refused.
pub async fn rehearsed(app: &App, live: &Arc<Live>, document: &str) -> Result<std::result::Result<(String, String), String>> {
    let request = Request {
        connection: &live.connection.name,
        content_type: "text/xml",
        content_encoding: "",
        body: document.as_bytes(),
        cut: false,
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        public_url: app.config.public_url.as_deref().unwrap_or_default(),
        test: true,
    };
    let (now, mut notes) = (app.clock.now(), Vec::new());
    let (document, attachments) = match read(&request) {
        Ok(read) => read,
        Err(fault) => return Ok(Err(fault.text)),
    };
    let envelope = match envelope::read(&document, &mut notes) {
        Ok(envelope) => envelope,
        Err(fault) => return Ok(Err(fault.text)),
    };
    let sender = envelope.sender.first().map(|sender| format!("{}:{}", sender.domain, sender.identity)).unwrap_or_default();
    let zone = zone(app, &live.connection.tenant).await?;
    let proven =
        Proven { request: &request, live: live.clone(), envelope: &envelope, document: &document, attachments: &attachments, sender, now, zone };
    let said = setting_up::set_up(app, &proven, &mut notes).await?;
    record(app, &request, live, Some((&document, Some(&envelope))), &said, &notes, now).await?;
    let page = said.beside.and_then(|response| response.text_at(&["StartPage", "URL"]));
    let Some(token) = page.as_deref().and_then(|url| url.rsplit('/').next()) else { return Ok(Err(said.text)) };
    match start(app, live, token).await? {
        Started::Open { number, key, .. } => Ok(Ok((number, key))),
        Started::Gone(_) => Err(Error::internal("the start page of a rehearsal is gone")),
    }
}

async fn zone(app: &App, tenant: &str) -> Result<String> {
    let Some(organisation) = connecting::organisation(app, tenant).await? else { return Ok(ZONE.to_string()) };
    let settings = parse(&organisation.settings)?;
    let zone = str_of(&settings, "time_zone");
    Ok(if zone.is_empty() { ZONE.to_string() } else { zone.to_string() })
}

/// The document and what came with it.
fn read(request: &Request<'_>) -> std::result::Result<(Document, Vec<Part>), Fault> {
    if request.cut {
        return Err(tree::too_large());
    }
    if !matches!(request.content_encoding.trim().to_ascii_lowercase().as_str(), "" | "identity") {
        return Err(Fault::form("a Content-Encoding is not supported; please send the document as it is"));
    }
    let media_type = mime::media_type(request.content_type);
    if matches!(media_type.as_str(), "multipart/related" | "multipart/mixed") {
        let message = mime::read(request.content_type, request.body)?;
        return Ok((tree::read(&message.document.body, message.document.charset.as_deref())?, message.attachments));
    }
    let charset = mime::parameter(request.content_type, "charset");
    tree::read(request.body, charset.as_deref()).map(|document| (document, Vec::new()))
}

async fn dispatch(app: &App, proven: &Proven<'_>, is_supplier: bool, notes: &mut Vec<String>) -> Result<Said> {
    if !proven.envelope.is_request {
        return Ok(Said::new(Status::NotImplemented, "a Message is not taken here"));
    }
    let name = proven.envelope.payload_element.name.as_str();
    if is_supplier && REQUESTS.contains(&name) || !is_supplier && SUPPLIER_REQUESTS.contains(&name) {
        return Ok(Said::new(Status::Forbidden, format!("this sender may not send {name}")));
    }
    let is_known = ["ProfileRequest", "StatusUpdateRequest"].iter().chain(REQUESTS).chain(SUPPLIER_REQUESTS).any(|known| *known == name);
    if is_known && proven.cxml()?.strict {
        let violations = strict::of_document(proven.document, Dtd::of_payload(name));
        if !violations.is_empty() {
            return Ok(Fault::form(strict::sentence(&violations)).into());
        }
    }
    match name {
        "ProfileRequest" => Ok(profile(proven, is_supplier)),
        "PunchOutSetupRequest" => setting_up::set_up(app, proven, notes).await,
        "OrderRequest" => ordering::order(app, proven, notes).await,
        "ConfirmationRequest" => fulfilling::confirm(app, proven, notes).await,
        "ShipNoticeRequest" => shipping::ship(app, proven).await,
        "StatusUpdateRequest" if is_supplier => sequel::hear(app, proven).await,
        "StatusUpdateRequest" => Ok(Said::new(Status::ExpectationFailed, "the document that the status is about is not known")),
        _ => Ok(Said::new(Status::NotImplemented, "this request is not supported")),
    }
}

fn profile(proven: &Proven<'_>, is_supplier: bool) -> Said {
    let requests: &[&str] = if is_supplier { &["ConfirmationRequest", "ShipNoticeRequest", "StatusUpdateRequest"] } else { REQUESTS };
    let all: Vec<&str> = ["ProfileRequest"].iter().chain(requests).copied().collect();
    let url = format!("{}/cxml/{}", proven.request.public_url, proven.request.connection);
    let options = [("attachments", "yes"), ("changes", "yes"), ("service", "OrderRequest")];
    let beside = write::profile(&timestamp(proven.now), &url, &all, &options);
    Said { beside: Some(beside), ..Said::new(Status::Ok, "This address takes these requests.") }
}

/// What is not valid by its document type in a document whose record this is; nothing where no whole document of ours is kept.
pub fn violations_of(record: &Evidence) -> Option<Vec<String>> {
    let (_, text) = record.received.iter().find(|(name, _)| name == "document")?;
    if text.chars().nth(SHOWN_MAX - 1).is_some() {
        return None;
    }
    let document = tree::read(text.as_bytes(), Some("utf-8")).ok()?;
    let holder = document.root.child("Request").or_else(|| document.root.child("Message")).filter(|_| document.root.name == "cXML")?;
    let payload = holder.elements().map(|element| element.name.as_str()).find(|name| *name != "Status")?;
    Some(strict::of_document(&document, Dtd::of_payload(payload)).iter().map(ToString::to_string).collect())
}

/// What is kept of every document, whoever sent it: without secrets, and before anything is answered.
fn evidence(request: &Request<'_>, live: &Live, envelope: Option<&Envelope<'_>>, hash: String, document: Option<&str>, now: Timestamp) -> Evidence {
    let mut received = vec![("sha256".to_string(), hash)];
    received.extend(envelope.map(|envelope| ("payloadID".to_string(), envelope.payload.clone())));
    received.extend(document.map(|text| ("document".to_string(), text.chars().take(SHOWN_MAX).collect())));
    let identity = |envelope: &Envelope<'_>| envelope.from.first().map(|from| from.identity.clone()).unwrap_or_default();
    Evidence {
        tenant: live.connection.tenant.clone(),
        id: clock::new_id(now),
        connection: live.connection.name.clone(),
        at: now,
        kind: "document".to_string(),
        outcome: envelope.map_or_else(|| "unreadable".to_string(), |envelope| envelope.payload_element.name.to_ascii_lowercase()),
        user: envelope.map(identity).unwrap_or_default(),
        address: request.address.to_string(),
        method: "POST".to_string(),
        received,
        test: request.test,
        ..Evidence::default()
    }
}

/// The same with its answer, and what was odd about the document.
fn answered(evidence: Evidence, status: Status, text: &str, notes: &[String]) -> Evidence {
    let mut notes = notes.to_vec();
    notes.dedup();
    let reason = (!status.is_success()).then(|| status.code().to_string());
    Evidence { reason, sent: json!({"status": status.code(), "text": text}).to_string().into(), notes, ..evidence }
}

/// Keeps it, where that was not done in the commit of what the document brought about.
async fn record(
    app: &App,
    request: &Request<'_>,
    live: &Live,
    read: Option<(&Document, Option<&Envelope<'_>>)>,
    said: &Said,
    notes: &[String],
    now: Timestamp,
) -> Result<()> {
    if said.recorded {
        return Ok(());
    }
    let hash = proving::sha256(request.body);
    let document = read.map(|(document, _)| redacted::redacted(&document.text));
    let evidence = evidence(request, live, read.and_then(|(_, envelope)| envelope), hash, document.as_deref(), now);
    let evidence = Evidence { session: said.session.clone(), ..answered(evidence, said.status, &said.text, notes) };
    app.recorder.record(Wanted { evidence: vec![evidence], ..Wanted::default() }).await.map(drop)
}
