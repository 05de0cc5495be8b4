//! `OrderRequest` (sections 6, 11 to 13): read, held against the basket it came from, and booked as every order is; changed and cancelled by
//! version. A test runs through all of it and books nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::coming::{self, Came};
use super::refusing::{self, refusal, refuse};
use super::{Proven, Said, cart};
use crate::app::App;
use crate::clock;
use crate::domain::books::command::{Command, Names, NewLine, OrderCharge, Override, Revise, Shrink, Split, Spread};
use crate::domain::books::entry::{Code as Because, Refusal as Refused};
use crate::domain::books::position::{Mode, SplitKind, Terms as Agreed};
use crate::domain::coding::{Coding, Kind as Coded};
use crate::domain::connection::Unknown;
use crate::domain::money::{Currency, Money, Price};
use crate::domain::order::{Line as OrderLine, Order as Placed, State, total};
use crate::domain::rights::Asker;
use crate::error::{Error, Result};
use crate::flow::bookkeeping::{Answer, Decided, Done, Key, Plan, Seen, WriteFn, Written};
use crate::flow::{approving, connecting, delivering, ordering, proving};
use crate::store::attachment::Attachment as Stored;
use crate::store::json::str_of;
use crate::store::order::Stored as StoredOrder;
use crate::store::organisation::Organisation;
use crate::store::{self, Tx};
use crate::wire::cxml::kept::{Attachment, Kept, Kind, Line, Order};
use crate::wire::cxml::order::{self as wire, Offer, Outcome, Terms};
use crate::wire::cxml::{Fault, Status};

/// The most pieces a price may be for.
const PER_MAX: u32 = 1_000_000;
/// Decimals of a price that a stated amount is divided to, where it is for too many pieces.
const PLACES: u32 = 12;
/// How often a change is decided anew when another came between.
const TRIES: usize = 4;
/// The books' name of what shipping costs.
const SHIPPING: &str = "shipping";

/// What is known when an order was read and compared.
struct Ready {
    order: Order,
    outcome: Outcome,
    lines: Vec<OrderLine>,
    booked: Vec<NewLine>,
    charges: Vec<OrderCharge>,
    files: Vec<Stored>,
    quote: Option<String>,
    warnings: Vec<String>,
}

pub async fn order(app: &App, proven: &Proven<'_>, notes: &mut Vec<String>) -> Result<Said> {
    let came = Came::of(proven)?;
    match wire::read(proven.envelope.payload_element, &came.habits, &proven.zone, notes) {
        Ok(order) => take(app, &came, order, notes).await,
        Err(fault) => refuse(app, &came, "order".to_string(), fault).await,
    }
}

/// Takes an order that was read, in whatever format it came.
pub async fn take(app: &App, came: &Came<'_>, read: Order, notes: &mut Vec<String>) -> Result<Said> {
    let subject = format!("order/{}", read.order_id);
    for _ in 1..TRIES {
        match once(app, came, read.clone(), notes).await {
            Err(Error::Conflict(_)) => {}
            Ok(Ok(said)) => return Ok(said),
            Ok(Err(fault)) => return refuse(app, came, subject, fault).await,
            Err(error) => return Err(error),
        }
    }
    Err(Error::Unavailable("an order changes too often".into()))
}

async fn once(app: &App, came: &Came<'_>, read: Order, notes: &mut Vec<String>) -> Result<std::result::Result<Said, Fault>> {
    let tenant = &came.tenant;
    let known = store::order::by_number(&mut app.store.read().await?, tenant, &read.order_id).await?;
    if read.kind == Kind::Delete {
        return match known {
            _ if came.is_test => Ok(Ok(test(app, came, &read).await?)),
            Some(known) => Ok(Ok(delete(app, came, read, known).await?)),
            None => Ok(Err(unknown(&read))),
        };
    }
    if read.kind == Kind::Update && known.is_none() && !came.is_test {
        return Ok(Err(unknown(&read)));
    }
    let before = known.as_ref().filter(|_| read.kind == Kind::Update).and_then(|known| Kept::read(&known.document));
    if let Some(fault) = other_currency(&read, known.as_ref().filter(|_| read.kind == Kind::Update)) {
        return Ok(Err(fault));
    }
    let ready = match ready(app, came, read, before.as_ref(), notes).await? {
        Ok(ready) => ready,
        Err(fault) => return Ok(Err(fault)),
    };
    if came.is_test {
        return Ok(Ok(test(app, came, &ready.order).await?));
    }
    match known.filter(|_| ready.order.kind == Kind::Update) {
        Some(known) => Ok(Ok(update(app, came, ready, known).await?)),
        None => Ok(Ok(place(app, came, ready).await?)),
    }
}

fn unknown(order: &Order) -> Fault {
    Fault::new(Status::ExpectationFailed, format_args!("order {} is not known", order.order_id))
}

