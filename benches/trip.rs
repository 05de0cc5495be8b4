//! How fast the steps of the trip are, each beside a bare handler of the same framework in the same run, over loopback with 64 kept-alive
//! connections: requests per second, processor time a request (caller and service together, which other work on the machine does not change
//! much), median and percentiles, and the ratio to the bare handler. Durable: SQLite with
//! `synchronous = FULL`, or PostgreSQL where `HOOKLINE_TEST_POSTGRES` names an empty database.
//!
//! `cargo bench --bench trip` (bounded: some 3 s a step); `-- page` only the steps whose name holds the word

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use hookline::clock::Clock;
use hookline::config::Config;
use hookline::flow::signing::Caller;
use hookline::flow::{administering, applying, signing};

const CONNECTIONS: usize = 64;
const SECONDS: u64 = 3;
/// Prepared sessions for what can be done once per session.
const PREPARED: usize = 1500;

/// Sends one request on a kept-alive connection and reads the whole answer; gives status, `Location` and body.
async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> Option<(u16, usize)> {
    stream.write_all(request).await.ok()?;
    buffer.clear();
    loop {
        let read = stream.read_buf(buffer).await.ok()?;
        if read == 0 {
            return None;
        }
        if let Some(head) = find(buffer, b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
            let length: usize = text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.trim().parse().ok()).unwrap_or(0);
            while buffer.len() < head + 4 + length {
                if stream.read_buf(buffer).await.ok()? == 0 {
                    return None;
                }
            }
            return Some((text.get(9..12)?.parse().ok()?, head + 4));
        }
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

struct Figures {
    per_second: u64,
    cpu: Duration,
    median: Duration,
    p95: Duration,
    p99: Duration,
    wrong: usize,
}

/// Whether a step was asked for: all are, unless a word on the command line names some.
fn is_wanted(name: &str) -> bool {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with("--")).peekable();
    words.peek().is_none() || words.any(|word| name.contains(&word))
}

/// Processor time of this process so far, in hundredths of a second, as Linux counts it.
fn ticks() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}

/// Runs a step on all connections until the time is over or the requests are used up. `request` makes the n-th request.
async fn load(address: SocketAddr, expected: u16, max: usize, request: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static) -> Figures {
    let request = Arc::new(request);
    let next = Arc::new(AtomicUsize::new(0));
    let (started, before) = (Instant::now(), ticks());
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let (request, next) = (request.clone(), next.clone());
        tasks.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.expect("the service listens");
            stream.set_nodelay(true).expect("a socket option");
            let (mut times, mut wrong, mut buffer) = (Vec::new(), 0, Vec::with_capacity(1 << 16));
            while started.elapsed() < Duration::from_secs(SECONDS) {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= max {
                    break;
                }
                let bytes = request(number);
                let begun = Instant::now();
                match exchange(&mut stream, &bytes, &mut buffer).await {
                    Some((status, _)) if status == expected => times.push(begun.elapsed()),
                    other => {
                        if wrong == 0 {
                            eprintln!("expected {expected}, got {:?}: {}", other, String::from_utf8_lossy(&buffer[..buffer.len().min(2000)]));
                        }
                        wrong += 1;
                        stream = TcpStream::connect(address).await.expect("the service listens");
                    }
                }
            }
            (times, wrong)
        }));
    }
    let (mut times, mut wrong) = (Vec::new(), 0);
    for task in tasks {
        let (own, failed) = task.await.expect("a caller");
        times.extend(own);
        wrong += failed;
    }
    let elapsed = started.elapsed();
    times.sort();
    let at = |part: usize| times.get(times.len() * part / 1000).copied().unwrap_or_default();
    let cpu = Duration::from_millis(10 * (ticks() - before)) / u32::try_from(times.len().max(1)).unwrap_or(u32::MAX);
    let per_second = (times.len() as u128 * 1_000_000 / elapsed.as_micros().max(1)) as u64;
    Figures { per_second, cpu, median: at(500), p95: at(950), p99: at(990), wrong }
}

fn show(name: &str, figures: &Figures, bare: u64) {
    let percent = figures.per_second * 1000 / bare.max(1);
    println!(
        "{name:<42} {:>8}/s  cpu {:>9?}  median {:>9?}  p95 {:>9?}  p99 {:>9?}  {:>3}.{} % of bare{}",
        figures.per_second,
        figures.cpu,
        figures.median,
        figures.p95,
        figures.p99,
        percent / 10,
        percent % 10,
        if figures.wrong > 0 { format!("  WRONG ANSWERS: {}", figures.wrong) } else { String::new() }
    );
}

/// One step of the trip, unless others were asked for.
async fn measure(name: &str, bare: u64, address: SocketAddr, expected: u16, max: usize, request: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static) {
    if is_wanted(name) {
        show(name, &load(address, expected, max, request).await, bare);
    }
}

fn get_request(target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: bench\r\n\r\n").into_bytes()
}

fn post_request(target: &str, kind: &str, extra: &str, body: &str) -> Vec<u8> {
    format!("POST {target} HTTP/1.1\r\nHost: bench\r\nContent-Type: {kind}\r\n{extra}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
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

    let mut fresh = Vec::new();
    let prepared = if is_wanted("return form, frozen for the first time") { PREPARED } else { 0 };
    for _ in 0..prepared {
        let (shop, csrf) = session(&mut stream, &call_up, &mut buffer).await;
        let add = post_request(&format!("{shop}basket/add"), form, "", &format!("csrf={csrf}&article=BED-1001&quantity=2"));
        exchange(&mut stream, &add, &mut buffer).await.expect("an answer");
        fresh.push((shop, csrf));
    }
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
