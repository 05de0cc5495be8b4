//! The ways an order goes to its supplier, and which of them can carry what an order holds (reference cxml-and-peppol-ordering, section 29).
//! Pure. Decides which channel is next; never what an order says, and never drops a part of it: what a channel cannot carry is named.

use std::collections::BTreeSet;
use std::time::Duration;

use super::time::Timestamp;

/// The form in which an order leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// A letter with a PDF, a link to answer by, and a file of data where one is wanted.
    Mail,
    /// JSON, signed.
    Webhook,
    Cxml,
    /// A table, posted.
    Csv,
    /// An order in UBL, posted.
    Ubl,
    /// The same over the Peppol network, through the access point.
    Peppol,
}

impl Form {
    pub const ALL: [Form; 6] = [Form::Mail, Form::Webhook, Form::Cxml, Form::Csv, Form::Ubl, Form::Peppol];

    pub fn as_str(self) -> &'static str {
        match self {
            Form::Mail => "mail",
            Form::Webhook => "webhook",
            Form::Cxml => "cxml",
            Form::Csv => "csv",
            Form::Ubl => "ubl",
            Form::Peppol => "peppol",
        }
    }

    pub fn parse(text: &str) -> Option<Form> {
        Form::ALL.into_iter().find(|form| form.as_str() == text)
    }

    /// What no writer of this form has a place for.
    pub fn lacks(self) -> &'static [Need] {
        match self {
            Form::Mail => &[],
            Form::Webhook | Form::Cxml => &[Need::Attachments],
            Form::Csv => &[Need::Attachments, Need::SplitDates, Need::Charges],
            // What of an order is lost besides is told by its writer.
            Form::Ubl | Form::Peppol => &[Need::Attachments, Need::Units],
        }
    }
}

/// What an order, or what became of one, asks of a channel beyond lines of goods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// It changes an order that went out before.
    Change,
    /// It calls one off.
    Cancel,
    /// Lines go to places of their own.
    DeliveryPlaces,
    /// A line comes on several dates.
    SplitDates,
    /// A price is for more than one unit.
    PriceBasis,
    /// A line's cost is shared.
    Splits,
    /// Freight and other charges.
    Charges,
    Attachments,
    /// Letters beyond ASCII.
    Letters,
    /// A unit that is no code of UN/ECE Recommendation 20.
    Units,
}

impl Need {
    pub const ALL: [Need; 10] = [
        Need::Change,
        Need::Cancel,
        Need::DeliveryPlaces,
        Need::SplitDates,
        Need::PriceBasis,
        Need::Splits,
        Need::Charges,
        Need::Attachments,
        Need::Letters,
        Need::Units,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Need::Change => "change",
            Need::Cancel => "cancel",
            Need::DeliveryPlaces => "delivery_places",
            Need::SplitDates => "split_dates",
            Need::PriceBasis => "price_basis",
            Need::Splits => "splits",
            Need::Charges => "charges",
            Need::Attachments => "attachments",
            Need::Letters => "letters",
            Need::Units => "units",
        }
    }

    pub fn parse(text: &str) -> Option<Need> {
        Need::ALL.into_iter().find(|need| need.as_str() == text)
    }
}

/// What a channel can do: its form, and what its receiver says it cannot take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    pub form: Form,
    pub cannot: BTreeSet<Need>,
}

impl Channel {
    /// Which of the needs it has no way for, in their order.
    pub fn lost(&self, needs: &BTreeSet<Need>) -> Vec<Need> {
        needs.iter().copied().filter(|need| self.cannot.contains(need) || self.form.lacks().contains(need)).collect()
    }
}

/// Places of the channels that lose nothing, in order.
pub fn usable(channels: &[Channel], needs: &BTreeSet<Need>) -> Vec<usize> {
    channels.iter().enumerate().filter(|(_, channel)| channel.lost(needs).is_empty()).map(|(at, _)| at).collect()
}

