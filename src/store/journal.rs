//! The journal: append-only entries of a tenant, numbered without gaps and chained by hash; each holds the facts and legs that the books
//! wrote with it. Nothing here updates or deletes an entry.

use serde_json::Value;

use super::netstring::{self, netstrings};
use super::{Bulk, Row, Tx};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// An entry as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub sequence: i64,
    pub at: Timestamp,
    pub actor: String,
    pub kind: String,
    pub subject: String,
    /// The document or command that caused it.
    pub cause: String,
    /// What else is to be known of it (JSON).
    pub body: String,
    /// Facts and legs (JSON, written by `wire/ledger`); empty where nothing was booked.
    pub posting: String,
    pub hash: String,
}

impl Entry {
    /// What its hash is made of: every field and the hash before it, each as a netstring (`length:bytes,`), so that no two entries
    /// can give the same text.
    pub fn hashed_text(&self, before: &str) -> String {
        let (sequence, at) = (self.sequence.to_string(), self.at.0.to_string());
        let fields = [before, &sequence, &at, &self.actor, &self.kind, &self.subject, &self.cause, &self.body, &self.posting];
        let mut text = String::with_capacity(fields.iter().map(|field| field.len() + 8).sum());
        fields.iter().for_each(|field| netstring::push(&mut text, field));
        text
    }
}

/// Entries as a proof reads them: one text, made by the database.
#[derive(Debug, Default)]
pub struct Page {
    row: Option<Row>,
    /// The number of the last; nothing where there are none.
    pub last: Option<i64>,
}

/// An entry of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashed<'p> {
    pub sequence: i64,
    pub hash: &'p str,
    pub posting: &'p str,
    /// What its hash is made of but for the hash before it.
    pub text: &'p str,
}

/// What a hash is made of first: the hash before it, as [`Entry::hashed_text`] writes it.
pub fn hashed_before(before: &str) -> String {
    let mut text = String::with_capacity(before.len() + 8);
    netstring::push(&mut text, before);
    text
}

impl Page {
    /// In order.
    ///
    /// # Errors
    /// When the text is not what this program asked for.
    pub fn entries(&self) -> Result<Vec<Hashed<'_>>> {
        let text = self.row.as_ref().map_or(Ok(None), |row| row.lent("text"))?;
        Page::read(text.unwrap_or_default()).ok_or_else(|| Error::internal("entries whose fields cannot be told apart"))
    }

    fn read(mut rest: &str) -> Option<Vec<Hashed<'_>>> {
        let mut entries = Vec::new();
        while !rest.is_empty() {
            let hash = netstring::next(&mut rest)?;
            let begin = rest;
            // Number, when, who, what, about what, why, what else, and the posting.
            let fields = netstring::values::<8>(&mut rest)?;
            let text = begin.get(..begin.len() - rest.len())?;
            entries.push(Hashed { sequence: fields[0].parse().ok()?, hash, posting: fields[7], text });
        }
        entries.sort_by_key(|entry| entry.sequence);
        Some(entries)
    }
}

/// The end of a tenant's journal, locked until the transaction ends: other writers of this tenant wait here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    pub sequence: i64,
    pub hash: String,
}

/// First statement of every booking.
pub async fn lock_head(tx: &mut Tx, tenant: &str) -> Result<Head> {
    let row = tx.sql("UPDATE ledger SET head = head WHERE tenant = $1 RETURNING head, hash").bind(tenant).first().await?;
    row.map(|row| head(&row)).transpose()?.ok_or_else(|| Error::not_found("ledger", tenant))
}

pub async fn read_head(tx: &mut Tx, tenant: &str) -> Result<Head> {
    let row = tx.sql("SELECT head, hash FROM ledger WHERE tenant = $1").bind(tenant).first().await?;
    row.map(|row| head(&row)).transpose()?.ok_or_else(|| Error::not_found("ledger", tenant))
}

fn head(row: &Row) -> Result<Head> {
    Ok(Head { sequence: row.int("head")?, hash: row.text("hash")? })
}

/// Tenants with a journal.
pub async fn tenants(tx: &mut Tx) -> Result<Vec<String>> {
    let rows = tx.sql("SELECT tenant FROM ledger ORDER BY tenant LIMIT 100000").all().await?;
    rows.iter().map(|row| row.text("tenant")).collect()
}

/// Tenants with a journal, and where each ends.
pub async fn heads(tx: &mut Tx) -> Result<Vec<(String, Head)>> {
    let rows = tx.sql("SELECT tenant, head, hash FROM ledger ORDER BY tenant LIMIT 100000").all().await?;
    rows.iter().map(|row| Ok((row.text("tenant")?, head(row)?))).collect()
}

