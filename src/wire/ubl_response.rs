//! The answer to a supplier's invoice: a Peppol Invoice Response, BIS 63 (T111), a UBL ApplicationResponse (reference einvoicing, section 17).
//! Writes what it is given, in the order of the schema; decides neither code nor reason.

use super::tree::{Element, tree};
use super::ubl::writer::Xml;

const CUSTOMIZATION: &str = "urn:fdc:peppol.eu:poacc:trns:invoice_response:3";
const PROFILE: &str = "urn:fdc:peppol.eu:poacc:bis:invoice_response:3";
/// How the specification of a Message Level Response begins (PEPPOL-T71-R001).
const MESSAGE_LEVEL: &str = "urn:fdc:peppol.eu:poacc:trns:mlr:3";

const NAMESPACES: [(&str, &str); 3] = [
    ("xmlns", "urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2"),
    ("xmlns:cac", "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"),
    ("xmlns:cbc", "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"),
];

/// UNTDID 4343, the part that an Invoice Response uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Received,
    InProcess,
    UnderQuery,
    ConditionallyAccepted,
    Rejected,
    Accepted,
    Paid,
}

impl Status {
    pub const ALL: [Status; 7] =
        [Status::Received, Status::InProcess, Status::UnderQuery, Status::ConditionallyAccepted, Status::Rejected, Status::Accepted, Status::Paid];

    pub fn code(self) -> &'static str {
        match self {
            Status::Received => "AB",
            Status::InProcess => "IP",
            Status::UnderQuery => "UQ",
            Status::ConditionallyAccepted => "CA",
            Status::Rejected => "RE",
            Status::Accepted => "AP",
            Status::Paid => "PD",
        }
    }
}

/// Who sends or gets it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseParty {
    pub endpoint_scheme: String,
    pub endpoint: String,
    pub name: String,
}

/// Why, or what is asked: a code of `OPStatusReason` or `OPStatusAction`, with words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clarification {
    pub list: &'static str,
    pub code: String,
    pub text: String,
    /// A business term, and the value that was expected there.
    pub condition: Option<(String, String)>,
}

pub const REASON_LIST: &str = "OPStatusReason";
pub const ACTION_LIST: &str = "OPStatusAction";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub id: String,
    /// ISO 8601 day.
    pub issued_on: String,
    pub sender: ResponseParty,
    pub receiver: ResponseParty,
    pub status: Status,
    pub clarifications: Vec<Clarification>,
    /// BT-1, BT-2 and BT-3 of the invoice that is answered.
    pub invoice: String,
    pub invoice_day: String,
    pub invoice_kind: String,
}

/// What somebody answers to a document of ours, as far as it is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Who answers: scheme and number.
    pub sender: String,
    /// Whether it says no more than how the message came through (Message Level Response, T71): accepted then is that it can be read.
    pub is_of_message: bool,
    pub status: Status,
    /// Reasons and actions, codes with their words.
    pub said: String,
    /// The number of the document that is answered, or of its envelope.
    pub about: String,
}

/// Reads an Invoice Response or a Message Level Response; `None` for anything else.
pub fn read(document: &str) -> Option<Heard> {
    let root = tree(document).filter(|root| root.name == "ApplicationResponse")?;
    let answer = root.at("DocumentResponse")?;
    let code = answer.text("Response/ResponseCode");
    let status = Status::ALL.into_iter().find(|status| status.code() == code)?;
    // An Invoice Response has its words with its status, a Message Level Response in descriptions, of the whole and of lines.
    let lines = answer.all("LineResponse").filter_map(|line| line.at("Response"));
    let responses: Vec<_> = answer.at("Response").into_iter().chain(lines).collect();
    let in_status = |response: &Element| -> Vec<String> {
        response.all("Status").map(|status| format!("{} {}", status.text("StatusReasonCode"), status.text("StatusReason"))).collect()
    };
    let said = responses.iter().flat_map(|response| {
        let descriptions = response.all("Description").map(|description| description.text.clone());
        in_status(response).into_iter().chain(descriptions).collect::<Vec<_>>()
    });
    let said: Vec<String> = said.map(|text| text.trim().to_string()).filter(|text| !text.is_empty()).collect();
    let sender = format!("{}:{}", root.attribute("SenderParty/EndpointID", "schemeID"), root.text("SenderParty/EndpointID"));
    let is_of_message = root.text("CustomizationID").starts_with(MESSAGE_LEVEL);
    Some(Heard { sender, is_of_message, status, said: said.join("; "), about: answer.text("DocumentReference/ID") })
}

