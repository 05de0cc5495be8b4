//! What an expression gives: nodes, texts, numbers, truth values, dates, and the ways they are turned into each other. Never reads a rule.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::decimal::Decimal;
use super::double::Double;
use crate::einvoice::structure::days_of;
use crate::einvoice::xml::{Document, NodeId, trim};

/// Why an expression has no value. One is enough to leave a whole set of rules without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// More than one value where one is expected, or none.
    Cardinality,
    /// A text that is not what it is read as.
    Cast,
    /// A value of a kind that the operation does not take.
    Type,
    /// The document asks for more work than any honest one.
    TooMuch,
}

impl Fault {
    /// A word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Fault::Cardinality => "more than one value, or none, where one is expected",
            Fault::Cast => "a value that cannot be read as what it should be",
            Fault::Type => "a value of the wrong kind",
            Fault::TooMuch => "more work than a document of this kind can need",
        }
    }
}

pub type Answer<T> = Result<T, Fault>;

/// One value.
#[derive(Debug, Clone)]
pub enum Item<'d> {
    Node(NodeId),
    Attribute(u32),
    Text(Cow<'d, str>),
    /// The text of a node, which becomes what it is compared with.
    Untyped(Cow<'d, str>),
    Truth(bool),
    Decimal(Decimal),
    Double(Double),
    /// Minutes since the beginning of the calendar, in Greenwich.
    Date(i64),
}

/// The values of an expression. Mostly it is one, which needs no room of its own.
#[derive(Default)]
pub enum Values<'d> {
    #[default]
    None,
    One(Item<'d>),
    Several(Vec<Item<'d>>),
}

impl<'d> Values<'d> {
    pub fn push(&mut self, item: Item<'d>) {
        *self = match std::mem::take(self) {
            Values::None => Values::One(item),
            Values::One(first) => Values::Several(vec![first, item]),
            Values::Several(mut all) => {
                all.push(item);
                Values::Several(all)
            }
        };
    }

    pub fn all(&self) -> &[Item<'d>] {
        match self {
            Values::None => &[],
            Values::One(item) => std::slice::from_ref(item),
            Values::Several(all) => all,
        }
    }
}

/// What an expression is asked about: a value that is lent, so that nothing is given up when a node is left again.
#[derive(Debug, Clone, Copy)]
pub enum Here<'f, 'd> {
    Node(NodeId),
    Attribute(u32),
    Value(&'f Item<'d>),
}

impl<'f, 'd> From<&'f Item<'d>> for Here<'f, 'd> {
    fn from(item: &'f Item<'d>) -> Self {
        match item {
            Item::Node(node) => Here::Node(*node),
            Item::Attribute(at) => Here::Attribute(*at),
            other => Here::Value(other),
        }
    }
}

impl<'d> Here<'_, 'd> {
    pub fn item(self) -> Item<'d> {
        match self {
            Here::Node(node) => Item::Node(node),
            Here::Attribute(at) => Item::Attribute(at),
            Here::Value(item) => item.clone(),
        }
    }
}

impl<'d> Item<'d> {
    /// A node becomes its text; other values stay.
    pub fn atom(self, document: &'d Document<'_>) -> Item<'d> {
        match self {
            Item::Node(node) => Item::Untyped(document.text(node)),
            Item::Attribute(at) => Item::Untyped(Cow::Borrowed(document.attribute_value(at))),
            other => other,
        }
    }

    pub fn string(self, document: &'d Document<'_>) -> Cow<'d, str> {
        match self.atom(document) {
            Item::Text(text) | Item::Untyped(text) => text,
            Item::Truth(truth) => Cow::Borrowed(if truth { "true" } else { "false" }),
            Item::Decimal(number) => Cow::Owned(number.written()),
            Item::Double(Double::Short(number)) => Cow::Owned(number.written()),
            Item::Double(Double::NotANumber) => Cow::Borrowed("NaN"),
            Item::Double(Double::Infinite { negative }) => Cow::Borrowed(if negative { "-INF" } else { "INF" }),
            // How a number of 53 bits is written plays no part in any rule: they only ask whether it is one.
            Item::Double(Double::Wide { .. }) => Cow::Borrowed("0"),
            Item::Node(_) | Item::Attribute(_) | Item::Date(_) => Cow::Borrowed(""),
        }
    }

    /// The exact number that it is.
    pub fn exact(&self) -> Option<&Decimal> {
        match self {
            Item::Decimal(number) => Some(number),
            _ => None,
        }
    }

    /// As the one value of a condition.
    pub fn truth(&self) -> Answer<bool> {
        match self {
            Item::Node(_) | Item::Attribute(_) => Ok(true),
            Item::Truth(truth) => Ok(*truth),
            Item::Text(text) | Item::Untyped(text) => Ok(!text.is_empty()),
            Item::Decimal(number) => Ok(!number.is_zero()),
            Item::Double(number) => Ok(number.is_number() && !number.is_zero()),
            Item::Date(_) => Err(Fault::Type),
        }
    }

    pub fn decimal(self, document: &'d Document<'_>) -> Answer<Decimal> {
        match self.atom(document) {
            Item::Text(text) | Item::Untyped(text) => Decimal::parse(&text).ok_or(Fault::Cast),
            Item::Decimal(number) => Ok(number),
            Item::Double(number) => number.to_decimal().ok_or(Fault::Cast),
            Item::Truth(truth) => Ok(Decimal::from(i64::from(truth))),
            _ => Err(Fault::Cast),
        }
    }
}

/// `true`, `false`, `1` or `0`, with white space around.
pub fn truth_of(text: &str) -> Answer<bool> {
    match trim(text) {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(Fault::Cast),
    }
}

