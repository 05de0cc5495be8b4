//! A user on the way into the catalogue (section 9): a session, and a start page whose address works once within ten minutes. What the buyer's
//! system said stays with the session, so that the cart can go back as it wants it.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Proven, Said, cart};
use crate::app::App;
use crate::clock;
use crate::domain::basket::{self, Basket};
use crate::domain::callup::{CallUp, Function};
use crate::domain::coding::Coding;
use crate::domain::name::Language;
use crate::domain::return_url::ReturnUrl;
use crate::error::{Error, Result};
use crate::flow::connecting::{self, Live};
use crate::flow::recording::{Change, Wanted};
use crate::flow::{prefilling, proving, sessions};
use crate::store::json::{parse, str_of};
use crate::store::session::Session;
use crate::wire::cxml::setup::{self, Operation, Setup};
use crate::wire::cxml::{Fault, Status, write};
use crate::wire::oci::path_segment;

/// How long a start page waits for its first visitor.
const START_LIFE: Duration = Duration::from_secs(600);

pub async fn set_up(app: &App, proven: &Proven<'_>, notes: &mut Vec<String>) -> Result<Said> {
    let setup = match setup::read(proven.envelope.payload_element, notes) {
        Ok(setup) => setup,
        Err(fault) => return Ok(fault.into()),
    };
    let connection = &proven.live.connection;
    if ReturnUrl::parse(&setup.return_url, connection).is_err() {
        return Ok(Said::new(Status::BadRequest, "BrowserFormPost/URL is not an address that this connection returns carts to."));
    }
    let default = proven.cxml()?.default_user.clone();
    let Some(user) = setup.user.clone().or_else(|| Some(default).filter(|user| !user.is_empty())) else {
        return Ok(Said::new(Status::Forbidden, "The setup names no user."));
    };
    let earlier = match setup.operation {
        Operation::Create => Earlier::default(),
        Operation::Edit | Operation::Inspect => match earlier(app, proven, &setup).await? {
            Ok(earlier) => earlier,
            Err(fault) => return Ok(fault.into()),
        },
    };
    let token = clock::timed_key(proven.now);
    let key = key_of(app, &token);
    let mut session = session(app, proven, &setup, &user, &key, &earlier);
    session.basket_coding = prefilling::coding(app, &proven.live, &session.call_up).await?;
    let number = session.number.clone();
    app.recorder.record(Wanted { opened: Some(session), ..Wanted::default() }).await?;
    let url = format!("{}/cxml/{}/start/{token}", proven.request.public_url, connection.name);
    let beside = Some(write::start_page(&url));
    Ok(Said { beside, session: Some(number), ..Said::new(Status::Ok, "The catalogue is open.") })
}

/// The session's own key, which nobody can make from the address of the start page.
fn key_of(app: &App, token: &str) -> String {
    let mut bytes = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
    bytes.resize(32, 0);
    let mac = proving::hmac(&app.form_key, &format!("cxml start {token}"));
    let secret =
        mac.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or_default());
    bytes[6..].iter_mut().zip(secret).for_each(|(place, byte)| *place = byte);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What a session needs to know of the setup it was opened by.
pub struct Facts {
    /// The quote of the first cart of the chain that is edited; empty where none is.
    pub edits: String,
    pub cookie: String,
    pub payload: String,
    pub operation: Operation,
    pub is_test: bool,
    pub items: Vec<Item>,
}

/// A line of an earlier cart.
pub struct Item {
    pub article: String,
    pub quantity: Decimal,
    /// The id it was handed back under, where it keeps it.
    pub aux: String,
}

const FACTS: &str = "cxml";

/// The same from a session; nothing where another protocol opened it.
pub fn facts(call_up: &CallUp) -> Option<Facts> {
    let (_, text) = call_up.parameters.iter().find(|(name, _)| name == FACTS)?;
    let value = parse(text).ok()?;
    let item = |item: &Value| {
        let quantity = str_of(item, "quantity").parse().ok()?;
        Some(Item { article: str_of(item, "article").to_string(), quantity, aux: str_of(item, "aux").to_string() })
    };
    Some(Facts {
        edits: str_of(&value, "edits").to_string(),
        cookie: str_of(&value, "cookie").to_string(),
        payload: str_of(&value, "payload").to_string(),
        operation: Operation::parse(str_of(&value, "operation"))?,
        is_test: value.get("test").and_then(Value::as_bool).unwrap_or_default(),
        items: value.get("items").and_then(Value::as_array).into_iter().flatten().filter_map(item).collect(),
    })
}

/// Whether a session was opened for looking alone.
pub fn reads_only(call_up: &CallUp) -> bool {
    facts(call_up).is_some_and(|facts| facts.operation == Operation::Inspect)
}

