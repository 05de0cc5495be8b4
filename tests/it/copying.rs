//! `hookline copy`: an installation that has lived moves into an empty database and goes on there; whatever is not as it should be is
//! found and leaves nothing. What must be equal is read from the databases; it must never trust what the command says of itself.

use std::path::Path;
use std::process::{Command, Output};

use hookline::config::Config;
use hookline::flow::copying::{self, Verdict};
use hookline::store::table::{self, Table};
use hookline::store::{Store, Tx};
use serde_json::json;
use tempfile::TempDir;

use crate::on_both_engines;
use crate::orders::{basket_of_two, press, world};
use crate::support::Engine;
use crate::support::gateway::Api;
use crate::support::postgres::Database;
use crate::support::process::Process;

// The engine is the one that is copied to. SQLite stands in for a server where there is none: the flow is the same.
on_both_engines! {
    every_row_arrives,
    a_target_that_holds_anything_is_refused_and_not_touched,
    a_schema_that_is_behind_is_refused,
    a_folder_that_is_served_is_refused,
    a_table_that_the_target_has_not_is_refused,
    every_difference_is_found_and_no_value_told,
    what_is_not_committed_leaves_nothing,
    trees_long_values_and_the_order_of_bytes,
}

/// An order that went from the basket to the invoice, and one that only came in.
async fn lived() -> TempDir {
    let (gateway, mut buyer, mut desk) = world(Engine::Sqlite).await;
    let (quote, _) = basket_of_two(&gateway).await;
    let body = json!({"number": "4500000042", "lines": [
        {"quote": quote, "quote_line": 1, "article": "BOOK-1", "quantity": "3", "price": "10.00"},
        {"quote": quote, "quote_line": 2, "article": "PEN-100", "quantity": "250", "price": "9.52", "price_quantity": 100}]});
    let order = buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer").json().expect("an order");
    for action in ["confirm", "ship", "invoice"] {
        assert_eq!(press(&mut desk, &order, action, "").await, 303, "{action}");
    }
    let body =
        json!({"number": "4500000043", "connection": "lib", "lines": [{"article": "BOOK-1", "quantity": "1", "coding": {"budget_code": "FICTION"}}]});
    assert_eq!(buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer").status, 201);
    let data = tempfile::tempdir().expect("a folder");
    let file = gateway.data.path().join("hookline.sqlite");
    gateway.server.stop().await;
    std::fs::copy(file, data.path().join("hookline.sqlite")).expect("a copy of what was kept");
    data
}

/// An empty database; the last two are only held.
async fn target(engine: Engine) -> (Store, TempDir, Option<Database>) {
    let folder = tempfile::tempdir().expect("a folder");
    let database = match engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(Database::create().await),
    };
    let url = database.as_ref().map(Database::url);
    (Store::open(folder.path(), url.as_deref()).await.expect("an empty database"), folder, database)
}

async fn source(folder: &TempDir) -> Store {
    Store::open(folder.path(), None).await.expect("the folder")
}

async fn change(store: &Store, text: &'static str) {
    let mut tx = store.begin().await.expect("a transaction");
    tx.sql(text).run().await.expect(text);
    tx.commit().await.expect("a commit");
}

async fn refusal(source: &Store, target: &Store) -> String {
    copying::between(source, target).await.expect_err("it must be refused").to_string()
}

async fn rows_of(store: &Store) -> u64 {
    let mut tx = store.read().await.expect("a reader");
    let mut rows = 0;
    for table in table::all(&mut tx).await.expect("the tables") {
        rows += table::count(&mut tx, &table).await.expect("a count");
    }
    rows
}

async fn every_row_arrives(engine: Engine) {
    let (data, (there, _folder, _database)) = (lived().await, target(engine).await);
    let here = source(&data).await;
    let copied = copying::between(&here, &there).await.expect("copied");
    let rows = |table: &str| copied.iter().find(|one| one.table == table).map(|one| one.rows);
    assert_eq!((rows("purchase_order"), rows("booked_order"), rows("invoice"), rows("transfer")), (Some(2), Some(2), Some(1), Some(1)));
    assert_eq!(rows("_sqlx_migrations"), None);
    assert_eq!(rows_of(&here).await, rows_of(&there).await);
    assert_eq!(copied.iter().map(|one| one.rows).sum::<u64>(), rows_of(&there).await);
    // By a statement of this test's own.
    let text = "SELECT hash FROM entry ORDER BY tenant, sequence";
    let (mut from, mut to) = (here.read().await.expect("a reader"), there.read().await.expect("a reader"));
    let hashes = |rows: Vec<hookline::store::Row>| rows.iter().map(|row| row.text("hash").expect("a hash")).collect::<Vec<_>>();
    let (is, has) = (from.sql(text).all().await.expect("entries"), to.sql(text).all().await.expect("entries"));
    assert!(is.len() > 4, "the journal was not filled");
    assert_eq!(hashes(is), hashes(has));
}

