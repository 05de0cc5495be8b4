//! The whole trip in a browser, once with a buyer whose system speaks cXML and once with one that speaks OCI: the catalogue, the basket on its way
//! home, the order in at a desk that was open all the time, a part that leaves and a part that will not come, what the buyer's system hears of
//! it, the money that is free again, the invoice and its match. Amounts are worked out by hand:
//! 3 × 10.00 = 30.00 and 250 × 9.52 / 100 = 23.80 are ordered on a budget of 100.00, two books leave, nothing else does.

use std::time::Duration;

use base64::Engine as _;
use hookline::config::Config;
use hookline::domain::matching::{self, Compared, Identity, Known, Ordered, OrderedLine, Tolerances};
use hookline::einvoice::{self, Day};
use hookline::wire::ubl_reading;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::cxml::{self, SECRET, assert_valid, between};
use crate::on_both_engines;
use crate::support::Engine;
use crate::support::browser::{Browser, Options, Tab, program};
use crate::support::erp::{FakeErp, Received};
use crate::support::gateway::{Api, Gateway};
use crate::support::http::Request;
use crate::support::receiver::{Reply, Seen, at_least, body, header, receiver};
use crate::support::tls::{Front, GATEWAY_HOST};

on_both_engines! {
    a_buyer_with_cxml_from_catalogue_to_invoice,
    a_buyer_with_oci_from_catalogue_to_invoice,
}

const PATIENCE: Duration = Duration::from_secs(10);

struct Trip {
    gateway: Gateway,
    browser: Browser,
    erp: FakeErp,
    buyer: Api,
    _front: Front,
}

impl Trip {
    /// `None`, and said so, where there is no Chromium.
    async fn begin(engine: Engine, toml: &str, port: u16) -> Option<Trip> {
        program()?;
        let config =
            Config { public_url: Some(format!("https://{GATEWAY_HOST}")), private_hosts: vec![format!("127.0.0.1:{port}")], ..Config::default() };
        let gateway = Gateway::with_config(engine, toml, config).await;
        let erp = FakeErp::new();
        let front = Front::start(gateway.address, erp.clone()).await;
        let browser = Browser::start(Options::to(front.port)).await.expect("a browser");
        let buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
        Some(Trip { gateway, browser, erp, buyer, _front: front })
    }

    async fn evaluate(&self, tab: &Tab, script: &str) -> Value {
        self.browser.evaluate(tab, script).await.expect("it is evaluated")
    }

    /// Does something that leads to another page.
    async fn on(&self, tab: &Tab, script: &str) {
        self.browser.leave_by(tab, script).await.unwrap_or_else(|trouble| panic!("{script}: {trouble}"));
    }

    /// A window of its own for somebody who signs in and opens a page.
    async fn window_of(&self, sign_in: &str, password: &str, page: &str) -> Tab {
        let tab = self.browser.window().await.expect("a window");
        self.browser.navigate(&tab, &format!("https://{GATEWAY_HOST}/sign-in")).await.expect("the sign-in page");
        let fill = format!(
            "document.querySelector('#sign_in').value = '{sign_in}'; document.querySelector('#password').value = '{password}'; \
             document.querySelector('form .main').click()"
        );
        self.on(&tab, &fill).await;
        self.browser.navigate(&tab, &format!("https://{GATEWAY_HOST}{page}")).await.expect("the page");
        tab
    }

    /// Three books and 250 pens from the pages of the catalogue, and home with them: what the buyer's system was posted.
    async fn shops(&self, tab: &Tab, home: &str) -> Received {
        for (article, quantity) in [("BOOK-1", "3"), ("PEN-100", "250")] {
            self.on(tab, &format!("document.querySelector('a.name[href$=\"{article}\"]').click()")).await;
            self.on(tab, &format!("document.querySelector('#n').value = '{quantity}'; document.querySelector('.buy form .main').click()")).await;
            self.on(tab, "document.querySelector('.head .actions a').click()").await;
        }
        self.on(tab, "document.querySelector('a[href$=basket]').click()").await;
        self.evaluate(tab, "document.querySelector('form[action$=transfer] button').click()").await;
        let posted = self.erp.wait_for(|request| request.method == "POST" && request.url.starts_with(home), PATIENCE).await;
        posted.expect("the cart comes home")
    }

