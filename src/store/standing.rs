//! What the books of a tenant add up to: its periods, budgets, and what stands on each budget in each period. Kept for readers and for
//! the next booking; the journal is the truth. Texts of policies and settings are written and read by `wire/ledger`.

use super::{Bulk, Row, Tx};
use crate::domain::books::{Authority, Budget, BudgetPeriod, Funding, Period, Places, Standing, Status, TaxBasis};
use crate::error::{Error, Result};

/// A period with what was handed out of it and what lapsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodRow {
    pub period: Period,
    pub source: i64,
    pub lapsed: i64,
}

/// A standing without its policy, and the policy as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingRow {
    pub at: BudgetPeriod,
    pub standing: Standing,
    pub policy: Option<String>,
}

pub async fn settings(tx: &mut Tx, tenant: &str) -> Result<String> {
    let row = tx.sql("SELECT settings FROM ledger WHERE tenant = $1").bind(tenant).first().await?;
    row.ok_or_else(|| Error::not_found("ledger", tenant))?.text("settings")
}

/// Of each tenant its settings.
pub fn set_settings(settings: &[(&str, String)]) -> Bulk {
    let rows = settings.iter().map(|(tenant, settings)| vec![(*tenant).into(), settings.into()]).collect();
    Bulk::over("UPDATE ledger SET settings = v.column2 FROM (", 2, ") AS v WHERE ledger.tenant = v.column1", rows)
}

pub async fn periods(tx: &mut Tx, tenant: &str) -> Result<Vec<PeriodRow>> {
    let rows = tx
        .sql("SELECT id, parent, status, first_day, last_day, source, lapsed FROM period WHERE tenant = $1 ORDER BY id LIMIT 10000")
        .bind(tenant)
        .all()
        .await?;
    rows.iter().map(period).collect()
}

fn period(row: &Row) -> Result<PeriodRow> {
    let status = row.text("status")?;
    Ok(PeriodRow {
        period: Period {
            id: row.text("id")?.into(),
            parent: row.text_or_null("parent")?.map(Into::into),
            status: Status::parse(&status).ok_or_else(|| Error::internal(format!("period status {status}")))?,
            first_day: row.text("first_day")?.into(),
            last_day: row.text("last_day")?.into(),
        },
        source: row.int("source")?,
        lapsed: row.int("lapsed")?,
    })
}

pub fn put_periods(tenant: &str, periods: &[PeriodRow]) -> Bulk {
    let rows = periods.iter().map(|row| {
        let period = &row.period;
        vec![
            tenant.into(),
            (&*period.id).into(),
            period.parent.as_deref().into(),
            period.status.as_str().into(),
            (&*period.first_day).into(),
            (&*period.last_day).into(),
            row.source.into(),
            row.lapsed.into(),
        ]
    });
    Bulk::insert(
        "period",
        &["tenant", "id", "parent", "status", "first_day", "last_day", "source", "lapsed"],
        "ON CONFLICT (tenant, id) DO UPDATE SET parent = excluded.parent, status = excluded.status, first_day = excluded.first_day,
           last_day = excluded.last_day, source = excluded.source, lapsed = excluded.lapsed",
        rows.collect(),
    )
}

pub async fn budgets(tx: &mut Tx, tenant: &str) -> Result<Vec<Budget>> {
    let rows = tx
        .sql(
            "SELECT code, name, parent, postable, tax_basis, authority, owner, location, project, segment FROM budget
             WHERE tenant = $1 ORDER BY code LIMIT 100000",
        )
        .bind(tenant)
        .all()
        .await?;
    rows.iter().map(budget).collect()
}

fn budget(row: &Row) -> Result<Budget> {
    let basis = row.text_or_null("tax_basis")?;
    Ok(Budget {
        code: row.text("code")?.into(),
        name: row.text("name")?.into(),
        parent: row.text_or_null("parent")?.map(Into::into),
        postable: row.flag("postable")?,
        tax_basis: basis.map(|text| TaxBasis::parse(&text).ok_or_else(|| Error::internal(format!("tax basis {text}")))).transpose()?,
        authority: if row.text("authority")? == "advisory" { Authority::Advisory } else { Authority::Authoritative },
        owner: row.text("owner")?.into(),
        location: row.text("location")?.into(),
        project: row.text("project")?.into(),
        segment: row.text("segment")?.into(),
    })
}

