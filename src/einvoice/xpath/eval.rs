//! Evaluates expressions over one document. Values are handed on one by one, so that a condition stops at the first that decides it, and nothing
//! is copied that the document can lend. Never writes anything but the answers it keeps for the next who asks.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};

use super::decimal::Decimal;
use super::double::Double;
use super::expr::{Cast, Expr, Operation, Program, Start, Step};
use super::functions::Function;
use super::steps::is_untidy;
use super::value::{Answer, Fault, Item, Relation, date_of, integer_of, related};
use crate::einvoice::xml::{DOCUMENT, Document, NodeId};

/// How many nodes and values may be looked at for one document of the smallest size, and how many more for each of its nodes. Honest documents
/// need one or two for each node.
const WORK_BASE: u64 = 8_000_000;
const WORK_PER_NODE: u64 = 10;

/// One document under one program, with what was worked out so far.
pub struct Evaluation<'d, 'p> {
    pub document: &'d Document<'d>,
    pub program: &'p Program,
    truths: Vec<Cell<Option<Answer<bool>>>>,
    values: Vec<OnceCell<Box<Answer<Vec<Item<'d>>>>>>,
    work: Cell<u64>,
}

/// What an expression is asked about.
#[derive(Clone)]
pub struct Focus<'f, 'd> {
    pub item: Item<'d>,
    pub position: usize,
    pub size: usize,
    /// The node that the rule is about.
    pub subject: NodeId,
    pub(super) bound: Option<&'f Bound<'f, 'd>>,
}

pub(super) struct Bound<'f, 'd> {
    number: u32,
    item: Item<'d>,
    outer: Option<&'f Bound<'f, 'd>>,
}

impl<'d> Focus<'_, 'd> {
    pub fn on(node: NodeId) -> Focus<'static, 'd> {
        Focus { item: Item::Node(node), position: 1, size: 1, subject: node, bound: None }
    }
}

impl<'f, 'd> Focus<'f, 'd> {
    pub(super) fn at(&self, item: Item<'d>) -> Focus<'f, 'd> {
        Focus { item, position: 1, size: 1, subject: self.subject, bound: self.bound }
    }
}

/// Takes a value; says whether it wants another.
pub(super) type Sink<'s, 'd> = &'s mut dyn FnMut(Item<'d>) -> Answer<bool>;

impl<'d, 'p> Evaluation<'d, 'p> {
    pub fn new(document: &'d Document<'d>, program: &'p Program) -> Evaluation<'d, 'p> {
        let count = program.shared.len();
        Evaluation {
            document,
            program,
            truths: vec![Cell::new(None); count],
            values: (0..count).map(|_| OnceCell::new()).collect(),
            work: Cell::new(WORK_BASE + WORK_PER_NODE * u64::from(document.count())),
        }
    }

    pub(super) fn spend(&self) -> Answer<()> {
        match self.work.get().checked_sub(1) {
            Some(left) => {
                self.work.set(left);
                Ok(())
            }
            None => Err(Fault::TooMuch),
        }
    }

    /// Whether the condition holds.
    ///
    /// # Errors
    /// When it has no answer.
    pub fn truth(&self, expr: &'p Expr, focus: &Focus<'_, 'd>) -> Answer<bool> {
        match expr {
            Expr::Truth(truth) => Ok(*truth),
            Expr::Not(inner) => Ok(!self.truth(inner, focus)?),
            Expr::Or(all) => self.decided(all, true, focus),
            Expr::And(all) => self.decided(all, false, focus),
            Expr::Compare(relation, a, b) => self.compare(*relation, a, b, focus),
            Expr::CompareOne(relation, a, b) => Ok(self.compare_one(*relation, a, b, focus)?.unwrap_or(false)),
            Expr::Path(start, steps) => self.some(start, steps, focus),
            Expr::Shared(number) => {
                let known = &self.truths[*number as usize];
                known.get().unwrap_or_else(|| {
                    let answer = self.truth(&self.program.shared[*number as usize], &Focus::on(DOCUMENT));
                    known.set(Some(answer));
                    answer
                })
            }
            Expr::If(condition, then, otherwise) => self.truth(if self.truth(condition, focus)? { then } else { otherwise }, focus),
            Expr::Every(number, over, body) => {
                let mut all = true;
                self.each(over, focus, &mut |item| {
                    all = self.truth(body, &bind(focus, &Bound { number: *number, item, outer: focus.bound }))?;
                    Ok(all)
                })?;
                Ok(all)
            }
            Expr::Some(number, over, body) => {
                let mut any = false;
                self.each(over, focus, &mut |item| {
                    any = self.truth(body, &bind(focus, &Bound { number: *number, item, outer: focus.bound }))?;
                    Ok(!any)
                })?;
                Ok(any)
            }
            Expr::Coded(value, list) => {
                let text = self.text(value, focus)?;
                let text = normalized(text);
                Ok(self.program.lists[*list as usize].contains(text.as_ref()))
            }
            Expr::Among(value, list) => {
                let list = &self.program.lists[*list as usize];
                let mut any = false;
                self.each_loosely(value, focus, &mut |item| {
                    any = list.contains(item.string(self.document).as_ref());
                    Ok(!any)
                })?;
                Ok(any)
            }
            Expr::Matches(value, regex) => Ok(self.program.regexes[*regex as usize].is_match(&self.text(value, focus)?)),
            Expr::Castable(value, cast) => self.castable(value, *cast, focus),
            Expr::Call(function, arguments) => match self.call_truth(*function, arguments, focus) {
                Some(answer) => answer,
                None => self.truth_of_values(expr, focus),
            },
            _ => self.truth_of_values(expr, focus),
        }
    }

