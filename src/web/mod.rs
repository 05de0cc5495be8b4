//! HTTP: every route with who may call it in one table, and what surrounds each request (limits, headers, log, panic guard).
//! Handlers translate; decisions are in `flow` and `domain`.

pub mod answer;
pub mod api;
pub mod api_budgets;
pub mod api_check;
pub mod api_received;
pub mod assets;
pub mod auth;
pub mod callup;
mod channels_api;
pub mod commands;
pub mod cxml;
pub mod desk_api;
pub mod health;
mod invoicing_api;
pub mod pages;
mod peppol;
pub mod pictures;
mod request_line;
pub mod serve;
pub mod shop;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post, put};

use crate::app::App;

/// Who may call a route. A route without a line in [`routes`] does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody: health, assets, sign-in.
    Public,
    /// A purchasing system with a credential of the connection.
    CallUp,
    /// The access point of the configuration, by its token; nobody where there is none.
    AccessPoint,
    /// Whoever has the address that a setup in cXML was answered with, once.
    StartPage,
    /// Whoever a supplier's shop was given the address by: for one cart.
    CartReturn,
    /// Whoever has the link of a mail about one order, for a limited time.
    Link,
    /// A catalogue session, by cookie or by key in the path.
    Session,
    /// A person who signed in, or a token of theirs, with one of these roles.
    Roles(&'static [&'static str]),
}

const ADMINISTRATORS: &[&str] = &["buyer_administrator", "operator"];
const EVERYBODY: &[&str] = &crate::flow::applying::ROLES;
const SUPPLIERS: &[&str] = &["supplier_desk", "operator"];
const BUYERS: &[&str] = &["viewer", "orderer", "approver", "budget_holder", "buyer_administrator"];
const ORDERERS: &[&str] = &["orderer", "buyer_administrator"];
const HOLDERS: &[&str] = &["budget_holder", "buyer_administrator"];
const APPROVERS: &[&str] = &["approver", "budget_holder", "buyer_administrator"];
const CLOSERS: &[&str] = &["buyer_administrator"];
const FINANCE: &[&str] = &["supplier_finance", "supplier_desk", "operator"];

pub struct Route {
    pub methods: &'static str,
    pub path: &'static str,
    pub access: Access,
    handler: MethodRouter<Arc<App>>,
}

fn route(methods: &'static str, path: &'static str, access: Access, handler: MethodRouter<Arc<App>>) -> Route {
    Route { methods, path, access, handler }
}

