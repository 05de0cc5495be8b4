//! Suppliers' invoices for a clerk: the list and a way to bring one, and one beside its order and delivery with what differs, what is likely
//! meant, and what can be done. Decides nothing itself.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Extension, Multipart, Path, Query, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use rust_decimal::Decimal;
use serde_json::Value;

use super::Portal;
use super::orders::respond;
use crate::app::App;
use crate::domain::finding::{Code, Finding};
use crate::domain::matching::{BillLine, Check, Outcome, Proposal, Why};
use crate::domain::money::{Currency, Money};
use crate::error::{Error, Result};
use crate::flow::approving;
use crate::flow::receiving::{self, ACTIONS, Answered, Channel, Choice, Decision, LineKept, REASONS, ReasonKept, Seen};
use crate::flow::signing::Caller;
use crate::store;
use crate::store::json::str_of;
use crate::store::supplier_invoice::{State, SupplierInvoice};
use crate::text::Texts;
use crate::web::answer::{self, error_page, page};
use crate::web::api_received::{ListQuery, OneQuery};
use crate::wire::enclosed::File;

const PAGE: u32 = 50;
/// As many lines of an invoice, and order lines to choose from, as a page shows.
const LINES_MAX: usize = 500;
const CHOICES_MAX: usize = 60;

struct Row {
    href: String,
    number: String,
    seller: String,
    day: String,
    orders: String,
    kind: &'static str,
    word: String,
    outcome: String,
    net: String,
}

struct Filter {
    href: String,
    text: String,
    here: bool,
}

#[derive(Template)]
#[template(path = "received.html")]
struct ReceivedPage {
    p: Portal,
    problem: Option<String>,
    waiting: String,
    filters: Vec<Filter>,
    rows: Vec<Row>,
    next: Option<String>,
}

fn kind_of(state: State) -> &'static str {
    match state {
        State::Posted => "good",
        State::Waiting | State::Held => "wait",
        State::Queried => "info",
        State::Unreadable | State::Invalid | State::Disputed => "bad",
        State::Duplicate | State::Cancelled => "off",
    }
}

fn word_of(t: Texts, state: State) -> String {
    t.get(&format!("state-{}", state.as_str()))
}

fn outcome_word(t: Texts, outcome: Option<Outcome>) -> String {
    outcome.map(|outcome| t.get(&format!("match-{}", outcome.as_str().replace('_', "-")))).unwrap_or_default()
}

fn money(t: Texts, currency: &str, minor: i64) -> String {
    t.money(&Money::new(minor, Currency::parse(currency).unwrap_or(Currency::EUR)))
}

fn row(t: Texts, invoice: &SupplierInvoice) -> Row {
    Row {
        href: format!("/received/{}", invoice.id),
        number: if invoice.number.is_empty() { t.get("received-unnamed") } else { invoice.number.clone() },
        seller: invoice.seller.clone(),
        day: t.iso_date(&invoice.issued_on),
        orders: invoice.orders.clone(),
        kind: kind_of(invoice.state),
        word: word_of(t, invoice.state),
        outcome: outcome_word(t, Outcome::parse(&invoice.outcome)),
        net: money(t, &invoice.currency, invoice.net),
    }
}

async fn list_page(app: &App, caller: &Caller, query: &ListQuery, problem: Option<String>) -> Result<ReceivedPage> {
    let t = Texts(caller.person.language);
    let state = State::parse(&query.state).map(State::as_str).unwrap_or_default();
    let (invoices, next, waiting) = receiving::list(app, caller, state, &query.after, PAGE).await?;
    let all = Filter { href: "/received".into(), text: t.get("received-all"), here: state.is_empty() };
    let of_state =
        |known: State| Filter { href: format!("/received?state={}", known.as_str()), text: word_of(t, known), here: state == known.as_str() };
    Ok(ReceivedPage {
        p: Portal::of(caller, "/received"),
        problem,
        waiting: t.count("received-waiting", &usize::try_from(waiting).unwrap_or(0)),
        filters: std::iter::once(all).chain(State::ALL.map(of_state)).collect(),
        rows: invoices.iter().map(|invoice| row(t, invoice)).collect(),
        next: next.map(|next| format!("/received?state={state}&after={next}")),
    })
}

