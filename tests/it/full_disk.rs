//! A disk that is really full: the program runs in a mount namespace of its own with a small disk for its data, which is filled and
//! emptied under it. Refused with 503, nothing answered is lost, back by itself (P7). It must never pass as if it had run where such
//! a disk cannot be made: then it says that it is left out.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use hookline::store::Store;
use serde_json::{Value, json};

use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Template};
use crate::support::http::{Answer, Client};
use crate::support::ledger::legs;
use crate::support::process::Process;
use crate::support::shop::{Shop, base_of};

const DISK: &str = "16m";
const CALL_UP: &str = "/oci/lib?USERNAME=inkoop&PASSWORD=Geheim-123-456&HOOK_URL=https%3A%2F%2Ferp.library.example%2Fr";

/// `unshare` with what this machine needs, or `None` when it gives no namespace.
fn namespace() -> Option<Vec<&'static str>> {
    let ways = [vec!["--mount"], vec!["--user", "--map-root-user", "--mount"]];
    ways.into_iter().find(|way| {
        let tried = Command::new("unshare").args(way).args(["mount", "-t", "tmpfs", "none", "/tmp"]).output();
        tried.is_ok_and(|output| output.status.success())
    })
}

/// The program on a small disk that nobody else sees; its folder as this process reaches it.
fn start(way: &[&str], data: &Path) -> (Process, PathBuf) {
    let mut command = Command::new("unshare");
    let disk = data.join("disk");
    let script = format!("mkdir \"$1\" && mount -t tmpfs -o size={DISK} none \"$1\" && cp -a \"$0\"/hookline.sqlite* \"$1\" && shift && exec \"$@\"");
    command.args(way).args(["sh", "-c", &script]).arg(data).arg(&disk);
    command.args([env!("CARGO_BIN_EXE_hookline"), "serve", "--listen", "127.0.0.1:0", "--data"]).arg(&disk);
    let process = Process::started(command).expect("the program starts on the small disk");
    let inside = Path::new("/proc").join(process.id().to_string()).join("root").join(disk.strip_prefix("/").expect("an absolute folder"));
    (process, inside)
}

/// Leaves not a byte.
fn fill(ballast: &Path) {
    let mut file = OpenOptions::new().create(true).append(true).open(ballast).expect("a file on the small disk");
    for size in [1 << 20, 1 << 12, 1] {
        let part = vec![7; size];
        while file.write_all(&part).is_ok() {}
    }
}

fn is_page(answer: &Answer) -> bool {
    answer.header("retry-after").is_some() && answer.text().contains("<h1")
}

fn is_problem(answer: &Answer) -> bool {
    let problem: Value = answer.json().unwrap_or_default();
    answer.header("retry-after").is_some() && problem["title"].is_string() && problem["detail"].is_string() && problem["status"] == 503
}

/// What was answered as done, and what was refused.
#[derive(Default)]
struct Told {
    sessions: BTreeSet<String>,
    orders: BTreeSet<String>,
    refused: BTreeSet<String>,
    next: u32,
}

impl Told {
    async fn call_up(&mut self, client: &mut Client) -> u16 {
        let answer = client.get(CALL_UP).await.expect("an answer, whatever the disk does");
        match answer.status {
            303 => drop(self.sessions.insert(base_of(answer.header("location").unwrap_or_default()).expect("a session"))),
            status => assert!(status == 503 && is_page(&answer), "{status}: {}", answer.text()),
        }
        answer.status
    }

    async fn order(&mut self, buyer: &mut Api, number: &str) -> u16 {
        let body =
            json!({"number": number, "connection": "lib", "lines": [{"article": "BOOK-1", "quantity": "1", "coding": {"budget_code": "FICTION"}}]});
        let answer = buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer, whatever the disk does");
        match answer.status {
            200 | 201 => {
                self.refused.remove(number);
                self.orders.insert(number.to_string());
            }
            status => {
                assert!(status == 503 && is_problem(&answer), "{status}: {}", answer.text());
                self.refused.insert(number.to_string());
            }
        }
        answer.status
    }

