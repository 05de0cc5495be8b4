//! The only file that names SQLite or PostgreSQL. Gives the rest `Store`, `Tx`, `Statement` and `Row`, in which one SQL text
//! serves both engines and a value crosses as whole number, text or bytes. Never decides anything about the trade.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Row as _, SqlStr};

use crate::error::{Error, Result};

/// Steps of the schema, in order; pairs of equal name, forward only, never edited once released.
const MIGRATIONS: &[(i64, &str, &str, &str)] = &[
    (1, "foundation", include_str!("../../migrations/sqlite/0001_foundation.sql"), include_str!("../../migrations/postgres/0001_foundation.sql")),
    (2, "jobs", include_str!("../../migrations/sqlite/0002_jobs.sql"), include_str!("../../migrations/postgres/0002_jobs.sql")),
    (
        3,
        "coding and pictures",
        include_str!("../../migrations/sqlite/0003_coding_and_pictures.sql"),
        include_str!("../../migrations/postgres/0003_coding_and_pictures.sql"),
    ),
    (4, "books", include_str!("../../migrations/sqlite/0004_books.sql"), include_str!("../../migrations/postgres/0004_books.sql")),
    (5, "snapshots", include_str!("../../migrations/sqlite/0005_snapshots.sql"), include_str!("../../migrations/postgres/0005_snapshots.sql")),
    (6, "rights", include_str!("../../migrations/sqlite/0006_rights.sql"), include_str!("../../migrations/postgres/0006_rights.sql")),
    (
        7,
        "held invoices",
        include_str!("../../migrations/sqlite/0007_held_invoices.sql"),
        include_str!("../../migrations/postgres/0007_held_invoices.sql"),
    ),
    (
        8,
        "supplier invoices",
        include_str!("../../migrations/sqlite/0008_supplier_invoices.sql"),
        include_str!("../../migrations/postgres/0008_supplier_invoices.sql"),
    ),
    (
        9,
        "documents of orders",
        include_str!("../../migrations/sqlite/0009_documents_of_orders.sql"),
        include_str!("../../migrations/postgres/0009_documents_of_orders.sql"),
    ),
    (10, "invoicing", include_str!("../../migrations/sqlite/0010_invoicing.sql"), include_str!("../../migrations/postgres/0010_invoicing.sql")),
    (12, "desk", include_str!("../../migrations/sqlite/0012_desk.sql"), include_str!("../../migrations/postgres/0012_desk.sql")),
    (
        13,
        "deliveries of orders",
        include_str!("../../migrations/sqlite/0013_deliveries_of_orders.sql"),
        include_str!("../../migrations/postgres/0013_deliveries_of_orders.sql"),
    ),
    (
        14,
        "edited carts",
        include_str!("../../migrations/sqlite/0014_edited_carts.sql"),
        include_str!("../../migrations/postgres/0014_edited_carts.sql"),
    ),
    (15, "given up", include_str!("../../migrations/sqlite/0015_given_up.sql"), include_str!("../../migrations/postgres/0015_given_up.sql")),
];

/// Longest wait for a connection or the write lock before a request is refused as unavailable.
const WAIT_MAX: Duration = Duration::from_secs(5);
const READERS: u32 = 8;
const POSTGRES_CONNECTIONS: u32 = 16;
/// Rows and values in one statement: below the limits of both engines.
const ROWS_MAX: usize = 1000;
const VALUES_MAX: usize = 30_000;
/// Numbers of rows for which SQLite is given a text of its own, the largest first; a write of another number is filled up.
const SIZES: [usize; 16] = [256, 192, 128, 96, 64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1];
/// Up to here every number has its text, and none is filled up.
const EXACT: usize = 4;
/// Values that SQLite is told together.
const TOGETHER_MAX: usize = 6000;
/// Statements a connection keeps ready: on PostgreSQL short texts; on SQLite also texts for many rows, which are large.
const STATEMENTS: usize = 256;
const LARGE_STATEMENTS: usize = 64;
/// Rows that the thread of SQLite reads before it waits for whoever takes them.
const ROWS_READ_AHEAD: usize = 1000;
/// A connection to a server that was not used for so long is tried before it is used.
const DOUBTFUL: Duration = Duration::from_secs(1);
/// The database in its folder.
const FILE: &str = "hookline.sqlite";

