//! One line, several budgets (budgets-and-orders, chapter 12), through the running server: a customer with an invoice for each budget finds a line
//! that several share on each of them with its share. Amounts are worked out by hand.

use hookline::demo;
use hookline::domain::invoice::{Invoice, InvoiceLine};
use hookline::domain::matching::{Identity, OnBudget, Ordered, OrderedLine, Outcome};
use hookline::einvoice::{Day, check};
use hookline::wire::{ubl, ubl_reading};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::granting::signed_in;
use crate::invoicing::{documents, run, world};
use crate::on_both_engines;
use crate::orders::press;
use crate::receiving::{DOC, Doc};
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway};
use crate::support::http::{Answer, Request};

on_both_engines! {
    each_budget_has_its_share_on_its_own_invoice,
    a_budget_without_room_waits_for_the_next_run,
    shares_of_partial_deliveries_add_up,
    what_is_charged_on_a_line_is_shared_the_same_way,
    a_processing_budget_that_was_held_is_not_forgotten,
    what_is_charged_is_not_waited_for_once_it_is_given_up,
    what_one_budget_was_invoiced_for_did_leave,
    goods_and_money_go_back_to_their_own_budget,
    an_invoice_for_the_whole_order_takes_what_is_left_of_the_shares,
    without_an_invoice_for_each_budget_a_line_stays_whole,
    a_share_keeps_the_cost_centre_of_its_line,
    preview_and_pages_say_whose_share_it_is,
    shares_that_another_supplier_invoices_are_booked_on_their_budgets,
}

const BY_BUDGET: &str = "[buyer.invoicing]\ngrouping = [\"budget_code\"]\nseveral_orders = true\n\n[[budget]]\nbuyer = \"library\"\ncode = \"MUSIC\"\nname = \"Music\"\namount = \"500.00\"\n";

async fn post(api: &mut Api, target: &str, body: &Value) -> Answer {
    api.call("POST", &format!("/api/v1/{target}"), Some(body)).await.expect("an answer")
}

/// A line of books at 10.00, net, and 9 % of tax.
fn books(line: u32, quantity: &str, split: Value) -> Value {
    json!({"line": line, "article": "BOOK-1", "quantity": quantity, "split": split})
}

fn sixty_forty() -> Value {
    json!([{"budget": "FILM", "percent": 60}, {"budget": "FICTION", "percent": 40}])
}

fn thirds() -> Value {
    json!([{"budget": "FICTION", "weight": 1}, {"budget": "FILM", "weight": 1}, {"budget": "MUSIC", "weight": 1}])
}

async fn placed(orderer: &mut Api, number: &str, lines: Value) -> Value {
    let answer = post(orderer, "orders", &json!({"number": number, "connection": "lib", "lines": lines})).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json().expect("JSON")
}

/// Committed, delivered, expended.
async fn held(admin: &mut Api, budget: &str) -> (i64, i64, i64) {
    let items = admin.items("/api/v1/budgets").await.expect("the budgets");
    let item = items.iter().find(|item| item["budget"] == budget).expect("the budget");
    let figure = |name: &str| item[name].as_i64().expect("a figure");
    (figure("committed"), figure("delivered"), figure("expended"))
}

async fn state(orderer: &mut Api, number: &str) -> Value {
    orderer.get(&format!("/api/v1/orders/{number}")).await.expect("the order")["state"].clone()
}

async fn books_are_proven(gateway: &Gateway) {
    let mut tx = gateway.server.app.store.view().await.expect("a view");
    let reports = hookline::flow::verifying::verify_in(&mut tx, None).await.expect("reports");
    assert!(reports.iter().all(|report| report.wrong.is_empty()), "{reports:?}");
}

/// Budget, order line, pieces and net of every line, by budget and line; each is one piece at its own price.
fn shares(all: &[(Value, Invoice)]) -> Vec<(String, String, String, String)> {
    let of_line = |line: &InvoiceLine| {
        assert_eq!((line.quantity, line.unit.as_str(), line.price.amount), (Decimal::ONE, "C62", line.net.decimal()), "{line:?}");
        assert_eq!(Some(line.cost_centre.as_str()), line.sharing_budget(), "BT-133");
        (line.cost_centre.clone(), line.order_line.clone(), line.pieces().to_string(), line.net.decimal().to_string())
    };
    let mut shares: Vec<_> = all.iter().flat_map(|(_, invoice)| invoice.lines.iter().map(of_line)).collect();
    shares.sort();
    shares
}

