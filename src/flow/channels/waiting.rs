//! What of a supplier's orders has not left yet: since when, why and behind what; once more, or given up. Sends nothing itself.

use super::Shown;
use crate::app::App;
use crate::error::{Error, Result};
use crate::flow::signing::Caller;
use crate::flow::{applying, commanding};
use crate::store::organisation::Organisation;
use crate::store::owed::Unfinished;
use crate::store::{self, Tx};

/// The most that are listed of one supplier.
const SHOWN_MAX: u32 = 200;

/// A supplier's channels and what waits for them.
pub struct Standing {
    pub supplier: Organisation,
    pub channels: Vec<Shown>,
    pub waiting: Vec<Unfinished>,
}

pub(super) fn is_operator(caller: &Caller) -> bool {
    caller.person.roles.iter().any(|role| role == applying::OPERATOR)
}

/// Of the caller's own organisation; of every supplier for the operator.
pub async fn standings(app: &App, caller: &Caller) -> Result<Vec<Standing>> {
    let mut tx = app.store.read().await?;
    let mut standings = Vec::new();
    let all = store::organisation::all(&mut tx).await?;
    let mine = |o: &Organisation| o.kind == "supplier" && (is_operator(caller) || o.id == caller.person.tenant);
    for supplier in all.into_iter().filter(mine) {
        let waiting = store::owed::unfinished(&mut tx, super::MESSAGE, &supplier.id, SHOWN_MAX).await?;
        let channels = super::of_supplier(&supplier)?.into_iter().map(Shown::of).collect();
        standings.push(Standing { supplier, channels, waiting });
    }
    Ok(standings)
}

/// Lets a message that waits for a person go again, with the channels as they are now.
pub async fn again(app: &App, caller: &Caller, tenant: &str, id: &str) -> Result<()> {
    let mut tx = own(app, caller, tenant, id).await?;
    let changed = store::owed::again(&mut tx, tenant, id, app.clock.now()).await?;
    tx.commit().await?;
    done(changed, id)
}

/// Ends a message that waits for a person without its being sent, for a reason; what waits behind it has its turn.
pub async fn give_up(app: &App, caller: &Caller, tenant: &str, id: &str, why: &str) -> Result<()> {
    let why = commanding::given(why, "why")?;
    let mut tx = own(app, caller, tenant, id).await?;
    let changed = store::owed::give_up(&mut tx, (tenant, id), &caller.person.sign_in, why, app.clock.now()).await?;
    tx.commit().await?;
    done(changed, id)
}

/// A writer, where the message is for the caller's own organisation, or the caller is the operator.
async fn own(app: &App, caller: &Caller, tenant: &str, id: &str) -> Result<Tx> {
    let mut tx = app.store.begin().await?;
    let supplier = store::owed::recipient(&mut tx, super::MESSAGE, tenant, id).await?;
    let is_own = supplier.is_some_and(|supplier| is_operator(caller) || supplier == caller.person.tenant);
    if is_own { Ok(tx) } else { Err(Error::not_found("message", id)) }
}

fn done(changed: u64, id: &str) -> Result<()> {
    if changed == 1 { Ok(()) } else { Err(Error::Conflict(format!("{id} does not wait for a person any more, or a later one has left before it"))) }
}
