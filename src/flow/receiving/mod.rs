//! A supplier's invoice comes in, whatever way: kept as it came before it is looked at, judged by the official rules, told from what came
//! before, held against order and delivery, and booked where nothing needs a person; else it waits for a clerk (reference einvoicing, section
//! 16). Nothing is guessed, and nothing is lost. Whether a figure fits is decided in `domain/matching`.

mod deciding;
mod judging;
mod knowing;
mod posting;
mod responding;
mod rows;
mod seeing;
mod telling;

pub use deciding::{Answered, Choice, Decision, decide, try_again};
pub use judging::{BILLED_MAX, Judged, judge};
pub use knowing::{Facts, check as check_settings};
pub use responding::{ACTIONS, REASONS};
pub use rows::{LineKept, ReasonKept, findings, kept_lines, kept_reasons};
pub use seeing::{Seen, document, file, invoice_json, list, one, response, seen_json};

use super::bookkeeping::{Booking, Done, Key};
use super::proving;
use crate::app::App;
use crate::clock;
use crate::domain::books::command::Names;
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::matching::{self, Bill, Match};
use crate::domain::rights::Asker;
use crate::error::{Error, Result};
use crate::store;
use crate::store::inbox::Received;
use crate::store::supplier_invoice::{State, SupplierInvoice};

/// The way an invoice came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    Page,
    Api,
    /// A folder of the installation, such as a mailbox is emptied into.
    Folder,
    AccessPoint,
}

impl Channel {
    pub fn as_str(self) -> &'static str {
        match self {
            Channel::Page => "invoices/page",
            Channel::Api => "invoices/api",
            Channel::Folder => "invoices/folder",
            Channel::AccessPoint => "invoices/access-point",
        }
    }
}

/// What became of a document that came in.
#[derive(Clone, Debug)]
pub struct Receipt {
    pub invoice: SupplierInvoice,
    /// Whether it had come before.
    pub again: bool,
    /// Why it is not let in.
    pub findings: Findings,
}

/// Takes a document for a buyer. The same one again, by its bytes or by seller, number, year and type, is the first one.
pub async fn receive(app: &App, tenant: &str, actor: &str, bytes: &[u8], channel: Channel) -> Result<Receipt> {
    let now = app.clock.now();
    let inbox = keep_as_received(app, tenant, bytes, channel).await?;
    let received = take(app, tenant, actor, bytes, channel, &inbox).await;
    let (status, answer) = match &received {
        Ok(receipt) => (status(receipt), receipt.invoice.id.clone()),
        Err(error) => (0, error.to_string()),
    };
    let mut tx = app.store.begin().await?;
    tx.write(vec![store::inbox::answer(tenant, &inbox.id, i64::from(status), &answer)]).await?;
    tx.commit().await?;
    if let Ok(receipt) = &received {
        let outcome = if receipt.again { "again" } else { receipt.invoice.state.as_str() };
        metrics::counter!("hookline_supplier_invoices_total", "outcome" => outcome).increment(1);
        let duration_ms = u64::try_from(app.clock.now().since(now).as_millis()).unwrap_or(u64::MAX);
        tracing::info!(invoice = receipt.invoice.id, outcome, duration_ms, "supplier invoice received");
    }
    received
}

/// As HTTP has it: booked, waits for somebody, came before, not let in.
pub fn status(receipt: &Receipt) -> u16 {
    match (receipt.invoice.state, receipt.again) {
        (State::Unreadable | State::Invalid, _) => 422,
        (_, true) | (State::Duplicate, _) => 200,
        (State::Posted, false) => 201,
        (State::Waiting | State::Held | State::Disputed | State::Queried | State::Cancelled, false) => 202,
    }
}

async fn keep_as_received(app: &App, tenant: &str, bytes: &[u8], channel: Channel) -> Result<Received> {
    let now = app.clock.now();
    let received = Received {
        id: clock::new_id(now),
        channel: channel.as_str(),
        hash: proving::sha256(bytes),
        media_type: "application/xml",
        document: bytes.to_vec(),
        at: now,
        status: 0,
        answer: String::new(),
    };
    let mut tx = app.store.begin().await?;
    tx.write(vec![store::inbox::insert(tenant, std::slice::from_ref(&received))]).await?;
    tx.commit().await?;
    Ok(received)
}

/// A document that was too large to be taken: what is known of it is kept all the same.
pub async fn too_large(app: &App, tenant: &str, channel: Channel, bytes_max: usize) -> Error {
    let error: Error = Finding::error(Code::TooMany, "bytes").limit(bytes_max).into();
    let now = app.clock.now();
    let (id, media_type, hash) = (clock::new_id(now), "application/xml", String::new());
    let answer = error.to_string();
    let received = Received { id, channel: channel.as_str(), hash, media_type, document: Vec::new(), at: now, status: 422, answer };
    let kept = async {
        let mut tx = app.store.begin().await?;
        tx.write(vec![store::inbox::insert(tenant, &[received])]).await?;
        tx.commit().await
    };
    kept.await.err().unwrap_or(error)
}