pub async fn list(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Query(query): Query<ListQuery>) -> Response {
    respond(list_page(&app, &caller, &query, None).await, Texts(caller.person.language))
}

/// The file of the form.
async fn file(app: &App, caller: &Caller, form: std::result::Result<Multipart, MultipartRejection>) -> Result<Vec<u8>> {
    let missing = || Error::from(Finding::error(Code::Missing, "file"));
    let mut form = form.map_err(|_| missing())?;
    loop {
        let field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => return Err(missing()),
            Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => return Err(too_large(app, caller).await),
            Err(_) => return Err(missing()),
        };
        if field.name() != Some("file") {
            continue;
        }
        return match field.bytes().await {
            Ok(bytes) if bytes.is_empty() => Err(missing()),
            Ok(bytes) => Ok(bytes.to_vec()),
            Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(too_large(app, caller).await),
            Err(_) => Err(missing()),
        };
    }
}

async fn too_large(app: &App, caller: &Caller) -> Error {
    receiving::too_large(app, &caller.person.tenant, Channel::Page, app.config.body_max).await
}

pub async fn bring(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    form: std::result::Result<Multipart, MultipartRejection>,
) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let bytes = file(&app, &caller, form).await?;
        receiving::receive(&app, &caller.person.tenant, &caller.person.sign_in, &bytes, Channel::Page).await
    };
    let error = match work.await {
        Ok(receipt) => return Redirect::to(&format!("/received/{}", receipt.invoice.id)).into_response(),
        Err(error @ Error::Invalid(_)) => error,
        Err(error) => return error_page(&error, t.0),
    };
    match list_page(&app, &caller, &ListQuery::default(), Some(answer::sentence(&error, t))).await {
        Ok(template) => page(answer::status(&error), &template),
        Err(error) => error_page(&error, t.0),
    }
}

/// A difference in words, and whether it stops.
struct ReasonShown {
    kind: &'static str,
    text: String,
}

struct ChoiceShown {
    value: String,
    text: String,
    chosen: bool,
}

struct LineShown {
    at: usize,
    name: String,
    article: String,
    /// Where it is one budget's share of a line: which, and of how many pieces.
    share: String,
    invoiced: String,
    net: String,
    order: String,
    order_name: String,
    ordered: String,
    came: String,
    billed: String,
    kind: &'static str,
    word: String,
    reasons: Vec<ReasonShown>,
    /// The order line that is probably meant, with why; empty where one was found.
    likely: String,
    choices: Vec<ChoiceShown>,
}

struct NoteShown {
    kind: &'static str,
    what: String,
    who: String,
}

/// What the supplier put into the document.
struct FileShown {
    /// Where it is fetched; empty where only a place elsewhere is named, which is shown as words.
    href: String,
    name: String,
    about: String,
}

fn file_shown(t: Texts, invoice: &str, number: usize, file: &File) -> FileShown {
    let kibibytes = file.bytes.len().div_ceil(1024);
    let size = if file.bytes.is_empty() { String::new() } else { format!("{} KiB", t.number(&Decimal::from(kibibytes), &0)) };
    let unknown = if file.kind.is_none() && !file.bytes.is_empty() { t.get("received-file-unknown") } else { String::new() };
    let about = [file.description.clone(), file.link.clone(), size, unknown];
    FileShown {
        href: if file.bytes.is_empty() { String::new() } else { format!("/received/{invoice}/files/{number}") },
        name: if file.name.is_empty() { t.get("received-unnamed") } else { file.name.clone() },
        about: about.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "),
    }
}

