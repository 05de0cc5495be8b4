//! The supplier's catalogues: their articles with their pictures, and bringing one's own. Shows prices of nobody.

use std::sync::Arc;

use askama::Template;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Extension, Multipart, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Portal;
use crate::app::App;
use crate::domain::finding::{Code, Finding};
use crate::error::{Error, Result};
use crate::flow::signing::Caller;
use crate::flow::{connecting, picturing};
use crate::text::Texts;
use crate::web::answer::{self, error_page, page};
use crate::web::shop::picture::response;
use crate::wire::oci::path_segment;

const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "catalogues.html")]
struct CataloguesPage {
    p: Portal,
    /// Id, name, supplier.
    rows: Vec<(String, String, String)>,
}

pub async fn list(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>) -> Response {
    let work = async {
        let all = picturing::catalogues(&app, &caller).await?;
        let rows = all.into_iter().map(|c| (c.id, c.name, c.supplier)).collect();
        Ok::<_, Error>(CataloguesPage { p: Portal::of(&caller, "/catalogues"), rows })
    };
    match work.await {
        Ok(template) => page(StatusCode::OK, &template),
        Err(error) => error_page(&error, caller.person.language),
    }
}

struct ArticleShown {
    id: String,
    number: String,
    name: String,
    picture: String,
    action: String,
    own: bool,
    problem: String,
}

#[derive(Template)]
#[template(path = "catalogue.html")]
struct CataloguePage {
    p: Portal,
    name: String,
    query: String,
    problem: String,
    articles: Vec<ArticleShown>,
    range: String,
    next: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Search {
    q: String,
    page: usize,
}

pub async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Query(search): Query<Search>,
) -> Response {
    catalogue_page(&app, &caller, &id, &search, StatusCode::OK, None).await
}

/// `wrong`: an article and what is wrong with the picture sent for it.
async fn catalogue_page(app: &App, caller: &Caller, id: &str, search: &Search, status: StatusCode, wrong: Option<(&str, String)>) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let stored = picturing::catalogue(app, caller, id).await?;
        let catalogue = connecting::catalogue(app, id).await?;
        let found: Vec<_> = if search.q.trim().is_empty() { catalogue.articles().iter().collect() } else { catalogue.search(&search.q) };
        let pages = found.len().div_ceil(PAGE).max(1);
        let number = search.page.clamp(1, pages);
        let root = format!("/catalogues/{}", path_segment(id));
        let articles: Vec<ArticleShown> = (1usize..)
            .zip(found.iter().skip((number - 1) * PAGE).take(PAGE))
            .map(|(place, article)| ArticleShown {
                id: format!("a{place}"),
                number: article.number.clone(),
                name: article.description(t.0).to_string(),
                picture: match &article.own_picture {
                    Some(hash) => format!("{root}/pictures/{hash}.small"),
                    None => format!("/pictures/{}.svg", path_segment(if article.picture.is_empty() { "box" } else { &article.picture })),
                },
                action: format!("{root}/articles/{}/picture?{}", path_segment(&article.number), pairs(&search.q, number)),
                own: article.own_picture.is_some(),
                problem: wrong.as_ref().filter(|(number, _)| *number == article.number).map(|(_, text)| text.clone()).unwrap_or_default(),
            })
            .collect();
        let first = (number - 1) * PAGE;
        let numbers = [("first", first + usize::from(!articles.is_empty())), ("last", first + articles.len()), ("all", found.len())];
        Ok::<_, Error>(CataloguePage {
            p: Portal::of(caller, "/catalogues"),
            name: stored.name,
            query: search.q.clone(),
            problem: wrong.as_ref().map(|(_, text)| text.clone()).unwrap_or_default(),
            range: t.with_all("range", &numbers.map(|(name, number)| (name, number.to_string()))),
            next: (number < pages).then(|| format!("{root}?{}", pairs(&search.q, number + 1))),
            articles,
        })
    };
    match work.await {
        Ok(template) => page(status, &template),
        Err(error) => error_page(&error, t.0),
    }
}

fn pairs(query: &str, page: usize) -> String {
    serde_urlencoded::to_string([("q", query), ("page", &page.to_string())]).unwrap_or_default()
}

pub async fn picture(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path((id, name)): Path<(String, String)>) -> Response {
    let work = async {
        let stored = picturing::catalogue(&app, &caller, &id).await?;
        picturing::shown(&app, &stored.supplier, &name).await
    };
    match work.await {
        Ok(picture) => response(picture),
        Err(error) => error_page(&error, caller.person.language),
    }
}

/// What the form holds: a file, or the wish to have none.
pub enum Sent {
    File(Vec<u8>),
    Nothing,
}

pub async fn sent(form: std::result::Result<Multipart, MultipartRejection>) -> Result<Sent> {
    let mut form = form.map_err(|_| Finding::error(Code::Missing, "picture"))?;
    let unreadable = |_| Error::from(Finding::error(Code::PictureUnreadable, "picture"));
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        match field.name() {
            Some("remove") => return Ok(Sent::Nothing),
            Some("picture") => {
                let bytes = field.bytes().await.map_err(unreadable)?;
                if !bytes.is_empty() {
                    return Ok(Sent::File(bytes.to_vec()));
                }
            }
            _ => {}
        }
    }
    Err(Finding::error(Code::Missing, "picture").into())
}

pub async fn put_picture(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((id, number)): Path<(String, String)>,
    Query(search): Query<Search>,
    form: std::result::Result<Multipart, MultipartRejection>,
) -> Response {
    let work = async {
        picturing::catalogue(&app, &caller, &id).await?;
        match sent(form).await? {
            Sent::File(bytes) => picturing::put(&app, &caller, &id, &number, bytes).await,
            Sent::Nothing => picturing::take(&app, &caller, &id, &number).await,
        }
    };
    match work.await {
        Ok(()) => Redirect::to(&format!("/catalogues/{}?{}", path_segment(&id), pairs(&search.q, search.page))).into_response(),
        Err(error @ Error::Invalid(_)) => {
            let sentence = answer::sentence(&error, Texts(caller.person.language));
            catalogue_page(&app, &caller, &id, &search, answer::status(&error), Some((&number, sentence))).await
        }
        Err(error) => error_page(&error, caller.person.language),
    }
}
