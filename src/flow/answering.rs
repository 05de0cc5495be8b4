//! Functions the purchasing system calls itself and reads from the response: VALIDATE, BACKGROUND_SEARCH, DOWNLOADJSON,
//! QUANTITYCHECK (reference oci, section 7; ). Writes to no basket and leaves no session.

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde_json::json;

use super::punchout::Answer;
use crate::app::App;
use crate::domain::article::Article;
use crate::domain::basket;
use crate::domain::callup::{CallUp, Function};
use crate::domain::catalogue::Catalogue;
use crate::domain::coding::Coding;
use crate::domain::connection::Connection;
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::name::Language;
use crate::error::Result;
use crate::store::download;
use crate::wire::oci::download as json_download;
use crate::wire::oci::returns::{self, Context, Line};

pub async fn answer(app: &App, connection: &Connection, catalogue: &Catalogue, call_up: &CallUp, language: Language) -> Result<(Answer, Findings)> {
    let context = Context { connection, call_up, language, quote: "" };
    match call_up.function {
        Function::DownloadJson => Ok((Answer::Json(download_page(app, connection, catalogue, call_up).await?), Findings::default())),
        Function::QuantityCheck => Ok((Answer::Json(availability(catalogue, call_up)), Findings::default())),
        Function::BackgroundSearch => {
            let limit = connection.search_limit as usize;
            let lines: Vec<Line<'_>> = catalogue
                .search(&call_up.search)
                .into_iter()
                .take(limit)
                .map(|article| line(article, article.quantity_step.max(Decimal::ONE)))
                .collect();
            let (form, findings) = returns::write_sendable(context, &lines);
            Ok((Answer::Form { form, submits: connection.background_search_submits, language }, findings))
        }
        _ => {
            let mut findings = Findings::default();
            let lines: Vec<Line<'_>> =
                call_up.asked.iter().filter_map(|asked| validated(catalogue, &asked.product, &asked.quantity, &mut findings)).collect();
            let (form, more) = returns::write_sendable(context, &lines);
            findings.0.extend(more.0);
            let submits = !form.action.is_empty();
            Ok((Answer::Form { form, submits, language }, findings))
        }
    }
}

fn line(article: &Article, quantity: Decimal) -> Line<'_> {
    Line { article: Cow::Borrowed(article), quantity, coding: Coding::default() }
}

/// an article that is gone, or a quantity it cannot be sold in, leaves its line out.
fn validated<'c>(catalogue: &'c Catalogue, product: &str, quantity: &str, findings: &mut Findings) -> Option<Line<'c>> {
    let Some(article) = catalogue.get(product) else {
        findings.push(Finding::note(Code::ArticleUnknown, "PRODUCTID").value(product));
        return None;
    };
    match basket::read_quantity(article, quantity) {
        Ok(quantity) => Some(line(article, quantity)),
        Err(finding) => {
            findings.push(finding);
            None
        }
    }
}

/// Without a transaction id every page is a run of its own.
async fn download_page(app: &App, connection: &Connection, catalogue: &Catalogue, call_up: &CallUp) -> Result<String> {
    let asked = &call_up.download;
    let now = app.clock.now();
    let items = || -> Vec<String> {
        catalogue.articles().iter().map(|article| json_download::item(article, &catalogue.name, connection.language, now)).collect()
    };
    if asked.transaction.is_empty() {
        let all = items();
        let page = json_download::page(asked, all.len() as u64);
        let first = usize::try_from((page.current - 1) * page.size).unwrap_or(usize::MAX);
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let part: Vec<String> = all.iter().skip(first).take(size).cloned().collect();
        return Ok(json_download::response(asked, page, all.len() as u64, &part));
    }
    let (tenant, name, run) = (connection.tenant.as_str(), connection.name.as_str(), asked.transaction.as_str());
    let mut tx = app.store.read().await?;
    let mut total = download::items(&mut tx, tenant, name, run).await?;
    drop(tx);
    if total.is_none() {
        let mut tx = app.store.begin().await?;
        download::start(&mut tx, tenant, name, run, &items(), now).await?;
        total = download::items(&mut tx, tenant, name, run).await?;
        tx.commit().await?;
    }
    let total = u64::try_from(total.unwrap_or(0)).unwrap_or(0);
    let page = json_download::page(asked, total);
    let mut tx = app.store.read().await?;
    let part = download::page(&mut tx, tenant, name, run, (page.current - 1) * page.size, page.size).await?;
    Ok(json_download::response(asked, page, total, &part))
}

/// No public text gives the shape of this answer; it names the article, the quantity and whether it is there.
fn availability(catalogue: &Catalogue, call_up: &CallUp) -> String {
    let items: Vec<_> = call_up
        .asked
        .iter()
        .map(|asked| {
            let article = catalogue.get(&asked.product);
            let quantity = article.and_then(|article| basket::read_quantity(article, &asked.quantity).ok());
            let enough = match (article.and_then(|article| article.stock), quantity) {
                (Some(stock), Some(quantity)) => Decimal::from(stock) >= quantity,
                (None, Some(_)) => true,
                _ => false,
            };
            json!({
                "EXT_PRODUCT_ID": asked.product,
                "QUANTITY": asked.quantity,
                "AVAILABLE": if article.is_some() && enough { "X" } else { "" },
                "LEADTIME": article.and_then(|article| article.lead_days),
            })
        })
        .collect();
    json!({ "Items": items }).to_string()
}
