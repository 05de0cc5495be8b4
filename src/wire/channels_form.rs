//! A supplier's channels as blocks of a page, one for each and an empty one: which fields there are, what was typed, and the channels it makes.
//! Checks nothing: `channels::check` does, as for a file. A secret goes in and never comes out.

use toml::Table;

use super::channels::{CHANNELS_MAX, ChannelText};
use super::settings::wrong;
use super::settings_form::{self, Field, Sort, field};
use crate::domain::finding::{Finding, Findings};

pub const HEAD: &str = "head";
pub const HOW: &str = "how";
pub const MAIL: &str = "mail";
pub const TABLE: &str = "table";
pub const CXML: &str = "cxml";
pub const UBL: &str = "ubl";
const FORMS: Sort = Sort::Choice(&[("mail", ""), ("webhook", ""), ("cxml", ""), ("csv", ""), ("ubl", ""), ("peppol", "")]);
const NEEDS: Sort =
    Sort::Several(&["change", "cancel", "delivery_places", "split_dates", "price_basis", "splits", "charges", "attachments", "letters", "units"]);

/// In the order of the page. The secret stands beside them: it is not a value to show.
pub const FIELDS: &[Field] = &[
    field(HEAD, "form", FORMS),
    field(HEAD, "to", Sort::Text),
    field(HOW, "tries", Sort::Number),
    field(HOW, "cannot", NEEDS),
    field(MAIL, "answer_hours", Sort::Number),
    field(MAIL, "file", Sort::Choice(&[("csv", ""), ("cxml", ""), ("ubl", "")])),
    field(TABLE, "separator", Sort::Choice(&[(";", ";"), (",", ",")])),
    field(TABLE, "spreadsheet", Sort::Flag),
    field(TABLE, "columns", Sort::Lines),
    field(CXML, "own", Sort::Text),
    field(CXML, "supplier", Sort::Text),
    field(CXML, "buyer", Sort::Text),
    field(UBL, "process", Sort::Choice(&[("ordering", "Peppol Ordering"), ("advanced_ordering", "Peppol Advanced Ordering")])),
    field(UBL, "account_string", Sort::Text),
];
/// What is chosen as the place of a channel that goes.
pub const AWAY: &str = "away";

/// A channel as it stands on the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// What stands in each of the fields, by their keys.
    pub values: Vec<(String, String)>,
    /// As it was typed.
    pub secret: String,
    /// One that was typed before, sealed.
    pub sealed: String,
}

/// The name of a field in the block of this number, as a finding has it too.
pub fn name(number: usize, key: &str) -> String {
    format!("channel.{number}.{key}")
}

impl Block {
    pub fn of(channel: &ChannelText) -> Block {
        let table = Table::try_from(channel).unwrap_or_default();
        let values = FIELDS.iter().map(|field| (field.key.to_string(), settings_form::shown(field, &table)));
        Block { values: values.collect(), ..Block::default() }
    }

    pub fn value(&self, key: &str) -> &str {
        self.values.iter().find(|(known, _)| known == key).map(|(_, value)| value.trim()).unwrap_or_default()
    }

    fn is_empty(&self) -> bool {
        self.secret.is_empty() && self.values.iter().all(|(_, value)| value.trim().is_empty())
    }

    /// The channel that it makes, and what has not the form of its field.
    pub fn channel(&self) -> (ChannelText, Findings) {
        let (table, mut findings) = settings_form::typed(FIELDS, &Table::new(), &self.values);
        let channel = table.try_into::<ChannelText>().unwrap_or_else(|error| {
            findings.push(wrong("form", self.value("form"), error.message()));
            ChannelText::default()
        });
        (ChannelText { secret: self.secret.clone(), sealed: self.sealed.clone(), ..channel }, findings)
    }
}

/// The blocks that were sent, in the order that was chosen; without those that go and those where nothing stands. Of two for one place the one that
/// was put there has it, whether it came from behind or from before.
pub fn sent(fields: &[(String, String)]) -> Vec<Block> {
    let all = |name: &str| fields.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect::<Vec<_>>().join("\n");
    let mut blocks = Vec::new();
    for number in 1..=CHANNELS_MAX {
        let place = all(&name(number, "place"));
        let values = FIELDS.iter().map(|field| (field.key.to_string(), all(&name(number, field.key))));
        let block = Block { values: values.collect(), secret: all(&name(number, "secret")), sealed: all(&name(number, "sealed")) };
        if place != AWAY && !block.is_empty() {
            let place: usize = place.parse().unwrap_or(number);
            blocks.push(((place, place.cmp(&number)), block));
        }
    }
    blocks.sort_by_key(|(place, _)| *place);
    blocks.into_iter().map(|(_, block)| block).collect()
}

