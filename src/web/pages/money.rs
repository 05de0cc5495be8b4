//! How money is shown: the bar with its five places, the part above a ceiling hatched, a mark for each ceiling; the same for every page.
//! Widths are attributes of SVG, never styles (CSP). Decides nothing.

use rust_decimal::Decimal;

use crate::domain::books::outlook::{Kind, Limit};
use crate::domain::books::{BudgetPeriod, Places};
use crate::domain::money::{Currency, Money};
use crate::flow::asking::overview::Line;
use crate::text::Texts;
use crate::wire::oci::path_segment;

/// A part of a bar: its class, where it begins and how wide it is, in percent.
pub type Part = (&'static str, String, String);

#[derive(Clone, Debug, Default)]
pub struct Bar {
    pub parts: Vec<Part>,
    /// What lies above the lowest ceiling on commitments.
    pub over: Option<(String, String)>,
    /// Where ceilings are.
    pub marks: Vec<String>,
}

pub fn bar(funding: i64, places: Places, limits: &[Limit]) -> Bar {
    let consumption = places.consumption();
    let highest = limits.iter().map(|limit| limit.limit).filter(|limit| *limit < i64::MAX).max().unwrap_or(0);
    let whole = Decimal::from(funding.max(consumption).max(highest).max(1));
    let percent = |amount: i64| Decimal::from(amount.max(0)) * Decimal::ONE_HUNDRED / whole;
    let mut bar = Bar::default();
    let mut from = Decimal::ZERO;
    let amounts = [places.expended, places.delivered, places.committed, places.requested, funding.saturating_sub(consumption)];
    for (name, amount) in ["expended", "delivered", "committed", "requested", "available"].into_iter().zip(amounts) {
        let width = percent(amount).min(Decimal::ONE_HUNDRED - from);
        if width > Decimal::ZERO {
            bar.parts.push((name, format!("{from:.2}"), format!("{width:.2}")));
        }
        from += width;
    }
    let lowest = limits.iter().filter(|limit| limit.kind == Kind::Commitment).map(|limit| limit.limit).min();
    if let Some(limit) = lowest.filter(|limit| consumption > *limit) {
        let from = percent(limit);
        bar.over = Some((format!("{from:.2}"), format!("{:.2}", percent(consumption) - from)));
    }
    let inside = |limit: &&Limit| limit.limit < i64::MAX && limit.limit > 0;
    bar.marks = limits.iter().filter(inside).map(|limit| format!("{:.2}", percent(limit.limit))).collect();
    bar.marks.dedup();
    bar
}

/// A budget in a period as a row of a list.
pub struct Row {
    pub href: String,
    pub name: String,
    pub code: String,
    pub tree: &'static str,
    pub owner: String,
    pub advisory: bool,
    pub bar: Bar,
    pub used: String,
    /// Expended, delivered, committed, requested, available, funding.
    pub amounts: [String; 6],
    pub negative: bool,
    /// By how much its own ceiling is passed; empty when it is not.
    pub over: String,
    /// Name of the tightest ceiling and what is left under it, and whether nothing is.
    pub tightest: Option<(String, String, bool)>,
}

/// Where the page of a budget in a period is.
pub fn href(at: &BudgetPeriod, moment: &str) -> String {
    format!("/budgets/{}/{}{}", path_segment(&at.budget), path_segment(&at.period), moment_suffix(moment))
}

pub fn moment_suffix(moment: &str) -> String {
    if moment.is_empty() { String::new() } else { format!("?at={}", path_segment(moment)) }
}

pub fn row(t: Texts, currency: Currency, books: &crate::domain::books::Books, line: &Line, moment: &str) -> Row {
    let amount = |minor: i64| t.amount(&Money::new(minor, currency));
    let money = |minor: i64| t.money(&Money::new(minor, currency));
    let (funding, places, available) = (line.standing.funding.total(), line.standing.subtree, line.standing.reported_available());
    let budget = books.budgets.get(&line.at.budget);
    let over = line.limits.iter().filter(|limit| limit.kind == Kind::Commitment).map(Limit::over).max().unwrap_or(0);
    let name_of = |at: &BudgetPeriod| match at.period == line.at.period {
        true => at.budget.to_string(),
        false => at.to_string(),
    };
    Row {
        href: href(&line.at, moment),
        name: budget.map(|budget| budget.name.to_string()).filter(|name| !name.is_empty()).unwrap_or_else(|| line.at.budget.to_string()),
        code: line.at.budget.to_string(),
        tree: ["tree", "tree-2", "tree-3", "tree-4"].get(line.depth).copied().unwrap_or("tree-4"),
        owner: budget.map(|budget| budget.owner.to_string()).unwrap_or_default(),
        advisory: books.is_advisory(&line.at.budget),
        bar: bar(funding, places, &line.limits),
        used: line.standing.used_percent().map(|percent| t.with("ask-used", "percent", percent)).unwrap_or_default(),
        amounts: [places.expended, places.delivered, places.committed, places.requested, available, funding].map(amount),
        negative: available < 0,
        over: if over > 0 { t.with("ask-over", "amount", money(over)) } else { String::new() },
        tightest: line.tightest.as_ref().map(|limit| (name_of(&limit.at), amount(limit.headroom()), limit.headroom() <= 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::books::ceiling::Level;

    #[test]
    fn a_bar_is_whole_and_shows_what_is_over() {
        let at = BudgetPeriod::new("A", "2026");
        let limit = |limit: i64, used: i64| Limit { at: at.clone(), kind: Kind::Commitment, level: Level::Warn, limit, used };
        let places = Places { requested: 10, committed: 20, delivered: 30, expended: 65 };
        let full = bar(100, places, &[limit(100, 125)]);
        assert_eq!(full.over, Some(("80.00".to_string(), "20.00".to_string())));
        assert_eq!(full.marks, ["80.00"]);
        assert_eq!(full.parts.iter().map(|part| part.0).collect::<Vec<_>>(), ["expended", "delivered", "committed", "requested"]);
        let free = bar(200, Places::default(), &[limit(i64::MAX, 0)]);
        assert_eq!(free.parts, [("available", "0.00".to_string(), "100.00".to_string())]);
        assert!(free.over.is_none() && free.marks.is_empty());
        // Credits of more than was spent: nothing is drawn to the left of nothing.
        let credited = bar(100, Places { expended: -50, ..Places::default() }, &[]);
        assert_eq!(credited.parts, [("available", "0.00".to_string(), "100.00".to_string())]);
    }
}
