//! Formats: bytes or form fields to domain values and back, with findings. Pure: no async, no I/O.
//! Nothing here may know a database, a socket or who is signed in.

pub mod article_csv;
pub mod budget_csv;
pub mod channels;
pub mod channels_form;
pub mod charset;
pub mod cxml;
pub mod enclosed;
pub mod envelope;
pub mod form;
pub mod html;
pub mod invoice_terms;
pub mod ledger;
pub mod loss;
pub mod oci;
pub mod order_csv;
pub mod order_table;
pub mod paper;
pub mod peppol;
pub mod picture;
pub mod scenario;
pub mod settings;
pub mod settings_form;
pub mod setup;
pub mod sheet;
pub mod table_csv;
pub mod tree;
pub mod ubl;
pub mod ubl_reading;
pub mod ubl_response;
