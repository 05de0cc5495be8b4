//! How fast the books are: orders of three lines on two budgets four levels deep, through the bookkeeper and over HTTP, each beside one
//! transaction for each order, written plainly against the same schema, in the same run. Every answer is durable: SQLite with
//! `synchronous = FULL`, and PostgreSQL with fsync where `HOOKLINE_TEST_POSTGRES` names a server.
//!
//! `cargo bench --bench books` (bounded: some seconds a step); `-- verify` only the steps whose name holds the word.
//! `HOOKLINE_BENCH_ENTRIES=5000000` makes the journal so long for the steps on a long journal (default 20 000), as far as
//! `HOOKLINE_BENCH_SECONDS` (default 120) suffice; what is printed says how far that was.

mod support;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use hookline::clock::Clock;
use hookline::config::Config;
use hookline::domain::books::command::{Allocate, ClosePeriod, Command, Commitments, NewLine, Override, Place, Rest, Split, Turn};
use hookline::domain::books::entry::Entry;
use hookline::domain::books::position::{Mode, SplitKind, Terms};
use hookline::domain::books::{Books, Budget, BudgetPeriod, Period, Status};
use hookline::domain::name::Language;
use hookline::domain::time::Timestamp;
use hookline::flow::bookkeeper::Bookkeepers;
use hookline::flow::bookkeeping::{self, Booking, Done};
use hookline::flow::signing::Caller;
use hookline::flow::{applying, proving, signing, verifying};
use hookline::store::booked::{self, Holding};
use hookline::store::organisation::{self, Organisation};
use hookline::store::standing::StandingRow;
use hookline::store::{self, Store, journal};
use hookline::wire::ledger;
use rust_decimal::Decimal;
use tokio::net::{TcpListener, TcpStream};

use support::{CONNECTIONS, exchange, is_wanted, load, post_request, ticks};

const CALLERS: usize = 64;
const STEP: Duration = Duration::from_secs(4);
/// So much that nobody is refused.
const PLENTY: i64 = 900_000_000_000_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run());
}

async fn run() {
    println!("{} cores, {CALLERS} callers", std::thread::available_parallelism().map_or(1, |n| n.get()));
    let folder = tempfile::tempdir().expect("a folder");
    println!("one flush of 4 KiB: median {:?}", flush(folder.path()));
    engine(folder.path(), None).await;
    if let Ok(url) = std::env::var("HOOKLINE_TEST_POSTGRES") {
        engine(folder.path(), Some(&url)).await;
    }
}

async fn engine(folder: &Path, url: Option<&str>) {
    let folder = folder.join(if url.is_some() { "postgres" } else { "sqlite" });
    let store = Store::apart(&folder, url, "hookline_bench").await.expect("a store");
    store.migrate().await.expect("a schema");
    println!("\n{}", store.engine_name());
    callers(&store).await;
    alone(&store).await;
    large(&store).await;
    long(&store).await;
    period(&store).await;
    store.remove_apart("hookline_bench").await.expect("the schema goes");
    if is_wanted("http") {
        http(&folder, url).await;
    }
}

