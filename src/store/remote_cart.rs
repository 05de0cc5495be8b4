//! Openings of suppliers' own shops, and the cart that came back of each. What the shop was given is stored hashed. An opening takes one cart:
//! who claims it first has it.

use super::{Row, Tx};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// An opening as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteCart {
    pub tenant: String,
    pub token_hash: String,
    pub session: String,
    /// What the shop must say again; it proves nothing, for the shop has seen it.
    pub cookie: String,
    /// `create` or `edit`.
    pub operation: String,
    /// Numbers of the basket lines that went along to be edited (JSON).
    pub lines: String,
    /// `open`, `returned` or `cancelled`.
    pub state: String,
    /// Of the bytes that came, so that the same ones are known again.
    pub digest: String,
    /// The basket as it is with this cart (JSON, written by `flow::remote`); empty before it came.
    pub cart: String,
    pub opened_at: Timestamp,
    pub returned_at: Timestamp,
    /// That of the session once the cart was in its basket: the cart with the highest is the last.
    pub version: i64,
}

/// A question for whole rows.
macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT tenant, token_hash, session, cookie, operation, lines, state, digest, cart, opened_at, returned_at, version FROM remote_cart ",
            $where
        )
    };
}

fn read(row: &Row) -> Result<RemoteCart> {
    Ok(RemoteCart {
        tenant: row.text("tenant")?,
        token_hash: row.text("token_hash")?,
        session: row.text("session")?,
        cookie: row.text("cookie")?,
        operation: row.text("operation")?,
        lines: row.text("lines")?,
        state: row.text("state")?,
        digest: row.text("digest")?,
        cart: row.text("cart")?,
        opened_at: row.time("opened_at")?,
        returned_at: row.time("returned_at")?,
        version: row.int("version")?,
    })
}

pub async fn insert(tx: &mut Tx, opening: &RemoteCart) -> Result<()> {
    tx.sql(
        "INSERT INTO remote_cart (tenant, token_hash, session, cookie, operation, lines, state, digest, cart, opened_at, returned_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(&opening.tenant)
    .bind(&opening.token_hash)
    .bind(&opening.session)
    .bind(&opening.cookie)
    .bind(&opening.operation)
    .bind(&opening.lines)
    .bind(&opening.state)
    .bind(&opening.digest)
    .bind(&opening.cart)
    .bind(opening.opened_at)
    .bind(opening.returned_at)
    .bind(opening.version)
    .run()
    .await
    .map(drop)
}

pub async fn by_token(tx: &mut Tx, tenant: &str, token_hash: &str) -> Result<Option<RemoteCart>> {
    let row = tx.sql(select!("WHERE tenant = $1 AND token_hash = $2")).bind(tenant).bind(token_hash).first().await?;
    row.as_ref().map(read).transpose()
}

/// The cart that came last in a session.
pub async fn last(tx: &mut Tx, tenant: &str, session: &str) -> Result<Option<RemoteCart>> {
    let latest = select!("WHERE tenant = $1 AND session = $2 AND state = 'returned' ORDER BY version DESC LIMIT 1");
    let row = tx.sql(latest).bind(tenant).bind(session).first().await?;
    row.as_ref().map(read).transpose()
}

/// Whether the shop was opened in a session at all.
pub async fn any(tx: &mut Tx, tenant: &str, session: &str) -> Result<bool> {
    let row = tx.sql("SELECT state FROM remote_cart WHERE tenant = $1 AND session = $2 LIMIT 1").bind(tenant).bind(session).first().await?;
    Ok(row.is_some())
}

/// Closes an opening with what came of it; false when another cart was first.
pub async fn close(tx: &mut Tx, closed: &RemoteCart) -> Result<bool> {
    let changed = tx
        .sql(
            "UPDATE remote_cart SET state = $3, digest = $4, cart = $5, returned_at = $6, version = $7
             WHERE tenant = $1 AND token_hash = $2 AND state = 'open'",
        )
        .bind(&closed.tenant)
        .bind(&closed.token_hash)
        .bind(&closed.state)
        .bind(&closed.digest)
        .bind(&closed.cart)
        .bind(closed.returned_at)
        .bind(closed.version)
        .run()
        .await?;
    Ok(changed == 1)
}
