//! A credit note for lines of an invoice: the lines with what is left of each, what becomes of the goods, and the reason why not. Decides nothing.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Extension, Path, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::Portal;
use crate::app::App;
use crate::domain::finding::{Code, Finding};
use crate::domain::invoice::credit::CreditKind;
use crate::error::{Error, Result};
use crate::flow::invoicing::crediting;
use crate::flow::signing::Caller;
use crate::store::invoice::Invoice;
use crate::text::Texts;
use crate::web::answer::{self, error_page, page};
use crate::web::invoicing_api::wanted;

struct LineShown {
    number: u32,
    article: String,
    /// Whose share of the line it is; nothing where it is all of it.
    budget: String,
    description: String,
    quantity: String,
    left: String,
    net_left: String,
    open: bool,
}

#[derive(Template)]
#[template(path = "credit.html")]
struct CreditPage {
    p: Portal,
    number: String,
    order: String,
    action: String,
    currency: String,
    problem: Option<String>,
    lines: Vec<LineShown>,
}

type Address = Path<(String, String)>;
type Fields = Form<Vec<(String, String)>>;

async fn shown(app: &App, caller: &Caller, tenant: &str, id: &str, problem: Option<String>) -> Result<CreditPage> {
    let t = Texts(caller.person.language);
    let (row, left) = crediting::left(app, caller, tenant, id).await?;
    let lines = left.into_iter().map(|(line, quantity, net)| LineShown {
        number: line.number,
        quantity: t.number(&line.pieces(), &0),
        budget: line.sharing_budget().map(|budget| format!("{} {budget}", t.get("field-budget-code"))).unwrap_or_default(),
        article: line.article,
        description: line.description,
        left: t.number(&quantity, &0),
        net_left: t.amount(&net),
        open: net.minor > 0,
    });
    Ok(CreditPage {
        p: Portal::of(caller, "/desk"),
        order: format!("/desk/{tenant}/{}", row.order),
        action: format!("/desk/{tenant}/invoices/{id}/credit"),
        lines: lines.collect(),
        currency: row.currency,
        number: row.number,
        problem,
    })
}

async fn answered(app: &App, caller: &Caller, (tenant, id): (&str, &str), status: StatusCode, problem: Option<String>) -> Response {
    match shown(app, caller, tenant, id, problem).await {
        Ok(template) => page(status, &template),
        Err(error) => error_page(&error, caller.person.language),
    }
}

pub async fn show(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path((tenant, id)): Address) -> Response {
    answered(&app, &caller, (&tenant, &id), StatusCode::OK, None).await
}

pub async fn credit(
    Shared(app): Shared<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((tenant, id)): Address,
    Form(fields): Fields,
) -> Response {
    match asked(&app, &caller, (&tenant, &id), &fields).await {
        Ok(row) => Redirect::to(&format!("/desk/{tenant}/{}", row.order)).into_response(),
        Err(error) => {
            let sentence = answer::sentence(&error, Texts(caller.person.language));
            answered(&app, &caller, (&tenant, &id), answer::status(&error), Some(sentence)).await
        }
    }
}

/// The lines that are ticked: of goods the pieces typed beside them, of money the amount; all that is left where nothing was typed.
async fn asked(app: &App, caller: &Caller, (tenant, id): (&str, &str), fields: &[(String, String)]) -> Result<Invoice> {
    let value = |name: &str| fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim());
    let kind = CreditKind::parse(value("kind")).ok_or_else(|| Error::from(Finding::error(Code::Missing, "kind")))?;
    let typed = |line: u32, what: &str| Some(value(&format!("{what}-{line}")).replace(',', ".")).filter(|text| !text.is_empty());
    let ticked = fields.iter().filter(|(name, _)| name == "line").filter_map(|(_, value)| value.parse::<u32>().ok());
    let lines = ticked.map(|line| match kind {
        CreditKind::Price => (line, None, typed(line, "amount")),
        CreditKind::Refund | CreditKind::Replace => (line, typed(line, "quantity"), None),
    });
    let lines = wanted(lines, crediting::currency(app, tenant, id).await?)?;
    crediting::credit(app, caller, tenant, id, kind, &lines).await
}
