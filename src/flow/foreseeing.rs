//! What a basket would do to the budgets it names, as its buyer sees it before it is handed back (budgets-and-orders, chapter 7). Asked of
//! the same books that will decide about the order; writes nothing. What counts is what they say when the order comes.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rust_decimal::Decimal;

use super::bookkeeping::{Booking, Seen};
use super::returning;
use crate::app::App;
use crate::domain::basket::Basket;
use crate::domain::books::command::{NewLine, Override, Place, Split};
use crate::domain::books::foresight::{Answer, Foreseen};
use crate::domain::books::position::{Mode, SplitKind, Terms};
use crate::domain::catalogue::Catalogue;
use crate::domain::coding::Kind;
use crate::domain::money::Currency;
use crate::domain::rights::{self, Grant};
use crate::error::Result;
use crate::wire::oci::returns::Line;

/// What a basket would be answered as an order, and what it would leave.
#[derive(Clone, Debug)]
pub struct Foresight {
    pub answer: Answer,
    pub places: Vec<Placed>,
    /// Budget codes that nobody set up.
    pub unknown: Vec<String>,
    pub currency: Currency,
}

/// A place with its name.
#[derive(Clone, Debug)]
pub struct Placed {
    pub name: String,
    pub is_advisory: bool,
    pub foreseen: Foreseen,
}

/// `None` when no line names a budget. With `grants`, only what they let their owner see.
pub async fn basket(app: &App, tenant: &str, catalogue: &Catalogue, basket: &Basket, grants: Option<Vec<Grant>>) -> Result<Option<Foresight>> {
    let Ok(lines) = returning::lines(catalogue, basket) else { return Ok(None) };
    let named = |line: &&Line<'_>| !line.coding.get(Kind::BudgetCode).is_empty();
    let wished = lines.iter().map(|line| line.coding.get(Kind::WishDate)).find(|day| !day.is_empty()).unwrap_or_default().to_string();
    let booked: Vec<NewLine> = (1u32..).zip(lines.iter().filter(named)).map(|(number, line)| new_line(number, line)).collect();
    let Some(currency) = lines.first().map(|line| line.article.price.currency).filter(|_| !booked.is_empty()) else { return Ok(None) };
    let seen: Arc<Mutex<Option<Foresight>>> = Arc::default();
    let kept = seen.clone();
    // Of two looks, when a batch had to be done again, the last is of what is so.
    let look = move |at: &Seen<'_>| {
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(foresee(at, &booked, &wished, currency, grants.as_deref()));
    };
    app.bookkeepers.book(tenant, Booking::looking(look)).await?;
    Ok(seen.lock().unwrap_or_else(PoisonError::into_inner).take())
}

fn new_line(number: u32, line: &Line<'_>) -> NewLine {
    let article = &line.article;
    NewLine {
        number: number.to_string().into(),
        quantity: line.quantity,
        terms: Terms {
            unit_price: article.price.amount,
            price_unit: Decimal::from(article.price.per),
            discount_percent: Decimal::ZERO,
            tax_percent: article.vat,
        },
        mode: Mode::Quantity,
        split: Split { kind: SplitKind::Percentages, rows: vec![(line.coding.get(Kind::BudgetCode).into(), Decimal::ONE_HUNDRED)] },
        charges: Vec::new(),
    }
}

fn foresee(at: &Seen<'_>, lines: &[NewLine], wished: &str, currency: Currency, grants: Option<&[Grant]>) -> Foresight {
    let sees = |budget: &str| grants.is_none_or(|grants| rights::sees(at.books, grants, budget));
    let budget = |line: &NewLine| line.split.rows.first().map(|(budget, _)| budget.clone());
    let is_known = |budget: &Arc<str>| at.books.budgets.contains_key(budget) && sees(budget);
    let (known, strange): (Vec<&NewLine>, Vec<&NewLine>) = lines.iter().partition(|line| budget(line).is_some_and(|budget| is_known(&budget)));
    let unknown: BTreeSet<String> = strange.into_iter().filter_map(budget).map(|code| code.to_string()).collect();
    let codes: Vec<Arc<str>> = known.iter().filter_map(|line| budget(line)).collect();
    let budgets: Vec<&str> = codes.iter().map(|code| &**code).collect();
    let period = at.books.period_for(None, wished, &at.now.date(), &budgets).unwrap_or_default();
    let lines = known.into_iter().cloned().collect();
    let order = Place { order: "".into(), period, lines, charges: Vec::new(), as_request: false, passing: Override::No };
    let (answer, places) = at.books.foresee(&order);
    let placed = |foreseen: Foreseen| {
        let name = at.books.budgets.get(&foreseen.at.budget).map(|budget| budget.name.to_string()).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| foreseen.at.budget.to_string());
        Placed { name, is_advisory: at.books.is_advisory(&foreseen.at.budget), foreseen }
    };
    let places = places.into_iter().filter(|place| sees(&place.at.budget)).map(placed).collect();
    Foresight { answer, places, unknown: unknown.into_iter().collect(), currency }
}
