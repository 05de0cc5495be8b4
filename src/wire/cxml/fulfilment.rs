//! What the supplier says of an order (section 15): confirmations, read and written, and what they make of the quantities of a line. Pure; what it
//! does to budgets is decided by the books. Ship notices are in `notice`.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::kept::{Kept, Line, LineState};
use super::numbers::{decimal, when};
use super::order::money;
use super::tree::Element;
use super::write::{self, element, text};
use super::{Fault, Status, pricing, units};
use crate::domain::fulfilment::{self as model, Says, Standing, Terms};
use crate::domain::money::Currency;

/// What a confirmation says of the whole order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    Accept,
    Reject,
    /// Accepted except the lines listed.
    Except,
    /// News on the lines listed only.
    Detail,
    AllDetail,
    Backordered,
    Replace,
}

const HEADERS: [(&str, Header); 7] = [
    ("accept", Header::Accept),
    ("reject", Header::Reject),
    ("except", Header::Except),
    ("detail", Header::Detail),
    ("allDetail", Header::AllDetail),
    ("backordered", Header::Backordered),
    ("replace", Header::Replace),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Accept,
    Detail,
    AllDetail,
    Backordered,
    Reject,
    /// Takes back an earlier statement.
    Unknown,
}

const WORDS: [(&str, Word); 6] = [
    ("accept", Word::Accept),
    ("detail", Word::Detail),
    ("allDetail", Word::AllDetail),
    ("backordered", Word::Backordered),
    ("reject", Word::Reject),
    ("unknown", Word::Unknown),
];

/// A statement about some pieces of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub word: Word,
    pub quantity: Decimal,
    pub unit: String,
    pub date: Option<String>,
    pub price: Option<Decimal>,
    pub currency: String,
    pub part: Option<String>,
    pub reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub line: String,
    pub quantity: Decimal,
    pub unit: String,
    pub said: Vec<Said>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    pub id: String,
    pub header: Header,
    pub order: Option<String>,
    pub payload: Option<String>,
    pub items: Vec<Item>,
    pub reason: Option<String>,
    /// The supplier's own number of the order, where it names one.
    pub sales_order: Option<String>,
}

impl Confirmation {
    /// The same with the buyer's labels in the place of the numbers under which our order went out.
    pub fn in_labels_of(mut self, kept: &Kept) -> Confirmation {
        self.items.iter_mut().for_each(|item| label(kept, &mut item.line));
        self
    }
}

pub(super) fn label(kept: &Kept, name: &mut String) {
    if let Some(line) = kept.named(name) {
        name.clone_from(&line.line);
    }
}

pub(super) fn reference(holder: &Element) -> Result<(Option<String>, Option<String>), Fault> {
    let reference = holder.child("OrderReference").ok_or_else(|| Fault::missing("OrderReference"))?;
    let payload = reference.child("DocumentReference").and_then(|document| document.attribute("payloadID")).map(str::to_string);
    let order = reference.attribute("orderID").map(str::to_string);
    if order.is_none() && payload.is_none() {
        return Err(Fault::missing("OrderReference/@orderID"));
    }
    Ok((order, payload))
}

pub(super) fn quantity(element: &Element, what: &str) -> Result<Decimal, Fault> {
    let text = element.attribute("quantity").ok_or_else(|| Fault::missing(&format!("{what}/@quantity")))?;
    let quantity = decimal(text).filter(|quantity| *quantity >= Decimal::ZERO);
    quantity.ok_or_else(|| Fault::content(format_args!("{what}/@quantity is no number, or below zero")))
}

fn day(text: &str, zone: &str, line: &str) -> Result<String, Fault> {
    when(text, zone).map(|when| when.day).ok_or_else(|| Fault::content(format_args!("line {line}: a delivery date is no date")))
}

