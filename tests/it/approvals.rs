//! Requests and their way to an order: who is asked, who may decide, what it does to the money, and that it counts once. Expectations are
//! those of budgets-and-orders, chapters 4, 9 and 10, and EX-14; amounts are minor units.

use std::time::Duration;

use serde_json::{Value, json};

use crate::commands::{mails, work};
use crate::granting::{person, signed_in};
use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway};
use crate::support::waiting::until;

on_both_engines! {
    a_request_reserves_and_is_decided_by_somebody_else,
    a_ceiling_asks_for_an_approval,
    steps_by_amount_and_substitutes,
    of_two_approvers_at_once_one_counts,
    nobody_decides_and_it_expires,
    a_request_ahead_is_announced_when_its_period_opens,
}

fn order(number: &str, quantity: &str) -> Value {
    json!({"number": number, "connection": "lib", "lines": [{"line": 1, "article": "BOOK-1", "quantity": quantity, "coding": {"budget_code": "FICTION"}}]})
}

async fn world(engine: Engine, more: &str) -> (Gateway, Api) {
    let people = ["ann", "bob", "cas"].map(|name| person(name, "\"approver\", \"orderer\"")).concat();
    let gateway = Gateway::with(engine, &format!("{WORLD}{people}{more}")).await;
    let orderer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    (gateway, orderer)
}

async fn ask(api: &mut Api, number: &str, quantity: &str) -> u16 {
    api.call("POST", "/api/v1/requests", Some(&order(number, quantity))).await.expect("an answer").status
}

async fn decide(api: &mut Api, number: &str, decision: &str) -> (u16, Value) {
    let body = json!({"decision": decision, "reason": "because"});
    let answer = api.call("POST", &format!("/api/v1/requests/{number}/decision"), Some(&body)).await.expect("an answer");
    (answer.status, answer.json().unwrap_or_default())
}

/// Available, requested, committed.
async fn figures(api: &mut Api) -> (i64, i64, i64) {
    let items = api.items("/api/v1/budgets").await.expect("the budgets");
    let amount = |name: &str| items[0][name].as_i64().expect("an amount");
    (amount("available"), amount("requested"), amount("committed"))
}

async fn waits_for(api: &mut Api) -> Vec<String> {
    let items = api.items("/api/v1/requests").await.expect("what waits");
    items.iter().map(|item| item["number"].as_str().expect("a number").to_owned()).collect()
}

async fn state(api: &mut Api, number: &str) -> String {
    api.get(&format!("/api/v1/orders/{number}")).await.expect("the order")["state"].as_str().expect("a state").to_owned()
}

async fn a_request_reserves_and_is_decided_by_somebody_else(engine: Engine) {
    let (gateway, mut orderer) = world(engine, "").await;
    let (mut ann, mut bob) = (signed_in(&gateway, "ann").await, signed_in(&gateway, "bob").await);
    assert_eq!(ask(&mut ann, "R1", "6").await, 202);
    assert_eq!(figures(&mut orderer).await, (4000, 6000, 0));
    // EX-14: a request that does not fit is refused like an order.
    assert_eq!(ask(&mut orderer, "R2", "5").await, 409);
    assert_eq!(ask(&mut orderer, "R3", "1").await, 202);
    assert_eq!(mails(&gateway, "order").await, Vec::<String>::new(), "the supplier hears nothing of a request");
    // Those who may approve are told, and the one who asked is not.
    work(&gateway).await;
    let told = until("five mails", async || Some(mails(&gateway, "approve").await).filter(|told| told.len() >= 5)).await;
    let of = |name: &str| told.iter().filter(|to| to.starts_with(name)).count();
    assert_eq!((of("ann"), of("bob"), of("cas"), told.len()), (1, 2, 2, 5));
    assert_eq!((waits_for(&mut ann).await, waits_for(&mut bob).await), (vec!["R3".to_string()], vec!["R1".to_string(), "R3".to_string()]));
    assert_eq!(decide(&mut ann, "R1", "approve").await.0, 403, "nobody approves what they asked for");
    assert_eq!(decide(&mut ann, "R1", "reject").await.0, 403);
    let seen = bob.get("/api/v1/requests/R1").await.expect("the request");
    assert_eq!(
        (seen["is_mine"].as_bool(), seen["amount"].as_i64(), seen["asked_by"].as_str()),
        (Some(true), Some(6000), Some("ann@library.example"))
    );
    // Of 100.00: without it R3's 10.00 is held, with it 70.00.
    let ceiling = &seen["ceilings"][0];
    assert_eq!(
        (ceiling["before"].as_i64(), ceiling["after"].as_i64(), ceiling["limit"].as_i64(), ceiling["short"].as_i64()),
        (Some(1000), Some(7000), Some(10_000), Some(0))
    );
    let (status, answer) = decide(&mut bob, "R1", "approve").await;
    assert_eq!((status, answer["state"].as_str()), (200, Some("placed")), "{answer}");
    assert_eq!(figures(&mut orderer).await, (3000, 1000, 6000));
    assert_eq!(decide(&mut bob, "R3", "reject").await.0, 200);
    assert_eq!(figures(&mut orderer).await, (4000, 0, 6000));
    assert_eq!((state(&mut orderer, "R1").await, state(&mut orderer, "R3").await), ("placed".into(), "rejected".into()));
    assert_eq!(decide(&mut bob, "R1", "approve").await.0, 409, "decided once");
    assert_eq!(mails(&gateway, "order").await, ["orders@acme.example"]);
    assert_eq!(mails(&gateway, "request-approved").await, ["ann@library.example"]);
    assert_eq!(mails(&gateway, "request-rejected").await, ["orderer@library.example"]);
    // A rejection without a reason is none, and an order that was never asked for is no request.
    let body = json!({"decision": "reject"});
    assert_eq!(bob.call("POST", "/api/v1/requests/R1/decision", Some(&body)).await.expect("an answer").status, 422);
    orderer.call("POST", "/api/v1/orders", Some(&order("O1", "1"))).await.expect("an answer");
    assert_eq!(decide(&mut bob, "O1", "approve").await.0, 404);
    gateway.stop().await;
}

