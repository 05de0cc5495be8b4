//! Orders as they went to their suppliers: which way, and exactly what was sent. Written with the outcome of the message that carried them;
//! nothing changes a row afterwards, and none holds a secret.

use super::{Bulk, Row, Tx};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// `id` is that of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub tenant: String,
    pub id: String,
    pub order: String,
    pub supplier: String,
    pub form: String,
    pub recipient: String,
    pub media_type: String,
    pub document: String,
    pub answer: String,
    pub sent_at: Timestamp,
}

fn delivery(row: &Row) -> Result<Delivery> {
    Ok(Delivery {
        tenant: row.text("tenant")?,
        id: row.text("id")?,
        order: row.text("order_id")?,
        supplier: row.text("supplier")?,
        form: row.text("form")?,
        recipient: row.text("recipient")?,
        media_type: row.text("media_type")?,
        document: row.text("document")?,
        answer: row.text("answer")?,
        sent_at: row.time("sent_at")?,
    })
}

/// A message that was sent twice, after a crash, is one delivery.
pub fn insert(deliveries: &[Delivery]) -> Bulk {
    let rows = deliveries.iter().map(|d| {
        vec![
            (&d.tenant).into(),
            (&d.id).into(),
            (&d.order).into(),
            (&d.supplier).into(),
            (&d.form).into(),
            (&d.recipient).into(),
            (&d.media_type).into(),
            (&d.document).into(),
            (&d.answer).into(),
            d.sent_at.into(),
        ]
    });
    let columns = &["tenant", "id", "order_id", "supplier", "form", "recipient", "media_type", "document", "answer", "sent_at"];
    Bulk::insert("order_delivery", columns, "ON CONFLICT (tenant, id) DO NOTHING", rows.collect())
}

/// The one that a message was.
pub async fn by_id(tx: &mut Tx, tenant: &str, id: &str) -> Result<Option<Delivery>> {
    let row = tx
        .sql(
            "SELECT tenant, id, order_id, supplier, form, recipient, media_type, document, answer, sent_at FROM order_delivery
             WHERE tenant = $1 AND id = $2",
        )
        .bind(tenant)
        .bind(id)
        .first()
        .await?;
    row.as_ref().map(delivery).transpose()
}

pub async fn of_order(tx: &mut Tx, tenant: &str, order: &str) -> Result<Vec<Delivery>> {
    let rows = tx
        .sql(
            "SELECT tenant, id, order_id, supplier, form, recipient, media_type, document, answer, sent_at FROM order_delivery
             WHERE tenant = $1 AND order_id = $2 ORDER BY id LIMIT 1000",
        )
        .bind(tenant)
        .bind(order)
        .all()
        .await?;
    rows.iter().map(delivery).collect()
}
