//! The basket page and what can be done on it: quantities, coding per line and for the whole, removal. A long basket has pages of
//! [`LINES_SHOWN`] lines: every line carries the fields of its coding, and five hundred of those are too much for one page.
//! Shows what handing back would say before it is done.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::answer::{self};
use super::browse::article_response;
use super::foresight::{self, ForesightShown};
use super::handback::{destination, told};
use super::{Fields, Frame, Shown, Visit, Where, changing, shown, value, visit};
use crate::app::App;
use crate::domain::basket::{self, Basket, Chosen};
use crate::domain::coding::{Coding, Kind};
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::money::Money;
use crate::error::{Error, Result};
use crate::flow::remote;
use crate::flow::returning::{self};
use crate::flow::sessions::Held;
use crate::flow::shopping;
use crate::store::code::Entry;
use crate::text::Texts;

/// Lines on one page: well below the weight that a slow line feels, and a screen or two of scrolling.
const LINES_SHOWN: usize = 50;

/// Which page of the lines: a number, or `last`.
#[derive(Deserialize, Default)]
pub struct Part {
    #[serde(default)]
    page: String,
}

impl Part {
    /// For the address of a page and of its forms; nothing for the first.
    fn suffix(page: usize) -> String {
        if page > 1 { format!("?page={page}") } else { String::new() }
    }

    fn number(&self) -> Option<usize> {
        if self.page == "last" { Some(usize::MAX) } else { self.page.parse().ok() }
    }
}

struct CodingField {
    id: String,
    name: &'static str,
    label: String,
    value: String,
    hint: String,
    kind: &'static str,
    max: usize,
    wide: bool,
    listed: bool,
    /// What is wrong with what was typed; empty when nothing is.
    problem: String,
}

/// What was typed and could not be saved: shown again beside its message (nothing typed is lost).
#[derive(Default)]
pub(super) struct Typed {
    line: Option<u32>,
    page: Option<usize>,
    quantity: Option<String>,
    coding: Vec<(Kind, String)>,
}

impl Typed {
    fn value(&self, line: Option<u32>, kind: Kind) -> Option<&str> {
        let here = self.line == line;
        self.coding.iter().find(|(k, _)| here && *k == kind).map(|(_, value)| value.as_str())
    }
}

struct LineShown {
    line: u32,
    a: Shown,
    options: Vec<String>,
    logos: Vec<LogoShown>,
    quantity: String,
    total: String,
    shown: Vec<(String, String)>,
    fields: Vec<CodingField>,
    open: bool,
}

/// A place for a logo on a line.
struct LogoShown {
    option: String,
    name: String,
    /// Empty while there is none.
    picture: String,
}

struct Problem {
    /// The field it is about, on this page or on another; empty when there is none.
    href: String,
    text: String,
}

struct CodeList {
    name: String,
    entries: Vec<Entry>,
}

#[derive(Template)]
#[template(path = "basket.html")]
struct BasketPage {
    f: Frame,
    lines: Vec<LineShown>,
    whole: Vec<CodingField>,
    lists: Vec<CodeList>,
    savings: Option<(String, String)>,
    destination: String,
    foresight: ForesightShown,
    notices: Vec<String>,
    problem_title: String,
    problems: Vec<Problem>,
    /// Where this page is, for the addresses of its forms.
    at: String,
    range: String,
    previous: Option<String>,
    next: Option<String>,
}

/// What a buyer must know of the money of a cart from the supplier's own shop.
async fn notices_of_shop(visit: &Visit) -> crate::error::Result<Vec<String>> {
    if visit.connection().remote.is_none() {
        return Ok(Vec::new());
    }
    let (t, cart) = (visit.t(), remote::cart(&visit.app, visit.session()).await?);
    let amount = |amount: Decimal| Money::round(amount, visit.currency()).map(|money| t.money(&money)).unwrap_or_default();
    let shipping = (!cart.shipping.is_zero()).then(|| t.with("remote-shipping", "amount", amount(cart.shipping)));
    let whole = (!cart.whole.is_empty()).then(|| t.get("remote-whole"));
    let kept = cart.not_taken_back(&visit.held.basket);
    let no_return = (!kept.is_empty()).then(|| t.with("remote-no-return", "articles", kept.join(", ")));
    let total = cart.stated.map(|stated| t.with_all("remote-total", &[("stated", amount(stated)), ("net", amount(cart.net))]));
    Ok(shipping.into_iter().chain(total).chain(whole).chain(no_return).collect())
}

