//! Pictures of articles and logos for papers, brought by suppliers, and logos for cards, brought by buyers: made anew off the async threads, a few at a time, and
//! shown to whoever may see the catalogue or the order. Never keeps what was sent, and never gives a picture to somebody who only knows its hash.

use std::sync::LazyLock;

use tokio::sync::Semaphore;

use super::connecting;
use super::proving::sha256;
use super::signing::Caller;
use crate::app::App;
use crate::error::{Error, Result};
use crate::store::article::StoredCatalogue;
use crate::store::picture::{self, Stored};
use crate::store::{self};
use crate::wire::picture::{Picture, Pixels, pixels, read};

/// Decoding takes memory and a core: no more than this many at once, whoever sends.
const AT_ONCE: usize = 2;
/// The longest side of a logo on paper: some 250 points to an inch where it is as wide as it may be.
const PAPER_SIDE: u32 = 600;
static PLACES: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(AT_ONCE));

/// A catalogue the caller may change: of its own organisation, or any for the operator.
pub async fn catalogue(app: &App, caller: &Caller, id: &str) -> Result<StoredCatalogue> {
    let mut tx = app.store.read().await?;
    let stored = store::article::catalogue_by_id(&mut tx, id).await?;
    let operator = caller.person.roles.iter().any(|role| role == super::applying::OPERATOR);
    stored.filter(|stored| operator || stored.supplier == caller.person.tenant).ok_or_else(|| Error::not_found("catalogue", id))
}

/// The catalogues the caller may change.
pub async fn catalogues(app: &App, caller: &Caller) -> Result<Vec<StoredCatalogue>> {
    let mut tx = app.store.read().await?;
    let operator = caller.person.roles.iter().any(|role| role == super::applying::OPERATOR);
    let all = store::article::all_catalogues(&mut tx).await?;
    Ok(all.into_iter().filter(|stored| operator || stored.supplier == caller.person.tenant).collect())
}

/// Gives an article a picture.
pub async fn put(app: &App, caller: &Caller, id: &str, number: &str, bytes: Vec<u8>) -> Result<()> {
    let stored = of_article(app, caller, id, number).await?;
    let hash = sha256(&bytes);
    let made = make(bytes).await?;
    let mut tx = app.store.begin().await?;
    picture::insert(&mut tx, &stored.supplier, &hash, made.kind, made.small, made.large, app.clock.now()).await?;
    picture::show(&mut tx, id, number, Some(&hash)).await?;
    store::article::touch_catalogue(&mut tx, id).await?;
    tx.commit().await?;
    app.forget();
    tracing::info!(catalogue = id, article = number, person = caller.person.sign_in, "picture put");
    Ok(())
}

/// Takes an article's own picture away; the drawn one is shown again.
pub async fn take(app: &App, caller: &Caller, id: &str, number: &str) -> Result<()> {
    of_article(app, caller, id, number).await?;
    let mut tx = app.store.begin().await?;
    picture::show(&mut tx, id, number, None).await?;
    store::article::touch_catalogue(&mut tx, id).await?;
    tx.commit().await?;
    app.forget();
    Ok(())
}

async fn of_article(app: &App, caller: &Caller, id: &str, number: &str) -> Result<StoredCatalogue> {
    let stored = catalogue(app, caller, id).await?;
    match connecting::catalogue(app, id).await?.get(number) {
        Some(_) => Ok(stored),
        None => Err(Error::not_found("article", number)),
    }
}

/// Keeps a picture a buyer brought, as its logo for all its cards when it says so. Gives its hash.
pub(super) async fn keep(app: &App, tenant: &str, bytes: Vec<u8>, as_logo: bool) -> Result<String> {
    let hash = sha256(&bytes);
    let made = make(bytes).await?;
    let mut tx = app.store.begin().await?;
    picture::insert(&mut tx, tenant, &hash, made.kind, made.small, made.large, app.clock.now()).await?;
    if as_logo {
        picture::set_logo(&mut tx, tenant, &hash).await?;
    }
    tx.commit().await?;
    Ok(hash)
}

