//! Commands to the books over the API: once under their key, tried without being written, answered with what they do or with every budget
//! that is short. Amounts are worked out by hand from budgets-and-orders, chapters 7, 10 and 11; minor units.

use std::time::Duration;

use serde_json::{Value, json};

use crate::granting::{person, signed_in};
use crate::on_both_engines;
use crate::orders::press;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway};
use crate::support::http::{Answer, Request};
use crate::support::waiting::until;

on_both_engines! {
    money_is_given_moved_and_taken_back,
    a_preview_writes_nothing_and_a_key_works_once,
    ceilings_are_set_and_an_override_is_journalled,
    an_order_follows_what_is_changed_and_called_off,
    a_period_is_closed_once_and_its_requests_expire,
    orders_ahead_are_announced_once_when_their_period_opens,
    an_invoice_over_a_ceiling_is_held_until_there_is_room,
    a_period_opens_on_its_first_day_where_the_buyer_wants_it,
    budgets_may_do_otherwise_when_a_period_closes,
}

const FILM: &str = "[[budget]]\nbuyer = \"library\"\ncode = \"FILM\"\nname = \"Film\"\namount = \"50.00\"\n";

async fn world(engine: Engine) -> (Gateway, Api, Api, Api) {
    let people = format!("{}{}", person("admin", "\"buyer_administrator\""), person("holder", "\"budget_holder\""));
    let gateway = Gateway::with(engine, &format!("{WORLD}{FILM}{people}")).await;
    let orderer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let (admin, holder) = (signed_in(&gateway, "admin").await, signed_in(&gateway, "holder").await);
    (gateway, admin, holder, orderer)
}

async fn post(api: &mut Api, target: &str, body: Value) -> Answer {
    api.call("POST", &format!("/api/v1/{target}"), Some(&body)).await.expect("an answer")
}

/// The same, booked; gives the answer.
async fn done(api: &mut Api, target: &str, body: Value) -> Value {
    let answer = post(api, target, body).await;
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    answer.json().expect("JSON")
}

/// Refused by the books with this code; gives the problem.
async fn refused(api: &mut Api, target: &str, body: Value, code: &str) -> Value {
    let answer = post(api, target, body).await;
    let problem = answer.json().expect("problem+json");
    assert_eq!((answer.status, problem["code"].as_str()), (409, Some(code)), "{target}: {problem}");
    problem
}

fn order(number: &str, budget: &str, quantity: &str) -> Value {
    json!({"number": number, "connection": "lib", "lines": [{"line": 1, "article": "BOOK-1", "quantity": quantity, "coding": {"budget_code": budget}}]})
}

/// Funding, available, committed of a budget in a period.
async fn figures(api: &mut Api, budget: &str, period: &str) -> (i64, i64, i64) {
    let items = api.items("/api/v1/budgets").await.expect("the budgets");
    let item = items.iter().find(|item| item["budget"] == budget && item["period"] == period).expect("the budget");
    let amount = |name: &str| item[name].as_i64().expect("an amount");
    (amount("funding"), amount("available"), amount("committed"))
}

async fn journal(gateway: &Gateway, kind: &str) -> Vec<Value> {
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let entries = hookline::store::journal::after(&mut tx, "library", 0, 1000).await.expect("the journal");
    entries.iter().filter(|entry| entry.kind == kind).map(|entry| serde_json::from_str(&entry.body).expect("JSON")).collect()
}

