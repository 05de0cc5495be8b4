//! Who may do what on which budget, who approves from which amount on, and who stands in for whom: three lists, each with what gives one
//! more and what takes one away. What a right reaches is said elsewhere.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Extension, Query, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Portal;
use super::amounts;
use super::orders::respond;
use crate::app::App;
use crate::domain::finding::{Code, Finding};
use crate::domain::money::{Currency, Money};
use crate::domain::rights::Right;
use crate::error::{Error, Result};
use crate::flow::applying::ROLES;
use crate::flow::assigning::{self, Assigned, Entry, Turn};
use crate::flow::signing::Caller;
use crate::text::Texts;
use crate::web::answer::{self, error_page, page};
use crate::wire::setup::{ApprovalStep, BudgetRight, Substitute};

type Pairs = Vec<(String, String)>;

/// A row of a list: what it says, and the fields that name it when it is taken away.
struct Row {
    cells: Vec<String>,
    hidden: Pairs,
}

/// Something to choose: value, what is shown, whether it is chosen.
type Choice = (String, String, bool);

struct List {
    key: &'static str,
    title: String,
    about: String,
    empty: String,
    heads: Vec<String>,
    rows: Vec<Row>,
    fields: Vec<Field>,
    button: String,
}

struct Field {
    id: String,
    name: &'static str,
    label: String,
    hint: String,
    /// `select`, `text` or `date`.
    kind: &'static str,
    value: String,
    choices: Vec<Choice>,
    problem: String,
}

#[derive(Template)]
#[template(path = "rights.html")]
struct RightsPage {
    p: Portal,
    problems: Vec<(String, String)>,
    done: String,
    lists: Vec<List>,
    has_rights: bool,
}

fn value<'p>(fields: &'p Pairs, name: &str) -> &'p str {
    fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
}

/// Words and what was typed, for one reader.
struct Pen<'a> {
    t: Texts,
    assigned: &'a Assigned,
    typed: &'a Pairs,
    error: Option<&'a Error>,
}

