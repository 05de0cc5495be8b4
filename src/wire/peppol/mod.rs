//! Messages of Peppol ordering (reference cxml-and-peppol-ordering, Part II): UBL to the order in the middle (`wire/cxml/kept`) and back. Pure;
//! judges no rule, that is for `einvoice`; decides nothing about money or access.

pub mod account;
pub mod agreed;
pub mod agreement;
pub mod answer;
pub mod cart;
pub mod change_writer;
pub mod despatch;
pub mod order;
pub mod order_writer;
pub mod settings;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::wire::cxml::numbers::decimal;
use crate::wire::cxml::tree::Element;
use crate::wire::ubl::writer::Xml;

/// A message of ordering (section 20).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    #[default]
    Order,
    OrderChange,
    OrderCancellation,
    OrderResponse,
    OrderResponseAdvanced,
    OrderAgreement,
    DespatchAdvice,
    PunchOut,
}

/// What all specifications of ordering begin with.
pub const SPECIFICATIONS: &str = "urn:fdc:peppol.eu:poacc:trns:";
const UBL: &str = "urn:oasis:names:specification:ubl:schema:xsd:";

impl Message {
    pub const ALL: [Message; 8] = [
        Message::Order,
        Message::OrderChange,
        Message::OrderCancellation,
        Message::OrderResponse,
        Message::OrderResponseAdvanced,
        Message::OrderAgreement,
        Message::DespatchAdvice,
        Message::PunchOut,
    ];

    /// How its specification ends, before what a country or a partner adds.
    fn end(self) -> &'static str {
        match self {
            Message::Order => "order:3",
            Message::OrderChange => "order_change:3",
            Message::OrderCancellation => "order_cancellation:3",
            Message::OrderResponse => "order_response:3",
            Message::OrderResponseAdvanced => "order_response_advanced:3",
            Message::OrderAgreement => "order_agreement:3",
            Message::DespatchAdvice => "despatch_advice:3",
            Message::PunchOut => "punch_out:3",
        }
    }

    pub fn root(self) -> &'static str {
        match self {
            Message::Order => "Order",
            Message::OrderChange => "OrderChange",
            Message::OrderCancellation => "OrderCancellation",
            Message::OrderResponse | Message::OrderResponseAdvanced | Message::OrderAgreement => "OrderResponse",
            Message::DespatchAdvice => "DespatchAdvice",
            Message::PunchOut => "Catalogue",
        }
    }

    /// By what the document names as its specification, never by its root: three share one (section 20).
    pub fn of(root: &Element) -> Option<Message> {
        let specification = root.text_of("CustomizationID")?;
        let end = specification.strip_prefix(SPECIFICATIONS)?;
        Message::ALL.into_iter().find(|message| end.starts_with(message.end()) && root.name == message.root())
    }

    pub fn specification(self) -> String {
        format!("{SPECIFICATIONS}{}", self.end())
    }

    /// The document type by which the network knows it, without its scheme. Those of advanced ordering are registered for UBL 2.3.
    pub fn document_type(self) -> String {
        let version = match self {
            Message::OrderChange | Message::OrderCancellation | Message::OrderResponseAdvanced => "2.3",
            Message::Order | Message::OrderResponse | Message::OrderAgreement | Message::DespatchAdvice | Message::PunchOut => "2.1",
        };
        format!("{UBL}{0}-2::{0}##{1}::{version}", self.root(), self.specification())
    }

    /// An open document of this kind with what every one begins with.
    fn open(self, process: &str) -> Xml {
        let namespace = format!("{UBL}{}-2", self.root());
        let aggregates = format!("{UBL}CommonAggregateComponents-2");
        let basics = format!("{UBL}CommonBasicComponents-2");
        let mut xml = Xml::open(self.root(), &[("xmlns", &namespace), ("xmlns:cac", &aggregates), ("xmlns:cbc", &basics)]);
        xml.text("cbc:CustomizationID", &self.specification());
        xml.text("cbc:ProfileID", process);
        xml
    }
}

/// How far the two sides talk about an order (section 20).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Process {
    /// The order alone: nothing is answered.
    OrderOnly,
    #[default]
    Ordering,
    AdvancedOrdering,
}

const PROCESSES: [(&str, Process); 3] = [
    ("urn:fdc:peppol.eu:poacc:bis:order_only:3", Process::OrderOnly),
    ("urn:fdc:peppol.eu:poacc:bis:ordering:3", Process::Ordering),
    ("urn:fdc:peppol.eu:poacc:bis:advanced_ordering:3", Process::AdvancedOrdering),
];
pub const DESPATCHING: &str = "urn:fdc:peppol.eu:poacc:bis:despatch_advice:3";