async fn money_is_given_moved_and_taken_back(engine: Engine) {
    let (gateway, mut admin, mut holder, mut orderer) = world(engine).await;
    let give = |amount: i64| json!({"budget": "FILM", "period": "2026", "amount": amount, "note": "for the autumn"});
    let answer = done(&mut holder, "budgets/allocations", give(2500)).await;
    assert_eq!((answer["result"].as_str(), answer["budgets"][0]["after"]["funding"].as_i64()), (Some("accepted"), Some(7500)));
    assert_eq!(answer["budgets"][0]["before"]["funding"], 5000);
    assert_eq!(journal(&gateway, "allocate").await.last().expect("an entry")["note"], "for the autumn");
    let give_on = |from: &str, to: &str, amount: i64| json!({"from": from, "to": to, "period": "2026", "amount": amount});
    done(&mut holder, "budgets/transfers", give_on("FILM", "FICTION", 3000)).await;
    assert_eq!(figures(&mut admin, "FILM", "2026").await, (4500, 4500, 0));
    assert_eq!(figures(&mut admin, "FICTION", "2026").await, (13_000, 13_000, 0));
    // EX-18: neither more than is left may leave, nor what is used be taken back; with an override it may.
    assert_eq!(orderer.call("POST", "/api/v1/orders", Some(&order("1", "FILM", "4"))).await.expect("an answer").status, 201);
    let problem = refused(&mut holder, "budgets/transfers", give_on("FILM", "FICTION", 501), "insufficient_funds").await;
    assert_eq!(problem["over"], json!([{"budget": "FILM", "period": "2026", "short": 1}]));
    refused(&mut holder, "budgets/allocations", give(-501), "below_consumed").await;
    let mut with_reason = give(-501);
    with_reason["override_reason"] = json!("the council decided so");
    done(&mut holder, "budgets/allocations", with_reason.clone()).await;
    assert_eq!(figures(&mut admin, "FILM", "2026").await, (3999, -1, 4000));
    assert_eq!(journal(&gateway, "allocate").await.last().expect("an entry")["override"]["reason"], "the council decided so");
    with_reason["override_reason"] = json!(" ");
    assert_eq!(post(&mut holder, "budgets/allocations", with_reason).await.status, 422);
    // An orderer gives nothing: the role does not open the door.
    assert_eq!(post(&mut orderer, "budgets/allocations", give(1)).await.status, 403);
    for (body, field) in [(json!({"budget": "FILM"}), "body"), (json!({"budget": 7}), "body"), (json!([]), "body")] {
        let answer = post(&mut holder, "budgets/allocations", body).await;
        assert_eq!((answer.status, answer.json().expect("JSON")["findings"][0]["field"].as_str()), (422, Some(field)));
    }
    refused(&mut holder, "budgets/allocations", json!({"budget": "NOPE", "period": "2026", "amount": 1}), "no_budget").await;
    gateway.stop().await;
}

async fn a_preview_writes_nothing_and_a_key_works_once(engine: Engine) {
    let (gateway, mut admin, mut holder, _) = world(engine).await;
    let body = |amount: i64, preview: bool| json!({"budget": "FILM", "period": "2026", "amount": amount, "preview": preview});
    let tried = done(&mut holder, "budgets/allocations", body(100, true)).await;
    assert_eq!((tried["preview"].as_bool(), tried["budgets"][0]["after"]["funding"].as_i64()), (Some(true), Some(5100)));
    assert_eq!(figures(&mut admin, "FILM", "2026").await.0, 5000);
    let keyed = |amount: i64| Request::json("POST", "/api/v1/budgets/allocations", &body(amount, false)).header("Idempotency-Key", "k-1");
    let first = holder.client.send(keyed(100)).await.expect("an answer");
    let again = holder.client.send(keyed(100)).await.expect("an answer");
    assert_eq!((first.status, first.json()), (again.status, again.json()));
    assert_eq!(figures(&mut admin, "FILM", "2026").await.0, 5100);
    assert_eq!(holder.client.send(keyed(200)).await.expect("an answer").status, 422, "the same key with other content");
    // A refusal is an answer too, and the same one again.
    let short = Request::json("POST", "/api/v1/budgets/transfers", &json!({"from": "FILM", "to": "FICTION", "period": "2026", "amount": 9999}));
    let short = || short.clone().header("Idempotency-Key", "k-2");
    let first = holder.client.send(short()).await.expect("an answer").json().expect("JSON");
    done(&mut holder, "budgets/allocations", body(100_000, false)).await;
    let again = holder.client.send(short()).await.expect("an answer").json().expect("JSON");
    assert_eq!((first["code"].as_str(), &first["over"]), (Some("insufficient_funds"), &again["over"]));
    assert_eq!(first["over"][0]["short"], 9999 - 5100);
    gateway.stop().await;
}

