//! Where the money of a period is by location, project, segment, owner, supplier, buyer or article group; and what was invoiced against what
//! was ordered. Adds up the rows of order lines one by one, so its sums are those of the budgets. Reads only.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::View;
use crate::app::App;
use crate::domain::books::entry::RowName;
use crate::domain::books::{Budget, BudgetPeriod, Order, Places, position};
use crate::domain::coding::Kind;
use crate::domain::finding::{Code, Finding};
use crate::domain::order::Line;
use crate::error::{Error, Result};
use crate::flow::connecting;
use crate::store::order::Stored;
use crate::store::{self, booked};
use crate::wire::table_csv::Cell;

/// Orders of one question.
const ORDERS_MAX: usize = 100_000;
const PAGE: u32 = 500;

/// What sums are made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Location,
    Project,
    Segment,
    Owner,
    Supplier,
    Buyer,
    Group,
}

impl By {
    pub const ALL: [By; 7] = [By::Location, By::Project, By::Segment, By::Owner, By::Supplier, By::Buyer, By::Group];

    pub fn as_str(self) -> &'static str {
        match self {
            By::Location => "location",
            By::Project => "project",
            By::Segment => "segment",
            By::Owner => "owner",
            By::Supplier => "supplier",
            By::Buyer => "buyer",
            By::Group => "group",
        }
    }

    /// Nothing said is the first.
    pub fn parse(text: &str) -> Result<By> {
        let wrong = || Finding::error(Code::Unusable, "by").value(text).limit(By::ALL.map(By::as_str).join(", ")).into();
        if text.is_empty() { Ok(By::Location) } else { By::ALL.into_iter().find(|by| by.as_str() == text).ok_or_else(wrong) }
    }

    /// What a budget says of it, where budgets can.
    fn of_budget(self, view: &View, budget: &str) -> Arc<str> {
        let said = |of: fn(&Budget) -> &Arc<str>| view.books.dimension(budget, |budget| of(budget).clone());
        match self {
            By::Location => said(|budget| &budget.location),
            By::Project => said(|budget| &budget.project),
            By::Segment => said(|budget| &budget.segment),
            By::Owner => said(|budget| &budget.owner),
            By::Supplier | By::Buyer | By::Group => "".into(),
        }
    }

    fn has_funding(self) -> bool {
        matches!(self, By::Location | By::Project | By::Segment | By::Owner)
    }
}

/// The money of one key; an empty key is all that says nothing, or has no order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    pub key: String,
    pub places: Places,
    /// Of the budgets that say this key; none where budgets do not say it.
    pub funding: Option<i64>,
}

/// The period that is asked about: the one named, else that of the view's day.
pub fn period(view: &View, named: &str) -> Result<Arc<str>> {
    Ok(super::overview::overview(view, named)?.period.unwrap_or_else(|| named.into()))
}

/// An order with its lines as buyer and supplier know them, and as the books do.
struct Known {
    stored: Stored,
    order: Order,
}

/// Every order with money in a period, or in what lies in it.
async fn orders(view: &mut View, period: &str) -> Result<Vec<Known>> {
    let periods: Vec<Arc<str>> = view.books.periods.keys().filter(|id| view.books.lies_in(id, period)).cloned().collect();
    let mut known = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for id in periods {
        let mut after = String::new();
        loop {
            let page = booked::of_period(&mut view.tx, &view.tenant, &id, &after, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after.clone_from(last);
            let fresh: Vec<(String, String)> = page.into_iter().filter(|(number, _)| seen.insert(number.clone())).collect();
            let numbers: Vec<&str> = fresh.iter().map(|(number, _)| number.as_str()).collect();
            let stored = store::order::by_numbers(&mut view.tx, &view.tenant, &numbers).await?;
            let mut stored: BTreeMap<String, Stored> = stored.into_iter().map(|one| (one.order.number.clone(), one)).collect();
            for (number, text) in &fresh {
                let order = view.reader.order(text).map_err(Error::internal)?;
                known.extend(stored.remove(number).map(|stored| Known { stored, order }));
            }
            if seen.len() > ORDERS_MAX {
                return Err(Finding::error(Code::TooMany, "period").limit(ORDERS_MAX).into());
            }
        }
    }
    Ok(known)
}

/// The line that a line of the books is, or is a charge of.
fn line_of<'o>(stored: &'o Stored, number: &str) -> Option<&'o Line> {
    let number: u32 = number.split('/').next()?.parse().ok()?;
    stored.order.lines.iter().find(|line| line.line == number)
}

