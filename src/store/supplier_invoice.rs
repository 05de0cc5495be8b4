//! Invoices that suppliers sent, with what they were matched with and what became of them, and the accounts suppliers may be paid on.
//! Valid ones are written by the bookkeeper alone; the document as it came is in the inbox. Holds no decision.

use super::{Bulk, Row, Tx, Value};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// Where a supplier's invoice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No XML, or none that is let in.
    Unreadable,
    /// An official rule says no.
    Invalid,
    /// The same invoice came before.
    Duplicate,
    /// A clerk must look.
    Waiting,
    /// The books do not take it yet.
    Held,
    Posted,
    /// Rejected with a reason.
    Disputed,
    /// The supplier was asked.
    Queried,
    /// Posted, and taken out of the books again.
    Cancelled,
}

impl State {
    pub const ALL: [State; 9] = [
        State::Unreadable,
        State::Invalid,
        State::Duplicate,
        State::Waiting,
        State::Held,
        State::Posted,
        State::Disputed,
        State::Queried,
        State::Cancelled,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            State::Unreadable => "unreadable",
            State::Invalid => "invalid",
            State::Duplicate => "duplicate",
            State::Waiting => "waiting",
            State::Held => "held",
            State::Posted => "posted",
            State::Disputed => "disputed",
            State::Queried => "queried",
            State::Cancelled => "cancelled",
        }
    }

    pub fn parse(text: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether a clerk may still decide about it.
    pub fn is_open(self) -> bool {
        matches!(self, State::Waiting | State::Held | State::Disputed | State::Queried)
    }
}

/// Amounts in minor units of `currency`, negative for what is credited; `body` is JSON of `flow::receiving`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupplierInvoice {
    pub id: String,
    /// Id of the document in the inbox.
    pub inbox: String,
    pub hash: String,
    pub identity: String,
    pub channel: String,
    pub received_at: Timestamp,
    pub state: State,
    pub supplier: Option<String>,
    pub seller: String,
    pub number: String,
    pub issued_on: String,
    pub kind: String,
    pub currency: String,
    pub net: i64,
    pub gross: i64,
    /// Numbers of the orders it is for.
    pub orders: String,
    pub outcome: String,
    /// Its name in the books; empty until it is posted.
    pub booked: String,
    pub body: String,
    pub version: i64,
}

const COLUMNS: &[&str] = &[
    "tenant",
    "id",
    "inbox",
    "hash",
    "identity",
    "channel",
    "received_at",
    "state",
    "supplier",
    "seller",
    "number",
    "issued_on",
    "kind",
    "currency",
    "net",
    "gross",
    "purchase_order",
    "outcome",
    "booked",
    "body",
    "version",
];

fn invoice(row: &Row) -> Result<SupplierInvoice> {
    let state = row.text("state")?;
    Ok(SupplierInvoice {
        id: row.text("id")?,
        inbox: row.text("inbox")?,
        hash: row.text("hash")?,
        identity: row.text("identity")?,
        channel: row.text("channel")?,
        received_at: row.time("received_at")?,
        state: State::parse(&state).ok_or_else(|| Error::internal(format!("state of a supplier's invoice {state}")))?,
        supplier: row.text_or_null("supplier")?,
        seller: row.text("seller")?,
        number: row.text("number")?,
        issued_on: row.text("issued_on")?,
        kind: row.text("kind")?,
        currency: row.text("currency")?,
        net: row.int("net")?,
        gross: row.int("gross")?,
        orders: row.text("purchase_order")?,
        outcome: row.text("outcome")?,
        booked: row.text("booked")?,
        body: row.text("body")?,
        version: row.int("version")?,
    })
}

fn rows(tenant: &str, invoices: &[SupplierInvoice]) -> Vec<Vec<Value>> {
    let rows = invoices.iter().map(|i| {
        vec![
            tenant.into(),
            (&i.id).into(),
            (&i.inbox).into(),
            (&i.hash).into(),
            (&i.identity).into(),
            (&i.channel).into(),
            i.received_at.into(),
            i.state.as_str().into(),
            i.supplier.clone().into(),
            (&i.seller).into(),
            (&i.number).into(),
            (&i.issued_on).into(),
            (&i.kind).into(),
            (&i.currency).into(),
            i.net.into(),
            i.gross.into(),
            (&i.orders).into(),
            (&i.outcome).into(),
            (&i.booked).into(),
            (&i.body).into(),
            i.version.into(),
        ]
    });
    rows.collect()
}

/// Writes invoices whole, new or known.
pub fn put(tenant: &str, invoices: &[SupplierInvoice]) -> Bulk {
    let again = "ON CONFLICT (tenant, id) DO UPDATE SET state = excluded.state, supplier = excluded.supplier, net = excluded.net, \
                 gross = excluded.gross, purchase_order = excluded.purchase_order, outcome = excluded.outcome, booked = excluded.booked, \
                 body = excluded.body, version = excluded.version";
    Bulk::insert("supplier_invoice", COLUMNS, again, rows(tenant, invoices))
}

/// One that will not be booked as it is; where the same bytes are here already, nothing is written.
pub fn keep(tenant: &str, invoice: &SupplierInvoice) -> Bulk {
    Bulk::insert("supplier_invoice", COLUMNS, "ON CONFLICT DO NOTHING", rows(tenant, std::slice::from_ref(invoice)))
}

pub async fn by_id(tx: &mut Tx, tenant: &str, id: &str) -> Result<Option<SupplierInvoice>> {
    let row = tx
        .sql(
            "SELECT id, inbox, hash, identity, channel, received_at, state, supplier, seller, number, issued_on, kind, currency, net, gross,
                    purchase_order, outcome, booked, body, version
             FROM supplier_invoice WHERE tenant = $1 AND id = $2",
        )
        .bind(tenant)
        .bind(id)
        .first()
        .await?;
    row.as_ref().map(invoice).transpose()
}

