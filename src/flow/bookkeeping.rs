//! The books of one buyer in this process: brought up to date with what other processes wrote, asked to decide a batch of bookings in
//! memory, and written back with everything that belongs to them in the caller's one transaction (house-style, "The books").
//! Never answers anybody, and never keeps what was not committed: after a failure it is thrown away.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;
use tokio::task::spawn_blocking;

use super::{granting, notifying, proving, remembering};
use crate::domain::books::command::{Command, Names};
use crate::domain::books::entry::{Account, Entry, Fact, Refusal};
use crate::domain::books::{Books, BudgetPeriod, Places, Standing};
use crate::domain::invoice::Kind;
use crate::domain::rights::Asker;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::store::attachment::Attachment;
use crate::store::booked::Holding;
use crate::store::command::Answered;
use crate::store::evidence::Evidence;
use crate::store::held::Held;
use crate::store::inbox::Received;
use crate::store::invoice::Invoice;
use crate::store::invoice_file::InvoiceFile;
use crate::store::job::NewJob;
use crate::store::journal::Head;
use crate::store::order::Stored;
use crate::store::outbox::Message;
use crate::store::shipment::Shipment;
use crate::store::standing::{PeriodRow, StandingRow};
use crate::store::supplier_invoice::SupplierInvoice;
use crate::store::{self, Tx};
use crate::wire::ledger;

/// Orders and invoices of a buyer that are kept in memory between batches: some 8 MiB of usual ones. The others are read when they are named.
const HELD_MAX: usize = 2000;
/// Entries of other processes that are read one by one; beyond that the sums are read again.
const CATCH_UP_MAX: u32 = 2000;
const PAGE: u32 = 1000;
/// Budget periods among which the holders of money are looked for: those with most.
const PLACES_MAX: usize = 100;

/// An id that the answer is kept under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub id: String,
    /// Whether a refusal is kept too; an order's number is free again when the order was refused (design, section 13).
    pub keeps_refusals: bool,
}

/// What one caller wants booked, with everything that must stand or fall with it.
pub struct Booking {
    pub actor: String,
    /// On whose behalf it is: whatever command the plan gives is checked against what they may.
    pub asker: Asker,
    pub keys: Vec<Key>,
    /// Of the content, so that the same key with other content is told apart.
    pub fingerprint: String,
    /// What of the books must be at hand.
    pub names: Names,
    /// Ids of the orders, as buyer and supplier speak of them, to be loaded.
    pub orders: Vec<String>,
    /// The series a number is drawn from; without a gap, for what is refused uses none.
    pub series: Option<String>,
    /// Decided and not written.
    pub preview: bool,
    /// The document it came with: kept with its answer, whatever that is.
    pub received: Option<Received>,
    pub plan: PlanFn,
}

/// What a plan is made from.
pub struct Seen<'a> {
    pub books: &'a Books,
    /// In the order in which the booking names them.
    pub orders: Vec<&'a Stored>,
    pub number: Option<i64>,
    pub now: Timestamp,
}

/// What is asked of the books, and what the journal says of it besides.
pub struct Plan {
    /// Without a command only the journal is written.
    pub command: Option<Command>,
    pub kind: &'static str,
    pub subject: String,
    pub cause: String,
    pub body: Value,
    pub write: WriteFn,
}

pub type PlanFn = Box<dyn Fn(&Seen<'_>) -> Result<Plan> + Send + Sync>;
pub type WriteFn = Box<dyn Fn(&Decided<'_>) -> Result<Written> + Send>;

/// What the books said.
pub struct Decided<'a> {
    /// The books before it.
    pub books: &'a Books,
    pub at: Timestamp,
    pub outcome: &'a std::result::Result<Entry, Refusal>,
    /// Of a refusal for lack of money: the orders that hold most of it.
    pub holders: &'a [Holding],
}

/// What is written beside the entry, and the answer.
#[derive(Clone, Debug, Default)]
pub struct Written {
    pub orders: Vec<Stored>,
    /// What left the house.
    pub shipments: Vec<Shipment>,
    pub invoice: Option<Invoice>,
    /// Files that the invoice took along.
    pub files: Vec<InvoiceFile>,
    /// What may not be invoiced yet.
    pub held: Vec<Held>,
    /// An invoice that a supplier sent.
    pub supplier_invoice: Option<SupplierInvoice>,
    /// Ids of orders whose invoices are held no longer.
    pub released: Vec<String>,
    pub messages: Vec<Message>,
    /// Work that is due because of it.
    pub jobs: Vec<NewJob>,
    /// Files that came with it.
    pub attachments: Vec<Attachment>,
    /// What is kept of the document that it came in, as received and as answered.
    pub evidence: Option<Box<Evidence>>,
    pub answer: Answer,
}

/// A status as HTTP has them, and a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub status: i64,
    pub body: String,
}

