//! A supplier's own shop behind a connection: opened from the portal and from a purchasing system, its cart in the basket, in the order, at the
//! supplier. The shop is played here, by the rules of cXML (sections 9 and 10); amounts are worked out by hand.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hookline::config::Config;
use hookline::flow::{applying, exporting};

use crate::channels::{CXML_OK, PARTIES, channel, with_channels};
use crate::cxml::assert_valid;
use crate::on_both_engines;
use crate::portal::{code, way_in};
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::browser::{Browser, Options, program};
use crate::support::erp::FakeErp;
use crate::support::gateway::{Gateway, sign_in_on_page};
use crate::support::html::Page;
use crate::support::http::{Answer, Client, Request};
use crate::support::receiver::{Reply, Seen, at_least, body, receiver};
use crate::support::shop::Shop;
use crate::support::tls::{Front, GATEWAY_HOST};

on_both_engines! {
    a_cart_of_the_supplier_s_shop_becomes_an_order,
    a_purchasing_system_gets_the_cart_of_another_shop,
    an_opening_takes_one_cart,
    a_cart_that_was_edited_takes_the_place_of_the_one_before,
    a_shop_that_stays_shut_says_why,
    a_browser_without_cookies_goes_on_in_its_window,
    in_the_frame_of_a_purchasing_system_the_basket_is_found_again,
    the_secret_stays_with_its_address_and_is_shown_to_nobody,
    what_is_coded_on_one_line_stays_there,
    nothing_is_ordered_that_was_not_shown,
    what_the_shop_quoted_comes_back_in_the_order,
    the_catalogue_behind_the_shop_is_shown_to_nobody,
}

const START: &str = "https://shop.example/start?key=77&amp;x=1";
const SECRET: &str = "Agreed-with-the-shop";

fn remote(port: u16) -> String {
    format!(
        "[connection.remote]\nurl = \"http://127.0.0.1:{port}/setup\"\nown = \"NetworkId:delta\"\nsupplier = \"DUNS:123\"\nsecret = \"{SECRET}\"\nvat = \"9\"\n\n"
    )
}

/// The world with a shop behind the connection, and the supplier's order channel at the same place.
fn world(port: u16) -> String {
    let world = WORLD.replacen("[[credential]]", &format!("{}[[credential]]", remote(port)), 1);
    with_channels(&world, &channel("cxml", port, PARTIES))
}

pub fn opened(request: &str) -> Reply {
    match request.starts_with("POST /setup") {
        true => Reply::Body(
            200,
            "text/xml",
            format!(
                "<cXML payloadID='r' timestamp='2026-03-02T10:00:00+01:00'><Response><Status code='200' text='OK'/><PunchOutSetupResponse><StartPage><URL>{START}</URL></StartPage></PunchOutSetupResponse></Response></cXML>"
            ),
        ),
        false => Reply::Body(200, "text/xml", CXML_OK.into()),
    }
}

