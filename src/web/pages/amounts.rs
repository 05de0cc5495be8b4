//! Amounts as people type them in their own language, in minor units. Reads what is clear and refuses what is not; never guesses.

use rust_decimal::Decimal;

use crate::domain::money::{Currency, Money};
use crate::domain::name::Language;

/// `1.234,56` in Dutch, German and French, `1,234.56` in English; without groups either sign stands before the cents.
pub fn read(text: &str, language: Language, currency: Currency) -> Option<i64> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{202f}' | '€')).collect();
    let (negative, digits) = match bare.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest),
        None => (false, bare.as_str()),
    };
    let (group, point) = if language == Language::En { (',', '.') } else { ('.', ',') };
    let (whole, cents) = match (digits.rsplit_once(point), digits.rsplit_once(group)) {
        (Some((whole, cents)), _) => (ungrouped(whole, group)?, cents.to_string()),
        // The other sign before one or two digits: typed as in another country, and clear all the same.
        (None, Some((whole, cents))) if cents.len() < 3 && !whole.contains(group) => (whole.to_string(), cents.to_string()),
        (None, _) => (ungrouped(digits, group)?, String::new()),
    };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(&whole) || !is_number(&cents) || cents.len() > currency.exponent() as usize {
        return None;
    }
    let amount: Decimal = format!("{whole}.{cents}0").parse().ok()?;
    let minor = Money::round(amount, currency)?.minor;
    Some(if negative { -minor } else { minor })
}

/// Without its signs between groups of three; `None` when they stand elsewhere.
fn ungrouped(whole: &str, group: char) -> Option<String> {
    let mut groups = whole.split(group);
    let first = groups.next().unwrap_or_default();
    let mut out = first.to_string();
    for part in groups {
        if part.len() != 3 || first.is_empty() || first.len() > 3 || first.starts_with('0') {
            return None;
        }
        out.push_str(part);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_their_writers_mean_them() {
        for (text, nl, en) in [
            ("1234", Some(123_400), Some(123_400)),
            ("1.234,56", Some(123_456), None),
            ("1,234.56", None, Some(123_456)),
            ("12,5", Some(1250), Some(1250)),
            ("12.50", Some(1250), Some(1250)),
            ("1.234", Some(123_400), None),
            ("1,234", None, Some(123_400)),
            ("€ -2 000", Some(-200_000), Some(-200_000)),
            ("− 0,01", Some(-1), Some(-1)),
            ("1.23.456", None, None),
            ("0,001", None, None),
            ("1e5", None, None),
            ("", None, None),
            (",50", None, None),
        ] {
            assert_eq!(read(text, Language::Nl, Currency::EUR), nl, "{text} in Dutch");
            assert_eq!(read(text, Language::En, Currency::EUR), en, "{text} in English");
        }
    }
}
