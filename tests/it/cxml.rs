//! cXML from end to end: a setup, the basket back, the order, what the supplier says, and what the buyer's system is told. What we send is held
//! against the document types by an outside tool.

use std::path::PathBuf;

use base64::Engine as _;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::gateway::{Api, Gateway};
use crate::support::html::Page;
use crate::support::http::{Client, Request};
use crate::support::receiver::{Reply, Seen, at_least, body, receiver};
use crate::support::shop::Shop;
use crate::support::{Engine, shared};

on_both_engines! {
    a_basket_goes_back_and_becomes_an_order,
    a_cancelled_basket_deletes_nothing,
    an_edited_cart_is_there_again,
    a_virtual_buyer_plays_the_round_trip,
    the_desk_tells_the_buyer_in_valid_documents,
    a_request_has_a_sequel,
    the_buyer_is_invoiced_and_credited_in_valid_documents,
    a_test_order_books_nothing,
    a_repeat_gets_the_first_answer_and_races_have_one_winner,
    an_order_takes_the_place_of_another,
    a_notice_is_for_all_its_orders_or_none,
    an_answer_names_lines_as_our_order_did_and_an_invoice_as_the_buyer,
    one_sender_may_speak_for_several_buyers,
    an_offer_for_a_box_priced_by_the_piece_costs_what_it_says,
    each_document_has_its_evidence_once,
}

pub const SECRET: &str = "College-secret-12";

/// A connection that speaks cXML, beside those of the world of the set-up tests.
pub const COLLEGE: &str = r#"
[[connection]]
name = "college"
buyer = "library"
catalogue = "main"
preset = "cxml"
return_origins = ["https://erp.library.example"]
[connection.cxml]
buyer = ["NetworkId:college"]
own = ["NetworkId:shop"]
no_cost_centre = "accept"
unknown_cost_centre = "accept"
unknown_parts = "accept"

[[credential]]
connection = "college"
organisation = "NetworkId"
user = "college"
password = "College-secret-12"

"#;

pub fn world() -> String {
    format!("{WORLD}\n{COLLEGE}")
}

#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub code: String,
    pub text: String,
    /// Path of the start page.
    pub start_page: Option<String>,
}

pub fn between(text: &str, open: &str, close: &str) -> Option<String> {
    Some(text.split_once(open)?.1.split_once(close)?.0.to_owned())
}

pub async fn post(gateway: &Gateway, connection: &str, document: &str) -> Answered {
    let request = Request::new("POST", format!("/cxml/{connection}")).header("Content-Type", "text/xml; charset=UTF-8").body(document);
    let answer = Client::without_cookies(gateway.address).send(request).await.expect("an answer");
    let body = answer.text();
    assert!(body.starts_with("<?xml") && answer.header("content-type").is_some_and(|kind| kind.starts_with("text/xml")), "{body}");
    let status = between(&body, "<Status ", "</Status>").unwrap_or_default();
    let page = between(&body, "<StartPage><URL>", "</URL>");
    Answered {
        status: answer.status,
        code: between(&status, "code=\"", "\"").unwrap_or_default(),
        text: status.split_once('>').map(|(_, text)| text.to_owned()).unwrap_or_default(),
        start_page: page.map(|url| url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| rest[at..].to_owned())).unwrap_or_default()),
    }
}

pub fn request(payload: &str, secret: &str, mode: &str, inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!DOCTYPE cXML SYSTEM \"http://xml.cxml.org/schemas/cXML/1.2.045/cXML.dtd\">\
         <cXML payloadID=\"{payload}\" timestamp=\"2026-03-05T10:00:00+01:00\"><Header><From><Credential domain=\"NetworkId\"><Identity>college</Identity></Credential></From>\
         <To><Credential domain=\"NetworkId\"><Identity>shop</Identity></Credential></To><Sender><Credential domain=\"NetworkId\"><Identity>college</Identity>\
         <SharedSecret>{secret}</SharedSecret></Credential><UserAgent>Test</UserAgent></Sender></Header><Request deploymentMode=\"{mode}\">{inner}</Request></cXML>"
    )
}

pub fn setup(secret: &str) -> String {
    setup_for("create", secret, "")
}

fn setup_for(operation: &str, secret: &str, items: &str) -> String {
    let inner = format!(
        "<PunchOutSetupRequest operation=\"{operation}\"><BuyerCookie>cookie &amp; 1</BuyerCookie><Extrinsic name=\"UserEmail\">ann@library.example</Extrinsic>\
         <BrowserFormPost><URL>https://erp.library.example/back?a=1&amp;b=2</URL></BrowserFormPost>{items}</PunchOutSetupRequest>"
    );
    request("setup@test", secret, "production", &inner)
}

pub fn order(payload: &str, mode: &str, attributes: &str, total: &str, items: &str) -> String {
    let inner = format!(
        "<OrderRequest><OrderRequestHeader orderDate=\"2026-03-05T10:00:00+01:00\" {attributes}><Total><Money currency=\"EUR\">{total}</Money></Total>\
         </OrderRequestHeader>{items}</OrderRequest>"
    );
    request(payload, SECRET, mode, &inner)
}

pub fn line(quantity: &str, part: &str, aux: &str, price: &str, budget: &str) -> String {
    let cost = match budget {
        "" => String::new(),
        code => format!(
            "<Distribution><Accounting name=\"x\"><Segment type=\"Cost Center\" id=\"{code}\" description=\"\"/></Accounting><Charge><Money currency=\"EUR\"/></Charge></Distribution>"
        ),
    };
    format!(
        "<ItemOut quantity=\"{quantity}\" lineNumber=\"1\"><ItemID><SupplierPartID>{part}</SupplierPartID><SupplierPartAuxiliaryID>{aux}</SupplierPartAuxiliaryID></ItemID>\
         <ItemDetail><UnitPrice><Money currency=\"EUR\">{price}</Money></UnitPrice><Description xml:lang=\"en\">A book</Description><UnitOfMeasure>EA</UnitOfMeasure>\
         <Classification domain=\"UNSPSC\">55101500</Classification></ItemDetail>{cost}</ItemOut>"
    )
}

