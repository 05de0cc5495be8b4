//! What a rule is about: a pattern that a node fits or not. An expression inside it that has no answer means that the node does not fit.
//! Never looks further than the node's own line upwards.

use super::eval::{Evaluation, Focus};
use super::expr::{Axis, Expr, Start, Step, Test};
use super::functions::Function;
use crate::einvoice::xml::{DOCUMENT, Name, NodeId};

/// One way to fit.
#[derive(Debug)]
pub struct Pattern {
    /// From the outermost to the node itself, each with whether it stands directly below the one before.
    steps: Vec<Part>,
    absolute: bool,
    /// What the node must fulfil besides.
    more: Vec<Expr>,
}

#[derive(Debug)]
struct Part {
    direct: bool,
    test: Test,
    predicates: Vec<Expr>,
}

impl Pattern {
    /// All ways to fit of an expression; nothing when it is no pattern.
    pub fn read(expr: Expr) -> Option<Vec<Pattern>> {
        match expr {
            Expr::Union(all) => {
                let each: Option<Vec<Vec<Pattern>>> = all.into_iter().map(Pattern::read).collect();
                Some(each?.into_iter().flatten().collect())
            }
            Expr::Filter(inner, predicates) => {
                let mut all = Pattern::read(*inner)?;
                for pattern in &mut all {
                    pattern.more.extend(predicates.iter().cloned());
                }
                Some(all)
            }
            Expr::Path(start, steps) => {
                let absolute = match *start {
                    Start::Here => false,
                    Start::Root => true,
                    Start::Element | Start::At(_) => return None,
                };
                let steps: Option<Vec<Part>> = steps.into_iter().map(part).collect();
                steps.map(|steps| vec![Pattern { steps, absolute, more: Vec::new() }])
            }
            _ => None,
        }
    }

    /// The name that a node must have to fit; nothing when any element may.
    pub fn name(&self) -> Option<Name> {
        match self.steps.last().map(|part| &part.test) {
            Some(Test::Name(name)) => Some(*name),
            _ => None,
        }
    }

    /// The name that the parent of a node must have for it to fit; nothing when it may have any.
    pub fn parent_name(&self) -> Option<Name> {
        match self.steps.as_slice() {
            [.., Part { test: Test::Name(name), .. }, Part { direct: true, .. }] => Some(*name),
            _ => None,
        }
    }

    /// How the name of a node must end to fit, where that is all that is asked of it.
    pub fn name_end(&self) -> Option<&str> {
        match self.steps.last()?.predicates.first()? {
            Expr::Call(Function::EndsWith, arguments) => match arguments.as_slice() {
                [Expr::Call(Function::Name, _), Expr::Text(end)] => Some(end),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether only the document itself can fit.
    pub fn is_document(&self) -> bool {
        self.absolute && self.steps.is_empty()
    }

    /// Whether only the document element can fit.
    pub fn is_element(&self) -> bool {
        self.absolute && self.steps.len() == 1 && self.steps[0].direct
    }

    pub fn expressions_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        self.steps.iter_mut().flat_map(|part| &mut part.predicates).chain(&mut self.more)
    }

    pub fn fits<'d, 'p>(&'p self, node: NodeId, evaluation: &Evaluation<'d, 'p>) -> bool {
        self.fits_from(self.steps.len(), node, evaluation)
    }

    /// Whether the first parts fit a node and those above it. Names are looked at before conditions, which cost more.
    fn fits_from<'d, 'p>(&'p self, count: usize, node: NodeId, evaluation: &Evaluation<'d, 'p>) -> bool {
        let Some(part) = count.checked_sub(1).map(|last| &self.steps[last]) else { return !self.absolute || node == DOCUMENT };
        if node == DOCUMENT || !evaluation.passes(&part.test, node) || !self.above(count, node, part.direct, evaluation) {
            return false;
        }
        let more = if count == self.steps.len() { self.more.as_slice() } else { &[] };
        let focus = Focus::on(node);
        part.predicates.iter().chain(more).all(|predicate| evaluation.truth(predicate, &focus).unwrap_or(false))
    }

    fn above<'d, 'p>(&'p self, count: usize, node: NodeId, direct: bool, evaluation: &Evaluation<'d, 'p>) -> bool {
        let document = evaluation.document;
        let Some(parent) = document.parent(node) else { return false };
        if count == 1 {
            return !self.absolute || !direct || parent == DOCUMENT;
        }
        if direct {
            return self.fits_from(count - 1, parent, evaluation);
        }
        let mut above = Some(parent);
        while let Some(here) = above {
            if self.fits_from(count - 1, here, evaluation) {
                return true;
            }
            above = document.parent(here);
        }
        false
    }
}

fn part(step: Step) -> Option<Part> {
    match step {
        Step::Axis(Axis::Child, test, predicates) => Some(Part { direct: true, test, predicates }),
        Step::Axis(Axis::Descendant, test, predicates) => Some(Part { direct: false, test, predicates }),
        _ => None,
    }
}
