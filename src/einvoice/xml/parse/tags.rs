//! Start tags and end tags, and the names they mean. The tag that followed last time is tried first. Never looks at text.

use super::*;

/// Which tag followed an element of a name, and what it was read as. Documents repeat themselves, so it is likely to follow again.
#[derive(Clone, Copy)]
pub(super) struct Guess<'x> {
    written: Written<'x>,
    name: Name,
    /// Under which bindings of prefixes; those of no guess are none.
    scope: u32,
}

impl Guess<'_> {
    pub(super) const NONE: Guess<'static> = Guess { written: Written::NOTHING, name: TEXT, scope: u32::MAX };
}

/// How many guesses are kept, by the names of the element before and of the one around.
pub(super) const GUESSES: usize = 128;

impl<'x> Parser<'x, '_, '_> {
    pub(super) fn end_tag(&mut self) -> Read<()> {
        let start = self.at;
        self.at += 2;
        let Some(open) = self.open.pop() else { return Err((Why::WrongEnd, start)) };
        if !self.begins(open.tag.as_bytes()) {
            return Err((Why::WrongEnd, start));
        }
        self.at += open.tag.len();
        self.skip_space();
        if self.peek() != Some(b'>') {
            return Err((Why::WrongEnd, start));
        }
        self.at += 1;
        self.close(&open);
        Ok(())
    }

    fn close(&mut self, open: &Open<'x>) {
        let end = self.out.nodes.len() as NodeId;
        self.out.nodes[open.node as usize].end = end;
        if end - open.node > LARGE {
            self.large.push(open.node);
        }
        if self.bindings.len() > open.bindings {
            self.bindings.truncate(open.bindings);
            self.scope += 1;
        }
    }

    pub(super) fn start_tag(&mut self) -> Read<()> {
        let start = self.at;
        if self.open.len() >= DEPTH_MAX {
            return Err((Why::TooDeep, start));
        }
        self.at += 1;
        let around = self.open.last().map_or(TEXT, |open| open.name);
        let slot = (usize::from(self.before) + 31 * usize::from(around)) % GUESSES;
        let guess = &self.guesses[slot];
        let guess = self.follows(guess).then_some((guess.written, guess.name));
        let written = match guess {
            Some((written, _)) => self.skip(written),
            None => self.name()?,
        };
        let bindings = self.bindings.len();
        self.waiting.clear();
        let empty = if self.peek() == Some(b'>') { self.pass() } else { self.attributes()? };
        let name = match guess {
            // What the tag itself binds may give it another name.
            Some((_, name)) if self.bindings.len() == bindings => name,
            _ => {
                let name = self.resolve(written, true, start)?;
                self.guesses[slot] = Guess { written, name, scope: self.scope };
                name
            }
        };
        self.before = name;
        let node = self.element(name, start)?;
        let holds_elements = self.out.vocabulary.holds_elements.get(usize::from(name)).copied().unwrap_or(false);
        if !empty
            && self.bindings.len() == bindings
            && let Some(len) = self.leaf(written.text).filter(|len| *len == 0 || !holds_elements)
        {
            self.end_leaf(node, len, written.text.len());
            return Ok(());
        }
        let open = Open { node, name, tag: written.text, bindings, holds_elements };
        if empty {
            self.close(&open)
        } else {
            self.open.push(open)
        }
        Ok(())
    }

    /// What most elements are: text that is as it is written, and the end. How long the text is.
    fn leaf(&self, tag: &str) -> Option<usize> {
        let rest = &self.bytes[self.at..];
        let len = plain_text(rest);
        let end = rest[len..].strip_prefix(b"</")?.strip_prefix(tag.as_bytes())?;
        (end.first() == Some(&b'>')).then_some(len)
    }

    fn end_leaf(&mut self, node: NodeId, len: usize, tag: usize) {
        if len > 0 {
            let (start, len) = (self.at as u32, len as u32);
            self.out.nodes[node as usize].end = node + 2;
            self.out.nodes.push(Node { parent: node, end: node + 2, start, len, ..Node::TEXT });
        }
        self.at += len + tag + 3;
    }

