//! The part of a connection's settings that is about cXML, as files, requests and columns write it. Every mistake is a finding with its key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::accounting::KINDS;
use super::envelope::Identity;
use super::units;
use crate::domain::connection::{CartField, Cxml, Unknown};
use crate::domain::finding::{Code, Finding, Findings};

/// What the buyer's system is in cXML; what is absent stays as the preset has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CxmlSettings {
    /// Who the buyer is, as `From` says it: `NetworkId:buyer`, `DUNS:123456789` (section 4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer: Option<Vec<String>>,
    /// Who we are, as `To` says it; the first is what our own documents are from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<Vec<String>>,
    /// The supplier's system, which may confirm and ship orders of this connection (sections 15, 16). It needs a credential of the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supplier: Option<Vec<String>>,
    /// The connection of a hub whose senders may speak for this buyer: their documents come to the hub's address (section 4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hub: Option<String>,
    /// The buyer's word for a unit to the code of UN/ECE Recommendation 20, before all other tables (section 33).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<BTreeMap<String, String>>,
    /// The buyer's name of an accounting segment to what it is: `cost_center`, `gl_account`, `project` and so on (section 12).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segments: Option<BTreeMap<String, String>>,
    /// Parts that neither basket nor catalogue has: `refuse` or `accept` as free text (section 11).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_parts: Option<String>,
    /// Cost centres that are no budget here: `refuse`, or `accept` without booking them (section 12).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_cost_centre: Option<String>,
    /// Lines without a cost centre: `refuse` or `accept` (section 12).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_cost_centre: Option<String>,
    /// Whether orders that are paid by card are refused (section 11).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuse_cards: Option<bool>,
    /// Whether a document must be valid by its document type; else what is odd is told on its record and left aside (section 7).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
    /// Whom a setup is for that names nobody; without one it is refused (section 9).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_user: Option<String>,
    /// Domain and code for articles without a classification: `UNSPSC:44121700` (section 10).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classification: Option<String>,
    /// The form field of the cart: `base64`, or `urlencoded` where the system knows no other (section 10).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cart_field: Option<String>,
    /// The version that our documents name (section 2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Where confirmations, ship notices and status updates are sent; `https` only. Left out: nowhere (sections 14 to 16).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outbound_url: Option<String>,
}

const UNKNOWNS: [(&str, Unknown); 2] = [("accept", Unknown::Accept), ("refuse", Unknown::Refuse)];
const FIELDS: [(&str, CartField); 2] = [("base64", CartField::Base64), ("urlencoded", CartField::UrlEncoded)];

fn wrong(key: &str, value: &str, allowed: &str) -> Finding {
    Finding::error(Code::Setting, &format!("cxml.{key}")).value(value).limit(allowed)
}

fn choose<T: Copy>(target: &mut T, key: &str, value: &Option<String>, known: &[(&str, T)], findings: &mut Findings) {
    let Some(text) = value else { return };
    match known.iter().find(|(word, _)| word == text) {
        Some((_, choice)) => *target = *choice,
        None => findings.push(wrong(key, text, &known.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", "))),
    }
}

fn word<T: PartialEq>(value: T, known: &[(&str, T)]) -> Option<String> {
    known.iter().find(|(_, other)| *other == value).map(|(word, _)| (*word).to_string())
}

