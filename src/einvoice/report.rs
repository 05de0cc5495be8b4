//! Checks one document and tells what was found: that it cannot be read, departs from the structure, violates rules, or leaves a rule without an
//! answer. The words are those of the official rules: their ids, flags and places.

use super::release::{Day, Profile, Release, Releases, Set, parse};
use super::rules::{Flag, Kind, Violation};
use super::structure::{self, What};
use super::xml::{Document, Places, Refusal};
use super::xpath::Fault;

/// A document of more nodes takes longer to judge than a thread to start, by far.
const LARGE: u32 = 100_000;

/// A rule that is violated, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub set: Set,
    pub id: &'static str,
    pub flag: Flag,
    pub place: String,
    pub line: usize,
    /// The business terms that the rule speaks of.
    pub terms: &'static str,
    /// What sort of mistake it finds.
    pub kind: Kind,
    /// The path that the rule asks for or forbids, where it is as simple as that.
    pub path: &'static str,
}

/// A departure from the structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    pub what: What,
    pub name: String,
    pub place: String,
    pub line: usize,
}

/// A set of rules that has no answer, because one of its rules has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    pub set: Set,
    pub id: &'static str,
    pub why: &'static str,
}

/// All that is said of a document.
#[derive(Debug)]
pub struct Report {
    pub refusal: Option<Refusal>,
    /// The local name of the document element.
    pub root: Option<String>,
    pub profile: Option<Profile>,
    pub releases: Vec<&'static Release>,
    /// Nothing where there is no structure for the document.
    pub departures: Option<Vec<Departure>>,
    pub findings: Vec<Finding>,
    pub unanswered: Vec<Unanswered>,
    /// What the releases say that come into force next, if such are known.
    pub later: Option<Later>,
}

/// What will be said of a document when other releases are in force.
#[derive(Debug)]
pub struct Later {
    /// The first day on which they are.
    pub since: Day,
    pub releases: Vec<&'static Release>,
    pub findings: Vec<Finding>,
    pub unanswered: Vec<Unanswered>,
    pub accepted: bool,
}

/// The ids of a flag, each once, in order.
fn ids_of(findings: &[Finding], flag: Flag) -> Vec<&str> {
    let mut ids: Vec<&str> = findings.iter().filter(|finding| finding.flag == flag).map(|finding| finding.id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn is_passed(findings: &[Finding], unanswered: &[Unanswered]) -> bool {
    unanswered.is_empty() && !findings.iter().any(|finding| finding.flag == Flag::Fatal)
}

impl Later {
    /// The ids of a flag, each once, in order.
    pub fn ids(&self, flag: Flag) -> Vec<&str> {
        ids_of(&self.findings, flag)
    }
}

impl Report {
    /// Read, of the right structure, without a fatal finding and with an answer from every set.
    pub fn accepted(&self) -> bool {
        self.refusal.is_none() && self.is_structured() && is_passed(&self.findings, &self.unanswered)
    }

    /// The ids of a flag, each once, in order.
    pub fn ids(&self, flag: Flag) -> Vec<&str> {
        ids_of(&self.findings, flag)
    }

    fn is_structured(&self) -> bool {
        self.departures.as_ref().is_some_and(Vec::is_empty)
    }
}

/// Judges a document by the rules of a profile, or of the one it claims, in the releases in force on the day it is sent. The rules run even when
/// the structure is wrong; an access point would stop there.
pub fn check(bytes: &[u8], profile: Option<Profile>, day: Day) -> Report {
    check_by(Releases::OFFICIAL, bytes, profile, day)
}

/// The same by other releases than the official ones.
pub fn check_by(known: Releases, bytes: &[u8], profile: Option<Profile>, day: Day) -> Report {
    let mut report = Report {
        refusal: None,
        root: None,
        profile,
        releases: Vec::new(),
        departures: None,
        findings: Vec::new(),
        unanswered: Vec::new(),
        later: None,
    };
    let document = match parse(bytes) {
        Ok(document) => document,
        Err(refusal) => {
            report.refusal = Some(refusal);
            return report;
        }
    };
    let profile = profile.unwrap_or_else(|| Profile::of(&document));
    report.profile = Some(profile);
    report.root = Some(document.word(document.name(document.root())).1.to_owned());
    report.departures = structure::known(&document).then(|| departures(&document));
    let sets = profile.sets();
    report.releases = sets.iter().map(|set| known.on(*set, day)).collect();
    (report.findings, report.unanswered) = judge(&document, &report.releases);
    report.later = known.next_change(sets, day).map(|since| {
        let releases: Vec<&'static Release> = sets.iter().map(|set| known.on(*set, since)).collect();
        let (findings, unanswered) = judge(&document, &releases);
        let accepted = report.is_structured() && is_passed(&findings, &unanswered);
        Later { since, releases, findings, unanswered, accepted }
    });
    report
}

/// Holds a document against sets of rules: the first of them here, of a large document the others beside it at the same time.
fn judge(document: &Document<'_>, releases: &[&'static Release]) -> (Vec<Finding>, Vec<Unanswered>) {
    let (first, others) = releases.split_at(releases.len().min(1));
    let is_large = document.count() > LARGE && !others.is_empty();
    let (mut judged, other) = side_by_side(is_large, || judge_in_turn(document, first), || judge_in_turn(document, others));
    judged.0.extend(other.0);
    judged.1.extend(other.1);
    judged
}

fn judge_in_turn(document: &Document<'_>, releases: &[&'static Release]) -> (Vec<Finding>, Vec<Unanswered>) {
    let (mut findings, mut unanswered) = (Vec::new(), Vec::new());
    for release in releases {
        match run(document, release) {
            Ok(found) => findings.extend(found),
            Err(without) => unanswered.push(without),
        }
    }
    (findings, unanswered)
}

