//! `hookline demo`: the whole product on made-up data, and `--headless`, which walks the round trip over HTTP as a buyer's system, a buyer
//! and a supplier would, prints the documents exchanged, and succeeds only when the invoice was matched.
//! Plays with the product from outside; has no way in that others do not have.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::Server;
use crate::clock::Clock;
use crate::config::Config;
use crate::demo_data;
use crate::domain::matching::{self, Bill, Compared, Identity, Known, Match, Ordered, OrderedLine, Tolerances};
use crate::error::{Error, Result};
use crate::flow::applying;
use crate::wire::oci::{check, preset};
use crate::wire::{html, ubl, ubl_reading};

pub use crate::demo_data::{ERP_PASSWORD as CALL_UP_PASSWORD, ERP_USER as CALL_UP_USER, PERSON_PASSWORD as PASSWORD};

/// Starts the product with the demo's data in `config.data`; what is there already stays.
pub async fn start(mut config: Config) -> Result<Server> {
    config.demo = true;
    crate::start_after(config, Clock::system(), async |app, address| {
        let url = format!("http://localhost:{}", address.port());
        applying::apply(app, &demo_data::setup(&url), "demo").await.map(drop)
    })
    .await
}

/// The round trip, step by step.
pub async fn walk(server: &Server) -> Result<()> {
    let base = format!("http://{}", server.address);
    let cost_centre = code(server, "ziekenhuis", "cost_centre").await?;
    let budget = code(server, "ziekenhuis", "budget_code").await?;
    let walker = Walker {
        cost_centre,
        budget,
        client: client()?,
        base,
        return_url: format!("http://localhost:{}/erp/return?requisition=demo", server.address.port()),
    };
    let shop = walker.call_up().await?;
    walker.fill(&shop).await?;
    let pairs = walker.hand_back(&shop).await?;
    let token = walker.token(&somebody(server, "ziekenhuis", "orderer").await?).await?;
    let order = walker.order(&token, &pairs).await?;
    let desk = walker.token(&somebody(server, order["supplier"].as_str().unwrap_or_default(), "supplier_desk").await?).await?;
    walker.deliver(&desk, &order).await?;
    walker.match_invoice(&token, &order, &pairs).await
}

/// The sign-in name of somebody with a role; the demo's passwords are all the same.
async fn somebody(server: &Server, tenant: &str, role: &str) -> Result<String> {
    let mut tx = server.app.store.read().await?;
    let people = crate::store::person::all(&mut tx).await?;
    let found = people.into_iter().find(|p| p.tenant == tenant && p.roles.iter().any(|r| r == role));
    found.map(|p| p.sign_in).ok_or_else(|| Error::not_found("person", role))
}

/// A code of the buyer's own list, as a person would choose it.
async fn code(server: &Server, tenant: &str, kind: &str) -> Result<String> {
    let mut tx = server.app.store.read().await?;
    let codes = crate::store::code::all(&mut tx, tenant).await?;
    codes.into_iter().find(|entry| entry.kind == kind).map(|entry| entry.code).ok_or_else(|| Error::not_found("code", kind))
}

fn client() -> Result<reqwest::Client> {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().map_err(Error::internal)
}

struct Walker {
    cost_centre: String,
    budget: String,
    client: reqwest::Client,
    base: String,
    return_url: String,
}

fn step(number: u32, what: &str) {
    println!("\n== {number} {what}");
}

fn wrong(what: &str, found: impl std::fmt::Display) -> Error {
    Error::internal(format!("{what}: {found}"))
}

impl Walker {
    async fn post_form(&self, url: &str, pairs: &[(&str, String)], token: Option<&str>) -> Result<(u16, String, String)> {
        let body = serde_urlencoded::to_string(pairs).map_err(Error::internal)?;
        let mut request = self.client.post(url).header("content-type", "application/x-www-form-urlencoded").body(body);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.answer(request).await
    }

    async fn get(&self, url: &str, token: Option<&str>) -> Result<(u16, String, String)> {
        let mut request = self.client.get(url);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.answer(request).await
    }

