//! A call-up: read, proven, checked, recorded, answered.
//! Never shows why a credential failed, and never opens anything before it is recorded.

use std::net::IpAddr;
use std::sync::Arc;

use serde::Serialize;

use super::connecting::{self, Live};
use super::recording::Wanted;
use super::{answering, prefilling, proving, sessions};
use crate::app::App;
use crate::clock;
use crate::domain::callup::{CallUp, Function, Unreadable};
use crate::domain::coding::Coding;
use crate::domain::connection::Connection;
use crate::domain::name::Language;
use crate::domain::return_url::ReturnUrl;
use crate::error::{Error, Result};
use crate::store::credential::Credential;
use crate::store::evidence::Evidence;
use crate::store::json::write;
use crate::store::session::Session;
use crate::wire::form::{self, Pair, Place};
use crate::wire::oci;

/// What was answered, where the answer brings nothing that is kept.
const NOTHING: &str = "{}";

/// What is kept of a form that was the answer.
#[derive(Serialize)]
struct Sent<'a> {
    action: &'a str,
    pairs: &'a [(String, String)],
}

/// A call-up as the network gave it.
pub struct Request<'r> {
    pub connection: &'r str,
    pub method: &'r str,
    pub query: &'r [u8],
    pub body: &'r [u8],
    pub content_type: &'r str,
    pub address: IpAddr,
    /// A rehearsal or a replay: kept out of the figures.
    pub test: bool,
}

/// What the caller gets.
#[derive(Debug)]
pub enum Answer {
    /// A session was opened; the browser goes to its pages.
    Opened {
        number: String,
        key: String,
        path: String,
    },
    /// A form in the response itself.
    Form {
        form: oci::returns::ReturnForm,
        submits: bool,
        language: Language,
    },
    Json(String),
    /// The article asked for is not there.
    NotFound {
        language: Language,
    },
    /// one answer for everything that is wrong with a credential.
    LoginRefused,
    TooMany {
        seconds: u64,
    },
    /// with the reason of the log.
    Refused {
        reason: &'static str,
        language: Language,
    },
    TooLarge {
        in_body: bool,
        language: Language,
    },
}

/// Everything known while one call-up is worked on.
struct Work<'r> {
    app: &'r App,
    live: Arc<Live>,
    request: Request<'r>,
    pairs: Vec<Pair>,
    notes: Vec<String>,
}

/// Answers a call-up. An error means that nothing was opened: no such connection, or something is not available.
pub async fn open(app: &App, request: Request<'_>) -> Result<(Answer, Arc<Live>)> {
    let live = connecting::connection(app, request.connection).await?;
    let mut pairs = form::read(request.query, Place::Query, None);
    pairs.extend(form::read(request.body, Place::Body, form::declared_charset(request.content_type)));
    let (read, notes) = oci::callup::read(&pairs, &live.connection);
    let work_is_test = request.test;
    let work = Work { app, live: live.clone(), request, pairs, notes };
    let answer = match read {
        Err(unreadable) => work.unreadable(unreadable).await?,
        Ok(call_up) => work.answer(call_up).await?,
    };
    if !work_is_test {
        metrics::counter!("hookline_call_ups_total", "outcome" => outcome(&answer)).increment(1);
    }
    Ok((answer, live))
}

/// The word for evidence, logs and metrics.
fn outcome(answer: &Answer) -> &'static str {
    match answer {
        Answer::Opened { .. } => "shopping_session",
        Answer::Form { .. } => "form",
        Answer::Json(_) => "json",
        Answer::NotFound { .. } => "not_found",
        Answer::LoginRefused => "login_refused",
        Answer::TooMany { .. } => "too_many_failures",
        Answer::Refused { .. } => "callup_refused",
        Answer::TooLarge { .. } => "too_large",
    }
}

