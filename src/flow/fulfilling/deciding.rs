//! The buyer's decision about what its supplier offers for a line, or for some pieces of it: another price, or another article in its place. Taken, it
//! changes order and commitment in one commit, if the budgets allow; some pieces then are a line of their own. Refused, they wait for the supplier's
//! answer again.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Hearers, Step, advanced, line_of, said_json, same_version, with_changes};
use crate::app::App;
use crate::domain::books::command::{Change, Command, Names, Override, Revise};
use crate::domain::books::entry::{Entry, Fact};
use crate::domain::books::revising;
use crate::domain::books::sketch::Sketch;
use crate::domain::finding::{Code, Finding};
use crate::domain::fulfilment::{Said, Says, Source};
use crate::domain::money::Price;
use crate::domain::order::{Line, State, total};
use crate::domain::quantity;
use crate::error::{Error, Refusal, Result};
use crate::flow::bookkeeping::{Decided, Plan, Seen, Written};
use crate::flow::commanding::{self, Asking, Reply};
use crate::flow::peppol::agreeing;
use crate::flow::{changing, cxml, delivering, ordering};
use crate::store::order::Stored;
use crate::store::organisation::Organisation;
use crate::wire::cxml::kept::Kept;
use crate::wire::peppol::Correspondence;

/// What becomes of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Accept,
    Refuse,
}

impl Verdict {
    pub fn parse(text: &str) -> Option<Verdict> {
        match text {
            "accept" => Some(Verdict::Accept),
            "refuse" => Some(Verdict::Refuse),
            _ => None,
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Verdict::Accept => "offer accepted",
            Verdict::Refuse => "offer refused",
        }
    }
}

/// Whom a decision concerns besides the buyer.
#[derive(Clone)]
struct Told {
    supplier: Option<Organisation>,
    outgoing: Option<cxml::Outgoing>,
    agreement: Option<Correspondence>,
}

/// Decides about the offer for a line of an order of the caller's own organisation.
pub async fn decide(app: &App, asking: &Asking<'_>, number: &str, line: u32, verdict: Verdict, version: Option<i64>) -> Result<Reply> {
    let (stored, supplier) = changing::order(app, asking, number).await?;
    let told = Told { supplier, outgoing: cxml::outgoing(app, &stored).await?, agreement: agreeing::hearer(app, &stored).await? };
    let names = Names { orders: vec![stored.order.number.as_str().into()], ..Names::default() };
    let preview = asking.preview;
    let plan = move |seen: &Seen<'_>| {
        let stored = delivering::seen(seen)?;
        same_version(stored, version)?;
        planned(seen, stored, line, verdict, &told, preview)
    };
    match commanding::run(app, asking, names, Some(&stored), None, plan).await {
        Err(error) => Err(with_changes(app, &stored, error).await),
        reply => reply,
    }
}

/// What is offered for a line now.
fn offer(line: &Line) -> Result<Said> {
    line.standing().offer().ok_or_else(|| Error::Refused(Refusal::Nothing { what: "offer".into() }))
}

fn planned(seen: &Seen<'_>, stored: &Stored, number: u32, verdict: Verdict, told: &Told, preview: bool) -> Result<Plan> {
    if !matches!(stored.order.state, State::Placed | State::Confirmed) {
        return Err(super::wrong_state(stored));
    }
    let line = line_of(stored, number)?;
    let offer = offer(line)?;
    let taken = if offer.quantity == line.wanted() { number } else { stored.order.next_line() };
    // The buyer's system would not know the other line.
    if verdict == Verdict::Accept && taken != number && !stored.document.is_empty() {
        return Err(Finding::error(Code::OfferInPart, "quantity").line(number).value(offer.quantity).limit(line.wanted()).into());
    }
    let command = match verdict {
        Verdict::Refuse => None,
        Verdict::Accept if taken == number => Some(repriced(stored, number, &offer)),
        Verdict::Accept => Some(divided(seen, stored, number, taken, &offer)?),
    };
    let sketch = Sketch::of(seen.books, changing::places(seen.books, &stored.order.number));
    let body = json!({"line": number, "offer": said_json(&offer), "taken": taken});
    let (before, told) = (stored.clone(), told.clone());
    Ok(Plan {
        command,
        kind: verdict.kind(),
        subject: format!("order/{}", stored.order.number),
        cause: stored.order.id.clone(),
        body,
        write: Box::new(move |decided: &Decided<'_>| {
            let Ok(entry) = decided.outcome else {
                return Ok(Written { answer: commanding::answer(decided, &sketch, preview, &Value::Null), ..Written::default() });
            };
            let written = after(&before, (number, taken), &offer, verdict, &told, decided, entry)?;
            let order = written.orders.first().map(|stored| ordering::order_json(&stored.order, &[]));
            let answer = commanding::answer(decided, &sketch, preview, &json!({"order": order}));
            Ok(Written { answer, ..written })
        }),
    })
}

