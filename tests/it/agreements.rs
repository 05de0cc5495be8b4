//! Order agreements that suppliers send over the access point: how an order stands, and orders that were placed at the supplier. Amounts are worked
//! out by hand in the comments; screws cost 12.50 for a hundred here.

use hookline::config::Config;
use serde_json::{Value, json};

use crate::channels::{CXML_OK, PARTIES as OF_CHANNEL, channel};
use crate::cxml::assert_valid;
use crate::cxml_cases::documents::Document;
use crate::cxml_cases::world;
use crate::on_both_engines;
use crate::peppol::{NAMESPACES, PARTIES, WORLD, account, available, line, made, order, post, split, stored};
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway};
use crate::support::receiver::{Reply, at_least, body, receiver};

on_both_engines! {
    an_agreement_says_how_an_order_stands,
    lines_are_found_by_their_article,
    what_cannot_be_meant_changes_nothing,
    what_was_agreed_by_telephone_is_an_order,
    an_order_that_only_its_supplier_numbered_is_found_by_that_number,
    agreements_are_kept_and_told_where_nobody_takes_them,
    what_no_budget_allows_is_told_to_those_who_answer_for_it,
    who_agreed_on_more_than_was_offered_waits_for_a_person,
    charges_on_the_whole_are_judged_like_a_price,
    what_was_agreed_is_called_off_as_the_supplier_knows_it,
    copies_at_once_are_one_order,
}

/// What the connection says besides, the orderer, and the holder of a budget.
fn world_with(settings: &str) -> String {
    let person = |name: &str, roles: &str| {
        format!(
            "\n[[person]]\nsign_in = \"{name}@fjordby.example\"\npassword = \"Password-of-{name}\"\nname = \"{name}\"\nmail = \"{name}@fjordby.example\"\n\
             language = \"en\"\nbuyer = \"kommune\"\nroles = {roles}\n"
        )
    };
    let world = WORLD.replace("no_cost_centre = \"accept\"", &format!("no_cost_centre = \"accept\"\n{settings}"));
    let world = world.replace("code = \"5200\"\n", "code = \"5200\"\nowner = \"holder@fjordby.example\"\n");
    format!("{world}{}{}", person("orderer", "[\"orderer\"]"), person("boss", "[\"approver\", \"orderer\"]"))
}

async fn gateway(engine: Engine, settings: &str) -> Gateway {
    Gateway::with_config(engine, &world_with(settings), world::config()).await
}

/// An agreement of this number about an order of that one.
fn agreement(id: &str, of: &str, more: &str, lines: &str) -> String {
    let (buyer, seller) = PARTIES.split_once("<cac:SellerSupplierParty>").expect("two parties");
    format!(
        "<OrderResponse xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:OrderResponse-2\" {NAMESPACES}>\
         <cbc:CustomizationID>urn:fdc:peppol.eu:poacc:trns:order_agreement:3</cbc:CustomizationID>\
         <cbc:ProfileID>urn:fdc:peppol.eu:poacc:bis:order_agreement:3</cbc:ProfileID><cbc:ID>{id}</cbc:ID>{more}<cbc:IssueDate>2026-03-03</cbc:IssueDate>\
         <cbc:DocumentCurrencyCode>NOK</cbc:DocumentCurrencyCode><cac:OrderReference><cbc:ID>{of}</cbc:ID></cac:OrderReference>\
         <cac:SellerSupplierParty>{seller}{buyer}{lines}</OrderResponse>"
    )
}

fn promised(day: &str) -> String {
    format!("<cac:Delivery><cac:PromisedDeliveryPeriod><cbc:StartDate>{day}</cbc:StartDate></cac:PromisedDeliveryPeriod></cac:Delivery>")
}

async fn status(gateway: &Gateway, document: &str) -> u64 {
    let (http, body) = post(gateway, document).await;
    assert_eq!(http, 200, "{body}");
    body["status"].as_u64().expect("a status")
}

