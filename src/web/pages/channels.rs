//! The ways orders go to a supplier: what each cannot carry, what has not left yet, why and behind what; once more, or given up. The same as JSON. Shows no secret.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Extension, Path, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Portal;
use crate::app::App;
use crate::domain::channel::Need;
use crate::domain::finding::{Code, Finding};
use crate::domain::time::ZONE;
use crate::error::{Error, Result};
use crate::flow::channels::waiting::{self, Standing};
use crate::flow::signing::Caller;
use crate::store::owed::Unfinished;
use crate::store::{self};
use crate::text::Texts;
use crate::web::answer::{self, error_page, page};

struct ChannelShown {
    place: usize,
    form: String,
    to: String,
    lacks: String,
}

struct WaitingShown {
    href: String,
    number: String,
    buyer: String,
    since: String,
    kind: &'static str,
    word: String,
    why: String,
    tenant: String,
    /// Of the message; empty where nobody need decide.
    id: String,
}

struct SupplierShown {
    id: String,
    name: String,
    channels: Vec<ChannelShown>,
    waiting: Vec<WaitingShown>,
}

#[derive(Template)]
#[template(path = "channels.html")]
struct ChannelsPage {
    p: Portal,
    problem: Option<String>,
    suppliers: Vec<SupplierShown>,
}

pub(super) fn needs(t: Texts, needs: &[Need]) -> String {
    needs.iter().map(|need| t.get(&format!("need-{}", need.as_str().replace('_', "-")))).collect::<Vec<_>>().join(", ")
}

fn waiting_shown(t: Texts, zone: &str, message: Unfinished) -> WaitingShown {
    let parked = message.state == "parked";
    let word = match (parked, &message.behind) {
        (_, Some(_)) => t.get("channel-behind"),
        (true, None) => t.get("channel-parked"),
        (false, None) => t.with("channel-waiting", "at", t.moment(&message.due_at, zone)),
    };
    WaitingShown {
        href: format!("/desk/{}/{}", message.tenant, message.order),
        number: message.number,
        buyer: message.tenant.clone(),
        since: t.moment(&message.created_at, zone),
        kind: if parked { "bad" } else { "wait" },
        word,
        why: message.last_answer,
        tenant: message.tenant,
        id: if parked { message.id } else { String::new() },
    }
}

fn shown(t: Texts, zone: &str, standing: Standing) -> SupplierShown {
    let channels = (1..).zip(standing.channels).map(|(place, shown)| ChannelShown {
        place,
        form: t.get(&format!("channel-{}", shown.channel.form)),
        to: shown.channel.to,
        lacks: needs(t, &shown.lacks),
    });
    SupplierShown {
        id: standing.supplier.id,
        name: standing.supplier.name,
        channels: channels.collect(),
        waiting: standing.waiting.into_iter().map(|message| waiting_shown(t, zone, message)).collect(),
    }
}

async fn made(app: &App, caller: &Caller, problem: Option<String>) -> Result<ChannelsPage> {
    let t = Texts(caller.person.language);
    let mut tx = app.store.read().await?;
    let zone = store::organisation::time_zone(&mut tx, &caller.person.tenant).await.unwrap_or_else(|_| ZONE.to_string());
    drop(tx);
    let standings = waiting::standings(app, caller).await?;
    let suppliers = standings.into_iter().map(|standing| shown(t, &zone, standing)).collect();
    Ok(ChannelsPage { p: Portal::of(caller, "/channels"), problem, suppliers })
}

async fn respond(app: &App, caller: &Caller, status: StatusCode, problem: Option<String>) -> Response {
    match made(app, caller, problem).await {
        Ok(template) => page(status, &template),
        Err(error) => error_page(&error, caller.person.language),
    }
}

pub async fn show(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>) -> Response {
    respond(&app, &caller, StatusCode::OK, None).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    tenant: String,
    id: String,
}

pub async fn again(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Form(wanted): Form<Wanted>) -> Response {
    match waiting::again(&app, &caller, &wanted.tenant, &wanted.id).await {
        Ok(()) => Redirect::to("/channels").into_response(),
        Err(error) => respond(&app, &caller, answer::status(&error), Some(answer::sentence(&error, Texts(caller.person.language)))).await,
    }
}

fn standing_json(standing: &Standing) -> Value {
    let words = |needs: &[Need]| needs.iter().map(|need| need.as_str()).collect::<Vec<_>>();
    let channels: Vec<Value> =
        standing.channels.iter().map(|shown| json!({"form": shown.channel.form, "to": shown.channel.to, "cannot": words(&shown.lacks)})).collect();
    let waiting: Vec<Value> = standing
        .waiting
        .iter()
        .map(|m| {
            json!({
                "tenant": m.tenant, "id": m.id, "order": m.order, "number": m.number, "state": m.state, "attempts": m.attempts,
                "since": m.created_at.to_string(), "due_at": m.due_at.to_string(), "last_answer": m.last_answer,
                "behind": m.behind,
            })
        })
        .collect();
    json!({"supplier": standing.supplier.id, "channels": channels, "waiting": waiting})
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct GivenUp {
    why: String,
}

/// `GET /api/v1/channels`.
pub async fn list(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>) -> Response {
    match waiting::standings(&app, &caller).await {
        Ok(standings) => Json(json!({"items": standings.iter().map(standing_json).collect::<Vec<_>>()})).into_response(),
        Err(error) => answer::problem(&error, caller.person.language),
    }
}

/// `POST /api/v1/channels/{tenant}/{id}/again`: a message that waits for a person goes once more.
pub async fn api_again(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((tenant, id)): Path<(String, String)>) -> Response {
    done(waiting::again(&app, &caller, &tenant, &id).await, &caller)
}

/// `POST /api/v1/channels/{tenant}/{id}/give-up`: a message that waits for a person is never sent.
pub async fn api_give_up(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((tenant, id)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let work = async {
        let given_up: GivenUp = serde_json::from_slice(&body).map_err(|error| Error::from(Finding::error(Code::Unusable, "body").value(error)))?;
        waiting::give_up(&app, &caller, &tenant, &id, &given_up.why).await
    };
    done(work.await, &caller)
}

fn done(done: Result<()>, caller: &Caller) -> Response {
    match done {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => answer::problem(&error, caller.person.language),
    }
}
