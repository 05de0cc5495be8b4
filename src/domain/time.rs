//! A point in time and how it is written. Never reads a clock: time is passed in.

use std::fmt;
use std::time::Duration;

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// Whether a text is a day of the calendar as ISO 8601 writes it, `2026-11-22`.
pub fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

impl Timestamp {
    pub fn plus(self, duration: Duration) -> Timestamp {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Timestamp(self.0.saturating_add(micros))
    }

    pub fn minus(self, duration: Duration) -> Timestamp {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Timestamp(self.0.saturating_sub(micros))
    }

    /// Time passed since `earlier`; nothing when the clock went back (reliability, design rule 6).
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// A moment as people and programs write it: a day (then its end), a day and time as the clocks of a zone show it, or with an offset of
    /// its own.
    pub fn read(text: &str, zone: &str) -> Option<Timestamp> {
        // A plus sign in an address means a blank.
        let text = text.trim().replace(' ', "+");
        let of_zone = |civil: jiff::civil::DateTime| {
            let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
            civil.to_zoned(zone).ok().map(|zoned| zoned.timestamp())
        };
        let moment = match text.parse::<jiff::civil::Date>() {
            Ok(day) if text.len() == 10 => of_zone(day.at(23, 59, 59, 999_999_000)),
            _ => text.parse::<jiff::Timestamp>().ok().or_else(|| of_zone(text.parse().ok()?)),
        };
        moment.map(|moment| Timestamp(moment.as_microsecond()))
    }

    fn civil(self) -> jiff::civil::DateTime {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC).datetime()
    }

    /// The day in UTC, as ISO 8601.
    pub fn date(self) -> String {
        self.civil().date().to_string()
    }

    /// Day (ISO 8601), time with seconds, and the abbreviation, as clocks in a time zone show it; in UTC for a zone nobody knows.
    pub fn local(self, zone: &str) -> (String, String, String) {
        let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let local = jiff::Timestamp::from_microsecond(self.0).unwrap_or_default().to_zoned(zone);
        (local.date().to_string(), local.strftime("%H:%M:%S").to_string(), local.strftime("%Z").to_string())
    }

    /// Day of the week, 1 is Monday; day of the month; and the ISO week, in UTC.
    pub fn calendar(self) -> (u32, u32, u32) {
        let date = self.civil().date();
        let number = |n: i8| u32::try_from(n).unwrap_or_default();
        (number(date.weekday().to_monday_one_offset()), number(date.day()), number(date.iso_week_date().week()))
    }

    pub fn year(self) -> i16 {
        self.civil().year()
    }

    /// `DDMMYYYYhhmmss`, the form of OCI 5.0 downloads (reference oci, section 8).
    pub fn oci(self) -> String {
        let t = self.civil();
        format!("{:02}{:02}{:04}{:02}{:02}{:02}", t.day(), t.month(), t.year(), t.hour(), t.minute(), t.second())
    }

    /// The day `days` later, as ISO 8601.
    pub fn date_after(self, days: u32) -> String {
        self.plus(Duration::from_secs(u64::from(days) * 86_400)).date()
    }
}

/// ISO 8601 with seconds, UTC.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = self.civil();
        write!(f, "{}T{:02}:{:02}:{:02}Z", t.date(), t.hour(), t.minute(), t.second())
    }
}

/// The zone of organisations that name none.
pub const ZONE: &str = "Europe/Amsterdam";

/// Whether a text names a time zone (IANA).
pub fn is_zone(name: &str) -> bool {
    jiff::tz::TimeZone::get(name).is_ok()
}

/// The day so many days after a day, both as ISO 8601; `None` for what is no day.
pub fn day_after(day: &str, days: u32) -> Option<String> {
    let day = Some(day).filter(|day| is_day(day))?.parse::<jiff::civil::Date>().ok()?;
    day.checked_add(jiff::Span::new().try_days(days).ok()?).ok().map(|day| day.to_string())
}

/// Whether a text is a calendar date in ISO form (`2026-11-21`).
pub fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_day_or_a_time() {
        for (text, moment) in [
            ("2026-11-01", Some("2026-11-01T22:59:59Z")),
            ("2026-07-01", Some("2026-07-01T21:59:59Z")),
            ("2026-11-01T10:00:00Z", Some("2026-11-01T10:00:00Z")),
            ("2026-11-01T10:00:00+05:00", Some("2026-11-01T05:00:00Z")),
            ("2026-11-01T10:00:00 05:00", Some("2026-11-01T05:00:00Z")),
            ("2026-11-01T10:00", Some("2026-11-01T09:00:00Z")),
            ("2026-13-01", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(Timestamp::read(text, ZONE).map(|at| at.to_string()).as_deref(), moment, "{text}");
        }
    }

    #[test]
    fn clocks_of_a_zone_with_their_abbreviation() {
        let winter = Timestamp(1_795_303_800_000_000);
        assert_eq!(winter.to_string(), "2026-11-21T23:30:00Z");
        let local = |at: Timestamp, zone: &str| {
            let (day, time, name) = at.local(zone);
            format!("{day} {time} {name}")
        };
        assert_eq!(local(winter, ZONE), "2026-11-22 00:30:00 CET");
        assert_eq!(local(winter.minus(Duration::from_secs(180 * 86_400)), ZONE), "2026-05-26 01:30:00 CEST");
        assert_eq!(local(winter, "Europe/London"), "2026-11-21 23:30:00 GMT");
        assert_eq!(local(winter, "Middle/Earth"), "2026-11-21 23:30:00 UTC");
        assert!(is_zone("America/Paramaribo") && !is_zone("Amsterdam"));
    }
}
