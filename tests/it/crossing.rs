//! One order through every format that a channel writes, and back: what is not there any more was told, by what the form lacks or by its writer.
//! Orders are drawn with everything that the order in the middle can hold. Of numbers, parts, quantities, units, prices, money and codes nothing
//! may be lost at all. What a receiver of a table reads is read by the names of its columns; nothing of ours reads one.

use std::collections::{BTreeMap, BTreeSet};

use hookline::domain::channel::{Channel, Form, Need};
use hookline::domain::connection::{Cxml, Peppol, Unknown};
use hookline::domain::deviation::Response;
use hookline::domain::money::Currency;
use hookline::einvoice::{self, Day, Profile};
use hookline::flow::channels::model;
use hookline::wire::cxml::envelope::Identity;
use hookline::wire::cxml::kept::{Attachment, Due, Kept, Kind, Line, Order, Share};
use hookline::wire::cxml::order::{self as cxml_order, Terms};
use hookline::wire::cxml::place::Place;
use hookline::wire::cxml::write::{Cover, Dtd};
use hookline::wire::cxml::{order_request, tree, write as cxml_write};
use hookline::wire::loss::{Loss, What};
use hookline::wire::order_table::{self, Head, Style};
use hookline::wire::peppol::order_writer;
use hookline::wire::peppol::{Correspondence, Party, account, order as peppol_order};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{TestCaseError, TestRunner};
use rust_decimal::Decimal;

use crate::cxml::assert_valid;