/// Every route of the product.
pub fn routes() -> Vec<Route> {
    use Access::{AccessPoint, CallUp, CartReturn, Link, Public, Roles, Session, StartPage};
    vec![
        route("GET", "/health/live", Public, get(health::live)),
        route("GET", "/health/ready", Public, get(health::ready)),
        route("GET", "/metrics", Public, get(health::metrics)),
        route("GET", "/assets/{name}", Public, get(assets::asset)),
        route("GET", "/pictures/{name}", Public, get(assets::picture)),
        route("GET POST", "/oci/{connection}", CallUp, get(callup::call_up).post(callup::call_up)),
        route("POST", "/peppol/documents", AccessPoint, post(peppol::documents)),
        route("POST", "/cxml/{connection}", CallUp, post(cxml::receive)),
        route("GET", "/cxml/{connection}/start/{token}", StartPage, get(cxml::start)),
        route("GET", "/c/{connection}/{key}/", Session, get(shop::browse::list)),
        route("GET", "/c/{connection}/{key}/article/{number}", Session, get(shop::browse::article)),
        route("GET", "/c/{connection}/{key}/picture/{name}", Session, get(shop::picture::picture)),
        route("GET", "/c/{connection}/{key}/compare", Session, get(shop::browse::compare)),
        route("GET", "/c/{connection}/{key}/basket", Session, get(shop::basket::basket)),
        route("POST", "/c/{connection}/{key}/basket/add", Session, post(shop::basket::add)),
        route("POST", "/c/{connection}/{key}/basket/line/{line}", Session, post(shop::basket::update)),
        route("POST", "/c/{connection}/{key}/basket/line/{line}/remove", Session, post(shop::basket::remove)),
        route("POST", "/c/{connection}/{key}/basket/line/{line}/logo", Session, post(shop::basket::logo)),
        route("POST", "/c/{connection}/{key}/basket/coding", Session, post(shop::basket::code)),
        route("GET POST", "/c/{connection}/{key}/transfer", Session, get(shop::handback::transfer_again).post(shop::handback::transfer)),
        route("POST", "/c/{connection}/{key}/order", Session, post(shop::ordering::order)),
        route("POST", "/c/{connection}/{key}/remote", Session, post(shop::remote::open)),
        route("POST", "/remote/{connection}/{token}", CartReturn, post(shop::remote::take)),
        route("POST", "/c/{connection}/{key}/cancel", Session, post(shop::handback::cancel)),
        route("GET POST", "/sign-in", Public, get(pages::sign_in::show).post(pages::sign_in::enter)),
        route("GET POST", "/check", Public, get(pages::check::show).post(pages::check::judge)),
        route("GET POST", "/answer/{tenant}/{order}/{until}/{proof}", Link, get(pages::answering::show).post(pages::answering::take)),
        route("POST", "/sign-out", Public, post(pages::sign_in::leave)),
        route("POST", "/api/v1/tokens", Public, post(api::token)),
        route("POST", "/api/v1/tokens/revoke", Roles(EVERYBODY), post(api::revoke)),
        route("GET", "/api/openapi.json", Public, get(assets::openapi)),
        route("GET", "/api/v1/connections/{name}/evidence", Roles(ADMINISTRATORS), get(api::evidence_list)),
        route("GET", "/api/v1/connections/{name}/evidence/{id}", Roles(ADMINISTRATORS), get(api::evidence)),
        route("POST", "/api/v1/connections/{name}/evidence/{id}/replay", Roles(ADMINISTRATORS), post(api::replay)),
        route("GET", "/api/v1/connections/{name}/sessions", Roles(ADMINISTRATORS), get(api::sessions)),
        route("POST", "/api/v1/connections/{name}/virtual-erp", Roles(ADMINISTRATORS), post(api::virtual_erp)),
        route("PUT", "/api/v1/catalogues/{id}/articles/{number}", Roles(SUPPLIERS), put(api::put_article)),
        route("PUT", "/api/v1/catalogues/{id}/articles/{number}/picture", Roles(SUPPLIERS), put(api::put_picture)),
        route("POST", "/api/v1/orders", Roles(ORDERERS), post(api::place_order)),
        route("POST", "/api/v1/orders.csv", Roles(ORDERERS), post(api::place_orders)),
        route("GET", "/api/v1/orders/{number}", Roles(BUYERS), get(api::order)),
        route("POST", "/api/v1/orders/{number}/changes", Roles(ORDERERS), post(commands::change_order)),
        route("POST", "/api/v1/orders/{number}/cancellations", Roles(ORDERERS), post(commands::cancel_order)),
        route("POST", "/api/v1/orders/{number}/lines/{line}/close", Roles(ORDERERS), post(commands::close_line)),
        route("POST", "/api/v1/orders/{number}/lines/{line}/reopen", Roles(ORDERERS), post(commands::reopen_line)),
        route("POST", "/api/v1/orders/{number}/offers/{line}", Roles(ORDERERS), post(desk_api::decide)),
        route("POST", "/api/v1/orders/{number}/questions", Roles(ORDERERS), post(desk_api::ask_supplier)),
        route("POST", "/api/v1/desk/orders/{buyer}/{number}/questions", Roles(FINANCE), post(desk_api::ask)),
        route("GET", "/api/v1/desk/orders", Roles(FINANCE), get(desk_api::orders)),
        route("GET", "/api/v1/desk/orders.csv", Roles(FINANCE), get(desk_api::orders_csv)),
        route("POST", "/api/v1/desk/confirmations", Roles(SUPPLIERS), post(desk_api::confirmations)),
        route("GET", "/api/v1/desk/orders/{buyer}/{number}", Roles(FINANCE), get(desk_api::order)),
        route("POST", "/api/v1/desk/orders/{buyer}/{number}/answers", Roles(SUPPLIERS), post(desk_api::answers)),
        route("POST", "/api/v1/desk/orders/{buyer}/{number}/shipments", Roles(SUPPLIERS), post(desk_api::shipments)),
        route(
            "PUT DELETE",
            "/api/v1/desk/orders/{buyer}/{number}/files/{file}",
            Roles(FINANCE),
            put(pages::invoice_files::put).delete(pages::invoice_files::take),
        ),
        route("DELETE", "/api/v1/desk/orders/{buyer}/{number}/shipments/{shipment}", Roles(SUPPLIERS), delete(desk_api::withdraw)),
        route("GET", "/api/v1/desk/orders/{buyer}/{number}/shipments/{shipment}/{file}", Roles(FINANCE), get(pages::shipment_papers::api)),
        route("POST", "/api/v1/requests", Roles(ORDERERS), post(api::request_order)),
        route("GET", "/api/v1/requests", Roles(APPROVERS), get(commands::requests)),
        route("GET", "/api/v1/requests/{number}", Roles(APPROVERS), get(commands::request)),
        route("POST", "/api/v1/requests/{number}/decision", Roles(APPROVERS), post(commands::decide)),
        route("POST", "/api/v1/budgets/allocations", Roles(HOLDERS), post(commands::allocate)),
        route("POST", "/api/v1/budgets/import", Roles(HOLDERS), post(commands::import)),
        route("GET", "/api/v1/budgets.csv", Roles(BUYERS), get(commands::export)),
        route("POST", "/api/v1/budgets/transfers", Roles(HOLDERS), post(commands::transfer)),
        route("POST", "/api/v1/budgets/policies", Roles(HOLDERS), post(commands::limit)),
        route("POST", "/api/v1/periods", Roles(CLOSERS), post(commands::set_period)),
        route("POST", "/api/v1/periods/{id}/close", Roles(CLOSERS), post(commands::close_period)),
        route("GET", "/api/v1/invoices", Roles(BUYERS), get(invoicing_api::invoices)),
        route("POST", "/api/v1/invoices/check", Roles(EVERYBODY), post(api_check::check)),
        route("GET", "/api/v1/invoices/{id}", Roles(BUYERS), get(api::invoice)),
        route("GET", "/api/v1/invoices/{id}/copy", Roles(BUYERS), get(pages::invoice_copies::api)),
        route("GET POST", "/api/v1/invoice-runs", Roles(FINANCE), get(invoicing_api::list).post(invoicing_api::start)),
        route("POST", "/api/v1/invoice-runs/preview", Roles(FINANCE), post(invoicing_api::preview)),
        route("GET", "/api/v1/invoice-runs/{id}", Roles(FINANCE), get(invoicing_api::show)),
        route("PUT DELETE", "/api/v1/logo", Roles(FINANCE), put(pages::letterhead::put).delete(pages::letterhead::take)),
        route("GET", "/api/v1/customers/{customer}/invoices", Roles(FINANCE), get(invoicing_api::of_customer)),
        route("GET", "/api/v1/customers/{customer}/invoices/{id}", Roles(FINANCE), get(invoicing_api::document)),
        route("GET", "/api/v1/customers/{customer}/invoices/{id}/sendings", Roles(FINANCE), get(invoicing_api::sendings)),
        route("POST", "/api/v1/customers/{customer}/invoices/{id}/credits", Roles(FINANCE), post(invoicing_api::credit)),
        route("GET POST", "/api/v1/received-invoices", Roles(ORDERERS), get(api_received::list).post(api_received::bring)),
        route("GET", "/api/v1/received-invoices/{id}", Roles(ORDERERS), get(api_received::one)),
        route("GET", "/api/v1/received-invoices/{id}/document", Roles(ORDERERS), get(api_received::document)),
        route("GET", "/api/v1/received-invoices/{id}/files/{number}", Roles(ORDERERS), get(api_received::file)),
        route("GET", "/api/v1/received-invoices/{id}/response", Roles(ORDERERS), get(api_received::response)),
        route("POST", "/api/v1/received-invoices/{id}/decision", Roles(ORDERERS), post(api_received::decide)),
        route("GET", "/api/v1/orders/{number}/money", Roles(BUYERS), get(api_budgets::order_money)),
        route("GET", "/api/v1/budgets", Roles(BUYERS), get(api_budgets::budgets)),
        route("GET", "/api/v1/budgets/analysis", Roles(BUYERS), get(api_budgets::analysis)),
        route("GET", "/api/v1/budgets/over", Roles(BUYERS), get(api_budgets::over)),
        route("GET", "/api/v1/budgets/released", Roles(BUYERS), get(api_budgets::released)),
        route("GET", "/api/v1/budgets/held", Roles(BUYERS), get(api_budgets::held)),
        route("GET", "/api/v1/budgets/variances", Roles(BUYERS), get(api_budgets::variances)),
        route("GET", "/api/v1/budgets/{code}/{period}", Roles(BUYERS), get(api_budgets::budget)),
        route("GET", "/api/v1/budgets/{code}/{period}/{list}", Roles(BUYERS), get(api_budgets::list)),
        route("GET", "/shop", Roles(ORDERERS), get(pages::shop::list)),
        route("POST", "/shop/{connection}", Roles(ORDERERS), post(pages::shop::open)),
        route("GET", "/orders", Roles(BUYERS), get(pages::orders::list)),
        route("GET POST", "/orders/import", Roles(ORDERERS), get(pages::order_files::show).post(pages::order_files::bring)),
        route("GET", "/orders/{id}", Roles(BUYERS), get(pages::orders::show)),
        route("POST", "/orders/{id}/offer", Roles(ORDERERS), post(pages::orders::offer)),
        route("POST", "/orders/{id}/resend", Roles(ORDERERS), post(pages::orders::resend)),
        route("POST", "/orders/{id}/give-up", Roles(ORDERERS), post(pages::orders::give_up)),
        route("POST", "/orders/{id}/question", Roles(ORDERERS), post(pages::orders::ask)),
        route("GET", "/orders/{id}/pictures/{name}", Roles(BUYERS), get(pages::orders::logo)),
        route("GET", "/invoices/{id}", Roles(BUYERS), get(pages::orders::invoice_document)),
        route("GET POST", "/received", Roles(ORDERERS), get(pages::received::list).post(pages::received::bring)),
        route("GET POST", "/received/{id}", Roles(ORDERERS), get(pages::received::show).post(pages::received::decide)),
        route("GET", "/received/{id}/document", Roles(ORDERERS), get(api_received::document)),
        route("GET", "/received/{id}/files/{number}", Roles(ORDERERS), get(api_received::file)),
        route("GET", "/received/{id}/response", Roles(ORDERERS), get(api_received::response)),
        route("GET", "/budgets", Roles(BUYERS), get(pages::budgets::budgets)),
        route("GET", "/budgets.csv", Roles(BUYERS), get(pages::budgets::budgets_csv)),
        route("GET", "/budgets/{report}", Roles(BUYERS), get(pages::reports::report)),
        route("GET", "/budgets/{code}/{period}", Roles(BUYERS), get(pages::budget::budget)),
        route("GET", "/budgets/{code}/{period}/{list}", Roles(BUYERS), get(pages::budget::list_csv)),
        route("GET", "/budgets/export.csv", Roles(BUYERS), get(commands::export)),
        route("GET POST", "/budgets/change", Roles(HOLDERS), get(pages::changes::show).post(pages::changes::change)),
        route("GET POST", "/budgets/import", Roles(HOLDERS), get(pages::imports::show).post(pages::imports::bring)),
        route("GET", "/approvals", Roles(APPROVERS), get(pages::approvals::list)),
        route("GET POST", "/approvals/{number}", Roles(APPROVERS), get(pages::approvals::show).post(pages::approvals::decide)),
        route("GET POST", "/rights", Roles(CLOSERS), get(pages::rights::show).post(pages::rights::change)),
        route("GET", "/invoices/{id}/copy.pdf", Roles(BUYERS), get(pages::invoice_copies::buyer)),
        route("GET", "/desk", Roles(FINANCE), get(pages::desk::show)),
        route("GET", "/desk/changes", Roles(FINANCE), get(pages::desk::changes)),
        route("GET", "/desk/orders.csv", Roles(FINANCE), get(pages::desk::csv)),
        route("POST", "/desk/confirm", Roles(SUPPLIERS), post(pages::desk::confirm)),
        route("GET", "/desk/{tenant}/{id}", Roles(FINANCE), get(pages::desk_order::show)),
        route("GET", "/desk/{tenant}/invoices/{id}", Roles(FINANCE), get(pages::orders::desk_invoice)),
        route("GET", "/desk/{tenant}/{id}/pictures/{name}", Roles(FINANCE), get(pages::orders::desk_logo)),
        route("POST", "/desk/{tenant}/{id}/confirm", Roles(SUPPLIERS), post(pages::desk_order::confirm)),
        route("POST", "/desk/{tenant}/{id}/ship", Roles(SUPPLIERS), post(pages::desk_order::ship)),
        route("POST", "/desk/{tenant}/{id}/withdraw", Roles(SUPPLIERS), post(pages::desk_order::withdraw)),
        route("GET", "/desk/{tenant}/{id}/shipments/{number}/{file}", Roles(FINANCE), get(pages::shipment_papers::page)),
        route("POST", "/desk/{tenant}/{id}/answer", Roles(SUPPLIERS), post(pages::desk_order::answer)),
        route("POST", "/desk/{tenant}/{id}/resend", Roles(SUPPLIERS), post(pages::desk_order::resend)),
        route("POST", "/desk/{tenant}/{id}/give-up", Roles(SUPPLIERS), post(pages::desk_order::give_up)),
        route("POST", "/desk/{tenant}/{id}/question", Roles(FINANCE), post(pages::desk_order::ask)),
        route("POST", "/desk/{tenant}/{id}/cannot-deliver", Roles(SUPPLIERS), post(pages::desk_order::cannot_deliver)),
        route("POST", "/desk/{tenant}/{id}/files", Roles(FINANCE), post(pages::invoice_files::change)),
        route("POST", "/desk/{tenant}/{id}/invoice", Roles(FINANCE), post(pages::desk_order::invoice)),
        route("GET", "/desk/{tenant}/invoices/{id}/copy.pdf", Roles(FINANCE), get(pages::invoice_copies::desk)),
        route("GET", "/desk/{tenant}/{id}/pro-forma.pdf", Roles(FINANCE), get(pages::invoice_copies::pro_forma)),
        route("GET POST", "/desk/{tenant}/invoices/{id}/credit", Roles(FINANCE), get(pages::crediting::show).post(pages::crediting::credit)),
        route("GET POST", "/invoice-runs", Roles(FINANCE), get(pages::invoice_runs::list).post(pages::invoice_runs::start)),
        route("GET", "/invoice-runs/{id}", Roles(FINANCE), get(pages::invoice_runs::show)),
        route("GET POST", "/logo", Roles(FINANCE), get(pages::letterhead::show).post(pages::letterhead::change)),
        route("GET", "/logo/{name}", Roles(FINANCE), get(pages::letterhead::picture)),
        route("GET", "/catalogues", Roles(SUPPLIERS), get(pages::catalogues::list)),
        route("GET", "/catalogues/{id}", Roles(SUPPLIERS), get(pages::catalogues::show)),
        route("GET", "/catalogues/{id}/pictures/{name}", Roles(SUPPLIERS), get(pages::catalogues::picture)),
        route("POST", "/catalogues/{id}/articles/{number}/picture", Roles(SUPPLIERS), post(pages::catalogues::put_picture)),
        route("GET", "/erp/empty", Public, get(pages::erp::empty)),
        route("POST", "/erp/return", Public, post(pages::erp::returned)),
        route("GET", "/erp/{id}", Public, get(pages::erp::show)),
        route("GET", "/erp/{id}/invoice.xml", Public, get(pages::erp::invoice)),
        route("POST", "/erp/{id}/{action}", Public, post(pages::erp::act)),
        route("GET", "/", Public, get(pages::home)),
        route("GET", "/connections", Roles(ADMINISTRATORS), get(pages::connections::list)),
        route("GET", "/connections/{name}", Roles(ADMINISTRATORS), get(pages::connections::show)),
        route("GET", "/connections/{name}/evidence", Roles(ADMINISTRATORS), get(pages::connections::evidence_list)),
        route("GET", "/connections/{name}/evidence/{id}", Roles(ADMINISTRATORS), get(pages::connections::evidence)),
        route("POST", "/connections/{name}/evidence/{id}/replay", Roles(ADMINISTRATORS), post(pages::connections::replay)),
        route("POST", "/connections/{name}/credentials", Roles(ADMINISTRATORS), post(pages::connections::new_secret)),
        route("POST", "/connections/{name}/credentials/{id}/end", Roles(ADMINISTRATORS), post(pages::connections::end_credential)),
        route(
            "GET POST",
            "/connections/{name}/evidence/{id}/accept-origin",
            Roles(ADMINISTRATORS),
            get(pages::connections::ask_origin).post(pages::connections::accept_origin),
        ),
        route("GET POST", "/new-connection", Roles(ADMINISTRATORS), get(pages::settings::new).post(pages::settings::make)),
        route("GET POST", "/connections/{name}/settings", Roles(ADMINISTRATORS), get(pages::settings::edit).post(pages::settings::save)),
        route("GET POST", "/channels", Roles(SUPPLIERS), get(pages::channels::show).post(pages::channels::again)),
        route("GET POST", "/channels/{supplier}", Roles(SUPPLIERS), get(pages::channel_settings::edit).post(pages::channel_settings::save)),
        route("GET", "/api/v1/channels", Roles(SUPPLIERS), get(pages::channels::list)),
        route(
            "GET PUT DELETE",
            "/api/v1/channels/{supplier}",
            Roles(SUPPLIERS),
            get(channels_api::show).put(channels_api::put).delete(channels_api::take),
        ),
        route("POST", "/api/v1/channels/{tenant}/{id}/again", Roles(SUPPLIERS), post(pages::channels::api_again)),
        route("POST", "/api/v1/channels/{tenant}/{id}/give-up", Roles(SUPPLIERS), post(pages::channels::api_give_up)),
        route("GET POST", "/connections/{name}/text", Roles(ADMINISTRATORS), get(pages::settings::text).post(pages::settings::save_text)),
        route(
            "GET POST",
            "/connections/{name}/virtual-erp",
            Roles(ADMINISTRATORS),
            get(pages::connections::virtual_erp).post(pages::connections::virtual_erp_run),
        ),
    ]
}

