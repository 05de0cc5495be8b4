//! The one way out: HTTP calls and mail. Bounded in time and size, never to a private address unless the operator allowed it.
//! Decides nothing about what is sent.

pub mod access_point;
pub mod http;
pub mod mail;

/// What became of an attempt (unknown is never taken for done).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    Done(String),
    /// Try again, after so many seconds where the other side said so.
    Later {
        why: String,
        after: Option<u64>,
    },
    /// Trying again cannot help; a person must look.
    Parked(String),
}
