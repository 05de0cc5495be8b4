//! What the official rules say of a document that came in, and what was read of it. Works on bytes alone; keeps and books nothing.

use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::matching::Bill;
use crate::einvoice::{self, Day, rules::Flag};
use crate::wire::ubl_reading;

/// As many findings of one document as are kept.
const FINDINGS_MAX: usize = 100;
/// As many lines as an invoice may have.
pub const BILLED_MAX: usize = 20_000;

pub enum Judged {
    /// No XML, or none that is let in: with the place.
    Unreadable(Findings),
    /// Read, and a receiver must refuse it.
    Invalid(Box<Bill>, Findings),
    Valid(Box<Bill>),
}

/// Judges a document by the releases in force on a day.
pub fn judge(bytes: &[u8], today: &str) -> Judged {
    let Some(day) = Day::parse(today) else { return unreadable("day", today) };
    let report = einvoice::check(bytes, None, day);
    if let Some(refusal) = &report.refusal {
        return unreadable("XML", refusal);
    }
    let Some(text) = ubl_reading::decode(bytes) else { return unreadable("XML", "charset") };
    let (bill, mut findings) = ubl_reading::read(&text);
    if !matches!(report.root.as_deref(), Some("Invoice" | "CreditNote")) {
        return Judged::Unreadable(findings);
    }
    if bill.lines.len() > BILLED_MAX {
        findings.push(Finding::error(Code::TooMany, "InvoiceLine").limit(BILLED_MAX));
    }
    let fatal = report.findings.iter().filter(|finding| finding.flag == Flag::Fatal);
    let rule = |id: &str, what: &str, place: &str| Finding::error(Code::InvoiceRule, id).value(what).limit(place);
    findings.0.extend(fatal.take(FINDINGS_MAX).map(|finding| rule(finding.id, finding.terms, &finding.place)));
    findings.0.extend(report.departures.iter().flatten().take(FINDINGS_MAX).map(|one| rule("UBL", &one.name, &one.place)));
    findings.0.extend(report.unanswered.iter().map(|one| rule(one.id, one.why, "")));
    if !report.accepted() && !findings.has_error() {
        findings.push(Finding::error(Code::InvoiceRule, "UBL"));
    }
    if findings.has_error() { Judged::Invalid(Box::new(bill), findings) } else { Judged::Valid(Box::new(bill)) }
}

fn unreadable(field: &str, why: impl ToString) -> Judged {
    Judged::Unreadable(Finding::error(Code::Unusable, field).value(why.to_string()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_invoice_is_refused_with_its_place() {
        let deep = "<a>".repeat(70);
        let latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><Invoice>\xe9</Invoice>";
        for (bytes, why) in [
            (&b"not XML"[..], "line 1"),
            (b"<Invoice>\n<ID>", "line 2"),
            (b"<!DOCTYPE a [<!ENTITY b \"c\">]><Invoice/>", "document-type"),
            (deep.as_bytes(), "too-deep"),
            (latin, "unknown-charset"),
            (b"", "line 1"),
            (b"<Order xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Order-2\"/>", "Invoice, CreditNote"),
        ] {
            let Judged::Unreadable(findings) = judge(bytes, "2026-11-28") else { panic!("{} was read", String::from_utf8_lossy(bytes)) };
            let told: Vec<String> = findings.0.iter().map(ToString::to_string).collect();
            assert!(told.iter().any(|one| one.contains(why)), "{why}: {told:?}");
        }
        let bare = b"<Invoice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\"/>";
        assert!(matches!(judge(bare, "2026-11-28"), Judged::Invalid(_, findings) if findings.has_error()));
    }
}