fn session(app: &App, proven: &Proven<'_>, setup: &Setup, user: &str, key: &str, earlier: &Earlier) -> Session {
    let connection = &proven.live.connection;
    let item = |item: &Item| json!({"article": item.article, "quantity": item.quantity.to_string(), "aux": item.aux});
    let items: Value = earlier.items.iter().map(item).collect();
    let said = json!({
        "cookie": setup.cookie, "payload": proven.envelope.payload, "operation": setup.operation.as_str(),
        "test": proven.envelope.is_test, "user_name": setup.user_name, "edits": earlier.edits, "items": items, "selected": setup.selected,
    });
    let mut parameters = vec![(FACTS.to_string(), said.to_string())];
    parameters.extend(setup.extrinsics.iter().map(|(name, value)| (name.clone(), value.clone())));
    // What may only be looked at is a session that returns nothing.
    let function = if setup.operation == Operation::Inspect { Function::Detail } else { Function::Shopping };
    let call_up = CallUp { function, user: user.to_string(), return_url: setup.return_url.clone(), parameters, ..CallUp::default() };
    let now = app.clock.now();
    Session {
        tenant: connection.tenant.clone(),
        number: clock::new_id(now),
        connection: connection.name.clone(),
        key_hash: sessions::mark(key),
        user: user.to_string(),
        language: connection.language,
        state: "open".into(),
        call_up: call_up.into(),
        basket_coding: Coding::default(),
        opened_at: now,
        seen_at: now,
        test: proven.request.test,
        version: 1,
    }
}

/// An earlier cart.
#[derive(Default)]
struct Earlier {
    edits: String,
    items: Vec<Item>,
}

/// The lines of an earlier cart, each of which must be one that was handed back and may be changed or looked at. Lines of another chain than the first
/// line's are in the new cart as lines of its own.
async fn earlier(app: &App, proven: &Proven<'_>, setup: &Setup) -> Result<std::result::Result<Earlier, Fault>> {
    let mut tx = app.store.read().await?;
    let mut earlier = Earlier::default();
    if setup.items.is_empty() {
        return Ok(Err(Fault::new(Status::PreconditionFailed, "the setup names no cart: there is no ItemOut in it")));
    }
    for item in &setup.items {
        let known = cart::returned_line(&mut tx, proven.tenant(), &item.aux, proven.request.test).await?;
        let known = known.filter(|known| str_of(&known.line, "article") == item.part);
        let Some(known) = known else {
            let text = format!("{}: the auxiliary id names no cart line of this buyer; was the requisition copied?", item.part);
            return Ok(Err(Fault::new(Status::PreconditionFailed, text)));
        };
        let allowed = match str_of(&known.line, "allowed") {
            "" => "edit",
            word => word,
        };
        let fits = match setup.operation {
            Operation::Edit => allowed == "edit",
            Operation::Inspect => matches!(allowed, "edit" | "inspect"),
            Operation::Create => true,
        };
        if !fits {
            let text = format!("{}: the cart was returned for {allowed} only", item.part);
            return Ok(Err(Fault::new(Status::PreconditionFailed, text)));
        }
        if earlier.edits.is_empty() {
            earlier.edits.clone_from(&known.edits);
        }
        let aux = if earlier.edits == known.edits { item.aux.clone() } else { String::new() };
        earlier.items.push(Item { article: item.part.clone(), quantity: item.quantity, aux });
    }
    Ok(Ok(earlier))
}

/// What became of a visit to a start page.
pub enum Started {
    /// The session's number, its key, and where in the catalogue to begin.
    Open { number: String, key: String, path: String },
    /// Somebody came before, or too late, or there never was such an address.
    Gone(Language),
}

/// Opens the catalogue, once.
pub async fn start(app: &App, live: &Arc<Live>, token: &str) -> Result<Started> {
    let gone = Started::Gone(live.connection.language);
    if token.len() != 43 || live.connection.cxml.is_none() {
        return Ok(gone);
    }
    let key = key_of(app, token);
    let Some(held) = sessions::resume(app, live, &key, None).await? else { return Ok(gone) };
    let session = held.session.clone();
    let is_late = app.clock.now().since(session.opened_at) > START_LIFE;
    let Some(facts) = facts(&session.call_up).filter(|_| session.version == 1 && !is_late) else { return Ok(gone) };
    let basket = filled(app, live, &facts, &held.basket).await?;
    let step = sessions::step(app, &session, "open", &basket.coding);
    let change = Change { step, put: basket.lines.clone(), removed: None, freeze: None };
    match sessions::change(app, &held, Wanted { change: Some(change), ..Wanted::default() }, basket).await {
        Ok(_) => {}
        Err(Error::Conflict(_)) => return Ok(gone),
        Err(error) => return Err(error),
    }
    // Articles of the supplier's own shop are looked up there.
    let selected = selected(&session.call_up).filter(|_| live.connection.remote.is_none());
    let path = match (facts.operation, selected) {
        (Operation::Create, Some(article)) => format!("article/{}", path_segment(&article)),
        (Operation::Create, None) => String::new(),
        (Operation::Edit | Operation::Inspect, _) => "basket".to_string(),
    };
    Ok(Started::Open { number: session.number.clone(), key, path })
}

fn selected(call_up: &CallUp) -> Option<String> {
    let (_, text) = call_up.parameters.iter().find(|(name, _)| name == FACTS)?;
    parse(text).ok().map(|value| str_of(&value, "selected").to_string()).filter(|article| !article.is_empty())
}

/// The basket of an earlier cart with today's prices; an article that is gone is not in it.
async fn filled(app: &App, live: &Live, facts: &Facts, basket: &Basket) -> Result<Basket> {
    let catalogue = connecting::catalogue_of(app, &live.connection).await?;
    let mut basket = basket.clone();
    for item in &facts.items {
        let Some(article) = catalogue.get(&item.article) else { continue };
        // A quantity the article is not sold in is left to the user.
        let typed = item.quantity.normalize().to_string();
        if basket::read_quantity(article, &typed).is_ok() {
            basket.put(article, &typed, Vec::new())?;
        }
    }
    Ok(basket)
}
