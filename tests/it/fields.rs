//! The field tables of the reference of ordering (section 34), row by row: each names the row, and what one and the same value is called in every
//! format that the product writes or reads. Names of elements and fields are those of the reference; a row that a format has nothing of here
//! stands without it. Where the reference is at hand, its tables and these have the same rows.

use std::collections::{BTreeMap, BTreeSet};

use hookline::domain::article::{Article, Text};
use hookline::domain::callup::{CallUp, Function};
use hookline::domain::coding::Coding;
use hookline::domain::connection::{Connection, Cxml, Mapped, Peppol, ReturnMethod, Source};
use hookline::domain::money::{Currency, Price};
use hookline::domain::name::Language;
use hookline::wire::cxml::cart::{self, Cart};
use hookline::wire::cxml::envelope::{self, Identity};
use hookline::wire::cxml::kept::{Kind, Line, Order, Share};
use hookline::wire::cxml::place::Place;
use hookline::wire::cxml::setup::{self, Operation, Setup};
use hookline::wire::cxml::tree::{self, Document, Element};
use hookline::wire::cxml::write::{self, Cover};
use hookline::wire::cxml::{order_request, to_oci};
use hookline::wire::form;
use hookline::wire::oci::{callup, returns};
use hookline::wire::peppol::agreement::{self, Agreed, AgreedLine};
use hookline::wire::peppol::{Correspondence, Party, agreed, cart as peppol_cart, order as peppol_order, order_writer};
use rust_decimal::Decimal;

use crate::support::shared;

/// Where something stands, and what stands there. `2:` before it: in the second line; `[x]` behind an element: the one that is called x.
type Words = &'static [(&'static str, &'static str)];

struct Row {
    name: &'static str,
    /// Fields of a return, of our own articles and of a cart in cXML that is translated.
    oci: Words,
    /// Of a line, `ItemOut`; of the head, `OrderRequestHeader`.
    cxml: Words,
    /// Of a line, `OrderLine`; of the head, `Order`.
    ubl: Words,
    /// `CatalogueLine`.
    cart: Words,
}

const fn row(name: &'static str, oci: Words, cxml: Words, ubl: Words, cart: Words) -> Row {
    Row { name, oci, cxml, ubl, cart }
}

