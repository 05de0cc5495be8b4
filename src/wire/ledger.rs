//! Entries of the books as the journal keeps them, and orders and invoices as the books hold them: JSON with short words that an auditor
//! can read, in which what is usual is left out. Pure; what is read back is what was written, or an error. Never leaves anything out that
//! [`Books::apply`](crate::domain::books::Books::apply) needs.

mod outline;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::books::ceiling::{Ceiling, Level, Policy};
use crate::domain::books::entry::{Account, Code, Crossed, Entry, Fact, Leg, Outcome, Over, Refusal, Report};
use crate::domain::books::position::{Apart, Line, Mode, Row, SplitKind, Terms};
use crate::domain::books::{Authority, Billed, Budget, BudgetPeriod, Funding, Invoice, Order, Period, Settings, Share, Stage, Status, TaxBasis};

pub use outline::{Outline, Said};

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

fn word(text: &'static str) -> Name<'static> {
    Name(Cow::Borrowed(text))
}

fn basis_word(basis: TaxBasis) -> Name<'static> {
    Name(Cow::Owned(basis.to_string()))
}

fn basis(text: &str) -> Result<TaxBasis, String> {
    TaxBasis::parse(text).ok_or_else(|| format!("{text} is no tax basis"))
}

impl<'a> From<&'a Line> for LineText<'a> {
    fn from(line: &'a Line) -> LineText<'a> {
        LineText {
            number: (&line.number).into(),
            parent: line.parent.as_ref().map(Name::from),
            follows: line.follows,
            by_amount: line.mode == Mode::Amount,
            price: Number(line.terms.unit_price),
            per: Number(line.terms.price_unit),
            discount: Number(line.terms.discount_percent),
            tax: Number(line.terms.tax_percent),
            split: word(split_word(line.split)),
            ordered: Number(line.ordered),
            delivered: Number(line.delivered),
            invoiced: Number(line.invoiced),
            closed: line.closed,
            rows: line.rows.iter().map(RowText::from).collect(),
        }
    }
}

impl<'a> From<&'a Row> for RowText<'a> {
    fn from(row: &'a Row) -> RowText<'a> {
        RowText {
            at: (&row.at).into(),
            weight: Number(row.weight),
            reserved: row.reserved,
            dropped: row.dropped,
            invoiced: row.invoiced,
            apart: ApartText { ordered: Number(row.apart.ordered), delivered: Number(row.apart.delivered), invoiced: Number(row.apart.invoiced) },
            expended: row.expended.iter().map(|(at, amount)| (at.into(), *amount)).collect(),
        }
    }
}

impl<'a> From<&'a Invoice> for InvoiceText<'a> {
    fn from(invoice: &'a Invoice) -> InvoiceText<'a> {
        let share = |share: &'a Share| {
            let row = share.order.as_ref().map(|(order, line, row)| (order.into(), line.into(), *row));
            ShareText((&share.at).into(), share.amount, row)
        };
        InvoiceText {
            number: (&invoice.number).into(),
            active: invoice.active,
            quantities: invoice.quantities.iter().map(|billed| ((&billed.order).into(), (&billed.line).into(), Number(billed.quantity))).collect(),
            apart: (0..)
                .zip(&invoice.quantities)
                .filter(|(_, billed)| !billed.rows.is_empty())
                .map(|(at, billed)| (at, billed.rows.clone()))
                .collect(),
            shares: invoice.shares.iter().map(share).collect(),
        }
    }
}

impl<'a> From<&'a Policy> for PolicyText<'a> {
    fn from(policy: &'a Policy) -> PolicyText<'a> {
        let ceiling = |ceiling: &Ceiling| CeilingText(word(ceiling.level.as_str()), Number(ceiling.percent), ceiling.absolute);
        PolicyText {
            commitment: policy.commitment.as_ref().map(ceiling),
            spending: policy.spending.as_ref().map(ceiling),
            thresholds: policy.thresholds.clone(),
        }
    }
}

impl<'a> From<&'a Leg> for LegText<'a> {
    fn from(leg: &'a Leg) -> LegText<'a> {
        let row = leg.row.as_ref().map(|(order, line, row)| (order.into(), line.into(), *row));
        LegText(word(account_word(leg.account)), (&leg.budget).into(), (&leg.period).into(), leg.amount, row)
    }
}