pub async fn gateway(engine: Engine, reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> (Gateway, Seen) {
    let (port, seen) = receiver(move |_, request| reply(request)).await;
    let config = Config { private_hosts: vec![format!("127.0.0.1:{port}")], ..Config::default() };
    (Gateway::with_config(engine, &world(port), config).await, seen)
}

/// A session of the portal, on the page that leads to the shop.
pub async fn shopping(gateway: &Gateway) -> Shop {
    let client = sign_in_on_page(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let (client, trail) = way_in(client).await;
    Shop::from_trail(client, &trail).expect("a session")
}

/// Presses the way to the shop.
pub async fn go(shop: &mut Shop) -> Answer {
    let page = Page::read(&shop.page("").await.expect("the way").text());
    let form = page.forms_to("remote").next().expect("a way to the shop").clone();
    shop.submit("", &form, &form.fields()).await.expect("an answer")
}

/// The last setup that the shop got: the whole document, its cookie, and where the cart goes, below the gateway.
pub async fn setup(seen: &Seen, count: usize) -> (String, String, String) {
    let all = at_least(seen, count).await;
    let document = all.iter().rfind(|request| request.starts_with("POST /setup")).map(|request| body(request).to_owned()).expect("a setup");
    let between =
        |open: &str, close: &str| document.split_once(open).and_then(|(_, rest)| rest.split_once(close)).expect("in the setup").0.to_owned();
    let (cookie, url) = (between("<BuyerCookie>", "</BuyerCookie>"), between("<URL>", "</URL>"));
    let below = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| format!("/{path}")).expect("a path");
    (document, cookie, below)
}

fn item(part: &str, aux: &str, quantity: &str, price: &str, more: &str) -> String {
    format!(
        "<ItemIn quantity='{quantity}'><ItemID><SupplierPartID>{part}</SupplierPartID><SupplierPartAuxiliaryID>{aux}</SupplierPartAuxiliaryID></ItemID>\
         <ItemDetail><UnitPrice><Money currency='EUR'>{price}</Money></UnitPrice><Description xml:lang='en'>Thing {part}</Description>\
         <UnitOfMeasure>EA</UnitOfMeasure>{more}<Classification domain='UNSPSC'>44121700</Classification></ItemDetail></ItemIn>"
    )
}

fn cart(cookie: &str, allowed: &str, status: &str, items: &str) -> String {
    format!(
        "<cXML payloadID='77@shop' timestamp='2026-03-02T10:05:00+01:00'><Header><From><Credential domain='DUNS'><Identity>123</Identity></Credential></From>\
         <To><Credential domain='NetworkId'><Identity>delta</Identity></Credential></To><Sender><Credential domain='DUNS'><Identity>123</Identity>\
         <SharedSecret>leaked-by-the-shop</SharedSecret></Credential><UserAgent>Shop</UserAgent></Sender></Header><Message>{status}<PunchOutOrderMessage>\
         <BuyerCookie>{cookie}</BuyerCookie><PunchOutOrderMessageHeader operationAllowed='{allowed}'><Total><Money currency='EUR'>0</Money></Total>\
         </PunchOutOrderMessageHeader>{items}</PunchOutOrderMessage></Message></cXML>"
    )
}

/// The shop lets the browser send a cart.
pub async fn send(client: &mut Client, to: &str, cart: &str) -> Answer {
    let fields = [("cxml-base64".to_owned(), STANDARD.encode(cart))];
    client.send(Request::form(to, &fields).header("Origin", "https://shop.example")).await.expect("an answer")
}

async fn a_cart_of_the_supplier_s_shop_becomes_an_order(engine: Engine) {
    let (gateway, seen) = gateway(engine, opened).await;
    let mut shop = shopping(&gateway).await;
    let landing = shop.page("").await.expect("the way").text();
    assert!(landing.contains("The shop of Acme") && landing.contains("getElementById(\"remote\")"), "the first time it goes by itself: {landing}");
    let opening = go(&mut shop).await;
    assert_eq!(opening.status, 200, "{}", opening.text());
    assert!(opening.text().contains("content=\"0; url=https://shop.example/start?key=77&#38;x=1\""), "{}", opening.text());
    assert_eq!(opening.header("referrer-policy"), Some("no-referrer"));
    let (document, cookie, to) = setup(&seen, 1).await;
    assert_valid(&document, "cXML.dtd");
    for part in [SECRET, "operation=\"create\"", ">delta<", ">123<", "orderer@library.example", "deploymentMode=\"production\""] {
        assert!(document.contains(part), "{part}: {document}");
    }
    // 250 at 12.50 per 100 are 31.25; two boxes of 10 at 5.00 per one, 100.00 per box of 20 … kept apart under two ids: 2 × 3.00 and 1 × 4.00.
    let basis = "<PriceBasisQuantity quantity='100' conversionFactor='1'><UnitOfMeasure>EA</UnitOfMeasure></PriceBasisQuantity>";
    let items = [item("SCREW", "x/1", "250", "12.50", basis), item("SET", "x/2", "2", "3.00", ""), item("SET", "x/3", "1", "4.00", "")].concat();
    let taken = send(&mut shop.client, &to, &cart(&cookie, "edit", "", &items)).await;
    assert_eq!(taken.status, 303, "{}", taken.text());
    assert!(taken.header("location").is_some_and(|to| to.ends_with("/basket")), "{:?}", taken.headers);
    let page = shop.page("basket").await.expect("the basket").text();
    // 31.25 + 6.00 + 4.00 = 41.25
    for part in ["Thing SCREW", "SET (2)", "€41.25"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!shop.page("").await.expect("the way").text().contains("getElementById(\"remote\")"), "only the first time it goes by itself");
    code(&mut shop, "FICTION").await;
    let ordered = {
        let page = shop.basket_page().await.expect("the basket");
        let form = page.forms_to("order").next().expect("a way to order").clone();
        let mut fields = form.fields();
        fields.retain(|(name, _)| name != "wish");
        fields.push(("wish".into(), "order".into()));
        let origin = format!("http://{}", shop.client.address);
        shop.client.send(Request::form(form.action(), &fields).header("Origin", &origin)).await.expect("an answer")
    };
    assert_eq!(ordered.status, 303, "{}", ordered.text());
    // The supplier gets its own part numbers and ids.
    hookline::work::dispatch(&gateway.server.app).await.expect("dispatched");
    let requests = at_least(&seen, 2).await;
    let order = requests.iter().rfind(|request| request.starts_with("POST /cxml")).map(|request| body(request).to_owned()).expect("an order");
    assert_valid(&order, "cXML.dtd");
    let ids = |name: &str| order.split(&format!("<{name}>")).skip(1).filter_map(|rest| rest.split('<').next()).collect::<Vec<_>>().join(" ");
    assert_eq!((ids("SupplierPartID"), ids("SupplierPartAuxiliaryID")), ("SCREW SET SET".into(), "x/1 x/2 x/3".into()), "{order}");
    assert!(order.contains("quantity=\"100\" conversionFactor=\"1\""), "{order}");
    // 41.25 of 100.00 are committed.
    let mut api = crate::support::gateway::Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    assert_eq!(api.items("/api/v1/budgets").await.expect("budgets")[0]["committed"], 4125);
    nowhere(&gateway, &["leaked-by-the-shop", SECRET]).await;
    gateway.stop().await;
}

/// No secret is in what is kept or logged.
async fn nowhere(gateway: &Gateway, secrets: &[&str]) {
    let mut kept = gateway.log().join("\n");
    let mut tx = gateway.server.app.store.view().await.expect("a view");
    for (table, column) in
        [("evidence", "received"), ("evidence", "sent"), ("connection", "settings"), ("remote_cart", "cart"), ("outbox", "payload")]
    {
        let statement: &'static str = match (table, column) {
            ("evidence", "received") => "SELECT received AS t FROM evidence",
            ("evidence", _) => "SELECT sent AS t FROM evidence",
            ("connection", _) => "SELECT settings AS t FROM connection",
            ("remote_cart", _) => "SELECT cart AS t FROM remote_cart",
            _ => "SELECT payload AS t FROM outbox",
        };
        for row in tx.sql(statement).all().await.expect("rows") {
            kept.push_str(&row.text("t").expect("text"));
        }
    }
    for secret in secrets {
        assert!(!kept.contains(secret), "{secret} is kept");
    }
    assert!(kept.contains("PunchOutOrderMessage"), "the cart is in the evidence");
}

