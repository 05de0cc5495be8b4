//! Errors as things a caller can do something about. Knows no HTTP, no SQL, no page; `web::error` gives them their form.
//! The outer text may be shown to anybody; the inner context is for the log only.

use std::fmt;

use crate::domain::finding::Findings;
use crate::domain::time::Timestamp;

/// What went wrong, by what the caller can do about it.
#[derive(Debug)]
pub enum Error {
    /// There is no such thing, or not for this caller.
    NotFound(String),
    /// Who are you?
    Unauthenticated,
    /// Known, but not allowed.
    Denied,
    /// The document or the form is wrong; the findings say where.
    Invalid(Findings),
    /// A rule of the trade says no; code and numbers for the reader.
    Refused(Refusal),
    /// The state is not what the caller took it for, or the same id came with other content.
    Conflict(String),
    /// Too many tries; again after so many seconds.
    TooMany { seconds: u64 },
    /// Something that is needed is slow, full or gone; nothing was done.
    Unavailable(String),
    /// A fault of ours.
    Internal(String),
}

/// A decision of the trade against a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The books say no: a budget has too little left, or the event does not fit what is known.
    Books(crate::domain::books::entry::Refusal),
    /// The move is not allowed in this state.
    State { what: String, state: String },
    /// There is one already, and it is another.
    Exists { what: String, number: String },
    /// Nothing is left to do it with.
    Nothing { what: String },
    /// Somebody else changed the order after it was looked at: the version that was seen, the one there is, and what happened, the newest first.
    Changed { seen: i64, version: i64, changes: Vec<Change> },
}

/// Something that happened to an order meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub kind: String,
    pub actor: String,
    pub at: Timestamp,
}

impl Error {
    pub fn not_found(what: &str, which: impl fmt::Display) -> Error {
        Error::NotFound(format!("{what} {which}"))
    }

    pub fn internal(context: impl fmt::Display) -> Error {
        Error::Internal(context.to_string())
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        match self {
            Error::Unavailable(_) | Error::TooMany { .. } => true,
            Error::NotFound(_)
            | Error::Unauthenticated
            | Error::Denied
            | Error::Invalid(_)
            | Error::Refused(_)
            | Error::Conflict(_)
            | Error::Internal(_) => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NotFound(what) => write!(f, "not found: {what}"),
            Error::Unauthenticated => f.write_str("not signed in"),
            Error::Denied => f.write_str("not allowed"),
            Error::Invalid(findings) => {
                let lines: Vec<String> = findings.0.iter().map(ToString::to_string).collect();
                write!(f, "invalid: {}", lines.join("; "))
            }
            Error::Refused(Refusal::Books(refusal)) => write!(f, "refused: {refusal}"),
            Error::Refused(Refusal::State { what, state }) => write!(f, "refused: {what} is {state}"),
            Error::Refused(Refusal::Exists { what, number }) => write!(f, "refused: {what} {number} exists with other content"),
            Error::Refused(Refusal::Nothing { what }) => write!(f, "refused: nothing left of {what}"),
            Error::Refused(Refusal::Changed { seen, version, .. }) => write!(f, "refused: version {seen} is {version} by now"),
            Error::Conflict(what) => write!(f, "conflict: {what}"),
            Error::TooMany { seconds } => write!(f, "too many tries; again in {seconds} s"),
            Error::Unavailable(what) => write!(f, "unavailable: {what}"),
            Error::Internal(what) => write!(f, "internal: {what}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Findings> for Error {
    fn from(findings: Findings) -> Error {
        Error::Invalid(findings)
    }
}

impl From<crate::domain::finding::Finding> for Error {
    fn from(finding: crate::domain::finding::Finding) -> Error {
        Error::Invalid(finding.into())
    }
}

pub type Result<T> = std::result::Result<T, Error>;
