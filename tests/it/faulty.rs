//! Partners at their worst, and the gateway no better: a supplier's system that is slow, cuts off, says yes with a mistake inside, is too busy, sends
//! elsewhere or floods, and answers twice and in the wrong order, while the process is killed with SIGKILL in between. At the end each order is at the
//! supplier once by its id, and both sides agree on what became of it. Amounts are worked out by hand in the comments.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hookline::store::Store;
use serde_json::{Value, json};

use crate::channels::{CXML_OK, PARTIES, channel, with_channels};
use crate::cxml::{between, from_supplier, with_supplier};
use crate::on_both_engines;
use crate::support::Engine;
use crate::support::gateway::{Api, Template};
use crate::support::http::{Answer, Client, Request};
use crate::support::postgres::Database;
use crate::support::process::Process;
use crate::support::receiver::{Reply, Seen, body, header, receiver};

on_both_engines! {
    a_webhook_that_fails_in_every_way_gets_each_order_once,
    a_cxml_system_that_fails_in_every_way_gets_each_order_once,
}

const ORDERS: usize = 12;
/// Faults that each order meets before it is taken; which, depends on the order.
const FAULTS_EACH: usize = 4;
/// More starts than the faults and the kills can need.
const STARTS_MAX: usize = 30;

async fn a_webhook_that_fails_in_every_way_gets_each_order_once(engine: Engine) {
    let faults = vec![
        Reply::Cut,
        Reply::Slow(Duration::from_secs(2), 503),
        Reply::Busy { after: "20", date: "" },
        Reply::Redirect("http://127.0.0.1:1/elsewhere".into()),
        Reply::Status(500),
        Reply::Status(404),
    ];
    // A yes is a yes, whatever follows it.
    each_order_arrives_once(engine, "webhook", faults, Reply::Flood(4 << 30)).await;
}

async fn a_cxml_system_that_fails_in_every_way_gets_each_order_once(engine: Engine) {
    let faults = vec![
        Reply::Cut,
        Reply::Body(200, "text/xml", CXML_OK.replace("200", "550")),
        Reply::Slow(Duration::from_secs(2), 503),
        Reply::Busy { after: "20", date: "" },
        Reply::Redirect("http://127.0.0.1:1/elsewhere".into()),
        Reply::Flood(4 << 30),
        Reply::Body(200, "text/html", "<html>welcome</html>".into()),
    ];
    each_order_arrives_once(engine, "cxml", faults, Reply::Body(200, "text/xml", CXML_OK.into())).await;
}

fn number(request: &str) -> String {
    let at = body(request).find("Q-").unwrap_or_else(|| panic!("no order number: {request}"));
    body(request)[at..at + 4].to_owned()
}

/// What a supplier says of an order, by the form it speaks; each message has an id of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Confirm,
    Ship,
}

/// Keeps what the supplier's program has said and heard an answer to.
type Told = Arc<Mutex<BTreeMap<(String, Step), usize>>>;

async fn each_order_arrives_once(engine: Engine, form: &'static str, faults: Vec<Reply>, taken: Reply) {
    let (port, seen) = receiver_with(faults, taken).await;
    let more = if form == "cxml" { PARTIES } else { "" };
    let world = with_channels(&with_supplier(), &channel(form, port, more)).replace("amount = \"100.00\"", "amount = \"900.00\"");
    let (data, database) = Template::filled(engine, &world).await.expect("the world").into_parts();
    let url = database.as_ref().map(Database::url);
    let start = || Process::calling(data.path(), url.as_deref(), &[format!("127.0.0.1:{port}")]);
    let told = Told::default();
    let mut placed = 0;
    for round in 0..STARTS_MAX {
        let process = start();
        placed = place(process.address, placed, (placed + 5).min(ORDERS)).await;
        let supplier = tokio::spawn(answer(process.address, form, seen.clone(), told.clone()));
        tokio::time::sleep(Duration::from_millis(1300 + u64::try_from(round * 173 % 700).expect("small"))).await;
        process.kill();
        // What it was about to say when the gateway went, it says again.
        supplier.abort();
        assert!(supplier.await.err().is_none_or(|error| error.is_cancelled()), "the supplier's program was refused");
        if time_passes(&Store::open(data.path(), url.as_deref()).await.expect("the store")).await == 0 && heard(&told) == ORDERS * 4 {
            break;
        }
    }
    assert_eq!(heard(&told), ORDERS * 4, "the supplier could not say it all: {:?}", told.lock());
    let process = start();
    both_sides_agree(process.address, &seen).await;
    let store = Store::open(data.path(), url.as_deref()).await.expect("the store opens beside the program");
    let mut tx = store.view().await.expect("a view");
    let rows = tx.sql("SELECT order_id FROM order_delivery").all().await.expect("deliveries");
    let orders: BTreeSet<String> = rows.iter().map(|row| row.text("order_id").expect("text")).collect();
    assert_eq!((rows.len(), orders.len()), (ORDERS, ORDERS), "an order was delivered twice or never");
    drop(tx);
    process.kill();
}

