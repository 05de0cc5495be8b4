//! Reads scenario files (reference budgets-and-orders, chapter 17): a setup, events for the books, and what must come of them. A word it does
//! not know is an error, never skipped: a scenario that is half understood proves nothing. Pure; plays nothing itself.

pub mod judging;

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::domain::books::ceiling::{Ceiling, Level, Policy};
use crate::domain::books::command::{
    Allocate, Change, Charge, ClosePeriod, Command, Commitments, CreditKind, CreditLine, Decision, Division, InvoiceLine, InvoiceRun, NewLine,
    OnCeiling, Override, Part, Place, PostCredit, PostInvoice, Rest, Shrink, Split, Subject, Transfer, Turn,
};
use crate::domain::books::position::{Mode, SplitKind, Terms};
use crate::domain::books::{Budget, BudgetPeriod, Period, Settings, Status, TaxBasis};

/// One case: what is there, what happens, what must be found.
#[derive(Debug)]
pub struct Case {
    pub id: String,
    pub title: String,
    pub settings: Settings,
    /// Periods, budgets and policies, in an order in which parents come first.
    pub setup: Vec<Command>,
    pub steps: Vec<Step>,
    /// What must be found at the end, and outcomes of which one must be.
    pub balances: Balances,
    pub one_of: Vec<Balances>,
}

/// Figures by budget period.
pub type Balances = BTreeMap<BudgetPeriod, Figures>;

#[derive(Debug)]
pub struct Step {
    pub what: What,
    pub expect: Expect,
    pub balances: Balances,
}

/// A command with the key it may be repeated under, or many at once.
#[derive(Debug)]
pub enum What {
    One { command: Command, key: Option<String>, preview: bool },
    Parallel { commands: Vec<Command>, always: BTreeMap<BudgetPeriod, i64> },
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    pub result: Option<String>,
    pub code: Option<String>,
    pub over: Option<Vec<String>>,
    pub replayed: Option<bool>,
    pub preview: Option<bool>,
    pub report: Option<ReportExpected>,
    pub invoiced: Option<Vec<String>>,
    pub held: Option<Vec<String>>,
    pub tally: Option<BTreeMap<String, usize>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportExpected {
    pub carried: Option<i64>,
    pub lapsed: Option<i64>,
    pub short: Option<Vec<(String, i64)>>,
}

/// Only what is written is compared.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Figures {
    pub funding: Option<i64>,
    pub available: Option<i64>,
    pub precommitted: Option<i64>,
    pub committed: Option<i64>,
    pub delivered: Option<i64>,
    pub expended: Option<i64>,
}

/// A whole number or a text that holds a decimal.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "Value")]
struct Number(Decimal);

impl TryFrom<Value> for Number {
    type Error = String;

    fn try_from(value: Value) -> Result<Number, String> {
        let text = match &value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            other => return Err(format!("{other} is no number")),
        };
        text.parse().map(Number).map_err(|_| format!("{text} is no decimal"))
    }
}

