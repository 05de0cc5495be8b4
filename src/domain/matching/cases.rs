//! Section 16 as a table: a world, one change to it, and what the rules say of it. Expected values are worked out from the section by hand.
//! `!` stops, `~` is within tolerance.

use super::*;

struct World {
    bill: Bill,
    orders: Vec<Ordered>,
    supplier: Option<&'static str>,
    accounts: Vec<String>,
    recipient: Identity,
    booked: Vec<(String, String)>,
    today: &'static str,
    tolerances: Tolerances,
}

fn d(text: &str) -> Decimal {
    text.parse().expect("a literal of this test")
}

/// Article, name, quantity, unit, price, per, VAT.
fn ordered(line: &str, article: &str, name: &str, quantity: &str, unit: &str, price: (&str, &str), vat: &str) -> OrderedLine {
    OrderedLine {
        line: line.into(),
        sellers_article: article.into(),
        buyers_article: format!("Z-{article}"),
        standard_article: format!("871{article}"),
        name: name.into(),
        unit: unit.into(),
        packs: Vec::new(),
        price: d(price.0),
        per: d(price.1),
        ordered: d(quantity),
        received: d(quantity),
        vat: Some(d(vat)),
        ..OrderedLine::default()
    }
}

fn order(number: &str, supplier: &str, lines: Vec<OrderedLine>) -> Ordered {
    Ordered {
        number: number.into(),
        supplier: supplier.into(),
        currency: "EUR".into(),
        placed_on: "2026-03-02".into(),
        is_binding: true,
        lines,
        ..Ordered::default()
    }
}

fn billed(order_line: &str, article: &str, name: &str, quantity: &str, unit: &str, price: (&str, &str), net: &str) -> BillLine {
    BillLine {
        id: "1".into(),
        quantity: d(quantity),
        unit: unit.into(),
        net: d(net),
        price: Some(d(price.0)),
        per: Some(d(price.1)),
        order_line: order_line.into(),
        sellers_article: article.into(),
        name: name.into(),
        vat: Some(d("21")),
        ..BillLine::default()
    }
}

/// One budget's share of the gloves.
fn share(pieces: &str, budget: &str, net: &str) -> BillLine {
    let properties = [("BudgetCode", budget), ("SharedQuantity", pieces)].map(|(name, value)| (name.to_string(), value.to_string()));
    BillLine { properties: properties.to_vec(), ..billed("1", "HND-1", "Handschoenen nitril M", "1", "C62", (net, "1"), net) }
}

/// What is given back of it.
fn back(pieces: &str, budget: &str, net: &str) -> BillLine {
    let net = d(net);
    BillLine { quantity: d("-1"), net, price: Some(-net), ..share(pieces, budget, "0") }
}

/// FILM's share of what is charged.
fn charge_share(name: &str, pieces: &str, net: &str) -> BillLine {
    BillLine { order_line: name.into(), sellers_article: String::new(), name: name.into(), ..share(pieces, "FILM", net) }
}

fn on(budget: &str, weight: &str, quantity: &str, invoiced: &str) -> OnBudget {
    OnBudget { budget: budget.into(), weight: d(weight), ordered: d(quantity), received: d(quantity), invoiced: d(invoiced) }
}

fn gloves() -> BillLine {
    billed("1", "HND-1", "Handschoenen nitril M", "12", "XBX", ("6.95", "1"), "83.40")
}

fn gauze() -> BillLine {
    billed("2", "GAAS", "Gaas 10 x 10", "5", "H87", ("2.49", "1"), "12.45")
}

fn bolts(price: &str, per: &str) -> BillLine {
    billed("3", "BOUT", "Bout M8", "250", "H87", (price, per), "30.86")
}

fn book() -> BillLine {
    BillLine { vat: Some(d("9")), ..billed("1", "BOEK", "De stille rivier", "3", "C62", ("18.349", "1"), "55.05") }
}

fn charge(reason: &str, amount: &str) -> Charge {
    Charge { reason: reason.into(), amount: d(amount), vat: Some(d("21")) }
}

fn world() -> World {
    let first = vec![
        ordered("1", "HND-1", "Handschoenen nitril M", "12", "XBX", ("6.95", "1"), "21"),
        ordered("2", "GAAS", "Gaas 10 x 10", "5", "H87", ("2.49", "1"), "21"),
        ordered("3", "BOUT", "Bout M8", "250", "H87", ("12.3456", "100"), "21"),
    ];
    let second = vec![ordered("1", "BOEK", "De stille rivier", "3", "C62", ("18.349", "1"), "9")];
    let strange = vec![ordered("1", "HND-1", "Handschoenen nitril M", "12", "XBX", ("6.95", "1"), "21")];
    let bill = Bill {
        number: "F-1".into(),
        issued_on: "2026-03-05".into(),
        kind: "380".into(),
        currency: "EUR".into(),
        seller: Identity { name: "Acme".into(), vat_number: "NL001234567B01".into(), ..Identity::default() },
        buyer: Identity { name: "Ziekenhuis".into(), company_id: "41098765".into(), ..Identity::default() },
        order: "4500001234".into(),
        accounts: vec!["NL91ABNA0417164300".into()],
        lines: vec![gloves()],
        ..Bill::default()
    };
    World {
        bill,
        orders: vec![order("4500001234", "acme", first), order("4500001235", "acme", second), order("4500001299", "rival", strange)],
        supplier: Some("acme"),
        accounts: vec!["NL91ABNA0417164300".into()],
        recipient: Identity { name: "Ziekenhuis".into(), company_id: "41098765".into(), ..Identity::default() },
        booked: Vec::new(),
        today: "2026-03-10",
        tolerances: Tolerances::default(),
    }
}

