//! Every page as people see it: judged by axe-core for WCAG 2.2 AA, at 600 and 1440 px, light and dark, in Dutch and German, empty,
//! filled and absurd. With HOOKLINE_TEST_PICTURES=folder each page is also written there as a picture, for people to look at.
//! It must never leave a page out: what is in the list of pages is what the product has.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::receiving::{DOC, Doc};
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::browser::{Browser, Options, Tab, program};
use crate::support::erp::FakeErp;
use crate::support::gateway::{Api, Gateway, sign_in_on_page};
use crate::support::html::Page;
use crate::support::http::{Client, Request, percent_encode};
use crate::support::shop::{Shop, base_of};
use crate::support::tls::{Front, GATEWAY_HOST};

/// The version that tests/run installs.
const AXE: &str = "axe-core-4.14.1";
const LANGUAGES: [&str; 2] = ["nl", "de"];
const PASSWORD: &str = "Password-of-everybody-1";
const LONG_NAME: &str = "Onderzoekshandschoen nitril poedervrij niet-steriel donkerblauw extra lang manchetmodel voor de verwerking van \
    cytostatica en laboratoriumchemicaliën, doos van honderdvijftig stuks, maat extra-extra-groot, merk Zilver";

/// axe-core, when it is installed; otherwise that is said and nothing was judged.
fn axe() -> Option<String> {
    let cache =
        std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    let usual = cache.map(|cache| cache.join("hookline").join(AXE).join("node_modules/axe-core/axe.min.js"));
    let file = std::env::var_os("HOOKLINE_TEST_AXE").map(PathBuf::from).or(usual)?;
    let source = std::fs::read_to_string(&file).ok();
    if source.is_none() {
        eprintln!("left out: no axe-core ({}), no page was judged for WCAG; tests/run installs it", file.display());
    }
    source
}

fn person(name: &str, language: &str, place: &str, role: &str) -> String {
    format!(
        "[[person]]\nsign_in = \"{name}-{language}\"\npassword = \"{PASSWORD}\"\nname = \"{name}\"\nmail = \"{name}@x.example\"\nlanguage = \"{language}\"\n\
         {place}\nroles = [\"{role}\"]\n"
    )
}

/// A library and an empty firm, people in two languages, articles short, long, dear and with options.
fn world() -> String {
    let mut toml = WORLD.to_owned();
    for language in LANGUAGES {
        toml += &person("admin", language, "buyer = \"library\"", "buyer_administrator");
        toml += &person("newcomer", language, "buyer = \"firm\"", "buyer_administrator");
        toml += &person("desk", language, "supplier = \"acme\"", "supplier_desk");
    }
    let article = |number: &str, name: &str, more: &str| {
        format!("[[article]]\ncatalogue = \"main\"\nnumber = \"{number}\"\ndescription = \"{name}\"\nunit = \"PCE\"\ncurrency = \"EUR\"\n{more}\n")
    };
    toml +=
        &article("GLOVE-XXL-LONG-NUMBER-0000000000001", LONG_NAME, "price = \"1234567.89\"\nshop_price = \"7654321.99\"\nstock = 12\nlead_days = 14");
    toml += &article(
        "DESK-1",
        "Bureau",
        "price = \"349.00\"\nshop_price = \"389.00\"\nstock = 0\nlead_days = 1\nbrand = \"Houtwerk\"\npicture = \"desk-3\"",
    );
    let card = "[{ id = \"CARD\", name = \"Kaart met logo\", price = \"1.95\", text_max = 240, logo = true }]";
    toml += &article("CARDED-1", "Bloemen met kaart", &format!("price = \"20.00\"\noptions = {card}"));
    for number in 0..60 {
        let more = format!(
            "price = \"{number}.95\"\nstock = {}\nlead_days = 2\npicture = \"gloves-{number}\"\nlong_text = \"Een regel.\\nNog een regel.\"",
            number * 3
        );
        toml += &article(&format!("HND-{number:03}"), &format!("Onderzoekshandschoen maat {number}"), &more);
    }
    for (code, name, amount) in [("YOUTH", "Jeugd", "2500000.00"), ("COMICS", "Strips", "40.00")] {
        toml += &format!("[[budget]]\nbuyer = \"library\"\ncode = \"{code}\"\nname = \"{name}\"\namount = \"{amount}\"\n");
    }
    toml
}

/// A page, and what is done on it before it is looked at (empty: nothing).
struct Look {
    name: String,
    path: String,
    act: &'static str,
}

/// Begins what is done on a page without leaving it.
const STAYING: &str = "/* staying */ ";

fn look(name: &str, path: impl Into<String>) -> Look {
    acted(name, path, "")
}

fn acted(name: &str, path: impl Into<String>, act: &'static str) -> Look {
    Look { name: name.to_owned(), path: path.into(), act }
}

/// Opens the place where a message is given up.
const GIVE_UP: &str = "/* staying */ document.querySelector('form[action$=give-up]').closest('details').open = true";

/// The checker: as it opens, with nothing given, and with documents that are right, wrong in many ways, and no XML.
fn checks() -> [Look; 5] {
    let spoiled = crate::checking::spoiled();
    let given = |text: &str| {
        let act = format!("document.querySelector('#text').value = {}; document.querySelector('form .main').click()", json!(text));
        &*Box::leak(act.into_boxed_str())
    };
    [
        look("check", "/check"),
        acted("check-nothing", "/check", "document.querySelector('form .main').click()"),
        acted("check-right", "/check", given(&DOC.xml())),
        acted("check-wrong", "/check", given(&spoiled)),
        acted("check-no-xml", "/check", given("Dear Sir, please pay.")),
    ]
}

struct Studio {
    gateway: Gateway,
    browser: Browser,
    tab: Tab,
    _front: Front,
    axe: Option<String>,
    pictures: Option<PathBuf>,
    faults: Vec<String>,
}

impl Studio {
    async fn open() -> Studio {
        Studio::of(Gateway::with(Engine::Sqlite, &world()).await).await
    }

