//! Catalogues, articles and prices as stored. `details` is JSON read and written by `wire::settings`.

use rust_decimal::Decimal;

use super::{Bulk, Row, Tx};
use crate::error::Result;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCatalogue {
    pub id: String,
    pub supplier: String,
    pub base: Option<String>,
    pub name: String,
    pub version: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredArticle {
    pub number: String,
    pub unit: String,
    pub price: Decimal,
    pub shop_price: Option<Decimal>,
    pub per: u32,
    pub currency: String,
    pub details: String,
}

fn catalogue(row: &Row) -> Result<StoredCatalogue> {
    Ok(StoredCatalogue {
        id: row.text("id")?,
        supplier: row.text("supplier")?,
        base: row.text_or_null("base")?,
        name: row.text("name")?,
        version: row.int("version")?,
    })
}

pub async fn upsert_catalogue(tx: &mut Tx, c: &StoredCatalogue) -> Result<()> {
    tx.sql(
        "INSERT INTO catalogue (id, supplier, base, name, version) VALUES ($1, $2, $3, $4, 1)
         ON CONFLICT (id) DO UPDATE SET supplier = excluded.supplier, base = excluded.base, name = excluded.name, version = catalogue.version + 1",
    )
    .bind(&c.id)
    .bind(&c.supplier)
    .bind(c.base.clone())
    .bind(&c.name)
    .run()
    .await?;
    Ok(())
}

pub async fn catalogue_by_id(tx: &mut Tx, id: &str) -> Result<Option<StoredCatalogue>> {
    let row = tx.sql("SELECT id, supplier, base, name, version FROM catalogue WHERE id = $1").bind(id).first().await?;
    row.as_ref().map(catalogue).transpose()
}

pub async fn all_catalogues(tx: &mut Tx) -> Result<Vec<StoredCatalogue>> {
    let rows = tx.sql("SELECT id, supplier, base, name, version FROM catalogue ORDER BY id LIMIT 10000").all().await?;
    rows.iter().map(catalogue).collect()
}

/// Says that something in a catalogue changed; readers load it anew.
pub async fn touch_catalogue(tx: &mut Tx, id: &str) -> Result<()> {
    tx.sql("UPDATE catalogue SET version = version + 1 WHERE id = $1 OR base = $1").bind(id).run().await?;
    Ok(())
}

pub async fn upsert(tx: &mut Tx, catalogue: &str, articles: &[StoredArticle]) -> Result<()> {
    let rows = articles
        .iter()
        .map(|a| {
            vec![
                catalogue.into(),
                (&a.number).into(),
                (&a.unit).into(),
                a.price.to_string().into(),
                a.shop_price.map(|p| p.to_string()).into(),
                a.per.into(),
                (&a.currency).into(),
                (&a.details).into(),
            ]
        })
        .collect();
    let columns = &["catalogue", "number", "unit", "price", "shop_price", "price_quantity", "currency", "details"];
    let suffix = "ON CONFLICT (catalogue, number) DO UPDATE SET unit = excluded.unit, price = excluded.price, shop_price = excluded.shop_price,
        price_quantity = excluded.price_quantity, currency = excluded.currency, details = excluded.details";
    tx.write(vec![Bulk::insert("article", columns, suffix, rows)]).await?;
    Ok(())
}

pub async fn delete(tx: &mut Tx, catalogue: &str, number: &str) -> Result<u64> {
    tx.sql("DELETE FROM article WHERE catalogue = $1 AND number = $2").bind(catalogue).bind(number).run().await
}

/// All articles of a catalogue, by number. A catalogue is held in memory by its readers, so this is read whole.
pub async fn of_catalogue(tx: &mut Tx, catalogue: &str) -> Result<Vec<StoredArticle>> {
    let rows = tx
        .sql("SELECT number, unit, price, shop_price, price_quantity, currency, details FROM article WHERE catalogue = $1 ORDER BY number")
        .bind(catalogue)
        .all()
        .await?;
    rows.iter()
        .map(|row| {
            let shop_price = row.text_or_null("shop_price")?.and_then(|text| text.parse().ok());
            Ok(StoredArticle {
                number: row.text("number")?,
                unit: row.text("unit")?,
                price: row.decimal("price")?,
                shop_price,
                per: row.count("price_quantity")?,
                currency: row.text("currency")?,
                details: row.text("details")?,
            })
        })
        .collect()
}

pub async fn upsert_price(tx: &mut Tx, catalogue: &str, article: &str, price: Decimal) -> Result<()> {
    tx.sql("INSERT INTO price (catalogue, article, price) VALUES ($1, $2, $3) ON CONFLICT (catalogue, article) DO UPDATE SET price = excluded.price")
        .bind(catalogue)
        .bind(article)
        .bind(price.to_string())
        .run()
        .await?;
    Ok(())
}

/// Prices of a catalogue's own, over those of the articles.
pub async fn prices(tx: &mut Tx, catalogue: &str) -> Result<Vec<(String, Decimal)>> {
    let rows = tx.sql("SELECT article, price FROM price WHERE catalogue = $1").bind(catalogue).all().await?;
    rows.iter().map(|row| Ok((row.text("article")?, row.decimal("price")?))).collect()
}
