//! What is owed about one order reaches a partner in the order in which it was made, also where an earlier message waits for a person: sent again it
//! goes first, given up it never goes, and what waits behind it follows. Other orders and other partners do not wait. Receivers are sockets of the test.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hookline::flow::ordering;
use hookline::store::outbox;
use hookline::work::parked;
use serde_json::{Value, json};

use crate::channels::{CXML_OK, channel, with_channels};
use crate::cxml::{between, line, order, post, world as cxml_world};
use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway, Template, sign_in_on_page};
use crate::support::http::Request;
use crate::support::postgres::Database;
use crate::support::process::Process;
use crate::support::receiver::{Reply, Seen, at_least, body, receiver};
use crate::support::waiting::until;

on_both_engines! {
    a_change_waits_behind_a_parked_order_through_kills,
    a_parked_order_that_is_given_up_lets_the_change_go,
    a_parked_confirmation_holds_the_notice_to_the_buyer,
    a_parked_message_holds_its_own_lane_only,
}

/// A supplier's system that takes nothing while it is shut: 410 parks at once.
async fn shut(number: &'static str) -> (u16, Seen, Arc<AtomicBool>) {
    let open = Arc::new(AtomicBool::new(false));
    let is_open = open.clone();
    let (port, seen) =
        receiver(move |_, request| Reply::Status(if request.contains(number) && !is_open.load(Ordering::SeqCst) { 410 } else { 200 })).await;
    (port, seen, open)
}

/// What the supplier's system got: event, order and quantity of its one line.
fn got(seen: &Seen) -> Vec<(String, String, String)> {
    let event = |request: &String| -> Value { serde_json::from_str(body(request)).expect("JSON") };
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let told = |event: Value| (text(&event["type"]), text(&event["data"]["number"]), text(&event["data"]["lines"][0]["quantity"]));
    seen.lock().expect("no panic").iter().map(event).map(told).collect()
}

fn placed(number: &str, quantity: &str) -> (String, String, String) {
    ("order.placed".into(), number.into(), quantity.into())
}

fn changed(number: &str, quantity: &str) -> (String, String, String) {
    ("order.changed".into(), number.into(), quantity.into())
}

async fn place(buyer: &mut Api, number: &str) {
    let body = json!({"number": number, "connection": "lib", "lines": [{"line": 1, "article": "BOOK-1", "quantity": "3"}]});
    let answer = buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.text());
}

