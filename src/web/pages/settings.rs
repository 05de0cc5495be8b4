//! The settings of a connection on a page: by fields as people think of them, or as the text of a set-up file. Both become that text, and
//! `flow::administering` does with it what `hookline apply` does. What was typed stays when something is wrong; no secret is on these pages.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::Portal;
use super::fields::{self, FieldShown, Pairs, kind, value};
use crate::app::App;
use crate::domain::finding::{Finding, Findings};
use crate::error::{Error, Result};
use crate::flow::administering;
use crate::flow::signing::Caller;
use crate::text::Texts;
use crate::web::answer::{self, error_page, page};
use crate::wire::oci::preset;
use crate::wire::settings::ConnectionSettings;
use crate::wire::settings_form::{self, FIELDS, Field, GROUPS, Sort};
use crate::wire::setup;

type Fields = Form<Vec<(String, String)>>;
struct Group {
    key: &'static str,
    fields: Vec<FieldShown>,
}

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    p: Portal,
    /// The connection being changed; empty for a new one.
    name: String,
    version: i64,
    heads: Vec<FieldShown>,
    groups: Vec<Group>,
    conflict: bool,
    problems: Vec<(String, String)>,
}

/// What stands on the page: the settings, and where the connection belongs.
struct Entered {
    name: String,
    buyer: String,
    catalogue: String,
    settings: toml::Table,
    /// As typed, where it differs from what the settings would show.
    typed: Pairs,
    version: i64,
}

fn label(t: Texts, key: &str) -> String {
    t.get(&format!("setting-{}", key.replace(['_', '.'], "-")))
}

/// A finding in the words of the page: the label of the field instead of its key, and no line, since there is none to see.
fn told(t: Texts, finding: &Finding) -> String {
    let key = settings_form::key_of(&finding.field);
    let label = if is_field(key) { label(t, key) } else { finding.field.clone() };
    t.finding(&Finding { line: None, field: label, ..finding.clone() })
}

fn is_field(key: &str) -> bool {
    HEADS.contains(&key) || FIELDS.iter().any(|field| field.key == key)
}

const HEADS: [&str; 3] = ["name", "buyer", "catalogue"];

async fn form(app: &App, caller: &Caller, of: &str, entered: &Entered, error: Option<&Error>) -> Result<SettingsPage> {
    let t = Texts(caller.person.language);
    let findings = match error {
        Some(Error::Invalid(findings)) => findings.clone(),
        _ => Findings::default(),
    };
    let problem = |key: &str| {
        let wrong = findings.errors().filter(|f| settings_form::key_of(&f.field) == key);
        wrong.map(|f| told(t, f)).collect::<Vec<_>>().join(" ")
    };
    let shown = |key: &str| entered.typed.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone());
    let chosen = shown("preset").unwrap_or_else(|| settings_form::shown(&FIELDS[0], &entered.settings));
    let system = preset::find(&chosen).unwrap_or(&preset::PRESETS[0]);
    // What a connection has in cXML from the moment when it has anything of it.
    let mut usual = system.connection();
    usual.cxml.get_or_insert_default();
    let usual = settings_form::table(&ConnectionSettings::of(&usual));
    let field = |field: &Field| {
        let value = shown(field.key).unwrap_or_else(|| settings_form::shown(field, &entered.settings));
        let usual = settings_form::shown(field, &usual);
        let mut hint = t.get(&format!("setting-{}-hint", field.key.replace(['_', '.'], "-")));
        if !usual.is_empty() && kind(field.sort) != "select" {
            let parts = [("system", system.name.to_string()), ("value", usual.replace('\n', ", "))];
            hint = format!("{hint} {}", t.with_all("setting-usual", &parts)).trim().to_string();
        }
        FieldShown {
            name: field.key.to_string(),
            label: label(t, field.key),
            hint,
            kind: kind(field.sort),
            choices: choices(t, field, &value, &usual, system.name),
            problem: problem(field.key),
            value,
        }
    };
    let list = |key: &'static str, all: Vec<(String, String)>, now: &str| FieldShown {
        name: key.to_string(),
        label: label(t, key),
        hint: t.get(&format!("setting-{key}-hint")),
        kind: "select",
        value: String::new(),
        choices: fields::choices(all.into_iter().map(|(id, name)| (id.clone(), if name.is_empty() { id } else { format!("{name} ({id})") })), |id| {
            id == now
        }),
        problem: problem(key),
    };
    let mut heads = vec![list("catalogue", administering::catalogues(app, caller).await?, &entered.catalogue)];
    if of.is_empty() {
        heads.insert(0, list("buyer", administering::buyers(app, caller).await?, &entered.buyer));
        let name = FieldShown { kind: "text", value: entered.name.clone(), ..list("name", Vec::new(), "") };
        heads.insert(0, name);
    }
    let groups = GROUPS.into_iter().map(|key| Group { key, fields: FIELDS.iter().filter(|f| f.group == key).map(field).collect() }).collect();
    let mut problems: Vec<(String, String)> = findings
        .errors()
        .map(|f| {
            let key = settings_form::key_of(&f.field);
            (if is_field(key) { format!("s-{key}") } else { String::new() }, told(t, f))
        })
        .collect();
    let conflict = matches!(error, Some(Error::Conflict(_)));
    if let (Some(error), true) = (error, problems.is_empty() && !conflict) {
        problems.push((String::new(), answer::sentence(error, t)));
    }
    let (name, version) = (of.to_string(), entered.version);
    Ok(SettingsPage { p: Portal::of(caller, "/connections"), name, version, heads, groups, conflict, problems })
}

