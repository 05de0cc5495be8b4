//! Invoices and credit notes as they were issued: the document byte for byte and its amounts. Never changed afterwards.

use super::{Bulk, Row, Tx};
use crate::domain::invoice::Kind;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// Amounts in minor units of `currency`; `document` is UBL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    pub id: String,
    pub number: String,
    pub kind: Kind,
    pub supplier: String,
    /// The order it is about, or the first of several.
    pub order: String,
    /// The others, known only to who makes the invoice.
    pub more_orders: Vec<String>,
    pub issued_on: String,
    pub currency: String,
    pub net: i64,
    pub vat: i64,
    pub gross: i64,
    pub document: String,
    /// The number of the invoice that a credit note corrects.
    pub preceding: String,
    /// The run that made it.
    pub run: String,
}

impl Invoice {
    /// Every order it is about.
    pub fn orders(&self) -> impl Iterator<Item = &str> {
        [&self.order].into_iter().chain(&self.more_orders).map(String::as_str)
    }
}

fn invoice(row: &Row) -> Result<Invoice> {
    let kind = row.text("kind")?;
    Ok(Invoice {
        id: row.text("id")?,
        number: row.text("number")?,
        kind: Kind::parse(&kind).ok_or_else(|| Error::internal(format!("an invoice of kind {kind}")))?,
        supplier: row.text("supplier")?,
        order: row.text("purchase_order")?,
        more_orders: Vec::new(),
        issued_on: row.text("issued_on")?,
        currency: row.text("currency")?,
        net: row.int("net")?,
        vat: row.int("vat")?,
        gross: row.int("gross")?,
        document: row.text("document")?,
        preceding: row.text("preceding")?,
        run: row.text("run")?,
    })
}

/// The invoices, and which orders each is about.
pub fn insert(tenant: &str, invoices: &[Invoice], now: Timestamp) -> [Bulk; 2] {
    let rows = invoices.iter().map(|i| {
        vec![
            tenant.into(),
            (&i.id).into(),
            (&i.number).into(),
            i.kind.as_str().into(),
            (&i.supplier).into(),
            (&i.order).into(),
            (&i.issued_on).into(),
            (&i.currency).into(),
            i.net.into(),
            i.vat.into(),
            i.gross.into(),
            (&i.document).into(),
            "".into(),
            (&i.preceding).into(),
            (&i.run).into(),
            now.into(),
        ]
    });
    let columns = &[
        "tenant",
        "id",
        "number",
        "kind",
        "supplier",
        "purchase_order",
        "issued_on",
        "currency",
        "net",
        "vat",
        "gross",
        "document",
        "verdict",
        "preceding",
        "run",
        "issued_at",
    ];
    let orders = invoices.iter().flat_map(|i| i.orders().map(move |order| vec![tenant.into(), order.into(), (&i.id).into()]));
    [
        Bulk::insert("invoice", columns, "", rows.collect()),
        Bulk::insert("invoice_order", &["tenant", "purchase_order", "invoice"], "", orders.collect()),
    ]
}

pub async fn by_id(tx: &mut Tx, tenant: &str, id: &str) -> Result<Option<Invoice>> {
    let row = tx
        .sql("SELECT id, number, kind, supplier, purchase_order, issued_on, currency, net, vat, gross, document, preceding, run FROM invoice WHERE tenant = $1 AND id = $2")
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

pub async fn by_number(tx: &mut Tx, tenant: &str, number: &str) -> Result<Option<Invoice>> {
    let row = tx
        .sql(
            "SELECT id, number, kind, supplier, purchase_order, issued_on, currency, net, vat, gross, document, preceding, run FROM invoice
             WHERE tenant = $1 AND number = $2",
        )
        .bind(tenant)
        .bind(number)
        .first()
        .await?;
    row.as_ref().map(invoice).transpose()
}

/// Those about an order, the oldest first.
pub async fn of_order(tx: &mut Tx, tenant: &str, order: &str) -> Result<Vec<Invoice>> {
    let rows = tx
        .sql(
            "SELECT i.id, i.number, i.kind, i.supplier, i.purchase_order, i.issued_on, i.currency, i.net, i.vat, i.gross, i.document, i.preceding,
                    i.run
             FROM invoice_order o JOIN invoice i ON i.tenant = o.tenant AND i.id = o.invoice
             WHERE o.tenant = $1 AND o.purchase_order = $2 ORDER BY i.id LIMIT 100",
        )
        .bind(tenant)
        .bind(order)
        .all()
        .await?;
    rows.iter().map(invoice).collect()
}

/// Credit notes for an invoice, the oldest first.
pub async fn credits_of(tx: &mut Tx, tenant: &str, number: &str) -> Result<Vec<Invoice>> {
    let rows = tx
        .sql(
            "SELECT id, number, kind, supplier, purchase_order, issued_on, currency, net, vat, gross, document, preceding, run FROM invoice
             WHERE tenant = $1 AND preceding = $2 ORDER BY id LIMIT 100",
        )
        .bind(tenant)
        .bind(number)
        .all()
        .await?;
    rows.iter().map(invoice).collect()
}

/// Those of one supplier, the newest first.
pub async fn of_supplier(tx: &mut Tx, tenant: &str, supplier: &str, before: &str, limit: u32) -> Result<Vec<Invoice>> {
    let rows = tx
        .sql(
            "SELECT id, number, kind, supplier, purchase_order, issued_on, currency, net, vat, gross, document, preceding, run FROM invoice
             WHERE tenant = $1 AND supplier = $2 AND id < $3 ORDER BY id DESC LIMIT $4",
        )
        .bind(tenant)
        .bind(supplier)
        .bind(if before.is_empty() { "~" } else { before })
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(invoice).collect()
}

/// Newest first.
pub async fn of_tenant(tx: &mut Tx, tenant: &str, before: &str, limit: u32) -> Result<Vec<Invoice>> {
    let rows = tx
        .sql(
            "SELECT id, number, kind, supplier, purchase_order, issued_on, currency, net, vat, gross, document, preceding, run FROM invoice
             WHERE tenant = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        )
        .bind(tenant)
        .bind(if before.is_empty() { "~" } else { before })
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(invoice).collect()
}
