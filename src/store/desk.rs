//! The orders of a supplier over all its buyers, as its desk asks for them: what needs somebody now, found by words, by state and by buyer. Reads
//! only. Every statement goes through the index of the supplier; nothing is asked order by order.

use super::order::head;
use super::{Row, Tx};
use crate::error::Result;
use crate::store::order::Stored;

/// What an order may need of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nobody answered it yet.
    Answer,
    /// A promised or wished day is over.
    Late,
    /// To leave today, or as soon as may be.
    Today,
    /// Back-ordered pieces were expected before today.
    Expected,
    /// Something left that is on no invoice.
    Invoice,
}

impl Need {
    pub const ALL: [Need; 5] = [Need::Answer, Need::Late, Need::Today, Need::Expected, Need::Invoice];

    pub fn as_str(self) -> &'static str {
        match self {
            Need::Answer => "answer",
            Need::Late => "late",
            Need::Today => "today",
            Need::Expected => "expected",
            Need::Invoice => "invoice",
        }
    }

    pub fn parse(text: &str) -> Option<Need> {
        Need::ALL.into_iter().find(|need| need.as_str() == text)
    }
}

/// What is looked for; an empty word finds everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    pub need: Option<Need>,
    pub state: String,
    pub buyer: String,
    pub words: String,
    /// Today where the supplier is.
    pub today: String,
    /// Id of the last order of the page before.
    pub before: String,
}

/// An order of the list, without lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub stored: Stored,
    pub buyer_name: String,
    pub promised_on: String,
    pub expected_on: String,
    pub to_invoice: bool,
}

fn listed(row: &Row) -> Result<Listed> {
    Ok(Listed {
        stored: head(row)?,
        buyer_name: row.text("buyer_name")?,
        promised_on: row.text("promised_on")?,
        expected_on: row.text("expected_on")?,
        to_invoice: row.flag("to_invoice")?,
    })
}

fn pattern(words: &str) -> String {
    let plain = words.trim().to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    if plain.is_empty() { String::new() } else { format!("%{plain}%") }
}

/// Newest first; what a supplier got from all its buyers, and it alone: not what waits for an approval or a period.
pub async fn list(tx: &mut Tx, supplier: &str, search: &Search, limit: u32) -> Result<Vec<Listed>> {
    let rows = tx
        .sql(
            "SELECT p.tenant, p.id, p.number, p.connection, p.supplier, p.quote, p.state, p.currency, p.net, p.ordered_by, p.placed_at, p.version,
               p.approval, p.waits_for, p.shipments, p.promised_on, p.expected_on, p.to_invoice, o.name AS buyer_name
             FROM purchase_order p JOIN organisation o ON o.id = p.tenant
             WHERE p.tenant IN (SELECT id FROM organisation WHERE kind = 'buyer') AND p.supplier = $1 AND p.id < $2
               AND p.waits_for IS NULL AND p.state NOT IN ('requested', 'rejected', 'expired')
               AND ($3 = '' OR p.state = $3) AND ($4 = '' OR p.tenant = $4) AND ($5 = '' OR p.sought LIKE $5 ESCAPE '\\')
               AND ($6 = '' OR ($6 = 'invoice' AND p.to_invoice = 1) OR (p.state IN ('placed', 'confirmed') AND (
                 ($6 = 'answer' AND p.state = 'placed')
                 OR ($6 = 'late' AND p.promised_on <> '' AND p.promised_on < $7)
                 OR ($6 = 'today' AND (p.promised_on = $7 OR (p.state = 'confirmed' AND p.promised_on = '' AND p.expected_on = '')))
                 OR ($6 = 'expected' AND p.expected_on > '-' AND p.expected_on < $7))))
             ORDER BY p.id DESC LIMIT $8",
        )
        .bind(supplier)
        .bind(if search.before.is_empty() { "~" } else { &search.before })
        .bind(&search.state)
        .bind(&search.buyer)
        .bind(pattern(&search.words))
        .bind(search.need.map_or("", Need::as_str))
        .bind(&search.today)
        .bind(limit)
        .all()
        .await?;
    rows.iter().map(listed).collect()
}

/// How many orders need what, in the order of [`Need::ALL`].
pub async fn needs(tx: &mut Tx, supplier: &str, today: &str) -> Result<[i64; 5]> {
    let row = tx
        .sql(
            "SELECT CAST(COALESCE(SUM(CASE WHEN p.state = 'placed' THEN 1 ELSE 0 END), 0) AS BIGINT) AS answer,
               CAST(COALESCE(SUM(CASE WHEN p.promised_on <> '' AND p.promised_on < $2 THEN 1 ELSE 0 END), 0) AS BIGINT) AS late,
               CAST(COALESCE(SUM(CASE WHEN p.promised_on = $2 OR (p.state = 'confirmed' AND p.promised_on = '' AND p.expected_on = '')
                 THEN 1 ELSE 0 END), 0) AS BIGINT) AS today,
               CAST(COALESCE(SUM(CASE WHEN p.expected_on > '-' AND p.expected_on < $2 THEN 1 ELSE 0 END), 0) AS BIGINT) AS expected
             FROM purchase_order p WHERE p.tenant IN (SELECT id FROM organisation WHERE kind = 'buyer') AND p.supplier = $1
               AND p.state IN ('placed', 'confirmed') AND p.waits_for IS NULL",
        )
        .bind(supplier)
        .bind(today)
        .first()
        .await?;
    let to_invoice = tx
        .sql(
            "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM purchase_order p
             WHERE p.tenant IN (SELECT id FROM organisation WHERE kind = 'buyer') AND p.supplier = $1 AND p.to_invoice = 1",
        )
        .bind(supplier)
        .first()
        .await?;
    let count = |row: &Option<Row>, name: &str| row.as_ref().map_or(Ok(0), |row| row.int(name));
    Ok([count(&row, "answer")?, count(&row, "late")?, count(&row, "today")?, count(&row, "expected")?, count(&to_invoice, "n")?])
}

/// What tells whether something changed: how many orders are at work, how often they changed, and the newest of them.
pub async fn pulse(tx: &mut Tx, supplier: &str) -> Result<String> {
    let row = tx
        .sql(
            "SELECT CAST(COUNT(*) AS BIGINT) AS n, CAST(COALESCE(SUM(p.version), 0) AS BIGINT) AS versions, COALESCE(MAX(p.id), '') AS newest
             FROM purchase_order p WHERE p.tenant IN (SELECT id FROM organisation WHERE kind = 'buyer') AND p.supplier = $1
               AND p.state IN ('placed', 'confirmed') AND p.waits_for IS NULL",
        )
        .bind(supplier)
        .first()
        .await?;
    let Some(row) = row else { return Ok(String::new()) };
    Ok(format!("{}-{}-{}", row.int("n")?, row.int("versions")?, row.text("newest")?))
}

/// The buyers that ordered from a supplier: id and name.
pub async fn buyers(tx: &mut Tx, supplier: &str) -> Result<Vec<(String, String)>> {
    let rows = tx
        .sql(
            "SELECT o.id, o.name FROM organisation o WHERE o.kind = 'buyer'
               AND EXISTS (SELECT 1 FROM purchase_order p WHERE p.tenant = o.id AND p.supplier = $1) ORDER BY o.name, o.id LIMIT 1000",
        )
        .bind(supplier)
        .all()
        .await?;
    rows.iter().map(|row| Ok((row.text("id")?, row.text("name")?))).collect()
}
