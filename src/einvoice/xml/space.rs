//! Bytes and white space as XML understands it, which is less than that of Unicode: space, tab, and the two ends of a line. Never knows a document.

#[inline]
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Nothing but white space.
#[inline]
pub fn is_blank(text: &str) -> bool {
    text.bytes().all(is_space)
}

/// Without white space at the ends.
pub fn trim(text: &str) -> &str {
    let bytes = text.as_bytes();
    let start = bytes.iter().position(|byte| !is_space(*byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !is_space(*byte)).map_or(start, |last| last + 1);
    // White space is of one byte each, so both are borders of characters.
    &text[start..end]
}

/// A byte in each of eight places.
const EACH: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each of eight bytes.
const HIGH: u64 = 0x80 * EACH;

/// Whether a text begins with a word. Words of usual length are compared without a branch for each of their parts.
#[inline]
pub fn begins(text: &[u8], word: &[u8]) -> bool {
    let Some(text) = text.get(..word.len()) else { return false };
    match word.len() {
        8..=32 => {
            let last = word.len() - 8;
            let differ = |from: usize| eight(text, from.min(last)) ^ eight(word, from.min(last));
            differ(0) | differ(8) | differ(16) | differ(24) == 0
        }
        4..8 => four(text, 0) == four(word, 0) && four(text, word.len() - 4) == four(word, word.len() - 4),
        1..4 => [0, word.len() / 2, word.len() - 1].into_iter().all(|at| text[at] == word[at]),
        _ => text == word,
    }
}

/// Whether two texts are the same.
#[inline]
pub fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && begins(one.as_bytes(), other.as_bytes())
}

/// Whether there is neither white space nor a control in a text.
#[inline]
pub fn is_solid(bytes: &[u8]) -> bool {
    let low = |eight: u64| eight.wrapping_sub((u64::from(b' ') + 1) * EACH) & !eight & HIGH != 0;
    match bytes.len() {
        8.. => !bytes.chunks_exact(8).any(|chunk| low(eight(chunk, 0))) && !low(eight(bytes, bytes.len() - 8)),
        4..8 => !low(u64::from(four(bytes, 0)) | u64::from(four(bytes, bytes.len() - 4)) << 32),
        _ => bytes.iter().all(|byte| *byte > b' '),
    }
}

/// Eight bytes from a place on, which must be there.
#[inline]
fn eight(bytes: &[u8], from: usize) -> u64 {
    bytes.get(from..).and_then(|rest| rest.first_chunk::<8>()).map_or(0, |eight| u64::from_le_bytes(*eight))
}

#[inline]
fn four(bytes: &[u8], from: usize) -> u32 {
    bytes.get(from..).and_then(|rest| rest.first_chunk::<4>()).map_or(0, |four| u32::from_le_bytes(*four))
}

/// Which of eight bytes is the first that is a certain one; 8 where none is.
#[inline]
pub fn first_of(eight: u64, what: u8) -> usize {
    let zero = eight ^ (u64::from(what) * EACH);
    (zero.wrapping_sub(EACH) & !zero & HIGH).trailing_zeros() as usize / 8
}

/// Which of eight bytes is the first that is below the letters of ASCII: a digit, a space, most other signs. The signs between and after the
/// letters are taken for such.
#[inline]
pub fn letters_end(eight: u64) -> usize {
    (!eight & (0x40 * EACH)).trailing_zeros() as usize / 8
}

