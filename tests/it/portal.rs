//! People without a purchasing system: they open a catalogue in the portal, see what their budgets still allow, and order or ask, once,
//! whatever is pressed how often. And the same sight of budgets in the basket of a purchasing system. Amounts are worked out by hand.

use hookline::flow::bookkeeper::Bookkeepers;
use hookline::flow::bookkeeping::{Booking, Done};

use crate::bookkeeping::place;
use crate::granting::{person, signed_in};
use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway, sign_in_on_page};
use crate::support::html::Page;
use crate::support::http::{Answer, Client, Request};
use crate::support::shop::Shop;

on_both_engines! {
    a_person_shops_sees_the_budget_and_orders_once,
    what_the_books_refuse_leaves_the_basket_open,
    who_may_only_ask_asks,
    the_session_alone_orders_nothing,
    a_purchasing_system_s_basket_shows_its_budgets,
}

async fn orderer(gateway: &Gateway) -> Client {
    sign_in_on_page(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in")
}

/// Opens the first catalogue from the page that lists them.
pub async fn open(client: Client) -> Shop {
    let (client, trail) = way_in(client).await;
    Shop::from_trail(client, &trail).expect("a session")
}

/// The addresses on the way in: the first of the catalogue's own holds the key.
pub async fn way_in(mut client: Client) -> (Client, Vec<(String, Answer)>) {
    let listed = client.get("/shop").await.expect("the catalogues");
    let page = Page::read(&listed.text());
    let form = page.forms.iter().find(|form| form.action().starts_with("/shop/")).expect("a catalogue to open").clone();
    let origin = format!("http://{}", client.address);
    let first = client.send(Request::form(form.action(), &form.fields()).header("Origin", &origin)).await.expect("an answer");
    let trail = client.follow(form.action(), first).await.expect("the way to the catalogue");
    (client, trail)
}

/// A basket of so many books on FICTION.
pub async fn filled(shop: &mut Shop, quantity: &str) {
    assert_eq!(shop.add("BOOK-1", quantity).await.expect("added").status, 200);
    code(shop, "FICTION").await;
}

pub async fn code(shop: &mut Shop, budget: &str) {
    let page = shop.basket_page().await.expect("the basket");
    let form = page.forms.iter().find(|form| form.action().contains("basket/coding")).expect("coding for the whole basket").clone();
    let values = form.filled(&[("budget_code", budget)]).expect("fields of the form");
    assert_eq!(shop.submit("basket", &form, &values).await.expect("coded").status, 200);
}

/// Presses one of the two buttons; where it leads is not followed.
async fn press(shop: &mut Shop, wish: &str) -> Answer {
    let page = shop.basket_page().await.expect("the basket");
    let form = page.forms_to("order").next().expect("a way to order").clone();
    let mut fields = form.fields();
    fields.retain(|(name, _)| name != "wish");
    fields.push(("wish".to_string(), wish.to_string()));
    let origin = format!("http://{}", shop.client.address);
    shop.client.send(Request::form(form.action(), &fields).header("Origin", &origin)).await.expect("an answer")
}

async fn seen(shop: &mut Shop) -> String {
    shop.page("basket").await.expect("the basket").text()
}

async fn committed(api: &mut Api) -> i64 {
    api.items("/api/v1/budgets").await.expect("the budgets")[0]["committed"].as_i64().expect("an amount")
}

async fn a_person_shops_sees_the_budget_and_orders_once(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let mut api = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let mut shop = open(orderer(&gateway).await).await;
    filled(&mut shop, "3").await;
    let page = seen(&mut shop).await;
    assert!(page.contains("€70.00 left after this, of €100.00"), "{page}");
    assert!(page.contains("Order now") && !page.contains("Hand the basket back"), "{page}");
    let (first, again) = (press(&mut shop, "order").await, press(&mut shop, "order").await);
    assert_eq!((first.status, again.status), (303, 303), "{}", first.text());
    let target = first.header("location").expect("a way on").to_owned();
    assert_eq!(again.header("location"), Some(target.as_str()), "pressed twice is ordered once");
    let order = shop.client.get(&target).await.expect("the order");
    assert!(order.status == 200 && order.text().contains("A book"), "{}", order.text());
    assert_eq!(committed(&mut api).await, 3000);
    let placed = api.get("/api/v1/orders/HL-2026-000001").await.expect("the order by its quote");
    assert_eq!(
        (placed["state"].as_str(), placed["ordered_by"].as_str(), placed["quote"].as_str()),
        (Some("placed"), Some("O. Rderer"), Some("HL-2026-000001"))
    );
    gateway.stop().await;
}

async fn what_the_books_refuse_leaves_the_basket_open(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let mut api = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let mut shop = open(orderer(&gateway).await).await;
    // 11 × 10.00 on a budget of 100.00.
    filled(&mut shop, "11").await;
    let page = seen(&mut shop).await;
    assert!(page.contains("€10.00 too little") && page.contains("this order would be refused"), "{page}");
    let refused = press(&mut shop, "order").await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("FICTION@2026") && refused.text().contains("€10.00 too little"), "{}", refused.text());
    code(&mut shop, "NOPE").await;
    assert!(seen(&mut shop).await.contains("There is no budget NOPE for you."));
    assert_eq!(press(&mut shop, "order").await.status, 422, "a code that nobody set up");
    code(&mut shop, "FICTION").await;
    assert_eq!(shop.change("BOOK-1", &[("quantity", "10")]).await.expect("changed").status, 200);
    assert_eq!(press(&mut shop, "order").await.status, 303);
    assert_eq!(committed(&mut api).await, 10_000);
    gateway.stop().await;
}

