//! A supplier's own shop behind a connection (reference cxml-and-peppol-ordering, sections 9, 10 and 26): the gateway is the buyer's system there. Its
//! cart, in cXML or as Peppol has it, becomes the basket of the session it was opened in, and from there everything goes as with a catalogue of ours: coding, the hand-back in
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
use crate::domain::finding::{Code, Finding};
use crate::domain::money::Currency;
use crate::error::{Error, Result};
use crate::store;
use crate::store::session::Session;
use crate::wire::cxml::kept::Line;
use crate::wire::cxml::returned::Returned;
use crate::wire::cxml::setup::Operation;
use crate::wire::cxml::{Fault, numbers};
use crate::wire::peppol::cart::{CERTIFICATE, CONDITION, NON_RETURNABLE, SERVICE};
use crate::wire::settings::ConnectionSettings;

/// The step of articles that are not sold in whole units.
const SMALLEST: Decimal = Decimal::from_parts(1, 0, 0, false, 3);

/// What a session has of its shop: the lines of the carts that came, each under the number that its basket line has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cart {
    pub currency: String,
    pub lines: Vec<Line>,
    /// Numbers of the lines that the shop lets be edited.
    pub editable: BTreeSet<u32>,
    /// What the shop adds for shipping to the last cart; no line of the basket has it.
    #[serde(with = "numbers::as_text")]
    pub shipping: Decimal,
    /// The total of the last cart where it is not that of its lines.
    #[serde(with = "numbers::as_text_or_none")]
    pub stated: Option<Decimal>,
    /// Numbers of the lines of each cart that its shop sells only as a whole, in the quantities that they have here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub whole: Vec<BTreeSet<u32>>,
    /// What the lines of the last cart come to.
    #[serde(with = "numbers::as_text")]
    pub net: Decimal,
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

/// What a session has of its shop; nothing before a cart came.
pub async fn cart(app: &App, session: &Session) -> Result<Cart> {
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
        lead_days: line.lead_days,
        stock: None,
        vat: line.tax_rate.unwrap_or(remote.vat),
        service: line.extrinsics.get(SERVICE).is_some_and(|is| is == "true"),
        group: String::new(),
        brand: line.manufacturer.clone().unwrap_or_default(),
        picture: String::new(),
        own_picture: None,
        manufacturer_part: line.manufacturer_part.clone().unwrap_or_default(),
        manufacturer_code: String::new(),
        unspsc,
        gtin: String::new(),
        certificate: line.extrinsics.get(CERTIFICATE).cloned().unwrap_or_default(),
        buyer_material: line.buyer_part.clone().unwrap_or_default(),
        contract: String::new(),
        contract_item: String::new(),
        schema: String::new(),
        category: String::new(),
        category_id: String::new(),
        choices: Vec::new(),
        in_shop: Some(in_shop(line)),
    }
}

/// The line as the shop has it, for the order that it gets.
fn in_shop(line: &Line) -> InShop {
    InShop {
        part: line.supplier_part.clone(),
        aux: line.aux.clone().unwrap_or_default(),
        price: line.unit_price.unwrap_or_default(),
        basis: line.price_basis,
        factor: line.factor,
        basis_unit: line.basis_unit.clone(),
        classification: (line.classification_domain.clone(), line.classification.clone().unwrap_or_default()),
    }
}

/// The basket that a cart makes. A line that stays keeps its coding; one that takes the place of another, with the same part under the shop's
/// same id, takes over that one's, each once.
fn basket(cart: &Cart, remote: &Remote, before: &Basket, was: &Cart, replaced: &BTreeSet<u32>) -> std::result::Result<Basket, Fault> {
    let mut left: Vec<&Line> = was.lines.iter().filter(|line| replaced.contains(&line.number)).collect();
    let mut coding = |line: &Line| {
        let is_there = was.lines.iter().any(|known| known.number == line.number);
        let place = || left.iter().position(|known| (&known.supplier_part, &known.aux) == (&line.supplier_part, &line.aux));
        let number = if is_there { Some(line.number) } else { place().map(|at| left.remove(at).number) };
        number.and_then(|number| before.line(number)).map(|line| line.coding.clone()).unwrap_or_default()
    };
    let lines = cart.lines.iter().zip(articles(cart, remote)?).map(|(line, article)| basket::Line {
        line: line.number,
        article: article.number,
        quantity: line.quantity,
        coding: coding(line),
        chosen: Vec::new(),
    });
    Ok(Basket { lines: lines.collect(), coding: before.coding.clone() })
}

