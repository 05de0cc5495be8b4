//! Which rules there are, which releases of them, and from which day each is in force. A document is judged by the release in force on the day
//! it is sent. A new release is a new row here and new files beside the old ones; both stay, so that what is valid today and refused from a day
//! on can be told. Never looks at a document beyond what names its profile.

use std::fmt;
use std::sync::LazyLock;

use super::rules::RuleSet;
use super::structure::UBL;
use super::xml::{DOCUMENT, Document};

/// A day of the calendar: year, month, day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub u16, pub u8, pub u8);

impl Day {
    /// Of the form 2026-08-17.
    pub fn parse(text: &str) -> Option<Day> {
        let bytes = text.as_bytes();
        let shaped =
            bytes.len() == 10 && bytes.iter().enumerate().all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() });
        if !shaped {
            return None;
        }
        let day = Day(text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..].parse().ok()?);
        (1..=super::structure::days_of(u32::from(day.0), u32::from(day.1))).contains(&u32::from(day.2)).then_some(day)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0, self.1, self.2)
    }
}

/// A set of rules, whatever the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    En16931,
    Peppol,
    PeppolSelfBilling,
    SiUbl,
    SiUblGaccount,
    Order,
    OrderChange,
    OrderCancellation,
    OrderResponse,
    OrderResponseAdvanced,
    OrderAgreement,
    DespatchAdvice,
    PunchOut,
}

impl Set {
    pub const ALL: [Set; 13] = [
        Set::En16931,
        Set::Peppol,
        Set::PeppolSelfBilling,
        Set::SiUbl,
        Set::SiUblGaccount,
        Set::Order,
        Set::OrderChange,
        Set::OrderCancellation,
        Set::OrderResponse,
        Set::OrderResponseAdvanced,
        Set::OrderAgreement,
        Set::DespatchAdvice,
        Set::PunchOut,
    ];

    /// The word for it in reports.
    pub fn code(self) -> &'static str {
        match self {
            Set::En16931 => "en16931",
            Set::Peppol => "peppol",
            Set::PeppolSelfBilling => "peppol-sb",
            Set::SiUbl => "si-ubl",
            Set::SiUblGaccount => "si-ubl-gaccount",
            Set::Order => "peppol-order",
            Set::OrderChange => "peppol-order-change",
            Set::OrderCancellation => "peppol-order-cancellation",
            Set::OrderResponse => "peppol-order-response",
            Set::OrderResponseAdvanced => "peppol-order-response-advanced",
            Set::OrderAgreement => "peppol-order-agreement",
            Set::DespatchAdvice => "peppol-despatch-advice",
            Set::PunchOut => "peppol-punch-out",
        }
    }

    /// The release in force on a day; before the first that is known here, the first.
    pub fn on(self, day: Day) -> &'static Release {
        Releases::OFFICIAL.on(self, day)
    }
}

/// Releases to choose from, in order of time for each set, at least one of each.
#[derive(Debug, Clone, Copy)]
pub struct Releases(pub &'static [Release]);

impl Releases {
    /// Those that the program brings along.
    pub const OFFICIAL: Releases = Releases(&RELEASES);

    /// The release of a set in force on a day; before the first that is known here, the first.
    pub fn on(self, set: Set, day: Day) -> &'static Release {
        let mut releases = self.0.iter().filter(|release| release.set == set);
        // Every set has a release: a test asks each.
        let first = releases.next().unwrap_or(&RELEASES[0]);
        releases.take_while(|release| release.since <= day).last().unwrap_or(first)
    }

    /// The first day after this one on which a release of one of the sets comes into force.
    pub fn next_change(self, sets: &[Set], day: Day) -> Option<Day> {
        let first = |set: &Set| self.on(*set, day).version;
        let is_later = |release: &&Release| sets.iter().any(|set| *set == release.set && release.version != first(set)) && release.since > day;
        self.0.iter().filter(is_later).map(|release| release.since).min()
    }
}

