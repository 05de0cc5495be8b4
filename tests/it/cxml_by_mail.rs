//! What a cXML buyer is answered whose supplier gets its orders by mail (reference cxml-and-peppol-ordering, sections 5, 14 and 29): 201, never 200,
//! and the sequel once somebody at the supplier acts. Mail server and buyer's system are sockets of the test.

use std::time::Duration;

use hookline::config::{Config, Smtp, SmtpUrl};

use crate::channels::{CXML_OK, PARTIES, channel, with_channels};
use crate::cxml::{assert_valid, between, line, order, post, world};
use crate::on_both_engines;
use crate::outbox::mail_server;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway};
use crate::support::receiver::{Reply, Seen, at_least, receiver};

on_both_engines! {
    an_order_by_mail_is_201_until_somebody_acts,
    what_a_mail_asks_and_the_supplier_refuses_is_told,
    what_a_machine_or_the_desk_has_is_200,
}

const MAIL: &str = "[[supplier.channel]]\nform = \"mail\"\nto = \"orders@acme.example\"\n";

/// A gateway whose supplier has these channels, and what the buyer's system was sent.
async fn told(engine: Engine, channels: &str, more_ports: &[u16]) -> (Gateway, Seen) {
    let (port, seen) = receiver(|_, _| Reply::Body(200, "text/xml", CXML_OK.into())).await;
    let (smtp, _) = mail_server().await;
    let own = "own = [\"NetworkId:shop\"]\n";
    let world = world().replace(own, &format!("{own}outbound_url = \"http://127.0.0.1:{port}/cxml\"\n"));
    let world = if channels.is_empty() { world } else { with_channels(&world, channels) };
    let private_hosts = more_ports.iter().chain([&port]).map(|port| format!("127.0.0.1:{port}")).collect();
    let smtp = Some(Smtp { url: SmtpUrl(format!("smtp://127.0.0.1:{smtp}")), from: "hookline@hookline.example".into() });
    let config = Config { smtp, private_hosts, public_url: Some("https://gateway.example".into()), ..Config::default() };
    (Gateway::with_config(engine, &world, config).await, seen)
}

async fn sent(gateway: &Gateway, id: &str, head: &str, quantity: &str) -> (String, String) {
    let total = format!("{quantity}0");
    let answer = post(gateway, "college", &order(id, "production", head, &total, &line(quantity, "BOOK-1", "", "10.00", ""))).await;
    (answer.code, answer.text)
}

async fn step(gateway: &Gateway, number: &str, step: &str, body: &[(&str, &str)]) {
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let stored = hookline::store::order::by_number(&mut tx, "library", number).await.expect("a row").expect("the order");
    drop(tx);
    let mut desk = crate::support::gateway::sign_in_on_page(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let fields: Vec<(String, String)> = body.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let request = crate::support::http::Request::form(format!("/desk/library/{}/{step}", stored.order.id), &fields);
    let answer = desk.send(request).await.expect("an answer");
    assert_eq!(answer.status, 303, "{}", answer.text());
}

/// Which document each update names, and its status; anything else by its request.
fn heard(seen: &[String]) -> Vec<(String, String)> {
    let one = |request: &String| match between(request, "<StatusUpdateRequest>", "</StatusUpdateRequest>") {
        Some(update) => {
            assert_valid(crate::support::receiver::body(request), "cXML.dtd");
            (between(&update, "payloadID=\"", "\"").expect("a document"), between(&update, "code=\"", "\"").expect("a status"))
        }
        None => (if request.contains("<ConfirmationRequest>") { "confirmation" } else { "notice" }.to_owned(), String::new()),
    };
    seen.iter().map(one).collect()
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
}

async fn an_order_by_mail_is_201_until_somebody_acts(engine: Engine) {
    let (gateway, seen) = told(engine, MAIL, &[]).await;
    let (code, text) = sent(&gateway, "o1@test", "orderID=\"M-1\"", "3").await;
    assert!(code == "201" && text.contains("waiting for its supplier"), "{code} {text}");
    // The same document again has the same answer, a change waits as the order does.
    assert_eq!(sent(&gateway, "o1@test", "orderID=\"M-1\"", "3").await.0, "201");
    assert_eq!(sent(&gateway, "o2@test", "orderID=\"M-1\" type=\"update\" orderVersion=\"2\"", "4").await.0, "201");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(seen.lock().expect("no panic").is_empty(), "a mail that left is no order that arrived");
    step(&gateway, "M-1", "confirm", &[]).await;
    let first = [("o1@test", "200"), ("o2@test", "200"), ("confirmation", "")];
    assert_eq!(heard(&at_least(&seen, 3).await), pairs(&first));
    // Once is enough.
    step(&gateway, "M-1", "ship", &[]).await;
    assert_eq!(heard(&at_least(&seen, 4).await)[3..], pairs(&[("notice", "")]));
    gateway.stop().await;
}

async fn what_a_mail_asks_and_the_supplier_refuses_is_told(engine: Engine) {
    let (gateway, seen) = told(engine, MAIL, &[]).await;
    assert_eq!(sent(&gateway, "o1@test", "orderID=\"M-2\"", "3").await.0, "201");
    step(&gateway, "M-2", "cannot-deliver", &[("line", "1"), ("reason", "sold out")]).await;
    assert_eq!(heard(&at_least(&seen, 2).await), pairs(&[("o1@test", "400"), ("confirmation", "")]));
    gateway.stop().await;
}

async fn what_a_machine_or_the_desk_has_is_200(engine: Engine) {
    let (port, _) = receiver(|_, _| Reply::Body(200, "text/xml", CXML_OK.into())).await;
    let machine = channel("cxml", port, PARTIES);
    // A price for a hundred is nothing here, so the machine takes this order; with what it cannot take it would be the mail's.
    for (channels, code) in [
        (String::new(), "200"),
        (machine.clone() + MAIL, "200"),
        (MAIL.to_owned() + &machine, "201"),
        (channel("cxml", port, &format!("{PARTIES}\ncannot = [\"splits\"]")) + MAIL, "200"),
        (channel("cxml", port, &format!("{PARTIES}\ncannot = [\"letters\"]")) + MAIL, "201"),
        (channel("cxml", port, &format!("{PARTIES}\ncannot = [\"letters\"]")), "201"),
    ] {
        let (gateway, seen) = told(engine, &channels, &[port]).await;
        assert_eq!(sent(&gateway, "o1@test", "orderID=\"Möbel\"", "3").await.0, code, "{channels}");
        step(&gateway, "Möbel", "confirm", &[]).await;
        let expected = if code == "200" { vec![("confirmation", "")] } else { vec![("o1@test", "200"), ("confirmation", "")] };
        assert_eq!(heard(&at_least(&seen, expected.len()).await), pairs(&expected), "{channels}");
        gateway.stop().await;
    }
    // Not even the API of the desk is told twice.
    let (gateway, seen) = told(engine, MAIL, &[]).await;
    assert_eq!(sent(&gateway, "o1@test", "orderID=\"A-1\"", "3").await.0, "201");
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let says = serde_json::json!({"lines": [{"line": 1, "says": "confirmed"}]});
    for _ in 0..2 {
        let answer = desk.call("POST", "/api/v1/desk/orders/library/A-1/answers", Some(&says)).await.expect("an answer");
        assert!(answer.status < 500, "{}", answer.text());
    }
    let updates = heard(&at_least(&seen, 2).await).into_iter().filter(|(_, code)| !code.is_empty()).count();
    assert_eq!(updates, 1);
    gateway.stop().await;
}