/// What may be chosen; the first says what the preset has.
fn choices(t: Texts, field: &Field, value: &str, usual: &str, system: &str) -> Vec<fields::Choice> {
    let words: Vec<(String, String)> = match field.sort {
        Sort::Preset => preset::PRESETS.iter().map(|p| (p.id.to_string(), p.name.to_string())).collect(),
        Sort::Flag => [("true", t.get("yes")), ("false", t.get("no"))].map(|(word, look)| (word.to_string(), look)).into(),
        Sort::Choice(words) => words
            .iter()
            .map(|(word, look)| (word.to_string(), if look.is_empty() { t.get(&format!("choice-{word}")) } else { look.to_string() }))
            .collect(),
        _ => return Vec::new(),
    };
    let look = |wanted: &str| words.iter().find(|(word, _)| word == wanted).map_or(wanted, |(_, look)| look).to_string();
    let as_usual = t.with_all("setting-as-preset", &[("system", system.to_string()), ("value", look(usual))]);
    let first = (field.sort != Sort::Preset).then(|| (String::new(), as_usual));
    fields::choices(first.into_iter().chain(words), |word| word.eq_ignore_ascii_case(value))
}

/// What the fields of the form say, over what is stored.
fn entered(fields: &Pairs, before: Option<(&str, &str, &toml::Table)>) -> (Entered, Findings) {
    let fresh = toml::Table::new();
    let (name, buyer, settings) = before.unwrap_or((value(fields, "name"), value(fields, "buyer"), &fresh));
    let (settings, findings) = settings_form::typed(FIELDS, settings, fields);
    let entered = Entered {
        name: name.to_string(),
        buyer: buyer.to_string(),
        catalogue: value(fields, "catalogue").to_string(),
        settings,
        typed: fields.clone(),
        version: value(fields, "version").parse().unwrap_or_default(),
    };
    (entered, findings)
}

fn shown(t: Texts, status: StatusCode, work: Result<impl Template>) -> Response {
    match work {
        Ok(template) => page(status, &template),
        Err(error) => error_page(&error, t.0),
    }
}

pub async fn new(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>) -> Response {
    let (settings, typed) = (toml::Table::new(), Vec::new());
    let blank = Entered { name: String::new(), buyer: String::new(), catalogue: String::new(), settings, typed, version: 0 };
    shown(Texts(caller.person.language), StatusCode::OK, form(&app, &caller, "", &blank, None).await)
}

pub async fn make(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Form(fields): Fields) -> Response {
    let (entered, findings) = entered(&fields, None);
    settle(&app, &caller, "", &fields, entered, findings).await
}

