//! Issued documents leave by the channels that the customer's terms name, and are followed to the end. The access point and the mail server are
//! sockets of the test.

use std::time::Duration;

use hookline::config::{AccessPoint, Config, Smtp, SmtpUrl, Token};
use hookline::wire::ubl;
use hookline::wire::ubl_response::{self, ResponseParty, Status};
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::orders::press;
use crate::outbox::mail_server;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway};
use crate::support::http::Request;
use crate::support::receiver::{Reply, Seen, receiver};
use crate::support::waiting;

on_both_engines! {
    a_document_goes_through_the_access_point_and_is_followed,
    a_mail_brings_the_document_and_its_copy,
    what_the_access_point_brings_is_taken,
}

/// An access point that takes documents and says of each what it is told to; heads and bodies of what it was asked.
async fn access_point(status: &'static str) -> (u16, Seen) {
    let told = move |_: usize, request: &str| {
        let body = if request.starts_with("POST") { json!({"sbdhInstanceID": "ap-1"}) } else { json!({"status": status, "reason": "as told"}) };
        Reply::Body(200, "application/json", body.to_string())
    };
    receiver(told).await
}

pub fn point(port: u16) -> AccessPoint {
    AccessPoint {
        url: format!("http://127.0.0.1:{port}"),
        token: Token("a-secret-of-the-test".into()),
        token_header: "X-Token".into(),
        submit: "/api/outbound/submit/{sender}/{receiver}/{document}/{process}/{country}?sbdhInstanceID={id}".into(),
        status: "/api/outbound/status/{id}".into(),
    }
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
    let first = async || desk.items(&target).await.expect("the sendings").into_iter().next().filter(|sending| sending["state"] == state);
    waiting::until(state, first).await
}