fn decimal(number: Option<Number>) -> Decimal {
    number.map_or(Decimal::ZERO, |number| number.0)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    #[expect(dead_code, reason = "named so that it is no unknown word")]
    format: Option<String>,
    #[expect(dead_code, reason = "named so that it is no unknown word")]
    note: Option<String>,
    cases: Vec<CaseText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseText {
    id: String,
    #[serde(default)]
    title: String,
    #[expect(dead_code, reason = "for readers")]
    note: Option<String>,
    setup: SetupText,
    events: Vec<Map<String, Value>>,
    expect: Option<Value>,
    #[serde(default)]
    expect_one_of: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetupText {
    currency: Option<String>,
    tax_basis: Option<TaxText>,
    #[serde(default)]
    periods: Vec<PeriodText>,
    #[serde(default)]
    budgets: Vec<BudgetText>,
    #[serde(default)]
    policies: Vec<PolicyText>,
    price_tolerance: Option<ToleranceText>,
    advance_orders: Option<bool>,
    overdistribution: Option<String>,
    credit_period: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TaxText {
    Word(String),
    Part { recoverable_pct: Number },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeriodText {
    id: String,
    status: String,
    parent: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BudgetText {
    code: String,
    parent: Option<String>,
    postable: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToleranceText {
    pct: Option<Number>,
    abs: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CeilingText {
    level: Option<String>,
    pct: Option<Number>,
    abs: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyText {
    budget: String,
    period: String,
    commit: Option<CeilingText>,
    spend: Option<CeilingText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SplitText {
    budget: String,
    pct: Option<Number>,
    weight: Option<Number>,
    amount: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChargeText {
    id: String,
    unit_price: Number,
    vat_pct: Option<Number>,
    split: Vec<SplitText>,
    per_unit: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineText {
    line: String,
    qty: Number,
    unit_price: Number,
    price_unit: Option<Number>,
    discount_pct: Option<Number>,
    vat_pct: Option<Number>,
    mode: Option<String>,
    split: Vec<SplitText>,
    #[serde(default)]
    charges: Vec<ChargeText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InvoiceLineText {
    order: Option<String>,
    line: Option<String>,
    budget: Option<String>,
    period: Option<String>,
    qty: Option<Number>,
    net: i64,
    vat_pct: Option<Number>,
    split: Option<Vec<SplitText>>,
    #[serde(rename = "final", default)]
    last: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreditText {
    order: String,
    line: String,
    qty: Option<Number>,
    net: i64,
    vat_pct: Option<Number>,
    mode: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RestText {
    mode: String,
    pct: Option<Number>,
    cap: Option<i64>,
}

/// Events by their word, with exactly the fields that chapter 17 gives them.
#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
enum Event {
    Allocate {
        budget: String,
        period: String,
        amount: i64,
        #[serde(rename = "override", default)]
        passing: bool,
    },
    Transfer {
        from: String,
        to: String,
        period: String,
        amount: i64,
    },
    SetPolicy {
        budget: String,
        period: String,
        commit: Option<CeilingText>,
        spend: Option<CeilingText>,
    },
    SetPeriod {
        period: String,
        status: String,
    },
    Place {
        order: String,
        period: String,
        lines: Vec<LineText>,
        stage: Option<String>,
        key: Option<String>,
        #[serde(rename = "override", default)]
        passing: bool,
    },
    Approve {
        order: String,
    },
    Reject {
        order: String,
    },
    Change {
        order: String,
        line: String,
        qty: Option<Number>,
        unit_price: Option<Number>,
        discount_pct: Option<Number>,
        vat_pct: Option<Number>,
        split: Option<Vec<SplitText>>,
    },
    Deliver {
        order: String,
        line: String,
        qty: Option<Number>,
    },
    Cancel {
        order: String,
        line: Option<String>,
        qty: Option<Number>,
    },
    Undeliverable {
        order: String,
        line: String,
        qty: Option<Number>,
    },
    CloseLine {
        order: String,
        line: String,
    },
    ReopenLine {
        order: String,
        line: String,
    },
    Invoice {
        invoice: String,
        lines: Vec<InvoiceLineText>,
        #[serde(rename = "override", default)]
        passing: bool,
    },
    InvoiceRun {
        run: String,
        items: Vec<InvoiceLineText>,
        on_ceiling: Option<String>,
    },
    CancelInvoice {
        invoice: String,
    },
    Credit {
        lines: Vec<CreditText>,
    },
    ClosePeriod {
        from: String,
        to: String,
        commitments: String,
        available: RestText,
        overspend: Option<String>,
        #[serde(default)]
        preview: bool,
    },
}

/// What stays of a setup for later events.
struct Known {
    periods: BTreeMap<String, Option<String>>,
    credit_period: Option<Arc<str>>,
}

/// Reads a file. An error names the case and the event.
pub fn read(text: &[u8]) -> Result<Vec<Case>, String> {
    let file: FileText = serde_json::from_slice(text).map_err(|e| e.to_string())?;
    file.cases
        .into_iter()
        .map(|case| {
            let id = case.id.clone();
            read_case(case).map_err(|e| format!("{id}: {e}"))
        })
        .collect()
}

fn read_case(case: CaseText) -> Result<Case, String> {
    let setup = case.setup;
    let settings = Settings {
        exponent: exponent(setup.currency.as_deref())?,
        tax_basis: match setup.tax_basis {
            None => TaxBasis::Gross,
            Some(TaxText::Word(word)) => match word.as_str() {
                "gross" => TaxBasis::Gross,
                "net" => TaxBasis::Net,
                other => return Err(unknown("tax_basis", other)),
            },
            Some(TaxText::Part { recoverable_pct }) => TaxBasis::Recoverable(recoverable_pct.0),
        },
        tolerance_percent: setup.price_tolerance.as_ref().and_then(|tolerance| tolerance.pct).map(|pct| pct.0),
        tolerance_absolute: setup.price_tolerance.as_ref().and_then(|tolerance| tolerance.abs),
        advance_orders: setup.advance_orders.unwrap_or(false),
        overdistribution: match setup.overdistribution.as_deref() {
            None | Some("allow") => true,
            Some("forbid") => false,
            Some(other) => return Err(unknown("overdistribution", other)),
        },
        ..Settings::default()
    };
    let known = Known {
        periods: setup.periods.iter().map(|period| (period.id.clone(), period.parent.clone())).collect(),
        credit_period: setup.credit_period.map(Arc::from),
    };
    let mut commands = Vec::new();
    for period in &setup.periods {
        commands.push(set_period(&period.id, period.parent.as_deref(), &period.status)?);
    }
    for budget in setup.budgets {
        let postable = budget.postable.unwrap_or(true);
        commands.push(Command::SetBudget {
            budget: Budget { code: budget.code.into(), parent: budget.parent.map(Arc::from), postable, ..Budget::default() },
        });
    }
    for policy in setup.policies {
        commands.push(set_policy(&policy.budget, &policy.period, policy.commit, policy.spend)?);
    }
    let steps = case.events.into_iter().enumerate().map(|(at, event)| step(event, &known).map_err(|e| format!("event {}: {e}", at + 1)));
    Ok(Case {
        id: case.id,
        title: case.title,
        settings,
        setup: commands,
        steps: steps.collect::<Result<_, _>>()?,
        balances: case.expect.map_or_else(|| Ok(Balances::new()), outcome)?,
        one_of: case.expect_one_of.into_iter().map(outcome).collect::<Result<_, _>>()?,
    })
}

fn exponent(currency: Option<&str>) -> Result<u32, String> {
    let code = currency.unwrap_or("EUR");
    crate::domain::money::Currency::parse(code).map(|currency| currency.exponent()).ok_or_else(|| unknown("currency", code))
}

fn unknown(field: &str, word: &str) -> String {
    format!("{field}: {word} is not known")
}

fn step(mut event: Map<String, Value>, known: &Known) -> Result<Step, String> {
    let mut taken = |name: &str| event.remove(name);
    let expect = taken("expect").map_or_else(|| Ok(Expect::default()), serde_json::from_value).map_err(|e| format!("expect: {e}"))?;
    let balances = taken("balances").map_or_else(|| Ok(Balances::new()), figures)?;
    drop(taken("note"));
    let what = if event.get("op").and_then(Value::as_str) == Some("parallel") { parallel(event, known)? } else { one(event, known)? };
    Ok(Step { what, expect, balances })
}

/// What must be found at the end of a case: figures by `CODE@PERIOD`, bare or under `balances`.
fn outcome(mut value: Value) -> Result<Balances, String> {
    let wrapped = value.as_object_mut().filter(|object| object.len() == 1).and_then(|object| object.remove("balances"));
    figures(wrapped.unwrap_or(value))
}

fn figures(value: Value) -> Result<Balances, String> {
    let named: BTreeMap<String, Figures> = serde_json::from_value(value).map_err(|e| format!("balances: {e}"))?;
    named.into_iter().map(|(name, figures)| Ok((budget_period(&name)?, figures))).collect()
}

fn budget_period(name: &str) -> Result<BudgetPeriod, String> {
    let (budget, period) = name.split_once('@').ok_or_else(|| format!("{name} is no CODE@PERIOD"))?;
    Ok(BudgetPeriod::new(budget, period))
}

fn parallel(event: Map<String, Value>, known: &Known) -> Result<What, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Floor {
        available_min: i64,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Text {
        #[serde(rename = "op")]
        _op: String,
        count: Option<usize>,
        template: Option<Value>,
        #[serde(default)]
        ops: Vec<Map<String, Value>>,
        #[serde(default)]
        always: BTreeMap<String, Floor>,
    }
    let text: Text = serde_json::from_value(Value::Object(event)).map_err(|e| e.to_string())?;
    let mut events = text.ops;
    if let Some(template) = text.template {
        for number in 1..=text.count.unwrap_or(0) {
            let filled = template.to_string().replace("{i}", &number.to_string());
            events.push(serde_json::from_str(&filled).map_err(|e| e.to_string())?);
        }
    }
    let command = |event| match one(event, known)? {
        What::One { command, .. } => Ok(command),
        What::Parallel { .. } => Err("parallel within parallel".to_string()),
    };
    let commands = events.into_iter().map(command).collect::<Result<_, String>>()?;
    let always = text.always.into_iter().map(|(name, floor)| Ok((budget_period(&name)?, floor.available_min))).collect::<Result<_, String>>()?;
    Ok(What::Parallel { commands, always })
}

fn part(line: &str, quantity: Option<Number>) -> Part {
    Part { line: line.into(), quantity: quantity.map(|quantity| quantity.0) }
}

fn passing(yes: bool) -> Override {
    if yes { Override::Yes } else { Override::No }
}

fn one(event: Map<String, Value>, known: &Known) -> Result<What, String> {
    let event: Event = serde_json::from_value(Value::Object(event)).map_err(|e| e.to_string())?;
    let (mut key, mut is_preview) = (None, false);
    let command = match event {
        Event::Allocate { budget, period, amount, passing: yes } => {
            Command::Allocate(Allocate { at: BudgetPeriod::new(&budget, &period), amount, passing: passing(yes) })
        }
        Event::Transfer { from, to, period, amount } => {
            Command::Transfer(Transfer { from: from.into(), to: to.into(), period: period.into(), amount })
        }
        Event::SetPolicy { budget, period, commit, spend } => set_policy(&budget, &period, commit, spend)?,
        Event::SetPeriod { period, status } => {
            let parent = known.periods.get(&period).cloned().flatten();
            set_period(&period, parent.as_deref(), &status)?
        }
        Event::Place { order, period, lines, stage, key: repeated, passing: yes } => {
            key = repeated;
            let as_request = match stage.as_deref() {
                None => false,
                Some("request") => true,
                Some(other) => return Err(unknown("stage", other)),
            };
            let lines = lines.into_iter().map(new_line).collect::<Result<_, _>>()?;
            Command::Place(Place { order: order.into(), period: period.into(), lines, charges: Vec::new(), as_request, passing: passing(yes) })
        }
        Event::Approve { order } => Command::Decide { order: order.into(), decision: Decision::Approve },
        Event::Reject { order } => Command::Decide { order: order.into(), decision: Decision::Reject },
        Event::Change { order, line, qty, unit_price, discount_pct, vat_pct, split } => Command::Change(Change {
            order: order.into(),
            line: line.into(),
            quantity: qty.map(|qty| qty.0),
            unit_price: unit_price.map(|price| price.0),
            discount_percent: discount_pct.map(|pct| pct.0),
            tax_percent: vat_pct.map(|pct| pct.0),
            split: split.map(read_split).transpose()?,
            passing: Override::No,
        }),
        Event::Deliver { order, line, qty } => Command::Deliver { order: order.into(), lines: vec![part(&line, qty)] },
        Event::Cancel { order, line, qty } => {
            Command::Shrink(Shrink { order: order.into(), lines: line.iter().map(|line| part(line, qty)).collect() })
        }
        Event::Undeliverable { order, line, qty } => Command::Shrink(Shrink { order: order.into(), lines: vec![part(&line, qty)] }),
        Event::CloseLine { order, line } => Command::CloseLine { order: order.into(), line: line.into(), closed: true },
        Event::ReopenLine { order, line } => Command::CloseLine { order: order.into(), line: line.into(), closed: false },
        Event::Invoice { invoice, lines, passing: yes } => {
            let lines = lines.into_iter().map(invoice_line).collect::<Result<_, _>>()?;
            Command::Invoice(PostInvoice { invoice: invoice.into(), lines, passing: passing(yes) })
        }
        Event::InvoiceRun { run, items, on_ceiling } => {
            let on_ceiling = match on_ceiling.as_deref() {
                None | Some("stop_at_first") => OnCeiling::StopAtFirst,
                Some("skip_and_continue") => OnCeiling::SkipAndContinue,
                Some(other) => return Err(unknown("on_ceiling", other)),
            };
            Command::InvoiceRun(InvoiceRun { run: run.into(), items: items.into_iter().map(invoice_line).collect::<Result<_, _>>()?, on_ceiling })
        }
        Event::CancelInvoice { invoice } => Command::CancelInvoice { invoice: invoice.into() },
        Event::Credit { lines } => Command::Credit(PostCredit {
            lines: lines.into_iter().map(credit_line).collect::<Result<_, _>>()?,
            invoice: None,
            open_period: known.credit_period.clone(),
        }),
        Event::ClosePeriod { from, to, commitments, available, overspend, preview } => {
            is_preview = preview;
            Command::ClosePeriod(ClosePeriod {
                from: from.into(),
                to: to.into(),
                exceptions: Default::default(),
                turn: Turn {
                    commitments: match commitments.as_str() {
                        "with_money" => Commitments::WithMoney,
                        "without_money" => Commitments::WithoutMoney,
                        "lapse" => Commitments::Lapse,
                        "keep" => Commitments::Keep,
                        other => return Err(unknown("commitments", other)),
                    },
                    rest: match available.mode.as_str() {
                        "lapse" => Rest::Lapse,
                        "carry" => Rest::Carry { percent: available.pct.map_or(Decimal::ONE_HUNDRED, |pct| pct.0), cap: available.cap },
                        other => return Err(unknown("available", other)),
                    },
                    forgiven: match overspend.as_deref() {
                        None | Some("deduct") => false,
                        Some("forgive") => true,
                        Some(other) => return Err(unknown("overspend", other)),
                    },
                },
            })
        }
    };
    Ok(What::One { command, key, preview: is_preview })
}

fn set_period(id: &str, parent: Option<&str>, status: &str) -> Result<Command, String> {
    let status = Status::parse(status).ok_or_else(|| unknown("status", status))?;
    Ok(Command::SetPeriod { period: Period { id: id.into(), parent: parent.map(Arc::from), status, ..Period::default() } })
}

fn set_policy(budget: &str, period: &str, commit: Option<CeilingText>, spend: Option<CeilingText>) -> Result<Command, String> {
    let ceiling = |text: CeilingText| {
        let level = match text.level.as_deref() {
            None | Some("stop") => Level::Stop,
            Some("none") => Level::None,
            Some("warn") => Level::Warn,
            Some("approval") => Level::Approval,
            Some(other) => return Err(unknown("level", other)),
        };
        Ok(Ceiling { level, percent: text.pct.map_or(Decimal::ONE_HUNDRED, |pct| pct.0), absolute: text.abs.unwrap_or(0) })
    };
    let policy = Policy { commitment: commit.map(ceiling).transpose()?, spending: spend.map(ceiling).transpose()?, thresholds: Vec::new() };
    Ok(Command::SetPolicy { at: BudgetPeriod::new(budget, period), policy })
}

fn read_split(rows: Vec<SplitText>) -> Result<Split, String> {
    let kind = match rows.first() {
        Some(SplitText { pct: Some(_), .. }) => SplitKind::Percentages,
        Some(SplitText { weight: Some(_), .. }) => SplitKind::Weights,
        Some(SplitText { amount: Some(_), .. }) => SplitKind::Amounts,
        _ => return Err("a split needs pct, weight or amount".to_string()),
    };
    let row = |row: SplitText| {
        let value = match (kind, row.pct, row.weight, row.amount) {
            (SplitKind::Percentages, Some(pct), None, None) => pct.0,
            (SplitKind::Weights, None, Some(weight), None) => weight.0,
            (SplitKind::Amounts, None, None, Some(amount)) => Decimal::from(amount),
            _ => return Err("rows of a split are all of one kind".to_string()),
        };
        Ok((Arc::from(row.budget), value))
    };
    Ok(Split { kind, rows: rows.into_iter().map(row).collect::<Result<_, String>>()? })
}

fn terms(unit_price: Number, price_unit: Option<Number>, discount: Option<Number>, tax: Option<Number>) -> Terms {
    Terms {
        unit_price: unit_price.0,
        price_unit: price_unit.map_or(Decimal::ONE, |unit| unit.0),
        discount_percent: decimal(discount),
        tax_percent: decimal(tax),
    }
}

fn new_line(text: LineText) -> Result<NewLine, String> {
    let charge = |charge: ChargeText| {
        let terms = terms(charge.unit_price, None, None, charge.vat_pct);
        Ok(Charge { id: charge.id.into(), terms, split: read_split(charge.split)?, per_unit: charge.per_unit.unwrap_or(true) })
    };
    Ok(NewLine {
        number: text.line.into(),
        quantity: text.qty.0,
        terms: terms(text.unit_price, text.price_unit, text.discount_pct, text.vat_pct),
        mode: match text.mode.as_deref() {
            None | Some("quantity") => Mode::Quantity,
            Some("amount") => Mode::Amount,
            Some(other) => return Err(unknown("mode", other)),
        },
        split: read_split(text.split)?,
        charges: text.charges.into_iter().map(charge).collect::<Result<_, String>>()?,
    })
}

fn invoice_line(text: InvoiceLineText) -> Result<InvoiceLine, String> {
    let subject = match (text.order, text.line, text.budget, text.period) {
        (Some(order), Some(line), None, None) => Subject::OrderLine { order: order.into(), line: line.into() },
        (None, None, Some(budget), Some(period)) => Subject::Budget(BudgetPeriod::new(&budget, &period)),
        _ => return Err("an invoice line is for an order and line, or for a budget and period".to_string()),
    };
    let split = text.split.map(|rows| {
        let row =
            |row: SplitText| row.amount.map(|amount| (Arc::from(row.budget), amount)).ok_or_else(|| "an invoice is split in amounts".to_string());
        rows.into_iter().map(row).collect::<Result<_, _>>()
    });
    Ok(InvoiceLine {
        subject,
        quantity: decimal(text.qty),
        net: text.net,
        tax_percent: decimal(text.vat_pct),
        division: split.transpose()?.map_or(Division::Ordered, Division::Amounts),
        last: text.last,
    })
}

fn credit_line(text: CreditText) -> Result<CreditLine, String> {
    let kind = match text.mode.as_str() {
        "price" => CreditKind::Price,
        "refund" => CreditKind::Refund,
        "replace" => CreditKind::Replace,
        other => return Err(unknown("mode", other)),
    };
    let (order, line) = (text.order.into(), text.line.into());
    Ok(CreditLine { order, line, quantity: decimal(text.qty), net: text.net, tax_percent: decimal(text.vat_pct), kind, only: None })
}
