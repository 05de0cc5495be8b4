//! What can be said of a condition from what a document does not contain, before it is asked: most conditions of rules speak of elements that most
//! documents do not have. Never says of a condition that it holds where asking would give another answer, or none.

use super::eval::Evaluation;
use super::expr::{Expr, Plain};
use super::functions::Function;
use super::value::Relation;
use crate::einvoice::xml::Name;

/// Why a condition certainly holds, whatever the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sure {
    /// Nothing is known.
    No,
    /// The document has no more elements of a name than this.
    Few(Name, u32),
    /// No element has an attribute of a name.
    NoAttribute(Name),
    /// A condition that is the same for the whole document does not hold: its number.
    Unless(u32),
}

impl Evaluation<'_> {
    /// Whether it is so here.
    #[inline]
    pub fn is_sure(&self, sure: Sure) -> bool {
        match sure {
            Sure::No => false,
            Sure::Few(name, most) => self.document.chain(name).count <= most,
            Sure::NoAttribute(name) => !self.document.has_attribute(name),
            Sure::Unless(number) => self.fails_throughout(number),
        }
    }
}

impl Sure {
    /// When a condition about an element certainly holds.
    pub fn of(condition: &Expr) -> Sure {
        match condition {
            Expr::Not(inner) => Sure::not(inner),
            // A part that holds decides, whatever becomes of the others.
            Expr::Or(all) => all.iter().map(Sure::of).find(|sure| *sure != Sure::No).unwrap_or(Sure::No),
            Expr::If(condition, _, otherwise) if **otherwise == Expr::Truth(true) => Sure::not(condition),
            Expr::CompareSmall(Relation::LessOrEqual, value, most) => match (value.as_ref(), u32::try_from(*most)) {
                (Expr::Call(Function::Count, arguments), Ok(most)) => at_most(arguments, most),
                (Expr::Call(Function::Length, arguments), Ok(_)) => match arguments.as_slice() {
                    // What stands behind something in no text is no text.
                    [Expr::Call(Function::SubstringAfter, parts)] => match parts.as_slice() {
                        [path, Expr::Text(_)] => at_most(std::slice::from_ref(path), 0),
                        _ => Sure::No,
                    },
                    _ => Sure::No,
                },
                _ => Sure::No,
            },
            Expr::Every(_, over, _) => at_most(std::slice::from_ref(over), 0),
            _ => Sure::No,
        }
    }

    /// When it certainly does not.
    fn not(condition: &Expr) -> Sure {
        match condition {
            Expr::Plain(plain) => nowhere(plain),
            Expr::Call(Function::Exists, arguments) => match arguments.as_slice() {
                [Expr::Plain(plain)] => nowhere(plain),
                _ => Sure::No,
            },
            Expr::Shared(number) => Sure::Unless(*number),
            Expr::And(all) => all.iter().map(Sure::not).find(|sure| *sure != Sure::No).unwrap_or(Sure::No),
            Expr::Not(inner) => Sure::of(inner),
            _ => Sure::No,
        }
    }
}

/// When a path leads nowhere: a condition on its way that has no answer would be asked of nobody.
fn nowhere(plain: &Plain) -> Sure {
    match (plain.names.last(), plain.attribute) {
        (Some(last), _) if plain.bare && last.conditions.is_empty() => Sure::Few(last.name, 0),
        (None, Some(attribute)) => Sure::NoAttribute(attribute),
        _ => Sure::No,
    }
}

/// When the one path leads to no more elements than that.
fn at_most(paths: &[Expr], most: u32) -> Sure {
    match paths {
        [Expr::Plain(plain)] if plain.attribute.is_none() && plain.names.last().is_some() => match nowhere(plain) {
            Sure::Few(name, _) => Sure::Few(name, most),
            other => other,
        },
        _ => Sure::No,
    }
}