/// Columns of every table of ours by name and place: table `t`, column `c`, kind `k`, place in the primary key from 1 or 0 `n`.
const COLUMNS: (&str, &str) = (
    "SELECT m.name AS t, p.name AS c, p.type AS k, p.pk AS n FROM sqlite_schema m JOIN pragma_table_info(m.name) p
     WHERE m.type = 'table' AND m.name <> '_sqlx_migrations' AND substr(m.name, 1, 7) <> 'sqlite_' ORDER BY m.name, p.cid",
    "SELECT CAST(t.relname AS TEXT) AS t, CAST(a.attname AS TEXT) AS c, CAST(format_type(a.atttypid, a.atttypmod) AS TEXT) AS k,
       CAST(COALESCE((SELECT k.place FROM pg_index x CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k(attnum, place)
         WHERE x.indrelid = t.oid AND x.indisprimary AND k.attnum = a.attnum), 0) AS BIGINT) AS n
     FROM pg_class t JOIN pg_namespace s ON s.oid = t.relnamespace AND s.nspname = current_schema()
       JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE t.relkind IN ('r', 'p') AND NOT t.relispartition AND t.relname <> '_sqlx_migrations' ORDER BY t.relname, a.attnum",
);
/// Foreign keys: a row of table `t` needs one of table `r`.
const PARENTS: (&str, &str) = (
    "SELECT DISTINCT m.name AS t, f.\"table\" AS r FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'",
    "SELECT DISTINCT CAST(t.relname AS TEXT) AS t, CAST(r.relname AS TEXT) AS r FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid
       JOIN pg_class r ON r.oid = f.confrelid JOIN pg_namespace s ON s.oid = t.relnamespace AND s.nspname = current_schema() WHERE f.contype = 'f'",
);

/// Where an installation keeps its data.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Engine,
}

#[derive(Clone, Debug)]
enum Engine {
    Sqlite { write: SqlitePool, read: SqlitePool, file: PathBuf },
    Postgres { pool: PgPool },
}

/// A unit of work: everything in it is kept together or not at all. Dropped without `commit`, nothing happened.
#[derive(Debug)]
pub struct Tx {
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>),
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
    SqliteRead(sqlx::pool::PoolConnection<sqlx::Sqlite>),
    PostgresRead(sqlx::pool::PoolConnection<sqlx::Postgres>),
}

enum Connection<'t> {
    Sqlite(&'t mut SqliteConnection),
    Postgres(&'t mut PgConnection),
}

/// What crosses to a database. A missing value keeps its type: PostgreSQL wants to know it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    Int(Option<i64>),
    Text(Option<String>),
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
    pub(super) fn named(word: String) -> Kind {
        match word.as_str() {
            "INTEGER" | "bigint" => Kind::Int,
            "TEXT" | "text" => Kind::Text,
            "BLOB" | "bytea" => Kind::Bytes,
            _ => Kind::Other(word),
        }
    }
}

/// How the schema that is there stands to this program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    Current,
    /// `migrate` brings it up to date.
    Behind,
    /// Another version of the program made it.
    Other,
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
        Value::Text(Some(value.to_string()))
    }
}
impl From<&String> for Value {
    fn from(value: &String) -> Value {
        Value::Text(Some(value.clone()))
    }
}
impl From<String> for Value {
    fn from(value: String) -> Value {
        Value::Text(Some(value))
    }
}
impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Value {
        Value::Text(value)
    }
}
impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Value {
        Value::Text(value.map(str::to_string))
    }
}
impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Value {
        Value::Bytes(Some(value))
    }
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

    /// Whether the folder holds an installation; opening one that does not would make it.
    pub fn is_in(folder: &Path) -> bool {
        folder.join(FILE).is_file()
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
            .pragma("wal_autocheckpoint", "4000")
            .busy_timeout(WAIT_MAX)
            .statement_cache_capacity(LARGE_STATEMENTS)
            .row_buffer_size(ROWS_READ_AHEAD);
        // A file does not hang up: trying a connection before each use would be a turn to its thread for nothing.
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .test_before_acquire(false)
            .acquire_timeout(WAIT_MAX)
            .idle_timeout(None)
            .max_lifetime(None)
            .before_acquire(|connection, _| Box::pin(async move { Ok(is_whole(connection)) }))
            .connect_with(options.clone())
            .await
            .map_err(fault)?;
        let read = SqlitePoolOptions::new()
            .max_connections(READERS)
            .test_before_acquire(false)
            .acquire_timeout(WAIT_MAX)
            .before_acquire(|connection, _| Box::pin(async move { Ok(is_whole(connection)) }))
            .connect_with(options.read_only(true).create_if_missing(false))
            .await
            .map_err(fault)?;
        Ok(Store { engine: Engine::Sqlite { write, read, file } })
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
            Engine::Sqlite { write, .. } => migrator.run(write).await,
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

    /// A writing transaction. On SQLite it holds the one writer from the start (`BEGIN IMMEDIATE`), so it cannot fail half-way for the lock.
    pub async fn begin(&self) -> Result<Tx> {
        let inner = match &self.engine {
            Engine::Sqlite { write, .. } => Inner::Sqlite(write.begin_with("BEGIN IMMEDIATE").await.map_err(unreachable)?),
            Engine::Postgres { pool } => Inner::Postgres(pool.begin().await.map_err(unreachable)?),
        };
        Ok(Tx { inner })
    }

    /// A reading transaction in which every statement sees the same moment.
    pub async fn view(&self) -> Result<Tx> {
        let inner = match &self.engine {
            Engine::Sqlite { read, .. } => Inner::Sqlite(read.begin().await.map_err(unreachable)?),
            Engine::Postgres { pool } => {
                Inner::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map_err(unreachable)?)
            }
        };
        Ok(Tx { inner })
    }

    /// A connection for single reads, each of which sees the newest state.
    pub async fn read(&self) -> Result<Tx> {
        let inner = match &self.engine {
            Engine::Sqlite { read, .. } => Inner::SqliteRead(read.acquire().await.map_err(unreachable)?),
            Engine::Postgres { pool } => Inner::PostgresRead(pool.acquire().await.map_err(unreachable)?),
        };
        Ok(Tx { inner })
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
            Engine::Sqlite { write, read, .. } => {
                read.close().await;
                write.close().await;
            }
            Engine::Postgres { pool } => pool.close().await,
        }
    }
}