async fn a_purchasing_system_gets_the_cart_of_another_shop(engine: Engine) {
    let (gateway, seen) = gateway(engine, opened).await;
    let mut client = gateway.client();
    let target = "/oci/lib?USERNAME=inkoop&PASSWORD=Geheim-123-456&HOOK_URL=https%3A%2F%2Ferp.library.example%2Fback&~costCenter=4410";
    let first = client.get(target).await.expect("an answer");
    let trail = client.follow(target, first).await.expect("the way in");
    let mut shop = Shop::from_trail(client, &trail).expect("a session");
    assert_eq!(go(&mut shop).await.status, 200);
    let (document, cookie, to) = setup(&seen, 1).await;
    assert!(document.contains("<Extrinsic name=\"UniqueName\">inkoop</Extrinsic>"), "{document}");
    // A box of 50 at 5.00 per 100 pieces is 2.50: OCI gets the price of a box.
    let boxes = "<PriceBasisQuantity quantity='100' conversionFactor='50'><UnitOfMeasure>C62</UnitOfMeasure></PriceBasisQuantity>";
    assert_eq!(send(&mut shop.client, &to, &cart(&cookie, "create", "", &item("BOX", "x/1", "10", "5.00", boxes))).await.status, 303);
    let page = shop.transfer().await.expect("an answer").expect("a way back").text();
    let form = Page::read(&page).forms.into_iter().find(|form| form.action().starts_with("https://erp.library.example")).expect("the form");
    let value = |name: &str| form.value(name).unwrap_or_default();
    assert_eq!((value("NEW_ITEM-VENDORMAT[1]").as_str(), value("NEW_ITEM-QUANTITY[1]").as_str()), ("BOX", "10.000"));
    assert_eq!((value("NEW_ITEM-PRICE[1]").as_str(), value("NEW_ITEM-PRICEUNIT[1]").as_str()), ("250.000", "100"), "{page}");
    gateway.stop().await;
}

/// Part and quantity of each line of the basket.
async fn parts(shop: &mut Shop) -> Vec<(String, String)> {
    let lines = shop.basket().await.expect("the basket");
    let part = |text: &str| text.split_whitespace().find(|word| word.starts_with("PART-")).unwrap_or_default().to_owned();
    lines.iter().map(|line| (part(&line.text), line.quantity.clone())).collect()
}

