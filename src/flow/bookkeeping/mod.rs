//! The books of one buyer in this process: brought up to date with what other processes wrote, asked to decide a batch of bookings in
//! memory, and written back with everything that belongs to them in the caller's one transaction (house-style, "The books").
//! Never answers anybody, and never keeps what was not committed: after a failure it is thrown away.

mod booking;
mod touched;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::{granting, notifying, proving, remembering};
use crate::domain::books::command::Names;
use crate::domain::books::entry::{Entry, Refusal};
use crate::domain::books::{Books, BudgetPeriod, Standing};
use crate::domain::invoice::Kind;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::store::attachment::Attachment;
use crate::store::booked::Holding;
use crate::store::command::Answered;
use crate::store::held::Held;
use crate::store::inbox::Received;
use crate::store::invoice::Invoice;
use crate::store::invoice_file::InvoiceFile;
use crate::store::job::NewJob;
use crate::store::journal::Head;
use crate::store::order::Stored;
use crate::store::outbox::Message;
use crate::store::shipment::Shipment;
use crate::store::supplier_invoice::SupplierInvoice;
use crate::store::{self, Bulk, Tx};
use crate::wire::ledger;
pub use booking::{Answer, Booking, Decided, Done, Key, Plan, PlanFn, Seen, WriteFn, Written};
use touched::{Touched, rows_of_books};

/// Orders and invoices of a buyer that are kept in memory between batches: some 8 MiB of usual ones. The others are read when they are named.
const HELD_MAX: usize = 2000;
/// Entries of other processes that are read one by one; beyond that the sums are read again.
const CATCH_UP_MAX: u32 = 2000;
const PAGE: u32 = 1000;
/// Budget periods among which the holders of money are looked for: those with most.
const PLACES_MAX: usize = 100;

/// The books of a tenant as this process knows them.
pub struct Desk {
    tenant: String,
    known: Option<Known>,
    anticipated: Option<Anticipated>,
    reader: ledger::Reader,
    /// Entries between snapshots of the books.
    pub every: usize,
}

struct Known {
    books: Books,
    head: Head,
    at: Timestamp,
    /// The last number drawn of each series.
    numbers: BTreeMap<String, i64>,
    /// Keys under which something was answered lately: who comes again under one of them is not to be decided ahead.
    answered: HashSet<String>,
}

/// What was decided from memory alone and is not being written yet.
struct Anticipated {
    /// The head of the journal before it.
    before: Head,
    batch: Batch,
    /// Keys under which nothing may have been answered, and orders that may not be there.
    keys: BTreeSet<String>,
    new_orders: BTreeSet<Arc<str>>,
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

impl Desk {
    pub fn new(tenant: &str) -> Desk {
        Desk { tenant: tenant.to_string(), known: None, anticipated: None, reader: ledger::Reader::default(), every: remembering::EVERY }
    }

