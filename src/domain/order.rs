//! An order as buyer and supplier speak of it: lines, states and their allowed moves, and how it follows what the books say of its
//! quantities. Pure; the one place that says what may follow what. What it does to budgets is decided by the books alone.

use rust_decimal::Decimal;

use super::article::InShop;
use super::books::entry::{Entry, Fact};
use super::books::position as books;
use super::coding::Coding;
use super::fulfilment::{Answer, Says, Standing, Terms};
use super::money::{Money, Price};

/// Where an order stands. States only move forward, along [`State::may_become`]; but where goods went back to come again, it is open again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Waits for approval.
    Requested,
    Rejected,
    Expired,
    Placed,
    Confirmed,
    Shipped,
    Invoiced,
    Cancelled,
}

impl State {
    pub const ALL: [State; 8] =
        [State::Requested, State::Rejected, State::Expired, State::Placed, State::Confirmed, State::Shipped, State::Invoiced, State::Cancelled];

    pub fn as_str(self) -> &'static str {
        match self {
            State::Requested => "requested",
            State::Rejected => "rejected",
            State::Expired => "expired",
            State::Placed => "placed",
            State::Confirmed => "confirmed",
            State::Shipped => "shipped",
            State::Invoiced => "invoiced",
            State::Cancelled => "cancelled",
        }
    }

    pub fn parse(text: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.as_str() == text)
    }

    pub fn may_become(self, next: State) -> bool {
        matches!(
            (self, next),
            (State::Requested, State::Placed | State::Rejected | State::Expired | State::Cancelled)
                | (State::Placed, State::Confirmed | State::Shipped | State::Cancelled)
                | (State::Confirmed, State::Shipped | State::Cancelled)
                | (State::Shipped, State::Invoiced | State::Confirmed)
                | (State::Invoiced, State::Confirmed)
        )
    }
}

/// One line. `net` is quantity × price, rounded once. What was shipped, refused and invoiced follows the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub line: u32,
    pub article: String,
    pub description: String,
    /// What the buyer wrote for it: a card's text.
    pub text: String,
    pub quantity: Decimal,
    pub unit: String,
    pub price: Price,
    pub net: Money,
    pub vat: Decimal,
    pub coding: Coding,
    pub quote_line: Option<u32>,
    /// What the basket said where the order says something else.
    pub quoted_price: Option<Price>,
    pub quoted_quantity: Option<Decimal>,
    /// What everybody else pays, where the customer saw it beside the price.
    pub shop_price: Option<Price>,
    /// What the supplier's own shop calls it, where it came from there.
    pub in_shop: Option<InShop>,
    pub shipped: Decimal,
    /// The day of the last shipment of it; empty before the first.
    pub shipped_on: String,
    pub refused: Decimal,
    pub invoiced: Decimal,
    /// Whether something that is charged with it is still to be invoiced, such as processing whose budget had no room.
    pub charges_due: bool,
    /// What the supplier said of the pieces that are open.
    pub answer: Answer,
}

impl Line {
    /// The price before the discount that the customer saw; nothing where there is none, or the price is for other pieces by now.
    pub fn list_price(&self) -> Option<Decimal> {
        let shop = self.shop_price.filter(|shop| (shop.per, shop.currency) == (self.price.per, self.price.currency))?;
        Some(shop.amount).filter(|amount| *amount > self.price.amount)
    }

    /// What is neither refused nor called off.
    pub fn wanted(&self) -> Decimal {
        self.quantity - self.refused
    }

    /// What those pieces cost, as the books have it.
    pub fn net_wanted(&self) -> Money {
        let less = (!self.refused.is_zero()).then(|| self.price.total(self.wanted()));
        less.flatten().unwrap_or(self.net)
    }

    /// What is neither shipped nor refused yet.
    pub fn open(&self) -> Decimal {
        self.quantity - self.shipped - self.refused
    }

    /// The line with everything its supplier said of it.
    pub fn standing(&self) -> Standing {
        Standing { quantity: self.quantity, shipped: self.shipped, refused: self.refused, answer: self.answer.clone() }.fitted()
    }

    /// What an answer may differ from.
    pub fn terms(&self) -> Terms<'_> {
        Terms { price: Some(self.price.amount), article: &self.article }
    }

    /// Shipped and not invoiced yet.
    pub fn billable(&self) -> Decimal {
        self.shipped - self.invoiced
    }

    /// Whether an invoice has something of it, or of what is charged with it.
    pub fn is_billable(&self) -> bool {
        self.billable() > Decimal::ZERO || self.charges_due
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub id: String,
    pub number: String,
    pub connection: Option<String>,
    pub supplier: String,
    pub quote: Option<String>,
    pub state: State,
    /// What is still wanted of the lines costs so much.
    pub net: Money,
    pub ordered_by: String,
    pub lines: Vec<Line>,
}

/// What is still wanted of the lines costs so much; `None` when it does not fit.
pub fn total(lines: &[Line]) -> Option<Money> {
    let first = lines.first()?.net_wanted();
    lines.iter().skip(1).try_fold(first, |sum, line| sum.checked_add(line.net_wanted()))
}

