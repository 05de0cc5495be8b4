//! Documents received, kept as received before anything looks at them (design, section 5).

use super::Tx;
use crate::domain::time::Timestamp;
use crate::error::Result;

pub struct Received<'d> {
    pub id: &'d str,
    pub channel: &'d str,
    pub hash: &'d str,
    pub media_type: &'d str,
    pub document: &'d [u8],
}

pub async fn insert(tx: &mut Tx, tenant: &str, received: &Received<'_>, now: Timestamp) -> Result<()> {
    tx.sql("INSERT INTO inbox (tenant, id, channel, hash, received_at, media_type, document, status, answer) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL)")
        .bind(tenant)
        .bind(received.id)
        .bind(received.channel)
        .bind(received.hash)
        .bind(now)
        .bind(received.media_type)
        .bind(received.document.to_vec())
        .run()
        .await?;
    Ok(())
}

/// Notes the answer that was given.
pub async fn answered(tx: &mut Tx, tenant: &str, id: &str, status: i64, answer: &str) -> Result<()> {
    tx.sql("UPDATE inbox SET status = $3, answer = $4 WHERE tenant = $1 AND id = $2").bind(tenant).bind(id).bind(status).bind(answer).run().await?;
    Ok(())
}
