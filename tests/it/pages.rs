//! The whole trip of a buyer in a real Chromium: call-up, search, article, basket with coding, hand-back, and what the purchasing
//! system then holds. In a frame without third-party cookies, without any cookies, without script, by keyboard, and at 600 px.
//! It must never reach the gateway but through the browser.

use std::time::Duration;

use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::browser::{Browser, Options, Tab, program};
use crate::support::erp::FakeErp;
use crate::support::gateway::Gateway;
use crate::support::tls::{Front, GATEWAY_HOST};

on_both_engines! {
    in_a_frame_of_another_site_without_third_party_cookies,
    without_script,
}

const START: &str = "https://erp.library.example/start";
const BACK: &str = "https://erp.library.example/back?a=1";
const KEY_CHARS: usize = 43;

/// A trip on its way.
struct Trip {
    gateway: Gateway,
    erp: FakeErp,
    _front: Front,
    browser: Browser,
    tab: Tab,
    /// Where the shop is: the page itself, or the frame on it.
    shop: Tab,
    scripts: bool,
    narrow: bool,
}

/// The purchasing system's own page: a frame for the catalogue when wanted, and the form that calls it up.
fn start_page(framed: bool) -> String {
    let frame = if framed { "<iframe name=catalogue width=900 height=600></iframe>" } else { "" };
    let target = if framed { "catalogue" } else { "_self" };
    let fields = [("USERNAME", "inkoop"), ("PASSWORD", "Geheim-123-456"), ("HOOK_URL", BACK), ("~TARGET", "_top"), ("sap-language", "nl")];
    let fields: String = fields.iter().map(|(n, v)| format!("<input type=hidden name='{n}' value='{v}'>")).collect();
    format!(
        "<!doctype html><html lang=nl><title>Purchasing</title><h1>Purchasing</h1>{frame}\
         <form id=go method=post action='https://{GATEWAY_HOST}/oci/lib' target={target}>{fields}<button>Catalogue</button></form>"
    )
}

impl Trip {
    /// Calls the catalogue up from the purchasing system's page.
    async fn begin(engine: Engine, framed: bool, change: impl FnOnce(Options) -> Options) -> Trip {
        let gateway = Gateway::with(engine, WORLD).await;
        let erp = FakeErp::new();
        erp.page(START, &start_page(framed));
        let front = Front::start(gateway.address, erp.clone()).await;
        let options = change(Options::to(front.port));
        let (scripts, narrow) = (options.javascript, options.window.0 < 800);
        let size = options.window;
        let browser = Browser::start(options).await.expect("a browser");
        let tab = browser.tab().await.expect("a page");
        browser.resize(&tab, size.0, size.1).await.expect("a size");
        browser.navigate(&tab, START).await.expect("the start page");
        Trip { gateway, erp, _front: front, browser, shop: tab.clone(), tab, scripts, narrow }
    }

    async fn call_up(&mut self, framed: bool) {
        self.browser.evaluate(&self.tab, "document.querySelector('#go button').click()").await.expect("the call-up");
        if framed {
            self.shop = self.browser.find_target(GATEWAY_HOST, &[&self.tab]).await.expect("the catalogue in its frame");
        }
        self.shows("!!document.querySelector('.list.articles')").await;
    }

    /// Waits until the shop's page shows something; then, in a narrow window, that everything has its place.
    async fn shows(&self, expression: &str) {
        let ready = format!("document.readyState === 'complete' && {expression}");
        self.browser.wait_until(&self.shop, &ready).await.expect("the next page");
        if self.narrow {
            self.has_its_place().await;
        }
    }

