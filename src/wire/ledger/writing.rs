//! Writes entries, orders, invoices, settings and refusals of the books as the texts that are kept. What is usual is left out.

use std::borrow::Cow;

use serde::Serialize;

use super::{
    ApartText, BudgetText, CeilingText, EntryText, FactText, FundingText, InvoiceText, LegText, LineText, Name, Number, OrderText, PeriodText,
    PolicyText, RefusalText, ReportText, RowText, SettingsText, ShareText, account_word, split_word, stage_word,
};
use crate::domain::books::ceiling::{Ceiling, Policy};
use crate::domain::books::entry::{Entry, Fact, Leg, Refusal};
use crate::domain::books::position::{Line, Mode, Row};
use crate::domain::books::{Authority, Funding, Invoice, Order, Settings, Share, Stage, TaxBasis};

fn word(text: &'static str) -> Name<'static> {
    Name(Cow::Borrowed(text))
}

fn basis_word(basis: TaxBasis) -> Name<'static> {
    Name(Cow::Owned(basis.to_string()))
}

impl<'a> From<&'a Line> for LineText<'a> {
    fn from(line: &'a Line) -> LineText<'a> {
        LineText {
            number: (&line.number).into(),
            parent: line.parent.as_ref().map(Name::from),
            follows: line.follows,
            by_amount: line.mode == Mode::Amount,
            price: Number(line.terms.unit_price),
            per: Number(line.terms.price_unit),
            discount: Number(line.terms.discount_percent),
            tax: Number(line.terms.tax_percent),
            split: word(split_word(line.split)),
            ordered: Number(line.ordered),
            delivered: Number(line.delivered),
            invoiced: Number(line.invoiced),
            closed: line.closed,
            rows: line.rows.iter().map(RowText::from).collect(),
        }
    }
}

impl<'a> From<&'a Row> for RowText<'a> {
    fn from(row: &'a Row) -> RowText<'a> {
        RowText {
            at: (&row.at).into(),
            weight: Number(row.weight),
            reserved: row.reserved,
            dropped: row.dropped,
            invoiced: row.invoiced,
            apart: ApartText { ordered: Number(row.apart.ordered), delivered: Number(row.apart.delivered), invoiced: Number(row.apart.invoiced) },
            expended: row.expended.iter().map(|(at, amount)| (at.into(), *amount)).collect(),
        }
    }
}

impl<'a> From<&'a Invoice> for InvoiceText<'a> {
    fn from(invoice: &'a Invoice) -> InvoiceText<'a> {
        let share = |share: &'a Share| {
            let row = share.order.as_ref().map(|(order, line, row)| (order.into(), line.into(), *row));
            ShareText((&share.at).into(), share.amount, row)
        };
        InvoiceText {
            number: (&invoice.number).into(),
            active: invoice.active,
            quantities: invoice.quantities.iter().map(|billed| ((&billed.order).into(), (&billed.line).into(), Number(billed.quantity))).collect(),
            apart: (0..)
                .zip(&invoice.quantities)
                .filter(|(_, billed)| !billed.rows.is_empty())
                .map(|(at, billed)| (at, billed.rows.clone()))
                .collect(),
            shares: invoice.shares.iter().map(share).collect(),
        }
    }
}

impl<'a> From<&'a Policy> for PolicyText<'a> {
    fn from(policy: &'a Policy) -> PolicyText<'a> {
        let ceiling = |ceiling: &Ceiling| CeilingText(word(ceiling.level.as_str()), Number(ceiling.percent), ceiling.absolute);
        PolicyText {
            commitment: policy.commitment.as_ref().map(ceiling),
            spending: policy.spending.as_ref().map(ceiling),
            thresholds: policy.thresholds.clone(),
        }
    }
}

impl<'a> From<&'a Leg> for LegText<'a> {
    fn from(leg: &'a Leg) -> LegText<'a> {
        let row = leg.row.as_ref().map(|(order, line, row)| (order.into(), line.into(), *row));
        LegText(word(account_word(leg.account)), (&leg.budget).into(), (&leg.period).into(), leg.amount, row)
    }
}

