//! The envelope of cXML: who sends for whom to whom, and the one request or message in it (sections 3 and 4).
//! Reads; who may do what is decided where the connections are known.

use super::Fault;
use super::tree::{Document, Element, Node};
use crate::domain::name::Secret;

/// A business party in one of its domains. Compared trimmed; domains without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub domain: String,
    pub identity: String,
    /// It names a marketplace, not the party itself.
    pub is_marketplace: bool,
}

impl Identity {
    /// `NetworkId:hanse-erp`, as settings write it.
    pub fn parse(text: &str) -> Option<Identity> {
        let (domain, identity) = text.split_once(':')?;
        let (domain, identity) = (domain.trim().to_string(), identity.trim().to_string());
        (!domain.is_empty() && !identity.is_empty()).then_some(Identity { domain, identity, is_marketplace: false })
    }

    /// Whether a setting means it; `exactly` tells test identities (`-T`, `-t`) apart.
    pub fn is(&self, setting: &Identity, exactly: bool) -> bool {
        let same = if exactly { self.identity == setting.identity } else { self.identity.eq_ignore_ascii_case(&setting.identity) };
        same && self.domain.eq_ignore_ascii_case(&setting.domain)
    }
}

/// What a sender proves itself with.
#[derive(Clone, Debug)]
pub struct Envelope<'d> {
    pub payload: String,
    pub timestamp: String,
    pub language: String,
    pub from: Vec<Identity>,
    pub to: Vec<Identity>,
    pub sender: Vec<Identity>,
    pub secret: Secret,
    pub user_agent: String,
    pub is_test: bool,
    pub is_signed: bool,
    /// The element inside `Request` or `Message`.
    pub payload_element: &'d Element,
    pub is_request: bool,
    /// `Message/Status/@code`.
    pub message_status: Option<String>,
}

/// The longest payload id that is taken.
const PAYLOAD_MAX: usize = 255;

/// Reads the envelope of a request or message. A `Response` has none.
pub fn read<'d>(document: &'d Document, warnings: &mut Vec<String>) -> Result<Envelope<'d>, Fault> {
    let root = &document.root;
    if root.name != "cXML" {
        if !root.name.eq_ignore_ascii_case("cXML") {
            return Err(Fault::form("the document is not cXML"));
        }
        warnings.push("the root element is not written cXML".to_string());
    }
    let payload = root.attribute("payloadID").ok_or_else(|| Fault::missing("cXML/@payloadID"))?.to_string();
    if payload.chars().count() > PAYLOAD_MAX || payload.chars().any(char::is_control) {
        return Err(Fault::form(format_args!("cXML/@payloadID has more than {PAYLOAD_MAX} characters or control characters")));
    }
    let header = root.child("Header").ok_or_else(|| Fault::missing("Header"))?;
    let parts: Vec<&Element> = root.elements().filter(|element| matches!(element.name.as_str(), "Request" | "Message" | "Response")).collect();
    let [part] = parts.as_slice() else {
        return Err(Fault::form(if parts.is_empty() { "there is no Request in it" } else { "there is more than one Request or Message in it" }));
    };
    let mut inner = part.elements().filter(|element| element.name != "Status");
    let payload_element = inner.next().ok_or_else(|| Fault::form(format_args!("{} is empty", part.name)))?;
    if inner.next().is_some() {
        return Err(Fault::form(format_args!("there is more than one element in {}", part.name)));
    }
    let sender = header.child("Sender");
    Ok(Envelope {
        payload,
        timestamp: root.attribute("timestamp").unwrap_or_default().to_string(),
        language: root.attribute("xml:lang").unwrap_or_default().to_string(),
        from: identities(header.child("From")),
        to: identities(header.child("To")),
        sender: identities(sender),
        secret: Secret::new(sender.map(secret).unwrap_or_default()),
        user_agent: sender.and_then(|sender| sender.text_of("UserAgent")).unwrap_or_default(),
        is_test: part.attribute("deploymentMode").is_some_and(|mode| mode.eq_ignore_ascii_case("test")),
        is_signed: root.elements().any(|element| element.name == "Signature"),
        payload_element,
        is_request: part.name == "Request",
        message_status: part.child("Status").and_then(|status| status.attribute("code")).map(str::to_string),
    })
}

fn identities(party: Option<&Element>) -> Vec<Identity> {
    let read = |credential: &Element| {
        let domain = credential.attribute("domain")?.to_string();
        let identity = credential.text_of("Identity")?;
        let is_marketplace = credential.attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("marketplace"));
        Some(Identity { domain, identity, is_marketplace })
    };
    party.into_iter().flat_map(|party| party.all("Credential")).filter_map(read).collect()
}

