//! Many rows in few statements: what PostgreSQL takes as one array for each column and SQLite as texts for numbers of rows that come again.
//! Every text in it comes from the source code or from the catalogue; what people typed is only ever a value.

use std::sync::Arc;

use super::statement::{Statement, Text};
use super::value::{Value, without_nul};
use super::{Done, Tx};
use crate::error::{Error, Result};

/// Rows and values in one statement: below the limits of both engines.
const ROWS_MAX: usize = 1000;
const VALUES_MAX: usize = 30_000;
/// Numbers of rows for which SQLite is given a text of its own, the largest first; a write of another number is filled up.
const SIZES: [usize; 16] = [256, 192, 128, 96, 64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1];
/// Up to here every number has its text, and none is filled up.
const EXACT: usize = 4;
/// Values that SQLite is told together.
const TOGETHER_MAX: usize = 6000;

/// Rows for one table, or for a statement over many rows of values. Every text in it comes from the source code or from the catalogue.
#[derive(Clone, Debug)]
pub struct Bulk {
    /// What stands before the rows, and after them.
    head: String,
    width: usize,
    tail: &'static str,
    rows: Vec<Vec<Value>>,
    filling: Filling,
    touch: Touch,
}

/// What rows must find in the table, so that a write is not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Touch {
    Any,
    /// Each of them one row.
    Each,
    Nothing,
}

impl Touch {
    /// How many rows of the table so many must touch, where it matters.
    fn count(self, rows: usize) -> Option<u64> {
        match self {
            Touch::Any => None,
            Touch::Each => Some(rows as u64),
            Touch::Nothing => Some(0),
        }
    }
}

/// What becomes of rows without any value that fill a text up to the number of rows it is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filling {
    /// They are left out: the first column of what is written is never empty.
    LeftOut,
    /// They are equal to nothing, so the statement does nothing with them.
    MatchNothing,
    /// There may be none: any column may be empty.
    Not,
}

/// A statement of a bulk with what it is given.
#[derive(Default)]
pub(super) struct Part {
    text: String,
    /// Whether the text comes again.
    kept: bool,
    values: Vec<Value>,
    columns: Vec<Column>,
    /// Which bulk each statement in the text belongs to; [`NONE`] for a check.
    of: Vec<usize>,
    /// How many rows it must touch, where that is not checked in the text.
    must_touch: Option<u64>,
}

/// SQLite stops with a mistake at what is no JSON; so nothing after it is done, and no turn is needed to look at the count.
const CHECK: &str = ";SELECT CASE WHEN changes()<>? THEN json('') END";
const NONE: usize = usize::MAX;
/// What SQLite says then, and what it means.
pub(super) const STOPPED: &str = "malformed JSON";
pub(super) const MISSED: &str = "a row that was to be changed is not there, or one is there that was not to be";

impl Part {
    /// Lets the last end the transaction.
    pub(super) fn end(parts: &mut Vec<Part>) {
        match parts.last_mut() {
            Some(last) => last.text.push_str(";COMMIT"),
            None => parts.push(Part { text: "COMMIT".into(), kept: true, ..Part::default() }),
        }
    }

    /// Runs it and gives what was done for each bulk, by its place.
    pub(super) async fn run(self, tx: &mut Tx) -> Result<Vec<(usize, Done)>> {
        let text = if self.kept { Text::Kept(self.text) } else { Text::Built(self.text) };
        let each = Statement::with(tx, text, self.values, self.columns).each().await?;
        if self.must_touch.is_some_and(|count| each.iter().map(|done| done.touched).sum::<u64>() != count) {
            return Err(Error::Conflict(MISSED.into()));
        }
        Ok(self.of.into_iter().zip(each).filter(|(of, _)| *of != NONE).collect())
    }
}

