//! What left the house for an order, shipment by shipment. Written by the bookkeeper with the entry that books it; all that changes after is that
//! it was withdrawn.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Bulk, Row, Tx};
use crate::domain::fulfilment::Source;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// The longest name of a carrier, tracking number or number of the supplier's own.
pub const WORD_MAX: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipment {
    pub tenant: String,
    pub order: String,
    /// Counted from 1 within its order.
    pub number: i64,
    pub shipped_at: Timestamp,
    pub source: Source,
    /// The supplier's own number of it.
    pub reference: String,
    pub carrier: String,
    pub tracking: String,
    /// Line and how many of it.
    pub lines: Vec<(u32, Decimal)>,
    /// The number under which the buyer's system was told of it; empty where it was not.
    pub notice: String,
    /// When its supplier took it back.
    pub withdrawn_at: Option<Timestamp>,
}

impl Shipment {
    pub fn is_withdrawn(&self) -> bool {
        self.withdrawn_at.is_some()
    }
}

fn shipment(row: &Row) -> Result<Shipment> {
    let source = row.text("source")?;
    let lines = super::json::parse(&row.text("lines")?)?;
    let line = |line: &Value| {
        let number = line.get(0).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
        let quantity = line.get(1).and_then(Value::as_str).and_then(|quantity| quantity.parse().ok());
        number.zip(quantity).ok_or_else(|| Error::internal("a stored shipment's line"))
    };
    Ok(Shipment {
        tenant: row.text("tenant")?,
        order: row.text("purchase_order")?,
        number: row.int("number")?,
        shipped_at: row.time("shipped_at")?,
        source: Source::parse(&source).ok_or_else(|| Error::internal(format!("source {source}")))?,
        reference: row.text("reference")?,
        carrier: row.text("carrier")?,
        tracking: row.text("tracking")?,
        lines: lines.as_array().into_iter().flatten().map(line).collect::<Result<_>>()?,
        notice: row.text("notice")?,
        withdrawn_at: row.int_or_null("withdrawn_at")?.map(Timestamp),
    })
}

/// New ones, and those that are withdrawn; each at most once.
pub fn put(shipments: &[Shipment]) -> Bulk {
    let rows = shipments.iter().map(|s| {
        let lines: Value = s.lines.iter().map(|(line, quantity)| json!([line, quantity.to_string()])).collect();
        vec![
            (&s.tenant).into(),
            (&s.order).into(),
            s.number.into(),
            s.shipped_at.into(),
            s.source.as_str().into(),
            (&s.reference).into(),
            (&s.carrier).into(),
            (&s.tracking).into(),
            lines.to_string().into(),
            (&s.notice).into(),
            s.withdrawn_at.map(|at| at.0).into(),
        ]
    });
    let columns =
        &["tenant", "purchase_order", "number", "shipped_at", "source", "reference", "carrier", "tracking", "lines", "notice", "withdrawn_at"];
    let tail = "ON CONFLICT (tenant, purchase_order, number) DO UPDATE SET withdrawn_at = excluded.withdrawn_at";
    Bulk::insert("shipment", columns, tail, rows.collect())
}

/// The shipments of a tenant's orders of which one supplier has something to invoice, by order, the first first.
pub async fn to_invoice(tx: &mut Tx, tenant: &str, supplier: &str, limit: u32) -> Result<Vec<Shipment>> {
    let rows = tx
        .sql(
            "SELECT s.* FROM shipment s JOIN purchase_order o ON o.tenant = s.tenant AND o.id = s.purchase_order
             WHERE s.tenant = $1 AND o.supplier = $2 AND o.to_invoice = 1 AND s.withdrawn_at IS NULL ORDER BY s.purchase_order, s.number LIMIT $3",
        )
        .bind(tenant)
        .bind(supplier)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(shipment).collect()
}

/// The shipments of an order, the first first, those that were withdrawn among them.
pub async fn of_order(tx: &mut Tx, tenant: &str, order: &str) -> Result<Vec<Shipment>> {
    let rows = tx
        .sql("SELECT s.* FROM shipment s WHERE s.tenant = $1 AND s.purchase_order = $2 ORDER BY s.number LIMIT 1000")
        .bind(tenant)
        .bind(order)
        .all()
        .await?;
    rows.iter().map(shipment).collect()
}

/// The shipments of a supplier to a tenant that it told one way under a number of its own, by order, those that were withdrawn among them.
pub async fn by_reference(tx: &mut Tx, tenant: &str, supplier: &str, reference: &str, source: Source) -> Result<Vec<Shipment>> {
    let rows = tx
        .sql(
            "SELECT s.* FROM shipment s JOIN purchase_order o ON o.tenant = s.tenant AND o.id = s.purchase_order
             WHERE s.tenant = $1 AND s.reference = $2 AND s.reference <> '' AND o.supplier = $3 AND s.source = $4
             ORDER BY s.purchase_order, s.number LIMIT 1000",
        )
        .bind(tenant)
        .bind(reference)
        .bind(supplier)
        .bind(source.as_str())
        .all()
        .await?;
    rows.iter().map(shipment).collect()
}
