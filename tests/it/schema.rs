//! The two schemas are one schema, and every buyer table, unique key and foreign key begins with the tenant (design, section 9).
//! It reads the migrations through real databases; nothing of the expectation is taken from the product.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::Engine;
use crate::support::gateway::Gateway;

/// Tables that hold no buyer's data: they may be the same on every node.
const REFERENCE: &[&str] = &[
    "organisation",
    "connection",
    "sign_in",
    "setting",
    "signing_key",
    "revoked_token",
    "catalogue",
    "article",
    "article_picture",
    "price",
    "invoice_run",
    "_sqlx_migrations",
];

/// Column → (kind, may be null).
type Columns = BTreeMap<String, (String, bool)>;

#[derive(Debug, Default, PartialEq)]
struct Table {
    columns: Columns,
    /// Column lists of the primary key and of unique indexes.
    unique: BTreeSet<Vec<String>>,
    /// Column lists of foreign keys, with the table they lead to.
    foreign: BTreeSet<(Vec<String>, String)>,
    indexes: BTreeSet<Vec<String>>,
}

async fn sqlite() -> BTreeMap<String, Table> {
    let gateway = Gateway::start(Engine::Sqlite).await;
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    let columns = "SELECT m.name AS t, p.name AS c, p.type AS k, p.\"notnull\" AS n, p.pk AS pk FROM sqlite_schema m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' ORDER BY m.name, p.pk";
    for row in tx.sql(columns).all().await.expect("columns") {
        let (table, column) = (row.text("t").expect("t"), row.text("c").expect("c"));
        let table = tables.entry(table).or_default();
        table.columns.insert(column, (row.text("k").expect("k"), row.int("n").expect("n") == 0 && row.int("pk").expect("pk") == 0));
    }
    let keys = "SELECT m.name AS t, p.name AS c FROM sqlite_schema m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND p.pk > 0 ORDER BY m.name, p.pk";
    let mut primary: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in tx.sql(keys).all().await.expect("keys") {
        primary.entry(row.text("t").expect("t")).or_default().push(row.text("c").expect("c"));
    }
    for (table, columns) in primary {
        tables.entry(table).or_default().unique.insert(columns);
    }
    let indexes = "SELECT m.name AS t, i.name AS i, i.\"unique\" AS u, c.name AS c FROM sqlite_schema m JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) c
                   WHERE m.type = 'table' AND i.origin <> 'pk' ORDER BY m.name, i.name, c.seqno";
    let mut found: BTreeMap<(String, String, bool), Vec<String>> = BTreeMap::new();
    for row in tx.sql(indexes).all().await.expect("indexes") {
        let key = (row.text("t").expect("t"), row.text("i").expect("i"), row.flag("u").expect("u"));
        found.entry(key).or_default().push(row.text("c").expect("c"));
    }
    for ((table, _, unique), columns) in found {
        let table = tables.entry(table).or_default();
        if unique {
            table.unique.insert(columns)
        } else {
            table.indexes.insert(columns)
        };
    }
    let foreign = "SELECT m.name AS t, f.id AS i, f.\"table\" AS r, f.\"from\" AS c FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq";
    let mut found: BTreeMap<(String, i64, String), Vec<String>> = BTreeMap::new();
    for row in tx.sql(foreign).all().await.expect("foreign keys") {
        let key = (row.text("t").expect("t"), row.int("i").expect("i"), row.text("r").expect("r"));
        found.entry(key).or_default().push(row.text("c").expect("c"));
    }
    for ((table, _, to), columns) in found {
        tables.entry(table).or_default().foreign.insert((columns, to));
    }
    drop(tx);
    gateway.stop().await;
    tables.retain(|name, _| !name.starts_with("sqlite_") && !name.starts_with("_sqlx"));
    tables
}