/// What an order says, by line (none for the whole of it) and part.
type Said = BTreeMap<(String, &'static str), String>;

const CASES: u32 = 400;

/// Characters that some format has a meaning for, and some that are only unusual.
const LETTERS: [char; 24] =
    ['a', 'Z', '0', '7', 'é', 'ß', '€', '中', '😀', '<', '>', '&', '"', '\'', ';', '=', '@', '%', ',', '|', '/', ' ', '-', '+'];

fn word() -> impl Strategy<Value = String> {
    let text = vec(select(&LETTERS[..]), 1..12).prop_map(|letters| letters.into_iter().collect::<String>().trim().to_string());
    text.prop_filter("a text", |text| !text.is_empty())
}

/// A text of several lines.
fn note() -> impl Strategy<Value = String> {
    vec(word(), 1..3).prop_map(|lines| lines.join("\n"))
}

fn day() -> impl Strategy<Value = String> {
    (1u8..13, 1u8..29).prop_map(|(month, day)| format!("2026-{month:02}-{day:02}"))
}

fn amount(most: i64, scale: std::ops::Range<u32>) -> impl Strategy<Value = Decimal> {
    (1..most, scale).prop_map(|(number, scale)| Decimal::new(number, scale))
}

fn place() -> impl Strategy<Value = Place> {
    let who = (proptest::option::weighted(0.9, word()), word(), vec(word(), 0..4));
    let wher = (vec(word(), 0..4), of(word()), of(word()), of(word()), of(select(vec!["DE", "NL", "NO"])), of(word()));
    (who, wher).prop_map(|((id, name, deliver_to), (street, city, state, postcode, country, mail))| Place {
        id,
        name,
        deliver_to,
        street,
        city: city.unwrap_or_default(),
        state: state.unwrap_or_default(),
        postcode: postcode.unwrap_or_default(),
        country: country.map(str::to_string),
        mail: mail.unwrap_or_default(),
    })
}

/// Who bears a share, with its weight beside the others.
type Weighed = (BTreeMap<String, String>, u32);

fn share() -> impl Strategy<Value = Weighed> {
    (btree_map(select(vec!["cost_center", "gl_account", "project", "asset"]).prop_map(str::to_string), word(), 1..3), 1u32..100)
}

fn line() -> impl Strategy<Value = (Line, Vec<Weighed>)> {
    let parts = (
        word(),
        of(word()),
        of(word()),
        of(word()),
        of(word()),
        note(),
        of(word()),
        of((select(vec!["UNSPSC", "CPV", "x y"]), 10_000_000u32..99_999_999)),
    );
    let money = (
        amount(1_000_000, 0..4),
        select(vec!["C62", "XBX", "KGM", "MTR"]),
        amount(10_000_000, 0..7),
        select(vec![1, 10, 100, 1000, 3]),
        select(vec![1, 1, 1, 50, 12]),
        of(select(vec!["C62", "KGM"])),
    );
    let more = (of(day()), of((day(), day())), of(place()), of(word()), of(word()), vec(note(), 0..2), btree_map(word(), word(), 0..2));
    (parts, money, more, vec(share(), 0..4)).prop_map(|(parts, money, more, shares)| {
        let (supplier_part, aux, buyer_part, manufacturer_part, manufacturer, description, short_name, classification) = parts;
        let (quantity, unit, price, basis, factor, basis_unit) = money;
        let (requested_date, split, ship_to, requisition, agreement, comments, extrinsics) = more;
        let half = (quantity / Decimal::TWO).normalize();
        let due = |quantity: Decimal, date: String| Due { quantity, date };
        let schedule = split.map(|(first, second)| vec![due(half, first), due(quantity - half, second)]).unwrap_or_default();
        let is_plain = basis == 1 && factor == 1;
        let line = Line {
            supplier_part,
            aux,
            buyer_part,
            manufacturer_part,
            manufacturer,
            quantity,
            unit: unit.into(),
            unit_received: unit.into(),
            unit_price: Some(price),
            price_basis: basis.into(),
            factor: factor.into(),
            basis_unit: basis_unit.filter(|_| !is_plain).unwrap_or_default().into(),
            description: Some(description),
            short_name,
            classification_domain: classification.map(|(domain, _)| domain.to_string()).unwrap_or_default(),
            classification: classification.map(|(_, code)| code.to_string()),
            requested_date: if schedule.is_empty() { requested_date } else { None },
            schedule,
            ship_to,
            requisition,
            agreement,
            comments,
            extrinsics,
            ..Line::default()
        };
        (line, shares)
    })
}

/// An order as it stands when the books know it: numbers given, amounts worked out, shares divided.
fn order() -> impl Strategy<Value = Order> {
    let head = (word(), select(vec!["EUR", "EUR", "SEK", "SEK", "JPY", "KWD"]), of(word()), of(place()), of(place()), vec(note(), 0..3), of(word()));
    // Less than nothing for shipping is a discount on the whole.
    let shipping = (amount(100_000, 2..3), any::<bool>()).prop_map(|(amount, is_charge)| if is_charge { amount } else { -amount });
    let money = (shipping, amount(100_000, 2..3), any::<bool>(), any::<bool>());
    let name = prop_oneof![
        word(),
        select(vec!["BuyerReference", "Quotation", "SalesOrderID", "PaymentTerms", "DeliveryTerms", "Catalogue"]).prop_map(str::to_string)
    ];
    let more = (btree_map(name, word(), 0..3), any::<bool>(), any::<bool>(), any::<bool>());
    (head, money, more, vec(line(), 1..4)).prop_map(|(head, money, more, lines)| {
        let (order_id, currency, requisition, ship_to, bill_to, comments, ordered_by) = head;
        let (shipping, tax, is_shipped, is_taxed) = money;
        let (extrinsics, odd_labels, has_file, one_agreement) = more;
        let currency = Currency::parse(currency).expect("a currency");
        let rounded = |amount: Decimal, there: bool| if there { amount.round_dp(currency.exponent()) } else { Decimal::ZERO };
        let first = lines[0].0.agreement.clone();
        let numbered = lines.into_iter().enumerate().map(|(at, (line, shares))| {
            let line_label = if odd_labels && at % 2 == 0 { format!("{}.1", at + 1) } else { (at * 10 + 3).to_string() };
            let agreement = if one_agreement { first.clone() } else { line.agreement.clone() };
            charged(Line { line: line_label, agreement, ..line }, &shares, currency)
        });
        let mut order = Order {
            order_id,
            order_date: "2026-03-05T10:15:00+01:00".into(),
            currency: currency.as_str().into(),
            shipping: rounded(shipping, is_shipped),
            tax: rounded(tax, is_taxed),
            requisition,
            ship_to,
            bill_to,
            comments,
            ordered_by: ordered_by.unwrap_or_default(),
            extrinsics,
            attachments: if has_file {
                vec![Attachment { id: "a@b".into(), media_type: "text/plain".into(), ..Attachment::default() }]
            } else {
                vec![]
            },
            lines: numbered.collect(),
            ..Order::default()
        };
        Kept::number_lines(&mut order, None);
        order.net_total = order.lines.iter().map(|line| line.net).sum();
        order.stated_total = order.net_total;
        order
    })
}

/// A line with what it costs, and each share with its part of that.
fn charged(line: Line, shares: &[Weighed], currency: Currency) -> Line {
    let net = hookline::wire::cxml::totals::net(&line, currency).expect("amounts of these orders fit");
    let money = hookline::domain::money::Money::round(net, currency).expect("it fits");
    let weights: Vec<Decimal> = shares.iter().map(|(_, weight)| Decimal::from(*weight)).collect();
    let divided = if shares.is_empty() { Vec::new() } else { hookline::domain::money::apportion(money.minor, &weights).expect("weights above zero") };
    let cost = shares.iter().zip(divided).map(|((segments, _), minor)| Share {
        amount: hookline::domain::money::Money::new(minor, currency).decimal(),
        segments: segments.clone(),
        ..Share::default()
    });
    Line { net, cost: cost.collect(), ..line }
}

/// Everything that a partner should find again.
fn said(order: &Order) -> Said {
    let mut said = Said::new();
    let mut put = |line: &str, what: &'static str, text: String| {
        if !text.is_empty() {
            said.insert((line.to_string(), what), text);
        }
    };
    let some = |text: &Option<String>| text.clone().unwrap_or_default();
    put("", "number", order.order_id.clone());
    put("", "date", order.order_date.chars().take(10).collect());
    put("", "currency", order.currency.clone());
    put("", "lines", order.lines.len().to_string());
    put("", "total", order.net_total.normalize().to_string());
    put("", "shipping", order.shipping.normalize().to_string());
    put("", "tax", order.tax.normalize().to_string());
    put("", "requisition", some(&order.requisition));
    put("", "ordered by", order.ordered_by.clone());
    put("", "ship-to", order.ship_to.as_ref().map(|place| format!("{place:?}")).unwrap_or_default());
    put("", "bill-to", order.bill_to.as_ref().map(|place| format!("{place:?}")).unwrap_or_default());
    put("", "note", order.comments.join("\n\n"));
    put("", "extrinsics", pairs(&order.extrinsics));
    put("", "attachments", order.attachments.iter().map(|attachment| attachment.id.clone()).collect());
    for (at, line) in order.lines.iter().enumerate() {
        let at = (at + 1).to_string();
        let place = line.ship_to.as_ref().or(order.ship_to.as_ref());
        let due = line.schedule.iter().map(|due| format!("{} on {}; ", due.quantity.normalize(), due.date));
        for (what, text) in [
            ("label", line.line.clone()),
            ("part", line.supplier_part.clone()),
            ("auxiliary id", some(&line.aux.clone().or(line.foreign_aux.clone()))),
            ("buyer's part", some(&line.buyer_part)),
            ("manufacturer", some(&line.manufacturer)),
            ("manufacturer's part", some(&line.manufacturer_part)),
            ("quantity", line.quantity.normalize().to_string()),
            ("unit", line.unit.clone()),
            ("price of one", price_of_one(line)),
            ("net", line.net.normalize().to_string()),
            ("text", some(&line.description)),
            ("short text", some(&line.short_name)),
            ("classification", line.classification.as_ref().map(|code| format!("{} {code}", line.classification_domain)).unwrap_or_default()),
            ("date", some(&line.requested_date)),
            ("schedule", due.collect()),
            ("place", place.map(|place| format!("{place:?}")).unwrap_or_default()),
            ("requisition", some(&line.requisition)),
            ("agreement", some(&line.agreement)),
            ("shares", line.cost.iter().map(|share| format!("{}: {:?}; ", share.amount.normalize(), share.segments)).collect()),
            ("note", line.comments.join("\n\n")),
            ("extrinsics", pairs(&line.extrinsics)),
        ] {
            put(&at, what, text);
        }
    }
    said
}

