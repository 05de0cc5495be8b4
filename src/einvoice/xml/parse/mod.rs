//! Bytes to a tree, in one pass. Written for this purpose, since a reader that gives events costs more than all rules together, and since the
//! verdict "not well-formed" must be as strict as XML is: names, characters, attributes that are there once, prefixes that are declared.
//! Never reads a document type, so there are no entities to expand.

mod attributes;
mod characters;
mod charset;
mod refusal;
mod tags;
mod written;

use std::borrow::Cow;

use characters::{NAME_BYTES, forbid, is_name, numbered, starts_name};
use charset::decode;
pub use refusal::{Refusal, Why};
use written::{Binding, Written};

use super::names::{NAMES_MAX, NO_NAMESPACE, Name, Namespace, OwnNames, TEXT, Vocabulary, known_namespace};
use super::space::{begins, count, first_of, is_space, letters, may_be_forbidden, place, plain_text, plain_value, spaces};
use super::tree::{Attribute, Chain, DOCUMENT, Document, ELEMENTS_MAX, LARGE, NOWHERE, Node, NodeId, OWN, Span, bit};

/// How deep elements may be nested.
pub const DEPTH_MAX: usize = 64;
/// How many attributes one element may have.
const ATTRIBUTES_MAX: usize = 64;
/// How many bytes are read. Invoices of tens of thousands of lines have half of it.
pub const BYTES_MAX: usize = 64 << 20;

/// A document of fewer bytes is small.
const SMALL: usize = 32 << 10;
/// Room for so many names of elements; most documents have fewer.
const CHAINS: usize = 128;

type Read<T> = Result<T, (Why, usize)>;

pub(super) fn parse<'x>(bytes: &'x [u8], vocabulary: &'static Vocabulary) -> Result<Document<'x>, Refusal> {
    let refusal = |text: &[u8], (why, at): (Why, usize)| {
        let before = &text[..at.min(text.len())];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Refusal { why, line, column: before.len() - line_start + 1 }
    };
    if bytes.len() > BYTES_MAX {
        return Err(refusal(&[], (Why::TooLarge, 0)));
    }
    let source = decode(bytes).map_err(|reason| refusal(bytes, reason))?;
    let mut names = OwnNames::default();
    // The tree keeps the text and so cannot be built while it is lent to the parser: a borrowed text is copied as a reference, an owned one moved.
    let mut document = Document {
        source: Cow::Borrowed(""),
        own: String::new(),
        nodes: Vec::with_capacity(nodes_of(source.as_bytes())),
        attributes: Vec::with_capacity(source.len() / 100 + 8),
        large: Vec::new(),
        in_large: Vec::new(),
        chain_places: vec![0; vocabulary.count()],
        chains: Vec::with_capacity(CHAINS),
        on_attributes: vec![false; vocabulary.count()],
        may_be_blank: false,
        vocabulary,
        own_namespaces: Vec::new(),
        own_words: Vec::new(),
    };
    document.chains.push(Chain::EMPTY);
    document.nodes.push(Node { parent: NOWHERE, ..Node::TEXT });
    let mut parser = Parser {
        text: &source,
        bytes: source.as_bytes(),
        at: 0,
        open: Vec::with_capacity(16),
        bindings: vec![Binding::new("xml", 4)],
        waiting: Vec::new(),
        large: Vec::new(),
        names: &mut names,
        out: &mut document,
    };
    parser.document().map_err(|reason| refusal(source.as_bytes(), reason))?;
    let large = std::mem::take(&mut parser.large);
    document.keep(names);
    document.index(large);
    document.source = source;
    Ok(document)
}

/// Room for so many nodes. As good as every element has two tags, and text before its end: so many nodes, and nothing moves while it grows. In a
/// small document they are not counted: an element and its text have some forty bytes at least.
fn nodes_of(bytes: &[u8]) -> usize {
    if bytes.len() < SMALL { bytes.len() / 20 + 8 } else { count(bytes, b'<') + 8 }
}

struct Open<'x> {
    node: NodeId,
    /// The name as it is written, which the end tag must repeat.
    tag: &'x [u8],
    /// How many prefixes were bound before.
    bindings: usize,
    /// Whether it holds elements alone.
    holds_elements: bool,
}

struct Parser<'x, 'd, 's> {
    text: &'x str,
    bytes: &'x [u8],
    at: usize,
    open: Vec<Open<'x>>,
    bindings: Vec<Binding<'x>>,
    /// Attributes of the tag being read, until its namespaces are known.
    waiting: Vec<(Written<'x>, Span, usize)>,
    /// Elements that are large, in the order of their ends.
    large: Vec<NodeId>,
    names: &'d mut OwnNames<'x>,
    out: &'d mut Document<'s>,
}

/// What a byte is inside text: 0 goes on, 1 needs a look.
const fn stops(extra: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = true;
        byte += 1;
    }
    table[b'\n' as usize] = false;
    table[b'\t' as usize] = false;
    // The two characters U+FFFE and U+FFFF begin with it.
    table[0xef] = true;
    let mut at = 0;
    while at < extra.len() {
        table[extra[at] as usize] = true;
        at += 1;
    }
    table
}

