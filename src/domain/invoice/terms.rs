//! How a customer is invoiced: set once, looked up from specific to general, the first value wins (credits-subscriptions-dunning, 11.2).
//! Pure. Never knows where a setting is kept.

use rust_decimal::Decimal;

use super::payment::Reference;
use super::tax::Treatment;
use crate::domain::coding::Kind as CodingKind;

/// The specification a document follows (BT-24; reference einvoicing, section 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    #[default]
    Peppol,
    Nlcius,
}

/// When what was delivered is invoiced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frequency {
    Delivery,
    Weekly,
    TwoWeekly,
    Monthly,
}

/// What one invoice is about. Nothing at all: one collective invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grouping {
    Order,
    Branch,
    Department,
    BudgetCode,
    CostCentre,
    Project,
    NziCode,
}

/// A reference without which nothing may be invoiced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Required {
    Branch,
    Department,
    BudgetCode,
    CostCentre,
    Project,
    NziCode,
    PoCode,
}

/// How a document goes to the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// A mail with the copy and the document.
    Mail,
    /// Through the access point.
    Peppol,
    /// To the customer's program.
    Webhook,
    /// As cXML, to the system that the order came from.
    Cxml,
}

/// Where the copy for people is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Copy {
    /// Beside the document.
    #[default]
    Beside,
    /// Inside it, as an attachment.
    Embedded,
}

macro_rules! words {
    ($name:ident: $($variant:ident $word:literal),+) => {
        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            pub fn parse(text: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    };
}

words!(Profile: Peppol "peppol", Nlcius "nlcius");
words!(Frequency: Delivery "delivery", Weekly "weekly", TwoWeekly "two-weekly", Monthly "monthly");
words!(Grouping: Order "order", Branch "branch", Department "department", BudgetCode "budget_code", CostCentre "cost_centre",
    Project "project", NziCode "nzi_code");
words!(Required: Branch "branch", Department "department", BudgetCode "budget_code", CostCentre "cost_centre", Project "project",
    NziCode "nzi_code", PoCode "po_code");
words!(Channel: Mail "mail", Peppol "peppol", Webhook "webhook", Cxml "cxml");
words!(Copy: Beside "beside", Embedded "embedded");

impl Grouping {
    /// The coding by which it divides; none for the order itself.
    pub fn coding(self) -> Option<CodingKind> {
        match self {
            Grouping::Order => None,
            Grouping::Branch => Some(CodingKind::Branch),
            Grouping::Department => Some(CodingKind::Department),
            Grouping::BudgetCode => Some(CodingKind::BudgetCode),
            Grouping::CostCentre => Some(CodingKind::CostCentre),
            Grouping::Project => Some(CodingKind::Project),
            Grouping::NziCode => Some(CodingKind::NziCode),
        }
    }
}

impl Required {
    pub fn coding(self) -> CodingKind {
        match self {
            Required::Branch => CodingKind::Branch,
            Required::Department => CodingKind::Department,
            Required::BudgetCode => CodingKind::BudgetCode,
            Required::CostCentre => CodingKind::CostCentre,
            Required::Project => CodingKind::Project,
            Required::NziCode => CodingKind::NziCode,
            Required::PoCode => CodingKind::PoCode,
        }
    }
}

/// What one level says; the levels above it say what it leaves out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub profile: Option<Profile>,
    pub frequency: Option<Frequency>,
    pub day: Option<u32>,
    pub grouping: Option<Vec<Grouping>>,
    pub several_orders: Option<bool>,
    pub minimum: Option<Decimal>,
    pub required: Option<Vec<Required>>,
    pub channels: Option<Vec<Channel>>,
    pub copy: Option<Copy>,
    pub payment_days: Option<u32>,
    pub payment_terms: Option<String>,
    pub reference: Option<Reference>,
    pub treatment: Option<Treatment>,
    pub exemption: Option<String>,
    pub contract: Option<String>,
    pub note: Option<String>,
    pub prefix: Option<String>,
}

/// What holds for a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub profile: Profile,
    /// By hand only, where nobody says how often.
    pub frequency: Option<Frequency>,
    /// Of the week, 1 is Monday; of the month, at most 28.
    pub day: u32,
    pub grouping: Vec<Grouping>,
    /// Whether one document may be about several orders, which have no place of their own there: their numbers then stand on the lines.
    pub several_orders: bool,
    /// Net, below which nothing is invoiced yet.
    pub minimum: Decimal,
    pub required: Vec<Required>,
    pub channels: Vec<Channel>,
    pub copy: Copy,
    pub payment_days: u32,
    pub payment_terms: String,
    pub reference: Reference,
    pub treatment: Treatment,
    pub exemption: String,
    pub contract: String,
    pub note: String,
    /// What a number begins with; each has a series of its own.
    pub prefix: String,
}

