//! What a supplier's invoice is held against, read from where it is kept: suppliers by their identifiers, orders with what the books say of
//! them, confirmed accounts, and the buyer's tolerances. Reads only, and links nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::app::App;
use crate::domain::books::{self, Stage};
use crate::domain::catalogue::Catalogue;
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::matching::{
    Bill, Compared, Identity, Known, OnBudget, Ordered, OrderedCharge, OrderedLine, Pack, Tolerance, Tolerances, order_number, supplier_of,
};
use crate::domain::money::{Currency, Money};
use crate::error::{Error, Result};
use crate::flow::connecting;
use crate::flow::invoicing::items::due;
use crate::store::json::{parse, str_of};
use crate::store::order::Stored;
use crate::store::organisation::Organisation;
use crate::store::{self, Tx};
use crate::wire::cxml::kept::{Kept, SALES_ORDER};
use crate::wire::{ledger, ubl};

/// Of a supplier whose order is not named, so many of the newest are looked at.
const RECENT_MAX: u32 = 200;
/// Words of an invoice that are tried as an order's number.
const WORDS_MAX: usize = 200;

/// Everything an invoice is held against.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub tenant: String,
    pub supplier: Option<String>,
    pub stored: Vec<Stored>,
    /// At the place of each stored order the same, to be compared.
    pub orders: Vec<Ordered>,
    pub accounts: Vec<String>,
    pub recipient: Identity,
    pub booked: Vec<(String, String)>,
    pub today: String,
    pub tolerances: Tolerances,
}

impl Facts {
    pub fn known(&self) -> Known<'_> {
        Known {
            supplier: self.supplier.as_deref(),
            orders: &self.orders,
            accounts: &self.accounts,
            recipient: &self.recipient,
            booked: &self.booked,
            today: &self.today,
        }
    }

    /// Takes over what the books say now of orders that are at hand.
    pub fn refresh(&mut self, books: &books::Books) {
        for order in &mut self.orders {
            if let Some(booked) = books.orders.get(order.number.as_str()) {
                take_over(order, booked, books.settings.exponent);
            }
        }
    }

    pub fn place_of(&self, number: &str) -> Option<usize> {
        self.orders.iter().position(|order| order.number == number)
    }
}

/// An organisation by its identifiers.
fn identity(organisation: &Organisation) -> Result<Identity> {
    let settings = parse(&organisation.settings)?;
    let text = |key: &str| str_of(&settings, key).to_string();
    Ok(Identity { name: organisation.name.clone(), vat_number: text("vat_number"), company_id: text("company_id"), endpoint: text("endpoint") })
}

/// Reads it all. `chosen` are numbers of orders that a person wants looked at besides.
pub async fn facts(app: &App, tenant: &str, bill: &Bill, chosen: &[String]) -> Result<Facts> {
    let mut tx = app.store.read().await?;
    let organisations = store::organisation::all(&mut tx).await?;
    let suppliers: Vec<(String, Identity)> =
        organisations.iter().filter(|o| o.kind == "supplier").map(|o| Ok((o.id.clone(), identity(o)?))).collect::<Result<_>>()?;
    let of_id = |id: &str| organisations.iter().find(|o| o.id == id);
    let buyer = of_id(tenant).ok_or_else(|| Error::not_found("buyer", tenant))?;
    let settings = matching_settings(buyer)?;
    let supplier = supplier_of(&bill.seller, &suppliers).map(str::to_string);
    let zone = store::organisation::time_zone(&mut tx, tenant).await?;
    let mut facts = Facts {
        tenant: tenant.to_string(),
        supplier: supplier.clone(),
        recipient: identity(buyer)?,
        today: app.clock.now().local(&zone).0,
        tolerances: tolerances(&settings),
        ..Facts::default()
    };
    let Some(supplier) = supplier else { return Ok(facts) };
    let own_account = of_id(&supplier).map(|o| parse(&o.settings)).transpose()?.map(|settings| str_of(&settings, "iban").to_string());
    facts.accounts = store::supplier_invoice::accounts(&mut tx, tenant, &supplier).await?;
    facts.accounts.extend(own_account.filter(|account| !account.is_empty()));
    facts.booked = store::supplier_invoice::booked(&mut tx, tenant, &supplier, &bill.preceding).await?;
    facts.stored = orders(&mut tx, tenant, &supplier, bill, &facts.booked, chosen).await?;
    let booked = booked(&mut tx, tenant, &facts.stored).await?;
    drop(tx);
    let packs = packs(&settings);
    for stored in &facts.stored {
        let catalogue = catalogue(app, stored).await;
        let mut order = ordered(stored, catalogue.as_deref(), &packs);
        if let Some(booked) = booked.get(&stored.order.number) {
            take_over(&mut order, booked, stored.order.net.currency.exponent());
        }
        facts.orders.push(order);
    }
    Ok(facts)
}