async fn ceilings_are_set_and_an_override_is_journalled(engine: Engine) {
    let (gateway, mut admin, mut holder, mut orderer) = world(engine).await;
    let limits = json!({"budget": "FILM", "period": "2026", "commitment": {"level": "stop", "percent": "80"}, "thresholds": [50]});
    let answer = done(&mut holder, "budgets/policies", limits).await;
    // floor(50.00 × 80 %) = 40.00
    assert_eq!(answer["budgets"][0]["after"]["headroom"], 4000);
    let answer = orderer.call("POST", "/api/v1/orders", Some(&order("1", "FILM", "5"))).await.expect("an answer");
    assert_eq!((answer.status, answer.json().expect("JSON")["over"][0]["short"].as_i64()), (409, Some(1000)));
    // An orderer passes no ceiling; an administrator does, with a reason that stays.
    let mut passing = order("1", "FILM", "5");
    passing["override_reason"] = json!("ordered by telephone");
    assert_eq!(orderer.call("POST", "/api/v1/orders", Some(&passing)).await.expect("an answer").status, 403);
    let answer = admin.call("POST", "/api/v1/orders", Some(&passing)).await.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.text());
    let entry = journal(&gateway, "order placed").await.pop().expect("an entry");
    assert_eq!(entry["override"], json!({"reason": "ordered by telephone", "over": [{"budget": "FILM", "period": "2026", "short": 1000}]}));
    // Everything wrong at once, each with its field and limit.
    let wrong = json!({"budget": "FILM", "period": "2026", "commitment": {"level": "hard", "percent": -1}, "thresholds": [0]});
    let problem = post(&mut holder, "budgets/policies", wrong).await.json().expect("JSON");
    let fields: Vec<&str> = problem["findings"].as_array().expect("findings").iter().filter_map(|f| f["field"].as_str()).collect();
    assert_eq!(fields, ["commitment.level", "commitment.percent", "thresholds"]);
    gateway.stop().await;
}

async fn an_order_follows_what_is_changed_and_called_off(engine: Engine) {
    let (gateway, _, _, mut orderer) = world(engine).await;
    let placed = orderer.call("POST", "/api/v1/orders", Some(&order("1", "FILM", "3"))).await.expect("an answer").json().expect("JSON");
    let change = |change: Value| {
        let mut body = json!({"line": 1});
        body.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        body
    };
    // EX-07: a refused change leaves all as it was; only the difference is tested.
    refused(&mut orderer, "orders/1/changes", change(json!({"quantity": "6"})), "insufficient_funds").await;
    let tried = done(&mut orderer, "orders/1/changes", change(json!({"quantity": 5, "preview": true}))).await;
    assert_eq!(tried["budgets"][0]["after"]["committed"], 5000);
    assert_eq!(figures(&mut orderer, "FILM", "2026").await, (5000, 2000, 3000));
    let answer = done(&mut orderer, "orders/1/changes", change(json!({"quantity": 5}))).await;
    assert_eq!((answer["order"]["lines"][0]["quantity"].as_str(), answer["order"]["net"].as_str()), (Some("5"), Some("50.00")));
    let answer = done(&mut orderer, "orders/1/changes", change(json!({"price": "9.50"}))).await;
    assert_eq!(answer["order"]["net"], "47.50");
    assert_eq!(figures(&mut orderer, "FILM", "2026").await, (5000, 250, 4750));
    // 4 × 9.50 = 38.00; a quarter of it stays on FILM.
    done(&mut orderer, "orders/1/changes", change(json!({"quantity": 4}))).await;
    let split = json!([{"budget": "FILM", "percent": 25}, {"budget": "FICTION", "percent": 75}]);
    done(&mut orderer, "orders/1/changes", change(json!({"split": split}))).await;
    assert_eq!(figures(&mut orderer, "FILM", "2026").await.2, 950);
    assert_eq!(figures(&mut orderer, "FICTION", "2026").await.2, 2850);
    assert_eq!(post(&mut orderer, "orders/1/changes", change(json!({}))).await.status, 422);
    assert_eq!(post(&mut orderer, "orders/1/changes", change(json!({"quantity": "-1"}))).await.status, 422);
    refused(&mut orderer, "orders/1/changes", json!({"line": 7, "quantity": 1}), "unknown_line").await;
    // One is called off; the desk ships the rest.
    let answer = done(&mut orderer, "orders/1/cancellations", json!({"lines": [{"line": 1, "quantity": 1}], "reason": "double"})).await;
    assert_eq!((answer["order"]["state"].as_str(), answer["order"]["lines"][0]["refused"].as_str()), (Some("placed"), Some("1")));
    refused(&mut orderer, "orders/1/cancellations", json!({"lines": [{"line": 1, "quantity": 4}]}), "quantity_not_open").await;
    done(&mut orderer, "orders/1/lines/1/close", json!({})).await;
    assert_eq!(figures(&mut orderer, "FILM", "2026").await, (5000, 5000, 0));
    refused(&mut orderer, "orders/1/lines/1/close", json!({}), "already_closed").await;
    done(&mut orderer, "orders/1/lines/1/reopen", json!({})).await;
    // 3 × 9.50 = 28.50; a quarter is 7.125, and the larger remainder is that of the other budget: 7.12 and 21.38 (ties go to the first).
    assert_eq!(figures(&mut orderer, "FILM", "2026").await.2 + figures(&mut orderer, "FICTION", "2026").await.2, 2850);
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    assert_eq!(press(&mut desk, &placed, "ship", "").await, 303);
    let known = orderer.get("/api/v1/orders/1").await.expect("the order");
    assert_eq!((known["state"].as_str(), known["lines"][0]["shipped"].as_str()), (Some("shipped"), Some("3")));
    refused_state(&mut orderer, "orders/1/changes", json!({"line": 1, "quantity": 9})).await;
    // All of another one: cancelled, and the supplier hears of each change.
    orderer.call("POST", "/api/v1/orders", Some(&order("2", "FILM", "1"))).await.expect("an answer");
    let answer = done(&mut orderer, "orders/2/cancellations", json!({})).await;
    assert_eq!(answer["order"]["state"], "cancelled");
    let told = mails(&gateway, "order-changed").await;
    assert_eq!(told, ["orders@acme.example"; 6], "four changes, two cancellations");
    gateway.stop().await;
}

