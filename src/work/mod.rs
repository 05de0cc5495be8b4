//! What is owed later: the outbox, the invoice runs and the jobs, each a loop that looks every second; each pass takes no input, reads what is wanted
//! from the database, and may run on several nodes at once.

pub mod folder;
pub mod housekeeping;
pub mod jobs;
pub mod orders;
pub mod parked;
pub mod sendings;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

use crate::app::App;
use crate::clock;
use crate::domain::invoice::terms::Copy;
use crate::domain::name::Language;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::flow::channels::charging;
use crate::flow::invoicing::running;
use crate::flow::{channels, picturing, proving, receiving};
use crate::invoice_copy;
use crate::outbound::{Sent, http, mail};
use crate::store::invoice_sending::{self, Sending};
use crate::store::job;
use crate::store::json::str_of;
use crate::store::order_delivery::{self, Delivery};
use crate::store::outbox::{self, Attempt, Message};
use crate::store::{self};
use crate::text::Texts;
use crate::work::orders::Outcome;

const PASS_EVERY: Duration = Duration::from_secs(1);
const LEASE: Duration = Duration::from_secs(60);
const BATCH: u32 = 256;
/// Messages that are under way at once, and whose outcomes are written together: few enough that the lease of the last does not run out.
const AT_ONCE: usize = 32;
/// After the n-th attempt (reliability, outbox): 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h; then a person looks.
const DELAYS: [u64; 9] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// Nobody outside makes a message wait longer than this.
const WAIT_MAX: u64 = 86_400;
/// Without a mail server a mail waits this long before the next look.
const WITHOUT_MAIL_SERVER: u64 = 3600;

/// The time until the next try after so many, up to a tenth shorter so that what failed together does not come back together.
/// `None`: it was tried often enough.
pub fn back_off(attempts: i64) -> Option<Duration> {
    let place = usize::try_from(attempts).unwrap_or(1).max(1) - 1;
    let delay = Duration::from_secs(*DELAYS.get(place)?);
    let [chance] = clock::random::<1>();
    Some(delay - delay / 2560 * u32::from(chance))
}

/// Runs until told to stop.
pub async fn run(app: Arc<App>, stop: watch::Receiver<bool>) {
    tokio::join!(send_loop(&app, stop.clone()), run_loop(&app, stop.clone()), job_loop(&app, stop));
}

async fn send_loop(app: &App, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(PASS_EVERY) => {}
            _ = stop.changed() => return,
        }
        // As long as a pass finds all it can carry, the next one follows at once.
        loop {
            match dispatch(app).await {
                Ok(tried) if tried == BATCH as usize && !*stop.borrow() => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "the outbox could not be worked");
                    break;
                }
            }
        }
    }
}

/// Invoice runs, and documents on their way, have a loop of their own: they go through the bookkeepers, for which a job's transaction would be in the way.
async fn run_loop(app: &App, mut stop: watch::Receiver<bool>) {
    let mut planned = String::new();
    loop {
        tokio::select! {
            () = tokio::time::sleep(PASS_EVERY) => {}
            _ = stop.changed() => return,
        }
        let today = app.clock.now().date();
        if planned != today {
            match running::plan_due(app).await {
                Ok(()) => planned = today,
                Err(error) => tracing::warn!(%error, "invoice runs could not be planned"),
            }
        }
        if let Err(error) = running::pass(app).await {
            tracing::warn!(%error, "invoice runs could not be worked on");
        }
        if let Err(error) = sendings::follow(app).await {
            tracing::warn!(%error, "documents on their way could not be followed");
        }
    }
}

