//! A supplier's own shop behind a connection (reference cxml-and-peppol-ordering, sections 9 and 10): the gateway is the buyer's system there. Its
//! cart becomes the basket of the session it was opened in, and from there everything goes as with a catalogue of ours: coding, the hand-back in
//! the buyer's own protocol, the order. Keeps no secret of a shop unsealed, and believes nothing of a cart but what the buyer then sees.

mod opening;
mod taking;

use std::collections::BTreeSet;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use self::opening::{Opened, open};
pub use self::taking::{Brought, Returning, take};
use super::connecting::{self, Live};
use super::cxml;
use super::sealing::Sealer;
use crate::app::App;
use crate::domain::article::{Article, InShop, Text};
use crate::domain::basket::{self, Basket};
use crate::domain::catalogue::Catalogue;
use crate::domain::connection::Remote;
use crate::domain::money::Currency;
use crate::error::{Error, Result};
use crate::store;
use crate::store::session::Session;
use crate::wire::cxml::Fault;
use crate::wire::cxml::kept::{Line, Order};
use crate::wire::settings::ConnectionSettings;

/// The step of articles that are not sold in whole units.
const SMALLEST: Decimal = Decimal::from_parts(1, 0, 0, false, 3);

/// What a session has of its shop: the lines of the carts that came, each under the number that its basket line has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cart {
    pub currency: String,
    pub lines: Vec<Line>,
}

/// What a secret of a shop is sealed for: it opens for no other connection, and for no other address.
fn purpose(connection: &str, url: &str) -> String {
    format!("connection/{connection}/remote/{url}")
}

/// Settings of a connection as they are kept: the secret of its shop sealed.
pub fn sealed(sealer: &Sealer, name: &str, settings: &ConnectionSettings, before: Option<&store::connection::Stored>) -> Result<ConnectionSettings> {
    let mut settings = settings.clone();
    let Some(remote) = &mut settings.remote else { return Ok(settings) };
    let known = before.map(connecting::read_settings).transpose()?.and_then(|known| known.remote);
    let known = known.filter(|known| known.url == remote.url).map(|known| known.sealed);
    remote.sealed = sealer.keep(&remote.secret, &remote.sealed, known, &purpose(name, &remote.url))?;
    remote.secret.clear();
    Ok(settings)
}

/// The catalogue that a session shops in: that of its connection, or what came in the carts of the supplier's own shop.
pub async fn catalogue(app: &App, live: &Live, session: &Session) -> Result<Arc<Catalogue>> {
    let own = connecting::catalogue(app, &live.connection.catalogue).await?;
    let Some(remote) = live.connection.remote.as_deref() else { return Ok(own) };
    let cart = cart(app, session).await?;
    let articles = articles(&cart, remote).map_err(|fault| Error::internal(format!("a kept cart: {fault}")))?;
    Ok(Arc::new(Catalogue::new(own.name.clone(), own.supplier.clone(), articles)))
}

async fn cart(app: &App, session: &Session) -> Result<Cart> {
    let mut tx = app.store.read().await?;
    let last = store::remote_cart::last(&mut tx, &session.tenant, &session.number).await?;
    last.map_or_else(|| Ok(Cart::default()), |last| serde_json::from_str(&last.cart).map_err(Error::internal))
}

/// Whether the shop was opened in this session before.
pub async fn was_opened(app: &App, session: &Session) -> Result<bool> {
    let mut tx = app.store.read().await?;
    store::remote_cart::any(&mut tx, &session.tenant, &session.number).await
}

/// The lines of a cart as articles, one for each, in the order of the lines.
fn articles(cart: &Cart, remote: &Remote) -> std::result::Result<Vec<Article>, Fault> {
    let currency = Currency::parse(&cart.currency);
    let mut numbers = BTreeSet::new();
    let mut article = |line: &Line| {
        let fault = || Fault::content(format_args!("line {}: no price of whole pieces comes out of price, basis and factor", line.line));
        let price = currency.and_then(|currency| cxml::price(line, currency)).ok_or_else(fault)?;
        Ok(Article { price, number: unique(&mut numbers, &line.supplier_part), ..plain(line, remote, price) })
    };
    cart.lines.iter().map(&mut article).collect()
}