async fn an_opening_takes_one_cart(engine: Engine) {
    let (gateway, seen) = gateway(engine, opened).await;
    let mut shop = shopping(&gateway).await;
    go(&mut shop).await;
    let (_, cookie, to) = setup(&seen, 1).await;
    let one = cart(&cookie, "create", "", &item("PART-A", "x/1", "2", "5.00", ""));
    // Not this one's cookie, a unit nobody knows, no document at all: nothing changes, and the right one still can come.
    for (wrong, mentioned) in [
        (cart("another", "create", "", &item("PART-A", "x/1", "2", "5.00", "")), "BuyerCookie"),
        (one.replace(">EA<", ">CRATE<"), "CRATE"),
        (one.replace(">EA<", ">CRATE<"), "Line 1: UnitOfMeasure: “CRATE” cannot be used."),
        ("<html>".into(), "Nothing was changed"),
        (one.replace("quantity='2'", "quantity='1,000'"), "“1,000” cannot be used."),
    ] {
        let refused = send(&mut shop.client, &to, &wrong).await;
        assert!(refused.status == 400 && refused.text().contains(mentioned), "{mentioned}: {} {}", refused.status, refused.text());
        assert!(!refused.text().contains(&cookie), "the cookie is told to nobody: {}", refused.text());
        assert_eq!(shop.basket().await.expect("the basket").len(), 0);
    }
    // Ten at once, and again later: one cart.
    let shared = Arc::new((to.clone(), one.clone()));
    let all = (0..10).map(|_| {
        let (mut client, shared) = (shop.client.clone(), shared.clone());
        tokio::spawn(async move { send(&mut client, &shared.0, &shared.1).await.status })
    });
    for status in futures_util::future::join_all(all).await {
        assert_eq!(status.expect("no panic"), 303);
    }
    assert_eq!(send(&mut shop.client, &to, &one).await.status, 303);
    assert_eq!(shop.basket().await.expect("the basket").iter().map(|line| line.quantity.clone()).collect::<Vec<_>>(), ["2"]);
    let other = send(&mut shop.client, &to, &one.replace("quantity='2'", "quantity='3'")).await;
    assert!(other.status == 400 && other.text().contains("finished"), "{}", other.text());
    // A second trip that brings nothing changes nothing; one that brings something adds it.
    go(&mut shop).await;
    let (document, cookie, to) = setup(&seen, 2).await;
    assert!(document.contains("operation=\"create\""), "the shop does not let its carts be edited: {document}");
    assert_eq!(send(&mut shop.client, &to, &cart(&cookie, "create", "", "")).await.status, 303);
    assert_eq!(shop.basket().await.expect("the basket").len(), 1);
    go(&mut shop).await;
    let (_, cookie, to) = setup(&seen, 3).await;
    assert_eq!(send(&mut shop.client, &to, &cart(&cookie, "create", "", &item("PART-B", "x/9", "1", "7.00", ""))).await.status, 303);
    assert_eq!(parts(&mut shop).await, [("PART-A".to_owned(), "2".to_owned()), ("PART-B".to_owned(), "1".to_owned())]);
    let foreign =
        gateway.client().send(Request::form("/remote/lib/made-up", &[("cxml-base64".into(), STANDARD.encode(&one))])).await.expect("an answer");
    assert_eq!(foreign.status, 404);
    gateway.stop().await;
}

async fn a_cart_that_was_edited_takes_the_place_of_the_one_before(engine: Engine) {
    let (gateway, seen) = gateway(engine, opened).await;
    let mut shop = shopping(&gateway).await;
    go(&mut shop).await;
    let (_, cookie, to) = setup(&seen, 1).await;
    let two = [item("PART-A", "x/1", "2", "5.00", ""), item("PART-B", "x/2", "1", "7.00", "")].concat();
    assert_eq!(send(&mut shop.client, &to, &cart(&cookie, "edit", "", &two)).await.status, 303);
    let coded = shop.change("PART-B", &[("budget_code", "FICTION")]).await.expect("coded");
    assert_eq!(coded.status, 200, "{}", coded.text());
    go(&mut shop).await;
    let (document, cookie, to) = setup(&seen, 2).await;
    assert_valid(&document, "cXML.dtd");
    assert!(document.contains("operation=\"edit\"") && document.contains("<SupplierPartAuxiliaryID>x/2</SupplierPartAuxiliaryID>"), "{document}");
    // Whoever leaves the shop without a word changes nothing (204); the same opening takes no second answer.
    let left = cart(&cookie, "edit", "<Status code='204' text='No Content'/>", "");
    assert_eq!(send(&mut shop.client, &to, &left).await.status, 303);
    assert_eq!(shop.basket().await.expect("the basket").len(), 2);
    go(&mut shop).await;
    let (_, cookie, to) = setup(&seen, 3).await;
    let edited = [item("PART-B", "x/2", "4", "6.00", ""), item("PART-C", "x/5", "1", "1.00", "")].concat();
    assert_eq!(send(&mut shop.client, &to, &cart(&cookie, "edit", "", &edited)).await.status, 303);
    assert_eq!(parts(&mut shop).await, [("PART-B".to_owned(), "4".to_owned()), ("PART-C".to_owned(), "1".to_owned())]);
    let page = shop.page("basket").await.expect("the basket").text();
    assert!(page.contains("FICTION"), "what was coded stays coded: {page}");
    // An edited cart without lines empties the basket.
    go(&mut shop).await;
    let (_, cookie, to) = setup(&seen, 4).await;
    assert_eq!(send(&mut shop.client, &to, &cart(&cookie, "edit", "", "")).await.status, 303);
    assert_eq!(shop.basket().await.expect("the basket").len(), 0);
    gateway.stop().await;
}

