//! Jobs: each is done once, whoever works, dies or tries again meanwhile. The kinds here are the test's own, so that the gateway's own
//! worker leaves them alone; it must never wait for that worker.

use std::process::Command;
use std::time::Duration;

use hookline::app::App;
use hookline::error::Error;
use hookline::store::job::{self, NewJob};
use hookline::work::jobs::{Kinds, pass};
use hookline::work::{housekeeping, parked};

use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::Gateway;
use crate::support::waiting::until;

on_both_engines! {
    made_twice_is_done_once,
    two_workers_run_each_job_once,
    a_dead_worker_s_job_is_taken_over,
    a_failing_job_waits_longer_and_is_parked,
    killed_between_effect_and_mark,
    housekeeping_is_done_once_an_hour_by_one_of_many,
}

/// A job whose effect is one more in a row named after it.
const COUNT: Kinds = &[("test-count", |_, tx, job| {
    Box::pin(async move {
        tx.sql(
            "INSERT INTO setting (name, value) VALUES ($1, '1')
             ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(setting.value AS BIGINT) + 1 AS TEXT)",
        )
        .bind(format!("count {}", job.id))
        .run()
        .await
        .map(drop)
    })
})];

/// The same effect, and then no end.
const HANG: Kinds = &[("test-count", |app, tx, job| {
    Box::pin(async move {
        (COUNT[0].1)(app, tx, job).await?;
        tokio::time::sleep(Duration::from_secs(3600)).await;
        Ok(())
    })
})];

const FAIL: Kinds = &[("test-fail", |_, tx, _| {
    Box::pin(async move {
        tx.sql("INSERT INTO setting (name, value) VALUES ('count failed', '1')").run().await?;
        Err(Error::internal("the receiver of the test says no"))
    })
})];

fn new(id: &str, kind: &'static str, app: &App) -> NewJob {
    NewJob { id: id.into(), kind, payload: "{}".into(), due_at: app.clock.now() }
}

async fn made(app: &App, tenant: &str, jobs: &[NewJob]) -> u64 {
    let mut tx = app.store.begin().await.expect("a transaction");
    let fresh = job::insert(&mut tx, tenant, jobs, app.clock.now()).await.expect("made");
    tx.commit().await.expect("kept");
    fresh
}

async fn counts(app: &App) -> Vec<(String, String)> {
    let mut tx = app.store.read().await.expect("a reader");
    let rows = tx.sql("SELECT name, value FROM setting WHERE name >= 'count' AND name < 'counu' ORDER BY name").all().await.expect("rows");
    rows.iter().map(|row| (row.text("name").expect("a name"), row.text("value").expect("a value"))).collect()
}

/// State, attempts and last error.
async fn state(app: &App, id: &str) -> (String, i64, String) {
    let mut tx = app.store.read().await.expect("a reader");
    let row = tx.sql("SELECT state, attempts, last_error FROM job WHERE id = $1").bind(id).first().await.expect("a row").expect("the job");
    (row.text("state").expect("text"), row.int("attempts").expect("a number"), row.text("last_error").expect("text"))
}

async fn made_twice_is_done_once(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let app = &gateway.server.app;
    let wanted = [new("a", "test-count", app)];
    assert_eq!((made(app, "library", &wanted).await, made(app, "library", &wanted).await), (1, 0));
    assert_eq!(pass(app, COUNT, "one").await.expect("a pass"), 1);
    // Also after it is done, and for another tenant it is another job.
    assert_eq!((made(app, "library", &wanted).await, made(app, "", &wanted).await), (0, 1));
    assert_eq!(pass(app, COUNT, "one").await.expect("a pass"), 1);
    assert_eq!(pass(app, COUNT, "one").await.expect("a pass"), 0);
    assert_eq!(counts(app).await, [("count a".to_string(), "2".to_string())]);
    assert_eq!(state(app, "a").await.0, "done");
    gateway.stop().await;
}

