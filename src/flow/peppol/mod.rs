//! Messages of Peppol ordering that the access point brings (reference cxml-and-peppol-ordering, Part II): a buyer's orders, changes and
//! cancellations, a supplier's answers, advices and agreements. Whose they are follows from the electronic addresses; what they mean is booked as for any other
//! format (`flow/cxml/ordering`, `fulfilling`). Nothing of what belongs to nobody here is kept.

pub mod agreeing;
mod answering;
mod concluding;
pub mod offering;
mod reasons;
mod supplying;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use super::cxml::coming::{Came, Heard};
use super::cxml::{Said, ordering, refusing};
use super::recording::Wanted;
use super::{checking, connecting, proving};
use crate::app::App;
use crate::clock;
use crate::domain::coding::Kind as Coded;
use crate::domain::connection::{Connection, Cxml};
use crate::domain::finding::{Code, Finding, Findings};
use crate::einvoice::Profile;
use crate::error::{Error, Result};
use crate::flow::connecting::Live;
use crate::store;
use crate::store::evidence::Evidence;
use crate::store::json::{parse, str_of};
use crate::store::organisation::Organisation;
use crate::wire::cxml::envelope;
use crate::wire::cxml::mime::Part;
use crate::wire::cxml::tree::{self, Document};
use crate::wire::cxml::{Fault, Status};
use crate::wire::peppol::order::{self, Heading};
use crate::wire::peppol::{Correspondence, Message, Party, SPECIFICATIONS};

/// The longest document that evidence shows; the whole stands in the inbox.
const SHOWN_MAX: usize = 64 * 1024;

/// What became of a document: the organisation it was for, and as HTTP has it, how it went.
pub struct Arrival {
    pub organisation: Arc<Organisation>,
    pub status: u16,
}

/// Takes a message of ordering; nothing where the document is none.
pub async fn arrive(app: &App, text: &str) -> Result<Option<Arrival>> {
    let document = match tree::read(text.as_bytes(), None) {
        Ok(document) => document,
        // Beyond the limits of a document, or broken: nobody could be answered.
        Err(fault) if text.contains(SPECIFICATIONS) => return Err(Finding::error(Code::Unusable, "document").value(fault.text).into()),
        Err(_) => return Ok(None),
    };
    let Some(message) = Message::of(&document.root) else { return Ok(None) };
    metrics::counter!("hookline_peppol_documents_total", "message" => message.root()).increment(1);
    match message {
        Message::Order | Message::OrderChange | Message::OrderCancellation => {
            let heading = order::heading(&document.root).ok_or_else(|| Error::internal("an order without a heading"))?;
            of_buyer(app, &document, &heading).await.map(Some)
        }
        Message::OrderResponse | Message::OrderResponseAdvanced => supplying::answered(app, &document).await.map(Some),
        Message::DespatchAdvice => supplying::despatched(app, &document).await.map(Some),
        Message::OrderAgreement => concluding::concluded(app, &document).await.map(Some),
        Message::PunchOut => Err(Finding::error(Code::CartElsewhere, "CustomizationID").value(message.specification()).into()),
    }
}

/// An organisation as messages of the network name it.
pub fn party(organisation: &Organisation) -> Result<Party> {
    let settings = parse(&organisation.settings)?;
    let text = |key: &str| str_of(&settings, key).to_string();
    Ok(Party {
        scheme: text("endpoint_scheme"),
        endpoint: text("endpoint"),
        name: organisation.name.clone(),
        country: text("country"),
        ..Party::default()
    })
}

/// Buyer and supplier as documents name them; nothing when one of them is not there.
async fn corresponding(app: &App, buyer: &str, seller: &str) -> Result<Option<Correspondence>> {
    let buyer = connecting::organisation(app, buyer).await?;
    let seller = connecting::organisation(app, seller).await?;
    let Some((buyer, seller)) = buyer.zip(seller) else { return Ok(None) };
    Ok(Some(Correspondence { buyer: party(&buyer)?, seller: party(&seller)?, ..Correspondence::default() }))
}

/// The organisation of a kind with an electronic address.
async fn addressed(app: &App, kind: &str, party: &Party) -> Result<Arc<Organisation>> {
    let mut tx = app.store.read().await?;
    for organisation in store::organisation::all(&mut tx).await?.into_iter().filter(|organisation| organisation.kind == kind) {
        let settings = parse(&organisation.settings)?;
        let same = str_of(&settings, "endpoint").eq_ignore_ascii_case(&party.endpoint) && str_of(&settings, "endpoint_scheme") == party.scheme;
        if same && !party.endpoint.is_empty() {
            return Ok(Arc::new(organisation));
        }
    }
    Err(Error::not_found("participant", party.address()))
}