impl<'a> From<&'a Fact> for FactText<'a, LineText<'a>> {
    fn from(fact: &'a Fact) -> Self {
        match fact {
            Fact::Settings(settings) => FactText::Settings(settings.into()),
            Fact::Period(period) => FactText::Period(PeriodText {
                id: (&period.id).into(),
                parent: period.parent.as_ref().map(Name::from),
                status: word(period.status.as_str()),
                first_day: (&period.first_day).into(),
                last_day: (&period.last_day).into(),
            }),
            Fact::Budget(budget) => FactText::Budget(BudgetText {
                code: (&budget.code).into(),
                name: (&budget.name).into(),
                parent: budget.parent.as_ref().map(Name::from),
                postable: budget.postable,
                tax_basis: budget.tax_basis.map(basis_word),
                advisory: budget.authority == Authority::Advisory,
                owner: (&budget.owner).into(),
                location: (&budget.location).into(),
                project: (&budget.project).into(),
                segment: (&budget.segment).into(),
            }),
            Fact::Policy { at, policy } => FactText::Policy((at.into(), policy.into())),
            Fact::Funded { at } => FactText::Funded(at.into()),
            Fact::Funding { at, change } => FactText::Funding((at.into(), change.into())),
            Fact::Order { number, stage, reserves } => FactText::Order((number.into(), word(stage_word(*stage)), *reserves)),
            Fact::Line { order, line } => FactText::Line((order.into(), line.into())),
            Fact::Invoice(invoice) => FactText::Invoice(invoice.into()),
        }
    }
}

impl From<&Settings> for SettingsText<'_> {
    fn from(settings: &Settings) -> Self {
        SettingsText {
            exponent: settings.exponent,
            tax_basis: basis_word(settings.tax_basis),
            tolerance_percent: settings.tolerance_percent.map(Number),
            tolerance_absolute: settings.tolerance_absolute,
            requests_reserve: settings.requests_reserve,
            advance_orders: settings.advance_orders,
            overdistribution: settings.overdistribution,
            unbudgeted: settings.unbudgeted,
        }
    }
}

impl From<&Funding> for FundingText {
    fn from(funding: &Funding) -> FundingText {
        let Funding { allocated, transferred_in, transferred_out, carried_in, carried_out, lapsed } = *funding;
        FundingText { allocated, transferred_in, transferred_out, carried_in, carried_out, lapsed }
    }
}

/// Names and numbers can always be written.
fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// An entry as the journal keeps it.
pub fn write_entry(entry: &Entry) -> String {
    json(&EntryText {
        facts: entry.facts.iter().map(FactText::from).collect(),
        legs: entry.legs.iter().map(LegText::from).collect(),
        over: entry.over.iter().map(|over| ((&over.at).into(), over.short)).collect(),
        crossed: entry.crossed.iter().map(|crossed| ((&crossed.at).into(), crossed.percent)).collect(),
        needs_approval: entry.needs_approval,
        invoiced: entry.invoiced.clone(),
        held: entry.held.clone(),
        report: entry.report.as_ref().map(|report| ReportText {
            carried: report.carried,
            rest_carried: report.rest_carried,
            lapsed: report.lapsed,
            short: report.short.iter().map(|(budget, amount)| (budget.into(), *amount)).collect(),
            expired: report.expired.iter().map(Name::from).collect(),
        }),
    })
}

/// A refusal, as an answer that is kept.
pub fn write_refusal(refusal: &Refusal) -> String {
    json(&RefusalText {
        code: word(refusal.code.as_str()),
        outcome: word(refusal.outcome.as_str()),
        over: refusal.over.iter().map(|over| ((&over.at).into(), over.short)).collect(),
        what: refusal.what.clone(),
    })
}

/// An order as the books hold it.
pub fn write_order(order: &Order) -> String {
    json(&OrderText {
        number: (&order.number).into(),
        stage: word(stage_word(order.stage)),
        reserves: order.reserves,
        lines: order.sequence.iter().filter_map(|number| order.lines.get(number)).map(LineText::from).collect(),
    })
}

pub fn write_invoice(invoice: &Invoice) -> String {
    json(&InvoiceText::from(invoice))
}

pub fn write_policy(policy: &Policy) -> String {
    json(&PolicyText::from(policy))
}

pub fn write_settings(settings: &Settings) -> String {
    json(&SettingsText::from(settings))
}

/// Reads what was written here. Names that come again and again are kept once.
#[derive(Debug, Default)]
pub struct Reader {
    names: HashSet<Arc<str>>,
}

/// Names that may be kept; beyond that it starts anew.
const NAMES_MAX: usize = 100_000;

