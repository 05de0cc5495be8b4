//! Where in a document something is, for people: the path to a node and the line it begins on. Many nodes are asked for, mostly in the order of
//! the document, so the last count of each kind is gone on from. Never looks at a value.

use super::names::{Name, TEXT};
use super::parse::DEPTH_MAX;
use super::space::count;
use super::tree::{DOCUMENT, Document, NodeId};

/// How many counts are kept: more than one path has steps.
const COUNTS_MAX: usize = DEPTH_MAX + 16;
/// Room for a path of usual length.
const PATH_LEN: usize = 120;

pub struct Places<'d> {
    document: &'d Document<'d>,
    /// For parents and names the child that was counted last, and its number. The one that was used last comes first.
    counted: Vec<Counted>,
    /// The path of a node, written last.
    above: (NodeId, String),
    /// How far lines were counted, and how many there were.
    lines: (usize, usize),
}

#[derive(Clone, Copy)]
struct Counted {
    parent: NodeId,
    name: Name,
    child: NodeId,
    number: usize,
}

impl<'d> Places<'d> {
    pub fn new(document: &'d Document<'d>) -> Places<'d> {
        Places { document, counted: Vec::new(), above: (DOCUMENT, String::new()), lines: (0, 1) }
    }

    /// The path of a node: `/Invoice[1]/cac:InvoiceLine[2]/cbc:ID[1]`.
    pub fn path(&mut self, node: NodeId) -> String {
        if node == DOCUMENT {
            return "/".to_owned();
        }
        let mut path = String::with_capacity(PATH_LEN);
        self.append(node, &mut path);
        path
    }

    /// Appends the path of a node to that of its parent, which often is the same as last time.
    fn append(&mut self, node: NodeId, path: &mut String) {
        let Some(parent) = self.document.parent(node) else { return };
        if self.above.0 != parent {
            let mut above = std::mem::take(&mut self.above.1);
            above.clear();
            self.append_all(parent, &mut above);
            self.above = (parent, above);
        }
        path.push_str(&self.above.1);
        self.append_step(parent, node, path);
    }

    /// Appends the whole path of a node. No deeper than the document, whose depth has a limit.
    fn append_all(&mut self, node: NodeId, path: &mut String) {
        if let Some(parent) = self.document.parent(node) {
            self.append_all(parent, path);
            self.append_step(parent, node, path);
        }
    }

    fn append_step(&mut self, parent: NodeId, node: NodeId, path: &mut String) {
        let name = self.document.name(node);
        let number = self.number(parent, node, name);
        path.push('/');
        match self.document.local_with_prefix(name) {
            _ if name == TEXT => path.push_str("text()"),
            ("", local) => path.push_str(local),
            (prefix, local) => [prefix, ":", local].into_iter().for_each(|part| path.push_str(part)),
        }
        if number == 1 {
            path.push_str("[1]");
        } else {
            ["[", &number.to_string(), "]"].into_iter().for_each(|part| path.push_str(part));
        }
    }

    /// Which of its name a child is, counted from 1.
    fn number(&mut self, parent: NodeId, child: NodeId, name: Name) -> usize {
        let known = self.counted.iter().position(|counted| counted.parent == parent && counted.name == name);
        match known {
            Some(at) => self.counted.swap(0, at),
            None => {
                self.counted.truncate(COUNTS_MAX - 1);
                self.counted.insert(0, Counted { parent, name, child: parent + 1, number: 1 });
            }
        }
        let last = &mut self.counted[0];
        let (from, before) = if known.is_some() && last.child <= child { (last.child, last.number - 1) } else { (parent + 1, 0) };
        let mut number = before;
        let mut at = from;
        while at <= child {
            number += usize::from(self.document.name(at) == name);
            at = self.document.end(at);
        }
        (last.child, last.number) = (child, number);
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
