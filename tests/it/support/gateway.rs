//! A gateway of a test's own: real server, real port, own folder, own database, own clock.
//! It must never share state with another test, and never outlive its test.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use hookline::clock::Clock;
use hookline::config::Config;
use hookline::domain::time::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Engine;
use super::html::Page;
use super::http::{Answer, Client, Request};
use super::logs::{self, Mark};
use super::postgres::Database;

/// The moment at which every test begins.
const START: Timestamp = Timestamp(1_772_442_000_000_000); // 2026-03-02T09:00:00Z

/// The person through whom tests look at what an administrator sees.
const OPERATOR: (&str, &str) = ("operator@hookline.example", "Operator-of-the-tests-1");

pub struct Gateway {
    pub server: hookline::Server,
    pub address: SocketAddr,
    pub clock: Clock,
    pub engine: Engine,
    pub log: Mark,
    pub data: TempDir,
    // After the server, so that it is dropped when nobody is connected any more.
    database: Option<Database>,
}

/// A filled installation that is not running; gateways start on copies of it.
pub struct Template {
    engine: Engine,
    data: TempDir,
    database: Option<Database>,
}

/// TOML text of the operator who may see everything.
pub fn operator_toml() -> String {
    let (sign_in, password) = OPERATOR;
    format!(
        "[[person]]\nsign_in = \"{sign_in}\"\npassword = \"{password}\"\nname = \"Operator\"\n\
         mail = \"{sign_in}\"\nlanguage = \"en\"\noperator = true\nroles = [\"operator\"]\n"
    )
}

fn temporary_folder() -> TempDir {
    tempfile::Builder::new().prefix("hookline-test-").tempdir().expect("a temporary folder")
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            std::fs::create_dir_all(&target)?;
            copy_folder(&entry.path(), &target)?;
        } else if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

impl Template {
    /// The folder and the database, for a test that starts the program itself.
    pub fn into_parts(self) -> (TempDir, Option<Database>) {
        (self.data, self.database)
    }

    /// Fills a fresh installation with an apply file and stops it.
    pub async fn filled(engine: Engine, toml: &str) -> Result<Template, String> {
        let gateway = Gateway::start(engine).await;
        gateway.apply(toml).await?;
        let Gateway { server, data, database, .. } = gateway;
        server.stop().await;
        Ok(Template { engine, data, database })
    }

    /// A running gateway on a copy.
    pub async fn gateway(&self) -> Gateway {
        self.gateway_with(Config::default()).await
    }

    /// The same with settings of its own.
    pub async fn gateway_with(&self, config: Config) -> Gateway {
        let data = temporary_folder();
        copy_folder(self.data.path(), data.path()).expect("a copy of the filled folder");
        let database = match &self.database {
            Some(filled) => Some(Database::copy_of(Some(filled)).await),
            None => None,
        };
        Gateway::start_on(self.engine, data, database, config).await
    }
}