async fn a_target_that_holds_anything_is_refused_and_not_touched(engine: Engine) {
    let (data, (there, _folder, _database)) = (lived().await, target(engine).await);
    let here = source(&data).await;
    change(&there, "CREATE TABLE somebody (name TEXT NOT NULL PRIMARY KEY)").await;
    change(&there, "INSERT INTO somebody VALUES ('else')").await;
    let said = refusal(&here, &there).await;
    assert!(said.contains("already holds data") && said.contains("somebody"), "{said}");
    let mut tx = there.read().await.expect("a reader");
    let names: Vec<String> = table::all(&mut tx).await.expect("tables").into_iter().map(|table| table.name).collect();
    assert_eq!(names, ["somebody"], "the schema was made all the same");
    drop(tx);
    change(&there, "DELETE FROM somebody").await;
    copying::between(&here, &there).await.expect("an empty table of somebody else is no hindrance");
    let said = refusal(&here, &there).await;
    assert!(said.contains("already holds data"), "{said}");
}

async fn a_schema_that_is_behind_is_refused(engine: Engine) {
    let (data, (there, _folder, _database)) = (lived().await, target(engine).await);
    let here = source(&data).await;
    change(&here, "DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)").await;
    let said = refusal(&here, &there).await;
    assert!(said.contains("hookline migrate"), "{said}");
    change(&here, "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1").await;
    let said = refusal(&here, &there).await;
    assert!(said.contains("another version"), "{said}");
    change(&here, "DROP TABLE _sqlx_migrations").await;
    let said = refusal(&here, &there).await;
    assert!(said.contains("hookline migrate"), "{said}");
    let mut tx = there.read().await.expect("a reader");
    assert_eq!(table::all(&mut tx).await.expect("tables").len(), 0, "the target was touched");
}

async fn a_folder_that_is_served_is_refused(engine: Engine) {
    let (data, (there, _folder, _database)) = (lived().await, target(engine).await);
    let gateway = Process::start(data.path(), None);
    let here = source(&data).await;
    let said = refusal(&here, &there).await;
    assert!(said.contains("another hookline serves"), "{said}");
    gateway.kill();
    copying::between(&here, &there).await.expect("nobody serves any more");
}

async fn a_table_that_the_target_has_not_is_refused(engine: Engine) {
    let (data, (there, _folder, _database)) = (lived().await, target(engine).await);
    let here = source(&data).await;
    change(&here, "CREATE TABLE extra (id TEXT NOT NULL PRIMARY KEY) STRICT").await;
    let said = refusal(&here, &there).await;
    assert!(said.contains("extra"), "{said}");
    assert_eq!(rows_of(&there).await, 0);
}

/// Compares all tables, as the copy does before its commit; the sentences of those that differ.
async fn differences(from: &mut Tx, to: &mut Tx, tables: &[Table]) -> Vec<String> {
    let mut found = Vec::new();
    for table in tables {
        if let Verdict::Different(difference) = copying::compare(from, to, table).await.expect("compared") {
            found.push(difference.to_string());
        }
    }
    found
}

