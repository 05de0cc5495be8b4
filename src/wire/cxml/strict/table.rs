//! The notation of the document types, read once into tables. Never meets a document.

use std::collections::HashMap;
use std::iter::Peekable;
use std::str::Chars;

/// What an element may hold.
#[derive(Debug)]
pub enum Content {
    Empty,
    Any,
    /// Not looked into.
    Opaque,
    /// Text, and these elements in any order.
    Mixed(Vec<&'static str>),
    Children(Order),
}

/// How the value of an attribute is read.
#[derive(Debug)]
pub enum Value {
    Text,
    Id,
    IdReference,
    Token,
    Tokens,
    One(Vec<&'static str>),
}

#[derive(Debug)]
pub struct Attribute {
    pub name: &'static str,
    pub required: bool,
    pub value: Value,
}

#[derive(Debug)]
pub struct Kind {
    /// The file of the document type that alone has it.
    only: Option<&'static str>,
    pub content: Content,
    pub attributes: Vec<Attribute>,
}

impl Kind {
    /// Whether the document type of this file has it.
    pub fn is_in(&self, file: &str) -> bool {
        self.only.is_none_or(|only| only == file)
    }
}

/// Which elements may follow each other. State 0 is the beginning, state `n` is behind the `n`th name of the model; models of XML say without
/// looking ahead which one that is.
#[derive(Debug, Default)]
pub struct Order {
    names: Vec<&'static str>,
    follow: Vec<Vec<usize>>,
    ends: Vec<bool>,
}

impl Order {
    /// Where an element leads to; nothing where it may not stand.
    pub fn next(&self, state: usize, name: &str) -> Option<usize> {
        self.follow[state].iter().copied().find(|next| self.names[next - 1] == name)
    }

    /// What may stand next.
    pub fn expected(&self, state: usize) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = self.follow[state].iter().map(|next| self.names[next - 1]).collect();
        names.dedup();
        names
    }

    pub fn may_end(&self, state: usize) -> bool {
        self.ends[state]
    }

    fn of(part: &Part) -> Order {
        let mut order = Order { follow: vec![Vec::new()], ..Order::default() };
        let ends = order.add(part);
        order.follow[0] = ends.first;
        order.ends = vec![false; order.names.len() + 1];
        order.ends[0] = ends.nullable;
        for last in ends.last {
            order.ends[last] = true;
        }
        order
    }

    fn add(&mut self, part: &Part) -> Ends {
        match part {
            Part::Name(name) => {
                self.names.push(name);
                self.follow.push(Vec::new());
                let state = self.names.len();
                Ends { nullable: false, first: vec![state], last: vec![state] }
            }
            Part::One(parts) => {
                let mut all = Ends::default();
                for part in parts {
                    let ends = self.add(part);
                    all.nullable |= ends.nullable;
                    all.first.extend(ends.first);
                    all.last.extend(ends.last);
                }
                all
            }
            Part::All(parts) => {
                let mut all = Ends { nullable: true, ..Ends::default() };
                for part in parts {
                    let ends = self.add(part);
                    self.lead(&all.last, &ends.first);
                    if all.nullable {
                        all.first.extend(&ends.first);
                    }
                    if !ends.nullable {
                        all.last.clear();
                    }
                    all.last.extend(ends.last);
                    all.nullable &= ends.nullable;
                }
                all
            }
            Part::Times(part, times) => {
                let mut ends = self.add(part);
                if *times != '?' {
                    self.lead(&ends.last, &ends.first);
                }
                ends.nullable |= *times != '+';
                ends
            }
        }
    }

    fn lead(&mut self, from: &[usize], to: &[usize]) {
        for state in from {
            self.follow[*state].extend(to);
        }
    }
}

/// Where a part of a model begins and ends, and whether it may be left out.
#[derive(Default)]
struct Ends {
    nullable: bool,
    first: Vec<usize>,
    last: Vec<usize>,
}

#[derive(Debug)]
enum Part {
    Name(&'static str),
    All(Vec<Part>),
    One(Vec<Part>),
    /// With `?`, `*` or `+`.
    Times(Box<Part>, char),
}

/// A model as the notation has it: parts one after the other, or alternatives with `|`.
struct Models {
    text: &'static str,
    at: usize,
}

impl Models {
    fn chars(&self) -> Peekable<Chars<'static>> {
        self.text[self.at..].chars().peekable()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let is_it = self.chars().peek() == Some(&wanted);
        self.at += if is_it { wanted.len_utf8() } else { 0 };
        is_it
    }

    /// Between two parts, and no break of a line less.
    fn blank(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let blanks = rest.len() - rest.trim_start().len();
        self.at += blanks;
        blanks > 0
    }

