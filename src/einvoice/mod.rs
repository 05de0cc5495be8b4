//! The checker of electronic invoices: what an access point would say of a document, natively. Bytes become a tree (`xml`), the tree is held
//! against the structure of UBL (`structure`), then against sets of rules (`rules`), which are data in a notation of their own (`xpath`).
//!
//! Pure: no file, no clock, no network; the day of sending is told. It knows nothing of hookline, and its machinery nothing of invoices: what a
//! set of rules is about stands in its files. It must never panic, and never take long, whatever the bytes are.

mod release;
mod report;
pub mod rules;
pub mod structure;
mod terms;
pub mod xml;
mod xpath;

pub use release::{Day, Profile, Release, Releases, Set};
pub use report::{Departure, Finding, Later, Report, Unanswered, check, check_by};
pub use structure::{FLAWS_MAX, What};
pub use terms::{TermWords, term, term_words};
pub use xml::{BYTES_MAX, Refusal, Why};
pub use xpath::identifier;
