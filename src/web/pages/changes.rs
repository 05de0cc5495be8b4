//! What people do with budgets: give and move money, set ceilings, make and open periods, close one with its report shown before. Each form
//! is a command of the API under another cover; what was typed stays when it is refused.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Extension, Query, State as Shared};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::Value;

use super::Portal;
use super::amounts;
use super::orders::respond;
use crate::app::App;
use crate::domain::books::ceiling::Level;
use crate::domain::books::{Books, Status};
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::money::{Currency, Money};
use crate::domain::rights::{self, Right};
use crate::error::{Error, Result};
use crate::flow::commanding::{Asking, Reply};
use crate::flow::funding::{self, Allocation, Limit, Limits, Move};
use crate::flow::signing::Caller;
use crate::flow::turning::{self, Closing, Exception, RestWanted, Wanted};
use crate::flow::{asking, granting};
use crate::text::Texts;
use crate::web::answer::{self, error_page, page};

/// What is said beside a field, by its label.
const HINTS: &[(&str, &str)] = &[
    ("given-amount", "change-given-amount-hint"),
    ("commitment-percent", "change-commitment-percent-hint"),
    ("thresholds", "change-thresholds-hint"),
    ("first-day", "change-first-day-hint"),
    ("carry-percent", "change-carry-percent-hint"),
    ("cap", "change-cap-hint"),
    ("exceptions", "change-exceptions-hint"),
];

type Pairs = Vec<(String, String)>;

/// A choice of a list: value, what is shown, whether it is chosen.
struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

/// A field of a form.
struct Field {
    /// `input` or `select`.
    kind: &'static str,
    id: String,
    name: &'static str,
    label: String,
    hint: String,
    value: String,
    choices: Vec<Choice>,
    problem: String,
}

/// A form of the page: what it does, its fields, its button.
struct Shown {
    key: &'static str,
    title: String,
    about: String,
    fields: Vec<Field>,
    button: String,
    step: &'static str,
}

/// The report of a closing, before it is done.
struct Report {
    facts: Vec<(String, String)>,
    short: Vec<(String, String)>,
    expired: Vec<String>,
    hidden: Pairs,
    button: String,
}

#[derive(Template)]
#[template(path = "changes.html")]
struct ChangesPage {
    p: Portal,
    done: String,
    problems: Vec<(String, String)>,
    forms: Vec<Shown>,
    report: Option<Report>,
}

/// What the page is made from: the books, what the caller may, what was typed and what is wrong with it.
struct View<'v> {
    t: Texts,
    books: &'v Books,
    currency: Currency,
    grants: &'v [rights::Grant],
    typed: &'v Pairs,
    findings: &'v Findings,
}

fn value<'p>(fields: &'p Pairs, name: &str) -> &'p str {
    fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
}

