//! How fast an invoice run is: everything that was shipped to many customers, found, forecast, judged by all official rules, booked and stored,
//! beside the plain way, one order invoiced after the other. Durable: SQLite with `synchronous = FULL`, and PostgreSQL where
//! `HOOKLINE_TEST_POSTGRES` names a server.
//!
//! `cargo bench --bench runs`; `HOOKLINE_BENCH_CUSTOMERS=5000` for the whole of what is promised (default 100), each with 20 deliveries;
//! `HOOKLINE_BENCH_COLLECTIVE=yes` with one invoice for all of a customer's orders, otherwise one for each.

mod support;

use std::time::{Duration, Instant};

use hookline::Server;
use hookline::clock::Clock;
use hookline::config::Config;
use hookline::domain::name::Language;
use hookline::flow::fulfilling::Target;
use hookline::flow::fulfilling::shipping::{self, Leaving};
use hookline::flow::invoicing::{self, running};
use hookline::flow::ordering::Wish;
use hookline::flow::signing::Caller;
use hookline::flow::{applying, ordering};
use hookline::store::person::Person;
use serde_json::json;

use support::is_wanted;

const DELIVERIES: usize = 20;
/// Orders that are placed and shipped at once, before the clock runs.
const AT_ONCE: usize = 64;
/// Customers of the plain way.
const PLAIN: usize = 20;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let customers = std::env::var("HOOKLINE_BENCH_CUSTOMERS").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
        let each = if is_collective() { "one invoice for all" } else { "one invoice for each" };
        println!(
            "{} cores, {customers} customers with {DELIVERIES} deliveries each, {each}",
            std::thread::available_parallelism().map_or(1, |n| n.get())
        );
        if is_wanted("sqlite") {
            engine("SQLite", None, customers).await;
        }
        if let Ok(url) = std::env::var("HOOKLINE_TEST_POSTGRES")
            && is_wanted("postgres")
        {
            engine("PostgreSQL", Some(url), customers).await;
        }
    });
}

fn caller(tenant: &str, role: &str) -> Caller {
    let person = Person {
        tenant: tenant.into(),
        id: role.into(),
        sign_in: format!("{role}@{tenant}"),
        password: None,
        name: role.into(),
        mail: String::new(),
        language: Language::En,
        roles: vec![role.into()],
        branch: None,
        active: true,
    };
    Caller { person, scopes: None, login: None, token: None }
}

fn customer(at: usize) -> String {
    format!("c{at:05}")
}

/// Whether a customer gets one invoice for all its orders.
fn is_collective() -> bool {
    std::env::var("HOOKLINE_BENCH_COLLECTIVE").is_ok_and(|word| word == "yes")
}

fn world(customers: usize) -> String {
    let terms = if is_collective() { "channels = []\ngrouping = []\nseveral_orders = true" } else { "channels = []" };
    let mut toml = String::from(
        "[[supplier]]\nid = \"shop\"\nname = \"Shop\"\nstreet = \"Straat 1\"\ncity = \"Utrecht\"\npostcode = \"3511 AA\"\ncountry = \"NL\"\n\
         vat_number = \"NL001234567B01\"\nendpoint_scheme = \"9944\"\nendpoint = \"NL001234567B01\"\niban = \"NL91ABNA0417164300\"\n\
         [[catalogue]]\nid = \"main\"\nsupplier = \"shop\"\nname = \"Main\"\n\
         [[article]]\ncatalogue = \"main\"\nnumber = \"A-1\"\ndescription = \"Gloves\"\nunit = \"PCE\"\nprice = \"12.50\"\ncurrency = \"EUR\"\nvat = \"21\"\n",
    );
    for at in 0..customers {
        let id = customer(at);
        toml += &format!(
            "[[buyer]]\nid = \"{id}\"\nname = \"Customer {at}\"\nstreet = \"Plein 2\"\ncity = \"Goes\"\npostcode = \"4461 AA\"\ncountry = \"NL\"\n\
             endpoint_scheme = \"9944\"\nendpoint = \"NL001234567B01\"\n[buyer.invoicing]\n{terms}\n\
             [[connection]]\nname = \"{id}\"\nbuyer = \"{id}\"\ncatalogue = \"main\"\nreturn_origins = [\"https://erp.example\"]\n"
        );
    }
    toml
}

