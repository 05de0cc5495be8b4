//! Orders: the buyer's list and page, the supplier's desk, and what can be done with an order; budgets beside them.
//! Buttons stand only where the move is allowed.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Extension, Path, Query, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use rust_decimal::Decimal;

use super::Portal;
use super::order_money::{self, OrderMoney};
use crate::app::App;
use crate::domain::finding::Findings;
use crate::domain::invoice::Kind;
use crate::domain::money::{Money, Price};
use crate::domain::order::{Line, State};
use crate::domain::quantity;
use crate::error::{Error, Result};
use crate::flow::fulfilling::shipping::{self, Leaving};
use crate::flow::fulfilling::{Target, answering};
use crate::flow::signing::Caller;
use crate::flow::{delivering, invoicing, picturing, proving};
use crate::store::invoice_sending::Sending;
use crate::store::order::Stored;
use crate::store::{self};
use crate::text::Texts;
use crate::web::answer::{self, error_page, page};
use crate::web::api::ListQuery;
use crate::wire::form;

const PAGE: u32 = 50;

struct Row {
    href: String,
    number: String,
    party: String,
    at: String,
    kind: &'static str,
    word: String,
    net: String,
}

#[derive(Template)]
#[template(path = "orders.html")]
struct OrdersPage {
    p: Portal,
    heading: String,
    party: String,
    rows: Vec<Row>,
    next: Option<String>,
    /// Whether the reader may bring orders in.
    may_order: bool,
    /// Where orders are posted to, and what their signatures are checked with.
    webhook: Option<(String, String)>,
}

/// The supplier's webhook, when it has one.
async fn webhook(app: &App, tx: &mut store::Tx, supplier: &str) -> Result<Option<(String, String)>> {
    let Some(organisation) = store::organisation::by_id(tx, supplier).await? else { return Ok(None) };
    let settings = store::json::parse(&organisation.settings)?;
    let address = store::json::str_of(&settings, "webhook").to_string();
    Ok((!address.is_empty()).then(|| (address.clone(), proving::webhook_secret(&app.form_key, &address))))
}

pub fn state_kind(state: State) -> &'static str {
    match state {
        State::Requested | State::Placed => "wait",
        State::Confirmed => "info",
        State::Shipped => "part",
        State::Invoiced => "good",
        State::Cancelled | State::Rejected | State::Expired => "off",
    }
}

pub fn state_word(t: Texts, state: State) -> String {
    t.get(&format!("state-{}", state.as_str()))
}

fn row(t: Texts, stored: &Stored, root: &str, party: &str, zone: &str) -> Row {
    let order = &stored.order;
    Row {
        href: format!("{root}{}", order.id),
        number: order.number.clone(),
        party: party.to_string(),
        at: t.moment(&stored.placed_at, zone),
        kind: state_kind(order.state),
        word: state_word(t, order.state),
        net: t.money(&order.net),
    }
}

fn is_operator(caller: &Caller) -> bool {
    caller.person.roles.iter().any(|role| role == "operator")
}

/// The buyer's orders.
pub async fn list(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Query(query): Query<ListQuery>) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let mut tx = app.store.read().await?;
        let stored = store::order::of_tenant(&mut tx, &caller.person.tenant, &query.after, PAGE).await?;
        let zone = store::organisation::time_zone(&mut tx, &caller.person.tenant).await?;
        let rows = stored.iter().map(|s| row(t, s, "/orders/", &s.order.supplier, &zone)).collect();
        Ok::<_, Error>(OrdersPage {
            p: Portal::of(&caller, "/orders"),
            heading: t.get("orders"),
            party: t.get("supplier"),
            rows,
            next: next_page("/orders", &stored),
            may_order: caller.person.roles.iter().any(|role| crate::web::ORDERERS.contains(&role.as_str())),
            webhook: None,
        })
    };
    respond(work.await, t)
}

