//! Credit notes and invoice runs through the running server: what a preview says is what a run makes, nothing is made twice, what may not go stays
//! behind with its reason, and every document passes the rules. Amounts are worked out by hand from the orders.

use std::time::Duration;

use hookline::domain::invoice::{Invoice, InvoiceLine};
use hookline::einvoice::{Day, check};
use hookline::wire::ubl;
use serde_json::{Value, json};

use crate::granting::{person, signed_in};
use crate::on_both_engines;
use crate::orders::press;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway};
use crate::support::html::Page;
use crate::support::http::Answer;
use crate::support::waiting::until;

on_both_engines! {
    goods_and_money_are_given_back_once,
    of_eight_who_credit_the_same_one_does,
    a_run_makes_what_its_preview_said_and_nothing_twice,
    a_department_has_an_invoice_of_its_own,
    what_may_not_go_stays_behind_with_its_reason,
    every_code_that_a_customer_demands_is_looked_for,
    a_full_budget_holds_its_lines_and_lets_others_go,
    each_shipment_is_invoiced_by_itself_where_that_is_agreed,
    an_invoice_names_the_shipment_that_brought_it,
    runs_are_due_on_the_day_of_the_customer,
    charges_are_on_the_invoice,
    the_discount_that_a_customer_saw_is_on_the_invoice,
    a_document_that_would_be_rejected_is_in_no_preview,
}

/// A supplier's finance, and the rest of the world; the library's terms are the ones given.
fn terms_world(terms: &str) -> String {
    let world = WORLD.replace(
        "endpoint = \"NL001234567B01\"\n\n[[buyer]]\nid = \"firm\"",
        &format!("endpoint = \"NL001234567B01\"\n{terms}\n\n[[buyer]]\nid = \"firm\""),
    );
    assert!(terms.is_empty() || world != WORLD);
    let film = "[[budget]]\nbuyer = \"library\"\ncode = \"FILM\"\nname = \"Film\"\namount = \"500.00\"\n";
    format!("{world}{film}{}", person("admin", "\"buyer_administrator\""))
}

pub async fn world(engine: Engine, terms: &str) -> (Gateway, Api, Api) {
    let gateway = Gateway::with(engine, &terms_world(terms)).await;
    let (orderer, desk) = callers(&gateway).await;
    (gateway, orderer, desk)
}

/// Tokens live for minutes, and the clock of these tests jumps by days.
async fn callers(gateway: &Gateway) -> (Api, Api) {
    let orderer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    (orderer, desk)
}

pub fn order(number: &str, lines: &[(&str, Value)]) -> Value {
    let line =
        |(at, (quantity, coding)): (usize, &(&str, Value))| json!({"line": at + 1, "article": "BOOK-1", "quantity": quantity, "coding": coding});
    json!({"number": number, "connection": "lib", "lines": lines.iter().enumerate().map(line).collect::<Vec<_>>()})
}

pub fn on(budget: &str) -> Value {
    json!({"budget_code": budget})
}

/// Placed and shipped; gives its id.
pub async fn shipped(orderer: &mut Api, desk: &mut Api, body: &Value) -> Value {
    let placed = orderer.call("POST", "/api/v1/orders", Some(body)).await.expect("an answer");
    assert_eq!(placed.status, 201, "{}", placed.text());
    let placed = placed.json().expect("JSON");
    assert_eq!(press(desk, &placed, "ship", "").await, 303);
    placed
}

async fn post(api: &mut Api, target: &str, body: &Value) -> Answer {
    api.call("POST", &format!("/api/v1/{target}"), Some(body)).await.expect("an answer")
}

/// Every invoice and credit note the library has, the oldest first, each judged by the rules.
pub async fn documents(orderer: &mut Api) -> Vec<(Value, Invoice)> {
    let mut rows = orderer.items("/api/v1/invoices").await.expect("the invoices");
    rows.reverse();
    let mut all = Vec::new();
    for row in rows {
        let id = row["id"].as_str().expect("an id").to_string();
        let document = orderer.call("GET", &format!("/api/v1/invoices/{id}"), None).await.expect("a document").text();
        let report = check(document.as_bytes(), None, Day(2026, 11, 28));
        assert!(report.accepted(), "{:?} {:?} in {document}", report.findings, report.departures);
        let invoice = ubl::read::read(&document).expect("a document of ours");
        all.push((row, invoice));
    }
    all
}

