//! Plays a case in a real Chromium: the buyer's page on one site, the gateway on another, both on the loopback.
//! It must report what the browser did and never judge it.

use std::time::Duration;

use serde_json::{Value, json};

use super::cases::{Case, Folder};
use super::observed::{Arrived, BrowserReport};
use super::play::BROWSER_ONLY;
use super::words::mentions;
use crate::support::browser::{Browser, Options, Tab};
use crate::support::erp::FakeErp;
use crate::support::gateway::Gateway;
use crate::support::http::percent_encode;
use crate::support::tls::{Front, GATEWAY_HOST};

/// The page of the buyer's system from which the call-up starts.
const START: &str = "https://erp.example.com/hookline-test-start";

/// How long the form may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);

pub fn is_wanted(case: &Case) -> bool {
    let by_word = BROWSER_ONLY.iter().any(|w| mentions(&case.expect, w));
    by_word || (!case.given.browser.is_empty() && mentions(&case.expect, "session_key_leak"))
}

pub async fn report(gateway: &Gateway, _folder: &Folder, case: &Case) -> Result<BrowserReport, String> {
    let erp = FakeErp::new();
    let front = Front::start(gateway.address, erp.clone()).await;
    let browser = Browser::start(options(case, front.port)).await?;
    let walk = Walk { case, browser, erp };
    walk.play().await
}

fn said(case: &Case, words: &[&str], values: &[&str]) -> bool {
    words.iter().any(|w| {
        case.given.browser.get(*w).is_some_and(|v| match v {
            Value::String(s) => values.contains(&s.to_ascii_lowercase().as_str()),
            Value::Bool(b) => values.contains(if *b { &"true" } else { &"false" }),
            _ => false,
        })
    })
}

fn options(case: &Case, port: u16) -> Options {
    let mut options = Options::to(port);
    options.javascript = !said(case, &["javascript", "script", "scripts"], &["off", "none", "false", "disabled"]);
    options.block_third_party_cookies = said(case, &["third_party_cookies", "cookies"], &["blocked", "none", "off", "false", "third_party_blocked"]);
    if let Some(width) = case.given.browser.get("width").and_then(Value::as_u64) {
        options.window.0 = u32::try_from(width).unwrap_or(1024);
    }
    options
}

struct Walk<'a> {
    case: &'a Case,
    browser: Browser,
    erp: FakeErp,
}

