//! Documents that the gateway made for buyers and suppliers, as they would leave, and what tools of others say of them. It must never judge by
//! the product's own word alone: structure is for `xmllint` and the official files.

use std::collections::HashMap;
use std::io::Write;
use std::process::{Command, Stdio};

use hookline::einvoice::{Day, check};
use hookline::flow::cxml;
use hookline::store::outbox::Message;
use hookline::wire::cxml::tree::{self, Element};
use serde_json::Value;

use crate::support::gateway::Gateway;
use crate::support::shared;

/// Fields that are numbers.
pub const NUMBERS: &[&str] = &["QUANTITY", "PRICE", "PRICEUNIT", "LEADTIME", "PRICE÷PRICEUNIT"];

/// A document that was made.
#[derive(Clone, Debug)]
pub struct Document {
    /// Of the element that says what it is: the payload of cXML, the root of UBL.
    pub name: String,
    pub xml: String,
}

/// Everything that is or was owed to buyers, in order.
pub async fn owed(gateway: &Gateway) -> Result<Vec<Document>, String> {
    let app = &gateway.server.app;
    let mut tx = app.store.read().await.map_err(|e| e.to_string())?;
    let rows =
        tx.sql("SELECT id, tenant, kind, lane, recipient, payload FROM outbox WHERE kind = 'cxml' OR kind = 'access-point' ORDER BY id").all().await;
    let mut all = Vec::new();
    for row in rows.map_err(|e| e.to_string())? {
        let text = |name: &str| row.text(name).map_err(|e| e.to_string());
        let message = Message {
            tenant: text("tenant")?,
            id: text("id")?,
            kind: text("kind")?,
            lane: text("lane")?,
            recipient: text("recipient")?,
            payload: text("payload")?,
            attempts: 0,
            fence: 0,
        };
        let payload: Value = serde_json::from_str(&message.payload).map_err(|e| e.to_string())?;
        let xml = match message.kind.as_str() {
            "cxml" => cxml::document(&app.form_key, &message).map_err(|e| e.to_string())?,
            _ => payload["document"].as_str().unwrap_or_default().to_owned(),
        };
        all.push(Document { name: name_of(&xml), xml });
    }
    Ok(all)
}

fn name_of(xml: &str) -> String {
    let names = ["ConfirmationRequest", "ShipNoticeRequest", "StatusUpdateRequest", "OrderRequest"];
    let of_cxml = names.into_iter().find(|name| xml.contains(&format!("<{name}")));
    let root = || xml.split('<').find(|part| part.starts_with(|c: char| c.is_ascii_alphabetic())).and_then(|part| part.split([' ', '>', '/']).next());
    of_cxml.map(str::to_owned).or_else(|| root().map(str::to_owned)).unwrap_or_default()
}

fn xmllint(arguments: &[&str], document: &str) -> Option<(bool, String)> {
    let mut run =
        Command::new("xmllint").args(arguments).arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().ok()?;
    run.stdin.take()?.write_all(document.as_bytes()).ok()?;
    let output = run.wait_with_output().ok()?;
    let said = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    Some((output.status.success(), String::from_utf8_lossy(&said).trim_end().to_owned()))
}

impl Document {
    fn is_ubl(&self) -> bool {
        self.xml.contains("urn:oasis:names:specification:ubl")
    }

    /// The text of the first element of a local name.
    pub fn text(&self, name: &str) -> String {
        self.xpath(&format!("//{name}"))
    }

    /// An expression over local names, without namespaces.
    pub fn xpath(&self, path: &str) -> String {
        let mut plain = self.xml.replace("<cbc:", "<").replace("</cbc:", "</").replace("<cac:", "<").replace("</cac:", "</");
        for namespace in ["xmlns=", "xmlns:cac=", "xmlns:cbc="] {
            while let Some((head, tail)) = plain.split_once(&format!(" {namespace}\"")) {
                plain = format!("{head}{}", tail.split_once('"').map_or("", |(_, rest)| rest));
            }
        }
        let (_, said) = xmllint(&["--nonet", "--xpath", &format!("string({path})")], &plain).expect("xmllint is here");
        said
    }

    /// What the official structure, and for UBL our own rules, say against it.
    pub fn faults(&self) -> Vec<String> {
        if self.is_ubl() { self.faults_of_ubl() } else { self.faults_of_cxml() }
    }

    fn faults_of_cxml(&self) -> Vec<String> {
        let Some(shared) = shared() else { return Vec::new() };
        let file = if matches!(self.name.as_str(), "ConfirmationRequest" | "ShipNoticeRequest") { "Fulfill.dtd" } else { "cXML.dtd" };
        let dtd = shared.join("data/cxml/dtd/1.2.071").join(file);
        match xmllint(&["--noout", "--nonet", "--dtdvalid", &dtd.display().to_string()], &self.xml) {
            Some((true, _)) => Vec::new(),
            Some((false, said)) => vec![said],
            None => vec!["xmllint is not here".to_owned()],
        }
    }