async fn a_shop_that_stays_shut_says_why(engine: Engine) {
    let answers = [
        (
            Reply::Body(200, "text/xml", "<cXML><Response><Status code='401' text='Unauthorized'>Unknown buyer</Status></Response></cXML>".into()),
            "401 Unknown buyer",
        ),
        (Reply::Redirect("http://127.0.0.1:1/".into()), "HTTP 307 without cXML"),
        (Reply::Cut, "The shop could not be opened"),
        (Reply::Flood(1 << 30), "HTTP 200 without cXML"),
    ];
    for (reply, told) in answers {
        let (gateway, seen) = gateway(engine, move |_| reply.clone()).await;
        let mut shop = shopping(&gateway).await;
        let page = go(&mut shop).await;
        assert!(page.status == 502 && page.text().contains(told), "{told}: {} {}", page.status, page.text());
        assert!(!page.text().contains("getElementById(\"remote\")"), "it does not go by itself again");
        let (_, cookie, to) = setup(&seen, 1).await;
        assert_eq!(
            send(&mut shop.client, &to, &cart(&cookie, "create", "", &item("PART-A", "x/1", "1", "1.00", ""))).await.status,
            303,
            "a late cart still comes"
        );
        gateway.stop().await;
    }
}

/// The shop's page as a browser gets it: made when the setup came, which says where the cart goes.
fn checkout(setup: &str) -> String {
    let between = |open: &str, close: &str| setup.split_once(open).and_then(|(_, rest)| rest.split_once(close)).expect("in the setup").0.to_owned();
    let (cookie, url) = (between("<BuyerCookie>", "</BuyerCookie>"), between("<URL>", "</URL>"));
    let cart = STANDARD.encode(cart(&cookie, "create", "", &item("PART-A", "x/1", "2", "5.00", "")));
    format!("<!doctype html><title>Shop</title><form method=post action='{url}'><input name=cXML-base64 value='{cart}'></form>")
}

/// Chromium, third-party cookies blocked: a purchasing system shows the connection in a frame, which goes to the shop and comes back from there.
async fn in_the_frame_of_a_purchasing_system_the_basket_is_found_again(engine: Engine) {
    if program().is_none() {
        return;
    }
    let erp = FakeErp::new();
    let pages = erp.clone();
    let (port, _) = receiver(move |_, request| {
        pages.page("https://shop.example/start?key=77&x=1", &checkout(body(request)));
        opened(request)
    })
    .await;
    let config =
        Config { public_url: Some(format!("https://{GATEWAY_HOST}")), private_hosts: vec![format!("127.0.0.1:{port}")], ..Config::default() };
    let gateway = Gateway::with_config(engine, &world(port), config).await;
    let back = "https%3A%2F%2Ferp.library.example%2Fback";
    let frame = format!("https://{GATEWAY_HOST}/oci/lib?USERNAME=inkoop&PASSWORD=Geheim-123-456&HOOK_URL={back}");
    erp.page("https://erp.library.example/start", &format!("<!doctype html><title>ERP</title><iframe width=900 height=900 src='{frame}'></iframe>"));
    let front = Front::start(gateway.address, erp.clone()).await;
    let browser = Browser::start(Options::to(front.port)).await.expect("a browser");
    let tab = browser.tab().await.expect("a page");
    browser.navigate(&tab, "https://erp.library.example/start").await.expect("the start page");
    let shop = browser.find_target("shop.example/start", &[&tab]).await.expect("the shop, without a click");
    browser.wait_until(&shop, "document.readyState === 'complete' && !!document.forms[0]").await.expect("the shop's page");
    assert_eq!(browser.evaluate(&shop, "document.referrer").await, Ok("".into()), "the shop learns no address of a session");
    browser.evaluate(&shop, "document.forms[0].submit()").await.expect("the cart leaves");
    let basket = browser.find_target("/basket", &[&tab]).await.expect("the basket");
    browser.wait_until(&basket, "!!document.querySelector('form[action$=transfer] button')").await.expect("the basket with its way home");
    assert_eq!(browser.evaluate(&basket, "document.body.innerText.includes('PART-A')").await, Ok(true.into()));
    browser.evaluate(&basket, "document.querySelector('form[action$=transfer] button').click()").await.expect("home");
    let is_home = |request: &crate::support::erp::Received| request.method == "POST" && request.url.starts_with("https://erp.library.example/back");
    let home = erp.wait_for(is_home, std::time::Duration::from_secs(10)).await.expect("the basket comes home");
    assert!(home.pairs().contains(&("NEW_ITEM-VENDORMAT[1]".to_owned(), "PART-A".to_owned())), "{:?}", home.pairs());
    gateway.stop().await;
}

