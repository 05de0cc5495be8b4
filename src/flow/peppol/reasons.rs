//! Why a rule refuses an order, an agreement or a cart, in a few words for the note of the answer (section 21): rule, line, reason. Protocol text, in English as all of
//! it; never says what a document holds. The verdict is that of `einvoice`; here is only what it means.

use std::fmt::Write;

use crate::domain::finding::{Code, Finding, Findings};
use crate::einvoice::rules::Flag;
use crate::einvoice::{Refusal, Report};
use crate::wire::cxml::tree::Element;

/// Rules by their id without the message, and what is wrong where they do not hold.
type Reasons = &'static [(&'static str, &'static str)];

/// Of all messages.
const COMMON: Reasons = &[
    ("COMMON-R001", "an element is empty"),
    ("COMMON-R030", "a date is not written YYYY-MM-DD"),
    ("COMMON-R040", "a GLN has a wrong form or check digit"),
    ("COMMON-R041", "a Norwegian organisation number has a wrong form or check digit"),
    ("COMMON-R043", "a Belgian enterprise number has a wrong form or check digits"),
    ("COMMON-R049", "a Swedish organisation number has a wrong form or check digit"),
    ("COMMON-R050", "an Australian business number has a wrong form or check digits"),
];

/// Of the order and its change.
const ORDER: Reasons = &[
    ("R001", "the line's number is not unique"),
    ("R003", "an amount is not in the currency of the document"),
    ("R004", "the quantity is missing or negative"),
    ("R005", "the net price is missing or negative"),
    ("R006", "the amount to pay is missing or negative"),
    ("R007", "the sum of the lines is missing or negative"),
    ("R008", "the sum of the lines is not that of their amounts"),
    ("R009", "the total of allowances is not that of the allowances"),
    ("R010", "the total of charges is not that of the charges"),
    ("R011", "the total without tax is not lines less allowances plus charges"),
    ("R014", "the originator has neither name nor identifier"),
    ("R016", "the amount to pay is not the total with tax less what was paid plus rounding"),
    ("R017", "the total with tax is not that without plus the tax"),
    ("R019", "the net price is not the gross price less its discount"),
    ("R020", "a percentage stands without the amount it is taken of"),
    ("R021", "a base amount stands without its percentage"),
    ("R022", "the amount is not the base amount times the percentage"),
    ("R023", "an allowance or charge has no reason"),
    ("R024", "the net amount is not quantity times price by base quantity plus charges less allowances"),
    ("R025", "the base quantity is not above zero"),
    ("R026", "a VAT number does not begin with a country"),
    ("R027", "the gross price is negative"),
    ("R028", "an amount has more than two decimals"),
    ("R029", "a tax category has no rate"),
    ("R030", "the standard rate is not above zero"),
    ("R031", "the process is none of this message"),
    ("R032", "an allowance or charge is negative"),
    ("R033", "an allowance of the price is negative"),
    ("R034", "the specification is not that of the message"),
    ("CL001", "the reason code of an allowance is not known"),
    ("CL002", "the reason code of a charge is not known"),
];

/// Of the order agreement.
const AGREEMENT: Reasons = &[
    ("R001", "the net price is missing or negative"),
    ("R002", "the item has neither the seller's nor a standard number"),
    ("R004", "an amount is not in the currency of the document"),
    ("R005", "the amount to pay is negative"),
    ("R006", "the sum of the lines is negative"),
    ("R007", "the sum of the lines is not that of their amounts"),
    ("R008", "the total of charges is not that of the charges"),
    ("R009", "the total of allowances is not that of the allowances"),
    ("R010", "the total without tax is not lines plus charges less allowances"),
    ("R011", "the total with tax is not that without plus the tax"),
    ("R012", "the amount to pay is not the total with tax less what was paid plus rounding"),
    ("R013", "an amount has more than two decimals"),
    ("R014", "there are totals, and a line has no net amount"),
    ("R015", "a percentage stands without the amount it is taken of"),
    ("R016", "a base amount stands without its percentage"),
    ("R017", "the amount is not the base amount times the percentage"),
    ("R018", "an allowance or charge has no reason"),
    ("R019", "a tax category has no rate"),
    ("R020", "the standard rate is not above zero"),
    ("R021", "an allowance or charge is negative"),
    ("R022", "the gross price is negative"),
    ("R023", "an allowance of the price is negative"),
    ("R024", "the tax of a rate is not its amount times the rate"),
    ("R025", "the tax is not the sum of that of the rates"),
    ("R026", "a rate of tax is not in the breakdown of the document"),
    ("R027", "a tax category is not in the breakdown of the document"),
    ("R028", "a tax category without tax has no reason"),
    ("R029", "a tax category with tax has a reason for having none"),
    ("R030", "the specification is not that of the message"),
    ("CL001", "the reason code of an allowance is not known"),
    ("CL002", "the reason code of a charge is not known"),
];

/// Of the punch-out cart.
const CART: Reasons = &[
    ("R001", "the cart ends before it begins"),
    ("R002", "a quantity is not above zero"),
    ("R003", "the price is missing or negative"),
    ("R004", "the item has neither the seller's nor a standard number"),
    ("R005", "more than one picture is the main one"),
    ("R006", "the unit of the price is not that of the quantity"),
    ("R007", "ServiceIndicator is neither true nor false"),
    ("R008", "a tax category has no rate"),
    ("R009", "the standard rate is not above zero"),
    ("R010", "the specification is not that of the message"),
];

/// The most findings that a note names.
const NAMED_MAX: usize = 8;

