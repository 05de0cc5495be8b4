//! Rights by person and budget: every command against every right, and the same through the API. Which right a command needs is taken from
//! budgets-and-orders, chapter 4 and chapter 10; nothing of the expectation is asked of the product.

use hookline::domain::books::ceiling::Policy;
use hookline::domain::books::command::*;
use hookline::domain::books::position::{Mode, SplitKind, Terms};
use hookline::domain::books::{Books, Budget, BudgetPeriod, Period, Settings, Status};
use hookline::domain::rights::{self, Asker, Grant, Missing, Right};
use rust_decimal::Decimal;
use serde_json::json;

use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway};

on_both_engines! {
    rights_hold_budget_by_budget_over_the_api,
    what_may_not_be_seen_is_nowhere,
    a_file_gives_and_takes_rights,
}

fn split(budgets: &[&str]) -> Split {
    Split { kind: SplitKind::Weights, rows: budgets.iter().map(|budget| ((*budget).into(), Decimal::ONE)).collect() }
}

fn line(budgets: &[&str], price: i64) -> NewLine {
    let terms = Terms { unit_price: Decimal::from(price), price_unit: Decimal::ONE, discount_percent: Decimal::ZERO, tax_percent: Decimal::ZERO };
    NewLine { number: "1".into(), quantity: Decimal::from(2), terms, mode: Mode::Quantity, split: split(budgets), charges: Vec::new() }
}

fn place(order: &str, budgets: &[&str], as_request: bool, passing: Override) -> Command {
    Command::Place(Place { order: order.into(), period: "2026".into(), lines: vec![line(budgets, 10)], charges: Vec::new(), as_request, passing })
}

fn replace(source: &str, budgets: &[&str]) -> Command {
    let Command::Place(place) = place("NEW", budgets, false, Override::No) else { unreachable!("a placing is one") };
    Command::Replace { source: source.into(), place }
}

fn revise(order: &str, budgets: &[&str]) -> Command {
    let lines = vec![line(budgets, 10)];
    Command::Revise(Revise { order: order.into(), period: "2026".into(), lines, charges: Vec::new(), divided: None, passing: Override::No })
}

/// ALL with A and B below it, 1000.00 on each leaf; one order and one request on A, an invoice of the order.
fn books() -> Books {
    let mut books = Books::new(Settings::default());
    let mut book = |command: Command| {
        let entry = books.decide(&command).unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"));
        books.apply(&entry);
    };
    for id in ["2026", "2027"] {
        book(Command::SetPeriod { period: Period { id: id.into(), status: Status::Open, ..Period::default() } });
    }
    for (code, parent) in [("ALL", None), ("A", Some("ALL")), ("B", Some("ALL"))] {
        let budget = Budget { code: code.into(), parent: parent.map(Into::into), postable: parent.is_some(), ..Budget::default() };
        book(Command::SetBudget { budget });
    }
    for code in ["A", "B"] {
        book(Command::Allocate(Allocate { at: BudgetPeriod::new(code, "2026"), amount: 100_000, passing: Override::No }));
    }
    book(place("PLACED", &["A"], false, Override::No));
    book(place("ASKED", &["A"], true, Override::No));
    book(Command::Deliver { order: "PLACED".into(), lines: vec![Part { line: "1".into(), quantity: Some(Decimal::ONE) }] });
    book(Command::Invoice(PostInvoice { invoice: "I".into(), lines: vec![invoice_line()], passing: Override::No }));
    books
}

fn invoice_line() -> InvoiceLine {
    let subject = Subject::OrderLine { order: "PLACED".into(), line: "1".into() };
    InvoiceLine { subject, quantity: Decimal::ONE, net: 1000, tax_percent: Decimal::ZERO, division: Division::Ordered, last: false }
}

/// Where a right must stand for a command.
#[derive(Clone, Copy)]
enum On {
    A,
    AandB,
    Parent,
    /// On the parent and all below it.
    Tree,
    All,
}

