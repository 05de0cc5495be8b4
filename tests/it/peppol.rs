//! Orders over Peppol from the access point to the books, and back to the buyer: answers, advices, changes. What leaves is held against the official
//! schemas by `xmllint` and against our own rules, which `ordering_rules` holds against the official ones.

use std::time::Duration;

use hookline::store::{self};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::cxml_cases::documents::{self, Document};
use crate::cxml_cases::world;
use crate::on_both_engines;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway, sign_in_on_page};
use crate::support::http::{Client, Request};
use crate::support::shop::Shop;

on_both_engines! {
    an_order_is_booked_and_its_receipt_is_owed,
    the_same_order_again_has_the_same_answer,
    copies_at_once_give_one_order_and_the_last_money_goes_once,
    what_cannot_be_booked_is_answered_with_its_reason,
    without_answers_a_refusal_goes_by_mail,
    what_the_desk_does_is_told_the_buyer,
    a_change_and_a_cancellation_move_the_books,
    an_order_that_was_placed_here_is_told_as_an_agreement,
    a_basket_that_is_handed_back_is_told_as_a_cart,
    a_supplier_answers_over_peppol,
    what_belongs_to_nobody_here_is_refused,
}

pub const WORLD: &str = r#"
[[supplier]]
id = "shop"
name = "Shop"
language = "en"
mail = "orders@shop.example"
country = "NO"
endpoint_scheme = "0088"
endpoint = "7300010000001"

[[buyer]]
id = "kommune"
name = "Fjordby kommune"
language = "en"
currency = "NOK"
country = "NO"
mail = "innkjop@fjordby.example"
endpoint_scheme = "0192"
endpoint = "987654325"

[[catalogue]]
id = "main"
supplier = "shop"
name = "Main"

[[article]]
catalogue = "main"
number = "SCR"
description = "A screw"
unit = "C62"
price = "12.50"
price_quantity = 100
currency = "NOK"
vat = "25"

[[connection]]
name = "fjordby"
buyer = "kommune"
catalogue = "main"
return_origins = ["https://erp.fjordby.example"]
[connection.peppol]
unknown_parts = "accept"
no_cost_centre = "accept"

[[person]]
sign_in = "desk@shop.example"
password = "Desk-password-12"
name = "Desk"
mail = "desk@shop.example"
language = "en"
supplier = "shop"
roles = ["supplier_desk"]

[[budget_rules]]
buyer = "kommune"
tax_basis = "net"

[[period]]
buyer = "kommune"
id = "2026"
first_day = "2026-01-01"
last_day = "2026-12-31"

[[budget]]
buyer = "kommune"
code = "4711"
name = "4711"
amount = "100.00"
period = "2026"

[[budget]]
buyer = "kommune"
code = "5200"
name = "5200"
amount = "50.00"
period = "2026"
"#;

async fn gateway(engine: Engine) -> Gateway {
    Gateway::with_config(engine, WORLD, world::config()).await
}

pub const PARTIES: &str = r#"<cac:BuyerCustomerParty><cac:Party><cbc:EndpointID schemeID="0192">987654325</cbc:EndpointID><cac:PartyLegalEntity>
<cbc:RegistrationName>Fjordby kommune</cbc:RegistrationName></cac:PartyLegalEntity><cac:Contact><cbc:ElectronicMail>ola@fjordby.example</cbc:ElectronicMail>
</cac:Contact></cac:Party></cac:BuyerCustomerParty><cac:SellerSupplierParty><cac:Party><cbc:EndpointID schemeID="0088">7300010000001</cbc:EndpointID>
<cac:PostalAddress><cac:Country><cbc:IdentificationCode>NO</cbc:IdentificationCode></cac:Country></cac:PostalAddress><cac:PartyLegalEntity>
<cbc:RegistrationName>Shop</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:SellerSupplierParty>"#;

pub const NAMESPACES: &str = r#"xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2""#;

/// A message of ordering: its root, what ends its specification, its process, what stands before and after the parties.
fn message(root: &str, end: &str, process: &str, before: &str, after: &str) -> String {
    format!(
        "<{root} xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:{root}-2\" {NAMESPACES}>\
         <cbc:CustomizationID>urn:fdc:peppol.eu:poacc:trns:{end}:3</cbc:CustomizationID><cbc:ProfileID>urn:fdc:peppol.eu:poacc:bis:{process}:3</cbc:ProfileID>\
         {before}{PARTIES}{after}</{root}>"
    )
}