/// The line at the price that is offered for all of it.
fn repriced(stored: &Stored, number: u32, offer: &Said) -> Command {
    Command::Change(Change {
        order: stored.order.number.as_str().into(),
        line: number.to_string().into(),
        quantity: None,
        unit_price: offer.price,
        discount_percent: offer.price.map(|_| Decimal::ZERO),
        tax_percent: None,
        split: None,
        passing: Override::No,
    })
}

/// The order with the pieces that are offered as a line of their own.
fn divided(seen: &Seen<'_>, stored: &Stored, number: u32, taken: u32, offer: &Said) -> Result<Command> {
    let missing = || Error::internal("an order that the books do not know");
    let booked = seen.books.orders.get(stored.order.number.as_str()).ok_or_else(missing)?;
    let taken: Arc<str> = taken.to_string().into();
    let mut lines = revising::divided(booked, &number.to_string(), &taken, offer.quantity).ok_or_else(missing)?;
    if let (Some(price), Some(new)) = (offer.price, lines.last_mut()) {
        (new.terms.unit_price, new.terms.discount_percent) = (price, Decimal::ZERO);
    }
    let period = booked.lines.values().flat_map(|line| &line.rows).map(|row| row.at.period.clone()).next().unwrap_or_default();
    let order = stored.order.number.as_str().into();
    Ok(Command::Revise(Revise { order, period, lines, charges: Vec::new(), divided: Some(taken), passing: Override::No }))
}

/// The order after the decision, and what supplier and the buyer's own system are told.
fn after(
    stored: &Stored,
    (number, taken): (u32, u32),
    offer: &Said,
    verdict: Verdict,
    told: &Told,
    decided: &Decided<'_>,
    entry: &Entry,
) -> Result<Written> {
    let mut changed = stored.clone();
    if let Some(line) = changed.order.lines.iter_mut().find(|line| line.line == number) {
        line.answer.said.retain(|said| !said.offers_as(offer));
    }
    if verdict == Verdict::Accept && taken != number {
        changed.order.divide(number, offer.quantity).ok_or_else(too_large)?;
    }
    if let Some(line) = changed.order.lines.iter_mut().find(|line| verdict == Verdict::Accept && line.line == taken) {
        take(line, offer, entry).ok_or_else(too_large)?;
        line.answer.said.push(Said { date: offer.date.clone(), ..Said::of(Says::Confirmed, offer.quantity) });
    }
    changed.order.net = total(&changed.order.lines).ok_or_else(too_large)?;
    keep(&mut changed, number);
    let is_concerned = |line: &&Line| line.line == number || line.line == taken;
    let answers = changed.order.lines.iter().filter(is_concerned).map(|line| (line.line, line.answer.clone())).collect::<BTreeMap<_, _>>();
    let step = Step { source: Source::Page, answers, parcel: None, withdrawn: Vec::new(), note: verdict.kind().to_string() };
    let hearers = Hearers { outgoing: told.outgoing.clone(), ..Hearers::default() };
    let mut written = advanced(&changed, &step, &hearers, decided, entry)?;
    // The order before the decision, not as it was put into the step.
    let agreement = written.orders.first().and_then(|after| agreeing::agreed(stored, after, told.agreement.as_ref(), decided.at));
    written.messages.extend(agreement);
    for stored in &written.orders {
        let supplier = told.supplier.as_ref();
        written.messages.extend(match verdict {
            Verdict::Accept => ordering::tell_supplier(stored, supplier, "offer-accepted", decided.at)?,
            Verdict::Refuse => ordering::tell_supplier(stored, supplier, "offer-refused", decided.at)?,
        });
    }
    Ok(written)
}

fn too_large() -> Error {
    Finding::error(Code::NumberTooLarge, "net").limit(quantity::INTEGER_DIGITS_MAX).into()
}

/// Price and article of the line as they were offered; the price is that of the books.
fn take(line: &mut Line, offer: &Said, entry: &Entry) -> Option<()> {
    if let Some(article) = &offer.article {
        line.article.clone_from(article);
        line.shop_price = None;
        line.description = offer.name.clone().unwrap_or_else(|| line.description.clone());
    }
    let booked = entry.facts.iter().find_map(|fact| match fact {
        Fact::Line { line: booked, .. } if *booked.number == line.line.to_string() => Some(booked.terms.unit_price),
        _ => None,
    });
    line.price = Price { amount: booked.or(offer.price).unwrap_or(line.price.amount), ..line.price };
    line.net = line.price.total(line.quantity)?;
    Some(())
}

/// The order's own document says the same.
fn keep(stored: &mut Stored, number: u32) {
    let Some(mut kept) = Kept::read(&stored.document) else { return };
    let Some(line) = stored.order.lines.iter().find(|line| line.line == number) else { return };
    for said in kept.order.lines.iter_mut().filter(|said| said.number == number) {
        said.supplier_part.clone_from(&line.article);
        said.reprice(line.price, line.net.decimal());
    }
    kept.order.net_total = kept.order.lines.iter().map(|line| line.net).sum();
    stored.document = kept.write();
}
