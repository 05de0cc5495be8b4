//! Who may call what: every route of the router's own table, called by nobody, by each role, and by people of other organisations.
//! It must never skip a route: one it does not know how to call fails the test.

use hookline::web::{Access, routes};
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway, sign_in_on_page};
use crate::support::http::{Answer, Client, Request};
use crate::support::shop::Shop;

on_both_engines! {
    only_the_listed_roles_get_in,
    other_organisations_find_nothing,
    public_and_session_routes_keep_their_word,
    another_site_changes_nothing,
}

const PASSWORD: &str = "Password-of-everybody-1";

const BUYER_ROLES: [&str; 5] = ["viewer", "orderer", "approver", "budget_holder", "buyer_administrator"];
const SUPPLIER_ROLES: [&str; 2] = ["supplier_desk", "supplier_finance"];

fn person(name: &str, kind: &str, organisation: &str, role: &str) -> String {
    format!(
        "[[person]]\nsign_in = \"{name}\"\npassword = \"{PASSWORD}\"\nname = \"{name}\"\nmail = \"{name}\"\nlanguage = \"en\"\n\
         {kind} = \"{organisation}\"\nroles = [\"{role}\"]\n"
    )
}

/// Everybody: one person for each role, and the same roles in other organisations.
fn people() -> String {
    let mut toml = format!("[[supplier]]\nid = \"rival\"\nname = \"A rival\"\n\n{}", crate::cxml::COLLEGE);
    for role in BUYER_ROLES {
        toml += &person(&sign_in_of(role), "buyer", "library", role);
        toml += &person(&stranger_of(role), "buyer", "firm", role);
    }
    for role in SUPPLIER_ROLES {
        toml += &person(&sign_in_of(role), "supplier", "acme", role);
        toml += &person(&stranger_of(role), "supplier", "rival", role);
    }
    toml
}

fn sign_in_of(role: &str) -> String {
    format!("{role}@ours.example")
}

fn stranger_of(role: &str) -> String {
    format!("{role}@theirs.example")
}

/// Things that are there, so that a refusal is about the caller and not about the thing.
struct World {
    gateway: Gateway,
    order: String,
    invoice: String,
    evidence: String,
    credential: String,
    picture: String,
    /// A supplier's invoice that was answered.
    received: String,
    /// An order with a logo on its card, and the logo's hash.
    carded: (String, String),
    shop: Shop,
}

async fn world(engine: Engine) -> World {
    let gateway = Gateway::with(engine, &format!("{WORLD}\n{}", people())).await;
    let mut shop = call_up(&gateway).await;
    let mut buyer = Api::signed_in(gateway.address, &sign_in_of("orderer"), PASSWORD).await.expect("the orderer signs in");
    let mut desk = Api::signed_in(gateway.address, &sign_in_of("supplier_desk"), PASSWORD).await.expect("the desk signs in");
    let mut operator = gateway.operator().await.expect("the operator signs in");
    let placed = buyer.call("POST", "/api/v1/orders", Some(&order_body())).await.expect("an answer");
    let order = placed.json().and_then(|v| v["id"].as_str().map(str::to_owned)).expect("an order");
    for step in ["confirm", "ship", "invoice"] {
        let answer = desk.call("POST", &format!("/desk/library/{order}/{step}"), None).await.expect("an answer");
        assert_eq!(answer.status, 303, "{step}: {}", answer.text());
    }
    let known = buyer.get("/api/v1/orders/45001").await.expect("the order");
    let invoice = known["invoices"][0]["id"].as_str().expect("an invoice").to_owned();
    let evidence = operator.items("/api/v1/connections/lib/evidence").await.expect("the evidence");
    let opened = evidence.iter().find(|record| record["kind"] == "call_up").expect("a call-up");
    let evidence = opened["id"].as_str().expect("a record").to_owned();
    let live = hookline::flow::connecting::connection(&gateway.server.app, "lib").await.expect("the connection");
    let credential = live.credentials.first().expect("a credential").id.clone();
    let drawn = Request::new("PUT", "/api/v1/catalogues/main/articles/BOOK-1/picture").body(crate::picturing::png(8, 8));
    assert_eq!(desk.client.send(drawn).await.expect("an answer").status, 204);
    let article = shop.page("article/BOOK-1").await.expect("the article").text();
    let (_, picture) = article.split_once("/picture/").expect("its own picture");
    let picture = picture.split('"').next().expect("a name").to_owned();
    // An order on its way, for whom nothing is done a second time.
    let app = &gateway.server.app;
    let message = hookline::flow::ordering::message("library", "order", &order, "acme", &json!({}), app.clock.now());
    let message = hookline::store::outbox::Message { id: "kept".into(), ..message };
    let mut tx = app.store.begin().await.expect("a writer");
    tx.write(vec![hookline::store::outbox::insert(&[message], app.clock.now())]).await.expect("written");
    tx.commit().await.expect("committed");
    let mut wish = order_body();
    wish["number"] = json!("ASKED");
    let asked = buyer.call("POST", "/api/v1/requests", Some(&wish)).await.expect("an answer");
    assert_eq!(asked.status, 202, "{}", asked.text());
    let brought = Request::new("POST", "/api/v1/received-invoices").body(crate::enclosing::with_files(&crate::receiving::DOC.xml()));
    let brought = buyer.client.send(brought).await.expect("an answer").json().expect("JSON");
    let received = brought["id"].as_str().expect("a supplier's invoice").to_owned();
    let answered = buyer.call("POST", &format!("/api/v1/received-invoices/{received}/decision"), Some(&ask())).await.expect("an answer");
    assert_eq!(answered.status, 200, "{}", answered.text());
    let carded = crate::picturing::order_with_logo(&gateway, &mut call_up(&gateway).await, &mut buyer).await;
    World { gateway, order, invoice, evidence, credential, picture, received, carded, shop }
}

