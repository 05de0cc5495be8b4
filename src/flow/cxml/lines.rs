//! Lines of an order that came as a document, as orders and books have them: price and pieces, coding, distribution on budgets, and what shipping costs.
//! Pure; what does not come out exactly is nothing, never a guess.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::domain::books::command::{NewLine, OrderCharge, Split, Spread};
use crate::domain::books::entry::{Entry, Fact};
use crate::domain::books::position::{Mode, SplitKind, Terms as Agreed};
use crate::domain::coding::{Coding, Kind as Coded};
use crate::domain::connection::Unknown;
use crate::domain::money::{Currency, Money, Price};
use crate::domain::order::Line as OrderLine;
use crate::store::order::Stored as StoredOrder;
use crate::wire::cxml::Fault;
use crate::wire::cxml::kept::{Kept, Line, Order};
use crate::wire::cxml::order::Offer;
use crate::wire::cxml::pricing::price;

/// The books' name of what shipping costs.
pub const SHIPPING: &str = "shipping";

/// A cost centre that is no budget here.
pub fn unknown_centre(order: &Order, budgets: &BTreeSet<Arc<str>>, rule: Unknown) -> Option<Fault> {
    if rule == Unknown::Accept {
        return None;
    }
    let mut centres = order.lines.iter().flat_map(|line| line.cost.iter().filter_map(|share| share.cost_centre()).map(move |code| (line, code)));
    let (line, code) = centres.find(|(_, code)| !budgets.contains(*code))?;
    let shown: String = code.chars().filter(|c| !c.is_control()).take(60).collect();
    Some(Fault::content(format_args!("line {}: the cost centre {shown} is not known", line.line)))
}

/// The rate of tax of an order that names an amount for the whole.
pub fn rate(order: &Order) -> Decimal {
    let base = order.net_total + order.shipping;
    let percent = order.tax.checked_mul(Decimal::ONE_HUNDRED).and_then(|tax| tax.checked_div(base));
    percent.map(|percent| percent.round_dp(4)).filter(|percent| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(percent)).unwrap_or_default()
}

/// What everybody else pays, where the order speaks of the same pieces as the offer.
fn shop_price(line: &Line, offer: &Offer, price: Price) -> Option<Price> {
    let is_same = line.factor == Decimal::ONE && offer.per == Decimal::from(price.per) && offer.currency == price.currency.as_str();
    offer.shop_price.filter(|_| is_same).map(|amount| Price { amount, ..price })
}

/// A line as it is kept; `rate` is for one that nobody offered and that names none itself.
pub fn order_line(line: &Line, offer: Option<&Offer>, rate: Decimal, currency: &str) -> Option<OrderLine> {
    let currency = Currency::parse(currency)?;
    let mut coding = Coding::default();
    let mut set = |kind: Coded, value: Option<&str>| {
        if let Some(value) = value.filter(|value| value.chars().count() <= kind.chars_max()) {
            coding.set(kind, value);
        }
    };
    let segment = |name: &str| line.cost.first().and_then(|share| share.segments.get(name)).map(String::as_str);
    set(Coded::CostCentre, segment("cost_center"));
    set(Coded::GlAccount, segment("gl_account"));
    set(Coded::Project, segment("project"));
    set(Coded::Department, segment("department"));
    set(Coded::WishDate, line.requested_date.as_deref());
    set(Coded::Note, line.comments.first().map(String::as_str));
    let price = price(line, currency)?;
    let quoted = line.aux.as_deref().and_then(crate::wire::cxml::cart::quoted);
    Some(OrderLine {
        line: line.number,
        article: line.supplier_part.clone(),
        description: line.short_name.clone().or_else(|| line.description.clone()).unwrap_or_default().chars().take(500).collect(),
        text: String::new(),
        quantity: line.quantity,
        unit: line.unit.clone(),
        price,
        net: Money::round(line.net, currency)?,
        vat: offer.map_or(line.tax_rate.unwrap_or(rate), |offer| offer.vat),
        coding,
        quote_line: quoted.map(|(_, line)| line),
        quoted_price: None,
        quoted_quantity: None,
        shop_price: offer.and_then(|offer| shop_price(line, offer, price)),
        in_shop: offer.and_then(|offer| offer.in_shop.clone()),
        shipped: Decimal::ZERO,
        shipped_on: String::new(),
        refused: Decimal::ZERO,
        invoiced: Decimal::ZERO,
        charges_due: false,
        answer: Default::default(),
    })
}

