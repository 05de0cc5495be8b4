//! Orders and their lines. A change goes through the order's version.

use serde_json::json as value;

use super::{Bulk, Row, Tx, json};
use crate::domain::money::{Currency, Money, Price};
use crate::domain::order::{Line, Order, State};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// An order with what stands beside it in its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub tenant: String,
    pub order: Order,
    pub placed_at: Timestamp,
    pub version: i64,
}

fn head(row: &Row) -> Result<Stored> {
    let currency = Currency::parse(&row.text("currency")?).unwrap_or(Currency::EUR);
    let state = row.text("state")?;
    Ok(Stored {
        tenant: row.text("tenant")?,
        order: Order {
            id: row.text("id")?,
            number: row.text("number")?,
            connection: row.text_or_null("connection")?,
            supplier: row.text("supplier")?,
            quote: row.text_or_null("quote")?,
            state: State::parse(&state).ok_or_else(|| Error::internal(format!("order state {state}")))?,
            net: Money::new(row.int("net")?, currency),
            ordered_by: row.text("ordered_by")?,
            lines: Vec::new(),
        },
        placed_at: row.time("placed_at")?,
        version: row.int("version")?,
    })
}

fn line(row: &Row, currency: Currency) -> Result<Line> {
    let options = json::parse(&row.text("options")?)?;
    Ok(Line {
        line: row.count("line")?,
        article: row.text("article")?,
        description: row.text("description")?,
        text: json::str_of(&options, "text").to_string(),
        quantity: row.decimal("quantity")?,
        unit: row.text("unit")?,
        price: Price { amount: row.decimal("price")?, per: row.count("price_quantity")?, currency },
        net: Money::new(row.int("net")?, currency),
        vat: row.decimal("vat")?,
        coding: json::read_coding(&json::parse(&row.text("coding")?)?),
        quote_line: row.int_or_null("quote_line")?.and_then(|n| u32::try_from(n).ok()),
        shipped: row.decimal("shipped")?,
        refused: row.decimal("refused")?,
        invoiced: row.decimal("invoiced")?,
        budget: row.text_or_null("budget")?,
        held: row.int("held")?,
    })
}

const LINE_COLUMNS: &[&str] = &[
    "tenant",
    "purchase_order",
    "line",
    "article",
    "description",
    "quantity",
    "unit",
    "price",
    "price_quantity",
    "net",
    "vat",
    "coding",
    "options",
    "quote_line",
    "shipped",
    "refused",
    "invoiced",
    "budget",
    "held",
];

pub async fn insert(tx: &mut Tx, tenant: &str, order: &Order, now: Timestamp) -> Result<()> {
    tx.sql(
        "INSERT INTO purchase_order (tenant, id, number, connection, supplier, quote, state, currency, net, ordered_by, placed_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)",
    )
    .bind(tenant)
    .bind(&order.id)
    .bind(&order.number)
    .bind(order.connection.clone())
    .bind(&order.supplier)
    .bind(order.quote.clone())
    .bind(order.state.as_str())
    .bind(order.net.currency.as_str())
    .bind(order.net.minor)
    .bind(&order.ordered_by)
    .bind(now)
    .run()
    .await?;
    let rows = order.lines.iter().map(|l| {
        vec![
            tenant.into(),
            (&order.id).into(),
            l.line.into(),
            (&l.article).into(),
            (&l.description).into(),
            l.quantity.to_string().into(),
            (&l.unit).into(),
            l.price.amount.to_string().into(),
            l.price.per.into(),
            l.net.minor.into(),
            l.vat.to_string().into(),
            json::coding(&l.coding).to_string().into(),
            value!({"text": l.text}).to_string().into(),
            l.quote_line.map(i64::from).into(),
            l.shipped.to_string().into(),
            l.refused.to_string().into(),
            l.invoiced.to_string().into(),
            l.budget.clone().into(),
            l.held.into(),
        ]
    });
    tx.write(vec![Bulk::insert("order_line", LINE_COLUMNS, "", rows.collect())]).await?;
    Ok(())
}

