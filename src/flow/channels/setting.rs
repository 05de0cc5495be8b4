//! A supplier's channels as a person or their program sets them: checked and written as `hookline apply` does it, over what was seen, and not before a
//! person was told what each cannot carry. Never gives a secret away.

use super::Shown;
use super::waiting::is_operator;
use crate::app::App;
use crate::domain::finding::Finding;
use crate::error::{Error, Result};
use crate::flow::signing::Caller;
use crate::flow::{applying, exporting, proving};
use crate::store::organisation::Organisation;
use crate::store::{self};
use crate::wire::channels::ChannelText;

/// The channels there are, and the version that says so.
pub struct Stored {
    pub supplier: Organisation,
    pub channels: Vec<Shown>,
    pub version: String,
}

pub enum Outcome {
    /// This is what is kept.
    Done(Stored),
    /// This is what would be kept. Nothing is: of some of it nobody was told what it cannot carry.
    Ask(Vec<Shown>),
}

/// A supplier whose channels the caller may set: its own organisation, or any for the operator.
fn own(caller: &Caller, id: &str, found: Option<Organisation>) -> Result<Organisation> {
    let mine = |o: &Organisation| o.kind == "supplier" && (is_operator(caller) || o.id == caller.person.tenant);
    found.filter(mine).ok_or_else(|| Error::not_found("supplier", id))
}

fn version(channels: &[ChannelText]) -> Result<String> {
    Ok(proving::sha256(&serde_json::to_string(channels).map_err(Error::internal)?))
}

fn shown(supplier: Organisation) -> Result<Stored> {
    let channels = super::of_supplier(&supplier)?;
    Ok(Stored { version: version(&channels)?, channels: channels.into_iter().map(Shown::of).collect(), supplier })
}

pub async fn stored(app: &App, caller: &Caller, id: &str) -> Result<Stored> {
    let mut tx = app.store.read().await?;
    shown(own(caller, id, store::organisation::by_id(&mut tx, id).await?)?)
}

/// A secret that was entered, for the form that is shown once more: it opens for this supplier and this address only.
pub fn carried(app: &App, id: &str, channel: &ChannelText) -> Result<String> {
    super::sealed(&app.sealer, id, channel, &[]).map(|kept| kept.sealed)
}

/// What is wrong with the channels alone: they stand on no line of a file.
fn without_line(error: Error) -> Error {
    let Error::Invalid(mut findings) = error else { return error };
    findings.0 = findings.0.into_iter().map(|finding| Finding { line: None, ..finding }).collect();
    Error::Invalid(findings)
}

/// Writes the channels in the place of those that had the version `seen`, or whichever there are. `is_told` says whether what they cannot carry was
/// shown.
pub async fn set(
    app: &App,
    caller: &Caller,
    id: &str,
    channels: Vec<ChannelText>,
    seen: Option<&str>,
    is_told: impl Fn(&[Shown]) -> bool,
) -> Result<Outcome> {
    let mut tx = app.store.begin().await?;
    let before = own(caller, id, store::organisation::held(&mut tx, id).await?)?;
    let now = version(&super::of_supplier(&before)?)?;
    if seen.is_some_and(|seen| seen != now) {
        return Err(Error::Conflict(format!("the channels of {id} changed meanwhile")));
    }
    let wanted = crate::wire::setup::Organisation { channels, ..exporting::organisation(&before)? };
    applying::apply_supplier(app, &mut tx, wanted, &caller.person.sign_in).await.map_err(without_line)?;
    let kept = shown(own(caller, id, store::organisation::by_id(&mut tx, id).await?)?)?;
    if !is_told(&kept.channels) {
        return Ok(Outcome::Ask(kept.channels));
    }
    tx.commit().await?;
    app.forget();
    tracing::info!(supplier = id, channels = kept.channels.len(), person = caller.person.sign_in, "channels set");
    Ok(Outcome::Done(kept))
}
