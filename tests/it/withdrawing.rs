//! Shipments that are taken back or said anew (section 16 of the trading partners' reference): at the desk, over the API and in cXML. The money
//! follows in the same commit, the buyer's people and system hear of it, and nothing that is on an invoice goes back.

use serde_json::{Value, json};

use crate::cxml::{self, assert_valid, between, from_supplier, line, order as cxml_order, telling, wait_for, with_supplier};
use crate::desk::{ORDERS, budget, order, owed, place, post};
use crate::on_both_engines;
use crate::orders::{press, world};
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway};

on_both_engines! {
    what_did_not_leave_is_open_again,
    what_is_invoiced_does_not_go_back,
    a_notice_replaces_the_one_before_or_withdraws_it,
    a_notice_of_several_orders_changes_all_of_them,
    what_was_withdrawn_by_hand_is_in_nobody_s_way,
    the_buyer_s_system_hears_of_the_change_under_the_same_number,
    another_supplier_says_nothing_of_an_order,
}

async fn what_did_not_leave_is_open_again(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    let placed = place(&mut buyer, &order("A-1", "5")).await;
    for quantity in ["2", "3"] {
        let shipment = json!({"lines": [{"line": 1, "quantity": quantity}]});
        assert_eq!(post(&mut desk, &format!("{ORDERS}/A-1/shipments"), &shipment).await.status, 200);
    }
    assert_eq!(budget(&mut buyer).await, [0, 5000, 0, 5000]);
    let changed = desk.call("DELETE", &format!("{ORDERS}/A-1/shipments/1?version=1"), None).await.expect("an answer");
    assert_eq!(changed.status, 409, "{}", changed.text());
    for _ in 0..2 {
        let answer = desk.call("DELETE", &format!("{ORDERS}/A-1/shipments/1"), None).await.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
        let known = answer.json().expect("JSON");
        assert_eq!((&known["state"], &known["lines"][0]["open"], &known["version"]), (&json!("confirmed"), &json!("2"), &json!(4)));
        let withdrawn: Vec<bool> = known["shipments"].as_array().expect("shipments").iter().map(|one| one["withdrawn_at"].is_string()).collect();
        assert_eq!(withdrawn, [true, false]);
    }
    assert_eq!(budget(&mut buyer).await, [2000, 3000, 0, 5000]);
    let mails = owed(&gateway, "inkoop@library.example").await;
    let told: Vec<&Value> = mails.iter().filter(|mail| mail["template"] == "shipment-withdrawn").collect();
    assert!(told.len() == 1 && told[0]["order"]["lines"][0]["quantity"] == "2", "once, with what is to come: {mails:?}");
    // On the page the other one goes back, too, and what is not there is said to be so.
    assert_eq!(press(&mut desk, &placed, "withdraw", "shipment=2").await, 303);
    assert_eq!(press(&mut desk, &placed, "withdraw", "shipment=7").await, 404);
    assert_eq!(press(&mut desk, &placed, "withdraw", "shipment=x").await, 422);
    assert_eq!(budget(&mut buyer).await, [5000, 0, 0, 5000]);
    assert_eq!(press(&mut desk, &placed, "invoice", "").await, 409, "nothing left, so nothing is invoiced");
    // It leaves after all, is invoiced, and the invoice names the shipment that counts.
    assert_eq!(press(&mut desk, &placed, "ship", "").await, 303);
    assert_eq!(press(&mut desk, &placed, "invoice", "").await, 303);
    assert_eq!(budget(&mut buyer).await, [0, 0, 5000, 5000]);
    let known = buyer.get("/api/v1/orders/A-1").await.expect("the order");
    let id = known["invoices"][0]["id"].as_str().expect("an id");
    let document = buyer.call("GET", &format!("/invoices/{id}"), None).await.expect("an answer").text();
    assert_eq!(between(&document, "<cac:DespatchDocumentReference>", "</cac:").map(|text| text.contains("<cbc:ID>A-1-3<")), Some(true), "{document}");
    gateway.stop().await;
}

async fn what_is_invoiced_does_not_go_back(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    let placed = place(&mut buyer, &order("A-1", "5")).await;
    assert_eq!(press(&mut desk, &placed, "ship", "line=1&quantity-1=2").await, 303);
    assert_eq!(press(&mut desk, &placed, "invoice", "").await, 303);
    let answer = desk.call("DELETE", &format!("{ORDERS}/A-1/shipments/1"), None).await.expect("an answer");
    let problem = answer.json().expect("problem+json");
    let finding = &problem["findings"][0];
    let said = (answer.status, &finding["code"], &finding["line"], &finding["value"], &finding["limit"]);
    assert_eq!(said, (422, &json!("shipment-invoiced"), &json!(1), &json!("2"), &json!("0")), "{problem}");
    assert_eq!(budget(&mut buyer).await, [3000, 0, 2000, 5000]);
    gateway.stop().await;
}