/// One release of a set of rules.
#[derive(Debug)]
pub struct Release {
    pub set: Set,
    pub version: &'static str,
    /// The first day on which it is in force.
    pub since: Day,
    rules: Rules,
}

#[derive(Debug)]
enum Rules {
    /// Part of the program, read when they are first needed.
    Ours(LazyLock<RuleSet>),
    Read(RuleSet),
}

impl Release {
    pub fn rules(&self) -> &RuleSet {
        match &self.rules {
            Rules::Ours(rules) => rules,
            Rules::Read(rules) => rules,
        }
    }

    /// A release of rules that were read elsewhere, such as a draft that is to be tried.
    pub fn of(set: Set, version: &'static str, since: Day, rules: RuleSet) -> Release {
        Release { set, version, since, rules: Rules::Read(rules) }
    }
}

/// Rules are part of the program; a test reads every set.
fn read(texts: &[&'static str]) -> RuleSet {
    RuleSet::read(texts).expect("the rules of the program can be read: a test reads each set")
}

macro_rules! files {
    ($($file:literal),+ $(,)?) => {
        Rules::Ours(LazyLock::new(|| read(&[$(include_str!(concat!("rules/", $file))),+])))
    };
}

/// In order of time for each set.
static RELEASES: [Release; 13] = [
    Release {
        set: Set::En16931,
        version: "1.3.16",
        since: Day(2026, 4, 14),
        rules: files!["words.rules", "en16931/model.rules", "en16931/syntax.rules", "en16931/codes.rules"],
    },
    Release {
        set: Set::Peppol,
        version: "3.0.21",
        since: Day(2026, 8, 17),
        rules: files![
            "words.rules",
            "peppol/lists.rules",
            "peppol/countries.rules",
            "peppol/billing.rules",
            "peppol/basis.rules",
            "peppol/norway.rules",
            "peppol/denmark.rules",
            "peppol/italy.rules",
            "peppol/sweden.rules",
            "peppol/greece.rules",
            "peppol/iceland.rules",
            "peppol/netherlands.rules",
            "peppol/germany.rules",
            "peppol/codes.rules",
        ],
    },
    Release {
        set: Set::PeppolSelfBilling,
        version: "3.0.2",
        since: Day(2026, 8, 17),
        rules: files!["words.rules", "peppol/lists.rules", "peppol/selfbilling.rules", "peppol/basis.rules", "peppol/codes.rules"],
    },
    Release {
        set: Set::SiUbl,
        version: "2.0.3.13",
        since: Day(2026, 8, 17),
        rules: files![
            "words.rules",
            "nlcius/si-ubl.rules",
            "en16931/codes.rules",
            "en16931/model.rules",
            "en16931/syntax.rules",
            "nlcius/nlcius.rules",
        ],
    },
    Release {
        set: Set::SiUblGaccount,
        version: "1.0.13",
        since: Day(2026, 8, 17),
        rules: files![
            "words.rules",
            "nlcius/gaccount.rules",
            "nlcius/nlcius.rules",
            "en16931/codes.rules",
            "en16931/model.rules",
            "en16931/syntax.rules",
        ],
    },
    Release {
        set: Set::Order,
        version: "3.0.15",
        since: Day(2025, 8, 25),
        rules: files!["words.rules", "ordering/common.rules", "ordering/t01.rules", "ordering/order.rules"],
    },
    Release {
        set: Set::OrderChange,
        version: "3.0.15",
        since: Day(2025, 8, 25),
        rules: files!["words.rules", "ordering/common.rules", "ordering/t114.rules", "ordering/order.rules"],
    },
    Release {
        set: Set::OrderCancellation,
        version: "3.0.15",
        since: Day(2025, 8, 25),
        rules: files!["words.rules", "ordering/common.rules", "ordering/t115.rules"],
    },
    Release {
        set: Set::OrderResponse,
        version: "3.0.15",
        since: Day(2025, 8, 25),
        rules: files!["words.rules", "ordering/common.rules", "ordering/t76.rules", "ordering/response.rules"],
    },
    Release {
        set: Set::OrderResponseAdvanced,
        version: "3.0.15",
        since: Day(2025, 8, 25),
        rules: files!["words.rules", "ordering/common.rules", "ordering/t116.rules", "ordering/response.rules"],
    },
    Release {
        set: Set::OrderAgreement,
        version: "3.0.15",
        since: Day(2025, 8, 25),
        rules: files!["words.rules", "ordering/common.rules", "ordering/t110.rules"],
    },
    Release {
        set: Set::DespatchAdvice,
        version: "3.0.15",
        since: Day(2025, 8, 25),
        rules: files!["words.rules", "ordering/common.rules", "ordering/t16.rules"],
    },
    Release {
        set: Set::PunchOut,
        version: "3.0.15",
        since: Day(2025, 8, 25),
        rules: files!["words.rules", "ordering/common.rules", "ordering/t77.rules"],
    },
];

/// What a document says it follows, and with that the sets of rules it is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    En16931,
    Peppol,
    PeppolSelfBilling,
    Nlcius,
    NlciusGaccount,
    Order,
    OrderChange,
    OrderCancellation,
    OrderResponse,
    OrderResponseAdvanced,
    OrderAgreement,
    DespatchAdvice,
    PunchOut,
    /// Nothing known: the structure alone is looked at.
    None,
}