    /// No sideways scrolling; basket and way back in sight at both ends of the page.
    async fn has_its_place(&self) {
        const FITS: &str = r#"(() => {
            const wide = document.scrollingElement, faults = [];
            if (wide.scrollWidth > innerWidth) { faults.push('scrolls sideways: ' + wide.scrollWidth); }
            for (const to of [0, wide.scrollHeight]) {
                scrollTo(0, to);
                for (const selector of ['.basket-summary', '.way-back']) {
                    const box = document.querySelector(selector).getBoundingClientRect();
                    const seen = box.width > 0 && box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth;
                    if (!seen) { faults.push(selector + ' is out of sight at ' + to); }
                }
            }
            return faults.join(', ') + (faults.length ? ' on ' + location.href : '');
        })()"#;
        assert_eq!(self.browser.evaluate(&self.shop, FITS).await, Ok("".into()));
    }

    async fn leave_by(&self, action: &str) {
        self.browser.leave_by(&self.shop, action).await.expect("the next page");
    }

    /// Search, article, basket, coding, hand-back, with the pointer.
    async fn walk(&self) {
        self.leave_by("document.querySelector('#q').value = 'pen'; document.querySelector('.search .button').click()").await;
        self.shows("document.querySelectorAll('.list.articles tbody tr').length === 1").await;
        self.leave_by("document.querySelector('.list.articles a.name').click()").await;
        self.shows("!!document.querySelector('.buy')").await;
        self.leave_by("document.querySelector('#n').value = '250'; document.querySelector('.buy form .main').click()").await;
        self.shows("document.querySelectorAll('.list.basket .line').length === 1").await;
        let code = "document.querySelector('#all-cost_centre').value = '4410'; document.querySelector('.basket-coding .actions .button').click()";
        self.browser.evaluate(&self.shop, code).await.expect("the coding is sent");
        self.shows("[...document.querySelectorAll('.line-coding summary .code')].some(code => code.textContent === '4410')").await;
    }

    async fn hand_back(&self) {
        let press = "document.querySelector('form[action$=transfer] button').click()";
        self.browser.evaluate(&self.shop, press).await.expect("the basket is handed back");
        if !self.scripts {
            self.browser.wait_until(&self.shop, "!!document.querySelector('form#oci button')").await.expect("a button that goes back");
            self.browser.evaluate(&self.shop, "document.querySelector('form#oci button').click()").await.expect("it is pressed");
        }
    }

    /// What the purchasing system holds, and what the buyer sees then.
    async fn arrived(self) {
        let back = self.erp.wait_for(|r| r.url.contains("/back"), Duration::from_secs(15)).await;
        let back = back.unwrap_or_else(|| panic!("nothing came back; the browser says {:?}", self.browser.complaints()));
        assert_eq!((back.method.as_str(), back.url.as_str()), ("POST", BACK));
        let pairs = back.pairs();
        for (name, value) in [
            ("NEW_ITEM-VENDORMAT[1]", "PEN-100"),
            ("NEW_ITEM-QUANTITY[1]", "250"),
            ("NEW_ITEM-PRICE[1]", "9.520"),
            ("NEW_ITEM-PRICEUNIT[1]", "100"),
            ("NEW_ITEM-CUST_FIELD1[1]", "4410"),
        ] {
            assert_eq!(pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.trim_end_matches(".000")), Some(value), "{name} in {pairs:?}");
        }
        // The whole window went back, not the frame alone.
        self.browser.wait_until(&self.tab, "location.pathname === '/back'").await.expect("the purchasing system is in front again");
        self.gateway.stop().await;
    }

    async fn reference(&self) -> String {
        let path = self.browser.evaluate(&self.shop, "location.pathname").await.expect("an address");
        path.as_str().unwrap_or_default().split('/').nth(3).unwrap_or_default().to_owned()
    }
}

async fn in_a_frame_of_another_site_without_third_party_cookies(engine: Engine) {
    if program().is_none() {
        return;
    }
    let mut trip = Trip::begin(engine, true, |options| Options { block_third_party_cookies: true, ..options }).await;
    trip.call_up(true).await;
    trip.walk().await;
    trip.hand_back().await;
    trip.arrived().await;
}

