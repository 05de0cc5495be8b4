//! The notation of rules. A line says one thing; what is indented deeper goes on with the line before. In order of their words:
//!
//! ```text
//! # remark
//! word NAME = TEXT                   {NAME} stands for the text in what follows, also in the files that follow
//! list NAME = WORD WORD ...          a code list
//! def NAME(a, b) = EXPRESSION        an expression under a name
//! let NAME = EXPRESSION              a value of the document, $NAME
//! without ID ID ...                  assertions that this set leaves out of what follows
//! group NAME                         of the rules of a group, a node is tested by the first that it fits
//! at PATTERN                         a rule: the nodes it is about
//!   let NAME = EXPRESSION            a value of the node, $NAME
//!   ID FLAG [TERMS] EXPRESSION       an assertion, violated where the expression is false
//!   ID FLAG [TERMS] absent PATH      violated where something stands on the path
//! each A,B in x,y z,w                the lines up to "end" once for each, with {A} and {B} replaced
//! end
//! ```
//!
//! Never runs while a document is checked.

use std::collections::{HashMap, HashSet};

use regex::Regex;

use super::{Assertion, Flag, Kind, Rule, RuleSet, Test, index};
use crate::einvoice::structure::{UBL, lookup};
use crate::einvoice::xml::Name;
use crate::einvoice::xpath::{
    Axis, Definition, Expr, Names, NodeTest, Pattern, Program, Ready, Sharing, Start, Step, Sure, parse, parse_with, put_back, put_back_locals,
};

#[derive(Default)]
struct Reader {
    definitions: HashMap<&'static str, Definition>,
    globals: HashMap<&'static str, Expr>,
    locals: HashMap<&'static str, Expr>,
    lists: HashMap<&'static str, u32>,
    patterns: HashMap<String, u32>,
    left_out: HashSet<&'static str>,
    set: RuleSet,
    group: usize,
}

impl Names for Reader {
    fn name(&mut self, word: &str, attribute: bool) -> Option<Name> {
        if attribute { UBL.vocabulary.name(0, word) } else { lookup(&UBL, word) }
    }

    fn definition(&self, name: &str) -> Option<&Definition> {
        self.definitions.get(name)
    }

    fn variable(&self, name: &str) -> Option<Expr> {
        self.locals.get(name).or_else(|| self.globals.get(name)).cloned()
    }

    fn list(&self, name: &str) -> Option<u32> {
        self.lists.get(name).copied()
    }

    fn regex(&mut self, pattern: &str) -> Option<u32> {
        if let Some(number) = self.patterns.get(pattern) {
            return Some(*number);
        }
        let number = self.set.program.regexes.len() as u32;
        self.set.program.regexes.push(Regex::new(pattern).ok()?);
        self.patterns.insert(pattern.to_owned(), number);
        Some(number)
    }
}

pub fn read(texts: &[&'static str]) -> Result<RuleSet, String> {
    let mut reader = Reader::default();
    let mut words = Vec::new();
    for text in texts {
        for line in logical_lines(text, &mut words)? {
            // Lines live as long as the program: they are read once, for sets that are never given up.
            let line: &'static str = Box::leak(line.into_boxed_str());
            reader.line(line).map_err(|mistake| format!("{mistake}\n  in: {line}"))?;
        }
    }
    reader.finish()
}

/// Lines with what goes on below them, words put in, loops unrolled.
fn logical_lines(text: &str, words: &mut Vec<(String, String)>) -> Result<Vec<String>, String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty()) {
        if let Some((name, text)) = line.strip_prefix("word ").and_then(|rest| rest.split_once(" = ")) {
            words.push((format!("{{{name}}}"), text.to_owned()));
            continue;
        }
        let line = words.iter().fold(line.to_owned(), |line, (name, text)| line.replace(name, text));
        let indent = line.len() - line.trim_start().len();
        match lines.last_mut() {
            Some(open) if indent >= 4 => {
                open.push(' ');
                open.push_str(line.trim());
            }
            _ => lines.push(line.trim_end().to_owned()),
        }
    }
    let mut unrolled = Vec::new();
    let mut lines = lines.into_iter();
    while let Some(line) = lines.next() {
        let Some(head) = line.trim_start().strip_prefix("each ") else {
            unrolled.push(line);
            continue;
        };
        let body: Vec<String> = lines.by_ref().take_while(|line| line.trim() != "end").collect();
        let (names, values) = head.split_once(" in ").ok_or_else(|| format!("each without in: {line}"))?;
        let names: Vec<&str> = names.split(',').map(str::trim).collect();
        for value in values.split_ascii_whitespace() {
            let parts: Vec<&str> = value.split(',').collect();
            if parts.len() != names.len() {
                return Err(format!("{value} in: {line}"));
            }
            let fill = |text: &String| names.iter().zip(&parts).fold(text.clone(), |text, (name, part)| text.replace(&format!("{{{name}}}"), part));
            unrolled.extend(body.iter().map(fill));
        }
    }
    Ok(unrolled)
}

