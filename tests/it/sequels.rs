//! A supplier's system that answers an order with 201 must say more (section 14 of the trading partners' reference): that it took the order over, or
//! that it could not. Which is noted, a refusal is told to people, and so is silence after a day.

use std::time::Duration;

use crate::channels::{CXML_OK, PARTIES, channel, with_channels};
use crate::cxml::{self, between, from_supplier, line, with_supplier};
use crate::desk::owed;
use crate::on_both_engines;
use crate::support::Engine;
use crate::support::gateway::Gateway;
use crate::support::receiver::{Reply, Seen, at_least, body, receiver};

on_both_engines! {
    what_became_of_an_order_is_noted_and_a_refusal_told,
    a_system_that_says_no_more_is_told_of,
    a_change_that_is_not_taken_over_is_told_as_one,
}

/// The world with a supplier's system that receives orders and finishes none at once.
async fn world(engine: Engine) -> (Gateway, Seen) {
    let accepted = CXML_OK.replace("code='200'", "code='201'").replace("text='OK'", "text='Accepted'");
    let (port, seen) = receiver(move |_, _| Reply::Body(200, "text/xml", accepted.clone())).await;
    let world = with_channels(&with_supplier(), &channel("cxml", port, PARTIES));
    (Gateway::with_private_host(engine, &world, &format!("127.0.0.1:{port}")).await, seen)
}

/// Places an order, and gives the id of the document by which its supplier has it.
async fn ordered(gateway: &Gateway, seen: &Seen, number: &str, count: usize) -> String {
    let document =
        cxml::order(&format!("{number}@test"), "production", &format!("orderID=\"{number}\""), "10", &line("1", "BOOK-1", "", "10.00", "FICTION"));
    assert_eq!(cxml::post(gateway, "college", &document).await.code, "200");
    let sent = at_least(seen, count).await;
    let order = sent.iter().map(|request| body(request)).find(|order| order.contains(&format!("orderID=\"{number}\""))).expect("the order");
    between(order, "payloadID=\"", "\"").expect("an id")
}

async fn update(gateway: &Gateway, payload: &str, about: &str, code: &str, text: &str) -> (String, String) {
    let inner = format!(
        "<StatusUpdateRequest><DocumentReference payloadID=\"{about}\"/><Status code=\"{code}\" text=\"x\" xml:lang=\"en\">{text}</Status></StatusUpdateRequest>"
    );
    let answer = cxml::post(gateway, "college", &from_supplier(payload, &inner)).await;
    (answer.code, answer.text)
}

async fn history(gateway: &Gateway, number: &str) -> Vec<String> {
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let entries = hookline::store::journal::of_subject(&mut tx, "library", &format!("order/{number}")).await.expect("entries");
    entries.into_iter().map(|entry| entry.kind).collect()
}

async fn what_became_of_an_order_is_noted_and_a_refusal_told(engine: Engine) {
    let (gateway, seen) = world(engine).await;
    let (good, bad) = (ordered(&gateway, &seen, "Q-1", 1).await, ordered(&gateway, &seen, "Q-2", 2).await);
    for _ in 0..2 {
        assert_eq!(update(&gateway, "u1@acme", &good, "200", "done").await.0, "200");
    }
    assert_eq!(history(&gateway, "Q-1").await, ["order placed", "order taken over"], "once, whoever repeats it");
    assert_eq!(update(&gateway, "u2@acme", &bad, "400", "no such buyer").await.0, "200");
    assert_eq!(history(&gateway, "Q-2").await, ["order placed", "order not taken over"]);
    let mails = owed(&gateway, "inkoop@library.example").await;
    let told: Vec<_> = mails.iter().filter(|mail| mail["template"] == "order-not-taken-over").collect();
    assert!(told.len() == 1 && told[0]["reason"] == "no such buyer" && told[0]["order"]["number"] == "Q-2", "{mails:?}");
    // What is known to nobody, and what the buyer's system says of it.
    assert_eq!(update(&gateway, "u3@acme", "someone@else", "200", "").await.0, "417");
    let of_buyer = cxml::request(
        "u4@test",
        cxml::SECRET,
        "production",
        &format!("<StatusUpdateRequest><DocumentReference payloadID=\"{good}\"/><Status code=\"400\" text=\"x\"/></StatusUpdateRequest>"),
    );
    assert_eq!(cxml::post(&gateway, "college", &of_buyer).await.code, "417", "only the supplier speaks of what it was sent");
    // A day later nobody is told again of what was reported.
    gateway.advance(Duration::from_secs(25 * 3600));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let mails = owed(&gateway, "inkoop@library.example").await;
    assert!(mails.iter().all(|mail| mail["template"] != "order-unfinished"), "{mails:?}");
    gateway.stop().await;
}

async fn a_system_that_says_no_more_is_told_of(engine: Engine) {
    let (gateway, seen) = world(engine).await;
    ordered(&gateway, &seen, "Q-1", 1).await;
    let told = async || {
        let mails = owed(&gateway, "inkoop@library.example").await;
        mails.iter().filter(|mail| mail["template"] == "order-unfinished" && mail["order"]["number"] == "Q-1").count()
    };
    // The outcome of the sending, with the job in it, is written just after the answer.
    tokio::time::sleep(Duration::from_millis(1000)).await;
    gateway.advance(Duration::from_secs(23 * 3600));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(told().await, 0, "too early");
    gateway.advance(Duration::from_secs(2 * 3600));
    for _ in 0..40 {
        if told().await > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    assert_eq!(told().await, 1);
    gateway.stop().await;
}

/// The order was taken over, its change was not: both are told as what they are, and the sequel of one is not that of the other.
async fn a_change_that_is_not_taken_over_is_told_as_one(engine: Engine) {
    let (gateway, seen) = world(engine).await;
    let order = ordered(&gateway, &seen, "Q-1", 1).await;
    let called_off = cxml::order("Q-1-d@test", "production", "orderID=\"Q-1\" type=\"delete\"", "10", &line("1", "BOOK-1", "", "10.00", "FICTION"))
        .replace("<Total>", "<!-- --><Total>")
        .replace("</OrderRequestHeader>", "<DocumentReference payloadID=\"Q-1@test\"/></OrderRequestHeader>");
    assert_eq!(cxml::post(&gateway, "college", &called_off).await.code, "200");
    let sent = at_least(&seen, 2).await;
    let deletion = sent.iter().map(|request| body(request)).find(|document| document.contains("type=\"delete\"")).expect("the cancellation");
    let deletion = between(deletion, "payloadID=\"", "\"").expect("an id");
    assert_eq!(update(&gateway, "u1@acme", &order, "200", "").await.0, "200");
    assert_eq!(update(&gateway, "u2@acme", &deletion, "400", "packed already").await.0, "200");
    let mails = owed(&gateway, "inkoop@library.example").await;
    let templates: Vec<_> = mails.iter().filter_map(|mail| mail["template"].as_str()).filter(|name| name.contains("taken-over")).collect();
    assert_eq!(templates, ["change-not-taken-over"]);
    gateway.stop().await;
}