    fn group(&mut self) -> Part {
        let (mut parts, mut is_choice) = (vec![self.part()], false);
        loop {
            if self.eat('|') {
                is_choice = true;
            } else if !self.blank() {
                break;
            }
            parts.push(self.part());
        }
        if is_choice { Part::One(parts) } else { Part::All(parts) }
    }

    fn part(&mut self) -> Part {
        let part = if self.eat('(') {
            let group = self.group();
            self.eat(')');
            group
        } else {
            let rest = &self.text[self.at..];
            let end = rest.find([' ', '\n', '|', '(', ')', '?', '*', '+']).unwrap_or(rest.len());
            self.at += end;
            Part::Name(&rest[..end])
        };
        for times in ['?', '*', '+'] {
            if self.eat(times) {
                return Part::Times(Box::new(part), times);
            }
        }
        part
    }
}

fn content(model: &'static str) -> Content {
    match model {
        "EMPTY" => Content::Empty,
        "ANY" => Content::Any,
        "OPAQUE" => Content::Opaque,
        "TEXT" => Content::Mixed(Vec::new()),
        mixed if mixed.starts_with("(TEXT|") => Content::Mixed(mixed.trim_start_matches("(TEXT|").trim_end_matches(")*").split('|').collect()),
        model => Content::Children(Order::of(&Models { text: model, at: 0 }.group())),
    }
}

fn attribute(word: &'static str) -> Attribute {
    let (word, required) = word.strip_suffix('!').map_or((word, false), |word| (word, true));
    if let Some((name, values)) = word.split_once('=') {
        return Attribute { name, required, value: Value::One(values.split('|').collect()) };
    }
    // A name may have a colon itself.
    let kinds = [(":idref", Value::IdReference), (":id", Value::Id), (":nmtokens", Value::Tokens), (":nmtoken", Value::Token)];
    for (suffix, value) in kinds {
        if let Some(name) = word.strip_suffix(suffix) {
            return Attribute { name, required, value };
        }
    }
    Attribute { name: word, required, value: Value::Text }
}

/// Every element of the notation by its name. A statement goes on in lines that begin with a blank.
pub fn kinds(text: &'static str) -> HashMap<&'static str, Kind> {
    let mut kinds = HashMap::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.match_indices('\n').map(|(at, _)| at + 1).find(|at| !rest[*at..].starts_with(' ')).unwrap_or(rest.len());
        let (statement, after) = rest.split_at(end);
        rest = after;
        let Some((name, said)) = statement.split_once(" = ").filter(|_| !statement.starts_with('#')) else { continue };
        let (name, only) = name.split_once(" in ").map_or((name, None), |(name, only)| (name, Some(only)));
        let (model, attributes) = said.split_once('/').unwrap_or((said, ""));
        let attributes = attributes.split_whitespace().map(attribute).collect();
        kinds.insert(name, Kind { only, content: content(model.trim()), attributes });
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(model: &'static str, children: &str) -> bool {
        let Content::Children(order) = content(model) else { return false };
        let state = children.split_whitespace().try_fold(0, |state, name| order.next(state, name));
        state.is_some_and(|state| order.may_end(state))
    }

    #[test]
    fn models_say_what_may_follow_what() {
        for (model, yes, no) in [
            ("A B? C*", vec!["A", "A B", "A C C", "A B C"], vec!["", "B", "A B B", "A C B", "A D"]),
            ("A+ (B|C)", vec!["A B", "A A C"], vec!["A", "B", "A B C"]),
            ("(A B)* C?", vec!["", "A B A B", "C", "A B C"], vec!["A", "A C", "A B A", "C C"]),
            ("((A|B)) (C D?)+", vec!["A C", "B C D C"], vec!["C", "A", "A B C"]),
            ("(A? B?)", vec!["", "A", "B", "A B"], vec!["B A", "A A"]),
        ] {
            for children in yes {
                assert!(accepts(model, children), "{model}: {children}");
            }
            for children in no {
                assert!(!accepts(model, children), "{model}: {children}");
            }
        }
    }

    #[test]
    fn attributes_say_how_they_are_read() {
        let of = |word: &'static str| {
            let attribute = attribute(word);
            (attribute.name, attribute.required, format!("{:?}", attribute.value))
        };
        assert_eq!(of("xml:lang!"), ("xml:lang", true, "Text".into()));
        assert_eq!(of("Id:id"), ("Id", false, "Id".into()));
        assert_eq!(of("operation=create|edit!"), ("operation", true, "One([\"create\", \"edit\"])".into()));
        assert_eq!(of("means:nmtokens"), ("means", false, "Tokens".into()));
    }
}
