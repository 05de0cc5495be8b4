//! Evaluates expressions over one document. Values are handed on one by one, so that a condition stops at the first that decides it, and nothing
//! is copied that the document can lend. Never writes anything but the answers it keeps for the next who asks.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};

use super::expr::{Expr, Plain, Program, Start, Step};
use super::functions::Function;
use super::keyed::Keyed;
use super::listed::NO_TEXT;
use super::notes::Notes;
use super::steps::is_untidy;
use super::value::{Answer, Fault, Here, Item, Values};
use crate::einvoice::xml::{DOCUMENT, Document, NodeId};

/// How many nodes and values may be looked at for one document of the smallest size, and how many more for each of its nodes. Honest documents
/// need one or two for each node.
const WORK_BASE: u64 = 8_000_000;
const WORK_PER_NODE: u64 = 10;

/// One document under one program, with what was worked out so far.
pub struct Evaluation<'d> {
    pub document: &'d Document<'d>,
    pub program: &'d Program,
    truths: Vec<Cell<Option<Answer<bool>>>>,
    /// For each list the text that was looked for last, and whether it is there.
    pub(super) listed: Vec<Cell<(&'d str, bool)>>,
    values: Vec<OnceCell<Answer<Values<'d>>>>,
    pub(super) notes: Notes<'d>,
    pub(super) keyed: Vec<OnceCell<Box<Keyed<'d>>>>,
    work: Cell<u64>,
}

/// What an expression is asked about.
#[derive(Clone, Copy)]
pub struct Focus<'f, 'd> {
    pub here: Here<'f, 'd>,
    pub position: u32,
    pub size: u32,
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
    #[inline]
    pub fn on(node: NodeId) -> Focus<'static, 'd> {
        Focus { here: Here::Node(node), position: 1, size: 1, subject: node, bound: None }
    }
}

impl<'f, 'd> Focus<'f, 'd> {
    #[inline]
    pub(super) fn variable(&self, number: u32) -> Option<&Item<'d>> {
        let mut bound = self.bound;
        while let Some(here) = bound.filter(|here| here.number != number) {
            bound = here.outer;
        }
        bound.map(|here| &here.item)
    }

    #[inline]
    pub(super) fn at(&self, here: Here<'f, 'd>) -> Focus<'f, 'd> {
        Focus { here, position: 1, size: 1, subject: self.subject, bound: self.bound }
    }
}

/// Takes a value; says whether it wants another.
pub(super) type Sink<'s, 'd> = &'s mut dyn FnMut(Item<'d>) -> Answer<bool>;

