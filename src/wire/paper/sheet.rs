//! Pages on which words, rules and squares are put: the one place that knows the PDF library. Lengths are tenths of a point from the top left
//! corner of an A4 page. Never knows what it writes about.

use std::sync::LazyLock;

use krilla::color::rgb;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};
use krilla::{Document, SerializeSettings};
use ttf_parser::Face;

use crate::wire::picture::Pixels;

/// A4, in tenths of a point.
pub const WIDTH: i16 = 5953;
pub const HEIGHT: i16 = 8419;

const REGULAR: &[u8] = include_bytes!("open-sans-regular.ttf");
const BOLD: &[u8] = include_bytes!("open-sans-bold.ttf");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    Regular,
    Bold,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Black,
    Grey,
    Rule,
    Shade,
}

/// How words are written: weight, size in tenths of a point, and colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    pub weight: Weight,
    pub size: i16,
    pub ink: Ink,
}

/// One thing on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mark {
    Words { x: i16, baseline: i16, style: Style, text: String },
    Square { x: i16, y: i16, width: i16, height: i16, ink: Ink },
    Picture { x: i16, y: i16, width: i16, height: i16, pixels: Pixels },
}

/// The pages so far.
#[derive(Debug, Default)]
pub struct Sheets {
    pages: Vec<Vec<Mark>>,
}

/// A file that lies in the document.
pub struct Enclosed<'e> {
    pub name: String,
    pub text: &'e str,
}

/// What the document says about itself.
pub struct About {
    pub title: String,
    pub language: String,
    pub author: String,
    /// Year, month, day.
    pub day: (u16, u8, u8),
}

struct Fonts {
    regular: Face<'static>,
    bold: Face<'static>,
}

/// The fonts are part of the program; a test reads them.
static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let face = |bytes| Face::parse(bytes, 0).expect("the fonts of the program can be read: a test does");
    Fonts { regular: face(REGULAR), bold: face(BOLD) }
});

fn face(weight: Weight) -> &'static Face<'static> {
    match weight {
        Weight::Regular => &FONTS.regular,
        Weight::Bold => &FONTS.bold,
    }
}

/// How wide words are, in tenths of a point.
pub fn width(text: &str, style: Style) -> i16 {
    let face = face(style.weight);
    let advance = |c: char| face.glyph_index(c).and_then(|glyph| face.glyph_hor_advance(glyph)).map_or(600, i64::from);
    let units: i64 = text.chars().map(advance).sum();
    i16::try_from(units * i64::from(style.size) / i64::from(face.units_per_em())).unwrap_or(i16::MAX)
}

/// Words cut into lines that are no wider than they may be; a word that is too long alone is cut inside.
pub fn lines(text: &str, style: Style, most: i16) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let longer = lines.last().map(|last| format!("{last} {word}")).filter(|longer| width(longer, style) <= most);
        match (longer, lines.last_mut()) {
            (Some(longer), Some(last)) => *last = longer,
            _ => lines.extend(cut(word, style, most)),
        }
    }
    lines
}

fn cut(word: &str, style: Style, most: i16) -> Vec<String> {
    let mut parts = vec![String::new()];
    for c in word.chars() {
        let last = parts.len() - 1;
        let longer = format!("{}{c}", parts[last]);
        if width(&longer, style) <= most || parts[last].is_empty() { parts[last] = longer } else { parts.push(c.to_string()) }
    }
    parts
}

impl Sheets {
    pub fn new_page(&mut self) {
        self.pages.push(Vec::new());
    }

    pub fn count(&self) -> usize {
        self.pages.len()
    }

    fn put(&mut self, page: usize, mark: Mark) {
        if let Some(page) = self.pages.get_mut(page) {
            page.push(mark);
        }
    }

    pub fn words(&mut self, page: usize, x: i16, baseline: i16, style: Style, text: &str) {
        // What the font cannot show must not stop the document.
        let known = |c: char| if face(style.weight).glyph_index(c).is_some() && !c.is_control() { c } else { '?' };
        let text = text.chars().map(known).collect();
        self.put(page, Mark::Words { x, baseline, style, text });
    }

    /// Ends at `right`.
    pub fn words_right(&mut self, page: usize, right: i16, baseline: i16, style: Style, text: &str) {
        self.words(page, right - width(text, style), baseline, style, text);
    }

    pub fn square(&mut self, page: usize, (x, y): (i16, i16), (width, height): (i16, i16), ink: Ink) {
        self.put(page, Mark::Square { x, y, width, height, ink });
    }

    pub fn picture(&mut self, page: usize, (x, y): (i16, i16), (width, height): (i16, i16), pixels: Pixels) {
        self.put(page, Mark::Picture { x, y, width, height, pixels });
    }

