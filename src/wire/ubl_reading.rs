//! Reads from a UBL invoice what a buyer matches by: order number, order line, article, quantity, net amount and cost centre per line.
//! Tolerant of everything else; a document that is no XML gives findings, never a panic.

use quick_xml::Reader;
use quick_xml::events::Event;
use rust_decimal::Decimal;

use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::matching::{Side, SideLine};

/// Nothing deeper is an invoice.
const DEPTH_MAX: usize = 100;

/// The matching side of an invoice.
pub fn read(document: &str) -> (Side, Findings) {
    let mut findings = Findings::default();
    let mut side = Side::default();
    let mut reader = Reader::from_str(document);
    let mut path: Vec<String> = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                path.push(local(start.name().as_ref()));
                if path.len() > DEPTH_MAX {
                    findings.push(Finding::error(Code::TooMany, "depth").limit(DEPTH_MAX));
                    break;
                }
                if path.last().is_some_and(|name| name == "InvoiceLine") {
                    side.lines.push(SideLine::default());
                }
            }
            Ok(Event::End(_)) => drop(path.pop()),
            Ok(Event::Text(text)) => take(&mut side, &path, &text.xml10_content()),
            Ok(Event::GeneralRef(reference)) => {
                let text = match &*reference {
                    "amp" => "&".to_string(),
                    "lt" => "<".to_string(),
                    "gt" => ">".to_string(),
                    "quot" => "\"".to_string(),
                    "apos" => "'".to_string(),
                    _ => String::new(),
                };
                take(&mut side, &path, &text);
            }
            Ok(Event::DocType(_)) => {
                findings.push(Finding::error(Code::Unusable, "DOCTYPE"));
                break;
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                findings.push(Finding::error(Code::Unusable, "XML").value(error));
                break;
            }
        }
    }
    (side, findings)
}

fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or_default().to_string()
}

/// Appends, because one text may come in pieces around references.
fn take(side: &mut Side, path: &[String], text: &str) {
    let tail: Vec<&str> = path.iter().map(String::as_str).collect();
    let number = |text: &str| text.trim().parse::<Decimal>().unwrap_or_default();
    match tail.as_slice() {
        ["Invoice", "OrderReference", "ID"] => side.order_number.push_str(text.trim()),
        ["Invoice", "InvoiceLine", rest @ ..] => {
            let Some(line) = side.lines.last_mut() else { return };
            match rest {
                ["InvoicedQuantity"] => line.quantity = number(text),
                ["LineExtensionAmount"] => line.net = number(text),
                ["AccountingCost"] => line.cost_centre.push_str(text),
                ["OrderLineReference", "LineID"] => line.order_line.push_str(text.trim()),
                ["Item", "SellersItemIdentification", "ID"] => line.article.push_str(text),
                _ => {}
            }
        }
        _ => {}
    }
}
