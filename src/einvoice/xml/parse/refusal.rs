//! Why a document is not read, and where. Never a sentence: those are made where people read them.

use std::fmt;

/// Why a document is not read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub why: Why,
    pub line: usize,
    pub column: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    TooLarge,
    TooDeep,
    TooManyNames,
    TooManyAttributes,
    UnknownCharset,
    BrokenCharset,
    ForbiddenCharacter,
    DocumentType,
    UnknownEntity,
    BadName,
    UndeclaredPrefix,
    AttributeTwice,
    BadAttribute,
    BadMarkup,
    WrongEnd,
    Unfinished,
    NoElement,
    AfterTheEnd,
}

impl Why {
    /// A word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Why::TooLarge => "too-large",
            Why::TooDeep => "too-deep",
            Why::TooManyNames => "too-many-names",
            Why::TooManyAttributes => "too-many-attributes",
            Why::UnknownCharset => "unknown-charset",
            Why::BrokenCharset => "broken-charset",
            Why::ForbiddenCharacter => "forbidden-character",
            Why::DocumentType => "document-type",
            Why::UnknownEntity => "unknown-entity",
            Why::BadName => "bad-name",
            Why::UndeclaredPrefix => "undeclared-prefix",
            Why::AttributeTwice => "attribute-twice",
            Why::BadAttribute => "bad-attribute",
            Why::BadMarkup => "bad-markup",
            Why::WrongEnd => "wrong-end-tag",
            Why::Unfinished => "unfinished",
            Why::NoElement => "no-element",
            Why::AfterTheEnd => "after-the-end",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {}, column {}", self.why.code(), self.line, self.column)
    }
}
