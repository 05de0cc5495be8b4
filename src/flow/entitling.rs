//! Rights by budget, steps of approval and substitutes as a set-up file wants them, and the way back. What a file says of a buyer is all
//! there is: an entry that is gone is a right that is taken away. Never says what a right reaches.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::applying::{Plan, ROLES};
use super::bookkeeping;
use crate::domain::approval::{Step, Substitute};
use crate::domain::books::Books;
use crate::domain::finding::{Code, Finding};
use crate::domain::money::{Currency, Money};
use crate::domain::rights::{Grant, Right, Who};
use crate::domain::time::is_day;
use crate::error::{Error, Result};
use crate::store::{self, Tx};
use crate::wire::ledger;
use crate::wire::setup::{ApprovalStep, At, BudgetRight, Setup, Substitute as Written};

/// What the file says by itself: line, key, value and what may stand there.
pub fn check(setup: &Setup, wrong: &mut impl FnMut(u32, &str, &str, &str)) {
    let mut who = |line: u32, person: &str, role: &str| {
        if person.is_empty() == role.is_empty() {
            wrong(line, "person", person, "person | role");
        } else if !role.is_empty() && !ROLES.contains(&role) {
            wrong(line, "role", role, &ROLES.join(", "));
        }
    };
    for at in &setup.rights {
        who(at.line, &at.value.person, &at.value.role);
    }
    for at in &setup.steps {
        who(at.line, &at.value.person, &at.value.role);
    }
    for at in &setup.rights {
        let right = Right::parse(&at.value.right);
        if right.is_none() {
            wrong(at.line, "right", &at.value.right, &Right::ALL.map(Right::as_str).join(", "));
        }
        let limited = !at.value.up_to.is_empty();
        if limited && (right.is_some_and(|right| !right.has_limit()) || !is_amount(&at.value.up_to)) {
            wrong(at.line, "up_to", &at.value.up_to, "approve, override: 0.00");
        }
    }
    for at in setup.steps.iter().filter(|at| !at.value.from_amount.is_empty() && !is_amount(&at.value.from_amount)) {
        wrong(at.line, "from_amount", &at.value.from_amount, "0.00");
    }
    for at in &setup.substitutes {
        let s = &at.value;
        if s.person.is_empty() || s.by.is_empty() || s.person == s.by {
            wrong(at.line, "by", &s.by, "1 …");
        }
        if !is_day(&s.from) || !is_day(&s.until) || s.from > s.until {
            wrong(at.line, "until", &s.until, "YYYY-MM-DD ≥ from");
        }
    }
}

fn is_amount(text: &str) -> bool {
    text.parse::<Decimal>().is_ok_and(|amount| !amount.is_sign_negative())
}

/// A buyer's entries of the file, checked against what is there.
struct Buyer<'t> {
    tx: &'t mut Tx,
    id: &'t str,
    currency: Currency,
    books: Books,
    /// Whether a list without entries means that there are none, and not that nothing is said of it.
    is_whole: bool,
}

pub async fn apply(tx: &mut Tx, setup: &Setup, plan: &mut Plan) -> Result<()> {
    let of_entries = setup.rights.iter().map(|at| (at.value.buyer.as_str(), at.line));
    let of_entries = of_entries.chain(setup.steps.iter().map(|at| (at.value.buyer.as_str(), at.line)));
    let of_entries = of_entries.chain(setup.substitutes.iter().map(|at| (at.value.buyer.as_str(), at.line)));
    let buyers: BTreeMap<&str, u32> = of_entries.collect();
    for (id, line) in buyers {
        let organisation = store::organisation::by_id(tx, id).await?.filter(|o| o.kind == "buyer").ok_or_else(|| unknown(line, "buyer", id))?;
        let books = bookkeeping::frame(tx, id, &mut ledger::Reader::default()).await?;
        let currency = Currency::parse(&organisation.currency).unwrap_or(Currency::EUR);
        Buyer { tx, id, currency, books, is_whole: false }.apply(setup, plan).await?;
    }
    Ok(())
}

