//! Files that a supplier puts to an order for its next invoice. Marked as gone by the bookkeeper, with the invoice that took them; the content
//! stands among the attachments. Never opened.

use super::{Bulk, Row, Tx};
use crate::domain::time::Timestamp;
use crate::error::Result;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceFile {
    pub tenant: String,
    pub order: String,
    pub name: String,
    pub media_type: String,
    pub sha256: String,
    pub bytes: i64,
    pub added_by: String,
    pub added_at: Timestamp,
    /// Number of the invoice that took it along; empty while it waits.
    pub invoice: String,
}

const COLUMNS: &[&str] = &["tenant", "purchase_order", "name", "media_type", "sha256", "bytes", "added_by", "added_at", "invoice"];

fn file(row: &Row) -> Result<InvoiceFile> {
    Ok(InvoiceFile {
        tenant: row.text("tenant")?,
        order: row.text("purchase_order")?,
        name: row.text("name")?,
        media_type: row.text("media_type")?,
        sha256: row.text("sha256")?,
        bytes: row.int("bytes")?,
        added_by: row.text("added_by")?,
        added_at: row.time("added_at")?,
        invoice: row.text("invoice")?,
    })
}

/// Writes files whole, new or known; one that was taken away while an invoice took it along is there again, for it went.
pub fn put(files: &[InvoiceFile]) -> Bulk {
    let rows = files.iter().map(|f| {
        vec![
            (&f.tenant).into(),
            (&f.order).into(),
            (&f.name).into(),
            (&f.media_type).into(),
            (&f.sha256).into(),
            f.bytes.into(),
            (&f.added_by).into(),
            f.added_at.into(),
            (&f.invoice).into(),
        ]
    });
    let again = "ON CONFLICT (tenant, purchase_order, name) DO UPDATE SET media_type = excluded.media_type, sha256 = excluded.sha256, \
                 bytes = excluded.bytes, added_by = excluded.added_by, added_at = excluded.added_at, invoice = excluded.invoice";
    Bulk::insert("invoice_file", COLUMNS, again, rows.collect())
}

/// The files of an order, by name.
pub async fn of_order(tx: &mut Tx, tenant: &str, order: &str) -> Result<Vec<InvoiceFile>> {
    let rows = tx
        .sql(
            "SELECT tenant, purchase_order, name, media_type, sha256, bytes, added_by, added_at, invoice FROM invoice_file
             WHERE tenant = $1 AND purchase_order = $2 ORDER BY name LIMIT 1000",
        )
        .bind(tenant)
        .bind(order)
        .all()
        .await?;
    rows.iter().map(file).collect()
}

/// Those that wait for an invoice at a tenant's orders of which one supplier has something to invoice, by order and name.
pub async fn waiting(tx: &mut Tx, tenant: &str, supplier: &str, limit: u32) -> Result<Vec<InvoiceFile>> {
    let rows = tx
        .sql(
            "SELECT f.tenant, f.purchase_order, f.name, f.media_type, f.sha256, f.bytes, f.added_by, f.added_at, f.invoice FROM invoice_file f
             JOIN purchase_order o ON o.tenant = f.tenant AND o.id = f.purchase_order
             WHERE f.tenant = $1 AND o.supplier = $2 AND o.to_invoice = 1 AND f.invoice = '' ORDER BY f.purchase_order, f.name LIMIT $3",
        )
        .bind(tenant)
        .bind(supplier)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(file).collect()
}

/// Takes one away that waits.
pub async fn remove(tx: &mut Tx, tenant: &str, order: &str, name: &str) -> Result<()> {
    let statement = tx.sql("DELETE FROM invoice_file WHERE tenant = $1 AND purchase_order = $2 AND name = $3 AND invoice = ''");
    statement.bind(tenant).bind(order).bind(name).run().await?;
    Ok(())
}
