//! What buyer and supplier ask each other about an order. Only ever added to.

use super::{Row, Tx};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// The longest question.
pub const WORDS_MAX: usize = 2000;

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Buyer,
    Supplier,
}

impl Side {
    pub fn as_str(self) -> &'static str {
        match self {
            Side::Buyer => "buyer",
            Side::Supplier => "supplier",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub tenant: String,
    pub order: String,
    pub id: String,
    pub side: Side,
    pub author: String,
    pub asked_at: Timestamp,
    pub words: String,
}

fn question(row: &Row) -> Result<Question> {
    let side = row.text("side")?;
    let side = [Side::Buyer, Side::Supplier].into_iter().find(|known| known.as_str() == side);
    Ok(Question {
        tenant: row.text("tenant")?,
        order: row.text("purchase_order")?,
        id: row.text("id")?,
        side: side.ok_or_else(|| Error::internal("a question of nobody"))?,
        author: row.text("author")?,
        asked_at: row.time("asked_at")?,
        words: row.text("words")?,
    })
}

pub async fn insert(tx: &mut Tx, question: &Question) -> Result<()> {
    tx.sql("INSERT INTO order_question (tenant, purchase_order, id, side, author, asked_at, words) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(&question.tenant)
        .bind(&question.order)
        .bind(&question.id)
        .bind(question.side.as_str())
        .bind(&question.author)
        .bind(question.asked_at)
        .bind(&question.words)
        .run()
        .await
        .map(drop)
}

/// The thread of an order, the oldest first.
pub async fn of_order(tx: &mut Tx, tenant: &str, order: &str) -> Result<Vec<Question>> {
    let rows = tx
        .sql(
            "SELECT tenant, purchase_order, id, side, author, asked_at, words FROM order_question
             WHERE tenant = $1 AND purchase_order = $2 ORDER BY id LIMIT 500",
        )
        .bind(tenant)
        .bind(order)
        .all()
        .await?;
    rows.iter().map(question).collect()
}