struct CodeShown {
    code: &'static str,
    text: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "received_invoice.html")]
struct InvoicePage {
    p: Portal,
    title: String,
    kind: &'static str,
    word: String,
    about: String,
    action: String,
    problem: Option<String>,
    findings: Vec<String>,
    reasons: Vec<ReasonShown>,
    refusal: String,
    lines: Vec<LineShown>,
    net: String,
    more: String,
    is_open: bool,
    is_credit: bool,
    may_cancel: bool,
    may_confirm: bool,
    accounts: String,
    difference: String,
    version: i64,
    order: String,
    /// Number, address and reasons of each.
    order_proposals: Vec<(String, String, String)>,
    codes: Vec<CodeShown>,
    actions: Vec<CodeShown>,
    text: String,
    files: Vec<FileShown>,
    has_response: bool,
    notes: Vec<NoteShown>,
    post: String,
}

fn quantity(t: Texts, quantity: Decimal, unit: &str) -> String {
    // All that count single things are pieces to a reader.
    let unit = t.unit(unit, &2);
    format!("{} {unit}", t.number(&quantity, &0))
}

fn reason_shown(t: Texts, reason: &ReasonKept, currency: &str) -> ReasonShown {
    let known = reason.check.map(|check| t.with_all(&check_key(check, &reason.expected), &parts(t, reason))).unwrap_or_default();
    let worth = Money::round(reason.money, Currency::parse(currency).unwrap_or(Currency::EUR)).filter(|money| money.minor != 0);
    let text = worth.map_or(known.clone(), |money| format!("{known} ({})", t.money(&money)));
    ReasonShown { kind: if reason.stops { "bad" } else { "info" }, text }
}

/// With nothing expected a difference is told in other words.
fn check_key(check: Check, expected: &str) -> String {
    let word = check.as_str().replace('_', "-");
    match (check, expected.is_empty()) {
        (Check::Article | Check::Account | Check::Budget, true) => format!("check-{word}-none"),
        _ => format!("check-{word}"),
    }
}

