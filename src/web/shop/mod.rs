//! Pages of a catalogue session: list, article, comparison, basket, hand-back. Finds the session by cookie or by the key in the
//! path, checks that a change comes from its own pages, and shows what `flow` gives.
//! Never shows a price, a name or a basket of another session.

pub mod basket;
pub mod browse;
mod foresight;
pub mod handback;
pub mod ordering;
pub mod picture;
pub mod remote;
pub mod shelf;

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_decimal::Decimal;

use super::answer::{self, Message, framed_policy, page, with_policy};
use crate::app::App;
use crate::domain::article::Article;
use crate::domain::basket::line_total;
use crate::domain::callup::Function;
use crate::domain::catalogue::Catalogue;
use crate::domain::connection::Connection;
use crate::domain::money::{Currency, Money};
use crate::domain::name::Language;
use crate::domain::return_url::ReturnUrl;
use crate::error::Error;
use crate::flow::connecting::{self, Live};
use crate::flow::proving;
use crate::flow::remote::catalogue;
use crate::flow::sessions::{self, Held};
use crate::store::session::Session;
use crate::text::Texts;
use crate::wire::oci::path_segment;

const KEY_CHARS: usize = 43;

pub fn cookie_name(number: &str) -> String {
    format!("__Host-hookline-{number}")
}

/// A session with everything its pages need.
pub struct Visit {
    app: Arc<App>,
    live: Arc<Live>,
    catalogue: Arc<Catalogue>,
    held: Held,
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
        Some(key) => sessions::resume(&app, &live, key, number).await.map_err(|error| answer::error_page(&error, live.connection.language))?,
        None => None,
    };
    let Some(held) = found else {
        return Err(ended(&live.connection, answer::language_of(headers)));
    };
    let catalogue = catalogue(&app, &live, &held.session).await.map_err(|error| answer::error_page(&error, held.session.language))?;
    let csrf = form_token(&app, &held.session);
    let root = format!("/c/{name}/{reference}/");
    Ok(Visit { app, live, catalogue, held, root, csrf })
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
        Texts(self.session().language)
    }

    fn session(&self) -> &Session {
        &self.held.session
    }

    fn connection(&self) -> &Connection {
        &self.live.connection
    }

    /// DETAIL shows an article and returns nothing; without a return URL nothing can be returned.
    fn view_only(&self) -> bool {
        let call_up = &self.session().call_up;
        call_up.function == Function::Detail || (call_up.return_url.is_empty() && !call_up.is_portal)
    }

    fn respond(&self, status: StatusCode, template: &impl Template) -> Response {
        with_policy(page(status, template), &self.policy())
    }

    /// Browsers check a form's policy again when its answer redirects: "cancel" may lead to the purchasing system (R-29, section 11).
    fn policy(&self) -> String {
        let policy = framed_policy(self.connection());
        match ReturnUrl::parse(&self.session().call_up.cancel_url, self.connection()) {
            Ok(url) => policy.replace("form-action 'self'", &format!("form-action 'self' {}", url.policy_source())),
            Err(_) => policy,
        }
    }

    fn to(&self, path: &str) -> Response {
        see_other(&format!("{}{path}", self.root), self.connection())
    }

    fn frame(&self, query: &str) -> Frame {
        let (lines_text, total) = self.sums();
        Frame {
            t: self.t(),
            root: self.root.clone(),
            supplier: self.catalogue.name.clone(),
            csrf: self.csrf.clone(),
            lines: self.held.basket.lines.len(),
            lines_text,
            total,
            query: query.to_string(),
            view_only: self.view_only(),
            is_portal: self.session().call_up.is_portal,
            is_remote: self.connection().remote.is_some(),
            version: self.session().version,
            idle_minutes: self.connection().idle_minutes,
            currency: self.currency().to_string(),
        }
    }

    fn currency(&self) -> Currency {
        self.catalogue.articles().first().map_or(Currency::EUR, |article| article.price.currency)
    }

    /// How many lines the basket has and what they come to, as the reader is told.
    fn sums(&self) -> (String, String) {
        let (t, lines) = (self.t(), &self.held.basket.lines);
        let totals = lines.iter().filter_map(|line| line_total(self.catalogue.get(&line.article)?, line));
        let total = totals.fold(None, |sum: Option<Money>, one| sum.map_or(Some(one), |sum| sum.checked_add(one).or(Some(sum))));
        (t.count("lines", &lines.len()), t.money(&total.unwrap_or(Money::new(0, self.currency()))))
    }

    fn error(&self, error: &Error) -> Response {
        with_policy(answer::error_page(error, self.session().language), &framed_policy(self.connection()))
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
    lines_text: String,
    total: String,
    query: String,
    view_only: bool,
    /// Opened here by a person, not by a purchasing system.
    is_portal: bool,
    /// The articles are in the supplier's own shop, so there is nothing to look for here.
    is_remote: bool,
    /// Of the basket as it is shown.
    version: i64,
    idle_minutes: u32,
    currency: String,
}

impl Frame {
    /// What leads out of the catalogue.
    fn way_back(&self) -> &'static str {
        if self.is_portal { "way-back-portal" } else { "way-back" }
    }
}

/// An article as the pages of one language show it; `root` is where the session's pages are, or nothing for a page that is there.
fn shown(t: Texts, root: &str, article: &Article) -> Shown {
    let price = |amount: &Decimal| t.number(amount, &2);
    let per = article.price.per as usize;
    let unit = t.unit(&article.unit, &per);
    let per = if per == 1 { t.with("per-one", "unit", unit) } else { t.with_all("per-many", &[("per", per.to_string()), ("unit", unit)]) };
    let picture = if article.picture.is_empty() { "box" } else { &article.picture };
    let drawn = format!("/pictures/{}.svg", path_segment(picture));
    let own = |size: &str| article.own_picture.as_ref().map(|hash| format!("{root}picture/{hash}.{size}"));
    Shown {
        number: article.number.clone(),
        name: article.description(t.0).to_string(),
        href: format!("{root}article/{}", path_segment(&article.number)),
        picture: own("small").unwrap_or_else(|| drawn.clone()),
        picture_large: own("large").unwrap_or(drawn),
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

/// Fields of a form, in order, names repeated where the form repeats them.
pub type Fields = Form<Vec<(String, String)>>;

fn value<'f>(fields: &'f [(String, String)], name: &str) -> Option<&'f str> {
    fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}

/// The session and the fields of a form that really came from its page.
async fn changing(app: Arc<App>, name: &str, key: &str, headers: &HeaderMap, fields: &[(String, String)]) -> std::result::Result<Visit, Response> {
    let visit = leaving(app, name, key, headers, fields).await?;
    if visit.view_only() {
        return Err(visit.error(&Error::Denied));
    }
    Ok(visit)
}

/// Whether the basket is still the one that its page showed. From a supplier's own shop a cart may come at any moment, with other prices.
fn is_as_seen(visit: &Visit, fields: &[(String, String)]) -> bool {
    visit.connection().remote.is_none() || value(fields, "seen") == Some(visit.session().version.to_string().as_str())
}

/// The same for going back without a basket, which who only looks may do too.
async fn leaving(app: Arc<App>, name: &str, key: &str, headers: &HeaderMap, fields: &[(String, String)]) -> std::result::Result<Visit, Response> {
    let visit = visit(app, name, key, headers).await?;
    if !is_own_form(&visit, headers, value(fields, "csrf").unwrap_or_default()) {
        let message = Message::of(visit.session().language, "bad", "foreign-form", 1);
        return Err(visit.respond(StatusCode::FORBIDDEN, &message));
    }
    Ok(visit)
}
