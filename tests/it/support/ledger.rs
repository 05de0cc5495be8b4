//! Legs of journal entries, read from their stored text by the tests' own reader: account, budget, period, amount.

use hookline::store::Row;
use serde_json::Value;

pub struct Leg {
    pub account: String,
    pub budget: String,
    pub period: String,
    pub amount: i64,
}

/// The legs of rows that hold a `posting`.
pub fn legs(entries: &[Row]) -> Vec<Leg> {
    let mut legs = Vec::new();
    for row in entries {
        let text = row.text("posting").expect("a posting");
        if text.is_empty() {
            continue;
        }
        let posting: Value = serde_json::from_str(&text).expect("a posting is JSON");
        for leg in posting["legs"].as_array().into_iter().flatten() {
            let text = |at: usize| leg[at].as_str().expect("a text").to_string();
            legs.push(Leg { account: text(0), budget: text(1), period: text(2), amount: leg[3].as_i64().expect("minor units") });
        }
    }
    legs
}