/// A run that is done, and what it came to.
pub async fn run(desk: &mut Api, id: &str, date: &str) -> Value {
    let answer = post(desk, "invoice-runs", &json!({"id": id, "reference_date": date})).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    finished(desk, id).await
}

async fn finished(desk: &mut Api, id: &str) -> Value {
    let target = format!("/api/v1/invoice-runs/{id}");
    // One that comes by itself may not be there yet.
    let done = async || desk.call("GET", &target, None).await.expect("an answer").json().filter(|run| run["state"] == "done");
    until(&format!("run {id}, done"), done).await
}

async fn figures(api: &mut Api, budget: &str) -> (i64, i64) {
    let items = api.items("/api/v1/budgets").await.expect("the budgets");
    let item = items.iter().find(|item| item["budget"] == budget).expect("the budget");
    (item["delivered"].as_i64().expect("delivered"), item["expended"].as_i64().expect("expended"))
}

/// Ids of what the supplier sent the library; it sent the firm nothing, and what another supplier sent it does not see.
async fn listed(desk: &mut Api) -> Vec<Value> {
    assert_eq!(desk.call("GET", "/api/v1/customers/firm/invoices", None).await.expect("an answer").status, 404);
    let another = desk.call("GET", "/api/v1/customers/library/invoices?supplier=other", None).await.expect("an answer");
    assert_eq!(another.status, 404, "{}", another.text());
    let items = desk.items("/api/v1/customers/library/invoices").await.expect("the invoices");
    items.iter().map(|item| item["id"].clone()).collect()
}

async fn goods_and_money_are_given_back_once(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, "").await;
    let mut admin = signed_in(&gateway, "admin").await;
    let placed = shipped(&mut orderer, &mut desk, &order("1", &[("5", on("FILM")), ("2", on("FICTION"))])).await;
    assert_eq!(press(&mut desk, &placed, "invoice", "").await, 303);
    let (row, _) = documents(&mut orderer).await.remove(0);
    assert_eq!(listed(&mut desk).await, [row["id"].clone()], "the supplier finds the id that a credit needs");
    let credits = format!("customers/library/invoices/{}/credits", row["id"].as_str().expect("an id"));
    // Net budgets: five books of 10.00 on one, two on the other.
    assert_eq!((figures(&mut admin, "FILM").await, figures(&mut admin, "FICTION").await), ((0, 5000), (0, 2000)));
    gateway.advance(Duration::from_secs(1));
    let refund = json!({"kind": "refund", "lines": [{"line": 1, "quantity": "2"}]});
    let answer = post(&mut desk, &credits, &refund).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let note = answer.json().expect("JSON");
    assert_eq!(
        (note["kind"].as_str(), note["net"].as_str(), note["vat"].as_str(), &note["preceding"]),
        (Some("credit-note"), Some("20.00"), Some("1.80"), &row["number"])
    );
    assert_eq!(listed(&mut desk).await, [note["id"].clone(), row["id"].clone()], "the newest first");
    assert!(note["number"].as_str().is_some_and(|number| number.ends_with("-C000001")), "{note}");
    assert_eq!(figures(&mut admin, "FILM").await, (0, 3000));
    gateway.advance(Duration::from_secs(1));
    let price = json!({"kind": "price", "lines": [{"line": 2, "amount": "3.50"}]});
    assert_eq!(post(&mut desk, &credits, &price).await.status, 201);
    assert_eq!(figures(&mut admin, "FICTION").await, (0, 1650));
    // More than is left, line by line.
    for (body, field, limit) in [
        (json!({"kind": "refund", "lines": [{"line": 1, "quantity": "4"}]}), "quantity", "3"),
        (json!({"kind": "price", "lines": [{"line": 2, "amount": "16.51"}]}), "amount", "16.50"),
        (json!({"kind": "refund", "lines": [{"line": 9}]}), "line", ""),
        (json!({"kind": "price", "lines": []}), "lines", ""),
        (json!({"kind": "gift", "lines": [{"line": 1}]}), "kind", "price, refund, replace"),
        (json!({"kind": "price", "lines": [{"line": 2, "amount": "1.005"}]}), "amount", ""),
    ] {
        let answer = post(&mut desk, &credits, &body).await;
        let problem = answer.json().expect("problem+json");
        let finding = &problem["findings"][0];
        assert_eq!((answer.status, finding["field"].as_str(), finding["limit"].as_str().unwrap_or_default()), (422, Some(field), limit), "{problem}");
    }
    // Goods that come again: their money waits for them, and the order is open.
    gateway.advance(Duration::from_secs(1));
    let replace = json!({"kind": "replace", "lines": [{"line": 1, "quantity": "3"}]});
    assert_eq!(post(&mut desk, &credits, &replace).await.status, 201);
    assert_eq!(orderer.get("/api/v1/orders/1").await.expect("the order")["state"], "confirmed");
    gateway.advance(Duration::from_secs(1));
    assert_eq!(press(&mut desk, &placed, "ship", "").await, 303);
    assert_eq!(press(&mut desk, &placed, "invoice", "").await, 303);
    assert_eq!(figures(&mut admin, "FILM").await, (0, 3000));
    let all = documents(&mut orderer).await;
    let kinds: Vec<&str> = all.iter().filter_map(|(row, _)| row["kind"].as_str()).collect();
    assert_eq!(kinds, ["invoice", "credit-note", "credit-note", "credit-note", "invoice"]);
    assert_eq!(all[1].1.references.order, "1");
    let mut tx = gateway.server.app.store.view().await.expect("a view");
    let reports = hookline::flow::verifying::verify_in(&mut tx, None).await.expect("reports");
    assert!(reports.iter().all(|report| report.wrong.is_empty()), "{reports:?}");
    drop(tx);
    gateway.stop().await;
}

