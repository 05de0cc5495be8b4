//! What a buyer's administrator does with a connection: make it, change its settings, look at evidence, accept an origin that was refused.
//! Every change is made through the connection's settings and shows in its version.

use super::connecting::{self, Live};
use super::signing::Caller;
use super::{applying, proving};
use crate::app::App;
use crate::clock;
use crate::domain::connection::Origin;
use crate::domain::finding::{Code, Finding};
use crate::domain::return_url::ReturnUrl;
use crate::error::{Error, Result};
use crate::store::credential::Credential;
use crate::store::evidence::Evidence;
use crate::store::{self};
use crate::wire::oci::callup;
use crate::wire::settings::ConnectionSettings;
use crate::wire::setup::Connection;

/// A connection the caller may look after: its own organisation's, or any for the operator.
pub async fn connection(app: &App, caller: &Caller, name: &str) -> Result<std::sync::Arc<Live>> {
    let live = connecting::connection(app, name).await?;
    if is_operator(caller) || live.connection.tenant == caller.person.tenant { Ok(live) } else { Err(Error::not_found("connection", name)) }
}

fn is_operator(caller: &Caller) -> bool {
    caller.person.roles.iter().any(|role| role == applying::OPERATOR)
}

/// The organisations a caller may make connections for, with their names.
pub async fn buyers(app: &App, caller: &Caller) -> Result<Vec<(String, String)>> {
    let mut tx = app.store.read().await?;
    let all = store::organisation::all(&mut tx).await?;
    let own = all.into_iter().filter(|o| o.kind == "buyer" && (is_operator(caller) || o.id == caller.person.tenant));
    Ok(own.map(|o| (o.id, o.name)).collect())
}

/// The catalogues a caller may connect to, with their names. A buyer's are those it has a connection to: others may hold prices
/// that were agreed with somebody else.
pub async fn catalogues(app: &App, caller: &Caller) -> Result<Vec<(String, String)>> {
    let mut tx = app.store.read().await?;
    let connections = store::connection::all(&mut tx).await?;
    let may = |id: &str| is_operator(caller) || connections.iter().any(|c| c.tenant == caller.person.tenant && c.catalogue == id);
    let all = store::article::all_catalogues(&mut tx).await?;
    Ok(all.into_iter().filter(|c| may(&c.id)).map(|c| (c.id, c.name)).collect())
}

/// A connection as stored, for changing it.
pub async fn stored(app: &App, caller: &Caller, name: &str) -> Result<(store::connection::Stored, ConnectionSettings)> {
    connection(app, caller, name).await?;
    let mut tx = app.store.read().await?;
    let stored = store::connection::by_name(&mut tx, name).await?.ok_or_else(|| Error::not_found("connection", name))?;
    let settings: ConnectionSettings = serde_json::from_str(&stored.settings).map_err(Error::internal)?;
    Ok((stored, settings.shown()))
}

/// Makes or changes the one connection of a text of a set-up file, by the rules of `apply`. `of` is the connection being changed.
/// `seen` is the version the caller saw (0: a new one); what somebody else changed meanwhile is a conflict, not overwritten.
pub async fn configure(app: &App, caller: &Caller, text: &str, of: Option<&str>, seen: i64) -> Result<String> {
    if let Some(name) = of {
        connection(app, caller, name).await?;
    }
    let (buyers, catalogues) = (buyers(app, caller).await?, catalogues(app, caller).await?);
    let may = |wanted: &Connection| {
        let refuse = |key: &str, value: &str| Err(Finding::error(Code::Unusable, key).value(value).into());
        match wanted {
            c if of.is_some_and(|name| name != c.name) => refuse("name", &c.name),
            c if !buyers.iter().any(|(id, _)| *id == c.buyer) => refuse("buyer", &c.buyer),
            c if !catalogues.iter().any(|(id, _)| *id == c.catalogue) => refuse("catalogue", &c.catalogue),
            _ => Ok(()),
        }
    };
    let (name, plan) = match applying::apply_connection(app, text, &caller.person.sign_in, seen, may).await {
        // A new one does not meet a version: the name is taken.
        Err(Error::Conflict(_)) if of.is_none() => return Err(Finding::error(Code::NameTaken, "name").line(1).into()),
        other => other?,
    };
    tracing::info!(connection = name, changes = plan.changes(), person = caller.person.sign_in, "connection configured");
    Ok(name)
}

