//! A supplier's channels on a page, to be set: a block for each and an empty one. What was typed stays when something is wrong, but for secrets, which
//! are never shown; and nothing is kept before the reader was told what a channel cannot carry.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::Portal;
use super::channels::needs;
use super::fields::{self, FieldShown, Pairs, kind, value};
use crate::app::App;
use crate::domain::finding::{Code, Finding, Findings};
use crate::error::{Error, Result};
use crate::flow::channels::Shown;
use crate::flow::channels::setting::{self, Outcome, Stored};
use crate::flow::signing::Caller;
use crate::text::Texts;
use crate::web::answer::{self, error_page, page};
use crate::wire::channels::{CHANNELS_MAX, ChannelText};
use crate::wire::channels_form::{self, AWAY, Block, CXML, FIELDS, HEAD, HOW, MAIL, TABLE, UBL, name};
use crate::wire::order_table;
use crate::wire::settings_form::{Field, Sort};

/// Fields that most channels leave alone; open where the channel has to do with them.
struct Part {
    title: String,
    open: bool,
    fields: Vec<FieldShown>,
}

struct BlockShown {
    legend: String,
    is_new: bool,
    heads: Vec<FieldShown>,
    lacks: String,
    parts: Vec<Part>,
    /// Name and value of what carries a secret that was entered.
    sealed: (String, String),
}

#[derive(Template)]
#[template(path = "channel_settings.html")]
struct ChannelSettingsPage {
    p: Portal,
    id: String,
    supplier: String,
    version: String,
    told: Vec<String>,
    asked: Vec<String>,
    blocks: Vec<BlockShown>,
    conflict: bool,
    problems: Vec<(String, String)>,
}

/// What stands on the page.
struct Entered {
    blocks: Vec<Block>,
    version: String,
    told: Vec<String>,
}

/// What a channel cannot do, in a word for the form; nothing where it can do everything.
fn word(shown: &Shown) -> String {
    let lacks = shown.lacks.iter().map(|need| need.as_str()).chain(shown.is_open().then_some("secret"));
    let lacks: Vec<&str> = lacks.collect();
    if lacks.is_empty() { String::new() } else { format!("{} {}", shown.channel.form, lacks.join(" ")) }
}

fn words(channels: &[Shown]) -> Vec<String> {
    channels.iter().map(word).filter(|word| !word.is_empty()).collect()
}

/// Whether each of the words was told, as often as it is there.
fn is_told(channels: &[Shown], told: &[String]) -> bool {
    let mut left = told.to_vec();
    words(channels).iter().all(|word| left.iter().position(|known| known == word).map(|at| left.swap_remove(at)).is_some())
}

fn asked(t: Texts, channels: &[Shown]) -> Vec<String> {
    let told = |(place, shown): (usize, &Shown)| {
        let parts = |needs| [("place", place.to_string()), ("form", t.get(&format!("channel-{}", shown.channel.form))), ("needs", needs)];
        let lacks = (!shown.lacks.is_empty()).then(|| t.with_all("channel-ask-lacks", &parts(needs(t, &shown.lacks))));
        let open = shown.is_open().then(|| t.with_all("channel-ask-secret", &parts(String::new())));
        lacks.into_iter().chain(open)
    };
    (1..).zip(channels).flat_map(told).collect()
}

fn label(t: Texts, key: &str) -> String {
    t.get(&format!("channel-field-{}", key.replace('_', "-")))
}

fn hint(t: Texts, key: &str) -> String {
    t.with(&format!("channel-field-{}-hint", key.replace('_', "-")), "columns", order_table::COLUMNS.join(", "))
}

/// A finding in the words of the page: which channel and which field.
fn told(t: Texts, finding: &Finding) -> String {
    let place = finding.field.strip_prefix("channel.").and_then(|rest| rest.split_once('.'));
    let field = match place {
        Some((place, key)) => t.with_all("channel-field-of", &[("place", place.to_string()), ("field", label(t, key))]),
        None => t.get("channels"),
    };
    let code = if finding.value.is_empty() { Code::Missing } else { finding.code };
    t.finding(&Finding { field, code, ..finding.clone() })
}

