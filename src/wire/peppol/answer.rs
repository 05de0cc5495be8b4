//! The seller's answer to an order (sections 22, 23 and 32): `OrderResponse`, plain and advanced, written from where the lines stand and read as
//! what it makes of them. Never says more than the rules allow beside each code; never decides what an answer does to money.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{Correspondence, Message, Party, plain};
use crate::domain::money::Currency;
use crate::wire::cxml::fulfilment::{self, Confirmation, Header, Item, Said, Word};
use crate::wire::cxml::kept::{Kept, Line, LineView};
use crate::wire::cxml::tree::Element;
use crate::wire::cxml::{Fault, Status, pricing};
use crate::wire::ubl::writer::Xml;

/// What an answer says of the whole order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Received; a decision follows.
    Received,
    Accepted,
    Rejected,
    /// Accepted with changes, which its lines say.
    Changed,
}

const CODES: [(&str, Code); 4] = [("AB", Code::Received), ("AP", Code::Accepted), ("RE", Code::Rejected), ("CA", Code::Changed)];

impl Code {
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Received => "AB",
            Code::Accepted => "AP",
            Code::Rejected => "RE",
            Code::Changed => "CA",
        }
    }
}

/// ISO 4217's word for no currency: an order that names none is answered all the same.
const NO_CURRENCY: &str = "XXX";

/// What every answer says.
pub struct Answer<'a> {
    pub correspondence: &'a Correspondence,
    pub id: &'a str,
    /// ISO 8601 day.
    pub day: &'a str,
    pub order: &'a str,
    pub currency: &'a str,
    pub code: Code,
    pub note: &'a str,
}

/// The head of an answer; none in a process that knows no answers.
fn open(answer: &Answer<'_>) -> Option<(Message, Xml)> {
    let Answer { correspondence, .. } = answer;
    let message = correspondence.process.answer()?;
    let mut xml = message.open(correspondence.process.name());
    xml.text("cbc:ID", answer.id);
    xml.text("cbc:IssueDate", answer.day);
    xml.text("cbc:OrderResponseCode", answer.code.as_str());
    xml.text("cbc:Note", answer.note);
    xml.text("cbc:DocumentCurrencyCode", if answer.currency.is_empty() { NO_CURRENCY } else { answer.currency });
    xml.text("cbc:CustomerReference", &correspondence.buyer_reference);
    xml.within("cac:OrderReference", |xml| xml.text("cbc:ID", answer.order));
    if message == Message::OrderResponseAdvanced && !correspondence.change.is_empty() {
        xml.within("cac:OrderChangeDocumentReference", |xml| xml.text("cbc:ID", &correspondence.change));
    }
    correspondence.seller.write(&mut xml, "cac:SellerSupplierParty", false);
    correspondence.buyer.write(&mut xml, "cac:BuyerCustomerParty", false);
    Some((message, xml))
}

/// An answer without lines; none in a process that knows no answers.
pub fn write(answer: &Answer<'_>) -> Option<String> {
    open(answer).map(|(message, xml)| xml.close(message.root()))
}

/// The answer that says where the lines of an order stand: taken, refused, or all its lines where it is neither.
pub fn write_states(kept: &Kept, id: &str, day: &str, note: &str) -> Option<String> {
    let states: BTreeMap<String, LineView> = fulfilment::states(kept).into_iter().map(|(line, state)| (line, state.into())).collect();
    let whole =
        |test: fn(&Line, &LineView) -> bool| kept.order.lines.iter().all(|line| states.get(&line.line).is_some_and(|state| test(line, state)));
    let code = if whole(is_as_ordered) {
        Code::Accepted
    } else if whole(|line, state| state.refused == line.quantity) {
        Code::Rejected
    } else {
        Code::Changed
    };
    let reasons = || states.values().find_map(|state| state.reason.clone()).unwrap_or_default();
    let said = if note.is_empty() && code == Code::Rejected { reasons() } else { note.to_string() };
    let correspondence = kept.correspondence.as_ref()?;
    let (order, currency) = (kept.order.order_id.as_str(), kept.order.currency.as_str());
    let (message, mut xml) = open(&Answer { correspondence, id, day, order, currency, code, note: &said })?;
    if code == Code::Changed {
        for (number, line) in (1..).zip(&kept.order.lines) {
            let fresh = fulfilment::fresh(line).view();
            write_line(&mut xml, number, line, states.get(&line.line).unwrap_or(&fresh), currency);
        }
    }
    Some(xml.close(message.root()))
}

