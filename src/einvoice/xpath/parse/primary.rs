//! What an expression is made of in the end: literals, variables, calls of functions and of definitions. Never knows an operator.

use super::*;

impl<'a> Parser<'a> {
    /// A literal, a variable, something in brackets or a call; nothing when a step follows instead.
    pub(super) fn primary(&mut self) -> Parsed<Option<Expr>> {
        match self.rest.as_bytes().first() {
            Some(quote @ (b'\'' | b'"')) => self.literal(char::from(*quote)).map(Some),
            Some(b'0'..=b'9') => self.number().map(Some),
            Some(b'.') if self.rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit) => self.number().map(Some),
            Some(b'$') => self.variable().map(Some),
            Some(b'(') => {
                self.expect("(")?;
                if self.take(")") {
                    return Ok(Some(Expr::Sequence(Vec::new())));
                }
                let inner = self.sequence()?;
                self.expect(")")?;
                Ok(Some(inner))
            }
            _ => self.word(),
        }
    }

    /// A call, or a parameter of the definition that is being read.
    pub(super) fn word(&mut self) -> Parsed<Option<Expr>> {
        let word = self.peek_word();
        if let Some(number) = self.parameters.iter().position(|parameter| *parameter == word) {
            self.rest = &self.rest[word.len()..];
            return Ok(Some(Expr::Parameter(number as u32)));
        }
        let called = self.rest[word.len()..].starts_with('(') && !word.is_empty() && !matches!(word, "text" | "node");
        if called { self.call(word).map(Some) } else { Ok(None) }
    }

    /// Quotes are doubled inside.
    pub(super) fn literal(&mut self, quote: char) -> Parsed<Expr> {
        let mut text = String::new();
        loop {
            let rest = &self.rest[1..];
            let end = rest.find(quote).ok_or_else(|| self.mistake("the end of a text"))?;
            text.push_str(&rest[..end]);
            self.rest = &rest[end + 1..];
            if !self.rest.starts_with(quote) {
                return Ok(Expr::Text(text));
            }
            text.push(quote);
        }
    }

    pub(super) fn number(&mut self) -> Parsed<Expr> {
        let len = self.rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let number = Decimal::parse(&self.rest[..len]).ok_or_else(|| self.mistake("a number"))?;
        self.rest = &self.rest[len..];
        Ok(Expr::Number(number))
    }

    pub(super) fn variable(&mut self) -> Parsed<Expr> {
        self.expect("$")?;
        let name = self.peek_word();
        let expr = match self.bound.get(name) {
            Some(number) => Some(Expr::Variable(*number)),
            None => self.names.variable(name),
        };
        let expr = expr.ok_or_else(|| self.mistake("a variable that is known"))?;
        self.rest = &self.rest[name.len()..];
        Ok(expr)
    }

    pub(super) fn call(&mut self, word: &str) -> Parsed<Expr> {
        let unread = self.rest;
        self.rest = &self.rest[word.len()..];
        self.expect("(")?;
        match word {
            "coded" | "among" => return self.listed(word),
            "matches" | "replace" | "tokenize" => return self.patterned(word),
            _ => {}
        }
        let mut arguments = Vec::new();
        if !self.take(")") {
            arguments.push(self.single()?);
            while self.take(",") {
                arguments.push(self.single()?);
            }
            self.expect(")")?;
        }
        match (word, arguments.as_slice()) {
            ("true", []) => return Ok(Expr::Truth(true)),
            ("false", []) => return Ok(Expr::Truth(false)),
            ("not", [_]) => return Ok(Expr::Not(Box::new(arguments.remove(0)))),
            _ => {}
        }
        if let Some(definition) = self.names.definition(word) {
            if definition.parameters.len() != arguments.len() {
                return Err(Mistake { expected: "as many arguments as defined".to_owned(), rest: unread.to_owned() });
            }
            let mut body = definition.body.clone();
            fill(&mut body, &arguments, &mut self.count);
            return Ok(body);
        }
        let function = named(word).ok_or_else(|| Mistake { expected: "a function that is known".to_owned(), rest: unread.to_owned() })?;
        let takes_here = matches!(
            function,
            Function::Text | Function::NormalizeSpace | Function::Length | Function::Number | Function::Name | Function::LocalName
        );
        if takes_here && arguments.is_empty() {
            arguments.push(Expr::Here);
        }
        Ok(Expr::Call(function, arguments))
    }

    /// `coded(value, list)` and `among(values, list)`.
    pub(super) fn listed(&mut self, word: &str) -> Parsed<Expr> {
        let value = Box::new(self.single()?);
        self.expect(",")?;
        let name = self.peek_word();
        let list = self.names.list(name).ok_or_else(|| self.mistake("a list that is known"))?;
        self.rest = &self.rest[name.len()..];
        self.expect(")")?;
        Ok(if word == "coded" { Expr::Coded(value, list) } else { Expr::Among(value, list) })
    }

    pub(super) fn patterned(&mut self, word: &str) -> Parsed<Expr> {
        let value = Box::new(self.single()?);
        self.expect(",")?;
        let Expr::Text(pattern) = self.single()? else { return Err(self.mistake("a pattern")) };
        let regex = self.names.regex(&pattern).ok_or_else(|| self.mistake("a pattern that can be read"))?;
        let replacement = if word == "replace" {
            self.expect(",")?;
            match self.single()? {
                Expr::Text(text) => text,
                _ => return Err(self.mistake("a text to put in its place")),
            }
        } else {
            String::new()
        };
        self.expect(")")?;
        Ok(match word {
            "matches" => Expr::Matches(value, regex),
            "replace" => Expr::Replace(value, regex, replacement),
            _ => Expr::Tokenize(value, regex),
        })
    }
}

/// Puts the arguments of a call in the places of the parameters. Bound variables of a definition get numbers of their own, so that an argument
/// which holds a variable is not caught by one of the definition.
pub(super) fn fill(expr: &mut Expr, arguments: &[Expr], count: &mut u32) {
    let mut renamed = HashMap::new();
    fill_in(expr, arguments, count, &mut renamed);
}

pub(super) fn fill_in(expr: &mut Expr, arguments: &[Expr], count: &mut u32, renamed: &mut HashMap<u32, u32>) {
    match expr {
        Expr::Parameter(number) => {
            *expr = arguments[*number as usize].clone();
            return;
        }
        Expr::Every(number, ..) | Expr::Some(number, ..) | Expr::For(number, ..) => {
            *count += 1;
            renamed.insert(*number, *count);
            *number = *count;
        }
        Expr::Variable(number) => *number = renamed.get(number).copied().unwrap_or(*number),
        _ => {}
    }
    for inner in expr.inner_mut() {
        fill_in(inner, arguments, count, renamed);
    }
}
