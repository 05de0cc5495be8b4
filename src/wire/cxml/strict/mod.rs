//! The strict reading of section 7: whether a document of cXML is valid by its document type, with the line of everything that is not. A second
//! look at a document that was read (`tree`) and is within its limits; it decides nothing but that, and never looks at what values mean.

mod table;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::OnceLock;

use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::tree::Document;
use super::write::Dtd;
use table::{Content, Kind, Value};

/// The most that is told of one document.
pub const VIOLATIONS_MAX: usize = 20;
/// How many of them are told in a sentence.
const SAID_MAX: usize = 5;
/// The longest name or value of a document that is repeated.
const SHOWN_MAX: usize = 60;
/// How many elements are named that could stand in the place of another.
const NAMED_MAX: usize = 6;

/// What is not as the document type has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// From 1.
    pub line: usize,
    pub text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.text)
    }
}

fn kinds() -> &'static HashMap<&'static str, Kind> {
    static KINDS: OnceLock<HashMap<&'static str, Kind>> = OnceLock::new();
    KINDS.get_or_init(|| table::kinds(include_str!("cxml-1.2.071.txt")))
}

/// An element that is open.
struct Open {
    name: String,
    kind: Option<&'static Kind>,
    /// Where its children have led to; nothing after one that may not stand there, so that a fault is told once.
    state: Option<usize>,
}

struct Walk<'t> {
    text: &'t str,
    /// The file of the document type.
    file: &'static str,
    /// Up to where lines are counted, and the line there.
    counted: usize,
    line: usize,
    open: Vec<Open>,
    found: Vec<Violation>,
    ids: BTreeSet<String>,
    references: BTreeMap<String, usize>,
}

/// The same of a document, with what was odd already when it was read: none of that is a document of XML.
pub fn of_document(document: &Document, by: Dtd) -> Vec<Violation> {
    let odd = document.warnings.iter().map(|warning| Violation { line: 1, text: warning.clone() });
    odd.chain(violations(&document.text, by)).take(VIOLATIONS_MAX).collect()
}

/// Everything that is not valid by a document type in a well-formed document, the first [`VIOLATIONS_MAX`] at most.
pub fn violations(text: &str, by: Dtd) -> Vec<Violation> {
    let mut walk =
        Walk { text, file: by.file(), counted: 0, line: 1, open: Vec::new(), found: Vec::new(), ids: BTreeSet::new(), references: BTreeMap::new() };
    walk.run();
    walk.found.sort_by_key(|violation| violation.line);
    walk.found.truncate(VIOLATIONS_MAX);
    walk.found
}