/// Payloads of the mails that somebody is owed.
async fn mails(gateway: &Gateway, to: &str) -> Vec<Value> {
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let rows = tx.sql("SELECT payload FROM outbox WHERE kind = 'mail' AND recipient = $1 ORDER BY id").bind(to).all().await.expect("rows");
    rows.iter().map(|row| serde_json::from_str(&row.text("payload").expect("text")).expect("JSON")).collect()
}

async fn buyer(gateway: &Gateway, name: &str) -> Api {
    Api::signed_in(gateway.address, &format!("{name}@fjordby.example"), &format!("Password-of-{name}")).await.expect("signed in")
}

/// The answers of each line, as the API shows them.
async fn answers(gateway: &Gateway, number: &str) -> Vec<Value> {
    let shown = buyer(gateway, "orderer").await.get(&format!("/api/v1/orders/{number}")).await.expect("the order");
    shown["lines"].as_array().expect("lines").iter().map(|line| line.get("answers").cloned().unwrap_or_else(|| json!([]))).collect()
}

/// How the documents of the access point and their notes are on record.
async fn records(gateway: &Gateway) -> Vec<(String, Option<String>, String)> {
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let all = hookline::store::evidence::list(&mut tx, "kommune", "fjordby", "", "", 20).await.expect("records");
    all.into_iter().map(|record| (record.outcome, record.reason, format!("{} {}", record.sent, record.notes.join("; ")))).collect()
}

async fn an_agreement_says_how_an_order_stands(engine: Engine) {
    let gateway = gateway(engine, "").await;
    let second = line("20", "100", "12.50", "12.50", &account("4711"), "");
    post(&gateway, &order("P-1", "ordering", "", &(split() + &second))).await;
    // Sixty percent of 31.25, and 12.50; forty percent of 31.25.
    assert_eq!((available(&gateway, "4711").await, available(&gateway, "5200").await), ("68.75".to_string(), "37.50".to_string()));
    let dearer = line("20", "100", "13.00", "13.00", "", "");
    let agreed = agreement(
        "A-1",
        "P-1",
        "<cbc:SalesOrderID>S-77</cbc:SalesOrderID>",
        &(line("10", "250", "31.25", "12.50", &promised("2026-03-20"), "") + &dearer),
    );
    assert_eq!(status(&gateway, &agreed).await, 200);
    let shown = answers(&gateway, "P-1").await;
    assert_eq!(shown[0], json!([{"says": "confirmed", "quantity": "250", "date": "2026-03-20"}]));
    assert_eq!((&shown[1][0]["says"], &shown[1][0]["price"]), (&json!("offered"), &json!("13")));
    // An offer changes no commitment.
    assert_eq!(available(&gateway, "4711").await, "68.75");
    // The buyer's system hears of it as of any answer.
    let told = made(&gateway).await.pop().expect("an answer");
    assert_eq!((told.text("OrderResponseCode").as_str(), told.xpath("count(//OrderLine)").as_str()), ("CA", "2"));
    // What is in the supplier's own number is found in its invoices.
    let known = stored(&gateway, "P-1").await.expect("the order");
    assert!(known.document.contains("\"SalesOrderID\":\"S-77\""), "{}", known.document);
    // The same again is the same; other content under its number is not.
    assert_eq!(status(&gateway, &agreed).await, 200);
    assert_eq!(stored(&gateway, "P-1").await.map(|order| order.version), Some(known.version));
    assert_eq!(status(&gateway, &agreed.replace("2026-03-20", "2026-03-27")).await, 409);
    assert_eq!(stored(&gateway, "P-1").await.map(|order| order.version), Some(known.version));
    // The buyer takes the other price: 13.00 in the place of 12.50.
    let taken =
        buyer(&gateway, "orderer").await.call("POST", "/api/v1/orders/P-1/offers/20", Some(&json!({"decision": "accept"}))).await.expect("an answer");
    assert_eq!(taken.status, 200, "{}", taken.text());
    assert_eq!(available(&gateway, "4711").await, "68.25");
    assert!(records(&gateway).await.iter().any(|(_, reason, _)| reason.as_deref() == Some("409")));
    gateway.stop().await;
}