/// Which of several ways an attempt (the first is 1) goes by, and the how-manieth there it is, when each but the last is tried so often.
/// `None` where there is no way.
pub fn turn(attempt: u32, tries: &[u32]) -> Option<(usize, u32)> {
    let mut left = attempt.max(1);
    for (at, often) in tries.iter().enumerate() {
        if left <= *often || at + 1 == tries.len() {
            return Some((at, left));
        }
        left -= often;
    }
    None
}

/// The moment when so many hours have passed that are not on a Saturday or Sunday (UTC).
pub fn working_hours_after(from: Timestamp, hours: u32) -> Timestamp {
    const HOUR: Duration = Duration::from_secs(3600);
    // The first day of 1970 was a Thursday.
    let is_working = |at: Timestamp| !matches!(at.seconds().div_euclid(86_400).rem_euclid(7), 2 | 3);
    let (mut at, mut left) = (from, hours);
    while left > 0 {
        at = at.plus(HOUR);
        left -= u32::from(is_working(at));
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(form: Form, cannot: &[Need]) -> Channel {
        Channel { form, cannot: cannot.iter().copied().collect() }
    }

    #[test]
    fn only_what_carries_everything_is_used() {
        let channels = [channel(Form::Cxml, &[Need::Change]), channel(Form::Csv, &[]), channel(Form::Mail, &[Need::Letters])];
        let of = |needs: &[Need]| usable(&channels, &needs.iter().copied().collect());
        for (needs, expected) in [
            (&[][..], vec![0, 1, 2]),
            (&[Need::PriceBasis, Need::Splits], vec![0, 1, 2]),
            (&[Need::Change], vec![1, 2]),
            (&[Need::Change, Need::SplitDates], vec![2]),
            (&[Need::Attachments], vec![2]),
            (&[Need::Change, Need::SplitDates, Need::Letters], vec![]),
        ] {
            assert_eq!(of(needs), expected, "{needs:?}");
        }
        assert_eq!(channels[1].lost(&[Need::Charges, Need::Change, Need::SplitDates].into()), [Need::SplitDates, Need::Charges]);
    }

    #[test]
    fn each_way_has_its_turn_and_the_last_keeps_it() {
        for (attempt, tries, expected) in [
            (1, &[4, 2, 3][..], Some((0, 1))),
            (4, &[4, 2, 3], Some((0, 4))),
            (5, &[4, 2, 3], Some((1, 1))),
            (6, &[4, 2, 3], Some((1, 2))),
            (7, &[4, 2, 3], Some((2, 1))),
            (20, &[4, 2, 3], Some((2, 14))),
            (9, &[4], Some((0, 9))),
            (0, &[4], Some((0, 1))),
            (1, &[], None),
        ] {
            assert_eq!(turn(attempt, tries), expected, "{attempt} {tries:?}");
        }
    }

    #[test]
    fn weekends_do_not_count() {
        for (from, hours, expected) in [
            ("2026-03-05T10:00:00Z", 24, "2026-03-06T10:00:00Z"),
            ("2026-03-06T10:00:00Z", 24, "2026-03-09T10:00:00Z"),
            ("2026-03-07T10:00:00Z", 1, "2026-03-09T00:00:00Z"),
            ("2026-03-06T23:30:00Z", 2, "2026-03-09T01:30:00Z"),
            ("2026-03-05T10:00:00Z", 0, "2026-03-05T10:00:00Z"),
        ] {
            let at = |text: &str| Timestamp::read(text, "UTC").expect("a moment");
            assert_eq!(working_hours_after(at(from), hours), at(expected), "{from} {hours}");
        }
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        assert!(Form::ALL.into_iter().all(|form| Form::parse(form.as_str()) == Some(form)));
        assert!(Need::ALL.into_iter().all(|need| Need::parse(need.as_str()) == Some(need)));
        assert_eq!((Form::parse("fax"), Need::parse("")), (None, None));
    }
}