async fn of_eight_who_credit_the_same_one_does(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, "").await;
    let placed = shipped(&mut orderer, &mut desk, &order("1", &[("5", on("FILM"))])).await;
    assert_eq!(press(&mut desk, &placed, "invoice", "").await, 303);
    let (row, _) = documents(&mut orderer).await.remove(0);
    let credits = format!("customers/library/invoices/{}/credits", row["id"].as_str().expect("an id"));
    let mut callers = Vec::new();
    for _ in 0..8 {
        callers.push(Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in"));
    }
    let body = json!({"kind": "price", "lines": [{"line": 1}]});
    let answers = futures_util::future::join_all(callers.iter_mut().map(|caller| post(caller, &credits, &body))).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
    assert!(answers.iter().all(|answer| matches!(answer.status, 201 | 409 | 422)));
    assert_eq!(documents(&mut orderer).await.len(), 2);
    gateway.stop().await;
}

async fn a_run_makes_what_its_preview_said_and_nothing_twice(engine: Engine) {
    let terms = "[buyer.invoicing]\ngrouping = [\"branch\"]\nseveral_orders = true\nnumber_prefix = \"A\"\n";
    let (gateway, mut orderer, mut desk) = world(engine, terms).await;
    let at = |branch: &str| json!({"budget_code": "FILM", "branch": branch});
    shipped(&mut orderer, &mut desk, &order("1", &[("1", at("East")), ("2", at("West"))])).await;
    shipped(&mut orderer, &mut desk, &order("2", &[("4", at("East"))])).await;
    let open = orderer.call("POST", "/api/v1/orders", Some(&order("3", &[("8", at("East"))]))).await.expect("an answer");
    assert_eq!(open.status, 201, "what is not shipped is not invoiced");
    let date = gateway.clock.now().date();
    let preview = post(&mut desk, "invoice-runs/preview", &json!({"reference_date": date})).await.json().expect("JSON");
    let planned = &preview["customers"][0]["invoices"];
    assert_eq!(planned.as_array().map(Vec::len), Some(2), "{preview}");
    assert_eq!((&planned[0]["net"], &planned[0]["orders"], &planned[0]["lines"]), (&json!("50.00"), &json!(["1", "2"]), &json!(2)));
    assert_eq!((&planned[1]["net"], &planned[1]["gross"], &planned[1]["orders"]), (&json!("20.00"), &json!("21.80"), &json!(["1"])));
    assert_eq!(orderer.items("/api/v1/invoices").await.expect("the invoices").len(), 0, "a preview writes nothing");
    let done = run(&mut desk, "march", &date).await;
    let part = &done["customers"][0];
    assert_eq!((&part["customer"], &part["invoices"], &part["net"], &part["kept_back"]), (&json!("library"), &json!(2), &json!("70.00"), &json!([])));
    // The same again, and another: nothing is left to invoice.
    assert_eq!(run(&mut desk, "march", &date).await["customers"][0]["invoices"], 2);
    assert_eq!(run(&mut desk, "april", &date).await["customers"], json!([]));
    assert_eq!(post(&mut desk, "invoice-runs", &json!({"id": "march", "reference_date": "2027-01-01"})).await.status, 409);
    let mut all = documents(&mut orderer).await;
    all.sort_by_key(|(_, invoice)| invoice.number.clone());
    let shown: Vec<(&str, &str, &str)> = all
        .iter()
        .map(|(row, invoice)| {
            (row["number"].as_str().unwrap_or_default(), row["net"].as_str().unwrap_or_default(), invoice.references.order.as_str())
        })
        .collect();
    // In the order of the branches, numbered without a gap; of the one over two orders the lines say which.
    assert_eq!(shown, [("A-2026-LIBRARY-000001", "50.00", ""), ("A-2026-LIBRARY-000002", "20.00", "1")]);
    let lines: Vec<(&str, &str)> = all[0].1.lines.iter().map(|line| (line.order.as_str(), line.order_line.as_str())).collect();
    assert_eq!(lines, [("1", "1"), ("2", "1")]);
    for (number, state) in [("1", "invoiced"), ("2", "invoiced"), ("3", "placed")] {
        assert_eq!(orderer.get(&format!("/api/v1/orders/{number}")).await.expect("the order")["state"], state);
    }
    let invoices = orderer.get("/api/v1/orders/1").await.expect("the order")["invoices"].as_array().map(Vec::len);
    assert_eq!(invoices, Some(2), "an order knows every invoice it is on");
    // Of the one over two orders each is credited by itself.
    let credits = format!("customers/library/invoices/{}/credits", all[0].0["id"].as_str().expect("an id"));
    let both = json!({"kind": "refund", "lines": [{"line": 1}, {"line": 2}]});
    assert_eq!(post(&mut desk, &credits, &both).await.status, 422);
    let second = json!({"kind": "refund", "lines": [{"line": 2, "quantity": "3"}]});
    let answer = post(&mut desk, &credits, &second).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let note = documents(&mut orderer).await.into_iter().find(|(row, _)| row["kind"] == "credit-note").expect("a credit note");
    assert_eq!((note.1.references.order.as_str(), note.0["net"].as_str()), ("2", Some("30.00")));
    let again = post(&mut desk, &credits, &json!({"kind": "refund", "lines": [{"line": 2, "quantity": "2"}]})).await;
    assert_eq!(again.json().expect("JSON")["findings"][0]["limit"], "1");
    gateway.stop().await;
}