/// Every mark begins so.
const MARK: &str = "urn:fdc:";
/// The first of these marks that is found in what the document names as its specification decides.
const MARKS: [(&str, Profile); 4] = [
    ("urn:fdc:nen.nl:gaccount", Profile::NlciusGaccount),
    ("urn:fdc:nen.nl:nlcius:v1.0", Profile::Nlcius),
    ("urn:fdc:peppol.eu:2017:poacc:selfbilling:3.0", Profile::PeppolSelfBilling),
    ("urn:fdc:peppol.eu:2017:poacc:billing:3.0", Profile::Peppol),
];

/// What the messages of ordering name as their specification begins so; extensions of countries and partners follow it.
const ORDERING: &str = "urn:fdc:peppol.eu:poacc:trns:";
/// The messages of ordering by what follows, none the beginning of another.
const MESSAGES: [(&str, Profile); 8] = [
    ("order:3", Profile::Order),
    ("order_change:3", Profile::OrderChange),
    ("order_cancellation:3", Profile::OrderCancellation),
    ("order_response:3", Profile::OrderResponse),
    ("order_response_advanced:3", Profile::OrderResponseAdvanced),
    ("order_agreement:3", Profile::OrderAgreement),
    ("despatch_advice:3", Profile::DespatchAdvice),
    ("punch_out:3", Profile::PunchOut),
];