fn share(budget: &str, line: &str, pieces: &str, net: &str) -> (String, String, String, String) {
    (budget.into(), line.into(), pieces.into(), net.into())
}

/// Net, tax and gross of what was sent, and the budget it is for, in the order of the numbers.
fn totals(all: &[(Value, Invoice)]) -> Vec<(String, String, String, String)> {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_string();
    let mut totals: Vec<_> =
        all.iter().map(|(row, invoice)| (invoice.lines[0].cost_centre.clone(), text(row, "net"), text(row, "vat"), text(row, "gross"))).collect();
    totals.sort();
    totals
}

async fn each_budget_has_its_share_on_its_own_invoice(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, BY_BUDGET).await;
    let mut admin = signed_in(&gateway, "admin").await;
    let order = placed(&mut orderer, "1", json!([books(1, "2", sixty_forty()), books(2, "1", thirds())])).await;
    assert_eq!(press(&mut desk, &order, "ship", "").await, 303);
    let date = gateway.clock.now().date();
    let preview = post(&mut desk, "invoice-runs/preview", &json!({"reference_date": date})).await.json().expect("JSON");
    let planned: Vec<(&str, &str)> = preview["customers"][0]["invoices"]
        .as_array()
        .expect("invoices")
        .iter()
        .map(|one| (one["net"].as_str().unwrap_or_default(), one["gross"].as_str().unwrap_or_default()))
        .collect();
    // 8.00 + 3.34, 12.00 + 3.33 and 3.33; the tax is 1.0206, 1.3797 and 0.2997.
    assert_eq!(planned, [("11.34", "12.36"), ("15.33", "16.71"), ("3.33", "3.63")]);
    let done = run(&mut desk, "march", &date).await;
    let part = &done["customers"][0];
    assert_eq!((&part["invoices"], &part["net"], &part["kept_back"]), (&json!(3), &json!("30.00"), &json!([])));
    let all = documents(&mut orderer).await;
    let total = |budget: &str, net: &str, vat: &str, gross: &str| share(budget, net, vat, gross);
    assert_eq!(
        totals(&all),
        [total("FICTION", "11.34", "1.02", "12.36"), total("FILM", "15.33", "1.38", "16.71"), total("MUSIC", "3.33", "0.30", "3.63")]
    );
    assert_eq!(
        shares(&all),
        [
            share("FICTION", "1", "2", "8.00"),
            share("FICTION", "2", "1", "3.34"),
            share("FILM", "1", "2", "12.00"),
            share("FILM", "2", "1", "3.33"),
            share("MUSIC", "2", "1", "3.33"),
        ]
    );
    let film = all.iter().find(|(_, invoice)| invoice.lines[0].cost_centre == "FILM").expect("an invoice");
    assert_eq!(film.1.lines[0].note, "Aandeel van FILM: €\u{a0}12,00 van €\u{a0}20,00, voor 2 stuks");
    assert_eq!(film.1.lines[0].property("BudgetCode"), Some("FILM"));
    for (budget, expended) in [("FICTION", 1134), ("FILM", 1533), ("MUSIC", 333)] {
        assert_eq!(held(&mut admin, budget).await, (0, 0, expended), "{budget}");
    }
    assert_eq!(state(&mut orderer, "1").await, "invoiced");
    assert_eq!(run(&mut desk, "april", &date).await["customers"], json!([]), "nothing twice");
    for (row, _) in &all {
        matched_by_the_buyer(&mut orderer, row).await;
    }
    books_are_proven(&gateway).await;
    gateway.stop().await;
}

