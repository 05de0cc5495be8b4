//! An order as every format is written from it (reference cxml-and-peppol-ordering, section 33): what the buyer's document said, where it came
//! as one, in the quantities that still stand. Pure. Nothing that is only for the buyer's own house leaves it.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::domain::channel::Need;
use crate::domain::coding::Kind as Code;
use crate::domain::money::{self, Currency, Money, Price};
use crate::domain::order as ordered;
use crate::flow::cxml;
use crate::flow::delivering::numbered;
use crate::store::order::Stored;
use crate::wire::cxml::kept::{Kind, Line, Order, SALES_ORDER, Share};
use crate::wire::cxml::{totals, units};

/// The order as it stands: lines of which nothing is wanted any more are left out.
pub fn of(stored: &Stored) -> Order {
    let mut order = whole(stored);
    let currency = stored.order.net.currency;
    for known in &stored.order.lines {
        if let Some(line) = order.lines.iter_mut().find(|line| line.number == known.line) {
            still_wanted(line, known.quantity - known.refused, currency);
        }
    }
    order.lines.retain(|line| line.quantity > Decimal::ZERO);
    order.net_total = order.lines.iter().map(|line| line.net).sum();
    order
}

/// The order with all that was wanted of it, whatever was refused or called off.
pub fn whole(stored: &Stored) -> Order {
    let mut order = cxml::kept_of(stored).order;
    let currency = stored.order.net.currency;
    if stored.document.is_empty() {
        order.ordered_by.clone_from(&stored.order.ordered_by);
        order.lines.iter_mut().zip(&stored.order.lines).for_each(|(line, known)| fill(line, known));
    }
    order = for_suppliers(order);
    // What only its supplier gave a number goes to it under that one: it knows no other.
    if let Some(own) = order.extrinsics.get(SALES_ORDER).filter(|own| numbered(&stored.order.supplier, own) == order.order_id) {
        order.order_id.clone_from(own);
    }
    for known in &stored.order.lines {
        if let Some(line) = order.lines.iter_mut().find(|line| line.number == known.line) {
            in_shop(line, known, currency);
            repriced(line, known.price, currency);
        }
    }
    order.net_total = order.lines.iter().map(|line| line.net).sum();
    order
}

/// Without what is for the buyer's own house.
pub fn for_suppliers(mut order: Order) -> Order {
    order.attachments.retain(|attachment| !attachment.internal);
    (order.card, order.followup) = (None, None);
    order
}

/// What an order that came otherwise says of a line.
fn fill(line: &mut Line, known: &ordered::Line) {
    let code = |kind: Code| Some(known.coding.get(kind)).filter(|code| !code.is_empty()).map(str::to_string);
    line.description = Some(known.description.clone()).filter(|text| !text.is_empty());
    line.requested_date = code(Code::WishDate);
    line.comments = [Some(known.text.clone()).filter(|text| !text.is_empty()), code(Code::Note)].into_iter().flatten().collect();
    let segments = [("cost_center", Code::CostCentre), ("gl_account", Code::GlAccount), ("project", Code::Project), ("department", Code::Department)];
    let segments = segments.into_iter().filter_map(|(name, kind)| code(kind).map(|code| (name.to_string(), code))).collect();
    line.cost = vec![Share { amount: line.net, segments, ..Share::default() }];
    line.cost.retain(|share| !share.segments.is_empty());
}

/// A line of the supplier's own shop is what the shop calls it, quoted as it quoted it (section 10): our id and our price unit mean nothing there.
fn in_shop(line: &mut Line, known: &ordered::Line, currency: Currency) {
    let Some(shop) = &known.in_shop else { return };
    line.supplier_part.clone_from(&shop.part);
    (line.aux, line.foreign_aux) = (Some(shop.aux.clone()).filter(|aux| !aux.is_empty()), None);
    let (domain, code) = &shop.classification;
    if !code.is_empty() {
        (line.classification_domain, line.classification) = (domain.clone(), Some(code.clone()));
    }
    let quoted =
        Line { unit_price: Some(shop.price), price_basis: shop.basis, factor: shop.factor, basis_unit: shop.basis_unit.clone(), ..line.clone() };
    // Only while the price is the one that was quoted.
    if totals::net(&quoted, currency) == Some(line.net) {
        *line = quoted;
    }
}

/// A line whose price was changed here: the document that came has the one before. A hundredth is what rounding may make of the same price.
fn repriced(line: &mut Line, price: Price, currency: Currency) {
    let (Some(now), Some(before)) = (price.total(line.quantity), Money::round(line.net, currency)) else { return };
    if (now.minor - before.minor).abs() > 1 {
        line.reprice(price, now.decimal());
        share_out(line, now);
    }
}

