//! The channels of a supplier as the set-up file and the organisation's settings write them. A secret stands here sealed or not at all: what
//! `apply` was given is sealed before it is kept. Never opens one, never sends anything.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::cxml::envelope::Identity;
use super::peppol::Process;
use crate::domain::channel::{Channel, Form, Need};
use crate::domain::finding::{Code, Finding, Findings};

/// Hours after which a mail nobody acted on is reported, where the channel says nothing: one working day.
pub const ANSWER_HOURS: u32 = 24;
const ANSWER_HOURS_MAX: u32 = 720;
/// Attempts before the next channel is taken, where the channel says nothing: some forty minutes.
pub const TRIES: u32 = 4;
const TRIES_MAX: u32 = 9;
/// The word for the process that knows changes and cancellations, and the other one, which goes without saying.
const ADVANCED: &str = "advanced_ordering";
const PLAIN: &str = "ordering";
pub const CHANNELS_MAX: usize = 5;

/// One channel; the first of a supplier is used, the others stand in for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChannelText {
    pub form: String,
    /// A mail address, an `https` address, or, for Peppol, an electronic address: `0106:12345678`.
    pub to: String,
    /// What the receiver cannot take.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cannot: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tries: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_hours: Option<u32>,
    /// A file of data with a mail: `csv`, `cxml` or `ubl`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// Between the cells of a table: `;` or `,`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub separator: String,
    /// That a person opens the table with a spreadsheet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub spreadsheet: bool,
    /// Columns of the table in their order, `column` or `column=Heading`; all without it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// UBL: the template of the string that says what bears a line's cost; the common one without it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub account_string: String,
    /// UBL: how far the supplier talks about an order, `ordering` or `advanced_ordering`; only the second knows changes and cancellations.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub process: String,
    /// cXML: who we are to the supplier, who the supplier is, and in whose name an order comes where the buyer is called otherwise there.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub own: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub supplier: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub buyer: String,
    /// As it was given; never kept or shown.
    #[serde(skip_serializing)]
    pub secret: String,
    /// The same, sealed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sealed: String,
}

/// The channels in a supplier's settings, in order.
pub fn of_settings(settings: &Value) -> Vec<ChannelText> {
    settings.get("channels").and_then(|channels| serde_json::from_value(channels.clone()).ok()).unwrap_or_default()
}

/// One channel of a program. Each key is tried by itself, so that one that is unknown or of another kind is named; what is sealed comes from nobody.
fn of_object(channel: &Value) -> (ChannelText, Findings) {
    let mut findings = Findings::default();
    let Some(object) = channel.as_object() else {
        findings.push(Finding::error(Code::Unusable, "form").limit("{…}"));
        return (ChannelText::default(), findings);
    };
    let of_key = |key: &str, value: &Value| ChannelText::deserialize(json!({key: value})).map_err(|error| error.to_string());
    for (key, value) in object {
        match of_key(key, value) {
            _ if key == "sealed" => findings.push(Finding::error(Code::Unusable, key)),
            Err(_) if key == "secret" => findings.push(Finding::error(Code::Unusable, key)),
            Err(what) => findings.push(Finding::error(Code::Unusable, key).value(what)),
            Ok(_) => {}
        }
    }
    (ChannelText::deserialize(channel).unwrap_or_default(), findings)
}

/// The channels of a program, in order, and what cannot be read of them; the field is named as [`check`] names it.
pub fn of_json(channels: &[Value]) -> (Vec<ChannelText>, Findings) {
    let mut all = Findings::default();
    let mut read = |(place, channel): (usize, &Value)| {
        let (channel, findings) = of_object(channel);
        all.0.extend(findings.0.into_iter().map(|finding| Finding { field: format!("channel.{place}.{}", finding.field), ..finding }));
        channel
    };
    ((1..).zip(channels).map(&mut read).collect(), all)
}

impl ChannelText {
    pub fn form(&self) -> Option<Form> {
        Form::parse(&self.form)
    }

    /// As the domain knows it; nothing where its form is none.
    pub fn channel(&self) -> Option<Channel> {
        let form = self.form()?;
        let mut cannot: BTreeSet<Need> = self.cannot.iter().filter_map(|word| Need::parse(word)).collect();
        if matches!(form, Form::Ubl | Form::Peppol) && self.process() == Process::Ordering {
            cannot.extend([Need::Change, Need::Cancel]);
        }
        // The letter could say it, its file cannot.
        if form == Form::Mail && self.file == "ubl" {
            cannot.insert(Need::Units);
        }
        Some(Channel { form, cannot })
    }

