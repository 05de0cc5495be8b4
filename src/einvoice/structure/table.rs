//! The notation of the structure tables, read once into numbers. Never meets a document.

use super::values::Reading;
use crate::einvoice::xml::names::{DOCUMENTS, NAMESPACES, Name, Namespace, Vocabulary};

const COMPONENTS: Namespace = 1;
const AGGREGATES: Namespace = 2;
pub const EXTENSIONS: Namespace = 3;
pub const INSTANCE: Namespace = 5;

/// What an element holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Value(usize),
    Group(usize),
    Any,
}

#[derive(Debug)]
pub struct Part {
    pub name: Name,
    pub required: bool,
    pub many: bool,
    pub content: Content,
    /// How many of the parts before it are required.
    pub before: u32,
}

#[derive(Debug)]
pub struct Kind {
    pub reading: Reading,
    pub attributes: Vec<KnownAttribute>,
    /// Those that must be there.
    pub required: Vec<Name>,
}

#[derive(Debug)]
pub struct KnownAttribute {
    pub name: Name,
    pub reading: Reading,
}

#[derive(Debug)]
pub struct Schema {
    pub vocabulary: Vocabulary,
    pub kinds: Vec<Kind>,
    groups: Vec<Vec<Part>>,
    /// By group and name the place of the part: open addressing, at most half full. No group has two parts of a name.
    places: Vec<Option<(u32, u32)>>,
    /// By name.
    declared: Vec<Option<Content>>,
    documents: Vec<(Name, usize)>,
}

/// One statement of the notation: its word, what stands before "=", what stands after.
struct Statement {
    word: &'static str,
    subject: Vec<&'static str>,
    object: Vec<&'static str>,
}

fn statements(text: &'static str) -> Vec<Statement> {
    let mut all: Vec<Vec<&'static str>> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        match all.last_mut() {
            Some(open) if line.starts_with(' ') => open.extend(line.split_ascii_whitespace()),
            _ => all.push(line.split_ascii_whitespace().collect()),
        }
    }
    let statement = |words: Vec<&'static str>| {
        let mut words = words.into_iter();
        Statement {
            word: words.next().unwrap_or_default(),
            subject: words.by_ref().take_while(|word| *word != "=").collect(),
            object: words.collect(),
        }
    };
    all.into_iter().map(statement).collect()
}

/// The namespace and local name of a word: of a basic component unless it has a prefix or is an aggregate.
fn split(word: &'static str, aggregates: &[&str]) -> (Namespace, &'static str) {
    match word.split_once(':') {
        Some((prefix, local)) => (NAMESPACES.iter().position(|(known, _)| *known == prefix).unwrap_or(0) as Namespace, local),
        None if aggregates.contains(&word) => (AGGREGATES, word),
        None => (COMPONENTS, word),
    }
}

fn document_namespace(name: &str) -> Namespace {
    (NAMESPACES.len() + DOCUMENTS.iter().position(|known| *known == name).unwrap_or(DOCUMENTS.len())) as Namespace
}

/// The elements of a group statement: those after "of", else the one that has its name.
fn group_elements(statement: &Statement) -> Vec<&'static str> {
    match statement.subject.as_slice() {
        [_, "of", elements @ ..] => elements.to_vec(),
        all => all.to_vec(),
    }
}

impl Schema {
    pub fn read(text: &'static str) -> Schema {
        let statements = statements(text);
        let groups = |word: &'static str| statements.iter().filter(move |statement| statement.word == word);
        let aggregates: Vec<&str> = groups("group").flat_map(group_elements).map(|word| word.strip_prefix("cac:").unwrap_or(word)).collect();
        // Three names are those of an aggregate and of a basic component; without a prefix they are the latter.
        let basics: Vec<&str> = groups("value").flat_map(|statement| &statement.object).copied().collect();
        let aggregates: Vec<&str> = aggregates.into_iter().filter(|word| !basics.contains(word)).collect();
        let mut vocabulary = Vocabulary::new(words(&statements, &aggregates));
        let name = |word: &'static str| {
            let (namespace, local) = split(word, &aggregates);
            vocabulary.name(namespace, local).unwrap_or_default()
        };
        let mut declared: Vec<Option<Content>> = vec![None; vocabulary.count()];
        let mut kinds: Vec<(&str, Kind)> = Vec::new();
        for statement in groups("kind") {
            if let [kind, reading, attributes @ ..] = statement.subject.as_slice() {
                let attributes: Vec<(KnownAttribute, bool)> = attributes.iter().map(|word| known_attribute(&vocabulary, word)).collect();
                let required = attributes.iter().filter(|(_, required)| *required).map(|(attribute, _)| attribute.name).collect();
                let attributes = attributes.into_iter().map(|(attribute, _)| attribute).collect();
                kinds.push((kind, Kind { reading: Reading::named(reading), attributes, required }));
            }
        }
        for statement in groups("value") {
            let kind = kinds.iter().position(|(known, _)| statement.subject.first() == Some(known));
            for word in &statement.object {
                declared[usize::from(name(word))] = kind.map(Content::Value);
            }
        }
        for (number, statement) in groups("group").enumerate() {
            for word in group_elements(statement) {
                declared[usize::from(name(word))] = Some(Content::Group(number));
            }
        }
        for word in groups("any").flat_map(|statement| &statement.subject) {
            declared[usize::from(name(word))] = Some(Content::Any);
        }
        let read_parts = |statement: &Statement| {
            let mut before = 0;
            let mut parts: Vec<Part> = statement.object.iter().map(|word| part(word, &name, &declared)).collect();
            for part in &mut parts {
                part.before = before;
                before += u32::from(part.required);
            }
            parts
        };
        let mut parts: Vec<Vec<Part>> = groups("group").map(read_parts).collect();
        let mut documents = Vec::new();
        for statement in groups("document") {
            for word in &statement.subject {
                documents.push((vocabulary.name(document_namespace(word), word).unwrap_or_default(), parts.len()));
            }
            parts.push(read_parts(statement));
        }
        let is_group =
            |name: usize| matches!(declared[name], Some(Content::Group(_))) || documents.iter().any(|(known, _)| usize::from(*known) == name);
        vocabulary.holds_elements = (0..vocabulary.count()).map(is_group).collect();
        let places = places(&parts);
        Schema { kinds: kinds.into_iter().map(|(_, kind)| kind).collect(), groups: parts, places, declared, documents, vocabulary }
    }

    /// The place of an element among the parts of a group.
    #[inline]
    pub fn place(&self, group: usize, name: Name) -> Option<usize> {
        let wanted = key(group, name);
        let mut slot = slot(wanted, self.places.len());
        while let Some((key, place)) = self.places[slot] {
            if key == wanted {
                return Some(place as usize);
            }
            slot = (slot + 1) & (self.places.len() - 1);
        }
        None
    }

    pub fn document(&self, name: Name) -> Option<usize> {
        self.documents.iter().find(|(known, _)| *known == name).map(|(_, group)| *group)
    }

    #[inline]
    pub fn parts(&self, group: usize) -> &[Part] {
        &self.groups[group]
    }

    pub fn declared(&self, name: Name) -> Option<Content> {
        self.declared.get(usize::from(name)).copied().flatten()
    }
}