/// What xmllint says of a document by its document type; `None` where the files are not there, and that is said.
fn faults(document: &str, dtd: &str) -> Option<String> {
    let file = shared()?.join("data/cxml/dtd/1.2.071").join(dtd);
    let here: PathBuf = tempfile::Builder::new().suffix(".xml").tempfile().expect("a file").into_temp_path().to_path_buf();
    std::fs::write(&here, document).expect("a file is written");
    let run = std::process::Command::new("xmllint").args(["--noout", "--nonet", "--dtdvalid"]).arg(&file).arg(&here).output();
    std::fs::remove_file(&here).expect("the file is there");
    match run {
        Ok(run) => Some(String::from_utf8_lossy(&run.stderr).lines().filter(|line| !line.contains("failed to load")).collect::<Vec<_>>().join("\n"))
            .map(|text| if run.status.success() { String::new() } else { text }),
        Err(error) => {
            eprintln!("left out: xmllint is not here ({error}), nothing was held against the document types");
            None
        }
    }
}

pub fn assert_valid(document: &str, dtd: &str) {
    if let Some(faults) = faults(document, dtd) {
        assert_eq!(faults, "", "{document}");
    }
}

async fn shop(gateway: &Gateway, document: &str) -> Shop {
    let opened = post(gateway, "college", document).await;
    assert_eq!(opened.code, "200", "{}", opened.text);
    let page = opened.start_page.expect("a start page");
    let mut client = Client::new(gateway.address);
    let first = client.get(&page).await.expect("the start page");
    let trail = client.follow(&page, first).await.expect("the way to the shop");
    Shop::from_trail(client, &trail).expect("a session")
}

/// The cart in a page that carries it.
fn cart(page: &str) -> String {
    let page = Page::read(page);
    let form = page
        .forms
        .iter()
        .find(|form| form.action().starts_with("https://erp.library.example/"))
        .unwrap_or_else(|| panic!("no form to the buyer: {page:?}"));
    assert_eq!(form.action(), "https://erp.library.example/back?a=1&b=2");
    let value = form.value("cXML-base64").expect("the cart").to_owned();
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(value).expect("base64")).expect("UTF-8")
}

async fn committed(gateway: &Gateway) -> i64 {
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let rows = hookline::store::standing::all(&mut tx, "library").await.expect("rows");
    rows.iter().filter(|row| &*row.at.budget == "FICTION").map(|row| row.standing.own.committed).sum()
}

async fn a_basket_goes_back_and_becomes_an_order(engine: Engine) {
    let gateway = Gateway::with(engine, &world()).await;
    let mut shop = shop(&gateway, &setup(SECRET)).await;
    shop.add("BOOK-1", "2").await.expect("it is put in");
    let page = shop.transfer().await.expect("an answer").expect("a button").text();
    let document = cart(&page);
    assert_valid(&document, "cXML.dtd");
    assert!(document.contains("<BuyerCookie>cookie &amp; 1</BuyerCookie>") && document.contains("operationAllowed=\"edit\""), "{document}");
    assert!(!document.contains("SharedSecret") && !document.contains(SECRET), "a cart passes through the browser");
    assert_eq!(between(&document, "<UnitOfMeasure>", "<").as_deref(), Some("C62"));
    let aux = between(&document, "<SupplierPartAuxiliaryID>", "<").expect("our line id");
    // The buyer raises the quantity; what the basket said of the price holds.
    let line_of_youth = line("3", "BOOK-1", &aux, "10.00", "FICTION")
        .replace("</Accounting>", "<Segment type=\"Department\" id=\"Youth\" description=\"\"/></Accounting>");
    let placed = post(&gateway, "college", &order("o1@test", "production", "orderID=\"C-1\"", "30", &line_of_youth)).await;
    assert_eq!(placed.code, "200", "{}", placed.text);
    let cheaper = order("o2@test", "production", "orderID=\"C-2\"", "27", &line("3", "BOOK-1", &aux, "9.00", "FICTION"));
    assert_eq!(post(&gateway, "college", &cheaper).await.code, "400");
    let mut buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let known = buyer.get("/api/v1/orders/C-1").await.expect("the order");
    assert_eq!((known["state"].as_str(), known["net"].as_str()), (Some("placed"), Some("30.00")));
    assert_eq!(known["document"]["order"]["lines"][0]["cost"][0]["cost_center"], "FICTION");
    assert_eq!(known["lines"][0]["coding"]["department"], "Youth", "{known}");
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let stored = hookline::store::order::by_number(&mut tx, "library", "C-1").await.expect("rows").expect("the order");
    drop(tx);
    assert_eq!(stored.order.lines[0].list_price().map(|list| list.to_string()).as_deref(), Some("12.50"), "what the basket showed");
    assert!(committed(&gateway).await >= 3000);
    gateway.stop().await;
}

async fn a_cancelled_basket_deletes_nothing(engine: Engine) {
    let gateway = Gateway::with(engine, &world()).await;
    let mut shop = shop(&gateway, &setup(SECRET)).await;
    shop.add("BOOK-1", "1").await.expect("it is put in");
    let page = shop.cancel().await.expect("an answer").expect("a button").text();
    let document = cart(&page);
    assert_valid(&document, "cXML.dtd");
    assert!(document.contains("code=\"204\"") && !document.contains("<ItemIn"), "{document}");
    gateway.stop().await;
}

fn auxiliary_ids(document: &str) -> Vec<String> {
    document.split("<SupplierPartAuxiliaryID>").skip(1).map(|rest| rest.split('<').next().unwrap_or_default().to_owned()).collect()
}