/// What became of a booking.
#[derive(Clone, Debug)]
pub enum Done {
    Decided {
        outcome: Box<std::result::Result<Entry, Refusal>>,
        answer: Answer,
    },
    /// The first answer under the key of this place.
    Repeated {
        key: usize,
        answer: Answer,
    },
    /// The key of this place was used for other content.
    OtherContent {
        key: usize,
    },
}

impl Booking {
    /// A command alone, whose answer is kept under a key where there is one; of the installation itself, which asks nobody.
    pub fn of(actor: &str, command: Command, key: Option<String>) -> Booking {
        let fingerprint = proving::sha256(&format!("{command:?}"));
        let names = command.names();
        let plan = move |_: &Seen<'_>| Ok(Plan::of(command.clone(), String::new()));
        Booking {
            actor: actor.to_string(),
            asker: Asker::SetUp,
            keys: key.into_iter().map(|id| Key { id, keeps_refusals: true }).collect(),
            fingerprint,
            names,
            orders: Vec::new(),
            series: None,
            preview: false,
            received: None,
            plan: Box::new(plan),
        }
    }
}

impl Booking {
    /// A look at the books as they are when it is this one's turn. Nothing is written.
    pub fn looking(look: impl Fn(&Seen<'_>) + Send + Sync + 'static) -> Booking {
        let plan = move |seen: &Seen<'_>| {
            look(seen);
            let (subject, cause, write): (_, _, WriteFn) = (String::new(), String::new(), Box::new(|_: &Decided<'_>| Ok(Written::default())));
            Ok(Plan { command: None, kind: "look", subject, cause, body: Value::Null, write })
        };
        Booking {
            actor: String::new(),
            asker: Asker::SetUp,
            keys: Vec::new(),
            fingerprint: String::new(),
            names: Names::default(),
            orders: Vec::new(),
            series: None,
            preview: true,
            received: None,
            plan: Box::new(plan),
        }
    }
}

impl Plan {
    /// A command with nothing beside it.
    pub fn of(command: Command, cause: String) -> Plan {
        let write = |decided: &Decided<'_>| {
            let answer = match decided.outcome {
                Ok(entry) => Answer { status: 200, body: ledger::write_entry(&Entry { facts: Vec::new(), legs: Vec::new(), ..entry.clone() }) },
                Err(refusal) => Answer { status: 409, body: refusal.to_string() },
            };
            Ok(Written { answer, ..Written::default() })
        };
        Plan { kind: command.kind(), subject: command.subject(), cause, body: Value::Null, command: Some(command), write: Box::new(write) }
    }
}

/// The books of a tenant as this process knows them.
pub struct Desk {
    tenant: String,
    known: Option<Known>,
    reader: ledger::Reader,
    /// Entries between snapshots of the books.
    pub every: usize,
}

struct Known {
    books: Books,
    head: Head,
    at: Timestamp,
}

/// What a batch has read, and what it is about to write.
#[derive(Default)]
struct Batch {
    answers: HashMap<String, Answered>,
    orders: HashMap<String, Stored>,
    numbers: BTreeMap<String, (i64, i64)>,
    entries: Vec<store::journal::Entry>,
    mentions: Vec<(String, i64)>,
    touched: Touched,
    new_answers: Vec<Answered>,
    changed_orders: BTreeSet<String>,
    shipments: Vec<Shipment>,
    invoices: Vec<Invoice>,
    held: Vec<Held>,
    supplier_invoices: Vec<SupplierInvoice>,
    released: Vec<String>,
    messages: Vec<Message>,
    jobs: Vec<NewJob>,
    received: Vec<Received>,
    attachments: Vec<Attachment>,
    evidence: Vec<Vec<store::Value>>,
    files: Vec<InvoiceFile>,
}

/// What entries changed of the books.
#[derive(Default)]
struct Touched {
    settings: bool,
    periods: BTreeSet<Arc<str>>,
    budgets: BTreeSet<Arc<str>>,
    standings: HashSet<BudgetPeriod>,
    /// Those whose places changed: all that they weigh on is among `standings`.
    weighing: HashSet<BudgetPeriod>,
    orders: BTreeSet<Arc<str>>,
    invoices: BTreeSet<Arc<str>>,
    /// Where orders hold something else than before; also where they hold nothing any more.
    holdings: BTreeSet<(Arc<str>, BudgetPeriod)>,
}

impl Touched {
    fn note(&mut self, books: &Books, entry: &Entry) {
        for fact in &entry.facts {
            match fact {
                Fact::Settings(_) => self.settings = true,
                Fact::Period(period) => drop(self.periods.insert(period.id.clone())),
                Fact::Budget(budget) => drop(self.budgets.insert(budget.code.clone())),
                Fact::Policy { at, .. } | Fact::Funding { at, .. } => drop(self.standings.insert(at.clone())),
                Fact::Funded { at } => self.standings.extend(books.above(at).iter().cloned()),
                Fact::Order { number, .. } => drop(self.orders.insert(number.clone())),
                Fact::Line { order, .. } => drop(self.orders.insert(order.clone())),
                Fact::Invoice(invoice) => drop(self.invoices.insert(invoice.number.clone())),
            }
        }
        for leg in &entry.legs {
            if let Some((order, _, _)) = &leg.row {
                self.holdings.insert((order.clone(), leg.at()));
            }
            match leg.account {
                Account::Source | Account::Lapsed => drop(self.periods.insert(leg.period.clone())),
                Account::Memo | Account::Ceiling => {}
                Account::Available => drop(self.standings.insert(leg.at())),
                Account::Requested | Account::Committed | Account::Delivered | Account::Expended => {
                    let at = leg.at();
                    if self.weighing.insert(at.clone()) {
                        self.standings.extend(books.above(&at).iter().cloned());
                    }
                }
            }
        }
    }
}

impl Desk {
    pub fn new(tenant: &str) -> Desk {
        Desk { tenant: tenant.to_string(), known: None, reader: ledger::Reader::default(), every: remembering::EVERY }
    }