    /// Conditions of which one decides, whatever becomes of the others: a part without an answer counts only when no other decides.
    fn decided(&self, all: &'p [Expr], by: bool, focus: &Focus<'_, 'd>) -> Answer<bool> {
        let mut answer = Ok(!by);
        for part in all {
            match self.truth(part, focus) {
                Ok(truth) if truth == by => return Ok(by),
                Err(Fault::TooMuch) => return Err(Fault::TooMuch),
                Err(fault) => answer = answer.and(Err(fault)),
                Ok(_) => {}
            }
        }
        answer
    }

    /// Whether a path leads anywhere, or to one value that is true.
    fn some(&self, start: &'p Start, steps: &'p [Step], focus: &Focus<'_, 'd>) -> Answer<bool> {
        if let Some(node) = self.plain_start(start, steps, focus) {
            return self.leads(steps, node);
        }
        if steps.iter().any(|step| matches!(step, Step::Each(_))) || matches!(start, Start::At(_)) {
            let mut answer = Truth::default();
            self.path(start, steps, focus, &mut |item| answer.take(&item))?;
            return answer.end();
        }
        let mut found = false;
        self.path(start, steps, focus, &mut |_| {
            found = true;
            Ok(false)
        })?;
        Ok(found)
    }

    /// A sequence is true when it begins with a node, or when its one value is.
    fn truth_of_values(&self, expr: &'p Expr, focus: &Focus<'_, 'd>) -> Answer<bool> {
        let mut answer = Truth::default();
        self.each_loosely(expr, focus, &mut |item| answer.take(&item))?;
        answer.end()
    }

    fn compare(&self, relation: Relation, a: &'p Expr, b: &'p Expr, focus: &Focus<'_, 'd>) -> Answer<bool> {
        if let (Some(small), Expr::Number(other)) = (self.small(a, focus), b)
            && let Some(other) = other.whole()
        {
            return Ok(relation.holds(small?.cmp(&other)));
        }
        if let (Relation::Equal | Relation::NotEqual, Expr::Call(Function::NormalizeSpace, value), Expr::Text(word)) = (relation, a, b)
            && let [value] = value.as_slice()
        {
            let text = normalized(self.text(value, focus)?);
            return Ok((text.as_ref() == word) == (relation == Relation::Equal));
        }
        if let Some(other) = literal(b) {
            return self.compare_with(relation, a, &other, focus);
        }
        if let Some(other) = literal(a) {
            return self.compare_with(relation.turned(), b, &other, focus);
        }
        let mut others = Vec::new();
        self.each_loosely(b, focus, &mut |item| {
            others.push(item.atom(self.document));
            Ok(true)
        })?;
        let mut found = false;
        if others.is_empty() {
            return Ok(false);
        }
        self.each_loosely(a, focus, &mut |item| {
            let item = item.atom(self.document);
            for other in &others {
                self.spend()?;
                if related(&item, relation, other)? {
                    found = true;
                    return Ok(false);
                }
            }
            Ok(true)
        })?;
        Ok(found)
    }

    fn compare_with(&self, relation: Relation, a: &'p Expr, other: &Item<'p>, focus: &Focus<'_, 'd>) -> Answer<bool> {
        let mut found = false;
        self.each_loosely(a, focus, &mut |item| {
            found = match (item, other) {
                // What most comparisons are: the text of a node against a word.
                (Item::Node(node), Item::Text(word)) => relation.holds(self.document.text(node).as_ref().cmp(word.as_ref())),
                (item, other) => related(&item.atom(self.document), relation, other)?,
            };
            Ok(!found)
        })?;
        Ok(found)
    }

