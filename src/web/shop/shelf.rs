//! Pages of the article list, each written once for a catalogue, a language and a kind of session: a page of fifty articles is then
//! little more than copying it. Holds nothing of a session: its address, form token and sums are put in between.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use askama::Template;

use super::{Shown, shown};
use crate::domain::catalogue::Catalogue;
use crate::domain::name::Language;
use crate::text::Texts;

/// Rows kept at once, some 2 KiB each; beyond that all of them are written again.
const ROWS_MAX: usize = 8192;
/// Pages of a shelf kept at once, some 64 KiB each.
const PAGES_MAX: usize = 32;

/// Stands for the form token while a row is written; no text of an article holds it.
const TOKEN: &str = "\u{0}";

/// A row: what stands before the session's form token and what stands behind it; nothing behind when it has no form.
#[derive(Debug)]
pub struct Row {
    pub before: String,
    pub after: String,
}

/// Where a page says something of its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// The address of the session's pages.
    Root,
    /// Its form token.
    Token,
    /// How many lines its basket has, and what they come to.
    Lines,
    Total,
}

impl Gap {
    const ALL: [Gap; 4] = [Gap::Root, Gap::Token, Gap::Lines, Gap::Total];

    /// What stands for it while a page is written: no text of an article holds it, and escaping leaves it alone.
    pub fn mark(self) -> &'static str {
        match self {
            Gap::Root => "\u{0}r",
            Gap::Token => "\u{0}t",
            Gap::Lines => "\u{0}l",
            Gap::Total => "\u{0}s",
        }
    }
}

/// A page without its session: texts, each with the gap behind it, and the end.
#[derive(Debug)]
pub struct Page {
    parts: Vec<(String, Gap)>,
    end: String,
}

impl Page {
    fn read(html: &str) -> Page {
        let (mut parts, mut rest) = (Vec::new(), html);
        while let Some((before, after)) = rest.split_once('\0') {
            let gap = Gap::ALL.into_iter().find(|gap| after.starts_with(&gap.mark()[1..]));
            parts.extend(gap.map(|gap| (before.to_string(), gap)));
            rest = after.get(1..).unwrap_or_default();
        }
        Page { parts, end: rest.to_string() }
    }

    /// The page of a session, from what it puts into each gap.
    pub fn fill<'s>(&self, value: impl Fn(Gap) -> &'s str) -> String {
        let size = self.parts.iter().map(|(before, gap)| before.len() + value(*gap).len()).sum::<usize>() + self.end.len();
        let mut html = String::with_capacity(size);
        for (before, gap) in &self.parts {
            html.push_str(before);
            html.push_str(value(*gap));
        }
        html.push_str(&self.end);
        html
    }
}

/// What makes a page another one beside its shelf.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PagePlace {
    pub group: String,
    /// As it was asked for.
    pub page: usize,
    pub idle_minutes: u32,
    pub is_portal: bool,
}

/// The rows and pages of one catalogue in one language.
#[derive(Debug)]
pub struct Shelf {
    of: Arc<Catalogue>,
    language: Language,
    view_only: bool,
    rows: Vec<OnceLock<Arc<Row>>>,
    pages: Mutex<HashMap<PagePlace, Arc<Page>>>,
}

/// Name of the catalogue, language, and whether the session only looks.
type Place = (String, Language, bool);

/// All rows and pages written so far.
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
    /// The shelf of exactly this catalogue; one of an older state of it makes room.
    pub fn shelf(&self, id: &str, catalogue: &Arc<Catalogue>, language: Language, view_only: bool) -> Arc<Shelf> {
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
        let shelf = Arc::new(Shelf { of: catalogue.clone(), language, view_only, rows, pages: Mutex::default() });
        shelves.insert(place, shelf.clone());
        shelf
    }
}

impl Shelf {
    /// The rows of articles by their places in the catalogue.
    pub fn rows(&self, places: &[usize]) -> Vec<Arc<Row>> {
        let row = |place: &usize| {
            let kept = self.rows.get(*place)?;
            Some(kept.get_or_init(|| Arc::new(write(&self.of, self.language, self.view_only, *place))).clone())
        };
        places.iter().filter_map(row).collect()
    }

    /// A page, written with marks for its gaps when it is not there yet.
    pub fn page(&self, place: PagePlace, write: impl FnOnce() -> askama::Result<String>) -> askama::Result<Arc<Page>> {
        if let Some(page) = self.pages.lock().unwrap_or_else(PoisonError::into_inner).get(&place) {
            return Ok(page.clone());
        }
        let page = Arc::new(Page::read(&write()?));
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.len() >= PAGES_MAX {
            pages.clear();
        }
        pages.insert(place, page.clone());
        Ok(page)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_filled_where_its_session_speaks() {
        let page = Page::read("<a href=\"\0rbasket\">\0l: \0s</a><input value=\"\0t\">\0t");
        let filled = page.fill(|gap| match gap {
            Gap::Root => "/c/x/",
            Gap::Token => "csrf",
            Gap::Lines => "2 lines",
            Gap::Total => "",
        });
        assert_eq!(filled, "<a href=\"/c/x/basket\">2 lines: </a><input value=\"csrf\">csrf");
    }
}