async fn job_loop(app: &App, mut stop: watch::Receiver<bool>) {
    let worker = jobs::worker_name(app);
    let mut planned = String::new();
    loop {
        tokio::select! {
            () = tokio::time::sleep(PASS_EVERY) => {}
            _ = stop.changed() => return,
        }
        let period = housekeeping::period(app.clock.now());
        if planned != period {
            // An invoice that came before its goods is booked by itself when they are there.
            if let Err(error) = receiving::try_again(app).await {
                tracing::warn!(%error, "suppliers' invoices could not be matched again");
            }
            match housekeeping::plan(app).await {
                Ok(()) => planned = period,
                Err(error) => tracing::warn!(%error, "housekeeping could not be planned"),
            }
        }
        if let Err(error) = folder::pass(app).await {
            tracing::warn!(%error, "the folder of suppliers' invoices could not be worked");
        }
        if let Err(error) = jobs::pass(app, housekeeping::KINDS, &worker).await {
            tracing::warn!(%error, "jobs could not be worked on");
        }
    }
}

/// One pass over the outbox: what is due is claimed in one commit, sent by several at once, and its outcomes written in one commit. Gives how
/// many messages were tried.
pub async fn dispatch(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    // What there is no way for is not touched: on SQLite every order would wait for that.
    let due = outbox::due(&mut tx, now, &app.config.kinds_without_a_way(), BATCH).await?;
    let (waiting, parked) = outbox::figures(&mut tx).await?;
    drop(tx);
    metrics::gauge!("hookline_outbox_waiting").set(u32::try_from(waiting).unwrap_or(u32::MAX));
    metrics::gauge!("hookline_outbox_parked").set(u32::try_from(parked).unwrap_or(u32::MAX));
    if due.is_empty() {
        return Ok(0);
    }
    let mut tx = app.store.begin().await?;
    let claimed = outbox::claim(&mut tx, &due, now, now.plus(LEASE)).await?;
    tx.commit().await?;
    for some in claimed.chunks(AT_ONCE) {
        let outcomes = futures_util::future::join_all(some.iter().map(|message| send(app, message, now))).await;
        settle(app, some, outcomes, now).await?;
    }
    Ok(claimed.len())
}

async fn send(app: &App, message: &Message, now: Timestamp) -> Outcome {
    if message.kind == channels::MESSAGE {
        return orders::send(app, message, now).await;
    }
    Outcome::only(message, send_plain(app, message, now).await)
}

/// What goes one way only.
async fn send_plain(app: &App, message: &Message, now: Timestamp) -> Sent {
    match (message.kind.as_str(), &app.config.smtp) {
        ("mail", Some(smtp)) => match letter_with_files(app, message).await {
            Ok(letter) => mail::send(smtp, letter).await,
            Err(error) if error.retryable() => Sent::Later { why: error.to_string(), after: None },
            Err(error) => Sent::Parked(error.to_string()),
        },
        // Its server was taken out of the configuration a moment ago.
        ("mail", None) => Sent::Later { why: "no mail server is configured".into(), after: Some(WITHOUT_MAIL_SERVER) },
        ("webhook", _) => {
            let body = match with_charges(app, message).await {
                Ok(body) => body,
                Err(error) if error.retryable() => return Sent::Later { why: error.to_string(), after: None },
                Err(error) => return Sent::Parked(error.to_string()),
            };
            let seconds = now.seconds().to_string();
            let signed = format!("{}.{seconds}.{body}", message.id);
            let headers = [
                ("webhook-id", message.id.clone()),
                ("webhook-timestamp", seconds),
                ("webhook-signature", proving::webhook_signature(&app.form_key, &message.recipient, &signed)),
            ];
            http::post(&message.recipient, &headers, body, &app.config.private_hosts).await
        }
        ("access-point", _) => sendings::submit(app, message).await,
        ("cxml", _) => crate::flow::cxml::send(app, message).await,
        (other, _) => Sent::Parked(format!("no way to send {other}")),
    }
}