fn parts(t: Texts, reason: &ReasonKept) -> [(&'static str, String); 2] {
    let shown = |text: &str| text.parse::<Decimal>().map_or_else(|_| text.to_string(), |number| t.number(&number, &0));
    [("expected", shown(&reason.expected)), ("found", shown(&reason.found))]
}

fn why_text(t: Texts, why: &[Why]) -> String {
    why.iter().map(|why| t.get(&format!("why-{}", why.as_str()))).collect::<Vec<_>>().join(", ")
}

/// What a line can be booked on: what was found, what is proposed with its reasons, and the other lines of those orders.
fn choices(t: Texts, seen: &Seen, kept: Option<&LineKept>, proposals: &[Proposal]) -> Vec<ChoiceShown> {
    let found = kept.and_then(|kept| kept.target.clone()).map(|(order, line, _)| (order, line)).filter(|(order, _)| !order.is_empty());
    let mut choices = Vec::new();
    let mut put = |order: &str, line: &str, name: &str, why: &str| {
        let value = format!("{order}|{line}");
        let is_there = choices.iter().any(|known: &ChoiceShown| known.value == value);
        let text = [format!("{order} / {line}"), name.to_string(), why.to_string()].into_iter().filter(|part| !part.is_empty());
        let chosen = found.as_ref().is_some_and(|(at, on)| at == order && on == line);
        if !is_there {
            choices.push(ChoiceShown { value, text: text.collect::<Vec<_>>().join(" · "), chosen });
        }
    };
    let name_of = |order: usize, line: &str| seen.facts.orders[order].line(line).map(|line| line.name.clone()).unwrap_or_default();
    for proposal in proposals.iter().filter(|proposal| proposal.order < seen.facts.orders.len()) {
        let number = seen.facts.orders[proposal.order].number.clone();
        put(&number, &proposal.line, &name_of(proposal.order, &proposal.line), &why_text(t, &proposal.why));
    }
    let named = seen.found.orders.iter().map(|found| found.order).chain(proposals.iter().map(|proposal| proposal.order));
    for order in named.filter_map(|order| seen.facts.orders.get(order)) {
        order.lines.iter().take(CHOICES_MAX).for_each(|line| put(&order.number, &line.line, &line.name, ""));
        order.charges.iter().for_each(|charge| put(&order.number, &charge.id, "", ""));
    }
    // A share of what is charged on a line.
    if let Some((order, line)) = &found {
        put(order, line, "", "");
    }
    choices.truncate(CHOICES_MAX);
    choices
}

fn share(t: Texts, budget: &str, pieces: String) -> String {
    format!("{} {budget}, {}", t.get("field-budget-code"), pieces.trim())
}

fn line_shown(t: Texts, seen: &Seen, at: usize, billed: &BillLine, kept: Option<&LineKept>) -> LineShown {
    let currency = seen.bill.currency.as_str();
    let target = kept.and_then(|kept| kept.target.as_ref());
    let order = target.and_then(|(order, _, _)| seen.facts.place_of(order)).and_then(|at| seen.facts.orders.get(at));
    let line = order.zip(target).and_then(|(order, (_, line, _))| order.line(line));
    let price = |price: Option<Decimal>, per: Decimal| match price {
        Some(price) if per == Decimal::ONE => t.number(&price, &2),
        Some(price) => format!("{} / {}", t.number(&price, &2), t.number(&per, &0)),
        None => String::new(),
    };
    let times = |count: String, price: String| if price.is_empty() { count } else { format!("{count} × {price}") };
    let outcome = kept.and_then(|kept| kept.outcome);
    let proposals = seen.lines.get(at).map(Vec::as_slice).unwrap_or_default();
    let amount = Money::round(billed.net, Currency::parse(currency).unwrap_or(Currency::EUR));
    let choices = if seen.invoice.state.is_open() { choices(t, seen, kept, proposals) } else { Vec::new() };
    let is_found = target.is_some_and(|(order, _, _)| !order.is_empty());
    let likely = choices.first().filter(|_| !is_found && !proposals.is_empty()).map(|choice| choice.text.clone()).unwrap_or_default();
    LineShown {
        at: at + 1,
        name: billed.name.clone(),
        article: billed.sellers_article.clone(),
        share: billed.share().map(|(pieces, budget)| share(t, budget, quantity(t, pieces, line.map_or("", |line| &line.unit)))).unwrap_or_default(),
        invoiced: times(quantity(t, billed.quantity, &billed.unit), price(billed.price, billed.per.unwrap_or(Decimal::ONE))),
        net: amount.map(|amount| t.amount(&amount)).unwrap_or_default(),
        order: target.map(|(order, line, _)| format!("{order} / {line}")).unwrap_or_default(),
        order_name: line.map(|line| line.name.clone()).unwrap_or_default(),
        ordered: line.map(|line| times(quantity(t, line.ordered, &line.unit), price(Some(line.price), line.per))).unwrap_or_default(),
        came: line.map(|line| quantity(t, line.received, &line.unit)).unwrap_or_default(),
        billed: line.map(|line| quantity(t, line.billed(), &line.unit)).unwrap_or_default(),
        kind: match outcome {
            Some(Outcome::Matched | Outcome::WithinTolerance) => "good",
            Some(_) => "bad",
            None => "idle",
        },
        word: outcome_word(t, outcome),
        reasons: kept.map(|kept| kept.reasons.iter().map(|reason| reason_shown(t, reason, currency)).collect()).unwrap_or_default(),
        likely,
        choices,
    }
}

fn notes(t: Texts, body: &Value, zone: &str) -> Vec<NoteShown> {
    let shown = |note: &Value| {
        let at = crate::domain::time::Timestamp::read(str_of(note, "at"), zone).map(|at| t.moment(&at, zone)).unwrap_or_default();
        let told = ["reason", "action", "text", "override"].map(|key| str_of(note, key)).into_iter().filter(|part| !part.is_empty());
        let what = std::iter::once(t.get(&format!("decided-{}", str_of(note, "what").replace('_', "-")))).chain(told.map(str::to_string));
        let kind = match str_of(note, "what") {
            "post" | "confirm_account" => "good",
            "reject" | "cancel" => "off",
            _ => "info",
        };
        NoteShown { kind, what: what.collect::<Vec<_>>().join(" · "), who: format!("{}, {at}", str_of(note, "by")) }
    };
    body.get("notes").and_then(Value::as_array).into_iter().flatten().rev().map(shown).collect()
}

/// What a person typed, shown again after a mistake.
#[derive(Default)]
struct Typed {
    problem: Option<String>,
    fields: Vec<(String, String)>,
}

impl Typed {
    fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }
}