async fn lines_are_found_by_their_article(engine: Engine) {
    let gateway = gateway(engine, "").await;
    let other = |id: &str| line(id, "10", "1.25", "12.50", &account("4711"), "").replace(">SCR<", ">NUT<");
    post(&gateway, &order("P-1", "ordering", "", &(line("10", "250", "31.25", "12.50", &account("4711"), "") + &other("20")))).await;
    // The shop counts its lines from one; less of the screws was agreed, and one line more.
    let lines = line("1", "10", "1.25", "12.50", "", "").replace(">SCR<", ">NUT<") + &line("2", "200", "25.00", "12.50", "", "");
    let added = line("3", "1", "4.00", "400.00", "", "").replace(">SCR<", ">BOLT<");
    assert_eq!(status(&gateway, &agreement("A-1", "P-1", "", &(lines + &added))).await, 200);
    let shown = answers(&gateway, "P-1").await;
    assert_eq!(shown, [json!([{"says": "confirmed", "quantity": "200"}]), json!([{"says": "confirmed", "quantity": "10"}])]);
    // 32.50 as before: what was not agreed is open, what was added is for a person.
    assert_eq!(available(&gateway, "4711").await, "67.50");
    let (_, _, told) = records(&gateway).await.swap_remove(0);
    assert!(told.contains("line 3: the supplier added it"), "{told}");
    // Another article in the place of a line waits for the buyer.
    let instead = line("20", "10", "1.25", "12.50", "", "").replace(">SCR<", ">BOLT<");
    assert_eq!(status(&gateway, &agreement("A-2", "P-1", "", &(line("10", "250", "31.25", "12.50", "", "") + &instead))).await, 200);
    let shown = answers(&gateway, "P-1").await;
    assert_eq!((&shown[1][0]["says"], &shown[1][0]["article"]), (&json!("offered"), &json!("BOLT")));
    gateway.stop().await;
}

async fn what_cannot_be_meant_changes_nothing(engine: Engine) {
    let gateway = gateway(engine, "").await;
    post(&gateway, &order("P-1", "ordering", "", &split())).await;
    let whole = line("10", "250", "31.25", "12.50", "", "");
    let numbers = ["A-1", "A-2", "A-3", "A-4", "A-5"];
    let wrong = [
        // More than was ordered; another currency; an amount that is not that of its price; no line of the order; a rule.
        line("10", "300", "37.50", "12.50", "", ""),
        whole.clone(),
        line("10", "250", "31.28", "12.50", "", ""),
        line("77", "250", "31.25", "12.50", "", "").replace(">SCR<", ">BOLT<"),
        whole
            .replace("<cac:SellersItemIdentification><cbc:ID>SCR</cbc:ID></cac:SellersItemIdentification>", "")
            .replace("<cac:SellersItemIdentification>\n<cbc:ID>SCR</cbc:ID></cac:SellersItemIdentification>", ""),
    ];
    let before = stored(&gateway, "P-1").await.map(|order| order.version);
    for (place, (number, lines)) in numbers.iter().zip(&wrong).enumerate() {
        let document = agreement(number, "P-1", "", lines);
        let document = if place == 1 { document.replace("NOK", "EUR") } else { document };
        let first = status(&gateway, &document).await;
        assert!(first >= 400, "{number}: {first}");
        assert_eq!(status(&gateway, &document).await, first, "{number}");
        assert_eq!(stored(&gateway, "P-1").await.map(|order| order.version), before, "{number}");
        // The buyer's people hear of each, once.
        let told = mails(&gateway, "innkjop@fjordby.example").await;
        assert_eq!(told.len(), place + 1, "{number}: {told:?}");
        assert_eq!((&told[place]["template"], &told[place]["order"]["number"]), (&json!("agreement-held"), &json!("P-1")));
    }
    let told: Vec<String> = records(&gateway).await.into_iter().map(|(_, _, told)| told).collect();
    for mentioned in
        ["the answer is about more", "currency", "not quantity times price", "names no line", "PEPPOL-T110-R002 line 10: the item has neither"]
    {
        assert!(told.iter().any(|told| told.contains(mentioned)), "{mentioned}: {told:#?}");
    }
    // Once it is right, it may come under the number that a rule refused.
    assert_eq!(status(&gateway, &agreement("A-5", "P-1", "", &whole)).await, 200);
    assert_eq!(mails(&gateway, "innkjop@fjordby.example").await.len(), numbers.len());
    // Another one under a number that was taken is none of these, and told once too.
    let other = agreement("A-5", "P-1", "", &line("10", "200", "25.00", "12.50", "", ""));
    assert_eq!((status(&gateway, &other).await, status(&gateway, &other).await), (409, 409));
    let told = mails(&gateway, "innkjop@fjordby.example").await;
    assert_eq!((told.len(), told[5]["values"]["why"].as_str().is_some_and(|why| why.contains("other content"))), (6, true), "{told:?}");
    gateway.stop().await;
}