impl Reader {
    pub fn entry(&mut self, text: &str) -> Result<Entry, String> {
        let read: EntryText<'_, LineText<'_>> = parse(text)?;
        let mut entry = Entry { needs_approval: read.needs_approval, invoiced: read.invoiced, held: read.held, ..Entry::default() };
        entry.facts = read.facts.into_iter().map(|fact| self.fact(fact, Reader::line)).collect::<Result<_, _>>()?;
        entry.legs = read.legs.into_iter().map(|leg| self.leg(leg)).collect::<Result<_, _>>()?;
        entry.over = read.over.into_iter().map(|(at, short)| Over { at: self.at(&at), short }).collect();
        entry.crossed = read.crossed.into_iter().map(|(at, percent)| Crossed { at: self.at(&at), percent }).collect();
        entry.report = read.report.map(|report| Report {
            carried: report.carried,
            rest_carried: report.rest_carried,
            lapsed: report.lapsed,
            short: report.short.iter().map(|(budget, amount)| (self.name(budget), *amount)).collect(),
            expired: report.expired.iter().map(|order| self.name(order)).collect(),
        });
        Ok(entry)
    }

    pub fn refusal(&mut self, text: &str) -> Result<Refusal, String> {
        let read: RefusalText<'_> = parse(text)?;
        let code = Code::parse(&read.code.0).ok_or_else(|| format!("{} is no code", read.code.0))?;
        let outcome = Outcome::parse(&read.outcome.0).ok_or_else(|| format!("{} is no outcome", read.outcome.0))?;
        let over = read.over.into_iter().map(|(at, short)| Over { at: self.at(&at), short }).collect();
        Ok(Refusal { code, outcome, over, what: read.what })
    }

    pub fn order(&mut self, text: &str) -> Result<Order, String> {
        let read: OrderText<'_, LineText<'_>> = parse(text)?;
        let lines = read.lines.into_iter().map(|line| self.line(line)).collect::<Result<Vec<_>, _>>()?;
        Ok(Order {
            number: read.number.0.as_ref().into(),
            stage: stage(&read.stage.0)?,
            reserves: read.reserves,
            sequence: lines.iter().map(|line| line.number.clone()).collect(),
            lines: lines.into_iter().map(|line| (line.number.clone(), line)).collect(),
        })
    }

    pub fn invoice(&mut self, text: &str) -> Result<Invoice, String> {
        let read: InvoiceText<'_> = parse(text)?;
        Ok(self.invoice_of(&read))
    }

    pub fn policy(&mut self, text: &str) -> Result<Policy, String> {
        policy(parse(text)?)
    }

