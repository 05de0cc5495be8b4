//! Sets of rules: read from their notation once, run over a document as often as wanted. What a set says stands in its files; this folder knows
//! how to read and run one, and which sets there are. Never knows what an invoice is.

mod absent;
mod index;
mod kind;
mod notation;
mod run;

pub use kind::Kind;
pub use run::{Outcome, Violation};

use super::xpath::{Expr, Pattern, Program, Sure};
use absent::Absent;
use index::Candidates;

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
}

/// What is asserted of the nodes that fit one of the patterns.
#[derive(Debug)]
struct Rule {
    /// Of the rules of one group a node is tested by the first that it fits.
    group: usize,
    patterns: Vec<Pattern>,
    tests: Vec<Test>,
    /// Whether the table of absent elements belongs to it, with assertions that are not among the tests.
    absent: bool,
}

/// What must hold of a node.
#[derive(Debug)]
struct Test {
    /// The number of its assertion.
    assertion: usize,
    /// When it certainly holds.
    sure: Sure,
    holds: Expr,
}

/// Where to look first: a rule, and which of its patterns.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    /// The group of the rule.
    group: usize,
    rule: u32,
    pattern: u32,
    /// How many names fit already, from the node upwards, since it is a candidate.
    known: u32,
    /// What is asked first, so that most can be passed over at once.
    first: First,
}

/// What a candidate asks of a node before it is looked at in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    /// Something else than the following.
    Other,
    /// Nothing at all: that it is a candidate is enough.
    Nothing,
    /// That the element is blank.
    Blank,
    /// That a text is a word: the number of the text, and one made of the word.
    Word(u32, u32),
    /// That a condition holds that is the same for the whole document: its number.
    Holds(u32),
}

#[derive(Debug, Default)]
pub struct RuleSet {
    program: Program,
    rules: Vec<Rule>,
    assertions: Vec<Assertion>,
    candidates: Candidates,
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
}
