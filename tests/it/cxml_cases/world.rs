//! Turns the world of the cases into an apply file, and puts the carts there that were handed back before a case begins. It must not leave a
//! word behind: what the product is not told, it cannot obey.

use std::collections::BTreeMap;

use hookline::config::{AccessPoint, Config, Token};
use hookline::store::transfer::Transfer;
use hookline::store::{self};
use serde_json::{Value, json};

use super::cases::Case;
use crate::support::gateway::Gateway;

const SUPPLIER: &str = "brightline";
/// Where a buyer's documents go in cases that want them: nobody is there, they stay owed.
const NOWHERE: &str = "https://127.0.0.1:9/cxml";
pub const TOKEN: &str = "the-access-point-of-the-cases";

/// Every gateway of the cases has an access point that brings documents.
pub fn config() -> Config {
    let point = AccessPoint {
        url: "https://127.0.0.1:9".into(),
        token: Token(TOKEN.into()),
        token_header: "X-Token".into(),
        submit: "/submit/{id}".into(),
        status: "/status/{id}".into(),
    };
    Config { access_point: Some(point), ..Config::default() }
}

/// The buyer that orders over Peppol, where the case has one.
pub fn peppol_buyer(case: &Case) -> Option<&str> {
    case.given.get("peppol_buyer").map(|buyer| text(buyer, "id"))
}

/// The world of a case that needs more than the others: a buyer who orders over Peppol, or a supplier who answers there.
pub fn given(world: &Value, case: &Case) -> Result<Option<String>, String> {
    let endpoint = |party: &Value| format!("endpoint = {:?}\nendpoint_scheme = {:?}\n", text(party, "id"), text(party, "scheme"));
    let mut file = apply_file(world)?;
    if let Some(session) = case.given.get("outbound_session") {
        return shop(world, file, session).map(Some);
    }
    let supplier = endpoint(&world["gateway"]["supplier"]["peppol_endpoint"]);
    file = file.replacen("[[supplier]]\n", &format!("[[supplier]]\ncountry = \"NO\"\n{supplier}"), 1);
    if let Some(buyer) = case.given.get("peppol_buyer") {
        check(
            "peppol_buyer",
            buyer,
            &["id", "endpoint", "currency", "unknown_parts", "unknown_cost_center", "no_cost_center", "time_zone", "budgets", "units"],
        )?;
        let id = text(buyer, "id");
        file.push_str(&format!(
            "[[buyer]]\nid = {id:?}\nname = {id:?}\nlanguage = \"en\"\ncountry = \"NO\"\ncurrency = {:?}\n{}\n\
             [[connection]]\nname = {id:?}\nbuyer = {id:?}\ncatalogue = \"world\"\npreset = \"generic\"\nreturn_origins = [\"https://*.example\"]\n\
             [connection.peppol]\nunknown_parts = {:?}\nunknown_cost_centre = {:?}\nno_cost_centre = {:?}\n\n\
             [[budget_rules]]\nbuyer = {id:?}\ntax_basis = \"net\"\n\n\
             [[period]]\nbuyer = {id:?}\nid = \"2026\"\nfirst_day = \"2026-01-01\"\nlast_day = \"2026-12-31\"\n\n",
            text(buyer, "currency"),
            endpoint(&buyer["endpoint"]),
            buyer["unknown_parts"].as_str().unwrap_or("refuse"),
            buyer["unknown_cost_center"].as_str().unwrap_or("refuse"),
            buyer["no_cost_center"].as_str().unwrap_or("refuse"),
        ));
        for budget in list(buyer, "budgets") {
            let code = text(budget, "cost_center");
            let amount = text(budget, "available");
            file.push_str(&format!("[[budget]]\nbuyer = {id:?}\ncode = {code:?}\nname = {code:?}\namount = {amount:?}\nperiod = \"2026\"\n\n"));
        }
    } else if case.given.contains_key("delivery") {
        // The buyer named in the sentence has the address that the supplier's documents name, and takes documents in cXML.
        let buyer = "id = \"hanse\"\n";
        let address = "country = \"DE\"\nendpoint = \"987654325\"\nendpoint_scheme = \"0192\"\n";
        file = file.replacen(&format!("[[buyer]]\n{buyer}"), &format!("[[buyer]]\n{buyer}{address}"), 1);
        let (head, tail) = file.split_once("name = \"hanse\"\nbuyer = \"hanse\"").ok_or("no connection of hanse")?;
        let tail = tail.replacen("[connection.cxml]\n", &format!("[connection.cxml]\noutbound_url = {NOWHERE:?}\n"), 1);
        file = format!("{head}name = \"hanse\"\nbuyer = \"hanse\"{tail}");
    } else {
        return Ok(None);
    }
    Ok(Some(file))
}

