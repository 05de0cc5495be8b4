//! The logo on a supplier's papers: seen, brought and taken away, on a page and over the API. Whether a file is a picture is decided in `flow`.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Extension, Multipart, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Portal;
use super::catalogues::{Sent, sent};
use super::invoice_runs::{Choice, choices, whose};
use crate::app::App;
use crate::error::{Error, Result};
use crate::flow::invoicing::running::supplier_of;
use crate::flow::picturing;
use crate::flow::signing::Caller;
use crate::text::Texts;
use crate::web::answer::{self, error_page, page, problem};
use crate::web::shop::picture::response;

/// Whose logo, for the operator.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Whose {
    supplier: String,
}

impl Whose {
    fn named(&self) -> Option<&str> {
        Some(self.supplier.as_str()).filter(|named| !named.is_empty())
    }
}

#[derive(Template)]
#[template(path = "letterhead.html")]
struct LetterheadPage {
    p: Portal,
    suppliers: Vec<Choice>,
    supplier: String,
    /// Address of the picture; empty without one.
    picture: String,
    problem: String,
}

type Form = std::result::Result<Multipart, MultipartRejection>;

async fn shown(app: &App, caller: &Caller, asked: &Whose, status: StatusCode, problem: String) -> Response {
    let work = async {
        let suppliers = choices(app, caller, &asked.supplier).await?;
        let supplier = whose(caller, &asked.supplier, &suppliers)?;
        let logo = picturing::paper_logo(app, &supplier).await?;
        let picture = logo.map(|hash| format!("/logo/{hash}.small?supplier={supplier}")).unwrap_or_default();
        Ok::<_, Error>(LetterheadPage { p: Portal::of(caller, "/invoice-runs"), suppliers, supplier, picture, problem })
    };
    match work.await {
        Ok(template) => page(status, &template),
        Err(error) => error_page(&error, caller.person.language),
    }
}

pub async fn show(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Query(asked): Query<Whose>) -> Response {
    shown(&app, &caller, &asked, StatusCode::OK, String::new()).await
}

pub async fn change(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Query(asked): Query<Whose>, form: Form) -> Response {
    let work = async {
        let supplier = supplier_of(&caller, asked.named())?;
        let bytes = match sent(form).await? {
            Sent::File(bytes) => Some(bytes),
            Sent::Nothing => None,
        };
        picturing::set_paper_logo(&app, &caller, &supplier, bytes).await?;
        Ok::<_, Error>(supplier)
    };
    match work.await {
        Ok(supplier) => Redirect::to(&format!("/logo?supplier={supplier}")).into_response(),
        Err(error @ Error::Invalid(_)) => {
            let sentence = answer::sentence(&error, Texts(caller.person.language));
            shown(&app, &caller, &asked, answer::status(&error), sentence).await
        }
        Err(error) => error_page(&error, caller.person.language),
    }
}

pub async fn picture(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Query(asked): Query<Whose>,
) -> Response {
    // Of another supplier there is none, for all that this one may know.
    let found = supplier_of(&caller, asked.named()).map_err(|_| Error::not_found("picture", "of this name"));
    let work = async { picturing::shown(&app, &found?, &name).await };
    match work.await {
        Ok(picture) => response(picture),
        Err(error) => error_page(&error, caller.person.language),
    }
}

async fn set(app: &App, caller: &Caller, asked: &Whose, bytes: Option<Vec<u8>>) -> Result<Response> {
    let supplier = supplier_of(caller, asked.named())?;
    picturing::set_paper_logo(app, caller, &supplier, bytes).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `PUT /api/v1/logo`: the bytes of a PNG, JPEG or WebP file.
pub async fn put(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Query(asked): Query<Whose>, body: Bytes) -> Response {
    set(&app, &caller, &asked, Some(body.to_vec())).await.unwrap_or_else(|error| problem(&error, caller.person.language))
}

/// `DELETE /api/v1/logo`
pub async fn take(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Query(asked): Query<Whose>) -> Response {
    set(&app, &caller, &asked, None).await.unwrap_or_else(|error| problem(&error, caller.person.language))
}
