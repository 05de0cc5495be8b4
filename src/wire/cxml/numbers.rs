//! Numbers and times as cXML documents carry them: decimals with a point, an optional sign and exponent; ISO 8601 and its relatives (section 3).
//! Grouping and decimal commas are refused: `1.234,56` must not become 1.23456.

use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serializer};

const NUMBER_MAX: usize = 64;
const EXPONENT_MAX: i32 = 28;
/// No amount of trade is as large; sums of as many lines as a document may have fit a decimal.
const BOUND: i128 = 100_000_000_000_000_000_000;

/// A decimal number; `None` for everything that would have to be guessed.
pub fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok().filter(|e| e.abs() <= EXPONENT_MAX)?),
        None => (text, 0),
    };
    let digits = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') && digits.matches('.').count() <= 1;
    if text.len() > NUMBER_MAX || !plain || !digits.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let whole = format!("0{}", digits.trim_end_matches('.'));
    let value = Decimal::from_str_exact(&whole).ok()?;
    let signed = if mantissa.starts_with('-') { -value } else { value };
    let power = Decimal::from_str_exact(&format!("1{}", "0".repeat(usize::try_from(exponent.abs()).ok()?))).ok()?;
    let scaled = if exponent < 0 { signed.checked_div(power)? } else { signed.checked_mul(power)? };
    // A division that does not come out even lost digits.
    let exact = exponent >= 0 || scaled.checked_mul(power)? == signed;
    (exact && scaled.abs() < Decimal::from_i128_with_scale(BOUND, 0)).then(|| scaled.normalize())
}

/// A point in time as a document says it: its day there, and the whole where it has a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// ISO 8601, as the document's own clock shows it.
    pub day: String,
    /// With seconds and numeric offset; a day alone stays a day.
    pub text: String,
    /// It named no offset; that of the buyer's zone was taken.
    pub assumed: bool,
}

/// Reads a time with business meaning. Without an offset it is one of `zone`.
pub fn when(text: &str, zone: &str) -> Option<When> {
    let text = text.trim();
    if text.len() > NUMBER_MAX {
        return None;
    }
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return by_name(text);
    }
    let (day, rest) = text.split_at_checked(10)?;
    let date: Date = day.parse().ok()?;
    let rest = match rest.chars().next() {
        None => return Some(When { day: date.to_string(), text: date.to_string(), assumed: false }),
        Some('T' | 't' | ' ') => rest.get(1..)?,
        Some(_) => return None,
    };
    let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.'))).unwrap_or(rest.len());
    let (clock, zone_text) = rest.split_at(end);
    let time = time(clock)?;
    match offset(zone_text.trim()) {
        Some(offset) => Some(written(date, time, offset, false)),
        None if zone_text.trim().is_empty() => {
            let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
            let zoned = date.to_datetime(time).to_zoned(zone).ok()?;
            Some(written(date, time, zoned.offset(), true))
        }
        None => None,
    }
}

/// `Fri, 30 Jan 2026 11:10:32 +0000` and `Mon May 19 18:29:48 +0000 2026`.
fn by_name(text: &str) -> Option<When> {
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let (day, month, clock, zone, year) = match words.as_slice() {
        [_, day, month, year, clock, zone] if year.len() == 4 && day.parse::<i8>().is_ok() => (day, month, clock, zone, year),
        [_, month, day, clock, zone, year] => (day, month, clock, zone, year),
        _ => return None,
    };
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = (1i8..).zip(months).find(|(_, name)| name.eq_ignore_ascii_case(month))?.0;
    let date = Date::new(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    let offset = if matches!(*zone, "GMT" | "UTC") { Some(Offset::UTC) } else { offset(zone) };
    Some(written(date, time(clock)?, offset?, false))
}

fn time(text: &str) -> Option<Time> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let parts: Vec<&str> = whole.split(':').collect();
    let two = |part: &&str| (part.len() == 2).then(|| part.parse::<i8>().ok()).flatten();
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    match parts.as_slice() {
        [hour, minute] => Time::new(two(hour)?, two(minute)?, 0, 0).ok(),
        [hour, minute, second] => Time::new(two(hour)?, two(minute)?, two(second)?, 0).ok(),
        _ => None,
    }
}

