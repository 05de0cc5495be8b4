//! Orders reach their suppliers by the channels these have, in their form, once, and nothing is dropped in silence. Receivers are sockets of the
//! test, some of them faulty.

use std::time::Duration;

use hookline::config::{Config, Smtp, SmtpUrl};
use hookline::einvoice::{Day, Profile, check};
use hookline::flow::{applying, exporting};
use hookline::store;
use hookline::store::order_delivery::Delivery;
use serde_json::{Value, json};

use crate::cxml::{assert_valid, world as cxml_world};
use crate::cxml_cases::documents::Document;
use crate::on_both_engines;
use crate::outbox::mail_server;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway};
use crate::support::http::{Client, Request};
use crate::support::receiver::{Reply, Seen, at_least, body, header, receiver};
use crate::support::waiting;

on_both_engines! {
    an_order_leaves_in_each_form,
    an_order_goes_in_ubl_and_over_the_network,
    a_change_and_a_cancellation_go_in_ubl_and_over_the_network,
    without_advanced_ordering_a_change_waits_for_a_person,
    a_price_that_changes_reaches_the_supplier,
    why_something_is_called_off_reaches_the_supplier,
    a_discount_on_the_whole_reaches_the_supplier,
    a_channel_that_fails_hands_over_to_the_next,
    what_no_channel_carries_waits_for_a_person,
    a_unit_of_its_own_goes_another_way_than_ubl,
    faulty_partners_get_the_order_once,
    a_busy_partner_says_when_to_come_back,
    a_mail_is_answered_by_its_link,
    silence_is_told,
    charges_are_told_by_every_channel,
    a_secret_is_sealed_and_never_shown,
}

pub const CXML_OK: &str = "<cXML payloadID='a' timestamp='2026-03-05T10:00:00+01:00'><Response><Status code='200' text='OK'/></Response></cXML>";

/// The world with these channels for the supplier.
pub fn with_channels(world: &str, channels: &str) -> String {
    let changed = world.replacen("iban = \"NL91ABNA0417164300\"\n", &format!("iban = \"NL91ABNA0417164300\"\n{channels}\n"), 1);
    assert_ne!(changed, world);
    changed
}

pub fn channel(form: &str, port: u16, more: &str) -> String {
    format!("[[supplier.channel]]\nform = \"{form}\"\nto = \"http://127.0.0.1:{port}/{form}\"\n{more}\n")
}

pub const PARTIES: &str = "own = \"NetworkId:gateway\"\nsupplier = \"DUNS:123\"\nbuyer = \"NetworkId:{buyer}\"\nsecret = \"Secret-of-the-supplier\"";

/// The same world with channels through an access point.
async fn over_network(engine: Engine, toml: &str, port: u16) -> Gateway {
    let config = Config { access_point: Some(crate::sending::point(port)), private_hosts: vec![format!("127.0.0.1:{port}")], ..Config::default() };
    Gateway::with_config(engine, toml, config).await
}

async fn gateway_for(engine: Engine, toml: &str, ports: &[u16], smtp: Option<u16>) -> Gateway {
    let smtp = smtp.map(|port| Smtp { url: SmtpUrl(format!("smtp://127.0.0.1:{port}")), from: "hookline@hookline.example".into() });
    let private_hosts = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
    let config = Config { smtp, private_hosts, public_url: Some("https://gateway.example".into()), ..Config::default() };
    Gateway::with_config(engine, toml, config).await
}

async fn placed(gateway: &Gateway, number: &str) -> Value {
    let mut buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let body = json!({"number": number, "connection": "lib", "ordered_by": "O. Rderer", "lines": [
        {"line": 1, "article": "BOOK-1", "quantity": "3", "coding": {"cost_centre": "4410"}}, {"line": 2, "article": "PEN-100", "quantity": "250", "coding": {"department": "Youth"}}]});
    let answer = buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json().expect("JSON")
}

async fn deliveries(gateway: &Gateway, order: &Value) -> Vec<Delivery> {
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    store::order_delivery::of_order(&mut tx, "library", order["id"].as_str().expect("an id")).await.expect("rows")
}

/// State, attempts and last answer of the one order message.
async fn message(gateway: &Gateway) -> (String, i64, String) {
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let row =
        tx.sql("SELECT state, attempts, last_answer FROM outbox WHERE kind = 'order' ORDER BY id").first().await.expect("a row").expect("a message");
    (row.text("state").expect("text"), row.int("attempts").expect("a number"), row.text("last_answer").expect("text"))
}

async fn until(gateway: &Gateway, wanted: impl Fn(&(String, i64, String)) -> bool) -> (String, i64, String) {
    waiting::until("a message as it is wanted", async || Some(message(gateway).await).filter(&wanted)).await
}