    /// The desk in the supplier's window, from before there is an order; the mark goes when the page is loaded anew.
    async fn desk(&self) -> Tab {
        let desk = self.window_of("desk@acme.example", "Desk-password-12", "/desk").await;
        assert_eq!(self.evaluate(&desk, "window.mark = 'open'; document.querySelectorAll('a[data-row]').length").await, json!(0));
        desk
    }

    async fn shows_by_itself(&self, desk: &Tab, number: &str) {
        let row = format!("[...document.querySelectorAll('a[data-row]')].find(row => row.textContent === '{number}')");
        self.browser.wait_until(desk, &format!("window.mark === 'open' && !!{row}")).await.expect("the order shows without loading the page");
        self.on(desk, &format!("{row}.click()")).await;
    }

    /// Two of the books leave; the third, and all pens, cannot be had.
    async fn supplier_works(&self, desk: &Tab) {
        let ship = "document.querySelector('#x1').checked = true; document.querySelector('[name=quantity-1]').value = '2'; \
                    document.querySelector('#carrier').value = 'PostNL'; document.querySelector('#tracking').value = '3SABC'; \
                    document.querySelector('button[formaction$=\"/ship\"]').click()";
        self.on(desk, ship).await;
        let gone = "document.querySelector('#x1').checked = true; document.querySelector('#x2').checked = true; \
                    document.querySelector('#reason').value = 'out of print'; document.querySelector('button[formaction$=\"/cannot-deliver\"]').click()";
        self.on(desk, gone).await;
    }

    async fn supplier_invoices(&self, desk: &Tab) {
        self.on(desk, "document.querySelector('form[action$=\"/invoice\"] button').click()").await;
    }

    /// Committed, delivered, expended, available: from the API, and as the page of budgets has them.
    async fn money(&mut self, window: &Tab, expected: [i64; 4]) {
        let items = self.buyer.items("/api/v1/budgets").await.expect("the budgets");
        let amounts = ["committed", "delivered", "expended", "available"].map(|name| items[0][name].as_i64().expect("an amount"));
        assert_eq!(amounts, expected);
        self.browser.navigate(window, &format!("https://{GATEWAY_HOST}/budgets")).await.expect("the budgets");
        let cells = self
            .evaluate(window, "[...document.querySelectorAll('table.budgets tbody tr:first-child td.number')].map(cell => cell.textContent.trim())")
            .await;
        let [committed, delivered, expended, available] = expected.map(|minor| format!("{}.{:02}", minor / 100, minor % 100));
        assert_eq!(cells.as_array().expect("cells")[..5], [expended, delivered, committed, "0.00".into(), available].map(Value::from));
    }

    /// The invoice is right by the official rules and fits what was ordered and what came. The same document again is known, and nothing moves.
    async fn invoice_matches(&mut self, number: &str) {
        let order = self.buyer.get(&format!("/api/v1/orders/{number}")).await.expect("the order");
        assert_eq!((&order["state"], &order["invoices"][0]["net"]), (&json!("invoiced"), &json!("20.00")), "{order}");
        let id = order["invoices"][0]["id"].as_str().expect("an id");
        let document = self.buyer.call("GET", &format!("/api/v1/invoices/{id}"), None).await.expect("the invoice").text();
        let report = einvoice::check(document.as_bytes(), None, Day::parse("2026-03-02").expect("a day"));
        assert!(report.accepted(), "{:?}", report.findings);
        let (bill, findings) = ubl_reading::read(&document);
        assert!(!findings.has_error(), "{findings:?}");
        let line = |line: &str, article: &str, price: &str, per: u32, ordered: u32, received: u32| OrderedLine {
            line: line.into(),
            sellers_article: article.into(),
            unit: "C62".into(),
            price: price.parse().expect("a price"),
            per: per.into(),
            ordered: ordered.into(),
            received: received.into(),
            ..OrderedLine::default()
        };
        let lines = vec![line("1", "BOOK-1", "10.00", 1, 3, 2), line("2", "PEN-100", "9.52", 100, 250, 0)];
        let ordered =
            Ordered { number: number.into(), supplier: "acme".into(), currency: "EUR".into(), is_binding: true, lines, ..Ordered::default() };
        let known = Known {
            supplier: Some("acme"),
            orders: std::slice::from_ref(&ordered),
            accounts: &bill.accounts,
            recipient: &Identity::default(),
            booked: &[],
            today: &bill.issued_on,
        };
        let found = matching::compare(&bill, &known, &Tolerances { compared: Compared::ThreeWay, ..Tolerances::default() });
        assert!(!found.needs_a_person(), "{found:?}");
        assert_eq!(found.lines.iter().map(|line| line.quantity).collect::<Vec<_>>(), [Decimal::TWO]);
        let again = Request::new("POST", "/api/v1/received-invoices").header("Content-Type", "application/xml").body(&document);
        let again = self.buyer.client.send(again).await.expect("an answer");
        assert_eq!((again.status, again.json().expect("JSON")["state"].clone()), (200, json!("duplicate")));
    }

