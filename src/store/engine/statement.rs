//! A statement with its values, on either database. Never puts a value into the text.

use std::sync::Arc;

use futures_util::TryStreamExt;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments, AssertSqlSafe, Either, Encode, Executor, Postgres, SqlStr, Sqlite, Type};

use super::bulk::Column;
use super::value::{Row, Value, without_nul};
use super::{BEGIN, Connection, Done, Tx, fault};
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

/// A statement as its engine takes it.
enum Ready<'t> {
    /// Besides, whether a transaction begins with it.
    Sqlite(&'t mut SqliteConnection, Query<'t, Sqlite, SqliteArguments>, bool),
    Postgres(&'t mut PgConnection, Query<'t, Postgres, PgArguments>),
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
        Ok(self.each().await?.iter().map(|done| done.touched).sum())
    }

    pub async fn all(self) -> Result<Vec<Row>> {
        Ok(self.each().await?.into_iter().flat_map(|done| done.rows).collect())
    }

    pub async fn first(self) -> Result<Option<Row>> {
        match self.ready()? {
            Ready::Sqlite(connection, query, _) => Ok(query.fetch_optional(connection).await.map_err(fault)?.map(Row::from)),
            Ready::Postgres(connection, query) => Ok(query.fetch_optional(connection).await.map_err(fault)?.map(Row::from)),
        }
    }

    /// What each statement of the text did.
    pub(super) async fn each(self) -> Result<Vec<Done>> {
        let mut each = Vec::new();
        let mut current = Done::default();
        let mut take = |done: Either<u64, Row>| match done {
            Either::Left(touched) => each.push(Done { touched, ..std::mem::take(&mut current) }),
            Either::Right(row) => current.rows.push(row),
        };
        match self.ready()? {
            Ready::Sqlite(connection, query, begins) => {
                let mut given = connection.fetch_many(query);
                while let Some(done) = given.try_next().await.map_err(fault)? {
                    take(done.map_either(|done| done.rows_affected(), Row::from));
                }
                // Of a beginning SQLite says what the statement before it did.
                each.drain(..usize::from(begins).min(each.len()));
            }
            Ready::Postgres(connection, query) => {
                let mut given = connection.fetch_many(query);
                while let Some(done) = given.try_next().await.map_err(fault)? {
                    take(done.map_either(|done| done.rows_affected(), Row::from));
                }
            }
        }
        Ok(each)
    }

    fn ready(self) -> Result<Ready<'t>> {
        let Statement { tx, text, values, columns } = self;
        // What was built for so many rows is not kept ready: the next batch has another number.
        let (text, keep): (SqlStr, bool) = match text {
            Text::Static(text) => (sqlx::SqlSafeStr::into_sql_str(text), true),
            Text::Kept(text) => (sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(text)), true),
            Text::Built(text) => (sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(text)), false),
        };
        match tx.connection()? {
            Connection::Sqlite(connection, begins) => {
                let text = if begins { sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(format!("{BEGIN}{}", text.as_str()))) } else { text };
                let given = given::<SqliteArguments>(values)?;
                Ok(Ready::Sqlite(connection, sqlx::query_with::<Sqlite, _>(text, given).persistent(keep), begins))
            }
            Connection::Postgres(connection) => {
                let mut given = given::<PgArguments>(values)?;
                for column in &columns {
                    match column {
                        Column::Ints(all) => given.add(all),
                        Column::Texts(all) => given.add(all.iter().map(Option::as_deref).collect::<Vec<_>>()),
                        Column::Bytes(all) => given.add(all),
                    }
                    .map_err(Error::internal)?;
                }
                Ok(Ready::Postgres(connection, sqlx::query_with::<Postgres, _>(text, given).persistent(keep)))
            }
        }
    }
}

/// Values as their engine takes them.
fn given<A: Arguments>(values: Vec<Value>) -> Result<A>
where
    Option<i64>: for<'v> Encode<'v, A::Database> + Type<A::Database>,
    Option<Arc<str>>: for<'v> Encode<'v, A::Database> + Type<A::Database>,
    Option<Vec<u8>>: for<'v> Encode<'v, A::Database> + Type<A::Database>,
{
    // They may be thousands: room is made once.
    let mut given = A::default();
    given.reserve(values.len(), 0);
    for value in values {
        match value {
            Value::Int(v) => given.add(v),
            Value::Text(v) => given.add(v.map(without_nul)),
            Value::Bytes(v) => given.add(v),
        }
        .map_err(Error::internal)?;
    }
    Ok(given)
}