/// Puts the three lists of a buyer in the place of what was there; an empty one takes everything away.
pub async fn settle(tx: &mut Tx, buyer: &str, currency: Currency, setup: &Setup, plan: &mut Plan) -> Result<()> {
    let books = bookkeeping::frame(tx, buyer, &mut ledger::Reader::default()).await?;
    Buyer { tx, id: buyer, currency, books, is_whole: true }.apply(setup, plan).await
}

fn unknown(line: u32, key: &str, value: &str) -> Error {
    Finding::error(Code::Unusable, key).line(line).value(value).into()
}

impl Buyer<'_> {
    async fn apply(&mut self, setup: &Setup, plan: &mut Plan) -> Result<()> {
        self.rights(setup, plan).await?;
        self.steps(setup, plan).await?;
        self.substitutes(setup, plan).await
    }

    fn minor(&self, line: u32, key: &str, text: &str) -> Result<i64> {
        let money = text.parse().ok().and_then(|amount| Money::round(amount, self.currency));
        money.map(|money| money.minor).ok_or_else(|| unknown(line, key, text))
    }

    /// A person of this buyer, or a role.
    async fn who(&mut self, line: u32, person: &str, role: &str) -> Result<Who> {
        if person.is_empty() {
            return Ok(Who::Role(role.to_string()));
        }
        let known = store::person::by_sign_in(self.tx, person).await?.filter(|known| known.tenant == self.id);
        known.map(|known| Who::Person(known.sign_in)).ok_or_else(|| unknown(line, "person", person))
    }

    fn budget(&self, line: u32, code: &str) -> Result<()> {
        if self.books.budgets.contains_key(code) { Ok(()) } else { Err(unknown(line, "budget", code)) }
    }

    async fn rights(&mut self, setup: &Setup, plan: &mut Plan) -> Result<()> {
        let mut wanted: Vec<(Who, Grant)> = Vec::new();
        let id = self.id;
        for at in setup.rights.iter().filter(|at| at.value.buyer == id) {
            let r = &at.value;
            if !r.budget.is_empty() {
                self.budget(at.line, &r.budget)?;
            }
            let up_to = if r.up_to.is_empty() { None } else { Some(self.minor(at.line, "up_to", &r.up_to)?) };
            let grant = Grant {
                right: Right::parse(&r.right).ok_or_else(|| unknown(at.line, "right", &r.right))?,
                budget: (!r.budget.is_empty()).then(|| r.budget.as_str().into()),
                with_children: r.with_children.unwrap_or(true),
                up_to,
            };
            let who = self.who(at.line, &r.person, &r.role).await?;
            if wanted.iter().any(|(known, other)| *known == who && other.right == grant.right && other.budget == grant.budget) {
                return Err(unknown(at.line, "right", &r.right));
            }
            wanted.push((who, grant));
        }
        if wanted.is_empty() && !self.is_whole {
            return Ok(());
        }
        let known = store::right::all(self.tx, self.id).await?;
        for one in &wanted {
            let there = known.iter().any(|(who, grant)| *who == one.0 && grant.right == one.1.right && grant.budget == one.1.budget);
            plan.note(format!("right {} {}", self.id, named(one)), there, known.contains(one));
        }
        let gone = known.iter().filter(|(who, grant)| !wanted.iter().any(|(w, g)| w == who && g.right == grant.right && g.budget == grant.budget));
        for one in gone {
            plan.note(format!("right {} {} (taken away)", self.id, named(one)), true, false);
        }
        store::right::replace(self.tx, self.id, &wanted).await
    }

    async fn steps(&mut self, setup: &Setup, plan: &mut Plan) -> Result<()> {
        let mut wanted: BTreeMap<(i64, String), Vec<Who>> = BTreeMap::new();
        let id = self.id;
        for at in setup.steps.iter().filter(|at| at.value.buyer == id) {
            let s = &at.value;
            self.budget(at.line, &s.budget)?;
            let from = if s.from_amount.is_empty() { 0 } else { self.minor(at.line, "from_amount", &s.from_amount)? };
            let who = self.who(at.line, &s.person, &s.role).await?;
            let step = wanted.entry((from, s.budget.clone())).or_default();
            if step.contains(&who) {
                return Err(unknown(at.line, "person", who.name()));
            }
            step.push(who);
            step.sort();
        }
        if wanted.is_empty() && !self.is_whole {
            return Ok(());
        }
        let wanted: Vec<Step> = wanted.into_iter().map(|((from_amount, budget), who)| Step { budget: budget.into(), from_amount, who }).collect();
        let known = store::approval::steps(self.tx, self.id).await?;
        plan.note(format!("approval steps {}", self.id), !known.is_empty(), known == wanted);
        store::approval::replace_steps(self.tx, self.id, &wanted).await
    }

    async fn substitutes(&mut self, setup: &Setup, plan: &mut Plan) -> Result<()> {
        let mut wanted: Vec<Substitute> = Vec::new();
        let id = self.id;
        for at in setup.substitutes.iter().filter(|at| at.value.buyer == id) {
            let s = &at.value;
            for person in [&s.person, &s.by] {
                self.who(at.line, person, "").await?;
            }
            wanted.push(Substitute { person: s.person.clone(), by: s.by.clone(), from: s.from.clone(), until: s.until.clone() });
        }
        if wanted.is_empty() && !self.is_whole {
            return Ok(());
        }
        wanted.sort_by(|a, b| (&a.person, &a.by, &a.from).cmp(&(&b.person, &b.by, &b.from)));
        wanted.dedup_by(|a, b| (&a.person, &a.by, &a.from) == (&b.person, &b.by, &b.from));
        let known = store::approval::substitutes(self.tx, self.id).await?;
        plan.note(format!("substitutes {}", self.id), !known.is_empty(), known == wanted);
        store::approval::replace_substitutes(self.tx, self.id, &wanted).await
    }
}

