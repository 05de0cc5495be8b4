//! The tests that run against the whole product, in one binary. A module here is a subject; it must never hold a test itself.

mod access;
mod bookkeeping;
mod books;
mod browser;
mod configuring;
mod copying;
mod crash;
mod documents;
mod full_disk;
mod hostile;
mod invoices;
mod jobs;
mod looks;
mod oci_cases;
mod orders;
mod outbox;
mod pages;
mod picturing;
mod prefilling;
mod schema;
mod sessions;
mod setup;
mod support;
mod texts;
mod tidy;
mod trip;
