//! The buyer's administrator: connections (green, or why not), what to enter where, evidence, "accept this origin", virtual ERP.
//! Shows evidence as recorded; secrets were replaced before it was.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Portal;
use crate::app::App;
use crate::domain::connection::{Connection, Cxml};
use crate::error::{Error, Result};
use crate::flow::cxml;
use crate::flow::rehearsing::{self, Report, Wanted};
use crate::flow::signing::Caller;
use crate::flow::{administering, connecting};
use crate::store::evidence::Evidence;
use crate::store::json::{parse, read_pairs, str_of};
use crate::store::{self};
use crate::text::Texts;
use crate::web::answer::{self, error_page, page};
use crate::web::api::ListQuery;
use crate::wire::oci::preset;

struct Row {
    name: String,
    tenant: String,
    system: String,
    kind: &'static str,
    word: String,
    reason: String,
}

/// Green when the last call-up that was no test got in; red with the reason when it was refused.
fn row(t: Texts, connection: &Connection, last: Option<&Evidence>) -> Row {
    let (kind, word, reason) = match last {
        _ if !connection.active => ("off", "condition-off", String::new()),
        None => ("wait", "condition-waiting", t.get("condition-waiting-reason")),
        Some(record) => match &record.reason {
            None => ("good", "condition-good", String::new()),
            Some(reason) => ("bad", "condition-refused", reason_text(t, reason)),
        },
    };
    Row {
        name: connection.name.clone(),
        tenant: connection.tenant.clone(),
        system: preset::of(connection).name.to_string(),
        kind,
        word: t.get(word),
        reason,
    }
}

/// A reason of the log in the reader's words, with the word itself for a search.
fn reason_text(t: Texts, reason: &str) -> String {
    let key = format!("reason-{}", reason.replace('_', "-"));
    let text = t.get(&key);
    if text == key { reason.to_string() } else { format!("{text} ({reason})") }
}

#[derive(Template)]
#[template(path = "connections.html")]
struct ConnectionsPage {
    p: Portal,
    rows: Vec<Row>,
}

pub async fn list(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let mut tx = app.store.read().await?;
        let operator = caller.person.roles.iter().any(|role| role == "operator");
        let mut rows = Vec::new();
        for stored in store::connection::all(&mut tx).await?.iter().filter(|c| operator || c.tenant == caller.person.tenant) {
            let connection = connecting::read_settings(stored)?;
            let last = store::evidence::list(&mut tx, &stored.tenant, &stored.name, "", "", 20).await?;
            rows.push(row(t, &connection, last_call_up(&last)));
        }
        Ok::<_, Error>(ConnectionsPage { p: Portal::of(&caller, "/connections"), rows })
    };
    respond(work.await, t)
}

fn last_call_up(records: &[Evidence]) -> Option<&Evidence> {
    records.iter().find(|record| !record.test && matches!(record.kind.as_str(), "call_up" | "function"))
}

fn respond(work: Result<impl Template>, t: Texts) -> Response {
    match work {
        Ok(template) => page(StatusCode::OK, &template),
        Err(error) => error_page(&error, t.0),
    }
}

struct Record {
    id: String,
    connection: String,
    at: String,
    what: String,
    what_kind: String,
    kind: &'static str,
    outcome: String,
    reason: String,
    user: String,
    method: String,
    address: String,
    test: bool,
}

fn record(t: Texts, evidence: &Evidence, zone: &str) -> Record {
    let outcome_key = format!("outcome-{}", evidence.outcome.replace('_', "-"));
    let outcome = t.get(&outcome_key);
    Record {
        id: evidence.id.clone(),
        connection: evidence.connection.clone(),
        at: t.moment(&evidence.at, zone),
        what: t.get(&format!("evidence-{}", evidence.kind.replace('_', "-"))),
        what_kind: evidence.kind.clone(),
        kind: if evidence.reason.is_some() { "bad" } else { "good" },
        outcome: if outcome == outcome_key { evidence.outcome.to_uppercase() } else { outcome },
        reason: evidence.reason.as_deref().map(|reason| reason_text(t, reason)).unwrap_or_default(),
        user: evidence.user.clone(),
        method: evidence.method.clone(),
        address: evidence.address.clone(),
        test: evidence.test,
    }
}

