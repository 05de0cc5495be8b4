//! The demo's data.
pub fn setup(_public_url: &str) -> String { String::new() }
