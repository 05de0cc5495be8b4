//! An access point, driven over HTTP: hands a document over and asks what became of it (reference einvoicing, section 18). Addresses are patterns
//! of the configuration, so that one adapter serves any of them; those of phoss-ap are the default. Never decides what is sent.

use std::fmt::Write;

use super::http::{self, Answer, Call};
use super::{Sent, http::ask};
use crate::config::AccessPoint;

/// A document on its way, in the words of the network.
pub struct Document {
    /// Participants, as `0106:12345678`.
    pub sender: String,
    pub receiver: String,
    /// The document type and the process, without their schemes.
    pub kind: String,
    pub process: String,
    /// ISO 3166-1 of the sender.
    pub country: String,
    /// Ours; a repeat has the same.
    pub id: String,
    pub xml: String,
}

/// What an access point says became of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It waits there, or is on its way.
    UnderWay,
    Delivered,
    /// It cannot be delivered.
    Failed,
    /// The other side refused it.
    Rejected,
}

/// Everything but letters, digits and the four marks of RFC 3986 as `%XX`.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _never = write!(out, "%{byte:02X}");
        }
        out
    })
}

fn filled(pattern: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(pattern.to_string(), |text, (name, value)| text.replace(&format!("{{{name}}}"), &escaped(value)))
}

fn headers(point: &AccessPoint) -> Vec<(&str, String)> {
    vec![(point.token_header.as_str(), point.token.0.clone())]
}

/// Hands a document over. `Done` holds the handle by which it is asked for.
pub async fn submit(point: &AccessPoint, document: &Document, private_hosts: &[String]) -> Sent {
    let values = [
        ("sender", format!("iso6523-actorid-upis::{}", document.sender)),
        ("receiver", format!("iso6523-actorid-upis::{}", document.receiver)),
        ("document", format!("busdox-docid-qns::{}", document.kind)),
        ("process", format!("cenbii-procid-ubl::{}", document.process)),
        ("country", document.country.clone()),
        ("id", document.id.clone()),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let url = format!("{}{}", point.url, filled(&point.submit, &values));
    let call = Call {
        method: reqwest::Method::POST,
        url: &url,
        headers: &headers(point),
        body: Some(("application/xml", document.xml.clone().into_bytes())),
    };
    match ask(&call, private_hosts).await {
        Ok(answer) => match http::verdict(&answer) {
            Sent::Done(_) => Sent::Done(handle(&answer).unwrap_or_else(|| document.id.clone())),
            // What the access point says is wrong with the document does not become right by waiting.
            _ if matches!(answer.status, 400 | 404 | 413 | 415 | 422) => Sent::Parked(format!("{}: {}", answer.status, said(&answer))),
            other => other,
        },
        Err(sent) => sent,
    }
}

/// What became of it; `None` when the answer cannot be had or read now.
pub async fn fate(point: &AccessPoint, handle: &str, private_hosts: &[String]) -> Option<(Fate, String)> {
    let url = format!("{}{}", point.url, filled(&point.status, &[("id", handle)]));
    let answer = ask(&Call { method: reqwest::Method::GET, url: &url, headers: &headers(point), body: None }, private_hosts).await.ok()?;
    (answer.status < 300).then_some(())?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap_or(serde_json::Value::Null);
    let word = ["status", "state"].into_iter().find_map(|key| value.get(key).and_then(serde_json::Value::as_str)).map(str::to_ascii_lowercase)?;
    let fate = match word.as_str() {
        "sent" | "delivered" => Fate::Delivered,
        "permanently_failed" => Fate::Failed,
        "rejected" => Fate::Rejected,
        _ => Fate::UnderWay,
    };
    let why = value.get("reason").and_then(serde_json::Value::as_str).unwrap_or(&word).to_string();
    Some((fate, why))
}

fn handle(answer: &Answer) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
    value.get("sbdhInstanceID").or_else(|| value.get("id"))?.as_str().map(str::to_string)
}

/// The beginning of what was said, for a person.
fn said(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_filled_and_nothing_of_a_value_escapes() {
        let values = [("sender", "iso6523-actorid-upis::0106:123"), ("id", "a/b?c")];
        assert_eq!(filled("/x/{sender}/y?id={id}&z={other}", &values), "/x/iso6523-actorid-upis%3A%3A0106%3A123/y?id=a%2Fb%3Fc&z={other}");
    }
}
