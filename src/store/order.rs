//! Orders with their lines, as buyer and supplier speak of them. Written by the bookkeeper alone, behind the lock of the journal's head.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::json::str_of;
use super::{Bulk, Row, Tx};
use crate::domain::approval::{Given, Progress};
use crate::domain::coding::Kind;
use crate::domain::fulfilment::{Answer, Said, Says};
use crate::domain::money::{Currency, Money, Price};
use crate::domain::order::{Line, Order, State};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// As much of an order as is looked through for words.
const SOUGHT_MAX: usize = 4000;

/// An order with what stands beside it in its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub tenant: String,
    pub order: Order,
    pub placed_at: Timestamp,
    pub version: i64,
    /// Of one that was asked for: by whom, until when, and who approved so far.
    pub approval: Option<Progress>,
    /// The planned period whose opening it waits for before its supplier is told.
    pub waits_for: Option<String>,
    /// How many shipments of it left.
    pub shipments: i64,
    /// What the buyer's own document said, as `wire` writes it; empty for orders that came without one.
    pub document: String,
}

impl Stored {
    /// Whether it is its supplier's: what waits for an approval or a period is not.
    pub fn is_sent(&self) -> bool {
        self.waits_for.is_none() && !matches!(self.order.state, State::Requested | State::Rejected | State::Expired)
    }
}

pub(super) fn head(row: &Row) -> Result<Stored> {
    let currency = Currency::parse(&row.text("currency")?).unwrap_or(Currency::EUR);
    let state = row.text("state")?;
    Ok(Stored {
        tenant: row.text("tenant")?,
        order: Order {
            id: row.text("id")?,
            number: row.text("number")?,
            connection: row.text_or_null("connection")?,
            supplier: row.text("supplier")?,
            quote: row.text_or_null("quote")?,
            state: State::parse(&state).ok_or_else(|| Error::internal(format!("order state {state}")))?,
            net: Money::new(row.int("net")?, currency),
            ordered_by: row.text("ordered_by")?,
            lines: Vec::new(),
        },
        placed_at: row.time("placed_at")?,
        version: row.int("version")?,
        approval: read_progress(&row.text("approval")?)?,
        waits_for: row.text_or_null("waits_for")?,
        shipments: row.int("shipments")?,
        document: String::new(),
    })
}

fn progress_json(progress: &Progress) -> Value {
    let given = |g: &Given| json!({"station": g.station, "by": g.by, "person": g.person, "at": g.at});
    let given: Vec<Value> = progress.given.iter().map(given).collect();
    json!({"asked_by": progress.asked_by, "asked_at": progress.asked_at, "until": progress.until, "given": given})
}

fn read_progress(text: &str) -> Result<Option<Progress>> {
    if text.is_empty() {
        return Ok(None);
    }
    let value = super::json::parse(text)?;
    let word = |value: &Value, name: &str| str_of(value, name).to_string();
    let given = |g: &Value| Given { station: word(g, "station"), by: word(g, "by"), person: word(g, "person"), at: word(g, "at") };
    let each = value.get("given").and_then(Value::as_array).into_iter().flatten();
    let (asked_by, asked_at, until) = (word(&value, "asked_by"), word(&value, "asked_at"), word(&value, "until"));
    Ok(Some(Progress { asked_by, asked_at, until, given: each.map(given).collect() }))
}

fn line_json(l: &Line) -> Value {
    json!({
        "line": l.line,
        "article": l.article,
        "description": l.description,
        "text": l.text,
        "quantity": l.quantity.to_string(),
        "unit": l.unit,
        "price": l.price.amount.to_string(),
        "price_quantity": l.price.per,
        "net": l.net.minor,
        "vat": l.vat.to_string(),
        "coding": super::json::coding(&l.coding),
        "quote_line": l.quote_line,
        "quoted_price": l.quoted_price.map(|price| json!([price.amount.to_string(), price.per])),
        "quoted_quantity": l.quoted_quantity.map(|quantity| quantity.to_string()),
        "shop_price": l.shop_price.map(|price| json!([price.amount.to_string(), price.per])),
        "in_shop": super::json::in_shop(l.in_shop.as_ref()),
        "shipped": l.shipped.to_string(),
        "shipped_on": l.shipped_on,
        "refused": l.refused.to_string(),
        "invoiced": l.invoiced.to_string(),
        "charges_due": l.charges_due,
        "answer": answer_json(&l.answer),
    })
}