fn ask() -> Value {
    json!({"decision": "ask", "reason": "PRI", "action": "CNP"})
}

fn order_body() -> Value {
    json!({"number": "45001", "connection": "lib", "ordered_by": "O. Rderer", "lines": [
        {"line": 1, "article": "BOOK-1", "quantity": "1", "coding": {"budget_code": "FICTION", "cost_centre": "4410"}}]})
}

const CALL_UP: &str = "USERNAME=inkoop&PASSWORD=Geheim-123-456&HOOK_URL=https%3A%2F%2Ferp.library.example%2Fr";

async fn call_up(gateway: &Gateway) -> Shop {
    let mut client = Client::without_cookies(gateway.address);
    let target = format!("/oci/lib?{CALL_UP}");
    let first = client.get(&target).await.expect("the call-up");
    let trail = client.follow(&target, first).await.expect("the way to the shop");
    Shop::from_trail(client, &trail).expect("a session")
}

impl World {
    /// How a route is called, on things that are there. `None`: nobody has said yet how.
    fn request(&self, method: &str, path: &str) -> Option<Request> {
        let World { order, invoice, evidence, credential, picture, received, .. } = self;
        let form = |target: String, pairs: &[(&str, &str)]| {
            let pairs: Vec<(String, String)> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            Request::form(target, &pairs)
        };
        let get = |target: String| Request::new("GET", target);
        let request = match (method, path) {
            ("GET", "/shop" | "/orders" | "/budgets" | "/budgets.csv" | "/desk" | "/connections" | "/new-connection" | "/api/v1/budgets") => {
                get(path.to_owned())
            }
            ("GET", "/api/v1/orders/{number}") => get("/api/v1/orders/45001".into()),
            ("GET", "/api/v1/invoices/{id}") => get(format!("/api/v1/invoices/{invoice}")),
            ("GET", "/budgets/{report}") => get("/budgets/analysis".into()),
            ("GET", p) if p.starts_with("/api/v1/budgets/") && !p.contains('{') => get(path.to_owned()),
            ("GET", "/api/v1/orders/{number}/money") => get("/api/v1/orders/45001/money".into()),
            ("GET", p) if p.contains("/budgets/{code}/{period}") => {
                let list = if p.starts_with("/api/") { "orders" } else { "orders.csv" };
                get(p.replace("{code}", "FICTION").replace("{period}", "2026").replace("{list}", list))
            }
            ("GET", "/rights") => get(path.to_owned()),
            ("POST", "/rights") => form(path.to_owned(), &[("do", "give"), ("list", "right")]),
            ("POST", "/api/v1/invoices/check") => Request::new("POST", path).body(crate::receiving::DOC.xml()),
            ("GET", "/received" | "/api/v1/received-invoices") => get(path.to_owned()),
            ("POST", "/received") => form(path.to_owned(), &[]),
            ("POST", "/api/v1/received-invoices") => Request::new("POST", path).body(crate::enclosing::with_files(&crate::receiving::DOC.xml())),
            ("GET", p) if p.starts_with("/received/{id}") || p.starts_with("/api/v1/received-invoices/{id}") => {
                get(p.replace("{id}", received).replace("{number}", "1"))
            }
            ("POST", "/received/{id}") => form(format!("/received/{received}"), &[("decision", "ask"), ("reason", "PRI"), ("action", "CNP")]),
            ("POST", "/api/v1/received-invoices/{id}/decision") => Request::json("POST", path.replace("{id}", received), &ask()),
            ("GET", "/orders/import") => get(path.to_owned()),
            ("POST", "/orders/import") => form(path.to_owned(), &[]),
            ("POST", "/api/v1/orders.csv") => Request::new("POST", path).body("number;connection;article;quantity\nF1;lib;BOOK-1;1\n"),
            ("GET", "/orders/{id}") => get(format!("/orders/{order}")),
            ("GET", "/invoices/{id}") => get(format!("/invoices/{invoice}")),
            ("GET", "/invoice-runs" | "/api/v1/invoice-runs" | "/api/v1/invoices") => get(path.to_owned()),
            ("GET", "/logo") => get("/logo?supplier=acme".into()),
            ("GET", "/logo/{name}") => get(format!("/logo/{picture}?supplier=acme")),
            ("POST", "/logo") => form("/logo?supplier=acme".into(), &[]),
            ("PUT", "/api/v1/logo") => Request::new("PUT", "/api/v1/logo?supplier=acme").body(crate::picturing::png(8, 8)),
            ("DELETE", "/api/v1/logo") => Request::new("DELETE", "/api/v1/logo?supplier=acme"),
            ("GET", p) if p.starts_with("/invoices/") || p.starts_with("/api/v1/invoices/") => get(path.replace("{id}", invoice)),
            ("GET", p) if p.contains("invoice-runs/{id}") => get(path.replace("{id}", "march")),
            ("POST", "/invoice-runs") => form(path.to_owned(), &[("id", "march"), ("date", "2026-03-01")]),
            ("POST", p) if p.starts_with("/api/v1/invoice-runs") => {
                Request::json("POST", path, &json!({"id": "march", "reference_date": "2026-03-01"}))
            }
            ("GET", "/desk/{tenant}/{id}/pro-forma.pdf") => get(format!("/desk/library/{order}/pro-forma.pdf")),
            ("GET", "/api/v1/customers/{customer}/invoices") => get("/api/v1/customers/library/invoices?supplier=acme".to_owned()),
            ("GET", p) if p.contains("/invoices/{id}/") || p.contains("{customer}") => {
                get(path.replace("{tenant}", "library").replace("{customer}", "library").replace("{id}", invoice))
            }
            ("POST", "/desk/{tenant}/invoices/{id}/credit") => form(format!("/desk/library/invoices/{invoice}/credit"), &[("kind", "price")]),
            ("POST", "/api/v1/customers/{customer}/invoices/{id}/credits") => {
                let body = json!({"kind": "price", "lines": [{"line": 9}]});
                Request::json("POST", format!("/api/v1/customers/library/invoices/{invoice}/credits"), &body)
            }
            ("GET", "/desk/{tenant}/{id}") => get(format!("/desk/library/{order}")),
            ("GET", "/desk/{tenant}/invoices/{id}") => get(format!("/desk/library/invoices/{invoice}")),
            ("POST", "/desk/{tenant}/{id}/confirm" | "/desk/{tenant}/{id}/ship" | "/desk/{tenant}/{id}/invoice") => {
                form(path.replace("{tenant}", "library").replace("{id}", order), &[])
            }
            (
                "POST",
                "/desk/{tenant}/{id}/answer" | "/desk/{tenant}/{id}/question" | "/desk/{tenant}/{id}/resend" | "/desk/{tenant}/{id}/give-up",
            ) => form(path.replace("{tenant}", "library").replace("{id}", order), &[("line", "1"), ("says", "confirmed"), ("words", "When?")]),
            ("POST", "/orders/{id}/offer" | "/orders/{id}/question" | "/orders/{id}/resend" | "/orders/{id}/give-up") => {
                form(path.replace("{id}", order), &[("line", "1"), ("decision", "refuse"), ("words", "When?")])
            }
            ("PUT", "/api/v1/desk/orders/{buyer}/{number}/files/{file}") => {
                Request::new("PUT", "/api/v1/desk/orders/library/45001/files/hours.pdf").body("%PDF-1.7")
            }
            ("DELETE", "/api/v1/desk/orders/{buyer}/{number}/files/{file}") => {
                Request::new("DELETE", "/api/v1/desk/orders/library/45001/files/hours.pdf")
            }
            ("POST", "/desk/{tenant}/{id}/files") => form(format!("/desk/library/{order}/files"), &[]),
            ("DELETE", "/api/v1/desk/orders/{buyer}/{number}/shipments/{shipment}") => {
                Request::new("DELETE", "/api/v1/desk/orders/library/45001/shipments/1")
            }
            ("POST", "/desk/{tenant}/{id}/withdraw") => form(format!("/desk/library/{order}/withdraw"), &[("shipment", "1")]),
            ("GET", p) if p.contains("/shipments/{") => {
                let target = p.replace("{tenant}", "library").replace("{id}", order).replace("{buyer}/{number}", "library/45001");
                get(target.replace("{number}", "1").replace("{shipment}", "1").replace("{file}", "slip.pdf"))
            }
            ("GET", "/api/v1/desk/orders/{buyer}/{number}") => get("/api/v1/desk/orders/library/45001".into()),
            ("POST", p) if p.starts_with("/api/v1/desk/orders/{buyer}/{number}/") => {
                Request::json("POST", p.replace("{buyer}/{number}", "library/45001"), &json!({"lines": []}))
            }
            ("POST", "/desk/{tenant}/{id}/cannot-deliver") => {
                form(format!("/desk/library/{order}/cannot-deliver"), &[("line", "1"), ("reason", "gone")])
            }
            ("GET", p) if p.contains("/connections/{name}") => get(p.replace("{name}", "lib").replace("{id}", evidence)),
            ("POST", "/connections/{name}/evidence/{id}/accept-origin") => {
                form(format!("/connections/lib/evidence/{evidence}/accept-origin"), &[("origin", "https://x.example")])
            }
            ("POST", "/new-connection") => form(path.to_owned(), &[("name", "lib")]),
            ("POST", "/connections/{name}/settings" | "/connections/{name}/text") => form(path.replace("{name}", "lib"), &[]),
            ("POST", "/connections/{name}/evidence/{id}/replay") => form(format!("/connections/lib/evidence/{evidence}/replay"), &[]),
            ("POST", "/connections/{name}/credentials") => form("/connections/lib/credentials".into(), &[("user", "inkoop")]),
            ("POST", "/connections/{name}/credentials/{id}/end") => form(format!("/connections/lib/credentials/{credential}/end"), &[]),
            ("POST", "/connections/{name}/virtual-erp") => {
                form("/connections/lib/virtual-erp".into(), &[("profile", "generic"), ("article", "BOOK-1"), ("quantity", "1")])
            }
            ("POST", "/api/v1/connections/{name}/evidence/{id}/replay") => {
                Request::new("POST", format!("/api/v1/connections/lib/evidence/{evidence}/replay"))
            }
            ("POST", "/api/v1/connections/{name}/virtual-erp") => {
                Request::json("POST", "/api/v1/connections/lib/virtual-erp", &json!({"profile": "generic", "lines": [{"article": "BOOK-1"}]}))
            }
            ("PUT", "/api/v1/catalogues/{id}/articles/{number}") => {
                let article = json!({"description": "A pencil", "unit": "PCE", "price": "1.00", "currency": "EUR"});
                Request::json("PUT", "/api/v1/catalogues/main/articles/PENCIL-1", &article)
            }
            ("PUT", "/api/v1/catalogues/{id}/articles/{number}/picture") => {
                Request::new("PUT", "/api/v1/catalogues/main/articles/BOOK-1/picture").body(crate::picturing::png(8, 8))
            }
            ("GET", "/orders/{id}/pictures/{name}") => get(format!("/orders/{}/pictures/{}.small", self.carded.0, self.carded.1)),
            ("GET", "/desk/{tenant}/{id}/pictures/{name}") => get(format!("/desk/library/{}/pictures/{}.small", self.carded.0, self.carded.1)),
            ("GET", "/catalogues" | "/channels" | "/api/v1/channels") => get(path.to_owned()),
            ("GET", "/channels/{supplier}") => get("/channels/acme".into()),
            ("GET", "/api/v1/channels/{supplier}") => get("/api/v1/channels/acme".into()),
            ("PUT", "/api/v1/channels/{supplier}") => Request::json("PUT", "/api/v1/channels/acme", &json!({"channels": []})),
            ("DELETE", "/api/v1/channels/{supplier}") => Request::new("DELETE", "/api/v1/channels/acme"),
            ("POST", "/channels/{supplier}") => form("/channels/acme".into(), &[]),
            ("POST", "/channels") => form(path.into(), &[("tenant", "library"), ("id", "kept")]),
            ("POST", "/api/v1/channels/{tenant}/{id}/again") => Request::new("POST", "/api/v1/channels/library/kept/again"),
            ("POST", "/api/v1/channels/{tenant}/{id}/give-up") => {
                Request::json("POST", "/api/v1/channels/library/kept/give-up", &json!({"why": "known"}))
            }
            ("GET", "/catalogues/{id}") => get("/catalogues/main".into()),
            ("GET", "/catalogues/{id}/pictures/{name}") => get(format!("/catalogues/main/pictures/{picture}")),
            ("POST", "/catalogues/{id}/articles/{number}/picture") => form("/catalogues/main/articles/BOOK-1/picture".into(), &[]),
            ("POST", "/shop/{connection}") => form("/shop/lib".into(), &[]),
            ("POST", "/api/v1/tokens/revoke") => Request::new("POST", path),
            ("POST", "/api/v1/orders") => Request::json("POST", "/api/v1/orders", &order_body()),
            ("GET", "/api/v1/requests" | "/approvals" | "/budgets/change" | "/budgets/import" | "/api/v1/budgets.csv" | "/budgets/export.csv") => {
                get(path.to_owned())
            }
            ("GET", "/api/v1/requests/{number}" | "/approvals/{number}") => get(path.replace("{number}", "ASKED")),
            ("POST", "/approvals/{number}") => form("/approvals/ASKED".into(), &[("decision", "approve")]),
            ("POST", "/budgets/change") => form(path.to_owned(), &[("do", "allocate")]),
            ("POST", "/budgets/import") => form(path.to_owned(), &[]),
            ("POST", p) if p.starts_with("/api/v1/budgets/") || p == "/api/v1/periods" || p == "/api/v1/requests" => {
                Request::json("POST", path, &json!({}))
            }
            ("POST", "/api/v1/periods/{id}/close") => {
                Request::json("POST", "/api/v1/periods/2026/close", &json!({"into": "2027", "commitments": "with_money"}))
            }
            ("POST", "/api/v1/requests/{number}/decision") => {
                Request::json("POST", "/api/v1/requests/ASKED/decision", &json!({"decision": "approve"}))
            }
            ("POST", "/api/v1/orders/{number}/changes") => {
                Request::json("POST", "/api/v1/orders/45001/changes", &json!({"line": 1, "quantity": "1"}))
            }
            ("POST", "/api/v1/orders/{number}/offers/{line}") => {
                Request::json("POST", "/api/v1/orders/45001/offers/1", &json!({"decision": "refuse"}))
            }
            ("GET", "/desk/changes" | "/desk/orders.csv" | "/api/v1/desk/orders" | "/api/v1/desk/orders.csv") => get(path.to_owned()),
            ("POST", "/desk/confirm") => form(path.to_owned(), &[]),
            ("POST", "/api/v1/desk/confirmations") => Request::json("POST", path, &json!({"orders": []})),
            ("POST", p) if p.starts_with("/api/v1/orders/{number}/") => {
                Request::json("POST", p.replace("{number}", "45001").replace("{line}", "1"), &json!({}))
            }
            _ => return None,
        };
        Some(request)
    }

