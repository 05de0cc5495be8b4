//! The checker of electronic invoices beside the official rules: every case of a folder with the verdict of the reference validator, and fresh
//! mutants that are judged by both. It never takes the product's word for what is right.
//!
//! `HOOKLINE_EINVOICE_CASES` names another folder (`index.jsonl`, `cases/`, perhaps `verdicts-full.jsonl.gz`); `HOOKLINE_EINVOICE_MUTANTS` the number
//! of mutants (default 500), `HOOKLINE_SEED` their seed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use hookline::einvoice::{Day, Profile, Report, Set, check};
use serde_json::Value;

use crate::support::shared;

/// The day on which the releases of the reference verdicts are in force.
const SENT: Day = Day(2026, 11, 28);

/// Everything an index may say; a word that is not here is one that this test does not understand.
const KEYS: [&str; 17] = [
    "file",
    "root",
    "kind",
    "profile",
    "xsd_valid",
    "rules_accept",
    "accept",
    "fatal",
    "warning",
    "verdict",
    "rule_errors",
    "declared",
    "scope",
    "source",
    "licence",
    "attachments_shortened",
    "note",
];
const KINDS: [&str; 5] = ["unit", "example", "planted", "mutant", "hand"];
const ROOTS: [&str; 3] = ["Invoice", "CreditNote", "CrossIndustryInvoice"];
/// Rule sets that are not checked here: another syntax, other countries.
const NOT_OURS: [&str; 3] = ["en16931-cii", "ublbe", "xrechnung"];
const PROFILES: [&str; 8] = ["en16931", "peppol", "peppol-sb", "nlcius", "nlcius-gaccount", "ublbe", "xrechnung", "cii"];

/// Rule id to number of firings; nothing where the rules have no answer.
type Counts = Option<BTreeMap<String, i64>>;
/// Rule id, flag, place.
type Places = Vec<(String, String, String)>;

#[derive(Default)]
struct Tally {
    cases: usize,
    left_out: usize,
    verdicts: usize,
    places: usize,
    differences: Vec<String>,
}

impl Tally {
    fn differs(&mut self, what: String) {
        self.differences.push(what);
    }

    fn add(&mut self, other: Tally) {
        self.cases += other.cases;
        self.left_out += other.left_out;
        self.verdicts += other.verdicts;
        self.places += other.places;
        self.differences.extend(other.differences);
    }

    fn end(self, what: &str) {
        let Tally { cases, left_out, verdicts, places, differences } = self;
        println!("{what}: {cases} cases, {verdicts} verdicts, {places} lists of places, {left_out} left out; {} differences", differences.len());
        assert!(cases > 0, "no case was found");
        let shown = differences.iter().take(30).cloned().collect::<Vec<_>>().join("\n");
        assert!(differences.is_empty(), "{} differences\n{shown}", differences.len());
    }
}

/// The set and the profile under which a word of the index is judged.
fn judged(word: &str) -> Option<(Profile, Set)> {
    match word {
        "en16931" => Some((Profile::Peppol, Set::En16931)),
        "peppol" => Some((Profile::Peppol, Set::Peppol)),
        "peppol-sb" => Some((Profile::PeppolSelfBilling, Set::PeppolSelfBilling)),
        "nlcius" | "si-ubl" => Some((Profile::Nlcius, Set::SiUbl)),
        "si-ubl-gaccount" => Some((Profile::NlciusGaccount, Set::SiUblGaccount)),
        _ => None,
    }
}

/// What NLCIUS adds is told without what it takes over from EN 16931.
fn is_added(id: &str) -> bool {
    ["BR-NL-", "SI-", "BII2-"].iter().any(|start| id.starts_with(start))
}

/// One document under each profile that is asked for, each once.
struct Judge<'x> {
    bytes: &'x [u8],
    reports: BTreeMap<&'static str, Report>,
}

impl Judge<'_> {
    fn report(&mut self, profile: Profile) -> &Report {
        let bytes = self.bytes;
        self.reports.entry(profile.code()).or_insert_with(|| check(bytes, Some(profile), SENT))
    }

    fn places(&mut self, word: &str) -> Option<Places> {
        let (profile, set) = judged(word).expect("a rule set that is judged");
        let report = self.report(profile);
        if report.unanswered.iter().any(|unanswered| unanswered.set == set) {
            return None;
        }
        let findings = report.findings.iter().filter(|finding| finding.set == set && (word != "nlcius" || is_added(finding.id)));
        Some(findings.map(|finding| (finding.id.to_owned(), finding.flag.code().to_owned(), finding.place.clone())).collect())
    }
}