/// Orders that the invoice may name, and where it names none of the supplier's, its newest.
async fn orders(tx: &mut Tx, tenant: &str, supplier: &str, bill: &Bill, booked: &[(String, String)], chosen: &[String]) -> Result<Vec<Stored>> {
    let of_lines = bill.lines.iter().flat_map(|line| std::iter::once(&line.order).chain(&line.notes));
    let texts = [&bill.order].into_iter().chain(&bill.mentions).chain(of_lines);
    let mut words: BTreeSet<String> = booked.iter().map(|(_, order)| order.clone()).chain(chosen.iter().cloned()).collect();
    for text in texts.filter(|text| !text.is_empty()) {
        let parts = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '/')).map(|word| word.trim_end_matches('.'));
        words.extend(parts.chain([text.trim()]).flat_map(|word| [word.to_string(), order_number(word)]).filter(|word| !word.is_empty()));
        if words.len() > WORDS_MAX {
            break;
        }
    }
    let words: Vec<&str> = words.iter().take(WORDS_MAX).map(String::as_str).collect();
    let mut found = if words.is_empty() { Vec::new() } else { store::order::by_numbers(tx, tenant, &words).await? };
    let names_one = found.iter().any(|stored| stored.order.supplier == supplier && !chosen.contains(&stored.order.number));
    if !names_one {
        let known: BTreeSet<String> = found.iter().map(|stored| stored.order.id.clone()).collect();
        let recent = store::order::with_supplier(tx, tenant, supplier, RECENT_MAX).await?;
        found.extend(recent.into_iter().filter(|stored| !known.contains(&stored.order.id)));
    }
    Ok(found)
}

async fn booked(tx: &mut Tx, tenant: &str, stored: &[Stored]) -> Result<BTreeMap<String, books::Order>> {
    let numbers: Vec<&str> = stored.iter().map(|stored| stored.order.number.as_str()).collect();
    if numbers.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut reader = ledger::Reader::default();
    let read = |text: &String| reader.order(text).map(|order| (order.number.to_string(), order)).map_err(Error::internal);
    store::booked::orders(tx, tenant, &numbers).await?.iter().map(read).collect()
}

/// The catalogue an order was made from; without one its articles have no further numbers.
async fn catalogue(app: &App, stored: &Stored) -> Option<Arc<Catalogue>> {
    let live = connecting::connection(app, stored.order.connection.as_deref()?).await.ok()?;
    connecting::catalogue(app, &live.connection.catalogue).await.ok()
}

fn ordered(stored: &Stored, catalogue: Option<&Catalogue>, packs: &BTreeMap<String, Vec<Pack>>) -> Ordered {
    let order = &stored.order;
    let document = Kept::read(&stored.document);
    let label = |number: u32| document.as_ref().and_then(|kept| kept.by_number(number)).map(|line| line.line.clone()).unwrap_or_default();
    let sales_order = || document.as_ref().and_then(|kept| kept.order.extrinsics.get(SALES_ORDER)).cloned();
    let line = |line: &crate::domain::order::Line| {
        let article = catalogue.and_then(|catalogue| catalogue.get(&line.article));
        OrderedLine {
            line: line.line.to_string(),
            label: label(line.line),
            sellers_article: line.article.clone(),
            buyers_article: article.map(|article| article.buyer_material.clone()).unwrap_or_default(),
            standard_article: article.map(|article| article.gtin.clone()).unwrap_or_default(),
            name: line.description.clone(),
            unit: ubl::unece(&line.unit).to_string(),
            packs: packs.get(&line.article).cloned().unwrap_or_default(),
            price: line.price.amount,
            per: Decimal::from(line.price.per),
            ordered: line.quantity - line.refused,
            received: line.shipped,
            invoiced: line.invoiced,
            vat: Some(line.vat),
            ..OrderedLine::default()
        }
    };
    Ordered {
        number: order.number.clone(),
        supplier: order.supplier.clone(),
        sales_order: order.quote.clone().or_else(sales_order).unwrap_or_default(),
        despatches: Vec::new(),
        currency: order.net.currency.to_string(),
        placed_on: stored.placed_at.date(),
        is_binding: stored.waits_for.is_none(),
        lines: order.lines.iter().map(line).collect(),
        charges: Vec::new(),
        charged: Vec::new(),
    }
}

/// The books are the truth about quantities, and alone know the charges.
fn take_over(order: &mut Ordered, booked: &books::Order, exponent: u32) {
    order.is_binding &= booked.stage == Stage::Placed;
    for line in &mut order.lines {
        if let Some(known) = booked.lines.get(line.line.as_str()) {
            (line.ordered, line.received, line.invoiced) = (known.ordered, known.delivered, known.invoiced);
            line.budgets = on_budgets(known, |of| of.delivered);
        }
    }
    let currency = Currency::parse(&order.currency).unwrap_or(Currency::EUR);
    let charged: Vec<&books::position::Line> = booked.lines.values().filter(|line| order.line(&line.number).is_none() && !line.closed).collect();
    let charge = |line: &&books::position::Line| {
        let whole = || Some(Money::new(line.terms.net((line.ordered - line.invoiced).max(Decimal::ZERO), exponent)?, currency).decimal());
        let open = if line.is_apart() { open_apart(&as_line(line), exponent) } else { whole() };
        Some(OrderedCharge { id: line.number.to_string(), open: open? })
    };
    let of_order = charged.iter().filter(|line| line.parent.is_none());
    order.charges = of_order.filter_map(charge).filter(|charge| !charge.open.is_zero()).collect();
    order.charged = charged.into_iter().map(as_line).collect();
}

