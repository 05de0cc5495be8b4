//! The way of a request past those who approve it: by budget, amount and person (chapter 4 "approve" up to an amount; chapter 9). Says who is
//! next and what an approval completes; books nothing. The one who asked never approves, neither in person nor through a substitute.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::books::{Books, Order};
use super::rights::{self, Grant, Right, Who};

/// From this amount of an order on, one of these must approve what is on this budget or below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub budget: Arc<str>,
    pub from_amount: i64,
    pub who: Vec<Who>,
}

/// `by` approves in the place of `person` from a day to a day (ISO 8601, both included).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substitute {
    pub person: String,
    pub by: String,
    pub from: String,
    pub until: String,
}

impl Substitute {
    pub fn holds(&self, today: &str) -> bool {
        *self.from <= *today && *today <= *self.until
    }
}

/// One stop of a request on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Station {
    /// Somebody who may approve the amount on these budgets.
    ByRight { budgets: Vec<Arc<str>> },
    /// One of those a step names.
    Named(Step),
}

impl Station {
    /// What it is called where approvals are kept.
    pub fn key(&self) -> String {
        match self {
            Station::ByRight { .. } => "right".to_string(),
            Station::Named(step) => format!("{} {}", step.from_amount, step.budget),
        }
    }

    /// Budgets whose right will do, or the people and roles that are named.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Station::ByRight { budgets } => budgets.iter().map(|budget| &**budget).collect(),
            Station::Named(step) => step.who.iter().map(Who::name).collect(),
        }
    }

    /// What somebody who takes this station may approve.
    fn grants(&self) -> Vec<Grant> {
        let on = |budget: &Arc<str>| Grant { right: Right::Approve, budget: Some(budget.clone()), with_children: true, up_to: None };
        match self {
            Station::ByRight { budgets } if budgets.is_empty() => vec![Grant::everywhere(Right::Approve)],
            Station::ByRight { budgets } => budgets.iter().map(on).collect(),
            Station::Named(step) => vec![on(&step.budget)],
        }
    }
}

/// An approval that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub station: String,
    /// Who pressed, and in whose place: the same name when in their own.
    pub by: String,
    pub person: String,
    pub at: String,
}

/// What stands beside an order that was asked for. Times are ISO 8601 in UTC, so that they sort.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Sign-in name of the person who asked.
    pub asked_by: String,
    pub asked_at: String,
    /// When it expires if nobody has decided.
    pub until: String,
    pub given: Vec<Given>,
}

/// Somebody whose word may count: the person who is signed in, or one they stand in for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voice {
    pub person: String,
    pub roles: Vec<String>,
    pub grants: Vec<Grant>,
}

/// The stations of an order, in the order in which they are passed.
pub fn route(books: &Books, order: &Order, steps: &[Step]) -> Vec<Station> {
    let amount = rights::amount(order);
    let mut named: BTreeSet<usize> = BTreeSet::new();
    let mut by_right: Vec<Arc<str>> = Vec::new();
    let budgets = rights::budgets_of_order(order);
    for budget in &budgets {
        let concerns = |step: &Step| step.budget == *budget || rights::lies_below(books, budget, &step.budget);
        let applies = |(_, step): &(usize, &Step)| step.from_amount <= amount && concerns(step);
        let own: Vec<usize> = steps.iter().enumerate().filter(applies).map(|(at, _)| at).collect();
        if own.is_empty() {
            by_right.push(budget.clone());
        }
        named.extend(own);
    }
    let first = (!by_right.is_empty() || budgets.is_empty()).then_some(Station::ByRight { budgets: by_right });
    let mut named: Vec<&Step> = named.into_iter().filter_map(|at| steps.get(at)).collect();
    named.sort_by(|a, b| (a.from_amount, &a.budget).cmp(&(b.from_amount, &b.budget)));
    first.into_iter().chain(named.into_iter().cloned().map(Station::Named)).collect()
}

/// The first station nobody has passed.
pub fn next<'r>(route: &'r [Station], given: &[Given]) -> Option<&'r Station> {
    route.iter().find(|station| given.iter().all(|given| given.station != station.key()))
}

/// Whose word, of these, may pass a station; never that of the one who asked.
pub fn voice<'v>(books: &Books, order: &Order, station: &Station, voices: &'v [Voice], asked_by: &str) -> Option<&'v Voice> {
    let amount = rights::amount(order);
    let may = |voice: &Voice| match station {
        Station::ByRight { budgets } if budgets.is_empty() => rights::may_somewhere(&voice.grants, Right::Approve),
        Station::ByRight { budgets } => budgets.iter().all(|budget| rights::may(books, &voice.grants, Right::Approve, budget, amount)),
        Station::Named(step) => step.who.iter().any(|who| who.is(&voice.person, &voice.roles)),
    };
    voices.iter().find(|voice| voice.person != asked_by && may(voice))
}

/// What one press of these voices passes: the station that is next, and those behind it that are theirs too.
pub fn pass(books: &Books, order: &Order, route: &[Station], given: &[Given], voices: &[Voice], asked_by: &str) -> Vec<(String, String)> {
    let open = route.iter().filter(|station| given.iter().all(|given| given.station != station.key()));
    let each = open.map_while(|station| voice(books, order, station, voices, asked_by).map(|voice| (station.key(), voice.person.clone())));
    each.collect()
}