impl On {
    fn grants(self, right: Right) -> Vec<Grant> {
        let on = |budget: &str| Grant { right, budget: Some(budget.into()), with_children: false, up_to: None };
        match self {
            On::A => vec![on("A")],
            On::AandB => vec![on("A"), on("B")],
            On::Parent => vec![on("ALL")],
            On::Tree => vec![Grant { right, budget: Some("ALL".into()), with_children: true, up_to: None }],
            On::All => vec![Grant::everywhere(right)],
        }
    }
}

/// Every command with a name for the reader, where its right must stand, and the rights that suffice.
fn commands() -> Vec<(&'static str, Command, On, &'static [Right])> {
    use Right::{Allocate as MayAllocate, Approve, Close, Order, Request, Transfer as MayTransfer};
    let at = BudgetPeriod::new("A", "2026");
    let part = || vec![Part { line: "1".into(), quantity: Some(Decimal::ONE) }];
    let change = |order: &str| Change {
        order: order.into(),
        line: "1".into(),
        quantity: Some(Decimal::from(3)),
        unit_price: None,
        discount_percent: None,
        tax_percent: None,
        split: None,
        passing: Override::No,
    };
    let decide = |decision| Command::Decide { order: "ASKED".into(), decision };
    let turn = Turn { commitments: Commitments::WithMoney, rest: Rest::Lapse, forgiven: false };
    let closing = ClosePeriod { from: "2026".into(), to: "2027".into(), turn, exceptions: Default::default() };
    let credit = CreditLine {
        order: "PLACED".into(),
        line: "1".into(),
        quantity: Decimal::ZERO,
        net: 1,
        tax_percent: Decimal::ZERO,
        kind: CreditKind::Price,
        only: None,
    };
    let child = Budget { code: "NEW".into(), parent: Some("ALL".into()), ..Budget::default() };
    vec![
        ("settings", Command::SetSettings { settings: Settings::default() }, On::All, &[MayAllocate]),
        ("period", Command::SetPeriod { period: Period { id: "2028".into(), ..Period::default() } }, On::All, &[Close]),
        ("budget at the top", Command::SetBudget { budget: Budget { parent: None, ..child.clone() } }, On::All, &[MayAllocate]),
        ("budget below another", Command::SetBudget { budget: child }, On::Parent, &[MayAllocate]),
        ("policy", Command::SetPolicy { at: at.clone(), policy: Policy::default() }, On::A, &[MayAllocate]),
        ("allocate", Command::Allocate(Allocate { at, amount: 1, passing: Override::No }), On::A, &[MayAllocate]),
        ("transfer", Command::Transfer(Transfer { from: "A".into(), to: "B".into(), period: "2026".into(), amount: 1 }), On::AandB, &[MayTransfer]),
        ("place", place("NEW", &["A"], false, Override::No), On::A, &[Order]),
        ("place on two", place("NEW", &["A", "B"], false, Override::No), On::AandB, &[Order]),
        ("replace", replace("PLACED", &["A"]), On::A, &[Order]),
        ("replace on another budget", replace("PLACED", &["B"]), On::AandB, &[Order]),
        ("request", place("NEW", &["A"], true, Override::No), On::A, &[Request, Order]),
        ("approve", decide(Decision::Approve), On::A, &[Approve]),
        ("reject", decide(Decision::Reject), On::A, &[Approve]),
        ("expire", decide(Decision::Expire), On::All, &[]),
        ("change an order", Command::Change(change("PLACED")), On::A, &[Order]),
        ("change a request", Command::Change(change("ASKED")), On::A, &[Request, Order]),
        ("change to another budget", Command::Change(Change { split: Some(split(&["B"])), ..change("PLACED") }), On::AandB, &[Order]),
        ("revise an order", revise("PLACED", &["A"]), On::A, &[Order]),
        ("revise a request", revise("ASKED", &["A"]), On::A, &[Request, Order]),
        ("revise onto another budget", revise("PLACED", &["A", "B"]), On::AandB, &[Order]),
        ("deliver", Command::Deliver { order: "PLACED".into(), lines: part() }, On::A, &[Order]),
        ("redeliver", Command::Redeliver { order: "PLACED".into(), back: part(), lines: part() }, On::A, &[Order]),
        ("cancel", Command::Shrink(Shrink { order: "PLACED".into(), lines: part() }), On::A, &[Order]),
        ("withdraw", Command::Shrink(Shrink { order: "ASKED".into(), lines: Vec::new() }), On::A, &[Request, Order]),
        ("close a line", Command::CloseLine { order: "PLACED".into(), line: "1".into(), closed: true }, On::A, &[Order]),
        ("invoice", Command::Invoice(PostInvoice { invoice: "J".into(), lines: vec![invoice_line()], passing: Override::No }), On::A, &[Order]),
        (
            "invoice run",
            Command::InvoiceRun(InvoiceRun { run: "R".into(), items: vec![invoice_line()], on_ceiling: OnCeiling::StopAtFirst }),
            On::A,
            &[Order],
        ),
        ("cancel an invoice", Command::CancelInvoice { invoice: "I".into() }, On::A, &[Order]),
        ("credit", Command::Credit(PostCredit { lines: vec![credit], invoice: None, open_period: None }), On::A, &[Order]),
        ("close a period", Command::ClosePeriod(closing), On::Tree, &[Close]),
    ]
}

