//! Writes the elements of a UBL document, no empty one among them (R008). Cannot fail, for it writes to memory; knows no document.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::domain::money::Money;

pub struct Xml(Writer<Vec<u8>>);

impl Xml {
    /// A document of this element.
    pub fn open(root: &str, namespaces: &[(&str, &str)]) -> Xml {
        let mut xml = Xml(Writer::new_with_indent(Vec::new(), b' ', 2));
        xml.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        xml.event(Event::Start(BytesStart::new(root).with_attributes(namespaces.iter().copied())));
        xml
    }

    /// The text of the document.
    pub fn close(mut self, root: &str) -> String {
        self.event(Event::End(BytesEnd::new(root)));
        String::from_utf8(self.0.into_inner()).unwrap_or_default()
    }

    fn event(&mut self, event: Event<'_>) {
        self.0.write_event(event).expect("writing to memory does not fail");
    }

    pub fn within(&mut self, name: &str, inside: impl FnOnce(&mut Xml)) {
        self.event(Event::Start(BytesStart::new(name)));
        inside(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    pub fn text(&mut self, name: &str, text: &str) {
        self.text_with(name, &[], text);
    }

    /// An element with text and attributes; an empty text or an empty attribute is left out.
    pub fn text_with(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        let text = printable(text);
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let filled = attributes.iter().copied().filter(|(_, value)| !value.is_empty());
        self.event(Event::Start(BytesStart::new(name).with_attributes(filled)));
        self.event(Event::Text(BytesText::new(text)));
        self.event(Event::End(BytesEnd::new(name)));
    }

    pub fn money(&mut self, name: &str, money: Money) {
        self.text_with(name, &[("currencyID", money.currency.as_str())], &money.decimal().to_string());
    }
}

/// Only characters that XML 1.0 can carry.
fn printable(text: &str) -> String {
    text.chars().filter(|c| matches!(c, '\t' | '\n' | '\r') || *c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_no_document_can_carry_are_left_out() {
        assert_eq!(printable("a\u{0}b\u{1f}\tc\nd\u{fffe}é"), "ab\tc\ndé");
    }
}
