//! An order as the buyer's document says it, and what the supplier said of its lines: the model in the middle (section 33), as it is kept
//! beside the order that the books know. Decides nothing; amounts are decimals, never binary fractions.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::numbers::{as_text, as_text_or_none};
use super::place::Place;
use crate::domain::fulfilment::{Answer, Said, Says, Standing};
use crate::domain::money::Price;
use crate::wire::peppol::Correspondence;

/// The extra that holds the seller's number of an order.
pub const SALES_ORDER: &str = "SalesOrderID";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    #[default]
    New,
    Update,
    Delete,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::New => "new",
            Kind::Update => "update",
            Kind::Delete => "delete",
        }
    }
}

/// One share of a line: who bears it, under the names the gateway knows, and what else it was given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Share {
    #[serde(with = "as_text")]
    pub amount: Decimal,
    #[serde(with = "as_text_or_none", skip_serializing_if = "Option::is_none")]
    pub percentage: Option<Decimal>,
    /// By [`super::accounting::KINDS`].
    #[serde(flatten)]
    pub segments: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<String, String>,
    /// As received, for the way back: type and id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub received: Vec<(String, String)>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What was charged, before shares were worked out.
    #[serde(with = "as_text_or_none", skip_serializing_if = "Option::is_none")]
    pub charge: Option<Decimal>,
    /// An account string that follows no rule stands as the cost centre until it is looked up.
    #[serde(skip)]
    pub opaque: bool,
}

impl Share {
    /// Whether it says who bears it: one that does not has no place in a document.
    pub fn is_named(&self) -> bool {
        !self.segments.is_empty() || !self.received.is_empty()
    }

    pub fn cost_centre(&self) -> Option<&str> {
        self.segments.get("cost_center").map(String::as_str)
    }
}

/// A delivery that was asked for: how many, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Due {
    #[serde(with = "as_text")]
    pub quantity: Decimal,
    pub date: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attachment {
    pub id: String,
    pub media_type: String,
    pub sha256: String,
    pub size: usize,
    /// Only for the buyer's own house.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub internal: bool,
}

