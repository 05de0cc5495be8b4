//! Runs of the catalogue download: the items of the first page's moment, so that later pages fit.

use super::{Bulk, Tx};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// The number of items of a run that was started, if it was.
pub async fn items(tx: &mut Tx, tenant: &str, connection: &str, run: &str) -> Result<Option<i64>> {
    let row = tx
        .sql("SELECT items FROM download WHERE tenant = $1 AND connection = $2 AND run = $3")
        .bind(tenant)
        .bind(connection)
        .bind(run)
        .first()
        .await?;
    row.map(|row| row.int("items")).transpose()
}

/// Keeps a run. A second caller with the same run loses the race and reads the first one's items.
pub async fn start(tx: &mut Tx, tenant: &str, connection: &str, run: &str, items: &[String], now: Timestamp) -> Result<()> {
    let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let fresh = tx
        .sql("INSERT INTO download (tenant, connection, run, started_at, items) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, connection, run) DO NOTHING")
        .bind(tenant)
        .bind(connection)
        .bind(run)
        .bind(now)
        .bind(count)
        .run()
        .await?;
    if fresh == 0 {
        return Ok(());
    }
    let rows = (0i64..).zip(items).map(|(position, item)| vec![tenant.into(), connection.into(), run.into(), position.into(), item.into()]).collect();
    tx.write(vec![Bulk::insert("download_item", &["tenant", "connection", "run", "position", "item"], "", rows)]).await?;
    Ok(())
}

pub async fn page(tx: &mut Tx, tenant: &str, connection: &str, run: &str, first: u64, size: u64) -> Result<Vec<String>> {
    let first = i64::try_from(first).unwrap_or(i64::MAX);
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let rows = tx
        .sql(
            "SELECT item FROM download_item WHERE tenant = $1 AND connection = $2 AND run = $3 AND position >= $4 AND position < $5
             ORDER BY position LIMIT 1000",
        )
        .bind(tenant)
        .bind(connection)
        .bind(run)
        .bind(first)
        .bind(first.saturating_add(size))
        .all()
        .await?;
    rows.iter().map(|row| row.text("item")).collect()
}

pub async fn expire(tx: &mut Tx, tenant: &str, before: Timestamp) -> Result<u64> {
    tx.sql("DELETE FROM download WHERE tenant = $1 AND started_at < $2").bind(tenant).bind(before).run().await
}
