//! Any text as an invoice to be matched, as a document of our own, as an answer to one, in an envelope or not: findings or nothing, never a panic,
//! and what was read of our own is written as something that reads the same again.
#![no_main]

use hookline_fuzz::wire::{enclosed, enclosed::NAME_CHARS_MAX, envelope, html, tree, ubl, ubl_reading, ubl_response};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (bill, _) = ubl_reading::read(text);
    assert!(bill.lines.len() <= text.len());
    html::hidden_inputs(text);
    html::to_text(text);
    let inner = envelope::open(text).unwrap_or_default();
    assert!(inner.len() <= text.len());
    let _root = tree::tree(inner);
    let _heard = ubl_response::read(inner);
    for file in enclosed::read(inner) {
        let name = file.name.as_str();
        assert!(name.chars().count() <= NAME_CHARS_MAX && !name.contains(['/', '\\', '\n']) && !name.starts_with('.'), "{name:?}");
        assert!(file.bytes.len() <= inner.len());
    }
    if let Some(invoice) = ubl::read::read(inner) {
        let written = ubl::write(&invoice);
        assert!(written.is_empty() || ubl::read::read(&written).is_some_and(|again| ubl::write(&again) == written));
    }
});