async fn an_edited_cart_is_there_again(engine: Engine) {
    let gateway = Gateway::with(engine, &world()).await;
    let mut first = shop(&gateway, &setup(SECRET)).await;
    first.add("BOOK-1", "2").await.expect("it is put in");
    let page = first.transfer().await.expect("an answer").expect("a button").text();
    let aux = between(&cart(&page), "<SupplierPartAuxiliaryID>", "<").expect("our line id");
    let item = |aux: &str| {
        format!(
            "<ItemOut quantity=\"5\"><ItemID><SupplierPartID>BOOK-1</SupplierPartID><SupplierPartAuxiliaryID>{aux}</SupplierPartAuxiliaryID></ItemID></ItemOut>"
        )
    };
    let mut second = shop(&gateway, &setup_for("edit", SECRET, &item(&aux))).await;
    let basket = second.basket().await.expect("the basket");
    assert_eq!(basket.iter().map(|line| line.quantity.as_str()).collect::<Vec<_>>(), ["5"]);
    // A line keeps its id over edits, or the buyer's system would have it twice (section 10); what is new has one of its own.
    second.add("PEN-100", "100").await.expect("it is put in");
    let page = second.transfer().await.expect("an answer").expect("a button").text();
    let edited = auxiliary_ids(&cart(&page));
    assert_eq!((edited.len(), edited[0].as_str()), (2, aux.as_str()));
    assert!(edited[1] != aux && edited[1].starts_with("q:"), "{edited:?}");
    let pens = item(&edited[1]).replace("BOOK-1", "PEN-100").replace("\"5\"", "\"200\"");
    let mut third = shop(&gateway, &setup_for("edit", SECRET, &format!("{}{pens}", item(&aux)))).await;
    let page = third.transfer().await.expect("an answer").expect("a button").text();
    assert_eq!(auxiliary_ids(&cart(&page)), edited);
    // An order is held against the cart that came last: the price of then, under the id from before.
    gateway.apply(&world().replace("price = \"10.00\"", "price = \"11.00\"")).await.expect("a new price");
    let mut fourth = shop(&gateway, &setup_for("edit", SECRET, &item(&aux))).await;
    let page = fourth.transfer().await.expect("an answer").expect("a button").text();
    assert_eq!(auxiliary_ids(&cart(&page)), std::slice::from_ref(&aux));
    let ordered = |number: &str, price: &str, total: &str| {
        order(&format!("{number}@test"), "production", &format!("orderID=\"{number}\""), total, &line("5", "BOOK-1", &aux, price, "FICTION"))
    };
    let answer = post(&gateway, "college", &ordered("E-1", "11.00", "55")).await;
    assert_eq!(answer.code, "200", "{}", answer.text);
    let answer = post(&gateway, "college", &ordered("E-2", "10.00", "50")).await;
    assert!(answer.code == "400" && answer.text.contains("below that of the basket"), "{} {}", answer.code, answer.text);
    let stale = post(&gateway, "college", &setup_for("edit", SECRET, &item("q:HL-2020-000001:1"))).await;
    assert_eq!(stale.code, "412", "{}", stale.text);
    // What may only be looked at cannot be changed and brings nothing back.
    let mut looked = shop(&gateway, &setup_for("inspect", SECRET, &item(&aux))).await;
    assert_eq!(looked.basket().await.expect("the basket").len(), 1);
    assert_eq!(looked.change("BOOK-1", &[("quantity", "9")]).await.expect("an answer").status, 403);
    let page = looked.cancel().await.expect("an answer").expect("a button").text();
    let document = cart(&page);
    assert!(document.contains("code=\"204\"") && !document.contains("<ItemIn"), "{document}");
    gateway.stop().await;
}

async fn a_virtual_buyer_plays_the_round_trip(engine: Engine) {
    let gateway = Gateway::with(engine, &world()).await;
    let mut operator = gateway.operator().await.expect("signed in");
    let target = "/api/v1/connections/college/virtual-erp";
    let lines = json!([{"article": "BOOK-1", "quantity": "2", "cost_centre": "4410"}, {"article": "PEN-100", "quantity": "250"}]);
    let played = operator.call("POST", target, Some(&json!({"lines": lines}))).await.expect("an answer");
    let report = played.json().expect("JSON");
    assert_eq!((played.status, report["result"].as_str()), (200, Some("ok")), "{}", played.text());
    let field = |path: &str| {
        let pairs = report["fields"].as_array().expect("fields");
        pairs.iter().find(|pair| pair[0] == path).map(|pair| pair[1].as_str().expect("a text").to_owned())
    };
    // 2 × 10.00 + 250 × 9.52 / 100 = 43.80
    assert_eq!(field("PunchOutOrderMessageHeader/Total/Money").as_deref(), Some("43.80"));
    assert_eq!(field("ItemIn[1]/ItemID/SupplierPartID").as_deref(), Some("BOOK-1"));
    assert_eq!(field("ItemIn[1]/ItemDetail/Extrinsic[CostCenter]").as_deref(), Some("4410"));
    assert_eq!(field("ItemIn[2]/ItemDetail/PriceBasisQuantity/@quantity").as_deref(), Some("100"));
    // On record as a test: both setups are valid documents, and an order can name nothing of it.
    let evidence = operator.items("/api/v1/connections/college/evidence?limit=20").await.expect("evidence");
    assert!(evidence.iter().all(|record| record["test"] == true || record["kind"] == "settings"), "{evidence:?}");
    let setups: Vec<String> =
        evidence.iter().filter(|record| record["outcome"] == "punchoutsetuprequest").map(|record| parameter(record, "document")).collect();
    assert_eq!(setups.len(), 2, "{evidence:?}");
    setups.iter().for_each(|document| assert_valid(document, "cXML.dtd"));
    let aux = field("ItemIn[1]/ItemID/SupplierPartAuxiliaryID").expect("our line id");
    let stale = post(&gateway, "college", &setup_for("edit", SECRET, &format!("<ItemOut quantity=\"2\"><ItemID><SupplierPartID>BOOK-1</SupplierPartID><SupplierPartAuxiliaryID>{aux}</SupplierPartAuxiliaryID></ItemID></ItemOut>"))).await;
    assert_eq!(stale.code, "412", "{}", stale.text);
    // A mistake is named: an article that is not there, and a basket that cannot go back.
    let missing = operator.call("POST", target, Some(&json!({"lines": [{"article": "NONE"}]}))).await.expect("an answer");
    let missing = missing.json().expect("JSON");
    assert_eq!((missing["result"].as_str(), missing["faults"][0]["code"].as_str()), (Some("fault"), Some("article-unknown")), "{missing}");
    gateway
        .apply(&world().replace("return_origins = [\"https://erp.library.example\"]\n[connection.cxml]", "[connection.cxml]"))
        .await
        .expect("applied");
    let nowhere = operator.call("POST", target, Some(&json!({"lines": lines}))).await.expect("an answer");
    assert!(nowhere.status == 422 && nowhere.text().contains("return_origins"), "{}", nowhere.text());
    gateway.stop().await;
}

/// A parameter of a record of evidence.
fn parameter(record: &Value, name: &str) -> String {
    let pairs = record["parameters"].as_array().expect("parameters");
    pairs.iter().find(|pair| pair[0] == name).and_then(|pair| pair[1].as_str()).unwrap_or_default().to_owned()
}

/// A buyer's system: what it got, answered with the status given.
pub async fn buyer_system(code: &'static str) -> (u16, Seen) {
    let body = format!("<cXML payloadID='a' timestamp='2026-03-05T10:00:00+01:00'><Response><Status code='{code}' text='x'/></Response></cXML>");
    receiver(move |_, _| Reply::Body(200, "text/xml", body.clone())).await
}

pub async fn wait_for(seen: &Seen, count: usize) -> Vec<String> {
    at_least(seen, count).await.iter().map(|request| body(request).to_string()).collect()
}