async fn a_browser_without_cookies_goes_on_in_its_window(engine: Engine) {
    let (gateway, seen) = gateway(engine, opened).await;
    let mut client = Client::without_cookies(gateway.address);
    let target = "/oci/lib?USERNAME=inkoop&PASSWORD=Geheim-123-456&HOOK_URL=https%3A%2F%2Ferp.library.example%2Fback";
    let first = client.get(target).await.expect("an answer");
    let trail = client.follow(target, first).await.expect("the way in");
    let mut shop = Shop::from_trail(client, &trail).expect("a session");
    let opening = go(&mut shop).await.text();
    assert!(opening.contains("target=\"_blank\"") && !opening.contains("http-equiv=\"refresh\""), "{opening}");
    let (_, cookie, to) = setup(&seen, 1).await;
    let taken = send(&mut shop.client, &to, &cart(&cookie, "create", "", &item("PART-A", "x/1", "2", "5.00", ""))).await;
    assert!(taken.status == 200 && taken.text().contains("Your basket has arrived"), "{} {}", taken.status, taken.text());
    assert!(!taken.text().contains("/c/lib/"), "the shop's answer leads to no session");
    assert_eq!(shop.basket().await.expect("the basket").len(), 1);
    gateway.stop().await;
}

async fn the_secret_stays_with_its_address_and_is_shown_to_nobody(engine: Engine) {
    let (gateway, _) = gateway(engine, opened).await;
    let app = &gateway.server.app;
    let exported = exporting::export(app).await.expect("the export");
    assert!(exported.contains("[connection.remote]") && !exported.contains("sealed") && !exported.contains(SECRET), "{exported}");
    // What was exported changes nothing, and the shop still knows us.
    let plan = applying::apply(app, &exported, "world.toml").await.expect("applied");
    assert_eq!(plan.steps.iter().filter(|(what, how)| what.starts_with("connection") && *how != "same").count(), 0, "{:?}", plan.steps);
    assert!(settings(&gateway).await.contains("sealed"));
    // A secret is for its address: at another one there is none until it is given again.
    let elsewhere = exported.replace("/setup\"", "/elsewhere\"");
    assert_ne!(elsewhere, exported);
    applying::apply(app, &elsewhere, "world.toml").await.expect("applied");
    assert!(!settings(&gateway).await.contains("sealed"));
    let mistaken = elsewhere.replace("supplier = \"DUNS:123\"\n", "supplier = \"123\"\n");
    let refused = applying::apply(app, &mistaken, "world.toml").await.expect_err("no identity").to_string();
    assert!(refused.contains("remote.supplier"), "{refused}");
    gateway.stop().await;
}

/// The settings of the connection as they are kept.
async fn settings(gateway: &Gateway) -> String {
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    hookline::store::connection::by_name(&mut tx, "lib").await.expect("read").expect("the connection").settings
}

/// Presses a button of the basket's page as it was shown.
pub async fn press(shop: &mut Shop, page: &Page, ending: &str, wish: &str) -> Answer {
    let form = page.forms_to(ending).next().expect("a button").clone();
    let mut fields = form.fields();
    fields.retain(|(name, _)| name != "wish");
    fields.push(("wish".into(), wish.into()));
    let origin = format!("http://{}", shop.client.address);
    shop.client.send(Request::form(form.action(), &fields).header("Origin", &origin)).await.expect("an answer")
}

/// Brings a cart from a new visit to the shop.
async fn bring(shop: &mut Shop, seen: &Seen, visit: usize, allowed: &str, items: &str) -> Answer {
    go(shop).await;
    let (_, cookie, to) = setup(seen, visit).await;
    send(&mut shop.client, &to, &cart(&cookie, allowed, "", items)).await
}

