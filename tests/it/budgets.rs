//! What is asked of budgets: how they stand, how they came to stand so, at any past moment, by every dimension; on pages, over the API and
//! as CSV. Expected figures follow from the reference's rules (chapters 3, 6, 7 and 14) and from amounts written here.

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway};
use crate::support::http::Request;

on_both_engines! {
    a_tree_of_budgets_is_shown_with_its_tightest_ceiling,
}

/// A tree under a ceiling, in a quarter of a year; an advisory budget; one that only warns. Tax basis net.
pub const TREE: &str = r#"
[[period]]
buyer = "library"
id = "2026"
first_day = "2026-01-01"
last_day = "2026-12-31"

[[period]]
buyer = "library"
id = "2026-Q1"
parent = "2026"
first_day = "2026-01-01"
last_day = "2026-03-31"

[[budget]]
buyer = "library"
code = "NORTH"
name = "Branch North"
postable = false
location = "north"

[[budget]]
buyer = "library"
code = "NORTH/BOOKS"
name = "Books for the branch in the north"
parent = "NORTH"
location = "north"
segment = "fiction"
owner = "H. Older"

[[budget]]
buyer = "library"
code = "NORTH/COMICS"
name = "Comics"
parent = "NORTH"
location = "north"
segment = "comics"
project = "graphic"

[[budget]]
buyer = "library"
code = "NORTH/COMICS/MANGA"
name = "Manga"
parent = "NORTH/COMICS"
location = "north"
segment = "comics"

[[budget]]
buyer = "library"
code = "ADVISED"
name = "Kept by the purchasing system"
mode = "advisory"
amount = "30.00"
period = "2026"

[[funding]]
buyer = "library"
budget = "NORTH"
period = "2026"
amount = "500.00"

[[funding]]
buyer = "library"
budget = "NORTH/BOOKS"
period = "2026"
amount = "300.00"
commitment_level = "warn"
thresholds = [80]

[[funding]]
buyer = "library"
budget = "NORTH/COMICS"
period = "2026"
amount = "300.00"
spending_level = "stop"
spending_percent = "50"

[[funding]]
buyer = "library"
budget = "NORTH/COMICS/MANGA"
period = "2026"
amount = "100.00"
"#;

/// The library's own budget stands in the year too.
pub fn world() -> String {
    format!("{}\n{TREE}", WORLD.replace("amount = \"100.00\"", "amount = \"100.00\"\nperiod = \"2026\""))
}

pub async fn orderer(gateway: &Gateway) -> Api {
    Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("the orderer signs in")
}

/// An order of books of 10.00 on budgets of the year; gives its id.
pub async fn place(buyer: &mut Api, number: &str, lines: &[(&str, u32)]) -> String {
    let line = |(at, (budget, quantity)): (usize, &(&str, u32))| {
        json!({"line": at + 1, "article": "BOOK-1", "quantity": quantity.to_string(),
            "coding": {"budget_code": budget, "branch": "noord", "project": "P-1"}})
    };
    let lines: Vec<Value> = lines.iter().enumerate().map(line).collect();
    let body = json!({"number": number, "connection": "lib", "ordered_by": "Zuid", "period": "2026", "lines": lines});
    let answer = buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json().expect("JSON")["id"].as_str().expect("an id").to_string()
}

fn item<'v>(items: &'v [Value], budget: &str) -> &'v Value {
    items.iter().find(|item| item["budget"] == budget).unwrap_or_else(|| panic!("no {budget} in {items:?}"))
}