/// Two pieces of work, on two threads where that is worth it and there is another.
fn side_by_side<A, B: Send>(is_worth_it: bool, here: impl FnOnce() -> A, there: impl Fn() -> B + Sync) -> (A, B) {
    if !is_worth_it {
        return (here(), there());
    }
    std::thread::scope(|scope| {
        let other = std::thread::Builder::new().spawn_scoped(scope, &there);
        let one = here();
        let other = match other {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => there(),
        };
        (one, other)
    })
}

fn departures(document: &Document<'_>) -> Vec<Departure> {
    let mut places = Places::new(document);
    let departure =
        |flaw: structure::Flaw| Departure { what: flaw.what, name: flaw.name, place: places.path(flaw.node), line: places.line(flaw.node) };
    structure::check(document).into_iter().map(departure).collect()
}

fn run(document: &Document<'_>, release: &'static Release) -> Result<Vec<Finding>, Unanswered> {
    let rules = release.rules();
    let no_answer = |(fault, assertion): (Fault, usize)| Unanswered { set: release.set, id: &rules.assertions()[assertion].id, why: fault.code() };
    let violations = rules.run(document).map_err(no_answer)?;
    let mut places = Places::new(document);
    let finding = |violation: Violation| {
        let assertion = &rules.assertions()[violation.assertion];
        Finding {
            set: release.set,
            id: &assertion.id,
            flag: assertion.flag,
            place: places.path(violation.node),
            line: places.line(violation.node),
            terms: &assertion.terms,
            kind: assertion.kind,
            path: &assertion.path,
        }
    };
    Ok(violations.into_iter().map(finding).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_document_is_judged_as_a_small_one() {
        let line = "<cac:InvoiceLine><cbc:ID/><cbc:Note>a</cbc:Note><cac:Item><cbc:Name>b</cbc:Name></cac:Item></cac:InvoiceLine>";
        let text = format!(
            r#"<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
                xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
                xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">{}</Invoice>"#,
            line.repeat(15_000)
        );
        let document = parse(text.as_bytes()).expect("a document");
        assert!(document.count() > LARGE);
        let releases: Vec<&'static Release> = [Set::En16931, Set::Peppol].map(|set| set.on(Day(2026, 11, 28))).to_vec();
        let together = judge(&document, &releases);
        assert!(together.0.len() > 30_000);
        assert_eq!(together, judge_in_turn(&document, &releases));
    }
}