async fn what_is_coded_on_one_line_stays_there(engine: Engine) {
    let (gateway, seen) = gateway(engine, opened).await;
    let mut shop = shopping(&gateway).await;
    // The shop gives no ids of its own: the same part twice is two lines all the same.
    let one = item("PART-A", "", "1", "5.00", "");
    assert_eq!(bring(&mut shop, &seen, 1, "create", &one).await.status, 303);
    assert_eq!(shop.change("PART-A", &[("budget_code", "FICTION")]).await.expect("coded").status, 200);
    assert_eq!(bring(&mut shop, &seen, 2, "create", &one).await.status, 303);
    let codes = async |shop: &mut Shop| {
        let page = shop.basket_page().await.expect("the basket");
        let lines = page.forms.iter().filter(|form| form.action().contains("basket/line/") && !form.action().contains("remove"));
        lines.map(|form| form.value("budget_code").unwrap_or_default()).collect::<Vec<_>>()
    };
    assert_eq!(codes(&mut shop).await, ["FICTION", ""], "a new line begins without the code of another");
    assert_eq!(bring(&mut shop, &seen, 3, "create", &item("PART-B", "", "1", "7.00", "")).await.status, 303);
    assert_eq!(codes(&mut shop).await, ["FICTION", "", ""]);
    // What did not go along is not taken out by what comes back: the shop lets only its last cart be edited.
    assert_eq!(bring(&mut shop, &seen, 4, "edit", &item("PART-C", "x/1", "1", "1.00", "")).await.status, 303);
    go(&mut shop).await;
    let (document, cookie, to) = setup(&seen, 5).await;
    assert!(document.contains(">PART-C<") && !document.contains(">PART-A<"), "{document}");
    assert_eq!(send(&mut shop.client, &to, &cart(&cookie, "edit", "", "")).await.status, 303);
    let parts: Vec<String> = parts(&mut shop).await.into_iter().map(|(part, _)| part).collect();
    assert_eq!(parts, ["PART-A", "PART-A", "PART-B"]);
    // Nothing is put in but by the shop.
    let article = shop.page("article/PART-A").await.expect("the article");
    assert_eq!(Page::read(&article.text()).forms_to("basket/add").count(), 0);
    let csrf = shop.basket_page().await.expect("the basket").forms.iter().find_map(|form| form.value("csrf")).expect("a token");
    let target = format!("{}basket/add", shop.base);
    let fields = [("csrf".to_owned(), csrf), ("article".to_owned(), "PART-A".to_owned()), ("quantity".to_owned(), "9".to_owned())];
    let origin = format!("http://{}", shop.client.address);
    let refused = shop.client.send(Request::form(target, &fields).header("Origin", &origin)).await.expect("an answer");
    assert_eq!(refused.status, 403);
    gateway.stop().await;
}

async fn nothing_is_ordered_that_was_not_shown(engine: Engine) {
    let (gateway, seen) = gateway(engine, opened).await;
    let mut shop = shopping(&gateway).await;
    let shipping = "<Shipping><Money currency='EUR'>7.90</Money><Description xml:lang='en'>Post</Description></Shipping>";
    go(&mut shop).await;
    let (_, cookie, to) = setup(&seen, 1).await;
    let dear =
        cart(&cookie, "edit", "", &item("PART-A", "x/1", "2", "5.00", "")).replace(">0</Money></Total>", &format!(">99</Money></Total>{shipping}"));
    assert_eq!(send(&mut shop.client, &to, &dear).await.status, 303);
    code(&mut shop, "FICTION").await;
    let text = shop.page("basket").await.expect("the basket").text();
    assert!(text.contains("The shop adds €7.90 for shipping") && text.contains("is €99.00; the lines of that cart come to €10.00"), "{text}");
    let page = shop.basket_page().await.expect("the basket");
    assert_eq!(bring(&mut shop, &seen, 2, "edit", &item("PART-A", "x/1", "2", "40.00", "")).await.status, 303);
    let refused = press(&mut shop, &page, "order", "order").await;
    assert!(refused.status == 409 && refused.text().contains("€80.00"), "the basket is shown as it is now: {} {}", refused.status, refused.text());
    let page = shop.basket_page().await.expect("the basket");
    assert_eq!(press(&mut shop, &page, "order", "order").await.status, 303);
    // Back in the shop, and once more: what is over is over, and says so.
    let late = send(&mut shop.client, &to, &cart(&cookie, "edit", "", &item("PART-A", "x/1", "9", "1.00", ""))).await;
    assert!(late.status == 400 && late.text().contains("This visit to the shop is finished"), "{}", late.text());
    gateway.stop().await;
}

