//! Text to expressions. A name without a prefix is that of an element as the structure tables know it; a prefix is needed for the few names that
//! are two things. Never runs while a document is checked.

mod primary;

use std::collections::HashMap;
use std::fmt;

use super::decimal::Decimal;
use super::expr::{Axis, Cast, Expr, Operation, Start, Step, Test};
use super::functions::{Function, named};
use super::value::Relation;
use crate::einvoice::xml::Name;

/// An expression under a name, with what it is given.
#[derive(Debug, Clone)]
pub struct Definition {
    pub parameters: Vec<&'static str>,
    pub body: Expr,
}

/// What the words of an expression stand for.
pub trait Names {
    /// An element or an attribute.
    fn name(&mut self, word: &str, attribute: bool) -> Option<Name>;
    fn definition(&self, name: &str) -> Option<&Definition>;
    fn variable(&self, name: &str) -> Option<Expr>;
    fn list(&self, name: &str) -> Option<u32>;
    fn regex(&mut self, pattern: &str) -> Option<u32>;
}

/// Where an expression cannot be read, and what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub expected: String,
    pub rest: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} before {:?}", self.expected, self.rest.chars().take(60).collect::<String>())
    }
}

type Parsed<T> = Result<T, Mistake>;

/// # Errors
/// What is not an expression, or names what is not there.
pub fn parse(text: &str, names: &mut dyn Names) -> Parsed<Expr> {
    parse_with(text, &[], names)
}

/// The body of a definition, in which its parameters are names.
///
/// # Errors
/// What is not an expression, or names what is not there.
pub fn parse_with(text: &str, parameters: &[&str], names: &mut dyn Names) -> Parsed<Expr> {
    let mut parser = Parser { rest: text, parameters, names, bound: HashMap::new(), count: 0 };
    let expr = parser.sequence()?;
    parser.space();
    if parser.rest.is_empty() { Ok(expr) } else { Err(parser.mistake("the end")) }
}

struct Parser<'a> {
    rest: &'a str,
    parameters: &'a [&'a str],
    names: &'a mut dyn Names,
    bound: HashMap<String, u32>,
    count: u32,
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

