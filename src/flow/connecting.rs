//! Finds a connection by its address and a catalogue by its name, from memory where that is fresh enough.
//! Reads only.

use std::collections::HashMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::app::App;
use crate::domain::article::Article;
use crate::domain::catalogue::Catalogue;
use crate::domain::connection::Connection;
use crate::error::{Error, Result};
use crate::store::organisation::Organisation;
use crate::store::{self, Tx, credential::Credential};
use crate::wire::settings::{ArticleSettings, ConnectionSettings};

/// A connection with what proves its callers.
pub struct Live {
    pub connection: Connection,
    pub credentials: Vec<Credential>,
    /// Whether the buyer has coding to fill in when a session opens.
    pub has_defaults: bool,
}

/// The connection at an address. Nobody who holds a way to the database may ask for it: when as many callers as there are ways wait for their
/// turn, the one whose turn it is would wait for a way, and all of them until their time is over.
pub async fn connection(app: &App, name: &str) -> Result<Arc<Live>> {
    if let Some(live) = app.connections.fresh(name) {
        return Ok(live);
    }
    let _turn = app.connections.turn().await;
    if let Some(live) = app.connections.fresh(name) {
        return Ok(live);
    }
    let mut tx = app.store.read().await?;
    connection_within(app, &mut tx, name).await
}

/// The same for a caller who holds one already, and takes no turn.
pub(super) async fn connection_within(app: &App, tx: &mut Tx, name: &str) -> Result<Arc<Live>> {
    if let Some(live) = app.connections.fresh(name) {
        return Ok(live);
    }
    let stored = store::connection::by_name(tx, name).await?.ok_or_else(|| Error::not_found("connection", name))?;
    let credentials = store::credential::of_connection(tx, &stored.tenant, name).await?;
    let has_defaults = store::default_coding::any(tx, &stored.tenant).await?;
    let connection = read_settings(&stored)?;
    Ok(app.connections.put(name, stored.version, Live { connection, credentials, has_defaults }))
}

/// What a stored connection says. It was checked before it was stored.
pub fn read_settings(stored: &store::connection::Stored) -> Result<Connection> {
    let settings: ConnectionSettings = serde_json::from_str(&stored.settings).map_err(Error::internal)?;
    Ok(settings.connection(&stored.name, &stored.tenant, &stored.catalogue).0)
}

/// A catalogue with the prices of its own; asked for as [`connection`] is. Articles come from its base when it has one.
pub async fn catalogue(app: &App, id: &str) -> Result<Arc<Catalogue>> {
    if let Some(catalogue) = app.catalogues.fresh(id) {
        return Ok(catalogue);
    }
    let _turn = app.catalogues.turn().await;
    if let Some(catalogue) = app.catalogues.fresh(id) {
        return Ok(catalogue);
    }
    let mut tx = app.store.view().await?;
    catalogue_within(app, &mut tx, id).await
}

/// The catalogue that a connection shops in; nothing is in it where the supplier's own shop is opened instead.
pub async fn catalogue_of(app: &App, connection: &Connection) -> Result<Arc<Catalogue>> {
    let own = catalogue(app, &connection.catalogue).await?;
    match connection.remote {
        Some(_) => Ok(Arc::new(Catalogue::new(own.name.clone(), own.supplier.clone(), Vec::new()))),
        None => Ok(own),
    }
}

/// The same for a caller who holds one already, and takes no turn.
pub(super) async fn catalogue_within(app: &App, tx: &mut Tx, id: &str) -> Result<Arc<Catalogue>> {
    if let Some(catalogue) = app.catalogues.fresh(id) {
        return Ok(catalogue);
    }
    let stored = store::article::catalogue_by_id(tx, id).await?.ok_or_else(|| Error::not_found("catalogue", id))?;
    if let Some(catalogue) = app.catalogues.of_version(id, stored.version) {
        return Ok(catalogue);
    }
    let mut articles = Vec::new();
    for source in stored.base.iter().map(String::as_str).chain([id]) {
        for row in store::article::of_catalogue(tx, source).await? {
            articles.push(read_article(&row)?);
        }
    }
    let prices: HashMap<String, Decimal> = store::article::prices(tx, id).await?.into_iter().collect();
    for article in &mut articles {
        if let Some(price) = prices.get(&article.number) {
            reprice(article, *price);
        }
    }
    for source in stored.base.iter().map(String::as_str).chain([id]) {
        let own: HashMap<String, String> = store::picture::of_catalogue(tx, source).await?.into_iter().collect();
        for article in articles.iter_mut().filter(|_| !own.is_empty()) {
            article.own_picture = own.get(&article.number).cloned().or_else(|| article.own_picture.take());
        }
    }
    let supplier = stored.supplier.clone();
    Ok(app.catalogues.put(id, stored.version, Catalogue::new(stored.name.clone(), supplier, articles)))
}

/// A buyer or supplier.
pub async fn organisation(app: &App, id: &str) -> Result<Option<Arc<Organisation>>> {
    if let Some(organisation) = app.organisations.fresh(id) {
        return Ok(Some(organisation));
    }
    let found = store::organisation::by_id(&mut app.store.read().await?, id).await?;
    Ok(found.map(|found| app.organisations.put(id, 0, found)))
}

/// A buyer's own price; what everybody else pays becomes the shop price where it is higher.
fn reprice(article: &mut Article, price: Decimal) {
    if article.shop_price.is_none() && article.price.amount > price {
        article.shop_price = Some(article.price.amount);
    }
    article.price.amount = price;
}

/// An article as its row says it, in the words of a set-up file.
pub fn article_settings(row: &store::article::StoredArticle) -> Result<ArticleSettings> {
    let details: ArticleSettings = serde_json::from_str(&row.details).map_err(Error::internal)?;
    Ok(ArticleSettings {
        number: row.number.clone(),
        unit: row.unit.clone(),
        price: row.price.to_string(),
        shop_price: row.shop_price.map(|price| price.to_string()),
        price_quantity: Some(row.per),
        currency: row.currency.clone(),
        ..details
    })
}

fn read_article(row: &store::article::StoredArticle) -> Result<Article> {
    article_settings(row)?.article().0.ok_or_else(|| Error::internal(format!("article {} cannot be read", row.number)))
}

/// The row for an article that was checked; what has a column of its own is not repeated in the details.
pub fn article_row(settings: &ArticleSettings, article: &Article) -> Result<store::article::StoredArticle> {
    let details = ArticleSettings {
        number: String::new(),
        unit: String::new(),
        price: String::new(),
        shop_price: None,
        price_quantity: None,
        currency: String::new(),
        ..settings.clone()
    };
    Ok(store::article::StoredArticle {
        number: article.number.clone(),
        unit: article.unit.clone(),
        price: article.price.amount,
        shop_price: article.shop_price,
        per: article.price.per,
        currency: article.price.currency.to_string(),
        details: serde_json::to_string(&details).map_err(Error::internal)?,
    })
}
