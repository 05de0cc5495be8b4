//! Moves an installation from one database into another, empty one: every table of the catalogue, row by row, in one transaction that is
//! committed only when each row there equals the row here (design, section 9). Must never name a table, never change the one it reads
//! from, and never put a value into a message but that of a primary key: any other may be a secret.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use super::verifying;
use crate::error::{Error, Result};
use crate::store::engine::Value;
use crate::store::table::{self, Table};
use crate::store::{Store, Tx};

/// What is held in memory of a page of rows, but for a single row that is longer.
const PAGE_BYTES: i64 = 4 << 20;

/// A table that was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    pub table: String,
    pub rows: u64,
}

/// What comparing a table found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// So many rows on either side, each equal to the other.
    Equal(u64),
    Different(Difference),
}

/// The first difference of a table. It names where, not what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub table: String,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Missing { key: String },
    TooMuch { key: String },
    Column { key: String, column: String },
    Count { here: u64, there: u64, compared: u64 },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { table, what } = self;
        match what {
            What::Missing { key } => write!(f, "table {table}, key {key}: the row is missing"),
            What::TooMuch { key } => write!(f, "table {table}, key {key}: there is no such row in the source"),
            What::Column { key, column } => write!(f, "table {table}, key {key}: column {column} differs"),
            What::Count { here, there, compared } => {
                write!(f, "table {table}: {here} rows in the source, {there} in the target, {compared} compared")
            }
        }
    }
}

/// Copies the installation in the folder to the server at the address, or changes nothing but the schema there.
pub async fn copy(folder: &Path, address: &str) -> Result<Vec<Copied>> {
    Store::must_be_in(folder)?;
    let source = Store::open(folder, None).await?;
    let outcome = match Store::open(folder, Some(address)).await {
        Ok(target) => {
            let outcome = between(&source, &target).await;
            target.close().await;
            outcome
        }
        Err(error) => Err(error),
    };
    source.close().await;
    outcome
}

/// The same between stores that are open.
pub async fn between(source: &Store, target: &Store) -> Result<Vec<Copied>> {
    let _alone = source.be_alone()?;
    source.must_be_current().await?;
    // Before the schema there is touched: it may be somebody's installation, named by mistake.
    let mut there = target.read().await?;
    let tables = table::all(&mut there).await?;
    refuse_filled(&mut there, &tables).await?;
    drop(there);
    target.migrate().await?;
    // Other commands may write beside a reader; what they wrote now would be left behind without a word.
    let still = source.begin().await?;
    let mut from = source.view().await?;
    let mut to = target.begin().await?;
    let tables = fill(&mut from, &mut to).await?;
    let mut copied = Vec::with_capacity(tables.len());
    for table in tables {
        match compare(&mut from, &mut to, &table).await? {
            Verdict::Equal(rows) => copied.push(Copied { table: table.name, rows }),
            Verdict::Different(difference) => return Err(Error::Conflict(format!("the copy differs, nothing of it was kept: {difference}"))),
        }
    }
    for report in verifying::verify_in(&mut to, None).await? {
        if let Some(wrong) = report.wrong.first() {
            return Err(Error::Conflict(format!("the journal of {} is not proven, nothing of the copy was kept: {wrong}", report.tenant)));
        }
    }
    to.commit().await?;
    drop(still);
    copied.sort_by(|a, b| a.table.cmp(&b.table));
    Ok(copied)
}

async fn refuse_filled(to: &mut Tx, tables: &[Table]) -> Result<()> {
    for table in tables {
        if table::has_rows(to, table).await? {
            return Err(Error::Conflict(format!("the target already holds data (in table {}); copy goes into an empty database only", table.name)));
        }
    }
    Ok(())
}

/// Writes every row of the one into the other, which must be empty; gives the tables. Nothing is kept until the target is committed.
pub async fn fill(from: &mut Tx, to: &mut Tx) -> Result<Vec<Table>> {
    to.take_time().await?;
    let there = table::all(to).await?;
    let names: Vec<&str> = there.iter().map(|table| table.name.as_str()).collect();
    to.hold(&names).await?;
    refuse_filled(to, &there).await?;
    let here = table::all(from).await?;
    if let Some(odd) = here.iter().find(|table| !there.iter().any(|other| other.name == table.name && table.is_like(other))) {
        return Err(Error::Conflict(format!("table {} is not the same in the target", odd.name)));
    }
    let (tables, circular) = in_order(here);
    let circular: Vec<&str> = circular.iter().map(String::as_str).collect();
    let postponed = if circular.is_empty() { None } else { Some(to.postpone_keys(&circular).await?) };
    for table in &tables {
        fill_table(from, to, table).await.map_err(|error| of(table, error))?;
    }
    if let Some(postponed) = postponed {
        to.check_keys(postponed).await?;
    }
    Ok(tables)
}

async fn fill_table(from: &mut Tx, to: &mut Tx, table: &Table) -> Result<()> {
    let mut after: Option<Vec<Value>> = None;
    loop {
        let fitting = table::fitting(from, table, after.as_deref(), PAGE_BYTES).await?;
        let rows = if fitting == 0 { Vec::new() } else { table::page(from, table, after.as_deref(), fitting).await? };
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(table.key_of(last));
        table::insert(to, table, rows).await?;
    }
}

/// Names the table in a complaint of a database, which does not.
fn of(table: &Table, error: Error) -> Error {
    match error {
        Error::Conflict(what) => Error::Conflict(format!("table {}: {what}", table.name)),
        Error::Unavailable(what) => Error::Unavailable(format!("table {}: {what}", table.name)),
        Error::Internal(what) => Error::Internal(format!("table {}: {what}", table.name)),
        other => other,
    }
}

