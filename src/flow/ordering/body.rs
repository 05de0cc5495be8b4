//! The body of an order to an order: each line from the basket that was handed back under its quote, else from the catalogue by its
//! article. What differs from the basket follows the rule of its connection. Takes no price from the body unless that rule lets it.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use super::super::connecting;
use super::shares::{BodyCharge, BodyOrderCharge, BodyShare};
use crate::app::App;
use crate::clock;
use crate::domain::coding::{Coding, Kind};
use crate::domain::connection::Connection;
use crate::domain::deviation::{self, Response};
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::money::{Currency, Price};
use crate::domain::order::{self, Line, Order, State};
use crate::domain::quantity;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::store::json::{read_coding, read_in_shop, str_of};
use crate::store::transfer::Transfer;
use crate::store::{self};

/// The body of `POST /api/v1/orders`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The buyer's order number, unique per buyer.
    number: String,
    /// The connection whose catalogue the articles come from; not needed where every line names its quote.
    #[serde(default)]
    connection: Option<String>,
    #[serde(default)]
    ordered_by: String,
    /// The period whose money it takes; else that of the wished date, else the open one of today.
    #[serde(default)]
    pub period: Option<String>,
    /// Why it may pass a ceiling, from somebody who may let it.
    #[serde(default)]
    pub override_reason: Option<String>,
    pub lines: Vec<BodyLine>,
    /// On the order as a whole: freight, a small-order fee.
    #[serde(default)]
    pub charges: Vec<BodyOrderCharge>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyLine {
    #[serde(default)]
    line: Option<u32>,
    /// `EXT_QUOTE_ID` and `EXT_QUOTE_ITEM` of the basket.
    #[serde(default)]
    quote: Option<String>,
    #[serde(default)]
    quote_line: Option<u32>,
    #[serde(default)]
    article: String,
    quantity: Value,
    #[serde(default)]
    price: Option<Value>,
    #[serde(default)]
    price_quantity: Option<u32>,
    #[serde(default)]
    coding: serde_json::Map<String, Value>,
    /// Several budgets, in percentages, weights or amounts; else the budget code of the coding takes it all.
    #[serde(default)]
    pub split: Vec<BodyShare>,
    #[serde(default)]
    pub charges: Vec<BodyCharge>,
}

/// An order as it was read, and whether what it changed of its basket must be approved.
pub struct Read {
    pub order: Order,
    pub must_ask: bool,
}

/// The most lines an order may have.
const LINES_MAX: usize = 1000;
/// The most pieces a price may be for (5.3).
const PRICE_PER_MAX: u32 = 99_999;

/// Turns the body into an order: each line from its quote, else from the catalogue by article.
/// Holds no way to the database while it waits for a catalogue that another request reads.
pub async fn read(app: &App, tenant: &str, body: &Body, now: Timestamp) -> Result<Read> {
    let quotes = quotes(app, tenant, body).await?;
    let mut findings = Findings::default();
    if body.number.trim().is_empty() || body.number.chars().count() > 100 || body.number.chars().any(char::is_control) {
        findings.push(Finding::error(Code::Unusable, "number").value(&body.number).limit("1 – 100"));
    }
    if body.lines.is_empty() || body.lines.len() > LINES_MAX {
        findings.push(Finding::error(Code::TooMany, "lines").limit(LINES_MAX));
    }
    let mut lines: Vec<Line> = Vec::new();
    let mut quote = None;
    let mut supplier = String::new();
    let mut connection = body.connection.clone();
    let mut must_ask = false;
    for (position, asked) in (1u32..).zip(body.lines.iter().take(LINES_MAX)) {
        let number = asked.line.unwrap_or(position);
        if lines.iter().any(|line| line.line == number) {
            findings.push(Finding::error(Code::Unusable, "line").line(number));
            continue;
        }
        let known = match &asked.quote {
            Some(text) => {
                let found = quotes.get(text).and_then(|transfer| from_quote(transfer, asked, number));
                if found.is_some() {
                    quote = Some(text.clone());
                } else {
                    findings.push(Finding::error(Code::QuoteUnknown, "quote").line(number).value(text));
                }
                found
            }
            None => None,
        };
        let (mut line, of_connection) = match known {
            Some(found) => found,
            None => match from_catalogue(app, tenant, connection.as_deref(), asked, number).await? {
                Some(found) => found,
                None => {
                    findings.push(Finding::error(Code::ArticleUnknown, "article").line(number).value(&asked.article));
                    continue;
                }
            },
        };
        let live = connecting::connection(app, &of_connection).await?;
        must_ask |= fill(&mut line, asked, &live.connection, &mut findings) == Response::Ask;
        connection.get_or_insert(of_connection);
        lines.push(line);
    }
    if let Some(name) = &connection {
        let live = connecting::connection(app, name).await?;
        if live.connection.tenant != tenant {
            return Err(Error::not_found("connection", name));
        }
        supplier.clone_from(&connecting::catalogue(app, &live.connection.catalogue).await?.supplier);
    }
    let net = order::total(&lines);
    if net.is_none() && !findings.has_error() {
        findings.push(Finding::error(Code::NumberTooLarge, "net").limit(quantity::INTEGER_DIGITS_MAX));
    }
    match net {
        Some(net) if !findings.has_error() => {
            let order = Order {
                id: clock::new_id(now),
                number: body.number.trim().to_string(),
                connection,
                supplier,
                quote,
                state: State::Placed,
                net,
                ordered_by: body.ordered_by.chars().take(200).collect(),
                lines,
            };
            Ok(Read { order, must_ask })
        }
        _ => Err(findings.into()),
    }
}

