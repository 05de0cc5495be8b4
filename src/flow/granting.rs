//! What a caller was given, and the one gate that every command passes before it is booked (budgets-and-orders, chapter 4 "Right"). Where a
//! buyer gives no rights by budget, the roles decide alone. Who may not see a budget is told that there is none.

use super::applying::OPERATOR;
use super::signing::Caller;
use crate::app::App;
use crate::domain::books::Books;
use crate::domain::books::command::Command;
use crate::domain::rights::{self, Asker, Grant, Missing, Right, Who};
use crate::error::{Error, Result};
use crate::store::{self, Tx};

/// What each role may on all budgets of a buyer without rights by budget.
const BY_ROLE: &[(&str, &[Right])] = &[
    ("viewer", &[Right::See]),
    ("orderer", &[Right::See, Right::Request, Right::Order]),
    ("approver", &[Right::See, Right::Approve]),
    ("budget_holder", &[Right::See, Right::Approve, Right::Allocate, Right::Transfer, Right::Override]),
    ("buyer_administrator", &Right::ALL),
];

/// What these roles may where nothing else is said.
pub fn of_roles(roles: &[String]) -> Vec<Grant> {
    let given = BY_ROLE.iter().filter(|(role, _)| roles.iter().any(|own| own == role)).flat_map(|(_, rights)| rights.iter());
    given.map(|right| Grant::everywhere(*right)).collect()
}

/// What a person was given, by name and by role.
pub async fn grants(tx: &mut Tx, tenant: &str, person: &str, roles: &[String]) -> Result<Vec<Grant>> {
    if !store::right::any(tx, tenant).await? {
        return Ok(of_roles(roles));
    }
    let mut grants = store::right::of(tx, tenant, &Who::Person(person.to_string())).await?;
    for role in roles {
        grants.extend(store::right::of(tx, tenant, &Who::Role(role.clone())).await?);
    }
    Ok(grants)
}

/// The caller as the books know one who asks.
pub async fn asker(tx: &mut Tx, caller: &Caller) -> Result<Asker> {
    let person = &caller.person;
    Ok(Asker::Person(grants(tx, &person.tenant, &person.sign_in, &person.roles).await?))
}

/// The same from memory, where that is fresh enough.
pub async fn fresh_asker(app: &App, caller: &Caller) -> Result<Asker> {
    let person = &caller.person;
    let name = format!("{}\0{}\0{}", person.tenant, person.sign_in, person.roles.join("\0"));
    if let Some(asker) = app.askers.fresh(&name) {
        return Ok((*asker).clone());
    }
    let asker = asker(&mut app.store.read().await?, caller).await?;
    Ok((*app.askers.put(&name, 0, asker)).clone())
}

/// The desk of an order's supplier; the operator acts for any supplier.
pub fn supplier(caller: &Caller) -> Asker {
    let role = |role: &String| matches!(role.as_str(), "supplier_desk" | "supplier_finance" | OPERATOR);
    if caller.person.roles.iter().any(role) { Asker::Supplier } else { Asker::Person(Vec::new()) }
}

/// Whether this may be asked. Every command goes through here, whatever way it came.
pub fn check(books: &Books, asker: &Asker, command: &Command) -> Result<()> {
    rights::check(books, asker, command).map_err(|missing| match missing {
        Missing::Hidden(budget) => Error::not_found("budget", budget),
        Missing::Right(_) => Error::Denied,
    })
}
