//! Documents received, kept as received with the answer they got (design, section 5).

use super::{Bulk, Tx};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// A document as it came, and its answer.
#[derive(Clone, Debug)]
pub struct Received {
    pub id: String,
    pub channel: &'static str,
    pub hash: String,
    pub media_type: &'static str,
    pub document: Vec<u8>,
    pub at: Timestamp,
    pub status: i64,
    pub answer: String,
}

pub fn insert(tenant: &str, received: &[Received]) -> Bulk {
    let rows = received.iter().map(|r| {
        vec![
            tenant.into(),
            (&r.id).into(),
            r.channel.into(),
            (&r.hash).into(),
            r.at.into(),
            r.media_type.into(),
            r.document.clone().into(),
            r.status.into(),
            (&r.answer).into(),
        ]
    });
    let columns = &["tenant", "id", "channel", "hash", "received_at", "media_type", "document", "status", "answer"];
    Bulk::insert("inbox", columns, "", rows.collect())
}

/// How often a document with this hash came, and what it was answered, newest first.
pub async fn by_hash(tx: &mut Tx, tenant: &str, channel: &str, hash: &str) -> Result<Vec<(i64, String)>> {
    let rows = tx
        .sql("SELECT status, answer FROM inbox WHERE tenant = $1 AND channel = $2 AND hash = $3 ORDER BY id DESC LIMIT 100")
        .bind(tenant)
        .bind(channel)
        .bind(hash)
        .all()
        .await?;
    rows.iter().map(|row| Ok((row.int("status")?, row.text("answer")?))).collect()
}

/// What a document was answered, once it was looked at.
pub fn answer(tenant: &str, id: &str, status: i64, answer: &str) -> Bulk {
    let row = vec![tenant.into(), id.into(), status.into(), answer.into()];
    let head = "UPDATE inbox SET status = v.column3, answer = v.column4 FROM (";
    Bulk::over(head, 4, ") AS v WHERE inbox.tenant = v.column1 AND inbox.id = v.column2", vec![row])
}

/// A document as it came, and its kind.
pub async fn document(tx: &mut Tx, tenant: &str, id: &str) -> Result<Option<(String, Vec<u8>)>> {
    let row = tx.sql("SELECT media_type, document FROM inbox WHERE tenant = $1 AND id = $2").bind(tenant).bind(id).first().await?;
    row.map(|row| Ok((row.text("media_type")?, row.bytes("document")?))).transpose()
}