/// All values of a column.
pub(super) enum Column {
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<Arc<str>>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Column {
    /// As its first value is; a value of another kind cannot come there and would be missing.
    fn of(first: Option<&Value>, rows: usize) -> Column {
        match first {
            Some(Value::Int(_)) => Column::Ints(Vec::with_capacity(rows)),
            Some(Value::Bytes(_)) => Column::Bytes(Vec::with_capacity(rows)),
            Some(Value::Text(_)) | None => Column::Texts(Vec::with_capacity(rows)),
        }
    }

    fn push(&mut self, value: Value) {
        match (self, value) {
            (Column::Ints(all), Value::Int(value)) => all.push(value),
            (Column::Texts(all), Value::Text(value)) => all.push(value.map(without_nul)),
            (Column::Bytes(all), Value::Bytes(value)) => all.push(value),
            (Column::Ints(all), _) => all.push(None),
            (Column::Texts(all), _) => all.push(None),
            (Column::Bytes(all), _) => all.push(None),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Column::Ints(_) => "bigint[]",
            Column::Texts(_) => "text[]",
            Column::Bytes(_) => "bytea[]",
        }
    }
}

impl Bulk {
    /// Rows to insert, with what follows the values, such as `ON CONFLICT …`.
    pub fn insert(table: &'static str, columns: &'static [&'static str], tail: &'static str, rows: Vec<Vec<Value>>) -> Bulk {
        let head = format!("INSERT INTO {table} ({}) ", columns.join(","));
        Bulk { head, width: columns.len(), tail, rows, filling: Filling::LeftOut, touch: Touch::Any }
    }

    /// Rows for a table that the catalogue named.
    pub(in crate::store) fn built(head: String, width: usize, rows: Vec<Vec<Value>>) -> Bulk {
        Bulk { head, width, tail: "", rows, filling: Filling::Not, touch: Touch::Any }
    }

    /// A statement over rows of values, which it may name `v` with `column1`, `column2` and so on: `UPDATE … FROM (` and
    /// `) AS v WHERE …`, or `… IN (` and `)`. It must compare the first of them with a column: a row of nothing is equal to nothing.
    pub fn over(head: &'static str, width: usize, tail: &'static str, rows: Vec<Vec<Value>>) -> Bulk {
        Bulk { head: head.to_string(), width, tail, rows, filling: Filling::MatchNothing, touch: Touch::Any }
    }

    /// Each row must touch one row of the table; else the write is refused, and nothing that comes after it is done.
    pub fn surely(mut self) -> Bulk {
        self.touch = Touch::Each;
        self
    }

    /// No row may touch any row of the table; else the same.
    pub fn in_vain(mut self) -> Bulk {
        self.touch = Touch::Nothing;
        self
    }

    /// Appends the statement for so many rows, each value a mark.
    fn write_text(&self, count: usize, text: &mut String) {
        let leaves_out = self.filling == Filling::LeftOut && count > EXACT;
        text.reserve(self.head.len() + self.tail.len() + count * (self.width * 2 + 2) + 64);
        text.push_str(&self.head);
        text.push_str(if leaves_out { "SELECT * FROM (VALUES " } else { "VALUES " });
        for row in 0..count {
            text.push_str(if row == 0 { "(" } else { ",(" });
            for column in 0..self.width {
                text.push_str(if column == 0 { "?" } else { ",?" });
            }
            text.push(')');
        }
        text.push_str(if leaves_out { ") WHERE column1 IS NOT NULL " } else { " " });
        text.push_str(self.tail);
    }

    /// How many of the rows that are left go into the next statement, and for how many it is made.
    fn next_size(&self) -> (usize, usize) {
        let left = self.rows.len();
        match self.filling {
            Filling::Not => {
                let count = left.min(ROWS_MAX).min(VALUES_MAX / self.width.max(1)).max(1);
                (count, count)
            }
            Filling::LeftOut | Filling::MatchNothing => {
                let size = SIZES.iter().copied().rfind(|size| *size >= left).unwrap_or(SIZES[0]);
                (left.min(size), size)
            }
        }
    }

    /// One statement for any number of rows, which come as an array for each column.
    pub(super) fn by_column(self, of: usize) -> Vec<Part> {
        let Bulk { head, width, tail, rows, filling, touch } = self;
        // PostgreSQL keeps a plan that reads all of a table from when the table was small, and would read all of it for a few rows later.
        let kept = filling != Filling::MatchNothing;
        let mut parts = Vec::new();
        let mut rows = rows.into_iter().peekable();
        while rows.len() > 0 {
            let count = rows.len().min(ROWS_MAX);
            let first = rows.peek();
            let mut columns: Vec<Column> = (0..width).map(|at| Column::of(first.and_then(|row| row.get(at)), count)).collect();
            for row in rows.by_ref().take(count) {
                for (column, value) in columns.iter_mut().zip(row) {
                    column.push(value);
                }
            }
            let arrays: Vec<String> = columns.iter().enumerate().map(|(at, column)| format!("${}::{}", at + 1, column.kind())).collect();
            let names: Vec<String> = (1..=width).map(|at| format!("column{at}")).collect();
            let text = format!("{head}SELECT * FROM UNNEST({}) AS u({}) {tail}", arrays.join(","), names.join(","));
            parts.push(Part { text, kept, values: Vec::new(), columns, of: vec![of], must_touch: touch.count(count) });
        }
        parts
    }
}

/// Everything in as few turns as it takes.
pub(super) fn together(bulks: Vec<Bulk>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    // Few are filled up by more than a third.
    let expected = bulks.iter().map(|bulk| bulk.rows.len() * bulk.width).sum::<usize>() / 3 * 4;
    for (of, mut bulk) in bulks.into_iter().enumerate() {
        while !bulk.rows.is_empty() {
            let (count, size) = bulk.next_size();
            let rest = bulk.rows.split_off(count);
            let rows = std::mem::replace(&mut bulk.rows, rest);
            let (values, kept) = (size * bulk.width + usize::from(bulk.touch != Touch::Any), bulk.filling != Filling::Not);
            if !parts.last().is_some_and(|part| kept && part.kept && part.values.len() + values <= TOGETHER_MAX) {
                parts.push(Part { kept, values: Vec::with_capacity(expected.min(TOGETHER_MAX)), ..Part::default() });
            }
            let Some(part) = parts.last_mut() else { break };
            if !part.text.is_empty() {
                part.text.push(';');
            }
            bulk.write_text(size, &mut part.text);
            part.of.push(of);
            let filled = part.values.len() + size * bulk.width;
            part.values.extend(rows.into_iter().flatten());
            part.values.resize(filled, Value::Text(None));
            if let Some(count) = bulk.touch.count(count) {
                part.text.push_str(CHECK);
                part.of.push(NONE);
                part.values.push(count.cast_signed().into());
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{Bulk, Value, together};

    #[test]
    fn rows_are_filled_up_to_a_number_that_comes_again() {
        let rows = |count: i64| (0..count).map(|number| vec![number.into(), "x".into()]).collect();
        let insert = Bulk::insert("t", &["a", "b"], "", rows(5));
        let update = Bulk::over("UPDATE t SET b = v.column2 FROM (", 2, ") AS v WHERE t.a = v.column1", rows(3));
        let parts = together(vec![insert, update, Bulk::built("INSERT INTO u (a,b) ".into(), 2, rows(5))]);
        let [first, second] = parts.as_slice() else { panic!("{} parts", parts.len()) };
        let expected = "INSERT INTO t (a,b) SELECT * FROM (VALUES (?,?),(?,?),(?,?),(?,?),(?,?),(?,?)) WHERE column1 IS NOT NULL \
                        ;UPDATE t SET b = v.column2 FROM (VALUES (?,?),(?,?),(?,?) ) AS v WHERE t.a = v.column1";
        assert_eq!((first.text.as_str(), first.kept, first.values.len()), (expected, true, 18));
        assert_eq!(first.values[9..13], [Value::from("x"), Value::Text(None), Value::Text(None), Value::from(0i64)]);
        assert_eq!((second.kept, second.values.len()), (false, 10));
    }
}
