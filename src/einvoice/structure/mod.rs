//! Whether a document has the structure of UBL 2.1: the right elements in the right order, values that can be read, attributes that may be
//! there. The answer is that of the official XML Schema; the table is `ubl-2.1.txt`. Never looks at what a value means: that is for the rules.

mod table;
mod values;

use std::sync::LazyLock;

use super::xml::{Document, NodeId};
pub use table::lookup;
use table::{Content, Part, Schema};
use values::Reading;
pub use values::days_of;

/// The structure of all documents known here.
pub static UBL: LazyLock<Schema> = LazyLock::new(|| Schema::read(include_str!("ubl-2.1.txt")));

/// The most flaws that are told; a document that has more is no better for a longer list.
pub const FLAWS_MAX: usize = 50;

/// One departure from the structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    pub node: NodeId,
    pub what: What,
    /// The element or attribute that is missing, unexpected or cannot be read.
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    UnknownDocument,
    Unexpected,
    Missing,
    TextBetween,
    ElementInValue,
    BadValue,
    UnexpectedAttribute,
    MissingAttribute,
    BadAttribute,
}

impl What {
    /// A word for programs.
    pub fn code(self) -> &'static str {
        match self {
            What::UnknownDocument => "unknown-document",
            What::Unexpected => "unexpected-element",
            What::Missing => "missing-element",
            What::TextBetween => "text-between-elements",
            What::ElementInValue => "element-in-value",
            What::BadValue => "bad-value",
            What::UnexpectedAttribute => "unexpected-attribute",
            What::MissingAttribute => "missing-attribute",
            What::BadAttribute => "bad-attribute",
        }
    }
}

/// Whether there is a structure for this document element.
pub fn known(document: &Document<'_>) -> bool {
    UBL.document(document.name(document.root())).is_some()
}

/// All departures from the structure, the first `FLAWS_MAX` of them.
pub fn check(document: &Document<'_>) -> Vec<Flaw> {
    let mut check = Check { document, schema: &UBL, flaws: Vec::new() };
    let root = document.root();
    match UBL.document(document.name(root)) {
        Some(group) => check.content(root, Content::Group(group)),
        None => check.flaw(root, What::UnknownDocument, document.written(document.name(root))),
    }
    check.flaws
}

/// How many of the required parts are there, or not needed any more, when so many elements of one part were seen last.
fn settled(parts: &[Part], at: usize, count: u32) -> u32 {
    parts.get(at).map_or(0, |part| part.before + u32::from(part.required && count > 0))
}

struct Check<'d> {
    document: &'d Document<'d>,
    schema: &'static Schema,
    flaws: Vec<Flaw>,
}

