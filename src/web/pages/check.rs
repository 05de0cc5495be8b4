//! The checker of e-invoices as a page for anybody: a file or a text goes in, and the verdict comes out with what to change, in the reader's
//! language. Keeps nothing of what it is shown.

use std::sync::Arc;

use askama::Template;
use axum::extract::multipart::{MultipartError, MultipartRejection};
use axum::extract::{Multipart, Query, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use super::check_words::{self, Group, Mistake};
use crate::app::App;
use crate::domain::finding::{Code, Finding};
use crate::domain::name::Language;
use crate::einvoice::Profile;
use crate::error::{Error, Result};
use crate::flow::checking::{self, Checked};
use crate::invoice_check::profile_named;
use crate::text::Texts;
use crate::web::answer::{self, error_page, page};
use crate::web::auth;

/// What a text pasted into the form is shown again up to; a longer one is checked and not repeated.
const REPEATED_MAX: usize = 200_000;

/// Profiles by the name under which people know them.
const PROFILES: [(Profile, &str); 13] = [
    (Profile::En16931, "EN 16931"),
    (Profile::Peppol, "Peppol BIS Billing 3.0"),
    (Profile::PeppolSelfBilling, "Peppol BIS Self-Billing 3.0"),
    (Profile::Nlcius, "NLCIUS (SI-UBL 2.0)"),
    (Profile::NlciusGaccount, "NLCIUS, G-account"),
    (Profile::Order, "Peppol Order 3"),
    (Profile::OrderChange, "Peppol Order Change 3"),
    (Profile::OrderCancellation, "Peppol Order Cancellation 3"),
    (Profile::OrderResponse, "Peppol Order Response 3"),
    (Profile::OrderResponseAdvanced, "Peppol Order Response Advanced 3"),
    (Profile::OrderAgreement, "Peppol Order Agreement 3"),
    (Profile::DespatchAdvice, "Peppol Despatch Advice 3"),
    (Profile::PunchOut, "Peppol Punch Out 3"),
];

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    language: String,
}

struct Choice {
    value: &'static str,
    text: &'static str,
    chosen: bool,
}

struct Tongue {
    code: &'static str,
    name: &'static str,
    here: bool,
}

const TONGUES: [(Language, &str); 4] =
    [(Language::Nl, "Nederlands"), (Language::En, "English"), (Language::Fr, "Français"), (Language::De, "Deutsch")];

/// The verdict over everything.
struct Verdict {
    kind: &'static str,
    title: String,
    about: String,
    rules: String,
    later: String,
    mistakes: Vec<Mistake>,
    groups: Vec<Group>,
}

#[derive(Template)]
#[template(path = "check.html")]
struct CheckPage {
    t: Texts,
    tongues: Vec<Tongue>,
    profiles: Vec<Choice>,
    problem: Option<String>,
    verdict: Option<Verdict>,
    name: String,
    text: String,
}

/// What the form brought.
#[derive(Default)]
struct Sent {
    name: String,
    file: Vec<u8>,
    text: String,
    profile: String,
}

impl Sent {
    fn bytes(&self) -> Vec<u8> {
        if self.file.is_empty() { self.text.clone().into_bytes() } else { self.file.clone() }
    }
}

fn language(asked: &Asked, headers: &HeaderMap) -> Language {
    Language::from_tag(&asked.language).unwrap_or_else(|| answer::language_of(headers))
}

fn blank(t: Texts, sent: &Sent) -> CheckPage {
    let choice = |(profile, text): (Profile, &'static str)| Choice { value: profile.code(), text, chosen: profile.code() == sent.profile };
    CheckPage {
        t,
        tongues: TONGUES.map(|(language, name)| Tongue { code: language.as_str(), name, here: language == t.0 }).into(),
        profiles: PROFILES.map(choice).into(),
        problem: None,
        verdict: None,
        name: sent.name.clone(),
        text: if sent.text.len() <= REPEATED_MAX { sent.text.clone() } else { String::new() },
    }
}

pub async fn show(Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    page(StatusCode::OK, &blank(Texts(language(&asked, &headers)), &Sent::default()))
}

fn unreadable(app: &App, error: &MultipartError) -> Error {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Finding::error(Code::TooMany, "bytes").limit(app.config.body_max).into(),
        _ => Finding::error(Code::Missing, "file").into(),
    }
}