async fn change(buyer: &mut Api, number: &str, quantity: &str) {
    let body = json!({"line": 1, "quantity": quantity});
    let answer = buyer.call("POST", &format!("/api/v1/orders/{number}/changes"), Some(&body)).await.expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// What has not left, once there is so much of it and the first is parked.
async fn waiting(desk: &mut Api, count: usize) -> Vec<Value> {
    let first_parked = async || {
        let listed = desk.items("/api/v1/channels").await.expect("the channels").remove(0);
        let waiting = listed["waiting"].as_array().expect("a list").clone();
        (waiting.len() == count && waiting.first().is_none_or(|first| first["state"] == "parked")).then_some(waiting)
    };
    until(&format!("{count} waiting, the first parked"), first_parked).await
}

/// Passes go by, each of which would send what is due.
async fn passes() {
    tokio::time::sleep(Duration::from_millis(2500)).await;
}

async fn a_change_waits_behind_a_parked_order_through_kills(engine: Engine) {
    let (port, seen, open) = shut("HELD").await;
    let world = with_channels(WORLD, &channel("webhook", port, ""));
    let (data, database) = Template::filled(engine, &world).await.expect("the world").into_parts();
    let url = database.as_ref().map(Database::url);
    let start = || Process::calling(data.path(), url.as_deref(), &[format!("127.0.0.1:{port}")]);
    let process = start();
    let mut buyer = Api::signed_in(process.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let mut desk = Api::signed_in(process.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    place(&mut buyer, "HELD").await;
    let parked = waiting(&mut desk, 1).await.remove(0);
    change(&mut buyer, "HELD", "2").await;
    change(&mut buyer, "HELD", "1").await;
    place(&mut buyer, "FREE").await;
    at_least(&seen, 2).await;
    // The kill must not come before it is noted that the other order has left, or that would rightly be sent again.
    waiting(&mut desk, 3).await;
    process.kill();
    let process = start();
    passes().await;
    // Nothing overtook the parked order, and another order did not wait for it.
    assert_eq!(got(&seen), [placed("HELD", "3"), placed("FREE", "3")]);
    let mut desk = Api::signed_in(process.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let held = waiting(&mut desk, 3).await;
    let behind: Vec<_> = held.iter().map(|one| (one["state"].as_str().expect("text"), &one["behind"])).collect();
    assert_eq!(behind, [("parked", &Value::Null), ("waiting", &parked["id"]), ("waiting", &parked["id"])]);
    let mut page = sign_in_on_page(process.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    for (address, words) in [("/channels".to_owned(), 2), (format!("/desk/library/{}", parked["order"].as_str().expect("an id")), 2)] {
        let shown = page.get(&address).await.expect("the page").text();
        assert_eq!(shown.matches("waits until the earlier message has left").count(), words, "{shown}");
    }
    open.store(true, Ordering::SeqCst);
    let again = format!("/api/v1/channels/library/{}/again", parked["id"].as_str().expect("an id"));
    assert_eq!(desk.call("POST", &again, None).await.expect("an answer").status, 204);
    process.kill();
    let process = start();
    at_least(&seen, 5).await;
    let mut desk = Api::signed_in(process.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    waiting(&mut desk, 0).await;
    process.kill();
    // A kill may have sent one of them twice; what is new each time comes in the order in which it was made.
    let mut first = got(&seen).split_off(2);
    first.dedup();
    assert_eq!(first, [placed("HELD", "3"), changed("HELD", "2"), changed("HELD", "1")]);
}

async fn a_parked_order_that_is_given_up_lets_the_change_go(engine: Engine) {
    let (port, seen, open) = shut("HELD").await;
    let world = with_channels(WORLD, &channel("webhook", port, ""));
    let gateway = Gateway::with_private_host(engine, &world, &format!("127.0.0.1:{port}")).await;
    let mut buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    place(&mut buyer, "HELD").await;
    let parked = waiting(&mut desk, 1).await.remove(0);
    change(&mut buyer, "HELD", "2").await;
    let id = parked["id"].as_str().expect("an id").to_owned();
    let listed = hookline::work::parked::list(&gateway.server.app.store).await.expect("a list");
    assert_eq!(listed.iter().map(|one| (one.id.as_str(), one.behind)).collect::<Vec<_>>(), [(id.as_str(), 1)]);
    // Only whom it concerns, and only with a reason.
    let give_up = format!("/api/v1/channels/library/{id}/give-up");
    let why = json!({"why": "taken by telephone"});
    assert_eq!(buyer.call("POST", &give_up, Some(&why)).await.expect("an answer").status, 403);
    for nothing in [json!({}), json!({"why": "  "}), json!({"why": "x".repeat(501)})] {
        assert_eq!(desk.call("POST", &give_up, Some(&nothing)).await.expect("an answer").status, 422, "{nothing}");
    }
    open.store(true, Ordering::SeqCst);
    assert_eq!(desk.call("POST", &give_up, Some(&why)).await.expect("an answer").status, 204);
    assert_eq!(desk.call("POST", &give_up, Some(&why)).await.expect("an answer").status, 409, "it does not wait any more");
    waiting(&mut desk, 0).await;
    passes().await;
    assert_eq!(got(&seen), [placed("HELD", "3"), changed("HELD", "2")], "what was given up is never sent again");
    let mut page = sign_in_on_page(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let shown = page.get(&format!("/orders/{}", parked["order"].as_str().expect("an id"))).await.expect("the page").text();
    let timeline = between(&shown, "<ol class=\"timeline\">", "</ol>").expect("a timeline");
    for part in ["Order to the supplier: given up", "desk@acme.example", "taken by telephone", "410", "Order to the supplier: sent"] {
        assert!(timeline.contains(part), "{part}: {timeline}");
    }
    gateway.stop().await;
}

/// A buyer's system that takes no confirmation of the order that is held.
async fn buyer_that_refuses() -> (u16, Arc<Mutex<Vec<String>>>, Arc<AtomicBool>) {
    let open = Arc::new(AtomicBool::new(false));
    let is_open = open.clone();
    let (port, seen) = receiver(move |_, request| {
        let is_shut = request.contains("orderID=\"HELD\"") && !is_open.load(Ordering::SeqCst);
        Reply::Body(200, "text/xml", if is_shut { CXML_OK.replace("200", "406") } else { CXML_OK.into() })
    })
    .await;
    (port, seen, open)
}

async fn a_parked_confirmation_holds_the_notice_to_the_buyer(engine: Engine) {
    let (port, seen, open) = buyer_that_refuses().await;
    let own = "own = [\"NetworkId:shop\"]\n";
    let told = cxml_world().replace(own, &format!("{own}outbound_url = \"http://127.0.0.1:{port}/cxml\"\n"));
    let desk = "[[person]]\nsign_in = \"desk@acme.example\"\npassword = \"Desk-password-1\"\nname = \"Desk\"\nmail = \"desk@acme.example\"\nlanguage = \"en\"\n\
                supplier = \"acme\"\nroles = [\"supplier_desk\"]\n";
    let gateway = Gateway::with_private_host(engine, &format!("{told}\n{desk}"), &format!("127.0.0.1:{port}")).await;
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-1").await.expect("signed in");
    let mut addresses = Vec::new();
    for number in ["HELD", "FREE"] {
        let document = order(&format!("{number}@test"), "production", &format!("orderID=\"{number}\""), "30", &line("3", "BOOK-1", "", "10.00", ""));
        assert_eq!(post(&gateway, "college", &document).await.code, "200");
        let mut tx = gateway.server.app.store.read().await.expect("a reader");
        let stored = hookline::store::order::by_number(&mut tx, "library", number).await.expect("a row").expect("the order");
        addresses.push(format!("/desk/library/{}", stored.order.id));
        drop(tx);
        assert_eq!(desk.call("POST", &format!("{}/confirm", addresses[addresses.len() - 1]), None).await.expect("an answer").status, 303);
        at_least(&seen, addresses.len()).await;
    }
    for address in &addresses {
        assert_eq!(desk.call("POST", &format!("{address}/ship"), None).await.expect("an answer").status, 303);
    }
    at_least(&seen, 3).await;
    passes().await;
    let kinds = || -> Vec<(String, bool)> {
        let about = |request: &String| (between(request, "orderID=\"", "\"").expect("an order"), request.contains("<ShipNoticeRequest>"));
        seen.lock().expect("no panic").iter().map(about).collect()
    };
    let (held, free) = ("HELD".to_owned(), "FREE".to_owned());
    assert_eq!(kinds(), [(held.clone(), false), (free.clone(), false), (free.clone(), true)]);
    open.store(true, Ordering::SeqCst);
    let mut page = sign_in_on_page(gateway.address, "desk@acme.example", "Desk-password-1").await.expect("signed in");
    let shown = page.get(&addresses[0]).await.expect("the page").text();
    assert!(shown.contains("cXML document: waits until the earlier message has left"), "{shown}");
    let message = between(&shown, "name=\"message\" value=\"", "\"").expect("a way to send it again");
    let sent = page.send(Request::form(format!("{}/resend", addresses[0]), &[("message".to_owned(), message)])).await.expect("an answer");
    assert_eq!(sent.status, 303, "{}", sent.text());
    at_least(&seen, 5).await;
    assert_eq!(kinds()[3..], [(held.clone(), false), (held, true)]);
    gateway.stop().await;
}

/// An order and a way are a lane; letters and events have one for each recipient, documents one whatever address the partner has today.
async fn a_parked_message_holds_its_own_lane_only(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let (store, now) = (&gateway.server.app.store, gateway.clock.now());
    let message = |id: &str, kind: &str, lane: &str, recipient: &str| outbox::Message {
        id: id.into(),
        ..ordering::message("library", kind, lane, recipient, &json!({}), now)
    };
    let messages = [
        message("1-parked", "mail", "a", "x@example.com"),
        message("1-parked-too", "cxml", "a", "https://one.example"),
        message("2-held", "mail", "a", "x@example.com"),
        message("2-held-too", "cxml", "a", "https://two.example"),
        message("3-other-recipient", "mail", "a", "y@example.com"),
        message("3-other-way", "webhook", "a", "x@example.com"),
        message("3-other-order", "mail", "b", "x@example.com"),
    ];
    // The program's own loop sends none of them: they are not due yet.
    let later = now.plus(Duration::from_secs(3600));
    let mut tx = store.begin().await.expect("a writer");
    tx.write(vec![outbox::insert(&messages, later)]).await.expect("written");
    tx.sql("UPDATE outbox SET state = 'parked' WHERE id LIKE '1-%'").run().await.expect("parked");
    tx.commit().await.expect("committed");
    let due = async || {
        let mut tx = store.read().await.expect("a reader");
        let found = outbox::due(&mut tx, later, &[], 100).await.expect("rows");
        let mut ids: Vec<String> = found.into_iter().map(|(_, id)| id).collect();
        ids.sort();
        ids
    };
    let free = ["3-other-order", "3-other-recipient", "3-other-way"];
    assert_eq!(due().await, free);
    // One given up, for a reason; the other sent again.
    parked::give_up(store, "1-parked", None, "told by telephone", later).await.expect("given up");
    assert_eq!(due().await, [&["2-held"], &free[..]].concat());
    parked::again(store, "1-parked-too", None, later).await.expect("let go");
    assert_eq!(due().await, [&["1-parked-too", "2-held"], &free[..]].concat());
    // What a later one has overtaken all the same is never sent after it, and can be given up.
    let mut tx = store.begin().await.expect("a writer");
    tx.sql("UPDATE outbox SET state = CASE WHEN id = '2-held' THEN 'parked' ELSE 'done' END").run().await.expect("states");
    tx.write(vec![outbox::insert(&[message("4-later", "mail", "a", "x@example.com")], later)]).await.expect("written");
    tx.sql("UPDATE outbox SET state = 'done' WHERE id = '4-later'").run().await.expect("sent");
    tx.commit().await.expect("committed");
    assert!(parked::again(store, "2-held", None, later).await.is_err());
    assert!(parked::give_up(store, "2-held", None, " ", later).await.is_err(), "not without a reason");
    parked::give_up(store, "2-held", None, "overtaken", later).await.expect("given up");
    assert_eq!(parked::list(store).await.expect("a list"), []);
    gateway.stop().await;
}
