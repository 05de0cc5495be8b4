//! Invoices as they were issued: the document byte for byte and its amounts. Never changed afterwards.

use super::{Bulk, Row, Tx};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Amounts in minor units of `currency`; `document` is UBL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    pub id: String,
    pub number: String,
    pub order: String,
    pub issued_on: String,
    pub currency: String,
    pub net: i64,
    pub vat: i64,
    pub gross: i64,
    pub document: String,
}

fn invoice(row: &Row) -> Result<Invoice> {
    Ok(Invoice {
        id: row.text("id")?,
        number: row.text("number")?,
        order: row.text("purchase_order")?,
        issued_on: row.text("issued_on")?,
        currency: row.text("currency")?,
        net: row.int("net")?,
        vat: row.int("vat")?,
        gross: row.int("gross")?,
        document: row.text("document")?,
    })
}

pub fn insert(tenant: &str, invoices: &[Invoice], now: Timestamp) -> Bulk {
    let rows = invoices.iter().map(|i| {
        vec![
            tenant.into(),
            (&i.id).into(),
            (&i.number).into(),
            (&i.order).into(),
            (&i.issued_on).into(),
            (&i.currency).into(),
            i.net.into(),
            i.vat.into(),
            i.gross.into(),
            (&i.document).into(),
            "".into(),
            now.into(),
        ]
    });
    let columns = &["tenant", "id", "number", "purchase_order", "issued_on", "currency", "net", "vat", "gross", "document", "verdict", "issued_at"];
    Bulk::insert("invoice", columns, "", rows.collect())
}

pub async fn by_id(tx: &mut Tx, tenant: &str, id: &str) -> Result<Option<Invoice>> {
    let row = tx
        .sql("SELECT id, number, purchase_order, issued_on, currency, net, vat, gross, document FROM invoice WHERE tenant = $1 AND id = $2")
        .bind(tenant)
        .bind(id)
        .first()
        .await?;
    row.as_ref().map(invoice).transpose()
}

/// Numbers and ids of invoices by their numbers.
pub async fn ids(tx: &mut Tx, tenant: &str, numbers: &[&str]) -> Result<Vec<(String, String)>> {
    let rows = numbers.iter().map(|number| vec![tenant.into(), (*number).into()]).collect();
    let rows = tx.write_returning(Bulk::over("SELECT number, id FROM invoice WHERE (tenant, number) IN (", 2, ")", rows)).await?;
    rows.iter().map(|row| Ok((row.text("number")?, row.text("id")?))).collect()
}

pub async fn of_order(tx: &mut Tx, tenant: &str, order: &str) -> Result<Vec<Invoice>> {
    let rows = tx
        .sql(
            "SELECT id, number, purchase_order, issued_on, currency, net, vat, gross, document FROM invoice
             WHERE tenant = $1 AND purchase_order = $2 ORDER BY id LIMIT 100",
        )
        .bind(tenant)
        .bind(order)
        .all()
        .await?;
    rows.iter().map(invoice).collect()
}

/// Newest first.
pub async fn of_tenant(tx: &mut Tx, tenant: &str, before: &str, limit: u32) -> Result<Vec<Invoice>> {
    let rows = tx
        .sql(
            "SELECT id, number, purchase_order, issued_on, currency, net, vat, gross, document FROM invoice
             WHERE tenant = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        )
        .bind(tenant)
        .bind(if before.is_empty() { "~" } else { before })
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(invoice).collect()
}
