//! Handing the basket back: checked, frozen once, shown again as often as asked; or cancelled.
//! The form that is sent is the one that was stored.

use std::borrow::Cow;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use super::connecting::Live;
use super::cxml::{self, Edited};
use super::peppol::offering;
use super::recording::{Change, Freeze, Frozen, Wanted};
use super::sessions::{self, Held};
use crate::app::App;
use crate::clock;
use crate::domain::article::{Article, Text};
use crate::domain::basket::{self, Basket};
use crate::domain::catalogue::Catalogue;
use crate::domain::connection::ReturnMethod;
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::time::Timestamp;
use crate::error::{Error, Refusal, Result};
use crate::store::evidence::Evidence;
use crate::store::json::{AsText, CodingText, in_shop, parse, read_pairs, str_of, write};
use crate::store::outbox::Message;
use crate::store::session::Session;
use crate::store::transfer::{self, Transfer};
use crate::wire::charset::Charset;
use crate::wire::oci::returns::{self, Context, Line, ReturnForm};
use crate::wire::peppol::Correspondence;

/// The lines of a basket as they are handed back: options follow their article as lines of their own, with their own price.
pub fn lines<'c>(catalogue: &'c Catalogue, basket: &Basket) -> std::result::Result<Vec<Line<'c>>, Finding> {
    let mut out = Vec::new();
    for (position, line) in (1u32..).zip(&basket.lines) {
        let article =
            catalogue.get(&line.article).ok_or_else(|| Finding::error(Code::ArticleUnknown, "VENDORMAT").line(position).value(&line.article))?;
        let coding = line.coding.over(&basket.coding);
        out.push(Line { article: Cow::Borrowed(article), quantity: line.quantity, coding: coding.clone() });
        for (choice, chosen) in basket::choices(article, &line.chosen) {
            let option = option_article(article, &choice.id, &choice.name, choice.price, chosen);
            out.push(Line { article: Cow::Owned(option), quantity: line.quantity, coding: coding.clone() });
        }
    }
    Ok(out)
}

/// An option as an article of its own: processing and cards are ordered, booked and invoiced on their own line.
fn option_article(article: &Article, id: &str, name: &str, price: Decimal, chosen: &basket::Chosen) -> Article {
    let mut option = article.clone();
    option.number = id.to_string();
    option.texts = vec![Text { language: None, description: name.to_string(), long_text: chosen.text.clone() }];
    option.own_picture = Some(chosen.logo.clone()).filter(|logo| !logo.is_empty());
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
    option.in_shop = None;
    option
}