async fn a_department_has_an_invoice_of_its_own(engine: Engine) {
    let terms = "[buyer.invoicing]\ngrouping = [\"department\"]\nseveral_orders = true\n";
    let (gateway, mut orderer, mut desk) = world(engine, terms).await;
    let of = |department: &str| json!({"budget_code": "FILM", "department": department});
    shipped(&mut orderer, &mut desk, &order("1", &[("1", of("Youth")), ("2", of("Local history"))])).await;
    shipped(&mut orderer, &mut desk, &order("2", &[("4", of("Youth")), ("8", on("FILM"))])).await;
    let date = gateway.clock.now().date();
    let preview = post(&mut desk, "invoice-runs/preview", &json!({"reference_date": date})).await.json().expect("JSON");
    let planned = preview["customers"][0]["invoices"].as_array().expect("invoices").clone();
    // Those of none, then the departments by name: 8 × 10.00, 2 × 10.00, (1 + 4) × 10.00.
    let expected = [("80.00", json!(["2"])), ("20.00", json!(["1"])), ("50.00", json!(["1", "2"]))];
    assert_eq!(planned.iter().map(|one| (one["net"].as_str().unwrap_or_default(), one["orders"].clone())).collect::<Vec<_>>(), expected);
    let page = desk.call("GET", &format!("/invoice-runs?date={date}"), None).await.expect("a page").text();
    for (net, _) in &expected {
        assert!(page.contains(net), "{net} in {page}");
    }
    assert_eq!(run(&mut desk, "march", &date).await["customers"][0]["invoices"], 3);
    let departments: Vec<(String, Vec<String>)> = documents(&mut orderer)
        .await
        .into_iter()
        .map(|(row, invoice)| {
            let property = |name: &str, value: &str| (name == "Department").then(|| value.to_string());
            let of_line = |line: &InvoiceLine| line.properties.iter().find_map(|(name, value)| property(name, value)).unwrap_or_default();
            (row["net"].as_str().unwrap_or_default().to_string(), invoice.lines.iter().map(of_line).collect())
        })
        .collect();
    let texts = |all: &[&str]| all.iter().map(|text| (*text).to_string()).collect::<Vec<_>>();
    for expected in [("80.00", texts(&[""])), ("20.00", texts(&["Local history"])), ("50.00", texts(&["Youth", "Youth"]))] {
        assert!(departments.contains(&(expected.0.to_string(), expected.1.clone())), "{expected:?} in {departments:?}");
    }
    gateway.stop().await;
}

