//! Orders and invoices as the books hold them (texts of `wire/ledger`), and what each order holds of each budget. The journal is the
//! truth; this is what a booking reads instead of it.

use std::collections::BTreeSet;

use super::netstring::{self, netstrings};
use super::{Bulk, Row, Tx};
use crate::domain::books::{BudgetPeriod, Places};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// The texts of orders by their numbers; those that are not there are left out.
pub async fn orders(tx: &mut Tx, tenant: &str, numbers: &[&str]) -> Result<Vec<String>> {
    let rows = numbers.iter().map(|number| vec![tenant.into(), (*number).into()]).collect();
    let head = "SELECT body FROM booked_order WHERE (tenant, number) IN (";
    bodies(tx.write_returning(Bulk::over(head, 2, ")", rows)).await?)
}

pub async fn invoices(tx: &mut Tx, tenant: &str, numbers: &[&str]) -> Result<Vec<String>> {
    let rows = numbers.iter().map(|number| vec![tenant.into(), (*number).into()]).collect();
    let head = "SELECT body FROM booked_invoice WHERE (tenant, number) IN (";
    bodies(tx.write_returning(Bulk::over(head, 2, ")", rows)).await?)
}

fn bodies(rows: Vec<Row>) -> Result<Vec<String>> {
    rows.iter().map(|row| row.text("body")).collect()
}

/// Numbers and texts of every order that is or was booked in a period, behind a number, in the order of their numbers.
pub async fn of_period(tx: &mut Tx, tenant: &str, period: &str, after: &str, limit: u32) -> Result<Vec<(String, String)>> {
    let rows = tx
        .sql(
            "SELECT number, body FROM booked_order WHERE tenant = $1 AND number > $3 AND number IN
               (SELECT purchase_order FROM holding WHERE tenant = $1 AND period = $2)
             ORDER BY number LIMIT $4",
        )
        .bind(tenant)
        .bind(period)
        .bind(after)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(|row| Ok((row.text("number")?, row.text("body")?))).collect()
}

/// Orders as a proof reads them: one text, made by the database.
#[derive(Debug, Default)]
pub struct Page {
    row: Option<Row>,
    /// The number of the last; nothing where there are none.
    pub last: Option<String>,
}

impl Page {
    /// Numbers and texts, in the order of the numbers.
    ///
    /// # Errors
    /// When the text is not what this program asked for.
    pub fn orders(&self) -> Result<Vec<[&str; 2]>> {
        let text = self.row.as_ref().map_or(Ok(None), |row| row.lent("text"))?;
        let (mut orders, mut rest) = (Vec::new(), text.unwrap_or_default());
        while !rest.is_empty() {
            let order = netstring::values::<2>(&mut rest);
            orders.push(order.ok_or_else(|| Error::internal("orders whose fields cannot be told apart"))?);
        }
        orders.sort_unstable();
        Ok(orders)
    }
}

/// The orders behind a number as a proof reads them.
pub async fn page_after(tx: &mut Tx, tenant: &str, after: &str, limit: u32) -> Result<Page> {
    let row = tx
        .sql(concat!(
            "SELECT string_agg(text, '') AS text, max(number) AS last FROM (SELECT number, ",
            netstrings!("number", "body"),
            " AS text FROM booked_order WHERE tenant = $1 AND number > $2 ORDER BY number LIMIT $3) AS page"
        ))
        .bind(tenant)
        .bind(after)
        .bind(limit)
        .first()
        .await?;
    let Some(row) = row else { return Ok(Page::default()) };
    Ok(Page { last: row.text_or_null("last")?, row: Some(row) })
}

/// Every invoice behind a number.
pub async fn all_invoices(tx: &mut Tx, tenant: &str, after: &str, limit: u32) -> Result<Vec<(String, String)>> {
    let rows = tx
        .sql("SELECT number, body FROM booked_invoice WHERE tenant = $1 AND number > $2 ORDER BY number LIMIT $3")
        .bind(tenant)
        .bind(after)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(|row| Ok((row.text("number")?, row.text("body")?))).collect()
}

/// Touches the orders with these numbers.
pub fn with_numbers(tenant: &str, numbers: &[&str]) -> Bulk {
    let rows = numbers.iter().map(|number| vec![tenant.into(), (*number).into()]).collect();
    let tail = ") AS v WHERE booked_order.tenant = v.column1 AND booked_order.number = v.column2";
    Bulk::over("UPDATE booked_order SET number = number FROM (", 2, tail, rows)
}

/// Number and text of each.
pub fn put_orders(tenant: &str, orders: Vec<(String, String)>) -> Bulk {
    put("booked_order", tenant, orders)
}

pub fn put_invoices(tenant: &str, invoices: Vec<(String, String)>) -> Bulk {
    put("booked_invoice", tenant, invoices)
}

fn put(table: &'static str, tenant: &str, numbered: Vec<(String, String)>) -> Bulk {
    let rows = numbered.into_iter().map(|(number, body)| vec![tenant.into(), number.into(), body.into()]).collect();
    Bulk::insert(table, &["tenant", "number", "body"], "ON CONFLICT (tenant, number) DO UPDATE SET body = excluded.body", rows)
}

