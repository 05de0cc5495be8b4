//! What a real Chromium does with the buyer's pages and with the gateway between them.
//! It must never need a host outside the loopback.

use crate::support::browser::{Browser, Options, program};
use crate::support::erp::FakeErp;
use crate::support::tls::Front;

/// A gateway that nobody asks for in tests of the driver itself.
fn nobody() -> std::net::SocketAddr {
    std::net::SocketAddr::from(([127, 0, 0, 1], 9))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_driver_sees_a_frame_of_another_site_and_the_form_that_leaves_it() {
    if program().is_none() {
        return;
    }
    let erp = FakeErp::new();
    erp.page("https://erp.example.com/start", "<!doctype html><title>ERP</title><iframe src='https://shop.example.org/in'></iframe>");
    erp.page(
        "https://shop.example.org/in",
        "<!doctype html><title>Shop</title><form method=post action='https://erp.example.com:8443/back?x=1' target=_top><input name=a value='K&auml;se +1'></form>",
    );
    let front = Front::start(nobody(), erp.clone()).await;
    let browser = Browser::start(Options::to(front.port)).await.expect("a browser");
    let tab = browser.tab().await.expect("a page");
    browser.navigate(&tab, "https://erp.example.com/start").await.expect("the start page");
    let frame = browser.find_target("shop.example.org", &[&tab]).await.expect("the frame of the other site");
    browser.wait_until(&frame, "document.readyState === 'complete' && !!document.forms[0]").await.expect("the frame is loaded");
    browser.evaluate(&frame, "document.forms[0].submit()").await.expect("the form leaves");
    let patience = std::time::Duration::from_secs(10);
    let back = erp.wait_for(|r| r.url.contains("/back"), patience).await.expect("the form arrives");
    assert_eq!((back.method.as_str(), back.url.as_str()), ("POST", "https://erp.example.com:8443/back?x=1"));
    assert_eq!(back.pairs(), [("a".to_owned(), "Käse +1".to_owned())]);
    assert!(browser.requests().iter().any(|(url, _)| url.ends_with("/start")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scripts_can_be_switched_off_and_keys_pressed() {
    if program().is_none() {
        return;
    }
    let erp = FakeErp::new();
    erp.page("https://erp.example.com/", "<!doctype html><title>plain</title><input autofocus><script>document.title = 'scripted'</script>");
    let front = Front::start(nobody(), erp.clone()).await;
    for (javascript, title) in [(true, "scripted"), (false, "plain")] {
        let browser = Browser::start(Options { javascript, ..Options::to(front.port) }).await.expect("a browser");
        let tab = browser.tab().await.expect("a page");
        browser.navigate(&tab, "https://erp.example.com/").await.expect("the page");
        assert_eq!(browser.evaluate(&tab, "document.title").await, Ok(title.into()));
        browser.evaluate(&tab, "document.querySelector('input').focus()").await.expect("focus");
        browser.type_text(&tab, "Käse").await.expect("typing");
        browser.press(&tab, "/").await.expect("a key");
        assert_eq!(browser.evaluate(&tab, "document.querySelector('input').value").await, Ok("Käse/".into()));
        assert_eq!(browser.screenshot(&tab).await.expect("a picture")[1..4], *b"PNG");
    }
}
