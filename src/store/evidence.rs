//! Evidence: call-ups and returns as received and as sent, secrets replaced before they get here.
//! Append only; old records leave by their retention time.

use std::sync::Arc;

use super::{Bulk, Row, Tx, Value, json};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// One record. `received` are the pairs of the request, `sent` what was answered (JSON). To be written, `sent` is empty in a `return` or `repeat`
/// that sent the form of its session's hand-back: that is kept there once, is never changed, and is what is read here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    pub tenant: String,
    pub id: String,
    pub connection: String,
    pub at: Timestamp,
    /// `call_up`, `function`, `return`, `repeat` or `cancel`.
    pub kind: String,
    pub outcome: String,
    pub reason: Option<String>,
    pub user: String,
    pub session: Option<String>,
    pub address: String,
    pub method: String,
    pub received: Vec<(String, String)>,
    pub sent: Arc<str>,
    pub notes: Vec<String>,
    pub test: bool,
}

/// Records as [`evidence`] reads them; a condition follows.
macro_rules! read {
    ($condition:literal) => {
        concat!(
            "SELECT e.tenant, e.id, e.connection, e.at, e.kind, e.outcome, e.reason, e.user_name, e.session, e.address, e.method, e.received,
               CASE WHEN e.sent = '' AND e.kind IN ('return', 'repeat') THEN COALESCE(t.form, '{}') ELSE e.sent END AS sent, e.notes, e.test
             FROM evidence e LEFT JOIN transfer t ON t.tenant = e.tenant AND t.session = e.session WHERE ",
            $condition
        )
    };
}

const COLUMNS: &[&str] = &[
    "tenant",
    "id",
    "connection",
    "at",
    "kind",
    "outcome",
    "reason",
    "user_name",
    "session",
    "address",
    "method",
    "received",
    "sent",
    "notes",
    "folded",
    "test",
];

fn evidence(row: &Row) -> Result<Evidence> {
    let notes = json::parse(&row.text("notes")?)?;
    Ok(Evidence {
        tenant: row.text("tenant")?,
        id: row.text("id")?,
        connection: row.text("connection")?,
        at: row.time("at")?,
        kind: row.text("kind")?,
        outcome: row.text("outcome")?,
        reason: row.text_or_null("reason")?,
        user: row.text("user_name")?,
        session: row.text_or_null("session")?,
        address: row.text("address")?,
        method: row.text("method")?,
        received: json::read_pairs(&json::parse(&row.text("received")?)?),
        sent: row.text("sent")?.into(),
        notes: notes.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str).map(str::to_string).collect(),
        test: row.flag("test")?,
    })
}

/// A record as it is written.
pub fn values(e: &Evidence) -> Vec<Value> {
    vec![
        (&e.tenant).into(),
        (&e.id).into(),
        (&e.connection).into(),
        e.at.into(),
        (&e.kind).into(),
        (&e.outcome).into(),
        e.reason.clone().into(),
        (&e.user).into(),
        e.session.clone().into(),
        (&e.address).into(),
        (&e.method).into(),
        json::pairs(&e.received).into(),
        (&e.sent).into(),
        json::write(&e.notes).into(),
        folded(e).into(),
        e.test.into(),
    ]
}

/// What a search looks into.
fn folded(e: &Evidence) -> String {
    let mut folded = String::with_capacity(512);
    for part in [&e.user, &e.outcome, e.reason.as_deref().unwrap_or_default(), e.session.as_deref().unwrap_or_default()] {
        folded.push_str(part);
        folded.push(' ');
    }
    folded.pop();
    for (name, value) in e.received.iter().take(40) {
        folded.push(' ');
        folded.push_str(name);
        folded.push(' ');
        folded.push_str(value.char_indices().nth(120).map_or(value, |(end, _)| &value[..end]));
    }
    folded.to_lowercase()
}

/// Of [`values`].
pub fn insert(rows: Vec<Vec<Value>>) -> Bulk {
    Bulk::insert("evidence", COLUMNS, "", rows)
}

/// Newest first, before the record `before` (an id), holding `search` (lower case) somewhere.
pub async fn list(tx: &mut Tx, tenant: &str, connection: &str, before: &str, search: &str, limit: u32) -> Result<Vec<Evidence>> {
    let before = if before.is_empty() { "~" } else { before };
    let pattern = format!("%{}%", search.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
    let rows = tx
        .sql(read!("e.tenant = $1 AND e.connection = $2 AND e.id < $3 AND e.folded LIKE $4 ESCAPE '\\' ORDER BY e.id DESC LIMIT $5"))
        .bind(tenant)
        .bind(connection)
        .bind(before)
        .bind(pattern)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(evidence).collect()
}

pub async fn by_id(tx: &mut Tx, tenant: &str, id: &str) -> Result<Option<Evidence>> {
    let row = tx.sql(read!("e.tenant = $1 AND e.id = $2")).bind(tenant).bind(id).first().await?;
    row.as_ref().map(evidence).transpose()
}

/// Deletes what is older than the retention time, a bounded number at once.
pub async fn expire(tx: &mut Tx, tenant: &str, before: Timestamp) -> Result<u64> {
    tx.sql("DELETE FROM evidence WHERE tenant = $1 AND id IN (SELECT id FROM evidence WHERE tenant = $1 AND at < $2 ORDER BY id LIMIT 1000)")
        .bind(tenant)
        .bind(before)
        .run()
        .await
}