async fn an_order_leaves_in_each_form(engine: Engine) {
    for (form, more) in [
        ("webhook", ""),
        ("cxml", PARTIES),
        (
            "csv",
            "separator = \",\"\ncolumns = [\"order_no=PO\", \"line\", \"supplier_part\", \"quantity\", \"unit_price\", \"price_basis\", \"line_net\", \"cost_string\", \"buyer\"]",
        ),
    ] {
        let (port, seen) = receiver(|_, _| Reply::Body(200, "text/xml", CXML_OK.into())).await;
        let gateway = gateway_for(engine, &with_channels(WORLD, &channel(form, port, more)), &[port], None).await;
        let order = placed(&gateway, "4500000007").await;
        let requests = at_least(&seen, 1).await;
        let done = until(&gateway, |(state, _, _)| state == "done").await;
        assert_eq!((done.0.as_str(), requests.len()), ("done", 1), "{form}: {done:?}");
        let (request, kept) = (&requests[0], deliveries(&gateway, &order).await);
        assert_eq!((kept.len(), kept[0].form.as_str()), (1, form));
        match form {
            // 3 × 10.00; 250 × 9.52 / 100 = 23.80
            "csv" => {
                let expected = "\u{feff}PO,line,supplier_part,quantity,unit_price,price_basis,line_net,cost_string,buyer\r\n\
                     4500000007,1,BOOK-1,3,10.00,1,30.00,4410,Library of the Delta\r\n4500000007,2,PEN-100,250,9.52,100,23.80,OU=Youth,Library of the Delta\r\n";
                assert_eq!(body(request), expected);
                assert_eq!(kept[0].document, expected);
            }
            "cxml" => {
                assert_valid(body(request), "cXML.dtd");
                assert!(body(request).contains("<SharedSecret>Secret-of-the-supplier</SharedSecret>"), "{request}");
                for part in [
                    "<Identity>library</Identity>",
                    "<Identity>123</Identity>",
                    "orderID=\"4500000007\"",
                    "<SupplierPartID>PEN-100</SupplierPartID>",
                    "quantity=\"100\"",
                    ">53.80<",
                    "id=\"4410\"",
                    "id=\"Youth\"",
                    "Library of the Delta",
                ] {
                    assert!(body(request).contains(part), "{part}: {request}");
                }
                assert!(!kept[0].document.contains("Secret-of-the-supplier") && kept[0].document.contains("4500000007"));
            }
            _ => {
                let event: Value = serde_json::from_str(body(request)).expect("JSON");
                assert_eq!((event["type"].as_str(), event["data"]["number"].as_str()), (Some("order.placed"), Some("4500000007")));
                assert_eq!(event["data"]["document"]["lines"][1]["price_basis"], "100");
                assert!(header(request, "webhook-signature").starts_with("v1,") && !header(request, "webhook-id").is_empty());
            }
        }
        gateway.stop().await;
    }
}

/// Neither the rules of the message nor the structure of UBL refuse it.
fn assert_order_in_ubl(document: &str) {
    let day = Day::parse("2026-03-02").expect("a day");
    let report = check(document.as_bytes(), Some(Profile::Order), day);
    let findings: Vec<String> = report.findings.iter().map(|finding| format!("{finding:?}")).collect();
    assert!(report.accepted(), "{findings:?} in {document}");
    for part in [
        "<cbc:ID>4500000007</cbc:ID>",
        "PEN-100",
        "<cbc:BaseQuantity unitCode=\"C62\">100</cbc:BaseQuantity>",
        "<cbc:AccountingCost>4410</cbc:AccountingCost>",
        "<cbc:AccountingCost>OU=Youth</cbc:AccountingCost>",
    ] {
        assert!(document.contains(part), "{part}: {document}");
    }
}

async fn an_order_goes_in_ubl_and_over_the_network(engine: Engine) {
    for form in ["ubl", "peppol"] {
        let (port, seen) = receiver(|_, _| Reply::Body(200, "application/json", json!({"sbdhInstanceID": "ap-1"}).to_string())).await;
        let peppol = "[[supplier.channel]]\nform = \"peppol\"\nto = \"9944:NL009876543B01\"\n".to_string();
        let toml = with_channels(WORLD, &if form == "ubl" { channel(form, port, "") } else { peppol });
        let gateway = if form == "ubl" { gateway_for(engine, &toml, &[port], None).await } else { over_network(engine, &toml, port).await };
        let order = placed(&gateway, "4500000007").await;
        let requests = at_least(&seen, 1).await;
        let done = until(&gateway, |(state, _, _)| state == "done").await;
        assert_eq!(done.0, "done", "{done:?}");
        assert_order_in_ubl(body(&requests[0]));
        let endpoint = if form == "ubl" { "NL001234567B01" } else { "NL009876543B01" };
        assert!(body(&requests[0]).matches(endpoint).count() >= 1, "{}", requests[0]);
        if form == "peppol" {
            let head = requests[0].lines().next().expect("a request line");
            assert!(head.contains("NL009876543B01") && head.contains("order%3A3") && head.contains("ordering%3A3"), "{head}");
        }
        assert_eq!(deliveries(&gateway, &order).await[0].document, body(&requests[0]));
        gateway.stop().await;
    }
}