async fn what_may_not_go_stays_behind_with_its_reason(engine: Engine) {
    let terms = "[buyer.invoicing]\nrequired = [\"cost_centre\"]\nminimum = \"25.00\"\n";
    let (gateway, mut orderer, mut desk) = world(engine, terms).await;
    let with = |centre: &str| json!({"budget_code": "FILM", "cost_centre": centre});
    shipped(&mut orderer, &mut desk, &order("1", &[("3", on("FILM"))])).await;
    shipped(&mut orderer, &mut desk, &order("2", &[("2", with("4310"))])).await;
    shipped(&mut orderer, &mut desk, &order("3", &[("3", with("4310"))])).await;
    let done = run(&mut desk, "r", &gateway.clock.now().date()).await;
    let part = &done["customers"][0];
    assert_eq!(part["invoices"], 1);
    let kept: Vec<(&str, &str, &str)> = part["kept_back"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|kept| {
            (kept["order"].as_str().unwrap_or_default(), kept["code"].as_str().unwrap_or_default(), kept["what"].as_str().unwrap_or_default())
        })
        .collect();
    assert_eq!(kept, [("1", "missing", "cost_centre"), ("2", "below_minimum", "25.00")]);
    let page = desk.call("GET", "/invoice-runs/r", None).await.expect("a page").text();
    assert!(page.contains("25.00") && page.contains("30.00"), "{page}");
    // Nothing that was shipped after the day of the run is on it.
    gateway.advance(Duration::from_secs(86_400));
    (orderer, desk) = callers(&gateway).await;
    shipped(&mut orderer, &mut desk, &order("4", &[("9", with("4310"))])).await;
    let yesterday = gateway.clock.now().minus(Duration::from_secs(86_400)).date();
    assert_eq!(run(&mut desk, "r2", &yesterday).await["customers"][0]["invoices"], 0);
    for (body, field) in
        [(json!({"id": "x", "reference_date": "2026-02-30"}), "reference_date"), (json!({"id": "a/b", "reference_date": "2026-03-01"}), "id")]
    {
        let answer = post(&mut desk, "invoice-runs", &body).await;
        assert_eq!((answer.status, answer.json().expect("JSON")["findings"][0]["field"].as_str()), (422, Some(field)));
    }
    gateway.stop().await;
}

