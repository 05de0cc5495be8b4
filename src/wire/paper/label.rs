//! Address labels, eight on a sheet of A4: who sends, who gets it, for which branch, and under which number. Everything is words already.

use super::sheet::{About, HEIGHT, Ink, Sheets, Style, WIDTH, Weight, lines};

/// What is on one label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    pub sender: String,
    pub receiver: Vec<String>,
    pub branch: String,
    pub marks: Vec<String>,
}

const COLUMNS: i16 = 2;
const ROWS: i16 = 4;
const INSET: i16 = 260;
const SMALL: Style = Style { weight: Weight::Regular, size: 70, ink: Ink::Grey };
const PLAIN: Style = Style { weight: Weight::Regular, size: 110, ink: Ink::Black };
const STRONG: Style = Style { weight: Weight::Bold, size: 120, ink: Ink::Black };

/// The sheets; `None` when the library refuses them.
pub fn write(labels: &[Label], about: &About) -> Option<Vec<u8>> {
    let mut sheets = Sheets::default();
    for (at, label) in labels.iter().enumerate() {
        let place = i16::try_from(at % 8).unwrap_or(0);
        if place == 0 {
            sheets.new_page();
        }
        draw(&mut sheets, label, (place % COLUMNS) * (WIDTH / COLUMNS), (place / COLUMNS) * (HEIGHT / ROWS));
    }
    sheets.write(about, None)
}

fn draw(sheets: &mut Sheets, label: &Label, left: i16, top: i16) {
    let page = sheets.count().saturating_sub(1);
    let (x, most) = (left + INSET, WIDTH / COLUMNS - 2 * INSET);
    let bottom = top + HEIGHT / ROWS - INSET;
    let mut y = top + INSET + 80;
    let mut put = |style: Style, text: &str, step: i16| {
        for line in lines(text, style, most) {
            if y <= bottom {
                sheets.words(page, x, y, style, &line);
            }
            y += step;
        }
    };
    put(SMALL, &label.sender, 220);
    for (at, line) in label.receiver.iter().enumerate() {
        put(if at == 0 { STRONG } else { PLAIN }, line, 150);
    }
    if !label.branch.is_empty() {
        put(STRONG, &label.branch, 200);
    }
    for mark in &label.marks {
        put(SMALL, mark, 95);
    }
}
