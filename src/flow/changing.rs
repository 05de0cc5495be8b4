//! What a buyer does to an order that is placed or asked for: changes quantity, price or split of a line, calls lines off, closes a line and
//! opens it again (budgets-and-orders, chapter 10). The order follows the entry, and the supplier is told when it knows the order.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::bookkeeping::{Decided, Plan, Seen, Written};
use super::commanding::{self, Asking, Reply};
use super::ordering::{self, BodyShare};
use super::{cxml, delivering};
use crate::app::App;
use crate::domain::books::command::{self, Command, Names, Part, Shrink};
use crate::domain::books::sketch::Sketch;
use crate::domain::books::{Books, BudgetPeriod};
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::order::State;
use crate::domain::quantity;
use crate::error::{Error, Refusal, Result};
use crate::flow::invoicing::items;
use crate::store;
use crate::store::order::Stored;
use crate::store::organisation::Organisation;

/// The body of `POST /api/v1/orders/{number}/changes`: what is left out stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    pub line: u32,
    #[serde(default)]
    pub quantity: Option<Value>,
    #[serde(default)]
    pub price: Option<Value>,
    #[serde(default)]
    pub split: Option<Vec<BodyShare>>,
    #[serde(default)]
    pub override_reason: Option<String>,
    #[serde(default)]
    pub preview: bool,
}

/// The body of `POST /api/v1/orders/{number}/cancellations`: without lines everything that is open.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancellation {
    #[serde(default)]
    pub lines: Vec<CancelledLine>,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub preview: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelledLine {
    pub line: u32,
    /// All that is open when it is left out.
    #[serde(default)]
    pub quantity: Option<Value>,
}

/// How the order follows, and whether the supplier hears of it.
#[derive(Clone, PartialEq)]
enum Follow {
    /// Lines say from now on what the books say.
    Revised,
    /// What was called off is no longer open; with the reason, which may be empty.
    CalledOff(String),
    /// Nothing that the supplier would see.
    Kept,
}

/// An order of the caller's own organisation, that they may see.
pub async fn order(app: &App, asking: &Asking<'_>, number: &str) -> Result<(Stored, Option<Organisation>)> {
    let mut tx = app.store.view().await?;
    let person = &asking.caller.person;
    let stored = store::order::by_number(&mut tx, &person.tenant, number).await?.ok_or_else(|| Error::not_found("order", number))?;
    let supplier = store::organisation::by_id(&mut tx, &stored.order.supplier).await?;
    Ok((stored, supplier))
}

/// Where an order's money is now.
pub fn places(books: &Books, number: &str) -> Vec<BudgetPeriod> {
    let lines = books.orders.get(number).into_iter().flat_map(|order| order.lines.values());
    lines.flat_map(|line| &line.rows).filter(|row| !row.dropped).map(|row| row.at.clone()).collect()
}

/// Books a command on an order, and writes the order as it is from then on.
async fn book(
    app: &App,
    asking: &Asking<'_>,
    number: &str,
    body: Value,
    follow: Follow,
    make: impl Fn(&Books, &Stored) -> Result<(Command, Value, Vec<BudgetPeriod>)> + Send + Sync + 'static,
) -> Result<Reply> {
    let (stored, supplier) = order(app, asking, number).await?;
    let names = Names { orders: vec![stored.order.number.as_str().into()], ..Names::default() };
    let preview = asking.preview;
    let plan = move |seen: &Seen<'_>| {
        let stored = delivering::seen(seen)?;
        let (command, journalled, more_places) = make(seen.books, stored)?;
        let sketch = Sketch::of(seen.books, places(seen.books, &stored.order.number).into_iter().chain(more_places));
        let mut body = body.clone();
        if let (Some(body), Some(journalled)) = (body.as_object_mut(), journalled.as_object()) {
            body.extend(journalled.clone());
        }
        let (supplier, now, follow) = (supplier.clone(), seen.now, follow.clone());
        let kind = command.kind();
        let subject = command.subject();
        let after = stored.clone();
        Ok(Plan {
            command: Some(command),
            kind,
            subject,
            cause: stored.order.id.clone(),
            body,
            write: Box::new(move |decided: &Decided<'_>| {
                let Ok(entry) = decided.outcome else {
                    return Ok(Written { answer: commanding::answer(decided, &sketch, preview, &Value::Null), ..Written::default() });
                };
                let (mut after, was) = (after.clone(), after.order.state);
                let mut reason = "";
                match &follow {
                    Follow::Revised => after.order.revise(entry).ok_or_else(too_large)?,
                    Follow::CalledOff(why) => {
                        reason = why;
                        items::follow(&mut after, decided, entry);
                        cxml::follow_charge(&mut after, entry);
                        after.order.state = crate::domain::order::after_refusal(after.order.state, &after.order.lines);
                    }
                    Follow::Kept => {
                        items::mark_charges(&mut after, decided.books, Some(entry));
                        // Nothing of what is closed is left to invoice.
                        if after.order.state == State::Shipped {
                            after.order.state = crate::domain::order::after_refusal(after.order.state, &after.order.lines);
                        }
                    }
                }
                after.version += 1;
                // A request never left the house, and an order ahead has not yet.
                let is_told = follow != Follow::Kept && was != State::Requested && after.waits_for.is_none();
                let messages = if is_told { ordering::tell_called_off(&after, supplier.as_ref(), reason, now)? } else { Vec::new() };
                let more = json!({"order": ordering::order_json(&after.order, &[])});
                Ok(Written { answer: commanding::answer(decided, &sketch, preview, &more), orders: vec![after], messages, ..Written::default() })
            }),
        })
    };
    commanding::run(app, asking, names, Some(&stored), None, plan).await
}

