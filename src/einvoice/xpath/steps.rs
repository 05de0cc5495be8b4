//! Paths and filters: from a node along its axes to others, with conditions on the way. Never keeps nodes longer than a condition that counts them
//! needs.

use std::borrow::Cow;

use super::eval::{Evaluation, Focus, Sink};
use super::expr::{Axis, Expr, Plain, Start, Step, Test};
use super::value::{Answer, Fault, Here, Item};
use crate::einvoice::xml::{DOCUMENT, NodeId};

impl<'d> Evaluation<'d> {
    pub(super) fn path(&self, start: &'d Start, steps: &'d [Step], focus: &Focus<'_, 'd>, sink: Sink<'_, 'd>) -> Answer<bool> {
        match start {
            Start::Here => match focus.here {
                Here::Node(node) => self.node_steps(steps, node, focus, sink),
                other => self.steps(steps, &other.item(), focus, sink),
            },
            Start::Root => self.node_steps(steps, DOCUMENT, focus, sink),
            Start::Element => self.node_steps(steps, self.document.root(), focus, sink),
            Start::At(expr) => self.each(expr, focus, &mut |item| self.steps(steps, &item, focus, sink)),
        }
    }

    #[inline]
    pub(super) fn holds(&self, predicates: &'d [Expr], node: NodeId, focus: &Focus<'_, 'd>) -> Answer<bool> {
        if predicates.is_empty() { Ok(true) } else { self.hold(predicates, node, focus) }
    }

