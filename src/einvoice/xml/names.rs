//! Names of elements and attributes as small numbers: the words that structure tables and rules know are counted once, what else a document
//! brings gets numbers of its own, after them. Never decides anything about a document.

use std::collections::HashMap;

use super::space::letters_end;

/// A name: a number for a namespace and a local name together.
pub type Name = u16;

/// The name of a piece of text, which has none.
pub const TEXT: Name = u16::MAX;
/// The most names one document may use; more is nothing a person or program means seriously.
pub const NAMES_MAX: usize = 60_000;

/// The namespaces that the vocabulary knows, with the prefix under which places and rules write them.
pub const NAMESPACES: [(&str, &str); 8] = [
    ("", ""),
    ("cbc", "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"),
    ("cac", "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"),
    ("ext", "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2"),
    ("xml", "http://www.w3.org/XML/1998/namespace"),
    ("xsi", "http://www.w3.org/2001/XMLSchema-instance"),
    ("sig", "urn:oasis:names:specification:ubl:schema:xsd:CommonSignatureComponents-2"),
    ("xmlns", "http://www.w3.org/2000/xmlns/"),
];
/// The namespace of a document element: this, its local name, and "-2".
pub const UBL: &str = "urn:oasis:names:specification:ubl:schema:xsd:";
/// Documents have a namespace each; they are counted after the others.
pub const DOCUMENTS: [&str; 10] = [
    "Invoice",
    "CreditNote",
    "Order",
    "OrderResponse",
    "OrderChange",
    "OrderCancellation",
    "DespatchAdvice",
    "ReceiptAdvice",
    "ApplicationResponse",
    "Catalogue",
];

/// The number of a namespace, in this vocabulary or in a document that has more.
pub type Namespace = u16;
/// No namespace: attributes without a prefix, elements without a default namespace.
pub const NO_NAMESPACE: Namespace = 0;
/// The first number that a document may give to a namespace of its own.
pub const OWN_NAMESPACE: usize = NAMESPACES.len() + DOCUMENTS.len();

/// The number of a namespace that everybody knows.
pub fn known_namespace(address: &str) -> Option<Namespace> {
    if let Some(at) = NAMESPACES.iter().position(|(_, known)| *known == address) {
        return Some(at as Namespace);
    }
    let document = address.strip_prefix(UBL)?.strip_suffix("-2")?;
    let at = DOCUMENTS.iter().position(|name| *name == document)?;
    Some((NAMESPACES.len() + at) as Namespace)
}

/// The words known beforehand.
#[derive(Debug)]
pub struct Vocabulary {
    words: Vec<(Namespace, &'static str)>,
    /// Open addressing over `words`, at most half full.
    slots: Vec<Slot>,
    /// By name: whether such an element holds elements alone, so that white space between them says nothing.
    pub holds_elements: Vec<bool>,
}

/// A word as far as numbers can tell it, and its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slot {
    ends: Ends,
    namespace: Namespace,
    name: Name,
}

impl Slot {
    const EMPTY: Slot = Slot { ends: Ends { head: 0, middle: 0, tail: 0, len: 0 }, namespace: 0, name: Name::MAX };
}

/// The first, the second and the last eight bytes of a word, as far as it has so many, and its length. Of a word of up to 24 bytes they say
/// everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ends {
    head: u64,
    middle: u64,
    tail: u64,
    len: usize,
}

impl Ends {
    fn of(word: &[u8]) -> Ends {
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        match (word.first_chunk::<8>(), word.last_chunk::<8>()) {
            (Some(head), Some(tail)) => {
                let middle = word.get(8..16).map_or(0, number);
                Ends { head: number(head), middle, tail: number(tail), len: word.len() }
            }
            _ => Ends { head: number(word), middle: 0, tail: 0, len: word.len() },
        }
    }

    /// Of the word that a text begins with, as long as it is made of letters; nothing close to the end of the text. Other signs than letters may be
    /// taken for such, but no byte that can end a name.
    #[inline]
    fn at(text: &[u8]) -> Option<Ends> {
        let head = u64::from_le_bytes(*text.first_chunk::<8>()?);
        let first = letters_end(head);
        if first < 8 {
            return Some(Ends { head: head & ((1 << (8 * first)) - 1), middle: 0, tail: 0, len: first });
        }
        let (mut len, mut middle) = (8, 0);
        loop {
            let eight = u64::from_le_bytes(*text.get(len..)?.first_chunk::<8>()?);
            let more = letters_end(eight);
            len += more;
            if more < 8 {
                let tail = u64::from_le_bytes(*text.get(len - 8..)?.first_chunk::<8>()?);
                return Some(Ends { head, middle, tail, len });
            }
            middle = if len == 16 { eight } else { middle };
        }
    }

    /// Names of UBL differ in their length, their beginning or their end.
    #[inline]
    fn hash(&self, namespace: Namespace) -> usize {
        let mixed = self.head ^ self.tail.rotate_left(23) ^ ((self.len as u64) << 3) ^ u64::from(namespace);
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize
    }
}

