//! A small document as a tree: for documents whose form is known, where a path of names says what is meant. Never expands an entity but the five
//! of XML, and reads no document type.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use rust_decimal::Decimal;

/// Nothing deeper is a document of trade.
const DEPTH_MAX: usize = 64;

/// An element with what is in it. Prefixes are gone.
#[derive(Default)]
pub struct Element {
    pub name: String,
    attributes: Vec<(String, String)>,
    pub text: String,
    pub children: Vec<Element>,
}

impl Element {
    pub fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first at the end of a path of names.
    pub fn at(&self, path: &str) -> Option<&Element> {
        path.split('/').try_fold(self, |element, name| element.children.iter().find(|child| child.name == name))
    }

    pub fn text(&self, path: &str) -> String {
        self.at(path).map(|element| element.text.clone()).unwrap_or_default()
    }

    pub fn decimal(&self, path: &str) -> Option<Decimal> {
        self.at(path)?.text.parse().ok()
    }

    pub fn attribute(&self, path: &str, name: &str) -> String {
        let found = self.at(path).and_then(|element| element.attributes.iter().find(|(key, _)| key == name));
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

fn opened(start: &BytesStart<'_>) -> Element {
    let attribute = |attribute: quick_xml::events::attributes::Attribute<'_>| {
        let value = quick_xml::escape::unescape(&attribute.value).map(|value| value.into_owned()).unwrap_or_default();
        (attribute.key.as_ref().to_string(), value)
    };
    Element { name: start.local_name().as_ref().to_string(), attributes: start.attributes().flatten().map(attribute).collect(), ..Element::default() }
}

/// The document element; `None` for what is no document, or nested deeper than any is.
pub fn tree(document: &str) -> Option<Element> {
    let mut reader = Reader::from_str(document);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) if open.len() <= DEPTH_MAX => open.push(opened(&start)),
            Event::Start(_) => return None,
            Event::Empty(start) => open.last_mut()?.children.push(opened(&start)),
            Event::End(_) => {
                let mut done = open.pop()?;
                if done.children.is_empty() {
                    done.text = done.text.trim().to_string();
                }
                open.last_mut()?.children.push(done);
            }
            Event::Text(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let text = quick_xml::escape::unescape(&format!("&{};", &*reference)).ok()?.into_owned();
                open.last_mut()?.text.push_str(&text);
            }
            Event::Eof => break,
            Event::CData(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
            // No document that is read here has one, and what it could bring along is not wanted.
            Event::DocType(_) => return None,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    open.pop()?.children.pop()
}