/// The words of a field that is chosen from some.
fn choices(t: Texts, field: &Field, now: &str) -> Vec<fields::Choice> {
    let none = (String::new(), "–".to_string());
    match field.sort {
        Sort::Flag => fields::choices([("", "no"), ("true", "yes")].map(|(word, key)| (word.to_string(), t.get(key))), |word| word == now),
        Sort::Choice(words) => {
            let look = |(word, look): &(&str, &str)| {
                let look = if look.is_empty() { t.get(&format!("channel-{word}")) } else { (*look).to_string() };
                ((*word).to_string(), look)
            };
            fields::choices(std::iter::once(none).chain(words.iter().map(look)), |word| word == now)
        }
        Sort::Several(words) => {
            let look = |word: &&str| ((*word).to_string(), t.get(&format!("need-{}", word.replace('_', "-"))));
            fields::choices(words.iter().map(look), |word| now.lines().any(|line| line.trim() == word))
        }
        Sort::Preset | Sort::Text | Sort::Number | Sort::Lines | Sort::Pairs | Sort::Mapping => Vec::new(),
    }
}

/// Writes the blocks.
struct Writer<'w> {
    t: Texts,
    stored: &'w Stored,
    findings: &'w Findings,
    /// How many blocks there are, with the empty one.
    count: usize,
}

impl Writer<'_> {
    fn field(&self, number: usize, key: &str) -> FieldShown {
        let name = name(number, key);
        let wrong = self.findings.errors().filter(|finding| finding.field == name);
        let problem = wrong.map(|finding| told(self.t, finding)).collect::<Vec<_>>().join(" ");
        FieldShown { label: label(self.t, key), hint: hint(self.t, key), problem, name, ..FieldShown::default() }
    }

    fn of_group(&self, number: usize, block: &Block, group: &str) -> Vec<FieldShown> {
        let shown = |field: &Field| {
            let value = block.value(field.key).to_string();
            FieldShown { kind: kind(field.sort), choices: choices(self.t, field, &value), value, ..self.field(number, field.key) }
        };
        FIELDS.iter().filter(|field| field.group == group).map(shown).collect()
    }

    fn place(&self, number: usize, is_new: bool) -> FieldShown {
        let away = (!is_new).then(|| (AWAY.to_string(), self.t.get("channel-away")));
        let words = (1..=self.count).map(|place| (place.to_string(), place.to_string())).chain(away);
        FieldShown { kind: "select", choices: fields::choices(words, |word| word == number.to_string()), ..self.field(number, "place") }
    }

    fn secret(&self, number: usize, block: &Block) -> FieldShown {
        let same = |known: &&Shown| known.channel.form == block.value("form") && known.channel.to == block.value("to");
        let is_there = !block.sealed.is_empty() || self.stored.channels.iter().find(same).is_some_and(|known| known.has_secret);
        let field = FieldShown { kind: "secret", ..self.field(number, "secret") };
        if is_there { FieldShown { hint: self.t.get("channel-secret-there"), ..field } } else { field }
    }

    fn part(&self, number: usize, block: &Block, group: &str, words: &[&str]) -> Part {
        let mut fields = self.of_group(number, block, group);
        if group == CXML {
            fields.push(self.secret(number, block));
        }
        let has_to_do = words.contains(&block.value("form")) || words.contains(&block.value("file"));
        let is_filled = FIELDS.iter().any(|field| field.group == group && !block.value(field.key).is_empty());
        let open = has_to_do || is_filled || fields.iter().any(|field| !field.problem.is_empty());
        Part { title: self.t.get(&format!("channel-part-{group}")), open, fields }
    }

    fn block(&self, number: usize, block: &Block, is_new: bool) -> BlockShown {
        let shown = Shown::of(block.channel().0);
        let legend = match (is_new, shown.channel.form()) {
            (true, _) => self.t.get("channel-another"),
            (false, Some(form)) => format!("{number}. {}", self.t.get(&format!("channel-{}", form.as_str()))),
            (false, None) => format!("{number}."),
        };
        let mut heads = self.of_group(number, block, HEAD);
        heads.push(self.place(number, is_new));
        heads.extend(self.of_group(number, block, HOW));
        let parts = [(MAIL, &["mail"][..]), (TABLE, &["csv"]), (CXML, &["cxml"]), (UBL, &["ubl", "peppol"])];
        BlockShown {
            legend,
            is_new,
            heads,
            lacks: needs(self.t, &shown.lacks),
            parts: parts.into_iter().map(|(group, words)| self.part(number, block, group, words)).collect(),
            sealed: (name(number, "sealed"), block.sealed.clone()),
        }
    }
}