async fn every_difference_is_found_and_no_value_told(engine: Engine) {
    let (data, (there, _folder, _database)) = (lived().await, target(engine).await);
    let here = source(&data).await;
    there.migrate().await.expect("a schema");
    let (mut from, mut to) = (here.view().await.expect("a view"), there.begin().await.expect("a transaction"));
    let tables = copying::fill(&mut from, &mut to).await.expect("filled");
    assert_eq!(differences(&mut from, &mut to, &tables).await, Vec::<String>::new());
    // What changes it, what must be said, what changes it back.
    let cases: [(&'static str, &str, &'static str); 5] = [
        (
            "UPDATE purchase_order SET net = net + 1 WHERE number = '4500000043'",
            "column net differs",
            "UPDATE purchase_order SET net = net - 1 WHERE number = '4500000043'",
        ),
        (
            "UPDATE person SET password = 'a secret ' || password WHERE name = 'D. Esk'",
            "column password differs",
            "UPDATE person SET password = substr(password, 10) WHERE name = 'D. Esk'",
        ),
        (
            "UPDATE purchase_order SET quote = '' WHERE quote IS NULL",
            "column quote differs",
            "UPDATE purchase_order SET quote = NULL WHERE quote = ''",
        ),
        (
            "INSERT INTO code VALUES ('library', 'cost_centre', '4411', 'Another', 1)",
            "key (\"library\", \"cost_centre\", \"4411\"): there is no such row in the source",
            "DELETE FROM code WHERE code = '4411'",
        ),
        (
            "DELETE FROM code WHERE code = '4410'",
            "key (\"library\", \"cost_centre\", \"4410\"): the row is missing",
            "INSERT INTO code VALUES ('library', 'cost_centre', '4410', 'Collection', 1)",
        ),
    ];
    for (change, said, back) in cases {
        assert_eq!(to.sql(change).run().await.expect(change), 1, "{change}");
        let found = differences(&mut from, &mut to, &tables).await;
        assert!(found.len() == 1 && found[0].contains(said) && !found[0].contains("secret"), "{change}: {found:?}");
        assert_eq!(to.sql(back).run().await.expect(back), 1, "{back}");
        assert_eq!(differences(&mut from, &mut to, &tables).await, Vec::<String>::new(), "{back}");
    }
    // Bytes: one of many.
    let row = to.sql("SELECT id, document FROM inbox ORDER BY id LIMIT 1").first().await.expect("inbox").expect("a document");
    let mut bytes = row.bytes("document").expect("bytes");
    *bytes.last_mut().expect("not empty") ^= 1;
    to.sql("UPDATE inbox SET document = $1 WHERE id = $2").bind(bytes).bind(row.text("id").expect("id")).run().await.expect("changed");
    let found = differences(&mut from, &mut to, &tables).await;
    assert!(found.len() == 1 && found[0].starts_with("table inbox") && found[0].ends_with("column document differs"), "{found:?}");
}

async fn what_is_not_committed_leaves_nothing(engine: Engine) {
    let (data, (there, _folder, _database)) = (lived().await, target(engine).await);
    let here = source(&data).await;
    there.migrate().await.expect("a schema");
    let (mut from, mut to) = (here.view().await.expect("a view"), there.begin().await.expect("a transaction"));
    let tables = copying::fill(&mut from, &mut to).await.expect("filled");
    let organisation = tables.iter().find(|table| table.name == "organisation").expect("a table");
    assert!(table::has_rows(&mut to, organisation).await.expect("an answer"), "nothing was copied that could be left behind");
    drop((from, to));
    assert_eq!(rows_of(&there).await, 0);
    copying::between(&here, &there).await.expect("it can be started again");
}

/// Rows that need a later one of their own table; bytes that fill several pages, or are missing; text whose order by language is another.
async fn trees_long_values_and_the_order_of_bytes(engine: Engine) {
    let (data, (there, _folder, _database)) = (lived().await, target(engine).await);
    let here = source(&data).await;
    let sqlite = "CREATE TABLE tree (name TEXT NOT NULL, at INTEGER NOT NULL, above TEXT, above_at INTEGER, picture BLOB,
                  PRIMARY KEY (name, at), FOREIGN KEY (above, above_at) REFERENCES tree (name, at)) STRICT";
    let postgres = "CREATE TABLE tree (name TEXT NOT NULL, at BIGINT NOT NULL, above TEXT, above_at BIGINT, picture BYTEA,
                    PRIMARY KEY (name, at), FOREIGN KEY (above, above_at) REFERENCES tree (name, at))";
    change(&here, sqlite).await;
    there.migrate().await.expect("a schema");
    change(&there, if engine == Engine::Sqlite { sqlite } else { postgres }).await;
    let mut tx = here.begin().await.expect("a transaction");
    for name in ["zebra", "Zebra", "éclair", "a b", "ab", "\u{1F333}", "quote \" ' \\", ""] {
        for at in 0..150_i64 {
            let picture: Option<Vec<u8>> = (at % 50 == 7).then(|| vec![at.to_le_bytes()[0]; 900_000]);
            let statement = tx.sql("INSERT INTO tree (name, at, above, above_at, picture) VALUES ($1, $2, NULL, NULL, $3)").bind(name).bind(at);
            statement.bind(hookline::store::engine::Value::Bytes(picture)).run().await.expect("a row");
        }
    }
    tx.sql("UPDATE tree SET above = 'éclair', above_at = 149 WHERE above IS NULL AND (name, at) <> ('éclair', 149)").run().await.expect("a tree");
    tx.commit().await.expect("a commit");
    let copied = copying::between(&here, &there).await.expect("copied");
    assert_eq!(copied.iter().find(|one| one.table == "tree").map(|one| one.rows), Some(8 * 150));
    let mut tx = there.begin().await.expect("a transaction");
    let alone = tx.sql("INSERT INTO tree (name, at, above, above_at) VALUES ('x', 1, 'nobody', 1)").run().await;
    assert!(alone.is_err(), "the foreign key is not what it was: it is checked late, or not at all");
}

