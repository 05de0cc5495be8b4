//! Any bytes as a picture: two sizes within their limits, or a finding; never a panic.
#![no_main]

use hookline_fuzz::wire::picture;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(picture) = picture::read(bytes) {
        assert!(picture::read(&picture.small).is_ok() && picture::read(&picture.large).is_ok());
    }
});
