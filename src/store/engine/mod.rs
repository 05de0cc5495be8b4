//! The only folder that names SQLite or PostgreSQL. Gives the rest `Store`, `Tx`, `Statement` and `Row`, in which one SQL text
//! serves both engines and a value crosses as whole number, text or bytes. Never decides anything about the trade.

mod bulk;
mod schema;
mod statement;
mod value;
mod wal;
mod writer;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, SqlStr};

use crate::error::{Error, Result};
use bulk::{MISSED, Part, STOPPED, together};
use schema::{COLUMNS, MIGRATIONS, PARENTS};
use statement::{Statement, Text};
use writer::{BEGIN, Writer, Writing};

pub use bulk::Bulk;
pub use schema::Schema;
pub use value::{Kind, Row, Value};

/// Longest wait for a connection or the write lock before a request is refused as unavailable.
const WAIT_MAX: Duration = Duration::from_secs(5);
const READERS: u32 = 8;
const POSTGRES_CONNECTIONS: u32 = 16;
/// Statements a connection keeps ready: on PostgreSQL short texts; on SQLite also texts for many rows, which are large.
const STATEMENTS: usize = 256;
const LARGE_STATEMENTS: usize = 64;
/// Rows that the thread of SQLite reads before it waits for whoever takes them.
const ROWS_READ_AHEAD: usize = 1000;
/// A connection to a server that was not used for so long is tried before it is used.
const DOUBTFUL: Duration = Duration::from_secs(1);
/// The database in its folder.
const FILE: &str = "hookline.sqlite";

/// Where an installation keeps its data.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Engine,
}

#[derive(Clone, Debug)]
enum Engine {
    Sqlite { writer: Arc<Writer>, read: SqlitePool, file: PathBuf, keeper: Arc<wal::Keeper> },
    Postgres { pool: PgPool },
}

/// A unit of work: everything in it is kept together or not at all. Dropped without `commit`, nothing happened.
#[derive(Debug)]
pub struct Tx {
    inner: Inner,
    /// What is written with the commit.
    last: Vec<Bulk>,
}