async fn refused_state(api: &mut Api, target: &str, body: Value) {
    let answer = post(api, target, body).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
}

/// To whom mails of a template are owed.
pub async fn mails(gateway: &Gateway, template: &str) -> Vec<String> {
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let rows = tx.sql("SELECT recipient, payload FROM outbox WHERE kind = 'mail' ORDER BY id").all().await.expect("the outbox");
    let of = |row: &hookline::store::Row| {
        let payload: Value = serde_json::from_str(&row.text("payload").expect("text")).expect("JSON");
        (payload["template"] == template).then(|| row.text("recipient").expect("text"))
    };
    rows.iter().filter_map(of).collect()
}

/// Works on what is due until nothing is.
pub async fn work(gateway: &Gateway) {
    let app = &gateway.server.app;
    while hookline::work::jobs::pass(app, hookline::work::housekeeping::KINDS, "test").await.expect("a pass") > 0 {}
}

async fn a_period_is_closed_once_and_its_requests_expire(engine: Engine) {
    let (gateway, mut admin, _, mut orderer) = world(engine).await;
    done(&mut admin, "periods", json!({"id": "2027", "first_day": "2027-01-01", "last_day": "2027-12-31"})).await;
    for (number, budget, quantity) in [("1", "FILM", "2")] {
        assert_eq!(orderer.call("POST", "/api/v1/orders", Some(&order(number, budget, quantity))).await.expect("an answer").status, 201);
    }
    assert_eq!(orderer.call("POST", "/api/v1/requests", Some(&order("2", "FILM", "1"))).await.expect("an answer").status, 202);
    let closing =
        |preview: bool| json!({"into": "2027", "commitments": "with_money", "rest": {"carry_percent": 50, "cap": 10_000}, "preview": preview});
    // FILM: 50.00, 20.00 ordered and carried; the request's 10.00 is free again, so 30.00 is left: half of it goes along. FICTION: half of
    // 100.00.
    let expected = json!({"carried": 2000, "rest_carried": 1500 + 5000, "lapsed": 1500 + 5000, "short": [], "expired": ["2"]});
    let tried = done(&mut admin, "periods/2026/close", closing(true)).await;
    assert_eq!((tried["preview"].as_bool(), &tried["report"]), (Some(true), &expected));
    assert_eq!(figures(&mut admin, "FILM", "2026").await.0, 5000, "a preview writes nothing");
    let closed = done(&mut admin, "periods/2026/close", closing(false)).await;
    assert_eq!(closed["report"], expected);
    let again = done(&mut admin, "periods/2026/close", closing(false)).await;
    assert_eq!(again, closed, "a second run answers with the first report");
    assert_eq!(post(&mut admin, "periods/2026/close", json!({"into": "2027", "commitments": "lapse"})).await.status, 409);
    assert_eq!(figures(&mut admin, "FILM", "2027").await, (3500, 1500, 2000));
    work(&gateway).await;
    until("an expired request", async || orderer.get("/api/v1/orders/2").await.ok().filter(|known| known["state"] == "expired")).await;
    assert_eq!(mails(&gateway, "request-expired").await, ["inkoop@library.example"]);
    for (body, field) in [
        (json!({"into": "2027", "commitments": "burn"}), "commitments"),
        (json!({"into": "2027", "commitments": "lapse", "rest": {"carry_percent": 101}}), "rest.carry_percent"),
        (json!({"commitments": "lapse"}), "body"),
    ] {
        let problem = post(&mut admin, "periods/2027/close", body).await.json().expect("JSON");
        assert_eq!(problem["findings"][0]["field"], field, "{problem}");
    }
    // A period only goes forward.
    done(&mut admin, "periods", json!({"id": "2027", "status": "open"})).await;
    refused(&mut admin, "periods", json!({"id": "2027", "status": "planned"}), "wrong_state").await;
    assert_eq!(post(&mut admin, "periods", json!({"id": "2028", "status": "closed"})).await.status, 422);
    gateway.stop().await;
}