/// Days to pay where nobody says otherwise.
const PAYMENT_DAYS: u32 = 30;

impl Terms {
    /// Levels from the most specific to the most general.
    pub fn of(levels: &[Said]) -> Terms {
        fn first<T: Clone>(levels: &[Said], of: impl Fn(&Said) -> &Option<T>) -> Option<T> {
            levels.iter().find_map(|said| of(said).clone())
        }
        let mut grouping = first(levels, |said| &said.grouping).unwrap_or_else(|| vec![Grouping::Order]);
        let several_orders = first(levels, |said| &said.several_orders).unwrap_or_default();
        // EN 16931 has one place for an order's number, so each order has its document unless the receiver takes more.
        if !several_orders && !grouping.contains(&Grouping::Order) {
            grouping.push(Grouping::Order);
        }
        Terms {
            profile: first(levels, |said| &said.profile).unwrap_or_default(),
            frequency: first(levels, |said| &said.frequency),
            day: first(levels, |said| &said.day).unwrap_or(1),
            grouping,
            several_orders,
            minimum: first(levels, |said| &said.minimum).unwrap_or_default(),
            required: first(levels, |said| &said.required).unwrap_or_default(),
            channels: first(levels, |said| &said.channels).unwrap_or_else(|| vec![Channel::Mail]),
            copy: first(levels, |said| &said.copy).unwrap_or_default(),
            payment_days: first(levels, |said| &said.payment_days).unwrap_or(PAYMENT_DAYS),
            payment_terms: first(levels, |said| &said.payment_terms).unwrap_or_default(),
            reference: first(levels, |said| &said.reference).unwrap_or_default(),
            treatment: first(levels, |said| &said.treatment).unwrap_or_default(),
            exemption: first(levels, |said| &said.exemption).unwrap_or_default(),
            contract: first(levels, |said| &said.contract).unwrap_or_default(),
            note: first(levels, |said| &said.note).unwrap_or_default(),
            prefix: first(levels, |said| &said.prefix).unwrap_or_default(),
        }
    }

    /// Whether a run by itself is due on a day: weekday (1 is Monday), day of the month, and number of the ISO week.
    pub fn is_due(&self, weekday: u32, day: u32, week: u32) -> bool {
        match self.frequency {
            None => false,
            Some(Frequency::Delivery) => true,
            Some(Frequency::Weekly) => weekday == self.day,
            Some(Frequency::TwoWeekly) => weekday == self.day && week.is_multiple_of(2),
            Some(Frequency::Monthly) => day == self.day.min(28),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_level_wins() {
        let customer = Said { payment_days: Some(14), grouping: Some(vec![Grouping::Branch]), ..Said::default() };
        let supplier =
            Said { payment_days: Some(60), several_orders: Some(true), frequency: Some(Frequency::Weekly), day: Some(5), ..Said::default() };
        let terms = Terms::of(&[customer.clone(), supplier]);
        assert_eq!((terms.payment_days, terms.frequency, terms.day), (14, Some(Frequency::Weekly), 5));
        assert_eq!(terms.grouping, [Grouping::Branch]);
        // Without leave for several orders, each has its document.
        assert_eq!(Terms::of(&[customer]).grouping, [Grouping::Branch, Grouping::Order]);
        let nothing = Terms::of(&[]);
        assert_eq!((nothing.payment_days, nothing.channels, nothing.grouping), (30, vec![Channel::Mail], vec![Grouping::Order]));
    }

    #[test]
    fn days_on_which_a_run_is_due() {
        let due = |frequency, day, when: (u32, u32, u32)| {
            Terms::of(&[Said { frequency: Some(frequency), day: Some(day), ..Said::default() }]).is_due(when.0, when.1, when.2)
        };
        for (frequency, day, when, expected) in [
            (Frequency::Delivery, 1, (3, 9, 10), true),
            (Frequency::Weekly, 5, (5, 9, 10), true),
            (Frequency::Weekly, 5, (4, 9, 10), false),
            (Frequency::TwoWeekly, 1, (1, 9, 10), true),
            (Frequency::TwoWeekly, 1, (1, 9, 11), false),
            (Frequency::Monthly, 15, (1, 15, 10), true),
            (Frequency::Monthly, 31, (1, 28, 10), true),
            (Frequency::Monthly, 31, (1, 31, 10), false),
        ] {
            assert_eq!(due(frequency, day, when), expected, "{frequency:?} {day} {when:?}");
        }
    }
}
