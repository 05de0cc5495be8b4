//! How fast the steps of the trip are, each beside a bare handler of the same framework in the same run, over loopback with 64 kept-alive
//! connections: requests per second, processor time a request (caller and service together, which other work on the machine does not change
//! much), median and percentiles, and the ratio to the bare handler. Durable: SQLite with
//! `synchronous = FULL`, or PostgreSQL where `HOOKLINE_TEST_POSTGRES` names an empty database.
//!
//! `cargo bench --bench trip` (bounded: some 3 s a step); `-- page` only the steps whose name holds the word

use std::net::SocketAddr;
use std::time::Instant;

mod support;

use axum::Router;
use axum::routing::get;
use tokio::net::{TcpListener, TcpStream};

use hookline::clock::Clock;
use hookline::config::Config;
use hookline::flow::signing::Caller;
use hookline::flow::{administering, applying, signing};

use support::{CONNECTIONS, exchange, get_request, is_wanted, load, post_request, show};

/// Prepared sessions for what can be done once per session: enough for a second or so.
const PREPARED: usize = 8000;

/// One step of the trip, unless others were asked for.
async fn measure(name: &str, bare: u64, address: SocketAddr, expected: u16, max: usize, request: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static) {
    if is_wanted(name) {
        show(name, &load(address, expected, max, request).await, bare);
    }
}

/// Opens a session and gives its address and form token.
async fn session(stream: &mut TcpStream, call_up: &str, buffer: &mut Vec<u8>) -> (String, String) {
    let (status, _) = exchange(stream, &get_request(call_up), buffer).await.expect("an answer");
    assert_eq!(status, 303, "{}", String::from_utf8_lossy(buffer));
    let head = String::from_utf8_lossy(buffer).into_owned();
    let location = head.lines().find_map(|line| line.strip_prefix("location: ")).expect("a location").trim().to_string();
    let (_, body) = exchange(stream, &get_request(&format!("{location}basket")), buffer).await.expect("an answer");
    let page = String::from_utf8_lossy(&buffer[body..]).into_owned();
    let token = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a token").to_string();
    (location, token)
}

/// Sessions with a line in their baskets: address and form token of each.
async fn filled_sessions(address: SocketAddr, call_up: String, count: usize) -> Vec<(String, String)> {
    let mut stream = TcpStream::connect(address).await.expect("the service listens");
    let (mut sessions, mut buffer) = (Vec::with_capacity(count), Vec::new());
    for _ in 0..count {
        let (shop, csrf) = session(&mut stream, &call_up, &mut buffer).await;
        let body = format!("csrf={csrf}&article=BED-1001&quantity=2");
        let add = post_request(&format!("{shop}basket/add"), "application/x-www-form-urlencoded", "", &body);
        exchange(&mut stream, &add, &mut buffer).await.expect("an answer");
        sessions.push((shop, csrf));
    }
    sessions
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run());
}

