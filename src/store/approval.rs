//! Who approves from which amount on, and who stands in for whom. Rows only: who is next is said by `domain/approval.rs`.

use super::{Bulk, Tx};
use crate::domain::approval::{Step, Substitute};
use crate::domain::rights::Who;
use crate::error::Result;

/// Steps by budget and amount; those who may take a step stand together in it.
pub async fn steps(tx: &mut Tx, tenant: &str) -> Result<Vec<Step>> {
    let rows = tx
        .sql("SELECT budget, from_amount, kind, who FROM approval_step WHERE tenant = $1 ORDER BY from_amount, budget, kind, who LIMIT 20000")
        .bind(tenant)
        .all()
        .await?;
    let mut steps: Vec<Step> = Vec::new();
    for row in &rows {
        let name = row.text("who")?;
        let who = if row.text("kind")? == "role" { Who::Role(name) } else { Who::Person(name) };
        let (budget, from_amount) = (row.text("budget")?, row.int("from_amount")?);
        match steps.last_mut().filter(|step| *step.budget == *budget && step.from_amount == from_amount) {
            Some(step) => step.who.push(who),
            None => steps.push(Step { budget: budget.into(), from_amount, who: vec![who] }),
        }
    }
    Ok(steps)
}

/// Puts these in the place of all that were there.
pub async fn replace_steps(tx: &mut Tx, tenant: &str, steps: &[Step]) -> Result<()> {
    tx.sql("DELETE FROM approval_step WHERE tenant = $1").bind(tenant).run().await?;
    let each = steps.iter().flat_map(|step| step.who.iter().map(move |who| (step, who)));
    let rows = each.map(|(step, who)| vec![tenant.into(), (&*step.budget).into(), step.from_amount.into(), who.kind().into(), who.name().into()]);
    let columns = &["tenant", "budget", "from_amount", "kind", "who"];
    tx.write(vec![Bulk::insert("approval_step", columns, "", rows.collect())]).await.map(drop)
}

pub async fn substitutes(tx: &mut Tx, tenant: &str) -> Result<Vec<Substitute>> {
    let rows = tx
        .sql("SELECT person, substitute, from_day, until_day FROM substitute WHERE tenant = $1 ORDER BY person, substitute, from_day LIMIT 20000")
        .bind(tenant)
        .all()
        .await?;
    let substitute = |row: &super::Row| {
        Ok(Substitute { person: row.text("person")?, by: row.text("substitute")?, from: row.text("from_day")?, until: row.text("until_day")? })
    };
    rows.iter().map(substitute).collect()
}

/// Puts these in the place of all that were there.
pub async fn replace_substitutes(tx: &mut Tx, tenant: &str, substitutes: &[Substitute]) -> Result<()> {
    tx.sql("DELETE FROM substitute WHERE tenant = $1").bind(tenant).run().await?;
    let rows = substitutes.iter().map(|s| vec![tenant.into(), (&s.person).into(), (&s.by).into(), (&s.from).into(), (&s.until).into()]);
    let columns = &["tenant", "person", "substitute", "from_day", "until_day"];
    tx.write(vec![Bulk::insert("substitute", columns, "", rows.collect())]).await.map(drop)
}