/// The document.
pub fn write(response: &Response) -> String {
    let mut xml = Xml::open("ApplicationResponse", &NAMESPACES);
    xml.text("cbc:CustomizationID", CUSTOMIZATION);
    xml.text("cbc:ProfileID", PROFILE);
    xml.text("cbc:ID", &response.id);
    xml.text("cbc:IssueDate", &response.issued_on);
    party(&mut xml, "cac:SenderParty", &response.sender);
    party(&mut xml, "cac:ReceiverParty", &response.receiver);
    xml.within("cac:DocumentResponse", |xml| {
        xml.within("cac:Response", |xml| {
            xml.text_with("cbc:ResponseCode", &[("listID", "UNCL4343OpSubset")], response.status.code());
            response.clarifications.iter().for_each(|one| clarification(xml, one));
        });
        xml.within("cac:DocumentReference", |xml| {
            xml.text("cbc:ID", &response.invoice);
            xml.text("cbc:IssueDate", &response.invoice_day);
            xml.text_with("cbc:DocumentTypeCode", &[("listID", "UNCL1001")], &response.invoice_kind);
        });
    });
    xml.close("ApplicationResponse")
}

fn party(xml: &mut Xml, role: &str, party: &ResponseParty) {
    xml.within(role, |xml| {
        xml.text_with("cbc:EndpointID", &[("schemeID", &party.endpoint_scheme)], &party.endpoint);
        xml.within("cac:PartyLegalEntity", |xml| xml.text("cbc:RegistrationName", &party.name));
    });
}

fn clarification(xml: &mut Xml, one: &Clarification) {
    xml.within("cac:Status", |xml| {
        xml.text_with("cbc:StatusReasonCode", &[("listID", one.list)], &one.code);
        xml.text("cbc:StatusReason", &one.text);
        if let Some((term, value)) = &one.condition {
            xml.within("cac:Condition", |xml| {
                xml.text("cbc:AttributeID", term);
                xml.text("cbc:Description", value);
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Section 17: a missing order number is UQ + REF + PIN with Condition BT-13.
    #[test]
    fn a_missing_order_number_is_asked_for() {
        let party = |name: &str| ResponseParty { endpoint_scheme: "0106".into(), endpoint: "68712345".into(), name: name.into() };
        let about = |list, code: &str, condition: Option<(&str, &str)>| Clarification {
            list,
            code: code.into(),
            text: "Order <number> & line".into(),
            condition: condition.map(|(term, value)| (term.into(), value.into())),
        };
        let xml = write(&Response {
            id: "R-1".into(),
            issued_on: "2026-03-05".into(),
            sender: party("Ziekenhuis"),
            receiver: party("Linde"),
            status: Status::UnderQuery,
            clarifications: vec![about(REASON_LIST, "REF", Some(("BT-13", "4500001234"))), about(ACTION_LIST, "PIN", None)],
            invoice: "F-1".into(),
            invoice_day: "2026-03-04".into(),
            invoice_kind: "380".into(),
        });
        for part in [
            "<cbc:CustomizationID>urn:fdc:peppol.eu:poacc:trns:invoice_response:3</cbc:CustomizationID>",
            "<cbc:ResponseCode listID=\"UNCL4343OpSubset\">UQ</cbc:ResponseCode>",
            "<cbc:StatusReasonCode listID=\"OPStatusReason\">REF</cbc:StatusReasonCode>",
            "<cbc:StatusReasonCode listID=\"OPStatusAction\">PIN</cbc:StatusReasonCode>",
            "<cbc:AttributeID>BT-13</cbc:AttributeID>",
            "<cbc:StatusReason>Order &lt;number&gt; &amp; line</cbc:StatusReason>",
            "<cbc:DocumentTypeCode listID=\"UNCL1001\">380</cbc:DocumentTypeCode>",
        ] {
            assert!(xml.contains(part), "{part} in {xml}");
        }
    }
}
