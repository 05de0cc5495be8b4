//! Everything that is kept: one file per thing, SQL in the function that runs it, one text for both engines.
//! Decides nothing; opens no transaction by itself (only `flow` does, through `Store::begin`).

pub mod approval;
pub mod article;
pub mod attachment;
pub mod booked;
pub mod code;
pub mod command;
pub mod connection;
pub mod credential;
pub mod default_coding;
pub mod desk;
pub mod download;
pub mod engine;
pub mod evidence;
pub mod held;
pub mod inbox;
pub mod invoice;
pub mod invoice_file;
pub mod invoice_run;
pub mod invoice_sending;
pub mod job;
pub mod journal;
pub mod json;
pub mod mention;
mod netstring;
pub mod order;
pub mod order_delivery;
pub mod organisation;
pub mod outbox;
pub mod owed;
pub mod person;
pub mod picture;
pub mod question;
pub mod remote_cart;
pub mod right;
pub mod session;
pub mod shipment;
pub mod snapshot;
pub mod standing;
pub mod supplier_invoice;
pub mod table;
pub mod token;
pub mod transfer;

pub use engine::{Bulk, Row, Store, Tx, Value};
