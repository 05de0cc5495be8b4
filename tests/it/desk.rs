//! The supplier's desk through the running server: what is said of pieces of a line, by page, API and cXML alike; shipments in parts, invoices that
//! follow them, offers that wait for the buyer, two people at one order. Amounts are worked out by hand in the comments.

use serde_json::{Value, json};

use crate::cxml;
use crate::on_both_engines;
use crate::orders::{press, world};
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway, sign_in_on_page};
use crate::support::html::Page;
use crate::support::http::{Answer, Request};

on_both_engines! {
    an_answer_divides_a_line_and_the_books_follow,
    what_does_not_fit_is_refused_with_line_and_limit,
    an_order_leaves_in_parts_and_invoices_follow,
    what_left_is_invoiced_when_the_rest_will_not_come,
    an_offer_changes_nothing_until_the_buyer_takes_it,
    an_offer_that_no_budget_allows_is_not_taken,
    another_article_takes_the_place_of_the_line,
    two_people_at_one_order_do_not_tread_on_each_other,
    page_api_and_document_mean_the_same,
    a_shipment_has_its_papers,
    a_place_of_its_own_is_a_branch,
    a_question_reaches_the_other_side,
    what_was_entered_stays_when_a_step_is_refused,
    the_list_says_what_needs_somebody_now,
    many_are_confirmed_at_once_each_for_itself,
    hundreds_of_orders_are_a_quick_page,
    an_open_page_learns_of_a_new_order,
    the_history_of_an_order_is_on_its_page,
    a_parked_message_is_sent_again,
}

pub const ORDERS: &str = "/api/v1/desk/orders/library";

pub fn order(number: &str, quantity: &str) -> Value {
    json!({"number": number, "connection": "lib", "ordered_by": "O. Rderer", "lines": [
        {"line": 1, "article": "BOOK-1", "quantity": quantity, "coding": {"budget_code": "FICTION"}}]})
}

pub async fn place(buyer: &mut Api, body: &Value) -> Value {
    let answer = buyer.call("POST", "/api/v1/orders", Some(body)).await.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json().expect("JSON")
}

/// Committed, delivered, expended, available.
pub async fn budget(api: &mut Api) -> [i64; 4] {
    let items = api.items("/api/v1/budgets").await.expect("the budgets");
    ["committed", "delivered", "expended", "available"].map(|name| items[0][name].as_i64().expect("an amount"))
}

pub async fn post(api: &mut Api, target: &str, body: &Value) -> Answer {
    api.call("POST", target, Some(body)).await.expect("an answer")
}

