//! Suppliers' invoices come in: booked when they match, else they wait; once whatever comes twice, and nothing is lost. Documents are written
//! here, by hand, and are right by the official rules unless a test spoils them. Amounts are worked out by hand.

use std::time::{Duration, Instant};

use hookline::einvoice::{self, Day};
use hookline::flow::receiving::{self, Channel};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway, sign_in_on_page};
use crate::support::http::{Answer, Request};
use crate::support::receiver::at_least;
use crate::support::waiting::until;

on_both_engines! {
    a_matched_invoice_is_booked_and_its_second_arrival_is_not,
    of_eight_at_once_exactly_one_is_booked,
    of_eight_in_other_bytes_exactly_one_is_booked,
    what_did_not_come_waits_until_it_came,
    what_came_meanwhile_is_booked_by_itself,
    an_invoice_without_an_order_goes_on_a_budget,
    a_box_of_ten_is_ten_pieces,
    one_invoice_for_two_orders_moves_both,
    a_clerk_posts_what_is_dearer,
    an_invoice_without_a_known_order_waits_with_proposals,
    a_changed_account_waits_for_an_administrator,
    a_credit_note_gives_the_money_back,
    what_the_books_hold_is_kept_with_the_reason,
    a_posted_invoice_is_taken_out_again,
    an_answer_goes_to_the_supplier,
    tolerances_are_the_buyers_own,
    bad_documents_are_refused_with_place_and_kept,
    two_decisions_at_once_are_one,
    a_person_without_the_right_posts_nothing,
    clerks_work_on_pages,
    a_folder_is_emptied,
    an_answer_is_mailed_with_its_document,
    a_clerk_is_told_once_that_an_invoice_waits,
}

const PEOPLE: &str = r#"
[[person]]
sign_in = "boss@library.example"
password = "Boss-password-123"
name = "B. Oss"
mail = "boss@library.example"
language = "en"
buyer = "library"
roles = ["buyer_administrator"]
"#;

/// A document of one line.
#[derive(Clone)]
pub struct Doc {
    pub number: &'static str,
    pub order: &'static str,
    pub line: &'static str,
    pub article: &'static str,
    pub quantity: &'static str,
    pub price: &'static str,
    pub account: &'static str,
    pub corrects: Option<&'static str>,
    /// A second line like the first, of another order.
    pub also: Option<&'static str>,
    /// Changes the bytes and nothing of what they say.
    pub padding: usize,
}

pub const DOC: Doc = Doc {
    number: "F-2026-1",
    order: "45001",
    line: "1",
    article: "BOOK-1",
    quantity: "2",
    price: "10.00",
    account: "NL91ABNA0417164300",
    corrects: None,
    also: None,
    padding: 0,
};

fn d(text: &str) -> Decimal {
    text.parse().expect("a literal of this test")
}

impl Doc {
    pub fn xml(&self) -> String {
        let of_line = (d(self.quantity) * d(self.price)).round_dp(2);
        let net = of_line * Decimal::from(1 + self.also.iter().count());
        let tax = (net * d("0.09")).round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
        let gross = net + tax;
        let (root, kind, line, quantity) = match self.corrects {
            None => ("Invoice", "<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>", "InvoiceLine", "InvoicedQuantity"),
            Some(_) => ("CreditNote", "<cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>", "CreditNoteLine", "CreditedQuantity"),
        };
        let wrapped = |name: &str, inner: String| format!("<cac:{name}>{inner}</cac:{name}>");
        let order = if self.order.is_empty() { String::new() } else { wrapped("OrderReference", format!("<cbc:ID>{}</cbc:ID>", self.order)) };
        let corrects =
            self.corrects.map(|number| wrapped("BillingReference", wrapped("InvoiceDocumentReference", format!("<cbc:ID>{number}</cbc:ID>"))));
        let on_line =
            if self.line.is_empty() { String::new() } else { wrapped("OrderLineReference", format!("<cbc:LineID>{}</cbc:LineID>", self.line)) };
        let scheme = "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>";
        let category = format!("<cbc:ID>S</cbc:ID><cbc:Percent>9</cbc:Percent>{scheme}");
        let amount = |name: &str, value: Decimal| format!("<cbc:{name} currencyID=\"EUR\">{value:.2}</cbc:{name}>");
        let address = "<cac:PostalAddress><cbc:StreetName>Plein 1</cbc:StreetName><cbc:CityName>Goes</cbc:CityName><cbc:PostalZone>4461 AA</cbc:PostalZone><cac:Country><cbc:IdentificationCode>NL</cbc:IdentificationCode></cac:Country></cac:PostalAddress>";
        let of_order = |id: u32, note: String| {
            format!(
                "<cac:{line}><cbc:ID>{id}</cbc:ID>{note}<cbc:{quantity} unitCode=\"H87\">{}</cbc:{quantity}>{}{on_line}<cac:Item><cbc:Name>A book</cbc:Name><cac:SellersItemIdentification><cbc:ID>{}</cbc:ID></cac:SellersItemIdentification><cac:ClassifiedTaxCategory>{category}</cac:ClassifiedTaxCategory></cac:Item><cac:Price><cbc:PriceAmount currencyID=\"EUR\">{}</cbc:PriceAmount></cac:Price></cac:{line}>",
                self.quantity,
                amount("LineExtensionAmount", of_line),
                self.article,
                self.price,
            )
        };
        let also = self.also.map(|order| of_order(2, format!("<cbc:Note>Bestelling {order}</cbc:Note>"))).unwrap_or_default();
        let lines = of_order(1, String::new()) + &also;
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>{}
<{root} xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:{root}-2\" xmlns:cac=\"urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2\" xmlns:cbc=\"urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2\">
<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID><cbc:ID>{}</cbc:ID><cbc:IssueDate>2026-03-02</cbc:IssueDate>{kind}<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>{order}{}
<cac:AccountingSupplierParty><cac:Party><cbc:EndpointID schemeID=\"9944\">NL001234567B01</cbc:EndpointID>{address}<cac:PartyTaxScheme><cbc:CompanyID>NL001234567B01</cbc:CompanyID>{scheme}</cac:PartyTaxScheme><cac:PartyLegalEntity><cbc:RegistrationName>Acme Supplies</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cbc:EndpointID schemeID=\"9944\">NL001234567B01</cbc:EndpointID>{address}<cac:PartyLegalEntity><cbc:RegistrationName>Library of the Delta</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty>
<cac:PaymentMeans><cbc:PaymentMeansCode>58</cbc:PaymentMeansCode><cac:PayeeFinancialAccount><cbc:ID>{}</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
<cac:TaxTotal>{}<cac:TaxSubtotal>{}{}<cac:TaxCategory>{category}</cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal>{}{}{}{}</cac:LegalMonetaryTotal>
{lines}
</{root}>",
            "\n".repeat(self.padding),
            self.number,
            corrects.unwrap_or_default(),
            self.account,
            amount("TaxAmount", tax),
            amount("TaxableAmount", net),
            amount("TaxAmount", tax),
            amount("LineExtensionAmount", net),
            amount("TaxExclusiveAmount", net),
            amount("TaxInclusiveAmount", gross),
            amount("PayableAmount", gross),
        )
    }
}

