//! `OrderRequest` (sections 6, 11 to 13): read, held against the basket it came from, and booked as every order is; `changing` takes what comes
//! about it later. A test runs through all of it and books nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::coming::{self, Came};
use super::refusing::{self, refuse};
use super::{Proven, Said, cart, changing, lines};
use crate::app::App;
use crate::clock;
use crate::domain::books::command::{Command, Names, NewLine, OrderCharge};
use crate::domain::books::entry::{Code as Because, Refusal as Refused};
use crate::domain::books::position::SplitKind;
use crate::domain::deviation::Response;
use crate::domain::fulfilment::{Answer as Answers, Said as Confirmed, Says};
use crate::domain::money::Currency;
use crate::domain::order::{Line as OrderLine, Order as Placed, State, total};
use crate::domain::rights::Asker;
use crate::error::{Error, Result};
use crate::flow::bookkeeping::{Answer, Decided, Done, Key, Plan, Seen, WriteFn, Written};
use crate::flow::invoicing::items;
use crate::flow::{approving, channels, connecting, ordering, proving};
use crate::store::attachment::Attachment as Stored;
use crate::store::json::{read_in_shop, str_of};
use crate::store::order::Stored as StoredOrder;
use crate::store::{self, Tx};
use crate::wire::cxml::kept::{Attachment, Kept, Kind, Line, Order};
use crate::wire::cxml::order::{self as wire, Offer, Outcome, Terms};
use crate::wire::cxml::{Fault, Status};

/// How often a change is decided anew when another came between.
const TRIES: usize = 4;

/// What is known when an order was read and compared.
pub(super) struct Ready {
    pub(super) order: Order,
    pub(super) outcome: Outcome,
    pub(super) lines: Vec<OrderLine>,
    pub(super) booked: Vec<NewLine>,
    pub(super) charges: Vec<OrderCharge>,
    pub(super) files: Vec<Stored>,
    pub(super) quote: Option<String>,
    pub(super) warnings: Vec<String>,
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
    // Whether the number of a new order is used already is seen when it is booked.
    let known = match read.kind {
        Kind::New => None,
        Kind::Update | Kind::Delete => store::order::by_number(&mut app.store.read().await?, tenant, &read.order_id).await?,
    };
    if read.kind == Kind::Delete {
        return match known {
            _ if came.is_test => Ok(Ok(test(app, came, &read).await?)),
            Some(known) => Ok(Ok(changing::delete(app, came, read, known).await?)),
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
        Some(known) => Ok(Ok(changing::update(app, came, ready, known).await?)),
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
    // Who agreed on less than was offered made a gift of it; who agreed on more is judged by the buyer's rule below.
    let changed_price = if came.agreed.is_some() { Response::Accept } else { connection.changed_price };
    let terms = Terms { habits, changed_price, currency: own };
    let settled = wire::settle(&mut order, &offers, &terms, &mut warnings);
    let settled =
        settled.and_then(|outcome| if came.agreed.is_some() { dearer(&order, connection.changed_price, &mut warnings) } else { Ok(outcome) });
    let outcome = match settled {
        Ok(outcome) => outcome,
        Err(fault) => return Ok(Err(fault)),
    };
    let names_budgets = order.lines.iter().flat_map(|line| &line.cost).any(|share| share.cost_centre().is_some());
    let budgets: BTreeSet<Arc<str>> = match names_budgets {
        true => store::standing::budgets(&mut app.store.read().await?, &connection.tenant).await?.into_iter().map(|budget| budget.code).collect(),
        false => BTreeSet::new(),
    };
    if let Some(fault) = lines::unknown_centre(&order, &budgets, habits.unknown_cost_centre) {
        return Ok(Err(fault));
    }
    let rate = lines::rate(&order);
    let lines: Option<Vec<OrderLine>> =
        order.lines.iter().map(|line| lines::order_line(line, offers.get(&line.line), rate, &order.currency)).collect();
    let Some(lines) = lines else { return Ok(Err(Fault::content("an amount or a price basis is too large"))) };
    let booked: Vec<NewLine> = lines.iter().zip(&order.lines).map(|(line, said)| lines::new_line(line, said, &budgets, &mut warnings)).collect();
    if order.currency != own.as_str() && booked.iter().any(|line| line.split.kind != SplitKind::None) {
        return Ok(Err(Fault::content(format_args!("budgets are kept in {}", own.as_str()))));
    }
    let charges = lines::charges(&order);
    *notes = warnings.clone();
    Ok(Ok(Ready { order, outcome, lines, booked, charges, files, quote, warnings }))
}

/// What becomes of an order that its supplier agreed at a price above what was offered, or with charges on the whole, of which no offer knows: no one
/// here ordered it at that price.
fn dearer(order: &Order, rule: Response, warnings: &mut Vec<String>) -> std::result::Result<Outcome, Fault> {
    let above = |line: &Line| line.flag.as_deref().filter(|flag| flag.starts_with(wire::ABOVE)).map(|flag| format!("line {}: {flag}", line.line));
    let charged =
        (order.shipping > Decimal::ZERO).then(|| format!("charges of {} {} above what was offered", order.shipping.normalize(), order.currency));
    let why = order.lines.iter().find_map(above).or_else(|| charged.clone());
    let Some(why) = why else { return Ok(Outcome::Take) };
    if rule == Response::Refuse {
        return Err(Fault::content(why));
    }
    // A line has its flag; of charges whoever decides, and whoever looks later, reads here.
    warnings.extend(charged);
    Ok(if rule == Response::Ask { Outcome::Ask } else { Outcome::Take })
}

/// What came with the order: every content id that a comment names must be there.
fn attachments(came: &Came<'_>, order: &mut Order, warnings: &mut Vec<String>) -> std::result::Result<Vec<Stored>, Fault> {
    for (id, internal) in order.references.clone() {
        let part = came.attachments.iter().find(|part| part.id == id);
        let part = part.ok_or_else(|| Fault::content("a comment names an attachment that is not in the message"))?;
        let sha256 = proving::sha256(&part.body);
        order.attachments.push(Attachment { id, media_type: part.media_type.clone(), sha256, size: part.body.len(), internal });
    }
    let named = |id: &str| order.references.iter().any(|(known, _)| known == id);
    if came.attachments.iter().any(|part| !named(&part.id)) {
        warnings.push("an attachment is named by no comment".to_string());
    }
    let file = |part: &crate::wire::cxml::mime::Part| Stored {
        sha256: proving::sha256(&part.body),
        media_type: part.media_type.clone(),
        content: part.body.clone(),
    };
    Ok(came.attachments.iter().map(file).collect())
}

/// What each line was offered at: in the basket it names, else in the catalogue; and the quote of the first basket.
async fn offers(app: &App, came: &Came<'_>, order: &Order) -> Result<(BTreeMap<String, Offer>, Option<String>)> {
    let connection = came.connection()?;
    let catalogue = connecting::catalogue_of(app, connection).await?;
    let (mut offers, mut first) = (BTreeMap::new(), None);
    let mut of_baskets = of_baskets(app, &connection.tenant, order).await?;
    for line in &order.lines {
        if let Some((quote, offer)) = of_baskets.remove(&line.line) {
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
                in_shop: None,
                of_basket: false,
            };
            offers.insert(line.line.clone(), offer);
        }
    }
    Ok((offers, first))
}

/// The lines that name one of a basket, with its quote and what it was offered at. An order without such lines asks the database nothing.
async fn of_baskets(app: &App, tenant: &str, order: &Order) -> Result<BTreeMap<String, (String, Offer)>> {
    let mut found = BTreeMap::new();
    if order.lines.iter().all(|line| line.aux.is_none()) {
        return Ok(found);
    }
    let mut tx = app.store.read().await?;
    for line in &order.lines {
        found.extend(of_basket(&mut tx, tenant, line).await?.map(|known| (line.line.clone(), known)));
    }
    Ok(found)
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
            in_shop: read_in_shop(&value),
            of_basket: true,
        })
    };
    Ok(offer().map(|offer| (quote, offer)))
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