#[derive(Debug)]
enum Inner {
    SqliteWrite(Writing),
    SqliteView(sqlx::Transaction<'static, sqlx::Sqlite>),
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
    SqliteRead(sqlx::pool::PoolConnection<sqlx::Sqlite>),
    PostgresRead(sqlx::pool::PoolConnection<sqlx::Postgres>),
}

enum Connection<'t> {
    /// Besides, whether a transaction begins with the statement.
    Sqlite(&'t mut SqliteConnection, bool),
    Postgres(&'t mut PgConnection),
}

/// What a bulk did: rows it touched, and rows it gave.
#[derive(Debug, Default)]
pub struct Done {
    pub touched: u64,
    pub rows: Vec<Row>,
}

impl Store {
    /// Opens the data folder (SQLite) or the server (PostgreSQL). `url` names a server; without it `folder` is used.
    pub async fn open(folder: &Path, url: Option<&str>) -> Result<Store> {
        match url {
            None => Store::open_sqlite(folder).await,
            Some(url) if Store::is_address(url) => Store::open_postgres(url, None).await,
            Some(_) => Err(Error::internal("the database must be an address that begins with postgres://")),
        }
    }

    /// An empty store that nobody else sees: the folder, which is made, or a schema of this name on the server. Taken away by
    /// [`Store::remove_apart`].
    pub async fn apart(folder: &Path, url: Option<&str>, name: &'static str) -> Result<Store> {
        let Some(url) = url else { return Store::open_sqlite(folder).await };
        let outside = Store::open(folder, Some(url)).await?;
        outside.administer(&format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}")).await?;
        outside.close().await;
        Store::open_postgres(url, Some(name)).await
    }

    /// Takes away what [`Store::apart`] made; the folder is its maker's.
    pub async fn remove_apart(&self, name: &'static str) -> Result<()> {
        if matches!(self.engine, Engine::Postgres { .. }) {
            self.administer(&format!("DROP SCHEMA {name} CASCADE")).await?;
        }
        self.close().await;
        Ok(())
    }

    /// Runs statements of whoever keeps the server, outside any transaction; nothing of the trade, and nothing on SQLite.
    pub async fn administer(&self, text: &str) -> Result<()> {
        match &self.engine {
            Engine::Sqlite { .. } => Ok(()),
            Engine::Postgres { pool } => sqlx::raw_sql(AssertSqlSafe(text.to_string())).execute(pool).await.map(drop).map_err(fault),
        }
    }

    /// Whether it names a server.
    pub fn is_address(url: &str) -> bool {
        url.starts_with("postgres://") || url.starts_with("postgresql://")
    }

    /// Refuses a folder that holds no installation; opening it would make one.
    pub fn must_be_in(folder: &Path) -> Result<()> {
        if folder.join(FILE).is_file() { Ok(()) } else { Err(Error::not_found("installation in", folder.display())) }
    }

    async fn open_sqlite(folder: &Path) -> Result<Store> {
        tokio::fs::create_dir_all(folder).await.map_err(|e| Error::Unavailable(format!("data folder {}: {e}", folder.display())))?;
        let file = folder.join(FILE);
        // FULL: an answered order must survive a power cut (reliability, P1); one writer and no race for the lock.
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // Journals of single statements stay in memory; they are needed only while the process lives.
            .pragma("temp_store", "memory")
            .pragma("cache_size", "-16384")
            // A commit carries the log over only when whoever does it beside the writers falls far behind.
            .pragma("wal_autocheckpoint", "131072")
            .busy_timeout(WAIT_MAX)
            .statement_cache_capacity(LARGE_STATEMENTS)
            .row_buffer_size(ROWS_READ_AHEAD);
        let writer = Arc::new(Writer::new(options.clone(), WAIT_MAX));
        drop(writer.take().await?);
        // A file does not hang up: trying a connection before each use would be a turn to its thread for nothing.
        let read = SqlitePoolOptions::new()
            .max_connections(READERS)
            .test_before_acquire(false)
            .acquire_timeout(WAIT_MAX)
            .before_acquire(|connection, _| Box::pin(async move { Ok(is_whole(connection)) }))
            .connect_with(options.clone().read_only(true).create_if_missing(false))
            .await
            .map_err(fault)?;
        let keeper = Arc::new(wal::keep_short(options.create_if_missing(false), writer.clone()));
        Ok(Store { engine: Engine::Sqlite { writer, read, file, keeper } })
    }

    async fn open_postgres(url: &str, schema: Option<&str>) -> Result<Store> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| Error::internal("the database address cannot be read"))?
            .application_name("hookline")
            .statement_cache_capacity(STATEMENTS)
            .options([
                ("statement_timeout", "30s"),
                ("lock_timeout", "5s"),
                ("idle_in_transaction_session_timeout", "30s"),
                ("synchronous_commit", "on"),
            ]);
        let options = match schema {
            Some(schema) => options.options([("search_path", schema)]),
            None => options,
        };
        // Tried when it was idle, not before each use: that would be a way to the server and back for every request.
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(WAIT_MAX)
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > DOUBTFUL {
                        sqlx::Connection::ping(connection).await?;
                    }
                    Ok(true)
                })
            })
            .connect_with(options)
            .await
            .map_err(fault)?;
        let store = Store { engine: Engine::Postgres { pool } };
        store.refuse_unsafe_server().await?;
        Ok(store)
    }

    /// P1: a server that answers before its disk has the data cannot carry the promise.
    async fn refuse_unsafe_server(&self) -> Result<()> {
        let mut tx = self.read().await?;
        let row = tx.sql("SELECT current_setting('fsync') AS fsync").first().await?;
        match row.map(|row| row.text("fsync")).transpose()?.as_deref() {
            Some("on") => Ok(()),
            _ => Err(Error::Unavailable("PostgreSQL runs with fsync off; answered orders could be lost".into())),
        }
    }

    /// The steps of the schema as this engine takes them.
    fn steps(&self) -> Vec<Migration> {
        let of_engine = |sqlite: &'static str, postgres: &'static str| match self.engine {
            Engine::Sqlite { .. } => sqlite,
            Engine::Postgres { .. } => postgres,
        };
        let steps = MIGRATIONS.iter().map(|(version, name, sqlite, postgres)| {
            let sql: SqlStr = sqlx::SqlSafeStr::into_sql_str(of_engine(sqlite, postgres));
            Migration::new(*version, (*name).into(), MigrationType::Simple, sql, false)
        });
        steps.collect()
    }

    /// Brings the schema up to date; running it twice changes nothing.
    pub async fn migrate(&self) -> Result<()> {
        let migrator = Migrator::with_migrations(self.steps());
        let outcome = match &self.engine {
            Engine::Sqlite { writer, .. } => migrator.run(writer.take().await?.connection()?).await,
            Engine::Postgres { pool } => migrator.run(pool).await,
        };
        outcome.map_err(|e| Error::Unavailable(format!("migration: {e}")))
    }

    /// Whether the schema is the one this program knows; changes nothing.
    pub async fn schema(&self) -> Result<Schema> {
        let mut tx = self.read().await?;
        let is_begun = tx.own(
            "SELECT 1 AS one FROM sqlite_schema WHERE name = '_sqlx_migrations'",
            "SELECT 1 AS one WHERE to_regclass('_sqlx_migrations') IS NOT NULL",
        );
        if tx.sql(is_begun).first().await?.is_none() {
            return Ok(Schema::Behind);
        }
        let rows = tx.sql("SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version").all().await?;
        let steps = self.steps();
        for (at, row) in rows.iter().enumerate() {
            let (version, checksum) = (row.int("version")?, row.bytes("checksum")?);
            if steps.get(at).is_none_or(|step| step.version != version || step.checksum.as_ref() != checksum) {
                return Ok(Schema::Other);
            }
        }
        Ok(if rows.len() == steps.len() { Schema::Current } else { Schema::Behind })
    }

    /// Refuses a schema that is not the one this program knows.
    pub async fn must_be_current(&self) -> Result<()> {
        match self.schema().await? {
            Schema::Current => Ok(()),
            Schema::Behind => Err(Error::Conflict("the schema of the database is not up to date; run hookline migrate on it first".into())),
            Schema::Other => Err(Error::Conflict("the schema of the database was made by another version of hookline".into())),
        }
    }

    /// A writing transaction. On SQLite it is this process's only one from the start, and no other's from its first statement (`BEGIN
    /// IMMEDIATE`), so it cannot fail half-way for the lock.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(Tx::of(match &self.engine {
            Engine::Sqlite { writer, .. } => Inner::SqliteWrite(writer.take().await?),
            Engine::Postgres { pool } => Inner::Postgres(pool.begin().await.map_err(unreachable)?),
        }))
    }

    /// A reading transaction in which every statement sees the same moment.
    pub async fn view(&self) -> Result<Tx> {
        Ok(Tx::of(match &self.engine {
            Engine::Sqlite { read, .. } => Inner::SqliteView(read.begin().await.map_err(unreachable)?),
            Engine::Postgres { pool } => {
                Inner::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map_err(unreachable)?)
            }
        }))
    }

    /// A connection for single reads, each of which sees the newest state.
    pub async fn read(&self) -> Result<Tx> {
        Ok(Tx::of(match &self.engine {
            Engine::Sqlite { read, .. } => Inner::SqliteRead(read.acquire().await.map_err(unreachable)?),
            Engine::Postgres { pool } => Inner::PostgresRead(pool.acquire().await.map_err(unreachable)?),
        }))
    }

    /// Makes this process the only one that serves from a SQLite folder, for as long as what is given back lives; on PostgreSQL many
    /// may serve, and nothing is given. Commands such as `apply` may write beside it.
    pub fn be_alone(&self) -> Result<Option<File>> {
        let Engine::Sqlite { file, .. } = &self.engine else { return Ok(None) };
        let path = file.with_extension("lock");
        let unusable = |error: std::io::Error| Error::Unavailable(format!("{}: {error}", path.display()));
        let lock = File::create(&path).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(lock)),
            Err(TryLockError::WouldBlock) => Err(Error::Unavailable(format!("another hookline serves from {}", file.display()))),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// The engine's name, for health and messages.
    pub fn engine_name(&self) -> &'static str {
        match self.engine {
            Engine::Sqlite { .. } => "SQLite",
            Engine::Postgres { .. } => "PostgreSQL",
        }
    }

    /// The database file, where there is one.
    pub fn file(&self) -> Option<&Path> {
        match &self.engine {
            Engine::Sqlite { file, .. } => Some(file),
            Engine::Postgres { .. } => None,
        }
    }

    /// Writes out and lets go of every connection.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite { writer, read, keeper, .. } => {
                keeper.close().await;
                read.close().await;
                writer.close().await;
            }
            Engine::Postgres { pool } => pool.close().await,
        }
    }
}