/// What handing back would say now: prices that must be rounded for this receiver, lines it would not take.
fn notices(visit: &Visit, basket: &Basket) -> Vec<String> {
    let t = visit.t();
    match returning::lines(&visit.catalogue, basket) {
        Ok(lines) => told(t, &returning::preview(&visit.live, visit.session(), &lines, visit.app.clock.now())),
        Err(finding) => vec![t.finding(&finding)],
    }
}

pub async fn basket(State(app): State<Arc<App>>, Path((name, key)): Where, Query(part): Query<Part>, headers: HeaderMap) -> Response {
    match visit(app, &name, &key, &headers).await {
        Ok(visit) => basket_response(&visit, StatusCode::OK, "", None, &Typed { page: part.number(), ..Typed::default() }).await,
        Err(response) => response,
    }
}

/// The basket page, with what stopped the last step when there is something.
pub(super) async fn basket_response(visit: &Visit, status: StatusCode, title: &str, error: Option<&Error>, typed: &Typed) -> Response {
    let lists = match shopping::codes(&visit.app, &visit.session().tenant).await {
        Ok(lists) => lists,
        Err(error) => return visit.error(&error),
    };
    let of_shop = match notices_of_shop(visit).await {
        Ok(of_shop) => of_shop,
        Err(error) => return visit.error(&error),
    };
    let basket = &visit.held.basket;
    let frame = visit.frame("");
    let t = frame.t;
    let pages = basket.lines.len().div_ceil(LINES_SHOWN).max(1);
    let page_of = |line: u32| basket.lines.iter().position(|l| l.line == line).map_or(1, |at| at / LINES_SHOWN + 1);
    let wrong_line = match error {
        Some(Error::Invalid(findings)) => findings.errors().find_map(|finding| finding.line),
        _ => None,
    };
    let page = typed.page.or(wrong_line.map(page_of)).unwrap_or(1).clamp(1, pages);
    let problems = match error {
        Some(Error::Invalid(findings)) => findings.errors().map(|finding| problem(t, finding, page, page_of)).collect(),
        Some(error) => vec![Problem { href: String::new(), text: answer::sentence(error, t) }],
        None => Vec::new(),
    };
    let bad_line = |line: u32| matches!(error, Some(Error::Invalid(findings)) if findings.errors().any(|f| f.line == Some(line) && Kind::parse(&f.field).is_some()));
    let first = (page - 1) * LINES_SHOWN;
    let lines = basket.lines.iter().skip(first).take(LINES_SHOWN).filter_map(|line| {
        let article = visit.catalogue.get(&line.article)?;
        let coding = line.coding.over(&basket.coding);
        Some(LineShown {
            line: line.line,
            a: shown(t, &frame.root, article),
            options: basket::choices(article, &line.chosen).map(|(choice, chosen)| option_text(&choice.name, &chosen.text)).collect(),
            logos: basket::choices(article, &line.chosen)
                .filter(|(choice, _)| choice.logo)
                .map(|(choice, chosen)| LogoShown {
                    option: choice.id.clone(),
                    name: choice.name.clone(),
                    picture: if chosen.logo.is_empty() { String::new() } else { format!("{}picture/{}.small", frame.root, chosen.logo) },
                })
                .collect(),
            quantity: typed.quantity.clone().filter(|_| typed.line == Some(line.line)).unwrap_or_else(|| t.number(&line.quantity, &0)),
            total: basket::line_total(article, line).map(|total| t.amount(&total)).unwrap_or_default(),
            shown: coding.iter().filter(|(kind, _)| *kind != Kind::Note).map(|(kind, value)| (t.get(&field_key(kind)), value.to_string())).collect(),
            fields: coding_fields(t, &line.coding, &basket.coding, &lists, Some(line.line), typed, error),
            open: bad_line(line.line),
        })
    });
    let lines: Vec<LineShown> = lines.collect();
    let of_receiver = if problems.is_empty() { notices(visit, basket) } else { Vec::new() };
    let notices = of_shop.into_iter().chain(of_receiver).collect();
    let link = |page: usize| format!("{}basket?page={page}", frame.root);
    let numbers = [("first", first + 1), ("last", first + lines.len()), ("all", basket.lines.len())];
    let template = BasketPage {
        at: Part::suffix(page),
        range: if pages > 1 { t.with_all("range", &numbers.map(|(name, number)| (name, number.to_string()))) } else { String::new() },
        previous: (page > 1).then(|| link(page - 1)),
        next: (page < pages).then(|| link(page + 1)),
        lines,
        whole: coding_fields(t, &basket.coding, &Coding::default(), &lists, None, typed, error),
        savings: savings(visit, basket, t),
        destination: destination(visit),
        foresight: foresight::of(visit).await,
        notices,
        problem_title: if title.is_empty() { String::new() } else { t.get(title) },
        problems,
        lists: code_lists(&lists),
        f: frame,
    };
    let response = visit.respond(status, &template);
    match error {
        Some(error) => answer::with_retry(response, error),
        None => response,
    }
}

