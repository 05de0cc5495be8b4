//! What a unit of work promises on either engine: all of it or nothing, also when it is refused at the end, given up, or cancelled while the
//! database works on it; and that one after it is not disturbed.

use std::time::Duration;

use hookline::error::Error;
use hookline::store::{Bulk, Store};

use crate::on_both_engines;
use crate::support::Engine;
use crate::support::postgres::Database;

on_both_engines! {
    a_row_that_is_missing_refuses_everything,
    nothing_is_asked_behind_what_is_written_last,
    only_what_was_changed_is_counted,
    what_is_given_up_or_cancelled_leaves_nothing,
}

fn put(names: &[&str]) -> Bulk {
    Bulk::insert("setting", &["name", "value"], "", names.iter().map(|name| vec![(*name).into(), "first".into()]).collect())
}

fn change(names: &[&str]) -> Bulk {
    let rows = names.iter().map(|name| vec![(*name).into(), "second".into()]).collect();
    Bulk::over("UPDATE setting SET value = v.column2 FROM (", 2, ") AS v WHERE setting.name = v.column1", rows)
}

/// Names and values of what is there.
async fn all(store: &Store) -> Vec<(String, String)> {
    let mut tx = store.read().await.expect("a reader");
    let rows = tx.sql("SELECT name, value FROM setting WHERE name LIKE 't-%' ORDER BY name").all().await.expect("rows");
    rows.iter().map(|row| (row.text("name").expect("a name"), row.text("value").expect("a value"))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect()
}

/// An empty store, and what must outlive it.
async fn fresh(engine: Engine) -> (Store, tempfile::TempDir, Option<Database>) {
    let folder = tempfile::tempdir().expect("a folder");
    let database = if engine == Engine::Postgres { Some(Database::create().await) } else { None };
    let url = database.as_ref().map(Database::url);
    let store = Store::open(folder.path(), url.as_deref()).await.expect("a store");
    store.migrate().await.expect("a schema");
    (store, folder, database)
}

async fn a_row_that_is_missing_refuses_everything(engine: Engine) {
    let (store, _folder, _database) = fresh(engine).await;
    let mut tx = store.begin().await.expect("a writer");
    tx.write_last(vec![put(&["t-a", "t-b", "t-c"])]);
    tx.commit().await.expect("a commit");

    // At the end, and in the middle; what stands before it and after it is not there either.
    for at_the_end in [true, false] {
        let mut tx = store.begin().await.expect("a writer");
        let bulks = vec![put(&["t-d"]), change(&["t-a", "t-missing", "t-b"]).surely(), put(&["t-e"])];
        let outcome = if at_the_end {
            tx.write_last(bulks);
            tx.commit().await
        } else {
            tx.each(bulks).await.map(drop)
        };
        assert!(matches!(outcome, Err(Error::Conflict(_))), "{outcome:?}");
        assert_eq!(all(&store).await, pairs(&[("t-a", "first"), ("t-b", "first"), ("t-c", "first")]));
    }
    // With all there, and with none asked for, it is done.
    let mut tx = store.begin().await.expect("a writer");
    tx.write_last(vec![change(&["t-a", "t-b"]).surely(), change(&[]).surely(), put(&["t-d"])]);
    tx.commit().await.expect("a commit");
    assert_eq!(all(&store).await, pairs(&[("t-a", "second"), ("t-b", "second"), ("t-c", "first"), ("t-d", "first")]));
    store.close().await;
}

/// It would not see what is to be written.
async fn nothing_is_asked_behind_what_is_written_last(engine: Engine) {
    let (store, _folder, _database) = fresh(engine).await;
    let mut tx = store.begin().await.expect("a writer");
    assert_eq!(tx.write(vec![put(&["t-a"])]).await.expect("written"), 1);
    tx.write_last(vec![put(&["t-b"])]);
    assert!(tx.write(vec![put(&["t-c"])]).await.is_err());
    assert!(tx.sql("SELECT name FROM setting").all().await.is_err());
    drop(tx);
    assert_eq!(all(&store).await, Vec::new());
    store.close().await;
}

async fn only_what_was_changed_is_counted(engine: Engine) {
    let (store, _folder, _database) = fresh(engine).await;
    let names: Vec<String> = (0..700).map(|number| format!("t-{number:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut tx = store.begin().await.expect("a writer");
    assert_eq!(tx.write(vec![put(&names)]).await.expect("written"), 700);
    tx.commit().await.expect("a commit");
    // The first of a transaction, several together, and one that changes nothing after one that changed much.
    let mut tx = store.begin().await.expect("a writer");
    assert_eq!(tx.write(vec![change(&["t-missing"])]).await.expect("written"), 0);
    let done = tx.each(vec![change(&names), change(&["t-missing"]), change(&["t-001", "t-002"]).surely(), put(&["t-x"])]).await.expect("written");
    assert_eq!(done.iter().map(|done| done.touched).collect::<Vec<_>>(), [700, 0, 2, 1]);
    assert_eq!(tx.sql("UPDATE setting SET value = 'third' WHERE name = 't-missing'").run().await.expect("written"), 0);
    assert_eq!(tx.sql("UPDATE setting SET value = 'third' WHERE name = 't-003'").run().await.expect("written"), 1);
    tx.commit().await.expect("a commit");
    let there = all(&store).await;
    assert_eq!((there.len(), there[3].1.as_str(), there[4].1.as_str()), (701, "third", "second"));
    store.close().await;
}

async fn what_is_given_up_or_cancelled_leaves_nothing(engine: Engine) {
    let (store, _folder, _database) = fresh(engine).await;
    let mut kept = 0;
    for round in 0..60u64 {
        let names = [format!("t-{round:02}-a"), format!("t-{round:02}-b")];
        let names = [names[0].as_str(), names[1].as_str()];
        let mut tx = store.begin().await.expect("a writer");
        match round % 4 {
            // Begun and dropped at once; written and dropped; said for the end and dropped.
            0 => {}
            1 => drop(tx.write(vec![put(&names)]).await.expect("written")),
            2 => tx.write_last(vec![put(&names)]),
            // Cancelled while it is written and committed: there is all of it or nothing.
            _ => {
                tx.write(vec![put(&names[..1])]).await.expect("written");
                tx.write_last(vec![put(&names[1..])]);
                let in_time = tokio::time::timeout(Duration::from_micros(round * 10), tx.commit()).await;
                let there = all(&store).await.iter().filter(|(name, _)| names.contains(&name.as_str())).count();
                // Who was cancelled may still be about to be committed, or undone.
                assert!(matches!((in_time.is_ok(), there), (true, 2) | (false, 0 | 2)), "round {round}: {there}");
                kept += usize::from(in_time.is_ok());
                continue;
            }
        }
        drop(tx);
    }
    // Nothing of it stands in the way, and nothing is half there.
    let mut tx = store.begin().await.expect("a writer");
    tx.write_last(vec![put(&["t-last"])]);
    tx.commit().await.expect("a commit");
    let there = all(&store).await;
    assert!(there.iter().any(|(name, _)| name == "t-last"));
    assert!(there.len() % 2 == 1 && there.len() > 2 * kept, "{there:?}");
    store.close().await;
}