struct World {
    gateway: Gateway,
    orderer: Api,
    boss: Api,
    desk: Api,
    order: String,
}

async fn world_with(engine: Engine, toml: &str) -> World {
    let gateway = Gateway::with(engine, toml).await;
    let mut orderer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let boss = Api::signed_in(gateway.address, "boss@library.example", "Boss-password-123").await.expect("signed in");
    let desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let body = json!({"number": "45001", "connection": "lib", "lines": [
        {"line": 1, "article": "BOOK-1", "quantity": "2", "coding": {"budget_code": "FICTION"}}]});
    let placed = orderer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer");
    assert_eq!(placed.status, 201, "{}", placed.text());
    let order = placed.json().expect("JSON")["id"].as_str().expect("an id").to_string();
    World { gateway, orderer, boss, desk, order }
}

/// An order of two books at 10.00, on a budget of 100.00.
async fn world(engine: Engine) -> World {
    world_with(engine, &format!("{WORLD}\n{PEOPLE}")).await
}

impl World {
    async fn ship(&mut self) {
        for step in ["confirm", "ship"] {
            let answer = self.desk.call("POST", &format!("/desk/library/{}/{step}", self.order), None).await.expect("an answer");
            assert_eq!(answer.status, 303, "{step}: {}", answer.text());
        }
    }

    async fn bring(&mut self, doc: &Doc) -> (u16, Value) {
        answer(bring(&mut self.orderer, doc.xml()).await)
    }

    async fn decide(&mut self, id: &Value, body: Value) -> (u16, Value) {
        let target = format!("/api/v1/received-invoices/{}/decision", id.as_str().expect("an id"));
        answer(self.boss.call("POST", &target, Some(&body)).await.expect("an answer"))
    }

    async fn one(&mut self, id: &Value) -> Value {
        self.orderer.get(&format!("/api/v1/received-invoices/{}", id.as_str().expect("an id"))).await.expect("an invoice")
    }

    /// Committed, delivered, expended, available.
    async fn money(&mut self) -> [i64; 4] {
        let budgets = self.orderer.items("/api/v1/budgets").await.expect("the budgets");
        ["committed", "delivered", "expended", "available"].map(|key| budgets[0][key].as_i64().expect("an amount"))
    }

    async fn state_of_order(&mut self) -> String {
        let order = self.orderer.get("/api/v1/orders/45001").await.expect("the order");
        order["state"].as_str().expect("a state").to_string()
    }

    /// The journal adds up to what is kept beside it.
    async fn proven(self) {
        let mut tx = self.gateway.server.app.store.view().await.expect("a view");
        for report in hookline::flow::verifying::verify_in(&mut tx, None).await.expect("a proof") {
            assert_eq!(report.wrong, Vec::<String>::new(), "{}", report.tenant);
        }
        drop(tx);
        self.gateway.stop().await;
    }
}

async fn bring(api: &mut Api, xml: impl AsRef<[u8]>) -> Answer {
    let request = Request::new("POST", "/api/v1/received-invoices").header("Content-Type", "application/xml").body(xml);
    api.client.send(request).await.expect("an answer")
}

fn answer(answer: Answer) -> (u16, Value) {
    (answer.status, answer.json().unwrap_or_else(|| panic!("no JSON: {} {}", answer.status, answer.text())))
}

/// The documents are right: a test that is refused is refused for its own reason.
#[test]
fn the_documents_of_these_tests_are_right() {
    for doc in [DOC, Doc { also: Some("45002"), ..DOC }, Doc { corrects: Some("F-2026-1"), number: "C-1", ..DOC }] {
        let report = einvoice::check(doc.xml().as_bytes(), None, Day(2026, 11, 28));
        assert!(report.accepted(), "{:?} {:?} {:?}", report.refusal, report.departures, report.findings);
    }
}