/// The purchasing system of the buyer holds each invoice against its order, without knowing of the others.
async fn matched_by_the_buyer(orderer: &mut Api, row: &Value) {
    let document = orderer.call("GET", &format!("/api/v1/invoices/{}", row["id"].as_str().expect("an id")), None).await.expect("a document").text();
    assert!(check(document.as_bytes(), None, Day(2026, 11, 28)).accepted());
    let (bill, findings) = ubl_reading::read(&document);
    assert!(!findings.has_error(), "{findings:?}");
    let on = |(budget, weight): &(&str, i64)| OnBudget { budget: (*budget).into(), weight: (*weight).into(), ..OnBudget::default() };
    let line = |number: &str, quantity: i64, budgets: &[(&str, i64)]| OrderedLine {
        line: number.into(),
        sellers_article: "BOOK-1".into(),
        name: "A book".into(),
        ordered: quantity.into(),
        unit: "PCE".into(),
        price: Decimal::TEN,
        per: Decimal::ONE,
        vat: Some(Decimal::from(9)),
        budgets: budgets.iter().map(on).map(|own| OnBudget { ordered: quantity.into(), ..own }).collect(),
        ..OrderedLine::default()
    };
    let order = Ordered {
        number: "1".into(),
        supplier: "acme".into(),
        currency: "EUR".into(),
        placed_on: bill.issued_on.clone(),
        is_binding: true,
        lines: vec![line("1", 2, &[("FILM", 60), ("FICTION", 40)]), line("2", 1, &[("FICTION", 1), ("FILM", 1), ("MUSIC", 1)])],
        ..Ordered::default()
    };
    let found = demo::matched(&order, &bill);
    assert_eq!(found.outcome, Outcome::Matched, "{found:?}");
    assert!(!found.needs_a_person(), "{found:?}");
    assert_ne!(bill.seller, Identity::default());
}

async fn a_budget_without_room_waits_for_the_next_run(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, BY_BUDGET).await;
    let mut admin = signed_in(&gateway, "admin").await;
    let order = placed(&mut orderer, "1", json!([books(1, "2", sixty_forty()), books(2, "1", thirds())])).await;
    assert_eq!(press(&mut desk, &order, "ship", "").await, 303);
    // Of 100.00 at most 5 % may be spent: 8.00 is too much, and the later share of the same budget waits with it.
    let limit = json!({"budget": "FICTION", "period": "2026", "commitment": {"level": "stop"}, "spending": {"level": "stop", "percent": "5"}});
    assert_eq!(post(&mut admin, "budgets/policies", &limit).await.status, 200);
    let date = gateway.clock.now().date();
    let preview = post(&mut desk, "invoice-runs/preview", &json!({"reference_date": date})).await.json().expect("JSON");
    let done = run(&mut desk, "full", &date).await;
    let part = &done["customers"][0];
    let kept: Vec<(&str, &str, &str)> = part["kept_back"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|kept| (kept["line"].as_str().unwrap_or_default(), kept["net"].as_str().unwrap_or_default(), kept["code"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!((&part["invoices"], &part["net"]), (&json!(2), &json!("18.66")));
    assert_eq!(kept, [("1", "8.00", "ceiling_reached"), ("2", "3.34", "ceiling_reached")]);
    assert_eq!(preview["customers"][0]["kept_back"], part["kept_back"], "a preview says what a run does");
    assert_eq!((held(&mut admin, "FICTION").await, held(&mut admin, "FILM").await), ((0, 1134, 0), (0, 0, 1533)));
    assert_eq!(state(&mut orderer, "1").await, "shipped", "a share is left");
    assert_eq!(admin.items("/api/v1/budgets/held").await.expect("what is held").len(), 1);
    // Room is made, and the next run takes them along.
    assert_eq!(post(&mut admin, "budgets/allocations", &json!({"budget": "FICTION", "period": "2026", "amount": 20_000})).await.status, 200);
    let next = run(&mut desk, "next", &date).await;
    let part = &next["customers"][0];
    assert_eq!((&part["invoices"], &part["net"], &part["kept_back"]), (&json!(1), &json!("11.34"), &json!([])));
    assert_eq!(held(&mut admin, "FICTION").await, (0, 0, 1134));
    assert_eq!(state(&mut orderer, "1").await, "invoiced");
    assert_eq!(admin.items("/api/v1/budgets/held").await.expect("what is held").len(), 0);
    assert_eq!(documents(&mut orderer).await.len(), 3);
    books_are_proven(&gateway).await;
    gateway.stop().await;
}

async fn shares_of_partial_deliveries_add_up(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, BY_BUDGET).await;
    let mut admin = signed_in(&gateway, "admin").await;
    let order = placed(&mut orderer, "1", json!([books(1, "4", thirds())])).await;
    assert_eq!(press(&mut desk, &order, "ship", "line=1&quantity-1=1").await, 303);
    let date = gateway.clock.now().date();
    assert_eq!(run(&mut desk, "first", &date).await["customers"][0]["net"], "10.00");
    assert_eq!(press(&mut desk, &order, "ship", "line=1&quantity-1=3").await, 303);
    assert_eq!(run(&mut desk, "second", &date).await["customers"][0]["net"], "30.00");
    // Of 10.00 3.34, 3.33, 3.33; of 40.00 13.34, 13.33, 13.33.
    let expected = [("FICTION", "3.34", "10.00"), ("FILM", "3.33", "10.00"), ("MUSIC", "3.33", "10.00")];
    let expected: Vec<_> = expected.iter().flat_map(|(budget, one, three)| [share(budget, "1", "1", one), share(budget, "1", "3", three)]).collect();
    assert_eq!(shares(&documents(&mut orderer).await), expected);
    for (budget, expended) in [("FICTION", 1334), ("FILM", 1333), ("MUSIC", 1333)] {
        assert_eq!(held(&mut admin, budget).await, (0, 0, expended), "{budget}");
    }
    assert_eq!(state(&mut orderer, "1").await, "invoiced");
    books_are_proven(&gateway).await;
    gateway.stop().await;
}

async fn what_is_charged_on_a_line_is_shared_the_same_way(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, BY_BUDGET).await;
    let mut line = books(1, "1", sixty_forty());
    let halves = json!([{"budget": "FICTION", "weight": 1}, {"budget": "FILM", "weight": 1}]);
    line["charges"] = json!([{"id": "label", "price": "0.75", "vat": "21", "per_unit": true, "split": halves}]);
    let order = placed(&mut orderer, "1", json!([line])).await;
    assert_eq!(press(&mut desk, &order, "ship", "").await, 303);
    assert_eq!(run(&mut desk, "r", &gateway.clock.now().date()).await["customers"][0]["net"], "10.75");
    let all = documents(&mut orderer).await;
    let expected = [
        share("FICTION", "1", "1", "4.00"),
        share("FICTION", "1/label", "1", "0.38"),
        share("FILM", "1", "1", "6.00"),
        share("FILM", "1/label", "1", "0.37"),
    ];
    assert_eq!(shares(&all), expected);
    assert_eq!(state(&mut orderer, "1").await, "invoiced");
    books_are_proven(&gateway).await;
    gateway.stop().await;
}

