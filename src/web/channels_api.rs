//! A supplier's channels set over the JSON API: the same check and the same result as the page and `hookline apply`. Translates only; who may, and what
//! may stand there, is decided in `flow`. A secret goes in and never comes out.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Extension, Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::api::reply;
use super::commands::read;
use crate::app::App;
use crate::error::{Error, Result};
use crate::flow::channels::Shown;
use crate::flow::channels::setting::{self, Outcome, Stored};
use crate::flow::signing::Caller;
use crate::wire::channels::of_json;

type Shared = State<Arc<App>>;
type Who = Extension<Caller>;

/// The channels that are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    channels: Vec<Value>,
    /// Of what was read; whatever is there is replaced without it.
    version: Option<String>,
    /// Says what would be kept, and keeps nothing.
    #[serde(default)]
    preview: bool,
}

/// Which channels were read before they were taken away.
#[derive(Deserialize)]
pub struct Seen {
    version: Option<String>,
}

/// A channel as it is kept, what it has no way for, and whether it has a secret in place of the secret.
fn channel_json(shown: &Shown) -> Result<Value> {
    let mut channel = serde_json::to_value(&shown.channel).map_err(Error::internal)?;
    channel["lacks"] = shown.lacks.iter().map(|need| need.as_str()).collect();
    channel["has_secret"] = json!(shown.has_secret);
    Ok(channel)
}

fn channels_json(channels: &[Shown]) -> Result<Value> {
    channels.iter().map(channel_json).collect()
}

fn stored_json(stored: &Stored) -> Result<Value> {
    Ok(json!({"supplier": stored.supplier.id, "version": stored.version, "channels": channels_json(&stored.channels)?}))
}

fn outcome_json(id: &str, outcome: &Outcome) -> Result<Value> {
    match outcome {
        Outcome::Done(stored) => stored_json(stored),
        Outcome::Ask(channels) => Ok(json!({"supplier": id, "channels": channels_json(channels)?, "preview": true})),
    }
}

/// `GET /api/v1/channels/{supplier}`: in their order, and the version that says so.
pub async fn show(State(app): Shared, Extension(caller): Who, Path(id): Path<String>) -> Response {
    let stored = setting::stored(&app, &caller, &id).await;
    reply(stored.and_then(|stored| stored_json(&stored)), caller.person.language)
}

/// `PUT /api/v1/channels/{supplier}`: these and no others, in this order; what is kept, or with `preview` would be.
pub async fn put(State(app): Shared, Extension(caller): Who, Path(id): Path<String>, body: Bytes) -> Response {
    let work = async {
        let wanted: Wanted = read(&body)?;
        let (channels, findings) = of_json(&wanted.channels);
        if findings.has_error() {
            return Err(findings.into());
        }
        outcome_json(&id, &setting::set(&app, &caller, &id, channels, wanted.version.as_deref(), |_| !wanted.preview).await?)
    };
    reply(work.await, caller.person.language)
}

/// `DELETE /api/v1/channels/{supplier}`: all of them; orders go again by the organisation's `mail` and `webhook`.
pub async fn take(State(app): Shared, Extension(caller): Who, Path(id): Path<String>, Query(seen): Query<Seen>) -> Response {
    let work = async { outcome_json(&id, &setting::set(&app, &caller, &id, Vec::new(), seen.version.as_deref(), |_| true).await?) };
    reply(work.await, caller.person.language)
}
