//! The functions that expressions call, by name. Those of XPath do what XPath says; the others are said beside them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::checks;
use super::compute::normalized;
use super::decimal::Decimal;
use super::double::Double;
use super::eval::{Evaluation, Focus};
use super::expr::{Expr, Operation};
use super::value::{Answer, Fault, Here, Item, date_of, integer_of};
use crate::einvoice::xml::NodeId;

/// So many texts are looked through one by one.
const FEW: usize = 8;

/// What is called.
// In a byte of its own, as an expression is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Function {
    Exists,
    Empty,
    Count,
    Sum,
    Boolean,
    Text,
    Number,
    Decimal,
    Integer,
    Date,
    Round,
    Absolute,
    Concat,
    Contains,
    StartsWith,
    EndsWith,
    Length,
    Substring,
    SubstringBefore,
    SubstringAfter,
    NormalizeSpace,
    UpperCase,
    LowerCase,
    Translate,
    Join,
    DistinctValues,
    /// Whether values of one node of a sequence occur at an earlier one as well: `repeated(nodes, values)`.
    Repeated,
    /// Values that occur at more than one node of a sequence: `occurring-again(nodes, values)`.
    OccurringAgain,
    /// Whether a node is an element without elements, and without text but white space.
    Blank,
    Name,
    LocalName,
    Last,
    Position,
    /// `within(expected, value, slack)`: not more than the slack away, in either direction.
    Within,
    /// `closer-than(value, expected, slack)`: less than the slack away, in either direction. Nothing is close to nothing, and where nothing is expected
    /// the value is not asked for.
    CloserThan,
    /// Check digits, each with the identifier they belong to.
    Check(Check),
}

/// Numbers that carry a check of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Check {
    Gln,
    NorwegianOrganisation,
    BelgianEnterprise,
    ItalianOffice,
    ItalianTaxCode,
    ItalianVat,
    SwedishOrganisation,
    AustralianBusiness,
    GreekTax,
    Iban,
}

/// By the name that rules use.
pub fn named(name: &str) -> Option<Function> {
    Some(match name {
        "exists" => Function::Exists,
        "empty" => Function::Empty,
        "count" => Function::Count,
        "sum" => Function::Sum,
        "boolean" => Function::Boolean,
        "string" => Function::Text,
        "number" => Function::Number,
        "decimal" => Function::Decimal,
        "integer" => Function::Integer,
        "date" => Function::Date,
        "round" => Function::Round,
        "abs" => Function::Absolute,
        "concat" => Function::Concat,
        "contains" => Function::Contains,
        "starts-with" => Function::StartsWith,
        "ends-with" => Function::EndsWith,
        "string-length" => Function::Length,
        "substring" => Function::Substring,
        "substring-before" => Function::SubstringBefore,
        "substring-after" => Function::SubstringAfter,
        "normalize-space" => Function::NormalizeSpace,
        "upper-case" => Function::UpperCase,
        "lower-case" => Function::LowerCase,
        "translate" => Function::Translate,
        "string-join" => Function::Join,
        "distinct-values" => Function::DistinctValues,
        "repeated" => Function::Repeated,
        "occurring-again" => Function::OccurringAgain,
        "blank-leaf" => Function::Blank,
        "name" => Function::Name,
        "local-name" => Function::LocalName,
        "last" => Function::Last,
        "position" => Function::Position,
        "within" => Function::Within,
        "closer-than" => Function::CloserThan,
        "gln" => Function::Check(Check::Gln),
        "norwegian-organisation" => Function::Check(Check::NorwegianOrganisation),
        "belgian-enterprise" => Function::Check(Check::BelgianEnterprise),
        "italian-office" => Function::Check(Check::ItalianOffice),
        "italian-tax-code" => Function::Check(Check::ItalianTaxCode),
        "italian-vat" => Function::Check(Check::ItalianVat),
        "swedish-organisation" => Function::Check(Check::SwedishOrganisation),
        "australian-business" => Function::Check(Check::AustralianBusiness),
        "greek-tax" => Function::Check(Check::GreekTax),
        "iban" => Function::Check(Check::Iban),
        _ => return None,
    })
}