    async fn fresh_order(&mut self, buyer: &mut Api) -> u16 {
        self.next += 1;
        let number = format!("48{:08}", self.next);
        self.order(buyer, &number).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_and_nothing_is_lost() {
    let Some(way) = namespace() else {
        eprintln!("left out: no mount namespace can be made here (unshare), nothing was tested on a full disk");
        return;
    };
    // A minute of idle time: the pages note that they were seen after a second, which a full disk does not let them.
    let world = WORLD
        .replace("amount = \"100.00\"", "amount = \"9000000.00\"")
        .replace("catalogue = \"main\"\nreturn", "catalogue = \"main\"\nidle_minutes = 1\nreturn");
    assert!(world.contains("idle_minutes"));
    let (data, _) = Template::filled(Engine::Sqlite, &world).await.expect("the world").into_parts();
    let (mut process, disk) = start(&way, data.path());
    let ballast = disk.join("ballast");
    let mut client = Client::new(process.address);
    let mut buyer = Api::signed_in(process.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let mut told = Told::default();
    for _ in 0..3 {
        assert_eq!((told.call_up(&mut client).await, told.fresh_order(&mut buyer).await), (303, 201));
    }
    let opened = told.sessions.iter().next().cloned().expect("a session");

    for round in 0..3 {
        fill(&ballast);
        // A little room may be left inside the files; then it is over.
        let mut in_a_row = 0;
        for _ in 0..400 {
            let statuses = (told.call_up(&mut client).await, told.fresh_order(&mut buyer).await);
            in_a_row = if statuses == (503, 503) { in_a_row + 1 } else { 0 };
            if in_a_row == 10 {
                break;
            }
        }
        assert_eq!(in_a_row, 10, "the disk was never full in round {round}");
        assert!(process.is_alive());
        tokio::time::sleep(Duration::from_millis(1500)).await;
        for page in ["", "article/BOOK-1", "basket"] {
            let shown = client.get(&format!("{opened}{page}")).await.expect("an answer");
            let shown = client.follow(&format!("{opened}{page}"), shown).await.expect("pages").pop().expect("one").1;
            assert_eq!(shown.status, 200, "{page:?} cannot be read while the disk is full: {}", shown.text());
        }
        let mut shop = Shop { client: client.clone(), base: opened.clone(), seen: Vec::new() };
        let mut changed = shop.add("BOOK-1", "1").await.expect("an answer");
        for _ in 0..50 {
            if changed.status == 503 {
                break;
            }
            changed = shop.add("BOOK-1", "1").await.expect("an answer");
        }
        assert!(changed.status == 503 && is_page(&changed), "a change of the basket: {} {}", changed.status, changed.text());
        for number in told.orders.iter().take(3) {
            buyer.get(&format!("/api/v1/orders/{number}")).await.expect("an answered order can be read");
        }
        for (path, status) in [("/health/live", 200), ("/health/ready", 503), ("/metrics", 200), ("/sign-in", 200)] {
            assert_eq!(client.get(path).await.expect("an answer").status, status, "{path}");
        }
        // Room again: the very next ones pass, without a restart; what was refused can be sent again as it was.
        File::options().write(true).truncate(true).open(&ballast).expect("the ballast");
        assert_eq!((told.call_up(&mut client).await, told.fresh_order(&mut buyer).await), (303, 201), "it did not come back by itself");
        assert_eq!(client.get("/health/ready").await.expect("an answer").status, 200);
        for number in told.refused.clone() {
            assert!(matches!(told.order(&mut buyer, &number).await, 200 | 201), "{number} sent again");
        }
    }

    // What is on the disk now, as a crash would find it.
    let found = tempfile::tempdir().expect("a temporary folder");
    for name in ["hookline.sqlite", "hookline.sqlite-wal"] {
        std::fs::copy(disk.join(name), found.path().join(name)).expect("a file of the database");
    }
    process.kill();
    audit(found.path(), &told).await;
}

async fn audit(data: &Path, told: &Told) {
    let store = Store::open(data, None).await.expect("the store opens");
    let mut tx = store.view().await.expect("a view");
    let sound = tx.sql("PRAGMA integrity_check").first().await.expect("a check").expect("a row");
    assert_eq!(sound.text("integrity_check").expect("a text"), "ok");
    let rows = tx.sql("SELECT number FROM purchase_order").all().await.expect("orders");
    let orders: BTreeSet<String> = rows.iter().map(|row| row.text("number").expect("a number")).collect();
    assert_eq!((rows.len(), &orders), (orders.len(), &told.orders), "orders are not those that were answered");
    let legs = legs(&tx.sql("SELECT posting FROM entry ORDER BY sequence").all().await.expect("entries"));
    assert_eq!(legs.iter().map(|leg| leg.amount).sum::<i64>(), 0, "legs do not sum to zero");
    let mut count = async |sql: &'static str| tx.sql(sql).first().await.expect("a statement").expect("a row").int("n").expect("a number");
    let placed = i64::try_from(orders.len()).expect("few");
    assert_eq!(count("SELECT committed AS n FROM standing WHERE budget = 'FICTION'").await, placed * 1000);
    assert_eq!(count("SELECT SUM(json_array_length(lines)) AS n FROM purchase_order").await, placed);
    assert_eq!(count("SELECT COUNT(*) AS n FROM outbox").await, placed);
    assert_eq!(count("SELECT COUNT(*) AS n FROM entry WHERE kind = 'order placed'").await, placed);
    assert_eq!(count("SELECT COUNT(*) - MAX(sequence) AS n FROM entry").await, 0, "the journal has a gap");
    assert!(count("SELECT COUNT(*) AS n FROM inbox WHERE status IN (200, 201)").await >= placed, "documents of orders");
    let sessions = i64::try_from(told.sessions.len()).expect("few");
    assert_eq!(count("SELECT COUNT(*) AS n FROM session").await, sessions, "sessions are not those that were answered");
    assert_eq!(count("SELECT COUNT(*) AS n FROM evidence WHERE kind = 'call_up'").await, sessions);
    drop(tx);
    store.close().await;
}