/// Books on one budget, their processing on another that has no room: the books go, and the processing comes when it may.
async fn a_processing_budget_that_was_held_is_not_forgotten(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, BY_BUDGET).await;
    let mut admin = signed_in(&gateway, "admin").await;
    let mut line = books(1, "2", json!([{"budget": "FILM", "percent": 100}]));
    line["charges"] = json!([{"id": "label", "price": "0.75", "vat": "21", "per_unit": true, "split": [{"budget": "MUSIC", "percent": 100}]}]);
    let order = placed(&mut orderer, "1", json!([line])).await;
    assert_eq!(press(&mut desk, &order, "ship", "").await, 303);
    let limit = json!({"budget": "MUSIC", "period": "2026", "commitment": {"level": "stop"}, "spending": {"level": "stop", "percent": "0"}});
    assert_eq!(post(&mut admin, "budgets/policies", &limit).await.status, 200);
    let date = gateway.clock.now().date();
    assert_eq!(run(&mut desk, "full", &date).await["customers"][0]["net"], "20.00");
    assert_eq!(state(&mut orderer, "1").await, "shipped");
    let limit = json!({"budget": "MUSIC", "period": "2026", "commitment": {"level": "stop"}, "spending": {"level": "stop", "percent": "100"}});
    assert_eq!(post(&mut admin, "budgets/policies", &limit).await.status, 200);
    assert_eq!(run(&mut desk, "next", &date).await["customers"][0]["net"], "1.50");
    assert_eq!((held(&mut admin, "MUSIC").await, state(&mut orderer, "1").await), ((0, 0, 150), json!("invoiced")));
    assert_eq!(run(&mut desk, "last", &date).await["customers"], json!([]));
    books_are_proven(&gateway).await;
    gateway.stop().await;
}

