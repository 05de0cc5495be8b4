//! What a supplier is answered: an Invoice Response with a reason and what is asked for (section 17), kept with the invoice, and owed as a
//! mail where the supplier has an address. Proposes the codes that fit the differences; a person chooses.

use serde_json::json;

use super::rows::ReasonKept;
use crate::clock;
use crate::domain::matching::{Bill, Check};
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::flow::{notifying, ordering};
use crate::store::json::{parse, str_of};
use crate::store::organisation::Organisation;
use crate::store::outbox::Message;
use crate::store::supplier_invoice::SupplierInvoice;
use crate::wire::ubl_response::{self, ACTION_LIST, Clarification, REASON_LIST, Response, ResponseParty, Status};

/// `OPStatusReason`
pub const REASONS: [&str; 14] = ["NON", "REF", "LEG", "REC", "QUA", "DEL", "PRI", "QTY", "ITM", "PAY", "UNR", "FIN", "PPD", "OTH"];
/// `OPStatusAction`
pub const ACTIONS: [&str; 7] = ["NOA", "PIN", "NIN", "CNF", "CNP", "CNA", "OTH"];

/// The codes that fit the first difference that stops: reason and action.
pub fn proposed(reasons: &[ReasonKept]) -> (&'static str, &'static str) {
    let first = reasons.iter().filter(|reason| reason.stops).find_map(|reason| reason.check);
    match first {
        Some(Check::Order | Check::Budget | Check::NotOrdered) => ("REF", "PIN"),
        Some(Check::Price | Check::Amount | Check::Total | Check::Charge) => ("PRI", "CNP"),
        Some(Check::Quantity | Check::Invoiced) => ("QTY", "CNP"),
        Some(Check::Received) => ("DEL", "CNP"),
        Some(Check::Article | Check::Unit) => ("ITM", "NIN"),
        Some(Check::Recipient) => ("REC", "CNF"),
        Some(Check::Vat | Check::Date | Check::Future) => ("LEG", "NIN"),
        Some(Check::Currency | Check::Account) => ("FIN", "PIN"),
        Some(Check::Supplier) => ("UNR", "PIN"),
        None => ("OTH", "PIN"),
    }
}

/// The business term that a reason is about, and the value that was expected.
fn condition(reasons: &[ReasonKept]) -> Option<(String, String)> {
    let first = reasons.iter().find(|reason| reason.stops && reason.check.is_some())?;
    let term = match first.check? {
        Check::Order | Check::NotOrdered => "BT-13",
        Check::Budget => "BT-161",
        Check::Price => "BT-146",
        Check::Amount => "BT-131",
        Check::Total => "BT-109",
        Check::Charge => "BT-99",
        Check::Quantity | Check::Invoiced | Check::Received => "BT-129",
        Check::Article => "BT-155",
        Check::Unit => "BT-130",
        Check::Vat => "BT-152",
        Check::Currency => "BT-5",
        Check::Account => return None,
        Check::Date | Check::Future => "BT-2",
        Check::Recipient => "BT-44",
        Check::Supplier => "BT-31",
    };
    Some((term.to_string(), first.expected.clone()))
}

fn party(organisation: &Organisation) -> Result<ResponseParty> {
    let settings = parse(&organisation.settings)?;
    let text = |key: &str| str_of(&settings, key).to_string();
    Ok(ResponseParty { endpoint_scheme: text("endpoint_scheme"), endpoint: text("endpoint"), name: organisation.name.clone() })
}

/// What a person chose to answer.
#[derive(Clone, Debug)]
pub struct Wording {
    pub status: Status,
    pub reason: String,
    pub action: String,
    pub text: String,
}

/// The document for it.
pub fn response(
    bill: &Bill,
    buyer: &Organisation,
    supplier: Option<&Organisation>,
    wording: &Wording,
    reasons: &[ReasonKept],
    now: Timestamp,
) -> Result<String> {
    let by_invoice = || ResponseParty { endpoint: bill.seller.endpoint.clone(), name: bill.seller.name.clone(), ..ResponseParty::default() };
    let clarify = |list: &'static str, code: &str, text: &str, condition: Option<(String, String)>| Clarification {
        list,
        code: code.to_string(),
        text: text.to_string(),
        condition,
    };
    Ok(ubl_response::write(&Response {
        id: clock::new_id(now),
        issued_on: now.date(),
        sender: party(buyer)?,
        receiver: supplier.map_or_else(|| Ok(by_invoice()), party)?,
        status: wording.status,
        clarifications: vec![
            clarify(REASON_LIST, &wording.reason, &wording.text, condition(reasons)),
            clarify(ACTION_LIST, &wording.action, "", None),
        ],
        invoice: bill.number.clone(),
        invoice_day: bill.issued_on.clone(),
        invoice_kind: bill.kind.clone(),
    }))
}

/// The mail that brings it; none where no address is known. An address that only the invoice names is nobody's word.
pub fn mail(
    tenant: &str,
    invoice: &SupplierInvoice,
    buyer: &Organisation,
    supplier: Option<&Organisation>,
    (wording, document): (&Wording, &str),
    now: Timestamp,
) -> Result<Vec<Message>> {
    let Some(supplier) = supplier else { return Ok(Vec::new()) };
    let Some(recipient) = notifying::address(supplier)? else { return Ok(Vec::new()) };
    let mut payload = match wording.status {
        Status::Rejected => json!({"template": "invoice-rejected"}),
        Status::Received | Status::InProcess | Status::UnderQuery | Status::ConditionallyAccepted | Status::Accepted | Status::Paid => {
            json!({"template": "invoice-queried"})
        }
    };
    let values = json!({"invoice": invoice.number, "day": invoice.issued_on, "buyer": buyer.name, "reason": wording.reason, "text": wording.text});
    payload["attachment"] = json!({"name": "invoice-response.xml", "type": "application/xml", "text": document});
    (payload["language"], payload["values"]) = (json!(supplier.language.as_str()), values);
    let lane = format!("supplier-invoice/{}", invoice.id);
    Ok(vec![ordering::message(tenant, "mail", &lane, &recipient, &payload, now)])
}