fn other_currency(order: &Order, known: Option<&StoredOrder>) -> Option<Fault> {
    let known = known?.order.net.currency.as_str();
    let is_other = !order.currency.is_empty() && order.currency != known;
    is_other.then(|| Fault::content(format_args!("order {}: the currency cannot change from {known}", order.order_id)))
}

/// Compares, works out and checks everything that needs no lock.
async fn ready(
    app: &App,
    came: &Came<'_>,
    mut order: Order,
    before: Option<&Kept>,
    notes: &mut Vec<String>,
) -> Result<std::result::Result<Ready, Fault>> {
    let connection = came.connection()?;
    let habits = &came.habits;
    let mut warnings: Vec<String> = notes.clone();
    order.lines.retain(|line| !line.deleted);
    if order.lines.is_empty() {
        return Ok(Err(Fault::content("no line is left of the order; please cancel it")));
    }
    Kept::number_lines(&mut order, before);
    let files = match attachments(came, &mut order, &mut warnings) {
        Ok(files) => files,
        Err(fault) => return Ok(Err(fault)),
    };
    let buyer = connecting::organisation(app, &connection.tenant).await?;
    let own = buyer.as_ref().and_then(|buyer| Currency::parse(&buyer.currency)).unwrap_or(Currency::EUR);
    let (offers, quote) = offers(app, came, &order).await?;
    let terms = Terms { habits, changed_price: connection.changed_price, currency: own };
    let outcome = match wire::settle(&mut order, &offers, &terms, &mut warnings) {
        Ok(outcome) => outcome,
        Err(fault) => return Ok(Err(fault)),
    };
    let budgets: BTreeSet<Arc<str>> =
        store::standing::budgets(&mut app.store.read().await?, &connection.tenant).await?.into_iter().map(|budget| budget.code).collect();
    if let Some(fault) = unknown_centre(&order, &budgets, habits.unknown_cost_centre) {
        return Ok(Err(fault));
    }
    let rate = rate(&order);
    let lines: Option<Vec<OrderLine>> = order.lines.iter().map(|line| order_line(line, offers.get(&line.line), rate, &order.currency)).collect();
    let Some(lines) = lines else { return Ok(Err(Fault::content("an amount or a price basis is too large"))) };
    let booked: Vec<NewLine> = lines.iter().zip(&order.lines).map(|(line, said)| new_line(line, said, &budgets, &mut warnings)).collect();
    if order.currency != own.as_str() && booked.iter().any(|line| line.split.kind != SplitKind::None) {
        return Ok(Err(Fault::content(format_args!("budgets are kept in {}", own.as_str()))));
    }
    let charges = charges(&order);
    *notes = warnings.clone();
    Ok(Ok(Ready { order, outcome, lines, booked, charges, files, quote, warnings }))
}

/// What came with the order: every content id that a comment names must be there.
fn attachments(came: &Came<'_>, order: &mut Order, warnings: &mut Vec<String>) -> std::result::Result<Vec<Stored>, Fault> {
    for (id, internal) in order.references.clone() {
        let part = came.attachments.iter().find(|part| part.id == id);
        let part = part.ok_or_else(|| Fault::content("a comment names an attachment that is not in the message"))?;
        let sha256 = proving::hex(&<sha2::Sha256 as sha2::Digest>::digest(&part.body));
        order.attachments.push(Attachment { id, media_type: part.media_type.clone(), sha256, size: part.body.len(), internal });
    }
    let named = |id: &str| order.references.iter().any(|(known, _)| known == id);
    if came.attachments.iter().any(|part| !named(&part.id)) {
        warnings.push("an attachment is named by no comment".to_string());
    }
    let file = |part: &crate::wire::cxml::mime::Part| Stored {
        sha256: proving::hex(&<sha2::Sha256 as sha2::Digest>::digest(&part.body)),
        media_type: part.media_type.clone(),
        content: part.body.clone(),
    };
    Ok(came.attachments.iter().map(file).collect())
}

/// What each line was offered at: in the basket it names, else in the catalogue; and the quote of the first basket.
async fn offers(app: &App, came: &Came<'_>, order: &Order) -> Result<(BTreeMap<String, Offer>, Option<String>)> {
    let connection = came.connection()?;
    let catalogue = connecting::catalogue(app, &connection.catalogue).await?;
    let (mut offers, mut first) = (BTreeMap::new(), None);
    let mut tx = app.store.read().await?;
    for line in &order.lines {
        if let Some((quote, offer)) = of_basket(&mut tx, &connection.tenant, line).await? {
            first.get_or_insert(quote);
            offers.insert(line.line.clone(), offer);
        } else if let Some(article) = catalogue.get(&line.supplier_part) {
            let offer = Offer {
                part: article.number.clone(),
                unit: article.unit.clone(),
                price: article.price.amount,
                per: Decimal::from(article.price.per),
                currency: article.price.currency.as_str().to_string(),
                description: article.description(connection.language).to_string(),
                vat: article.vat,
                shop_price: article.shop_price,
                of_basket: false,
            };
            offers.insert(line.line.clone(), offer);
        }
    }
    Ok((offers, first))
}