async fn every_code_that_a_customer_demands_is_looked_for(engine: Engine) {
    let terms = "[buyer.invoicing]\nrequired = [\"branch\", \"department\", \"project\"]\n";
    let (gateway, mut orderer, mut desk) = world(engine, terms).await;
    let all = json!({"budget_code": "FILM", "branch": "Goes", "department": "Youth", "project": "P-7"});
    let without = |code: &str| {
        let mut coding = all.clone();
        coding.as_object_mut().expect("an object").remove(code);
        coding
    };
    for (number, coding) in [("1", without("branch")), ("2", without("department")), ("3", without("project")), ("4", all.clone())] {
        shipped(&mut orderer, &mut desk, &order(number, &[("1", coding)])).await;
    }
    // By hand it is no other: nothing is issued, and the code is named.
    for (number, code) in [("1", "branch"), ("2", "department"), ("3", "project")] {
        let placed = orderer.get(&format!("/api/v1/orders/{number}")).await.expect("the order");
        let target = format!("/desk/library/{}/invoice", placed["id"].as_str().expect("an id"));
        let refused = desk.call("POST", &target, None).await.expect("an answer");
        assert!(refused.status == 422 && refused.text().to_lowercase().contains(code), "{code}: {} {}", refused.status, refused.text());
    }
    let date = gateway.clock.now().date();
    let preview = post(&mut desk, "invoice-runs/preview", &json!({"reference_date": date})).await.json().expect("JSON");
    let done = run(&mut desk, "r", &date).await;
    for part in [&preview["customers"][0], &done["customers"][0]] {
        let kept = part["kept_back"].as_array().expect("a list").iter();
        let kept: Vec<_> = kept.map(|kept| ["order", "code", "what"].map(|key| kept[key].as_str().unwrap_or_default())).collect();
        assert_eq!(kept, [["1", "missing", "branch"], ["2", "missing", "department"], ["3", "missing", "project"]]);
    }
    assert_eq!(done["customers"][0]["invoices"], 1);
    let page = desk.call("GET", "/invoice-runs/r", None).await.expect("a page").text();
    for word in ["Branch", "Department", "Project"] {
        assert!(page.contains(word), "{word}: {page}");
    }
    // A word that is no code is refused with those that are.
    let wrong = gateway.apply(&terms_world(&terms.replace("project", "colour"))).await.expect_err("no such code");
    assert!(wrong.contains("invoicing.required") && wrong.contains("colour") && wrong.contains("department"), "{wrong}");
    gateway.stop().await;
}

async fn a_full_budget_holds_its_lines_and_lets_others_go(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, "[buyer.invoicing]\ngrouping = []\nseveral_orders = true\n").await;
    let mut admin = signed_in(&gateway, "admin").await;
    shipped(&mut orderer, &mut desk, &order("1", &[("3", on("FICTION")), ("1", on("FILM"))])).await;
    shipped(&mut orderer, &mut desk, &order("2", &[("1", on("FICTION")), ("2", on("FILM"))])).await;
    // Of 100.00 at most 20 % may be spent; the first line is for 30.00, and the later one of the same budget waits with it.
    let limit = json!({"budget": "FICTION", "period": "2026", "commitment": {"level": "stop"}, "spending": {"level": "stop", "percent": "20"}});
    assert_eq!(post(&mut admin, "budgets/policies", &limit).await.status, 200);
    let date = gateway.clock.now().date();
    let preview = post(&mut desk, "invoice-runs/preview", &json!({"reference_date": date})).await.json().expect("JSON");
    assert_eq!(preview["customers"][0]["invoices"][0]["net"], "30.00", "{preview}");
    let done = run(&mut desk, "full", &date).await;
    let part = &done["customers"][0];
    let kept: Vec<(&str, &str)> = part["kept_back"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|kept| (kept["order"].as_str().unwrap_or_default(), kept["code"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!((&part["invoices"], &part["net"], kept), (&json!(1), &json!("30.00"), vec![("1", "ceiling_reached"), ("2", "ceiling_reached")]));
    assert_eq!(figures(&mut admin, "FICTION").await, (4000, 0), "what was delivered keeps its money");
    assert_eq!(admin.items("/api/v1/budgets/held").await.expect("what is held").len(), 2);
    // Room is made, and the next run takes them along.
    assert_eq!(post(&mut admin, "budgets/allocations", &json!({"budget": "FICTION", "period": "2026", "amount": 10_000})).await.status, 200);
    let next = run(&mut desk, "next", &date).await;
    let part = &next["customers"][0];
    assert_eq!((&part["invoices"], &part["net"], &part["kept_back"]), (&json!(1), &json!("40.00"), &json!([])));
    assert_eq!(admin.items("/api/v1/budgets/held").await.expect("what is held").len(), 0);
    assert_eq!(figures(&mut admin, "FICTION").await, (0, 4000));
    assert_eq!(documents(&mut orderer).await.len(), 2);
    gateway.stop().await;
}

async fn each_shipment_is_invoiced_by_itself_where_that_is_agreed(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, "[buyer.invoicing]\nfrequency = \"delivery\"\n").await;
    shipped(&mut orderer, &mut desk, &order("1", &[("1", on("FILM"))])).await;
    until("an invoice", async || orderer.items("/api/v1/invoices").await.expect("the invoices").pop()).await;
    let all = documents(&mut orderer).await;
    assert_eq!(all.iter().map(|(_, invoice)| invoice.references.despatch.as_str()).collect::<Vec<_>>(), ["1-1"]);
    gateway.stop().await;
}

/// BT-16 is the supplier's own number of the shipment, else the one on its papers; none where several brought what is invoiced.
async fn an_invoice_names_the_shipment_that_brought_it(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, "").await;
    for number in ["1", "2"] {
        let body = order(number, &[("5", on("FILM")), ("3", on("FICTION"))]);
        let placed = orderer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer");
        assert_eq!(placed.status, 201, "{}", placed.text());
    }
    let one = orderer.get("/api/v1/orders/1").await.expect("the order");
    for leaves in ["line=1&quantity-1=2&reference=PB-77", "line=1&quantity-1=1&line=2&quantity-2=3", "line=1"] {
        assert_eq!(press(&mut desk, &one, "ship", leaves).await, 303, "{leaves}");
        assert_eq!(press(&mut desk, &one, "invoice", "").await, 303, "{leaves}");
    }
    let two = orderer.get("/api/v1/orders/2").await.expect("the order");
    for leaves in ["line=1&quantity-1=2", "line=1&line=2"] {
        assert_eq!(press(&mut desk, &two, "ship", leaves).await, 303, "{leaves}");
    }
    assert_eq!(run(&mut desk, "rest", &gateway.clock.now().date()).await["customers"][0]["invoices"], 1);
    let all = documents(&mut orderer).await;
    let shown: Vec<(&str, &str)> = all.iter().map(|(_, invoice)| (invoice.references.order.as_str(), invoice.references.despatch.as_str())).collect();
    assert_eq!(shown, [("1", "PB-77"), ("1", "1-2"), ("1", "1-3"), ("2", "")]);
    let copy = orderer.call("GET", &format!("/api/v1/invoices/{}/copy", all[0].0["id"].as_str().expect("an id")), None).await.expect("a copy");
    if let Some(words) = crate::copies::words_of(&copy.body) {
        assert!(words.contains("Shipment PB-77"), "{words}");
    }
    gateway.stop().await;
}