fn is_as_ordered(line: &Line, state: &LineView) -> bool {
    state.confirmed + state.shipped == line.quantity && state.promised.is_none()
}

fn write_line(xml: &mut Xml, number: u32, line: &Line, state: &LineView, currency: &str) {
    let taken = state.confirmed + state.shipped;
    let to_come = state.backordered + state.pending;
    let status = if is_as_ordered(line, state) {
        "5"
    } else if state.refused == line.quantity {
        "7"
    } else {
        "3"
    };
    let unit = [("unitCode", line.unit.as_str())];
    xml.within("cac:OrderLine", |xml| {
        xml.within("cac:LineItem", |xml| {
            xml.text("cbc:ID", &number.to_string());
            xml.text("cbc:Note", state.reason.as_deref().unwrap_or_default());
            xml.text("cbc:LineStatusCode", status);
            if status == "3" {
                let offered = taken + state.needs_decision;
                xml.text_with("cbc:Quantity", &unit, &plain(offered));
                if offered < line.quantity {
                    xml.text_with("cbc:MaximumBackorderQuantity", &unit, &plain(to_come));
                }
                if let Some(day) = state.promised.as_ref().or(state.promised_backorder.as_ref().filter(|_| taken.is_zero())) {
                    xml.within("cac:Delivery", |xml| {
                        xml.within("cac:PromisedDeliveryPeriod", |xml| xml.text("cbc:EndDate", day));
                    });
                }
                let in_document = |price| pricing::in_document(line, price, Currency::parse(currency)?);
                if let Some(price) = state.offered_price.and_then(in_document) {
                    xml.within("cac:Price", |xml| {
                        xml.text_with("cbc:PriceAmount", &[("currencyID", currency)], &plain(price));
                        xml.text_with("cbc:BaseQuantity", &unit, &plain(line.price_basis));
                    });
                }
            }
            item(xml, line, &line.supplier_part);
        });
        if let Some(part) = &state.offered_part {
            xml.within("cac:SellerSubstitutedLineItem", |xml| {
                xml.text("cbc:ID", &number.to_string());
                item(xml, line, part);
            });
        }
        xml.within("cac:OrderLineReference", |xml| xml.text("cbc:LineID", &line.line));
    });
}

/// Name and the seller's number.
pub(super) fn item(xml: &mut Xml, line: &Line, part: &str) {
    xml.within("cac:Item", |xml| {
        let name = line.short_name.as_deref().or(line.description.as_deref()).unwrap_or_default();
        xml.text("cbc:Name", if name.trim().is_empty() { part } else { name });
        if !part.trim().is_empty() {
            xml.within("cac:SellersItemIdentification", |xml| xml.text("cbc:ID", part));
        }
    });
}

/// What an answer says of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word1229 {
    Added,
    Changed,
    Accepted,
    NotAccepted,
    AlreadyDelivered,
}

const WORDS: [(&str, Word1229); 5] =
    [("1", Word1229::Added), ("3", Word1229::Changed), ("5", Word1229::Accepted), ("7", Word1229::NotAccepted), ("42", Word1229::AlreadyDelivered)];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweredLine {
    /// The order's number of the line.
    pub line: String,
    pub word: Word1229,
    pub quantity: Option<Decimal>,
    pub unit: String,
    pub backorder: Option<Decimal>,
    pub promised: Option<String>,
    /// Amount, pieces it is for, currency.
    pub price: Option<(Decimal, Decimal, String)>,
    pub substitute: Option<String>,
    pub note: Option<String>,
}

/// A supplier's answer, as it says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    pub id: String,
    pub order: String,
    /// The seller's number of the order.
    pub sales_order: Option<String>,
    /// The change that it answers; without one it answers the order.
    pub change: Option<String>,
    pub code: Code,
    pub note: Option<String>,
    pub buyer: Party,
    pub seller: Party,
    pub lines: Vec<AnsweredLine>,
}

