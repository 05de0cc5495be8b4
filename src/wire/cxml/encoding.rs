//! The characters of a document, in the order of section 2: byte order mark, `charset` of the transport, XML declaration, UTF-8.
//! Bytes that are illegal in the encoding are refused, never replaced: a name with U+FFFD in it would be signed into an order.

use encoding_rs::{Encoding, ISO_8859_15, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::Fault;

/// Where an XML declaration is looked for.
const DECLARATION_MAX: usize = 400;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Utf8,
    Ascii,
    Latin1,
    Other(&'static Encoding),
}

impl Known {
    fn of(label: &str) -> Option<Known> {
        match label.trim().to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Some(Known::Utf8),
            "us-ascii" | "ascii" => Some(Known::Ascii),
            "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "latin-1" => Some(Known::Latin1),
            "iso-8859-15" | "iso8859-15" | "iso_8859-15" | "latin-9" | "latin9" => Some(Known::Other(ISO_8859_15)),
            "windows-1252" | "cp1252" => Some(Known::Other(WINDOWS_1252)),
            "utf-16le" => Some(Known::Other(UTF_16LE)),
            "utf-16be" => Some(Known::Other(UTF_16BE)),
            _ => None,
        }
    }

    fn decode(self, bytes: &[u8]) -> Option<String> {
        match self {
            Known::Utf8 => std::str::from_utf8(bytes).ok().map(str::to_string),
            Known::Ascii => bytes.is_ascii().then(|| bytes.iter().map(|byte| char::from(*byte)).collect()),
            Known::Latin1 => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
            Known::Other(encoding) => encoding.decode_without_bom_handling_and_without_replacement(bytes).map(|text| text.into_owned()),
        }
    }
}

/// The text of a document, and what is worth saying about its encoding.
pub fn decode(bytes: &[u8], charset: Option<&str>) -> Result<(String, Vec<String>), Fault> {
    let illegal = |label: &str| Fault::form(format_args!("bytes that are illegal in {label}"));
    for (mark, known) in [(&b"\xef\xbb\xbf"[..], Known::Utf8), (&b"\xff\xfe"[..], Known::Other(UTF_16LE)), (&b"\xfe\xff"[..], Known::Other(UTF_16BE))]
    {
        if let Some(rest) = bytes.strip_prefix(mark) {
            return known.decode(rest).map(|text| (text, Vec::new())).ok_or_else(|| illegal("the encoding of its byte order mark"));
        }
    }
    let declared = declared(bytes);
    let named = |label: &str| Known::of(label).ok_or_else(|| Fault::form("an encoding that is not supported"));
    let Some(charset) = charset.map(str::trim).filter(|label| !label.is_empty()) else {
        let label = declared.as_deref().unwrap_or("UTF-8");
        return named(label)?.decode(bytes).map(|text| (text, Vec::new())).ok_or_else(|| illegal(label));
    };
    if let Some(text) = named(charset)?.decode(bytes) {
        return Ok((text, Vec::new()));
    }
    // RFC 7303 lets the transport win; what cannot be read so and can be read as declared was labelled wrongly on its way.
    let declared = declared.filter(|label| !label.eq_ignore_ascii_case(charset)).and_then(|label| Known::of(&label));
    let text = declared.and_then(|known| known.decode(bytes)).ok_or_else(|| illegal(charset))?;
    Ok((text, vec!["the charset of the transport is not that of the document; its declaration was used".to_string()]))
}

/// The encoding that the XML declaration names.
fn declared(bytes: &[u8]) -> Option<String> {
    let head: String = bytes.iter().take(DECLARATION_MAX).map(|byte| char::from(*byte)).collect();
    let declaration = head.trim_start().strip_prefix("<?xml")?.split("?>").next()?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next().map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], charset: Option<&str>) -> Result<String, String> {
        decode(bytes, charset).map(|(text, notes)| format!("{text}{}", if notes.is_empty() { "" } else { " (noted)" })).map_err(|f| f.text)
    }

    #[test]
    fn the_encoding_is_found_in_the_order_of_the_reference() {
        assert_eq!(read(b"\xef\xbb\xbf<a/>", Some("iso-8859-1")), Ok("<a/>".into()));
        assert_eq!(read(b"\xff\xfe<\0a\0/\0>\0", None), Ok("<a/>".into()));
        assert_eq!(read(b"<a>\xe9</a>", Some("ISO-8859-1")), Ok("<a>é</a>".into()));
        assert_eq!(read(b"<?xml version = '1.0' encoding = 'ISO-8859-15'?><a>\xa4</a>", None).map(|t| t.contains('€')), Ok(true));
        assert_eq!(read("<?xml version='1.0' encoding=\"UTF8\"?>é".as_bytes(), None).map(|t| t.ends_with('é')), Ok(true));
        let labelled_wrongly = read(b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>", Some("utf-8")).expect("it can be read");
        assert!(labelled_wrongly.contains('é') && labelled_wrongly.ends_with("(noted)"), "{labelled_wrongly}");
    }

    #[test]
    fn what_is_illegal_is_refused() {
        assert!(read(b"<a>\xe9</a>", None).is_err());
        assert!(read(b"<a>\xe9</a>", Some("us-ascii")).is_err());
        assert!(read(b"<a/>", Some("klingon")).is_err());
        assert!(read(b"\xff\xfe<\0a\0/\0>", None).is_err());
    }
}
