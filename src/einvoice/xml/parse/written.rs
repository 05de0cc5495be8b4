//! Names as they are written, with their prefix, and what they mean under the prefixes that are bound. Never decides where a name may stand.

use super::*;

/// A name as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'x> {
    pub text: &'x str,
    /// The length of the prefix; 0 where there is none.
    prefix: u32,
    /// Whether a colon stands where none may.
    odd: bool,
}

impl Written<'_> {
    pub(super) const NOTHING: Written<'static> = Written { text: "", prefix: 0, odd: false };
}

/// A prefix and what it is bound to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Binding<'x> {
    prefix: &'x str,
    key: u32,
    namespace: Namespace,
}

impl<'x> Binding<'x> {
    pub(super) fn new(prefix: &'x str, namespace: Namespace) -> Binding<'x> {
        Binding { prefix, key: key(prefix), namespace }
    }
}

/// A number made of a prefix, which tells nearly all apart, and those of up to three bytes entirely.
fn key(prefix: &str) -> u32 {
    match *prefix.as_bytes() {
        [] => 0,
        [a] => u32::from_le_bytes([a, 0, 0, 1]),
        [a, b] => u32::from_le_bytes([a, b, 0, 2]),
        [a, b, c] => u32::from_le_bytes([a, b, c, 3]),
        [a, b, c, ..] => u32::from_le_bytes([a, b, c, 4]),
    }
}

impl<'x> Parser<'x, '_, '_> {
    /// A name, with its prefix.
    pub(super) fn name(&mut self) -> Read<Written<'x>> {
        let start = self.at;
        let rest = &self.bytes[start..];
        let mut len = letters(rest);
        let mut prefix = 0;
        if rest.get(len) == Some(&b':') {
            prefix = len as u32;
            len += 1 + letters(&rest[len + 1..]);
        }
        // Nearly all names are letters.
        if !rest.first().is_some_and(u8::is_ascii_alphabetic) || rest.get(len).is_some_and(|byte| NAME_BYTES[usize::from(*byte)]) {
            return self.odd_name();
        }
        self.at += len;
        Ok(Written { text: &self.text[start..self.at], prefix, odd: false })
    }

    /// The same of any name: with digits, letters beyond ASCII, or colons at odd places.
    fn odd_name(&mut self) -> Read<Written<'x>> {
        let start = self.at;
        self.at += self.count(|byte| NAME_BYTES[usize::from(byte)]);
        let text = &self.text[start..self.at];
        if !is_name(text) {
            return Err((Why::BadName, start));
        }
        let mut colons = text.bytes().enumerate().filter(|(_, byte)| *byte == b':').map(|(place, _)| place as u32);
        let (first, second) = (colons.next(), colons.next());
        Ok(Written { text, prefix: first.unwrap_or(0), odd: first == Some(0) || second.is_some() })
    }

    /// The number of a name as it is written.
    pub(super) fn resolve(&mut self, written: Written<'x>, element: bool, at: usize) -> Read<Name> {
        let (prefix, local) = match written.prefix as usize {
            0 => ("", written.text),
            colon => (&written.text[..colon], &written.text[colon + 1..]),
        };
        if written.odd || written.prefix > 0 && !local.starts_with(starts_name) {
            return Err((Why::BadName, at));
        }
        let namespace = if prefix.is_empty() && !element { Some(NO_NAMESPACE) } else { self.bound(prefix) };
        let namespace = match namespace {
            Some(namespace) => namespace,
            None if prefix.is_empty() => NO_NAMESPACE,
            None => return Err((Why::UndeclaredPrefix, at)),
        };
        match self.out.vocabulary.name(namespace, local) {
            Some(name) => Ok(name),
            None => {
                self.names.name(self.out.vocabulary, namespace, local).filter(|name| usize::from(*name) < NAMES_MAX).ok_or((Why::TooManyNames, at))
            }
        }
    }

    /// What a prefix is bound to here.
    fn bound(&self, prefix: &str) -> Option<Namespace> {
        let wanted = key(prefix);
        let is_bound = |binding: &&Binding<'_>| binding.key == wanted && (prefix.len() <= 3 || binding.prefix == prefix);
        self.bindings.iter().rev().find(is_bound).map(|binding| binding.namespace)
    }
}