async fn what_was_agreed_by_telephone_is_an_order(engine: Engine) {
    let gateway = gateway(engine, "agreed_orders = true").await;
    let more = "<cbc:SalesOrderID>S-1</cbc:SalesOrderID>";
    let lines = line("1", "250", "31.25", "12.50", &(account("CC=4711@60;CC=5200@40") + &promised("2026-03-20")), "");
    let agreed = agreement("A-1", "T-2026-9", more, &lines);
    assert_eq!(status(&gateway, &agreed).await, 200);
    let known = stored(&gateway, "T-2026-9").await.expect("the order");
    assert_eq!(
        (known.order.state.as_str(), known.order.supplier.as_str(), known.order.net.decimal().to_string()),
        ("confirmed", "shop", "31.25".into())
    );
    assert_eq!(answers(&gateway, "T-2026-9").await, [json!([{"says": "confirmed", "quantity": "250", "date": "2026-03-20"}])]);
    assert_eq!((available(&gateway, "4711").await, available(&gateway, "5200").await), ("81.25".to_string(), "37.50".to_string()));
    // The supplier has it, and no system of the buyer's sent it: nobody is told.
    assert_eq!(mails(&gateway, "orders@shop.example").await, Vec::<Value>::new());
    assert!(made(&gateway).await.is_empty());
    assert_eq!(status(&gateway, &agreed).await, 200);
    assert_eq!(available(&gateway, "4711").await, "81.25");
    assert_eq!(status(&gateway, &agreed.replace("31.25", "31.26")).await, 409);
    // One that names it by the supplier's number alone is about it, and no order of its own.
    let again = agreement("A-2", "S-1", more, &line("1", "250", "31.25", "12.50", &promised("2026-03-20"), ""));
    assert_eq!(status(&gateway, &again).await, 200);
    assert!(stored(&gateway, "shop-S-1").await.is_none());
    assert_eq!(available(&gateway, "4711").await, "81.25");
    // From here it is an order like others: it leaves, and is called off no more.
    let mut desk = Api::signed_in(gateway.address, "desk@shop.example", "Desk-password-12").await.expect("signed in");
    let part = json!({"lines": [{"line": 1, "quantity": "200"}]});
    let left = desk.call("POST", "/api/v1/desk/orders/kommune/T-2026-9/shipments", Some(&part)).await.expect("an answer");
    assert_eq!(left.status, 200, "{}", left.text());
    assert!(made(&gateway).await.is_empty());
    let off = buyer(&gateway, "orderer")
        .await
        .call("POST", "/api/v1/orders/T-2026-9/cancellations", Some(&json!({"reason": "enough"})))
        .await
        .expect("an answer");
    assert_eq!(off.status, 200, "{}", off.text());
    // What the buyer does to it is news for the supplier. 200 of 250 remain: 25.00.
    assert_eq!(mails(&gateway, "orders@shop.example").await.len(), 1);
    assert_eq!((available(&gateway, "4711").await, available(&gateway, "5200").await), ("85.00".to_string(), "40.00".to_string()));
    gateway.stop().await;
}

