//! The order agreement (T110, section 24) that a supplier sends: what was agreed with it, line by line. Of an order that is known it says how the
//! order stands, in the words of an answer; of another one it is the order. Never decides which of the two it is, nor what it does to money.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::answer::{Answered, AnsweredLine, Code, Word1229};
use super::order::{self, Defaults, Heading};
use super::{Correspondence, Message, Party};
use crate::domain::connection::Peppol;
use crate::domain::money::Currency;
use crate::wire::cxml::Fault;
use crate::wire::cxml::kept::{Kept, Line, Order};
use crate::wire::cxml::tree::Element;

/// How far the net amount of a line may be from what quantity and price come to, as for orders (R024).
const TOLERANCE: Decimal = Decimal::from_parts(2, 0, 0, false, 2);

/// Who agreed on what: read before anything else, so that whatever is wrong can be told to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The agreement's own number, which is the supplier's.
    pub id: String,
    /// The order it refers to, by whoever's number.
    pub order: String,
    /// The supplier's number of the order, where it names one.
    pub sales_order: String,
    pub currency: String,
    pub buyer: Party,
    pub seller: Party,
}

impl Head {
    /// The buyer's number of the order; nothing where the document only repeats the supplier's (section 24: it must name some order).
    pub fn buyers_number(&self) -> Option<&str> {
        Some(self.order.as_str()).filter(|order| *order != self.id && *order != self.sales_order)
    }

    /// The supplier's number of the order, which stays while the agreement's own changes with each document; the one that it refers to where it names
    /// none.
    pub fn suppliers_number(&self) -> &str {
        if self.sales_order.is_empty() { &self.order } else { &self.sales_order }
    }
}

/// A line, and the day it is promised for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub line: Line,
    pub promised: Option<String>,
}

/// All that was agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    pub head: Head,
    /// The order without its lines, under the number that the document refers to.
    pub order: Order,
    pub items: Vec<Item>,
}

/// Reads the head of an agreement; nothing for other documents.
///
/// # Errors
/// What must be there to tell one agreement from another and is not.
pub fn head(root: &Element) -> Option<Result<Head, Fault>> {
    (Message::of(root)? == Message::OrderAgreement).then(|| read_head(root))
}

fn read_head(root: &Element) -> Result<Head, Fault> {
    let party = |name: &str| root.child(name).and_then(Party::read).unwrap_or_default();
    let number = |path: &[&str]| root.text_at(path).ok_or_else(|| Fault::missing(&path.join("/")));
    let head = Head {
        id: number(&["ID"])?,
        order: number(&["OrderReference", "ID"])?,
        sales_order: root.text_of("SalesOrderID").unwrap_or_default(),
        currency: root.text_of("DocumentCurrencyCode").filter(|code| Currency::parse(code).is_some()).unwrap_or_default(),
        buyer: party("BuyerCustomerParty"),
        seller: party("SellerSupplierParty"),
    };
    let is_number = |text: &String| text.chars().count() <= order::ID_MAX && !text.chars().any(char::is_control);
    if ![&head.id, &head.order, &head.sales_order].into_iter().all(is_number) {
        return Err(Fault::content(format_args!("a number has more than {} characters or control characters", order::ID_MAX)));
    }
    Ok(head)
}

