//! Order agreements (T110, section 24) that suppliers send. Of an order that is here one says how it stands, as an answer does; another one is the
//! order, where its buyer takes such orders: it is booked as every order is, and goes to no supplier, who has it. Whatever is not taken is kept with
//! its reason and told to the buyer's people by mail, once for a document; what is left aside of one that is taken stands in the notes of its record.
//! Nothing is answered over the network. Never guesses which order is meant, nor who bears it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::supplying::{came, order, told, unusable};
use super::{Arrival, Recorded, addressed, connection, habits, judged, look_up};
use crate::app::App;
use crate::domain::connection::Peppol;
use crate::error::{Error, Result};
use crate::flow::bookkeeping::{Decided, Written};
use crate::flow::connecting::Live;
use crate::flow::cxml::coming::{Answering, Came, Heard};
use crate::flow::cxml::{Said, fulfilling, kept_of, ordering, refusing};
use crate::flow::delivering::{self, numbered};
use crate::flow::{notifying, ordering as placing};
use crate::store::order::Stored;
use crate::store::organisation::Organisation;
use crate::store::outbox::Message;
use crate::wire::cxml::kept::SALES_ORDER;
use crate::wire::cxml::tree::Document;
use crate::wire::cxml::{Fault, Status};
use crate::wire::peppol::agreed::{self, Agreement, Head};
use crate::wire::peppol::answer::{self, Word1229};

/// The longest number that an order may have.
const NUMBER_CHARS_MAX: usize = 100;

/// Whom an agreement is between, and the buyer's connection to the supplier, where there is one.
struct Between {
    buyer: Arc<Organisation>,
    supplier: Arc<Organisation>,
    live: Option<Arc<Live>>,
}

impl Between {
    fn habits(&self) -> Peppol {
        self.live.as_ref().and_then(|live| live.connection.peppol.as_deref().cloned()).unwrap_or_default()
    }
}

/// An order agreement.
pub async fn concluded(app: &App, document: &Document) -> Result<Arrival> {
    let head = agreed::head(&document.root).unwrap_or_else(|| Err(Fault::form("this is no order agreement"))).map_err(unusable)?;
    let supplier = addressed(app, "supplier", &head.seller).await?;
    let buyer = addressed(app, "buyer", &head.buyer).await?;
    let live = match connection(app, &buyer.id, &supplier.id).await {
        Ok(live) => Some(live),
        Err(Error::NotFound(_)) => None,
        Err(error) => return Err(error),
    };
    let between = Between { buyer, supplier, live };
    let (tenant, supplier) = (between.buyer.id.as_str(), between.supplier.id.as_str());
    let (number, stored) = match head.buyers_number() {
        Some(number) => (number.to_string(), order(app, tenant, supplier, number).await?),
        // By that number alone: an order of the buyer's may have it, too, and is another. One that waits for its approval keeps its number.
        None => {
            let number = head.suppliers_number();
            let known = delivering::by_suppliers_number(&mut app.store.read().await?, tenant, supplier, number).await?;
            (known.as_ref().map_or_else(|| numbered(supplier, number), |known| known.order.number.clone()), known.filter(Stored::is_sent))
        }
    };
    let mut notes = document.warnings.clone();
    let said = taken(app, document, &between, &head, (&number, stored.as_ref()), &mut notes).await?;
    let of_order = stored.as_ref().and_then(|stored| stored.order.connection.clone());
    let of_buyer = || between.live.as_ref().map(|live| live.connection.name.clone());
    let connection = of_order.or_else(of_buyer).unwrap_or_default();
    let (tenant, sender) = (between.buyer.id.as_str(), head.seller.address());
    told(app, document, &Recorded { tenant, connection: &connection, sender, id: &head.id, said: &said }, &notes).await?;
    Ok(Arrival { organisation: between.buyer, status: said.status.code() })
}

/// Asks the rules, then what the agreement means for the order that it is about, or that it is.
async fn taken(
    app: &App,
    document: &Document,
    between: &Between,
    head: &Head,
    (number, stored): (&str, Option<&Stored>),
    notes: &mut Vec<String>,
) -> Result<Said> {
    let habits = between.habits();
    let number = stored.map_or(number, |stored| stored.order.number.as_str());
    let subject = format!("order/{number}");
    let came = came(app, document, &between.buyer.id, &head.seller, &head.id, stored).await?;
    let came = Came { key: format!("peppol/{}/OrderAgreement/{}", came.sender, head.id), answering: Some(telling(between, &came, number)), ..came };
    // Known by its content: its number is free for another one.
    let by_content = Came { key: format!("{}/{}", came.key, came.fingerprint), ..came.clone() };
    // Nothing was decided: it may come again under its number once it is right.
    if let Some(fault) = judged(app, document, habits.strict, notes).await? {
        return refusing::refuse(app, &by_content, subject, fault).await;
    }
    let agreement = match agreed::read(&document.root, head.clone(), &habits, notes) {
        Ok(agreement) => agreement,
        Err(fault) => return refusing::refuse(app, &by_content, subject, fault).await,
    };
    let said = match stored {
        Some(stored) => stands(app, &came, stored, &agreement, notes).await?,
        None => is_the_order(app, came, between, agreement, number, notes).await?,
    };
    if said.heard == Heard::OtherContent {
        // No booking told of it: that of the document that came first stands.
        refusing::refuse(app, &by_content, subject, Fault { status: said.status, text: said.text.clone() }).await?;
    }
    Ok(said)
}

