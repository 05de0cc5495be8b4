//! Documents to send: UTF-8 without mark, a DOCTYPE, no CDATA, everything escaped, no element for what is absent, illegal characters left out
//! (section 2, "Writing"). The tree is the one that the reader makes, so that what is written can be read again.

use super::envelope::Identity;
use super::status::Status;
use super::tree::{Element, Node};

/// Which of the shipped document types a payload belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtd {
    Cxml,
    Fulfill,
    InvoiceDetail,
}

impl Dtd {
    pub fn file(self) -> &'static str {
        match self {
            Dtd::Cxml => "cXML.dtd",
            Dtd::Fulfill => "Fulfill.dtd",
            Dtd::InvoiceDetail => "InvoiceDetail.dtd",
        }
    }

    /// By the element in the document's request or message.
    pub fn of_payload(name: &str) -> Dtd {
        match name {
            "ConfirmationRequest" | "ShipNoticeRequest" => Dtd::Fulfill,
            "InvoiceDetailRequest" => Dtd::InvoiceDetail,
            _ => Dtd::Cxml,
        }
    }

    pub fn of_file(file: &str) -> Option<Dtd> {
        [Dtd::Cxml, Dtd::Fulfill, Dtd::InvoiceDetail].into_iter().find(|dtd| dtd.file() == file)
    }
}

pub fn element(name: &str) -> Element {
    Element { name: name.to_string(), ..Element::default() }
}

/// An element with a text.
pub fn text(name: &str, text: impl Into<String>) -> Element {
    element(name).text_in(text)
}

/// An amount in its currency.
pub fn money(holder: &str, currency: &str, amount: impl std::fmt::Display) -> Element {
    element(holder).and(text("Money", amount.to_string()).with("currency", currency))
}

impl Element {
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Element {
        self.attributes.push((name.to_string(), value.into()));
        self
    }

    /// The same where there is a value.
    pub fn with_some(self, name: &str, value: Option<impl Into<String>>) -> Element {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub fn and(mut self, child: Element) -> Element {
        self.content.push(Node::Element(child));
        self
    }

    pub fn and_all(mut self, children: impl IntoIterator<Item = Element>) -> Element {
        self.content.extend(children.into_iter().map(Node::Element));
        self
    }

    pub fn text_in(mut self, text: impl Into<String>) -> Element {
        self.content.push(Node::Text(text.into()));
        self
    }

    pub fn content(mut self, nodes: Vec<Node>) -> Element {
        self.content.extend(nodes);
        self
    }
}

/// What stands around every document.
#[derive(Clone, Debug)]
pub struct Cover<'c> {
    pub payload: &'c str,
    /// ISO 8601 with seconds and a numeric offset.
    pub timestamp: &'c str,
    pub version: &'c str,
}

/// A whole document.
pub fn document(cover: &Cover<'_>, dtd: Dtd, parts: Vec<Element>) -> String {
    let root =
        element("cXML").with("payloadID", cover.payload).with("timestamp", cover.timestamp).with("version", cover.version).with("xml:lang", "en");
    let root = root.and_all(parts);
    let mut out = String::with_capacity(1024);
    out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!("<!DOCTYPE cXML SYSTEM \"http://xml.cxml.org/schemas/cXML/{}/{}\">\n", cover.version, dtd.file()));
    put(&root, &mut out);
    out.push('\n');
    out
}

/// The inside of an element as text, for keeping what must come back unchanged.
pub fn inside(element: &Element) -> String {
    let mut out = String::new();
    element.content.iter().for_each(|node| put_node(node, &mut out));
    out
}

/// What [`inside`] gave, as nodes again.
pub fn nodes(fragment: &str) -> Vec<Node> {
    super::tree::read(format!("<a>{fragment}</a>").as_bytes(), None).map(|document| document.root.content).unwrap_or_default()
}

fn put(element: &Element, out: &mut String) {
    out.push('<');
    out.push_str(&element.name);
    for (name, value) in &element.attributes {
        out.push_str(&format!(" {name}=\""));
        escape(value, true, out);
        out.push('"');
    }
    if element.content.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    element.content.iter().for_each(|node| put_node(node, out));
    out.push_str(&format!("</{}>", element.name));
}

fn put_node(node: &Node, out: &mut String) {
    match node {
        Node::Text(text) => escape(text, false, out),
        Node::Element(element) => put(element, out),
    }
}

fn escape(text: &str, in_attribute: bool, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if in_attribute => out.push_str("&quot;"),
            '\t' | '\n' | '\r' if in_attribute => out.push_str(&format!("&#{};", u32::from(c))),
            '\r' => out.push_str("&#13;"),
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
}

/// Every character outside of ASCII as a reference: for a form field whose encoding the browser may change.
pub fn ascii(document: &str) -> String {
    document.chars().map(|c| if (' '..='~').contains(&c) || c == '\n' { c.to_string() } else { format!("&#{};", u32::from(c)) }).collect()
}