impl Pen<'_> {
    fn who(&self, person: &str, role: &str) -> String {
        if role.is_empty() {
            let name = self.assigned.people.iter().find(|(sign_in, _)| sign_in == person).map(|(_, name)| name.as_str());
            return name.map_or_else(|| person.to_string(), |name| format!("{name} ({person})"));
        }
        self.t.with("rights-role", "role", self.t.get(&format!("role-{}", role.replace('_', "-"))))
    }

    fn money(&self, text: &str) -> String {
        text.parse().ok().and_then(|amount| Money::round(amount, self.assigned.currency)).map(|money| self.t.money(&money)).unwrap_or_default()
    }

    fn right(&self, right: &str) -> String {
        self.t.get(&format!("right-{right}"))
    }

    fn everybody(&self) -> Vec<(String, String)> {
        let people = self.assigned.people.iter().map(|(sign_in, name)| (format!("person:{sign_in}"), format!("{name} ({sign_in})")));
        let roles = ROLES.iter().filter(|role| crate::web::BUYERS.contains(role));
        people.chain(roles.map(|role| (format!("role:{role}"), self.who("", role)))).collect()
    }

    fn people(&self) -> Vec<(String, String)> {
        self.assigned.people.iter().map(|(sign_in, name)| (sign_in.clone(), format!("{name} ({sign_in})"))).collect()
    }

    fn budgets(&self) -> Vec<(String, String)> {
        self.assigned.budgets.iter().map(|(code, name)| (code.clone(), format!("{code} {name}"))).collect()
    }

    fn field(&self, list: &str, name: &'static str, label: &str, kind: &'static str, choices: Vec<(String, String)>) -> Field {
        let is_own = value(self.typed, "list") == list;
        let given = if is_own { value(self.typed, name).to_string() } else { String::new() };
        let wrong = match self.error {
            Some(Error::Invalid(findings)) => findings.errors().find(|finding| is_own && finding.field == name),
            _ => None,
        };
        let label_text = self.t.get(label);
        let problem = wrong.map(|finding| self.t.finding(&Finding { field: label_text.clone(), ..finding.clone() }));
        let hint = if name == "up_to" { self.t.get("rights-up-to-hint") } else { String::new() };
        let choices = choices.into_iter().map(|(choice, shown)| (choice == given, choice, shown)).map(|(chosen, c, s)| (c, s, chosen)).collect();
        Field { id: format!("{list}-{name}"), name, label: label_text, hint, kind, value: given, choices, problem: problem.unwrap_or_default() }
    }

    fn list(&self, key: &'static str, heads: &[&str], rows: Vec<Row>, fields: Vec<Field>) -> List {
        let text = |part: &str| self.t.get(&format!("rights-{key}-{part}"));
        let (title, about, empty, button) = (text("title"), text("about"), text("none"), text("give"));
        List { key, title, about, empty, heads: heads.iter().map(|key| self.t.get(key)).collect(), rows, fields, button }
    }

    fn rights(&self) -> List {
        let everything = self.t.get("rights-everything");
        let row = |right: &BudgetRight| {
            let below = right.with_children.unwrap_or(true) && !right.budget.is_empty();
            let budget = match (right.budget.as_str(), below) {
                ("", _) => everything.clone(),
                (code, true) => self.t.with("rights-with-below", "budget", code),
                (code, false) => code.to_string(),
            };
            let hidden = [("person", &right.person), ("role", &right.role), ("budget", &right.budget), ("right", &right.right)];
            Row {
                cells: vec![self.who(&right.person, &right.role), budget, self.right(&right.right), self.money(&right.up_to)],
                hidden: hidden.map(|(name, value)| (name.to_string(), value.clone())).into(),
            }
        };
        let budgets = [(String::new(), everything.clone())].into_iter().chain(self.budgets()).collect();
        let rights = Right::ALL.map(|right| (right.as_str().to_string(), self.right(right.as_str()))).into();
        let below = ["yes", "no"].map(|word| (word.to_string(), self.t.get(if word == "yes" { "rights-below" } else { "rights-alone" }))).into();
        let fields = vec![
            self.field("right", "who", "rights-who", "select", self.everybody()),
            self.field("right", "budget", "budget", "select", budgets),
            self.field("right", "children", "rights-reach", "select", below),
            self.field("right", "right", "rights-right", "select", rights),
            self.field("right", "up_to", "rights-up-to", "text", Vec::new()),
        ];
        self.list("right", &["rights-who", "budget", "rights-right", "rights-up-to"], self.assigned.rights.iter().map(row).collect(), fields)
    }

    fn steps(&self) -> List {
        let row = |step: &ApprovalStep| {
            let hidden = [("person", &step.person), ("role", &step.role), ("budget", &step.budget), ("from_amount", &step.from_amount)];
            Row {
                cells: vec![step.budget.clone(), self.money(&step.from_amount), self.who(&step.person, &step.role)],
                hidden: hidden.map(|(name, value)| (name.to_string(), value.clone())).into(),
            }
        };
        let fields = vec![
            self.field("step", "budget", "budget", "select", self.budgets()),
            self.field("step", "from_amount", "rights-from-amount", "text", Vec::new()),
            self.field("step", "who", "rights-approver", "select", self.everybody()),
        ];
        self.list("step", &["budget", "rights-from-amount", "rights-approver"], self.assigned.steps.iter().map(row).collect(), fields)
    }

    fn substitutes(&self) -> List {
        let row = |one: &Substitute| {
            let hidden = [("person", &one.person), ("by", &one.by), ("from", &one.from), ("until", &one.until)];
            Row {
                cells: vec![self.who(&one.person, ""), self.who(&one.by, ""), self.t.iso_date(&one.from), self.t.iso_date(&one.until)],
                hidden: hidden.map(|(name, value)| (name.to_string(), value.clone())).into(),
            }
        };
        let fields = vec![
            self.field("substitute", "person", "rights-absent", "select", self.people()),
            self.field("substitute", "by", "rights-by", "select", self.people()),
            self.field("substitute", "from", "rights-from", "date", Vec::new()),
            self.field("substitute", "until", "rights-until", "date", Vec::new()),
        ];
        let heads = ["rights-absent", "rights-by", "rights-from", "rights-until"];
        self.list("substitute", &heads, self.assigned.substitutes.iter().map(row).collect(), fields)
    }
}