async fn a_matched_invoice_is_booked_and_its_second_arrival_is_not(engine: Engine) {
    let mut world = world(engine).await;
    world.ship().await;
    assert_eq!(world.money().await, [0, 2000, 0, 8000]);
    let (status, first) = world.bring(&DOC).await;
    assert_eq!((status, &first["state"], &first["outcome"]), (201, &json!("posted"), &json!("matched")), "{first}");
    assert_eq!(world.money().await, [0, 0, 2000, 8000]);
    assert_eq!(world.state_of_order().await, "invoiced");
    // The same bytes, by another way.
    let app = world.gateway.server.app.clone();
    let again = receiving::receive(&app, "library", "access point", DOC.xml().as_bytes(), Channel::AccessPoint).await.expect("a receipt");
    assert!(again.again);
    assert_eq!(json!(again.invoice.id), first["id"]);
    // Other bytes, the same document.
    let (status, other) = world.bring(&Doc { padding: 1, ..DOC }).await;
    assert_eq!((status, &other["state"]), (200, &json!("duplicate")), "{other}");
    // Another invoice for the same goods.
    let (status, more) = world.bring(&Doc { number: "F-2026-2", ..DOC }).await;
    assert_eq!((status, &more["outcome"]), (202, &json!("already_invoiced")), "{more}");
    assert_eq!(world.money().await, [0, 0, 2000, 8000]);
    let document = world.orderer.call("GET", &format!("/api/v1/received-invoices/{}/document", first["id"].as_str().unwrap_or("")), None).await;
    assert_eq!(document.expect("the document").text(), DOC.xml(), "kept as received");
    world.proven().await;
}

/// Brings one document per caller, all at once; gives the statuses and the number of posted invoices.
async fn at_once(world: &mut World, docs: Vec<Doc>) -> (Vec<u16>, usize) {
    let callers = docs.into_iter().map(|doc| {
        let mut api = world.orderer.clone();
        tokio::spawn(async move { bring(&mut api, doc.xml()).await.status })
    });
    let mut statuses = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        statuses.push(caller.await.expect("no panic"));
    }
    statuses.sort_unstable();
    let posted = world.orderer.items("/api/v1/received-invoices?state=posted").await.expect("a list").len();
    (statuses, posted)
}

async fn of_eight_at_once_exactly_one_is_booked(engine: Engine) {
    let mut world = world(engine).await;
    world.ship().await;
    let (statuses, posted) = at_once(&mut world, vec![DOC; 8]).await;
    assert_eq!(posted, 1);
    assert!(statuses.iter().all(|status| matches!(status, 200 | 201)), "{statuses:?}");
    assert_eq!(world.orderer.items("/api/v1/received-invoices").await.expect("a list").len(), 1);
    assert_eq!(world.money().await, [0, 0, 2000, 8000]);
    world.proven().await;
}

async fn of_eight_in_other_bytes_exactly_one_is_booked(engine: Engine) {
    let mut world = world(engine).await;
    world.ship().await;
    let docs = (0..8).map(|padding| Doc { padding, ..DOC }).collect();
    let (statuses, posted) = at_once(&mut world, docs).await;
    assert_eq!(posted, 1);
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 200, 201]);
    assert_eq!(world.money().await, [0, 0, 2000, 8000]);
    assert_eq!(world.orderer.items("/api/v1/received-invoices").await.expect("a list").len(), 8, "nothing is lost");
    world.proven().await;
}

async fn what_did_not_come_waits_until_it_came(engine: Engine) {
    let mut world = world(engine).await;
    let (status, early) = world.bring(&DOC).await;
    assert_eq!((status, &early["state"], &early["outcome"]), (202, &json!("waiting"), &json!("not_received")));
    assert_eq!(world.money().await, [2000, 0, 0, 8000], "nothing is booked");
    // The gateway's own first look, soon after it starts, is over: it would book the invoice in the same moment as the clerk.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    world.ship().await;
    let (status, now) = world.decide(&early["id"], json!({"decision": "again"})).await;
    assert_eq!((status, &now["state"], &now["outcome"]), (200, &json!("posted"), &json!("matched")), "{now}");
    assert_eq!(world.money().await, [0, 0, 2000, 8000]);
    world.proven().await;
}