    async fn post_json(&self, path: &str, token: Option<&str>, body: &Value) -> Result<(u16, Value)> {
        let url = format!("{}{path}", self.base);
        let mut request = self.client.post(url).header("content-type", "application/json").body(body.to_string());
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let (status, _, text) = self.answer(request).await?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Result<(u16, String, String)> {
        let response = request.send().await.map_err(Error::internal)?;
        let status = response.status().as_u16();
        let location = response.headers().get("location").and_then(|v| v.to_str().ok()).unwrap_or_default().to_string();
        Ok((status, location, response.text().await.map_err(Error::internal)?))
    }

    /// 1: the ERP's link. Without cookies, so the session's key travels in the path.
    async fn call_up(&self) -> Result<String> {
        step(1, "call-up from the purchasing system");
        let pairs = [
            ("USERNAME", CALL_UP_USER.to_string()),
            ("PASSWORD", CALL_UP_PASSWORD.to_string()),
            ("HOOK_URL", self.return_url.clone()),
            ("OCI_VERSION", "4.0".to_string()),
            ("~OkCode", "ADDI".to_string()),
            ("~TARGET", "_top".to_string()),
            ("~CALLER", "CTLG".to_string()),
            ("costCenter", self.cost_centre.clone()),
        ];
        for (name, value) in &pairs {
            println!("   {name}={}", if *name == "PASSWORD" { "***" } else { value });
        }
        let (status, location, _) = self.post_form(&format!("{}/oci/ziekenhuis-sap", self.base), &pairs, None).await?;
        if status != 303 {
            return Err(wrong("the call-up was answered", status));
        }
        println!("-> 303 to the catalogue");
        Ok(format!("{}{location}", self.base))
    }

    /// 2: two articles of the first page into the basket, coded on a budget.
    async fn fill(&self, shop: &str) -> Result<()> {
        step(2, "shopping");
        let (_, _, page) = self.get(shop, None).await?;
        let hidden = html::hidden_inputs(&page);
        let csrf = hidden.iter().find(|(name, _)| name == "csrf").map(|(_, value)| value.clone()).unwrap_or_default();
        let articles: Vec<&String> = hidden.iter().filter(|(name, _)| name == "article").map(|(_, value)| value).take(2).collect();
        for (article, quantity) in articles.iter().zip(["10", "4"]) {
            let pairs = [("csrf", csrf.clone()), ("article", (*article).clone()), ("quantity", quantity.to_string())];
            let (status, _, _) = self.post_form(&format!("{shop}basket/add"), &pairs, None).await?;
            println!("   {quantity} x {article}: {status}");
            if status != 303 {
                return Err(wrong("the article was not taken", status));
            }
        }
        let coding = [("csrf", csrf), ("cost_centre", self.cost_centre.clone()), ("budget_code", self.budget.clone())];
        let (status, _, text) = self.post_form(&format!("{shop}basket/coding"), &coding, None).await?;
        if status == 303 { Ok(()) } else { Err(wrong("the coding was refused", html::to_text(&text))) }
    }

    /// 3: the form that the buyer's browser posts to the ERP.
    async fn hand_back(&self, shop: &str) -> Result<Vec<(String, String)>> {
        step(3, "the basket goes back to the purchasing system");
        let (_, _, page) = self.get(&format!("{shop}basket"), None).await?;
        let csrf = html::hidden_inputs(&page).into_iter().find(|(name, _)| name == "csrf").map(|(_, value)| value).unwrap_or_default();
        let (status, _, page) = self.post_form(&format!("{shop}transfer"), &[("csrf", csrf)], None).await?;
        let pairs = html::hidden_inputs(&page);
        for (name, value) in &pairs {
            println!("   {name}={value}");
        }
        let preset = preset::find("sap-srm").unwrap_or(&preset::PRESETS[0]);
        let findings = check::check(&pairs, &preset.receiver);
        match status {
            200 if !findings.has_error() && !pairs.is_empty() => Ok(pairs),
            _ => Err(wrong("the basket cannot be booked", Error::Invalid(findings))),
        }
    }

    async fn token(&self, sign_in: &str) -> Result<String> {
        let (status, answer) = self.post_json("/api/v1/tokens", None, &json!({"sign_in": sign_in, "password": PASSWORD})).await?;
        answer["access_token"].as_str().map(str::to_string).ok_or_else(|| wrong("no token", status))
    }

    /// 4: approved; the order comes back with its number.
    async fn order(&self, token: &str, pairs: &[(String, String)]) -> Result<Value> {
        step(4, "approved: the order comes in with its number");
        let body = order_body("4500000001", &lines(pairs));
        println!("{}", serde_json::to_string_pretty(&body).unwrap_or_default());
        let (status, order) = self.post_json("/api/v1/orders", Some(token), &body).await?;
        println!("-> {status} {}", order["state"]);
        if status == 201 { Ok(order) } else { Err(wrong("the order was refused", order)) }
    }

    /// 5: the supplier confirms, ships, invoices.
    async fn deliver(&self, token: &str, order: &Value) -> Result<()> {
        step(5, "the supplier confirms, ships and invoices");
        let id = order["id"].as_str().unwrap_or_default();
        for action in ["confirm", "ship", "invoice"] {
            let (status, _, page) = self.post_form(&format!("{}/desk/ziekenhuis/{id}/{action}", self.base), &[], Some(token)).await?;
            println!("   {action}: {status}");
            if status != 303 {
                return Err(wrong("the desk refused", html::to_text(&page)));
            }
        }
        Ok(())
    }

    /// 6: the ERP reads the invoice and compares it with its own order.
    async fn match_invoice(&self, token: &str, order: &Value, pairs: &[(String, String)]) -> Result<()> {
        step(6, "the purchasing system gets the invoice and matches it by the order number");
        let number = order["number"].as_str().unwrap_or_default();
        let (_, _, text) = self.get(&format!("{}/api/v1/orders/{number}", self.base), Some(token)).await?;
        let known: Value = serde_json::from_str(&text).map_err(Error::internal)?;
        let id = known["invoices"][0]["id"].as_str().unwrap_or_default();
        let (status, _, document) = self.get(&format!("{}/api/v1/invoices/{id}", self.base), Some(token)).await?;
        println!("{document}");
        let (invoice, findings) = ubl_reading::read(&document);
        if status != 200 || findings.has_error() {
            return Err(wrong("the invoice cannot be read", Error::Invalid(findings)));
        }
        let found = matched(&ordered(number, &lines(pairs)), &invoice);
        if found.needs_a_person() {
            return Err(wrong("the invoice does not match", format!("{found:?}")));
        }
        println!("\nmatched: invoice {} with order {number}, {} lines", known["invoices"][0]["number"], invoice.lines.len());
        Ok(())
    }
}

/// The lines of a basket as the ERP keeps them, by their index.
pub fn lines(pairs: &[(String, String)]) -> BTreeMap<u32, check::Received> {
    check::read(pairs)
}

fn field<'l>(line: &'l check::Received, name: &str) -> &'l str {
    line.get(name).map_or("", String::as_str)
}