impl World {
    fn line(&mut self) -> &mut BillLine {
        &mut self.bill.lines[0]
    }

    fn ordered(&mut self) -> &mut OrderedLine {
        &mut self.orders[0].lines[0]
    }

    /// The gloves are on two budgets, and so many of them invoiced on each; the invoice has these lines.
    fn shared(&mut self, film: &str, fiction: &str, lines: Vec<BillLine>) {
        self.ordered().budgets = vec![on("FILM", "60", "12", film), on("FICTION", "40", "12", fiction)];
        self.ordered().invoiced = d(film).min(d(fiction));
        self.bill.lines = lines;
    }

    /// The same with charges on the order and on the gloves.
    fn charged(&mut self, lines: Vec<BillLine>) {
        self.shared("0", "0", lines);
        let charged = |name: &str, quantity: &str, price: &str| OrderedLine {
            budgets: vec![on("FILM", "60", quantity, "0"), on("FICTION", "40", quantity, "0")],
            ..OrderedLine {
                sellers_article: String::new(),
                buyers_article: String::new(),
                standard_article: String::new(),
                ..ordered(name, "", name, quantity, "C62", (price, "1"), "21")
            }
        };
        self.orders[0].charged = vec![charged("freight", "1", "10"), charged("1/label", "12", "0.75")];
        self.orders[0].charges = vec![OrderedCharge { id: "freight".into(), open: d("10") }];
    }

    /// Quantity and net amount of the first line.
    fn counts(&mut self, quantity: &str, net: &str) {
        (self.line().quantity, self.line().net) = (d(quantity), d(net));
    }

    /// Its price and net amount.
    fn costs(&mut self, price: &str, net: &str) {
        (self.line().price, self.line().net) = (Some(d(price)), d(net));
    }

    /// Nothing to find the line by but what is said afterwards.
    fn bare(&mut self) -> &mut BillLine {
        let line = self.line();
        (line.order_line, line.sellers_article) = (String::new(), String::new());
        line
    }

    fn takes_back(&mut self, quantity: &str, net: &str) {
        self.counts(quantity, net);
        self.bill.kind = "381".into();
    }

    fn compared(&mut self) -> Match {
        let lines: Decimal = self.bill.lines.iter().map(|line| line.net).sum();
        let charges: Decimal = self.bill.charges.iter().map(|charge| charge.amount).sum();
        self.bill.net = Some(lines + charges);
        let known = Known {
            supplier: self.supplier,
            orders: &self.orders,
            accounts: &self.accounts,
            recipient: &self.recipient,
            booked: &self.booked,
            today: self.today,
        };
        compare(&self.bill, &known, &self.tolerances)
    }
}

fn told(found: &Match) -> String {
    let each = found.lines.iter().flat_map(|line| &line.reasons).chain(&found.reasons);
    let words = each.map(|reason| format!("{}{}", reason.check.as_str(), if reason.weight == Weight::Stops { "!" } else { "~" }));
    std::iter::once(found.outcome.as_str().to_string()).chain(words).collect::<Vec<_>>().join(" ")
}

type Change = fn(&mut World);
type Case = (&'static str, Change, &'static str);