impl Tx {
    pub fn sql(&mut self, text: &'static str) -> Statement<'_> {
        Statement { tx: self, text: Text::Static(text), values: Vec::new(), columns: Vec::new() }
    }

    /// Writes many rows. PostgreSQL is given a table's rows as one array for each column, in a text that is always the same. SQLite is
    /// told all at once, since a turn to its thread costs more than a row, in texts for numbers of rows that come again, since reading a
    /// text costs too. Gives how many rows were touched.
    pub async fn write(&mut self, bulks: Vec<Bulk>) -> Result<u64> {
        let mut touched = 0;
        for part in self.parts(bulks) {
            touched += part.on(self).run().await?;
        }
        Ok(touched)
    }

    /// The same for one kind of rows, giving what it returns.
    pub async fn write_returning(&mut self, bulk: Bulk) -> Result<Vec<Row>> {
        let mut returned = Vec::new();
        for part in self.parts(vec![bulk]) {
            returned.extend(part.on(self).all().await?);
        }
        Ok(returned)
    }

    fn parts(&self, bulks: Vec<Bulk>) -> Vec<Part> {
        if self.is_embedded() { together(bulks) } else { bulks.into_iter().flat_map(Bulk::by_column).collect() }
    }

    /// A statement put together from the catalogue.
    pub(super) fn built(&mut self, text: String) -> Statement<'_> {
        Statement { tx: self, text: Text::Built(text), values: Vec::new(), columns: Vec::new() }
    }

    /// Of two texts the one for this engine.
    fn own(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        if self.is_embedded() { sqlite } else { postgres }
    }

    /// One writer, nobody to wait for, no limits to lift.
    fn is_embedded(&self) -> bool {
        matches!(self.inner, Inner::Sqlite(_) | Inner::SqliteRead(_))
    }

    pub(super) async fn catalogue_of_columns(&mut self) -> Result<Vec<Row>> {
        let text = self.own(COLUMNS.0, COLUMNS.1);
        self.sql(text).all().await
    }

    pub(super) async fn catalogue_of_parents(&mut self) -> Result<Vec<Row>> {
        let text = self.own(PARENTS.0, PARENTS.1);
        self.sql(text).all().await
    }

    /// What follows a column of text so that it is compared byte for byte. SQLite does so by itself, and would not look into an index
    /// for anything but the bare column.
    pub(super) fn byte_order(&self) -> &'static str {
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

    pub async fn commit(self) -> Result<()> {
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await.map_err(fault),
            Inner::Postgres(tx) => tx.commit().await.map_err(fault),
            Inner::SqliteRead(_) | Inner::PostgresRead(_) => Ok(()),
        }
    }

    fn connection(&mut self) -> Connection<'_> {
        match &mut self.inner {
            Inner::Sqlite(tx) => Connection::Sqlite(tx),
            Inner::Postgres(tx) => Connection::Postgres(tx),
            Inner::SqliteRead(connection) => Connection::Sqlite(connection),
            Inner::PostgresRead(connection) => Connection::Postgres(connection),
        }
    }
}

/// Foreign keys that are checked later than usual.
#[must_use]
#[derive(Debug)]
pub struct Postponed(Vec<String>);

/// A name from the catalogue as a statement takes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

