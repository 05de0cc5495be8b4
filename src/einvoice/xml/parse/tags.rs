//! Start tags and end tags. Names that everybody knows are found as they stand; the general way is beside it. Never looks at text.

use super::*;

impl<'x> Parser<'x, '_, '_> {
    pub(super) fn end_tag(&mut self) -> Read<()> {
        let start = self.at;
        self.at += 2;
        let Some(open) = self.open.pop() else { return Err((Why::WrongEnd, start)) };
        if !begins(&self.bytes[self.at..], open.tag) {
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
        let here = &mut self.out.nodes[open.node as usize];
        here.end = end;
        if here.elements == 0 {
            self.note_blank(open.node);
        }
        if end - open.node > LARGE {
            self.large.push(open.node);
        }
        if self.bindings.len() > open.bindings {
            self.bindings.truncate(open.bindings);
        }
    }

    /// Notes that an element without elements may be blank, if its text begins so.
    fn note_blank(&mut self, node: NodeId) {
        let first = self.out.nodes.get(node as usize + 1).and_then(|text| {
            let from = if text.len & OWN == 0 { self.bytes } else { self.out.own.as_bytes() };
            from.get(text.start as usize)
        });
        self.out.may_be_blank |= first.is_none_or(|byte| *byte <= b' ');
    }

    pub(super) fn start_tag(&mut self) -> Read<()> {
        let start = self.at;
        if self.open.len() >= DEPTH_MAX {
            return Err((Why::TooDeep, start));
        }
        self.at += 1;
        let bindings = self.bindings.len();
        let (known, written) = match self.known_name() {
            Some((name, len)) => {
                self.at += len;
                (Some(name), None)
            }
            None => (None, Some(self.name()?)),
        };
        let tag = &self.bytes[start + 1..self.at];
        let first = self.out.attributes.len();
        let node = self.out.nodes.len() as NodeId;
        self.waiting.clear();
        let empty = match self.bytes.get(self.at) {
            Some(b'>') => {
                self.at += 1;
                false
            }
            Some(b' ') if self.lone_attribute(node) => false,
            _ => self.attributes()?,
        };
        let name = match (known, written) {
            // What the tag itself binds may give it another name.
            (Some(name), _) if self.bindings.len() == bindings => name,
            (_, Some(written)) => self.resolve(written, true, start)?,
            (_, None) => self.resolve_again(start)?,
        };
        if !self.waiting.is_empty() {
            self.keep_attributes(node)?;
        }
        self.element(name, node, first, start);
        let holds_elements = self.out.vocabulary.holds_elements.get(usize::from(name)).copied().unwrap_or(false);
        let is_alone = !empty && self.bindings.len() == bindings;
        if is_alone && let Some(len) = self.leaf(tag).filter(|len| *len == 0 || !holds_elements) {
            self.end_leaf(node, len, tag.len());
            return Ok(());
        }
        let open = Open { node, tag, bindings, holds_elements };
        if empty {
            self.close(&open)
        } else {
            self.open.push(open)
        }
        Ok(())
    }

    /// The name that stands here, and its length with the prefix, if it is made of letters, known to everybody, and ends here.
    #[inline]
    fn known_name(&self) -> Option<(Name, usize)> {
        let rest = self.bytes.get(self.at..)?;
        let head = u64::from_le_bytes(*rest.first_chunk::<8>()?);
        let colon = first_of(head, b':');
        let (prefix, from) = if colon < 8 { (head & ((1 << (8 * colon)) - 1), colon + 1) } else { (0, 0) };
        let namespace = self.bindings.iter().rev().find(|binding| binding.is(prefix)).map(|binding| binding.namespace)?;
        let (name, len) = self.out.vocabulary.name_at(namespace, &rest[from..])?;
        let ends = matches!(rest.get(from + len), Some(b'>' | b' ' | b'/' | b'\n' | b'\t' | b'\r'));
        (ends && rest[0].is_ascii_alphabetic()).then_some((name, from + len))
    }

    /// The name of a tag that was known, under prefixes that the tag binds itself.
    #[cold]
    fn resolve_again(&mut self, start: usize) -> Read<Name> {
        let end = std::mem::replace(&mut self.at, start + 1);
        let written = self.name()?;
        self.at = end;
        self.resolve(written, true, start)
    }

    /// What most elements are: text that is as it is written, and the end. How long the text is.
    #[inline]
    fn leaf(&self, tag: &[u8]) -> Option<usize> {
        let rest = self.bytes.get(self.at..)?;
        let len = plain_text(rest);
        let end = rest[len..].strip_prefix(b"</")?;
        (begins(end, tag) && end.get(tag.len()) == Some(&b'>')).then_some(len)
    }

    #[inline(always)]
    fn end_leaf(&mut self, node: NodeId, len: usize, tag: usize) {
        self.out.may_be_blank |= self.bytes[self.at] <= b' ' || len == 0;
        if len > 0 {
            let (start, len) = (self.at as u32, len as u32);
            self.out.nodes[node as usize].end = node + 2;
            self.out.nodes.push(Node { parent: node, end: node + 2, start, len, ..Node::TEXT });
        }
        self.at += len + tag + 3;
    }

    /// Appends an element with the attributes from the first on.
    #[inline]
    fn element(&mut self, name: Name, node: NodeId, first: usize, start: usize) {
        let parent = self.open.last().map_or(0, |open| open.node);
        // No more than `ATTRIBUTES_MAX`.
        let attributes = (self.out.attributes.len() - first) as u8;
        let (start, len) = (first as u32, start as u32);
        self.out.nodes.push(Node { name, attributes, parent, end: node + 1, start, len, ..Node::TEXT });
        let above = &mut self.out.nodes[parent as usize];
        above.below |= bit(name);
        above.elements = (above.elements + 1).min(ELEMENTS_MAX);
        self.chain(name, node);
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
    fn a_tag_means_what_its_prefix_is_bound_to_here() {
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
