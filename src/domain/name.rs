//! Names and ids: text that was checked once, and secrets that never print.
//! Nothing here may be built from unchecked text, and no secret may be displayed.

use std::fmt;

/// A name that may stand in an address: letters, digits, `.`, `_`, `-`, 1 to 64 of them (connections, catalogues, organisations).
pub fn is_slug(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// Text that must not be printed: no `Display`, and `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The one way to the text; a search for its callers shows where secrets go.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The languages of the pages (design, section 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    #[default]
    En,
    Nl,
    Fr,
    De,
}

impl Language {
    pub const ALL: [Language; 4] = [Language::Nl, Language::En, Language::Fr, Language::De];

    pub fn as_str(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Nl => "nl",
            Language::Fr => "fr",
            Language::De => "de",
        }
    }

    /// one or two letters in any case, SAP's one-letter codes, longer tags by their first two letters.
    pub fn from_tag(tag: &str) -> Option<Language> {
        let head: String = tag.trim().chars().take(2).collect::<String>().to_ascii_lowercase();
        match head.as_str() {
            "e" | "en" => Some(Language::En),
            "n" | "nl" => Some(Language::Nl),
            "f" | "fr" => Some(Language::Fr),
            "d" | "de" => Some(Language::De),
            _ => None,
        }
    }
}