pub async fn edit(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path(name): Path<String>) -> Response {
    let work = async {
        let (stored, settings) = administering::stored(&app, &caller, &name).await?;
        let (settings, version) = (settings_form::table(&settings), stored.version);
        let entered = Entered { name: stored.name, buyer: stored.tenant, catalogue: stored.catalogue, settings, typed: Vec::new(), version };
        form(&app, &caller, &name, &entered, None).await
    };
    shown(Texts(caller.person.language), StatusCode::OK, work.await)
}

pub async fn save(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path(name): Path<String>, Form(fields): Fields) -> Response {
    match administering::stored(&app, &caller, &name).await {
        Ok((stored, settings)) => {
            let (entered, findings) = entered(&fields, Some((&stored.name, &stored.tenant, &settings_form::table(&settings))));
            settle(&app, &caller, &name, &fields, entered, findings).await
        }
        Err(error) => error_page(&error, caller.person.language),
    }
}

/// Keeps what was entered, or shows it again: with what is wrong, or with the habits of the preset that was chosen.
async fn settle(app: &App, caller: &Caller, of: &str, fields: &Pairs, entered: Entered, findings: Findings) -> Response {
    let t = Texts(caller.person.language);
    if value(fields, "show") == "preset" {
        return shown(t, StatusCode::OK, form(app, caller, of, &entered, None).await);
    }
    let text = setup::connection_entry(&entered.name, &entered.buyer, &entered.catalogue, entered.settings.clone());
    let seen = if of.is_empty() { 0 } else { entered.version };
    let done = match findings.has_error() {
        true => Err(findings.into()),
        false => administering::configure(app, caller, &text, (!of.is_empty()).then_some(of), seen).await,
    };
    match done {
        Ok(name) => Redirect::to(&format!("/connections/{name}")).into_response(),
        Err(error) if matches!(error, Error::Invalid(_) | Error::Conflict(_)) => {
            shown(t, answer::status(&error), form(app, caller, of, &entered, Some(&error)).await)
        }
        Err(error) => error_page(&error, t.0),
    }
}

#[derive(Template)]
#[template(path = "settings_text.html")]
struct TextPage {
    p: Portal,
    name: String,
    version: i64,
    text: String,
    rows: usize,
    conflict: bool,
    problems: Vec<String>,
}

fn text_page(caller: &Caller, name: String, version: i64, text: String, error: Option<&Error>) -> TextPage {
    let t = Texts(caller.person.language);
    let problems = match error {
        Some(Error::Invalid(findings)) => findings.errors().map(|finding| t.finding(finding)).collect(),
        _ => Vec::new(),
    };
    let conflict = matches!(error, Some(Error::Conflict(_)));
    TextPage { p: Portal::of(caller, "/connections"), rows: text.lines().count().clamp(12, 40) + 2, name, version, text, conflict, problems }
}

pub async fn text(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path(name): Path<String>) -> Response {
    let work = async {
        let (stored, settings) = administering::stored(&app, &caller, &name).await?;
        let text = setup::connection_entry(&stored.name, &stored.tenant, &stored.catalogue, settings_form::table(&settings));
        Ok::<_, Error>(text_page(&caller, name, stored.version, text, None))
    };
    shown(Texts(caller.person.language), StatusCode::OK, work.await)
}

pub async fn save_text(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Form(fields): Fields,
) -> Response {
    let text = fields.iter().find(|(n, _)| n == "text").map(|(_, v)| v.replace("\r\n", "\n")).unwrap_or_default();
    let version = value(&fields, "version").parse().unwrap_or_default();
    match administering::configure(&app, &caller, &text, Some(&name), version).await {
        Ok(name) => Redirect::to(&format!("/connections/{name}")).into_response(),
        Err(error) if matches!(error, Error::Invalid(_) | Error::Conflict(_)) => {
            page(answer::status(&error), &text_page(&caller, name, version, text, Some(&error)))
        }
        Err(error) => error_page(&error, caller.person.language),
    }
}