/// What an order has of a budget in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    pub at: BudgetPeriod,
    pub order: String,
    pub places: Places,
}

pub fn put_holdings(tenant: &str, holdings: &[Holding]) -> Bulk {
    let rows = holdings.iter().map(|h| {
        vec![
            tenant.into(),
            (&*h.at.budget).into(),
            (&*h.at.period).into(),
            (&h.order).into(),
            h.places.requested.into(),
            h.places.committed.into(),
            h.places.delivered.into(),
            h.places.expended.into(),
        ]
    });
    Bulk::insert(
        "holding",
        &["tenant", "budget", "period", "purchase_order", "requested", "committed", "delivered", "expended"],
        "ON CONFLICT (tenant, budget, period, purchase_order) DO UPDATE SET requested = excluded.requested,
           committed = excluded.committed, delivered = excluded.delivered, expended = excluded.expended",
        rows.collect(),
    )
}

fn holding(row: &Row) -> Result<Holding> {
    Ok(Holding {
        at: BudgetPeriod { budget: row.text("budget")?.into(), period: row.text("period")?.into() },
        order: row.text("purchase_order")?,
        places: Places {
            requested: row.int("requested")?,
            committed: row.int("committed")?,
            delivered: row.int("delivered")?,
            expended: row.int("expended")?,
        },
    })
}

/// The five orders that hold most of some budget periods, the largest first.
pub async fn largest(tx: &mut Tx, tenant: &str, places: &[&BudgetPeriod]) -> Result<Vec<Holding>> {
    let rows = places.iter().map(|at| vec![tenant.into(), (&*at.budget).into(), (&*at.period).into()]).collect();
    let head = "SELECT budget, period, purchase_order, requested, committed, delivered, expended FROM holding
                WHERE (tenant, budget, period) IN (";
    let tail = ") AND requested + committed + delivered > 0 ORDER BY requested + committed + delivered DESC, purchase_order LIMIT 5";
    tx.write_returning(Bulk::over(head, 3, tail, rows)).await?.iter().map(holding).collect()
}

/// Where a list of holdings goes on: behind this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct After {
    pub held: i64,
    pub order: String,
    pub at: BudgetPeriod,
}

/// How many [`by_size`] gives at most.
pub const PAGE: usize = 51;

/// The orders that hold money of some budget periods, the largest first, behind one.
pub async fn by_size(tx: &mut Tx, tenant: &str, places: &[BudgetPeriod], after: &After) -> Result<Vec<Holding>> {
    let row = |at: &BudgetPeriod| {
        let place = vec![tenant.into(), (&*at.budget).into(), (&*at.period).into()];
        let behind = vec![after.held.into(), (&after.order).into(), (&*after.at.budget).into(), (&*after.at.period).into()];
        place.into_iter().chain(behind).collect()
    };
    let head = "SELECT h.budget, h.period, h.purchase_order, h.requested, h.committed, h.delivered, h.expended FROM (";
    let tail = ") AS v JOIN holding h ON h.tenant = v.column1 AND h.budget = v.column2 AND h.period = v.column3
                WHERE h.requested + h.committed + h.delivered > 0 AND (h.requested + h.committed + h.delivered < v.column4
                  OR (h.requested + h.committed + h.delivered = v.column4
                    AND (h.purchase_order, h.budget, h.period) > (v.column5, v.column6, v.column7)))
                ORDER BY h.requested + h.committed + h.delivered DESC, h.purchase_order, h.budget, h.period LIMIT 51";
    tx.write_returning(Bulk::over(head, 7, tail, places.iter().map(row).collect())).await?.iter().map(holding).collect()
}

