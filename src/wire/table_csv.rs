//! Tables going out as CSV (RFC 4180, comma, UTF-8): a head, then rows. Text that a spreadsheet would take for a formula gets an apostrophe
//! before it; numbers of ours stay numbers. Knows nothing of what the columns mean.

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Somebody's words, never run as a formula.
    Text(String),
    /// A number of ours, with a point.
    Number(String),
}

impl Cell {
    pub fn text(text: impl ToString) -> Cell {
        Cell::Text(text.to_string())
    }

    pub fn number(number: impl ToString) -> Cell {
        Cell::Number(number.to_string())
    }
}

fn written(cell: &Cell) -> String {
    match cell {
        Cell::Number(number) => number.clone(),
        Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Cell::Text(text) => text.clone(),
    }
}

/// Columns by the words of the API, then rows.
pub fn write(columns: &[&str], rows: &[Vec<Cell>]) -> String {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(Vec::new());
    // Writing to memory does not fail; what would not fit in it is not answered at all.
    let head = writer.write_record(columns);
    let all = rows.iter().try_for_each(|row| writer.write_record(row.iter().map(written)));
    let bytes = writer.into_inner().unwrap_or_default();
    if head.is_ok() && all.is_ok() { String::from_utf8(bytes).unwrap_or_default() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_never_a_formula_and_numbers_stay_numbers() {
        let rows = [
            vec![Cell::text("=1+1"), Cell::number("-1.50")],
            vec![Cell::text("@x"), Cell::text("+31")],
            vec![Cell::text("a,\"b\"\nc"), Cell::text("a-b")],
        ];
        assert_eq!(write(&["one", "two"], &rows), "one,two\r\n'=1+1,-1.50\r\n'@x,'+31\r\n\"a,\"\"b\"\"\nc\",a-b\r\n");
    }

    proptest! {
        /// What is read back by any reader is what was written, but for the apostrophe.
        #[test]
        fn comes_back_as_it_was(texts in proptest::collection::vec("[ -~\n\t\"é=]{0,12}", 1..6)) {
            let text = write(&["a"], &texts.iter().map(|text| vec![Cell::text(text), Cell::text("|")]).collect::<Vec<_>>());
            let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
            let read: Vec<String> = reader.records().map(|row| row.expect("a row")[0].to_string()).collect();
            let expected: Vec<String> =
                texts.iter().map(|text| if text.starts_with(['=', '+', '-', '@', '\t']) { format!("'{text}") } else { text.clone() }).collect();
            prop_assert_eq!(read, expected);
        }
    }
}
