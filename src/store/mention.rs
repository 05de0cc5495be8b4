//! What entries of the journal are about beside their subject: questions that would otherwise have to read every entry find theirs here.
//! Written with the entries by the bookkeeper alone.

use super::journal::{self, Entry};
use super::{Bulk, Tx};
use crate::error::Result;

/// Topic and number of the entry.
pub fn insert(tenant: &str, mentions: &[(String, i64)]) -> Bulk {
    let rows = mentions.iter().map(|(topic, sequence)| vec![tenant.into(), topic.into(), (*sequence).into()]);
    Bulk::insert("mention", &["tenant", "topic", "sequence"], "", rows.collect())
}

/// The entries about a topic before a number, the newest first.
pub async fn entries(tx: &mut Tx, tenant: &str, topic: &str, before: i64, limit: u32) -> Result<Vec<Entry>> {
    let rows = tx
        .sql(
            "SELECT e.sequence, e.at, e.actor, e.kind, e.subject, e.cause, e.body, e.posting, e.hash
             FROM mention m JOIN entry e ON e.tenant = m.tenant AND e.sequence = m.sequence
             WHERE m.tenant = $1 AND m.topic = $2 AND m.sequence < $3 ORDER BY m.sequence DESC LIMIT $4",
        )
        .bind(tenant)
        .bind(topic)
        .bind(before)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(journal::entry).collect()
}