enum Text {
    Static(&'static str),
    /// Put together, and worth keeping ready: it comes again.
    Kept(String),
    /// Put together for this once.
    Built(String),
}

/// Rows for one table, or for a statement over many rows of values. Every text in it comes from the source code or from the catalogue.
#[derive(Clone, Debug)]
pub struct Bulk {
    /// What stands before the rows, and after them.
    head: String,
    width: usize,
    tail: &'static str,
    rows: Vec<Vec<Value>>,
    filling: Filling,
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
struct Part {
    text: String,
    /// Whether the text comes again.
    kept: bool,
    values: Vec<Value>,
    columns: Vec<Column>,
}

impl Part {
    fn on(self, tx: &mut Tx) -> Statement<'_> {
        let text = if self.kept { Text::Kept(self.text) } else { Text::Built(self.text) };
        Statement { tx, text, values: self.values, columns: self.columns }
    }
}

/// All values of a column.
enum Column {
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
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
        Bulk { head, width: columns.len(), tail, rows, filling: Filling::LeftOut }
    }

    /// Rows for a table that the catalogue named.
    pub(super) fn built(head: String, width: usize, rows: Vec<Vec<Value>>) -> Bulk {
        Bulk { head, width, tail: "", rows, filling: Filling::Not }
    }

    /// A statement over rows of values, which it may name `v` with `column1`, `column2` and so on: `UPDATE … FROM (` and
    /// `) AS v WHERE …`, or `… IN (` and `)`. It must compare the first of them with a column: a row of nothing is equal to nothing.
    pub fn over(head: &'static str, width: usize, tail: &'static str, rows: Vec<Vec<Value>>) -> Bulk {
        Bulk { head: head.to_string(), width, tail, rows, filling: Filling::MatchNothing }
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
    fn by_column(self) -> Vec<Part> {
        let Bulk { head, width, tail, rows, filling: _ } = self;
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
            parts.push(Part { text, kept: true, values: Vec::new(), columns });
        }
        parts
    }
}

/// Everything in as few turns as it takes.
fn together(bulks: Vec<Bulk>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for mut bulk in bulks {
        while !bulk.rows.is_empty() {
            let (count, size) = bulk.next_size();
            let rest = bulk.rows.split_off(count);
            let rows = std::mem::replace(&mut bulk.rows, rest);
            let (values, kept) = (size * bulk.width, bulk.filling != Filling::Not);
            if !parts.last().is_some_and(|part| kept && part.kept && part.values.len() + values <= TOGETHER_MAX) {
                parts.push(Part { kept, ..Part::default() });
            }
            let Some(part) = parts.last_mut() else { break };
            if !part.text.is_empty() {
                part.text.push(';');
            }
            bulk.write_text(size, &mut part.text);
            let filled = part.values.len() + values;
            part.values.extend(rows.into_iter().flatten());
            part.values.resize(filled, Value::Text(None));
        }
    }
    parts
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
                let mut query = sqlx::query::<sqlx::Sqlite>(text).persistent(keep);
                for value in values {
                    query = match value {
                        Value::Int(v) => query.bind(v),
                        Value::Text(v) => query.bind(v.map(without_nul)),
                        Value::Bytes(v) => query.bind(v),
                    };
                }
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

/// No connection, whatever the engine says of it: nothing was done, and trying again may help.
fn unreachable(error: sqlx::Error) -> Error {
    Error::Unavailable(format!("database: {error}"))
}

/// PostgreSQL takes no NUL in a text; both engines keep the sign that stands for what cannot be shown, so that they stay alike.
fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

impl Statement<'_> {
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

    /// The value at a place of the answer, from 0.
    pub fn value(&self, at: usize, kind: &Kind) -> Result<Value> {
        match (self, kind) {
            (Row::Sqlite(row), Kind::Int) => row.try_get(at).map(Value::Int).map_err(fault),
            (Row::Sqlite(row), Kind::Text) => row.try_get(at).map(Value::Text).map_err(fault),
            (Row::Sqlite(row), Kind::Bytes) => row.try_get(at).map(Value::Bytes).map_err(fault),
            (Row::Postgres(row), Kind::Int) => row.try_get(at).map(Value::Int).map_err(fault),
            (Row::Postgres(row), Kind::Text) => row.try_get(at).map(Value::Text).map_err(fault),
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

/// SQLite ends a transaction by itself when the disk is full or fails; the driver goes on counting it and would refuse every later one.
/// Such a connection is thrown away, and the pool opens another.
fn is_whole(connection: &SqliteConnection) -> bool {
    !sqlx::Connection::is_in_transaction(connection)
}

/// What an engine's complaint means to a caller. The text stays inside; it may hold values.
fn fault(error: sqlx::Error) -> Error {
    match &error {
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
    use super::{Bulk, Value, is_passing, together};

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