async fn of_basket(tx: &mut Tx, tenant: &str, line: &Line) -> Result<Option<(String, Offer)>> {
    let Some(aux) = &line.aux else { return Ok(None) };
    let Some(cart::Known { quote, line: value, .. }) = cart::returned_line(tx, tenant, aux, false).await? else { return Ok(None) };
    let number = |name: &str| str_of(&value, name).parse::<Decimal>().ok();
    let offer = || {
        Some(Offer {
            part: str_of(&value, "article").to_string(),
            unit: str_of(&value, "unit").to_string(),
            price: number("price")?,
            per: value.get("price_quantity").and_then(Value::as_u64).map(Decimal::from)?,
            currency: str_of(&value, "currency").to_string(),
            description: str_of(&value, "description").to_string(),
            vat: number("vat").unwrap_or_default(),
            shop_price: number("shop_price"),
            of_basket: true,
        })
    };
    Ok(offer().map(|offer| (quote, offer)))
}

/// A cost centre that is no budget here.
fn unknown_centre(order: &Order, budgets: &BTreeSet<Arc<str>>, rule: Unknown) -> Option<Fault> {
    if rule == Unknown::Accept {
        return None;
    }
    let mut centres = order.lines.iter().flat_map(|line| line.cost.iter().filter_map(|share| share.cost_centre()).map(move |code| (line, code)));
    let (line, code) = centres.find(|(_, code)| !budgets.contains(*code))?;
    let shown: String = code.chars().filter(|c| !c.is_control()).take(60).collect();
    Some(Fault::content(format_args!("line {}: the cost centre {shown} is not known", line.line)))
}

/// The rate of tax of an order that names an amount for the whole.
fn rate(order: &Order) -> Decimal {
    let base = order.net_total + order.shipping;
    let percent = order.tax.checked_mul(Decimal::ONE_HUNDRED).and_then(|tax| tax.checked_div(base));
    percent.map(|percent| percent.round_dp(4)).filter(|percent| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(percent)).unwrap_or_default()
}

/// Price and pieces as the books have them: exactly what price, basis and factor say, or what the line is stated to cost where that differs.
fn price(line: &Line, currency: Currency) -> Option<Price> {
    let own = pieces(line.unit_price?.checked_mul(line.factor)?, line.price_basis, currency);
    match line.stated {
        Some(stated) if own.and_then(|price| price.total(line.quantity)) != Money::round(stated, currency) => {
            let each = || Some(Price { amount: stated.checked_div(line.quantity)?.round_dp(PLACES), per: 1, currency });
            pieces(stated, line.quantity, currency).or_else(each)
        }
        Some(_) | None => own,
    }
}

/// What everybody else pays, where the order speaks of the same pieces as the offer.
fn shop_price(line: &Line, offer: &Offer, price: Price) -> Option<Price> {
    let is_same = line.factor == Decimal::ONE && offer.per == Decimal::from(price.per) && offer.currency == price.currency.as_str();
    offer.shop_price.filter(|_| is_same).map(|amount| Price { amount, ..price })
}

fn pieces(mut amount: Decimal, basis: Decimal, currency: Currency) -> Option<Price> {
    let mut basis = basis.normalize();
    while !basis.is_integer() {
        (amount, basis) = (amount.checked_mul(Decimal::TEN)?, basis.checked_mul(Decimal::TEN)?.normalize());
    }
    let per = u32::try_from(basis.mantissa()).ok().filter(|per| basis.scale() == 0 && (1..=PER_MAX).contains(per))?;
    Some(Price { amount: amount.normalize(), per, currency })
}

/// A line as it is kept; `rate` is for one that nobody offered.
fn order_line(line: &Line, offer: Option<&Offer>, rate: Decimal, currency: &str) -> Option<OrderLine> {
    let currency = Currency::parse(currency)?;
    let mut coding = Coding::default();
    let mut set = |kind: Coded, value: Option<&str>| {
        if let Some(value) = value.filter(|value| value.chars().count() <= kind.chars_max()) {
            coding.set(kind, value);
        }
    };
    let segment = |name: &str| line.cost.first().and_then(|share| share.segments.get(name)).map(String::as_str);
    set(Coded::CostCentre, segment("cost_center"));
    set(Coded::GlAccount, segment("gl_account"));
    set(Coded::Project, segment("project"));
    set(Coded::Department, segment("department"));
    set(Coded::WishDate, line.requested_date.as_deref());
    set(Coded::Note, line.comments.first().map(String::as_str));
    let price = price(line, currency)?;
    let quoted = line.aux.as_deref().and_then(crate::wire::cxml::cart::quoted);
    Some(OrderLine {
        line: line.number,
        article: line.supplier_part.clone(),
        description: line.short_name.clone().or_else(|| line.description.clone()).unwrap_or_default().chars().take(500).collect(),
        text: String::new(),
        quantity: line.quantity,
        unit: line.unit.clone(),
        price,
        net: Money::round(line.net, currency)?,
        vat: offer.map_or(rate, |offer| offer.vat),
        coding,
        quote_line: quoted.map(|(_, line)| line),
        quoted_price: None,
        quoted_quantity: None,
        shop_price: offer.and_then(|offer| shop_price(line, offer, price)),
        shipped: Decimal::ZERO,
        shipped_on: String::new(),
        refused: Decimal::ZERO,
        invoiced: Decimal::ZERO,
        answer: Default::default(),
    })
}

