//! Files inside invoices: a supplier's go along with the next invoice of an order, once and byte for byte; those of somebody else's invoice are
//! listed and handed out as what they are, never as a page. Which kinds may go is in BR-CL-24; every document is judged by the official rules.

use serde_json::{Value, json};

use crate::invoicing::{documents, on, order, run, shipped, world};
use crate::on_both_engines;
use crate::orders::press;
use crate::receiving::DOC;
use crate::support::Engine;
use crate::support::gateway::{Api, sign_in_on_page};
use crate::support::http::{Answer, Request};

on_both_engines! {
    a_file_goes_with_the_next_invoice_once,
    what_no_invoice_may_carry_is_refused,
    files_are_put_and_taken_away_on_the_page,
    each_order_of_a_collective_invoice_brings_its_own,
    files_of_a_received_invoice_are_handed_out_with_care,
}

const PDF: &[u8] = b"%PDF-1.7 hours of a week";
const FILES: &str = "/api/v1/desk/orders/library/1/files";

async fn put(desk: &mut Api, at: &str, bytes: &[u8]) -> Answer {
    desk.client.send(Request::new("PUT", at).body(bytes)).await.expect("an answer")
}

/// Name and invoice of each file of the order.
async fn files(desk: &mut Api, number: &str) -> Vec<(String, String)> {
    let shown = desk.get(&format!("/api/v1/desk/orders/library/{number}")).await.expect("the order");
    let text = |file: &Value, key: &str| file[key].as_str().unwrap_or_default().to_string();
    shown["files"].as_array().expect("files").iter().map(|file| (text(file, "name"), text(file, "invoice"))).collect()
}

async fn a_file_goes_with_the_next_invoice_once(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, "").await;
    let placed = orderer.call("POST", "/api/v1/orders", Some(&order("1", &[("5", on("FILM"))]))).await.expect("an answer").json().expect("JSON");
    for (name, bytes) in [("hours.pdf", PDF), ("hours.csv", b"day;hours\r\nmo;8\r\n"), ("wrong.pdf", PDF)] {
        let answer = put(&mut desk, &format!("{FILES}/{name}"), bytes).await;
        assert_eq!(answer.status, 204, "{name}: {}", answer.text());
    }
    let taken = desk.call("DELETE", &format!("{FILES}/wrong.pdf"), None).await.expect("an answer");
    assert_eq!(taken.status, 204, "{}", taken.text());
    assert_eq!(press(&mut desk, &placed, "ship", "line=1&quantity-1=2").await, 303);
    let date = gateway.clock.now().date();
    let preview = desk.call("POST", "/api/v1/invoice-runs/preview", Some(&json!({"reference_date": date}))).await.expect("an answer");
    assert_eq!(preview.status, 200, "{}", preview.text());
    let wait = |name: &str| (name.to_string(), String::new());
    assert_eq!(files(&mut desk, "1").await, [wait("hours.csv"), wait("hours.pdf")], "a preview takes nothing along");
    assert_eq!(run(&mut desk, "first", &date).await["customers"][0]["invoices"], 1);
    let (row, invoice) = documents(&mut orderer).await.remove(0);
    let carried: Vec<(&str, &str, &[u8])> = invoice.attachments.iter().map(|file| (file.name.as_str(), file.mime, file.bytes.as_slice())).collect();
    assert_eq!(carried, [("hours.csv", "text/csv", &b"day;hours\r\nmo;8\r\n"[..]), ("hours.pdf", "application/pdf", PDF)]);
    let number = row["number"].as_str().expect("a number").to_string();
    assert_eq!(files(&mut desk, "1").await, [("hours.csv".to_string(), number.clone()), ("hours.pdf".to_string(), number)]);
    let copy = orderer.call("GET", &format!("/api/v1/invoices/{}/copy", row["id"].as_str().expect("an id")), None).await.expect("a copy");
    if let Some(words) = crate::copies::words_of(&copy.body) {
        assert!(words.contains("With the electronic document: hours.csv, hours.pdf"), "{words}");
    }
    // What went stays as it is: neither another in its place, nor none.
    let again = put(&mut desk, &format!("{FILES}/hours.pdf"), b"%PDF-1.7 other").await;
    assert_eq!((again.status, &again.json().expect("JSON")["findings"][0]["code"]), (422, &json!("name-taken")));
    assert_eq!(desk.call("DELETE", &format!("{FILES}/hours.pdf"), None).await.expect("an answer").status, 409);
    let placed = orderer.get("/api/v1/orders/1").await.expect("the order");
    assert_eq!(press(&mut desk, &placed, "ship", "").await, 303);
    assert_eq!(press(&mut desk, &placed, "invoice", "").await, 303);
    let all = documents(&mut orderer).await;
    assert_eq!(all.iter().map(|(_, invoice)| invoice.attachments.len()).collect::<Vec<_>>(), [2, 0]);
    gateway.stop().await;
}