fn read_line(value: &Value, currency: Currency) -> Result<Line> {
    let fault = |what: &str| Error::internal(format!("stored order line: {what}"));
    let text = |name: &str| str_of(value, name).to_string();
    let decimal = |name: &str| str_of(value, name).parse::<Decimal>().map_err(|_| fault(name));
    let count = |name: &str| value.get(name).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    Ok(Line {
        line: count("line").ok_or_else(|| fault("line"))?,
        article: text("article"),
        description: text("description"),
        text: text("text"),
        quantity: decimal("quantity")?,
        unit: text("unit"),
        price: Price { amount: decimal("price")?, per: count("price_quantity").ok_or_else(|| fault("price_quantity"))?, currency },
        net: Money::new(value.get("net").and_then(Value::as_i64).ok_or_else(|| fault("net"))?, currency),
        vat: decimal("vat")?,
        coding: value.get("coding").map(super::json::read_coding).unwrap_or_default(),
        quote_line: count("quote_line"),
        quoted_price: value.get("quoted_price").and_then(|price| read_price(price, currency)),
        quoted_quantity: str_of(value, "quoted_quantity").parse().ok(),
        shop_price: value.get("shop_price").and_then(|price| read_price(price, currency)),
        in_shop: super::json::read_in_shop(value),
        shipped: decimal("shipped")?,
        shipped_on: text("shipped_on"),
        refused: decimal("refused")?,
        invoiced: decimal("invoiced")?,
        charges_due: value.get("charges_due").and_then(Value::as_bool).unwrap_or_default(),
        answer: value.get("answer").map(read_answer).unwrap_or_default(),
    })
}

fn said_json(said: &Said) -> Value {
    json!({
        "says": said.says.as_str(), "quantity": said.quantity.to_string(), "date": said.date, "price": said.price.map(|price| price.to_string()),
        "article": said.article, "name": said.name, "reason": said.reason,
    })
}

/// What was said of the open pieces of a line; nothing where nothing was.
fn answer_json(answer: &Answer) -> Value {
    if *answer == Answer::default() {
        return Value::Null;
    }
    json!({"said": answer.said.iter().map(said_json).collect::<Vec<_>>(), "reason": answer.reason})
}

fn read_answer(value: &Value) -> Answer {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_string);
    let said = |value: &Value| {
        Some(Said {
            says: Says::parse(str_of(value, "says"))?,
            quantity: str_of(value, "quantity").parse().ok()?,
            date: text(value, "date"),
            price: str_of(value, "price").parse().ok(),
            article: text(value, "article"),
            name: text(value, "name"),
            reason: text(value, "reason"),
        })
    };
    let all = value.get("said").and_then(Value::as_array);
    Answer { said: all.into_iter().flatten().filter_map(said).collect(), reason: text(value, "reason") }
}

/// An amount and the number of pieces it is for.
fn read_price(value: &Value, currency: Currency) -> Option<Price> {
    let amount = value.get(0)?.as_str()?.parse().ok()?;
    Some(Price { amount, per: value.get(1)?.as_u64().and_then(|per| u32::try_from(per).ok())?, currency })
}

/// The first day on which pieces are to leave: promised, or wished where nothing is promised; empty when nothing is open or nobody named a day.
fn promised(order: &Order) -> String {
    let day = |line: &Line| {
        let standing = line.standing();
        let waits = standing.count(Says::Confirmed) + standing.count(Says::Pending) > Decimal::ZERO;
        let wished = Some(line.coding.get(Kind::WishDate)).filter(|day| !day.is_empty());
        standing.date(Says::Confirmed).or(wished).filter(|_| waits).map(str::to_string)
    };
    order.lines.iter().filter_map(day).min().unwrap_or_default()
}

/// The first day on which back-ordered pieces are expected: empty when none is, `-` when nobody named a day.
fn expected(order: &Order) -> String {
    let is_late = |line: &&Line| line.standing().count(Says::Backordered) > Decimal::ZERO;
    let days: Vec<Option<String>> =
        order.lines.iter().filter(is_late).map(|line| line.standing().date(Says::Backordered).map(str::to_string)).collect();
    let first = days.iter().flatten().min().cloned();
    first.unwrap_or_else(|| if days.is_empty() { String::new() } else { "-".to_string() })
}

/// What an order is found by: its number, who ordered, and its articles, in small letters.
fn sought(stored: &Stored) -> String {
    let order = &stored.order;
    let lines = order.lines.iter().flat_map(|line| [line.article.as_str(), line.description.as_str()]);
    let all: Vec<&str> = [order.number.as_str(), order.ordered_by.as_str(), stored.tenant.as_str()].into_iter().chain(lines).collect();
    all.join(" ").to_lowercase().chars().take(SOUGHT_MAX).collect()
}