    fn hold(&self, predicates: &'d [Expr], node: NodeId, focus: &Focus<'_, 'd>) -> Answer<bool> {
        let focus = focus.at(Here::Node(node));
        for predicate in predicates {
            if !self.truth(predicate, &focus)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn steps(&self, steps: &'d [Step], item: &Item<'d>, focus: &Focus<'_, 'd>, sink: Sink<'_, 'd>) -> Answer<bool> {
        if let Item::Node(node) = item {
            return self.node_steps(steps, *node, focus, sink);
        }
        match steps.split_first() {
            None => sink(item.clone()),
            Some((Step::Each(expr), rest)) => self.each(expr, &focus.at(Here::from(item)), &mut |value| self.steps(rest, &value, focus, sink)),
            // It is the first step of a path, from the document or its element.
            Some((Step::Keyed(..), _)) => Err(Fault::Type),
            Some((Step::Axis(axis, test, predicates), rest)) => match (item, axis) {
                (Item::Attribute(at), Axis::Parent) => {
                    let owner = self.document.attribute(*at).owner;
                    self.take(owner, test, predicates, rest, focus, sink)
                }
                (Item::Attribute(_), _) => Ok(true),
                _ => Err(Fault::Type),
            },
        }
    }

    /// The pieces of text directly below the node.
    pub(super) fn pieces(&self, focus: &Focus<'_, 'd>, sink: &mut dyn FnMut(NodeId) -> Answer<bool>) -> Answer<bool> {
        match focus.here {
            Here::Node(node) => {
                for child in self.document.children(node) {
                    self.spend()?;
                    if self.document.is_text(child) && !sink(child)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Here::Attribute(_) => Ok(true),
            Here::Value(_) => Err(Fault::Type),
        }
    }

    /// The one of them, or nothing.
    #[inline(never)]
    pub(super) fn one_piece(&self, focus: &Focus<'_, 'd>) -> Answer<Cow<'d, str>> {
        let mut found = None;
        self.pieces(focus, &mut |piece| if found.replace(piece).is_some() { Err(Fault::Cardinality) } else { Ok(true) })?;
        Ok(found.map_or(Cow::Borrowed(""), |piece| self.document.text(piece)))
    }

    /// The same below all places that a path leads to.
    #[inline(never)]
    pub(super) fn one_piece_at(&self, plain: &'d Plain, focus: &Focus<'_, 'd>) -> Answer<Cow<'d, str>> {
        let mut found = None;
        self.walk(plain, focus, &mut |place| {
            self.pieces(&focus.at(Here::from(place)), &mut |piece| if found.replace(piece).is_some() { Err(Fault::Cardinality) } else { Ok(true) })
        })?;
        Ok(found.map_or(Cow::Borrowed(""), |piece| self.document.text(piece)))
    }

    /// On from one node that an axis leads to, if it passes.
    pub(super) fn take(
        &self,
        node: NodeId,
        test: &Test,
        predicates: &'d [Expr],
        rest: &'d [Step],
        focus: &Focus<'_, 'd>,
        sink: Sink<'_, 'd>,
    ) -> Answer<bool> {
        self.spend()?;
        if self.passes(test, node) && self.holds(predicates, node, focus)? { self.node_steps(rest, node, focus, sink) } else { Ok(true) }
    }

    pub(super) fn node_steps(&self, steps: &'d [Step], node: NodeId, focus: &Focus<'_, 'd>, sink: Sink<'_, 'd>) -> Answer<bool> {
        let Some((step, rest)) = steps.split_first() else { return sink(Item::Node(node)) };
        let (axis, test, predicates) = match step {
            Step::Each(expr) => return self.each(expr, &focus.at(Here::Node(node)), &mut |value| self.steps(rest, &value, focus, sink)),
            Step::Keyed(key, word, predicates) => return self.keyed_steps((*key, word), predicates, rest, (node, focus), sink),
            Step::Axis(axis, test, predicates) => (*axis, test, predicates.as_slice()),
        };
        if positional(predicates) {
            return self.selected_steps(axis, test, predicates, rest, node, focus, sink);
        }
        match (axis, test) {
            (Axis::Attribute | Axis::AnyAttribute, _) => self.attribute_steps(axis, test, rest, node, focus, sink),
            (Axis::Parent, Test::Node) if predicates.is_empty() => {
                self.spend()?;
                self.document.parent(node).map_or(Ok(true), |parent| self.node_steps(rest, parent, focus, sink))
            }
            (Axis::Ancestor, Test::Name(name)) => {
                let mut above = self.document.parent(node);
                while let Some(here) = above {
                    self.spend()?;
                    let fits = here != DOCUMENT && self.document.name(here) == *name;
                    if fits && self.holds(predicates, here, focus)? && !self.node_steps(rest, here, focus, sink)? {
                        return Ok(false);
                    }
                    above = self.document.parent(here);
                }
                Ok(true)
            }
            // What most steps are.
            (Axis::Child, Test::Name(name)) => {
                for child in self.document.children_named(node, *name) {
                    self.spend()?;
                    if self.holds(predicates, child, focus)? && !self.node_steps(rest, child, focus, sink)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            _ => self.axis(axis, test, node, &mut |found| {
                if self.holds(predicates, found, focus)? { self.node_steps(rest, found, focus, sink) } else { Ok(true) }
            }),
        }
    }

    /// Where a predicate counts, all nodes of the axis are needed first.
    #[expect(clippy::too_many_arguments, reason = "a step in its parts")]
    pub(super) fn selected_steps(
        &self,
        axis: Axis,
        test: &'d Test,
        predicates: &'d [Expr],
        rest: &'d [Step],
        node: NodeId,
        focus: &Focus<'_, 'd>,
        sink: Sink<'_, 'd>,
    ) -> Answer<bool> {
        let mut all = Vec::new();
        self.axis(axis, test, node, &mut |found| {
            all.push(Item::Node(found));
            Ok(true)
        })?;
        for found in self.select(all, predicates, focus)? {
            if !self.steps(rest, &found, focus, sink)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn attribute_steps(
        &self,
        axis: Axis,
        test: &'d Test,
        rest: &'d [Step],
        node: NodeId,
        focus: &Focus<'_, 'd>,
        sink: Sink<'_, 'd>,
    ) -> Answer<bool> {
        let document = self.document;
        let onward = &mut |item: Item<'d>| self.steps(rest, &item, focus, sink);
        if axis == Axis::Attribute {
            return self.offer_attributes(document.attributes(node), test, onward);
        }
        if matches!(test, Test::Name(name) if !document.has_attribute(*name)) {
            return Ok(true);
        }
        let all = (0..document.attribute_count()).filter(|at| (node..document.end(node)).contains(&document.attribute(*at).owner));
        self.offer_attributes(all, test, onward)
    }

    /// Nodes on an axis that pass the test.
    pub(super) fn axis(&self, axis: Axis, test: &Test, node: NodeId, sink: &mut dyn FnMut(NodeId) -> Answer<bool>) -> Answer<bool> {
        let document = self.document;
        let mut offer = |found: NodeId| {
            self.spend()?;
            if self.passes(test, found) { sink(found) } else { Ok(true) }
        };
        match (axis, test) {
            (Axis::Child, Test::Name(name)) => self.offer_all(document.children_named(node, *name), sink),
            (Axis::Descendant, Test::Name(name)) => self.offer_all(document.descendants_named(node, *name), sink),
            (Axis::Child, _) => {
                for child in document.children(node) {
                    if !offer(child)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Axis::Descendant, _) => {
                for below in node + 1..document.end(node) {
                    if !offer(below)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Axis::Itself, _) => offer(node),
            (Axis::Parent, _) => document.parent(node).map_or(Ok(true), offer),
            (Axis::Ancestor, _) => {
                let mut above = document.parent(node);
                while let Some(here) = above {
                    if !offer(here)? {
                        return Ok(false);
                    }
                    above = document.parent(here);
                }
                Ok(true)
            }
            (Axis::PrecedingSibling | Axis::FollowingSibling, _) => {
                let Some(parent) = document.parent(node) else { return Ok(true) };
                for sibling in document.children(parent) {
                    let fits = if axis == Axis::PrecedingSibling { sibling < node } else { sibling > node };
                    if fits && !offer(sibling)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Axis::Attribute | Axis::AnyAttribute, _) => Ok(true),
        }
    }

    pub(super) fn offer_all(&self, all: impl Iterator<Item = NodeId>, sink: &mut dyn FnMut(NodeId) -> Answer<bool>) -> Answer<bool> {
        for node in all {
            self.spend()?;
            if !sink(node)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn offer_attributes(&self, all: impl Iterator<Item = u32>, test: &'d Test, sink: Sink<'_, 'd>) -> Answer<bool> {
        for at in all {
            self.spend()?;
            let name = self.document.attribute(at).name;
            let fits = match test {
                Test::Name(wanted) => *wanted == name,
                Test::Local(local) => self.document.word(name).1 == local,
                Test::Any | Test::Node => true,
                Test::Text => false,
            };
            if fits && !sink(Item::Attribute(at))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn passes(&self, test: &Test, node: NodeId) -> bool {
        match test {
            Test::Name(name) => self.document.name(node) == *name && node != DOCUMENT,
            Test::Any => self.document.is_element(node),
            Test::Text => self.document.is_text(node),
            Test::Node => true,
            Test::Local(local) => self.document.is_element(node) && self.document.word(self.document.name(node)).1 == local,
        }
    }

    pub(super) fn filter(&self, inner: &'d Expr, predicates: &'d [Expr], focus: &Focus<'_, 'd>, sink: Sink<'_, 'd>) -> Answer<bool> {
        let mut all = Vec::new();
        self.each(inner, focus, &mut |item| {
            all.push(item);
            Ok(true)
        })?;
        for item in self.select(all, predicates, focus)? {
            if !sink(item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Those of a sequence that pass the predicates, one predicate after the other.
    pub(super) fn select(&self, mut all: Vec<Item<'d>>, predicates: &'d [Expr], focus: &Focus<'_, 'd>) -> Answer<Vec<Item<'d>>> {
        for predicate in predicates {
            let (size, mut kept) = (all.len(), 0);
            for place in 0..size {
                self.spend()?;
                let here = Focus { here: Here::from(&all[place]), position: place as u32 + 1, size: size as u32, ..*focus };
                let passes = if predicate.is_position() {
                    self.number(predicate, &here)?.is_some_and(|number| number.whole() == Some(i64::from(here.position)))
                } else {
                    self.truth(predicate, &here)?
                };
                if passes {
                    all.swap(kept, place);
                    kept += 1;
                }
            }
            all.truncate(kept);
        }
        Ok(all)
    }
}

pub(super) fn positional(predicates: &[Expr]) -> bool {
    predicates.iter().any(Expr::is_position)
}

/// Whether a path can give a node twice or before an earlier one: when it goes up or aside from several nodes, or on from nested ones.
pub(super) fn is_untidy(start: &Start, steps: &[Step]) -> bool {
    let mut several = matches!(start, Start::At(_));
    let mut nested = false;
    for step in steps {
        let axis = match step {
            Step::Axis(axis, _, _) => *axis,
            Step::Keyed(..) => Axis::Descendant,
            Step::Each(_) => return false,
        };
        match axis {
            Axis::Child | Axis::Attribute if nested => return true,
            Axis::Child => several = true,
            Axis::Attribute | Axis::Itself => {}
            Axis::Descendant | Axis::AnyAttribute if several => return true,
            Axis::Descendant => (several, nested) = (true, true),
            Axis::AnyAttribute => several = true,
            Axis::Parent if several => return true,
            Axis::Parent => {}
            Axis::Ancestor | Axis::PrecedingSibling | Axis::FollowingSibling => return true,
        }
    }
    false
}