/// The buyer's connection to the supplier that takes orders from the network.
async fn connection(app: &App, buyer: &str, supplier: &str) -> Result<Arc<Live>> {
    let mut names = Vec::new();
    for stored in store::connection::all(&mut app.store.read().await?).await? {
        if stored.tenant == buyer && stored.settings.contains("\"peppol\"") {
            names.push(stored.name);
        }
    }
    for name in names {
        let live = connecting::connection(app, &name).await?;
        let is_it = live.connection.active && live.connection.peppol.is_some();
        if is_it && connecting::catalogue(app, &live.connection.catalogue).await?.supplier == supplier {
            return Ok(live);
        }
    }
    Err(Error::not_found("connection", format!("{buyer} over Peppol")))
}

/// The habits by which an order is compared, in the words of the order in the middle.
fn habits(connection: &Connection) -> Cxml {
    let peppol = connection.peppol.as_deref().cloned().unwrap_or_default();
    Cxml {
        units: peppol.units,
        unknown_parts: peppol.unknown_parts,
        unknown_cost_centre: peppol.unknown_cost_centre,
        no_cost_centre: peppol.no_cost_centre,
        ..Cxml::default()
    }
}

async fn of_buyer(app: &App, document: &Document, heading: &Heading) -> Result<Arrival> {
    let supplier = addressed(app, "supplier", &heading.correspondence.seller).await?;
    let buyer = addressed(app, "buyer", &heading.correspondence.buyer).await?;
    let live = connection(app, &buyer.id, &supplier.id).await?;
    let mut notes = document.warnings.clone();
    let files = order::attachments(&document.root, &mut notes);
    let came = came(app, document, heading, &live, &files);
    let said = booked(app, document, heading, &came, &mut notes).await?;
    answering::again(app, heading, &came, &said).await?;
    let connection = live.connection.name.as_str();
    let recorded = Recorded { tenant: &buyer.id, connection, sender: came.sender.clone(), id: &heading.id, said: &said };
    record(app, document, &recorded, &notes).await?;
    let (number, status) = (heading.order.as_str(), said.status.code());
    if said.status.is_success() {
        tracing::info!(order.number = number, status, "Peppol order answered");
    } else {
        tracing::warn!(order.number = number, status, "Peppol order refused");
    }
    Ok(Arrival { organisation: buyer, status })
}

/// Section 21: the buyer's address and the number are the key; a changed or cancelled order is known by the message that does it.
fn came<'f>(app: &App, document: &Document, heading: &Heading, live: &Arc<Live>, files: &'f [Part]) -> Came<'f> {
    let sender = heading.correspondence.buyer.address();
    let key = match heading.message {
        Message::Order => format!("peppol/{sender}/{}", heading.order),
        _ => format!("peppol/{sender}/{}/{}/{}", heading.order, heading.message.root(), heading.id),
    };
    Came {
        tenant: live.connection.tenant.clone(),
        live: Some(live.clone()),
        habits: habits(&live.connection),
        protocol: "peppol",
        sender,
        payload: heading.id.clone(),
        key,
        fingerprint: proving::sha256(&envelope::meaning(document)),
        is_test: false,
        attachments: files,
        document: document.text.clone().into_bytes(),
        hash: proving::sha256(&document.text),
        now: app.clock.now(),
        correspondence: Some(heading.correspondence.clone()),
        agreed: None,
        answering: Some(answering::in_peppol(heading, &live.connection.tenant)),
        evidence: None,
    }
}

/// Why the rules of a message refuse it; nothing where they do not, and what they warn of is noted.
async fn judged(app: &App, document: &Document, strict: bool, notes: &mut Vec<String>) -> Result<Option<Fault>> {
    let checked = checking::check(plain(document), None, checking::day(app, "")?).await?;
    let why = reasons::refused(&checked.report, &document.root, strict);
    if why.is_none() {
        notes.extend(reasons::warned(&checked.report, &document.root));
    }
    Ok(why.map(|text| Fault { status: Status::BadRequest, text }))
}