    async fn of(gateway: Gateway) -> Studio {
        let erp = FakeErp::new();
        // A basket that is handed back is taken without an answer, so that the page that sends it stays to be looked at.
        erp.take("https://erp.library.example/");
        let front = Front::start(gateway.address, erp).await;
        let browser = Browser::start(Options::to(front.port)).await.expect("a browser");
        let tab = browser.tab().await.expect("a page");
        let pictures = std::env::var_os("HOOKLINE_TEST_PICTURES").map(PathBuf::from);
        Studio { gateway, browser, tab, _front: front, axe: axe(), pictures, faults: Vec::new() }
    }

    async fn dress(&self, width: u32, dark: bool) {
        self.browser.resize(&self.tab, width, 900).await.expect("a size");
        let scheme = if dark { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.browser.call(Some(&self.tab.session), "Emulation.setEmulatedMedia", features).await.expect("a colour scheme");
    }

    /// Goes through pages in every dress.
    async fn all(&mut self, language: &str, looks: &[Look]) {
        // Pages before anybody has signed in speak the browser's language.
        let headers = json!({"headers": {"Accept-Language": language}});
        self.browser.call(Some(&self.tab.session), "Network.setExtraHTTPHeaders", headers).await.expect("a language");
        for look in looks {
            let url = format!("https://{GATEWAY_HOST}{}", look.path);
            let mut there = self.browser.navigate(&self.tab, &url).await;
            // A long page on a busy machine takes its time; it must come in the end.
            for _ in 0..4 {
                if there.is_err() {
                    there = self.browser.wait_until(&self.tab, "document.readyState === 'complete' && location.href !== 'about:blank'").await;
                }
            }
            there.unwrap_or_else(|trouble| panic!("{}: {trouble}", look.name));
            if let Some(act) = look.act.strip_prefix(STAYING) {
                self.browser.evaluate(&self.tab, act).await.unwrap_or_else(|trouble| panic!("{}: {trouble}", look.name));
            } else if !look.act.is_empty() {
                self.browser.leave_by(&self.tab, look.act).await.unwrap_or_else(|trouble| panic!("{}: {trouble}", look.name));
            }
            for (width, dark) in [(600, false), (1440, false), (600, true), (1440, true)] {
                let title = format!("{}-{language}-{width}{}", look.name, if dark { "-dark" } else { "" });
                self.dress(width, dark).await;
                self.judge(&title).await;
                self.keep(&title).await;
            }
        }
    }

    async fn judge(&mut self, title: &str) {
        let wide =
            self.browser.evaluate(&self.tab, "document.scrollingElement.scrollWidth - document.documentElement.clientWidth").await.expect("a width");
        if wide.as_i64().is_none_or(|beyond| beyond > 0) {
            self.faults.push(format!("{title}: scrolls sideways by {wide}"));
        }
        let untold = self.browser.evaluate(&self.tab, UNTOLD).await.expect("a list");
        if untold != "" {
            self.faults.push(format!("{title}: keys instead of texts: {untold}"));
        }
        let Some(axe) = &self.axe else { return };
        self.browser.evaluate(&self.tab, &format!("{axe};0")).await.expect("axe-core starts");
        let found = self.browser.evaluate(&self.tab, JUDGE).await.expect("axe-core judges");
        for violation in found.as_array().into_iter().flatten() {
            self.faults.push(format!("{title}: {}", violation.as_str().unwrap_or_default()));
        }
    }

    async fn keep(&self, title: &str) {
        let Some(folder) = &self.pictures else { return };
        std::fs::create_dir_all(folder).expect("a folder for pictures");
        // A picture holds the whole page, so nothing of it is under a scrollbar.
        let session = Some(self.tab.session.as_str());
        self.browser.call(session, "Emulation.setScrollbarsHidden", json!({"hidden": true})).await.expect("no scrollbars");
        let picture = self.browser.screenshot(&self.tab).await.expect("a picture");
        self.browser.call(session, "Emulation.setScrollbarsHidden", json!({"hidden": false})).await.expect("scrollbars");
        std::fs::write(folder.join(format!("{title}.png")), picture).expect("a file");
    }

    async fn sign_in(&self, name: &str, language: &str) {
        let url = format!("https://{GATEWAY_HOST}/sign-in");
        self.browser.navigate(&self.tab, &url).await.expect("the sign-in page");
        let fill = format!(
            "document.querySelector('#sign_in').value = '{name}-{language}'; document.querySelector('#password').value = '{PASSWORD}'; \
             document.querySelector('form .main').click()"
        );
        self.browser.leave_by(&self.tab, &fill).await.expect("signed in");
    }

    fn end(&self) {
        assert!(self.faults.is_empty(), "{} faults:\n{}", self.faults.len(), self.faults.join("\n"));
    }
}

const JUDGE: &str = "axe.run(document, {runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}, resultTypes: ['violations']})\
    .then(found => found.violations.flatMap(v => v.nodes.slice(0, 3).map(n => v.id + ': ' + n.target.join(' ') + ' ' + n.html.slice(0, 160) + ' — ' \
    + (n.any.concat(n.all, n.none)[0] || {message: ''}).message)))";

/// Texts that are only their own key.
const UNTOLD: &str = "[...document.querySelectorAll('main *')].filter(e => e.children.length === 0 && !e.closest('.code, code, .document, .copy-value, datalist')) \
    .map(e => e.textContent.trim()).filter(t => /^[a-z]+(-[a-z]+)+$/.test(t) && !/^(utf|iso|windows)-/.test(t)).join(', ')";

/// A session in a language, opened by a purchasing system that keeps no cookies: its address holds the key.
async fn call_up(gateway: &Gateway, language: &str) -> Shop {
    let mut client = Client::without_cookies(gateway.address);
    let target = format!("/oci/lib?USERNAME=inkoop&PASSWORD=Geheim-123-456&HOOK_URL=https%3A%2F%2Ferp.library.example%2Fr&sap-language={language}");
    let first = client.get(&target).await.expect("the call-up");
    let trail = client.follow(&target, first).await.expect("the way to the shop");
    Shop::from_trail(client, &trail).expect("a session")
}

/// Puts articles into the basket without looking at the pages between.
async fn fill(shop: &mut Shop, articles: &[(String, &str)]) {
    let page = Page::read(&shop.page("").await.expect("the list").text());
    let csrf = page.forms_to("basket/add").find_map(|form| form.value("csrf")).expect("a form");
    for (article, quantity) in articles {
        let target = format!("{}basket/add", shop.base);
        let mut pairs = [("csrf", csrf.as_str()), ("article", article), ("quantity", quantity)].map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec();
        if article.starts_with("CARDED") {
            pairs.push(("option".into(), "CARD".into()));
        }
        let answer = shop.client.send(Request::form(&target, &pairs)).await.expect("an answer");
        assert_eq!(answer.status, 303, "{article}");
    }
}

async fn shop_pages(gateway: &Gateway, language: &str) -> Vec<Look> {
    let empty = call_up(gateway, language).await;
    let mut filled = call_up(gateway, language).await;
    let articles = ["CARDED-1", "BOOK-1", "PEN-100", "DESK-1", "GLOVE-XXL-LONG-NUMBER-0000000000001"];
    fill(&mut filled, &articles.map(|article| (article.to_owned(), "3"))).await;
    let (e, f) = (empty.base, filled.base);
    let compared = articles.map(|article| format!("a={}", percent_encode(article))).join("&");
    vec![
        look("list", &e),
        look("list-found-nothing", format!("{e}?q=zzzz")),
        look("article", format!("{e}article/HND-007")),
        look("article-options", format!("{e}article/BOOK-1")),
        look("article-absurd", format!("{e}article/GLOVE-XXL-LONG-NUMBER-0000000000001")),
        acted(
            "article-refused",
            format!("{e}article/HND-007"),
            "document.querySelector('#n').value = 'x'; document.querySelector('.buy form').submit()",
        ),
        look("compare", format!("{f}compare?{compared}")),
        look("compare-none", format!("{e}compare")),
        look("basket-empty", format!("{e}basket")),
        look("basket", format!("{f}basket")),
        acted(
            "basket-logo-missing",
            format!("{f}basket"),
            "document.querySelector('details.logo').open = true; document.querySelector('details.logo form').submit()",
        ),
        acted(
            "basket-errors",
            format!("{f}basket"),
            "document.querySelector('#all-cost_centre').value = '9999'; document.querySelector('#all-wish_date').value = '2020-01-01'; \
             document.querySelector('.basket-coding form').submit()",
        ),
        acted("return", format!("{f}basket"), "document.querySelector('form[action$=transfer]').submit()"),
        look("ended", "/c/lib/1/basket"),
        look("call-up-refused", "/oci/lib?USERNAME=inkoop&PASSWORD=wrong"),
        look(
            "return-address-refused",
            format!("/oci/lib?USERNAME=inkoop&PASSWORD=Geheim-123-456&HOOK_URL=https%3A%2F%2Fevil.example%2F&sap-language={language}"),
        ),
    ]
}

/// A verdict without faults means something only when faults are found where they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_core_finds_what_is_wrong() {
    let (Some(axe), Some(_)) = (axe(), program()) else { return };
    let erp = FakeErp::new();
    erp.page(
        "https://erp.example.com/",
        "<!doctype html><html lang=nl><title>x</title><img src=x><p style='color:#aaa;background:#fff'>bleek</p><input>",
    );
    let front = Front::start(std::net::SocketAddr::from(([127, 0, 0, 1], 9)), erp).await;
    let browser = Browser::start(Options::to(front.port)).await.expect("a browser");
    let tab = browser.tab().await.expect("a page");
    browser.navigate(&tab, "https://erp.example.com/").await.expect("the page");
    browser.evaluate(&tab, &format!("{axe};0")).await.expect("axe-core starts");
    let found = browser.evaluate(&tab, JUDGE).await.expect("axe-core judges").to_string();
    for rule in ["image-alt", "color-contrast", "label"] {
        assert!(found.contains(&format!("{rule}: ")), "{rule}: {found}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_the_shop() {
    if program().is_none() {
        return;
    }
    let mut studio = Studio::open().await;
    for language in LANGUAGES {
        let looks = shop_pages(&studio.gateway, language).await;
        studio.all(language, &looks).await;
    }
    studio.end();
}

/// A basket of 500 lines is long, not broken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_basket_of_five_hundred_lines() {
    if program().is_none() {
        return;
    }
    let mut studio = Studio::open().await;
    studio.axe = None;
    let article = |n: usize| {
        format!(
            "[[article]]\ncatalogue = \"main\"\nnumber = \"MANY-{n}\"\ndescription = \"Artikel {n}\"\nunit = \"PCE\"\ncurrency = \"EUR\"\nprice = \"1.00\"\n"
        )
    };
    studio.gateway.apply(&(0..500).map(article).collect::<String>()).await.expect("five hundred articles");
    let mut shop = call_up(&studio.gateway, "nl").await;
    let articles: Vec<(String, &str)> = (0..500).map(|n| (format!("MANY-{n}"), "1")).collect();
    fill(&mut shop, &articles).await;
    let pages = [look("basket-500", format!("{}basket", shop.base)), look("basket-500-last", format!("{}basket?page=last", shop.base))];
    studio.all("nl", &pages).await;
    let timing = "performance.getEntriesByType('navigation')[0].duration";
    eprintln!("basket-500: loaded in {} ms", studio.browser.evaluate(&studio.tab, timing).await.expect("figures"));
    for part in ["basket", "basket?page=5", "basket?page=last"] {
        let page = shop.page(part).await.expect("a page");
        eprintln!("{part}: {} bytes", page.text().len());
        assert!(page.text().len() <= 300_000, "{part} weighs {} bytes", page.text().len());
    }
    // A change on a later page stays there, and what is wrong on another page leads to it.
    let page = Page::read(&shop.page("basket?page=3").await.expect("a page").text());
    let form = page.forms_to("basket/line/120").next().expect("line 120 is on the third page").clone();
    for (quantity, status) in [("7", 200), ("x", 422)] {
        let answer = shop.submit("basket?page=3", &form, &form.filled(&[("quantity", quantity)]).expect("a quantity")).await.expect("an answer");
        assert_eq!(answer.status, status);
        let text = answer.text();
        assert!(text.contains("id=\"n-120\"") && text.contains(&format!("value=\"{quantity}\"")), "{text}");
        assert!(status != 422 || text.contains("href=\"#n-120\""), "{text}");
    }
    // A wrong code for the whole is told beside its field, on any page.
    let form = page.forms_to("basket/coding").next().expect("coding").clone();
    let answer = shop.submit("basket", &form, &form.filled(&[("cost_centre", "9999")]).expect("a field")).await.expect("an answer");
    assert_eq!(answer.status, 422);
    studio.end();
}

/// The virtual purchasing system: its start, a basket that came back, in each state.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_the_demo() {
    if program().is_none() {
        return;
    }
    let mut studio = Studio::of(Gateway::demo().await).await;
    let start = studio.gateway.client().get("/").await.expect("the start page").text();
    assert!(start.matches("target=\"catalogue\"").count() == 3, "the data is there with the first answer");
    let article =
        hookline::flow::connecting::catalogue(&studio.gateway.server.app, "ziekenhuis").await.expect("the catalogue").articles()[0].number.clone();
    let lines = [
        ("VENDORMAT", article.as_str()),
        ("DESCRIPTION", LONG_NAME),
        ("QUANTITY", "3.000"),
        ("UNIT", "PCE"),
        ("PRICE", "9.520"),
        ("PRICEUNIT", "1"),
        ("CURRENCY", "EUR"),
        ("CUST_FIELD1", "4310"),
        ("CUST_FIELD4", "verpleging"),
    ];
    let pairs: Vec<(String, String)> = lines.iter().map(|(name, value)| (format!("NEW_ITEM-{name}[1]"), (*value).to_owned())).collect();
    let broken: Vec<(String, String)> = pairs.iter().filter(|(name, _)| !name.contains("UNIT[")).cloned().collect();
    for (language, fields) in [("nl", &pairs), ("de", &pairs), ("broken", &broken), ("nothing", &Vec::new())] {
        let target = format!("/erp/return?connection=ziekenhuis-sap&requisition={language}");
        assert_eq!(studio.gateway.client().send(Request::form(&target, fields)).await.expect("an answer").status, 303);
    }
    for language in LANGUAGES {
        let press = "document.querySelector('.head form button').click()";
        let looks = [
            look("erp-start", "/"),
            look("erp-empty", "/erp/empty"),
            look("erp-to-approve", format!("/erp/{language}")),
            look("erp-faults", "/erp/broken"),
            look("erp-nothing", "/erp/nothing"),
            acted("erp-ordered", format!("/erp/{language}"), press),
        ];
        studio.all(language, &looks).await;
    }
    studio.end();
}

