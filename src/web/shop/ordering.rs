//! The basket of a person of the portal becomes an order or a request. Asks for the session and for the sign-in: one alone orders nothing.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};

use super::super::{answer, auth};
use super::basket::{Typed, basket_response};
use super::{Fields, Visit, Where, changing, is_as_seen, value};
use crate::app::App;
use crate::error::{Error, Refusal, Result};
use crate::flow::commanding;
use crate::flow::ordering::Wish;
use crate::flow::portal;
use crate::store::json::str_of;

pub async fn order(State(app): State<Arc<App>>, Path((name, key)): Where, headers: HeaderMap, Form(fields): Fields) -> Response {
    let visit = match changing(app, &name, &key, &headers, &fields).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let wish = if value(&fields, "wish") == Some("request") { Wish::Request } else { Wish::Order };
    if visit.session().state == "open" && !is_as_seen(&visit, &fields) {
        let changed = Error::Conflict("the basket changed".into());
        return basket_response(&visit, answer::status(&changed), "not-ordered", Some(&changed), &Typed::default()).await;
    }
    match place(&visit, &headers, wish).await {
        Ok(Some(id)) => Redirect::to(&format!("/orders/{id}")).into_response(),
        Ok(None) => Redirect::to("/sign-in?next=/shop").into_response(),
        Err(error) => basket_response(&visit, answer::status(&error), "not-ordered", Some(&error), &Typed::default()).await,
    }
}

/// The id of the order; `None` when nobody is signed in any more.
async fn place(visit: &Visit, headers: &HeaderMap, wish: Wish) -> Result<Option<String>> {
    let Some(caller) = auth::caller(&visit.app, headers).await? else { return Ok(None) };
    let placed = portal::order(&visit.app, &caller, &visit.live, &visit.catalogue, &visit.held, wish).await?;
    match placed.status {
        ..400 => Ok(Some(str_of(&placed.json(), "id").to_string())),
        _ => Err(Error::Refused(Refusal::Books(commanding::read_refusal(&placed.json())))),
    }
}