fn credential(identity: &Identity) -> Element {
    element("Credential").with("domain", &*identity.domain).and(text("Identity", &*identity.identity))
}

/// The header of what we send. A cart passes through the user's browser: it never carries a secret.
pub fn header(own: &Identity, buyer: &Identity, secret: Option<&str>) -> Element {
    header_for(own, own, buyer, secret)
}

/// The same in somebody else's name.
pub fn header_for(from: &Identity, own: &Identity, to: &Identity, secret: Option<&str>) -> Element {
    let sender = credential(own).and_all(secret.map(|secret| text("SharedSecret", secret)));
    element("Header")
        .and(element("From").and(credential(from)))
        .and(element("To").and(credential(to)))
        .and(element("Sender").and(sender).and(text("UserAgent", "hookline")))
}

fn status_element(status: Status, said: &str) -> Element {
    element("Status").with("code", status.code().to_string()).with("text", status.phrase()).with("xml:lang", "en").text_in(said)
}

/// The answer to a request; what is beside the status only where it is a success.
pub fn response(cover: &Cover<'_>, status: Status, said: &str, beside: Option<Element>) -> String {
    let inner = element("Response").and(status_element(status, said)).and_all(beside.filter(|_| status.is_success()));
    document(cover, Dtd::Cxml, vec![inner])
}

pub fn start_page(url: &str) -> Element {
    element("PunchOutSetupResponse").and(element("StartPage").and(text("URL", url)))
}

/// Which requests an address takes (section 8).
pub fn profile(effective: &str, url: &str, requests: &[&str], options: &[(&str, &str)]) -> Element {
    let option = |(name, value): &(&str, &str)| text("Option", *value).with("name", *name);
    let transaction = |request: &&str| element("Transaction").with("requestName", *request).and(text("URL", url));
    element("ProfileResponse").with("effectiveDate", effective).and_all(options.iter().map(option)).and_all(requests.iter().map(transaction))
}

/// What became of a document that was answered with 201 (section 14).
pub fn status_update(payload: &str, status: Status, said: &str) -> Element {
    element("StatusUpdateRequest").and(element("DocumentReference").with("payloadID", payload)).and(status_element(status, said))
}

/// A request with its header.
pub fn request(cover: &Cover<'_>, dtd: Dtd, header: Element, is_test: bool, payload: Element) -> String {
    let mode = if is_test { "test" } else { "production" };
    document(cover, dtd, vec![header, element("Request").with("deploymentMode", mode).and(payload)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::cxml::{envelope, tree};

    const COVER: Cover<'_> = Cover { payload: "1.1@host", timestamp: "2026-03-05T10:15:00+01:00", version: "1.2.045" };

    #[test]
    fn what_is_written_is_read_again() {
        let (own, buyer) = (Identity::parse("DUNS:1").expect("an identity"), Identity::parse("NetworkId:b & c").expect("an identity"));
        let payload = status_update("p\"@x", Status::Ok, "a < b\u{7} & \"c\"\r\nö");
        let written = request(&COVER, Dtd::Cxml, header(&own, &buyer, Some("s&1")), true, payload);
        let read = tree::read(written.as_bytes(), None).expect("our own document");
        let envelope = envelope::read(&read, &mut Vec::new()).expect("an envelope");
        assert_eq!((envelope.secret.expose(), envelope.to[0].identity.as_str(), envelope.is_test), ("s&1", "b & c", true));
        let status = envelope.payload_element.child("Status").expect("a status");
        assert_eq!(status.own_text().as_deref(), Some("a < b & \"c\"\r\nö"));
        assert_eq!(envelope.payload_element.child("DocumentReference").and_then(|r| r.attribute("payloadID")), Some("p\"@x"));
    }

    #[test]
    fn ascii_alone_says_the_same() {
        let written = response(&COVER, Status::BadRequest, "größer €", Some(element("PunchOutSetupResponse")));
        assert!(!written.contains("PunchOutSetupResponse"));
        let plain = ascii(&written);
        assert!(plain.is_ascii() && !plain.contains('\r'));
        let said = |text: &str| tree::read(text.as_bytes(), None).expect("a document").root.text();
        assert_eq!(said(&plain), said(&written));
    }

    proptest::proptest! {
        #[test]
        fn a_fragment_comes_back(text in "\\PC{0,40}", attribute in "\\PC{0,40}") {
            let inner = element("x").with("y", attribute.clone()).text_in(text.clone());
            let fragment = inside(&element("a").and(inner.clone()));
            let back = nodes(&fragment);
            let expected = if text.is_empty() { element("x").with("y", attribute) } else { inner };
            proptest::prop_assert_eq!(back, vec![Node::Element(expected)]);
        }
    }
}