/// A notice about some pieces of the first line of orders.
fn notice(operation: &str, portions: &[(&str, u32)]) -> String {
    let portion = |(number, quantity): &(&str, u32)| {
        format!(
            "<ShipNoticePortion><OrderReference orderID=\"{number}\"><DocumentReference payloadID=\"\"/></OrderReference>\
             <ShipNoticeItem quantity=\"{quantity}\" lineNumber=\"1\"><UnitOfMeasure>EA</UnitOfMeasure></ShipNoticeItem></ShipNoticePortion>"
        )
    };
    let portions: String = portions.iter().map(portion).collect();
    format!(
        "<ShipNoticeRequest><ShipNoticeHeader shipmentID=\"S-1\" operation=\"{operation}\" noticeDate=\"2026-03-06\"/>{portions}</ShipNoticeRequest>"
    )
}

async fn said(gateway: &Gateway, payload: &str, operation: &str, portions: &[(&str, u32)]) -> (String, String) {
    let answer = cxml::post(gateway, "college", &from_supplier(payload, &notice(operation, portions))).await;
    (answer.code, answer.text)
}

async fn ordered(gateway: &Gateway, number: &str, quantity: u32) {
    let (id, total) = (format!("orderID=\"{number}\""), (quantity * 10).to_string());
    let document = cxml_order(&format!("{number}@test"), "production", &id, &total, &line(&quantity.to_string(), "BOOK-1", "", "10.00", "FICTION"));
    assert_eq!(cxml::post(gateway, "college", &document).await.code, "200");
}

/// Shipped of the first line, and the number of shipments that count.
async fn shipped(gateway: &Gateway, number: &str) -> (String, usize) {
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let stored = hookline::store::order::by_number(&mut tx, "library", number).await.expect("a row").expect("the order");
    let shipments = hookline::store::shipment::of_order(&mut tx, "library", &stored.order.id).await.expect("shipments");
    (stored.order.lines[0].shipped.normalize().to_string(), shipments.iter().filter(|one| !one.is_withdrawn()).count())
}

async fn a_notice_replaces_the_one_before_or_withdraws_it(engine: Engine) {
    let gateway = Gateway::with(engine, &with_supplier()).await;
    ordered(&gateway, "N-1", 5).await;
    let unknown = said(&gateway, "u0@test", "update", &[("N-1", 2)]).await;
    assert!(unknown.0 == "417" && unknown.1.contains("S-1"), "{unknown:?}");
    assert_eq!(said(&gateway, "s1@test", "new", &[("N-1", 2)]).await.0, "200");
    let too_much = said(&gateway, "u1@test", "update", &[("N-1", 6)]).await;
    assert_eq!((too_much.0.as_str(), shipped(&gateway, "N-1").await), ("400", ("2".to_string(), 1)), "{}", too_much.1);
    for _ in 0..2 {
        assert_eq!(said(&gateway, "u2@test", "update", &[("N-1", 4)]).await.0, "200", "the same document again is the same change");
        assert_eq!(shipped(&gateway, "N-1").await, ("4".to_string(), 1));
    }
    for _ in 0..2 {
        let withdrawn = said(&gateway, "d1@test", "delete", &[]).await;
        assert_eq!((withdrawn.0.as_str(), shipped(&gateway, "N-1").await), ("200", ("0".to_string(), 0)), "{}", withdrawn.1);
    }
    assert_eq!(said(&gateway, "d2@test", "delete", &[]).await.0, "417", "what is withdrawn is not there to be withdrawn");
    gateway.stop().await;
}

async fn a_notice_of_several_orders_changes_all_of_them(engine: Engine) {
    let finance = "[[person]]\nsign_in = \"finance@acme.example\"\npassword = \"Finance-password-1\"\nname = \"Finance\"\nmail = \"f@acme.example\"\nlanguage = \"en\"\n\
                   supplier = \"acme\"\nroles = [\"supplier_desk\", \"supplier_finance\"]\n";
    let gateway = Gateway::with(engine, &format!("{}\n{finance}", with_supplier())).await;
    for number in ["N-1", "N-2", "N-3"] {
        ordered(&gateway, number, 3).await;
    }
    let of = async || [shipped(&gateway, "N-1").await.0, shipped(&gateway, "N-2").await.0, shipped(&gateway, "N-3").await.0];
    assert_eq!(said(&gateway, "s1@test", "new", &[("N-1", 2), ("N-2", 3)]).await.0, "200");
    assert_eq!(of().await, ["2", "3", "0"]);
    // The second order is not in it any more, the third is.
    assert_eq!(said(&gateway, "u1@test", "update", &[("N-3", 1), ("N-1", 1)]).await.0, "200");
    assert_eq!(of().await, ["1", "0", "1"]);
    let twice = said(&gateway, "u2@test", "update", &[("N-1", 1), ("N-1", 1)]).await;
    assert_eq!(twice.0, "400", "{}", twice.1);
    // Of what is invoiced nothing goes back, and then nothing of the others does.
    let mut desk = Api::signed_in(gateway.address, "finance@acme.example", "Finance-password-1").await.expect("signed in");
    let order = desk.get(&format!("{ORDERS}/N-3")).await.expect("the order");
    assert_eq!(press(&mut desk, &order, "invoice", "").await, 303);
    let refused = said(&gateway, "d1@test", "delete", &[]).await;
    assert!(refused.0 == "409" && refused.1.contains("invoice"), "{refused:?}");
    assert_eq!(of().await, ["1", "0", "1"]);
    assert_eq!(said(&gateway, "u3@test", "update", &[("N-1", 3), ("N-3", 1)]).await.0, "409");
    assert_eq!(of().await, ["1", "0", "1"]);
    gateway.stop().await;
}

