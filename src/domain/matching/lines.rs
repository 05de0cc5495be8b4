//! Which order line an invoice line is for, and whether its figures fit: by number or article, never by position alone, and units and base
//! quantities brought together before anything is compared (section 16).

use std::collections::{BTreeMap, HashMap};

use rust_decimal::{Decimal, RoundingStrategy};

use super::bill::{Bill, BillLine};
use super::normal::{folded, is_similar, number};
use super::ordered::{Ordered, OrderedLine};
use super::orders::{Found, FoundOrders, Way};
use super::tolerance::{Compared, Tolerances};
use super::units::{factor, plain};
use super::{Check, Known, LineMatch, Outcome, Reason, Target};
use crate::domain::money::Currency;

/// How a line was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LineWay {
    /// BT-132
    OrderLine,
    /// BT-156
    BuyersArticle,
    /// BT-155
    SellersArticle,
    /// BT-157
    StandardArticle,
    /// Equal price and unit, and a similar name.
    PriceAndName,
}

impl LineWay {
    pub const ALL: [LineWay; 5] =
        [LineWay::OrderLine, LineWay::BuyersArticle, LineWay::SellersArticle, LineWay::StandardArticle, LineWay::PriceAndName];

    pub fn as_str(self) -> &'static str {
        match self {
            LineWay::OrderLine => "order_line",
            LineWay::BuyersArticle => "buyers_article",
            LineWay::SellersArticle => "sellers_article",
            LineWay::StandardArticle => "standard_article",
            LineWay::PriceAndName => "price_and_name",
        }
    }

    /// What an invoice line is looked for by; `None` where it says nothing.
    fn of_bill(self, billed: &BillLine) -> Option<String> {
        match self {
            LineWay::OrderLine => key(&billed.order_line),
            LineWay::BuyersArticle => key(&billed.buyers_article),
            LineWay::SellersArticle => key(&billed.sellers_article),
            LineWay::StandardArticle => key(&billed.standard_article),
            LineWay::PriceAndName => Some(priced(&billed.unit, billed.unit_price()?)),
        }
    }

    /// The same of an order line; of its number and of the buyer's label for it.
    fn of_order(self, line: &OrderedLine) -> [Option<String>; 2] {
        let one = match self {
            LineWay::OrderLine => {
                let (number, label) = (key(&line.line), key(&line.label));
                return [number.clone(), label.filter(|label| number.as_ref() != Some(label))];
            }
            LineWay::BuyersArticle => key(&line.buyers_article),
            LineWay::SellersArticle => key(&line.sellers_article),
            LineWay::StandardArticle => key(&line.standard_article),
            LineWay::PriceAndName => line.unit_price().map(|price| priced(&line.unit, price)),
        };
        [one, None]
    }
}

fn key(text: &str) -> Option<String> {
    Some(number(text)).filter(|number| !number.is_empty())
}

fn priced(unit: &str, price: Decimal) -> String {
    format!("{} {}", plain(unit), price.round_dp(6).normalize())
}

/// What the invoice asks more for one of the order's unit; `None` when unit or price cannot be compared.
pub fn price_difference(billed: &BillLine, line: &OrderedLine) -> Option<Decimal> {
    let factor = factor(&billed.unit, &line.unit, &line.packs)?;
    let asked = billed.unit_price()?.checked_div(factor)?;
    Some(asked.checked_sub(line.unit_price()?)?.round_dp(6))
}

/// A line of an order, at its place.
type Place<'k> = (usize, &'k OrderedLine);

enum Search<'k> {
    Line(Place<'k>, LineWay),
    /// Several would do, and nothing tells them apart.
    Ambiguous,
    Nothing,
}