/// The card an order is paid with: never its number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Card {
    pub last4: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub expiration: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Line {
    /// The buyer's number of the line; the key for everything later.
    pub line: String,
    /// The same in the books.
    pub number: u32,
    pub supplier_part: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aux: Option<String>,
    /// An auxiliary id that names no basket line of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub foreign_aux: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer_part: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manufacturer_part: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<String>,
    #[serde(with = "as_text")]
    pub quantity: Decimal,
    pub unit: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unit_received: String,
    #[serde(with = "as_text_or_none", skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Decimal>,
    #[serde(with = "as_text")]
    pub price_basis: Decimal,
    #[serde(with = "as_text")]
    pub factor: Decimal,
    /// The unit that the price is for, where it is not that of the line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub basis_unit: String,
    #[serde(with = "as_text")]
    pub net: Decimal,
    #[serde(with = "as_text")]
    pub tax: Decimal,
    /// The rate that the document names, in percent.
    #[serde(with = "as_text_or_none", skip_serializing_if = "Option::is_none")]
    pub tax_rate: Option<Decimal>,
    #[serde(with = "as_text")]
    pub shipping: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short_name: Option<String>,
    /// A code, and its domain in `classification_domain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classification: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub classification_domain: String,
    /// Whole days that the supplier needs, where a cart says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_date: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub schedule: Vec<Due>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ship_to: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requisition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
    pub cost: Vec<Share>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<String>,
    /// What a person should know of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extrinsics: BTreeMap<String, String>,
    /// The buyer says that it comes from no catalogue.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ad_hoc: bool,
    /// The account string as it came, which invoices repeat character for character.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What the document says the line costs, where that stands whatever the price says (Peppol, R024).
    #[serde(with = "as_text_or_none", skip_serializing_if = "Option::is_none")]
    pub stated: Option<Decimal>,
    /// `operation="delete"` in an update.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// `ItemDetail` was there; without one all of it comes from the basket.
    #[serde(skip)]
    pub detailed: bool,
    #[serde(skip)]
    pub currency: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Order {
    pub order_id: String,
    #[serde(rename = "type")]
    pub kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The document that an update or a cancellation follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
    pub order_date: String,
    pub currency: String,
    #[serde(with = "as_text")]
    pub stated_total: Decimal,
    pub total_reading: String,
    #[serde(with = "as_text")]
    pub net_total: Decimal,
    #[serde(with = "as_text")]
    pub shipping: Decimal,
    #[serde(with = "as_text")]
    pub tax: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requisition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ship_to: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill_to: Option<Place>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extrinsics: BTreeMap<String, String>,
    /// The order that this one replaces, where a system never changes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    /// Where the buyer wants to hear of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub followup: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ordered_by: String,
    pub lines: Vec<Line>,
    /// The document names no total.
    #[serde(skip)]
    pub unstated: bool,
    /// Content ids that comments refer to.
    #[serde(skip)]
    pub references: Vec<(String, bool)>,
}

impl Line {
    /// Another price than the document's: for so many of the line's own unit, and what the line costs at it.
    pub fn reprice(&mut self, price: Price, net: Decimal) {
        (self.unit_price, self.price_basis, self.factor) = (Some(price.amount), Decimal::from(price.per), Decimal::ONE);
        self.basis_unit.clear();
        (self.stated, self.net) = (None, net);
    }
}

/// Where the pieces of a line stand by what the supplier said: the model of the house, under the buyer's number of the line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "LineView", into = "LineView")]
pub struct LineState(pub Standing);

/// The same as it is written: one sum for each state, and the first day of each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LineView {
    #[serde(with = "as_text")]
    pub confirmed: Decimal,
    #[serde(with = "as_text")]
    pub backordered: Decimal,
    #[serde(with = "as_text")]
    pub refused: Decimal,
    #[serde(with = "as_text")]
    pub needs_decision: Decimal,
    #[serde(with = "as_text")]
    pub shipped: Decimal,
    #[serde(with = "as_text")]
    pub pending: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promised: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promised_backorder: Option<String>,
    #[serde(with = "as_text_or_none", skip_serializing_if = "Option::is_none")]
    pub offered_price: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offered_part: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl LineState {
    pub fn view(&self) -> LineView {
        self.clone().into()
    }
}

impl From<LineState> for LineView {
    fn from(LineState(standing): LineState) -> LineView {
        let offer = standing.offer();
        let date = |says: Says| standing.date(says).map(str::to_string);
        LineView {
            confirmed: standing.count(Says::Confirmed),
            backordered: standing.count(Says::Backordered),
            refused: standing.refused,
            needs_decision: standing.count(Says::Offered),
            shipped: standing.shipped,
            pending: standing.count(Says::Pending),
            promised: date(Says::Confirmed).or(date(Says::Offered)),
            promised_backorder: date(Says::Backordered),
            offered_price: offer.as_ref().and_then(|offer| offer.price),
            offered_part: offer.and_then(|offer| offer.article),
            reason: standing.answer.reason,
        }
    }
}

impl From<LineView> for LineState {
    fn from(view: LineView) -> LineState {
        let offered = Said {
            price: view.offered_price,
            article: view.offered_part,
            date: view.promised.clone(),
            ..Said::of(Says::Offered, view.needs_decision)
        };
        let confirmed = Said { date: view.promised, ..Said::of(Says::Confirmed, view.confirmed) };
        let backordered = Said { date: view.promised_backorder, ..Said::of(Says::Backordered, view.backordered) };
        let said: Vec<Said> = [confirmed, backordered, offered].into_iter().filter(|said| !said.quantity.is_zero()).collect();
        let open = view.confirmed + view.backordered + view.needs_decision + view.pending;
        let quantity = open + view.shipped + view.refused;
        LineState(Standing { quantity, shipped: view.shipped, refused: view.refused, answer: Answer { said, reason: view.reason } })
    }
}

/// A version of the order: the id of its document and its number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Version {
    pub payload: String,
    pub number: u64,
    /// What each line was then.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub lines: BTreeMap<String, String>,
}

/// Everything that is kept of an order that came as a document, beside what the books know of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    pub protocol: String,
    pub connection: String,
    /// Whom a Peppol order is answered to, and as whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correspondence: Option<Correspondence>,
    pub sender: String,
    /// The latest last.
    pub versions: Vec<Version>,
    pub order: Order,
    /// Lines that an update left out; their numbers are never used again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cancelled_lines: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub line_states: BTreeMap<String, LineState>,
    /// The order that took its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<String>,
    /// Confirmations, notices and their ids, the latest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The supplier's own document by which it agreed this order: it has the order already, and the buyer's system never sent one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub agreement: String,
    /// Documents that were answered with 201 because nobody knows whether the supplier has the order: told once the supplier acts on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub untold: Vec<String>,
}

impl Kept {
    pub fn read(text: &str) -> Option<Kept> {
        if text.is_empty() { None } else { serde_json::from_str(text).ok() }
    }

    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub fn version(&self) -> u64 {
        self.versions.last().map_or(1, |version| version.number)
    }

    /// Notes the order as it is now as the version of a document.
    pub fn add_version(&mut self, payload: &str, number: u64) {
        let said =
            |line: &Line| format!("{} {} {} {:?}", line.supplier_part, line.quantity.normalize(), line.unit, line.unit_price.map(|p| p.normalize()));
        let lines = self.order.lines.iter().map(|line| (line.line.clone(), said(line))).collect();
        self.versions.push(Version { payload: payload.to_string(), number, lines });
    }

    pub fn line(&self, label: &str) -> Option<&Line> {
        self.order.lines.iter().find(|line| line.line == label)
    }