const LINES: [Row; 30] = [
    row("line number", &[], &[("@lineNumber", "10")], &[("LineItem/ID", "10")], &[("ID", "10")]),
    row(
        "short text",
        &[("DESCRIPTION", "Screw")],
        &[("ItemDetail/Description/ShortName", "Screw")],
        &[("LineItem/Item/Name", "Screw")],
        &[("Item/Name", "Screw")],
    ),
    row(
        "long text",
        &[("LONGTEXT", "Screw M6 × 20")],
        &[("ItemDetail/Description", "Screw M6 × 20")],
        &[("LineItem/Item/Description", "Screw M6 × 20")],
        &[("Item/Description", "Screw M6 × 20")],
    ),
    row(
        "supplier part",
        &[("VENDORMAT", "SCR-6")],
        &[("ItemID/SupplierPartID", "SCR-6")],
        &[("LineItem/Item/SellersItemIdentification/ID", "SCR-6")],
        &[("Item/SellersItemIdentification/ID", "SCR-6")],
    ),
    row(
        "gateway line id",
        &[("EXT_PRODUCT_ID", "q:HL-1:2")],
        &[("ItemID/SupplierPartAuxiliaryID", "q:HL-1:2")],
        &[("LineItem/Item/AdditionalItemProperty[SupplierPartAuxiliaryID]/Value", "q:HL-1:2")],
        &[("Item/AdditionalItemProperty[SupplierPartAuxiliaryID]/Value", "q:HL-1:2")],
    ),
    row("buyer part", &[("MATNR", "M-77")], &[("ItemID/BuyerPartID", "M-77")], &[("LineItem/Item/BuyersItemIdentification/ID", "M-77")], &[]),
    row(
        "quantity",
        &[("QUANTITY", "250.000")],
        &[("@quantity", "250")],
        &[("LineItem/Quantity", "250")],
        &[("RequiredItemLocationQuantity/DeliveryUnit/BatchQuantity", "250")],
    ),
    row(
        "unit",
        &[("UNIT", "C62")],
        &[("ItemDetail/UnitOfMeasure", "C62")],
        &[("LineItem/Quantity/@unitCode", "C62")],
        &[("RequiredItemLocationQuantity/DeliveryUnit/BatchQuantity/@unitCode", "C62")],
    ),
    row(
        "price",
        &[("PRICE", "12.500")],
        &[("ItemDetail/UnitPrice/Money", "12.50")],
        &[("LineItem/Price/PriceAmount", "12.5")],
        &[("RequiredItemLocationQuantity/Price/PriceAmount", "12.5")],
    ),
    row(
        "price basis",
        &[("PRICEUNIT", "100")],
        &[("ItemDetail/PriceBasisQuantity/@quantity", "100")],
        &[("LineItem/Price/BaseQuantity", "100")],
        &[("RequiredItemLocationQuantity/Price/BaseQuantity", "100")],
    ),
    // 5.00 for 100 kg, and 50 kg in a piece: 2.50 for one.
    row(
        "price unit differs from order unit",
        &[("2:PRICE", "2.500"), ("2:PRICEUNIT", "1")],
        &[("2:ItemDetail/PriceBasisQuantity/@conversionFactor", "50"), ("2:ItemDetail/PriceBasisQuantity/UnitOfMeasure", "KGM")],
        &[("2:LineItem/Price/PriceAmount", "2.5"), ("2:LineItem/Price/BaseQuantity", "1"), ("2:LineItem/Price/BaseQuantity/@unitCode", "C62")],
        &[("2:RequiredItemLocationQuantity/Price/PriceAmount", "2.5"), ("2:RequiredItemLocationQuantity/Price/BaseQuantity", "1")],
    ),
    row(
        "currency",
        &[("CURRENCY", "EUR")],
        &[("ItemDetail/UnitPrice/Money/@currency", "EUR")],
        &[("LineItem/Price/PriceAmount/@currencyID", "EUR")],
        &[("RequiredItemLocationQuantity/Price/PriceAmount/@currencyID", "EUR")],
    ),
    row(
        "lead time, days",
        &[("LEADTIME", "3")],
        &[("cart:ItemDetail/LeadTime", "3")],
        &[],
        &[("RequiredItemLocationQuantity/LeadTimeMeasure", "3"), ("RequiredItemLocationQuantity/LeadTimeMeasure/@unitCode", "DAY")],
    ),
    row(
        "requested date",
        &[],
        &[("@requestedDeliveryDate", "2026-03-12")],
        &[("LineItem/Delivery/RequestedDeliveryPeriod/EndDate", "2026-03-12")],
        &[],
    ),
    row("supplier number at the buyer", &[("VENDOR", "V-9")], &[], &[], &[]),
    row("manufacturer", &[("own:MANUFACTCODE", "ACM")], &[("ItemDetail/ManufacturerName", "Acme")], &[], &[]),
    row(
        "manufacturer part",
        &[("MANUFACTMAT", "AC-9")],
        &[("ItemDetail/ManufacturerPartID", "AC-9")],
        &[("LineItem/Item/ManufacturersItemIdentification/ID", "AC-9")],
        &[],
    ),
    row(
        "buyer's product group",
        &[("MATGROUP", "MG01")],
        &[("2:ItemDetail/Classification[MATGROUP]", "MG01")],
        &[("2:LineItem/Item/CommodityClassification/ItemClassificationCode[ZZZ]", "MG01")],
        &[],
    ),
    row(
        "classification",
        &[("EXT_SCHEMA_TYPE", "UNSPSC"), ("EXT_CATEGORY_ID", "31161500"), ("own:EXT_CATEGORY", "Screws")],
        &[("ItemDetail/Classification[UNSPSC]", "31161500")],
        &[("LineItem/Item/CommodityClassification/ItemClassificationCode[TST]", "31161500")],
        &[],
    ),
    row("service", &[("2:SERVICE", "X")], &[("cart:@itemClassification", "material")], &[], &[]),
    row(
        "contract, line",
        &[("CONTRACT", "C-5"), ("CONTRACT_ITEM", "7")],
        &[("MasterAgreementIDInfo/@agreementID", "C-5")],
        &[("LineItem/Item/AdditionalItemProperty[Contract]/Value", "C-5")],
        &[],
    ),
    row("quotation, line", &[("EXT_QUOTE_ID", "HL-1"), ("own:EXT_QUOTE_ITEM", "1")], &[], &[("head:QuotationDocumentReference/ID", "HL-1")], &[]),
    row("attachment", &[("ATTACHMENT", "https://shop.example/screw.pdf")], &[], &[], &[]),
    row("bundle", &[("ITEM_TYPE", "R"), ("2:ITEM_TYPE", "O"), ("2:PARENT_ID", "10")], &[], &[], &[]),
    row(
        "custom fields",
        &[("own:CUST_FIELD1", "4711")],
        &[("ItemDetail/Extrinsic[Colour]", "blue"), ("cart:ItemDetail/Extrinsic[Colour]", "blue")],
        &[("LineItem/Item/AdditionalItemProperty[Colour]/Value", "blue")],
        &[],
    ),
    row("tax rate", &[], &[], &[], &[("Item/ClassifiedTaxCategory/Percent", "21")]),
    row(
        "accounting",
        &[],
        &[("Distribution/Accounting/AccountingSegment/@id", "4711"), ("Distribution/Charge/Money", "31.25")],
        &[("LineItem/AccountingCost", "4711"), ("2:LineItem/AccountingCost", "CC=4711@60;CC=5200@40")],
        &[],
    ),
    row(
        "delivery place",
        &[],
        &[("ShipTo/Address/@addressID", "YARD"), ("ShipTo/Address/Name", "Builders' yard")],
        &[("LineItem/Delivery/ID", "YARD")],
        &[],
    ),
    row(
        "shipping cost",
        &[],
        &[("head:Shipping/Money", "7.90")],
        &[("head:AllowanceCharge/Amount", "7.90"), ("head:AllowanceCharge/ChargeIndicator", "true")],
        &[],
    ),
    // 31.25 and 25.00; with what shipping costs, 64.15.
    row("total", &[], &[("head:Total/Money", "56.25")], &[("head:AnticipatedMonetaryTotal/PayableAmount", "64.15")], &[]),
];

