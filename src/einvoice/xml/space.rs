//! Bytes and white space as XML understands it, which is less than that of Unicode: space, tab, and the two ends of a line. Never knows a document.

pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Nothing but white space.
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

/// How often a byte stands somewhere. In pieces whose count fits a byte, which the processor counts many at a time.
pub fn count(bytes: &[u8], what: u8) -> usize {
    bytes.chunks(255).map(|piece| usize::from(piece.iter().map(|byte| u8::from(*byte == what)).sum::<u8>())).sum()
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
    fn a_byte_is_counted_across_pieces() {
        for len in [0, 1, 254, 255, 256, 1000] {
            assert_eq!(count(&vec![b'<'; len], b'<'), len);
            assert_eq!(count(&vec![b'a'; len], b'<'), 0);
        }
    }
}
