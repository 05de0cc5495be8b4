//! The words of `expect` that look at one thing only, and the list of all words there are.
//! It must never accept a word that the judge does not check.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::{Map, Value};

use super::form::{flag, holds, number, same, text};
use super::judge::{texts, written_forms};
use crate::support::html::{Page, squeeze};
use crate::support::http::Answer;

// --- the words there are --------------------------------------------------------------------------------------------

pub const TOP: &[&str] = &[
    "any_of",
    "sequence",
    "returns",
    "return_form",
    "never",
    "tab_A",
    "tab_B",
    "same_page_as",
    "evidence",
    "marked_as_test",
    "page",
    "json",
    "json_each",
    "outcome",
    "csp",
    "cookies",
    "message",
    "session_key_leak",
    "virtual_erp",
    "status",
    "final_status",
    "last_status",
    "each_status",
    "never_status",
    "status_class_not",
    "server_errors",
    "headers",
    "headers_absent",
    "content_type",
    "redirect",
    "server_time_ms_max",
    "body_empty",
    "body_must_not_contain",
    "location_must_not_contain",
    "body_must_not_contain_link_to_value",
    "log_reason",
    "log_notes",
    "log_must_not_contain",
    "session",
    "signed_in_as",
    "session_language",
    "session_id_is_new",
    "sessions_differ",
    "session_left_behind",
    "cookies_needed",
    "parameters_kept",
    "cancel_url",
    "no_outbound_request",
    "nothing_sent_to_return_url",
    "buyer_is_told",
    "transfers_recorded",
    "repeats_recorded",
    "all_forms_equal",
    "transfer_control_visible",
    "return_form_present",
    "final_page_contains",
    "arrives_at_return_url",
    "opener_kept",
    "basket_unchanged",
    "basket_shown",
    "union_of_ids",
    "duplicates",
];

pub const FORM: &[&str] = &[
    "action",
    "action_is_not",
    "method",
    "target",
    "accept_charset",
    "page_charset",
    "echo",
    "lines",
    "lines_min",
    "lines_max",
    "indexes",
    "indexes_contiguous",
    "fields_equal",
    "fields_match",
    "fields_prefix_of",
    "max_chars",
    "min_chars",
    "fields_absent",
    "fields_empty_or_absent",
    "fields_equal_or_absent",
    "names_absent_matching",
    "no_value_matches",
    "names_exactly_once",
    "first_fields",
    "same_value",
    "only_protocol_fields",
    "autosubmit",
    "visible_button",
    "works_without_script",
    "no_control_named",
    "values_repertoire",
    "raw_html_absent",
    "attributes_absent",
    "line_total",
    "price_per_one",
    "browser_submits_to_prefix",
];

const OUTCOMES: &[&str] = &[
    "shopping_session",
    "callup_refused",
    "login_refused",
    "detail_page",
    "not_found_page",
    "validate_form",
    "search_form",
    "json",
    "return_form",
    "transfer_refused",
    "quantity_refused",
    "sent_to_cancel_url",
    "session_ended_page",
];

const PAGE: &[&str] = &["readable", "mentions_any", "login_form", "language"];
const MESSAGE: &[&str] = &["names_line", "names_field", "names_limit"];
const EVIDENCE: &[&str] = &["shows", "hides", "offers", "raw_html_absent", "recorded_fields_equal_form"];
const LEAK: &[&str] = &["referrer", "external_links", "log"];
const VIRTUAL_ERP: &[&str] = &["result", "names_line", "names_field", "lists_fields", "fields_listed", "lists", "fields", "line", "field"];
const COOKIE: &[&str] = &["name_prefix", "has", "has_not"];
const JSON_TOP: &[&str] = &["CURRENTPAGE", "TOTALPAGES", "TOTALITEMS", "TRANSACTIONID", "CTI"];
const CSP_CHECKS: &[&str] = &["_equals_set", "_not_contains", "_equals", "_contains"];

