//! Bytes to characters: UTF-8 and UTF-16, as the bytes themselves and their declaration say. Never guesses.

use super::*;

/// The text of the bytes: UTF-8, or UTF-16 where the first bytes say so.
pub(super) fn decode(bytes: &[u8]) -> Read<Cow<'_, str>> {
    let utf16 = matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'<', 0, ..] | [0, b'<', ..]);
    if utf16 {
        let big = matches!(bytes, [0xfe, 0xff, ..] | [0, ..]);
        if !bytes.len().is_multiple_of(2) {
            return Err((Why::BrokenCharset, bytes.len()));
        }
        let units =
            bytes.chunks_exact(2).map(|pair| if big { u16::from_be_bytes([pair[0], pair[1]]) } else { u16::from_le_bytes([pair[0], pair[1]]) });
        let mut text = String::with_capacity(bytes.len() / 2);
        for (count, unit) in char::decode_utf16(units).enumerate() {
            text.push(unit.map_err(|_| (Why::BrokenCharset, count * 2))?);
        }
        let without_mark = text.strip_prefix('\u{feff}').map(str::to_owned);
        return Ok(Cow::Owned(without_mark.unwrap_or(text)));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        // The bytes may be right in the charset that the declaration names, which then is the better reason.
        let declared = declared_charset(&bytes[..error.valid_up_to()]);
        if declared.is_some_and(|name| !understood(name)) { (Why::UnknownCharset, 0) } else { (Why::BrokenCharset, error.valid_up_to()) }
    })?;
    match declared_charset(bytes) {
        Some(name) if !understood(name) => Err((Why::UnknownCharset, 0)),
        _ => Ok(Cow::Borrowed(text)),
    }
}

pub(super) fn understood(charset: &[u8]) -> bool {
    [&b"utf-8"[..], b"utf8", b"us-ascii", b"ascii"].iter().any(|name| charset.eq_ignore_ascii_case(name))
}

/// The charset that the XML declaration names.
pub(super) fn declared_charset(bytes: &[u8]) -> Option<&[u8]> {
    let head = bytes.strip_prefix(b"<?xml")?;
    let head = &head[..head.iter().position(|byte| *byte == b'>')?];
    let at = head.windows(8).position(|window| window == b"encoding")?;
    let rest = head[at + 8..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let quote = *rest.first()?;
    let value = &rest[1..];
    Some(&value[..value.iter().position(|byte| *byte == quote)?])
}