pub async fn telling(engine: Engine, code: &'static str, more: &str) -> (Gateway, Seen) {
    let (port, seen) = buyer_system(code).await;
    let told =
        world().replace("own = [\"NetworkId:shop\"]\n", &format!("own = [\"NetworkId:shop\"]\noutbound_url = \"http://127.0.0.1:{port}/cxml\"\n"));
    let desk = "[[person]]\nsign_in = \"desk@acme.example\"\npassword = \"Desk-password-1\"\nname = \"Desk\"\nmail = \"desk@acme.example\"\nlanguage = \"en\"\n\
                supplier = \"acme\"\nroles = [\"supplier_desk\"]\n";
    let gateway = Gateway::with_private_host(engine, &format!("{told}\n{desk}\n{more}"), &format!("127.0.0.1:{port}")).await;
    (gateway, seen)
}

async fn id_of(gateway: &Gateway, number: &str) -> String {
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    hookline::store::order::by_number(&mut tx, "library", number).await.expect("a row").expect("the order").order.id
}

async fn the_desk_tells_the_buyer_in_valid_documents(engine: Engine) {
    let (gateway, seen) = telling(engine, "200", "").await;
    let items =
        [line("3", "BOOK-1", "", "10.00", ""), line("100", "PEN-X", "", "0.50", "").replace("lineNumber=\"1\"", "lineNumber=\"20\"")].concat();
    let placed = post(&gateway, "college", &order("o1@test", "production", "orderID=\"D-1\"", "80", &items)).await;
    assert_eq!(placed.code, "200", "{}", placed.text);
    let id = id_of(&gateway, "D-1").await;
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-1").await.expect("signed in");
    let at = |step: &str| format!("/desk/library/{id}/{step}");
    assert_eq!(desk.call("POST", &at("confirm"), None).await.expect("an answer").status, 303);
    wait_for(&seen, 1).await;
    let gone = vec![("line".to_owned(), "20".to_owned()), ("reason".to_owned(), "not made any more".to_owned())];
    let refused = desk.client.send(Request::form(at("cannot-deliver"), &gone)).await.expect("an answer");
    assert_eq!(refused.status, 303, "{}", refused.text());
    wait_for(&seen, 2).await;
    assert_eq!(desk.call("POST", &at("ship"), None).await.expect("an answer").status, 303);
    let documents = wait_for(&seen, 3).await;
    assert_eq!(documents.len(), 3, "{documents:?}");
    let secret = hookline::flow::cxml::secret(&gateway.server.app.form_key, "college");
    for document in &documents {
        assert_valid(document, "Fulfill.dtd");
        assert!(document.contains(&format!("<SharedSecret>{secret}</SharedSecret>")) && document.contains("payloadID=\"o1@test\""), "{document}");
    }
    assert!(documents[0].contains("type=\"accept\"") && !documents[0].contains("ConfirmationItem "), "{}", documents[0]);
    assert!(
        documents[1].contains("type=\"reject\"") && documents[1].contains("lineNumber=\"20\"") && documents[1].contains("not made any more"),
        "{}",
        documents[1]
    );
    assert!(documents[2].contains("<ShipNoticeItem quantity=\"3\" lineNumber=\"1\""), "{}", documents[2]);
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let rows = tx.sql("SELECT payload FROM outbox WHERE kind = 'cxml'").all().await.expect("rows");
    assert!(rows.len() == 3 && rows.iter().all(|row| !row.text("payload").expect("text").contains(&secret)), "the secret is in no record");
    drop(tx);
    gateway.stop().await;
}

async fn a_request_has_a_sequel(engine: Engine) {
    let (gateway, seen) = telling(engine, "200", "").await;
    gateway
        .apply(
            &"[[connection]]\nname = \"college\"\nbuyer = \"library\"\ncatalogue = \"main\"\npreset = \"cxml\"\nchanged_price = \"ask\"\nreturn_origins = [\"https://erp.library.example\"]\n\
              [connection.cxml]\nbuyer = [\"NetworkId:college\"]\nown = [\"NetworkId:shop\"]\nno_cost_centre = \"accept\"\nunknown_cost_centre = \"accept\"\nunknown_parts = \"accept\"\n\
              outbound_url = \"URL\"\n[[person]]\nsign_in = \"boss@library.example\"\npassword = \"Boss-password-12\"\nname = \"Boss\"\nmail = \"boss@library.example\"\nlanguage = \"en\"\n\
              buyer = \"library\"\nroles = [\"approver\"]\n"
                .replace("URL", &outbound_url(&gateway).await),
        )
        .await
        .expect("applied");
    let asked = post(&gateway, "college", &order("o1@test", "production", "orderID=\"R-1\"", "9", &line("1", "BOOK-1", "", "9.00", "FICTION"))).await;
    assert_eq!(asked.code, "201", "{}", asked.text);
    let mut boss = Api::signed_in(gateway.address, "boss@library.example", "Boss-password-12").await.expect("signed in");
    let verdict = serde_json::json!({"decision": "approve"});
    let decided = boss.call("POST", "/api/v1/requests/R-1/decision", Some(&verdict)).await.expect("an answer");
    assert_eq!(decided.status, 200, "{}", decided.text());
    let documents = wait_for(&seen, 1).await;
    assert_eq!(documents.len(), 1, "{documents:?}");
    assert_valid(&documents[0], "cXML.dtd");
    assert!(documents[0].contains("<StatusUpdateRequest><DocumentReference payloadID=\"o1@test\"/><Status code=\"200\""), "{}", documents[0]);
    gateway.stop().await;
}

/// An amount of a document that was sent, in cents: the sum of all elements with that name.
fn cents(document: &str, element: &str) -> i64 {
    let open = format!("<{element}><Money currency=\"EUR\">");
    document.split(&open).skip(1).map(|rest| rest.split('<').next().unwrap_or_default().replace('.', "").parse::<i64>().expect("two decimals")).sum()
}