/// The first few in a sentence.
pub fn sentence(violations: &[Violation]) -> String {
    let said: Vec<String> = violations.iter().take(SAID_MAX).map(Violation::to_string).collect();
    let more = if violations.len() > SAID_MAX { format!("; and {} more", violations.len() - SAID_MAX) } else { String::new() };
    format!("not valid by the document type: {}{more}", said.join("; "))
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(SHOWN_MAX).collect()
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

impl Walk<'_> {
    fn run(&mut self) {
        let mut reader = Reader::from_str(self.text);
        reader.config_mut().check_end_names = false;
        // A fault of form was told when the document was read; what was found until then stands.
        while self.found.len() < VIOLATIONS_MAX {
            let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            let Ok(event) = reader.read_event() else { return };
            match event {
                Event::Start(start) => self.start(&start, at),
                Event::Empty(start) => {
                    self.start(&start, at);
                    self.end(at);
                }
                Event::End(_) => self.end(at),
                Event::Text(text) if is_blank(&text) => self.content(at, |content| matches!(content, Content::Empty), "is empty and holds blanks"),
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                    self.content(at, |content| matches!(content, Content::Empty | Content::Children(_)), "holds text");
                }
                Event::Comment(_) | Event::PI(_) => {
                    self.content(at, |content| matches!(content, Content::Empty), "is empty and holds something");
                }
                Event::DocType(name) => self.document_type(&name, at),
                Event::Decl(_) => {}
                Event::Eof => break,
            }
        }
        let unknown: Vec<(usize, String)> =
            self.references.iter().filter(|(id, _)| !self.ids.contains(*id)).map(|(id, line)| (*line, id.clone())).collect();
        for (line, id) in unknown {
            self.found.push(Violation { line, text: format!("nothing has the Id {}", shown(&id)) });
        }
    }

    fn tell(&mut self, at: usize, text: String) {
        let line = self.line_at(at);
        self.found.push(Violation { line, text });
    }

    fn document_type(&mut self, said: &str, at: usize) {
        let name = said.split([' ', '\t', '\r', '\n', '[']).find(|word| !word.is_empty()).unwrap_or_default();
        if name != "cXML" {
            self.tell(at, format!("the document type is {}, not cXML", shown(name)));
        }
    }

    /// Text, or what is like it, in the element that is open.
    fn content(&mut self, at: usize, is_wrong: impl Fn(&Content) -> bool, what: &str) {
        let Some(open) = self.open.last() else { return };
        if open.kind.is_some_and(|kind| is_wrong(&kind.content)) && open.state.is_some() {
            let text = format!("{} {what}", open.name);
            if let Some(open) = self.open.last_mut() {
                open.state = None;
            }
            self.tell(at, text);
        }
    }

    fn is_opaque(&self) -> bool {
        self.open.iter().any(|open| open.kind.is_some_and(|kind| matches!(kind.content, Content::Opaque)))
    }

    fn start(&mut self, start: &BytesStart<'_>, at: usize) {
        let name = start.name().as_ref().to_string();
        if self.is_opaque() {
            self.open.push(Open { name, kind: None, state: None });
            return;
        }
        self.placed(&name, at);
        let kind = kinds().get(name.as_str()).filter(|kind| kind.is_in(self.file));
        match kind {
            Some(kind) => self.attributes(&name, kind, start, at),
            // In an element that may hold anything no place told of it.
            None if self.open.last().is_some_and(|open| open.kind.is_some_and(|kind| matches!(kind.content, Content::Any))) => {
                self.tell(at, format!("{} is not known", shown(&name)));
            }
            None => {}
        }
        self.open.push(Open { name, kind, state: Some(0) });
    }

    /// Whether it may stand where it does.
    fn placed(&mut self, name: &str, at: usize) {
        let Some(open) = self.open.last_mut() else {
            if name != "cXML" {
                self.tell(at, format!("the document is {}, not cXML", shown(name)));
            }
            return;
        };
        let Some((kind, state)) = open.kind.zip(open.state) else { return };
        let (parent, expected) = match &kind.content {
            Content::Children(order) => match order.next(state, name) {
                Some(next) => {
                    open.state = Some(next);
                    return;
                }
                None => (open.name.clone(), order.expected(state)),
            },
            Content::Mixed(names) if !names.contains(&name) => (open.name.clone(), names.clone()),
            Content::Empty => (open.name.clone(), Vec::new()),
            Content::Mixed(_) | Content::Any | Content::Opaque => return,
        };
        open.state = None;
        let instead = if expected.is_empty() { String::new() } else { format!(", but {}", named(&expected)) };
        self.tell(at, format!("{} may not stand here in {parent}{instead}", shown(name)));
    }

    fn end(&mut self, at: usize) {
        let Some(open) = self.open.pop() else { return };
        if let (Some(Kind { content: Content::Children(order), .. }), Some(state)) = (open.kind, open.state)
            && !order.may_end(state)
        {
            self.tell(at, format!("{} ends without {}", open.name, named(&order.expected(state))));
        }
    }

    fn attributes(&mut self, name: &str, kind: &Kind, start: &BytesStart<'_>, at: usize) {
        let mut there = BTreeSet::new();
        for attribute in start.attributes().with_checks(false).flatten() {
            let key = attribute.key.as_ref().to_string();
            let value = unescape(&attribute.value).map_or_else(|_| attribute.value.to_string(), |value| value.into_owned());
            match kind.attributes.iter().find(|known| known.name == key) {
                Some(known) => {
                    if let Some(fault) = self.value(&known.value, &value, at) {
                        self.tell(at, format!("{name}/@{key} {fault}"));
                    }
                }
                None => self.tell(at, format!("{name}/@{} is not known", shown(&key))),
            }
            there.insert(key);
        }
        for missing in kind.attributes.iter().filter(|known| known.required && !there.contains(known.name)) {
            self.tell(at, format!("{name}/@{} is missing", missing.name));
        }
    }

    /// What is wrong with a value.
    fn value(&mut self, known: &Value, value: &str, at: usize) -> Option<String> {
        // All but plain text is read word by word.
        let words: Vec<&str> = value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect();
        let one = match words.as_slice() {
            [word] => Some(*word),
            _ => None,
        };
        match known {
            Value::Text => None,
            Value::One(values) if one.is_some_and(|word| values.contains(&word)) => None,
            Value::One(values) => Some(format!("is {}, not {}", shown(value), values.join(" or "))),
            Value::Token if one.is_some_and(is_token) => None,
            Value::Tokens if !words.is_empty() && words.iter().all(|word| is_token(word)) => None,
            Value::Token | Value::Tokens => Some(format!("is {}, which is no name", shown(value))),
            Value::Id | Value::IdReference => {
                let Some(id) = one.filter(|word| is_name(word)) else { return Some(format!("is {}, which is no name", shown(value))) };
                if matches!(known, Value::Id) {
                    return (!self.ids.insert(id.to_string())).then(|| format!("is {}, as another", shown(id)));
                }
                let line = self.line_at(at);
                self.references.entry(id.to_string()).or_insert(line);
                None
            }
        }
    }

    /// The line of a place that is not before the last one asked for: each byte is counted once.
    fn line_at(&mut self, at: usize) -> usize {
        let at = at.min(self.text.len());
        let since = self.text.as_bytes().get(self.counted..at).unwrap_or_default();
        self.line += since.iter().filter(|byte| **byte == b'\n').count();
        self.counted = self.counted.max(at);
        self.line
    }
}