/// The supplier's desk: what came in from all buyers.
pub async fn desk(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Query(query): Query<ListQuery>) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let mut tx = app.store.read().await?;
        let stored = match is_operator(&caller) {
            true => {
                let mut all = Vec::new();
                for organisation in store::organisation::all(&mut tx).await?.iter().filter(|o| o.kind == "supplier") {
                    all.extend(store::order::of_supplier(&mut tx, &organisation.id, &query.after, PAGE).await?);
                }
                all
            }
            false => store::order::of_supplier(&mut tx, &caller.person.tenant, &query.after, PAGE).await?,
        };
        let zone = store::organisation::time_zone(&mut tx, &caller.person.tenant).await?;
        let rows = stored.iter().map(|s| row(t, s, &format!("/desk/{}/", s.tenant), &s.tenant, &zone)).collect();
        Ok::<_, Error>(OrdersPage {
            p: Portal::of(&caller, "/desk"),
            heading: t.get("desk"),
            party: t.get("buyer"),
            rows,
            next: next_page("/desk", &stored),
            may_order: false,
            webhook: webhook(&app, &mut tx, &caller.person.tenant).await?,
        })
    };
    respond(work.await, t)
}

fn next_page(path: &str, stored: &[Stored]) -> Option<String> {
    let full = stored.len() == PAGE as usize;
    full.then(|| stored.last().map(|last| format!("{path}?after={}", last.order.id))).flatten()
}

pub fn respond(work: Result<impl Template>, t: Texts) -> Response {
    match work {
        Ok(template) => page(StatusCode::OK, &template),
        Err(error) => error_page(&error, t.0),
    }
}

struct LineShown {
    line: u32,
    article: String,
    description: String,
    text: String,
    /// Address of its logo without the size; empty without one.
    logo: String,
    quantity: String,
    price: String,
    per: String,
    net: String,
    /// What the basket said of it, where that was something else.
    differs: Differs,
    coding: Vec<(String, String)>,
    state: String,
    open: bool,
    /// How many are open.
    pieces: String,
}

