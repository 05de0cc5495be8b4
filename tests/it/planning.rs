//! Budgets in and out as CSV, and the pages on which people change budgets and decide about requests. Amounts are worked out by hand from
//! the world of the tests: FICTION has 100.00 in 2026.

use serde_json::{Value, json};

use crate::granting::{person, signed_in};
use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway, sign_in_on_page};
use crate::support::html::Page;
use crate::support::http::{Answer, Client, Request};

on_both_engines! {
    a_file_is_tried_and_taken_whole,
    every_mistake_comes_with_its_line_and_nothing_is_taken,
    what_comes_out_goes_in_again_and_no_sheet_works_it_out,
    people_change_budgets_on_a_page,
    a_closing_is_shown_before_it_is_confirmed,
    people_decide_on_a_page,
    people_bring_a_file,
}

async fn world(engine: Engine) -> (Gateway, Api) {
    let people = format!("{}{}", person("admin", "\"buyer_administrator\""), person("ann", "\"approver\""));
    let gateway = Gateway::with(engine, &format!("{WORLD}{people}")).await;
    let admin = signed_in(&gateway, "admin").await;
    (gateway, admin)
}

async fn bring(api: &mut Api, text: &str, preview: bool) -> Answer {
    let target = format!("/api/v1/budgets/import?preview={preview}");
    api.client.send(Request::new("POST", target).header("Content-Type", "text/csv").body(text.as_bytes())).await.expect("an answer")
}

async fn standing(api: &mut Api, budget: &str) -> Option<(i64, Option<i64>)> {
    let items = api.items("/api/v1/budgets").await.expect("the budgets");
    let item = items.iter().find(|item| item["budget"] == budget)?;
    Some((item["funding"].as_i64().expect("an amount"), item["headroom"].as_i64()))
}

const FILE: &str = "code;name;parent;postable;period;amount;commitment_level;commitment_percent\n\
                    COLLECTION;Collection;;no;;;;\n\
                    COMICS;Comics;COLLECTION;yes;2026;40,50;stop;120\n\
                    FICTION;Fiction and more;;yes;2026;110.00;;\n";