    /// Whether the tag that is guessed stands here, and means the same.
    fn follows(&self, guess: &Guess<'x>) -> bool {
        if guess.scope != self.scope || !self.begins(guess.written.text.as_bytes()) {
            return false;
        }
        let after = self.bytes.get(self.at + guess.written.text.len());
        after.is_some_and(|byte| !NAME_BYTES[usize::from(*byte)])
    }

    /// The end of a tag without attributes, whose element is not empty.
    fn pass(&mut self) -> bool {
        self.at += 1;
        false
    }

    fn skip(&mut self, written: Written<'x>) -> Written<'x> {
        self.at += written.text.len();
        written
    }

    /// Appends an element with the attributes that were read.
    fn element(&mut self, name: Name, start: usize) -> Read<NodeId> {
        let node = self.out.nodes.len() as NodeId;
        let parent = self.open.last().map_or(0, |open| open.node);
        let first = self.out.attributes.len();
        self.keep_attributes(node)?;
        // No more than `ATTRIBUTES_MAX`.
        let attributes = (self.out.attributes.len() - first) as u8;
        let (start, len) = (first as u32, start as u32);
        self.out.nodes.push(Node { name, attributes, parent, end: node + 1, start, len, ..Node::TEXT });
        let above = &mut self.out.nodes[parent as usize];
        above.below |= bit(name);
        above.elements = above.elements.saturating_add(1);
        self.chain(name, node);
        Ok(node)
    }

    /// Appends an element to those of its name.
    fn chain(&mut self, name: u16, node: NodeId) {
        let at = usize::from(name);
        if at >= self.out.chain_places.len() {
            self.out.chain_places.resize(at + 1, 0);
        }
        match self.out.chain_places[at] {
            0 => {
                // No more names than `NAMES_MAX`.
                self.out.chain_places[at] = self.out.chains.len() as u16;
                self.out.chains.push(Chain { first: node, last: node, count: 1 });
            }
            place => {
                let chain = &mut self.out.chains[usize::from(place)];
                self.out.nodes[chain.last as usize].again = node;
                chain.last = node;
                chain.count += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::einvoice::structure::UBL;
    use crate::einvoice::xml::{Document, Name};

    /// The names of all elements but the first.
    fn names(text: &str) -> Vec<Name> {
        let document = Document::parse(text.as_bytes(), &UBL.vocabulary).expect("well-formed");
        (2..document.count()).filter(|node| document.is_element(*node)).map(|node| document.name(node)).collect()
    }

    #[test]
    fn a_tag_that_was_guessed_means_what_its_prefix_is_bound_to_here() {
        let text = r#"<a xmlns:p="u1"><p:x/><p:x/><p:x/><b xmlns:p="u2"><p:x/><p:x/></b><p:x/><p:x xmlns:p="u2"/><p:x/><p:xy/></a>"#;
        let [first, second, third, b, inner, again, after, own, last, longer] = names(text)[..] else { panic!("ten elements") };
        assert!([second, third, after, last].iter().all(|name| *name == first));
        assert!([again, own].iter().all(|name| *name == inner));
        assert!(inner != first && b != first && longer != first);
    }

    #[test]
    fn white_space_is_no_node_where_only_elements_are() {
        let open = r#"<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
            xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">"#;
        for (content, texts) in [
            ("\n  <cbc:ID>1</cbc:ID>\n", vec!["1"]),
            (" <cbc:ID> </cbc:ID> ", vec![" "]),
            (" one <cbc:ID>1</cbc:ID> <!-- two --> ", vec![" one ", "1"]),
            ("<![CDATA[ ]]><cbc:ID>1 <cbc:ID/> </cbc:ID>", vec![" ", "1 ", " "]),
        ] {
            let text = format!("{open}{content}</Invoice>");
            let document = Document::parse(text.as_bytes(), &UBL.vocabulary).expect("well-formed");
            let found: Vec<_> = (1..document.count()).filter(|node| document.is_text(*node)).map(|node| document.text(node)).collect();
            assert_eq!(found, texts, "{content}");
        }
    }
}