fn pairs(pairs: &BTreeMap<String, String>) -> String {
    pairs.iter().map(|(name, value)| format!("{name}: {value}; ")).collect()
}

/// Of the order's unit, whatever pieces and factor the price is written for.
fn price_of_one(line: &Line) -> String {
    let price = line.unit_price.expect("a price") * line.factor / line.price_basis;
    price.round_dp(18).normalize().to_string()
}

/// Parts of which one has nothing or another thing than the other.
fn differing(before: &Said, after: &Said) -> BTreeSet<(String, &'static str)> {
    before.keys().chain(after.keys()).filter(|key| before.get(*key) != after.get(*key)).cloned().collect()
}

/// What the form says that it lacks of this order.
fn lacking(form: Form, order: &Order) -> Vec<Need> {
    Channel { form, cannot: BTreeSet::new() }.lost(&model::needs(order, Kind::New))
}

/// What is gone or other than before and was not told; each with what it was and what it is.
fn untold(before: &Said, after: &Said, is_told: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let differing = differing(before, after).into_iter().filter(|(line, what)| !is_told(line, what));
    differing.map(|key| format!("line {:?} {}: {:?} became {:?}", key.0, key.1, before.get(&key), after.get(&key))).collect()
}

/// As a receiver does whose parts these are not: everything from the document itself.
fn settled(mut order: Order) -> Result<Order, TestCaseError> {
    let habits = Cxml { unknown_parts: Unknown::Accept, no_cost_centre: Unknown::Accept, ..Cxml::default() };
    let terms = Terms { habits: &habits, changed_price: Response::Accept, currency: Currency::EUR };
    cxml_order::settle(&mut order, &BTreeMap::new(), &terms, &mut Vec::new()).map_err(|fault| TestCaseError::fail(fault.to_string()))?;
    Ok(order)
}