async fn postgres() -> BTreeMap<String, Table> {
    let gateway = Gateway::start(Engine::Postgres).await;
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    let columns = "SELECT CAST(table_name AS TEXT) AS t, CAST(column_name AS TEXT) AS c, CAST(data_type AS TEXT) AS k, CAST(is_nullable AS TEXT) AS n
                   FROM information_schema.columns WHERE table_schema = 'public'";
    for row in tx.sql(columns).all().await.expect("columns") {
        let kind = match row.text("k").expect("k").as_str() {
            "bigint" => "INTEGER".to_string(),
            "text" => "TEXT".to_string(),
            "bytea" => "BLOB".to_string(),
            other => other.to_string(),
        };
        let table = tables.entry(row.text("t").expect("t")).or_default();
        table.columns.insert(row.text("c").expect("c"), (kind, row.text("n").expect("n") == "YES"));
    }
    let indexes =
        "SELECT CAST(t.relname AS TEXT) AS t, CAST(i.relname AS TEXT) AS i, CAST(x.indisunique AS INT)::BIGINT AS u, CAST(a.attname AS TEXT) AS c
                   FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
                   JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
                   CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k(attnum, place)
                   JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum ORDER BY t.relname, i.relname, k.place";
    let mut found: BTreeMap<(String, String, bool), Vec<String>> = BTreeMap::new();
    for row in tx.sql(indexes).all().await.expect("indexes") {
        let key = (row.text("t").expect("t"), row.text("i").expect("i"), row.flag("u").expect("u"));
        found.entry(key).or_default().push(row.text("c").expect("c"));
    }
    for ((table, _, unique), columns) in found {
        let table = tables.entry(table).or_default();
        if unique {
            table.unique.insert(columns)
        } else {
            table.indexes.insert(columns)
        };
    }
    let foreign = "SELECT CAST(t.relname AS TEXT) AS t, CAST(f.conname AS TEXT) AS i, CAST(r.relname AS TEXT) AS r, CAST(a.attname AS TEXT) AS c
                   FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid JOIN pg_class r ON r.oid = f.confrelid
                   CROSS JOIN LATERAL unnest(f.conkey) WITH ORDINALITY AS k(attnum, place)
                   JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum WHERE f.contype = 'f' ORDER BY t.relname, f.conname, k.place";
    let mut found: BTreeMap<(String, String, String), Vec<String>> = BTreeMap::new();
    for row in tx.sql(foreign).all().await.expect("foreign keys") {
        let key = (row.text("t").expect("t"), row.text("i").expect("i"), row.text("r").expect("r"));
        found.entry(key).or_default().push(row.text("c").expect("c"));
    }
    for ((table, _, to), columns) in found {
        tables.entry(table).or_default().foreign.insert((columns, to));
    }
    drop(tx);
    gateway.stop().await;
    tables.retain(|name, _| !name.starts_with("_sqlx"));
    tables
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_have_the_same_schema() {
    if !Engine::Postgres.is_here() {
        return;
    }
    let (sqlite, postgres) = (sqlite().await, postgres().await);
    assert_eq!(sqlite.keys().collect::<Vec<_>>(), postgres.keys().collect::<Vec<_>>());
    for (name, table) in &sqlite {
        assert_eq!(Some(table), postgres.get(name), "table {name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_key_of_a_buyer_begins_with_the_tenant() {
    let tables = sqlite().await;
    assert!(tables.len() > 15, "the schema was not read");
    for (name, table) in tables.iter().filter(|(name, _)| !REFERENCE.contains(&name.as_str())) {
        assert!(table.columns.contains_key("tenant"), "{name} has no tenant");
        for key in table.unique.iter().chain(&table.indexes).chain(table.foreign.iter().map(|(key, _)| key)) {
            assert_eq!(key.first().map(String::as_str), Some("tenant"), "a key of {name}: {key:?}");
        }
        let leads_out = table.foreign.iter().find(|(key, to)| key.len() == 1 && !REFERENCE.contains(&to.as_str()) && to != "ledger");
        assert_eq!(leads_out, None, "{name} leads to another table without its tenant");
    }
    for name in REFERENCE.iter().filter(|name| !name.starts_with('_')) {
        assert!(tables.contains_key(*name), "{name} is no table any more");
    }
}