/// The orders in which a line is looked for, and the one whose line numbers its BT-132 can mean.
fn places<'k>(at: usize, known: &Known<'k>, found: &FoundOrders) -> (Vec<usize>, Option<usize>) {
    if let Some(order) = found.of_lines.get(at).copied().flatten() {
        return (vec![order], Some(order));
    }
    let named = |found: &&Found| matches!(found.way, Way::Number | Way::Normalised | Way::SalesOrder);
    let orders: Vec<usize> = found.whole.iter().map(|found| found.order).filter(|order| *order < known.orders.len()).collect();
    let numbered = found.whole.iter().find(named).map(|found| found.order).or(if orders.len() == 1 { orders.first().copied() } else { None });
    (orders, numbered)
}

/// Order lines by what they are looked for by, so that an invoice of many lines costs no more than each one.
struct Index<'k> {
    lines: HashMap<(usize, LineWay, String), Vec<&'k OrderedLine>>,
    /// What is charged on the orders and on their lines.
    charged: HashMap<(usize, String), &'k OrderedLine>,
}

impl<'k> Index<'k> {
    fn of(orders: &'k [Ordered], found: &FoundOrders) -> Index<'k> {
        let mut index = Index { lines: HashMap::new(), charged: HashMap::new() };
        for (at, order) in found.whole.iter().filter_map(|found| Some((found.order, orders.get(found.order)?))) {
            for (line, way) in order.lines.iter().flat_map(|line| LineWay::ALL.map(|way| (line, way))) {
                for key in way.of_order(line).into_iter().flatten() {
                    index.lines.entry((at, way, key)).or_default().push(line);
                }
            }
            index.charged.extend(order.charged.iter().filter_map(|line| Some(((at, key(&line.line)?), line))));
        }
        index
    }

    /// What a share of is billed that is charged: found by its name alone.
    fn charge(&self, billed: &BillLine, mut places: impl Iterator<Item = usize>) -> Option<Place<'k>> {
        let name = billed.share().and_then(|_| key(&billed.order_line))?;
        places.find_map(|order| Some((order, *self.charged.get(&(order, name.clone()))?)))
    }

    fn hits(&self, way: LineWay, billed: &BillLine, places: impl Iterator<Item = usize>) -> Vec<Place<'k>> {
        let Some(key) = way.of_bill(billed) else { return Vec::new() };
        let of_order = |order: usize| self.lines.get(&(order, way, key.clone())).into_iter().flatten().map(move |line| (order, *line));
        let is_meant = |(_, line): &Place<'k>| way != LineWay::PriceAndName || is_similar(&billed.name, &line.name);
        places.flat_map(of_order).filter(is_meant).collect()
    }
}

fn search<'k>(billed: &BillLine, index: &Index<'k>, (places, numbered): &(Vec<usize>, Option<usize>), used: &Used) -> Search<'k> {
    let is_numbered = |order: &usize| numbered.is_none_or(|numbered| numbered == *order);
    if let Some(charge) = index.charge(billed, places.iter().copied().filter(is_numbered)) {
        return Search::Line(charge, LineWay::OrderLine);
    }
    for way in LineWay::ALL {
        let may_hold = |order: &usize| way != LineWay::OrderLine || is_numbered(order);
        let hits = index.hits(way, billed, places.iter().copied().filter(may_hold));
        match (hits.as_slice(), way) {
            ([], _) => {}
            ([hit], _) => return Search::Line(*hit, way),
            (_, LineWay::PriceAndName) => return Search::Ambiguous,
            (hits, _) => {
                // The number of one line may be the buyer's label of another.
                let meant = (way == LineWay::OrderLine).then(|| of_article(billed, hits)).flatten();
                return meant.or_else(|| best(billed, hits, used)).map_or(Search::Ambiguous, |hit| Search::Line(hit, way));
            }
        }
    }
    Search::Nothing
}

/// Of several lines the one that has the article of the invoice.
fn of_article<'k>(billed: &BillLine, hits: &[Place<'k>]) -> Option<Place<'k>> {
    const ARTICLES: [LineWay; 3] = [LineWay::BuyersArticle, LineWay::SellersArticle, LineWay::StandardArticle];
    let has = |line: &OrderedLine| ARTICLES.iter().any(|way| way.of_bill(billed).is_some_and(|key| way.of_order(line).contains(&Some(key))));
    let mut meant = hits.iter().filter(|(_, line)| has(line));
    meant.next().filter(|_| meant.next().is_none()).copied()
}

