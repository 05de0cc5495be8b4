//! Answers kept under the id the caller chose: the same id gives the same answer, the same id with other content is refused (P2).

use super::{Bulk, Tx};
use crate::domain::time::Timestamp;
use crate::error::Result;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    pub id: String,
    pub fingerprint: String,
    pub status: i64,
    pub answer: String,
}

/// The answers given under these ids; ids without one are left out.
pub async fn by_ids(tx: &mut Tx, tenant: &str, ids: &[&str]) -> Result<Vec<Answered>> {
    let rows = ids.iter().map(|id| vec![tenant.into(), (*id).into()]).collect();
    let head = "SELECT id, fingerprint, status, answer FROM command WHERE (tenant, id) IN (";
    let rows = tx.write_returning(Bulk::over(head, 2, ")", rows)).await?;
    let answered = |row: &super::Row| {
        Ok(Answered { id: row.text("id")?, fingerprint: row.text("fingerprint")?, status: row.int("status")?, answer: row.text("answer")? })
    };
    rows.iter().map(answered).collect()
}

/// Touches what was answered under these ids.
pub fn under(tenant: &str, ids: &[&str]) -> Bulk {
    let rows = ids.iter().map(|id| vec![tenant.into(), (*id).into()]).collect();
    Bulk::over("UPDATE command SET id = id FROM (", 2, ") AS v WHERE command.tenant = v.column1 AND command.id = v.column2", rows)
}

pub fn insert(tenant: &str, answers: &[Answered], now: Timestamp) -> Bulk {
    let rows = answers
        .iter()
        .map(|a| vec![tenant.into(), (&a.id).into(), (&a.fingerprint).into(), now.into(), a.status.into(), (&a.answer).into()])
        .collect();
    Bulk::insert("command", &["tenant", "id", "fingerprint", "at", "status", "answer"], "", rows)
}
