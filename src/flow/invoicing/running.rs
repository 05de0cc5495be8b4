//! Invoice runs: everything a supplier shipped until a day, as invoices by each customer's terms. A preview and the run go the same way, and differ
//! in that the preview writes nothing. One customer that fails does not stop the others; a run that was killed goes on where it was, for
//! what was invoiced cannot be invoiced again. Never guesses: what cannot go is kept back, with the reason.

use std::time::Duration;

use serde_json::{Value, json};

use super::forecasting::{self, Forecast, Found, Group, kept_back_json};
use super::{despatching, enclosing};
use super::{making, parties};
use crate::app::App;
use crate::domain::books::command::Names;
use crate::domain::finding::{Code, Finding};
use crate::domain::invoice::Kind;
use crate::domain::invoice::terms::Frequency;
use crate::domain::money::{Currency, Money};
use crate::domain::rights::Asker;
use crate::domain::time::{Timestamp, is_date};
use crate::error::{Error, Result};
use crate::flow::bookkeeping::{Booking, Done};
use crate::flow::signing::Caller;
use crate::store::invoice_run::{Part, Run};
use crate::store::job::{Job, NewJob};
use crate::store::json::{parse, str_of};
use crate::store::order::Stored;
use crate::store::{self, Tx};

/// Orders of one customer that one run looks at; what is beyond comes with the next.
const ORDERS_MAX: u32 = 5000;
/// Bookings of one customer that wait at once.
const AT_ONCE: usize = 64;
const LEASE: Duration = Duration::from_secs(20);
/// Runs that one look at the list gives.
pub const LISTED_MAX: u32 = 50;
/// Customers that one page or answer shows.
pub const PARTS_MAX: u32 = 10_000;

/// For whom a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everybody whose terms say that today is their day.
    Due,
    /// These customers; everybody where none is named.
    Customers(Vec<String>),
    /// One order that was just shipped, of a customer who is invoiced at each delivery.
    Delivery { tenant: String, order: String },
}

impl Scope {
    fn write(&self) -> String {
        match self {
            Scope::Due => json!({"due": true}),
            Scope::Customers(tenants) => json!({"customers": tenants}),
            Scope::Delivery { tenant, order } => json!({"tenant": tenant, "order": order}),
        }
        .to_string()
    }

    fn read(text: &str) -> Result<Scope> {
        let value = parse(text)?;
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_string);
        Ok(match (value.get("customers").and_then(Value::as_array), text("tenant"), text("order")) {
            (Some(tenants), _, _) => Scope::Customers(tenants.iter().filter_map(|tenant| tenant.as_str().map(str::to_string)).collect()),
            (None, Some(tenant), Some(order)) => Scope::Delivery { tenant, order },
            (None, _, _) => Scope::Due,
        })
    }
}

/// The supplier a person runs invoices for: their own, or for the operator any.
pub fn supplier_of(caller: &Caller, named: Option<&str>) -> Result<String> {
    let operator = caller.person.roles.iter().any(|role| role == crate::flow::applying::OPERATOR);
    match named.filter(|named| *named != caller.person.tenant) {
        None => Ok(caller.person.tenant.clone()),
        Some(named) if operator => Ok(named.to_string()),
        Some(_) => Err(Error::Denied),
    }
}

/// What a run for these customers would do now; writes nothing.
pub async fn preview(app: &App, supplier: &str, reference_date: &str, customers: &[String]) -> Result<Vec<Forecast>> {
    check_date(reference_date)?;
    let scope = Scope::Customers(customers.to_vec());
    let mut all = Vec::new();
    for tenant in tenants(app, &scope).await? {
        let found = find(app, supplier, &tenant, reference_date, &scope, "").await?;
        all.extend(found.map(|found| found.forecast).filter(|forecast| !forecast.invoices.is_empty() || !forecast.kept_back.is_empty()));
    }
    Ok(all)
}

fn check_date(date: &str) -> Result<()> {
    if is_date(date) { Ok(()) } else { Err(Finding::error(Code::DateInvalid, "reference_date").value(date).into()) }
}

/// Has a run made; the same id again is the same run.
pub async fn start(app: &App, actor: &str, supplier: &str, id: &str, reference_date: &str, customers: &[String]) -> Result<Run> {
    check_date(reference_date)?;
    if id.is_empty() || id.len() > 100 || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
        return Err(Finding::error(Code::Unusable, "id").value(id).limit("a – z, 0 – 9, -, _, ., 1 – 100").into());
    }
    let run = Run {
        supplier: supplier.to_string(),
        id: id.to_string(),
        reference_date: reference_date.to_string(),
        asked_by: actor.to_string(),
        scope: Scope::Customers(customers.to_vec()).write(),
        state: "waiting".into(),
        fence: 0,
        made_at: app.clock.now(),
    };
    let mut tx = app.store.begin().await?;
    let is_new = store::invoice_run::insert(&mut tx, &run).await?;
    let kept = store::invoice_run::by_id(&mut tx, supplier, id).await?.ok_or_else(|| Error::internal("a run that was made is not there"))?;
    tx.commit().await?;
    if !is_new && (&kept.reference_date, &kept.scope) != (&run.reference_date, &run.scope) {
        return Err(Error::Conflict(format!("invoice run {id}")));
    }
    Ok(kept)
}

