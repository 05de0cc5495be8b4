//! Shopping without a purchasing system: a person who signed in opens a catalogue of their own organisation, and the basket becomes an order
//! or a request here (budgets-and-orders, chapter 10). It takes the way of every other order: frozen under a quote, then placed by it.
//! Never orders for anybody but the person the session was opened for.

use std::sync::Arc;

use serde_json::{Value, json};

use super::connecting::{self, Live};
use super::ordering::{self, Placed, Wish};
use super::recording::Wanted;
use super::sessions::{self, Held};
use super::signing::Caller;
use super::{foreseeing, granting, prefilling, returning};
use crate::app::App;
use crate::clock;
use crate::domain::books::foresight::Answer;
use crate::domain::callup::CallUp;
use crate::domain::catalogue::Catalogue;
use crate::domain::rights::Grant;
use crate::error::{Error, Refusal, Result};
use crate::store::json::str_of;
use crate::store::session::Session;
use crate::store::transfer::{self, Transfer};
use crate::store::{self};

/// A catalogue that a person may open.
pub struct Shop {
    pub connection: String,
    pub catalogue: String,
    pub supplier: String,
}

/// The catalogues of the caller's organisation.
pub async fn shops(app: &App, caller: &Caller) -> Result<Vec<Shop>> {
    let mut tx = app.store.view().await?;
    let mut shops = Vec::new();
    for stored in store::connection::of_tenant(&mut tx, &caller.person.tenant).await? {
        let connection = connecting::read_settings(&stored)?;
        let Some(catalogue) = store::article::catalogue_by_id(&mut tx, &connection.catalogue).await?.filter(|_| connection.active) else { continue };
        let supplier = store::organisation::by_id(&mut tx, &catalogue.supplier).await?.map(|supplier| supplier.name);
        shops.push(Shop { connection: connection.name, catalogue: catalogue.name, supplier: supplier.unwrap_or(catalogue.supplier) });
    }
    Ok(shops)
}

/// A session of the portal: its number, and the key that opens its pages.
pub struct Opened {
    pub number: String,
    pub key: String,
}

/// Opens a catalogue for the caller.
pub async fn open(app: &App, caller: &Caller, connection: &str) -> Result<Opened> {
    let live = connecting::connection(app, connection).await?;
    if live.connection.tenant != caller.person.tenant || !live.connection.active {
        return Err(Error::not_found("connection", connection));
    }
    let (person, now) = (&caller.person, app.clock.now());
    let call_up =
        CallUp { user: person.sign_in.clone(), is_portal: true, parameters: vec![("email".to_string(), person.mail.clone())], ..CallUp::default() };
    let key = clock::timed_key(now);
    let session = Session {
        tenant: person.tenant.clone(),
        number: clock::new_id(now),
        connection: live.connection.name.clone(),
        key_hash: sessions::mark(&key),
        user: person.sign_in.clone(),
        language: person.language,
        state: "open".into(),
        basket_coding: prefilling::coding(app, &live, &call_up).await?,
        call_up: call_up.into(),
        opened_at: now,
        seen_at: now,
        test: false,
        version: 1,
    };
    let number = session.number.clone();
    app.recorder.record(Wanted { opened: Some(session), ..Wanted::default() }).await?;
    tracing::info!(connection, session.id = number, "catalogue opened from the portal");
    Ok(Opened { number, key })
}

/// What the person of a session was given; `None` for a session of a purchasing system, whose user is nobody here.
pub async fn grants(app: &App, session: &Session) -> Result<Option<Vec<Grant>>> {
    if !session.call_up.is_portal {
        return Ok(None);
    }
    let mut tx = app.store.read().await?;
    let person = store::person::by_sign_in(&mut tx, &session.user).await?.filter(|person| person.tenant == session.tenant && person.active);
    let person = person.ok_or(Error::Unauthenticated)?;
    granting::grants(&mut tx, &person.tenant, &person.sign_in, &person.roles).await.map(Some)
}

/// Places the basket as an order of the caller, or asks for it. When the answer is no, the basket is open again. The same basket is ordered
/// once, whatever is pressed how often and whatever was interrupted.
pub async fn order(app: &App, caller: &Caller, live: &Arc<Live>, catalogue: &Arc<Catalogue>, held: &Held, wish: Wish) -> Result<Placed> {
    let session = &held.session;
    if !session.call_up.is_portal || session.user != caller.person.sign_in || session.tenant != caller.person.tenant {
        return Err(Error::Denied);
    }
    if session.state == "open" {
        refuse_early(app, catalogue, held, wish).await?;
        returning::transfer(app, live, catalogue, held).await?;
    }
    let mut tx = app.store.read().await?;
    let frozen = transfer::by_session(&mut tx, &session.tenant, &session.number).await?;
    drop(tx);
    let frozen = frozen.ok_or_else(|| Error::Refused(Refusal::State { what: "basket".into(), state: session.state.clone() }))?;
    let document = body(caller, &frozen).to_string();
    let placed = ordering::place(app, caller, document.as_bytes(), Some(&format!("portal/{}", frozen.quote)), wish).await;
    if !placed.as_ref().is_ok_and(|placed| placed.status < 400) {
        sessions::reopen(app, session, &frozen.quote).await?;
    }
    placed
}

/// What the books would refuse is refused before the basket gets its number.
async fn refuse_early(app: &App, catalogue: &Catalogue, held: &Held, wish: Wish) -> Result<()> {
    let foresight = foreseeing::basket(app, &held.session.tenant, catalogue, &held.basket, None).await?;
    match foresight.map(|foresight| foresight.answer) {
        Some(Answer::Refused(refusal)) if wish == Wish::Order => Err(Error::Refused(Refusal::Books(refusal))),
        _ => Ok(()),
    }
}

/// The basket as an order whose number is its quote's.
fn body(caller: &Caller, frozen: &Transfer) -> Value {
    let line = |line: &Value| {
        json!({
            "line": line["line"], "quote": frozen.quote, "quote_line": line["line"], "article": str_of(line, "article"),
            "quantity": str_of(line, "quantity"),
        })
    };
    let lines: Vec<Value> = frozen.lines.as_array().into_iter().flatten().map(line).collect();
    json!({"number": frozen.quote, "ordered_by": caller.person.name, "lines": lines})
}
