//! The process is killed with SIGKILL under callers, at moments nobody chose, and started again: every answered order is there, none twice,
//! none half; the journal has no gap and budgets equal their orders (reliability, 3.1). The short form; the long one takes
//! HOOKLINE_CRASHES=30.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::sync::Mutex;

use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Template};
use crate::support::ledger::legs;
use crate::support::postgres::Database;
use crate::support::process::Process;

const CALLERS: u32 = 64;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_on_sqlite() {
    killed_again_and_again(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_on_postgres() {
    if Engine::Postgres.is_here() {
        killed_again_and_again(Engine::Postgres).await;
    }
}

async fn killed_again_and_again(engine: Engine) {
    let crashes: u32 = std::env::var("HOOKLINE_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(4);
    let world = WORLD.replace("amount = \"100.00\"", "amount = \"9000000.00\"");
    let template = Template::filled(engine, &world).await.expect("the world");
    let (data, database) = template.into_parts();
    let url = database.as_ref().map(Database::url);
    let answered: Arc<Mutex<BTreeMap<String, String>>> = Arc::default();
    let next = Arc::new(AtomicU32::new(0));
    for crash in 0..crashes {
        let process = Process::start(data.path(), url.as_deref());
        let stop = Arc::new(AtomicBool::new(false));
        let api = Api::signed_in(process.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
        let before = answered.lock().await.len();
        let mut callers = Vec::new();
        for _ in 0..CALLERS {
            callers.push(tokio::spawn(call(api.clone(), answered.clone(), next.clone(), stop.clone())));
        }
        // Under way, then at a different moment each time.
        for _ in 0..600 {
            if answered.lock().await.len() > before + 30 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(Duration::from_millis(u64::from(crash * 37 % 150))).await;
        process.kill();
        stop.store(true, Ordering::Relaxed);
        for caller in callers {
            caller.await.expect("a caller");
        }
    }
    let process = Process::start(data.path(), url.as_deref());
    audit(process.address, &answered.lock().await.clone(), data.path(), url.as_deref()).await;
    process.kill();
}

/// Places orders until the process is gone; remembers what was answered.
async fn call(mut api: Api, answered: Arc<Mutex<BTreeMap<String, String>>>, next: Arc<AtomicU32>, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Relaxed) {
        let number = format!("47{:08}", next.fetch_add(1, Ordering::Relaxed));
        let body = json!({"number": number, "connection": "lib", "lines": [
            {"article": "BOOK-1", "quantity": "2", "coding": {"budget_code": "FICTION"}}, {"article": "PEN-100", "quantity": "100", "coding": {"budget_code": "FICTION"}}]});
        match api.call("POST", "/api/v1/orders", Some(&body)).await {
            Ok(answer) if answer.status == 201 => {
                let id = answer.json().and_then(|order| order["id"].as_str().map(str::to_string)).unwrap_or_default();
                answered.lock().await.insert(number, id);
            }
            Ok(answer) => panic!("answered {}: {}", answer.status, answer.text()),
            Err(_) => return,
        }
    }
}

/// From outside: the API's own view. From below: the tables, read by this test.
async fn audit(address: SocketAddr, answered: &BTreeMap<String, String>, data: &Path, url: Option<&str>) {
    assert!(answered.len() > 100, "too few orders to prove anything: {}", answered.len());
    let mut api = Api::signed_in(address, "orderer@library.example", "Orderer-password-1").await.expect("signed in after the crash");
    for (number, id) in answered.iter().step_by(7) {
        let order = api.get(&format!("/api/v1/orders/{number}")).await.expect("an answered order is there");
        assert_eq!(order["id"].as_str(), Some(id.as_str()));
        assert_eq!(order["lines"].as_array().map(Vec::len), Some(2), "a half order");
    }
    let store = hookline::store::Store::open(data, url).await.expect("the store opens beside the program");
    let mut tx = store.view().await.expect("a view");
    let count = |row: Option<hookline::store::Row>, name: &str| row.expect("a row").int(name).expect("a number");
    let numbers = tx.sql("SELECT id, number FROM purchase_order").all().await.expect("orders");
    let known: BTreeMap<String, String> = numbers.iter().map(|row| (row.text("number").expect("n"), row.text("id").expect("i"))).collect();
    assert_eq!(known.len(), numbers.len(), "an order twice");
    for (number, id) in answered {
        assert_eq!(known.get(number), Some(id), "order {number} was answered and is lost");
    }
    let orders = i64::try_from(known.len()).expect("few");
    // Each order is 2 × 10.00 + 9.52 = 29.52, two lines, one journal entry, one mail owed.
    let budget = tx.sql("SELECT committed FROM standing WHERE budget = 'FICTION'").first().await.expect("the budget");
    assert_eq!(count(budget, "committed"), orders * 2952);
    let legs = legs(&tx.sql("SELECT posting FROM entry ORDER BY sequence").all().await.expect("entries"));
    assert_eq!(legs.iter().map(|leg| leg.amount).sum::<i64>(), 0, "legs do not sum to zero");
    assert_eq!(legs.iter().filter(|leg| leg.account == "CM").map(|leg| leg.amount).sum::<i64>(), orders * 2952);
    let placed = tx.sql("SELECT lines FROM purchase_order").all().await.expect("orders");
    let lines = |row: &hookline::store::Row| serde_json::from_str::<Vec<serde_json::Value>>(&row.text("lines").expect("lines")).expect("JSON").len();
    assert!(placed.iter().all(|row| lines(row) == 2), "a half order");
    let entries = tx.sql("SELECT COUNT(*) AS n, MAX(sequence) AS last FROM entry").first().await.expect("entries").expect("a row");
    assert_eq!(entries.int("n").expect("n"), entries.int("last").expect("last"), "the journal has a gap");
    let placed = tx.sql("SELECT COUNT(*) AS n FROM entry WHERE kind = 'order placed'").first().await.expect("entries");
    assert_eq!(count(placed, "n"), orders);
    let owed = tx.sql("SELECT COUNT(*) AS n FROM outbox").first().await.expect("outbox");
    assert_eq!(count(owed, "n"), orders);
    let reports = hookline::flow::verifying::verify_in(&mut tx, None).await.expect("reports");
    assert!(reports.iter().all(|report| report.wrong.is_empty()), "{reports:?}");
    drop(tx);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_killed_goes_on_on_sqlite() {
    a_run_that_is_killed_goes_on(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_killed_goes_on_on_postgres() {
    if Engine::Postgres.is_here() {
        a_run_that_is_killed_goes_on(Engine::Postgres).await;
    }
}

const SHIPPED: usize = 150;

/// An invoice run is killed when some of its invoices are made; the next process makes the others, and none twice.
async fn a_run_that_is_killed_goes_on(engine: Engine) {
    let world = WORLD.replace("amount = \"100.00\"", "amount = \"9000000.00\"");
    let template = Template::filled(engine, &world).await.expect("the world");
    let (data, database) = template.into_parts();
    let url = database.as_ref().map(Database::url);
    let process = Process::start(data.path(), url.as_deref());
    let orderer = Api::signed_in(process.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let mut desk = Api::signed_in(process.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let one = async |mut orderer: Api, mut desk: Api, number: usize| {
        let body = json!({"number": format!("R{number:04}"), "connection": "lib", "lines": [
            {"article": "BOOK-1", "quantity": "2", "coding": {"budget_code": "FICTION"}}]});
        let placed = orderer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer").json().expect("JSON");
        assert_eq!(crate::orders::press(&mut desk, &placed, "ship", "").await, 303);
    };
    futures_util::future::join_all((0..SHIPPED).map(|number| one(orderer.clone(), desk.clone(), number))).await;
    let run = json!({"id": "killed", "reference_date": "2099-12-31"});
    assert_eq!(desk.call("POST", "/api/v1/invoice-runs", Some(&run)).await.expect("an answer").status, 202);
    let count = async || {
        let store = hookline::store::Store::open(data.path(), url.as_deref()).await.expect("the store opens beside the program");
        let mut tx = store.view().await.expect("a view");
        let row = tx.sql("SELECT COUNT(*) AS n FROM invoice").first().await.expect("invoices").expect("a row");
        let made = row.int("n").expect("a number");
        drop(tx);
        store.close().await;
        made
    };
    while count().await == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    process.kill();
    let before = count().await;
    eprintln!("killed after {before} of {SHIPPED} invoices");
    let process = Process::start(data.path(), url.as_deref());
    let mut desk = Api::signed_in(process.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let mut state = String::new();
    // Its lease must run out first.
    for _ in 0..600 {
        let run = desk.get("/api/v1/invoice-runs/killed").await.expect("the run");
        state = run["state"].as_str().unwrap_or_default().to_string();
        if state == "done" {
            assert_eq!(run["customers"][0]["invoices"], SHIPPED, "{run}");
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(state, "done");
    process.kill();
    let store = hookline::store::Store::open(data.path(), url.as_deref()).await.expect("the store opens");
    let mut tx = store.view().await.expect("a view");
    let numbers = tx.sql("SELECT number, purchase_order FROM invoice ORDER BY number").all().await.expect("invoices");
    let counts: Vec<usize> =
        numbers.iter().filter_map(|row| row.text("number").expect("a number").rsplit('-').next().and_then(|count| count.parse().ok())).collect();
    assert_eq!(counts, (1..=SHIPPED).collect::<Vec<_>>(), "a number is missing, or there twice");
    let orders: std::collections::BTreeSet<String> = numbers.iter().map(|row| row.text("purchase_order").expect("an order")).collect();
    assert_eq!(orders.len(), SHIPPED, "an order twice");
    let reports = hookline::flow::verifying::verify_in(&mut tx, None).await.expect("reports");
    assert!(reports.iter().all(|report| report.wrong.is_empty()), "{reports:?}");
    drop(tx);
    store.close().await;
}
