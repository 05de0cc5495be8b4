//! Units of measure: the buyer's word to the code of UN/ECE Recommendation 20 (with Recommendation 21 behind an `X`), section 33. A unit that
//! nobody knows is refused; it never falls back to pieces.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

static CODES: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| include_str!("units.txt").split_whitespace().collect());

/// Words that are no current code and mean one.
const ALIASES: &[(&str, &str)] = &[
    ("EACH", "C62"),
    ("PCE", "C62"),
    ("PC", "C62"),
    ("PCS", "C62"),
    ("BX", "XBX"),
    ("BOX", "XBX"),
    ("CT", "XCT"),
    ("PK", "XPK"),
    ("PAK", "XPK"),
    ("CS", "XCS"),
    ("BG", "XBG"),
    ("BO", "XBO"),
    ("RO", "XRO"),
    ("KG", "KGM"),
    ("DZ", "DZN"),
];

/// What German SAP systems write; it goes before the codes, for some of its words are codes of something else.
pub const GERMAN_SAP: &[(&str, &str)] = &[
    ("ST", "C62"),
    ("STK", "C62"),
    ("KAR", "XCT"),
    ("ROL", "XRO"),
    ("PAA", "PR"),
    ("STD", "HUR"),
    ("TAG", "DAY"),
    ("M", "MTR"),
    ("L", "LTR"),
    ("FL", "XBO"),
];

/// The code for a buyer's word: the connection's own table first, then the codes themselves, then words that mean one.
pub fn canonical(word: &str, table: &BTreeMap<String, String>) -> Option<String> {
    let word = word.trim();
    let of_table = || table.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, code)| code.clone());
    let code = || CODES.get(word).map(|code| (*code).to_string());
    let alias = || ALIASES.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, code)| (*code).to_string());
    table.get(word).cloned().or_else(of_table).or_else(code).or_else(alias)
}

/// Whether it is a code of the recommendations.
pub fn is_code(code: &str) -> bool {
    CODES.contains(code)
}

/// Whether two codes are the same when an order line is compared with its basket: the three codes for a piece are.
pub fn same(one: &str, other: &str) -> bool {
    let piece = |code: &str| matches!(code, "EA" | "C62" | "H87");
    one == other || (piece(one) && piece(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(word, code)| ((*word).to_string(), (*code).to_string())).collect()
    }

    #[test]
    fn the_connections_table_wins_and_nothing_is_guessed() {
        let none = table(&[]);
        for (word, code) in
            [("EA", Some("EA")), ("BX", Some("XBX")), ("each", Some("C62")), ("KGM", Some("KGM")), ("ST", None), ("UNI", None), ("", None)]
        {
            assert_eq!(canonical(word, &none).as_deref(), code, "{word}");
        }
        let german = table(GERMAN_SAP);
        assert_eq!(canonical("ST", &german).as_deref(), Some("C62"));
        // A cigarette stick in the recommendation, a piece in Walldorf.
        assert_eq!(canonical("STK", &none).as_deref(), Some("STK"));
        assert_eq!(canonical("STK", &german).as_deref(), Some("C62"));
        assert_eq!(canonical("Box", &table(&[("Box", "XBX")])).as_deref(), Some("XBX"));
    }

    #[test]
    fn what_the_tables_give_is_a_code() {
        for (word, code) in ALIASES.iter().chain(GERMAN_SAP) {
            assert!(is_code(code), "{word}: {code}");
        }
        assert!(ALIASES.iter().all(|(word, _)| !is_code(word)));
    }

    #[test]
    fn a_piece_is_a_piece() {
        assert!(same("EA", "C62") && same("H87", "EA") && same("MTR", "MTR"));
        assert!(!same("MTR", "C62") && !same("XBX", "EA"));
    }
}