/// Reads what was agreed, with the buyer's habits of account strings.
///
/// # Errors
/// What is missing, no number, or does not come out: an agreement is taken as a whole.
pub fn read(root: &Element, head: Head, habits: &Peppol, warnings: &mut Vec<String>) -> Result<Agreement, Fault> {
    if head.currency.is_empty() {
        return Err(Fault::missing("DocumentCurrencyCode"));
    }
    let correspondence = Correspondence {
        buyer: head.buyer.clone(),
        seller: head.seller.clone(),
        buyer_reference: root.text_of("CustomerReference").unwrap_or_default(),
        ..Correspondence::default()
    };
    let (id, number, currency) = (head.id.clone(), head.order.clone(), head.currency.clone());
    let heading = Heading { message: Message::OrderAgreement, id, order: number, process: None, currency, correspondence };
    let mut agreed = order::read_head(root, &heading);
    // Where goods go is what was agreed on; that the document says so in two places is its own (section 24).
    agreed.ship_to = agreed.ship_to.or_else(|| root.child("DeliveryTerms").and_then(order::place));
    order::amounts(root, "LegalMonetaryTotal", &mut agreed)?;
    let of_order = Defaults { account: root.text_of("AccountingCost"), agreement: root.text_at(&["Contract", "ID"]), wanted: None };
    let all: Vec<&Element> = root.all("OrderLine").collect();
    if all.is_empty() {
        return Err(Fault::missing("OrderLine"));
    }
    if all.len() > order::LINES_MAX {
        return Err(Fault::content(format_args!("more than {} lines", order::LINES_MAX)));
    }
    let of_head = root.child("Delivery").and_then(promised);
    let items = all.into_iter().map(|line| read_item(line, habits, &of_order, of_head.as_ref(), warnings));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    if items.iter().any(|item| item.line.account.is_some()) || of_order.account.is_some() {
        warnings.push("AccountingCost: the message does not know it; it was taken all the same".to_string());
    }
    Ok(Agreement { head, order: agreed, items })
}

/// The day that is promised: the end of the period, else its beginning.
fn promised(delivery: &Element) -> Option<String> {
    let period = delivery.child("PromisedDeliveryPeriod")?;
    let day = period.text_of("EndDate").or_else(|| period.text_of("StartDate"))?;
    day.get(..10).map(str::to_string)
}

fn read_item(holder: &Element, habits: &Peppol, of_order: &Defaults, of_head: Option<&String>, warnings: &mut Vec<String>) -> Result<Item, Fault> {
    let mut line = order::read_line(holder, habits, of_order, warnings)?;
    let item = holder.child("LineItem");
    let goods = item.and_then(|item| item.child("Item"));
    line.tax_rate = goods.and_then(order::rate);
    line.comments.extend(item.and_then(|item| item.text_of("Note")));
    if line.unit_price.is_none_or(|price| price < Decimal::ZERO) {
        return Err(Fault::missing(&format!("line {}: Price/PriceAmount", line.line)));
    }
    if line.price_basis <= Decimal::ZERO {
        return Err(Fault::content(format_args!("line {}: the price basis is not above zero", line.line)));
    }
    // No rule of this message asks for it.
    let cost = line.unit_price.and_then(|price| price.checked_mul(line.quantity)?.checked_div(line.price_basis));
    let fits = |stated: Decimal| cost.is_some_and(|cost| (stated - cost).abs() <= TOLERANCE);
    if line.stated.is_some_and(|stated| !fits(stated)) {
        return Err(Fault::content(format_args!("line {}: the net amount is not quantity times price by base quantity", line.line)));
    }
    Ok(Item { promised: item.and_then(|item| item.child("Delivery")).and_then(promised).or_else(|| of_head.cloned()), line })
}

impl Agreement {
    /// The order that was agreed, under this number.
    ///
    /// # Errors
    /// A line number that stands twice.
    pub fn into_order(self, number: &str) -> Result<Order, Fault> {
        let mut seen = BTreeSet::new();
        if let Some(twice) = self.items.iter().find(|item| !seen.insert(&item.line.line)) {
            return Err(Fault::content(format_args!("line {} stands twice", twice.line.line)));
        }
        Ok(Order { order_id: number.to_string(), lines: self.items.into_iter().map(|item| item.line).collect(), ..self.order })
    }

