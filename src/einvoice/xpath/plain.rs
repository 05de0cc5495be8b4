//! Paths of plain names, perhaps an attribute at their end: what most expressions ask for. They are walked directly, without handing values on from
//! step to step. Never says anything else than the general way in `steps`.

use std::borrow::Cow;

use super::eval::{Evaluation, Focus};
use super::expr::{Expr, Named, Near, Origin, Plain};
use super::functions::Function;
use super::value::{Answer, Fault, Here, Item};
use crate::einvoice::xml::{DOCUMENT, NOWHERE, Name, NodeId};

/// Elements of a name are few up to this number.
const RARE: u32 = 3;

/// Where a path of names leads.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Node(NodeId),
    Attribute(u32),
}

impl From<Place> for Here<'_, '_> {
    fn from(place: Place) -> Self {
        match place {
            Place::Node(node) => Here::Node(node),
            Place::Attribute(at) => Here::Attribute(at),
        }
    }
}

/// Takes a place; says whether it wants another.
pub(super) type Visit<'v> = &'v mut dyn FnMut(Place) -> Answer<bool>;

impl From<Place> for Item<'_> {
    fn from(place: Place) -> Self {
        match place {
            Place::Node(node) => Item::Node(node),
            Place::Attribute(at) => Item::Attribute(at),
        }
    }
}

impl<'d> Evaluation<'d> {
    /// The node that a path begins at; nothing at an attribute, below which there is nothing, and above the document.
    #[inline]
    fn origin(&self, plain: &'d Plain, focus: &Focus<'_, 'd>) -> Answer<Option<NodeId>> {
        let (mut node, mut up) = match (plain.origin, focus.here) {
            (Origin::Here, Here::Node(node)) => (node, plain.up),
            (Origin::Here, Here::Attribute(at)) if plain.up > 0 => (self.document.attribute(at).owner, plain.up - 1),
            (Origin::Here, Here::Attribute(_)) => return Ok(None),
            (Origin::Here, _) => return Err(Fault::Type),
            (Origin::Root, _) => (DOCUMENT, plain.up),
            (Origin::Element, _) => (self.document.root(), plain.up),
        };
        while up > 0 {
            let Some(parent) = self.document.parent(node) else { return Ok(None) };
            (node, up) = (parent, up - 1);
        }
        Ok(Some(node))
    }