    /// The line that a document calls so to which our own order went: by its number there, else by the buyer's label.
    pub fn named(&self, name: &str) -> Option<&Line> {
        self.order.lines.iter().find(|line| line.number.to_string() == name).or_else(|| self.line(name))
    }

    /// The line that an invoice calls so: by the buyer's label, or, as older ones did, by its number in the books. Where both are there the
    /// article says which is meant.
    pub fn invoiced(&self, name: &str, article: &str) -> Option<&Line> {
        let (labelled, numbered) = (self.line(name), name.parse().ok().and_then(|number| self.by_number(number)));
        let is_it = |line: &&Line| line.supplier_part == article;
        labelled.filter(is_it).or(numbered.filter(is_it)).or(labelled).or(numbered)
    }

    pub fn by_number(&self, number: u32) -> Option<&Line> {
        self.order.lines.iter().find(|line| line.number == number)
    }

    /// Gives every line its number in the books: its own where it is one, what it had before, else the next that is free.
    pub fn number_lines(order: &mut Order, before: Option<&Kept>) {
        let known = |label: &str| before.and_then(|kept| kept.line(label)).map(|line| line.number);
        let plain = |label: &str| label.parse::<u32>().ok().filter(|number| *number > 0 && *number < 1_000_000 && number.to_string() == label);
        let all_plain = order.lines.iter().all(|line| plain(&line.line).is_some() || known(&line.line).is_some());
        let mut taken: Vec<u32> = before.map(|kept| kept.numbers_used()).unwrap_or_default();
        for line in &mut order.lines {
            let own = known(&line.line).or_else(|| plain(&line.line).filter(|number| all_plain && !taken.contains(number)));
            line.number = own.unwrap_or_else(|| taken.iter().max().map_or(1, |last| last + 1));
            taken.push(line.number);
        }
    }

    fn numbers_used(&self) -> Vec<u32> {
        let gone = self.cancelled_lines.iter().filter_map(|label| label.parse().ok());
        self.order.lines.iter().map(|line| line.number).chain(gone).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(labels: &[&str]) -> Order {
        Order { lines: labels.iter().map(|label| Line { line: (*label).to_string(), ..Line::default() }).collect(), ..Order::default() }
    }

    #[test]
    fn lines_keep_their_numbers_for_good() {
        let numbers = |order: &Order| order.lines.iter().map(|line| line.number).collect::<Vec<_>>();
        let mut first = order(&["10", "20"]);
        Kept::number_lines(&mut first, None);
        assert_eq!(numbers(&first), [10, 20]);
        let mut odd = order(&["1", "2.1", "2.2"]);
        Kept::number_lines(&mut odd, None);
        assert_eq!(numbers(&odd), [1, 2, 3]);
        let kept = Kept { order: odd, cancelled_lines: vec!["4".into()], ..Kept::default() };
        let mut later = order(&["2.2", "3", "007"]);
        Kept::number_lines(&mut later, Some(&kept));
        assert_eq!(numbers(&later), [3, 5, 6]);
    }

    /// What went out as 3 is the line of that number in the books, whatever another is called.
    #[test]
    fn a_supplier_names_lines_as_our_order_did() {
        let lines = [("3", 1), ("A", 3)].map(|(line, number)| Line { line: line.into(), number, ..Line::default() });
        let kept = Kept { order: Order { lines: lines.into(), ..Order::default() }, ..Kept::default() };
        let named = |name: &str| kept.named(name).map(|line| line.number);
        assert_eq!((named("1"), named("3"), named("A"), named("7")), (Some(1), Some(3), Some(3), None));
    }

    #[test]
    fn an_invoice_names_lines_as_the_buyer_did() {
        let lines = [("1.2", 2, "A"), ("2", 3, "B")].map(|(line, number, part)| Line {
            line: line.into(),
            number,
            supplier_part: part.into(),
            ..Line::default()
        });
        let kept = Kept { order: Order { lines: lines.into(), ..Order::default() }, ..Kept::default() };
        for (name, article, expected) in [
            ("1.2", "A", Some(2)),
            ("2", "B", Some(3)),
            // Of an older invoice.
            ("2", "A", Some(2)),
            ("3", "B", Some(3)),
            // Another article was agreed on.
            ("2", "C", Some(3)),
            ("1/plast", "", None),
        ] {
            assert_eq!(kept.invoiced(name, article).map(|line| line.number), expected, "{name} {article}");
        }
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let mut order = order(&["10"]);
        order.lines[0].cost.push(Share {
            amount: "5.01".parse().expect("a literal of this test"),
            segments: BTreeMap::from([("cost_center".to_string(), "4711".to_string())]),
            other: BTreeMap::from([("Fund".to_string(), "1".to_string())]),
            ..Share::default()
        });
        order.lines[0].unit_price = Some(Decimal::new(325, 4));
        let kept = Kept { order, line_states: BTreeMap::from([("10".to_string(), LineState::default())]), ..Kept::default() };
        assert_eq!(Kept::read(&kept.write()), Some(kept));
        assert_eq!(Kept::read(""), None);
    }
}
