//! SQLite's log of writes: it is carried into the database beside the writers, also after somebody looked at an old moment for long, and
//! begins anew. What was written is there throughout. And what SQLite is built with (`.cargo/config.toml`).

use std::time::Duration;

use hookline::store::Store;

/// Pages of the log, and those of them that are in the database already.
async fn log(store: &Store) -> (i64, i64) {
    let mut tx = store.read().await.expect("a reader");
    let row = tx.sql("PRAGMA wal_checkpoint(NOOP)").first().await.expect("an answer").expect("a row");
    (row.int("log").expect("pages"), row.int("checkpointed").expect("pages"))
}

/// Of a row: some 250 pages, or one.
const LARGE: usize = 1 << 20;
const SMALL: usize = 1;

async fn write(store: &Store, number: usize, size: usize) {
    let mut tx = store.begin().await.expect("a writer");
    let put = tx.sql("INSERT INTO setting (name, value) VALUES ($1, $2)");
    put.bind(format!("row-{number:04}")).bind("x".repeat(size)).run().await.expect("a row");
    tx.commit().await.expect("a commit");
}

async fn rows(store: &Store) -> i64 {
    let mut tx = store.read().await.expect("a reader");
    let row = tx.sql("SELECT count(*) AS n FROM setting WHERE name LIKE 'row-%'").first().await.expect("an answer");
    row.expect("a row").int("n").expect("a number")
}

/// Waits until the log begins anew with a commit; fails after a minute.
async fn begins_anew(store: &Store, next: &mut usize) {
    for _ in 0..300 {
        write(store, *next, SMALL).await;
        *next += 1;
        if log(store).await.0 < 4000 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("the log of writes goes on and on: {:?}", log(store).await);
}

#[tokio::test]
async fn the_log_of_writes_is_carried_over_beside_the_writers() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), None).await.expect("a store");
    store.migrate().await.expect("a schema");
    let mut next = 0;
    // More than may wait, and less than makes a commit carry it over itself.
    for _ in 0..40 {
        write(&store, next, LARGE).await;
        next += 1;
    }
    begins_anew(&store, &mut next).await;
    let mut old = store.view().await.expect("a view");
    let seen = old.sql("SELECT count(*) AS n FROM setting").first().await.expect("an answer").expect("a row").int("n").expect("a number");
    for _ in 0..40 {
        write(&store, next, LARGE).await;
        next += 1;
    }
    let still = old.sql("SELECT count(*) AS n FROM setting").first().await.expect("an answer").expect("a row").int("n").expect("a number");
    assert_eq!(still, seen, "a view is of one moment");
    drop(old);
    begins_anew(&store, &mut next).await;
    assert_eq!(rows(&store).await, i64::try_from(next).expect("a number"));
    store.close().await;
    let again = Store::open(folder.path(), None).await.expect("a store");
    assert_eq!(rows(&again).await, i64::try_from(next).expect("a number"));
    assert!(!folder.path().join("hookline.sqlite-wal").metadata().is_ok_and(|file| file.len() > 0), "closing takes the log away");
    again.close().await;
}

/// Where nobody pauses it may become long, and ends all the same.
#[tokio::test]
async fn the_log_of_writes_begins_anew_while_nobody_pauses() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), None).await.expect("a store");
    store.migrate().await.expect("a schema");
    let mut before = 0;
    for letter in ('a'..='z').cycle().take(2000) {
        let mut tx = store.begin().await.expect("a writer");
        let put = tx.sql("INSERT INTO setting (name, value) VALUES ('row', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value");
        put.bind(letter.to_string().repeat(LARGE)).run().await.expect("a row");
        tx.commit().await.expect("a commit");
        let length = log(&store).await.0;
        assert!(length < 131_072, "no commit carries it over itself: {length}");
        if length < before {
            return store.close().await;
        }
        before = length;
    }
    panic!("the log of writes goes on and on: {before}");
}

/// Statistics of its memory stand under one lock for all connections, so that a long reading of one would hold up the commits of another.
#[tokio::test]
async fn no_connection_waits_for_the_statistics_of_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), None).await.expect("a store");
    let mut tx = store.read().await.expect("a reader");
    let rows = tx.sql("PRAGMA compile_options").all().await.expect("an answer");
    let options: Vec<String> = rows.iter().map(|row| row.text("compile_options").expect("a text")).collect();
    for option in ["DEFAULT_MEMSTATUS=0", "DISABLE_PAGECACHE_OVERFLOW_STATS"] {
        assert!(options.iter().any(|built| built == option), "{option} is not among {options:?}");
    }
}