fn counts(places: &Places) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for (id, ..) in places {
        *counts.entry(id.clone()).or_default() += 1;
    }
    counts
}

fn wanted(value: &Value) -> Counts {
    value.as_object().map(|counts| counts.iter().map(|(id, count)| (id.clone(), count.as_i64().expect("a count"))).collect())
}

fn understood(case: &Value) {
    for key in case.as_object().expect("a case").keys() {
        assert!(KEYS.contains(&key.as_str()), "index.jsonl says {key}, which this test does not know");
    }
    for (key, known) in [("kind", &KINDS[..]), ("root", &ROOTS[..]), ("profile", &PROFILES[..])] {
        if let Some(word) = case.get(key).and_then(Value::as_str) {
            assert!(known.contains(&word), "index.jsonl says {key} {word}, which this test does not know");
        }
    }
}

/// Compares one case; `places` by rule set where they are known.
fn compare(case: &Value, bytes: &[u8], places: Option<&BTreeMap<String, Places>>) -> Tally {
    let mut tally = Tally { cases: 1, ..Tally::default() };
    let file = case["file"].as_str().expect("a file");
    let mut judge = Judge { bytes, reports: BTreeMap::new() };
    let report = judge.report(Profile::None);
    if let Some(refusal) = &report.refusal {
        tally.differs(format!("{file}: not read, {refusal}"));
        return tally;
    }
    let valid = report.departures.as_ref().is_some_and(Vec::is_empty);
    if Some(valid) != case["xsd_valid"].as_bool() {
        tally.differs(format!("{file}: structure {valid}, {:?}", report.departures));
    }
    for (word, verdict) in case["verdict"].as_object().expect("a verdict") {
        if judged(word).is_none() {
            assert!(NOT_OURS.contains(&word.as_str()), "index.jsonl says rule set {word}, which this test does not know");
            continue;
        }
        tally.verdicts += 1;
        let ours = judge.places(word);
        let theirs = wanted(verdict);
        let our_counts = ours.as_ref().map(counts);
        if our_counts != theirs {
            tally.differs(format!("{file} {word}: {}", difference(&our_counts, &theirs)));
        } else if let (Some(mut ours), Some(theirs)) = (ours, places.and_then(|places| places.get(word))) {
            let mut theirs = theirs.clone();
            ours.sort();
            theirs.sort();
            tally.places += 1;
            if ours != theirs {
                tally.differs(format!("{file} {word}: places {ours:?} instead of {theirs:?}"));
            }
        }
    }
    tally
}

fn difference(ours: &Counts, theirs: &Counts) -> String {
    match (ours, theirs) {
        (Some(_), None) => "an answer where the official rules have none".to_owned(),
        (None, _) => "no answer where the official rules have one".to_owned(),
        (Some(ours), Some(theirs)) => {
            let ids: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
            let count = |counts: &BTreeMap<String, i64>, id: &String| counts.get(id).copied().unwrap_or(0);
            let differs = ids.into_iter().filter(|id| count(ours, id) != count(theirs, id));
            differs.map(|id| format!("{id} {} instead of {}", count(ours, id), count(theirs, id))).collect::<Vec<_>>().join(", ")
        }
    }
}

/// Half of the cases on each of two threads.
fn compare_all(folder: &Path, index: &str, places: &BTreeMap<String, BTreeMap<String, Places>>) -> Tally {
    let cases: Vec<Value> = index.lines().map(|line| serde_json::from_str(line).expect("a line of index.jsonl")).collect();
    cases.iter().for_each(understood);
    let some = |part: usize| {
        let mut tally = Tally::default();
        for case in cases.iter().skip(part).step_by(2) {
            if case["root"] == "CrossIndustryInvoice" {
                tally.left_out += 1;
                continue;
            }
            let file = case["file"].as_str().expect("a file");
            let bytes = std::fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            tally.add(compare(case, &bytes, places.get(file)));
        }
        tally
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| some(1));
        let mut tally = some(0);
        tally.add(other.join().expect("the other half"));
        tally
    })
}

