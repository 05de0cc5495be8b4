//! Signing keys of API tokens and the tokens that were revoked before their time. Keys are the installation's, not a tenant's.

use super::{Row, Tx};
use crate::domain::time::Timestamp;
use crate::error::Result;

pub struct Key {
    pub id: String,
    pub secret: Vec<u8>,
    pub created_at: Timestamp,
}

fn read(row: &Row) -> Result<Key> {
    Ok(Key { id: row.text("id")?, secret: row.bytes("secret")?, created_at: row.time("created_at")? })
}

pub async fn insert_key(tx: &mut Tx, key: &Key) -> Result<()> {
    tx.sql("INSERT INTO signing_key (id, secret, created_at, retired_at) VALUES ($1, $2, $3, NULL)")
        .bind(&key.id)
        .bind(key.secret.clone())
        .bind(key.created_at)
        .run()
        .await?;
    Ok(())
}

pub async fn newest_key(tx: &mut Tx) -> Result<Option<Key>> {
    let row = tx.sql("SELECT id, secret, created_at FROM signing_key WHERE retired_at IS NULL ORDER BY id DESC LIMIT 1").first().await?;
    row.as_ref().map(read).transpose()
}

pub async fn key(tx: &mut Tx, id: &str) -> Result<Option<Key>> {
    let row = tx.sql("SELECT id, secret, created_at FROM signing_key WHERE id = $1 AND retired_at IS NULL").bind(id).first().await?;
    row.as_ref().map(read).transpose()
}

pub async fn revoke(tx: &mut Tx, id: &str, now: Timestamp) -> Result<()> {
    tx.sql("INSERT INTO revoked_token (id, at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING").bind(id).bind(now).run().await?;
    Ok(())
}

pub async fn is_revoked(tx: &mut Tx, id: &str) -> Result<bool> {
    Ok(tx.sql("SELECT id FROM revoked_token WHERE id = $1").bind(id).first().await?.is_some())
}

/// Forgets tokens that were revoked before a time at which every token of then had ended anyway.
pub async fn expire(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.sql("DELETE FROM revoked_token WHERE at < $1").bind(before).run().await
}
