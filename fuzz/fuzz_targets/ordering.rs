//! Any bytes as a message of Peppol ordering, or as a cart of another shop: read or refused, never a panic; what an agreement says of an order is said
//! of its lines, and a cart has no line without a price; an order that is written again for a
//! supplier is one that is read again, and an answer that is written says what the states of the lines say.
#![no_main]

use std::collections::BTreeMap;

use hookline_fuzz::domain::connection::{Cxml, Peppol, Unknown};
use hookline_fuzz::domain::deviation::Response;
use hookline_fuzz::domain::money::Currency;
use hookline_fuzz::wire::cxml::kept::Kept;
use hookline_fuzz::wire::cxml::order::Terms;
use hookline_fuzz::wire::cxml::{fulfilment, to_oci, tree};
use hookline_fuzz::wire::peppol::{account, agreed, answer, cart, despatch, order, order_writer};
use libfuzzer_sys::fuzz_target;

fn read(text: &str) -> Option<(order::Heading, hookline_fuzz::wire::cxml::kept::Order)> {
    let document = tree::read(text.as_bytes(), None).ok()?;
    let heading = order::heading(&document.root)?;
    let read = order::read(&document.root, &heading, &Peppol::default(), &mut Vec::new()).ok()?;
    Some((heading, read))
}

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    if let account::Account::Shares(shares) = account::read(&text, "") {
        let written = account::write(&shares, "").0;
        // A cost centre alone is its bare code, which stands for itself.
        if written.contains('=') {
            assert_eq!(account::read(&written, ""), account::Account::Shares(shares));
        }
    }
    let Ok(document) = tree::read(data, None) else { return };
    let _ = to_oci::translate(&document.root, &Cxml::default(), 5, |text| text.len().to_string());
    let (answered, advice) = (answer::read(&document.root), despatch::read(&document.root));
    if let Some(Ok(head)) = agreed::head(&document.root)
        && let Ok(agreement) = agreed::read(&document.root, head, &Peppol::default(), &mut Vec::new())
    {
        let order = agreement.clone().into_order("T-1").unwrap_or_default();
        let kept = Kept { order, ..Kept::default() };
        let said = agreement.answered(&kept);
        assert_eq!(said.lines.len(), agreement.items.len());
        if let Ok(Some(confirmation)) = answer::confirmation(&kept, &said, &mut Vec::new()) {
            let _ = fulfilment::confirm(&kept, &confirmation, &BTreeMap::new());
        }
    }
    if let Ok(came) = cart::read(&document, &BTreeMap::new(), "2026-03-02", Vec::new()) {
        assert!(came.cart.lines.iter().all(|line| line.unit_price.is_some() && !line.quantity.is_zero()));
    }
    let Some((heading, mut order)) = read(&text) else {
        if let Some(Ok(answered)) = answered {
            let _ = answer::confirmation(&Kept::default(), &answered, &mut Vec::new());
        }
        if let Some(Ok(advice)) = advice {
            let _ = advice.outstanding.values().map(|all| despatch::settle(&Kept::default(), all)).count();
        }
        return;
    };
    // A cancellation has no lines, and is written as no order.
    if order.lines.is_empty() {
        return;
    }
    let habits = Cxml { unknown_parts: Unknown::Accept, no_cost_centre: Unknown::Accept, ..Cxml::default() };
    let terms = Terms { habits: &habits, changed_price: Response::Refuse, currency: Currency::EUR };
    if hookline_fuzz::wire::cxml::order::settle(&mut order, &BTreeMap::new(), &terms, &mut Vec::new()).is_err() {
        return;
    }
    if let Ok(written) = order_writer::write(&order, &heading.correspondence, "") {
        let (_, again) = read(&written.xml).expect("what is written can be read");
        assert_eq!(again.lines.len(), order.lines.len());
    }
    let kept = Kept { order, correspondence: Some(heading.correspondence), ..Kept::default() };
    let Some(written) = answer::write_states(&kept, "R-1", "2026-03-05", "") else { return };
    let document = tree::read(written.as_bytes(), None).expect("what is written can be read");
    let answered = answer::read(&document.root).expect("an answer").expect("one that can be read");
    let confirmation = answer::confirmation(&kept, &answered, &mut Vec::new()).expect("lines of the order");
    if let Some(confirmation) = confirmation {
        let _ = fulfilment::confirm(&kept, &confirmation, &BTreeMap::new());
    }
});