/// Section 17: the order's current document is named, each line under the buyer's number, with the buyer's own distribution and the tax of its rate;
/// a credit note names the document of its invoice and has negative amounts.
async fn the_buyer_is_invoiced_and_credited_in_valid_documents(engine: Engine) {
    let terms = "[buyer.invoicing]\nchannels = [\"cxml\"]\npayment_days = 14\nnote = \"Danke & tschüss\"\n";
    let people = "[[person]]\nsign_in = \"finance@acme.example\"\npassword = \"Finance-password-1\"\nname = \"Finance\"\nmail = \"f@acme.example\"\nlanguage = \"en\"\n\
                  supplier = \"acme\"\nroles = [\"supplier_desk\", \"supplier_finance\"]\n";
    let (port, seen) = buyer_system("200").await;
    let told = world()
        .replace("own = [\"NetworkId:shop\"]\n", &format!("own = [\"NetworkId:shop\"]\noutbound_url = \"http://127.0.0.1:{port}/cxml\"\n"))
        .replacen("[[buyer]]\nid = \"firm\"", &format!("{terms}\n[[buyer]]\nid = \"firm\""), 1);
    let gateway = Gateway::with_private_host(engine, &format!("{told}\n{people}"), &format!("127.0.0.1:{port}")).await;
    let pens = line("300", "PEN-100", "", "9.52", "").replace("lineNumber=\"1\"", "lineNumber=\"20\"");
    let pens = pens.replace("<UnitOfMeasure>EA</UnitOfMeasure>", "<UnitOfMeasure>EA</UnitOfMeasure><PriceBasisQuantity quantity=\"100\" conversionFactor=\"1\"><UnitOfMeasure>EA</UnitOfMeasure></PriceBasisQuantity>");
    let share = |code: &str, amount: &str| {
        format!(
            "<Distribution><Accounting name=\"x\"><Segment type=\"Cost Center\" id=\"{code}\" description=\"\"/></Accounting>\
             <Charge><Money currency=\"EUR\">{amount}</Money></Charge></Distribution>"
        )
    };
    let split =
        line("4", "BOOK-1", "", "10.00", "").replace("</ItemOut>", &format!("{}{}</ItemOut>", share("4711", "30.00"), share("5200", "10.00")));
    let placed = post(&gateway, "college", &order("o1@test", "production", "orderID=\"I-1\"", "68.56", &format!("{split}{pens}"))).await;
    assert_eq!(placed.code, "200", "{}", placed.text);
    let id = id_of(&gateway, "I-1").await;
    let mut finance = Api::signed_in(gateway.address, "finance@acme.example", "Finance-password-1").await.expect("signed in");
    for step in ["confirm", "ship", "invoice"] {
        let answer = finance.call("POST", &format!("/desk/library/{id}/{step}"), None).await.expect("an answer");
        assert_eq!(answer.status, 303, "{step}: {}", answer.text());
    }
    let documents = wait_for(&seen, 3).await;
    let invoice = &documents[2];
    assert_valid(invoice, "InvoiceDetail.dtd");
    assert!(invoice.contains("<InvoiceDetailOrderInfo><OrderReference orderID=\"I-1\" orderDate=\"2026-03-05T10:00:00+01:00\"><DocumentReference payloadID=\"o1@test\"/>"), "{invoice}");
    assert!(invoice.contains("payInNumberOfDays=\"14\"") && invoice.contains("Danke &amp; tschüss"), "{invoice}");
    assert!(
        invoice.contains("<InvoiceDetailItemReference lineNumber=\"1\">") && invoice.contains("<InvoiceDetailItemReference lineNumber=\"20\">"),
        "{invoice}"
    );
    assert!(invoice.contains("<PriceBasisQuantity quantity=\"100\" conversionFactor=\"1\"><UnitOfMeasure>EA</UnitOfMeasure>"), "{invoice}");
    assert!(invoice.contains("id=\"4711\"") && invoice.contains("<Charge><Money currency=\"EUR\">30.00</Money>"), "{invoice}");
    // 40.00 at 9 % and 3 hundred pens at 9.52 at 21 %: the lines and the summary say each.
    assert_eq!((cents(invoice, "SubtotalAmount"), cents(invoice, "DueAmount")), (2 * 6856, 6856 + 360 + 600));
    assert_eq!((cents(invoice, "TaxAmount"), cents(invoice, "Tax")), (2 * 960, 2 * 960), "{invoice}");
    let payload = between(invoice, "payloadID=\"", "\"").expect("a payload id");
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let row = tx.sql("SELECT id, number FROM invoice").first().await.expect("rows").expect("the invoice");
    drop(tx);
    assert_eq!(payload, format!("{}@acme", row.text("number").expect("a number")));
    let credit = serde_json::json!({"kind": "refund", "lines": [{"line": 1, "quantity": "1"}]});
    let target = format!("/api/v1/customers/library/invoices/{}/credits", row.text("id").expect("an id"));
    let answer = finance.call("POST", &target, Some(&credit)).await.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.text());
    let documents = wait_for(&seen, 4).await;
    let note = &documents[3];
    assert_valid(note, "InvoiceDetail.dtd");
    assert!(note.contains("purpose=\"lineLevelCreditMemo\"") && note.contains(&format!("<DocumentReference payloadID=\"{payload}\"/>")), "{note}");
    assert_eq!((cents(note, "DueAmount"), cents(note, "Charge")), (-1090, -1000), "{note}");
    gateway.stop().await;
}

async fn outbound_url(gateway: &Gateway) -> String {
    let live = hookline::flow::connecting::connection(&gateway.server.app, "college").await.expect("the connection");
    live.connection.cxml.as_ref().map(|cxml| cxml.outbound_url.clone()).unwrap_or_default()
}

async fn a_test_order_books_nothing(engine: Engine) {
    let gateway = Gateway::with(engine, &world()).await;
    let before = committed(&gateway).await;
    let test = order("t1@test", "test", "orderID=\"T-1\"", "30", &line("3", "BOOK-1", "", "10.00", "FICTION"));
    assert_eq!(post(&gateway, "college", &test).await.code, "200");
    let again = test.replace("t1@test", "t2@test");
    assert_eq!(post(&gateway, "college", &again).await.code, "409", "the number is used among the tests");
    let wrong = order("t3@test", "test", "orderID=\"T-2\"", "31", &line("3", "BOOK-1", "", "10.00", "FICTION"));
    assert_eq!(post(&gateway, "college", &wrong).await.code, "400", "it is judged like a real one");
    assert_eq!(committed(&gateway).await, before);
    let real = order("o1@test", "production", "orderID=\"T-1\"", "30", &line("3", "BOOK-1", "", "10.00", "FICTION"));
    assert_eq!(post(&gateway, "college", &real).await.code, "200", "the number is free among the real ones");
    gateway.stop().await;
}