/// What it is about, the change, and what follows.
const CASES: &[Case] = &[
    ("as ordered", |_| {}, "matched"),
    // The order.
    ("its number with blanks", |w| w.bill.order = " 4500 001 234 ".into(), "matched"),
    ("its number with leading zeros", |w| w.bill.order = "0004500001234".into(), "matched"),
    ("PO before it", |w| w.bill.order = "PO4500001234".into(), "matched"),
    ("PO and a blank before it", |w| w.bill.order = "po 4500001234".into(), "matched"),
    ("dashes in it", |w| w.bill.order = "4500-001-234".into(), "matched"),
    (
        "small letters for capitals",
        |w| {
            w.orders[0].number = "ZH-2026-A".into();
            w.bill.order = "zh-2026-a".into();
        },
        "matched",
    ),
    (
        "the supplier's own number instead",
        |w| {
            w.orders[0].sales_order = "SO-77".into();
            (w.bill.order, w.bill.sales_order) = ("77".into(), "so 77".into());
        },
        "matched",
    ),
    (
        "in the buyer's reference",
        |w| {
            w.bill.order.clear();
            w.bill.mentions.push("Inkoop, order 4500001234".into());
        },
        "matched",
    ),
    (
        "in a note, with a stop behind it",
        |w| {
            w.bill.order = "uw bestelling".into();
            w.bill.mentions.push("Betreft PO 4500001234.".into());
        },
        "matched",
    ),
    (
        "in a line's note",
        |w| {
            w.bill.order.clear();
            w.line().notes.push("bestelling 4500001234".into());
        },
        "matched",
    ),
    (
        "by the despatch",
        |w| {
            w.orders[0].despatches.push("D-900".into());
            w.bill.order.clear();
            w.bill.despatches.push("d 900".into());
        },
        "matched",
    ),
    ("an unknown order", |w| w.bill.order = "999999".into(), "not_ordered not_ordered! order!"),
    ("no order at all", |w| w.bill.order.clear(), "not_ordered not_ordered! order!"),
    (
        "a short number inside a text is no order",
        |w| {
            w.orders[0].number = "123".into();
            w.bill.order.clear();
            w.bill.mentions.push("Kamer 123".into());
        },
        "not_ordered not_ordered! order!",
    ),
    ("wrong supplier with the right number", |w| w.supplier = Some("rival"), "not_ordered not_ordered! order!"),
    ("a seller nobody knows", |w| w.supplier = None, "not_ordered not_ordered! supplier! order!"),
    ("the same number at another supplier", |w| w.orders[2].number = "4500001234".into(), "matched"),
    ("a line that names another supplier's order", |w| w.line().notes.push("4500001299".into()), "matched"),
    (
        "two orders, the second in a line's note",
        |w| {
            w.bill.lines.push(BillLine { notes: vec!["order 4500001235".into()], ..book() });
        },
        "matched",
    ),
    (
        "two orders, the second named by the line",
        |w| {
            w.bill.lines.push(BillLine { order: "PO 4500001235".into(), ..book() });
        },
        "matched",
    ),
    (
        "two orders in the reference, lines by article and price",
        |w| {
            w.bill.order.clear();
            w.bill.mentions.push("4500001234 / 4500001235".into());
            w.bill.lines.push(book());
        },
        "matched",
    ),
    (
        "two orders in BT-13 itself",
        |w| {
            w.bill.order = "4500001234, 4500001235".into();
            w.bill.lines.push(book());
        },
        "matched",
    ),
    ("a line of an order that is not named", |w| w.bill.lines.push(BillLine { order_line: "9".into(), ..book() }), "not_ordered not_ordered!"),
    ("an exact number before a normalised one", |w| w.orders[1].number = "PO4500001234".into(), "matched"),
    ("an order that is cancelled", |w| w.orders[0].is_binding = false, "matched order!"),
    // The line.
    ("a line number that differs, by article", |w| w.line().order_line = "10".into(), "matched"),
    ("a line number with zeros before it", |w| w.line().order_line = "00001".into(), "matched"),
    ("by the buyer's article", |w| w.bare().buyers_article = "z-HND-1".into(), "matched"),
    ("by the supplier's article, small letters", |w| w.bare().sellers_article = " hnd-1".into(), "matched"),
    ("by the standard article", |w| w.bare().standard_article = "871HND-1".into(), "matched"),
    ("by price, unit and a similar name", |w| w.bare().name = "Handschoenen nitril, maat M".into(), "matched"),
    (
        "a similar name at another price",
        |w| {
            w.bare();
            w.costs("6.90", "82.80");
        },
        "not_ordered not_ordered!",
    ),
    ("another name at the same price", |w| w.bare().name = "Bezem".into(), "not_ordered not_ordered!"),
    ("never by position alone", |w| w.bare().name.clear(), "not_ordered not_ordered!"),
    ("the right line, another article", |w| w.line().sellers_article = "HND-2".into(), "article_difference article!"),
    (
        "one article on two lines, told apart by price",
        |w| {
            let dearer = OrderedLine { line: "4".into(), price: d("7.50"), ..w.orders[0].lines[0].clone() };
            w.orders[0].lines.insert(0, dearer);
            w.line().order_line.clear();
        },
        "matched",
    ),
    (
        "one article on two lines, the first is invoiced",
        |w| {
            let again = OrderedLine { line: "4".into(), ..w.orders[0].lines[0].clone() };
            w.orders[0].lines.push(again);
            w.ordered().invoiced = d("12");
            w.line().order_line.clear();
        },
        "matched",
    ),
    (
        "one article on two lines, and neither price",
        |w| {
            let dearer = OrderedLine { line: "4".into(), price: d("7.50"), ..w.orders[0].lines[0].clone() };
            w.orders[0].lines.push(dearer);
            w.line().order_line.clear();
            w.costs("7.00", "84.00");
        },
        "article_difference article!",
    ),
    // Units and price bases.
    (
        "a box of ten against pieces",
        |w| {
            w.ordered().packs.push(Pack { unit: "XBX".into(), holds: d("10") });
            let line = w.ordered();
            (line.unit, line.price) = ("H87".into(), d("0.695"));
            (line.ordered, line.received) = (d("120"), d("120"));
        },
        "matched",
    ),
    ("a box nobody says what it holds", |w| w.ordered().unit = "H87".into(), "unit_difference unit!"),
    ("pieces by three names", |w| w.bill.lines = vec![BillLine { unit: "EA".into(), ..gauze() }], "matched"),
    (
        "dozens against pieces",
        |w| {
            w.orders[0].lines[1] = ordered("2", "GAAS", "Gaas 10 x 10", "144", "H87", ("0.50", "1"), "21");
            w.bill.lines = vec![billed("2", "GAAS", "", "12", "DZN", ("6.00", "1"), "72.00")];
        },
        "matched",
    ),
    (
        "grams at a price per kilogram",
        |w| {
            w.orders[0].lines[1] = ordered("2", "GAAS", "Gaas 10 x 10", "2", "KGM", ("3.00", "1"), "21");
            w.bill.lines = vec![billed("2", "GAAS", "", "2000", "GRM", ("3.00", "1000"), "6.00")];
        },
        "matched",
    ),
    ("a price per 100 as ordered", |w| w.bill.lines = vec![bolts("12.3456", "100")], "matched"),
    ("a price per piece where it was per 100", |w| w.bill.lines = vec![bolts("0.123456", "1")], "matched"),
    ("a price per 1000 where it was per 100", |w| w.bill.lines = vec![bolts("123.456", "1000")], "matched"),
    (
        "a price base that was left out",
        |w| {
            w.bill.lines = vec![BillLine { per: None, net: d("3086.40"), ..bolts("12.3456", "1") }];
        },
        "price_difference price! total!",
    ),
    ("no price, but an amount", |w| w.line().price = None, "matched"),
    // Quantities.
    ("a part of it", |w| w.counts("4", "27.80"), "matched"),
    (
        "the other part",
        |w| {
            w.ordered().invoiced = d("4");
            w.counts("8", "55.60");
        },
        "matched",
    ),
    ("more than was ordered", |w| w.counts("13", "90.35"), "quantity_difference quantity!"),
    (
        "more than is left",
        |w| {
            w.ordered().invoiced = d("4");
            w.counts("9", "62.55");
        },
        "quantity_difference quantity!",
    ),
    (
        "5 % more of bulk goods",
        |w| {
            (w.tolerances.over_ordered, w.tolerances.over_received) = (d("5"), d("5"));
            w.bill.lines = vec![billed("3", "BOUT", "Bout M8", "260", "H87", ("12.3456", "100"), "32.10")];
        },
        "within_tolerance quantity~",
    ),
    (
        "6 % more of bulk goods",
        |w| {
            (w.tolerances.over_ordered, w.tolerances.over_received) = (d("5"), d("5"));
            w.bill.lines = vec![billed("3", "BOUT", "Bout M8", "265", "H87", ("12.3456", "100"), "32.72")];
        },
        "quantity_difference quantity!",
    ),
    (
        "more than came",
        |w| {
            w.ordered().received = d("6");
            w.counts("8", "55.60");
        },
        "quantity_difference quantity!",
    ),
    (
        "as much as came",
        |w| {
            w.ordered().received = d("6");
            w.counts("6", "41.70");
        },
        "matched",
    ),
    ("nothing came", |w| w.ordered().received = d("0"), "not_received received!"),
    (
        "what came was invoiced, the rest did not come",
        |w| {
            (w.ordered().received, w.ordered().invoiced) = (d("6"), d("6"));
            w.counts("6", "41.70");
        },
        "not_received received!",
    ),
    (
        "nothing came, and only the order counts",
        |w| {
            w.ordered().received = d("0");
            w.tolerances.compared = Compared::TwoWay;
        },
        "matched",
    ),
    ("some of it was rejected", |w| w.ordered().rejected = d("2"), "quantity_difference quantity!"),
    (
        "what was not rejected",
        |w| {
            w.ordered().rejected = d("2");
            w.counts("10", "69.50");
        },
        "matched",
    ),
    ("everything is invoiced", |w| w.ordered().invoiced = d("12"), "already_invoiced invoiced!"),
    // Shares of a line that is invoiced on each of its budgets (budgets-and-orders, chapter 12): 60 and 40 % of 83.40.
    ("one budget's share", |w| w.shared("0", "0", vec![share("12", "FILM", "50.04")]), "matched"),
    ("two budgets' shares", |w| w.shared("0", "0", vec![share("12", "FILM", "50.04"), share("12", "FICTION", "33.36")]), "matched"),
    ("a code in other letters", |w| w.shared("0", "0", vec![share("12", " film ", "50.04")]), "matched"),
    // Of 7 pieces, 48.65, 29.19 are FILM's; of the next 5, so that it pays 50.04 in all, 20.85.
    ("two shares of some pieces", |w| w.shared("0", "0", vec![share("7", "FILM", "29.19"), share("5", "FILM", "20.85")]), "matched"),
    ("a share after others of its budget", |w| w.shared("7", "0", vec![share("5", "FILM", "20.85")]), "matched"),
    ("a share twice", |w| w.shared("0", "0", vec![share("12", "FILM", "50.04"), share("12", "FILM", "50.04")]), "already_invoiced invoiced!"),
    (
        "a share twice, in other letters",
        |w| w.shared("0", "0", vec![share("12", "FILM", "50.04"), share("12", "Film", "50.04")]),
        "already_invoiced invoiced!",
    ),
    ("a share of what is invoiced on another budget", |w| w.shared("12", "0", vec![share("12", "FICTION", "33.36")]), "matched"),
    ("a share of what is invoiced on its budget", |w| w.shared("12", "0", vec![share("12", "FILM", "50.04")]), "already_invoiced invoiced!"),
    ("a share above the whole", |w| w.shared("0", "0", vec![share("12", "FILM", "83.41")]), "price_difference price! total!"),
    (
        "the whole on each of two budgets",
        |w| w.shared("0", "0", vec![share("12", "FILM", "83.40"), share("12", "FICTION", "83.40")]),
        "price_difference price! price! total!",
    ),
    // 2 % of 50.04 are 1.0008.
    ("a share a little dearer", |w| w.shared("0", "0", vec![share("12", "FILM", "51.00")]), "within_tolerance price~"),
    (
        "a share too dear, the total within EUR 2",
        |w| {
            w.tolerances.total_amount = d("2");
            w.shared("0", "0", vec![share("12", "FILM", "51.05")]);
        },
        "price_difference price!",
    ),
    ("a cheaper share", |w| w.shared("0", "0", vec![share("12", "FILM", "40.00")]), "within_tolerance price~"),
    ("a share with a cent rounded otherwise", |w| w.shared("0", "0", vec![share("12", "FILM", "50.05")]), "within_tolerance price~"),
    (
        "a share does not hide a dearer line",
        |w| {
            let dearer = BillLine { price: Some(d("2.55")), net: d("12.75"), ..gauze() };
            w.tolerances.price_over.percent = d("3");
            w.tolerances.total_amount = d("0.10");
            w.shared("0", "0", vec![share("12", "FILM", "50.04"), dearer]);
            w.tolerances.total_percent = d("0");
        },
        "within_tolerance price~ total!",
    ),
    ("a share of more than was ordered", |w| w.shared("0", "0", vec![share("13", "FILM", "54.21")]), "quantity_difference quantity!"),
    ("a share of no piece", |w| w.shared("0", "0", vec![share("0", "FILM", "5.00")]), "price_difference price! total!"),
    ("a budget that the line is not on", |w| w.shared("0", "0", vec![share("12", "MUSIC", "50.04")]), "not_ordered budget!"),
    ("a share of a line on no budget", |w| w.bill.lines = vec![share("12", "FILM", "50.04")], "not_ordered budget!"),
    // One piece is one piece, whoever pays for it.
    ("a share after the whole", |w| w.shared("0", "0", vec![gloves(), share("12", "FILM", "50.04")]), "already_invoiced invoiced!"),
    ("the whole after a share", |w| w.shared("0", "0", vec![share("12", "FILM", "50.04"), gloves()]), "already_invoiced invoiced!"),
    ("the whole of what one budget was invoiced for", |w| w.shared("12", "0", vec![gloves()]), "already_invoiced invoiced!"),
    ("the whole of what some of was invoiced on one budget", |w| w.shared("5", "0", vec![gloves()]), "quantity_difference quantity!"),
    (
        "the whole of what is left on each budget",
        |w| {
            w.shared("5", "0", vec![gloves()]);
            w.counts("7", "48.65");
        },
        "matched",
    ),
    ("money back on a share", |w| w.shared("12", "12", vec![back("0", "FILM", "-5.00")]), "matched"),
    ("a share back", |w| w.shared("12", "12", vec![back("2", "FILM", "-8.34")]), "matched"),
    ("more back than a share", |w| w.shared("12", "12", vec![back("2", "FILM", "-13.90")]), "price_difference price!"),
    ("a share back that was not invoiced", |w| w.shared("12", "0", vec![back("2", "FICTION", "-5.56")]), "quantity_difference quantity!"),
    // Freight of 10.00, 60 and 40 %, and 0.75 on each piece: found by their names.
    ("a share of freight", |w| w.charged(vec![share("12", "FILM", "50.04"), charge_share("freight", "1", "6.00")]), "matched"),
    (
        "shares of freight twice",
        |w| w.charged(vec![charge_share("freight", "1", "6.00"), charge_share("freight", "1", "6.00")]),
        "already_invoiced invoiced!",
    ),
    ("a share of freight that is too dear", |w| w.charged(vec![charge_share("freight", "1", "10.00")]), "price_difference price! total!"),
    ("a share of what is charged on the line", |w| w.charged(vec![charge_share("1/label", "12", "5.40")]), "matched"),
    (
        "a share of freight, and freight besides",
        |w| {
            w.charged(vec![charge_share("freight", "1", "6.00")]);
            w.bill.charges = vec![charge("Verzending", "10.00")];
        },
        "matched charge!",
    ),
    ("invoiced, and credited again", |w| (w.ordered().invoiced, w.ordered().credited) = (d("12"), d("12")), "matched"),
    (
        "two lines for one of the order",
        |w| {
            w.counts("6", "41.70");
            let again = w.line().clone();
            w.bill.lines.push(again);
        },
        "matched",
    ),
    (
        "two lines, the second too many",
        |w| {
            w.bill.lines.push(BillLine { quantity: d("1"), net: d("6.95"), ..gloves() });
        },
        "already_invoiced invoiced!",
    ),
    // Prices and amounts.
    ("a little dearer", |w| w.costs("6.98", "83.76"), "within_tolerance price~"),
    ("dearer within 2 %, the total not within EUR 1", |w| w.costs("7.05", "84.60"), "within_tolerance price~ total!"),
    ("3 % dearer", |w| w.costs("7.16", "85.92"), "price_difference price! total!"),
    (
        "1.5 % dearer, but EUR 15",
        |w| {
            w.orders[0].lines[1] = ordered("2", "GAAS", "Gaas 10 x 10", "1000", "H87", ("1.00", "1"), "21");
            w.bill.lines = vec![billed("2", "GAAS", "", "1000", "H87", ("1.015", "1"), "1015.00")];
        },
        "price_difference price! total!",
    ),
    ("cheaper", |w| w.costs("6.00", "72.00"), "within_tolerance price~"),
    (
        "cheaper where that is limited",
        |w| {
            w.tolerances.price_under = Some(Tolerance { percent: d("5"), amount: None });
            w.costs("6.00", "72.00");
        },
        "price_difference price!",
    ),
    (
        "3 % dearer, a small difference",
        |w| {
            w.tolerances.small_difference = d("1");
            w.line().price = Some(d("7.16"));
            w.counts("2", "14.32");
        },
        "within_tolerance price~",
    ),
    ("an amount 2 cents off", |w| w.line().net = d("83.42"), "within_tolerance amount~"),
    ("an amount 3 cents off", |w| w.line().net = d("83.43"), "price_difference amount!"),
    ("a discount on the line", |w| w.line().net = d("80.00"), "within_tolerance amount~"),
    ("a surcharge on the line", |w| w.line().net = d("90.00"), "price_difference amount! total!"),
    // What is charged besides.
    ("freight that was not ordered", |w| w.bill.charges.push(charge("Freight", "12.50")), "matched charge!"),
    (
        "freight within what is allowed",
        |w| {
            w.tolerances.charges = d("15");
            w.bill.charges.push(charge("Freight", "12.50"));
        },
        "within_tolerance charge~",
    ),
    (
        "freight that was ordered",
        |w| {
            w.orders[0].charges.push(OrderedCharge { id: "freight".into(), open: d("12.50") });
            w.bill.charges.push(charge("Freight", "12.50"));
        },
        "matched",
    ),
    (
        "more freight than was ordered",
        |w| {
            w.orders[0].charges.push(OrderedCharge { id: "freight".into(), open: d("12.50") });
            w.bill.charges.push(charge("Freight", "15.00"));
        },
        "matched charge!",
    ),
    ("freight as a line", |w| w.bill.lines.push(billed("", "", "Vracht", "1", "C62", ("12.50", "1"), "12.50")), "not_ordered not_ordered!"),
    (
        "freight as a line within what is allowed",
        |w| {
            w.tolerances.charges = d("15");
            w.bill.lines.push(billed("", "", "Vracht", "1", "C62", ("12.50", "1"), "12.50"));
        },
        "within_tolerance not_ordered~",
    ),
    (
        "an article that was not ordered is no freight",
        |w| {
            w.tolerances.charges = d("15");
            w.bill.lines.push(billed("", "X-9", "Bezem", "1", "C62", ("12.50", "1"), "12.50"));
        },
        "not_ordered not_ordered!",
    ),
    ("a discount on the whole", |w| w.bill.charges.push(charge("Korting", "-5.00")), "within_tolerance charge~"),
    ("a line of nothing", |w| w.bill.lines.push(billed("", "", "Met dank", "1", "C62", ("0", "1"), "0.00")), "within_tolerance not_ordered~"),
    // VAT, currency, days, account, parties.
    ("another rate of VAT", |w| w.line().vat = Some(d("9")), "vat_difference vat!"),
    ("no VAT", |w| w.line().vat = None, "vat_difference vat!"),
    ("21.00 for 21", |w| w.line().vat = Some(d("21.00")), "matched"),
    ("a rate nobody knows of the article", |w| (w.ordered().vat, w.line().vat) = (None, Some(d("9"))), "matched"),
    ("another currency", |w| w.bill.currency = "USD".into(), "matched currency!"),
    ("older than the order", |w| w.bill.issued_on = "2026-03-01".into(), "matched date!"),
    (
        "older than the order within days",
        |w| {
            w.tolerances.days = 2;
            w.bill.issued_on = "2026-02-28".into();
        },
        "matched",
    ),
    ("of the day of the order", |w| w.bill.issued_on = "2026-03-02".into(), "matched"),
    ("of a day to come", |w| w.bill.issued_on = "2026-03-11".into(), "matched future!"),
    ("a changed account", |w| w.bill.accounts = vec!["BE68539007547034".into()], "matched account!"),
    ("its account with blanks", |w| w.bill.accounts = vec!["nl91 abna 0417 1643 00".into()], "matched"),
    ("two accounts, one of them strange", |w| w.bill.accounts.push("BE68539007547034".into()), "matched account!"),
    ("no account, direct debit", |w| w.bill.accounts.clear(), "matched"),
    ("no account is known of the supplier", |w| w.accounts.clear(), "matched account!"),
    ("for another company", |w| w.bill.buyer.company_id = "11111111".into(), "matched recipient!"),
    (
        "for us by another identifier",
        |w| {
            w.recipient.endpoint = "NL813602713B01".into();
            w.bill.buyer = Identity { vat_number: "NL813602713B01".into(), ..Identity::default() };
        },
        "matched",
    ),
    ("for nobody in particular", |w| w.bill.buyer = Identity::default(), "matched"),
    // Credits.
    (
        "a credit note for two",
        |w| {
            w.ordered().invoiced = d("12");
            w.takes_back("-2", "-13.90");
        },
        "matched",
    ),
    (
        "a credit note for more than was invoiced",
        |w| {
            w.ordered().invoiced = d("12");
            w.takes_back("-13", "-90.35");
        },
        "quantity_difference quantity!",
    ),
    ("a credit note for what was never invoiced", |w| w.takes_back("-2", "-13.90"), "quantity_difference quantity!"),
    (
        "a credit note that names the invoice only",
        |w| {
            w.ordered().invoiced = d("12");
            w.takes_back("-2", "-13.90");
            w.bill.order.clear();
            w.bill.preceding.push(" f-0 ".into());
            w.booked.push(("F-0".into(), "4500001234".into()));
        },
        "matched",
    ),
    (
        "a credit on the price",
        |w| {
            w.ordered().invoiced = d("12");
            w.takes_back("-12", "-6.00");
            w.line().price = Some(d("0.50"));
        },
        "within_tolerance price~",
    ),
    (
        "a credit at more than the price",
        |w| {
            w.ordered().invoiced = d("12");
            w.takes_back("-2", "-16.00");
            w.line().price = Some(d("8.00"));
        },
        "price_difference price!",
    ),
    (
        "a negative invoice",
        |w| {
            w.ordered().invoiced = d("12");
            w.counts("-2", "-13.90");
        },
        "matched",
    ),
    (
        "two taken back on the invoice itself",
        |w| {
            w.bill.lines.push(BillLine { quantity: d("-2"), net: d("-13.90"), ..gloves() });
        },
        "matched",
    ),
];