/// Places by file and rule set, from lines of the reference validator.
fn places_of(lines: &str) -> BTreeMap<String, BTreeMap<String, Places>> {
    let mut all: BTreeMap<String, BTreeMap<String, Places>> = BTreeMap::new();
    for line in lines.lines() {
        let case: Value = serde_json::from_str(line).expect("a line of verdicts-full.jsonl");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let by_set = all.entry(text(&case["file"])).or_default();
        for failed in case["failed"].as_array().expect("failed") {
            by_set.entry(text(&failed[0])).or_default().push((text(&failed[1]), text(&failed[2]), text(&failed[3])));
        }
    }
    all
}

fn full_verdicts(folder: &Path) -> BTreeMap<String, BTreeMap<String, Places>> {
    let packed = folder.join("verdicts-full.jsonl.gz");
    if !packed.is_file() {
        eprintln!("left out: {} is not there, no place was compared", packed.display());
        return BTreeMap::new();
    }
    match Command::new("gzip").arg("-dc").arg(&packed).output() {
        Ok(output) if output.status.success() => places_of(&String::from_utf8_lossy(&output.stdout)),
        _ => {
            eprintln!("left out: gzip cannot unpack {}, no place was compared", packed.display());
            BTreeMap::new()
        }
    }
}

fn cases_folder() -> Option<PathBuf> {
    match std::env::var_os("HOOKLINE_EINVOICE_CASES") {
        Some(folder) => Some(PathBuf::from(folder)),
        None => shared().map(|shared| shared.join("data/einvoice/tests")),
    }
}

#[test]
fn every_case_has_the_official_verdict() {
    let Some(folder) = cases_folder() else { return };
    let index = std::fs::read_to_string(folder.join("index.jsonl")).expect("index.jsonl");
    compare_all(&folder, &index, &full_verdicts(&folder)).end("einvoice cases");
}

// --- mutants ----------------------------------------------------------------------------------------------------------

/// What the reference validator says of files: lines of an index, and the places.
fn reference(tool: &Path, files: &[PathBuf]) -> Option<Vec<Value>> {
    let mut child = Command::new(tool.join("run"))
        .args(["--stdin", "--no-text", "--rulesets", "en16931,peppol,si-ubl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut names = child.stdin.take()?;
    let list: String = files.iter().map(|file| format!("{}\n", file.display())).collect();
    let writer = std::thread::spawn(move || names.write_all(list.as_bytes()));
    let output = child.wait_with_output().ok()?;
    writer.join().ok()?.ok()?;
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).ok()).collect()
}

/// One answer of the reference validator as a case with places.
fn as_case(answer: &Value) -> (Value, BTreeMap<String, Places>) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut places: BTreeMap<String, Places> = BTreeMap::new();
    let mut verdict = serde_json::Map::new();
    for set in ["en16931", "peppol", "si-ubl"] {
        let failed = answer["failed"].as_array().expect("failed").iter().filter(|failed| failed["ruleset"] == set);
        let found: Places = failed.map(|failed| (text(&failed["id"]), text(&failed["flag"]), text(&failed["location"]))).collect();
        let unanswered = answer["errors"].as_array().expect("errors").iter().any(|error| error["ruleset"] == set);
        verdict.insert(set.to_owned(), if unanswered { Value::Null } else { serde_json::to_value(counts(&found)).expect("counts") });
        places.insert(set.to_owned(), found);
    }
    let case = serde_json::json!({"file": answer["file"], "xsd_valid": answer["xsd"]["valid"], "verdict": verdict});
    (case, places)
}

fn number(name: &str, otherwise: impl FnOnce() -> u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or_else(otherwise)
}

