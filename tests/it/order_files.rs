//! Orders brought as a file: tried, taken order by order, and not twice. Amounts are worked out by hand.

use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway, sign_in_on_page};
use crate::support::http::{Client, Request};

on_both_engines! {
    a_file_is_tried_then_taken_order_by_order,
    a_file_with_mistakes_is_refused_whole,
    people_bring_files_on_a_page,
}

/// F1: 3 × 10.00 on FICTION; F2: 8 × 10.00 is more than is left; F3: an article nobody has; F4: 1 × 10.00.
const FILE: &str = "number;connection;article;quantity;budget_code\nF1;lib;BOOK-1;1;FICTION\nF2;lib;BOOK-1;8;FICTION\nF3;lib;NOPE;1;FICTION\n\
                    F1;;BOOK-1;2;FICTION\nF4;lib;BOOK-1;1;FICTION\n";

async fn world(engine: Engine) -> (Gateway, Api) {
    let gateway = Gateway::with(engine, WORLD).await;
    let orderer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    (gateway, orderer)
}

async fn bring(api: &mut Api, target: &str, text: &str) -> serde_json::Value {
    let answer = api.client.send(Request::new("POST", target).header("Content-Type", "text/csv").body(text)).await.expect("an answer");
    answer.json().expect("JSON")
}

fn results(answer: &serde_json::Value) -> Vec<(String, u64, String)> {
    let each = answer["items"].as_array().expect("items").iter();
    each.map(|one| {
        (one["number"].as_str().unwrap_or_default().into(), one["line"].as_u64().unwrap_or(0), one["result"].as_str().unwrap_or_default().into())
    })
    .collect()
}

fn expected(words: [&str; 4]) -> Vec<(String, u64, String)> {
    ["F1", "F2", "F3", "F4"].iter().zip([2, 3, 4, 6]).zip(words).map(|((number, line), word)| ((*number).into(), line, word.into())).collect()
}

async fn committed(api: &mut Api) -> i64 {
    api.items("/api/v1/budgets").await.expect("the budgets")[0]["committed"].as_i64().expect("an amount")
}

async fn a_file_is_tried_then_taken_order_by_order(engine: Engine) {
    let (gateway, mut api) = world(engine).await;
    let tried = bring(&mut api, "/api/v1/orders.csv?preview=true", FILE).await;
    // Each is tried by itself, so 80.00 of the 100.00 would fit.
    assert_eq!(results(&tried), expected(["placed", "placed", "refused", "placed"]));
    assert_eq!(committed(&mut api).await, 0, "a preview writes nothing");
    let taken = bring(&mut api, "/api/v1/orders.csv", FILE).await;
    assert_eq!(results(&taken), expected(["placed", "refused", "refused", "placed"]));
    assert!(taken["items"][1]["problem"].as_str().expect("why").contains("FICTION@2026"), "{taken}");
    assert!(taken["items"][2]["problem"].as_str().expect("why").contains("NOPE"), "{taken}");
    assert_eq!(committed(&mut api).await, 4000);
    let again = bring(&mut api, "/api/v1/orders.csv", FILE).await;
    assert_eq!(results(&again), expected(["same", "refused", "refused", "same"]));
    assert_eq!(committed(&mut api).await, 4000);
    let other = bring(&mut api, "/api/v1/orders.csv", "number;connection;article;quantity\nF1;lib;BOOK-1;9\n").await;
    assert_eq!(results(&other), [("F1".to_string(), 2, "refused".to_string())], "the number with other content");
    let asked = bring(&mut api, "/api/v1/orders.csv?request=true", "number;connection;article;quantity;budget_code\nR1;lib;BOOK-1;1;FICTION\n").await;
    assert_eq!(results(&asked), [("R1".to_string(), 2, "requested".to_string())]);
    gateway.stop().await;
}

async fn a_file_with_mistakes_is_refused_whole(engine: Engine) {
    let (gateway, mut api) = world(engine).await;
    let problem = bring(&mut api, "/api/v1/orders.csv", &format!("{FILE};lib;BOOK-1;1;FICTION\n")).await;
    assert_eq!(
        (problem["status"].as_u64(), &problem["findings"][0]["field"], problem["findings"][0]["line"].as_u64()),
        (Some(422), &"number".into(), Some(7))
    );
    assert_eq!(committed(&mut api).await, 0, "no order of it was taken");
    gateway.stop().await;
}

async fn page(client: &mut Client, step: &str, text: &str) -> String {
    let part = |name: &str, value: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let body = format!("{}{}--b--\r\n", part("step", step), part("text", text));
    let origin = format!("http://{}", client.address);
    let request =
        Request::new("POST", "/orders/import").header("Content-Type", "multipart/form-data; boundary=b").header("Origin", &origin).body(body);
    client.send(request).await.expect("an answer").text()
}

async fn people_bring_files_on_a_page(engine: Engine) {
    let (gateway, mut api) = world(engine).await;
    let mut client = sign_in_on_page(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    assert!(client.get("/orders").await.expect("the orders").text().contains("/orders/import"));
    let tried = page(&mut client, "", FILE).await;
    assert!(tried.contains("3 orders would be placed") && tried.contains("30.00 EUR") && tried.contains("Place these orders"), "{tried}");
    assert_eq!(committed(&mut api).await, 0);
    let taken = page(&mut client, "take", FILE).await;
    assert!(taken.contains("2 orders were placed") && taken.contains("Too little is left in FICTION@2026"), "{taken}");
    assert_eq!(committed(&mut api).await, 4000);
    let wrong = page(&mut client, "", "number;size\nF1;9\n").await;
    assert!(wrong.contains("The file cannot be read") && wrong.contains("size"), "{wrong}");
    gateway.stop().await;
}
