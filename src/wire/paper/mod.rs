//! A document for people as PDF: heading, two addresses, facts, a table with parts, totals, and how to pay. Everything is words already; here they
//! get their places. Never formats a number or chooses a language.

pub mod label;
mod sheet;

use super::picture::Pixels;
pub use sheet::{About, Enclosed};
use sheet::{HEIGHT, Ink, Sheets, Style, WIDTH, Weight, lines, width};

/// One row of the table. `small` stands under the text, in grey.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    pub text: String,
    pub small: Vec<String>,
    /// From left to right: quantity, price, tax, amount.
    pub cells: [String; 4],
}

/// Rows that belong together, with what they come to where there are several such parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    pub title: String,
    pub rows: Vec<Row>,
    pub sum: Option<(String, String)>,
}

/// Everything that is on the paper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paper {
    pub title: String,
    /// Across the top, where it is not the real thing.
    pub mark: String,
    /// The sender's, at the top; none without one.
    pub logo: Option<Pixels>,
    pub sender: Vec<String>,
    pub receiver: Vec<String>,
    pub facts: Vec<(String, String)>,
    /// Heads of text and cells.
    pub heads: [String; 5],
    pub parts: Vec<Part>,
    /// Name and amount; the last is what is to be paid.
    pub totals: Vec<(String, String)>,
    pub payment: Vec<String>,
    /// Rows of a code that a phone reads, dark squares as true; none without one.
    pub code: Vec<Vec<bool>>,
    pub code_caption: String,
    pub notes: Vec<String>,
    pub footer: String,
    /// The word for "page", with `{n}` and `{of}`.
    pub page: String,
}

const LEFT: i16 = 567;
const RIGHT: i16 = WIDTH - 567;
const BOTTOM: i16 = HEIGHT - 850;
/// Right edges of the cells.
const CELLS: [i16; 4] = [3560, 4300, 4760, RIGHT];
const TEXT_WIDTH: i16 = 2450;
const LINE: i16 = 125;
/// Of the code, whole.
const CODE: i16 = 900;
/// Where a logo begins, and the room it has: it is as large as fits, and keeps its form.
const LOGO_TOP: i16 = 210;
const LOGO: (u32, u32) = (1800, 400);

const TITLE: Style = Style { weight: Weight::Bold, size: 200, ink: Ink::Black };
const NAME: Style = Style { weight: Weight::Bold, size: 110, ink: Ink::Black };
const PLAIN: Style = Style { weight: Weight::Regular, size: 90, ink: Ink::Black };
const STRONG: Style = Style { weight: Weight::Bold, size: 90, ink: Ink::Black };
const TOTAL: Style = Style { weight: Weight::Bold, size: 110, ink: Ink::Black };
const HEAD: Style = Style { weight: Weight::Bold, size: 80, ink: Ink::Grey };
const SMALL: Style = Style { weight: Weight::Regular, size: 75, ink: Ink::Grey };

/// Where the next thing goes.
struct Pen<'p> {
    sheets: Sheets,
    paper: &'p Paper,
    page: usize,
    y: i16,
}

/// The document; `None` when the library refuses it.
pub fn write(paper: &Paper, about: &About, enclosed: Option<&Enclosed<'_>>) -> Option<Vec<u8>> {
    let mut pen = Pen { sheets: Sheets::default(), paper, page: 0, y: 0 };
    pen.sheets.new_page();
    pen.top();
    pen.heads();
    for part in &paper.parts {
        pen.part(part);
    }
    pen.totals();
    pen.payment();
    pen.footers();
    pen.sheets.write(about, enclosed)
}

/// The size of a logo in the room there is.
fn fitted(width: u32, height: u32) -> (i16, i16) {
    let scaled = |of: u32, by: u32, over: u32| u64::from(of) * u64::from(by) / u64::from(over.max(1));
    let (wide, high) = (scaled(width, LOGO.1, height), scaled(height, LOGO.0, width));
    let (width, height) = if wide <= u64::from(LOGO.0) { (wide, u64::from(LOGO.1)) } else { (u64::from(LOGO.0), high) };
    let length = |of: u64| i16::try_from(of).unwrap_or(i16::MAX).max(1);
    (length(width), length(height))
}

