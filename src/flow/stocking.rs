//! The supplier's side of a catalogue: articles put in, changed, imported. Checked whole before anything is written.

use super::connecting;
use super::signing::Caller;
use crate::app::App;
use crate::error::{Error, Result};
use crate::store;
use crate::wire::settings::ArticleSettings;

/// Puts one article into a catalogue of the caller's own organisation (any, for the operator).
pub async fn put_article(app: &App, caller: &Caller, catalogue: &str, settings: &ArticleSettings) -> Result<()> {
    let (article, findings) = settings.article();
    let article = article.ok_or_else(|| Error::from(findings))?;
    let row = connecting::article_row(settings, &article)?;
    let mut tx = app.store.begin().await?;
    let stored = store::article::catalogue_by_id(&mut tx, catalogue).await?;
    let operator = caller.person.roles.iter().any(|role| role == "operator");
    if !stored.is_some_and(|stored| operator || stored.supplier == caller.person.tenant) {
        return Err(Error::not_found("catalogue", catalogue));
    }
    store::article::upsert(&mut tx, catalogue, &[row]).await?;
    store::article::touch_catalogue(&mut tx, catalogue).await?;
    tx.commit().await?;
    app.forget();
    Ok(())
}