fn d(text: &str) -> Decimal {
    text.parse().expect("a literal of this test")
}

/// What a cart in cXML of another shop says of the same lines, with everything a return has a field for.
const CART: &str = "<cXML><Message><PunchOutOrderMessage><BuyerCookie>1</BuyerCookie><PunchOutOrderMessageHeader operationAllowed='create'>\
    <Total><Money currency='EUR'>56.25</Money></Total><SupplierOrderInfo orderID='HL-1'/></PunchOutOrderMessageHeader>\
    <ItemIn quantity='250' lineNumber='10' itemType='composite'><ItemID><SupplierPartID>SCR-6</SupplierPartID><SupplierPartAuxiliaryID>q:HL-1:2</SupplierPartAuxiliaryID>\
    <BuyerPartID>M-77</BuyerPartID></ItemID><ItemDetail><UnitPrice><Money currency='EUR'>12.50</Money></UnitPrice><Description xml:lang='en'><ShortName>Screw</ShortName>\
    Screw M6 × 20</Description><UnitOfMeasure>C62</UnitOfMeasure><PriceBasisQuantity quantity='100' conversionFactor='1'><UnitOfMeasure>C62</UnitOfMeasure>\
    </PriceBasisQuantity><Classification domain='UNSPSC'>31161500</Classification><Classification domain='MATGROUP'>MG01</Classification>\
    <ManufacturerPartID>AC-9</ManufacturerPartID><URL>https://shop.example/screw.pdf</URL><LeadTime>3</LeadTime></ItemDetail><SupplierID domain='x'>V-9</SupplierID>\
    <MasterAgreementIDInfo agreementID='C-5' agreementItemNumber='7'/></ItemIn>\
    <ItemIn quantity='10' lineNumber='20' parentLineNumber='10' itemClassification='service'><ItemID><SupplierPartID>SCR-7</SupplierPartID></ItemID><ItemDetail><UnitPrice>\
    <Money currency='EUR'>5.00</Money></UnitPrice><Description xml:lang='en'>Setting</Description><UnitOfMeasure>C62</UnitOfMeasure>\
    <PriceBasisQuantity quantity='100' conversionFactor='50'><UnitOfMeasure>KGM</UnitOfMeasure></PriceBasisQuantity><Classification domain='UNSPSC'>31161500</Classification>\
    </ItemDetail></ItemIn></PunchOutOrderMessage></Message></cXML>";

fn place(id: &str, name: &str) -> Place {
    Place {
        id: Some(id.into()),
        name: name.into(),
        street: vec!["Way 1".into()],
        city: "Kiel".into(),
        postcode: "24103".into(),
        country: Some("DE".into()),
        ..Place::default()
    }
}

fn share(code: &str, percentage: Option<&str>, amount: &str) -> Share {
    Share { amount: d(amount), percentage: percentage.map(d), segments: [("cost_center".to_string(), code.to_string())].into(), ..Share::default() }
}

