//! Who holds the money of a budget: the orders, the largest first, what cancelling each would free, and how old what is open is.
//! Reads only; what would be freed is decided by the books and not booked.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::View;
use crate::domain::books::command::{Command, Names, Shrink};
use crate::domain::books::entry::Account;
use crate::domain::books::{BudgetPeriod, Places};
use crate::domain::finding::{Code, Finding};
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::flow::bookkeeping;
use crate::store::booked::{self, After, Holding};
use crate::store::order::Stored;
use crate::store::{self};
use crate::wire::table_csv::Cell;

const DAY: Duration = Duration::from_secs(86_400);
/// Days from which an open commitment belongs to the next part: 0–30, 31–90, 91–365, older.
pub const AGES: [u32; 3] = [31, 91, 366];
/// Holdings that are taken back one by one for what stood at a moment.
const BACK_MAX: usize = 200_000;

/// An order with what it holds of a budget in a period.
#[derive(Clone, Debug)]
pub struct Holder {
    pub holding: Holding,
    pub order: Option<Stored>,
    /// What cancelling all of it that is open would give back to the budget that was asked about; nothing for a moment that has passed.
    pub frees: Option<i64>,
}

pub fn held(places: &Places) -> i64 {
    places.requested + places.committed + places.delivered
}

/// A budget in a period and everything below it.
pub fn below(view: &View, at: &BudgetPeriod) -> Vec<BudgetPeriod> {
    let mut places: Vec<BudgetPeriod> = view.books.standings.keys().filter(|one| view.books.above(one).contains(at)).cloned().collect();
    places.sort();
    places
}

/// As the address of the next page names the last holder of this one.
fn cursor(holding: &Holding) -> String {
    format!("{}~{}~{}~{}", held(&holding.places), holding.order, holding.at.budget, holding.at.period)
}

fn read_cursor(text: &str) -> Result<After> {
    let wrong = || Finding::error(Code::Unusable, "after").value(text);
    if text.is_empty() {
        return Ok(After { held: i64::MAX, order: String::new(), at: BudgetPeriod::new("", "") });
    }
    // The number of an order may hold anything; amount, budget and period do not hold this sign.
    let (amount, rest) = text.split_once('~').ok_or_else(wrong)?;
    let mut parts = rest.rsplitn(3, '~');
    let (period, budget, order) = (parts.next().ok_or_else(wrong)?, parts.next().ok_or_else(wrong)?, parts.next().ok_or_else(wrong)?);
    Ok(After { held: amount.parse().map_err(|_| wrong())?, order: order.to_string(), at: BudgetPeriod::new(budget, period) })
}

/// The orders that hold money of a budget and of what is below it, the largest first; and where the next page begins.
pub async fn holders(view: &mut View, at: &BudgetPeriod, after: &str) -> Result<(Vec<Holder>, Option<String>)> {
    let after = read_cursor(after)?;
    let places = below(view, at);
    let order_of = |h: &Holding| (-held(&h.places), h.order.clone(), h.at.clone());
    let mut found = match view.at {
        None => booked::by_size(&mut view.tx, &view.tenant, &places, &after).await?,
        Some(_) => {
            let behind = (after.held.saturating_neg(), after.order.clone(), after.at.clone());
            let all = back_then(view, &places).await?;
            all.into_iter().filter(|h| held(&h.places) > 0 && order_of(h) > behind).collect()
        }
    };
    found.sort_by_key(order_of);
    let has_more = found.len() >= booked::PAGE;
    found.truncate(booked::PAGE - 1);
    let next = has_more.then(|| found.last().map(cursor)).flatten();
    let heads = heads(view, &found).await?;
    let freed = if view.at.is_none() { freed(view, &places, &found).await? } else { BTreeMap::new() };
    let holder = |holding: Holding| Holder { order: heads.get(&holding.order).cloned(), frees: freed.get(&holding.order).copied(), holding };
    Ok((found.into_iter().map(holder).collect(), next))
}

/// Orders by their numbers, without lines.
async fn heads(view: &mut View, holdings: &[Holding]) -> Result<BTreeMap<String, Stored>> {
    let mut numbers: Vec<&str> = holdings.iter().map(|holding| holding.order.as_str()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let heads = store::order::heads(&mut view.tx, &view.tenant, &numbers).await?;
    Ok(heads.into_iter().map(|stored| (stored.order.number.clone(), stored)).collect())
}

/// What each order held at the moment of the view: what it holds now less what came since.
async fn back_then(view: &mut View, places: &[BudgetPeriod]) -> Result<Vec<Holding>> {
    let since = view.since().await?;
    let mut held: BTreeMap<(BudgetPeriod, String), Places> = BTreeMap::new();
    for at in places {
        let mut after = String::new();
        loop {
            let page = booked::on(&mut view.tx, &view.tenant, at, &after, 1000).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.order);
            held.extend(page.into_iter().map(|holding| ((holding.at, holding.order), holding.places)));
            if held.len() > BACK_MAX {
                return Err(Finding::error(Code::TooMany, "at").limit(BACK_MAX).into());
            }
        }
    }
    for ((row, at), came) in since.iter().flat_map(|since| since.iter()) {
        let Some((order, _, _)) = row else { continue };
        if places.binary_search(at).is_ok() {
            let then = held.entry((at.clone(), order.to_string())).or_default();
            then.requested -= came.requested;
            then.committed -= came.committed;
            then.delivered -= came.delivered;
            then.expended -= came.expended;
        }
    }
    Ok(held.into_iter().map(|((at, order), places)| Holding { at, order, places }).collect())
}