async fn a_repeat_gets_the_first_answer_and_races_have_one_winner(engine: Engine) {
    let gateway = Gateway::with(engine, &world()).await;
    let first = order("o1@test", "production", "orderID=\"A-1\"", "30", &line("3", "BOOK-1", "", "10.00", "FICTION"));
    let all = futures_util::future::join_all((0..8).map(|_| post(&gateway, "college", &first))).await;
    assert!(all.iter().all(|answer| answer.code == "200" && answer.text == all[0].text), "{all:?}");
    assert_eq!(committed(&gateway).await, 3000, "three books, once");
    let later = post(&gateway, "college", &first.replace("10:00:00+01:00\"><Header>", "11:00:00+01:00\"><Header>")).await;
    assert_eq!((later.code.as_str(), later.text.as_str()), ("200", all[0].text.as_str()));
    let other = post(&gateway, "college", &first.replace("quantity=\"3\"", "quantity=\"4\"").replace(">30<", ">40<")).await;
    assert_eq!(other.code, "409", "{}", other.text);
    let number = post(&gateway, "college", &first.replace("o1@test", "o2@test")).await;
    assert!(number.code == "409" && number.text.contains("o1@test"), "{number:?}");
    // The budget of 100.00 takes two more of these, and never three.
    let race =
        |n: usize| order(&format!("r{n}@test"), "production", &format!("orderID=\"R-{n}\""), "30", &line("3", "BOOK-1", "", "10.00", "FICTION"));
    let documents: Vec<String> = (0..5).map(race).collect();
    let all = futures_util::future::join_all(documents.iter().map(|document| post(&gateway, "college", document))).await;
    let won = all.iter().filter(|answer| answer.code == "200").count();
    assert_eq!(won, 2, "{all:?}");
    // A refusal is kept too.
    let lost = all.iter().position(|answer| answer.code == "400").expect("somebody lost");
    assert_eq!(post(&gateway, "college", &documents[lost]).await.text, all[lost].text);
    gateway.stop().await;
}

/// Section 13, cancel and replace: 80 of 100 are held, and the new order takes 90.
async fn an_order_takes_the_place_of_another(engine: Engine) {
    let gateway = Gateway::with(engine, &world()).await;
    let of = |payload: &str, number: &str, quantity: u32, source: &str| {
        let total = (quantity * 10).to_string();
        let edit = match source {
            "" => String::new(),
            old => {
                format!("<Extrinsic name=\"order-source-type\">EDIT_ORDER</Extrinsic><Extrinsic name=\"order-source-identifier\">{old}</Extrinsic>")
            }
        };
        let line = line(&quantity.to_string(), "BOOK-1", "", "10.00", "FICTION");
        order(payload, "production", &format!("orderID=\"{number}\""), &total, &line)
            .replace("</OrderRequestHeader>", &format!("{edit}</OrderRequestHeader>"))
    };
    assert_eq!(post(&gateway, "college", &of("e1@test", "E-1", 8, "")).await.code, "200");
    assert_eq!(post(&gateway, "college", &of("e2@test", "E-2", 9, "")).await.code, "400", "without its source it does not fit");
    let replaced = post(&gateway, "college", &of("e3@test", "E-3", 9, "E-1")).await;
    assert_eq!(replaced.code, "200", "{}", replaced.text);
    assert_eq!(committed(&gateway).await, 9000);
    let delete = order("e4@test", "production", "orderID=\"E-1\" type=\"delete\"", "0", "");
    assert_eq!(post(&gateway, "college", &delete).await.code, "200", "its own cancellation comes later");
    assert_eq!(committed(&gateway).await, 9000);
    let again = post(&gateway, "college", &of("e5@test", "E-5", 1, "E-1")).await;
    assert!(again.code == "409" && again.text.contains("E-3"), "{again:?}");
    gateway.stop().await;
}

const SUPPLIER: &str = "supplier = [\"NetworkId:acme-erp\"]\n";
const SUPPLIER_SECRET: &str =
    "[[credential]]\nconnection = \"college\"\norganisation = \"NetworkId\"\nuser = \"acme-erp\"\npassword = \"Acme-secret-1234\"\n";

/// The world with a supplier whose system speaks too.
pub fn with_supplier() -> String {
    let world = world().replace("own = [\"NetworkId:shop\"]\n", &format!("own = [\"NetworkId:shop\"]\n{SUPPLIER}"));
    format!("{world}\n{SUPPLIER_SECRET}")
}

pub fn from_supplier(payload: &str, inner: &str) -> String {
    request(payload, "Acme-secret-1234", "production", inner).replace("<Identity>college<", "<Identity>acme-erp<")
}

async fn a_notice_is_for_all_its_orders_or_none(engine: Engine) {
    let gateway = Gateway::with(engine, &with_supplier()).await;
    for number in ["N-1", "N-2"] {
        let document =
            order(&format!("{number}@test"), "production", &format!("orderID=\"{number}\""), "30", &line("3", "BOOK-1", "", "10.00", "FICTION"));
        assert_eq!(post(&gateway, "college", &document).await.code, "200");
    }
    let portion = |number: &str, quantity: u32| {
        format!(
            "<ShipNoticePortion><OrderReference orderID=\"{number}\"><DocumentReference payloadID=\"\"/></OrderReference><ShipNoticeItem quantity=\"{quantity}\" lineNumber=\"1\"><UnitOfMeasure>EA</UnitOfMeasure></ShipNoticeItem></ShipNoticePortion>"
        )
    };
    let notice = |payload: &str, portions: String| {
        from_supplier(
            payload,
            &format!("<ShipNoticeRequest><ShipNoticeHeader shipmentID=\"S\" noticeDate=\"2026-03-06\"/>{portions}</ShipNoticeRequest>"),
        )
    };
    let too_much = post(&gateway, "college", &notice("s1@test", format!("{}{}", portion("N-1", 2), portion("N-2", 4)))).await;
    assert_eq!(too_much.code, "400", "{}", too_much.text);
    let shipped = async |number: &str| {
        let mut tx = gateway.server.app.store.read().await.expect("a reader");
        let stored = hookline::store::order::by_number(&mut tx, "library", number).await.expect("a row").expect("the order");
        stored.order.lines[0].shipped.to_string()
    };
    assert_eq!((shipped("N-1").await, shipped("N-2").await), ("0".into(), "0".into()));
    let document = notice("s2@test", format!("{}{}", portion("N-1", 2), portion("N-2", 3)));
    for _ in 0..2 {
        let taken = post(&gateway, "college", &document).await;
        assert_eq!(taken.code, "200", "{}", taken.text);
    }
    assert_eq!((shipped("N-1").await, shipped("N-2").await), ("2".into(), "3".into()));
    // The buyer's system may not ship, the supplier's may not order.
    let wrong =
        post(&gateway, "college", &document.replace("acme-erp", "college").replace("Acme-secret-1234", SECRET).replace("s2@test", "s3@test")).await;
    assert_eq!(wrong.code, "403", "{}", wrong.text);
    gateway.stop().await;
}