async fn an_order_that_only_its_supplier_numbered_is_found_by_that_number(engine: Engine) {
    let gateway = gateway(engine, "agreed_orders = true").await;
    // An order of the buyer's own has the number that the supplier gives to another one.
    post(&gateway, &order("A-7", "ordering", "", &line("10", "100", "12.50", "12.50", &account("5200"), ""))).await;
    assert_eq!(status(&gateway, &agreement("A-7", "A-7", "", &line("1", "100", "12.50", "12.50", &account("4711"), ""))).await, 200);
    let known = stored(&gateway, "shop-A-7").await.expect("the order");
    assert!(known.document.contains("\"SalesOrderID\":\"A-7\""), "{}", known.document);
    assert_eq!((available(&gateway, "4711").await, available(&gateway, "5200").await), ("87.50".to_string(), "37.50".to_string()));
    // Its number of the order stays while agreements come and go: another one of the same order is no second order.
    let sales = "<cbc:SalesOrderID>S-8</cbc:SalesOrderID>";
    let first = line("1", "100", "12.50", "12.50", &account("4711"), "");
    assert_eq!(status(&gateway, &agreement("A-8", "S-8", sales, &first)).await, 200);
    assert_eq!(available(&gateway, "4711").await, "75.00");
    let amended = first.replace(&account("4711"), &promised("2026-03-27"));
    for (id, of, sales) in [("A-9", "S-8", sales), ("A-10", "A-10", sales), ("A-11", "S-8", "")] {
        assert_eq!(status(&gateway, &agreement(id, of, sales, &amended)).await, 200, "{id}");
        let other = [format!("shop-{id}"), "S-8".to_string()];
        assert!(stored(&gateway, &other[0]).await.is_none() && stored(&gateway, &other[1]).await.is_none(), "{id}");
    }
    assert_eq!(answers(&gateway, "shop-S-8").await, [json!([{"says": "confirmed", "quantity": "100", "date": "2026-03-27"}])]);
    assert_eq!(available(&gateway, "4711").await, "75.00");
    // What the supplier says later names the number it gave.
    let refused = agreement("R-1", "S-8", "", "").replace("order_agreement", "order_response");
    let refused = refused
        .replace("bis:order_response", "bis:ordering")
        .replace("<cbc:DocumentCurrencyCode>", "<cbc:OrderResponseCode>RE</cbc:OrderResponseCode><cbc:DocumentCurrencyCode>");
    assert_eq!(status(&gateway, &refused).await, 200);
    assert_eq!(stored(&gateway, "shop-S-8").await.map(|order| order.order.state.as_str()), Some("cancelled"));
    assert_eq!(available(&gateway, "4711").await, "87.50");
    assert_eq!(status(&gateway, &agreement("A-12", "S-9", "<cbc:SalesOrderID>S-9</cbc:SalesOrderID>", &first)).await, 200);
    let parties = PARTIES.replace("BuyerCustomerParty", "DeliveryCustomerParty").replace("SellerSupplierParty", "DespatchSupplierParty");
    let advice = format!(
        "<DespatchAdvice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:DespatchAdvice-2\" {NAMESPACES}>\
         <cbc:CustomizationID>urn:fdc:peppol.eu:poacc:trns:despatch_advice:3</cbc:CustomizationID><cbc:ID>D-1</cbc:ID>\
         <cac:OrderReference><cbc:ID>S-9</cbc:ID></cac:OrderReference>{parties}<cac:DespatchLine><cbc:ID>1</cbc:ID>\
         <cbc:DeliveredQuantity unitCode=\"C62\">100</cbc:DeliveredQuantity><cac:OrderLineReference><cbc:LineID>1</cbc:LineID></cac:OrderLineReference>\
         </cac:DespatchLine></DespatchAdvice>"
    );
    assert_eq!(status(&gateway, &advice).await, 200);
    assert_eq!(stored(&gateway, "shop-S-9").await.map(|order| order.order.lines[0].shipped), Some(100.into()));
    gateway.stop().await;
}