#[test]
fn every_case_of_the_table() {
    assert!(CASES.len() >= 60, "{}", CASES.len());
    let mut wrong = Vec::new();
    for (about, change, expected) in CASES {
        let mut world = world();
        change(&mut world);
        let found = told(&world.compared());
        if found != *expected {
            wrong.push(format!("{about}: {found}, not {expected}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Which way it was found, order and line.
#[test]
fn the_way_is_told() {
    let ways: [(Change, Way, LineWay); 5] = [
        (|_| {}, Way::Number, LineWay::OrderLine),
        (|w| w.bill.order = "PO-4500001234".into(), Way::Normalised, LineWay::OrderLine),
        (|w| w.bare().buyers_article = "Z-HND-1".into(), Way::Number, LineWay::BuyersArticle),
        (|w| w.line().order_line = "77".into(), Way::Number, LineWay::SellersArticle),
        (|w| w.bare().standard_article = "871HND-1".into(), Way::Number, LineWay::StandardArticle),
    ];
    for (change, way, line_way) in ways {
        let mut world = world();
        change(&mut world);
        let found = world.compared();
        assert_eq!(found.orders, [Found { order: 0, way }]);
        assert_eq!(found.lines[0].target.as_ref().map(|target| (target.line.as_str(), target.way)), Some(("1", line_way)));
    }
}

/// A buyer whose lines are 1.2 and 2 has them as 2 and 3 in the books: a supplier who got the order in UBL names the one, any other the other, and where
/// both can be meant the article tells.
#[test]
fn a_line_is_known_by_the_buyers_label_too() {
    for (named, article, meant) in [("2", "HND-1", "2"), ("2", "OTHER", "3"), ("1.2", "", "2"), ("3", "OTHER", "3"), ("3", "", "3")] {
        let mut world = world();
        let (second, third) = (world.ordered().clone(), OrderedLine { sellers_article: "OTHER".into(), ..world.ordered().clone() });
        world.orders[0].lines =
            vec![OrderedLine { line: "2".into(), label: "1.2".into(), ..second }, OrderedLine { line: "3".into(), label: "2".into(), ..third }];
        (world.line().order_line, world.line().sellers_article) = (named.into(), article.into());
        let found = world.compared();
        let target = found.lines[0].target.as_ref().map(|target| (target.line.as_str(), target.way));
        assert_eq!(target, Some((meant, LineWay::OrderLine)), "{named} {article}");
    }
}

/// 12 boxes of 10 are 120 pieces, and a difference is told in money: (7.16 − 6.95) × 12 = 2.52.
#[test]
fn figures_are_told_in_the_orders_unit_and_in_money() {
    let mut world = world();
    world.ordered().packs.push(Pack { unit: "XBX".into(), holds: d("10") });
    (world.ordered().unit, world.ordered().price) = ("H87".into(), d("0.695"));
    (world.ordered().ordered, world.ordered().received) = (d("120"), d("120"));
    world.costs("7.16", "85.92");
    let found = world.compared();
    assert_eq!(found.lines[0].quantity, d("120"));
    let price = &found.lines[0].reasons[0];
    assert_eq!((price.expected.as_str(), price.found.as_str(), price.money), ("0.695", "0.716", d("2.52")));
    assert_eq!(found.difference(), d("2.52"));
    assert!(found.needs_a_person());
}

/// Section 16: seller, number, year and type make the same document, whatever else it says.
#[test]
fn a_document_that_comes_twice_is_recognised() {
    let bill = world().bill;
    let same: [fn(&mut Bill); 3] = [|b| b.number = " f-1".into(), |b| b.seller.vat_number = "nl 0012.34567.b01".into(), |b| b.lines.clear()];
    let other: [fn(&mut Bill); 4] = [
        |b| b.number = "F-2".into(),
        |b| b.issued_on = "2027-03-05".into(),
        |b| b.kind = "381".into(),
        |b| b.seller.vat_number = "NL999999999B01".into(),
    ];
    let changed = |change: fn(&mut Bill)| {
        let mut bill = bill.clone();
        change(&mut bill);
        bill.identity()
    };
    assert!(same.into_iter().all(|change| changed(change) == bill.identity()));
    assert!(other.into_iter().all(|change| changed(change) != bill.identity()));
}

/// By identifiers, never by name; one that two share tells nobody apart.
#[test]
fn a_supplier_is_known_by_its_identifiers() {
    let acme = Identity { name: "Acme".into(), vat_number: "NL001234567B01".into(), company_id: "0202.239.951".into(), ..Identity::default() };
    let rival = Identity { name: "Rival".into(), company_id: "12345678".into(), ..Identity::default() };
    let suppliers = [("acme".to_string(), acme.clone()), ("rival".to_string(), rival.clone())];
    let by = |identity: Identity| supplier_of(&identity, &suppliers);
    assert_eq!(by(Identity { vat_number: "nl001234567b01".into(), ..Identity::default() }), Some("acme"));
    assert_eq!(by(Identity { endpoint: "BE0202239951".into(), ..Identity::default() }), Some("acme"));
    assert_eq!(by(Identity { name: "Acme".into(), ..Identity::default() }), None);
    assert_eq!(by(Identity { vat_number: acme.vat_number, company_id: rival.company_id, ..Identity::default() }), None);
}

/// The likeliest first, with why; nothing where it would be a coincidence.
#[test]
fn proposals_say_why() {
    let mut world = world();
    world.bare().name = "Nitril handschoenen M (doos)".into();
    world.costs("7.50", "90.00");
    world.bill.order.clear();
    let lines = propose_lines(&world.bill.lines[0], &world.orders, &[0, 1]);
    assert_eq!(lines, [Proposal { order: 0, line: "1".into(), why: vec![Why::SimilarName, Why::SameUnit, Why::OpenQuantity] }]);
    let orders = propose_orders(&world.bill, &world.orders, "acme");
    assert_eq!(orders.iter().map(|one| (one.order, one.lines)).collect::<Vec<_>>(), [(0, 1)]);
    assert_eq!(propose_orders(&world.bill, &world.orders, "nobody"), []);
}

/// Section 20: invoices of 20 000 lines occur. If each cost more the more there are, this would not end in the time a test is given.
#[test]
fn many_lines_cost_no_more_than_each() {
    let mut world = world();
    let article = |at: usize| format!("ART-{at:05}");
    world.orders[0].lines = (0..20_000).map(|at| ordered(&(at + 1).to_string(), &article(at), "A thing", "1", "H87", ("1.00", "1"), "21")).collect();
    world.bill.lines = (0..20_000).map(|at| billed("", &article(at), "A thing", "1", "H87", ("1.00", "1"), "1.00")).collect();
    assert_eq!(told(&world.compared()), "matched");
}
