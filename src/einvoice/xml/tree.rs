//! A document as one row of nodes in document order. A node knows its parent and where its subtree ends, so children, siblings and
//! descendants are found by counting. Text is borrowed from the bytes wherever they hold it as it is read.

use std::borrow::Cow;

use super::names::{DOCUMENTS, NAMESPACES, Name, Namespace, OWN_NAMESPACE, OwnNames, TEXT, UBL, Vocabulary};
use super::parse::{Refusal, parse};
use super::space::is_blank;

/// A place in the row of nodes.
pub type NodeId = u32;
/// The document itself, above its element.
pub const DOCUMENT: NodeId = 0;
/// What no place is.
pub const NOWHERE: u32 = u32::MAX;

/// A stretch of text: in the source, or where it had to be put together, in the document's own.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    pub start: u32,
    /// The length, and in the highest bit whether it is the document's own.
    pub len: u32,
}

pub const OWN: u32 = 1 << 31;

/// A node is large when more nodes than this are below it.
pub const LARGE: u32 = 500;

/// More elements directly below a node are not counted: to look at so many is little.
pub const ELEMENTS_MAX: u32 = 255;

#[derive(Debug, Clone, Copy)]
pub struct Node {
    pub name: Name,
    /// How many attributes it has.
    pub attributes: u8,
    /// How many elements are directly below, up to `ELEMENTS_MAX`.
    pub elements: u32,
    pub parent: NodeId,
    /// The first node after its subtree.
    pub end: NodeId,
    /// Of text: where it stands. Of an element: its first attribute.
    pub start: u32,
    /// Of text: its length, as in a `Span`. Of an element: where it begins in the source.
    pub len: u32,
    /// The next element of the same name, in document order.
    pub again: NodeId,
    /// A bit for the name of each element directly below, several names to a bit: what has no bit here is not there.
    pub below: u32,
}

impl Node {
    /// A piece of text, nowhere yet.
    pub const TEXT: Node = Node { name: TEXT, attributes: 0, elements: 0, parent: 0, end: 0, start: 0, len: 0, again: NOWHERE, below: 0 };
}

/// The elements of a name, each of which knows the next.
#[derive(Debug, Clone, Copy)]
pub struct Chain {
    pub first: NodeId,
    pub last: NodeId,
    pub count: u32,
}

impl Chain {
    pub const EMPTY: Chain = Chain { first: NOWHERE, last: NOWHERE, count: 0 };
}

/// The bit of a name among those of the elements directly below a node.
pub fn bit(name: Name) -> u32 {
    1 << (name % 32)
}

/// The elements of a name directly below a node: those listed; or found among the nodes below, which are children or deeper; or among all elements
/// of the name.
pub struct Named<'d> {
    nodes: &'d [Node],
    listed: &'d [NodeId],
    parent: NodeId,
    next: NodeId,
    end: NodeId,
    name: Name,
    chained: bool,
}

impl Iterator for Named<'_> {
    type Item = NodeId;

    #[inline]
    fn next(&mut self) -> Option<NodeId> {
        // After the last of a chain comes `NOWHERE`, which is beyond every end.
        while self.next < self.end {
            let (at, node) = (self.next, &self.nodes[self.next as usize]);
            if self.chained {
                self.next = node.again;
                if node.parent == self.parent {
                    return Some(at);
                }
            } else {
                self.next = node.end;
                if node.name == self.name {
                    return Some(at);
                }
            }
        }
        let (child, rest) = self.listed.split_first()?;
        self.listed = rest;
        Some(*child)
    }
}

/// The elements of a name below a node: one after the other of the name, or of all that stand there.
pub struct Below<'d> {
    nodes: &'d [Node],
    after: NodeId,
    next: NodeId,
    end: NodeId,
    name: Name,
    chained: bool,
}

impl Iterator for Below<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        // After the last of a chain comes `NOWHERE`, which is beyond every end.
        while self.next < self.end {
            let (at, node) = (self.next, &self.nodes[self.next as usize]);
            self.next = if self.chained { node.again } else { at + 1 };
            if node.name == self.name && at > self.after {
                return Some(at);
            }
        }
        None
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    pub name: Name,
    pub owner: NodeId,
    pub value: Span,
}