struct Event {
    kind: &'static str,
    what: String,
    who: String,
    at: String,
}

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage {
    p: Portal,
    number: String,
    back: &'static str,
    back_text: String,
    root: String,
    kind: &'static str,
    word: String,
    actions: Vec<(&'static str, String)>,
    about: String,
    problem: Option<String>,
    can_refuse: bool,
    currency: String,
    lines: Vec<LineShown>,
    money: OrderMoney,
    span: usize,
    net: String,
    events: Vec<Event>,
    documents: Vec<DocumentShown>,
}

struct DocumentShown {
    href: String,
    number: String,
    about: String,
    /// The copy for people.
    copy: String,
    /// How it went, channel by channel, for the supplier: the kind of state, and words.
    sent: Vec<(&'static str, String)>,
    /// Where it is credited; empty where that cannot be.
    credit: String,
}

/// How a document went by one channel.
fn sent(t: Texts, sending: &Sending) -> (&'static str, String) {
    let channel = match sending.channel.as_str() {
        "mail" => "sent-by-mail",
        "webhook" => "sent-by-webhook",
        _ => "sent-by-peppol",
    };
    let (kind, state) = match sending.state.as_str() {
        "waiting" => ("wait", "sent-waiting"),
        "sent" => ("part", "sent-sent"),
        "delivered" => ("good", "sent-delivered"),
        "accepted" => ("good", "sent-accepted"),
        "paid" => ("good", "sent-paid"),
        "rejected" => ("bad", "sent-rejected"),
        _ => ("bad", "sent-failed"),
    };
    let said = if kind == "bad" || kind == "wait" { sending.said.as_str() } else { "" };
    (kind, format!("{}: {} {said}", t.get(channel), t.get(state)).trim().to_string())
}

/// What the basket said of a line; empty where the order says the same.
pub struct Differs {
    pub price: String,
    pub quantity: String,
}

pub fn differs(t: Texts, line: &Line) -> Differs {
    let price = |quoted: Price| t.with_all("basket-said-price", &[("price", t.number(&quoted.amount, &2)), ("per", per_text(t, quoted, &line.unit))]);
    Differs {
        price: line.quoted_price.map(price).unwrap_or_default(),
        quantity: line.quoted_quantity.map(|quoted| t.with("basket-said-quantity", "quantity", t.number(&quoted, &0))).unwrap_or_default(),
    }
}

/// For what a price is: `per piece`, `per 100 pieces`.
pub fn per_text(t: Texts, price: Price, unit: &str) -> String {
    let per = price.per as usize;
    let unit = t.unit(unit, &per);
    if per == 1 { t.with("per-one", "unit", unit) } else { t.with_all("per-many", &[("per", per.to_string()), ("unit", unit)]) }
}

fn line_shown(t: Texts, line: &Line, logo: String) -> LineShown {
    let mut states = Vec::new();
    for (key, quantity) in [("line-shipped", line.shipped), ("line-refused", line.refused), ("line-open", line.open())] {
        if quantity > Decimal::ZERO {
            states.push(t.with(key, "quantity", t.number(&quantity, &0)));
        }
    }
    LineShown {
        line: line.line,
        article: line.article.clone(),
        description: line.description.clone(),
        text: line.text.clone(),
        logo,
        quantity: format!("{} {}", t.number(&line.quantity, &0), t.unit(&line.unit, &2)),
        price: t.number(&line.price.amount, &2),
        per: per_text(t, line.price, &line.unit),
        net: t.amount(&line.net),
        differs: differs(t, line),
        coding: line.coding.iter().map(|(kind, value)| (t.get(&format!("field-{}", kind.name().replace('_', "-"))), value.to_string())).collect(),
        state: states.join(", "),
        open: line.open() > Decimal::ZERO,
        pieces: t.number(&line.open(), &0),
    }
}

/// Which side looks at the order.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Buyer,
    Desk,
}

async fn order_page(app: &App, caller: &Caller, stored: Stored, side: Side, problem: Option<String>) -> Result<OrderPage> {
    let t = Texts(caller.person.language);
    let order = &stored.order;
    let mut tx = app.store.read().await?;
    let events = store::journal::of_subject(&mut tx, &stored.tenant, &format!("order/{}", order.number)).await?;
    let invoices = store::invoice::of_order(&mut tx, &stored.tenant, &order.id).await?;
    let mut sendings = Vec::new();
    for invoice in invoices.iter().filter(|_| side == Side::Desk) {
        sendings.extend(store::invoice_sending::of_invoice(&mut tx, &stored.tenant, &invoice.id).await?);
    }
    let zone = store::organisation::time_zone(&mut tx, &caller.person.tenant).await?;
    let logos = picturing::logos(&mut tx, &stored).await?;
    drop(tx);
    let money = if side == Side::Buyer { order_money::of(app, caller, &order.number, t).await? } else { OrderMoney::default() };
    let root = if side == Side::Desk { format!("/desk/{}/{}", stored.tenant, order.id) } else { format!("/orders/{}", order.id) };
    let logo = |line: u32| logos.iter().find(|(known, _)| *known == line).map(|(_, hash)| format!("{root}/pictures/{hash}")).unwrap_or_default();
    let moves: [(&str, &str, State); 3] =
        [("confirm", "do-confirm", State::Confirmed), ("ship", "do-ship", State::Shipped), ("invoice", "do-invoice", State::Invoiced)];
    let allowed = moves.iter().filter(|(_, _, next)| side == Side::Desk && order.state.may_become(*next));
    let can_refuse = side == Side::Desk && matches!(order.state, State::Placed | State::Confirmed);
    let event = |entry: &store::journal::Entry| Event {
        kind: if entry.kind.contains("cannot") { "bad" } else { "good" },
        what: t.get(&format!("event-{}", entry.kind.replace(' ', "-"))),
        who: entry.actor.clone(),
        at: t.moment(&entry.at, &zone),
    };
    Ok(OrderPage {
        p: Portal::of(caller, if side == Side::Desk { "/desk" } else { "/orders" }),
        number: order.number.clone(),
        back: if side == Side::Desk { "/desk" } else { "/orders" },
        back_text: t.get(if side == Side::Desk { "desk" } else { "orders" }),
        root: format!("/desk/{}/{}", stored.tenant, order.id),
        kind: state_kind(order.state),
        word: state_word(t, order.state),
        actions: allowed.map(|(action, key, _)| (*action, t.get(key))).collect(),
        about: [stored.tenant.as_str(), order.supplier.as_str(), order.ordered_by.as_str(), order.quote.as_deref().unwrap_or_default()]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(", "),
        problem,
        can_refuse,
        currency: order.net.currency.to_string(),
        lines: order.lines.iter().map(|line| line_shown(t, line, logo(line.line))).collect(),
        money,
        span: if can_refuse { 5 } else { 4 },
        net: t.amount(&order.net),
        events: events.iter().rev().map(event).collect(),
        documents: invoices
            .iter()
            .map(|invoice| {
                let gross = Money::new(invoice.gross, order.net.currency);
                let is_desk = side == Side::Desk;
                let side = if is_desk { format!("/desk/{}/invoices/{}", stored.tenant, invoice.id) } else { format!("/invoices/{}", invoice.id) };
                let credit = format!("/desk/{}/invoices/{}/credit", stored.tenant, invoice.id);
                DocumentShown {
                    copy: format!("{side}/copy.pdf"),
                    href: side,
                    number: invoice.number.clone(),
                    sent: sendings.iter().filter(|sending| sending.invoice == invoice.id).map(|sending| sent(t, sending)).collect(),
                    about: format!("UBL, {}, {}", t.iso_date(&invoice.issued_on), t.money(&gross)),
                    credit: if is_desk && invoice.kind == Kind::Invoice { credit } else { String::new() },
                }
            })
            .collect(),
    })
}

pub async fn show(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Response {
    let work = async {
        let mut tx = app.store.read().await?;
        let stored = store::order::by_id(&mut tx, &caller.person.tenant, &id).await?.ok_or_else(|| Error::not_found("order", &id))?;
        drop(tx);
        order_page(&app, &caller, stored, Side::Buyer, None).await
    };
    respond(work.await, Texts(caller.person.language))
}

pub async fn desk_show(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((tenant, id)): Path<(String, String)>) -> Response {
    desk_page(&app, &caller, &tenant, &id, StatusCode::OK, None).await
}

async fn desk_page(app: &App, caller: &Caller, tenant: &str, id: &str, status: StatusCode, problem: Option<String>) -> Response {
    let work = async {
        let mut tx = app.store.read().await?;
        let stored = delivering::order(&mut tx, caller, tenant, id).await?;
        drop(tx);
        order_page(app, caller, stored, Side::Desk, problem).await
    };
    match work.await {
        Ok(template) => page(status, &template),
        Err(error) => error_page(&error, caller.person.language),
    }
}

/// After a step: back to the order, or the order with the reason why not.
async fn after(app: &App, caller: &Caller, tenant: &str, id: &str, done: Result<()>) -> Response {
    match done {
        Ok(()) => Redirect::to(&format!("/desk/{tenant}/{id}")).into_response(),
        Err(error) => {
            let sentence = answer::sentence(&error, Texts(caller.person.language));
            desk_page(app, caller, tenant, id, answer::status(&error), Some(sentence)).await
        }
    }
}

/// A logo of an order, for the buyer.
pub async fn logo(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((id, name)): Path<(String, String)>) -> Response {
    let work = async {
        let mut tx = app.store.read().await?;
        let stored = store::order::by_id(&mut tx, &caller.person.tenant, &id).await?.ok_or_else(|| Error::not_found("order", &id))?;
        drop(tx);
        picturing::logo_of(&app, &stored, &name).await
    };
    picture(work.await, &caller)
}

/// The same for the supplier that prints it.
pub async fn desk_logo(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((tenant, id, name)): Path<(String, String, String)>,
) -> Response {
    let work = async {
        let mut tx = app.store.read().await?;
        let stored = delivering::order(&mut tx, &caller, &tenant, &id).await?;
        drop(tx);
        picturing::logo_of(&app, &stored, &name).await
    };
    picture(work.await, &caller)
}

fn picture(found: Result<store::picture::Stored>, caller: &Caller) -> Response {
    match found {
        Ok(picture) => crate::web::shop::picture::response(picture),
        Err(error) => error_page(&error, caller.person.language),
    }
}

type Address = Path<(String, String)>;

pub async fn confirm(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((tenant, id)): Address, body: Bytes) -> Response {
    let fields = typed(&body);
    let done = answering::confirm(&app, &caller, &Target::page(&tenant, &id, version(&fields))).await;
    after(&app, &caller, &tenant, &id, done).await
}

pub async fn ship(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((tenant, id)): Address, body: Bytes) -> Response {
    let fields = typed(&body);
    let done = match leaving(&fields) {
        Ok(leaving) => shipping::ship(&app, &caller, &Target::page(&tenant, &id, version(&fields)), &leaving).await,
        Err(findings) => Err(findings.into()),
    };
    after(&app, &caller, &tenant, &id, done).await
}

pub async fn invoice(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((tenant, id)): Address) -> Response {
    let done = invoicing::issue(&app, &caller, &tenant, &id).await.map(drop);
    after(&app, &caller, &tenant, &id, done).await
}

pub async fn cannot_deliver(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((tenant, id)): Address,
    body: Bytes,
) -> Response {
    let fields = typed(&body);
    let reason = fields.iter().find(|(name, _)| name == "reason").map_or("", |(_, value)| value);
    let done = match ticked(&fields) {
        Ok(lines) => answering::refuse(&app, &caller, &Target::page(&tenant, &id, version(&fields)), &lines, reason).await,
        Err(findings) => Err(findings.into()),
    };
    after(&app, &caller, &tenant, &id, done).await
}

/// What a form brought; a button alone brings nothing.
pub fn typed(body: &[u8]) -> Vec<(String, String)> {
    form::read(body, form::Place::Body, None).into_iter().map(|pair| (pair.name, pair.value)).collect()
}

/// The version of the order that the page showed.
fn version(fields: &[(String, String)]) -> Option<i64> {
    fields.iter().find(|(name, _)| name == "version").and_then(|(_, value)| value.parse().ok())
}

/// The lines that are ticked, each with as many pieces as were typed beside it; all that is open where nothing was.
fn ticked(fields: &[(String, String)]) -> std::result::Result<Vec<(u32, Option<Decimal>)>, Findings> {
    let mut findings = Findings::default();
    let ticked = fields.iter().filter(|(name, _)| name == "line").filter_map(|(_, value)| value.parse::<u32>().ok());
    let mut lines = Vec::new();
    for line in ticked {
        let typed = fields.iter().find(|(name, _)| *name == format!("quantity-{line}")).map_or("", |(_, value)| value.trim());
        match quantity::read(typed) {
            _ if typed.is_empty() => lines.push((line, None)),
            Ok(quantity) => lines.push((line, Some(quantity))),
            Err(finding) => findings.push(finding.line(line)),
        }
    }
    if findings.has_error() { Err(findings) } else { Ok(lines) }
}

/// What a form says is to leave: without a tick everything.
fn leaving(fields: &[(String, String)]) -> std::result::Result<Leaving, Findings> {
    let word = |name: &str| fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim()).to_string();
    Ok(Leaving { lines: ticked(fields)?, reference: word("reference"), carrier: word("carrier"), tracking: word("tracking") })
}

fn document(invoice: Option<store::invoice::Invoice>, id: &str, t: Texts) -> Response {
    match invoice {
        Some(invoice) => {
            let name = format!("attachment; filename=\"{}.xml\"", invoice.number.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "_"));
            ([(header::CONTENT_TYPE, "application/xml; charset=utf-8".to_string()), (header::CONTENT_DISPOSITION, name)], invoice.document)
                .into_response()
        }
        None => error_page(&Error::not_found("invoice", id), t.0),
    }
}

/// The document as it was issued, for the buyer.
pub async fn invoice_document(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let mut tx = app.store.read().await?;
        store::invoice::by_id(&mut tx, &caller.person.tenant, &id).await
    };
    match work.await {
        Ok(invoice) => document(invoice, &id, t),
        Err(error) => error_page(&error, t.0),
    }
}

/// The same for the supplier that issued it.
pub async fn desk_invoice(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((tenant, id)): Address) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let mut tx = app.store.read().await?;
        let Some(invoice) = store::invoice::by_id(&mut tx, &tenant, &id).await? else { return Ok(None) };
        delivering::order(&mut tx, &caller, &tenant, &invoice.order).await?;
        Ok::<_, Error>(Some(invoice))
    };
    match work.await {
        Ok(invoice) => document(invoice, &id, t),
        Err(error) => error_page(&error, t.0),
    }
}
