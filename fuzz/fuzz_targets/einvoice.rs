//! Any bytes as an electronic invoice, under every profile: refused or judged, never a panic, and what is accepted has no fatal finding.
#![no_main]

use hookline_fuzz::einvoice::{Day, Profile, check};
use hookline_fuzz::einvoice::rules::Flag;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else { return };
    let profile = Profile::ALL[usize::from(*first) % Profile::ALL.len()];
    let report = check(bytes, Some(profile), Day(2026, 11, 28));
    assert!(report.refusal.is_none() || (report.findings.is_empty() && report.departures.is_none()));
    assert!(!report.accepted() || report.ids(Flag::Fatal).is_empty());
    for finding in &report.findings {
        assert!(finding.place.starts_with('/') && finding.line > 0);
    }
});