/// One of two orders was taken back at the desk and then called off: the other still changes by its notice.
async fn what_was_withdrawn_by_hand_is_in_nobody_s_way(engine: Engine) {
    let gateway = Gateway::with(engine, &with_supplier()).await;
    for number in ["N-1", "N-2"] {
        ordered(&gateway, number, 3).await;
    }
    assert_eq!(said(&gateway, "s1@test", "new", &[("N-1", 2), ("N-2", 3)]).await.0, "200");
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let order = desk.get(&format!("{ORDERS}/N-1")).await.expect("the order");
    assert_eq!(press(&mut desk, &order, "withdraw", "shipment=1").await, 303);
    assert_eq!(press(&mut desk, &order, "cannot-deliver", "line=1&reason=gone").await, 303);
    let version = desk.get(&format!("{ORDERS}/N-1")).await.expect("the order")["version"].clone();
    let deleted = said(&gateway, "d1@test", "delete", &[]).await;
    assert_eq!((deleted.0.as_str(), shipped(&gateway, "N-2").await), ("200", ("0".to_string(), 0)), "{}", deleted.1);
    assert_eq!(desk.get(&format!("{ORDERS}/N-1")).await.expect("the order")["version"], version, "nothing was done to it");
    gateway.stop().await;
}

/// Sections 15 and 16: an order of another supplier is not known to whoever proved itself for one of its own connections.
async fn another_supplier_says_nothing_of_an_order(engine: Engine) {
    let annex = cxml::COLLEGE
        .replace("name = \"college\"", "name = \"annex\"")
        .replace("catalogue = \"main\"", "catalogue = \"other\"")
        .replace("connection = \"college\"", "connection = \"annex\"")
        .replace("user = \"college\"", "user = \"other-erp\"")
        .replace("password = \"College-secret-12\"", "password = \"Acme-secret-1234\"")
        .replace("buyer = [\"NetworkId:college\"]", "buyer = [\"NetworkId:annex\"]\nsupplier = [\"NetworkId:other-erp\"]");
    let world = format!(
        "{}\n[[supplier]]\nid = \"other\"\nname = \"Other\"\n[[catalogue]]\nid = \"other\"\nsupplier = \"other\"\nname = \"Other\"\n{annex}",
        with_supplier()
    );
    let gateway = Gateway::with(engine, &world).await;
    ordered(&gateway, "N-1", 3).await;
    let refusal = "<ConfirmationRequest><ConfirmationHeader type=\"reject\" noticeDate=\"2026-03-06\"/>\
         <OrderReference orderID=\"N-1\"><DocumentReference payloadID=\"N-1@test\"/></OrderReference></ConfirmationRequest>";
    for (payload, document) in [("s1@other", notice("new", &[("N-1", 3)])), ("c1@other", refusal.to_string())] {
        let document = from_supplier(payload, &document).replace("acme-erp", "other-erp");
        let answer = cxml::post(&gateway, "annex", &document).await;
        assert_eq!(answer.code, "417", "{}", answer.text);
    }
    assert_eq!(shipped(&gateway, "N-1").await, ("0".to_string(), 0));
    assert_eq!(said(&gateway, "s1@acme", "new", &[("N-1", 3)]).await.0, "200", "its own supplier does");
    gateway.stop().await;
}

async fn the_buyer_s_system_hears_of_the_change_under_the_same_number(engine: Engine) {
    let (gateway, seen) = telling(engine, "200", "").await;
    ordered(&gateway, "D-1", 5).await;
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-1").await.expect("signed in");
    let order = desk.get(&format!("{ORDERS}/D-1")).await.expect("the order");
    assert_eq!(press(&mut desk, &order, "confirm", "").await, 303);
    assert_eq!(press(&mut desk, &order, "ship", "line=1&quantity-1=2&carrier=DHL&tracking=JD01").await, 303);
    assert_eq!(press(&mut desk, &order, "withdraw", "shipment=1").await, 303);
    assert_eq!(press(&mut desk, &order, "ship", "line=1&quantity-1=5").await, 303);
    let documents = wait_for(&seen, 4).await;
    let about = |document: &String| {
        assert_valid(document, "Fulfill.dtd");
        ["shipmentID", "operation"].map(|name| between(document, &format!(" {name}=\""), "\"").unwrap_or_default())
    };
    let told: Vec<[String; 2]> = documents[1..].iter().map(about).collect();
    assert_eq!(told, [["D-1-1", "new"], ["D-1-1", "delete"], ["D-1-2", "new"]].map(|told| told.map(String::from)));
    assert!(!documents[2].contains("ShipNoticePortion"), "a portion without items would be the whole order: {}", documents[2]);
    gateway.stop().await;
}
