//! Budgets as CSV: one row for each budget and period, with its money and ceilings; the same columns in and out. Comma, semicolon or tab,
//! whichever the first line uses. Every mistake is named with line and column; nothing is guessed, and what a column is missing for stays.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

pub use super::sheet::Row;

use super::sheet;
use crate::domain::books::ceiling::Level;
use crate::domain::books::{Books, TaxBasis};
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::money::{Currency, Money};

/// The most rows of one file.
pub const ROWS_MAX: usize = 10_000;

pub const COLUMNS: [&str; 19] = [
    "code",
    "name",
    "parent",
    "postable",
    "mode",
    "tax_basis",
    "owner",
    "location",
    "project",
    "segment",
    "period",
    "amount",
    "commitment_level",
    "commitment_percent",
    "commitment_amount",
    "spending_level",
    "spending_percent",
    "spending_amount",
    "thresholds",
];

/// Reads a file. With an error among the findings nothing of it may be imported.
pub fn read(text: &str) -> (Vec<Row>, Findings) {
    let (rows, mut findings) = sheet::read(text, &COLUMNS, ROWS_MAX);
    check(&rows, &mut findings);
    (rows, findings)
}

/// What each row says by itself.
fn check(rows: &[Row], findings: &mut Findings) {
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    for row in rows {
        let mut wrong =
            |column: &str, limit: &str| findings.push(Finding::error(Code::Unusable, column).line(row.line).value(row.text(column)).limit(limit));
        let code = row.text("code");
        if code.is_empty() || code.chars().count() > 60 || code.chars().any(|c| c.is_control() || c == '@') {
            wrong("code", "1 – 60");
        }
        for (column, most) in [("name", 200), ("parent", 60), ("owner", 200), ("location", 100), ("project", 100), ("segment", 100), ("period", 40)] {
            if row.text(column).chars().count() > most || row.text(column).chars().any(char::is_control) {
                wrong(column, &format!("0 – {most}"));
            }
        }
        if flag(row.text("postable")).is_none() {
            wrong("postable", "yes, no");
        }
        if !matches!(row.text("mode"), "" | "authoritative" | "advisory") {
            wrong("mode", "authoritative, advisory");
        }
        if !row.text("tax_basis").is_empty() && TaxBasis::parse(row.text("tax_basis")).is_none() {
            wrong("tax_basis", "gross, net, 0 – 100");
        }
        let number = |column: &str| row.number(column).parse::<Decimal>().ok();
        if !row.text("amount").is_empty() && number("amount").is_none_or(|amount| amount.is_sign_negative()) {
            wrong("amount", "0.00 …");
        }
        for kind in ["commitment", "spending"] {
            let column = |part: &str| format!("{kind}_{part}");
            let (level, percent, amount) = (column("level"), column("percent"), column("amount"));
            if !row.text(&level).is_empty() && Level::parse(row.text(&level)).is_none() {
                wrong(&level, &Level::ALL.map(Level::as_str).join(", "));
            }
            let fits = |percent: Decimal| (Decimal::ZERO..=Decimal::from(10_000)).contains(&percent);
            if !row.text(&percent).is_empty() && !number(&percent).is_some_and(fits) {
                wrong(&percent, "0 – 10000");
            }
            if !row.text(&amount).is_empty() && number(&amount).is_none() {
                wrong(&amount, "0.00");
            }
        }
        if thresholds(row.text("thresholds")).is_none() {
            wrong("thresholds", "80 90 100");
        }
        let funds = ["amount", "commitment_level", "commitment_percent", "commitment_amount", "spending_level", "thresholds"];
        if row.text("period").is_empty() && funds.iter().any(|column| !row.text(column).is_empty()) {
            findings.push(Finding::error(Code::Missing, "period").line(row.line));
        }
        if !code.is_empty() && !seen.insert((code, row.text("period"))) {
            findings.push(Finding::error(Code::TooMany, "code").line(row.line).value(code).limit(1));
        }
    }
}

/// `yes` or `no` in a few languages; nothing said is yes.
pub fn flag(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "" | "yes" | "true" | "1" | "x" | "ja" | "oui" => Some(true),
        "no" | "false" | "0" | "nee" | "non" | "nein" => Some(false),
        _ => None,
    }
}

