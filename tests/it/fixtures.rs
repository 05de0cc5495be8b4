//! What stands in `fixtures/`: scenarios of the books, and baskets as each purchasing system is to receive them. Each file was written from
//! the rules that it names, and a folder or file more is a test more. `UPDATE=1` writes what comes out; what then differs is to be held
//! against the rules, never taken as it is.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use hookline::domain::coding::Coding;
use hookline::domain::connection::ReturnMethod;
use hookline::domain::finding::Finding;
use hookline::domain::name::Language;
use hookline::wire::form::{self, Place};
use hookline::wire::oci::callup;
use hookline::wire::oci::preset::{self, PRESETS};
use hookline::wire::oci::returns::{Context, Line, write};
use hookline::wire::scenario;
use hookline::wire::settings::ArticleSettings;

use crate::books;
use crate::support::Engine;
use crate::support::postgres::Database;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// A basket and the call-up it goes back to.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    /// The query or body, as sent.
    call_up: String,
    quote: String,
    line: Vec<GivenLine>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenLine {
    quantity: String,
    article: ArticleSettings,
}

/// A finding with what it is about: a field and its limit, or a count.
fn told(finding: &Finding) -> String {
    let line = finding.line.map(|line| format!("line {line}")).unwrap_or_default();
    let parts = match finding.field.as_str() {
        "" => [finding.code.as_str(), &line, "of", &finding.value],
        field => [finding.code.as_str(), field, &line, &finding.limit],
    };
    format!("! {}", parts.join(" "))
}

/// The form that a system gets, a field a line, and what is to be said of it; or that there is none.
fn handed_back(system: &str, text: &str) -> String {
    let given: Given = toml::from_str(text).expect("a basket");
    let connection = preset::find(system).expect("a preset").connection();
    let pairs = form::read(given.call_up.as_bytes(), Place::Query, None);
    let call_up = callup::read(&pairs, &connection).0.expect("a call-up");
    let line = |given: &GivenLine| {
        let (article, findings) = given.article.article();
        let article = article.unwrap_or_else(|| panic!("no article: {findings:?}"));
        Line { article: Cow::Owned(article), quantity: given.quantity.parse().expect("a quantity"), coding: Coding::default() }
    };
    let lines: Vec<Line<'_>> = given.line.iter().map(line).collect();
    let context = Context { connection: &connection, call_up: &call_up, language: Language::En, quote: &given.quote };
    let (form, findings) = write(context, &lines);
    let mut out = String::new();
    if findings.has_error() {
        out.push_str("refused\n");
    } else {
        let method = if form.method == ReturnMethod::Get { "GET" } else { "POST" };
        writeln!(out, "{method} {} {} {}", form.action, form.target, form.charset.label()).expect("a text");
        for (name, value) in &form.pairs {
            writeln!(out, "{name}={}", value.replace('\n', "\\n")).expect("a text");
        }
    }
    findings.0.iter().for_each(|finding| writeln!(out, "{}", told(finding)).expect("a text"));
    out
}

/// Every system that speaks OCI has a folder, and every basket in it goes back as it should.
#[test]
fn each_system_gets_its_basket() {
    let folders = sorted(&folder("oci"));
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).expect("a name").to_string();
    let systems: BTreeSet<String> = folders.iter().map(|path| name(path)).collect();
    let expected: BTreeSet<String> = PRESETS.iter().filter(|p| p.connection().cxml.is_none()).map(|p| p.id.to_string()).collect();
    assert_eq!(systems, expected);
    let mut wrong = Vec::new();
    for path in folders.iter().flat_map(|folder| sorted(folder)).filter(|path| path.extension().is_some_and(|ext| ext == "in")) {
        let system = name(path.parent().expect("a folder"));
        let found = handed_back(&system, &std::fs::read_to_string(&path).expect("a basket"));
        let out = path.with_extension("out");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&out, &found).expect("written");
        }
        let wanted = std::fs::read_to_string(&out).unwrap_or_default();
        if found != wanted {
            wrong.push(format!("{}\n--- wanted\n{wanted}--- found\n{found}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every event of chapter 17 is in a scenario, and each scenario holds on the pure books.
#[test]
fn the_scenarios_hold() {
    let mut words = BTreeSet::new();
    for path in sorted(&folder("books")) {
        let text = std::fs::read(&path).expect("a file");
        let file: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        let cases = file["cases"].as_array().into_iter().flatten();
        let events = cases.flat_map(|case| case["events"].as_array().into_iter().flatten());
        words.extend(events.map(|event| event["op"].as_str().unwrap_or_default().to_string()));
        for case in scenario::read(&text).expect("readable") {
            assert_eq!(books::play(&case), Ok(()), "{} in {}", case.id, path.display());
        }
    }
    let events = "allocate approve cancel cancel_invoice change close_line close_period credit deliver invoice invoice_run parallel place \
                  reject reopen_line set_period set_policy transfer undeliverable";
    assert_eq!(words, events.split_whitespace().map(str::to_string).collect());
}

/// The same through the real commands.
fn rehearse(database: Option<&str>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hookline"));
    command.arg("rehearse").args(sorted(&folder("books"))).args(["--repeat", "5"]);
    command.args(database.map(|url| ["--database", url]).into_iter().flatten());
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_scenarios_are_rehearsed_on_sqlite() {
    rehearse(None);
}

#[tokio::test]
async fn the_scenarios_are_rehearsed_on_postgres() {
    if Engine::Postgres.is_here() {
        let database = Database::create().await;
        let url = database.url();
        tokio::task::spawn_blocking(move || rehearse(Some(&url))).await.expect("a rehearsal");
    }
}