/// An attribute, and whether it must be there.
fn known_attribute(vocabulary: &Vocabulary, word: &&'static str) -> (KnownAttribute, bool) {
    let (word, required) = word.strip_suffix('!').map_or((*word, false), |word| (word, true));
    let (word, reading) = word.split_once(':').unwrap_or((word, "text"));
    (KnownAttribute { name: vocabulary.name(0, word).unwrap_or_default(), reading: Reading::named(reading) }, required)
}

fn part(word: &'static str, name: &impl Fn(&'static str) -> Name, declared: &[Option<Content>]) -> Part {
    let (bare, required, many) = match word.as_bytes().last() {
        Some(b'?') => (&word[..word.len() - 1], false, false),
        Some(b'*') => (&word[..word.len() - 1], false, true),
        Some(b'+') => (&word[..word.len() - 1], true, true),
        _ => (word, true, false),
    };
    let name = name(bare);
    Part { name, required, many, content: declared[usize::from(name)].unwrap_or(Content::Any), before: 0 }
}

fn key(group: usize, name: Name) -> u32 {
    (group as u32) << 16 | u32::from(name)
}

fn slot(key: u32, count: usize) -> usize {
    (key.wrapping_mul(0x9e37_79b1) >> 12) as usize & (count - 1)
}

fn places(groups: &[Vec<Part>]) -> Vec<Option<(u32, u32)>> {
    let count: usize = groups.iter().map(Vec::len).sum();
    let mut places = vec![None; (count * 2).next_power_of_two().max(2)];
    for (group, parts) in groups.iter().enumerate() {
        for (place, part) in parts.iter().enumerate() {
            let key = key(group, part.name);
            let mut slot = slot(key, places.len());
            while places[slot].is_some() {
                slot = (slot + 1) & (places.len() - 1);
            }
            places[slot] = Some((key, place as u32));
        }
    }
    places
}

/// Every word of the tables, and those that only rules know.
fn words(statements: &[Statement], aggregates: &[&str]) -> Vec<(Namespace, &'static str)> {
    let mut words = Vec::new();
    for statement in statements {
        match statement.word {
            "kind" => words.extend(statement.subject.iter().skip(2).map(|word| (0, word.split([':', '!']).next().unwrap_or_default()))),
            "value" => words.extend(statement.object.iter().map(|word| split(word, aggregates))),
            "group" => words.extend(group_elements(statement).into_iter().map(|word| split(word, aggregates))),
            "any" | "rules" => words.extend(statement.subject.iter().map(|word| split(word, aggregates))),
            "attributes" => words.extend(statement.subject.iter().map(|word| (0, *word))),
            _ => words.extend(statement.subject.iter().map(|word| (document_namespace(word), *word))),
        }
    }
    words
}

/// The name that a rule means by a word, with or without a prefix.
pub fn lookup(schema: &Schema, word: &str) -> Option<Name> {
    let find = |namespace: Namespace, local: &str| schema.vocabulary.name(namespace, local);
    match word.split_once(':') {
        Some((prefix, local)) => find(NAMESPACES.iter().position(|(known, _)| *known == prefix)? as Namespace, local),
        None if DOCUMENTS.contains(&word) => find(document_namespace(word), word),
        None => find(COMPONENTS, word).or_else(|| find(AGGREGATES, word)).or_else(|| find(EXTENSIONS, word)),
    }
}