const TEXT_STOPS: [bool; 256] = stops(b"<&]");
const VALUE_STOPS: [bool; 256] = stops(b"<&\"'\n\t");

impl<'x> Parser<'x, '_, '_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// How many of the next bytes are so.
    fn count(&self, is_so: impl Fn(u8) -> bool) -> usize {
        let rest = &self.bytes[self.at..];
        rest.iter().position(|byte| !is_so(*byte)).unwrap_or(rest.len())
    }

    fn begins(&self, what: &[u8]) -> bool {
        self.bytes[self.at..].starts_with(what)
    }

    fn skip_space(&mut self) -> bool {
        let count = self.count(is_space);
        self.at += count;
        count > 0
    }

    fn document(&mut self) -> Read<()> {
        if self.begins(b"<?xml") && matches!(self.bytes.get(self.at + 5), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.declaration()?;
        }
        self.around()?;
        if self.peek() != Some(b'<') {
            return Err((if self.at >= self.bytes.len() { Why::NoElement } else { Why::BadMarkup }, self.at));
        }
        self.start_tag()?;
        while !self.open.is_empty() {
            self.content()?;
        }
        self.around()?;
        if self.at < self.bytes.len() {
            return Err((Why::AfterTheEnd, self.at));
        }
        let end = self.out.nodes.len() as NodeId;
        self.out.nodes[0].end = end;
        if end > LARGE {
            self.large.push(DOCUMENT);
        }
        Ok(())
    }

    /// `<?xml version="1.0" encoding="..." standalone="..."?>`
    fn declaration(&mut self) -> Read<()> {
        let start = self.at;
        self.at += 5;
        let mut seen = 0;
        loop {
            let spaced = self.skip_space();
            if self.begins(b"?>") {
                self.at += 2;
                return if seen >= 1 { Ok(()) } else { Err((Why::BadMarkup, start)) };
            }
            let name = self.name()?;
            self.equals()?;
            let (value, _) = self.quoted_raw()?;
            let (place, fits) = match name.text {
                "version" => (1, value.strip_prefix("1.").is_some_and(|minor| !minor.is_empty() && minor.bytes().all(|byte| byte.is_ascii_digit()))),
                "encoding" => (2, value.starts_with(|first: char| first.is_ascii_alphabetic())),
                "standalone" => (3, matches!(value, "yes" | "no")),
                _ => (0, false),
            };
            if !spaced || !fits || place <= seen || (seen == 0 && place != 1) {
                return Err((Why::BadMarkup, start));
            }
            seen = place;
        }
    }

    fn equals(&mut self) -> Read<()> {
        self.skip_space();
        if self.peek() != Some(b'=') {
            return Err((Why::BadAttribute, self.at));
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    fn quoted_raw(&mut self) -> Read<(&'x str, usize)> {
        let quote = self.peek().filter(|byte| matches!(byte, b'"' | b'\'')).ok_or((Why::BadAttribute, self.at))?;
        let start = self.at + 1;
        let len = self.bytes[start..].iter().position(|byte| *byte == quote).ok_or((Why::Unfinished, self.at))?;
        self.at = start + len + 1;
        Ok((&self.text[start..start + len], start))
    }

    /// Comments, instructions and space before and after the document element.
    fn around(&mut self) -> Read<()> {
        loop {
            self.skip_space();
            if self.begins(b"<!--") {
                self.comment()?;
            } else if self.begins(b"<?") {
                self.instruction()?;
            } else if self.begins(b"<!DOCTYPE") {
                return Err((Why::DocumentType, self.at));
            } else {
                return Ok(());
            }
        }
    }

    fn content(&mut self) -> Read<()> {
        self.characters()?;
        match self.bytes.get(self.at + 1) {
            Some(b'/') => self.end_tag(),
            Some(b'!') if self.begins(b"<!--") => self.comment(),
            Some(b'!') => Err((if self.begins(b"<!DOCTYPE") { Why::DocumentType } else { Why::BadMarkup }, self.at)),
            Some(b'?') => self.instruction(),
            Some(_) => self.start_tag(),
            None => Err((Why::Unfinished, self.at)),
        }
    }

    /// Text up to the next markup that ends it. A character section is text; a comment or an instruction is not, and ends it.
    fn characters(&mut self) -> Read<()> {
        if self.skip_between() {
            return Ok(());
        }
        let start = self.at;
        // As long as the text is read as it is written, it is borrowed; from the first difference on it is the document's own.
        let mut own: Option<usize> = None;
        let mut from = start;
        loop {
            self.at += self.count(|byte| !TEXT_STOPS[usize::from(byte)]);
            match self.peek() {
                None => return Err((Why::Unfinished, self.at)),
                Some(b'<') if self.begins(b"<![CDATA[") => {
                    let begin = self.begin_own(&mut own, from);
                    own = Some(begin);
                    self.section()?;
                    from = self.at;
                }
                Some(b'<') => break,
                Some(b'&') => {
                    let begin = self.begin_own(&mut own, from);
                    own = Some(begin);
                    self.reference()?;
                    from = self.at;
                }
                Some(b'\r') => {
                    let begin = self.begin_own(&mut own, from);
                    own = Some(begin);
                    self.out.own.push('\n');
                    self.at += if self.begins(b"\r\n") { 2 } else { 1 };
                    from = self.at;
                }
                Some(b']') if self.begins(b"]]>") => return Err((Why::BadMarkup, self.at)),
                Some(_) => self.look()?,
            }
        }
        let span = match own {
            None => Span { start: start as u32, len: (self.at - start) as u32 },
            Some(begin) => {
                self.out.own.push_str(&self.text[from..self.at]);
                Span { start: begin as u32, len: (self.out.own.len() - begin) as u32 | OWN }
            }
        };
        if span.len & !OWN > 0 {
            self.text_node(span);
        }
        Ok(())
    }

    /// White space between elements, where nothing else may be: whether the next markup follows.
    fn skip_between(&mut self) -> bool {
        if !self.open.last().is_some_and(|open| open.holds_elements) {
            return false;
        }
        // Mostly it is one long indentation.
        let mut count = usize::from(self.peek() == Some(b'\n'));
        count += spaces(&self.bytes[self.at + count..]);
        if self.bytes.get(self.at + count) != Some(&b'<') {
            count += self.bytes[self.at + count..].iter().take_while(|byte| is_space(**byte)).count();
        }
        let rest = &self.bytes[self.at + count..];
        let follows = rest.starts_with(b"<") && !rest.starts_with(b"<![");
        self.at += if follows { count } else { 0 };
        follows
    }

    /// Copies what was borrowed so far.
    fn begin_own(&mut self, own: &mut Option<usize>, from: usize) -> usize {
        let begin = *own.get_or_insert(self.out.own.len());
        self.out.own.push_str(&self.text[from..self.at]);
        begin
    }

    /// One byte that may be forbidden: controls, and the two last characters of the first plane.
    fn look(&mut self) -> Read<()> {
        let rest = &self.bytes[self.at..];
        if rest[0] < 0x20 || matches!(rest, [0xef, 0xbf, 0xbe | 0xbf, ..]) {
            return Err((Why::ForbiddenCharacter, self.at));
        }
        self.at += 1;
        Ok(())
    }

    fn section(&mut self) -> Read<()> {
        self.at += 9;
        let start = self.at;
        let len = find(&self.bytes[start..], b"]]>").ok_or((Why::Unfinished, start))?;
        let text = &self.text[start..start + len];
        forbid(text, start)?;
        let unified = if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::Borrowed(text) };
        self.out.own.push_str(&unified);
        self.at = start + len + 3;
        Ok(())
    }

    /// `&amp;`, `&#65;`, `&#x41;`: appended to the document's own text.
    fn reference(&mut self) -> Read<()> {
        let start = self.at;
        let len = self.bytes[start..].iter().take(12).position(|byte| *byte == b';').ok_or((Why::UnknownEntity, start))?;
        let name = &self.text[start + 1..start + len];
        let character = match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            _ => numbered(name).ok_or((Why::UnknownEntity, start))?,
        };
        self.out.own.push(character);
        self.at = start + len + 1;
        Ok(())
    }

    fn text_node(&mut self, span: Span) {
        let parent = self.open.last().map_or(0, |open| open.node);
        let node = self.out.nodes.len() as NodeId;
        self.out.nodes.push(Node {
            name: TEXT,
            attributes: 0,
            elements: 0,
            parent,
            end: node + 1,
            start: span.start,
            len: span.len,
            again: NOWHERE,
            below: 0,
        });
    }

    fn comment(&mut self) -> Read<()> {
        let start = self.at;
        self.at += 4;
        let len = find(&self.bytes[self.at..], b"--").ok_or((Why::Unfinished, start))?;
        forbid(&self.text[self.at..self.at + len], self.at)?;
        self.at += len + 2;
        if self.peek() != Some(b'>') {
            return Err((Why::BadMarkup, start));
        }
        self.at += 1;
        Ok(())
    }

    fn instruction(&mut self) -> Read<()> {
        let start = self.at;
        self.at += 2;
        let target = self.name()?.text;
        if target.eq_ignore_ascii_case("xml") || target.contains(':') {
            return Err((Why::BadMarkup, start));
        }
        let spaced = matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r'));
        if !spaced && !self.begins(b"?>") {
            return Err((Why::BadMarkup, start));
        }
        let len = find(&self.bytes[self.at..], b"?>").ok_or((Why::Unfinished, start))?;
        forbid(&self.text[self.at..self.at + len], self.at)?;
        self.at += len + 2;
        Ok(())
    }
}

/// Where something stands first.
fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + place(&bytes[from..], what[0])?;
        if bytes[at..].starts_with(what) {
            return Some(at);
        }
        from = at + 1;
    }
}
