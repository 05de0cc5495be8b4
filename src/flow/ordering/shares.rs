//! How the lines of an order are divided over budgets, and what is charged on top of them, as the books know it.
//! Decides nothing about money: a split that does not add up is refused there.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use super::body::{BodyLine, text_of};
use crate::domain::books::command::{Charge, NewLine, OrderCharge, Split, Spread};
use crate::domain::books::position::{Mode, SplitKind, Terms};
use crate::domain::coding::Kind;
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::order::Line;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyShare {
    budget: String,
    #[serde(default)]
    percent: Option<Value>,
    #[serde(default)]
    weight: Option<Value>,
    /// In minor units.
    #[serde(default)]
    amount: Option<i64>,
}

/// What comes on top of a line: processing, labels, freight.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyCharge {
    id: String,
    price: Value,
    #[serde(default)]
    vat: Option<Value>,
    split: Vec<BodyShare>,
    /// Follows the quantity of its line; else it is charged once.
    #[serde(default)]
    per_unit: bool,
}

/// A charge on the order as a whole.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyOrderCharge {
    id: String,
    price: Value,
    vat: Value,
    /// `amounts` or `pieces`: pro rata over the budgets of the lines. Else its own split.
    #[serde(default)]
    spread: Option<String>,
    #[serde(default)]
    split: Vec<BodyShare>,
}

/// The most charges on an order, and the longest id of one.
const CHARGES_MAX: usize = 20;
const CHARGE_ID_MAX: usize = 40;

/// The charges on an order as the books know them.
pub fn order_charges(asked: &[BodyOrderCharge], findings: &mut Findings) -> Vec<OrderCharge> {
    if asked.len() > CHARGES_MAX {
        findings.push(Finding::error(Code::TooMany, "charges").limit(CHARGES_MAX));
    }
    asked.iter().take(CHARGES_MAX).filter_map(|charge| order_charge(charge, findings)).collect()
}

fn order_charge(charge: &BodyOrderCharge, findings: &mut Findings) -> Option<OrderCharge> {
    let mut wrong = |field: &str, value: &str, limit: &str| findings.push(Finding::error(Code::Unusable, field).value(value).limit(limit));
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    // A number alone would be the name of a line.
    let is_id = |id: &str| id.len() <= CHARGE_ID_MAX && id.chars().all(is_name) && id.starts_with(|c: char| c.is_ascii_alphabetic());
    if !is_id(&charge.id) {
        wrong("charges.id", &charge.id, "a – z, 0 – 9, -, _");
    }
    let (price, vat) = (decimal_of(&charge.price), decimal_of(&charge.vat));
    if price.is_none() || vat.is_none() {
        wrong("charges", &charge.id, "price, vat");
    }
    let spread = match (charge.spread.as_deref(), charge.split.is_empty()) {
        (Some("amounts"), true) => Spread::Amounts,
        (Some("pieces"), true) => Spread::Pieces,
        (None, false) => Spread::Fixed(read_split(&charge.split, None, findings)),
        _ => {
            wrong("charges.spread", charge.spread.as_deref().unwrap_or_default(), "amounts, pieces");
            return None;
        }
    };
    Some(OrderCharge { id: charge.id.as_str().into(), terms: terms(price?, 1, vat?), spread })
}

fn terms(amount: Decimal, per: u32, tax_percent: Decimal) -> Terms {
    Terms { unit_price: amount, price_unit: Decimal::from(per), discount_percent: Decimal::ZERO, tax_percent }
}

/// A line as the books know it.
pub fn new_line(line: &Line, asked: &BodyLine, findings: &mut Findings) -> NewLine {
    let code = line.coding.get(Kind::BudgetCode);
    let split = match (asked.split.is_empty(), code.is_empty()) {
        (true, true) => Split { kind: SplitKind::None, rows: Vec::new() },
        (true, false) => Split { kind: SplitKind::Percentages, rows: vec![(code.into(), Decimal::ONE_HUNDRED)] },
        (false, _) => read_split(&asked.split, Some(line.line), findings),
    };
    let mut charges = Vec::new();
    for charge in &asked.charges {
        let price = decimal_of(&charge.price);
        let vat = charge.vat.as_ref().map_or(Some(line.vat), decimal_of);
        let (Some(amount), Some(vat)) = (price, vat) else {
            findings.push(Finding::error(Code::Unusable, "charges").line(line.line).value(&charge.id));
            continue;
        };
        let split = read_split(&charge.split, Some(line.line), findings);
        charges.push(Charge { id: charge.id.as_str().into(), terms: terms(amount, 1, vat), split, per_unit: charge.per_unit });
    }
    NewLine {
        number: line.line.to_string().into(),
        quantity: line.quantity,
        terms: terms(line.price.amount, line.price.per, line.vat),
        mode: Mode::Quantity,
        split,
        charges,
    }
}

fn decimal_of(value: &Value) -> Option<Decimal> {
    text_of(value).parse().ok()
}

/// Shares of one kind; more than one kind, or a share without any, is a finding.
pub fn read_split(shares: &[BodyShare], line: Option<u32>, findings: &mut Findings) -> Split {
    let kind = match shares.first() {
        Some(BodyShare { weight: Some(_), .. }) => SplitKind::Weights,
        Some(BodyShare { amount: Some(_), .. }) => SplitKind::Amounts,
        _ => SplitKind::Percentages,
    };
    let share = |share: &BodyShare| {
        let number = match kind {
            SplitKind::Weights if share.percent.is_none() && share.amount.is_none() => share.weight.as_ref().and_then(decimal_of),
            SplitKind::Amounts if share.percent.is_none() && share.weight.is_none() => share.amount.map(Decimal::from),
            SplitKind::Percentages if share.weight.is_none() && share.amount.is_none() => {
                share.percent.as_ref().map_or_else(|| (shares.len() == 1).then_some(Decimal::ONE_HUNDRED), decimal_of)
            }
            _ => None,
        };
        number.map(|number| (Arc::from(share.budget.as_str()), number))
    };
    let rows: Option<Vec<_>> = shares.iter().map(share).collect();
    if rows.is_none() {
        findings.push(Finding { line, ..Finding::error(Code::Unusable, "split") }.limit("percent, weight or amount"));
    }
    Split { kind, rows: rows.unwrap_or_default() }
}