/// A world whose supplier takes orders in this form, and its gateway; `more` are settings of the channel.
async fn in_ubl(engine: Engine, form: &str, more: &str) -> (Gateway, Seen) {
    let (port, seen) = receiver(|_, _| Reply::Body(200, "application/json", json!({"sbdhInstanceID": "ap-1"}).to_string())).await;
    if form == "ubl" {
        return (gateway_for(engine, &with_channels(WORLD, &channel(form, port, more)), &[port], None).await, seen);
    }
    let peppol = format!("[[supplier.channel]]\nform = \"peppol\"\nto = \"9944:NL009876543B01\"\n{more}\n");
    (over_network(engine, &with_channels(WORLD, &peppol), port).await, seen)
}

/// The buyer changes or calls off what was ordered.
async fn commanded(gateway: &Gateway, what: &str, body: Value) {
    let mut buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let answer = buyer.call("POST", &format!("/api/v1/orders/4500000007/{what}"), Some(&body)).await.expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// What stands in the document at these places.
fn assert_says(document: &Document, expected: &[(&str, &str)]) {
    for (path, value) in expected {
        assert_eq!(document.xpath(path), *value, "{path}: {}", document.xml);
    }
}

/// What the rules, the publisher's structure of the message and the schema of UBL say against it, but that no day for an answer is named (R002).
fn assert_accepted(document: &Document, profile: Profile) {
    let report = check(document.xml.as_bytes(), Some(profile), Day::parse("2026-03-02").expect("a day"));
    assert!(report.accepted(), "{:?} in {}", report.findings, document.xml);
    let faults: Vec<String> = document.faults().into_iter().filter(|fault| !fault.contains("-R002 at")).collect();
    assert!(faults.is_empty(), "{faults:?} in {}", document.xml);
}

fn sent_as(name: &str, request: &str) -> Document {
    Document { name: name.into(), xml: body(request).into() }
}

async fn a_change_and_a_cancellation_go_in_ubl_and_over_the_network(engine: Engine) {
    for form in ["ubl", "peppol"] {
        let (gateway, seen) = in_ubl(engine, form, "process = \"advanced_ordering\"").await;
        let order = placed(&gateway, "4500000007").await;
        at_least(&seen, 1).await;
        commanded(&gateway, "changes", json!({"line": 2, "quantity": "200"})).await;
        at_least(&seen, 2).await;
        commanded(&gateway, "cancellations", json!({"lines": [{"line": 2}]})).await;
        at_least(&seen, 3).await;
        commanded(&gateway, "cancellations", json!({})).await;
        let requests = at_least(&seen, 4).await;
        let kinds = [Profile::Order, Profile::OrderChange, Profile::OrderChange, Profile::OrderCancellation];
        let names = ["Order", "OrderChange", "OrderChange", "OrderCancellation"];
        let documents: Vec<Document> = names.iter().zip(&requests).map(|(name, request)| sent_as(name, request)).collect();
        for ((document, profile), request) in documents.iter().zip(kinds).zip(&requests) {
            assert_accepted(document, profile);
            assert_says(document, &[("/*/ProfileID", "urn:fdc:peppol.eu:poacc:bis:advanced_ordering:3")]);
            let head = request.lines().next().expect("a request line");
            let kind = document.xpath("/*/CustomizationID").replace(':', "%3A");
            assert!(form == "ubl" || head.contains(&kind) && head.contains("advanced_ordering%3A3"), "{head}");
        }
        // Section 23: the whole order in its new form, and per line 4 unchanged, 3 changed, 2 deleted. 200 × 9.52 / 100 = 19.04.
        assert_says(
            &documents[1],
            &[
                ("/OrderChange/OrderReference/ID", "4500000007"),
                ("/OrderChange/SequenceNumberID", "1"),
                ("count(//OrderLine)", "2"),
                ("//LineItem[ID='1']/LineStatusCode", "4"),
                ("//LineItem[ID='1']/Quantity", "3"),
                ("//LineItem[ID='2']/LineStatusCode", "3"),
                ("//LineItem[ID='2']/Quantity", "200"),
                ("//AnticipatedMonetaryTotal/PayableAmount", "49.04"),
            ],
        );
        assert_says(
            &documents[2],
            &[
                ("/OrderChange/SequenceNumberID", "2"),
                ("//LineItem[ID='1']/LineStatusCode", "4"),
                ("//LineItem[ID='2']/LineStatusCode", "2"),
                ("//LineItem[ID='2']/Quantity", "0"),
                ("//AnticipatedMonetaryTotal/PayableAmount", "30.00"),
            ],
        );
        let cancelled = [("/OrderCancellation/OrderReference/ID", "4500000007"), ("/OrderCancellation/CancellationNote", "Cancelled by the buyer")];
        assert_says(&documents[3], &cancelled);
        let ids: std::collections::BTreeSet<String> = documents.iter().map(|document| document.xpath("/*/ID")).collect();
        assert_eq!(ids.len(), 4, "each has a number of its own: {ids:?}");
        until_kept(&gateway, &order, &documents).await;
        gateway.stop().await;
    }
}

/// Of an order that came as a document too, which has the price from before.
async fn a_price_that_changes_reaches_the_supplier(engine: Engine) {
    let (port, seen) = receiver(|_, _| Reply::Body(200, "text/xml", CXML_OK.into())).await;
    let gateway = gateway_for(engine, &with_channels(&cxml_world(), &channel("cxml", port, PARTIES)), &[port], None).await;
    let items = crate::cxml::line("3", "BOOK-1", "", "10.00", "FICTION");
    let document = crate::cxml::order("o1@test", "production", "orderID=\"4500000007\"", "30", &items);
    assert_eq!(crate::cxml::post(&gateway, "college", &document).await.code, "200");
    at_least(&seen, 1).await;
    commanded(&gateway, "changes", json!({"line": 1, "price": "9.00"})).await;
    let changed = at_least(&seen, 2).await;
    assert_valid(body(&changed[1]), "cXML.dtd");
    // 3 × 9.00
    for part in ["type=\"update\"", "<UnitPrice><Money currency=\"EUR\">9", ">27.00<"] {
        assert!(body(&changed[1]).contains(part), "{part}: {}", changed[1]);
    }
    gateway.stop().await;
}

async fn why_something_is_called_off_reaches_the_supplier(engine: Engine) {
    let (part, all) = ("too many", "No longer needed: R & D <moved>");
    for (form, more) in [("ubl", "process = \"advanced_ordering\""), ("cxml", PARTIES), ("csv", ""), ("webhook", ""), ("mail", "")] {
        let (mail_port, mails) = mail_server().await;
        let (port, seen) = receiver(|_, _| Reply::Body(200, "text/xml", CXML_OK.into())).await;
        let mail = "[[supplier.channel]]\nform = \"mail\"\nto = \"orders@acme.example\"\n".to_owned();
        let (channels, seen) = if form == "mail" { (mail, mails) } else { (channel(form, port, more), seen) };
        let gateway = gateway_for(engine, &with_channels(WORLD, &channels), &[port], Some(mail_port)).await;
        placed(&gateway, "4500000007").await;
        at_least(&seen, 1).await;
        commanded(&gateway, "cancellations", json!({"lines": [{"line": 2}], "reason": part})).await;
        at_least(&seen, 2).await;
        commanded(&gateway, "cancellations", json!({"reason": format!("  {all}\u{7}")})).await;
        let told = at_least(&seen, 3).await;
        match form {
            "ubl" => {
                let (change, off) = (sent_as("OrderChange", &told[1]), sent_as("OrderCancellation", &told[2]));
                assert_accepted(&change, Profile::OrderChange);
                assert_accepted(&off, Profile::OrderCancellation);
                assert_says(&change, &[("/OrderChange/Note", part)]);
                assert_says(&off, &[("/OrderCancellation/CancellationNote", all)]);
            }
            "cxml" => {
                for (request, kind, why) in [(&told[1], "update", part), (&told[2], "delete", all)] {
                    assert_valid(body(request), "cXML.dtd");
                    let document = sent_as("cXML", request);
                    assert_says(&document, &[("//OrderRequestHeader/@type", kind), ("//OrderRequestHeader/Comments[1]", why)]);
                    // The cancellation repeats what was left of the order: 3 × 10.00.
                    assert_says(&document, &[("count(//ItemOut)", "1"), ("//ItemOut/@quantity", "3"), ("//Total/Money", "30.00")]);
                }
            }
            "csv" => {
                let row = |request: &str| body(request).lines().nth(1).map(str::to_owned).expect("a row");
                assert!(row(&told[1]).contains(part), "{}", told[1]);
                let off = row(&told[2]);
                assert!(off.starts_with("4500000007;3;delete;") && off.contains(all), "{}", told[2]);
                assert_eq!(body(&told[2]).lines().count(), 2);
            }
            "webhook" => {
                let why = |request: &str| serde_json::from_str::<Value>(body(request)).expect("JSON")["reason"].clone();
                assert_eq!(told.iter().map(|request| why(request)).collect::<Vec<_>>(), [json!(null), json!(part), json!(all)]);
            }
            _ => {
                let whole = |mail: &String| mail.replace("=\n", "");
                let why = |mail: &String| whole(mail).lines().find(|line| line.starts_with("Reason: ")).map(str::to_owned);
                assert_eq!(told.iter().map(why).collect::<Vec<_>>(), [None, Some(format!("Reason: {part}")), Some(format!("Reason: {all}"))]);
            }
        }
        gateway.stop().await;
    }
}

/// 3 × 10.00 less 2.00, from a buyer's cXML to a supplier's, and as that supplier reads it: with our own reader.
async fn a_discount_on_the_whole_reaches_the_supplier(engine: Engine) {
    let (port, seen) = receiver(|_, _| Reply::Body(200, "text/xml", CXML_OK.into())).await;
    let gateway = gateway_for(engine, &with_channels(&cxml_world(), &channel("cxml", port, PARTIES)), &[port], None).await;
    let items = crate::cxml::line("3", "BOOK-1", "", "10.00", "FICTION");
    let less = "</Money><Modifications><Modification><AdditionalDeduction><DeductionAmount><Money currency=\"EUR\">2.00</Money></DeductionAmount>\
                </AdditionalDeduction></Modification></Modifications></Total>";
    let document = crate::cxml::order("o1@test", "production", "orderID=\"4500000007\"", "28", &items).replace("</Money></Total>", less);
    let placed = crate::cxml::post(&gateway, "college", &document).await;
    assert_eq!(placed.code, "200", "{}", placed.text);
    // FICTION has 100.00.
    let mut buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let budget = &buyer.items("/api/v1/budgets").await.expect("the budgets")[0];
    assert_eq!((budget["committed"].as_i64(), budget["available"].as_i64()), (Some(2_800), Some(7_200)), "{budget}");
    let sent = at_least(&seen, 1).await.remove(0);
    assert_valid(body(&sent), "cXML.dtd");
    let document = sent_as("cXML", &sent);
    assert_says(
        &document,
        &[
            ("//Total/Money", "28.00"),
            ("//Total//OriginalPrice/Money", "30.00"),
            ("number(//Total//DeductionAmount/Money)", "2"),
            ("count(//Shipping)", "0"),
            ("number(//ItemOut/ItemDetail/UnitPrice/Money)", "10"),
        ],
    );
    // The same document, from the buyer to another house.
    let inner = body(&sent).split_once("<OrderRequest>").and_then(|(_, rest)| rest.split_once("</OrderRequest>")).expect("an order").0;
    let again = crate::cxml::request("o2@test", crate::cxml::SECRET, "production", &format!("<OrderRequest>{inner}</OrderRequest>"));
    let placed = crate::cxml::post(&gateway, "college", &again.replace("orderID=\"4500000007\"", "orderID=\"4500000008\"")).await;
    assert_eq!(placed.code, "200", "{}", placed.text);
    let budget = &buyer.items("/api/v1/budgets").await.expect("the budgets")[0];
    assert_eq!(budget["committed"].as_i64(), Some(5_600), "{budget}");
    gateway.stop().await;
}

/// What is kept is what was sent, in its order.
async fn until_kept(gateway: &Gateway, order: &Value, documents: &[Document]) {
    let all = async || Some(deliveries(gateway, order).await).filter(|kept| kept.len() == documents.len());
    let kept = waiting::until("a delivery for each document", all).await;
    assert_eq!(
        kept.iter().map(|delivery| delivery.document.as_str()).collect::<Vec<_>>(),
        documents.iter().map(|document| document.xml.as_str()).collect::<Vec<_>>()
    );
}

async fn without_advanced_ordering_a_change_waits_for_a_person(engine: Engine) {
    let (gateway, seen) = in_ubl(engine, "ubl", "").await;
    placed(&gateway, "4500000007").await;
    let first = at_least(&seen, 1).await.remove(0);
    assert_says(&sent_as("Order", &first), &[("/Order/ProfileID", "urn:fdc:peppol.eu:poacc:bis:ordering:3")]);
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    assert_eq!(
        desk.items("/api/v1/channels").await.expect("the channels")[0]["channels"][0]["cannot"],
        json!(["change", "cancel", "attachments", "units"])
    );
    commanded(&gateway, "changes", json!({"line": 2, "quantity": "200"})).await;
    let parked = async || {
        let listed = desk.items("/api/v1/channels").await.expect("the channels").remove(0);
        (listed["waiting"][0]["state"] == "parked").then_some(listed)
    };
    let waiting = waiting::until("a parked change", parked).await;
    assert_eq!(waiting["waiting"][0]["last_answer"], "no channel of the supplier can carry: change", "{waiting}");
    assert_eq!(seen.lock().expect("no panic").len(), 1);
    gateway.stop().await;
}

async fn a_channel_that_fails_hands_over_to_the_next(engine: Engine) {
    // Refused for good, and failing for a while: the next channel has it at once, and the first is never asked again.
    for (status, tries, asked) in [(410, 3, 1), (500, 2, 2)] {
        let (first, first_seen) = receiver(move |_, _| Reply::Status(status)).await;
        let (second, second_seen) = receiver(|_, _| Reply::Status(200)).await;
        let channels = format!("{}{}", channel("webhook", first, &format!("tries = {tries}")), channel("csv", second, ""));
        let gateway = gateway_for(engine, &with_channels(WORLD, &channels), &[first, second], None).await;
        let order = placed(&gateway, "4500000007").await;
        for attempt in 1..=i64::try_from(asked).expect("few") {
            at_least(&first_seen, usize::try_from(attempt).expect("few")).await;
            until(&gateway, |(_, attempts, answer)| *attempts >= attempt && !answer.is_empty()).await;
            gateway.advance(Duration::from_secs(6));
        }
        let done = until(&gateway, |(state, _, _)| state == "done").await;
        assert_eq!(done.0, "done", "{done:?}");
        assert_eq!((at_least(&first_seen, asked).await.len(), at_least(&second_seen, 1).await.len()), (asked, 1), "{status}");
        let kept = deliveries(&gateway, &order).await;
        assert_eq!(kept.iter().map(|delivery| delivery.form.as_str()).collect::<Vec<_>>(), ["csv"]);
        gateway.stop().await;
    }
}

async fn what_no_channel_carries_waits_for_a_person(engine: Engine) {
    let (port, seen) = receiver(|_, _| Reply::Status(200)).await;
    let toml = with_channels(WORLD, &channel("csv", port, "cannot = [\"price_basis\"]"));
    let gateway = gateway_for(engine, &toml, &[port], None).await;
    placed(&gateway, "4500000007").await;
    let parked = until(&gateway, |(state, _, _)| state == "parked").await;
    assert_eq!((parked.0.as_str(), parked.2.as_str()), ("parked", "no channel of the supplier can carry: price_basis"));
    assert!(seen.lock().expect("no panic").is_empty());
    // The supplier can take it after all: the message goes with the channels as they are now.
    applying::apply(&gateway.server.app, &toml.replace("cannot = [\"price_basis\"]", ""), "world").await.expect("applied");
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let listed = desk.items("/api/v1/channels").await.expect("the channels").remove(0);
    assert_eq!((listed["channels"][0]["form"].as_str(), listed["waiting"][0]["number"].as_str()), (Some("csv"), Some("4500000007")));
    assert_eq!(listed["channels"][0]["cannot"], json!(["split_dates", "charges", "attachments"]));
    let again = format!("/api/v1/channels/library/{}/again", listed["waiting"][0]["id"].as_str().expect("an id"));
    let mut other = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    assert_eq!(other.call("POST", &again, None).await.expect("an answer").status, 403);
    assert_eq!(desk.call("POST", &again, None).await.expect("an answer").status, 204);
    assert_eq!(at_least(&seen, 1).await.len(), 1);
    assert_eq!(until(&gateway, |(state, _, _)| state == "done").await.0, "done");
    assert_eq!(desk.call("POST", &again, None).await.expect("an answer").status, 409, "it does not wait any more");
    gateway.stop().await;
}

/// Section 33: units are codes of Recommendation 20, and none is made up for one that is not.
async fn a_unit_of_its_own_goes_another_way_than_ubl(engine: Engine) {
    let odd = "\n[[article]]\ncatalogue = \"main\"\nnumber = \"ODD\"\ndescription = \"By the bundle\"\nunit = \"XQ9\"\nprice = \"1.00\"\n\
        currency = \"EUR\"\n";
    let (ubl, in_ubl) = receiver(|_, _| Reply::Body(200, "text/plain", String::new())).await;
    let (hook, by_webhook) = receiver(|_, _| Reply::Body(200, "text/plain", String::new())).await;
    for (forms, state, why) in [(&["ubl", "webhook"][..], "done", ""), (&["ubl"], "parked", "no channel of the supplier can carry: units")] {
        let ports = [ubl, hook];
        let channels: String = forms.iter().zip(ports).map(|(form, port)| channel(form, port, "")).collect();
        let toml = format!("{}{odd}", with_channels(WORLD, &channels));
        let gateway = gateway_for(engine, &toml, &ports, None).await;
        // Before anything is ordered, the list says so.
        let known = gateway.operator().await.expect("the operator").items("/api/v1/channels").await.expect("the channels");
        let known = known.iter().find(|one| one["supplier"] == "acme").expect("the supplier");
        assert_eq!(known["channels"][0]["cannot"], json!(["change", "cancel", "attachments", "units"]));
        let mut buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
        let body = json!({"number": "45009", "connection": "lib", "lines": [{"line": 1, "article": "ODD", "quantity": "3"}]});
        assert_eq!(buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer").status, 201);
        let done = until(&gateway, |(now, _, _)| now == state).await;
        assert!(done.0 == state && done.2.contains(why), "{done:?}");
        gateway.stop().await;
    }
    assert!(in_ubl.lock().expect("seen").is_empty());
    let told = by_webhook.lock().expect("seen").clone();
    assert!(told.len() == 1 && body(&told[0]).contains("\"unit\":\"XQ9\""), "{told:?}");
}

async fn faulty_partners_get_the_order_once(engine: Engine) {
    let elsewhere = receiver(|_, _| Reply::Status(200)).await;
    let redirect = Reply::Redirect(format!("http://127.0.0.1:{}/x", elsewhere.0));
    let faults = [
        Reply::Cut,
        redirect,
        Reply::Status(429),
        Reply::Body(200, "text/html", "<html>welcome</html>".into()),
        Reply::Flood(4 * 1024 * 1024 * 1024),
        Reply::Body(200, "text/xml", CXML_OK.replace("200", "550")),
        Reply::Slow(Duration::from_secs(2), 503),
    ];
    let count = faults.len();
    let (port, seen) = receiver(move |nth, _| faults.get(nth).cloned().unwrap_or(Reply::Body(200, "text/xml", CXML_OK.into()))).await;
    let gateway = gateway_for(engine, &with_channels(WORLD, &channel("cxml", port, PARTIES)), &[port, elsewhere.0], None).await;
    let order = placed(&gateway, "4500000007").await;
    for attempt in 1..=i64::try_from(count).expect("few") {
        at_least(&seen, usize::try_from(attempt).expect("few")).await;
        let waits = until(&gateway, |(state, attempts, answer)| *attempts >= attempt && state == "waiting" && !answer.is_empty()).await;
        assert_eq!(waits.0, "waiting", "{attempt}: {waits:?}");
        tokio::time::sleep(Duration::from_millis(300)).await;
        gateway.advance(Duration::from_secs(90_000));
    }
    assert_eq!(until(&gateway, |(state, _, _)| state == "done").await.0, "done");
    let requests = at_least(&seen, count + 1).await;
    assert_eq!(requests.len(), count + 1);
    // Each attempt is the same document, so that the receiver knows a repeat.
    assert!(requests.iter().all(|request| body(request) == body(&requests[0])), "{requests:?}");
    assert!(elsewhere.1.lock().expect("no panic").is_empty(), "a redirect was followed");
    assert_eq!(deliveries(&gateway, &order).await.len(), 1);
    gateway.stop().await;
}

async fn a_busy_partner_says_when_to_come_back(engine: Engine) {
    let hour = Reply::Busy { after: "3600", date: "Mon, 02 Mar 2026 09:00:00 GMT" };
    let two_hours = Reply::Busy { after: "Mon, 02 Mar 2026 12:00:00 GMT", date: "Mon, 02 Mar 2026 10:00:00 GMT" };
    let year = Reply::Busy { after: "31536000", date: "Mon, 02 Mar 2026 12:00:00 GMT" };
    let replies = [(hour, 3600), (two_hours, 7200), (year, 86_400)];
    let told = replies.clone();
    let (port, seen) = receiver(move |nth, _| told.get(nth).map_or(Reply::Status(202), |(reply, _)| reply.clone())).await;
    let gateway = gateway_for(engine, &with_channels(WORLD, &channel("webhook", port, "")), &[port], None).await;
    placed(&gateway, "4500000007").await;
    for (attempt, (_, seconds)) in (1i64..).zip(replies) {
        let count = usize::try_from(attempt).expect("few");
        until(&gateway, |(state, attempts, answer)| *attempts >= attempt && state == "waiting" && answer.contains("429")).await;
        // Without the header the next try would be due after 30 minutes at the latest.
        gateway.advance(Duration::from_secs(seconds - 60));
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert_eq!(seen.lock().expect("no panic").len(), count, "{attempt}: too early");
        gateway.advance(Duration::from_secs(120));
        assert_eq!(at_least(&seen, count + 1).await.len(), count + 1, "{attempt}: too late");
    }
    assert_eq!(until(&gateway, |(state, _, _)| state == "done").await.0, "done");
    gateway.stop().await;
}

async fn mailed(engine: Engine, more: &str) -> (Gateway, Seen, Value) {
    let (port, seen) = mail_server().await;
    let channels = format!("[[supplier.channel]]\nform = \"mail\"\nto = \"orders@acme.example\"\n{more}\n");
    let gateway = gateway_for(engine, &with_channels(WORLD, &channels), &[], Some(port)).await;
    let order = placed(&gateway, "4500000007").await;
    at_least(&seen, 1).await;
    (gateway, seen, order)
}

/// The path of the link in a mail, whose lines may be folded.
fn link(mail: &str) -> String {
    let whole = mail.replace("=\n", "");
    let from = whole.find("https://gateway.example/answer/").expect("a link");
    let address: String = whole[from..].chars().take_while(|c| !c.is_whitespace()).collect();
    address.replace("https://gateway.example", "")
}

async fn a_mail_is_answered_by_its_link(engine: Engine) {
    let (gateway, seen, order) = mailed(engine, "file = \"csv\"").await;
    let mail = seen.lock().expect("no panic")[0].clone();
    for part in ["filename=\"order-4500000007.pdf\"", "filename=\"order-4500000007.csv\"", "orders@acme.example"] {
        assert!(mail.contains(part), "{part}: {mail}");
    }
    let path = link(&mail);
    let mut client = Client::new(gateway.address);
    let page = client.send(Request::get(&path)).await.expect("an answer");
    assert_eq!(page.status, 200);
    for part in ["4500000007", "Library of the Delta", "BOOK-1", "Confirm the order"] {
        assert!(page.text().contains(part), "{part}");
    }
    // A link for another order, a later day, or with another proof opens nothing.
    let parts: Vec<&str> = path.split('/').collect();
    for wrong in [
        path.replace(parts[5], &"0".repeat(40)),
        path.replace(parts[4], "99999999999"),
        path.replace("/library/", "/firm/"),
        path.replace(parts[3], "01j00000000000000000000000"),
    ] {
        assert_eq!(client.send(Request::get(&wrong)).await.expect("an answer").status, 404, "{wrong}");
    }
    let press = |answer: &str| Request::form(path.clone(), &[("answer".to_owned(), answer.to_owned()), ("reason".to_owned(), "sold out".to_owned())]);
    assert_eq!(client.send(press("dance")).await.expect("an answer").status, 422);
    assert_eq!(client.send(press("confirm")).await.expect("an answer").status, 303);
    assert_eq!(client.send(press("confirm")).await.expect("an answer").status, 303, "twice is once");
    let mut buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    assert_eq!(buyer.get("/api/v1/orders/4500000007").await.expect("the order")["state"], "confirmed");
    assert_eq!(client.send(press("refuse")).await.expect("an answer").status, 303);
    let refused = buyer.get("/api/v1/orders/4500000007").await.expect("the order");
    assert_eq!((refused["state"].as_str(), refused["lines"][0]["refused"].as_str()), (Some("cancelled"), Some("3")));
    assert_eq!(client.send(press("confirm")).await.expect("an answer").status, 409);
    gateway.advance(Duration::from_secs(61 * 86_400));
    assert_eq!(client.send(Request::get(&path)).await.expect("an answer").status, 404, "too old");
    assert_eq!(deliveries(&gateway, &order).await[0].media_type, "text/csv; charset=utf-8");
    gateway.stop().await;
}

async fn silence_is_told(engine: Engine) {
    let (gateway, seen, _) = mailed(engine, "answer_hours = 8").await;
    // Monday, 9:00: eight working hours later.
    gateway.advance(Duration::from_secs(7 * 3600));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(seen.lock().expect("no panic").len(), 1, "too early");
    gateway.advance(Duration::from_secs(3600 + 60));
    // The buyer, and the operator whom every test has.
    let mails = at_least(&seen, 3).await;
    let told = mails.iter().find(|mail| mail.contains("inkoop@library.example")).unwrap_or_else(|| panic!("{mails:?}"));
    assert!(told.contains("4500000007") && told.contains("Acme Supplies"), "{told}");
    gateway.advance(Duration::from_secs(90_000));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let about = |mail: &&String| mail.contains("inkoop@library.example");
    assert_eq!(seen.lock().expect("no panic").iter().filter(about).count(), 1, "told once");
    gateway.stop().await;
}

async fn a_secret_is_sealed_and_never_shown(engine: Engine) {
    let toml = with_channels(&cxml_world(), &channel("cxml", 9, PARTIES));
    let gateway = gateway_for(engine, &toml, &[], None).await;
    let app = &gateway.server.app;
    let mut tx = app.store.read().await.expect("a reader");
    let kept = store::organisation::by_id(&mut tx, "acme").await.expect("a row").expect("the supplier").settings;
    drop(tx);
    assert!(kept.contains("sealed") && !kept.contains("Secret-of-the-supplier"), "{kept}");
    let exported = exporting::export(app).await.expect("a file");
    assert!(exported.contains("[[supplier.channel]]") && !exported.contains("Secret-of-the-supplier") && !exported.contains("sealed"), "{exported}");
    // The same file again, and the export without the secret, change nothing.
    for again in [toml.clone(), exported] {
        let plan = applying::apply(app, &again, "world").await.expect("applied");
        let changed: Vec<_> = plan.steps.iter().filter(|(what, word)| what.starts_with("supplier") && *word != "same").collect();
        assert!(changed.is_empty(), "{changed:?}");
    }
    let wrong = applying::apply(app, &toml.replace("form = \"cxml\"", "form = \"fax\""), "world").await.expect_err("no such form").to_string();
    assert!(wrong.contains("channel.1.form"), "{wrong}");
    gateway.stop().await;
}

/// What is charged on a line and once for the order is in the books alone; a supplier hears of it by whatever channel, as a remark, and in JSON by
/// name and amount. 3 × 0.75 on the line, 4.99 on the order.
async fn charges_are_told_by_every_channel(engine: Engine) {
    for (form, more) in [("webhook", ""), ("cxml", PARTIES), ("csv", ""), ("ubl", ""), ("", "")] {
        let (port, seen) = receiver(|_, _| Reply::Body(200, "text/xml", CXML_OK.into())).await;
        let toml = match form {
            "" => WORLD.replacen(
                "iban = \"NL91ABNA0417164300\"\n",
                &format!("iban = \"NL91ABNA0417164300\"\nwebhook = \"http://127.0.0.1:{port}/\"\n"),
                1,
            ),
            form => with_channels(WORLD, &channel(form, port, more)),
        };
        let gateway = gateway_for(engine, &toml, &[port], None).await;
        let mut buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
        let order = json!({
            "number": "4500000007", "connection": "lib", "charges": [{"id": "freight", "price": "4.99", "vat": "21", "spread": "amounts"}],
            "lines": [{"line": 1, "article": "BOOK-1", "quantity": "3", "split": [{"budget": "FICTION"}],
                "charges": [{"id": "label", "price": "0.75", "vat": "21", "per_unit": true, "split": [{"budget": "FICTION"}]}]}]});
        let answer = buyer.call("POST", "/api/v1/orders", Some(&order)).await.expect("an answer");
        assert_eq!(answer.status, 201, "{}", answer.text());
        let requests = at_least(&seen, 1).await;
        let sent = body(&requests[0]);
        match form {
            "webhook" | "" => {
                let event: Value = serde_json::from_str(sent).expect("JSON");
                let expected = json!([
                    {"id": "label", "line": 1, "quantity": "3", "price": "0.75", "vat": "21"}, {"id": "freight", "line": null, "quantity": "1", "price": "4.99", "vat": "21"}]);
                assert_eq!(event["data"]["charges"], expected, "{form}: {event}");
            }
            _ => {
                for part in ["Charge label: 3 × EUR 0.75", "Charge freight: 1 × EUR 4.99"] {
                    assert!(sent.contains(part), "{form}: {sent}");
                }
            }
        }
        gateway.stop().await;
    }
}