    /// The same for routes of a catalogue session, at an address below `/c/`.
    fn in_session(base: &str, picture: &str, method: &str, path: &str) -> Option<Request> {
        let below = path.strip_prefix("/c/{connection}/{key}/")?;
        let target = format!("{base}{}", below.replace("{number}", "BOOK-1").replace("{line}", "1").replace("{name}", picture));
        match (method, below) {
            ("GET", "" | "article/{number}" | "picture/{name}" | "compare" | "basket" | "transfer") => Some(Request::get(target)),
            (
                "POST",
                "basket/add"
                | "basket/line/{line}"
                | "basket/line/{line}/remove"
                | "basket/line/{line}/logo"
                | "basket/coding"
                | "transfer"
                | "order"
                | "remote"
                | "cancel",
            ) => Some(Request::form(target, &[])),
            _ => None,
        }
    }

    fn in_public(method: &str, path: &str) -> Option<Request> {
        let person = sign_in_of("viewer");
        match (method, path) {
            ("GET", "/health/live" | "/health/ready" | "/metrics" | "/sign-in" | "/check" | "/" | "/api/openapi.json") => Some(Request::get(path)),
            ("GET", "/assets/{name}") => Some(Request::get("/assets/hookline.css")),
            ("GET", "/pictures/{name}") => Some(Request::get("/pictures/box-1.svg")),
            ("POST", "/sign-in") => {
                Some(Request::form(path, &[("sign_in".into(), person), ("password".into(), PASSWORD.into()), ("next".into(), "/".into())]))
            }
            ("POST", "/sign-out") => Some(Request::form(path, &[])),
            ("POST", "/check") => Some(crate::checking::form(&[("text", &crate::receiving::DOC.xml())])),
            ("POST", "/api/v1/tokens") => Some(Request::json("POST", path, &json!({"sign_in": person, "password": PASSWORD}))),
            _ => None,
        }
    }
}

