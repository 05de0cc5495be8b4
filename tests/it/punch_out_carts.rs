//! Punch-out carts of Peppol (T77) that a supplier's own shop hands back through the browser: as a field of a form or as the body itself, into the basket
//! and the order. The shop is played here by section 26; amounts are worked out by hand.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::cxml::assert_valid;
use crate::on_both_engines;
use crate::peppol::NAMESPACES;
use crate::portal::code;
use crate::remote::{gateway, go, opened, press, setup, shopping};
use crate::support::Engine;
use crate::support::html::Page;
use crate::support::http::{Answer, Client, Request};
use crate::support::receiver::{Seen, at_least, body};
use crate::support::shop::Shop;

on_both_engines! {
    a_cart_of_peppol_becomes_an_order,
    it_comes_whichever_way_a_shop_posts_it,
    why_a_cart_is_not_taken_is_told_in_the_reader_s_language,
    a_cart_that_is_sold_as_a_whole_leaves_as_a_whole,
}

/// What a line says besides: before the need, in the need, in the item before its tax and behind it.
#[derive(Clone, Copy, Default)]
struct More<'m> {
    line: &'m str,
    need: &'m str,
    item: &'m str,
    end: &'m str,
}

fn line(id: &str, part: &str, quantity: &str, price: &str, more: More<'_>) -> String {
    let More { line, need, item, end } = more;
    format!(
        "<cac:CatalogueLine><cbc:ID>{id}</cbc:ID>{line}<cac:RequiredItemLocationQuantity>{need}<cac:Price><cbc:PriceAmount currencyID=\"EUR\">{price}</cbc:PriceAmount>\
         <cbc:BaseQuantity unitCode=\"C62\">100</cbc:BaseQuantity></cac:Price><cac:DeliveryUnit><cbc:BatchQuantity unitCode=\"C62\">{quantity}</cbc:BatchQuantity>\
         </cac:DeliveryUnit></cac:RequiredItemLocationQuantity><cac:Item><cbc:Description>Thing {part}</cbc:Description><cbc:Name>{part}</cbc:Name>\
         <cac:SellersItemIdentification><cbc:ID>{part}</cbc:ID></cac:SellersItemIdentification>{item}<cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID>\
         <cbc:Percent>21</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory>{end}</cac:Item></cac:CatalogueLine>"
    )
}

fn property(name: &str, value: &str) -> String {
    format!("<cac:AdditionalItemProperty><cbc:Name>{name}</cbc:Name><cbc:Value>{value}</cbc:Value></cac:AdditionalItemProperty>")
}

/// A cart that is valid through a day; the clock of the tests stands at 2 March 2026.
fn cart(action: &str, until: &str, lines: &str) -> String {
    let party = |name: &str| format!("<cac:PartyLegalEntity><cbc:RegistrationName>{name}</cbc:RegistrationName></cac:PartyLegalEntity>");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Catalogue xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Catalogue-2\" {NAMESPACES}>\
         <cbc:CustomizationID>urn:fdc:peppol.eu:poacc:trns:punch_out:3</cbc:CustomizationID><cbc:ProfileID>urn:fdc:peppol.eu:poacc:bis:punch_out:3</cbc:ProfileID>\
         <cbc:ID>1387</cbc:ID><cbc:ActionCode>{action}</cbc:ActionCode><cbc:IssueDate>2026-02-01</cbc:IssueDate><cbc:IssueTime>09:00:00</cbc:IssueTime>\
         <cac:ValidityPeriod><cbc:EndDate>{until}</cbc:EndDate></cac:ValidityPeriod><cac:ReferencedContract><cbc:ID>C-1</cbc:ID></cac:ReferencedContract>\
         <cac:ProviderParty>{}</cac:ProviderParty><cac:ReceiverParty>{}</cac:ReceiverParty>{lines}</Catalogue>",
        party("Acme"),
        party("Library")
    )
}