/// The median cost of making 4 KiB durable in this folder.
fn flush(folder: &Path) -> Duration {
    let mut file = std::fs::File::create(folder.join("flush")).expect("a file");
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let begun = Instant::now();
            file.write_all(&[7; 4096]).expect("bytes");
            file.sync_data().expect("a flush");
            begun.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

fn line(number: &str, budget: &str) -> NewLine {
    NewLine {
        number: number.into(),
        quantity: Decimal::from(2),
        terms: Terms {
            unit_price: Decimal::new(1895, 2),
            price_unit: Decimal::ONE,
            discount_percent: Decimal::from(20),
            tax_percent: Decimal::from(6),
        },
        mode: Mode::Quantity,
        split: Split { kind: SplitKind::Percentages, rows: vec![(budget.into(), Decimal::ONE_HUNDRED)] },
        charges: Vec::new(),
    }
}

/// Three lines on two budgets; `hot` is the number of the budget of the first two.
fn order(number: &str, hot: usize) -> Command {
    let hot = format!("HOT-{hot}");
    let lines = vec![line("1", &hot), line("2", &hot), line("3", "PROCESSING")];
    Command::Place(Place { order: number.into(), period: "2026".into(), lines, charges: Vec::new(), as_request: false, passing: Override::No })
}

/// A buyer with four levels of funded budgets: ORG, DIVISION, DEPARTMENT, and below it so many hot ones and PROCESSING.
async fn buyer(store: &Store, keepers: &Bookkeepers, tenant: &str, hot: usize) {
    let mut tx = store.begin().await.expect("a transaction");
    let organisation = Organisation {
        id: tenant.into(),
        kind: "buyer".into(),
        name: tenant.into(),
        language: Language::default(),
        currency: "EUR".into(),
        settings: "{}".into(),
    };
    organisation::upsert(&mut tx, &organisation).await.expect("a buyer");
    tx.commit().await.expect("a commit");
    let mut budgets: Vec<(String, Option<&str>)> = vec![
        ("ORG".into(), None),
        ("DIVISION".into(), Some("ORG")),
        ("DEPARTMENT".into(), Some("DIVISION")),
        ("PROCESSING".into(), Some("DEPARTMENT")),
    ];
    budgets.extend((0..hot).map(|n| (format!("HOT-{n}"), Some("DEPARTMENT"))));
    let period = |id: &str, status| Command::SetPeriod { period: Period { id: id.into(), status, ..Period::default() } };
    let mut commands = vec![period("2026", Status::Open), period("2027", Status::Open)];
    for (code, parent) in &budgets {
        let budget = Budget { code: code.as_str().into(), parent: parent.map(Into::into), postable: true, ..Budget::default() };
        commands.push(Command::SetBudget { budget });
    }
    for (code, _) in &budgets {
        for period in ["2026", "2027"] {
            commands.push(Command::Allocate(Allocate { at: BudgetPeriod::new(code, period), amount: PLENTY, passing: Override::No }));
        }
    }
    for command in commands {
        let done = keepers.book(tenant, Booking::of("bench", command, None)).await.expect("an answer");
        assert!(matches!(&done, Done::Decided { outcome, .. } if outcome.is_ok()), "{done:?}");
    }
}

struct Measured {
    per_second: u64,
    p99: Duration,
    median: Duration,
}

/// Callers who each send their next when the last was answered.
async fn measure<F: Future<Output = ()> + Send + 'static>(name: &str, callers: usize, one: impl Fn(usize) -> F + Clone + Send + 'static) -> Measured {
    let next = Arc::new(AtomicUsize::new(0));
    let (begun, before) = (Instant::now(), ticks());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..callers {
        let (one, next) = (one.clone(), next.clone());
        tasks.spawn(async move {
            let mut times = Vec::new();
            while begun.elapsed() < STEP {
                let started = Instant::now();
                one(next.fetch_add(1, Ordering::Relaxed)).await;
                times.push(started.elapsed());
            }
            times
        });
    }
    let mut times: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
    let elapsed = begun.elapsed();
    times.sort();
    let at = |part: usize| times.get(times.len() * part / 1000).copied().unwrap_or_default();
    let cpu = Duration::from_millis(10 * (ticks() - before)) / u32::try_from(times.len().max(1)).unwrap_or(u32::MAX);
    let per_second = (times.len() as u128 * 1_000_000 / elapsed.as_micros().max(1)) as u64;
    println!("{name:<52} {per_second:>7}/s  cpu {cpu:>9?}  median {:>9?}  p95 {:>9?}  p99 {:>9?}", at(500), at(950), at(990));
    Measured { per_second, p99: at(990), median: at(500) }
}

fn ratio(what: &str, one: u64, other: u64) {
    let tenths = one * 100 / other.max(1);
    println!("  {what}: {}.{:02}", tenths / 100, tenths % 100);
}

