//! Runs a set of rules over a document. Either all its violations come out, or, when one expression has no answer, none and that.

use super::{Candidate, First, Rule, RuleSet};
use crate::einvoice::xml::{DOCUMENT, Document, NodeId};
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
        self.judge(DOCUMENT, self.candidates.of_document(), &evaluation, &mut violations)?;
        let may_be_blank = document.may_have_blank_leaves();
        for (node, name, parent) in document.named_elements() {
            let candidates = self.candidates.of(name, parent, may_be_blank);
            if !candidates.is_empty() {
                self.judge(node, candidates, &evaluation, &mut violations)?;
            }
        }
        violations.sort_unstable();
        Ok(violations)
    }

    /// Tests one node by the rules that it fits.
    fn judge<'d>(
        &'d self,
        node: NodeId,
        candidates: &[Candidate],
        evaluation: &Evaluation<'d>,
        violations: &mut Vec<Violation>,
    ) -> Result<(), (Fault, usize)> {
        let (mut group, mut word) = (usize::MAX, (u32::MAX, None));
        for candidate in candidates {
            if candidate.group == group {
                continue;
            }
            match candidate.first {
                // Several ask for one word or another of the same text.
                First::Word(text, wanted) => {
                    if word.0 != text {
                        word = (text, evaluation.word(node, text));
                    }
                    if word.1 != Some(wanted) {
                        continue;
                    }
                }
                First::Holds(number) if !evaluation.holds_throughout(number) => continue,
                _ => {}
            }
            if self.fits(candidate, node, evaluation) {
                group = candidate.group;
                self.test(&self.rules[candidate.rule as usize], node, evaluation, violations)?;
            }
        }
        Ok(())
    }

    #[inline]
    fn fits<'d>(&'d self, candidate: &Candidate, node: NodeId, evaluation: &Evaluation<'d>) -> bool {
        let in_full = || self.rules[candidate.rule as usize].patterns[candidate.pattern as usize].fits(node, candidate.known, evaluation);
        match candidate.first {
            First::Nothing => true,
            First::Blank => evaluation.document.is_blank_leaf(node),
            First::Word(..) | First::Holds(_) | First::Other => in_full(),
        }
    }

    fn test<'d>(&'d self, rule: &'d Rule, node: NodeId, evaluation: &Evaluation<'d>, violations: &mut Vec<Violation>) -> Result<(), (Fault, usize)> {
        let focus = Focus::on(node);
        for test in &rule.tests {
            if !evaluation.is_sure(test.sure) && !evaluation.truth(&test.holds, &focus).map_err(|fault| (fault, test.assertion))? {
                violations.push(Violation { group: rule.group, node, assertion: test.assertion });
            }
        }
        if rule.absent {
            let absent = self.absent.violated(evaluation.document, node);
            violations.extend(absent.into_iter().map(|assertion| Violation { group: rule.group, node, assertion: assertion as usize }));
        }
        Ok(())
    }
}