impl CxmlSettings {
    /// The settings over those of a preset.
    pub fn over(&self, preset: &Cxml, findings: &mut Findings) -> Cxml {
        let mut c = preset.clone();
        for (key, target, value) in
            [("buyer", &mut c.buyer, &self.buyer), ("own", &mut c.own, &self.own), ("supplier", &mut c.supplier, &self.supplier)]
        {
            let Some(identities) = value else { continue };
            for text in identities.iter().filter(|text| Identity::parse(text).is_none()) {
                findings.push(wrong(key, text, "domain:identity"));
            }
            target.clone_from(identities);
        }
        c.hub = self.hub.clone().filter(|hub| !hub.is_empty()).or(c.hub);
        for (name, code) in self.units.iter().flatten() {
            if !units::is_code(code) {
                findings.push(wrong("units", &format!("{name} = {code}"), "UN/ECE Recommendation 20"));
            }
            c.units.insert(name.clone(), code.clone());
        }
        for (name, kind) in self.segments.iter().flatten() {
            if !KINDS.iter().any(|(known, _)| known == kind) {
                findings.push(wrong("segments", kind, &KINDS.iter().map(|(known, _)| *known).collect::<Vec<_>>().join(", ")));
            }
            c.segments.insert(name.clone(), kind.clone());
        }
        choose(&mut c.unknown_parts, "unknown_parts", &self.unknown_parts, &UNKNOWNS, findings);
        choose(&mut c.unknown_cost_centre, "unknown_cost_centre", &self.unknown_cost_centre, &UNKNOWNS, findings);
        choose(&mut c.no_cost_centre, "no_cost_centre", &self.no_cost_centre, &UNKNOWNS, findings);
        choose(&mut c.cart_field, "cart_field", &self.cart_field, &FIELDS, findings);
        c.refuse_cards = self.refuse_cards.unwrap_or(c.refuse_cards);
        c.strict = self.strict.unwrap_or(c.strict);
        c.default_user = self.default_user.clone().unwrap_or(c.default_user);
        if let Some(text) = &self.classification {
            match Identity::parse(text) {
                Some(_) => c.classification.clone_from(text),
                None => findings.push(wrong("classification", text, "UNSPSC:44121700")),
            }
        }
        if let Some(version) = &self.version {
            match version.starts_with("1.") && version.bytes().all(|b| b.is_ascii_digit() || b == b'.') && version.len() <= 20 {
                true => c.version.clone_from(version),
                false => findings.push(wrong("version", version, "1.2.045")),
            }
        }
        if let Some(url) = &self.outbound_url {
            match url.is_empty() || url.starts_with("https://") || url.starts_with("http://") {
                true => c.outbound_url.clone_from(url),
                false => findings.push(wrong("outbound_url", url, "https://host/path")),
            }
        }
        c
    }

    /// All of it as a connection has it.
    pub fn of(c: &Cxml) -> CxmlSettings {
        CxmlSettings {
            buyer: Some(c.buyer.clone()),
            own: Some(c.own.clone()),
            supplier: Some(c.supplier.clone()),
            hub: c.hub.clone(),
            units: Some(c.units.clone()),
            segments: Some(c.segments.clone()),
            unknown_parts: word(c.unknown_parts, &UNKNOWNS),
            unknown_cost_centre: word(c.unknown_cost_centre, &UNKNOWNS),
            no_cost_centre: word(c.no_cost_centre, &UNKNOWNS),
            refuse_cards: Some(c.refuse_cards),
            strict: Some(c.strict),
            default_user: Some(c.default_user.clone()),
            classification: Some(c.classification.clone()),
            cart_field: word(c.cart_field, &FIELDS),
            version: Some(c.version.clone()),
            outbound_url: Some(c.outbound_url.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_was_read() {
        let settings = CxmlSettings { buyer: Some(vec!["NetworkId:a".into()]), cart_field: Some("urlencoded".into()), ..CxmlSettings::default() };
        let mut findings = Findings::default();
        let cxml = settings.over(&Cxml::default(), &mut findings);
        assert_eq!((findings.0.len(), cxml.cart_field, cxml.unknown_parts), (0, CartField::UrlEncoded, Unknown::Refuse));
        assert_eq!(CxmlSettings::of(&cxml).over(&Cxml::default(), &mut findings), cxml);
    }

    #[test]
    fn every_mistake_is_named() {
        let settings = CxmlSettings {
            buyer: Some(vec!["a".into()]),
            units: Some(BTreeMap::from([("x".into(), "EACH".into())])),
            segments: Some(BTreeMap::from([("x".into(), "y".into())])),
            unknown_parts: Some("maybe".into()),
            classification: Some("1".into()),
            version: Some("2".into()),
            outbound_url: Some("ftp://x".into()),
            ..CxmlSettings::default()
        };
        let mut findings = Findings::default();
        settings.over(&Cxml::default(), &mut findings);
        assert_eq!(findings.0.len(), 7);
        assert!(findings.0.iter().all(|finding| finding.field.starts_with("cxml.")));
    }
}