/// Goods on one budget; freight and labels on another that has no room, and that are given up then.
async fn what_is_charged_is_not_waited_for_once_it_is_given_up(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, BY_BUDGET).await;
    let mut admin = signed_in(&gateway, "admin").await;
    let music = json!([{"budget": "MUSIC", "percent": 100}]);
    let mut labelled = books(1, "2", json!([{"budget": "FILM", "percent": 100}]));
    labelled["charges"] = json!([{"id": "label", "price": "0.75", "vat": "21", "per_unit": true, "split": music}]);
    let freight = json!({"number": "2", "connection": "lib", "lines": [books(1, "1", json!([{"budget": "FILM", "percent": 100}]))],
        "charges": [{"id": "freight", "price": "4.99", "vat": "21", "split": music}]});
    let first = placed(&mut orderer, "1", json!([labelled])).await;
    let answer = post(&mut orderer, "orders", &freight).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let second = answer.json().expect("JSON");
    for order in [&first, &second] {
        assert_eq!(press(&mut desk, order, "ship", "").await, 303);
    }
    let limit = |percent: &str| json!({"budget": "MUSIC", "period": "2026", "commitment": {"level": "stop"}, "spending": {"level": "stop", "percent": percent}});
    assert_eq!(post(&mut admin, "budgets/policies", &limit("0")).await.status, 200);
    let date = gateway.clock.now().date();
    assert_eq!(run(&mut desk, "full", &date).await["customers"][0]["net"], "30.00");
    assert_eq!((state(&mut orderer, "1").await, state(&mut orderer, "2").await), (json!("shipped"), json!("shipped")));
    for (target, order) in [("orders/1/lines/1/close", "1"), ("orders/2/cancellations", "2")] {
        let answer = post(&mut admin, target, &json!({})).await;
        assert_eq!((answer.status, state(&mut orderer, order).await), (200, json!("invoiced")), "{target}: {}", answer.text());
    }
    assert_eq!(held(&mut admin, "MUSIC").await.0, 0, "the freight is free again");
    // Neither a run nor a hand invoices it, though there is room again.
    assert_eq!(post(&mut admin, "budgets/policies", &limit("100")).await.status, 200);
    assert_eq!(run(&mut desk, "last", &date).await["customers"], json!([]));
    for order in [&first, &second] {
        assert_ne!(press(&mut desk, order, "invoice", "").await, 303);
    }
    assert_eq!(held(&mut admin, "MUSIC").await.2, 0);
    books_are_proven(&gateway).await;
    gateway.stop().await;
}

/// A shipment that is on an invoice of one budget cannot be taken back, though another still waits for its share.
async fn what_one_budget_was_invoiced_for_did_leave(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, BY_BUDGET).await;
    let mut admin = signed_in(&gateway, "admin").await;
    let order = placed(&mut orderer, "1", json!([books(1, "2", sixty_forty())])).await;
    assert_eq!(press(&mut desk, &order, "ship", "").await, 303);
    let limit = json!({"budget": "FICTION", "period": "2026", "commitment": {"level": "stop"}, "spending": {"level": "stop", "percent": "1"}});
    assert_eq!(post(&mut admin, "budgets/policies", &limit).await.status, 200);
    assert_eq!(run(&mut desk, "r", &gateway.clock.now().date()).await["customers"][0]["net"], "12.00");
    let answer = desk.call("DELETE", "/api/v1/desk/orders/library/1/shipments/1", None).await.expect("an answer");
    let finding = answer.json().expect("problem+json")["findings"][0].clone();
    assert_eq!(
        (answer.status, finding["code"].as_str(), finding["value"].as_str(), finding["limit"].as_str()),
        (422, Some("shipment-invoiced"), Some("2"), Some("0")),
        "{}",
        answer.text()
    );
    books_are_proven(&gateway).await;
    gateway.stop().await;
}

