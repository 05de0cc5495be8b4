//! Orders over the API: matched with their basket, once whatever is repeated, refused when the budget says so, delivered or not,
//! invoiced, and free money at every step what it should be. Amounts are worked out by hand in the comments.

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway};
use crate::support::http::Request;
use crate::support::shop::Shop;

on_both_engines! {
    an_order_goes_all_the_way_to_the_invoice,
    a_repeat_gets_the_first_answer,
    the_last_money_is_given_once,
    many_at_once_are_all_taken,
    what_cannot_be_delivered_frees_its_money_at_once,
    pieces_of_a_line_that_cannot_be_had_are_free_at_once,
    an_invoice_that_would_be_rejected_is_not_issued,
    people_are_told_of_thresholds_and_of_money_set_free,
    bad_orders_are_refused_with_line_and_field,
}

pub async fn world(engine: Engine) -> (Gateway, Api, Api) {
    let gateway = Gateway::with(engine, WORLD).await;
    let buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("the orderer signs in");
    let desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("the desk signs in");
    (gateway, buyer, desk)
}

fn order(number: &str, quantity: &str) -> Value {
    json!({"number": number, "connection": "lib", "ordered_by": "O. Rderer", "lines": [
        {"line": 1, "article": "BOOK-1", "quantity": quantity, "coding": {"budget_code": "FICTION", "cost_centre": "4410"}}]})
}

async fn budget(api: &mut Api) -> (i64, i64, i64, i64) {
    let items = api.items("/api/v1/budgets").await.expect("the budgets");
    let amount = |name: &str| items[0][name].as_i64().expect("an amount");
    (amount("committed"), amount("delivered"), amount("expended"), amount("available"))
}

pub async fn press(desk: &mut Api, order: &Value, action: &str, body: &str) -> u16 {
    let target = format!("/desk/library/{}/{action}", order["id"].as_str().expect("an id"));
    let request = Request::new("POST", &target).header("Content-Type", "application/x-www-form-urlencoded").body(body.as_bytes());
    desk.client.send(request).await.expect("an answer").status
}

async fn an_order_goes_all_the_way_to_the_invoice(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    let (quote, _) = basket_of_two(&gateway).await;
    let body = json!({"number": "4500000042", "lines": [
        {"quote": quote, "quote_line": 1, "article": "BOOK-1", "quantity": "3.000", "price": "10.000", "price_quantity": 1},
        {"quote": quote, "quote_line": 2, "article": "PEN-100", "quantity": "250", "price": "9.520", "price_quantity": 100}]});
    let answer = buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.text());
    let order = answer.json().expect("JSON");
    // 3 × 10.00 = 30.00; 250 × 9.52 / 100 = 23.80
    assert_eq!((order["net"].as_str(), order["quote"].as_str()), (Some("53.80"), Some(quote.as_str())));
    assert_eq!(order["lines"][0]["coding"]["cost_centre"], "4410");
    assert_eq!(budget(&mut buyer).await, (5380, 0, 0, 4620));
    assert_eq!(press(&mut desk, &order, "invoice", "").await, 409, "nothing is shipped yet");
    assert_eq!(press(&mut desk, &order, "confirm", "").await, 303);
    assert_eq!(press(&mut desk, &order, "confirm", "").await, 303, "confirming twice is confirming once");
    assert_eq!(press(&mut desk, &order, "ship", "").await, 303);
    assert_eq!(budget(&mut buyer).await, (0, 5380, 0, 4620));
    assert_eq!(press(&mut desk, &order, "invoice", "").await, 303);
    assert_eq!(press(&mut desk, &order, "invoice", "").await, 409, "invoiced once");
    assert_eq!(budget(&mut buyer).await, (0, 0, 5380, 4620));
    let known = buyer.get("/api/v1/orders/4500000042").await.expect("the order");
    // VAT: 9 % of 30.00 = 2.70, 21 % of 23.80 = 4.998 → 5.00
    assert_eq!(
        (known["state"].as_str(), known["invoices"][0]["vat"].as_str(), known["invoices"][0]["gross"].as_str()),
        (Some("invoiced"), Some("7.70"), Some("61.50"))
    );
    let id = known["invoices"][0]["id"].as_str().expect("an id");
    let document = buyer.call("GET", &format!("/api/v1/invoices/{id}"), None).await.expect("the invoice").text();
    assert!(document.contains("4500000042") && document.contains("4410"), "{document}");
    gateway.stop().await;
}

