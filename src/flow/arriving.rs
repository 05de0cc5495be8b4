//! What an access point brings: a supplier's invoice for a buyer here, a customer's answer to an invoice of a supplier here, or a message of ordering
//! (`flow/peppol`). Whose it is follows from the electronic addresses in the document. What belongs to nobody here is refused, and nothing of it is kept.

use super::peppol;
use super::receiving::{self, Channel};
use crate::app::App;
use crate::domain::finding::{Code, Finding};
use crate::domain::invoice::terms::Channel as Sending;
use crate::error::{Error, Result};
use crate::store;
use crate::store::invoice_sending;
use crate::store::json::{parse, str_of};
use crate::store::organisation::Organisation;
use crate::wire::cxml::encoding;
use crate::wire::tree::tree;
use crate::wire::ubl_response::{self, Heard, Status};
use crate::wire::{envelope, ubl_reading};

/// Who brings it, in the journal.
const ACTOR: &str = "access point";

/// What became of a document; the country of the organisation it was for, which access points ask for.
pub struct Arrival {
    pub country: String,
    /// As HTTP has it.
    pub status: u16,
}

/// Takes a document, with or without its envelope.
pub async fn arrive(app: &App, bytes: &[u8]) -> Result<Arrival> {
    let unusable = || Error::from(Finding::error(Code::Unusable, "XML"));
    // Orders come in other charsets too (section 27).
    let decoded = ubl_reading::decode(bytes).or_else(|| encoding::decode(bytes, None).ok().map(|(text, _)| text));
    let text = decoded.ok_or_else(unusable)?;
    let document = envelope::open(&text).ok_or_else(unusable)?;
    if let Some(arrival) = peppol::arrive(app, document).await? {
        return Ok(Arrival { country: country(&arrival.organisation)?, status: arrival.status });
    }
    if let Some(heard) = ubl_response::read(document) {
        return hear(app, &heard).await;
    }
    let root = tree(document).ok_or_else(unusable)?;
    let buyer = "AccountingCustomerParty/Party/EndpointID";
    let organisation = addressed(app, &root.attribute(buyer, "schemeID"), &root.text(buyer)).await?;
    let receipt = receiving::receive(app, &organisation.id, ACTOR, document.as_bytes(), Channel::AccessPoint).await?;
    Ok(Arrival { country: country(&organisation)?, status: receiving::status(&receipt) })
}

fn country(organisation: &Organisation) -> Result<String> {
    Ok(str_of(&parse(&organisation.settings)?, "country").to_string())
}

/// The buyer with this electronic address.
async fn addressed(app: &App, scheme: &str, number: &str) -> Result<Organisation> {
    let mut tx = app.store.read().await?;
    for organisation in store::organisation::all(&mut tx).await?.into_iter().filter(|organisation| organisation.kind == "buyer") {
        let settings = parse(&organisation.settings)?;
        let same = str_of(&settings, "endpoint").eq_ignore_ascii_case(number) && str_of(&settings, "endpoint_scheme") == scheme;
        if same && !number.is_empty() {
            return Ok(organisation);
        }
    }
    Err(Error::not_found("participant", format!("{scheme}:{number}")))
}

/// A customer's answer: how the document that it is about stands now. How its message came through says nothing against what the customer decided.
async fn hear(app: &App, heard: &Heard) -> Result<Arrival> {
    let (scheme, number) = heard.sender.split_once(':').unwrap_or_default();
    let customer = addressed(app, scheme, number).await?;
    let mut tx = app.store.begin().await?;
    let row = store::invoice::by_number(&mut tx, &customer.id, &heard.about).await?.ok_or_else(|| Error::not_found("invoice", &heard.about))?;
    let known = invoice_sending::of_invoice(&mut tx, &customer.id, &row.id).await?;
    let before = known.into_iter().find(|sending| sending.channel == Sending::Peppol.as_str());
    let is_decided = before.as_ref().is_some_and(|sending| matches!(sending.state.as_str(), "accepted" | "rejected" | "paid"));
    let came_through = heard.is_of_message && heard.status != Status::Rejected;
    if came_through && is_decided {
        return Ok(Arrival { country: country(&customer)?, status: 200 });
    }
    let state = match heard.status {
        // That a message can be read is no acceptance of what it says.
        _ if came_through => "delivered",
        Status::Received | Status::InProcess | Status::UnderQuery => "delivered",
        Status::ConditionallyAccepted | Status::Accepted => "accepted",
        Status::Rejected => "rejected",
        Status::Paid => "paid",
    };
    let said = format!("{} {}", heard.status.code(), heard.said).trim().to_string();
    let sending = invoice_sending::Sending {
        tenant: customer.id.clone(),
        invoice: row.id,
        channel: Sending::Peppol.as_str().into(),
        state: state.into(),
        handle: before.map(|sending| sending.handle).unwrap_or_default(),
        said,
        changed_at: app.clock.now(),
    };
    tx.write(vec![invoice_sending::put(&[sending])]).await?;
    tx.commit().await?;
    tracing::info!(invoice = row.number, state, "a customer answered an invoice");
    Ok(Arrival { country: country(&customer)?, status: 200 })
}