/// What people do with budgets, and what waits for their decision: with nothing, with something absurd, and refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_changes_and_approvals() {
    if program().is_none() {
        return;
    }
    let mut studio = Studio::open().await;
    let next = "[[period]]\nbuyer = \"library\"\nid = \"2027\"\nstatus = \"planned\"\n";
    studio.gateway.apply(next).await.expect("a planned period");
    let mut orderer = Api::signed_in(studio.gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    for (number, article, quantity) in [("AANVRAAG-2026-0001", "BOOK-1", "9"), ("AANVRAAG-2026-0002", "GLOVE-XXL-LONG-NUMBER-0000000000001", "2")] {
        let code = if article == "BOOK-1" { "FICTION" } else { "YOUTH" };
        let body =
            json!({"number": number, "connection": "lib", "lines": [{"article": article, "quantity": quantity, "coding": {"budget_code": code}}]});
        let asked = orderer.call("POST", "/api/v1/requests", Some(&body)).await.expect("an answer");
        assert_eq!(asked.status, 202, "{}", asked.text());
    }
    for language in LANGUAGES {
        studio.sign_in("newcomer", language).await;
        studio.all(language, &[look("approvals-none", "/approvals"), look("changes-none", "/budgets/change"), look("rights-none", "/rights")]).await;
        studio.sign_in("admin", language).await;
        let close =
            "document.querySelector('#close-into').value = '2027'; document.querySelector('#close').parentNode.querySelector('form').submit()";
        let wrong = "document.querySelector('#allocate-amount').value = 'veel'; document.querySelector('#allocate').parentNode.querySelector('form').submit()";
        let text = "code;name;period;amount\\nDVD;Films;2026;12,50\\nFICTION;Fictie;2026;100\\n";
        let bring = format!("document.querySelector('#text').value = '{text}'; document.querySelector('#text').form.submit()");
        let broken = "document.querySelector('#text').value = 'code;period\\nDVD;1999\\n;2026\\n'; document.querySelector('#text').form.submit()";
        let looks = [
            look("approvals", "/approvals"),
            look("approval", "/approvals/AANVRAAG-2026-0001"),
            look("approval-absurd", "/approvals/AANVRAAG-2026-0002"),
            acted("approval-refused", "/approvals/AANVRAAG-2026-0001", "document.querySelector('button[value=reject]').click()"),
            look("rights", "/rights?done=give"),
            acted(
                "rights-refused",
                "/rights",
                "document.querySelector('#right-up_to').value = 'veel'; document.querySelector('#right-up_to').form.submit()",
            ),
            look("order-file", "/orders/import"),
            acted(
                "order-file-tried",
                "/orders/import",
                "document.querySelector('#text').value = 'number;connection;article;quantity;budget_code\\nF1;lib;BOOK-1;1;FICTION\\nF2;lib;BOOK-1;99;FICTION\\nF3;lib;NOPE;1;\\n'; document.querySelector('#text').form.submit()",
            ),
            look("held-none", "/budgets/held"),
            look("changes", "/budgets/change?done=allocate"),
            acted("changes-refused", "/budgets/change", wrong),
            acted("changes-closing", "/budgets/change", close),
            look("import", "/budgets/import"),
            acted("import-tried", "/budgets/import", Box::leak(bring.into_boxed_str())),
            acted("import-refused", "/budgets/import", broken),
        ];
        studio.all(language, &looks).await;
    }
    studio.end();
}

