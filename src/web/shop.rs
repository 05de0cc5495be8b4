//! Pages of a catalogue session: list, article, comparison, basket, hand-back. Finds the session by cookie or by the key in the
//! path, checks that a change comes from its own pages, and shows what `flow` gives.
//! Never shows a price, a name or a basket of another session.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::answer::{self, Message, framed_policy, page, with_policy};
use crate::app::App;
use crate::clock;
use crate::domain::article::Article;
use crate::domain::basket::{self, Basket, Chosen};
use crate::domain::callup::Function;
use crate::domain::catalogue::Catalogue;
use crate::domain::coding::{Coding, Kind};
use crate::domain::connection::{Connection, ReturnMethod};
use crate::domain::finding::{Code, Finding, Findings, Severity};
use crate::domain::money::Money;
use crate::domain::name::Language;
use crate::domain::return_url::ReturnUrl;
use crate::error::{Error, Result};
use crate::flow::connecting::{self, Live};
use crate::flow::returning::{self, Cancelled};
use crate::flow::{proving, punchout, shopping};
use crate::store::code::Entry;
use crate::store::session::Session;
use crate::text::Texts;
use crate::wire::html;
use crate::wire::oci::path_segment;
use crate::wire::oci::returns::ReturnForm;

const PAGE_SIZE: usize = 50;
const COMPARE_MAX: usize = 6;
const KEY_CHARS: usize = 43;

pub fn cookie_name(number: &str) -> String {
    format!("__Host-hookline-{number}")
}

/// A session with everything its pages need.
pub struct Visit {
    app: Arc<App>,
    live: Arc<Live>,
    catalogue: Arc<Catalogue>,
    session: Session,
    root: String,
    csrf: String,
}

type Where = Path<(String, String)>;

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|value| value.split(';')).find_map(|pair| pair.trim().split_once('=').filter(|(n, _)| *n == name).map(|(_, v)| v))
}

/// Finds the session, or gives the page that says it ended.
async fn visit(app: Arc<App>, name: &str, reference: &str, headers: &HeaderMap) -> std::result::Result<Visit, Response> {
    let live = connecting::connection(&app, name).await.map_err(|error| answer::error_page(&error, answer::language_of(headers)))?;
    let by_key = reference.len() == KEY_CHARS;
    let key = if by_key { Some(reference) } else { cookie(headers, &cookie_name(reference)) };
    let number = (!by_key).then_some(reference);
    let found = match key {
        Some(key) => punchout::resume(&app, &live, key, number).await.map_err(|error| answer::error_page(&error, live.connection.language))?,
        None => None,
    };
    let Some(session) = found else {
        return Err(ended(&live.connection, answer::language_of(headers)));
    };
    let catalogue = connecting::catalogue(&app, &live.connection.catalogue).await.map_err(|error| answer::error_page(&error, session.language))?;
    let csrf = form_token(&app, &session);
    let root = format!("/c/{name}/{reference}/");
    Ok(Visit { app, live, catalogue, session, root, csrf })
}

fn form_token(app: &App, session: &Session) -> String {
    proving::hmac(&app.form_key, &format!("session form {}", session.key_hash))[..32].to_string()
}

fn ended(connection: &Connection, language: Language) -> Response {
    let message = Message::of(language, "info", "session-ended", 1);
    with_policy(page(StatusCode::GONE, &message), &framed_policy(connection))
}

/// the form's own token, and no other site behind the request.
fn is_own_form(visit: &Visit, headers: &HeaderMap, token: &str) -> bool {
    super::auth::is_same_origin(&visit.app, headers) && proving::same(token, &visit.csrf)
}

impl Visit {
    fn t(&self) -> Texts {
        Texts(self.session.language)
    }

    fn connection(&self) -> &Connection {
        &self.live.connection
    }

    /// DETAIL shows an article and returns nothing; without a return URL nothing can be returned.
    fn view_only(&self) -> bool {
        self.session.call_up.function == Function::Detail || self.session.call_up.return_url.is_empty()
    }

    fn respond(&self, status: StatusCode, template: &impl Template) -> Response {
        with_policy(page(status, template), &self.policy())
    }