/// How many of the first bytes are letters of ASCII. Eight are looked at together: each takes part in sums of its own, which do not carry, since
/// the highest bit of each is taken away first and looked at by itself.
#[inline]
pub fn letters(bytes: &[u8]) -> usize {
    let mut len = 0;
    while let Some(eight) = bytes[len..].first_chunk::<8>() {
        let eight = u64::from_le_bytes(*eight);
        let small = (eight | (0x20 * EACH)) & !HIGH;
        let from_a = small + (0x80 - u64::from(b'a')) * EACH;
        let after_z = small + (0x80 - u64::from(b'z') - 1) * EACH;
        let others = !(from_a & !after_z & !eight) & HIGH;
        if others != 0 {
            return len + others.trailing_zeros() as usize / 8;
        }
        len += 8;
    }
    len + bytes[len..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count()
}

/// How many of the first bytes are spaces.
#[inline]
pub fn spaces(bytes: &[u8]) -> usize {
    let mut len = 0;
    while let Some(eight) = bytes[len..].first_chunk::<8>() {
        let others = u64::from_le_bytes(*eight) ^ (u64::from(b' ') * EACH);
        if others != 0 {
            return len + others.trailing_zeros() as usize / 8;
        }
        len += 8;
    }
    len + bytes[len..].iter().take_while(|byte| **byte == b' ').count()
}

/// Where a byte stands first.
#[inline]
pub fn place(bytes: &[u8], what: u8) -> Option<usize> {
    let mut len = 0;
    while let Some(eight) = bytes[len..].first_chunk::<8>() {
        let zero = u64::from_le_bytes(*eight) ^ (u64::from(what) * EACH);
        let found = zero.wrapping_sub(EACH) & !zero & HIGH;
        if found != 0 {
            return Some(len + found.trailing_zeros() as usize / 8);
        }
        len += 8;
    }
    bytes[len..].iter().position(|byte| *byte == what).map(|at| len + at)
}

/// How many of the first bytes are text as it is written, on one line: no markup, no reference, no control, nothing that may be forbidden.
#[inline]
pub fn plain_text(bytes: &[u8]) -> usize {
    plain::<b']'>(bytes)
}

/// The same of a value in quotation marks.
#[inline]
pub fn plain_value(bytes: &[u8]) -> usize {
    plain::<b'"'>(bytes)
}

/// Up to one more byte. Eight are looked at together: a difference borrows only from bytes after the first that is found, so the first is right.
#[inline]
fn plain<const END: u8>(bytes: &[u8]) -> usize {
    let equal = |eight: u64, byte: u8| {
        let zero = eight ^ (u64::from(byte) * EACH);
        zero.wrapping_sub(EACH) & !zero
    };
    let mut len = 0;
    while let Some(eight) = bytes[len..].first_chunk::<8>() {
        let eight = u64::from_le_bytes(*eight);
        let controls = eight.wrapping_sub(0x20 * EACH) & !eight;
        let found = (controls | equal(eight, b'<') | equal(eight, b'&') | equal(eight, END) | equal(eight, 0xef)) & HIGH;
        if found != 0 {
            return len + found.trailing_zeros() as usize / 8;
        }
        len += 8;
    }
    len + bytes[len..].iter().take_while(|byte| !matches!(byte, 0..0x20 | b'<' | b'&' | 0xef) && **byte != END).count()
}

/// Whether a text may hold a character that XML forbids: there is a control, which may be the end of a line, or the byte with which the two last
/// characters of the first plane begin.
#[inline]
pub fn may_be_forbidden(bytes: &[u8]) -> bool {
    let odd = |eight: u64| {
        let zero = eight ^ (0xef * EACH);
        (eight.wrapping_sub(0x20 * EACH) & !eight | zero.wrapping_sub(EACH) & !zero) & HIGH != 0
    };
    if bytes.len() < 8 {
        return bytes.iter().any(|byte| matches!(byte, 0..0x20 | 0xef));
    }
    bytes.chunks_exact(8).any(|chunk| odd(eight(chunk, 0))) || odd(eight(bytes, bytes.len() - 8))
}

/// How often a byte stands somewhere. In pieces whose count fits a byte, and which the processor counts many at a time without a rest.
pub fn count(bytes: &[u8], what: u8) -> usize {
    bytes.chunks(192).map(|piece| usize::from(piece.iter().map(|byte| u8::from(*byte == what)).sum::<u8>())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_white_space_of_xml_is_trimmed() {
        for (text, bare) in [("", ""), (" \t\r\n", ""), ("a", "a"), (" a b\n", "a b"), ("\u{a0}é\u{a0} ", "\u{a0}é\u{a0}"), ("\u{c}", "\u{c}")] {
            assert_eq!(trim(text), bare, "{text:?}");
            assert_eq!(is_blank(text), bare.is_empty(), "{text:?}");
        }
    }

    #[test]
    fn letters_are_counted_eight_at_a_time() {
        for byte in 0..=255_u8 {
            let expected = usize::from(byte.is_ascii_alphabetic());
            for place in 0..20 {
                let mut bytes = [b'x'; 20];
                bytes[place] = byte;
                let count = letters(&bytes);
                assert_eq!(count, if expected == 1 { 20 } else { place }, "{byte} at {place}");
            }
        }
        for (text, count) in [("", 0), ("cbc:ID", 3), ("InvoiceLine>", 11), ("ABCXYZabcxyz", 12), ("ABCDEFGH", 8), ("ABCDEFGH1", 8), ("@AZ", 0)] {
            assert_eq!(letters(text.as_bytes()), count, "{text}");
        }
    }

    #[test]
    fn plain_text_ends_where_something_else_may_stand() {
        for byte in 0..=255_u8 {
            let stops = byte < 0x20 || matches!(byte, b'<' | b'&' | b']' | 0xef);
            for place in 0..20 {
                let mut bytes = *b"0123456789 abcdefghi";
                bytes[place] = byte;
                bytes[19] = b'<';
                assert_eq!(plain_text(&bytes), if stops { place } else { 19 }, "{byte} at {place}");
            }
        }
        assert_eq!(plain_text("Caf\u{e9} \u{fffd}".as_bytes()), 6);
    }

    #[test]
    fn words_are_compared_at_every_length() {
        for len in 0..40 {
            let word: Vec<u8> = (0..len).map(|at| b'a' + at % 26).collect();
            let longer = [word.as_slice(), b">"].concat();
            assert!(begins(&word, &word) && begins(&longer, &word) && !begins(&word, &longer), "{len}");
            for place in 0..word.len() {
                let mut other = word.clone();
                other[place] ^= 0x20;
                assert!(!begins(&other, &word), "{len}, {place}");
                let (one, other) = (String::from_utf8_lossy(&word), String::from_utf8_lossy(&other));
                assert!(same(&one, &one) && !same(&one, &other) && !same(&one, &one[1..]), "{len}, {place}");
            }
        }
    }

    #[test]
    fn a_byte_is_noticed_at_every_place() {
        for byte in 0..=255_u8 {
            for (len, place) in (0..20).flat_map(|len| (0..len).map(move |place| (len, place))) {
                let mut bytes = vec![b'x'; len];
                bytes[place] = byte;
                assert_eq!(is_solid(&bytes), byte > b' ', "{byte} at {place} of {len}");
                assert_eq!(may_be_forbidden(&bytes), byte < 0x20 || byte == 0xef, "{byte} at {place} of {len}");
                assert_eq!(plain_value(&bytes) < len, byte < 0x20 || matches!(byte, b'<' | b'&' | b'"' | 0xef), "{byte} at {place} of {len}");
            }
            for place in 0..8 {
                let mut bytes = [b'x'; 8];
                bytes[place] = byte;
                assert_eq!(first_of(u64::from_le_bytes(bytes), byte), if byte == b'x' { 0 } else { place });
                assert_eq!(letters_end(u64::from_le_bytes(bytes)), if byte & 0x40 == 0 { place } else { 8 });
            }
        }
        assert!(is_solid(b"") && !may_be_forbidden(b"") && first_of(0, b':') == 8);
    }

    #[test]
    fn spaces_and_a_byte_are_found_eight_at_a_time() {
        for len in 0..20 {
            let text = format!("{}<\u{e9}", " ".repeat(len));
            assert_eq!(spaces(text.as_bytes()), len);
            assert_eq!(place(text.as_bytes(), b'<'), Some(len));
            assert_eq!(place(text.as_bytes(), b'='), None);
            assert_eq!(spaces(" ".repeat(len).as_bytes()), len);
        }
    }

    #[test]
    fn a_byte_is_counted_across_pieces() {
        for len in [0, 1, 191, 192, 193, 1000] {
            assert_eq!(count(&vec![b'<'; len], b'<'), len);
            assert_eq!(count(&vec![b'a'; len], b'<'), 0);
        }
    }
}
