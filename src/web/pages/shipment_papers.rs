//! The papers of a shipment as PDF, for the supplier that packs it: on its page and over the API.

use std::sync::Arc;

use axum::extract::{Extension, Path, State as Shared};
use axum::response::Response;

use super::invoice_copies::pdf;
use crate::app::App;
use crate::error::{Error, Result};
use crate::flow::signing::Caller;
use crate::flow::{delivering, fulfilling, picturing};
use crate::packing_slip::{self, Parcel};
use crate::store;
use crate::web::answer::{self, error_page};

async fn paper(app: &App, caller: &Caller, tenant: &str, id: &str, number: i64, file: &str) -> Result<Response> {
    let mut tx = app.store.read().await?;
    let stored = delivering::order(&mut tx, caller, tenant, id).await?;
    let shipments = store::shipment::of_order(&mut tx, tenant, id).await?;
    let shipment = shipments.iter().find(|shipment| shipment.number == number).ok_or_else(|| Error::not_found("shipment", number))?;
    let missing = || Error::internal("an order without its two sides");
    let supplier = store::organisation::by_id(&mut tx, &stored.order.supplier).await?.ok_or_else(missing)?;
    let buyer = store::organisation::by_id(&mut tx, tenant).await?.ok_or_else(missing)?;
    let zone = store::organisation::time_zone(&mut tx, &supplier.id).await?;
    drop(tx);
    let parcel =
        Parcel { stored: &stored, shipment, supplier: &supplier, buyer: &buyer, zone: &zone, logo: picturing::letterhead(app, &supplier.id).await? };
    let name = |word: &str| format!("{word}-{}-{number}", stored.order.number);
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
) -> Response {
    paper(&app, &caller, &tenant, &id, number, &file).await.unwrap_or_else(|error| error_page(&error, caller.person.language))
}

/// `GET /api/v1/desk/orders/{buyer}/{number}/shipments/{shipment}/{file}`
pub async fn api(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((buyer, number, shipment, file)): Path<(String, String, i64, String)>,
) -> Response {
    let work = async {
        let id = fulfilling::id_of(&app, &caller, &buyer, &number).await?;
        paper(&app, &caller, &buyer, &id, shipment, &file).await
    };
    work.await.unwrap_or_else(|error| answer::problem(&error, caller.person.language))
}
