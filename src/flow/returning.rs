//! Handing the basket back: checked, frozen once, shown again as often as asked; or cancelled.
//! The form that is sent is the one that was stored.

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::connecting::Live;
use crate::app::App;
use crate::clock;
use crate::domain::article::{Article, Text};
use crate::domain::basket::{self, Basket};
use crate::domain::catalogue::Catalogue;
use crate::domain::connection::ReturnMethod;
use crate::domain::finding::{Code, Finding, Findings};
use crate::error::{Error, Refusal, Result};
use crate::store::evidence::{self, Evidence};
use crate::store::json::{read_pairs, str_of};
use crate::store::session::{self, Session};
use crate::store::transfer::{self, Transfer};
use crate::wire::charset::Charset;
use crate::wire::oci::returns::{self, Context, Line, ReturnForm};

/// The lines of a basket as they are handed back: options follow their article as lines of their own, with their own price.
pub fn lines<'c>(catalogue: &'c Catalogue, basket: &Basket) -> std::result::Result<Vec<Line<'c>>, Finding> {
    let mut out = Vec::new();
    for (position, line) in (1u32..).zip(&basket.lines) {
        let article =
            catalogue.get(&line.article).ok_or_else(|| Finding::error(Code::ArticleUnknown, "VENDORMAT").line(position).value(&line.article))?;
        let coding = line.coding.over(&basket.coding);
        out.push(Line { article: Cow::Borrowed(article), quantity: line.quantity, coding: coding.clone() });
        for (choice, chosen) in basket::choices(article, &line.chosen) {
            let option = option_article(article, &choice.id, &choice.name, choice.price, &chosen.text);
            out.push(Line { article: Cow::Owned(option), quantity: line.quantity, coding: coding.clone() });
        }
    }
    Ok(out)
}

/// An option as an article of its own: processing and cards are ordered, booked and invoiced on their own line.
fn option_article(article: &Article, id: &str, name: &str, price: Decimal, text: &str) -> Article {
    let mut option = article.clone();
    option.number = id.to_string();
    option.texts = vec![Text { language: None, description: name.to_string(), long_text: text.to_string() }];
    option.price.amount = price;
    option.price.per = 1;
    option.shop_price = None;
    for text in [
        &mut option.gtin,
        &mut option.manufacturer_part,
        &mut option.manufacturer_code,
        &mut option.buyer_material,
        &mut option.contract,
        &mut option.contract_item,
    ] {
        text.clear();
    }
    option.choices.clear();
    option
}