impl Tx {
    fn of(inner: Inner) -> Tx {
        Tx { inner, last: Vec::new() }
    }

    pub fn sql(&mut self, text: &'static str) -> Statement<'_> {
        Statement::of(self, Text::Static(text))
    }

    /// Writes many rows. PostgreSQL is given a table's rows as one array for each column, in a text that is always the same. SQLite is
    /// told all at once, since a turn to its thread costs more than a row, in texts for numbers of rows that come again, since reading a
    /// text costs too. Gives how many rows were touched.
    pub async fn write(&mut self, bulks: Vec<Bulk>) -> Result<u64> {
        Ok(self.each(bulks).await?.iter().map(|done| done.touched).sum())
    }

    /// The same, giving what each did.
    pub async fn each(&mut self, bulks: Vec<Bulk>) -> Result<Vec<Done>> {
        let mut each: Vec<Done> = bulks.iter().map(|_| Done::default()).collect();
        for part in self.parts(bulks) {
            for (of, did) in part.run(self).await? {
                if let Some(done) = each.get_mut(of) {
                    done.touched += did.touched;
                    done.rows.extend(did.rows);
                }
            }
        }
        Ok(each)
    }

    /// The same for one kind of rows, giving what it returns.
    pub async fn write_returning(&mut self, bulk: Bulk) -> Result<Vec<Row>> {
        Ok(self.each(vec![bulk]).await?.into_iter().flat_map(|done| done.rows).collect())
    }

    /// Writes many rows with the commit: on SQLite in the same turn. Whatever is asked before it would not see them, and is refused.
    pub fn write_last(&mut self, bulks: Vec<Bulk>) {
        self.last.extend(bulks);
    }

    fn parts(&self, bulks: Vec<Bulk>) -> Vec<Part> {
        if self.is_embedded() { together(bulks) } else { bulks.into_iter().enumerate().flat_map(|(of, bulk)| bulk.by_column(of)).collect() }
    }

    /// A statement put together from the catalogue.
    pub(in crate::store) fn built(&mut self, text: String) -> Statement<'_> {
        Statement::of(self, Text::Built(text))
    }

