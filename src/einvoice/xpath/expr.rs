//! Expressions as a tree, and the tables they refer to. Never evaluates one.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use regex::Regex;

use super::decimal::Decimal;
use super::functions::Function;
use super::value::Relation;
use crate::einvoice::xml::Name;

// Which of them it is stands in a byte of its own: packed into the room of another field it would be read at more cost, hundreds of times for each
// document.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Expr {
    Text(String),
    Number(Decimal),
    Truth(bool),
    Sequence(Vec<Expr>),
    Here,
    /// The pieces of text directly below the node; `ready` makes it of a `Path` that is one.
    Pieces,
    Path(Box<Start>, Vec<Step>),
    /// A path of names; `ready` makes it of a `Path` that is one.
    Plain(Plain),
    /// A value for each node of a path of names; likewise.
    Map(Plain, Box<Expr>),
    Filter(Box<Expr>, Vec<Expr>),
    Union(Vec<Expr>),
    Or(Vec<Expr>),
    And(Vec<Expr>),
    Not(Box<Expr>),
    /// Whether some pair of values is so related.
    Compare(Relation, Box<Expr>, Box<Expr>),
    /// The same of frequent forms, which `settle` makes of a `Compare` that is one: two exact numbers; how often or how long something is; a text.
    CompareExact(Relation, Box<Expr>, Box<Expr>),
    CompareSmall(Relation, Box<Expr>, i64),
    CompareText(Relation, Box<Expr>, String),
    /// Whether one value is so related to one other.
    CompareOne(Relation, Box<Expr>, Box<Expr>),
    Arithmetic(Operation, Box<Expr>, Box<Expr>),
    /// The same of two numbers that are exact whatever the document says; `ready` makes it of an `Arithmetic` that is one.
    Exact(Operation, Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Every(u32, Box<Expr>, Box<Expr>),
    Some(u32, Box<Expr>, Box<Expr>),
    For(u32, Box<Expr>, Box<Expr>),
    /// What a `for`, `some` or `every` runs over.
    Variable(u32),
    /// The same where that is exact numbers; `ready` makes it of a `Variable` that is one.
    Exactly(u32),
    /// Worked out once for a document, when it is first asked for.
    Shared(u32),
    /// Worked out for the node that the rule is about.
    Local(u32),
    Call(Function, Vec<Expr>),
    /// Whether the one value, with its white space put in order, is in a list.
    Coded(Box<Expr>, u32),
    /// Whether some value is in a list.
    Among(Box<Expr>, u32),
    Matches(Box<Expr>, u32),
    Replace(Box<Expr>, u32, String),
    Tokenize(Box<Expr>, u32),
    Castable(Box<Expr>, Cast),
    /// A condition that several rules ask of the same node.
    Noted(u32),
    /// A text that several rules ask of the same node.
    NotedText(u32),
    /// A number that is asked of the same node more than once.
    NotedNumber(u32),
    /// The same where it is exact whatever the document says.
    NotedDecimal(u32),
    /// What a definition is given; none is left when an expression is ready.
    Parameter(u32),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Start {
    Here,
    /// The document.
    Root,
    /// The document element.
    Element,
    At(Expr),
}

/// Names of elements, each directly below the one before, and perhaps an attribute at their end. A path that is deep has a name. No condition
/// counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Plain {
    pub origin: Origin,
    /// How many parents it goes up first.
    pub up: u32,
    /// Whether the first name is looked for at any depth.
    pub deep: bool,
    pub names: Vec<Named>,
    pub attribute: Option<Name>,
    /// Whether only of the last elements more than their name is asked.
    pub bare: bool,
    /// Whether it is no more than one step down.
    pub near: Near,
}

/// A path of one step from the node itself, of which nothing but a name is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Near {
    Child(Name),
    Attribute(Name),
    No,
}

/// A name on a path, and what else is asked of its elements.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Named {
    pub name: Name,
    pub conditions: Vec<Expr>,
}

