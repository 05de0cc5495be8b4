//! Offers for some pieces of a line: taken, they are a line of their own on the same budgets, with the charges that follow it; refused, nothing
//! changed. Amounts are worked out by hand in the comments; an order that came from the buyer's system is never divided.

use serde_json::{Value, json};

use crate::desk::{ORDERS, budget, order, owed, place, post, said};
use crate::on_both_engines;
use crate::orders::{press, world};
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway, sign_in_on_page};
use crate::support::http::Request;

on_both_engines! {
    some_pieces_that_are_taken_are_a_line_of_their_own,
    what_is_left_of_a_line_is_offered_otherwise,
    offers_are_decided_one_after_the_other,
    shares_and_charges_follow_their_pieces,
    what_no_budget_allows_divides_nothing,
    the_page_says_what_becomes_of_it,
    an_order_of_the_buyers_system_is_not_divided,
}

const TARGET: &str = "/api/v1/orders/A-1/offers/1";

async fn decided(buyer: &mut Api, decision: &str) -> Value {
    let answer = post(buyer, TARGET, &json!({"decision": decision})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    buyer.get("/api/v1/orders/A-1").await.expect("the order")
}

/// Number, article, quantity, price and net of each line.
fn lines(order: &Value) -> Vec<[String; 5]> {
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let line = |line: &Value| ["line", "article", "quantity", "price", "net"].map(|key| word(&line[key]));
    order["lines"].as_array().expect("lines").iter().map(line).collect()
}

fn expected(all: &[[&str; 5]]) -> Vec<[String; 5]> {
    all.iter().map(|line| line.map(str::to_owned)).collect()
}

async fn some_pieces_that_are_taken_are_a_line_of_their_own(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    let placed = place(&mut buyer, &order("A-1", "5")).await;
    let says = json!({"lines": [
        {"line": 1, "says": "confirmed", "quantity": "2"},
        {"line": 1, "says": "offered", "quantity": "3", "price": "12.00", "date": "2026-03-30"}]});
    said(&mut desk, "A-1", &says).await;
    assert_eq!(budget(&mut buyer).await, [5000, 0, 0, 5000]);
    // Refused, and offered once more: nothing is divided by that.
    assert_eq!(lines(&decided(&mut buyer, "refuse").await), expected(&[["1", "BOOK-1", "5", "10.00", "50.00"]]));
    said(&mut desk, "A-1", &json!({"lines": [{"line": 1, "says": "offered", "quantity": "3", "price": "12.00", "date": "2026-03-30"}]})).await;
    let taken = decided(&mut buyer, "accept").await;
    // 2 × 10.00 and 3 × 12.00
    assert_eq!(lines(&taken), expected(&[["1", "BOOK-1", "2", "10.00", "20.00"], ["2", "BOOK-1", "3", "12.00", "36.00"]]));
    assert_eq!((&taken["net"], &taken["lines"][1]["coding"]["budget_code"]), (&json!("56.00"), &json!("FICTION")));
    assert_eq!(taken["lines"][0]["answers"], json!([{"says": "confirmed", "quantity": "2"}]));
    assert_eq!(taken["lines"][1]["answers"], json!([{"says": "confirmed", "quantity": "3", "date": "2026-03-30"}]));
    assert_eq!(budget(&mut buyer).await, [5600, 0, 0, 4400]);
    assert!(owed(&gateway, "orders@acme.example").await.iter().any(|mail| mail["template"] == "offer-accepted"));
    assert_eq!(post(&mut buyer, TARGET, &json!({"decision": "accept"})).await.status, 409, "nothing is offered any more");
    // Each line goes its way to the invoice.
    for step in ["ship", "invoice"] {
        assert_eq!(press(&mut desk, &placed, step, "").await, 303);
    }
    let known = buyer.get("/api/v1/orders/A-1").await.expect("the order");
    assert_eq!((&known["invoices"][0]["net"], &known["state"]), (&json!("56.00"), &json!("invoiced")));
    assert_eq!(budget(&mut buyer).await[0..2], [0, 0]);
    gateway.stop().await;
}

async fn what_is_left_of_a_line_is_offered_otherwise(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    place(&mut buyer, &order("A-1", "5")).await;
    let some = json!({"lines": [{"line": 1, "quantity": "2"}]});
    assert_eq!(post(&mut desk, &format!("{ORDERS}/A-1/shipments"), &some).await.status, 200);
    // One will not come, the other two could be another article.
    said(&mut desk, "A-1", &json!({"lines": [{"line": 1, "says": "refused", "quantity": "1"}]})).await;
    said(&mut desk, "A-1", &json!({"lines": [{"line": 1, "says": "offered", "article": "BOOK-2", "name": "Another book"}]})).await;
    let taken = decided(&mut buyer, "accept").await;
    assert_eq!(lines(&taken), expected(&[["1", "BOOK-1", "3", "10.00", "20.00"], ["2", "BOOK-2", "2", "10.00", "20.00"]]));
    assert_eq!(
        (&taken["lines"][0]["shipped"], &taken["lines"][0]["refused"], &taken["lines"][1]["shipped"]),
        (&json!("2"), &json!("1"), &json!("0"))
    );
    assert_eq!(taken["lines"][1]["description"], "Another book");
    assert_eq!(budget(&mut buyer).await, [2000, 2000, 0, 6000]);
    gateway.stop().await;
}

async fn offers_are_decided_one_after_the_other(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    place(&mut buyer, &order("A-1", "5")).await;
    let says = json!({"lines": [
        {"line": 1, "says": "offered", "quantity": "2", "price": "12.00"},
        {"line": 1, "says": "offered", "quantity": "3", "article": "BOOK-2", "name": "Another book"}]});
    said(&mut desk, "A-1", &says).await;
    let first = decided(&mut buyer, "accept").await;
    assert_eq!(lines(&first), expected(&[["1", "BOOK-1", "3", "10.00", "30.00"], ["2", "BOOK-1", "2", "12.00", "24.00"]]));
    assert_eq!(first["lines"][0]["answers"][0]["says"], "offered");
    // The other is for all that is left of the line: it stays one.
    let second = decided(&mut buyer, "accept").await;
    assert_eq!(lines(&second), expected(&[["1", "BOOK-2", "3", "10.00", "30.00"], ["2", "BOOK-1", "2", "12.00", "24.00"]]));
    assert_eq!(budget(&mut buyer).await, [5400, 0, 0, 4600]);
    gateway.stop().await;
}

async fn shares_and_charges_follow_their_pieces(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    let more = "[[budget]]\nbuyer = \"library\"\ncode = \"YOUTH\"\nname = \"Youth\"\namount = \"100.00\"\n";
    gateway.apply(&format!("{WORLD}{more}")).await.expect("applied");
    let body = json!({"number": "A-1", "connection": "lib", "lines": [{"line": 1, "article": "BOOK-1", "quantity": "5",
        "split": [{"budget": "FICTION", "percent": "60"}, {"budget": "YOUTH", "percent": "40"}],
        "charges": [{"id": "label", "price": "0.50", "vat": "0", "per_unit": true, "split": [{"budget": "YOUTH", "percent": "100"}]}]}]});
    place(&mut buyer, &body).await;
    let committed = async |buyer: &mut Api| {
        let all = buyer.items("/api/v1/budgets").await.expect("the budgets");
        let of = |code: &str| all.iter().find(|one| one["budget"] == code).and_then(|one| one["committed"].as_i64()).expect("an amount");
        (of("FICTION"), of("YOUTH"))
    };
    // 60 % of 50.00; 40 % and 5 × 0.50.
    assert_eq!(committed(&mut buyer).await, (3000, 2250));
    said(&mut desk, "A-1", &json!({"lines": [{"line": 1, "says": "offered", "quantity": "2", "price": "12.00"}]})).await;
    decided(&mut buyer, "accept").await;
    // 60 % of 30.00 and of 24.00; 40 % of both, and the labels of three and of two.
    assert_eq!(committed(&mut buyer).await, (1800 + 1440, 1200 + 960 + 250));
    // The two are called off with their labels.
    let gone = json!({"lines": [{"line": 2, "quantity": "2"}]});
    assert_eq!(post(&mut buyer, "/api/v1/orders/A-1/cancellations", &gone).await.status, 200);
    assert_eq!(committed(&mut buyer).await, (1800, 1200 + 150));
    gateway.stop().await;
}

async fn what_no_budget_allows_divides_nothing(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    place(&mut buyer, &order("A-1", "5")).await;
    said(&mut desk, "A-1", &json!({"lines": [{"line": 1, "says": "offered", "quantity": "2", "price": "35.01"}]})).await;
    let refused = post(&mut buyer, TARGET, &json!({"decision": "accept"})).await;
    // 3 × 10.00 and 2 × 35.01 are 100.02 of 100.00.
    let problem = refused.json().expect("problem+json");
    assert_eq!((refused.status, &problem["over"][0]["short"]), (409, &json!(2)), "{problem}");
    let known = buyer.get("/api/v1/orders/A-1").await.expect("the order");
    assert_eq!(lines(&known), expected(&[["1", "BOOK-1", "5", "10.00", "50.00"]]));
    assert_eq!((budget(&mut buyer).await, &known["lines"][0]["answers"][0]["says"]), ([5000, 0, 0, 5000], &json!("offered")));
    // Another one is tried first: nothing is done either.
    decided(&mut buyer, "refuse").await;
    said(&mut desk, "A-1", &json!({"lines": [{"line": 1, "says": "offered", "quantity": "2", "price": "35.00"}]})).await;
    let tried = post(&mut buyer, TARGET, &json!({"decision": "accept", "preview": true})).await;
    assert_eq!((tried.status, budget(&mut buyer).await), (200, [5000, 0, 0, 5000]), "{}", tried.text());
    assert_eq!(decided(&mut buyer, "accept").await["lines"].as_array().map(Vec::len), Some(2));
    assert_eq!(budget(&mut buyer).await, [10_000, 0, 0, 0]);
    gateway.stop().await;
}

async fn the_page_says_what_becomes_of_it(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    let placed = place(&mut buyer, &order("A-1", "5")).await;
    assert_eq!(press(&mut desk, &placed, "answer", "line=1&quantity-1=2&says=offered&price=12.00").await, 303);
    let mut page = sign_in_on_page(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let address = format!("/orders/{}", placed["id"].as_str().expect("an id"));
    let shown = page.get(&address).await.expect("the page").text();
    assert!(shown.contains("Accepted, these pieces become a line of their own.") && shown.contains("value=\"accept\""), "{shown}");
    let version = buyer.get("/api/v1/orders/A-1").await.expect("the order")["version"].to_string();
    let fields = [("line", "1"), ("decision", "accept"), ("version", &version)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(page.send(Request::form(format!("{address}/offer"), &fields)).await.expect("an answer").status, 303);
    let shown = page.get(&address).await.expect("the page").text();
    assert!(shown.contains("54.00") && !shown.contains("value=\"accept\""), "{shown}");
    gateway.stop().await;
}

async fn an_order_of_the_buyers_system_is_not_divided(engine: Engine) {
    let gateway = Gateway::with(engine, &crate::cxml::world()).await;
    let document = crate::cxml::order("o1@test", "production", "orderID=\"A-1\"", "50", &crate::cxml::line("5", "BOOK-1", "", "10.00", "FICTION"));
    assert_eq!(crate::cxml::post(&gateway, "college", &document).await.code, "200");
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let part = json!({"lines": [{"line": 1, "says": "offered", "quantity": "2", "price": "11"}]});
    let answer = post(&mut desk, &format!("{ORDERS}/A-1/answers"), &part).await;
    let problem = answer.json().expect("problem+json");
    let finding = &problem["findings"][0];
    assert_eq!((answer.status, &finding["code"], &finding["limit"]), (422, &json!("offer-in-part"), &json!("5")), "{problem}");
    said(&mut desk, "A-1", &json!({"lines": [{"line": 1, "says": "offered", "price": "11"}]})).await;
    gateway.stop().await;
}