async fn agreements_are_kept_and_told_where_nobody_takes_them(engine: Engine) {
    let gateway = gateway(engine, "").await;
    let agreed = agreement("A-1", "T-1", "", &line("1", "100", "12.50", "12.50", &account("4711"), ""));
    assert_eq!(status(&gateway, &agreed).await, 417);
    assert_eq!(status(&gateway, &agreed).await, 417);
    assert!(stored(&gateway, "T-1").await.is_none());
    let told = mails(&gateway, "innkjop@fjordby.example").await;
    assert_eq!(told.len(), 1, "the same is told once: {told:?}");
    assert_eq!(
        (&told[0]["template"], &told[0]["order"]["number"], &told[0]["values"]["supplier"]),
        (&json!("agreement-held"), &json!("T-1"), &json!("Shop"))
    );
    let kept: Vec<_> = records(&gateway).await.into_iter().filter(|(what, _, _)| what != "settings_made").collect();
    assert!(kept.len() == 2 && kept.iter().all(|(what, reason, _)| what == "orderresponse" && reason.as_deref() == Some("417")), "{kept:?}");
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let row = tx.sql("SELECT document FROM inbox WHERE tenant = 'kommune'").first().await.expect("a row").expect("the document is kept");
    assert!(String::from_utf8_lossy(&row.bytes("document").expect("bytes")).contains("T-1"));
    drop(tx);
    // Once agreements are taken, the same document is the order.
    gateway.apply(&world_with("agreed_orders = true")).await.expect("applied");
    assert_eq!(status(&gateway, &agreed).await, 200);
    assert!(stored(&gateway, "T-1").await.is_some());
    // A part that no catalogue has, and a cost centre that is no budget, are judged by the connection as for every order.
    let strange = line("1", "1", "4.00", "400.00", &account("9999"), "").replace(">SCR<", ">BOLT<");
    assert_eq!(status(&gateway, &agreement("A-2", "T-2", "", &strange)).await, 400);
    let told = mails(&gateway, "innkjop@fjordby.example").await;
    assert!(told[1]["values"]["why"].as_str().is_some_and(|why| why.contains("9999")), "{told:?}");
    gateway.stop().await;
}

async fn what_no_budget_allows_is_told_to_those_who_answer_for_it(engine: Engine) {
    let gateway = gateway(engine, "agreed_orders = true").await;
    // 62.50 of 50.00.
    let agreed = agreement("A-1", "T-1", "", &line("1", "500", "62.50", "12.50", &account("5200"), ""));
    let refused = status(&gateway, &agreed).await;
    assert!(refused >= 400, "{refused}");
    assert_eq!(status(&gateway, &agreed).await, refused);
    assert!(stored(&gateway, "T-1").await.is_none());
    assert_eq!(available(&gateway, "5200").await, "50.00");
    for who in ["innkjop@fjordby.example", "holder@fjordby.example"] {
        let told = mails(&gateway, who).await;
        assert_eq!(told.len(), 1, "{who}: {told:?}");
        assert_eq!(told[0]["details"][0]["values"], json!({"budget": "5200@2026", "amount": "NOK 12.50"}), "{who}");
    }
    gateway.stop().await;
}