/// Each order meets its faults in an order of its own, then it is taken; and taken again whenever it comes again.
async fn receiver_with(faults: Vec<Reply>, taken: Reply) -> (u16, Seen) {
    let attempts: Mutex<BTreeMap<String, usize>> = Mutex::default();
    receiver(move |_, request| {
        let number = number(request);
        let mut attempts = attempts.lock().expect("no panic");
        let attempt = attempts.entry(number.clone()).or_default();
        *attempt += 1;
        let first: usize = number[2..].parse().expect("a number");
        if *attempt <= FAULTS_EACH { faults[(first + *attempt) % faults.len()].clone() } else { taken.clone() }
    })
    .await
}

/// Three books at 10.00 in each order.
async fn place(address: SocketAddr, from: usize, to: usize) -> usize {
    let mut buyer = Api::signed_in(address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    for at in from..to {
        let order = json!({"number": format!("Q-{at:02}"), "connection": "lib", "ordered_by": "O. Rderer", "lines": [
            {"line": 1, "article": "BOOK-1", "quantity": "3", "coding": {"budget_code": "FICTION"}}]});
        let answer = buyer.call("POST", "/api/v1/orders", Some(&order)).await.expect("an answer");
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    to
}

/// The supplier's program: says of each order it has got that two of three come and one does not, and that two were shipped; the later message first for
/// every other order, and each twice; until the gateway is gone.
async fn answer(address: SocketAddr, form: &'static str, seen: Seen, told: Told) {
    let Ok(mut desk) = Api::signed_in(address, "desk@acme.example", "Desk-password-12").await else { return };
    loop {
        let got: BTreeSet<String> = seen.lock().expect("no panic").iter().map(|request| number(request)).collect();
        for (at, number) in got.iter().enumerate() {
            let steps = if at % 2 == 0 { [Step::Confirm, Step::Ship] } else { [Step::Ship, Step::Confirm] };
            for step in steps {
                let key = (number.clone(), step);
                if told.lock().expect("no panic").get(&key).copied().unwrap_or_default() == 2 {
                    continue;
                }
                let said = if form == "cxml" { say_in_cxml(address, number, step).await } else { say_by_api(&mut desk, number, step).await };
                match said {
                    Ok(true) => *told.lock().expect("no panic").entry(key).or_default() += 1,
                    Ok(false) => {}
                    Err(_gone) => return,
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn say_by_api(desk: &mut Api, number: &str, step: Step) -> Result<bool, String> {
    let (what, said) = match step {
        // Over the API an answer is about pieces that are open: that two come is said by shipping them.
        Step::Confirm => ("answers", json!({"lines": [{"line": 1, "says": "refused", "quantity": "1", "reason": "gone"}]})),
        Step::Ship => ("shipments", json!({"lines": [{"line": 1, "quantity": "2"}], "carrier": "DHL", "tracking": format!("JD-{number}")})),
    };
    let request =
        Request::json("POST", format!("/api/v1/desk/orders/library/{number}/{what}"), &said).header("Idempotency-Key", &format!("{what}-{number}"));
    let answer = desk.client.send(request).await?;
    assert_eq!(answer.status, 200, "{number} {what}: {}", answer.text());
    Ok(true)
}

async fn say_in_cxml(address: SocketAddr, number: &str, step: Step) -> Result<bool, String> {
    let unit = "<UnitOfMeasure>PCE</UnitOfMeasure>";
    let (id, said) = match step {
        Step::Confirm => (
            "c",
            format!(
                "<ConfirmationRequest><ConfirmationHeader confirmID=\"c-{number}\" operation=\"new\" type=\"detail\" noticeDate=\"2026-03-05T10:00:00+01:00\"/>\
                 <OrderReference orderID=\"{number}\"/><ConfirmationItem quantity=\"3\" lineNumber=\"1\">{unit}\
                 <ConfirmationStatus quantity=\"2\" type=\"accept\">{unit}</ConfirmationStatus>\
                 <ConfirmationStatus quantity=\"1\" type=\"reject\">{unit}<Comments>gone</Comments></ConfirmationStatus></ConfirmationItem></ConfirmationRequest>"
            ),
        ),
        Step::Ship => (
            "s",
            format!(
                "<ShipNoticeRequest><ShipNoticeHeader shipmentID=\"s-{number}\" operation=\"new\" noticeDate=\"2026-03-05T10:00:00+01:00\"/>\
                 <ShipControl><CarrierIdentifier domain=\"companyName\">DHL</CarrierIdentifier><ShipmentIdentifier>JD-{number}</ShipmentIdentifier></ShipControl>\
                 <ShipNoticePortion><OrderReference orderID=\"{number}\"/><ShipNoticeItem quantity=\"2\" lineNumber=\"1\">{unit}</ShipNoticeItem></ShipNoticePortion></ShipNoticeRequest>"
            ),
        ),
    };
    let document = from_supplier(&format!("{id}-{number}@acme"), &said);
    let request = Request::new("POST", "/cxml/college").header("Content-Type", "text/xml; charset=UTF-8").body(&document);
    let answer: Answer = Client::without_cookies(address).send(request).await?;
    let code = between(&answer.text(), "code=\"", "\"").unwrap_or_default();
    assert_eq!(code, "200", "{number} {id}: {}", answer.text());
    Ok(true)
}

fn heard(told: &Told) -> usize {
    told.lock().expect("no panic").values().sum()
}

/// While the program is dead, hours pass: what waits is due, what was under way is nobody's any more. How many still wait.
async fn time_passes(store: &Store) -> usize {
    let mut tx = store.begin().await.expect("a transaction");
    tx.sql("UPDATE outbox SET due_at = 0, leased_until = NULL WHERE state = 'waiting'").run().await.expect("hours pass");
    tx.commit().await.expect("committed");
    let mut tx = store.view().await.expect("a view");
    let waiting = tx.sql("SELECT id FROM outbox WHERE kind = 'order' AND state <> 'done'").all().await.expect("the outbox");
    waiting.len()
}

/// The supplier has each order under one id and one wording; the gateway knows of each what the supplier said, once.
async fn both_sides_agree(address: SocketAddr, seen: &Seen) {
    let mut ids: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    for request in seen.lock().expect("no panic").iter() {
        let id = match header(request, "webhook-id") {
            id if id.is_empty() => between(body(request), "payloadID=\"", "\"").expect("a payload id"),
            id => id,
        };
        ids.entry(number(request)).or_default().insert((id, body(request).to_owned()));
    }
    assert_eq!(ids.len(), ORDERS, "an order never arrived");
    assert!(ids.values().all(|known| known.len() == 1), "an order came under two ids or in two wordings: {ids:?}");
    let mut buyer = Api::signed_in(address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let mut desk = Api::signed_in(address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    for number in ids.keys() {
        let order: Value = desk.get(&format!("/api/v1/desk/orders/library/{number}")).await.expect("the order");
        let line = &order["lines"][0];
        let shipments = order["shipments"].as_array().map(Vec::len);
        assert_eq!((line["refused"].as_str(), line["shipped"].as_str(), shipments), (Some("1"), Some("2"), Some(1)), "{number}: {order}");
    }
    // Two books of each order were delivered, 12 × 2 × 10.00, and the third is free again: nothing is committed any more.
    let budget = &buyer.items("/api/v1/budgets").await.expect("the budgets")[0];
    let figures = ["committed", "delivered", "available"].map(|name| budget[name].as_i64());
    assert_eq!(figures, [Some(0), Some(24_000), Some(66_000)], "{budget}");
}
