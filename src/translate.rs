//! `hookline translate`: a document of one format as one of another, with what is lost, for whoever sets up a connection and wants to know before
//! it goes live. Nothing is booked, sent or kept; opens no database. What cannot be said exactly is refused with the line's number.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use crate::cli::Format;
use crate::domain::connection::{Cxml, Unknown};
use crate::domain::deviation::Response;
use crate::domain::money::Currency;
use crate::domain::time::ZONE;
use crate::flow::proving;
use crate::wire::cxml::kept::Kept;
use crate::wire::cxml::order::{self, Terms};
use crate::wire::cxml::tree::{self, Element};
use crate::wire::cxml::{Fault, to_oci};
use crate::wire::loss::Loss;
use crate::wire::peppol::{Correspondence, Party, order_writer};

/// The ways there are.
const WAYS: [(&str, &str); 2] = [("cxml.PunchOutOrderMessage", "oci.return"), ("cxml.OrderRequest", "peppol.Order")];

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub from: String,
    pub into: String,
    /// Digits of PRICEUNIT at the receiver.
    pub digits: u32,
    /// `scheme:number:name:country` of both sides of a Peppol order.
    pub buyer: String,
    pub seller: String,
}

/// The document, and what is lost in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Translated {
    /// Fields by line, of a form.
    pub lines: Vec<Vec<(&'static str, String)>>,
    pub xml: String,
    pub losses: Vec<String>,
}

/// Translates a document.
///
/// # Errors
/// Why it cannot be said in the other format, with the line.
pub fn translate(asked: &Asked, document: &[u8]) -> Result<Translated, String> {
    let document = tree::read(document, None).map_err(|fault| fault.text)?;
    match (asked.from.as_str(), asked.into.as_str()) {
        ("cxml.PunchOutOrderMessage", "oci.return") => cart(asked, &document.root).map_err(|fault| fault.text),
        ("cxml.OrderRequest", "peppol.Order") => ordered(asked, &document.root),
        _ => Err(format!("there is no such way; there are {}", WAYS.map(|(from, into)| format!("{from} into {into}")).join(", "))),
    }
}

fn cart(asked: &Asked, root: &Element) -> Result<Translated, Fault> {
    let cart = to_oci::translate(root, &Cxml::default(), asked.digits, |text| proving::sha256(text)[..32].to_string())?;
    Ok(Translated { lines: cart.lines, losses: cart.losses, ..Translated::default() })
}

fn ordered(asked: &Asked, root: &Element) -> Result<Translated, String> {
    let request = root.at(&["Request", "OrderRequest"]).ok_or("Request/OrderRequest is missing")?;
    let habits = Cxml { unknown_parts: Unknown::Accept, no_cost_centre: Unknown::Accept, ..Cxml::default() };
    let mut losses = Vec::new();
    let mut order = order::read(request, &habits, ZONE, &mut losses).map_err(|fault| fault.text)?;
    let terms = Terms { habits: &habits, changed_price: Response::Refuse, currency: Currency::EUR };
    order::settle(&mut order, &Default::default(), &terms, &mut losses).map_err(|fault| fault.text)?;
    Kept::number_lines(&mut order, None);
    let correspondence = Correspondence { buyer: party(&asked.buyer)?, seller: party(&asked.seller)?, ..Correspondence::default() };
    let joined = |all: Vec<Loss>| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    let written = order_writer::write(&order, &correspondence, "").map_err(|refused| joined(refused).join("; "))?;
    losses.extend(joined(written.losses));
    Ok(Translated { xml: written.xml, losses, ..Translated::default() })
}

/// `scheme:number:name:country`.
fn party(text: &str) -> Result<Party, String> {
    let parts: Vec<&str> = text.splitn(4, ':').collect();
    let [scheme, endpoint, name, country] = parts.as_slice() else { return Err("a party is written scheme:number:name:country".into()) };
    let text = |part: &&str| (*part).to_string();
    Ok(Party { scheme: text(scheme), endpoint: text(endpoint), name: text(name), country: text(country), ..Party::default() })
}

/// Exit 0 with the document, 1 when it cannot be translated, 2 when it cannot be read.
pub fn run(asked: &Asked, file: &PathBuf, format: Format) -> ExitCode {
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) => {
            eprintln!("hookline: {}: {error}", file.display());
            return ExitCode::from(2);
        }
    };
    let translated = match translate(asked, &bytes) {
        Ok(translated) => translated,
        Err(why) => {
            eprintln!("hookline: {why}");
            return ExitCode::from(1);
        }
    };
    let lines: Vec<serde_json::Map<String, serde_json::Value>> =
        translated.lines.iter().map(|line| line.iter().map(|(name, value)| ((*name).to_string(), json!(value))).collect()).collect();
    match format {
        Format::Json => println!("{:#}", json!({"lines": lines, "document": translated.xml, "losses": translated.losses})),
        Format::Text => {
            for (number, line) in (1..).zip(&translated.lines) {
                line.iter().for_each(|(name, value)| println!("NEW_ITEM-{name}[{number}]={value}"));
            }
            print!("{}", translated.xml);
            translated.losses.iter().for_each(|loss| eprintln!("lost: {loss}"));
        }
    }
    ExitCode::SUCCESS
}
