//! Any bytes as a scenario: an error, or cases whose commands leave the books in order, whatever they ask; never a panic.
#![no_main]

use hookline_fuzz::domain::books::{Books, proof};
use hookline_fuzz::wire::scenario::{self, What};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for case in scenario::read(bytes).unwrap_or_default() {
        let mut books = Books::new(case.settings);
        let steps = case.steps.into_iter().flat_map(|step| match step.what {
            What::One { command, .. } => vec![command],
            What::Parallel { commands, .. } => commands,
        });
        for command in case.setup.into_iter().chain(steps) {
            if let Ok(entry) = books.decide(&command) {
                assert_eq!(proof::entry(&entry), None);
                books.apply(&entry);
            }
        }
        assert_eq!(proof::books(&books), Vec::<String>::new());
    }
});