/// The channels of the blocks. A finding names its field with the place of the block, from one.
pub fn channels(blocks: &[Block]) -> (Vec<ChannelText>, Findings) {
    let mut all = Findings::default();
    let mut channel = |(number, block): (usize, &Block)| {
        let (channel, findings) = block.channel();
        all.0.extend(findings.0.into_iter().map(|finding| Finding { field: name(number, &finding.field), ..finding }));
        channel
    };
    ((1..).zip(blocks).map(&mut channel).collect(), all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::channel::{Form, Need};

    fn channel(form: &str, to: &str) -> ChannelText {
        ChannelText { form: form.into(), to: to.into(), ..ChannelText::default() }
    }

    fn full() -> ChannelText {
        let words = |all: &[&str]| all.iter().map(|word| (*word).to_string()).collect();
        ChannelText {
            cannot: words(&["change", "letters"]),
            tries: Some(3),
            answer_hours: Some(48),
            file: "csv".into(),
            separator: ",".into(),
            spreadsheet: true,
            columns: words(&["order_no=PO number", "line"]),
            process: "advanced_ordering".into(),
            account_string: "{CC};{GL}".into(),
            own: "NetworkId:a".into(),
            supplier: "DUNS:1".into(),
            buyer: "NetworkId:{buyer}".into(),
            ..channel("mail", "orders@shop.example")
        }
    }

    /// What a browser sends of these blocks.
    fn fields(blocks: &[(Block, &str)]) -> Vec<(String, String)> {
        let block = |(number, (block, place)): (usize, &(Block, &str))| {
            let several = |key: &str| FIELDS.iter().any(|field| field.key == key && matches!(field.sort, Sort::Several(_)));
            let mut sent = vec![(name(number, "place"), (*place).to_string()), (name(number, "secret"), block.secret.clone())];
            for (key, value) in &block.values {
                let values = if several(key) { value.lines().map(str::to_string).collect() } else { vec![value.replace('\n', "\r\n")] };
                sent.extend(values.into_iter().map(|value| (name(number, key), value)));
            }
            sent
        };
        (1..).zip(blocks).flat_map(block).collect()
    }

    #[test]
    fn what_is_shown_and_sent_back_is_the_same() {
        for one in [full(), channel("webhook", "https://shop.example")] {
            let sent = sent(&fields(&[(Block::of(&one), "1"), (Block::of(&ChannelText::default()), "2")]));
            assert_eq!(channels(&sent), (vec![one], Findings::default()));
        }
    }

    #[test]
    fn every_setting_but_the_secret_is_a_field_and_every_word_can_be_chosen() {
        let table = Table::try_from(full()).expect("a table");
        let (mut keys, mut known): (Vec<&str>, Vec<&str>) = (table.keys().map(String::as_str).collect(), FIELDS.iter().map(|f| f.key).collect());
        keys.sort_unstable();
        known.sort_unstable();
        assert_eq!(keys, known);
        let forms = Form::ALL.map(|form| (form.as_str(), ""));
        assert!(matches!(FORMS, Sort::Choice(words) if words == forms));
        assert!(matches!(NEEDS, Sort::Several(words) if words == Need::ALL.map(Need::as_str)));
    }

    #[test]
    fn the_places_make_the_order() {
        for (places, expected) in [
            (["1", "2", "3"], "ABC"),
            (["1", "2", "1"], "CAB"),
            (["3", "2", "3"], "BCA"),
            (["2", "1", "3"], "BAC"),
            (["2", "2", "3"], "BAC"),
            (["1", AWAY, "3"], "AC"),
            (["1", "x", "3"], "ABC"),
        ] {
            let blocks: Vec<_> = ["A", "B", "C"].iter().zip(places).map(|(to, place)| (Block::of(&channel("mail", to)), place)).collect();
            let order: String = sent(&fields(&blocks)).iter().map(|block| block.value("to").to_string()).collect();
            assert_eq!(order, expected, "{places:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_place() {
        let mut bad = Block::of(&channel("mail", "a@b.example"));
        for (key, value) in &mut bad.values {
            if key == "tries" {
                *value = "often".into();
            }
        }
        let (_, findings) = channels(&sent(&fields(&[(Block::of(&full()), "2"), (bad, "1")])));
        assert_eq!(findings.errors().map(|f| (f.field.as_str(), f.value.as_str())).collect::<Vec<_>>(), [("channel.1.tries", "often")]);
    }
}
