//! The schema: its steps for either database, and the questions about it that the two are asked in their own ways.
//! Never runs a step; a step that was released is never edited.

/// Steps of the schema, in order; pairs of equal name, forward only, never edited once released.
pub(super) const MIGRATIONS: &[(i64, &str, &str, &str)] = &[
    (
        1,
        "foundation",
        include_str!("../../../migrations/sqlite/0001_foundation.sql"),
        include_str!("../../../migrations/postgres/0001_foundation.sql"),
    ),
    (2, "jobs", include_str!("../../../migrations/sqlite/0002_jobs.sql"), include_str!("../../../migrations/postgres/0002_jobs.sql")),
    (
        3,
        "coding and pictures",
        include_str!("../../../migrations/sqlite/0003_coding_and_pictures.sql"),
        include_str!("../../../migrations/postgres/0003_coding_and_pictures.sql"),
    ),
    (4, "books", include_str!("../../../migrations/sqlite/0004_books.sql"), include_str!("../../../migrations/postgres/0004_books.sql")),
    (5, "snapshots", include_str!("../../../migrations/sqlite/0005_snapshots.sql"), include_str!("../../../migrations/postgres/0005_snapshots.sql")),
    (6, "rights", include_str!("../../../migrations/sqlite/0006_rights.sql"), include_str!("../../../migrations/postgres/0006_rights.sql")),
    (
        7,
        "held invoices",
        include_str!("../../../migrations/sqlite/0007_held_invoices.sql"),
        include_str!("../../../migrations/postgres/0007_held_invoices.sql"),
    ),
    (
        8,
        "supplier invoices",
        include_str!("../../../migrations/sqlite/0008_supplier_invoices.sql"),
        include_str!("../../../migrations/postgres/0008_supplier_invoices.sql"),
    ),
    (
        9,
        "documents of orders",
        include_str!("../../../migrations/sqlite/0009_documents_of_orders.sql"),
        include_str!("../../../migrations/postgres/0009_documents_of_orders.sql"),
    ),
    (10, "invoicing", include_str!("../../../migrations/sqlite/0010_invoicing.sql"), include_str!("../../../migrations/postgres/0010_invoicing.sql")),
    (12, "desk", include_str!("../../../migrations/sqlite/0012_desk.sql"), include_str!("../../../migrations/postgres/0012_desk.sql")),
    (
        13,
        "deliveries of orders",
        include_str!("../../../migrations/sqlite/0013_deliveries_of_orders.sql"),
        include_str!("../../../migrations/postgres/0013_deliveries_of_orders.sql"),
    ),
    (
        14,
        "edited carts",
        include_str!("../../../migrations/sqlite/0014_edited_carts.sql"),
        include_str!("../../../migrations/postgres/0014_edited_carts.sql"),
    ),
    (15, "papers", include_str!("../../../migrations/sqlite/0015_papers.sql"), include_str!("../../../migrations/postgres/0015_papers.sql")),
    (16, "given up", include_str!("../../../migrations/sqlite/0016_given_up.sql"), include_str!("../../../migrations/postgres/0016_given_up.sql")),
    (
        17,
        "remote carts",
        include_str!("../../../migrations/sqlite/0017_remote_carts.sql"),
        include_str!("../../../migrations/postgres/0017_remote_carts.sql"),
    ),
    (
        18,
        "withdrawn shipments",
        include_str!("../../../migrations/sqlite/0018_withdrawn_shipments.sql"),
        include_str!("../../../migrations/postgres/0018_withdrawn_shipments.sql"),
    ),
    (
        19,
        "messages by kind",
        include_str!("../../../migrations/sqlite/0019_messages_by_kind.sql"),
        include_str!("../../../migrations/postgres/0019_messages_by_kind.sql"),
    ),
];

/// Columns of every table of ours by name and place: table `t`, column `c`, kind `k`, place in the primary key from 1 or 0 `n`.
pub(super) const COLUMNS: (&str, &str) = (
    "SELECT m.name AS t, p.name AS c, p.type AS k, p.pk AS n FROM sqlite_schema m JOIN pragma_table_info(m.name) p
     WHERE m.type = 'table' AND m.name <> '_sqlx_migrations' AND substr(m.name, 1, 7) <> 'sqlite_' ORDER BY m.name, p.cid",
    "SELECT CAST(t.relname AS TEXT) AS t, CAST(a.attname AS TEXT) AS c, CAST(format_type(a.atttypid, a.atttypmod) AS TEXT) AS k,
       CAST(COALESCE((SELECT k.place FROM pg_index x CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k(attnum, place)
         WHERE x.indrelid = t.oid AND x.indisprimary AND k.attnum = a.attnum), 0) AS BIGINT) AS n
     FROM pg_class t JOIN pg_namespace s ON s.oid = t.relnamespace AND s.nspname = current_schema()
       JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE t.relkind IN ('r', 'p') AND NOT t.relispartition AND t.relname <> '_sqlx_migrations' ORDER BY t.relname, a.attnum",
);
/// Foreign keys: a row of table `t` needs one of table `r`.
pub(super) const PARENTS: (&str, &str) = (
    "SELECT DISTINCT m.name AS t, f.\"table\" AS r FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'",
    "SELECT DISTINCT CAST(t.relname AS TEXT) AS t, CAST(r.relname AS TEXT) AS r FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid
       JOIN pg_class r ON r.oid = f.confrelid JOIN pg_namespace s ON s.oid = t.relnamespace AND s.nspname = current_schema() WHERE f.contype = 'f'",
);

/// How the schema that is there stands to this program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    Current,
    /// `migrate` brings it up to date.
    Behind,
    /// Another version of the program made it.
    Other,
}