/// Within the hour, without anybody.
async fn what_came_meanwhile_is_booked_by_itself(engine: Engine) {
    let mut world = world(engine).await;
    let (_, early) = world.bring(&DOC).await;
    world.ship().await;
    world.gateway.advance(Duration::from_secs(3600));
    let mut orderer = Api::signed_in(world.gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let target = format!("/api/v1/received-invoices/{}", early["id"].as_str().expect("an id"));
    until("a posted invoice", async || (orderer.get(&target).await.expect("the invoice")["state"] == "posted").then_some(())).await;
    world.orderer = orderer;
    assert_eq!(world.money().await, [0, 0, 2000, 8000]);
    world.proven().await;
}

/// 20.00 on FICTION beside the 20.00 that the order has reserved: 60.00 are left.
async fn an_invoice_without_an_order_goes_on_a_budget(engine: Engine) {
    let mut world = world(engine).await;
    let (_, loose) = world.bring(&Doc { order: "", line: "", article: "SUBSCRIPTION", ..DOC }.clone()).await;
    assert_eq!((&loose["state"], &loose["outcome"]), (&json!("waiting"), &json!("not_ordered")), "{loose}");
    let (status, unknown) = world.decide(&loose["id"], json!({"decision": "post", "lines": [{"line": 1, "budget": "NOPE"}]})).await;
    assert_eq!(status, 422, "{unknown}");
    let (status, posted) = world.decide(&loose["id"], json!({"decision": "post", "lines": [{"line": 1, "budget": "FICTION"}]})).await;
    assert_eq!((status, &posted["state"]), (200, &json!("posted")), "{posted}");
    assert_eq!(world.money().await, [2000, 0, 2000, 6000]);
    let (status, gone) = world.decide(&posted["id"], json!({"decision": "cancel"})).await;
    assert_eq!((status, &gone["state"]), (200, &json!("cancelled")), "{gone}");
    assert_eq!(world.money().await, [2000, 0, 0, 8000]);
    world.proven().await;
}

/// Two books of the order are one fifth of a box of ten at 100.00.
async fn a_box_of_ten_is_ten_pieces(engine: Engine) {
    let own = "id = \"library\"\nmatching = { packs = [{ article = \"BOOK-1\", unit = \"XBX\", holds = \"10\" }] }\n";
    let toml = format!("{WORLD}\n{PEOPLE}").replace("id = \"library\"\n", own);
    let mut world = world_with(engine, &toml).await;
    world.ship().await;
    let boxed = Doc { quantity: "0.2", price: "100.00", ..DOC }.xml().replace("unitCode=\"H87\"", "unitCode=\"XBX\"");
    let (status, posted) = answer(bring(&mut world.orderer, boxed).await);
    assert_eq!((status, &posted["outcome"]), (201, &json!("matched")), "{posted}");
    assert_eq!(world.money().await, [0, 0, 2000, 8000]);
    assert_eq!(world.state_of_order().await, "invoiced");
    world.proven().await;
}

async fn one_invoice_for_two_orders_moves_both(engine: Engine) {
    let mut world = world(engine).await;
    world.ship().await;
    let body = json!({"number": "45002", "connection": "lib", "lines": [
        {"line": 1, "article": "BOOK-1", "quantity": "2", "coding": {"budget_code": "FICTION"}}]});
    let placed = world.orderer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer").json().expect("JSON");
    world.order = placed["id"].as_str().expect("an id").to_owned();
    world.ship().await;
    let (status, posted) = world.bring(&Doc { also: Some("45002"), ..DOC }).await;
    assert_eq!((status, &posted["outcome"], &posted["orders"]), (201, &json!("matched"), &json!("45001, 45002")), "{posted}");
    assert_eq!(world.money().await, [0, 0, 4000, 6000]);
    for number in ["45001", "45002"] {
        let order = world.orderer.get(&format!("/api/v1/orders/{number}")).await.expect("the order");
        assert_eq!((&order["state"], &order["lines"][0]["invoiced"]), (&json!("invoiced"), &json!("2")), "{order}");
    }
    world.proven().await;
}

/// 11.00 for 10.00 is 10 % more: it waits, and 22.00 are spent once a clerk posts it.
async fn a_clerk_posts_what_is_dearer(engine: Engine) {
    let mut world = world(engine).await;
    world.ship().await;
    let (status, dear) = world.bring(&Doc { price: "11.00", ..DOC }).await;
    assert_eq!((status, &dear["outcome"]), (202, &json!("price_difference")));
    let seen = world.one(&dear["id"]).await;
    let price = seen["lines"][0]["reasons"].as_array().expect("reasons").iter().find(|reason| reason["check"] == "price").expect("the price").clone();
    assert_eq!((&price["expected"], &price["found"], &price["money"]), (&json!("10"), &json!("11"), &json!("2.00")), "{seen}");
    let (status, stale) = world.decide(&dear["id"], json!({"decision": "post", "version": 99})).await;
    assert_eq!(status, 409, "{stale}");
    let (status, posted) = world.decide(&dear["id"], json!({"decision": "post", "version": 1})).await;
    assert_eq!((status, &posted["state"]), (200, &json!("posted")), "{posted}");
    assert_eq!(world.money().await, [0, 0, 2200, 7800]);
    let (status, done) = world.decide(&dear["id"], json!({"decision": "post"})).await;
    assert_eq!(status, 409, "{done}");
    world.proven().await;
}

async fn an_invoice_without_a_known_order_waits_with_proposals(engine: Engine) {
    let mut world = world(engine).await;
    world.ship().await;
    let (status, lost) = world.bring(&Doc { order: "99999", ..DOC }).await;
    assert_eq!((status, &lost["state"], &lost["outcome"], &lost["orders"]), (202, &json!("waiting"), &json!("not_ordered"), &json!("")));
    let seen = world.one(&lost["id"]).await;
    assert_eq!(seen["order_proposals"][0]["order"], "45001", "{seen}");
    assert_eq!(seen["proposals"][0][0]["order_line"], "1", "{seen}");
    let (status, unplaced) = world.decide(&lost["id"], json!({"decision": "post"})).await;
    assert_eq!(status, 422, "never booked to a guess: {unplaced}");
    let place = json!({"decision": "post", "lines": [{"line": 1, "order": "45001", "order_line": "1"}]});
    let (status, posted) = world.decide(&lost["id"], place).await;
    assert_eq!((status, &posted["state"], &posted["orders"]), (200, &json!("posted"), &json!("45001")), "{posted}");
    assert_eq!(world.money().await, [0, 0, 2000, 8000]);
    world.proven().await;
}

async fn a_changed_account_waits_for_an_administrator(engine: Engine) {
    let mut world = world(engine).await;
    world.ship().await;
    let (status, moved) = world.bring(&Doc { account: "NL02ABNA0123456789", quantity: "1", ..DOC }).await;
    assert_eq!((status, &moved["state"], &moved["outcome"]), (202, &json!("waiting"), &json!("matched")));
    let seen = world.one(&moved["id"]).await;
    assert_eq!((&seen["reasons"][0]["check"], &seen["reasons"][0]["found"]), (&json!("account"), &json!("NL02ABNA0123456789")));
    let (status, barred) = world.decide(&moved["id"], json!({"decision": "post"})).await;
    assert_eq!(status, 422, "not even by posting it: {barred}");
    let target = format!("/api/v1/received-invoices/{}/decision", moved["id"].as_str().expect("an id"));
    let denied = world.orderer.call("POST", &target, Some(&json!({"decision": "confirm_account"}))).await.expect("an answer");
    assert_eq!(denied.status, 403);
    let (status, confirmed) = world.decide(&moved["id"], json!({"decision": "confirm_account"})).await;
    assert_eq!((status, &confirmed["state"]), (200, &json!("posted")), "{confirmed}");
    let (status, next) = world.bring(&Doc { number: "F-2026-2", account: "NL02 ABNA 0123 4567 89", quantity: "1", ..DOC }).await;
    assert_eq!((status, &next["state"]), (201, &json!("posted")), "{next}");
    world.proven().await;
}

/// 2 × 10.00 less 1 × 10.00: a credit note that names the invoice, and no order.
async fn a_credit_note_gives_the_money_back(engine: Engine) {
    let mut world = world(engine).await;
    world.ship().await;
    assert_eq!(world.bring(&DOC).await.0, 201);
    let note = Doc { number: "C-2026-1", order: "", quantity: "1", corrects: Some("F-2026-1"), ..DOC };
    let (status, credited) = world.bring(&note).await;
    assert_eq!(
        (status, &credited["state"], &credited["net"], &credited["type"]),
        (201, &json!("posted"), &json!("-10.00"), &json!("381")),
        "{credited}"
    );
    assert_eq!(world.money().await, [0, 0, 1000, 9000]);
    assert_eq!(world.bring(&Doc { padding: 3, ..note.clone() }).await.0, 200);
    let (status, more) = world.bring(&Doc { number: "C-2026-2", quantity: "3", ..note }).await;
    assert_eq!((status, &more["outcome"]), (202, &json!("quantity_difference")), "{more}");
    assert_eq!(world.money().await, [0, 0, 1000, 9000]);
    world.proven().await;
}

/// The budget is empty but for the order: what is dearer passes its ceiling, and waits for money.
async fn what_the_books_hold_is_kept_with_the_reason(engine: Engine) {
    let toml = format!("{WORLD}\n{PEOPLE}").replace("amount = \"100.00\"", "amount = \"20.00\"");
    let mut world = world_with(engine, &toml).await;
    world.ship().await;
    let (status, held) = world.bring(&Doc { price: "10.05", ..DOC }).await;
    assert_eq!((status, &held["state"], &held["outcome"]), (202, &json!("held"), &json!("within_tolerance")), "{held}");
    assert_eq!(world.money().await, [0, 2000, 0, 0], "the goods keep their money");
    let seen = world.one(&held["id"]).await;
    assert_eq!(seen["refusal"]["over"][0], json!({"budget": "FICTION", "period": "2026", "short": 10}), "{seen}");
    let more = json!({"budget": "FICTION", "period": "2026", "amount": 100});
    let given = world.boss.call("POST", "/api/v1/budgets/allocations", Some(&more)).await.expect("an answer");
    assert_eq!(given.status, 200, "{}", given.text());
    let (status, posted) = world.decide(&held["id"], json!({"decision": "again"})).await;
    assert_eq!((status, &posted["state"]), (200, &json!("posted")), "{posted}");
    assert_eq!(world.money().await, [0, 0, 2010, 90]);
    assert_eq!(world.orderer.items("/api/v1/budgets/held").await.expect("a list").len(), 0);
    world.proven().await;
}

async fn a_posted_invoice_is_taken_out_again(engine: Engine) {
    let mut world = world(engine).await;
    world.ship().await;
    let (_, posted) = world.bring(&DOC).await;
    let (status, gone) = world.decide(&posted["id"], json!({"decision": "cancel"})).await;
    assert_eq!((status, &gone["state"]), (200, &json!("cancelled")), "{gone}");
    assert_eq!(world.money().await, [0, 2000, 0, 8000]);
    let (status, twice) = world.decide(&posted["id"], json!({"decision": "cancel"})).await;
    assert_eq!(status, 409, "{twice}");
    world.proven().await;
}

/// Section 17: what did not come is RE with DEL; the answer is right by the structure of UBL.
async fn an_answer_goes_to_the_supplier(engine: Engine) {
    let mut world = world(engine).await;
    let (_, early) = world.bring(&DOC).await;
    let id = early["id"].clone();
    for (body, field) in [
        (json!({"decision": "reject", "reason": "XYZ", "action": "NIN"}), "reason"),
        (json!({"decision": "reject", "reason": "DEL", "action": ""}), "action"),
        (json!({"decision": "ask", "reason": "OTH", "action": "PIN"}), "text"),
        (json!({"decision": "perhaps"}), "decision"),
    ] {
        let (status, problem) = world.decide(&id, body).await;
        assert_eq!((status, &problem["findings"][0]["field"]), (422, &json!(field)), "{problem}");
    }
    let body = json!({"decision": "reject", "reason": "DEL", "action": "CNF", "text": "Nothing came."});
    let (status, rejected) = world.decide(&id, body).await;
    assert_eq!((status, &rejected["state"]), (200, &json!("disputed")), "{rejected}");
    let target = format!("/api/v1/received-invoices/{}/response", id.as_str().expect("an id"));
    let xml = world.orderer.call("GET", &target, None).await.expect("the answer").text();
    let report = einvoice::check(xml.as_bytes(), None, Day(2026, 11, 28));
    assert_eq!(report.departures.as_ref().map(Vec::len), Some(0), "{:?} {xml}", report.departures);
    for part in [">RE<", ">DEL<", ">CNF<", ">F-2026-1<", "Nothing came.", "BT-129"] {
        assert!(xml.contains(part), "{part} in {xml}");
    }
    let mut tx = world.gateway.server.app.store.read().await.expect("a reader");
    let rows = tx.sql("SELECT recipient, payload FROM outbox WHERE lane LIKE 'supplier-invoice/%'").all().await.expect("rows");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].text("recipient").expect("text"), "orders@acme.example");
    let payload: Value = serde_json::from_str(&rows[0].text("payload").expect("text")).expect("JSON");
    assert_eq!(payload["attachment"]["text"], json!(xml));
    drop(tx);
    // What was rejected may still be posted when the goods come.
    world.ship().await;
    let (status, posted) = world.decide(&id, json!({"decision": "post"})).await;
    assert_eq!((status, &posted["state"]), (200, &json!("posted")), "{posted}");
    world.proven().await;
}