/// Records of such a connection, newest first, and where the next page goes on, when there is one.
pub async fn evidence_list(app: &App, caller: &Caller, name: &str, after: &str, search: &str, limit: u32) -> Result<(Vec<Evidence>, Option<String>)> {
    let live = connection(app, caller, name).await?;
    let mut tx = app.store.read().await?;
    let records = store::evidence::list(&mut tx, &live.connection.tenant, name, after, search, limit).await?;
    let next = records.last().filter(|_| records.len() == limit as usize).map(|last| last.id.clone());
    Ok((records, next))
}

/// A record of such a connection.
pub async fn evidence(app: &App, caller: &Caller, name: &str, id: &str) -> Result<Evidence> {
    let live = connection(app, caller, name).await?;
    let mut tx = app.store.read().await?;
    let found = store::evidence::by_id(&mut tx, &live.connection.tenant, id).await?;
    found.filter(|record| record.connection == name).ok_or_else(|| Error::not_found("evidence", id))
}

/// The origin that a refused call-up asked to return to, when it is one that a list could hold.
pub fn offered_origin(record: &Evidence, connection: &crate::domain::connection::Connection) -> Option<String> {
    if record.reason.as_deref() != Some("host_not_allowed") {
        return None;
    }
    // The one that was refused: an address among the others is no business of this list.
    let refused = |value: &str| ReturnUrl::parse(value, connection).is_err();
    let of_trip = record.received.iter().filter(|(name, value)| callup::is_address_name(name, connection) && refused(value));
    let addresses = of_trip.map(|(_, value)| value.as_str());
    addresses
        .filter_map(|value| {
            let (scheme, rest) = value.split_once("://")?;
            let authority = rest.split(['/', '?', '#']).next()?;
            Origin::parse(&format!("{scheme}://{authority}")).map(|origin| origin.to_string())
        })
        .next()
}

/// Adds that origin to the connection's list; any other is refused, whatever the form says.
pub async fn accept_origin(app: &App, caller: &Caller, name: &str, id: &str, origin: &str) -> Result<()> {
    let record = evidence(app, caller, name, id).await?;
    let live = connection(app, caller, name).await?;
    if offered_origin(&record, &live.connection).as_deref() != Some(origin) {
        return Err(Error::Conflict("the record offers another origin".into()));
    }
    let mut tx = app.store.begin().await?;
    let before = store::connection::by_name(&mut tx, name).await?.ok_or_else(|| Error::not_found("connection", name))?;
    let mut settings: ConnectionSettings = serde_json::from_str(&before.settings).map_err(Error::internal)?;
    let origins = settings.return_origins.get_or_insert_default();
    if !origins.iter().any(|known| known == origin) {
        origins.push(origin.to_string());
    }
    let settings = serde_json::to_string(&settings).map_err(Error::internal)?;
    let after = store::connection::Stored { settings, ..before.clone() };
    if after != before {
        applying::write_connection(&mut tx, Some(&before), &after, &caller.person.sign_in, app.clock.now()).await?;
    }
    tx.commit().await?;
    app.forget();
    tracing::info!(connection = name, origin, person = caller.person.sign_in, "return origin accepted");
    Ok(())
}

/// A secret of 256 random bits for a user of a connection, shown this once; the ones before it stay valid until they are ended.
pub async fn new_secret(app: &App, caller: &Caller, name: &str, user: &str) -> Result<String> {
    let live = connection(app, caller, name).await?;
    let user = user.trim();
    if user.is_empty() || user.chars().count() > 200 || user.chars().any(char::is_control) {
        return Err(Finding::error(Code::Unusable, "user").value(user).limit("1 – 200").into());
    }
    let secret = clock::random_key();
    let now = app.clock.now();
    let row = Credential {
        id: clock::new_id(now),
        connection: name.to_string(),
        organisation: String::new(),
        user: user.to_string(),
        kind: "secret".into(),
        hash: proving::sha256(&secret),
        note: caller.person.sign_in.clone(),
    };
    let mut tx = app.store.begin().await?;
    store::credential::insert(&mut tx, &live.connection.tenant, &row, now).await?;
    tx.commit().await?;
    app.forget();
    tracing::info!(connection = name, user, person = caller.person.sign_in, "secret made");
    Ok(secret)
}

/// Ends a credential: calls with it are refused from now on.
pub async fn end_credential(app: &App, caller: &Caller, name: &str, id: &str) -> Result<()> {
    let live = connection(app, caller, name).await?;
    if !live.credentials.iter().any(|credential| credential.id == id) {
        return Err(Error::not_found("credential", id));
    }
    let mut tx = app.store.begin().await?;
    store::credential::end(&mut tx, &live.connection.tenant, id, app.clock.now()).await?;
    tx.commit().await?;
    app.forget();
    tracing::info!(connection = name, credential = id, person = caller.person.sign_in, "credential ended");
    Ok(())
}