impl Gateway {
    /// A fresh, empty installation.
    pub async fn start(engine: Engine) -> Gateway {
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Database::create().await),
        };
        Gateway::start_on(engine, temporary_folder(), database, Config::default()).await
    }

    /// The demo with its own data.
    pub async fn demo() -> Gateway {
        let log = logs::mark();
        let data = temporary_folder();
        let config = Config { data: data.path().to_owned(), listen: "127.0.0.1:0".into(), ..Config::default() };
        let server = hookline::demo::start(config).await.expect("the demo starts");
        let address = server.address;
        Gateway { server, address, clock: Clock::system(), engine: Engine::Sqlite, log, data, database: None }
    }

    /// The same with a mail server.
    pub async fn with_mail(engine: Engine, toml: &str, smtp: hookline::config::Smtp) -> Gateway {
        Gateway::with_config(engine, toml, Config { smtp: Some(smtp), ..Config::default() }).await
    }

    /// The same with a folder that suppliers' invoices are dropped into.
    pub async fn with_invoice_folder(engine: Engine, toml: &str, folder: &Path) -> Gateway {
        Gateway::with_config(engine, toml, Config { invoice_folder: Some(folder.to_owned()), ..Config::default() }).await
    }

    /// The same, allowed to call one receiver on this machine.
    pub async fn with_private_host(engine: Engine, toml: &str, host: &str) -> Gateway {
        Gateway::with_config(engine, toml, Config { private_hosts: vec![host.to_owned()], ..Config::default() }).await
    }

    /// The same with settings of its own.
    pub async fn with_config(engine: Engine, toml: &str, config: Config) -> Gateway {
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Database::create().await),
        };
        let gateway = Gateway::start_on(engine, temporary_folder(), database, config).await;
        gateway.apply(&format!("{toml}\n{}", operator_toml())).await.expect("the apply file is right");
        gateway
    }

    /// A fresh installation filled with an apply file and the operator of the tests.
    pub async fn with(engine: Engine, toml: &str) -> Gateway {
        let gateway = Gateway::start(engine).await;
        gateway.apply(&format!("{toml}\n{}", operator_toml())).await.expect("the apply file is right");
        gateway
    }

    async fn start_on(engine: Engine, data: TempDir, database: Option<Database>, config: Config) -> Gateway {
        let log = logs::mark();
        let clock = Clock::manual(START);
        let config = Config { data: data.path().to_owned(), database: database.as_ref().map(Database::url), listen: "127.0.0.1:0".into(), ..config };
        let server = hookline::start(config, clock.clone()).await.expect("the gateway starts");
        let address = server.address;
        Gateway { server, address, clock, engine, log, data, database }
    }

    pub async fn apply(&self, toml: &str) -> Result<(), String> {
        hookline::flow::applying::apply(&self.server.app, toml, "fixtures.toml").await.map(|_| ()).map_err(|e| format!("apply: {e:?}"))
    }

    /// Closes the database to everybody, or opens it again.
    pub async fn shut_database(&self, shut: bool) {
        if let Some(database) = &self.database {
            database.shut(shut).await;
        }
    }

    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Log lines since this gateway started.
    pub fn log(&self) -> Vec<String> {
        logs::since(self.log)
    }

    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// The operator over the API, with a token that is fresh now.
    pub async fn operator(&self) -> Result<Api, String> {
        let (sign_in, password) = OPERATOR;
        Api::signed_in(self.address, sign_in, password).await
    }

    /// The operator on the pages.
    pub async fn operator_pages(&self) -> Result<Client, String> {
        let (sign_in, password) = OPERATOR;
        sign_in_on_page(self.address, sign_in, password).await
    }

    pub async fn stop(self) {
        self.server.stop().await;
    }
}

/// A program that talks to the API for one person.
#[derive(Clone)]
pub struct Api {
    pub client: Client,
}

impl Api {
    pub async fn signed_in(address: SocketAddr, sign_in: &str, password: &str) -> Result<Api, String> {
        let mut client = Client::without_cookies(address);
        let wish = json!({"sign_in": sign_in, "password": password});
        let answer = client.send(Request::json("POST", "/api/v1/tokens", &wish)).await?;
        let token = answer
            .json()
            .and_then(|v| v["access_token"].as_str().map(str::to_owned))
            .ok_or_else(|| format!("no token for {sign_in}: {} {}", answer.status, answer.text()))?;
        client.always.push(("Authorization".to_owned(), format!("Bearer {token}")));
        Ok(Api { client })
    }

    pub async fn call(&mut self, method: &str, target: &str, body: Option<&Value>) -> Result<Answer, String> {
        let request = match body {
            Some(value) => Request::json(method, target, value),
            None => Request::new(method, target),
        };
        self.client.send(request).await
    }

    /// A JSON answer, or what came instead.
    pub async fn get(&mut self, target: &str) -> Result<Value, String> {
        let answer = self.call("GET", target, None).await?;
        match (answer.status, answer.json()) {
            (200, Some(value)) => Ok(value),
            (status, _) => Err(format!("GET {target}: {status} {}", answer.text())),
        }
    }

    /// The items of a list, newest first.
    pub async fn items(&mut self, target: &str) -> Result<Vec<Value>, String> {
        let value = self.get(target).await?;
        value["items"].as_array().cloned().ok_or_else(|| format!("GET {target}: no items"))
    }
}

/// Signs a person in on the page, as a browser would.
pub async fn sign_in_on_page(address: SocketAddr, sign_in: &str, password: &str) -> Result<Client, String> {
    let mut client = Client::new(address);
    let page = Page::read(&client.get("/sign-in").await?.text());
    let form = page.forms.iter().find(|f| f.controls.iter().any(|c| c.kind == "password")).ok_or("the sign-in page has no form with a password")?;
    let fields = form.filled(&[("sign_in", sign_in), ("password", password)])?;
    let target = super::http::resolve("/sign-in", form.action());
    let origin = format!("http://{address}");
    let answer = client.send(Request::form(&target, &fields).header("Origin", &origin)).await?;
    if answer.status >= 400 {
        return Err(format!("sign-in of {sign_in}: {}", answer.status));
    }
    Ok(client)
}