/// What is said behind a line: what of it will not come, and what the basket said where the order differs.
fn marks(t: Texts, line: &Value, template: &str) -> Vec<String> {
    let mut marks = Vec::new();
    let refused = str_of(line, "refused");
    if refused != "0" && !refused.is_empty() {
        marks.push(t.with(if template == "order-changed" { "mail-line-called-off" } else { "mail-line-refused" }, "quantity", refused));
    }
    if let Some(quoted) = line.get("quoted_price").filter(|quoted| !quoted.is_null()) {
        let price = |of: &Value| match of.get("price_quantity").and_then(Value::as_u64) {
            Some(per @ 2..) => format!("{} / {per}", str_of(of, "price")),
            _ => str_of(of, "price").to_string(),
        };
        marks.push(t.with_all("mail-line-price", &[("price", price(line)), ("quoted", price(quoted))]));
    }
    if let Some(quoted) = line.get("quoted_quantity").and_then(Value::as_str) {
        marks.push(t.with("mail-line-quantity", "quoted", quoted));
    }
    marks
}

/// A webhook's body; one that tells a supplier of its order, with what is charged beside the goods.
async fn with_charges(app: &App, message: &Message) -> Result<String> {
    if !["\"order.placed\"", "\"order.changed\""].iter().any(|kind| message.payload.contains(kind)) {
        return Ok(message.payload.clone());
    }
    let mut payload = store::json::parse(&message.payload)?;
    let charges = charging::listed(&mut app.store.read().await?, &message.tenant, &payload["data"], false).await?;
    if charges.is_empty() || !payload["data"].is_object() {
        return Ok(message.payload.clone());
    }
    payload["data"]["charges"] = Value::from(charges);
    Ok(payload.to_string())
}

/// The mail for a message: that to a supplier about its order with what is charged beside the goods, that about an invoice with its copy.
async fn letter_with_files(app: &App, message: &Message) -> Result<mail::Mail> {
    let mut payload = store::json::parse(&message.payload)?;
    if str_of(&payload, "template") == "order" {
        let charges = charging::listed(&mut app.store.read().await?, &message.tenant, &payload["order"], false).await?;
        payload["details"] = charging::details(&charges, str_of(&payload["order"], "currency")).into();
    }
    let mut letter = letter_of(&message.id, &message.recipient, &payload)?;
    let id = str_of(&payload, "invoice");
    if id.is_empty() {
        return Ok(letter);
    }
    let mut tx = app.store.read().await?;
    let row =
        store::invoice::by_id(&mut tx, &message.tenant, id).await?.ok_or_else(|| Error::internal("a mail about an invoice that is not there"))?;
    drop(tx);
    let language = Language::from_tag(str_of(&payload, "language")).unwrap_or_default();
    let copy = Copy::parse(str_of(&payload, "copy")).unwrap_or_default();
    let logo = picturing::letterhead(app, &row.supplier).await?;
    let bytes = invoice_copy::of_document(&row.document, language, copy, logo)?;
    letter.attachments.push(mail::File { name: format!("{}.pdf", row.number), mime: "application/pdf", bytes });
    if copy == Copy::Beside {
        letter.attachments.push(mail::File { name: format!("{}.xml", row.number), mime: "application/xml", bytes: row.document.into_bytes() });
    }
    Ok(letter)
}

