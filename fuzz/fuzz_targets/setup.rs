//! Any text as a set-up file: read, or findings with a line; never a panic.
#![no_main]

use hookline_fuzz::wire::setup;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (setup, findings) = setup::read(text);
    assert!(findings.0.iter().all(|finding| finding.line.is_some_and(|line| line >= 1)));
    if !findings.has_error() {
        setup::write(&setup);
    }
});