async fn through(keepers: &Arc<Bookkeepers>, tenant: &'static str, budgets: usize, callers: usize, name: &str) -> Measured {
    let keepers = keepers.clone();
    let one = move |n: usize| {
        let keepers = keepers.clone();
        async move {
            let key = format!("{tenant}-{n}");
            let booking = Booking::of("bench", order(&format!("{tenant}-{n}"), n % budgets), Some(key));
            let done = keepers.book(tenant, booking).await.expect("an answer");
            assert!(matches!(&done, Done::Decided { outcome, .. } if outcome.is_ok()), "{done:?}");
        }
    };
    measure(name, callers, one).await
}

async fn callers(store: &Store) {
    if !is_wanted("callers") {
        return;
    }
    let keepers = Arc::new(Bookkeepers::start(store.clone(), Clock::system()).expect("bookkeepers"));
    buyer(store, &keepers, "hot", 1).await;
    buyer(store, &keepers, "many", 1000).await;
    buyer(store, &keepers, "plain", 1).await;
    let hot = through(&keepers, "hot", 1, CALLERS, "callers: bookkeeper, one hot budget").await;
    let many = through(&keepers, "many", 1000, CALLERS, "callers: bookkeeper, 1000 budgets").await;
    let plain = Arc::new(Plain::of(store, "plain").await);
    let one = {
        let plain = plain.clone();
        move |n: usize| {
            let plain = plain.clone();
            async move { plain.place(&format!("plain-{n}")).await }
        }
    };
    let plainly = measure("callers: a transaction for each order", CALLERS, one).await;
    ratio("bookkeeper to plain (aim 4)", hot.per_second, plainly.per_second);
    ratio("hot budget to 1000 budgets (aim 0.9)", hot.per_second, many.per_second);
    let proven = verifying::verify(store, Some("hot")).await.expect("a report");
    assert!(proven[0].wrong.is_empty(), "{:?}", proven[0].wrong);
}

/// One transaction for each order, written plainly: lock, look, decide, write, commit.
struct Plain {
    store: Store,
    tenant: &'static str,
    /// What the decision needs besides the sums, and the order's entry but for its number.
    books: Books,
}

const NODES: [&str; 5] = ["DEPARTMENT", "DIVISION", "HOT-0", "ORG", "PROCESSING"];

impl Plain {
    async fn of(store: &Store, tenant: &'static str) -> Plain {
        let books = bookkeeping::frame(&mut store.view().await.expect("a view"), tenant, &mut ledger::Reader::default()).await.expect("books");
        Plain { store: store.clone(), tenant, books }
    }