/// The time zone of a connection's buyer.
async fn zone_of(app: &App, caller: &Caller, name: &str) -> Result<String> {
    let live = administering::connection(app, caller, name).await?;
    let mut tx = app.store.read().await?;
    store::organisation::time_zone(&mut tx, &live.connection.tenant).await
}

struct SheetRow {
    label: String,
    parameter: String,
    value: String,
    /// A value to enter; otherwise a sentence about it.
    copied: bool,
}

#[derive(Template)]
#[template(path = "connection.html")]
struct ConnectionPage {
    p: Portal,
    row: Row,
    hint: String,
    sheet: Vec<SheetRow>,
    facts: Vec<(String, String)>,
    credentials: Vec<CredentialShown>,
    secret: Option<String>,
    records: Vec<Record>,
}

struct CredentialShown {
    id: String,
    user: String,
    kind: String,
    note: String,
}

pub async fn show(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let t = Texts(caller.person.language);
    respond(connection_page(&app, &caller, &name, &headers, None).await, t)
}

async fn connection_page(app: &App, caller: &Caller, name: &str, headers: &HeaderMap, secret: Option<String>) -> Result<ConnectionPage> {
    let t = Texts(caller.person.language);
    let live = administering::connection(app, caller, name).await?;
    let connection = &live.connection;
    let mut tx = app.store.read().await?;
    let records = store::evidence::list(&mut tx, &connection.tenant, name, "", "", 20).await?;
    let zone = store::organisation::time_zone(&mut tx, &connection.tenant).await?;
    let user = live.credentials.first().map(|credential| credential.user.clone()).unwrap_or_default();
    let credential = |c: &store::credential::Credential| CredentialShown {
        id: c.id.clone(),
        user: c.user.clone(),
        kind: t.get(&format!("credential-{}", c.kind)),
        note: c.note.clone(),
    };
    Ok(ConnectionPage {
        p: Portal::of(caller, "/connections"),
        row: row(t, connection, last_call_up(&records)),
        hint: t.get(&format!("sheet-{}", preset::of(connection).id)),
        sheet: match &connection.cxml {
            Some(cxml) => sheet_of_cxml(t, app, connection, cxml, &public_url(app, headers)),
            None => sheet(t, connection, &public_url(app, headers), &user),
        },
        facts: facts(t, connection),
        credentials: live.credentials.iter().map(credential).collect(),
        secret,
        records: records.iter().take(8).map(|evidence| record(t, evidence, &zone)).collect(),
    })
}

#[derive(Deserialize)]
pub struct NewSecret {
    user: String,
}

/// A new secret, shown in this answer and nowhere else.
pub async fn new_secret(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Form(asked): Form<NewSecret>,
) -> Response {
    let work = async {
        let secret = administering::new_secret(&app, &caller, &name, &asked.user).await?;
        connection_page(&app, &caller, &name, &headers, Some(secret)).await
    };
    respond(work.await, Texts(caller.person.language))
}

pub async fn end_credential(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path((name, id)): Path<(String, String)>) -> Response {
    match administering::end_credential(&app, &caller, &name, &id).await {
        Ok(()) => Redirect::to(&format!("/connections/{name}")).into_response(),
        Err(error) => error_page(&error, caller.person.language),
    }
}

/// the call-up again against a test session; the outcome is a new record, marked as a test.
pub async fn replay(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path((name, id)): Path<(String, String)>) -> Response {
    let work = async {
        let record = administering::evidence(&app, &caller, &name, &id).await?;
        rehearsing::replay(&app, &record).await
    };
    match work.await {
        Ok(_) => Redirect::to(&format!("/connections/{name}/evidence")).into_response(),
        Err(error) => error_page(&error, caller.person.language),
    }
}

/// The address people use: the configured one, else the one this request came to.
pub fn public_url(app: &App, headers: &HeaderMap) -> String {
    let host = headers.get("host").and_then(|v| v.to_str().ok()).unwrap_or("localhost");
    app.config.public_url.clone().unwrap_or_else(|| format!("http://{host}"))
}

