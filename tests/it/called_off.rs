//! What an order comes to once pieces of it were refused or called off: API, webhook, desk and the document that the supplier is sent say what the
//! budgets hold, charges and discounts on the whole included. Amounts are worked out by hand; the books are asked beside.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::channels::{CXML_OK, PARTIES, channel, with_channels};
use crate::cxml::{assert_valid, between, line, order, post, world};
use crate::on_both_engines;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway};
use crate::support::receiver::{Reply, Seen, at_least, body, receiver};

on_both_engines! {
    the_net_is_that_of_what_is_still_wanted,
    a_discount_on_the_whole_is_said_as_the_books_have_it,
}

async fn gateway(engine: Engine, form: &str, more: &str) -> (Gateway, Seen, Api, Api) {
    let (port, seen) = receiver(|_, _| Reply::Body(200, "text/xml", CXML_OK.into())).await;
    let toml = with_channels(&world(), &channel(form, port, more));
    let gateway = Gateway::with_private_host(engine, &toml, &format!("127.0.0.1:{port}")).await;
    let buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    (gateway, seen, buyer, desk)
}

/// Committed and delivered, in cents.
async fn held(buyer: &mut Api) -> (i64, i64) {
    let all = buyer.items("/api/v1/budgets").await.expect("the budgets");
    let budget = all.iter().find(|budget| budget["budget"] == "FICTION").expect("the budget");
    (budget["committed"].as_i64().expect("an amount"), budget["delivered"].as_i64().expect("an amount"))
}

async fn posted(api: &mut Api, target: &str, body: Value) {
    let answer = api.call("POST", target, Some(&body)).await.expect("an answer");
    assert!(answer.status < 300, "{target}: {} {}", answer.status, answer.text());
}

fn nets(order: &Value) -> (&str, Vec<&str>) {
    (
        order["net"].as_str().unwrap_or_default(),
        order["lines"].as_array().expect("lines").iter().map(|l| l["net"].as_str().unwrap_or_default()).collect(),
    )
}

async fn the_net_is_that_of_what_is_still_wanted(engine: Engine) {
    let (gateway, seen, mut buyer, mut desk) = gateway(engine, "webhook", "").await;
    let on = |article: &str, quantity: &str| json!({"article": article, "quantity": quantity, "coding": {"budget_code": "FICTION"}});
    let wanted = json!({"number": "N-1", "connection": "lib", "lines": [on("BOOK-1", "4"), on("BOOK-1", "2")]});
    posted(&mut buyer, "/api/v1/orders", wanted).await;
    let first = buyer.get("/api/v1/orders/N-1").await.expect("the order");
    assert_eq!(nets(&first), ("60.00", vec!["40.00", "20.00"]));
    let full = held(&mut buyer).await.0;
    // Three of four are refused by the supplier, one of two is called off by the buyer: 10.00 and 10.00.
    let answers = json!({"lines": [{"line": 1, "says": "refused", "quantity": "3", "reason": "sold out"}]});
    posted(&mut desk, "/api/v1/desk/orders/library/N-1/answers", answers).await;
    posted(&mut buyer, "/api/v1/orders/N-1/cancellations", json!({"lines": [{"line": 2, "quantity": "1"}]})).await;
    let now = buyer.get("/api/v1/orders/N-1").await.expect("the order");
    assert_eq!(nets(&now), ("20.00", vec!["10.00", "10.00"]));
    assert_eq!((&now["lines"][0]["quantity"], &now["lines"][0]["refused"]), (&json!("4"), &json!("3")));
    assert_eq!(held(&mut buyer).await.0 * 3, full, "the books hold a third of it, with its tax");
    let listed = desk.items("/api/v1/desk/orders").await.expect("the list");
    assert_eq!(listed[0]["net"], json!("20.00"));
    // What the event says is what its document says.
    let events = at_least(&seen, 2).await;
    let event: Value = serde_json::from_str(body(events.last().expect("an event"))).expect("JSON");
    assert_eq!((event["type"].as_str(), nets(&event["data"])), (Some("order.changed"), ("20.00", vec!["10.00", "10.00"])));
    assert_eq!(event["data"]["document"]["net_total"].to_string().trim_matches('"'), "20.00");
    gateway.stop().await;
}

/// Money of the total, what it was before the discount, and the discount; the latter two nothing where there is none.
fn total(document: &str) -> Vec<Decimal> {
    let total = between(document, "<Total>", "</Total>").expect("a total");
    let amount = |text: &str| text.split('<').next().and_then(|text| text.parse().ok()).expect("an amount");
    total.split("<Money currency=\"EUR\">").skip(1).map(amount).collect()
}

fn euros(all: &[i64]) -> Vec<Decimal> {
    all.iter().map(|euros| Decimal::from(*euros)).collect()
}

async fn a_discount_on_the_whole_is_said_as_the_books_have_it(engine: Engine) {
    let (gateway, seen, mut buyer, mut desk) = gateway(engine, "cxml", PARTIES).await;
    let less = "</Money><Modifications><Modification><AdditionalDeduction><DeductionAmount><Money currency=\"EUR\">2.00</Money></DeductionAmount>\
                </AdditionalDeduction></Modification></Modifications></Total>";
    let items = line("3", "BOOK-1", "", "10.00", "FICTION");
    let document = order("o1@test", "production", "orderID=\"D-1\"", "28", &items).replace("</Money></Total>", less);
    assert_eq!(post(&gateway, "college", &document).await.code, "200");
    assert_eq!((held(&mut buyer).await, total(body(&at_least(&seen, 1).await[0]))), ((2_800, 0), euros(&[28, 30, 2])));
    // A part is called off: what is off the whole does not follow quantities (chapter 3).
    posted(&mut buyer, "/api/v1/orders/D-1/cancellations", json!({"lines": [{"line": 1, "quantity": "1"}]})).await;
    let second = at_least(&seen, 2).await.remove(1);
    assert_valid(body(&second), "cXML.dtd");
    assert_eq!((held(&mut buyer).await, total(body(&second))), ((1_800, 0), euros(&[18, 20, 2])));
    // One comes, and all that is open is called off, the discount with it: what came costs its price.
    posted(&mut desk, "/api/v1/desk/orders/library/D-1/shipments", json!({"lines": [{"line": 1, "quantity": "1"}]})).await;
    posted(&mut buyer, "/api/v1/orders/D-1/cancellations", json!({})).await;
    let third = at_least(&seen, 3).await.remove(2);
    assert_valid(body(&third), "cXML.dtd");
    assert_eq!((held(&mut buyer).await, total(body(&third))), ((0, 1_000), euros(&[10])));
    gateway.stop().await;
}
