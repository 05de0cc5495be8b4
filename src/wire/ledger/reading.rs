//! Reads what was written for the books, whole. A text that says what cannot be is an error and never half an entry.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;

use super::{
    ApartText, At, CeilingText, EntryText, FactText, FundingText, InvoiceText, LegText, LineText, Name, Number, OrderText, PolicyText, RefusalText,
    RowText, SettingsText, ShareText, account, split_kind, stage,
};
use crate::domain::books::ceiling::{Ceiling, Level, Policy};
use crate::domain::books::entry::{Code, Crossed, Entry, Fact, Leg, Outcome, Over, Refusal, Report};
use crate::domain::books::position::{Apart, Line, Mode, Row, Terms};
use crate::domain::books::{Authority, Billed, Budget, BudgetPeriod, Funding, Invoice, Order, Period, Settings, Share, Status, TaxBasis};

fn basis(text: &str) -> Result<TaxBasis, String> {
    TaxBasis::parse(text).ok_or_else(|| format!("{text} is no tax basis"))
}

/// Reads what was written here. Names that come again and again are kept once.
#[derive(Debug, Default)]
pub struct Reader {
    names: HashSet<Arc<str>>,
}

/// Names that may be kept; beyond that it starts anew.
const NAMES_MAX: usize = 100_000;

impl Reader {
    pub fn entry(&mut self, text: &str) -> Result<Entry, String> {
        let read: EntryText<'_, LineText<'_>> = parse(text)?;
        let mut entry = Entry { needs_approval: read.needs_approval, invoiced: read.invoiced, held: read.held, ..Entry::default() };
        entry.facts = read.facts.into_iter().map(|fact| self.fact(fact, Reader::line)).collect::<Result<_, _>>()?;
        entry.legs = read.legs.into_iter().map(|leg| self.leg(leg)).collect::<Result<_, _>>()?;
        entry.over = read.over.into_iter().map(|(at, short)| Over { at: self.at(&at), short }).collect();
        entry.crossed = read.crossed.into_iter().map(|(at, percent)| Crossed { at: self.at(&at), percent }).collect();
        entry.report = read.report.map(|report| Report {
            carried: report.carried,
            rest_carried: report.rest_carried,
            lapsed: report.lapsed,
            short: report.short.iter().map(|(budget, amount)| (self.name(budget), *amount)).collect(),
            expired: report.expired.iter().map(|order| self.name(order)).collect(),
        });
        Ok(entry)
    }

    pub fn refusal(&mut self, text: &str) -> Result<Refusal, String> {
        let read: RefusalText<'_> = parse(text)?;
        let code = Code::parse(&read.code.0).ok_or_else(|| format!("{} is no code", read.code.0))?;
        let outcome = Outcome::parse(&read.outcome.0).ok_or_else(|| format!("{} is no outcome", read.outcome.0))?;
        let over = read.over.into_iter().map(|(at, short)| Over { at: self.at(&at), short }).collect();
        Ok(Refusal { code, outcome, over, what: read.what })
    }

    pub fn order(&mut self, text: &str) -> Result<Order, String> {
        let read: OrderText<'_, LineText<'_>> = parse(text)?;
        let lines = read.lines.into_iter().map(|line| self.line(line)).collect::<Result<Vec<_>, _>>()?;
        Ok(Order {
            number: read.number.0.as_ref().into(),
            stage: stage(&read.stage.0)?,
            reserves: read.reserves,
            sequence: lines.iter().map(|line| line.number.clone()).collect(),
            lines: lines.into_iter().map(|line| (line.number.clone(), line)).collect(),
        })
    }

    /// The lines of an order, in their sequence.
    pub fn lines(&mut self, order: &str) -> Result<Vec<Line>, String> {
        let read: OrderText<'_, LineText<'_>> = parse(order)?;
        read.lines.into_iter().map(|line| self.line(line)).collect()
    }

    pub fn invoice(&mut self, text: &str) -> Result<Invoice, String> {
        let read: InvoiceText<'_> = parse(text)?;
        Ok(self.invoice_of(&read))
    }

    pub fn policy(&mut self, text: &str) -> Result<Policy, String> {
        policy(parse(text)?)
    }