/// What the ERP sends when the basket is approved.
pub fn order_body(number: &str, lines: &BTreeMap<u32, check::Received>) -> Value {
    let lines: Vec<Value> = (1u32..)
        .zip(lines.values())
        .map(|(number, line)| {
            json!({
                "line": number,
                "quote": field(line, "EXT_QUOTE_ID"),
                "quote_line": field(line, "EXT_QUOTE_ITEM").parse::<u32>().ok(),
                "article": field(line, "VENDORMAT"),
                "quantity": field(line, "QUANTITY"),
                "price": field(line, "PRICE"),
                "price_quantity": field(line, "PRICEUNIT").parse::<u32>().ok(),
            })
        })
        .collect();
    json!({"number": number, "ordered_by": "M. Jansen", "lines": lines})
}

/// The order as the ERP will compare it with the invoice: amounts from its own fields. It knows nothing of what came.
pub fn ordered(number: &str, lines: &BTreeMap<u32, check::Received>) -> Ordered {
    let decimal = |line: &check::Received, name: &str| check::read_number(field(line, name)).unwrap_or_default();
    let currency = lines.values().next().map(|line| field(line, "CURRENCY").to_string()).unwrap_or_default();
    let lines = (1u32..).zip(lines.values()).map(|(number, line)| OrderedLine {
        line: number.to_string(),
        sellers_article: field(line, "VENDORMAT").to_string(),
        name: field(line, "DESCRIPTION").to_string(),
        unit: ubl::unece(field(line, "UNIT")).to_string(),
        price: decimal(line, "PRICE"),
        per: decimal(line, "PRICEUNIT").max(Decimal::ONE),
        ordered: decimal(line, "QUANTITY").normalize(),
        ..OrderedLine::default()
    });
    Ordered { number: number.to_string(), currency, is_binding: true, lines: lines.collect(), ..Ordered::default() }
}

/// Whether the invoice fits the order, as a purchasing system without goods receipts asks it of the one supplier of its catalogue.
pub fn matched(order: &Ordered, invoice: &Bill) -> Match {
    let known = Known {
        supplier: Some(&order.supplier),
        orders: std::slice::from_ref(order),
        accounts: &invoice.accounts,
        recipient: &Identity::default(),
        booked: &[],
        today: &invoice.issued_on,
    };
    matching::compare(invoice, &known, &Tolerances { compared: Compared::TwoWay, ..Tolerances::default() })
}
