//! What stood on every budget after some entries of the journal, so that no past moment is further away than the entries since one of them.
//! Written with the entries by the bookkeeper alone. What can be worked out again is not proof: the journal is.

use super::{Bulk, Tx};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// The books after an entry, as the text of an entry that gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub sequence: i64,
    pub at: Timestamp,
    pub body: String,
}

pub fn insert(tenant: &str, snapshots: &[Snapshot]) -> Bulk {
    let rows = snapshots.iter().map(|one| vec![tenant.into(), one.sequence.into(), one.at.into(), (&one.body).into()]);
    Bulk::insert("snapshot", &["tenant", "sequence", "at", "body"], "", rows.collect())
}

/// The last one that was taken by a moment.
pub async fn by_moment(tx: &mut Tx, tenant: &str, at: Timestamp) -> Result<Option<Snapshot>> {
    let row = tx
        .sql("SELECT sequence, at, body FROM snapshot WHERE tenant = $1 AND at <= $2 ORDER BY at DESC, sequence DESC LIMIT 1")
        .bind(tenant)
        .bind(at)
        .first()
        .await?;
    row.map(|row| Ok(Snapshot { sequence: row.int("sequence")?, at: row.time("at")?, body: row.text("body")? })).transpose()
}