async fn runs_are_due_on_the_day_of_the_customer(engine: Engine) {
    // The clock of the tests begins on a Sunday, 1 March 2026.
    let (gateway, mut orderer, mut desk) = world(engine, "[buyer.invoicing]\nfrequency = \"weekly\"\nday = 2\n").await;
    shipped(&mut orderer, &mut desk, &order("1", &[("1", on("FILM"))])).await;
    let mut made = Vec::new();
    for _ in 0..4 {
        let today = gateway.clock.now();
        finished(&mut desk, &format!("due-{}", today.date())).await;
        made.push((today.calendar().0, orderer.items("/api/v1/invoices").await.expect("the invoices").len()));
        gateway.advance(Duration::from_secs(86_400));
        (orderer, desk) = callers(&gateway).await;
    }
    let expected: Vec<(u32, usize)> = made
        .iter()
        .map(|(weekday, _)| *weekday)
        .scan(0, |so_far, weekday| {
            *so_far = (*so_far).max(usize::from(weekday == 2));
            Some((weekday, *so_far))
        })
        .collect();
    assert_eq!(made, expected);
    assert!(made.iter().any(|(weekday, _)| *weekday == 2), "{made:?}");
    gateway.stop().await;
}

async fn charges_are_on_the_invoice(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, "").await;
    let mut admin = signed_in(&gateway, "admin").await;
    let mut body = order("1", &[("4", on("FILM"))]);
    body["lines"][0]["charges"] = json!([{"id": "plast", "price": "0.85", "vat": "21", "per_unit": true, "split": [{"budget": "FICTION"}]}]);
    body["charges"] = json!([{"id": "freight", "price": "6.50", "vat": "21", "split": [{"budget": "FILM"}]}]);
    let placed = shipped(&mut orderer, &mut desk, &body).await;
    assert_eq!(press(&mut desk, &placed, "invoice", "").await, 303);
    let (row, invoice) = documents(&mut orderer).await.remove(0);
    let lines: Vec<(&str, i64)> = invoice.lines.iter().map(|line| (line.order_line.as_str(), line.net.minor)).collect();
    assert_eq!(lines, [("1", 4000), ("1/plast", 340), ("freight", 650)]);
    // 40.00 at 9 %, and 9.90 at 21 %.
    assert_eq!((row["net"].as_str(), row["vat"].as_str()), (Some("49.90"), Some("5.68")));
    assert_eq!((figures(&mut admin, "FILM").await, figures(&mut admin, "FICTION").await), ((0, 4650), (0, 340)));
    gateway.stop().await;
}