/// Every word of an expectation that nobody would check.
pub fn unknown(expect: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    for (word, value) in expect {
        let inner: &[&str] = match word.as_str() {
            "return_form" => FORM,
            "page" => PAGE,
            "message" => MESSAGE,
            "evidence" => EVIDENCE,
            "session_key_leak" => LEAK,
            "virtual_erp" => VIRTUAL_ERP,
            "cookies" => &["every_session_cookie"],
            _ => &[],
        };
        if !inner.is_empty() {
            found.extend(keys_outside(value, inner).into_iter().map(|k| format!("{word}.{k}")));
        }
        match word.as_str() {
            "any_of" | "sequence" => {
                let parts = value.as_array().into_iter().flatten().filter_map(Value::as_object);
                found.extend(parts.flat_map(|p| unknown(p).into_iter().map(|w| format!("{word}.{w}")).collect::<Vec<_>>()));
            }
            "returns" => {
                let forms = value.as_object().into_iter().flatten();
                found.extend(forms.flat_map(|(n, f)| keys_outside(f, FORM).into_iter().map(move |k| format!("returns.{n}.{k}"))));
            }
            "cookies" => found.extend(keys_outside(&value["every_session_cookie"], COOKIE).into_iter().map(|k| format!("cookies.{k}"))),
            "csp" => found.extend(keys(value).into_iter().filter(|k| !is_csp_word(k)).map(|k| format!("csp.{k}"))),
            "json" | "json_each" => found.extend(keys(value).into_iter().filter(|k| !is_json_word(k)).map(|k| format!("{word}.{k}"))),
            "outcome" => found.extend(unknown_outcome(value)),
            _ if !TOP.contains(&word.as_str()) => found.push(word.clone()),
            _ => {}
        }
    }
    found
}

fn keys(value: &Value) -> Vec<String> {
    value.as_object().into_iter().flatten().map(|(k, _)| k.clone()).collect()
}

fn keys_outside(value: &Value, known: &[&str]) -> Vec<String> {
    keys(value).into_iter().filter(|k| !known.contains(&k.as_str())).collect()
}

fn is_csp_word(word: &str) -> bool {
    word == "upgrade-insecure-requests"
        || CSP_CHECKS.iter().any(|c| {
            word.strip_suffix(c).is_some_and(|d| {
                d.contains("-src")
                    || d.contains("form-action")
                    || d.contains("frame-ancestors")
                    || d == "base-uri"
                    || d == "sandbox"
                    || d == "navigate-to"
            })
        })
}

fn is_json_word(word: &str) -> bool {
    let base = word.strip_suffix("_equals").or_else(|| word.strip_suffix("_as_text")).unwrap_or(word);
    JSON_TOP.contains(&base) || ["items", "items_max", "items_min", "every_item_has"].contains(&word)
}

fn unknown_outcome(value: &Value) -> Vec<String> {
    let Some(outcome) = value.as_str() else { return vec![format!("outcome {value}")] };
    let known = |o: &str| OUTCOMES.contains(&o);
    if known(outcome) {
        return Vec::new();
    }
    outcome.split("_or_").filter(|o| !known(o)).map(|o| format!("outcome.{o}")).collect()
}

/// True when the word stands anywhere in the expectation.
pub fn mentions(expect: &Map<String, Value>, word: &str) -> bool {
    fn within(value: &Value, word: &str) -> bool {
        match value {
            Value::Object(map) => map.iter().any(|(k, v)| k == word || within(v, word)),
            Value::Array(list) => list.iter().any(|v| within(v, word)),
            _ => false,
        }
    }
    expect.iter().any(|(k, v)| k == word || within(v, word))
}

// --- texts ----------------------------------------------------------------------------------------------------------

pub fn without(whole: &str, banned: &[String], place: &str) -> Result<(), String> {
    for value in banned {
        if let Some(form) = written_forms(value).into_iter().find(|f| !f.is_empty() && contains_folded(whole, f)) {
            let at = whole.to_lowercase().find(&form.to_lowercase()).unwrap_or(0);
            let around: String = whole.get(at.saturating_sub(60)..).unwrap_or(&whole[at..]).chars().take(140).collect();
            return Err(format!("{place} holds {form:?}: …{around}…"));
        }
    }
    Ok(())
}

/// Percent codes may be written in either case.
fn contains_folded(whole: &str, part: &str) -> bool {
    whole.contains(part) || (part.contains('%') && whole.to_lowercase().contains(&part.to_lowercase()))
}

