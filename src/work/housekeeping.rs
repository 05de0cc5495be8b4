//! Housekeeping as jobs: what is past its time goes, once an hour for each organisation, whichever node does it. Deletes nothing that the
//! law or a person may still ask for: journal, orders, invoices and received documents are not its business.

use std::time::Duration;

use serde_json::{Value, json};

use super::jobs::Kinds;
use crate::app::App;
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::flow::channels::unanswered;
use crate::flow::{approving, following, invoicing, turning};
use crate::store::job::{self, Job, NewJob};
use crate::store::{self, Tx};

const DAY: Duration = Duration::from_secs(86_400);
/// What is done is remembered this long, for a person who asks.
const DONE_KEPT: Duration = Duration::from_secs(7 * 86_400);
/// As many records as one statement that expires them deletes.
const PART: u64 = 1000;

/// Every kind of job there is.
pub const KINDS: Kinds = &[
    ("expire-evidence", |app, tx, job| Box::pin(expire_evidence(app, tx, job))),
    ("expire-sessions", |app, tx, job| Box::pin(expire_sessions(app, tx, job))),
    ("expire-downloads", |app, tx, job| Box::pin(async move { store::download::expire(tx, &job.tenant, ago(app, DAY)).await.map(drop) })),
    ("expire-sign-ins", |app, tx, job| Box::pin(async move { store::person::expire_logins(tx, &job.tenant, ago(app, DAY)).await.map(drop) })),
    ("expire-jobs", |app, tx, job| Box::pin(async move { job::expire(tx, &job.tenant, ago(app, DONE_KEPT)).await.map(drop) })),
    ("announce-orders", |app, tx, job| Box::pin(following::announce(app, tx, job))),
    ("follow-orders", |app, tx, job| Box::pin(following::follow(app, tx, job))),
    ("tell-approvers", |app, tx, job| Box::pin(approving::tell(app, tx, job))),
    ("expire-requests", |app, tx, job| Box::pin(following::expire(app, tx, job))),
    ("invoice-delivery", |app, tx, job| Box::pin(invoicing::running::follow_delivery(app, tx, job))),
    ("open-periods", |app, tx, job| Box::pin(turning::open_by_date(app, tx, job))),
    (unanswered::JOB, |app, tx, job| Box::pin(unanswered::report(app, tx, job))),
    ("expire-tokens", |app, tx, _| Box::pin(async move { store::token::expire(tx, ago(app, DAY)).await.map(drop) })),
];

/// Kinds that the installation itself needs, and those of each organisation.
const OF_INSTALLATION: &[&str] = &["expire-tokens", "expire-jobs"];
const OF_ORGANISATION: &[&str] =
    &["expire-evidence", "expire-sessions", "expire-downloads", "expire-sign-ins", "expire-requests", "open-periods", "expire-jobs"];

fn ago(app: &App, time: Duration) -> Timestamp {
    app.clock.now().minus(time)
}

/// The hour in UTC: `2026-11-22T03`.
pub fn period(now: Timestamp) -> String {
    now.to_string().chars().take(13).collect()
}

/// A job of a kind for a period. What one part leaves over is the next part's: a job of its own, so that no transaction is long.
fn planned(kind: &'static str, period: &str, part: u64, now: Timestamp) -> NewJob {
    let id = if part == 1 { format!("{kind}/{period}") } else { format!("{kind}/{period}/{part}") };
    NewJob { id, kind, payload: json!({"period": period, "part": part}).to_string(), due_at: now }
}

/// Makes the jobs of this hour, for each organisation in a commit of its own; on every node, and again, it makes them once.
pub async fn plan(app: &App) -> Result<()> {
    let now = app.clock.now();
    let period = period(now);
    let mut tx = app.store.read().await?;
    let organisations = store::organisation::all(&mut tx).await?;
    drop(tx);
    let tenants = organisations.iter().map(|organisation| (organisation.id.as_str(), OF_ORGANISATION));
    for (tenant, kinds) in tenants.chain([("", OF_INSTALLATION)]) {
        let jobs: Vec<NewJob> = kinds.iter().map(|kind| planned(kind, &period, 1, now)).collect();
        let mut tx = app.store.begin().await?;
        job::insert(&mut tx, tenant, &jobs, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// What a statement left over is the next part's.
async fn go_on(app: &App, tx: &mut Tx, job: &Job, kind: &'static str, gone: u64) -> Result<()> {
    if gone >= PART {
        let payload = store::json::parse(&job.payload)?;
        let (period, part) = (store::json::str_of(&payload, "period"), payload.get("part").and_then(Value::as_u64).unwrap_or(1));
        let now = app.clock.now();
        job::insert(tx, &job.tenant, &[planned(kind, period, part + 1, now)], now).await?;
    }
    Ok(())
}

async fn expire_evidence(app: &App, tx: &mut Tx, job: &Job) -> Result<()> {
    let gone = store::evidence::expire(tx, &job.tenant, ago(app, DAY * app.config.evidence_days)).await?;
    go_on(app, tx, job, "expire-evidence", gone).await
}

/// Sessions that were never handed back go when their evidence does; what was handed back is what orders are matched with, and stays.
async fn expire_sessions(app: &App, tx: &mut Tx, job: &Job) -> Result<()> {
    let gone = store::session::expire(tx, &job.tenant, ago(app, DAY * app.config.evidence_days)).await?;
    go_on(app, tx, job, "expire-sessions", gone).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_planned_can_be_done() {
        for kind in OF_INSTALLATION.iter().chain(OF_ORGANISATION) {
            assert_eq!(KINDS.iter().filter(|(known, _)| known == kind).count(), 1, "{kind}");
        }
        let now = Timestamp(1_772_442_000_000_000);
        assert_eq!(planned("expire-jobs", &period(now), 1, now).id, "expire-jobs/2026-03-02T09");
        assert_eq!(planned("expire-jobs", &period(now), 3, now).id, "expire-jobs/2026-03-02T09/3");
    }
}