    /// The journal adds up to what is kept beside it.
    async fn end(self) {
        let mut tx = self.gateway.server.app.store.view().await.expect("a view");
        for report in hookline::flow::verifying::verify_in(&mut tx, None).await.expect("a proof") {
            assert_eq!(report.wrong, Vec::<String>::new(), "{}", report.tenant);
        }
        drop(tx);
        self.gateway.stop().await;
    }
}

/// The world with a buyer whose system is told at this address, and is sent invoices so.
fn world(channel: &str, settings: &str) -> String {
    let end = "endpoint = \"NL001234567B01\"\n\n[[buyer]]\nid = \"firm\"";
    let more = format!("endpoint = \"NL001234567B01\"\n{settings}[buyer.invoicing]\nchannels = [\"{channel}\"]\n\n[[buyer]]\nid = \"firm\"");
    let changed = cxml::world().replacen(end, &more, 1);
    assert_ne!(changed, cxml::world());
    changed
}

/// The order that a system makes of a cart: each line as it came, with a number and who pays.
fn order_of_cart(cart: &str) -> String {
    let segment = "<Accounting name=\"x\"><Segment type=\"Cost Center\" id=\"FICTION\" description=\"\"/></Accounting><Charge><Money currency=\"EUR\"/></Charge>";
    let lines = cart.split("<ItemIn ").skip(1).enumerate().map(|(at, rest)| {
        let item = rest.split("</ItemIn>").next().expect("the end of a line");
        let attributes = item.split('>').next().expect("the start of a line");
        let quantity = between(attributes, "quantity=\"", "\"").expect("a quantity");
        let inner = &item[attributes.len() + 1..];
        format!("<ItemOut quantity=\"{quantity}\" lineNumber=\"{}\">{inner}<Distribution>{segment}</Distribution></ItemOut>", at + 1)
    });
    let order = cxml::order("order-1@test", "production", "orderID=\"C-1\"", "53.80", &lines.collect::<String>());
    order.replace("</Total>", "</Total><BillTo><Address><Name xml:lang=\"en\">Library</Name></Address></BillTo>")
}

async fn a_buyer_with_cxml_from_catalogue_to_invoice(engine: Engine) {
    let (port, heard) = cxml::buyer_system("200").await;
    let toml = world("cxml", "")
        .replace("own = [\"NetworkId:shop\"]\n", &format!("own = [\"NetworkId:shop\"]\noutbound_url = \"http://127.0.0.1:{port}/cxml\"\n"));
    let Some(mut trip) = Trip::begin(engine, &toml, port).await else { return };
    let opened = cxml::post(&trip.gateway, "college", &cxml::setup(SECRET)).await;
    assert_eq!(opened.code, "200", "{}", opened.text);
    let user = trip.browser.tab().await.expect("a page");
    let start = format!("https://{GATEWAY_HOST}{}", opened.start_page.expect("a start page"));
    trip.browser.navigate(&user, &start).await.expect("the catalogue");
    let posted = trip.shops(&user, "https://erp.library.example/back?a=1&b=2").await;
    let field = posted.pairs().into_iter().find(|(name, _)| name == "cXML-base64").expect("the cart").1;
    let cart = String::from_utf8(base64::engine::general_purpose::STANDARD.decode(field).expect("base64")).expect("UTF-8");
    assert_valid(&cart, "cXML.dtd");
    assert!(cart.contains("<BuyerCookie>cookie &amp; 1</BuyerCookie>"), "{cart}");
    let desk = trip.desk().await;
    let order = order_of_cart(&cart);
    assert_valid(&order, "cXML.dtd");
    let placed = cxml::post(&trip.gateway, "college", &order).await;
    assert_eq!(placed.code, "200", "{}", placed.text);
    trip.shows_by_itself(&desk, "C-1").await;
    let holder = trip.window_of("orderer@library.example", "Orderer-password-1", "/budgets").await;
    trip.money(&holder, [5380, 0, 0, 4620]).await;
    trip.supplier_works(&desk).await;
    let documents = told(&heard, 2).await;
    assert_shipped_and_refused(&documents);
    // The third book and the pens are nobody's any more: 10.00 and 23.80 are free.
    trip.money(&holder, [0, 2000, 0, 8000]).await;
    trip.supplier_invoices(&desk).await;
    let documents = told(&heard, 3).await;
    assert_invoiced(&documents[2]);
    trip.money(&holder, [0, 0, 2000, 8000]).await;
    trip.invoice_matches("C-1").await;
    trip.end().await;
}