    /// Of two texts the one for this engine.
    fn own(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        if self.is_embedded() { sqlite } else { postgres }
    }

    /// One writer, nobody to wait for, no limits to lift.
    fn is_embedded(&self) -> bool {
        matches!(self.inner, Inner::SqliteWrite(_) | Inner::SqliteView(_) | Inner::SqliteRead(_))
    }

    pub(in crate::store) async fn catalogue_of_columns(&mut self) -> Result<Vec<Row>> {
        let text = self.own(COLUMNS.0, COLUMNS.1);
        self.sql(text).all().await
    }

    pub(in crate::store) async fn catalogue_of_parents(&mut self) -> Result<Vec<Row>> {
        let text = self.own(PARENTS.0, PARENTS.1);
        self.sql(text).all().await
    }

    /// What follows a column of text so that it is compared byte for byte. SQLite does so by itself, and would not look into an index
    /// for anything but the bare column.
    pub(in crate::store) fn byte_order(&self) -> &'static str {
        self.own("", " COLLATE \"C\"")
    }

    /// For a transaction that a person waits for, over all of the data: statements may take an hour, a pause ten minutes.
    pub async fn take_time(&mut self) -> Result<()> {
        if self.is_embedded() {
            return Ok(());
        }
        self.sql("SET LOCAL statement_timeout = '1h'").run().await?;
        self.sql("SET LOCAL idle_in_transaction_session_timeout = '10min'").run().await?;
        Ok(())
    }

    /// For a transaction that reads all of a table page by page: PostgreSQL takes a table that grew a moment ago for small, and would sort
    /// what is left of it for each page.
    pub async fn read_in_order(&mut self) -> Result<()> {
        if self.is_embedded() {
            return Ok(());
        }
        self.sql("SET LOCAL enable_bitmapscan = off").run().await?;
        self.sql("SET LOCAL enable_sort = off").run().await?;
        Ok(())
    }

    /// Nobody else writes to these tables until this transaction ends. SQLite has one writer anyway.
    pub async fn hold(&mut self, tables: &[&str]) -> Result<()> {
        if tables.is_empty() || self.is_embedded() {
            return Ok(());
        }
        let names: Vec<String> = tables.iter().map(|name| quoted(name)).collect();
        self.built(format!("LOCK TABLE {} IN EXCLUSIVE MODE", names.join(","))).run().await?;
        Ok(())
    }

    /// Lets rows of these tables stand before the rows they need, until `check_keys`.
    pub async fn postpone_keys(&mut self, tables: &[&str]) -> Result<Postponed> {
        let mut keys = Vec::new();
        if self.is_embedded() {
            self.sql("PRAGMA defer_foreign_keys = ON").run().await?;
            return Ok(Postponed(keys));
        }
        for table in tables {
            let found = self
                .sql(
                    "SELECT CAST(f.conname AS TEXT) AS name FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid
                     JOIN pg_namespace s ON s.oid = t.relnamespace AND s.nspname = current_schema()
                     WHERE f.contype = 'f' AND NOT f.condeferrable AND t.relname = $1 ORDER BY f.conname",
                )
                .bind(*table)
                .all()
                .await?;
            for row in found {
                keys.push(format!("ALTER TABLE {} ALTER CONSTRAINT {}", quoted(table), quoted(&row.text("name")?)));
            }
        }
        for key in &keys {
            self.built(format!("{key} DEFERRABLE INITIALLY DEFERRED")).run().await?;
        }
        Ok(Postponed(keys))
    }

    /// Checks what was postponed and makes the keys what they were. SQLite checks at the commit.
    pub async fn check_keys(&mut self, postponed: Postponed) -> Result<()> {
        if !postponed.0.is_empty() {
            self.sql("SET CONSTRAINTS ALL IMMEDIATE").run().await?;
        }
        for key in postponed.0 {
            self.built(format!("{key} NOT DEFERRABLE")).run().await?;
        }
        Ok(())
    }

    pub async fn commit(mut self) -> Result<()> {
        let bulks = std::mem::take(&mut self.last);
        let mut parts = self.parts(bulks);
        if let Inner::SqliteWrite(writing) = &self.inner
            && (writing.is_begun() || !parts.is_empty())
        {
            Part::end(&mut parts);
        }
        for part in parts {
            part.run(&mut self).await?;
        }
        match self.inner {
            Inner::SqliteWrite(writing) => writing.end(),
            Inner::SqliteView(tx) => tx.commit().await.map_err(fault)?,
            Inner::Postgres(tx) => tx.commit().await.map_err(fault)?,
            Inner::SqliteRead(_) | Inner::PostgresRead(_) => {}
        }
        Ok(())
    }

    fn connection(&mut self) -> Result<Connection<'_>> {
        if !self.last.is_empty() {
            return Err(Error::internal("a statement behind the last"));
        }
        Ok(match &mut self.inner {
            Inner::SqliteWrite(writing) => {
                let begins = writing.begin();
                Connection::Sqlite(writing.connection()?, begins)
            }
            Inner::SqliteView(tx) => Connection::Sqlite(tx, false),
            Inner::SqliteRead(connection) => Connection::Sqlite(connection, false),
            Inner::Postgres(tx) => Connection::Postgres(tx),
            Inner::PostgresRead(connection) => Connection::Postgres(connection),
        })
    }
}