pub fn read_confirmation(request: &Element, zone: &str) -> Result<Confirmation, Fault> {
    let header = request.child("ConfirmationHeader").ok_or_else(|| Fault::missing("ConfirmationHeader"))?;
    let kind = header.attribute("type").ok_or_else(|| Fault::missing("ConfirmationHeader/@type"))?;
    if kind == "requestToPay" {
        return Err(Fault::new(Status::NotImplemented, "requestToPay is not supported"));
    }
    let kind = HEADERS.iter().find(|(word, _)| *word == kind).map(|(_, header)| *header);
    let kind = kind.ok_or_else(|| Fault::form("ConfirmationHeader/@type is not known"))?;
    let (order, payload) = reference(request)?;
    let items = request.all("ConfirmationItem").map(|item| read_item(item, zone)).collect::<Result<Vec<_>, _>>()?;
    let mut seen = BTreeSet::new();
    if let Some(twice) = items.iter().find(|item| !seen.insert(&item.line)) {
        return Err(Fault::content(format_args!("line {} stands twice", twice.line)));
    }
    Ok(Confirmation {
        id: header.attribute("confirmID").unwrap_or_default().to_string(),
        header: kind,
        order,
        payload,
        items,
        reason: header.text_of("Comments"),
        sales_order: None,
    })
}

fn read_item(item: &Element, zone: &str) -> Result<Item, Fault> {
    let line = item.attribute("lineNumber").ok_or_else(|| Fault::missing("ConfirmationItem/@lineNumber"))?.to_string();
    let said = item.all("ConfirmationStatus").map(|status| read_said(status, &line, zone)).collect::<Result<Vec<_>, _>>()?;
    if said.is_empty() {
        return Err(Fault::missing(&format!("line {line}: ConfirmationStatus")));
    }
    Ok(Item {
        quantity: quantity(item, &format!("line {line}: ConfirmationItem"))?,
        unit: item.text_of("UnitOfMeasure").unwrap_or_default(),
        line,
        said,
    })
}

fn read_said(status: &Element, line: &str, zone: &str) -> Result<Said, Fault> {
    let word = status.attribute("type").and_then(|kind| WORDS.iter().find(|(word, _)| *word == kind)).map(|(_, word)| *word);
    let item = status.child("ItemIn");
    let mut currencies = Vec::new();
    let price = status.at(&["UnitPrice", "Money"]).or_else(|| item.and_then(|item| item.at(&["ItemDetail", "UnitPrice", "Money"])));
    let price = price.map(|price| money(price, &format!("line {line}: UnitPrice"), &mut currencies)).transpose()?.flatten();
    Ok(Said {
        word: word.ok_or_else(|| Fault::form(format_args!("line {line}: ConfirmationStatus/@type is not known")))?,
        quantity: quantity(status, &format!("line {line}: ConfirmationStatus"))?,
        unit: status.text_of("UnitOfMeasure").unwrap_or_default(),
        date: status.attribute("deliveryDate").map(|text| day(text, zone, line)).transpose()?,
        price,
        currency: currencies.pop().unwrap_or_default(),
        part: item.and_then(|item| item.text_at(&["ItemID", "SupplierPartID"])),
        reason: status.text_of("Comments"),
    })
}

/// The state of a line that nobody said anything about yet.
pub fn fresh(line: &Line) -> LineState {
    LineState(Standing { quantity: line.quantity, ..Standing::default() })
}

/// The states of all lines, those that nobody spoke of included.
pub fn states(kept: &Kept) -> BTreeMap<String, LineState> {
    let of = |line: &Line| kept.line_states.get(&line.line).cloned().unwrap_or_else(|| fresh(line));
    kept.order.lines.iter().map(|line| (line.line.clone(), of(line))).collect()
}

pub(super) fn same_unit(word: &str, line: &Line, table: &BTreeMap<String, String>) -> bool {
    word.is_empty() || word == line.unit_received || units::canonical(word, table).is_some_and(|unit| units::same(&unit, &line.unit))
}

/// What a confirmation makes of the lines. `units` are the words of the supplier's system.
pub fn confirm(kept: &Kept, confirmation: &Confirmation, units: &BTreeMap<String, String>) -> Result<BTreeMap<String, LineState>, Fault> {
    let mut states = states(kept);
    let whole = match confirmation.header {
        Header::Accept | Header::Except => Some(Word::Accept),
        Header::Reject => Some(Word::Reject),
        Header::Backordered => Some(Word::Backordered),
        Header::Detail | Header::AllDetail | Header::Replace => None,
    };
    check_words(confirmation)?;
    if let Some(word) = whole {
        for line in &kept.order.lines {
            let said = Said {
                word,
                quantity: line.quantity,
                unit: String::new(),
                date: None,
                price: None,
                currency: String::new(),
                part: None,
                reason: confirmation.reason.clone(),
            };
            state(&mut states, line, &[said], &kept.order.currency)?;
        }
    }
    for item in &confirmation.items {
        let unknown = || Fault::new(Status::ExpectationFailed, format_args!("the order has no line {}", item.line));
        let line = kept.line(&item.line).ok_or_else(unknown)?;
        let sum: Decimal = item.said.iter().map(|said| said.quantity).sum();
        if sum != item.quantity || item.quantity != line.quantity {
            let text = format!(
                "line {}: {} ordered, {} confirmed in statements for {}",
                item.line,
                line.quantity.normalize(),
                item.quantity.normalize(),
                sum.normalize()
            );
            return Err(Fault::content(text));
        }
        if !item.said.iter().map(|said| &said.unit).chain([&item.unit]).all(|unit| same_unit(unit, line, units)) {
            return Err(Fault::content(format_args!("line {}: the unit is not that of the order", item.line)));
        }
        state(&mut states, line, &item.said, &kept.order.currency)?;
    }
    Ok(states)
}