    async fn place(&self, number: &str) {
        let entry = self.books.decide(&order(number, 0)).expect("there is plenty");
        let mut tx = self.store.begin().await.expect("a transaction");
        // The sums, locked in one order, before anything is decided on them.
        let head = journal::lock_head(&mut tx, self.tenant).await.expect("the head");
        let known = store::command::by_ids(&mut tx, self.tenant, &[number]).await.expect("answers");
        assert!(known.is_empty());
        assert!(booked::orders(&mut tx, self.tenant, &[number]).await.expect("orders").is_empty());
        for node in NODES {
            let row = tx
                .sql(
                    "UPDATE standing SET committed = committed WHERE tenant = $1 AND budget = $2 AND period = '2026'
                     RETURNING allocated, requested, committed, delivered, expended",
                )
                .bind(self.tenant)
                .bind(node)
                .first()
                .await
                .expect("a standing")
                .expect("a row");
            let used: i64 = ["requested", "committed", "delivered", "expended"].iter().map(|name| row.int(name).expect("a sum")).sum();
            assert!(used + amount(&entry, node) <= row.int("allocated").expect("a sum"));
        }
        for node in NODES {
            let own = if node.starts_with("HOT") || node == "PROCESSING" { amount(&entry, node) } else { 0 };
            tx.sql(
                "UPDATE standing SET committed = committed + CAST($3 AS BIGINT), own_committed = own_committed + CAST($4 AS BIGINT),
                   available = available - CAST($4 AS BIGINT)
                 WHERE tenant = $1 AND budget = $2 AND period = '2026'",
            )
            .bind(self.tenant)
            .bind(node)
            .bind(amount(&entry, node))
            .bind(own)
            .run()
            .await
            .expect("an update");
        }
        let mut of_order = Books::default();
        of_order.apply(&entry);
        let order = of_order.orders.values().next().expect("the order");
        let holdings: Vec<Holding> = order.holdings().into_iter().map(|(at, places)| Holding { at, order: number.to_string(), places }).collect();
        let mut record = journal::Entry {
            sequence: head.sequence + 1,
            at: Timestamp(1),
            actor: "bench".into(),
            kind: "place".into(),
            subject: format!("order/{number}"),
            cause: String::new(),
            body: "null".into(),
            posting: ledger::write_entry(&entry),
            hash: String::new(),
        };
        record.hash = proving::sha256(&record.hashed_text(&head.hash));
        let head = journal::Head { sequence: record.sequence, hash: record.hash.clone() };
        tx.write(vec![journal::insert(self.tenant, &[record])]).await.expect("an entry");
        tx.write(vec![booked::put_orders(self.tenant, vec![(number.to_string(), ledger::write_order(order))])]).await.expect("an order");
        tx.write(vec![booked::put_holdings(self.tenant, &holdings)]).await.expect("holdings");
        let answer = store::command::Answered { id: number.to_string(), fingerprint: String::new(), status: 200, answer: "{}".into() };
        tx.write(vec![store::command::insert(self.tenant, &[answer], Timestamp(1))]).await.expect("an answer");
        tx.write(vec![journal::set_head(self.tenant, &head)]).await.expect("the head");
        tx.commit().await.expect("a commit");
    }
}

/// What an entry commits on a budget, or on everything below it.
fn amount(entry: &Entry, node: &str) -> i64 {
    let counts = |budget: &str| !NODES.contains(&node) || budget == node || !(node.starts_with("HOT") || node == "PROCESSING");
    entry.legs.iter().filter(|leg| leg.account.as_str() == "CM" && counts(&leg.budget)).map(|leg| leg.amount).sum()
}

async fn alone(store: &Store) {
    if !is_wanted("alone") {
        return;
    }
    let keepers = Arc::new(Bookkeepers::start(store.clone(), Clock::system()).expect("bookkeepers"));
    buyer(store, &keepers, "alone", 1).await;
    let one = through(&keepers, "alone", 1, 1, "alone: one caller").await;
    println!("  median {:?} (aim: 2 ms above one flush), p99 {:?}", one.median, one.p99);
}

async fn large(store: &Store) {
    if !is_wanted("large") {
        return;
    }
    let keepers = Bookkeepers::start(store.clone(), Clock::system()).expect("bookkeepers");
    buyer(store, &keepers, "large", 1).await;
    let mut times = Vec::new();
    for n in 0..20 {
        let lines = (0..500).map(|line_number| line(&line_number.to_string(), "HOT-0")).collect();
        let place = Place {
            order: format!("L{n}").as_str().into(),
            period: "2026".into(),
            lines,
            charges: Vec::new(),
            as_request: false,
            passing: Override::No,
        };
        let begun = Instant::now();
        let done = keepers.book("large", Booking::of("bench", Command::Place(place), None)).await.expect("an answer");
        times.push(begun.elapsed());
        assert!(matches!(&done, Done::Decided { outcome, .. } if outcome.is_ok()));
    }
    times.sort();
    println!("large: an order of 500 lines{:>36?} median, {:?} worst (aim 50 ms)", times[10], times[19]);
}

/// Orders of these numbers, by so many callers at once; how long it took.
async fn orders(keepers: &Arc<Bookkeepers>, numbers: std::ops::Range<usize>, callers: usize) -> Duration {
    let begun = Instant::now();
    let next = Arc::new(AtomicUsize::new(numbers.start));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..callers {
        let (keepers, next, end) = (keepers.clone(), next.clone(), numbers.end);
        tasks.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= end {
                    break;
                }
                keepers.book("long", Booking::of("bench", order(&format!("N{number:09}"), 0), None)).await.expect("an answer");
            }
        });
    }
    tasks.join_all().await;
    begun.elapsed()
}

