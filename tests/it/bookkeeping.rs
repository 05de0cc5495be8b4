//! The books through the program: scenarios by `rehearse`, the proof by `verify`, two gateways on one hot budget, a database that goes away
//! under load. Expected figures are the reference's or plain arithmetic on prices and money given.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use hookline::domain::books::BudgetPeriod;
use hookline::domain::books::command::{self, Allocate, NewLine, Override, Place, Split};
use hookline::domain::books::entry::{Code, Outcome, Refusal};
use hookline::domain::books::position::{Mode, SplitKind, Terms};
use hookline::flow::bookkeeper::Bookkeepers;
use hookline::flow::bookkeeping::{Answer, Booking, Done, Plan, Seen, WriteFn, Written};
use hookline::flow::verifying;
use hookline::store::held::Held;
use hookline::store::standing::StandingRow;
use hookline::store::{self, Store};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway, Template};
use crate::support::postgres::{Database, OwnServer, server};
use crate::support::process::Process;
use crate::support::shared;

fn hookline(arguments: &[&str], data: Option<&Path>, database: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hookline"));
    command.args(arguments);
    if let Some(data) = data {
        command.arg("--data").arg(data);
    }
    if let Some(database) = database {
        command.args(["--database", database]);
    }
    command.output().expect("the program runs")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// All 19 examples of chapter 15 through the real commands, those with commands at once fifty times.
fn rehearse_examples(database: Option<&str>) {
    let Some(folder) = shared() else { return };
    let file = folder.join("reference/budgets-and-orders.examples.json");
    let output = hookline(&["rehearse", &file.to_string_lossy(), "--repeat", "50"], None, database);
    let text = said(&output);
    assert!(output.status.success(), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("ok ")).count(), 19, "{text}");
}

#[test]
fn the_worked_examples_are_rehearsed_on_sqlite() {
    rehearse_examples(None);
}

#[tokio::test]
async fn the_worked_examples_are_rehearsed_on_postgres() {
    if Engine::Postgres.is_here() {
        let database = Database::create().await;
        let url = database.url();
        tokio::task::spawn_blocking(move || rehearse_examples(Some(&url))).await.expect("a rehearsal");
    }
}

