//! The whole trip under SIGKILL: callers walk from the call-up to the invoice over HTTP, the process is killed at moments nobody chose and
//! started again on the same data, and each caller repeats the step that got no answer. Nothing answered is lost, nothing is there
//! twice, nothing is half there (reliability, 3.1). The short form; HOOKLINE_CRASHES=30 is the long one, HOOKLINE_SEED repeats a run.
//! It must never look at the books while it walks: the audit reads the tables, the callers see only answers.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use hookline::flow::proving::sha256;
use hookline::store::{Row, Store};
use hookline::wire::html::hidden_inputs;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Template};
use crate::support::html::{Form, Page};
use crate::support::http::{Answer, Client, Request, resolve};
use crate::support::ledger::legs;
use crate::support::postgres::Database;
use crate::support::process::Process;
use crate::support::shop::{Shop, base_of};

const CALLERS: u64 = 6;
const CALL_UP: &str = "/oci/lib?USERNAME=inkoop&PASSWORD=Geheim-123-456&HOOK_URL=https%3A%2F%2Ferp.library.example%2Fr";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_anywhere_on_the_trip_on_sqlite() {
    killed_anywhere(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_anywhere_on_the_trip_on_postgres() {
    if Engine::Postgres.is_here() {
        killed_anywhere(Engine::Postgres).await;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    CallUp,
    AddBooks,
    AddPens,
    Change,
    Code,
    Transfer,
    Order,
    Confirm,
    CannotDeliver,
    Ship,
    Invoice,
    End,
}

const STEPS: [Step; 12] = [
    Step::CallUp,
    Step::AddBooks,
    Step::AddPens,
    Step::Change,
    Step::Code,
    Step::Transfer,
    Step::Order,
    Step::Confirm,
    Step::CannotDeliver,
    Step::Ship,
    Step::Invoice,
    Step::End,
];

/// What a caller means to do; drawn once for each trip.
#[derive(Clone, Debug)]
struct Plan {
    books: u64,
    /// None: one line only.
    pens: Option<u64>,
    changed: u64,
    confirms: bool,
    /// Lines the supplier cannot deliver: none, the second, or all of them.
    refused: Vec<u32>,
    /// The order goes out under an idempotency key.
    keyed: bool,
}

impl Plan {
    fn drawn(seed: &mut Seed) -> Plan {
        let pens = seed.below(3).gt(&0).then(|| 100 + seed.below(300));
        let refused = match (seed.below(4), pens) {
            (0, Some(_)) => vec![2],
            (1, Some(_)) => vec![1, 2],
            (1, None) => vec![1],
            _ => Vec::new(),
        };
        Plan { books: 1 + seed.below(5), pens, changed: 1 + seed.below(9), confirms: seed.below(2) == 0, refused, keyed: seed.below(2) == 0 }
    }

    fn lines(&self) -> usize {
        1 + usize::from(self.pens.is_some())
    }

    fn has(&self, step: Step) -> bool {
        let cancelled = self.refused.len() == self.lines();
        match step {
            Step::AddPens => self.pens.is_some(),
            Step::Confirm => self.confirms,
            Step::CannotDeliver => !self.refused.is_empty(),
            Step::Ship | Step::Invoice => !cancelled,
            _ => true,
        }
    }

    fn after(&self, step: Step) -> Step {
        STEPS.into_iter().find(|next| *next > step && self.has(*next)).unwrap_or(Step::End)
    }

    /// Article and quantity of the basket before a step.
    fn basket_before(&self, step: Step) -> Vec<(String, Decimal)> {
        let mut lines = Vec::new();
        if step > Step::AddBooks {
            lines.push(("BOOK-1".to_string(), Decimal::from(if step > Step::Change { self.changed } else { self.books })));
        }
        if let Some(pens) = self.pens.filter(|_| step > Step::AddPens) {
            lines.push(("PEN-100".to_string(), Decimal::from(pens)));
        }
        lines
    }

    /// Kinds of the journal's entries of the order before a step.
    fn entries_before(&self, step: Step) -> Vec<&'static str> {
        let kinds = [
            (Step::Order, "order placed"),
            (Step::Confirm, "order confirmed"),
            (Step::CannotDeliver, "lines cannot be delivered"),
            (Step::Ship, "order shipped"),
            (Step::Invoice, "invoice issued"),
        ];
        kinds.into_iter().filter(|(of, _)| step > *of && self.has(*of)).map(|(_, kind)| kind).collect()
    }
}

/// One trip as its caller knows it: everything before `step` was answered; of `step` itself nobody knows while it is `unsure`.
struct Trip {
    number: String,
    plan: Plan,
    step: Step,
    unsure: bool,
    shop: Shop,
    key: String,
    fields: Vec<(String, String)>,
    order: String,
    invoice: String,
}

impl Trip {
    fn new(number: String, plan: Plan) -> Trip {
        let shop = Shop { client: Client::new(SocketAddr::from(([127, 0, 0, 1], 0))), base: String::new(), seen: Vec::new() };
        Trip {
            number,
            plan,
            step: Step::CallUp,
            unsure: false,
            shop,
            key: String::new(),
            fields: Vec::new(),
            order: String::new(),
            invoice: String::new(),
        }
    }
}

/// A small generator of its own, so that a seed repeats what the callers do (not when the kill falls).
struct Seed(u64);

impl Seed {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

struct Caller {
    name: u64,
    seed: Seed,
    trip: Trip,
    done: Vec<Trip>,
    /// Call-ups that got no answer: their sessions may be there or not.
    lost_call_ups: usize,
}

/// The request had no answer; what the server did is not known.
struct NoAnswer;

type Walked<T> = Result<T, NoAnswer>;

impl Caller {
    fn new(name: u64, mut seed: Seed) -> Caller {
        let trip = Trip::new(format!("49{name:02}000000"), Plan::drawn(&mut seed));
        Caller { name, seed, trip, done: Vec::new(), lost_call_ups: 0 }
    }

    /// Walks trip after trip until the process is gone, or the trip in hand is done and `finish` says so.
    async fn walk(mut self, mut buyer: Api, mut desk: Api, finish: Arc<AtomicBool>, answered: Arc<AtomicU64>) -> Caller {
        self.trip.shop.client.address = buyer.client.address;
        if self.look_again(&mut buyer).await.is_err() {
            return self;
        }
        loop {
            if self.trip.step == Step::End {
                let number = format!("49{:02}{:06}", self.name, self.done.len() + 1);
                let fresh = Trip::new(number, Plan::drawn(&mut self.seed));
                self.done.push(std::mem::replace(&mut self.trip, fresh));
                self.trip.shop.client.address = buyer.client.address;
                if finish.load(Ordering::Relaxed) {
                    return self;
                }
            }
            if self.step(&mut buyer, &mut desk).await.is_err() {
                return self;
            }
            answered.fetch_add(1, Ordering::Relaxed);
            self.trip.unsure = false;
            self.trip.step = self.trip.plan.after(self.trip.step);
        }
    }

    /// After a restart, what was answered before is what a caller sees now.
    async fn look_again(&mut self, buyer: &mut Api) -> Walked<()> {
        let trip = &mut self.trip;
        if trip.step > Step::CallUp && trip.step <= Step::Transfer && !trip.unsure {
            let shown = get(&mut trip.shop, "basket").await?;
            assert_eq!(shown.status, 200, "the session of trip {} is gone", trip.number);
            let lines = crate::support::shop::basket_lines(&Page::read(&shown.text()));
            let quantities: Vec<Decimal> = lines.iter().filter_map(|line| line.quantity.parse().ok()).collect();
            let expected: Vec<Decimal> = trip.plan.basket_before(trip.step).into_iter().map(|(_, quantity)| quantity).collect();
            assert_eq!(quantities, expected, "the basket of trip {} at {:?}", trip.number, trip.step);
        }
        if trip.step > Step::Transfer {
            let again = get(&mut trip.shop, "transfer").await?;
            assert_eq!(again.status, 200, "the basket of trip {} is not returned any more", trip.number);
            assert_eq!(hidden_inputs(&again.text()), trip.fields, "another form than before for trip {}", trip.number);
        }
        for trip in self.done.iter_mut().rev().take(2).chain([&mut self.trip]).filter(|trip| trip.step > Step::Order) {
            let order = order_of(buyer, &trip.number).await?;
            assert_eq!(order["id"].as_str(), Some(trip.order.as_str()), "order {}", trip.number);
            assert_eq!(order["lines"].as_array().map(Vec::len), Some(trip.plan.lines()), "a half order {}", trip.number);
        }
        Ok(())
    }

    async fn step(&mut self, buyer: &mut Api, desk: &mut Api) -> Walked<()> {
        match self.trip.step {
            Step::CallUp => self.call_up().await,
            Step::AddBooks => self.add("BOOK-1", self.trip.plan.books).await,
            Step::AddPens => self.add("PEN-100", self.trip.plan.pens.unwrap_or_default()).await,
            Step::Change => self.change().await,
            Step::Code => self.code().await,
            Step::Transfer => self.transfer().await,
            Step::Order => self.order(buyer).await,
            Step::Confirm => self.press(buyer, desk, "confirm", "", "confirmed").await,
            Step::CannotDeliver => {
                let lines: Vec<String> = self.trip.plan.refused.iter().map(|line| format!("line={line}")).collect();
                let state = match (self.trip.plan.refused.len() == self.trip.plan.lines(), self.trip.plan.confirms) {
                    (true, _) => "cancelled",
                    (false, true) => "confirmed",
                    (false, false) => "placed",
                };
                self.press(buyer, desk, "cannot-deliver", &format!("{}&reason=gone", lines.join("&")), state).await
            }
            Step::Ship => self.press(buyer, desk, "ship", "", "shipped").await,
            Step::Invoice => {
                self.press(buyer, desk, "invoice", "", "invoiced").await?;
                let order = order_of(buyer, &self.trip.number).await?;
                self.trip.invoice = order["invoices"][0]["number"].as_str().unwrap_or_default().to_string();
                Ok(())
            }
            Step::End => Ok(()),
        }
    }

    async fn call_up(&mut self) -> Walked<()> {
        let trip = &mut self.trip;
        trip.shop.client = Client::new(trip.shop.client.address);
        self.lost_call_ups += 1;
        let first = trip.shop.client.get(CALL_UP).await.map_err(|_| NoAnswer)?;
        if first.status == 503 {
            return Err(NoAnswer);
        }
        assert_eq!(first.status, 303, "{}", first.text());
        self.lost_call_ups -= 1;
        let location = first.header("location").unwrap_or_default().to_string();
        trip.shop.base = base_of(&location).expect("the way to the shop");
        trip.key = trip.shop.reference().to_string();
        Ok(())
    }

    async fn add(&mut self, article: &str, quantity: u64) -> Walked<()> {
        let trip = &mut self.trip;
        if trip.unsure {
            // No id of the caller's: somebody who got no answer looks at the basket first.
            let lines = crate::support::shop::basket_lines(&Page::read(&get(&mut trip.shop, "basket").await?.text()));
            if lines.len() == trip.plan.basket_before(trip.plan.after(trip.step)).len() {
                return Ok(());
            }
        }
        let below = format!("article/{article}");
        let page = Page::read(&get(&mut trip.shop, &below).await?.text());
        let form = page.forms_to("basket/add").next().unwrap_or_else(|| panic!("no form for {article}: {}", page.text)).clone();
        let mut fields = form.fields();
        fields.retain(|(name, _)| name != "quantity" && name != "article");
        fields.extend([("article".to_string(), article.to_string()), ("quantity".to_string(), quantity.to_string())]);
        let answer = send(trip, &below, &form, &fields).await?;
        assert_eq!(answer.status, 303, "{article}: {}", answer.text());
        Ok(())
    }

    async fn change(&mut self) -> Walked<()> {
        let trip = &mut self.trip;
        let page = Page::read(&get(&mut trip.shop, "basket").await?.text());
        let form = page.forms_to("basket/line/1").next().expect("the line of the books").clone();
        let fields = form.filled(&[("quantity", &trip.plan.changed.to_string()), ("cost_centre", "4410")]).expect("fields of the form");
        let answer = send(trip, "basket", &form, &fields).await?;
        assert_eq!(answer.status, 303, "{}", answer.text());
        Ok(())
    }

    async fn code(&mut self) -> Walked<()> {
        let trip = &mut self.trip;
        let page = Page::read(&get(&mut trip.shop, "basket").await?.text());
        let form = page.forms_to("basket/coding").next().expect("coding for the whole basket").clone();
        let fields = form.filled(&[("cost_centre", "4410"), ("budget_code", "FICTION")]).expect("fields of the form");
        let answer = send(trip, "basket", &form, &fields).await?;
        assert_eq!(answer.status, 303, "{}", answer.text());
        Ok(())
    }

    async fn transfer(&mut self) -> Walked<()> {
        let trip = &mut self.trip;
        let mut answer = None;
        if trip.unsure {
            // A returned basket shows its form again; an open one leads back to itself.
            answer = Some(get(&mut trip.shop, "transfer").await?).filter(|answer| answer.status == 200);
        }
        let answer = match answer {
            Some(answer) => answer,
            None => {
                let page = Page::read(&get(&mut trip.shop, "basket").await?.text());
                let form = page.forms_to("transfer").next().unwrap_or_else(|| panic!("nothing to hand back: {}", page.text)).clone();
                let fields = form.fields();
                send(trip, "basket", &form, &fields).await?
            }
        };
        assert_eq!(answer.status, 200, "{}", answer.text());
        trip.fields = hidden_inputs(&answer.text());
        assert!(trip.fields.len() > 10, "{:?}", trip.fields);
        Ok(())
    }

    async fn order(&mut self, buyer: &mut Api) -> Walked<()> {
        let trip = &mut self.trip;
        let field = |name: &str| trip.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default();
        let quote = field("NEW_ITEM-EXT_QUOTE_ID[1]");
        let lines: Vec<Value> = (1..=trip.plan.lines())
            .map(|n| json!({"quote": quote, "quote_line": n, "article": field(&format!("NEW_ITEM-VENDORMAT[{n}]")), "quantity": field(&format!("NEW_ITEM-QUANTITY[{n}]"))}))
            .collect();
        let mut request = Request::json("POST", "/api/v1/orders", &json!({"number": trip.number, "lines": lines}));
        if trip.plan.keyed {
            request = request.header("Idempotency-Key", &format!("key-{}", trip.number));
        }
        let was_unsure = std::mem::replace(&mut trip.unsure, true);
        let answer = buyer.client.send(request).await.map_err(|_| NoAnswer)?;
        match answer.status {
            503 => return Err(NoAnswer),
            200 => assert!(was_unsure && !trip.plan.keyed, "order {} was there before it was placed", trip.number),
            status => assert_eq!(status, 201, "{}", answer.text()),
        }
        trip.order = answer.json().and_then(|order| order["id"].as_str().map(str::to_string)).unwrap_or_default();
        Ok(())
    }

    /// A button of the desk. Pressed again after no answer, it may say that nothing is left to do: then the order shows that it was done.
    async fn press(&mut self, buyer: &mut Api, desk: &mut Api, action: &str, body: &str, state: &str) -> Walked<()> {
        let trip = &mut self.trip;
        let target = format!("/desk/library/{}/{action}", trip.order);
        let request = Request::new("POST", &target).header("Content-Type", "application/x-www-form-urlencoded").body(body);
        let was_unsure = std::mem::replace(&mut trip.unsure, true);
        let answer = desk.client.send(request).await.map_err(|_| NoAnswer)?;
        match answer.status {
            503 => return Err(NoAnswer),
            409 => assert!(was_unsure, "order {}: {action} refused: {}", trip.number, Page::read(&answer.text()).text),
            status => assert_eq!(status, 303, "order {}: {action}: {}", trip.number, answer.text()),
        }
        let order = order_of(buyer, &trip.number).await?;
        assert_eq!(order["state"].as_str(), Some(state), "order {} after {action}", trip.number);
        Ok(())
    }
}

/// A page of the session. The first one leads from the key in the path to the session's number, once the cookie came back.
async fn get(shop: &mut Shop, below: &str) -> Walked<Answer> {
    for _ in 0..2 {
        let answer = shop.client.get(&format!("{}{below}", shop.base)).await.map_err(|_| NoAnswer)?;
        match answer.header("location").and_then(base_of).filter(|base| *base != shop.base) {
            Some(base) => shop.base = base,
            None if answer.status == 503 => return Err(NoAnswer),
            None => return Ok(answer),
        }
    }
    panic!("the session moves about")
}

/// Sends a form without following where it leads: the first answer is the one that counts.
async fn send(trip: &mut Trip, below: &str, form: &Form, fields: &[(String, String)]) -> Walked<Answer> {
    let target = resolve(&format!("{}{below}", trip.shop.base), form.action());
    let origin = format!("http://{}", trip.shop.client.address);
    trip.unsure = true;
    let answer = trip.shop.client.send(Request::form(&target, fields).header("Origin", &origin)).await.map_err(|_| NoAnswer)?;
    if answer.status == 503 { Err(NoAnswer) } else { Ok(answer) }
}

async fn order_of(buyer: &mut Api, number: &str) -> Walked<Value> {
    let answer = buyer.call("GET", &format!("/api/v1/orders/{number}"), None).await.map_err(|_| NoAnswer)?;
    if answer.status == 503 {
        return Err(NoAnswer);
    }
    assert_eq!(answer.status, 200, "an answered order is gone: {number}");
    Ok(answer.json().expect("JSON"))
}

async fn killed_anywhere(engine: Engine) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let crashes = number("HOOKLINE_CRASHES").unwrap_or(4);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| u64::from(since.subsec_nanos()));
    let seed = number("HOOKLINE_SEED").unwrap_or(now);
    eprintln!("HOOKLINE_SEED={seed}");
    let mut kills = Seed(seed);
    let world = WORLD.replace("amount = \"100.00\"", "amount = \"9000000.00\"");
    let template = Template::filled(engine, &world).await.expect("the world");
    let (data, database) = template.into_parts();
    let url = database.as_ref().map(Database::url);
    let mut callers: Vec<Caller> = (0..CALLERS).map(|name| Caller::new(name, Seed(seed ^ (name << 40)))).collect();
    for round in 0..=crashes {
        let process = Process::start(data.path(), url.as_deref());
        audit(&callers, data.path(), url.as_deref()).await;
        let buyer = Api::signed_in(process.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
        let desk = Api::signed_in(process.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
        let finish = Arc::new(AtomicBool::new(round == crashes));
        let answered = Arc::new(AtomicU64::new(0));
        let walk = |caller: Caller| tokio::spawn(caller.walk(buyer.clone(), desk.clone(), finish.clone(), answered.clone()));
        let tasks: Vec<_> = callers.drain(..).map(walk).collect();
        let mut process = Some(process);
        if round < crashes {
            // After some steps, many or few, and then a little later: in the middle of the next ones.
            let enough = 1 + kills.below(30);
            for _ in 0..4000 {
                if answered.load(Ordering::Relaxed) >= enough {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            tokio::time::sleep(Duration::from_millis(kills.below(60))).await;
            process.take().expect("it runs").kill();
        }
        for task in tasks {
            callers.push(task.await.expect("a caller"));
        }
        if let Some(process) = process {
            audit(&callers, data.path(), url.as_deref()).await;
            process.kill();
        }
    }
    let trips: usize = callers.iter().map(|caller| caller.done.len()).sum();
    eprintln!("{trips} trips, {crashes} kills");
    assert!(trips >= usize::try_from(CALLERS).expect("few"), "too few trips to prove anything");
    assert!(callers.iter().all(|caller| caller.trip.step == Step::CallUp && caller.done.iter().all(|trip| trip.step == Step::End)));
}

fn text(row: &Row, column: &str) -> String {
    row.text(column).expect("a text")
}

fn int(row: &Row, column: &str) -> i64 {
    row.int(column).expect("a number")
}

fn value(row: &Row, column: &str) -> Value {
    serde_json::from_str(&text(row, column)).expect("JSON")
}

fn net(line: &Value) -> i64 {
    line["net"].as_i64().expect("minor units")
}

/// How often each value stands there.
fn counted(values: impl IntoIterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts
}

/// A series without a gap, drawn as often as its counter says.
fn gapless(numbers: &[String], counter: i64) {
    let drawn: BTreeSet<i64> = numbers.iter().filter_map(|number| number.rsplit('-').next()?.parse().ok()).collect();
    assert_eq!(drawn, (1..=counter).collect(), "a number is missing, or there twice: {numbers:?}");
    assert_eq!(numbers.len(), drawn.len(), "a number twice");
}

/// The books, read from below by this test's own statements: what was answered is there, once and whole.
async fn audit(callers: &[Caller], data: &Path, url: Option<&str>) {
    let store = Store::open(data, url).await.expect("the store opens beside the program");
    let mut tx = store.view().await.expect("a view");
    let mut all = async |sql: &'static str| tx.sql(sql).all().await.expect("rows");
    let sessions = all("SELECT number, key_hash, state FROM session").await;
    let basket_lines = all("SELECT session, article, quantity FROM basket_line ORDER BY session, line").await;
    let transfers = all("SELECT session, quote, form, repeats FROM transfer").await;
    let evidence = all("SELECT tenant, id, kind, outcome, session FROM evidence").await;
    let counters = all("SELECT name, value FROM counter").await;
    let orders = all("SELECT id, number, state, net, lines FROM purchase_order").await;
    let invoices = all("SELECT number, purchase_order, net FROM invoice").await;
    let entries =
        all("SELECT sequence, at, actor, kind, subject, cause, body, posting, hash FROM entry WHERE tenant = 'library' ORDER BY sequence").await;
    let legs = legs(&entries);
    let holdings = all("SELECT purchase_order, committed, delivered, expended FROM holding WHERE budget = 'FICTION'").await;
    let ledger = all("SELECT head, hash FROM ledger WHERE tenant = 'library'").await;
    let budgets = all("SELECT committed, delivered, expended FROM standing WHERE budget = 'FICTION'").await;
    let outbox = all("SELECT lane, payload FROM outbox").await;
    let inbox = all("SELECT document, status FROM inbox").await;
    let commands = all("SELECT id FROM command").await;
    let mut sent = Vec::new();
    for row in evidence.iter().filter(|row| ["return", "repeat"].contains(&text(row, "kind").as_str())) {
        let record = hookline::store::evidence::by_id(&mut tx, &text(row, "tenant"), &text(row, "id")).await;
        let record = record.expect("a reader").expect("the record");
        sent.push((record.session.expect("a session"), record.sent));
    }
    drop(tx);
    store.close().await;
    let counter = |name: &str| counters.iter().find(|row| text(row, "name") == name).map_or(0, |row| int(row, "value"));

    // Call-ups: each session with its evidence, each once.
    let trips: Vec<&Trip> = callers.iter().flat_map(|caller| caller.done.iter().chain([&caller.trip])).collect();
    let opened: Vec<&Trip> = trips.iter().copied().filter(|trip| trip.step > Step::CallUp).collect();
    let lost: usize = callers.iter().map(|caller| caller.lost_call_ups).sum();
    assert!((opened.len()..=opened.len() + lost).contains(&sessions.len()), "{} sessions for {} call-ups", sessions.len(), opened.len());
    let of_kind = |kind: &str| {
        let rows = evidence.iter().filter(|row| text(row, "kind") == kind);
        counted(rows.map(|row| row.text_or_null("session").expect("a text").unwrap_or_default()))
    };
    let once = |numbers: Vec<String>| counted(numbers);
    assert_eq!(of_kind("call_up"), once(sessions.iter().map(|row| text(row, "number")).collect()), "evidence of call-ups and sessions differ");
    assert_eq!(of_kind("return"), once(transfers.iter().map(|row| text(row, "session")).collect()), "evidence of returns and returns differ");
    for row in &transfers {
        let repeats = of_kind("repeat").get(&text(row, "session")).copied().unwrap_or_default();
        assert_eq!(int(row, "repeats"), i64::try_from(repeats).expect("few"), "repeats and their evidence");
        let (session, form) = (text(row, "session"), text(row, "form"));
        let sent: Vec<&str> = sent.iter().filter(|(of, _)| *of == session).map(|(_, sent)| &**sent).collect();
        assert_eq!(sent, vec![form.as_str(); repeats + 1], "evidence holds another form than was sent");
    }
    gapless(&transfers.iter().map(|row| text(row, "quote")).collect::<Vec<_>>(), counter("quote"));

    // Sessions and baskets as answered.
    for trip in &opened {
        let session = sessions.iter().find(|row| text(row, "key_hash").ends_with(&sha256(&trip.key)));
        let session = session.unwrap_or_else(|| panic!("trip {}: the call-up was answered and its session is lost", trip.number));
        let number = text(session, "number");
        let lines: Vec<(String, Decimal)> = basket_lines
            .iter()
            .filter(|row| text(row, "session") == number)
            .map(|row| (text(row, "article"), row.decimal("quantity").expect("a quantity")))
            .collect();
        let before = trip.plan.basket_before(trip.step);
        let after = trip.plan.basket_before(trip.plan.after(trip.step));
        assert!(lines == before || trip.unsure && lines == after, "trip {} at {:?}: {lines:?}, not {before:?}", trip.number, trip.step);
        let transfer = transfers.iter().find(|row| text(row, "session") == number);
        assert_eq!(transfer.is_some(), text(session, "state") == "returned", "a half return of trip {}", trip.number);
        if trip.step > Step::Transfer {
            let form = value(transfer.unwrap_or_else(|| panic!("trip {}: the return was answered and is lost", trip.number)), "form");
            assert_eq!(hookline::store::json::read_pairs(&form["pairs"]), trip.fields, "trip {}", trip.number);
        } else if trip.step < Step::Transfer || !trip.unsure {
            assert!(transfer.is_none(), "trip {} was returned before it was asked for", trip.number);
        }
    }

    // Orders, their entries, what is owed for them, their invoices.
    let known: BTreeMap<String, &Row> = orders.iter().map(|row| (text(row, "number"), row)).collect();
    assert_eq!(known.len(), orders.len(), "an order twice");
    let (mut committed, mut delivered, mut expended) = (0, 0, 0);
    let mut owed = 0;
    for trip in &trips {
        let subject = format!("order/{}", trip.number);
        let kinds: Vec<String> = entries.iter().filter(|row| text(row, "subject") == subject).map(|row| text(row, "kind")).collect();
        let before = trip.plan.entries_before(trip.step);
        let after = trip.plan.entries_before(trip.plan.after(trip.step));
        assert!(kinds == before || trip.unsure && kinds == after, "trip {} at {:?}: {kinds:?}, not {before:?}", trip.number, trip.step);
        let Some(order) = known.get(&trip.number) else {
            assert!(kinds.is_empty(), "an entry without its order {}", trip.number);
            continue;
        };
        let id = text(order, "id");
        assert!(!kinds.is_empty(), "order {} without its entry", trip.number);
        assert!(trip.order.is_empty() || trip.order == id, "order {} has another id than was answered", trip.number);
        let lines: Vec<Value> = serde_json::from_str(&text(order, "lines")).expect("JSON");
        assert_eq!(lines.len(), trip.plan.lines(), "a half order {}", trip.number);
        // Of lines that are refused nothing is wanted any more.
        let wanted = lines.iter().filter(|line| line["refused"].as_str().is_none_or(|refused| refused.parse() == Ok(Decimal::ZERO)));
        assert_eq!(wanted.map(net).sum::<i64>(), int(order, "net"), "order {}", trip.number);
        assert!(lines.iter().all(|line| line["coding"]["budget_code"] == "FICTION"));
        let state = text(order, "state");
        let expected = match kinds.last().map(String::as_str) {
            Some("order shipped") => "shipped",
            Some("invoice issued") => "invoiced",
            Some("lines cannot be delivered") if trip.plan.refused.len() == lines.len() => "cancelled",
            Some(_) if kinds.iter().any(|kind| kind == "order confirmed") => "confirmed",
            _ => "placed",
        };
        assert_eq!(state, expected, "order {}: {kinds:?}", trip.number);
        let mut held = 0;
        let quantity = |line: &Value, column: &str| line[column].as_str().expect("a text").parse::<Decimal>().expect("a quantity");
        for line in &lines {
            let (ordered, shipped, refused) = (quantity(line, "quantity"), quantity(line, "shipped"), quantity(line, "refused"));
            let is_refused = kinds.iter().any(|kind| kind.starts_with("lines")) && trip.plan.refused.iter().any(|refused| line["line"] == *refused);
            let is_shipped = matches!(state.as_str(), "shipped" | "invoiced") && !is_refused;
            let zero_or = |full: bool| if full { ordered } else { Decimal::ZERO };
            assert_eq!((shipped, refused), (zero_or(is_shipped), zero_or(is_refused)), "order {}", trip.number);
            assert_eq!(quantity(line, "invoiced"), zero_or(is_shipped && state == "invoiced"), "order {}", trip.number);
            held += if is_refused || state == "invoiced" { 0 } else { net(line) };
        }
        let kept: i64 =
            holdings.iter().filter(|row| text(row, "purchase_order") == trip.number).map(|row| int(row, "committed") + int(row, "delivered")).sum();
        assert_eq!(kept, held, "order {} holds another amount than its lines", trip.number);
        let issued: Vec<&Row> = invoices.iter().filter(|row| text(row, "purchase_order") == id).collect();
        assert_eq!(issued.len(), usize::from(state == "invoiced"), "invoices of order {}", trip.number);
        for invoice in issued {
            assert!(trip.invoice.is_empty() || trip.invoice == text(invoice, "number"), "order {} has another invoice", trip.number);
            expended += int(invoice, "net");
        }
        match state.as_str() {
            "shipped" => delivered += held,
            _ => committed += held,
        }
        let messages = outbox.iter().filter(|row| text(row, "lane") == id).count();
        assert_eq!(messages, kinds.iter().filter(|kind| *kind != "order confirmed").count(), "what is owed for order {}: {kinds:?}", trip.number);
        owed += messages;
        // Kept as received, and the answer noted in the commit that made it true.
        let documents = inbox.iter().filter(|row| {
            let document: Value = serde_json::from_slice(&row.bytes("document").expect("bytes")).expect("JSON");
            document["number"].as_str() == Some(&trip.number)
        });
        let answers = documents.filter(|row| matches!(row.int_or_null("status"), Ok(Some(200 | 201)))).count();
        assert!(answers > 0, "order {} stands without the document it came from", trip.number);
        assert_eq!(commands.iter().filter(|row| text(row, "id") == format!("order-number/{}", trip.number)).count(), 1);
        assert_eq!(commands.iter().filter(|row| text(row, "id") == format!("order/key-{}", trip.number)).count(), usize::from(trip.plan.keyed));
    }
    assert_eq!(orders.len(), trips.iter().filter(|trip| known.contains_key(&trip.number)).count(), "an order nobody placed");
    assert_eq!(outbox.len(), owed, "a message for nothing");
    gapless(&invoices.iter().map(|row| text(row, "number")).collect::<Vec<_>>(), counter("invoice/ACME/2026"));

    // The money: the budget is what the orders hold, and what the legs say.
    let budget = budgets.first().expect("the budget");
    let figures = (int(budget, "committed"), int(budget, "delivered"), int(budget, "expended"));
    assert_eq!(figures, (committed, delivered, expended), "the budget is not what orders hold");
    let of_account = |account: &str| legs.iter().filter(|leg| leg.account == account).map(|leg| leg.amount).sum::<i64>();
    assert_eq!((of_account("CM"), of_account("DL"), of_account("EX")), figures, "the legs say something else");
    assert_eq!(legs.iter().map(|leg| leg.amount).sum::<i64>(), 0, "legs do not sum to zero");

    // The chain: every entry in its place, its hash made of what it says and of the hash before it.
    let mut before = String::new();
    for (expected, row) in (1..).zip(&entries) {
        let sequence = int(row, "sequence");
        assert_eq!(sequence, expected, "the journal has a gap");
        let fields = ["actor", "kind", "subject", "cause", "body", "posting"].map(|column| text(row, column));
        let said: Vec<String> = [before.clone(), sequence.to_string(), int(row, "at").to_string()].into_iter().chain(fields).collect();
        // docs/database.md: the hash before it and every field, each as a netstring.
        let netstrings: String = said.iter().map(|field| format!("{}:{field},", field.len())).collect();
        assert_eq!(text(row, "hash"), sha256(&netstrings), "entry {sequence} is not what was hashed");
        before = text(row, "hash");
    }
    let last = i64::try_from(entries.len()).expect("few");
    assert_eq!((int(&ledger[0], "head"), text(&ledger[0], "hash")), (last, before), "the head of the journal");
}