/// The one with these very bytes.
pub async fn by_hash(tx: &mut Tx, tenant: &str, hash: &str) -> Result<Option<SupplierInvoice>> {
    let row = tx
        .sql(
            "SELECT id, inbox, hash, identity, channel, received_at, state, supplier, seller, number, issued_on, kind, currency, net, gross,
                    purchase_order, outcome, booked, body, version
             FROM supplier_invoice WHERE tenant = $1 AND hash = $2",
        )
        .bind(tenant)
        .bind(hash)
        .first()
        .await?;
    row.as_ref().map(invoice).transpose()
}

/// The first that came of a document, by what identifies it.
pub async fn by_identity(tx: &mut Tx, tenant: &str, identity: &str) -> Result<Option<SupplierInvoice>> {
    let row = tx
        .sql(
            "SELECT id, inbox, hash, identity, channel, received_at, state, supplier, seller, number, issued_on, kind, currency, net, gross,
                    purchase_order, outcome, booked, body, version
             FROM supplier_invoice WHERE tenant = $1 AND identity = $2",
        )
        .bind(tenant)
        .bind(identity)
        .first()
        .await?;
    row.as_ref().map(invoice).transpose()
}

/// Newest first, without bodies; of one state, or with an empty one of all.
pub async fn list(tx: &mut Tx, tenant: &str, state: &str, before: &str, limit: u32) -> Result<Vec<SupplierInvoice>> {
    let rows = tx
        .sql(
            "SELECT id, inbox, hash, identity, channel, received_at, state, supplier, seller, number, issued_on, kind, currency, net, gross,
                    purchase_order, outcome, booked, '{}' AS body, version
             FROM supplier_invoice WHERE tenant = $1 AND ($2 = '' OR state = $2) AND id < $3 ORDER BY id DESC LIMIT $4",
        )
        .bind(tenant)
        .bind(state)
        .bind(if before.is_empty() { "~" } else { before })
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(invoice).collect()
}

/// Posted invoices of a supplier with their orders, received or issued here: what a credit note may name.
pub async fn booked(tx: &mut Tx, tenant: &str, supplier: &str, numbers: &[String]) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for number in numbers.iter().take(20) {
        let rows = tx
            .sql(
                "SELECT i.number, i.purchase_order FROM supplier_invoice i
                 WHERE i.tenant = $1 AND i.supplier = $2 AND i.number = $3 AND i.state = 'posted'
                 UNION ALL
                 SELECT i.number, o.number AS purchase_order FROM invoice i
                 JOIN invoice_order x ON x.tenant = i.tenant AND x.invoice = i.id
                 JOIN purchase_order o ON o.tenant = x.tenant AND o.id = x.purchase_order
                 WHERE i.tenant = $1 AND i.supplier = $2 AND i.number = $3",
            )
            .bind(tenant)
            .bind(supplier)
            .bind(number)
            .all()
            .await?;
        for row in &rows {
            found.push((row.text("number")?, row.text("purchase_order")?));
        }
    }
    Ok(found)
}

/// Whether a supplier issued an invoice of this number here.
pub async fn is_issued_here(tx: &mut Tx, tenant: &str, supplier: &str, number: &str) -> Result<bool> {
    let row = tx
        .sql("SELECT number FROM invoice WHERE tenant = $1 AND supplier = $2 AND number = $3")
        .bind(tenant)
        .bind(supplier)
        .bind(number)
        .first()
        .await?;
    Ok(row.is_some())
}

/// Those that wait, over all tenants, the oldest first: for the loop that tries them again.
pub async fn open(tx: &mut Tx, after: &str, limit: u32) -> Result<Vec<(String, String)>> {
    let rows = tx
        .sql("SELECT tenant, id FROM supplier_invoice WHERE state IN ('waiting', 'held') AND id > $1 ORDER BY id LIMIT $2")
        .bind(after)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(|row| Ok((row.text("tenant")?, row.text("id")?))).collect()
}

/// How many wait for a clerk or for money.
pub async fn waiting(tx: &mut Tx, tenant: &str) -> Result<i64> {
    let row = tx
        .sql("SELECT CAST(COUNT(*) AS BIGINT) AS there FROM supplier_invoice WHERE tenant = $1 AND state IN ('waiting', 'held')")
        .bind(tenant)
        .first()
        .await?;
    row.map_or(Ok(0), |row| row.int("there"))
}

/// The accounts that were confirmed of a supplier.
pub async fn accounts(tx: &mut Tx, tenant: &str, supplier: &str) -> Result<Vec<String>> {
    let rows = tx
        .sql("SELECT account FROM supplier_account WHERE tenant = $1 AND supplier = $2 ORDER BY account LIMIT 100")
        .bind(tenant)
        .bind(supplier)
        .all()
        .await?;
    rows.iter().map(|row| row.text("account")).collect()
}

/// An account that a person confirmed; once more changes nothing.
pub fn confirm(tenant: &str, accounts: &[(String, String)], by: &str, now: Timestamp) -> Bulk {
    let row = |(supplier, account): &(String, String)| vec![tenant.into(), supplier.into(), account.into(), by.into(), now.into()];
    let columns = &["tenant", "supplier", "account", "confirmed_by", "confirmed_at"];
    Bulk::insert("supplier_account", columns, "ON CONFLICT (tenant, supplier, account) DO NOTHING", accounts.iter().map(row).collect())
}
