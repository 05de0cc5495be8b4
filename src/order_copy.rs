//! An order on paper, for a supplier that reads mail: number, buyer, places and dates, lines, and what bears their cost, in the reader's language.
//! Made from the same order as every data file; it adds up nothing but goods and shipping.

use rust_decimal::Decimal;

use crate::domain::name::Language;
use crate::error::{Error, Result};
use crate::text::Texts;
use crate::wire::cxml::kept::{Kind, Line, Order};
use crate::wire::cxml::place::Place;
use crate::wire::paper::{self, About, Paper, Part, Row};
use crate::wire::peppol::account;

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
        heads: [t.get("order-paper-item"), t.get("quantity"), t.get("copy-price"), String::new(), t.get("order-paper-amount")],
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
    let unit = t.unit(&line.unit, &if line.quantity == Decimal::ONE { 1 } else { 2 });
    let per = if line.price_basis == Decimal::ONE { String::new() } else { format!(" / {}", t.number(&line.price_basis, &0)) };
    let dates = line.schedule.iter().map(|due| format!("{} × {}", t.number(&due.quantity, &0), t.iso_date(&due.date)));
    let wanted = line.requested_date.iter().filter(|_| line.schedule.is_empty()).map(|day| t.iso_date(day.get(..10).unwrap_or(day)));
    let wanted = dates.chain(wanted).collect::<Vec<_>>().join(", ");
    let mut small = vec![format!("{} {}", line.line, line.supplier_part)];
    small.extend(line.buyer_part.iter().map(|part| t.with("order-paper-your-part", "part", part)));
    small.extend((!wanted.is_empty()).then(|| t.with("order-paper-wanted", "date", wanted)));
    let cost = account::of_line(line);
    small.extend((!cost.is_empty()).then(|| format!("{} {cost}", t.get("order-paper-cost"))));
    small.extend(line.comments.iter().cloned());
    Row {
        text: line.description.clone().or_else(|| line.short_name.clone()).unwrap_or_else(|| line.supplier_part.clone()),
        small,
        cells: [
            format!("{} {unit}", t.number(&line.quantity, &0)),
            format!("{}{per}", line.unit_price.map(|price| t.number(&price, &2)).unwrap_or_default()),
            String::new(),
            t.number(&line.net, &2),
        ],
    }
}

fn totals(t: Texts, order: &Order) -> Vec<(String, String)> {
    let amount = |amount: Decimal| format!("{} {}", order.currency, t.number(&amount, &2));
    let shipping = !order.shipping.is_zero();
    let extra = if order.shipping.is_sign_negative() { "order-paper-discount" } else { "order-paper-shipping" };
    let parts = [("order-paper-goods", order.net_total), (extra, order.shipping)];
    let parts = parts.into_iter().filter(|_| shipping).map(|(key, part)| (t.get(key), amount(part)));
    parts.chain([(t.get("order-paper-total"), amount(order.net_total + order.shipping))]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::cxml::kept::{Due, Share};

    /// Read back with poppler, as a person's viewer would.
    #[test]
    fn everything_of_the_order_is_on_the_paper() {
        let place = |name: &str, city: &str| Place { name: name.into(), street: vec!["Hof 1".into()], city: city.into(), ..Place::default() };
        let line = |number: &str, part: &str, to: Option<Place>| Line {
            line: number.into(),
            supplier_part: part.into(),
            description: Some(format!("Schraube {part}")),
            quantity: 250.into(),
            unit: "C62".into(),
            unit_price: Some("12.50".parse().expect("a number")),
            price_basis: 100.into(),
            factor: Decimal::ONE,
            net: "31.25".parse().expect("a number"),
            ship_to: to,
            cost: vec![Share { segments: [("cost_center".to_string(), "4711".to_string())].into(), ..Share::default() }],
            comments: vec!["vorsichtig".into()],
            ..Line::default()
        };
        let split = Line {
            schedule: vec![Due { quantity: 100.into(), date: "2026-03-12".into() }, Due { quantity: 150.into(), date: "2026-04-12".into() }],
            ..line("20", "B-2", Some(place("Bauhof", "Kiel")))
        };
        let order = Order {
            order_id: "PO-77".into(),
            order_date: "2026-03-05T10:15:00+01:00".into(),
            currency: "EUR".into(),
            shipping: 5.into(),
            net_total: "62.50".parse().expect("a number"),
            comments: vec!["bitte an Tor 3".into()],
            lines: vec![line("10", "A-1", None), split],
            ..Order::default()
        };
        let parties = Parties { buyer: &place("Stadt Birkenau", "Birkenau"), supplier: &place("Norderhandel", "Husum") };
        let bytes = write(&order, Kind::New, &parties, Language::De).expect("a paper");
        assert!(bytes.starts_with(b"%PDF"));
        if let Ok(folder) = std::env::var("HOOKLINE_TEST_PICTURES") {
            std::fs::write(std::path::Path::new(&folder).join("order.pdf"), &bytes).expect("written");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("order.pdf");
        std::fs::write(&path, &bytes).expect("written");
        let Ok(read) = std::process::Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output() else {
            eprintln!("left out: pdftotext is not installed, the paper was not read");
            return;
        };
        let text = String::from_utf8_lossy(&read.stdout).into_owned();
        for part in [
            "PO-77",
            "Stadt Birkenau",
            "Norderhandel",
            "A-1",
            "B-2",
            "4711",
            "31,25",
            "62,50",
            "12.03.2026",
            "vorsichtig",
            "bitte an Tor 3",
            "Bauhof",
            "5,00",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
