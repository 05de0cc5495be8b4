//! Tables coming in as CSV: a head that names columns, then rows. Comma, semicolon or tab, whichever the first line uses most. Every mistake
//! is named with line and column; nothing is guessed. Knows nothing of what the columns mean.

use crate::domain::finding::{Code, Finding, Findings};

/// A row as it stands in the file: what each column says; `None` where the file has no such column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub line: u32,
    columns: &'static [&'static str],
    cells: Vec<Option<String>>,
}

impl Row {
    /// What a column says; `None` when the file has no such column.
    pub fn get(&self, column: &str) -> Option<&str> {
        let at = self.columns.iter().position(|known| *known == column)?;
        self.cells.get(at)?.as_deref()
    }

    /// The same, empty when there is none.
    pub fn text(&self, column: &str) -> &str {
        self.get(column).unwrap_or_default()
    }

    /// A number with a point, however it was written.
    pub fn number(&self, column: &str) -> String {
        let text = self.text(column);
        if text.contains('.') { text.to_string() } else { text.replace(',', ".") }
    }
}

/// Reads a file with some of these columns, and surely the first. With an error among the findings nothing of it may be used.
pub fn read(text: &str, columns: &'static [&'static str], rows_max: usize) -> (Vec<Row>, Findings) {
    let mut findings = Findings::default();
    // Lines are counted by their feeds: with returns before them a row would seem to begin on the line above.
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let first = text.lines().next().unwrap_or_default();
    let delimiter = [b';', b'\t', b','].into_iter().max_by_key(|d| first.bytes().filter(|b| b == d).count()).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let names: Vec<String> = match reader.headers() {
        Ok(headers) => headers.iter().map(|name| name.trim().to_lowercase()).collect(),
        Err(error) => {
            findings.push(Finding::error(Code::Unusable, "CSV").line(1).value(error));
            return (Vec::new(), findings);
        }
    };
    for name in names.iter().filter(|name| !columns.contains(&name.as_str())) {
        findings.push(Finding::error(Code::Setting, name).line(1).value(name).limit(columns.join(", ")));
    }
    if let Some(key) = columns.first().filter(|key| !names.iter().any(|name| name == *key)) {
        findings.push(Finding::error(Code::Missing, key).line(1));
    }
    // Rows under wrong columns would only say the same again.
    if findings.has_error() {
        return (Vec::new(), findings);
    }
    let places: Vec<Option<usize>> = columns.iter().map(|column| names.iter().position(|name| name == column)).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                findings.push(Finding::error(Code::Unusable, "CSV").line(line_at(&text, error.position())).value(error));
                continue;
            }
        };
        let line = line_at(&text, record.position());
        if rows.len() >= rows_max {
            findings.push(Finding::error(Code::TooMany, "CSV").line(line).limit(rows_max));
            break;
        }
        if record.len() > names.len() {
            findings.push(Finding::error(Code::TooMany, "CSV").line(line).limit(names.len()));
        }
        let cell = |place: &Option<usize>| place.map(|at| bare(record.get(at).unwrap_or_default()));
        rows.push(Row { line, columns, cells: places.iter().map(cell).collect() });
    }
    (rows, findings)
}

/// The line a record begins on: its position is that of the empty lines before it.
pub fn line_at(text: &str, position: Option<&csv::Position>) -> u32 {
    let Some(position) = position else { return 0 };
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let empty = text.as_bytes().get(from..).unwrap_or_default().iter().take_while(|byte| **byte == b'\n').count();
    u32::try_from(position.line().saturating_add(empty as u64)).unwrap_or(u32::MAX)
}

/// Without blanks around it, and without the sign that keeps a sheet from working it out.
fn bare(cell: &str) -> String {
    let cell = cell.trim();
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(cell).to_string()
}

/// What a spreadsheet would take for the beginning of a formula.
pub const FORMULA: [char; 5] = ['=', '+', '-', '@', '\t'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_the_same_however_they_end() {
        for end in ["\n", "\r\n"] {
            let text = ["code,name", "A,\"two\nlines\"", "", "B,x"].join(end);
            let (rows, findings) = read(&text, &["code", "name"], 10);
            assert!(!findings.has_error());
            assert_eq!(rows.iter().map(|row| (row.line, row.text("code"))).collect::<Vec<_>>(), [(2, "A"), (5, "B")], "{end:?}");
        }
    }

    #[test]
    fn the_guard_against_formulas_is_taken_off_again() {
        assert_eq!((bare("'=1+1").as_str(), bare("'tis").as_str(), bare(" x ").as_str()), ("=1+1", "'tis", "x"));
    }
}