async fn tolerances_are_the_buyers_own(engine: Engine) {
    let own = "id = \"library\"\nmatching = { kind = \"two_way\", price_over_percent = \"15\", total_percent = \"15\" }\n";
    let toml = format!("{WORLD}\n{PEOPLE}").replace("id = \"library\"\n", own);
    let mut world = world_with(engine, &toml).await;
    let (status, posted) = world.bring(&Doc { price: "11.00", ..DOC }).await;
    assert_eq!((status, &posted["state"], &posted["outcome"]), (201, &json!("posted"), &json!("within_tolerance")), "{posted}");
    assert_eq!(world.money().await, [0, 0, 2200, 7800], "the order alone counts, and nothing came");
    let app = &world.gateway.server.app;
    let exported = hookline::flow::exporting::export(app).await.expect("an export");
    let same = hookline::flow::applying::plan(app, &exported).await.expect("the export can be read");
    assert_eq!(same.changes(), 0, "{:?}", same.steps);
    for wrong in
        ["kind = \"one_way\"", "price_over_percent = \"-1\"", "days = \"many\"", "packs = [{ article = \"A\", unit = \"BX\", holds = \"0\" }]"]
    {
        let spoiled = toml.replace("kind = \"two_way\", price_over_percent = \"15\"", wrong);
        let key = wrong.split(' ').next().expect("a word");
        let Err(hookline::error::Error::Invalid(findings)) = hookline::flow::applying::plan(app, &spoiled).await else { panic!("{wrong}") };
        assert_eq!(findings.0[0].field, format!("matching.{key}"));
    }
    world.proven().await;
}