    pub fn settings(&mut self, text: &str) -> Result<Settings, String> {
        settings(&parse::<SettingsText<'_>>(text)?)
    }

    fn name(&mut self, name: &Name<'_>) -> Arc<str> {
        self.known(&name.0)
    }

    /// One copy of a name for all that use it.
    pub fn known(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.names.get(text) {
            return known.clone();
        }
        if self.names.len() >= NAMES_MAX {
            self.names.clear();
        }
        let name: Arc<str> = text.into();
        self.names.insert(name.clone());
        name
    }

    fn at(&mut self, at: &At<'_>) -> BudgetPeriod {
        BudgetPeriod { budget: self.name(&at.0), period: self.name(&at.1) }
    }

    fn leg(&mut self, leg: LegText<'_>) -> Result<Leg, String> {
        let LegText(account_name, budget, period, amount, row) = leg;
        let row = row.map(|(order, line, row)| (self.name(&order), self.name(&line), row));
        Ok(Leg { account: account(&account_name.0)?, budget: self.name(&budget), period: self.name(&period), amount, row })
    }

    fn fact<L>(&mut self, fact: FactText<'_, L>, line: fn(&mut Reader, L) -> Result<Line, String>) -> Result<Fact, String> {
        Ok(match fact {
            FactText::Settings(text) => Fact::Settings(settings(&text)?),
            FactText::Period(period) => Fact::Period(Period {
                id: self.name(&period.id),
                parent: period.parent.as_ref().map(|parent| self.name(parent)),
                status: Status::parse(&period.status.0).ok_or_else(|| format!("{} is no status", period.status.0))?,
                first_day: self.name(&period.first_day),
                last_day: self.name(&period.last_day),
            }),
            FactText::Budget(budget) => Fact::Budget(Budget {
                code: self.name(&budget.code),
                name: self.name(&budget.name),
                parent: budget.parent.as_ref().map(|parent| self.name(parent)),
                postable: budget.postable,
                tax_basis: budget.tax_basis.as_ref().map(|text| basis(&text.0)).transpose()?,
                authority: if budget.advisory { Authority::Advisory } else { Authority::Authoritative },
                owner: self.name(&budget.owner),
                location: self.name(&budget.location),
                project: self.name(&budget.project),
                segment: self.name(&budget.segment),
            }),
            FactText::Policy((at, text)) => Fact::Policy { at: self.at(&at), policy: policy(text)? },
            FactText::Funded(at) => Fact::Funded { at: self.at(&at) },
            FactText::Funding((at, change)) => {
                let FundingText { allocated, transferred_in, transferred_out, carried_in, carried_out, lapsed } = change;
                let change = Funding { allocated, transferred_in, transferred_out, carried_in, carried_out, lapsed };
                Fact::Funding { at: self.at(&at), change }
            }
            FactText::Order((number, word, reserves)) => Fact::Order { number: self.name(&number), stage: stage(&word.0)?, reserves },
            FactText::Line((order, text)) => Fact::Line { order: self.name(&order), line: line(self, text)? },
            FactText::Invoice(invoice) => Fact::Invoice(self.invoice_of(&invoice)),
        })
    }

    fn line(&mut self, line: LineText<'_>) -> Result<Line, String> {
        Ok(Line {
            number: self.name(&line.number),
            parent: line.parent.as_ref().map(|parent| self.name(parent)),
            follows: line.follows,
            mode: if line.by_amount { Mode::Amount } else { Mode::Quantity },
            terms: Terms { unit_price: line.price.0, price_unit: line.per.0, discount_percent: line.discount.0, tax_percent: line.tax.0 },
            split: split_kind(&line.split.0)?,
            ordered: line.ordered.0,
            delivered: line.delivered.0,
            invoiced: line.invoiced.0,
            closed: line.closed,
            rows: line.rows.iter().map(|row| self.row(row)).collect(),
        })
    }

    fn row(&mut self, row: &RowText<'_>) -> Row {
        let expended: BTreeMap<BudgetPeriod, i64> = row.expended.iter().map(|(at, amount)| (self.at(at), *amount)).collect();
        let ApartText { ordered, delivered, invoiced } = &row.apart;
        let apart = Apart { ordered: ordered.0, delivered: delivered.0, invoiced: invoiced.0 };
        Row { at: self.at(&row.at), weight: row.weight.0, reserved: row.reserved, dropped: row.dropped, invoiced: row.invoiced, apart, expended }
    }

    fn invoice_of(&mut self, invoice: &InvoiceText<'_>) -> Invoice {
        let rows = |at: usize| invoice.apart.iter().find(|(place, _)| *place == at).map(|(_, rows)| rows.clone()).unwrap_or_default();
        let billed = |(at, (order, line, quantity)): (usize, &(Name<'_>, Name<'_>, Number))| Billed {
            order: self.name(order),
            line: self.name(line),
            quantity: quantity.0,
            rows: rows(at),
        };
        let quantities = invoice.quantities.iter().enumerate().map(billed).collect();
        let mut share = |share: &ShareText<'_>| Share {
            at: self.at(&share.0),
            amount: share.1,
            order: share.2.as_ref().map(|(order, line, row)| (self.name(order), self.name(line), *row)),
        };
        let shares = invoice.shares.iter().map(&mut share).collect();
        Invoice { number: self.name(&invoice.number), active: invoice.active, quantities, shares }
    }
}

fn policy(text: PolicyText<'_>) -> Result<Policy, String> {
    let ceiling = |text: CeilingText<'_>| {
        Ok::<_, String>(Ceiling {
            level: Level::parse(&text.0.0).ok_or_else(|| format!("{} is no level", text.0.0))?,
            percent: text.1.0,
            absolute: text.2,
        })
    };
    Ok(Policy {
        commitment: text.commitment.map(ceiling).transpose()?,
        spending: text.spending.map(ceiling).transpose()?,
        thresholds: text.thresholds,
    })
}

fn settings(text: &SettingsText<'_>) -> Result<Settings, String> {
    Ok(Settings {
        exponent: text.exponent,
        tax_basis: basis(&text.tax_basis.0)?,
        tolerance_percent: text.tolerance_percent.map(|percent| percent.0),
        tolerance_absolute: text.tolerance_absolute,
        requests_reserve: text.requests_reserve,
        advance_orders: text.advance_orders,
        overdistribution: text.overdistribution,
        unbudgeted: text.unbudgeted,
    })
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}