/// Foreign keys that are checked later than usual.
#[must_use]
#[derive(Debug)]
pub struct Postponed(Vec<String>);

/// A name from the catalogue as a statement takes it.
pub(in crate::store) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// No connection, whatever the engine says of it: nothing was done, and trying again may help.
fn unreachable(error: sqlx::Error) -> Error {
    Error::Unavailable(format!("database: {error}"))
}

/// SQLite ends a transaction by itself when the disk is full or fails; the driver goes on counting it and would refuse every later one.
/// Such a connection is thrown away, and the pool opens another.
fn is_whole(connection: &SqliteConnection) -> bool {
    !sqlx::Connection::is_in_transaction(connection)
}

/// What an engine's complaint means to a caller. The text stays inside; it may hold values.
fn fault(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Database(db) if db.message() == STOPPED => Error::Conflict(MISSED.into()),
        sqlx::Error::Database(db) if db.is_unique_violation() => Error::Conflict("already there".into()),
        sqlx::Error::Database(db) if db.is_foreign_key_violation() || db.is_check_violation() => {
            Error::Conflict("breaks a rule of the database".into())
        }
        sqlx::Error::Database(db) if is_passing(db.code().as_deref().unwrap_or_default()) => Error::Unavailable(format!("database: {error}")),
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed | sqlx::Error::Tls(_) => {
            Error::Unavailable(format!("database: {error}"))
        }
        _ => Error::Internal(format!("database: {error}")),
    }
}