/// Of several lines with one article: those at its price, and of these the first with enough left, else with anything left.
fn best<'k>(billed: &BillLine, hits: &[Place<'k>], used: &Used) -> Option<Place<'k>> {
    let same_price = |(_, line): &&Place<'k>| price_difference(billed, line).is_some_and(|difference| difference.is_zero());
    let mut fitting: Vec<Place<'k>> = hits.iter().filter(same_price).copied().collect();
    if fitting.is_empty() {
        let one_price = hits.windows(2).all(|pair| pair[0].1.unit_price() == pair[1].1.unit_price());
        fitting = if one_price { hits.to_vec() } else { return None };
    }
    let left = |(order, line): &Place<'k>| line.whole().to_invoice(Compared::TwoWay) - used.of_whole(*order, &line.line, false);
    let is_enough = |place: &Place<'k>| factor(&billed.unit, &place.1.unit, &place.1.packs).is_some_and(|f| left(place) >= billed.quantity * f);
    let enough = fitting.iter().find(|place| is_enough(place));
    enough.or_else(|| fitting.iter().find(|place| left(place) > Decimal::ZERO)).or(fitting.first()).copied()
}

/// What lines of this invoice took already of each order line: as a whole, and on each budget alone. The pieces are the same.
#[derive(Default)]
struct Used(BTreeMap<(usize, String), BTreeMap<Option<String>, Decimal>>);

impl Used {
    fn of(&self, order: usize, line: &str, budget: Option<&str>) -> Decimal {
        let of_line = self.0.get(&(order, line.to_string()));
        let took = |budget: Option<String>| of_line.and_then(|took| took.get(&budget)).copied().unwrap_or_default();
        took(None) + budget.map_or(Decimal::ZERO, |budget| took(Some(folded(budget))))
    }

    /// What is taken from the line as a whole at least: the most of any budget, or what most is taken back of.
    fn of_whole(&self, order: usize, line: &str, is_back: bool) -> Decimal {
        let of_line = self.0.get(&(order, line.to_string())).into_iter().flatten();
        let alone = of_line.filter(|(budget, _)| budget.is_some()).map(|(_, took)| *took);
        let most = |one: Decimal, other: Decimal| if is_back { one.min(other) } else { one.max(other) };
        self.of(order, line, None) + alone.fold(Decimal::ZERO, most)
    }

    fn add(&mut self, order: usize, line: &str, budget: Option<&str>, quantity: Decimal) {
        *self.0.entry((order, line.to_string())).or_default().entry(budget.map(folded)).or_default() += quantity;
    }
}

pub fn compare(bill: &Bill, known: &Known<'_>, found: &FoundOrders, tolerances: &Tolerances) -> Vec<LineMatch> {
    let index = Index::of(known.orders, found);
    let mut used = Used::default();
    let mut lines = Vec::with_capacity(bill.lines.len());
    for (at, billed) in bill.lines.iter().enumerate() {
        let unmatched = |reason: Reason| LineMatch { target: None, quantity: billed.quantity, outcome: Outcome::Matched, reasons: vec![reason] };
        let line = match search(billed, &index, &places(at, known, found), &used) {
            Search::Ambiguous => unmatched(Reason::stops(Check::Article, "", &billed.name).worth(billed.net)),
            Search::Nothing if billed.net.is_zero() => unmatched(Reason::within(Check::NotOrdered, "", &billed.name)),
            Search::Nothing => unmatched(Reason::stops(Check::NotOrdered, "", &billed.name).worth(billed.net)),
            Search::Line((order, line), way) => {
                let budget = billed.share().map(|(_, budget)| budget);
                let took = match budget {
                    Some(budget) => used.of(order, &line.line, Some(budget)),
                    None => used.of_whole(order, &line.line, billed.quantity < Decimal::ZERO),
                };
                let (quantity, reasons) = check(bill, billed, line, took, tolerances);
                used.add(order, &line.line, budget, quantity);
                LineMatch { target: Some(Target { order, line: line.line.clone(), way }), quantity, outcome: Outcome::Matched, reasons }
            }
        };
        lines.push(line);
    }
    lines
}