async fn rights(app: &App, caller: &Caller, done: &str, typed: &Pairs, error: Option<&Error>) -> Result<RightsPage> {
    let t = Texts(caller.person.language);
    let assigned = assigning::all(app, caller).await?;
    let pen = Pen { t, assigned: &assigned, typed, error };
    let lists = vec![pen.rights(), pen.steps(), pen.substitutes()];
    let fields = || lists.iter().flat_map(|list| &list.fields).filter(|field| !field.problem.is_empty());
    let mut problems: Vec<(String, String)> = fields().map(|field| (field.id.clone(), field.problem.clone())).collect();
    match error {
        Some(Error::Invalid(findings)) => {
            let others = findings.errors().filter(|finding| fields().all(|field| field.name != finding.field));
            problems.extend(others.map(|finding| (String::new(), t.finding(finding))));
        }
        Some(error) => problems.push((String::new(), answer::sentence(error, t))),
        None => {}
    }
    let done = if matches!(done, "give" | "take") { t.get(&format!("rights-{done}-done")) } else { String::new() };
    Ok(RightsPage { p: Portal::of(caller, "/rights"), problems, done, has_rights: !assigned.rights.is_empty(), lists })
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Done {
    done: String,
}

pub async fn show(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Query(query): Query<Done>) -> Response {
    respond(rights(&app, &caller, &query.done, &Vec::new(), None).await, Texts(caller.person.language))
}

/// The entry that a form is about; amounts as people type them.
fn entry(fields: &Pairs, turn: Turn, t: Texts, currency: Currency) -> Result<Entry> {
    let text = |name: &str| value(fields, name).to_string();
    let amount = |name: &str| match (text(name), turn) {
        (typed, _) if typed.is_empty() => Ok::<String, Error>(typed),
        // What is taken away is named as it was kept.
        (kept, Turn::Take) => Ok(kept),
        (typed, Turn::Give) => {
            let example = t.amount(&Money::new(123_456, currency));
            let minor = amounts::read(&typed, t.0, currency).filter(|minor| *minor >= 0);
            let minor = minor.ok_or_else(|| Error::from(Finding::error(Code::Unusable, name).value(&typed).limit(example)))?;
            Ok(Money::new(minor, currency).decimal().to_string())
        }
    };
    let (person, role) = match text("who").split_once(':') {
        Some(("person", person)) => (person.to_string(), String::new()),
        Some(("role", role)) => (String::new(), role.to_string()),
        _ => (text("person"), text("role")),
    };
    Ok(match value(fields, "list") {
        "right" => Entry::Right(BudgetRight {
            person,
            role,
            budget: text("budget"),
            with_children: Some(text("children") != "no"),
            right: text("right"),
            up_to: amount("up_to")?,
            ..BudgetRight::default()
        }),
        "step" => Entry::Step(ApprovalStep { person, role, budget: text("budget"), from_amount: amount("from_amount")?, ..ApprovalStep::default() }),
        "substitute" => {
            let (person, by, from, until) = (text("person"), text("by"), text("from"), text("until"));
            Entry::Substitute(Substitute { person, by, from, until, ..Substitute::default() })
        }
        other => return Err(Finding::error(Code::Unusable, "list").value(other).into()),
    })
}

pub async fn change(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Form(fields): Form<Pairs>) -> Response {
    let t = Texts(caller.person.language);
    let (turn, word) = if value(&fields, "do") == "take" { (Turn::Take, "take") } else { (Turn::Give, "give") };
    let work = async {
        let currency = assigning::all(&app, &caller).await?.currency;
        assigning::change(&app, &caller, entry(&fields, turn, t, currency)?, turn).await
    };
    let error = match work.await {
        Ok(()) => return Redirect::to(&format!("/rights?done={word}")).into_response(),
        Err(error @ (Error::Invalid(_) | Error::NotFound(_))) => error,
        Err(error) => return error_page(&error, t.0),
    };
    match rights(&app, &caller, "", &fields, Some(&error)).await {
        Ok(shown) => page(if matches!(error, Error::NotFound(_)) { StatusCode::NOT_FOUND } else { answer::status(&error) }, &shown),
        Err(error) => error_page(&error, t.0),
    }
}
