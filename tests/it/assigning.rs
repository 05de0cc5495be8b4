//! Rights, steps and substitutes on their page: given and taken one by one, by the rules of the set-up file, with an entry in the journal.

use serde_json::{Value, json};

use crate::granting::{person, signed_in};
use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Gateway, sign_in_on_page};
use crate::support::html::Page;
use crate::support::http::{Answer, Client, Request};

on_both_engines! {
    a_right_given_on_the_page_holds_and_one_taken_away_does_not,
    steps_and_substitutes_are_given_and_taken,
    what_cannot_be_given_is_named_at_its_field,
}

async fn world(engine: Engine) -> (Gateway, Client) {
    let people = [("admin", "\"buyer_administrator\""), ("ann", "\"approver\""), ("bob", "\"approver\"")].map(|(name, roles)| person(name, roles));
    let gateway = Gateway::with(engine, &format!("{WORLD}{}", people.concat())).await;
    let admin = sign_in_on_page(gateway.address, "admin@library.example", "Password-of-admin-1").await.expect("signed in");
    (gateway, admin)
}

async fn post(client: &mut Client, fields: &[(&str, &str)]) -> Answer {
    let fields: Vec<(String, String)> = fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let origin = format!("http://{}", client.address);
    client.send(Request::form("/rights", &fields).header("Origin", &origin)).await.expect("an answer")
}

/// Takes away the first entry of a list by the button that stands beside it.
async fn take_first(client: &mut Client, list: &str) -> Answer {
    let page = Page::read(&client.get("/rights").await.expect("the page").text());
    let takes = |form: &&crate::support::html::Form| form.value("do").as_deref() == Some("take") && form.value("list").as_deref() == Some(list);
    let form = page.forms.iter().find(takes).expect("an entry to take away").clone();
    let origin = format!("http://{}", client.address);
    client.send(Request::form("/rights", &form.fields()).header("Origin", &origin)).await.expect("an answer")
}

async fn order_status(gateway: &Gateway, number: &str) -> u16 {
    let mut api = crate::support::gateway::Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let body: Value =
        json!({"number": number, "connection": "lib", "lines": [{"article": "BOOK-1", "quantity": "1", "coding": {"budget_code": "FICTION"}}]});
    api.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer").status
}

async fn a_right_given_on_the_page_holds_and_one_taken_away_does_not(engine: Engine) {
    let (gateway, mut admin) = world(engine).await;
    assert!(admin.get("/rights").await.expect("the page").text().contains("the roles decide alone"));
    assert_eq!(order_status(&gateway, "1").await, 201);
    let see = [
        ("do", "give"),
        ("list", "right"),
        ("who", "person:orderer@library.example"),
        ("budget", "FICTION"),
        ("children", "yes"),
        ("right", "see"),
        ("up_to", ""),
    ];
    assert_eq!(post(&mut admin, &see).await.status, 303);
    assert_eq!(order_status(&gateway, "2").await, 403, "only what was given counts now");
    let order = see.map(|(name, value)| (name, if name == "right" { "order" } else { value }));
    assert_eq!(post(&mut admin, &order).await.status, 303);
    assert_eq!(order_status(&gateway, "2").await, 201);
    let page = admin.get("/rights").await.expect("the page").text();
    assert!(page.contains("O. Rderer (orderer@library.example)") && page.contains("FICTION and below"), "{page}");
    // The first of the two by its name is the right to order.
    assert_eq!(take_first(&mut admin, "right").await.status, 303);
    assert_eq!(order_status(&gateway, "3").await, 403);
    assert_eq!(take_first(&mut admin, "right").await.status, 303);
    assert_eq!(order_status(&gateway, "3").await, 201, "the last one gone, the roles decide again");
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let entries = hookline::store::journal::after(&mut tx, "library", 0, 1000).await.expect("the journal");
    let kinds: Vec<&str> = entries.iter().filter(|entry| entry.subject == "rights").map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds, ["right given", "right given", "right taken", "right taken"]);
    drop(tx);
    gateway.stop().await;
}

