//! Reads a foreign XML document into a tree, within the limits of section 2. Nothing is fetched, nothing is expanded but the five entities of
//! XML and character references, and a DOCTYPE may declare nothing.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::{Fault, encoding};

pub const DOCUMENT_MAX: usize = 4 * 1024 * 1024;
const DEPTH_MAX: usize = 64;
const ELEMENTS_MAX: usize = 200_000;
const ATTRIBUTES_MAX: usize = 64;
const NAME_MAX: usize = 256;
const ATTRIBUTE_MAX: usize = 64 * 1024;
const TEXT_MAX: usize = 1024 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Text(String),
    Element(Element),
}

/// An element by its local name: cXML knows no namespace, and toolkits add some.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub content: Vec<Node>,
}

impl Element {
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.content.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    pub fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.elements().filter(move |element| element.name == name)
    }

    pub fn child(&self, name: &str) -> Option<&Element> {
        self.elements().find(|element| element.name == name)
    }

    /// A descendant by the names on the way to it.
    pub fn at(&self, path: &[&str]) -> Option<&Element> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// An attribute; one that is empty or blank is absent.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// Its text without that of elements inside it, trimmed; nothing where there is none.
    pub fn own_text(&self) -> Option<String> {
        let text: String = self.content.iter().filter_map(|node| if let Node::Text(text) = node { Some(text.as_str()) } else { None }).collect();
        Some(text.trim().to_string()).filter(|text| !text.is_empty())
    }

    /// All text in it, flattened and trimmed; nothing where there is none.
    pub fn text(&self) -> Option<String> {
        let mut text = String::new();
        self.flatten(&mut text);
        Some(text.trim().to_string()).filter(|text| !text.is_empty())
    }

    fn flatten(&self, into: &mut String) {
        for node in &self.content {
            match node {
                Node::Text(text) => into.push_str(text),
                Node::Element(element) => element.flatten(into),
            }
        }
    }

    /// The text of a child; an element that is empty is absent.
    pub fn text_of(&self, name: &str) -> Option<String> {
        self.all(name).find_map(Element::text)
    }

    pub fn text_at(&self, path: &[&str]) -> Option<String> {
        self.at(path).and_then(Element::text)
    }
}

/// A document, read.
#[derive(Clone, Debug)]
pub struct Document {
    pub root: Element,
    /// What was odd and passed.
    pub warnings: Vec<String>,
    /// The text it was read from.
    pub text: String,
}

/// Reads a document of at most [`DOCUMENT_MAX`] bytes.
pub fn read(bytes: &[u8], charset: Option<&str>) -> Result<Document, Fault> {
    if bytes.len() > DOCUMENT_MAX {
        return Err(too_large());
    }
    let (text, mut warnings) = encoding::decode(bytes, charset)?;
    let body = text.trim_start_matches([' ', '\t', '\r', '\n']);
    if body.len() < text.len() && body.starts_with("<?xml") {
        warnings.push("blanks or line feeds stand before the XML declaration".to_string());
    }
    let body = body.to_string();
    let root = Parser::new(&body).run()?;
    Ok(Document { root, warnings, text: body })
}

pub fn too_large() -> Fault {
    Fault::new(super::Status::DocumentSize, format_args!("a document may have at most {DOCUMENT_MAX} bytes"))
}

/// Whether XML 1.0 knows it as a character.
fn is_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Whether it is a name, and still one without its prefix: what is kept is the local part.
fn is_name(name: &str) -> bool {
    let starts = |c: char| c.is_alphabetic() || matches!(c, '_' | ':');
    let goes_on = |c: char| starts(c) || c.is_alphanumeric() || matches!(c, '-' | '.' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}' | '\u{2040}');
    name.starts_with(starts) && name.chars().all(goes_on) && local(name).starts_with(starts)
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or_default()
}