async fn a_ceiling_asks_for_an_approval(engine: Engine) {
    let ceiling =
        "[[funding]]\nbuyer = \"library\"\nbudget = \"FICTION\"\nperiod = \"2026\"\ncommitment_level = \"approval\"\ncommitment_percent = \"50\"\n";
    let (gateway, mut orderer) = world(engine, ceiling).await;
    let mut ann = signed_in(&gateway, "ann").await;
    let mut place =
        async |number: &str, quantity: &str| orderer.call("POST", "/api/v1/orders", Some(&order(number, quantity))).await.expect("an answer").status;
    assert_eq!(place("1", "5").await, 201, "50.00 is half of 100.00: exactly on the limit");
    assert_eq!(place("2", "1").await, 202);
    let seen = ann.get("/api/v1/requests/2").await.expect("the request");
    assert_eq!((seen["ceilings"][0]["level"].as_str(), seen["ceilings"][0]["short"].as_i64()), (Some("approval"), Some(1000)));
    assert_eq!(decide(&mut ann, "2", "approve").await.0, 200);
    assert_eq!(figures(&mut orderer).await, (4000, 0, 6000));
    gateway.stop().await;
}

async fn steps_by_amount_and_substitutes(engine: Engine) {
    let step = |from: &str, name: &str| {
        format!("[[approval_step]]\nbuyer = \"library\"\nbudget = \"FICTION\"\nfrom_amount = \"{from}\"\nperson = \"{name}@library.example\"\n")
    };
    // The clock of the test stands at 2 March 2026.
    let substitute = "[[substitute]]\nbuyer = \"library\"\nperson = \"bob@library.example\"\nby = \"cas@library.example\"\nfrom = \"2026-03-01\"\nuntil = \"2026-03-02\"\n";
    let (gateway, mut orderer) = world(engine, &format!("{}{}{substitute}", step("0.00", "ann"), step("30.00", "bob"))).await;
    let (mut ann, mut cas) = (signed_in(&gateway, "ann").await, signed_in(&gateway, "cas").await);
    assert_eq!((ask(&mut orderer, "SMALL", "2").await, ask(&mut orderer, "LARGE", "3").await), (202, 202));
    assert_eq!(decide(&mut ann, "SMALL", "approve").await.1["state"], "placed");
    // The second step begins at 30.00, and comes after the first.
    assert_eq!(decide(&mut cas, "LARGE", "approve").await.0, 403);
    assert_eq!(waits_for(&mut cas).await, Vec::<String>::new());
    let (status, answer) = decide(&mut ann, "LARGE", "approve").await;
    assert_eq!((status, answer["state"].as_str()), (200, Some("requested")), "{answer}");
    assert_eq!(decide(&mut ann, "LARGE", "approve").await.0, 409, "said before");
    assert_eq!(figures(&mut orderer).await, (5000, 3000, 2000));
    assert_eq!(waits_for(&mut cas).await, ["LARGE"]);
    work(&gateway).await;
    let told =
        until("a mail to the substitute", async || Some(mails(&gateway, "approve").await).filter(|told| told.iter().any(|to| to.starts_with("cas"))))
            .await;
    assert_eq!(told.iter().filter(|to| to.starts_with("cas")).count(), 1, "{told:?}");
    assert_eq!(decide(&mut cas, "LARGE", "approve").await.1["state"], "placed");
    let mut bob = signed_in(&gateway, "bob").await;
    let seen = bob.get("/api/v1/requests/LARGE").await.expect("the request");
    let given = |at: usize| (seen["way"][at]["given"]["by"].clone(), seen["way"][at]["given"]["in_place_of"].clone());
    assert_eq!(given(0), (json!("ann@library.example"), json!("ann@library.example")));
    assert_eq!(given(1), (json!("cas@library.example"), json!("bob@library.example")));
    // Two days later nobody stands in for bob; and he does not approve what he asked for, not even by himself.
    gateway.advance(Duration::from_secs(2 * 86_400));
    let (mut ann, mut bob, mut cas) = (signed_in(&gateway, "ann").await, signed_in(&gateway, "bob").await, signed_in(&gateway, "cas").await);
    assert_eq!(ask(&mut bob, "OWN", "3").await, 202);
    assert_eq!(decide(&mut ann, "OWN", "approve").await.0, 200);
    assert_eq!((decide(&mut cas, "OWN", "approve").await.0, decide(&mut bob, "OWN", "approve").await.0), (403, 403));
    gateway.stop().await;
}

