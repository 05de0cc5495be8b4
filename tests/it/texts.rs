//! The four files of texts: complete, alike, used. It reads the files and the sources; it must never know a text itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use hookline::domain::channel::{Form, Need};
use hookline::domain::coding::Kind;
use hookline::domain::matching::{Check, Outcome, Why};
use hookline::domain::order::State;
use hookline::einvoice::rules::Kind as Mistake;
use hookline::flow::receiving::{ACTIONS, REASONS};
use hookline::store::supplier_invoice::State as Stands;
use hookline::wire::channels_form::FIELDS as CHANNEL_FIELDS;
use hookline::wire::oci::preset::PRESETS;
use hookline::wire::settings_form::FIELDS;
use regex::Regex;

const LANGUAGES: [&str; 4] = ["en", "nl", "fr", "de"];

/// Keys in their order, with what stands behind them.
type File = Vec<(String, String)>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn file(language: &str) -> File {
    let text = std::fs::read_to_string(root().join(format!("locale/{language}.ftl"))).expect("a file of texts");
    let mut file = File::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        match (line.split_once(" ="), line.starts_with([' ', '}'])) {
            (_, true) => file.last_mut().expect("a text goes on").1.push_str(line),
            (Some((key, text)), false) => file.push((key.to_owned(), text.trim().to_owned())),
            (None, false) => panic!("{language}: not a text: {line}"),
        }
    }
    file
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern written in this file")
}

/// Everything the first group of a pattern finds.
fn found(pattern: &str, text: &str) -> BTreeSet<String> {
    regex(pattern).captures_iter(text).filter_map(|c| c.iter().skip(1).flatten().next().map(|m| m.as_str().to_owned())).collect()
}

/// Sources and templates without comments and without the tests inside them, by path.
fn sources() -> BTreeMap<String, String> {
    let mut sources = BTreeMap::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of the sources").flatten() {
            let path = entry.path();
            let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if matches!(ending.as_str(), "rs" | "html") {
                let text = std::fs::read_to_string(&path).expect("a source");
                let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
                let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
                let name = path.strip_prefix(root()).expect("below src").to_string_lossy().into_owned();
                sources.insert(name, code.join("\n"));
            }
        }
    }
    sources
}

fn all(sources: &BTreeMap<String, String>) -> String {
    sources.values().cloned().collect::<Vec<_>>().join("\n")
}

fn dashed(words: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    words.into_iter().map(|word| word.replace(['_', ' '], "-").to_ascii_lowercase()).collect()
}

