//! The Open Catalog Interface: call-ups in, return forms and downloads out. The only place that knows an OCI field name.
//! Source: the reference `oci`, rules. Never opens an address and never looks up a credential.

pub mod callup;
pub mod check;
pub mod download;
pub mod fields;
pub mod mask;
pub mod preset;
pub mod returns;

#[cfg(test)]
mod tests;