async fn goods_and_money_go_back_to_their_own_budget(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, BY_BUDGET).await;
    let mut admin = signed_in(&gateway, "admin").await;
    let order = placed(&mut orderer, "1", json!([books(1, "5", sixty_forty())])).await;
    assert_eq!(press(&mut desk, &order, "ship", "").await, 303);
    let date = gateway.clock.now().date();
    assert_eq!(run(&mut desk, "r", &date).await["customers"][0]["net"], "50.00");
    let all = documents(&mut orderer).await;
    let credits = |budget: &str| {
        let (row, _) = all.iter().find(|(_, invoice)| invoice.lines[0].cost_centre == budget).expect("an invoice");
        format!("customers/library/invoices/{}/credits", row["id"].as_str().expect("an id"))
    };
    let credit = |kind: &str, line: Value| json!({"kind": kind, "lines": [line]});
    // Two of five books: 12.00 and 8.00. In between nothing of them is invoiced again.
    let back = credit("refund", json!({"line": 1, "quantity": "2"}));
    let answer = post(&mut desk, &credits("FILM"), &back).await;
    assert_eq!((answer.status, answer.json().expect("JSON")["net"].as_str()), (201, Some("12.00")), "{}", answer.text());
    assert_eq!((held(&mut admin, "FILM").await, held(&mut admin, "FICTION").await), ((0, 0, 1800), (0, 0, 2000)));
    assert_eq!(run(&mut desk, "between", &date).await["customers"], json!([]));
    assert_eq!(post(&mut desk, &credits("FICTION"), &back).await.json().expect("JSON")["net"], "8.00");
    assert_eq!((held(&mut admin, "FILM").await, held(&mut admin, "FICTION").await), ((0, 0, 1800), (0, 0, 1200)));
    // Money alone, and no more than is left: of FILM 18.00, for three books.
    assert_eq!(post(&mut desk, &credits("FILM"), &credit("price", json!({"line": 1, "amount": "1.00"}))).await.status, 201);
    assert_eq!((held(&mut admin, "FILM").await, held(&mut admin, "FICTION").await), ((0, 0, 1700), (0, 0, 1200)));
    for (line, kind, limit) in [
        (json!({"line": 1, "amount": "17.01"}), "price", "17.00"),
        (json!({"line": 1, "quantity": "4"}), "refund", "3"),
        // What was made cheaper is worth less than its share.
        (json!({"line": 1, "quantity": "3"}), "refund", "EUR 17.00"),
    ] {
        let answer = post(&mut desk, &credits("FILM"), &credit(kind, line)).await;
        assert_eq!((answer.status, answer.json().expect("problem+json")["findings"][0]["limit"].as_str()), (422, Some(limit)));
    }
    // Goods that come again are invoiced again, each share on its own.
    let again = credit("replace", json!({"line": 1, "quantity": "1"}));
    assert_eq!(post(&mut desk, &credits("FICTION"), &again).await.json().expect("JSON")["net"], "4.00");
    assert_eq!(post(&mut desk, &credits("FILM"), &again).await.json().expect("JSON")["net"], "6.00");
    assert_eq!((held(&mut admin, "FILM").await, held(&mut admin, "FICTION").await), ((600, 0, 1100), (400, 0, 800)));
    assert_eq!(state(&mut orderer, "1").await, "confirmed");
    assert_eq!(press(&mut desk, &order, "ship", "").await, 303);
    assert_eq!(run(&mut desk, "again", &date).await["customers"][0]["net"], "10.00");
    assert_eq!((held(&mut admin, "FILM").await, held(&mut admin, "FICTION").await), ((0, 0, 1700), (0, 0, 1200)));
    let notes: Vec<String> = documents(&mut orderer)
        .await
        .into_iter()
        .filter(|(row, _)| row["kind"] == "credit-note")
        .map(|(_, note)| note.lines[0].note.clone())
        .collect();
    assert_eq!(notes[0], "Aandeel van FILM: €\u{a0}12,00, voor 2 stuks");
    books_are_proven(&gateway).await;
    gateway.stop().await;
}

async fn an_invoice_for_the_whole_order_takes_what_is_left_of_the_shares(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, BY_BUDGET).await;
    let mut admin = signed_in(&gateway, "admin").await;
    let order = placed(&mut orderer, "1", json!([books(1, "2", sixty_forty())])).await;
    assert_eq!(press(&mut desk, &order, "ship", "line=1&quantity-1=1").await, 303);
    let limit = |percent: &str| json!({"budget": "FICTION", "period": "2026", "commitment": {"level": "stop"}, "spending": {"level": "stop", "percent": percent}});
    assert_eq!(post(&mut admin, "budgets/policies", &limit("1")).await.status, 200);
    assert_eq!(run(&mut desk, "r", &gateway.clock.now().date()).await["customers"][0]["net"], "6.00");
    assert_eq!(post(&mut admin, "budgets/policies", &limit("100")).await.status, 200);
    assert_eq!(press(&mut desk, &order, "ship", "").await, 303);
    // By hand all of the order is on one invoice: one more book of FILM, and both of FICTION.
    assert_eq!(press(&mut desk, &order, "invoice", "").await, 303);
    let all = documents(&mut orderer).await;
    assert_eq!(shares(&all), [share("FICTION", "1", "2", "8.00"), share("FILM", "1", "1", "6.00"), share("FILM", "1", "1", "6.00")]);
    assert_eq!((held(&mut admin, "FILM").await, held(&mut admin, "FICTION").await), ((0, 0, 1200), (0, 0, 800)));
    assert_eq!(state(&mut orderer, "1").await, "invoiced");
    books_are_proven(&gateway).await;
    gateway.stop().await;
}

