//! Runs the cXML acceptance cases of the shared data, and of every folder in HOOKLINE_CXML_CASES, against a running gateway. It must never
//! leave out a case, a word or a step in silence.

mod cases;
pub mod documents;
mod judge;
mod play;
pub mod world;

use std::collections::BTreeMap;
use std::path::PathBuf;

use cases::{Case, Folder};

use crate::support::gateway::{Template, operator_toml};
use crate::support::{Engine, shared};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    every_case(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    if Engine::Postgres.is_here() {
        every_case(Engine::Postgres).await;
    }
}

/// The shared folder and those in HOOKLINE_CXML_CASES, separated by colons or commas.
fn folders() -> Vec<PathBuf> {
    let more = std::env::var("HOOKLINE_CXML_CASES").unwrap_or_default();
    let more = more.split([':', ',']).map(str::trim).filter(|p| !p.is_empty()).map(PathBuf::from);
    shared().map(|s| s.join("data/cxml/cases")).into_iter().chain(more).collect()
}

/// Only the cases whose id holds this text, for work on one of them; the run says so.
fn only() -> Option<String> {
    std::env::var("HOOKLINE_CXML_ONLY").ok().filter(|o| !o.is_empty())
}

async fn every_case(engine: Engine) {
    let mut failed = 0;
    for path in folders() {
        let folder = cases::read_folder(&path).expect("a folder of cases");
        failed += run_folder(engine, &folder).await;
    }
    assert_eq!(failed, 0, "{failed} cases failed");
}

async fn run_folder(engine: Engine, folder: &Folder) -> usize {
    println!("\n{} on {engine:?}", folder.path.display());
    let toml = format!("{}\n{}", world::apply_file(&folder.world).expect("a world"), operator_toml());
    let template = Template::filled(engine, &toml).await.expect("the world is applied");
    let mut table: BTreeMap<char, [usize; 2]> = BTreeMap::new();
    let only = only();
    let mut skipped = 0;
    for case in &folder.cases {
        if only.as_ref().is_some_and(|only| !case.id.contains(only.as_str())) {
            skipped += 1;
            continue;
        }
        let row = table.entry(case.id.chars().next().unwrap_or('?')).or_default();
        row[0] += 1;
        match judged(engine, &template, folder, case).await {
            Outcome::Passed => {
                row[1] += 1;
                println!("{:<6} ok", case.id);
            }
            Outcome::Failed(why) => println!("{:<6} FAILED {}", case.id, why.join("\n              also: ")),
        }
    }
    let mut failed = 0;
    for (prefix, [of, ok]) in &table {
        println!("{prefix}: {ok} of {of} passed");
        failed += of - ok;
    }
    if skipped > 0 {
        println!("left out: {skipped} cases that HOOKLINE_CXML_ONLY does not name");
    }
    failed
}

enum Outcome {
    Passed,
    Failed(Vec<String>),
}

async fn judged(engine: Engine, template: &Template, folder: &Folder, case: &Case) -> Outcome {
    let unknown = cases::unknown_words(case);
    if !unknown.is_empty() {
        return Outcome::Failed(vec![format!("unknown words {unknown:?}")]);
    }
    let own = match world::given(&folder.world, case) {
        Ok(None) => None,
        Ok(Some(toml)) => Some(Template::filled(engine, &format!("{toml}\n{}", operator_toml())).await.expect("the world of a case is applied")),
        Err(trouble) => return Outcome::Failed(vec![trouble]),
    };
    let gateway = own.as_ref().unwrap_or(template).gateway_with(world::config()).await;
    let differences = play::play(&gateway, folder, case).await;
    gateway.stop().await;
    match differences {
        Ok(differences) if differences.is_empty() => Outcome::Passed,
        Ok(differences) => Outcome::Failed(differences),
        Err(trouble) => Outcome::Failed(vec![trouble]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every case can be read, and every word of it is understood, before anything runs.
    #[test]
    fn no_shared_case_holds_a_word_that_nobody_knows() {
        for path in folders() {
            let folder = cases::read_folder(&path).expect("a folder of cases");
            for case in &folder.cases {
                assert_eq!(cases::unknown_words(case), Vec::<String>::new(), "{}", case.id);
            }
            world::apply_file(&folder.world).expect("an apply file");
        }
    }
}
