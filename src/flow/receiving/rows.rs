//! What is kept of a supplier's invoice beside the document: figures, findings, what was matched with what, and every decision, as JSON that
//! this file alone writes and reads.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Channel, Facts};
use crate::clock;
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::matching::{Bill, Check, Match, Outcome, Reason, Weight};
use crate::domain::money::{Currency, Money};
use crate::error::Result;
use crate::store::inbox::Received;
use crate::store::json::{parse, str_of};
use crate::store::supplier_invoice::{State, SupplierInvoice};

/// The longest text of a document that is kept in a column.
const TEXT_MAX: usize = 200;

fn cut(text: &str) -> String {
    text.chars().take(TEXT_MAX).collect()
}

pub fn minor(bill: &Bill, amount: Option<Decimal>) -> i64 {
    let currency = Currency::parse(&bill.currency).unwrap_or(Currency::EUR);
    amount.and_then(|amount| Money::round(amount, currency)).map_or(0, |money| money.minor)
}

/// A document that was read, before anything is decided about it.
pub fn arrived(inbox: &Received, channel: Channel, bill: &Bill) -> SupplierInvoice {
    SupplierInvoice {
        id: clock::new_id(inbox.at),
        inbox: inbox.id.clone(),
        hash: inbox.hash.clone(),
        identity: bill.identity(),
        channel: channel.as_str().to_string(),
        received_at: inbox.at,
        state: State::Waiting,
        supplier: None,
        seller: cut(&bill.seller.name),
        number: cut(&bill.number),
        issued_on: cut(&bill.issued_on),
        kind: cut(&bill.kind),
        currency: cut(&bill.currency),
        net: minor(bill, bill.net),
        gross: minor(bill, bill.gross),
        orders: String::new(),
        outcome: String::new(),
        booked: String::new(),
        body: "{}".to_string(),
        version: 1,
    }
}

/// One that is not let in, with why. It takes nobody's number: a mended one may come under the same.
pub fn refused(inbox: &Received, channel: Channel, state: State, bill: &Bill, findings: &Findings) -> SupplierInvoice {
    let arrived = arrived(inbox, channel, bill);
    let identity = format!("#{}", arrived.id);
    let told: Vec<Value> =
        findings.errors().map(|f| json!({"code": f.code.as_str(), "field": f.field, "value": cut(&f.value), "limit": f.limit})).collect();
    SupplierInvoice { identity, state, body: json!({"findings": told}).to_string(), ..arrived }
}

/// Why it was not let in.
pub fn findings(invoice: &SupplierInvoice) -> Result<Findings> {
    let body = parse(&invoice.body)?;
    let finding = |value: &Value| {
        let code = if str_of(value, "code") == Code::InvoiceRule.as_str() { Code::InvoiceRule } else { of_word(str_of(value, "code")) };
        let text = |key: &str| str_of(value, key).to_string();
        Finding { value: text("value"), limit: text("limit"), ..Finding::error(code, str_of(value, "field")) }
    };
    Ok(Findings(body.get("findings").and_then(Value::as_array).into_iter().flatten().map(finding).collect()))
}

fn of_word(word: &str) -> Code {
    [Code::Missing, Code::TooMany].into_iter().find(|code| code.as_str() == word).unwrap_or(Code::Unusable)
}

fn reason_json(reason: &Reason) -> Value {
    json!({
        "check": reason.check.as_str(), "stops": reason.weight == Weight::Stops, "expected": cut(&reason.expected), "found": cut(&reason.found),
        "money": reason.money.to_string(),
    })
}

/// The same with what it was matched with.
pub fn matched(invoice: &SupplierInvoice, found: &Match, facts: &Facts) -> Result<SupplierInvoice> {
    let number = |order: usize| facts.orders.get(order).map(|order| order.number.as_str()).unwrap_or_default();
    let lines: Vec<Value> = found
        .lines
        .iter()
        .map(|line| {
            let target = line.target.as_ref().map(|target| json!([number(target.order), target.line, target.way.as_str()]));
            let reasons: Vec<Value> = line.reasons.iter().map(reason_json).collect();
            json!({"target": target, "quantity": line.quantity.to_string(), "outcome": line.outcome.as_str(), "reasons": reasons})
        })
        .collect();
    let mut body = parse(&invoice.body)?;
    body["lines"] = json!(lines);
    body["reasons"] = found.reasons.iter().map(reason_json).collect();
    body["ways"] = found.orders.iter().map(|found| json!([number(found.order), found.way.as_str()])).collect();
    let orders: Vec<&str> = found.orders.iter().map(|found| number(found.order)).collect();
    Ok(SupplierInvoice {
        supplier: facts.supplier.clone(),
        orders: orders.join(", "),
        outcome: found.outcome.as_str().to_string(),
        body: body.to_string(),
        ..invoice.clone()
    })
}

/// The same with something noted about it: who did what, when, and why.
pub fn noted(invoice: &SupplierInvoice, note: Value) -> Result<SupplierInvoice> {
    let mut body = parse(&invoice.body)?;
    let mut notes = body.get("notes").and_then(Value::as_array).cloned().unwrap_or_default();
    notes.push(note);
    body["notes"] = json!(notes);
    Ok(SupplierInvoice { body: body.to_string(), version: invoice.version + 1, ..invoice.clone() })
}

/// The same with one more value in its body.
pub fn with(invoice: &SupplierInvoice, key: &str, value: Value) -> Result<SupplierInvoice> {
    let mut body = parse(&invoice.body)?;
    body[key] = value;
    Ok(SupplierInvoice { body: body.to_string(), ..invoice.clone() })
}

/// A difference as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReasonKept {
    pub check: Option<Check>,
    pub stops: bool,
    pub expected: String,
    pub found: String,
    pub money: Decimal,
}

/// A line as it was kept: order, order line, and the way it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineKept {
    pub target: Option<(String, String, String)>,
    pub quantity: Decimal,
    pub outcome: Option<Outcome>,
    pub reasons: Vec<ReasonKept>,
}

fn reasons(value: &Value) -> Vec<ReasonKept> {
    let read = |value: &Value| ReasonKept {
        check: Check::parse(str_of(value, "check")),
        stops: value.get("stops").and_then(Value::as_bool).unwrap_or_default(),
        expected: str_of(value, "expected").to_string(),
        found: str_of(value, "found").to_string(),
        money: str_of(value, "money").parse().unwrap_or_default(),
    };
    value.get("reasons").and_then(Value::as_array).into_iter().flatten().map(read).collect()
}

pub fn kept_reasons(body: &Value) -> Vec<ReasonKept> {
    reasons(body)
}

pub fn kept_lines(body: &Value) -> Vec<LineKept> {
    let read = |value: &Value| {
        let target = value.get("target").and_then(Value::as_array);
        let part = |at: usize| target.and_then(|target| target.get(at)).and_then(Value::as_str).unwrap_or_default().to_string();
        LineKept {
            target: target.map(|_| (part(0), part(1), part(2))),
            quantity: str_of(value, "quantity").parse().unwrap_or_default(),
            outcome: Outcome::parse(str_of(value, "outcome")),
            reasons: reasons(value),
        }
    };
    body.get("lines").and_then(Value::as_array).into_iter().flatten().map(read).collect()
}