pub fn line(id: &str, quantity: &str, net: &str, price: &str, account: &str, status: &str) -> String {
    format!(
        "<cac:OrderLine><cac:LineItem><cbc:ID>{id}</cbc:ID>{status}<cbc:Quantity unitCode=\"C62\">{quantity}</cbc:Quantity>\
         <cbc:LineExtensionAmount currencyID=\"NOK\">{net}</cbc:LineExtensionAmount>{account}<cac:Price><cbc:PriceAmount currencyID=\"NOK\">{price}</cbc:PriceAmount>\
         <cbc:BaseQuantity unitCode=\"C62\">100</cbc:BaseQuantity></cac:Price><cac:Item><cbc:Name>A screw</cbc:Name><cac:SellersItemIdentification>\
         <cbc:ID>SCR</cbc:ID></cac:SellersItemIdentification></cac:Item></cac:LineItem></cac:OrderLine>"
    )
}

pub fn account(text: &str) -> String {
    format!("<cbc:AccountingCost>{text}</cbc:AccountingCost>")
}

pub fn order(number: &str, process: &str, more: &str, lines: &str) -> String {
    let before = format!(
        "<cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-03-02</cbc:IssueDate>{more}<cbc:DocumentCurrencyCode>NOK</cbc:DocumentCurrencyCode>\
         <cac:ValidityPeriod><cbc:EndDate>2026-03-20</cbc:EndDate></cac:ValidityPeriod>"
    );
    message("Order", "order", process, &before, lines)
}

/// 250 screws at 12.50 for a hundred, on two budgets.
pub fn split() -> String {
    line("10", "250", "31.25", "12.50", &account("CC=4711@60;CC=5200@40"), "")
}

pub async fn post(gateway: &Gateway, document: &str) -> (u16, Value) {
    let request = Request::new("POST", "/peppol/documents").header("Content-Type", "application/xml").header("X-Token", world::TOKEN);
    let answer = Client::without_cookies(gateway.address).send(request.body(document.as_bytes())).await.expect("an answer");
    // Ids are ordered by time.
    gateway.advance(Duration::from_secs(1));
    (answer.status, answer.json().unwrap_or_default())
}

pub async fn made(gateway: &Gateway) -> Vec<Document> {
    documents::owed(gateway).await.expect("documents")
}

/// The newest document: right by all that can be asked.
async fn last(gateway: &Gateway) -> Document {
    let last = made(gateway).await.pop().expect("a document was made");
    assert_eq!(last.faults(), Vec::<String>::new(), "{}", last.xml);
    last
}

pub async fn available(gateway: &Gateway, budget: &str) -> String {
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let rows = store::standing::all(&mut tx, "kommune").await.expect("rows");
    let row = rows.iter().find(|row| *row.at.budget == *budget).expect("a budget");
    Decimal::new(row.standing.reported_available(), 2).to_string()
}

pub async fn stored(gateway: &Gateway, number: &str) -> Option<store::order::Stored> {
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    store::order::by_number(&mut tx, "kommune", number).await.expect("a row")
}

async fn an_order_is_booked_and_its_receipt_is_owed(engine: Engine) {
    let gateway = gateway(engine).await;
    // A cent above what price and quantity make: what is stated stands (R024).
    let odd = line("20", "8", "1.01", "12.50", &account("4711"), "");
    let (status, body) = post(&gateway, &order("P-1", "ordering", "", &(split() + &odd))).await;
    assert_eq!((status, &body), (200, &json!({"countryCodeC4": "NO", "status": 200})));
    let stored = stored(&gateway, "P-1").await.expect("the order");
    assert_eq!((stored.order.net.decimal().to_string(), stored.order.lines.len()), ("32.26".to_string(), 2));
    assert_eq!((available(&gateway, "4711").await, available(&gateway, "5200").await), ("80.24".to_string(), "37.50".to_string()));
    let receipt = last(&gateway).await;
    assert_eq!((receipt.text("OrderResponseCode").as_str(), receipt.xpath("//OrderReference/ID").as_str()), ("AB", "P-1"));
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let row = tx.sql("SELECT recipient, payload FROM outbox WHERE kind = 'access-point'").first().await.expect("a row").expect("a message");
    let payload: Value = serde_json::from_str(&row.text("payload").expect("text")).expect("JSON");
    assert_eq!(row.text("recipient").expect("text"), "0192:987654325");
    assert_eq!((payload["sender"].as_str(), payload["country"].as_str()), (Some("0088:7300010000001"), Some("NO")));
    let kind = "urn:oasis:names:specification:ubl:schema:xsd:OrderResponse-2::OrderResponse##urn:fdc:peppol.eu:poacc:trns:order_response:3::2.1";
    assert_eq!(payload["kind"].as_str(), Some(kind));
    let supplier = tx.sql("SELECT recipient FROM outbox WHERE kind = 'mail'").first().await.expect("a row").expect("a mail");
    assert_eq!(supplier.text("recipient").expect("text"), "orders@shop.example");
}

