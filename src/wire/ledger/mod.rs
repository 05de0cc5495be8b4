//! Entries of the books as the journal keeps them, and orders and invoices as the books hold them: JSON with short words that an auditor
//! can read, in which what is usual is left out. Pure; what is read back is what was written, or an error. Never leaves anything out that
//! [`Books::apply`](crate::domain::books::Books::apply) needs.

mod outline;
mod reading;
mod writing;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::books::entry::Account;
use crate::domain::books::position::SplitKind;
use crate::domain::books::{BudgetPeriod, Stage};

pub use outline::{Outline, Said};
pub use reading::Reader;
pub use writing::{lines_written, write_entry, write_invoice, write_order, write_policy, write_refusal, write_settings};

/// A text that is borrowed from what is read or written.
#[derive(Clone, Debug, Default, PartialEq)]
struct Name<'a>(Cow<'a, str>);

impl Serialize for Name<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Name<'a>, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(text)))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(text.to_string())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

impl<'a> From<&'a Arc<str>> for Name<'a> {
    fn from(text: &'a Arc<str>) -> Name<'a> {
        Name(Cow::Borrowed(text))
    }
}

impl Name<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A decimal, as text and never as a binary fraction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Number(Decimal);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.normalize())
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Number, D::Error> {
        let text = Name::deserialize(deserializer)?;
        text.0.parse().map(Number).map_err(|_| D::Error::custom(format!("{} is no decimal", text.0)))
    }
}

fn one() -> Number {
    Number(Decimal::ONE)
}

fn hundred() -> Number {
    Number(Decimal::ONE_HUNDRED)
}

fn is_one(number: &Number) -> bool {
    number.0 == Decimal::ONE
}

fn is_hundred(number: &Number) -> bool {
    number.0 == Decimal::ONE_HUNDRED
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Words for a closed list of choices.
macro_rules! words {
    ($write:ident, $read:ident, $type:ty, $($word:literal => $value:path),+ $(,)?) => {
        fn $write(value: $type) -> &'static str {
            match value { $($value => $word),+ }
        }
        fn $read(word: &str) -> Result<$type, String> {
            match word { $($word => Ok($value),)+ other => Err(format!("{other} is not known")) }
        }
    };
}

words!(stage_word, stage, Stage, "requested" => Stage::Requested, "placed" => Stage::Placed, "rejected" => Stage::Rejected,
    "expired" => Stage::Expired, "cancelled" => Stage::Cancelled);
words!(split_word, split_kind, SplitKind, "percentages" => SplitKind::Percentages, "weights" => SplitKind::Weights,
    "amounts" => SplitKind::Amounts, "none" => SplitKind::None);
words!(account_word, account, Account, "AV" => Account::Available, "PC" => Account::Requested, "CM" => Account::Committed,
    "DL" => Account::Delivered, "EX" => Account::Expended, "SRC" => Account::Source, "LAPSED" => Account::Lapsed, "MEMO" => Account::Memo,
    "CAP" => Account::Ceiling);

/// Budget and period.
#[derive(Serialize, Deserialize)]
struct At<'a>(#[serde(borrow)] Name<'a>, #[serde(borrow)] Name<'a>);

impl<'a> From<&'a BudgetPeriod> for At<'a> {
    fn from(at: &'a BudgetPeriod) -> At<'a> {
        At((&at.budget).into(), (&at.period).into())
    }
}

/// `L` is a line of an order: read, or left as the text it is.
#[derive(Serialize, Deserialize)]
#[serde(bound(serialize = "L: Serialize", deserialize = "L: Deserialize<'de>"))]
struct EntryText<'a, L> {
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    facts: Vec<FactText<'a, L>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    legs: Vec<LegText<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    over: Vec<(At<'a>, i64)>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    crossed: Vec<(At<'a>, u32)>,
    #[serde(default, skip_serializing_if = "is_default")]
    needs_approval: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    invoiced: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    held: Vec<String>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    report: Option<ReportText<'a>>,
}

#[derive(Serialize, Deserialize)]
struct ReportText<'a> {
    carried: i64,
    rest_carried: i64,
    lapsed: i64,
    #[serde(borrow)]
    short: Vec<(Name<'a>, i64)>,
    #[serde(borrow)]
    expired: Vec<Name<'a>>,
}

