//! Lists for each name of an element, and for each name of its parent that matters, the patterns that such an element can fit. Made once for a set
//! of rules. Never looks further than at two names.

use super::{Candidate, First, Rule, RuleSet};
use crate::einvoice::structure::UBL;
use crate::einvoice::xml::Name;
use crate::einvoice::xpath::Pattern;

/// What an element can fit, in the order in which the patterns are tried.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    all: Vec<Candidate>,
    /// By the names of an element and of its parent, where a pattern asks for the latter: open addressing, at most half full.
    below: Vec<Option<(u32, Listed)>>,
    /// By the name of an element, below any other parent, and whether there are parents of which it matters.
    elsewhere: Vec<(Listed, bool)>,
    /// For elements whose name no rule knows, by the name of the parent.
    unknown: Vec<(Name, Listed)>,
    unknown_elsewhere: Listed,
    of_document: Listed,
}

/// Which of all candidates.
#[derive(Debug, Clone, Copy, Default)]
struct Listed {
    start: u32,
    /// Before it stand those that ask no more than whether the element is blank.
    filled: u32,
    end: u32,
}

/// A candidate, and the name that it asks of the parent, if it does.
type Way = (Candidate, Option<Name>);

fn key(name: Name, parent: Name) -> u32 {
    u32::from(name) << 16 | u32::from(parent)
}

fn slot(key: u32, count: usize) -> usize {
    (key.wrapping_mul(0x9e37_79b1) >> 16) as usize & (count - 1)
}

impl Candidates {
    /// For the document itself.
    pub(super) fn of_document(&self) -> &[Candidate] {
        self.list(self.of_document, true)
    }

    /// For an element, by its name and that of its parent, and whether it may be blank.
    #[inline]
    pub(super) fn of(&self, name: Name, parent: Name, may_be_blank: bool) -> &[Candidate] {
        let listed = match self.elsewhere.get(usize::from(name)) {
            Some((listed, false)) => *listed,
            Some((listed, true)) => self.below(key(name, parent)).unwrap_or(*listed),
            None => {
                let below = self.unknown.iter().find(|(known, _)| *known == parent);
                below.map_or(self.unknown_elsewhere, |(_, below)| *below)
            }
        };
        self.list(listed, may_be_blank)
    }

    fn below(&self, wanted: u32) -> Option<Listed> {
        let mut slot = slot(wanted, self.below.len());
        while let Some((key, listed)) = self.below[slot] {
            if key == wanted {
                return Some(listed);
            }
            slot = (slot + 1) & (self.below.len() - 1);
        }
        None
    }

    #[inline]
    fn list(&self, listed: Listed, may_be_blank: bool) -> &[Candidate] {
        let start = if may_be_blank { listed.start } else { listed.filled };
        &self.all[start as usize..listed.end as usize]
    }

    fn add(&mut self, ways: &[Way], parent: Option<Name>) -> Listed {
        let start = self.all.len() as u32;
        self.all.extend(ways.iter().filter(|(_, asked)| asked.is_none() || *asked == parent).map(|(candidate, _)| *candidate));
        Listed { start, filled: start, end: self.all.len() as u32 }
    }

    /// Notes with each candidate what it asks first. To be called when the patterns are ready.
    pub(super) fn look(&mut self, rules: &[Rule]) {
        for candidate in &mut self.all {
            candidate.first = first(&rules[candidate.rule as usize].patterns[candidate.pattern as usize], candidate.known);
        }
        let all = &self.all;
        let blank = |listed: &mut Listed| {
            let of_list = &all[listed.start as usize..listed.end as usize];
            listed.filled = listed.start + of_list.iter().take_while(|candidate| candidate.first == First::Blank).count() as u32;
        };
        self.below.iter_mut().flatten().map(|(_, listed)| listed).for_each(blank);
        self.elsewhere.iter_mut().map(|(listed, _)| listed).for_each(blank);
        self.unknown.iter_mut().map(|(_, listed)| listed).chain([&mut self.unknown_elsewhere]).for_each(blank);
    }
}

fn first(pattern: &Pattern, known: u32) -> First {
    if let Some(number) = pattern.shared() {
        return First::Holds(number);
    }
    match pattern.word() {
        Some((text, word)) => First::Word(text, word),
        None if pattern.is_blank(known) => First::Blank,
        None if pattern.is_settled(known) => First::Nothing,
        None => First::Other,
    }
}

pub(super) fn index(set: &mut RuleSet) {
    let mut by_name: Vec<Vec<Way>> = vec![Vec::new(); UBL.vocabulary.count()];
    let (mut of_any, mut of_document): (Vec<Way>, Vec<Way>) = (Vec::new(), Vec::new());
    for (number, rule) in set.rules.iter_mut().enumerate() {
        for way in 0..rule.patterns.len() {
            let (name, parent) = (rule.patterns[way].name(), rule.patterns[way].parent_name());
            let known = if name.is_some() { 1 + u32::from(parent.is_some()) } else { 0 };
            let candidate = Candidate { group: rule.group, rule: number as u32, pattern: way as u32, known, first: First::Other };
            if rule.patterns[way].is_document() {
                of_document.push((candidate, None));
            } else if let Some(name) = name {
                by_name[usize::from(name)].push((candidate, parent));
            } else {
                of_any.push((candidate, parent));
                of_each_name(candidate, &mut rule.patterns, &mut by_name);
            }
        }
    }
    set.candidates = listed(&by_name, &of_any, &of_document);
}

fn listed(by_name: &[Vec<Way>], of_any: &[Way], of_document: &[Way]) -> Candidates {
    let mut candidates = Candidates::default();
    let pairs: usize = by_name.iter().map(|ways| parents(ways).len()).sum();
    candidates.below = vec![None; (pairs * 2).next_power_of_two().max(2)];
    for (name, ways) in by_name.iter().enumerate() {
        for parent in parents(ways) {
            let key = key(name as Name, parent);
            let listed = candidates.add(ways, Some(parent));
            let mut slot = slot(key, candidates.below.len());
            while candidates.below[slot].is_some() {
                slot = (slot + 1) & (candidates.below.len() - 1);
            }
            candidates.below[slot] = Some((key, listed));
        }
        let elsewhere = candidates.add(ways, None);
        candidates.elsewhere.push((elsewhere, ways.iter().any(|(_, parent)| parent.is_some())));
    }
    for parent in parents(of_any) {
        let listed = candidates.add(of_any, Some(parent));
        candidates.unknown.push((parent, listed));
    }
    candidates.unknown_elsewhere = candidates.add(of_any, None);
    candidates.of_document = candidates.add(of_document, None);
    candidates
}

/// The names that are asked of parents, each once.
fn parents(ways: &[Way]) -> Vec<Name> {
    let mut names: Vec<Name> = ways.iter().filter_map(|(_, parent)| *parent).collect();
    names.sort_unstable();
    names.dedup();
    names
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