impl Reader {
    fn line(&mut self, line: &'static str) -> Result<(), String> {
        if let Some(inside) = line.strip_prefix("  ") {
            return self.inside(inside.trim_start());
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "list" => self.list_line(rest),
            "def" => self.def_line(rest),
            "let" => self.let_line(rest),
            "group" => {
                self.group += 1;
                Ok(())
            }
            "without" => {
                self.left_out.extend(rest.split_ascii_whitespace());
                Ok(())
            }
            "at" => self.at_line(rest),
            _ => Err(format!("a line cannot begin with {word}")),
        }
    }

    fn read(&mut self, text: &str) -> Result<Expr, String> {
        parse(text, self).map_err(|mistake| mistake.to_string())
    }

    fn list_line(&mut self, rest: &'static str) -> Result<(), String> {
        let (name, words) = halves(rest)?;
        self.lists.insert(name, self.set.program.lists.len() as u32);
        self.set.program.lists.push(words.split_ascii_whitespace().collect());
        Ok(())
    }

    fn def_line(&mut self, rest: &'static str) -> Result<(), String> {
        let (head, body) = halves(rest)?;
        let (name, parameters) = head.strip_suffix(')').and_then(|head| head.split_once('(')).ok_or("a definition needs brackets")?;
        let parameters: Vec<&'static str> = parameters.split(',').map(str::trim).filter(|parameter| !parameter.is_empty()).collect();
        let body = parse_with(body, &parameters, self).map_err(|mistake| mistake.to_string())?;
        self.definitions.insert(name, Definition { parameters, body });
        Ok(())
    }

    fn let_line(&mut self, rest: &'static str) -> Result<(), String> {
        let (name, body) = halves(rest)?;
        let body = self.read(body)?;
        let shared = &mut self.set.program.shared;
        shared.push(body);
        self.globals.insert(name, Expr::Shared((shared.len() - 1) as u32));
        Ok(())
    }

    fn at_line(&mut self, rest: &'static str) -> Result<(), String> {
        self.locals.clear();
        let patterns = Pattern::read(self.read(rest)?).ok_or("this is no pattern")?;
        self.set.rules.push(Rule { group: self.group, patterns, tests: Vec::new(), absent: false });
        Ok(())
    }

    fn inside(&mut self, line: &'static str) -> Result<(), String> {
        if let Some(rest) = line.strip_prefix("let ") {
            let (name, body) = halves(rest)?;
            let body = self.read(body)?;
            let locals = &mut self.set.program.locals;
            locals.push(body);
            self.locals.insert(name, Expr::Local((locals.len() - 1) as u32));
            return Ok(());
        }
        let mut words = line.splitn(3, ' ');
        let (Some(id), Some(flag), Some(rest)) = (words.next(), words.next(), words.next()) else {
            return Err("an assertion is too short".to_owned());
        };
        if self.left_out.contains(id) {
            return Ok(());
        }
        let flag = match flag {
            "fatal" => Flag::Fatal,
            "warning" => Flag::Warning,
            _ => return Err(format!("no flag: {flag}")),
        };
        let (terms, rest) = match rest.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((terms, rest)) => (terms, rest.trim_start()),
            None => ("", rest.trim_start()),
        };
        let expr = match rest.strip_prefix("absent ") {
            Some(path) => Expr::Not(Box::new(self.read(path)?)),
            None => self.read(rest)?,
        };
        let (kind, path) = (Kind::of(id, &expr), path_of(rest).to_owned());
        let rule = self.set.rules.last_mut().ok_or("an assertion needs a rule")?;
        rule.tests.push(Test { assertion: self.set.assertions.len(), sure: Sure::No, holds: expr });
        self.set.assertions.push(Assertion { id: id.to_owned(), flag, terms: terms.to_owned(), kind, path });
        Ok(())
    }

    fn finish(mut self) -> Result<RuleSet, String> {
        let set = &mut self.set;
        for rule in set.rules.iter_mut().filter(|rule| rule.patterns.iter().all(Pattern::is_element)) {
            rule.tests.retain(|test| {
                let paths = absent_paths(&test.holds);
                for (path, attribute) in paths.iter().flatten() {
                    set.absent.add(path, *attribute, test.assertion as u32);
                }
                rule.absent |= paths.is_some();
                paths.is_none()
            });
        }
        // What holds whatever the document says needs no test.
        set.rules.iter_mut().for_each(|rule| rule.tests.retain(|test| test.holds != Expr::Truth(true)));
        set.absent.index();
        share(set);
        index::index(set);
        prepare(set);
        set.candidates.look(&set.rules);
        set.rules.iter_mut().flat_map(|rule| &mut rule.tests).for_each(|test| test.sure = Sure::of(&test.holds));
        Ok(self.set)
    }
}

/// The path that an assertion asks for or forbids when that is all it says; else nothing.
fn path_of(text: &str) -> &str {
    let inner = |head: &str| text.strip_prefix(head).and_then(|rest| rest.strip_suffix(')'));
    let counted = || text.strip_prefix("count(").and_then(|rest| rest.split_once(')')).map(|(path, _)| path);
    let path = text.strip_prefix("absent ").or_else(|| ["exists(", "filled(", "not("].into_iter().find_map(inner)).or_else(counted).unwrap_or(text);
    let is_path = path.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '@' | ':')) && path.chars().any(char::is_uppercase);
    if is_path { path } else { "" }
}

