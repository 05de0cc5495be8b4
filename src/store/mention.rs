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

/// How many entries [`entries`] gives at most.
pub const PAGE: usize = 51;

/// The entries about any of some topics before a number, the newest first.
pub async fn entries(tx: &mut Tx, tenant: &str, topics: &[String], before: i64) -> Result<Vec<Entry>> {
    let rows = topics.iter().map(|topic| vec![tenant.into(), topic.into(), before.into()]).collect();
    let head = "SELECT sequence, at, actor, kind, subject, cause, body, posting, hash FROM entry WHERE (tenant, sequence) IN
                  (SELECT DISTINCT m.tenant, m.sequence FROM (";
    let tail = ") AS v JOIN mention m ON m.tenant = v.column1 AND m.topic = v.column2 AND m.sequence < v.column3
                ORDER BY m.sequence DESC LIMIT 51) ORDER BY sequence DESC";
    let rows = tx.write_returning(Bulk::over(head, 3, tail, rows)).await?;
    let mut entries: Vec<Entry> = rows.iter().map(journal::entry).collect::<Result<_>>()?;
    entries.sort_by_key(|entry| -entry.sequence);
    entries.dedup_by_key(|entry| entry.sequence);
    entries.truncate(PAGE);
    Ok(entries)
}
