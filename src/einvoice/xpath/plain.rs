//! Paths of plain names, perhaps an attribute at their end: what most expressions ask for. They are walked directly, without handing values on from
//! step to step. Never says anything else than the general way in `eval`.

use super::eval::{Evaluation, Focus};
use super::expr::{Axis, Expr, Start, Step, Test};
use super::value::{Answer, Fault, Item};
use crate::einvoice::xml::{DOCUMENT, NodeId};

/// A step of a plain path.
fn is_plain(step: &Step, is_last: bool) -> bool {
    match step {
        Step::Axis(Axis::Child, Test::Name(_), predicates) => predicates.is_empty(),
        Step::Axis(Axis::Attribute, Test::Name(_), predicates) => is_last && predicates.is_empty(),
        _ => false,
    }
}

fn are_plain(steps: &[Step]) -> bool {
    steps.iter().enumerate().all(|(place, step)| is_plain(step, place + 1 == steps.len()))
}

impl<'d, 'p> Evaluation<'d, 'p> {
    /// Where a plain path begins; nothing when it is not plain, or begins at no node.
    pub(super) fn plain_start(&self, start: &Start, steps: &[Step], focus: &Focus<'_, 'd>) -> Option<NodeId> {
        let node = match (start, &focus.item) {
            (Start::Here, Item::Node(node)) => *node,
            (Start::Root, _) => DOCUMENT,
            (Start::Element, _) => self.document.root(),
            (Start::Here | Start::At(_), _) => return None,
        };
        are_plain(steps).then_some(node)
    }

    /// Visits what a plain path leads to, until the visitor wants no more.
    pub(super) fn walk<F>(&self, steps: &[Step], node: NodeId, visit: &mut F) -> Answer<bool>
    where
        F: FnMut(Item<'d>) -> Answer<bool> + ?Sized,
    {
        let Some((step, rest)) = steps.split_first() else { return visit(Item::Node(node)) };
        match step {
            Step::Axis(Axis::Attribute, Test::Name(name), _) => {
                for at in self.document.attributes(node) {
                    self.step()?;
                    if self.document.attribute(at).name == *name && !visit(Item::Attribute(at))? {
                        return Ok(false);
                    }
                }
            }
            Step::Axis(_, Test::Name(name), _) => {
                for child in self.document.children_named(node, *name) {
                    self.step()?;
                    if !self.walk(rest, child, visit)? {
                        return Ok(false);
                    }
                }
            }
            // Not in a plain path.
            Step::Axis(..) | Step::Each(_) => return Err(Fault::Type),
        }
        Ok(true)
    }

    /// Whether a plain path leads anywhere.
    pub(super) fn leads(&self, steps: &[Step], node: NodeId) -> Answer<bool> {
        self.walk(steps, node, &mut |_| Ok(false)).map(|to_the_end| !to_the_end)
    }

    /// The one value of a plain expression, or none; nothing when the expression is not plain.
    pub(super) fn plain_one(&self, expr: &'p Expr, focus: &Focus<'_, 'd>) -> Option<Answer<Option<Item<'d>>>> {
        let Expr::Path(start, steps) = expr else { return None };
        let node = self.plain_start(start, steps, focus)?;
        let mut found = None;
        let walked = self.walk(steps, node, &mut |item| {
            if found.is_some() {
                return Err(Fault::Cardinality);
            }
            found = Some(item);
            Ok(true)
        });
        Some(walked.map(|_| found))
    }
}