/// Reads an `OrderResponse`, plain or advanced; nothing for other documents.
pub fn read(root: &Element) -> Option<Result<Answered, Fault>> {
    let message = Message::of(root)?;
    matches!(message, Message::OrderResponse | Message::OrderResponseAdvanced).then(|| read_answer(root))
}

fn read_answer(root: &Element) -> Result<Answered, Fault> {
    let code = root.text_of("OrderResponseCode").ok_or_else(|| Fault::missing("OrderResponseCode"))?;
    let code = CODES.iter().find(|(word, _)| *word == code).map(|(_, code)| *code);
    let party = |name: &str| root.child(name).and_then(Party::read).unwrap_or_default();
    Ok(Answered {
        id: root.text_of("ID").ok_or_else(|| Fault::missing("ID"))?,
        order: root.text_at(&["OrderReference", "ID"]).ok_or_else(|| Fault::missing("OrderReference/ID"))?,
        sales_order: root.text_of("SalesOrderID"),
        change: root.text_at(&["OrderChangeDocumentReference", "ID"]),
        code: code.ok_or_else(|| Fault::form("OrderResponseCode is none of AB, AP, RE, CA"))?,
        note: root.text_of("Note"),
        buyer: party("BuyerCustomerParty"),
        seller: party("SellerSupplierParty"),
        lines: root.all("OrderLine").map(read_line).collect::<Result<_, _>>()?,
    })
}

fn read_line(holder: &Element) -> Result<AnsweredLine, Fault> {
    let item = holder.child("LineItem").ok_or_else(|| Fault::missing("OrderLine/LineItem"))?;
    let line = holder.text_at(&["OrderLineReference", "LineID"]).ok_or_else(|| Fault::missing("OrderLineReference/LineID"))?;
    let word = item.text_of("LineStatusCode").ok_or_else(|| Fault::missing(&format!("line {line}: LineStatusCode")))?;
    let word = WORDS.iter().find(|(code, _)| *code == word).map(|(_, word)| *word);
    let number = |path: &[&str]| -> Result<Option<Decimal>, Fault> {
        let Some(text) = item.text_at(path) else { return Ok(None) };
        let value = super::number(&text).filter(|value| *value >= Decimal::ZERO);
        let name = path.last().unwrap_or(&"");
        value.map(Some).ok_or_else(|| Fault::content(format_args!("line {line}: {name} is no number, or below zero")))
    };
    let basis = number(&["Price", "BaseQuantity"])?.filter(|basis| !basis.is_zero()).unwrap_or(Decimal::ONE);
    let currency = item.at(&["Price", "PriceAmount"]).and_then(|price| price.attribute("currencyID")).unwrap_or_default().to_string();
    let promised =
        item.at(&["Delivery", "PromisedDeliveryPeriod"]).and_then(|period| period.text_of("EndDate").or_else(|| period.text_of("StartDate")));
    Ok(AnsweredLine {
        word: word.ok_or_else(|| Fault::form(format_args!("line {line}: LineStatusCode is not known")))?,
        quantity: number(&["Quantity"])?,
        unit: item.child("Quantity").and_then(|quantity| quantity.attribute("unitCode")).unwrap_or_default().to_string(),
        backorder: number(&["MaximumBackorderQuantity"])?,
        promised,
        price: number(&["Price", "PriceAmount"])?.map(|price| (price, basis, currency)),
        substitute: holder.text_at(&["SellerSubstitutedLineItem", "Item", "SellersItemIdentification", "ID"]),
        note: item.text_of("Note"),
        line,
    })
}

