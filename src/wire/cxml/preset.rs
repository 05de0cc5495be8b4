//! What systems that speak cXML do (section 19), as data: the habits a connection begins with. A preset that needs an `if` elsewhere is missing
//! a field here.

use std::collections::BTreeMap;

use super::units::GERMAN_SAP;
use crate::domain::connection::{Connection, Cxml, Unknown};

/// Accepts what such a system sends for itself: parts of no catalogue, cost centres nobody set up here.
fn lenient() -> Cxml {
    Cxml { unknown_parts: Unknown::Accept, unknown_cost_centre: Unknown::Accept, no_cost_centre: Unknown::Accept, ..Cxml::default() }
}

fn with(connection: &mut Connection, cxml: Cxml) {
    connection.cxml = Some(Box::new(cxml));
}

pub fn generic(connection: &mut Connection) {
    with(connection, Cxml::default());
}

pub fn german_sap(connection: &mut Connection) {
    let units: BTreeMap<String, String> = GERMAN_SAP.iter().map(|(word, code)| ((*word).to_string(), (*code).to_string())).collect();
    with(connection, Cxml { units, ..Cxml::default() });
}

pub fn ariba(connection: &mut Connection) {
    with(connection, lenient());
}

pub fn coupa(connection: &mut Connection) {
    with(connection, lenient());
}

/// Reads prices to four decimals, and none for more than one piece that it would not multiply.
pub fn jaggaer(connection: &mut Connection) {
    with(connection, lenient());
}

/// Its unit for a piece is a word of its own; the buyer says so.
pub fn oracle(connection: &mut Connection) {
    let units = BTreeMap::from([("UNI".to_string(), "C62".to_string())]);
    with(connection, Cxml { units, ..lenient() });
}

/// Never changes an order: it cancels the old one and sends a new one.
pub fn unimarket(connection: &mut Connection) {
    with(connection, lenient());
}
