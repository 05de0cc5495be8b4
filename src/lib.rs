//! hookline: an OCI punchout connector and procurement gateway.
pub mod clock;
pub mod domain;
pub mod error;
pub mod store;
pub mod wire;