/// BT-133 is what the buyer's system books by; the budget stands there only where there is no cost centre.
async fn a_share_keeps_the_cost_centre_of_its_line(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, BY_BUDGET).await;
    let mut line = books(1, "2", sixty_forty());
    line["coding"] = json!({"cost_centre": "4711"});
    let order = placed(&mut orderer, "1", json!([line])).await;
    assert_eq!(press(&mut desk, &order, "ship", "").await, 303);
    run(&mut desk, "march", &gateway.clock.now().date()).await;
    let all = documents(&mut orderer).await;
    let mut codes: Vec<_> = all.iter().map(|(_, invoice)| (invoice.lines[0].cost_centre.as_str(), invoice.lines[0].sharing_budget())).collect();
    codes.sort_unstable();
    assert_eq!(codes, [("4711", Some("FICTION")), ("4711", Some("FILM"))]);
    gateway.stop().await;
}

async fn page(api: &mut Api, target: &str) -> String {
    let answer = api.client.send(Request::new("GET", target)).await.expect("an answer");
    assert_eq!(answer.status, 200, "{target}");
    answer.text()
}

/// Invoices of one order that differ in nothing but the budget can be told apart before they are made and where they are credited.
async fn preview_and_pages_say_whose_share_it_is(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, BY_BUDGET).await;
    let order = placed(&mut orderer, "1", json!([books(1, "3", thirds())])).await;
    assert_eq!(press(&mut desk, &order, "ship", "").await, 303);
    let date = gateway.clock.now().date();
    let preview = post(&mut desk, "invoice-runs/preview", &json!({"reference_date": date})).await.json().expect("JSON");
    let budgets: Vec<&Value> = preview["customers"][0]["invoices"].as_array().expect("invoices").iter().map(|one| &one["grouped_by"]).collect();
    let expected = ["FICTION", "FILM", "MUSIC"].map(|budget| json!({"budget_code": budget}));
    assert_eq!(budgets, expected.iter().collect::<Vec<_>>());
    let shown = page(&mut desk, &format!("/invoice-runs?date={date}")).await;
    run(&mut desk, "march", &date).await;
    for (row, invoice) in documents(&mut orderer).await {
        let budget = invoice.lines[0].sharing_budget().expect("a share").to_string();
        let credit = page(&mut desk, &format!("/desk/library/invoices/{}/credit", row["id"].as_str().expect("an id"))).await;
        let said = format!("Budget code {budget}");
        assert!(shown.contains(&said) && credit.contains(&said), "{said}");
    }
    gateway.stop().await;
}

async fn without_an_invoice_for_each_budget_a_line_stays_whole(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, "").await;
    let order = placed(&mut orderer, "1", json!([books(1, "2", sixty_forty())])).await;
    assert_eq!(press(&mut desk, &order, "ship", "").await, 303);
    assert_eq!(run(&mut desk, "r", &gateway.clock.now().date()).await["customers"][0]["net"], "20.00");
    let all = documents(&mut orderer).await;
    let line = &all[0].1.lines[0];
    assert_eq!((all.len(), line.quantity, line.shared_quantity()), (1, Decimal::TWO, None));
    assert_eq!(ubl::read::read(&ubl::write(&all[0].1)).as_ref(), Some(&all[0].1));
    gateway.stop().await;
}

/// A share as another supplier invoices it, of two pieces of a line or of what is charged on it.
fn invoiced_share(number: &'static str, line: &'static str, budget: &str, net: &'static str, corrects: Option<&'static str>) -> String {
    let property = |name: &str, value: &str| {
        format!("<cac:AdditionalItemProperty><cbc:Name>{name}</cbc:Name><cbc:Value>{value}</cbc:Value></cac:AdditionalItemProperty>")
    };
    let end = "</cac:ClassifiedTaxCategory></cac:Item>";
    let with = format!("</cac:ClassifiedTaxCategory>{}{}</cac:Item>", property("BudgetCode", budget), property("SharedQuantity", "2"));
    let text = Doc { number, order: "1", line, quantity: "1", price: net, corrects, ..DOC }.xml().replace(end, &with);
    let report = check(text.as_bytes(), None, Day(2026, 11, 28));
    assert!(report.accepted(), "{:?} {:?}", report.findings, report.departures);
    text
}