    /// Browsers check a form's policy again when its answer redirects: "cancel" may lead to the purchasing system (R-29, section 11).
    fn policy(&self) -> String {
        let policy = framed_policy(self.connection());
        match ReturnUrl::parse(&self.session.call_up.cancel_url, self.connection()) {
            Ok(url) => policy.replace("form-action 'self'", &format!("form-action 'self' {}", url.policy_source())),
            Err(_) => policy,
        }
    }

    fn to(&self, path: &str) -> Response {
        see_other(&format!("{}{path}", self.root), self.connection())
    }

    async fn frame(&self, basket: &Basket, query: &str) -> Frame {
        let t = self.t();
        let totals = basket.lines.iter().filter_map(|line| basket::line_total(self.catalogue.get(&line.article)?, line));
        let total = totals.fold(None, |sum: Option<Money>, one| sum.map_or(Some(one), |sum| sum.checked_add(one).or(Some(sum))));
        let currency = self.catalogue.articles().first().map_or(crate::domain::money::Currency::EUR, |article| article.price.currency);
        Frame {
            t,
            root: self.root.clone(),
            supplier: self.catalogue.name.clone(),
            csrf: self.csrf.clone(),
            lines: basket.lines.len(),
            total: t.money(&total.unwrap_or(Money::new(0, currency))),
            query: query.to_string(),
            view_only: self.view_only(),
            idle_minutes: self.connection().idle_minutes,
            currency: currency.to_string(),
        }
    }

    fn error(&self, error: &Error) -> Response {
        with_policy(answer::error_page(error, self.session.language), &framed_policy(self.connection()))
    }
}

fn see_other(location: &str, connection: &Connection) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(value) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    with_policy(response, &framed_policy(connection))
}

/// What every shop page shows around its content.
struct Frame {
    t: Texts,
    root: String,
    supplier: String,
    csrf: String,
    lines: usize,
    total: String,
    query: String,
    view_only: bool,
    idle_minutes: u32,
    currency: String,
}

impl Frame {
    fn shown(&self, article: &Article) -> Shown {
        let t = self.t;
        let price = |amount: &Decimal| t.number(amount, &2);
        let per = article.price.per as usize;
        let unit = t.unit(&article.unit, &per);
        let per = if per == 1 { t.with("per-one", "unit", unit) } else { t.with_all("per-many", &[("per", per.to_string()), ("unit", unit)]) };
        let picture = if article.picture.is_empty() { "box" } else { &article.picture };
        Shown {
            number: article.number.clone(),
            name: article.description(t.0).to_string(),
            href: format!("{}article/{}", self.root, path_segment(&article.number)),
            picture: format!("/pictures/{}.svg", path_segment(picture)),
            picture_large: format!("/pictures/{}.svg", path_segment(picture)),
            shop_price: price(&article.shop_price.unwrap_or(article.price.amount)),
            discount: article.discount_percent().map_or("–".to_string(), |percent| format!("{} %", t.number(&percent, &0))),
            net: price(&article.price.amount),
            per,
            vat: t.with("plus-vat", "percent", t.number(&article.vat, &0)),
            stock: article.stock.map(|stock| match stock {
                ..=0 => ("bad", t.get("stock-none")),
                1..=49 => ("warn", t.with("stock-few", "number", t.number(&Decimal::from(stock), &0))),
                _ => ("good", t.with("stock-many", "number", t.number(&Decimal::from(stock), &0))),
            }),
            lead: article.lead_days.map(|days| t.count("lead-days", &(days as usize))),
            step: t.number(&article.quantity_step.max(Decimal::ONE), &0),
            has_options: !article.choices.is_empty(),
        }
    }
}