/// Suppliers' invoices: none, some, one that waits with differences and proposals, one of another account, one nobody can read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_suppliers_invoices() {
    if program().is_none() {
        return;
    }
    let mut studio = Studio::open().await;
    for language in LANGUAGES {
        studio.sign_in("admin", language).await;
        studio.all(language, &[look("received-none", "/received")]).await;
    }
    let mut orderer = Api::signed_in(studio.gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let body = json!({"number": "45001", "connection": "lib", "lines": [
        {"article": "BOOK-1", "quantity": "2", "coding": {"budget_code": "YOUTH"}},
        {"article": "GLOVE-XXL-LONG-NUMBER-0000000000001", "quantity": "2", "coding": {"budget_code": "YOUTH"}}]});
    let placed = orderer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer");
    assert_eq!(placed.status, 201, "{}", placed.text());
    let mut bring = async |xml: String| {
        let brought = orderer.client.send(Request::new("POST", "/api/v1/received-invoices").body(xml)).await.expect("an answer");
        brought.json().expect("JSON")["id"].as_str().expect("an invoice").to_owned()
    };
    let dear = bring(Doc { price: "1250.00", account: "NL02ABNA0123456789", ..DOC }.xml()).await;
    let lost = bring(Doc { number: "FACTUUR-2026-000000000000000002", order: "ONBEKEND", line: "", ..DOC }.xml()).await;
    let broken = bring("<Invoice>".into()).await;
    let spoiled = bring(DOC.xml().replace("21.80</cbc:PayableAmount>", "21.81</cbc:PayableAmount>")).await;
    let note = bring(Doc { number: "C-1", corrects: Some("F-0"), ..DOC }.xml()).await;
    for language in LANGUAGES {
        studio.sign_in("admin", language).await;
        let reject = "document.querySelector('#text').value = ''; document.querySelector('#reason').value = 'OTH'; document.querySelector('button[value=reject]').click()";
        let looks = [
            look("received", "/received"),
            look("received-dear", format!("/received/{dear}")),
            look("received-lost", format!("/received/{lost}")),
            acted("received-refused", format!("/received/{lost}"), reject),
            look("received-broken", format!("/received/{broken}")),
            look("received-invalid", format!("/received/{spoiled}")),
            look("received-credit", format!("/received/{note}")),
        ];
        studio.all(language, &looks).await;
    }
    studio.end();
}