/// What the receiver's habits would do to these lines, without freezing anything.
pub fn preview(live: &Live, session: &Session, lines: &[Line<'_>], now: Timestamp) -> Findings {
    if let Some((_, findings)) = cxml::form(&live.connection, session, "", lines, now) {
        return findings;
    }
    let context = Context { connection: &live.connection, call_up: &session.call_up, language: session.language, quote: "" };
    returns::write(context, lines).1
}

/// Freezes the basket and gives its form. A second call gives the same form and is counted as a repeat; so does one that comes
/// at the same moment.
pub async fn transfer(app: &App, live: &Arc<Live>, catalogue: &Arc<Catalogue>, held: &Held) -> Result<(Arc<ReturnForm>, Findings)> {
    match transfer_once(app, live, catalogue, held).await {
        // Of a supplier's own shop the prices may have changed with the basket: what is handed back is what was looked at.
        Err(Error::Conflict(_)) if live.connection.remote.is_none() => {
            let held = sessions::again(app, &held.session).await?.ok_or(Error::Unauthenticated)?;
            transfer_once(app, live, catalogue, &held).await
        }
        outcome => outcome,
    }
}

async fn transfer_once(app: &App, live: &Arc<Live>, catalogue: &Arc<Catalogue>, held: &Held) -> Result<(Arc<ReturnForm>, Findings)> {
    let session = &held.session;
    match session.state.as_str() {
        "open" => {}
        "returned" => return repeat(app, held).await,
        state => return Err(Error::Refused(Refusal::State { what: "basket".into(), state: state.to_string() })),
    }
    if session.call_up.return_url.is_empty() && !session.call_up.is_portal {
        return Err(Error::Denied);
    }
    if held.basket.lines.is_empty() {
        return Err(Error::Refused(Refusal::Nothing { what: "basket".into() }));
    }
    let now = app.clock.now();
    super::shopping::check_codes(&held.basket, &super::shopping::codes(app, &session.tenant).await?, &now.date())?;
    super::remote::check_whole(app, live, session, &held.basket).await?;
    // Said before a number is drawn: a line whose article is gone.
    lines(catalogue, &held.basket)?;
    let told = match session.test || session.call_up.is_portal {
        true => None,
        false => offering::receiver(app, &live.connection, catalogue).await?,
    };
    let freeze = freeze(now, live.clone(), catalogue.clone(), session.clone(), held.basket.clone(), told);
    let step = sessions::step(app, session, "returned", &session.basket_coding);
    let wanted = Wanted { change: Some(Change { step, put: Vec::new(), removed: None, freeze: Some(freeze) }), ..Wanted::default() };
    let frozen = match sessions::change(app, held, wanted, (*held.basket).clone()).await {
        Ok((_, frozen)) => frozen.ok_or_else(|| Error::internal("a hand-back without a form"))?,
        Err(Error::Invalid(findings)) => return refuse(app, session, findings).await,
        Err(error) => return Err(error),
    };
    if !session.test {
        metrics::counter!("hookline_baskets_returned_total").increment(1);
    }
    let notes = frozen.evidence.notes.join("; ");
    tracing::info!(connection = session.connection, session.id = session.number, quote = frozen.transfer.quote, notes, "basket returned");
    Ok((frozen.form, frozen.findings))
}

/// How the basket is handed back once it has its number.
fn freeze(
    now: Timestamp,
    live: Arc<Live>,
    catalogue: Arc<Catalogue>,
    session: Arc<Session>,
    basket: Arc<Basket>,
    told: Option<Correspondence>,
) -> Freeze {
    // Rehearsals have a series of their own: they leave no gap in the figures and no order can name them.
    let (series, prefix) = if session.test { ("test quote", "TEST") } else { ("quote", "HL") };
    let make = move |number: i64| {
        let lines = lines(&catalogue, &basket)?;
        let quote = format!("{prefix}-{}-{number:06}", now.year());
        let context = Context { connection: &live.connection, call_up: &session.call_up, language: session.language, quote: &quote };
        // From the portal nothing goes to a purchasing system: there is no receiver with habits.
        let in_cxml = || cxml::form(&live.connection, &session, &quote, &lines, now);
        let (form, findings) = match session.call_up.is_portal {
            true => (returns::empty(context), Findings::default()),
            false => in_cxml().unwrap_or_else(|| returns::write(context, &lines)),
        };
        if findings.has_error() {
            return Err(findings);
        }
        let stored: Arc<str> = form_text(&form).into();
        let mut notes: Vec<String> = findings.0.iter().map(ToString::to_string).collect();
        let edited = cxml::edited(&session, &lines);
        let owed = told
            .as_ref()
            .and_then(|to| offer(&live, to, &offering::Basket { session: &session, quote: &quote, lines: &lines, edited: &edited }, now, &mut notes));
        let transfer = Transfer {
            tenant: session.tenant.clone(),
            session: session.number.clone(),
            quote: quote.clone(),
            connection: session.connection.clone(),
            at: now,
            form: stored.clone(),
            lines: lines_text(&lines, &session, &edited).into(),
            repeats: 0,
            test: session.test,
            edits: edited.edits,
        };
        Ok(Frozen { form: Arc::new(form), findings, transfer, evidence: record(now, &session, "return", sent(&session, || stored), notes), owed })
    };
    Freeze { series, make: Box::new(make) }
}

/// The cart over the access point, or a note why there is none.
fn offer(live: &Live, to: &Correspondence, basket: &offering::Basket<'_>, now: Timestamp, notes: &mut Vec<String>) -> Option<Message> {
    let offered = offering::cart(&live.connection, to, basket, now);
    offered.map_err(|losses| notes.extend(losses.iter().map(|loss| format!("not told as a punch-out cart: {loss}")))).ok()
}

/// The form as it was frozen, shown and counted once more.
async fn repeat(app: &App, held: &Held) -> Result<(Arc<ReturnForm>, Findings)> {
    let session = &held.session;
    let form = match &held.form {
        Some(form) => form.clone(),
        None => {
            let mut tx = app.store.read().await?;
            let done = transfer::by_session(&mut tx, &session.tenant, &session.number).await?;
            let done = done.ok_or_else(|| Error::internal("a basket handed back without its form"))?;
            Arc::new(read_form(&parse(&done.form)?)?)
        }
    };
    let wanted = Wanted {
        evidence: vec![record(app.clock.now(), session, "repeat", sent(session, || form_text(&form).into()), Vec::new())],
        repeated: Some((session.tenant.clone(), session.number.clone())),
        ..Wanted::default()
    };
    let held = Held { form: Some(form.clone()), ..held.clone() };
    sessions::change(app, &held, wanted, Basket::default()).await?;
    Ok((form, Findings::default()))
}

/// A basket that the receiver could not book stays with the buyer; why is on record.
async fn refuse<T>(app: &App, session: &Session, findings: Findings) -> Result<T> {
    let notes: Vec<String> = findings.0.iter().map(ToString::to_string).collect();
    let mut refusal = record(app.clock.now(), session, "return", "{}", notes);
    refusal.outcome = "transfer_refused".into();
    refusal.reason = findings.errors().next().map(|finding| finding.code.as_str().to_string());
    app.recorder.record(Wanted { evidence: vec![refusal], ..Wanted::default() }).await?;
    tracing::info!(connection = session.connection, session.id = session.number, outcome = "transfer_refused", "basket cannot be returned");
    Err(Error::Invalid(findings))
}

/// where the buyer goes without a basket.
pub enum Cancelled {
    /// To where the person opened the catalogue.
    Portal,
    Address(String),
    Form(ReturnForm),
}

pub async fn cancel(app: &App, live: &Live, held: &Held) -> Result<Cancelled> {
    let session = &held.session;
    match session.state.as_str() {
        "open" => {
            let step = sessions::step(app, session, "cancelled", &session.basket_coding);
            let evidence = vec![record(app.clock.now(), session, "cancel", "{}", Vec::new())];
            let wanted = Wanted { evidence, change: Some(Change { step, put: Vec::new(), removed: None, freeze: None }), ..Wanted::default() };
            sessions::change(app, held, wanted, (*held.basket).clone()).await?;
        }
        "returned" => return Err(Error::Refused(Refusal::State { what: "basket".into(), state: session.state.clone() })),
        _ => {}
    }
    if session.call_up.is_portal {
        return Ok(Cancelled::Portal);
    }
    if !session.call_up.cancel_url.is_empty() {
        return Ok(Cancelled::Address(session.call_up.cancel_url.clone()));
    }
    if session.call_up.return_url.is_empty() {
        return Err(Error::Denied);
    }
    if let Some(form) = cxml::cancelled(&live.connection, session, app.clock.now()) {
        return Ok(Cancelled::Form(form));
    }
    let context = Context { connection: &live.connection, call_up: &session.call_up, language: session.language, quote: "" };
    Ok(Cancelled::Form(returns::empty(context)))
}

/// What a record says of the form that was sent: nothing where it is kept for good with the hand-back. Of the portal's, which tell no purchasing
/// system anything, one may be taken back.
fn sent(session: &Session, form: impl FnOnce() -> Arc<str>) -> Arc<str> {
    if session.call_up.is_portal { form() } else { Arc::default() }
}

fn record(now: Timestamp, session: &Session, kind: &str, sent: impl Into<Arc<str>>, notes: Vec<String>) -> Evidence {
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
        sent: sent.into(),
        notes,
        test: session.test,
        ..Evidence::default()
    }
}

