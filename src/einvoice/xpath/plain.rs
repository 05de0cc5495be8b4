//! Paths of plain names, perhaps an attribute at their end: what most expressions ask for. They are walked directly, without handing values on from
//! step to step. Never says anything else than the general way in `steps`.

use std::borrow::Cow;

use super::eval::{Evaluation, Focus};
use super::expr::{Origin, Plain};
use super::value::{Answer, Fault, Item};
use crate::einvoice::xml::{DOCUMENT, Name, NodeId};

/// Where a path of names leads.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Node(NodeId),
    Attribute(u32),
}

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
    fn origin(&self, plain: &Plain, focus: &Focus<'_, 'd>) -> Answer<Option<NodeId>> {
        let (mut node, mut up) = match (plain.origin, &focus.item) {
            (Origin::Here, Item::Node(node)) => (*node, plain.up),
            (Origin::Here, Item::Attribute(at)) if plain.up > 0 => (self.document.attribute(*at).owner, plain.up - 1),
            (Origin::Here, Item::Attribute(_)) => return Ok(None),
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

    /// Visits what a path leads to, until the visitor wants no more.
    pub(super) fn walk(&self, plain: &Plain, focus: &Focus<'_, 'd>, mut visit: impl FnMut(Place) -> Answer<bool>) -> Answer<bool> {
        match self.origin(plain, focus)? {
            Some(node) if plain.deep => self.walk_deep(plain, node, &mut visit),
            Some(node) => self.walk_on(&plain.names, plain.attribute, node, &mut visit),
            None => Ok(true),
        }
    }

    fn walk_deep<F>(&self, plain: &Plain, node: NodeId, visit: &mut F) -> Answer<bool>
    where
        F: FnMut(Place) -> Answer<bool>,
    {
        let Some((name, rest)) = plain.names.split_first() else { return Ok(true) };
        if plain.attribute.is_some_and(|attribute| !self.document.has_attribute(attribute)) {
            return Ok(true);
        }
        for below in self.document.descendants_named(node, *name) {
            self.spend()?;
            if !self.walk_on(rest, plain.attribute, below, visit)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn walk_on<F>(&self, names: &[Name], attribute: Option<Name>, node: NodeId, visit: &mut F) -> Answer<bool>
    where
        F: FnMut(Place) -> Answer<bool>,
    {
        let Some((name, rest)) = names.split_first() else { return self.visit_end(attribute, node, visit) };
        for child in self.document.children_named(node, *name) {
            self.spend()?;
            if !self.walk_on(rest, attribute, child, visit)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn visit_end<F>(&self, attribute: Option<Name>, node: NodeId, visit: &mut F) -> Answer<bool>
    where
        F: FnMut(Place) -> Answer<bool>,
    {
        let Some(name) = attribute else { return visit(Place::Node(node)) };
        for at in self.document.attributes(node) {
            self.spend()?;
            if self.document.attribute(at).name == name && !visit(Place::Attribute(at))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a path leads anywhere.
    pub(super) fn leads(&self, plain: &Plain, focus: &Focus<'_, 'd>) -> Answer<bool> {
        // What most conditions ask: whether there is a child.
        if let (Plain { origin: Origin::Here, up: 0, deep: false, attribute: None, .. }, [name], Item::Node(node)) =
            (plain, &plain.names[..], &focus.item)
        {
            self.spend()?;
            return Ok(self.document.children_named(*node, *name).next().is_some());
        }
        self.walk(plain, focus, |_| Ok(false)).map(|to_the_end| !to_the_end)
    }

    /// The one place that a path leads to, or none.
    pub(super) fn one_place(&self, plain: &Plain, focus: &Focus<'_, 'd>) -> Answer<Option<Place>> {
        let mut found = None;
        self.walk(plain, focus, |place| {
            if found.is_some() {
                return Err(Fault::Cardinality);
            }
            found = Some(place);
            Ok(true)
        })?;
        Ok(found)
    }

    pub(super) fn text_at(&self, place: Place) -> Cow<'d, str> {
        match place {
            Place::Node(node) => self.document.text(node),
            Place::Attribute(at) => Cow::Borrowed(self.document.attribute_value(at)),
        }
    }
}