    /// Visits what a path leads to, until the visitor wants no more. The way is the same code for all visitors; there would be a dozen copies else.
    #[inline(never)]
    pub(super) fn walk(&self, plain: &'d Plain, focus: &Focus<'_, 'd>, visit: Visit<'_>) -> Answer<bool> {
        // What most paths are.
        if let (Near::Child(name), Here::Node(node)) = (plain.near, focus.here) {
            for child in self.document.children_named(node, name) {
                self.spend()?;
                if !visit(Place::Node(child))? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        if let (Near::Attribute(name), Here::Node(node)) = (plain.near, focus.here) {
            return self.visit_end(Some(name), node, visit);
        }
        let origin = self.origin(plain, focus)?;
        if plain.attribute.is_some_and(|attribute| !self.document.has_attribute(attribute)) && plain.is_bare() {
            return Ok(true);
        }
        match origin {
            Some(node) if plain.deep => self.walk_deep(plain, focus, node, visit),
            Some(node) if self.is_rare(plain) => self.walk_up(plain, focus, node, visit),
            Some(node) => self.walk_on(&plain.names, plain.attribute, focus, node, visit),
            None => Ok(true),
        }
    }

    /// Whether so few elements have the last name of a path that it is less work to look at what stands above each. Conditions on the way would
    /// be asked of fewer elements then, and one that has no answer would not be noticed.
    #[inline]
    fn is_rare(&self, plain: &Plain) -> bool {
        let Some((last, above)) = plain.names.split_last() else { return false };
        plain.bare && !above.is_empty() && self.document.chain(last.name).count <= RARE
    }

    /// The same as `walk_on`, from the ends of the path: elements of the last name, of which those above have the other names.
    fn walk_up(&self, plain: &'d Plain, focus: &Focus<'_, 'd>, node: NodeId, visit: Visit<'_>) -> Answer<bool> {
        let Some((last, above)) = plain.names.split_last() else { return Ok(true) };
        let mut at = self.document.chain(last.name).first;
        while at != NOWHERE {
            self.spend()?;
            if self.is_below(node, above, at) && self.holds(&last.conditions, at, focus)? && !self.visit_end(plain.attribute, at, visit)? {
                return Ok(false);
            }
            at = self.document.again(at);
        }
        Ok(true)
    }

    /// Whether the elements above one have these names, and the outermost of them stands directly below a node.
    fn is_below(&self, node: NodeId, names: &[Named], element: NodeId) -> bool {
        let mut at = self.document.above(element);
        for named in names.iter().rev() {
            if at == DOCUMENT || self.document.name(at) != named.name {
                return false;
            }
            at = self.document.above(at);
        }
        at == node
    }

    fn walk_deep(&self, plain: &'d Plain, focus: &Focus<'_, 'd>, node: NodeId, visit: Visit<'_>) -> Answer<bool> {
        let Some((first, rest)) = plain.names.split_first() else { return Ok(true) };
        for below in self.document.descendants_named(node, first.name) {
            self.spend()?;
            if self.holds(&first.conditions, below, focus)? && !self.walk_on(rest, plain.attribute, focus, below, visit)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn walk_on(&self, names: &'d [Named], attribute: Option<Name>, focus: &Focus<'_, 'd>, node: NodeId, visit: Visit<'_>) -> Answer<bool> {
        let (mut names, mut node) = (names, node);
        while let Some((first, rest)) = names.split_first() {
            let mut children = self.document.children_named(node, first.name);
            let Some(child) = children.next() else { return Ok(true) };
            let Some(second) = children.next() else {
                // Mostly there is one, and the way goes on from there.
                self.spend()?;
                if !self.holds(&first.conditions, child, focus)? {
                    return Ok(true);
                }
                (names, node) = (rest, child);
                continue;
            };
            for child in [child, second].into_iter().chain(children) {
                self.spend()?;
                if self.holds(&first.conditions, child, focus)? && !self.walk_on(rest, attribute, focus, child, visit)? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        self.visit_end(attribute, node, visit)
    }

    #[inline]
    fn visit_end(&self, attribute: Option<Name>, node: NodeId, visit: Visit<'_>) -> Answer<bool> {
        let Some(name) = attribute else { return visit(Place::Node(node)) };
        for at in self.document.attributes(node) {
            self.spend()?;
            if self.document.attribute(at).name == name && !visit(Place::Attribute(at))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a count is no more than a number since the whole document has no more elements of the name that is counted. It may be no more
    /// although this does not show it.
    pub(super) fn is_few(&self, count: &Expr, number: i64, focus: &Focus<'_, 'd>) -> bool {
        let Expr::Call(Function::Count, arguments) = count else { return false };
        let [Expr::Plain(plain)] = arguments.as_slice() else { return false };
        plain.attribute.is_none() && matches!(focus.here, Here::Node(_)) && self.most(plain).is_some_and(|most| i64::from(most) <= number)
    }

    /// How many elements there can be at most at the end of a path of which nothing but names is asked.
    fn most(&self, plain: &Plain) -> Option<u32> {
        let last = plain.names.last().filter(|last| plain.bare && last.conditions.is_empty())?;
        Some(self.document.chain(last.name).count)
    }

    /// Whether a path leads anywhere.
    #[inline]
    pub(super) fn leads(&self, plain: &'d Plain, focus: &Focus<'_, 'd>) -> Answer<bool> {
        // What most conditions ask: whether there is a child.
        if let (Near::Child(name), Here::Node(node)) = (plain.near, focus.here) {
            self.spend()?;
            return Ok(self.document.has_child(node, name));
        }
        self.leads_far(plain, focus)
    }

    #[inline(never)]
    fn leads_far(&self, plain: &'d Plain, focus: &Focus<'_, 'd>) -> Answer<bool> {
        if matches!(focus.here, Here::Node(_)) && self.most(plain) == Some(0) {
            return Ok(false);
        }
        self.walk(plain, focus, &mut |_| Ok(false)).map(|to_the_end| !to_the_end)
    }

    /// The attribute of a name that an element has; nobody has two.
    #[inline]
    pub(super) fn attribute(&self, name: Name, node: NodeId) -> Answer<Option<u32>> {
        self.spend()?;
        Ok(self.document.attributes(node).find(|at| self.document.attribute(*at).name == name))
    }

    /// The one place that a path leads to, or none.
    pub(super) fn one_place(&self, plain: &'d Plain, focus: &Focus<'_, 'd>) -> Answer<Option<Place>> {
        if let (Near::Attribute(name), Here::Node(node)) = (plain.near, focus.here) {
            return Ok(self.attribute(name, node)?.map(Place::Attribute));
        }
        let mut found = None;
        self.walk(plain, focus, &mut |place| {
            if found.is_some() {
                return Err(Fault::Cardinality);
            }
            found = Some(place);
            Ok(true)
        })?;
        Ok(found)
    }

    /// The text of the one place that a path leads to.
    #[inline]
    pub(super) fn one_text(&self, plain: &'d Plain, focus: &Focus<'_, 'd>) -> Answer<Option<Cow<'d, str>>> {
        if let (Near::Child(name), Here::Node(node)) = (plain.near, focus.here) {
            self.spend()?;
            let mut children = self.document.children_named(node, name);
            let child = children.next();
            return if child.is_some() && children.next().is_some() {
                Err(Fault::Cardinality)
            } else {
                Ok(child.map(|child| self.document.text(child)))
            };
        }
        Ok(self.one_place(plain, focus)?.map(|place| self.text_at(place)))
    }

    #[inline]
    pub(super) fn text_at(&self, place: Place) -> Cow<'d, str> {
        match place {
            Place::Node(node) => self.document.text(node),
            Place::Attribute(at) => Cow::Borrowed(self.document.attribute_value(at)),
        }
    }
}