/// The quantity in the order's unit, and everything that differs.
fn check(bill: &Bill, billed: &BillLine, line: &OrderedLine, used: Decimal, tolerances: &Tolerances) -> (Decimal, Vec<Reason>) {
    let mut reasons = Vec::new();
    reasons.extend(article(billed, line));
    reasons.extend(amount(bill, billed, tolerances));
    reasons.extend(vat(billed, line));
    if let Some((pieces, budget)) = billed.share() {
        let Some(line) = &line.on(budget) else {
            let known: Vec<&str> = line.budgets.iter().map(|own| own.budget.as_str()).collect();
            reasons.push(Reason::stops(Check::Budget, known.join(", "), budget).worth(billed.net));
            return (pieces.normalize(), reasons);
        };
        reasons.extend(share(bill, billed, line, used, tolerances));
        reasons.extend(if pieces < Decimal::ZERO { taken_back(line, pieces, used) } else { quantities(line, pieces, used, tolerances) });
        return (pieces.normalize(), reasons);
    }
    let Some(quantity) = factor(&billed.unit, &line.unit, &line.packs).and_then(|factor| factor.checked_mul(billed.quantity)) else {
        reasons.push(Reason::stops(Check::Unit, &line.unit, &billed.unit));
        return (billed.quantity, reasons);
    };
    let quantity = quantity.normalize();
    reasons.extend(price(billed, line, quantity, tolerances));
    match quantity < Decimal::ZERO {
        true => reasons.extend(taken_back(line, quantity, used)),
        false => reasons.extend(quantities(&line.whole(), quantity, used, tolerances)),
    }
    (quantity, reasons)
}

/// Numbers of the article that contradict, and none that agrees.
fn article(billed: &BillLine, line: &OrderedLine) -> Option<Reason> {
    let pairs = [
        (&line.sellers_article, &billed.sellers_article),
        (&line.buyers_article, &billed.buyers_article),
        (&line.standard_article, &billed.standard_article),
    ];
    let both = || pairs.iter().filter(|(own, other)| !own.trim().is_empty() && !other.trim().is_empty());
    if both().any(|(own, other)| number(own) == number(other)) {
        return None;
    }
    both().next().map(|(own, other)| Reason::stops(Check::Article, own, other).worth(billed.net))
}

pub(super) fn decimals(bill: &Bill) -> u32 {
    Currency::parse(&bill.currency).map_or(2, |currency| currency.exponent())
}

fn round(bill: &Bill, amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(decimals(bill), RoundingStrategy::MidpointAwayFromZero)
}

/// BT-131 beside BT-129 × BT-146 ÷ BT-149: allowances and charges on the line.
fn amount(bill: &Bill, billed: &BillLine, tolerances: &Tolerances) -> Option<Reason> {
    let expected = round(bill, billed.unit_price()?.checked_mul(billed.quantity)?);
    let difference = billed.net.checked_sub(expected)?;
    let most = tolerances.line_amount.checked_mul(Decimal::from(bill.lines.len()))?;
    let passes = difference <= most || tolerances.is_small(difference);
    let reason = if passes { Reason::within } else { Reason::stops };
    (!difference.is_zero()).then(|| reason(Check::Amount, expected, billed.net).worth(difference))
}

fn vat(billed: &BillLine, line: &OrderedLine) -> Option<Reason> {
    let expected = line.vat?;
    let found = billed.vat.unwrap_or_default();
    (found != expected).then(|| Reason::stops(Check::Vat, expected.normalize(), billed.vat.map_or(String::new(), |vat| vat.normalize().to_string())))
}

