//! Any bytes as a cXML document: read or refused, bounded; no secret among what is kept; what is written again says the same.
#![no_main]

use std::collections::BTreeMap;

use hookline_fuzz::domain::connection::{Cxml, Unknown};
use hookline_fuzz::domain::deviation::Response;
use hookline_fuzz::domain::money::Currency;
use hookline_fuzz::wire::cxml::order::{self, Terms};
use hookline_fuzz::wire::cxml::{envelope, fulfilment, mime, notice, redacted, returned, setup, strict, tree, write};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = mime::read("multipart/related; boundary=b", data);
    if let Ok(text) = std::str::from_utf8(data) {
        for name in ["cXML-base64", "cXML-urlencoded"] {
            let _ = returned::bytes(&[(name.to_string(), text.to_string())], &mut Vec::new());
        }
    }
    let Ok(document) = tree::read(data, None) else { return };
    let kept = redacted::redacted(&document.text);
    assert!(strict::of_document(&document, write::Dtd::Cxml).len() <= strict::VIOLATIONS_MAX);
    let fragment = write::inside(&document.root);
    assert_eq!(write::inside(&tree::Element { content: write::nodes(&fragment), ..tree::Element::default() }), fragment);
    let mut warnings = Vec::new();
    let Ok(envelope) = envelope::read(&document, &mut warnings) else { return };
    let secret = envelope.secret.expose();
    // A short secret, or one that stands elsewhere too, may be found for another reason.
    if secret.len() > 8 && document.text.matches(secret).count() == 1 {
        assert!(!kept.contains(secret));
    }
    let habits = Cxml { unknown_parts: Unknown::Accept, no_cost_centre: Unknown::Accept, ..Cxml::default() };
    let element = envelope.payload_element;
    if let Ok(came) = returned::read(&document, &habits, Vec::new()) {
        let sum: rust_decimal::Decimal = came.cart.lines.iter().map(|line| line.net).sum();
        assert_eq!(sum, came.cart.net_total);
        assert!(!came.cancelled || came.cart.lines.is_empty());
    }
    let _ = setup::read(element, &mut warnings);
    let _ = (fulfilment::read_confirmation(element, "Europe/Berlin"), notice::read(element));
    let Ok(mut order) = order::read(element, &habits, "Europe/Berlin", &mut warnings) else { return };
    let terms = Terms { habits: &habits, changed_price: Response::Refuse, currency: Currency::EUR };
    if order::settle(&mut order, &BTreeMap::new(), &terms, &mut warnings).is_ok() {
        let sum: rust_decimal::Decimal = order.lines.iter().map(|line| line.net).sum();
        assert_eq!(sum, order.net_total);
        for line in order.lines.iter().filter(|line| !line.cost.is_empty()) {
            let shares: rust_decimal::Decimal = line.cost.iter().map(|share| share.amount).sum();
            assert_eq!(shares, line.net);
        }
    }
});