/// A connection of the buyer with the shop that the session was opened at.
fn shop(world: &Value, file: String, session: &Value) -> Result<String, String> {
    check("outbound_session", session, &["supplier", "supplier_protocol", "buyer", "buyer_cookie", "operation"])?;
    if text(session, "supplier_protocol") != "cXML" {
        return Err(format!("no shop speaks {}", text(session, "supplier_protocol")));
    }
    let own = list(&world["gateway"], "as_buyer").next().map(identity).ok_or("the gateway is nobody as a buyer")?;
    let name = format!("name = {0:?}\nbuyer = {0:?}", text(session, "buyer"));
    let (head, tail) = file.split_once(&name).ok_or("no connection of the buyer")?;
    let remote = format!("[connection.remote]\nurl = {NOWHERE:?}\nown = {own:?}\nsupplier = \"DUNS:{}\"\n\n", text(session, "supplier"));
    let tail = tail.replacen("[[budget_rules]]", &format!("{remote}[[budget_rules]]"), 1);
    Ok(format!("{head}{name}{tail}"))
}

/// What the shop was told to send its cart to.
pub const OPENING: &str = "the-opening-of-the-cases";

/// The session that a case begins in, as opening the shop would have left it; gives its buyer and number.
pub async fn put_session(gateway: &Gateway, case: &Case) -> Result<Option<(String, String)>, String> {
    let trouble = |e: hookline::error::Error| format!("a session: {e}");
    let Some(given) = case.given.get("outbound_session") else { return Ok(None) };
    let (buyer, number, now) = (text(given, "buyer").to_owned(), "0-outbound".to_owned(), gateway.clock.now());
    let opened = store::session::Session { state: "open".into(), version: 1, ..session(&buyer, &number, now) };
    let opening = store::remote_cart::RemoteCart {
        tenant: buyer.clone(),
        token_hash: hookline::flow::proving::sha256(OPENING),
        session: number.clone(),
        cookie: text(given, "buyer_cookie").to_owned(),
        operation: text(given, "operation").to_owned(),
        lines: "[]".into(),
        state: "open".into(),
        opened_at: now,
        ..Default::default()
    };
    let mut tx = gateway.server.app.store.begin().await.map_err(trouble)?;
    tx.write(vec![store::session::insert(vec![store::session::values(&opened)])]).await.map_err(trouble)?;
    store::remote_cart::insert(&mut tx, &opening).await.map_err(trouble)?;
    tx.commit().await.map_err(trouble)?;
    Ok(Some((buyer, number)))
}

fn session(buyer: &str, number: &str, now: hookline::domain::time::Timestamp) -> store::session::Session {
    store::session::Session {
        tenant: buyer.to_owned(),
        number: number.to_owned(),
        connection: buyer.to_owned(),
        key_hash: format!("none-{number}"),
        user: "earlier".into(),
        language: hookline::domain::name::Language::En,
        state: "returned".into(),
        call_up: hookline::domain::callup::CallUp::default().into(),
        basket_coding: hookline::domain::coding::Coding::default(),
        opened_at: now,
        seen_at: now,
        test: false,
        version: 2,
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn check(place: &str, value: &Value, known: &[&str]) -> Result<(), String> {
    let map = value.as_object().ok_or_else(|| format!("{place} is not an object"))?;
    match map.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("{place}: unknown word {key:?}")),
        None => Ok(()),
    }
}

fn identity(value: &Value) -> String {
    format!("{}:{}", text(value, "domain"), text(value, "identity"))
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    value[key].as_array().into_iter().flatten()
}