/// Parents before their children, by name where nothing else says; and the tables where that cannot be, because they lead to themselves.
fn in_order(mut rest: Vec<Table>) -> (Vec<Table>, Vec<String>) {
    rest.sort_by(|a, b| a.name.cmp(&b.name));
    let (mut ordered, mut circular): (Vec<Table>, Vec<String>) = (Vec::new(), Vec::new());
    let mut waiting: BTreeSet<String> = rest.iter().map(|table| table.name.clone()).collect();
    while !rest.is_empty() {
        let is_free = |table: &Table| table.parents.iter().all(|parent| *parent == table.name || !waiting.contains(parent));
        let free = rest.iter().position(is_free);
        let table = rest.remove(free.unwrap_or(0));
        if free.is_none() || table.parents.contains(&table.name) {
            circular.push(table.name.clone());
        }
        waiting.remove(&table.name);
        ordered.push(table);
    }
    (ordered, circular)
}

/// Reads a table on both sides in the order of its primary key and compares every value.
pub async fn compare(from: &mut Tx, to: &mut Tx, table: &Table) -> Result<Verdict> {
    compare_rows(from, to, table).await.map_err(|error| of(table, error))
}

async fn compare_rows(from: &mut Tx, to: &mut Tx, table: &Table) -> Result<Verdict> {
    let (mut after, mut compared): (Option<Vec<Value>>, u64) = (None, 0);
    loop {
        let fitting = table::fitting(from, table, after.as_deref(), PAGE_BYTES).await?;
        let here = table::page(from, table, after.as_deref(), fitting).await?;
        let there = table::page(to, table, after.as_deref(), fitting.max(1)).await?;
        if let Some(what) = first_difference(table, &here, &there) {
            return Ok(Verdict::Different(Difference { table: table.name.clone(), what }));
        }
        let Some(last) = here.last() else { break };
        compared += here.len() as u64;
        after = Some(table.key_of(last));
    }
    // What the pages passed over on both sides would have looked equal.
    let (here, there) = (table::count(from, table).await?, table::count(to, table).await?);
    if (here, there) == (compared, compared) {
        return Ok(Verdict::Equal(compared));
    }
    Ok(Verdict::Different(Difference { table: table.name.clone(), what: What::Count { here, there, compared } }))
}

fn first_difference(table: &Table, here: &[Vec<Value>], there: &[Vec<Value>]) -> Option<What> {
    for at in 0..here.len().max(there.len()) {
        match (here.get(at), there.get(at)) {
            (Some(is), Some(has)) if is == has => {}
            (Some(is), Some(has)) => return Some(difference_of(table, is, has)),
            (Some(is), None) => return Some(What::Missing { key: shown(&table.key_of(is)) }),
            (None, Some(has)) => return Some(What::TooMuch { key: shown(&table.key_of(has)) }),
            (None, None) => {}
        }
    }
    None
}

fn difference_of(table: &Table, is: &[Value], has: &[Value]) -> What {
    let (key, other) = (table.key_of(is), table.key_of(has));
    match key.cmp(&other) {
        std::cmp::Ordering::Less => What::Missing { key: shown(&key) },
        std::cmp::Ordering::Greater => What::TooMuch { key: shown(&other) },
        std::cmp::Ordering::Equal => {
            let differing = table.columns.iter().zip(is.iter().zip(has)).find(|(_, (is, has))| is != has);
            What::Column { key: shown(&key), column: differing.map(|(column, _)| column.name.clone()).unwrap_or_default() }
        }
    }
}

/// A primary key for a person.
fn shown(key: &[Value]) -> String {
    let part = |value: &Value| match value {
        Value::Int(number) => number.map(|number| number.to_string()),
        Value::Text(text) => text.as_ref().map(|text| format!("{text:?}")),
        Value::Bytes(bytes) => bytes.as_ref().map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
    };
    format!("({})", key.iter().map(|value| part(value).unwrap_or_else(|| "null".into())).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::{Table, in_order};

    fn table(name: &str, parents: &[&str]) -> Table {
        Table { name: name.into(), parents: parents.iter().map(|parent| (*parent).to_string()).collect(), ..Table::default() }
    }

    fn order(tables: &[(&str, &[&str])]) -> (Vec<String>, Vec<String>) {
        let (ordered, circular) = in_order(tables.iter().map(|(name, parents)| table(name, parents)).collect());
        (ordered.into_iter().map(|table| table.name).collect(), circular)
    }

    #[test]
    fn parents_come_before_their_children() {
        let (ordered, circular) = order(&[("a", &["c"]), ("b", &["a"]), ("c", &[]), ("d", &["c", "a"])]);
        assert_eq!((ordered, circular), (["c", "a", "b", "d"].map(String::from).to_vec(), Vec::new()));
    }

    #[test]
    fn a_tree_and_a_circle_are_named_and_everything_is_there() {
        let (ordered, circular) = order(&[("tree", &["root", "tree"]), ("root", &[]), ("x", &["y"]), ("y", &["x"]), ("z", &["y"])]);
        assert_eq!(ordered, ["root", "tree", "x", "y", "z"]);
        assert_eq!(circular, ["tree", "x"]);
    }

    #[test]
    fn a_parent_that_is_no_table_of_ours_holds_nothing_up() {
        assert_eq!(order(&[("a", &["elsewhere"])]).0, ["a"]);
    }
}