/// What to enter where, in this system's own words.
fn sheet(t: Texts, connection: &Connection, url: &str, user: &str) -> Vec<SheetRow> {
    let preset = preset::of(connection);
    let own = |names: &[String], usual: &str| names.first().cloned().unwrap_or_else(|| usual.to_string());
    let names = &connection.parameter_names;
    let row = |key: &str, parameter: String, value: String| SheetRow { label: t.get(key), parameter, copied: !value.is_empty(), value };
    let told = |key: &str, parameter: String, value: &str| SheetRow { copied: false, ..row(key, parameter, t.get(value)) };
    vec![
        row("sheet-address", preset.call.to_string(), format!("{url}/oci/{}", connection.name)),
        row("sheet-user", own(&names.user, "USERNAME"), user.to_string()),
        told("sheet-password", own(&names.password, "PASSWORD"), "sheet-password-value"),
        told("sheet-return", own(&names.return_url, "HOOK_URL"), "sheet-return-value"),
        row("sheet-charset", "http_content_charset".into(), connection.default_return_charset.clone()),
        row("sheet-version", "OCI_VERSION".into(), preset.version.to_string()),
    ]
}

/// The same for a system that speaks cXML.
fn sheet_of_cxml(t: Texts, app: &App, connection: &Connection, cxml: &Cxml, url: &str) -> Vec<SheetRow> {
    let row = |key: &str, parameter: &str, value: String| SheetRow {
        label: t.get(key),
        parameter: parameter.to_string(),
        copied: !value.is_empty(),
        value,
    };
    let mut rows = vec![
        row("sheet-address", "POST", format!("{url}/cxml/{}", connection.name)),
        row("sheet-cxml-own", "To", cxml.own.join(", ")),
        row("sheet-cxml-buyer", "From, Sender", cxml.buyer.join(", ")),
        SheetRow { copied: false, ..row("sheet-cxml-secret", "SharedSecret", t.get("sheet-password-value")) },
    ];
    if !cxml.outbound_url.is_empty() {
        rows.push(row("sheet-cxml-our-secret", "SharedSecret", cxml::secret(&app.form_key, &connection.name)));
    }
    rows
}

fn facts(t: Texts, c: &Connection) -> Vec<(String, String)> {
    let list = |origins: &[crate::domain::connection::Origin]| origins.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let yes = |flag: bool| t.get(if flag { "yes" } else { "no" });
    let shop = c.remote.iter().map(|remote| (t.get("remote-behind"), format!("{} ({})", remote.url, remote.supplier)));
    let own = vec![
        (t.get("setting-return-origins"), list(&c.return_origins)),
        (t.get("setting-frame-origins"), list(&c.frame_origins)),
        (t.get("setting-allow-sapgui"), yes(c.allow_sapgui)),
        (t.get("setting-allow-http-return"), yes(c.allow_http_return)),
        (t.get("setting-start-index"), c.start_index.to_string()),
        (t.get("setting-idle-minutes"), c.idle_minutes.to_string()),
    ];
    shop.chain(own).collect()
}

#[derive(Template)]
#[template(path = "evidence.html")]
struct EvidencePage {
    p: Portal,
    name: String,
    query: String,
    records: Vec<Record>,
    next: Option<String>,
}

pub async fn evidence_list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Query(query): Query<ListQuery>,
) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let (records, next) = administering::evidence_list(&app, &caller, &name, &query.after, &query.q, query.limit()).await?;
        let next = next.map(|after| {
            let pairs = serde_urlencoded::to_string([("q", query.q.as_str()), ("after", after.as_str())]).unwrap_or_default();
            format!("/connections/{name}/evidence?{pairs}")
        });
        let zone = zone_of(&app, &caller, &name).await?;
        let records = records.iter().map(|evidence| record(t, evidence, &zone)).collect();
        Ok::<_, Error>(EvidencePage { p: Portal::of(&caller, "/connections"), name, query: query.q, records, next })
    };
    respond(work.await, t)
}

#[derive(Template)]
#[template(path = "evidence_record.html")]
struct RecordPage {
    p: Portal,
    r: Record,
    notes: Vec<String>,
    /// What is not valid in a document; nothing where there is none to hold against a document type.
    violations: Option<Vec<String>>,
    received: Vec<(String, String)>,
    sent: Vec<(String, String)>,
    action: String,
    origin: Option<String>,
}

pub async fn evidence(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path((name, id)): Path<(String, String)>) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let evidence = administering::evidence(&app, &caller, &name, &id).await?;
        let live = administering::connection(&app, &caller, &name).await?;
        let sent = parse(&evidence.sent)?;
        Ok::<_, Error>(RecordPage {
            p: Portal::of(&caller, "/connections"),
            r: record(t, &evidence, &zone_of(&app, &caller, &name).await?),
            notes: evidence.notes.clone(),
            violations: cxml::violations_of(&evidence),
            received: evidence.received.clone(),
            sent: sent.get("pairs").map(read_pairs).unwrap_or_default(),
            action: str_of(&sent, "action").to_string(),
            origin: administering::offered_origin(&evidence, &live.connection),
        })
    };
    respond(work.await, t)
}

