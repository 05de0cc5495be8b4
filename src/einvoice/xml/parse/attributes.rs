//! The attributes of a start tag: names, values with their references, and those that bind a prefix. Never lets one stand twice.

use super::*;

impl<'x> Parser<'x, '_, '_> {
    /// The rest of a start tag; whether it is an end as well.
    pub(super) fn attributes(&mut self) -> Read<bool> {
        loop {
            let spaced = self.skip_space();
            match self.peek() {
                Some(b'>') => {
                    self.at += 1;
                    return Ok(false);
                }
                Some(b'/') if self.begins(b"/>") => {
                    self.at += 2;
                    return Ok(true);
                }
                Some(_) if spaced => self.one_attribute()?,
                Some(_) => return Err((Why::BadMarkup, self.at)),
                None => return Err((Why::Unfinished, self.at)),
            }
        }
    }

    /// What most tags with attributes have: one of which everybody knows the name, with a value as it is written, and no space but that before it.
    /// Whether it was that; then it is kept for the element.
    pub(super) fn lone_attribute(&mut self, owner: NodeId) -> bool {
        let name_start = self.at + 1;
        let Some(rest) = self.bytes.get(name_start..) else { return false };
        let Some((name, len)) = self.out.vocabulary.name_at(NO_NAMESPACE, rest) else { return false };
        let Some(value) = rest[len..].strip_prefix(b"=\"") else { return false };
        let value_len = plain_value(value);
        if !value[value_len..].starts_with(b"\">") {
            return false;
        }
        let start = name_start + len + 2;
        let value = Span { start: start as u32, len: value_len as u32 };
        self.at = start + value_len + 2;
        self.keep(Attribute { name, owner, value });
        true
    }

    pub(super) fn one_attribute(&mut self) -> Read<()> {
        let start = self.at;
        let name = self.name()?;
        self.equals()?;
        let span = self.value()?;
        if self.waiting.len() >= ATTRIBUTES_MAX {
            return Err((Why::TooManyAttributes, start));
        }
        if self.waiting.iter().any(|(other, ..)| other.text == name.text) {
            return Err((Why::AttributeTwice, start));
        }
        self.waiting.push((name, span, start));
        let declared = name.text.strip_prefix("xmlns").filter(|rest| rest.is_empty() || rest.starts_with(':'));
        let Some(declared) = declared else { return Ok(()) };
        self.bind(declared.strip_prefix(':').unwrap_or(""), span, start)
    }

    pub(super) fn bind(&mut self, prefix: &'x str, span: Span, start: usize) -> Read<()> {
        let address = if span.len & OWN == 0 { &self.text[span.start as usize..][..span.len as usize] } else { &self.out.own[span.start as usize..] };
        let reserved = matches!(address, "http://www.w3.org/2000/xmlns/") || prefix == "xmlns";
        if reserved || (prefix == "xml") != (address == "http://www.w3.org/XML/1998/namespace") || (!prefix.is_empty() && address.is_empty()) {
            return Err((Why::BadAttribute, start));
        }
        let namespace = match known_namespace(address) {
            Some(known) => known,
            None => self.names.namespace(address).ok_or((Why::TooManyNames, start))?,
        };
        self.bindings.push(Binding::new(prefix, namespace));
        Ok(())
    }

    /// An attribute's value: white space becomes spaces, references are resolved.
    pub(super) fn value(&mut self) -> Read<Span> {
        let quote = self.peek().filter(|byte| matches!(byte, b'"' | b'\'')).ok_or((Why::BadAttribute, self.at))?;
        self.at += 1;
        let start = self.at;
        let mut own: Option<usize> = None;
        let mut from = start;
        loop {
            self.at += if quote == b'"' { plain_value(&self.bytes[self.at..]) } else { 0 };
            self.at += self.count(|byte| !VALUE_STOPS[usize::from(byte)]);
            match self.peek() {
                None => return Err((Why::Unfinished, start)),
                Some(byte) if byte == quote => break,
                Some(b'<') => return Err((Why::BadAttribute, self.at)),
                Some(b'"' | b'\'') => self.at += 1,
                Some(b'&') => {
                    own = Some(self.begin_own(&mut own, from));
                    self.reference()?;
                    from = self.at;
                }
                Some(b'\n' | b'\t' | b'\r') => {
                    own = Some(self.begin_own(&mut own, from));
                    self.out.own.push(' ');
                    self.at += if self.begins(b"\r\n") { 2 } else { 1 };
                    from = self.at;
                }
                Some(_) => self.look()?,
            }
        }
        let end = self.at;
        self.at += 1;
        let Some(begin) = own else { return Ok(Span { start: start as u32, len: (end - start) as u32 }) };
        self.out.own.push_str(&self.text[from..end]);
        Ok(Span { start: begin as u32, len: (self.out.own.len() - begin) as u32 | OWN })
    }

    pub(super) fn keep_attributes(&mut self, owner: NodeId) -> Read<()> {
        let first = self.out.attributes.len();
        for waiting in 0..self.waiting.len() {
            let (written, value, at) = self.waiting[waiting];
            if written.text == "xmlns" || written.text.starts_with("xmlns:") {
                continue;
            }
            let name = self.resolve(written, false, at)?;
            if self.out.attributes[first..].iter().any(|other| other.name == name) {
                return Err((Why::AttributeTwice, at));
            }
            self.keep(Attribute { name, owner, value });
        }
        Ok(())
    }

    fn keep(&mut self, attribute: Attribute) {
        let name = usize::from(attribute.name);
        if name >= self.out.on_attributes.len() {
            self.out.on_attributes.resize(name + 1, false);
        }
        self.out.on_attributes[name] = true;
        self.out.attributes.push(attribute);
    }
}