/// Chapter 11: per tenant with exceptions per budget.
async fn budgets_may_do_otherwise_when_a_period_closes(engine: Engine) {
    let (gateway, mut admin, _, mut orderer) = world(engine).await;
    done(&mut admin, "periods", json!({"id": "2027", "first_day": "2027-01-01", "last_day": "2027-12-31"})).await;
    let halves = json!([{"budget": "FICTION", "percent": "50"}, {"budget": "FILM", "percent": "50"}]);
    let both = json!({"number": "3", "connection": "lib", "lines": [{"line": 1, "article": "BOOK-1", "quantity": "2", "split": halves}]});
    for body in [order("1", "FILM", "2"), order("2", "FICTION", "3"), both] {
        assert_eq!(orderer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer").status, 201);
    }
    let lapses = json!([{"budget": "FILM", "commitments": "lapse"}]);
    let closing =
        |preview: bool| json!({"into": "2027", "commitments": "with_money", "rest": {"carry_percent": 50}, "exceptions": lapses, "preview": preview});
    // FILM lapses: its 20.00 of order 1 are called off; its half of order 3 goes along as an obligation, for the line is on FICTION too. So
    // 30.00 + 10.00 with money and 10.00 without go along. FICTION has 100.00 - 40.00 left, half of it carried; FILM's 50.00 lapse.
    let expected = json!({
        "carried": 3000 + 1000 + 1000, "rest_carried": 3000, "lapsed": 3000 + 5000, "short": [{"budget": "FILM", "short": 1000}], "expired": [],
    });
    assert_eq!(done(&mut admin, "periods/2026/close", closing(true)).await["report"], expected);
    assert_eq!(done(&mut admin, "periods/2026/close", closing(false)).await["report"], expected);
    assert_eq!(figures(&mut admin, "FICTION", "2027").await, (7000, 3000, 4000));
    assert_eq!(figures(&mut admin, "FILM", "2027").await, (0, -1000, 1000));
    work(&gateway).await;
    until("a cancelled line", async || orderer.get("/api/v1/orders/1").await.ok().filter(|known| known["lines"][0]["refused"] == "2")).await;
    for (exceptions, field) in [
        (json!([{"budget": "FILM", "commitments": "keep"}]), "exceptions.0.commitments"),
        (json!([{"budget": "FILM", "commitments": "lapse"}, {"budget": "FILM", "commitments": "lapse"}]), "exceptions.1.budget"),
        (json!([{"budget": "FILM", "commitments": "lapse", "rest": {"cap": -1}}]), "exceptions.0.rest.cap"),
        (json!([{"budget": "NOPE", "commitments": "lapse"}]), "exceptions"),
    ] {
        let body = json!({"into": "2028", "commitments": "lapse", "exceptions": exceptions});
        let problem = post(&mut admin, "periods/2027/close", body).await.json().expect("JSON");
        assert_eq!(problem["findings"][0]["field"], field, "{problem}");
    }
    let mut page = Request::form(
        "/budgets/change",
        &[("do", "close"), ("step", "preview"), ("from", "2027"), ("into", "2026"), ("commitments", "lapse"), ("exceptions", "FILM sometimes x")]
            .map(|(name, value)| (name.to_string(), value.to_string())),
    );
    page = page.header("Origin", &format!("http://{}", gateway.address));
    let answer = admin.client.send(page).await.expect("an answer");
    assert!(answer.status == 422 && answer.text().contains("close-exceptions-error"), "{}: {}", answer.status, answer.text());
    gateway.stop().await;
}

async fn a_period_opens_on_its_first_day_where_the_buyer_wants_it(engine: Engine) {
    for by_date in [true, false] {
        let (gateway, mut admin, mut holder, mut orderer) = world(engine).await;
        let rules = "[[budget_rules]]\nbuyer = \"library\"\ntax_basis = \"net\"\norders_ahead = true\n";
        let opening =
            WORLD.replace("time_zone = \"Europe/Brussels\"\n", &format!("time_zone = \"Europe/Brussels\"\nperiods_open_by_date = {by_date}\n"));
        gateway.apply(&opening).await.expect("applied");
        gateway.apply(rules).await.expect("applied");
        let first_day = gateway.server.app.clock.now().plus(Duration::from_secs(10 * 86_400)).date();
        done(&mut admin, "periods", json!({"id": "NEXT", "first_day": first_day, "last_day": "2099-12-31", "status": "planned"})).await;
        done(&mut holder, "budgets/allocations", json!({"budget": "FILM", "period": "NEXT", "amount": 3000})).await;
        let mut body = order("A1", "FILM", "1");
        body["period"] = json!("NEXT");
        assert_eq!(orderer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer").status, 201);
        for (days, opened) in [(8, false), (3, by_date), (1, by_date)] {
            gateway.advance(Duration::from_secs(days * 86_400));
            hookline::work::housekeeping::plan(&gateway.server.app).await.expect("planned");
            work(&gateway).await;
            work(&gateway).await;
            assert_eq!(mails(&gateway, "order").await.len(), usize::from(opened), "{by_date}");
        }
        assert_eq!(journal(&gateway, "order announced").await.len(), usize::from(by_date));
        gateway.stop().await;
    }
}

/// Chapter 12: a hold never frees the money, names its reason and since when, and ends when there is room.
async fn an_invoice_over_a_ceiling_is_held_until_there_is_room(engine: Engine) {
    let (gateway, mut admin, mut holder, mut orderer) = world(engine).await;
    let placed = orderer.call("POST", "/api/v1/orders", Some(&order("1", "FICTION", "3"))).await.expect("an answer").json().expect("JSON");
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    assert_eq!(press(&mut desk, &placed, "ship", "").await, 303);
    // Of 100.00 at most 20 % may be spent; the invoice is for 30.00.
    let limit = json!({"budget": "FICTION", "period": "2026", "commitment": {"level": "stop"}, "spending": {"level": "stop", "percent": "20"}});
    done(&mut holder, "budgets/policies", limit).await;
    assert_eq!(press(&mut desk, &placed, "invoice", "").await, 409);
    let held = admin.items("/api/v1/budgets/held").await.expect("what is held");
    let since = held[0]["since"].clone();
    let expected = json!([{"budget": "FICTION", "period": "2026", "short": 1000}]);
    // 30.00 and 9 % tax.
    assert_eq!(
        (held.len(), &held[0]["order"], &held[0]["code"], &held[0]["over"], held[0]["gross"].as_i64()),
        (1, &json!("1"), &json!("ceiling_reached"), &expected, Some(3270))
    );
    assert_eq!(figures(&mut admin, "FICTION", "2026").await, (10_000, 7000, 0), "what was delivered keeps its money");
    gateway.advance(Duration::from_secs(60));
    assert_eq!(press(&mut desk, &placed, "invoice", "").await, 409);
    let again = admin.items("/api/v1/budgets/held").await.expect("what is held");
    assert_eq!((again.len(), &again[0]["since"]), (1, &since));
    assert_ne!(again[0]["tried"], since);
    let page = admin.call("GET", "/budgets/held", None).await.expect("a page").text();
    assert!(page.contains("10.00") && page.contains("FICTION@2026") && page.contains("32.70"), "{page}");
    let table = admin.call("GET", "/budgets/held.csv", None).await.expect("a table").text();
    assert!(table.contains("ceiling_reached,FICTION,2026,EUR,32.70,10.00"), "{table}");
    // Half as much again: 20 % of 150.00 are exactly the 30.00.
    done(&mut holder, "budgets/allocations", json!({"budget": "FICTION", "period": "2026", "amount": 5000})).await;
    assert_eq!(press(&mut desk, &placed, "invoice", "").await, 303);
    assert_eq!(admin.items("/api/v1/budgets/held").await.expect("what is held").len(), 0);
    let known = orderer.get("/api/v1/orders/1").await.expect("the order");
    let number = known["invoices"][0]["number"].as_str().expect("a number");
    assert!(number.ends_with("000001"), "an invoice that was held used no number: {number}");
    gateway.stop().await;
}

async fn orders_ahead_are_announced_once_when_their_period_opens(engine: Engine) {
    let (gateway, mut admin, mut holder, mut orderer) = world(engine).await;
    gateway.apply("[[budget_rules]]\nbuyer = \"library\"\ntax_basis = \"net\"\norders_ahead = true\n").await.expect("applied");
    done(&mut admin, "periods", json!({"id": "2027", "first_day": "2027-01-01", "last_day": "2027-12-31", "status": "planned"})).await;
    done(&mut holder, "budgets/allocations", json!({"budget": "FILM", "period": "2027", "amount": 3000})).await;
    let mut placed = Vec::new();
    for number in ["A1", "A2", "A3"] {
        let mut body = order(number, "FILM", "1");
        body["period"] = json!("2027");
        let answer = orderer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer");
        assert_eq!(answer.status, 201, "{}", answer.text());
        placed.push(answer.json().expect("JSON"));
    }
    // EX-13: it takes next period's money only, and the supplier hears nothing yet.
    assert_eq!(figures(&mut admin, "FILM", "2027").await, (3000, 0, 3000));
    assert_eq!(figures(&mut admin, "FILM", "2026").await, (5000, 5000, 0));
    assert_eq!(mails(&gateway, "order").await, Vec::<String>::new());
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    assert_eq!(press(&mut desk, &placed[0], "confirm", "").await, 404, "the supplier does not know it yet");
    // One is called off before; nobody outside hears of that either.
    done(&mut orderer, "orders/A3/cancellations", json!({})).await;
    done(&mut admin, "periods", json!({"id": "2027", "status": "open"})).await;
    work(&gateway).await;
    let told = until("two mails", async || Some(mails(&gateway, "order").await).filter(|told| told.len() >= 2)).await;
    assert_eq!(told, ["orders@acme.example"; 2]);
    // The job again, as after a crash before it was marked: nothing waits any more.
    let app = &gateway.server.app;
    let mut tx = app.store.begin().await.expect("a transaction");
    let jobs = [hookline::flow::following::announcing("2027", app.clock.now().plus(Duration::from_secs(1)))];
    hookline::store::job::insert(&mut tx, "library", &jobs, app.clock.now()).await.expect("made");
    tx.commit().await.expect("kept");
    gateway.advance(Duration::from_secs(2));
    work(&gateway).await;
    assert_eq!(mails(&gateway, "order").await.len(), 2);
    assert_eq!(journal(&gateway, "order announced").await.len(), 3, "the one that was called off waits for nothing either");
    assert_eq!(press(&mut desk, &placed[0], "confirm", "").await, 303);
    gateway.stop().await;
}
