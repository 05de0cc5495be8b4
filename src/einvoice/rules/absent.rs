//! Paths on which nothing may stand. There are hundreds, and they are one idea: a tree of names is walked beside the document, once.

use crate::einvoice::xml::{Document, Name, NodeId};

/// A path of elements below the document element, perhaps with an attribute at its end.
#[derive(Debug, Default)]
pub struct Absent {
    branches: Vec<Branch>,
}

#[derive(Debug, Default)]
struct Branch {
    /// In the order of their names, once all are there.
    children: Vec<(Name, u32)>,
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
    pub fn sort(&mut self) {
        self.branches.iter_mut().for_each(|branch| branch.children.sort_unstable());
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
    fn below(&self, document: &Document<'_>, node: NodeId, branch: u32, found: &mut Vec<u32>) {
        let branch = &self.branches[branch as usize];
        for (name, assertion) in &branch.attributes {
            if document.attribute_of(node, *name).is_some() {
                found.push(*assertion);
            }
        }
        for child in document.elements(node) {
            if let Ok(at) = branch.children.binary_search_by_key(&document.name(child), |(known, _)| *known) {
                let next = branch.children[at].1;
                found.extend(&self.branches[next as usize].element);
                self.below(document, child, next, found);
            }
        }
    }
}