async fn told(heard: &Seen, count: usize) -> Vec<String> {
    let requests = at_least(heard, count).await;
    assert_eq!(requests.len(), count, "{requests:?}");
    requests.iter().map(|request| body(request).to_string()).collect()
}

/// Sections 15, 16 and 32: of a line that came in part the rest is refused beside it, and the shipment says what is in it and how it travels.
fn assert_shipped_and_refused(documents: &[String]) {
    for document in documents {
        assert_valid(document, "Fulfill.dtd");
        assert!(document.contains("orderID=\"C-1\"") && document.contains("<DocumentReference payloadID=\"order-1@test\"/>"), "{document}");
    }
    let (notice, answer) = (&documents[0], &documents[1]);
    for part in ["<CarrierIdentifier domain=\"companyName\">PostNL<", "<ShipmentIdentifier>3SABC<", "<ShipNoticeItem quantity=\"2\" lineNumber=\"1\""]
    {
        assert!(notice.contains(part), "{part}: {notice}");
    }
    assert_eq!(notice.matches("<ShipNoticeItem ").count(), 1, "{notice}");
    let said =
        |line: &str| between(answer, &format!("<ConfirmationItem {line}>"), "</ConfirmationItem>").unwrap_or_else(|| panic!("{line}: {answer}"));
    let (books, pens) = (said("quantity=\"3\" lineNumber=\"1\""), said("quantity=\"250\" lineNumber=\"2\""));
    for (item, status) in
        [(&books, "quantity=\"2\" type=\"accept\""), (&books, "quantity=\"1\" type=\"reject\""), (&pens, "quantity=\"250\" type=\"reject\"")]
    {
        assert!(item.contains(&format!("<ConfirmationStatus {status}>")), "{status}: {item}");
    }
    assert!(pens.contains("out of print") && !pens.contains("accept"), "{pens}");
}

/// Section 17: the order's document is named, and of its lines only what left is invoiced, to whom it was charged. 20.00, and 9 % of it.
fn assert_invoiced(document: &str) {
    assert_valid(document, "InvoiceDetail.dtd");
    for part in [
        "<OrderReference orderID=\"C-1\" orderDate=\"2026-03-05T10:00:00+01:00\"><DocumentReference payloadID=\"order-1@test\"/>",
        "<InvoiceDetailItem invoiceLineNumber=\"1\" quantity=\"2\">",
        "<InvoiceDetailItemReference lineNumber=\"1\">",
        "<SupplierPartID>BOOK-1<",
        "id=\"FICTION\"",
        "<Charge><Money currency=\"EUR\">20.00<",
        "<TaxAmount><Money currency=\"EUR\">1.80<",
        "<DueAmount><Money currency=\"EUR\">21.80<",
    ] {
        assert!(document.contains(part), "{part}: {document}");
    }
    assert_eq!(document.matches("<InvoiceDetailItem ").count(), 1, "{document}");
}