/// What an answer means for the order: the same words in which cXML suppliers speak; nothing where it only says that the order was received.
pub fn confirmation(kept: &Kept, answered: &Answered, warnings: &mut Vec<String>) -> Result<Option<Confirmation>, Fault> {
    if let Some(change) = answered.change.as_ref().filter(|_| answered.code == Code::Rejected) {
        // The order stands; whether it is as it was before, or called off, is for the buyer.
        return Err(Fault::content(format_args!("the supplier refused the change {change} of the order; a person must decide")));
    }
    let header = match answered.code {
        Code::Received => return Ok(None),
        Code::Accepted => Header::Accept,
        Code::Rejected => Header::Reject,
        Code::Changed => Header::Detail,
    };
    let mut of_line: BTreeMap<&str, Vec<&AnsweredLine>> = BTreeMap::new();
    if answered.code == Code::Changed {
        for line in &answered.lines {
            if line.word == Word1229::Added {
                warnings.push(format!("line {}: the supplier added it; a person must decide", line.line));
            } else {
                of_line.entry(&line.line).or_default().push(line);
            }
        }
        let named: BTreeSet<&str> = of_line.keys().copied().collect();
        let left: Vec<&str> = kept.order.lines.iter().map(|line| line.line.as_str()).filter(|line| !named.contains(line)).collect();
        if !left.is_empty() {
            warnings.push(format!("the answer does not name all lines; these stay open: {}", left.join(", ")));
        }
    } else if !answered.lines.is_empty() {
        warnings.push(format!("lines stand in an answer {}; they were left aside", answered.code.as_str()));
    }
    let items = of_line.into_iter().map(|(line, said)| meant(kept, line, &said)).collect::<Result<Vec<_>, _>>()?;
    let (order, reason) = (Some(answered.order.clone()), answered.note.clone());
    let sales_order = answered.sales_order.clone();
    Ok(Some(Confirmation { id: answered.id.clone(), header, order, payload: None, items, reason, sales_order }))
}

/// All that is said of one line, in quantities that make up the whole line.
fn meant(kept: &Kept, label: &str, said: &[&AnsweredLine]) -> Result<Item, Fault> {
    let line = kept.line(label).ok_or_else(|| Fault::new(Status::ExpectationFailed, format_args!("the order has no line {label}")))?;
    let (mut open, mut all) = (line.quantity, Vec::new());
    for one in said {
        let quantity = match one.word {
            Word1229::NotAccepted => one.quantity.unwrap_or(open),
            _ => one.quantity.unwrap_or(if one.backorder.is_some() { Decimal::ZERO } else { open }),
        };
        if quantity > open {
            let text = format!("line {label}: {} ordered, the answer is about more", line.quantity.normalize());
            return Err(Fault::content(text));
        }
        open -= quantity;
        let word = if one.word == Word1229::NotAccepted { Word::Reject } else { Word::Accept };
        if !quantity.is_zero() {
            all.push(statement(line, one, word, quantity)?);
        }
    }
    let last = said.last();
    if let Some(backorder) = last.and_then(|last| last.backorder) {
        let waits = backorder.min(open);
        let rest = [(Word::Backordered, waits), (Word::Reject, open - waits)];
        for (word, quantity) in rest.into_iter().filter(|(_, quantity)| !quantity.is_zero()) {
            all.extend(last.map(|last| statement(line, last, word, quantity)).transpose()?);
        }
    } else if !open.is_zero() {
        all.extend(last.map(|last| statement(line, last, Word::Unknown, open)).transpose()?);
    }
    Ok(Item { line: label.to_string(), quantity: line.quantity, unit: String::new(), said: all })
}

