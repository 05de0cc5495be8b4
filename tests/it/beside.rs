//! Commands beside a running service: what an operator sets while people work is there for them within seconds, and nobody is thrown out.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::Api;
use crate::support::postgres::Database;
use crate::support::process::Process;

on_both_engines! { an_operator_works_beside_the_service, nothing_is_begun_by_mistake }

/// Runs the program on the same data; what it said.
fn hookline(data: &Path, database: Option<&str>, args: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hookline"));
    command.args(args).arg("--data").arg(data).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(url) = database {
        command.args(["--database", url]);
    }
    let mut child = command.spawn().expect("the program");
    child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("written");
    child.wait_with_output().expect("its end")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

async fn an_operator_works_beside_the_service(engine: Engine) {
    let database = match engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(Database::create().await),
    };
    let url = database.as_ref().map(Database::url);
    let folder = tempfile::tempdir().expect("a folder");
    let (data, file) = (folder.path().join("data"), folder.path().join("setup.toml"));
    std::fs::write(&file, WORLD).expect("written");
    let file = file.to_str().expect("a name");
    let mut service = Process::start(&data, url.as_deref());
    let run = |args: &[&str], input: &str| hookline(&data, url.as_deref(), args, input);
    let planned = run(&["apply", "--dry-run", file], "");
    assert!(planned.status.success(), "{}", said(&planned));
    let applied = run(&["apply", file], "");
    assert!(applied.status.success() && said(&applied).contains("changed"), "{}", said(&applied));
    let again = run(&["apply", file], "");
    assert!(said(&again).contains("changed 0 of"), "{}", said(&again));
    let exported = run(&["export"], "");
    assert!(exported.status.success() && said(&exported).contains("id = \"library\""), "{}", said(&exported));
    assert!(sign_in(&service, "Orderer-password-1").await, "whom the file names signs in");
    let set = run(&["user", "orderer@library.example"], "Another-password-2\n");
    assert!(set.status.success(), "{}", said(&set));
    assert!(sign_in(&service, "Another-password-2").await, "the new password holds");
    assert!(service.is_alive());
    let closed = run(&["user", "orderer@library.example", "--close"], "");
    assert!(closed.status.success(), "{}", said(&closed));
    assert!(Api::signed_in(service.address, "orderer@library.example", "Another-password-2").await.is_err(), "a closed account is closed");
}

/// A folder or database that holds no installation is named, and is as empty afterwards as before.
async fn nothing_is_begun_by_mistake(engine: Engine) {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("mistyped");
    match engine {
        Engine::Sqlite => {
            for args in [&["verify"][..], &["parked"], &["export"], &["user", "orderer@library.example"]] {
                let output = hookline(&data, None, args, "");
                let expected = format!("hookline: not found: installation in {}", data.display());
                assert_eq!((output.status.code(), said(&output).trim_end()), (Some(1), expected.as_str()), "{args:?}");
                assert!(!data.exists(), "{args:?}");
            }
        }
        Engine::Postgres => {
            let database = Database::create().await;
            let output = hookline(&data, Some(&database.url()), &["verify"], "");
            assert_eq!(output.status.code(), Some(1));
            assert!(said(&output).contains("run hookline migrate on it first"), "{}", said(&output));
        }
    }
}

/// Within the second that the service may remember what was.
async fn sign_in(service: &Process, password: &str) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(5) {
        if Api::signed_in(service.address, "orderer@library.example", password).await.is_ok() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}
