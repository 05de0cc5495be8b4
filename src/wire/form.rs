//! Form fields as they arrive: names and values split and decoded once, in order, never rewritten or folded (2.4, R-03, R-05).
//! A flat list of pairs, because names hold `~`, `-`, `:` and brackets. Never fails: broken escapes stay as text.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Where a pair came from; the body wins over the query (R-01).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Query,
    Body,
}

/// One name and value. `literal` is the value with a raw `+` kept, for addresses (R-03).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub place: Place,
    pub name: String,
    pub value: String,
    pub literal: String,
}

/// Splits and decodes. `declared` is the charset of the `Content-Type`, if any.
pub fn read(bytes: &[u8], place: Place, declared: Option<&str>) -> Vec<Pair> {
    let declared = declared.and_then(|label| Encoding::for_label(label.trim().as_bytes()));
    bytes
        .split(|b| *b == b'&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let split = part.iter().position(|b| *b == b'=');
            let (name, value) = match split {
                Some(at) => (&part[..at], &part[at + 1..]),
                None => (part, &part[part.len()..]),
            };
            let spaced = text(&percent_decode(value, b' '), declared);
            let literal = if value.contains(&b'+') { text(&percent_decode(value, b'+'), declared) } else { spaced.clone() };
            Pair { place, name: text(&percent_decode(name, b' '), declared), value: spaced, literal }
        })
        .collect()
}

/// One pass of percent decoding; a sequence that is none stays as it is. `plus` is what a raw `+` stands for.
fn percent_decode(bytes: &[u8], plus: u8) -> Vec<u8> {
    let hex = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'%' => match (hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
                (Some(high), Some(low)) => {
                    out.push((high * 16 + low) as u8);
                    at += 2;
                }
                _ => out.push(b'%'),
            },
            b'+' => out.push(plus),
            other => out.push(other),
        }
        at += 1;
    }
    out
}

/// R-05: the declared charset if the bytes are valid in it, else UTF-8 if valid, else Windows-1252. Decided for each value,
/// so that one stray byte in a remark does not spoil the password beside it.
fn text(bytes: &[u8], declared: Option<&'static Encoding>) -> String {
    for encoding in [declared.unwrap_or(UTF_8), UTF_8] {
        if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
            return text.into_owned();
        }
    }
    WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()
}

/// The charset named in a `Content-Type`.
pub fn declared_charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(text: &[u8], declared: Option<&str>) -> Vec<(String, String)> {
        read(text, Place::Query, declared).into_iter().map(|p| (p.name, p.value)).collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_string(), value.to_string())
    }

    /// R-03, R-05 and section 2.4.
    #[test]
    fn decodes_once_and_keeps_what_is_broken() {
        assert_eq!(values(b"a=1&&b&=c&d=e=f", None), [pair("a", "1"), pair("b", ""), pair("", "c"), pair("d", "e=f")]);
        assert_eq!(values(b"x=100%&y=%zz&z=%4&w=%2541", None), [pair("x", "100%"), pair("y", "%zz"), pair("z", "%4"), pair("w", "%41")]);
        assert_eq!(values(b"n%5B1%5D=a+b", None), [pair("n[1]", "a b")]);
        assert_eq!(values(b"q=K%E4se&r=K%C3%A4se&s=\xe9", None), [pair("q", "Käse"), pair("r", "Käse"), pair("s", "é")]);
        assert_eq!(values(b"q=%80", Some("iso-8859-1")), [pair("q", "€")]);
        assert_eq!(values(b"q=%E4", Some("UTF-8")), [pair("q", "ä")]);
        assert_eq!(values(b"q=%C3%A4", Some("no-such-charset")), [pair("q", "ä")]);
        assert_eq!(read(b"u=a+b%2Bc", Place::Body, None)[0].literal, "a+b+c");
    }

    #[test]
    fn finds_the_declared_charset() {
        assert_eq!(declared_charset("application/x-www-form-urlencoded; charset=\"ISO-8859-1\""), Some("ISO-8859-1"));
        assert_eq!(declared_charset("application/x-www-form-urlencoded"), None);
    }

    proptest! {
        #[test]
        fn never_fails_and_reads_back_what_browsers_write(bytes in prop::collection::vec(any::<u8>(), 0..400), pairs in prop::collection::vec((".{1,12}", ".{0,20}"), 0..8)) {
            read(&bytes, Place::Body, Some("utf-8"));
            let written = serde_urlencoded::to_string(&pairs).expect("pairs of text can be written");
            prop_assert_eq!(values(written.as_bytes(), None), pairs);
        }
    }
}