/// A number that the environment gives, or another.
fn given(name: &str, or: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(or)
}

/// A long journal: the cost of an order behind it, of a status, and of the proof.
async fn long(store: &Store) {
    if !is_wanted("long") {
        return;
    }
    let (entries, seconds) = (given("HOOKLINE_BENCH_ENTRIES", 20_000), given("HOOKLINE_BENCH_SECONDS", 120));
    let keepers = Arc::new(Bookkeepers::start(store.clone(), Clock::system()).expect("bookkeepers"));
    buyer(store, &keepers, "long", 1).await;
    let begun = Instant::now();
    let first = orders(&keepers, 0..10_000, CALLERS).await;
    let mut made = 10_000;
    while made + 10_000 < entries && begun.elapsed().as_secs() < seconds as u64 {
        orders(&keepers, made..made + 10_000, 4 * CALLERS).await;
        made += 10_000;
    }
    let last = orders(&keepers, made..made + 10_000, CALLERS).await;
    println!("long: 10 000 orders at the start {first:?}, behind {made} entries {last:?}");
    ratio("cost behind the long journal (aim 1.2)", last.as_micros() as u64, first.as_micros() as u64);
    let mut times = Vec::new();
    for _ in 0..200 {
        let begun = Instant::now();
        let mut tx = store.view().await.expect("a view");
        let rows: Vec<StandingRow> = store::standing::all(&mut tx, "long").await.expect("standings");
        assert!(rows.iter().any(|row| &*row.at.budget == "HOT-0" && row.standing.own.committed > 0));
        times.push(begun.elapsed());
    }
    times.sort();
    println!("long: status with all ceilings above{:>28?} median (aim 1 ms)", times[100]);
    let begun = Instant::now();
    let reports = verifying::verify(store, Some("long")).await.expect("a report");
    assert!(reports[0].wrong.is_empty(), "{:?}", reports[0].wrong);
    let legs = reports[0].legs as u128 * 1_000_000 / begun.elapsed().as_micros().max(1);
    println!("long: verify of {} legs: {legs} legs/s (aim 1 000 000)", reports[0].legs);
}

async fn period(store: &Store) {
    if !is_wanted("period") {
        return;
    }
    let keepers = Bookkeepers::start(store.clone(), Clock::system()).expect("bookkeepers");
    buyer(store, &keepers, "period", 10).await;
    for n in 0..1000 {
        let lines = (0..100).map(|line_number| line(&line_number.to_string(), &format!("HOT-{}", n % 10))).collect();
        let place = Place {
            order: format!("P{n}").as_str().into(),
            period: "2026".into(),
            lines,
            charges: Vec::new(),
            as_request: false,
            passing: Override::No,
        };
        keepers.book("period", Booking::of("bench", Command::Place(place), None)).await.expect("an answer");
    }
    let closing = Command::ClosePeriod(ClosePeriod {
        from: "2026".into(),
        to: "2027".into(),
        turn: Turn { commitments: Commitments::WithMoney, rest: Rest::Carry { percent: Decimal::from(50), cap: None }, forgiven: false },
        exceptions: Default::default(),
    });
    let mut reports = Vec::new();
    for preview in [true, false] {
        let begun = Instant::now();
        let booking = Booking { preview, ..Booking::of("bench", closing.clone(), None) };
        let Done::Decided { outcome, .. } = keepers.book("period", booking).await.expect("an answer") else { panic!("a repeat") };
        println!("period: change with 100 000 open lines, preview {preview}{:>14?} (aim 60 s)", begun.elapsed());
        reports.push(outcome.expect("a report").report);
    }
    assert!(reports[0] == reports[1] && reports[0].is_some());
}

/// The number of an order that no measured one has.
const WARM: usize = 999_999_999;

async fn first(address: SocketAddr, request: &[u8], expected: u16) {
    let mut stream = TcpStream::connect(address).await.expect("the service listens");
    let answered = exchange(&mut stream, request, &mut Vec::new()).await;
    assert_eq!(answered.map(|(status, _)| status), Some(expected));
}

