//! Lists a buyer keeps: cost centres, ledger accounts, NZI codes, projects, branches, purchase order codes.

use super::Tx;
use crate::error::Result;

/// One entry of a list; `kind` is a name of `domain::coding::Kind`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub kind: String,
    pub code: String,
    pub name: String,
}

pub async fn upsert(tx: &mut Tx, tenant: &str, entry: &Entry) -> Result<()> {
    tx.sql(
        "INSERT INTO code (tenant, kind, code, name, active) VALUES ($1, $2, $3, $4, 1)
         ON CONFLICT (tenant, kind, code) DO UPDATE SET name = excluded.name, active = 1",
    )
    .bind(tenant)
    .bind(&entry.kind)
    .bind(&entry.code)
    .bind(&entry.name)
    .run()
    .await?;
    Ok(())
}

pub async fn all(tx: &mut Tx, tenant: &str) -> Result<Vec<Entry>> {
    let rows =
        tx.sql("SELECT kind, code, name FROM code WHERE tenant = $1 AND active = 1 ORDER BY kind, code LIMIT 20000").bind(tenant).all().await?;
    rows.iter().map(|row| Ok(Entry { kind: row.text("kind")?, code: row.text("code")?, name: row.text("name")? })).collect()
}
