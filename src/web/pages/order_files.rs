//! Orders from a CSV file: brought, looked at, and taken order by order. What is shown before is what each order would be answered.

use std::sync::Arc;

use askama::Template;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Extension, Multipart, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;

use super::Portal;
use super::imports::sent;
use super::orders::respond;
use crate::app::App;
use crate::domain::finding::Finding;
use crate::error::{Error, Refusal};
use crate::flow::commanding;
use crate::flow::ordering::file::{self, Taken};
use crate::flow::ordering::{Placed, Wish};
use crate::flow::signing::Caller;
use crate::store::json::str_of;
use crate::text::Texts;
use crate::web::answer::{self, error_page, page};
use crate::wire::order_csv;

/// As many orders or mistakes as a page shows.
const SHOWN_MAX: usize = 500;

struct Row {
    line: u32,
    number: String,
    href: String,
    kind: &'static str,
    word: String,
    net: String,
    why: String,
}

#[derive(Template)]
#[template(path = "order_file.html")]
struct OrderFilePage {
    p: Portal,
    text: String,
    columns: String,
    problems: Vec<String>,
    title: String,
    rows: Vec<Row>,
    may_take: bool,
}

impl OrderFilePage {
    fn blank(caller: &Caller) -> OrderFilePage {
        let (p, columns) = (Portal::of(caller, "/orders"), order_csv::COLUMNS.join(", "));
        OrderFilePage { p, text: String::new(), columns, problems: Vec::new(), title: String::new(), rows: Vec::new(), may_take: false }
    }
}

/// Why an order of a file was not taken, in the reader's language; `None` when it was.
pub fn why(taken: &Taken, t: Texts) -> Option<String> {
    match &taken.answer {
        Ok(placed) if placed.status < 400 => None,
        Ok(placed) => Some(answer::sentence(&Error::Refused(Refusal::Books(commanding::read_refusal(&placed.json()))), t)),
        Err(Error::Invalid(findings)) => Some(findings.errors().map(|finding: &Finding| t.finding(finding)).collect::<Vec<_>>().join(" ")),
        Err(error) => Some(answer::sentence(error, t)),
    }
}

fn row(t: Texts, taken: &Taken, preview: bool) -> Row {
    let (kind, key) = match taken.word() {
        "placed" => ("good", "order-file-placed"),
        "requested" => ("wait", "order-file-requested"),
        "same" => ("off", "order-file-same"),
        _ => ("bad", "order-file-refused"),
    };
    let body = taken.answer.as_ref().map(Placed::json).unwrap_or_default();
    let of_answer = |name: &str| str_of(&body, name).to_string();
    let (id, net, currency) = (of_answer("id"), of_answer("net"), of_answer("currency"));
    let is_there = taken.word() == "same" || !preview && kind != "bad";
    Row {
        line: taken.line,
        number: taken.number.clone(),
        href: if is_there && !id.is_empty() { format!("/orders/{id}") } else { String::new() },
        kind,
        word: t.get(key),
        net: net.parse().map(|net| format!("{} {currency}", t.number(&net, &2))).unwrap_or_default(),
        why: why(taken, t).unwrap_or_default(),
    }
}

pub async fn show(Extension(caller): Extension<Caller>) -> Response {
    respond(Ok(OrderFilePage::blank(&caller)), Texts(caller.person.language))
}

pub async fn bring(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    form: std::result::Result<Multipart, MultipartRejection>,
) -> Response {
    let t = Texts(caller.person.language);
    let mut shown = OrderFilePage::blank(&caller);
    let work = async {
        let (text, takes) = sent(form).await?;
        let taken = file::take(&app, &caller, &text, Wish::Order, !takes).await;
        Ok::<_, Error>((text, takes, taken))
    };
    let error = match work.await {
        Ok((text, takes, Ok(taken))) => {
            let good = taken.iter().filter(|one| matches!(one.word(), "placed" | "requested")).count();
            shown.title = t.count(if takes { "order-file-done" } else { "order-file-plan" }, &good);
            shown.rows = taken.iter().take(SHOWN_MAX).map(|one| row(t, one, !takes)).collect();
            (shown.text, shown.may_take) = (if takes { String::new() } else { text }, !takes && good > 0);
            return page(StatusCode::OK, &shown);
        }
        Ok((text, _, Err(error))) => {
            shown.text = text;
            error
        }
        Err(error) => error,
    };
    let Error::Invalid(findings) = &error else { return error_page(&error, t.0) };
    shown.problems = findings.errors().take(SHOWN_MAX).map(|finding| t.finding(finding)).collect();
    page(answer::status(&error), &shown)
}
