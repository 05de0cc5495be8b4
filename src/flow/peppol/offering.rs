//! Punch-out carts (T77, section 26): a basket that is handed back is told to a buyer's system over the access point too, besides the form that the
//! browser carries. Owed in the commit of the hand-back. Never holds a hand-back up: a cart that cannot be said exactly is left out, and why is on
//! record with the hand-back.

use rust_decimal::Decimal;

use super::corresponding;
use crate::app::App;
use crate::domain::catalogue::Catalogue;
use crate::domain::connection::Connection;
use crate::domain::money::Currency;
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::flow::cxml::{self, Edited};
use crate::store::outbox::Message;
use crate::store::session::Session;
use crate::wire::cxml::kept;
use crate::wire::cxml::{cart, units};
use crate::wire::loss::Loss;
use crate::wire::oci::returns::Line as Returned;
use crate::wire::peppol::agreement::{self, Agreed, AgreedLine};
use crate::wire::peppol::{self, Correspondence};

/// Whom the baskets of a connection are told to: nobody, unless it says so.
pub async fn receiver(app: &App, connection: &Connection, catalogue: &Catalogue) -> Result<Option<Correspondence>> {
    if !connection.peppol.as_ref().is_some_and(|peppol| peppol.punch_out_carts) {
        return Ok(None);
    }
    corresponding(app, &connection.tenant, &catalogue.supplier).await
}

/// A basket with the number it got.
pub struct Basket<'b> {
    pub session: &'b Session,
    pub quote: &'b str,
    pub lines: &'b [Returned<'b>],
    pub edited: &'b Edited,
}

/// What the buyer's system is owed of a hand-back.
///
/// # Errors
/// What cannot be said exactly; then there is no cart.
pub fn cart(connection: &Connection, to: &Correspondence, basket: &Basket<'_>, now: Timestamp) -> std::result::Result<Message, Vec<Loss>> {
    let lines: Vec<kept::Line> = (1u32..).zip(basket.lines).map(|(number, line)| offered(connection, basket, number, line)).collect();
    let of_article = |returned: &Returned<'_>| (returned.article.vat, returned.article.lead_days);
    let offered = lines.iter().zip(basket.lines).map(|(line, returned)| (line, of_article(returned)));
    let offered: Vec<AgreedLine<'_>> = offered.map(|(line, (vat, lead_time))| AgreedLine { line, vat, lead_time }).collect();
    let to = Correspondence { buyer_reference: basket.session.user.clone(), ..to.clone() };
    let (day, time, _) = now.local("UTC");
    let currency = basket.lines.first().map_or(Currency::EUR, |line| line.article.price.currency);
    let agreed = Agreed { id: basket.quote, day: &day, time: &time, correspondence: &to, currency, contract: "", lines: &offered };
    let xml = agreement::write_cart(&agreed, None, false)?;
    let session = basket.session;
    Ok(cxml::over_access_point(&session.tenant, &session.number, &to, peppol::Message::PunchOut, agreement::PUNCHING_OUT, xml, now))
}

/// A line with the id that an order of it brings back.
fn offered(connection: &Connection, basket: &Basket<'_>, number: u32, line: &Returned<'_>) -> kept::Line {
    let article = &line.article;
    let text = article.text(basket.session.language);
    let said = |text: &str| Some(text.to_string()).filter(|text| !text.trim().is_empty());
    let words = connection.peppol.as_ref().map(|peppol| &peppol.units);
    kept::Line {
        line: number.to_string(),
        number,
        supplier_part: article.number.clone(),
        aux: Some(basket.edited.aux(number).map_or_else(|| cart::aux(basket.quote, number), str::to_string)),
        quantity: line.quantity,
        unit: words.and_then(|words| units::canonical(&article.unit, words)).unwrap_or_else(|| article.unit.clone()),
        unit_price: Some(article.price.amount),
        price_basis: Decimal::from(article.price.per),
        factor: Decimal::ONE,
        net: article.price.total(line.quantity).map(|net| net.decimal()).unwrap_or_default(),
        description: said(&text.long_text).or_else(|| said(&text.description)),
        short_name: said(&text.description),
        agreement: said(&article.contract),
        ..kept::Line::default()
    }
}