    /// The document as PDF/A-3, with a file in it where there is one. `None` when the library refuses it.
    pub fn write(&self, about: &About, enclosed: Option<&Enclosed<'_>>) -> Option<Vec<u8>> {
        let configuration = ConfigurationBuilder::new().with_archival_validator(Archival::A3_B).finish().ok()?;
        let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
        let fonts = (Font::new(REGULAR.into(), 0)?, Font::new(BOLD.into(), 0)?);
        for marks in &self.pages {
            let mut page = document.start_page_with(PageSettings::from_wh(595.3, 841.9)?);
            let mut surface = page.surface();
            surface.push_transform(&Transform::from_scale(0.1, 0.1));
            marks.iter().for_each(|mark| draw(&mut surface, &fonts, mark));
            surface.pop();
            surface.finish();
            page.finish();
        }
        let (year, month, day) = about.day;
        let date = DateTime::new(year).month(month).day(day);
        if let Some(enclosed) = enclosed {
            document.embed_file(EmbeddedFile {
                path: enclosed.name.clone(),
                mime_type: MimeType::new("text/xml"),
                description: Some(about.title.clone()),
                association_kind: AssociationKind::Alternative,
                data: enclosed.text.as_bytes().to_vec().into(),
                modification_date: Some(date),
                compress: None,
                location: None,
            })?;
        }
        let metadata = Metadata::new().title(about.title.clone()).language(about.language.clone()).authors(vec![about.author.clone()]);
        document.set_metadata(metadata.creation_date(date).document_id(about.title.clone()));
        document.finish().ok()
    }
}

fn draw(surface: &mut Surface<'_>, fonts: &(Font, Font), mark: &Mark) {
    match mark {
        Mark::Words { x, baseline, style, text } => {
            let font = match style.weight {
                Weight::Regular => fonts.0.clone(),
                Weight::Bold => fonts.1.clone(),
            };
            surface.set_fill(Some(fill(style.ink)));
            surface.draw_text(Point::from_xy((*x).into(), (*baseline).into()), font, style.size.into(), text, false, TextDirection::Auto);
        }
        Mark::Square { x, y, width, height, ink } => {
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh((*x).into(), (*y).into(), (*width).into(), (*height).into()) {
                path.push_rect(rect);
            }
            surface.set_fill(Some(fill(*ink)));
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
        Mark::Picture { x, y, width, height, pixels } => {
            let Some(size) = Size::from_wh((*width).into(), (*height).into()) else { return };
            surface.push_transform(&Transform::from_translate((*x).into(), (*y).into()));
            surface.draw_image(Image::from_rgba8(pixels.rgba.clone(), pixels.width, pixels.height), size);
            surface.pop();
        }
    }
}

fn fill(ink: Ink) -> Fill {
    let color = match ink {
        Ink::Black => rgb::Color::new(0x1b, 0x1f, 0x24),
        Ink::Grey => rgb::Color::new(0x5b, 0x64, 0x6e),
        Ink::Rule => rgb::Color::new(0xc4, 0xcb, 0xd3),
        Ink::Shade => rgb::Color::new(0xf1, 0xf4, 0xf7),
    };
    Fill { paint: color.into(), ..Fill::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style { weight: Weight::Regular, size: 90, ink: Ink::Black };

    #[test]
    fn lines_are_never_wider_than_they_may_be() {
        for text in ["", "one", "some words that need more than one line", "averyveryverylongwordthatdoesnotfitanywhere", "a b  c\n\td"] {
            for most in [60, 300, 5000] {
                let found = lines(text, PLAIN, most);
                // One character alone may be wider than the line.
                assert!(found.iter().all(|line| width(line, PLAIN) <= most || line.chars().count() == 1), "{text} {most}: {found:?}");
                let joined: String = found.concat().split_whitespace().collect();
                assert_eq!(joined, text.split_whitespace().collect::<String>(), "nothing is lost");
            }
        }
    }

    #[test]
    fn what_the_font_has_not_is_marked_and_the_document_is_written() {
        let mut sheets = Sheets::default();
        sheets.new_page();
        sheets.words(0, 500, 500, PLAIN, "Zoë, 漢字 and € 1\u{7}");
        sheets.words(9, 500, 500, PLAIN, "on no page");
        let about = About { title: "t".into(), language: "nl".into(), author: "a".into(), day: (2026, 3, 2) };
        let pdf = sheets.write(&about, Some(&Enclosed { name: "x.xml".into(), text: "<a/>" })).expect("a document");
        assert!(pdf.starts_with(b"%PDF-1."), "{:?}", &pdf[..8]);
        assert_eq!(sheets.pages[0].len(), 1);
        assert!(matches!(&sheets.pages[0][0], Mark::Words { text, .. } if text == "Zoë, ?? and € 1?"));
    }
}