/// Orders of some customers, placed and shipped; their ids by customer.
async fn shipped(server: &Server, from: usize, to: usize, series: &str) -> Vec<(String, Vec<String>)> {
    let app = &server.app;
    let desk = caller("shop", "supplier_desk");
    let mut all = Vec::new();
    for at in from..to {
        let id = customer(at);
        let buyer = caller(&id, "orderer");
        let one = async |number: usize| {
            let lines: Vec<_> = (1..=3).map(|line| json!({"line": line, "article": "A-1", "quantity": "2"})).collect();
            let body = json!({"number": format!("{series}{number:05}"), "connection": id, "ordered_by": "Ward", "lines": lines}).to_string();
            let placed = ordering::place(app, &buyer, body.as_bytes(), None, Wish::Order).await.expect("an order").json();
            let order = placed["id"].as_str().expect("an id").to_string();
            shipping::ship(app, &desk, &Target::page(&id, &order, None), &Leaving::default()).await.expect("shipped");
            order
        };
        all.push((id.clone(), futures_util::future::join_all((0..DELIVERIES).map(one)).await));
    }
    all
}

async fn engine(name: &str, url: Option<String>, customers: usize) {
    println!("\n{name}");
    let folder = tempfile::tempdir().expect("a folder");
    let config = Config { data: folder.path().into(), database: url, listen: "127.0.0.1:0".into(), ..Config::default() };
    let server = hookline::start(config, Clock::system()).await.expect("a gateway");
    applying::apply(&server.app, &world(customers + PLAIN), "bench.toml").await.expect("applied");
    let begun = Instant::now();
    let chunk = AT_ONCE / DELIVERIES + 1;
    let mut at = 0;
    while at < customers {
        let parts = (at..(at + chunk).min(customers)).map(|one| shipped(&server, one, one + 1, "R"));
        futures_util::future::join_all(parts).await;
        at += chunk;
    }
    let plain = shipped(&server, customers, customers + PLAIN, "P").await;
    println!("placed and shipped       {} orders in {:.1?}", (customers + PLAIN) * DELIVERIES, begun.elapsed());
    let each = one_by_one(&server, &plain).await;
    let begun = Instant::now();
    let date = server.app.clock.now().date();
    let found = running::preview(&server.app, "shop", &date, &[]).await.expect("a preview");
    let invoices: usize = found.iter().map(|forecast| forecast.invoices.len()).sum();
    println!("preview                  {invoices} invoices in {:.1?}", begun.elapsed());
    let begun = Instant::now();
    running::start(&server.app, "bench", "shop", "bench", &date, &[]).await.expect("a run");
    let made = loop {
        let (run, parts) = running::show(&server.app, "shop", "bench").await.expect("the run");
        if run.state == "done" {
            break parts.iter().map(|part| part.invoices).sum::<i64>();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let took = begun.elapsed();
    println!("run                      {made} invoices in {took:.1?}, {:.2?} each", took / u32::try_from(made.max(1)).expect("few"));
    println!("one after the other      {each:.2?} each");
    server.stop().await;
}

/// The plain way: each order by itself, as the desk's button does it.
async fn one_by_one(server: &Server, orders: &[(String, Vec<String>)]) -> Duration {
    let desk = caller("shop", "supplier_desk");
    let begun = Instant::now();
    let mut count = 0;
    for (tenant, orders) in orders {
        for order in orders {
            invoicing::issue(&server.app, &desk, tenant, order).await.expect("an invoice");
            count += 1;
        }
    }
    begun.elapsed() / count
}
