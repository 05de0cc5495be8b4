//! Who is signed in: passwords to sessions for people, tokens for programs. Tokens are JWTs of minutes, with pinned algorithm, issuer
//! and audience and a key that is replaced every month; a session is a row that can be ended (design, section 13).

use std::net::IpAddr;
use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::proving;
use crate::app::App;
use crate::clock;
use crate::domain::finding::{Code, Finding};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::store::person::{self, Person};
use crate::store::token;

/// How long a token of the API lives.
pub const TOKEN_SECONDS: u64 = 900;
/// A signing key is used for this long, and checked for as long again.
const KEY_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long a sign-in lasts.
const LOGIN_LIFE: Duration = Duration::from_secs(12 * 3600);
const ISSUER: &str = "hookline";
const AUDIENCE: &str = "hookline-api";

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    tenant: String,
    scope: String,
    iat: u64,
    exp: u64,
    jti: String,
}

/// A person, and what the token in hand allows (`None`: everything the roles allow).
#[derive(Clone, Debug)]
pub struct Caller {
    pub person: Person,
    pub scopes: Option<Vec<String>>,
    /// The hash of the sign-in's key, for ending it and for form tokens.
    pub login: Option<String>,
    /// The id of the token in hand.
    pub token: Option<String>,
}

/// Checks a password; failures are counted by name and address, and cost the same for unknown names.
pub async fn prove(app: &App, sign_in: &str, password: &str, address: IpAddr) -> Result<Person> {
    let now = app.clock.now();
    let limit_key = format!("sign-in:{}", sign_in.chars().take(200).collect::<String>());
    if let Some(seconds) = app.failures.wait(&limit_key, address, now) {
        return Err(Error::TooMany { seconds });
    }
    let mut tx = app.store.read().await?;
    let found = person::by_sign_in(&mut tx, sign_in).await?.filter(|person| person.active);
    drop(tx);
    let hash = found.as_ref().and_then(|person| person.password.as_deref());
    if app.prover.check(password, hash).await?
        && let Some(person) = found
    {
        return Ok(person);
    }
    app.failures.count(&limit_key, address, now);
    Err(Error::Unauthenticated)
}

/// Opens a sign-in and gives `tenant.key`, the cookie's value.
pub async fn open(app: &App, person: &Person) -> Result<String> {
    let key = clock::random_key();
    let mut tx = app.store.begin().await?;
    person::open_login(&mut tx, &person.tenant, &person.id, &proving::sha256(&key), app.clock.now()).await?;
    tx.commit().await?;
    tracing::info!(person = person.sign_in, "signed in");
    Ok(format!("{}~{key}", person.tenant))
}

/// The person behind a cookie.
pub async fn resume(app: &App, cookie: &str) -> Result<Option<Caller>> {
    let Some((tenant, key)) = cookie.split_once('~') else { return Ok(None) };
    let hash = proving::sha256(key);
    let mut tx = app.store.read().await?;
    let Some((id, opened)) = person::login(&mut tx, tenant, &hash).await? else { return Ok(None) };
    if app.clock.now().since(opened) > LOGIN_LIFE {
        return Ok(None);
    }
    let person = person::by_id(&mut tx, tenant, &id).await?.filter(|person| person.active);
    Ok(person.map(|person| Caller { person, scopes: None, login: Some(hash), token: None }))
}

pub async fn close(app: &App, caller: &Caller) -> Result<()> {
    if let Some(hash) = &caller.login {
        let mut tx = app.store.begin().await?;
        person::end_login(&mut tx, &caller.person.tenant, hash).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A token for a person's program; `scopes` narrows what it may do, empty for all the person may.
pub async fn issue(app: &App, person: &Person, scopes: &[String]) -> Result<String> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let key = token::newest_key(&mut tx).await?;
    let key = match key.filter(|key| now.since(key.created_at) < KEY_LIFE) {
        Some(key) => key,
        None => {
            let fresh = token::Key { id: clock::new_id(now), secret: clock::random::<32>().to_vec(), created_at: now };
            token::insert_key(&mut tx, &fresh).await?;
            fresh
        }
    };
    tx.commit().await?;
    let seconds = u64::try_from(now.seconds()).unwrap_or(0);
    let claims = Claims {
        iss: ISSUER.into(),
        aud: AUDIENCE.into(),
        sub: person.id.clone(),
        tenant: person.tenant.clone(),
        scope: scopes.join(" "),
        iat: seconds,
        exp: seconds + TOKEN_SECONDS,
        jti: clock::new_id(now),
    };
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(key.id);
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&key.secret)).map_err(Error::internal)
}

