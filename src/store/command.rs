//! Answers kept under the id the caller chose: the same id gives the same answer, the same id with other content is refused (P2).

use super::Tx;
use crate::domain::time::Timestamp;
use crate::error::Result;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    pub fingerprint: String,
    pub status: i64,
    pub answer: String,
}

pub async fn by_id(tx: &mut Tx, tenant: &str, id: &str) -> Result<Option<Answered>> {
    let row = tx.sql("SELECT fingerprint, status, answer FROM command WHERE tenant = $1 AND id = $2").bind(tenant).bind(id).first().await?;
    row.map(|row| Ok(Answered { fingerprint: row.text("fingerprint")?, status: row.int("status")?, answer: row.text("answer")? })).transpose()
}

pub async fn insert(tx: &mut Tx, tenant: &str, id: &str, answered: &Answered, now: Timestamp) -> Result<()> {
    tx.sql("INSERT INTO command (tenant, id, fingerprint, at, status, answer) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(tenant)
        .bind(id)
        .bind(&answered.fingerprint)
        .bind(now)
        .bind(answered.status)
        .bind(&answered.answer)
        .run()
        .await?;
    Ok(())
}