/// Shopping by people who signed in here: what they may open, and a basket whose budgets allow it, do not, or are not there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_the_checker() {
    if program().is_none() {
        return;
    }
    let mut studio = Studio::open().await;
    for language in LANGUAGES {
        studio.all(language, &checks()).await;
    }
    studio.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_shopping_in_the_portal() {
    if program().is_none() {
        return;
    }
    let mut studio = Studio::open().await;
    for language in LANGUAGES {
        studio.sign_in("newcomer", language).await;
        studio.all(language, &[look("shop-none", "/shop")]).await;
        studio.sign_in("admin", language).await;
        let mut looks = vec![look("shop", "/shop")];
        for (name, article, budget) in
            [("fits", "BOOK-1", "FICTION"), ("short", "GLOVE-XXL-LONG-NUMBER-0000000000001", "COMICS"), ("unknown", "BOOK-1", "NOPE")]
        {
            let client = sign_in_on_page(studio.gateway.address, &format!("admin-{language}"), PASSWORD).await.expect("signed in");
            let (client, trail) = crate::portal::way_in(client).await;
            let keyed = trail.iter().find_map(|(target, _)| base_of(target)).expect("an address with a key");
            let mut shop = Shop::from_trail(client, &trail).expect("a session");
            fill(&mut shop, &[(article.to_owned(), "3")]).await;
            crate::portal::code(&mut shop, budget).await;
            looks.push(look(&format!("portal-basket-{name}"), format!("{keyed}basket")));
        }
        let (_, path) = looks.last().map(|look| (look.name.clone(), look.path.clone())).expect("a basket");
        looks.push(acted("portal-basket-refused", path, "document.querySelector('button[value=order]').click()"));
        studio.all(language, &looks).await;
    }
    studio.end();
}

/// The way to a supplier's own shop, which is not there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_the_way_to_another_shop() {
    if program().is_none() {
        return;
    }
    let mut studio = Studio::open().await;
    let far = "[[connection]]\nname = \"far\"\nbuyer = \"library\"\ncatalogue = \"main\"\n[connection.remote]\nurl = \"https://127.0.0.1:9/\"\nown = \"NetworkId:a\"\nsupplier = \"DUNS:1\"\n";
    studio.gateway.apply(far).await.expect("applied");
    for language in LANGUAGES {
        studio.sign_in("admin", language).await;
        let mut client = sign_in_on_page(studio.gateway.address, &format!("admin-{language}"), PASSWORD).await.expect("signed in");
        let origin = format!("http://{}", client.address);
        let first = client.send(Request::form("/shop/far", &[]).header("Origin", &origin)).await.expect("an answer");
        let keyed = first.header("location").map(str::to_owned).expect("an address with a key");
        studio.all(language, &[look("remote-failed", &keyed), look("remote", &keyed)]).await;
    }
    studio.end();
}

async fn order(buyer: &mut Api, number: &str) -> String {
    let body = json!({"number": number, "connection": "lib", "ordered_by": "Verpleegafdeling Zuid", "lines": [
        {"line": 1, "article": "BOOK-1", "quantity": "1", "coding": {"budget_code": "FICTION", "cost_centre": "4410"}},
        {"line": 2, "article": "HND-007", "quantity": "20", "coding": {"budget_code": "YOUTH", "cost_centre": "4410"}},
        {"line": 3, "article": "GLOVE-XXL-LONG-NUMBER-0000000000001", "quantity": "1", "coding": {"budget_code": "YOUTH"}}]});
    let placed = buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer");
    let order: Option<Value> = placed.json();
    order.and_then(|v| v["id"].as_str().map(str::to_owned)).unwrap_or_else(|| panic!("{}", placed.text()))
}