impl<'a> Parser<'a> {
    fn mistake(&self, expected: &str) -> Mistake {
        Mistake { expected: expected.to_owned(), rest: self.rest.to_owned() }
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    fn take(&mut self, token: &str) -> bool {
        self.space();
        let found = self.rest.strip_prefix(token);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn expect(&mut self, token: &str) -> Parsed<()> {
        if self.take(token) { Ok(()) } else { Err(self.mistake(token)) }
    }

    /// The next word, without taking it.
    fn peek_word(&mut self) -> &'a str {
        self.space();
        let starts = self.rest.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        let len = if starts { self.rest.bytes().take_while(|byte| is_name_byte(*byte)).count() } else { 0 };
        &self.rest[..len]
    }

    /// Takes a word that is an operator or a keyword.
    fn keyword(&mut self, word: &str) -> bool {
        let found = self.peek_word() == word;
        if found {
            self.rest = &self.rest[word.len()..];
        }
        found
    }

    fn sequence(&mut self) -> Parsed<Expr> {
        let mut all = vec![self.single()?];
        while self.take(",") {
            all.push(self.single()?);
        }
        Ok(one_or(all, Expr::Sequence))
    }

    fn single(&mut self) -> Parsed<Expr> {
        let word = self.peek_word();
        let after = self.rest[word.len()..].trim_ascii_start();
        match word {
            "if" if after.starts_with('(') => self.conditional(),
            "some" | "every" | "for" if after.starts_with('$') => self.quantified(word),
            _ => self.or(),
        }
    }

    fn conditional(&mut self) -> Parsed<Expr> {
        self.keyword("if");
        self.expect("(")?;
        let condition = self.sequence()?;
        self.expect(")")?;
        self.expect("then")?;
        let then = self.single()?;
        self.expect("else")?;
        Ok(Expr::If(Box::new(condition), Box::new(then), Box::new(self.single()?)))
    }

    fn quantified(&mut self, word: &str) -> Parsed<Expr> {
        self.keyword(word);
        self.expect("$")?;
        let name = self.peek_word();
        self.rest = &self.rest[name.len()..];
        self.expect("in")?;
        let over = Box::new(self.single()?);
        self.expect(if word == "for" { "return" } else { "satisfies" })?;
        self.count += 1;
        let number = self.count;
        let before = self.bound.insert(name.to_owned(), number);
        let body = Box::new(self.single()?);
        match before {
            Some(before) => self.bound.insert(name.to_owned(), before),
            None => self.bound.remove(name),
        };
        Ok(match word {
            "some" => Expr::Some(number, over, body),
            "every" => Expr::Every(number, over, body),
            _ => Expr::For(number, over, body),
        })
    }

    fn or(&mut self) -> Parsed<Expr> {
        let mut all = vec![self.and()?];
        while self.keyword("or") {
            all.push(self.and()?);
        }
        Ok(one_or(all, Expr::Or))
    }

    fn and(&mut self) -> Parsed<Expr> {
        let mut all = vec![self.comparison()?];
        while self.keyword("and") {
            all.push(self.comparison()?);
        }
        Ok(one_or(all, Expr::And))
    }

    fn comparison(&mut self) -> Parsed<Expr> {
        let left = self.additive()?;
        for (token, relation) in [
            ("!=", Relation::NotEqual),
            ("<=", Relation::LessOrEqual),
            (">=", Relation::MoreOrEqual),
            ("=", Relation::Equal),
            ("<", Relation::Less),
            (">", Relation::More),
        ] {
            if self.take(token) {
                return Ok(Expr::Compare(relation, Box::new(left), Box::new(self.additive()?)));
            }
        }
        for (word, relation) in [("eq", Relation::Equal), ("ne", Relation::NotEqual), ("lt", Relation::Less), ("gt", Relation::More)] {
            if self.keyword(word) {
                return Ok(Expr::CompareOne(relation, Box::new(left), Box::new(self.additive()?)));
            }
        }
        if self.keyword("castable") {
            self.expect("as")?;
            let kind = self.peek_word();
            let cast = match kind {
                "integer" => Cast::Integer,
                "decimal" => Cast::Decimal,
                "date" => Cast::Date,
                "string" => Cast::Text,
                _ => return Err(self.mistake("a kind of value")),
            };
            self.rest = &self.rest[kind.len()..];
            return Ok(Expr::Castable(Box::new(left), cast));
        }
        Ok(left)
    }

    fn additive(&mut self) -> Parsed<Expr> {
        let mut left = self.multiplicative()?;
        loop {
            let operation = if self.take("+") {
                Operation::Add
            } else if self.take("-") {
                Operation::Subtract
            } else {
                return Ok(left);
            };
            left = Expr::Arithmetic(operation, Box::new(left), Box::new(self.multiplicative()?));
        }
    }

    fn multiplicative(&mut self) -> Parsed<Expr> {
        let mut left = self.union()?;
        loop {
            let operation = if self.take("*") {
                Operation::Multiply
            } else if self.keyword("div") {
                Operation::Divide
            } else if self.keyword("mod") {
                Operation::Remainder
            } else {
                return Ok(left);
            };
            left = Expr::Arithmetic(operation, Box::new(left), Box::new(self.union()?));
        }
    }

    fn union(&mut self) -> Parsed<Expr> {
        let mut all = vec![self.unary()?];
        while self.take("|") {
            all.push(self.unary()?);
        }
        Ok(one_or(all, Expr::Union))
    }

    fn unary(&mut self) -> Parsed<Expr> {
        if self.take("-") {
            let zero = Box::new(Expr::Number(Decimal::ZERO));
            return Ok(Expr::Arithmetic(Operation::Subtract, zero, Box::new(self.unary()?)));
        }
        self.path()
    }

    fn path(&mut self) -> Parsed<Expr> {
        let mut steps = Vec::new();
        let start = if self.take("//") {
            self.step(true, &mut steps)?;
            Start::Root
        } else if self.take("/") {
            if !self.begins_step() {
                return Ok(Expr::path(Start::Root, steps));
            }
            self.step(false, &mut steps)?;
            Start::Root
        } else {
            match self.first_step(&mut steps)? {
                Some(primary) => Start::At(primary),
                None => Start::Here,
            }
        };
        loop {
            if self.take("//") {
                self.step(true, &mut steps)?;
            } else if self.take("/") {
                self.step(false, &mut steps)?;
            } else {
                break;
            }
        }
        Ok(match (start, steps.is_empty()) {
            (Start::At(primary), true) => primary,
            (Start::Here, true) => Expr::Here,
            (start, _) => Expr::path(start, steps),
        })
    }

    fn begins_step(&mut self) -> bool {
        self.space();
        self.rest.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '@' | '*' | '.' | '_' | '('))
    }

    /// A first step is a primary expression or a step from here.
    fn first_step(&mut self, steps: &mut Vec<Step>) -> Parsed<Option<Expr>> {
        self.space();
        if let Some(primary) = self.primary()? {
            let predicates = self.predicates()?;
            return Ok(Some(if predicates.is_empty() { primary } else { Expr::Filter(Box::new(primary), predicates) }));
        }
        self.step(false, steps)?;
        Ok(None)
    }

    fn step(&mut self, deep: bool, steps: &mut Vec<Step>) -> Parsed<()> {
        self.space();
        if let Some(primary) = self.primary()? {
            let predicates = self.predicates()?;
            let each = if predicates.is_empty() { primary } else { Expr::Filter(Box::new(primary), predicates) };
            if deep {
                steps.push(Step::Axis(Axis::Descendant, Test::Any, Vec::new()));
                // What follows "//" is looked for below the node itself as well.
                return Err(self.mistake("a name after \"//\""));
            }
            steps.push(Step::Each(each));
            return Ok(());
        }
        if self.take("..") {
            steps.push(Step::Axis(Axis::Parent, Test::Node, self.predicates()?));
            return Ok(());
        }
        if self.take(".") {
            let predicates = self.predicates()?;
            if !predicates.is_empty() {
                steps.push(Step::Axis(Axis::Itself, Test::Node, predicates));
            }
            return Ok(());
        }
        let (axis, test) = self.axis_and_test(deep)?;
        let predicates = self.predicates()?;
        steps.push(Step::Axis(axis, test, predicates));
        Ok(())
    }

    fn axis_and_test(&mut self, deep: bool) -> Parsed<(Axis, Test)> {
        if self.take("@") {
            let axis = if deep { Axis::AnyAttribute } else { Axis::Attribute };
            return Ok((axis, self.test(true)?));
        }
        let axes = [
            ("self::", Axis::Itself),
            ("parent::", Axis::Parent),
            ("ancestor::", Axis::Ancestor),
            ("preceding-sibling::", Axis::PrecedingSibling),
            ("following-sibling::", Axis::FollowingSibling),
        ];
        for (token, axis) in axes {
            if self.take(token) {
                return Ok((axis, self.test(false)?));
            }
        }
        Ok((if deep { Axis::Descendant } else { Axis::Child }, self.test(false)?))
    }

    fn test(&mut self, attribute: bool) -> Parsed<Test> {
        if self.take("text()") {
            return Ok(Test::Text);
        }
        if self.take("node()") {
            return Ok(Test::Node);
        }
        if self.take("*:") {
            let word = self.peek_word();
            self.rest = &self.rest[word.len()..];
            return Ok(Test::Local(word.to_owned()));
        }
        if self.take("*") {
            return Ok(Test::Any);
        }
        let word = self.prefixed_word();
        if word.is_empty() {
            return Err(self.mistake("a name"));
        }
        let name = self.names.name(word, attribute).ok_or_else(|| self.mistake("a name that is known"))?;
        self.rest = &self.rest[word.len()..];
        Ok(Test::Name(name))
    }

    /// The next word with its prefix, without taking it.
    fn prefixed_word(&mut self) -> &'a str {
        let first = self.peek_word();
        let after = &self.rest[first.len()..];
        let second = after.strip_prefix(':').filter(|rest| rest.starts_with(|next: char| next.is_ascii_alphabetic()));
        match second {
            Some(rest) if !first.is_empty() => &self.rest[..first.len() + 1 + rest.bytes().take_while(|byte| is_name_byte(*byte)).count()],
            _ => first,
        }
    }

    fn predicates(&mut self) -> Parsed<Vec<Expr>> {
        let mut all = Vec::new();
        while self.take("[") {
            all.push(self.sequence()?);
            self.expect("]")?;
        }
        Ok(all)
    }
}

fn one_or(mut all: Vec<Expr>, make: fn(Vec<Expr>) -> Expr) -> Expr {
    if all.len() == 1 { all.remove(0) } else { make(all) }
}