fn through_cxml(order: &Order) -> Result<Order, TestCaseError> {
    let head = order_request::Head { kind: Kind::New, version: 1, follows: None, bill_to: &Place::default(), language: "en" };
    let text = cxml_write::inside(&cxml_write::element("a").and(order_request::write(&head, order)));
    let root = tree::read(format!("<a>{text}</a>").as_bytes(), None).expect("our own document").root;
    let habits = Cxml { unknown_parts: Unknown::Accept, ..Cxml::default() };
    let read = cxml_order::read(root.child("OrderRequest").expect("an order"), &habits, "Europe/Berlin", &mut Vec::new());
    let mut read = settled(read.map_err(|fault| TestCaseError::fail(format!("{fault}: {text}")))?)?;
    // Who ordered stands among the extrinsics; who pays is always said.
    read.ordered_by = read.extrinsics.remove("OrderedBy").unwrap_or_default();
    read.bill_to = read.bill_to.filter(|_| order.bill_to.is_some());
    let numbers: BTreeSet<&String> = read.lines.iter().map(|line| &line.line).collect();
    prop_assert_eq!(numbers.len(), order.lines.len(), "each line has a number of its own: {}", text);
    for line in &mut read.lines {
        line.line = line.extrinsics.remove(order_request::OWN_LABEL).unwrap_or_else(|| line.line.clone());
    }
    Ok(read)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) })]

    #[test]
    fn cxml_keeps_all_of_an_order(order in order()) {
        let lost = lacking(Form::Cxml, &order);
        let untold = untold(&said(&order), &said(&through_cxml(&order)?), |_, what| what == "attachments" && lost.contains(&Need::Attachments));
        prop_assert!(untold.is_empty(), "{untold:#?}");
    }

    #[test]
    fn json_keeps_all_of_an_order(order in order()) {
        let text = serde_json::to_string(&order).expect("JSON");
        let read: Order = serde_json::from_str(&text).expect("an order");
        prop_assert_eq!(read, order);
    }

    #[test]
    fn a_table_keeps_an_order_or_says_what_it_loses(order in order()) {
        let head = Head { buyer: "Library", version: 1, change: "new" };
        let table = order_table::write(&head, &order, &Style { separator: b';', spreadsheet: false, columns: &[] });
        let read = rows(&table);
        prop_assert!(read.len() == order.lines.len());
        let mut before = order.clone();
        // A table has one text of an article, one of an order and its line, and one line for a street.
        for line in &mut before.lines {
            line.short_name = None;
            line.comments = [line.comments.iter().chain(&order.comments).cloned().collect::<Vec<_>>().join("\n")].into_iter().filter(|text| !text.is_empty()).collect();
            line.ship_to = line.ship_to.take().or_else(|| order.ship_to.clone()).map(in_columns);
        }
        (before.comments, before.ship_to) = (Vec::new(), None);
        let (needs, losses) = (lacking(Form::Csv, &order), order_table::lost(&order));
        let told = |line: &str, what: &str| match what {
            "attachments" => needs.contains(&Need::Attachments),
            "schedule" => needs.contains(&Need::SplitDates),
            "shipping" => needs.contains(&Need::Charges),
            _ => is_told(&losses, &order, line, what),
        };
        let untold = untold(&said(&before), &said(&of_rows(&read)?), told);
        prop_assert!(untold.is_empty(), "{untold:#?}\n{table}");
    }
}

