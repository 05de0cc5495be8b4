//! Databases of a test's own on the PostgreSQL that `HOOKLINE_TEST_POSTGRES` names.
//! It must never touch a database that it did not create.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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

/// A server of a test's own, which it may crash. Ends with this value.
pub struct OwnServer {
    programs: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    child: Child,
}

/// The folder with PostgreSQL's own programs, where they are installed.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let on_path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
    versions.chain(on_path).find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// PostgreSQL refuses root, so root runs it as the user it comes with.
fn as_postgres(program: &Path) -> Command {
    let mut command = Command::new(if is_root() { Path::new("setpriv") } else { program });
    if is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]).arg(program);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

impl OwnServer {
    /// `None` where PostgreSQL is not installed.
    pub async fn start() -> Option<OwnServer> {
        let programs = programs()?;
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("a folder for the data");
        if is_root() {
            let owned = Command::new("chown").arg("-R").arg("postgres:").arg(folder.path()).status().expect("chown runs");
            assert!(owned.success(), "the folder could not be given to postgres");
        }
        let made = as_postgres(&programs.join("initdb"))
            .arg("-D")
            .arg(&data)
            .args(["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"])
            .current_dir(folder.path())
            .status();
        assert!(made.expect("initdb runs").success(), "initdb failed");
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let child = OwnServer::serve(&programs, folder.path(), port);
        let server = OwnServer { programs, folder, port, child };
        server.wait().await;
        Some(server)
    }

    fn serve(programs: &Path, folder: &Path, port: u16) -> Child {
        as_postgres(&programs.join("postgres"))
            .arg("-D")
            .arg(folder.join("data"))
            .arg("-k")
            .arg(folder)
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=100", "-p", &port.to_string()])
            .current_dir(folder)
            .spawn()
            .expect("the server starts")
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    async fn wait(&self) {
        for _ in 0..300 {
            if let Ok(connection) = PgConnection::connect(&self.url()).await {
                let _closed = connection.close().await;
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the server of the test does not answer");
    }

    /// Ends it at once, without a checkpoint: what it answered must be in its log.
    fn crash(&mut self) {
        let _sent = Command::new("kill").args(["-QUIT", &self.child.id().to_string()]).status();
        let _ended = self.child.wait();
    }

    /// A crash, some time without a server, and recovery.
    pub async fn crash_and_recover(&mut self, gone: Duration) {
        self.crash();
        tokio::time::sleep(gone).await;
        self.child = OwnServer::serve(&self.programs, self.folder.path(), self.port);
        self.wait().await;
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        self.crash();
    }
}