/// The whole service.
pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new();
    for route in routes() {
        let handler = match route.access {
            Access::Public | Access::CallUp | Access::AccessPoint | Access::Link | Access::StartPage | Access::CartReturn | Access::Session => {
                route.handler
            }
            Access::Roles(roles) => route.handler.layer(middleware::from_fn_with_state((app.clone(), roles), auth::require)),
        };
        router = router.route(route.path, handler);
    }
    router
        .fallback(answer::no_such_page)
        .layer(DefaultBodyLimit::max(app.config.body_max))
        .layer(middleware::from_fn_with_state(app.clone(), surround))
        .with_state(app)
}

/// Around every request: the work belongs to a task of its own, not to the connection, so that a caller who hangs up leaves no
/// transaction half done; a panic ends one request; every answer carries the headers of the security checklist.
async fn surround(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str).to_string();
    let language = answer::language_of(request.headers());
    let is_api = request.uri().path().starts_with("/api/");
    let is_cxml = path == "/cxml/{connection}";
    // Shed before anything is begun (P7); being alive is answered always.
    let place = if path == "/health/live" { None } else { Some(app.places.try_acquire()) };
    if matches!(place, Some(Err(_))) {
        metrics::counter!("hookline_requests_shed_total").increment(1);
        let error = crate::error::Error::Unavailable("too many requests at once".into());
        let mut response = match (is_cxml, is_api) {
            (true, _) => cxml::fault(),
            (false, true) => answer::problem(&error, language),
            (false, false) => answer::error_page(&error, language),
        };
        secure(&app, &mut response);
        return response;
    }
    let work = tokio::spawn(next.run(request));
    let mut response = match work.await {
        Ok(response) => answer::in_our_words(response, is_api, language),
        Err(fault) => {
            tracing::error!(route = path, panic = fault.is_panic(), "a request failed");
            if is_cxml { cxml::fault() } else { answer::fault_page(language) }
        }
    };
    let duration = started.elapsed();
    let status = response.status().as_u16();
    metrics::counter!("hookline_requests_total", "route" => path.clone(), "status" => status.to_string()).increment(1);
    tracing::debug!(%method, route = path, status, duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX), "request answered");
    secure(&app, &mut response);
    response
}

fn secure(app: &App, response: &mut Response) {
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "strict-origin-when-cross-origin");
    set(header::CACHE_CONTROL, "no-store");
    set(header::CONTENT_SECURITY_POLICY, answer::POLICY_UNFRAMED);
    if app.config.public_url.as_deref().is_some_and(|url| url.starts_with("https://")) {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

/// A short answer without a page.
pub fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