/// Lines 1.1, 1.2 and 2 of the buyer go out as 1, 2 and 3: what the supplier says of 2 is about 1.2, and what is invoiced and credited of the
/// buyer's 2 is the third in the books.
async fn an_answer_names_lines_as_our_order_did_and_an_invoice_as_the_buyer(engine: Engine) {
    let finance = "[[person]]\nsign_in = \"finance@acme.example\"\npassword = \"Finance-password-1\"\nname = \"Finance\"\nmail = \"f@acme.example\"\nlanguage = \"en\"\n\
                   supplier = \"acme\"\nroles = [\"supplier_desk\", \"supplier_finance\"]\n";
    let gateway = Gateway::with(engine, &format!("{}\n{finance}", with_supplier())).await;
    let of = |line_number: &str, shipment: &str| {
        let names =
            format!("<Extrinsic name=\"LINENUM\">{line_number}</Extrinsic><Extrinsic name=\"SHIPMENTNUM\">{shipment}</Extrinsic></ItemDetail>");
        line("1", "BOOK-1", "", "10.00", "FICTION").replace(" lineNumber=\"1\"", "").replace("</ItemDetail>", &names)
    };
    let lines = [of("1", "1"), of("1", "2"), of("2", "1")].concat();
    assert_eq!(post(&gateway, "college", &order("l1@test", "production", "orderID=\"L-1\"", "30", &lines)).await.code, "200");
    let unit = "<UnitOfMeasure>EA</UnitOfMeasure>";
    let confirmation = format!(
        "<ConfirmationRequest><ConfirmationHeader type=\"detail\" noticeDate=\"2026-03-06\"/><OrderReference orderID=\"L-1\"><DocumentReference payloadID=\"\"/></OrderReference>\
         <ConfirmationItem quantity=\"1\" lineNumber=\"2\">{unit}<ConfirmationStatus quantity=\"1\" type=\"reject\">{unit}</ConfirmationStatus></ConfirmationItem></ConfirmationRequest>"
    );
    let notice = format!(
        "<ShipNoticeRequest><ShipNoticeHeader shipmentID=\"S\" noticeDate=\"2026-03-06\"/><ShipNoticePortion><OrderReference orderID=\"L-1\"><DocumentReference payloadID=\"\"/>\
         </OrderReference><ShipNoticeItem quantity=\"1\" lineNumber=\"3\">{unit}</ShipNoticeItem></ShipNoticePortion></ShipNoticeRequest>"
    );
    for (payload, document) in [("c1@test", confirmation), ("s1@test", notice)] {
        let taken = post(&gateway, "college", &from_supplier(payload, &document)).await;
        assert_eq!(taken.code, "200", "{}", taken.text);
    }
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let stored = hookline::store::order::by_number(&mut tx, "library", "L-1").await.expect("a row").expect("the order");
    drop(tx);
    let kept = hookline::flow::cxml::kept_of(&stored);
    let of = |label: &str| {
        let line = kept.line(label).and_then(|known| stored.order.lines.iter().find(|line| line.line == known.number)).expect("the line");
        (line.refused.to_string(), line.shipped.to_string())
    };
    let (none, one) = ("0".to_string(), "1".to_string());
    assert_eq!([of("1.1"), of("1.2"), of("2")], [(none.clone(), none.clone()), (one.clone(), none.clone()), (none, one)]);
    let mut finance = Api::signed_in(gateway.address, "finance@acme.example", "Finance-password-1").await.expect("signed in");
    let invoiced = finance.call("POST", &format!("/desk/library/{}/invoice", stored.order.id), None).await.expect("an answer");
    assert_eq!(invoiced.status, 303, "{}", invoiced.text());
    let mut buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let invoice = buyer.items("/api/v1/invoices").await.expect("the invoices")[0]["id"].as_str().expect("an id").to_string();
    let document = buyer.call("GET", &format!("/api/v1/invoices/{invoice}"), None).await.expect("the invoice").text();
    assert_eq!(between(&document, "<cbc:LineID>", "<").as_deref(), Some("2"), "{document}");
    let credit = serde_json::json!({"kind": "refund", "lines": [{"line": 1, "quantity": "1"}]});
    let credited = finance.call("POST", &format!("/api/v1/customers/library/invoices/{invoice}/credits"), Some(&credit)).await.expect("an answer");
    assert_eq!(credited.status, 201, "{}", credited.text());
    let mut tx = gateway.server.app.store.view().await.expect("a view");
    for report in hookline::flow::verifying::verify_in(&mut tx, None).await.expect("a proof") {
        assert_eq!(report.wrong, Vec::<String>::new(), "{}", report.tenant);
    }
    drop(tx);
    gateway.stop().await;
}

async fn one_sender_may_speak_for_several_buyers(engine: Engine) {
    let other = COLLEGE
        .split("[[credential]]")
        .next()
        .expect("a connection")
        .replace("\"college\"", "\"other\"")
        .replace("buyer = \"library\"", "buyer = \"firm\"");
    let other = other.replace("NetworkId:college", "NetworkId:other").replace("own =", "hub = \"college\"\nown =");
    let gateway = Gateway::with(engine, &format!("{}\n{other}", world())).await;
    let from = |identity: &str| {
        let inner = format!("<From><Credential domain=\"NetworkId\"><Identity>{identity}</Identity></Credential></From>");
        setup(SECRET).replace("<From><Credential domain=\"NetworkId\"><Identity>college</Identity></Credential></From>", &inner)
    };
    let sessions = async |tenant: &str, connection: &str| {
        let mut tx = gateway.server.app.store.read().await.expect("a reader");
        hookline::store::session::of_connection(&mut tx, tenant, connection, 10).await.expect("rows").len()
    };
    assert_eq!(post(&gateway, "college", &from("other")).await.code, "200");
    assert_eq!((sessions("firm", "other").await, sessions("library", "college").await), (1, 0));
    assert_eq!(post(&gateway, "college", &from("stranger")).await.code, "403");
    assert_eq!(post(&gateway, "other", &from("other")).await.code, "401", "the hub's secret is no secret there");
    let both = from("other").replacen(
        "</Credential></From>",
        "</Credential><Credential domain=\"NetworkId\"><Identity>college</Identity></Credential></From>",
        1,
    );
    assert_eq!(post(&gateway, "college", &both).await.code, "400");
    let elsewhere = setup(SECRET).replace("<Identity>shop<", "<Identity>other-shop<");
    assert_eq!(post(&gateway, "college", &elsewhere).await.code, "403");
    gateway.stop().await;
}

