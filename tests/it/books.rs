//! The books, played: every worked example of the reference on the pure state machine, and random histories under all invariants.
//! Expected figures are the reference's; nothing here may be compared with what the books said before.

use std::collections::BTreeMap;

use hookline::domain::books::command::{Allocate, Change, Command, NewLine, Override, Place, Split};
use hookline::domain::books::entry::{Code, Entry};
use hookline::domain::books::position::{Mode, SplitKind, Terms};
use hookline::domain::books::{Books, Budget, BudgetPeriod, Period, Status, proof};
use hookline::wire::scenario::judging::{Answer, compare, judge};
use hookline::wire::scenario::{self, Case, Step, What};

use rust_decimal::Decimal;

use crate::support::shared;

/// Books with the answers given under keys, and every entry to play again.
#[derive(Default)]
struct Player {
    books: Books,
    answers: BTreeMap<String, (Command, Answer)>,
    journal: Vec<Entry>,
}

impl Player {
    fn new(case: &Case) -> Player {
        let mut player = Player { books: Books::new(case.settings.clone()), ..Player::default() };
        for command in &case.setup {
            player.send(command, None, false).outcome.expect("the setup is right");
        }
        player
    }

    fn send(&mut self, command: &Command, key: Option<&str>, preview: bool) -> Answer {
        if let Some((known, answer)) = key.and_then(|key| self.answers.get(key)) {
            return Answer { replayed: known == command, conflict: known != command, ..answer.clone() };
        }
        let outcome = self.books.decide(command);
        if let (Ok(entry), false) = (&outcome, preview) {
            assert_eq!(proof::entry(entry), None, "{command:?}");
            self.books.apply(entry);
            self.journal.push(entry.clone());
            assert_eq!(proof::books(&self.books), Vec::<String>::new(), "after {command:?}");
        }
        let answer = Answer { outcome, replayed: false, conflict: false };
        if let Some(key) = key {
            self.answers.insert(key.to_string(), (command.clone(), answer.clone()));
        }
        answer
    }

    /// I14: the journal played from empty gives the same books.
    fn prove_replay(&self, case: &Case) {
        let mut again = Books::new(case.settings.clone());
        for entry in &self.journal {
            again.apply(entry);
        }
        assert!(again == self.books, "{}: a replay gives other books", case.id);
    }
}

pub fn play(case: &Case) -> Result<(), String> {
    let mut player = Player::new(case);
    for (at, step) in case.steps.iter().enumerate() {
        play_step(&mut player, step).map_err(|difference| format!("{}, event {}: {difference}", case.id, at + 1))?;
    }
    player.prove_replay(case);
    compare(&player.books, &case.balances).map_err(|difference| format!("{}, at the end: {difference}", case.id))
}

fn play_step(player: &mut Player, step: &Step) -> Result<(), String> {
    match &step.what {
        What::One { command, key, preview } => {
            let before = preview.then(|| player.books.clone());
            let answer = player.send(command, key.as_deref(), *preview);
            if before.is_some_and(|before| before != player.books) {
                return Err("a preview changed the books".into());
            }
            judge(&step.expect, &answer)?;
        }
        What::Parallel { commands, always } => {
            let mut tally: BTreeMap<String, usize> = BTreeMap::new();
            for command in commands {
                *tally.entry(player.send(command, None, false).result().to_string()).or_default() += 1;
                for (at, least) in always {
                    let available = player.books.standing(at).map_or(0, |standing| standing.reported_available());
                    if available < *least {
                        return Err(format!("{at} has {available} available, never less than {least}"));
                    }
                }
            }
            if step.expect.tally.as_ref().is_some_and(|expected| *expected != tally) {
                return Err(format!("answers {tally:?}, expected {:?}", step.expect.tally));
            }
        }
    }
    compare(&player.books, &step.balances)
}

/// All 19 examples of chapter 15.
#[test]
fn the_worked_examples_hold() {
    let Some(folder) = shared() else { return };
    let text = std::fs::read(folder.join("reference/budgets-and-orders.examples.json")).expect("the examples");
    let cases = scenario::read(&text).expect("readable");
    let mut wrong = Vec::new();
    for case in &cases {
        match play(case) {
            Ok(()) => println!("{} ok", case.id),
            Err(difference) => wrong.push(difference),
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(cases.len(), 19);
}

/// A line on budgets cannot be taken off all of them: its invoice would be paid by none (chapter 8, I10). Found by a random history.
#[test]
fn a_change_of_split_leaves_a_line_on_some_budget() {
    let mut player = Player::default();
    let at = BudgetPeriod::new("A", "2026");
    let terms = Terms { unit_price: Decimal::TEN, price_unit: Decimal::ONE, discount_percent: Decimal::ZERO, tax_percent: Decimal::ZERO };
    let all_on_a = Split { kind: SplitKind::Percentages, rows: vec![("A".into(), Decimal::ONE_HUNDRED)] };
    let line = NewLine { number: "1".into(), quantity: Decimal::ONE, terms, mode: Mode::Quantity, split: all_on_a, charges: Vec::new() };
    for command in [
        Command::SetPeriod { period: Period { id: "2026".into(), status: Status::Open, ..Period::default() } },
        Command::SetBudget { budget: Budget { code: "A".into(), postable: true, ..Budget::default() } },
        Command::Allocate(Allocate { at, amount: 10_000, passing: Override::No }),
        Command::Place(Place {
            order: "O".into(),
            period: "2026".into(),
            lines: vec![line],
            charges: Vec::new(),
            as_request: false,
            passing: Override::No,
        }),
    ] {
        player.send(&command, None, false).outcome.expect("it is booked");
    }
    let nothing = Split { kind: SplitKind::None, rows: Vec::new() };
    let change = Command::Change(Change {
        order: "O".into(),
        line: "1".into(),
        quantity: None,
        unit_price: None,
        discount_percent: None,
        tax_percent: None,
        split: Some(nothing),
        passing: Override::No,
    });
    let refusal = player.send(&change, None, false).outcome.expect_err("it stays on its budget");
    assert_eq!(refusal.code, Code::SplitNot100);
}

#[test]
fn a_word_that_is_not_known_is_an_error() {
    let file = |event: &str| format!(r#"{{"cases": [{{"id": "X", "setup": {{}}, "events": [{event}]}}]}}"#);
    for event in [
        r#"{"op": "conjure", "budget": "A"}"#,
        r#"{"op": "allocate", "budget": "A", "period": "2026", "amount": 1, "sauce": 2}"#,
        r#"{"op": "allocate", "budget": "A", "period": "2026", "amount": 1, "expect": {"mood": "good"}}"#,
        r#"{"op": "allocate", "budget": "A", "period": "2026", "amount": 1, "balances": {"A@2026": {"wings": 2}}}"#,
        r#"{"op": "parallel", "ops": [{"op": "conjure"}]}"#,
    ] {
        let error = scenario::read(file(event).as_bytes()).expect_err(event);
        assert!(error.starts_with("X: event 1"), "{error}");
    }
}