async fn bad_documents_are_refused_with_place_and_kept(engine: Engine) {
    let mut world = world(engine).await;
    let entities = format!("<!DOCTYPE a [<!ENTITY b \"{}\">]><Invoice>&b;</Invoice>", "c".repeat(1000));
    let latin = [&b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><Invoice>"[..], b"\xe9</Invoice>"].concat();
    let spoiled = DOC.xml().replace("21.80</cbc:PayableAmount>", "21.81</cbc:PayableAmount>");
    let wide = format!("<Invoice>{}</Invoice>", "<a b='c'/>".repeat(40_000));
    for (bytes, field, place, state) in [
        (b"not XML".to_vec(), "XML", "line 1", "unreadable"),
        (Vec::new(), "XML", "line 1", "unreadable"),
        (entities.into_bytes(), "XML", "document-type", "unreadable"),
        ("<a>".repeat(100_000).into_bytes(), "XML", "too-deep", "unreadable"),
        (latin, "XML", "unknown-charset", "unreadable"),
        (wide.into_bytes(), "", "", "invalid"),
        (spoiled.into_bytes(), "BR-CO-16", "/Invoice[1]", "invalid"),
        (DOC.xml().replace("<cbc:ID>1</cbc:ID>", "").into_bytes(), "", "/Invoice[1]", "invalid"),
    ] {
        let begun = Instant::now();
        let (status, problem) = answer(bring(&mut world.orderer, &bytes).await);
        assert!(begun.elapsed() < Duration::from_secs(2), "{field} took {:?}", begun.elapsed());
        assert_eq!((status, &problem["state"]), (422, &json!(state)), "{problem}");
        let told = problem["findings"].as_array().expect("findings").iter().map(Value::to_string).collect::<Vec<_>>().join(" ");
        assert!(told.contains(field) && told.contains(place), "{field} {place}: {told}");
        let id = problem["id"].as_str().expect("an id");
        let kept = world.orderer.call("GET", &format!("/api/v1/received-invoices/{id}/document"), None).await.expect("the document");
        assert_eq!(kept.body, bytes, "kept as it came");
    }
    let huge = vec![b' '; 5 * 1024 * 1024 + 1];
    let (status, problem) = answer(bring(&mut world.orderer, &huge).await);
    assert_eq!((status, &problem["findings"][0]["limit"]), (422, &json!("5242880")), "{problem}");
    let mut tx = world.gateway.server.app.store.read().await.expect("a reader");
    let rows = tx.sql("SELECT answer FROM inbox WHERE channel = 'invoices/api' AND answer LIKE '%5242880%'").all().await.expect("rows");
    assert_eq!(rows.len(), 1, "that it came is kept");
    drop(tx);
    // A mended one may come under the number of one that was refused.
    world.ship().await;
    assert_eq!(world.bring(&DOC).await.0, 201);
    world.proven().await;
}

async fn two_decisions_at_once_are_one(engine: Engine) {
    let mut world = world(engine).await;
    world.ship().await;
    let (_, dear) = world.bring(&Doc { price: "11.00", ..DOC }).await;
    let target = format!("/api/v1/received-invoices/{}/decision", dear["id"].as_str().expect("an id"));
    let bodies = (0..8).map(|at| match at % 2 {
        0 => json!({"decision": "post", "version": 1}),
        _ => json!({"decision": "reject", "reason": "PRI", "action": "CNP", "version": 1}),
    });
    let callers = bodies.map(|body| {
        let (mut api, target) = (world.boss.clone(), target.clone());
        tokio::spawn(async move { api.call("POST", &target, Some(&body)).await.expect("an answer").status })
    });
    let mut good = 0;
    for caller in callers.collect::<Vec<_>>() {
        let status = caller.await.expect("no panic");
        assert!(matches!(status, 200 | 409), "{status}");
        good += usize::from(status == 200);
    }
    let seen = world.one(&dear["id"]).await;
    let notes = seen["notes"].as_array().expect("notes").len();
    assert!(good >= 1);
    assert_eq!(notes, 1, "one decision was made: {seen}");
    let spent = if seen["state"] == "posted" { 2200 } else { 0 };
    assert_eq!(world.money().await[2], spent);
    world.proven().await;
}

/// Whoever may not order on the budget does not spend of it either, and is not told of it.
async fn a_person_without_the_right_posts_nothing(engine: Engine) {
    let rights = "[[budget]]\nbuyer = \"library\"\ncode = \"OTHER\"\nname = \"Other\"\namount = \"1.00\"\n\
                  [[budget_right]]\nbuyer = \"library\"\nperson = \"boss@library.example\"\nbudget = \"OTHER\"\nright = \"order\"\n\
                  [[budget_right]]\nbuyer = \"library\"\nperson = \"orderer@library.example\"\nright = \"order\"\n";
    let mut world = world_with(engine, &format!("{WORLD}\n{PEOPLE}\n{rights}")).await;
    world.ship().await;
    let (_, dear) = world.bring(&Doc { price: "11.00", ..DOC }).await;
    let (status, denied) = world.decide(&dear["id"], json!({"decision": "post"})).await;
    assert_eq!(status, 404, "{denied}");
    let target = format!("/api/v1/received-invoices/{}/decision", dear["id"].as_str().expect("an id"));
    let posted = world.orderer.call("POST", &target, Some(&json!({"decision": "post"}))).await.expect("an answer");
    assert_eq!(posted.status, 200, "{}", posted.text());
    world.proven().await;
}

async fn clerks_work_on_pages(engine: Engine) {
    let mut world = world(engine).await;
    world.ship().await;
    let mut client = sign_in_on_page(world.gateway.address, "boss@library.example", "Boss-password-123").await.expect("signed in");
    let origin = format!("http://{}", client.address);
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.xml\"\r\nContent-Type: application/xml\r\n\r\n{}\r\n--b--\r\n",
        Doc { price: "11.00", ..DOC }.xml()
    );
    let request = Request::new("POST", "/received").header("Content-Type", "multipart/form-data; boundary=b").header("Origin", &origin).body(body);
    let brought = client.send(request).await.expect("an answer");
    assert_eq!(brought.status, 303, "{}", brought.text());
    let place = brought.header("location").expect("the invoice").to_string();
    let list = client.get("/received").await.expect("the list").text();
    assert!(list.contains("F-2026-1") && list.contains(&place), "{list}");
    let shown = client.get(&place).await.expect("the invoice").text();
    for part in ["F-2026-1", "45001", "A book", "value=\"45001|1\""] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let fields = [("decision", "post"), ("version", "1"), ("line-1", "45001|1")].map(|(name, value)| (name.to_string(), value.to_string()));
    let posted = client.send(Request::form(&place, &fields).header("Origin", &origin)).await.expect("an answer");
    assert_eq!(posted.status, 303, "{}", posted.text());
    assert_eq!(world.money().await, [0, 0, 2200, 7800]);
    let empty =
        Request::new("POST", "/received").header("Content-Type", "multipart/form-data; boundary=b").header("Origin", &origin).body("--b--\r\n");
    assert_eq!(client.send(empty).await.expect("an answer").status, 422);
    world.proven().await;
}