/// Of an order that the supplier has: what is as ordered is confirmed, what is not waits for the buyer.
async fn stands(app: &App, came: &Came<'_>, stored: &Stored, agreement: &Agreement, notes: &mut Vec<String>) -> Result<Said> {
    let kept = kept_of(stored);
    let answered = agreement.answered(&kept);
    let (charges, known) = (agreement.order.shipping, kept.order.shipping);
    if !charges.is_zero() && charges != known {
        let (charges, currency) = (charges.normalize(), &agreement.head.currency);
        notes.push(format!("charges of {charges} {currency} on the whole are not taken over; the order has {}", known.normalize()));
    }
    let meant = if answered.lines.iter().all(|line| line.word == Word1229::Added) {
        Err(Fault::new(Status::ExpectationFailed, format_args!("the agreement names no line of order {}", stored.order.number)))
    } else {
        answer::confirmation(&kept, &answered, notes)
    };
    match meant {
        Ok(Some(confirmation)) => fulfilling::take(app, came, confirmation, notes).await,
        Ok(None) => Ok(Said::new(Status::Ok, "The supplier has the order.")),
        // Kept under its number, so that the same document again gets what it was told first.
        Err(fault) => refusing::refuse(app, came, format!("order/{}", stored.order.number), fault).await,
    }
}

/// Of an order that nobody here knows: that is the order, where the buyer takes such.
async fn is_the_order(
    app: &App,
    came: Came<'static>,
    between: &Between,
    agreement: Agreement,
    number: &str,
    notes: &mut Vec<String>,
) -> Result<Said> {
    let subject = format!("order/{number}");
    let Some(live) = between.live.clone().filter(|_| between.habits().agreed_orders) else {
        let fault =
            Fault::new(Status::ExpectationFailed, format_args!("order {number} is not known, and an agreement is no order here (agreed_orders)"));
        // Under a key of its own: once agreements are taken it may come again.
        return refusing::refuse(app, &Came { key: format!("{}/held", came.key), ..came }, subject, fault).await;
    };
    let promised = agreement.items.iter().filter_map(|item| Some((item.line.line.clone(), item.promised.clone()?)));
    let agreed: BTreeMap<String, String> = promised.collect();
    let came = Came { habits: habits(&live.connection), live: Some(live), agreed: Some(agreed), ..came };
    let head = agreement.head.clone();
    let mut order = match agreement.into_order(number) {
        Ok(order) => order,
        Err(fault) => return refusing::refuse(app, &came, subject, fault).await,
    };
    if number.chars().count() > NUMBER_CHARS_MAX {
        return refusing::refuse(app, &came, subject, Fault::content("the number of the order is too long")).await;
    }
    if head.buyers_number().is_none() {
        // What invoices and advices of the supplier will call it.
        order.extrinsics.entry(SALES_ORDER.to_string()).or_insert_with(|| head.suppliers_number().to_string());
    }
    look_up(app, &came.tenant, &mut order).await?;
    ordering::take(app, &came, order, notes).await
}

/// The buyer's people hear of what is not taken, in the commit that keeps it, and those who answer for a budget that is short.
fn telling(between: &Between, came: &Came<'_>, number: &str) -> Answering {
    let (buyer, supplier, number) = (between.buyer.clone(), between.supplier.name.clone(), number.to_string());
    let lane = format!("peppol/{}/{}", came.sender, came.payload);
    Arc::new(move |written: &mut Written, decided: &Decided<'_>| {
        if written.answer.status < 300 {
            return;
        }
        let over = decided.outcome.as_ref().err().map(|refusal| refusal.over.as_slice()).unwrap_or_default();
        let amount = |short: i64| notifying::amount(short, &buyer.currency);
        let short = |budget: &str, amount: String| json!({"key": "mail-detail-short", "values": {"budget": budget, "amount": amount}});
        let details: Vec<Value> = over.iter().map(|over| short(&over.at.to_string(), amount(over.short))).collect();
        let payload = json!({
            "template": "agreement-held", "language": buyer.language.as_str(), "order": {"number": number},
            "values": {"supplier": supplier, "why": written.answer.body}, "details": details,
        });
        let holders = over.iter().filter_map(|over| notifying::holder(decided.books, &over.at.budget));
        let people: BTreeSet<String> = notifying::address(&buyer).ok().flatten().into_iter().chain(holders).collect();
        let to = |mail: &String| -> Message { placing::message(&buyer.id, "mail", &lane, mail, &payload, decided.at) };
        written.messages.extend(people.iter().map(to));
    })
}