async fn who_may_only_ask_asks(engine: Engine) {
    let rights = "[[budget_right]]\nbuyer = \"library\"\nperson = \"orderer@library.example\"\nbudget = \"FICTION\"\nright = \"request\"\n\
                  [[budget_right]]\nbuyer = \"library\"\nperson = \"approver@library.example\"\nbudget = \"FICTION\"\nright = \"approve\"\n\
                  [[budget]]\nbuyer = \"library\"\ncode = \"FILM\"\nname = \"Film\"\namount = \"50.00\"\n";
    let gateway = Gateway::with(engine, &format!("{WORLD}{}{rights}", person("approver", "\"approver\""))).await;
    let mut shop = open(orderer(&gateway).await).await;
    filled(&mut shop, "2").await;
    // The books would take it, the person may not: nothing is ordered, and the basket is as it was.
    assert_eq!(press(&mut shop, "order").await.status, 403);
    code(&mut shop, "FILM").await;
    let page = seen(&mut shop).await;
    assert!(page.contains("There is no budget FILM for you.") && !page.contains("50.00"), "a budget they may not see: {page}");
    code(&mut shop, "FICTION").await;
    assert_eq!(press(&mut shop, "request").await.status, 303);
    let waiting = signed_in(&gateway, "approver").await.items("/api/v1/requests").await.expect("what waits");
    assert_eq!((waiting.len(), waiting[0]["amount"].as_i64()), (1, Some(2000)), "{waiting:?}");
    gateway.stop().await;
}

async fn the_session_alone_orders_nothing(engine: Engine) {
    let gateway = Gateway::with(engine, &format!("{WORLD}{}", person("other", "\"orderer\""))).await;
    let mut shop = open(orderer(&gateway).await).await;
    filled(&mut shop, "1").await;
    let page = shop.basket_page().await.expect("the basket");
    let form = page.forms_to("order").next().expect("a way to order").clone();
    let target = form.action().to_owned();
    let order = |client: &Client| Request::form(&target, &form.fields()).header("Origin", &format!("http://{}", client.address));
    // The address and the form in hands that are not signed in, or are somebody else's.
    let key = shop.client.get("/shop").await.expect("still signed in");
    assert_eq!(key.status, 200);
    let mut nobody = shop.client.clone();
    let leave = Request::form("/sign-out", &[]).header("Origin", &format!("http://{}", nobody.address));
    assert_eq!(nobody.send(leave).await.expect("an answer").status, 303);
    let answer = nobody.send(order(&nobody)).await.expect("an answer");
    assert_eq!((answer.status, answer.header("location")), (303, Some("/sign-in?next=/shop")));
    let mut other = sign_in_on_page(gateway.address, "other@library.example", "Password-of-other-1").await.expect("signed in");
    let answer = other.send(order(&other)).await.expect("an answer");
    assert!(matches!(answer.status, 403 | 410), "{}", answer.status);
    // A catalogue of another organisation is none.
    let mut stranger = orderer(&gateway).await;
    let origin = format!("http://{}", stranger.address);
    let answer = stranger.send(Request::form("/shop/nowhere", &[]).header("Origin", &origin)).await.expect("an answer");
    assert_eq!(answer.status, 404);
    let mut api = Api::signed_in(gateway.address, "other@library.example", "Password-of-other-1").await.expect("signed in");
    assert_eq!(committed(&mut api).await, 0);
    gateway.stop().await;
}

async fn a_purchasing_system_s_basket_shows_its_budgets(engine: Engine) {
    for (setting, is_shown) in [("", true), ("budgets_shown = false", false)] {
        let world = WORLD.replace("frame_origins = ", &format!("{setting}\nframe_origins = "));
        let gateway = Gateway::with(engine, &world).await;
        let mut client = gateway.client();
        let target = "/oci/lib?USERNAME=inkoop&PASSWORD=Geheim-123-456&HOOK_URL=https%3A%2F%2Ferp.library.example%2Fr";
        let first = client.get(target).await.expect("the call-up");
        let trail = client.follow(target, first).await.expect("the way to the shop");
        let mut shop = Shop::from_trail(client, &trail).expect("a session");
        filled(&mut shop, "12").await;
        let page = seen(&mut shop).await;
        assert_eq!(page.contains("€20.00 too little"), is_shown, "{page}");
        assert_eq!(page.contains("€100.00 left now"), is_shown, "{page}");
        // Another process books something that this one does not know of yet.
        let others = Bookkeepers::start(gateway.server.app.store.clone(), gateway.server.app.clock.clone()).expect("bookkeepers");
        let done = others.book("library", Booking::of("test", place("P-1", 30.into()), None)).await.expect("an answer");
        assert!(matches!(&done, Done::Decided { outcome, .. } if outcome.is_ok()), "{done:?}");
        let page = seen(&mut shop).await;
        assert_eq!(page.contains("€50.00 too little"), is_shown, "{page}");
        assert_eq!(page.contains("€70.00 left now"), is_shown, "{page}");
        // It is only said: what goes back is the purchasing system's to decide.
        assert_eq!(shop.transfer().await.expect("an answer").expect("a way back").status, 200);
        gateway.stop().await;
    }
}
