//! The part of a connection's settings that names the supplier's own shop, as files, requests and columns write it. Every mistake is a finding
//! with its key. A secret is read here and written nowhere: what is kept of it is sealed.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::envelope::Identity;
use super::numbers::decimal;
use super::units;
use crate::domain::connection::Remote;
use crate::domain::finding::{Code, Finding, Findings};

/// Whom we are a customer of, and how its shop is opened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RemoteSettings {
    /// Where the shop takes setups: `https`, or `http` on a host of the operator's `private_hosts` (section 9).
    pub url: String,
    /// Who we are there, as `From` and `Sender` say it: `NetworkId:buyer` (section 4).
    pub own: String,
    /// Who the supplier is, as `To` says it: `DUNS:801122334`.
    pub supplier: String,
    /// The secret that was agreed with the supplier. It is kept sealed, for this address only, and shown never again; left out, the one that is
    /// there stays.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub secret: String,
    /// The secret as it is kept; not to be written by hand.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sealed: String,
    /// The shop's word for a unit to the code of UN/ECE Recommendation 20, before all other tables (section 33).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub units: BTreeMap<String, String>,
    /// Percent of VAT on lines whose cart names no rate: taxes in a cart are informative (section 10).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub vat: String,
}

fn wrong(key: &str, value: &str, allowed: &str) -> Finding {
    Finding::error(Code::Setting, &format!("remote.{key}")).value(value).limit(allowed)
}

impl RemoteSettings {
    /// The shop that they name.
    pub fn read(&self, findings: &mut Findings) -> Remote {
        if !["https://", "http://"].iter().any(|scheme| self.url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty())) {
            findings.push(wrong("url", &self.url, "https://host/path"));
        }
        for (key, text) in [("own", &self.own), ("supplier", &self.supplier)] {
            if Identity::parse(text).is_none() {
                findings.push(wrong(key, text, "domain:identity"));
            }
        }
        for (name, code) in self.units.iter().filter(|(_, code)| !units::is_code(code)) {
            findings.push(wrong("units", &format!("{name} = {code}"), "UN/ECE Recommendation 20"));
        }
        let vat = if self.vat.is_empty() { Some(Decimal::ZERO) } else { decimal(&self.vat) };
        let vat = vat.filter(|vat| !vat.is_sign_negative() && *vat <= Decimal::ONE_HUNDRED).unwrap_or_else(|| {
            findings.push(wrong("vat", &self.vat, "0 – 100"));
            Decimal::ZERO
        });
        Remote {
            url: self.url.clone(),
            own: self.own.clone(),
            supplier: self.supplier.clone(),
            sealed: self.sealed.clone(),
            units: self.units.clone(),
            vat,
        }
    }

    /// All of it as a connection has it.
    pub fn of(remote: &Remote) -> RemoteSettings {
        RemoteSettings {
            url: remote.url.clone(),
            own: remote.own.clone(),
            supplier: remote.supplier.clone(),
            secret: String::new(),
            sealed: remote.sealed.clone(),
            units: remote.units.clone(),
            vat: remote.vat.normalize().to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> RemoteSettings {
        RemoteSettings {
            url: "https://shop.example/punchout".into(),
            own: "NetworkId:a".into(),
            supplier: "DUNS:1".into(),
            units: BTreeMap::from([("Stk".into(), "C62".into())]),
            vat: "21".into(),
            ..RemoteSettings::default()
        }
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        let mut findings = Findings::default();
        let remote = settings().read(&mut findings);
        assert_eq!(RemoteSettings::of(&remote), settings());
        assert!(findings.0.is_empty(), "{findings:?}");
    }

    #[test]
    fn every_mistake_is_named() {
        let wrong = RemoteSettings {
            url: "https://".into(),
            own: "a".into(),
            supplier: String::new(),
            units: BTreeMap::from([("x".into(), "EACH".into())]),
            vat: "-1".into(),
            ..RemoteSettings::default()
        };
        let mut findings = Findings::default();
        wrong.read(&mut findings);
        let fields: Vec<&str> = findings.0.iter().map(|finding| finding.field.as_str()).collect();
        assert_eq!(fields, ["remote.url", "remote.own", "remote.supplier", "remote.units", "remote.vat"]);
    }
}