/// What those who passed stations may approve together.
pub fn grants(route: &[Station], passed: &[String]) -> Vec<Grant> {
    route.iter().filter(|station| passed.contains(&station.key())).flat_map(Station::grants).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::books::Budget;
    use crate::domain::books::position::{Line, Mode, Row, SplitKind, Terms};
    use crate::domain::books::{BudgetPeriod, Stage};
    use rust_decimal::Decimal;

    fn books() -> Books {
        let mut books = Books::default();
        for (code, parent) in [("ALL", None), ("BOOKS", Some("ALL")), ("FILM", Some("ALL"))] {
            books.budgets.insert(code.into(), Budget { code: code.into(), parent: parent.map(Into::into), ..Budget::default() });
        }
        books
    }

    fn order(rows: &[(&str, i64)]) -> Order {
        let row = |(budget, reserved): &(&str, i64)| Row {
            at: BudgetPeriod::new(budget, "2026"),
            weight: Decimal::ONE,
            reserved: *reserved,
            dropped: false,
            invoiced: 0,
            apart: Default::default(),
            expended: Default::default(),
        };
        let terms = Terms { unit_price: Decimal::ONE, price_unit: Decimal::ONE, discount_percent: Decimal::ZERO, tax_percent: Decimal::ZERO };
        let line = Line {
            number: "1".into(),
            parent: None,
            follows: false,
            mode: Mode::Quantity,
            terms,
            split: SplitKind::Weights,
            ordered: Decimal::ONE,
            delivered: Decimal::ZERO,
            invoiced: Decimal::ZERO,
            closed: false,
            rows: rows.iter().map(row).collect(),
        };
        let lines = [("1".into(), line)].into_iter().collect();
        Order { number: "O".into(), stage: Stage::Requested, reserves: true, lines, sequence: vec!["1".into()] }
    }

    fn step(budget: &str, from_amount: i64, who: &str) -> Step {
        Step { budget: budget.into(), from_amount, who: vec![Who::Person(who.into())] }
    }

    fn voice_of(person: &str, up_to: Option<i64>) -> Voice {
        let grant = Grant { right: Right::Approve, budget: Some("ALL".into()), with_children: true, up_to };
        Voice { person: person.into(), roles: Vec::new(), grants: vec![grant] }
    }

    #[test]
    fn the_way_depends_on_budget_and_amount() {
        let books = books();
        let steps = [step("ALL", 10_000, "head"), step("BOOKS", 0, "ann"), step("BOOKS", 50_000, "director")];
        let keys = |rows: &[(&str, i64)]| route(&books, &order(rows), &steps).iter().map(Station::key).collect::<Vec<_>>();
        assert_eq!(keys(&[("BOOKS", 9_999)]), ["0 BOOKS"]);
        assert_eq!(keys(&[("BOOKS", 10_000)]), ["0 BOOKS", "10000 ALL"]);
        assert_eq!(keys(&[("BOOKS", 30_000), ("FILM", 20_000)]), ["0 BOOKS", "10000 ALL", "50000 BOOKS"]);
        // Nothing is said of small orders on films: whoever has the right approves.
        assert_eq!(keys(&[("FILM", 9_999)]), ["right"]);
        assert_eq!(keys(&[("FILM", 5_000), ("BOOKS", 4_000)]), ["right", "0 BOOKS"]);
    }

    #[test]
    fn nobody_approves_what_they_asked_for() {
        let books = books();
        let wanted = order(&[("FILM", 5_000)]);
        let route = route(&books, &wanted, &[]);
        let passed = |voices: &[Voice], asked_by: &str| pass(&books, &wanted, &route, &[], voices, asked_by).len();
        assert_eq!(passed(&[voice_of("ann", None)], "bob"), 1);
        assert_eq!(passed(&[voice_of("ann", None)], "ann"), 0);
        assert_eq!(passed(&[voice_of("ann", Some(5_000))], "bob"), 1);
        assert_eq!(passed(&[voice_of("ann", Some(4_999))], "bob"), 0);
        // Standing in for the one who asked does not help; standing in for somebody else does.
        assert_eq!(passed(&[voice_of("cas", Some(0)), voice_of("bob", None)], "bob"), 0);
        assert_eq!(passed(&[voice_of("cas", Some(0)), voice_of("ann", None)], "bob"), 1);
    }

    #[test]
    fn one_press_passes_all_that_is_one_s_own_and_nothing_behind_another_s() {
        let books = books();
        let wanted = order(&[("BOOKS", 60_000)]);
        let steps = [step("BOOKS", 0, "ann"), step("BOOKS", 10_000, "head"), step("BOOKS", 50_000, "ann")];
        let route = route(&books, &wanted, &steps);
        let press = |given: &[Given], who: &str| {
            let passed = pass(&books, &wanted, &route, given, &[voice_of(who, None)], "bob");
            passed.into_iter().map(|(station, person)| Given { station, by: who.into(), person, at: String::new() }).collect::<Vec<_>>()
        };
        let mut given = press(&[], "ann");
        assert_eq!(given.len(), 1, "the head comes between");
        assert!(press(&given, "ann").is_empty() && press(&[], "head").is_empty());
        given.extend(press(&given, "head"));
        given.extend(press(&given, "ann"));
        assert_eq!(next(&route, &given), None);
    }
}
