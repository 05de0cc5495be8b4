//! Sets of rules: read from their notation once, run over a document as often as wanted. What a set says stands in its files; this folder knows
//! how to read and run one, and which sets there are. Never knows what an invoice is.

mod absent;
mod index;
mod kind;
mod notation;
mod run;

pub use kind::Kind;
pub use run::{Outcome, Violation};

use super::xml::{Document, Name, NodeId};
use super::xpath::{Expr, Pattern, Program};
use absent::Absent;

/// Whether a violation refuses the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    Fatal,
    Warning,
}

impl Flag {
    pub fn code(self) -> &'static str {
        match self {
            Flag::Fatal => "fatal",
            Flag::Warning => "warning",
        }
    }
}

/// One assertion: violated at a node where it does not hold.
#[derive(Debug)]
pub struct Assertion {
    pub id: String,
    pub flag: Flag,
    /// The business terms it speaks of.
    pub terms: String,
    pub kind: Kind,
    /// The path it asks for or forbids, where it is as simple as that.
    pub path: String,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Holds(Expr),
    /// One of those that say that an element must not be there; they are found all at once.
    Absent,
}

/// What is asserted of the nodes that fit one of the patterns.
#[derive(Debug)]
struct Rule {
    /// Of the rules of one group a node is tested by the first that it fits.
    group: usize,
    patterns: Vec<Pattern>,
    assertions: std::ops::Range<usize>,
    /// Whether the table of absent elements belongs to it.
    absent: bool,
}

/// Where to look first: a rule, and which of its patterns.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    rule: u32,
    pattern: u32,
    /// How many names fit already, from the node upwards, since it is a candidate.
    known: u32,
    /// The text that must be a word, and a number made of the word, so that most can be passed over at once.
    word: Option<(u32, u32)>,
}

/// What an element can fit, in the order in which the patterns are tried.
#[derive(Debug, Default)]
struct Candidates {
    /// Below a parent of a name that some pattern asks for.
    below: Vec<(Name, Vec<Candidate>)>,
    /// Below any other.
    elsewhere: Vec<Candidate>,
}

#[derive(Debug, Default)]
pub struct RuleSet {
    program: Program,
    rules: Vec<Rule>,
    assertions: Vec<Assertion>,
    /// By name of an element.
    by_name: Vec<Candidates>,
    /// For the document itself.
    of_document: Vec<Candidate>,
    /// For elements whose name no rule knows.
    of_any: Candidates,
    absent: Absent,
}

impl RuleSet {
    /// # Errors
    /// Where the notation cannot be read.
    pub fn read(texts: &[&'static str]) -> Result<RuleSet, String> {
        notation::read(texts)
    }

    pub fn assertions(&self) -> &[Assertion] {
        &self.assertions
    }

    fn candidates(&self, document: &Document<'_>, node: NodeId) -> &[Candidate] {
        let Some(parent) = document.parent(node) else { return &self.of_document };
        let candidates = self.by_name.get(usize::from(document.name(node))).unwrap_or(&self.of_any);
        let parent = document.name(parent);
        candidates.below.iter().find(|(name, _)| *name == parent).map_or(&candidates.elsewhere, |(_, below)| below)
    }
}
