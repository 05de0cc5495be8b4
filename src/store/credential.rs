//! Credentials of connections: hashes only, several valid at a time for rotation. Never holds or gives a secret.

use super::{Row, Tx};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// `kind` is `password` (typed by people, argon2id), `token` or `secret` (SHA-256 of a generated value).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub id: String,
    pub connection: String,
    pub organisation: String,
    pub user: String,
    pub kind: String,
    pub hash: String,
    pub note: String,
}

fn credential(row: &Row) -> Result<Credential> {
    Ok(Credential {
        id: row.text("id")?,
        connection: row.text("connection")?,
        organisation: row.text("organisation")?,
        user: row.text("user_name")?,
        kind: row.text("kind")?,
        hash: row.text("hash")?,
        note: row.text("note")?,
    })
}

pub async fn insert(tx: &mut Tx, tenant: &str, c: &Credential, now: Timestamp) -> Result<()> {
    tx.sql(
        "INSERT INTO credential (tenant, id, connection, organisation, user_name, kind, hash, note, created_at, ended_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL)",
    )
    .bind(tenant)
    .bind(&c.id)
    .bind(&c.connection)
    .bind(&c.organisation)
    .bind(&c.user)
    .bind(&c.kind)
    .bind(&c.hash)
    .bind(&c.note)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// The valid ones of a connection.
pub async fn of_connection(tx: &mut Tx, tenant: &str, connection: &str) -> Result<Vec<Credential>> {
    let rows = tx
        .sql(
            "SELECT id, connection, organisation, user_name, kind, hash, note FROM credential
             WHERE tenant = $1 AND connection = $2 AND ended_at IS NULL ORDER BY id LIMIT 1000",
        )
        .bind(tenant)
        .bind(connection)
        .all()
        .await?;
    rows.iter().map(credential).collect()
}

pub async fn end(tx: &mut Tx, tenant: &str, id: &str, now: Timestamp) -> Result<u64> {
    tx.sql("UPDATE credential SET ended_at = $3 WHERE tenant = $1 AND id = $2 AND ended_at IS NULL").bind(tenant).bind(id).bind(now).run().await
}
