//! The pure layers of the product, built from its sources. Nothing is written again here.
#![allow(dead_code)]

#[path = "../../src/domain/mod.rs"]
pub mod domain;
#[path = "../../src/einvoice/mod.rs"]
pub mod einvoice;
#[path = "../../src/wire/mod.rs"]
pub mod wire;
