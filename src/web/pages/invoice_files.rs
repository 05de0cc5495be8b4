//! Files for the next invoice of an order: put to it and taken away, on the order's page and over the API. What a file may be is decided in `flow`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::multipart::{MultipartError, MultipartRejection};
use axum::extract::{Extension, Multipart, Path, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::desk_order::after;
use crate::app::App;
use crate::domain::finding::{Code, Finding};
use crate::domain::invoice::ATTACHED_MAX;
use crate::error::{Error, Result};
use crate::flow::fulfilling;
use crate::flow::invoicing::enclosing;
use crate::flow::signing::Caller;
use crate::web::answer::problem;

/// What the form holds: a file with its name, or the name of one to take away.
enum Sent {
    File(String, Vec<u8>),
    Remove(String),
}

async fn sent(form: std::result::Result<Multipart, MultipartRejection>) -> Result<Sent> {
    let missing = || Error::from(Finding::error(Code::Missing, "file"));
    let unread = |error: MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Finding::error(Code::FileTooLarge, "file").limit(format!("{} MiB", ATTACHED_MAX / 1024 / 1024)).into(),
        _ => missing(),
    };
    let mut form = form.map_err(|_| missing())?;
    while let Some(field) = form.next_field().await.map_err(unread)? {
        match field.name() {
            Some("remove") => return Ok(Sent::Remove(field.text().await.map_err(unread)?)),
            Some("file") => {
                let name = field.file_name().unwrap_or_default().to_string();
                let bytes = field.bytes().await.map_err(unread)?;
                return if bytes.is_empty() { Err(missing()) } else { Ok(Sent::File(name, bytes.to_vec())) };
            }
            _ => {}
        }
    }
    Err(missing())
}

pub async fn change(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((tenant, id)): Path<(String, String)>,
    form: std::result::Result<Multipart, MultipartRejection>,
) -> Response {
    let work = async {
        match sent(form).await? {
            Sent::File(name, bytes) => enclosing::put(&app, &caller, &tenant, &id, &name, bytes).await,
            Sent::Remove(name) => enclosing::take(&app, &caller, &tenant, &id, &name).await,
        }
    };
    let done = work.await;
    after(&app, &caller, (&tenant, &id), Vec::new(), done).await
}

type Address = Path<(String, String, String)>;

/// `PUT /api/v1/desk/orders/{buyer}/{number}/files/{file}`: its bytes.
pub async fn put(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((buyer, number, file)): Address, body: Bytes) -> Response {
    let work = async {
        let id = fulfilling::id_of(&app, &caller, &buyer, &number).await?;
        enclosing::put(&app, &caller, &buyer, &id, &file, body.to_vec()).await
    };
    work.await.map_or_else(|error| problem(&error, caller.person.language), |()| StatusCode::NO_CONTENT.into_response())
}

/// `DELETE /api/v1/desk/orders/{buyer}/{number}/files/{file}`
pub async fn take(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((buyer, number, file)): Address) -> Response {
    let work = async {
        let id = fulfilling::id_of(&app, &caller, &buyer, &number).await?;
        enclosing::take(&app, &caller, &buyer, &id, &file).await
    };
    work.await.map_or_else(|error| problem(&error, caller.person.language), |()| StatusCode::NO_CONTENT.into_response())
}