fn check_words(confirmation: &Confirmation) -> Result<(), Fault> {
    let allowed = |word: Word| match confirmation.header {
        Header::Accept => word == Word::Accept,
        Header::Reject => word == Word::Reject,
        Header::Except | Header::Detail | Header::Backordered | Header::Replace => word != Word::AllDetail,
        Header::AllDetail => matches!(word, Word::AllDetail | Word::Reject | Word::Unknown),
    };
    let wrong = confirmation.items.iter().find(|item| !item.said.iter().all(|said| allowed(said.word)));
    wrong.map_or(Ok(()), |item| Err(Fault::content(format_args!("line {}: the statement does not go with the type of the header", item.line))))
}

/// A line's state from statements about all of it; what was shipped stays shipped.
fn state(states: &mut BTreeMap<String, LineState>, line: &Line, said: &[Said], currency: &str) -> Result<(), Fault> {
    if said.iter().any(|one| !one.currency.is_empty() && one.currency != currency) {
        return Err(Fault::content(format_args!("line {}: the currency is not that of the order", line.line)));
    }
    let all = said.iter().map(|one| statement(line, one, currency)).collect::<Result<Vec<model::Said>, Fault>>()?;
    let before = states.get(&line.line).cloned().unwrap_or_else(|| fresh(line)).0;
    let price = Currency::parse(currency).and_then(|currency| pricing::price(line, currency)).map(|price| price.amount);
    let terms = Terms { price, article: &line.supplier_part };
    let next = before.restated(terms, &all).map_err(|fault| misfit(&line.line, &fault))?;
    states.insert(line.line.clone(), LineState(next));
    Ok(())
}

/// A statement in the words of the house; a price that is the order's own is none.
fn statement(line: &Line, said: &Said, currency: &str) -> Result<model::Said, Fault> {
    let says = match said.word {
        Word::Accept | Word::Detail | Word::AllDetail => Says::Confirmed,
        Word::Backordered => Says::Backordered,
        Word::Reject => Says::Refused,
        Word::Unknown => Says::Pending,
    };
    let unusable = || Fault::content(format_args!("line {}: the price cannot be taken", line.line));
    let in_house = |price| Currency::parse(currency).and_then(|currency| pricing::in_house(line, price, currency)).ok_or_else(unusable);
    Ok(model::Said {
        date: said.date.clone(),
        price: said.price.filter(|price| Some(*price) != line.unit_price).map(in_house).transpose()?,
        article: said.part.clone(),
        reason: said.reason.clone(),
        ..model::Said::of(says, said.quantity)
    })
}

/// Why a statement does not fit its line, as a document's sender is told.
pub(super) fn misfit(line: &str, fault: &model::Fault) -> Fault {
    match fault {
        model::Fault::NotOpen { open, asked } => {
            Fault::content(format_args!("line {line}: {} are open, {} are in the notice", open.normalize(), asked.normalize()))
        }
        model::Fault::Sum { ordered, stated } => {
            Fault::content(format_args!("line {line}: {} ordered, statements for {}", ordered.normalize(), stated.normalize()))
        }
        model::Fault::Shipped(shipped) => Fault::new(Status::Conflict, format_args!("line {line}: {} were shipped already", shipped.normalize())),
        model::Fault::NothingOffered => Fault::content(format_args!("line {line}: what is offered is what was ordered")),
        model::Fault::NoPieces => Fault::content(format_args!("line {line}: no pieces")),
    }
}

