//! Business terms and groups of EN 16931-1 by their number, in short words for people who read one of four languages. Never used to decide anything.

use std::collections::HashMap;
use std::sync::LazyLock;

const TEXT: &str = include_str!("terms.txt");

/// A term in English, Dutch, French and German.
pub type TermWords = [&'static str; 4];

static TERMS: LazyLock<HashMap<&'static str, TermWords>> = LazyLock::new(|| lines().filter_map(entry).collect());

fn lines() -> impl Iterator<Item = &'static str> {
    TEXT.lines().filter(|line| !line.starts_with('#'))
}

fn entry(line: &'static str) -> Option<(&'static str, TermWords)> {
    let mut parts = line.split(" | ");
    let number = parts.next()?;
    let words = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some((number, words))
}

/// What a term is called in each language; nothing for a number that is not one.
pub fn term_words(number: &str) -> Option<&'static TermWords> {
    TERMS.get(number)
}

/// What a term is called in English.
pub fn term(number: &str) -> Option<&'static str> {
    term_words(number).map(|[english, ..]| *english)
}

#[cfg(test)]
mod tests {
    use super::super::{Day, Set};
    use super::*;

    #[test]
    fn every_term_that_a_rule_names_has_a_name() {
        let rules = Set::ALL.into_iter().flat_map(|set| set.on(Day(2026, 11, 28)).rules().assertions());
        for (id, number) in rules.flat_map(|rule| rule.terms.split_ascii_whitespace().map(|number| (rule.id.as_str(), number))) {
            assert!(term(number).is_some(), "{id} names {number}");
        }
    }

    #[test]
    fn every_line_is_one_term_in_four_languages() {
        for line in lines() {
            let (number, words) = entry(line).unwrap_or_else(|| panic!("no term in four languages: {line}"));
            assert!(words.iter().all(|word| !word.is_empty() && word.trim() == *word), "{line}");
            assert_eq!(term_words(number), Some(&words), "{number} stands twice");
        }
    }
}