/// Whole numbers: a sign and digits.
pub fn integer_of(text: &str) -> Answer<Decimal> {
    let bare = trim(text);
    if bare.contains('.') { Err(Fault::Cast) } else { Decimal::parse(bare).ok_or(Fault::Cast) }
}

/// A date, with or without a time zone.
pub fn date_of(text: &str) -> Answer<i64> {
    let bare = trim(text);
    let (negative, rest) = bare.strip_prefix('-').map_or((false, bare), |rest| (true, rest));
    let (year, rest) = rest.split_once('-').ok_or(Fault::Cast)?;
    let digits = |text: &str| if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse::<i64>().ok() } else { None };
    let fits = year.len() >= 4 && year.len() <= 9 && (year.len() == 4 || !year.starts_with('0'));
    let (month, rest) = rest.split_once('-').ok_or(Fault::Cast)?;
    let (day, zone) = rest.split_at_checked(2).ok_or(Fault::Cast)?;
    let number = |text: &str| if text.len() == 2 { digits(text) } else { None };
    let (Some(year), Some(month), Some(day), true) = (digits(year), number(month), number(day), fits) else { return Err(Fault::Cast) };
    let year = if negative { -year } else { year };
    if year == 0 || !(1..=i64::from(days_of(year.rem_euclid(400) as u32, month as u32))).contains(&day) {
        return Err(Fault::Cast);
    }
    Ok(days(year, month, day) * 1440 - zone_minutes(zone).ok_or(Fault::Cast)?)
}

fn zone_minutes(zone: &str) -> Option<i64> {
    if matches!(zone, "" | "Z") {
        return Some(0);
    }
    let (hours, minutes) = zone.strip_prefix(['+', '-'])?.split_once(':')?;
    let number = |text: &str| if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse::<i64>().ok() } else { None };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= 14 * 60).then_some(if zone.starts_with('-') { -total } else { total })
}

/// Days since a day in the year 0.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (month * 153 + 2) / 5 + day
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

impl Relation {
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Relation::Equal => order == Ordering::Equal,
            Relation::NotEqual => order != Ordering::Equal,
            Relation::Less => order == Ordering::Less,
            Relation::LessOrEqual => order != Ordering::Greater,
            Relation::More => order == Ordering::Greater,
            Relation::MoreOrEqual => order != Ordering::Less,
        }
    }

    /// The relation seen from the other side.
    pub fn turned(self) -> Relation {
        match self {
            Relation::Less => Relation::More,
            Relation::LessOrEqual => Relation::MoreOrEqual,
            Relation::More => Relation::Less,
            Relation::MoreOrEqual => Relation::LessOrEqual,
            same => same,
        }
    }
}

/// Two atoms, of which an untyped one takes the kind of the other: a text against a text is text, against a number a binary fraction.
pub fn related(a: &Item<'_>, relation: Relation, b: &Item<'_>) -> Answer<bool> {
    let order = match (a, b) {
        (Item::Untyped(a) | Item::Text(a), Item::Untyped(b) | Item::Text(b)) => Some(a.as_ref().cmp(b.as_ref())),
        (Item::Decimal(a), Item::Decimal(b)) => Some(a.compare(b)),
        (Item::Double(a), Item::Double(b)) => a.compare(b),
        (Item::Decimal(a), Item::Double(b)) => Double::from(a.clone()).compare(b),
        (Item::Double(a), Item::Decimal(b)) => a.compare(&Double::from(b.clone())),
        (Item::Untyped(a), Item::Decimal(b)) => Some(text_against_number(a, b)?),
        (Item::Decimal(a), Item::Untyped(b)) => Some(text_against_number(b, a)?.reverse()),
        (Item::Untyped(a), Item::Double(b)) => Double::parse(a).ok_or(Fault::Cast)?.compare(b),
        (Item::Double(a), Item::Untyped(b)) => a.compare(&Double::parse(b).ok_or(Fault::Cast)?),
        (Item::Truth(a), Item::Truth(b)) => Some(a.cmp(b)),
        (Item::Untyped(a), Item::Truth(b)) => Some(truth_of(a)?.cmp(b)),
        (Item::Truth(a), Item::Untyped(b)) => Some(a.cmp(&truth_of(b)?)),
        (Item::Date(a), Item::Date(b)) => Some(a.cmp(b)),
        (Item::Untyped(a), Item::Date(b)) => Some(date_of(a)?.cmp(b)),
        (Item::Date(a), Item::Untyped(b)) => Some(a.cmp(&date_of(b)?)),
        _ => return Err(Fault::Type),
    };
    Ok(order.map_or(relation == Relation::NotEqual, |order| relation.holds(order)))
}

/// A text against a number, as the processor of the official rules orders them: all binary fractions in one row, in which the zero below is less
/// than zero, and what is no number is more than all. Whole numbers that are written plainly are compared as such, so "-0" is zero, "-0.0" less.
fn text_against_number(text: &str, number: &Decimal) -> Answer<Ordering> {
    let bare = trim(text);
    // The usual case: two numbers of few digits, of which none is the zero below.
    if let Some(exact) = Decimal::parse(bare)
        && exact.is_short()
        && number.is_short()
        && !exact.is_zero()
        && !bare.contains(char::is_whitespace)
    {
        return Ok(exact.compare(number));
    }
    let digits = bare.strip_prefix('-').unwrap_or(bare);
    let plain = (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let double = Double::parse(bare).ok_or(Fault::Cast)?;
    if !plain && double.is_zero() && number.is_zero() && bare.starts_with('-') {
        return Ok(Ordering::Less);
    }
    Ok(double.compare(&Double::from(number.clone())).unwrap_or(Ordering::Greater))
}
