//! Finding: list and search, article page, comparison. Shows prices of this connection only; changes nothing.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use super::super::answer::{Message, error_page, page_of_size, with_policy, written};
use super::shelf::{Gap, PagePlace, Row};
use super::{Frame, KEY_CHARS, Shown, Visit, Where, cookie, cookie_name, see_other, shown, visit};
use crate::app::App;
use crate::domain::article::Article;
use crate::error::Error;
use crate::wire::html;
use crate::wire::oci::path_segment;

const PAGE_SIZE: usize = 50;
const COMPARE_MAX: usize = 6;
/// What stands around the rows of a list, about.
const FRAME_SIZE: usize = 16 * 1024;

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
    rows: Vec<Arc<Row>>,
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
    if visit.connection().remote.is_some() {
        return super::remote::landing(&visit, String::new()).await.unwrap_or_else(|error| visit.error(&error));
    }
    // SOURCING opens on its own search (7.4).
    let text = query.q.as_deref().unwrap_or(&visit.session().call_up.search).trim();
    let response = if text.is_empty() && visit.catalogue.groups().iter().any(|(name, _)| query.group.is_empty() || *name == query.group) {
        browsed(&visit, &query)
    } else {
        let text: String = text.chars().take(200).collect();
        let frame = visit.frame(&text);
        let template = list_page(&visit, frame, &text, &query);
        let size = FRAME_SIZE + template.rows.iter().map(|row| row.before.len() + row.after.len() + visit.csrf.len()).sum::<usize>();
        page_of_size(StatusCode::OK, &template, size)
    };
    with_policy(response, &visit.policy())
}

/// A page of the whole catalogue or of a group, which is the same for every session but for a few places.
fn browsed(visit: &Visit, query: &ListQuery) -> Response {
    let place = PagePlace {
        group: query.group.clone(),
        page: query.page.unwrap_or(1),
        idle_minutes: visit.connection().idle_minutes,
        is_portal: visit.session().call_up.is_portal,
    };
    let shelf = visit.app.shelves.shelf(&visit.connection().catalogue, &visit.catalogue, visit.session().language, visit.view_only());
    let blank = || {
        let text = |gap: Gap| gap.mark().to_string();
        let (root, csrf) = (text(Gap::Root), text(Gap::Token));
        let frame = Frame { root, csrf, lines_text: text(Gap::Lines), total: text(Gap::Total), ..visit.frame("") };
        list_page(visit, frame, "", query).render()
    };
    let page = match shelf.page(place, blank) {
        Ok(page) => page,
        Err(error) => return error_page(&Error::internal(error), visit.session().language),
    };
    let (lines, total) = visit.sums();
    let [root, csrf, lines, total] = [&visit.root, &visit.csrf, &lines, &total].map(|text| html::escape(text));
    let html = page.fill(|gap| match gap {
        Gap::Root => &root,
        Gap::Token => &csrf,
        Gap::Lines => &lines,
        Gap::Total => &total,
    });
    written(StatusCode::OK, html)
}

/// when the cookie came back the path carries only the session's number from here on; when it may not carry the key, the session ends.
fn settle(visit: &Visit, name: &str, key: &str, headers: &HeaderMap, path: &str) -> Option<Response> {
    if key.len() != KEY_CHARS {
        return None;
    }
    let number = &visit.session().number;
    if cookie(headers, &cookie_name(number)) == Some(key) {
        return Some(see_other(&format!("/c/{name}/{number}/{path}"), visit.connection()));
    }
    (!visit.connection().session_key_in_path).then(|| {
        let message = Message::of(visit.session().language, "bad", "cookies-needed", 1);
        visit.respond(StatusCode::FORBIDDEN, &message)
    })
}

fn list_page(visit: &Visit, frame: Frame, text: &str, query: &ListQuery) -> ListPage {
    let catalogue = &visit.catalogue;
    let mut found: Vec<usize> = if text.is_empty() { (0..catalogue.articles().len()).collect() } else { catalogue.places(text) };
    if !query.group.is_empty() {
        found.retain(|place| catalogue.articles()[*place].group == query.group);
    }
    let pages = found.len().div_ceil(PAGE_SIZE).max(1);
    let number = query.page.unwrap_or(1).clamp(1, pages);
    let first = (number - 1) * PAGE_SIZE;
    let shown = &found[first..found.len().min(first + PAGE_SIZE)];
    let rows = visit.app.shelves.shelf(&visit.connection().catalogue, catalogue, frame.t.0, frame.view_only).rows(shown);
    let link = |page: usize| {
        let pairs = [("q", text), ("group", &query.group), ("page", &page.to_string())];
        format!("{}?{}", frame.root, serde_urlencoded::to_string(pairs).unwrap_or_default())
    };
    let t = frame.t;
    let heading = match text.is_empty() {
        true => t.count("articles", &found.len()),
        false => t.with_all("articles-for", &[("count", found.len().to_string()), ("query", text.to_string())]),
    };
    let range = [("first", (first + 1).to_string()), ("last", (first + rows.len()).to_string()), ("all", found.len().to_string())];
    ListPage {
        heading,
        groups: catalogue.groups().iter().map(|(name, count)| Group { chosen: *name == query.group, name: name.clone(), count: *count }).collect(),
        range: t.with_all("range", &range),
        previous: (number > 1).then(|| link(number - 1)),
        next: (number < pages).then(|| link(number + 1)),
        rows,
        f: frame,
    }
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
    article_response(&visit, &number, StatusCode::OK, None, None)
}

pub(super) fn article_response(visit: &Visit, number: &str, status: StatusCode, problem: Option<String>, typed: Option<&str>) -> Response {
    let Some(article) = visit.catalogue.get(number) else {
        let message = Message::of(visit.session().language, "bad", "article-gone", 1);
        return visit.respond(StatusCode::NOT_FOUND, &message);
    };
    let frame = visit.frame("");
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
    let a = shown(t, &frame.root, article);
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
    let frame = visit.frame("");
    let chosen: Vec<&Article> =
        pairs.iter().filter(|(n, _)| n == "a").filter_map(|(_, number)| visit.catalogue.get(number)).take(COMPARE_MAX).collect();
    let articles: Vec<Shown> = chosen.iter().map(|article| shown(frame.t, &frame.root, article)).collect();
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