async fn take(app: &App, tenant: &str, actor: &str, bytes: &[u8], channel: Channel, inbox: &Received) -> Result<Receipt> {
    let mut tx = app.store.read().await?;
    if let Some(known) = store::supplier_invoice::by_hash(&mut tx, tenant, &inbox.hash).await? {
        let findings = rows::findings(&known)?;
        return Ok(Receipt { invoice: known, again: true, findings });
    }
    let zone = store::organisation::time_zone(&mut tx, tenant).await?;
    drop(tx);
    let today = app.clock.now().local(&zone).0;
    let document = bytes.to_vec();
    let judged = tokio::task::spawn_blocking(move || judge(&document, &today)).await.map_err(Error::internal)?;
    match judged {
        Judged::Unreadable(findings) => keep(app, tenant, rows::refused(inbox, channel, State::Unreadable, &Bill::default(), &findings)).await,
        Judged::Invalid(bill, findings) => keep(app, tenant, rows::refused(inbox, channel, State::Invalid, &bill, &findings)).await,
        Judged::Valid(bill) => book(app, tenant, actor, *bill, channel, inbox).await,
    }
}

/// One that no booking follows from. Two at once make one.
async fn keep(app: &App, tenant: &str, invoice: SupplierInvoice) -> Result<Receipt> {
    let mut tx = app.store.begin().await?;
    tx.write(vec![store::supplier_invoice::keep(tenant, &invoice)]).await?;
    let kept = store::supplier_invoice::by_hash(&mut tx, tenant, &invoice.hash).await?.unwrap_or(invoice.clone());
    tx.commit().await?;
    let findings = rows::findings(&kept)?;
    Ok(Receipt { again: kept.id != invoice.id, invoice: kept, findings })
}

/// Has a valid invoice decided by the bookkeeper: of all that come at once with one identity one is booked, and the others are answered
/// as it was.
async fn book(app: &App, tenant: &str, actor: &str, bill: Bill, channel: Channel, inbox: &Received) -> Result<Receipt> {
    let facts = knowing::facts(app, tenant, &bill, &[]).await?;
    let mut tx = app.store.read().await?;
    let here = match &facts.supplier {
        Some(supplier) => store::supplier_invoice::is_issued_here(&mut tx, tenant, supplier, &bill.number).await?,
        None => false,
    };
    let first = store::supplier_invoice::by_identity(&mut tx, tenant, &bill.identity()).await?;
    let buyer = store::organisation::by_id(&mut tx, tenant).await?.ok_or_else(|| Error::internal("an invoice without its buyer"))?;
    drop(tx);
    if here || first.is_some() {
        return duplicate(app, tenant, &bill, channel, inbox, facts.supplier.clone()).await;
    }
    let invoice = rows::arrived(inbox, channel, &bill);
    let found = matching::compare(&bill, &facts.known(), &facts.tolerances);
    let booking = Booking {
        actor: actor.to_string(),
        asker: Asker::Supplier,
        keys: vec![Key { id: format!("supplier-invoice/{}", bill.identity()), keeps_refusals: true }],
        fingerprint: inbox.hash.clone(),
        names: names(&facts, &found, &bill, &invoice.id),
        orders: found.orders.iter().filter_map(|found| facts.stored.get(found.order)).map(|stored| stored.order.id.clone()).collect(),
        series: None,
        preview: false,
        received: None,
        plan: telling::waits(posting::arriving(bill.clone(), facts.clone(), invoice.clone()), buyer, channel, app.config.public_url.clone()),
    };
    let id = match app.bookkeepers.book(tenant, booking).await? {
        Done::Decided { answer, .. } | Done::Repeated { answer, .. } => answer.body,
        Done::OtherContent { .. } => return duplicate(app, tenant, &bill, channel, inbox, facts.supplier.clone()).await,
    };
    let mut tx = app.store.read().await?;
    let stored = store::supplier_invoice::by_id(&mut tx, tenant, &id).await?;
    let stored = stored.ok_or_else(|| Error::internal("a supplier's invoice that was booked is not there"))?;
    Ok(Receipt { again: stored.id != invoice.id, invoice: stored, findings: Findings::default() })
}

/// The same document in other bytes: kept, and never booked.
async fn duplicate(app: &App, tenant: &str, bill: &Bill, channel: Channel, inbox: &Received, supplier: Option<String>) -> Result<Receipt> {
    let arrived = rows::arrived(inbox, channel, bill);
    let identity = format!("{}#{}", arrived.identity, arrived.id);
    keep(app, tenant, SupplierInvoice { state: State::Duplicate, identity, supplier, ..arrived }).await
}

/// What of the books must be at hand for an invoice.
fn names(facts: &Facts, found: &Match, bill: &Bill, id: &str) -> Names {
    let orders = found.orders.iter().filter_map(|found| facts.orders.get(found.order)).map(|order| order.number.as_str().into());
    Names { orders: orders.collect(), invoices: vec![posting::booked_name(facts.supplier.as_deref(), bill, id).into()], ..Names::default() }
}