/// Some names of elements, of many the first.
fn named(names: &[&str]) -> String {
    let more = if names.len() > NAMED_MAX { " …" } else { "" };
    format!("{}{more}", names.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join(" or "))
}

fn is_token(word: &str) -> bool {
    word.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}' | '\u{2040}'))
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | ':')) && is_token(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(inner: &str) -> String {
        let party = |name: &str, more: &str| {
            format!(
                "<{name}><Credential domain='NetworkId'><Identity>x</Identity>{more}</Credential>{}</{name}>",
                if name == "Sender" { "<UserAgent/>" } else { "" }
            )
        };
        let header = ["From", "To"].map(|name| party(name, "")).concat() + &party("Sender", "<SharedSecret>s</SharedSecret>");
        format!("<cXML payloadID='p' timestamp='t'>\n<Header>{header}</Header>\n<Request>\n{inner}</Request></cXML>")
    }

    const STATUS: &str = "<StatusUpdateRequest><DocumentReference payloadID='p'/>\n<Status code='200' text='OK'/></StatusUpdateRequest>";

    /// Rule of section 7: valid by the document type, or line and reason.
    #[test]
    fn what_is_not_valid_is_told_with_its_line() {
        for (inner, expected) in [
            (STATUS.to_string(), vec![]),
            (STATUS.replace("<Status code='200' text='OK'/>", ""), vec!["line 5: StatusUpdateRequest ends without Status"]),
            (STATUS.replace("text='OK'", ""), vec!["line 5: Status/@text is missing"]),
            (STATUS.replace("text='OK'", "text='OK' tone='kind'"), vec!["line 5: Status/@tone is not known"]),
            (STATUS.replace("<Status ", "<Comments/><Status "), vec!["line 5: Comments may not stand here in StatusUpdateRequest, but Status"]),
            (STATUS.replace("\n<Status", "text<Status"), vec!["line 4: StatusUpdateRequest holds text"]),
            (
                STATUS.replace("</StatusUpdateRequest>", "<Extrinsic name='a'><Thing/></Extrinsic></StatusUpdateRequest>"),
                vec!["line 5: Thing is not known"],
            ),
            (
                STATUS.replace("<DocumentReference payloadID='p'/>", "<DocumentReference payloadID='p'> </DocumentReference>"),
                vec!["line 4: DocumentReference is empty and holds blanks"],
            ),
            (
                "<PunchOutSetupRequest operation='look'><BuyerCookie/></PunchOutSetupRequest>".to_string(),
                vec!["line 4: PunchOutSetupRequest/@operation is look, not create or inspect or edit or source"],
            ),
        ] {
            let found: Vec<String> = violations(&document(&inner), Dtd::Cxml).iter().map(Violation::to_string).collect();
            assert_eq!(found, expected, "{inner}");
        }
    }

    #[test]
    fn another_document_is_none_of_ours() {
        assert_eq!(violations("<cxml/>", Dtd::Cxml).len(), 1);
        assert_eq!(violations("<!DOCTYPE Order SYSTEM 'x'><Order/>", Dtd::Cxml).len(), 2);
    }

    #[test]
    fn no_more_is_told_than_anybody_reads() {
        let many = "<Wrong/>".repeat(500);
        assert_eq!(violations(&document(&format!("<Extrinsic name='x'>{many}</Extrinsic>")), Dtd::Cxml).len(), VIOLATIONS_MAX);
    }
}