impl Vocabulary {
    pub fn new(words: impl IntoIterator<Item = (Namespace, &'static str)>) -> Vocabulary {
        let words: Vec<_> = words.into_iter().collect();
        let slots = vec![Slot::EMPTY; (words.len() * 4).next_power_of_two().max(16)];
        let mut vocabulary = Vocabulary { slots, words: Vec::with_capacity(words.len()), holds_elements: Vec::new() };
        for (namespace, local) in words {
            vocabulary.learn(namespace, local);
        }
        vocabulary
    }

    fn learn(&mut self, namespace: Namespace, local: &'static str) {
        let ends = Ends::of(local.as_bytes());
        let Err(slot) = self.find(namespace, ends, local.as_bytes()) else { return };
        self.slots[slot] = Slot { ends, namespace, name: self.words.len() as Name };
        self.words.push((namespace, local));
    }

    /// The name of the word that a text begins with, or the slot where it would stand.
    #[inline]
    fn find(&self, namespace: Namespace, ends: Ends, text: &[u8]) -> Result<Name, usize> {
        let mask = self.slots.len() - 1;
        let mut at = ends.hash(namespace) & mask;
        loop {
            let slot = &self.slots[at];
            if slot.ends == ends && slot.namespace == namespace && self.is_word(slot.name, ends.len, text) {
                return Ok(slot.name);
            }
            if *slot == Slot::EMPTY {
                return Err(at);
            }
            at = (at + 1) & mask;
        }
    }

    /// Whether a word of which the ends are known is one of the vocabulary.
    #[inline]
    fn is_word(&self, name: Name, len: usize, text: &[u8]) -> bool {
        let is_same = |(_, local): &(Namespace, &str)| local.as_bytes()[16..len - 8] == text[16..len - 8];
        len > 0 && (len <= 24 || self.words.get(usize::from(name)).is_some_and(is_same))
    }

    #[inline]
    pub fn name(&self, namespace: Namespace, local: &str) -> Option<Name> {
        self.find(namespace, Ends::of(local.as_bytes()), local.as_bytes()).ok()
    }

    /// The name that stands at the beginning of a text, and its length. What stands behind it is no letter, but may be another part of a name.
    #[inline(always)]
    pub fn name_at(&self, namespace: Namespace, text: &[u8]) -> Option<(Name, usize)> {
        let ends = Ends::at(text)?;
        let mask = self.slots.len() - 1;
        let mut at = ends.hash(namespace) & mask;
        loop {
            let slot = &self.slots[at];
            if slot.namespace == namespace && slot.ends == ends && self.is_word(slot.name, ends.len, text) {
                return Some((slot.name, ends.len));
            }
            if slot.name == Slot::EMPTY.name {
                return None;
            }
            at = (at + 1) & mask;
        }
    }

    pub fn count(&self) -> usize {
        self.words.len()
    }

    pub fn word(&self, name: Name) -> Option<(Namespace, &'static str)> {
        self.words.get(usize::from(name)).copied()
    }

    pub fn words(&self) -> &[(Namespace, &'static str)] {
        &self.words
    }
}

/// Names and namespaces that one document adds to the vocabulary.
#[derive(Debug, Default)]
pub struct OwnNames<'x> {
    pub namespaces: Vec<String>,
    words: Vec<(Namespace, &'x str)>,
    numbers: HashMap<(Namespace, &'x str), Name>,
}

impl<'x> OwnNames<'x> {
    /// The number of a namespace, known or not; none when there are too many.
    pub fn namespace(&mut self, address: &str) -> Option<Namespace> {
        if let Some(known) = known_namespace(address) {
            return Some(known);
        }
        if let Some(at) = self.namespaces.iter().position(|own| own == address) {
            return Some((OWN_NAMESPACE + at) as Namespace);
        }
        if self.namespaces.len() >= 1_000 {
            return None;
        }
        self.namespaces.push(address.to_owned());
        Some((OWN_NAMESPACE + self.namespaces.len() - 1) as Namespace)
    }

    /// The number of a name that the vocabulary does not know; none when there are too many.
    pub fn name(&mut self, vocabulary: &Vocabulary, namespace: Namespace, local: &'x str) -> Option<Name> {
        if let Some(name) = self.numbers.get(&(namespace, local)) {
            return Some(*name);
        }
        let number = vocabulary.count() + self.words.len();
        if number >= NAMES_MAX {
            return None;
        }
        self.words.push((namespace, local));
        self.numbers.insert((namespace, local), number as Name);
        Some(number as Name)
    }

    pub fn count(&self) -> usize {
        self.words.len()
    }

    pub fn word(&self, at: usize) -> Option<(Namespace, &'x str)> {
        self.words.get(at).copied()
    }
}

#[cfg(test)]
mod tests {
    use crate::einvoice::structure::UBL;

    #[test]
    fn a_word_is_found_where_it_stands() {
        for (number, (namespace, local)) in UBL.vocabulary.words().iter().enumerate() {
            let letters = local.bytes().all(|byte| byte.is_ascii_alphabetic());
            for end in [">", " currencyID=", "/>        ", "=\"EUR\">   "] {
                let text = format!("{local}{end}             ");
                let expected = letters.then_some((number as u16, local.len()));
                assert_eq!(UBL.vocabulary.name_at(*namespace, text.as_bytes()), expected, "{local}");
            }
            assert_eq!(UBL.vocabulary.name(*namespace, local), Some(number as u16));
            assert_ne!(UBL.vocabulary.name(*namespace, &format!("{local}x")), Some(number as u16));
            // Longer words differ in the middle, too.
            let mut other = local.as_bytes().to_vec();
            for place in 0..other.len() {
                other[place] ^= 0x20;
                let text = [other.as_slice(), b">                "].concat();
                assert_ne!(UBL.vocabulary.name_at(*namespace, &text), Some((number as u16, local.len())), "{local} at {place}");
                other[place] ^= 0x20;
            }
        }
        assert_eq!(UBL.vocabulary.name_at(1, b""), None);
        assert_eq!(UBL.vocabulary.name_at(1, b">                "), None);
    }
}
