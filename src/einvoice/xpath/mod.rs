//! The part of XPath 2.0 in which the rules are written, with the meaning it has in the official ones: node sets, first errors, exact decimals,
//! binary fractions where a text meets a number. Never knows a rule, nor what an invoice is.

mod checks;
mod compare;
mod compute;
mod decimal;
mod double;
mod eval;
mod expr;
mod functions;
mod keyed;
mod listed;
mod notes;
mod parse;
mod pattern;
mod plain;
mod ready;
mod share;
mod steps;
mod sure;
mod value;

pub use checks::identifier;
pub use eval::{Evaluation, Focus};
pub use expr::{Axis, Expr, Program, Start, Step, Test as NodeTest};
pub use functions::Function;
pub use parse::{Definition, Names, parse, parse_with};
pub use pattern::Pattern;
pub use ready::Ready;
pub use share::{Sharing, put_back, put_back_locals};
pub use sure::Sure;
pub use value::{Fault, Relation};
