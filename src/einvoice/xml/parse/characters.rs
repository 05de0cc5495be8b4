//! Which characters XML allows, and of which names are made.
//! Never looks at more than the text it is given.

use super::*;

/// Characters that XML does not allow.
pub(super) fn forbid(text: &str, start: usize) -> Read<()> {
    // What is not allowed is a control, or begins with this byte.
    if !may_be_forbidden(text.as_bytes()) {
        return Ok(());
    }
    let bad = |(_, character): &(usize, char)| !is_character(*character);
    text.char_indices().find(bad).map_or(Ok(()), |(at, _)| Err((Why::ForbiddenCharacter, start + at)))
}

pub(super) fn is_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

pub(super) fn numbered(name: &str) -> Option<char> {
    let digits = name.strip_prefix('#')?;
    let number = match digits.strip_prefix('x') {
        Some(hex) if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16).ok()?,
        None if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
        _ => return None,
    };
    char::from_u32(number).filter(|character| is_character(*character))
}

/// Bytes that may be part of a name; those beyond ASCII are looked at afterwards.
pub(super) const NAME_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let here = byte as u8;
        table[byte] = here.is_ascii_alphanumeric() || matches!(here, b'_' | b'-' | b'.' | b':') || here >= 0x80;
        byte += 1;
    }
    table
};

pub(super) fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first == ':' || starts_name(first)) && characters.all(|next| next == ':' || continues_name(next))
}

pub(super) fn starts_name(character: char) -> bool {
    matches!(character, 'A'..='Z' | 'a'..='z' | '_' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}'
        | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
        | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

pub(super) fn continues_name(character: char) -> bool {
    starts_name(character) || matches!(character, '0'..='9' | '-' | '.' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}
