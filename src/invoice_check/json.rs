//! A report of the checker as JSON, in the words of the reference validator of electronic invoices: the same on the command line and over the API.
//! Never decides a verdict.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

use crate::einvoice::rules::Flag;
use crate::einvoice::{Departure, Finding, Later, Profile, Release, Report, Unanswered, term};

/// What is said of one document, and how long it took. Findings become JSON one after the other, for there may be as many as the document has lines.
pub struct ReportJson<'r> {
    pub name: &'r str,
    pub report: &'r Report,
    pub micros: u128,
    /// At most so many findings, and how many there are besides. The ids of all rules that are violated are told in any case.
    pub findings_max: usize,
}

impl Serialize for ReportJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (report, micros) = (self.report, self.micros);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("file", self.name)?;
        map.serialize_entry("root", &report.root)?;
        map.serialize_entry("profile", report.profile.map_or("auto", Profile::code))?;
        map.serialize_entry("rulesets", &report.releases.iter().map(|release| release.set.code()).collect::<Vec<_>>())?;
        map.serialize_entry("accept", &report.accepted())?;
        map.serialize_entry("wellformed", &report.refusal.is_none())?;
        map.serialize_entry("xsd", &report.departures.as_ref().map(|departures| structure(departures)))?;
        map.serialize_entry("failed", &Failed(&report.findings[..report.findings.len().min(self.findings_max)]))?;
        map.serialize_entry("failed_besides", &report.findings.len().saturating_sub(self.findings_max))?;
        map.serialize_entry("errors", &errors(report))?;
        map.serialize_entry("fatal", &report.ids(Flag::Fatal))?;
        map.serialize_entry("warning", &report.ids(Flag::Warning))?;
        let total = format!("{}.{:03}", micros / 1000, micros % 1000).parse::<Value>().unwrap_or(Value::Null);
        map.serialize_entry("ms", &json!({ "total": total }))?;
        map.serialize_entry("releases", &releases(&report.releases))?;
        map.serialize_entry("later", &report.later.as_ref().map(later))?;
        map.end()
    }
}

struct Failed<'r>(&'r [Finding]);

impl Serialize for Failed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(finding))
    }
}

/// The whole as a value.
pub fn report_json(name: &str, report: &Report, micros: u128) -> Value {
    short_report_json(name, report, micros, usize::MAX)
}

/// The same with at most so many findings.
pub fn short_report_json(name: &str, report: &Report, micros: u128, findings_max: usize) -> Value {
    serde_json::to_value(ReportJson { name, report, micros, findings_max }).expect("its keys are texts, and nothing of it refuses to be JSON")
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