/// The texts of a template in its language with the values it brings, the lines of the order, and money set free.
fn letter_of(id: &str, to: &str, payload: &Value) -> Result<mail::Mail> {
    let t = Texts(Language::from_tag(str_of(payload, "language")).unwrap_or_default());
    let order = payload.get("order").cloned().unwrap_or_default();
    let template = str_of(payload, "template");
    let values = payload.get("values").and_then(Value::as_object).into_iter().flatten();
    let mut parts: Vec<(&str, String)> = values.map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default().to_string())).collect();
    parts.push(("number", str_of(&order, "number").to_string()));
    let mut body = t.with_all(&format!("mail-{template}-text"), &parts);
    body.push_str("\n\n");
    for line in order.get("lines").and_then(Value::as_array).into_iter().flatten() {
        let marks = marks(t, line, template).join(" ");
        body.push_str(&format!("{} x {}  {}  {marks}\n", str_of(line, "quantity"), str_of(line, "article"), str_of(line, "description")));
    }
    for detail in payload.get("details").and_then(Value::as_array).into_iter().flatten() {
        let values = detail.get("values").and_then(Value::as_object).into_iter().flatten();
        let parts: Vec<(&str, String)> = values.map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default().to_string())).collect();
        body.push_str(&format!("{}\n", t.with_all(str_of(detail, "key"), &parts)));
    }
    for free in payload.get("released").and_then(Value::as_array).into_iter().flatten() {
        let parts = ["budget", "amount"].map(|name| (name, str_of(free, name).to_string()));
        body.push_str(&format!("\n{}", t.with_all("mail-released", &parts)));
    }
    for (key, text) in
        [("mail-reason", str_of(payload, "reason")), ("mail-link", str_of(payload, "link")), ("mail-answer", str_of(payload, "answer"))]
    {
        if !text.is_empty() {
            body.push_str(&format!("\n{}\n", t.with(key, "text", text)));
        }
    }
    let attachments = payload.get("attachment").map(|attached| mail::File {
        name: str_of(attached, "name").to_string(),
        mime: "application/xml",
        bytes: str_of(attached, "text").as_bytes().to_vec(),
    });
    Ok(mail::Mail {
        id: id.to_string(),
        to: to.to_string(),
        subject: t.with_all(&format!("mail-{template}-subject"), &parts),
        body,
        attachments: attachments.into_iter().collect(),
    })
}

/// Writes what sending came to.
async fn settle(app: &App, messages: &[Message], outcomes: Vec<Outcome>, now: Timestamp) -> Result<()> {
    let of_document = |(message, outcome): (&Message, &Outcome)| sendings::of_message(message, &outcome.sent, app);
    let documents: Vec<Sending> = messages.iter().zip(&outcomes).filter_map(of_document).collect();
    let mut deliveries: Vec<Delivery> = Vec::new();
    let mut attempts: Vec<Attempt<'_>> = Vec::with_capacity(messages.len());
    let mut jobs = Vec::new();
    for (message, mut outcome) in messages.iter().zip(outcomes) {
        deliveries.extend(outcome.delivery.take());
        jobs.extend(outcome.job.take().map(|made| job::put(&message.tenant, &[made], now)));
        attempts.push(judged(message, outcome, now));
    }
    let mut tx = app.store.begin().await?;
    let mut written = vec![outbox::finish(&attempts), invoice_sending::put(&documents), order_delivery::insert(&deliveries)];
    written.append(&mut jobs);
    tx.write(written).await?;
    tx.commit().await?;
    for Attempt { message, answer, .. } in attempts.iter().filter(|attempt| attempt.state == "parked") {
        tracing::warn!(message = message.id, kind = message.kind, answer, "a message is parked; a person must look");
    }
    Ok(())
}

fn judged(message: &Message, outcome: Outcome, now: Timestamp) -> Attempt<'_> {
    let of = |state, due_at, answer| Attempt { message, state, due_at, answer, attempts: message.attempts };
    match (outcome.sent, outcome.next) {
        (Sent::Done(answer), _) => of("done", now, answer),
        (Sent::Parked(why), Some(made)) => Attempt { attempts: made, ..of("waiting", now, why) },
        (Sent::Later { why, .. }, Some(made)) if message.attempts >= made => of("waiting", now, why),
        (Sent::Parked(why), None) => of("parked", now, why),
        (Sent::Later { why, after }, _) => match back_off(outcome.again) {
            Some(delay) => of("waiting", now.plus(delay.max(Duration::from_secs(after.unwrap_or(0).min(WAIT_MAX)))), why),
            None => of("parked", now, why),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_try_waits_longer_and_never_longer_than_the_timetable_says() {
        for (attempt, seconds) in (1..).zip(DELAYS) {
            for _ in 0..50 {
                let delay = back_off(attempt).expect("it is tried again");
                assert!(delay <= Duration::from_secs(seconds) && delay >= Duration::from_secs(seconds) * 9 / 10, "{attempt}: {delay:?}");
            }
        }
        assert_eq!(back_off(i64::try_from(DELAYS.len()).expect("few") + 1), None);
    }
}