    /// Lets go of everything: what is in memory may not be what is kept.
    pub fn forget(&mut self) {
        (self.known, self.anticipated) = (None, None);
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
    async fn decide(&mut self, tx: &mut Tx, bookings: &[&Booking], now: Timestamp) -> Result<(Vec<Result<Done>>, Vec<Bulk>)> {
        // Whatever goes wrong on the way leaves nothing behind that was not committed; nor does what was anticipated and never written.
        let is_written = self.anticipated.take().is_none();
        let known = self.known.take().filter(|_| is_written);
        let mut known = self.up_to_date(tx, known).await?;
        known.at = now.max(known.at);
        let mut batch = self.read(tx, &mut known.books, bookings).await?;
        let mut outcomes = Vec::with_capacity(bookings.len());
        for booking in bookings {
            let done = decide(Some(tx), &self.tenant, &mut known, &mut batch, booking).await.transpose();
            outcomes.push(done.unwrap_or_else(|| Err(Error::internal("a booking that was read for and not decided"))));
        }
        let drawn = batch.numbers_of(&self.tenant).filter(|(_, _, before, last)| before != last);
        let drawn: Vec<(&str, &str, i64)> = drawn.map(|(tenant, series, _, last)| (tenant, series, last)).collect();
        let mut rows = vec![store::transfer::set_last_numbers(&drawn)];
        if !batch.entries.is_empty() {
            rows.push(store::journal::set_head(&self.tenant, &known.head));
        }
        rows.extend(self.rows(&known, &mut batch));
        self.keep(known, batch);
        Ok((outcomes, rows))
    }

    /// Decides what it can from memory, before it is known that nobody else wrote: that is asked when it is written. Nothing for a booking
    /// that more must be read for. What is decided is true in memory from then on; [`Desk::anticipated`] gives what is to be written of it.
    pub async fn anticipate(&mut self, bookings: &[&Booking], now: Timestamp) -> Vec<Option<Result<Done>>> {
        let Some(mut known) = self.known.take() else { return bookings.iter().map(|_| None).collect() };
        known.at = now.max(known.at);
        let before = self.anticipated.take();
        let was_some = before.is_some();
        let mut anticipated = before.unwrap_or_else(|| Anticipated::behind(&known.head));
        let mut outcomes = Vec::with_capacity(bookings.len());
        for booking in bookings {
            outcomes.push(if known.has_all_for(booking) { anticipated.decide(&self.tenant, &mut known, booking).await } else { None });
        }
        self.anticipated = (was_some || outcomes.iter().any(Option::is_some)).then_some(anticipated);
        self.known = Some(known);
        outcomes
    }

    /// What is to be written of everything that was anticipated since it was asked last. It is refused, all of it, unless everything still is as
    /// it was anticipated: then, or where it fails, the caller calls [`Desk::forget`] and has it decided anew.
    ///
    /// # Errors
    /// When nothing was anticipated.
    pub fn anticipated(&mut self) -> Result<Vec<Bulk>> {
        let (Some(known), Some(Anticipated { before, mut batch, keys, new_orders })) = (self.known.take(), self.anticipated.take()) else {
            return Err(Error::internal("nothing was anticipated"));
        };
        let tenant = self.tenant.as_str();
        let mut rows = vec![
            store::journal::go_on(tenant, &before, &known.head).surely(),
            // Also where none was drawn: somebody may have been told which comes next.
            store::transfer::go_on(&batch.numbers_of(tenant).collect::<Vec<_>>()).surely(),
            store::command::under(tenant, &keys.iter().map(String::as_str).collect::<Vec<_>>()).in_vain(),
            store::booked::with_numbers(tenant, &new_orders.iter().map(|number| &**number).collect::<Vec<_>>()).in_vain(),
        ];
        rows.extend(self.rows(&known, &mut batch));
        self.keep(known, batch);
        Ok(rows)
    }

    /// Keeps what a batch left, but for orders, invoices and keys when there are too many.
    fn keep(&mut self, mut known: Known, batch: Batch) {
        if known.answered.len() > HELD_MAX {
            known.answered.clear();
        }
        known.answered.extend(batch.new_answers.into_iter().map(|answered| answered.id));
        known.numbers.extend(batch.numbers.into_iter().map(|(series, (_, last))| (series, last)));
        if known.books.orders.len() + known.books.invoices.len() > HELD_MAX {
            let gone = (std::mem::take(&mut known.books.orders), std::mem::take(&mut known.books.invoices));
            // The next batch need not wait until they are gone.
            drop(spawn_blocking(|| drop(gone)));
        }
        self.known = Some(known);
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
        // They may have drawn numbers, too.
        known.numbers.clear();
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
        Ok(Known { books, at: last.first().map_or(Timestamp::default(), |entry| entry.at), head, numbers: BTreeMap::new(), answered: HashSet::new() })
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

    /// Everything that a batch writes but for the head of the journal and the numbers that were drawn.
    fn rows(&self, known: &Known, batch: &mut Batch) -> Vec<Bulk> {
        let (tenant, books) = (self.tenant.as_str(), &known.books);
        let settings = batch.touched.settings.then(|| (tenant, ledger::write_settings(&books.settings)));
        let orders: Vec<&Stored> = batch.changed_orders.iter().filter_map(|id| batch.orders.get(id)).collect();
        let snapshot = remembering::snapshot(books, self.every, batch.entries.len(), known.head.sequence, known.at);
        let issued = batch.invoices.iter().filter(|invoice| invoice.kind == Kind::Invoice).flat_map(Invoice::orders);
        let invoiced: Vec<&str> = issued.chain(batch.released.iter().map(String::as_str)).collect();
        // Of two tries the last counts.
        let last: BTreeMap<&str, &Held> = batch.held.iter().map(|held| (held.order.as_str(), held)).collect();
        let held: Vec<Held> = last.into_values().cloned().collect();
        let mut bulks = vec![store::journal::insert(tenant, &batch.entries), store::mention::insert(tenant, &batch.mentions)];
        bulks.push(store::snapshot::insert(tenant, snapshot.as_slice()));
        bulks.push(store::standing::set_settings(settings.as_slice()));
        bulks.extend(rows_of_books(tenant, books, &batch.touched));
        bulks.push(store::order::put(&orders));
        bulks.extend(store::invoice::insert(tenant, &batch.invoices, known.at));
        bulks.extend([
            store::shipment::put(&last_of_each(std::mem::take(&mut batch.shipments), |one| (one.order.clone(), one.number))),
            store::held::release(tenant, &invoiced),
            store::held::put(tenant, &held),
            store::supplier_invoice::put(tenant, &last_of_each(std::mem::take(&mut batch.supplier_invoices), |invoice| invoice.id.clone())),
            store::inbox::insert(tenant, &batch.received),
            store::outbox::insert(&batch.messages, known.at),
            store::job::put(tenant, &batch.jobs, known.at),
            store::attachment::insert(tenant, &batch.attachments, known.at),
            store::evidence::insert(std::mem::take(&mut batch.evidence)),
            store::invoice_file::put(&batch.files),
            store::command::insert(tenant, &batch.new_answers, known.at),
        ]);
        bulks
    }
}

impl Known {
    /// Whether a booking needs nothing to be read.
    fn has_all_for(&self, booking: &Booking) -> bool {
        let (books, names) = (&self.books, &booking.names);
        let has_orders = orders_of(books, names).all(|number| books.orders.contains_key(number));
        let has_invoices = names.invoices.iter().all(|number| books.invoices.contains_key(number));
        let has_numbers = booking.series.iter().all(|series| self.numbers.contains_key(series));
        let is_new = !booking.keys.iter().any(|key| self.answered.contains(&key.id));
        is_new && has_orders && has_invoices && has_numbers && names.period.is_none() && booking.orders.is_empty()
    }
}

impl Anticipated {
    fn behind(head: &Head) -> Anticipated {
        Anticipated { before: head.clone(), batch: Batch::default(), keys: BTreeSet::new(), new_orders: BTreeSet::new() }
    }

    async fn decide(&mut self, tenant: &str, known: &mut Known, booking: &Booking) -> Option<Result<Done>> {
        if let Some((series, last)) = booking.series.as_ref().and_then(|series| known.numbers.get_key_value(series)) {
            self.batch.numbers.entry(series.clone()).or_insert((*last, *last));
        }
        let new_orders = booking.names.new_orders.iter().filter(|number| !known.books.orders.contains_key(*number));
        let new_orders: Vec<Arc<str>> = new_orders.cloned().collect();
        let keys = booking.keys.iter().map(|key| &key.id).filter(|id| !self.batch.answers.contains_key(*id));
        let keys: Vec<String> = keys.cloned().collect();
        let done = decide(None, tenant, known, &mut self.batch, booking).await.transpose()?;
        self.keys.extend(keys);
        self.new_orders.extend(new_orders);
        Some(done)
    }
}

impl Batch {
    /// Series that were looked at: tenant, name, the last number before and now.
    fn numbers_of<'b>(&'b self, tenant: &'b str) -> impl Iterator<Item = (&'b str, &'b str, i64, i64)> {
        self.numbers.iter().map(move |(series, (before, last))| (tenant, series.as_str(), *before, *last))
    }
}

/// Of what was written twice in one batch the last counts.
fn last_of_each<T, K: Ord>(all: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let last: BTreeMap<K, T> = all.into_iter().map(|one| (key(&one), one)).collect();
    last.into_values().collect()
}

/// Decides one booking on the books as they are by now, and notes what is to be written. Nothing of that, and no outcome, where more has to be
/// read and there is nothing to read it from.
async fn decide(mut tx: Option<&mut Tx>, tenant: &str, known: &mut Known, batch: &mut Batch, booking: &Booking) -> Result<Option<Done>> {
    let done = decide_one(&mut tx, tenant, known, batch, booking).await.transpose();
    if let Some(done) = &done {
        batch.received.extend(booking.received.clone().map(|received| answered(received, done)));
    }
    done.transpose()
}

async fn decide_one(tx: &mut Option<&mut Tx>, tenant: &str, known: &mut Known, batch: &mut Batch, booking: &Booking) -> Result<Option<Done>> {
    for (place, key) in booking.keys.iter().enumerate() {
        if let Some(first) = batch.answers.get(&key.id) {
            let answer = Answer { status: first.status, body: first.answer.clone() };
            return Ok(Some(if first.fingerprint == booking.fingerprint {
                Done::Repeated { key: place, answer }
            } else {
                Done::OtherContent { key: place }
            }));
        }
    }
    let find = |id| batch.orders.get(id).ok_or_else(|| Error::not_found("order", id));
    let orders = booking.orders.iter().map(find).collect::<Result<Vec<_>>>()?;
    let number = booking.series.as_ref().and_then(|series| batch.numbers.get(series)).map(|(_, last)| last + 1);
    let plan = (booking.plan)(&Seen { books: &known.books, orders, number, now: known.at })?;
    plan.command.as_ref().map_or(Ok(()), |command| granting::check(&known.books, &booking.asker, command))?;
    let outcome = plan.command.as_ref().map_or_else(|| Ok(Entry::default()), |command| known.books.decide(command));
    let tells = |entry: &Entry| !entry.crossed.is_empty() && !booking.preview;
    let (mut largest, mut buyer) = (Vec::new(), None);
    match (&outcome, tx) {
        (Err(refusal), Some(tx)) if !refusal.over.is_empty() => largest = holders(tx, tenant, &known.books, refusal).await?,
        (Ok(entry), Some(tx)) if tells(entry) => buyer = store::organisation::by_id(tx, tenant).await?,
        (Err(refusal), None) if !refusal.over.is_empty() => return Ok(None),
        (Ok(entry), None) if tells(entry) => return Ok(None),
        _ => {}
    }
    let written = (plan.write)(&Decided { books: &known.books, at: known.at, outcome: &outcome, holders: &largest })?;
    if booking.preview {
        return Ok(Some(Done::Decided { outcome: Box::new(outcome), answer: written.answer }));
    }
    if let Ok(entry) = &outcome {
        enter(known, batch, booking, &plan, entry);
        if let Some(buyer) = buyer {
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
    Ok(Some(Done::Decided { outcome: Box::new(outcome), answer: written.answer }))
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

/// The orders that are named and may be there, with those of the invoices that are named, as far as these are known.
fn orders_of<'n>(books: &'n Books, names: &'n Names) -> impl Iterator<Item = &'n Arc<str>> {
    let invoices = names.invoices.iter().filter_map(|number| books.invoices.get(number));
    names.orders.iter().chain(invoices.flat_map(|invoice| invoice.quantities.iter().map(|billed| &billed.order)))
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
    let named = names.iter().flat_map(|names| orders_of(books, names).chain(&names.new_orders));
    let wanted: BTreeSet<Arc<str>> = named.filter(|number| !books.orders.contains_key(*number)).cloned().collect();
    if !wanted.is_empty() {
        let numbers: Vec<&str> = wanted.iter().map(|number| &**number).collect();
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
