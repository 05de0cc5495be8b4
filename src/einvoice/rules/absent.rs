//! Paths on which nothing may stand. There are hundreds, and they are one idea: a tree of names is walked beside the document, once.

use crate::einvoice::xml::{Document, Name, NodeId, bit};

/// A path of elements below the document element, perhaps with an attribute at its end.
#[derive(Debug, Default)]
pub struct Absent {
    branches: Vec<Branch>,
    /// By branch and name the branch below: open addressing, at most half full.
    below: Vec<Option<(u32, u32)>>,
}

fn key(branch: u32, name: Name) -> u32 {
    branch << 16 | u32::from(name)
}

fn slot(key: u32, count: usize) -> usize {
    (key.wrapping_mul(0x9e37_79b1) >> 12) as usize & (count - 1)
}

#[derive(Debug, Default)]
struct Branch {
    children: Vec<(Name, u32)>,
    /// A bit for each of their names.
    names: u32,
    /// Assertions that are violated when an element is here.
    element: Vec<u32>,
    /// The same for attributes of an element here.
    attributes: Vec<(Name, u32)>,
}

impl Absent {
    pub fn is_empty(&self) -> bool {
        self.branches.is_empty()
    }

    pub fn add(&mut self, path: &[Name], attribute: Option<Name>, assertion: u32) {
        if self.branches.is_empty() {
            self.branches.push(Branch::default());
        }
        let mut at = 0;
        for name in path {
            let known = self.branches[at].children.iter().find(|(child, _)| child == name).map(|(_, branch)| *branch);
            at = match known {
                Some(branch) => branch as usize,
                None => {
                    let branch = self.branches.len();
                    self.branches.push(Branch::default());
                    self.branches[at].children.push((*name, branch as u32));
                    branch
                }
            };
        }
        match attribute {
            Some(attribute) => self.branches[at].attributes.push((attribute, assertion)),
            None => self.branches[at].element.push(assertion),
        }
    }

    /// To be called when all paths are added.
    pub fn index(&mut self) {
        self.below = vec![None; (self.branches.len() * 2).next_power_of_two().max(2)];
        for (number, branch) in self.branches.iter_mut().enumerate() {
            for (name, child) in &branch.children {
                let key = key(number as u32, *name);
                let mut slot = slot(key, self.below.len());
                while self.below[slot].is_some() {
                    slot = (slot + 1) & (self.below.len() - 1);
                }
                self.below[slot] = Some((key, *child));
                branch.names |= bit(*name);
            }
        }
    }

    fn branch(&self, branch: u32, name: Name) -> Option<u32> {
        let wanted = key(branch, name);
        let mut slot = slot(wanted, self.below.len());
        while let Some((key, child)) = self.below[slot] {
            if key == wanted {
                return Some(child);
            }
            slot = (slot + 1) & (self.below.len() - 1);
        }
        None
    }

    /// The assertions that a document violates, each once, in their order.
    pub fn violated(&self, document: &Document<'_>, root: NodeId) -> Vec<u32> {
        let mut found = Vec::new();
        if !self.is_empty() {
            self.below(document, root, 0, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// No deeper than the document, whose depth has a limit.
    fn below(&self, document: &Document<'_>, node: NodeId, number: u32, found: &mut Vec<u32>) {
        let branch = &self.branches[number as usize];
        for (name, assertion) in &branch.attributes {
            if document.attribute_of(node, *name).is_some() {
                found.push(*assertion);
            }
        }
        if !document.may_hold(node, branch.names) {
            return;
        }
        for child in document.elements(node) {
            if let Some(next) = self.branch(number, document.name(child)) {
                let branch = &self.branches[next as usize];
                found.extend(&branch.element);
                if !branch.attributes.is_empty() || document.may_hold(child, branch.names) {
                    self.below(document, child, next, found);
                }
            }
        }
    }
}
