//! Checks one document and tells what was found: that it cannot be read, departs from the structure, violates rules, or leaves a rule without an
//! answer. The words are those of the official rules: their ids, flags and places.

use super::release::{Day, Profile, Release, Set, parse};
use super::rules::Flag;
use super::structure::{self, What};
use super::xml::{Document, Places, Refusal};

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
}

impl Report {
    /// Read, of the right structure, without a fatal finding and with an answer from every set.
    pub fn accepted(&self) -> bool {
        self.refusal.is_none()
            && self.departures.as_ref().is_some_and(Vec::is_empty)
            && self.unanswered.is_empty()
            && !self.findings.iter().any(|finding| finding.flag == Flag::Fatal)
    }

    /// The ids of a flag, each once, in order.
    pub fn ids(&self, flag: Flag) -> Vec<&str> {
        let mut ids: Vec<&str> = self.findings.iter().filter(|finding| finding.flag == flag).map(|finding| finding.id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// Judges a document by the rules of a profile, or of the one it claims, in the releases in force on the day it is sent. The rules run even when
/// the structure is wrong; an access point would stop there.
pub fn check(bytes: &[u8], profile: Option<Profile>, day: Day) -> Report {
    let mut report =
        Report { refusal: None, root: None, profile, releases: Vec::new(), departures: None, findings: Vec::new(), unanswered: Vec::new() };
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
    for set in profile.sets() {
        let release = set.on(day);
        report.releases.push(release);
        run(&document, release, &mut report);
    }
    report
}

fn departures(document: &Document<'_>) -> Vec<Departure> {
    let mut places = Places::new(document);
    let departure =
        |flaw: structure::Flaw| Departure { what: flaw.what, name: flaw.name, place: places.path(flaw.node), line: places.line(flaw.node) };
    structure::check(document).into_iter().map(departure).collect()
}

fn run(document: &Document<'_>, release: &'static Release, report: &mut Report) {
    let rules = release.rules();
    let mut places = Places::new(document);
    match rules.run(document) {
        Ok(violations) => report.findings.extend(violations.into_iter().map(|violation| {
            let assertion = &rules.assertions()[violation.assertion];
            Finding {
                set: release.set,
                id: &assertion.id,
                flag: assertion.flag,
                place: places.path(violation.node),
                line: places.line(violation.node),
                terms: &assertion.terms,
            }
        })),
        Err((fault, assertion)) => {
            report.unanswered.push(Unanswered { set: release.set, id: &rules.assertions()[assertion].id, why: fault.code() });
        }
    }
}
