//! An order on paper, for a supplier that reads mail: number, buyer, places and dates, lines, and what bears their cost, in the reader's language.
//! Made from the same order as every data file; it adds nothing up that the order does not say.

use rust_decimal::Decimal;

use crate::domain::name::Language;
use crate::error::{Error, Result};
use crate::text::Texts;
use crate::wire::account_string;
use crate::wire::cxml::kept::{Kind, Line, Order};
use crate::wire::cxml::place::Place;
use crate::wire::paper::{self, About, Paper, Part, Row};

/// Who orders from whom.
#[derive(Clone, Copy, Debug)]
pub struct Parties<'p> {
    pub buyer: &'p Place,
    pub supplier: &'p Place,
}

/// The order as PDF.
pub fn write(order: &Order, kind: Kind, parties: &Parties<'_>, language: Language) -> Result<Vec<u8>> {
    let t = Texts(language);
    let title = t.get(match kind {
        Kind::New => "order-paper",
        Kind::Update => "order-paper-changed",
        Kind::Delete => "order-paper-cancelled",
    });
    let day = order.order_date.get(..10).unwrap_or_default();
    let paper = Paper {
        title: title.clone(),
        sender: address(parties.buyer),
        receiver: address(parties.supplier),
        facts: facts(t, order, day),
        heads: ["order-paper-item", "quantity", "price", "order-paper-cost", "order-paper-amount"].map(|key| t.get(key)),
        parts: parts(t, order),
        totals: totals(t, order),
        notes: order.comments.clone(),
        page: t.get("copy-page"),
        ..Paper::default()
    };
    let about = About {
        title: format!("{title} {}", order.order_id),
        language: language.as_str().into(),
        author: parties.buyer.name.clone(),
        day: date(day),
    };
    paper::write(&paper, &about, None).ok_or_else(|| Error::internal("an order cannot be written on paper"))
}

fn date(day: &str) -> (u16, u8, u8) {
    let mut parts = day.split('-').map(|part| part.parse::<u16>().unwrap_or(1));
    let mut part = || parts.next().unwrap_or(1);
    let (year, month, day) = (part(), part(), part());
    (year, u8::try_from(month).unwrap_or(1), u8::try_from(day).unwrap_or(1))
}

/// The lines of an address.
fn address(place: &Place) -> Vec<String> {
    let town = [place.postcode.as_str(), place.city.as_str()].join(" ").trim().to_string();
    let lines = std::iter::once(&place.name).chain(&place.deliver_to).chain(&place.street).cloned();
    lines.chain([town, place.country.clone().unwrap_or_default()]).filter(|line| !line.is_empty()).collect()
}

fn facts(t: Texts, order: &Order, day: &str) -> Vec<(String, String)> {
    let said = [
        ("order-paper-number", order.order_id.clone()),
        ("order-paper-date", t.iso_date(day)),
        ("order-paper-by", order.ordered_by.clone()),
        ("order-paper-requisition", order.requisition.clone().unwrap_or_default()),
        ("order-paper-deliver-to", order.ship_to.as_ref().map(|place| address(place).join(", ")).unwrap_or_default()),
    ];
    said.into_iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| (t.get(key), value)).collect()
}

/// Lines by the place they go to, where there are several places.
fn parts(t: Texts, order: &Order) -> Vec<Part> {
    let place = |line: &Line| line.ship_to.as_ref().map(|place| address(place).join(", ")).unwrap_or_default();
    let mut parts: Vec<Part> = Vec::new();
    for line in &order.lines {
        let title = place(line);
        let at = parts.iter().position(|part| part.title == title).unwrap_or_else(|| {
            parts.push(Part { title, ..Part::default() });
            parts.len() - 1
        });
        parts[at].rows.push(row(t, line));
    }
    parts
}

fn row(t: Texts, line: &Line) -> Row {
    let unit = t.unit(&line.unit, &2);
    let per = if line.price_basis == Decimal::ONE { String::new() } else { format!(" / {}", t.number(&line.price_basis, &0)) };
    let dates = line.schedule.iter().map(|due| format!("{} × {}", t.number(&due.quantity, &0), t.iso_date(&due.date)));
    let wanted = line.requested_date.iter().filter(|_| line.schedule.is_empty()).map(|day| t.iso_date(day.get(..10).unwrap_or(day)));
    let wanted = dates.chain(wanted).collect::<Vec<_>>().join(", ");
    let mut small = vec![format!("{} {}", line.line, line.supplier_part)];
    small.extend(line.buyer_part.iter().map(|part| t.with("order-paper-your-part", "part", part)));
    small.extend((!wanted.is_empty()).then(|| t.with("order-paper-wanted", "date", wanted)));
    small.extend(line.comments.iter().cloned());
    Row {
        text: line.description.clone().or_else(|| line.short_name.clone()).unwrap_or_else(|| line.supplier_part.clone()),
        small,
        cells: [
            format!("{} {unit}", t.number(&line.quantity, &0)),
            format!("{}{per}", line.unit_price.map(|price| t.number(&price, &2)).unwrap_or_default()),
            account_string::of_shares(&line.cost),
            t.number(&line.net, &2),
        ],
    }
}

fn totals(t: Texts, order: &Order) -> Vec<(String, String)> {
    let amount = |amount: Decimal| format!("{} {}", order.currency, t.number(&amount, &2));
    let shipping = (!order.shipping.is_zero()).then(|| (t.get("order-paper-shipping"), amount(order.shipping)));
    shipping.into_iter().chain([(t.get("order-paper-total"), amount(order.net_total))]).collect()
}