fn statement(line: &Line, one: &AnsweredLine, word: Word, quantity: Decimal) -> Result<Said, Fault> {
    let is_taken = word == Word::Accept;
    // The order in the middle knows prices for its own number of pieces.
    let price = one.price.as_ref().filter(|_| is_taken).and_then(|(price, basis, _)| price.checked_mul(line.price_basis)?.checked_div(*basis));
    let too_large = one.price.is_some() && is_taken && price.is_none();
    if too_large {
        return Err(Fault::content(format_args!("line {}: a price is too large", line.line)));
    }
    Ok(Said {
        word,
        quantity,
        unit: one.unit.clone(),
        // The day is that of what is taken; of what waits only where nothing is.
        date: one.promised.clone().filter(|_| is_taken || word == Word::Backordered && one.quantity.unwrap_or_default().is_zero()),
        price,
        currency: one.price.as_ref().filter(|_| is_taken).map(|(_, _, currency)| currency.clone()).unwrap_or_default(),
        part: one.substitute.clone().filter(|_| is_taken),
        reason: one.note.clone().filter(|_| word == Word::Reject),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::cxml::kept::LineState;
    use crate::wire::cxml::kept::Order;
    use crate::wire::cxml::tree;
    use crate::wire::peppol::Process;

    fn d(text: &str) -> Decimal {
        text.parse().expect("a literal of this test")
    }

    fn kept() -> Kept {
        let line = |label: &str, quantity: &str, price: &str| Line {
            line: label.into(),
            supplier_part: format!("P{label}"),
            description: Some("goods".into()),
            quantity: d(quantity),
            unit: "C62".into(),
            unit_price: Some(d(price)),
            price_basis: Decimal::ONE,
            factor: Decimal::ONE,
            ..Line::default()
        };
        let order =
            Order { order_id: "P-1".into(), currency: "EUR".into(), lines: vec![line("10", "10", "20"), line("20", "5", "10")], ..Order::default() };
        let party = |scheme: &str, endpoint: &str| Party { scheme: scheme.into(), endpoint: endpoint.into(), name: "x".into(), ..Party::default() };
        let correspondence =
            Correspondence { buyer: party("0192", "987654325"), seller: party("0088", "7300010000001"), ..Correspondence::default() };
        Kept { order, correspondence: Some(correspondence), ..Kept::default() }
    }

    #[test]
    fn who_refuses_a_change_does_not_refuse_the_order() {
        let of = |code: &str, change: &str| {
            let text = format!(
                "<OrderResponse><CustomizationID>urn:fdc:peppol.eu:poacc:trns:order_response_advanced:3</CustomizationID><ID>R-2</ID>\
                 <OrderResponseCode>{code}</OrderResponseCode><OrderReference><ID>P-1</ID></OrderReference>{change}</OrderResponse>"
            );
            confirmation(&kept(), &read_back(&text), &mut Vec::new()).map(|confirmation| confirmation.map(|confirmation| confirmation.header))
        };
        let change = "<OrderChangeDocumentReference><ID>C-1</ID></OrderChangeDocumentReference>";
        assert!(of("RE", change).is_err_and(|fault| fault.text.contains("C-1")));
        assert_eq!(of("RE", ""), Ok(Some(Header::Reject)));
        assert_eq!(of("AP", change), Ok(Some(Header::Accept)));
    }

    fn read_back(text: &str) -> Answered {
        read(&tree::read(text.as_bytes(), None).expect("our own document").root).expect("an answer").expect("one that can be read")
    }

    fn lines(lines: &str) -> Answered {
        let text = format!(
            "<OrderResponse><CustomizationID>urn:fdc:peppol.eu:poacc:trns:order_response:3</CustomizationID><ID>R-1</ID>\
             <OrderResponseCode>CA</OrderResponseCode><OrderReference><ID>P-1</ID></OrderReference>{lines}</OrderResponse>"
        );
        read_back(&text)
    }

    fn line(of: &str, code: &str, more: &str) -> String {
        format!(
            "<OrderLine><LineItem><ID>1</ID><LineStatusCode>{code}</LineStatusCode>{more}<Item><Name>x</Name></Item></LineItem>\
             <OrderLineReference><LineID>{of}</LineID></OrderLineReference></OrderLine>"
        )
    }

    fn states(answered: &Answered) -> Result<(BTreeMap<String, LineState>, Vec<String>), Fault> {
        let (kept, mut warnings) = (kept(), Vec::new());
        let confirmation = confirmation(&kept, answered, &mut warnings)?.expect("it says something");
        fulfilment::confirm(&kept, &confirmation, &BTreeMap::new()).map(|states| (states, warnings))
    }

    /// Section 22: quantities of one line add up; what is missing waits, will not come, or is open.
    #[test]
    fn lines_of_an_answer_divide_a_line_of_the_order() {
        let quantity = |count: &str| format!("<Quantity unitCode='C62'>{count}</Quantity>");
        let backorder = |count: &str| format!("<MaximumBackorderQuantity unitCode='C62'>{count}</MaximumBackorderQuantity>");
        let date = "<Delivery><PromisedDeliveryPeriod><EndDate>2026-04-02</EndDate></PromisedDeliveryPeriod></Delivery>";
        let ten = |text: &str| states(&lines(&(text.to_string() + &line("20", "5", "")))).expect("it can be meant").0["10"].view();
        let (accepted, refused) = (ten(&line("10", "5", "")), ten(&line("10", "7", "<Note>gone</Note>")));
        assert_eq!((accepted.confirmed, accepted.pending), (d("10"), d("0")));
        assert_eq!(refused.refused, d("10"));
        let part = ten(&line("10", "3", &(quantity("6") + &backorder("4"))));
        assert_eq!((part.confirmed, part.backordered, part.refused), (d("6"), d("4"), d("0")));
        let never = ten(&line("10", "3", &(quantity("6") + &backorder("0"))));
        assert_eq!((never.confirmed, never.refused), (d("6"), d("4")));
        let split = ten(&(line("10", "3", &(quantity("6") + date)) + &line("10", "3", &(quantity("4") + date))));
        assert_eq!((split.confirmed, split.promised.as_deref()), (d("10"), Some("2026-04-02")));
        let rest_open = ten(&line("10", "3", &quantity("6")));
        assert_eq!((rest_open.confirmed, rest_open.pending), (d("6"), d("4")));
    }

    #[test]
    fn what_costs_more_or_is_another_article_waits_for_the_buyer() {
        let price = |amount: &str| {
            format!("<Price><PriceAmount currencyID='EUR'>{amount}</PriceAmount><BaseQuantity unitCode='C62'>10</BaseQuantity></Price>")
        };
        let (dearer, _) = states(&lines(&line("10", "3", &price("201")))).expect("it can be meant");
        assert_eq!((dearer["10"].view().needs_decision, dearer["10"].view().offered_price), (d("10"), Some(d("20.1"))));
        let (same, warnings) = states(&lines(&line("10", "3", &price("200")))).expect("it can be meant");
        assert_eq!(same["10"].view().confirmed, d("10"));
        assert!(warnings.iter().any(|warning| warning.contains("20")), "{warnings:?}");
        let other = lines(&line("10", "3", "").replace(
            "</LineItem>",
            "</LineItem><SellerSubstitutedLineItem><ID>1</ID><Item><Name>y</Name><SellersItemIdentification><ID>Q</ID></SellersItemIdentification></Item></SellerSubstitutedLineItem>",
        ));
        assert_eq!(states(&other).expect("it can be meant").0["10"].view().offered_part.as_deref(), Some("Q"));
    }

    #[test]
    fn what_names_no_line_of_the_order_does_nothing() {
        assert_eq!(states(&lines(&line("99", "5", ""))).map_err(|fault| fault.status).err(), Some(Status::ExpectationFailed));
        assert!(states(&lines(&line("10", "3", "<Quantity unitCode='C62'>11</Quantity>"))).is_err());
        let (added, warnings) = states(&lines(&(line("10", "5", "") + &line("30", "1", "")))).expect("an added line is for a person");
        assert_eq!((added["10"].view().confirmed, warnings.len()), (d("10"), 2));
    }

    #[test]
    fn what_we_answer_is_what_was_said() {
        let mut kept = kept();
        let all = |kept: &Kept| write_states(kept, "R-1", "2026-03-05", "").expect("an answer");
        let confirmed = |quantity: &str| LineState::from(LineView { confirmed: d(quantity), ..LineView::default() });
        kept.line_states = BTreeMap::from([("10".to_string(), confirmed("10")), ("20".to_string(), confirmed("5"))]);
        assert_eq!((read_back(&all(&kept)).code, read_back(&all(&kept)).lines.len()), (Code::Accepted, 0));
        let divided =
            LineState::from(LineView { confirmed: d("6"), backordered: d("4"), promised: Some("2026-03-20".into()), ..LineView::default() });
        let refused = LineState::from(LineView { refused: d("5"), reason: Some("gone".into()), ..LineView::default() });
        kept.line_states = BTreeMap::from([("10".to_string(), divided), ("20".to_string(), refused)]);
        let answered = read_back(&all(&kept));
        assert_eq!((answered.code, answered.lines.len()), (Code::Changed, 2));
        let confirmation = confirmation(&kept, &answered, &mut Vec::new()).expect("our own").expect("it says something");
        let plain = Kept { line_states: BTreeMap::new(), ..kept.clone() };
        assert_eq!(fulfilment::confirm(&plain, &confirmation, &BTreeMap::new()).expect("it says the same"), kept.line_states);
        kept.correspondence.as_mut().expect("it is there").process = Process::OrderOnly;
        assert_eq!(write_states(&kept, "R-1", "2026-03-05", ""), None);
    }
}