/// Writes orders whole, new or known.
pub fn put(orders: &[&Stored]) -> Bulk {
    let rows = orders.iter().map(|stored| {
        let order = &stored.order;
        let lines: Value = order.lines.iter().map(line_json).collect();
        vec![
            (&stored.tenant).into(),
            (&order.id).into(),
            (&order.number).into(),
            order.connection.clone().into(),
            (&order.supplier).into(),
            order.quote.clone().into(),
            order.state.as_str().into(),
            order.net.currency.as_str().into(),
            order.net.minor.into(),
            (&order.ordered_by).into(),
            stored.placed_at.into(),
            lines.to_string().into(),
            stored.version.into(),
            stored.approval.as_ref().map_or_else(String::new, |progress| progress_json(progress).to_string()).into(),
            stored.waits_for.clone().into(),
            (&stored.document).into(),
            stored.shipments.into(),
            promised(order).into(),
            expected(order).into(),
            i64::from(order.lines.iter().any(Line::is_billable)).into(),
            sought(stored).into(),
        ]
    });
    Bulk::insert(
        "purchase_order",
        &[
            "tenant",
            "id",
            "number",
            "connection",
            "supplier",
            "quote",
            "state",
            "currency",
            "net",
            "ordered_by",
            "placed_at",
            "lines",
            "version",
            "approval",
            "waits_for",
            "document",
            "shipments",
            "promised_on",
            "expected_on",
            "to_invoice",
            "sought",
        ],
        "ON CONFLICT (tenant, id) DO UPDATE SET state = excluded.state, net = excluded.net, lines = excluded.lines, version = excluded.version,
           approval = excluded.approval, waits_for = excluded.waits_for, document = excluded.document,
           shipments = excluded.shipments, promised_on = excluded.promised_on, expected_on = excluded.expected_on, to_invoice = excluded.to_invoice,
           sought = excluded.sought",
        rows.collect(),
    )
}

fn whole(row: &Row) -> Result<Stored> {
    let mut stored = head(row)?;
    stored.document = row.text("document")?;
    let currency = stored.order.net.currency;
    let lines = super::json::parse(&row.text("lines")?)?;
    stored.order.lines = lines.as_array().into_iter().flatten().map(|line| read_line(line, currency)).collect::<Result<_>>()?;
    Ok(stored)
}

