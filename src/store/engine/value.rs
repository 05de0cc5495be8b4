//! What crosses to and from a database: values as whole number, text or bytes, and rows whose columns are read by name.
//! Never guesses: a column that does not hold what is asked of it is an error.

use std::sync::Arc;

use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use super::fault;
use crate::error::{Error, Result};

/// What crosses to a database. A missing value keeps its type: PostgreSQL wants to know it. A text is shared, not copied, on its way through
/// batches, tries and threads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    Int(Option<i64>),
    Text(Option<Arc<str>>),
    Bytes(Option<Vec<u8>>),
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Int,
    Text,
    Bytes,
    /// None of ours, by the engine's word for it.
    Other(String),
}

impl Kind {
    pub(in crate::store) fn named(word: String) -> Kind {
        match word.as_str() {
            "INTEGER" | "bigint" => Kind::Int,
            "TEXT" | "text" => Kind::Text,
            "BLOB" | "bytea" => Kind::Bytes,
            _ => Kind::Other(word),
        }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Int(Some(value))
    }
}
impl From<u32> for Value {
    fn from(value: u32) -> Value {
        Value::Int(Some(i64::from(value)))
    }
}
impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Int(Some(i64::from(value)))
    }
}
impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Value {
        Value::Int(value)
    }
}
impl From<crate::domain::time::Timestamp> for Value {
    fn from(value: crate::domain::time::Timestamp) -> Value {
        Value::Int(Some(value.0))
    }
}
impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::Text(Some(value.into()))
    }
}
impl From<&String> for Value {
    fn from(value: &String) -> Value {
        Value::Text(Some(value.as_str().into()))
    }
}
impl From<&Arc<str>> for Value {
    fn from(value: &Arc<str>) -> Value {
        Value::Text(Some(value.clone()))
    }
}
impl From<String> for Value {
    fn from(value: String) -> Value {
        Value::Text(Some(value.into()))
    }
}
impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Value {
        Value::Text(value.map(Arc::from))
    }
}
impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Value {
        Value::Text(value.map(Arc::from))
    }
}
impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Value {
        Value::Bytes(Some(value))
    }
}

/// A row of an answer; columns are read by name.
#[derive(Debug)]
pub enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Row {
        Row::Sqlite(row)
    }
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Row {
        Row::Postgres(row)
    }
}

macro_rules! column {
    ($name:ident, $type:ty) => {
        pub fn $name(&self, column: &str) -> Result<$type> {
            match self {
                Row::Sqlite(row) => row.try_get(column).map_err(fault),
                Row::Postgres(row) => row.try_get(column).map_err(fault),
            }
        }
    };
}

impl Row {
    column!(text, String);
    column!(text_or_null, Option<String>);
    column!(int, i64);
    column!(int_or_null, Option<i64>);
    column!(bytes, Vec<u8>);

    /// A text where it stands; long ones are not worth a copy.
    pub fn lent(&self, column: &str) -> Result<Option<&str>> {
        match self {
            Row::Sqlite(row) => row.try_get(column).map_err(fault),
            Row::Postgres(row) => row.try_get(column).map_err(fault),
        }
    }

    /// The value at a place of the answer, from 0.
    pub fn value(&self, at: usize, kind: &Kind) -> Result<Value> {
        match (self, kind) {
            (Row::Sqlite(row), Kind::Int) => row.try_get(at).map(Value::Int).map_err(fault),
            (Row::Sqlite(row), Kind::Text) => row.try_get::<Option<&str>, _>(at).map(Value::from).map_err(fault),
            (Row::Sqlite(row), Kind::Bytes) => row.try_get(at).map(Value::Bytes).map_err(fault),
            (Row::Postgres(row), Kind::Int) => row.try_get(at).map(Value::Int).map_err(fault),
            (Row::Postgres(row), Kind::Text) => row.try_get::<Option<&str>, _>(at).map(Value::from).map_err(fault),
            (Row::Postgres(row), Kind::Bytes) => row.try_get(at).map(Value::Bytes).map_err(fault),
            (_, Kind::Other(word)) => Err(Error::internal(format!("a column of type {word}"))),
        }
    }

    pub fn flag(&self, column: &str) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }

    pub fn time(&self, column: &str) -> Result<crate::domain::time::Timestamp> {
        self.int(column).map(crate::domain::time::Timestamp)
    }

    pub fn count(&self, column: &str) -> Result<u32> {
        u32::try_from(self.int(column)?).map_err(|_| Error::internal(format!("column {column} out of range")))
    }

    pub fn decimal(&self, column: &str) -> Result<rust_decimal::Decimal> {
        self.text(column)?.parse().map_err(|_| Error::internal(format!("column {column} is no decimal")))
    }
}

/// PostgreSQL takes no NUL in a text; both engines keep the sign that stands for what cannot be shown, so that they stay alike.
pub(super) fn without_nul(text: Arc<str>) -> Arc<str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text }
}