impl Work<'_> {
    fn connection(&self) -> &Connection {
        &self.live.connection
    }

    async fn unreadable(mut self, unreadable: Unreadable) -> Result<Answer> {
        let language = self.connection().language;
        let (answer, reason) = match unreadable {
            Unreadable::Conflicting(what) => {
                self.notes.push(format!("two different values for the {what} (R-04)"));
                (Answer::Refused { reason: "conflicting_parameter", language }, "conflicting_parameter")
            }
            Unreadable::TooLarge { in_body } => (Answer::TooLarge { in_body, language }, "too_large"),
        };
        self.record(&CallUp::default(), &answer, Some(reason), None, NOTHING.to_string()).await?;
        Ok(answer)
    }

    async fn answer(mut self, call_up: CallUp) -> Result<Answer> {
        let now = self.app.clock.now();
        let language = call_up.language.unwrap_or(self.connection().language);
        let limit_key = format!("oci:{}", self.connection().name);
        if let Some(seconds) = self.app.failures.wait(&limit_key, self.request.address, now) {
            let answer = Answer::TooMany { seconds };
            self.record(&call_up, &answer, Some("too_many_failures"), None, NOTHING.to_string()).await?;
            return Ok(answer);
        }
        if !self.is_proven(&call_up).await? {
            self.app.failures.count(&limit_key, self.request.address, now);
            self.record(&call_up, &Answer::LoginRefused, Some("login_refused"), None, NOTHING.to_string()).await?;
            return Ok(Answer::LoginRefused);
        }
        if let Err(reason) = self.check_addresses(&call_up) {
            let answer = Answer::Refused { reason, language };
            self.record(&call_up, &answer, Some(reason), None, NOTHING.to_string()).await?;
            return Ok(answer);
        }
        if call_up.function.is_server_called() {
            return self.answer_at_once(call_up, language).await;
        }
        self.open_pages(call_up, language).await
    }

    /// a test of the gateway's own proves itself by being made here.
    async fn is_proven(&self, call_up: &CallUp) -> Result<bool> {
        if self.request.test {
            return Ok(true);
        }
        let connection = self.connection();
        let organisation_fits = |known: &str| {
            known == call_up.organisation || (!connection.organisation_required && (known.is_empty() || call_up.organisation.is_empty()))
        };
        if !call_up.token.is_empty() {
            let hash = proving::sha256(call_up.token.expose());
            let mut known = self.live.credentials.iter().filter(|c| c.kind == "token");
            return Ok(connection.active && known.any(|c| proving::same(&c.hash, &hash)));
        }
        let of_user = |c: &&Credential| c.kind != "token" && c.user == call_up.user && organisation_fits(&c.organisation);
        let candidates: Vec<&Credential> = self.live.credentials.iter().filter(of_user).collect();
        let password = call_up.password.expose();
        if candidates.is_empty() || password.is_empty() || !connection.active {
            self.app.prover.check(password, None).await?;
            return Ok(false);
        }
        for candidate in candidates {
            let right = match candidate.kind.as_str() {
                "secret" => proving::same(&candidate.hash, &proving::sha256(password)),
                _ => self.app.prover.check(password, Some(&candidate.hash)).await?,
            };
            if right {
                return Ok(true);
            }
        }
        Ok(false)
    }

    ///
    fn check_addresses(&self, call_up: &CallUp) -> std::result::Result<(), &'static str> {
        match call_up.return_url.as_str() {
            "" if call_up.function.needs_return_url() => return Err("return_url_missing"),
            "" => {}
            url => drop(ReturnUrl::parse(url, self.connection()).map_err(|refused| refused.as_str())?),
        }
        match call_up.cancel_url.as_str() {
            "" => Ok(()),
            url => ReturnUrl::parse(url, self.connection()).map(drop).map_err(|refused| refused.as_str()),
        }
    }

    /// no redirect, no cookie, nothing written to a basket, no session left behind.
    async fn answer_at_once(mut self, call_up: CallUp, language: Language) -> Result<Answer> {
        let catalogue = connecting::catalogue_of(self.app, self.connection()).await?;
        let (answer, findings) = answering::answer(self.app, self.connection(), &catalogue, &call_up, language).await?;
        self.notes.extend(findings.0.iter().map(ToString::to_string));
        let sent = match &answer {
            Answer::Form { form, .. } => write(&Sent { action: &form.action, pairs: &form.pairs }),
            _ => NOTHING.to_string(),
        };
        self.record(&call_up, &answer, None, None, sent).await?;
        Ok(answer)
    }

    /// a new session with a basket of its own.
    async fn open_pages(mut self, call_up: CallUp, language: Language) -> Result<Answer> {
        let catalogue = connecting::catalogue_of(self.app, self.connection()).await?;
        // Articles of the supplier's own shop are looked up there.
        let detail = matches!(call_up.function, Function::Detail | Function::DetailAdd) && self.connection().remote.is_none();
        let product = call_up.asked.first().map(|asked| asked.product.clone()).unwrap_or_default();
        if detail && catalogue.get(&product).is_none() {
            let answer = Answer::NotFound { language };
            self.record(&call_up, &answer, Some("article_unknown"), None, NOTHING.to_string()).await?;
            return Ok(answer);
        }
        let nothing_found =
            call_up.function == Function::Sourcing && self.connection().remote.is_none() && catalogue.search(&call_up.search).is_empty();
        if nothing_found && call_up.return_if_nothing_found {
            let context = oci::returns::Context { connection: self.connection(), call_up: &call_up, language, quote: "" };
            let answer = Answer::Form { form: oci::returns::empty(context), submits: true, language };
            self.record(&call_up, &answer, None, None, NOTHING.to_string()).await?;
            return Ok(answer);
        }
        let key = clock::timed_key(self.app.clock.now());
        let coding = prefilling::coding(self.app, &self.live, &call_up).await?;
        let session = self.session(&call_up, &key, language, coding);
        let path = if detail { format!("article/{}", crate::wire::oci::path_segment(&product)) } else { String::new() };
        let answer = Answer::Opened { number: session.number.clone(), key, path };
        let number = session.number.clone();
        self.record(&call_up, &answer, None, Some(session), format!("{{\"session\":\"{number}\"}}")).await?;
        Ok(answer)
    }

    fn session(&self, call_up: &CallUp, key: &str, language: Language, basket_coding: Coding) -> Session {
        let now = self.app.clock.now();
        Session {
            tenant: self.connection().tenant.clone(),
            number: clock::new_id(now),
            connection: self.connection().name.clone(),
            key_hash: sessions::mark(key),
            user: shown_user(call_up),
            language,
            state: "open".into(),
            call_up: CallUp { user: shown_user(call_up), ..call_up.clone() }.into(),
            basket_coding,
            opened_at: now,
            seen_at: now,
            test: self.request.test,
            version: 1,
        }
    }

    /// kept as received, secrets replaced, before the answer leaves.
    async fn record(&mut self, call_up: &CallUp, answer: &Answer, reason: Option<&str>, session: Option<Session>, sent: String) -> Result<()> {
        let now = self.app.clock.now();
        let connection = self.connection();
        let word = if call_up.function.is_server_called() && reason.is_none() { call_up.function.as_str() } else { outcome(answer) };
        let evidence = Evidence {
            tenant: connection.tenant.clone(),
            id: clock::new_id(now),
            connection: connection.name.clone(),
            at: now,
            kind: if call_up.function.is_server_called() { "function" } else { "call_up" }.into(),
            outcome: word.to_ascii_lowercase(),
            reason: reason.map(str::to_string),
            user: shown_user(call_up),
            session: session.as_ref().map(|session| session.number.clone()),
            address: self.request.address.to_string(),
            method: self.request.method.to_string(),
            received: oci::callup::shown(&self.pairs, connection),
            sent: sent.into(),
            notes: self.notes.clone(),
            test: self.request.test,
        };
        tracing::info!(
            connection = connection.name,
            session.id = session.as_ref().map(|s| s.number.as_str()),
            outcome = evidence.outcome,
            reason,
            user = evidence.user,
            notes = self.notes.join("; "),
            return_url = call_up.return_url.split(['?', '#']).next().unwrap_or_default(),
            "call-up answered"
        );
        self.app.recorder.record(Wanted { evidence: vec![evidence], opened: session, ..Wanted::default() }).await.map(drop)
    }
}

/// Who the session belongs to: the user name, or a word for a caller that came with a token.
fn shown_user(call_up: &CallUp) -> String {
    match (call_up.user.as_str(), call_up.token.is_empty()) {
        ("", false) => "token".to_string(),
        (user, _) => user.to_string(),
    }
}

/// For logs: a name a caller made up, cut and without control characters.
pub fn harmless(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}

/// An address is wanted as text; an unknown one is nobody's.
pub fn no_such(name: &str) -> Error {
    Error::not_found("connection", harmless(name))
}