pub fn put_budgets(tenant: &str, budgets: &[&Budget]) -> Bulk {
    let rows = budgets.iter().map(|budget| {
        vec![
            tenant.into(),
            (&*budget.code).into(),
            (&*budget.name).into(),
            budget.parent.as_deref().into(),
            budget.postable.into(),
            budget.tax_basis.map(|basis| basis.to_string()).into(),
            budget.authority.as_str().into(),
            (&*budget.owner).into(),
            (&*budget.location).into(),
            (&*budget.project).into(),
            (&*budget.segment).into(),
        ]
    });
    Bulk::insert(
        "budget",
        &["tenant", "code", "name", "parent", "postable", "tax_basis", "authority", "owner", "location", "project", "segment"],
        "ON CONFLICT (tenant, code) DO UPDATE SET name = excluded.name, parent = excluded.parent, postable = excluded.postable,
           tax_basis = excluded.tax_basis, authority = excluded.authority, owner = excluded.owner, location = excluded.location,
           project = excluded.project, segment = excluded.segment",
        rows.collect(),
    )
}

const COLUMNS: &[&str] = &[
    "tenant",
    "budget",
    "period",
    "funded",
    "allocated",
    "transferred_in",
    "transferred_out",
    "carried_in",
    "carried_out",
    "lapsed",
    "policy",
    "available",
    "own_requested",
    "own_committed",
    "own_delivered",
    "own_expended",
    "requested",
    "committed",
    "delivered",
    "expended",
    "funded_below",
];

pub async fn all(tx: &mut Tx, tenant: &str) -> Result<Vec<StandingRow>> {
    let rows = tx
        .sql(
            "SELECT budget, period, funded, allocated, transferred_in, transferred_out, carried_in, carried_out, lapsed, policy, available,
               own_requested, own_committed, own_delivered, own_expended, requested, committed, delivered, expended, funded_below
             FROM standing WHERE tenant = $1 ORDER BY budget, period LIMIT 1000000",
        )
        .bind(tenant)
        .all()
        .await?;
    rows.iter().map(standing).collect()
}

fn standing(row: &Row) -> Result<StandingRow> {
    let places = |requested: &str, committed: &str, delivered: &str, expended: &str| -> Result<Places> {
        Ok(Places { requested: row.int(requested)?, committed: row.int(committed)?, delivered: row.int(delivered)?, expended: row.int(expended)? })
    };
    Ok(StandingRow {
        at: BudgetPeriod { budget: row.text("budget")?.into(), period: row.text("period")?.into() },
        standing: Standing {
            funded: row.flag("funded")?,
            funding: Funding {
                allocated: row.int("allocated")?,
                transferred_in: row.int("transferred_in")?,
                transferred_out: row.int("transferred_out")?,
                carried_in: row.int("carried_in")?,
                carried_out: row.int("carried_out")?,
                lapsed: row.int("lapsed")?,
            },
            policy: None,
            available: row.int("available")?,
            own: places("own_requested", "own_committed", "own_delivered", "own_expended")?,
            subtree: places("requested", "committed", "delivered", "expended")?,
            funded_below: row.count("funded_below")?,
        },
        policy: row.text_or_null("policy")?,
    })
}

pub fn put(tenant: &str, standings: &[StandingRow]) -> Bulk {
    let rows = standings.iter().map(|StandingRow { at, standing: s, policy }| {
        vec![
            tenant.into(),
            (&*at.budget).into(),
            (&*at.period).into(),
            s.funded.into(),
            s.funding.allocated.into(),
            s.funding.transferred_in.into(),
            s.funding.transferred_out.into(),
            s.funding.carried_in.into(),
            s.funding.carried_out.into(),
            s.funding.lapsed.into(),
            policy.clone().into(),
            s.available.into(),
            s.own.requested.into(),
            s.own.committed.into(),
            s.own.delivered.into(),
            s.own.expended.into(),
            s.subtree.requested.into(),
            s.subtree.committed.into(),
            s.subtree.delivered.into(),
            s.subtree.expended.into(),
            s.funded_below.into(),
        ]
    });
    Bulk::insert(
        "standing",
        COLUMNS,
        "ON CONFLICT (tenant, budget, period) DO UPDATE SET funded = excluded.funded, allocated = excluded.allocated,
           transferred_in = excluded.transferred_in, transferred_out = excluded.transferred_out, carried_in = excluded.carried_in,
           carried_out = excluded.carried_out, lapsed = excluded.lapsed, policy = excluded.policy, available = excluded.available,
           own_requested = excluded.own_requested, own_committed = excluded.own_committed, own_delivered = excluded.own_delivered,
           own_expended = excluded.own_expended, requested = excluded.requested, committed = excluded.committed,
           delivered = excluded.delivered, expended = excluded.expended, funded_below = excluded.funded_below",
        rows.collect(),
    )
}