fn option_text(name: &str, text: &str) -> String {
    if text.is_empty() { name.to_string() } else { format!("{name}: {text}") }
}

fn problem(t: Texts, finding: &Finding, page: usize, page_of: impl Fn(u32) -> usize) -> Problem {
    let anchor = match (finding.line, Kind::parse(&finding.field)) {
        (Some(line), Some(kind)) => format!("l{line}-{}", kind.name()),
        (None, Some(kind)) => format!("all-{}", kind.name()),
        (Some(line), None) => format!("n-{line}"),
        (None, None) => String::new(),
    };
    let elsewhere = finding.line.map(page_of).filter(|there| *there != page).map(|there| format!("basket?page={there}"));
    let href = if anchor.is_empty() { anchor } else { format!("{}#{anchor}", elsewhere.unwrap_or_default()) };
    Problem { href, text: t.finding(finding) }
}

fn field_key(kind: Kind) -> String {
    format!("field-{}", kind.name().replace('_', "-"))
}

/// The fields of a line, or of the whole basket for no line.
fn coding_fields(
    t: Texts,
    coding: &Coding,
    fallback: &Coding,
    lists: &[Entry],
    line: Option<u32>,
    typed: &Typed,
    error: Option<&Error>,
) -> Vec<CodingField> {
    let prefix = line.map_or_else(|| "all".to_string(), |line| format!("l{line}"));
    let wrong = |kind: Kind| match error {
        Some(Error::Invalid(findings)) => findings.errors().find(|f| f.line == line && f.field == kind.name()),
        _ => None,
    };
    let field = |kind: Kind| CodingField {
        id: format!("{prefix}-{}", kind.name()),
        name: kind.name(),
        label: t.get(&field_key(kind)),
        value: typed.value(line, kind).unwrap_or_else(|| coding.get(kind)).to_string(),
        problem: wrong(kind).map(|finding| t.finding(&Finding { line: None, ..finding.clone() })).unwrap_or_default(),
        hint: fallback.get(kind).to_string(),
        kind: if kind == Kind::WishDate { "date" } else { "text" },
        max: kind.chars_max(),
        wide: kind == Kind::Note,
        listed: lists.iter().any(|entry| entry.kind == kind.name()),
    };
    Kind::ALL.into_iter().map(field).collect()
}

fn code_lists(entries: &[Entry]) -> Vec<CodeList> {
    let mut lists: Vec<CodeList> = Vec::new();
    for entry in entries {
        match lists.last_mut().filter(|list| list.name == entry.kind) {
            Some(list) => list.entries.push(entry.clone()),
            None => lists.push(CodeList { name: entry.kind.clone(), entries: vec![entry.clone()] }),
        }
    }
    lists
}

/// What the basket would cost at shop prices, and what is saved.
fn savings(visit: &Visit, basket: &Basket, t: Texts) -> Option<(String, String)> {
    let mut shop = 0i64;
    let mut net = 0i64;
    let mut currency = crate::domain::money::Currency::EUR;
    for line in &basket.lines {
        let article = visit.catalogue.get(&line.article)?;
        let own = article.price.total(line.quantity)?;
        let listed = crate::domain::money::Price { amount: article.shop_price.unwrap_or(article.price.amount), ..article.price };
        shop = shop.checked_add(listed.total(line.quantity)?.minor)?;
        net = net.checked_add(own.minor)?;
        currency = own.currency;
    }
    (shop > net).then(|| (t.money(&Money::new(shop, currency)), t.money(&Money::new(net - shop, currency))))
}

pub async fn add(State(app): State<Arc<App>>, Path((name, key)): Where, headers: HeaderMap, Form(fields): Fields) -> Response {
    let visit = match changing(app, &name, &key, &headers, &fields).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    // What is in the supplier's own shop is chosen there, where its prices and ids come from.
    if visit.connection().remote.is_some() {
        return visit.error(&Error::Denied);
    }
    let number = value(&fields, "article").unwrap_or_default();
    let Some(article) = visit.catalogue.get(number) else {
        return article_response(&visit, number, StatusCode::NOT_FOUND, None, None);
    };
    let mut chosen: Vec<Chosen> = fields
        .iter()
        .filter(|(n, v)| n == "option" && !v.is_empty())
        .map(|(_, id)| Chosen {
            id: id.clone(),
            text: value(&fields, &format!("text-{id}")).unwrap_or_default().trim().to_string(),
            logo: String::new(),
        })
        .collect();
    chosen.dedup();
    let quantity = value(&fields, "quantity").unwrap_or("1");
    match shopping::put(&visit.app, &visit.held, article, quantity, chosen).await {
        // A new line is the last one.
        Ok(_) => visit.to("basket?page=last"),
        Err(Error::Invalid(findings)) => {
            let text: Vec<String> = findings.errors().map(|finding| visit.t().finding(finding)).collect();
            article_response(&visit, number, StatusCode::UNPROCESSABLE_ENTITY, Some(text.join(" ")), Some(quantity))
        }
        Err(error) => basket_response(&visit, answer::status(&error), "not-added", Some(&error), &Typed::default()).await,
    }
}

