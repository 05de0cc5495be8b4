//! Orders that differ from their basket, under every rule of a connection: taken, held for approval or refused with line, field and both
//! figures; and told to everybody concerned. Expected verdicts follow from the settings' own words (docs/configuration.md).

use serde_json::{Value, json};

use crate::granting::{person, signed_in};
use crate::on_both_engines;
use crate::orders::basket_of_two;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway};

on_both_engines! {
    a_changed_price_follows_the_rule,
    a_changed_quantity_follows_the_rule,
    what_must_be_asked_is_shown_with_both_figures,
    charges_on_the_order_are_divided_pro_rata,
    charges_on_the_order_that_cannot_be_read_are_named,
}

async fn world(engine: Engine, settings: &str) -> (Gateway, Api) {
    let world = WORLD
        .replace("return_origins = [\"https://erp.library.example\"]", &format!("return_origins = [\"https://erp.library.example\"]\n{settings}"));
    assert_ne!(world, WORLD);
    let gateway = Gateway::with(engine, &format!("{world}{}", person("approver", "\"approver\""))).await;
    let orderer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    (gateway, orderer)
}

/// An order of the first line of the basket: three books of 10.00.
fn order(number: &str, quote: &str, quantity: &str, price: &str) -> Value {
    json!({"number": number, "lines": [{"line": 1, "quote": quote, "quote_line": 1, "article": "BOOK-1", "quantity": quantity, "price": price}]})
}

async fn place(api: &mut Api, body: &Value) -> (u16, Value) {
    let answer = api.call("POST", "/api/v1/orders", Some(body)).await.expect("an answer");
    (answer.status, answer.json().expect("JSON"))
}

async fn a_changed_price_follows_the_rule(engine: Engine) {
    for (settings, price, status, net) in [
        ("", "10.01", 422, ""),
        ("", "10.00", 201, "30.00"),
        ("changed_price = \"accept\"", "12.50", 201, "37.50"),
        ("changed_price = \"ask\"", "10.01", 202, "30.03"),
        ("changed_price_percent = \"2\"", "10.20", 201, "30.60"),
        ("changed_price_percent = \"2\"", "9.79", 422, ""),
        ("changed_price = \"ask\"\nchanged_price_percent = \"2\"", "10.20", 201, "30.60"),
        ("changed_price = \"ask\"\nchanged_price_percent = \"2\"", "10.21", 202, "30.63"),
    ] {
        let (gateway, mut orderer) = world(engine, settings).await;
        let (quote, _) = basket_of_two(&gateway).await;
        let (answered, body) = place(&mut orderer, &order("1", &quote, "3", price)).await;
        assert_eq!(answered, status, "{settings} {price}: {body}");
        if status == 422 {
            let finding = &body["findings"][0];
            let shown = (finding["field"].as_str(), finding["line"].as_u64(), finding["value"].as_str(), finding["limit"].as_str());
            assert_eq!(shown, (Some("price"), Some(1), Some(format!("{price} / 1").as_str()), Some("10 / 1")));
        } else {
            assert_eq!(body["net"].as_str(), Some(net), "{settings} {price}");
            let differs = price != "10.00";
            assert_eq!(body["lines"][0]["quoted_price"]["price"].as_str().is_some(), differs, "{body}");
        }
        gateway.stop().await;
    }
}

async fn a_changed_quantity_follows_the_rule(engine: Engine) {
    for (settings, quantity, status) in [
        ("", "4", 201),
        ("changed_quantity = \"refuse\"", "4", 422),
        ("changed_quantity = \"refuse\"", "3", 201),
        ("changed_quantity = \"ask\"", "2", 202),
        ("changed_quantity = \"refuse\"\nchanged_quantity_percent = \"50\"", "4.5", 201),
        ("changed_quantity = \"refuse\"\nchanged_quantity_percent = \"50\"", "4.6", 422),
    ] {
        let (gateway, mut orderer) = world(engine, settings).await;
        let (quote, _) = basket_of_two(&gateway).await;
        let (answered, body) = place(&mut orderer, &order("1", &quote, quantity, "10")).await;
        assert_eq!(answered, status, "{settings} {quantity}: {body}");
        match status {
            422 => assert_eq!((body["findings"][0]["field"].as_str(), body["findings"][0]["limit"].as_str()), (Some("quantity"), Some("3"))),
            _ => assert_eq!(body["lines"][0]["quoted_quantity"].as_str(), (quantity != "3").then_some("3"), "{body}"),
        }
        gateway.stop().await;
    }
}

async fn what_must_be_asked_is_shown_with_both_figures(engine: Engine) {
    let (gateway, mut orderer) = world(engine, "changed_price = \"ask\"").await;
    let (quote, _) = basket_of_two(&gateway).await;
    let (status, body) = place(&mut orderer, &order("4711", &quote, "5", "11.25")).await;
    assert_eq!((status, body["state"].as_str()), (202, Some("requested")));
    let mut approver = signed_in(&gateway, "approver").await;
    let page = approver.call("GET", "/approvals/4711", None).await.expect("the request").text();
    for figure in ["11.25", "In the basket: 10.00", "In the basket: 3"] {
        assert!(page.contains(figure), "{figure}: {page}");
    }
    let approved = approver.call("POST", "/api/v1/requests/4711/decision", Some(&json!({"decision": "approve"}))).await.expect("an answer");
    assert_eq!(approved.status, 200, "{}", approved.text());
    // The supplier's desk and the order itself say both figures too: 5 × 11.25 = 56.25.
    let known = orderer.get("/api/v1/orders/4711").await.expect("the order");
    assert_eq!((known["state"].as_str(), known["net"].as_str()), (Some("placed"), Some("56.25")));
    assert_eq!(
        (&known["lines"][0]["quoted_price"], &known["lines"][0]["quoted_quantity"]),
        (&json!({"price": "10.00", "price_quantity": 1}), &json!("3"))
    );
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("the desk signs in");
    let page = desk.call("GET", &format!("/desk/library/{}", known["id"].as_str().expect("an id")), None).await.expect("the order").text();
    assert!(page.contains("In the basket: 10.00") && page.contains("In the basket: 3"), "{page}");
    gateway.stop().await;
}

