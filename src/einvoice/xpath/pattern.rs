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
    /// What must hold whatever the node.
    always: Vec<Expr>,
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
                let straight = is_straight(&steps);
                Some(vec![Pattern { steps, absolute, straight, more: Vec::new(), always: Vec::new() }])
            }
            _ => None,
        }
    }

    /// Has conditions that are the same for a whole document asked first. To be called when what can be shared is.
    pub fn ask_first(&mut self) {
        for conditions in self.steps.iter_mut().map(|part| &mut part.predicates).chain(std::iter::once(&mut self.more)) {
            let parts = std::mem::take(conditions).into_iter().flat_map(parts);
            let (always, here): (Vec<Expr>, Vec<Expr>) = parts.partition(is_of_document);
            self.always.extend(always);
            *conditions = here;
        }
        self.straight = is_straight(&self.steps);
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
            Expr::CompareText(Relation::Equal, text, word) => match text.as_ref() {
                Expr::NotedText(text) => Some((*text, digest(word))),
                _ => None,
            },
            _ => None,
        }
    }

    /// The condition that must hold whatever the node, if there is one.
    pub fn shared(&self) -> Option<u32> {
        self.always.iter().find_map(|condition| if let Expr::Shared(number) = condition { Some(*number) } else { None })
    }

    /// Whether a node fits of which so many names are known to: that nothing else is asked.
    pub fn is_settled(&self, known: u32) -> bool {
        let bare = self.steps.iter().all(|part| part.predicates.is_empty()) && self.more.is_empty() && self.always.is_empty();
        bare && self.stands_anywhere() && self.steps.len() <= known as usize
    }

    /// Whether it fits blank elements, of which so many names are known to fit, and no others.
    pub fn is_blank(&self, known: u32) -> bool {
        let [part] = self.steps.as_slice() else { return false };
        let named = known == 1 || part.test == Test::Any;
        let blank = [part.predicates.as_slice(), &self.more].concat() == [Expr::Call(Function::Blank, Vec::new())];
        named && blank && self.always.is_empty() && self.stands_anywhere()
    }

    /// Whether its outermost element may stand below any other.
    fn stands_anywhere(&self) -> bool {
        self.straight && (!self.absolute || self.steps.first().is_some_and(|first| !first.direct))
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
        self.steps.iter_mut().flat_map(|part| &mut part.predicates).chain(&mut self.more).chain(&mut self.always)
    }

    /// Whether a node fits, of which so many names are known to, from its own upwards.
    pub fn fits<'d>(&'d self, node: NodeId, known: u32, evaluation: &Evaluation<'d>) -> bool {
        if !self.always.iter().all(|condition| evaluation.truth(condition, &Focus::on(DOCUMENT)).unwrap_or(false)) {
            return false;
        }
        if !self.straight {
            return self.fits_from(self.steps.len(), node, evaluation);
        }
        let mut at = node;
        for (place, part) in self.steps.iter().rev().enumerate() {
            let passes = place < known as usize || evaluation.passes(&part.test, at);
            let Some(parent) = evaluation.document.parent(at).filter(|_| passes) else { return false };
            at = parent;
        }
        (self.stands_anywhere() || at == DOCUMENT) && self.steps.last().is_some_and(|last| self.holds(last, &self.more, node, evaluation))
    }

    fn holds<'d>(&'d self, part: &'d Part, more: &'d [Expr], node: NodeId, evaluation: &Evaluation<'d>) -> bool {
        let focus = Focus::on(node);
        part.predicates.iter().chain(more).all(|predicate| evaluation.truth(predicate, &focus).unwrap_or(false))
    }

    /// Whether the first parts fit a node and those above it. What is asked of the node itself tells most apart.
    fn fits_from<'d>(&'d self, count: usize, node: NodeId, evaluation: &Evaluation<'d>) -> bool {
        let Some(part) = count.checked_sub(1).map(|last| &self.steps[last]) else { return !self.absolute || node == DOCUMENT };
        let more = if count == self.steps.len() { self.more.as_slice() } else { &[] };
        node != DOCUMENT
            && evaluation.passes(&part.test, node)
            && self.holds(part, more, node, evaluation)
            && self.above(count, node, part.direct, evaluation)
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

/// Whether each part stands directly below the one before, and only the last has conditions.
fn is_straight(steps: &[Part]) -> bool {
    let above = steps.split_last().is_some_and(|(_, above)| above.iter().all(|part| part.predicates.is_empty()));
    above && steps.iter().skip(1).all(|part| part.direct)
}

/// The conditions that must all hold for one to hold. A part without an answer means that the node does not fit, as the whole does.
fn parts(condition: Expr) -> Vec<Expr> {
    match condition {
        Expr::And(all) => all.into_iter().flat_map(parts).collect(),
        other => vec![other],
    }
}

/// Whether a condition is the same for a whole document.
fn is_of_document(condition: &Expr) -> bool {
    match condition {
        Expr::Shared(_) => true,
        Expr::Not(inner) => is_of_document(inner),
        Expr::And(all) | Expr::Or(all) => all.iter().all(is_of_document),
        _ => false,
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
