//! Many buyers at once: hand-backs that are written together get numbers without a gap, one basket has one form, what two tabs put in
//! is all there, and a SQLite folder has one gateway.

use std::collections::BTreeSet;

use hookline::clock::Clock;
use hookline::config::Config;
use hookline::work::{housekeeping, jobs};

use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::Gateway;
use crate::support::shop::Shop;

on_both_engines! {
    hand_backs_at_once_leave_no_gap_in_the_quotes,
    pressing_at_once_freezes_once,
    who_was_overtaken_from_outside_does_not_disturb_the_others,
    two_tabs_lose_nothing,
    what_was_never_handed_back_goes_with_its_evidence,
}

const CODE: &str = "\n[[code]]\nbuyer = \"library\"\nkind = \"cost_centre\"\ncode = \"4410-LONGER-THAN-THE-FIELD\"\nname = \"Long\"\n";

async fn shop(gateway: &Gateway) -> Shop {
    let mut client = gateway.client();
    let target = "/oci/lib?USERNAME=inkoop&PASSWORD=Geheim-123-456&HOOK_URL=https%3A%2F%2Ferp.library.example%2Fr";
    let first = client.get(target).await.expect("the call-up");
    let trail = client.follow(target, first).await.expect("the way to the shop");
    Shop::from_trail(client, &trail).expect("a session")
}

/// The same session in another tab: cookies and address are shared.
fn tab(shop: &Shop) -> Shop {
    Shop { client: shop.client.clone(), base: shop.base.clone(), seen: Vec::new() }
}

fn quote_of(page: &str) -> Option<String> {
    let fields = hookline::wire::html::hidden_inputs(page);
    fields.into_iter().find(|(name, _)| name == "NEW_ITEM-EXT_QUOTE_ID[1]").map(|(_, value)| value)
}

async fn hand_backs_at_once_leave_no_gap_in_the_quotes(engine: Engine) {
    let gateway = Gateway::with(engine, &format!("{WORLD}{CODE}")).await;
    let mut tasks = Vec::new();
    for number in 0..24 {
        let mut shop = shop(&gateway).await;
        shop.add("BOOK-1", "1").await.expect("added");
        // Every third basket carries a cost centre that is too long for the receiver's field: it is refused, never cut.
        let fits = number % 3 != 0;
        if !fits {
            let answer = shop.change("BOOK-1", &[("cost_centre", "4410-LONGER-THAN-THE-FIELD")]).await.expect("coded");
            assert_eq!(answer.status, 200);
        }
        tasks.push(tokio::spawn(async move {
            let answer = shop.transfer().await.expect("an answer").expect("a way back");
            (fits, answer.status, quote_of(&answer.text()), shop)
        }));
    }
    let mut quotes = BTreeSet::new();
    for task in tasks {
        let (fits, status, quote, mut shop) = task.await.expect("a caller");
        match fits {
            true => assert!(quotes.insert(quote.expect("a quote")), "a quote was given twice"),
            false => {
                assert_eq!((status, quote), (422, None));
                assert_eq!(shop.change("BOOK-1", &[("cost_centre", "4410")]).await.expect("still open").status, 200);
            }
        }
    }
    let expected: BTreeSet<String> = (1..=16).map(|number| format!("HL-2026-{number:06}")).collect();
    assert_eq!(quotes, expected);
    gateway.stop().await;
}

async fn pressing_at_once_freezes_once(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let mut first = shop(&gateway).await;
    first.add("BOOK-1", "2").await.expect("added");
    let page = first.basket_page().await.expect("the basket");
    let form = page.forms_to("transfer").next().expect("a way back").clone();
    let mut tasks = Vec::new();
    for _ in 0..12 {
        let (mut shop, form) = (tab(&first), form.clone());
        tasks.push(tokio::spawn(async move { shop.submit("basket", &form, &form.fields()).await.expect("an answer") }));
    }
    let mut forms = BTreeSet::new();
    for task in tasks {
        let answer = task.await.expect("a caller");
        assert_eq!(answer.status, 200, "{}", answer.text());
        forms.insert(hookline::wire::html::hidden_inputs(&answer.text()));
    }
    assert_eq!(forms.len(), 1, "one basket, one form");
    let mut operator = gateway.operator().await.expect("the operator");
    let sessions = operator.items("/api/v1/connections/lib/sessions").await.expect("sessions");
    assert_eq!((sessions[0]["transfers"].as_i64(), sessions[0]["repeats"].as_i64()), (Some(1), Some(11)));
    gateway.stop().await;
}

