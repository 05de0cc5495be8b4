//! What a report of the checker says to people: for each rule that is violated what to change, built from the sort of its mistake and the names
//! of its business terms, in the reader's language. It must never copy the sentences of the official rules, nor decide a verdict.

use crate::domain::name::Language;
use crate::einvoice::rules::{Flag, Kind};
use crate::einvoice::{Departure, Finding, Later, Refusal, Report, Why, term_words};
use crate::text::Texts;

/// As many places as are told of one mistake, and as many mistakes as are told at all.
const PLACES_MAX: usize = 5;
const MISTAKES_MAX: usize = 300;

/// A place in the document.
pub struct Place {
    pub line: String,
    pub path: String,
}

/// One thing to change, and everywhere it is to be changed.
pub struct Mistake {
    pub id: String,
    pub fix: String,
    /// Number and name of each business term.
    pub terms: Vec<(String, String)>,
    pub places: Vec<Place>,
    pub more: String,
}

/// Mistakes of one weight.
pub struct Group {
    pub kind: &'static str,
    pub title: String,
    pub mistakes: Vec<Mistake>,
}

/// What is wrong before any rule is asked: it cannot be read, its structure is wrong, rules have no answer.
pub fn mistakes(t: Texts, report: &Report) -> Vec<Mistake> {
    let plain = |id: String, fix: String, places: Vec<Place>| Mistake { id, fix, terms: Vec::new(), places, more: String::new() };
    let mut all = Vec::new();
    if let Some(refusal) = &report.refusal {
        let line = t.with("line-number", "line", refusal.line);
        all.push(plain("XML".into(), t.get(unread_key(refusal)), vec![Place { line, path: String::new() }]));
    } else if report.departures.is_none() {
        all.push(plain("UBL".into(), t.get("einvoice-no-structure"), Vec::new()));
    }
    let departure = |departure: &Departure| {
        let fix = t.with(&format!("structure-{}", departure.what.code()), "name", &departure.name);
        plain("UBL".into(), fix, vec![place(t, departure.line, &departure.place)])
    };
    all.extend(report.departures.iter().flatten().take(MISTAKES_MAX).map(departure));
    all.extend(report.unanswered.iter().map(|without| plain(without.id.to_string(), t.get("einvoice-unanswered"), Vec::new())));
    all
}

/// The violated rules, fatal ones first, each once with its places.
pub fn groups(t: Texts, report: &Report) -> Vec<Group> {
    let flags = [(Flag::Fatal, "bad", "einvoice-fatal"), (Flag::Warning, "warn", "einvoice-warning")];
    let group = |(flag, kind, key): (Flag, &'static str, &str)| {
        let found: Vec<&Finding> = report.findings.iter().filter(|finding| finding.flag == flag).collect();
        let rules = by_rule(&found);
        let title = t.count(key, &rules.len());
        Group { kind, title, mistakes: rules.iter().take(MISTAKES_MAX).map(|of_rule| mistake(t, of_rule)).collect() }
    };
    flags.into_iter().map(group).filter(|group| !group.mistakes.is_empty()).collect()
}

/// Rules that would refuse the document later.
pub fn listed(later: &Later) -> String {
    later.ids(Flag::Fatal).join(", ")
}

/// Findings of one rule together, in the order in which rules are first met.
fn by_rule<'f>(found: &[&'f Finding]) -> Vec<Vec<&'f Finding>> {
    let mut at = std::collections::HashMap::new();
    let mut rules: Vec<Vec<&Finding>> = Vec::new();
    for finding in found {
        let place = *at.entry(finding.id).or_insert(rules.len());
        match rules.get_mut(place) {
            Some(rule) => rule.push(finding),
            None => rules.push(vec![finding]),
        }
    }
    rules
}

fn mistake(t: Texts, of_rule: &[&Finding]) -> Mistake {
    let beyond = of_rule.len().saturating_sub(PLACES_MAX);
    let first = of_rule.first();
    Mistake {
        id: first.map(|finding| finding.id.to_string()).unwrap_or_default(),
        fix: first.map(|finding| fix(t, finding)).unwrap_or_default(),
        terms: first.map(|finding| terms(t, finding)).unwrap_or_default(),
        places: of_rule.iter().take(PLACES_MAX).map(|finding| place(t, finding.line, &finding.place)).collect(),
        more: if beyond == 0 { String::new() } else { t.count("einvoice-more", &beyond) },
    }
}

fn place(t: Texts, line: usize, path: &str) -> Place {
    Place { line: t.with("line-number", "line", line), path: path.to_string() }
}

/// The terms of a rule with their names: values where it names any, else groups of them.
fn terms(t: Texts, finding: &Finding) -> Vec<(String, String)> {
    let named = |number: &str| Some((number.to_string(), name(t.0, number)?));
    let all: Vec<(String, String)> = finding.terms.split_ascii_whitespace().filter_map(named).collect();
    let values: Vec<(String, String)> = all.iter().filter(|(number, _)| number.starts_with("BT-")).cloned().collect();
    if values.is_empty() { all } else { values }
}

fn name(language: Language, number: &str) -> Option<String> {
    let [english, dutch, french, german] = term_words(number)?;
    let word = match language {
        Language::En => english,
        Language::Nl => dutch,
        Language::Fr => french,
        Language::De => german,
    };
    Some((*word).to_string())
}

/// What to change.
fn fix(t: Texts, finding: &Finding) -> String {
    let terms = terms(t, finding);
    let what = match (terms.as_slice(), finding.path) {
        // What must not be there is told by its place: a term has others.
        (_, path) if !path.is_empty() && finding.kind == Kind::Unwanted => path.to_string(),
        ([], "") => last_step(&finding.place).to_string(),
        ([], path) => path.to_string(),
        (terms, _) => terms.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", "),
    };
    let several = finding.kind == Kind::Missing && terms.len() > 1;
    let key = if several { "fix-missing-some".to_string() } else { format!("fix-{}", finding.kind.code()) };
    t.with(&key, "what", what)
}

/// `/Invoice[1]/cac:Party[2]` leads to `Party`.
fn last_step(place: &str) -> &str {
    let step = place.rsplit('/').next().unwrap_or_default();
    let step = step.split('[').next().unwrap_or_default();
    step.rsplit(':').next().unwrap_or_default()
}

fn unread_key(refusal: &Refusal) -> &'static str {
    match refusal.why {
        // Text from the first character on: a letter, or another kind of file.
        Why::BadMarkup if (refusal.line, refusal.column) == (1, 1) => "unread-nothing",
        Why::TooLarge | Why::TooDeep | Why::TooManyNames | Why::TooManyAttributes => "unread-limit",
        Why::UnknownCharset | Why::BrokenCharset | Why::ForbiddenCharacter => "unread-characters",
        Why::DocumentType | Why::UnknownEntity => "unread-document-type",
        Why::NoElement => "unread-nothing",
        Why::Unfinished => "unread-unfinished",
        Why::BadName | Why::UndeclaredPrefix | Why::AttributeTwice | Why::BadAttribute | Why::BadMarkup | Why::WrongEnd | Why::AfterTheEnd => {
            "unread-markup"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_step_of_a_place_names_the_element() {
        assert_eq!(last_step("/Invoice[1]/cac:AccountingSupplierParty[1]/cbc:EndpointID[2]"), "EndpointID");
        assert_eq!(last_step("/Invoice[1]"), "Invoice");
    }
}
