//! Invoices that may not be booked yet, with the reason and since when (budgets-and-orders, chapters 9 and 12). One for each order; written by
//! the bookkeeper alone. Holds no document: what was not booked was not issued.

use serde_json::{Value, json};

use super::json::{parse, str_of};
use super::{Bulk, Row, Tx};
use crate::domain::books::BudgetPeriod;
use crate::domain::books::entry::{Code, Outcome, Over, Refusal};
use crate::domain::time::Timestamp;
use crate::error::Result;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Id of the order.
    pub order: String,
    pub refusal: Refusal,
    /// What the invoice would come to, in minor units of the order's currency.
    pub gross: i64,
    /// Since when, and when it was last tried.
    pub held_at: Timestamp,
    pub tried_at: Timestamp,
}

/// A held invoice beside its order's number and supplier.
#[derive(Clone, Debug)]
pub struct Listed {
    pub held: Held,
    pub number: String,
    pub supplier: String,
}

/// Most that one look gives.
pub const LISTED_MAX: u32 = 500;

fn short_json(over: &Over) -> Value {
    json!({"budget": &*over.at.budget, "period": &*over.at.period, "short": over.short})
}

fn read_short(value: &Value) -> Over {
    let short = value.get("short").and_then(Value::as_i64).unwrap_or_default();
    Over { at: BudgetPeriod::new(str_of(value, "budget"), str_of(value, "period")), short }
}

fn listed(row: &Row) -> Result<Listed> {
    let short = parse(&row.text("short")?)?;
    let refusal = Refusal {
        code: Code::parse(&row.text("code")?).unwrap_or(Code::CeilingReached),
        over: short.as_array().into_iter().flatten().map(read_short).collect(),
        what: row.text("what")?,
        outcome: Outcome::Held,
    };
    let held = Held {
        order: row.text("purchase_order")?,
        refusal,
        gross: row.int("gross")?,
        held_at: row.time("held_at")?,
        tried_at: row.time("tried_at")?,
    };
    Ok(Listed { held, number: row.text("number")?, supplier: row.text("supplier")? })
}

/// Holds invoices. One that is held already keeps the time since when.
pub fn put(tenant: &str, held: &[Held]) -> Bulk {
    let rows = held.iter().map(|h| {
        let short: Value = h.refusal.over.iter().map(short_json).collect();
        vec![
            tenant.into(),
            (&h.order).into(),
            h.refusal.code.as_str().into(),
            (&h.refusal.what).into(),
            short.to_string().into(),
            h.gross.into(),
            h.held_at.into(),
            h.tried_at.into(),
        ]
    });
    let columns = &["tenant", "purchase_order", "code", "what", "short", "gross", "held_at", "tried_at"];
    let again = "ON CONFLICT (tenant, purchase_order) DO UPDATE SET code = excluded.code, what = excluded.what, short = excluded.short, \
                 gross = excluded.gross, tried_at = excluded.tried_at";
    Bulk::insert("held_invoice", columns, again, rows.collect())
}

/// The invoices of these orders are held no longer.
pub fn release(tenant: &str, orders: &[&str]) -> Bulk {
    let rows = orders.iter().map(|order| vec![tenant.into(), (*order).into()]).collect();
    Bulk::over("DELETE FROM held_invoice WHERE (tenant, purchase_order) IN (SELECT v.column1, v.column2 FROM (", 2, ") AS v)", rows)
}

/// What is held of a buyer, the oldest first.
pub async fn of_tenant(tx: &mut Tx, tenant: &str) -> Result<Vec<Listed>> {
    let rows = tx
        .sql(
            "SELECT h.purchase_order, h.code, h.what, h.short, h.gross, h.held_at, h.tried_at, o.number, o.supplier
             FROM held_invoice h JOIN purchase_order o ON o.tenant = h.tenant AND o.id = h.purchase_order
             WHERE h.tenant = $1 ORDER BY h.held_at, h.purchase_order LIMIT $2",
        )
        .bind(tenant)
        .bind(LISTED_MAX)
        .all()
        .await?;
    rows.iter().map(listed).collect()
}
