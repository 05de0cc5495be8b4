//! Questions about budgets, answered from what the bookkeeper keeps, for now and for any past moment by time of posting
//! (budgets-and-orders, chapter 14). Reads only, in one view of the database for each question.

pub mod analysis;
pub mod budget;
pub mod history;
pub mod holders;
pub mod order;
pub mod overview;
pub mod reports;

use std::sync::Arc;

use crate::app::App;
use crate::domain::books::{Books, BudgetPeriod, Places};
use crate::domain::finding::{Code, Finding};
use crate::domain::money::{Currency, Money};
use crate::domain::rights;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::store::{self, Tx};
use crate::wire::ledger::Reader;
use crate::wire::table_csv::Cell;

use super::remembering::{self, Since};
use super::signing::Caller;
use super::{bookkeeping, granting};

/// The books of a buyer without its orders, at a moment, and what is needed to read on in the same view.
pub struct View {
    pub tx: Tx,
    pub tenant: String,
    pub reader: Reader,
    pub books: Books,
    pub currency: Currency,
    pub zone: String,
    /// The day of the moment, on the clocks of the buyer.
    pub today: String,
    pub now: Timestamp,
    /// A moment that has passed; nothing for now.
    pub at: Option<Timestamp>,
    /// The number of the last entry by then.
    pub last: i64,
    since: Option<Arc<Since>>,
}

impl View {
    /// Whether the caller may see a budget: what they may not see is not in their books.
    pub fn sees(&self, at: &BudgetPeriod) -> bool {
        self.books.budgets.contains_key(&at.budget)
    }

    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }

    /// What came after the moment, read once.
    async fn since(&mut self) -> Result<Option<Arc<Since>>> {
        if let (None, Some(at)) = (&self.since, self.at) {
            self.since = Some(Arc::new(remembering::since(&mut self.tx, &self.tenant, at, &mut self.reader).await?));
        }
        Ok(self.since.clone())
    }

    /// An amount in a table that goes out.
    pub fn cell(&self, minor: i64) -> Cell {
        Cell::number(self.money(minor).decimal())
    }

    /// Requested, committed, delivered, expended.
    pub fn places(&self, places: Places) -> [Cell; 4] {
        [places.requested, places.committed, places.delivered, places.expended].map(|minor| self.cell(minor))
    }
}

/// A table that goes out: its columns, and rows of cells.
pub type Table = (&'static [&'static str], Vec<Vec<Cell>>);

/// The view of a moment: a day, a time, or nothing for now. A moment to come is now. Budgets that the caller may not see are not in it.
pub async fn view(app: &App, caller: &Caller, at: &str) -> Result<View> {
    let person = &caller.person;
    let mut view = whole(app, &person.tenant, at).await?;
    let grants = granting::grants(&mut view.tx, &person.tenant, &person.sign_in, &person.roles).await?;
    view.books = rights::seen(view.books, &grants);
    Ok(view)
}

/// The same with all budgets, for what is not shown as it is.
pub async fn whole(app: &App, tenant: &str, at: &str) -> Result<View> {
    let now = app.clock.now();
    let mut tx = app.store.view().await?;
    let mut reader = Reader::default();
    let buyer = store::organisation::by_id(&mut tx, tenant).await?.ok_or_else(|| Error::not_found("buyer", tenant))?;
    let zone = store::organisation::time_zone(&mut tx, tenant).await?;
    let moment = match at {
        "" => None,
        text => Some(
            Timestamp::read(text, &zone).ok_or_else(|| Finding::error(Code::Unusable, "at").value(text).limit("2026-11-01, 2026-11-01T10:00:00Z"))?,
        ),
    };
    let moment = moment.filter(|moment| *moment < now);
    let (books, last) = match moment {
        None => (bookkeeping::frame(&mut tx, tenant, &mut reader).await?, i64::MAX - 1),
        Some(moment) => remembering::books(&mut tx, tenant, moment, &mut reader).await?,
    };
    let today = moment.unwrap_or(now).local(&zone).0;
    let currency = Currency::parse(&buyer.currency).unwrap_or(Currency::EUR);
    Ok(View { tx, tenant: tenant.to_string(), reader, books, currency, zone, today, now, at: moment, last, since: None })
}

/// The books of a buyer as they stand and as the caller may see them, without its orders, and the currency of its amounts.
pub async fn books(app: &App, caller: &Caller) -> Result<(Books, Currency)> {
    let view = view(app, caller, "").await?;
    Ok((view.books, view.currency))
}