/// A line as the books know it: on the budgets its shares name, where all of them are budgets here.
fn new_line(line: &OrderLine, said: &Line, budgets: &BTreeSet<Arc<str>>, warnings: &mut Vec<String>) -> NewLine {
    let row = |share: &crate::wire::cxml::kept::Share| {
        let code = share.cost_centre().and_then(|code| budgets.get(code))?;
        Some((code.clone(), share.amount))
    };
    let rows: Option<Vec<(Arc<str>, Decimal)>> = said.cost.iter().map(row).collect();
    let split = match rows.filter(|rows| !rows.is_empty()) {
        Some(rows) => Split { kind: SplitKind::Weights, rows },
        None => {
            if said.cost.iter().any(|share| share.cost_centre().is_some_and(|code| budgets.contains(code))) {
                warnings.push(format!("line {}: it is not booked, for not all of its cost centres are budgets", said.line));
            }
            Split { kind: SplitKind::None, rows: Vec::new() }
        }
    };
    NewLine {
        number: line.line.to_string().into(),
        quantity: line.quantity,
        terms: agreed(line.price.amount, line.price.per, line.vat),
        mode: Mode::Quantity,
        split,
        charges: Vec::new(),
    }
}

fn agreed(unit_price: Decimal, per: u32, tax_percent: Decimal) -> Agreed {
    Agreed { unit_price, price_unit: Decimal::from(per), discount_percent: Decimal::ZERO, tax_percent }
}

/// What shipping costs, pro rata on the budgets of the lines: it is part of the order's value (section 11).
fn charges(order: &Order) -> Vec<OrderCharge> {
    let charge = OrderCharge { id: SHIPPING.into(), terms: agreed(order.shipping, 1, Decimal::ZERO), spread: Spread::Amounts };
    if order.shipping.is_zero() { Vec::new() } else { vec![charge] }
}

/// The books' refusal, as the buyer's system reads it.
pub fn refused(refusal: &Refused, kept: Option<&Kept>) -> Fault {
    let line = |what: &str| {
        let number = what.rsplit('/').next().and_then(|number| number.parse().ok());
        number.and_then(|number| kept.and_then(|kept| kept.by_number(number))).map(|line| line.line.clone())
    };
    match refusal.code {
        Because::BelowDelivered | Because::AlreadyClosed | Because::BelowConsumed => {
            let line = line(&refusal.what).unwrap_or_else(|| refusal.what.clone());
            Fault::new(Status::Conflict, format_args!("line {line}: it was shipped, invoiced or closed already"))
        }
        Because::WrongState => Fault::new(Status::Conflict, "the order is not in a state for this"),
        _ if !refusal.over.is_empty() => {
            let over: Vec<String> = refusal.over.iter().map(|over| format!("{} is short", over.at.budget)).collect();
            Fault::content(format_args!("budget exceeded: {}", over.join(", ")))
        }
        _ => Fault::content(format_args!("refused: {refusal}")),
    }
}

fn answer_of(status: Status, text: String) -> Answer {
    Answer { status: i64::from(status.code()), body: text }
}