async fn a_document_goes_through_the_access_point_and_is_followed(engine: Engine) {
    for (told, state) in [("SENT", "delivered"), ("rejected", "rejected"), ("permanently_failed", "failed")] {
        let (port, seen) = access_point(told).await;
        let config = Config { access_point: Some(point(port)), private_hosts: vec![format!("127.0.0.1:{port}")], ..Config::default() };
        let gateway = Gateway::with_config(engine, &world("\"peppol\"", "beside"), config).await;
        let (mut desk, invoice) = invoiced(&gateway).await;
        assert_eq!(until(&mut desk, &invoice, "sent").await["handle"], "ap-1");
        gateway.advance(Duration::from_secs(301));
        let sending = until(&mut desk, &invoice, state).await;
        assert_eq!(sending["channel"], "peppol");
        let page = desk.call("GET", &format!("/desk/library/{}", invoice["order"].as_str().expect("an id")), None).await.expect("a page").text();
        let words = match state {
            "delivered" => "Peppol: delivered",
            "rejected" => "Peppol: rejected by the customer as told",
            _ => "Peppol: could not be delivered as told",
        };
        assert!(page.contains(words), "{words} in {page}");
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

/// A Message Level Response as its rules ask for it (PEPPOL-T71-B00301, B00801, B01301, B01401, B02101, B02401, R001).
fn of_message(code: &str, number: &str, reason: &str) -> String {
    let line = format!(
        "<cac:LineResponse><cac:LineReference><cbc:LineID>/Invoice[1]</cbc:LineID></cac:LineReference><cac:Response>\
         <cbc:ResponseCode>RE</cbc:ResponseCode><cbc:Description>{reason}</cbc:Description>\
         <cac:Status><cbc:StatusReasonCode>BV</cbc:StatusReasonCode></cac:Status></cac:Response></cac:LineResponse>"
    );
    let line = if reason.is_empty() { String::new() } else { line };
    format!(
        "<ApplicationResponse xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2\" \
         xmlns:cac=\"urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2\" \
         xmlns:cbc=\"urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2\">\
         <cbc:CustomizationID>urn:fdc:peppol.eu:poacc:trns:mlr:3</cbc:CustomizationID>\
         <cbc:ProfileID>urn:fdc:peppol.eu:poacc:bis:mlr:3</cbc:ProfileID><cbc:ID>M1</cbc:ID><cbc:IssueDate>2026-03-02</cbc:IssueDate>\
         <cac:SenderParty><cbc:EndpointID schemeID=\"9944\">NL001234567B01</cbc:EndpointID></cac:SenderParty>\
         <cac:ReceiverParty><cbc:EndpointID schemeID=\"9944\">NL001234567B01</cbc:EndpointID></cac:ReceiverParty>\
         <cac:DocumentResponse><cac:Response><cbc:ResponseCode>{code}</cbc:ResponseCode></cac:Response>\
         <cac:DocumentReference><cbc:ID>{number}</cbc:ID></cac:DocumentReference>{line}</cac:DocumentResponse></ApplicationResponse>"
    )
}

/// Brings a document with a token; the status, and the answer.
async fn brought(gateway: &Gateway, token: &str, document: &str) -> (u16, Value) {
    let request =
        Request::new("POST", "/peppol/documents").header("X-Token", token).header("Content-Type", "application/xml").body(document.as_bytes());
    let answer = gateway.client().send(request).await.expect("an answer");
    (answer.status, answer.json().unwrap_or_default())
}

async fn what_the_access_point_brings_is_taken(engine: Engine) {
    let (port, _) = access_point("SENT").await;
    let config = Config { access_point: Some(point(port)), private_hosts: vec![format!("127.0.0.1:{port}")], ..Config::default() };
    let gateway = Gateway::with_config(engine, &world("\"peppol\"", "beside"), config).await;
    let (mut desk, invoice) = invoiced(&gateway).await;
    until(&mut desk, &invoice, "sent").await;
    let number = invoice["number"].as_str().expect("a number");
    // The customer's answer, as their program writes it (einvoicing, section 17).
    let party = |scheme: &str, endpoint: &str| ResponseParty { endpoint_scheme: scheme.into(), endpoint: endpoint.into(), name: "x".into() };
    let response = |status, about: &str| ubl_response::Response {
        id: "R1".into(),
        issued_on: "2026-03-02".into(),
        sender: party("9944", "NL001234567B01"),
        receiver: party("9944", "NL001234567B01"),
        status,
        clarifications: Vec::new(),
        invoice: about.into(),
        invoice_day: "2026-03-02".into(),
        invoice_kind: "380".into(),
    };
    let token = "a-secret-of-the-test";
    // That the message can be read is no acceptance.
    for code in ["AB", "AP"] {
        assert_eq!(brought(&gateway, token, &of_message(code, number, "")).await.0, 200);
        assert_eq!(until(&mut desk, &invoice, "delivered").await["handle"], "ap-1", "{code}");
    }
    for (status, state) in [(Status::InProcess, "delivered"), (Status::Accepted, "accepted"), (Status::Paid, "paid"), (Status::Rejected, "rejected")]
    {
        let (answered, body) = brought(&gateway, token, &ubl_response::write(&response(status, number))).await;
        assert_eq!((answered, body["countryCodeC4"].as_str()), (200, Some("NL")), "{body}");
        assert_eq!(until(&mut desk, &invoice, state).await["handle"], "ap-1");
    }
    // How the message came through says nothing of what the customer decides, before or after it (T71).
    for (code, reason, state) in [("AP", "", "rejected"), ("RE", "BR-CO-15 fails", "rejected")] {
        assert_eq!(brought(&gateway, token, &of_message(code, number, reason)).await.0, 200);
        assert!(until(&mut desk, &invoice, state).await["said"].as_str().expect("words").contains(reason), "{code}");
    }
    assert_eq!(brought(&gateway, "another", &ubl_response::write(&response(Status::Paid, number))).await.0, 401);
    assert_eq!(brought(&gateway, token, &ubl_response::write(&response(Status::Paid, "UNKNOWN"))).await.0, 404);
    // A supplier's invoice in its envelope: kept for the buyer it is addressed to. The order has its invoice already, so a person looks.
    let document = desk.call("GET", &format!("/api/v1/customers/library/invoices/{}", invoice["id"].as_str().expect("an id")), None).await;
    let document = document.expect("a document").text().replace(number, "SUPPLIER-1");
    let bare = document.split_once("?>").map_or(document.as_str(), |(_, rest)| rest);
    let wrapped = format!(
        "<StandardBusinessDocument xmlns=\"urn:s\"><StandardBusinessDocumentHeader><HeaderVersion>1.0</HeaderVersion></StandardBusinessDocumentHeader>\
         {bare}</StandardBusinessDocument>"
    );
    assert_eq!(brought(&gateway, token, &wrapped).await.0, 200);
    let mut orderer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let received = orderer.items("/api/v1/received-invoices").await.expect("what was received");
    assert_eq!((received.len(), received[0]["number"].as_str()), (1, Some("SUPPLIER-1")), "{received:?}");
    for (odd, status) in [
        ("", 422),
        ("no XML", 422),
        ("<Invoice/>", 404),
        (&document.replace("NL001234567B01</cbc:EndpointID>", "NL999999999B01</cbc:EndpointID>"), 404),
    ] {
        assert_eq!(brought(&gateway, token, odd).await.0, status, "{odd:.40}");
    }
    gateway.stop().await;
}