async fn what_no_invoice_may_carry_is_refused(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, "").await;
    orderer.call("POST", "/api/v1/orders", Some(&order("1", &[("5", on("FILM"))]))).await.expect("an answer");
    let large = [PDF, &vec![b' '; 3 * 1024 * 1024]].concat();
    for (name, bytes, code) in [
        ("run.exe", &b"MZ\x90\x00"[..], "unusable"),
        ("page.pdf", b"<html><script>alert(1)</script>", "unusable"),
        ("words.docx", b"PK\x03\x04word/document.xml", "unusable"),
        ("empty.pdf", b"", "unusable"),
        ("large.pdf", &large, "file-too-large"),
    ] {
        let answer = put(&mut desk, &format!("{FILES}/{name}"), bytes).await;
        assert_eq!((answer.status, &answer.json().expect("JSON")["findings"][0]["code"]), (422, &json!(code)), "{name}");
    }
    // Together they are held against the same limit.
    let half = &large[..2 * 1024 * 1024];
    assert_eq!(put(&mut desk, &format!("{FILES}/one.pdf"), half).await.status, 204);
    assert_eq!(put(&mut desk, &format!("{FILES}/two.pdf"), half).await.status, 422);
    assert_eq!(put(&mut desk, &format!("{FILES}/one.pdf"), half).await.status, 204, "in place of itself");
    assert_eq!(files(&mut desk, "1").await, [("one.pdf".to_string(), String::new())]);
    assert_eq!(put(&mut desk, "/api/v1/desk/orders/library/2/files/one.pdf", PDF).await.status, 404, "no such order");
    gateway.stop().await;
}

