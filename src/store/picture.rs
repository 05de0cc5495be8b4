//! Pictures an organisation brought, by the hash of what it sent. Only the one that brought it is named; who may see it is decided in `flow`.

use super::Tx;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// One picture in one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub kind: String,
    pub bytes: Vec<u8>,
}

/// A picture that is there already stays as it is: the same content makes the same picture.
pub async fn insert(tx: &mut Tx, tenant: &str, hash: &str, kind: &str, small: Vec<u8>, large: Vec<u8>, now: Timestamp) -> Result<()> {
    tx.sql(
        "INSERT INTO picture (tenant, hash, kind, small, large, made_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant, hash) DO NOTHING",
    )
    .bind(tenant)
    .bind(hash)
    .bind(kind)
    .bind(small)
    .bind(large)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// The small or the large one.
pub async fn by_hash(tx: &mut Tx, tenant: &str, hash: &str, large: bool) -> Result<Option<Stored>> {
    let text = match large {
        true => "SELECT kind, large AS bytes FROM picture WHERE tenant = $1 AND hash = $2",
        false => "SELECT kind, small AS bytes FROM picture WHERE tenant = $1 AND hash = $2",
    };
    let row = tx.sql(text).bind(tenant).bind(hash).first().await?;
    row.map(|row| Ok(Stored { kind: row.text("kind")?, bytes: row.bytes("bytes")? })).transpose()
}

/// Lets an article of a catalogue show a picture; `None` takes it away.
pub async fn show(tx: &mut Tx, catalogue: &str, article: &str, hash: Option<&str>) -> Result<()> {
    tx.sql("DELETE FROM article_picture WHERE catalogue = $1 AND article = $2").bind(catalogue).bind(article).run().await?;
    if let Some(hash) = hash {
        let statement = tx.sql("INSERT INTO article_picture (catalogue, article, hash) VALUES ($1, $2, $3)");
        statement.bind(catalogue).bind(article).bind(hash).run().await?;
    }
    Ok(())
}

/// Article and hash, for all articles of a catalogue that show one.
pub async fn of_catalogue(tx: &mut Tx, catalogue: &str) -> Result<Vec<(String, String)>> {
    let rows = tx.sql("SELECT article, hash FROM article_picture WHERE catalogue = $1").bind(catalogue).all().await?;
    rows.iter().map(|row| Ok((row.text("article")?, row.text("hash")?))).collect()
}

/// The logo a buyer wants on its cards.
pub async fn logo(tx: &mut Tx, tenant: &str) -> Result<Option<String>> {
    let row = tx.sql("SELECT hash FROM buyer_logo WHERE tenant = $1").bind(tenant).first().await?;
    row.map(|row| row.text("hash")).transpose()
}

/// The logo a supplier wants on its papers.
pub async fn paper_logo(tx: &mut Tx, tenant: &str) -> Result<Option<String>> {
    let row = tx.sql("SELECT hash FROM paper_logo WHERE tenant = $1").bind(tenant).first().await?;
    row.map(|row| row.text("hash")).transpose()
}

/// `None` takes it away.
pub async fn set_paper_logo(tx: &mut Tx, tenant: &str, hash: Option<&str>) -> Result<()> {
    tx.sql("DELETE FROM paper_logo WHERE tenant = $1").bind(tenant).run().await?;
    if let Some(hash) = hash {
        tx.sql("INSERT INTO paper_logo (tenant, hash) VALUES ($1, $2)").bind(tenant).bind(hash).run().await?;
    }
    Ok(())
}

pub async fn set_logo(tx: &mut Tx, tenant: &str, hash: &str) -> Result<()> {
    let statement = tx.sql("INSERT INTO buyer_logo (tenant, hash) VALUES ($1, $2) ON CONFLICT (tenant) DO UPDATE SET hash = excluded.hash");
    statement.bind(tenant).bind(hash).run().await?;
    Ok(())
}
