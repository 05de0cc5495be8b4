//! Runs a set of rules over a document. Either all its violations come out, or, when one expression has no answer, none and that.

use super::{Rule, RuleSet, Test};
use crate::einvoice::xml::{Document, NodeId};
use crate::einvoice::xpath::{Evaluation, Fault, Focus};

/// One assertion that does not hold at one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    group: usize,
    pub node: NodeId,
    /// Its number in the set.
    pub assertion: usize,
}

pub type Outcome = Result<Vec<Violation>, (Fault, usize)>;

impl RuleSet {
    /// # Errors
    /// When an assertion has no answer: why, and which.
    pub fn run(&self, document: &Document<'_>) -> Outcome {
        let evaluation = Evaluation::new(document, &self.program);
        let mut violations = Vec::new();
        for node in (0..document.count()).filter(|node| !document.is_text(*node)) {
            let mut group = usize::MAX;
            for candidate in self.candidates(document, node) {
                if candidate.word.is_some_and(|word| !evaluation.may_be(node, word)) {
                    continue;
                }
                let rule = &self.rules[candidate.rule as usize];
                if rule.group != group && rule.patterns[candidate.pattern as usize].fits(node, candidate.known, &evaluation) {
                    group = rule.group;
                    self.test(rule, node, &evaluation, &mut violations)?;
                }
            }
        }
        violations.sort_unstable();
        Ok(violations)
    }

    fn test<'d>(&'d self, rule: &'d Rule, node: NodeId, evaluation: &Evaluation<'d>, violations: &mut Vec<Violation>) -> Result<(), (Fault, usize)> {
        let focus = Focus::on(node);
        for assertion in rule.assertions.clone() {
            match &self.assertions[assertion].test {
                Test::Holds(expr) => {
                    if !evaluation.truth(expr, &focus).map_err(|fault| (fault, assertion))? {
                        violations.push(Violation { group: rule.group, node, assertion });
                    }
                }
                Test::Absent => {}
            }
        }
        if rule.absent {
            let absent = self.absent.violated(evaluation.document, node);
            violations.extend(absent.into_iter().map(|assertion| Violation { group: rule.group, node, assertion: assertion as usize }));
        }
        Ok(())
    }
}
