//! The part of a connection's settings that is about orders over Peppol, as files, requests and columns write it. Every mistake is a finding with
//! its key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::account;
use crate::domain::connection::{Peppol, Unknown};
use crate::domain::finding::{Code, Finding, Findings};
use crate::wire::cxml::units;

/// What the buyer's system is over Peppol. The buyer is known by the electronic address of its organisation, the supplier by its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PeppolSettings {
    /// The buyer's word for a unit to the code of UN/ECE Recommendation 20, before all other tables (section 33).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<BTreeMap<String, String>>,
    /// How the account string of a line holds its codes, such as `{CC}/{GL}`: `CC` cost centre, `GL` account, `PRJ` project, `IO` internal order,
    /// `OU` unit. Without it `CC=4711;GL=520010`, shares as `CC=4711@60;CC=5200@40`, a cost centre alone as `4711` (section 28).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_template: Option<String>,
    /// Parts that neither basket nor catalogue has: `refuse` or `accept` as free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_parts: Option<String>,
    /// Cost centres that are no budget here: `refuse`, or `accept` without booking them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_cost_centre: Option<String>,
    /// Lines without a cost centre: `refuse` or `accept`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_cost_centre: Option<String>,
    /// Blanket orders (221) and consignment orders (227): `refuse` or `accept` (section 21).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing_orders: Option<String>,
    /// Whether what the structure of UBL does not know is refused; else it is told and left aside (section 21).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
    /// Whether an order that was placed here is told to the buyer's system as an order agreement, once the supplier has answered for all of it
    /// (section 24).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_agreements: Option<bool>,
    /// Whether an order that was agreed at the supplier, by telephone or in its own shop, and that the supplier tells as an order agreement becomes an
    /// order here (section 24). Else it is kept as evidence, and the buyer's people are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed_orders: Option<bool>,
    /// Whether a basket that is handed back is told to the buyer's system as a punch-out cart too (section 26).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub punch_out_carts: Option<bool>,
}

const UNKNOWNS: [(&str, Unknown); 2] = [("accept", Unknown::Accept), ("refuse", Unknown::Refuse)];

fn wrong(key: &str, value: &str, allowed: &str) -> Finding {
    Finding::error(Code::Setting, &format!("peppol.{key}")).value(value).limit(allowed)
}

fn choose(target: &mut Unknown, key: &str, value: Option<&String>, findings: &mut Findings) {
    let Some(text) = value else { return };
    match UNKNOWNS.iter().find(|(word, _)| word == text) {
        Some((_, choice)) => *target = *choice,
        None => findings.push(wrong(key, text, "accept, refuse")),
    }
}

fn word(value: Unknown) -> Option<String> {
    UNKNOWNS.iter().find(|(_, known)| *known == value).map(|(word, _)| (*word).to_string())
}

impl PeppolSettings {
    /// The settings over those of a preset.
    pub fn over(&self, preset: &Peppol, findings: &mut Findings) -> Peppol {
        let mut p = preset.clone();
        for (name, code) in self.units.iter().flatten() {
            if !units::is_code(code) {
                findings.push(wrong("units", &format!("{name} = {code}"), "UN/ECE Recommendation 20"));
            }
            p.units.insert(name.clone(), code.clone());
        }
        if let Some(template) = &self.account_template {
            match account::is_template(template) {
                true => p.account_template.clone_from(template),
                false => findings.push(wrong("account_template", template, "{CC}/{GL}/{PRJ}/{IO}/{OU}")),
            }
        }
        choose(&mut p.unknown_parts, "unknown_parts", self.unknown_parts.as_ref(), findings);
        choose(&mut p.unknown_cost_centre, "unknown_cost_centre", self.unknown_cost_centre.as_ref(), findings);
        choose(&mut p.no_cost_centre, "no_cost_centre", self.no_cost_centre.as_ref(), findings);
        choose(&mut p.standing_orders, "standing_orders", self.standing_orders.as_ref(), findings);
        p.strict = self.strict.unwrap_or(p.strict);
        p.order_agreements = self.order_agreements.unwrap_or(p.order_agreements);
        p.agreed_orders = self.agreed_orders.unwrap_or(p.agreed_orders);
        p.punch_out_carts = self.punch_out_carts.unwrap_or(p.punch_out_carts);
        p
    }

    /// All of it as a connection has it.
    pub fn of(p: &Peppol) -> PeppolSettings {
        PeppolSettings {
            units: Some(p.units.clone()),
            account_template: Some(p.account_template.clone()),
            unknown_parts: word(p.unknown_parts),
            unknown_cost_centre: word(p.unknown_cost_centre),
            no_cost_centre: word(p.no_cost_centre),
            standing_orders: word(p.standing_orders),
            strict: Some(p.strict),
            order_agreements: Some(p.order_agreements),
            agreed_orders: Some(p.agreed_orders),
            punch_out_carts: Some(p.punch_out_carts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_was_read() {
        let settings = PeppolSettings {
            account_template: Some("{CC}/{GL}".into()),
            unknown_parts: Some("accept".into()),
            order_agreements: Some(true),
            agreed_orders: Some(true),
            punch_out_carts: Some(true),
            ..Default::default()
        };
        let mut findings = Findings::default();
        let peppol = settings.over(&Peppol::default(), &mut findings);
        assert_eq!((findings.0.len(), peppol.unknown_parts, peppol.no_cost_centre), (0, Unknown::Accept, Unknown::Refuse));
        assert_eq!(PeppolSettings::of(&peppol).over(&Peppol::default(), &mut findings), peppol);
    }

    #[test]
    fn every_mistake_is_named() {
        let settings = PeppolSettings {
            units: Some(BTreeMap::from([("x".into(), "EACH".into())])),
            account_template: Some("{CC}{GL}".into()),
            standing_orders: Some("maybe".into()),
            ..Default::default()
        };
        let mut findings = Findings::default();
        settings.over(&Peppol::default(), &mut findings);
        assert_eq!(findings.0.len(), 3);
        assert!(findings.0.iter().all(|finding| finding.field.starts_with("peppol.")));
    }
}