const FILM: &str = "[[budget]]\nbuyer = \"library\"\ncode = \"FILM\"\nname = \"Film\"\namount = \"50.00\"\n";

/// Chapter 3: pro rata uses the largest remainder over the rows of the lines.
async fn charges_on_the_order_are_divided_pro_rata(engine: Engine) {
    // 3 books (30.00) on FICTION and 1 (10.00) on both halves. 4.99 to amounts 30.00, 5.00, 5.00: exactly 3.7425, 0.62375, 0.62375; the
    // cent that is missing goes to the second row: FICTION 3.74 + 0.63. To pieces 3, 0.5, 0.5: the same shares. Its own split: all on FILM.
    for (charge, fiction, film) in [
        (json!({"id": "freight", "price": "4.99", "vat": "21", "spread": "amounts"}), 3000 + 500 + 437, 500 + 62),
        (json!({"id": "freight", "price": "4.99", "vat": "21", "spread": "pieces"}), 3000 + 500 + 437, 500 + 62),
        (json!({"id": "freight", "price": "4.99", "vat": "21", "split": [{"budget": "FILM"}]}), 3000 + 500, 500 + 499),
    ] {
        let gateway = Gateway::with(engine, &format!("{WORLD}{FILM}")).await;
        let mut orderer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
        let halves = json!([{"budget": "FICTION", "percent": "50"}, {"budget": "FILM", "percent": "50"}]);
        let body = json!({"number": "1", "connection": "lib", "charges": [charge], "lines": [
            {"article": "BOOK-1", "quantity": "3", "split": [{"budget": "FICTION"}]}, {"article": "BOOK-1", "quantity": "1", "split": halves}]});
        let (status, answer) = place(&mut orderer, &body).await;
        assert_eq!(status, 201, "{answer}");
        let items = orderer.items("/api/v1/budgets").await.expect("the budgets");
        let committed = |code: &str| items.iter().find(|item| item["budget"] == code).and_then(|item| item["committed"].as_i64());
        assert_eq!((committed("FICTION"), committed("FILM")), (Some(fiction), Some(film)), "{charge}");
        // It is a line of its own, which can be called off by its name with the whole order.
        let money = orderer.get("/api/v1/orders/1/money").await.expect("the money");
        assert!(money.to_string().contains("freight"), "{money}");
        let whole = orderer.call("POST", "/api/v1/orders/1/cancellations", Some(&json!({}))).await.expect("an answer");
        assert_eq!(whole.status, 200, "{}", whole.text());
        let items = orderer.items("/api/v1/budgets").await.expect("the budgets");
        assert!(items.iter().all(|item| item["committed"] == 0), "{items:?}");
        gateway.stop().await;
    }
}

async fn charges_on_the_order_that_cannot_be_read_are_named(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let mut orderer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    for (charge, field) in [
        (json!({"id": "1", "price": "1", "vat": "21", "spread": "amounts"}), "charges.id"),
        (json!({"id": "a/b", "price": "1", "vat": "21", "spread": "amounts"}), "charges.id"),
        (json!({"id": "fee", "price": "much", "vat": "21", "spread": "amounts"}), "charges"),
        (json!({"id": "fee", "price": "1", "vat": "21"}), "charges.spread"),
        (json!({"id": "fee", "price": "1", "vat": "21", "spread": "evenly"}), "charges.spread"),
        (json!({"id": "fee", "price": "1", "vat": "21", "spread": "pieces", "split": [{"budget": "FICTION"}]}), "charges.spread"),
        (json!({"id": "fee", "price": "1", "vat": "21", "split": [{"budget": "NOPE"}]}), "budget_code"),
        (json!({"id": "fee", "price": "1", "vat": "21", "tip": 1, "spread": "pieces"}), "body"),
    ] {
        let body = json!({"number": "1", "connection": "lib", "charges": [charge], "lines": [
            {"article": "BOOK-1", "quantity": "1", "coding": {"budget_code": "FICTION"}}]});
        let (status, answer) = place(&mut orderer, &body).await;
        assert_eq!((status, answer["findings"][0]["field"].as_str()), (422, Some(field)), "{charge}: {answer}");
    }
    let two = json!([{"id": "fee", "price": "1", "vat": "21", "spread": "amounts"}, {"id": "fee", "price": "2", "vat": "21", "spread": "amounts"}]);
    let body = json!({"number": "1", "connection": "lib", "charges": two, "lines": [
        {"article": "BOOK-1", "quantity": "1", "coding": {"budget_code": "FICTION"}}]});
    assert_eq!(place(&mut orderer, &body).await.0, 409, "one name, two charges");
    gateway.stop().await;
}