    /// In which process of Peppol orders go.
    pub fn process(&self) -> Process {
        if self.process == ADVANCED { Process::AdvancedOrdering } else { Process::Ordering }
    }

    pub fn tries(&self) -> u32 {
        self.tries.unwrap_or(TRIES)
    }

    pub fn answer_hours(&self) -> u32 {
        self.answer_hours.unwrap_or(ANSWER_HOURS)
    }

    pub fn separator(&self) -> u8 {
        if self.separator == "," { b',' } else { b';' }
    }

    fn check(&self, findings: &mut Findings) {
        let mut wrong = |field: &str, value: &str, limit: String| findings.push(Finding::error(Code::Unusable, field).value(value).limit(limit));
        let words = |all: &[&str]| all.join(", ");
        let Some(form) = self.form() else {
            return wrong("form", &self.form, words(&Form::ALL.map(Form::as_str)));
        };
        let is_mail = self.to.contains('@') && !self.to.contains(|c: char| c.is_whitespace() || c.is_control());
        let is_web = self.to.starts_with("https://") || self.to.starts_with("http://");
        let is_participant = self.to.split_once(':').is_some_and(|(scheme, id)| {
            scheme.len() == 4 && scheme.bytes().all(|b| b.is_ascii_digit()) && !id.is_empty() && id.bytes().all(|b| b.is_ascii_graphic())
        });
        let (is_right, example) = match form {
            Form::Mail => (is_mail, "name@host"),
            Form::Peppol => (is_participant, "0106:12345678"),
            Form::Webhook | Form::Cxml | Form::Csv | Form::Ubl => (is_web, "https://"),
        };
        if !is_right {
            wrong("to", &self.to, example.into());
        }
        for word in self.cannot.iter().filter(|word| Need::parse(word).is_none()) {
            wrong("cannot", word, words(&Need::ALL.map(Need::as_str)));
        }
        if let Some(tries) = self.tries.filter(|tries| !(1..=TRIES_MAX).contains(tries)) {
            wrong("tries", &tries.to_string(), format!("1 – {TRIES_MAX}"));
        }
        if let Some(hours) = self.answer_hours.filter(|hours| !(1..=ANSWER_HOURS_MAX).contains(hours)) {
            wrong("answer_hours", &hours.to_string(), format!("1 – {ANSWER_HOURS_MAX}"));
        }
        if !matches!(self.file.as_str(), "" | "csv" | "cxml" | "ubl") || form != Form::Mail && !self.file.is_empty() {
            wrong("file", &self.file, "csv, cxml, ubl".into());
        }
        if !matches!(self.separator.as_str(), "" | ";" | ",") {
            wrong("separator", &self.separator, "; ,".into());
        }
        for column in self.columns.iter().filter(|column| super::order_table::column(column).is_none()) {
            wrong("columns", column, words(&super::order_table::COLUMNS));
        }
        if !self.account_string.is_empty() && !super::peppol::account::is_template(&self.account_string) {
            wrong("account_string", &self.account_string, "{CC};{GL}".into());
        }
        if !matches!(self.process.as_str(), "" | PLAIN | ADVANCED) {
            wrong("process", &self.process, words(&[PLAIN, ADVANCED]));
        }
        let is_cxml = form == Form::Cxml || self.file == "cxml";
        for (field, value, is_needed) in [("own", &self.own, is_cxml), ("supplier", &self.supplier, is_cxml), ("buyer", &self.buyer, false)] {
            if (is_needed || !value.is_empty()) && Identity::parse(value).is_none() {
                wrong(field, value, "DUNS:123456789".into());
            }
        }
    }
}