/// Of open commitments on some budget periods, by when their order was placed: how much, and how many. `bounds` are three moments, the
/// newest first; the fourth part is what is older than all.
pub async fn by_age(tx: &mut Tx, tenant: &str, places: &[BudgetPeriod], bounds: [Timestamp; 3]) -> Result<[(i64, i64); 4]> {
    let row = |at: &BudgetPeriod| {
        let place = vec![tenant.into(), (&*at.budget).into(), (&*at.period).into()];
        place.into_iter().chain(bounds.map(Into::into)).collect()
    };
    // By order: the places may go in several statements, and an order on many of them counts once.
    let head = "SELECT CASE WHEN o.placed_at > v.column4 THEN CAST(0 AS BIGINT) WHEN o.placed_at > v.column5 THEN 1
                  WHEN o.placed_at > v.column6 THEN 2 ELSE 3 END AS part,
                  h.purchase_order AS purchase_order, CAST(SUM(h.committed) AS BIGINT) AS amount FROM (";
    let tail = ") AS v JOIN holding h ON h.tenant = v.column1 AND h.budget = v.column2 AND h.period = v.column3
                LEFT JOIN purchase_order o ON o.tenant = h.tenant AND o.number = h.purchase_order
                WHERE h.committed <> 0 GROUP BY 1, 2";
    let mut parts = [(0, 0); 4];
    let mut seen = BTreeSet::new();
    for row in tx.write_returning(Bulk::over(head, 6, tail, places.iter().map(row).collect())).await? {
        if let Some(part) = usize::try_from(row.int("part")?).ok().and_then(|part| parts.get_mut(part)) {
            part.0 += row.int("amount")?;
            part.1 += i64::from(seen.insert(row.text("purchase_order")?));
        }
    }
    Ok(parts)
}

/// Every order on a budget in a period, by number, behind one.
pub async fn on(tx: &mut Tx, tenant: &str, at: &BudgetPeriod, after: &str, limit: u32) -> Result<Vec<Holding>> {
    let rows = tx
        .sql(
            "SELECT budget, period, purchase_order, requested, committed, delivered, expended FROM holding
             WHERE tenant = $1 AND budget = $2 AND period = $3 AND purchase_order > $4 ORDER BY purchase_order LIMIT $5",
        )
        .bind(tenant)
        .bind(&*at.budget)
        .bind(&*at.period)
        .bind(after)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(holding).collect()
}

/// What orders hold of a budget period as a proof reads it: one text, made by the database.
#[derive(Clone, Debug)]
pub struct Held {
    pub at: BudgetPeriod,
    text: String,
}

impl Held {
    /// By the numbers of the orders.
    ///
    /// # Errors
    /// When the text is not what this program asked for.
    pub fn rows(&self) -> Result<Vec<(&str, Places)>> {
        let (mut rows, mut rest) = (Vec::new(), self.text.as_str());
        while !rest.is_empty() {
            rows.push(row_of(&mut rest).ok_or_else(|| Error::internal("holdings that cannot be read"))?);
        }
        rows.sort_by_key(|(order, _)| *order);
        Ok(rows)
    }
}

/// What the orders behind a number and up to another hold of these budget periods.
pub async fn holdings_of(tx: &mut Tx, tenant: &str, places: impl Iterator<Item = &BudgetPeriod>, (after, last): (&str, &str)) -> Result<Vec<Held>> {
    let row = |at: &BudgetPeriod| vec![tenant.into(), (&*at.budget).into(), (&*at.period).into(), after.into(), last.into()];
    // Most amounts are nothing, and to write a number is a good part of the work.
    let head = concat!(
        "SELECT v.column2 AS budget, v.column3 AS period, (SELECT string_agg(concat(",
        netstrings!("h.purchase_order"),
        ", CASE h.requested WHEN 0 THEN '0' ELSE CAST(h.requested AS TEXT) END, ',',
           CASE h.committed WHEN 0 THEN '0' ELSE CAST(h.committed AS TEXT) END, ',',
           CASE h.delivered WHEN 0 THEN '0' ELSE CAST(h.delivered AS TEXT) END, ',',
           CASE h.expended WHEN 0 THEN '0' ELSE CAST(h.expended AS TEXT) END, ';'), '')
           FROM holding h WHERE h.tenant = v.column1 AND h.budget = v.column2 AND h.period = v.column3
             AND h.purchase_order > v.column4 AND h.purchase_order <= v.column5) AS text FROM ("
    );
    let rows = tx.write_returning(Bulk::over(head, 5, ") AS v WHERE v.column1 IS NOT NULL", places.map(row).collect())).await?;
    let held = |row: &Row| {
        let at = BudgetPeriod { budget: row.text("budget")?.into(), period: row.text("period")?.into() };
        Ok(Held { at, text: row.text_or_null("text")?.unwrap_or_default() })
    };
    rows.iter().map(held).collect()
}

/// The first row of a text: the order, then requested, committed, delivered and expended.
fn row_of<'t>(text: &mut &'t str) -> Option<(&'t str, Places)> {
    let order = netstring::next(text)?;
    let (amounts, behind) = text.split_once(';')?;
    *text = behind;
    let mut amounts = amounts.split(',').map(|amount| amount.parse().ok());
    let mut next = || amounts.next()?;
    let places = Places { requested: next()?, committed: next()?, delivered: next()?, expended: next()? };
    amounts.next().is_none().then_some((order, places))
}

/// Rows in which an order holds anything.
pub async fn count_holdings(tx: &mut Tx, tenant: &str) -> Result<u64> {
    let row = tx
        .sql(
            "SELECT count(*) AS n FROM holding WHERE tenant = $1
             AND (requested <> 0 OR committed <> 0 OR delivered <> 0 OR expended <> 0)",
        )
        .bind(tenant)
        .first()
        .await?;
    row.map_or(Ok(0), |row| row.int("n")).and_then(|n| u64::try_from(n).map_err(Error::internal))
}

/// Every holding of a tenant behind one, in the order of budget, period and order.
pub async fn all_holdings(tx: &mut Tx, tenant: &str, after: &(String, String, String), limit: u32) -> Result<Vec<Holding>> {
    let rows = tx
        .sql(
            "SELECT budget, period, purchase_order, requested, committed, delivered, expended FROM holding
             WHERE tenant = $1 AND (budget, period, purchase_order) > ($2, $3, $4) ORDER BY budget, period, purchase_order LIMIT $5",
        )
        .bind(tenant)
        .bind(&after.0)
        .bind(&after.1)
        .bind(&after.2)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(holding).collect()
}
