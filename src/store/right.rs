//! Who may do what on which budget, who approves from which amount on, and who stands in for whom. Decides nothing: what a right
//! reaches is said by `domain/rights.rs`, and who is next by `domain/approval.rs`.

use super::{Bulk, Row, Tx};
use crate::domain::rights::{Grant, Right, Who};
use crate::error::{Error, Result};

fn who(row: &Row) -> Result<Who> {
    let name = row.text("who")?;
    Ok(if row.text("kind")? == "role" { Who::Role(name) } else { Who::Person(name) })
}

fn grant(row: &Row) -> Result<(Who, Grant)> {
    let (allows, budget) = (row.text("allows")?, row.text("budget")?);
    let right = Right::parse(&allows).ok_or_else(|| Error::internal(format!("right {allows}")))?;
    let budget = (!budget.is_empty()).then(|| budget.into());
    Ok((who(row)?, Grant { right, budget, with_children: row.flag("with_children")?, up_to: row.int_or_null("up_to")? }))
}

/// Every right of a buyer's people.
pub async fn all(tx: &mut Tx, tenant: &str) -> Result<Vec<(Who, Grant)>> {
    let rows = tx
        .sql("SELECT kind, who, budget, allows, with_children, up_to FROM budget_right WHERE tenant = $1 ORDER BY kind, who, budget, allows LIMIT 100000")
        .bind(tenant)
        .all()
        .await?;
    rows.iter().map(grant).collect()
}

/// Whether this buyer gives rights by budget at all.
pub async fn any(tx: &mut Tx, tenant: &str) -> Result<bool> {
    Ok(tx.sql("SELECT who FROM budget_right WHERE tenant = $1 LIMIT 1").bind(tenant).first().await?.is_some())
}

/// What one of these has.
pub async fn of(tx: &mut Tx, tenant: &str, wanted: &Who) -> Result<Vec<Grant>> {
    let rows = tx
        .sql("SELECT kind, who, budget, allows, with_children, up_to FROM budget_right WHERE tenant = $1 AND kind = $2 AND who = $3 LIMIT 10000")
        .bind(tenant)
        .bind(wanted.kind())
        .bind(wanted.name())
        .all()
        .await?;
    rows.iter().map(|row| Ok(grant(row)?.1)).collect()
}

/// Puts these in the place of all that were there.
pub async fn replace(tx: &mut Tx, tenant: &str, grants: &[(Who, Grant)]) -> Result<()> {
    tx.sql("DELETE FROM budget_right WHERE tenant = $1").bind(tenant).run().await?;
    let rows = grants.iter().map(|(who, grant)| {
        vec![
            tenant.into(),
            who.kind().into(),
            who.name().into(),
            grant.budget.as_deref().unwrap_or_default().into(),
            grant.right.as_str().into(),
            grant.with_children.into(),
            grant.up_to.into(),
        ]
    });
    let columns = &["tenant", "kind", "who", "budget", "allows", "with_children", "up_to"];
    tx.write(vec![Bulk::insert("budget_right", columns, "", rows.collect())]).await.map(drop)
}
