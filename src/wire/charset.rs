//! Texts in the charset a receiver asked for: what it lacks is transliterated, never a question mark or an entity.
//! Never changes a text that the charset can hold.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// A charset of the return, by the label the receiver knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charset {
    label: &'static str,
    encoding: &'static Encoding,
    /// True ISO-8859-1 ends where Windows-1252 goes on (5.5): only code points up to U+00FF that are no C1 controls.
    last: Option<char>,
}

impl Charset {
    pub const UTF8: Charset = Charset { label: "utf-8", encoding: UTF_8, last: None };

    /// The charset for a label of a call-up or a setting; `None` for one that is unknown or no superset of ASCII.
    pub fn parse(label: &str) -> Option<Charset> {
        let label = label.trim().to_ascii_lowercase();
        match label.as_str() {
            "utf-8" | "utf8" => Some(Charset::UTF8),
            "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "latin-1" => {
                Some(Charset { label: "iso-8859-1", encoding: WINDOWS_1252, last: Some('\u{ff}') })
            }
            "us-ascii" | "ascii" => Some(Charset { label: "us-ascii", encoding: WINDOWS_1252, last: Some('\u{7f}') }),
            other => Encoding::for_label(other.as_bytes())
                .filter(|encoding| encoding.is_ascii_compatible() && encoding.can_encode_everything() || encoding.is_single_byte())
                .filter(|encoding| encoding.name() != "x-user-defined")
                .map(|encoding| Charset { label: encoding.name(), encoding, last: None }),
        }
    }

    pub fn label(&self) -> &'static str {
        self.label
    }

    fn holds(&self, c: char) -> bool {
        if c.is_ascii() {
            return true;
        }
        match self.last {
            Some(last) => c <= last && !('\u{80}'..='\u{9f}').contains(&c),
            None => !self.encoding.encode(c.encode_utf8(&mut [0; 4])).2,
        }
    }

    /// The text in this charset's repertoire, and how many characters had to be replaced.
    pub fn transliterate<'t>(&self, text: &'t str) -> (Cow<'t, str>, usize) {
        if self.encoding == UTF_8 || text.is_ascii() || text.chars().all(|c| self.holds(c)) {
            return (Cow::Borrowed(text), 0);
        }
        let mut out = String::with_capacity(text.len());
        let mut replaced = 0;
        for c in text.chars() {
            if self.holds(c) {
                out.push(c);
                continue;
            }
            replaced += 1;
            match c {
                '\u{2010}'..='\u{2015}' | '\u{2212}' => out.push('-'),
                '\u{2018}'..='\u{201b}' => out.push('\''),
                '\u{201c}'..='\u{201f}' => out.push('"'),
                '€' => out.push_str("EUR"),
                _ => match deunicode::deunicode_char(c) {
                    Some(ascii) => out.push_str(&ascii.replace('?', "_")),
                    None => out.push('_'),
                },
            }
        }
        (Cow::Owned(out), replaced)
    }

    /// The bytes of a page in this charset. What it lacks was transliterated before; anything left is transliterated here.
    pub fn encode(&self, text: &str) -> Vec<u8> {
        let (text, _) = self.transliterate(text);
        self.encoding.encode(&text).0.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// R-38 and 5.5.
    #[test]
    fn transliterates_what_latin1_lacks() {
        let latin1 = Charset::parse("ISO-8859-1").expect("a known label");
        let (text, replaced) = latin1.transliterate("Käse – 5 € ’t Hof ł");
        assert_eq!((text.as_ref(), replaced), ("Käse - 5 EUR 't Hof l", 4));
        assert_eq!(latin1.encode("Käse €"), b"K\xe4se EUR");
        assert_eq!(Charset::UTF8.transliterate("– €").1, 0);
        assert_eq!(Charset::parse("windows-1252").map(|c| c.encode("€")), Some(vec![0x80]));
        assert_eq!(Charset::parse("utf-16"), None);
        assert_eq!(Charset::parse("klingon"), None);
    }

    proptest! {
        #[test]
        fn leaves_no_question_mark_that_was_not_there(text in "\\PC{0,60}") {
            let ascii = Charset::parse("us-ascii").expect("a known label");
            let (out, _) = ascii.transliterate(&text);
            prop_assert!(out.is_ascii());
            prop_assert_eq!(out.matches('?').count(), text.matches('?').count());
        }
    }
}