    pub fn settings(&mut self, text: &str) -> Result<Settings, String> {
        settings(&parse::<SettingsText<'_>>(text)?)
    }

    fn name(&mut self, name: &Name<'_>) -> Arc<str> {
        self.known(&name.0)
    }

    /// One copy of a name for all that use it.
    pub fn known(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.names.get(text) {
            return known.clone();
        }
        if self.names.len() >= NAMES_MAX {
            self.names.clear();
        }
        let name: Arc<str> = text.into();
        self.names.insert(name.clone());
        name
    }

    fn at(&mut self, at: &At<'_>) -> BudgetPeriod {
        BudgetPeriod { budget: self.name(&at.0), period: self.name(&at.1) }
    }

    pub(super) fn leg(&mut self, leg: LegText<'_>) -> Result<Leg, String> {
        let LegText(account_name, budget, period, amount, row) = leg;
        let row = row.map(|(order, line, row)| (self.name(&order), self.name(&line), row));
        Ok(Leg { account: account(&account_name.0)?, budget: self.name(&budget), period: self.name(&period), amount, row })
    }

    pub(super) fn fact<L>(&mut self, fact: FactText<'_, L>, line: fn(&mut Reader, L) -> Result<Line, String>) -> Result<Fact, String> {
        Ok(match fact {
            FactText::Settings(text) => Fact::Settings(settings(&text)?),
            FactText::Period(period) => Fact::Period(Period {
                id: self.name(&period.id),
                parent: period.parent.as_ref().map(|parent| self.name(parent)),
                status: Status::parse(&period.status.0).ok_or_else(|| format!("{} is no status", period.status.0))?,
                first_day: self.name(&period.first_day),
                last_day: self.name(&period.last_day),
            }),
            FactText::Budget(budget) => Fact::Budget(Budget {
                code: self.name(&budget.code),
                name: self.name(&budget.name),
                parent: budget.parent.as_ref().map(|parent| self.name(parent)),
                postable: budget.postable,
                tax_basis: budget.tax_basis.as_ref().map(|text| basis(&text.0)).transpose()?,
                authority: if budget.advisory { Authority::Advisory } else { Authority::Authoritative },
                owner: self.name(&budget.owner),
                location: self.name(&budget.location),
                project: self.name(&budget.project),
                segment: self.name(&budget.segment),
            }),
            FactText::Policy((at, text)) => Fact::Policy { at: self.at(&at), policy: policy(text)? },
            FactText::Funded(at) => Fact::Funded { at: self.at(&at) },
            FactText::Funding((at, change)) => {
                let FundingText { allocated, transferred_in, transferred_out, carried_in, carried_out, lapsed } = change;
                let change = Funding { allocated, transferred_in, transferred_out, carried_in, carried_out, lapsed };
                Fact::Funding { at: self.at(&at), change }
            }
            FactText::Order((number, word, reserves)) => Fact::Order { number: self.name(&number), stage: stage(&word.0)?, reserves },
            FactText::Line((order, text)) => Fact::Line { order: self.name(&order), line: line(self, text)? },
            FactText::Invoice(invoice) => Fact::Invoice(self.invoice_of(&invoice)),
        })
    }

    pub(super) fn line(&mut self, line: LineText<'_>) -> Result<Line, String> {
        Ok(Line {
            number: self.name(&line.number),
            parent: line.parent.as_ref().map(|parent| self.name(parent)),
            follows: line.follows,
            mode: if line.by_amount { Mode::Amount } else { Mode::Quantity },
            terms: Terms { unit_price: line.price.0, price_unit: line.per.0, discount_percent: line.discount.0, tax_percent: line.tax.0 },
            split: split_kind(&line.split.0)?,
            ordered: line.ordered.0,
            delivered: line.delivered.0,
            invoiced: line.invoiced.0,
            closed: line.closed,
            rows: line.rows.iter().map(|row| self.row(row)).collect(),
        })
    }

    fn row(&mut self, row: &RowText<'_>) -> Row {
        let expended: BTreeMap<BudgetPeriod, i64> = row.expended.iter().map(|(at, amount)| (self.at(at), *amount)).collect();
        let ApartText { ordered, delivered, invoiced } = &row.apart;
        let apart = Apart { ordered: ordered.0, delivered: delivered.0, invoiced: invoiced.0 };
        Row { at: self.at(&row.at), weight: row.weight.0, reserved: row.reserved, dropped: row.dropped, invoiced: row.invoiced, apart, expended }
    }

    fn invoice_of(&mut self, invoice: &InvoiceText<'_>) -> Invoice {
        let rows = |at: usize| invoice.apart.iter().find(|(place, _)| *place == at).map(|(_, rows)| rows.clone()).unwrap_or_default();
        let billed = |(at, (order, line, quantity)): (usize, &(Name<'_>, Name<'_>, Number))| Billed {
            order: self.name(order),
            line: self.name(line),
            quantity: quantity.0,
            rows: rows(at),
        };
        let quantities = invoice.quantities.iter().enumerate().map(billed).collect();
        let mut share = |share: &ShareText<'_>| Share {
            at: self.at(&share.0),
            amount: share.1,
            order: share.2.as_ref().map(|(order, line, row)| (self.name(order), self.name(line), *row)),
        };
        let shares = invoice.shares.iter().map(&mut share).collect();
        Invoice { number: self.name(&invoice.number), active: invoice.active, quantities, shares }
    }
}

fn policy(text: PolicyText<'_>) -> Result<Policy, String> {
    let ceiling = |text: CeilingText<'_>| {
        Ok::<_, String>(Ceiling {
            level: Level::parse(&text.0.0).ok_or_else(|| format!("{} is no level", text.0.0))?,
            percent: text.1.0,
            absolute: text.2,
        })
    };
    Ok(Policy {
        commitment: text.commitment.map(ceiling).transpose()?,
        spending: text.spending.map(ceiling).transpose()?,
        thresholds: text.thresholds,
    })
}

fn settings(text: &SettingsText<'_>) -> Result<Settings, String> {
    Ok(Settings {
        exponent: text.exponent,
        tax_basis: basis(&text.tax_basis.0)?,
        tolerance_percent: text.tolerance_percent.map(|percent| percent.0),
        tolerance_absolute: text.tolerance_absolute,
        requests_reserve: text.requests_reserve,
        advance_orders: text.advance_orders,
        overdistribution: text.overdistribution,
        unbudgeted: text.unbudgeted,
    })
}

pub(super) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}