/// Which order a document is about, as every later one names it.
pub(super) fn order_reference(kept: &Kept) -> Element {
    let payload = kept.versions.last().map(|version| version.payload.clone()).unwrap_or_default();
    element("OrderReference")
        .with("orderID", &*kept.order.order_id)
        .with("orderDate", &*kept.order.order_date)
        .and(element("DocumentReference").with("payloadID", payload))
}

/// How the buyer is told of a line: always with its full picture, for some receivers keep only the newest.
fn told(line: &Line, state: &LineState, currency: &str) -> Element {
    let unit = || text("UnitOfMeasure", if line.unit_received.is_empty() { &*line.unit } else { &*line.unit_received });
    let status = |word: &str, quantity: Decimal, date: Option<&String>| {
        let status = element("ConfirmationStatus").with("quantity", quantity.normalize().to_string()).with("type", word);
        status.with_some("deliveryDate", date.map(|day| format!("{day}T00:00:00+00:00"))).and(unit())
    };
    let LineState(standing) = state;
    // What was shipped was confirmed before.
    let mut shipped = standing.shipped;
    let mut all = Vec::new();
    for said in &standing.answer.said {
        all.push(match said.says {
            Says::Confirmed => status("accept", said.quantity + std::mem::take(&mut shipped), said.date.as_ref()),
            Says::Backordered => status("backordered", said.quantity, said.date.as_ref()),
            Says::Offered => {
                let price = said.price.and_then(|price| pricing::in_document(line, price, Currency::parse(currency)?));
                let price = price.map(|price| write::money("UnitPrice", currency, price));
                status("detail", said.quantity, None).and_all(price)
            }
            Says::Refused | Says::Pending => continue,
        });
    }
    if shipped > Decimal::ZERO {
        all.push(status("accept", shipped, None));
    }
    if standing.refused > Decimal::ZERO {
        let reason = standing.answer.reason.as_ref().map(|reason| text("Comments", &**reason).with("xml:lang", "en"));
        all.push(status("reject", standing.refused, None).and_all(reason));
    }
    if standing.count(Says::Pending) > Decimal::ZERO {
        all.push(status("unknown", standing.count(Says::Pending), None));
    }
    element("ConfirmationItem").with("quantity", line.quantity.normalize().to_string()).with("lineNumber", &*line.line).and(unit()).and_all(all)
}

/// A confirmation for the buyer: of the whole order where every line is taken, else of the lines named.
pub fn write_confirmation(kept: &Kept, id: &str, at: &str, lines: &[String]) -> Element {
    let states = states(kept);
    let whole =
        |test: fn(&Line, &Standing) -> bool| kept.order.lines.iter().all(|line| states.get(&line.line).is_some_and(|state| test(line, &state.0)));
    let head = |kind: &str| element("ConfirmationHeader").with("confirmID", id).with("operation", "new").with("type", kind).with("noticeDate", at);
    let (header, items) = if whole(|line, standing| standing.count(Says::Confirmed) == line.quantity) {
        ("accept", Vec::new())
    } else if whole(|line, standing| standing.refused == line.quantity) {
        ("reject", Vec::new())
    } else {
        let named = kept.order.lines.iter().filter(|line| lines.contains(&line.line));
        ("detail", named.filter_map(|line| states.get(&line.line).map(|state| told(line, state, &kept.order.currency))).collect())
    };
    element("ConfirmationRequest").and(head(header)).and(order_reference(kept)).and_all(items)
}

