//! What a proof of the books needs of a text: what is to be compared with another text stays one, since both were written here and are
//! equal byte for byte or not at all. Never takes a text for one of ours that would be written in another way.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::reading::parse;
use super::writing::json;
use super::{EntryText, FactText, LineText, Name, OrderText, Reader, stage};
use crate::domain::books::Order;
use crate::domain::books::Stage;
use crate::domain::books::entry::{Entry, Fact};

/// What an entry says of an order: whole lines, each as from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said<'a> {
    Order { number: Cow<'a, str>, stage: Stage, reserves: bool },
    Line { order: Cow<'a, str>, number: Cow<'a, str>, text: &'a str },
}

/// An entry in two parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline<'a> {
    /// Legs, and the facts that are about no order.
    pub entry: Entry,
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
                    outline.orders.push(Said::Order { number: number.0, stage: stage(&word.0)?, reserves });
                }
                FactText::Line((order, line)) => {
                    outline.orders.push(Said::Line { order: order.0, number: line.number, text: line.text.get() });
                }
                other => outline.entry.facts.push(self.other_fact(other)?),
            }
        }
        outline.entry.legs = read.legs.into_iter().map(|leg| self.leg(leg)).collect::<Result<_, _>>()?;
        Ok(outline)
    }

    fn other_fact(&mut self, fact: FactText<'a, Unread<'a>>) -> Result<Fact, String> {
        self.fact(fact, |_, _| Err("a line stands where none can".to_string()))
    }

    /// An order as the books hold it, and what an entry would say of it: the order, and its lines in their sequence.
    pub fn order_said(&mut self, text: &'a str) -> Result<(Order, Vec<Said<'a>>), String> {
        let read: OrderText<'a, &'a RawValue> = parse(text)?;
        if json(&read) != text {
            return Err("it is written in another way".to_string());
        }
        let OrderText { number, stage: word, reserves, lines } = read;
        let stage = stage(&word.0)?;
        let mut order = Order { number: number.0.as_ref().into(), stage, reserves, lines: Default::default(), sequence: Vec::new() };
        let mut said = vec![Said::Order { number: number.0.clone(), stage, reserves }];
        for line in lines {
            let read: LineText<'a> = parse(line.get())?;
            said.push(Said::Line { order: number.0.clone(), number: read.number.0.clone(), text: line.get() });
            let line = self.line(read)?;
            order.sequence.push(line.number.clone());
            order.lines.insert(line.number.clone(), line);
        }
        Ok((order, said))
    }
}