async fn shares_that_another_supplier_invoices_are_booked_on_their_budgets(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, "").await;
    let mut admin = signed_in(&gateway, "admin").await;
    let mut line = books(1, "2", sixty_forty());
    let halves = json!([{"budget": "FICTION", "weight": 1}, {"budget": "FILM", "weight": 1}]);
    line["charges"] = json!([{"id": "label", "price": "0.75", "vat": "9", "per_unit": true, "split": halves}]);
    let order = placed(&mut orderer, "1", json!([line])).await;
    assert_eq!(press(&mut desk, &order, "ship", "").await, 303);
    let figures = [
        // Of 20.00 12.00 are FILM's and 8.00 FICTION's; of 1.50 for labels 0.75 of each. Nobody else pays any of it.
        ("F-0", "1", "MUSIC", "12.00", None, 202, "not_ordered", (0, 1275, 0), (0, 875, 0)),
        ("F-1", "1", "FILM", "20.00", None, 202, "price_difference", (0, 1275, 0), (0, 875, 0)),
        ("F-2", "1", "film", "12.00", None, 201, "matched", (0, 75, 1200), (0, 875, 0)),
        ("F-3", "1", "FILM", "12.00", None, 202, "already_invoiced", (0, 75, 1200), (0, 875, 0)),
        ("F-4", "1/label", "MUSIC", "0.75", None, 202, "not_ordered", (0, 75, 1200), (0, 875, 0)),
        ("F-5", "1/label", "FILM", "0.75", None, 201, "matched", (0, 0, 1275), (0, 875, 0)),
        ("F-6", "1/label", "FILM", "0.75", None, 202, "already_invoiced", (0, 0, 1275), (0, 875, 0)),
        ("F-7", "1/label", "FICTION", "0.75", None, 201, "matched", (0, 0, 1275), (0, 800, 75)),
        ("F-8", "1", "FICTION", "8.00", None, 201, "matched", (0, 0, 1275), (0, 0, 875)),
        ("C-1", "1", "MUSIC", "5.00", Some("F-2"), 202, "not_ordered", (0, 0, 1275), (0, 0, 875)),
        ("C-2", "1", "FILM ", "12.00", Some("F-2"), 201, "matched", (0, 0, 75), (0, 0, 875)),
    ];
    for (number, line, budget, net, corrects, status, outcome, film, fiction) in figures {
        let text = invoiced_share(number, line, budget, net, corrects);
        let request = Request::new("POST", "/api/v1/received-invoices").header("Content-Type", "application/xml").body(&text);
        let answer = admin.client.send(request).await.expect("an answer");
        let received = answer.json().expect("JSON");
        assert_eq!((answer.status, received["outcome"].as_str()), (status, Some(outcome)), "{number}: {}", answer.text());
        if outcome == "not_ordered" {
            // Nor does a person's word put it on the whole line.
            let target = format!("received-invoices/{}/decision", received["id"].as_str().expect("an id"));
            let answer = post(&mut admin, &target, &json!({"decision": "post", "credit_kind": "price"})).await;
            let finding = &answer.json().expect("JSON")["findings"][0];
            assert_eq!(
                (answer.status, &finding["line"], &finding["field"], &finding["value"]),
                (422, &json!(1), &json!("budget_code"), &json!("MUSIC"))
            );
            assert!(finding["limit"].as_str().is_some_and(|known| known.contains("FILM") && known.contains("FICTION")), "{finding}");
        } else {
            let shown = page(&mut admin, &format!("/received/{}", received["id"].as_str().expect("an id"))).await;
            assert!(shown.contains(&format!("Budget code {}, ", budget.trim())), "{number}: {shown}");
        }
        assert_eq!((held(&mut admin, "FILM").await, held(&mut admin, "FICTION").await), (film, fiction), "{number}");
    }
    assert_eq!(state(&mut orderer, "1").await, "invoiced");
    books_are_proven(&gateway).await;
    gateway.stop().await;
}
