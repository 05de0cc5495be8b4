//! Everything that is kept: one file per thing, SQL in the function that runs it, one text for both engines.
//! Decides nothing; opens no transaction by itself (only `flow` does, through `Store::begin`).

pub mod engine;

pub use engine::{Row, Store, Tx};