/// The parts of an address as a table has columns for them.
fn in_columns(place: Place) -> Place {
    Place { street: [place.street.join(", ")].into_iter().filter(|street| !street.is_empty()).collect(), ..place }
}

/// Whether a writer said so of this part of a line (by its place), or of the whole order.
fn is_told(losses: &[Loss], order: &Order, line: &str, part: &str) -> bool {
    let label = line.parse::<usize>().ok().map(|at| order.lines[at - 1].line.clone());
    losses.iter().filter(|loss| loss.line.is_none() || loss.line == label).any(|loss| is_of(loss.what, part))
}

/// Held against the document type by an outside tool.
#[test]
fn orders_in_cxml_are_valid() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..20 {
        let order = order().new_tree(&mut runner).expect("an order").current();
        let head = order_request::Head { kind: Kind::New, version: 1, follows: None, bill_to: &Place::default(), language: "en" };
        let party = Identity::parse("NetworkId:shop").expect("an identity");
        let cover = Cover { payload: "a@b", timestamp: "2026-03-05T10:15:00+01:00", version: "1.2.045" };
        let header = cxml_write::header_for(&party, &party, &party, None);
        assert_valid(&cxml_write::request(&cover, Dtd::Cxml, header, false, order_request::write(&head, &order)), "cXML.dtd");
    }
}

/// Nothing is untold, or every reason for which it is not written is one. Whether it was written.
fn through_ubl(order: &Order) -> Result<bool, TestCaseError> {
    let written = match order_writer::write(order, &correspondence(), "") {
        Ok(written) => written,
        Err(reasons) => {
            let unfounded: Vec<_> = reasons.into_iter().filter(|reason| !is_founded(reason, order)).collect();
            prop_assert!(unfounded.is_empty(), "{unfounded:?}");
            return Ok(false);
        }
    };
    let report = einvoice::check(written.xml.as_bytes(), Some(Profile::Order), Day(2026, 3, 5));
    prop_assert!(report.accepted(), "{:?} {}", report.findings, written.xml);
    let document = tree::read(written.xml.as_bytes(), None).expect("our own document");
    let heading = peppol_order::heading(&document.root).expect("an order");
    let mut read = settled(peppol_order::read(&document.root, &heading, &Peppol::default(), &mut Vec::new()).expect("our own order"))?;
    // The reader notes parts of the head there too, and the message wants a name of every item.
    read.extrinsics.retain(|name, _| order.extrinsics.contains_key(name));
    let named = read.lines.iter_mut().zip(&order.lines).filter(|(_, before)| before.short_name.is_none());
    named.for_each(|(line, _)| line.short_name = None);
    let needs = lacking(Form::Ubl, order);
    let told = |line: &str, what: &str| what == "attachments" && needs.contains(&Need::Attachments) || is_told(&written.losses, order, line, what);
    let untold = untold(&said(order), &said(&read), told);
    prop_assert!(untold.is_empty(), "{untold:#?}\ntold: {:?}\n{}", written.losses, written.xml);
    Ok(true)
}

#[test]
fn ubl_keeps_an_order_or_says_what_it_loses() {
    let mut runner = TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) });
    let written = std::cell::Cell::new(0);
    let outcome = runner.run(&order(), |order| {
        written.set(written.get() + u32::from(through_ubl(&order)?));
        Ok(())
    });
    outcome.unwrap_or_else(|trouble| panic!("{trouble}"));
    assert!(written.get() > CASES / 4, "{} of {CASES} could be written", written.get());
}

fn correspondence() -> Correspondence {
    let party = |scheme: &str, endpoint: &str| Party {
        scheme: scheme.into(),
        endpoint: endpoint.into(),
        name: "Name".into(),
        country: "NO".into(),
        ..Party::default()
    };
    Correspondence { buyer: party("0192", "987654325"), seller: party("0088", "7300010000001"), ..Correspondence::default() }
}