/// A caller whose token was checked, and when the token ends.
pub struct Signed {
    caller: Caller,
    expires: Timestamp,
}

/// The caller behind a token; `None` for anything that is not exactly one of ours, still valid and not revoked. One that was right a moment
/// ago is not checked again, unless something was changed here: what other nodes revoke ends within that moment.
pub async fn check(app: &App, token_text: &str) -> Result<Option<Caller>> {
    let name = proving::sha256(token_text);
    if let Some(signed) = app.callers.fresh(&name).filter(|signed| app.clock.now() < signed.expires) {
        return Ok(Some(signed.caller.clone()));
    }
    let signed = check_anew(app, token_text).await?;
    Ok(signed.map(|signed| app.callers.put(&name, 0, signed).caller.clone()))
}

async fn check_anew(app: &App, token_text: &str) -> Result<Option<Signed>> {
    let Ok(header) = jsonwebtoken::decode_header(token_text) else { return Ok(None) };
    let (Some(kid), Algorithm::HS256) = (header.kid, header.alg) else { return Ok(None) };
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let Some(key) = token::key(&mut tx, &kid).await?.filter(|key| now.since(key.created_at) < 2 * KEY_LIFE) else { return Ok(None) };
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_issuer(&[ISSUER]);
    rules.set_audience(&[AUDIENCE]);
    // Against the clock that was passed in, below.
    rules.validate_exp = false;
    let Ok(data) = jsonwebtoken::decode::<Claims>(token_text, &DecodingKey::from_secret(&key.secret), &rules) else { return Ok(None) };
    let claims = data.claims;
    let expires = Timestamp(i64::try_from(claims.exp).unwrap_or(0).saturating_mul(1_000_000));
    if expires <= now || token::is_revoked(&mut tx, &claims.jti).await? {
        return Ok(None);
    }
    let person = person::by_id(&mut tx, &claims.tenant, &claims.sub).await?.filter(|person| person.active);
    let scopes: Vec<String> = claims.scope.split_whitespace().map(str::to_string).collect();
    let caller = |person| Caller { person, scopes: (!scopes.is_empty()).then_some(scopes), login: None, token: Some(claims.jti) };
    Ok(person.map(|person| Signed { caller: caller(person), expires }))
}

/// Ends the token in hand before its time.
pub async fn revoke(app: &App, caller: &Caller) -> Result<()> {
    let id = caller.token.as_ref().ok_or(Error::Denied)?;
    let mut tx = app.store.begin().await?;
    token::revoke(&mut tx, id, app.clock.now()).await?;
    tx.commit().await?;
    app.callers.clear();
    Ok(())
}

/// Passwords have 12 to 128 characters of any kind and are none that everybody tries first (reliability, people and machines).
pub fn check_password(password: &str, sign_in: &str) -> std::result::Result<(), Finding> {
    let length = password.chars().count();
    if !(12..=128).contains(&length) {
        return Err(Finding::error(Code::Setting, "password").value("***").limit("12 – 128"));
    }
    let lower = password.to_lowercase();
    let common = ["password", "wachtwoord", "passwort", "123456", "qwerty", "hookline", "welkom", "bonjour"];
    let repeated = lower.chars().collect::<std::collections::HashSet<_>>().len() < 5;
    let is_common = common.iter().any(|word| lower.replace(|c: char| c.is_ascii_digit() || c == '!', "") == **word);
    if repeated || is_common || lower == sign_in.to_lowercase() {
        return Err(Finding::error(Code::Setting, "password").value("***").limit("12 – 128"));
    }
    Ok(())
}

/// Sets a password; every sign-in of the person ends.
pub async fn set_password(app: &App, sign_in: &str, password: &str) -> Result<()> {
    check_password(password, sign_in)?;
    let hash = app.prover.hash(password).await?;
    change(app, sign_in, |person| person.password = Some(hash)).await
}

/// Closes an account; every sign-in of the person ends.
pub async fn close_account(app: &App, sign_in: &str) -> Result<()> {
    change(app, sign_in, |person| person.active = false).await
}

async fn change(app: &App, sign_in: &str, change: impl FnOnce(&mut Person)) -> Result<()> {
    let mut tx = app.store.begin().await?;
    let mut person = person::by_sign_in(&mut tx, sign_in).await?.ok_or_else(|| Error::not_found("person", sign_in))?;
    change(&mut person);
    person::upsert(&mut tx, &person).await?;
    person::end_logins(&mut tx, &person.tenant, &person.id).await?;
    tx.commit().await?;
    app.callers.clear();
    Ok(())
}
