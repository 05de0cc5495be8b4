//! Databases of a test's own on the PostgreSQL that `HOOKLINE_TEST_POSTGRES` names.
//! It must never touch a database that it did not create.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::{Connection, Executor, PgConnection};

/// Address of the server for tests, when there is one.
pub fn server() -> Option<String> {
    std::env::var("HOOKLINE_TEST_POSTGRES").ok().filter(|v| !v.is_empty())
}

/// A database that is dropped with this value.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

fn new_name() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros());
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("hookline_test_{}_{now}_{number}", std::process::id())
}

async fn run(server: &str, statement: String) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(server).await?;
    connection.execute(sqlx::AssertSqlSafe(statement)).await?;
    connection.close().await
}

impl Database {
    pub async fn create() -> Database {
        Database::copy_of(None).await
    }

    /// A copy of another database, which nobody may be connected to meanwhile.
    pub async fn copy_of(template: Option<&Database>) -> Database {
        let server = server().expect("HOOKLINE_TEST_POSTGRES is set");
        let name = new_name();
        let from = template.map_or("template0", |t| t.name.as_str());
        run(&server, format!("CREATE DATABASE {name} TEMPLATE {from}")).await.expect("a database of the test's own");
        Database { server, name }
    }

    /// Ends every connection and lets nobody in, until it is opened again.
    pub async fn shut(&self, shut: bool) {
        run(&self.server, format!("ALTER DATABASE {} ALLOW_CONNECTIONS {}", self.name, !shut)).await.expect("a setting of the test's own database");
        if shut {
            let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", self.name);
            run(&self.server, end).await.expect("connections of the test's own database");
        }
    }

    pub fn url(&self) -> String {
        let (head, query) = self.server.split_once('?').map_or((self.server.as_str(), None), |(h, q)| (h, Some(q)));
        let base = head.rfind('/').filter(|at| *at > "postgres://".len()).map_or(head, |at| &head[..at]);
        query.map_or(format!("{base}/{}", self.name), |q| format!("{base}/{}?{q}", self.name))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // A runtime of its own: this may run inside the test's runtime, which must not be blocked on itself.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(run(&server, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).map_err(std::io::Error::other)
        });
        if let Ok(Err(e)) = dropped.join() {
            eprintln!("the test database {} stays behind: {e}", self.name);
        }
    }
}