/// Orders by their ids.
pub async fn by_ids(tx: &mut Tx, tenant: &str, ids: &[&str]) -> Result<Vec<Stored>> {
    let rows = ids.iter().map(|id| vec![tenant.into(), (*id).into()]).collect();
    let head =
        "SELECT tenant, id, number, connection, supplier, quote, state, currency, net, ordered_by, placed_at, lines, version, approval, waits_for, shipments, document
                FROM purchase_order WHERE (tenant, id) IN (";
    tx.write_returning(Bulk::over(head, 2, ")", rows)).await?.iter().map(whole).collect()
}

pub async fn by_number(tx: &mut Tx, tenant: &str, number: &str) -> Result<Option<Stored>> {
    let row = tx
        .sql(
            "SELECT tenant, id, number, connection, supplier, quote, state, currency, net, ordered_by, placed_at, lines, version, approval, waits_for, shipments, document
             FROM purchase_order WHERE tenant = $1 AND number = $2",
        )
        .bind(tenant)
        .bind(number)
        .first()
        .await?;
    row.as_ref().map(whole).transpose()
}

pub async fn by_id(tx: &mut Tx, tenant: &str, id: &str) -> Result<Option<Stored>> {
    let row = tx
        .sql(
            "SELECT tenant, id, number, connection, supplier, quote, state, currency, net, ordered_by, placed_at, lines, version, approval, waits_for, shipments, document
             FROM purchase_order WHERE tenant = $1 AND id = $2",
        )
        .bind(tenant)
        .bind(id)
        .first()
        .await?;
    row.as_ref().map(whole).transpose()
}

/// Orders by their numbers.
pub async fn by_numbers(tx: &mut Tx, tenant: &str, numbers: &[&str]) -> Result<Vec<Stored>> {
    let rows = numbers.iter().map(|number| vec![tenant.into(), (*number).into()]).collect();
    let text = "SELECT tenant, id, number, connection, supplier, quote, state, currency, net, ordered_by, placed_at, lines, version,
                approval, waits_for, shipments, document
                FROM purchase_order WHERE (tenant, number) IN (";
    tx.write_returning(Bulk::over(text, 2, ")", rows)).await?.iter().map(whole).collect()
}

/// Orders by their numbers, without lines.
pub async fn heads(tx: &mut Tx, tenant: &str, numbers: &[&str]) -> Result<Vec<Stored>> {
    let rows = numbers.iter().map(|number| vec![tenant.into(), (*number).into()]).collect();
    let text = "SELECT tenant, id, number, connection, supplier, quote, state, currency, net, ordered_by, placed_at, version, approval,
                waits_for, shipments
                FROM purchase_order WHERE (tenant, number) IN (";
    tx.write_returning(Bulk::over(text, 2, ")", rows)).await?.iter().map(head).collect()
}

/// Newest first, without lines; of a tenant.
pub async fn of_tenant(tx: &mut Tx, tenant: &str, before: &str, limit: u32) -> Result<Vec<Stored>> {
    let rows = tx
        .sql(
            "SELECT tenant, id, number, connection, supplier, quote, state, currency, net, ordered_by, placed_at, version, approval, waits_for, shipments
             FROM purchase_order WHERE tenant = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        )
        .bind(tenant)
        .bind(if before.is_empty() { "~" } else { before })
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(head).collect()
}

/// What a supplier shipped to a buyer and did not invoice wholly, the oldest first.
pub async fn shipped(tx: &mut Tx, tenant: &str, supplier: &str, limit: u32) -> Result<Vec<Stored>> {
    let rows = tx
        .sql(
            "SELECT tenant, id, number, connection, supplier, quote, state, currency, net, ordered_by, placed_at, lines, version, approval, waits_for, shipments, document
             FROM purchase_order WHERE tenant = $1 AND supplier = $2 AND to_invoice = 1 ORDER BY id LIMIT $3",
        )
        .bind(tenant)
        .bind(supplier)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(whole).collect()
}

/// What waits for approval, the oldest first.
pub async fn requested(tx: &mut Tx, tenant: &str, after: &str, limit: u32) -> Result<Vec<Stored>> {
    let rows = tx
        .sql(
            "SELECT tenant, id, number, connection, supplier, quote, state, currency, net, ordered_by, placed_at, lines, version, approval, waits_for, shipments, document
             FROM purchase_order WHERE tenant = $1 AND state = 'requested' AND id > $2 ORDER BY id LIMIT $3",
        )
        .bind(tenant)
        .bind(after)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(whole).collect()
}

/// Orders whose supplier is told when a period opens, the oldest first.
pub async fn waiting_for(tx: &mut Tx, tenant: &str, period: &str, limit: u32) -> Result<Vec<Stored>> {
    let rows = tx
        .sql(
            "SELECT tenant, id, number, connection, supplier, quote, state, currency, net, ordered_by, placed_at, lines, version, approval, waits_for, shipments, document
             FROM purchase_order WHERE tenant = $1 AND waits_for = $2 ORDER BY id LIMIT $3",
        )
        .bind(tenant)
        .bind(period)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(whole).collect()
}

/// The newest orders of a buyer with a supplier, whole.
pub async fn with_supplier(tx: &mut Tx, tenant: &str, supplier: &str, limit: u32) -> Result<Vec<Stored>> {
    let rows = tx
        .sql(
            "SELECT tenant, id, number, connection, supplier, quote, state, currency, net, ordered_by, placed_at, lines, version, approval, waits_for, shipments, document
             FROM purchase_order WHERE tenant = $1 AND supplier = $2 ORDER BY id DESC LIMIT $3",
        )
        .bind(tenant)
        .bind(supplier)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(whole).collect()
}

/// Finds a text anywhere in another.
fn anywhere(held: &str) -> String {
    format!("%{}%", held.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

/// An order of one supplier whose document holds a text, the newest.
pub async fn of_supplier_by_document(tx: &mut Tx, tenant: &str, supplier: &str, held: &str) -> Result<Option<Stored>> {
    let row = tx
        .sql(
            "SELECT tenant, id, number, connection, supplier, quote, state, currency, net, ordered_by, placed_at, lines, version, approval, waits_for, shipments, document
             FROM purchase_order WHERE tenant = $1 AND supplier = $2 AND document LIKE $3 ESCAPE '\\' ORDER BY id DESC LIMIT 1",
        )
        .bind(tenant)
        .bind(supplier)
        .bind(anywhere(held))
        .first()
        .await?;
    row.as_ref().map(whole).transpose()
}

/// An order whose document holds a text, the newest: for documents that name another document instead of an order.
pub async fn by_document(tx: &mut Tx, tenant: &str, held: &str) -> Result<Option<Stored>> {
    let row = tx
        .sql(
            "SELECT tenant, id, number, connection, supplier, quote, state, currency, net, ordered_by, placed_at, lines, version, approval, waits_for, shipments, document
             FROM purchase_order WHERE tenant = $1 AND document LIKE $2 ESCAPE '\\' ORDER BY id DESC LIMIT 1",
        )
        .bind(tenant)
        .bind(anywhere(held))
        .first()
        .await?;
    row.as_ref().map(whole).transpose()
}
