//! Rights by budget, steps of approval and substitutes, given and taken away one by one. Goes the way of the set-up file: the lists with the
//! change in them are checked by the same rules and put in the place of what was there, in one commit with its entry in the journal.
//! Never decides what a right reaches.

use serde_json::{Value, json};

use super::applying::Plan as Changes;
use super::bookkeeping::{Booking, Decided, Desk, Plan, Seen, Written};
use super::entitling;
use super::signing::Caller;
use crate::app::App;
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::money::Currency;
use crate::error::{Error, Result};
use crate::store::{self, Tx};
use crate::wire::setup::{ApprovalStep, At, BudgetRight, Setup, Substitute};

/// Everything that was assigned, and what there is to choose from.
pub struct Assigned {
    pub currency: Currency,
    pub rights: Vec<BudgetRight>,
    pub steps: Vec<ApprovalStep>,
    pub substitutes: Vec<Substitute>,
    /// Sign-in name and name.
    pub people: Vec<(String, String)>,
    /// Code and name.
    pub budgets: Vec<(String, String)>,
}

/// One entry of the three lists.
#[derive(Clone, Debug)]
pub enum Entry {
    Right(BudgetRight),
    Step(ApprovalStep),
    Substitute(Substitute),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Give,
    Take,
}

async fn lists(tx: &mut Tx, tenant: &str) -> Result<(Setup, Currency)> {
    let buyer = store::organisation::by_id(tx, tenant).await?.ok_or_else(|| Error::not_found("buyer", tenant))?;
    let currency = Currency::parse(&buyer.currency).unwrap_or(Currency::EUR);
    let mut setup = Setup::default();
    entitling::export(tx, tenant, currency, &mut setup).await?;
    Ok((setup, currency))
}

pub async fn all(app: &App, caller: &Caller) -> Result<Assigned> {
    let tenant = caller.person.tenant.as_str();
    let mut tx = app.store.view().await?;
    let (setup, currency) = lists(&mut tx, tenant).await?;
    let people = store::person::of_tenant(&mut tx, tenant).await?;
    let budgets = store::standing::budgets(&mut tx, tenant).await?;
    Ok(Assigned {
        currency,
        rights: setup.rights.into_iter().map(|at| at.value).collect(),
        steps: setup.steps.into_iter().map(|at| at.value).collect(),
        substitutes: setup.substitutes.into_iter().map(|at| at.value).collect(),
        people: people.into_iter().filter(|person| person.active).map(|person| (person.sign_in, person.name)).collect(),
        budgets: budgets.into_iter().map(|budget| (budget.code.to_string(), budget.name.to_string())).collect(),
    })
}

/// Gives what an entry says, in the place of one about the same, or takes it away.
pub async fn change(app: &App, caller: &Caller, entry: Entry, turn: Turn) -> Result<()> {
    let tenant = caller.person.tenant.as_str();
    let mut tx = app.store.begin().await?;
    // Two administrators at once: the second sees what the first did.
    store::journal::lock_head(&mut tx, tenant).await?;
    let (mut setup, currency) = lists(&mut tx, tenant).await?;
    let body = match &entry {
        Entry::Right(right) => json!({"right": right}),
        Entry::Step(step) => json!({"step": step}),
        Entry::Substitute(substitute) => json!({"substitute": substitute}),
    };
    let was_there = put(&mut setup, tenant, entry, turn);
    if turn == Turn::Take && !was_there {
        return Err(Error::not_found("right", tenant));
    }
    check(&setup)?;
    let mut changes = Changes::default();
    entitling::settle(&mut tx, tenant, currency, &setup, &mut changes).await.map_err(without_line)?;
    note(&mut tx, app, caller, turn, body).await?;
    tx.commit().await?;
    app.askers.clear();
    Ok(())
}

/// Changes the lists; whether one about the same was there.
fn put(setup: &mut Setup, tenant: &str, entry: Entry, turn: Turn) -> bool {
    fn turned<T>(list: &mut Vec<At<T>>, value: T, is_same: impl Fn(&T, &T) -> bool, turn: Turn) -> bool {
        let before = list.len();
        list.retain(|at| !is_same(&at.value, &value));
        let was_there = list.len() < before;
        list.extend((turn == Turn::Give).then_some(At { line: 0, value }));
        was_there
    }
    match entry {
        Entry::Right(right) => {
            let same = |a: &BudgetRight, b: &BudgetRight| (&a.person, &a.role, &a.budget, &a.right) == (&b.person, &b.role, &b.budget, &b.right);
            turned(&mut setup.rights, BudgetRight { buyer: tenant.to_string(), ..right }, same, turn)
        }
        Entry::Step(step) => {
            let amount = |step: &ApprovalStep| step.from_amount.parse::<rust_decimal::Decimal>().unwrap_or_default();
            let same = move |a: &ApprovalStep, b: &ApprovalStep| {
                (&a.person, &a.role, &a.budget) == (&b.person, &b.role, &b.budget) && amount(a) == amount(b)
            };
            turned(&mut setup.steps, ApprovalStep { buyer: tenant.to_string(), ..step }, same, turn)
        }
        Entry::Substitute(substitute) => {
            let same = |a: &Substitute, b: &Substitute| (&a.person, &a.by, &a.from) == (&b.person, &b.by, &b.from);
            turned(&mut setup.substitutes, Substitute { buyer: tenant.to_string(), ..substitute }, same, turn)
        }
    }
}

fn check(setup: &Setup) -> Result<()> {
    let mut findings = Findings::default();
    entitling::check(setup, &mut |_, key, value, allowed| findings.push(Finding::error(Code::Unusable, key).value(value).limit(allowed)));
    if findings.has_error() { Err(findings.into()) } else { Ok(()) }
}

/// On a page there are no lines.
fn without_line(error: Error) -> Error {
    let Error::Invalid(mut findings) = error else { return error };
    findings.0.iter_mut().for_each(|finding| finding.line = None);
    Error::Invalid(findings)
}

async fn note(tx: &mut Tx, app: &App, caller: &Caller, turn: Turn, body: Value) -> Result<()> {
    let kind = if turn == Turn::Give { "right given" } else { "right taken" };
    let plan = move |_: &Seen<'_>| {
        let write = Box::new(|_: &Decided<'_>| Ok(Written::default()));
        Ok(Plan { command: None, kind, subject: "rights".to_string(), cause: String::new(), body: body.clone(), write })
    };
    let booking = Booking { actor: caller.person.sign_in.clone(), preview: false, plan: Box::new(plan), ..Booking::looking(|_| ()) };
    let tenant = caller.person.tenant.as_str();
    for done in Desk::new(tenant).book(tx, &[&booking], app.clock.now()).await? {
        done?;
    }
    Ok(())
}