async fn the_same_order_again_has_the_same_answer(engine: Engine) {
    let gateway = gateway(engine).await;
    let first = order("P-1", "ordering", "", &split());
    post(&gateway, &first).await;
    post(&gateway, &first).await;
    let answers = made(&gateway).await;
    assert_eq!((answers.len(), &answers[0].xml), (2, &answers[1].xml));
    let (_, body) = post(&gateway, &order("P-1", "ordering", "", &line("10", "100", "12.50", "12.50", "", ""))).await;
    assert_eq!(body["status"], 409);
    let refused = last(&gateway).await;
    assert_eq!(refused.text("OrderResponseCode"), "RE");
    assert!(refused.text("Note").contains("number already used"), "{}", refused.xml);
    assert_eq!(available(&gateway, "4711").await, "81.25");
}

/// Ten copies at once are one order, and of two orders that each fit but not both exactly one is accepted.
async fn copies_at_once_give_one_order_and_the_last_money_goes_once(engine: Engine) {
    let gateway = gateway(engine).await;
    // 50.00 is there.
    let of = |number: &str| order(number, "ordering", "", &line("10", "100", "30.00", "30.00", &account("5200"), ""));
    let copy = of("P-1");
    let statuses = |answers: Vec<(u16, Value)>| -> Vec<u64> { answers.iter().filter_map(|(_, body)| body["status"].as_u64()).collect() };
    let copies = futures_util::future::join_all((0..10).map(|_| post(&gateway, &copy))).await;
    assert_eq!(statuses(copies), [200; 10]);
    assert_eq!(available(&gateway, "5200").await, "20.00");
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let rows = tx.sql("SELECT number FROM purchase_order WHERE tenant = 'kommune'").all().await.expect("rows");
    assert_eq!(rows.len(), 1);
    drop(tx);
    let small = |number: &str| order(number, "ordering", "", &line("10", "100", "15.00", "15.00", &account("5200"), ""));
    let two = [small("P-2"), small("P-3")];
    let mut both = statuses(futures_util::future::join_all(two.iter().map(|document| post(&gateway, document))).await);
    both.sort_unstable();
    assert!(both.len() == 2 && both[0] == 200 && both[1] >= 400, "{both:?}");
    assert_eq!(available(&gateway, "5200").await, "5.00");
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let taken = tx.sql("SELECT number FROM purchase_order WHERE tenant = 'kommune'").all().await.expect("rows");
    assert_eq!(taken.len(), 2, "what is refused leaves no order");
}

async fn what_cannot_be_booked_is_answered_with_its_reason(engine: Engine) {
    let gateway = gateway(engine).await;
    let whole = |net: &str, price: &str| line("10", "100", net, price, &account("5200"), "");
    let entity = "<!DOCTYPE Order><Order ";
    for (number, document, mentions) in [
        ("P-1", order("P-1", "ordering", "", &whole("50.01", "50.01")), "5200"),
        ("P-2", order("P-2", "ordering", "", &whole("49.00", "48.00")), "PEPPOL-T01-R024 line 10"),
        ("P-3", order("P-3", "ordering", "<cbc:OrderTypeCode>221</cbc:OrderTypeCode>", &whole("12.50", "12.50")), "221"),
        ("P-4", order("P-4", "ordering", "", &whole("12.50", "12.50").replace("5200", "9999")), "9999"),
        ("P-5", order("P-5", "ordering", "", &whole("12.50", "12.50").replace("C62", "NOUNIT").replace("SCR", "OTHER")), "unit"),
        ("P-6", order("P-6", "ordering", "", &whole("12.50", "12.50")).replacen("<Order ", entity, 1), "cannot be read"),
    ] {
        let (status, body) = post(&gateway, &document).await;
        assert!(status == 200 && body["status"].as_u64().is_some_and(|status| status >= 400), "{number}: {status} {body}");
        let refused = last(&gateway).await;
        assert_eq!((refused.text("OrderResponseCode").as_str(), refused.xpath("//OrderReference/ID").as_str()), ("RE", number));
        assert!(refused.text("Note").contains(mentions), "{number}: {}", refused.xml);
        assert!(stored(&gateway, number).await.is_none(), "{number}");
    }
    assert_eq!(available(&gateway, "5200").await, "50.00");
}

async fn without_answers_a_refusal_goes_by_mail(engine: Engine) {
    let gateway = gateway(engine).await;
    post(&gateway, &order("P-1", "order_only", "", &split())).await;
    assert!(stored(&gateway, "P-1").await.is_some());
    post(&gateway, &order("P-2", "order_only", "", &line("10", "100", "49.00", "48.00", "", ""))).await;
    assert_eq!(made(&gateway).await.len(), 0);
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let mails = tx.sql("SELECT payload FROM outbox WHERE kind = 'mail' AND recipient = 'ola@fjordby.example'").all().await.expect("rows");
    let payload = mails.first().expect("a mail").text("payload").expect("text");
    assert!(mails.len() == 1 && payload.contains("PEPPOL-T01-R024") && payload.contains("P-2"), "{payload}");
}