fn order(kind: Kind) -> Order {
    let screws = Line {
        line: "10".into(),
        number: 10,
        supplier_part: "SCR-6".into(),
        aux: Some("q:HL-1:2".into()),
        buyer_part: Some("M-77".into()),
        manufacturer_part: Some("AC-9".into()),
        manufacturer: Some("Acme".into()),
        quantity: d("250"),
        unit: "C62".into(),
        unit_price: Some(d("12.50")),
        price_basis: d("100"),
        factor: Decimal::ONE,
        net: d("31.25"),
        description: Some("Screw M6 × 20".into()),
        short_name: Some("Screw".into()),
        classification: Some("31161500".into()),
        classification_domain: "UNSPSC".into(),
        requested_date: Some("2026-03-12".into()),
        ship_to: Some(place("YARD", "Builders' yard")),
        agreement: Some("C-5".into()),
        cost: vec![share("4711", None, "31.25")],
        extrinsics: [("Colour".to_string(), "blue".to_string())].into(),
        ..Line::default()
    };
    let by_weight = Line {
        line: "20".into(),
        number: 20,
        supplier_part: "SCR-7".into(),
        quantity: d("10"),
        unit: "C62".into(),
        unit_price: Some(d("5.00")),
        price_basis: d("100"),
        factor: d("50"),
        basis_unit: "KGM".into(),
        net: d("25.00"),
        description: Some("Setting".into()),
        classification: Some("MG01".into()),
        classification_domain: "MATGROUP".into(),
        cost: vec![share("4711", Some("60"), "15.00"), share("5200", Some("40"), "10.00")],
        ..Line::default()
    };
    let extras = [("Quotation", "HL-1"), ("PaymentTerms", "30 days"), ("DeliveryTerms", "DAP"), ("AnswerWantedBy", "2026-03-07")];
    Order {
        order_id: "0045/7".into(),
        kind,
        order_date: "2026-03-05T10:15:00+01:00".into(),
        currency: "EUR".into(),
        net_total: d("56.25"),
        shipping: d("7.90"),
        ship_to: Some(place("MAIN", "Main store")),
        bill_to: Some(place("BOOKS", "Bookkeeping")),
        comments: vec!["Ring twice".into()],
        extrinsics: extras.into_iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        lines: vec![screws, by_weight],
        ..Order::default()
    }
}

fn parsed(text: &str) -> Element {
    tree::read(text.as_bytes(), None).unwrap_or_else(|fault| panic!("{fault:?}: {text}")).root
}

fn in_cxml(kind: Kind) -> Element {
    let head = order_request::Head { kind, version: 3, follows: None, bill_to: &Place::default(), language: "en" };
    parsed(&format!("<a>{}</a>", write::inside(&write::element("a").and(order_request::write(&head, &order(kind))))))
}

fn correspondence() -> Correspondence {
    let party = |endpoint: &str, name: &str| Party {
        scheme: "0088".into(),
        endpoint: endpoint.into(),
        name: name.into(),
        country: "NO".into(),
        ..Party::default()
    };
    Correspondence { buyer: party("7300010000001", "Buyer"), seller: party("7300010000018", "Shop"), ..Correspondence::default() }
}

fn in_ubl() -> Element {
    parsed(&order_writer::write(&order(Kind::New), &correspondence(), "").expect("it can be written").xml)
}

fn in_ubl_cart() -> Element {
    let order = order(Kind::New);
    let lines: Vec<AgreedLine<'_>> = order.lines.iter().map(|line| AgreedLine { line, vat: d("21"), lead_time: Some(3) }).collect();
    let correspondence = correspondence();
    let agreed = Agreed {
        id: "HL-1",
        day: "2026-03-05",
        time: "10:15:00",
        correspondence: &correspondence,
        currency: Currency::EUR,
        contract: "",
        lines: &lines,
    };
    parsed(&agreement::write_cart(&agreed, None, false).expect("it can be written"))
}

fn cart_lines() -> Vec<cart::Line> {
    vec![cart::Line {
        number: 1,
        part: "SCR-6".into(),
        aux: "q:HL-1:2".into(),
        buyer_part: String::new(),
        quantity: d("250"),
        unit: "C62".into(),
        price: d("12.50"),
        per: 100,
        description: "Screw M6 × 20".into(),
        short_name: "Screw".into(),
        classification: ("UNSPSC".into(), "31161500".into()),
        manufacturer_part: String::new(),
        manufacturer: String::new(),
        lead_days: Some(3),
        is_service: false,
        extrinsics: vec![("Colour".into(), "blue".into())],
    }]
}

/// A cart of our own as it goes home.
fn in_cxml_cart(lines: &[cart::Line], is_test: bool, cancelled: bool) -> Element {
    let party = Identity::parse("NetworkId:shop").expect("an identity");
    let cart = Cart {
        cover: Cover { payload: "1@x", timestamp: "2026-03-05T09:40:12+01:00", version: "1.2.045" },
        own: &party,
        buyer: &party,
        cookie: "a &amp; <b/>",
        in_reply_to: "",
        language: "en",
        currency: "EUR",
        total: d("31.25"),
        is_test,
        allowed: "edit",
        cancelled,
    };
    parsed(&cart::write(&cart, lines, true).0)
}