impl Profile {
    pub const ALL: [Profile; 14] = [
        Profile::En16931,
        Profile::Peppol,
        Profile::PeppolSelfBilling,
        Profile::Nlcius,
        Profile::NlciusGaccount,
        Profile::Order,
        Profile::OrderChange,
        Profile::OrderCancellation,
        Profile::OrderResponse,
        Profile::OrderResponseAdvanced,
        Profile::OrderAgreement,
        Profile::DespatchAdvice,
        Profile::PunchOut,
        Profile::None,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Profile::En16931 => "en16931",
            Profile::Peppol => "peppol",
            Profile::PeppolSelfBilling => "peppol-sb",
            Profile::Nlcius => "nlcius",
            Profile::NlciusGaccount => "nlcius-gaccount",
            Profile::Order => "peppol-order",
            Profile::OrderChange => "peppol-order-change",
            Profile::OrderCancellation => "peppol-order-cancellation",
            Profile::OrderResponse => "peppol-order-response",
            Profile::OrderResponseAdvanced => "peppol-order-response-advanced",
            Profile::OrderAgreement => "peppol-order-agreement",
            Profile::DespatchAdvice => "peppol-despatch-advice",
            Profile::PunchOut => "peppol-punch-out",
            Profile::None => "none",
        }
    }

    pub fn named(code: &str) -> Option<Profile> {
        Profile::ALL.into_iter().find(|profile| profile.code() == code)
    }

    /// In the order in which an access point runs them.
    pub fn sets(self) -> &'static [Set] {
        match self {
            Profile::En16931 => &[Set::En16931],
            Profile::Peppol => &[Set::En16931, Set::Peppol],
            Profile::PeppolSelfBilling => &[Set::En16931, Set::PeppolSelfBilling],
            Profile::Nlcius => &[Set::SiUbl],
            Profile::NlciusGaccount => &[Set::SiUblGaccount],
            Profile::Order => &[Set::Order],
            Profile::OrderChange => &[Set::OrderChange],
            Profile::OrderCancellation => &[Set::OrderCancellation],
            Profile::OrderResponse => &[Set::OrderResponse],
            Profile::OrderResponseAdvanced => &[Set::OrderResponseAdvanced],
            Profile::OrderAgreement => &[Set::OrderAgreement],
            Profile::DespatchAdvice => &[Set::DespatchAdvice],
            Profile::PunchOut => &[Set::PunchOut],
            Profile::None => &[],
        }
    }

    /// The message of ordering that a specification names.
    pub fn of_message(specification: &str) -> Option<Profile> {
        let message = specification.strip_prefix(ORDERING)?;
        MESSAGES.iter().find(|(name, _)| message.starts_with(name)).map(|(_, profile)| *profile)
    }

    /// What the document claims.
    pub fn of(document: &Document<'_>) -> Profile {
        let root = document.root();
        let named = |local: &str| document.elements(root).find(|child| document.word(document.name(*child)).1 == local);
        let claim = named("CustomizationID").map_or("".into(), |node| document.text(node));
        let marks = claim.match_indices(MARK).filter_map(|(at, _)| MARKS.iter().position(|(mark, _)| claim[at..].starts_with(mark)));
        if let Some(first) = marks.min() {
            return MARKS[first].1;
        }
        if let Some(profile) = Profile::of_message(claim.trim()) {
            return profile;
        }
        let is_invoice = root != DOCUMENT && matches!(document.word(document.name(root)).1, "Invoice" | "CreditNote");
        if is_invoice { Profile::En16931 } else { Profile::None }
    }
}

/// Reads a document with the words that structure and rules know.
pub(super) fn parse(bytes: &[u8]) -> Result<Document<'_>, super::xml::Refusal> {
    Document::parse(bytes, &UBL.vocabulary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_can_be_read_and_has_a_release_on_every_day() {
        for (set, count) in Set::ALL.into_iter().zip([979, 165, 62, 1018, 1021, 47, 47, 15, 23, 23, 45, 22, 23]) {
            for day in [Day(2000, 1, 1), Day(2026, 11, 28), Day(2099, 12, 31)] {
                assert_eq!(set.on(day).set, set);
            }
            assert_eq!(set.on(Day(2026, 11, 28)).rules().assertions().len(), count, "{}", set.code());
        }
    }

    #[test]
    fn marks_begin_alike_and_none_begins_another() {
        for (mark, _) in MARKS {
            assert!(mark.starts_with(MARK), "{mark}");
            assert_eq!(MARKS.iter().filter(|(other, _)| other.starts_with(mark)).count(), 1, "{mark}");
        }
    }

    #[test]
    fn a_day_is_one_of_the_calendar() {
        assert_eq!(Day::parse("2026-08-17"), Some(Day(2026, 8, 17)));
        for wrong in ["2026-8-17", "2026-02-29", "2026-13-01", "17-08-2026", "2026-08-17Z", "२०२६-08"] {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
    }
}