/// The logo on a supplier's papers, by its hash.
pub async fn paper_logo(app: &App, supplier: &str) -> Result<Option<String>> {
    let mut tx = app.store.read().await?;
    picture::paper_logo(&mut tx, supplier).await
}

/// Gives a supplier's papers a logo; `None` takes it away.
pub async fn set_paper_logo(app: &App, caller: &Caller, supplier: &str, bytes: Option<Vec<u8>>) -> Result<()> {
    let made = match bytes {
        Some(bytes) => Some((sha256(&bytes), make(bytes).await?)),
        None => None,
    };
    let hash = made.as_ref().map(|(hash, _)| hash.clone());
    let mut tx = app.store.begin().await?;
    if let Some((hash, made)) = made {
        picture::insert(&mut tx, supplier, &hash, made.kind, made.small, made.large, app.clock.now()).await?;
    }
    picture::set_paper_logo(&mut tx, supplier, hash.as_deref()).await?;
    tx.commit().await?;
    tracing::info!(supplier, person = caller.person.sign_in, kept = hash.is_some(), "logo of papers set");
    Ok(())
}

/// What stands at the top of a supplier's papers.
pub async fn letterhead(app: &App, supplier: &str) -> Result<Option<Pixels>> {
    let mut tx = app.store.read().await?;
    let Some(hash) = picture::paper_logo(&mut tx, supplier).await? else { return Ok(None) };
    let Some(stored) = picture::by_hash(&mut tx, supplier, &hash, true).await? else { return Ok(None) };
    drop(tx);
    let _place = PLACES.acquire().await.map_err(Error::internal)?;
    tokio::task::spawn_blocking(move || pixels(&stored.bytes, PAPER_SIDE)).await.map_err(Error::internal)
}

/// The logos of an order's lines, by line: what was handed back with the basket it came from.
pub async fn logos(tx: &mut store::Tx, stored: &store::order::Stored) -> Result<Vec<(u32, String)>> {
    let Some(quote) = &stored.order.quote else { return Ok(Vec::new()) };
    let Some(transfer) = store::transfer::by_quote(tx, &stored.tenant, quote).await? else { return Ok(Vec::new()) };
    let logo = |line: u32| {
        let quoted = transfer.lines.as_array()?.iter().find(|v| v.get("line").and_then(serde_json::Value::as_u64) == Some(u64::from(line)))?;
        Some(store::json::str_of(quoted, "logo").to_string()).filter(|hash| !hash.is_empty())
    };
    Ok(stored.order.lines.iter().filter_map(|line| Some((line.line, logo(line.quote_line?)?))).collect())
}

/// A logo of an order, for whoever may see that order.
pub async fn logo_of(app: &App, stored: &store::order::Stored, name: &str) -> Result<Stored> {
    let mut tx = app.store.read().await?;
    let hash = name.split('.').next().unwrap_or_default();
    if !logos(&mut tx, stored).await?.iter().any(|(_, known)| known == hash) {
        return Err(Error::not_found("picture", "of this order"));
    }
    drop(tx);
    shown(app, &stored.tenant, name).await
}

async fn make(bytes: Vec<u8>) -> Result<Picture> {
    let _place = PLACES.acquire().await.map_err(Error::internal)?;
    let made = tokio::task::spawn_blocking(move || read(&bytes)).await.map_err(Error::internal)?;
    Ok(made?)
}

/// A picture of an organisation by `<hash>.small` or `<hash>.large`. The caller has checked that the reader may see what that one shows.
pub async fn shown(app: &App, owner: &str, name: &str) -> Result<Stored> {
    let (hash, size) = name.split_once('.').unwrap_or((name, "large"));
    let mut tx = app.store.read().await?;
    picture::by_hash(&mut tx, owner, hash, size != "small").await?.ok_or_else(|| Error::not_found("picture", "of this name"))
}