/// Section 10: what stood in the cart comes back in the order. A box of 50 at 5.00 per 100 is 2.50; four boxes are 10.00.
async fn what_the_shop_quoted_comes_back_in_the_order(engine: Engine) {
    let (gateway, seen) = gateway(engine, opened).await;
    let mut shop = shopping(&gateway).await;
    let boxes = "<PriceBasisQuantity quantity='100' conversionFactor='50'><UnitOfMeasure>C62</UnitOfMeasure></PriceBasisQuantity>";
    let items = item("PART-A", "x/1", "4", "5.00", boxes)
        .replace("<UnitOfMeasure>EA", "<UnitOfMeasure>BX")
        .replace("domain='UNSPSC'>44121700", "domain='eClass'>27-11");
    assert_eq!(bring(&mut shop, &seen, 1, "create", &items).await.status, 303);
    code(&mut shop, "FICTION").await;
    let page = shop.basket_page().await.expect("the basket");
    assert_eq!(press(&mut shop, &page, "order", "order").await.status, 303);
    hookline::work::dispatch(&gateway.server.app).await.expect("dispatched");
    let requests = at_least(&seen, 2).await;
    let order = requests.iter().rfind(|request| request.starts_with("POST /cxml")).map(|request| body(request).to_owned()).expect("an order");
    assert_valid(&order, "cXML.dtd");
    for part in [
        "quantity=\"4\"",
        "<UnitPrice><Money currency=\"EUR\">5</Money>",
        // Units leave as codes of the recommendation.
        "<UnitOfMeasure>XBX</UnitOfMeasure><PriceBasisQuantity quantity=\"100\" conversionFactor=\"50\"><UnitOfMeasure>C62</UnitOfMeasure>",
        "<Classification domain=\"eClass\">27-11</Classification>",
        "<Total><Money currency=\"EUR\">10.00</Money>",
    ] {
        assert!(order.contains(part), "{part}: {order}");
    }
    gateway.stop().await;
}

async fn the_catalogue_behind_the_shop_is_shown_to_nobody(engine: Engine) {
    let (gateway, seen) = gateway(engine, opened).await;
    let call = "/oci/lib?USERNAME=inkoop&PASSWORD=Geheim-123-456&HOOK_URL=https%3A%2F%2Ferp.library.example%2Fback";
    for function in ["FUNCTION=VALIDATE&PRODUCTID=BOOK-1&QUANTITY=1", "FUNCTION=BACKGROUND_SEARCH&SEARCHSTRING=book"] {
        let answer = gateway.client().get(&format!("{call}&{function}")).await.expect("an answer");
        assert!(answer.status == 200 && !answer.text().contains("BOOK-1") && !answer.text().contains("10.00"), "{function}: {}", answer.text());
    }
    // DETAIL leads to the shop, not to an article that is nowhere.
    let mut client = gateway.client();
    let target = format!("{call}&FUNCTION=DETAILADD&PRODUCTID=BOOK-1");
    let first = client.get(&target).await.expect("an answer");
    let trail = client.follow(&target, first).await.expect("the way in");
    assert!(trail.last().expect("a page").1.text().contains("The shop of Acme"));
    let mut shop = Shop::from_trail(client, &trail).expect("a session");
    // A cart for another connection of the buyer finds nobody.
    go(&mut shop).await;
    let (_, cookie, to) = setup(&seen, 1).await;
    gateway.apply("[[connection]]\nname = \"other\"\nbuyer = \"library\"\ncatalogue = \"main\"\n[connection.remote]\nurl = \"https://other.example/\"\nown = \"NetworkId:a\"\nsupplier = \"DUNS:9\"\n").await.expect("applied");
    let one = cart(&cookie, "create", "", &item("PART-A", "x/1", "1", "5.00", ""));
    assert_eq!(send(&mut shop.client, &to.replace("/remote/lib/", "/remote/other/"), &one).await.status, 404);
    // Long after the last page, but within the session's life, the cart still comes; beyond it nothing does.
    gateway.advance(std::time::Duration::from_secs(3 * 3600));
    assert_eq!(send(&mut shop.client, &to, &one).await.status, 303);
    assert_eq!(shop.basket().await.expect("the basket").len(), 1);
    go(&mut shop).await;
    let (_, cookie, to) = setup(&seen, 2).await;
    gateway.advance(std::time::Duration::from_secs(6 * 3600));
    let late = send(&mut shop.client, &to, &cart(&cookie, "create", "", &item("PART-B", "x/2", "1", "5.00", ""))).await;
    assert!(late.status == 400 && late.text().contains("finished"), "{} {}", late.status, late.text());
    gateway.stop().await;
}
