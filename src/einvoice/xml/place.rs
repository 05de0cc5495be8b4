//! Where in a document something is, for people: the path to a node and the line it begins on. Many nodes are asked for, mostly in the order of
//! the document, so the last count of each kind is gone on from. Never looks at a value.

use std::collections::HashMap;

use super::names::{Name, TEXT};
use super::tree::{DOCUMENT, Document, NodeId};

pub struct Places<'d> {
    document: &'d Document<'d>,
    /// For each parent and name the child that was counted last, and its number.
    counted: HashMap<(NodeId, Name), (NodeId, usize)>,
    /// How far lines were counted, and how many there were.
    lines: (usize, usize),
}

impl<'d> Places<'d> {
    pub fn new(document: &'d Document<'d>) -> Places<'d> {
        Places { document, counted: HashMap::new(), lines: (0, 1) }
    }

    /// The path of a node: `/Invoice[1]/cac:InvoiceLine[2]/cbc:ID[1]`.
    pub fn path(&mut self, node: NodeId) -> String {
        if node == DOCUMENT {
            return "/".to_owned();
        }
        let mut steps = Vec::new();
        let mut at = node;
        while let Some(parent) = self.document.parent(at) {
            let name = self.document.name(at);
            let number = self.number(parent, at, name);
            steps.push(if name == TEXT { format!("/text()[{number}]") } else { format!("/{}[{number}]", self.document.written(name)) });
            at = parent;
        }
        steps.reverse();
        steps.concat()
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
        let line = before + self.document.source().as_bytes()[from..offset].iter().filter(|byte| **byte == b'\n').count();
        self.lines = (offset, line);
        line
    }
}
