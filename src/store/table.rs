//! Tables as the database's own catalogue names them, so that all rows can be read and written without knowing what they mean.
//! For moving an installation only: the trade reads through the files beside this one. Must never hold a list of tables.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::store::engine::{Bulk, Kind, Tx, Value, quoted};

/// Rows of a page at most, and its values where a table is wide: an insert of so many is one statement.
const ROWS_MAX: usize = 500;
const VALUES_MAX: usize = 15_000;

#[derive(Clone, Debug, Default)]
pub struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    /// Places of the primary key's columns, in the key's order.
    pub key: Vec<usize>,
    /// Tables that must have a row before this one may; perhaps itself.
    pub parents: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

impl Table {
    pub fn key_of(&self, row: &[Value]) -> Vec<Value> {
        self.key.iter().filter_map(|at| row.get(*at).cloned()).collect()
    }

    /// Whether rows of the one fit the other; the order of the columns may differ.
    pub fn is_like(&self, other: &Table) -> bool {
        let columns = |table: &Table| -> BTreeMap<String, String> {
            table.columns.iter().map(|column| (column.name.clone(), format!("{:?}", column.kind))).collect()
        };
        let key = |table: &Table| -> Vec<String> { table.key.iter().map(|at| table.columns[*at].name.clone()).collect() };
        columns(self) == columns(other) && key(self) == key(other)
    }

    fn names(&self) -> String {
        self.columns.iter().map(|column| quoted(&column.name)).collect::<Vec<_>>().join(",")
    }

    /// The columns of the key, each compared byte for byte.
    fn ordered_by(&self, byte_order: &str) -> Result<String> {
        if self.key.is_empty() {
            return Err(Error::internal(format!("table {} has no primary key", self.name)));
        }
        let part = |column: &Column| format!("{}{}", quoted(&column.name), if column.kind == Kind::Text { byte_order } else { "" });
        Ok(self.key.iter().map(|at| part(&self.columns[*at])).collect::<Vec<_>>().join(","))
    }
}

/// Every table but the list of migrations, by name.
pub async fn all(tx: &mut Tx) -> Result<Vec<Table>> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    let mut keys: BTreeMap<String, BTreeMap<i64, usize>> = BTreeMap::new();
    for row in tx.catalogue_of_columns().await? {
        let name = row.text("t")?;
        let table = tables.entry(name.clone()).or_insert_with(|| Table { name: name.clone(), ..Table::default() });
        let place = row.int("n")?;
        if place > 0 {
            keys.entry(name).or_default().insert(place, table.columns.len());
        }
        table.columns.push(Column { name: row.text("c")?, kind: Kind::named(row.text("k")?) });
    }
    for row in tx.catalogue_of_parents().await? {
        if let Some(table) = tables.get_mut(&row.text("t")?) {
            table.parents.insert(row.text("r")?);
        }
    }
    for (name, key) in keys {
        if let Some(table) = tables.get_mut(&name) {
            table.key = key.into_values().collect();
        }
    }
    Ok(tables.into_values().collect())
}

pub async fn has_rows(tx: &mut Tx, table: &Table) -> Result<bool> {
    Ok(tx.built(format!("SELECT 1 AS one FROM {} LIMIT 1", quoted(&table.name))).first().await?.is_some())
}

pub async fn count(tx: &mut Tx, table: &Table) -> Result<u64> {
    let row = tx.built(format!("SELECT CAST(COUNT(*) AS BIGINT) AS rows_there FROM {}", quoted(&table.name))).first().await?;
    let rows = row.map(|row| row.int("rows_there")).transpose()?.unwrap_or_default();
    u64::try_from(rows).map_err(Error::internal)
}

/// How many of the next rows go into so many bytes: one at least where there is one, none at the end.
pub async fn fitting(tx: &mut Tx, table: &Table, after: Option<&[Value]>, bytes_max: i64) -> Result<u32> {
    let long = table.columns.iter().filter(|column| column.kind != Kind::Int);
    let sizes = long.map(|column| format!(" + COALESCE(CAST(OCTET_LENGTH({}) AS BIGINT), 0)", quoted(&column.name)));
    let what = format!("CAST(0{} AS BIGINT) AS size", sizes.collect::<String>());
    let rows_max = ROWS_MAX.min(VALUES_MAX / table.columns.len().max(1)).max(1);
    let rows = next(tx, table, &what, after, u32::try_from(rows_max).map_err(Error::internal)?).await?;
    let (mut count, mut bytes) = (0, 0i64);
    for row in rows {
        bytes = bytes.saturating_add(row.int("size")?);
        if count > 0 && bytes > bytes_max {
            break;
        }
        count += 1;
    }
    Ok(count)
}

/// The next rows in the order of the primary key, after one of these key's values.
pub async fn page(tx: &mut Tx, table: &Table, after: Option<&[Value]>, rows: u32) -> Result<Vec<Vec<Value>>> {
    let rows = next(tx, table, &table.names(), after, rows).await?;
    rows.iter().map(|row| table.columns.iter().enumerate().map(|(at, column)| row.value(at, &column.kind)).collect()).collect()
}

async fn next(tx: &mut Tx, table: &Table, what: &str, after: Option<&[Value]>, rows: u32) -> Result<Vec<crate::store::Row>> {
    let order = table.ordered_by(tx.byte_order())?;
    let after = after.unwrap_or_default();
    let marks: Vec<String> = (1..=after.len()).map(|at| format!("${at}")).collect();
    let since = if after.is_empty() { String::new() } else { format!(" WHERE ({order}) > ({})", marks.join(",")) };
    let text = format!("SELECT {what} FROM {}{since} ORDER BY {order} LIMIT ${}", quoted(&table.name), after.len() + 1);
    let statement = after.iter().fold(tx.built(text), |statement, value| statement.bind(value.clone()));
    statement.bind(rows).all().await
}

/// Gives how many were written.
pub async fn insert(tx: &mut Tx, table: &Table, rows: Vec<Vec<Value>>) -> Result<u64> {
    let head = format!("INSERT INTO {} ({}) ", quoted(&table.name), table.names());
    tx.write(vec![Bulk::built(head, table.columns.len(), rows)]).await
}