#[test]
fn fresh_mutants_have_the_official_verdict() {
    let Some(shared) = shared() else { return };
    let tool = shared.join("tools/validate-einvoice");
    let cases = shared.join("data/einvoice/tests");
    let Ok(index) = std::fs::read_to_string(cases.join("index.jsonl")) else {
        return eprintln!("left out: {} is not there, no mutant was made", cases.display());
    };
    let seed = number("HOOKLINE_SEED", || {
        u64::from(std::process::id()) + std::time::UNIX_EPOCH.elapsed().map_or(0, |passed| passed.as_secs()) % 1_000_000_000
    });
    let count = number("HOOKLINE_EINVOICE_MUTANTS", || 500);
    println!("einvoice mutants: HOOKLINE_SEED={seed} HOOKLINE_EINVOICE_MUTANTS={count}");
    let is_base = |case: &Value| matches!(case["kind"].as_str(), Some("example" | "hand")) && case["root"] != "CrossIndustryInvoice";
    let bases = index.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).filter(is_base);
    let bases: Vec<PathBuf> = bases.filter_map(|case| Some(cases.join(case["file"].as_str()?))).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let mutate = Command::new(tool.join("mutate"))
        .args(["--seed", &seed.to_string(), "--count", &count.to_string(), "--out"])
        .arg(folder.path())
        .args(&bases)
        .output();
    if !mutate.as_ref().is_ok_and(|output| output.status.success()) {
        return eprintln!("left out: {} cannot be run (Python 3 with pip is needed), no mutant was made", tool.join("mutate").display());
    }
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder.path()).expect("the mutants").flatten().map(|entry| entry.path()).collect();
    files.sort();
    let answers = reference(&tool, &files).expect("an answer of the reference validator for each mutant");
    assert_eq!(answers.len(), files.len());
    let mut tally = Tally::default();
    for (file, answer) in files.iter().zip(&answers) {
        let bytes = std::fs::read(file).expect("a mutant");
        let (case, places) = as_case(answer);
        tally.add(compare(&case, &bytes, Some(&places)));
    }
    tally.end(&format!("einvoice mutants of seed {seed}"));
}

/// BR-CO-16 compares the amount due with what is computed: where the first of two numbers is not there, the official check does not ask for the
/// second; where it is there and no number, there is no answer, whatever the second is.
#[test]
fn the_first_of_two_numbers_is_asked_first() {
    for (due, with_tax, prepaid, rounding, is_answered) in [
        ("", "abc", "", "", true),
        ("abc", "", "", "", false),
        ("1300", "", "abc", "", true),
        ("1300", "", "", "abc", false),
        ("", "1300", "", "abc", true),
        ("abc", "", "1", "1", false),
        (" ", "1300", "", "", false),
        ("1300", "abc", "", "", false),
        ("1300", "1300", "", "", true),
        ("", "", "abc", "abc", true),
        ("1300", "1300", "abc", "", false),
    ] {
        let element = |name: &str, value: &str| if value.is_empty() { String::new() } else { format!("<cbc:{name}>{value}</cbc:{name}>") };
        let amounts = [("TaxInclusiveAmount", with_tax), ("PrepaidAmount", prepaid), ("PayableRoundingAmount", rounding), ("PayableAmount", due)];
        let text = format!(
            r#"<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
                xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
                xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
                ><cac:LegalMonetaryTotal>{}</cac:LegalMonetaryTotal></Invoice>"#,
            amounts.map(|(name, value)| element(name, value)).concat()
        );
        let report = check(text.as_bytes(), Some(Profile::En16931), SENT);
        assert_eq!(report.unanswered.is_empty(), is_answered, "{due:?} {with_tax:?} {prepaid:?} {rounding:?}: {:?}", report.unanswered);
    }
}

// --- bad input --------------------------------------------------------------------------------------------------------

#[test]
fn what_is_no_document_is_refused_with_its_place() {
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let many = format!("<a>{}</a>", (0..70_000).map(|at| format!("<n{at}/>")).collect::<String>());
    let cases: [(&[u8], &str); 14] = [
        (b"", "no-element at line 1, column 1"),
        (b"hello", "bad-markup at line 1, column 1"),
        (b"<a>\n <b></a>", "wrong-end-tag at line 2, column 5"),
        (b"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>", "document-type at line 1, column 1"),
        (b"<a>&lol;</a>", "unknown-entity at line 1, column 4"),
        (b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "unknown-charset at line 1, column 1"),
        (b"<a>\xff</a>", "broken-charset at line 1, column 4"),
        (b"<a>\x01</a>", "forbidden-character at line 1, column 4"),
        (b"<a b='1' b='2'/>", "attribute-twice at line 1, column 10"),
        (b"<x:a/>", "undeclared-prefix at line 1, column 1"),
        (b"<a/><b/>", "after-the-end at line 1, column 5"),
        (b"<a", "unfinished at line 1, column 3"),
        (deep.as_bytes(), "too-deep at line 1, column 193"),
        (many.as_bytes(), "too-many-names"),
    ];
    for (bytes, expected) in cases {
        let started = std::time::Instant::now();
        let report = check(bytes, None, SENT);
        let refusal = report.refusal.as_ref().map(ToString::to_string).unwrap_or_default();
        assert!(refusal.starts_with(expected), "{refusal} instead of {expected}");
        assert!(!report.accepted());
        assert!(started.elapsed().as_secs() < 2);
    }
}