async fn of_two_approvers_at_once_one_counts(engine: Engine) {
    let (gateway, mut orderer) = world(engine, "").await;
    assert_eq!(ask(&mut orderer, "R1", "1").await, 202);
    let mut tasks = Vec::new();
    for name in ["ann", "bob", "cas", "ann", "bob", "cas"] {
        let mut api = signed_in(&gateway, name).await;
        tasks.push(tokio::spawn(async move { decide(&mut api, "R1", "approve").await.0 }));
    }
    let mut counted = 0;
    for task in tasks {
        match task.await.expect("an approver") {
            200 => counted += 1,
            409 => {}
            other => panic!("answered {other}"),
        }
    }
    assert_eq!(counted, 1);
    assert_eq!(figures(&mut orderer).await, (9000, 0, 1000));
    assert_eq!(mails(&gateway, "order").await.len(), 1);
    gateway.stop().await;
}

async fn nobody_decides_and_it_expires(engine: Engine) {
    let (gateway, mut orderer) = world(engine, "").await;
    gateway
        .apply(&WORLD.replace("id = \"library\"\n", "id = \"library\"\nrequest_days = 3\n").replace("amount = \"100.00\"\n", ""))
        .await
        .expect("applied");
    assert_eq!(ask(&mut orderer, "R1", "4").await, 202);
    let expire = async |days: u64| {
        gateway.advance(Duration::from_secs(days * 86_400));
        hookline::work::housekeeping::plan(&gateway.server.app).await.expect("planned");
        work(&gateway).await;
    };
    expire(2).await;
    let mut orderer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    assert_eq!(figures(&mut orderer).await, (6000, 4000, 0));
    // Its time is over before the clock has come by: nobody approves it any more.
    gateway.advance(Duration::from_secs(86_400));
    let mut ann = signed_in(&gateway, "ann").await;
    assert_eq!(decide(&mut ann, "R1", "approve").await.0, 409);
    expire(0).await;
    let mut orderer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    until("an expired request", async || Some(state(&mut orderer, "R1").await).filter(|state| state == "expired")).await;
    assert_eq!(figures(&mut orderer).await, (10_000, 0, 0));
    assert_eq!(mails(&gateway, "request-expired").await, ["inkoop@library.example"]);
    assert_eq!(decide(&mut ann, "R1", "approve").await.0, 409);
    gateway.stop().await;
}

async fn a_request_ahead_is_announced_when_its_period_opens(engine: Engine) {
    let ahead = "[[budget_rules]]\nbuyer = \"library\"\norders_ahead = true\n[[period]]\nbuyer = \"library\"\nid = \"2027\"\nstatus = \"planned\"\n\
                 [[period]]\nbuyer = \"library\"\nid = \"2026\"\nstatus = \"open\"\n\
                 [[funding]]\nbuyer = \"library\"\nbudget = \"FICTION\"\nperiod = \"2027\"\namount = \"40.00\"\n";
    let world_without_rules = WORLD
        .replace("[[budget_rules]]\nbuyer = \"library\"\ntax_basis = \"net\"\n", "")
        .replace("amount = \"100.00\"", "amount = \"100.00\"\nperiod = \"2026\"");
    let gateway = Gateway::with(engine, &format!("{world_without_rules}{}{ahead}", person("ann", "\"approver\""))).await;
    let mut orderer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let mut ann = signed_in(&gateway, "ann").await;
    let mut body = order("R1", "1");
    body["period"] = json!("2027");
    assert_eq!(orderer.call("POST", "/api/v1/requests", Some(&body)).await.expect("an answer").status, 202);
    assert_eq!(decide(&mut ann, "R1", "approve").await.1["state"], "placed");
    assert_eq!(mails(&gateway, "order").await, Vec::<String>::new(), "its period is planned");
    // Opened by a file this time.
    gateway.apply("[[period]]\nbuyer = \"library\"\nid = \"2027\"\nstatus = \"open\"\n").await.expect("applied");
    work(&gateway).await;
    until("one mail", async || Some(mails(&gateway, "order").await).filter(|told| told.len() == 1)).await;
    gateway.stop().await;
}