/// Whether a complaint is about the moment: the same may succeed later without anybody changing the request.
fn is_passing(code: &str) -> bool {
    // A code of PostgreSQL has five signs: connection, lack of room, operator's hand, system; a deadlock, a race, a lock; read-only after a switch.
    if code.len() == 5 {
        return ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) || matches!(code, "40001" | "40P01" | "55P03" | "25006");
    }
    // One of SQLite is a number whose last eight bits say what the rest makes finer: busy, locked, read-only, I/O, full, cannot be opened.
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14))
}

#[cfg(test)]
mod tests {
    use super::is_passing;
    #[test]
    fn what_passes_by_itself_is_told_from_what_does_not() {
        // SQLite: full, I/O on write, sync, truncation and growth of the shared memory, busy, read-only folder; constraint, schema, misuse.
        for code in ["13", "778", "1034", "1546", "4874", "5", "517", "1544", "14"] {
            assert!(is_passing(code), "{code}");
        }
        for code in ["1", "19", "2067", "17", "21", "", "nonsense"] {
            assert!(!is_passing(code), "{code}");
        }
        // PostgreSQL: disk full, I/O, shutdown, connection, deadlock, read-only; a missing table, a number out of range.
        for code in ["53100", "58030", "57P01", "57014", "08006", "40P01", "25006"] {
            assert!(is_passing(code), "{code}");
        }
        for code in ["42P01", "22003", "23505", "XX000"] {
            assert!(!is_passing(code), "{code}");
        }
    }
}