const UNTIL: &str = "2026-03-02";

async fn send(client: &mut Client, to: &str, field: &str, value: String) -> Answer {
    let request = Request::form(to, &[(field.to_owned(), value)]).header("Origin", "https://shop.example");
    client.send(request).await.expect("an answer")
}

async fn send_cart(shop: &mut Shop, to: &str, cart: &str) -> Answer {
    send(&mut shop.client, to, "cXML-base64", STANDARD.encode(cart)).await
}

/// Opens the shop for the nth time, and brings a cart from there.
async fn bring(shop: &mut Shop, seen: &Seen, visit: usize, cart: &str) -> Answer {
    go(shop).await;
    let (_, _, to) = setup(seen, visit).await;
    send_cart(shop, &to, cart).await
}

async fn a_cart_of_peppol_becomes_an_order(engine: Engine) {
    let (gateway, seen) = gateway(engine, opened).await;
    let mut shop = shopping(&gateway).await;
    let lead = "<cbc:LeadTimeMeasure unitCode=\"DAY\">4</cbc:LeadTimeMeasure>";
    let kept = "<cac:CommodityClassification><cbc:ItemClassificationCode listID=\"TST\">31161500</cbc:ItemClassificationCode></cac:CommodityClassification>\
                <cac:TransactionConditions><cbc:ActionCode>NON_RETURNABLE</cbc:ActionCode></cac:TransactionConditions>";
    let label = "<cac:Certificate><cbc:ID>EU Ecolabel</cbc:ID><cbc:CertificateTypeCode>NA</cbc:CertificateTypeCode><cbc:CertificateType>Environmental\
                 </cbc:CertificateType><cac:IssuerParty><cac:PartyName><cbc:Name>NA</cbc:Name></cac:PartyName></cac:IssuerParty></cac:Certificate>";
    let screws = property("SupplierPartAuxiliaryID", "x/1") + label;
    let first = line(
        "1",
        "SCREW",
        "250",
        "12.50",
        More { line: "<cbc:ContractSubdivision>C-7</cbc:ContractSubdivision>", need: lead, item: kept, end: &screws },
    );
    let set = line("2", "SET", "2", "300.00", More { end: &property("SupplierPartAuxiliaryID", "x/2"), ..More::default() });
    let part = line("3", "BIT", "8", "0", More { end: &property("PartOf", "2"), ..More::default() });
    let taken = bring(&mut shop, &seen, 1, &cart("false", UNTIL, &[first, part, set].concat())).await;
    assert_eq!(taken.status, 303, "{}", taken.text());
    let page = shop.page("basket").await.expect("the basket").text();
    // 250 at 12.50 for a hundred are 31.25; two at 300.00 for a hundred are 6.00. The bits are in the set.
    for shown in ["€37.25", "The shop does not take back: SCREW.", "31.25", "6.00"] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(!page.contains("only as a whole"), "{page}");
    assert_eq!(shop.basket().await.expect("the basket").len(), 2);
    let article = shop.page("article/SET").await.expect("the article").text();
    assert!(article.contains("8 C62 BIT"), "what is in it is told with it: {article}");
    let article = shop.page("article/SCREW").await.expect("the article").text();
    assert!(article.contains("EU Ecolabel"), "{article}");
    code(&mut shop, "FICTION").await;
    let page = shop.basket_page().await.expect("the basket");
    assert_eq!(press(&mut shop, &page, "order", "order").await.status, 303);
    hookline::work::dispatch(&gateway.server.app).await.expect("dispatched");
    let requests = at_least(&seen, 2).await;
    let order = requests.iter().rfind(|request| request.starts_with("POST /cxml")).map(|request| body(request).to_owned()).expect("an order");
    assert_valid(&order, "cXML.dtd");
    for said in [
        "x/1</SupplierPartAuxiliaryID>",
        "x/2</SupplierPartAuxiliaryID>",
        "quantity=\"100\" conversionFactor=\"1\"",
        "<Money currency=\"EUR\">37.25</Money>",
    ] {
        assert!(order.contains(said), "{said}: {order}");
    }
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let records = hookline::store::evidence::list(&mut tx, "library", "lib", "", "", 20).await.expect("records");
    let of_cart = records.iter().find(|record| record.outcome == "catalogue").expect("the cart is on record");
    assert!(of_cart.received.iter().any(|(name, text)| name == "document" && text.contains("punch_out:3")), "{of_cart:?}");
    drop(tx);
    gateway.stop().await;
}