/// What is wrong with a supplier's channels; the field is named with the place of the channel, from one.
pub fn check(channels: &[ChannelText]) -> Findings {
    let mut findings = Findings::default();
    if channels.len() > CHANNELS_MAX {
        findings.push(Finding::error(Code::Unusable, "channel").value(channels.len().to_string()).limit(CHANNELS_MAX));
    }
    for (at, channel) in channels.iter().enumerate() {
        let mut of_one = Findings::default();
        channel.check(&mut of_one);
        for finding in of_one.0 {
            let field = format!("channel.{}.{}", at + 1, finding.field);
            findings.push(Finding { field, ..finding });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_word_is_named_with_its_channel() {
        let good = ChannelText { form: "mail".into(), to: "orders@shop.example".into(), ..ChannelText::default() };
        let cxml = ChannelText {
            form: "cxml".into(),
            to: "https://shop.example/cxml".into(),
            own: "NetworkId:gw".into(),
            supplier: "DUNS:1".into(),
            ..ChannelText::default()
        };
        let peppol = ChannelText { form: "peppol".into(), to: "0106:12345678".into(), ..ChannelText::default() };
        assert!(check(&[good.clone(), cxml.clone(), peppol]).0.is_empty());
        for (bad, field) in [
            (ChannelText { form: "fax".into(), ..good.clone() }, "channel.2.form"),
            (ChannelText { to: "https://x".into(), ..good.clone() }, "channel.2.to"),
            (ChannelText { to: "a@b\r\nBcc: c@d".into(), ..good.clone() }, "channel.2.to"),
            (ChannelText { to: "a@b.example".into(), ..cxml.clone() }, "channel.2.to"),
            (ChannelText { form: "peppol".into(), ..good.clone() }, "channel.2.to"),
            (ChannelText { form: "ubl".into(), ..good.clone() }, "channel.2.to"),
            (ChannelText { cannot: vec!["everything".into()], ..good.clone() }, "channel.2.cannot"),
            (ChannelText { tries: Some(0), ..good.clone() }, "channel.2.tries"),
            (ChannelText { answer_hours: Some(1000), ..good.clone() }, "channel.2.answer_hours"),
            (ChannelText { file: "doc".into(), ..good.clone() }, "channel.2.file"),
            (ChannelText { file: "csv".into(), ..cxml.clone() }, "channel.2.file"),
            (ChannelText { separator: "|".into(), ..good.clone() }, "channel.2.separator"),
            (ChannelText { columns: vec!["colour".into()], ..good.clone() }, "channel.2.columns"),
            (ChannelText { process: "chatting".into(), ..good.clone() }, "channel.2.process"),
            (ChannelText { own: String::new(), ..cxml.clone() }, "channel.2.own"),
            (ChannelText { buyer: "nobody".into(), ..cxml.clone() }, "channel.2.buyer"),
        ] {
            let findings = check(&[good.clone(), bad]);
            assert_eq!(findings.0.iter().map(|finding| finding.field.as_str()).collect::<Vec<_>>(), [field]);
        }
        assert_eq!(check(&vec![good; CHANNELS_MAX + 1]).0.len(), 1);
    }

    #[test]
    fn only_advanced_ordering_takes_changes_and_cancellations() {
        let lost = |form: &str, process: &str| {
            let channel = ChannelText { form: form.into(), process: process.into(), ..ChannelText::default() };
            channel.channel().expect("a form").lost(&[Need::Change, Need::Cancel, Need::Splits].into())
        };
        for form in ["ubl", "peppol"] {
            for process in ["", "ordering"] {
                assert_eq!(lost(form, process), [Need::Change, Need::Cancel]);
            }
            assert!(lost(form, "advanced_ordering").is_empty());
        }
        assert!(lost("cxml", "").is_empty());
    }

    #[test]
    fn a_key_that_cannot_be_read_is_named_and_a_secret_is_not_said() {
        let good = json!({"form": "mail", "to": "a@b.example", "tries": 2, "cannot": ["change"]});
        let (read, findings) = of_json(std::slice::from_ref(&good));
        assert!(findings.0.is_empty() && read[0].tries == Some(2) && read[0].cannot == ["change"]);
        for (bad, field) in [
            (json!({"form": "mail", "colour": "red"}), "channel.2.colour"),
            (json!({"tries": "often"}), "channel.2.tries"),
            (json!({"tries": -1}), "channel.2.tries"),
            (json!({"cannot": "change"}), "channel.2.cannot"),
            (json!({"secret": 1234}), "channel.2.secret"),
            (json!({"sealed": "v1.abc"}), "channel.2.sealed"),
            (json!("mail"), "channel.2.form"),
        ] {
            let (_, findings) = of_json(&[good.clone(), bad]);
            assert_eq!(findings.errors().map(|finding| finding.field.as_str()).collect::<Vec<_>>(), [field]);
            assert!(findings.0.iter().all(|finding| !finding.value.contains("1234")));
        }
    }

    #[test]
    fn a_secret_is_in_no_text() {
        let channel = ChannelText { form: "cxml".into(), secret: "hidden-word".into(), sealed: "sealed-word".into(), ..ChannelText::default() };
        let text = serde_json::to_string(&channel).expect("text");
        assert!(!text.contains("hidden-word") && text.contains("sealed-word"));
    }
}
