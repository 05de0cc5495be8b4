//! The part of XPath 2.0 in which the rules are written, with the meaning it has in the official ones: node sets, first errors, exact decimals,
//! binary fractions where a text meets a number. Never knows a rule, nor what an invoice is.

mod checks;
mod decimal;
mod double;
mod eval;
mod expr;
mod functions;
mod parse;
mod pattern;
mod plain;
mod share;
mod steps;
mod value;

pub use checks::identifier;
pub use eval::{Evaluation, Focus};
pub use expr::{Axis, Expr, Program, Start, Step, Test as NodeTest};
pub use functions::Function;
pub use parse::{Definition, Names, parse, parse_with};
pub use pattern::Pattern;
pub use share::Sharing;
pub use value::{Fault, Relation};
