//! Buyers, suppliers and the operator. A buyer is a tenant: it gets its ledger with its row.

use super::{Row, Tx, json};
use crate::domain::name::Language;
use crate::domain::time::ZONE;
use crate::error::Result;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    pub id: String,
    pub kind: String,
    pub name: String,
    pub language: Language,
    pub currency: String,
    /// JSON: address, VAT number, electronic address, webhook and mail of suppliers.
    pub settings: String,
}

fn organisation(row: &Row) -> Result<Organisation> {
    Ok(Organisation {
        id: row.text("id")?,
        kind: row.text("kind")?,
        name: row.text("name")?,
        language: Language::from_tag(&row.text("language")?).unwrap_or_default(),
        currency: row.text("currency")?,
        settings: row.text("settings")?,
    })
}

pub async fn upsert(tx: &mut Tx, o: &Organisation) -> Result<()> {
    tx.sql(
        "INSERT INTO organisation (id, kind, name, language, currency, settings) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, language = excluded.language, currency = excluded.currency, settings = excluded.settings",
    )
    .bind(&o.id)
    .bind(&o.kind)
    .bind(&o.name)
    .bind(o.language.as_str())
    .bind(&o.currency)
    .bind(&o.settings)
    .run()
    .await?;
    tx.sql("INSERT INTO ledger (tenant, head, hash, settings) VALUES ($1, 0, '', '') ON CONFLICT (tenant) DO NOTHING").bind(&o.id).run().await?;
    Ok(())
}

pub async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<Organisation>> {
    let row = tx.sql("SELECT id, kind, name, language, currency, settings FROM organisation WHERE id = $1").bind(id).first().await?;
    row.as_ref().map(organisation).transpose()
}

/// The same, which nobody else changes until this transaction ends.
pub async fn held(tx: &mut Tx, id: &str) -> Result<Option<Organisation>> {
    tx.sql("UPDATE organisation SET name = name WHERE id = $1").bind(id).run().await?;
    by_id(tx, id).await
}

/// The time zone in which an organisation reads moments.
pub async fn time_zone(tx: &mut Tx, id: &str) -> Result<String> {
    let settings = by_id(tx, id).await?.map(|o| json::parse(&o.settings)).transpose()?.unwrap_or_default();
    let zone = json::str_of(&settings, "time_zone");
    Ok(if zone.is_empty() { ZONE } else { zone }.to_string())
}

pub async fn all(tx: &mut Tx) -> Result<Vec<Organisation>> {
    let rows = tx.sql("SELECT id, kind, name, language, currency, settings FROM organisation ORDER BY id LIMIT 10000").all().await?;
    rows.iter().map(organisation).collect()
}