/// Whoever adds a command says here what it needs: this match has no other arm.
fn is_in_the_table(command: &Command) -> &'static str {
    match command {
        Command::SetSettings { .. } => "settings",
        Command::SetPeriod { .. } => "period",
        Command::SetBudget { .. } => "budget",
        Command::SetPolicy { .. } => "policy",
        Command::Allocate(_) => "allocate",
        Command::Transfer(_) => "transfer",
        Command::Place(_) => "place",
        Command::Replace { .. } => "replace",
        Command::Decide { .. } => "decide",
        Command::Change(_) => "change",
        Command::Revise(_) => "revise",
        Command::Deliver { .. } => "deliver",
        Command::Redeliver { .. } => "redeliver",
        Command::Shrink(_) => "shrink",
        Command::CloseLine { .. } => "close line",
        Command::Invoice(_) => "invoice",
        Command::InvoiceRun(_) => "invoice run",
        Command::CancelInvoice { .. } => "cancel invoice",
        Command::Credit(_) => "credit",
        Command::ClosePeriod(_) => "close period",
    }
}

#[test]
fn every_command_needs_its_right_and_no_other_will_do() {
    let books = books();
    let table = commands();
    let kinds: std::collections::BTreeSet<&str> = table.iter().map(|(_, command, _, _)| is_in_the_table(command)).collect();
    assert_eq!(kinds.len(), 20, "a kind of command is not in the table: {kinds:?}");
    let mut wrong = Vec::new();
    for (name, command, on, enough) in &table {
        for right in Right::ALL {
            let with = |grants: Vec<Grant>| rights::check(&books, &Asker::Person(grants), command).is_ok();
            let expected = enough.contains(&right);
            for (where_it_stands, grants) in [("there", on.grants(right)), ("everywhere", vec![Grant::everywhere(right)])] {
                if with(grants) != expected {
                    wrong.push(format!("{name} with {} {where_it_stands}: should be {expected}", right.as_str()));
                }
            }
            // The right on something else is no right here, and on the parent only when it goes down to its children.
            let elsewhere = Grant { right, budget: Some("B".into()), with_children: true, up_to: None };
            let above = |with_children| Grant { right, budget: Some("ALL".into()), with_children, up_to: None };
            let below_all = matches!(on, On::A | On::AandB | On::Tree);
            for (where_it_stands, grant, expected) in [
                ("on another budget", elsewhere, false),
                ("on the parent alone", above(false), expected && matches!(on, On::Parent)),
                ("on the parent and below", above(true), expected && (below_all || matches!(on, On::Parent))),
            ] {
                if with(vec![grant]) != expected {
                    wrong.push(format!("{name} with {} {where_it_stands}: should be {expected}", right.as_str()));
                }
            }
        }
        if rights::check(&books, &Asker::Person(Vec::new()), command).is_ok() {
            wrong.push(format!("{name} without any right"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn suppliers_and_the_clock_do_their_own_and_nothing_else() {
    let books = books();
    let may = |asker: &Asker| -> Vec<&str> {
        commands().into_iter().filter(|(_, command, _, _)| rights::check(&books, asker, command).is_ok()).map(|(name, _, _, _)| name).collect()
    };
    assert_eq!(may(&Asker::Clock), ["expire"]);
    assert_eq!(may(&Asker::Supplier), ["deliver", "redeliver", "cancel", "withdraw", "invoice", "invoice run", "cancel an invoice", "credit"]);
    assert_eq!(may(&Asker::SetUp).len(), commands().len());
    let passing = Command::Invoice(PostInvoice { invoice: "J".into(), lines: vec![invoice_line()], passing: Override::Yes });
    assert!(rights::check(&books, &Asker::Supplier, &passing).is_err(), "a supplier passes no ceiling");
}

#[test]
fn an_override_needs_its_right_as_far_as_it_goes() {
    let books = books();
    // 1000.00 − 20.00 − 20.00 is left on A: an order of 1000.00 is 40.00 over.
    let mut wanted = Place {
        order: "NEW".into(),
        period: "2026".into(),
        lines: vec![line(&["A"], 500)],
        charges: Vec::new(),
        as_request: false,
        passing: Override::Yes,
    };
    let own = |right, up_to| Grant { right, budget: Some("A".into()), with_children: false, up_to };
    let may = |place: &Place, grants: Vec<Grant>| rights::check(&books, &Asker::Person(grants), &Command::Place(place.clone())).is_ok();
    assert!(!may(&wanted, vec![own(Right::Order, None)]));
    assert!(!may(&wanted, vec![own(Right::Override, None)]), "an override is no order");
    assert!(!may(&wanted, vec![own(Right::Order, None), own(Right::Override, Some(3_999))]));
    assert!(may(&wanted, vec![own(Right::Order, None), own(Right::Override, Some(4_000))]));
    wanted.passing = Override::No;
    assert!(may(&wanted, vec![own(Right::Order, None)]), "whether there is money is not asked here");
    // Of two rights on the way up the larger counts.
    let decide = Command::Decide { order: "ASKED".into(), decision: Decision::Approve };
    let above = Grant { right: Right::Approve, budget: Some("ALL".into()), with_children: true, up_to: Some(2_000) };
    for (grants, expected) in [
        (vec![own(Right::Approve, Some(1_999))], false),
        (vec![own(Right::Approve, Some(2_000))], true),
        (vec![own(Right::Approve, Some(1)), above], true),
    ] {
        assert_eq!(rights::check(&books, &Asker::Person(grants.clone()), &decide).is_ok(), expected, "{grants:?}");
    }
}

#[test]
fn what_may_not_be_seen_is_not_there() {
    let books = books();
    let on_b = Grant { right: Right::See, budget: Some("B".into()), with_children: true, up_to: None };
    let refused = |budget: &str| rights::check(&books, &Asker::Person(vec![on_b.clone()]), &place("NEW", &[budget], false, Override::No));
    assert_eq!(refused("A"), Err(Missing::Hidden("A".into())));
    assert!(matches!(refused("B"), Err(Missing::Right(_))));
}

pub fn person(name: &str, roles: &str) -> String {
    format!(
        "[[person]]\nsign_in = \"{name}@library.example\"\npassword = \"Password-of-{name}-1\"\nname = \"{name}\"\n\
         mail = \"{name}@library.example\"\nlanguage = \"en\"\nbuyer = \"library\"\nroles = [{roles}]\n"
    )
}

pub async fn signed_in(gateway: &Gateway, name: &str) -> Api {
    Api::signed_in(gateway.address, &format!("{name}@library.example"), &format!("Password-of-{name}-1")).await.expect("signed in")
}

fn right(person: &str, budget: &str, right: &str) -> String {
    format!("[[budget_right]]\nbuyer = \"library\"\nperson = \"{person}@library.example\"\nbudget = \"{budget}\"\nright = \"{right}\"\n")
}

const FILM: &str = "[[budget]]\nbuyer = \"library\"\ncode = \"FILM\"\nname = \"Film\"\namount = \"100.00\"\n";

async fn rights_hold_budget_by_budget_over_the_api(engine: Engine) {
    let people = [("ann", "\"orderer\""), ("bob", "\"orderer\""), ("chief", "\"viewer\"")].map(|(name, role)| person(name, role)).concat();
    let gateway = Gateway::with(engine, &format!("{WORLD}{FILM}{people}")).await;
    let (mut ann, mut bob) = (signed_in(&gateway, "ann").await, signed_in(&gateway, "bob").await);
    let order = |number: &str, budget: &str| json!({"number": number, "connection": "lib", "lines": [{"article": "BOOK-1", "quantity": "1", "coding": {"budget_code": budget}}]});
    // Without a row the roles decide.
    assert_eq!(ann.call("POST", "/api/v1/orders", Some(&order("1", "FILM"))).await.expect("an answer").status, 201);
    let all = right("chief", "FICTION", "see").replace("budget = \"FICTION\"\n", "");
    gateway.apply(&format!("{}{}{all}", right("ann", "FICTION", "order"), right("bob", "FICTION", "see"))).await.expect("applied");
    for (who, budget, expected) in [("ann", "FICTION", 201), ("ann", "FILM", 404), ("bob", "FICTION", 403), ("bob", "FILM", 404)] {
        let api = if who == "ann" { &mut ann } else { &mut bob };
        let answer = api.call("POST", "/api/v1/orders", Some(&order(&format!("2-{who}-{budget}"), budget))).await.expect("an answer");
        assert_eq!(answer.status, expected, "{who} on {budget}: {}", answer.text());
    }
    // What was refused has reserved nothing: one order on each.
    let mut chief = signed_in(&gateway, "chief").await;
    let committed: Vec<i64> =
        chief.items("/api/v1/budgets").await.expect("the budgets").iter().map(|item| item["committed"].as_i64().expect("an amount")).collect();
    assert_eq!(committed, [1000, 1000]);
    gateway.stop().await;
}

/// `see`: a budget that is hidden is in no list, no sum, no file and no page.
async fn what_may_not_be_seen_is_nowhere(engine: Engine) {
    let people = [("ann", "\"viewer\""), ("buyer", "\"orderer\""), ("chief", "\"viewer\"")].map(|(name, role)| person(name, role)).concat();
    let film = FILM.replace("[[budget]]\n", "[[budget]]\nparent = \"MEDIA\"\n");
    let media = "[[budget]]\nbuyer = \"library\"\ncode = \"MEDIA\"\nname = \"Media\"\namount = \"150.00\"\npostable = false\n";
    let gateway = Gateway::with(engine, &format!("{WORLD}{media}{film}{people}")).await;
    let everything = |who: &str| right(who, "FILM", "see").replace("budget = \"FILM\"\n", "");
    let rights =
        format!("{}{}{}{}", right("ann", "FICTION", "see"), right("buyer", "FILM", "order"), right("buyer", "FICTION", "order"), everything("chief"));
    gateway.apply(&rights).await.expect("applied");
    let mut buyer = signed_in(&gateway, "buyer").await;
    let halves = json!([{"budget": "FICTION", "percent": "50"}, {"budget": "FILM", "percent": "50"}]);
    let order = json!({"number": "1", "connection": "lib", "lines": [{"article": "BOOK-1", "quantity": "4", "split": halves}]});
    assert_eq!(buyer.call("POST", "/api/v1/orders", Some(&order)).await.expect("an answer").status, 201);
    let part = json!({"line": 1, "quantity": "1"});
    assert_eq!(buyer.call("POST", "/api/v1/orders/1/cancellations", Some(&json!({"lines": [part]}))).await.expect("an answer").status, 200);
    for (who, is_hidden) in [("ann", true), ("chief", false)] {
        let mut api = signed_in(&gateway, who).await;
        for target in [
            "/api/v1/budgets",
            "/api/v1/budgets.csv",
            "/api/v1/budgets/analysis?by=owner",
            "/api/v1/budgets/released",
            "/api/v1/orders/1/money",
            "/budgets",
            "/budgets.csv",
            "/budgets/released",
            "/budgets/over",
        ] {
            let answer = api.call("GET", target, None).await.expect("an answer");
            assert_eq!(answer.status, 200, "{target}: {}", answer.text());
            let text = answer.text();
            assert!(!is_hidden || !(text.contains("FILM") || text.contains("MEDIA")), "{who} {target}: {text}");
            assert!(target.contains("analysis") || target.contains("over") || text.contains("FICTION"), "{who} {target}: {text}");
        }
        // 3 × 10.00 in halves: what is hidden is in no sum either.
        let sums = api.get("/api/v1/budgets/analysis?by=supplier").await.expect("the analysis");
        assert_eq!(sums["items"][0]["committed"], if is_hidden { 1500 } else { 3000 }, "{who}: {sums}");
        for target in ["/api/v1/budgets/FILM/2026", "/budgets/FILM/2026", "/budgets/MEDIA/2026", "/api/v1/budgets/FILM/2026/orders"] {
            let status = api.call("GET", target, None).await.expect("an answer").status;
            assert_eq!(status, if is_hidden { 404 } else { 200 }, "{who} {target}");
        }
    }
    gateway.stop().await;
}

async fn a_file_gives_and_takes_rights(engine: Engine) {
    let gateway = Gateway::with(engine, &format!("{WORLD}{}", person("ann", "\"approver\""))).await;
    let app = &gateway.server.app;
    let limited = |amount: &str| format!("{}up_to = \"{amount}\"\n", right("ann", "FICTION", "approve"));
    let steps = |plan: hookline::flow::applying::Plan| plan.steps.into_iter().map(|(_, word)| word).collect::<Vec<_>>();
    let file = format!("{}{}", right("ann", "FICTION", "see"), limited("500.00"));
    assert_eq!(steps(hookline::flow::applying::plan(app, &file).await.expect("a plan")), ["create", "create"]);
    gateway.apply(&file).await.expect("applied");
    assert_eq!(steps(hookline::flow::applying::plan(app, &file).await.expect("a plan")), ["same", "same"]);
    let exported = hookline::flow::exporting::export(app).await.expect("a file");
    assert!(exported.contains("[[budget_right]]") && exported.contains("up_to = \"500.00\""), "{exported}");
    assert_eq!(hookline::flow::applying::plan(app, &exported).await.expect("a plan").changes(), 0);
    // What is left out is taken away.
    assert_eq!(steps(hookline::flow::applying::plan(app, &limited("250.00")).await.expect("a plan")), ["change", "change"]);
    for (wrong, key) in [
        (right("ann", "NOPE", "see"), "budget"),
        (right("nobody", "FICTION", "see"), "person"),
        (right("ann", "FICTION", "rule"), "right"),
        (format!("{}up_to = \"1.00\"\n", right("ann", "FICTION", "order")), "up_to"),
        (format!("{}role = \"viewer\"\n", right("ann", "FICTION", "see")), "person"),
        ("[[approval_step]]\nbuyer = \"library\"\nbudget = \"FICTION\"\nrole = \"king\"\n".to_string(), "role"),
        ("[[substitute]]\nbuyer = \"library\"\nperson = \"a\"\nby = \"b\"\nfrom = \"2026-02-30\"\nuntil = \"2026-03-01\"\n".to_string(), "until"),
    ] {
        let error = gateway.apply(&wrong).await.expect_err(key);
        assert!(error.contains(&format!("\"{key}\"")), "{key}: {error}");
    }
    gateway.stop().await;
}
