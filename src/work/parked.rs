//! What was parked for a person: messages of the outbox and jobs, listed with their reason, and let go again one at a time.
//! Judges nothing and changes nothing but the state.

use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::store::{Store, job, outbox};

/// The most that are listed at once.
const SHOWN_MAX: u32 = 1000;

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
}

pub async fn list(store: &Store) -> Result<Vec<Parked>> {
    let mut tx = store.read().await?;
    let messages = outbox::parked(&mut tx, SHOWN_MAX).await?;
    let jobs = job::parked(&mut tx, SHOWN_MAX).await?;
    let rows = messages.into_iter().map(|row| ("message", row)).chain(jobs.into_iter().map(|row| ("job", row)));
    Ok(rows.map(|(sort, (tenant, id, what, attempts, reason))| Parked { sort, tenant, id, what, attempts, reason }).collect())
}

/// Lets one be tried again, from the start of the timetable. Jobs of several tenants may share an id; then the tenant is needed too.
pub async fn again(store: &Store, id: &str, tenant: Option<&str>, now: Timestamp) -> Result<Parked> {
    let mut found = list(store).await?;
    found.retain(|parked| parked.id == id && tenant.is_none_or(|tenant| parked.tenant == tenant));
    if found.len() > 1 {
        return Err(Error::Conflict(format!("{id} is parked for more than one tenant; name the tenant")));
    }
    let parked = found.pop().ok_or_else(|| Error::not_found("parked message or job", id))?;
    let mut tx = store.begin().await?;
    let changed = match parked.sort {
        "message" => outbox::again(&mut tx, &parked.tenant, id, now).await?,
        _ => job::again(&mut tx, &parked.tenant, id, now).await?,
    };
    tx.commit().await?;
    if changed == 1 { Ok(parked) } else { Err(Error::Conflict(format!("{id} is not parked any more"))) }
}