/// A text anywhere in a record, as name or as value.
pub fn holds_text(value: &Value, wanted: &str) -> bool {
    match value {
        Value::String(s) => s.contains(wanted),
        Value::Array(list) => list.iter().any(|v| holds_text(v, wanted)),
        Value::Object(map) => map.iter().any(|(k, v)| k.contains(wanted) || holds_text(v, wanted)),
        Value::Number(n) => n.to_string() == wanted,
        _ => false,
    }
}

/// A text, a list of texts that are equally right, or `{"contains": …}`.
pub fn value_is(found: &str, wanted: &Value) -> Result<(), String> {
    match wanted {
        Value::Object(map) => map.iter().try_for_each(|(word, value)| {
            let parts = texts(value)?;
            match word.as_str() {
                "contains" => holds(parts.iter().all(|p| found.contains(p.as_str())), || format!("{found:?} does not contain {parts:?}")),
                "not_contains" => holds(!parts.iter().any(|p| found.contains(p.as_str())), || format!("{found:?} contains one of {parts:?}")),
                _ => Err(format!("unknown word {word:?}")),
            }
        }),
        Value::Array(_) => {
            let list = texts(wanted)?;
            holds(list.iter().any(|w| header_equal(found, w)), || format!("{found:?}, expected one of {list:?}"))
        }
        one => {
            let one = text(one)?;
            holds(header_equal(found, one), || format!("{found:?}, expected {one:?}"))
        }
    }
}

/// Blanks and letter case do not count in a content type or a cache rule.
fn header_equal(a: &str, b: &str) -> bool {
    let fold = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    fold(a) == fold(b)
}

pub fn headers(answer: &Answer, wanted: &Value) -> Result<(), String> {
    for (name, value) in wanted.as_object().ok_or("names with values expected")? {
        let found: Vec<&str> = answer.headers_named(name).collect();
        match value {
            Value::Null => holds(found.is_empty(), || format!("{name}: {found:?}"))?,
            _ => {
                holds(!found.is_empty(), || format!("{name} is absent"))?;
                value_is(&found.join(", "), value).map_err(|e| format!("{name}: {e}"))?;
            }
        }
    }
    Ok(())
}

// --- pages ----------------------------------------------------------------------------------------------------------

const LANGUAGES: &[&str] = &["nl", "en", "fr", "de"];

/// Traces of the inside that no reader should see.
const TRACES: &[&str] = &["panicked at", "stack backtrace", "thread '", ".rs:", "sqlx", "RUST_BACKTRACE", "SELECT ", "Error {"];

pub fn readable(answer: &Answer, page: &Page) -> Result<bool, String> {
    let is_page = answer.header("content-type").is_some_and(|t| t.starts_with("text/html"));
    let language = page.lang.split('-').next().unwrap_or("");
    if !is_page || page.text.len() < 15 || page.title.is_empty() {
        return Err(format!("not a page with a title and text: {}", super::judge::excerpt(&page.text)));
    }
    if !LANGUAGES.contains(&language) {
        return Err(format!("lang={:?}", page.lang));
    }
    match TRACES.iter().find(|t| page.source.contains(**t)) {
        Some(trace) => Err(format!("it holds {trace:?}")),
        None => Ok(true),
    }
}

/// What the cases' words are called in the other languages of the pages.
const TRANSLATIONS: [(&str, &[&str]); 8] = [
    ("purchasing system", &["inkoopsysteem", "bestelsysteem", "Einkaufssystem", "Beschaffungssystem", "système d’achat", "système d'achat"]),
    ("return address", &["retouradres", "terugkeeradres", "Rücksprungadresse", "Rückgabeadresse", "adresse de retour"]),
    ("password", &["wachtwoord", "Passwort", "Kennwort", "mot de passe"]),
    ("session", &["sessie", "Sitzung", "session"]),
    ("quantity", &["hoeveelheid", "aantal", "Menge", "quantité"]),
    ("basket", &["winkelwagen", "mandje", "Warenkorb", "panier"]),
    ("unit", &["eenheid", "Einheit", "unité"]),
    ("price", &["prijs", "Preis", "prix"]),
];

