//! What the bookkeeper writes beside the journal for those who ask later, and how the past is read from it: the books as they stood at a
//! moment are the last snapshot before it and the entries since, never a replay of everything. Books nothing; a snapshot that is lost costs
//! time and no truth.

use std::collections::BTreeMap;

use crate::domain::books::command::Command;
use crate::domain::books::entry::{Account, Entry, Fact, RowName};
use crate::domain::books::{Books, BudgetPeriod, Places};
use crate::domain::finding::{Code, Finding};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::store::snapshot::Snapshot;
use crate::store::{self, Tx, journal};
use crate::wire::ledger::{self, Reader};

/// A snapshot after so many entries, or after as many as there are budget periods, if those are more: so an entry never costs more than one
/// of them.
pub const EVERY: usize = 1000;
const PAGE: u32 = 500;
/// Entries that are taken back one by one for what each order held at a moment.
const BACK_MAX: usize = 200_000;

/// Topics of [`store::mention`].
pub const OVER: &str = "over";
pub const CALLED_OFF: &str = "called-off";

pub fn funding_topic(at: &BudgetPeriod) -> String {
    format!("funding/{at}")
}

pub fn expended_topic(at: &BudgetPeriod) -> String {
    format!("expended/{at}")
}

/// As the journal names an order, for entries whose subject is another.
pub fn order_topic(order: &str) -> String {
    format!("order/{order}")
}

/// What an entry is about beside its subject.
pub fn mentions(sequence: i64, subject: &str, command: Option<&Command>, entry: &Entry) -> Vec<(String, i64)> {
    let of_fact = |fact: &Fact| match fact {
        Fact::Funding { at, .. } => Some(funding_topic(at)),
        Fact::Line { order, .. } | Fact::Order { number: order, .. } => Some(order_topic(order)).filter(|topic| topic != subject),
        Fact::Settings(_) | Fact::Period(_) | Fact::Budget(_) | Fact::Policy { .. } | Fact::Funded { .. } | Fact::Invoice(_) => None,
    };
    let mut topics: Vec<String> = entry.facts.iter().filter_map(of_fact).collect();
    topics.extend(entry.legs.iter().filter(|leg| leg.account == Account::Expended).map(|leg| expended_topic(&leg.at())));
    topics.extend((!entry.over.is_empty() && !entry.needs_approval).then(|| OVER.to_string()));
    topics.extend(matches!(command, Some(Command::Shrink(_))).then(|| CALLED_OFF.to_string()));
    topics.sort();
    topics.dedup();
    topics.into_iter().map(|topic| (topic, sequence)).collect()
}

/// A snapshot, when entries before and up to the head passed the place of one.
pub fn snapshot(books: &Books, every: usize, written: usize, head: i64, at: Timestamp) -> Option<Snapshot> {
    let every = i64::try_from(every.max(books.standings.len()).max(1)).unwrap_or(i64::MAX);
    let before = head.saturating_sub(i64::try_from(written).unwrap_or(i64::MAX));
    let is_due = before / every != head / every;
    is_due.then(|| Snapshot { sequence: head, at, body: ledger::write_entry(&books.opening()) })
}

/// The books as they stood at a moment, without orders and invoices, and the number of the last entry by then.
pub async fn books(tx: &mut Tx, tenant: &str, at: Timestamp, reader: &mut Reader) -> Result<(Books, i64)> {
    let mut books = Books::default();
    let mut after = 0;
    if let Some(snapshot) = store::snapshot::by_moment(tx, tenant, at).await? {
        books.apply(&reader.entry(&snapshot.body).map_err(Error::internal)?);
        after = snapshot.sequence;
    }
    loop {
        let page = journal::after(tx, tenant, after, PAGE).await?;
        if page.is_empty() {
            return Ok((books, after));
        }
        for kept in &page {
            if kept.at > at {
                return Ok((books, after));
            }
            after = kept.sequence;
            if !kept.posting.is_empty() {
                let mut entry = reader.entry(&kept.posting).map_err(Error::internal)?;
                entry.facts.retain(|fact| !matches!(fact, Fact::Order { .. } | Fact::Line { .. } | Fact::Invoice(_)));
                books.apply(&entry);
            }
        }
    }
}

/// What came to each row of an order, and to budgets without an order, after a moment: what stands now less this is what stood then.
pub type Since = BTreeMap<(Option<RowName>, BudgetPeriod), Places>;

pub async fn since(tx: &mut Tx, tenant: &str, at: Timestamp, reader: &mut Reader) -> Result<Since> {
    let mut since = Since::new();
    let mut after = store::snapshot::by_moment(tx, tenant, at).await?.map_or(0, |snapshot| snapshot.sequence);
    let mut read = 0usize;
    loop {
        let page = journal::after(tx, tenant, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(since) };
        after = last.sequence;
        read += page.len();
        if read > BACK_MAX {
            return Err(Finding::error(Code::TooMany, "at").limit(BACK_MAX).into());
        }
        for kept in page.iter().filter(|kept| kept.at > at && !kept.posting.is_empty()) {
            let entry = reader.entry(&kept.posting).map_err(Error::internal)?;
            for leg in &entry.legs {
                if matches!(leg.account, Account::Requested | Account::Committed | Account::Delivered | Account::Expended) {
                    since.entry((leg.row.clone(), leg.at())).or_default().add(leg.account, leg.amount);
                }
            }
        }
    }
}