async fn files_are_put_and_taken_away_on_the_page(engine: Engine) {
    let (gateway, mut orderer, _) = world(engine, "").await;
    let placed = orderer.call("POST", "/api/v1/orders", Some(&order("1", &[("5", on("FILM"))]))).await.expect("an answer").json().expect("JSON");
    let page = format!("/desk/library/{}", placed["id"].as_str().expect("an id"));
    let mut client = sign_in_on_page(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let origin = format!("http://{}", client.address);
    let part = |head: &str, bytes: &[u8]| {
        let head = format!("--edge\r\nContent-Disposition: form-data; {head}\r\n\r\n");
        [head.as_bytes(), bytes, b"\r\n--edge--\r\n"].concat()
    };
    for (body, status, expected) in [
        (part("name=\"file\"; filename=\"C:\\\\bon.pdf\"", PDF), 303, "bon.pdf<small>application/pdf, waits for the invoice"),
        (part("name=\"file\"; filename=\"page.html\"", b"<p>"), 422, "page.html"),
        (part("name=\"file\"; filename=\"\"", b""), 422, "The file is missing"),
        (part("name=\"remove\"", b"bon.pdf"), 303, "Files for the invoice"),
    ] {
        let request = Request::new("POST", format!("{page}/files")).header("Origin", &origin);
        let answer = client.send(request.header("Content-Type", "multipart/form-data; boundary=edge").body(body)).await.expect("an answer");
        assert_eq!(answer.status, status, "{expected}: {}", answer.text());
        let shown = if status == 303 { client.get(&page).await.expect("the page").text() } else { answer.text() };
        assert!(shown.contains(expected), "{expected} in {shown}");
    }
    assert!(!client.get(&page).await.expect("the page").text().contains("bon.pdf"), "it was taken away");
    gateway.stop().await;
}

async fn each_order_of_a_collective_invoice_brings_its_own(engine: Engine) {
    let (gateway, mut orderer, mut desk) = world(engine, "[buyer.invoicing]\ngrouping = []\nseveral_orders = true\n").await;
    for number in ["1", "2"] {
        shipped(&mut orderer, &mut desk, &order(number, &[("1", on("FILM"))])).await;
        let at = format!("/api/v1/desk/orders/library/{number}/files/receipt.pdf");
        assert_eq!(put(&mut desk, &at, format!("%PDF-1.7 {number}").as_bytes()).await.status, 204);
    }
    assert_eq!(run(&mut desk, "all", &gateway.clock.now().date()).await["customers"][0]["invoices"], 1);
    let (_, invoice) = documents(&mut orderer).await.remove(0);
    let carried: Vec<(&str, &[u8])> = invoice.attachments.iter().map(|file| (file.description.as_str(), file.bytes.as_slice())).collect();
    assert_eq!(carried, [("1", &b"%PDF-1.7 1"[..]), ("2", b"%PDF-1.7 2")]);
    gateway.stop().await;
}

/// A supplier's invoice with a file, one that is not what it says, and one that lies elsewhere.
pub fn with_files(document: &str) -> String {
    let embedded = |id: &str, name: &str, text: &str| {
        format!(
            "<cac:AdditionalDocumentReference><cbc:ID>{id}</cbc:ID><cbc:DocumentDescription>Hours</cbc:DocumentDescription><cac:Attachment>\
             <cbc:EmbeddedDocumentBinaryObject mimeCode=\"application/pdf\" filename=\"{name}\">{text}</cbc:EmbeddedDocumentBinaryObject>\
             </cac:Attachment></cac:AdditionalDocumentReference>"
        )
    };
    let elsewhere = "<cac:AdditionalDocumentReference><cbc:ID>photo</cbc:ID><cac:Attachment><cac:ExternalReference>\
         <cbc:URI>https://supplier.example/photo</cbc:URI></cac:ExternalReference></cac:Attachment></cac:AdditionalDocumentReference>";
    // `%PDF-1.7 x` and `<script>` in base64.
    let files = format!("{}{}{elsewhere}", embedded("A1", "../uren week.pdf", "JVBERi0x\nLjcgeA=="), embedded("A2", "page.pdf", "PHNjcmlwdD4="));
    document.replacen("<cac:AccountingSupplierParty>", &format!("{files}<cac:AccountingSupplierParty>"), 1)
}

async fn files_of_a_received_invoice_are_handed_out_with_care(engine: Engine) {
    let (gateway, mut orderer, _) = world(engine, "").await;
    let brought = Request::new("POST", "/api/v1/received-invoices").body(with_files(&DOC.xml()));
    let brought = orderer.client.send(brought).await.expect("an answer").json().expect("JSON");
    let at = format!("/api/v1/received-invoices/{}", brought["id"].as_str().unwrap_or_else(|| panic!("{brought}")));
    let shown = orderer.get(&at).await.expect("the invoice");
    let expected = json!([
        {"number": 1, "name": "uren week.pdf", "description": "Hours", "type": "application/pdf", "bytes": 10, "link": ""},
        {"number": 2, "name": "page.pdf", "description": "Hours", "type": null, "bytes": 8, "link": ""},
        {"number": 3, "name": "photo", "description": "", "type": null, "bytes": 0, "link": "https://supplier.example/photo"},
    ]);
    assert_eq!(shown["files"], expected, "{shown}");
    for (number, kind, bytes) in [(1, "application/pdf", &b"%PDF-1.7 x"[..]), (2, "application/octet-stream", b"<script>")] {
        let answer = orderer.call("GET", &format!("{at}/files/{number}"), None).await.expect("a file");
        assert_eq!((answer.status, answer.header("content-type"), answer.body.as_slice()), (200, Some(kind), bytes));
        assert!(answer.header("content-disposition").is_some_and(|how| how.starts_with("attachment; filename=\"")), "{number}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    for number in ["0", "3", "4"] {
        assert_eq!(orderer.call("GET", &format!("{at}/files/{number}"), None).await.expect("an answer").status, 404, "{number}");
    }
    let mut client = sign_in_on_page(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let page = client.get(&format!("/received/{}", brought["id"].as_str().expect("an id"))).await.expect("a page").text();
    for part in ["/files/1\" download>uren week.pdf</a>", "not what it says it is", "https://supplier.example/photo"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("href=\"https://supplier.example"), "an address of somebody else is words");
    gateway.stop().await;
}
