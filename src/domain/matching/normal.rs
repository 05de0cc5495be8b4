//! The one form in which numbers and identifiers are compared (section 16): what people add and leave out makes no difference.
//! Never makes two numbers equal that differ in a digit or letter.

/// Without blanks around it, in small letters.
pub fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

fn letters_and_digits(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// An order's number without blanks, dashes and other marks, without `PO` before it and without leading zeros.
pub fn order_number(text: &str) -> String {
    let plain = letters_and_digits(text);
    let number = plain.strip_prefix("PO").filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(&plain);
    number.trim_start_matches('0').to_string()
}

/// The number of a line or an article: `00010` and `10` are one.
pub fn number(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    match plain.trim_start_matches('0') {
        "" if !plain.is_empty() => "0".to_string(),
        rest => rest.to_string(),
    }
}

/// An identifier of a party: a Belgian number is the same with and without its country (section 4).
pub fn identifier(text: &str) -> String {
    let plain = letters_and_digits(text);
    match plain.strip_prefix("BE") {
        Some(digits) if digits.len() == 10 && digits.bytes().all(|b| b.is_ascii_digit()) => digits.to_string(),
        _ => plain,
    }
}

/// A bank account.
pub fn account(text: &str) -> String {
    letters_and_digits(text)
}

/// Words of a text that could be a number: with a digit in them, as they stand and joined with the one before (`PO 4500`).
pub fn candidates(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '#' | '(' | ')')).collect();
    let with_digit = |word: &&str| word.chars().any(|c| c.is_ascii_digit());
    let single = words.iter().copied().filter(with_digit).map(str::to_string);
    let joined = words.windows(2).map(|pair| pair.concat()).filter(|word| word.chars().any(|c| c.is_ascii_digit()));
    std::iter::once(text.to_string()).chain(single).chain(joined).collect()
}

/// Whether two names share at least half of the words of the longer.
pub fn is_similar(one: &str, other: &str) -> bool {
    let words = |text: &str| -> std::collections::BTreeSet<String> {
        let folded = text.to_lowercase();
        folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_string).collect()
    };
    let (one, other) = (words(one), words(other));
    let shared = one.intersection(&other).count();
    shared > 0 && shared * 2 >= one.len().max(other.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        for (written, meant) in [
            ("4500001234", "4500001234"),
            (" 4500 001 234 ", "4500001234"),
            ("PO-4500001234", "4500001234"),
            ("po 0045", "45"),
            ("PO4500/1", "45001"),
            ("POLDER-7", "POLDER7"),
            ("0000", ""),
        ] {
            assert_eq!(order_number(written), meant, "{written}");
        }
        assert_eq!((number("00010"), number(" 1 0 "), number("0")), ("10".into(), "10".into(), "0".into()));
        assert_eq!(identifier("BE 0202.239.951"), identifier("0202239951"));
        assert_ne!(identifier("NL001234567B01"), identifier("001234567B01"));
        assert_eq!(account("NL91 ABNA 0417 1643 00"), account("nl91abna0417164300"));
    }

    #[test]
    fn names_are_similar_by_half_of_their_words() {
        assert!(is_similar("Handschoenen nitril M", "Handschoenen nitril, maat M"));
        assert!(!is_similar("Handschoenen nitril M", "Handschoenen latex wit L"));
        assert!(!is_similar("", ""));
    }
}