#[derive(Template)]
#[template(path = "accept_origin.html")]
struct AcceptPage {
    p: Portal,
    name: String,
    id: String,
    origin: String,
    steps: Vec<String>,
}

/// Asks once more before an origin is accepted: what it is in full, and what it means.
pub async fn ask_origin(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path((name, id)): Path<(String, String)>) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let record = administering::evidence(&app, &caller, &name, &id).await?;
        let live = administering::connection(&app, &caller, &name).await?;
        let offered = administering::offered_origin(&record, &live.connection);
        let origin = offered.ok_or_else(|| Error::Conflict("the record offers no origin".into()))?;
        let steps = (1..=3).map(|n| t.get(&format!("accept-step-{n}"))).collect();
        Ok::<_, Error>(AcceptPage { p: Portal::of(&caller, "/connections"), name, id, origin, steps })
    };
    respond(work.await, t)
}

#[derive(Deserialize)]
pub struct Accepted {
    origin: String,
}

/// "Accept this origin": the button names it, and only the origin that the record holds can be accepted.
pub async fn accept_origin(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((name, id)): Path<(String, String)>,
    Form(accepted): Form<Accepted>,
) -> Response {
    match administering::accept_origin(&app, &caller, &name, &id, &accepted.origin).await {
        Ok(()) => Redirect::to(&format!("/connections/{name}")).into_response(),
        Err(error) => error_page(&error, caller.person.language),
    }
}

#[derive(Template)]
#[template(path = "virtual_erp.html")]
struct VirtualErpPage {
    p: Portal,
    name: String,
    profiles: Vec<(&'static str, &'static str, bool)>,
    article: String,
    quantity: String,
    problem: Option<String>,
    ran: bool,
    faults: Vec<String>,
    fields: Vec<(String, String)>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Rehearsal {
    profile: String,
    article: String,
    quantity: String,
}

async fn virtual_erp_page(app: &App, caller: &Caller, name: &str, asked: Rehearsal, report: Option<Result<Report>>) -> Result<VirtualErpPage> {
    let t = Texts(caller.person.language);
    let live = administering::connection(app, caller, name).await?;
    let catalogue = connecting::catalogue(app, &live.connection.catalogue).await?;
    let own = &live.connection.preset;
    let profile = if asked.profile.is_empty() { own.clone() } else { asked.profile };
    // Systems that speak the same protocol.
    let offered = preset::PRESETS.iter().filter(|p| p.id == own || p.connection().cxml.is_some() == live.connection.cxml.is_some());
    let first = catalogue.articles().first().map(|article| article.number.clone()).unwrap_or_default();
    let (ran, problem, faults, fields) = match report {
        None => (false, None, Vec::new(), Vec::new()),
        Some(Err(error)) => (false, Some(answer::sentence(&error, t)), Vec::new(), Vec::new()),
        Some(Ok(report)) => (true, None, report.findings.errors().map(|f| format!("{} ({})", t.finding(f), f.field)).collect(), report.fields),
    };
    Ok(VirtualErpPage {
        p: Portal::of(caller, "/connections"),
        name: name.to_string(),
        profiles: offered.map(|p| (p.id, p.name, p.id == profile)).collect(),
        article: if asked.article.is_empty() { first } else { asked.article },
        quantity: if asked.quantity.is_empty() { "1".into() } else { asked.quantity },
        problem,
        ran,
        faults,
        fields,
    })
}

pub async fn virtual_erp(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path(name): Path<String>) -> Response {
    let t = Texts(caller.person.language);
    respond(virtual_erp_page(&app, &caller, &name, Rehearsal::default(), None).await, t)
}

pub async fn virtual_erp_run(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Form(asked): Form<Rehearsal>,
) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        administering::connection(&app, &caller, &name).await?;
        let wanted = [Wanted { article: asked.article.clone(), quantity: asked.quantity.clone(), coding: Vec::new() }];
        let report = rehearsing::round_trip(&app, &name, &asked.profile, &wanted).await;
        virtual_erp_page(&app, &caller, &name, asked, Some(report)).await
    };
    respond(work.await, t)
}