    fn compare_one(&self, relation: Relation, a: &'p Expr, b: &'p Expr, focus: &Focus<'_, 'd>) -> Answer<Option<bool>> {
        let (Some(a), Some(b)) = (self.one(a, focus)?, self.one(b, focus)?) else { return Ok(None) };
        let text = |item: Item<'d>| match item.atom(self.document) {
            Item::Untyped(text) => Item::Text(text),
            other => other,
        };
        related(&text(a), relation, &text(b)).map(Some)
    }

    /// More values than one, or none, are not castable; a value without an answer has none here either (XPath 2.0, 3.10.3).
    fn castable(&self, value: &'p Expr, cast: Cast, focus: &Focus<'_, 'd>) -> Answer<bool> {
        let (mut found, mut many) = (None, false);
        self.each(value, focus, &mut |item| {
            many = found.replace(item).is_some();
            Ok(!many)
        })?;
        let Some(item) = found.filter(|_| !many) else { return Ok(false) };
        let text = item.string(self.document);
        Ok(match cast {
            Cast::Text => true,
            Cast::Integer => integer_of(&text).is_ok(),
            Cast::Decimal => Decimal::parse(&text).is_some(),
            Cast::Date => date_of(&text).is_ok(),
        })
    }

    /// The one value, or none.
    pub(super) fn one(&self, expr: &'p Expr, focus: &Focus<'_, 'd>) -> Answer<Option<Item<'d>>> {
        if let Expr::Here = expr {
            return Ok(Some(focus.item.clone()));
        }
        if let Some(one) = self.plain_one(expr, focus) {
            return one;
        }
        let mut found = None;
        self.each(expr, focus, &mut |item| {
            if found.is_some() {
                return Err(Fault::Cardinality);
            }
            found = Some(item);
            Ok(true)
        })?;
        Ok(found)
    }

    /// The text of the one value; empty when there is none.
    pub(super) fn text(&self, expr: &'p Expr, focus: &Focus<'_, 'd>) -> Answer<Cow<'d, str>> {
        Ok(self.one(expr, focus)?.map_or(Cow::Borrowed(""), |item| item.string(self.document)))
    }

    /// All values, nodes in the order of the document and each once.
    pub(super) fn each(&self, expr: &'p Expr, focus: &Focus<'_, 'd>, sink: Sink<'_, 'd>) -> Answer<bool> {
        let untidy = match expr {
            Expr::Path(start, steps) => is_untidy(start, steps),
            Expr::Union(_) => true,
            _ => false,
        };
        if !untidy {
            return self.each_loosely(expr, focus, sink);
        }
        let mut all = Vec::new();
        self.each_loosely(expr, focus, &mut |item| {
            all.push(item);
            Ok(true)
        })?;
        let key = |item: &Item<'_>| match item {
            Item::Node(node) => (*node, 0),
            Item::Attribute(at) => (self.document.attribute(*at).owner, at + 1),
            _ => (0, 0),
        };
        if all.iter().all(|item| matches!(item, Item::Node(_) | Item::Attribute(_))) {
            all.sort_unstable_by_key(key);
            all.dedup_by_key(|item| key(item));
        }
        for item in all {
            if !sink(item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// All values, nodes in any order and perhaps more than once: enough for a condition.
    pub(super) fn each_loosely(&self, expr: &'p Expr, focus: &Focus<'_, 'd>, sink: Sink<'_, 'd>) -> Answer<bool> {
        match expr {
            Expr::Here => sink(focus.item.clone()),
            Expr::Path(start, steps) => self.path(start, steps, focus, sink),
            Expr::Text(text) => sink(Item::Text(Cow::Owned(text.clone()))),
            Expr::Number(number) => sink(Item::Decimal(number.clone())),
            Expr::Sequence(all) => {
                for inner in all {
                    if !self.each(inner, focus, sink)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Expr::Union(all) => {
                for inner in all {
                    if !self.each_loosely(inner, focus, sink)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Expr::Filter(inner, predicates) => self.filter(inner, predicates, focus, sink),
            Expr::If(condition, then, otherwise) => self.each(if self.truth(condition, focus)? { then } else { otherwise }, focus, sink),
            Expr::For(number, over, body) => self.each(over, focus, &mut |item| {
                self.spend()?;
                self.each(body, &bind(focus, &Bound { number: *number, item, outer: focus.bound }), sink)
            }),
            Expr::Variable(number) => {
                let mut bound = focus.bound;
                while let Some(here) = bound {
                    if here.number == *number {
                        return sink(here.item.clone());
                    }
                    bound = here.outer;
                }
                Ok(true)
            }
            Expr::Shared(number) => {
                let values = self.shared(*number)?;
                for item in values {
                    if !sink(item.clone())? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Expr::Local(number) => self.each(&self.program.locals[*number as usize], &Focus::on(focus.subject), sink),
            Expr::Arithmetic(operation, a, b) => match self.arithmetic(*operation, a, b, focus)? {
                Some(item) => sink(item),
                None => Ok(true),
            },
            Expr::CompareOne(relation, a, b) => match self.compare_one(*relation, a, b, focus)? {
                Some(truth) => sink(Item::Truth(truth)),
                None => Ok(true),
            },
            Expr::Tokenize(value, regex) => {
                let text = self.text(value, focus)?;
                self.tokens(&text, *regex, sink)
            }
            Expr::Replace(value, regex, by) => {
                let text = self.text(value, focus)?;
                sink(Item::Text(Cow::Owned(self.program.regexes[*regex as usize].replace_all(&text, by.as_str()).into_owned())))
            }
            Expr::Call(function, arguments) => self.call(*function, arguments, focus, sink),
            Expr::Truth(_)
            | Expr::Or(_)
            | Expr::And(_)
            | Expr::Not(_)
            | Expr::Compare(..)
            | Expr::Every(..)
            | Expr::Some(..)
            | Expr::Coded(..)
            | Expr::Among(..)
            | Expr::Matches(..)
            | Expr::Castable(..) => {
                let truth = self.truth(expr, focus)?;
                sink(Item::Truth(truth))
            }
            // No parameter is left in an expression that was read.
            Expr::Parameter(_) => Err(Fault::Type),
        }
    }

    fn shared(&self, number: u32) -> Answer<&[Item<'d>]> {
        let work_out = || {
            let mut all = Vec::new();
            self.each(&self.program.shared[number as usize], &Focus::on(DOCUMENT), &mut |item| {
                all.push(item);
                Ok(true)
            })?;
            Ok(all)
        };
        let values = self.values[number as usize].get_or_init(|| Box::new(work_out()));
        match values.as_ref() {
            Ok(all) => Ok(all),
            Err(fault) => Err(*fault),
        }
    }

    /// The pieces between the places where the pattern is found; nothing of nothing.
    fn tokens(&self, text: &str, regex: u32, sink: Sink<'_, 'd>) -> Answer<bool> {
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

    /// The one value as an exact number.
    pub(super) fn number(&self, expr: &'p Expr, focus: &Focus<'_, 'd>) -> Answer<Option<Decimal>> {
        if let Expr::Number(number) = expr {
            return Ok(Some(number.clone()));
        }
        self.one(expr, focus)?.map(|item| item.decimal(self.document)).transpose()
    }

    /// Exact where both are exact, binary where one is a text or a binary fraction.
    fn arithmetic(&self, operation: Operation, a: &'p Expr, b: &'p Expr, focus: &Focus<'_, 'd>) -> Answer<Option<Item<'d>>> {
        let (Some(a), Some(b)) = (self.one(a, focus)?, self.one(b, focus)?) else { return Ok(None) };
        if let (Item::Decimal(a), Item::Decimal(b)) = (&a, &b) {
            let number = match operation {
                Operation::Add => a.add(b),
                Operation::Subtract => a.subtract(b),
                Operation::Multiply => a.multiply(b),
                Operation::Divide => a.divide(b).ok_or(Fault::Cast)?,
                Operation::Remainder => a.remainder(b).ok_or(Fault::Cast)?,
            };
            return Ok(Some(Item::Decimal(number)));
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

    /// One unit of work, for what is done outside of a path.
    pub(super) fn step(&self) -> Answer<()> {
        self.spend()
    }
}

/// The truth of a sequence, value by value.
#[derive(Default)]
struct Truth {
    first: Option<Answer<bool>>,
    several: bool,
}

impl Truth {
    fn take(&mut self, item: &Item<'_>) -> Answer<bool> {
        if self.first.is_some() {
            self.several = true;
            return Ok(false);
        }
        self.first = Some(item.truth());
        Ok(!matches!(item, Item::Node(_) | Item::Attribute(_)))
    }

    fn end(self) -> Answer<bool> {
        if self.several { Err(Fault::Type) } else { self.first.unwrap_or(Ok(false)) }
    }
}

fn bind<'f, 'd>(focus: &Focus<'f, 'd>, bound: &'f Bound<'f, 'd>) -> Focus<'f, 'd> {
    Focus { item: focus.item.clone(), position: focus.position, size: focus.size, subject: focus.subject, bound: Some(bound) }
}

fn literal(expr: &Expr) -> Option<Item<'_>> {
    match expr {
        Expr::Text(text) => Some(Item::Text(Cow::Borrowed(text))),
        Expr::Number(number) => Some(Item::Decimal(number.clone())),
        Expr::Truth(truth) => Some(Item::Truth(*truth)),
        _ => None,
    }
}

/// Without white space at the ends, and with one space wherever there was any inside.
pub(super) fn normalized(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_space = |byte: u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let bytes = text.as_bytes();
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