/// A basket through the shop: three books and 250 pens, coded as a whole; gives the quote and the fields.
pub async fn basket_of_two(gateway: &Gateway) -> (String, Vec<(String, String)>) {
    let mut client = gateway.client();
    let query = "USERNAME=inkoop&PASSWORD=Geheim-123-456&HOOK_URL=https%3A%2F%2Ferp.library.example%2Fr%3Fa%3D1";
    let target = format!("/oci/lib?{query}");
    let first = client.get(&target).await.expect("the call-up");
    let trail = client.follow(&target, first).await.expect("the way to the shop");
    let mut shop = Shop::from_trail(client, &trail).expect("a session");
    assert_eq!(shop.add("BOOK-1", "3").await.expect("added").status, 200);
    assert_eq!(shop.add("PEN-100", "250").await.expect("added").status, 200);
    let page = shop.basket_page().await.expect("the basket");
    let form = page.forms.iter().find(|form| form.action().ends_with("basket/coding")).expect("coding for the whole basket").clone();
    let values = form.filled(&[("cost_centre", "4410"), ("budget_code", "FICTION")]).expect("fields of the form");
    assert_eq!(shop.submit("basket", &form, &values).await.expect("coded").status, 200);
    let answer = shop.transfer().await.expect("an answer").expect("something to hand back");
    let fields = hookline::wire::html::hidden_inputs(&answer.text());
    let quote = fields.iter().find(|(name, _)| name == "NEW_ITEM-EXT_QUOTE_ID[1]").expect("a quote").1.clone();
    assert!(fields.contains(&("NEW_ITEM-CUST_FIELD1[2]".to_string(), "4410".to_string())));
    (quote, fields)
}

async fn a_repeat_gets_the_first_answer(engine: Engine) {
    let (gateway, mut buyer, _) = world(engine).await;
    let body = order("4500000001", "2");
    let first = buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer");
    let second = buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer");
    assert_eq!((first.status, second.status), (201, 200));
    assert_eq!(first.json(), second.json());
    let other = buyer.call("POST", "/api/v1/orders", Some(&order("4500000001", "3"))).await.expect("an answer");
    assert_eq!(other.status, 409);
    // Under a key: the same answer whatever happened meanwhile, and no other content.
    let keyed = |quantity: &str| Request::json("POST", "/api/v1/orders", &order("4500000002", quantity)).header("Idempotency-Key", "k-1");
    let refused = buyer.client.send(keyed("100")).await.expect("an answer");
    assert_eq!(refused.status, 409);
    gateway.apply(&WORLD.replace("amount = \"100.00\"", "amount = \"9000.00\"")).await.expect("more budget");
    assert_eq!(buyer.client.send(keyed("100")).await.expect("an answer").json(), refused.json());
    assert_eq!(buyer.client.send(keyed("1")).await.expect("an answer").status, 422);
    // The number of a refused order is free.
    assert_eq!(buyer.call("POST", "/api/v1/orders", Some(&order("4500000002", "100"))).await.expect("an answer").status, 201);
    gateway.stop().await;
}