async fn a_tree_of_budgets_is_shown_with_its_tightest_ceiling(engine: Engine) {
    let gateway = Gateway::with(engine, &world()).await;
    let mut buyer = orderer(&gateway).await;
    place(&mut buyer, "B-1", &[("NORTH/BOOKS", 25), ("NORTH/COMICS", 12)]).await;
    // 500.00 less 370.00 leaves 130.00 for all of the north, less than the 180.00 of the comics, 50.00 of the books, and 100.00 of manga.
    let items = buyer.items("/api/v1/budgets?period=2026").await.expect("budgets");
    let order: Vec<(&str, u64)> =
        items.iter().map(|item| (item["budget"].as_str().expect("a code"), item["depth"].as_u64().expect("a depth"))).collect();
    let tree = [("ADVISED", 0), ("FICTION", 0), ("NORTH", 0), ("NORTH/BOOKS", 1), ("NORTH/COMICS", 1), ("NORTH/COMICS/MANGA", 2)];
    assert_eq!(order, tree);
    let north = item(&items, "NORTH");
    assert_eq!(
        (&north["funding"], &north["committed"], &north["available"], &north["used_percent"]),
        (&json!(50_000), &json!(37_000), &json!(13_000), &json!(74))
    );
    let tightest = |budget: &str| (item(&items, budget)["tightest"]["budget"].clone(), item(&items, budget)["tightest"]["headroom"].clone());
    assert_eq!(tightest("NORTH/BOOKS"), (json!("NORTH/BOOKS"), json!(5000)));
    assert_eq!(tightest("NORTH/COMICS"), (json!("NORTH"), json!(13_000)));
    assert_eq!(tightest("NORTH/COMICS/MANGA"), (json!("NORTH/COMICS/MANGA"), json!(10_000)));
    let ceilings = &item(&items, "NORTH/COMICS")["ceilings"];
    assert_eq!((&ceilings[1]["kind"], &ceilings[1]["limit"]), (&json!("spending"), &json!(15_000)));
    // The same as a table, and the page in tree order.
    let csv = buyer.client.send(Request::get("/api/v1/budgets?period=2026").header("Accept", "text/csv")).await.expect("an answer");
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    let text = csv.text();
    let row = text.lines().find(|line| line.starts_with("NORTH,")).expect("a row of the north");
    assert_eq!(row, "NORTH,2026,Branch North,,,north,,,authoritative,EUR,500.00,0.00,370.00,0.00,0.00,130.00,74,130.00,NORTH@2026,130.00");
    let page = buyer.call("GET", "/budgets?period=2026", None).await.expect("the page").text();
    let places: Vec<usize> =
        tree.iter().map(|(code, _)| page.find(&format!(">{code}<")).unwrap_or_else(|| panic!("{code} is not on the page"))).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(page.contains("/budgets/NORTH%2FCOMICS%2FMANGA/2026"), "codes with slashes are one part of an address");
    assert_eq!(buyer.call("GET", "/budgets?period=1999", None).await.expect("an answer").status, 404);
    assert_eq!(buyer.call("GET", "/budgets?at=yesterday", None).await.expect("an answer").status, 422);
    gateway.stop().await;
}

/// Orders in every condition; gives the id of one that went all the way.
pub async fn history(gateway: &Gateway) -> String {
    let mut buyer = orderer(gateway).await;
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("the desk signs in");
    let done = place(&mut buyer, "B-1", &[("NORTH/BOOKS", 12), ("NORTH/COMICS", 9)]).await;
    let shipped = place(&mut buyer, "B-2", &[("NORTH/COMICS", 4), ("NORTH/COMICS/MANGA", 3)]).await;
    place(&mut buyer, "B-3", &[("NORTH/BOOKS", 20)]).await;
    let gone = place(&mut buyer, "B-4", &[("FICTION", 7), ("FICTION", 2)]).await;
    place(&mut buyer, "B-5", &[("ADVISED", 4)]).await;
    for (order, step, body) in [
        (&done, "confirm", ""),
        (&done, "ship", ""),
        (&done, "invoice", ""),
        (&shipped, "ship", ""),
        (&gone, "cannot-deliver", "line=1&reason=out+of+print"),
    ] {
        let request = Request::new("POST", format!("/desk/library/{order}/{step}"));
        let request = request.header("Content-Type", "application/x-www-form-urlencoded").body(body.as_bytes());
        let answer = desk.client.send(request).await.expect("an answer");
        assert_eq!(answer.status, 303, "{step}: {}", answer.text());
    }
    done
}

/// Every page about budgets, with its name.
pub fn pages(_order: &str) -> Vec<(&'static str, String)> {
    vec![("budgets-tree", "/budgets?period=2026".into()), ("budgets-quarter", "/budgets?period=2026-Q1".into())]
}
