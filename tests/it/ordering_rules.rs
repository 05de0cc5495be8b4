//! The rules of Peppol ordering beside the official test documents and examples of the shared data. Each test document declares which rule it must
//! or must not violate; the declaration is taken as it is. It never takes the product's word for what is right.

use std::path::{Path, PathBuf};

use hookline::einvoice::{Day, Profile, Report, check};

use crate::support::shared;

const SENT: Day = Day(2026, 11, 28);

fn data() -> Option<PathBuf> {
    let folder = shared().map(|shared| shared.join("data/peppol-ordering"));
    if folder.is_none() {
        println!("left out: HOOKLINE_SHARED names no folder");
    }
    folder
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of the shared data").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "xml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What a test document declares: the word, the rule, and how often where that is said.
struct Declared {
    word: String,
    rule: String,
    number: Option<usize>,
}

/// The parts of a file of tests between two tags, in order.
fn parts<'t>(text: &'t str, open: &str, close: &str) -> Vec<&'t str> {
    text.split(open).skip(1).filter_map(|rest| rest.split_once(close).map(|(inner, _)| inner)).collect()
}

fn declared(test: &str) -> Vec<Declared> {
    let mut all = Vec::new();
    for word in ["success", "error", "warning"] {
        for inner in parts(test, &format!("<{word}"), &format!("</{word}>")) {
            let (attributes, rule) = inner.split_once('>').expect("a declaration with a rule");
            let number = attributes.split_once("number=\"").and_then(|(_, rest)| rest.split('"').next()).and_then(|number| number.parse().ok());
            all.push(Declared { word: word.to_string(), rule: rule.trim().to_string(), number });
        }
    }
    all
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, rest)| rest);
    }
    out + rest
}

fn firings(report: &Report, rule: &str, flag: &str) -> usize {
    report.findings.iter().filter(|finding| finding.id == rule && finding.flag.code() == flag).count()
}

/// The profile that the configuration of a file of tests names: `peppolbis-t01-base-3.0`.
fn profile(text: &str) -> Profile {
    let of = |transaction: &str| match transaction {
        "t01" => Profile::Order,
        "t114" => Profile::OrderChange,
        "t115" => Profile::OrderCancellation,
        "t76" => Profile::OrderResponse,
        "t116" => Profile::OrderResponseAdvanced,
        "t110" => Profile::OrderAgreement,
        "t16" => Profile::DespatchAdvice,
        "t77" => Profile::PunchOut,
        other => panic!("no profile for {other}"),
    };
    let configuration = parts(text, "configuration=\"", "\"").first().copied().expect("a configuration");
    of(configuration.split('-').nth(1).expect("a transaction"))
}

#[test]
fn every_test_document_of_the_rules_does_what_it_declares() {
    let Some(data) = data() else { return };
    let (mut count, mut wrong) = (0, Vec::new());
    for file in files(&data.join("rule-tests")) {
        let text = without_comments(&std::fs::read_to_string(&file).expect("a file of tests"));
        let profile = profile(&text);
        for (place, test) in parts(&text, "<test>", "</test>").into_iter().enumerate() {
            let (head, document) = test.split_once("</assert>").expect("a test with a declaration");
            let report = check(document.trim().as_bytes(), Some(profile), SENT);
            assert!(report.refusal.is_none(), "{}, test {place}: {:?}", file.display(), report.refusal);
            for Declared { word, rule, number } in declared(head) {
                count += 1;
                let (fatal, warning) = (firings(&report, &rule, "fatal"), firings(&report, &rule, "warning"));
                let holds = match word.as_str() {
                    "success" => fatal + warning == 0,
                    "error" => fatal > 0 && number.is_none_or(|number| number == fatal),
                    _ => warning > 0 && number.is_none_or(|number| number == warning),
                };
                if !holds || !report.unanswered.is_empty() {
                    let said = format!("{fatal} fatal, {warning} warnings, {:?}", report.unanswered);
                    wrong.push(format!("{} test {place}: {word} {number:?} declared, {said}", file.file_stem().expect("a name").display()));
                }
            }
        }
    }
    println!("{count} declarations");
    assert!(count > 370, "{count} declarations were found");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Examples that a rule in force refuses: files and rules, each looked at by a person.
const REFUSED: &[(&str, &str)] = &[];

#[test]
fn the_official_examples_are_accepted() {
    let Some(data) = data() else { return };
    let mut count = 0;
    for folder in ["examples", "composed"] {
        for file in files(&data.join(folder)) {
            let name = file.file_name().expect("a name").to_string_lossy().into_owned();
            let bytes = std::fs::read(&file).expect("an example");
            // The catalogue itself and the answer to it are no messages of ordering.
            if name.starts_with("Catalogue") {
                println!("left out: {name}");
                continue;
            }
            // One declares another charset; who receives orders has it in UTF-8 before it is checked.
            let (text, _) = hookline::wire::cxml::encoding::decode(&bytes, None).expect("a charset that is known");
            let text = text.split_once("?>").map_or(text.as_str(), |(_, rest)| rest).trim_start();
            let report = check(text.as_bytes(), None, SENT);
            count += 1;
            let fatal: Vec<&str> = report.ids(hookline::einvoice::rules::Flag::Fatal);
            let known: Vec<&str> = REFUSED.iter().filter(|(file, _)| *file == name).map(|(_, rule)| *rule).collect();
            assert_eq!(fatal, known, "{name}");
            assert!(report.unanswered.is_empty(), "{name}: {:?}", report.unanswered);
            assert_eq!(report.departures.as_deref(), Some(&[][..]), "{name}");
        }
    }
    assert!(count > 30, "{count} examples were found");
}

#[test]
fn a_specification_is_known_by_its_beginning() {
    let of = |end: &str| Profile::of_message(&format!("urn:fdc:peppol.eu:poacc:trns:{end}"));
    assert_eq!(of("order:3"), Some(Profile::Order));
    assert_eq!(of("order:3:extended:urn:fdc:example.com:2026:order:1"), Some(Profile::Order));
    assert_eq!(of("order_response:3"), Some(Profile::OrderResponse));
    assert_eq!(of("order_response_advanced:3"), Some(Profile::OrderResponseAdvanced));
    assert_eq!(of("order:2"), None);
    assert_eq!(of("catalogue:3"), None);
    assert_eq!(Profile::of_message("order:3"), None);
}

#[test]
fn a_document_type_is_refused() {
    let text = r#"<!DOCTYPE Order><Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>"#;
    assert!(check(text.as_bytes(), Some(Profile::Order), SENT).refusal.is_some());
}