/// The sender that speaks for a buyer, and the connection whose address it posts to: that of the first buyer it speaks for.
pub fn address_of(world: &Value, buyer: &str) -> Option<String> {
    let speaks = |sender: &&Value| list(sender, "speaks_for").any(|id| id == buyer);
    let sender = list(world, "senders").find(speaks)?;
    list(sender, "speaks_for").next().and_then(Value::as_str).map(str::to_owned)
}

/// The buyer that an identity belongs to.
pub fn buyer_of(world: &Value, identity: &str) -> Option<String> {
    let is_its = |buyer: &&Value| list(buyer, "credentials").any(|c| text(c, "identity").eq_ignore_ascii_case(identity.trim()));
    list(world, "buyers").find(is_its).map(|buyer| text(buyer, "id").to_owned())
}

pub fn apply_file(world: &Value) -> Result<String, String> {
    check("world", world, &["about", "clock", "gateway", "limits", "senders", "buyers"])?;
    let gateway = &world["gateway"];
    check("gateway", gateway, &["as_supplier", "as_buyer", "supplier"])?;
    let own: Vec<String> = list(gateway, "as_supplier").chain(list(gateway, "as_buyer")).map(identity).collect();
    let supplier = &gateway["supplier"];
    check("supplier", supplier, &["name", "sends_as", "secret", "peppol_endpoint", "delivery_channel"])?;
    let mut file = format!(
        "[[supplier]]\nid = \"{SUPPLIER}\"\nname = {:?}\nlanguage = \"en\"\ncurrency = \"EUR\"\nwebhook = \"https://127.0.0.1:9/orders\"\n\n\
         [[catalogue]]\nid = \"world\"\nsupplier = \"{SUPPLIER}\"\nname = \"World\"\n\n",
        text(supplier, "name")
    );
    for buyer in list(world, "buyers") {
        file.push_str(&buyer_toml(world, buyer, &own)?);
    }
    for sender in list(world, "senders") {
        check("sender", sender, &["id", "credentials", "secret", "previous_secret", "speaks_for"])?;
        for buyer in list(sender, "speaks_for").filter_map(Value::as_str) {
            for credential in list(sender, "credentials") {
                for secret in ["secret", "previous_secret"].into_iter().filter(|key| !sender[*key].is_null()) {
                    file.push_str(&credential_toml(buyer, credential, text(sender, secret)));
                }
            }
        }
    }
    for buyer in list(world, "buyers") {
        file.push_str(&credential_toml(text(buyer, "id"), &supplier["sends_as"], text(supplier, "secret")));
    }
    Ok(file)
}

fn credential_toml(connection: &str, credential: &Value, secret: &str) -> String {
    format!(
        "[[credential]]\nconnection = {connection:?}\norganisation = {:?}\nuser = {:?}\npassword = {secret:?}\n\n",
        text(credential, "domain"),
        text(credential, "identity")
    )
}

