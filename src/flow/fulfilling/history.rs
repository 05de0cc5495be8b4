//! What happened to one order, from the call-up of the catalogue to the payment: the session it was put together in, every entry of the journal
//! about it, every document that was owed because of it and how that went. What is parked can be sent again or given up. Reads; decides nothing.

use crate::app::App;
use crate::domain::time::Timestamp;
use crate::error::{Error, Refusal, Result};
use crate::flow::commanding;
use crate::flow::signing::Caller;
use crate::store::invoice_sending::Sending;
use crate::store::journal::Entry;
use crate::store::order::Stored;
use crate::store::owed::Owed;
use crate::store::{self, Tx};

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum What {
    /// The buyer's system opened the catalogue for somebody.
    CalledUp {
        user: String,
    },
    /// The basket went back under its number.
    Returned {
        quote: String,
    },
    Booked(Entry),
    /// A message, with how it went.
    Sent(Owed),
    /// An invoice on its way, with its number.
    Invoice(Sending, String),
}

#[derive(Clone, Debug)]
pub struct Happening {
    pub at: Timestamp,
    pub what: What,
}

/// Who reads: a supplier sees nothing of the buyer's own books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Buyer,
    Supplier,
}

/// Everything, the newest first.
pub async fn of(tx: &mut Tx, stored: &Stored, reader: Reader) -> Result<Vec<Happening>> {
    let (tenant, order) = (stored.tenant.as_str(), &stored.order);
    let subject = format!("order/{}", order.number);
    let mut entries = store::journal::of_subject(tx, tenant, &subject).await?;
    if reader == Reader::Buyer {
        let known: Vec<i64> = entries.iter().map(|entry| entry.sequence).collect();
        let more = store::mention::entries(tx, tenant, &[subject], i64::MAX).await?;
        entries.extend(more.into_iter().filter(|entry| !known.contains(&entry.sequence)));
    }
    let mut all: Vec<Happening> = entries.into_iter().map(|entry| Happening { at: entry.at, what: What::Booked(entry) }).collect();
    let owed = store::owed::of_lane(tx, tenant, &order.id).await?;
    all.extend(owed.into_iter().map(|owed| Happening { at: owed.at, what: What::Sent(owed) }));
    for invoice in store::invoice::of_order(tx, tenant, &order.id).await? {
        let sendings = store::invoice_sending::of_invoice(tx, tenant, &invoice.id).await?;
        all.extend(sendings.into_iter().map(|s| Happening { at: s.changed_at, what: What::Invoice(s, invoice.number.clone()) }));
    }
    all.extend(shopped(tx, stored).await?);
    // What happened in one moment stays in the order of what it is: shopped, booked, sent.
    all.sort_by_key(|happening| (std::cmp::Reverse(happening.at), std::cmp::Reverse(rank(&happening.what))));
    Ok(all)
}

fn rank(what: &What) -> (u8, i64) {
    match what {
        What::CalledUp { .. } => (0, 0),
        What::Returned { .. } => (1, 0),
        What::Booked(entry) => (2, entry.sequence),
        What::Sent(_) => (3, 0),
        What::Invoice(..) => (4, 0),
    }
}

/// The session that the order's basket came from.
async fn shopped(tx: &mut Tx, stored: &Stored) -> Result<Vec<Happening>> {
    let Some(quote) = &stored.order.quote else { return Ok(Vec::new()) };
    let Some(transfer) = store::transfer::by_quote(tx, &stored.tenant, quote).await? else { return Ok(Vec::new()) };
    let session = store::session::by_number(tx, &stored.tenant, &transfer.session).await?;
    let called = session.map(|session| Happening { at: session.opened_at, what: What::CalledUp { user: session.user } });
    let returned = Happening { at: transfer.at, what: What::Returned { quote: quote.clone() } };
    Ok(called.into_iter().chain([returned]).collect())
}

/// Sends a message of this order again that a person must look at.
pub async fn resend(app: &App, stored: &Stored, message: &str) -> Result<()> {
    let mut tx = parked(app, stored, message).await?;
    let changed = store::owed::again(&mut tx, &stored.tenant, message, app.clock.now()).await?;
    tx.commit().await?;
    if changed == 1 { Ok(()) } else { Err(Error::Conflict(format!("a later message has left before {message}"))) }
}

/// Ends a message of this order that a person must look at, for a reason; what waits behind it has its turn.
pub async fn give_up(app: &App, caller: &Caller, stored: &Stored, message: &str, why: &str) -> Result<()> {
    let why = commanding::given(why, "why")?;
    let mut tx = parked(app, stored, message).await?;
    store::owed::give_up(&mut tx, (&stored.tenant, message), &caller.person.sign_in, why, app.clock.now()).await?;
    tx.commit().await
}

/// A writer, where this message is one of the order's that wait for a person.
async fn parked(app: &App, stored: &Stored, message: &str) -> Result<Tx> {
    let mut tx = app.store.begin().await?;
    let owed = store::owed::of_lane(&mut tx, &stored.tenant, &stored.order.id).await?;
    let is_parked = owed.iter().any(|owed| owed.id == message && owed.state == "parked");
    if is_parked { Ok(tx) } else { Err(Error::Refused(Refusal::Nothing { what: "message".into() })) }
}