async fn run() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = Config {
        data: folder.path().to_owned(),
        database: std::env::var("HOOKLINE_TEST_POSTGRES").ok(),
        listen: "127.0.0.1:0".into(),
        ..Config::default()
    };
    let begun = Instant::now();
    let server = hookline::start(config, Clock::system()).await.expect("the service starts");
    let app = server.app.clone();
    println!(
        "engine {}, {} cores, {CONNECTIONS} connections, start {:?}",
        app.store.engine_name(),
        std::thread::available_parallelism().map_or(1, |n| n.get()),
        begun.elapsed()
    );
    applying::apply(&app, &hookline::demo_data::setup("http://localhost"), "").await.expect("the data");
    let people = {
        let mut tx = app.store.read().await.expect("a reader");
        hookline::store::person::all(&mut tx).await.expect("people")
    };
    let of = |role: &str, tenant: &str| {
        let person =
            people.iter().find(|p| p.roles.iter().any(|r| r == role) && (tenant.is_empty() || p.tenant == tenant)).expect("somebody").clone();
        Caller { person, scopes: None, login: None, token: None }
    };
    let secret = administering::new_secret(&app, &of("operator", ""), "ziekenhuis-sap", "bench").await.expect("a secret");
    let token = signing::issue(&app, &of("orderer", "ziekenhuis").person, &[]).await.expect("a token");
    let call_up = format!(
        "/oci/ziekenhuis-sap?USERNAME=bench&PASSWORD={secret}&HOOK_URL=http%3A%2F%2Flocalhost%2Fr%3Fa%3D1&~OkCode=ADDI&~TARGET=_top&~CALLER=CTLG&OCI_VERSION=4.0"
    );
    let address = server.address;

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let bare_address = listener.local_addr().expect("an address");
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    tokio::spawn(hookline::web::serve::run(listener, Router::new().route("/", get(|| async { "ok" })), stopped));
    let bare = load(bare_address, 200, usize::MAX, |_| get_request("/")).await;
    show("bare handler", &bare, bare.per_second);
    let bare = bare.per_second;

    let target = call_up.clone();
    measure("call-up, generated secret, stored session", bare, address, 303, usize::MAX, move |_| get_request(&target)).await;

    let mut stream = TcpStream::connect(address).await.expect("the service listens");
    let mut buffer = Vec::new();
    let (shop, csrf) = session(&mut stream, &call_up, &mut buffer).await;
    let target = shop.clone();
    measure("page of 50 articles", bare, address, 200, usize::MAX, move |_| get_request(&target)).await;
    let target = format!("{shop}?q=handschoenen");
    measure("search", bare, address, 200, usize::MAX, move |_| get_request(&target)).await;
    let validate = format!("{call_up}&FUNCTION=VALIDATE&PRODUCTID=BED-1001&QUANTITY=2");
    measure("VALIDATE", bare, address, 200, usize::MAX, move |_| get_request(&validate)).await;

    let mut ready = Vec::with_capacity(PREPARED);
    for _ in 0..64 {
        ready.push(session(&mut stream, &call_up, &mut buffer).await);
    }
    let baskets = ready.clone();
    let form = "application/x-www-form-urlencoded";
    let add = move |n: usize| {
        let (shop, csrf) = &baskets[n % baskets.len()];
        post_request(&format!("{shop}basket/add"), form, "", &format!("csrf={csrf}&article=BED-100{}&quantity=1", 1 + n % 9))
    };
    measure("add to basket", bare, address, 303, usize::MAX, add).await;

    let again = format!("csrf={csrf}");
    let first = post_request(&format!("{shop}basket/add"), form, "", &format!("csrf={csrf}&article=BED-1001&quantity=1"));
    exchange(&mut stream, &first, &mut buffer).await.expect("an answer");
    let target = format!("{shop}transfer");
    let begun = post_request(&target, form, "", &again);
    assert_eq!(exchange(&mut stream, &begun, &mut buffer).await.map(|(status, _)| status), Some(200));
    let shown = target.clone();
    measure("return form, shown again", bare, address, 200, usize::MAX, move |_| get_request(&shown)).await;

    let prepared = if is_wanted("return form, frozen for the first time") { PREPARED } else { 0 };
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        tasks.spawn(filled_sessions(address, call_up.clone(), prepared / CONNECTIONS));
    }
    // Handed back in the order in which they were opened.
    let opened = tasks.join_all().await;
    let fresh: Vec<(String, String)> = (0..prepared / CONNECTIONS).flat_map(|n| opened.iter().map(move |own| own[n].clone())).collect();
    let many = fresh.len();
    let transfer = move |n: usize| post_request(&format!("{}transfer", fresh[n].0), form, "", &format!("csrf={}", fresh[n].1));
    measure("return form, frozen for the first time", bare, address, 200, many, transfer).await;

    let authorization = format!("Authorization: Bearer {token}\r\n");
    let order = move |n: usize| {
        let body = format!(
            "{{\"number\":\"B{n:09}\",\"connection\":\"ziekenhuis-sap\",\"lines\":[{{\"article\":\"BED-1001\",\"quantity\":\"1\"}},{{\"article\":\"BED-1002\",\"quantity\":\"2\"}}]}}"
        );
        post_request("/api/v1/orders", "application/json", &authorization, &body)
    };
    measure("order in, two lines", bare, address, 201, usize::MAX, order).await;
    server.stop().await;
}
