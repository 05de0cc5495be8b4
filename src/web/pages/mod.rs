//! Pages of the portal: for people who sign in. Handler and template stand side by side.

pub mod amounts;
pub mod answering;
pub mod approvals;
pub mod budget;
pub mod budgets;
pub mod catalogues;
pub mod changes;
pub mod channel_settings;
pub mod channels;
pub mod check;
mod check_words;
pub mod connections;
pub mod crediting;
pub mod desk;
pub mod desk_order;
pub mod erp;
mod fields;
pub mod imports;
pub mod invoice_copies;
pub mod invoice_files;
pub mod invoice_runs;
pub mod letterhead;
pub mod money;
pub mod order_files;
pub mod order_money;
pub mod order_page;
mod order_shipments;
pub mod orders;
pub mod received;
pub mod reports;
pub mod rights;
pub mod settings;
pub mod shipment_papers;
pub mod shop;
pub mod sign_in;

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};

use super::{answer, auth};
use crate::app::App;
use crate::flow::signing::Caller;
use crate::text::Texts;

/// What every page of the portal shows around its content.
pub struct Portal {
    pub t: Texts,
    pub person: String,
    pub organisation: String,
    pub places: Vec<Place>,
}

/// A place of the navigation.
pub struct Place {
    pub href: &'static str,
    pub key: &'static str,
    pub icon: &'static str,
    pub here: bool,
}

/// Every place, and the roles that see it.
const PLACES: &[(&str, &str, &str, &[&str])] = &[
    ("/orders", "orders", "order", super::BUYERS),
    ("/shop", "shop", "basket", super::ORDERERS),
    ("/received", "inbound", "invoice", super::ORDERERS),
    ("/budgets", "budgets", "budget", super::BUYERS),
    ("/approvals", "approvals", "decide", super::APPROVERS),
    ("/rights", "rights", "people", super::CLOSERS),
    ("/desk", "desk", "today", super::FINANCE),
    ("/invoice-runs", "invoice-runs", "invoice", super::FINANCE),
    ("/catalogues", "catalogues", "catalogue", super::SUPPLIERS),
    ("/channels", "channels", "connection", super::SUPPLIERS),
    ("/connections", "connections", "connection", super::ADMINISTRATORS),
];

impl Portal {
    pub fn of(caller: &Caller, here: &'static str) -> Portal {
        Portal {
            t: Texts(caller.person.language),
            person: caller.person.name.clone(),
            organisation: caller.person.tenant.clone(),
            places: PLACES
                .iter()
                .filter(|(_, _, _, roles)| caller.person.roles.iter().any(|role| roles.contains(&role.as_str())))
                .map(|(href, key, icon, _)| Place { href, key, icon, here: *href == here })
                .collect(),
        }
    }
}

/// The start: a person's own first page.
pub async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    if app.config.demo {
        return erp::start(&app, &headers).await;
    }
    match auth::caller(&app, &headers).await {
        Ok(Some(caller)) => {
            let portal = Portal::of(&caller, "");
            Redirect::to(portal.places.first().map_or("/sign-in", |place| place.href)).into_response()
        }
        Ok(None) => Redirect::to("/sign-in").into_response(),
        Err(error) => answer::error_page(&error, answer::language_of(&headers)),
    }
}