impl Process {
    pub fn of(text: &str) -> Option<Process> {
        PROCESSES.iter().find(|(name, _)| *name == text).map(|(_, process)| *process)
    }

    pub fn name(self) -> &'static str {
        match self {
            Process::OrderOnly => PROCESSES[0].0,
            Process::Ordering => PROCESSES[1].0,
            Process::AdvancedOrdering => PROCESSES[2].0,
        }
    }

    /// The message in which an order is answered; none where nothing is.
    pub fn answer(self) -> Option<Message> {
        match self {
            Process::OrderOnly => None,
            Process::Ordering => Some(Message::OrderResponse),
            Process::AdvancedOrdering => Some(Message::OrderResponseAdvanced),
        }
    }
}

/// A party as messages name it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Party {
    pub scheme: String,
    pub endpoint: String,
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub country: String,
    /// Of its contact.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mail: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub contact: String,
}

impl Party {
    /// Of the element that holds `Party`.
    pub fn read(holder: &Element) -> Option<Party> {
        let party = holder.child("Party")?;
        let endpoint = party.child("EndpointID");
        let legal = party.text_at(&["PartyLegalEntity", "RegistrationName"]);
        Some(Party {
            scheme: endpoint.and_then(|endpoint| endpoint.attribute("schemeID")).unwrap_or_default().to_string(),
            endpoint: endpoint.and_then(Element::text).unwrap_or_default(),
            name: legal.or_else(|| party.text_at(&["PartyName", "Name"])).unwrap_or_default(),
            country: party.text_at(&["PostalAddress", "Country", "IdentificationCode"]).unwrap_or_default(),
            mail: party.text_at(&["Contact", "ElectronicMail"]).unwrap_or_default(),
            contact: party.text_at(&["Contact", "Name"]).unwrap_or_default(),
        })
    }

    /// As the network writes it: `0106:12345678`.
    pub fn address(&self) -> String {
        format!("{}:{}", self.scheme, self.endpoint)
    }

    /// Address and legal name; with its country where the message asks for it.
    fn write(&self, xml: &mut Xml, holder: &str, with_country: bool) {
        xml.within(holder, |xml| {
            xml.within("cac:Party", |xml| {
                xml.text_with("cbc:EndpointID", &[("schemeID", &self.scheme)], &self.endpoint);
                if with_country && !self.country.is_empty() {
                    xml.within("cac:PostalAddress", |xml| {
                        xml.within("cac:Country", |xml| xml.text("cbc:IdentificationCode", &self.country));
                    });
                }
                xml.within("cac:PartyLegalEntity", |xml| {
                    xml.text("cbc:RegistrationName", if self.name.trim().is_empty() { &self.endpoint } else { &self.name });
                });
            });
        });
    }
}

/// Who talks to whom about an order, and how: what every later message repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Correspondence {
    pub process: Process,
    pub buyer: Party,
    pub seller: Party,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub buyer_reference: String,
    /// The change that was last, which answers name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub change: String,
}

/// Amounts and quantities beyond this are no trade, and sums of them must fit.
const NUMBER_MAX: i64 = 1_000_000_000_000_000;

/// A number of a message; `None` for what is none, or too large.
fn number(text: &str) -> Option<Decimal> {
    decimal(text).filter(|value| value.abs() < Decimal::from(NUMBER_MAX))
}

/// The shortest form of a number, never an exponent.
fn plain(value: Decimal) -> String {
    value.normalize().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::cxml::tree;

    #[test]
    fn a_message_is_known_by_its_specification() {
        let of = |root: &str, specification: &str| {
            let text = format!("<{root}><CustomizationID>{specification}</CustomizationID></{root}>");
            Message::of(&tree::read(text.as_bytes(), None).expect("a document of this test").root)
        };
        let begins = "urn:fdc:peppol.eu:poacc:trns:";
        assert_eq!(of("Order", &format!("{begins}order:3")), Some(Message::Order));
        assert_eq!(of("Order", &format!("{begins}order:3:extended:urn:fdc:example.com:1")), Some(Message::Order));
        assert_eq!(of("OrderResponse", &format!("{begins}order_agreement:3")), Some(Message::OrderAgreement));
        assert_eq!(of("OrderResponse", &format!("{begins}order_response_advanced:3")), Some(Message::OrderResponseAdvanced));
        assert_eq!(of("OrderResponse", &format!("{begins}order:3")), None);
        assert_eq!(of("Order", "urn:www.cenbii.eu:transaction:biitrns001:ver2.0"), None);
        for message in Message::ALL {
            assert_eq!(of(message.root(), &message.specification()), Some(message));
        }
    }
}
