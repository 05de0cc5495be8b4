//! A report of the checker as JSON, in the words of the reference validator of electronic invoices: the same on the command line and over the API.
//! Never decides a verdict.

use serde_json::{Value, json};

use crate::einvoice::rules::Flag;
use crate::einvoice::{Departure, Finding, Later, Profile, Release, Report, Unanswered, term};

/// What is said of one document, and how long it took.
pub fn report_json(name: &str, report: &Report, micros: u128) -> Value {
    short_report_json(name, report, micros, usize::MAX)
}

/// The same with at most so many findings, and how many there are besides. The ids of all rules that are violated are told in any case.
pub fn short_report_json(name: &str, report: &Report, micros: u128, findings_max: usize) -> Value {
    json!({
        "file": name,
        "root": report.root,
        "profile": report.profile.map_or("auto", Profile::code),
        "rulesets": report.releases.iter().map(|release| release.set.code()).collect::<Vec<_>>(),
        "accept": report.accepted(),
        "wellformed": report.refusal.is_none(),
        "xsd": report.departures.as_ref().map(|departures| structure(departures)),
        "failed": report.findings.iter().take(findings_max).map(finding).collect::<Vec<_>>(),
        "failed_besides": report.findings.len().saturating_sub(findings_max),
        "errors": errors(report),
        "fatal": report.ids(Flag::Fatal),
        "warning": report.ids(Flag::Warning),
        "ms": {"total": format!("{}.{:03}", micros / 1000, micros % 1000).parse::<Value>().unwrap_or(Value::Null)},
        "releases": releases(&report.releases),
        "later": report.later.as_ref().map(later),
    })
}

/// What is said of a document that could not be read at all.
pub fn unreadable_json(name: &str, message: &str) -> Value {
    json!({
        "file": name, "root": null, "profile": null, "accept": false, "wellformed": false, "xsd": null, "failed": [],
        "errors": [{"ruleset": "io", "message": message}], "fatal": [], "warning": [],
    })
}

fn structure(departures: &[Departure]) -> Value {
    let each = |d: &Departure| json!({"line": d.line, "location": d.place, "message": format!("{} {}", d.what.code(), d.name)});
    json!({"valid": departures.is_empty(), "errors": departures.iter().map(each).collect::<Vec<_>>()})
}

fn errors(report: &Report) -> Vec<Value> {
    let mut errors: Vec<Value> = report.refusal.iter().map(|refusal| json!({"ruleset": "xml", "message": refusal.to_string()})).collect();
    if report.refusal.is_none() && report.departures.is_none() {
        errors.push(json!({"ruleset": "xsd", "message": "no schema for this root element"}));
    }
    errors.extend(report.unanswered.iter().map(|without| json!({"ruleset": without.set.code(), "message": told(without)})));
    errors
}

fn releases(releases: &[&Release]) -> Vec<Value> {
    releases.iter().map(|release| json!({"ruleset": release.set.code(), "version": release.version})).collect()
}

fn later(later: &Later) -> Value {
    json!({
        "from": later.since.to_string(),
        "accept": later.accepted,
        "releases": releases(&later.releases),
        "fatal": later.ids(Flag::Fatal),
        "warning": later.ids(Flag::Warning),
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "id": finding.id, "flag": finding.flag.code(), "ruleset": finding.set.code(), "location": finding.place,
        "text": about(finding), "line": finding.line, "kind": finding.kind.code(),
        "terms": finding.terms.split_ascii_whitespace().collect::<Vec<_>>(),
    })
}

/// Why a set of rules has no answer.
pub(super) fn told(without: &Unanswered) -> String {
    format!("{} meets {}", without.id, without.why)
}

/// The terms that a rule speaks of, in words.
pub(super) fn about(finding: &Finding) -> String {
    let named = |number: &str| term(number).map_or_else(|| number.to_owned(), |name| format!("{number} {name}"));
    finding.terms.split_ascii_whitespace().map(named).collect::<Vec<_>>().join(", ")
}