/// An article ready to be shown.
struct Shown {
    number: String,
    name: String,
    href: String,
    picture: String,
    picture_large: String,
    shop_price: String,
    discount: String,
    net: String,
    per: String,
    vat: String,
    stock: Option<(&'static str, String)>,
    lead: Option<String>,
    step: String,
    has_options: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ListQuery {
    q: Option<String>,
    group: String,
    page: Option<usize>,
}

struct Group {
    name: String,
    count: usize,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage {
    f: Frame,
    heading: String,
    groups: Vec<Group>,
    articles: Vec<Shown>,
    range: String,
    previous: Option<String>,
    next: Option<String>,
}

/// Search and list; the landing page of a session.
pub async fn list(State(app): State<Arc<App>>, Path((name, key)): Where, Query(query): Query<ListQuery>, headers: HeaderMap) -> Response {
    let visit = match visit(app, &name, &key, &headers).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    if let Some(response) = settle(&visit, &name, &key, &headers, "") {
        return response;
    }
    match list_page(&visit, query).await {
        Ok(template) => visit.respond(StatusCode::OK, &template),
        Err(error) => visit.error(&error),
    }
}

/// when the cookie came back the path carries only the session's number from here on; when it may not carry the key, the session ends.
fn settle(visit: &Visit, name: &str, key: &str, headers: &HeaderMap, path: &str) -> Option<Response> {
    if key.len() != KEY_CHARS {
        return None;
    }
    let number = &visit.session.number;
    if cookie(headers, &cookie_name(number)) == Some(key) {
        return Some(see_other(&format!("/c/{name}/{number}/{path}"), visit.connection()));
    }
    (!visit.connection().session_key_in_path).then(|| {
        let message = Message::of(visit.session.language, "bad", "cookies-needed", 1);
        visit.respond(StatusCode::FORBIDDEN, &message)
    })
}

async fn list_page(visit: &Visit, query: ListQuery) -> Result<ListPage> {
    let basket = shopping::basket(&visit.app, &visit.session).await?;
    // SOURCING opens on its own search (7.4).
    let text = query.q.unwrap_or_else(|| visit.session.call_up.search.clone());
    let text: String = text.trim().chars().take(200).collect();
    let frame = visit.frame(&basket, &text).await;
    let catalogue = &visit.catalogue;
    let found: Vec<&Article> = match text.is_empty() {
        true => catalogue.of_group(&query.group).collect(),
        false => catalogue.search(&text).into_iter().filter(|article| query.group.is_empty() || article.group == query.group).collect(),
    };
    let pages = found.len().div_ceil(PAGE_SIZE).max(1);
    let number = query.page.unwrap_or(1).clamp(1, pages);
    let first = (number - 1) * PAGE_SIZE;
    let articles: Vec<Shown> = found.iter().skip(first).take(PAGE_SIZE).map(|article| frame.shown(article)).collect();
    let link = |page: usize| {
        let pairs = [("q", text.clone()), ("group", query.group.clone()), ("page", page.to_string())];
        format!("{}?{}", frame.root, serde_urlencoded::to_string(pairs).unwrap_or_default())
    };
    let t = frame.t;
    let heading = match text.is_empty() {
        true => t.count("articles", &found.len()),
        false => t.with_all("articles-for", &[("count", found.len().to_string()), ("query", text.clone())]),
    };
    let range = [("first", (first + 1).to_string()), ("last", (first + articles.len()).to_string()), ("all", found.len().to_string())];
    Ok(ListPage {
        heading,
        groups: catalogue.groups().into_iter().map(|(name, count)| Group { chosen: name == query.group, name: name.to_string(), count }).collect(),
        range: t.with_all("range", &range),
        previous: (number > 1).then(|| link(number - 1)),
        next: (number < pages).then(|| link(number + 1)),
        articles,
        f: frame,
    })
}

struct OptionShown {
    id: String,
    name: String,
    price: String,
    text_max: usize,
    required: bool,
}

#[derive(Template)]
#[template(path = "article.html")]
struct ArticlePage {
    f: Frame,
    a: Shown,
    options: Vec<OptionShown>,
    paragraphs: Vec<String>,
    facts: Vec<(String, String)>,
    problem: Option<String>,
    typed: String,
}

pub async fn article(State(app): State<Arc<App>>, Path((name, key, number)): Path<(String, String, String)>, headers: HeaderMap) -> Response {
    let visit = match visit(app, &name, &key, &headers).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    if let Some(response) = settle(&visit, &name, &key, &headers, &format!("article/{}", path_segment(&number))) {
        return response;
    }
    article_response(&visit, &number, StatusCode::OK, None, None).await
}

async fn article_response(visit: &Visit, number: &str, status: StatusCode, problem: Option<String>, typed: Option<&str>) -> Response {
    let Some(article) = visit.catalogue.get(number) else {
        let message = Message::of(visit.session.language, "bad", "article-gone", 1);
        return visit.respond(StatusCode::NOT_FOUND, &message);
    };
    let basket = match shopping::basket(&visit.app, &visit.session).await {
        Ok(basket) => basket,
        Err(error) => return visit.error(&error),
    };
    let frame = visit.frame(&basket, "").await;
    let t = frame.t;
    let facts = [
        ("fact-number", article.number.clone()),
        ("fact-manufacturer-part", article.manufacturer_part.clone()),
        ("fact-brand", article.brand.clone()),
        ("fact-gtin", article.gtin.clone()),
        ("fact-unspsc", article.unspsc.clone()),
        ("fact-contract", article.contract.clone()),
        ("fact-certificate", article.certificate.clone()),
    ];
    let a = frame.shown(article);
    let template = ArticlePage {
        options: article
            .choices
            .iter()
            .map(|choice| OptionShown {
                id: choice.id.clone(),
                name: choice.name.clone(),
                price: t.number(&choice.price, &2),
                text_max: choice.text_max,
                required: choice.required,
            })
            .collect(),
        paragraphs: article.text(t.0).long_text.lines().filter(|line| !line.trim().is_empty()).map(str::to_string).collect(),
        facts: facts.into_iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| (t.get(key), value)).collect(),
        typed: typed.map_or_else(|| a.step.clone(), str::to_string),
        problem,
        a,
        f: frame,
    };
    visit.respond(status, &template)
}

struct CompareRow {
    name: String,
    values: Vec<String>,
    differs: bool,
}

#[derive(Template)]
#[template(path = "compare.html")]
struct ComparePage {
    f: Frame,
    articles: Vec<Shown>,
    rows: Vec<CompareRow>,
}

pub async fn compare(State(app): State<Arc<App>>, Path((name, key)): Where, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let visit = match visit(app, &name, &key, &headers).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&query.unwrap_or_default()).unwrap_or_default();
    let basket = match shopping::basket(&visit.app, &visit.session).await {
        Ok(basket) => basket,
        Err(error) => return visit.error(&error),
    };
    let frame = visit.frame(&basket, "").await;
    let chosen: Vec<&Article> =
        pairs.iter().filter(|(n, _)| n == "a").filter_map(|(_, number)| visit.catalogue.get(number)).take(COMPARE_MAX).collect();
    let articles: Vec<Shown> = chosen.iter().map(|article| frame.shown(article)).collect();
    let t = frame.t;
    let row = |key: &str, values: Vec<String>| CompareRow { name: t.get(key), differs: values.windows(2).any(|two| two[0] != two[1]), values };
    let each = |pick: &dyn Fn(&Shown) -> String| articles.iter().map(pick).collect::<Vec<_>>();
    let fact = |pick: &dyn Fn(&Article) -> String| chosen.iter().map(|article| pick(article)).collect::<Vec<_>>();
    let rows = vec![
        row("fact-number", each(&|a| a.number.clone())),
        row("shop-price", each(&|a| a.shop_price.clone())),
        row("discount", each(&|a| a.discount.clone())),
        row("net-price", each(&|a| format!("{} {}", a.net, a.per))),
        row("stock", each(&|a| a.stock.as_ref().map(|(_, text)| text.clone()).unwrap_or_default())),
        row("lead-time", each(&|a| a.lead.clone().unwrap_or_default())),
        row("fact-brand", fact(&|a| a.brand.clone())),
        row("fact-manufacturer-part", fact(&|a| a.manufacturer_part.clone())),
        row("fact-certificate", fact(&|a| a.certificate.clone())),
    ];
    visit.respond(StatusCode::OK, &ComparePage { f: frame, articles, rows })
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
}

struct LineShown {
    line: u32,
    a: Shown,
    options: Vec<String>,
    quantity: String,
    total: String,
    shown: Vec<(String, String)>,
    fields: Vec<CodingField>,
    open: bool,
}

struct Problem {
    anchor: String,
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
    notices: Vec<String>,
    problem_title: String,
    problems: Vec<Problem>,
}

/// What handing back would say now: prices that must be rounded for this receiver, lines it would not take.
fn notices(visit: &Visit, basket: &Basket) -> Vec<String> {
    let t = visit.t();
    match returning::lines(&visit.catalogue, basket) {
        Ok(lines) => told(t, &returning::preview(&visit.live, &visit.session, &lines)),
        Err(finding) => vec![t.finding(&finding)],
    }
}

/// The findings a buyer wants to know of: errors, and money that changed.
fn told(t: Texts, findings: &Findings) -> Vec<String> {
    findings.0.iter().filter(|f| f.severity == Severity::Error || f.code == Code::PriceRounded).map(|f| t.finding(f)).collect()
}

pub async fn basket(State(app): State<Arc<App>>, Path((name, key)): Where, headers: HeaderMap) -> Response {
    match visit(app, &name, &key, &headers).await {
        Ok(visit) => basket_response(&visit, StatusCode::OK, "", None).await,
        Err(response) => response,
    }
}

/// The basket page, with what stopped the last step when there is something.
async fn basket_response(visit: &Visit, status: StatusCode, title: &str, error: Option<&Error>) -> Response {
    let loaded = async {
        let basket = shopping::basket(&visit.app, &visit.session).await?;
        let lists = shopping::codes(&visit.app, &visit.session.tenant).await?;
        Ok::<_, Error>((basket, lists))
    };
    let (basket, lists) = match loaded.await {
        Ok(loaded) => loaded,
        Err(error) => return visit.error(&error),
    };
    let frame = visit.frame(&basket, "").await;
    let t = frame.t;
    let problems = match error {
        Some(Error::Invalid(findings)) => findings.errors().map(|finding| problem(t, finding)).collect(),
        Some(error) => vec![Problem { anchor: String::new(), text: answer::sentence(error, t) }],
        None => Vec::new(),
    };
    let bad_line = |line: u32| matches!(error, Some(Error::Invalid(findings)) if findings.errors().any(|f| f.line == Some(line) && Kind::parse(&f.field).is_some()));
    let lines = basket.lines.iter().filter_map(|line| {
        let article = visit.catalogue.get(&line.article)?;
        let shown = line.coding.over(&basket.coding);
        Some(LineShown {
            line: line.line,
            a: frame.shown(article),
            options: basket::choices(article, &line.chosen).map(|(choice, chosen)| option_text(&choice.name, &chosen.text)).collect(),
            quantity: t.number(&line.quantity, &0),
            total: basket::line_total(article, line).map(|total| t.amount(&total)).unwrap_or_default(),
            shown: shown.iter().filter(|(kind, _)| *kind != Kind::Note).map(|(kind, value)| (t.get(&field_key(kind)), value.to_string())).collect(),
            fields: coding_fields(t, &line.coding, &basket.coding, &lists, &format!("l{}", line.line)),
            open: bad_line(line.line),
        })
    });
    let lines: Vec<LineShown> = lines.collect();
    let template = BasketPage {
        lines,
        whole: coding_fields(t, &basket.coding, &Coding::default(), &lists, "all"),
        savings: savings(visit, &basket, t),
        destination: destination(visit),
        notices: if problems.is_empty() { notices(visit, &basket) } else { Vec::new() },
        problem_title: if title.is_empty() { String::new() } else { t.get(title) },
        problems,
        lists: code_lists(lists),
        f: frame,
    };
    visit.respond(status, &template)
}

fn option_text(name: &str, text: &str) -> String {
    if text.is_empty() { name.to_string() } else { format!("{name}: {text}") }
}

fn problem(t: Texts, finding: &Finding) -> Problem {
    let anchor = match (finding.line, Kind::parse(&finding.field)) {
        (Some(line), Some(kind)) => format!("l{line}-{}", kind.name()),
        (None, Some(kind)) => format!("all-{}", kind.name()),
        (Some(line), None) => format!("n-{line}"),
        (None, None) => String::new(),
    };
    Problem { anchor, text: t.finding(finding) }
}

fn field_key(kind: Kind) -> String {
    format!("field-{}", kind.name().replace('_', "-"))
}

fn coding_fields(t: Texts, coding: &Coding, fallback: &Coding, lists: &[Entry], prefix: &str) -> Vec<CodingField> {
    let field = |kind: Kind| CodingField {
        id: format!("{prefix}-{}", kind.name()),
        name: kind.name(),
        label: t.get(&field_key(kind)),
        value: coding.get(kind).to_string(),
        hint: fallback.get(kind).to_string(),
        kind: if kind == Kind::WishDate { "date" } else { "text" },
        max: kind.chars_max(),
        wide: kind == Kind::Note,
        listed: lists.iter().any(|entry| entry.kind == kind.name()),
    };
    Kind::ALL.into_iter().map(field).collect()
}

fn code_lists(entries: Vec<Entry>) -> Vec<CodeList> {
    let mut lists: Vec<CodeList> = Vec::new();
    for entry in entries {
        match lists.last_mut().filter(|list| list.name == entry.kind) {
            Some(list) => list.entries.push(entry),
            None => lists.push(CodeList { name: entry.kind.clone(), entries: vec![entry] }),
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

/// Where the basket goes, as people read it: host and port only.
fn destination(visit: &Visit) -> String {
    destination_of(&visit.session.call_up.return_url)
}

fn destination_of(url: &str) -> String {
    match url.split_once("://") {
        Some((_, rest)) => rest.split(['/', '?', '#']).next().unwrap_or_default().to_string(),
        None => url.to_string(),
    }
}

/// Fields of a form, in order, names repeated where the form repeats them.
pub type Fields = Form<Vec<(String, String)>>;

fn value<'f>(fields: &'f [(String, String)], name: &str) -> Option<&'f str> {
    fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}

fn coding_values(fields: &[(String, String)]) -> Vec<(Kind, String)> {
    fields.iter().filter_map(|(name, value)| Kind::parse(name).map(|kind| (kind, value.trim().to_string()))).collect()
}

/// The session and the fields of a form that really came from its page.
async fn changing(app: Arc<App>, name: &str, key: &str, headers: &HeaderMap, fields: &[(String, String)]) -> std::result::Result<Visit, Response> {
    let visit = visit(app, name, key, headers).await?;
    if !is_own_form(&visit, headers, value(fields, "csrf").unwrap_or_default()) {
        let message = Message::of(visit.session.language, "bad", "foreign-form", 1);
        return Err(visit.respond(StatusCode::FORBIDDEN, &message));
    }
    if visit.view_only() {
        return Err(visit.error(&Error::Denied));
    }
    Ok(visit)
}

pub async fn add(State(app): State<Arc<App>>, Path((name, key)): Where, headers: HeaderMap, Form(fields): Fields) -> Response {
    let visit = match changing(app, &name, &key, &headers, &fields).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let number = value(&fields, "article").unwrap_or_default();
    let Some(article) = visit.catalogue.get(number) else {
        return article_response(&visit, number, StatusCode::NOT_FOUND, None, None).await;
    };
    let mut chosen: Vec<Chosen> = fields
        .iter()
        .filter(|(n, v)| n == "option" && !v.is_empty())
        .map(|(_, id)| Chosen { id: id.clone(), text: value(&fields, &format!("text-{id}")).unwrap_or_default().trim().to_string() })
        .collect();
    chosen.dedup();
    let quantity = value(&fields, "quantity").unwrap_or("1");
    match shopping::put(&visit.app, &visit.session, article, quantity, chosen).await {
        Ok(()) => visit.to("basket"),
        Err(Error::Invalid(findings)) => {
            let text: Vec<String> = findings.errors().map(|finding| visit.t().finding(finding)).collect();
            article_response(&visit, number, StatusCode::UNPROCESSABLE_ENTITY, Some(text.join(" ")), Some(quantity)).await
        }
        Err(error) => basket_response(&visit, answer::status(&error), "not-added", Some(&error)).await,
    }
}

pub async fn update(
    State(app): State<Arc<App>>,
    Path((name, key, line)): Path<(String, String, u32)>,
    headers: HeaderMap,
    Form(fields): Fields,
) -> Response {
    let visit = match changing(app, &name, &key, &headers, &fields).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let done = async {
        let basket = shopping::basket(&visit.app, &visit.session).await?;
        let article = basket.line(line).and_then(|line| visit.catalogue.get(&line.article));
        shopping::update(&visit.app, &visit.session, line, article, value(&fields, "quantity"), &coding_values(&fields)).await
    };
    after_change(&visit, done.await).await
}

pub async fn remove(
    State(app): State<Arc<App>>,
    Path((name, key, line)): Path<(String, String, u32)>,
    headers: HeaderMap,
    Form(fields): Fields,
) -> Response {
    let visit = match changing(app, &name, &key, &headers, &fields).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let done = shopping::remove(&visit.app, &visit.session, line).await;
    after_change(&visit, done).await
}

pub async fn code(State(app): State<Arc<App>>, Path((name, key)): Where, headers: HeaderMap, Form(fields): Fields) -> Response {
    let visit = match changing(app, &name, &key, &headers, &fields).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let done = shopping::code_all(&visit.app, &visit.session, &coding_values(&fields)).await;
    after_change(&visit, done).await
}

async fn after_change(visit: &Visit, done: Result<()>) -> Response {
    match done {
        Ok(()) => visit.to("basket"),
        Err(error) => basket_response(visit, answer::status(&error), "not-saved", Some(&error)).await,
    }
}

pub async fn transfer(State(app): State<Arc<App>>, Path((name, key)): Where, headers: HeaderMap, Form(fields): Fields) -> Response {
    let visit = match changing(app, &name, &key, &headers, &fields).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    hand_back(&visit).await
}

/// Reloading or going back to the hand-back shows the same form; nothing is frozen by a GET.
pub async fn transfer_again(State(app): State<Arc<App>>, Path((name, key)): Where, headers: HeaderMap) -> Response {
    match visit(app, &name, &key, &headers).await {
        Ok(visit) if visit.session.state == "returned" => hand_back(&visit).await,
        Ok(visit) => visit.to("basket"),
        Err(response) => response,
    }
}

async fn hand_back(visit: &Visit) -> Response {
    match returning::transfer(&visit.app, &visit.live, &visit.catalogue, &visit.session).await {
        Ok((form, findings)) => return_page(visit.connection(), &form, visit.session.language, true, true, &findings),
        // Two presses at once: the first one froze the basket meanwhile, and this one shows the same form.
        Err(Error::Conflict(_)) => match returning::transfer(&visit.app, &visit.live, &visit.catalogue, &visit.session).await {
            Ok((form, findings)) => return_page(visit.connection(), &form, visit.session.language, true, true, &findings),
            Err(error) => visit.error(&error),
        },
        Err(error) => basket_response(visit, answer::status(&error), "not-transferred", Some(&error)).await,
    }
}

pub async fn cancel(State(app): State<Arc<App>>, Path((name, key)): Where, headers: HeaderMap, Form(fields): Fields) -> Response {
    let visit = match changing(app, &name, &key, &headers, &fields).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    match returning::cancel(&visit.app, &visit.live, &visit.session).await {
        Ok(Cancelled::Address(url)) => {
            let mut response = see_other(&url, visit.connection());
            response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            response
        }
        Ok(Cancelled::Form(form)) => return_page(visit.connection(), &form, visit.session.language, true, true, &Findings::default()),
        Err(error) => basket_response(&visit, answer::status(&error), "not-transferred", Some(&error)).await,
    }
}

#[derive(Template)]
#[template(path = "return.html")]
struct ReturnPage {
    t: Texts,
    charset: &'static str,
    method: &'static str,
    action: String,
    target: String,
    pairs: Vec<(String, String)>,
    destination: String,
    submits: bool,
    button: bool,
    notices: Vec<String>,
    nonce: String,
}

/// The page that carries a form to the purchasing system, in the receiver's charset (R-23, R-26, 5.5).
pub fn return_page(connection: &Connection, form: &ReturnForm, language: Language, submits: bool, button: bool, findings: &Findings) -> Response {
    let nonce = clock::random_key();
    let template = ReturnPage {
        t: Texts(language),
        charset: form.charset.label(),
        method: match form.method {
            ReturnMethod::Post => "post",
            ReturnMethod::Get => "get",
        },
        action: html::escape(&form.action),
        target: html::escape(&form.target),
        pairs: form.pairs.iter().map(|(name, value)| (html::escape(name), html::escape(value))).collect(),
        destination: html::escape(&destination_of(&form.action)),
        submits,
        button,
        notices: told(Texts(language), findings).iter().map(|text| html::escape(text)).collect(),
        nonce: nonce.clone(),
    };
    let html = match template.render() {
        Ok(html) => html,
        Err(error) => return answer::error_page(&Error::internal(error), language),
    };
    let mut allowed: Vec<String> = Vec::new();
    if let Ok(url) = ReturnUrl::parse(&form.action, connection) {
        allowed.push(url.policy_source().to_string());
    }
    allowed.extend(connection.return_redirect_origins.iter().map(ToString::to_string));
    let form_action = if form.action.is_empty() || allowed.is_empty() { "'none'".to_string() } else { allowed.join(" ") };
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'nonce-{nonce}'; base-uri 'none'; form-action {form_action}; frame-ancestors {}",
        answer::frame_ancestors(connection)
    );
    let content_type = format!("text/html; charset={}", form.charset.label());
    let mut response = with_policy((StatusCode::OK, form.charset.encode(&html)).into_response(), &policy);
    if let Ok(value) = HeaderValue::from_str(&content_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response
}