async fn one_page(app: &App, caller: &Caller, id: &str, order: &str, typed: Typed) -> Result<InvoicePage> {
    let t = Texts(caller.person.language);
    let seen = receiving::one(app, caller, id, order).await?;
    let zone = store::organisation::time_zone(&mut app.store.read().await?, &caller.person.tenant).await?;
    let (invoice, body, currency) = (&seen.invoice, &seen.body, seen.bill.currency.as_str());
    let kept = receiving::kept_lines(body);
    let of_whole = receiving::kept_reasons(body);
    let stops = |check: Check| of_whole.iter().any(|reason| reason.stops && reason.check == Some(check));
    let is_let_in = !matches!(invoice.state, State::Unreadable | State::Invalid);
    let mut lines: Vec<LineShown> = Vec::new();
    for (at, billed) in seen.bill.lines.iter().enumerate().take(LINES_MAX) {
        let mut line = line_shown(t, &seen, at, billed, kept.get(at));
        let wanted = typed.field(&format!("line-{}", at + 1)).to_string();
        if !wanted.is_empty() {
            line.choices.iter_mut().for_each(|choice| choice.chosen = choice.value == wanted);
        }
        lines.push(line);
    }
    let hidden = seen.bill.lines.len().saturating_sub(lines.len());
    let (reason, action) = seen.proposed;
    let codes = |list: &[&'static str], family: &str, proposed: &str, field: &str| {
        let wanted = if typed.field(field).is_empty() { proposed } else { typed.field(field) };
        let shown = |code: &&'static str| CodeShown { code, text: t.get(&format!("{family}-{}", code.to_lowercase())), chosen: *code == wanted };
        list.iter().map(shown).collect::<Vec<_>>()
    };
    let refusal = body.get("refusal").filter(|refusal| refusal.is_object());
    let orders = |one: &crate::domain::matching::OrderProposal| {
        let address = |number: &str| format!("/received/{}?order={}", invoice.id, approving::encoded(number));
        seen.facts.orders.get(one.order).map(|order| (order.number.clone(), address(&order.number), why_text(t, &one.why)))
    };
    let about = [
        ("seller", invoice.seller.clone()),
        ("day", t.iso_date(&invoice.issued_on)),
        ("received", t.moment(&invoice.received_at, &zone)),
        ("gross", money(t, currency, invoice.gross)),
    ];
    let is_admin = caller.person.roles.iter().any(|role| role == "buyer_administrator");
    let difference = Money::round(seen.found.difference(), Currency::parse(currency).unwrap_or(Currency::EUR)).filter(|money| money.minor != 0);
    Ok(InvoicePage {
        p: Portal::of(caller, "/received"),
        title: if invoice.number.is_empty() { t.get("received-unnamed") } else { t.with("received-title", "number", &invoice.number) },
        kind: kind_of(invoice.state),
        word: word_of(t, invoice.state),
        about: if invoice.seller.is_empty() { t.moment(&invoice.received_at, &zone) } else { t.with_all("received-about", &about) },
        action: format!("/received/{}", invoice.id),
        problem: typed.problem.clone(),
        findings: receiving::findings(invoice)?.errors().map(|finding| t.finding(finding)).collect(),
        reasons: of_whole.iter().map(|reason| reason_shown(t, reason, currency)).collect(),
        refusal: refusal.map(|refusal| answer::refused(&crate::flow::commanding::read_refusal(refusal), t)).unwrap_or_default(),
        lines: if is_let_in { lines } else { Vec::new() },
        net: money(t, currency, invoice.net),
        more: if hidden > 0 { t.count("received-more-lines", &hidden) } else { String::new() },
        is_open: invoice.state.is_open(),
        is_credit: seen.bill.is_credit(),
        may_cancel: invoice.state == State::Posted && !seen.bill.is_credit(),
        may_confirm: is_admin && stops(Check::Account),
        accounts: seen.bill.accounts.join(", "),
        difference: difference.map(|money| t.with("received-difference", "amount", t.money(&money))).unwrap_or_default(),
        version: invoice.version,
        order: order.to_string(),
        order_proposals: seen.orders.iter().filter_map(orders).collect(),
        codes: codes(&REASONS, "response-reason", reason, "reason"),
        actions: codes(&ACTIONS, "response-action", action, "action"),
        text: typed.field("text").to_string(),
        files: (1..).zip(&seen.files).map(|(number, file)| file_shown(t, &seen.invoice.id, number, file)).collect(),
        has_response: body.get("response").is_some(),
        notes: notes(t, body, &zone),
        post: t.with("received-post", "amount", money(t, currency, invoice.gross)),
    })
}

