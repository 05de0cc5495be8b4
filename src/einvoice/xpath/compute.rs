//! Numbers and texts that expressions compute, and what can be read as what. Never keeps an answer.

use std::borrow::Cow;

use super::decimal::Decimal;
use super::double::Double;
use super::eval::{Evaluation, Focus, Sink};
use super::expr::{Cast, Expr, Operation, Plain, Start, Step};
use super::functions::Function;
use super::value::{Answer, Fault, Here, Item, date_of, integer_of};
use crate::einvoice::xml::{is_solid, is_space};

impl<'d> Evaluation<'d> {
    /// The one value as an exact number.
    #[inline]
    pub(super) fn number(&self, expr: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<Option<Decimal>> {
        // What is there already is not worth a call.
        match expr {
            Expr::Number(number) => Ok(Some(number.clone())),
            Expr::NotedDecimal(number) => self.noted_decimal(*number, focus),
            Expr::Exact(operation, a, b) => self.exact(*operation, a, b, focus),
            _ => self.other_number(expr, focus),
        }
    }

    fn other_number(&self, expr: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<Option<Decimal>> {
        match expr {
            Expr::Plain(plain) => self.one_text(plain, focus)?.map(|text| Decimal::parse(&text).ok_or(Fault::Cast)).transpose(),
            Expr::Exactly(number) => Ok(focus.variable(*number).and_then(Item::exact).cloned()),
            Expr::Map(plain, value) if value.is_exact() => self.one_exact(plain, value, focus),
            Expr::If(condition, then, otherwise) => self.number(if self.truth(condition, focus)? { then } else { otherwise }, focus),
            Expr::Call(function, arguments) => match (function, arguments.as_slice()) {
                (Function::Decimal, [value]) => self.number(value, focus),
                (Function::Round, [value]) if value.is_exact_operand() => Ok(self.number(value, focus)?.map(|number| number.round())),
                (Function::Absolute, [value]) if value.is_exact_operand() => Ok(self.number(value, focus)?.map(|number| number.absolute())),
                (Function::Sum, [Expr::Map(plain, value)]) if value.is_exact() => self.exact_sum(plain, value, focus).map(Some),
                (Function::Sum, [Expr::Path(start, steps)]) => match steps.split_last() {
                    Some((Step::Each(value), steps)) if value.is_exact() => self.exact_sum_of(start, steps, value, focus).map(Some),
                    _ => self.as_number(expr, focus),
                },
                _ => self.as_number(expr, focus),
            },
            _ => self.as_number(expr, focus),
        }
    }

    fn as_number(&self, expr: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<Option<Decimal>> {
        self.one(expr, focus)?.map(|item| item.decimal(self.document)).transpose()
    }

    /// Of two numbers that are exact. Where the first is nothing, the second is not asked for.
    pub(super) fn exact(&self, operation: Operation, a: &'d Expr, b: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<Option<Decimal>> {
        let Some(a) = self.number(a, focus)? else { return Ok(None) };
        let Some(b) = self.number(b, focus)? else { return Ok(None) };
        computed(operation, &a, &b).map(Some)
    }

    /// The exact number of one of the nodes that a path leads to, of which no other has one.
    fn one_exact(&self, plain: &'d Plain, value: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<Option<Decimal>> {
        let mut found = None;
        self.walk(plain, focus, &mut |place| {
            let number = self.number(value, &focus.at(Here::from(place)))?;
            if number.is_some() && found.is_some() {
                return Err(Fault::Cardinality);
            }
            found = found.take().or(number);
            Ok(true)
        })?;
        Ok(found)
    }

    /// The sum of one exact number for each node that a path leads to.
    fn exact_sum(&self, plain: &'d Plain, value: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<Decimal> {
        let mut sum = Decimal::ZERO;
        self.walk(plain, focus, &mut |place| {
            if let Some(number) = self.number(value, &focus.at(Here::from(place)))? {
                sum = sum.add(&number);
            }
            Ok(true)
        })?;
        Ok(sum)
    }

    /// The same of any path.
    fn exact_sum_of(&self, start: &'d Start, steps: &'d [Step], value: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<Decimal> {
        let mut sum = Decimal::ZERO;
        self.path(start, steps, focus, &mut |item| {
            if let Some(number) = self.number(value, &focus.at(Here::from(&item)))? {
                sum = sum.add(&number);
            }
            Ok(true)
        })?;
        Ok(sum)
    }

    /// Whether a value is not more than the slack away from the one expected.
    pub(super) fn within(&self, expected: &'d Expr, value: &'d Expr, slack: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<bool> {
        let number = |expr: &'d Expr| self.number(expr, focus)?.ok_or(Fault::Cardinality);
        let (expected, value, slack) = (number(expected)?, number(value)?, number(slack)?);
        Ok(expected.add(&slack).compare(&value).is_ge() && expected.subtract(&slack).compare(&value).is_le())
    }

    /// Whether it is less than that away.
    pub(super) fn closer_than(&self, value: &'d Expr, expected: &'d Expr, slack: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<bool> {
        let Some(value) = self.number(value, focus)? else { return Ok(false) };
        let Some(expected) = self.number(expected, focus)? else { return Ok(false) };
        let slack = self.number(slack, focus)?.ok_or(Fault::Cardinality)?;
        Ok(value.subtract(&expected).absolute().compare(&slack).is_lt())
    }

    /// Exact where both are exact, binary where one is a text or a binary fraction. Where the first is nothing, the second is not asked for.
    pub(super) fn arithmetic(&self, operation: Operation, a: &'d Expr, b: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<Option<Item<'d>>> {
        let Some(a) = self.one(a, focus)? else { return Ok(None) };
        let Some(b) = self.one(b, focus)? else { return Ok(None) };
        if let (Item::Decimal(a), Item::Decimal(b)) = (&a, &b) {
            return Ok(Some(Item::Decimal(computed(operation, a, b)?)));
        }
        let (a, b) = (self.double(a)?, self.double(b)?);
        let number = match operation {
            Operation::Add => a.add(&b),
            Operation::Subtract => a.subtract(&b),
            Operation::Multiply => a.multiply(&b),
            Operation::Divide => a.divide(&b),
            Operation::Remainder => return Err(Fault::Type),
        };
        Ok(Some(Item::Double(number)))
    }

    pub(super) fn double(&self, item: Item<'d>) -> Answer<Double> {
        match item.atom(self.document) {
            Item::Untyped(text) => Double::parse(&text).ok_or(Fault::Cast),
            Item::Decimal(number) => Ok(Double::from(number)),
            Item::Double(number) => Ok(number),
            _ => Err(Fault::Type),
        }
    }

    /// More values than one, or none, are not castable; a value without an answer has none here either (XPath 2.0, 3.10.3).
    pub(super) fn castable(&self, value: &'d Expr, cast: Cast, focus: &Focus<'_, 'd>) -> Answer<bool> {
        let text = if value.is_text() { Some(self.text(value, focus)?) } else { self.only_text(value, focus)? };
        let Some(text) = text else { return Ok(false) };
        Ok(match cast {
            Cast::Text => true,
            Cast::Integer => integer_of(&text).is_ok(),
            Cast::Decimal => Decimal::parse(&text).is_some(),
            Cast::Date => date_of(&text).is_ok(),
        })
    }

    /// The text of the one value; nothing where there are several, or none.
    fn only_text(&self, value: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<Option<Cow<'d, str>>> {
        let (mut found, mut many) = (None, false);
        self.each(value, focus, &mut |item| {
            many = found.replace(item).is_some();
            Ok(!many)
        })?;
        Ok(found.filter(|_| !many).map(|item| item.string(self.document)))
    }

    /// The pieces between the places where the pattern is found; nothing of nothing.
    pub(super) fn tokens(&self, text: &str, regex: u32, sink: Sink<'_, 'd>) -> Answer<bool> {
        if text.is_empty() {
            return Ok(true);
        }
        for piece in self.program.regexes[regex as usize].split(text) {
            self.spend()?;
            if !sink(Item::Text(Cow::Owned(piece.to_owned())))? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn computed(operation: Operation, a: &Decimal, b: &Decimal) -> Answer<Decimal> {
    Ok(match operation {
        Operation::Add => a.add(b),
        Operation::Subtract => a.subtract(b),
        Operation::Multiply => a.multiply(b),
        Operation::Divide => a.divide(b).ok_or(Fault::Cast)?,
        Operation::Remainder => a.remainder(b).ok_or(Fault::Cast)?,
    })
}

/// Without white space at the ends, and with one space wherever there was any inside.
pub(super) fn normalized(text: Cow<'_, str>) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    if is_solid(bytes) {
        return text;
    }
    let mut before = true;
    let mut tidy = true;
    for byte in bytes {
        let space = is_space(*byte);
        if space && (before || *byte != b' ') {
            tidy = false;
            break;
        }
        before = space;
    }
    if tidy && (bytes.is_empty() || !before) {
        return text;
    }
    let words: Vec<&str> = text.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty()).collect();
    Cow::Owned(words.join(" "))
}

/// A number made of a text: texts that have another are other texts.
pub(super) fn digest(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