    /// How an order stands by what was agreed: the answer of a supplier who says of each line what it comes to. The message names no line of the order
    /// but by its own numbers: a line is that of the same number and article, else the only one of its article, else that of its number with another
    /// article in its place. What is none of these was added, and is for a person.
    pub fn answered(&self, kept: &Kept) -> Answered {
        let mut left: Vec<&Line> = kept.order.lines.iter().collect();
        let mut found: Vec<Option<&Line>> = vec![None; self.items.len()];
        for is_it in [is_both, is_article, is_number] {
            // What is told of one line in several parts is told of that line: a line is gone only for the next way.
            for (place, item) in found.iter_mut().zip(&self.items).filter(|(place, _)| place.is_none()) {
                *place = only(&left, |known| is_it(known, &item.line));
            }
            left.retain(|known| !found.iter().flatten().any(|taken| taken.line == known.line));
        }
        let lines = self.items.iter().zip(found).map(|(item, known)| self.answer(item, known)).collect();
        Answered {
            id: self.head.id.clone(),
            order: kept.order.order_id.clone(),
            sales_order: Some(self.head.sales_order.clone()).filter(|number| !number.is_empty()),
            change: None,
            code: Code::Changed,
            note: self.order.comments.first().cloned(),
            buyer: self.head.buyer.clone(),
            seller: self.head.seller.clone(),
            lines,
        }
    }

    fn answer(&self, Item { line, promised }: &Item, known: Option<&Line>) -> AnsweredLine {
        let price = line.unit_price.map(|price| (price, line.price_basis, self.head.currency.clone()));
        let substitute = known.filter(|known| !is_article(known, line)).map(|_| line.supplier_part.clone());
        AnsweredLine {
            line: known.map_or_else(|| line.line.clone(), |known| known.line.clone()),
            word: if known.is_some() { Word1229::Changed } else { Word1229::Added },
            quantity: Some(line.quantity),
            unit: line.unit_received.clone(),
            backorder: None,
            promised: promised.clone(),
            price,
            substitute,
            note: line.comments.first().cloned(),
        }
    }
}

fn is_both(known: &Line, said: &Line) -> bool {
    is_number(known, said) && is_article(known, said)
}

fn is_number(known: &Line, said: &Line) -> bool {
    known.line == said.line
}

fn is_article(known: &Line, said: &Line) -> bool {
    said.supplier_part.is_empty() || known.supplier_part == said.supplier_part
}