fn too_large() -> Error {
    Finding::error(Code::NumberTooLarge, "net").limit(quantity::INTEGER_DIGITS_MAX).into()
}

fn wrong_state(stored: &Stored) -> Error {
    Error::Refused(Refusal::State { what: "order".into(), state: stored.order.state.as_str().into() })
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

/// Changes one line.
pub async fn change(app: &App, asking: &Asking<'_>, number: &str, wanted: &Change) -> Result<Reply> {
    let mut findings = Findings::default();
    let quantity = wanted.quantity.as_ref().map(|value| quantity::read(&text_of(value)).map_err(|finding| findings.push(finding.line(wanted.line))));
    let price = wanted.price.as_ref().map(|value| text_of(value).parse::<Decimal>().ok().filter(|price| !price.is_sign_negative()));
    if price == Some(None) {
        findings.push(Finding::error(Code::Unusable, "price").line(wanted.line).value(wanted.price.as_ref().map(text_of).unwrap_or_default()));
    }
    let split = wanted.split.as_ref().map(|shares| ordering::read_split(shares, Some(wanted.line), &mut findings));
    if quantity.is_none() && price.is_none() && split.is_none() {
        findings.push(Finding::error(Code::Missing, "quantity").line(wanted.line).limit("quantity, price, split"));
    }
    let passing = commanding::passing(wanted.override_reason.as_deref())?;
    if findings.has_error() {
        return Err(findings.into());
    }
    let (quantity, price) = (quantity.and_then(std::result::Result::ok), price.flatten());
    let (line, reason): (Arc<str>, _) = (wanted.line.to_string().into(), wanted.override_reason.clone());
    let body = json!({"line": wanted.line, "quantity": quantity.map(|q| q.to_string()), "price": price.map(|p| p.to_string()),
        "split": split.as_ref().map(|split| split.rows.iter().map(|(budget, weight)| json!([&**budget, weight.to_string()])).collect::<Vec<_>>())});
    let make = move |books: &Books, stored: &Stored| {
        if !matches!(stored.order.state, State::Requested | State::Placed | State::Confirmed) {
            return Err(wrong_state(stored));
        }
        let period = places(books, &stored.order.number).first().map(|at| at.period.clone());
        let new = split.iter().flat_map(|split| &split.rows).map(|(budget, _)| budget);
        let new = period.iter().flat_map(|period| new.clone().map(|budget| BudgetPeriod { budget: budget.clone(), period: period.clone() }));
        let new: Vec<BudgetPeriod> = new.collect();
        let command = Command::Change(command::Change {
            order: stored.order.number.as_str().into(),
            line: line.clone(),
            quantity,
            unit_price: price,
            discount_percent: price.map(|_| Decimal::ZERO),
            tax_percent: None,
            split: split.clone(),
            passing,
        });
        let journalled = commanding::overridden(books, &command, reason.as_deref());
        Ok((command, journalled, new))
    };
    book(app, asking, number, body, Follow::Revised, make).await
}

/// Calls off what is open, of lines or of all.
pub async fn cancel(app: &App, asking: &Asking<'_>, number: &str, wanted: &Cancellation) -> Result<Reply> {
    let mut findings = Findings::default();
    let mut parts = Vec::with_capacity(wanted.lines.len());
    for line in &wanted.lines {
        match line.quantity.as_ref().map(|value| quantity::read(&text_of(value))).transpose() {
            Ok(quantity) => parts.push(Part { line: line.line.to_string().into(), quantity }),
            Err(finding) => findings.push(finding.line(line.line)),
        }
    }
    if findings.has_error() {
        return Err(findings.into());
    }
    let reason: String = wanted.reason.chars().filter(|c| !c.is_control()).take(commanding::REASON_MAX).collect();
    let reason = reason.trim().to_string();
    let body = json!({"lines": wanted.lines.iter().map(|line| line.line).collect::<Vec<_>>(), "reason": reason});
    let make = move |_: &Books, stored: &Stored| {
        Ok((Command::Shrink(Shrink { order: stored.order.number.as_str().into(), lines: parts.clone() }), json!({}), Vec::new()))
    };
    book(app, asking, number, body, Follow::CalledOff(reason), make).await
}

/// Closes a line, whose rest is then free; or opens it again, if its rest still fits.
pub async fn close_line(app: &App, asking: &Asking<'_>, number: &str, line: u32, closed: bool) -> Result<Reply> {
    let make = move |_: &Books, stored: &Stored| {
        let command = Command::CloseLine { order: stored.order.number.as_str().into(), line: line.to_string().into(), closed };
        Ok((command, json!({}), Vec::new()))
    };
    book(app, asking, number, json!({"line": line}), Follow::Kept, make).await
}