/// Chapter 10: undeliverable q of Qo frees what q pieces hold, and the rest is shipped.
async fn pieces_of_a_line_that_cannot_be_had_are_free_at_once(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    let placed = buyer.call("POST", "/api/v1/orders", Some(&order("1", "5"))).await.expect("an answer").json().expect("JSON");
    for (form, status, committed) in [
        ("line=1&quantity-1=1,5&reason=gone", 303, 3500),
        ("line=1&quantity-1=some", 422, 3500),
        ("line=1&quantity-1=-1", 422, 3500),
        ("line=1&quantity-1=4", 422, 3500),
        ("quantity-1=1", 409, 3500),
        ("line=1&quantity-1=0.5", 303, 3000),
    ] {
        assert_eq!(press(&mut desk, &placed, "cannot-deliver", form).await, status, "{form}");
        assert_eq!(budget(&mut buyer).await, (committed, 0, 0, 10_000 - committed), "{form}");
    }
    assert_eq!(press(&mut desk, &placed, "ship", "").await, 303);
    assert_eq!(budget(&mut buyer).await, (0, 3000, 0, 7000));
    let known = buyer.get("/api/v1/orders/1").await.expect("the order");
    assert_eq!((&known["lines"][0]["shipped"], &known["lines"][0]["refused"]), (&json!("3.0"), &json!("2.0")), "{known}");
    gateway.stop().await;
}

/// PEPPOL-COMMON-R043: the last two of a Belgian enterprise number are 97 less the rest of the first eight by 97; 01234567 wants 49.
async fn an_invoice_that_would_be_rejected_is_not_issued(engine: Engine) {
    let wrong = WORLD.replacen(
        "endpoint_scheme = \"9944\"\nendpoint = \"NL001234567B01\"\niban",
        "endpoint_scheme = \"0208\"\nendpoint = \"0123456789\"\niban",
        1,
    );
    assert_ne!(wrong, WORLD);
    let gateway = Gateway::with(engine, &wrong).await;
    let mut buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let placed = buyer.call("POST", "/api/v1/orders", Some(&order("1", "2"))).await.expect("an answer").json().expect("JSON");
    assert_eq!(press(&mut desk, &placed, "ship", "").await, 303);
    let target = format!("/desk/library/{}/invoice", placed["id"].as_str().expect("an id"));
    let answer = desk.client.send(Request::new("POST", &target)).await.expect("an answer");
    assert!(answer.status == 422 && answer.text().contains("PEPPOL-COMMON-R043"), "{}: {}", answer.status, answer.text());
    assert_eq!(budget(&mut buyer).await, (0, 2000, 0, 8000), "nothing is booked");
    // Mended, it goes, under the first number.
    gateway.apply(&wrong.replace("0123456789", "0123456749")).await.expect("applied");
    assert_eq!(press(&mut desk, &placed, "invoice", "").await, 303);
    let known = buyer.get("/api/v1/orders/1").await.expect("the order");
    assert!(known["invoices"][0]["number"].as_str().is_some_and(|number| number.ends_with("000001")), "{known}");
    gateway.stop().await;
}

async fn the_last_money_is_given_once(engine: Engine) {
    let (gateway, mut buyer, _) = world(engine).await;
    // 100.00 is room for ten books of 10.00; twenty callers want one each.
    let mut tasks = Vec::new();
    for number in 0..20 {
        let mut api = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
        tasks.push(tokio::spawn(async move {
            api.call("POST", "/api/v1/orders", Some(&order(&format!("46{number:08}"), "1"))).await.expect("an answer").status
        }));
    }
    let mut placed = 0;
    for task in tasks {
        match task.await.expect("a caller") {
            201 => placed += 1,
            409 => {}
            other => panic!("answered {other}"),
        }
    }
    assert_eq!(placed, 10);
    assert_eq!(budget(&mut buyer).await, (10_000, 0, 0, 0));
    gateway.stop().await;
}