fn buyer_toml(world: &Value, buyer: &Value, own: &[String]) -> Result<String, String> {
    let known = [
        "id",
        "credentials",
        "currency",
        "time_zone",
        "preset",
        "unknown_parts",
        "unknown_cost_center",
        "no_cost_center",
        "units",
        "allowed_return_hosts",
        "budgets",
        "budget_basis",
        "carts",
    ];
    check("buyer", buyer, &known)?;
    let id = text(buyer, "id");
    let preset = match buyer["preset"].as_str() {
        None => "cxml",
        Some("German SAP") => "cxml-sap",
        Some(other) => return Err(format!("unknown preset {other:?}")),
    };
    let hosts: Vec<String> = match buyer["allowed_return_hosts"].as_array() {
        Some(hosts) => hosts.iter().filter_map(Value::as_str).map(|host| format!("https://{host}")).collect(),
        None => vec!["https://*.example".to_owned()],
    };
    let identities: Vec<String> = list(buyer, "credentials").map(identity).collect();
    let units: BTreeMap<String, String> =
        buyer["units"].as_object().into_iter().flatten().map(|(k, v)| (k.clone(), v.as_str().unwrap_or_default().to_owned())).collect();
    let units: Vec<String> = units.iter().map(|(word, code)| format!("{word:?} = {code:?}")).collect();
    let hub = address_of(world, id).filter(|address| address != id).map(|hub| format!("hub = {hub:?}\n")).unwrap_or_default();
    let mut out = format!(
        "[[buyer]]\nid = {id:?}\nname = {id:?}\nlanguage = \"en\"\ncurrency = {:?}\ntime_zone = {:?}\n\n\
         [[connection]]\nname = {id:?}\nbuyer = {id:?}\ncatalogue = \"world\"\npreset = {preset:?}\nreturn_origins = {hosts:?}\n\
         [connection.cxml]\nbuyer = {identities:?}\nown = {own:?}\nsupplier = [{:?}]\n{hub}units = {{ {} }}\n\
         unknown_parts = {:?}\nunknown_cost_centre = {:?}\nno_cost_centre = {:?}\n\n\
         [[budget_rules]]\nbuyer = {id:?}\ntax_basis = {:?}\n\n\
         [[period]]\nbuyer = {id:?}\nid = \"2026\"\nfirst_day = \"2026-01-01\"\nlast_day = \"2026-12-31\"\n\n",
        text(buyer, "currency"),
        text(buyer, "time_zone"),
        identity(&world["gateway"]["supplier"]["sends_as"]),
        units.join(", "),
        text(buyer, "unknown_parts"),
        text(buyer, "unknown_cost_center"),
        text(buyer, "no_cost_center"),
        buyer["budget_basis"].as_str().unwrap_or("net"),
    );
    for budget in list(buyer, "budgets") {
        check("budget", budget, &["cost_center", "available"])?;
        let code = text(budget, "cost_center");
        out.push_str(&format!(
            "[[budget]]\nbuyer = {id:?}\ncode = {code:?}\nname = {code:?}\namount = {:?}\nperiod = \"2026\"\n\n",
            text(budget, "available")
        ));
    }
    Ok(out)
}

/// Carts of earlier sessions, as handing them back would have left them.
pub async fn put_carts(gateway: &Gateway, world: &Value) -> Result<(), String> {
    for buyer in list(world, "buyers") {
        for cart in list(buyer, "carts") {
            check("cart", cart, &["cart", "returned_with", "lines"])?;
            put_cart(gateway, text(buyer, "id"), cart).await?;
        }
    }
    Ok(())
}

async fn put_cart(gateway: &Gateway, buyer: &str, cart: &Value) -> Result<(), String> {
    let trouble = |e: hookline::error::Error| format!("a cart: {e}");
    let first = text(&cart["lines"][0], "aux");
    let quote = first.strip_prefix("q:").and_then(|rest| rest.rsplit_once(':')).map(|(quote, _)| quote).ok_or("an auxiliary id of another form")?;
    let mut lines = Vec::new();
    for line in list(cart, "lines") {
        check("cart line", line, &["aux", "part", "unit", "price", "basis", "currency", "quantity", "description"])?;
        let number: u32 = text(line, "aux").rsplit(':').next().and_then(|n| n.parse().ok()).ok_or("an auxiliary id without a line")?;
        let per: u32 = text(line, "basis").parse().map_err(|_| "a basis that is no number")?;
        lines.push(json!({
            "line": number, "article": text(line, "part"), "description": text(line, "description"), "long_text": "", "quantity": text(line, "quantity"),
            "unit": text(line, "unit"), "price": text(line, "price"), "price_quantity": per, "currency": text(line, "currency"), "vat": "0",
            "logo": "", "coding": {}, "allowed": text(cart, "returned_with"),
        }));
    }
    let now = gateway.clock.now();
    let session_number = format!("0-{quote}");
    let mut tx = gateway.server.app.store.begin().await.map_err(trouble)?;
    let opened = session(buyer, &session_number, now);
    let transfer = Transfer {
        tenant: buyer.to_owned(),
        session: session_number,
        quote: quote.to_owned(),
        connection: buyer.to_owned(),
        at: now,
        form: "{}".into(),
        lines: Value::Array(lines).to_string().into(),
        repeats: 0,
        edits: String::new(),
        test: false,
    };
    let rows = vec![store::session::insert(vec![store::session::values(&opened)]), store::transfer::insert(vec![store::transfer::values(&transfer)])];
    tx.write(rows).await.map_err(trouble)?;
    tx.commit().await.map_err(trouble)
}
