//! The basket of a session: put in, change, remove, code. Loads, lets `domain::basket` decide, saves at the same version.
//! Prices, rights and tenants never come from the browser.

use crate::app::App;
use crate::domain::article::Article;
use crate::domain::basket::{self, Basket, Chosen};
use crate::domain::coding::{Coding, Kind};
use crate::domain::finding::{Code, Finding, Findings};
use crate::error::{Error, Refusal, Result};
use crate::store::code::Entry;
use crate::store::session::{self, Session};

/// The basket as it is now.
pub async fn basket(app: &App, session: &Session) -> Result<Basket> {
    let mut tx = app.store.read().await?;
    session::lines(&mut tx, session).await
}

/// The lists the buyer keeps, for choosing and checking.
pub async fn codes(app: &App, tenant: &str) -> Result<Vec<Entry>> {
    let mut tx = app.store.read().await?;
    crate::store::code::all(&mut tx, tenant).await
}

fn check_open(session: &Session) -> Result<()> {
    if session.state == "open" {
        return Ok(());
    }
    Err(Error::Refused(Refusal::State { what: "basket".into(), state: session.state.clone() }))
}

pub async fn put(app: &App, session: &Session, article: &Article, quantity: &str, chosen: Vec<Chosen>) -> Result<()> {
    check_open(session)?;
    change(app, session, |basket| basket.put(article, quantity, chosen).map_err(Error::from)).await
}

/// Changes quantity and coding of a line; `None` leaves the quantity alone.
pub async fn update(
    app: &App,
    session: &Session,
    line: u32,
    article: Option<&Article>,
    quantity: Option<&str>,
    coding: &[(Kind, String)],
) -> Result<()> {
    check_open(session)?;
    let lists = codes(app, &session.tenant).await?;
    let today = app.clock.now().date();
    change(app, session, |basket| {
        let target = basket.line_mut(line).ok_or_else(|| Error::not_found("line", line))?;
        if let Some(typed) = quantity {
            let article = article.ok_or_else(|| Error::from(Finding::error(Code::ArticleUnknown, "article").line(line)))?;
            target.quantity = basket::read_quantity(article, typed).map_err(|finding| Error::from(finding.line(line)))?;
        }
        set_coding(&mut target.coding, coding, &lists, &today, Some(line))?;
        Ok(line)
    })
    .await
}

pub async fn remove(app: &App, session: &Session, line: u32) -> Result<()> {
    check_open(session)?;
    let mut tx = app.store.begin().await?;
    session::advance(&mut tx, session, "open", &session.basket_coding).await?;
    session::remove_line(&mut tx, session, line).await?;
    tx.commit().await
}

/// Sets the coding that holds for every line which says nothing itself.
pub async fn code_all(app: &App, session: &Session, coding: &[(Kind, String)]) -> Result<()> {
    check_open(session)?;
    let lists = codes(app, &session.tenant).await?;
    let mut whole = session.basket_coding.clone();
    set_coding(&mut whole, coding, &lists, &app.clock.now().date(), None)?;
    let mut tx = app.store.begin().await?;
    session::advance(&mut tx, session, "open", &whole).await?;
    tx.commit().await
}

/// Loads the lines, lets `decide` change one of them, saves that one at the session's version.
async fn change(app: &App, session: &Session, decide: impl FnOnce(&mut Basket) -> Result<u32>) -> Result<()> {
    let mut tx = app.store.begin().await?;
    let mut basket = session::lines(&mut tx, session).await?;
    let touched = decide(&mut basket)?;
    session::advance(&mut tx, session, "open", &session.basket_coding).await?;
    if let Some(line) = basket.line(touched) {
        session::put_line(&mut tx, session, line).await?;
    }
    tx.commit().await
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