#[derive(Serialize)]
struct FormText<'a> {
    action: &'a str,
    method: &'static str,
    target: &'a str,
    charset: &'static str,
    pairs: &'a [(String, String)],
}

fn form_text(form: &ReturnForm) -> String {
    let method = match form.method {
        ReturnMethod::Post => "post",
        ReturnMethod::Get => "get",
    };
    write(&FormText { action: &form.action, method, target: &form.target, charset: form.charset.label(), pairs: &form.pairs })
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
#[derive(Serialize)]
struct LineText<'a> {
    line: u32,
    article: &'a str,
    description: &'a str,
    long_text: &'a str,
    quantity: AsText<Decimal>,
    unit: &'a str,
    price: AsText<Decimal>,
    price_quantity: u32,
    shop_price: Option<AsText<Decimal>>,
    in_shop: Value,
    currency: &'a str,
    vat: AsText<Decimal>,
    /// Only an option's picture is the buyer's: its logo.
    logo: &'a str,
    coding: CodingText<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aux: Option<&'a str>,
}

impl<'a> LineText<'a> {
    fn of(number: u32, line: &'a Line<'_>, session: &Session, edited: &'a Edited) -> LineText<'a> {
        let article = line.article.as_ref();
        LineText {
            line: number,
            article: &article.number,
            description: article.description(session.language),
            long_text: &article.text(session.language).long_text,
            quantity: AsText(line.quantity),
            unit: &article.unit,
            price: AsText(article.price.amount),
            price_quantity: article.price.per,
            shop_price: article.shop_price.map(AsText),
            in_shop: in_shop(article.in_shop.as_ref()),
            currency: article.price.currency.as_str(),
            vat: AsText(article.vat),
            logo: if let Cow::Owned(option) = &line.article { option.own_picture.as_deref().unwrap_or_default() } else { "" },
            coding: CodingText(&line.coding),
            allowed: article.in_shop.is_some().then_some("create"),
            aux: edited.aux(number),
        }
    }
}

fn lines_text(lines: &[Line<'_>], session: &Session, edited: &Edited) -> String {
    write(&(1u32..).zip(lines).map(|(number, line)| LineText::of(number, line, session, edited)).collect::<Vec<_>>())
}