/// A ship notice for the buyer: lines and quantities as the order counts them.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::cxml::kept::{Order, Version};
    use crate::wire::cxml::tree;

    fn d(text: &str) -> Decimal {
        text.parse().expect("a literal of this test")
    }

    fn kept() -> Kept {
        let line = |label: &str, quantity: &str, price: &str| Line {
            line: label.into(),
            supplier_part: format!("P{label}"),
            quantity: d(quantity),
            unit: "C62".into(),
            unit_received: "ST".into(),
            unit_price: Some(d(price)),
            price_basis: Decimal::ONE,
            factor: Decimal::ONE,
            ..Line::default()
        };
        let lines = vec![line("10", "10", "20"), line("20", "5", "10"), line("30", "4", "30")];
        let order = Order { order_id: "F-1".into(), order_date: "2026-03-05".into(), currency: "EUR".into(), lines, ..Order::default() };
        Kept { versions: vec![Version { payload: "f1@hk".into(), number: 1, ..Version::default() }], order, ..Kept::default() }
    }

    fn confirmation(kind: &str, items: &str) -> Result<Confirmation, Fault> {
        let text = format!(
            "<ConfirmationRequest><ConfirmationHeader type='{kind}' noticeDate='2026-03-05'/><OrderReference orderID='F-1'/>{items}</ConfirmationRequest>"
        );
        read_confirmation(&tree::read(text.as_bytes(), None).expect("a document of this test").root, "Europe/Berlin")
    }

    fn item(line: &str, quantity: &str, said: &[(&str, &str, &str)]) -> String {
        let status = |(quantity, word, more): &(&str, &str, &str)| {
            format!("<ConfirmationStatus quantity='{quantity}' type='{word}' {more}><UnitOfMeasure>C62</UnitOfMeasure></ConfirmationStatus>")
        };
        let all: String = said.iter().map(status).collect();
        format!("<ConfirmationItem lineNumber='{line}' quantity='{quantity}'><UnitOfMeasure>C62</UnitOfMeasure>{all}</ConfirmationItem>")
    }

    fn confirmed(kept: &Kept, kind: &str, items: &str) -> Result<BTreeMap<String, LineState>, Fault> {
        confirm(kept, &confirmation(kind, items)?, &BTreeMap::new())
    }

    #[test]
    fn statements_divide_a_line() {
        let said = [("3", "accept", "deliveryDate='2026-03-20T00:00:00+01:00'"), ("2", "backordered", "deliveryDate='2026-04-15'")];
        let states = confirmed(&kept(), "detail", &item("20", "5", &said)).expect("they add up");
        let line = &states["20"].0;
        assert_eq!([Says::Confirmed, Says::Backordered, Says::Pending].map(|says| line.count(says)), [d("3"), d("2"), d("0")]);
        assert_eq!((line.date(Says::Confirmed), line.date(Says::Backordered)), (Some("2026-03-20"), Some("2026-04-15")));
        assert_eq!(states["10"].0.count(Says::Pending), d("10"));
    }

    #[test]
    fn what_does_not_add_up_is_refused() {
        for (kind, items, status) in [
            ("detail", item("20", "5", &[("3", "accept", ""), ("3", "backordered", "")]), 400),
            ("detail", item("20", "6", &[("6", "accept", "")]), 400),
            ("detail", item("20", "5", &[("5", "accept", "")]).repeat(2), 400),
            ("detail", item("99", "5", &[("5", "accept", "")]), 417),
            ("accept", item("20", "5", &[("5", "reject", "")]), 400),
            ("allDetail", item("20", "5", &[("5", "accept", "")]), 400),
            ("requestToPay", String::new(), 450),
        ] {
            assert_eq!(confirmed(&kept(), kind, &items).map_err(|fault| fault.status.code()).err(), Some(status), "{kind} {items}");
        }
    }

    #[test]
    fn a_confirmation_of_the_whole_replaces_what_was_said() {
        let mut kept = kept();
        kept.line_states = confirmed(&kept, "detail", &item("30", "4", &[("4", "reject", "")])).expect("a refusal");
        assert_eq!(kept.line_states["30"].0.refused, d("4"));
        kept.line_states = confirmed(&kept, "accept", "").expect("an acceptance");
        assert_eq!((kept.line_states["30"].0.refused, kept.line_states["30"].0.count(Says::Confirmed)), (d("0"), d("4")));
        kept.line_states = confirmed(&kept, "detail", &item("20", "5", &[("5", "unknown", "")])).expect("taken back");
        assert_eq!((kept.line_states["20"].0.count(Says::Pending), kept.line_states["10"].0.count(Says::Confirmed)), (d("5"), d("10")));
    }

    #[test]
    fn what_we_tell_the_buyer_is_what_was_said() {
        let mut kept = kept();
        let said = [("3", "accept", ""), ("2", "reject", "")];
        kept.line_states = confirmed(&kept, "detail", &item("20", "5", &said)).expect("they add up");
        let written = write_confirmation(&kept, "c1", "2026-03-05T10:00:00+01:00", &["20".to_string()]);
        let read = read_confirmation(&written, "Europe/Berlin").expect("our own confirmation");
        assert_eq!(confirm(&kept, &read, &BTreeMap::new()).expect("it says the same")["20"], kept.line_states["20"]);
    }
}