/// Words behind a prefix that the code puts together: what they may be is read from where they are made.
fn families(sources: &BTreeMap<String, String>) -> Vec<(&'static str, BTreeSet<String>)> {
    let of =
        |file: &str, pattern: &str| found(pattern, sources.get(file).unwrap_or_else(|| panic!("{file} is gone: say where its words are made now")));
    let everywhere = all(sources);
    let kinds = Kind::ALL.iter().map(|kind| kind.name().to_owned());
    let states = State::ALL.iter().map(|state| state.as_str().to_owned()).chain(["open", "returned"].map(str::to_owned));
    let states = states.chain(Stands::ALL.map(|state| state.as_str().to_owned()));
    let mut reasons = of("domain/return_url.rs", r#"Refused::\w+ => "([a-z_]+)""#);
    reasons.extend(of("flow/punchout.rs", r#"(?:Some|Err)\("([a-z]+_[a-z_]+)"\)|reason: "([a-z_]+)""#));
    vec![
        ("finding", of("domain/finding.rs", r#"Code::\w+ => "([a-z-]+)""#)),
        ("field", dashed(kinds)),
        ("sheet", PRESETS.iter().map(|preset| preset.id.to_owned()).collect()),
        ("setting", {
            let heads = ["name", "buyer", "catalogue"].map(str::to_owned);
            dashed(heads.into_iter().chain(FIELDS.iter().map(|field| field.key.replace('.', "-"))))
                .into_iter()
                .flat_map(|key| [format!("{key}-hint"), key])
                .collect()
        }),
        ("channel-field", {
            let keys = CHANNEL_FIELDS.iter().map(|field| field.key.to_owned()).chain(["place", "secret"].map(str::to_owned));
            dashed(keys).into_iter().flat_map(|key| [format!("{key}-hint"), key]).collect()
        }),
        ("channel-part", of("wire/channels_form.rs", r#"pub const (?:MAIL|TABLE|CXML|UBL): &str = "([a-z]+)""#)),
        ("channel", Form::ALL.map(|form| form.as_str().to_owned()).into()),
        ("need", dashed(Need::ALL.map(|need| need.as_str().to_owned()))),
        ("right", of("domain/rights.rs", r#"Right::[A-Z][a-z]+ => "([a-z]+)""#)),
        ("rights", {
            let lists = of("web/pages/rights.rs", r#"self\.list\(\s*"([a-z]+)""#);
            let parts = ["title", "about", "none", "give"];
            let words = lists.iter().flat_map(|list| parts.map(|part| format!("{list}-{part}")));
            words.chain(["give-done", "take-done"].map(str::to_owned)).collect()
        }),
        ("role", dashed(of("flow/granting.rs", r#"\("([a-z_]+)", &\["#).into_iter().chain(["buyer_administrator".to_string()]))),
        ("choice", BTreeSet::from(["allowed", "refused", "accept", "ask", "refuse"].map(str::to_owned))),
        ("state", dashed(states)),
        ("refusal", dashed(of("domain/books/entry.rs", r#"Code::\w+ => "([a-z_0-9]+)""#))),
        ("reason", dashed(reasons)),
        (
            "outcome",
            dashed(of("flow/punchout.rs", r#"Answer::\w+(?: \{ \.\. \}|\(_\))? => "([a-z_]+)""#)).into_iter().filter(|word| word != "json").collect(),
        ),
        ("event", {
            let mut kinds = found(r#"(?:kind: |\bstored, )"([a-z]+ [a-z ]+)""#, &everywhere);
            kinds.extend(of("flow/fulfilling/answering.rs", r#"\n        "((?:order|lines) [a-z ]+)""#));
            kinds.extend(of("flow/channels/unanswered.rs", r#"OVER: &str = "([a-z ]+)""#));
            kinds.extend(of("flow/cxml/shipping.rs", r#"=> \("([a-z]+ [a-z]+)", "#));
            kinds.extend(of("flow/fulfilling/deciding.rs", r#"Verdict::\w+ => "([a-z]+ [a-z]+)""#));
            kinds.extend(of("flow/receiving/posting.rs", r#""(supplier [a-z ]+)""#));
            kinds.extend(of("flow/receiving/deciding.rs", r#""(supplier invoice [a-z]+)""#));
            kinds.extend(of("domain/books/command.rs", r#"Command::.*=> "([a-z ]+)",\n"#));
            dashed(kinds)
        }),
        ("level", of("domain/books/ceiling.rs", r#"Level::\w+ => "([a-z]+)""#)),
        ("period", of("domain/books/mod.rs", r#"Status::\w+ => "([a-z]+)""#)),
        ("commitments", dashed(of("flow/turning.rs", r#"\("([a-z_]+)", Commitments::"#))),
        ("change", {
            let forms = of("web/pages/changes.rs", r#"self\.form\(\s*"([a-z]+)""#);
            let parts = ["title", "about", "button", "done"];
            let mut words: BTreeSet<String> = forms.iter().flat_map(|form| parts.map(|part| format!("{form}-{part}"))).collect();
            words.extend(of("web/pages/changes.rs", r#"self\.field\("[a-z]+", "[a-z_]+", "([a-z-]+)""#));
            words
        }),
        ("match", dashed(Outcome::ALL.map(|outcome| outcome.as_str().to_owned()))),
        (
            "check",
            dashed(
                Check::ALL
                    .map(|check| check.as_str().to_owned())
                    .into_iter()
                    .chain(["article-none", "account-none", "budget-none"].map(str::to_owned)),
            ),
        ),
        ("structure", of("einvoice/structure/mod.rs", r#"What::\w+ => "([a-z-]+)""#)),
        ("fix", Mistake::ALL.map(|kind| kind.code().to_owned()).into_iter().chain(["missing-some".to_owned()]).collect()),
        ("einvoice", {
            let verdicts = of("web/pages/check.rs", r#"=> \("[a-z]+", "einvoice-([a-z-]+)"\)"#);
            verdicts.iter().flat_map(|word| [format!("{word}-title"), format!("{word}-text")]).collect()
        }),
        ("why", Why::ALL.map(|why| why.as_str().to_owned()).into()),
        ("decided", dashed(of("flow/receiving/deciding.rs", r#"Decision::\w+ => "([a-z_]+)""#))),
        ("response-reason", dashed(REASONS.map(str::to_owned))),
        ("response-action", dashed(ACTIONS.map(str::to_owned))),
        ("what", found(r#"(?:State|Nothing) \{ what: "([a-z]+)""#, &everywhere)),
        ("need", of("store/desk.rs", r#"Need::[A-Z][a-z]+ => "([a-z]+)""#)),
        ("mail-detail", {
            let details = of("flow/fulfilling/telling.rs", r#""mail-detail-([a-z-]+)""#);
            details.into_iter().chain(of("flow/fulfilling/telling.rs", r#"\("([a-z]+)", &parcel\.[a-z]+\)"#)).collect()
        }),
        (
            "mail",
            found(
                r#"(?:tell_(?:buyer|supplier|asker|person)|letters?)\([^"{]*"([a-z-]+)"|"template": "([a-z-]+)"|Awaited::\w+ => "([a-z-]+)""#,
                &everywhere,
            )
            .iter()
            .flat_map(|t| [format!("{t}-subject"), format!("{t}-text")])
            .collect(),
        ),
    ]
}

/// Keys the code asks for by name.
fn named(sources: &BTreeMap<String, String>) -> BTreeSet<String> {
    let text = all(sources);
    let mut keys = found(r#"(?:\bt|t\(\)|Texts\([\w.]*\))\.(?:get|with|with_all|count)\(\s*"([^"{]+)""#, &text);
    let messages = regex(r#"Message::of\([^"]*"[a-z]+",\s*(?:"([a-z-]+)"|(\w+)),\s*(\d+)\)"#);
    for (name, text) in sources {
        for call in messages.captures_iter(text) {
            let steps: usize = call[3].parse().expect("a number");
            let given: BTreeSet<String> = match call.get(1) {
                Some(key) => BTreeSet::from([key.as_str().to_owned()]),
                None => found(r#"=> "([a-z]+(?:-[a-z]+)+)""#, text),
            };
            assert!(!given.is_empty(), "{name}: no key for {}", &call[0]);
            for key in given {
                keys.extend([format!("{key}-title"), format!("{key}-text")]);
                keys.extend((1..=steps).map(|n| format!("{key}-step-{n}")));
            }
        }
    }
    for steps in regex(r#"\(1\.\.=(\d+)\)\.map\(\|n\| t\.get\(&format!\("([a-z-]+)-\{n\}""#).captures_iter(&text) {
        let last: usize = steps[1].parse().expect("a number");
        keys.extend((1..=last).map(|n| format!("{}-{n}", &steps[2])));
    }
    keys
}

fn parts(text: &str) -> BTreeSet<String> {
    found(r"\$([a-z_]+)", text)
}

#[test]
fn four_languages_say_the_same() {
    let english = file("en");
    let keys: BTreeSet<&String> = english.iter().map(|(key, _)| key).collect();
    assert_eq!(keys.len(), english.len(), "a key stands twice in en");
    for language in LANGUAGES {
        let texts = file(language);
        let own: BTreeSet<&String> = texts.iter().map(|(key, _)| key).collect();
        assert_eq!(own.len(), texts.len(), "a key stands twice in {language}");
        assert_eq!(keys.difference(&own).collect::<Vec<_>>(), Vec::<&&String>::new(), "missing in {language}");
        assert_eq!(own.difference(&keys).collect::<Vec<_>>(), Vec::<&&String>::new(), "only in {language}");
        for (key, text) in &texts {
            let (_, original) = english.iter().find(|(known, _)| known == key).expect("the same keys");
            // A key of one word may be its own text: test.
            assert!(!text.is_empty() && (text != key || !key.contains('-')), "{language} {key} has no text");
            assert_eq!(parts(text), parts(original), "{language} {key}: {text}");
            assert_eq!(text.contains("[one]"), original.contains("[one]"), "{language} {key}: plural");
        }
    }
}

#[test]
fn the_other_languages_are_translated() {
    let english: BTreeMap<String, String> = file("en").into_iter().collect();
    for language in ["nl", "fr", "de"] {
        let same: Vec<String> = file(language)
            .into_iter()
            .filter(|(key, text)| english.get(key) == Some(text) && text.contains(' ') && !text.contains('{'))
            .map(|(key, _)| key)
            .collect();
        assert_eq!(same, Vec::<String>::new(), "{language} has English sentences");
    }
}

#[test]
fn every_key_the_code_asks_for_is_there() {
    let keys: BTreeSet<String> = file("en").into_iter().map(|(key, _)| key).collect();
    let sources = sources();
    let missing: Vec<String> = named(&sources).into_iter().filter(|key| !keys.contains(key)).collect();
    assert_eq!(missing, Vec::<String>::new());
    for (prefix, words) in families(&sources) {
        assert!(!words.is_empty(), "no words of the family {prefix} were found");
        let missing: Vec<String> = words.iter().map(|word| format!("{prefix}-{word}")).filter(|key| !keys.contains(key)).collect();
        assert_eq!(missing, Vec::<String>::new());
    }
}

#[test]
fn every_key_is_used() {
    let sources = sources();
    let text = all(&sources);
    let mut used = named(&sources);
    used.extend(found(r#""([a-z][a-z0-9-]+)""#, &text));
    for (prefix, words) in families(&sources) {
        used.extend(words.iter().map(|word| format!("{prefix}-{word}")));
    }
    // Words that come from what purchasing systems and articles bring along: the word itself must stand in the code.
    let words = dashed(found(r#""([A-Za-z_]+)""#, &text));
    let open_family = |key: &str| {
        let rest = |prefix: &str| key.strip_prefix(prefix).is_some_and(|rest| words.contains(rest));
        key.starts_with("unit-") || ["outcome-", "evidence-", "reason-", "field-", "credential-"].iter().any(|prefix| rest(prefix))
    };
    let idle: Vec<String> = file("en").into_iter().map(|(key, _)| key).filter(|key| !used.contains(key) && !open_family(key)).collect();
    assert_eq!(idle, Vec::<String>::new());
}