async fn without_script(engine: Engine) {
    if program().is_none() {
        return;
    }
    let mut trip = Trip::begin(engine, false, |options| Options { javascript: false, ..options }).await;
    trip.call_up(false).await;
    assert!(trip.reference().await.len() < KEY_CHARS, "with cookies the key leaves the address");
    trip.walk().await;
    trip.hand_back().await;
    trip.arrived().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_any_cookies() {
    if program().is_none() {
        return;
    }
    let mut trip = Trip::begin(Engine::Sqlite, true, |options| Options { no_cookies: true, ..options }).await;
    trip.call_up(true).await;
    trip.walk().await;
    assert_eq!(trip.reference().await.len(), KEY_CHARS, "without cookies the key stays in the address");
    trip.hand_back().await;
    trip.arrived().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn six_hundred_pixels_wide() {
    if program().is_none() {
        return;
    }
    let mut trip = Trip::begin(Engine::Sqlite, false, |options| Options { window: (600, 640), ..options }).await;
    trip.call_up(false).await;
    trip.walk().await;
    trip.hand_back().await;
    trip.arrived().await;
}

/// Where the focus is must be seen: an outline, and nothing in front of it (WCAG 2.2, 2.4.7 and 2.4.11).
const FOCUS_SEEN: &str = r#"(() => {
    const at = document.activeElement;
    if (!at || at === document.body || at === document.documentElement) { return ''; }
    const style = getComputedStyle(at), box = at.getBoundingClientRect(), name = at.outerHTML.slice(0, 120);
    if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) { return 'no outline: ' + name; }
    const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1), y = Math.min(Math.max(box.top + box.height / 2, 0), innerHeight - 1);
    const top = document.elementFromPoint(x, y);
    return top && (at.contains(top) || top.contains(at)) ? '' : 'hidden behind something: ' + name;
})()"#;

impl Trip {
    /// Tab until the focus is where it should be; every stop on the way must be seen.
    async fn tab_to(&self, selector: &str) {
        for _ in 0..120 {
            self.browser.press(&self.tab, "Tab").await.expect("a key");
            assert_eq!(self.browser.evaluate(&self.tab, FOCUS_SEEN).await, Ok("".into()));
            let there = format!("document.activeElement.matches({})", serde_json::json!(selector));
            if self.browser.evaluate(&self.tab, &there).await == Ok(true.into()) {
                return;
            }
        }
        panic!("no way to {selector} with the Tab key");
    }

    /// Enter on what has the focus leads to another page.
    async fn enter(&self) {
        self.browser.evaluate(&self.tab, "window.__here = true").await.expect("a mark");
        self.browser.press(&self.tab, "Enter").await.expect("a key");
        self.browser.wait_until(&self.tab, "window.__here === undefined && document.readyState === 'complete'").await.expect("the next page");
    }

    async fn type_over(&self, text: &str) {
        self.browser.evaluate(&self.tab, "document.activeElement.select()").await.expect("what was there is marked, as Tab does");
        self.browser.type_text(&self.tab, text).await.expect("typing");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_keyboard_alone() {
    if program().is_none() {
        return;
    }
    let trip = Trip::begin(Engine::Sqlite, false, |options| options).await;
    let session = Some(trip.tab.session.as_str());
    trip.browser.call(session, "Emulation.setFocusEmulationEnabled", serde_json::json!({"enabled": true})).await.expect("the window has the focus");
    // The start page is not ours: only that the button can be reached.
    trip.browser.press(&trip.tab, "Tab").await.expect("a key");
    trip.enter().await;
    trip.shows("!!document.querySelector('.list.articles')").await;
    trip.browser.press(&trip.tab, "/").await.expect("a key");
    assert_eq!(trip.browser.evaluate(&trip.tab, "document.activeElement.id").await, Ok("q".into()), "/ leads to the search field");
    trip.browser.type_text(&trip.tab, "pen").await.expect("typing");
    trip.shows("document.querySelectorAll('.list.articles tbody tr').length === 1").await;
    trip.tab_to(".list.articles a.name").await;
    trip.enter().await;
    trip.shows("!!document.querySelector('.buy')").await;
    trip.tab_to("#n").await;
    trip.type_over("250").await;
    trip.enter().await;
    trip.shows("document.querySelectorAll('.list.basket .line').length === 1").await;
    trip.tab_to("#all-cost_centre").await;
    trip.browser.type_text(&trip.tab, "4410").await.expect("typing");
    trip.browser.press(&trip.tab, "Enter").await.expect("a key");
    trip.shows("[...document.querySelectorAll('.line-coding summary .code')].some(code => code.textContent === '4410')").await;
    trip.tab_to("form[action$=transfer] button").await;
    trip.browser.press(&trip.tab, "Enter").await.expect("a key");
    trip.arrived().await;
}