impl<'d> Evaluation<'d> {
    pub fn new(document: &'d Document<'d>, program: &'d Program) -> Evaluation<'d> {
        let count = program.shared.len();
        Evaluation {
            document,
            program,
            truths: vec![Cell::new(None); count],
            listed: vec![Cell::new((NO_TEXT, false)); program.lists.len()],
            values: (0..count).map(|_| OnceCell::new()).collect(),
            notes: Notes::new(program),
            keyed: (0..program.keys.len()).map(|_| OnceCell::new()).collect(),
            work: Cell::new(WORK_BASE + WORK_PER_NODE * u64::from(document.count())),
        }
    }

    #[inline]
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
    pub fn truth(&self, expr: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<bool> {
        // What is asked most often. Each is the last call here, with nothing to be kept for the way back: what needs more is a function of its own.
        match expr {
            Expr::Truth(truth) => Ok(*truth),
            Expr::Not(inner) => self.turned(inner, focus),
            Expr::If(condition, then, otherwise) => self.chosen(condition, then, otherwise, focus),
            Expr::Or(all) => self.decided(all, true, focus),
            Expr::And(all) => self.decided(all, false, focus),
            Expr::Plain(plain) => self.leads(plain, focus),
            Expr::Noted(number) => self.noted(*number, focus),
            Expr::Shared(number) => self.shared_truth(*number),
            Expr::CompareText(relation, text, word) => self.compare_text(*relation, text, word, focus),
            Expr::CompareSmall(relation, value, other) => self.compare_small(*relation, value, *other, focus),
            Expr::CompareExact(relation, a, b) => self.compare_exact(*relation, a, b, focus),
            Expr::Compare(relation, a, b) => self.compare(*relation, a, b, focus),
            Expr::Call(function, arguments) => self.truth_of_call(*function, arguments, focus),
            other => self.other_truth(other, focus),
        }
    }

    #[inline(never)]
    fn turned(&self, inner: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<bool> {
        self.truth(inner, focus).map(|truth| !truth)
    }

    #[inline(never)]
    fn chosen(&self, condition: &'d Expr, then: &'d Expr, otherwise: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<bool> {
        let chosen = if self.truth(condition, focus)? { then } else { otherwise };
        self.truth(chosen, focus)
    }

    #[inline]
    fn shared_truth(&self, number: u32) -> Answer<bool> {
        self.truths[number as usize].get().unwrap_or_else(|| self.find_truth(number))
    }

    #[inline(never)]
    fn find_truth(&self, number: u32) -> Answer<bool> {
        let answer = self.truth(&self.program.shared[number as usize], &Focus::on(DOCUMENT));
        self.truths[number as usize].set(Some(answer));
        answer
    }

    /// Whether a condition that is the same for the whole document has an answer, and that is no.
    #[inline]
    pub(super) fn fails_throughout(&self, number: u32) -> bool {
        self.shared_truth(number) == Ok(false)
    }

    /// Whether a condition holds that is the same for the whole document; one without an answer does not.
    #[inline]
    pub fn holds_throughout(&self, number: u32) -> bool {
        self.shared_truth(number).unwrap_or(false)
    }

    #[inline(never)]
    fn truth_of_call(&self, function: Function, arguments: &'d [Expr], focus: &Focus<'_, 'd>) -> Answer<bool> {
        if let (Function::Exists, [Expr::Plain(plain)]) = (function, arguments) {
            return self.leads(plain, focus);
        }
        self.call_truth(function, arguments, focus).unwrap_or_else(|| {
            let mut answer = Truth::default();
            self.call(function, arguments, focus, &mut |item| answer.take(&item))?;
            answer.end()
        })
    }

    #[inline(never)]
    fn other_truth(&self, expr: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<bool> {
        match expr {
            Expr::CompareOne(relation, a, b) => Ok(self.compare_one(*relation, a, b, focus)?.unwrap_or(false)),
            Expr::Path(start, steps) => self.some(start, steps, focus),
            Expr::Map(plain, inner) if inner.is_condition() => self.one_condition(plain, inner, focus),
            Expr::Every(number, over, body) if over.is_exact() => {
                let Some(value) = self.number(over, focus)? else { return Ok(true) };
                self.truth(body, &bind(focus, &Bound { number: *number, item: Item::Decimal(value), outer: focus.bound }))
            }
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
            Expr::Coded(value, list) => self.coded(value, *list, focus),
            Expr::Among(value, list) => self.among(value, *list, focus),
            Expr::Matches(value, regex) => Ok(self.program.regexes[*regex as usize].is_match(&self.text(value, focus)?)),
            Expr::Castable(value, cast) => self.castable(value, *cast, focus),
            _ => self.truth_of_values(expr, focus),
        }
    }

    /// Conditions of which one decides, whatever becomes of the others: a part without an answer counts only when no other decides.
    #[inline(never)]
    fn decided(&self, all: &'d [Expr], by: bool, focus: &Focus<'_, 'd>) -> Answer<bool> {
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
    fn some(&self, start: &'d Start, steps: &'d [Step], focus: &Focus<'_, 'd>) -> Answer<bool> {
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

    /// The condition that is asked of each node, of which there must not be several.
    fn one_condition(&self, plain: &'d Plain, condition: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<bool> {
        let mut found = None;
        self.walk(plain, focus, &mut |place| {
            let truth = self.truth(condition, &focus.at(Here::from(place)))?;
            if found.replace(truth).is_some() { Err(Fault::Type) } else { Ok(true) }
        })?;
        Ok(found.unwrap_or(false))
    }

    /// A sequence is true when it begins with a node, or when its one value is.
    fn truth_of_values(&self, expr: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<bool> {
        let mut answer = Truth::default();
        self.each_loosely(expr, focus, &mut |item| answer.take(&item))?;
        answer.end()
    }

    /// The one value, or none. What can give no more than one is asked directly.
    pub(super) fn one(&self, expr: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<Option<Item<'d>>> {
        match expr {
            Expr::Here => Ok(Some(focus.here.item())),
            Expr::Plain(plain) => Ok(self.one_place(plain, focus)?.map(Item::from)),
            Expr::Text(text) => Ok(Some(Item::Text(Cow::Borrowed(text)))),
            Expr::Number(number) => Ok(Some(Item::Decimal(number.clone()))),
            Expr::NotedText(_) => Ok(Some(Item::Text(self.text(expr, focus)?))),
            Expr::If(condition, then, otherwise) => self.one(if self.truth(condition, focus)? { then } else { otherwise }, focus),
            Expr::Local(number) => self.one_local(*number, focus.subject),
            Expr::NotedNumber(number) => self.noted_number(*number, focus),
            Expr::NotedDecimal(number) => Ok(self.noted_decimal(*number, focus)?.map(Item::Decimal)),
            Expr::Arithmetic(operation, a, b) => self.arithmetic(*operation, a, b, focus),
            Expr::Exact(operation, a, b) => Ok(self.exact(*operation, a, b, focus)?.map(Item::Decimal)),
            Expr::Variable(number) | Expr::Exactly(number) => Ok(focus.variable(*number).cloned()),
            Expr::Call(function, arguments) if function.is_text() => Ok(Some(Item::Text(self.text_function(*function, arguments, focus)?))),
            Expr::Call(function, arguments) if function.converts() && arguments.len() == 1 => self.converted(*function, &arguments[0], focus),
            _ => self.one_of(expr, focus),
        }
    }

    /// The one value of what could give several.
    fn one_of(&self, expr: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<Option<Item<'d>>> {
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
    pub(super) fn text(&self, expr: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<Cow<'d, str>> {
        // Each is the last call here, as in `truth`.
        match expr {
            Expr::Text(text) => Ok(Cow::Borrowed(text)),
            Expr::Plain(plain) => self.text_of(plain, focus),
            Expr::Here => self.text_here(focus),
            Expr::Pieces => self.one_piece(focus),
            Expr::Map(plain, inner) if matches!(**inner, Expr::Pieces) => self.one_piece_at(plain, focus),
            Expr::Call(function, arguments) if function.is_text() => self.text_function(*function, arguments, focus),
            Expr::NotedText(number) => self.noted_text(*number, focus),
            _ => self.text_of_one(expr, focus),
        }
    }

    #[inline(never)]
    fn text_of(&self, plain: &'d Plain, focus: &Focus<'_, 'd>) -> Answer<Cow<'d, str>> {
        Ok(self.one_text(plain, focus)?.unwrap_or(Cow::Borrowed("")))
    }

    #[inline(never)]
    fn text_here(&self, focus: &Focus<'_, 'd>) -> Answer<Cow<'d, str>> {
        Ok(match focus.here {
            Here::Node(node) => self.document.text(node),
            other => other.item().string(self.document),
        })
    }

    #[inline(never)]
    fn text_of_one(&self, expr: &'d Expr, focus: &Focus<'_, 'd>) -> Answer<Cow<'d, str>> {
        Ok(self.one(expr, focus)?.map_or(Cow::Borrowed(""), |item| item.string(self.document)))
    }

    /// All values, nodes in the order of the document and each once.
    pub(super) fn each(&self, expr: &'d Expr, focus: &Focus<'_, 'd>, sink: Sink<'_, 'd>) -> Answer<bool> {
        let untidy = match expr {
            Expr::Path(start, steps) => is_untidy(start, steps),
            Expr::Plain(plain) => plain.is_untidy(),
            Expr::Union(_) => true,
            _ => false,
        };
        if !untidy {
            return self.each_loosely(expr, focus, sink);
        }
        let key = |item: &Item<'_>| match item {
            Item::Node(node) => Some((*node, 0)),
            Item::Attribute(at) => Some((self.document.attribute(*at).owner, at + 1)),
            _ => None,
        };
        let mut all: Vec<Item<'d>> = Vec::new();
        let mut in_order = true;
        self.each_loosely(expr, focus, &mut |item| {
            in_order = in_order && all.last().is_none_or(|last| key(last) < key(&item));
            all.push(item);
            Ok(true)
        })?;
        if !in_order && all.iter().all(|item| key(item).is_some()) {
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
    pub(super) fn each_loosely(&self, expr: &'d Expr, focus: &Focus<'_, 'd>, sink: Sink<'_, 'd>) -> Answer<bool> {
        match expr {
            Expr::Here => sink(focus.here.item()),
            Expr::Pieces => self.pieces(focus, &mut |piece| sink(Item::Node(piece))),
            Expr::Path(start, steps) => self.path(start, steps, focus, sink),
            Expr::Plain(plain) => self.walk(plain, focus, &mut |place| sink(Item::from(place))),
            Expr::Map(plain, inner) => self.walk(plain, focus, &mut |place| self.each(inner, &focus.at(Here::from(place)), sink)),
            Expr::Text(text) => sink(Item::Text(Cow::Borrowed(text))),
            Expr::NotedText(number) => sink(Item::Text(self.noted_text(*number, focus)?)),
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
            Expr::Variable(number) | Expr::Exactly(number) => focus.variable(*number).map_or(Ok(true), |item| sink(item.clone())),
            Expr::Shared(number) => {
                let values = self.shared(*number)?;
                for item in values {
                    if !sink(item.clone())? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Expr::Local(number) => self.each_local(*number, focus.subject, sink),
            Expr::NotedNumber(number) => self.noted_number(*number, focus)?.map_or(Ok(true), sink),
            Expr::NotedDecimal(number) => self.noted_decimal(*number, focus)?.map_or(Ok(true), |number| sink(Item::Decimal(number))),
            Expr::Arithmetic(operation, a, b) => match self.arithmetic(*operation, a, b, focus)? {
                Some(item) => sink(item),
                None => Ok(true),
            },
            Expr::Exact(operation, a, b) => self.exact(*operation, a, b, focus)?.map_or(Ok(true), |number| sink(Item::Decimal(number))),
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
            | Expr::Noted(_)
            | Expr::Compare(..)
            | Expr::CompareExact(..)
            | Expr::CompareSmall(..)
            | Expr::CompareText(..)
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

    pub(super) fn shared(&self, number: u32) -> Answer<&[Item<'d>]> {
        let work_out = || {
            let mut all = Values::None;
            self.each(&self.program.shared[number as usize], &Focus::on(DOCUMENT), &mut |item| {
                all.push(item);
                Ok(true)
            })?;
            Ok(all)
        };
        match self.values[number as usize].get_or_init(work_out) {
            Ok(all) => Ok(all.all()),
            Err(fault) => Err(*fault),
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
    Focus { bound: Some(bound), ..*focus }
}