/// The runs that are due by themselves on this day, one for each supplier; made again they are made once.
pub async fn plan_due(app: &App) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let suppliers = store::organisation::all(&mut tx).await?;
    drop(tx);
    for supplier in suppliers.iter().filter(|organisation| organisation.kind == "supplier") {
        let run = due_run(&supplier.id, format!("due-{}", now.date()), &Scope::Due, now);
        let mut tx = app.store.begin().await?;
        store::invoice_run::insert(&mut tx, &run).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn due_run(supplier: &str, id: String, scope: &Scope, now: Timestamp) -> Run {
    Run {
        supplier: supplier.to_string(),
        id,
        reference_date: now.date(),
        asked_by: String::new(),
        scope: scope.write(),
        state: "waiting".into(),
        fence: 0,
        made_at: now,
    }
}

/// Whether each shipment to this customer is invoiced by itself.
pub async fn follows_delivery(app: &App, stored: &Stored) -> Result<bool> {
    let mut tx = app.store.read().await?;
    let parties = parties(&mut tx, &stored.order.supplier, &stored.tenant).await?;
    Ok(parties.terms.frequency == Some(Frequency::Delivery))
}

/// What is due when an order was shipped, in this version of it.
pub fn delivery_job(order: &str, version: i64, now: Timestamp) -> NewJob {
    NewJob { id: format!("invoice-delivery/{order}/{version}"), kind: "invoice-delivery", payload: json!({"order": order}).to_string(), due_at: now }
}

/// The run for one shipment, in the transaction of the job that follows it.
pub async fn follow_delivery(app: &App, tx: &mut Tx, job: &Job) -> Result<()> {
    let payload = parse(&job.payload)?;
    let (tenant, order) = (job.tenant.as_str(), str_of(&payload, "order"));
    let Some(stored) = store::order::by_id(tx, tenant, order).await? else { return Ok(()) };
    let scope = Scope::Delivery { tenant: tenant.to_string(), order: order.to_string() };
    let id = format!("delivery-{order}-{}", stored.version);
    store::invoice_run::insert(tx, &due_run(&stored.order.supplier, id, &scope, app.clock.now())).await.map(drop)
}

/// One pass over the runs that wait; gives how many were gone through.
pub async fn pass(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let waiting = store::invoice_run::waiting(&mut tx, now, 10).await?;
    drop(tx);
    let mut done = 0;
    for run in waiting {
        let mut tx = app.store.begin().await?;
        let claimed = store::invoice_run::claim(&mut tx, &run, now, now.plus(LEASE)).await?;
        tx.commit().await?;
        if claimed {
            go(app, &Run { fence: run.fence + 1, ..run }).await?;
            done += 1;
        }
    }
    Ok(done)
}

/// The whole of a run that is claimed. Ends early when another worker has it.
async fn go(app: &App, run: &Run) -> Result<()> {
    let scope = Scope::read(&run.scope)?;
    let mut renewed = app.clock.now();
    for tenant in tenants(app, &scope).await? {
        let now = app.clock.now();
        if now.0 - renewed.0 > LEASE.as_micros() as i64 / 4 {
            let mut tx = app.store.begin().await?;
            let kept = store::invoice_run::renew(&mut tx, run, now.plus(LEASE)).await?;
            tx.commit().await?;
            if !kept {
                return Ok(());
            }
            renewed = now;
        }
        if let Err(error) = for_customer(app, run, &tenant, &scope).await {
            tracing::warn!(run = run.id, tenant, %error, "a customer of an invoice run failed; the others go on");
        }
    }
    let mut tx = app.store.begin().await?;
    store::invoice_run::finish(&mut tx, run, app.clock.now()).await?;
    tx.commit().await?;
    tracing::info!(run = run.id, supplier = run.supplier, "an invoice run is done");
    Ok(())
}

/// Ids of the customers a run is for, in order.
async fn tenants(app: &App, scope: &Scope) -> Result<Vec<String>> {
    if let Scope::Delivery { tenant, .. } = scope {
        return Ok(vec![tenant.clone()]);
    }
    let mut tx = app.store.read().await?;
    let all = store::organisation::all(&mut tx).await?;
    let is_wanted = |id: &String| match scope {
        Scope::Customers(named) if !named.is_empty() => named.contains(id),
        Scope::Customers(_) | Scope::Due | Scope::Delivery { .. } => true,
    };
    Ok(all.into_iter().filter(|organisation| organisation.kind == "buyer").map(|organisation| organisation.id).filter(is_wanted).collect())
}

async fn for_customer(app: &App, run: &Run, tenant: &str, scope: &Scope) -> Result<()> {
    let Some(found) = find(app, &run.supplier, tenant, &run.reference_date, scope, &run.id).await? else { return Ok(()) };
    let kept_back = found.forecast.kept_back;
    for some in chunks(found.groups) {
        let bookings = some.into_iter().map(|group| booking(run, group));
        let outcomes = futures_util::future::join_all(bookings.map(|booking| app.bookkeepers.book(tenant, booking))).await;
        for outcome in outcomes {
            match outcome {
                Ok(Done::Decided { outcome, .. }) => {
                    if let Err(refusal) = *outcome {
                        tracing::info!(run = run.id, tenant, code = refusal.code.as_str(), "an invoice of a run is held");
                    }
                }
                Ok(Done::Repeated { .. } | Done::OtherContent { .. }) => {}
                // Somebody was faster, or it changed meanwhile: what is left comes with the next run.
                Err(error) => tracing::info!(run = run.id, tenant, %error, "an invoice of a run was not made"),
            }
        }
    }
    let mut tx = app.store.begin().await?;
    let (invoices, net) = store::invoice_run::made(&mut tx, tenant, &run.supplier, &run.id).await?;
    let currency = found.forecast.currency.to_string();
    if invoices > 0 || !kept_back.is_empty() {
        let kept_back = kept_back.iter().map(kept_back_json).collect();
        let (tenant, supplier, run, done_at) = (tenant.to_string(), run.supplier.clone(), run.id.clone(), app.clock.now());
        let part = Part { tenant, supplier, run, invoices, net, currency, kept_back, done_at };
        store::invoice_run::put_part(&mut tx, &part).await?;
    }
    tx.commit().await
}

fn chunks(groups: Vec<Group>) -> Vec<Vec<Group>> {
    let mut all: Vec<Vec<Group>> = Vec::new();
    for group in groups {
        match all.last_mut().filter(|last| last.len() < AT_ONCE) {
            Some(last) => last.push(group),
            None => all.push(vec![group]),
        }
    }
    all
}

fn booking(run: &Run, group: Group) -> Booking {
    let Group { orders, numbers, making, .. } = group;
    let actor = if run.asked_by.is_empty() { format!("run/{}", run.id) } else { run.asked_by.clone() };
    let series = making.parties.series(Kind::Invoice, making.year);
    Booking {
        actor,
        asker: Asker::Supplier,
        keys: Vec::new(),
        fingerprint: String::new(),
        names: Names { orders: numbers, ..Names::default() },
        orders,
        series: Some(series),
        preview: false,
        received: None,
        plan: Box::new(move |at| making::plan(at, &making)),
    }
}

/// What there is for one customer; nothing where it is not their day, or nothing was shipped.
async fn find(app: &App, supplier: &str, tenant: &str, until: &str, scope: &Scope, run: &str) -> Result<Option<Found>> {
    let mut tx = app.store.read().await?;
    let mut orders = store::order::shipped(&mut tx, tenant, supplier, ORDERS_MAX).await?;
    if let Scope::Delivery { order, .. } = scope {
        orders.retain(|stored| stored.order.id == *order);
    }
    if orders.is_empty() {
        return Ok(None);
    }
    let parties = parties(&mut tx, supplier, tenant).await?;
    let (files, beyond) = enclosing::waiting(&mut tx, tenant, supplier).await?;
    let shipments = despatching::shipments(&mut tx, tenant, supplier).await?;
    // As with too many orders: what is beyond comes with the next run.
    orders.retain(|stored| !beyond.contains(&stored.order.id));
    drop(tx);
    let now = app.clock.now();
    let due = match scope {
        Scope::Due => {
            let (weekday, day, week) = now.calendar();
            parties.terms.is_due(weekday, day, week)
        }
        Scope::Delivery { .. } => parties.terms.frequency == Some(Frequency::Delivery),
        Scope::Customers(_) => true,
    };
    if !due {
        return Ok(None);
    }
    forecasting::look(app, (&orders, files, shipments), parties, until, run).await.map(Some)
}

/// What a run came to for a customer, net.
pub fn net_of(part: &Part) -> Money {
    Money::new(part.net, Currency::parse(&part.currency).unwrap_or(Currency::EUR))
}

pub fn run_json(run: &Run, parts: &[Part]) -> Value {
    let part = |part: &Part| {
        json!({
            "customer": part.tenant, "invoices": part.invoices, "currency": part.currency,
            "net": net_of(part).decimal().to_string(), "kept_back": part.kept_back,
        })
    };
    json!({
        "id": run.id, "supplier": run.supplier, "reference_date": run.reference_date, "state": run.state, "made_at": run.made_at.to_string(),
        "customers": parts.iter().map(part).collect::<Vec<_>>(),
    })
}

/// A run of a supplier with what it came to.
pub async fn show(app: &App, supplier: &str, id: &str) -> Result<(Run, Vec<Part>)> {
    let mut tx = app.store.view().await?;
    let run = store::invoice_run::by_id(&mut tx, supplier, id).await?.ok_or_else(|| Error::not_found("invoice run", id))?;
    let parts = store::invoice_run::parts(&mut tx, supplier, id, PARTS_MAX).await?;
    Ok((run, parts))
}