/// A new order, booked as every other one is.
async fn place(app: &App, came: &Came<'_>, ready: Ready) -> Result<Said> {
    let connection = came.connection()?;
    let buyer = connecting::organisation(app, &connection.tenant).await?;
    let catalogue = connecting::catalogue(app, &connection.catalogue).await?;
    let supplier = connecting::organisation(app, &catalogue.supplier).await?;
    let mut kept = Kept {
        protocol: came.protocol.to_string(),
        correspondence: came.correspondence.clone(),
        connection: connection.name.clone(),
        sender: came.sender.clone(),
        order: ready.order.clone(),
        warnings: ready.warnings.clone(),
        ..Kept::default()
    };
    kept.add_version(&came.payload, ready.order.version.unwrap_or(1));
    let net = total(&ready.lines).ok_or_else(|| Error::internal("an order whose lines do not add up"))?;
    let wished = ready.order.lines.iter().find_map(|line| line.requested_date.clone()).unwrap_or_default();
    let order = Placed {
        id: clock::new_id(came.now),
        number: ready.order.order_id.clone(),
        connection: Some(connection.name.clone()),
        supplier: catalogue.supplier.clone(),
        quote: ready.quote.clone(),
        state: State::Placed,
        net,
        ordered_by: ready.order.ordered_by.chars().take(200).collect(),
        lines: ready.lines.clone(),
    };
    let asked = ordering::Asked {
        order,
        lines: ready.booked,
        charges: ready.charges,
        period: None,
        wished,
        supplier,
        // The buyer's system approved it: whoever may order there orders here. Which of its people asked is not ours to check.
        asker: Asker::SetUp,
        as_request: ready.outcome == Outcome::Ask,
        override_reason: None,
        asked_by: ready.order.ordered_by.clone(),
        request_days: approving::request_days(buyer.as_deref())?,
        document: kept.write(),
    };
    let own = Key { id: came.key.clone(), keeps_refusals: true };
    let source = match source(app, came, &ready.order).await? {
        Ok(source) => source,
        Err(fault) => return refuse(app, came, format!("order/{}", ready.order.order_id), fault).await,
    };
    let mut booking = ordering::placing(&connection.tenant, &came.actor(), asked, Some(own), came.fingerprint.clone(), came.received());
    let plan = booking.plan;
    let (number, files) = (ready.order.order_id.clone(), ready.files);
    booking.orders = source.iter().map(|source| source.order.id.clone()).collect();
    booking.names.orders.extend(source.as_ref().map(|source| Arc::from(source.order.number.as_str())));
    let answering = came.answering.clone();
    booking.plan = Box::new(move |seen| {
        let plan = in_cxml(plan(seen)?, &number, files.clone(), kept.clone());
        let plan = match (&source, seen.orders.first()) {
            (Some(_), Some(source)) if is_open(source) => replacing(plan, source, &number),
            _ => plan,
        };
        Ok(coming::answered(plan, answering.as_ref()))
    });
    match app.bookkeepers.book(&connection.tenant, booking).await? {
        Done::Repeated { key: 1, .. } | Done::OtherContent { key: 1 } => {
            let fault = exists(app, came, &ready.order.order_id).await?;
            refuse(app, came, format!("order/{}", ready.order.order_id), fault).await
        }
        done => refusing::said(done),
    }
}

fn is_open(source: &StoredOrder) -> bool {
    matches!(source.order.state, State::Requested | State::Placed | State::Confirmed)
}

/// The order that a new one names as its source, where the buyer's system never changes one (section 13). It can be replaced once.
async fn source(app: &App, came: &Came<'_>, order: &Order) -> Result<std::result::Result<Option<StoredOrder>, Fault>> {
    let Some(number) = order.replaces.as_deref().filter(|number| *number != order.order_id) else { return Ok(Ok(None)) };
    let known = store::order::by_number(&mut app.store.read().await?, &came.tenant, number).await?;
    let by = known.as_ref().and_then(|known| Kept::read(&known.document)).and_then(|kept| kept.replaced_by);
    Ok(match by.filter(|by| *by != order.order_id) {
        Some(by) => Err(Fault::new(Status::Conflict, format_args!("order {number} was replaced by {by} before"))),
        None => Ok(known),
    })
}

/// The same plan with what is left of the source called off in the same booking; its own cancellation may come later or came before.
fn replacing(plan: Plan, source: &StoredOrder, number: &str) -> Plan {
    let Plan { command, kind, subject, cause, body, write: inner } = plan;
    let command = match command {
        Some(Command::Place(place)) => Some(Command::Replace { source: source.order.number.as_str().into(), place }),
        other => other,
    };
    let (source, number) = (source.clone(), number.to_string());
    let write: WriteFn = Box::new(move |decided: &Decided<'_>| {
        let mut written = inner(decided)?;
        let Ok(entry) = decided.outcome else { return Ok(written) };
        let mut replaced = source.clone();
        replaced.order.follow(entry, &decided.at.date());
        let nothing_came = replaced.order.lines.iter().all(|line| line.shipped.is_zero());
        replaced.order.state =
            if nothing_came { State::Cancelled } else { crate::domain::order::after_refusal(replaced.order.state, &replaced.order.lines) };
        replaced.version += 1;
        let mut kept = Kept::read(&replaced.document).unwrap_or_default();
        kept.replaced_by = Some(number.clone());
        replaced.document = kept.write();
        written.orders.push(replaced);
        Ok(written)
    });
    Plan { command, kind, subject, cause, body, write }
}

/// A number that an earlier order has.
async fn exists(app: &App, came: &Came<'_>, number: &str) -> Result<Fault> {
    let known = store::order::by_number(&mut app.store.read().await?, &came.tenant, number).await?;
    let payload = known.and_then(|known| Kept::read(&known.document)).and_then(|kept| kept.versions.last().map(|version| version.payload.clone()));
    let of = payload.map(|payload| format!(" with payloadID {payload}")).unwrap_or_default();
    Ok(Fault::new(Status::Conflict, format_args!("order {number} was received before{of}")))
}

