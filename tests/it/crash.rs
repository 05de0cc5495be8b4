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
    let reports = hookline::flow::verifying::verify(&mut tx, None).await.expect("reports");
    assert!(reports.iter().all(|report| report.wrong.is_empty()), "{reports:?}");
    drop(tx);
    store.close().await;
}
