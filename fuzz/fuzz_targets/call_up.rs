//! Any bytes as a call-up: no panic, bounded, no secret among what is kept or shown, and only one value per parameter.
#![no_main]

use hookline_fuzz::domain::connection::{Connection, Origin};
use hookline_fuzz::wire::form::{self, Place};
use hookline_fuzz::wire::oci::{callup, mask};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let split = data.iter().position(|b| *b == b'\n').unwrap_or(data.len());
    let (query, body) = data.split_at(split);
    let mut pairs = form::read(query, Place::Query, None);
    pairs.extend(form::read(body, Place::Body, Some("iso-8859-1")));
    let connection = Connection { return_origins: Origin::parse("https://erp.example.com").into_iter().collect(), ..Connection::default() };
    let (read, _notes) = callup::read(&pairs, &connection);
    let Ok(call_up) = read else { return };
    assert!(call_up.parameters.len() <= pairs.len());
    for (at, (name, _)) in call_up.parameters.iter().enumerate() {
        assert!(!mask::looks_secret(name));
        assert!(!call_up.parameters[..at].iter().any(|(other, _)| other.eq_ignore_ascii_case(name)));
    }
    for (name, value) in callup::shown(&pairs, &connection) {
        assert!(!mask::looks_secret(&name) || value == mask::MASK);
    }
    for (_, value) in &call_up.echo {
        assert!(!value.contains(['<', '>', '"']));
    }
});