impl Function {
    /// Whether it gives one truth value, as `call_truth` does.
    pub fn is_condition(self) -> bool {
        let of_values = matches!(self, Function::Exists | Function::Empty | Function::Boolean | Function::Repeated);
        let of_numbers = matches!(self, Function::Within | Function::CloserThan);
        let of_texts = matches!(self, Function::Contains | Function::StartsWith | Function::EndsWith | Function::Check(_));
        of_values || of_numbers || of_texts || self == Function::Blank
    }

    /// Whether it gives one text, as `text_function` does.
    pub fn is_text(self) -> bool {
        let part = matches!(self, Function::SubstringAfter | Function::SubstringBefore | Function::Substring);
        let changed = matches!(self, Function::NormalizeSpace | Function::UpperCase | Function::LowerCase | Function::Translate);
        let other = matches!(self, Function::Text | Function::Concat | Function::Join | Function::Name | Function::LocalName);
        part || changed || other
    }

    /// Whether it reads its one value as something else, as `converted` does.
    pub fn converts(self) -> bool {
        matches!(self, Function::Decimal | Function::Integer | Function::Date | Function::Round | Function::Absolute)
    }
}

impl<'d> Evaluation<'d> {
    /// Functions whose answer is a condition; nothing for the others.
    pub(super) fn call_truth(&self, function: Function, arguments: &'d [Expr], focus: &Focus<'_, 'd>) -> Option<Answer<bool>> {
        Some(match (function, arguments) {
            (Function::Exists, [all]) => self.any(all, focus),
            (Function::Empty, [all]) => self.any(all, focus).map(|any| !any),
            (Function::Boolean, [all]) => self.truth(all, focus),
            (Function::Contains, [text, part]) => self.two_texts(text, part, focus).map(|(text, part)| text.contains(part.as_ref())),
            (Function::StartsWith, [text, part]) => self.two_texts(text, part, focus).map(|(text, part)| text.starts_with(part.as_ref())),
            (Function::EndsWith, [text, part]) => self.two_texts(text, part, focus).map(|(text, part)| text.ends_with(part.as_ref())),
            (Function::Within, [expected, value, slack]) => self.within(expected, value, slack, focus),
            (Function::CloserThan, [value, expected, slack]) => self.closer_than(value, expected, slack, focus),
            (Function::Repeated, [nodes, values]) => self.repeated(nodes, values, focus),
            (Function::Blank, []) => Ok(matches!(focus.here, Here::Node(node) if self.document.is_blank_leaf(node))),
            (Function::Check(check), [value]) => self.check(check, value, focus),
            _ => return None,
        })
    }