async fn two_workers_run_each_job_once(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let app = gateway.server.app.clone();
    let wanted: Vec<NewJob> = (0..30).map(|n| new(&format!("{n:02}"), "test-count", &app)).collect();
    assert_eq!(made(&app, "library", &wanted).await, 30);
    let workers = ["one", "two", "three"].map(|name| {
        let app = app.clone();
        tokio::spawn(async move {
            let mut done = 0;
            loop {
                match pass(&app, COUNT, name).await.expect("a pass") {
                    0 => return done,
                    some => done += some,
                }
            }
        })
    });
    let mut done = 0;
    for worker in workers {
        done += worker.await.expect("a worker");
    }
    assert_eq!(done, 30);
    let counts = counts(&app).await;
    assert!(counts.len() == 30 && counts.iter().all(|(_, count)| count == "1"), "{counts:?}");
    drop(app);
    gateway.stop().await;
}

async fn a_dead_worker_s_job_is_taken_over(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let app = &gateway.server.app;
    made(app, "library", &[new("a", "test-count", app)]).await;
    let now = app.clock.now();
    let mut tx = app.store.begin().await.expect("a transaction");
    let held = job::claim(&mut tx, "library", "a", "dead", now, now.plus(Duration::from_secs(60))).await.expect("a claim").expect("the job");
    tx.commit().await.expect("kept");
    assert_eq!(pass(app, COUNT, "one").await.expect("a pass"), 0, "its lease still runs");
    gateway.advance(Duration::from_secs(61));
    assert_eq!(pass(app, COUNT, "one").await.expect("a pass"), 1);
    // The dead one comes back: what it holds is worth nothing.
    let mut tx = app.store.begin().await.expect("a transaction");
    assert!(!job::finish(&mut tx, &held, now).await.expect("a statement"));
    assert_eq!(job::fail(&mut tx, &held, "waiting", now, "late").await.expect("a statement"), 0);
    tx.commit().await.expect("kept");
    assert_eq!(counts(app).await, [("count a".to_string(), "1".to_string())]);
    assert_eq!(state(app, "a").await, ("done".to_string(), 2, String::new()));
    gateway.stop().await;
}

async fn a_failing_job_waits_longer_and_is_parked(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let app = &gateway.server.app;
    made(app, "library", &[new("a", "test-fail", app)]).await;
    // reliability, outbox: at once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h at the latest; then a person looks.
    let delays = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
    for (attempt, seconds) in (1..).zip(delays) {
        gateway.advance(Duration::from_secs(seconds / 2));
        assert_eq!(pass(app, FAIL, "one").await.expect("a pass"), usize::from(seconds == 0), "too early");
        gateway.advance(Duration::from_secs(seconds - seconds / 2));
        assert_eq!(pass(app, FAIL, "one").await.expect("a pass"), usize::from(seconds > 0), "after {seconds} s");
        let (state, attempts, error) = state(app, "a").await;
        assert_eq!((state.as_str(), attempts), (if attempt == 10 { "parked" } else { "waiting" }, attempt));
        assert!(error.contains("says no"), "{error}");
    }
    assert_eq!(counts(app).await, [], "what a failed job did is undone");
    let listed = parked::list(&app.store).await.expect("a list");
    let shown = listed.iter().find(|one| one.id == "a").expect("it is listed");
    assert!(shown.sort == "job" && shown.tenant == "library" && shown.reason.contains("says no"), "{shown:?}");
    if engine == Engine::Sqlite {
        let said = Command::new(env!("CARGO_BIN_EXE_hookline")).args(["parked", "--data"]).arg(gateway.data.path()).output().expect("the program");
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(said.contains("job a of library: test-fail, tried 10 times") && said.contains("says no") && said.ends_with("1 parked\n"), "{said}");
    }
    gateway.advance(Duration::from_secs(86_400 * 2));
    assert_eq!(pass(app, FAIL, "one").await.expect("a pass"), 0, "parked is parked");
    assert!(parked::again(&app.store, "b", None, app.clock.now()).await.is_err());
    parked::again(&app.store, "a", None, app.clock.now()).await.expect("let go");
    assert_eq!(pass(app, FAIL, "one").await.expect("a pass"), 1);
    assert_eq!((state(app, "a").await.0.as_str(), state(app, "a").await.1), ("waiting", 1));
    gateway.stop().await;
}