/// The plan of an order with its answer as cXML has it.
fn in_cxml(plan: Plan, number: &str, files: Vec<Stored>, kept: Kept) -> Plan {
    let (inner, number) = (plan.write, number.to_string());
    let write: WriteFn = Box::new(move |decided: &Decided<'_>| {
        let written = inner(decided)?;
        let answer = match (decided.outcome, written.orders.first()) {
            (Err(refusal), _) => {
                let fault = refused(refusal, Some(&kept));
                answer_of(fault.status, format!("Order {number} refused: {}", fault.text))
            }
            (Ok(_), Some(stored)) if stored.order.state == State::Requested => {
                answer_of(Status::Accepted, format!("Order {number} received; waiting for approval."))
            }
            (Ok(_), Some(stored)) if stored.waits_for.is_some() => {
                answer_of(Status::Accepted, format!("Order {number} received; waiting for its period to open."))
            }
            (Ok(_), _) => answer_of(Status::Ok, format!("Order {number} version {} placed.", kept.version())),
        };
        let attachments = if decided.outcome.is_ok() { files.clone() } else { Vec::new() };
        Ok(Written { answer, attachments, ..written })
    });
    Plan { write, ..plan }
}

/// Whether a document follows the version that is current.
fn follows(kept: &Kept, order: &Order) -> std::result::Result<(), Fault> {
    let current = kept.version();
    if let Some(version) = order.version {
        let stale = Fault::new(Status::Conflict, format_args!("order {}: version {version} is not after {current}", order.order_id));
        return if version > current { Ok(()) } else { Err(stale) };
    }
    let older = kept.versions.iter().rev().skip(1).any(|version| Some(&version.payload) == order.follows.as_ref());
    if older {
        return Err(Fault::new(Status::Conflict, format_args!("order {}: the document it follows is not the latest", order.order_id)));
    }
    Ok(())
}

/// The supplier of an order, to be told.
async fn supplier_of(app: &App, known: &StoredOrder) -> Result<Option<Arc<Organisation>>> {
    connecting::organisation(app, &known.order.supplier).await
}

/// The order again from now on: all of it or nothing (section 13).
async fn update(app: &App, came: &Came<'_>, ready: Ready, known: StoredOrder) -> Result<Said> {
    let supplier = supplier_of(app, &known).await?;
    let (row, id) = (known.version, known.order.id.clone());
    let (payload, actor_now) = (came.payload.clone(), came.now);
    let names = Names { orders: vec![known.order.number.as_str().into()], ..Names::default() };
    let subject = format!("order/{}", known.order.number);
    let plan = move |seen: &Seen<'_>| {
        let stored = delivering::seen(seen)?;
        if stored.version != row {
            return Err(Error::Conflict("the order changed meanwhile".into()));
        }
        let kept = Kept::read(&stored.document).unwrap_or_default();
        let late = || Fault::new(Status::Conflict, format_args!("order {} is {}", ready.order.order_id, stored.order.state.as_str()));
        if !matches!(stored.order.state, State::Requested | State::Placed | State::Confirmed) {
            return Ok(refusal(&late(), &subject));
        }
        if let Err(fault) = follows(&kept, &ready.order) {
            return Ok(refusal(&fault, &subject));
        }
        let number = ready.order.version.unwrap_or(kept.version() + 1);
        let after = revised(kept, &ready, &payload, number);
        let budgets: Vec<&str> = ready.booked.iter().flat_map(|line| &line.split.rows).map(|(code, _)| &**code).collect();
        let wished = ready.order.lines.iter().find_map(|line| line.requested_date.clone()).unwrap_or_default();
        let booked = seen.books.orders.get(stored.order.number.as_str());
        let rows = booked.into_iter().flat_map(|order| order.lines.values()).flat_map(|line| &line.rows);
        let of_order = rows.map(|row| row.at.period.clone()).next();
        let period = of_order.or_else(|| seen.books.period_for(None, &wished, &seen.now.date(), &budgets)).unwrap_or_default();
        let command = Command::Revise(Revise {
            order: stored.order.number.as_str().into(),
            period,
            lines: ready.booked.clone(),
            charges: ready.charges.clone(),
            passing: Override::No,
        });
        let body = json!({"version": number, "payload": payload, "net": after.order.net_total.to_string()});
        let write = writing(stored.clone(), after, ready.lines.clone(), ready.files.clone(), supplier.clone(), actor_now);
        Ok(Plan { command: Some(command), kind: "order changed", subject: subject.clone(), cause: payload.clone(), body, write })
    };
    refusing::said(app.bookkeepers.book(&came.tenant, refusing::booking(came, names, Some(id), plan)).await?)
}

