//! Lists for each name of an element, and for each name of its parent that matters, the patterns that such an element can fit. Runs once for a set
//! of rules. Never looks at a document.

use super::{Candidate, Candidates, RuleSet};
use crate::einvoice::structure::UBL;
use crate::einvoice::xml::Name;
use crate::einvoice::xpath::Pattern;

/// A candidate, and the name that it asks of the parent, if it does.
type Way = (Candidate, Option<Name>);

pub(super) fn index(set: &mut RuleSet) {
    let mut by_name: Vec<Vec<Way>> = vec![Vec::new(); UBL.vocabulary.count()];
    let mut of_any: Vec<Way> = Vec::new();
    for (number, rule) in set.rules.iter_mut().enumerate() {
        for way in 0..rule.patterns.len() {
            let (name, parent) = (rule.patterns[way].name(), rule.patterns[way].parent_name());
            let known = if name.is_some() { 1 + u32::from(parent.is_some()) } else { 0 };
            let candidate = Candidate { rule: number as u32, pattern: way as u32, known, word: None };
            if rule.patterns[way].is_document() {
                set.of_document.push(candidate);
            } else if let Some(name) = name {
                by_name[usize::from(name)].push((candidate, parent));
            } else {
                of_any.push((candidate, parent));
                of_each_name(candidate, &mut rule.patterns, &mut by_name);
            }
        }
    }
    set.by_name = by_name.into_iter().map(by_parent).collect();
    set.of_any = by_parent(of_any);
}

/// Notes with each candidate the word that it asks for. To be called when the patterns are ready.
pub(super) fn words(set: &mut RuleSet) {
    let RuleSet { rules, by_name, of_any, .. } = set;
    let lists = by_name.iter_mut().chain(std::iter::once(of_any));
    let lists = lists.flat_map(|candidates| candidates.below.iter_mut().map(|(_, below)| below).chain(std::iter::once(&mut candidates.elsewhere)));
    for candidate in lists.flatten() {
        candidate.word = rules[candidate.rule as usize].patterns[candidate.pattern as usize].word();
    }
}

/// A pattern for elements of any name, as it is for each name that is known: what it asks of the name is settled here.
fn of_each_name(candidate: Candidate, patterns: &mut Vec<Pattern>, by_name: &mut [Vec<Way>]) {
    let pattern = candidate.pattern as usize;
    let parent = patterns[pattern].parent_name();
    for (ways, (_, local)) in by_name.iter_mut().zip(UBL.vocabulary.words()) {
        let settled = patterns[pattern].of_name(local);
        if !patterns[pattern].asks_name() {
            ways.push((candidate, parent));
        } else if let Some(settled) = settled {
            ways.push((Candidate { pattern: patterns.len() as u32, ..candidate }, parent));
            patterns.push(settled);
        }
    }
}

fn by_parent(ways: Vec<Way>) -> Candidates {
    let mut names: Vec<Name> = ways.iter().filter_map(|(_, parent)| *parent).collect();
    names.sort_unstable();
    names.dedup();
    let fitting =
        |name: Option<Name>| ways.iter().filter(|(_, parent)| parent.is_none() || *parent == name).map(|(candidate, _)| *candidate).collect();
    Candidates { below: names.into_iter().map(|name| (name, fitting(Some(name)))).collect(), elsewhere: fitting(None) }
}