async fn who_agreed_on_more_than_was_offered_waits_for_a_person(engine: Engine) {
    let gateway = gateway(engine, "agreed_orders = true").await;
    let at = |number: &str, price: &str| agreement(&format!("A-{number}"), number, "", &line("1", "100", price, price, &account("4711"), ""));
    // The catalogue says 12.50: less is a gift, more is nobody's order.
    assert_eq!(status(&gateway, &at("T-1", "12.00")).await, 200);
    assert_eq!(available(&gateway, "4711").await, "88.00");
    assert_eq!(status(&gateway, &at("T-2", "13.00")).await, 400);
    let told = mails(&gateway, "innkjop@fjordby.example").await;
    assert!(told[0]["values"]["why"].as_str().is_some_and(|why| why.contains("line 1: price above catalogue")), "{told:?}");
    let asks = world_with("agreed_orders = true").replace("name = \"fjordby\"\n", "name = \"fjordby\"\nchanged_price = \"ask\"\n");
    gateway.apply(&asks).await.expect("applied");
    for number in ["T-3", "T-4"] {
        assert_eq!(status(&gateway, &at(number, "13.00")).await, 201);
        assert_eq!(stored(&gateway, number).await.map(|order| order.order.state.as_str()), Some("requested"));
    }
    let mut boss = buyer(&gateway, "boss").await;
    let mut decide = async |number: &str, decision: &str| {
        let body = json!({"decision": decision, "reason": "too dear"});
        let answer = boss.call("POST", &format!("/api/v1/requests/{number}/decision"), Some(&body)).await.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    decide("T-3", "approve").await;
    assert_eq!(stored(&gateway, "T-3").await.map(|order| order.order.state.as_str()), Some("confirmed"));
    assert_eq!(mails(&gateway, "orders@shop.example").await, Vec::<Value>::new(), "it has the order");
    decide("T-4", "reject").await;
    let told = mails(&gateway, "orders@shop.example").await;
    assert_eq!((told.len(), &told[0]["order"]["number"], &told[0]["reason"]), (1, &json!("T-4"), &json!("too dear")));
    assert_eq!(available(&gateway, "4711").await, "75.00");
    gateway.stop().await;
}

/// A charge, or with `false` an allowance, on an agreement as a whole.
fn on_the_whole(is_charge: bool, amount: &str) -> String {
    format!(
        "<cac:AllowanceCharge><cbc:ChargeIndicator>{is_charge}</cbc:ChargeIndicator><cbc:AllowanceChargeReason>Freight</cbc:AllowanceChargeReason>\
         <cbc:Amount currencyID=\"NOK\">{amount}</cbc:Amount></cac:AllowanceCharge>"
    )
}

async fn charges_on_the_whole_are_judged_like_a_price(engine: Engine) {
    let gateway = gateway(engine, "agreed_orders = true").await;
    let with = |id: &str, number: &str, more: &str| {
        agreement(id, number, "", &(more.to_string() + &line("1", "100", "12.50", "12.50", &account("4711"), "")))
    };
    let of = |number: &str, more: &str| with(&format!("A-{number}"), number, more);
    let freight = on_the_whole(true, "7.90");
    // No offer knows of freight; less than was offered is a gift: 12.50 - 2.50.
    assert_eq!(status(&gateway, &of("T-1", &freight)).await, 400);
    let told = mails(&gateway, "innkjop@fjordby.example").await;
    assert!(told[0]["values"]["why"].as_str().is_some_and(|why| why.contains("charges of 7.9 NOK")), "{told:?}");
    assert_eq!(available(&gateway, "4711").await, "100.00");
    assert_eq!(status(&gateway, &of("T-2", &on_the_whole(false, "2.50"))).await, 200);
    assert_eq!(available(&gateway, "4711").await, "90.00");
    let rule =
        |rule: &str| world_with("agreed_orders = true").replace("name = \"fjordby\"\n", &format!("name = \"fjordby\"\nchanged_price = \"{rule}\"\n"));
    gateway.apply(&rule("ask")).await.expect("applied");
    assert_eq!(status(&gateway, &of("T-3", &freight)).await, 201);
    let asked = stored(&gateway, "T-3").await.expect("the request");
    assert_eq!(asked.order.state.as_str(), "requested");
    assert!(asked.document.contains("charges of 7.9 NOK above what was offered"), "{}", asked.document);
    gateway.apply(&rule("accept")).await.expect("applied");
    assert_eq!(status(&gateway, &of("T-4", &freight)).await, 200);
    // The request holds its money too: 90.00 - 2 × 20.40.
    assert_eq!(available(&gateway, "4711").await, "49.20");
    // Of an order that is there charges are not taken over, which is noted; those that it has are nothing new.
    let noted = async || records(&gateway).await.into_iter().filter(|(_, _, told)| told.contains("on the whole are not taken over")).count();
    assert_eq!(status(&gateway, &with("A-5", "T-4", &freight)).await, 200);
    assert_eq!(noted().await, 0);
    assert_eq!(status(&gateway, &with("A-6", "T-4", &on_the_whole(true, "9.90"))).await, 200);
    assert_eq!((noted().await, available(&gateway, "4711").await), (1, "49.20".to_string()));
    gateway.stop().await;
}

/// It was sent nothing before, and knows its own number only.
async fn what_was_agreed_is_called_off_as_the_supplier_knows_it(engine: Engine) {
    for (form, more) in [("cxml", OF_CHANNEL), ("ubl", "process = \"advanced_ordering\"")] {
        let (port, seen) = receiver(|_, _| Reply::Body(200, "text/xml", CXML_OK.into())).await;
        let at = "endpoint = \"7300010000001\"\n";
        let toml = world_with("agreed_orders = true").replace(at, &format!("{at}{}", channel(form, port, more)));
        let toml = toml.replace("name = \"fjordby\"\n", "name = \"fjordby\"\nchanged_price = \"ask\"\n");
        let gateway = Gateway::with_config(engine, &toml, Config { private_hosts: vec![format!("127.0.0.1:{port}")], ..world::config() }).await;
        let agreed = |id: &str, sales: &str, price: &str| {
            let sales_order = format!("<cbc:SalesOrderID>{sales}</cbc:SalesOrderID>");
            agreement(id, sales, &sales_order, &line("1", "100", price, price, &account("4711"), ""))
        };
        assert_eq!(status(&gateway, &agreed("A-1", "S-1", "12.50")).await, 200);
        let off = json!({"reason": "enough"});
        let off = buyer(&gateway, "orderer").await.call("POST", "/api/v1/orders/shop-S-1/cancellations", Some(&off)).await.expect("an answer");
        assert_eq!(off.status, 200, "{}", off.text());
        at_least(&seen, 1).await;
        assert_eq!(status(&gateway, &agreed("A-2", "S-2", "13.00")).await, 201);
        let no = json!({"decision": "reject", "reason": "too dear"});
        let no = buyer(&gateway, "boss").await.call("POST", "/api/v1/requests/shop-S-2/decision", Some(&no)).await.expect("an answer");
        assert_eq!(no.status, 200, "{}", no.text());
        let requests = at_least(&seen, 2).await;
        for (request, number, price, why) in [(&requests[0], "S-1", "12.50", "enough"), (&requests[1], "S-2", "13.00", "too dear")] {
            let document = Document { name: String::new(), xml: body(request).into() };
            let expected = match form {
                "cxml" => {
                    assert_valid(body(request), "cXML.dtd");
                    vec![
                        ("//OrderRequestHeader/@type", "delete"),
                        ("//OrderRequestHeader/@orderID", number),
                        ("//OrderRequestHeader/Comments[1]", why),
                        ("count(//ItemOut)", "1"),
                        ("//ItemOut/@quantity", "100"),
                        ("//OrderRequestHeader/Total/Money", price),
                    ]
                }
                _ => vec![("/OrderCancellation/OrderReference/ID", number), ("/OrderCancellation/CancellationNote", why)],
            };
            for (path, value) in expected {
                assert_eq!(document.xpath(path), value, "{path}: {}", document.xml);
            }
        }
        gateway.stop().await;
    }
}

async fn copies_at_once_are_one_order(engine: Engine) {
    let gateway = gateway(engine, "agreed_orders = true").await;
    let agreed = agreement("A-1", "T-1", "", &line("1", "100", "12.50", "12.50", &account("4711"), ""));
    let all = futures_util::future::join_all((0..10).map(|_| status(&gateway, &agreed))).await;
    assert_eq!(all, [200; 10]);
    assert_eq!(available(&gateway, "4711").await, "87.50");
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    assert_eq!(tx.sql("SELECT number FROM purchase_order WHERE tenant = 'kommune'").all().await.expect("rows").len(), 1);
    drop(tx);
    gateway.stop().await;
}