/// What the portal shows: two orders at both ends of their life, evidence of every kind.
async fn history(gateway: &Gateway) -> (String, String, String) {
    let mut buyer = Api::signed_in(gateway.address, "admin-nl", PASSWORD).await.expect("the administrator signs in");
    let mut desk = Api::signed_in(gateway.address, "desk-nl", PASSWORD).await.expect("the desk signs in");
    let (fresh, done) = (order(&mut buyer, "4500000001").await, order(&mut buyer, "4500000002").await);
    for step in ["confirm", "ship", "invoice"] {
        let answer = desk.call("POST", &format!("/desk/library/{done}/{step}"), None).await.expect("an answer");
        assert_eq!(answer.status, 303, "{step}: {}", answer.text());
    }
    let mut client = gateway.client();
    for query in [
        "USERNAME=inkoop&PASSWORD=wrong",
        "USERNAME=inkoop&PASSWORD=Geheim-123-456",
        "USERNAME=inkoop&PASSWORD=Geheim-123-456&HOOK_URL=https%3A%2F%2Fother.example%2Fback",
    ] {
        client.get(&format!("/oci/lib?{query}")).await.expect("an answer");
    }
    let records = buyer.items("/api/v1/connections/lib/evidence").await.expect("the evidence");
    let refused = records.iter().find(|record| record["reason"] == "host_not_allowed").expect("a refused address");
    (fresh, done, refused["id"].as_str().expect("a record").to_owned())
}

/// What a supplier invoices and credits: before anything, with a preview of which part may not go, and what a run came to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_invoicing() {
    if program().is_none() {
        return;
    }
    let mut studio = Studio::open().await;
    studio.sign_in("desk", "nl").await;
    studio
        .all("nl", &[look("runs-none", "/invoice-runs"), look("runs-nothing", "/invoice-runs?date=2026-03-01"), look("letterhead-none", "/logo")])
        .await;
    let (_, done, _) = history(&studio.gateway).await;
    let mut buyer = Api::signed_in(studio.gateway.address, "admin-nl", PASSWORD).await.expect("the administrator signs in");
    let mut desk = Api::signed_in(studio.gateway.address, "desk-nl", PASSWORD).await.expect("the desk signs in");
    let small = json!({"number": "4500000003", "connection": "lib", "lines": [
        {"line": 1, "article": "BOOK-1", "quantity": "2", "coding": {"budget_code": "FICTION", "cost_centre": "4410"}},
        {"line": 2, "article": "BOOK-1", "quantity": "1"}]});
    let placed = buyer.call("POST", "/api/v1/orders", Some(&small)).await.expect("an answer");
    let shipped = placed.json().and_then(|v| v["id"].as_str().map(str::to_owned)).unwrap_or_else(|| panic!("{}", placed.text()));
    let answer = desk.call("POST", &format!("/desk/library/{shipped}/ship"), None).await.expect("an answer");
    assert_eq!(answer.status, 303);
    let open = json!({"number": "4500000009", "connection": "lib", "lines": [{"line": 1, "article": "BOOK-1", "quantity": "1"}]});
    assert_eq!(buyer.call("POST", "/api/v1/orders", Some(&open)).await.expect("an answer").status, 201);
    let limit = json!({"budget": "FICTION", "period": "2026", "commitment": {"level": "stop"}, "spending": {"level": "stop", "percent": "1"}});
    let answer = buyer.call("POST", "/api/v1/budgets/policies", Some(&limit)).await.expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let supplier = hookline::store::organisation::all(&mut studio.gateway.server.app.store.read().await.expect("a reader"))
        .await
        .expect("organisations")
        .into_iter()
        .find(|organisation| organisation.kind == "supplier")
        .expect("a supplier");
    let started = hookline::flow::invoicing::running::start(&studio.gateway.server.app, "D. Esk", &supplier.id, "march", "2025-01-01", &[]).await;
    assert!(started.is_ok(), "{started:?}");
    let logo = Request::new("PUT", "/api/v1/logo").body(crate::picturing::png(420, 120));
    assert_eq!(desk.client.send(logo).await.expect("an answer").status, 204);
    let invoice = buyer.get("/api/v1/orders/4500000002").await.expect("the order")["invoices"][0]["id"].as_str().expect("an id").to_owned();
    for (number, what) in [("4500000009", "answering"), ("4500000002", "answering-done")] {
        let order = buyer.get(&format!("/api/v1/orders/{number}")).await.expect("the order")["id"].as_str().expect("an id").to_owned();
        let app = &studio.gateway.server.app;
        let path = hookline::flow::channels::answering::address(&app.form_key, "", "library", &order, app.clock.now());
        studio.all("en", &[look(what, path)]).await;
    }
    for language in LANGUAGES {
        studio.sign_in("desk", language).await;
        let wrong = "document.querySelector('#k-refund').checked = true; document.querySelector('#x2').checked = true; \
                     document.querySelector('[name=quantity-2]').value = '999'; document.querySelector('#k-refund').form.submit()";
        let looks = [
            look("runs", "/invoice-runs?date=2026-12-31"),
            look("run", "/invoice-runs/march"),
            look("letterhead", "/logo"),
            acted("letterhead-refused", "/logo", "document.querySelector('.main').click()"),
            look("credit", format!("/desk/library/invoices/{invoice}/credit")),
            acted("credit-refused", format!("/desk/library/invoices/{invoice}/credit"), wrong),
            look("desk-order-credited", format!("/desk/library/{done}")),
        ];
        studio.all(language, &looks).await;
    }
    studio.end();
}

