//! The part of an order's page that says where its money is: each line with its rows, and every step of each line. For the buyer only;
//! a supplier sees no budget. Reads only.

use super::budget::event;
use super::money;
use crate::app::App;
use crate::domain::books::Places;
use crate::error::Result;
use crate::flow::asking::{self, order};
use crate::flow::signing::Caller;
use crate::text::Texts;

/// A row, or a step, with its amounts: requested, committed, delivered, expended.
pub struct Held {
    pub line: String,
    pub budget: String,
    pub href: String,
    /// Reserved in all; of a row that was left behind, nothing.
    pub reserved: String,
    pub dropped: bool,
    pub amounts: [String; 4],
}

pub struct Step {
    pub entry: i64,
    pub at: String,
    pub what: String,
    pub who: String,
    pub held: Held,
}

#[derive(Default)]
pub struct OrderMoney {
    pub rows: Vec<Held>,
    pub steps: Vec<Step>,
}

pub async fn of(app: &App, caller: &Caller, number: &str, t: Texts) -> Result<OrderMoney> {
    let mut view = asking::view(app, caller, "").await?;
    let found = order::money(&mut view, number).await?;
    let amount = |minor: i64| t.amount(&view.money(minor));
    let all = |places: &Places| [places.requested, places.committed, places.delivered, places.expended].map(amount);
    let row = |row: &order::Holding| Held {
        line: row.line.clone(),
        budget: row.at.to_string(),
        href: money::href(&row.at, ""),
        reserved: amount(row.reserved),
        dropped: row.dropped,
        amounts: all(&row.places),
    };
    let step = |one: &order::Move| Step {
        entry: one.step.entry,
        at: t.moment(&one.step.at, &view.zone),
        what: event(t, &one.step.kind),
        who: one.step.who.clone(),
        held: Held {
            line: one.line.clone(),
            budget: one.at.to_string(),
            href: money::href(&one.at, ""),
            reserved: String::new(),
            dropped: false,
            // What did not move is not said.
            amounts: [one.places.requested, one.places.committed, one.places.delivered, one.places.expended]
                .map(|minor| if minor == 0 { String::new() } else { amount(minor) }),
        },
    };
    Ok(OrderMoney { rows: found.rows.iter().map(row).collect(), steps: found.moves.iter().map(step).collect() })
}
