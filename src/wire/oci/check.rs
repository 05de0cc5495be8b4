//! Reads a returned basket as a purchasing system would and says what it could not book (R-48, 4.2, 5.2, 5.3).
//! Knows only what arrived: no catalogue, no database.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::fields::{self, NEEDS};
use super::preset::Receiver;
use crate::domain::finding::{Code, Finding, Findings};

/// A line as the receiver understood it: field name without `NEW_ITEM-` and index → value.
pub type Received = BTreeMap<String, String>;

/// Groups pairs by line. Accepts the spellings of LONGTEXT that have been met (4.2). The key is the index as sent.
pub fn read(pairs: &[(String, String)]) -> BTreeMap<u32, Received> {
    let mut lines: BTreeMap<u32, Received> = BTreeMap::new();
    for (name, value) in pairs {
        if let Some((field, index)) = split_name(name) {
            lines.entry(index).or_default().insert(field, value.clone());
        }
    }
    lines
}

/// `NEW_ITEM-UNIT[3]` → (`UNIT`, 3); `NEW_ITEM-LONGTEXT_3:132[]` and its variants → (`LONGTEXT`, 3).
fn split_name(name: &str) -> Option<(String, u32)> {
    let rest = name.strip_prefix("NEW_ITEM").and_then(|rest| rest.strip_prefix(['-', '_']))?;
    if let Some(long) = rest.strip_prefix("LONGTEXT_") {
        let digits: String = long.chars().take_while(char::is_ascii_digit).collect();
        return Some(("LONGTEXT".to_string(), digits.parse().ok()?));
    }
    let (field, index) = rest.strip_suffix(']')?.rsplit_once('[')?;
    Some((field.trim_end_matches("[]").to_string(), index.parse().ok()?))
}

/// A number as tolerant readers take it: comma, blanks and padding (5.3).
pub fn read_number(text: &str) -> Option<Decimal> {
    let text = text.trim().replace(',', ".");
    let plain = text.chars().all(|c| c.is_ascii_digit() || c == '.') && text.matches('.').count() <= 1;
    if !plain || text.is_empty() {
        return None;
    }
    let digits = text.trim_start_matches('0');
    let digits = if digits.is_empty() || digits.starts_with('.') { format!("0{digits}") } else { digits.to_string() };
    digits.trim_end_matches('.').parse().ok()
}

/// What this receiver could not book, line by line (lines counted from 1).
pub fn check(pairs: &[(String, String)], receiver: &Receiver) -> Findings {
    let mut findings = Findings::default();
    let lines = read(pairs);
    for (position, (index, line)) in (1u32..).zip(lines.iter()) {
        if *index != receiver.start_index + position - 1 {
            findings.push(Finding::error(Code::Unusable, "VENDORMAT").line(position).value(index).limit(receiver.start_index));
            break;
        }
        check_line(line, position, receiver, &mut findings);
    }
    findings
}

fn check_line(line: &Received, number: u32, receiver: &Receiver, findings: &mut Findings) {
    let value = |field: &str| line.get(field).map_or("", String::as_str);
    let has_material = !value("MATNR").is_empty();
    for field in receiver.required {
        let replaced = has_material && matches!(*field, "DESCRIPTION" | "UNIT");
        if value(field).is_empty() && !replaced {
            findings.push(Finding::error(Code::Missing, field).line(number));
        }
    }
    let unit = value("UNIT");
    if !receiver.units.is_empty() && !unit.is_empty() && !receiver.units.contains(&unit) {
        findings.push(Finding::error(Code::UnitUnknown, "UNIT").line(number).value(unit));
    }
    for field in ["QUANTITY", "PRICE", "PRICEUNIT", "LEADTIME"] {
        let text = value(field);
        if !text.is_empty() && read_number(text).is_none() {
            findings.push(Finding::error(Code::Unusable, field).line(number).value(text));
        }
    }
    if read_number(value("QUANTITY")).is_some_and(|quantity| quantity.is_zero()) {
        findings.push(Finding::error(Code::QuantityNotPositive, "QUANTITY").line(number));
    }
    for (field, needed) in NEEDS {
        if !value(field).is_empty() && value(needed).is_empty() {
            findings.push(Finding::error(Code::FieldNeedsField, field).line(number).limit(needed));
        }
    }
    for (field, text) in line {
        let of_table = fields::find(field).map_or(usize::MAX, |known| known.max);
        let max = if receiver.field_max > 0 { of_table.min(receiver.field_max) } else { of_table };
        if text.chars().count() > max {
            findings.push(Finding::error(Code::ValueTooLong, field).line(number).limit(max));
        }
    }
}