impl<'a> From<&'a Fact> for FactText<'a, LineText<'a>> {
    fn from(fact: &'a Fact) -> Self {
        match fact {
            Fact::Settings(settings) => FactText::Settings(settings.into()),
            Fact::Period(period) => FactText::Period(PeriodText {
                id: (&period.id).into(),
                parent: period.parent.as_ref().map(Name::from),
                status: word(period.status.as_str()),
                first_day: (&period.first_day).into(),
                last_day: (&period.last_day).into(),
            }),
            Fact::Budget(budget) => FactText::Budget(BudgetText {
                code: (&budget.code).into(),
                name: (&budget.name).into(),
                parent: budget.parent.as_ref().map(Name::from),
                postable: budget.postable,
                tax_basis: budget.tax_basis.map(basis_word),
                advisory: budget.authority == Authority::Advisory,
                owner: (&budget.owner).into(),
                location: (&budget.location).into(),
                project: (&budget.project).into(),
                segment: (&budget.segment).into(),
            }),
            Fact::Policy { at, policy } => FactText::Policy((at.into(), policy.into())),
            Fact::Funded { at } => FactText::Funded(at.into()),
            Fact::Funding { at, change } => FactText::Funding((at.into(), change.into())),
            Fact::Order { number, stage, reserves } => FactText::Order((number.into(), word(stage_word(*stage)), *reserves)),
            Fact::Line { order, line } => FactText::Line((order.into(), line.into())),
            Fact::Invoice(invoice) => FactText::Invoice(invoice.into()),
        }
    }
}

impl From<&Settings> for SettingsText<'_> {
    fn from(settings: &Settings) -> Self {
        SettingsText {
            exponent: settings.exponent,
            tax_basis: basis_word(settings.tax_basis),
            tolerance_percent: settings.tolerance_percent.map(Number),
            tolerance_absolute: settings.tolerance_absolute,
            requests_reserve: settings.requests_reserve,
            advance_orders: settings.advance_orders,
            overdistribution: settings.overdistribution,
            unbudgeted: settings.unbudgeted,
        }
    }
}

impl From<&Funding> for FundingText {
    fn from(funding: &Funding) -> FundingText {
        let Funding { allocated, transferred_in, transferred_out, carried_in, carried_out, lapsed } = *funding;
        FundingText { allocated, transferred_in, transferred_out, carried_in, carried_out, lapsed }
    }
}

/// Names and numbers can always be written.
pub(super) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// An entry as the journal keeps it.
pub fn write_entry(entry: &Entry) -> String {
    json(&EntryText {
        facts: entry.facts.iter().map(FactText::from).collect(),
        legs: entry.legs.iter().map(LegText::from).collect(),
        over: entry.over.iter().map(|over| ((&over.at).into(), over.short)).collect(),
        crossed: entry.crossed.iter().map(|crossed| ((&crossed.at).into(), crossed.percent)).collect(),
        needs_approval: entry.needs_approval,
        invoiced: entry.invoiced.clone(),
        held: entry.held.clone(),
        report: entry.report.as_ref().map(|report| ReportText {
            carried: report.carried,
            rest_carried: report.rest_carried,
            lapsed: report.lapsed,
            short: report.short.iter().map(|(budget, amount)| (budget.into(), *amount)).collect(),
            expired: report.expired.iter().map(Name::from).collect(),
        }),
    })
}

/// A refusal, as an answer that is kept.
pub fn write_refusal(refusal: &Refusal) -> String {
    json(&RefusalText {
        code: word(refusal.code.as_str()),
        outcome: word(refusal.outcome.as_str()),
        over: refusal.over.iter().map(|over| ((&over.at).into(), over.short)).collect(),
        what: refusal.what.clone(),
    })
}

/// An order as the books hold it.
pub fn write_order(order: &Order) -> String {
    json(&OrderText {
        number: (&order.number).into(),
        stage: word(stage_word(order.stage)),
        reserves: order.reserves,
        lines: order.sequence.iter().filter_map(|number| order.lines.get(number)).map(LineText::from).collect(),
    })
}

/// The lines in the text of an order, with commas between them, where it is written as it would be here with this number and in this state.
pub fn lines_written<'t>(order: &'t str, number: &str, (stage, reserves): (Stage, bool)) -> Option<&'t str> {
    let without = json(&OrderText { number: Name(number.into()), stage: word(stage_word(stage)), reserves, lines: Vec::<LineText<'_>>::new() });
    order.strip_prefix(without.strip_suffix("]}")?)?.strip_suffix("]}")
}

pub fn write_invoice(invoice: &Invoice) -> String {
    json(&InvoiceText::from(invoice))
}

pub fn write_policy(policy: &Policy) -> String {
    json(&PolicyText::from(policy))
}

pub fn write_settings(settings: &Settings) -> String {
    json(&SettingsText::from(settings))
}
