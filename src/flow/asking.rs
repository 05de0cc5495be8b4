//! Questions about budgets, answered from what the bookkeeper keeps (budgets-and-orders, chapter 14). Reads only.

use crate::app::App;
use crate::domain::books::Books;
use crate::domain::money::Currency;
use crate::error::{Error, Result};
use crate::store;
use crate::wire::ledger;

use super::bookkeeping;

/// The books of a buyer without its orders, and the currency of its amounts.
pub async fn books(app: &App, tenant: &str) -> Result<(Books, Currency)> {
    let mut tx = app.store.view().await?;
    let buyer = store::organisation::by_id(&mut tx, tenant).await?.ok_or_else(|| Error::not_found("buyer", tenant))?;
    let books = bookkeeping::frame(&mut tx, tenant, &mut ledger::Reader::default()).await?;
    Ok((books, Currency::parse(&buyer.currency).unwrap_or(Currency::EUR)))
}
