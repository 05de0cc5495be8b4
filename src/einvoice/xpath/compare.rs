//! Comparisons: of some value with some other, and of one with one. The frequent forms, a text or a number of the document against what a rule
//! names, are compared where they stand. Never says anything else than the general way, which is the last.

use std::borrow::Cow;

use super::decimal::Decimal;
use super::eval::{Evaluation, Focus};
use super::expr::{Expr, Near, Plain};
use super::functions::Function;
use super::plain::Place;
use super::value::{Answer, Here, Item, Relation, related};
use crate::einvoice::xml::{is_blank, same};

impl<'d> Evaluation<'d> {
    #[inline(never)]
    pub(super) fn compare(&self, relation: Relation, a: &'d Expr, b: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<bool> {
        match (a, b) {
            (Expr::Plain(plain), Expr::Text(word)) => self.some_place(plain, focus, |place| Ok(holds(&self.text_at(place), relation, word))),
            (Expr::Map(plain, inner), Expr::Text(word)) if inner.is_text() => {
                self.some_place(plain, focus, |place| Ok(holds(&self.text(inner, &focus.at(Here::from(place)))?, relation, word)))
            }
            (Expr::Shared(number), Expr::Text(word)) => self.some_shared(*number, |item| match item {
                Item::Text(text) | Item::Untyped(text) => Ok(holds(text, relation, word)),
                other => related(&other.clone().atom(self.document), relation, &Item::Text(Cow::Borrowed(word))),
            }),
            (Expr::Plain(plain), Expr::Shared(number)) => {
                let others = self.shared(*number)?;
                if others.is_empty() {
                    return Ok(false);
                }
                self.some_place(plain, focus, |place| self.is_one_of(&self.text_at(place), relation, others))
            }
            (Expr::Plain(plain), Expr::Variable(number)) => match focus.variable(*number) {
                Some(other) => self.some_place(plain, focus, |place| self.is_one_of(&self.text_at(place), relation, std::slice::from_ref(other))),
                None => Ok(false),
            },
            _ if literal(b).is_some() => self.compare_with(relation, a, b, focus),
            _ if literal(a).is_some() => self.compare_with(relation.turned(), b, a, focus),
            (_, Expr::Shared(number)) => self.compare_all(relation, a, self.shared(*number)?, focus),
            _ if a.is_single() && b.is_single() => {
                let Some(a) = self.one(a, focus)? else { return Ok(false) };
                let Some(b) = self.one(b, focus)? else { return Ok(false) };
                related(&a.atom(self.document), relation, &b.atom(self.document))
            }
            _ if b.is_single() => match self.one(b, focus)? {
                Some(Item::Decimal(other)) => self.compare_number(relation, a, other, focus),
                Some(other) => self.compare_all(relation, a, &[other], focus),
                None => Ok(false),
            },
            _ => {
                let mut others = Vec::new();
                self.each_loosely(b, focus, &mut |item| {
                    others.push(item);
                    Ok(true)
                })?;
                self.compare_all(relation, a, &others, focus)
            }
        }
    }

    /// Whether some node or attribute that a path of names leads to is as asked.
    pub(super) fn some_place(&self, plain: &'d Plain, focus: &Focus<'_, 'd>, mut is_as_asked: impl FnMut(Place) -> Answer<bool>) -> Answer<bool> {
        if let (Near::Attribute(name), Here::Node(node)) = (plain.near, focus.here) {
            return self.attribute(name, node)?.map_or(Ok(false), |at| is_as_asked(Place::Attribute(at)));
        }
        let mut found = false;
        self.walk(plain, focus, &mut |place| {
            found = is_as_asked(place)?;
            Ok(!found)
        })?;
        Ok(found)
    }

    #[inline(never)]
    pub(super) fn compare_small(&self, relation: Relation, value: &'d Expr, other: i64, focus: &Focus<'_, 'd>) -> Answer<bool> {
        if relation == Relation::LessOrEqual && self.is_few(value, other, focus) {
            return Ok(true);
        }
        Ok(relation.holds(self.small(value, focus)?.cmp(&other)))
    }

    #[inline(never)]
    pub(super) fn compare_text(&self, relation: Relation, text: &'d Expr, word: &str, focus: &Focus<'_, 'd>) -> Answer<bool> {
        // Whether anything but white space is there, which rules ask more often than what it is.
        if let (Expr::Call(Function::NormalizeSpace, arguments), "") = (text, word)
            && let ([inner], Relation::NotEqual) = (arguments.as_slice(), relation)
        {
            return Ok(!is_blank(&self.text(inner, focus)?));
        }
        Ok(holds(&self.text(text, focus)?, relation, word))
    }