/// Section 34, notes 5 and 6 and section 21: an order is refused only for what would make it another one.
fn is_founded(reason: &Loss, order: &Order) -> bool {
    let line = reason.line.as_ref().and_then(|label| order.lines.iter().find(|line| line.line == *label));
    let price = |line: &Line| {
        let exact = |base: u32| {
            let price = line.unit_price? * line.factor * Decimal::from(base) / line.price_basis;
            (price * line.price_basis == line.unit_price? * line.factor * Decimal::from(base) && price.normalize().scale() <= 4).then_some(price)
        };
        [1, 10, 100, 1000].into_iter().find_map(exact)
    };
    match reason.what {
        What::PriceNotExact => line.is_some_and(|line| price(line).is_none()),
        What::AddressWithoutId => line.is_some_and(|line| line.ship_to.as_ref().is_some_and(|place| place.id.is_none())),
        What::CurrencyDecimals => order.currency == "KWD",
        What::TotalNegative => order.net_total + order.shipping + order.tax < Decimal::ZERO,
        // Rounded to whole yen it is further off than the rules let it be.
        What::LineAmount => {
            order.currency == "JPY"
                && line.is_some_and(|line| line.quantity * line.unit_price.unwrap_or_default() * line.factor / line.price_basis != line.net)
        }
        _ => false,
    }
}

/// Whether a loss that was told is of this part.
fn is_of(loss: What, part: &str) -> bool {
    match loss {
        What::SplitAccounting | What::SharesLost | What::Segment => part == "shares",
        What::LineAddress => part == "place",
        What::Address => matches!(part, "place" | "ship-to"),
        What::BillTo => part == "bill-to",
        What::Tax => part == "tax",
        What::OrderedBy => part == "ordered by",
        What::Requisition => part == "requisition",
        What::Agreement => part == "agreement",
        What::Extras => part == "extrinsics",
        What::LineContract => matches!(part, "agreement" | "extrinsics"),
        What::Schedule => matches!(part, "schedule" | "date" | "note"),
        What::Manufacturer => part == "manufacturer",
        What::ManufacturerPart => part == "manufacturer's part",
        What::Classification => part == "classification",
        What::Attachments => part == "attachments",
        _ => false,
    }
}

type Row = BTreeMap<String, String>;

/// The rows of a table by the names above them.
fn rows(table: &str) -> Vec<Row> {
    let text = table.strip_prefix('\u{feff}').expect("a mark");
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
    let names: Vec<String> = reader.headers().expect("names").iter().map(str::to_string).collect();
    reader.records().map(|record| names.iter().cloned().zip(record.expect("a row").iter().map(str::to_string)).collect()).collect()
}

/// What a receiver finds in the rows.
fn of_rows(rows: &[Row]) -> Result<Order, TestCaseError> {
    let mut lines = Vec::new();
    let some = |row: &Row, name: &str| Some(row[name].clone()).filter(|text| !text.is_empty());
    let number = |row: &Row, name: &str| row[name].parse::<Decimal>().expect("a number");
    for row in rows {
        let (quantity, price, basis) = (number(row, "quantity"), number(row, "unit_price"), number(row, "price_basis"));
        let shares = match account::read(&row["cost_string"], "") {
            account::Account::Shares(shares) => shares,
            account::Account::Opaque(code) if code.is_empty() => Vec::new(),
            account::Account::Opaque(code) => vec![Share { segments: [("cost_center".to_string(), code)].into(), ..Share::default() }],
        };
        let place = Place {
            id: some(row, "ship_to_id"),
            name: row["ship_to_name"].clone(),
            street: some(row, "street").into_iter().collect(),
            city: row["city"].clone(),
            postcode: row["postcode"].clone(),
            country: some(row, "country"),
            ..Place::default()
        };
        lines.push(Line {
            line: row["line"].clone(),
            supplier_part: row["supplier_part"].clone(),
            aux: some(row, "aux_id"),
            buyer_part: some(row, "buyer_part"),
            description: some(row, "description"),
            quantity,
            unit: row["unit"].clone(),
            unit_received: row["unit"].clone(),
            unit_price: Some(price),
            price_basis: basis,
            factor: Decimal::ONE,
            net: number(row, "line_net"),
            requested_date: some(row, "requested_date"),
            ship_to: Some(place).filter(|place| *place != Place::default()),
            cost: shares,
            comments: some(row, "note").into_iter().collect(),
            ..Line::default()
        });
    }
    let first = &rows[0];
    let read = settled(Order {
        order_id: first["order_no"].clone(),
        order_date: first["order_date"].clone(),
        currency: first["currency"].clone(),
        unstated: true,
        lines,
        ..Order::default()
    })?;
    let stated: Vec<Decimal> = rows.iter().map(|row| number(row, "line_net")).collect();
    prop_assert_eq!(stated, read.lines.iter().map(|line| line.net).collect::<Vec<_>>(), "what a line costs is what its price makes");
    Ok(read)
}
