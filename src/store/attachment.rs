//! Files that came with an order, by the hash of their content: the same file is kept once. Never opened, and never shown as a page.

use super::{Bulk, Tx};
use crate::domain::time::Timestamp;
use crate::error::Result;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub sha256: String,
    pub media_type: String,
    pub content: Vec<u8>,
}

/// What is there already stays.
pub fn insert(tenant: &str, attachments: &[Attachment], now: Timestamp) -> Bulk {
    let rows = attachments.iter().map(|a| vec![tenant.into(), (&a.sha256).into(), (&a.media_type).into(), a.content.clone().into(), now.into()]);
    let columns = &["tenant", "sha256", "media_type", "content", "received_at"];
    Bulk::insert("attachment", columns, "ON CONFLICT (tenant, sha256) DO NOTHING", rows.collect())
}

pub async fn by_hash(tx: &mut Tx, tenant: &str, sha256: &str) -> Result<Option<Attachment>> {
    let row =
        tx.sql("SELECT sha256, media_type, content FROM attachment WHERE tenant = $1 AND sha256 = $2").bind(tenant).bind(sha256).first().await?;
    row.map(|row| Ok(Attachment { sha256: row.text("sha256")?, media_type: row.text("media_type")?, content: row.bytes("content")? })).transpose()
}
