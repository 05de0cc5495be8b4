//! White space as XML understands it, which is less than that of Unicode: space, tab, and the two ends of a line. Never looks at anything else.

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
}