impl View<'_> {
    /// What was typed into a form, if that form was sent.
    fn typed(&self, form: &str, name: &str) -> String {
        if value(self.typed, "do") == form { value(self.typed, name).to_string() } else { String::new() }
    }

    fn field(&self, form: &'static str, name: &'static str, label: &str, kind: &'static str, choices: Vec<(String, String)>) -> Field {
        let given = self.typed(form, name);
        let hint = HINTS.iter().find(|(known, _)| *known == label).map(|(_, key)| self.t.get(key));
        let is_own = value(self.typed, "do") == form;
        let words = self.t.get(&format!("change-{label}"));
        let wrong = self.findings.errors().find(|finding| is_own && finding.field == name);
        let problem = wrong.map(|finding| self.t.finding(&Finding { field: words.clone(), ..finding.clone() }));
        let choice = |(value, label): (String, String)| Choice { chosen: value == given, value, label };
        Field {
            kind,
            id: format!("{form}-{name}"),
            name,
            label: words,
            hint: hint.unwrap_or_default(),
            choices: choices.into_iter().map(choice).collect(),
            problem: problem.unwrap_or_default(),
            value: given,
        }
    }

    fn budgets(&self, right: Right) -> Vec<(String, String)> {
        let mine = self.books.budgets.values().filter(|budget| rights::may(self.books, self.grants, right, &budget.code, 0));
        mine.map(|budget| (budget.code.to_string(), format!("{} {}", budget.code, budget.name))).collect()
    }

    fn periods(&self, wanted: &[Status]) -> Vec<(String, String)> {
        let fitting = self.books.periods.values().filter(|period| wanted.contains(&period.status));
        fitting.map(|period| (period.id.to_string(), format!("{} ({})", period.id, self.status(period.status)))).collect()
    }

    fn status(&self, status: Status) -> String {
        self.t.get(&format!("period-{}", status.as_str()))
    }

    fn form(&self, key: &'static str, fields: Vec<Field>, step: &'static str) -> Shown {
        let text = |part: &str| self.t.get(&format!("change-{key}{part}"));
        Shown { key, title: text("-title"), about: text("-about"), fields, button: text("-button"), step }
    }

    fn forms(&self) -> Vec<Shown> {
        let live = [Status::Planned, Status::Open, Status::Grace];
        let mut forms = Vec::new();
        if rights::may_somewhere(self.grants, Right::Allocate) {
            let own = self.budgets(Right::Allocate);
            forms.push(self.form(
                "allocate",
                vec![
                    self.field("allocate", "budget", "budget", "select", own.clone()),
                    self.field("allocate", "period", "period", "select", self.periods(&live)),
                    self.field("allocate", "amount", "given-amount", "input", Vec::new()),
                    self.field("allocate", "note", "note", "input", Vec::new()),
                ],
                "",
            ));
            let level = |level: Level| (level.as_str().to_string(), self.t.get(&format!("level-{}", level.as_str())));
            let levels: Vec<_> = [Level::Stop, Level::Approval, Level::Warn, Level::None].into_iter().map(level).collect();
            let none = [(String::new(), self.t.get("change-no-ceiling"))].into_iter().chain(levels.clone()).collect();
            forms.push(self.form(
                "limit",
                vec![
                    self.field("limit", "budget", "budget", "select", own),
                    self.field("limit", "period", "period", "select", self.periods(&live)),
                    self.field("limit", "commitment_level", "commitment-level", "select", levels),
                    self.field("limit", "commitment_percent", "commitment-percent", "input", Vec::new()),
                    self.field("limit", "spending_level", "spending-level", "select", none),
                    self.field("limit", "spending_percent", "spending-percent", "input", Vec::new()),
                    self.field("limit", "thresholds", "thresholds", "input", Vec::new()),
                ],
                "",
            ));
        }
        if rights::may_somewhere(self.grants, Right::Transfer) {
            let own = self.budgets(Right::Transfer);
            let transfer = self.form(
                "transfer",
                vec![
                    self.field("transfer", "from", "from", "select", own.clone()),
                    self.field("transfer", "to", "to", "select", own),
                    self.field("transfer", "period", "period", "select", self.periods(&live)),
                    self.field("transfer", "amount", "moved-amount", "input", Vec::new()),
                    self.field("transfer", "note", "note", "input", Vec::new()),
                ],
                "",
            );
            forms.insert(forms.len().min(1), transfer);
        }
        if rights::may_somewhere(self.grants, Right::Close) {
            forms.extend(self.of_periods());
        }
        forms
    }

    fn of_periods(&self) -> Vec<Shown> {
        let live = [Status::Planned, Status::Open, Status::Grace];
        let status = |status: Status| (status.as_str().to_string(), self.status(status));
        let set = vec![
            self.field("period", "id", "period-id", "input", Vec::new()),
            self.field("period", "status", "period-status", "select", live.into_iter().map(status).collect()),
            self.field("period", "first_day", "first-day", "input", Vec::new()),
            self.field("period", "last_day", "last-day", "input", Vec::new()),
        ];
        let word = |word: &str| (word.to_string(), self.t.get(&format!("commitments-{}", word.replace('_', "-"))));
        let choices: Vec<_> = ["with_money", "without_money", "lapse", "keep"].into_iter().map(word).collect();
        let close = vec![
            self.field("close", "from", "closing-period", "select", self.periods(&[Status::Open, Status::Grace])),
            self.field("close", "into", "next-period", "select", self.periods(&live)),
            self.field("close", "commitments", "commitments", "select", choices),
            self.field("close", "carry_percent", "carry-percent", "input", Vec::new()),
            self.field("close", "cap", "cap", "input", Vec::new()),
            self.field("close", "exceptions", "exceptions", "input", Vec::new()),
        ];
        vec![self.form("period", set, ""), self.form("close", close, "preview")]
    }

    /// The report of a closing that was only tried, with what confirms it.
    fn report(&self, reply: &Reply) -> Report {
        let report = reply.body.get("report").cloned().unwrap_or_default();
        let money = |value: Option<&Value>| self.t.money(&Money::new(value.and_then(Value::as_i64).unwrap_or_default(), self.currency));
        let fact = |key: &str, name: &str| (self.t.get(key), money(report.get(name)));
        let short = report.get("short").and_then(Value::as_array).into_iter().flatten();
        let expired = report.get("expired").and_then(Value::as_array).into_iter().flatten();
        let parts = [("from", value(self.typed, "from").to_string()), ("into", value(self.typed, "into").to_string())];
        Report {
            facts: vec![fact("report-carried", "carried"), fact("report-rest-carried", "rest_carried"), fact("report-lapsed", "lapsed")],
            short: short.map(|one| (one["budget"].as_str().unwrap_or_default().to_string(), money(one.get("short")))).collect(),
            expired: expired.filter_map(Value::as_str).map(str::to_string).collect(),
            hidden: self.typed.iter().filter(|(name, _)| name != "step").cloned().collect(),
            button: self.t.with_all("report-confirm", &parts),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Done {
    done: String,
}

async fn changes(app: &App, caller: &Caller, done: &str, typed: &Pairs, error: Option<&Error>, tried: Option<&Reply>) -> Result<ChangesPage> {
    let t = Texts(caller.person.language);
    let person = &caller.person;
    let (books, currency) = asking::books(app, caller).await?;
    let grants = granting::grants(&mut app.store.read().await?, &person.tenant, &person.sign_in, &person.roles).await?;
    let findings = if let Some(Error::Invalid(findings)) = error { findings.clone() } else { Findings::default() };
    let view = View { t, books: &books, currency, grants: &grants, typed, findings: &findings };
    let forms = view.forms();
    let fields = || forms.iter().flat_map(|form| &form.fields).filter(|field| !field.problem.is_empty());
    let mut problems: Vec<(String, String)> = fields().map(|field| (field.id.clone(), field.problem.clone())).collect();
    match error {
        // What has no field of its own is said in the summary alone.
        Some(Error::Invalid(_)) => {
            let others = findings.errors().filter(|finding| fields().all(|field| field.name != finding.field));
            problems.extend(others.map(|finding| (String::new(), t.finding(finding))));
        }
        Some(error) => problems.push((String::new(), answer::sentence(error, t))),
        None => {}
    }
    let said =
        if matches!(done, "allocate" | "transfer" | "limit" | "period" | "close") { t.get(&format!("change-{done}-done")) } else { String::new() };
    let report = tried.map(|reply| view.report(reply));
    Ok(ChangesPage { p: Portal::of(caller, "/budgets"), done: said, problems, forms, report })
}

pub async fn show(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Query(query): Query<Done>) -> Response {
    let work = changes(&app, &caller, &query.done, &Vec::new(), None, None).await;
    respond(work, Texts(caller.person.language))
}

/// What is asked for in a field, or what is wrong with it.
struct Reader<'f> {
    fields: &'f Pairs,
    t: Texts,
    currency: Currency,
    findings: Findings,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> String {
        value(self.fields, name).to_string()
    }

    fn optional(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    fn amount(&mut self, name: &str) -> i64 {
        let text = self.text(name);
        amounts::read(&text, self.t.0, self.currency).unwrap_or_else(|| {
            let example = self.t.amount(&Money::new(123_456, self.currency));
            self.findings.push(Finding::error(Code::Unusable, name).value(&text).limit(example));
            0
        })
    }

    fn percent(&self, name: &str) -> Option<Value> {
        self.optional(name).map(|text| Value::String(text.replace(',', ".").trim_end_matches('%').trim().to_string()))
    }

    /// `CODE lapse; CODE with_money 50 100,00`: a budget, what becomes of its commitments, the percentage carried and its cap.
    fn exceptions(&mut self) -> Vec<Exception> {
        let text = self.text("exceptions");
        let each = text.split([';', '\n']).map(str::trim).filter(|one| !one.is_empty());
        let read: Option<Vec<Exception>> = each.map(|one| self.exception(one)).collect();
        read.unwrap_or_else(|| {
            self.findings.push(Finding::error(Code::Unusable, "exceptions").value(&text).limit("CODE lapse; CODE with_money 50"));
            Vec::new()
        })
    }

    fn exception(&self, text: &str) -> Option<Exception> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (budget, commitments, percent, cap) = match words.as_slice() {
            [budget, commitments] => (budget, commitments, None, None),
            [budget, commitments, percent] => (budget, commitments, Some(percent), None),
            [budget, commitments, percent, cap] => (budget, commitments, Some(percent), Some(amounts::read(cap, self.t.0, self.currency)?)),
            _ => return None,
        };
        let carry_percent = percent.map(|text| Value::String(text.replace(',', ".").trim_end_matches('%').to_string()));
        Some(Exception {
            budget: (*budget).to_string(),
            commitments: (*commitments).to_string(),
            rest: RestWanted { carry_percent, cap },
            forgive_overspending: false,
        })
    }

    fn limit(&mut self, level: &str, percent: &str) -> Option<Limit> {
        let level = self.optional(level)?;
        Some(Limit { level, percent: self.percent(percent), amount: 0 })
    }

    fn thresholds(&mut self) -> Vec<u32> {
        let text = self.text("thresholds");
        let parts = text.split([',', ';', ' ']).map(|part| part.trim_end_matches('%')).filter(|part| !part.is_empty());
        let numbers: Option<Vec<u32>> = parts.map(|part| part.parse().ok()).collect();
        numbers.unwrap_or_else(|| {
            self.findings.push(Finding::error(Code::Unusable, "thresholds").value(&text).limit("80, 90, 100"));
            Vec::new()
        })
    }
}

/// Asks for what a form asks for. Gives the reply, and whether it was only tried.
async fn run(app: &App, caller: &Caller, fields: &Pairs, currency: Currency) -> Result<(Reply, bool)> {
    let tries = value(fields, "step") == "preview";
    let asking = Asking { caller, key: None, preview: tries, content: String::new() };
    let mut reader = Reader { fields, t: Texts(caller.person.language), currency, findings: Findings::default() };
    let reply = match value(fields, "do") {
        "allocate" => {
            let amount = reader.amount("amount");
            let wanted =
                Allocation { budget: reader.text("budget"), period: reader.text("period"), amount, note: reader.text("note"), ..Default::default() };
            settled(reader)?;
            funding::allocate(app, &asking, &wanted).await?
        }
        "transfer" => {
            let amount = reader.amount("amount");
            let (from, to, period, note) = (reader.text("from"), reader.text("to"), reader.text("period"), reader.text("note"));
            settled(reader)?;
            funding::transfer(app, &asking, &Move { from, to, period, amount, note, preview: tries }).await?
        }
        "limit" => {
            let commitment = reader.limit("commitment_level", "commitment_percent");
            let spending = reader.limit("spending_level", "spending_percent");
            let thresholds = reader.thresholds();
            let (budget, period) = (reader.text("budget"), reader.text("period"));
            settled(reader)?;
            let wanted = Limits { budget, period, commitment, spending, thresholds, preview: tries };
            funding::limit(app, &asking, &wanted).await.map_err(named_as_typed)?
        }
        "period" => {
            let (first_day, last_day, status) = (reader.optional("first_day"), reader.optional("last_day"), reader.optional("status"));
            let wanted = Wanted { id: reader.text("id"), status, first_day, last_day, ..Default::default() };
            turning::set(app, &asking, &wanted).await?
        }
        "close" => {
            let cap = if reader.text("cap").is_empty() { None } else { Some(reader.amount("cap")) };
            let rest = RestWanted { carry_percent: reader.percent("carry_percent"), cap };
            let (from, into, commitments, exceptions) = (reader.text("from"), reader.text("into"), reader.text("commitments"), reader.exceptions());
            settled(reader)?;
            let wanted = Closing { into, commitments, rest, forgive_overspending: false, exceptions, preview: tries };
            turning::close(app, &asking, &from, &wanted).await.map_err(named_as_typed)?
        }
        other => return Err(Finding::error(Code::Unusable, "do").value(other).into()),
    };
    Ok((reply, tries))
}

fn settled(reader: Reader<'_>) -> Result<()> {
    if reader.findings.has_error() { Err(reader.findings.into()) } else { Ok(()) }
}

/// Findings of a command by the names that the form has for its fields.
fn named_as_typed(error: Error) -> Error {
    let Error::Invalid(mut findings) = error else { return error };
    for finding in &mut findings.0 {
        let field = finding.field.replace("rest.", "").replace('.', "_");
        finding.field = if field.starts_with("exceptions") { "exceptions".to_string() } else { field };
    }
    Error::Invalid(findings)
}

pub async fn change(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Form(fields): Form<Pairs>) -> Response {
    let t = Texts(caller.person.language);
    let work = async {
        let (_, currency) = asking::books(&app, &caller).await?;
        run(&app, &caller, &fields, currency).await
    };
    match work.await {
        Ok((reply, true)) => respond(changes(&app, &caller, "", &fields, None, Some(&reply)).await, t),
        Ok(_) => Redirect::to(&format!("/budgets/change?done={}", value(&fields, "do"))).into_response(),
        Err(error @ (Error::Unavailable(_) | Error::Internal(_) | Error::Denied)) => error_page(&error, t.0),
        Err(error) => match changes(&app, &caller, "", &fields, Some(&error), None).await {
            Ok(template) => page(answer::status(&error), &template),
            Err(error) => error_page(&error, t.0),
        },
    }
}