/// Found by the crash test: more callers than ways to the database, all waiting for the journal's head, and the one who had it waiting for
/// another way to read the catalogue; after 5 s most were refused.
async fn many_at_once_are_all_taken(engine: Engine) {
    let gateway = Gateway::with(engine, &WORLD.replace("amount = \"100.00\"", "amount = \"9000000.00\"")).await;
    let buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    for wave in 0..3 {
        // As a second after the last use.
        gateway.server.app.forget();
        let mut tasks = Vec::new();
        for number in 0..40 {
            let mut api = buyer.clone();
            let body = order(&format!("47{wave:02}{number:06}"), "1");
            tasks.push(tokio::spawn(async move { api.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer") }));
        }
        for task in tasks {
            let answer = task.await.expect("a caller");
            assert_eq!(answer.status, 201, "after {:?}: {}", answer.took, answer.text());
        }
    }
    gateway.stop().await;
}

async fn what_cannot_be_delivered_frees_its_money_at_once(engine: Engine) {
    let (gateway, mut buyer, mut desk) = world(engine).await;
    let body = json!({"number": "4500000003", "connection": "lib", "lines": [
        {"article": "BOOK-1", "quantity": "4", "coding": {"budget_code": "FICTION"}},
        {"article": "PEN-100", "quantity": "100", "coding": {"budget_code": "FICTION"}}]});
    let placed = buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer").json().expect("JSON");
    assert_eq!(budget(&mut buyer).await, (4952, 0, 0, 5048));
    assert_eq!(press(&mut desk, &placed, "cannot-deliver", "line=1&reason=out+of+print").await, 303);
    assert_eq!(budget(&mut buyer).await, (952, 0, 0, 9048));
    assert_eq!(press(&mut desk, &placed, "cannot-deliver", "line=1").await, 409, "nothing is left of it");
    assert_eq!(press(&mut desk, &placed, "ship", "").await, 303);
    assert_eq!(press(&mut desk, &placed, "invoice", "").await, 303);
    assert_eq!(budget(&mut buyer).await, (0, 0, 952, 9048));
    let known = buyer.get("/api/v1/orders/4500000003").await.expect("the order");
    assert_eq!(known["invoices"][0]["net"], "9.52");
    // All of another order: cancelled.
    let placed = buyer.call("POST", "/api/v1/orders", Some(&order("4500000004", "1"))).await.expect("an answer").json().expect("JSON");
    assert_eq!(press(&mut desk, &placed, "cannot-deliver", "line=1").await, 303);
    assert_eq!(buyer.get("/api/v1/orders/4500000004").await.expect("the order")["state"], "cancelled");
    assert_eq!(budget(&mut buyer).await, (0, 0, 952, 9048));
    // A mail to the buyer is owed for each, and one to the supplier for each order.
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let rows = tx.sql("SELECT recipient FROM outbox ORDER BY id").all().await.expect("the outbox");
    let of = |who: &str| rows.iter().filter(|row| row.text("recipient").is_ok_and(|text| text == who)).count();
    assert_eq!((of("orders@acme.example"), of("inkoop@library.example")), (2, 4));
    drop(tx);
    gateway.stop().await;
}

/// Chapter 7: a threshold is told of once when it is crossed upwards, and again only after the figure has fallen below it. Chapter 10: what
/// cannot be delivered is told to buyer and budget holder, with the amounts that are free again.
async fn people_are_told_of_thresholds_and_of_money_set_free(engine: Engine) {
    let owner = "name = \"Fiction\"\nowner = \"holder@library.example\"";
    let thresholds = "\n[[funding]]\nbuyer = \"library\"\nbudget = \"FICTION\"\nperiod = \"2026\"\nthresholds = [50, 80]\n";
    let year = hookline::clock::Clock::system().now().year().to_string();
    let world = WORLD.replace("name = \"Fiction\"", owner) + &thresholds.replace("2026", &year);
    let gateway = Gateway::with(engine, &world).await;
    let mut buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let told = async || {
        let mut tx = gateway.server.app.store.read().await.expect("a reader");
        let rows = tx.sql("SELECT payload FROM outbox WHERE recipient = 'holder@library.example' ORDER BY id").all().await.expect("the outbox");
        rows.iter().map(|row| serde_json::from_str::<Value>(&row.text("payload").expect("a text")).expect("JSON")).collect::<Vec<_>>()
    };
    // The clock of a test stands still, and ids of one moment have no order.
    let percents = |told: &[Value]| {
        let mut percents: Vec<&str> = told.iter().filter_map(|mail| mail["values"]["percent"].as_str()).collect();
        percents.sort_unstable();
        percents.join(" ")
    };
    // 10.00 each of 100.00: 40, 50, 70, 80 percent.
    let mut placed = Vec::new();
    for (number, quantity) in [("1", "4"), ("2", "1"), ("3", "2"), ("4", "1")] {
        let answer = buyer.call("POST", "/api/v1/orders", Some(&order(number, quantity))).await.expect("an answer");
        placed.push(answer.json().expect("JSON"));
    }
    assert_eq!(percents(&told().await), "50 80");
    assert!(told().await.iter().any(|mail| mail["values"]["available"] == "EUR 20.00"));
    // Down to 60 percent and up to 80 again.
    assert_eq!(press(&mut desk, &placed[2], "cannot-deliver", "line=1&reason=out+of+print").await, 303);
    let mails = told().await;
    let free = mails.iter().find(|mail| mail["template"] == "cannot-deliver").expect("a mail about it");
    assert_eq!(free["released"][0]["amount"].as_str(), Some("EUR 20.00"), "{free}");
    assert_eq!(free["released"][0]["budget"], format!("FICTION@{year}"));
    assert_eq!(buyer.call("POST", "/api/v1/orders", Some(&order("5", "2"))).await.expect("an answer").status, 201);
    assert_eq!(percents(&told().await), "50 80 80");
    gateway.stop().await;
}

async fn bad_orders_are_refused_with_line_and_field(engine: Engine) {
    let (gateway, mut buyer, _) = world(engine).await;
    let line = |change: Value| {
        let mut line = json!({"article": "BOOK-1", "quantity": "1"});
        line.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        json!({"number": "1", "connection": "lib", "lines": [{"article": "BOOK-1", "quantity": "1"}, line]})
    };
    for (body, code, field) in [
        (line(json!({"article": "NOPE"})), "article-unknown", "article"),
        (line(json!({"quantity": "-1"})), "quantity-not-a-number", "QUANTITY"),
        (line(json!({"quantity": 0})), "quantity-not-positive", "QUANTITY"),
        (line(json!({"quantity": "1e9"})), "quantity-not-a-number", "QUANTITY"),
        (line(json!({"price": "9.99"})), "differs-from-basket", "price"),
        (line(json!({"quote": "HL-1999-000001"})), "quote-unknown", "quote"),
        (line(json!({"coding": {"budget_code": "NOPE"}})), "budget-unknown", "budget_code"),
        (line(json!({"coding": {"colour": "red"}})), "unusable", "colour"),
        (line(json!({"line": 1})), "unusable", "line"),
    ] {
        let answer = buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer");
        let problem = answer.json().expect("problem+json");
        let finding = &problem["findings"][0];
        let expected_line = if field == "line" { 1 } else { 2 };
        assert_eq!((finding["code"].as_str(), finding["field"].as_str()), (Some(code), Some(field)), "{problem}");
        assert_eq!((answer.status, finding["line"].as_u64()), (422, Some(expected_line)), "{problem}");
    }
    for body in [json!({"number": "", "connection": "lib", "lines": []}), json!({"lines": 7}), json!([])] {
        assert_eq!(buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer").status, 422);
    }
    let garbage = Request::new("POST", "/api/v1/orders").header("Content-Type", "application/json").body(b"\xff\xfe{");
    assert_eq!(buyer.client.send(garbage).await.expect("an answer").status, 422);
    gateway.stop().await;
}