impl Pen<'_> {
    fn words(&mut self, x: i16, style: Style, text: &str) {
        let (page, y) = (self.page, self.y);
        self.sheets.words(page, x, y, style, text);
    }

    fn right(&mut self, right: i16, style: Style, text: &str) {
        let (page, y) = (self.page, self.y);
        self.sheets.words_right(page, right, y, style, text);
    }

    fn rule(&mut self) {
        let (page, y) = (self.page, self.y);
        self.sheets.square(page, (LEFT, y), (RIGHT - LEFT, 6), Ink::Rule);
    }

    /// A new page where what comes does not fit on this one.
    fn room(&mut self, height: i16) {
        if self.y.saturating_add(height) > BOTTOM {
            self.sheets.new_page();
            self.page += 1;
            self.y = 700;
            self.heads();
        }
    }

    /// Sender, title, receiver beside the facts.
    fn top(&mut self) {
        let paper = self.paper;
        let beside = self.logo();
        if !paper.mark.is_empty() {
            self.sheets.square(0, (beside, 330), (RIGHT - beside, 190), Ink::Shade);
            self.y = 455;
            self.words(beside + 80, STRONG, &paper.mark);
        }
        self.y = 760;
        self.right(RIGHT, TITLE, &paper.title);
        for (at, line) in paper.sender.iter().enumerate() {
            let style = if at == 0 { NAME } else { SMALL };
            self.words(LEFT, style, line);
            self.y += if at == 0 { 150 } else { 105 };
        }
        let top = 1520;
        self.y = top;
        for line in &paper.receiver {
            self.words(LEFT, PLAIN, line);
            self.y += LINE;
        }
        let after_receiver = self.y;
        self.y = top;
        let column = 3300;
        for (name, value) in &paper.facts {
            self.words(column, SMALL, name);
            let widest = RIGHT - column - 900;
            for line in lines(value, PLAIN, widest) {
                self.words(column + 900, PLAIN, &line);
                self.y += LINE;
            }
        }
        self.y = self.y.max(after_receiver) + 250;
    }

    /// The logo, and where what stands beside it begins.
    fn logo(&mut self) -> i16 {
        let Some(pixels) = &self.paper.logo else { return LEFT };
        let (width, height) = fitted(pixels.width, pixels.height);
        self.sheets.picture(0, (LEFT, LOGO_TOP), (width, height), pixels.clone());
        LEFT + width + 150
    }

    fn heads(&mut self) {
        let paper = self.paper;
        let [text, cells @ ..] = &paper.heads;
        self.words(LEFT, HEAD, text);
        for (right, head) in CELLS.into_iter().zip(cells) {
            self.right(right, HEAD, head);
        }
        self.y += 60;
        self.rule();
        self.y += 150;
    }

    fn part(&mut self, part: &Part) {
        if !part.title.is_empty() {
            self.room(3 * LINE);
            self.words(LEFT, STRONG, &part.title);
            self.y += LINE + 20;
        }
        for row in &part.rows {
            self.row(row);
        }
        if let Some((name, amount)) = &part.sum {
            self.room(2 * LINE);
            self.words(LEFT, HEAD, name);
            self.right(RIGHT, STRONG, amount);
            self.y += LINE + 100;
        }
    }

    fn row(&mut self, row: &Row) {
        let text = lines(&row.text, PLAIN, TEXT_WIDTH);
        let small: Vec<String> = row.small.iter().flat_map(|small| lines(small, SMALL, TEXT_WIDTH)).collect();
        let height = i16::try_from(text.len() + small.len()).unwrap_or(40).min(40) * LINE + 40;
        self.room(height);
        for (right, cell) in CELLS.into_iter().zip(&row.cells) {
            self.right(right, PLAIN, cell);
        }
        for line in &text {
            self.room(LINE);
            self.words(LEFT, PLAIN, line);
            self.y += LINE;
        }
        for line in &small {
            self.room(LINE);
            self.words(LEFT, SMALL, line);
            self.y += LINE - 20;
        }
        self.y += 50;
    }

    fn totals(&mut self) {
        let paper = self.paper;
        self.room(i16::try_from(paper.totals.len()).unwrap_or(10).min(20) * LINE + 300);
        self.rule();
        self.y += 170;
        for (at, (name, amount)) in paper.totals.iter().enumerate() {
            let last = at + 1 == paper.totals.len();
            let style = if last { TOTAL } else { PLAIN };
            if last {
                self.y += 40;
                self.sheets.square(self.page, (3250, self.y - 130), (RIGHT - 3250 + 40, 190), Ink::Shade);
            }
            self.right(RIGHT, style, amount);
            for line in lines(name, style, RIGHT - 3300 - 750) {
                self.words(3300, style, &line);
                self.y += LINE;
            }
            self.y += 15;
        }
        self.y += 150;
    }

    fn payment(&mut self) {
        let paper = self.paper;
        self.room(if paper.code.is_empty() { 3 * LINE } else { CODE + 200 });
        let top = self.y;
        for line in paper.payment.iter().flat_map(|line| lines(line, PLAIN, RIGHT - LEFT - CODE - 300)) {
            self.words(LEFT, PLAIN, &line);
            self.y += LINE;
        }
        self.y += LINE;
        for line in paper.notes.iter().flat_map(|line| lines(line, SMALL, RIGHT - LEFT - CODE - 300)) {
            self.room(LINE);
            self.words(LEFT, SMALL, &line);
            self.y += LINE - 20;
        }
        self.code(top - 100);
    }

    fn code(&mut self, top: i16) {
        let paper = self.paper;
        let Ok(count) = i16::try_from(paper.code.len()) else { return };
        if count == 0 {
            return;
        }
        let side = CODE / count;
        let left = RIGHT - side * count;
        for (row, squares) in (0..).zip(&paper.code) {
            for (column, _) in (0..).zip(squares).filter(|(_, dark)| **dark) {
                self.sheets.square(self.page, (left + column * side, top + row * side), (side, side), Ink::Black);
            }
        }
        self.y = top + side * count + 110;
        let caption = &paper.code_caption;
        let middle = left + (side * count - width(caption, SMALL)) / 2;
        self.words(middle.min(RIGHT - width(caption, SMALL)), SMALL, caption);
    }

    fn footers(&mut self) {
        let count = self.sheets.count();
        for page in 0..count {
            (self.page, self.y) = (page, HEIGHT - 620);
            self.rule();
            self.y = HEIGHT - 490;
            let footer = self.paper.footer.clone();
            self.words(LEFT, SMALL, &footer);
            let number = self.paper.page.replace("{n}", &(page + 1).to_string()).replace("{of}", &count.to_string());
            self.right(RIGHT, SMALL, &number);
        }
    }
}