fn halves(text: &'static str) -> Result<(&'static str, &'static str), String> {
    text.split_once(" = ").map(|(name, body)| (name.trim(), body.trim())).ok_or_else(|| "there is no \" = \"".to_owned())
}

/// Plain paths that must be empty: names all the way, perhaps an attribute at the end.
fn absent_paths(expr: &Expr) -> Option<Vec<PlainPath>> {
    match expr {
        Expr::Not(inner) => plain_paths(inner),
        _ => None,
    }
}

type PlainPath = (Vec<Name>, Option<Name>);

fn plain_paths(expr: &Expr) -> Option<Vec<PlainPath>> {
    match expr {
        Expr::Union(all) => {
            let each: Option<Vec<Vec<PlainPath>>> = all.iter().map(plain_paths).collect();
            each.map(|each| each.into_iter().flatten().collect())
        }
        Expr::Path(start, steps) => {
            let (rest, attribute) = plain_path(steps)?;
            let heads = match start.as_ref() {
                Start::Here => vec![(Vec::new(), None)],
                Start::At(inner) => plain_paths(inner)?,
                Start::Root | Start::Element => return None,
            };
            let whole = |(head, end): PlainPath| end.is_none().then(|| ([head, rest.clone()].concat(), attribute));
            heads.into_iter().map(whole).collect()
        }
        _ => None,
    }
}

fn plain_path(steps: &[Step]) -> Option<PlainPath> {
    let mut names = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        match step {
            Step::Axis(Axis::Child, NodeTest::Name(name), predicates) if predicates.is_empty() => names.push(*name),
            Step::Axis(Axis::Attribute, NodeTest::Name(name), predicates) if predicates.is_empty() && place + 1 == steps.len() => {
                return Some((names, Some(*name)));
            }
            _ => return None,
        }
    }
    Some((names, None))
}

fn share(set: &mut RuleSet) {
    let mut sharing = Sharing::default();
    let Program { shared, locals, .. } = &mut set.program;
    put_back_locals(set.rules.iter_mut().flat_map(|rule| &mut rule.tests).map(|test| &mut test.holds).collect(), locals);
    for number in 0..shared.len() {
        let mut expr = shared[number].clone();
        sharing.share_inside(&mut expr, shared);
        shared[number] = expr;
    }
    for local in locals.iter_mut() {
        sharing.share(local, false, shared);
    }
    for rule in &mut set.rules {
        let at_element = rule.patterns.iter().all(Pattern::is_element);
        for pattern in &mut rule.patterns {
            pattern.expressions_mut().for_each(|expr| sharing.share(expr, false, shared));
            pattern.ask_first();
        }
        rule.tests.iter_mut().for_each(|test| sharing.share(&mut test.holds, at_element, shared));
    }
    let (mut once, mut often): (Vec<&mut Expr>, Vec<&mut Expr>) = (Vec::new(), locals.iter_mut().collect());
    for Rule { patterns, tests, .. } in &mut set.rules {
        let of_rule = if patterns.iter().all(Pattern::is_element) { &mut once } else { &mut often };
        of_rule.extend(tests.iter_mut().map(|test| &mut test.holds));
        often.extend(patterns.iter_mut().flat_map(Pattern::expressions_mut));
    }
    put_back(once, often, shared);
}

/// Makes all expressions ready to be evaluated.
fn prepare(set: &mut RuleSet) {
    let mut ready = Ready::default();
    let mut program = std::mem::take(&mut set.program);
    let (mut shared, mut locals) = (std::mem::take(&mut program.shared), std::mem::take(&mut program.locals));
    let of_rules = |set: &mut RuleSet, visit: &mut dyn FnMut(&mut Expr)| {
        set.rules.iter_mut().flat_map(|rule| &mut rule.patterns).flat_map(Pattern::expressions_mut).for_each(&mut *visit);
        set.rules.iter_mut().flat_map(|rule| &mut rule.tests).for_each(|test| visit(&mut test.holds));
    };
    shared.iter_mut().chain(&mut locals).for_each(|expr| ready.prepare(expr));
    of_rules(set, &mut |expr| ready.prepare(expr));
    shared.iter_mut().chain(&mut locals).for_each(|expr| ready.note(expr, &mut program));
    of_rules(set, &mut |expr| ready.note(expr, &mut program));
    let noted = program.notes.iter_mut().chain(&mut program.texts).chain(&mut program.numbers).chain(&mut program.decimals);
    shared.iter_mut().chain(&mut locals).chain(noted).chain(ready.keys.iter_mut().map(|(_, key)| key)).for_each(Ready::settle);
    of_rules(set, &mut Ready::settle);
    let keys = std::mem::take(&mut ready.keys);
    set.program = Program { shared, locals, keys, ..program };
}