/// The supplier's desk with a morning's work: what needs somebody, one order with everything that can be said of it, offers on the buyer's side.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_the_desk() {
    if program().is_none() {
        return;
    }
    let mut studio = Studio::open().await;
    let (fresh, _, _) = history(&studio.gateway).await;
    let mut buyer = Api::signed_in(studio.gateway.address, "admin-nl", PASSWORD).await.expect("the administrator signs in");
    let mut desk = Api::signed_in(studio.gateway.address, "desk-nl", PASSWORD).await.expect("the desk signs in");
    let small = json!({"number": "4500000003", "connection": "lib", "ordered_by": "Wijkbibliotheek", "lines": [
        {"line": 1, "article": "BOOK-1", "quantity": "5", "coding": {"budget_code": "FICTION", "branch": "Goes"}},
        {"line": 2, "article": "PEN-100", "quantity": "100", "coding": {"budget_code": "FICTION", "branch": "Veere", "note": "in twee dozen"}},
        {"line": 3, "article": "BOOK-1", "quantity": "1", "coding": {"budget_code": "FICTION", "branch": "Hulpdiensten & Co, Nieuw- en Sint Joosland"}}]});
    let placed = buyer.call("POST", "/api/v1/orders", Some(&small)).await.expect("an answer");
    let worked = placed.json().and_then(|v| v["id"].as_str().map(str::to_owned)).unwrap_or_else(|| panic!("{}", placed.text()));
    let at = |what: &str| format!("/api/v1/desk/orders/library/4500000003/{what}");
    let hasty = json!({"lines": [{"line": 3, "quantity": "1"}], "carrier": "PostNL", "reference": "PB-76"});
    for (method, target, body) in [("POST", at("shipments"), Some(&hasty)), ("DELETE", at("shipments/1"), None)] {
        let answer = desk.call(method, &target, body).await.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    for (target, body) in [
        (
            at("answers"),
            json!({"lines": [
                {"line": 1, "says": "confirmed", "quantity": "2", "date": "2026-03-01"}, {"line": 1, "says": "backordered", "quantity": "2", "date": "2026-02-20"},
                {"line": 1, "says": "refused", "quantity": "1", "reason": "niet meer leverbaar bij de uitgever"},
                {"line": 2, "says": "offered", "price": "10.25", "article": "PEN-101", "name": "Pennen, navulbaar"}]}),
        ),
        (
            at("shipments"),
            json!({"lines": [{"line": 1, "quantity": "1"}, {"line": 3, "quantity": "1"}], "carrier": "PostNL", "tracking": "3SABCD0123456789", "reference": "PB-77"}),
        ),
    ] {
        let answer = desk.call("POST", &target, Some(&body)).await.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let file = Request::new("PUT", at("files/urenstaat%20week%209.pdf")).body("%PDF-1.7");
    assert_eq!(desk.client.send(file).await.expect("an answer").status, 204);
    for (api, side) in [(&mut desk, format!("/desk/library/{worked}")), (&mut buyer, format!("/orders/{worked}"))] {
        let words = [("words".to_owned(), "Mag regel 2 ook in blauw geleverd worden?".to_owned())];
        let answer = api.client.send(Request::form(format!("{side}/question"), &words)).await.expect("an answer");
        assert_eq!(answer.status, 303, "{}", answer.text());
    }
    for language in LANGUAGES {
        studio.sign_in("desk", language).await;
        let open_all =
            "/* staying */ document.querySelectorAll('.work details, .documents details').forEach(function (details) { details.open = true; })";
        let refused = "document.querySelector('#work [name=price]').value = 'goedkoop'; document.querySelector('[form=work][type=checkbox]').click(); \
            document.querySelector('.pieces').value = '2'; document.querySelector('#work [value=offered]').click()";
        let looks = [
            look("desk-morning", "/desk"),
            look("desk-late", "/desk?need=late"),
            look("desk-found-none", "/desk?q=zzzz"),
            acted("desk-keys", "/desk", "/* staying */ document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '?', bubbles: true}))"),
            look("desk-order-fresh", format!("/desk/library/{fresh}")),
            acted("desk-order-worked", format!("/desk/library/{worked}"), open_all),
            acted("desk-order-refused", format!("/desk/library/{fresh}"), refused),
        ];
        studio.all(language, &looks).await;
        studio.sign_in("admin", language).await;
        studio.all(language, &[look("order-offered", format!("/orders/{worked}"))]).await;
    }
    studio.end();
}

/// A new order shows by itself, and the keyboard alone confirms it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_order_shows_on_the_desk_and_keys_confirm_it() {
    if program().is_none() {
        return;
    }
    let studio = Studio::open().await;
    studio.sign_in("desk", "nl").await;
    let mut buyer = Api::signed_in(studio.gateway.address, "admin-nl", PASSWORD).await.expect("the administrator signs in");
    studio.browser.navigate(&studio.tab, &format!("https://{GATEWAY_HOST}/desk")).await.expect("the desk");
    order(&mut buyer, "4500000009").await;
    studio.browser.wait_until(&studio.tab, "document.body.textContent.indexOf('4500000009') >= 0").await.expect("the order shows by itself");
    studio.browser.evaluate(&studio.tab, "document.querySelector('[data-row]').focus()").await.expect("focus");
    studio.browser.press(&studio.tab, "x").await.expect("a key");
    assert_eq!(studio.browser.evaluate(&studio.tab, "document.querySelectorAll('input[name=order]:checked').length").await, Ok(1.into()));
    studio.browser.press(&studio.tab, "c").await.expect("a key");
    studio.browser.wait_until(&studio.tab, "!!document.querySelector('.outcomes .good')").await.expect("it is confirmed");
    let known = buyer.get("/api/v1/orders/4500000009").await.expect("the order");
    assert_eq!(known["state"], "confirmed");
    studio.end();
}

/// A channel that is wrong in two ways, and one that is right and takes a secret.
const CHANNEL_WRONG: &str = "document.getElementById('s-channel.2.to').value = 'orders'; document.getElementById('s-channel.3.form').value = 'cxml'; \
    document.getElementById('s-channel.3.to').value = 'https://shop.example/cxml'; document.querySelector('form.settings .main').click()";
const CHANNEL_ADDED: &str = "document.getElementById('s-channel.3.form').value = 'cxml'; \
    document.getElementById('s-channel.3.to').value = 'https://shop.example/cxml'; document.getElementById('s-channel.3.own').value = 'DUNS:1'; \
    document.getElementById('s-channel.3.supplier').value = 'DUNS:2'; document.querySelector('form.settings .main').click()";