/// An article of ours as a return has it.
fn in_oci() -> Vec<(String, String)> {
    let article = Article {
        number: "SCR-6".into(),
        unit: "C62".into(),
        price: Price { amount: d("12.50"), per: 100, currency: Currency::EUR },
        shop_price: None,
        texts: vec![Text { language: None, description: "Screw".into(), long_text: "Screw M6 × 20".into() }],
        quantity_step: Decimal::ONE,
        lead_days: Some(3),
        stock: None,
        vat: d("21"),
        service: false,
        group: String::new(),
        brand: "Acme".into(),
        picture: String::new(),
        own_picture: None,
        manufacturer_part: "AC-9".into(),
        manufacturer_code: "ACM".into(),
        unspsc: "31161500".into(),
        gtin: String::new(),
        certificate: String::new(),
        buyer_material: "M-77".into(),
        contract: "C-5".into(),
        contract_item: "7".into(),
        schema: "UNSPSC".into(),
        category: "Screws".into(),
        category_id: "31161500".into(),
        in_shop: None,
        choices: Vec::new(),
    };
    let mapped = Mapped { from: Source::Constant("4711".into()), max: Some(10) };
    let connection = Connection { field_mapping: [("NEW_ITEM-CUST_FIELD1".to_string(), mapped)].into(), ..Connection::default() };
    let call_up = CallUp::default();
    let context = returns::Context { connection: &connection, call_up: &call_up, language: Language::En, quote: "HL-1" };
    let lines = [returns::Line { article: std::borrow::Cow::Owned(article), quantity: d("250"), coding: Coding::default() }];
    let (form, findings) = returns::write(context, &lines);
    assert!(!findings.has_error(), "{findings:?}");
    form.pairs
}

/// The texts at a path below an element.
fn at(element: &Element, path: &str) -> Vec<String> {
    let (step, rest) = path.split_once('/').unwrap_or((path, ""));
    if let Some(name) = step.strip_prefix('@') {
        return element.attribute(name).map(str::to_string).into_iter().collect();
    }
    let (name, called) = step.split_once('[').map_or((step, None), |(name, called)| (name, called.strip_suffix(']')));
    let is_called = |child: &Element, wanted: &str| {
        ["name", "domain", "listID"].iter().any(|attribute| child.attribute(attribute) == Some(wanted))
            || child.text_of("Name").as_deref() == Some(wanted)
    };
    let found = element.all(name).filter(|child| called.is_none_or(|called| is_called(child, called)));
    if rest.is_empty() {
        found.filter_map(|child| child.own_text().or_else(|| child.text())).collect()
    } else {
        found.flat_map(|child| at(child, rest)).collect()
    }
}

/// A word of a row in one of several documents: `2:` the second line of the first, `name:` the document of that name.
fn texts(word: &str, lines: &[&Element], named: &[(&str, &Element)]) -> Vec<String> {
    match word.split_once(':') {
        Some((number, path)) if number.parse::<usize>().is_ok() => at(lines[number.parse::<usize>().expect("a number") - 1], path),
        Some((name, path)) => named.iter().filter(|(known, _)| *known == name).flat_map(|(_, element)| at(element, path)).collect(),
        None => at(lines[0], word),
    }
}

fn wrong(row: &str, format: &str, words: Words, find: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    let missing = words.iter().filter(|(word, value)| !find(word).iter().any(|text| text == value));
    missing.map(|(word, value)| format!("{row}, {format}: {word} is not {value:?} but {:?}", find(word))).collect()
}

