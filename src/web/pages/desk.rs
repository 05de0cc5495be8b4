//! The supplier's desk: what needs somebody now, the list with its filters, many orders confirmed at once, the same as CSV, and whether the page is
//! still true. One page for people who handle three hundred orders a day.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Extension, Query, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::Portal;
use super::desk_order::typed;
use super::orders::{respond, state_kind, state_word};
use crate::app::App;
use crate::domain::fulfilment::Source;
use crate::domain::order::State;
use crate::error::Result;
use crate::flow::fulfilling::desk::{self, Picked, STATES};
use crate::flow::proving;
use crate::flow::signing::Caller;
use crate::store::desk::{Listed, Need, Search};
use crate::store::{self};
use crate::text::Texts;
use crate::web::answer::{self, error_page, page};
use crate::wire::table_csv::{self, Cell};

/// Orders on one page.
pub const PAGE: u32 = 100;
/// Orders in one file.
pub const FILE_MAX: u32 = 10_000;

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DeskQuery {
    pub need: String,
    pub state: String,
    pub buyer: String,
    pub q: String,
    pub after: String,
    pub limit: Option<u32>,
}

impl DeskQuery {
    pub fn search(&self) -> Search {
        Search {
            need: Need::parse(&self.need),
            state: State::parse(&self.state).map_or("", State::as_str).to_string(),
            buyer: self.buyer.clone(),
            words: self.q.chars().take(200).collect(),
            today: String::new(),
            before: self.after.clone(),
        }
    }

    /// The same as an address, with another need and from another place on.
    fn address(&self, path: &str, need: &str, after: &str) -> String {
        let parts = [("need", need), ("state", &self.state), ("buyer", &self.buyer), ("q", &self.q), ("after", after)];
        let pairs: Vec<(&str, &str)> = parts.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let query = serde_urlencoded::to_string(&pairs).unwrap_or_default();
        if query.is_empty() { path.to_string() } else { format!("{path}?{query}") }
    }
}