/// What cancelling each order would give back to these budgets: decided and not booked.
async fn freed(view: &mut View, places: &[BudgetPeriod], holdings: &[Holding]) -> Result<BTreeMap<String, i64>> {
    let names = Names { orders: holdings.iter().map(|holding| holding.order.as_str().into()).collect(), ..Names::default() };
    bookkeeping::read_named(&mut view.tx, &view.tenant, &mut view.reader, &mut view.books, &[&names]).await?;
    let mut freed = BTreeMap::new();
    for order in names.orders {
        let shrink = Command::Shrink(Shrink { order: order.clone(), lines: Vec::new() });
        let entry = view.books.decide(&shrink).unwrap_or_default();
        let given = entry.legs.iter().filter(|leg| leg.account == Account::Available && places.binary_search(&leg.at()).is_ok());
        freed.insert(order.to_string(), given.map(|leg| leg.amount).sum());
    }
    Ok(freed)
}

/// Open commitments by the age of their orders: amount and number of orders, the youngest first.
pub async fn ages(view: &mut View, at: &BudgetPeriod) -> Result<[(i64, i64); 4]> {
    let places = below(view, at);
    let moment = view.at.unwrap_or(view.now);
    let bounds = AGES.map(|days| moment.minus(DAY * days));
    if view.at.is_none() {
        return booked::by_age(&mut view.tx, &view.tenant, &places, bounds).await;
    }
    let open: Vec<Holding> = back_then(view, &places).await?.into_iter().filter(|holding| holding.places.committed != 0).collect();
    let heads = heads(view, &open).await?;
    let mut parts = [(0, 0); 4];
    let mut seen: Vec<(usize, &str)> = Vec::new();
    for holding in &open {
        let placed = heads.get(&holding.order).map_or(Timestamp(0), |stored| stored.placed_at);
        let part = bounds.iter().position(|bound| placed > *bound).unwrap_or(3);
        parts[part].0 += holding.places.committed;
        seen.push((part, &holding.order));
    }
    seen.sort_unstable();
    seen.dedup();
    for (part, _) in seen {
        parts[part].1 += 1;
    }
    Ok(parts)
}

pub fn ages_json(ages: &[(i64, i64); 4]) -> Value {
    let from = [Some(0), Some(AGES[0]), Some(AGES[1]), Some(AGES[2])];
    let to = [Some(AGES[0] - 1), Some(AGES[1] - 1), Some(AGES[2] - 1), None];
    let part =
        |(at, (amount, orders)): (usize, &(i64, i64))| json!({"from_days": from[at], "to_days": to[at], "committed": amount, "orders": orders});
    ages.iter().enumerate().map(part).collect()
}

pub fn holder_json(holder: &Holder) -> Value {
    let (places, order) = (&holder.holding.places, holder.order.as_ref());
    json!({
        "order": holder.holding.order, "id": order.map(|stored| stored.order.id.as_str()), "budget": &*holder.holding.at.budget,
        "period": &*holder.holding.at.period, "supplier": order.map(|stored| stored.order.supplier.as_str()),
        "ordered_by": order.map(|stored| stored.order.ordered_by.as_str()), "placed_at": order.map(|stored| stored.placed_at.to_string()),
        "held": held(places), "requested": places.requested, "committed": places.committed, "delivered": places.delivered,
        "expended": places.expended, "frees": holder.frees,
    })
}

pub const COLUMNS: &[&str] = &[
    "order",
    "supplier",
    "ordered_by",
    "placed_at",
    "budget",
    "period",
    "currency",
    "held",
    "requested",
    "committed",
    "delivered",
    "expended",
    "frees",
];

pub fn holder_cells(view: &View, holder: &Holder) -> Vec<Cell> {
    let (places, order) = (&holder.holding.places, holder.order.as_ref());
    let text = |of: fn(&Stored) -> String| Cell::text(order.map(of).unwrap_or_default());
    let mut cells = vec![
        Cell::text(&holder.holding.order),
        text(|stored| stored.order.supplier.clone()),
        text(|stored| stored.order.ordered_by.clone()),
        text(|stored| stored.placed_at.to_string()),
        Cell::text(&holder.holding.at.budget),
        Cell::text(&holder.holding.at.period),
        Cell::text(view.currency),
        view.cell(held(places)),
    ];
    cells.extend(view.places(*places));
    cells.push(holder.frees.map_or(Cell::text(""), |frees| view.cell(frees)));
    cells
}
