//! Issued documents leave by the channels that the customer's terms name, and are followed to the end. The access point and the mail server are
//! sockets of the test.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hookline::config::{AccessPoint, Config, Smtp, SmtpUrl, Token};
use hookline::wire::ubl;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::on_both_engines;
use crate::orders::press;
use crate::outbox::mail_server;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway};

on_both_engines! {
    a_document_goes_through_the_access_point_and_is_followed,
    a_mail_brings_the_document_and_its_copy,
}

/// An access point that takes documents and says of each what it is told to; heads and bodies of what it was asked.
async fn access_point(status: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = seen.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut text = String::new();
            let mut buffer = [0; 16 * 1024];
            loop {
                let read = stream.read(&mut buffer).await.unwrap_or(0);
                text.push_str(&String::from_utf8_lossy(&buffer[..read]));
                let length = text.to_lowercase().split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse::<usize>().ok());
                let whole = text.split_once("\r\n\r\n").is_some_and(|(_, body)| body.len() >= length.unwrap_or(0));
                if whole || read == 0 {
                    break;
                }
            }
            let body =
                if text.starts_with("POST") { json!({"sbdhInstanceID": "ap-1"}) } else { json!({"status": status, "reason": "as told"}) }.to_string();
            kept.lock().expect("no panic").push(text);
            let answer =
                format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
            let _gone = stream.write_all(answer.as_bytes()).await;
        }
    });
    (port, seen)
}

fn world(channels: &str, copy: &str) -> String {
    let terms = format!("endpoint = \"NL001234567B01\"\n[buyer.invoicing]\nchannels = [{channels}]\ncopy = \"{copy}\"\n\n[[buyer]]\nid = \"firm\"");
    let world = WORLD.replace("endpoint = \"NL001234567B01\"\n\n[[buyer]]\nid = \"firm\"", &terms);
    assert_ne!(world, WORLD);
    world
}

/// An order that is invoiced; the supplier, and the invoice.
async fn invoiced(gateway: &Gateway) -> (Api, Value) {
    let mut orderer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let body = json!({"number": "4500000007", "connection": "lib", "lines": [{"line": 1, "article": "BOOK-1", "quantity": "2"}]});
    let placed = orderer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer").json().expect("JSON");
    for step in ["ship", "invoice"] {
        assert_eq!(press(&mut desk, &placed, step, "").await, 303);
    }
    let invoice = orderer.items("/api/v1/invoices").await.expect("the invoices").remove(0);
    (desk, invoice)
}

/// The state of a channel, once it is this one.
async fn until(desk: &mut Api, invoice: &Value, state: &str) -> Value {
    let target = format!("/api/v1/customers/library/invoices/{}/sendings", invoice["id"].as_str().expect("an id"));
    let mut last = Value::Null;
    for _ in 0..100 {
        last = desk.items(&target).await.expect("the sendings").into_iter().next().unwrap_or_default();
        if last["state"] == state {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not {state}: {last}");
}

async fn a_document_goes_through_the_access_point_and_is_followed(engine: Engine) {
    for (told, state) in [("SENT", "delivered"), ("rejected", "rejected"), ("permanently_failed", "failed")] {
        let (port, seen) = access_point(told).await;
        let point = AccessPoint {
            url: format!("http://127.0.0.1:{port}"),
            token: Token("a-secret-of-the-test".into()),
            token_header: "X-Token".into(),
            submit: "/api/outbound/submit/{sender}/{receiver}/{document}/{process}/{country}?sbdhInstanceID={id}".into(),
            status: "/api/outbound/status/{id}".into(),
        };
        let config = Config { access_point: Some(point), private_hosts: vec![format!("127.0.0.1:{port}")], ..Config::default() };
        let gateway = Gateway::with_config(engine, &world("\"peppol\"", "beside"), config).await;
        let (mut desk, invoice) = invoiced(&gateway).await;
        assert_eq!(until(&mut desk, &invoice, "sent").await["handle"], "ap-1");
        gateway.advance(Duration::from_secs(301));
        let sending = until(&mut desk, &invoice, state).await;
        assert_eq!(sending["channel"], "peppol");
        let seen = seen.lock().expect("no panic").clone();
        let (head, document) = seen[0].split_once("\r\n\r\n").expect("a request");
        // As phoss-ap is driven (einvoicing, section 18), each part escaped.
        let path = "POST /api/outbound/submit/iso6523-actorid-upis%3A%3A9944%3ANL001234567B01/iso6523-actorid-upis%3A%3A9944%3ANL001234567B01/\
                    busdox-docid-qns%3A%3Aurn%3Aoasis%3Anames%3Aspecification%3Aubl%3Aschema%3Axsd%3AInvoice-2%3A%3AInvoice%23%23\
                    urn%3Acen.eu%3Aen16931%3A2017%23compliant%23urn%3Afdc%3Apeppol.eu%3A2017%3Apoacc%3Abilling%3A3.0%3A%3A2.1/\
                    cenbii-procid-ubl%3A%3Aurn%3Afdc%3Apeppol.eu%3A2017%3Apoacc%3Abilling%3A01%3A1.0/NL?sbdhInstanceID=";
        assert!(head.starts_with(path), "{head}");
        assert!(head.to_lowercase().contains("x-token: a-secret-of-the-test"), "{head}");
        assert_eq!(ubl::read::read(document).expect("a document of ours").number, invoice["number"].as_str().expect("a number"));
        assert!(seen[1].starts_with("GET /api/outbound/status/ap-1 "), "{}", seen[1]);
        gateway.stop().await;
    }
}

async fn a_mail_brings_the_document_and_its_copy(engine: Engine) {
    for (copy, parts) in [("beside", vec![".pdf", ".xml"]), ("embedded", vec![".pdf"])] {
        let (port, seen) = mail_server().await;
        let smtp = Smtp { url: SmtpUrl(format!("smtp://127.0.0.1:{port}")), from: "hookline@acme.example".into() };
        let gateway = Gateway::with_config(engine, &world("\"mail\"", copy), Config { smtp: Some(smtp), ..Config::default() }).await;
        let (mut desk, invoice) = invoiced(&gateway).await;
        assert_eq!(until(&mut desk, &invoice, "sent").await["channel"], "mail");
        let number = invoice["number"].as_str().expect("a number");
        let mails = seen.lock().expect("no panic").clone();
        let mail = mails.iter().find(|mail| mail.contains(&format!("filename=\"{number}.pdf\""))).unwrap_or_else(|| panic!("{mails:?}"));
        for ending in [".pdf", ".xml"] {
            assert_eq!(mail.contains(&format!("filename=\"{number}{ending}\"")), parts.contains(&ending), "{ending} in {mail}");
        }
        assert!(mail.contains("inkoop@library.example") && mail.contains("4500000007"), "{mail}");
        gateway.stop().await;
    }
}
