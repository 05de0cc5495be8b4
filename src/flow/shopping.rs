//! The basket of a session: put in, change, remove, code. Loads, lets `domain::basket` decide, saves at the same version.
//! Prices, rights and tenants never come from the browser.

use std::sync::Arc;

use super::recording::{Change, Wanted};
use super::sessions::{self, Held};
use crate::app::App;
use crate::domain::article::Article;
use crate::domain::basket::{self, Basket, Chosen};
use crate::domain::coding::{Coding, Kind};
use crate::domain::finding::{Code, Finding, Findings};
use crate::error::{Error, Refusal, Result};
use crate::store::code::Entry;
use crate::store::session::Session;

/// How often adding to a basket is decided anew when another tab changed it meanwhile, on another node or otherwise than by adding.
const TRIES: usize = 4;

/// The lists the buyer keeps, for choosing and checking.
pub async fn codes(app: &App, tenant: &str) -> Result<Arc<Vec<Entry>>> {
    if let Some(lists) = app.codes.fresh(tenant) {
        return Ok(lists);
    }
    let _turn = app.codes.turn().await;
    if let Some(lists) = app.codes.fresh(tenant) {
        return Ok(lists);
    }
    let mut tx = app.store.read().await?;
    let lists = crate::store::code::all(&mut tx, tenant).await?;
    Ok(app.codes.put(tenant, 0, lists))
}

fn check_open(session: &Session) -> Result<()> {
    if super::cxml::reads_only(&session.call_up) {
        return Err(Error::Denied);
    }
    if session.state == "open" {
        return Ok(());
    }
    Err(Error::Refused(Refusal::State { what: "basket".into(), state: session.state.clone() }))
}

/// Puts an article in. What another tab did meanwhile stays: adding adds to whatever is there. Options that take a logo get the
/// buyer's, when it has one.
pub async fn put(app: &App, held: &Held, article: &Article, quantity: &str, mut chosen: Vec<Chosen>) -> Result<Held> {
    check_open(&held.session)?;
    let takes_logo = |option: &Chosen| article.choices.iter().any(|choice| choice.id == option.id && choice.logo);
    if chosen.iter().any(takes_logo) {
        let mut tx = app.store.read().await?;
        let logo = crate::store::picture::logo(&mut tx, &held.session.tenant).await?.unwrap_or_default();
        chosen.iter_mut().filter(|option| takes_logo(option)).for_each(|option| option.logo.clone_from(&logo));
    }
    let (_turn, mut held) = app.sessions.turn(held).await;
    for _ in 1..TRIES {
        match put_once(app, &held, article, quantity, chosen.clone()).await {
            Err(Error::Conflict(_)) => held = sessions::again(app, &held.session).await?.ok_or(Error::Unauthenticated)?,
            outcome => return outcome,
        }
    }
    put_once(app, &held, article, quantity, chosen).await
}

async fn put_once(app: &App, held: &Held, article: &Article, quantity: &str, chosen: Vec<Chosen>) -> Result<Held> {
    let mut basket = (*held.basket).clone();
    let line = basket.put(article, quantity, chosen)?;
    save(app, held, basket, Some(line), None).await
}

/// Changes quantity and coding of a line; `None` leaves the quantity alone.
pub async fn update(app: &App, held: &Held, line: u32, article: Option<&Article>, quantity: Option<&str>, coding: &[(Kind, String)]) -> Result<Held> {
    let lists = codes(app, &held.session.tenant).await?;
    let mut basket = (*held.basket).clone();
    let target = basket.line_mut(line).ok_or_else(|| Error::not_found("line", line))?;
    if let Some(typed) = quantity {
        let article = article.ok_or_else(|| Error::from(Finding::error(Code::ArticleUnknown, "article").line(line)))?;
        target.quantity = basket::read_quantity(article, typed).map_err(|finding| Error::from(finding.line(line)))?;
    }
    set_coding(&mut target.coding, coding, &lists, &app.clock.now().date(), Some(line))?;
    save(app, held, basket, Some(line), None).await
}

/// Puts a logo on an option of a line; with `for_all` it is the buyer's from now on.
pub async fn put_logo(app: &App, held: &Held, line: u32, article: &Article, option: &str, bytes: Vec<u8>, for_all: bool) -> Result<Held> {
    check_open(&held.session)?;
    let hash = super::picturing::keep(app, &held.session.tenant, bytes, for_all).await?;
    let mut basket = (*held.basket).clone();
    if !basket.set_logo(article, line, option, &hash) {
        return Err(Finding::error(Code::OptionInvalid, option).line(line).into());
    }
    save(app, held, basket, Some(line), None).await
}

pub async fn remove(app: &App, held: &Held, line: u32) -> Result<Held> {
    let mut basket = (*held.basket).clone();
    basket.remove(line);
    save(app, held, basket, None, Some(line)).await
}

/// Sets the coding that holds for every line which says nothing itself.
pub async fn code_all(app: &App, held: &Held, coding: &[(Kind, String)]) -> Result<Held> {
    let lists = codes(app, &held.session.tenant).await?;
    let mut basket = (*held.basket).clone();
    set_coding(&mut basket.coding, coding, &lists, &app.clock.now().date(), None)?;
    save(app, held, basket, None, None).await
}

/// Saves a basket at the version it was read at; gives the session as it is then.
async fn save(app: &App, held: &Held, basket: Basket, put: Option<u32>, removed: Option<u32>) -> Result<Held> {
    check_open(&held.session)?;
    let put = put.and_then(|line| basket.line(line)).cloned().into_iter().collect();
    let step = sessions::step(app, &held.session, "open", &basket.coding);
    let wanted = Wanted { change: Some(Change { step, put, removed, freeze: None }), ..Wanted::default() };
    sessions::change(app, held, wanted, basket).await.map(|(held, _)| held)
}

/// Every code of a basket against the buyer's lists: what came with the call-up was never typed here (R-35, section 6).
/// Lines are counted as the buyer sees them.
pub fn check_codes(basket: &Basket, lists: &[Entry], today: &str) -> Result<()> {
    for (number, line) in (1u32..).zip(&basket.lines) {
        let values: Vec<(Kind, String)> = line.coding.over(&basket.coding).iter().map(|(kind, value)| (kind, value.to_string())).collect();
        set_coding(&mut Coding::default(), &values, lists, today, Some(number))?;
    }
    Ok(())
}

/// A value must fit, and be in the buyer's list where the buyer keeps one (reference oci, section 6).
fn set_coding(target: &mut Coding, values: &[(Kind, String)], lists: &[Entry], today: &str, line: Option<u32>) -> Result<()> {
    let mut findings = Findings::default();
    for (kind, value) in values {
        let finding = |code: Code| Finding { line, ..Finding::error(code, kind.name()) }.value(value);
        let mut list = lists.iter().filter(|entry| entry.kind == kind.name()).peekable();
        if value.chars().count() > kind.chars_max() {
            findings.push(finding(Code::ValueTooLong).limit(kind.chars_max()));
        } else if value.chars().any(|c| c.is_control() && !(*kind == Kind::Note && matches!(c, '\n' | '\r'))) {
            findings.push(finding(Code::Unusable));
        } else if *kind == Kind::WishDate && !value.is_empty() && !(crate::domain::time::is_date(value) && value.as_str() >= today) {
            findings.push(finding(Code::DateInvalid).limit(today));
        } else if !value.is_empty() && list.peek().is_some() && !list.any(|entry| entry.code == *value) {
            findings.push(finding(Code::CodeUnknown));
        }
        target.set(*kind, value);
    }
    if findings.has_error() { Err(findings.into()) } else { Ok(()) }
}
