//! What a rule is about: a pattern that a node fits or not. An expression inside it that has no answer means that the node does not fit.
//! Never looks further than the node's own line upwards.

use super::compute::digest;
use super::eval::{Evaluation, Focus};
use super::expr::{Axis, Expr, Start, Step, Test};
use super::functions::Function;
use super::value::Relation;
use crate::einvoice::xml::{DOCUMENT, Name, NodeId};

/// One way to fit.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// From the outermost to the node itself, each with whether it stands directly below the one before.
    steps: Vec<Part>,
    absolute: bool,
    /// Whether each part stands directly below the one before, and only the last has conditions.
    straight: bool,
    /// What the node must fulfil besides.
    more: Vec<Expr>,
}

#[derive(Debug, Clone)]
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
                let steps = steps.into_iter().map(part).collect::<Option<Vec<Part>>>()?;
                let above = steps.split_last().is_some_and(|(_, above)| above.iter().all(|part| part.predicates.is_empty()));
                let straight = above && steps.iter().skip(1).all(|part| part.direct);
                Some(vec![Pattern { steps, absolute, straight, more: Vec::new() }])
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

    /// Whether a condition asks for the name of the node.
    pub fn asks_name(&self) -> bool {
        self.steps.last().is_some_and(|part| part.predicates.iter().any(|predicate| settled(predicate, "") != *predicate))
    }

    /// The pattern for elements of a name, in which what is asked of the name is settled; nothing when they cannot fit.
    pub fn of_name(&self, local: &str) -> Option<Pattern> {
        let mut pattern = self.clone();
        let predicates = &mut pattern.steps.last_mut()?.predicates;
        for predicate in predicates.iter_mut() {
            *predicate = settled(predicate, local);
        }
        if predicates.contains(&Expr::Truth(false)) {
            return None;
        }
        predicates.retain(|predicate| *predicate != Expr::Truth(true));
        Some(pattern)
    }

    /// The text that must be a word for a node to fit, and a number made of the word.
    pub fn word(&self) -> Option<(u32, u32)> {
        match self.steps.last()?.predicates.first()? {
            Expr::Compare(Relation::Equal, text, word) => match (text.as_ref(), word.as_ref()) {
                (Expr::NotedText(text), Expr::Text(word)) => Some((*text, digest(word))),
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

    /// Whether a node fits, of which so many names are known to, from its own upwards.
    pub fn fits<'d>(&'d self, node: NodeId, known: u32, evaluation: &Evaluation<'d>) -> bool {
        if !self.straight {
            return self.fits_from(self.steps.len(), node, evaluation);
        }
        let mut at = node;
        for (place, part) in self.steps.iter().rev().enumerate() {
            let passes = place < known as usize || evaluation.passes(&part.test, at);
            let Some(parent) = evaluation.document.parent(at).filter(|_| passes) else { return false };
            at = parent;
        }
        let anywhere = !self.absolute || !self.steps[0].direct;
        (anywhere || at == DOCUMENT) && self.steps.last().is_some_and(|last| self.holds(last, &self.more, node, evaluation))
    }

    fn holds<'d>(&'d self, part: &'d Part, more: &'d [Expr], node: NodeId, evaluation: &Evaluation<'d>) -> bool {
        let focus = Focus::on(node);
        part.predicates.iter().chain(more).all(|predicate| evaluation.truth(predicate, &focus).unwrap_or(false))
    }

    /// Whether the first parts fit a node and those above it. Names are looked at before conditions, which cost more.
    fn fits_from<'d>(&'d self, count: usize, node: NodeId, evaluation: &Evaluation<'d>) -> bool {
        let Some(part) = count.checked_sub(1).map(|last| &self.steps[last]) else { return !self.absolute || node == DOCUMENT };
        if node == DOCUMENT || !evaluation.passes(&part.test, node) || !self.above(count, node, part.direct, evaluation) {
            return false;
        }
        let more = if count == self.steps.len() { self.more.as_slice() } else { &[] };
        self.holds(part, more, node, evaluation)
    }

    fn above<'d>(&'d self, count: usize, node: NodeId, direct: bool, evaluation: &Evaluation<'d>) -> bool {
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

/// A condition without what the name of the element decides.
fn settled(expr: &Expr, local: &str) -> Expr {
    match expr {
        Expr::Call(Function::EndsWith, arguments) => match arguments.as_slice() {
            [Expr::Call(Function::Name, node), Expr::Text(end)] if node.as_slice() == [Expr::Here] => Expr::Truth(local.ends_with(end.as_str())),
            _ => expr.clone(),
        },
        Expr::Not(inner) => match settled(inner, local) {
            Expr::Truth(truth) => Expr::Truth(!truth),
            other => Expr::Not(Box::new(other)),
        },
        Expr::And(all) => {
            let mut parts: Vec<Expr> = all.iter().map(|part| settled(part, local)).filter(|part| *part != Expr::Truth(true)).collect();
            match parts.len() {
                _ if parts.contains(&Expr::Truth(false)) => Expr::Truth(false),
                0 => Expr::Truth(true),
                1 => parts.remove(0),
                _ => Expr::And(parts),
            }
        }
        _ => expr.clone(),
    }
}
