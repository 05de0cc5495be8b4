//! Where in a document something is, for people: the path to a node and the line it begins on. Many nodes are asked for, mostly in the order of
//! the document, so the last count of each kind is gone on from. Never looks at a value.

use std::collections::HashMap;

use super::names::{Name, TEXT};
use super::space::count;
use super::tree::{DOCUMENT, Document, NodeId};

pub struct Places<'d> {
    document: &'d Document<'d>,
    /// For each parent and name the child that was counted last, and its number.
    counted: HashMap<(NodeId, Name), (NodeId, usize)>,
    /// The path of a node, written last.
    above: (NodeId, String),
    /// How far lines were counted, and how many there were.
    lines: (usize, usize),
}

impl<'d> Places<'d> {
    pub fn new(document: &'d Document<'d>) -> Places<'d> {
        Places { document, counted: HashMap::new(), above: (DOCUMENT, String::new()), lines: (0, 1) }
    }

    /// The path of a node: `/Invoice[1]/cac:InvoiceLine[2]/cbc:ID[1]`.
    pub fn path(&mut self, node: NodeId) -> String {
        if node == DOCUMENT {
            return "/".to_owned();
        }
        let mut path = String::new();
        self.append(node, &mut path);
        path
    }

    /// Appends the path of a node to that of its parent, which often is the same as last time.
    fn append(&mut self, node: NodeId, path: &mut String) {
        let Some(parent) = self.document.parent(node) else { return };
        if self.above.0 != parent {
            let mut above = String::new();
            self.append(parent, &mut above);
            self.above = (parent, above);
        }
        let name = self.document.name(node);
        let number = self.number(parent, node, name);
        path.push_str(&self.above.1);
        path.push('/');
        match self.document.local_with_prefix(name) {
            _ if name == TEXT => path.push_str("text()"),
            ("", local) => path.push_str(local),
            (prefix, local) => [prefix, ":", local].into_iter().for_each(|part| path.push_str(part)),
        }
        ["[", &number.to_string(), "]"].into_iter().for_each(|part| path.push_str(part));
    }

    /// Which of its name a child is, counted from 1.
    fn number(&mut self, parent: NodeId, child: NodeId, name: Name) -> usize {
        let (from, before) = match self.counted.get(&(parent, name)) {
            Some((last, number)) if *last <= child => (*last, *number - 1),
            _ => (parent + 1, 0),
        };
        let mut number = before;
        let mut at = from;
        while at <= child {
            number += usize::from(self.document.name(at) == name);
            at = self.document.end(at);
        }
        self.counted.insert((parent, name), (child, number));
        number
    }

    /// The line a node begins on, counted from 1.
    pub fn line(&mut self, node: NodeId) -> usize {
        let offset = self.document.offset(node);
        let (from, before) = if self.lines.0 <= offset { self.lines } else { (0, 1) };
        let line = before + count(&self.document.source().as_bytes()[from..offset], b'\n');
        self.lines = (offset, line);
        line
    }
}