/// The part's number, told apart where it stands on several lines: the supplier gets it as it is.
fn unique(known: &mut BTreeSet<String>, part: &str) -> String {
    let all = std::iter::once(part.to_string()).chain((2..).map(|n| format!("{part} ({n})")));
    let number = all.into_iter().find(|number| !known.contains(number)).unwrap_or_default();
    known.insert(number.clone());
    number
}

fn plain(line: &Line, remote: &Remote, price: crate::domain::money::Price) -> Article {
    let description = line.description.clone().unwrap_or_default();
    let long = std::iter::once(description.clone()).chain(line.comments.iter().cloned()).collect::<Vec<_>>().join("\n");
    let name = line.short_name.clone().unwrap_or(description);
    let long_text = if long == name { String::new() } else { long };
    let unspsc = line.classification.clone().filter(|_| line.classification_domain == "UNSPSC").unwrap_or_default();
    Article {
        number: line.supplier_part.clone(),
        unit: line.unit.clone(),
        price,
        shop_price: None,
        texts: vec![Text { language: None, description: name, long_text }],
        quantity_step: if line.quantity.is_integer() { Decimal::ONE } else { SMALLEST },
        lead_days: None,
        stock: None,
        vat: line.tax_rate.unwrap_or(remote.vat),
        service: false,
        group: String::new(),
        brand: line.manufacturer.clone().unwrap_or_default(),
        picture: String::new(),
        own_picture: None,
        manufacturer_part: line.manufacturer_part.clone().unwrap_or_default(),
        manufacturer_code: String::new(),
        unspsc,
        gtin: String::new(),
        certificate: String::new(),
        buyer_material: line.buyer_part.clone().unwrap_or_default(),
        contract: String::new(),
        contract_item: String::new(),
        schema: String::new(),
        category: String::new(),
        category_id: String::new(),
        choices: Vec::new(),
        in_shop: Some(InShop { part: line.supplier_part.clone(), aux: line.aux.clone().unwrap_or_default() }),
    }
}

/// The basket that a cart makes: what was coded before stays coded, on the line with the same part under the shop's same id.
fn basket(cart: &Cart, remote: &Remote, before: &Basket, was: &Cart) -> std::result::Result<Basket, Fault> {
    let id = |line: &Line| (line.supplier_part.clone(), line.aux.clone());
    let coding = |line: &Line| {
        let known = was.lines.iter().find(|known| id(known) == id(line))?;
        before.line(known.number).map(|line| line.coding.clone())
    };
    let lines = cart.lines.iter().zip(articles(cart, remote)?).map(|(line, article)| basket::Line {
        line: line.number,
        article: article.number,
        quantity: line.quantity,
        coding: coding(line).unwrap_or_default(),
        chosen: Vec::new(),
    });
    Ok(Basket { lines: lines.collect(), coding: before.coding.clone() })
}

/// What a session has once a cart came: an edited one takes the place of what was there, another comes beside it.
fn joined(was: &Cart, kept: &Basket, came: Order, is_edit: bool) -> std::result::Result<Cart, Fault> {
    let mut lines: Vec<Line> = Vec::new();
    if !is_edit {
        // Of what was there, what the buyer has not removed, as many as the buyer wants by now.
        lines.extend(was.lines.iter().filter_map(|line| kept.line(line.number).map(|kept| Line { quantity: kept.quantity, ..line.clone() })));
    }
    if !lines.is_empty() && !came.lines.is_empty() && was.currency != came.currency {
        return Err(Fault::content(format_args!("the cart is in {}, what is in the basket in {}", came.currency, was.currency)));
    }
    let highest = was.lines.iter().map(|line| line.number).max().unwrap_or(0);
    let (added, count) = (came.lines.into_iter().map(|line| Line { number: highest + line.number, ..line }), lines.len());
    lines.extend(added);
    if lines.len() > basket::LINES_MAX {
        return Err(Fault::content(format_args!("the basket has {count} lines; with the cart it has more than {}", basket::LINES_MAX)));
    }
    let currency = if came.currency.is_empty() { was.currency.clone() } else { came.currency };
    Ok(Cart { currency, lines })
}