/// The lines of an order that an entry is about.
fn lines_of<'e>(number: &'e str, entry: &'e Entry) -> impl Iterator<Item = &'e books::Line> {
    entry.facts.iter().filter_map(move |fact| match fact {
        Fact::Line { order, line } if **order == *number => Some(line),
        _ => None,
    })
}

/// Where an order stands by what its supplier did and said: the last piece that leaves ships it, the first that is confirmed confirms it,
/// and so does a last word about every piece.
pub fn after_answer(state: State, lines: &[Line]) -> State {
    let state = after_refusal(state, lines);
    let standings = || lines.iter().map(Line::standing);
    let is_answered = standings().any(|line| line.count(Says::Confirmed) > Decimal::ZERO)
        || (standings().all(|line| line.count(Says::Pending).is_zero()) && lines.iter().any(|line| line.open() > Decimal::ZERO));
    if is_answered && state == State::Placed { State::Confirmed } else { state }
}

/// Where an order stands when lines of it will not come.
pub fn after_refusal(state: State, lines: &[Line]) -> State {
    let all_refused = lines.iter().all(|line| line.refused == line.quantity);
    let nothing_open = lines.iter().all(|line| line.open().is_zero());
    match (all_refused, nothing_open) {
        (true, _) => State::Cancelled,
        (false, true) if lines.iter().any(Line::is_billable) => State::Shipped,
        // All that came is on invoices, and nothing else will come.
        (false, true) if lines.iter().any(|line| line.shipped > Decimal::ZERO) => State::Invoiced,
        _ => state,
    }
}

/// Where an order stands when what had left is to come again.
pub fn after_return(state: State, lines: &[Line]) -> State {
    let is_open = lines.iter().any(|line| line.open() > Decimal::ZERO);
    if is_open && state.may_become(State::Confirmed) { State::Confirmed } else { state }
}

impl Order {
    /// A number that no line of the order has.
    pub fn next_line(&self) -> u32 {
        self.lines.iter().map(|line| line.line).max().unwrap_or_default().saturating_add(1)
    }

    /// Makes some pieces of a line, of which nothing came yet, the order's last line. `None` where there is no such line, or an amount does not fit.
    pub fn divide(&mut self, number: u32, pieces: Decimal) -> Option<()> {
        let next = self.next_line();
        let line = self.lines.iter_mut().find(|line| line.line == number)?;
        line.quantity -= pieces;
        line.net = line.price.total(line.quantity)?;
        let nothing = Decimal::ZERO;
        let mut own = Line { line: next, quantity: pieces, shipped: nothing, shipped_on: String::new(), refused: nothing, ..line.clone() };
        own.charges_due = false;
        (own.invoiced, own.answer, own.net) = (nothing, Answer::default(), line.price.total(pieces)?);
        self.lines.push(own);
        Some(())
    }

    /// Takes over what an entry of the books of this day says of this order's lines.
    pub fn follow(&mut self, entry: &Entry, day: &str) {
        let number = self.number.clone();
        let before: Vec<Decimal> = self.lines.iter().map(|line| line.shipped).collect();
        self.take_over(lines_of(&number, entry));
        for (line, _) in self.lines.iter_mut().zip(before).filter(|(line, before)| line.shipped > *before) {
            line.shipped_on = day.to_string();
        }
        for line in self.lines.iter_mut().filter(|line| line.shipped.is_zero()) {
            line.shipped_on.clear();
        }
    }

    /// Takes over what the books say of its lines: what came, what was invoiced, and what will not come, which costs nothing any more.
    pub fn take_over<'l>(&mut self, booked: impl Iterator<Item = &'l books::Line>) {
        for fact in booked {
            if let Some(line) = self.lines.iter_mut().find(|line| line.line.to_string() == *fact.number) {
                // A piece is invoiced when it is on every budget of the line.
                (line.shipped, line.invoiced) = (fact.delivered, fact.delivered - fact.billable());
                line.refused = line.quantity - fact.ordered;
                line.answer = line.standing().answer;
            }
        }
        self.net = total(&self.lines).unwrap_or(self.net);
    }

    /// Takes over a change of its lines: quantity and price are from now on what the entry says. `None` when an amount does not fit.
    pub fn revise(&mut self, entry: &Entry) -> Option<()> {
        let number = self.number.clone();
        for fact in lines_of(&number, entry) {
            if let Some(line) = self.lines.iter_mut().find(|line| line.line.to_string() == *fact.number) {
                (line.quantity, line.refused) = (fact.ordered, Decimal::ZERO);
                line.price.amount = fact.terms.unit_price;
                line.net = line.price.total(line.quantity)?;
            }
        }
        self.net = total(&self.lines)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_only_move_forward() {
        for from in State::ALL {
            assert!(!from.may_become(from));
            assert!(!from.may_become(State::Requested));
            assert_eq!(from.may_become(State::Placed), from == State::Requested);
        }
        assert!(State::Placed.may_become(State::Shipped));
        assert!(!State::Cancelled.may_become(State::Shipped));
        assert!(!State::Shipped.may_become(State::Cancelled));
    }
}