struct Row {
    href: String,
    /// What is ticked: buyer, number, version.
    picked: String,
    open: bool,
    number: String,
    buyer: String,
    since: String,
    kind: &'static str,
    word: String,
    /// What is promised or expected, and whether its day is over.
    days: Vec<(&'static str, String)>,
    net: String,
}

struct Tile {
    href: String,
    name: String,
    count: i64,
    here: bool,
    kind: &'static str,
}

/// What became of one order of many.
struct Outcome {
    kind: &'static str,
    number: String,
    words: String,
}

#[derive(Template)]
#[template(path = "desk.html")]
struct DeskPage {
    p: Portal,
    query: DeskQuery,
    tiles: Vec<Tile>,
    states: Vec<(&'static str, String, bool)>,
    buyers: Vec<(String, String, bool)>,
    rows: Vec<Row>,
    next: Option<String>,
    csv: String,
    here: String,
    /// Stands for the desk as it is shown.
    tag: String,
    filtered: bool,
    may_confirm: bool,
    outcomes: Vec<Outcome>,
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

fn row(t: Texts, listed: &Listed, today: &str, zone: &str) -> Row {
    let (stored, order) = (&listed.stored, &listed.stored.order);
    let mut days = Vec::new();
    let is_open = matches!(order.state, State::Placed | State::Confirmed);
    if is_open && !listed.promised_on.is_empty() {
        let kind = if listed.promised_on.as_str() < today { "bad" } else { "info" };
        days.push((kind, t.with("desk-leaves-on", "date", t.iso_date(&listed.promised_on))));
    }
    if is_open && !listed.expected_on.is_empty() {
        let kind = if listed.expected_on.as_str() > "-" && listed.expected_on.as_str() < today { "bad" } else { "wait" };
        days.push(match listed.expected_on.as_str() {
            "-" => (kind, t.get("desk-expected-sometime")),
            date => (kind, t.with("desk-expected-on", "date", t.iso_date(date))),
        });
    }
    Row {
        href: format!("/desk/{}/{}", stored.tenant, order.id),
        picked: format!("{}/{}/{}", stored.version, stored.tenant, order.number),
        open: order.state == State::Placed,
        number: order.number.clone(),
        buyer: listed.buyer_name.clone(),
        since: t.moment(&stored.placed_at, zone),
        kind: state_kind(order.state),
        word: state_word(t, order.state),
        days,
        net: t.money(&order.net),
    }
}

fn tile(t: Texts, query: &DeskQuery, need: Need, count: i64) -> Tile {
    let kind = match need {
        Need::Late | Need::Expected if count > 0 => "bad",
        Need::Answer if count > 0 => "warn",
        Need::Late | Need::Expected | Need::Answer | Need::Today | Need::Invoice => "",
    };
    Tile {
        href: DeskQuery { state: String::new(), ..query.clone() }.address("/desk", need.as_str(), ""),
        name: t.get(&format!("need-{}", need.as_str())),
        count,
        here: query.need == need.as_str(),
        kind,
    }
}

async fn desk_page(app: &App, caller: &Caller, query: DeskQuery, outcomes: Vec<Outcome>) -> Result<DeskPage> {
    let t = Texts(caller.person.language);
    // Asked first: what changes meanwhile is shown once more, never missed.
    let pulse = desk::pulse(app, caller).await?;
    let listed = desk::list(app, caller, &query.search(), PAGE).await?;
    let needs = desk::needs(app, caller).await?;
    let mut tx = app.store.read().await?;
    let (today, zone) = desk::today(app, &mut tx, caller).await?;
    let webhook = webhook(app, &mut tx, &caller.person.tenant).await?;
    drop(tx);
    let buyers = desk::buyers(app, caller).await?;
    let last = listed.last().filter(|_| listed.len() == PAGE as usize).map(|last| last.stored.order.id.clone());
    Ok(DeskPage {
        p: Portal::of(caller, "/desk"),
        tiles: needs.into_iter().map(|(need, count)| tile(t, &query, need, count)).collect(),
        states: STATES.into_iter().map(|state| (state.as_str(), state_word(t, state), query.state == state.as_str())).collect(),
        buyers: buyers.into_iter().map(|(id, name)| (id.clone(), name, id == query.buyer)).collect(),
        rows: listed.iter().map(|one| row(t, one, &today, &zone)).collect(),
        next: last.map(|last| query.address("/desk", &query.need, &last)),
        csv: query.address("/desk/orders.csv", &query.need, ""),
        here: query.address("/desk", &query.need, &query.after),
        tag: tag(&pulse),
        filtered: [&query.need, &query.state, &query.buyer, &query.q].iter().any(|part| !part.is_empty()),
        may_confirm: caller.person.roles.iter().any(|role| crate::web::SUPPLIERS.contains(&role.as_str())),
        query,
        outcomes,
        webhook,
    })
}

pub async fn show(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Query(query): Query<DeskQuery>) -> Response {
    respond(desk_page(&app, &caller, query, Vec::new()).await, Texts(caller.person.language))
}

/// One order of a form: version, buyer and number.
fn picked(value: &str) -> Option<Picked> {
    let mut parts = value.splitn(3, '/');
    let version = parts.next()?.parse().ok()?;
    Some(Picked { buyer: parts.next()?.to_string(), number: parts.next()?.to_string(), version: Some(version) })
}

/// The orders that are ticked, each confirmed and answered by itself.
pub async fn confirm(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, body: Bytes) -> Response {
    let t = Texts(caller.person.language);
    let fields = typed(&body);
    let picked: Vec<Picked> = fields.iter().filter(|(name, _)| name == "order").filter_map(|(_, value)| picked(value)).collect();
    let done = desk::confirm(&app, &caller, &picked, Source::Page).await;
    let outcome = |(one, done): (&Picked, Result<()>)| match done {
        Ok(()) => Outcome { kind: "good", number: one.number.clone(), words: state_word(t, State::Confirmed) },
        Err(error) => Outcome { kind: "bad", number: one.number.clone(), words: answer::sentence(&error, t) },
    };
    let outcomes: Vec<Outcome> = picked.iter().zip(done).map(outcome).collect();
    let is_all_well = outcomes.iter().all(|outcome| outcome.kind == "good");
    match desk_page(&app, &caller, DeskQuery::default(), outcomes).await {
        Ok(template) => page(if is_all_well { StatusCode::OK } else { StatusCode::CONFLICT }, &template),
        Err(error) => error_page(&error, t.0),
    }
}

/// The list as a file.
pub fn file(listed: &[Listed]) -> Response {
    let columns = ["number", "buyer", "state", "placed_at", "promised_on", "expected_on", "currency", "net", "ordered_by"];
    let row = |one: &Listed| {
        let (stored, order) = (&one.stored, &one.stored.order);
        let texts = [&order.number, &stored.tenant, order.state.as_str(), &stored.placed_at.to_string(), &one.promised_on, &one.expected_on];
        let mut cells: Vec<Cell> = texts.into_iter().map(Cell::text).collect();
        cells.extend([Cell::text(order.net.currency), Cell::number(order.net.decimal()), Cell::text(&order.ordered_by)]);
        cells
    };
    let rows: Vec<Vec<Cell>> = listed.iter().map(row).collect();
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, "attachment; filename=\"orders.csv\"")];
    (headers, table_csv::write(&columns, &rows)).into_response()
}

pub async fn csv(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Query(query): Query<DeskQuery>) -> Response {
    match desk::list(&app, &caller, &query.search(), FILE_MAX).await {
        Ok(listed) => file(&listed),
        Err(error) => error_page(&error, caller.person.language),
    }
}

fn tag(pulse: &str) -> String {
    format!("\"{}\"", &proving::sha256(pulse)[..32])
}

/// Whether anything changed at the desk since the tag that the page holds: 304, or nothing but the new one.
pub async fn changes(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, headers: HeaderMap) -> Response {
    match desk::pulse(&app, &caller).await {
        Ok(pulse) => {
            let tag = tag(&pulse);
            let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
            let status = if known == Some(tag.as_str()) { StatusCode::NOT_MODIFIED } else { StatusCode::NO_CONTENT };
            (status, [(header::ETAG, tag)]).into_response()
        }
        Err(error) => answer::problem(&error, caller.person.language),
    }
}