/// What an administrator sets, and what a supplier brings.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_settings_and_catalogues() {
    if program().is_none() {
        return;
    }
    let mut studio = Studio::open().await;
    let (_, _, record) = history(&studio.gateway).await;
    // A channel that cannot carry the order, beside one that can.
    let channel = |form: &str, to: &str, cannot: &str| format!("[[supplier.channel]]\nform = \"{form}\"\nto = \"{to}\"\ncannot = [{cannot}]\n");
    let channels =
        channel("csv", "https://shop.example/orders", "\"letters\"") + &channel("mail", "orders@acme.example", "\"price_basis\", \"change\"");
    let supplier = crate::setup::WORLD.split("[[buyer]]").next().expect("the supplier").to_owned();
    hookline::flow::applying::apply(&studio.gateway.server.app, &format!("{supplier}{channels}"), "channels").await.expect("applied");
    let mut buyer = Api::signed_in(studio.gateway.address, "admin-nl", PASSWORD).await.expect("the administrator signs in");
    let order = json!({"number": "4500000009", "connection": "lib", "lines": [{"line": 1, "article": "PEN-100", "quantity": "100"}]});
    let placed = buyer.call("POST", "/api/v1/orders", Some(&order)).await.expect("an answer");
    assert_eq!(placed.status, 201);
    let held = placed.json().expect("JSON")["id"].as_str().expect("an id").to_owned();
    let change = json!({"line": 1, "quantity": "200"});
    assert_eq!(buyer.call("POST", "/api/v1/orders/4500000009/changes", Some(&change)).await.expect("an answer").status, 200);
    let mut tx = studio.gateway.server.app.store.begin().await.expect("a writer");
    let park = "UPDATE outbox SET state = 'parked', last_answer = '410 Gone' WHERE id = (SELECT MIN(id) FROM outbox WHERE kind = 'order')";
    assert_eq!(tx.sql(park).run().await.expect("parked"), 1);
    tx.commit().await.expect("committed");
    for language in LANGUAGES {
        studio.sign_in("admin", language).await;
        let looks = [
            look("accept-origin", format!("/connections/lib/evidence/{record}/accept-origin")),
            look("connection-new", "/new-connection"),
            acted(
                "connection-new-errors",
                "/new-connection",
                "document.querySelector('#s-return_origins').value = 'erp'; document.querySelector('form.settings .main').click()",
            ),
            look("settings", "/connections/lib/settings"),
            look("settings-text", "/connections/lib/text"),
            acted(
                "settings-text-errors",
                "/connections/lib/text",
                "document.querySelector('#text').value += 'idle_minutes = 0'; document.querySelector('form.panel .main').click()",
            ),
        ];
        studio.all(language, &looks).await;
        studio.sign_in("desk", language).await;
        studio.all(language, &[look("catalogues", "/catalogues"), look("catalogue", "/catalogues/main"), look("channels", "/channels")]).await;
        let looks = [
            acted("channels-give-up", "/channels", GIVE_UP),
            acted("desk-order-held", format!("/desk/library/{held}"), GIVE_UP),
            look("channels-set", "/channels/acme"),
            acted("channels-set-errors", "/channels/acme", CHANNEL_WRONG),
            acted("channels-set-asked", "/channels/acme", CHANNEL_ADDED),
        ];
        studio.all(language, &looks).await;
    }
    studio.end();
}

/// Budgets in every condition: with room, full, over a ceiling that only warns, advisory; now and at a moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_budgets() {
    if program().is_none() {
        return;
    }
    let mut toml = crate::budgets::world();
    for language in LANGUAGES {
        toml += &person("admin", language, "buyer = \"library\"", "buyer_administrator");
        toml += &person("desk", language, "supplier = \"acme\"", "supplier_desk");
    }
    let mut studio = Studio::of(Gateway::with(Engine::Sqlite, &toml).await).await;
    let orders = crate::budgets::history(&studio.gateway).await;
    for language in LANGUAGES {
        studio.sign_in("admin", language).await;
        let looks = crate::budgets::pages(&orders).into_iter().map(|(name, path)| look(name, path)).collect::<Vec<_>>();
        studio.all(language, &looks).await;
    }
    studio.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_the_portal() {
    if program().is_none() {
        return;
    }
    let mut studio = Studio::open().await;
    let (fresh, done, record) = history(&studio.gateway).await;
    for language in LANGUAGES {
        studio.sign_in("admin", language).await;
        let looks = [
            look("orders", "/orders"),
            look("order", format!("/orders/{done}")),
            look("budgets", "/budgets"),
            look("connections", "/connections"),
            look("connection", "/connections/lib"),
            look("evidence", "/connections/lib/evidence"),
            look("evidence-none", "/connections/lib/evidence?q=zzzz"),
            look("evidence-record", format!("/connections/lib/evidence/{record}")),
            look("virtual-erp", "/connections/lib/virtual-erp"),
            acted(
                "virtual-erp-ran",
                "/connections/lib/virtual-erp",
                "document.querySelector('#article').value = 'PEN-100'; document.querySelector('form.panel .main').click()",
            ),
            acted(
                "virtual-erp-failed",
                "/connections/lib/virtual-erp",
                "document.querySelector('#article').value = 'zzzz'; document.querySelector('form.panel .main').click()",
            ),
            look("not-found", "/orders/nothing"),
            look("denied", "/desk"),
        ];
        studio.all(language, &looks).await;
        studio.sign_in("newcomer", language).await;
        studio.all(language, &[look("orders-none", "/orders"), look("budgets-none", "/budgets"), look("connections-none", "/connections")]).await;
        studio.sign_in("desk", language).await;
        studio
            .all(
                language,
                &[
                    look("desk", "/desk"),
                    look("desk-order", format!("/desk/library/{fresh}")),
                    look("desk-order-done", format!("/desk/library/{done}")),
                ],
            )
            .await;
        let wrong = "document.querySelector('#sign_in').value = 'nobody'; document.querySelector('form .main').click()";
        studio.all(language, &[look("sign-in", "/sign-in"), acted("sign-in-failed", "/sign-in", wrong)]).await;
        studio.all(language, &checks()).await;
    }
    studio.end();
}
