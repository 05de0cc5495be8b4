//! The papers of a shipment as PDF, whole or for one branch, for the supplier that packs it: on its page and over the API.

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State as Shared};
use axum::response::Response;
use serde::Deserialize;

use super::invoice_copies::pdf;
use crate::app::App;
use crate::error::{Error, Result};
use crate::flow::signing::Caller;
use crate::flow::{delivering, fulfilling, picturing};
use crate::packing_slip::{self, Document, Parcel};
use crate::store;
use crate::web::answer::{self, error_page};

/// The branch that the papers are wanted for alone.
#[derive(Deserialize)]
pub struct Only {
    branch: Option<String>,
}

async fn paper(app: &App, caller: &Caller, (tenant, id): (&str, &str), number: i64, file: &str, only: &Only) -> Result<Response> {
    let mut tx = app.store.read().await?;
    let stored = delivering::order(&mut tx, caller, tenant, id).await?;
    let shipments = store::shipment::of_order(&mut tx, tenant, id).await?;
    let shipment = shipments.iter().find(|shipment| shipment.number == number).ok_or_else(|| Error::not_found("shipment", number))?;
    let missing = || Error::internal("an order without its two sides");
    let supplier = store::organisation::by_id(&mut tx, &stored.order.supplier).await?.ok_or_else(missing)?;
    let buyer = store::organisation::by_id(&mut tx, tenant).await?.ok_or_else(missing)?;
    let zone = store::organisation::time_zone(&mut tx, &supplier.id).await?;
    drop(tx);
    let (document, only) = (Document::of(&stored), only.branch.as_deref());
    if let Some(branch) = only.filter(|branch| !packing_slip::branches(&stored, shipment, &document).contains(branch)) {
        return Err(Error::not_found("branch", branch));
    }
    let logo = picturing::letterhead(app, &supplier.id).await?;
    let parcel = Parcel { stored: &stored, shipment, supplier: &supplier, buyer: &buyer, zone: &zone, logo, document: &document, only };
    let name = |word: &str| [word, &stored.order.number, &number.to_string(), only.unwrap_or_default()].join("-").trim_end_matches('-').to_string();
    match file {
        "slip.pdf" => Ok(pdf(&name("slip"), packing_slip::slip(&parcel)?)),
        "labels.pdf" => Ok(pdf(&name("labels"), packing_slip::labels(&parcel)?)),
        other => Err(Error::not_found("paper", other)),
    }
}

pub async fn page(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((tenant, id, number, file)): Path<(String, String, i64, String)>,
    Query(only): Query<Only>,
) -> Response {
    paper(&app, &caller, (&tenant, &id), number, &file, &only).await.unwrap_or_else(|error| error_page(&error, caller.person.language))
}

/// `GET /api/v1/desk/orders/{buyer}/{number}/shipments/{shipment}/{file}?branch=…`
pub async fn api(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((buyer, number, shipment, file)): Path<(String, String, i64, String)>,
    Query(only): Query<Only>,
) -> Response {
    let work = async {
        let id = fulfilling::id_of(&app, &caller, &buyer, &number).await?;
        paper(&app, &caller, (&buyer, &id), shipment, &file, &only).await
    };
    work.await.unwrap_or_else(|error| answer::problem(&error, caller.person.language))
}