/// The hand-backs that an order names.
async fn quotes(app: &App, tenant: &str, body: &Body) -> Result<BTreeMap<String, Transfer>> {
    let named: BTreeSet<&String> = body.lines.iter().take(LINES_MAX).filter_map(|line| line.quote.as_ref()).collect();
    let mut quotes = BTreeMap::new();
    if named.is_empty() {
        return Ok(quotes);
    }
    let mut tx = app.store.read().await?;
    for quote in named {
        if let Some(transfer) = store::transfer::by_quote(&mut tx, tenant, quote).await?.filter(|transfer| !transfer.test) {
            quotes.insert(quote.clone(), transfer);
        }
    }
    Ok(quotes)
}

/// The line of the basket that was handed back under this quote, and its connection.
fn from_quote(transfer: &Transfer, asked: &BodyLine, number: u32) -> Option<(Line, String)> {
    let mut each = transfer.lines.as_array().into_iter().flatten();
    let matches = |line: &&Value| match asked.quote_line {
        Some(wanted) => line.get("line").and_then(Value::as_u64) == Some(u64::from(wanted)),
        None => str_of(line, "article") == asked.article,
    };
    each.find(matches).and_then(|line| quoted_line(line, number)).map(|line| (line, transfer.connection.clone()))
}

fn quoted_line(value: &Value, number: u32) -> Option<Line> {
    let currency = Currency::parse(str_of(value, "currency"))?;
    let per = value.get("price_quantity").and_then(Value::as_u64).and_then(|per| u32::try_from(per).ok())?;
    let price = Price { amount: str_of(value, "price").parse().ok()?, per, currency };
    let quantity: Decimal = str_of(value, "quantity").parse().ok()?;
    Some(Line {
        line: number,
        article: str_of(value, "article").to_string(),
        description: str_of(value, "description").to_string(),
        text: str_of(value, "long_text").to_string(),
        quantity,
        unit: str_of(value, "unit").to_string(),
        price,
        net: price.total(quantity)?,
        vat: str_of(value, "vat").parse().ok()?,
        coding: value.get("coding").map(read_coding).unwrap_or_default(),
        quote_line: value.get("line").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()),
        quoted_price: None,
        quoted_quantity: Some(quantity),
        shop_price: str_of(value, "shop_price").parse().ok().map(|amount| Price { amount, ..price }),
        in_shop: read_in_shop(value),
        shipped: Decimal::ZERO,
        shipped_on: String::new(),
        refused: Decimal::ZERO,
        invoiced: Decimal::ZERO,
        charges_due: false,
        answer: Default::default(),
    })
}