async fn with_lines(tx: &mut Tx, row: Option<Row>) -> Result<Option<Stored>> {
    let Some(row) = row else { return Ok(None) };
    let mut stored = head(&row)?;
    let rows = tx
        .sql(
            "SELECT line, article, description, quantity, unit, price, price_quantity, net, vat, coding, options, quote_line, shipped, refused,
               invoiced, budget, held
             FROM order_line WHERE tenant = $1 AND purchase_order = $2 ORDER BY line LIMIT 1000",
        )
        .bind(&stored.tenant)
        .bind(&stored.order.id)
        .all()
        .await?;
    let currency = stored.order.net.currency;
    stored.order.lines = rows.iter().map(|row| line(row, currency)).collect::<Result<_>>()?;
    Ok(Some(stored))
}

pub async fn by_number(tx: &mut Tx, tenant: &str, number: &str) -> Result<Option<Stored>> {
    let row = tx
        .sql(
            "SELECT tenant, id, number, connection, supplier, quote, state, currency, net, ordered_by, placed_at, version
             FROM purchase_order WHERE tenant = $1 AND number = $2",
        )
        .bind(tenant)
        .bind(number)
        .first()
        .await?;
    with_lines(tx, row).await
}

pub async fn by_id(tx: &mut Tx, tenant: &str, id: &str) -> Result<Option<Stored>> {
    let row = tx
        .sql(
            "SELECT tenant, id, number, connection, supplier, quote, state, currency, net, ordered_by, placed_at, version
             FROM purchase_order WHERE tenant = $1 AND id = $2",
        )
        .bind(tenant)
        .bind(id)
        .first()
        .await?;
    with_lines(tx, row).await
}

/// Newest first, without lines; of a tenant.
pub async fn of_tenant(tx: &mut Tx, tenant: &str, before: &str, limit: u32) -> Result<Vec<Stored>> {
    let rows = tx
        .sql(
            "SELECT tenant, id, number, connection, supplier, quote, state, currency, net, ordered_by, placed_at, version
             FROM purchase_order WHERE tenant = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        )
        .bind(tenant)
        .bind(if before.is_empty() { "~" } else { before })
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(head).collect()
}

/// Newest first, without lines; what a supplier got from all its buyers.
pub async fn of_supplier(tx: &mut Tx, supplier: &str, before: &str, limit: u32) -> Result<Vec<Stored>> {
    let rows = tx
        .sql(
            "SELECT tenant, id, number, connection, supplier, quote, state, currency, net, ordered_by, placed_at, version
             FROM purchase_order WHERE supplier = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        )
        .bind(supplier)
        .bind(if before.is_empty() { "~" } else { before })
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(head).collect()
}

/// Moves an order on; somebody who changed it meanwhile makes this a conflict.
pub async fn advance(tx: &mut Tx, stored: &Stored, state: State) -> Result<()> {
    let changed = tx
        .sql("UPDATE purchase_order SET state = $4, version = version + 1 WHERE tenant = $1 AND id = $2 AND version = $3")
        .bind(&stored.tenant)
        .bind(&stored.order.id)
        .bind(stored.version)
        .bind(state.as_str())
        .run()
        .await?;
    if changed == 1 { Ok(()) } else { Err(Error::Conflict(format!("order {} changed meanwhile", stored.order.number))) }
}

pub async fn update_line(tx: &mut Tx, stored: &Stored, l: &Line) -> Result<()> {
    tx.sql("UPDATE order_line SET shipped = $4, refused = $5, invoiced = $6, held = $7 WHERE tenant = $1 AND purchase_order = $2 AND line = $3")
        .bind(&stored.tenant)
        .bind(&stored.order.id)
        .bind(l.line)
        .bind(l.shipped.to_string())
        .bind(l.refused.to_string())
        .bind(l.invoiced.to_string())
        .bind(l.held)
        .run()
        .await?;
    Ok(())
}
