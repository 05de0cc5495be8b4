//! How an issued document went to its customer, channel by channel, to the end. Written by whoever sends and by whoever hears what became of it.

use super::{Bulk, Row, Tx};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// `state` is one of waiting, sent, delivered, failed, rejected, accepted, paid; `handle` is what the other side calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    pub tenant: String,
    pub invoice: String,
    pub channel: String,
    pub state: String,
    pub handle: String,
    pub said: String,
    pub changed_at: Timestamp,
}

fn sending(row: &Row) -> Result<Sending> {
    Ok(Sending {
        tenant: row.text("tenant")?,
        invoice: row.text("invoice")?,
        channel: row.text("channel")?,
        state: row.text("state")?,
        handle: row.text("handle")?,
        said: row.text("said")?,
        changed_at: row.time("changed_at")?,
    })
}

pub fn put(sendings: &[Sending]) -> Bulk {
    let rows = sendings.iter().map(|s| {
        vec![
            (&s.tenant).into(),
            (&s.invoice).into(),
            (&s.channel).into(),
            (&s.state).into(),
            (&s.handle).into(),
            (&s.said).into(),
            s.changed_at.into(),
        ]
    });
    let again = "ON CONFLICT (tenant, invoice, channel) DO UPDATE SET state = excluded.state, handle = excluded.handle, said = excluded.said, \
                 changed_at = excluded.changed_at";
    Bulk::insert("invoice_sending", &["tenant", "invoice", "channel", "state", "handle", "said", "changed_at"], again, rows.collect())
}

pub async fn of_invoice(tx: &mut Tx, tenant: &str, invoice: &str) -> Result<Vec<Sending>> {
    let rows = tx
        .sql("SELECT tenant, invoice, channel, state, handle, said, changed_at FROM invoice_sending WHERE tenant = $1 AND invoice = $2 ORDER BY channel")
        .bind(tenant)
        .bind(invoice)
        .all()
        .await?;
    rows.iter().map(sending).collect()
}

/// What was handed to a channel and is not known to have arrived, the longest ago first; over all tenants, as what is owed is.
pub async fn under_way(tx: &mut Tx, channel: &str, before: Timestamp, limit: u32) -> Result<Vec<Sending>> {
    let rows = tx
        .sql(
            "SELECT tenant, invoice, channel, state, handle, said, changed_at FROM invoice_sending
             WHERE channel = $1 AND state = 'sent' AND changed_at <= $2 ORDER BY changed_at, tenant, invoice LIMIT $3",
        )
        .bind(channel)
        .bind(before)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(sending).collect()
}
