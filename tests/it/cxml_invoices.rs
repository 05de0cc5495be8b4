//! Invoices to a buyer's cXML system with what goes along: discounts that the customer saw and the files of the invoice (reference
//! cxml-and-peppol-ordering, sections 1 and 17). The document type judges; our own reader takes the message apart, as it takes a buyer's.

use hookline::wire::cxml::mime;

use crate::cxml::{assert_valid, between, buyer_system, line, order, post, world};
use crate::on_both_engines;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway};
use crate::support::http::Request;
use crate::support::receiver::{Seen, at_least, body, header};

on_both_engines! {
    a_discount_and_files_reach_the_buyer_and_the_credit_note_has_the_discount,
    an_invoice_without_files_is_the_document_alone,
}

const PDF: &[u8] = b"%PDF-1.7 hours of a week\r\n--hookline-\r\n\x00\xff";
const CSV: &[u8] = b"day;hours\r\nmo;8\r\n";

async fn gateway(engine: Engine) -> (Gateway, Seen, Api) {
    let (port, seen) = buyer_system("200").await;
    let cheap = "\n[[article]]\ncatalogue = \"main\"\nnumber = \"CHEAP-1\"\ndescription = \"A book\"\nunit = \"C62\"\nprice = \"10.00\"\nshop_price = \"12.50\"\n\
        currency = \"EUR\"\nvat = \"9\"\n";
    let finance = "[[person]]\nsign_in = \"finance@acme.example\"\npassword = \"Finance-password-1\"\nname = \"Finance\"\nmail = \"f@acme.example\"\n\
        language = \"en\"\nsupplier = \"acme\"\nroles = [\"supplier_desk\", \"supplier_finance\"]\n";
    let told = world()
        .replace("own = [\"NetworkId:shop\"]\n", &format!("own = [\"NetworkId:shop\"]\noutbound_url = \"http://127.0.0.1:{port}/cxml\"\n"))
        .replacen("[[buyer]]\nid = \"firm\"", "[buyer.invoicing]\nchannels = [\"cxml\"]\n\n[[buyer]]\nid = \"firm\"", 1);
    let gateway = Gateway::with_private_host(engine, &format!("{told}\n{cheap}\n{finance}"), &format!("127.0.0.1:{port}")).await;
    let api = Api::signed_in(gateway.address, "finance@acme.example", "Finance-password-1").await.expect("signed in");
    (gateway, seen, api)
}

async fn ordered(gateway: &Gateway, number: &str) -> String {
    let document = order("o1@test", "production", &format!("orderID=\"{number}\""), "30", &line("3", "CHEAP-1", "", "10.00", ""));
    let placed = post(gateway, "college", &document).await;
    assert_eq!(placed.code, "200", "{}", placed.text);
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    hookline::store::order::by_number(&mut tx, "library", number).await.expect("a row").expect("the order").order.id
}

async fn steps(api: &mut Api, id: &str, steps: &[&str]) {
    for step in steps {
        let answer = api.call("POST", &format!("/desk/library/{id}/{step}"), None).await.expect("an answer");
        assert_eq!(answer.status, 303, "{step}: {}", answer.text());
    }
}

/// 12.50 in the shop, 10.00 for this customer.
fn assert_discount(document: &str) {
    let price = between(document, "<UnitPrice>", "</UnitPrice>").expect("a price");
    let amounts: Vec<&str> = price.split("<Money currency=\"EUR\">").skip(1).map(|rest| rest.split('<').next().unwrap_or_default()).collect();
    assert_eq!(amounts, ["10", "12.5", "2.5"], "{price}");
    assert!(
        price.contains("<OriginalPrice type=\"ListPrice\">") && price.contains("<AdditionalDeduction type=\"Discount\"><DeductionAmount>"),
        "{price}"
    );
}

async fn a_discount_and_files_reach_the_buyer_and_the_credit_note_has_the_discount(engine: Engine) {
    let (gateway, seen, mut api) = gateway(engine).await;
    let id = ordered(&gateway, "F-1").await;
    for (name, bytes) in [("Stunden März.pdf", PDF), ("hours.csv", CSV)] {
        let name = name.replace(' ', "%20").replace('ä', "%C3%A4");
        let put = Request::new("PUT", format!("/api/v1/desk/orders/library/F-1/files/{name}")).body(bytes);
        let answer = api.client.send(put).await.expect("an answer");
        assert_eq!(answer.status, 204, "{}", answer.text());
    }
    steps(&mut api, &id, &["ship", "invoice"]).await;
    let sent = at_least(&seen, 2).await.remove(1);
    let kind = header(&sent, "content-type");
    assert!(kind.starts_with("multipart/related; boundary=") && kind.contains("type=\"text/xml\""), "{kind}");
    let message = mime::read(&kind, body(&sent).as_bytes()).expect("a message of parts");
    let document = String::from_utf8(message.document.body).expect("UTF-8");
    assert_valid(&document, "InvoiceDetail.dtd");
    assert_discount(&document);
    // In the order of the invoice; each named by the document, each as it was brought.
    let parts: Vec<(&str, &str, &[u8])> =
        message.attachments.iter().map(|part| (part.id.as_str(), part.media_type.as_str(), part.body.as_slice())).collect();
    assert_eq!(parts, [("file-1@acme", "application/pdf", PDF), ("file-2@acme", "text/csv", CSV)]);
    let comments = between(&document, "<Comments", "</Comments>").expect("comments");
    assert_eq!(
        comments.split_once('>').expect("an element").1,
        "<Attachment><URL>cid:file-1@acme</URL></Attachment><Attachment><URL>cid:file-2@acme</URL></Attachment>"
    );
    assert!(body(&sent).contains("filename*=UTF-8''Stunden%20M%C3%A4rz.pdf") && body(&sent).contains("filename=\"hours.csv\""));
    // The secret is in what left and in no record, files or none.
    let secret = hookline::flow::cxml::secret(&gateway.server.app.form_key, "college");
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let rows = tx.sql("SELECT payload FROM outbox WHERE kind = 'cxml'").all().await.expect("rows");
    assert!(document.contains(&secret) && rows.iter().all(|row| !row.text("payload").expect("text").contains(&secret)));
    let row = tx.sql("SELECT id FROM invoice").first().await.expect("rows").expect("the invoice");
    drop(tx);
    let credit = serde_json::json!({"kind": "refund", "lines": [{"line": 1, "quantity": "1"}]});
    let target = format!("/api/v1/customers/library/invoices/{}/credits", row.text("id").expect("an id"));
    let answer = api.call("POST", &target, Some(&credit)).await.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.text());
    let note = at_least(&seen, 3).await.remove(2);
    assert_valid(body(&note), "InvoiceDetail.dtd");
    assert_discount(body(&note));
    assert!(header(&note, "content-type").starts_with("text/xml") && !body(&note).contains("cid:"), "the files went with the invoice");
    gateway.stop().await;
}

async fn an_invoice_without_files_is_the_document_alone(engine: Engine) {
    let (gateway, seen, mut api) = gateway(engine).await;
    let id = ordered(&gateway, "F-2").await;
    steps(&mut api, &id, &["ship", "invoice"]).await;
    let sent = at_least(&seen, 2).await.remove(1);
    assert!(header(&sent, "content-type").starts_with("text/xml"), "{sent}");
    assert_valid(body(&sent), "InvoiceDetail.dtd");
    assert!(!sent.contains("<Comments") && !sent.contains("cid:"), "{sent}");
    gateway.stop().await;
}