async fn killed_between_effect_and_mark(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let app = gateway.server.app.clone();
    made(&app, "library", &[new("a", "test-count", &app)]).await;
    let dying = app.clone();
    let worker = tokio::spawn(async move { pass(&dying, HANG, "dying").await });
    until("a job that was begun", async || (state(&app, "a").await.1 == 1).then_some(())).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    worker.abort();
    assert!(worker.await.is_err_and(|error| error.is_cancelled()));
    assert_eq!((counts(&app).await, state(&app, "a").await.0.as_str()), (Vec::new(), "waiting"));
    gateway.advance(Duration::from_secs(61));
    assert_eq!(pass(&app, COUNT, "one").await.expect("a pass"), 1);
    assert_eq!(counts(&app).await, [("count a".to_string(), "1".to_string())]);
    drop(app);
    gateway.stop().await;
}

/// Works until no job is left; the gateway's own worker is one more and may hold the last one for a while.
async fn nothing_waits(app: &App) {
    let worked = async || {
        pass(app, housekeeping::KINDS, "last").await.expect("a pass");
        let mut tx = app.store.read().await.expect("a reader");
        (job::figures(&mut tx).await.expect("figures") == (0, 0)).then_some(())
    };
    until("an end of all jobs", worked).await;
}

async fn housekeeping_is_done_once_an_hour_by_one_of_many(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let app = gateway.server.app.clone();
    let mut client = gateway.client();
    let call_up = "/oci/lib?USERNAME=inkoop&PASSWORD=Geheim-123-456&HOOK_URL=https%3A%2F%2Ferp.library.example%2Fr";
    assert_eq!(client.get(call_up).await.expect("an answer").status, 303);
    housekeeping::plan(&app).await.expect("a plan");
    nothing_waits(&app).await;
    // As after 401 days, with more of it than one part takes.
    let mut tx = app.store.begin().await.expect("a transaction");
    let sample = hookline::store::evidence::list(&mut tx, "library", "lib", "", "", 1).await.expect("evidence").pop().expect("one");
    let copy = |n| hookline::store::evidence::values(&hookline::store::evidence::Evidence { id: format!("{}{n}", sample.id), ..sample.clone() });
    tx.write(vec![hookline::store::evidence::insert((0..1500).map(copy).collect())]).await.expect("copies");
    tx.commit().await.expect("kept");
    gateway.advance(Duration::from_secs(401 * 86_400));
    assert_eq!(client.get(call_up).await.expect("an answer").status, 303);
    let nodes = ["one", "two"].map(|name| {
        let app = app.clone();
        tokio::spawn(async move {
            for _ in 0..4 {
                housekeeping::plan(&app).await.expect("a plan");
                pass(&app, housekeeping::KINDS, name).await.expect("a pass");
            }
        })
    });
    for node in nodes {
        node.await.expect("a node");
    }
    nothing_waits(&app).await;
    let period = housekeeping::period(app.clock.now());
    let mut tx = app.store.read().await.expect("a reader");
    let rows = tx.sql("SELECT tenant, id, attempts, state FROM job WHERE kind = 'expire-evidence'").all().await.expect("jobs");
    let mut of_library: Vec<String> = Vec::new();
    for row in rows.iter().filter(|row| row.text("id").is_ok_and(|id| id.contains(&period))) {
        assert_eq!((row.text("state").expect("text").as_str(), row.int("attempts").expect("n")), ("done", 1), "{:?}", row.text("id"));
        if row.text("tenant").expect("text") == "library" {
            of_library.push(row.text("id").expect("text"));
        }
    }
    of_library.sort();
    assert_eq!(of_library, [format!("expire-evidence/{period}"), format!("expire-evidence/{period}/2")]);
    let left = tx.sql("SELECT COUNT(*) AS n FROM evidence").first().await.expect("a row").expect("one").int("n").expect("n");
    assert_eq!(left, 1, "what is past its time is gone, and nothing else");
    drop(tx);
    drop(app);
    gateway.stop().await;
}
