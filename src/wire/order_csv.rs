//! Orders as CSV: one row for each line, rows of one number are one order. Gives the same bodies that the API takes, so that a file is read by
//! the same rules; only what the table itself has wrong is said here.

use serde_json::{Map, Value, json};

use super::sheet::{self, Row};
use crate::domain::coding::Kind;
use crate::domain::finding::{Code, Finding, Findings};

/// The most rows of one file.
pub const ROWS_MAX: usize = 10_000;

pub const COLUMNS: [&str; 21] = [
    "number",
    "ordered_by",
    "period",
    "connection",
    "line",
    "quote",
    "quote_line",
    "article",
    "quantity",
    "price",
    "price_quantity",
    "cost_centre",
    "gl_account",
    "nzi_code",
    "po_code",
    "project",
    "branch",
    "department",
    "budget_code",
    "wish_date",
    "note",
];

/// Columns that are the whole order's: its first row says them, later ones may repeat them.
const OF_ORDER: [&str; 3] = ["ordered_by", "period", "connection"];

/// An order of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub number: String,
    /// Line of the file where it begins.
    pub line: u32,
    pub body: Value,
}

/// Reads a file. With an error among the findings nothing of it may be ordered.
pub fn read(text: &str) -> (Vec<Order>, Findings) {
    let (rows, mut findings) = sheet::read(text, &COLUMNS, ROWS_MAX);
    if rows.is_empty() && !findings.has_error() {
        findings.push(Finding::error(Code::Missing, "CSV"));
    }
    let mut orders: Vec<Order> = Vec::new();
    for row in &rows {
        if row.text("number").is_empty() {
            findings.push(Finding::error(Code::Missing, "number").line(row.line));
            continue;
        }
        match orders.iter_mut().rev().find(|order| order.number == row.text("number")) {
            Some(order) => add(order, row, &mut findings),
            None => orders.push(first(row, &mut findings)),
        }
    }
    (orders, findings)
}

fn first(row: &Row, findings: &mut Findings) -> Order {
    let mut body = json!({"number": row.text("number"), "lines": [line(row, findings)]});
    for column in OF_ORDER {
        if !row.text(column).is_empty() {
            body[column] = json!(row.text(column));
        }
    }
    Order { number: row.text("number").to_string(), line: row.line, body }
}

fn add(order: &mut Order, row: &Row, findings: &mut Findings) {
    for column in OF_ORDER {
        let said = order.body.get(column).and_then(Value::as_str).unwrap_or_default();
        if !row.text(column).is_empty() && row.text(column) != said {
            findings.push(Finding::error(Code::Unusable, column).line(row.line).value(row.text(column)).limit(said));
        }
    }
    if let Some(lines) = order.body.get_mut("lines").and_then(Value::as_array_mut) {
        lines.push(line(row, findings));
    }
}

fn line(row: &Row, findings: &mut Findings) -> Value {
    let mut line = Map::new();
    for column in ["quote", "article"] {
        if !row.text(column).is_empty() {
            line.insert(column.into(), json!(row.text(column)));
        }
    }
    line.insert("quantity".into(), json!(row.number("quantity")));
    if !row.text("price").is_empty() {
        line.insert("price".into(), json!(row.number("price")));
    }
    for column in ["line", "quote_line", "price_quantity"] {
        match row.text(column) {
            "" => {}
            text => match text.parse::<u32>() {
                Ok(number) => drop(line.insert(column.into(), json!(number))),
                Err(_) => findings.push(Finding::error(Code::Unusable, column).line(row.line).value(text).limit("1, 2, 3 …")),
            },
        }
    }
    let coding = Kind::ALL.into_iter().filter(|kind| !row.text(kind.name()).is_empty());
    let coding: Map<String, Value> = coding.map(|kind| (kind.name().to_string(), json!(row.text(kind.name())))).collect();
    line.insert("coding".into(), Value::Object(coding));
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_number_are_one_order() {
        let text =
            "number;connection;article;quantity;price;budget_code\nA1;lib;BOOK-1;2;10,00;FICTION\nA2;lib;PEN-100;250;;\nA1;;BOOK-1;1,5;;FILM\n";
        let (orders, findings) = read(text);
        assert!(!findings.has_error(), "{findings:?}");
        assert_eq!(orders.iter().map(|order| (order.number.as_str(), order.line)).collect::<Vec<_>>(), [("A1", 2), ("A2", 3)]);
        let expected = json!({"number": "A1", "connection": "lib", "lines": [
            {"article": "BOOK-1", "quantity": "2", "price": "10.00", "coding": {"budget_code": "FICTION"}},
            {"article": "BOOK-1", "quantity": "1.5", "coding": {"budget_code": "FILM"}}]});
        assert_eq!(orders[0].body, expected);
    }

    #[test]
    fn what_the_table_has_wrong_is_named() {
        for (text, line, field) in [
            ("", 1, "number"),
            ("number\n", 0, "CSV"),
            ("number;colour\nA;red\n", 1, "colour"),
            ("article\nX\n", 1, "number"),
            ("number;article\n;X\n", 2, "number"),
            ("number;line\nA;one\n", 2, "line"),
            ("number;period\nA;2026\nA;2027\n", 3, "period"),
            ("number;article\nA;X;Y\n", 2, "CSV"),
        ] {
            let (_, findings) = read(text);
            let found = findings.errors().next().map(|finding| (finding.line.unwrap_or(0), finding.field.clone()));
            assert_eq!(found, Some((line, field.to_string())), "{text:?}");
        }
    }
}
