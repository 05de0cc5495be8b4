//! Coding that a buyer wants filled in when a session opens: for a user, for a branch, for everybody. Users are folded to lower case.

use super::{Row, Tx, json};
use crate::domain::coding::Coding;
use crate::error::Result;

/// Whom a default is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    User,
    Branch,
    Buyer,
}

impl Scope {
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::User => "user",
            Scope::Branch => "branch",
            Scope::Buyer => "buyer",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Default {
    pub scope: Scope,
    /// A user name or e-mail address in lower case, the code of a branch, or nothing for everybody.
    pub who: String,
    pub coding: Coding,
}

fn default(row: &Row) -> Result<Default> {
    let scope = match row.text("scope")?.as_str() {
        "user" => Scope::User,
        "branch" => Scope::Branch,
        _ => Scope::Buyer,
    };
    Ok(Default { scope, who: row.text("who")?, coding: json::read_coding(&json::parse(&row.text("coding")?)?) })
}

pub async fn upsert(tx: &mut Tx, tenant: &str, wanted: &Default) -> Result<()> {
    tx.sql(
        "INSERT INTO default_coding (tenant, scope, who, coding) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant, scope, who) DO UPDATE SET coding = excluded.coding",
    )
    .bind(tenant)
    .bind(wanted.scope.as_str())
    .bind(&wanted.who)
    .bind(json::coding(&wanted.coding).to_string())
    .run()
    .await?;
    Ok(())
}

pub async fn all(tx: &mut Tx, tenant: &str) -> Result<Vec<Default>> {
    let rows = tx.sql("SELECT scope, who, coding FROM default_coding WHERE tenant = $1 ORDER BY scope, who LIMIT 20000").bind(tenant).all().await?;
    rows.iter().map(default).collect()
}

/// Whether this buyer has any: most call-ups need not ask further.
pub async fn any(tx: &mut Tx, tenant: &str) -> Result<bool> {
    Ok(tx.sql("SELECT who FROM default_coding WHERE tenant = $1 LIMIT 1").bind(tenant).first().await?.is_some())
}

pub async fn of(tx: &mut Tx, tenant: &str, scope: Scope, who: &str) -> Result<Option<Default>> {
    let row = tx
        .sql("SELECT scope, who, coding FROM default_coding WHERE tenant = $1 AND scope = $2 AND who = $3")
        .bind(tenant)
        .bind(scope.as_str())
        .bind(who)
        .first()
        .await?;
    row.as_ref().map(default).transpose()
}
