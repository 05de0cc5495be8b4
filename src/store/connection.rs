//! Connections as stored: the address (unique over all tenants), its tenant, and the settings as JSON.

use super::{Row, Tx};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// A row. The settings text is read and written by `wire::settings`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub name: String,
    pub tenant: String,
    pub catalogue: String,
    pub settings: String,
    pub version: i64,
}

fn stored(row: &Row) -> Result<Stored> {
    Ok(Stored {
        name: row.text("name")?,
        tenant: row.text("tenant")?,
        catalogue: row.text("catalogue")?,
        settings: row.text("settings")?,
        version: row.int("version")?,
    })
}

/// Writes a connection over the version that was read (0: there was none); what somebody else wrote meanwhile is a conflict.
pub async fn upsert(tx: &mut Tx, c: &Stored, now: Timestamp) -> Result<()> {
    let statement = tx.sql(
        "INSERT INTO connection (name, tenant, catalogue, settings, version, changed_at) VALUES ($1, $2, $3, $4, 1, $5)
         ON CONFLICT (name) DO UPDATE SET catalogue = excluded.catalogue, settings = excluded.settings,
           version = connection.version + 1, changed_at = excluded.changed_at
         WHERE connection.tenant = excluded.tenant AND connection.version = $6",
    );
    let changed = statement.bind(&c.name).bind(&c.tenant).bind(&c.catalogue).bind(&c.settings).bind(now).bind(c.version).run().await?;
    if changed == 1 { Ok(()) } else { Err(Error::Conflict(format!("connection {} changed meanwhile", c.name))) }
}

pub async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<Stored>> {
    let row = tx.sql("SELECT name, tenant, catalogue, settings, version FROM connection WHERE name = $1").bind(name).first().await?;
    row.as_ref().map(stored).transpose()
}

pub async fn of_tenant(tx: &mut Tx, tenant: &str) -> Result<Vec<Stored>> {
    let statement = tx.sql("SELECT name, tenant, catalogue, settings, version FROM connection WHERE tenant = $1 ORDER BY name LIMIT 1000");
    statement.bind(tenant).all().await?.iter().map(stored).collect()
}

pub async fn all(tx: &mut Tx) -> Result<Vec<Stored>> {
    let rows = tx.sql("SELECT name, tenant, catalogue, settings, version FROM connection ORDER BY name LIMIT 10000").all().await?;
    rows.iter().map(stored).collect()
}