fn offset(text: &str) -> Option<Offset> {
    if text.eq_ignore_ascii_case("z") {
        return Some(Offset::UTC);
    }
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(digits.len(), 2 | 4) {
        return None;
    }
    let hours: i32 = digits[..2].parse().ok()?;
    let minutes: i32 = if digits.len() == 4 { digits[2..].parse().ok()? } else { 0 };
    (hours <= 14 && minutes < 60).then(|| Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()).flatten()
}

fn written(date: Date, time: Time, offset: Offset, assumed: bool) -> When {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, minutes) = (seconds.abs() / 3600, seconds.abs() / 60 % 60);
    let text = format!("{date}T{:02}:{:02}:{:02}{sign}{hours:02}:{minutes:02}", time.hour(), time.minute(), time.second());
    When { day: date.to_string(), text, assumed }
}

/// Decimals as text in what is stored of a document: nothing is lost in a binary fraction.
pub mod as_text {
    use super::{Decimal, Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The same where there may be none.
pub mod as_text_or_none {
    use super::{Decimal, Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_or_refused_and_never_guessed() {
        for (text, value) in [
            ("1", "1"),
            (" 12.50 ", "12.5"),
            (".34", "0.34"),
            ("+.7", "0.7"),
            ("-3.", "-3"),
            ("1.5e1", "15"),
            ("1500E-2", "15"),
            ("0.0000001234", "0.0000001234"),
            ("007", "7"),
            ("0", "0"),
        ] {
            assert_eq!(decimal(text).map(|d| d.to_string()).as_deref(), Some(value), "{text}");
        }
        for text in [
            "",
            ".",
            "+",
            "1,5",
            "1.234,56",
            "1,234.56",
            "1 000",
            "NaN",
            "0x10",
            "1e",
            "1e99",
            "1e-28e",
            "--1",
            "1.2.3",
            "٣",
            "Infinity",
            "1e-40",
            "1e20",
            "-100000000000000000000",
        ] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_read_as_buyers_write_them() {
        for (text, expected) in [
            ("2026-03-05T10:15:00+01:00", Some("2026-03-05T10:15:00+01:00")),
            ("2026-03-05T10:15:00.1234567+01:00", Some("2026-03-05T10:15:00+01:00")),
            ("2026-03-05T10:15:00Z", Some("2026-03-05T10:15:00+00:00")),
            ("2026-02-11T09:14:00 -0500", Some("2026-02-11T09:14:00-05:00")),
            ("2026-02-11T09:14:22 -05:00", Some("2026-02-11T09:14:22-05:00")),
            ("2026-03-04T11:55:58", Some("2026-03-04T11:55:58-06:00")),
            ("2026-03-05", Some("2026-03-05")),
            ("Fri, 30 Jan 2026 11:10:32 +0000", Some("2026-01-30T11:10:32+00:00")),
            ("Mon May 19 18:29:48 +0000 2026", Some("2026-05-19T18:29:48+00:00")),
            ("2026-02-30", None),
            ("2026-03-05T25:00:00Z", None),
            ("2026-03-05T10:15:00 CET", None),
            ("05.03.2026", None),
            ("", None),
            ("yesterday", None),
            ("2026-03-05Tähm", None),
        ] {
            assert_eq!(when(text, "America/Chicago").map(|when| when.text).as_deref(), expected, "{text}");
        }
        assert_eq!(when("2026-03-04T11:55:58", "America/Chicago").map(|when| when.assumed), Some(true));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = (decimal(&text), when(&text, "Europe/Berlin"));
        }
    }
}