/// What the receiver's habits would do to these lines, without freezing anything.
pub fn preview(live: &Live, session: &Session, lines: &[Line<'_>]) -> Findings {
    let context = Context { connection: &live.connection, call_up: &session.call_up, language: session.language, quote: "" };
    returns::write(context, lines).1
}

/// Freezes the basket and gives its form. A second call gives the same form and is counted as a repeat.
pub async fn transfer(app: &App, live: &Live, catalogue: &Catalogue, session: &Session) -> Result<(ReturnForm, Findings)> {
    let mut tx = app.store.begin().await?;
    if let Some(done) = transfer::by_session(&mut tx, &session.tenant, &session.number).await? {
        transfer::count_repeat(&mut tx, &session.tenant, &session.number).await?;
        evidence::insert(&mut tx, &[record(app, session, "repeat", &done.form, Vec::new())]).await?;
        tx.commit().await?;
        return Ok((read_form(&done.form)?, Findings::default()));
    }
    if session.state != "open" {
        return Err(Error::Refused(Refusal::State { what: "basket".into(), state: session.state.clone() }));
    }
    if session.call_up.return_url.is_empty() {
        return Err(Error::Denied);
    }
    let basket = session::lines(&mut tx, session).await?;
    if basket.lines.is_empty() {
        return Err(Error::Refused(Refusal::Nothing { what: "basket".into() }));
    }
    let now = app.clock.now();
    super::shopping::check_codes(&basket, &crate::store::code::all(&mut tx, &session.tenant).await?, &now.date())?;
    let lines = lines(catalogue, &basket)?;
    // Rehearsals have a series of their own: they leave no gap in the figures and no order can name them.
    let (series, prefix) = if session.test { ("test quote", "TEST") } else { ("quote", "HL") };
    let number = transfer::next_number(&mut tx, &session.tenant, series).await?;
    let quote = format!("{prefix}-{}-{number:06}", now.year());
    let context = Context { connection: &live.connection, call_up: &session.call_up, language: session.language, quote: &quote };
    let (form, findings) = returns::write(context, &lines);
    if findings.has_error() {
        drop(tx);
        return refuse(app, session, findings).await;
    }
    session::advance(&mut tx, session, "returned", &session.basket_coding).await?;
    let stored = form_json(&form);
    let done = Transfer {
        tenant: session.tenant.clone(),
        session: session.number.clone(),
        quote,
        connection: session.connection.clone(),
        at: now,
        form: stored.clone(),
        lines: lines_json(&lines, session),
        repeats: 0,
        test: session.test,
    };
    transfer::insert(&mut tx, &done).await?;
    let notes: Vec<String> = findings.0.iter().map(ToString::to_string).collect();
    evidence::insert(&mut tx, &[record(app, session, "return", &stored, notes.clone())]).await?;
    tx.commit().await?;
    if !session.test {
        metrics::counter!("hookline_baskets_returned_total").increment(1);
    }
    tracing::info!(connection = session.connection, session.id = session.number, quote = done.quote, notes = notes.join("; "), "basket returned");
    Ok((form, findings))
}

/// A basket that the receiver could not book stays with the buyer; why is on record.
async fn refuse(app: &App, session: &Session, findings: Findings) -> Result<(ReturnForm, Findings)> {
    let notes: Vec<String> = findings.0.iter().map(ToString::to_string).collect();
    let mut refusal = record(app, session, "return", &json!({}), notes);
    refusal.outcome = "transfer_refused".into();
    refusal.reason = findings.errors().next().map(|finding| finding.code.as_str().to_string());
    let mut tx = app.store.begin().await?;
    evidence::insert(&mut tx, &[refusal]).await?;
    tx.commit().await?;
    tracing::info!(connection = session.connection, session.id = session.number, outcome = "transfer_refused", "basket cannot be returned");
    Err(Error::Invalid(findings))
}

/// where the buyer goes without a basket.
pub enum Cancelled {
    Address(String),
    Form(ReturnForm),
}

pub async fn cancel(app: &App, live: &Live, session: &Session) -> Result<Cancelled> {
    let mut tx = app.store.begin().await?;
    if session.state == "open" {
        session::advance(&mut tx, session, "cancelled", &session.basket_coding).await?;
        evidence::insert(&mut tx, &[record(app, session, "cancel", &json!({}), Vec::new())]).await?;
    }
    tx.commit().await?;
    if session.state == "returned" {
        return Err(Error::Refused(Refusal::State { what: "basket".into(), state: session.state.clone() }));
    }
    if !session.call_up.cancel_url.is_empty() {
        return Ok(Cancelled::Address(session.call_up.cancel_url.clone()));
    }
    if session.call_up.return_url.is_empty() {
        return Err(Error::Denied);
    }
    let context = Context { connection: &live.connection, call_up: &session.call_up, language: session.language, quote: "" };
    Ok(Cancelled::Form(returns::empty(context)))
}

fn record(app: &App, session: &Session, kind: &str, form: &Value, notes: Vec<String>) -> Evidence {
    let now = app.clock.now();
    Evidence {
        tenant: session.tenant.clone(),
        id: clock::new_id(now),
        connection: session.connection.clone(),
        at: now,
        kind: kind.into(),
        outcome: match kind {
            "cancel" => "cancelled".into(),
            _ => "return_form".into(),
        },
        user: session.user.clone(),
        session: Some(session.number.clone()),
        method: "POST".into(),
        sent: form.clone(),
        notes,
        test: session.test,
        ..Evidence::default()
    }
}

fn form_json(form: &ReturnForm) -> Value {
    json!({
        "action": form.action,
        "method": match form.method { ReturnMethod::Post => "post", ReturnMethod::Get => "get" },
        "target": form.target,
        "charset": form.charset.label(),
        "pairs": form.pairs,
    })
}

fn read_form(value: &Value) -> Result<ReturnForm> {
    Ok(ReturnForm {
        action: str_of(value, "action").to_string(),
        method: if str_of(value, "method") == "get" { ReturnMethod::Get } else { ReturnMethod::Post },
        target: str_of(value, "target").to_string(),
        charset: Charset::parse(str_of(value, "charset")).ok_or_else(|| Error::internal("stored form without charset"))?,
        pairs: value.get("pairs").map(read_pairs).unwrap_or_default(),
    })
}

/// What a later order is compared with (R-30, section 13).
fn lines_json(lines: &[Line<'_>], session: &Session) -> Value {
    (1u32..)
        .zip(lines)
        .map(|(number, line)| {
            let article = line.article.as_ref();
            json!({
                "line": number,
                "article": article.number,
                "description": article.description(session.language),
                "long_text": article.text(session.language).long_text,
                "quantity": line.quantity.to_string(),
                "unit": article.unit,
                "price": article.price.amount.to_string(),
                "price_quantity": article.price.per,
                "currency": article.price.currency.as_str(),
                "vat": article.vat.to_string(),
                "coding": crate::store::json::coding(&line.coding),
            })
        })
        .collect()
}