/// What bears the cost of a line, in the proportions it bore it in.
fn share_out(line: &mut Line, net: Money) {
    let weights: Vec<Decimal> = line.cost.iter().map(|share| share.amount).collect();
    for (share, minor) in line.cost.iter_mut().zip(money::apportion(net.minor, &weights).unwrap_or_default()) {
        share.amount = Money::new(minor, net.currency).decimal();
    }
}

/// A line of which less is wanted than was ordered: its amounts follow.
fn still_wanted(line: &mut Line, quantity: Decimal, currency: Currency) {
    if quantity == line.quantity {
        return;
    }
    line.quantity = quantity.max(Decimal::ZERO);
    line.schedule.clear();
    let Some(net) = totals::net(line, currency).and_then(|net| Money::round(net, currency)) else { return };
    line.net = net.decimal();
    share_out(line, net);
}

/// What it asks of a channel.
pub fn needs(order: &Order, kind: Kind) -> BTreeSet<Need> {
    let lines = &order.lines;
    let places: BTreeSet<_> = lines.iter().map(|line| line.ship_to.as_ref().or(order.ship_to.as_ref()).map(|place| format!("{place:?}"))).collect();
    let texts = lines.iter().flat_map(|line| line.description.iter().chain(&line.comments)).chain(&order.comments);
    let is_ascii = texts.chain([&order.order_id]).all(|text| text.is_ascii());
    [
        (Need::Change, kind == Kind::Update),
        (Need::Cancel, kind == Kind::Delete),
        (Need::DeliveryPlaces, places.len() > 1),
        (Need::SplitDates, lines.iter().any(|line| line.schedule.len() > 1)),
        (Need::PriceBasis, lines.iter().any(|line| line.price_basis != Decimal::ONE || line.factor != Decimal::ONE)),
        (Need::Splits, lines.iter().any(|line| line.cost.len() > 1)),
        (Need::Charges, !order.shipping.is_zero()),
        (Need::Attachments, !order.attachments.is_empty()),
        (Need::Letters, !is_ascii),
        (Need::Units, lines.iter().any(|line| !units::is_code(&line.unit))),
    ]
    .into_iter()
    .filter_map(|(need, is_there)| is_there.then_some(need))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::cxml::kept::{Attachment, Due};
    use crate::wire::cxml::place::Place;

    fn line() -> Line {
        Line { line: "1".into(), quantity: 2.into(), unit: "C62".into(), price_basis: Decimal::ONE, factor: Decimal::ONE, ..Line::default() }
    }

    #[test]
    fn every_need_is_seen() {
        let plain = || Order { order_id: "1".into(), lines: vec![line()], ..Order::default() };
        let with_line = |line: Line| Order { lines: vec![line], ..plain() };
        let elsewhere = Some(Place { name: "B".into(), ..Place::default() });
        let due = |date: &str| Due { quantity: 1.into(), date: date.into() };
        for (order, kind, expected) in [
            (plain(), Kind::New, None),
            (plain(), Kind::Update, Some(Need::Change)),
            (plain(), Kind::Delete, Some(Need::Cancel)),
            (Order { lines: vec![line(), Line { ship_to: elsewhere.clone(), ..line() }], ..plain() }, Kind::New, Some(Need::DeliveryPlaces)),
            (with_line(Line { ship_to: elsewhere, ..line() }), Kind::New, None),
            (with_line(Line { schedule: vec![due("2026-01-01"), due("2026-02-01")], ..line() }), Kind::New, Some(Need::SplitDates)),
            (with_line(Line { schedule: vec![due("2026-01-01")], ..line() }), Kind::New, None),
            (with_line(Line { price_basis: 100.into(), ..line() }), Kind::New, Some(Need::PriceBasis)),
            (with_line(Line { factor: 2.into(), ..line() }), Kind::New, Some(Need::PriceBasis)),
            (with_line(Line { cost: vec![Share::default(), Share::default()], ..line() }), Kind::New, Some(Need::Splits)),
            (Order { shipping: Decimal::ONE, ..plain() }, Kind::New, Some(Need::Charges)),
            (Order { attachments: vec![Attachment::default()], ..plain() }, Kind::New, Some(Need::Attachments)),
            (Order { comments: vec!["Müll".into()], ..plain() }, Kind::New, Some(Need::Letters)),
            (with_line(Line { unit: "BUN".into(), ..line() }), Kind::New, Some(Need::Units)),
        ] {
            assert_eq!(needs(&order, kind), expected.into_iter().collect(), "{order:?}");
        }
    }
}