/// A line as the books know it: on the budgets its shares name, where all of them are budgets here.
pub fn new_line(line: &OrderLine, said: &Line, budgets: &BTreeSet<Arc<str>>, warnings: &mut Vec<String>) -> NewLine {
    let row = |share: &crate::wire::cxml::kept::Share| {
        let code = share.cost_centre().and_then(|code| budgets.get(code))?;
        Some((code.clone(), share.amount))
    };
    let rows: Option<Vec<(Arc<str>, Decimal)>> = said.cost.iter().map(row).collect();
    let split = match rows.filter(|rows| !rows.is_empty()) {
        Some(rows) => Split { kind: SplitKind::Weights, rows },
        None => {
            if said.cost.iter().any(|share| share.cost_centre().is_some_and(|code| budgets.contains(code))) {
                warnings.push(format!("line {}: it is not booked, for not all of its cost centres are budgets", said.line));
            }
            Split { kind: SplitKind::None, rows: Vec::new() }
        }
    };
    NewLine {
        number: line.line.to_string().into(),
        quantity: line.quantity,
        terms: agreed(line.price.amount, line.price.per, line.vat),
        mode: Mode::Quantity,
        split,
        charges: Vec::new(),
    }
}

fn agreed(unit_price: Decimal, per: u32, tax_percent: Decimal) -> Agreed {
    Agreed { unit_price, price_unit: Decimal::from(per), discount_percent: Decimal::ZERO, tax_percent }
}

/// What shipping costs, pro rata on the budgets of the lines: it is part of the order's value (section 11).
pub fn charges(order: &Order) -> Vec<OrderCharge> {
    let charge = OrderCharge { id: SHIPPING.into(), terms: agreed(order.shipping, 1, Decimal::ZERO), spread: Spread::Amounts };
    if order.shipping.is_zero() { Vec::new() } else { vec![charge] }
}

/// The order again as the books had it, with other quantities: what a confirmation refuses or takes back.
pub fn rebooked(stored: &StoredOrder, kept: &Kept, quantities: &BTreeMap<u32, Decimal>, budgets: &BTreeSet<Arc<str>>) -> Vec<NewLine> {
    let line = |line: &OrderLine| {
        let said = kept.by_number(line.line)?;
        let quantity = quantities.get(&line.line).copied().unwrap_or(line.quantity);
        Some(NewLine { quantity, ..new_line(line, said, budgets, &mut Vec::new()) })
    };
    stored.order.lines.iter().filter_map(line).collect()
}

/// What an entry leaves of what is charged, or taken off, for the order as a whole: its documents say it as the books have it.
pub fn follow_charge(stored: &mut StoredOrder, entry: &Entry) {
    let charge = entry.facts.iter().find_map(|fact| {
        let Fact::Line { order, line } = fact else { return None };
        (**order == *stored.order.number && &*line.number == SHIPPING).then_some(line)
    });
    let (Some(charge), Some(mut kept)) = (charge, Kept::read(&stored.document)) else { return };
    let currency = stored.order.net.currency;
    let Some(minor) = charge.terms.net(charge.ordered, currency.exponent()) else { return };
    kept.order.shipping = Money::new(minor, currency).decimal();
    stored.document = kept.write();
}

/// What stays on an order as a whole while its lines are booked anew.
pub fn charges_of(kept: &Kept) -> Vec<OrderCharge> {
    charges(&kept.order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_what_price_basis_and_factor_say() {
        let d = |text: &str| text.parse::<Decimal>().expect("a literal of this test");
        let of = |amount: &str, basis: &str, factor: &str| {
            let line = Line { unit_price: Some(d(amount)), price_basis: d(basis), factor: d(factor), ..Line::default() };
            price(&line, Currency::EUR).map(|price| (price.amount.to_string(), price.per))
        };
        assert_eq!(of("12.50", "100", "1"), Some(("12.5".into(), 100)));
        assert_eq!(of("5.00", "100", "50"), Some(("250".into(), 100)));
        assert_eq!(of("1", "2.5", "1"), Some(("10".into(), 25)));
        assert_eq!(of("1", "0.5", "1"), Some(("10".into(), 5)));
        assert_eq!(of("1", "99999999", "1"), None);
    }
}
