//! How a customer is invoiced, as the set-up file and an organisation's settings write it. Never decides which level wins.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::invoice::payment::Reference;
use crate::domain::invoice::tax::Treatment;
use crate::domain::invoice::terms::{Channel, Copy, Frequency, Grouping, Profile, Required, Said};

/// What one organisation says; what is left out is said by a more general one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TermsText {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency: Option<String>,
    /// Of the week, 1 is Monday; of the month, at most 28.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grouping: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub several_orders: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_terms: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exemption: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_prefix: Option<String>,
}

const DAY_MAX: u32 = 28;
const PAYMENT_DAYS_MAX: u32 = 365;
const PREFIX_CHARS_MAX: usize = 20;

impl TermsText {
    pub fn is_empty(&self) -> bool {
        *self == TermsText::default()
    }

    /// What it says, with a finding for each word that nobody knows.
    pub fn said(&self) -> (Said, Findings) {
        let mut findings = Findings::default();
        let mut wrong = |field: &str, value: &str, limit: String| findings.push(Finding::error(Code::Unusable, field).value(value).limit(limit));
        if let Some(day) = self.day.filter(|day| !(1..=DAY_MAX).contains(day)) {
            wrong("day", &day.to_string(), format!("1 – {DAY_MAX}"));
        }
        if let Some(days) = self.payment_days.filter(|days| *days > PAYMENT_DAYS_MAX) {
            wrong("payment_days", &days.to_string(), PAYMENT_DAYS_MAX.to_string());
        }
        let is_prefix = |text: &String| text.len() <= PREFIX_CHARS_MAX && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if let Some(prefix) = self.number_prefix.as_ref().filter(|text| !is_prefix(text)) {
            wrong("number_prefix", prefix, format!("A – Z, 0 – 9, -, {PREFIX_CHARS_MAX}"));
        }
        let minimum = self.minimum.as_ref().map(|text| text.parse::<Decimal>().ok().filter(|amount| !amount.is_sign_negative()));
        if let Some(None) = minimum {
            wrong("minimum", self.minimum.as_deref().unwrap_or_default(), "0 –".into());
        }
        let said = Said {
            profile: word(self.profile.as_ref(), "profile", Profile::ALL, Profile::as_str, &mut wrong),
            frequency: word(self.frequency.as_ref(), "frequency", Frequency::ALL, Frequency::as_str, &mut wrong),
            day: self.day,
            grouping: words(self.grouping.as_ref(), "grouping", Grouping::ALL, Grouping::as_str, &mut wrong),
            several_orders: self.several_orders,
            minimum: minimum.flatten(),
            required: words(self.required.as_ref(), "required", Required::ALL, Required::as_str, &mut wrong),
            channels: words(self.channels.as_ref(), "channels", Channel::ALL, Channel::as_str, &mut wrong),
            copy: word(self.copy.as_ref(), "copy", Copy::ALL, Copy::as_str, &mut wrong),
            payment_days: self.payment_days,
            payment_terms: self.payment_terms.clone(),
            reference: word(self.payment_reference.as_ref(), "payment_reference", &Reference::ALL, Reference::as_str, &mut wrong),
            treatment: word(self.vat.as_ref(), "vat", &Treatment::ALL, Treatment::as_str, &mut wrong),
            exemption: self.exemption.clone(),
            contract: self.contract.clone(),
            note: self.note.clone(),
            prefix: self.number_prefix.clone(),
        };
        (said, findings)
    }
}

type Wrong<'w> = dyn FnMut(&str, &str, String) + 'w;

fn word<T: std::marker::Copy>(text: Option<&String>, field: &str, all: &[T], name: impl Fn(T) -> &'static str, wrong: &mut Wrong<'_>) -> Option<T> {
    let text = text?;
    let found = all.iter().copied().find(|one| name(*one) == text);
    if found.is_none() {
        wrong(field, text, all.iter().map(|one| name(*one)).collect::<Vec<_>>().join(", "));
    }
    found
}

fn words<T: std::marker::Copy>(
    texts: Option<&Vec<String>>,
    field: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str + std::marker::Copy,
    wrong: &mut Wrong<'_>,
) -> Option<Vec<T>> {
    Some(texts?.iter().filter_map(|text| word(Some(text), field, all, name, wrong)).collect())
}

/// From an organisation's settings, which were checked when they were set.
pub fn read(value: &Value) -> Said {
    serde_json::from_value::<TermsText>(value.clone()).map(|text| text.said().0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_that_nobody_knows_is_named() {
        let text = TermsText {
            profile: Some("ubl".into()),
            day: Some(31),
            grouping: Some(vec!["branch".into(), "colour".into()]),
            minimum: Some("-1".into()),
            payment_days: Some(400),
            number_prefix: Some("a b".into()),
            vat: Some("reverse-charge".into()),
            ..TermsText::default()
        };
        let (said, findings) = text.said();
        let named: Vec<&str> = findings.0.iter().map(|finding| finding.field.as_str()).collect();
        assert_eq!(named, ["day", "payment_days", "number_prefix", "minimum", "profile", "grouping"]);
        assert_eq!((said.treatment, said.grouping), (Some(Treatment::ReverseCharge), Some(vec![Grouping::Branch])));
        assert!(TermsText::default().said().1.0.is_empty() && TermsText::default().is_empty());
    }
}