/// Documents that other people published: what they are is read, and none of them harms.
#[test]
fn published_documents_are_read() {
    use hookline::domain::connection::{Cxml, Unknown};
    use hookline::wire::cxml::{envelope, fulfilment, notice, order, setup, tree};
    let Some(shared) = shared() else { return };
    let habits = Cxml { unknown_parts: Unknown::Accept, no_cost_centre: Unknown::Accept, ..Cxml::default() };
    let (mut read, mut orders, mut statements) = (0, 0, 0);
    let mut folders = vec![shared.join("data/cxml/samples"), shared.join("data/cxml/composed")];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(&folder).expect("a folder").flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|ending| ending != "xml") {
                continue;
            }
            let bytes = std::fs::read(&path).expect("a file");
            let Ok(document) = tree::read(&bytes, None) else { continue };
            read += 1;
            let Ok(envelope) = envelope::read(&document, &mut Vec::new()) else { continue };
            let element = envelope.payload_element;
            match element.name.as_str() {
                "OrderRequest" => {
                    let known = order::read(element, &habits, "Europe/Berlin", &mut Vec::new());
                    orders += usize::from(known.is_ok());
                    assert!(known.is_ok() || !path.starts_with(shared.join("data/cxml/composed")), "{}: {known:?}", path.display());
                }
                "PunchOutSetupRequest" => {
                    assert!(setup::read(element, &mut Vec::new()).is_ok() || !path.to_string_lossy().contains("composed"), "{}", path.display())
                }
                "ConfirmationRequest" => {
                    fulfilment::read_confirmation(element, "Europe/Berlin").unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
                    statements += 1;
                }
                "ShipNoticeRequest" => {
                    notice::read(element).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
                    statements += 1;
                }
                _ => {}
            }
        }
    }
    assert!(read > 30 && orders >= 4 && statements >= 3, "{read} documents, {orders} orders, {statements} statements");
}

/// Taken, taken again, refused by the books, refused before: one record each, with what was answered and what was odd.
async fn each_document_has_its_evidence_once(engine: Engine) {
    let gateway = Gateway::with(engine, &world()).await;
    let send = async |payload: &str, number: &str, quantity: &str, total: &str| {
        let items = line(quantity, "BOOK-1", "", "10.00", "FICTION");
        post(&gateway, "college", &format!("\n{}", order(payload, "production", &format!("orderID=\"{number}\""), total, &items))).await.code
    };
    assert_eq!(send("1@test", "E-1", "3", "30").await, "200");
    assert_eq!(send("1@test", "E-1", "3", "30").await, "200");
    // 90 of the 70 that are left.
    assert_eq!(send("2@test", "E-2", "9", "90").await, "400");
    // A total that is nobody's.
    assert_eq!(send("3@test", "E-3", "1", "77").await, "400");
    let mut operator = gateway.operator().await.expect("signed in");
    let records = operator.items("/api/v1/connections/college/evidence?limit=20").await.expect("evidence");
    let orders: Vec<&Value> = records.iter().filter(|record| record["outcome"] == "orderrequest").collect();
    let of = |record: &Value, name: &str| record[name].as_str().unwrap_or_default().to_owned();
    let mut seen: Vec<(String, String)> = orders.iter().map(|record| (parameter(record, "payloadID"), of(record, "reason"))).collect();
    seen.sort();
    let expected = [("1@test", ""), ("1@test", ""), ("2@test", "400"), ("3@test", "400")];
    assert_eq!(seen, expected.map(|(payload, reason)| (payload.to_owned(), reason.to_owned())), "{records:?}");
    for record in orders {
        let document = parameter(record, "document");
        assert!(document.contains("<OrderRequest>") && !document.contains(SECRET), "{document}");
        assert!(record["notes"].to_string().contains("before the XML declaration"), "{record}");
    }
    gateway.stop().await;
}

/// Two boxes of thirty at 0.50 for the piece are 30.00. The supplier asks 0.55 for the piece, 16.50 for the box: taken, the order costs 33.00; and
/// what the desk offers for the box is told as a price for the piece (section 10).
async fn an_offer_for_a_box_priced_by_the_piece_costs_what_it_says(engine: Engine) {
    let gateway = Gateway::with(engine, &with_supplier()).await;
    let of = |number: &str| {
        let basis = "<UnitOfMeasure>BX</UnitOfMeasure><PriceBasisQuantity quantity=\"1\" conversionFactor=\"30\"><UnitOfMeasure>EA</UnitOfMeasure></PriceBasisQuantity>";
        let boxes = line("2", "BOXED", "", "0.50", "FICTION").replace("<UnitOfMeasure>EA</UnitOfMeasure>", basis);
        order(&format!("{number}@test"), "production", &format!("orderID=\"{number}\""), "30", &boxes)
    };
    assert_eq!(post(&gateway, "college", &of("B-1")).await.code, "200");
    assert_eq!(committed(&gateway).await, 3000);
    let unit = "<UnitOfMeasure>BX</UnitOfMeasure>";
    let confirmation = format!(
        "<ConfirmationRequest><ConfirmationHeader type=\"detail\" noticeDate=\"2026-03-06\"/><OrderReference orderID=\"B-1\"><DocumentReference payloadID=\"\"/></OrderReference>\
         <ConfirmationItem quantity=\"2\" lineNumber=\"1\">{unit}<ConfirmationStatus quantity=\"2\" type=\"detail\">{unit}<UnitPrice><Money currency=\"EUR\">0.55</Money></UnitPrice>\
         </ConfirmationStatus></ConfirmationItem></ConfirmationRequest>"
    );
    let taken = post(&gateway, "college", &from_supplier("c1@acme", &confirmation)).await;
    assert_eq!(taken.code, "200", "{}", taken.text);
    let mut buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let known = buyer.get("/api/v1/orders/B-1").await.expect("the order");
    assert_eq!(known["lines"][0]["answers"][0]["price"], "16.5", "{known}");
    let answer = buyer.call("POST", "/api/v1/orders/B-1/offers/1", Some(&json!({"decision": "accept"}))).await.expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(committed(&gateway).await, 3300);
    gateway.stop().await;
}