    fn any(&self, expr: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<bool> {
        if let Expr::Plain(plain) = expr {
            return self.leads(plain, focus);
        }
        let mut any = false;
        self.each_loosely(expr, focus, &mut |_| {
            any = true;
            Ok(false)
        })?;
        Ok(any)
    }

    fn two_texts(&self, text: &'d Expr, part: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<(Cow<'d, str>, Cow<'d, str>)> {
        Ok((self.text(text, focus)?, self.text(part, focus)?))
    }

    fn repeated(&self, nodes: &'d Expr, values: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<bool> {
        let mut seen: HashSet<String> = HashSet::new();
        let mut repeated = false;
        self.each(nodes, focus, &mut |node| {
            let Item::Node(here) = node else { return Err(Fault::Type) };
            let mut own = Vec::new();
            let at_node = Focus::on(here);
            self.each(values, &at_node, &mut |value| {
                self.step()?;
                own.push(value.string(self.document).into_owned());
                Ok(true)
            })?;
            repeated = own.iter().any(|value| seen.contains(value));
            seen.extend(own);
            Ok(!repeated)
        })?;
        Ok(repeated)
    }

    /// Each value once, where it is met again.
    fn occurring_again(
        &self,
        nodes: &'d Expr,
        values: &'d Expr,
        focus: &Focus<'_, 'd>,
        sink: &mut dyn FnMut(Item<'d>) -> Answer<bool>,
    ) -> Answer<bool> {
        let mut seen: HashMap<Cow<'d, str>, (NodeId, bool)> = HashMap::new();
        let mut again = Vec::new();
        self.each(nodes, focus, &mut |node| {
            let Item::Node(here) = node else { return Err(Fault::Type) };
            self.each(values, &Focus::on(here), &mut |value| {
                self.step()?;
                let text = value.string(self.document);
                match seen.get_mut(&text) {
                    None => drop(seen.insert(text, (here, false))),
                    Some((first, told)) if *first != here && !*told => {
                        *told = true;
                        again.push(text);
                    }
                    Some(_) => {}
                }
                Ok(true)
            })
        })?;
        for text in again {
            if !sink(Item::Untyped(text))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A check is asked of one text; what it cannot compute has no answer.
    fn check(&self, check: Check, value: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<bool> {
        let text = self.text(value, focus)?;
        match check {
            Check::Gln => Ok(checks::gln(&text)),
            Check::NorwegianOrganisation => Ok(checks::norwegian_organisation(&text)),
            Check::BelgianEnterprise => checks::belgian_enterprise(&text),
            Check::ItalianOffice => Ok(checks::italian_office(&text)),
            Check::ItalianTaxCode => Ok(checks::italian_tax_code(&text)),
            Check::ItalianVat => checks::italian_vat(&text),
            Check::SwedishOrganisation => checks::swedish_organisation(&text),
            Check::AustralianBusiness => checks::australian_business(&text),
            Check::GreekTax => Ok(checks::greek_tax(&text)),
            Check::Iban => checks::iban(&text),
        }
    }

    /// Lengths and counts, which are compared more often than computed with.
    pub(super) fn small(&self, expr: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<i64> {
        let (function, arguments) = match expr {
            Expr::Call(function, arguments) => (function, arguments),
            Expr::Arithmetic(Operation::Add, a, b) => return Ok(self.small(a, focus)?.saturating_add(self.small(b, focus)?)),
            _ => return Err(Fault::Type),
        };
        match (function, arguments.as_slice()) {
            (Function::Count, [all]) => self.counted(all, focus),
            (Function::Length, [Expr::Call(Function::SubstringAfter, parts)]) if let [text, Expr::Text(part)] = parts.as_slice() => {
                let text = self.text(text, focus)?;
                Ok(find(&text, part).map_or(0, |at| length(&text[at + part.len()..])))
            }
            (Function::Length, [text]) => Ok(length(&self.text(text, focus)?)),
            _ => Err(Fault::Type),
        }
    }

    fn counted(&self, all: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<i64> {
        let mut count = 0;
        if let Expr::Plain(plain) = all {
            self.walk(plain, focus, &mut |_| {
                count += 1;
                Ok(true)
            })?;
            return Ok(count);
        }
        self.each(all, focus, &mut |_| {
            count += 1;
            Ok(true)
        })?;
        Ok(count)
    }

    pub(super) fn call(
        &self,
        function: Function,
        arguments: &'d [Expr],
        focus: &Focus<'_, 'd>,
        sink: &mut dyn FnMut(Item<'d>) -> Answer<bool>,
    ) -> Answer<bool> {
        if let Some(truth) = self.call_truth(function, arguments, focus) {
            return sink(Item::Truth(truth?));
        }
        let item = match (function, arguments) {
            (Function::DistinctValues, [all]) => return self.distinct(all, focus, sink),
            (Function::OccurringAgain, [nodes, values]) => return self.occurring_again(nodes, values, focus, sink),
            (Function::Count, [all]) => Some(Item::Decimal(Decimal::from(self.counted(all, focus)?))),
            (Function::Sum, [all]) => Some(self.sum(all, focus)?),
            (Function::Decimal | Function::Integer | Function::Date | Function::Round | Function::Absolute, [value]) => {
                self.converted(function, value, focus)?
            }
            (Function::Number, [value]) => Some(Item::Double(self.as_double(value, focus)?)),
            (Function::Length, [value]) => Some(Item::Decimal(Decimal::from(length(&self.text(value, focus)?)))),
            (Function::Last, []) => Some(Item::Decimal(Decimal::from(i64::from(focus.size)))),
            (Function::Position, []) => Some(Item::Decimal(Decimal::from(i64::from(focus.position)))),
            _ => Some(Item::Text(self.text_function(function, arguments, focus)?)),
        };
        item.map_or(Ok(true), sink)
    }

    /// Exact as long as all are; one text makes it binary.
    fn sum(&self, all: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<Item<'d>> {
        let mut exact = Decimal::ZERO;
        let mut binary: Option<Double> = None;
        self.each(all, focus, &mut |item| {
            match (item, binary.take()) {
                (Item::Decimal(number), None) => exact = exact.add(&number),
                (item, before) => {
                    let so_far = before.unwrap_or_else(|| Double::from(exact.clone()));
                    binary = Some(so_far.add(&self.double(item)?));
                }
            }
            Ok(true)
        })?;
        Ok(binary.map_or(Item::Decimal(exact), Item::Double))
    }

    fn distinct(&self, all: &'d Expr, focus: &Focus<'_, 'd>, sink: &mut dyn FnMut(Item<'d>) -> Answer<bool>) -> Answer<bool> {
        // Mostly there are few, which are found as they are; many are found by their hash.
        let (mut few, mut many): (Vec<Cow<'d, str>>, HashSet<Cow<'d, str>>) = (Vec::new(), HashSet::new());
        self.each(all, focus, &mut |item| {
            let text = item.string(self.document);
            if few.contains(&text) || many.contains(&text) {
                return Ok(true);
            }
            if few.len() < FEW {
                few.push(text.clone());
            } else {
                many.insert(text.clone());
            }
            sink(Item::Text(text))
        })
    }

    /// Nothing of nothing.
    pub(super) fn converted(&self, function: Function, value: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<Option<Item<'d>>> {
        if function == Function::Decimal {
            return Ok(self.number(value, focus)?.map(Item::Decimal));
        }
        let Some(item) = self.one(value, focus)? else { return Ok(None) };
        Ok(Some(match (function, item.atom(self.document)) {
            (Function::Integer, Item::Text(text) | Item::Untyped(text)) => Item::Decimal(integer_of(&text)?),
            (Function::Date, Item::Text(text) | Item::Untyped(text)) => Item::Date(date_of(&text)?),
            (Function::Date, date @ Item::Date(_)) => date,
            (Function::Integer, atom) => Item::Decimal(atom.decimal(self.document)?),
            (Function::Round, Item::Decimal(number)) => Item::Decimal(number.round()),
            (Function::Absolute, Item::Decimal(number)) => Item::Decimal(number.absolute()),
            _ => return Err(Fault::Type),
        }))
    }

    fn as_double(&self, value: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<Double> {
        Ok(match self.one(value, focus)?.map(|item| item.atom(self.document)) {
            Some(Item::Text(text) | Item::Untyped(text)) => Double::parse(&text).unwrap_or(Double::NotANumber),
            Some(Item::Decimal(number)) => Double::from(number),
            Some(Item::Double(number)) => number,
            Some(Item::Truth(truth)) => Double::from(Decimal::from(i64::from(truth))),
            Some(Item::Date(_) | Item::Node(_) | Item::Attribute(_)) | None => Double::NotANumber,
        })
    }

    pub(super) fn text_function(&self, function: Function, arguments: &'d [Expr], focus: &Focus<'_, 'd>) -> Answer<Cow<'d, str>> {
        match (function, arguments) {
            (Function::Text, [value]) => self.text(value, focus),
            (Function::NormalizeSpace, [value]) => self.normal(value, focus),
            _ => self.other_text(function, arguments, focus),
        }
    }

    #[inline(never)]
    fn normal(&self, value: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<Cow<'d, str>> {
        Ok(normalized(self.text(value, focus)?))
    }

    #[inline(never)]
    fn other_text(&self, function: Function, arguments: &'d [Expr], focus: &Focus<'_, 'd>) -> Answer<Cow<'d, str>> {
        Ok(match (function, arguments) {
            (Function::UpperCase, [value]) => upper(self.text(value, focus)?),
            (Function::LowerCase, [value]) => Cow::Owned(self.text(value, focus)?.to_lowercase()),
            (Function::SubstringAfter, [text, part]) => {
                let (text, part) = self.two_texts(text, part, focus)?;
                cut(text, &part, |end, at, len| at + len..end)
            }
            (Function::SubstringBefore, [text, part]) => {
                let (text, part) = self.two_texts(text, part, focus)?;
                cut(text, &part, |_, at, _| 0..at)
            }
            (Function::Substring, [text, rest @ ..]) => self.substring(text, rest, focus)?,
            (Function::Translate, [text, from, to]) => {
                let (text, from, to) = (self.text(text, focus)?, self.text(from, focus)?, self.text(to, focus)?);
                Cow::Owned(translated(&text, &from, &to))
            }
            (Function::Concat, all) => {
                let mut joined = String::new();
                for part in all {
                    joined.push_str(&self.text(part, focus)?);
                }
                Cow::Owned(joined)
            }
            (Function::Join, [all, between]) => {
                let between = self.text(between, focus)?;
                let mut parts = Vec::new();
                self.each(all, focus, &mut |item| {
                    parts.push(item.string(self.document));
                    Ok(true)
                })?;
                Cow::Owned(parts.join(&between))
            }
            (Function::Name | Function::LocalName, [node]) => match self.one(node, focus)? {
                Some(Item::Node(node)) if self.document.is_element(node) => Cow::Borrowed(self.document.word(self.document.name(node)).1),
                Some(Item::Attribute(at)) => Cow::Borrowed(self.document.word(self.document.attribute(at).name).1),
                Some(Item::Node(_)) | None => Cow::Borrowed(""),
                Some(_) => return Err(Fault::Type),
            },
            _ => return Err(Fault::Type),
        })
    }

    /// Characters from a place, counted from 1, to the end or so many.
    fn substring(&self, text: &'d Expr, rest: &'d [Expr], focus: &Focus<'_, 'd>) -> Answer<Cow<'d, str>> {
        let text = self.text(text, focus)?;
        let whole = |expr: &'d Expr| self.number(expr, focus)?.and_then(|number| number.round().whole()).ok_or(Fault::Cast);
        let (start, len) = match rest {
            [start] => (whole(start)?, i64::MAX / 4),
            [start, len] => (whole(start)?, whole(len)?),
            _ => return Err(Fault::Type),
        };
        let (first, after) = (start.max(1), start.saturating_add(len));
        let place = |at: i64| text.char_indices().nth(usize::try_from(at - 1).unwrap_or(0)).map_or(text.len(), |(byte, _)| byte);
        if after <= first {
            return Ok(Cow::Borrowed(""));
        }
        let range = place(first)..place(after);
        Ok(match text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
            Cow::Owned(text) => Cow::Owned(text[range].to_owned()),
        })
    }
}

fn length(text: &str) -> i64 {
    if text.is_ascii() { text.len() as i64 } else { text.chars().count() as i64 }
}

fn upper(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_lowercase()) { text } else { Cow::Owned(text.to_uppercase()) }
}

/// Where a text stands first in another; mostly it is a sign of one byte.
fn find(text: &str, part: &str) -> Option<usize> {
    match part.as_bytes() {
        [sign] => text.bytes().position(|byte| byte == *sign),
        _ => text.find(part),
    }
}

/// The part of a text that stands before or after another; nothing when that is not in it.
fn cut<'t>(text: Cow<'t, str>, part: &str, range: impl Fn(usize, usize, usize) -> std::ops::Range<usize>) -> Cow<'t, str> {
    let Some(at) = find(&text, part) else { return Cow::Borrowed("") };
    let range = range(text.len(), at, part.len());
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
        Cow::Owned(text) => Cow::Owned(text[range].to_owned()),
    }
}

fn translated(text: &str, from: &str, to: &str) -> String {
    let to: Vec<char> = to.chars().collect();
    let place = |character: char| from.chars().position(|known| known == character);
    text.chars().filter_map(|character| place(character).map_or(Some(character), |at| to.get(at).copied())).collect()
}