#[test]
fn each_row_of_a_line_stands_where_its_format_has_it() {
    let (cxml, ubl, ubl_cart) = (in_cxml(Kind::New), in_ubl(), in_ubl_cart());
    let (request, own_cart) = (cxml.child("OrderRequest").expect("an order"), in_cxml_cart(&cart_lines(), false, false));
    let own_item = own_cart.at(&["Message", "PunchOutOrderMessage", "ItemIn"]).expect("a line");
    let returned = to_oci::translate(&parsed(CART), &Cxml::default(), 5, str::to_string).expect("it fits");
    let own = in_oci();
    let field = |word: &str| -> Vec<String> {
        let own = |name: &str| own.iter().filter(|(known, _)| *known == format!("NEW_ITEM-{name}[1]")).map(|(_, value)| value.clone()).collect();
        let of = |line: usize, name: &str| returned.lines[line].iter().filter(|(known, _)| *known == name).map(|(_, value)| value.clone()).collect();
        match word.split_once(':') {
            Some(("own", name)) => own(name),
            Some((line, name)) => of(line.parse::<usize>().expect("a number") - 1, name),
            None => of(0, word),
        }
    };
    let items: Vec<&Element> = request.all("ItemOut").collect();
    let named = [("head", request.child("OrderRequestHeader").expect("a head")), ("cart", own_item)];
    let ubl_lines: Vec<&Element> = ubl.all("OrderLine").collect();
    let cart_lines: Vec<&Element> = ubl_cart.all("CatalogueLine").collect();
    let wrong: Vec<String> = LINES
        .iter()
        .flat_map(|row| {
            [
                wrong(row.name, "OCI", row.oci, field),
                wrong(row.name, "cXML", row.cxml, |word| texts(word, &items, &named)),
                wrong(row.name, "UBL", row.ubl, |word| texts(word, &ubl_lines, &[("head", &ubl)])),
                wrong(row.name, "UBL cart", row.cart, |word| texts(word, &cart_lines, &[])),
            ]
            .concat()
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What the rows of a cart are called once it comes back from another shop: each value that the cart has, in the line in the middle.
#[test]
fn each_row_of_a_cart_is_understood() {
    let document = Document { root: in_ubl_cart(), text: String::new(), warnings: Vec::new() };
    let came = peppol_cart::read(&document, &BTreeMap::new(), "2026-03-05", Vec::new()).expect("a cart");
    let (first, second) = (&came.cart.lines[0], &came.cart.lines[1]);
    let text = |value: Option<Decimal>| value.map(|value| value.normalize().to_string());
    let said: [(&str, Option<String>); 13] = [
        ("line number", Some(first.line.clone())),
        ("short text", first.short_name.clone()),
        ("long text", first.description.clone()),
        ("supplier part", Some(first.supplier_part.clone())),
        ("gateway line id", first.aux.clone()),
        ("quantity", text(Some(first.quantity))),
        ("unit", Some(first.unit.clone())),
        ("price", text(first.unit_price)),
        ("price basis", text(Some(first.price_basis))),
        ("price unit differs from order unit", text(second.unit_price)),
        ("currency", Some(came.cart.currency.clone())),
        ("lead time, days", first.lead_days.map(|days| days.to_string())),
        ("tax rate", text(first.tax_rate)),
    ];
    let rows: Vec<&Row> = LINES.iter().filter(|row| !row.cart.is_empty()).collect();
    assert_eq!(rows.iter().map(|row| row.name).collect::<Vec<_>>(), said.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for (row, (name, value)) in rows.iter().zip(said) {
        assert_eq!(value.as_deref(), Some(row.cart[0].1), "{name}");
    }
    // 31.25, and ten at 2.50.
    assert_eq!(came.cart.net_total, d("56.25"));
}

/// The official documents of both messages that come in (data/peppol-ordering), where they are at hand.
#[test]
fn the_official_agreement_and_cart_are_understood() {
    let Some(shared) = shared() else { return };
    let read = |name: &str| {
        let bytes = std::fs::read(shared.join("data/peppol-ordering/examples").join(name)).expect("an example");
        tree::read(&bytes, None).expect("a document")
    };
    let document = read("OrderAgreement_Example.xml");
    let head = agreed::head(&document.root).expect("an agreement").expect("with its numbers");
    assert_eq!((head.buyers_number(), head.sales_order.as_str(), head.seller.endpoint.as_str()), (Some("11233"), "101-111", "7598000000128"));
    let agreement = agreed::read(&document.root, head, &Peppol::default(), &mut Vec::new()).expect("all of it");
    assert_eq!(agreement.items[0].promised.as_deref(), Some("2018-08-12"));
    let order = agreement.into_order("11233").expect("an order");
    assert_eq!((order.lines.len(), order.shipping, order.tax, order.stated_total), (2, d("-1.25"), d("7.81"), d("39.06")));
    let cart = read("PunchOut_Example.xml");
    let came = peppol_cart::read(&cart, &BTreeMap::new(), "2016-08-31", Vec::new()).expect("a cart");
    assert_eq!((came.cart.lines.len(), came.cart.net_total, came.whole), (2, d("100"), false));
    assert_eq!((came.cart.lines[0].manufacturer.as_deref(), came.cart.lines[0].lead_days), (Some("Manufacturer AS"), Some(2)));
    assert!(peppol_cart::read(&cart, &BTreeMap::new(), "2016-09-01", Vec::new()).is_err(), "it ended with August");
}

const HEAD: [Row; 11] = [
    row("number", &[], &[("@orderID", "0045/7")], &[("ID", "0045/7")], &[]),
    row("version", &[], &[("@orderVersion", "3")], &[], &[]),
    row("date", &[], &[("@orderDate", "2026-03-05T10:15:00+01:00")], &[("IssueDate", "2026-03-05"), ("IssueTime", "10:15:00+01:00")], &[]),
    row("new / change / cancel", &[], &[("@type", "new"), ("update:@type", "update"), ("delete:@type", "delete")], &[("OrderTypeCode", "220")], &[]),
    row(
        "bill-to",
        &[],
        &[("BillTo/Address/@addressID", "BOOKS"), ("BillTo/Address/Name", "Bookkeeping")],
        &[("AccountingCustomerParty/Party/PartyIdentification/ID", "BOOKS"), ("AccountingCustomerParty/Party/PartyName/Name", "Bookkeeping")],
        &[],
    ),
    row(
        "ship-to",
        &[],
        &[("ShipTo/Address/@addressID", "MAIN"), ("ShipTo/Address/PostalAddress/City", "Kiel")],
        &[("Delivery/DeliveryLocation/ID", "MAIN"), ("Delivery/DeliveryLocation/Address/CityName", "Kiel")],
        &[],
    ),
    row("note", &[], &[("Comments", "Ring twice")], &[("Note", "Ring twice")], &[]),
    row("payment terms", &[], &[("Extrinsic[PaymentTerms]", "30 days")], &[("PaymentTerms/Note", "30 days")], &[]),
    row("shipping terms", &[], &[("Extrinsic[DeliveryTerms]", "DAP")], &[("DeliveryTerms/ID", "DAP")], &[]),
    row("shipping cost", &[], &[("Shipping/Money", "7.90")], &[("AllowanceCharge/Amount", "7.90")], &[]),
    row("answer wanted by", &[], &[("Extrinsic[AnswerWantedBy]", "2026-03-07")], &[("ValidityPeriod/EndDate", "2026-03-07")], &[]),
];

#[test]
fn each_row_of_the_head_stands_where_its_format_has_it() {
    let heads = [("", Kind::New), ("update", Kind::Update), ("delete", Kind::Delete)].map(|(name, kind)| (name, in_cxml(kind)));
    let heads = heads.each_ref().map(|(name, root)| (*name, root.at(&["OrderRequest", "OrderRequestHeader"]).expect("a head")));
    let ubl = in_ubl();
    let of_head = |row: &Row| {
        let cxml = wrong(row.name, "cXML", row.cxml, |word| texts(word, &[heads[0].1], &heads));
        [cxml, wrong(row.name, "UBL", row.ubl, |word| texts(word, &[&ubl], &[]))].concat()
    };
    let wrong: Vec<String> = HEAD.iter().flat_map(of_head).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    // What a message of Peppol is, its specification says.
    for (root, end, kind) in [("Order", "order:3", Kind::New), ("OrderChange", "order_change:3", Kind::Update)] {
        let changed = order_writer::write(&order(Kind::New), &correspondence(), "").expect("it can be written").xml;
        let changed = changed
            .replace("trns:order:3", &format!("trns:{end}"))
            .replace("<Order ", &format!("<{root} "))
            .replace("</Order>", &format!("</{root}>"));
        let changed = changed.replace("<cbc:IssueDate>", "<cac:OrderReference><cbc:ID>0045/7</cbc:ID></cac:OrderReference><cbc:IssueDate>");
        let document = parsed(&changed);
        let heading = peppol_order::heading(&document).expect("a heading");
        let read = peppol_order::read(&document, &heading, &Peppol::default(), &mut Vec::new()).expect("an order");
        assert_eq!((read.kind, read.order_id.as_str()), (kind, "0045/7"), "{root}");
    }
}

fn called_up(query: &str) -> CallUp {
    let (read, _) = callup::read(&form::read(query.as_bytes(), form::Place::Query, None), &Connection::default());
    read.expect("a call-up")
}

fn request(operation: &str, more: &str) -> String {
    format!(
        "<cXML payloadID='a@b' timestamp='2026-03-05T10:00:00+01:00'><Header><From><Credential domain='NetworkId'><Identity>b</Identity></Credential></From>\
         <To><Credential domain='NetworkId'><Identity>s</Identity></Credential></To><Sender><Credential domain='NetworkId'><Identity>b</Identity>\
         <SharedSecret>geheim</SharedSecret></Credential><UserAgent>t</UserAgent></Sender></Header><Request deploymentMode='test'>\
         <PunchOutSetupRequest operation='{operation}'><BuyerCookie>a &amp; <b/></BuyerCookie><BrowserFormPost><URL>https://erp.example/r?a=1&amp;b=2</URL></BrowserFormPost>\
         {more}</PunchOutSetupRequest></Request></cXML>"
    )
}

fn set_up(operation: &str, more: &str) -> Setup {
    let root = parsed(&request(operation, more));
    setup::read(root.at(&["Request", "PunchOutSetupRequest"]).expect("a setup"), &mut Vec::new()).expect("a setup")
}

/// Name of the row, what OCI and what cXML should make of it, and what they do.
fn session() -> Vec<(&'static str, Vec<(String, String)>)> {
    let call = "HOOK_URL=https%3A%2F%2Ferp.example%2Fr%3Fa%3D1&USERNAME=ann&PASSWORD=geheim&~TARGET=_top&~OkCode=ADDI&~CALLER=CTLG&DEPARTMENT=7";
    let (called, created) = (called_up(call), set_up("create", "<Extrinsic name='UserEmail'>ann@x.example</Extrinsic>"));
    let document = tree::read(request("create", "").as_bytes(), None).expect("a document of this test");
    let envelope = envelope::read(&document, &mut Vec::new()).expect("an envelope");
    // A browser drops the query of an address that it sends a form to with GET: it must be split (OCI, R-26).
    let connection = Connection { return_method: ReturnMethod::Get, ..Connection::default() };
    let form = returns::empty(returns::Context { connection: &connection, call_up: &called, language: Language::En, quote: "" });
    let (own, gone, emptied) = (in_cxml_cart(&cart_lines(), true, false), in_cxml_cart(&[], false, true), in_cxml_cart(&[], false, false));
    let cookie = own.at(&["Message", "PunchOutOrderMessage", "BuyerCookie"]).map(write::inside).unwrap_or_default();
    let parameter = called.parameters.iter().find(|(name, _)| name == "DEPARTMENT").map(|(_, value)| value.clone()).unwrap_or_default();
    let detail = called_up("FUNCTION=DETAIL&PRODUCTID=SCR-6");
    let selected = set_up("create", "<SelectedItem><ItemID><SupplierPartID>SCR-6</SupplierPartID></ItemID></SelectedItem>");
    let searched = called_up("FUNCTION=BACKGROUND_SEARCH&SEARCHSTRING=screw");
    let function = |is: Function, wanted: Function| (format!("{is:?}"), format!("{wanted:?}"));
    let operation = |word: &str| set_up(word, "").operation.as_str().to_string();
    let says = |is: &str, wanted: &str| (is.to_string(), wanted.to_string());
    let has = |is: bool| (is.to_string(), "true".to_string());
    let message = |root: &Element, path: &str| at(root, path).join(" ");
    let in_form = |name: &str| form.pairs.iter().any(|(known, _)| known.starts_with(name));
    vec![
        (
            "return address",
            vec![
                (format!("{:?}", form.pairs.first()), format!("{:?}", Some(("a", "1")))),
                says(&created.return_url, "https://erp.example/r?a=1&b=2"),
            ],
        ),
        ("buyer's session token", vec![says(&created.cookie, "a &amp; <b/>"), says(&cookie, "a &amp; <b/>")]),
        ("login", vec![says(&called.user, "ann"), says(called.password.expose(), "geheim"), says(envelope.secret.expose(), "geheim")]),
        ("user", vec![says(&parameter, "7"), says(created.user.as_deref().unwrap_or_default(), "ann@x.example")]),
        ("create", vec![function(called.function, Function::Shopping), says(created.operation.as_str(), Operation::Create.as_str())]),
        ("edit / inspect", vec![says(&operation("edit"), "edit"), says(&operation("inspect"), "inspect")]),
        (
            "show one item",
            vec![
                function(detail.function, Function::Detail),
                says(detail.asked.first().map(|asked| asked.product.as_str()).unwrap_or_default(), "SCR-6"),
                says(selected.selected.as_deref().unwrap_or_default(), "SCR-6"),
            ],
        ),
        ("price check", vec![function(called_up("FUNCTION=VALIDATE&PRODUCTID=SCR-6").function, Function::Validate)]),
        ("search from ERP", vec![function(searched.function, Function::BackgroundSearch), says(&searched.search, "screw")]),
        ("target window", vec![says(&form.target, "_top"), has(in_form("~OkCode")), has(in_form("~CALLER"))]),
        ("cancel", vec![has(!in_form("NEW_ITEM")), says(&message(&gone, "Message/Status/@code"), "204")]),
        (
            "delete cart lines",
            vec![
                says(&message(&emptied, "Message/Status/@code"), ""),
                has(emptied.at(&["Message", "PunchOutOrderMessage", "ItemIn"]).is_none()),
                has(emptied.at(&["Message", "PunchOutOrderMessage", "PunchOutOrderMessageHeader"]).is_some()),
            ],
        ),
        ("test mode", vec![has(envelope.is_test), says(&message(&own, "Message/@deploymentMode"), "test")]),
    ]
}

#[test]
fn each_row_of_the_session_is_understood() {
    for (row, pairs) in session() {
        for (place, (is, wanted)) in pairs.into_iter().enumerate() {
            assert_eq!(is, wanted, "{row}, {place}");
        }
    }
}

#[test]
fn the_tables_have_the_rows_of_the_reference() {
    let Some(shared) = shared() else { return };
    let text = std::fs::read_to_string(shared.join("reference/cxml-and-peppol-ordering.md")).expect("the reference");
    let session: Vec<&str> = session().into_iter().map(|(row, _)| row).collect();
    for (title, rows) in [
        ("### Session", session),
        ("### Cart and order lines", LINES.iter().map(|row| row.name).collect()),
        ("### Order header", HEAD.iter().map(|row| row.name).collect()),
    ] {
        let table =
            text.split_once(title).expect("a table").1.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
        let names: BTreeSet<&str> = table.skip(2).filter_map(|line| line.split('|').nth(1)).map(str::trim).collect();
        assert_eq!(names, rows.into_iter().collect::<BTreeSet<_>>(), "{title}");
    }
}