async fn steps_and_substitutes_are_given_and_taken(engine: Engine) {
    let (gateway, mut admin) = world(engine).await;
    let step = [("do", "give"), ("list", "step"), ("budget", "FICTION"), ("from_amount", "25.00"), ("who", "person:ann@library.example")];
    assert_eq!(post(&mut admin, &step).await.status, 303);
    let absent = [
        ("do", "give"),
        ("list", "substitute"),
        ("person", "ann@library.example"),
        ("by", "bob@library.example"),
        ("from", "2020-01-01"),
        ("until", "2099-12-31"),
    ];
    assert_eq!(post(&mut admin, &absent).await.status, 303);
    let page = admin.get("/rights").await.expect("the page").text();
    assert!(page.contains("€25.00") && page.contains("bob (bob@library.example)"), "{page}");
    // Bob approves in Ann's place, by a step and a substitute that were given on the page.
    let mut api = crate::support::gateway::Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let asked = json!({"number": "R1", "connection": "lib", "lines": [{"article": "BOOK-1", "quantity": "3", "coding": {"budget_code": "FICTION"}}]});
    assert_eq!(api.call("POST", "/api/v1/requests", Some(&asked)).await.expect("an answer").status, 202);
    let mut bob = signed_in(&gateway, "bob").await;
    let decided = bob.call("POST", "/api/v1/requests/R1/decision", Some(&json!({"decision": "approve"}))).await.expect("an answer");
    assert_eq!((decided.status, decided.json().expect("JSON")["state"].as_str()), (200, Some("placed")), "{}", decided.text());
    for list in ["step", "substitute"] {
        assert_eq!(take_first(&mut admin, list).await.status, 303);
    }
    let page = admin.get("/rights").await.expect("the page").text();
    assert!(page.contains("No steps yet.") && page.contains("Nobody stands in."), "{page}");
    gateway.stop().await;
}

async fn what_cannot_be_given_is_named_at_its_field(engine: Engine) {
    let (gateway, mut admin) = world(engine).await;
    let right = |changed: &'static str, to: &'static str| {
        let usual =
            [("do", "give"), ("list", "right"), ("who", "person:ann@library.example"), ("budget", "FICTION"), ("right", "approve"), ("up_to", "5")];
        usual.map(|(name, value)| (name, if name == changed { to } else { value }))
    };
    for (name, value, field) in [
        ("up_to", "plenty", "right-up_to-error"),
        ("right", "order", "right-up_to-error"),
        ("right", "rule", "right-right-error"),
        ("budget", "NOPE", "right-budget-error"),
    ] {
        let answer = post(&mut admin, &right(name, value)).await;
        assert!(answer.status == 422 && answer.text().contains(field), "{name} {value}: {} {}", answer.status, answer.text());
    }
    for fields in [
        vec![("do", "give"), ("list", "right"), ("who", "person:nobody@library.example"), ("right", "see")],
        vec![("do", "give"), ("list", "right"), ("who", "role:king"), ("right", "see")],
        vec![("do", "give"), ("list", "crown")],
        vec![
            ("do", "give"),
            ("list", "substitute"),
            ("person", "ann@library.example"),
            ("by", "ann@library.example"),
            ("from", "2026-01-01"),
            ("until", "2026-01-02"),
        ],
        vec![
            ("do", "give"),
            ("list", "substitute"),
            ("person", "ann@library.example"),
            ("by", "bob@library.example"),
            ("from", "2026-02-01"),
            ("until", "2026-01-02"),
        ],
        vec![("do", "give"), ("list", "step"), ("budget", "FICTION"), ("from_amount", "-1"), ("who", "role:approver")],
    ] {
        assert_eq!(post(&mut admin, &fields).await.status, 422, "{fields:?}");
    }
    let gone = [("do", "take"), ("list", "right"), ("person", "ann@library.example"), ("role", ""), ("budget", "FICTION"), ("right", "see")];
    assert_eq!(post(&mut admin, &gone).await.status, 404);
    assert!(admin.get("/rights").await.expect("the page").text().contains("None yet."), "nothing was given");
    gateway.stop().await;
}