pub fn mentions_any(page: &Page, wanted: &[String]) -> Result<(), String> {
    let text = format!("{} {}", page.title, page.text).to_lowercase();
    let said = |w: &str| text.contains(&w.to_lowercase());
    let translated = |w: &str| {
        let row = TRANSLATIONS.iter().find(|(e, _)| e.eq_ignore_ascii_case(w));
        row.is_some_and(|(_, others)| others.iter().any(|o| said(o)))
    };
    holds(wanted.iter().any(|w| said(w) || translated(w)), || format!("none of {wanted:?} in {}", super::judge::excerpt(&page.text)))
}

/// Line, field and limit, told to the buyer. `true` asks for any that fits the lines of the case.
pub fn message(shown: &str, word: &str, wanted: &Value, lines: &[Map<String, Value>], fields: &[&str]) -> Result<(), String> {
    let numbers: BTreeSet<u64> =
        Regex::new(r"\d+").expect("a pattern written in this file").find_iter(shown).filter_map(|m| m.as_str().parse().ok()).collect();
    let named = |text: &str| shown.to_lowercase().contains(&text.to_lowercase());
    let line_named = |n: u64| {
        let article = lines.get(usize::try_from(n.saturating_sub(1)).unwrap_or(0)).and_then(|l| l["article"].as_str());
        let words = Regex::new(&format!(r"(?i)(line|regel|zeile|position|ligne|pos\.)\D{{0,12}}{n}\b")).expect("a pattern written in this file");
        words.is_match(shown) || article.is_some_and(|a| shown.contains(&squeeze(a)))
    };
    match (word, wanted) {
        ("names_line", Value::Bool(true)) => {
            let any = (1..=lines.len().max(1)).any(|n| line_named(n as u64));
            holds(any, || "no line is named".to_owned())
        }
        ("names_line", Value::Number(n)) => holds(line_named(n.as_u64().unwrap_or(0)), || format!("line {n} is not named")),
        ("names_field", Value::Bool(true)) => {
            holds(fields.iter().any(|f| shown.contains(f)) || shown.contains("CUST_FIELD"), || "no field is named".to_owned())
        }
        ("names_limit", Value::Bool(true)) => holds(!numbers.is_empty(), || "no limit is named".to_owned()),
        ("names_limit", Value::Number(n)) => holds(n.as_u64().is_some_and(|n| numbers.contains(&n)), || format!("{n} is not named")),
        ("names_line" | "names_field" | "names_limit", Value::Bool(false)) => Ok(()),
        ("names_line" | "names_field" | "names_limit", value) => {
            let parts = texts(value)?;
            let field = |p: &str| named(p) || named(p.trim_start_matches("NEW_ITEM-"));
            holds(parts.iter().any(|p| field(p)), || format!("{parts:?} is not named"))
        }
        _ => Err("unknown word".to_owned()),
    }
}

pub fn basket_holds(shown: &str, lines: &Value) -> Result<(), String> {
    let shown = squeeze(shown);
    let article = |line: &Value| -> Result<String, String> {
        let name = line.as_str().or_else(|| line["article"].as_str()).or_else(|| line[0].as_str());
        name.map(squeeze).ok_or_else(|| format!("a line without an article: {line}"))
    };
    match lines {
        Value::Array(list) => list.iter().try_for_each(|line| {
            let article = article(line)?;
            holds(shown.contains(&article), || format!("{article} is not in the basket: {}", super::judge::excerpt(&shown)))
        }),
        Value::String(one) => holds(shown.contains(&squeeze(one)), || format!("{one} is not in the basket")),
        Value::Object(map) => map.keys().try_for_each(|a| holds(shown.contains(&squeeze(a)), || format!("{a} is not in the basket"))),
        other => Err(format!("lines expected, not {other}")),
    }
}

// --- policies, cookies ----------------------------------------------------------------------------------------------

fn directive(answer: &Answer, name: &str) -> Option<Vec<String>> {
    let policies: Vec<&str> = answer.headers_named("content-security-policy").collect();
    policies.iter().flat_map(|p| p.split(';')).find_map(|d| {
        let mut words = d.split_whitespace();
        (words.next()?.eq_ignore_ascii_case(name)).then(|| words.map(str::to_owned).collect())
    })
}