pub async fn update(
    State(app): State<Arc<App>>,
    Path((name, key, line)): Path<(String, String, u32)>,
    Query(part): Query<Part>,
    headers: HeaderMap,
    Form(fields): Fields,
) -> Response {
    let visit = match changing(app, &name, &key, &headers, &fields).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let done = async {
        let article = visit.held.basket.line(line).and_then(|line| visit.catalogue.get(&line.article));
        shopping::update(&visit.app, &visit.held, line, article, value(&fields, "quantity"), &coding_values(&fields)).await
    };
    let typed =
        Typed { line: Some(line), page: part.number(), quantity: value(&fields, "quantity").map(str::to_string), coding: coding_values(&fields) };
    after_change(&visit, done.await, &typed).await
}

/// A logo for an option of a line, as a form with a file.
pub async fn logo(
    State(app): State<Arc<App>>,
    Path((name, key, line)): Path<(String, String, u32)>,
    Query(part): Query<Part>,
    headers: HeaderMap,
    form: std::result::Result<Multipart, MultipartRejection>,
) -> Response {
    let (fields, file) = read_multipart(form).await.unwrap_or_default();
    let visit = match changing(app, &name, &key, &headers, &fields).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let done = async {
        let article =
            visit.held.basket.line(line).and_then(|line| visit.catalogue.get(&line.article)).ok_or_else(|| Error::not_found("line", line))?;
        let (option, for_all) = (value(&fields, "option").unwrap_or_default(), value(&fields, "all").is_some());
        if file.is_empty() {
            return Err(Finding::error(Code::Missing, "picture").line(line).into());
        }
        shopping::put_logo(&visit.app, &visit.held, line, article, option, file, for_all).await
    };
    let done = done.await.map_err(|error| match error {
        Error::Invalid(findings) => Error::Invalid(Findings(findings.0.into_iter().map(|finding| finding.line(line)).collect())),
        other => other,
    });
    after_change(&visit, done, &Typed { page: part.number(), ..Typed::default() }).await
}

/// The texts and the one file of a form.
async fn read_multipart(form: std::result::Result<Multipart, MultipartRejection>) -> Option<(Vec<(String, String)>, Vec<u8>)> {
    let mut form = form.ok()?;
    let (mut fields, mut file) = (Vec::new(), Vec::new());
    while let Some(field) = form.next_field().await.ok()? {
        let name = field.name().unwrap_or_default().to_string();
        match name.as_str() {
            "picture" => file = field.bytes().await.ok()?.to_vec(),
            _ => fields.push((name, field.text().await.ok()?)),
        }
    }
    Some((fields, file))
}

pub async fn remove(
    State(app): State<Arc<App>>,
    Path((name, key, line)): Path<(String, String, u32)>,
    Query(part): Query<Part>,
    headers: HeaderMap,
    Form(fields): Fields,
) -> Response {
    let visit = match changing(app, &name, &key, &headers, &fields).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let done = shopping::remove(&visit.app, &visit.held, line).await;
    after_change(&visit, done, &Typed { page: part.number(), ..Typed::default() }).await
}

pub async fn code(
    State(app): State<Arc<App>>,
    Path((name, key)): Where,
    Query(part): Query<Part>,
    headers: HeaderMap,
    Form(fields): Fields,
) -> Response {
    let visit = match changing(app, &name, &key, &headers, &fields).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let done = shopping::code_all(&visit.app, &visit.held, &coding_values(&fields)).await;
    after_change(&visit, done, &Typed { page: part.number(), coding: coding_values(&fields), ..Typed::default() }).await
}

async fn after_change(visit: &Visit, done: Result<Held>, typed: &Typed) -> Response {
    match done {
        Ok(_) => visit.to(&format!("basket{}", Part::suffix(typed.page.unwrap_or(1)))),
        Err(error) => basket_response(visit, answer::status(&error), "not-saved", Some(&error), typed).await,
    }
}

fn coding_values(fields: &[(String, String)]) -> Vec<(Kind, String)> {
    fields.iter().filter_map(|(name, value)| Kind::parse(name).map(|kind| (kind, value.trim().to_string()))).collect()
}
