//! Rows of the article list, each written once for a catalogue, a language and a kind of session: a page of fifty articles is then
//! little more than copying them. Holds nothing of a session: its form token is put in between.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use askama::Template;

use super::{Shown, shown};
use crate::domain::catalogue::Catalogue;
use crate::domain::name::Language;
use crate::text::Texts;

/// Rows kept at once, some 2 KiB each; beyond that all of them are written again.
const ROWS_MAX: usize = 8192;

/// Stands for the form token while a row is written; no text of an article holds it.
const TOKEN: &str = "\u{0}";

/// A row: what stands before the session's form token and what stands behind it; nothing behind when it has no form.
#[derive(Debug)]
pub struct Row {
    pub before: String,
    pub after: String,
}

/// The rows of one catalogue in one language.
#[derive(Debug)]
struct Shelf {
    of: Arc<Catalogue>,
    rows: Vec<OnceLock<Arc<Row>>>,
}

/// Name of the catalogue, language, and whether the session only looks.
type Place = (String, Language, bool);

/// All rows written so far.
#[derive(Debug, Default)]
pub struct Shelves {
    shelves: Mutex<HashMap<Place, Arc<Shelf>>>,
}

#[derive(Template)]
#[template(path = "list_row.html")]
struct RowPage {
    t: Texts,
    a: Shown,
    place: usize,
    view_only: bool,
    currency: String,
    token: &'static str,
}

impl Shelves {
    /// The rows of articles by their places in the catalogue.
    pub fn rows(&self, id: &str, catalogue: &Arc<Catalogue>, language: Language, view_only: bool, places: &[usize]) -> Vec<Arc<Row>> {
        let shelf = self.shelf(id, catalogue, language, view_only);
        let row = |place: &usize| {
            let kept = shelf.rows.get(*place)?;
            Some(kept.get_or_init(|| Arc::new(write(catalogue, language, view_only, *place))).clone())
        };
        places.iter().filter_map(row).collect()
    }

    /// The shelf of exactly this catalogue; one of an older state of it makes room.
    fn shelf(&self, id: &str, catalogue: &Arc<Catalogue>, language: Language, view_only: bool) -> Arc<Shelf> {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (id.to_string(), language, view_only);
        if let Some(shelf) = shelves.get(&place).filter(|shelf| Arc::ptr_eq(&shelf.of, catalogue)) {
            return shelf.clone();
        }
        let written: usize = shelves.values().map(|shelf| shelf.rows.iter().filter(|row| row.get().is_some()).count()).sum();
        if written > ROWS_MAX {
            shelves.clear();
        }
        let rows = catalogue.articles().iter().map(|_| OnceLock::new()).collect();
        let shelf = Arc::new(Shelf { of: catalogue.clone(), rows });
        shelves.insert(place, shelf.clone());
        shelf
    }
}

fn write(catalogue: &Catalogue, language: Language, view_only: bool, place: usize) -> Row {
    let t = Texts(language);
    let Some(article) = catalogue.articles().get(place) else { return Row { before: String::new(), after: String::new() } };
    let currency = article.price.currency.to_string();
    let page = RowPage { t, a: shown(t, "", article), place, view_only, currency, token: TOKEN };
    let html = page.render().unwrap_or_default();
    match html.split_once(TOKEN) {
        Some((before, after)) => Row { before: before.to_string(), after: after.to_string() },
        None => Row { before: html, after: String::new() },
    }
}