/// The only one of these; nothing where there are several.
fn only<'l>(all: &[&'l Line], is_it: impl Fn(&Line) -> bool) -> Option<&'l Line> {
    let mut matching = all.iter().filter(|line| is_it(line));
    matching.next().filter(|_| matching.next().is_none()).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::money::Money;
    use crate::wire::cxml::fulfilment;
    use crate::wire::cxml::kept::LineView;
    use crate::wire::cxml::tree;
    use crate::wire::peppol::agreement::{self, Agreed, AgreedLine};
    use crate::wire::peppol::answer;

    fn d(text: &str) -> Decimal {
        text.parse().expect("a literal of this test")
    }

    fn read_text(text: &str) -> Result<(Agreement, Vec<String>), Fault> {
        let document = tree::read(text.as_bytes(), None).expect("a document of this test");
        let head = head(&document.root).expect("an agreement")?;
        let mut warnings = Vec::new();
        read(&document.root, head, &Peppol::default(), &mut warnings).map(|agreement| (agreement, warnings))
    }

    fn line(label: &str, part: &str, quantity: &str, price: &str, more: &str) -> String {
        format!(
            "<OrderLine><LineItem><ID>{label}</ID><Quantity unitCode='C62'>{quantity}</Quantity>{more}<Price><PriceAmount currencyID='EUR'>{price}</PriceAmount>\
             </Price><Item><Name>x</Name><SellersItemIdentification><ID>{part}</ID></SellersItemIdentification></Item></LineItem></OrderLine>"
        )
    }

    fn document(head: &str, lines: &str) -> String {
        format!(
            "<OrderResponse><CustomizationID>urn:fdc:peppol.eu:poacc:trns:order_agreement:3</CustomizationID><ID>A-1</ID><SalesOrderID>S-1</SalesOrderID>\
             <DocumentCurrencyCode>EUR</DocumentCurrencyCode><OrderReference><ID>P-1</ID></OrderReference>{head}{lines}</OrderResponse>"
        )
    }

    fn kept() -> Kept {
        let line = |label: &str, part: &str, quantity: &str| Line {
            line: label.into(),
            supplier_part: part.into(),
            quantity: d(quantity),
            unit: "C62".into(),
            unit_price: Some(d("2")),
            price_basis: Decimal::ONE,
            factor: Decimal::ONE,
            ..Line::default()
        };
        let lines = vec![line("10", "A", "10"), line("20", "B", "5"), line("30", "B", "5")];
        Kept { order: Order { order_id: "P-1".into(), currency: "EUR".into(), lines, ..Order::default() }, ..Kept::default() }
    }

    fn states(lines: &str) -> Result<(BTreeMap<String, LineView>, Vec<String>), Fault> {
        let (agreement, _) = read_text(&document("", lines))?;
        let (kept, mut warnings) = (kept(), Vec::new());
        let confirmation = answer::confirmation(&kept, &agreement.answered(&kept), &mut warnings)?.expect("it says something");
        assert_eq!(confirmation.sales_order.as_deref(), Some("S-1"));
        let states = fulfilment::confirm(&kept, &confirmation, &BTreeMap::new())?;
        Ok((states.into_iter().map(|(label, state)| (label, state.view())).collect(), warnings))
    }

    /// Section 24 has no number of the order's line: the line's own is one where the article is the same.
    #[test]
    fn a_line_is_found_by_number_and_article_then_by_article_then_by_number() {
        let (all, warnings) =
            states(&(line("10", "A", "10", "2", "") + &line("20", "B", "5", "2", "") + &line("30", "B", "5", "2", ""))).expect("it fits");
        assert!(warnings.is_empty() && ["10", "20", "30"].iter().all(|label| all[*label].pending.is_zero()), "{all:?}");
        // The only line of its article, whatever its number; one of two is nobody's.
        let (all, warnings) = states(&(line("1", "A", "10", "2", "") + &line("2", "B", "5", "2", ""))).expect("it fits");
        assert_eq!((all["10"].confirmed, all["20"].pending, all["30"].pending), (d("10"), d("5"), d("5")));
        assert!(warnings.iter().any(|text| text.contains("line 2: the supplier added it")), "{warnings:?}");
        // The number is left: another article in its place, which only the buyer can take.
        let (all, _) = states(&(line("10", "C", "10", "2", "") + &line("20", "B", "5", "2", ""))).expect("it fits");
        assert_eq!((all["10"].needs_decision, all["10"].offered_part.as_deref(), all["20"].confirmed), (d("10"), Some("C"), d("5")));
        // In two parts under numbers of the shop's own.
        let (all, warnings) = states(&(line("1", "A", "4", "2", "") + &line("2", "A", "6", "2", ""))).expect("it fits");
        assert_eq!((all["10"].confirmed, warnings.iter().filter(|text| text.contains("added")).count()), (d("10"), 0));
        // Numbers that are another line's are no reason to mix the lines up.
        let (all, _) = states(&(line("20", "A", "10", "2", "") + &line("30", "B", "5", "2", ""))).expect("it fits");
        assert_eq!((all["10"].confirmed, all["30"].confirmed, all["20"].pending), (d("10"), d("5"), d("5")));
    }

    #[test]
    fn what_differs_goes_the_way_of_an_answer() {
        let period = |day: &str| format!("<Delivery><PromisedDeliveryPeriod><StartDate>{day}</StartDate></PromisedDeliveryPeriod></Delivery>");
        let (all, _) = states(&line("10", "A", "10", "2.01", "")).expect("it fits");
        assert_eq!((all["10"].needs_decision, all["10"].offered_price), (d("10"), Some(d("2.01"))));
        let (all, _) = states(&line("10", "A", "10", "1.99", &period("2026-04-02"))).expect("it fits");
        assert_eq!((all["10"].confirmed, all["10"].promised.as_deref()), (d("10"), Some("2026-04-02")));
        // In two parts; what is missing stays open, and more than was ordered is no answer to it.
        let parts = line("10", "A", "4", "2", &period("2026-04-02")) + &line("10", "A", "5", "2", &period("2026-04-09"));
        let (all, _) = states(&parts).expect("it fits");
        assert_eq!((all["10"].confirmed, all["10"].pending, all["10"].promised.as_deref()), (d("9"), d("1"), Some("2026-04-02")));
        assert!(states(&line("10", "A", "11", "2", "")).is_err());
        assert!(states(&line("10", "A", "10", "2", "").replace("EUR", "USD")).is_ok(), "what an amount is in, the rules have asked");
    }

    #[test]
    fn a_number_is_the_buyers_where_it_is_not_the_suppliers() {
        let of = |order: &str| {
            let text = document("", &line("1", "A", "1", "1", "")).replace("P-1", order);
            read_text(&text).expect("an agreement").0.head.buyers_number().map(str::to_string)
        };
        assert_eq!((of("P-1").as_deref(), of("A-1"), of("S-1")), (Some("P-1"), None, None));
    }

    #[test]
    fn what_is_needed_is_asked_for() {
        let whole = document("", &line("1", "A", "3", "2.00", "<LineExtensionAmount currencyID='EUR'>6.00</LineExtensionAmount>"));
        assert!(read_text(&whole).is_ok());
        for (from, to) in [
            ("<ID>A-1</ID>", ""),
            ("<OrderReference><ID>P-1</ID></OrderReference>", ""),
            ("<DocumentCurrencyCode>EUR</DocumentCurrencyCode>", ""),
            ("<PriceAmount currencyID='EUR'>2.00</PriceAmount>", ""),
            (" unitCode='C62'", ""),
            (">6.00<", ">6.03<"),
            (">3<", ">0<"),
            (">2.00<", ">-2.00<"),
        ] {
            let text = whole.replacen(from, to, 1);
            assert_ne!(text, whole, "{from}");
            assert!(read_text(&text).is_err(), "{from}");
        }
        assert!(read_text(&document("", "")).is_err());
        let twice = read_text(&document("", &line("1", "A", "1", "1", "").repeat(2))).expect("an agreement").0;
        assert!(twice.into_order("P-1").is_err_and(|fault| fault.text.contains("twice")));
    }

    /// Where goods go, what freight costs, and who bears a line, though the message has no place for that.
    #[test]
    fn it_is_an_order_like_others() {
        let head = "<OriginatorDocumentReference><ID>R-9</ID></OriginatorDocumentReference><Contract><ID>C-1</ID></Contract>\
                    <Delivery><PromisedDeliveryPeriod><StartDate>2026-04-01</StartDate><EndDate>2026-04-03</EndDate></PromisedDeliveryPeriod></Delivery>\
                    <DeliveryTerms><DeliveryLocation><ID>YARD</ID></DeliveryLocation></DeliveryTerms>\
                    <AllowanceCharge><ChargeIndicator>true</ChargeIndicator><Amount currencyID='EUR'>2.50</Amount></AllowanceCharge>\
                    <TaxTotal><TaxAmount currencyID='EUR'>1.00</TaxAmount></TaxTotal><LegalMonetaryTotal><TaxInclusiveAmount>9.50</TaxInclusiveAmount></LegalMonetaryTotal>";
        let (agreement, warnings) =
            read_text(&document(head, &line("1", "A", "3", "2", "<AccountingCost>CC=4711;GL=520010</AccountingCost>"))).expect("it");
        assert_eq!(agreement.items[0].promised.as_deref(), Some("2026-04-03"));
        let order = agreement.into_order("T-1").expect("an order");
        assert_eq!((order.order_id.as_str(), order.requisition.as_deref(), order.shipping, order.tax), ("T-1", Some("R-9"), d("2.50"), d("1.00")));
        assert_eq!((order.stated_total, order.unstated), (d("9.50"), false));
        assert_eq!(order.ship_to.and_then(|place| place.id).as_deref(), Some("YARD"));
        assert_eq!((order.lines[0].agreement.as_deref(), order.lines[0].cost[0].cost_centre()), (Some("C-1"), Some("4711")));
        assert!(warnings.iter().any(|text| text.contains("AccountingCost")), "{warnings:?}");
    }

    prop_compose! {
        fn any_line()(
            part in "[A-Za-z0-9][A-Za-z0-9 ./-]{0,20}[A-Za-z0-9]", aux in prop::option::of("[a-z]:[0-9]{1,9}"), quantity in 1i64..100_000, places in 0u32..4,
            price in 0i64..1_000_000, basis in 0u32..4, vat in prop::sample::select(vec!["0", "9", "21", "25"]), name in "[A-Za-zäöü][A-Za-z &<>äöü]{0,20}[a-z]",
        ) -> (Line, Decimal) {
            let (quantity, price, basis) = (Decimal::new(quantity, places), Decimal::new(price, 4), Decimal::from(10i64.pow(basis)));
            let net = Money::round(quantity * price / basis, Currency::EUR).expect("small").decimal();
            let line = Line {
                supplier_part: part, aux, quantity, unit: "C62".into(), unit_price: Some(price), price_basis: basis, factor: Decimal::ONE, net,
                description: Some(name.clone()), short_name: Some(name), ..Line::default()
            };
            (line, d(vat))
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(all in prop::collection::vec(any_line(), 1..6), own in prop::option::of("[A-Z]{1,4}-[0-9]{1,6}")) {
            let party = |endpoint: &str| Party { scheme: "0088".into(), endpoint: endpoint.into(), name: "Name".into(), country: "NO".into(), ..Party::default() };
            let correspondence = Correspondence { buyer: party("7300010000001"), seller: party("7300010000018"), ..Correspondence::default() };
            let labelled: Vec<(Line, Decimal)> =
                (1..).zip(&all).map(|(n, (line, vat))| (Line { line: u32::to_string(&n), ..line.clone() }, *vat)).collect();
            let lines: Vec<AgreedLine<'_>> = labelled.iter().map(|(line, vat)| AgreedLine { line, vat: *vat, lead_time: None }).collect();
            let agreed = Agreed {
                id: "G-1", day: "2026-03-05", time: "10:15:00", correspondence: &correspondence, currency: Currency::EUR, contract: "C-1", lines: &lines,
            };
            let text = agreement::write(&agreed, own.as_deref().unwrap_or_default()).expect("it can be written");
            let (read, _) = read_text(&text).expect("it can be read");
            prop_assert_eq!(read.head.buyers_number(), own.as_deref());
            prop_assert_eq!((&read.head.buyer, &read.head.seller), (&correspondence.buyer, &correspondence.seller));
            prop_assert_eq!(read.items.len(), labelled.len());
            for (item, (line, vat)) in read.items.iter().zip(&labelled) {
                let said = |line: &Line| (line.line.clone(), line.supplier_part.clone(), line.aux.clone(), line.quantity.normalize(), line.short_name.clone());
                prop_assert_eq!(said(&item.line), said(line));
                let money = |line: &Line| (line.unit_price.map(|price| price.normalize()), line.price_basis.normalize());
                prop_assert_eq!(money(&item.line), money(line));
                prop_assert_eq!((item.line.stated.map(|net| net.normalize()), item.line.tax_rate), (Some(line.net.normalize()), Some(*vat)));
                prop_assert_eq!((item.line.unit_received.as_str(), item.line.agreement.as_deref()), ("C62", Some("C-1")));
            }
        }
    }
}
