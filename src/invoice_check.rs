//! `hookline invoice check`: reads files, has each checked, prints what was found. The words of the JSON are those of the reference validator of
//! electronic invoices, so that its users need learn nothing. Decides nothing itself; opens no database.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use serde_json::{Value, json};

use crate::cli::Format;
use crate::clock::Clock;
use crate::einvoice::rules::Flag;
use crate::einvoice::{BYTES_MAX, Day, Finding, Profile, Report, check, term};

/// What a file came to.
enum Outcome {
    Checked(Box<Report>, u128),
    Unreadable(String),
}

/// What was asked for.
pub struct Request {
    pub files: Vec<PathBuf>,
    pub profile: String,
    /// The day of sending, today without it.
    pub sent: Option<String>,
    pub format: Format,
}

/// Exit 0 when all are accepted, 1 when one is not, 2 when one cannot be read or the question is wrong.
pub fn run(request: &Request) -> ExitCode {
    let profile = match request.profile.as_str() {
        "auto" => None,
        name => match Profile::named(name) {
            Some(profile) => Some(profile),
            None => return wrong(&format!("there is no profile {name}; there are auto, {}", Profile::ALL.map(Profile::code).join(", "))),
        },
    };
    let day = match &request.sent {
        None => Day::parse(&Clock::system().now().date()),
        Some(text) => Day::parse(text),
    };
    let Some(day) = day else { return wrong("a day of sending is written like 2026-08-17") };
    let mut all = Vec::new();
    let mut code = 0;
    for file in &request.files {
        let outcome = outcome(file, profile, day);
        code = code.max(match &outcome {
            Outcome::Checked(report, _) => u8::from(!report.accepted()),
            Outcome::Unreadable(_) => 2,
        });
        match request.format {
            Format::Json => all.push(as_json(file, &outcome)),
            Format::Text => print_text(file, &outcome),
        }
    }
    if request.format == Format::Json {
        println!("{:#}", Value::Array(all));
    }
    ExitCode::from(code)
}

fn wrong(what: &str) -> ExitCode {
    eprintln!("hookline: {what}");
    ExitCode::from(2)
}

fn outcome(file: &Path, profile: Option<Profile>, day: Day) -> Outcome {
    let started = Instant::now();
    match read(file) {
        Ok(bytes) => Outcome::Checked(Box::new(check(&bytes, profile, day)), started.elapsed().as_micros()),
        Err(error) => Outcome::Unreadable(error.to_string()),
    }
}

/// A file that is too large is not read further than shows it.
fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(file)?.take(BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn as_json(file: &Path, outcome: &Outcome) -> Value {
    let name = file.display().to_string();
    let (report, micros) = match outcome {
        Outcome::Unreadable(message) => {
            return json!({
                "file": name, "root": null, "profile": null, "accept": false, "wellformed": false, "xsd": null, "failed": [],
                "errors": [{"ruleset": "io", "message": message}], "fatal": [], "warning": [],
            });
        }
        Outcome::Checked(report, micros) => (report, *micros),
    };
    let mut errors: Vec<Value> = report.refusal.iter().map(|refusal| json!({"ruleset": "xml", "message": refusal.to_string()})).collect();
    if report.refusal.is_none() && report.departures.is_none() {
        errors.push(json!({"ruleset": "xsd", "message": "no schema for this root element"}));
    }
    errors
        .extend(report.unanswered.iter().map(|unanswered| json!({"ruleset": unanswered.set.code(), "message": told(unanswered.why, unanswered.id)})));
    let xsd = report.departures.as_ref().map(|departures| {
        let each = |d: &crate::einvoice::Departure| json!({"line": d.line, "location": d.place, "message": format!("{} {}", d.what.code(), d.name)});
        json!({"valid": departures.is_empty(), "errors": departures.iter().map(each).collect::<Vec<_>>()})
    });
    json!({
        "file": name,
        "root": report.root,
        "profile": report.profile.map_or("auto", Profile::code),
        "rulesets": report.releases.iter().map(|release| release.set.code()).collect::<Vec<_>>(),
        "accept": report.accepted(),
        "wellformed": report.refusal.is_none(),
        "xsd": xsd,
        "failed": report.findings.iter().map(finding_json).collect::<Vec<_>>(),
        "errors": errors,
        "fatal": report.ids(Flag::Fatal),
        "warning": report.ids(Flag::Warning),
        "ms": {"total": format!("{}.{:03}", micros / 1000, micros % 1000).parse::<Value>().unwrap_or(Value::Null)},
        "releases": report.releases.iter().map(|release| json!({"ruleset": release.set.code(), "version": release.version})).collect::<Vec<_>>(),
    })
}

fn finding_json(finding: &Finding) -> Value {
    json!({
        "id": finding.id, "flag": finding.flag.code(), "ruleset": finding.set.code(), "location": finding.place,
        "text": about(finding), "line": finding.line, "terms": finding.terms.split_ascii_whitespace().collect::<Vec<_>>(),
    })
}

fn told(why: &str, id: &str) -> String {
    format!("{id} meets {why}")
}

/// The terms that a rule speaks of, in words.
fn about(finding: &Finding) -> String {
    let named = |number: &str| term(number).map_or_else(|| number.to_owned(), |name| format!("{number} {name}"));
    finding.terms.split_ascii_whitespace().map(named).collect::<Vec<_>>().join(", ")
}

fn print_text(file: &Path, outcome: &Outcome) {
    let report = match outcome {
        Outcome::Unreadable(message) => return println!("{}: cannot be read: {message}", file.display()),
        Outcome::Checked(report, _) => report,
    };
    let verdict = if report.accepted() { "accepted" } else { "refused" };
    let releases = report.releases.iter().map(|release| format!("{} {}", release.set.code(), release.version)).collect::<Vec<_>>().join(", ");
    let profile = report.profile.map_or("no profile", Profile::code);
    println!("{}: {verdict}, {profile}{}{releases}", file.display(), if releases.is_empty() { "" } else { ": " });
    if let Some(refusal) = &report.refusal {
        println!("  not read     {refusal}");
    }
    if report.refusal.is_none() && report.departures.is_none() {
        println!("  structure    there is none for {}", report.root.as_deref().unwrap_or_default());
    }
    for departure in report.departures.iter().flatten() {
        println!("  structure    line {}: {} {} at {}", departure.line, departure.what.code(), departure.name, departure.place);
    }
    for unanswered in &report.unanswered {
        println!("  no answer    {}: {}", unanswered.set.code(), told(unanswered.why, unanswered.id));
    }
    for finding in &report.findings {
        println!("  {:<12} line {}: {} at {}", finding.flag.code(), finding.line, finding.id, finding.place);
        if !finding.terms.is_empty() {
            println!("               {}", about(finding));
        }
    }
}