/// What a row holds and has expended, by budget period.
fn places_of(order: &Order, line: &position::Line, row: &position::Row) -> BTreeMap<BudgetPeriod, Places> {
    let position = line.position(row, order.stage, order.reserves);
    let mut places: BTreeMap<BudgetPeriod, Places> = BTreeMap::new();
    let held = Places { requested: position.requested, committed: position.committed, delivered: position.delivered, expended: 0 };
    *places.entry(row.at.clone()).or_default() += held;
    for (at, amount) in &row.expended {
        places.entry(at.clone()).or_default().expended += amount;
    }
    places
}

fn less(places: &mut Places, other: &Places) {
    places.requested -= other.requested;
    places.committed -= other.committed;
    places.delivered -= other.delivered;
    places.expended -= other.expended;
}

/// The group of an article in the catalogue it was ordered from.
async fn group_of(app: &App, view: &mut View, stored: &Stored, article: &str) -> Result<String> {
    let Some(name) = &stored.order.connection else { return Ok(String::new()) };
    let live = match connecting::connection_within(app, &mut view.tx, name).await {
        Err(Error::NotFound(_)) => return Ok(String::new()),
        found => found?,
    };
    let catalogue = connecting::catalogue_within(app, &mut view.tx, &live.connection.catalogue).await?;
    Ok(catalogue.get(article).map(|article| article.group.clone()).unwrap_or_default())
}

async fn key(app: &App, view: &mut View, by: By, stored: &Stored, line: Option<&Line>, budget: &str) -> Result<String> {
    let coded = |kind: Kind| line.map(|line| line.coding.get(kind).to_string()).unwrap_or_default();
    let said = by.of_budget(view, budget).to_string();
    Ok(match by {
        _ if !said.is_empty() => said,
        By::Location => coded(Kind::Branch),
        By::Project => coded(Kind::Project),
        By::Segment | By::Owner => said,
        By::Supplier => stored.order.supplier.clone(),
        By::Buyer => stored.order.ordered_by.clone(),
        By::Group => match line {
            Some(line) => group_of(app, view, stored, &line.article).await?,
            None => String::new(),
        },
    })
}

/// Where the money of a period is, the largest first.
pub async fn analysis(app: &App, view: &mut View, by: By, period: &str) -> Result<Vec<Group>> {
    let since = view.since().await?;
    let is_here = |view: &View, at: &BudgetPeriod| view.books.lies_in(&at.period, period);
    let mut groups: BTreeMap<String, Places> = BTreeMap::new();
    // What of each budget's own is on no row: invoices without an order.
    let mut left: BTreeMap<BudgetPeriod, Places> =
        view.books.standings.iter().filter(|(at, _)| is_here(view, at)).map(|(at, standing)| (at.clone(), standing.own)).collect();
    for Known { stored, order } in orders(view, period).await? {
        for line in order.lines.values() {
            for (index, row) in line.rows.iter().enumerate() {
                let mut places = places_of(&order, line, row);
                let name: RowName = (order.number.clone(), line.number.clone(), index);
                if let Some(since) = &since {
                    let from = (Some(name.clone()), BudgetPeriod::new("", ""));
                    let of_row = since.range(from..).take_while(|((row, _), _)| row.as_ref() == Some(&name));
                    for ((_, at), came) in of_row {
                        less(places.entry(at.clone()).or_default(), came);
                    }
                }
                places.retain(|at, places| is_here(view, at) && view.sees(at) && *places != Places::default());
                for (at, places) in places {
                    let key = key(app, view, by, &stored, line_of(&stored, &line.number), &at.budget).await?;
                    *groups.entry(key).or_default() += places;
                    less(left.entry(at).or_default(), &places);
                }
            }
        }
    }
    for (at, places) in left.into_iter().filter(|(_, places)| *places != Places::default()) {
        *groups.entry(by.of_budget(view, &at.budget).to_string()).or_default() += places;
    }
    let funding = if by.has_funding() { funding(view, by, period) } else { BTreeMap::new() };
    for key in funding.keys() {
        groups.entry(key.clone()).or_default();
    }
    let mut groups: Vec<Group> = groups.into_iter().map(|(key, places)| Group { funding: funding.get(&key).copied(), key, places }).collect();
    groups.retain(|group| group.places != Places::default() || group.funding.is_some());
    groups.sort_by_key(|group| (-group.places.consumption(), group.key.clone()));
    Ok(groups)
}