/// Another process drew numbers, and changed one of the sessions: neither is where it was expected when all are handed back at once.
async fn who_was_overtaken_from_outside_does_not_disturb_the_others(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let mut shops = Vec::new();
    for _ in 0..9 {
        let mut shop = shop(&gateway).await;
        shop.add("BOOK-1", "1").await.expect("added");
        shops.push(shop);
    }
    let first = shops.pop().expect("a shop").transfer().await.expect("an answer").expect("a way back");
    assert_eq!(quote_of(&first.text()).as_deref(), Some("HL-2026-000001"));
    let mut tx = gateway.server.app.store.begin().await.expect("a writer");
    assert_eq!(tx.sql("UPDATE counter SET value = 6 WHERE name = 'quote' AND value = 1").run().await.expect("drawn"), 1);
    let one = "UPDATE session SET version = version + 1 WHERE number = (SELECT MIN(number) FROM session WHERE state = 'open')";
    assert_eq!(tx.sql(one).run().await.expect("changed"), 1);
    tx.commit().await.expect("a commit");
    let tasks: Vec<_> =
        shops.into_iter().map(|mut shop| tokio::spawn(async move { shop.transfer().await.expect("an answer").expect("a way back") })).collect();
    let mut quotes = BTreeSet::new();
    for task in tasks {
        let answer = task.await.expect("a caller");
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(quotes.insert(quote_of(&answer.text()).expect("a quote")), "a quote was given twice");
    }
    assert_eq!(quotes, (7..=14).map(|number| format!("HL-2026-{number:06}")).collect());
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    // The form that was shown is the one that is kept, of each, and its evidence says so.
    let sql = "SELECT t.tenant, t.quote, t.form, e.id FROM transfer t JOIN evidence e ON e.session = t.session AND e.kind = 'return'";
    let rows = tx.sql(sql).all().await.expect("what is kept");
    assert_eq!(rows.len(), 9);
    for row in rows {
        let [tenant, quote, form, id] = ["tenant", "quote", "form", "id"].map(|column| row.text(column).expect("text"));
        assert!(form.contains(&format!("\"{quote}\"")), "{quote}: {form}");
        let record = hookline::store::evidence::by_id(&mut tx, &tenant, &id).await.expect("a reader").expect("the record");
        assert_eq!(form, *record.sent);
    }
    drop(tx);
    gateway.stop().await;
}

async fn two_tabs_lose_nothing(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let first = shop(&gateway).await;
    let mut tasks = Vec::new();
    for _ in 0..4 {
        let mut shop = tab(&first);
        tasks.push(tokio::spawn(async move { shop.add("BOOK-1", "1").await.expect("an answer").status }));
    }
    for task in tasks {
        assert_eq!(task.await.expect("a caller"), 200);
    }
    let mut shop = tab(&first);
    let basket = shop.basket().await.expect("the basket");
    assert_eq!(basket.iter().map(|line| line.quantity.as_str()).collect::<Vec<_>>(), ["4"]);
    // What is on the pages is what is in the database: a gateway that knows nothing yet shows the same.
    if engine == Engine::Sqlite {
        let mut tx = gateway.server.app.store.read().await.expect("a reader");
        let rows = tx.sql("SELECT quantity FROM basket_line").all().await.expect("lines");
        assert_eq!(rows.iter().map(|row| row.text("quantity").expect("text")).collect::<Vec<_>>(), ["4"]);
    }
    gateway.stop().await;
}

async fn what_was_never_handed_back_goes_with_its_evidence(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let app = gateway.server.app.clone();
    let (mut left, mut returned) = (shop(&gateway).await, shop(&gateway).await);
    for shop in [&mut left, &mut returned] {
        shop.add("BOOK-1", "1").await.expect("added");
    }
    returned.transfer().await.expect("an answer").expect("a way back");
    gateway.advance(std::time::Duration::from_secs(86_400) * (app.config.evidence_days + 1));
    housekeeping::plan(&app).await.expect("a plan");
    while jobs::pass(&app, housekeeping::KINDS, "the test").await.expect("a pass") > 0 {}
    let mut tx = app.store.read().await.expect("a reader");
    let rows = tx.sql("SELECT state FROM session").all().await.expect("sessions");
    assert_eq!(rows.iter().map(|row| row.text("state").expect("text")).collect::<Vec<_>>(), ["returned"]);
    let rows = tx.sql("SELECT session FROM basket_line").all().await.expect("lines");
    assert_eq!(rows.len(), 1, "the basket of a session that goes, goes with it");
    drop(tx);
    gateway.stop().await;
}

#[tokio::test]
async fn a_folder_has_one_gateway() {
    let gateway = Gateway::start(Engine::Sqlite).await;
    let config = Config { data: gateway.data.path().to_owned(), listen: "127.0.0.1:0".into(), ..Config::default() };
    let second = hookline::start(config, Clock::system()).await;
    let refusal = second.err().expect("the folder is taken").to_string();
    assert!(refusal.contains("another hookline serves"), "{refusal}");
    gateway.stop().await;
}
