//! The basket on its way back to a buyer that speaks cXML (section 10): the document, the form that carries it, and the lines as they were
//! handed back, which a later order is held against.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::setting_up::{self, Facts};
use super::{payload_id, timestamp};
use crate::domain::article::Article;
use crate::domain::coding::Kind;
use crate::domain::connection::{Connection, Cxml, ReturnMethod};
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::money::{Currency, Money};
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::store::json::str_of;
use crate::store::session::Session;
use crate::store::{self, Tx};
use crate::wire::charset::Charset;
use crate::wire::cxml::cart::{self, Cart, Line};
use crate::wire::cxml::envelope::Identity;
use crate::wire::cxml::setup::Operation;
use crate::wire::cxml::units;
use crate::wire::cxml::write::Cover;
use crate::wire::oci::returns::{Line as Returned, ReturnForm};

/// The form for a session that a setup in cXML opened; nothing for others.
pub fn form(connection: &Connection, session: &Session, quote: &str, lines: &[Returned<'_>], now: Timestamp) -> Option<(ReturnForm, Findings)> {
    let (cxml, facts) = (connection.cxml.as_deref()?, setting_up::facts(&session.call_up)?);
    Some(written(connection, session, cxml, &facts, quote, lines, now))
}

/// Nothing is changed: a cart with 204, for an empty one would delete the lines of an edited cart.
pub fn cancelled(connection: &Connection, session: &Session, now: Timestamp) -> Option<ReturnForm> {
    form(connection, session, "", &[], now).map(|(form, _)| form)
}

fn written(
    connection: &Connection,
    session: &Session,
    cxml: &Cxml,
    facts: &Facts,
    quote: &str,
    lines: &[Returned<'_>],
    now: Timestamp,
) -> (ReturnForm, Findings) {
    let mut findings = Findings::default();
    // What was only looked at comes back without lines.
    let lines = if facts.operation == Operation::Inspect { &[] } else { lines };
    let currency = lines.first().map_or(Currency::EUR, |line| line.article.price.currency);
    let total = total(lines, currency, &mut findings);
    let (own, buyer) = (first(&cxml.own, "own", &mut findings), first(&cxml.buyer, "buyer", &mut findings));
    let (payload, timestamp) = (payload_id(&connection.name, now), timestamp(now));
    let cart = Cart {
        cover: Cover { payload: &payload, timestamp: &timestamp, version: &cxml.version },
        own: &own,
        buyer: &buyer,
        cookie: &facts.cookie,
        in_reply_to: &facts.payload,
        language: session.language.as_str(),
        currency: currency.as_str(),
        total,
        is_test: facts.is_test,
        allowed: allowed(connection),
        cancelled: lines.is_empty(),
    };
    let edited = edited(session, lines);
    let aux = |number: u32| edited.aux(number).map_or_else(|| cart::aux(quote, number), str::to_string);
    let lines: Vec<Line> = (1u32..).zip(lines).map(|(number, line)| cart_line(connection, cxml, session, aux(number), number, line)).collect();
    let (document, more) = cart::write(&cart, &lines, !connection.receiver_ignores_priceunit);
    findings.0.extend(more.0);
    let (name, value) = cart::field(&document, cxml.cart_field);
    let form = ReturnForm {
        action: session.call_up.return_url.clone(),
        method: ReturnMethod::Post,
        target: connection.default_target.clone().unwrap_or_else(|| "_top".to_string()),
        charset: Charset::UTF8,
        pairs: vec![(name, value)],
    };
    (form, findings)
}

fn first(texts: &[String], key: &str, findings: &mut Findings) -> Identity {
    texts.iter().find_map(|text| Identity::parse(text)).unwrap_or_else(|| {
        findings.push(Finding::error(Code::Setting, &format!("cxml.{key}")).limit("domain:identity"));
        Identity { domain: String::new(), identity: String::new(), is_marketplace: false }
    })
}

/// Sum of the lines; one currency in a cart.
fn total(lines: &[Returned<'_>], currency: Currency, findings: &mut Findings) -> Decimal {
    let mut sum = Money::new(0, currency);
    for (number, line) in (1u32..).zip(lines) {
        let net = line.article.price.total(line.quantity).and_then(|net| sum.checked_add(net));
        match net {
            Some(total) => sum = total,
            None => findings.push(Finding::error(Code::NumberTooLarge, "Total").line(number)),
        }
    }
    sum.decimal()
}

fn cart_line(connection: &Connection, cxml: &Cxml, session: &Session, aux: String, number: u32, line: &Returned<'_>) -> Line {
    let article: &Article = &line.article;
    let text = article.text(session.language);
    let long = if text.long_text.is_empty() { text.description.clone() } else { format!("{}\n{}", text.description, text.long_text) };
    // The system's own word, else the code of the recommendation.
    let unit = connection.unit_table.get(&article.unit).cloned().or_else(|| units::canonical(&article.unit, &BTreeMap::new()));
    let unit = unit.unwrap_or_else(|| article.unit.clone());
    let named = |kind: Kind, name: &str| Some((name.to_string(), line.coding.get(kind).to_string())).filter(|(_, value)| !value.is_empty());
    let extrinsics = [
        (Kind::CostCentre, "CostCenter"),
        (Kind::GlAccount, "GLAccount"),
        (Kind::Project, "Project"),
        (Kind::BudgetCode, "BudgetCode"),
        (Kind::PoCode, "POCode"),
        (Kind::NziCode, "NZICode"),
        (Kind::Branch, "Branch"),
        (Kind::Department, "Department"),
        (Kind::Note, "Note"),
    ];
    let classification = Identity::parse(&cxml.classification).map(|c| (c.domain, c.identity)).unwrap_or_default();
    Line {
        number,
        part: article.number.clone(),
        aux,
        buyer_part: article.buyer_material.clone(),
        quantity: line.quantity,
        unit,
        price: article.price.amount,
        per: article.price.per,
        description: long,
        short_name: text.description.clone(),
        classification: if article.unspsc.is_empty() { classification } else { ("UNSPSC".to_string(), article.unspsc.clone()) },
        manufacturer_part: article.manufacturer_part.clone(),
        manufacturer: article.brand.clone(),
        lead_days: article.lead_days,
        is_service: article.service,
        extrinsics: extrinsics.into_iter().filter_map(|(kind, name)| named(kind, name)).collect(),
    }
}

/// What may be done with a cart later (section 10): one that came from another shop can only be ordered, since nothing of it can be looked up here.
pub fn allowed(connection: &Connection) -> &'static str {
    if connection.remote.is_some() { "create" } else { "edit" }
}

/// What the lines of an edited cart bring with them: the buyer's system knows a line by its auxiliary id, and has it twice if that changes.
#[derive(Debug, Default)]
pub struct Edited {
    /// The quote of the first cart of the chain; empty where none is edited.
    pub edits: String,
    /// Ids from before, line by line; nothing for what is new.
    aux: Vec<Option<String>>,
}

impl Edited {
    /// The id that a line, counted from 1, came with.
    pub fn aux(&self, number: u32) -> Option<&str> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        self.aux.get(at)?.as_deref()
    }
}

/// The same of a session: each line takes the first id of its article that no line before took.
pub fn edited(session: &Session, lines: &[Returned<'_>]) -> Edited {
    let Some(facts) = setting_up::facts(&session.call_up).filter(|facts| !facts.edits.is_empty()) else { return Edited::default() };
    let mut left = facts.items;
    let mut take = |article: &str| {
        let at = left.iter().position(|item| item.article == article && !item.aux.is_empty())?;
        Some(left.remove(at).aux)
    };
    Edited { edits: facts.edits, aux: lines.iter().map(|line| take(&line.article.number)).collect() }
}

/// A line as it was handed back.
pub struct Known {
    pub quote: String,
    /// The quote of the first cart of its chain.
    pub edits: String,
    pub line: Value,
}

/// The line of a basket of this buyer that an auxiliary id of ours names, as it was handed back last; of a rehearsal or of none.
pub async fn returned_line(tx: &mut Tx, tenant: &str, aux: &str, test: bool) -> Result<Option<Known>> {
    let Some((quote, number)) = cart::quoted(aux) else { return Ok(None) };
    for transfer in store::transfer::of_chain(tx, tenant, &quote).await?.into_iter().filter(|transfer| transfer.test == test) {
        let own = |line: &Value| transfer.quote == quote && line.get("line").and_then(Value::as_u64) == Some(u64::from(number));
        let is_it = |line: &&Value| match str_of(line, "aux") {
            "" => own(line),
            kept => kept == aux,
        };
        if let Some(line) = transfer.lines.as_array().into_iter().flatten().find(is_it).cloned() {
            let edits = if transfer.edits.is_empty() { transfer.quote.clone() } else { transfer.edits };
            return Ok(Some(Known { quote: transfer.quote, edits, line }));
        }
    }
    Ok(None)
}