/// Where a path of names begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    Here,
    Root,
    Element,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    Axis(Axis, Test, Vec<Expr>),
    /// Elements at any depth of the document of which a key is a word, and what else is asked of them; `ready` makes it of an `Axis`.
    Keyed(u32, String, Vec<Expr>),
    /// A value for each node.
    Each(Expr),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Axis {
    Child,
    Descendant,
    Attribute,
    /// Attributes of all descendants.
    AnyAttribute,
    Itself,
    Parent,
    Ancestor,
    PrecedingSibling,
    FollowingSibling,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Test {
    Name(Name),
    /// An element, or an attribute.
    Any,
    Text,
    Node,
    /// A local name in whatever namespace.
    Local(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cast {
    Text,
    Integer,
    Decimal,
    Date,
}

/// What expressions refer to by number.
#[derive(Debug, Default)]
pub struct Program {
    pub shared: Vec<Expr>,
    pub locals: Vec<Expr>,
    /// Conditions and texts that are asked of the same node more than once.
    pub notes: Vec<Expr>,
    pub texts: Vec<Expr>,
    /// The same of what gives one number, or nothing, and of what gives one that is exact.
    pub numbers: Vec<Expr>,
    pub decimals: Vec<Expr>,
    /// Texts by which the elements of a name are found.
    pub keys: Vec<(Name, Expr)>,
    pub lists: Vec<Codes>,
    pub regexes: Vec<Regex>,
}

/// A list of codes.
pub type Codes = HashSet<&'static str, BuildHasherDefault<Short>>;

/// Hashes short words quickly (FNV-1a). It is for lists that are fixed: nobody can choose what stands in them.
#[derive(Debug)]
pub struct Short(u64);

impl Default for Short {
    fn default() -> Short {
        Short(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Short {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

impl Plain {
    /// A path from somewhere that goes nowhere yet.
    pub fn from(origin: Origin) -> Plain {
        Plain { origin, up: 0, deep: false, names: Vec::new(), attribute: None, bare: true, near: Near::No }
    }

    /// Looks at what it has become. To be called when it has changed.
    pub fn look(&mut self) {
        self.bare = self.names.split_last().is_none_or(|(_, above)| above.iter().all(|named| named.conditions.is_empty()));
        let from_here = self.origin == Origin::Here && self.up == 0 && !self.deep;
        self.near = match (self.names.as_slice(), self.attribute) {
            ([named], None) if from_here && named.conditions.is_empty() => Near::Child(named.name),
            ([], Some(attribute)) if from_here => Near::Attribute(attribute),
            _ => Near::No,
        };
    }

    /// Whether it leads to an attribute of the node itself.
    pub fn is_attribute(&self) -> bool {
        matches!(self.near, Near::Attribute(_))
    }

    /// Whether what it leads to may come in another order than that of the document.
    pub fn is_untidy(&self) -> bool {
        self.deep && (self.names.len() > 1 || self.attribute.is_some())
    }

    /// Whether nothing is asked but names.
    pub fn is_bare(&self) -> bool {
        self.bare && self.names.last().is_none_or(|last| last.conditions.is_empty())
    }

    fn conditions_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        self.names.iter_mut().flat_map(|named| &mut named.conditions)
    }
}

impl Expr {
    pub fn path(start: Start, steps: Vec<Step>) -> Expr {
        Expr::Path(Box::new(start), steps)
    }

    /// Whether it is a number wherever it has a value: as a predicate it then is a position.
    pub fn is_position(&self) -> bool {
        match self {
            Expr::Number(_) | Expr::Arithmetic(..) | Expr::Exact(..) | Expr::NotedNumber(_) | Expr::NotedDecimal(_) => true,
            Expr::Call(function, _) => matches!(function, Function::Last | Function::Position),
            _ => false,
        }
    }

    /// Whether it gives exactly one truth value, if it has an answer.
    pub fn is_condition(&self) -> bool {
        match self {
            Expr::Truth(_) | Expr::Or(_) | Expr::And(_) | Expr::Not(_) | Expr::Compare(..) | Expr::Every(..) | Expr::Some(..) => true,
            Expr::Coded(..) | Expr::Among(..) | Expr::Matches(..) | Expr::Castable(..) | Expr::Noted(_) => true,
            Expr::CompareExact(..) | Expr::CompareSmall(..) | Expr::CompareText(..) => true,
            Expr::Call(function, _) => function.is_condition(),
            _ => false,
        }
    }

    /// Whether it gives exactly one text, if it has an answer.
    pub fn is_text(&self) -> bool {
        match self {
            Expr::NotedText(_) => true,
            Expr::Call(function, _) => function.is_text(),
            _ => false,
        }
    }

    /// Whether it computes one number, or nothing.
    pub fn is_computed(&self) -> bool {
        match self {
            Expr::Arithmetic(..) | Expr::Exact(..) => true,
            Expr::Call(function, arguments) => matches!((function, arguments.len()), (Function::Decimal | Function::Round | Function::Absolute, 1)),
            _ => false,
        }
    }

    /// Whether it gives one exact number whatever the document says, or nothing, or has no answer.
    #[inline]
    pub fn is_exact(&self) -> bool {
        matches!(self, Expr::NotedDecimal(_) | Expr::Exact(..) | Expr::Exactly(_) | Expr::Number(_)) || self.computes_exactly()
    }

    fn computes_exactly(&self) -> bool {
        match self {
            Expr::If(_, then, otherwise) => then.is_exact() && otherwise.is_exact(),
            Expr::Call(function, arguments) => match (function, arguments.as_slice()) {
                (Function::Decimal, [_]) => true,
                (Function::Round | Function::Absolute, [value]) => value.is_exact_operand(),
                (Function::Sum, [Expr::Map(_, value)]) => value.is_exact(),
                (Function::Sum, [Expr::Path(_, steps)]) => matches!(steps.last(), Some(Step::Each(value)) if value.is_exact()),
                _ => false,
            },
            _ => false,
        }
    }

    /// The same where several values, too, are no answer: of what is computed with.
    pub fn is_exact_operand(&self) -> bool {
        match self {
            Expr::Map(_, value) => value.is_exact(),
            other => other.is_exact(),
        }
    }

    /// Whether it never gives more than one value.
    pub fn is_single(&self) -> bool {
        match self {
            Expr::Text(_) | Expr::Number(_) | Expr::Arithmetic(..) | Expr::Exact(..) => true,
            Expr::NotedNumber(_) | Expr::NotedDecimal(_) | Expr::Variable(_) | Expr::Exactly(_) => true,
            Expr::Call(function, _) => !matches!(function, Function::DistinctValues | Function::OccurringAgain),
            Expr::If(_, then, otherwise) => then.is_single() && otherwise.is_single(),
            other => other.is_text() || other.is_condition(),
        }
    }

    /// Every expression directly inside.
    pub fn inner_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            Expr::Text(_)
            | Expr::Number(_)
            | Expr::Truth(_)
            | Expr::Here
            | Expr::Pieces
            | Expr::Variable(_)
            | Expr::Exactly(_)
            | Expr::Shared(_)
            | Expr::Local(_)
            | Expr::Noted(_)
            | Expr::NotedText(_)
            | Expr::NotedNumber(_)
            | Expr::NotedDecimal(_)
            | Expr::Parameter(_) => vec![],
            Expr::Plain(plain) => plain.conditions_mut().collect(),
            Expr::Map(plain, inner) => plain.conditions_mut().chain(std::iter::once(inner.as_mut())).collect(),
            Expr::Sequence(all) | Expr::Union(all) | Expr::Or(all) | Expr::And(all) | Expr::Call(_, all) => all.iter_mut().collect(),
            Expr::Path(start, steps) => {
                let mut all = Vec::new();
                if let Start::At(inner) = start.as_mut() {
                    all.push(inner);
                }
                for step in steps {
                    match step {
                        Step::Axis(_, _, predicates) | Step::Keyed(_, _, predicates) => all.extend(predicates.iter_mut()),
                        Step::Each(each) => all.push(each),
                    }
                }
                all
            }
            Expr::Filter(inner, predicates) => std::iter::once(inner.as_mut()).chain(predicates.iter_mut()).collect(),
            Expr::Not(a)
            | Expr::CompareSmall(_, a, _)
            | Expr::CompareText(_, a, _)
            | Expr::Coded(a, _)
            | Expr::Among(a, _)
            | Expr::Matches(a, _)
            | Expr::Replace(a, _, _)
            | Expr::Tokenize(a, _)
            | Expr::Castable(a, _) => vec![a],
            Expr::CompareExact(_, a, b) => vec![a, b],
            Expr::Compare(_, a, b) | Expr::CompareOne(_, a, b) | Expr::Arithmetic(_, a, b) | Expr::Exact(_, a, b) => vec![a, b],
            Expr::Every(_, a, b) | Expr::Some(_, a, b) | Expr::For(_, a, b) => vec![a, b],
            Expr::If(a, b, c) => vec![a, b, c],
        }
    }
}