/// The secret as it is written: unlike identities it is not trimmed.
fn secret(sender: &Element) -> String {
    let text =
        |secret: &Element| secret.content.iter().filter_map(|node| if let Node::Text(text) = node { Some(text.as_str()) } else { None }).collect();
    let found: Option<String> =
        sender.all("Credential").filter_map(|credential| credential.child("SharedSecret")).map(text).find(|text: &String| !text.is_empty());
    found.unwrap_or_default()
}

/// What a document says, for telling a repeat from another document under the same id: elements, sorted attributes and text, without what
/// may differ between two tries (section 6).
pub fn meaning(document: &Document) -> String {
    let mut out = String::new();
    tell(&document.root, &mut out, true);
    out
}

fn tell(element: &Element, out: &mut String, is_root: bool) {
    let mut attributes: Vec<_> = element.attributes.iter().filter(|(name, _)| !(is_root && name == "timestamp")).collect();
    attributes.sort();
    out.push('<');
    out.push_str(&element.name);
    for (name, value) in attributes {
        out.push_str(&format!("\u{1}{name}\u{2}{value}"));
    }
    out.push('>');
    for node in &element.content {
        match node {
            Node::Text(text) if text.trim().is_empty() => {}
            Node::Text(text) => out.push_str(text),
            Node::Element(inner) if element.name == "Header" && inner.name == "Sender" => {}
            Node::Element(inner) => tell(inner, out, false),
        }
    }
    out.push_str("</>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::cxml::tree;

    const DOCUMENT: &str = "<cXML payloadID='p@x' timestamp='t1' version='1'><Header><From><Credential domain='NetworkID'><Identity> a </Identity></Credential>\
        <Credential domain='x' type='marketplace'><Identity>m</Identity></Credential></From><To><Credential domain='DUNS'><Identity>1</Identity></Credential></To>\
        <Sender><Credential domain='NetworkId'><Identity>\n a</Identity><SharedSecret> s </SharedSecret><SharedSecret1>z</SharedSecret1></Credential><UserAgent>ERP</UserAgent></Sender></Header>\
        <Request deploymentMode='test'><ProfileRequest/></Request></cXML>";

    #[test]
    fn everybody_in_the_header_is_read() {
        let document = tree::read(DOCUMENT.as_bytes(), None).expect("a document");
        let envelope = read(&document, &mut Vec::new()).expect("an envelope");
        assert_eq!(envelope.from.len(), 2);
        assert!(envelope.from[0].is(&Identity::parse("networkid:a").expect("an identity"), true) && envelope.from[1].is_marketplace);
        assert_eq!(envelope.secret.expose(), " s ");
        assert!(envelope.is_test && envelope.is_request);
        assert_eq!(envelope.payload_element.name, "ProfileRequest");
        assert!(!format!("{envelope:?}").contains(" s "));
    }

    #[test]
    fn there_is_one_request() {
        for (from, to) in [
            ("<ProfileRequest/></Request>", "<ProfileRequest/></Request><Request><ProfileRequest/></Request>"),
            ("<ProfileRequest/>", "<ProfileRequest/><ProfileRequest/>"),
            ("<ProfileRequest/>", ""),
            ("payloadID='p@x'", "payloadID=' '"),
            ("<Header>", "<Heading>"),
        ] {
            let changed = DOCUMENT.replace(from, to).replace(if from == "<Header>" { "</Header>" } else { "\0" }, "</Heading>");
            let document = tree::read(changed.as_bytes(), None).expect("well-formed");
            assert!(read(&document, &mut Vec::new()).is_err(), "{to}");
        }
    }

    #[test]
    fn the_meaning_outlives_a_retry() {
        let of = |text: &str| meaning(&tree::read(text.as_bytes(), None).expect("a document"));
        let same = DOCUMENT.replace("t1", "t2").replace(" s ", "new").replace("ERP", "ERP 2").replace("<Request", "<!-- again -->\n <Request");
        let same = same.replace("<cXML ", "<?pi x?><!DOCTYPE cXML SYSTEM 'x'>\n<cXML ");
        assert_eq!(of(&same), of(DOCUMENT));
        assert_ne!(of(&DOCUMENT.replace("'test'", "'production'")), of(DOCUMENT));
        assert_ne!(of(&DOCUMENT.replace("<Identity>1<", "<Identity>2<")), of(DOCUMENT));
    }
}
