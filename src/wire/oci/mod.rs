//! The Open Catalog Interface: call-ups in, return forms and downloads out. The only place that knows an OCI field name.
//! Source: the reference `oci`, rules. Never opens an address and never looks up a credential.

pub mod callup;
pub mod check;
pub mod download;
pub mod fields;
pub mod mask;
pub mod preset;
pub mod returns;

/// A value as one segment of a path: everything but letters, digits, `-`, `_` and `~` percent-coded.
/// A lone dot would be resolved away by browsers, so dots are coded too.
pub fn path_segment(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => char::from(b).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
