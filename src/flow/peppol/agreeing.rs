//! Order agreements (T110, section 24): an order that was placed here is told to a buyer's system that takes Peppol and no punch-out, once the supplier has
//! answered for all of it. Owed in the commit of that answer. Never told of an order that such a system sent itself, and never twice.

use rust_decimal::Decimal;

use super::corresponding;
use crate::app::App;
use crate::domain::fulfilment::Says;
use crate::domain::order::Line;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::flow::{connecting, cxml};
use crate::store::order::Stored;
use crate::store::outbox::Message;
use crate::wire::cxml::kept;
use crate::wire::peppol::agreement::{self, Agreed, AgreedLine};
use crate::wire::peppol::{self, Correspondence};

/// Whom an order that was placed here is told to: nobody, unless its connection says so.
pub async fn hearer(app: &App, stored: &Stored) -> Result<Option<Correspondence>> {
    let Some(name) = stored.order.connection.as_deref().filter(|_| stored.document.is_empty()) else { return Ok(None) };
    let live = match connecting::connection(app, name).await {
        Ok(live) => live,
        Err(Error::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    if !live.connection.peppol.as_ref().is_some_and(|peppol| peppol.order_agreements) {
        return Ok(None);
    }
    corresponding(app, &stored.tenant, &stored.order.supplier).await
}

/// What comes of the line.
fn coming(line: &Line) -> Decimal {
    line.quantity - line.refused
}

/// Whether the supplier has answered for every piece and somebody gets something.
fn is_agreed(stored: &Stored) -> bool {
    let lines = &stored.order.lines;
    let is_answered = |line: &Line| [Says::Pending, Says::Offered].into_iter().all(|says| line.standing().count(says).is_zero());
    lines.iter().all(is_answered) && lines.iter().any(|line| coming(line) > Decimal::ZERO)
}

/// What the buyer's system is owed of a step by which the order is agreed.
pub fn agreed(before: &Stored, after: &Stored, to: Option<&Correspondence>, now: Timestamp) -> Option<Message> {
    let to = to.filter(|_| !is_agreed(before) && is_agreed(after))?;
    let document = cxml::kept_of(after);
    let lines: Vec<(kept::Line, Decimal)> = after.order.lines.iter().filter_map(|line| agreed_line(&document, line)).collect();
    let lines: Vec<AgreedLine<'_>> = lines.iter().map(|(line, vat)| AgreedLine { line, vat: *vat, lead_time: None }).collect();
    let (day, time, _) = now.local("UTC");
    let currency = after.order.net.currency;
    let agreed = Agreed { id: &after.order.id, day: &day, time: &time, correspondence: to, currency, contract: "", lines: &lines };
    match agreement::write(&agreed, &after.order.number) {
        Ok(xml) => {
            let (message, process) = (peppol::Message::OrderAgreement, agreement::AGREEING);
            Some(cxml::over_access_point(&after.tenant, &after.order.id, to, message, process, xml, now))
        }
        Err(losses) => {
            let why = losses.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            tracing::warn!(order = after.order.number, why, "an order cannot be said as an order agreement");
            None
        }
    }
}

/// The line as far as it comes, at the price it was ordered at.
fn agreed_line(document: &kept::Kept, line: &Line) -> Option<(kept::Line, Decimal)> {
    let quantity = coming(line);
    let said = document.by_number(line.line).filter(|_| quantity > Decimal::ZERO)?;
    let net = line.price.total(quantity).map_or(said.net, |net| net.decimal());
    let description = Some(line.description.clone()).filter(|text| !text.trim().is_empty());
    Some((kept::Line { quantity, net, description: said.description.clone().or(description), ..said.clone() }, line.vat))
}
