//! Questions between buyer and supplier about an order: a short thread that only grows, each word of it told to the other side by mail and
//! webhook in the same commit. Moves no money and changes no order.

use serde_json::{Value, json};

use crate::app::App;
use crate::clock;
use crate::domain::finding::{Code, Finding};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::flow::signing::Caller;
use crate::flow::{delivering, ordering};
use crate::store::json::{parse, str_of};
use crate::store::order::Stored;
use crate::store::organisation::Organisation;
use crate::store::outbox::Message;
use crate::store::question::{Question, Side, WORDS_MAX};
use crate::store::{self};

/// A word of the supplier's about an order of its own.
pub async fn ask_as_supplier(app: &App, caller: &Caller, tenant: &str, id: &str, words: &str) -> Result<()> {
    let mut tx = app.store.read().await?;
    let stored = delivering::order(&mut tx, caller, tenant, id).await?;
    drop(tx);
    ask(app, caller, &stored, Side::Supplier, words).await
}

/// A word of the buyer's about an order of its own; of one that its supplier knows.
pub async fn ask_as_buyer(app: &App, caller: &Caller, id: &str, words: &str) -> Result<()> {
    let mut tx = app.store.read().await?;
    let found = store::order::by_id(&mut tx, &caller.person.tenant, id).await?;
    drop(tx);
    let stored = found.filter(Stored::is_sent).ok_or_else(|| Error::not_found("order", id))?;
    ask(app, caller, &stored, Side::Buyer, words).await
}

/// The thread as the API shows it.
pub fn question_json(question: &Question) -> Value {
    json!({"side": question.side.as_str(), "author": question.author, "asked_at": question.asked_at.to_string(), "words": question.words})
}

/// Adds to the thread.
async fn ask(app: &App, caller: &Caller, stored: &Stored, side: Side, words: &str) -> Result<()> {
    let words = words.trim().replace("\r\n", "\n");
    if words.is_empty() {
        return Err(Finding::error(Code::Missing, "words").into());
    }
    if words.chars().count() > WORDS_MAX || words.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(Finding::error(Code::ValueTooLong, "words").limit(WORDS_MAX).into());
    }
    let now = app.clock.now();
    let other = match side {
        Side::Buyer => &stored.order.supplier,
        Side::Supplier => &stored.tenant,
    };
    let question = Question {
        tenant: stored.tenant.clone(),
        order: stored.order.id.clone(),
        id: clock::new_id(now),
        side,
        author: caller.person.name.clone(),
        asked_at: now,
        words,
    };
    let mut tx = app.store.begin().await?;
    let other = store::organisation::by_id(&mut tx, other).await?;
    store::question::insert(&mut tx, &question).await?;
    tx.write(vec![store::outbox::insert(&told(stored, &question, other.as_ref(), now)?, now)]).await?;
    tx.commit().await
}

/// What the other side hears.
fn told(stored: &Stored, question: &Question, other: Option<&Organisation>, now: Timestamp) -> Result<Vec<Message>> {
    let Some(other) = other else { return Ok(Vec::new()) };
    let settings = parse(&other.settings)?;
    let who = json!({"who": question.author, "text": question.words});
    let letter = json!({
        "template": "order-question", "language": other.language.as_str(), "order": {"number": stored.order.number},
        "details": [{"key": "mail-question", "values": who}],
    });
    let event = json!({"type": "order.question", "timestamp": now.to_string(), "data": {
        "id": stored.order.id, "number": stored.order.number, "buyer": stored.tenant, "side": question.side.as_str(),
        "author": question.author, "words": question.words,
    }});
    let ways = [("mail", letter), ("webhook", event)].into_iter().map(|(kind, payload)| (kind, str_of(&settings, kind).to_string(), payload));
    let to = |(kind, recipient, payload): (&str, String, Value)| ordering::message(&stored.tenant, kind, &stored.order.id, &recipient, &payload, now);
    Ok(ways.filter(|(_, recipient, _)| !recipient.is_empty()).map(to).collect())
}
