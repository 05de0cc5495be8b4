//! Whether a receiver would reject a document, asked of the built-in checker before anything leaves. Changes nothing.

use crate::domain::finding::{Code, Finding, Findings};
use crate::einvoice::{self, rules::Flag};
use crate::error::{Error, Result};

/// Every fatal rule is named, with its business terms and its place.
pub fn judge(document: &str, sent: &str) -> Result<()> {
    let day = einvoice::Day::parse(sent).ok_or_else(|| Error::internal(format!("an invoice of the day {sent}")))?;
    let report = einvoice::check(document.as_bytes(), None, day);
    if report.accepted() {
        return Ok(());
    }
    let fatal = report.findings.iter().filter(|finding| finding.flag == Flag::Fatal);
    let mut findings: Vec<Finding> =
        fatal.map(|finding| Finding::error(Code::InvoiceRule, finding.id).value(finding.terms).limit(&finding.place)).collect();
    let departures = report.departures.iter().flatten();
    findings.extend(departures.map(|one| Finding::error(Code::InvoiceRule, "UBL").value(&one.name).limit(&one.place)));
    findings.extend(report.unanswered.iter().map(|one| Finding::error(Code::InvoiceRule, one.id).value(one.why)));
    if findings.is_empty() {
        findings.push(Finding::error(Code::InvoiceRule, "UBL"));
    }
    Err(Error::Invalid(Findings(findings)))
}