/// Files that are whole, of a buyer that is there; each once, and laid aside.
async fn a_folder_is_emptied(engine: Engine) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let own = folder.path().join("library");
    std::fs::create_dir_all(own.join("sub.xml")).expect("a folder");
    std::fs::create_dir_all(folder.path().join("nobody")).expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    write("library/right.xml", &DOC.xml());
    write("library/same.XML", &DOC.xml());
    write("library/wrong.xml", "no XML");
    write("library/half.xml.part", "<Invoice");
    write("nobody/other.xml", &DOC.xml());
    std::os::unix::fs::symlink(folder.path().join("nobody/other.xml"), own.join("link.xml")).expect("a link");
    let gateway = Gateway::with_invoice_folder(engine, &format!("{WORLD}\n{PEOPLE}"), folder.path()).await;
    let mut boss = Api::signed_in(gateway.address, "boss@library.example", "Boss-password-123").await.expect("signed in");
    let is_emptied = || own.join("refused/wrong.xml").exists() && own.join("taken/same.XML").exists();
    until("a folder that was emptied", async || is_emptied().then_some(())).await;
    let there = |name: &str| folder.path().join(name).exists();
    assert!(there("library/taken/right.xml") && there("library/taken/same.XML") && there("library/refused/wrong.xml"));
    assert!(there("library/half.xml.part") && there("library/link.xml") && there("nobody/other.xml") && there("library/sub.xml"));
    let invoices = boss.items("/api/v1/received-invoices").await.expect("a list");
    let mut states: Vec<&str> = invoices.iter().filter_map(|one| one["state"].as_str()).collect();
    states.sort_unstable();
    assert_eq!(states, ["unreadable", "waiting"]);
    assert!(invoices.iter().all(|one| one["channel"] == "invoices/folder"));
    gateway.stop().await;
}