/// Funding of the topmost budgets that say a key: what is below them is part of it.
fn funding(view: &View, by: By, period: &str) -> BTreeMap<String, i64> {
    let books = &view.books;
    let mut funding: BTreeMap<String, i64> = BTreeMap::new();
    for node in books.tree(period) {
        let key = by.of_budget(view, &node.at.budget);
        let above = books.budgets.get(&node.at.budget).and_then(|budget| budget.parent.as_ref()).map(|parent| by.of_budget(view, parent));
        if !key.is_empty() && above.as_ref() != Some(&key) {
            let standing = books.standing(&node.at).cloned().unwrap_or_default();
            *funding.entry(key.to_string()).or_default() += books.funding_below(&node.at, &standing);
        }
    }
    funding
}

pub fn group_json(group: &Group) -> Value {
    let places = &group.places;
    json!({
        "key": group.key, "funding": group.funding, "requested": places.requested, "committed": places.committed, "delivered": places.delivered,
        "expended": places.expended, "used": places.consumption(), "available": group.funding.map(|funding| funding - places.consumption()),
    })
}

pub const COLUMNS: &[&str] = &["key", "currency", "funding", "requested", "committed", "delivered", "expended", "used", "available"];

pub fn table(view: &View, groups: &[Group]) -> super::Table {
    let optional = |minor: Option<i64>| minor.map_or(Cell::text(""), |minor| view.cell(minor));
    let row = |group: &Group| {
        let mut cells = vec![Cell::text(&group.key), Cell::text(view.currency), optional(group.funding)];
        cells.extend(view.places(group.places));
        cells.push(view.cell(group.places.consumption()));
        cells.push(optional(group.funding.map(|funding| funding - group.places.consumption())));
        cells
    };
    (COLUMNS, groups.iter().map(row).collect())
}

/// What was invoiced of an article against what its order had reserved for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variance {
    pub supplier: String,
    pub article: String,
    pub orders: usize,
    /// What the order had reserved for what was invoiced, and what was invoiced for it.
    pub liquidated: i64,
    pub invoiced: i64,
    /// Given back by credits.
    pub credited: i64,
}

impl Variance {
    pub fn variance(&self) -> i64 {
        self.invoiced - self.liquidated
    }
}

/// Ordered against invoiced, the largest variance first.
pub async fn variances(view: &mut View, period: &str) -> Result<Vec<Variance>> {
    let mut found: BTreeMap<(String, String), Variance> = BTreeMap::new();
    for Known { stored, order } in orders(view, period).await? {
        let mut counted: BTreeSet<(String, String)> = BTreeSet::new();
        for line in order.lines.values() {
            let known = line_of(&stored, &line.number);
            let charge = line.number.split_once('/').map(|(_, charge)| format!("/{charge}")).unwrap_or_default();
            let article = format!("{}{charge}", known.map(|line| line.article.as_str()).unwrap_or_default());
            let is_asked = |row: &&position::Row| row.invoiced != 0 && view.books.lies_in(&row.at.period, period) && view.sees(&row.at);
            for row in line.rows.iter().filter(is_asked) {
                let key = (stored.order.supplier.clone(), article.clone());
                let fresh = || Variance { supplier: key.0.clone(), article: key.1.clone(), ..Variance::default() };
                let variance = found.entry(key.clone()).or_insert_with(fresh);
                variance.orders += usize::from(counted.insert(key.clone()));
                variance.liquidated += line.liquidated(row);
                variance.invoiced += row.invoiced;
                variance.credited += row.invoiced - row.expended.values().sum::<i64>();
            }
        }
    }
    let mut found: Vec<Variance> = found.into_values().collect();
    found.sort_by_key(|one| (-one.variance().abs(), one.supplier.clone(), one.article.clone()));
    Ok(found)
}

pub fn variance_json(one: &Variance) -> Value {
    json!({
        "supplier": one.supplier, "article": one.article, "orders": one.orders, "liquidated": one.liquidated, "invoiced": one.invoiced,
        "variance": one.variance(), "credited": one.credited,
    })
}

pub const VARIANCE_COLUMNS: &[&str] = &["supplier", "article", "orders", "currency", "liquidated", "invoiced", "variance", "credited"];

pub fn variance_table(view: &View, found: &[Variance]) -> super::Table {
    let row = |one: &Variance| {
        let mut cells = vec![Cell::text(&one.supplier), Cell::text(&one.article), Cell::number(one.orders), Cell::text(view.currency)];
        cells.extend([one.liquidated, one.invoiced, one.variance(), one.credited].map(|minor| view.cell(minor)));
        cells
    };
    (VARIANCE_COLUMNS, found.iter().map(row).collect())
}