/// Orders as JSON over HTTP, beside a service that gives each request a transaction from a pool of 16.
async fn http(folder: &Path, url: Option<&str>) {
    let folder = folder.join("http");
    let database = match url {
        None => None,
        Some(url) => {
            let outside = Store::open(&folder, Some(url)).await.expect("the server");
            outside.administer("DROP DATABASE IF EXISTS hookline_bench_http").await.expect("gone");
            outside.administer("CREATE DATABASE hookline_bench_http").await.expect("made");
            outside.close().await;
            Some(format!("{}/hookline_bench_http", url.rsplit_once('/').expect("a database").0))
        }
    };
    let config = Config { data: folder, database, listen: "127.0.0.1:0".into(), ..Config::default() };
    let server = hookline::start(config, Clock::system()).await.expect("the service starts");
    let app = server.app.clone();
    applying::apply(&app, &hookline::demo_data::setup("http://localhost"), "").await.expect("the data");
    buyer(&app.store, &app.bookkeepers, "plain", 1).await;
    let mut tx = app.store.read().await.expect("a reader");
    let people = hookline::store::person::all(&mut tx).await.expect("people");
    drop(tx);
    let person = people.into_iter().find(|p| p.tenant == "ziekenhuis" && p.roles.iter().any(|r| r == "orderer")).expect("somebody");
    let caller = Caller { person, scopes: None, login: None, token: None };
    let token = signing::issue(&app, &caller.person, &[]).await.expect("a token");
    let raise = BudgetPeriod::new("verpleging", &app.clock.now().date()[..4]);
    let raise = Command::Allocate(Allocate { at: raise, amount: PLENTY, passing: Override::No });
    app.bookkeepers.book("ziekenhuis", Booking::of("bench", raise, None)).await.expect("money");
    let authorization = format!("Authorization: Bearer {token}\r\n");
    let body = |n: usize| {
        let line = |article: &str| format!("{{\"article\":\"{article}\",\"quantity\":\"1\",\"coding\":{{\"budget_code\":\"verpleging\"}}}}");
        format!(
            "{{\"number\":\"B{n:09}\",\"connection\":\"ziekenhuis-sap\",\"lines\":[{},{},{}]}}",
            line("BED-1001"),
            line("BED-1002"),
            line("BED-1003")
        )
    };
    let request = move |n: usize| post_request("/api/v1/orders", "application/json", &authorization, &body(n));
    // One of each before: the first order of all waits until the catalogue is read.
    first(server.address, &request(WARM), 201).await;
    let ours = load(server.address, 201, usize::MAX, request).await;
    println!(
        "http: orders, {CONNECTIONS} connections{:>30}/s  cpu {:?}  median {:?}  p99 {:?}  wrong {}",
        ours.per_second, ours.cpu, ours.median, ours.p99, ours.wrong
    );
    let plain = Arc::new(Plain::of(&app.store, "plain").await);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    let place = |State(plain): State<Arc<Plain>>, Json(body): Json<serde_json::Value>| async move {
        plain.place(body["number"].as_str().expect("a number")).await;
        Json(body)
    };
    tokio::spawn(hookline::web::serve::run(listener, Router::new().route("/", post(place)).with_state(plain), stopped));
    let request = move |n: usize| post_request("/", "application/json", "", &body(n));
    first(address, &request(WARM), 200).await;
    let plainly = load(address, 200, usize::MAX, request).await;
    println!(
        "http: a transaction for each request{:>26}/s  cpu {:?}  median {:?}  p99 {:?}  wrong {}",
        plainly.per_second, plainly.cpu, plainly.median, plainly.p99, plainly.wrong
    );
    ratio("orders to a transaction for each request (aim 4)", ours.per_second, plainly.per_second);
    ratio("p99 (aim 0.17)", ours.p99.as_micros() as u64, plainly.p99.as_micros() as u64);
    server.stop().await;
}
