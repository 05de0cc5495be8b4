//! Where the money of an order is, line by line and row by row, and every step of each line with the number of its entry. Reads only.

use serde_json::{Value, json};

use super::View;
use super::history::{Step, posting};
use crate::domain::books::command::Names;
use crate::domain::books::entry::Account;
use crate::domain::books::position::Row;
use crate::domain::books::{BudgetPeriod, Places};
use crate::error::Result;
use crate::flow::bookkeeping;
use crate::flow::remembering::order_topic;
use crate::store::{journal, mention};
use crate::wire::table_csv::Cell;

/// A row of a line, as it stands.
#[derive(Clone, Debug)]
pub struct Holding {
    pub line: String,
    pub at: BudgetPeriod,
    pub reserved: i64,
    /// Left behind by a change of split.
    pub dropped: bool,
    pub places: Places,
}

/// What an entry did to a line, on one budget.
#[derive(Clone, Debug)]
pub struct Move {
    pub step: Step,
    pub line: String,
    pub at: BudgetPeriod,
    pub places: Places,
}

/// The money of an order.
#[derive(Clone, Debug, Default)]
pub struct Money {
    pub rows: Vec<Holding>,
    pub moves: Vec<Move>,
}

/// Entries of an order that are read.
const ENTRIES_MAX: usize = 500;

pub async fn money(view: &mut View, number: &str) -> Result<Money> {
    let names = Names { orders: vec![number.into()], ..Names::default() };
    bookkeeping::read_named(&mut view.tx, &view.tenant, &mut view.reader, &mut view.books, &[&names]).await?;
    let mut money = Money::default();
    let Some(order) = view.books.orders.get(number) else { return Ok(money) };
    for line in order.sequence.iter().filter_map(|line| order.lines.get(line)) {
        for row in &line.rows {
            let position = line.position(row, order.stage, order.reserves);
            let expended = |row: &Row| row.expended.get(&row.at).copied().unwrap_or_default();
            let places =
                Places { requested: position.requested, committed: position.committed, delivered: position.delivered, expended: expended(row) };
            let held = Holding { line: line.number.to_string(), at: row.at.clone(), reserved: row.reserved, dropped: row.dropped, places };
            money.rows.push(held);
            // What it expended in a period that it has left.
            let left = row.expended.iter().filter(|(at, _)| **at != row.at);
            money.rows.extend(left.map(|(at, amount)| Holding {
                line: line.number.to_string(),
                at: at.clone(),
                reserved: 0,
                dropped: true,
                places: Places { expended: *amount, ..Places::default() },
            }));
        }
    }
    money.moves = moves(view, number).await?;
    money.rows.retain(|row| view.sees(&row.at));
    money.moves.retain(|one| view.sees(&one.at));
    Ok(money)
}

async fn moves(view: &mut View, number: &str) -> Result<Vec<Move>> {
    let topic = order_topic(number);
    let mut entries = journal::of_subject(&mut view.tx, &view.tenant, &topic).await?;
    let mut before = view.last + 1;
    while entries.len() < ENTRIES_MAX {
        let page = mention::entries(&mut view.tx, &view.tenant, std::slice::from_ref(&topic), before).await?;
        let Some(last) = page.last() else { break };
        before = last.sequence;
        entries.extend(page);
    }
    entries.sort_by_key(|entry| entry.sequence);
    let mut moves: Vec<Move> = Vec::new();
    entries.retain(|kept| kept.sequence <= view.last);
    for kept in &entries {
        let entry = posting(view, kept)?;
        let first = moves.len();
        for leg in &entry.legs {
            let Some((order, line, _)) = &leg.row else { continue };
            let is_place = matches!(leg.account, Account::Requested | Account::Committed | Account::Delivered | Account::Expended);
            if **order != *number || !is_place {
                continue;
            }
            let at = leg.at();
            let known = moves[first..].iter().position(|one| one.line == **line && one.at == at);
            let place = known.map_or_else(
                || {
                    moves.push(Move { step: Step::of(kept), line: line.to_string(), at, places: Places::default() });
                    moves.len() - 1
                },
                |place| first + place,
            );
            if let Some(found) = moves.get_mut(place) {
                found.places.add(leg.account, leg.amount);
            }
        }
    }
    Ok(moves)
}

fn places_json(places: &Places) -> Value {
    json!({"requested": places.requested, "committed": places.committed, "delivered": places.delivered, "expended": places.expended})
}

/// As the API shows it; amounts in minor units.
pub fn money_json(money: &Money) -> Value {
    let row = |row: &Holding| {
        let mut body = places_json(&row.places);
        body["line"] = json!(row.line);
        body["budget"] = json!(&*row.at.budget);
        body["period"] = json!(&*row.at.period);
        body["reserved"] = json!(row.reserved);
        body["dropped"] = json!(row.dropped);
        body
    };
    let one = |one: &Move| {
        let mut body = one.step.json();
        body["line"] = json!(one.line);
        body["budget"] = json!(&*one.at.budget);
        body["period"] = json!(&*one.at.period);
        body["change"] = places_json(&one.places);
        body
    };
    json!({"rows": money.rows.iter().map(row).collect::<Vec<_>>(), "steps": money.moves.iter().map(one).collect::<Vec<_>>()})
}

pub const COLUMNS: &[&str] =
    &["entry", "at", "who", "kind", "subject", "line", "budget", "period", "currency", "requested", "committed", "delivered", "expended"];

/// The steps as a table.
pub fn table(view: &View, money: &Money) -> super::Table {
    let row = |one: &Move| {
        let mut cells = one.step.cells();
        cells.extend([Cell::text(&one.line), Cell::text(&one.at.budget), Cell::text(&one.at.period), Cell::text(view.currency)]);
        cells.extend(view.places(one.places));
        cells
    };
    (COLUMNS, money.moves.iter().map(row).collect())
}
