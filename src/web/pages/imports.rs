//! Budgets from a CSV file: brought, looked at, and taken whole. What is shown before is what will be done; decides nothing itself.

use std::sync::Arc;

use askama::Template;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Extension, Multipart, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;

use super::Portal;
use super::orders::respond;
use crate::app::App;
use crate::domain::finding::{Code, Finding};
use crate::error::{Error, Result};
use crate::flow::planning::{self, Imported};
use crate::flow::signing::Caller;
use crate::text::Texts;
use crate::web::answer::{self, error_page, page};
use crate::wire::budget_csv;

/// As many lines of a plan or of its mistakes as a page shows.
const SHOWN_MAX: usize = 500;

struct Step {
    line: u32,
    what: String,
    kind: &'static str,
    word: String,
}

#[derive(Template)]
#[template(path = "import.html")]
struct ImportPage {
    p: Portal,
    text: String,
    columns: String,
    problems: Vec<String>,
    /// What was tried: how many changes, and each step.
    tried: Option<(String, Vec<Step>)>,
    may_take: bool,
    done: String,
}

impl ImportPage {
    fn blank(caller: &Caller) -> ImportPage {
        let p = Portal::of(caller, "/budgets");
        let columns = budget_csv::COLUMNS.join(", ");
        ImportPage { p, text: String::new(), columns, problems: Vec::new(), tried: None, may_take: false, done: String::new() }
    }
}

pub async fn show(Extension(caller): Extension<Caller>) -> Response {
    respond(Ok(ImportPage::blank(&caller)), Texts(caller.person.language))
}

/// The file or the text of the form, and whether it is to be taken.
pub async fn sent(form: std::result::Result<Multipart, MultipartRejection>) -> Result<(String, bool)> {
    let unreadable = |_| Error::from(Finding::error(Code::Missing, "CSV"));
    let mut form = form.map_err(|_| Finding::error(Code::Missing, "CSV"))?;
    let (mut text, mut takes) = (String::new(), false);
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_string();
        let bytes = field.bytes().await.map_err(unreadable)?;
        match name.as_str() {
            "step" => takes = &*bytes == b"take",
            "text" | "file" if !bytes.is_empty() => {
                text = String::from_utf8(bytes.to_vec()).map_err(|_| Finding::error(Code::Unusable, "CSV").limit("UTF-8"))?;
            }
            _ => {}
        }
    }
    Ok((text, takes))
}

fn steps(t: Texts, imported: &Imported) -> (String, Vec<Step>) {
    let step = |step: &planning::ImportedStep| {
        let (kind, word) = match step.change {
            "create" => ("good", t.get("import-new")),
            "change" => ("info", t.get("import-changed")),
            _ => ("idle", t.get("import-same")),
        };
        Step { line: step.line, what: step.what.clone(), kind, word }
    };
    (t.count("import-plan", &imported.changes()), imported.steps.iter().take(SHOWN_MAX).map(step).collect())
}

pub async fn bring(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    form: std::result::Result<Multipart, MultipartRejection>,
) -> Response {
    let t = Texts(caller.person.language);
    let mut shown = ImportPage::blank(&caller);
    let work = async {
        let (text, takes) = sent(form).await?;
        let imported = planning::import(&app, &caller, &text, !takes).await;
        Ok::<_, Error>((text, takes, imported))
    };
    let error = match work.await {
        Ok((text, takes, Ok(imported))) => {
            let plan = steps(t, &imported);
            if takes {
                shown.done = t.count("import-done", &imported.changes());
            } else {
                (shown.text, shown.may_take) = (text, imported.changes() > 0);
                shown.tried = Some(plan);
            }
            return page(StatusCode::OK, &shown);
        }
        Ok((text, _, Err(error))) => {
            shown.text = text;
            error
        }
        Err(error) => error,
    };
    match &error {
        Error::Invalid(findings) => shown.problems = findings.errors().take(SHOWN_MAX).map(|finding| t.finding(finding)).collect(),
        Error::NotFound(_) | Error::Denied => shown.problems = vec![answer::sentence(&error, t)],
        _ => return error_page(&error, t.0),
    }
    page(answer::status(&error), &shown)
}