async fn from_catalogue(app: &App, tenant: &str, connection: Option<&str>, asked: &BodyLine, number: u32) -> Result<Option<(Line, String)>> {
    let Some(name) = connection else { return Ok(None) };
    let live = connecting::connection(app, name).await?;
    if live.connection.tenant != tenant {
        return Err(Error::not_found("connection", name));
    }
    let catalogue = connecting::catalogue_of(app, &live.connection).await?;
    let Some(article) = catalogue.get(&asked.article) else { return Ok(None) };
    let language = live.connection.language;
    let Some(net) = article.price.total(Decimal::ONE) else { return Ok(None) };
    let line = Line {
        line: number,
        article: article.number.clone(),
        description: article.description(language).to_string(),
        text: String::new(),
        quantity: Decimal::ONE,
        unit: article.unit.clone(),
        price: article.price,
        net,
        vat: article.vat,
        coding: Coding::default(),
        quote_line: None,
        quoted_price: None,
        quoted_quantity: None,
        shop_price: article.shop_price.map(|amount| Price { amount, ..article.price }),
        in_shop: None,
        shipped: Decimal::ZERO,
        shipped_on: String::new(),
        refused: Decimal::ZERO,
        invoiced: Decimal::ZERO,
        charges_due: false,
        answer: Default::default(),
    };
    Ok(Some((line, name.to_string())))
}

pub fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

/// What the order itself says: quantity, price, coding. What of it is not the basket's is judged by the connection's rules; the strictest
/// of what they say is given, and what is refused is a finding, not a surprise on the invoice.
fn fill(line: &mut Line, asked: &BodyLine, connection: &Connection, findings: &mut Findings) -> Response {
    let quantity = fill_quantity(line, asked, connection, findings);
    let price = fill_price(line, asked, connection, findings);
    for (name, value) in &asked.coding {
        match Kind::parse(name) {
            Some(kind) if text_of(value).chars().count() <= kind.chars_max() => line.coding.set(kind, &text_of(value)),
            _ => findings.push(Finding::error(Code::Unusable, name).line(line.line).value(text_of(value))),
        }
    }
    match line.price.total(line.quantity) {
        Some(net) => line.net = net,
        None => findings.push(Finding::error(Code::NumberTooLarge, "net").line(line.line).limit(quantity::INTEGER_DIGITS_MAX)),
    }
    quantity.max(price)
}

fn fill_quantity(line: &mut Line, asked: &BodyLine, connection: &Connection, findings: &mut Findings) -> Response {
    match quantity::read(&text_of(&asked.quantity)) {
        Ok(quantity) => line.quantity = quantity,
        Err(finding) => findings.push(finding.line(line.line)),
    }
    line.quoted_quantity = line.quoted_quantity.filter(|quoted| *quoted != line.quantity);
    let Some(quoted) = line.quoted_quantity else { return Response::Accept };
    let response = connection.quantity_rule().judge(quoted, line.quantity);
    if response == Response::Refuse {
        findings.push(Finding::error(Code::DiffersFromBasket, "quantity").line(line.line).value(line.quantity.normalize()).limit(quoted.normalize()));
    }
    response
}

fn fill_price(line: &mut Line, asked: &BodyLine, connection: &Connection, findings: &mut Findings) -> Response {
    let Some(said) = &asked.price else { return Response::Accept };
    let (quoted, per) = (line.price, asked.price_quantity.unwrap_or(1));
    let Some(amount) = text_of(said).parse::<Decimal>().ok().filter(|amount| !amount.is_sign_negative() && (1..=PRICE_PER_MAX).contains(&per)) else {
        findings.push(Finding::error(Code::Unusable, "price").line(line.line).value(format!("{} / {per}", text_of(said))));
        return Response::Refuse;
    };
    let ordered = Price { amount, per, currency: quoted.currency };
    if deviation::is_same_price(quoted, ordered) {
        return Response::Accept;
    }
    let response = connection.price_rule().judge_price(quoted, ordered);
    if response == Response::Refuse {
        let text = |price: Price| format!("{} / {}", price.amount.normalize(), price.per);
        findings.push(Finding::error(Code::DiffersFromBasket, "price").line(line.line).value(text(ordered)).limit(text(quoted)));
    } else {
        (line.price, line.quoted_price) = (ordered, Some(quoted));
    }
    response
}