/// A share of a line costs what falls on its budget of the pieces, as dear as other lines may be; a cent that was rounded another way passes as on
/// other lines. Only money that is given back is of no piece.
fn share(bill: &Bill, billed: &BillLine, line: &OrderedLine, used: Decimal, tolerances: &Tolerances) -> Option<Reason> {
    let (pieces, budget) = billed.share()?;
    let falls = line.falls_on(budget, pieces, used, decimals(bill))?;
    let over = billed.net.abs().checked_sub(falls.abs())?;
    if over.is_zero() || (pieces.is_zero() && billed.net < Decimal::ZERO) {
        return None;
    }
    let tolerance = if over > Decimal::ZERO { Some(tolerances.price_over) } else { tolerances.price_under };
    let is_rounding = over.abs() <= tolerances.line_amount && !pieces.is_zero();
    let passes = is_rounding || tolerances.is_small(over) || tolerance.is_none_or(|tolerance| tolerance.passes(over, falls, over));
    let reason = if passes { Reason::within } else { Reason::stops };
    Some(reason(Check::Price, falls, billed.net).worth(over))
}

fn price(billed: &BillLine, line: &OrderedLine, quantity: Decimal, tolerances: &Tolerances) -> Option<Reason> {
    let difference = price_difference(billed, line)?;
    let agreed = line.unit_price()?;
    let money = difference.checked_mul(quantity)?.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    let tolerance = if difference > Decimal::ZERO { Some(tolerances.price_over) } else { tolerances.price_under };
    let passes = tolerances.is_small(money) || tolerance.is_none_or(|tolerance| tolerance.passes(difference, agreed, money));
    let reason = if passes { Reason::within } else { Reason::stops };
    (!difference.is_zero()).then(|| reason(Check::Price, agreed.normalize(), (agreed + difference).normalize()).worth(money))
}

/// More than was ordered, more than came, or nothing left of the line.
fn quantities(line: &OrderedLine, quantity: Decimal, used: Decimal, tolerances: &Tolerances) -> Option<Reason> {
    let ordered = line.to_invoice(Compared::TwoWay) - used;
    let came = line.to_invoice(Compared::ThreeWay) - used;
    let worth = |open: Decimal| (quantity - open.max(Decimal::ZERO)) * line.unit_price().unwrap_or_default();
    let judged = |check: Check, open: Decimal, percent: Decimal, of: Decimal| {
        let over = quantity - open;
        let passes = over * Decimal::ONE_HUNDRED <= percent * of || tolerances.is_small(worth(open));
        let reason = if passes { Reason::within } else { Reason::stops };
        (over > Decimal::ZERO).then(|| reason(check, open.max(Decimal::ZERO).normalize(), quantity.normalize()).worth(worth(open).round_dp(2)))
    };
    if ordered <= Decimal::ZERO && line.billed() + used > Decimal::ZERO && quantity > Decimal::ZERO {
        return judged(Check::Invoiced, ordered, Decimal::ZERO, Decimal::ZERO);
    }
    let over_ordered = judged(Check::Quantity, ordered, tolerances.over_ordered, line.ordered);
    let over_received = match tolerances.compared {
        Compared::TwoWay => None,
        Compared::ThreeWay if came <= Decimal::ZERO => judged(Check::Received, came, tolerances.over_received, line.received),
        Compared::ThreeWay => judged(Check::Quantity, came, tolerances.over_received, line.received),
    };
    let weight = |reason: &Option<Reason>| reason.as_ref().map(|reason| reason.weight);
    if weight(&over_received) > weight(&over_ordered) { over_received } else { over_ordered.or(over_received) }
}

/// No more is taken back than was invoiced.
fn taken_back(line: &OrderedLine, quantity: Decimal, used: Decimal) -> Option<Reason> {
    let open = line.billed() + used;
    let money = (quantity + open) * line.unit_price().unwrap_or_default();
    (-quantity > open).then(|| Reason::stops(Check::Quantity, open.normalize(), (-quantity).normalize()).worth(money.round_dp(2)))
}
