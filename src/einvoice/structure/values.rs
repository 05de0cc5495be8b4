//! How values are read, as XML Schema does it: what is a number, a date, a time, a truth value, a file. Never more than yes or no.

use crate::einvoice::xml::trim;

/// The ways in which the text of an element or attribute is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    Text,
    Decimal,
    Date,
    Time,
    Boolean,
    Base64,
    Language,
    Uri,
}

impl Reading {
    pub fn named(name: &str) -> Reading {
        match name {
            "decimal" => Reading::Decimal,
            "date" => Reading::Date,
            "time" => Reading::Time,
            "boolean" => Reading::Boolean,
            "base64" => Reading::Base64,
            "language" => Reading::Language,
            "uri" => Reading::Uri,
            _ => Reading::Text,
        }
    }

    #[inline]
    pub fn accepts(self, text: &str) -> bool {
        self == Reading::Text || self.reads(text)
    }

    fn reads(self, text: &str) -> bool {
        let bare = trim(text);
        match self {
            Reading::Text => true,
            Reading::Decimal => is_decimal(bare),
            Reading::Date => date_end(bare.as_bytes()).is_some_and(is_zone),
            Reading::Time => is_time(bare.as_bytes()),
            Reading::Boolean => matches!(bare, "true" | "false" | "1" | "0"),
            Reading::Base64 => is_base64(text.as_bytes()),
            Reading::Language => is_language(bare),
            Reading::Uri => is_uri(bare),
        }
    }
}

/// A sign, digits, a point, digits: at least one digit.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mut digit, mut point) = (false, false);
    for byte in unsigned.bytes() {
        match byte {
            b'0'..=b'9' => digit = true,
            b'.' if !point => point = true,
            _ => return false,
        }
    }
    digit
}

fn two(text: &[u8]) -> Option<(u32, &[u8])> {
    match text {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] => Some((u32::from(tens - b'0') * 10 + u32::from(ones - b'0'), rest)),
        _ => None,
    }
}

/// The rest after year, month and day.
fn date_end(text: &[u8]) -> Option<&[u8]> {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let digits = unsigned.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (year, rest) = unsigned.split_at(digits);
    if digits < 4 || (digits > 4 && year[0] == b'0') || year.iter().all(|digit| *digit == b'0') {
        return None;
    }
    let (month, rest) = two(rest.strip_prefix(b"-")?)?;
    let (day, rest) = two(rest.strip_prefix(b"-")?)?;
    // Only the last four digits decide whether it is a leap year: 10000 is a multiple of 400.
    let in_cycle = year[digits - 4..].iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    (1..=days_of(in_cycle, month)).contains(&day).then_some(rest)
}

/// The days of a month; none for a month that is not.
pub fn days_of(year: u32, month: u32) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 0,
    }
}

fn is_zone(text: &[u8]) -> bool {
    match text {
        [] | [b'Z'] => true,
        [b'+' | b'-', rest @ ..] => hours_and_minutes(rest)
            .is_some_and(|(hours, minutes, rest)| rest.is_empty() && (hours < 14 && minutes < 60 || hours == 14 && minutes == 0)),
        _ => false,
    }
}

fn hours_and_minutes(text: &[u8]) -> Option<(u32, u32, &[u8])> {
    let (hours, rest) = two(text)?;
    let (minutes, rest) = two(rest.strip_prefix(b":")?)?;
    Some((hours, minutes, rest))
}

fn is_time(text: &[u8]) -> bool {
    let parts = hours_and_minutes(text).and_then(|(hours, minutes, rest)| Some((hours, minutes, two(rest.strip_prefix(b":")?)?)));
    let Some((hours, minutes, (seconds, rest))) = parts else { return false };
    let fraction = rest.strip_prefix(b".").map_or(0, |digits| digits.iter().take_while(|byte| byte.is_ascii_digit()).count());
    if rest.first() == Some(&b'.') && fraction == 0 {
        return false;
    }
    let zone = if fraction > 0 { &rest[fraction + 1..] } else { rest };
    let at_midnight = hours == 24 && minutes == 0 && seconds == 0 && rest[..rest.len() - zone.len()].iter().all(|byte| matches!(byte, b'.' | b'0'));
    (hours < 24 && minutes < 60 && seconds < 60 || at_midnight) && is_zone(zone)
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// Groups of four; the last may be padded, and then says nothing in the bits that do not count. Other signs between them do not count, for the
/// official check passes over them (RFC 2045, 6.8).
fn is_base64(text: &[u8]) -> bool {
    let (mut count, mut padding, mut last) = (0_usize, 0_usize, 0_u8);
    for byte in text {
        match sextet(*byte) {
            Some(value) if padding == 0 => (last, count) = (value, count + 1),
            Some(_) => return false,
            None => padding += usize::from(*byte == b'='),
        }
    }
    match (count % 4, padding) {
        (0, 0) => true,
        (2, 2) => last & 0x0f == 0,
        (3, 1) => last & 0x03 == 0,
        _ => false,
    }
}

/// Letters, then letters and digits, one to eight in each part.
fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let fits = |part: &str| (1..=8).contains(&part.len());
    let first = parts.next().is_some_and(|part| fits(part) && part.bytes().all(|byte| byte.is_ascii_alphabetic()));
    first && parts.all(|part| fits(part) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Nearly everything is an address once it is escaped.
fn is_uri(_text: &str) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::Reading;

    /// What libxml2 says of each as `xsd:base64Binary`.
    #[test]
    fn base64_is_read_as_the_official_check_reads_it() {
        for right in [
            "",
            "*",
            "VGVzdA==",
            "VGVz dA= =",
            "VGVz*dA==",
            "VGVz\u{a0}dA==",
            "VG-VzdA==",
            "VGVzdA==*",
            "VGVzdGk=",
            "VGVzdGk\u{20ac}=",
            "AA*==",
            "ABQ*=",
        ] {
            assert!(Reading::Base64.accepts(right), "{right:?}");
        }
        for wrong in
            ["A", "ABC", "VGVzdA", "VGVzdA==x", "VGVz=dA=", "=", "*=", "====", "AB=", "ABC==", "AB===", "VGVzdB==", "VGVzdGl=", "AB*==", "_AAA"]
        {
            assert!(!Reading::Base64.accepts(wrong), "{wrong:?}");
        }
    }
}
