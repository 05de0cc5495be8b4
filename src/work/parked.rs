//! What was parked for a person: messages of the outbox and jobs, listed with their reason, and let go again or given up one at a time.
//! Judges nothing and changes nothing but the state.

use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::flow::commanding;
use crate::store::{Store, job, owed};

/// The most that are listed at once.
const SHOWN_MAX: u32 = 1000;
/// Who gives up what is given up here.
const WHO: &str = "command line";

/// Something parked, as a line for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// `message` or `job`.
    pub sort: &'static str,
    /// Empty for the installation's own.
    pub tenant: String,
    pub id: String,
    pub what: String,
    pub attempts: i64,
    pub reason: String,
    /// How many messages wait behind it.
    pub behind: i64,
}

pub async fn list(store: &Store) -> Result<Vec<Parked>> {
    let mut tx = store.read().await?;
    let messages = owed::parked(&mut tx, SHOWN_MAX).await?;
    let jobs = job::parked(&mut tx, SHOWN_MAX).await?;
    let messages = messages.into_iter().map(|m| Parked {
        sort: "message",
        what: format!("{} to {}", m.kind, m.recipient),
        tenant: m.tenant,
        id: m.id,
        attempts: m.attempts,
        reason: m.last_answer,
        behind: m.behind,
    });
    let jobs = jobs.into_iter().map(|(tenant, id, what, attempts, reason)| Parked { sort: "job", tenant, id, what, attempts, reason, behind: 0 });
    Ok(messages.chain(jobs).collect())
}

async fn one(store: &Store, id: &str, tenant: Option<&str>) -> Result<Parked> {
    let mut found = list(store).await?;
    found.retain(|parked| parked.id == id && tenant.is_none_or(|tenant| parked.tenant == tenant));
    if found.len() > 1 {
        return Err(Error::Conflict(format!("{id} is parked for more than one tenant; name the tenant")));
    }
    found.pop().ok_or_else(|| Error::not_found("parked message or job", id))
}

/// Lets one be tried again, from the start of the timetable. Jobs of several tenants may share an id; then the tenant is needed too.
pub async fn again(store: &Store, id: &str, tenant: Option<&str>, now: Timestamp) -> Result<Parked> {
    let parked = one(store, id, tenant).await?;
    let mut tx = store.begin().await?;
    let changed = match parked.sort {
        "message" => owed::again(&mut tx, &parked.tenant, id, now).await?,
        _ => job::again(&mut tx, &parked.tenant, id, now).await?,
    };
    tx.commit().await?;
    done(changed, parked)
}

/// Ends a message without its being sent.
pub async fn give_up(store: &Store, id: &str, tenant: Option<&str>, why: &str, now: Timestamp) -> Result<Parked> {
    let why = commanding::given(why, "why")?;
    let parked = one(store, id, tenant).await?;
    if parked.sort != "message" {
        return Err(Error::Conflict(format!("{id} is a job; only a message can be given up")));
    }
    let mut tx = store.begin().await?;
    let changed = owed::give_up(&mut tx, (&parked.tenant, id), WHO, why, now).await?;
    tx.commit().await?;
    done(changed, parked)
}

fn done(changed: u64, parked: Parked) -> Result<Parked> {
    if changed == 1 {
        return Ok(parked);
    }
    Err(Error::Conflict(format!("{} is not parked any more, or a later message of its order has left before it", parked.id)))
}