async fn it_comes_whichever_way_a_shop_posts_it(engine: Engine) {
    let (gateway, seen) = gateway(engine, opened).await;
    let mut shop = shopping(&gateway).await;
    let document = |part: &str| cart("false", UNTIL, &line("1", part, "1", "500.00", More::default()));
    go(&mut shop).await;
    let (_, _, to) = setup(&seen, 1).await;
    assert_eq!(send(&mut shop.client, &to, "cXML-urlencoded", document("PART-A")).await.status, 303);
    // The same again is the same, in whatever field; another one finds the visit finished.
    assert_eq!(send_cart(&mut shop, &to, &document("PART-A")).await.status, 303);
    assert_eq!(send_cart(&mut shop, &to, &document("PART-X")).await.status, 400);
    // The document alone, from the shop's own server, in another charset.
    go(&mut shop).await;
    let (_, _, to) = setup(&seen, 2).await;
    let latin = document("PART-B").replace("UTF-8", "ISO-8859-1").replace("Thing", "K\u{e4}se");
    let bytes: Vec<u8> = latin.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin 1")).collect();
    let request = Request::new("POST", &to).header("Content-Type", "application/xml").body(&bytes);
    let brought = Client::without_cookies(gateway.address).send(request).await.expect("an answer");
    assert!(brought.status == 200 && brought.text().contains("Your basket has arrived"), "{} {}", brought.status, brought.text());
    let article = shop.page("article/PART-B").await.expect("the article").text();
    assert!(article.contains("K\u{e4}se PART-B"), "{article}");
    assert_eq!(shop.basket().await.expect("the basket").len(), 2);
    gateway.stop().await;
}