/// What a run would keep back, its preview keeps back: an exemption without its reason (BR-E-10).
/// BOOK-1 is 12.50 for everybody and 10.00 here: 2.50 less, a fifth.
async fn the_discount_that_a_customer_saw_is_on_the_invoice(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, "").await;
    let mut shop = crate::picturing::session(&gateway, "lib").await;
    shop.add("BOOK-1", "2").await.expect("it is put in");
    let returned = shop.transfer().await.expect("an answer").expect("a way back").text();
    let form = Page::read(&returned).form_with_id("oci").expect("the return form").clone();
    let quote = form.fields().iter().find(|(name, _)| name.starts_with("NEW_ITEM-EXT_QUOTE_ID")).map(|(_, value)| value.clone()).expect("a quote");
    // What the catalogue says later is not what the customer saw.
    gateway.apply(&WORLD.replace("shop_price = \"12.50\"", "shop_price = \"19.00\"")).await.expect("applied");
    let basket = json!({"number": "1", "lines": [{"line": 1, "quote": quote, "quote_line": 1, "article": "BOOK-1", "quantity": "2"}]});
    let mut by_number = Vec::new();
    for body in [basket, order("2", &[("4", on("FILM"))])] {
        let placed = shipped(&mut orderer, &mut desk, &body).await;
        assert_eq!(press(&mut desk, &placed, "invoice", "").await, 303);
    }
    for (row, invoice) in documents(&mut orderer).await {
        by_number.push((invoice.references.order.clone(), row["net"].clone(), invoice.lines[0].list_price.map(|list| list.to_string())));
        let copy = orderer.call("GET", &format!("/api/v1/invoices/{}/copy", row["id"].as_str().expect("an id")), None).await.expect("a copy");
        let expected = if invoice.references.order == "1" { "Shop price 12.50, discount 20 %" } else { "Shop price 19.00, discount 47 %" };
        if let Some(text) = crate::copies::words_of(&copy.body) {
            assert!(text.contains(expected), "{expected} in {text}");
        }
    }
    let expected = [("1", "20.00", "12.5"), ("2", "40.00", "19")];
    assert_eq!(by_number, expected.map(|(number, net, list)| (number.to_string(), json!(net), Some(list.to_string()))));
    // Goods that go back do so at the price they were seen at; money alone has no list price.
    let id = documents(&mut orderer).await[1].0["id"].as_str().expect("an id").to_string();
    for credit in
        [json!({"kind": "refund", "lines": [{"line": 1, "quantity": "1"}]}), json!({"kind": "price", "lines": [{"line": 1, "amount": "3.00"}]})]
    {
        let answer = post(&mut desk, &format!("customers/library/invoices/{id}/credits"), &credit).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    let notes = documents(&mut orderer).await.into_iter().filter(|(row, _)| row["kind"] == "credit-note");
    let lists: Vec<Option<String>> = notes.map(|(_, note)| note.lines[0].list_price.map(|list| list.to_string())).collect();
    assert_eq!(lists, [Some("19".to_string()), None]);
    gateway.stop().await;
}

async fn a_document_that_would_be_rejected_is_in_no_preview(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, "[buyer.invoicing]\nvat = \"exempt\"\n").await;
    shipped(&mut orderer, &mut desk, &order("1", &[("1", on("FILM"))])).await;
    let date = gateway.clock.now().date();
    let preview = post(&mut desk, "invoice-runs/preview", &json!({"reference_date": date})).await.json().expect("JSON");
    let customer = &preview["customers"][0];
    assert_eq!((&customer["invoices"], &customer["kept_back"][0]["code"]), (&json!([]), &json!("rejected")), "{preview}");
    assert_eq!(customer["kept_back"][0]["what"][0]["rule"], "exemption");
    let done = run(&mut desk, "r", &date).await;
    assert_eq!((&done["customers"][0]["invoices"], &done["customers"][0]["kept_back"]), (&json!(0), &customer["kept_back"]));
    gateway.stop().await;
}
