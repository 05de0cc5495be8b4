//! The tests that run against the whole product, in one binary. A module here is a subject; it must never hold a test itself.

mod browser;
mod crash;
mod invoices;
mod oci_cases;
mod orders;
mod outbox;
mod schema;
mod setup;
mod support;
mod tidy;