async fn what_the_desk_does_is_told_the_buyer(engine: Engine) {
    let gateway = gateway(engine).await;
    let mut desk = Api::signed_in(gateway.address, "desk@shop.example", "Desk-password-12").await.expect("signed in");
    let second = line("20", "100", "12.50", "12.50", &account("4711"), "");
    post(&gateway, &order("P-1", "ordering", "", &(split() + &second))).await;
    let id = stored(&gateway, "P-1").await.expect("the order").order.id;
    let at = |step: &str| format!("/desk/kommune/{id}/{step}");
    assert_eq!(desk.call("POST", &at("confirm"), None).await.expect("an answer").status, 303);
    gateway.advance(Duration::from_secs(1));
    let accepted = last(&gateway).await;
    assert_eq!((accepted.text("OrderResponseCode").as_str(), accepted.xpath("count(//OrderLine)").as_str()), ("AP", "0"));
    let gone = vec![("line".to_owned(), "20".to_owned()), ("reason".to_owned(), "not made any more".to_owned())];
    assert_eq!(desk.client.send(Request::form(at("cannot-deliver"), &gone)).await.expect("an answer").status, 303);
    gateway.advance(Duration::from_secs(1));
    let changed = last(&gateway).await;
    assert_eq!((changed.text("OrderResponseCode").as_str(), changed.xpath("count(//OrderLine)").as_str()), ("CA", "2"));
    let of = |line: &str, what: &str| changed.xpath(&format!("//OrderLine[OrderLineReference/LineID='{line}']/LineItem/{what}"));
    assert_eq!((of("10", "LineStatusCode"), of("20", "LineStatusCode"), of("20", "Note")), ("5".into(), "7".into(), "not made any more".into()));
    assert_eq!(desk.call("POST", &at("ship"), None).await.expect("an answer").status, 303);
    let advice = last(&gateway).await;
    assert_eq!(
        (advice.name.as_str(), advice.xpath("count(//DespatchLine)").as_str(), advice.text("DeliveredQuantity").as_str()),
        ("DespatchAdvice", "1", "250")
    );
    assert_eq!(advice.xpath("//DespatchLine/OrderLineReference/OrderReference/ID"), "P-1");
}

async fn a_change_and_a_cancellation_move_the_books(engine: Engine) {
    let gateway = gateway(engine).await;
    post(&gateway, &order("P-1", "advanced_ordering", "", &split())).await;
    assert!(last(&gateway).await.text("CustomizationID").ends_with("order_response_advanced:3"));
    let change = |id: &str, of: &str, sequence: &str, lines: &str| {
        let before = format!(
            "<cbc:ID>{id}</cbc:ID><cbc:IssueDate>2026-03-02</cbc:IssueDate><cbc:SequenceNumberID>{sequence}</cbc:SequenceNumberID>\
             <cbc:DocumentCurrencyCode>NOK</cbc:DocumentCurrencyCode><cac:ValidityPeriod><cbc:EndDate>2026-03-20</cbc:EndDate></cac:ValidityPeriod>\
             <cac:OrderReference><cbc:ID>{of}</cbc:ID></cac:OrderReference>"
        );
        message("OrderChange", "order_change", "advanced_ordering", &before, lines)
    };
    let status = |code: &str| format!("<cbc:LineStatusCode>{code}</cbc:LineStatusCode>");
    let less = line("10", "100", "12.50", "12.50", &account("CC=4711@60;CC=5200@40"), &status("3"));
    let added = line("20", "200", "25.00", "12.50", &account("5200"), &status("1"));
    let (_, body) = post(&gateway, &change("C-1", "P-1", "1", &(less.clone() + &added))).await;
    assert_eq!(body["status"], 200);
    let answer = last(&gateway).await;
    assert_eq!((answer.text("OrderResponseCode").as_str(), answer.xpath("//OrderChangeDocumentReference/ID").as_str()), ("AP", "C-1"));
    assert_eq!((available(&gateway, "4711").await, available(&gateway, "5200").await), ("92.50".to_string(), "20.00".to_string()));
    // A change that is older than the one that counts, one that goes too far, and one of an order that nobody has.
    let too_much = line("10", "1000", "125.00", "12.50", &account("5200"), &status("3"));
    for (id, of, sequence, lines, mentions) in
        [("C-2", "P-1", "1", &less, "version"), ("C-3", "P-1", "2", &too_much, "5200"), ("C-4", "P-9", "1", &less, "not known")]
    {
        post(&gateway, &change(id, of, sequence, lines)).await;
        let refused = last(&gateway).await;
        assert_eq!(refused.text("OrderResponseCode"), "RE", "{id}");
        assert!(refused.text("Note").contains(mentions), "{id}: {}", refused.xml);
    }
    let before = "<cbc:ID>X-1</cbc:ID><cbc:IssueDate>2026-03-02</cbc:IssueDate><cbc:CancellationNote>not needed</cbc:CancellationNote>\
                  <cac:OrderReference><cbc:ID>P-1</cbc:ID></cac:OrderReference>";
    let (_, body) = post(&gateway, &message("OrderCancellation", "order_cancellation", "advanced_ordering", before, "")).await;
    assert_eq!(body["status"], 200);
    assert_eq!(last(&gateway).await.text("OrderResponseCode"), "AP");
    assert_eq!((available(&gateway, "4711").await, available(&gateway, "5200").await), ("100.00".to_string(), "50.00".to_string()));
    let order = stored(&gateway, "P-1").await.expect("the order").order;
    assert_eq!(order.state.as_str(), "cancelled");
    // Why, the supplier is told, and sees with the order.
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let rows = tx.sql("SELECT payload FROM outbox WHERE kind = 'mail' AND recipient = 'orders@shop.example' ORDER BY id").all().await.expect("rows");
    let why = |row: &store::Row| serde_json::from_str::<Value>(&row.text("payload").expect("text")).expect("JSON")["reason"].clone();
    assert_eq!(rows.last().map(why), Some(json!("not needed")));
    drop(tx);
    let mut desk = sign_in_on_page(gateway.address, "desk@shop.example", "Desk-password-12").await.expect("signed in");
    let shown = desk.get(&format!("/desk/kommune/{}", order.id)).await.expect("the page").text();
    let timeline = shown.split_once("Cancelled by the buyer").expect("an event").1;
    assert!(timeline.split_once("</li>").is_some_and(|(event, _)| event.contains("not needed")), "{timeline}");
}

