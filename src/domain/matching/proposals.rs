//! What a person may want to choose where nothing was found: orders by their articles and what is open of them, lines by what they share
//! with the invoice's, each with the reasons. Proposes; never links.

use rust_decimal::Decimal;

use super::bill::{Bill, BillLine};
use super::lines::price_difference;
use super::normal::{is_similar, number};
use super::ordered::{Ordered, OrderedLine};
use super::units::factor;

/// Most that are proposed.
const MOST: usize = 5;
/// As many lines of an invoice as tell which order is meant.
const TELLING_MAX: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    SameLineNumber,
    SameArticle,
    SimilarName,
    SamePrice,
    SameUnit,
    OpenQuantity,
    SameTotal,
}

impl Why {
    pub const ALL: [Why; 7] =
        [Why::SameLineNumber, Why::SameArticle, Why::SimilarName, Why::SamePrice, Why::SameUnit, Why::OpenQuantity, Why::SameTotal];

    pub fn as_str(self) -> &'static str {
        match self {
            Why::SameLineNumber => "same-line-number",
            Why::SameArticle => "same-article",
            Why::SimilarName => "similar-name",
            Why::SamePrice => "same-price",
            Why::SameUnit => "same-unit",
            Why::OpenQuantity => "open-quantity",
            Why::SameTotal => "same-total",
        }
    }

    fn counts(self) -> u32 {
        match self {
            Why::SameArticle => 8,
            Why::SimilarName => 4,
            Why::SamePrice | Why::SameTotal => 3,
            Why::OpenQuantity => 2,
            Why::SameUnit | Why::SameLineNumber => 1,
        }
    }
}

fn score(why: &[Why]) -> u32 {
    why.iter().map(|why| why.counts()).sum()
}

/// An order line that may be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub order: usize,
    pub line: String,
    pub why: Vec<Why>,
}

/// An order that may be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderProposal {
    pub order: usize,
    /// Invoice lines that could be on it.
    pub lines: usize,
    pub why: Vec<Why>,
}

fn shared(billed: &BillLine, line: &OrderedLine) -> Vec<Why> {
    let unit = factor(&billed.unit, &line.unit, &line.packs);
    let left = line.ordered - line.billed();
    let is_article = |(own, other): (&String, &String)| !own.trim().is_empty() && number(own) == number(other);
    let articles = [
        (&billed.sellers_article, &line.sellers_article),
        (&billed.buyers_article, &line.buyers_article),
        (&billed.standard_article, &line.standard_article),
    ];
    let holds = |why: &Why| match why {
        Why::SameLineNumber => !billed.order_line.trim().is_empty() && number(&billed.order_line) == number(&line.line),
        Why::SameArticle => articles.into_iter().any(is_article),
        Why::SimilarName => is_similar(&billed.name, &line.name),
        Why::SamePrice => price_difference(billed, line).is_some_and(|difference| difference.is_zero()),
        Why::SameUnit => unit == Some(Decimal::ONE),
        Why::OpenQuantity => unit.is_some_and(|unit| billed.quantity * unit <= left) && left > Decimal::ZERO,
        Why::SameTotal => line.unit_price().is_some_and(|price| (price * left).round_dp(2) == billed.net && !billed.net.is_zero()),
    };
    Why::ALL.into_iter().filter(holds).collect()
}

/// Whether it is more than a coincidence.
fn tells(why: &[Why]) -> bool {
    why.iter().any(|why| matches!(why, Why::SameArticle | Why::SimilarName | Why::SamePrice | Why::SameTotal))
}

/// The likeliest order lines, the likeliest first.
pub fn propose_lines(billed: &BillLine, orders: &[Ordered], among: &[usize]) -> Vec<Proposal> {
    let of_order = |order: usize| orders.get(order).into_iter().flat_map(|known| &known.lines).map(move |line| (order, line));
    let each = among.iter().copied().flat_map(of_order).map(|(order, line)| Proposal { order, line: line.line.clone(), why: shared(billed, line) });
    let mut proposals: Vec<Proposal> = each.filter(|proposal| tells(&proposal.why)).collect();
    proposals.sort_by_key(|proposal| std::cmp::Reverse(score(&proposal.why)));
    proposals.truncate(MOST);
    proposals
}

/// The likeliest orders of the supplier that may be invoiced, those with most lines in common first.
pub fn propose_orders(bill: &Bill, orders: &[Ordered], supplier: &str) -> Vec<OrderProposal> {
    let propose = |(order, known): (usize, &Ordered)| {
        let of_line = |billed: &BillLine| known.lines.iter().map(|line| shared(billed, line)).max_by_key(|why| score(why));
        let best: Vec<Vec<Why>> = bill.lines.iter().take(TELLING_MAX).filter_map(of_line).filter(|why| tells(why)).collect();
        let why = best.iter().flatten().copied().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
        OrderProposal { order, lines: best.len(), why }
    };
    let own = orders.iter().enumerate().filter(|(_, known)| known.supplier == supplier && known.is_binding);
    let mut proposals: Vec<OrderProposal> = own.map(propose).filter(|proposal| proposal.lines > 0).collect();
    proposals.sort_by_key(|proposal| (std::cmp::Reverse(proposal.lines), std::cmp::Reverse(score(&proposal.why))));
    proposals.truncate(MOST);
    proposals
}