/// The supplier reads why, and its system gets the document.
/// What is owed to the buyer because of invoices that came in: subject parts of each mail.
async fn told(world: &World) -> Vec<Value> {
    let mut tx = world.gateway.server.app.store.read().await.expect("a reader");
    let rows = tx.sql("SELECT recipient, payload FROM outbox WHERE lane LIKE 'received/%' ORDER BY id").all().await.expect("rows");
    let payload = |row: &hookline::store::Row| -> Value {
        assert_eq!(row.text("recipient").expect("text"), "inkoop@library.example");
        serde_json::from_str(&row.text("payload").expect("text")).expect("JSON")
    };
    rows.iter().map(payload).collect()
}

async fn a_clerk_is_told_once_that_an_invoice_waits(engine: Engine) {
    let mut world = world(engine).await;
    world.ship().await;
    // 3 of 2 that came; the same again, and matched anew: nobody is told twice.
    let much = Doc { quantity: "3", ..DOC };
    let (status, invoice) = world.bring(&much).await;
    assert_eq!((status, invoice["state"].as_str()), (202, Some("waiting")), "{invoice}");
    assert_eq!(world.bring(&much).await.0, 200);
    let id = invoice["id"].as_str().expect("an id");
    let again = world.orderer.call("POST", &format!("/api/v1/received-invoices/{id}/decision"), Some(&json!({"decision": "again"}))).await;
    assert_eq!(again.expect("an answer").status, 200);
    let mails = told(&world).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    let (template, values) = (&mails[0]["template"], &mails[0]["values"]);
    assert_eq!(
        (template.as_str(), values["invoice"].as_str(), values["seller"].as_str()),
        (Some("invoice-waits"), Some("F-2026-1"), Some("Acme Supplies"))
    );
    // 3 × 10.00 with 9 % tax.
    assert_eq!((values["day"].as_str(), values["amount"].as_str()), (Some("2026-03-02"), Some("EUR 32.70")));
    // One that matches is booked, and nobody is told.
    let (status, booked) = world.bring(&Doc { number: "F-2026-2", ..DOC }).await;
    assert_eq!((status, booked["state"].as_str()), (201, Some("posted")), "{booked}");
    assert_eq!(told(&world).await.len(), 1);
    world.gateway.stop().await;
}

async fn an_answer_is_mailed_with_its_document(engine: Engine) {
    let (port, seen) = crate::outbox::mail_server().await;
    let smtp = hookline::config::Smtp {
        url: hookline::config::SmtpUrl(format!("smtp://127.0.0.1:{port}")),
        from: "hookline <noreply@hookline.example>".into(),
    };
    let gateway = Gateway::with_mail(engine, &format!("{WORLD}\n{PEOPLE}"), smtp).await;
    let mut boss = Api::signed_in(gateway.address, "boss@library.example", "Boss-password-123").await.expect("signed in");
    let (status, lost) = answer(bring(&mut boss, DOC.xml()).await);
    assert_eq!((status, &lost["state"]), (202, &json!("waiting")));
    let target = format!("/api/v1/received-invoices/{}/decision", lost["id"].as_str().expect("an id"));
    let body = json!({"decision": "reject", "reason": "REF", "action": "NIN", "text": "Order 45001 is not ours."});
    let (status, rejected) = answer(boss.call("POST", &target, Some(&body)).await.expect("an answer"));
    assert_eq!((status, &rejected["state"]), (200, &json!("disputed")), "{rejected}");
    // The buyer hears that it waits, the supplier what became of it.
    let (buyers, mails): (Vec<String>, Vec<String>) = at_least(&seen, 2).await.into_iter().partition(|mail| mail.contains("wacht op u"));
    assert_eq!((buyers.len(), mails.len()), (1, 1), "{buyers:?} {mails:?}");
    for part in ["inkoop@library.example", "Factuur F-2026-1 van Acme Supplies wacht op u", "EUR 21.80"] {
        assert!(buyers[0].contains(part), "{part} in {}", buyers[0]);
    }
    for part in ["orders@acme.example", "Invoice F-2026-1 is rejected", "multipart/mixed", "Order 45001 is not ours.", "invoice-response.xml"] {
        assert!(mails[0].contains(part), "{part} in {}", mails[0]);
    }
    gateway.stop().await;
}