pub async fn said(desk: &mut Api, number: &str, body: &Value) -> Value {
    let answer = post(desk, &format!("{ORDERS}/{number}/answers"), body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json().expect("JSON")
}

/// What is owed to one recipient.
pub async fn owed(gateway: &Gateway, recipient: &str) -> Vec<Value> {
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let rows = tx.sql("SELECT recipient, payload FROM outbox ORDER BY id").all().await.expect("the outbox");
    let mine = rows.iter().filter(|row| row.text("recipient").is_ok_and(|text| text == recipient));
    mine.map(|row| serde_json::from_str(&row.text("payload").expect("a text")).expect("JSON")).collect()
}

async fn an_answer_divides_a_line_and_the_books_follow(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    place(&mut buyer, &order("A-1", "5")).await;
    assert_eq!(budget(&mut buyer).await, [5000, 0, 0, 5000]);
    let answered = said(
        &mut desk,
        "A-1",
        &json!({"lines": [
            {"line": 1, "says": "confirmed", "quantity": "2", "date": "2026-03-20"},
            {"line": 1, "says": "backordered", "quantity": 2, "date": "2026-04-15"},
            {"line": 1, "says": "refused", "reason": "out of print"}]}),
    )
    .await;
    // One of five is free at once; what is back-ordered keeps its money.
    assert_eq!(budget(&mut buyer).await, [4000, 0, 0, 6000]);
    let expected = json!([
        {"says": "confirmed", "quantity": "2", "date": "2026-03-20"}, {"says": "backordered", "quantity": "2", "date": "2026-04-15"}]);
    let line = &answered["lines"][0];
    assert_eq!((&line["answers"], &line["refused"], &line["open"], &line["pending"]), (&expected, &json!("1"), &json!("4"), &json!("0")));
    assert_eq!(answered["state"], "confirmed");
    let known = buyer.get("/api/v1/orders/A-1").await.expect("the order");
    assert_eq!((&known["lines"][0]["answers"], &known["lines"][0]["refusal_reason"]), (&expected, &json!("out of print")));
    let mails = owed(&gateway, "inkoop@library.example").await;
    let keys: Vec<&str> = mails.iter().flat_map(|mail| mail["details"].as_array().into_iter().flatten()).filter_map(|d| d["key"].as_str()).collect();
    assert_eq!(keys, ["mail-detail-promised", "mail-detail-backordered-until"], "{mails:?}");
    assert!(mails.iter().any(|mail| mail["template"] == "cannot-deliver"), "{mails:?}");
    // Taken back: nobody said anything of them any more.
    let taken_back = said(&mut desk, "A-1", &json!({"lines": [{"line": 1, "says": "pending"}]})).await;
    assert_eq!((&taken_back["lines"][0]["pending"], &taken_back["lines"][0]["answers"]), (&json!("4"), &Value::Null));
    gateway.stop().await;
}

async fn what_does_not_fit_is_refused_with_line_and_limit(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    place(&mut buyer, &order("A-1", "5")).await;
    for (target, body, code, limit) in [
        ("answers", json!({"lines": [{"line": 1, "says": "confirmed", "quantity": "6"}]}), "quantity-not-open", "5"),
        (
            "answers",
            json!({"lines": [{"line": 1, "says": "confirmed", "quantity": "3"}, {"line": 1, "says": "refused", "quantity": "2.5"}]}),
            "quantity-not-open",
            "5",
        ),
        ("answers", json!({"lines": [{"line": 1, "says": "offered"}]}), "missing", "price, article"),
        ("answers", json!({"lines": [{"line": 1, "says": "confirmed", "date": "soon"}]}), "date-invalid", ""),
        ("answers", json!({"lines": [{"line": 1, "says": "confirmed", "quantity": "-1"}]}), "quantity-not-a-number", ""),
        ("answers", json!({"lines": [{"line": 9, "says": "confirmed"}]}), "unusable", ""),
        ("answers", json!({"lines": [{"line": 1, "says": "perhaps"}]}), "unusable", ""),
        ("shipments", json!({"lines": [{"line": 1, "quantity": "5.5"}]}), "quantity-not-open", "5"),
        ("shipments", json!({"lines": [{"line": 1, "quantity": "1"}, {"line": 1, "quantity": "1"}]}), "unusable", ""),
        ("shipments", json!({"tracking": "x".repeat(101)}), "value-too-long", "100"),
    ] {
        let answer = post(&mut desk, &format!("{ORDERS}/A-1/{target}"), &body).await;
        let problem = answer.json().expect("problem+json");
        let finding = &problem["findings"][0];
        assert_eq!((answer.status, finding["code"].as_str(), finding["limit"].as_str()), (422, Some(code), Some(limit)), "{body}: {problem}");
    }
    assert_eq!(budget(&mut buyer).await, [5000, 0, 0, 5000]);
    assert_eq!(desk.get(&format!("{ORDERS}/A-1")).await.expect("the order")["version"], 1, "nothing was done");
    gateway.stop().await;
}

async fn an_order_leaves_in_parts_and_invoices_follow(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    let placed = place(&mut buyer, &order("A-1", "5")).await;
    let shipment = json!({"lines": [{"line": 1, "quantity": "2"}], "carrier": "PostNL", "tracking": "3SABC", "reference": "P-1"});
    let answer = post(&mut desk, &format!("{ORDERS}/A-1/shipments"), &shipment).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let shipped = answer.json().expect("JSON");
    assert_eq!((&shipped["state"], &shipped["lines"][0]["open"]), (&json!("placed"), &json!("3")));
    let first = &shipped["shipments"][0];
    let expected = json!([{"line": 1, "quantity": "2"}]);
    assert_eq!((&first["number"], &first["carrier"], &first["tracking"], &first["lines"]), (&json!(1), &json!("PostNL"), &json!("3SABC"), &expected));
    assert_eq!(budget(&mut buyer).await, [3000, 2000, 0, 5000]);
    let mails = owed(&gateway, "inkoop@library.example").await;
    assert!(mails.iter().any(|mail| mail["template"] == "shipped" && mail["order"]["lines"][0]["quantity"] == "2"), "{mails:?}");
    // The invoice is about what left, and the rest stays open.
    assert_eq!(press(&mut desk, &placed, "invoice", "").await, 303);
    let known = buyer.get("/api/v1/orders/A-1").await.expect("the order");
    assert_eq!((&known["state"], &known["invoices"][0]["net"]), (&json!("placed"), &json!("20.00")));
    assert_eq!(budget(&mut buyer).await, [3000, 0, 2000, 5000]);
    assert_eq!(press(&mut desk, &placed, "invoice", "").await, 409, "nothing else left");
    assert_eq!(press(&mut desk, &placed, "ship", "line=1&quantity-1=1&carrier=DHL&tracking=JD01").await, 303);
    assert_eq!(press(&mut desk, &placed, "ship", "").await, 303);
    assert_eq!(press(&mut desk, &placed, "invoice", "").await, 303);
    let known = buyer.get("/api/v1/orders/A-1").await.expect("the order");
    assert_eq!((&known["state"], known["invoices"].as_array().map(Vec::len)), (&json!("invoiced"), Some(2)));
    let left: Vec<(&Value, &Value)> = known["shipments"].as_array().expect("shipments").iter().map(|s| (&s["number"], &s["carrier"])).collect();
    assert_eq!(left, [(&json!(1), &json!("PostNL")), (&json!(2), &json!("DHL")), (&json!(3), &json!(""))]);
    assert_eq!(budget(&mut buyer).await, [0, 0, 5000, 5000]);
    gateway.stop().await;
}

async fn what_left_is_invoiced_when_the_rest_will_not_come(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    for (number, invoices_first) in [("A-1", true), ("A-2", false)] {
        let placed = place(&mut buyer, &order(number, "2")).await;
        assert_eq!(press(&mut desk, &placed, "ship", "line=1&quantity-1=1").await, 303);
        let steps = if invoices_first { [("invoice", ""), ("cannot-deliver", "line=1")] } else { [("cannot-deliver", "line=1"), ("invoice", "")] };
        for (step, form) in steps {
            assert_eq!(press(&mut desk, &placed, step, form).await, 303, "{step}");
        }
        let known = buyer.get(&format!("/api/v1/orders/{number}")).await.expect("the order");
        assert_eq!((&known["state"], &known["invoices"][0]["net"]), (&json!("invoiced"), &json!("10.00")), "{known}");
    }
    // Called off by the buyer instead, and what was promised of it is gone with it.
    place(&mut buyer, &order("A-3", "2")).await;
    said(&mut desk, "A-3", &json!({"lines": [{"line": 1, "says": "confirmed"}]})).await;
    let called_off = json!({"lines": [{"line": 1, "quantity": "1"}]});
    assert_eq!(post(&mut buyer, "/api/v1/orders/A-3/cancellations", &called_off).await.status, 200);
    let line = buyer.get("/api/v1/orders/A-3").await.expect("the order")["lines"][0].clone();
    assert_eq!((&line["refused"], &line["answers"]), (&json!("1"), &json!([{"says": "confirmed", "quantity": "1"}])));
    assert_eq!(budget(&mut buyer).await, [1000, 0, 2000, 7000]);
    gateway.stop().await;
}

async fn an_offer_changes_nothing_until_the_buyer_takes_it(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    let placed = place(&mut buyer, &order("A-1", "5")).await;
    let offer = json!({"lines": [{"line": 1, "says": "offered", "price": "12.00", "date": "2026-03-30"}]});
    let offered = said(&mut desk, "A-1", &offer).await;
    assert_eq!((&offered["net"], &offered["lines"][0]["price"]), (&json!("50.00"), &json!("10.00")));
    assert_eq!(budget(&mut buyer).await, [5000, 0, 0, 5000]);
    assert!(owed(&gateway, "inkoop@library.example").await.iter().any(|mail| mail["template"] == "order-offered"));
    let decide = |decision: &str| json!({"decision": decision});
    let target = "/api/v1/orders/A-1/offers/1";
    assert_eq!(post(&mut buyer, target, &decide("refuse")).await.status, 200);
    let known = desk.get(&format!("{ORDERS}/A-1")).await.expect("the order");
    assert_eq!((&known["lines"][0]["pending"], &known["lines"][0]["price"]), (&json!("5"), &json!("10.00")), "it waits for an answer again");
    assert_eq!(post(&mut buyer, target, &decide("accept")).await.status, 409, "nothing is offered any more");
    said(&mut desk, "A-1", &offer).await;
    let mut preview = decide("accept");
    preview["preview"] = json!(true);
    assert_eq!(post(&mut buyer, target, &preview).await.status, 200);
    assert_eq!(budget(&mut buyer).await, [5000, 0, 0, 5000], "only looked at");
    assert_eq!(post(&mut buyer, target, &decide("accept")).await.status, 200);
    // 5 × 12.00
    assert_eq!(budget(&mut buyer).await, [6000, 0, 0, 4000]);
    let known = buyer.get("/api/v1/orders/A-1").await.expect("the order");
    let promised = json!([{"says": "confirmed", "quantity": "5", "date": "2026-03-30"}]);
    assert_eq!((&known["net"], &known["lines"][0]["price"], &known["lines"][0]["answers"]), (&json!("60.00"), &json!("12.00"), &promised));
    let told: Vec<Value> = owed(&gateway, "orders@acme.example").await;
    let templates: Vec<&str> = told.iter().filter_map(|mail| mail["template"].as_str()).collect();
    assert_eq!((templates.len(), templates.contains(&"offer-refused"), templates.contains(&"offer-accepted")), (3, true, true), "{templates:?}");
    for step in ["ship", "invoice"] {
        assert_eq!(press(&mut desk, &placed, step, "").await, 303);
    }
    assert_eq!(buyer.get("/api/v1/orders/A-1").await.expect("the order")["invoices"][0]["net"], "60.00");
    gateway.stop().await;
}

async fn an_offer_that_no_budget_allows_is_not_taken(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    place(&mut buyer, &order("A-1", "5")).await;
    said(&mut desk, "A-1", &json!({"lines": [{"line": 1, "says": "confirmed", "price": "20.01"}]})).await;
    let refused = post(&mut buyer, "/api/v1/orders/A-1/offers/1", &json!({"decision": "accept"})).await;
    // 5 × 20.01 = 100.05 of 100.00
    let problem = refused.json().expect("problem+json");
    assert_eq!((refused.status, &problem["over"][0]["short"]), (409, &json!(5)), "{problem}");
    assert_eq!(budget(&mut buyer).await, [5000, 0, 0, 5000]);
    let known = buyer.get("/api/v1/orders/A-1").await.expect("the order");
    assert_eq!(known["lines"][0]["answers"][0]["says"], "offered", "the offer stands");
    gateway.stop().await;
}

async fn another_article_takes_the_place_of_the_line(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    let placed = place(&mut buyer, &order("A-1", "5")).await;
    assert_eq!(press(&mut desk, &placed, "answer", "line=1&says=offered&article=BOOK-2&name=Another+book").await, 303);
    let mut page =
        crate::support::gateway::sign_in_on_page(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let address = format!("/orders/{}", placed["id"].as_str().expect("an id"));
    let shown = page.get(&address).await.expect("the page").text();
    assert!(shown.contains("BOOK-2 Another book"), "{shown}");
    let known = buyer.get("/api/v1/orders/A-1").await.expect("the order");
    let fields = [("line", "1".to_owned()), ("decision", "accept".to_owned()), ("version", known["version"].to_string())];
    let fields: Vec<(String, String)> = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    assert_eq!(page.send(Request::form(format!("{address}/offer"), &fields)).await.expect("an answer").status, 303);
    let line = buyer.get("/api/v1/orders/A-1").await.expect("the order")["lines"][0].clone();
    assert_eq!((&line["article"], &line["description"], &line["price"]), (&json!("BOOK-2"), &json!("Another book"), &json!("10.00")));
    assert_eq!(budget(&mut buyer).await, [5000, 0, 0, 5000]);
    gateway.stop().await;
}

async fn two_people_at_one_order_do_not_tread_on_each_other(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    let placed = place(&mut buyer, &order("A-1", "5")).await;
    let version = desk.get(&format!("{ORDERS}/A-1")).await.expect("the order")["version"].as_i64().expect("a version");
    let ship = json!({"version": version, "lines": [{"line": 1, "quantity": "1"}]});
    let mut tries = Vec::new();
    for _ in 0..6 {
        let (mut desk, ship) = (desk.clone(), ship.clone());
        tries.push(tokio::spawn(async move { post(&mut desk, &format!("{ORDERS}/A-1/shipments"), &ship).await }));
    }
    let mut answers = Vec::new();
    for one in tries {
        answers.push(one.await.expect("a caller"));
    }
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "one of them shipped");
    let problem = answers.iter().find(|answer| answer.status == 409).expect("the others did not").json().expect("problem+json");
    assert_eq!((&problem["version"], &problem["changes"][0]["what"]), (&json!(version + 1), &json!("order shipped")), "{problem}");
    assert_eq!(problem["changes"][0]["who"], "desk@acme.example");
    assert_eq!(budget(&mut buyer).await, [4000, 1000, 0, 5000]);
    // On the page the same, in words.
    let target = format!("/desk/library/{}/ship", placed["id"].as_str().expect("an id"));
    let stale = Request::form(target, &[("version".to_owned(), version.to_string())]);
    let answer = desk.client.send(stale).await.expect("an answer");
    assert!(answer.status == 409 && answer.text().contains("desk@acme.example"), "{}", answer.text());
    // Under a key a lost answer can be asked for again.
    let keyed = |quantity: &str| {
        let body = json!({"lines": [{"line": 1, "quantity": quantity}]});
        Request::json("POST", format!("{ORDERS}/A-1/shipments"), &body).header("Idempotency-Key", "k-1")
    };
    for _ in 0..2 {
        assert_eq!(desk.client.send(keyed("1")).await.expect("an answer").status, 200);
    }
    assert_eq!(desk.client.send(keyed("2")).await.expect("an answer").status, 409, "the key was for something else");
    assert_eq!(budget(&mut buyer).await, [3000, 2000, 0, 5000]);
    gateway.stop().await;
}

/// Section 32: a supplier says the same on the page, over the API and in a document, and order and money are the same after it.
async fn page_api_and_document_mean_the_same(engine: Engine) {
    let gateway = Gateway::with(engine, &crate::cxml::with_supplier()).await;
    let mut buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let mut seen = Vec::new();
    for way in ["page", "api", "cxml"] {
        let placed = place(&mut buyer, &order(way, "3")).await;
        match way {
            "page" => {
                assert_eq!(press(&mut desk, &placed, "answer", "line=1&quantity-1=1&says=confirmed&date-confirmed=2026-03-20").await, 303);
                assert_eq!(press(&mut desk, &placed, "answer", "line=1&quantity-1=1&says=backordered").await, 303);
                assert_eq!(press(&mut desk, &placed, "cannot-deliver", "line=1&quantity-1=1&reason=gone").await, 303);
                assert_eq!(press(&mut desk, &placed, "ship", "line=1&quantity-1=1&carrier=DHL&tracking=JD1").await, 303);
            }
            "api" => {
                let lines = json!([
                    {"line": 1, "says": "confirmed", "quantity": "1", "date": "2026-03-20"}, {"line": 1, "says": "backordered", "quantity": "1"},
                    {"line": 1, "says": "refused", "quantity": "1", "reason": "gone"}]);
                said(&mut desk, way, &json!({"lines": lines})).await;
                let shipment = json!({"lines": [{"line": 1, "quantity": "1"}], "carrier": "DHL", "tracking": "JD1"});
                assert_eq!(post(&mut desk, &format!("{ORDERS}/{way}/shipments"), &shipment).await.status, 200);
            }
            _ => {
                let status = |word: &str, more: &str| {
                    format!(
                        "<ConfirmationStatus quantity=\"1\" type=\"{word}\" {more}><UnitOfMeasure>PCE</UnitOfMeasure>{}</ConfirmationStatus>",
                        if word == "reject" { "<Comments>gone</Comments>" } else { "" }
                    )
                };
                let said = [status("accept", "deliveryDate=\"2026-03-20T00:00:00+01:00\""), status("backordered", ""), status("reject", "")].concat();
                let confirmation = format!(
                    "<ConfirmationRequest><ConfirmationHeader confirmID=\"c1\" operation=\"new\" type=\"detail\" noticeDate=\"2026-03-05T10:00:00+01:00\"/>\
                     <OrderReference orderID=\"{way}\"/><ConfirmationItem quantity=\"3\" lineNumber=\"1\"><UnitOfMeasure>PCE</UnitOfMeasure>{said}</ConfirmationItem></ConfirmationRequest>"
                );
                let notice = format!(
                    "<ShipNoticeRequest><ShipNoticeHeader shipmentID=\"s1\" operation=\"new\" noticeDate=\"2026-03-05T10:00:00+01:00\"/>\
                     <ShipControl><CarrierIdentifier domain=\"companyName\">DHL</CarrierIdentifier><ShipmentIdentifier>JD1</ShipmentIdentifier></ShipControl>\
                     <ShipNoticePortion><OrderReference orderID=\"{way}\"/><ShipNoticeItem quantity=\"1\" lineNumber=\"1\"><UnitOfMeasure>PCE</UnitOfMeasure></ShipNoticeItem></ShipNoticePortion></ShipNoticeRequest>"
                );
                for (payload, inner) in [("c1@acme", confirmation), ("s1@acme", notice)] {
                    let answer = crate::cxml::post(&gateway, "college", &crate::cxml::from_supplier(payload, &inner)).await;
                    assert_eq!(answer.code, "200", "{}", answer.text);
                }
            }
        }
        let known = desk.get(&format!("{ORDERS}/{way}")).await.expect("the order");
        let line = &known["lines"][0];
        let shipment = &known["shipments"][0];
        seen.push(json!([
            known["state"],
            line["answers"],
            line["refused"],
            line["shipped"],
            line["open"],
            line["refusal_reason"],
            shipment["carrier"],
            shipment["tracking"],
            shipment["lines"],
            budget(&mut buyer).await
        ]));
        // What was shipped stays delivered: 10.00, and one back-ordered piece stays committed, for each way.
        assert_eq!(post(&mut buyer, &format!("/api/v1/orders/{way}/cancellations"), &json!({})).await.status, 200, "the next begins alike");
    }
    let figures = |seen: &Value| seen[9].as_array().expect("figures").iter().map(|n| n.as_i64().expect("a number")).collect::<Vec<_>>();
    for (at, one) in seen.iter().enumerate() {
        let gone = i64::try_from(at).expect("few") * 1000;
        assert_eq!(figures(one), [1000, 1000 + gone, 0, 8000 - gone], "{one}");
        assert_eq!(one.as_array().map(|all| &all[..9]), seen[0].as_array().map(|all| &all[..9]));
    }
    gateway.stop().await;
}

async fn a_shipment_has_its_papers(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    let line = |line: u32, branch: &str, note: &str| json!({"line": line, "article": "BOOK-1", "quantity": "2", "coding": {"budget_code": "FICTION", "branch": branch, "note": note}});
    let body = json!({"number": "A-1", "connection": "lib", "ordered_by": "O. Rderer", "lines": [
        line(1, "Goes", "plastify"), line(2, "Veere", ""), line(3, "Goes", ""), line(4, "", "")]});
    let placed = place(&mut buyer, &body).await;
    assert_eq!(press(&mut desk, &placed, "ship", "line=1&quantity-1=1&line=2&line=3&line=4&carrier=PostNL&tracking=3SABC").await, 303);
    let base = format!("{ORDERS}/A-1/shipments/1");
    // Of the whole, and of a branch alone: what is for it, and nothing of another's. Line 4 is for none.
    for (name, expected, missing) in [
        (
            "slip.pdf",
            &[
                "Pakbon",
                "A-1-1",
                "PostNL",
                "3SABC",
                "Voor Goes",
                "Voor Veere",
                "plastify",
                "Geen vestiging 4 A book",
                "Library of the Delta",
                "Acme Supplies",
            ][..],
            &[][..],
        ),
        ("labels.pdf", &["Library of the Delta", "Plein 2", "4461 AA Goes", "Veere", "A-1-1"][..], &[][..]),
        ("slip.pdf?branch=Goes", &["A-1-1", "Voor Goes", "plastify", "1 A book", "3 A book"][..], &["Veere", "2 A book", "4 A book"][..]),
        ("slip.pdf?branch=Veere", &["A-1-1", "Voor Veere", "2 A book"][..], &["Voor Goes", "plastify", "1 A book", "3 A book", "4 A book"][..]),
        ("slip.pdf?branch=", &["A-1-1", "4 A book"][..], &["Voor", "1 A book", "2 A book", "3 A book"][..]),
        ("labels.pdf?branch=Veere", &["Plein 2", "Veere", "A-1-1"][..], &[][..]),
    ] {
        let answer = desk.call("GET", &format!("{base}/{name}"), None).await.expect("an answer");
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/pdf")));
        if let Some(text) = words(&name.replace("?branch=", "-"), &answer.body) {
            assert!(expected.iter().all(|word| text.contains(word)), "{name}: not all of {expected:?} in {text}");
            assert!(missing.iter().all(|word| !text.contains(word)), "{name}: one of {missing:?} in {text}");
        }
    }
    for target in [format!("{base}/other.pdf"), format!("{ORDERS}/A-1/shipments/2/slip.pdf"), format!("{base}/slip.pdf?branch=Tholen")] {
        assert_eq!(desk.call("GET", &target, None).await.expect("an answer").status, 404, "{target}");
    }
    // The page of the order leads to each.
    let mut page = sign_in_on_page(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let at = format!("/desk/library/{}", placed["id"].as_str().expect("an id"));
    let shown = page.get(&at).await.expect("the page").text();
    for target in ["slip.pdf", "slip.pdf?branch=Goes", "slip.pdf?branch=Veere", "slip.pdf?branch=", "labels.pdf?branch=Goes"] {
        let target = format!("{at}/shipments/1/{target}");
        assert!(shown.contains(&format!("href=\"{target}\"")), "{target}: {shown}");
        assert_eq!(page.get(&target).await.expect("a paper").status, 200, "{target}");
    }
    gateway.stop().await;
}

/// The words of a paper; `None` where pdftotext is not there, and that is said.
fn words(name: &str, paper: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(name);
    std::fs::write(&file, paper).expect("a file");
    if let Some(pictures) = std::env::var_os("HOOKLINE_TEST_PICTURES") {
        std::fs::copy(&file, std::path::Path::new(&pictures).join(name)).expect("a copy");
    }
    match std::process::Command::new("pdftotext").args(["-layout"]).arg(&file).arg("-").output() {
        Ok(done) => Some(String::from_utf8_lossy(&done.stdout).split_whitespace().collect::<Vec<_>>().join(" ")),
        Err(error) => {
            eprintln!("left out: pdftotext is not here ({error}), {name} was not read");
            None
        }
    }
}

async fn a_place_of_its_own_is_a_branch(engine: Engine) {
    let desk = "[[person]]\nsign_in = \"desk@acme.example\"\npassword = \"Desk-password-12\"\nname = \"D. Esk\"\nmail = \"desk@acme.example\"\nlanguage = \"en\"\n\
                supplier = \"acme\"\nroles = [\"supplier_desk\"]\n";
    let gateway = Gateway::with(engine, &format!("{}\n{desk}", cxml::world())).await;
    let place = "<ShipTo><Address isoCountryCode=\"NL\" addressID=\"YARD\"><Name xml:lang=\"nl\">Werf</Name><PostalAddress><Street>Kade 3</Street>\
                 <City>Veere</City><PostalCode>4351 AA</PostalCode><Country isoCountryCode=\"NL\">NL</Country></PostalAddress></Address></ShipTo>";
    let line = cxml::line("1", "BOOK-1", "", "10.00", "");
    let yard = line.replace("lineNumber=\"1\"", "lineNumber=\"2\"").replace("</ItemDetail>", &format!("</ItemDetail>{place}"));
    let document = cxml::order("o1@test", "production", "orderID=\"A-1\"", "20", &format!("{line}{yard}"));
    assert_eq!(cxml::post(&gateway, "college", &document).await.code, "200");
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let order = desk.get(&format!("{ORDERS}/A-1")).await.expect("the order");
    assert_eq!(
        desk.call("POST", &format!("/desk/library/{}/ship", order["id"].as_str().expect("an id")), None).await.expect("an answer").status,
        303
    );
    for (name, expected, missing) in [
        ("slip.pdf", &["Plein 2", "Geen vestiging 1 A book", "Voor Werf 2 A book"][..], &["Kade 3"][..]),
        ("slip.pdf?branch=Werf", &["Werf", "Kade 3", "4351 AA Veere", "2 A book"][..], &["Plein 2", "1 A book"][..]),
        ("slip.pdf?branch=", &["Plein 2", "1 A book"][..], &["Kade 3", "2 A book"][..]),
        ("labels.pdf", &["Kade 3", "Plein 2"][..], &[][..]),
        ("labels.pdf?branch=Werf", &["Kade 3"][..], &["Plein 2"][..]),
    ] {
        let answer = desk.call("GET", &format!("{ORDERS}/A-1/shipments/1/{name}"), None).await.expect("an answer");
        assert_eq!(answer.status, 200, "{name}");
        if let Some(text) = words(&name.replace("?branch=", "-place-"), &answer.body) {
            assert!(expected.iter().all(|word| text.contains(word)), "{name}: not all of {expected:?} in {text}");
            assert!(missing.iter().all(|word| !text.contains(word)), "{name}: one of {missing:?} in {text}");
        }
    }
    gateway.stop().await;
}

async fn a_question_reaches_the_other_side(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    let placed = place(&mut buyer, &order("A-1", "1")).await;
    assert_eq!(press(&mut desk, &placed, "question", "words=Which+cover%3F").await, 303);
    assert_eq!(press(&mut desk, &placed, "question", "words=++").await, 422, "nothing was asked");
    let id = placed["id"].as_str().expect("an id");
    let fields = [("words".to_owned(), "The <b>blue</b> one".to_owned())];
    assert_eq!(buyer.client.send(Request::form(format!("/orders/{id}/question"), &fields)).await.expect("an answer").status, 303);
    let asked = |mails: Vec<Value>| {
        mails.into_iter().filter(|mail| mail["template"] == "order-question").map(|mail| mail["details"][0]["values"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(asked(owed(&gateway, "inkoop@library.example").await), [json!({"who": "D. Esk", "text": "Which cover?"})]);
    assert_eq!(asked(owed(&gateway, "orders@acme.example").await), [json!({"who": "O. Rderer", "text": "The <b>blue</b> one"})]);
    // Over the API the same.
    let words = json!({"words": "Thank you"});
    let known = post(&mut desk, &format!("{ORDERS}/A-1/questions"), &words).await.json().expect("JSON");
    let thread: Vec<(&Value, &Value)> = known["questions"].as_array().expect("a thread").iter().map(|q| (&q["side"], &q["words"])).collect();
    assert_eq!((thread.len(), thread.contains(&(&json!("supplier"), &json!("Thank you")))), (3, true), "{thread:?}");
    assert_eq!(post(&mut buyer, "/api/v1/orders/A-1/questions", &json!({"words": "x".repeat(2001)})).await.status, 422);
    assert_eq!(post(&mut buyer, "/api/v1/orders/A-1/questions", &words).await.status, 200);
    let mut page = crate::support::gateway::sign_in_on_page(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let shown = page.get(&format!("/desk/library/{id}")).await.expect("the page").text();
    assert!(shown.contains("Which cover?") && shown.contains("The &#60;b&#62;blue"), "{shown}");
    gateway.stop().await;
}

async fn what_was_entered_stays_when_a_step_is_refused(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    let placed = place(&mut buyer, &order("A-1", "5")).await;
    let target = format!("/desk/library/{}", placed["id"].as_str().expect("an id"));
    let mut page = sign_in_on_page(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let work = |answer: &Answer| Page::read(&answer.text()).form_with_id("work").cloned().expect("what can be said");
    let fresh = work(&page.get(&target).await.expect("the page"));
    for (step, wrong) in [
        ("ship", &[("quantity-1", "6"), ("carrier", "PostNL & co"), ("tracking", "3S<1>"), ("reference", "R-1")][..]),
        ("ship", &[("quantity-1", "two"), ("carrier", "PostNL")]),
        ("answer", &[("says", "confirmed"), ("quantity-1", "2"), ("date-confirmed", "2026-02-30")]),
        ("answer", &[("says", "backordered"), ("quantity-1", "7"), ("date-backordered", "2026-05-01")]),
        ("answer", &[("says", "offered"), ("quantity-1", "3"), ("price", "cheap"), ("article", "BOOK-2"), ("name", "A \"better\" one")]),
        ("cannot-deliver", &[("quantity-1", "0"), ("reason", "Out of print")]),
    ] {
        let mut fields: Vec<(String, String)> =
            fresh.fields().into_iter().filter(|(name, _)| !wrong.iter().any(|(known, _)| known == name)).collect();
        fields.push(("line".to_owned(), "1".to_owned()));
        fields.extend(wrong.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let refused = page.send(Request::form(format!("{target}/{step}"), &fields)).await.expect("an answer");
        assert!(refused.status == 422 || refused.status == 409, "{step} {wrong:?}: {}", refused.status);
        let again = work(&refused);
        assert_eq!(again.value("line").as_deref(), Some("1"), "{step} {wrong:?}");
        for (name, value) in wrong.iter().filter(|(name, _)| *name != "says") {
            assert_eq!(again.value(name).as_deref(), Some(*value), "{step} {wrong:?}");
        }
    }
    // Somebody was faster: what was entered stands beside what the order is now, and the same once more is done.
    let stale = fresh.filled(&[("quantity-1", "2"), ("carrier", "DHL")]).expect("such fields");
    let stale: Vec<_> = stale.into_iter().chain([("line".to_owned(), "1".to_owned())]).collect();
    said(&mut desk, "A-1", &json!({"lines": [{"line": 1, "quantity": "1", "says": "confirmed"}]})).await;
    let refused = page.send(Request::form(format!("{target}/ship"), &stale)).await.expect("an answer");
    assert_eq!(refused.status, 409);
    let again = work(&refused);
    assert_eq!((again.value("quantity-1").as_deref(), again.value("carrier").as_deref()), (Some("2"), Some("DHL")));
    assert_eq!(page.send(Request::form(format!("{target}/ship"), &again.fields())).await.expect("an answer").status, 303);
    let done = work(&page.get(&target).await.expect("the page"));
    assert_eq!((done.value("line"), done.value("quantity-1").as_deref(), done.value("carrier").as_deref()), (None, Some(""), Some("")));
    // A question that is too long, on both sides.
    let words = "x".repeat(2001);
    let buyers = format!("/orders/{}", placed["id"].as_str().expect("an id"));
    for (client, target) in [(&mut page, target), (&mut buyer.client, buyers)] {
        let refused = client.send(Request::form(format!("{target}/question"), &[("words".to_owned(), words.clone())])).await.expect("an answer");
        let kept = Page::read(&refused.text()).forms_to("/question").next().and_then(|form| form.value("words"));
        assert_eq!((refused.status, kept), (422, Some(words.clone())));
    }
    gateway.stop().await;
}

/// Numbers of the list, newest first.
async fn listed(desk: &mut Api, query: &str) -> Vec<String> {
    let items = desk.items(&format!("/api/v1/desk/orders?{query}")).await.expect("the list");
    items.iter().map(|item| item["number"].as_str().expect("a number").to_owned()).collect()
}

/// The clock of the tests stands at 2026-03-02.
async fn the_list_says_what_needs_somebody_now(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    let mut ids = Vec::new();
    for number in ["NEW", "LATE", "TODAY", "SOON", "BACK", "GONE", "DONE"] {
        ids.push(place(&mut buyer, &order(number, "1")).await);
        gateway.advance(std::time::Duration::from_secs(1));
    }
    for (number, says, date) in [
        ("LATE", "confirmed", json!("2026-03-01")),
        ("TODAY", "confirmed", json!("2026-03-02")),
        ("SOON", "confirmed", json!("2026-03-03")),
        ("BACK", "backordered", json!("2026-02-27")),
        ("GONE", "refused", Value::Null),
    ] {
        let line = if date.is_null() { json!({"line": 1, "says": says}) } else { json!({"line": 1, "says": says, "date": date}) };
        said(&mut desk, number, &json!({"lines": [line]})).await;
    }
    assert_eq!(press(&mut desk, &ids[6], "ship", "").await, 303);
    for (query, expected) in [
        ("", &["DONE", "GONE", "BACK", "SOON", "TODAY", "LATE", "NEW"][..]),
        ("need=answer", &["NEW"]),
        ("need=late", &["LATE"]),
        ("need=today", &["TODAY"]),
        ("need=expected", &["BACK"]),
        ("need=invoice", &["DONE"]),
        ("state=confirmed", &["BACK", "SOON", "TODAY", "LATE"]),
        ("buyer=firm", &[]),
        ("buyer=library&state=cancelled", &["GONE"]),
        ("q=oda", &["TODAY"]),
        ("q=BOOK-1&state=shipped", &["DONE"]),
        ("q=100%25", &[]),
        ("limit=2", &["DONE", "GONE"]),
    ] {
        assert_eq!(listed(&mut desk, query).await, expected, "{query}");
    }
    let page = desk.get("/api/v1/desk/orders?limit=3").await.expect("a page");
    assert_eq!(page["needs"], json!({"answer": 1, "late": 1, "today": 1, "expected": 1, "invoice": 1}));
    let next = page["next"].as_str().expect("there are more");
    assert_eq!(listed(&mut desk, &format!("limit=3&after={next}")).await, ["SOON", "TODAY", "LATE"]);
    let csv = desk.call("GET", "/api/v1/desk/orders.csv?need=late", None).await.expect("an answer").text();
    let expected = "number,buyer,state,placed_at,promised_on,expected_on,currency,net,ordered_by\r\nLATE,library,confirmed,";
    assert!(csv.starts_with(expected) && csv.trim_end().ends_with(",2026-03-01,,EUR,10.00,O. Rderer"), "{csv}");
    // Others see nothing of it, and the operator all of it.
    assert_eq!(buyer.call("GET", "/api/v1/desk/orders", None).await.expect("an answer").status, 403);
    assert_eq!(listed(&mut gateway.operator().await.expect("the operator"), "need=late").await, ["LATE"]);
    gateway.stop().await;
}

async fn many_are_confirmed_at_once_each_for_itself(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    for number in ["B-1", "B-2", "B-3"] {
        place(&mut buyer, &order(number, "1")).await;
    }
    said(&mut desk, "B-2", &json!({"lines": [{"line": 1, "says": "refused"}]})).await;
    let one = |number: &str| json!({"buyer": "library", "number": number, "version": 1});
    let body = json!({"orders": [one("B-1"), one("B-2"), one("B-9")]});
    let answer = post(&mut desk, "/api/v1/desk/confirmations", &body).await.json().expect("JSON");
    let statuses: Vec<i64> = answer["items"].as_array().expect("items").iter().map(|item| item["status"].as_i64().expect("a status")).collect();
    assert_eq!(statuses, [200, 409, 404], "{answer}");
    // On the page the boxes bring version, buyer and number.
    let fields = [("order".to_owned(), "1/library/B-3".to_owned()), ("order".to_owned(), "1/library/B-1".to_owned())];
    let page = desk.client.send(Request::form("/desk/confirm", &fields)).await.expect("an answer");
    assert!(page.status == 409 && page.text().contains("B-3"), "one of them had changed: {}", page.text());
    assert_eq!(listed(&mut desk, "state=confirmed").await.len(), 2);
    gateway.stop().await;
}

/// A morning's three hundred: the page, the search and the file are there at once, and a page of them is confirmed in one go.
async fn hundreds_of_orders_are_a_quick_page(engine: Engine) {
    let (gateway, buyer, mut desk) = world(engine).await;
    let mut tasks = Vec::new();
    for number in 0..300 {
        let mut buyer = buyer.clone();
        let body = json!({"number": format!("M-{number:03}"), "connection": "lib", "lines": [{"line": 1, "article": "BOOK-1", "quantity": "1"}]});
        tasks.push(tokio::spawn(async move { buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer").status }));
    }
    for task in tasks {
        assert_eq!(task.await.expect("a caller"), 201);
    }
    // Far above what it takes, and far below what asking order by order would.
    let most = std::time::Duration::from_secs(1);
    for target in ["/desk", "/desk?need=answer", "/desk?q=m-07", "/desk/orders.csv", "/desk/changes"] {
        let answer = desk.call("GET", target, None).await.expect("an answer");
        assert!(answer.status < 300 && answer.took < most, "{target}: {} after {:?}", answer.status, answer.took);
    }
    let csv = desk.call("GET", "/desk/orders.csv", None).await.expect("an answer").text();
    assert_eq!(csv.lines().count(), 301);
    let shown = desk.call("GET", "/desk", None).await.expect("an answer").text();
    let boxes: Vec<(String, String)> = shown
        .split("name=\"order\" value=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|value| ("order".to_owned(), value.to_owned()))
        .collect();
    assert_eq!(boxes.len(), 100, "a page of them");
    let confirmed = desk.client.send(Request::form("/desk/confirm", &boxes)).await.expect("an answer");
    assert_eq!(confirmed.status, 200);
    let needs = desk.get("/api/v1/desk/orders?limit=1").await.expect("the list")["needs"].clone();
    assert_eq!((&needs["answer"], &needs["today"]), (&json!(200), &json!(100)), "{needs}");
    gateway.stop().await;
}

async fn an_open_page_learns_of_a_new_order(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    let asked = |tag: Option<&str>| {
        let request = Request::new("GET", "/desk/changes");
        tag.map_or(request.clone(), |tag| request.header("If-None-Match", tag))
    };
    let first = desk.client.send(asked(None)).await.expect("an answer");
    let tag = first.header("etag").expect("a tag").to_owned();
    assert_eq!((first.status, desk.client.send(asked(Some(&tag))).await.expect("an answer").status), (204, 304));
    let mut page = crate::support::gateway::sign_in_on_page(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let shown = page.get("/desk").await.expect("the page").text();
    assert!(shown.contains(&format!("data-tag=\"{}\"", tag.replace('"', "&#34;"))), "the page holds the tag: {shown}");
    place(&mut buyer, &order("A-1", "1")).await;
    let second = desk.client.send(asked(Some(&tag))).await.expect("an answer");
    assert_eq!(second.status, 204, "an order came");
    let tag = second.header("etag").expect("a tag").to_owned();
    said(&mut desk, "A-1", &json!({"lines": [{"line": 1, "says": "confirmed"}]})).await;
    assert_eq!(desk.client.send(asked(Some(&tag))).await.expect("an answer").status, 204, "an order changed");
    gateway.stop().await;
}

async fn the_history_of_an_order_is_on_its_page(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    let (quote, _) = crate::orders::basket_of_two(&gateway).await;
    let body = json!({"number": "A-1", "lines": [
        {"quote": quote, "quote_line": 1, "article": "BOOK-1", "quantity": "3", "price": "10.000", "price_quantity": 1}]});
    let placed = place(&mut buyer, &body).await;
    let id = placed["id"].as_str().expect("an id");
    said(&mut desk, "A-1", &json!({"lines": [{"line": 1, "says": "confirmed", "date": "2026-03-20"}]})).await;
    assert_eq!(press(&mut desk, &placed, "ship", "line=1&quantity-1=2&carrier=PostNL&tracking=3SABC").await, 303);
    assert_eq!(press(&mut desk, &placed, "invoice", "").await, 303);
    for (who, password, address) in [
        ("orderer@library.example", "Orderer-password-1", format!("/orders/{id}")),
        ("desk@acme.example", "Desk-password-12", format!("/desk/library/{id}")),
    ] {
        let mut page = crate::support::gateway::sign_in_on_page(gateway.address, who, password).await.expect("signed in");
        let shown = page.get(&address).await.expect("the page").text();
        let timeline = shown.split_once("<ol class=\"timeline\">").and_then(|(_, rest)| rest.split_once("</ol>")).expect("a timeline").0;
        let places: Vec<Option<usize>> =
            ["Invoice issued", "3SABC", "Confirmed by the supplier", "Order placed", "Basket handed back", "Catalogue opened"]
                .iter()
                .map(|word| timeline.find(word))
                .collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "newest first: {places:?} {timeline}");
        assert!(timeline.contains("Mail: not sent yet") && timeline.contains("3 promised for"), "{timeline}");
        assert_eq!(timeline.contains("orders@acme.example"), who.contains("library"), "whom the buyer tells is the buyer's business");
    }
    gateway.stop().await;
}

async fn a_parked_message_is_sent_again(engine: Engine) {
    let (gateway, mut buyer, _) = world(engine).await;
    let placed = place(&mut buyer, &order("A-1", "1")).await;
    let mut tx = gateway.server.app.store.begin().await.expect("a writer");
    tx.sql("UPDATE outbox SET state = 'parked', last_answer = 'mailbox full'").run().await.expect("parked");
    tx.commit().await.expect("written");
    let mut page = crate::support::gateway::sign_in_on_page(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let address = format!("/desk/library/{}", placed["id"].as_str().expect("an id"));
    let shown = page.get(&address).await.expect("the page").text();
    assert!(shown.contains("mailbox full"), "{shown}");
    let (_, rest) = shown.split_once("name=\"message\" value=\"").expect("a way to send it again");
    let message = rest.split('"').next().expect("an id").to_owned();
    let fields = [("message".to_owned(), message)];
    assert_eq!(page.send(Request::form(format!("{address}/resend"), &fields)).await.expect("an answer").status, 303);
    assert_eq!(page.send(Request::form(format!("{address}/resend"), &fields)).await.expect("an answer").status, 409, "it waits already");
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let row = tx.sql("SELECT state FROM outbox").first().await.expect("a row").expect("the message");
    assert_eq!(row.text("state").expect("a state"), "waiting");
    drop(tx);
    gateway.stop().await;
}