/// Account, budget, period, amount, and the row: order, line, place.
#[derive(Serialize, Deserialize)]
struct LegText<'a>(
    #[serde(borrow)] Name<'a>,
    #[serde(borrow)] Name<'a>,
    #[serde(borrow)] Name<'a>,
    i64,
    #[serde(borrow)] Option<(Name<'a>, Name<'a>, usize)>,
);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", bound(serialize = "L: Serialize", deserialize = "L: Deserialize<'de>"))]
enum FactText<'a, L> {
    #[serde(borrow)]
    Settings(SettingsText<'a>),
    #[serde(borrow)]
    Period(PeriodText<'a>),
    #[serde(borrow)]
    Budget(BudgetText<'a>),
    #[serde(borrow)]
    Policy((At<'a>, PolicyText<'a>)),
    #[serde(borrow)]
    Funded(At<'a>),
    #[serde(borrow)]
    Funding((At<'a>, FundingText)),
    /// Number, stage, whether it reserves.
    #[serde(borrow)]
    Order((Name<'a>, Name<'a>, bool)),
    #[serde(borrow)]
    Line((Name<'a>, L)),
    #[serde(borrow)]
    Invoice(InvoiceText<'a>),
}

#[derive(Serialize, Deserialize)]
struct SettingsText<'a> {
    exponent: u32,
    #[serde(borrow)]
    tax_basis: Name<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tolerance_percent: Option<Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tolerance_absolute: Option<i64>,
    requests_reserve: bool,
    advance_orders: bool,
    overdistribution: bool,
    unbudgeted: bool,
}

#[derive(Serialize, Deserialize)]
struct PeriodText<'a> {
    #[serde(borrow)]
    id: Name<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    parent: Option<Name<'a>>,
    #[serde(borrow)]
    status: Name<'a>,
    #[serde(borrow, default, skip_serializing_if = "Name::is_empty")]
    first_day: Name<'a>,
    #[serde(borrow, default, skip_serializing_if = "Name::is_empty")]
    last_day: Name<'a>,
}

#[derive(Serialize, Deserialize)]
struct BudgetText<'a> {
    #[serde(borrow)]
    code: Name<'a>,
    #[serde(borrow, default, skip_serializing_if = "Name::is_empty")]
    name: Name<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    parent: Option<Name<'a>>,
    postable: bool,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    tax_basis: Option<Name<'a>>,
    #[serde(default, skip_serializing_if = "is_default")]
    advisory: bool,
    #[serde(borrow, default, skip_serializing_if = "Name::is_empty")]
    owner: Name<'a>,
    #[serde(borrow, default, skip_serializing_if = "Name::is_empty")]
    location: Name<'a>,
    #[serde(borrow, default, skip_serializing_if = "Name::is_empty")]
    project: Name<'a>,
    #[serde(borrow, default, skip_serializing_if = "Name::is_empty")]
    segment: Name<'a>,
}

/// Level, percentage, absolute amount.
#[derive(Serialize, Deserialize)]
struct CeilingText<'a>(#[serde(borrow)] Name<'a>, Number, i64);

#[derive(Serialize, Deserialize)]
struct PolicyText<'a> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    commitment: Option<CeilingText<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    spending: Option<CeilingText<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    thresholds: Vec<u32>,
}

#[derive(Serialize, Deserialize)]
struct FundingText {
    #[serde(default, skip_serializing_if = "is_default")]
    allocated: i64,
    #[serde(default, skip_serializing_if = "is_default")]
    transferred_in: i64,
    #[serde(default, skip_serializing_if = "is_default")]
    transferred_out: i64,
    #[serde(default, skip_serializing_if = "is_default")]
    carried_in: i64,
    #[serde(default, skip_serializing_if = "is_default")]
    carried_out: i64,
    #[serde(default, skip_serializing_if = "is_default")]
    lapsed: i64,
}

#[derive(Serialize, Deserialize)]
struct LineText<'a> {
    #[serde(borrow)]
    number: Name<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    parent: Option<Name<'a>>,
    #[serde(default, skip_serializing_if = "is_default")]
    follows: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    by_amount: bool,
    price: Number,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    per: Number,
    #[serde(default, skip_serializing_if = "is_default")]
    discount: Number,
    #[serde(default, skip_serializing_if = "is_default")]
    tax: Number,
    #[serde(borrow)]
    split: Name<'a>,
    ordered: Number,
    #[serde(default, skip_serializing_if = "is_default")]
    delivered: Number,
    #[serde(default, skip_serializing_if = "is_default")]
    invoiced: Number,
    #[serde(default, skip_serializing_if = "is_default")]
    closed: bool,
    #[serde(borrow)]
    rows: Vec<RowText<'a>>,
}

#[derive(Serialize, Deserialize)]
struct RowText<'a> {
    #[serde(borrow)]
    at: At<'a>,
    #[serde(default = "hundred", skip_serializing_if = "is_hundred")]
    weight: Number,
    reserved: i64,
    #[serde(default, skip_serializing_if = "is_default")]
    dropped: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    invoiced: i64,
    #[serde(default, skip_serializing_if = "is_default")]
    apart: ApartText,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    expended: Vec<(At<'a>, i64)>,
}

#[derive(Default, PartialEq, Serialize, Deserialize)]
struct ApartText {
    #[serde(default, skip_serializing_if = "is_default")]
    ordered: Number,
    #[serde(default, skip_serializing_if = "is_default")]
    delivered: Number,
    #[serde(default, skip_serializing_if = "is_default")]
    invoiced: Number,
}

#[derive(Serialize, Deserialize)]
struct InvoiceText<'a> {
    #[serde(borrow)]
    number: Name<'a>,
    active: bool,
    #[serde(borrow)]
    quantities: Vec<(Name<'a>, Name<'a>, Number)>,
    /// Of the quantities that are of some rows alone: the place among them, and the rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    apart: Vec<(usize, Vec<usize>)>,
    #[serde(borrow)]
    shares: Vec<ShareText<'a>>,
}

/// Budget and period, amount, and the row where there is an order.
#[derive(Serialize, Deserialize)]
struct ShareText<'a>(#[serde(borrow)] At<'a>, i64, #[serde(borrow)] Option<(Name<'a>, Name<'a>, usize)>);

#[derive(Serialize, Deserialize)]
#[serde(bound(serialize = "L: Serialize", deserialize = "L: Deserialize<'de>"))]
struct OrderText<'a, L> {
    #[serde(borrow)]
    number: Name<'a>,
    #[serde(borrow)]
    stage: Name<'a>,
    #[serde(default, skip_serializing_if = "is_default")]
    reserves: bool,
    lines: Vec<L>,
}

#[derive(Serialize, Deserialize)]
struct RefusalText<'a> {
    #[serde(borrow)]
    code: Name<'a>,
    #[serde(borrow)]
    outcome: Name<'a>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    over: Vec<(At<'a>, i64)>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    what: String,
}