fn named((who, grant): &(Who, Grant)) -> String {
    format!("{} {} {}", who.name(), grant.right.as_str(), grant.budget.as_deref().unwrap_or("*"))
}

/// The entries that would make these rights again.
pub async fn export(tx: &mut Tx, buyer: &str, currency: Currency, setup: &mut Setup) -> Result<()> {
    let money = |minor: i64| Money::new(minor, currency).decimal().to_string();
    let split = |who: &Who| match who {
        Who::Person(name) => (name.clone(), String::new()),
        Who::Role(name) => (String::new(), name.clone()),
    };
    for (who, grant) in store::right::all(tx, buyer).await? {
        let (person, role) = split(&who);
        let value = BudgetRight {
            buyer: buyer.to_string(),
            person,
            role,
            budget: grant.budget.as_deref().unwrap_or_default().to_string(),
            with_children: Some(grant.with_children),
            right: grant.right.as_str().to_string(),
            up_to: grant.up_to.map(money).unwrap_or_default(),
        };
        setup.rights.push(At { line: 0, value });
    }
    for step in store::approval::steps(tx, buyer).await? {
        for who in &step.who {
            let (person, role) = split(who);
            let (budget, from_amount) = (step.budget.to_string(), money(step.from_amount));
            setup.steps.push(At { line: 0, value: ApprovalStep { buyer: buyer.to_string(), budget, from_amount, person, role } });
        }
    }
    for s in store::approval::substitutes(tx, buyer).await? {
        let value = Written { buyer: buyer.to_string(), person: s.person, by: s.by, from: s.from, until: s.until };
        setup.substitutes.push(At { line: 0, value });
    }
    Ok(())
}
