//! Answers that are kept for the next who asks the same of the same node, as long as no other node was asked in between; an answer that cannot be
//! copied cheaply, or that there is none, is found anew. Never gives another answer than the expression itself would, first errors included.

use std::borrow::Cow;
use std::cell::{Cell, Ref, RefCell};

use super::compute::digest;
use super::decimal::Decimal;
use super::eval::{Evaluation, Focus, Sink};
use super::expr::Program;
use super::value::{Answer, Fault, Here, Item, Values};
use crate::einvoice::xml::{NOWHERE, NodeId};

/// Of which node something was noted last, and the answer.
type Note<T> = Cell<(NodeId, T)>;

/// What was noted of each expression that is asked more than once.
pub(super) struct Notes<'d> {
    conditions: Vec<Note<Answer<bool>>>,
    /// Texts that stand in the document as they are; others are made anew.
    texts: Vec<Note<&'d str>>,
    numbers: Vec<RefCell<(NodeId, Answer<Option<Item<'d>>>)>>,
    /// Numbers that are small, or nothing; others are computed anew.
    decimals: Vec<Note<Option<(i64, u32)>>>,
    locals: Vec<RefCell<(NodeId, Local<'d>)>>,
}

/// The values of an expression, up to the first that has no answer.
#[derive(Default)]
struct Local<'d> {
    values: Values<'d>,
    fault: Option<Fault>,
}

impl<'d> Notes<'d> {
    pub(super) fn new(program: &Program) -> Notes<'d> {
        Notes {
            conditions: vec![Cell::new((NOWHERE, Ok(false))); program.notes.len()],
            texts: vec![Cell::new((NOWHERE, "")); program.texts.len()],
            numbers: vec![RefCell::new((NOWHERE, Ok(None))); program.numbers.len()],
            decimals: vec![Cell::new((NOWHERE, None)); program.decimals.len()],
            locals: program.locals.iter().map(|_| RefCell::new((NOWHERE, Local::default()))).collect(),
        }
    }
}

impl<'d> Evaluation<'d> {
    #[inline(never)]
    pub(super) fn noted(&self, number: u32, focus: &Focus<'_, 'd>) -> Answer<bool> {
        let condition = &self.program.notes[number as usize];
        let Here::Node(node) = focus.here else { return self.truth(condition, focus) };
        let (last, known) = self.notes.conditions[number as usize].get();
        if last == node {
            return known;
        }
        let answer = self.truth(condition, focus);
        self.notes.conditions[number as usize].set((node, answer));
        answer
    }

    pub(super) fn noted_text(&self, number: u32, focus: &Focus<'_, 'd>) -> Answer<Cow<'d, str>> {
        let text = &self.program.texts[number as usize];
        let Here::Node(node) = focus.here else { return self.text(text, focus) };
        let note = &self.notes.texts[number as usize];
        let (last, known) = note.get();
        if last == node {
            return Ok(Cow::Borrowed(known));
        }
        let answer = self.text(text, focus)?;
        if let Cow::Borrowed(text) = answer {
            note.set((node, text));
        }
        Ok(answer)
    }

    pub(super) fn noted_number(&self, number: u32, focus: &Focus<'_, 'd>) -> Answer<Option<Item<'d>>> {
        let expr = &self.program.numbers[number as usize];
        let Here::Node(node) = focus.here else { return self.one(expr, focus) };
        if let (last, known) = &*self.notes.numbers[number as usize].borrow()
            && *last == node
        {
            return known.clone();
        }
        let answer = self.one(expr, focus);
        *self.notes.numbers[number as usize].borrow_mut() = (node, answer.clone());
        answer
    }

    pub(super) fn noted_decimal(&self, number: u32, focus: &Focus<'_, 'd>) -> Answer<Option<Decimal>> {
        let expr = &self.program.decimals[number as usize];
        let Here::Node(node) = focus.here else { return self.number(expr, focus) };
        let note = &self.notes.decimals[number as usize];
        let (last, known) = note.get();
        if last == node {
            return Ok(known.map(|(mantissa, scale)| Decimal::Small(mantissa, scale)));
        }
        let answer = self.number(expr, focus)?;
        match answer {
            Some(Decimal::Small(mantissa, scale)) => note.set((node, Some((mantissa, scale)))),
            None => note.set((node, None)),
            Some(Decimal::Middle(..) | Decimal::Large(..)) => {}
        }
        Ok(answer)
    }

    /// The number that is made of a text of a node, which is that of every word that it can be; nothing where the text has no answer.
    pub fn word(&self, node: NodeId, text: u32) -> Option<u32> {
        self.noted_text(text, &Focus::on(node)).ok().map(|text| digest(&text))
    }

    /// The values that a rule gives a name, of the node that the rule is about.
    fn local(&self, number: u32, subject: NodeId) -> Ref<'_, Local<'d>> {
        let cell = &self.notes.locals[number as usize];
        if cell.borrow().0 != subject {
            let mut values = Values::None;
            let end = self.each(&self.program.locals[number as usize], &Focus::on(subject), &mut |item| {
                values.push(item);
                Ok(true)
            });
            *cell.borrow_mut() = (subject, Local { values, fault: end.err() });
        }
        Ref::map(cell.borrow(), |(_, local)| local)
    }

    pub(super) fn each_local(&self, number: u32, subject: NodeId, sink: Sink<'_, 'd>) -> Answer<bool> {
        let local = self.local(number, subject);
        for item in local.values.all() {
            if !sink(item.clone())? {
                return Ok(false);
            }
        }
        local.fault.map_or(Ok(true), Err)
    }

    pub(super) fn one_local(&self, number: u32, subject: NodeId) -> Answer<Option<Item<'d>>> {
        let local = self.local(number, subject);
        match (local.values.all(), local.fault) {
            ([_, _, ..], _) => Err(Fault::Cardinality),
            (_, Some(fault)) => Err(fault),
            (all, None) => Ok(all.first().cloned()),
        }
    }
}