/// Why the rules of a punch-out cart refuse it: for the shop's people, and for whoever sees it refused; nothing where they do not, and what they
/// warn of is noted.
pub async fn cart_refused(app: &App, document: &Document, notes: &mut Vec<String>) -> Result<Option<(Fault, Findings)>> {
    let checked = checking::check(plain(document), Some(Profile::PunchOut), checking::day(app, "")?).await?;
    let Some(text) = reasons::refused(&checked.report, &document.root, false) else {
        notes.extend(reasons::warned(&checked.report, &document.root));
        return Ok(None);
    };
    Ok(Some((Fault { status: Status::BadRequest, text }, reasons::findings(&checked.report))))
}

/// The text of a document without the declaration of its charset, in which it was read.
fn plain(document: &Document) -> Vec<u8> {
    let text = document.text.as_str();
    let text = text.split_once("?>").filter(|_| text.starts_with("<?xml")).map_or(text, |(_, rest)| rest);
    text.trim_start().as_bytes().to_vec()
}

/// Asks the rules, then what the order means, and has it booked; every refusal is kept with its answer.
async fn booked(app: &App, document: &Document, heading: &Heading, came: &Came<'_>, notes: &mut Vec<String>) -> Result<Said> {
    let habits = came.connection()?.peppol.as_deref().cloned().unwrap_or_default();
    let subject = format!("order/{}", heading.order);
    if let Some(fault) = judged(app, document, habits.strict, notes).await? {
        return refusing::refuse(app, came, subject, fault).await;
    }
    let mut read = match order::read(&document.root, heading, &habits, notes) {
        Ok(order) => order,
        Err(fault) => return refusing::refuse(app, came, subject, fault).await,
    };
    read.references = came.attachments.iter().map(|file| (file.id.clone(), false)).collect();
    look_up(app, &came.tenant, &mut read).await?;
    ordering::take(app, came, read, notes).await
}

/// An account string that follows no rule is a cost centre where it is one here, else an account where it is one (section 28).
async fn look_up(app: &App, tenant: &str, order: &mut crate::wire::cxml::kept::Order) -> Result<()> {
    if !order.lines.iter().flat_map(|line| &line.cost).any(|share| share.opaque) {
        return Ok(());
    }
    let mut tx = app.store.read().await?;
    let budgets = store::standing::budgets(&mut tx, tenant).await?;
    let kind = Coded::GlAccount.name();
    let accounts: BTreeSet<String> =
        store::code::all(&mut tx, tenant).await?.into_iter().filter(|entry| entry.kind == kind).map(|entry| entry.code).collect();
    for share in order.lines.iter_mut().flat_map(|line| &mut line.cost).filter(|share| share.opaque) {
        let Some(code) = share.cost_centre().map(str::to_string) else { continue };
        if !budgets.iter().any(|budget| *budget.code == *code) && accounts.contains(&code) {
            share.segments = [("gl_account".to_string(), code)].into_iter().collect();
        }
    }
    Ok(())
}

/// Whose message is recorded, and how it went.
struct Recorded<'r> {
    tenant: &'r str,
    /// Empty where the order came by none.
    connection: &'r str,
    sender: String,
    id: &'r str,
    said: &'r Said,
}

/// What is kept of every message: what was odd about it, and how it went, where the administrator looks.
async fn record(app: &App, document: &Document, recorded: &Recorded<'_>, notes: &[String]) -> Result<()> {
    let (mut notes, now, said) = (notes.to_vec(), app.clock.now(), recorded.said);
    notes.dedup();
    let received = vec![
        ("sha256".to_string(), proving::sha256(&document.text)),
        ("ID".to_string(), recorded.id.to_string()),
        ("document".to_string(), document.text.chars().take(SHOWN_MAX).collect()),
    ];
    let repeated = match said.heard {
        Heard::First => "",
        Heard::Again => "again",
        Heard::OtherContent => "other content",
    };
    let evidence = Evidence {
        tenant: recorded.tenant.to_string(),
        id: clock::new_id(now),
        connection: recorded.connection.to_string(),
        at: now,
        kind: "document".to_string(),
        outcome: document.root.name.to_ascii_lowercase(),
        reason: (!said.status.is_success()).then(|| said.status.code().to_string()),
        user: recorded.sender.clone(),
        method: "POST".to_string(),
        received,
        sent: json!({"status": said.status.code(), "text": said.text, "heard": repeated}).to_string().into(),
        notes,
        ..Evidence::default()
    };
    app.recorder.record(Wanted { evidence: vec![evidence], ..Wanted::default() }).await.map(drop)
}
