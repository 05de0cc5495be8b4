//! What a proof of the books needs of a text: what is to be compared with another text stays one, since both were written here and are
//! equal byte for byte or not at all. Never reads a line further than its number.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::reading::parse;
use super::{EntryText, FactText, LegText, Name, Reader, stage};
use crate::domain::books::Stage;
use crate::domain::books::entry::{Entry, Fact};

/// What an entry says of an order: lines are whole, each as from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<'a> {
    pub order: Cow<'a, str>,
    /// Its stage, and whether it reserves. Without them the order is known, or what is said of its lines is said of none.
    pub state: Option<(Stage, bool)>,
    /// Number and text of each.
    pub lines: Vec<(Cow<'a, str>, &'a str)>,
}

/// An entry in two parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline<'a> {
    /// Legs, of which no sum needs the row, and the facts that are about no order.
    pub entry: Entry,
    /// In turn; the same order may come again.
    pub orders: Vec<Said<'a>>,
}

/// A line that was only looked at far enough to know its number.
struct Unread<'a> {
    number: Cow<'a, str>,
    text: &'a RawValue,
}

impl<'de: 'a, 'a> Deserialize<'de> for Unread<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Unread<'a>, D::Error> {
        let text = <&'a RawValue>::deserialize(deserializer)?;
        // The number is what a line begins with.
        let rest = text.get().strip_prefix("{\"number\":").unwrap_or_default();
        let number = serde_json::Deserializer::from_str(rest).into_iter::<Name<'a>>().next();
        match number {
            Some(Ok(number)) => Ok(Unread { number: number.0, text }),
            _ => Err(serde::de::Error::custom("a line does not begin with its number")),
        }
    }
}

impl<'a> Reader {
    /// An entry of the journal, as far as a proof needs it.
    pub fn outline(&mut self, text: &'a str) -> Result<Outline<'a>, String> {
        let read: EntryText<'a, Unread<'a>> = parse(text)?;
        let mut outline = Outline::default();
        for fact in read.facts {
            match fact {
                FactText::Order((number, word, reserves)) => {
                    let state = Some((stage(&word.0)?, reserves));
                    outline.orders.push(Said { order: number.0, state, lines: Vec::new() });
                }
                FactText::Line((order, line)) => match outline.orders.last_mut() {
                    Some(said) if said.order == order.0 => said.lines.push((line.number, line.text.get())),
                    _ => outline.orders.push(Said { order: order.0, state: None, lines: vec![(line.number, line.text.get())] }),
                },
                other => outline.entry.facts.push(self.other_fact(other)?),
            }
        }
        let without_row = |LegText(account, budget, period, amount, _)| self.leg(LegText(account, budget, period, amount, None));
        outline.entry.legs = read.legs.into_iter().map(without_row).collect::<Result<_, _>>()?;
        Ok(outline)
    }

    fn other_fact(&mut self, fact: FactText<'a, Unread<'a>>) -> Result<Fact, String> {
        self.fact(fact, |_, _| Err("a line stands where none can".to_string()))
    }
}
