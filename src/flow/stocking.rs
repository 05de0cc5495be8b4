//! The supplier's side of a catalogue: articles put in, changed, imported. Checked whole before anything is written.

use std::collections::BTreeMap;

use super::connecting;
use super::signing::Caller;
use crate::app::App;
use crate::domain::finding::{Code, Finding};
use crate::error::{Error, Result};
use crate::store;
use crate::wire::article_csv;
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

/// What an import changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub created: usize,
    pub changed: usize,
    pub same: usize,
}

/// Imports articles from CSV into a catalogue: all of them or none. Articles that the file does not name stay.
pub async fn import(app: &App, catalogue: &str, text: &str) -> Result<Imported> {
    let (articles, findings) = article_csv::read(text);
    if findings.has_error() {
        return Err(findings.into());
    }
    let mut tx = app.store.begin().await?;
    if store::article::catalogue_by_id(&mut tx, catalogue).await?.is_none() {
        return Err(Error::not_found("catalogue", catalogue));
    }
    let known: BTreeMap<String, store::article::StoredArticle> =
        store::article::of_catalogue(&mut tx, catalogue).await?.into_iter().map(|row| (row.number.clone(), row)).collect();
    let mut outcome = Imported::default();
    let mut rows: BTreeMap<String, store::article::StoredArticle> = BTreeMap::new();
    for at in &articles {
        let (article, findings) = at.value.article();
        let article = article.ok_or_else(|| Error::from(findings))?;
        let row = connecting::article_row(&at.value, &article)?;
        if rows.insert(row.number.clone(), row).is_some() {
            return Err(Finding::error(Code::Unusable, "number").line(at.line).value(&article.number).into());
        }
    }
    let changed: Vec<store::article::StoredArticle> = rows.into_values().filter(|row| known.get(&row.number) != Some(row)).collect();
    outcome.changed = changed.iter().filter(|row| known.contains_key(&row.number)).count();
    outcome.created = changed.len() - outcome.changed;
    outcome.same = articles.len() - changed.len();
    store::article::upsert(&mut tx, catalogue, &changed).await?;
    store::article::touch_catalogue(&mut tx, catalogue).await?;
    tx.commit().await?;
    app.forget();
    Ok(outcome)
}