    /// Two exact numbers. Nothing is related to nothing, and where the first is nothing the second is not asked for.
    #[inline(never)]
    pub(super) fn compare_exact(&self, relation: Relation, a: &'d Expr, b: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<bool> {
        let Some(a) = self.number(a, focus)? else { return Ok(false) };
        Ok(self.number(b, focus)?.is_some_and(|b| relation.holds(a.compare(&b))))
    }

    /// Some value against an exact number.
    fn compare_number(&self, relation: Relation, a: &'d Expr, other: Decimal, focus: &Focus<'_, 'd>) -> Answer<bool> {
        match a {
            Expr::Map(plain, value) if value.is_exact() => self.some_place(plain, focus, |place| {
                let number = self.number(value, &focus.at(Here::from(place)))?;
                Ok(number.is_some_and(|number| relation.holds(number.compare(&other))))
            }),
            _ => self.compare_all(relation, a, &[Item::Decimal(other)], focus),
        }
    }

    /// The text of a node against some of those that are known.
    fn is_one_of(&self, text: &str, relation: Relation, others: &[Item<'d>]) -> Answer<bool> {
        for other in others {
            self.spend()?;
            let found = match other {
                Item::Node(node) => holds(text, relation, &self.document.text(*node)),
                Item::Text(other) | Item::Untyped(other) => holds(text, relation, other),
                other => related(&Item::Untyped(Cow::Borrowed(text)), relation, &other.clone().atom(self.document))?,
            };
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn some_shared(&self, number: u32, is_as_asked: impl Fn(&Item<'d>) -> Answer<bool>) -> Answer<bool> {
        for item in self.shared(number)? {
            if is_as_asked(item)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn compare_with(&self, relation: Relation, a: &'d Expr, other: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<bool> {
        let Some(other) = literal(other) else { return Ok(false) };
        if let Expr::Plain(plain) = a {
            return self.some_place(plain, focus, |place| related(&Item::Untyped(self.text_at(place)), relation, &other));
        }
        if a.is_single() {
            return self.one(a, focus)?.map_or(Ok(false), |item| related(&item.atom(self.document), relation, &other));
        }
        let mut found = false;
        self.each_loosely(a, focus, &mut |item| {
            found = related(&item.atom(self.document), relation, &other)?;
            Ok(!found)
        })?;
        Ok(found)
    }

    /// Some value against some of those that are known.
    fn compare_all(&self, relation: Relation, a: &'d Expr, others: &[Item<'d>], focus: &Focus<'_, 'd>) -> Answer<bool> {
        let mut found = false;
        if others.is_empty() {
            return Ok(false);
        }
        self.each_loosely(a, focus, &mut |item| {
            found = self.is_related(&item.atom(self.document), relation, others)?;
            Ok(!found)
        })?;
        Ok(found)
    }

    fn is_related(&self, item: &Item<'d>, relation: Relation, others: &[Item<'d>]) -> Answer<bool> {
        for other in others {
            self.spend()?;
            let found = match other {
                Item::Node(_) | Item::Attribute(_) => related(item, relation, &other.clone().atom(self.document))?,
                atom => related(item, relation, atom)?,
            };
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn compare_one(&self, relation: Relation, a: &'d Expr, b: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<Option<bool>> {
        let Some(a) = self.one(a, focus)? else { return Ok(None) };
        let Some(b) = self.one(b, focus)? else { return Ok(None) };
        let text = |item: Item<'d>| match item.atom(self.document) {
            Item::Untyped(text) => Item::Text(text),
            other => other,
        };
        related(&text(a), relation, &text(b)).map(Some)
    }
}

/// A text against a word.
fn holds(text: &str, relation: Relation, word: &str) -> bool {
    match relation {
        Relation::Equal => same(text, word),
        Relation::NotEqual => !same(text, word),
        other => other.holds(text.cmp(word)),
    }
}

fn literal(expr: &Expr) -> Option<Item<'_>> {
    match expr {
        Expr::Text(text) => Some(Item::Text(Cow::Borrowed(text))),
        Expr::Number(number) => Some(Item::Decimal(number.clone())),
        Expr::Truth(truth) => Some(Item::Truth(*truth)),
        _ => None,
    }
}