pub fn csp(answer: &Answer, word: &str, wanted: &Value) -> Result<(), String> {
    if word == "upgrade-insecure-requests" {
        let there = directive(answer, word).is_some();
        return match wanted {
            Value::String(s) => flag(&Value::Bool(!matches!(s.as_str(), "absent" | "no" | "not present")), Ok(there), word),
            _ => flag(wanted, Ok(there), word),
        };
    }
    let (name, check) = CSP_CHECKS.iter().find_map(|c| Some((word.strip_suffix(c)?, *c))).ok_or("unknown word")?;
    let found = directive(answer, name);
    let wanted = texts(wanted)?;
    if check == "_not_contains" {
        let bad = found.iter().flatten().find(|f| wanted.iter().any(|w| *f == w || (w == "*" && f.contains('*'))));
        return holds(bad.is_none(), || format!("it holds {bad:?}"));
    }
    let found = found.ok_or_else(|| format!("no {name} in the policy of a page ({})", answer.status))?;
    let set = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
    match check {
        "_equals_set" => holds(set(&found) == set(&wanted), || format!("{found:?}, expected {wanted:?}")),
        "_contains" => holds(wanted.iter().all(|w| found.contains(w)), || format!("{found:?} does not hold {wanted:?}")),
        // "The same list": the order of sources has no meaning in a policy, but none may be doubled.
        _ => holds(set(&found) == set(&wanted) && found.len() == wanted.len(), || format!("{found:?}, expected {wanted:?}")),
    }
}

pub fn cookie(line: &str, rules: &Value) -> Result<(), String> {
    let mut parts = line.split(';').map(str::trim);
    let name = parts.next().and_then(|p| p.split_once('=')).map_or("", |(n, _)| n).to_owned();
    let attributes: Vec<String> = parts.map(str::to_ascii_lowercase).collect();
    let has = |a: &str| {
        let a = a.to_ascii_lowercase();
        attributes.iter().any(|x| *x == a || x.split('=').next() == Some(a.as_str()))
    };
    for (word, value) in rules.as_object().ok_or("an object expected")? {
        match word.as_str() {
            "name_prefix" => holds(name.starts_with(text(value)?), || format!("the cookie is called {name}"))?,
            "has" => texts(value)?.iter().try_for_each(|a| holds(has(a), || format!("{name} has no {a}")))?,
            "has_not" => texts(value)?.iter().try_for_each(|a| holds(!has(a), || format!("{name} has {a}")))?,
            _ => return Err(format!("unknown word {word:?}")),
        }
    }
    Ok(())
}

// --- JSON -----------------------------------------------------------------------------------------------------------

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub fn json(found: &Value, wanted: &Value) -> Result<(), String> {
    let items = || found["Items"].as_array().ok_or_else(|| "no Items".to_owned());
    for (word, value) in wanted.as_object().ok_or("an object expected")? {
        let result = match word.as_str() {
            "items" => items().and_then(|i| number(value).and_then(|w| holds(i.len() == w, || format!("{} items", i.len())))),
            "items_max" => items().and_then(|i| number(value).and_then(|w| holds(i.len() <= w, || format!("{} items", i.len())))),
            "items_min" => items().and_then(|i| number(value).and_then(|w| holds(i.len() >= w, || format!("{} items", i.len())))),
            "every_item_has" => items().and_then(|i| texts(value)?.iter().try_for_each(|path| i.iter().try_for_each(|item| has_path(item, path)))),
            _ if word.ends_with("_as_text") => {
                let key = word.trim_end_matches("_as_text");
                same(&found.get(key).map(plain).unwrap_or_default(), text(value)?)
            }
            _ if word.ends_with("_equals") => {
                let (key, other) = (word.trim_end_matches("_equals"), text(value)?);
                let (a, b) = (found.get(key), found.get(other));
                holds(a.is_some() && a == b, || format!("{a:?} and {b:?}"))
            }
            key if JSON_TOP.contains(&key) => holds(found.get(key) == Some(value), || format!("{:?}, expected {value}", found.get(key))),
            _ => Err("unknown word".to_owned()),
        };
        result.map_err(|e| format!("{word}: {e}"))?;
    }
    Ok(())
}