impl Walk<'_> {
    async fn play(self) -> Result<BrowserReport, String> {
        let mut report = BrowserReport::default();
        let outcome = self.round_trip(&mut report).await;
        report.arrived = self.arrivals();
        report.referrers = self.erp.received().iter().filter_map(|r| r.header("referer").map(str::to_owned)).collect();
        report.blocked = self.browser.complaints();
        match outcome {
            Err(trouble) if report.arrived.is_empty() => Err(format!("{trouble}; the browser says {:?}", report.blocked)),
            _ => Ok(report),
        }
    }

    fn arrivals(&self) -> Vec<Arrived> {
        let received = self.erp.received().into_iter();
        let kept = received.filter(|r| !r.url.starts_with(START) && !r.url.ends_with("/favicon.ico"));
        kept.map(|r| Arrived { method: r.method, url: r.url, body: r.body }).collect()
    }

    fn in_frame(&self) -> bool {
        said(self.case, &["frame", "framed", "iframe"], &["true", "yes", "iframe", "on"])
            || self.case.given.browser.contains_key("framed_by")
            || said(self.case, &["cookies"], &["none"])
    }

    fn in_popup(&self) -> bool {
        mentions(&self.case.expect, "opener_kept")
            || self.case.given.browser.contains_key("popup")
            || said(self.case, &["window", "opener"], &["popup", "new", "true"])
    }

    /// A page of the buyer's system that calls the catalogue up, in a frame, a window of its own, or in place.
    fn start_page(&self) -> Result<String, String> {
        let call = self.case.calls.first().ok_or("no call-up")?;
        let connection = call.connection.as_deref().unwrap_or(&self.case.connection);
        let address = format!("https://{GATEWAY_HOST}/oci/{connection}");
        let pairs: Vec<(String, String)> = if call.method == "POST" && !call.body.is_empty() {
            serde_urlencoded::from_bytes(&call.body).map_err(|e| e.to_string())?
        } else {
            Vec::new()
        };
        let fields: String = pairs.iter().map(|(n, v)| format!("<input type=hidden name=\"{}\" value=\"{}\">", escaped(n), escaped(v))).collect();
        let question = if call.query.is_empty() { "" } else { "?" };
        let action = escaped(&format!("{address}{question}{}", call.query));
        let target = if self.in_frame() { "catalogue" } else { "_self" };
        // A GET form would replace the query, so a link calls up by GET.
        let caller = if call.method == "POST" {
            format!("<form id=go method=post action=\"{action}\" target={target}>{fields}</form>")
        } else {
            format!("<a id=go href=\"{action}\" target={target}>go</a>")
        };
        let frame = if self.in_frame() { "<iframe name=catalogue width=900 height=600></iframe>" } else { "" };
        Ok(format!("<!doctype html><title>ERP start</title><h1>Purchasing</h1>{frame}{caller}"))
    }

    async fn round_trip(&self, report: &mut BrowserReport) -> Result<(), String> {
        self.erp.page(START, &self.start_page()?);
        let tab = self.browser.tab().await?;
        self.browser.navigate(&tab, START).await?;
        let shop = self.enter(&tab).await?;
        self.fill(&shop).await?;
        self.transfer(&shop).await?;
        let arrived = self.erp.wait_for(|r| !r.url.starts_with(START) && !r.url.ends_with("/favicon.ico"), ARRIVAL).await;
        if self.in_popup() {
            report.opener_kept = Some(self.opener_is_kept(&shop).await);
        }
        // Some systems send the browser on at once; give that request the time to come.
        tokio::time::sleep(Duration::from_millis(300)).await;
        arrived.map(|_| ()).ok_or_else(|| "nothing arrived at the buyer's system".to_owned())
    }

    /// Calls up and returns the page or frame in which the shop is open.
    async fn enter(&self, tab: &Tab) -> Result<Tab, String> {
        let press = "(() => { const e = document.getElementById('go'); e.tagName === 'A' ? e.click() : e.submit(); })()";
        let shop = if self.in_popup() {
            let open = "(() => { window.name = 'erp'; const w = window.open('about:blank', 'shop'); const e = document.getElementById('go'); e.target = 'shop'; e.tagName === 'A' ? e.click() : e.submit(); return !!w; })()";
            self.browser.evaluate(tab, open).await?;
            self.browser.find_target(GATEWAY_HOST, &[tab]).await?
        } else if self.in_frame() {
            self.browser.evaluate(tab, press).await?;
            self.browser.find_target(GATEWAY_HOST, &[tab]).await?
        } else {
            self.browser.leave_by(tab, press).await?;
            tab.clone()
        };
        self.browser.wait_until(&shop, "document.readyState === 'complete' && location.pathname.startsWith('/c/')").await?;
        Ok(shop)
    }

    async fn fill(&self, shop: &Tab) -> Result<(), String> {
        let given = &self.case.given.lines;
        let one = json!({"article": "TST-1001", "quantity": "1"}).as_object().cloned().unwrap_or_default();
        let lines = if given.is_empty() { vec![one] } else { given.clone() };
        for line in lines {
            let article = line.get("article").and_then(Value::as_str).unwrap_or_default();
            let quantity = line.get("quantity").and_then(Value::as_str).unwrap_or("1");
            let below = format!("article/{}", percent_encode(article));
            self.go(shop, &below).await?;
            let add = format!(
                "(() => {{ const f = document.querySelector('form[action$=\"basket/add\"]'); \
                 f.querySelector('[name=quantity]').value = {}; f.submit(); }})()",
                json!(quantity)
            );
            self.browser.leave_by(shop, &add).await?;
        }
        Ok(())
    }

    async fn go(&self, shop: &Tab, below: &str) -> Result<(), String> {
        let expression = format!("location.href = location.pathname.split('/').slice(0, 4).join('/') + '/' + {}", json!(below));
        self.browser.leave_by(shop, &expression).await
    }

    async fn transfer(&self, shop: &Tab) -> Result<(), String> {
        self.go(shop, "basket").await?;
        let press = "document.querySelector('form[action$=\"transfer\"]').querySelector('button, input[type=submit]').click()";
        self.browser.evaluate(shop, press).await?;
        if self.case_without_script() {
            self.browser.wait_until(shop, "!!document.getElementById('oci')").await?;
            self.browser.evaluate(shop, "document.querySelector('#oci button, #oci input[type=submit]').click()").await?;
        }
        Ok(())
    }

    fn case_without_script(&self) -> bool {
        said(self.case, &["javascript", "script", "scripts"], &["off", "none", "false", "disabled"])
    }

    /// The returned page in the buyer's window still reaches the page that opened it.
    async fn opener_is_kept(&self, shop: &Tab) -> bool {
        let reaches = "!!window.opener && !window.opener.closed && window.opener.document.title === 'ERP start'";
        self.browser.wait_until(shop, reaches).await.is_ok()
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}
