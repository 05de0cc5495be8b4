//! Copies of invoices for people, and what an invoice would be, as PDF. Makes nothing that is not on the document.

use std::sync::Arc;

use axum::extract::{Extension, Path, State as Shared};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::domain::invoice::terms::Copy;
use crate::error::{Error, Result};
use crate::flow::invoicing::{self, crediting};
use crate::flow::picturing;
use crate::flow::signing::Caller;
use crate::invoice_copy;
use crate::store;
use crate::web::answer::{self, error_page};

/// A PDF that the browser shows.
pub fn pdf(name: &str, bytes: Vec<u8>) -> Response {
    let safe = name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "_");
    let headers = [(header::CONTENT_TYPE, "application/pdf".to_string()), (header::CONTENT_DISPOSITION, format!("inline; filename=\"{safe}.pdf\""))];
    (headers, bytes).into_response()
}

/// The copy of one of the caller's own organisation, in their language.
async fn own(app: &App, caller: &Caller, id: &str) -> Result<Response> {
    let mut tx = app.store.read().await?;
    let row = store::invoice::by_id(&mut tx, &caller.person.tenant, id).await?.ok_or_else(|| Error::not_found("invoice", id))?;
    drop(tx);
    let logo = picturing::letterhead(app, &row.supplier).await?;
    Ok(pdf(&row.number, invoice_copy::of_document(&row.document, caller.person.language, Copy::Embedded, logo)?))
}

pub async fn buyer(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Response {
    own(&app, &caller, &id).await.unwrap_or_else(|error| error_page(&error, caller.person.language))
}

/// `GET /api/v1/invoices/{id}/copy`
pub async fn api(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Response {
    own(&app, &caller, &id).await.unwrap_or_else(|error| answer::problem(&error, caller.person.language))
}

/// The same for the supplier, as the customer gets it.
pub async fn desk(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((tenant, id)): Path<(String, String)>) -> Response {
    let work = async {
        let row = crediting::issued(&app, &caller, &tenant, &id).await?;
        let mut tx = app.store.read().await?;
        let language = store::organisation::by_id(&mut tx, &tenant).await?.map(|buyer| buyer.language).unwrap_or_default();
        drop(tx);
        let logo = picturing::letterhead(&app, &row.supplier).await?;
        Ok(pdf(&row.number, invoice_copy::of_document(&row.document, language, Copy::Embedded, logo)?))
    };
    work.await.unwrap_or_else(|error| error_page(&error, caller.person.language))
}

/// What an invoice for the order would be now.
pub async fn pro_forma(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((tenant, id)): Path<(String, String)>) -> Response {
    let work = async {
        let (invoice, supplier, language) = invoicing::pro_forma(&app, &caller, &tenant, &id).await?;
        let logo = picturing::letterhead(&app, &supplier).await?;
        Ok(pdf("pro-forma", invoice_copy::pro_forma(&invoice, language, logo)?))
    };
    work.await.unwrap_or_else(|error| error_page(&error, caller.person.language))
}