fn reason(id: &str) -> &'static str {
    let id = id.strip_prefix("PEPPOL-").unwrap_or(id);
    let (message, rule) = id.split_once('-').unwrap_or_default();
    let (reasons, rule) = match message {
        "COMMON" => (COMMON, id),
        "T110" => (AGREEMENT, rule),
        "T77" => (CART, rule),
        _ => (ORDER, rule),
    };
    reasons.iter().find(|(known, _)| *known == rule).map_or("the rule does not hold", |(_, text)| text)
}

/// Elements of which each is a line, and where the line's number stands below one.
const LINES: [(&str, &[&str]); 2] = [("OrderLine", &["LineItem", "ID"]), ("CatalogueLine", &["ID"])];

/// Which of the document's lines a place lies in, from one.
fn position(place: &str) -> Option<usize> {
    let (_, rest) = LINES.iter().find_map(|(line, _)| place.split_once(line))?;
    Some(rest.strip_prefix('[').and_then(|rest| rest.split(']').next()).and_then(|nth| nth.parse::<usize>().ok()).unwrap_or(1))
}

/// The number of the line that a place lies in: the id of the nth line of the document.
fn line_of(place: &str, root: &Element) -> Option<String> {
    let (line, number) = LINES.iter().find(|(line, _)| place.contains(line))?;
    root.all(line).nth(position(place)?.checked_sub(1)?)?.text_at(number)
}

/// Why a document is refused by what the checker says of it; nothing where it is not. With `strict` departures from the structure count too.
pub fn refused(report: &Report, root: &Element, strict: bool) -> Option<String> {
    if let Some(refusal) = &report.refusal {
        return Some(unreadable(refusal));
    }
    let mut told = Vec::new();
    for finding in report.findings.iter().filter(|finding| finding.flag == Flag::Fatal) {
        let line = line_of(&finding.place, root).map(|line| format!(" line {line}")).unwrap_or_default();
        told.push(format!("{}{line}: {}", finding.id, reason(finding.id)));
    }
    told.extend(report.unanswered.iter().map(|unanswered| format!("{}: it cannot be worked out", unanswered.id)));
    if strict {
        let departures = report.departures.iter().flatten();
        told.extend(departures.map(|departure| format!("line {} of the document: {} {}", departure.line, departure.what.code(), departure.name)));
    }
    told.dedup();
    let more = told.len().saturating_sub(NAMED_MAX);
    told.truncate(NAMED_MAX);
    let mut text = told.join("; ");
    if more > 0 {
        let _never = write!(text, "; and {more} more");
    }
    (!text.is_empty()).then_some(text)
}

/// The same for whoever reads it in a language of the house: the rules that a cart breaks, and where.
pub fn findings(report: &Report) -> Findings {
    let of_rule = |id: &str, place: &str| {
        let line = position(place).and_then(|line| u32::try_from(line).ok());
        Finding { line, ..Finding::error(Code::CartRule, id) }
    };
    let fatal = report.findings.iter().filter(|finding| finding.flag == Flag::Fatal).map(|finding| of_rule(finding.id, &finding.place));
    let mut all: Vec<Finding> = fatal.chain(report.unanswered.iter().map(|unanswered| of_rule(unanswered.id, ""))).collect();
    all.dedup();
    all.truncate(NAMED_MAX);
    Findings(all)
}

fn unreadable(refusal: &Refusal) -> String {
    format!("the document cannot be read: {refusal}")
}

/// What is odd about a document that is taken all the same.
pub fn warned(report: &Report, root: &Element) -> Vec<String> {
    let mut all = Vec::new();
    for finding in report.findings.iter().filter(|finding| finding.flag == Flag::Warning) {
        let line = line_of(&finding.place, root).map(|line| format!(" line {line}")).unwrap_or_default();
        all.push(format!("{}{line}", finding.id));
    }
    let departures = report.departures.iter().flatten();
    all.extend(departures.map(|departure| format!("line {} of the document: {} {}", departure.line, departure.what.code(), departure.name)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::einvoice::{Day, Set};
    use crate::wire::cxml::tree;

    const DAY: Day = Day(2026, 11, 28);

    #[test]
    fn every_fatal_rule_that_refuses_has_a_reason() {
        for set in [Set::Order, Set::OrderChange, Set::OrderCancellation, Set::OrderAgreement, Set::PunchOut] {
            for rule in set.on(DAY).rules().assertions().iter().filter(|rule| rule.flag == Flag::Fatal) {
                assert_ne!(reason(&rule.id), "the rule does not hold", "{}", rule.id);
            }
        }
    }

    #[test]
    fn a_note_names_rule_line_and_reason() {
        let text = "<Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-2' xmlns:cac='urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2' \
                    xmlns:cbc='urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2'>\
                    <cac:OrderLine><cac:LineItem><cbc:ID>10</cbc:ID><cbc:Quantity>1</cbc:Quantity></cac:LineItem></cac:OrderLine>\
                    <cac:OrderLine><cac:LineItem><cbc:ID>20</cbc:ID><cbc:Quantity>-1</cbc:Quantity></cac:LineItem></cac:OrderLine></Order>";
        let report = crate::einvoice::check(text.as_bytes(), Some(crate::einvoice::Profile::Order), DAY);
        let root = tree::read(text.as_bytes(), None).expect("a document of this test").root;
        let note = refused(&report, &root, false).expect("it is refused");
        assert_eq!(note, "PEPPOL-T01-R004 line 20: the quantity is missing or negative");
        assert!(refused(&report, &root, true).expect("it is refused").contains("missing-element"));
        let odd = format!("<!DOCTYPE Order>{text}");
        let report = crate::einvoice::check(odd.as_bytes(), Some(crate::einvoice::Profile::Order), DAY);
        assert!(refused(&report, &root, false).is_some_and(|note| note.contains("cannot be read")));
    }
}