#[test]
fn a_difference_is_told_and_an_unknown_word_is_no_scenario() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("case.json");
    let path = file.to_string_lossy().to_string();
    let case = |event: &str, end: &str| {
        let head = r#"{"cases": [{"id": "MINE", "title": "One budget", "setup": {"periods": [{"id": "2026", "status": "open"}], "budgets": [{"code": "A"}]}"#;
        format!(r#"{head}, "events": [{{"op": "allocate", "budget": "A", "period": "2026", "amount": 100}}, {event}]{end}}}]}}"#)
    };
    let place = |price: u32| {
        format!(
            r#"{{"op": "place", "order": "O1", "period": "2026", "lines": [{{"line": "1", "qty": 1, "unit_price": "{price}", "split": [{{"budget": "A", "pct": 100}}]}}]}}"#
        )
    };
    for (text, code, expected) in [
        (case(&place(1), ""), 0, "ok    MINE  One budget"),
        (case(&place(2), ""), 1, "FAIL  MINE  event 2: refused Some(\"insufficient_funds\") [\"A@2026\"], expected accepted"),
        (case(&place(1), r#", "expect": {"A@2026": {"available": 1}}"#), 1, "FAIL  MINE  at the end: A@2026 available 0, expected 1"),
        (case(&place(1), r#", "expect_one_of": [{"A@2026": {"available": 1}}, {"A@2026": {"committed": 100}}]"#), 0, "ok    MINE"),
        (case(&place(1), r#", "expect_one_of": [{"A@2026": {"available": 1}}]"#), 1, "none of the outcomes"),
        (case(r#"{"op": "conjure"}"#, ""), 1, "MINE: event 2: unknown variant `conjure`"),
    ] {
        std::fs::write(&file, text).expect("a file");
        let output = hookline(&["rehearse", &path], None, None);
        assert!(output.status.code() == Some(code) && said(&output).contains(expected), "{:?}: {}", output.status, said(&output));
    }
    let output = hookline(&["rehearse", &path, "--format", "json"], None, None);
    assert_eq!(output.status.code(), Some(1));
    std::fs::write(&file, case(&place(2), "")).expect("a file");
    let line: Value = serde_json::from_slice(&hookline(&["rehearse", &path, "--format", "json"], None, None).stdout).expect("a line of JSON");
    assert_eq!((line["case"].as_str(), line["ok"].as_bool()), (Some("MINE"), Some(false)));
}

fn order(number: &str) -> Value {
    json!({"number": number, "connection": "lib", "lines": [{"article": "BOOK-1", "quantity": "1", "coding": {"budget_code": "FICTION"}}]})
}

async fn told_of(engine: Engine) {
    let template = Template::filled(engine, WORLD).await.expect("the world");
    let (data, database) = template.into_parts();
    let url = database.as_ref().map(Database::url);
    let process = Process::start(data.path(), url.as_deref());
    let mut api = Api::signed_in(process.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    for number in 1..=3 {
        let answer = api.call("POST", "/api/v1/orders", Some(&order(&format!("T{number}")))).await.expect("an answer");
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    process.kill();
    let verify = || hookline(&["verify", "--tenant", "library"], Some(data.path()), url.as_deref());
    let output = verify();
    assert!(output.status.success() && said(&output).starts_with("library: proven, "), "{}", said(&output));
    let store = Store::open(data.path(), url.as_deref()).await.expect("the store");
    let change = async |text: &'static str| {
        let mut tx = store.begin().await.expect("a transaction");
        assert_eq!(tx.sql(text).run().await.expect("a statement"), 1);
        tx.commit().await.expect("a commit");
    };
    // Each tampering, its undoing, and what must be said of it.
    for (tamper, undo, expected) in [
        (
            "UPDATE entry SET posting = replace(posting, '\"T2\"', '\"T3\"') WHERE subject = 'order/T2'",
            "UPDATE entry SET posting = replace(posting, '\"T3\"', '\"T2\"') WHERE subject = 'order/T2'",
            "its hash is not that of what it says",
        ),
        (
            "UPDATE entry SET actor = 'nobody@library.example' WHERE subject = 'order/T1'",
            "UPDATE entry SET actor = 'orderer@library.example' WHERE subject = 'order/T1'",
            "its hash is not that of what it says",
        ),
        (
            "UPDATE standing SET committed = committed - 1 WHERE tenant = 'library' AND budget = 'FICTION'",
            "UPDATE standing SET committed = committed + 1 WHERE tenant = 'library' AND budget = 'FICTION'",
            "FICTION@",
        ),
        (
            "UPDATE holding SET committed = committed - 1 WHERE purchase_order = 'T3'",
            "UPDATE holding SET committed = committed + 1 WHERE purchase_order = 'T3'",
            "order T3 does not hold",
        ),
        (
            "UPDATE holding SET purchase_order = 'T2x' WHERE purchase_order = 'T2'",
            "UPDATE holding SET purchase_order = 'T2' WHERE purchase_order = 'T2x'",
            "order T2 has no row for FICTION@",
        ),
        (
            "INSERT INTO holding SELECT tenant, 'ELSEWHERE', period, purchase_order, 0, committed, 0, 0 FROM holding WHERE purchase_order = 'T1'",
            "DELETE FROM holding WHERE budget = 'ELSEWHERE'",
            "order T1 does not hold",
        ),
        (
            "UPDATE booked_order SET body = replace(body, '\"ordered\":\"1\"', '\"ordered\":\"2\"') WHERE number = 'T1'",
            "UPDATE booked_order SET body = replace(body, '\"ordered\":\"2\"', '\"ordered\":\"1\"') WHERE number = 'T1'",
            "order T1 is not what the journal says",
        ),
        (
            "UPDATE booked_order SET body = body || ' ' WHERE number = 'T2'",
            "UPDATE booked_order SET body = rtrim(body) WHERE number = 'T2'",
            "order T2 is not what the journal says",
        ),
        (
            "UPDATE booked_order SET body = '!' || body WHERE number = 'T3'",
            "UPDATE booked_order SET body = substr(body, 2) WHERE number = 'T3'",
            "order T3 is not what the journal says",
        ),
        (
            "UPDATE booked_order SET number = 'T8' WHERE number = 'T3'",
            "UPDATE booked_order SET number = 'T3' WHERE number = 'T8'",
            "order T8 is not what the journal says\n  order T3 is missing",
        ),
        ("UPDATE ledger SET head = head - 1 WHERE tenant = 'library'", "UPDATE ledger SET head = head + 1 WHERE tenant = 'library'", "its head says"),
    ] {
        change(tamper).await;
        let output = verify();
        let text = said(&output);
        assert!(output.status.code() == Some(1) && text.contains(expected), "{tamper}: {text}");
        // What follows from an order that is another is not told as well.
        let follows = ["I5", "I6", "I7", "does not hold"].iter().any(|more| text.contains(more));
        assert!(!tamper.contains("booked_order") || !follows, "{tamper}: {text}");
        if tamper.contains("entry") {
            let mut tx = store.read().await.expect("a reader");
            let number = if tamper.contains("T2") { "order/T2" } else { "order/T1" };
            let row = tx.sql("SELECT sequence FROM entry WHERE subject = $1").bind(number).first().await.expect("a row").expect("the entry");
            let sequence = row.int("sequence").expect("a number");
            assert!(text.contains(&format!("entry {sequence}:")), "{text}");
        }
        change(undo).await;
    }
    store.close().await;
    assert!(verify().status.success());
    let output = hookline(&["verify", "--tenant", "nobody"], Some(data.path()), url.as_deref());
    assert_eq!(output.status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_byte_is_named_on_sqlite() {
    told_of(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_byte_is_named_on_postgres() {
    if Engine::Postgres.is_here() {
        told_of(Engine::Postgres).await;
    }
}

/// A journal of several pages, which are proven beside each other: the first entry that is wrong is named, wherever it stands, and no other.
async fn the_first_of_wrong_entries_is_named(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let app = gateway.server.app.clone();
    let cent = || command::Command::Allocate(Allocate { at: BudgetPeriod::new("FICTION", "2026"), amount: 1, passing: Override::No });
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let app = app.clone();
        callers.spawn(async move {
            for _ in 0..80 {
                app.bookkeepers.book("library", Booking::of("test", cent(), None)).await.expect("an answer");
            }
        });
    }
    callers.join_all().await;
    let signed = async |sequence: i64, actor: &str| {
        let mut tx = app.store.begin().await.expect("a transaction");
        let changed = tx.sql("UPDATE entry SET actor = $1 WHERE tenant = 'library' AND sequence = $2").bind(actor).bind(sequence).run().await;
        assert_eq!(changed.expect("a statement"), 1);
        tx.commit().await.expect("a commit");
    };
    let wrong = async || {
        let mut view = app.store.view().await.expect("a view");
        let report = verifying::verify_in(&mut view, Some("library")).await.expect("a report").remove(0);
        assert!(report.entries > 5000 || !report.wrong.is_empty(), "{report:?}");
        report.wrong
    };
    let of = |sequence: i64| vec![format!("entry {sequence}: its hash is not that of what it says and of the hash before it")];
    assert_eq!(wrong().await, Vec::<String>::new());
    // The last of a page and the first of the next among them.
    for sequence in [4700, 3001, 3000, 700] {
        signed(sequence, "nobody").await;
        assert_eq!(wrong().await, of(sequence));
    }
    for (sequence, next) in [(700, 3000), (3000, 3001), (3001, 4700)] {
        signed(sequence, "test").await;
        assert_eq!(wrong().await, of(next));
    }
    signed(4700, "test").await;
    assert_eq!(wrong().await, Vec::<String>::new());
    gateway.stop().await;
}

/// An order of one piece for fiction.
pub fn place(number: &str, unit_price: Decimal) -> command::Command {
    let terms = Terms { unit_price, price_unit: Decimal::ONE, discount_percent: Decimal::ZERO, tax_percent: Decimal::ZERO };
    let split = Split { kind: SplitKind::Percentages, rows: vec![("FICTION".into(), Decimal::ONE_HUNDRED)] };
    let line = NewLine { number: "1".into(), quantity: Decimal::ONE, terms, mode: Mode::Quantity, split, charges: Vec::new() };
    let (order, period) = (number.into(), "2026".into());
    command::Command::Place(Place { order, period, lines: vec![line], charges: Vec::new(), as_request: false, passing: Override::No })
}

/// Something that only the journal is told of, answered with the number that it drew.
fn numbered() -> Booking {
    let plan = |seen: &Seen<'_>| {
        let body = seen.number.map(|number| number.to_string()).unwrap_or_default();
        let write: WriteFn = Box::new(move |_| Ok(Written { answer: Answer { status: 200, body: body.clone() }, ..Written::default() }));
        Ok(Plan { command: None, kind: "note", subject: String::new(), cause: String::new(), body: Value::Null, write })
    };
    Booking { series: Some("test".into()), preview: false, plan: Box::new(plan), ..Booking::looking(|_| ()) }
}

/// Two bookkeepers keep the books of one buyer and do not know of each other, so that what one of them takes for granted is often not so: money
/// for 100 orders is given 100 times, of two answers under a key one is the first, and numbers have no gap (chapter 13; I10).
async fn what_was_taken_for_granted_and_is_not_so_is_decided_anew(engine: Engine) {
    const CALLERS: usize = 32;
    const ORDERS: usize = 6;
    let gateway = Gateway::with(engine, WORLD).await;
    let app = gateway.server.app.clone();
    let others = Arc::new(Bookkeepers::start(app.store.clone(), app.clock.clone()).expect("bookkeepers"));
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..CALLERS {
        let (app, others) = (app.clone(), others.clone());
        callers.spawn(async move {
            let (mut passed, mut numbers) = (0, Vec::new());
            for n in 0..ORDERS {
                let booking = |price: i64| Booking::of("test", place(&format!("T{caller}-{n}"), price.into()), Some(format!("key/{caller}/{n}")));
                // The same again, or something else under the same key.
                let (one, other) = (booking(1), booking(if n % 3 == 0 { 2 } else { 1 }));
                let (one, other) = match caller % 3 {
                    0 => (app.bookkeepers.book("library", one).await, app.bookkeepers.book("library", other).await),
                    1 => (app.bookkeepers.book("library", one).await, others.book("library", other).await),
                    _ => (others.book("library", one).await, app.bookkeepers.book("library", other).await),
                };
                let Ok(Done::Decided { outcome, answer: first }) = one else { panic!("{one:?}") };
                passed += usize::from(outcome.is_ok());
                match other {
                    Ok(Done::OtherContent { key: 0 }) if n % 3 == 0 => {}
                    Ok(Done::Repeated { key: 0, answer }) if n % 3 != 0 => assert_eq!(answer, first),
                    other => panic!("{other:?}"),
                }
                let keepers = if (caller + n) % 2 == 0 { &app.bookkeepers } else { &others };
                match keepers.book("library", numbered()).await {
                    Ok(Done::Decided { answer, .. }) => numbers.push(answer.body.parse::<usize>().expect("a number")),
                    other => panic!("{other:?}"),
                }
            }
            (passed, numbers)
        });
    }
    let (passed, numbers): (Vec<usize>, Vec<Vec<usize>>) = callers.join_all().await.into_iter().unzip();
    let mut numbers = numbers.concat();
    numbers.sort_unstable();
    assert_eq!(passed.iter().sum::<usize>(), 100);
    assert_eq!(numbers, (1..=CALLERS * ORDERS).collect::<Vec<_>>());
    let report = verifying::verify(&app.store, Some("library")).await.expect("a report").remove(0);
    assert_eq!(report.wrong, Vec::<String>::new());
    gateway.stop().await;
}

/// Something that comes with a row no database takes: a held invoice of an order that is not there.
fn unwritable() -> Booking {
    let plan = |seen: &Seen<'_>| {
        let refusal = Refusal { code: Code::InsufficientFunds, outcome: Outcome::Refused, over: Vec::new(), what: String::new() };
        let held = Held { order: "nowhere".into(), refusal, gross: 1, held_at: seen.now, tried_at: seen.now };
        let write: WriteFn = Box::new(move |_| Ok(Written { held: vec![held.clone()], ..Written::default() }));
        Ok(Plan { command: None, kind: "note", subject: String::new(), cause: String::new(), body: Value::Null, write })
    };
    Booking { preview: false, plan: Box::new(plan), ..Booking::looking(|_| ()) }
}

/// Who wants what cannot be written is told so; the others get their orders, each once (chapter 13).
async fn what_cannot_be_written_leaves_the_others_alone(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let app = gateway.server.app.clone();
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..32 {
        let app = app.clone();
        callers.spawn(async move {
            let mut passed = 0;
            for n in 0..4 {
                if caller % 8 == 7 {
                    let done = app.bookkeepers.book("library", unwritable()).await;
                    assert!(done.is_err(), "{done:?}");
                    continue;
                }
                let booking = Booking::of("test", place(&format!("W{caller}-{n}"), Decimal::new(1, 2)), Some(format!("key/{caller}/{n}")));
                let done = app.bookkeepers.book("library", booking).await.expect("an answer");
                passed += usize::from(matches!(&done, Done::Decided { outcome, .. } if outcome.is_ok()));
            }
            passed
        });
    }
    assert_eq!(callers.join_all().await.into_iter().sum::<usize>(), 28 * 4);
    let report = verifying::verify(&app.store, Some("library")).await.expect("a report").remove(0);
    assert_eq!(report.wrong, Vec::<String>::new());
    gateway.stop().await;
}

/// An invoice that is cancelled needs its orders, also when another process changed them and memory let go of them alone.
async fn an_invoice_is_cancelled_with_the_orders_it_has(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let app = gateway.server.app.clone();
    let others = Bookkeepers::start(app.store.clone(), app.clock.clone()).expect("bookkeepers");
    let told = async |keepers: &Bookkeepers, booking: Booking| match keepers.book("library", booking).await {
        Ok(Done::Decided { outcome, .. }) => outcome.map(drop).map_err(|refusal| refusal.to_string()),
        other => panic!("{other:?}"),
    };
    let of = |command| Booking::of("test", command, None);
    let lines = |quantity: i64| vec![command::Part { line: "1".into(), quantity: Some(quantity.into()) }];
    let mut ordered = place("C-1", Decimal::ONE);
    if let command::Command::Place(place) = &mut ordered {
        place.lines[0].quantity = Decimal::TEN;
    }
    let invoiced = command::InvoiceLine {
        subject: command::Subject::OrderLine { order: "C-1".into(), line: "1".into() },
        quantity: 2.into(),
        net: 200,
        tax_percent: Decimal::ZERO,
        division: command::Division::Ordered,
        last: false,
    };
    let invoice = command::PostInvoice { invoice: "I-1".into(), lines: vec![invoiced], passing: Override::No };
    for command in [ordered, command::Command::Deliver { order: "C-1".into(), lines: lines(2) }, command::Command::Invoice(invoice)] {
        assert_eq!(told(&app.bookkeepers, of(command)).await, Ok(()));
    }
    // Elsewhere three more are delivered; then the first is told so by something that it has to read for.
    assert_eq!(told(&others, of(command::Command::Deliver { order: "C-1".into(), lines: lines(3) })).await, Ok(()));
    assert!(told(&app.bookkeepers, of(command::Command::Deliver { order: "C-2".into(), lines: lines(1) })).await.is_err(), "no such order");
    assert_eq!(told(&app.bookkeepers, of(command::Command::CancelInvoice { invoice: "I-1".into() })).await, Ok(()));
    let mut view = app.store.view().await.expect("a view");
    let rows: Vec<StandingRow> = store::standing::all(&mut view, "library").await.expect("standings");
    let own = rows.iter().find(|row| row.at == BudgetPeriod::new("FICTION", "2026")).expect("the budget").standing.own;
    assert_eq!((own.committed, own.delivered, own.expended), (500, 500, 0), "of ten at 1.00 five are delivered");
    let report = verifying::verify_in(&mut view, Some("library")).await.expect("a report").remove(0);
    assert_eq!(report.wrong, Vec::<String>::new());
    drop(view);
    gateway.stop().await;
}

/// More orders than stay in memory, of a cent each: the first is known all the same (chapter 10: it is delivered, and no other has its number).
async fn orders_that_memory_let_go_of_are_in_the_books(engine: Engine) {
    const CALLERS: usize = 64;
    const ORDERS: usize = 35;
    let gateway = Gateway::with(engine, WORLD).await;
    let app = gateway.server.app.clone();
    let place = |number: String| place(&number, Decimal::new(1, 2));
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..CALLERS {
        let app = app.clone();
        callers.spawn(async move {
            for number in 0..ORDERS {
                let booking = Booking::of("test", place(format!("M{caller}-{number}")), None);
                let done = app.bookkeepers.book("library", booking).await.expect("an answer");
                assert!(matches!(&done, Done::Decided { outcome, .. } if outcome.is_ok()), "{done:?}");
            }
        });
    }
    callers.join_all().await;
    let told = async |command: command::Command| match app.bookkeepers.book("library", Booking::of("test", command, None)).await {
        Ok(Done::Decided { outcome, .. }) => outcome.map(drop).map_err(|refusal| refusal.code.as_str()),
        other => panic!("{other:?}"),
    };
    assert_eq!(told(place("M0-0".to_string())).await, Err("order_exists"));
    let lines = vec![command::Part { line: "1".into(), quantity: Some(Decimal::ONE) }];
    assert_eq!(told(command::Command::Deliver { order: "M0-0".into(), lines }).await, Ok(()));
    let mut view = app.store.view().await.expect("a view");
    let rows: Vec<StandingRow> = store::standing::all(&mut view, "library").await.expect("standings");
    let own = rows.iter().find(|row| row.at == BudgetPeriod::new("FICTION", "2026")).expect("the budget").standing.own;
    assert_eq!((own.committed, own.delivered), ((CALLERS * ORDERS) as i64 - 1, 1));
    let report = verifying::verify_in(&mut view, Some("library")).await.expect("a report").remove(0);
    assert_eq!(report.wrong, Vec::<String>::new());
    drop(view);
    gateway.stop().await;
}

on_both_engines! {
    the_first_of_wrong_entries_is_named,
    orders_that_memory_let_go_of_are_in_the_books,
    what_was_taken_for_granted_and_is_not_so_is_decided_anew,
    an_invoice_is_cancelled_with_the_orders_it_has,
    what_cannot_be_written_leaves_the_others_alone,
}

/// Chapter 13, rule 7: for equal orders against room for k, exactly k pass, through two gateways of their own.
#[tokio::test(flavor = "multi_thread")]
async fn two_gateways_give_the_last_money_once() {
    if server().is_none() {
        Engine::Postgres.is_here();
        return;
    }
    let template = Template::filled(Engine::Postgres, &WORLD.replace("amount = \"100.00\"", "amount = \"1000.00\"")).await.expect("the world");
    let (data, database) = template.into_parts();
    let url = database.as_ref().map(Database::url);
    let gateways = [Process::start(data.path(), url.as_deref()), Process::start(data.path(), url.as_deref())];
    let statuses: Arc<Mutex<Vec<u16>>> = Arc::default();
    let mut callers = Vec::new();
    for caller in 0..64 {
        let api = Api::signed_in(gateways[caller % 2].address, "orderer@library.example", "Orderer-password-1").await;
        let (mut api, statuses) = (api.expect("signed in"), statuses.clone());
        callers.push(tokio::spawn(async move {
            for n in 0..3 {
                let answer = api.call("POST", "/api/v1/orders", Some(&order(&format!("H{caller}-{n}")))).await.expect("an answer");
                statuses.lock().await.push(answer.status);
            }
        }));
    }
    for caller in callers {
        caller.await.expect("a caller");
    }
    let statuses = statuses.lock().await;
    let count = |status: u16| statuses.iter().filter(|one| **one == status).count();
    // 1000.00 for books of 10.00.
    assert_eq!((count(201), count(409), statuses.len()), (100, 92, 192), "{statuses:?}");
    let output = hookline(&["verify"], Some(data.path()), url.as_deref());
    assert!(output.status.success(), "{}", said(&output));
}

/// Orders of many callers through one gateway while its database is in trouble; afterwards every answered order is there, none twice, none
/// half, and the books are proven.
async fn orders_through(data: &Path, url: &str, trouble: impl AsyncFnOnce()) {
    let process = Process::start(data, Some(url));
    let answered: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mut callers = Vec::new();
    for caller in 0..32 {
        let mut api = Api::signed_in(process.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
        let (answered, stop) = (answered.clone(), stop.clone());
        callers.push(tokio::spawn(async move {
            let mut n = 0;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) || n == 0 {
                let number = format!("A{caller}-{n}");
                match api.call("POST", "/api/v1/orders", Some(&order(&number))).await {
                    Ok(answer) if matches!(answer.status, 200 | 201) => {
                        answered.lock().await.insert(number);
                        n += 1;
                    }
                    // Nobody knows what became of it: the same again.
                    Ok(answer) if answer.status == 503 => tokio::time::sleep(Duration::from_millis(20)).await,
                    Ok(answer) => panic!("answered {}: {}", answer.status, answer.text()),
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        }));
    }
    trouble().await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    for caller in callers {
        caller.await.expect("a caller");
    }
    process.kill();
    let store = Store::open(data, Some(url)).await.expect("the store");
    let rows = store.view().await.expect("a view").sql("SELECT number FROM purchase_order").all().await.expect("orders");
    let known: BTreeSet<String> = rows.iter().map(|row| row.text("number").expect("a number")).collect();
    assert_eq!(known.len(), rows.len(), "an order twice");
    assert_eq!(known, *answered.lock().await, "orders are not those that were answered");
    assert!(known.len() > 64, "too few orders to prove anything: {}", known.len());
    let mut tx = store.view().await.expect("a view");
    let row = tx.sql("SELECT committed FROM standing WHERE budget = 'FICTION'").first().await.expect("a row").expect("the budget");
    assert_eq!(row.int("committed").expect("a sum"), i64::try_from(known.len()).expect("few") * 1000);
    drop(tx);
    store.close().await;
    let output = hookline(&["verify"], Some(data), Some(url));
    assert!(output.status.success(), "{}", said(&output));
}

fn rich_world() -> String {
    WORLD.replace("amount = \"100.00\"", "amount = \"900000.00\"")
}

/// The database ends every connection and lets nobody in for a while, twice, under callers who repeat what was not answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_loses_nothing() {
    if server().is_none() {
        Engine::Postgres.is_here();
        return;
    }
    let template = Template::filled(Engine::Postgres, &rich_world()).await.expect("the world");
    let (data, database) = template.into_parts();
    let database = database.expect("a database");
    let trouble = async || {
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_millis(700)).await;
            database.shut(true).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            database.shut(false).await;
        }
    };
    orders_through(data.path(), &database.url(), trouble).await;
}

/// The server itself crashes under load and recovers from its log, twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_server_that_crashes_loses_nothing() {
    let Some(mut own) = OwnServer::start().await else {
        eprintln!("left out: no PostgreSQL is installed");
        return;
    };
    let (data, url) = (tempfile::tempdir().expect("a folder"), own.url());
    let file = data.path().join("world.toml");
    std::fs::write(&file, rich_world()).expect("a file");
    let applied = hookline(&["apply", file.to_str().expect("a path")], Some(data.path()), Some(&url));
    assert!(applied.status.success(), "{}", said(&applied));
    let trouble = async || {
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_millis(700)).await;
            own.crash_and_recover(Duration::from_millis(300)).await;
        }
    };
    orders_through(data.path(), &url, trouble).await;
}