struct Parser<'t> {
    text: &'t str,
    reader: Reader<&'t [u8]>,
    /// Elements that are open, from the root down.
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
    doctype_seen: bool,
    begun: bool,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Parser<'t> {
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_comments = true;
        Parser { text, reader, open: Vec::new(), root: None, elements: 0, doctype_seen: false, begun: false }
    }

    fn fault(&self, what: impl std::fmt::Display) -> Fault {
        let at = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).min(self.text.len());
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
        match self.open.last() {
            Some(element) => Fault::form(format_args!("line {line}, column {column}, in {}: {what}", element.name)),
            None => Fault::form(format_args!("line {line}, column {column}: {what}")),
        }
    }

    fn run(mut self) -> Result<Element, Fault> {
        if let Some(bad) = self.text.chars().find(|c| !is_character(*c)) {
            return Err(Fault::form(format_args!("the character U+{:04X} may not stand in XML", u32::from(bad))));
        }
        loop {
            match self.reader.read_event() {
                Err(_) => return Err(self.fault("it is not well-formed")),
                Ok(Event::Eof) => break,
                Ok(event) => self.take(event)?,
            }
            self.begun = true;
        }
        if !self.open.is_empty() {
            return Err(self.fault("the document ends before its elements do"));
        }
        self.root.take().ok_or_else(|| Fault::form("there is no XML document in it"))
    }

    fn take(&mut self, event: Event<'t>) -> Result<(), Fault> {
        match event {
            Event::Start(start) => {
                let element = self.element(&start)?;
                self.open.push(element);
                Ok(())
            }
            Event::Empty(start) => {
                let element = self.element(&start)?;
                self.close(element)
            }
            Event::End(_) => match self.open.pop() {
                Some(element) => self.close(element),
                None => Err(self.fault("an element ends that never began")),
            },
            Event::Text(text) => {
                if text.contains("]]>") {
                    return Err(self.fault("]]> stands in a text"));
                }
                self.text(&text.xml10_content())
            }
            Event::CData(text) => {
                if self.open.is_empty() {
                    return Err(self.fault("there is text outside the document"));
                }
                self.text(&text.xml10_content())
            }
            Event::GeneralRef(reference) => {
                let text = match &*reference {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "apos" => '\'',
                    _ => {
                        let character = reference.resolve_char_ref().ok().flatten();
                        character.filter(|c| is_character(*c)).ok_or_else(|| self.fault("an entity that XML itself does not know"))?
                    }
                };
                self.text(text.encode_utf8(&mut [0; 4]))
            }
            Event::DocType(declaration) => self.doctype(&declaration),
            Event::Decl(_) if self.begun => Err(self.fault("an XML declaration stands inside the document")),
            Event::PI(instruction) if instruction.target().eq_ignore_ascii_case("xml") => Err(self.fault("it is not well-formed")),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Eof => Ok(()),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Fault> {
        let Some(element) = self.open.last_mut() else {
            return if text.trim().is_empty() { Ok(()) } else { Err(self.fault("there is text outside the document")) };
        };
        let length = match element.content.last_mut() {
            Some(Node::Text(known)) => {
                known.push_str(text);
                known.len()
            }
            _ => {
                element.content.push(Node::Text(text.to_string()));
                text.len()
            }
        };
        if length > TEXT_MAX { Err(self.fault(format_args!("a text of more than {TEXT_MAX} bytes"))) } else { Ok(()) }
    }

    fn element(&mut self, start: &BytesStart<'_>) -> Result<Element, Fault> {
        let qualified = start.name();
        let name: &str = qualified.as_ref();
        if name.len() > NAME_MAX {
            return Err(self.fault(format_args!("a name of more than {NAME_MAX} bytes")));
        }
        if !is_name(name) {
            return Err(self.fault("an element has a name that is none"));
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(self.fault("there is more than one document in it"));
        }
        if self.open.len() >= DEPTH_MAX {
            return Err(self.fault(format_args!("elements are nested deeper than {DEPTH_MAX}")));
        }
        self.elements += 1;
        if self.elements > ELEMENTS_MAX {
            return Err(self.fault(format_args!("more than {ELEMENTS_MAX} elements")));
        }
        let attributes = self.attributes(start)?;
        Ok(Element { name: local(name).to_string(), attributes, content: Vec::new() })
    }

    fn attributes(&self, start: &BytesStart<'_>) -> Result<Vec<(String, String)>, Fault> {
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| self.fault("an attribute is not well-formed or stands twice"))?;
            let key: &str = attribute.key.as_ref();
            if key.len() > NAME_MAX || attribute.value.len() > ATTRIBUTE_MAX {
                return Err(self.fault(format_args!("an attribute is longer than {ATTRIBUTE_MAX} bytes")));
            }
            if !is_name(key) || attribute.value.contains('<') {
                return Err(self.fault("an attribute is not well-formed"));
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value.map_err(|_| self.fault("an attribute holds a & that begins nothing, or an unknown entity"))?;
            if !value.chars().all(is_character) {
                return Err(self.fault("an attribute holds a character that may not stand in XML"));
            }
            // Declarations of namespaces mean nothing here; `xml:lang` keeps its prefix.
            if key == "xmlns" || key.starts_with("xmlns:") {
                continue;
            }
            let key = if key.starts_with("xml:") { key } else { local(key) };
            if attributes.iter().any(|(known, _)| known == key) {
                return Err(self.fault("an attribute stands twice"));
            }
            attributes.push((key.to_string(), value.into_owned()));
            if attributes.len() > ATTRIBUTES_MAX {
                return Err(self.fault(format_args!("more than {ATTRIBUTES_MAX} attributes on an element")));
            }
        }
        Ok(attributes)
    }

    fn close(&mut self, element: Element) -> Result<(), Fault> {
        match self.open.last_mut() {
            Some(parent) => parent.content.push(Node::Element(element)),
            None => self.root = Some(element),
        }
        Ok(())
    }

    /// A name, an identifier that nobody opens, and an empty subset; no declaration.
    fn doctype(&mut self, declaration: &str) -> Result<(), Fault> {
        if self.doctype_seen || !self.open.is_empty() || self.root.is_some() {
            return Err(self.fault("a DOCTYPE stands where none may stand"));
        }
        self.doctype_seen = true;
        let mut quote = None;
        for (at, c) in declaration.char_indices() {
            match (quote, c) {
                (None, '"' | '\'') => quote = Some(c),
                (Some(open), c) if c == open => quote = None,
                (None, '[') => {
                    let subset = declaration[at + 1..].trim_end().strip_suffix(']').unwrap_or("?");
                    return if subset.trim().is_empty() { Ok(()) } else { Err(self.fault("a DOCTYPE that declares something")) };
                }
                (None | Some(_), _) => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(text: &str) -> Result<Element, String> {
        read(text.as_bytes(), None).map(|document| document.root).map_err(|fault| fault.text)
    }

    #[test]
    fn an_element_that_is_empty_is_absent() {
        let read = root("<a b='' c=' x '><d/><d> </d><e>1<f>2</f>&amp;&#x33;<![CDATA[<4>]]></e></a>").expect("a document");
        assert_eq!((read.attribute("b"), read.attribute("c")), (None, Some("x")));
        assert_eq!(read.text_of("d"), None);
        assert_eq!(read.text_of("e").as_deref(), Some("12&3<4>"));
        assert_eq!(read.child("e").and_then(Element::own_text).as_deref(), Some("1&3<4>"));
        assert_eq!(read.text_at(&["e", "f"]).as_deref(), Some("2"));
    }

    #[test]
    fn prefixes_mean_nothing_but_that_of_xml() {
        let read =
            root("<c:cXML xmlns='urn:y' xmlns:c='urn:x' xmlns:version='urn:z' xml:lang='de' c:version='1'><c:Header/></c:cXML>").expect("a document");
        assert_eq!((read.name.as_str(), read.attribute("xml:lang"), read.attribute("version")), ("cXML", Some("de"), Some("1")));
        assert_eq!(read.attributes.len(), 2);
        assert!(read.child("Header").is_some());
    }

    #[test]
    fn a_doctype_may_name_but_not_declare() {
        for good in ["cXML SYSTEM \"http://x/[a].dtd\"", "cXML SYSTEM 'cXML.dtd' []", "cXML PUBLIC \"a\" \"b\" [ \n ]", "cXML"] {
            assert!(root(&format!("<!DOCTYPE {good}><cXML/>")).is_ok(), "{good}");
        }
        for bad in [
            "cXML [<!ENTITY a 'b'>]",
            "cXML SYSTEM 'x' [<!ELEMENT cXML ANY>]",
            "cXML [%p;]",
            "cXML [<!-- -->]",
            "cXML [<!ENTITY % p SYSTEM 'http://127.0.0.1/'> %p;]",
        ] {
            assert!(root(&format!("<!DOCTYPE {bad}><cXML/>")).is_err(), "{bad}");
        }
        assert!(root("<cXML/><!DOCTYPE cXML>").is_err());
        assert!(root("<cXML><!DOCTYPE cXML></cXML>").is_err());
        assert!(root("<!DOCTYPE a><!DOCTYPE a><a/>").is_err());
    }

    #[test]
    fn what_is_no_xml_is_refused() {
        for bad in [
            "",
            " ",
            "text",
            "<a>",
            "<a></b>",
            "</a>",
            "<a/><b/>",
            "<a/>x",
            "x<a/>",
            "<a>&x;</a>",
            "<a>& b</a>",
            "<a b='&x;'/>",
            "<a b='x&y=1'/>",
            "<a b=c/>",
            "<a b='1' b='2'/>",
            "<a n:b='1' m:b='2'/>",
            "<a b='<'/>",
            "<a>&#0;</a>",
            "<a>&#xFFFF;</a>",
            "<a>\u{1}</a>",
            "<a>]]></a>",
            "<1a/>",
            "<a: b='1'/>",
            "<a:1 b='1'/>",
            "<a b:='1'/>",
            "<a b:-='1'/>",
            "<a/><?xml version='1.0'?>",
            "<a><!-- -- --></a>",
            "<![CDATA[x]]>",
            "<a/>&amp;",
        ] {
            assert!(root(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn limits_hold_exactly() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(root(&nested(DEPTH_MAX)).is_ok());
        assert!(root(&nested(DEPTH_MAX + 1)).is_err());
        let attributes = |count: usize| format!("<a{}/>", (0..count).map(|n| format!(" b{n}=''")).collect::<String>());
        assert!(root(&attributes(ATTRIBUTES_MAX)).is_ok());
        assert!(root(&attributes(ATTRIBUTES_MAX + 1)).is_err());
        assert!(root(&format!("<a b='{}'/>", "x".repeat(ATTRIBUTE_MAX))).is_ok());
        assert!(root(&format!("<a b='{}'/>", "x".repeat(ATTRIBUTE_MAX + 1))).is_err());
        assert!(root(&format!("<a>{}</a>", "x".repeat(TEXT_MAX + 1))).is_err());
        assert!(root(&format!("<{}/>", "a".repeat(NAME_MAX + 1))).is_err());
        assert!(root(&format!("<a>{}</a>", "<b/>".repeat(ELEMENTS_MAX))).is_err());
        let large = vec![b' '; DOCUMENT_MAX + 1];
        assert_eq!(read(&large, None).map(|_| ()).map_err(|fault| fault.status), Err(crate::wire::cxml::Status::DocumentSize));
    }

    #[test]
    fn a_fault_names_the_place_and_no_content() {
        let fault = root("<cXML>\n <Identity>secret & more</Identity></cXML>").expect_err("a bare ampersand");
        assert!(fault.contains("line 2") && fault.contains("Identity") && !fault.contains("secret"), "{fault}");
    }

    proptest::proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            let _ = read(&bytes, None);
        }

        #[test]
        fn mangled_documents_are_read_or_refused(at in 0usize..120, byte in proptest::num::u8::ANY) {
            let mut bytes = b"<?xml version='1.0'?><!DOCTYPE a SYSTEM 'x' []><a b='1'><c>&#65;&lt;</c><![CDATA[x]]><!-- y --><?p i?></a>".to_vec();
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            let _ = read(&bytes, None);
        }
    }
}