    /// Lets go of everything: what is in memory may not be what is kept.
    pub fn forget(&mut self) {
        self.known = None;
    }

    /// Decides a batch and writes it; an outcome for each. The caller commits, and calls [`Desk::forget`] when that fails.
    pub async fn book(&mut self, tx: &mut Tx, bookings: &[&Booking], now: Timestamp) -> Result<Vec<Result<Done>>> {
        let (outcomes, rows) = self.decide(tx, bookings, now).await?;
        let written = tx.write(rows).await;
        if written.is_err() {
            self.forget();
        }
        written.map(|_| outcomes)
    }

    /// The same where nothing else is done before the commit, with which it is written.
    pub async fn book_last(&mut self, tx: &mut Tx, bookings: &[&Booking], now: Timestamp) -> Result<Vec<Result<Done>>> {
        let (outcomes, rows) = self.decide(tx, bookings, now).await?;
        tx.write_last(rows);
        Ok(outcomes)
    }

    /// Decides a batch: an outcome for each, and what is to be written.
    async fn decide(&mut self, tx: &mut Tx, bookings: &[&Booking], now: Timestamp) -> Result<(Vec<Result<Done>>, Vec<store::Bulk>)> {
        // Whatever goes wrong on the way leaves nothing behind that was not committed.
        let known = self.known.take();
        let mut known = self.up_to_date(tx, known).await?;
        known.at = now.max(known.at);
        let mut batch = self.read(tx, &mut known.books, bookings).await?;
        let mut outcomes = Vec::with_capacity(bookings.len());
        for booking in bookings {
            let done = decide(tx, &self.tenant, &mut known, &mut batch, booking).await;
            batch.received.extend(booking.received.clone().map(|received| answered(received, &done)));
            outcomes.push(done);
        }
        let rows = self.rows(tx, &known, batch).await?;
        if known.books.orders.len() + known.books.invoices.len() > HELD_MAX {
            let gone = (std::mem::take(&mut known.books.orders), std::mem::take(&mut known.books.invoices));
            // The next batch need not wait until they are gone.
            drop(spawn_blocking(|| drop(gone)));
        }
        self.known = Some(known);
        Ok((outcomes, rows))
    }

