//! Plays scenario files through the real commands on a throw-away database (budgets-and-orders, chapter 17): each case for a buyer of its
//! own, `parallel` really at once over callers of two bookkeepers. Afterwards the books are proven. Never touches an installation.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::bookkeeper::Bookkeepers;
use super::bookkeeping::{self, Answer as Kept, Booking, Done};
use super::verifying;
use crate::clock::Clock;
use crate::domain::books::command::Command;
use crate::domain::books::{Books, BudgetPeriod};
use crate::domain::name::Language;
use crate::error::{Error, Result};
use crate::store::organisation::Organisation;
use crate::store::{self, Store};
use crate::wire::ledger;
use crate::wire::scenario::judging::{Answer, compare, judge};
use crate::wire::scenario::{Case, Step, What};

/// Bookkeepers that keep the books of one buyer beside each other, as those of two gateways do.
const BOOKKEEPERS: usize = 2;
/// How often the figures that must always hold are looked at while commands run at once.
const LOOK: Duration = Duration::from_millis(2);

/// Where scenarios are played.
pub struct Stage {
    store: Store,
    bookkeepers: Vec<Bookkeepers>,
}

/// What a case expected otherwise, or nothing.
pub type Difference = Option<String>;

impl Stage {
    /// On an empty store that is migrated here.
    pub async fn on(store: Store) -> Result<Arc<Stage>> {
        store.migrate().await?;
        let clock = Clock::system();
        let bookkeepers = (0..BOOKKEEPERS).map(|_| Bookkeepers::start(store.clone(), clock.clone())).collect::<Result<_>>()?;
        Ok(Arc::new(Stage { store, bookkeepers }))
    }

    /// Plays a case for a buyer that is made for it. An error is ours; a difference is the case's.
    pub async fn play(self: &Arc<Stage>, case: &Case, tenant: &str) -> Result<Difference> {
        self.found(tenant).await?;
        let mut opening = vec![Command::SetSettings { settings: case.settings.clone() }];
        opening.extend(case.setup.iter().cloned());
        for command in opening {
            let answer = self.send(0, tenant, command, None, false).await?;
            if let Err(refusal) = answer.outcome {
                return Ok(Some(format!("setup: {refusal}")));
            }
        }
        for (at, step) in (1..).zip(&case.steps) {
            if let Err(difference) = self.step(tenant, step).await? {
                return Ok(Some(format!("event {at}: {difference}")));
            }
        }
        self.judge_end(case, tenant).await
    }

    async fn found(&self, tenant: &str) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let buyer = Organisation {
            id: tenant.to_string(),
            kind: "buyer".to_string(),
            name: tenant.to_string(),
            language: Language::default(),
            currency: "EUR".to_string(),
            settings: "{}".to_string(),
        };
        store::organisation::upsert(&mut tx, &buyer).await?;
        tx.commit().await
    }

    async fn books(&self, tenant: &str) -> Result<Books> {
        bookkeeping::frame(&mut self.store.view().await?, tenant, &mut ledger::Reader::default()).await
    }

    async fn send(&self, caller: usize, tenant: &str, command: Command, key: Option<String>, preview: bool) -> Result<Answer> {
        let booking = Booking { preview, ..Booking::of("rehearsal", command, key) };
        let done = self.bookkeepers[caller % self.bookkeepers.len()].book(tenant, booking).await?;
        let again = |kept: &Kept| {
            let mut reader = ledger::Reader::default();
            let read = if kept.status < 300 { reader.entry(&kept.body).map(Ok) } else { reader.refusal(&kept.body).map(Err) };
            read.map_err(Error::internal)
        };
        Ok(match done {
            Done::Decided { outcome, .. } => Answer { outcome: *outcome, replayed: false, conflict: false },
            Done::Repeated { answer, .. } => Answer { outcome: again(&answer)?, replayed: true, conflict: false },
            Done::OtherContent { .. } => Answer { outcome: Ok(Default::default()), replayed: false, conflict: true },
        })
    }

    async fn step(self: &Arc<Stage>, tenant: &str, step: &Step) -> Result<std::result::Result<(), String>> {
        let judged = match &step.what {
            What::One { command, key, preview } => {
                let before = if *preview { Some(self.books(tenant).await?) } else { None };
                let answer = self.send(0, tenant, command.clone(), key.clone(), *preview).await?;
                let changed = match before {
                    Some(before) => before != self.books(tenant).await?,
                    None => false,
                };
                if changed { Err("a preview changed the books".to_string()) } else { judge(&step.expect, &answer) }
            }
            What::Parallel { commands, always } => self.at_once(tenant, commands, always, step.expect.tally.as_ref()).await?,
        };
        let books = self.books(tenant).await?;
        Ok(judged.and_then(|()| compare(&books, &step.balances)))
    }

    /// Sends all commands at the same time, each by a caller of its own, and looks at what must always hold meanwhile.
    async fn at_once(
        self: &Arc<Stage>,
        tenant: &str,
        commands: &[Command],
        always: &BTreeMap<BudgetPeriod, i64>,
        expected: Option<&BTreeMap<String, usize>>,
    ) -> Result<std::result::Result<(), String>> {
        let start = Arc::new(tokio::sync::Barrier::new(commands.len()));
        let mut callers = tokio::task::JoinSet::new();
        for (caller, command) in commands.iter().cloned().enumerate() {
            let (stage, tenant, start) = (self.clone(), tenant.to_string(), start.clone());
            callers.spawn(async move {
                start.wait().await;
                stage.send(caller, &tenant, command, None, false).await
            });
        }
        let mut tally: BTreeMap<String, usize> = BTreeMap::new();
        let mut broken = None;
        while !callers.is_empty() {
            tokio::select! {
                Some(answer) = callers.join_next() => {
                    let answer = answer.map_err(Error::internal)??;
                    *tally.entry(answer.result().to_string()).or_default() += 1;
                }
                () = tokio::time::sleep(LOOK) => broken = broken.or(self.too_low(tenant, always).await?),
            }
        }
        broken = broken.or(self.too_low(tenant, always).await?);
        Ok(match broken {
            Some(broken) => Err(broken),
            None if expected.is_some_and(|expected| *expected != tally) => Err(format!("answers {tally:?}, expected {:?}", expected)),
            None => Ok(()),
        })
    }

    async fn too_low(&self, tenant: &str, always: &BTreeMap<BudgetPeriod, i64>) -> Result<Option<String>> {
        if always.is_empty() {
            return Ok(None);
        }
        let books = self.books(tenant).await?;
        Ok(always.iter().find_map(|(at, least)| {
            let available = books.standing(at).map_or(0, |standing| standing.reported_available());
            (available < *least).then(|| format!("{at} had {available} available, never less than {least}"))
        }))
    }

    /// What must be found at the end, and that the journal proves it.
    async fn judge_end(&self, case: &Case, tenant: &str) -> Result<Difference> {
        let books = self.books(tenant).await?;
        let end = compare(&books, &case.balances).err().map(|difference| format!("at the end: {difference}"));
        let none_fits = !case.one_of.is_empty() && case.one_of.iter().all(|outcome| compare(&books, outcome).is_err());
        let end = end.or_else(|| none_fits.then(|| "at the end: none of the outcomes that are allowed".to_string()));
        let reports = verifying::verify(&self.store, Some(tenant)).await?;
        let wrong = reports.into_iter().flat_map(|report| report.wrong).next();
        Ok(end.or_else(|| wrong.map(|wrong| format!("not proven: {wrong}"))))
    }

    /// The store, to be closed and taken away.
    pub fn store(&self) -> &Store {
        &self.store
    }
}