async fn why_a_cart_is_not_taken_is_told_in_the_reader_s_language(engine: Engine) {
    let (gateway, seen) = gateway(engine, opened).await;
    let mut shop = shopping(&gateway).await;
    go(&mut shop).await;
    let (_, _, to) = setup(&seen, 1).await;
    let one = |more: More<'_>| line("1", "PART-A", "2", "500.00", more);
    let good = cart("false", UNTIL, &one(More::default()));
    let old = "<cac:LineValidityPeriod><cbc:EndDate>2026-03-01</cbc:EndDate></cac:LineValidityPeriod>";
    let priced = one(More::default()) + &line("2", "BIT", "1", "9.00", More { end: &property("PartOf", "1"), ..More::default() });
    for (wrong, told) in [
        (cart("false", "2026-03-01", &one(More::default())), "ValidityPeriod: the shop’s offer ended on 2026-03-01."),
        (cart("false", UNTIL, &one(More { line: old, ..More::default() })), "Line 1: LineValidityPeriod: the shop’s offer ended on 2026-03-01."),
        (good.replace("BatchQuantity unitCode=\"C62\"", "BatchQuantity unitCode=\"XBX\""), "Line 1: The shop’s basket breaks rule PEPPOL-T77-R006"),
        (good.replace(">2</cbc:BatchQuantity>", ">0</cbc:BatchQuantity>"), "Line 1: The shop’s basket breaks rule PEPPOL-T77-R002"),
        (good.replace("unitCode=\"C62\"", "unitCode=\"CRATE\""), "Line 1: unitCode: “CRATE” cannot be used."),
        (good.replace(">2</cbc:BatchQuantity>", ">0.0005</cbc:BatchQuantity>"), "Line 1: BatchQuantity: “0.0005” cannot be used."),
        (good.replace("currencyID=\"EUR\"", "currencyID=\"euro\""), "Line 1: currencyID: “euro” cannot be used."),
        (cart("false", UNTIL, &priced), "Line 2: PartOf: “1” cannot be used."),
        (cart("false", UNTIL, &one(More::default()).repeat(2)), "Line 2: ID: “1” cannot be used."),
        (good.replace("<Catalogue ", "<!DOCTYPE Catalogue><Catalogue "), "Nothing was changed"),
        (cart("false", UNTIL, ""), "CatalogueLine is missing."),
    ] {
        let refused = send_cart(&mut shop, &to, &wrong).await;
        let text = refused.text().replace("&#38;", "&");
        assert!(refused.status == 400 && text.contains(told), "{told}: {} {text}", refused.status);
        assert_eq!(shop.basket().await.expect("the basket").len(), 0);
    }
    assert_eq!(send_cart(&mut shop, &to, &good).await.status, 303);
    // A reader from a German purchasing system.
    let mut client = gateway.client();
    let target = "/oci/lib?USERNAME=inkoop&PASSWORD=Geheim-123-456&sap-language=DE&HOOK_URL=https%3A%2F%2Ferp.library.example%2Fback";
    let first = client.get(target).await.expect("an answer");
    let trail = client.follow(target, first).await.expect("the way in");
    let mut german = Shop::from_trail(client, &trail).expect("a session");
    let refused = bring(&mut german, &seen, 2, &cart("false", "2026-03-01", &one(More::default()))).await;
    assert!(refused.status == 400 && refused.text().contains("Das Angebot des Shops endete am 2026-03-01"), "{} {}", refused.status, refused.text());
    gateway.stop().await;
}

async fn a_cart_that_is_sold_as_a_whole_leaves_as_a_whole(engine: Engine) {
    let (gateway, seen) = gateway(engine, opened).await;
    let mut shop = shopping(&gateway).await;
    let two = line("1", "PART-A", "2", "500.00", More::default()) + &line("2", "PART-B", "1", "700.00", More::default());
    assert_eq!(bring(&mut shop, &seen, 1, &cart("true", UNTIL, &two)).await.status, 303);
    let text = shop.page("basket").await.expect("the basket").text();
    assert!(text.contains("The shop sells its basket only as a whole"), "{text}");
    code(&mut shop, "FICTION").await;
    // Fewer of one line: it does not leave.
    assert_eq!(shop.change("PART-A", &[("quantity", "1")]).await.expect("changed").status, 200);
    let page = shop.basket_page().await.expect("the basket");
    let refused = press(&mut shop, &page, "order", "order").await;
    assert!(
        refused.status == 422 && refused.text().contains("only as a whole: all its lines in the quantities it brought"),
        "{} {}",
        refused.status,
        refused.text()
    );
    // Another visit brings more, and the quantities of the whole are the shop's again.
    assert_eq!(bring(&mut shop, &seen, 2, &cart("false", UNTIL, &line("1", "PART-C", "1", "100.00", More::default()))).await.status, 303);
    let quantities: Vec<String> = shop.basket().await.expect("the basket").iter().map(|line| line.quantity.clone()).collect();
    assert_eq!(quantities, ["2", "1", "1"]);
    // All of it is taken out: what is left may go.
    for _ in 0..2 {
        let page = Page::read(&shop.page("basket").await.expect("the basket").text());
        let form = page.forms_to("remove").next().expect("a way to take it out").clone();
        assert!([200, 303].contains(&shop.submit("basket", &form, &form.fields()).await.expect("an answer").status));
    }
    code(&mut shop, "FICTION").await;
    let page = shop.basket_page().await.expect("the basket");
    assert_eq!(press(&mut shop, &page, "order", "order").await.status, 303);
    gateway.stop().await;
}