/// `NEWITEM.DESCRIPTION[].languageCode`: a list must hold the rest in each entry, and at least one entry.
fn has_path(value: &Value, path: &str) -> Result<(), String> {
    let path = path.strip_prefix("Items[].").unwrap_or(path);
    walk(value, path).or_else(|e| walk(&value["NEWITEM"], path).map_err(|_| e))
}

fn walk(value: &Value, path: &str) -> Result<(), String> {
    let (step, rest) = path.split_once('.').map_or((path, None), |(s, r)| (s, Some(r)));
    let name = step.trim_end_matches("[]").trim_end_matches("[0]");
    let inner = value.get(name).filter(|v| !v.is_null()).ok_or_else(|| format!("no {name} in {}", super::judge::excerpt(&value.to_string())))?;
    let entries: Vec<&Value> = match inner {
        Value::Array(list) if step.ends_with(']') || rest.is_some() => list.iter().collect(),
        one => vec![one],
    };
    holds(!entries.is_empty(), || format!("{name} is empty"))?;
    rest.map_or(Ok(()), |rest| entries.iter().try_for_each(|e| walk(e, rest)))
}

// --- virtual ERP ----------------------------------------------------------------------------------------------------

pub fn virtual_erp(report: &Value, wanted: &Value) -> Result<(), String> {
    let faults = report["faults"].as_array().cloned().unwrap_or_default();
    for (word, value) in wanted.as_object().ok_or("an object expected")? {
        let result = match word.as_str() {
            "result" => same(report["result"].as_str().unwrap_or("(none)"), text(value)?),
            "names_line" | "line" => holds(faults.iter().any(|f| f["line"] == *value), || format!("faults: {faults:?}")),
            "names_field" | "field" => {
                let wanted = text(value)?;
                let named = |f: &Value| {
                    f["field"]
                        .as_str()
                        .is_some_and(|n| n.trim_start_matches("NEW_ITEM-").split('[').next() == Some(wanted.trim_start_matches("NEW_ITEM-")))
                };
                holds(faults.iter().any(named), || format!("faults: {faults:?}"))
            }
            "lists_fields" | "fields_listed" | "lists" | "fields" => {
                let listed = report["fields"].clone();
                texts(value)?.iter().try_for_each(|f| holds(holds_text(&listed, f), || format!("{f} is not listed")))
            }
            _ => Err("unknown word".to_owned()),
        };
        result.map_err(|e| format!("{word}: {e}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(name: &str, value: &str) -> Answer {
        Answer { status: 200, headers: vec![(name.to_owned(), value.to_owned())], ..Answer::default() }
    }

    fn unknown_in(expect: Value) -> Vec<String> {
        unknown(expect.as_object().expect("an object"))
    }

    #[test]
    fn unknown_words_are_found_at_every_depth() {
        assert_eq!(unknown_in(json!({"status": [200], "outcome": "callup_refused_or_login_refused"})), Vec::<String>::new());
        for expect in [
            json!({"statuses": [200]}),
            json!({"outcome": "served_tea"}),
            json!({"outcome": "return_form_or_served_tea"}),
            json!({"any_of": [{"status": [1]}, {"colour": 1}]}),
            json!({"sequence": [{"json": {"PAGES": 1}}]}),
            json!({"returns": {"A": {"linez": 1}}}),
            json!({"return_form": {"linez": 1}}),
            json!({"page": {"pretty": true}}),
            json!({"csp": {"frame-ancestors_is": []}}),
            json!({"cookies": {"every_session_cookie": {"is": "x"}}}),
            json!({"cookies": {"some_cookie": {}}}),
            json!({"message": {"names_colour": true}}),
            json!({"evidence": {"smells": "x"}}),
            json!({"session_key_leak": {"window": false}}),
            json!({"virtual_erp": {"mood": "x"}}),
        ] {
            assert_eq!(unknown_in(expect.clone()).len(), 1, "{expect}");
        }
    }

    #[test]
    fn a_secret_is_found_in_every_writing() {
        let banned = vec!["pä+ss w&rd=1%".to_owned()];
        for text in ["x pä+ss w&rd=1% y", "PASSWORD=p%C3%A4%2Bss%20w%26rd%3D1%25", "p%c3%a4%2bss+w%26rd%3d1%25"] {
            assert!(without(text, &banned, "x").is_err(), "{text}");
        }
        assert!(without("nothing here", &banned, "x").is_ok());
    }

    #[test]
    fn policies_are_compared_by_their_sources() {
        let page = answer(
            "Content-Security-Policy",
            "default-src 'self'; frame-ancestors https://b.example https://a.example; form-action 'self' https://erp.example:44300",
        );
        let ok = |word: &str, wanted: Value| csp(&page, word, &wanted).is_ok();
        assert!(ok("frame-ancestors_equals", json!(["https://a.example", "https://b.example"])));
        assert!(!ok("frame-ancestors_equals", json!(["https://a.example"])));
        assert!(ok("form-action_contains", json!(["https://erp.example:44300"])));
        assert!(!ok("form-action_contains", json!(["https://erp.example"])));
        assert!(ok("form-action_not_contains", json!(["*"])));
        assert!(csp(&answer("Content-Security-Policy", "form-action https://*.example"), "form-action_not_contains", &json!(["*"])).is_err());
        assert!(ok("upgrade-insecure-requests", json!(false)) && !ok("upgrade-insecure-requests", json!(true)));
        assert!(!ok("child-src_contains", json!(["x"])));
    }

    #[test]
    fn cookies_are_judged_by_name_and_attribute() {
        let rules = json!({"name_prefix": "__Host-", "has": ["Secure", "SameSite=None", "Path=/"], "has_not": ["Domain"]});
        assert!(cookie("__Host-hookline-1=k; Secure; HttpOnly; SameSite=None; Path=/", &rules).is_ok());
        assert!(cookie("__Host-hookline-1=k; Secure; HttpOnly; SameSite=Lax; Path=/", &rules).is_err());
        assert!(cookie("hookline=k; Secure; SameSite=None; Path=/", &rules).is_err());
        assert!(cookie("__Host-x=k; Secure; SameSite=None; Path=/; Domain=example.com", &rules).is_err());
    }

    #[test]
    fn a_download_is_judged() {
        let page = json!({"CURRENTPAGE": 4, "TOTALPAGES": 4, "TRANSACTIONID": 17, "Items": [{"NEWITEM": {"EXT_PRODUCT_ID": "A", "DESCRIPTION": [{"languageCode": "en"}]}}]});
        for right in [
            json!({"CURRENTPAGE_equals": "TOTALPAGES"}),
            json!({"TRANSACTIONID_as_text": "17"}),
            json!({"items": 1, "items_max": 1}),
            json!({"every_item_has": ["NEWITEM.EXT_PRODUCT_ID", "NEWITEM.DESCRIPTION[].languageCode"]}),
        ] {
            assert_eq!(json(&page, &right), Ok(()), "{right}");
        }
        for wrong in [
            json!({"CURRENTPAGE": 1}),
            json!({"CURRENTPAGE_equals": "TOTALITEMS"}),
            json!({"TRANSACTIONID_as_text": "T-17"}),
            json!({"items_max": 0}),
            json!({"every_item_has": ["NEWITEM.UNIT"]}),
        ] {
            assert!(json(&page, &wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_message_must_name_what_is_asked() {
        let lines = vec![json!({"article": "TST-1001"}).as_object().cloned().expect("an object")];
        let shown = "Line 1: the value of VENDORMAT is too long, at most 40 characters.";
        let ok = |word: &str, wanted: Value| message(shown, word, &wanted, &lines, &["VENDORMAT"]).is_ok();
        assert!(ok("names_line", json!(1)) && ok("names_field", json!("NEW_ITEM-VENDORMAT")) && ok("names_limit", json!(40)));
        assert!(ok("names_line", json!(true)) && ok("names_field", json!(true)) && ok("names_limit", json!(true)));
        assert!(!ok("names_line", json!(2)) && !ok("names_field", json!("UNIT")) && !ok("names_limit", json!(35)));
    }
}