/// Percentages from 1 to 1000.
pub fn thresholds(text: &str) -> Option<Vec<u32>> {
    let parts = text.split([' ', '|', '/']).filter(|part| !part.is_empty());
    parts.map(|part| part.trim_end_matches('%').parse().ok().filter(|percent| (1..=1000).contains(percent))).collect()
}

/// Budgets in the same columns; `sees` says which ones the reader may see.
pub fn write(books: &Books, currency: Currency, sees: impl Fn(&str) -> bool) -> String {
    let money = |minor: i64| Money::new(minor, currency).decimal().to_string();
    let mut out = String::new();
    line(&mut out, COLUMNS.map(str::to_string).to_vec());
    for budget in books.budgets.values().filter(|budget| sees(&budget.code)) {
        let head = vec![
            budget.code.to_string(),
            budget.name.to_string(),
            budget.parent.as_deref().unwrap_or_default().to_string(),
            if budget.postable { "yes" } else { "no" }.to_string(),
            budget.authority.as_str().to_string(),
            budget.tax_basis.map(|basis| basis.to_string()).unwrap_or_default(),
            budget.owner.to_string(),
            budget.location.to_string(),
            budget.project.to_string(),
            budget.segment.to_string(),
        ];
        let mut places: Vec<_> = books.standings.iter().filter(|(at, _)| at.budget == budget.code).collect();
        places.retain(|(_, standing)| standing.funded || standing.policy.is_some());
        places.sort_by_key(|(at, _)| *at);
        if places.is_empty() {
            line(&mut out, head.into_iter().chain(std::iter::repeat_n(String::new(), 9)).collect());
            continue;
        }
        for (at, standing) in places {
            let policy = standing.policy.clone().unwrap_or_default();
            let mut row = head.clone();
            row.push(at.period.to_string());
            row.push(if standing.funded { money(standing.funding.allocated) } else { String::new() });
            for ceiling in [&policy.commitment, &policy.spending] {
                let cells = ceiling.as_ref().map(|c| [c.level.as_str().to_string(), c.percent.normalize().to_string(), money(c.absolute)]);
                row.extend(cells.unwrap_or_default());
            }
            row.push(policy.thresholds.iter().map(u32::to_string).collect::<Vec<_>>().join(" "));
            line(&mut out, row);
        }
    }
    out
}

/// One line; a cell that a sheet would work out is kept from it.
fn line(out: &mut String, cells: Vec<String>) {
    for (at, cell) in cells.iter().enumerate() {
        let guarded = if cell.starts_with(sheet::FORMULA) { format!("'{cell}") } else { cell.clone() };
        let quoted = guarded.contains([',', ';', '"', '\n', '\r', '\t']) || guarded != *cell;
        out.push_str(if at == 0 { "" } else { "," });
        out.push_str(&if quoted { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded });
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_mistake_has_its_line_and_column() {
        let text = "code;name;postable;mode;period;amount;commitment_level;commitment_percent;thresholds\n\
                    A;Alpha;ja;;2026;100,50;stop;105;80 100\n;;;;;;;;\nB;;maybe;hard;;5;rock;-1;0\nA;;;;2026;1;;;\n";
        let (rows, findings) = read(text);
        assert_eq!((rows.len(), rows[0].number("amount").as_str(), rows[0].get("owner")), (4, "100.50", None));
        let wrong: Vec<(Option<u32>, &str)> = findings.0.iter().map(|f| (f.line, f.field.as_str())).collect();
        let expected = [
            (3, "code"),
            (4, "postable"),
            (4, "mode"),
            (4, "commitment_level"),
            (4, "commitment_percent"),
            (4, "thresholds"),
            (4, "period"),
            (5, "code"),
        ];
        assert_eq!(wrong, expected.map(|(line, field)| (Some(line), field)));
        let (_, findings) = read("name,colour\nx,red\n");
        assert_eq!(findings.0.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), ["colour", "code"]);
    }

    #[test]
    fn a_sheet_works_nothing_out() {
        let mut out = String::new();
        line(&mut out, ["=1+1", "-5", "a,b", "say \"hi\"", "plain"].map(str::to_string).to_vec());
        assert_eq!(out, "\"'=1+1\",\"'-5\",\"a,b\",\"say \"\"hi\"\"\",plain\r\n");
    }

    proptest! {
        #[test]
        fn never_fails(text in "(code|amount|period|,|;|\"|\n|a|'=|1|\t){0,60}") {
            read(&text);
        }
    }
}