    /// Locks the head and reads what other processes wrote since.
    async fn up_to_date(&mut self, tx: &mut Tx, known: Option<Known>) -> Result<Known> {
        let head = store::journal::lock_head(tx, &self.tenant).await?;
        let Some(mut known) = known else { return self.load(tx, head).await };
        if known.head == head {
            return Ok(known);
        }
        let others = store::journal::after(tx, &self.tenant, known.head.sequence, CATCH_UP_MAX).await?;
        if others.last().map(|entry| &entry.hash) != Some(&head.hash) {
            return self.load(tx, head).await;
        }
        for other in &others {
            known.at = known.at.max(other.at);
            if other.posting.is_empty() {
                continue;
            }
            let entry = self.reader.entry(&other.posting).map_err(Error::internal)?;
            let mut touched = Touched::default();
            touched.note(&known.books, &entry);
            known.books.apply(&entry);
            // They are read again when they are needed: here they may be known in part only.
            known.books.orders.retain(|number, _| !touched.orders.contains(number));
            known.books.invoices.retain(|number, _| !touched.invoices.contains(number));
        }
        known.head = head;
        Ok(known)
    }

    async fn load(&mut self, tx: &mut Tx, head: Head) -> Result<Known> {
        let books = frame(tx, &self.tenant, &mut self.reader).await?;
        let last = store::journal::after(tx, &self.tenant, head.sequence - 1, 1).await?;
        Ok(Known { books, at: last.first().map_or(Timestamp::default(), |entry| entry.at), head })
    }

    /// Reads everything that the bookings name.
    async fn read(&mut self, tx: &mut Tx, books: &mut Books, bookings: &[&Booking]) -> Result<Batch> {
        let tenant = self.tenant.as_str();
        let mut batch = Batch::default();
        let ids: BTreeSet<&str> = bookings.iter().flat_map(|booking| booking.keys.iter().map(|key| key.id.as_str())).collect();
        if !ids.is_empty() {
            let known = store::command::by_ids(tx, tenant, &ids.into_iter().collect::<Vec<_>>()).await?;
            batch.answers = known.into_iter().map(|answered| (answered.id.clone(), answered)).collect();
        }
        let ids: BTreeSet<&str> = bookings.iter().flat_map(|booking| booking.orders.iter().map(String::as_str)).collect();
        if !ids.is_empty() {
            let stored = store::order::by_ids(tx, tenant, &ids.into_iter().collect::<Vec<_>>()).await?;
            batch.orders = stored.into_iter().map(|stored| (stored.order.id.clone(), stored)).collect();
        }
        let names: Vec<&Names> = bookings.iter().map(|booking| &booking.names).collect();
        read_named(tx, tenant, &mut self.reader, books, &names).await?;
        let series: BTreeSet<&String> = bookings.iter().filter_map(|booking| booking.series.as_ref()).collect();
        for series in series {
            let last = store::transfer::last_number(tx, tenant, series).await?;
            batch.numbers.insert(series.clone(), (last, last));
        }
        Ok(batch)
    }

