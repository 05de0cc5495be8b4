//! What entries changed of the books, and the rows of it. Never leaves out a sum that the next booking is tested on.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use crate::domain::books::entry::{Account, Entry, Fact};
use crate::domain::books::{Books, BudgetPeriod, Places, Standing};
use crate::store;
use crate::store::booked::Holding;
use crate::store::standing::{PeriodRow, StandingRow};
use crate::wire::ledger;

/// What entries changed of the books.
#[derive(Default)]
pub(super) struct Touched {
    pub(super) settings: bool,
    periods: BTreeSet<Arc<str>>,
    budgets: BTreeSet<Arc<str>>,
    standings: HashSet<BudgetPeriod>,
    /// Those whose places changed: all that they weigh on is among `standings`.
    weighing: HashSet<BudgetPeriod>,
    pub(super) orders: BTreeSet<Arc<str>>,
    pub(super) invoices: BTreeSet<Arc<str>>,
    /// Where orders hold something else than before; also where they hold nothing any more.
    holdings: BTreeSet<(Arc<str>, BudgetPeriod)>,
}

impl Touched {
    pub(super) fn note(&mut self, books: &Books, entry: &Entry) {
        for fact in &entry.facts {
            match fact {
                Fact::Settings(_) => self.settings = true,
                Fact::Period(period) => drop(self.periods.insert(period.id.clone())),
                Fact::Budget(budget) => drop(self.budgets.insert(budget.code.clone())),
                Fact::Policy { at, .. } | Fact::Funding { at, .. } => drop(self.standings.insert(at.clone())),
                Fact::Funded { at } => self.standings.extend(books.above(at).iter().cloned()),
                Fact::Order { number, .. } => drop(self.orders.insert(number.clone())),
                Fact::Line { order, .. } => drop(self.orders.insert(order.clone())),
                Fact::Invoice(invoice) => drop(self.invoices.insert(invoice.number.clone())),
            }
        }
        for leg in &entry.legs {
            if let Some((order, _, _)) = &leg.row {
                self.holdings.insert((order.clone(), leg.at()));
            }
            match leg.account {
                Account::Source | Account::Lapsed => drop(self.periods.insert(leg.period.clone())),
                Account::Memo | Account::Ceiling => {}
                Account::Available => drop(self.standings.insert(leg.at())),
                Account::Requested | Account::Committed | Account::Delivered | Account::Expended => {
                    let at = leg.at();
                    if self.weighing.insert(at.clone()) {
                        self.standings.extend(books.above(&at).iter().cloned());
                    }
                }
            }
        }
    }
}

/// The rows of what was touched of the books.
pub(super) fn rows_of_books(tenant: &str, books: &Books, touched: &Touched) -> Vec<store::Bulk> {
    let of_period = |id: &Arc<str>| {
        let sum = |sums: &BTreeMap<Arc<str>, i64>| sums.get(id).copied().unwrap_or_default();
        books.periods.get(id).map(|period| PeriodRow { period: period.clone(), source: sum(&books.sources), lapsed: sum(&books.lapsed) })
    };
    let periods: Vec<PeriodRow> = touched.periods.iter().filter_map(of_period).collect();
    let budgets: Vec<_> = touched.budgets.iter().filter_map(|code| books.budgets.get(code)).collect();
    let of_standing = |at: &BudgetPeriod| {
        let standing = books.standings.get(at)?;
        let policy = standing.policy.as_ref().map(ledger::write_policy);
        Some(StandingRow { at: at.clone(), standing: Standing { policy: None, ..standing.clone() }, policy })
    };
    let standings: Vec<StandingRow> = touched.standings.iter().filter_map(of_standing).collect();
    let orders: Vec<_> = touched.orders.iter().filter_map(|number| books.orders.get(number)).collect();
    let mut holdings: BTreeMap<(Arc<str>, BudgetPeriod), Places> = touched.holdings.iter().map(|place| (place.clone(), Places::default())).collect();
    for order in &orders {
        holdings.extend(order.holdings().into_iter().map(|(at, places)| ((order.number.clone(), at), places)));
    }
    let holdings: Vec<Holding> = holdings.into_iter().map(|((order, at), places)| Holding { at, order: order.to_string(), places }).collect();
    let invoices = touched.invoices.iter().filter_map(|number| books.invoices.get(number));
    vec![
        store::standing::put_periods(tenant, &periods),
        store::standing::put_budgets(tenant, &budgets),
        store::standing::put(tenant, &standings),
        store::booked::put_orders(tenant, orders.iter().map(|order| (order.number.to_string(), ledger::write_order(order))).collect()),
        store::booked::put_invoices(tenant, invoices.map(|invoice| (invoice.number.to_string(), ledger::write_invoice(invoice))).collect()),
        store::booked::put_holdings(tenant, &holdings),
    ]
}
