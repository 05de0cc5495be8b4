//! What the trade knows: documents, amounts and decisions as plain values. Pure: no async, no I/O, no serde, no clock.
//! Nothing here may know a wire format, a database or a page.

pub mod approval;
pub mod article;
pub mod basket;
pub mod books;
pub mod callup;
pub mod catalogue;
pub mod channel;
pub mod coding;
pub mod connection;
pub mod deviation;
pub mod finding;
pub mod fulfilment;
pub mod invoice;
pub mod matching;
pub mod money;
pub mod name;
pub mod order;
pub mod quantity;
pub mod return_url;
pub mod rights;
pub mod time;