/// The program itself, as an operator calls it.
fn copy(data: &Path, database: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hookline"));
    command.env_remove("HOOKLINE_DATABASE").env_remove("HOOKLINE_DATA").env_remove("HOOKLINE_CONFIG");
    command.arg("copy").arg("--data").arg(data);
    if let Some(url) = database {
        command.args(["--database", url]);
    }
    command.output().expect("the program runs")
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn without_a_server_it_is_wrong_usage_and_without_a_folder_nothing_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let nowhere = folder.path().join("nowhere");
    for database in [None, Some("mysql://localhost/x")] {
        let (code, _, error) = said(&copy(&nowhere, database));
        assert_eq!(code, Some(2), "{error}");
        assert!(error.contains("--database"), "{error}");
    }
    let (code, _, error) = said(&copy(&nowhere, Some("postgres://127.0.0.1:1/x")));
    assert_eq!(code, Some(1), "{error}");
    assert!(error.contains("nowhere") && !nowhere.exists(), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gateway_goes_on_where_its_data_went() {
    if !Engine::Postgres.is_here() {
        return;
    }
    let (data, database) = (lived().await, Database::create().await);
    let (code, out, error) = said(&copy(data.path(), Some(&database.url())));
    assert_eq!((code, error.as_str()), (Some(0), ""), "{out}");
    let lines: Vec<&str> = out.lines().map(str::trim).collect();
    assert!(lines.contains(&"2 purchase_order"), "{out}");
    assert!(lines.last().is_some_and(|line| line.contains("rows of") && line.ends_with("all equal")), "{out}");
    let (code, _, error) = said(&copy(data.path(), Some(&database.url())));
    assert_eq!(code, Some(1));
    assert!(error.contains("already holds data"), "{error}");
    let empty = tempfile::tempdir().expect("a folder");
    let gateway = Process::start(empty.path(), Some(&database.url()));
    let mut buyer =
        Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in with the password as it was");
    let order = buyer.get("/api/v1/orders/4500000042").await.expect("the order");
    assert_eq!(
        (order["state"].as_str(), order["net"].as_str(), order["invoices"][0]["gross"].as_str()),
        (Some("invoiced"), Some("53.80"), Some("61.50"))
    );
    // 100.00 less 53.80 invoiced and 10.00 committed; a new order is booked on what came along.
    let budget = |items: &[serde_json::Value]| (items[0]["expended"].as_i64(), items[0]["committed"].as_i64(), items[0]["available"].as_i64());
    assert_eq!(budget(&buyer.items("/api/v1/budgets").await.expect("budgets")), (Some(5380), Some(1000), Some(3620)));
    let body =
        json!({"number": "4500000044", "connection": "lib", "lines": [{"article": "BOOK-1", "quantity": "2", "coding": {"budget_code": "FICTION"}}]});
    assert_eq!(buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer").status, 201);
    assert_eq!(budget(&buyer.items("/api/v1/budgets").await.expect("budgets")), (Some(5380), Some(3000), Some(1620)));
    gateway.kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_from_before_is_good_afterwards() {
    if !Engine::Postgres.is_here() {
        return;
    }
    let (gateway, buyer, _) = world(Engine::Sqlite).await;
    let (clock, data, database) = (gateway.clock.clone(), tempfile::tempdir().expect("a folder"), Database::create().await);
    let file = gateway.data.path().join("hookline.sqlite");
    gateway.server.stop().await;
    std::fs::copy(file, data.path().join("hookline.sqlite")).expect("a copy of what was kept");
    copying::copy(data.path(), &database.url()).await.expect("copied");
    let config = Config { data: data.path().to_owned(), database: Some(database.url()), listen: "127.0.0.1:0".into(), ..Config::default() };
    let server = hookline::start(config, clock).await.expect("it serves from there");
    let mut buyer = buyer;
    buyer.client.address = server.address;
    assert_eq!(buyer.items("/api/v1/budgets").await.expect("budgets").len(), 1);
    server.stop().await;
}