/// Section 24: what was agreed at the supplier is the order of a system that takes Peppol and no punch-out.
async fn an_order_that_was_placed_here_is_told_as_an_agreement(engine: Engine) {
    const ORDERER: &str = "\n[[person]]\nsign_in = \"orderer@fjordby.example\"\npassword = \"Orderer-password-1\"\nname = \"O. Rderer\"\n\
        mail = \"orderer@fjordby.example\"\nlanguage = \"en\"\nbuyer = \"kommune\"\nroles = [\"orderer\"]\n";
    let told = WORLD.replace("no_cost_centre = \"accept\"", "no_cost_centre = \"accept\"\norder_agreements = true");
    let told = told.replace("amount = \"50.00\"", "amount = \"500.00\"").replace("amount = \"100.00\"", "amount = \"500.00\"");
    let gateway = Gateway::with_config(engine, &format!("{told}{ORDERER}"), world::config()).await;
    let mut buyer = Api::signed_in(gateway.address, "orderer@fjordby.example", "Orderer-password-1").await.expect("signed in");
    let mut desk = Api::signed_in(gateway.address, "desk@shop.example", "Desk-password-12").await.expect("signed in");
    let lines = json!([{"line": 1, "article": "SCR", "quantity": "250", "coding": {"budget_code": "4711"}},
        {"line": 2, "article": "SCR", "quantity": "300", "coding": {"budget_code": "5200"}}]);
    let mut place = async |number: &str| {
        let body = json!({"number": number, "connection": "fjordby", "ordered_by": "O. Rderer", "lines": lines});
        let answer = buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer");
        assert_eq!(answer.status, 201, "{}", answer.text());
    };
    let mut say = async |number: &str, what: &str, said: Value| {
        let answer = desk.call("POST", &format!("/api/v1/desk/orders/kommune/{number}/{what}"), Some(&said)).await.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    place("G-1").await;
    say("G-1", "answers", json!({"lines": [{"line": 1, "says": "confirmed", "quantity": "250"}]})).await;
    assert!(made(&gateway).await.is_empty(), "the second line is not answered");
    let rest =
        json!({"lines": [{"line": 2, "says": "confirmed", "quantity": "200"}, {"line": 2, "says": "refused", "quantity": "100", "reason": "gone"}]});
    say("G-1", "answers", rest).await;
    let agreement = last(&gateway).await;
    // 250 and 200 of 300 at 12.50 per 100: 31.25 + 25.00 = 56.25, and a quarter of it tax: 14.06.
    assert_eq!(
        (agreement.xpath("//CustomizationID"), agreement.xpath("//OrderReference/ID")),
        ("urn:fdc:peppol.eu:poacc:trns:order_agreement:3".into(), "G-1".into())
    );
    assert_eq!(
        (agreement.xpath("//LegalMonetaryTotal/TaxExclusiveAmount"), agreement.xpath("//LegalMonetaryTotal/PayableAmount")),
        ("56.25".into(), "70.31".into())
    );
    assert_eq!(agreement.xpath("//OrderLine[2]/LineItem/Quantity"), "200");
    // What comes after is no second agreement.
    say("G-1", "shipments", json!({"lines": [{"line": 1, "quantity": "250"}]})).await;
    assert_eq!(made(&gateway).await.len(), 1);
    // What leaves at once is agreed as well; what does not come at all is not.
    place("G-2").await;
    say("G-2", "shipments", json!({"lines": [{"line": 1, "quantity": "250"}, {"line": 2, "quantity": "300"}]})).await;
    assert_eq!(last(&gateway).await.xpath("//OrderReference/ID"), "G-2");
    place("G-3").await;
    let none = json!({"lines": [{"line": 1, "says": "refused", "quantity": "250", "reason": "gone"}, {"line": 2, "says": "refused", "quantity": "300", "reason": "gone"}]});
    say("G-3", "answers", none).await;
    assert_eq!(made(&gateway).await.len(), 2);
    // An order of the system's own is answered, not told again; and who did not ask is told nothing.
    post(&gateway, &order("P-1", "ordering", "", &split())).await;
    let id = stored(&gateway, "P-1").await.expect("the order").order.id;
    assert_eq!(desk.call("POST", &format!("/desk/kommune/{id}/confirm"), None).await.expect("an answer").status, 303);
    let all = made(&gateway).await;
    assert_eq!(all.iter().filter(|document| document.xml.contains("order_agreement:3")).count(), 2);
    gateway.stop().await;
}

/// A basket of one article that a buyer handed back over OCI.
async fn handed_back(gateway: &Gateway, connection: &str, article: &str) -> Shop {
    let mut client = gateway.client();
    let target = format!("/oci/{connection}?USERNAME=innkjop&PASSWORD=Geheim-123-456&HOOK_URL=https%3A%2F%2Ferp.fjordby.example%2Fr");
    let first = client.get(&target).await.expect("the call-up");
    let trail = client.follow(&target, first).await.expect("the way to the shop");
    let mut shop = Shop::from_trail(client, &trail).expect("a session");
    shop.add(article, "250").await.expect("an answer");
    let form = shop.transfer().await.expect("an answer").expect("a basket to hand back");
    assert_eq!((form.status, form.text().contains("NEW_ITEM-VENDORMAT[1]")), (200, true), "{}", form.text());
    shop
}

async fn a_basket_that_is_handed_back_is_told_as_a_cart(engine: Engine) {
    const USERS: &str = "\n[[connection]]\nname = \"quiet\"\nbuyer = \"kommune\"\ncatalogue = \"main\"\nreturn_origins = [\"https://erp.fjordby.example\"]\n\
        \n[[credential]]\nconnection = \"quiet\"\nuser = \"innkjop\"\npassword = \"Geheim-123-456\"\n\
        \n[[credential]]\nconnection = \"fjordby\"\nuser = \"innkjop\"\npassword = \"Geheim-123-456\"\n\
        \n[[article]]\ncatalogue = \"main\"\nnumber = \"DINAR\"\ndescription = \"Three decimals\"\nunit = \"C62\"\nprice = \"1.234\"\n\
        currency = \"KWD\"\nvat = \"25\"\n\
        \n[[article]]\ncatalogue = \"main\"\nnumber = \"ODD\"\ndescription = \"A unit of its own\"\nunit = \"XQ9\"\nprice = \"1.00\"\n\
        currency = \"NOK\"\nvat = \"25\"\n";
    let told = WORLD.replace("no_cost_centre = \"accept\"", "no_cost_centre = \"accept\"\npunch_out_carts = true");
    let told = told.replace("vat = \"25\"", "vat = \"25\"\ncontract = \"K-7\"\nlead_days = 3");
    let gateway = Gateway::with_config(engine, &format!("{told}{USERS}"), world::config()).await;
    let mut shop = handed_back(&gateway, "fjordby", "SCR").await;
    // Section 26, each row of its table that the article has something for.
    let cart = last(&gateway).await;
    let quote = cart.xpath("/Catalogue/ID");
    for (path, said) in [
        ("//ReceiverParty/EndpointID", "987654325"),
        ("//ReceiverParty/Contact/ID", "innkjop"),
        ("//ProviderParty/PartyLegalEntity/RegistrationName", "Shop"),
        ("//CatalogueLine/ContractSubdivision", "K-7"),
        ("//LeadTimeMeasure", "3"),
        ("//Price/PriceAmount", "12.5"),
        ("//Price/BaseQuantity", "100"),
        ("//DeliveryUnit/BatchQuantity", "250"),
        ("//ClassifiedTaxCategory/Percent", "25"),
        ("//SellersItemIdentification/ID", "SCR"),
        ("//AdditionalItemProperty/Value", &format!("q:{quote}:1")),
    ] {
        assert_eq!(cart.xpath(path), said, "{path}");
    }
    // Shown again it is not told again; and who did not ask is told nothing.
    assert_eq!(shop.transfer().await.expect("an answer").map(|answer| answer.status), Some(200));
    handed_back(&gateway, "quiet", "SCR").await;
    // UBL has two decimals for an amount (section 27): the form goes, the cart does not, and why is on record.
    handed_back(&gateway, "fjordby", "DINAR").await;
    handed_back(&gateway, "fjordby", "ODD").await;
    assert_eq!(made(&gateway).await.len(), 1);
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let records = store::evidence::list(&mut tx, "kommune", "fjordby", "", "", 10).await.expect("records");
    let notes = |kind: &str| records.iter().filter(|record| record.kind == kind).map(|record| record.notes.join("; ")).collect::<Vec<_>>();
    let why = ["line 1: its unit is no code of UN/ECE Recommendation 20", "amounts of this currency have more than two decimals"];
    let why = why.map(|why| format!("not told as a punch-out cart: {why}"));
    assert_eq!(notes("return"), [&*why[0], &*why[1], ""]);
    drop(tx);
    gateway.stop().await;
}

async fn a_supplier_answers_over_peppol(engine: Engine) {
    let gateway = gateway(engine).await;
    post(&gateway, &order("P-1", "ordering", "", &split())).await;
    let answer = |id: &str, of: &str, code: &str, lines: &str| {
        let parties = PARTIES.split_once("<cac:SellerSupplierParty>").expect("two parties");
        format!(
            "<OrderResponse xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:OrderResponse-2\" {NAMESPACES}>\
             <cbc:CustomizationID>urn:fdc:peppol.eu:poacc:trns:order_response:3</cbc:CustomizationID><cbc:ProfileID>urn:fdc:peppol.eu:poacc:bis:ordering:3</cbc:ProfileID>\
             <cbc:ID>{id}</cbc:ID><cbc:IssueDate>2026-03-03</cbc:IssueDate><cbc:OrderResponseCode>{code}</cbc:OrderResponseCode>\
             <cbc:DocumentCurrencyCode>NOK</cbc:DocumentCurrencyCode><cac:OrderReference><cbc:ID>{of}</cbc:ID></cac:OrderReference>\
             <cac:SellerSupplierParty>{}{}{lines}</OrderResponse>",
            parties.1, parties.0
        )
    };
    let part = "<cac:OrderLine><cac:LineItem><cbc:ID>1</cbc:ID><cbc:LineStatusCode>3</cbc:LineStatusCode><cbc:Quantity unitCode=\"C62\">200</cbc:Quantity>\
                <cbc:MaximumBackorderQuantity unitCode=\"C62\">0</cbc:MaximumBackorderQuantity><cac:Item><cbc:Name>A screw</cbc:Name></cac:Item></cac:LineItem>\
                <cac:OrderLineReference><cbc:LineID>10</cbc:LineID></cac:OrderLineReference></cac:OrderLine>";
    let (status, body) = post(&gateway, &answer("R-0", "P-9", "AP", "")).await;
    assert_eq!((status, body["status"].as_u64()), (200, Some(417)));
    assert_eq!(post(&gateway, &answer("R-1", "P-1", "AB", "")).await.1["status"], 200);
    assert_eq!(available(&gateway, "4711").await, "81.25");
    assert_eq!(post(&gateway, &answer("R-2", "P-1", "CA", part)).await.1["status"], 200);
    // Fifty of 250 will not come: a fifth of the money is free.
    assert_eq!((available(&gateway, "4711").await, available(&gateway, "5200").await), ("85.00".to_string(), "40.00".to_string()));
    let told = last(&gateway).await;
    assert_eq!((told.text("OrderResponseCode").as_str(), told.text("MaximumBackorderQuantity").as_str()), ("CA", "0"));
    assert_eq!(post(&gateway, &answer("R-2", "P-1", "CA", part)).await.1["status"], 200);
    assert_eq!(available(&gateway, "4711").await, "85.00");
}

async fn what_belongs_to_nobody_here_is_refused(engine: Engine) {
    let gateway = gateway(engine).await;
    let known = order("P-1", "ordering", "", &split());
    for document in [
        known.replace("987654325", "991825827"),
        known.replace("7300010000001", "7598000000128"),
        known.replace("trns:order:3", "trns:order_agreement:3").replace("<Order ", "<OrderResponse ").replace("</Order>", "</OrderResponse>"),
        known.replace("trns:order:3", "trns:punch_out:3").replace("<Order ", "<Catalogue ").replace("</Order>", "</Catalogue>"),
        known.replace("trns:order:3", "trns:unheard:3"),
    ] {
        let (status, _) = post(&gateway, &document).await;
        assert!((400..500).contains(&status), "{status}");
    }
    assert!(stored(&gateway, "P-1").await.is_none());
    assert_eq!(made(&gateway).await.len(), 0);
    let request = Request::new("POST", "/peppol/documents").header("Content-Type", "application/xml").header("X-Token", "another");
    let answer = Client::without_cookies(gateway.address).send(request.body(known.as_bytes())).await.expect("an answer");
    assert_eq!(answer.status, 401);
}

/// What a buyer's order becomes for a supplier who takes Peppol: right by the schema and by the rules.
#[test]
fn an_order_for_a_supplier_is_right_by_schema_and_rules() {
    use hookline::domain::connection::Peppol;
    use hookline::wire::cxml::tree;
    use hookline::wire::peppol::{order as reader, order_writer};
    let lines = split() + &line("20", "100", "12.50", "12.50", &account("4711"), "");
    let charge = "<cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator><cbc:AllowanceChargeReason>Freight</cbc:AllowanceChargeReason>\
                  <cbc:Amount currencyID=\"NOK\">7.90</cbc:Amount></cac:AllowanceCharge>";
    let document = order("P-1", "ordering", "", &(charge.to_owned() + &lines));
    let read = tree::read(document.as_bytes(), None).expect("a document");
    let heading = reader::heading(&read.root).expect("an order");
    let mut order = reader::read(&read.root, &heading, &Peppol::default(), &mut Vec::new()).expect("an order");
    for line in &mut order.lines {
        line.unit.clone_from(&line.unit_received);
        line.net = line.stated.unwrap_or_default();
    }
    let written = order_writer::write(&order, &heading.correspondence, "").expect("it can be written");
    assert_eq!(written.losses, []);
    let document = Document { name: "Order".into(), xml: written.xml };
    // Nobody asked for an answer by a day: a warning of the rules, and no more.
    let faults: Vec<String> = document.faults().into_iter().filter(|fault| !fault.contains("PEPPOL-T01-R002")).collect();
    assert_eq!(faults, Vec::<String>::new(), "{}", document.xml);
    assert_eq!(document.xpath("//AnticipatedMonetaryTotal/PayableAmount"), "51.65");
}

/// What was agreed at the shop, as the documents that say so: right by the rules, the structure of the message and the schema.
#[test]
fn an_agreement_and_a_cart_are_right_by_rules_and_structure() {
    use hookline::domain::money::Currency;
    use hookline::wire::cxml::kept::Line;
    use hookline::wire::peppol::agreement::{Agreed, AgreedLine, write, write_cart};
    use hookline::wire::peppol::{Correspondence, Party};
    let d = |text: &str| text.parse::<Decimal>().expect("a literal of this test");
    let line = |label: &str, price: &str, net: &str| Line {
        line: label.into(),
        supplier_part: "SCR".into(),
        aux: Some(format!("q:1:{label}")),
        quantity: d("250"),
        unit: "C62".into(),
        unit_price: Some(d(price)),
        price_basis: d("100"),
        factor: Decimal::ONE,
        net: d(net),
        description: Some("A screw".into()),
        ..Line::default()
    };
    let (first, second, third) = (line("1", "12.50", "31.25"), line("2", "0.4444", "1.11"), line("3", "3.33", "8.33"));
    let lines = [(&first, "25"), (&second, "25"), (&third, "0")].map(|(line, vat)| AgreedLine { line, vat: d(vat), lead_time: Some(2) });
    let party = |scheme: &str, endpoint: &str| Party {
        scheme: scheme.into(),
        endpoint: endpoint.into(),
        name: "Name".into(),
        country: "NO".into(),
        ..Party::default()
    };
    let correspondence = Correspondence {
        buyer: party("0192", "987654325"),
        seller: party("0088", "7300010000001"),
        buyer_reference: "ref".into(),
        ..Correspondence::default()
    };
    let agreed = Agreed {
        id: "A-1",
        day: "2026-03-05",
        time: "10:15:00",
        correspondence: &correspondence,
        currency: Currency::EUR,
        contract: "C-1",
        lines: &lines,
    };
    let agreement = Document { name: "OrderResponse".into(), xml: write(&agreed, "").expect("it can be written") };
    assert_eq!(agreement.faults(), Vec::<String>::new(), "{}", agreement.xml);
    // 32.36 at 25 percent is 8.09 of tax, 8.33 has none.
    assert_eq!((agreement.xpath("//LegalMonetaryTotal/PayableAmount"), agreement.xpath("//OrderReference/ID")), ("48.78".into(), "A-1".into()));
    let cart = Document { name: "Catalogue".into(), xml: write_cart(&agreed, Some("2026-03-12"), true).expect("it can be written") };
    assert_eq!(cart.faults(), Vec::<String>::new(), "{}", cart.xml);
    assert_eq!((cart.xpath("//CatalogueLine[2]//PriceAmount"), cart.xpath("//ReceiverParty/Contact/ID")), ("0.4444".into(), "ref".into()));
}