    async fn rows(&self, tx: &mut Tx, known: &Known, mut batch: Batch) -> Result<Vec<store::Bulk>> {
        let (tenant, books) = (self.tenant.as_str(), &known.books);
        let drawn: Vec<(&str, &str, i64)> =
            batch.numbers.iter().filter(|(_, (before, last))| before != last).map(|(series, (_, last))| (tenant, series.as_str(), *last)).collect();
        if batch.touched.settings {
            store::standing::set_settings(tx, tenant, &ledger::write_settings(&books.settings)).await?;
        }
        let orders: Vec<&Stored> = batch.changed_orders.iter().filter_map(|id| batch.orders.get(id)).collect();
        let snapshot = remembering::snapshot(books, self.every, batch.entries.len(), known.head.sequence, known.at);
        let issued = batch.invoices.iter().filter(|invoice| invoice.kind == Kind::Invoice).flat_map(Invoice::orders);
        let invoiced: Vec<&str> = issued.chain(batch.released.iter().map(String::as_str)).collect();
        // Of two tries the last counts.
        let last: BTreeMap<&str, &Held> = batch.held.iter().map(|held| (held.order.as_str(), held)).collect();
        let held: Vec<Held> = last.into_values().cloned().collect();
        let mut bulks = vec![store::journal::insert(tenant, &batch.entries), store::mention::insert(tenant, &batch.mentions)];
        bulks.push(store::snapshot::insert(tenant, snapshot.as_slice()));
        bulks.extend(rows_of_books(tenant, books, &batch.touched));
        bulks.push(store::order::put(&orders));
        bulks.extend(store::invoice::insert(tenant, &batch.invoices, known.at));
        bulks.extend([
            store::shipment::put(&last_of_each(batch.shipments, |one| (one.order.clone(), one.number))),
            store::held::release(tenant, &invoiced),
            store::held::put(tenant, &held),
            store::supplier_invoice::put(tenant, &last_of_each(batch.supplier_invoices, |invoice| invoice.id.clone())),
            store::inbox::insert(tenant, &batch.received),
            store::outbox::insert(&batch.messages, known.at),
            store::job::put(tenant, &batch.jobs, known.at),
            store::attachment::insert(tenant, &batch.attachments, known.at),
            store::evidence::insert(std::mem::take(&mut batch.evidence)),
            store::invoice_file::put(&batch.files),
            store::command::insert(tenant, &batch.new_answers, known.at),
        ]);
        bulks.push(store::transfer::set_last_numbers(&drawn));
        if !batch.entries.is_empty() {
            bulks.push(store::journal::set_head(tenant, &known.head));
        }
        Ok(bulks)
    }
}

/// Of what was written twice in one batch the last counts.
fn last_of_each<T, K: Ord>(all: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let last: BTreeMap<K, T> = all.into_iter().map(|one| (key(&one), one)).collect();
    last.into_values().collect()
}

/// The rows of what was touched of the books.
fn rows_of_books(tenant: &str, books: &Books, touched: &Touched) -> Vec<store::Bulk> {
    let of_period = |id: &Arc<str>| {
        let sum = |sums: &BTreeMap<Arc<str>, i64>| sums.get(id).copied().unwrap_or_default();
        books.periods.get(id).map(|period| PeriodRow { period: period.clone(), source: sum(&books.sources), lapsed: sum(&books.lapsed) })
    };
    let periods: Vec<PeriodRow> = touched.periods.iter().filter_map(of_period).collect();
    let budgets: Vec<_> = touched.budgets.iter().filter_map(|code| books.budgets.get(code)).collect();
    let of_standing = |at: &BudgetPeriod| {
        let standing = books.standings.get(at)?;
        let policy = standing.policy.as_ref().map(ledger::write_policy);
        Some(StandingRow { at: at.clone(), standing: Standing { policy: None, ..standing.clone() }, policy })
    };
    let standings: Vec<StandingRow> = touched.standings.iter().filter_map(of_standing).collect();
    let orders: Vec<_> = touched.orders.iter().filter_map(|number| books.orders.get(number)).collect();
    let mut holdings: BTreeMap<(Arc<str>, BudgetPeriod), Places> = touched.holdings.iter().map(|place| (place.clone(), Places::default())).collect();
    for order in &orders {
        holdings.extend(order.holdings().into_iter().map(|(at, places)| ((order.number.clone(), at), places)));
    }
    let holdings: Vec<Holding> = holdings.into_iter().map(|((order, at), places)| Holding { at, order: order.to_string(), places }).collect();
    let invoices = touched.invoices.iter().filter_map(|number| books.invoices.get(number));
    vec![
        store::standing::put_periods(tenant, &periods),
        store::standing::put_budgets(tenant, &budgets),
        store::standing::put(tenant, &standings),
        store::booked::put_orders(tenant, orders.iter().map(|order| (order.number.to_string(), ledger::write_order(order))).collect()),
        store::booked::put_invoices(tenant, invoices.map(|invoice| (invoice.number.to_string(), ledger::write_invoice(invoice))).collect()),
        store::booked::put_holdings(tenant, &holdings),
    ]
}

/// Decides one booking on the books as they are by now, and notes what is to be written.
async fn decide(tx: &mut Tx, tenant: &str, known: &mut Known, batch: &mut Batch, booking: &Booking) -> Result<Done> {
    for (place, key) in booking.keys.iter().enumerate() {
        if let Some(first) = batch.answers.get(&key.id) {
            let answer = Answer { status: first.status, body: first.answer.clone() };
            return Ok(if first.fingerprint == booking.fingerprint {
                Done::Repeated { key: place, answer }
            } else {
                Done::OtherContent { key: place }
            });
        }
    }
    let find = |id| batch.orders.get(id).ok_or_else(|| Error::not_found("order", id));
    let orders = booking.orders.iter().map(find).collect::<Result<Vec<_>>>()?;
    let number = booking.series.as_ref().and_then(|series| batch.numbers.get(series)).map(|(_, last)| last + 1);
    let plan = (booking.plan)(&Seen { books: &known.books, orders, number, now: known.at })?;
    plan.command.as_ref().map_or(Ok(()), |command| granting::check(&known.books, &booking.asker, command))?;
    let outcome = plan.command.as_ref().map_or_else(|| Ok(Entry::default()), |command| known.books.decide(command));
    let holders = match &outcome {
        Err(refusal) if !refusal.over.is_empty() => holders(tx, tenant, &known.books, refusal).await?,
        _ => Vec::new(),
    };
    let written = (plan.write)(&Decided { books: &known.books, at: known.at, outcome: &outcome, holders: &holders })?;
    if booking.preview {
        return Ok(Done::Decided { outcome: Box::new(outcome), answer: written.answer });
    }
    if let Ok(entry) = &outcome {
        enter(known, batch, booking, &plan, entry);
        if !entry.crossed.is_empty()
            && let Some(buyer) = store::organisation::by_id(tx, tenant).await?
        {
            batch.messages.extend(notifying::thresholds(tenant, &known.books, entry, &buyer, known.at)?);
        }
        if let (Some(series), Some(number)) = (&booking.series, number) {
            batch.numbers.entry(series.clone()).and_modify(|(_, last)| *last = number);
        }
    }
    for key in booking.keys.iter().filter(|key| outcome.is_ok() || key.keeps_refusals) {
        let Answer { status, body } = written.answer.clone();
        let answered = Answered { id: key.id.clone(), fingerprint: booking.fingerprint.clone(), status, answer: body };
        batch.answers.insert(key.id.clone(), answered.clone());
        batch.new_answers.push(answered);
    }
    if let Some(invoice) = written.invoice {
        // Of one that was held and then booked in the same batch nothing is left, but what stays behind now.
        batch.held.retain(|held| invoice.orders().all(|order| order != held.order));
        batch.invoices.push(invoice);
    }
    batch.shipments.extend(written.shipments);
    batch.held.extend(written.held);
    batch.supplier_invoices.extend(written.supplier_invoice);
    batch.released.extend(written.released);
    batch.messages.extend(written.messages);
    batch.jobs.extend(written.jobs);
    batch.attachments.extend(written.attachments);
    batch.evidence.extend(written.evidence.as_deref().map(store::evidence::values));
    batch.files.extend(written.files);
    for stored in written.orders {
        debug_assert_eq!(stored.tenant, tenant);
        batch.changed_orders.insert(stored.order.id.clone());
        batch.orders.insert(stored.order.id.clone(), stored);
    }
    Ok(Done::Decided { outcome: Box::new(outcome), answer: written.answer })
}

/// A document with the answer to it.
fn answered(received: Received, done: &Result<Done>) -> Received {
    let (status, answer) = match done {
        Ok(Done::Decided { answer, .. } | Done::Repeated { answer, .. }) => (answer.status, answer.body.clone()),
        Ok(Done::OtherContent { .. }) => (409, "the same id with other content".to_string()),
        Err(error) => (0, error.to_string()),
    };
    Received { status, answer, ..received }
}

/// The orders that hold most of what the failing budgets have, in all that lies below them.
async fn holders(tx: &mut Tx, tenant: &str, books: &Books, refusal: &Refusal) -> Result<Vec<Holding>> {
    let lies_below = |at: &BudgetPeriod| books.above(at).iter().any(|above| refusal.over.iter().any(|over| over.at == *above));
    let holds = |standing: &Standing| standing.own.requested + standing.own.committed + standing.own.delivered > 0;
    let mut places: Vec<(i64, &BudgetPeriod)> =
        books.standings.iter().filter(|(at, standing)| holds(standing) && lies_below(at)).map(|(at, s)| (-s.own.consumption(), at)).collect();
    places.sort();
    let places: Vec<&BudgetPeriod> = places.into_iter().map(|(_, at)| at).take(PLACES_MAX).collect();
    if places.is_empty() { Ok(Vec::new()) } else { store::booked::largest(tx, tenant, &places).await }
}

/// Applies an entry and chains it to the journal.
fn enter(known: &mut Known, batch: &mut Batch, booking: &Booking, plan: &Plan, entry: &Entry) {
    known.books.apply(entry);
    batch.touched.note(&known.books, entry);
    let mut record = store::journal::Entry {
        sequence: known.head.sequence + 1,
        at: known.at,
        actor: booking.actor.clone(),
        kind: plan.kind.to_string(),
        subject: plan.subject.clone(),
        cause: plan.cause.clone(),
        body: plan.body.to_string(),
        posting: if plan.command.is_some() { ledger::write_entry(entry) } else { String::new() },
        hash: String::new(),
    };
    record.hash = proving::sha256(&record.hashed_text(&known.head.hash));
    known.head = Head { sequence: record.sequence, hash: record.hash.clone() };
    batch.mentions.extend(remembering::mentions(record.sequence, &record.subject, plan.command.as_ref(), entry));
    batch.entries.push(record);
}

/// The books without orders and invoices: settings, periods, budgets and what stands on them.
pub async fn frame(tx: &mut Tx, tenant: &str, reader: &mut ledger::Reader) -> Result<Books> {
    let mut books = Books::default();
    let settings = store::standing::settings(tx, tenant).await?;
    if !settings.is_empty() {
        books.settings = reader.settings(&settings).map_err(Error::internal)?;
    }
    for row in store::standing::periods(tx, tenant).await? {
        let id = reader.known(&row.period.id);
        // A sum of nothing is no sum: a replay of the journal has none either.
        books.sources.extend((row.source != 0).then(|| (id.clone(), row.source)));
        books.lapsed.extend((row.lapsed != 0).then(|| (id.clone(), row.lapsed)));
        books.periods.insert(id, row.period);
    }
    books.budgets = store::standing::budgets(tx, tenant).await?.into_iter().map(|budget| (budget.code.clone(), budget)).collect();
    for row in store::standing::all(tx, tenant).await? {
        let policy = row.policy.map(|text| reader.policy(&text)).transpose().map_err(Error::internal)?;
        let at = BudgetPeriod { budget: reader.known(&row.at.budget), period: reader.known(&row.at.period) };
        books.standings.insert(at, Standing { policy, ..row.standing });
    }
    Ok(books)
}

/// Adds the orders and invoices that are named and not there yet.
pub async fn read_named(tx: &mut Tx, tenant: &str, reader: &mut ledger::Reader, books: &mut Books, names: &[&Names]) -> Result<()> {
    let wanted: BTreeSet<&Arc<str>> = names.iter().flat_map(|names| &names.invoices).filter(|number| !books.invoices.contains_key(*number)).collect();
    if !wanted.is_empty() {
        let numbers: Vec<&str> = wanted.into_iter().map(|number| &**number).collect();
        for text in store::booked::invoices(tx, tenant, &numbers).await? {
            let invoice = reader.invoice(&text).map_err(Error::internal)?;
            books.invoices.insert(invoice.number.clone(), invoice);
        }
    }
    let of_invoices = names.iter().flat_map(|names| &names.invoices).filter_map(|number| books.invoices.get(number));
    let with_invoices: Vec<Arc<str>> = of_invoices.flat_map(|invoice| invoice.quantities.iter().map(|billed| billed.order.clone())).collect();
    let named = names.iter().flat_map(|names| &names.orders).chain(&with_invoices);
    let wanted: BTreeSet<&Arc<str>> = named.filter(|number| !books.orders.contains_key(*number)).collect();
    if !wanted.is_empty() {
        let numbers: Vec<&str> = wanted.into_iter().map(|number| &**number).collect();
        for text in store::booked::orders(tx, tenant, &numbers).await? {
            let order = reader.order(&text).map_err(Error::internal)?;
            books.orders.insert(order.number.clone(), order);
        }
    }
    for period in names.iter().filter_map(|names| names.period.as_ref()) {
        let mut after = String::new();
        loop {
            let page = store::booked::of_period(tx, tenant, period, &after, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after.clone_from(last);
            for (number, text) in &page {
                if !books.orders.contains_key(number.as_str()) {
                    let order = reader.order(text).map_err(Error::internal)?;
                    books.orders.insert(order.number.clone(), order);
                }
            }
        }
    }
    Ok(())
}