pub async fn show(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Query(query): Query<OneQuery>,
) -> Response {
    respond(one_page(&app, &caller, &id, &query.order, Typed::default()).await, Texts(caller.person.language))
}

/// What the form says of its lines: `line-1` names order and line, `budget-1` a budget instead.
fn chosen(fields: &[(String, String)]) -> Vec<Choice> {
    let mut choices: Vec<Choice> = Vec::new();
    for (name, value) in fields.iter().filter(|(_, value)| !value.trim().is_empty()) {
        let Some((word, at)) = name.split_once('-') else { continue };
        let Ok(at) = at.parse::<usize>() else { continue };
        let (order, line) = value.split_once('|').unwrap_or_default();
        let choice = Choice { at, order: order.into(), line: line.into(), ..Choice::default() };
        match word {
            "line" => choices.push(choice),
            "budget" => {
                choices.retain(|known| known.at != at);
                choices.push(Choice { at, budget: value.trim().to_string(), ..Choice::default() });
            }
            _ => {}
        }
    }
    choices
}

pub async fn decide(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let t = Texts(caller.person.language);
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str()).to_string();
    let answered = Answered {
        lines: chosen(&fields),
        credit_kind: field("credit_kind"),
        reason: field("reason"),
        action: field("action"),
        text: field("text"),
        override_reason: Some(field("override_reason")).filter(|reason| !reason.trim().is_empty()),
        version: field("version").parse().ok(),
    };
    let done = match Decision::parse(&field("decision")) {
        Some(decision) => receiving::decide(&app, &caller, &id, decision, &answered).await,
        None => Err(Finding::error(Code::Unusable, "decision").value(field("decision")).into()),
    };
    let error = match done {
        Ok(_) => return Redirect::to(&format!("/received/{id}")).into_response(),
        Err(error @ (Error::NotFound(_) | Error::Denied | Error::Unavailable(_) | Error::Internal(_))) => return error_page(&error, t.0),
        Err(error) => error,
    };
    let order = field("order");
    match one_page(&app, &caller, &id, &order, Typed { problem: Some(answer::sentence(&error, t)), fields }).await {
        Ok(template) => page(answer::status(&error), &template),
        Err(error) => error_page(&error, t.0),
    }
}