fn methods(route: &'static str) -> impl Iterator<Item = &'static str> {
    route.split(' ')
}

/// Someone with a cookie on pages and with a token on the API.
struct Visitor {
    page: Client,
    api: Client,
}

async fn visitor(gateway: &Gateway, sign_in: &str) -> Visitor {
    let page = sign_in_on_page(gateway.address, sign_in, PASSWORD).await.expect("signed in on the page");
    let api = Api::signed_in(gateway.address, sign_in, PASSWORD).await.expect("signed in for the API").client;
    Visitor { page, api }
}

async fn operator(gateway: &Gateway) -> Visitor {
    let page = gateway.operator_pages().await.expect("signed in on the page");
    Visitor { page, api: gateway.operator().await.expect("signed in for the API").client }
}

impl Visitor {
    fn nobody(gateway: &Gateway) -> Visitor {
        Visitor { page: gateway.client(), api: gateway.client() }
    }

    async fn send(&mut self, path: &str, request: Request) -> Answer {
        let client = if path.starts_with("/api/") { &mut self.api } else { &mut self.page };
        let origin = format!("http://{}", client.address);
        client.send(request.header("Origin", &origin)).await.expect("an answer")
    }
}

fn leads_to_sign_in(answer: &Answer) -> bool {
    answer.is_redirect() && answer.header("location").is_some_and(|to| to.starts_with("/sign-in"))
}

async fn only_the_listed_roles_get_in(engine: Engine) {
    let world = world(engine).await;
    let gateway = &world.gateway;
    let mut wrong = Vec::new();
    let mut callers = vec![("nobody", Visitor::nobody(gateway)), ("operator", operator(gateway).await)];
    for role in BUYER_ROLES.iter().chain(&SUPPLIER_ROLES) {
        callers.push((role, visitor(gateway, &sign_in_of(role)).await));
    }
    // Giving a token back ends it, so that comes last.
    let mut table = routes();
    table.sort_by_key(|route| route.path.ends_with("/revoke"));
    for route in table {
        let Access::Roles(roles) = route.access else { continue };
        for method in methods(route.methods) {
            for (role, caller) in &mut callers {
                let Some(request) = world.request(method, route.path) else {
                    wrong.push(format!("nobody said how to call {method} {}", route.path));
                    break;
                };
                let answer = caller.send(route.path, request).await;
                let is_api = route.path.starts_with("/api/");
                // What was ended by one role is gone for the next.
                let gone = answer.status == 404 && route.path.ends_with("/end");
                let right = match *role {
                    "nobody" if is_api => answer.status == 401,
                    "nobody" => leads_to_sign_in(&answer),
                    role if roles.contains(&role) => gone || !matches!(answer.status, 401 | 403 | 404 | 500..) && !leads_to_sign_in(&answer),
                    _ => answer.status == 403,
                };
                if !right {
                    wrong.push(format!("{method} {} by {role}: {}", route.path, answer.status));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    for (role, caller) in callers.iter_mut().filter(|(role, _)| *role != "nobody") {
        let answer = caller.send("/api/", Request::get("/api/v1/budgets")).await;
        assert_eq!(answer.status, 401, "{role} gave the token back");
    }
    world.gateway.stop().await;
}

/// Routes that show or change one thing of an organisation: other organisations get what they would get if it did not exist.
async fn other_organisations_find_nothing(engine: Engine) {
    let world = world(engine).await;
    let mut wrong = Vec::new();
    let mut strangers = Vec::new();
    for role in BUYER_ROLES.iter().chain(&SUPPLIER_ROLES) {
        strangers.push((*role, visitor(&world.gateway, &stranger_of(role)).await));
    }
    for route in routes() {
        let Access::Roles(roles) = route.access else { continue };
        // A report is a question about the own organisation: it is asked below.
        for method in methods(route.methods).filter(|_| route.path.contains('{') && route.path != "/budgets/{report}") {
            for (role, stranger) in strangers.iter_mut().filter(|(role, _)| roles.contains(role)) {
                let Some(request) = world.request(method, route.path) else { continue };
                let answer = stranger.send(route.path, request).await;
                if answer.status != 404 {
                    wrong.push(format!("{method} {} by {role} of another organisation: {}", route.path, answer.status));
                }
            }
        }
    }
    let reports = ["/budgets/analysis", "/budgets/over", "/budgets/released", "/budgets/variances"];
    let lists = [("viewer", "/orders"), ("supplier_desk", "/desk"), ("buyer_administrator", "/connections"), ("viewer", "/budgets")];
    for (role, list) in lists.into_iter().chain(reports.map(|report| ("viewer", report))) {
        let stranger = strangers.iter_mut().find(|(known, _)| *known == role).expect("one of each role");
        let answer = stranger.1.send(list, Request::get(list)).await;
        assert_eq!(answer.status, 200, "{list}");
        let text = answer.text();
        for ours in ["45001", ">lib<", "FICTION", "library"] {
            if text.contains(ours) {
                wrong.push(format!("{list} shows {ours} to another organisation"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    world.gateway.stop().await;
}

async fn public_and_session_routes_keep_their_word(engine: Engine) {
    let world = world(engine).await;
    let gateway = &world.gateway;
    let mut wrong = Vec::new();
    let base = world.shop.base.clone();
    let made_up = format!("/c/lib/{}/", "A".repeat(43));
    let elsewhere = base.replacen("/c/lib/", "/c/nowhere/", 1);
    let by_number = "/c/lib/1/".to_owned();
    let mut administrator = visitor(gateway, &sign_in_of("buyer_administrator")).await;
    for route in routes() {
        for method in methods(route.methods) {
            let unknown = format!("nobody said how to call {method} {}", route.path);
            match route.access {
                Access::Roles(_) => {}
                // The demo's own pages: not there without the demo.
                Access::Public if route.path.starts_with("/erp/") => {
                    let target = route.path.replace("{id}", "1").replace("{action}", "approve");
                    let answer = gateway.client().send(Request::new(method, target)).await.expect("an answer");
                    if answer.status != 404 {
                        wrong.push(format!("{method} {}: {} without the demo", route.path, answer.status));
                    }
                }
                Access::Public => match World::in_public(method, route.path) {
                    None => wrong.push(unknown),
                    Some(request) => {
                        let status = gateway.client().send(request).await.expect("an answer").status;
                        if status >= 400 {
                            wrong.push(format!("{method} {} is public and answers {status}", route.path));
                        }
                    }
                },
                Access::CallUp if route.path == "/cxml/{connection}" => {
                    let code = async |at: &str, secret: &str| crate::cxml::post(gateway, at, &crate::cxml::setup(secret)).await;
                    let right = code("college", crate::cxml::SECRET).await;
                    let refused =
                        [code("college", "wrong").await, code("lib", crate::cxml::SECRET).await, code("nowhere", crate::cxml::SECRET).await];
                    if right.code != "200" || refused.iter().any(|answer| answer.status != 200 || answer.code != "401") {
                        wrong.push(format!("{method} {}: {right:?} and {refused:?}", route.path));
                    }
                }
                Access::StartPage => {
                    let opened = crate::cxml::post(gateway, "college", &crate::cxml::setup(crate::cxml::SECRET)).await;
                    let page = opened.start_page.expect("a start page");
                    let mut statuses = Vec::new();
                    for target in [page.clone(), page.clone(), "/cxml/college/start/made-up".into(), page.replace("college", "lib")] {
                        statuses.push(gateway.client().get(&target).await.expect("an answer").status);
                    }
                    if statuses != [303, 410, 410, 410] {
                        wrong.push(format!("{method} {}: {statuses:?}", route.path));
                    }
                }
                Access::CallUp => {
                    let right = gateway.client().get(&format!("/oci/lib?{CALL_UP}")).await.expect("an answer").status;
                    let bad = CALL_UP.replace("Geheim", "Gehe1m");
                    let refused =
                        [gateway.client().get(&format!("/oci/lib?{bad}")).await, gateway.client().get(&format!("/oci/nowhere?{CALL_UP}")).await];
                    let refused: Vec<u16> = refused.into_iter().map(|a| a.expect("an answer").status).collect();
                    if route.path != "/oci/{connection}" || right != 303 || refused.iter().any(|status| !matches!(status, 401 | 404)) {
                        wrong.push(format!("{method} {}: {right} and {refused:?}", route.path));
                    }
                }
                // There is none here; what one finds behind the address is in the tests of sending.
                Access::AccessPoint => {
                    let answer = gateway.client().send(Request::new("POST", route.path).body("<Invoice/>")).await.expect("an answer").status;
                    if answer != 404 {
                        wrong.push(format!("{method} {}: {answer} without an access point", route.path));
                    }
                }
                // Whose proof is right stands in the tests of channels.
                Access::Link => {
                    let path = format!("/answer/library/any/99999999999/{}", "0".repeat(40));
                    let request = if method == "GET" { Request::get(&path) } else { Request::form(path, &[("answer".into(), "confirm".into())]) };
                    let answer = gateway.client().send(request).await.expect("an answer").status;
                    if answer != 404 {
                        wrong.push(format!("{method} {}: {answer} with a made-up proof", route.path));
                    }
                }
                // Who opened a shop and gets its cart stands in the tests of shops.
                Access::CartReturn => {
                    for path in ["/remote/college/made-up", "/remote/nowhere/made-up"] {
                        let request = Request::form(path, &[("cXML-urlencoded".into(), "<cXML/>".into())]);
                        let answer = gateway.client().send(request).await.expect("an answer").status;
                        if answer != 404 {
                            wrong.push(format!("{method} {path}: {answer} without an opening"));
                        }
                    }
                }
                Access::Session => {
                    if World::in_session(&base, &world.picture, method, route.path).is_none() {
                        wrong.push(unknown);
                        continue;
                    }
                    let at = |base: &str| World::in_session(base, &world.picture, method, route.path).expect("known by now");
                    let own = Client::without_cookies(gateway.address).send(at(&base)).await.expect("an answer").status;
                    // A change without the form's own token is refused; a page is shown.
                    let fits = if method == "GET" { matches!(own, 200 | 303) } else { own == 403 };
                    if !fits {
                        wrong.push(format!("{method} {} with the key: {own}", route.path));
                    }
                    for base in [&made_up, &elsewhere, &by_number] {
                        for status in [
                            gateway.client().send(at(base)).await.expect("an answer").status,
                            administrator.page.send(at(base)).await.expect("an answer").status,
                        ] {
                            if !matches!(status, 404 | 410) {
                                wrong.push(format!("{method} {} without a session: {status}", route.path));
                            }
                        }
                    }
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    world.gateway.stop().await;
}

/// A person who is lured to another site changes nothing with the cookie alone.
async fn another_site_changes_nothing(engine: Engine) {
    let world = world(engine).await;
    let mut callers = [operator(&world.gateway).await.page, visitor(&world.gateway, &sign_in_of("supplier_desk")).await.page];
    let mut wrong = Vec::new();
    for route in routes() {
        let Access::Roles(_) = route.access else { continue };
        for method in methods(route.methods).filter(|method| *method != "GET") {
            for caller in &mut callers {
                for (name, value) in [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site")] {
                    let Some(request) = world.request(method, route.path) else { continue };
                    let status = caller.send(request.header(name, value)).await.expect("an answer").status;
                    if status != 403 {
                        wrong.push(format!("{method} {} with {name}: {value}: {status}", route.path));
                    }
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    world.gateway.stop().await;
}
