//! Any text as an invoice to be matched: findings, never a panic.
#![no_main]

use hookline_fuzz::wire::{html, ubl_reading};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (bill, _) = ubl_reading::read(text);
    assert!(bill.lines.len() <= text.len());
    html::hidden_inputs(text);
    html::to_text(text);
});
