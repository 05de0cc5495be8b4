//! XML for the checker: bytes to one compact tree. Never opens anything outside the bytes, expands no entity but the five of XML, reads no
//! document type, and goes no deeper than `DEPTH_MAX`.

pub mod names;
mod parse;
mod place;
mod space;
mod tree;

pub use names::{Name, Namespace, Vocabulary};
pub use parse::{BYTES_MAX, DEPTH_MAX, Refusal, Why};
pub use place::Places;
pub use space::{is_blank, is_solid, is_space, same, trim};
pub use tree::{Attribute, DOCUMENT, Document, NOWHERE, NodeId, bit};