fn form(caller: &Caller, stored: &Stored, entered: Entered, ask: &[Shown], error: Option<&Error>) -> ChannelSettingsPage {
    let t = Texts(caller.person.language);
    let none = Findings::default();
    let findings = if let Some(Error::Invalid(findings)) = error { findings } else { &none };
    let count = (entered.blocks.len() + 1).min(CHANNELS_MAX);
    let writer = Writer { t, stored, findings, count };
    let empty = Block::of(&ChannelText::default());
    let blocks = entered.blocks.iter().map(|block| (block, false)).chain([(&empty, true)]);
    ChannelSettingsPage {
        p: Portal::of(caller, "/channels"),
        id: stored.supplier.id.clone(),
        supplier: stored.supplier.name.clone(),
        version: entered.version,
        told: entered.told,
        asked: asked(t, ask),
        blocks: (1..).zip(blocks).take(count).map(|(number, (block, is_new))| writer.block(number, block, is_new)).collect(),
        conflict: matches!(error, Some(Error::Conflict(_))),
        problems: findings.errors().map(|finding| (format!("s-{}", finding.field), told(t, finding))).collect(),
    }
}

pub async fn edit(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Response {
    match setting::stored(&app, &caller, &id).await {
        Ok(stored) => {
            let blocks = stored.channels.iter().map(|shown| Block::of(&shown.channel)).collect();
            let entered = Entered { blocks, version: stored.version.clone(), told: words(&stored.channels) };
            page(StatusCode::OK, &form(&caller, &stored, entered, &[], None))
        }
        Err(error) => error_page(&error, caller.person.language),
    }
}

pub async fn save(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, Path(id): Path<String>, Form(fields): Form<Pairs>) -> Response {
    settle(&app, &caller, &id, &fields).await.unwrap_or_else(|error| error_page(&error, caller.person.language))
}

/// Keeps what was sent, or shows it again: with what is wrong, or with what it cannot carry.
async fn settle(app: &App, caller: &Caller, id: &str, fields: &Pairs) -> Result<Response> {
    let stored = setting::stored(app, caller, id).await?;
    let mut blocks = channels_form::sent(fields);
    let (channels, findings) = channels_form::channels(&blocks);
    let told: Vec<String> = fields.iter().filter(|(name, _)| name == "told").map(|(_, word)| word.clone()).collect();
    let version = value(fields, "version").to_string();
    let done = match findings.has_error() {
        true => Err(findings.into()),
        false => setting::set(app, caller, id, channels.clone(), Some(&version), |kept| is_told(kept, &told)).await,
    };
    for (block, channel) in blocks.iter_mut().zip(&channels) {
        block.sealed = setting::carried(app, id, channel)?;
    }
    match done {
        Ok(Outcome::Done(_)) => Ok(Redirect::to("/channels").into_response()),
        Ok(Outcome::Ask(kept)) => {
            let entered = Entered { blocks, version, told: words(&kept) };
            Ok(page(StatusCode::OK, &form(caller, &stored, entered, &kept, None)))
        }
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let entered = Entered { blocks, version, told };
            Ok(page(answer::status(&error), &form(caller, &stored, entered, &[], Some(&error))))
        }
        Err(error) => Err(error),
    }
}
