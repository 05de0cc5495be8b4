//! Who sends, for whom, to whom (section 4): the sender by any of its credentials and its secret, the buyer by any `From`, us by any `To`.
//! One answer for an unknown sender, a wrong secret and none, after equal work.

use std::sync::Arc;

use super::Request;
use crate::app::App;
use crate::domain::connection::Connection;
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::flow::connecting::{self, Live};
use crate::flow::proving;
use crate::store::credential::Credential;
use crate::store::{self};
use crate::wire::cxml::envelope::{Envelope, Identity};
use crate::wire::cxml::{Fault, Status};

/// Who was proven, and for whose connection.
pub struct Proof {
    pub live: Arc<Live>,
    pub sender: String,
    /// The supplier's system; else the buyer's, or a hub of theirs.
    pub is_supplier: bool,
}

/// The one answer to everybody who is not proven.
pub fn refused() -> Fault {
    Fault::new(Status::Unauthorized, "The sender could not be authenticated.")
}

fn forbidden(why: &str) -> Fault {
    Fault::new(Status::Forbidden, why)
}

pub async fn prove(
    app: &App,
    live: &Arc<Live>,
    request: &Request<'_>,
    envelope: &Envelope<'_>,
    now: Timestamp,
) -> Result<std::result::Result<Proof, Fault>> {
    let limit = format!("cxml:{}", live.connection.name);
    if app.failures.wait(&limit, request.address, now).is_some() {
        return Ok(Err(refused()));
    }
    let Some(sender) = sender(app, live, envelope).await? else {
        app.failures.count(&limit, request.address, now);
        return Ok(Err(refused()));
    };
    let own = settings(&live.connection.cxml.as_ref().map(|cxml| cxml.supplier.clone()).unwrap_or_default());
    if names(&sender, &own) {
        let is_known = envelope.from.iter().any(|from| names(from, &own));
        let found = if is_known { Ok(live.clone()) } else { Err(forbidden("From is not a party that this sender may speak for.")) };
        return Ok(found.and_then(|live| check(live, envelope, sender, true)));
    }
    Ok(match buyer(app, live, envelope).await? {
        Ok(found) => check(found, envelope, sender, false),
        Err(fault) => Err(fault),
    })
}

fn check(live: Arc<Live>, envelope: &Envelope<'_>, sender: Identity, is_supplier: bool) -> std::result::Result<Proof, Fault> {
    if !live.connection.active {
        return Err(forbidden("The buyer's connection is not active."));
    }
    let own = settings(&live.connection.cxml.as_ref().map(|cxml| cxml.own.clone()).unwrap_or_default());
    if !envelope.to.iter().any(|to| names(to, &own)) {
        return Err(forbidden("To is not a party of this address."));
    }
    Ok(Proof { live, sender: format!("{}:{}", sender.domain.to_ascii_lowercase(), sender.identity), is_supplier })
}

fn settings(texts: &[String]) -> Vec<Identity> {
    texts.iter().filter_map(|text| Identity::parse(text)).collect()
}

/// Exactly one of them, or without regard to case where that gives exactly one.
fn names(identity: &Identity, known: &[Identity]) -> bool {
    known.iter().any(|setting| identity.is(setting, true)) || known.iter().filter(|setting| identity.is(setting, false)).count() == 1
}

/// The sender whose secret is right.
async fn sender(app: &App, live: &Live, envelope: &Envelope<'_>) -> Result<Option<Identity>> {
    let secret = envelope.secret.expose();
    let known =
        |credential: &Credential| Identity { domain: credential.organisation.clone(), identity: credential.user.clone(), is_marketplace: false };
    let exactly = |exactly: bool| -> Vec<&Credential> {
        let of = |credential: &&Credential| credential.kind != "token" && envelope.sender.iter().any(|sender| sender.is(&known(credential), exactly));
        live.credentials.iter().filter(of).collect()
    };
    let mut candidates = exactly(true);
    if candidates.is_empty() {
        candidates = exactly(false);
        let first = candidates.first().map(|credential| credential.user.clone());
        candidates.retain(|credential| Some(&credential.user) == first.as_ref());
    }
    if candidates.is_empty() || secret.is_empty() {
        app.prover.check(secret, None).await?;
        return Ok(None);
    }
    for candidate in candidates {
        let right = match candidate.kind.as_str() {
            "secret" => proving::same(&candidate.hash, &proving::sha256(secret)),
            _ => app.prover.check(secret, Some(&candidate.hash)).await?,
        };
        if right {
            return Ok(Some(known(candidate)));
        }
    }
    Ok(None)
}

/// The one connection that `From` leads to: this one, or one whose buyer lets the senders of this address speak for it.
async fn buyer(app: &App, live: &Arc<Live>, envelope: &Envelope<'_>) -> Result<std::result::Result<Arc<Live>, Fault>> {
    let mut reachable = vec![live.clone()];
    let of = |connection: &Connection| settings(&connection.cxml.as_ref().map(|cxml| cxml.buyer.clone()).unwrap_or_default());
    let speaks = |live: &Live, marketplace: bool| {
        let known = of(&live.connection);
        envelope.from.iter().filter(|from| from.is_marketplace == marketplace).any(|from| names(from, &known))
    };
    let all_own = envelope.from.iter().filter(|from| !from.is_marketplace).all(|from| names(from, &of(&live.connection)));
    if !all_own || envelope.from.is_empty() {
        let stored = store::connection::all(&mut app.store.read().await?).await?;
        for stored in stored.iter().filter(|stored| stored.name != live.connection.name && stored.settings.contains("\"hub\"")) {
            let connection = connecting::read_settings(stored)?;
            if connection.cxml.as_ref().and_then(|cxml| cxml.hub.as_deref()) == Some(live.connection.name.as_str()) {
                reachable.push(connecting::connection(app, &stored.name).await?);
            }
        }
    }
    let find = |marketplace: bool| -> Vec<&Arc<Live>> { reachable.iter().filter(|live| speaks(live, marketplace)).collect() };
    let mut found = find(false);
    if found.is_empty() {
        found = find(true);
    }
    Ok(match found.as_slice() {
        [] => Err(forbidden("From is not a party that this sender may speak for.")),
        [one] => Ok((*one).clone()),
        _ => Err(Fault::new(Status::BadRequest, "From names more than one buyer.")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_known_exactly_or_uniquely() {
        let id = |text: &str| Identity::parse(text).expect("an identity");
        let known = [id("NetworkId:AN01-T"), id("NetworkId:AN01-t"), id("DUNS:Abc")];
        assert!(names(&id("networkid:AN01-T"), &known));
        assert!(!names(&id("NetworkId:an01-T"), &known));
        assert!(names(&id("duns:ABC"), &known));
        assert!(!names(&id("NetworkId:Abc"), &known));
    }
}
