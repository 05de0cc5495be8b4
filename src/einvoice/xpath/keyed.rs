//! Elements of a document found by a text of theirs. Rules ask of each code whether any element has it; so all elements of the name are looked at
//! once. Never says anything else than looking at one after the other would.

use std::borrow::Cow;

use super::eval::{Evaluation, Focus, Sink};
use super::expr::{Expr, Step};
use super::value::{Answer, Fault};
use crate::einvoice::xml::{DOCUMENT, NodeId};

/// The elements of a name in the order of their keys, those of one key in the order of the document; up to the first whose key has no answer.
#[derive(Debug, Default)]
pub(super) struct Keyed<'d> {
    by_word: Vec<(Cow<'d, str>, NodeId)>,
    fault: Option<Fault>,
}

impl<'d> Evaluation<'d> {
    /// On from the elements of which the key is a word. That one of the others has no key matters when nobody stopped before it.
    pub(super) fn keyed_steps(
        &self,
        (number, word): (u32, &str),
        predicates: &'d [Expr],
        rest: &'d [Step],
        (node, focus): (NodeId, &Focus<'_, 'd>),
        sink: Sink<'_, 'd>,
    ) -> Answer<bool> {
        let keyed = self.keyed[number as usize].get_or_init(|| Box::new(self.key_all(number)));
        let start = keyed.by_word.partition_point(|(key, _)| key.as_ref() < word);
        let of_word = keyed.by_word[start..].iter().take_while(|(key, _)| key == word).map(|(_, found)| *found);
        for found in of_word.filter(|found| *found > node) {
            self.spend()?;
            if self.holds(predicates, found, focus)? && !self.node_steps(rest, found, focus, sink)? {
                return Ok(false);
            }
        }
        keyed.fault.map_or(Ok(true), Err)
    }

    fn key_all(&self, number: u32) -> Keyed<'d> {
        let (name, key) = &self.program.keys[number as usize];
        let mut keyed = Keyed::default();
        for node in self.document.descendants_named(DOCUMENT, *name) {
            match self.spend().and_then(|()| self.text(key, &Focus::on(node))) {
                Ok(word) => keyed.by_word.push((word, node)),
                Err(fault) => {
                    keyed.fault = Some(fault);
                    break;
                }
            }
        }
        keyed.by_word.sort_unstable();
        keyed
    }
}