pub(super) fn answer_of(status: Status, text: String) -> Answer {
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
    let is_at_once = supplier.as_deref().map(|supplier| channels::is_at_once(supplier, &ready.order)).transpose()?;
    if came.agreed.is_some() {
        kept.agreement.clone_from(&came.payload);
    } else if is_at_once == Some(false) && came.correspondence.is_none() {
        kept.untold.push(came.payload.clone());
    }
    let net = total(&ready.lines).ok_or_else(|| Error::internal("an order whose lines do not add up"))?;
    let wished = ready.order.lines.iter().find_map(|line| line.requested_date.clone()).unwrap_or_default();
    let order = Placed {
        id: clock::new_id(came.now),
        number: ready.order.order_id.clone(),
        connection: Some(connection.name.clone()),
        supplier: catalogue.supplier.clone(),
        quote: ready.quote.clone(),
        state: if came.agreed.is_some() { State::Confirmed } else { State::Placed },
        net,
        ordered_by: ready.order.ordered_by.chars().take(200).collect(),
        lines: came.agreed.as_ref().map_or_else(|| ready.lines.clone(), |promised| confirmed(&ready, promised)),
    };
    // Who agreed it has it.
    let supplier = supplier.filter(|_| came.agreed.is_none());
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
    let (answering, evidence, notes) = (came.answering.clone(), came.evidence.clone(), ready.warnings);
    booking.plan = Box::new(move |seen| {
        let plan = in_cxml(plan(seen)?, &number, files.clone(), kept.clone());
        let plan = match (&source, seen.orders.first()) {
            (Some(_), Some(source)) if is_open(source) => replacing(plan, source, &number),
            _ => plan,
        };
        Ok(coming::evidenced(coming::answered(plan, answering.as_ref()), evidence.as_deref(), &notes))
    });
    let done = app.bookkeepers.book(&connection.tenant, booking).await?;
    match done {
        Done::Repeated { key: 1, .. } | Done::OtherContent { key: 1 } => {
            let fault = exists(app, came, &ready.order.order_id).await?;
            refuse(app, came, format!("order/{}", ready.order.order_id), fault).await
        }
        Done::Decided { .. } if came.evidence.is_some() => Ok(Said { recorded: true, ..refusing::said(done)? }),
        done => refusing::said(done),
    }
}

/// The lines as their supplier agreed them: all of each is confirmed, for the day it is promised for.
fn confirmed(ready: &Ready, promised: &BTreeMap<String, String>) -> Vec<OrderLine> {
    let lines = ready.lines.iter().zip(&ready.order.lines).map(|(line, said)| {
        let whole = Confirmed { date: promised.get(&said.line).cloned(), ..Confirmed::of(Says::Confirmed, line.quantity) };
        OrderLine { answer: Answers { said: vec![whole], reason: None }, ..line.clone() }
    });
    lines.collect()
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
        items::follow(&mut replaced, decided, entry);
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
            (Ok(_), _) if !kept.untold.is_empty() => {
                answer_of(Status::Accepted, format!("Order {number} version {} placed; waiting for its supplier.", kept.version()))
            }
            (Ok(_), _) => answer_of(Status::Ok, format!("Order {number} version {} placed.", kept.version())),
        };
        let attachments = if decided.outcome.is_ok() { files.clone() } else { Vec::new() };
        Ok(Written { answer, attachments, ..written })
    });
    Plan { write, ..plan }
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