async fn a_file_is_tried_and_taken_whole(engine: Engine) {
    let (gateway, mut admin) = world(engine).await;
    let tried = bring(&mut admin, FILE, true).await;
    assert_eq!(tried.status, 200, "{}", tried.text());
    let tried = tried.json().expect("JSON");
    let mut changes: Vec<(&str, u64)> = tried["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| (step["change"].as_str().expect("a word"), step["line"].as_u64().expect("a line")))
        .collect();
    // Two new budgets and one with another name; ceilings and money of COMICS, more money for FICTION.
    changes.sort_unstable();
    assert_eq!(changes, [("change", 4), ("change", 4), ("create", 2), ("create", 3), ("create", 3), ("create", 3)]);
    assert_eq!((standing(&mut admin, "COMICS").await, standing(&mut admin, "FICTION").await), (None, Some((10_000, Some(10_000)))));
    let taken = bring(&mut admin, FILE, false).await.json().expect("JSON");
    assert_eq!((taken["changes"].as_i64(), taken["preview"].as_bool()), (Some(6), Some(false)));
    // 40.50 × 120 % = 48.60
    assert_eq!(standing(&mut admin, "COMICS").await, Some((4050, Some(4860))));
    assert_eq!(standing(&mut admin, "FICTION").await, Some((11_000, Some(11_000))));
    assert_eq!(bring(&mut admin, FILE, false).await.json().expect("JSON")["changes"], 0, "the same file again");
    gateway.stop().await;
}

async fn every_mistake_comes_with_its_line_and_nothing_is_taken(engine: Engine) {
    let (gateway, mut admin) = world(engine).await;
    let text = "code,parent,period,amount,commitment_level\nA,,2026,5.00,\nB,NOPE,2026,1.00,\nC,,1999,1.00,hard\n,,,,\n";
    let answer = bring(&mut admin, text, false).await;
    let problem = answer.json().expect("problem+json");
    let wrong: Vec<(u64, &str)> = problem["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|f| (f["line"].as_u64().expect("a line"), f["field"].as_str().expect("a field")))
        .collect();
    assert_eq!((answer.status, wrong), (422, vec![(4, "commitment_level"), (5, "code"), (3, "parent"), (4, "period")]), "{problem}");
    let of_level = &problem["findings"][0];
    assert_eq!((of_level["value"].as_str(), of_level["limit"].as_str()), (Some("hard"), Some("none, warn, approval, stop")));
    assert_eq!(standing(&mut admin, "A").await, None);
    // What the books refuse comes with its line too: 100.00 less than what is ordered.
    let mut orderer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let order = json!({"number": "1", "connection": "lib", "lines": [{"article": "BOOK-1", "quantity": "9", "coding": {"budget_code": "FICTION"}}]});
    assert_eq!(orderer.call("POST", "/api/v1/orders", Some(&order)).await.expect("an answer").status, 201);
    let problem = bring(&mut admin, "code,period,amount\nNEW,2026,5.00\nFICTION,2026,89.99\n", false).await.json().expect("JSON");
    assert_eq!((problem["findings"][0]["line"].as_u64(), problem["findings"][0]["field"].as_str()), (Some(3), Some("below_consumed")));
    assert_eq!(standing(&mut admin, "NEW").await, None, "all or nothing");
    assert_eq!(bring(&mut admin, "", false).await.status, 422);
    // A tree that leads back to itself, and one of ten thousand levels, are refused at once.
    assert_eq!(bring(&mut admin, "code,parent\nX,Y\nY,X\n", false).await.status, 422);
    let chain: String = (1..10_000).map(|n| format!("C{n},C{}\n", n - 1)).collect();
    let started = std::time::Instant::now();
    assert_eq!(bring(&mut admin, &format!("code,parent\nC0,\n{chain}"), false).await.status, 422);
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    assert_eq!(bring(&mut orderer, "code\nX\n", false).await.status, 403);
    gateway.stop().await;
}

async fn what_comes_out_goes_in_again_and_no_sheet_works_it_out(engine: Engine) {
    let (gateway, mut admin) = world(engine).await;
    assert_eq!(bring(&mut admin, FILE, false).await.status, 200);
    assert_eq!(bring(&mut admin, "code,name,owner\nODD,=1+1,\"@x, \"\"y\"\"\"\n", false).await.status, 200);
    let out = admin.call("GET", "/api/v1/budgets.csv", None).await.expect("a file").text();
    assert!(out.contains("\"'=1+1\"") && out.contains("\"'@x, \"\"y\"\"\""), "{out}");
    assert!(out.contains("COMICS,Comics,COLLECTION,yes,authoritative,,,,,,2026,40.50,stop,120,0.00"), "{out}");
    let again = bring(&mut admin, &out, false).await.json().expect("JSON");
    assert_eq!(again["changes"], 0, "{again}");
    // Who may not see a budget does not find it in the file.
    let right = "[[budget_right]]\nbuyer = \"library\"\nperson = \"ann@library.example\"\nbudget = \"COLLECTION\"\nright = \"see\"\n";
    gateway.apply(right).await.expect("applied");
    let mut ann = signed_in(&gateway, "ann").await;
    let out = ann.call("GET", "/api/v1/budgets.csv", None).await.expect("a file").text();
    assert!(out.contains("COMICS") && !out.contains("FICTION"), "{out}");
    gateway.stop().await;
}

async fn on_pages(gateway: &Gateway, name: &str) -> Client {
    let (sign_in, password) = (format!("{name}@library.example"), format!("Password-of-{name}-1"));
    sign_in_on_page(gateway.address, &sign_in, &password).await.expect("signed in on the page")
}

async fn send(client: &mut Client, target: &str, fields: &[(&str, &str)]) -> Answer {
    let fields: Vec<(String, String)> = fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let origin = format!("http://{}", client.address);
    client.send(Request::form(target, &fields).header("Origin", &origin)).await.expect("an answer")
}

async fn people_change_budgets_on_a_page(engine: Engine) {
    let (gateway, mut admin) = world(engine).await;
    let mut page = on_pages(&gateway, "admin").await;
    assert_eq!(bring(&mut admin, FILE, false).await.status, 200);
    let shown = page.get("/budgets/change").await.expect("the page");
    let forms = Page::read(&shown.text()).forms.iter().filter(|form| form.action() == "/budgets/change").count();
    assert_eq!((shown.status, forms), (200, 5), "give, move, ceilings, period, close");
    let give = |amount: &'static str| [("do", "allocate"), ("budget", "COMICS"), ("period", "2026"), ("amount", amount), ("note", "")];
    let answer = send(&mut page, "/budgets/change", &give("1,000.50")).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/budgets/change?done=allocate")));
    assert_eq!(standing(&mut admin, "COMICS").await.map(|(funding, _)| funding), Some(4050 + 100_050));
    // What cannot be read stays in its field, with an example of how it is written.
    let answer = send(&mut page, "/budgets/change", &give("a lot")).await;
    let text = answer.text();
    assert_eq!(answer.status, 422);
    assert!(text.contains("value=\"a lot\"") && text.contains("1,234.56") && text.contains("href=\"#allocate-amount\""), "{text}");
    let moved = [("do", "transfer"), ("from", "FICTION"), ("to", "COMICS"), ("period", "2026"), ("amount", "999")];
    let answer = send(&mut page, "/budgets/change", &moved).await;
    assert!(answer.status == 409 && answer.text().contains("FICTION@2026"), "{}", answer.text());
    let limits = [
        ("do", "limit"),
        ("budget", "COMICS"),
        ("period", "2026"),
        ("commitment_level", "warn"),
        ("commitment_percent", "90"),
        ("thresholds", "80, 90"),
    ];
    assert_eq!(send(&mut page, "/budgets/change", &limits).await.status, 303);
    // A right on one budget: only that one is offered.
    let right = "[[budget_right]]\nbuyer = \"library\"\nperson = \"admin@library.example\"\nbudget = \"COMICS\"\nright = \"allocate\"\n";
    gateway.apply(right).await.expect("applied");
    let text = page.get("/budgets/change").await.expect("the page").text();
    assert!(text.contains("value=\"COMICS\"") && !text.contains("value=\"FICTION\"") && !text.contains("id=\"close\""), "{text}");
    gateway.stop().await;
}

async fn a_closing_is_shown_before_it_is_confirmed(engine: Engine) {
    let (gateway, mut admin) = world(engine).await;
    let mut page = on_pages(&gateway, "admin").await;
    let made = [("do", "period"), ("id", "2027"), ("status", "open"), ("first_day", ""), ("last_day", "")];
    assert_eq!(send(&mut page, "/budgets/change", &made).await.status, 303);
    let close = [
        ("do", "close"),
        ("step", "preview"),
        ("from", "2026"),
        ("into", "2027"),
        ("commitments", "with_money"),
        ("carry_percent", "50"),
        ("cap", "30.00"),
    ];
    let answer = send(&mut page, "/budgets/change", &close).await;
    let text = answer.text();
    // Half of 100.00 is more than the cap: 30.00 goes along and 70.00 lapses.
    assert!(answer.status == 200 && text.contains("€30.00") && text.contains("€70.00"), "{text}");
    assert_eq!(standing(&mut admin, "FICTION").await.map(|(funding, _)| funding), Some(10_000));
    let confirm = Page::read(&text).forms.iter().find(|form| form.action() == "/budgets/change").expect("the form that confirms").clone();
    let fields = confirm.filled(&[]).expect("its fields");
    assert!(fields.iter().all(|(name, _)| name != "step"), "{fields:?}");
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(send(&mut page, "/budgets/change", &fields).await.status, 303);
    let items = admin.items("/api/v1/budgets").await.expect("the budgets");
    let left: Vec<(&str, &Value)> = items.iter().map(|item| (item["period"].as_str().expect("a period"), &item["funding"])).collect();
    assert_eq!(left, [("2027", &json!(3000))]);
    gateway.stop().await;
}

async fn people_decide_on_a_page(engine: Engine) {
    let (gateway, _) = world(engine).await;
    let mut orderer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    for number in ["R 1", "R2"] {
        let body =
            json!({"number": number, "connection": "lib", "lines": [{"article": "BOOK-1", "quantity": "2", "coding": {"budget_code": "FICTION"}}]});
        assert_eq!(orderer.call("POST", "/api/v1/requests", Some(&body)).await.expect("an answer").status, 202);
    }
    let mut page = on_pages(&gateway, "ann").await;
    let text = page.get("/approvals").await.expect("the list").text();
    assert!(text.contains("href=\"/approvals/R%201\"") && text.contains("orderer@library.example") && text.contains("€20.00"), "{text}");
    let text = page.get("/approvals/R%201").await.expect("the request").text();
    // Without it the other request's 20.00, with it 40.00, of 100.00.
    for amount in ["€20.00", "€40.00", "€100.00"] {
        assert!(text.contains(amount), "{amount}: {text}");
    }
    let answer = send(&mut page, "/approvals/R%201", &[("decision", "reject"), ("reason", " ")]).await;
    assert_eq!(answer.status, 422, "a rejection needs its reason");
    let answer = send(&mut page, "/approvals/R%201", &[("decision", "approve"), ("reason", "")]).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/approvals")));
    assert_eq!(send(&mut page, "/approvals/R%201", &[("decision", "approve")]).await.status, 409, "it counts once");
    assert_eq!(send(&mut page, "/approvals/R2", &[("decision", "reject"), ("reason", "too dear")]).await.status, 303);
    let states = [orderer.get("/api/v1/orders/R%201").await, orderer.get("/api/v1/orders/R2").await];
    let states = states.map(|order| order.expect("the order")["state"].clone());
    assert_eq!(states, [json!("placed"), json!("rejected")]);
    let text = page.get("/approvals").await.expect("the list").text();
    assert!(!text.contains("/approvals/R"), "nothing waits any more");
    gateway.stop().await;
}

async fn people_bring_a_file(engine: Engine) {
    let (gateway, mut admin) = world(engine).await;
    let mut page = on_pages(&gateway, "admin").await;
    let bring = async |page: &mut Client, step: &str, text: &str| {
        let mut body = String::new();
        for (name, value) in [("step", step), ("text", text)] {
            body += &format!("--limit\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        }
        body += "--limit--\r\n";
        let origin = format!("http://{}", page.address);
        let request = Request::new("POST", "/budgets/import").header("Content-Type", "multipart/form-data; boundary=limit").header("Origin", &origin);
        page.send(request.body(body.as_bytes())).await.expect("an answer")
    };
    let answer = bring(&mut page, "look", FILE).await;
    let text = answer.text();
    assert!(answer.status == 200 && text.contains("6 changes") && text.contains("COMICS"), "{text}");
    assert_eq!(standing(&mut admin, "COMICS").await, None);
    let answer = bring(&mut page, "look", "code;period\nX;1999\n").await;
    assert!(answer.status == 422 && answer.text().contains("1999"), "{}", answer.text());
    let answer = bring(&mut page, "take", FILE).await;
    assert!(answer.status == 200 && answer.text().contains("6 changes are booked."), "{}", answer.text());
    assert_eq!(standing(&mut admin, "COMICS").await.map(|(funding, _)| funding), Some(4050));
    gateway.stop().await;
}
