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

/// A prefix and what it is bound to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Binding<'x> {
    prefix: &'x str,
    key: u64,
    pub namespace: Namespace,
}

impl<'x> Binding<'x> {
    pub(super) fn new(prefix: &'x str, namespace: Namespace) -> Binding<'x> {
        Binding { prefix, key: key(prefix), namespace }
    }

    /// Whether it is that of a prefix of up to seven bytes, which are those of a number.
    #[inline]
    pub(super) fn is(&self, short: u64) -> bool {
        self.key == short
    }
}

/// A number made of a prefix: its bytes where it has up to seven, else one that no such prefix has.
fn key(prefix: &str) -> u64 {
    let bytes = prefix.as_bytes();
    if bytes.len() > 7 { u64::MAX } else { bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)) }
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
        let is_bound = |binding: &&Binding<'_>| binding.key == wanted && binding.prefix == prefix;
        self.bindings.iter().rev().find(is_bound).map(|binding| binding.namespace)
    }
}
