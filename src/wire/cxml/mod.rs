//! cXML 1.2 as buyers' systems and networks speak it (reference cxml-and-peppol-ordering, Part I): bytes to values and back.
//! Opens nothing that a document names, expands no entity but the five of XML, and never gives a secret back.

pub mod accounting;
pub mod cart;
pub mod check;
pub mod encoding;
pub mod envelope;
pub mod fulfilment;
pub mod invoice;
pub mod kept;
pub mod mime;
pub mod notice;
pub mod numbers;
pub mod order;
pub mod order_request;
pub mod place;
pub mod preset;
pub mod pricing;
pub mod redacted;
pub mod remote_settings;
pub mod returned;
pub mod settings;
pub mod setup;
pub mod status;
pub mod strict;
pub mod to_oci;
pub mod totals;
pub mod tree;
pub mod units;
pub mod write;

pub use self::status::{Fault, Status};