async fn a_buyer_with_oci_from_catalogue_to_invoice(engine: Engine) {
    let (port, heard) = receiver(|_, _| Reply::Status(200)).await;
    let toml = world("webhook", &format!("webhook = \"http://127.0.0.1:{port}/hook\"\n"));
    let Some(mut trip) = Trip::begin(engine, &toml, port).await else { return };
    let form = format!(
        "<!doctype html><title>ERP</title><form id=go method=post action=\"https://{GATEWAY_HOST}/oci/lib\"><input name=USERNAME value=inkoop>\
         <input name=PASSWORD value=Geheim-123-456><input name=HOOK_URL value=\"https://erp.library.example/return?requisition=77\">\
         <input name=OCI_VERSION value=4.0><input name=\"~OkCode\" value=ADDI><input name=\"~TARGET\" value=_top><input name=\"~CALLER\" value=CTLG></form>"
    );
    trip.erp.page("https://erp.library.example/start", &form);
    let user = trip.browser.tab().await.expect("a page");
    trip.browser.navigate(&user, "https://erp.library.example/start").await.expect("the buyer's system");
    trip.on(&user, "document.querySelector('#go').submit()").await;
    let posted = trip.shops(&user, "https://erp.library.example/return").await;
    let desk = trip.desk().await;
    let placed = trip.buyer.call("POST", "/api/v1/orders", Some(&order_of_fields(&posted))).await.expect("an answer");
    assert_eq!(placed.status, 201, "{}", placed.text());
    trip.shows_by_itself(&desk, "4500000042").await;
    let holder = trip.window_of("orderer@library.example", "Orderer-password-1", "/budgets").await;
    trip.money(&holder, [5380, 0, 0, 4620]).await;
    trip.supplier_works(&desk).await;
    let told = events(&heard, 2).await;
    let kinds: Vec<&Value> = told.iter().map(|event| &event["type"]).collect();
    assert_eq!(kinds, ["order.shipped", "order.answered"]);
    let parcel = &told[0]["data"]["shipment"];
    assert_eq!((&parcel["carrier"], &parcel["tracking"]), (&json!("PostNL"), &json!("3SABC")));
    assert_eq!(parcel["lines"], json!([{"line": 1, "quantity": "2"}]));
    let of = |line: usize, name: &str| told[1]["data"]["lines"][line][name].clone();
    assert_eq!([of(0, "shipped"), of(0, "refused"), of(1, "shipped"), of(1, "refused")], ["2", "1", "0", "250"].map(Value::from));
    assert_eq!(of(1, "refusal_reason"), "out of print");
    trip.money(&holder, [0, 2000, 0, 8000]).await;
    trip.supplier_invoices(&desk).await;
    let issued = events(&heard, 3).await.remove(2);
    let amounts = ["net", "vat", "gross"].map(|name| issued["data"][name].clone());
    assert_eq!((&issued["type"], amounts), (&json!("invoice.issued"), ["20.00", "1.80", "21.80"].map(Value::from)));
    trip.money(&holder, [0, 0, 2000, 8000]).await;
    trip.invoice_matches("4500000042").await;
    trip.end().await;
}

/// The order that a system makes of the fields it was posted: each line as it came, and who pays.
fn order_of_fields(posted: &Received) -> Value {
    let pairs = posted.pairs();
    let field = |name: &str, line: u32| {
        let wanted = format!("NEW_ITEM-{name}[{line}]");
        pairs.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone()).unwrap_or_else(|| panic!("no {wanted}: {pairs:?}"))
    };
    let number = |name: &str, line: u32| field(name, line).parse::<u32>().expect("a whole number");
    let line = |line: u32| {
        json!({"line": line, "quote": field("EXT_QUOTE_ID", line), "quote_line": number("EXT_QUOTE_ITEM", line), "article": field("VENDORMAT", line),
            "quantity": field("QUANTITY", line), "price": field("PRICE", line), "price_quantity": number("PRICEUNIT", line), "coding": {"budget_code": "FICTION"}})
    };
    json!({"number": "4500000042", "ordered_by": "O. Rderer", "lines": [line(1), line(2)]})
}

/// What the webhook was told, each signed.
async fn events(heard: &Seen, count: usize) -> Vec<Value> {
    let requests = at_least(heard, count).await;
    assert_eq!(requests.len(), count, "{requests:?}");
    assert!(requests.iter().all(|request| header(request, "webhook-signature").starts_with("v1,")), "{requests:?}");
    let events: Vec<Value> = requests.iter().map(|request| serde_json::from_str(body(request)).expect("JSON")).collect();
    assert!(events.iter().all(|event| event["timestamp"] == "2026-03-02T09:00:00Z"), "{events:?}");
    events
}