/// What is kept of an order after an update.
fn revised(mut kept: Kept, ready: &Ready, payload: &str, number: u64) -> Kept {
    let gone = kept.order.lines.iter().filter(|line| !ready.order.lines.iter().any(|new| new.line == line.line));
    let gone: Vec<String> = gone.map(|line| line.line.clone()).collect();
    let changed = |label: &String| {
        let (old, new) = (kept.line(label), ready.order.lines.iter().find(|line| line.line == *label));
        old.zip(new).is_none_or(|(old, new)| {
            (&old.supplier_part, old.quantity, &old.unit, old.unit_price) != (&new.supplier_part, new.quantity, &new.unit, new.unit_price)
        })
    };
    let states = kept.line_states.iter().filter(|(label, _)| !changed(label)).map(|(label, state)| (label.clone(), state.clone())).collect();
    kept.line_states = states;
    kept.cancelled_lines.extend(gone);
    kept.cancelled_lines.retain(|label| !ready.order.lines.iter().any(|line| line.line == *label));
    kept.order = ready.order.clone();
    kept.warnings.clone_from(&ready.warnings);
    kept.add_version(payload, number);
    kept
}

fn writing(
    stored: StoredOrder,
    after: Kept,
    lines: Vec<OrderLine>,
    files: Vec<Stored>,
    supplier: Option<Arc<Organisation>>,
    now: crate::domain::time::Timestamp,
) -> WriteFn {
    Box::new(move |decided: &Decided<'_>| {
        let entry = match decided.outcome {
            Ok(entry) => entry,
            Err(refusal) => {
                let fault = refused(refusal, Some(&after));
                let answer = answer_of(fault.status, format!("Order {} not changed: {}", after.order.order_id, fault.text));
                return Ok(Written { answer, ..Written::default() });
            }
        };
        let mut stored = stored.clone();
        // A line that is gone stays on record with nothing left of it.
        let mut all = lines.clone();
        for line in &mut all {
            if let Some(old) = stored.order.lines.iter().find(|old| old.line == line.line) {
                (line.shipped, line.invoiced, line.shipped_on) = (old.shipped, old.invoiced, old.shipped_on.clone());
                if after.by_number(line.line).is_some_and(|said| after.line_states.contains_key(&said.line)) {
                    line.answer = old.answer.clone();
                }
            }
        }
        let gone = stored.order.lines.iter().filter(|line| !lines.iter().any(|new| new.line == line.line));
        all.extend(gone.map(|line| OrderLine { quantity: Decimal::ZERO, net: Money::new(0, line.net.currency), ..line.clone() }));
        stored.order.lines = all;
        stored.order.follow(entry, &decided.at.date());
        stored.order.net = total(&stored.order.lines).ok_or_else(|| Error::internal("an order whose lines do not add up"))?;
        stored.version += 1;
        stored.document = after.write();
        let is_told = stored.order.state != State::Requested && stored.waits_for.is_none();
        let messages = if is_told { ordering::tell_supplier(&stored, supplier.as_deref(), "order-changed", now)? } else { Vec::new() };
        let text = format!("Order {} version {} taken over.", after.order.order_id, after.version());
        Ok(Written { orders: vec![stored], messages, attachments: files.clone(), answer: answer_of(Status::Ok, text), ..Written::default() })
    })
}