/// Appends entries behind a locked head, whose last hash and number are given to [`set_head`] in the same transaction.
pub fn insert(tenant: &str, entries: &[Entry]) -> Bulk {
    let rows = entries.iter().map(|entry| {
        vec![
            tenant.into(),
            entry.sequence.into(),
            entry.at.into(),
            (&entry.actor).into(),
            (&entry.kind).into(),
            (&entry.subject).into(),
            (&entry.cause).into(),
            (&entry.body).into(),
            (&entry.posting).into(),
            (&entry.hash).into(),
        ]
    });
    let columns = &["tenant", "sequence", "at", "actor", "kind", "subject", "cause", "body", "posting", "hash"];
    Bulk::insert("entry", columns, "", rows.collect())
}

/// The same where the head before it is known. Touches it if it is still that.
pub fn go_on(tenant: &str, before: &Head, head: &Head) -> Bulk {
    let row = vec![tenant.into(), before.sequence.into(), (&before.hash).into(), head.sequence.into(), (&head.hash).into()];
    let tail = ") AS v WHERE ledger.tenant = v.column1 AND ledger.head = v.column2 AND ledger.hash = v.column3";
    Bulk::over("UPDATE ledger SET head = v.column4, hash = v.column5 FROM (", 5, tail, vec![row])
}

pub fn set_head(tenant: &str, head: &Head) -> Bulk {
    let row = vec![tenant.into(), head.sequence.into(), (&head.hash).into()];
    Bulk::over("UPDATE ledger SET head = v.column2, hash = v.column3 FROM (", 3, ") AS v WHERE ledger.tenant = v.column1", vec![row])
}

pub(super) fn entry(row: &Row) -> Result<Entry> {
    Ok(Entry {
        sequence: row.int("sequence")?,
        at: row.time("at")?,
        actor: row.text("actor")?,
        kind: row.text("kind")?,
        subject: row.text("subject")?,
        cause: row.text("cause")?,
        body: row.text("body")?,
        posting: row.text("posting")?,
        hash: row.text("hash")?,
    })
}

/// Postings of a page that are together longer come one by one.
const PAGE_BYTES_MAX: i64 = 1 << 24;

/// Entries behind a number as a proof reads them.
pub async fn page_after(tx: &mut Tx, tenant: &str, sequence: i64, limit: u32) -> Result<Page> {
    let size = tx
        .sql(
            "SELECT CAST(sum(length) AS BIGINT) AS length FROM
               (SELECT octet_length(posting) AS length FROM entry WHERE tenant = $1 AND sequence > $2 ORDER BY sequence LIMIT $3) AS page",
        )
        .bind(tenant)
        .bind(sequence)
        .bind(limit)
        .first()
        .await?;
    let size = size.map_or(Ok(None), |row| row.int_or_null("length"))?.unwrap_or(0);
    let row = tx
        .sql(concat!(
            "SELECT string_agg(",
            netstrings!("hash", "number", "moment", "actor", "kind", "subject", "cause", "body", "posting"),
            ", '') AS text, max(sequence) AS last FROM (SELECT hash, sequence, CAST(sequence AS TEXT) AS number, CAST(at AS TEXT) AS moment,
               actor, kind, subject, cause, body, posting FROM entry WHERE tenant = $1 AND sequence > $2 ORDER BY sequence LIMIT $3) AS page"
        ))
        .bind(tenant)
        .bind(sequence)
        .bind(if size > PAGE_BYTES_MAX { 1 } else { limit })
        .first()
        .await?;
    let Some(row) = row else { return Ok(Page::default()) };
    Ok(Page { last: row.int_or_null("last")?, row: Some(row) })
}

/// Entries behind a number, in order.
pub async fn after(tx: &mut Tx, tenant: &str, sequence: i64, limit: u32) -> Result<Vec<Entry>> {
    let rows = tx
        .sql(
            "SELECT sequence, at, actor, kind, subject, cause, body, posting, hash FROM entry WHERE tenant = $1 AND sequence > $2
             ORDER BY sequence LIMIT $3",
        )
        .bind(tenant)
        .bind(sequence)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(entry).collect()
}

/// What happened to a subject, oldest first.
pub async fn of_subject(tx: &mut Tx, tenant: &str, subject: &str) -> Result<Vec<Entry>> {
    let rows = tx
        .sql(
            "SELECT sequence, at, actor, kind, subject, cause, body, posting, hash FROM entry WHERE tenant = $1 AND subject = $2
             ORDER BY sequence LIMIT 500",
        )
        .bind(tenant)
        .bind(subject)
        .all()
        .await?;
    rows.iter().map(entry).collect()
}

/// The body of an entry.
pub fn body(entry: &Entry) -> Result<Value> {
    super::json::parse(&entry.body)
}