/// What is charged, as a line of the order.
fn as_line(charge: &books::position::Line) -> OrderedLine {
    let kept = (Decimal::ONE_HUNDRED - charge.terms.discount_percent) / Decimal::ONE_HUNDRED;
    OrderedLine {
        line: charge.number.to_string(),
        unit: "C62".into(),
        price: charge.terms.unit_price * kept,
        per: charge.terms.price_unit,
        ordered: charge.ordered,
        received: due(charge, books::position::Quantities { ordered: charge.ordered, delivered: charge.delivered, invoiced: charge.invoiced }),
        invoiced: charge.invoiced,
        vat: Some(charge.terms.tax_percent),
        budgets: on_budgets(charge, |of| due(charge, of)),
        ..OrderedLine::default()
    }
}

/// What is not invoiced yet of a charge that only some of its budgets were invoiced for.
fn open_apart(charge: &OrderedLine, exponent: u32) -> Option<Decimal> {
    charge.budgets.iter().map(|own| charge.falls_on(&own.budget, own.ordered - own.invoiced, Decimal::ZERO, exponent)).sum()
}

fn on_budgets(line: &books::position::Line, came: impl Fn(books::position::Quantities) -> Decimal) -> Vec<OnBudget> {
    let on = |row: &books::position::Row| {
        let of = line.of_row(row);
        OnBudget { budget: row.at.budget.to_string(), weight: row.weight, ordered: of.ordered, received: came(of), invoiced: of.invoiced }
    };
    line.rows.iter().filter(|row| line.is_sharing(row)).map(on).collect()
}

/// What a buyer says of matching; nothing where it says nothing.
pub fn matching_settings(buyer: &Organisation) -> Result<Value> {
    Ok(parse(&buyer.settings)?.get("matching").cloned().unwrap_or_default())
}

/// The table of section 16 with what the buyer says otherwise.
pub fn tolerances(settings: &Value) -> Tolerances {
    let default = Tolerances::default();
    let decimal = |key: &str| str_of(settings, key).parse::<Decimal>().ok();
    let price_under = decimal("price_under_percent").map(|percent| Tolerance { percent, amount: decimal("price_under_amount") });
    Tolerances {
        compared: Compared::parse(str_of(settings, "kind")).unwrap_or(default.compared),
        price_over: Tolerance {
            percent: decimal("price_over_percent").unwrap_or(default.price_over.percent),
            amount: decimal("price_over_amount").or(default.price_over.amount),
        },
        price_under,
        over_received: decimal("over_received_percent").unwrap_or(default.over_received),
        over_ordered: decimal("over_ordered_percent").unwrap_or(default.over_ordered),
        line_amount: decimal("line_amount").unwrap_or(default.line_amount),
        charges: decimal("charges").unwrap_or(default.charges),
        total_amount: decimal("total_amount").unwrap_or(default.total_amount),
        total_percent: decimal("total_percent").unwrap_or(default.total_percent),
        small_difference: decimal("small_difference").unwrap_or(default.small_difference),
        days: str_of(settings, "days").parse().unwrap_or(default.days),
    }
}

/// What packs hold, by article.
fn packs(settings: &Value) -> BTreeMap<String, Vec<Pack>> {
    let mut packs: BTreeMap<String, Vec<Pack>> = BTreeMap::new();
    for one in settings.get("packs").and_then(Value::as_array).into_iter().flatten() {
        if let Ok(holds) = str_of(one, "holds").parse::<Decimal>() {
            let pack = Pack { unit: ubl::unece(str_of(one, "unit")).to_string(), holds };
            packs.entry(str_of(one, "article").to_string()).or_default().push(pack);
        }
    }
    packs
}

/// What is wrong with a buyer's settings of matching: each with the key it stands under, and what may stand there.
pub fn check(settings: &Value) -> Findings {
    let mut findings = Findings::default();
    let amount = |text: &str| text.parse::<Decimal>().is_ok_and(|number| !number.is_sign_negative());
    for (key, value) in settings.as_object().into_iter().flatten() {
        let text = value.as_str().unwrap_or_default();
        let (is_right, limit) = match key.as_str() {
            "kind" => (Compared::parse(text).is_some(), "two_way, three_way"),
            "days" => (text.parse::<u32>().is_ok_and(|days| days <= 366), "0 – 366"),
            "packs" => (value.as_array().into_iter().flatten().all(is_pack), "article, unit, holds"),
            _ => (amount(text), "0 …"),
        };
        if !is_right {
            findings.push(Finding::error(Code::Unusable, key).value(text).limit(limit));
        }
    }
    findings
}

fn is_pack(pack: &Value) -> bool {
    let holds = str_of(pack, "holds").parse::<Decimal>();
    !str_of(pack, "article").is_empty() && !str_of(pack, "unit").is_empty() && holds.is_ok_and(|holds| holds > Decimal::ZERO)
}