/// Why an order is cancelled: the note that a message of Peppol must have (section 23), and what a cXML document remarks that repeats the order and did
/// not stand in it.
fn reason(cancellation: &Order, known: &Order) -> String {
    let new = cancellation.comments.iter().map(|comment| comment.trim()).filter(|comment| !known.comments.iter().any(|said| said.trim() == *comment));
    new.filter(|comment| !comment.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The whole order is cancelled; of a cancelled one nothing changes.
async fn delete(app: &App, came: &Came<'_>, order: Order, known: StoredOrder) -> Result<Said> {
    let supplier = supplier_of(app, &known).await?;
    let (id, now, payload) = (known.order.id.clone(), came.now, came.payload.clone());
    let names = Names { orders: vec![known.order.number.as_str().into()], ..Names::default() };
    let subject = format!("order/{}", known.order.number);
    let plan = move |seen: &Seen<'_>| {
        let stored = delivering::seen(seen)?;
        let mut kept = Kept::read(&stored.document).unwrap_or_default();
        if stored.order.state == State::Cancelled {
            let done = answer_of(Status::Ok, format!("Order {} is cancelled already.", order.order_id));
            let write: WriteFn = Box::new(move |_: &Decided<'_>| Ok(Written { answer: done.clone(), ..Written::default() }));
            let (subject, cause, body) = (subject.clone(), payload.clone(), json!({"again": true}));
            return Ok(Plan { command: None, kind: "order cancelled", subject, cause, body, write });
        }
        if let Err(fault) = follows(&kept, &order) {
            return Ok(refusal(&fault, &subject));
        }
        let came = stored.order.lines.iter().any(|line| !line.shipped.is_zero() || !line.invoiced.is_zero());
        let open = matches!(stored.order.state, State::Requested | State::Placed | State::Confirmed);
        if came || !open {
            let text = format!("order {} is {} already", order.order_id, if came { "shipped in part" } else { stored.order.state.as_str() });
            return Ok(refusal(&Fault::new(Status::Conflict, text), &subject));
        }
        kept.add_version(&payload, order.version.unwrap_or(kept.version() + 1));
        let command = Command::Shrink(Shrink { order: stored.order.number.as_str().into(), lines: Vec::new() });
        let reason = reason(&order, &kept.order);
        let body = json!({"payload": payload, "reason": reason});
        let (stored, supplier) = (stored.clone(), supplier.clone());
        let write: WriteFn = Box::new(move |decided: &Decided<'_>| {
            let entry = match decided.outcome {
                Ok(entry) => entry,
                Err(refusal) => {
                    let fault = refused(refusal, Some(&kept));
                    return Ok(Written { answer: answer_of(fault.status, fault.text), ..Written::default() });
                }
            };
            let mut stored = stored.clone();
            let is_told = stored.order.state != State::Requested && stored.waits_for.is_none();
            stored.order.follow(entry, &decided.at.date());
            stored.order.state = State::Cancelled;
            stored.version += 1;
            stored.document = kept.write();
            let messages = if is_told { ordering::tell_called_off(&stored, supplier.as_deref(), &reason, now)? } else { Vec::new() };
            let answer = answer_of(Status::Ok, format!("Order {} cancelled.", kept.order.order_id));
            Ok(Written { orders: vec![stored], messages, answer, ..Written::default() })
        });
        Ok(Plan { command: Some(command), kind: "order cancelled", subject: subject.clone(), cause: payload.clone(), body, write })
    };
    refusing::said(app.bookkeepers.book(&came.tenant, refusing::booking(came, names, Some(id), plan)).await?)
}

/// A test document is answered like a real one; it books nothing, goes to no supplier, and its numbers are its own.
async fn test(app: &App, came: &Came<'_>, order: &Order) -> Result<Said> {
    let text = format!("Test: order {} is in order. Nothing was booked or delivered.", order.order_id);
    let (number, body) = (format!("cxml-test-number/{}", order.order_id), json!({"test": true, "number": order.order_id}));
    let subject = format!("test order/{}", order.order_id);
    let known = !store::command::by_ids(&mut app.store.begin().await?, &came.tenant, &[number.as_str()]).await?.is_empty();
    if order.kind != Kind::New && !known {
        return refuse(app, came, subject, unknown(order)).await;
    }
    let of_plan = subject.clone();
    let plan = move |_: &Seen<'_>| {
        let answer = answer_of(Status::Ok, text.clone());
        let write: WriteFn = Box::new(move |_: &Decided<'_>| Ok(Written { answer: answer.clone(), ..Written::default() }));
        Ok(Plan { command: None, kind: "test order", subject: of_plan.clone(), cause: String::new(), body: body.clone(), write })
    };
    let mut booking = refusing::booking(came, Names::default(), None, plan);
    if order.kind == Kind::New {
        booking.keys.push(Key { id: number, keeps_refusals: false });
    }
    match app.bookkeepers.book(&came.tenant, booking).await? {
        Done::Repeated { key: 1, .. } | Done::OtherContent { key: 1 } => {
            let fault = Fault::new(Status::Conflict, format_args!("test order {} was received before", order.order_id));
            refuse(app, came, subject, fault).await
        }
        done => refusing::said(done),
    }
}

/// The order again as the books had it, with other quantities: what a confirmation refuses or takes back.
pub fn rebooked(stored: &StoredOrder, kept: &Kept, quantities: &BTreeMap<u32, Decimal>, budgets: &BTreeSet<Arc<str>>) -> Vec<NewLine> {
    let line = |line: &OrderLine| {
        let said = kept.by_number(line.line)?;
        let quantity = quantities.get(&line.line).copied().unwrap_or(line.quantity);
        Some(NewLine { quantity, ..new_line(line, said, budgets, &mut Vec::new()) })
    };
    stored.order.lines.iter().filter_map(line).collect()
}

/// What stays on an order as a whole while its lines are booked anew.
pub fn charges_of(kept: &Kept) -> Vec<OrderCharge> {
    charges(&kept.order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_what_price_basis_and_factor_say() {
        let d = |text: &str| text.parse::<Decimal>().expect("a literal of this test");
        let of = |amount: &str, basis: &str, factor: &str| {
            let line = Line { unit_price: Some(d(amount)), price_basis: d(basis), factor: d(factor), ..Line::default() };
            price(&line, Currency::EUR).map(|price| (price.amount.to_string(), price.per))
        };
        assert_eq!(of("12.50", "100", "1"), Some(("12.5".into(), 100)));
        assert_eq!(of("5.00", "100", "50"), Some(("250".into(), 100)));
        assert_eq!(of("1", "2.5", "1"), Some(("10".into(), 25)));
        assert_eq!(of("1", "0.5", "1"), Some(("10".into(), 5)));
        assert_eq!(of("1", "99999999", "1"), None);
    }
}