impl Check<'_> {
    fn flaw(&mut self, node: NodeId, what: What, name: String) {
        if self.flaws.len() < FLAWS_MAX {
            self.flaws.push(Flaw { node, what, name });
        }
    }

    fn content(&mut self, node: NodeId, content: Content) {
        match content {
            Content::Value(kind) => self.value(node, kind),
            Content::Group(group) => self.group(node, group),
            Content::Any => self.any(node),
        }
    }

    fn group(&mut self, node: NodeId, group: usize) {
        let (document, schema) = (self.document, self.schema);
        if !document.attributes(node).is_empty() {
            self.no_attributes(node);
        }
        let parts = schema.parts(group);
        let (mut at, mut count) = (0, 0_u32);
        for child in document.children(node) {
            if document.is_text(child) {
                if !document.text(child).bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {
                    self.flaw(node, What::TextBetween, String::new());
                }
                continue;
            }
            let name = document.name(child);
            // It must not stand before the last one, nor again where it may stand once, and nothing that is required may be left out between.
            let place = schema.place(group, name).filter(|place| *place >= at);
            let fits = |place: &usize| if *place == at { count == 0 || parts[at].many } else { parts[*place].before == settled(parts, at, count) };
            let Some(next) = place.filter(fits) else {
                // As the official check does: what follows the first wrong element is not judged against the order any more.
                self.flaw(child, What::Unexpected, document.written(name));
                return self.declared_below(node, child);
            };
            (at, count) = if next == at { (at, count + 1) } else { (next, 1) };
            self.content(child, parts[next].content);
        }
        let seen = settled(parts, at, count);
        if let Some(missing) = parts.iter().skip(at).find(|part| part.required && part.before == seen) {
            self.flaw(node, What::Missing, document.written(missing.name));
        }
    }

    /// Judges the elements from a wrong one on by themselves.
    fn declared_below(&mut self, node: NodeId, from: NodeId) {
        for child in self.document.elements(node).filter(|child| *child > from) {
            if let Some(content) = self.schema.declared(self.document.name(child)) {
                self.content(child, content);
            }
        }
    }

    /// One element from elsewhere.
    fn any(&mut self, node: NodeId) {
        let document = self.document;
        self.no_attributes(node);
        let mut count = 0;
        for child in document.children(node) {
            if document.is_text(child) {
                if !document.text(child).trim_ascii().is_empty() {
                    self.flaw(node, What::TextBetween, String::new());
                }
                continue;
            }
            count += 1;
            let (namespace, _) = document.word(document.name(child));
            if count > 1 || namespace == table::EXTENSIONS || namespace == super::xml::names::NO_NAMESPACE {
                return self.flaw(child, What::Unexpected, document.written(document.name(child)));
            }
            self.lax(child);
        }
        if count == 0 {
            self.flaw(node, What::Missing, "*".to_owned());
        }
    }

    /// What is declared is checked, the rest is let through, and so are its children.
    fn lax(&mut self, node: NodeId) {
        if let Some(content) = self.schema.declared(self.document.name(node)) {
            return self.content(node, content);
        }
        for child in self.document.elements(node) {
            self.lax(child);
        }
    }

    fn no_attributes(&mut self, node: NodeId) {
        for at in self.document.attributes(node) {
            if !self.general_attribute(node, at) {
                self.flaw(node, What::UnexpectedAttribute, self.document.written(self.document.attribute(at).name));
            }
        }
    }

    /// Attributes of XML Schema itself may stand anywhere, but none may say that an element is nil, or of another type.
    fn general_attribute(&self, node: NodeId, at: u32) -> bool {
        let (namespace, local) = self.document.word(self.document.attribute(at).name);
        if namespace != table::INSTANCE {
            return false;
        }
        match local {
            "schemaLocation" | "noNamespaceSchemaLocation" => true,
            "type" => {
                let value = self.document.attribute_value(at).trim_ascii();
                let own = value.rsplit(':').next().and_then(|local| local.strip_suffix("Type"));
                own.is_some_and(|own| own == self.document.word(self.document.name(node)).1)
            }
            _ => false,
        }
    }

    fn value(&mut self, node: NodeId, kind: usize) {
        let document = self.document;
        let kind = &self.schema.kinds[kind];
        for at in document.attributes(node) {
            let attribute = document.attribute(at);
            match kind.attributes.iter().find(|known| known.name == attribute.name) {
                Some(known) if known.reading.accepts(document.attribute_value(at)) => {}
                Some(_) => self.flaw(node, What::BadAttribute, document.written(attribute.name)),
                None if self.general_attribute(node, at) => {}
                None => self.flaw(node, What::UnexpectedAttribute, document.written(attribute.name)),
            }
        }
        for required in &kind.required {
            if !document.attributes(node).any(|at| document.attribute(at).name == *required) {
                self.flaw(node, What::MissingAttribute, document.written(*required));
            }
        }
        if document.has_elements(node)
            && let Some(child) = document.elements(node).next()
        {
            self.flaw(child, What::ElementInValue, document.written(document.name(child)));
        } else if kind.reading != Reading::Text && !kind.reading.accepts(&document.text(node)) {
            self.flaw(node, What::BadValue, document.written(document.name(node)));
        }
    }
}
