//! A statement with its values, on either database. Never puts a value into the text.

use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, SqlStr};

use super::bulk::Column;
use super::value::{Row, Value, without_nul};
use super::{Connection, Tx, fault};
use crate::error::{Error, Result};

pub(super) enum Text {
    Static(&'static str),
    /// Put together, and worth keeping ready: it comes again.
    Kept(String),
    /// Put together for this once.
    Built(String),
}

/// A statement with its values, ready to run.
pub struct Statement<'t> {
    tx: &'t mut Tx,
    text: Text,
    values: Vec<Value>,
    /// Only where rows come by column.
    columns: Vec<Column>,
}

/// Expands to the same call on the connection of either engine.
macro_rules! on_engine {
    ($statement:expr, $method:ident, $wrap:expr) => {{
        let Statement { tx, text, values, columns } = $statement;
        // What was built for so many rows is not kept ready: the next batch has another number.
        let (text, keep): (SqlStr, bool) = match text {
            Text::Static(text) => (sqlx::SqlSafeStr::into_sql_str(text), true),
            Text::Kept(text) => (sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(text)), true),
            Text::Built(text) => (sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(text)), false),
        };
        match tx.connection() {
            Connection::Sqlite(connection) => {
                // They may be thousands: room is made once.
                let mut given = SqliteArguments::default();
                given.reserve(values.len(), 0);
                for value in values {
                    match value {
                        Value::Int(v) => given.add(v),
                        Value::Text(v) => given.add(v.map(without_nul)),
                        Value::Bytes(v) => given.add(v),
                    }
                    .map_err(Error::internal)?;
                }
                let query = sqlx::query_with::<sqlx::Sqlite, _>(text, given).persistent(keep);
                query.$method(connection).await.map_err(fault).map($wrap)
            }
            Connection::Postgres(connection) => {
                let mut query = sqlx::query::<sqlx::Postgres>(text).persistent(keep);
                for value in values {
                    query = match value {
                        Value::Int(v) => query.bind(v),
                        Value::Text(v) => query.bind(v.map(without_nul)),
                        Value::Bytes(v) => query.bind(v),
                    };
                }
                for column in columns {
                    query = match column {
                        Column::Ints(all) => query.bind(all),
                        Column::Texts(all) => query.bind(all),
                        Column::Bytes(all) => query.bind(all),
                    };
                }
                query.$method(connection).await.map_err(fault).map($wrap)
            }
        }
    }};
}

impl<'t> Statement<'t> {
    pub(super) fn of(tx: &'t mut Tx, text: Text) -> Statement<'t> {
        Statement::with(tx, text, Vec::new(), Vec::new())
    }

    pub(super) fn with(tx: &'t mut Tx, text: Text, values: Vec<Value>, columns: Vec<Column>) -> Statement<'t> {
        Statement { tx, text, values, columns }
    }

    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Runs it and gives the number of rows touched.
    pub async fn run(self) -> Result<u64> {
        on_engine!(self, execute, |done| done.rows_affected())
    }

    pub async fn all(self) -> Result<Vec<Row>> {
        on_engine!(self, fetch_all, |rows| rows.into_iter().map(Row::from).collect())
    }

    pub async fn first(self) -> Result<Option<Row>> {
        on_engine!(self, fetch_optional, |row| row.map(Row::from))
    }
}