async fn sent(app: &App, form: std::result::Result<Multipart, MultipartRejection>) -> Result<Sent> {
    let mut form = form.map_err(|_| Finding::error(Code::Missing, "file"))?;
    let mut sent = Sent::default();
    while let Some(field) = form.next_field().await.map_err(|error| unreadable(app, &error))? {
        let (name, file_name) = (field.name().unwrap_or_default().to_string(), field.file_name().unwrap_or_default().to_string());
        let bytes = field.bytes().await.map_err(|error| unreadable(app, &error))?;
        match name.as_str() {
            "file" if !bytes.is_empty() => (sent.name, sent.file) = (file_name, bytes.to_vec()),
            "text" => sent.text = String::from_utf8_lossy(&bytes).into_owned(),
            "profile" => sent.profile = String::from_utf8_lossy(&bytes).into_owned(),
            _ => {}
        }
    }
    Ok(sent)
}

async fn checked(app: &App, sent: &Sent) -> Result<Checked> {
    let bytes = sent.bytes();
    if bytes.trim_ascii().is_empty() {
        return Err(Finding::error(Code::Missing, "file").into());
    }
    let asked = if sent.profile.is_empty() { "auto" } else { &sent.profile };
    let profile = profile_named(asked).map_err(|known| Error::from(Finding::error(Code::Unusable, "profile").value(asked).limit(known)))?;
    checking::check(bytes, profile, checking::day(app, "")?).await
}

fn verdict(t: Texts, checked: &Checked) -> Verdict {
    let report = &checked.report;
    let groups = check_words::groups(t, report);
    let mistakes = check_words::mistakes(t, report);
    let (kind, key) = match (report.accepted(), report.profile) {
        (true, None | Some(Profile::None)) => ("info", "einvoice-structure-only"),
        (true, Some(_)) => ("good", "einvoice-accepted"),
        (false, _) => ("bad", "einvoice-refused"),
    };
    let rules: Vec<String> = report.releases.iter().map(|release| format!("{} {}", release.set.code(), release.version)).collect();
    let later = report.later.as_ref().map(|later| {
        let key = if later.accepted { "einvoice-later-accepted" } else { "einvoice-later-refused" };
        t.with_all(key, &[("day", t.iso_date(&later.since.to_string())), ("rules", check_words::listed(later))])
    });
    Verdict {
        kind,
        title: t.get(&format!("{key}-title")),
        about: t.get(&format!("{key}-text")),
        rules: if rules.is_empty() { String::new() } else { t.with("einvoice-by", "rules", rules.join(", ")) },
        later: later.unwrap_or_default(),
        mistakes,
        groups,
    }
}

pub async fn judge(
    Shared(app): Shared<Arc<App>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    form: std::result::Result<Multipart, MultipartRejection>,
) -> Response {
    let t = Texts(language(&asked, &headers));
    if !auth::is_same_origin(&app, &headers) {
        return error_page(&Error::Denied, t.0);
    }
    let (sent, error) = match sent(&app, form).await {
        Ok(sent) => match checked(&app, &sent).await {
            Ok(checked) => return page(StatusCode::OK, &CheckPage { verdict: Some(verdict(t, &checked)), ..blank(t, &sent) }),
            Err(error) => (sent, error),
        },
        Err(error) => (Sent::default(), error),
    };
    let Error::Invalid(_) = &error else { return error_page(&error, t.0) };
    page(answer::status(&error), &CheckPage { problem: Some(answer::sentence(&error, t)), ..blank(t, &sent) })
}
