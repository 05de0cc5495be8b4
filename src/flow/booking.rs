//! Writes a journal entry with what it moves: the budget rows, the legs and the chain, in the caller's transaction.
//! The decision was made before; here nothing is judged.

use super::proving;
use crate::error::Result;
use crate::store::journal::{self, Entry, Head};
use crate::store::{Tx, budget};

/// Appends the entry and applies its moves to the cached budgets.
pub async fn book(tx: &mut Tx, tenant: &str, head: &Head, entry: &Entry) -> Result<Head> {
    for m in &entry.moves {
        let part = |place: &str| match (m.from == place, m.to == place) {
            (true, false) => -m.amount,
            (false, true) => m.amount,
            _ => 0,
        };
        budget::shift(tx, tenant, &m.budget, part("committed"), part("delivered"), part("expended")).await?;
    }
    let hash = proving::sha256(&journal::hashed_text(head.sequence + 1, entry, &head.hash));
    journal::append(tx, tenant, head, entry, &hash).await
}