#[derive(Debug)]
pub struct Document<'x> {
    pub(super) source: Cow<'x, str>,
    pub(super) own: String,
    pub(super) nodes: Vec<Node>,
    pub(super) attributes: Vec<Attribute>,
    /// Of large nodes the children of each name: the node, the name, and which of `in_large`; in order.
    pub(super) large: Vec<(NodeId, Name, std::ops::Range<u32>)>,
    pub(super) in_large: Vec<NodeId>,
    /// For each name the place of its chain; 0 where no element has it.
    pub(super) chain_places: Vec<u16>,
    /// The elements of each name that is there, after a chain of none.
    pub(super) chains: Vec<Chain>,
    /// For each name whether an attribute has it.
    pub(super) on_attributes: Vec<bool>,
    /// Whether some element may be blank: none is, or nothing is known.
    pub(super) may_be_blank: bool,
    pub(super) vocabulary: &'static Vocabulary,
    /// Namespaces and names that the vocabulary does not know.
    pub(super) own_namespaces: Vec<String>,
    pub(super) own_words: Vec<(Namespace, String)>,
}

impl<'x> Document<'x> {
    /// # Errors
    /// What is not well-formed XML, or beyond a limit, with its place.
    pub fn parse(bytes: &'x [u8], vocabulary: &'static Vocabulary) -> Result<Document<'x>, Refusal> {
        parse(bytes, vocabulary)
    }

    pub(super) fn keep(&mut self, names: OwnNames<'_>) {
        self.own_words = (0..names.count()).filter_map(|at| names.word(at)).map(|(namespace, local)| (namespace, local.to_owned())).collect();
        self.own_namespaces = names.namespaces;
    }

    pub fn count(&self) -> NodeId {
        self.nodes.len() as NodeId
    }

    /// The document element. Every document that was read has one.
    pub fn root(&self) -> NodeId {
        (1..self.count()).find(|node| self.is_element(*node)).unwrap_or(DOCUMENT)
    }

    #[inline]
    pub fn name(&self, node: NodeId) -> Name {
        self.nodes[node as usize].name
    }

    pub fn is_element(&self, node: NodeId) -> bool {
        node != DOCUMENT && self.name(node) != TEXT
    }

    #[inline]
    pub fn is_text(&self, node: NodeId) -> bool {
        node != DOCUMENT && self.name(node) == TEXT
    }

    #[inline]
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        (node != DOCUMENT).then(|| self.nodes[node as usize].parent)
    }

    /// The node that an element stands directly below.
    #[inline]
    pub fn above(&self, element: NodeId) -> NodeId {
        self.nodes[element as usize].parent
    }

    #[inline]
    pub fn end(&self, node: NodeId) -> NodeId {
        self.nodes[node as usize].end
    }

    /// The children, text among them.
    #[inline]
    pub fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.end(node);
        let mut next = node + 1;
        std::iter::from_fn(move || {
            let child = next;
            (child < end).then(|| {
                next = self.end(child);
                child
            })
        })
    }

    /// Whether an element of a name may be directly below a node, of which each bit stands for several.
    #[inline]
    pub fn may_hold(&self, node: NodeId, bits: u32) -> bool {
        self.nodes[node as usize].below & bits != 0
    }

    /// Whether an element of a name is directly below a node.
    #[inline]
    pub fn has_child(&self, node: NodeId, name: Name) -> bool {
        self.may_hold(node, bit(name)) && self.children_named(node, name).next().is_some()
    }

    /// Whether there are elements directly below a node.
    #[inline]
    pub fn has_elements(&self, node: NodeId) -> bool {
        self.nodes[node as usize].elements > 0
    }

    /// The elements of a name directly below a node.
    #[inline]
    pub fn children_named(&self, node: NodeId, name: Name) -> Named<'_> {
        let here = &self.nodes[node as usize];
        let mut named = Named { nodes: &self.nodes, listed: &[], parent: node, next: NOWHERE, end: here.end, name, chained: false };
        if here.below & bit(name) == 0 {
            return named;
        }
        let chain = self.chain(name);
        if chain.count <= here.elements {
            (named.next, named.chained) = (chain.first, true);
        } else if here.end - node > LARGE {
            named.listed = self.listed(node, name);
        } else {
            named.next = node + 1;
        }
        named
    }

    fn listed(&self, node: NodeId, name: Name) -> &[NodeId] {
        let found = self.large.binary_search_by_key(&(node, name), |(node, name, _)| (*node, *name));
        found.map_or(&[], |at| &self.in_large[self.large[at].2.start as usize..self.large[at].2.end as usize])
    }

    /// Lists the children of large nodes, so that nobody needs to go over thousands of others to find one.
    pub(super) fn index(&mut self, mut large: Vec<NodeId>) {
        large.sort_unstable();
        for node in large {
            let mut named: Vec<(Name, NodeId)> = self.elements(node).map(|child| (self.name(child), child)).collect();
            named.sort_unstable();
            for of_name in named.chunk_by(|(one, _), (other, _)| one == other) {
                let start = self.in_large.len() as u32;
                self.in_large.extend(of_name.iter().map(|(_, child)| *child));
                self.large.push((node, of_name[0].0, start..self.in_large.len() as u32));
            }
        }
    }

    #[inline]
    pub fn elements(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.children(node).filter(|child| self.name(*child) != TEXT)
    }

    /// All elements of a name.
    #[inline]
    pub fn chain(&self, name: Name) -> Chain {
        let place = self.chain_places.get(usize::from(name)).copied().unwrap_or(0);
        self.chains[usize::from(place)]
    }

    /// The elements of a name below a node, at any depth, in document order.
    pub fn descendants_named(&self, node: NodeId, name: Name) -> Below<'_> {
        let (chain, end) = (self.chain(name), self.end(node));
        // All elements of the name, or all below the node, whichever are fewer.
        let chained = chain.count < end - node;
        Below { nodes: &self.nodes, after: node, next: if chained { chain.first } else { node + 1 }, end, name, chained }
    }

    /// Whether any element has an attribute of a name.
    pub fn has_attribute(&self, name: Name) -> bool {
        self.on_attributes.get(usize::from(name)).copied().unwrap_or(false)
    }

    /// The numbers of an element's attributes.
    #[inline]
    pub fn attributes(&self, node: NodeId) -> std::ops::Range<u32> {
        if !self.is_element(node) {
            return 0..0;
        }
        let here = &self.nodes[node as usize];
        here.start..here.start + u32::from(here.attributes)
    }

    #[inline]
    pub fn attribute(&self, at: u32) -> &Attribute {
        &self.attributes[at as usize]
    }

    pub fn attribute_count(&self) -> u32 {
        self.attributes.len() as u32
    }

    #[inline]
    pub fn attribute_value(&self, at: u32) -> &str {
        self.span(self.attribute(at).value)
    }

    /// The value of an element's attribute.
    pub fn attribute_of(&self, node: NodeId, name: Name) -> Option<&str> {
        self.attributes(node).find(|at| self.attribute(*at).name == name).map(|at| self.attribute_value(at))
    }

    #[inline]
    pub(super) fn span(&self, span: Span) -> &str {
        let start = span.start as usize;
        let text = if span.len & OWN == 0 { self.source.as_ref() } else { self.own.as_str() };
        &text[start..start + (span.len & !OWN) as usize]
    }

    /// The text of a node that is text.
    #[inline]
    fn own_text(&self, node: NodeId) -> &str {
        let Node { start, len, .. } = self.nodes[node as usize];
        self.span(Span { start, len })
    }

    /// Whether an element has no elements, and no text but white space.
    #[inline]
    pub fn is_blank_leaf(&self, node: NodeId) -> bool {
        let here = &self.nodes[node as usize];
        if here.elements > 0 || here.name == TEXT {
            return false;
        }
        // Mostly the first character tells.
        let first = self.nodes.get(node as usize + 1).filter(|_| here.end > node + 1);
        let byte = first.filter(|first| first.len & OWN == 0).and_then(|first| self.source.as_bytes().get(first.start as usize));
        byte.is_none_or(|byte| *byte <= b' ') && (node + 1..here.end).all(|below| is_blank(self.own_text(below)))
    }

    /// Whether there may be elements without elements, and without text but white space.
    pub fn may_have_blank_leaves(&self) -> bool {
        self.may_be_blank
    }

    /// The nodes in document order, after the document: elements, with their names and those of what they stand below.
    #[inline]
    pub fn named_elements(&self) -> impl Iterator<Item = (NodeId, Name, Name)> + '_ {
        let nodes = self.nodes.as_slice();
        let named = |(at, node): (usize, &Node)| (node.name != TEXT).then(|| (at as NodeId, node.name, nodes[node.parent as usize].name));
        nodes.iter().enumerate().skip(1).filter_map(named)
    }

    /// The element that comes next of those of its name.
    #[inline]
    pub fn again(&self, node: NodeId) -> NodeId {
        self.nodes[node as usize].again
    }

    /// The text of a node and of all below it.
    #[inline]
    pub fn text(&self, node: NodeId) -> Cow<'_, str> {
        let here = &self.nodes[node as usize];
        // Most elements hold one piece of text.
        match self.nodes.get(node as usize + 1) {
            Some(inside) if here.end == node + 2 && inside.name == TEXT => Cow::Borrowed(self.span(Span { start: inside.start, len: inside.len })),
            _ => self.whole_text(node),
        }
    }

    #[inline(never)]
    fn whole_text(&self, node: NodeId) -> Cow<'_, str> {
        let here = &self.nodes[node as usize];
        if here.name == TEXT && node != DOCUMENT {
            return Cow::Borrowed(self.own_text(node));
        }
        if here.end == node + 1 {
            return Cow::Borrowed("");
        }
        let below = node + 1..here.end;
        Cow::Owned(below.filter(|at| self.is_text(*at)).map(|at| self.own_text(at)).collect())
    }

    /// The namespace and the local name.
    pub fn word(&self, name: Name) -> (Namespace, &str) {
        if let Some(known) = self.vocabulary.word(name) {
            return known;
        }
        let own = self.own_words.get(usize::from(name).wrapping_sub(self.vocabulary.count()));
        own.map_or((0, ""), |(namespace, local)| (*namespace, local.as_str()))
    }

    /// The prefix under which places write a namespace: none for documents, `*` for one that nobody knows.
    fn prefix(&self, namespace: Namespace) -> &'static str {
        let number = usize::from(namespace);
        match NAMESPACES.get(number) {
            Some((prefix @ ("" | "cbc" | "cac" | "ext"), _)) => prefix,
            Some((_, address)) if address.starts_with(UBL) => "",
            Some(_) => "*",
            None if number < NAMESPACES.len() + DOCUMENTS.len() => "",
            None if self.own_namespaces.get(number - OWN_NAMESPACE).is_some_and(|address| address.starts_with(UBL)) => "",
            None => "*",
        }
    }

    /// The address of a namespace.
    pub fn namespace(&self, namespace: Namespace) -> Cow<'_, str> {
        let number = usize::from(namespace);
        if let Some((_, address)) = NAMESPACES.get(number) {
            return Cow::Borrowed(address);
        }
        if let Some(document) = DOCUMENTS.get(number - NAMESPACES.len()) {
            return Cow::Owned(format!("{UBL}{document}-2"));
        }
        self.own_namespaces.get(number - OWN_NAMESPACE).map_or(Cow::Borrowed(""), |address| Cow::Borrowed(address))
    }

    /// A name as places write it.
    pub fn written(&self, name: Name) -> String {
        match self.local_with_prefix(name) {
            ("", local) => local.to_owned(),
            (prefix, local) => format!("{prefix}:{local}"),
        }
    }

    /// The same in its parts.
    pub fn local_with_prefix(&self, name: Name) -> (&'static str, &str) {
        let (namespace, local) = self.word(name);
        (self.prefix(namespace), local)
    }

    /// Where an element begins in the source; of text, where the element begins that holds it.
    pub fn offset(&self, node: NodeId) -> usize {
        let element = if self.is_text(node) { self.nodes[node as usize].parent } else { node };
        if element == DOCUMENT { 0 } else { self.nodes[element as usize].len as usize }
    }

    pub fn source(&self) -> &str {
        &self.source
    }
}
