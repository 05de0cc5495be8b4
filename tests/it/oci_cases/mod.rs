//! Runs the OCI acceptance cases of the shared data, and of every folder in HOOKLINE_OCI_CASES, against a running gateway.
//! It must never leave out a case, a word or a step in silence.

mod browse;
mod cases;
mod fixtures;
mod form;
mod judge;
mod observed;
pub mod outbound;
mod play;
mod steps;
mod words;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use cases::{Case, Folder};
use judge::{Judge, Verdict};
use observed::{Observed, Visit};

use crate::support::gateway::{Template, operator_toml};
use crate::support::html::squeeze;
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

/// The shared folder and those in HOOKLINE_OCI_CASES, separated by colons or commas.
fn folders() -> Vec<PathBuf> {
    let more = std::env::var("HOOKLINE_OCI_CASES").unwrap_or_default();
    let more = more.split([':', ',']).map(str::trim).filter(|p| !p.is_empty()).map(PathBuf::from);
    shared().map(|s| s.join("data/oci")).into_iter().chain(more).collect()
}

async fn every_case(engine: Engine) {
    let folders = folders();
    if folders.is_empty() {
        return;
    }
    let folders: Vec<Folder> = folders.iter().map(|p| cases::read_folder(p).expect("a folder of cases")).collect();
    let mut failed = 0;
    for folder in &folders {
        failed += run_folder(engine, folder, &folders).await;
    }
    assert_eq!(failed, 0, "{failed} cases failed");
}

/// Only the cases whose id holds this text, for work on one of them; the run says so.
fn only() -> Option<String> {
    std::env::var("HOOKLINE_OCI_ONLY").ok().filter(|o| !o.is_empty())
}

async fn run_folder(engine: Engine, folder: &Folder, all: &[Folder]) -> usize {
    println!("\n{} on {engine:?}", folder.path.display());
    let toml = format!("{}\n{}", fixtures::apply_file(&folder.fixtures).expect("fixtures"), operator_toml());
    let template = Template::filled(engine, &toml).await.expect("the fixtures are applied");
    let mut run = Run { template, folder, all, pages: HashMap::new() };
    let mut table: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let only = only();
    for case in folder.cases.iter().filter(|c| only.as_ref().is_none_or(|o| c.id.contains(o.as_str()))) {
        let verdict = run.judge(case).await;
        let row = table.entry(case.group.clone()).or_default();
        row.0 += 1;
        row.1 += usize::from(verdict.differences.is_empty());
        print_verdict(case, &verdict);
    }
    print_table(&table, folder.cases.len())
}

fn print_verdict(case: &Case, verdict: &Verdict) {
    match verdict.differences.as_slice() {
        [] => println!("{:<14} {:<16} ok", case.id, case.group),
        [first, more @ ..] => {
            let more = if more.is_empty() { String::new() } else { format!(" (and {} more)", more.len()) };
            println!("{:<14} {:<16} FAILED {first}{more}", case.id, case.group);
            if only().is_some() {
                verdict.differences.iter().skip(1).for_each(|d| println!("               also: {d}"));
            }
        }
    }
    for entry in &verdict.for_a_person {
        println!("               for a person: {entry}");
    }
}

/// Counts per group and in all; returns how many failed.
fn print_table(table: &BTreeMap<String, (usize, usize)>, in_folder: usize) -> usize {
    let (mut played, mut passed) = (0, 0);
    for (group, (of, ok)) in table {
        println!("{group:<20} {ok} of {of}");
        played += of;
        passed += ok;
    }
    println!("{:<20} {passed} of {played}", "total");
    if played < in_folder {
        println!("left out: {} cases that HOOKLINE_OCI_ONLY does not name", in_folder - played);
    }
    played - passed
}

struct Run<'a> {
    template: Template,
    folder: &'a Folder,
    all: &'a [Folder],
    /// What the cases showed, for `same_page_as`.
    pages: HashMap<String, String>,
}

impl Run<'_> {
    async fn judge(&mut self, case: &Case) -> Verdict {
        let unknown = words::unknown(&case.expect);
        if !unknown.is_empty() {
            return failed(format!("unknown word {unknown:?}"));
        }
        let seen = match self.play(case).await {
            Ok(seen) => seen,
            Err(trouble) => return failed(trouble),
        };
        let mut verdict = Judge::of(&seen).judge(&case.expect);
        for other in verdict.same_page_as.clone() {
            if let Err(difference) = self.same_page(&seen, &other).await {
                verdict.differs(format!("same_page_as: {difference}"));
            }
        }
        verdict
    }

    async fn play(&mut self, case: &Case) -> Result<Observed, String> {
        let gateway = self.template.gateway().await;
        let played = play::play(&gateway, self.folder, case).await;
        gateway.stop().await;
        let mut seen = played?;
        if browse::is_wanted(case) {
            let gateway = self.template.gateway().await;
            seen.browser = Some(browse::report(&gateway, self.folder, case).await);
            gateway.stop().await;
        }
        if let Some(visit) = seen.visits.first() {
            self.pages.insert(case.id.clone(), page_text(visit));
        }
        Ok(seen)
    }

    async fn same_page(&mut self, seen: &Observed, other: &str) -> Result<(), String> {
        let own = page_text(seen.visits.first().ok_or("nothing was answered")?);
        if !self.pages.contains_key(other) {
            let case = self.all.iter().flat_map(|f| &f.cases).find(|c| c.id == other);
            let case = case.ok_or_else(|| format!("there is no case {other}"))?.clone();
            Box::pin(self.play(&case)).await?;
        }
        let theirs = self.pages.get(other).ok_or_else(|| format!("{other} showed nothing"))?;
        match own.lines().zip(theirs.lines()).find(|(a, b)| a != b) {
            Some((a, b)) => Err(format!("{a:?}, but {b:?} in {other}")),
            None if own.lines().count() != theirs.lines().count() => Err(format!("more or fewer lines than in {other}")),
            None => Ok(()),
        }
    }
}

fn failed(difference: String) -> Verdict {
    Verdict { differences: vec![difference], ..Verdict::default() }
}

/// Status, headers without dates, and text of the first answer, without nonces.
fn page_text(visit: &Visit) -> String {
    let answer = visit.first();
    let nonce = regex::Regex::new(r#"nonce(?:-|=")[A-Za-z0-9+/_=-]+"#).expect("a pattern written in this file");
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(n, _)| !["date", "x-request-id", "traceparent"].contains(&n.to_ascii_lowercase().as_str()))
        .map(|(n, v)| format!("{}: {}", n.to_ascii_lowercase(), nonce.replace_all(v, "nonce")))
        .collect();
    headers.sort();
    let text = squeeze(&nonce.replace_all(&answer.text(), "nonce"));
    format!("{}\n{}\n{text}", answer.status, headers.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every case can be read, and every word and step of it is understood, before anything runs.
    #[test]
    fn no_shared_case_holds_a_word_or_step_that_nobody_knows() {
        for path in folders() {
            let folder = cases::read_folder(&path).expect("a folder of cases");
            for case in &folder.cases {
                assert_eq!(words::unknown(&case.expect), Vec::<String>::new(), "{}", case.id);
                let names: Vec<String> = case.calls.iter().map(|c| c.name.clone()).collect();
                for step in &case.given.steps {
                    assert!(steps::read(step, &names).is_ok(), "{}: {step}", case.id);
                }
            }
            fixtures::apply_file(&folder.fixtures).expect("an apply file");
        }
    }
}