    /// What the structure of the message, as its publisher lists it, says: every element must be in it, and every one it asks for be there.
    fn faults_of_structure(&self, shared: &std::path::Path) -> Vec<String> {
        let read = |text: &str| tree::read(text.as_bytes(), None).expect("a document").root;
        let root = read(&self.xml);
        let specification = root.text_of("CustomizationID").unwrap_or_default();
        let message = specification.rsplit(':').nth(1).unwrap_or_default();
        let file = match message {
            "order_agreement" => "orderagreement".to_owned(),
            "punch_out" => "shoppingcart".to_owned(),
            other => other.replace('_', "-"),
        };
        let path = shared.join(format!("data/peppol-ordering/structure/syntax/ubl-{file}.xml"));
        let syntax = read(&std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())));
        let mut faults = Vec::new();
        compare(&root, syntax.child("Document").expect("a structure of a document"), &root.name, &mut faults);
        faults
    }

    fn faults_of_ubl(&self) -> Vec<String> {
        let report = check(self.xml.as_bytes(), None, Day(2026, 11, 28));
        let mut faults: Vec<String> = report.findings.iter().map(|finding| format!("{} at {}", finding.id, finding.place)).collect();
        faults.extend(report.departures.iter().flatten().map(|departure| format!("{departure:?}")));
        faults.extend((!report.accepted()).then(|| format!("not accepted: {:?}", report.refusal)));
        let Some(shared) = shared() else { return faults };
        faults.extend(self.faults_of_structure(&shared));
        // UBL 2.1 has no OrderChangeDocumentReference in an answer; the schema of the cart stands apart from those it uses.
        if self.xml.contains("OrderChangeDocumentReference") || self.name == "Catalogue" {
            return faults;
        }
        let xsd = shared.join(format!("data/einvoice/rules/xsd/ubl-2.1/maindoc/UBL-{}-2.1.xsd", self.name));
        match xmllint(&["--noout", "--nonet", "--schema", &xsd.display().to_string()], &self.xml) {
            Some((true, _)) => {}
            Some((false, said)) => faults.push(said),
            None => faults.push("xmllint is not here".to_owned()),
        }
        faults
    }
}

/// Local names of what a structure lists, with how often each may stand.
fn compare(element: &Element, structure: &Element, path: &str, faults: &mut Vec<String>) {
    let listed: Vec<(String, &Element)> = structure
        .all("Element")
        .map(|one| (one.text_of("Term").unwrap_or_default().rsplit(':').next().unwrap_or_default().to_owned(), one))
        .collect();
    for child in element.elements() {
        match listed.iter().find(|(name, _)| *name == child.name) {
            Some((name, structure)) => compare(child, structure, &format!("{path}/{name}"), faults),
            None => faults.push(format!("{path}/{} is not in the structure", child.name)),
        }
    }
    for (name, one) in &listed {
        let (least, most) = one.attribute("cardinality").unwrap_or("1..1").split_once("..").unwrap_or(("1", "1"));
        let count = element.all(name).count();
        if count < least.parse().unwrap_or(0) || most.parse().is_ok_and(|most: usize| count > most) {
            faults.push(format!("{path}/{name} stands {count} times"));
        }
    }
}

/// Parties of orders that are translated; the cases name none.
const BUYER: &str = "0192:987654325:Buyer:NO";
const SELLER: &str = "0088:7300010000001:Seller:NO";

/// What a translation came to: fields by line, or a document.
#[derive(Debug)]
pub struct Translation {
    pub lines: Vec<HashMap<String, String>>,
    pub document: Document,
}

/// A document of one format as one of another, or why it is refused.
pub fn translated(from: &str, into: &str, body: &[u8], digits: u32) -> Result<Translation, String> {
    use hookline::translate::{Asked, translate};
    let asked = Asked { from: from.into(), into: into.into(), digits, buyer: BUYER.into(), seller: SELLER.into() };
    let done = translate(&asked, body)?;
    let lines = done.lines.into_iter().map(|line| line.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()).collect();
    Ok(Translation { lines, document: Document { name: name_of(&done.xml), xml: done.xml } })
}

/// A field, or the quotient of price and price unit.
pub fn oci_field(line: &HashMap<String, String>, field: &str) -> Option<String> {
    let number = |name: &str| line.get(name).and_then(|text| text.parse::<rust_decimal::Decimal>().ok());
    match field {
        "PRICE÷PRICEUNIT" => number("PRICE").zip(number("PRICEUNIT")).map(|(price, unit)| (price / unit).normalize().to_string()),
        "LONGTEXT_1:132" => line.get("LONGTEXT").cloned(),
        other => line.get(other).cloned(),
    }
}