impl Cart {
    /// Whether a line belongs to a cart that is sold only as a whole.
    fn is_of_whole(&self, number: u32) -> bool {
        self.whole.iter().any(|group| group.contains(&number))
    }

    /// Whether a basket has of each cart that is sold only as a whole all lines as they came, or none.
    fn is_kept_whole(&self, basket: &Basket) -> bool {
        let as_it_came = |number: u32| {
            let came = self.lines.iter().find(|line| line.number == number);
            came.zip(basket.line(number)).is_some_and(|(came, line)| came.quantity == line.quantity)
        };
        let all_or_none =
            |group: &BTreeSet<u32>| group.iter().all(|number| as_it_came(*number)) || group.iter().all(|number| basket.line(*number).is_none());
        self.whole.iter().all(all_or_none)
    }

    /// Articles of a basket that the shop does not take back.
    pub fn not_taken_back(&self, basket: &Basket) -> Vec<String> {
        let is_kept = |line: &&Line| line.extrinsics.get(CONDITION).is_some_and(|condition| condition == NON_RETURNABLE);
        self.lines.iter().filter(is_kept).filter_map(|line| basket.line(line.number)).map(|line| line.article.clone()).collect()
    }
}

/// Whether a basket may leave: what a shop sells only as a whole leaves so.
pub async fn check_whole(app: &App, live: &Live, session: &Session, basket: &Basket) -> Result<()> {
    if live.connection.remote.is_none() || cart(app, session).await?.is_kept_whole(basket) {
        return Ok(());
    }
    Err(Finding::error(Code::OnlyWhole, "basket").into())
}

/// What a session has once a cart came: it takes the place of the lines that went along to the shop, and comes beside all others. Of those, what
/// the buyer has not removed stays, as many as the buyer wants by now.
fn joined(was: &Cart, kept: &Basket, came: &Returned, replaced: &BTreeSet<u32>) -> std::result::Result<Cart, Fault> {
    let stays = |line: &Line| kept.line(line.number).filter(|_| !replaced.contains(&line.number)).map(|kept| (kept.quantity, line.clone()));
    // What is sold only as a whole has the shop's quantities again.
    let wanted = |(quantity, line): (Decimal, Line)| if was.is_of_whole(line.number) { line } else { Line { quantity, ..line } };
    let mut lines: Vec<Line> = was.lines.iter().filter_map(stays).map(wanted).collect();
    let order = &came.cart;
    if !lines.is_empty() && !order.lines.is_empty() && was.currency != order.currency {
        return Err(Fault::content(format_args!("the cart is in {}, what is in the basket in {}", order.currency, was.currency)));
    }
    let highest = was.lines.iter().map(|line| line.number).max().unwrap_or(0);
    let count = lines.len();
    lines.extend(order.lines.iter().map(|line| Line { number: highest + line.number, ..line.clone() }));
    if lines.len() > basket::LINES_MAX {
        return Err(Fault::content(format_args!("the basket has {count} lines; with the cart it has more than {}", basket::LINES_MAX)));
    }
    let is_there = |group: &&BTreeSet<u32>| lines.iter().any(|line| group.contains(&line.number));
    let mut whole: Vec<BTreeSet<u32>> = was.whole.iter().filter(is_there).cloned().collect();
    let is_new = |number: u32| number > highest;
    whole.extend(came.whole.then(|| lines.iter().map(|line| line.number).filter(|number| is_new(*number)).collect()));
    let may = |line: &Line| if is_new(line.number) { came.allowed == Operation::Edit } else { was.editable.contains(&line.number) };
    Ok(Cart {
        currency: if order.currency.is_empty() { was.currency.clone() } else { order.currency.clone() },
        editable: lines.iter().filter(|line| may(line)).map(|line| line.number).collect(),
        shipping: order.shipping,
        stated: came.other_total.map(|(stated, _)| stated),
        net: order.net_total,
        whole,
        lines,
    })
}
