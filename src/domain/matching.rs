//! Does an invoice fit the order it names? Line by line: number, order line, quantity, amount, cost centre. Pure.
//! Never guesses: what cannot be found is a difference.

use rust_decimal::Decimal;

/// One side of the comparison: what was ordered, or what is invoiced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    pub order_number: String,
    pub lines: Vec<SideLine>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SideLine {
    /// The order's line, as text: `1`.
    pub order_line: String,
    pub article: String,
    pub quantity: Decimal,
    pub net: Decimal,
    pub cost_centre: String,
}

/// What does not fit; `line` is the order's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    OrderNumber { expected: String, found: String },
    UnknownLine { line: String },
    Field { line: String, field: &'static str, expected: String, found: String },
}

/// Compares an invoice with its order; an invoice may bill fewer lines or less of a line, never more.
pub fn compare(order: &Side, invoice: &Side) -> Vec<Difference> {
    let mut differences = Vec::new();
    if order.order_number != invoice.order_number {
        differences.push(Difference::OrderNumber { expected: order.order_number.clone(), found: invoice.order_number.clone() });
    }
    for billed in &invoice.lines {
        let Some(ordered) = order.lines.iter().find(|line| line.order_line == billed.order_line) else {
            differences.push(Difference::UnknownLine { line: billed.order_line.clone() });
            continue;
        };
        let mut differs = |field: &'static str, expected: String, found: String| {
            differences.push(Difference::Field { line: billed.order_line.clone(), field, expected, found });
        };
        if ordered.article != billed.article {
            differs("article", ordered.article.clone(), billed.article.clone());
        }
        if billed.quantity > ordered.quantity {
            differs("quantity", ordered.quantity.to_string(), billed.quantity.to_string());
        }
        if billed.net > ordered.net || (billed.quantity == ordered.quantity && billed.net != ordered.net) {
            differs("net", ordered.net.to_string(), billed.net.to_string());
        }
        if ordered.cost_centre != billed.cost_centre {
            differs("cost_centre", ordered.cost_centre.clone(), billed.cost_centre.clone());
        }
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(quantity: i64, net: i64, centre: &str) -> Side {
        let line = SideLine { order_line: "1".into(), article: "A".into(), quantity: quantity.into(), net: net.into(), cost_centre: centre.into() };
        Side { order_number: "4500".into(), lines: vec![line] }
    }

    #[test]
    fn fits_or_says_where_it_does_not() {
        let order = side(10, 100, "4410");
        assert_eq!(compare(&order, &side(10, 100, "4410")), []);
        assert_eq!(compare(&order, &side(4, 40, "4410")), []);
        for (invoice, field) in
            [(side(11, 100, "4410"), "quantity"), (side(10, 101, "4410"), "net"), (side(10, 99, "4410"), "net"), (side(10, 100, ""), "cost_centre")]
        {
            let found = compare(&order, &invoice);
            assert!(matches!(found.as_slice(), [Difference::Field { field: f, .. }] if *f == field), "{found:?}");
        }
        let mut other = side(10, 100, "4410");
        other.order_number = "4501".into();
        other.lines[0].order_line = "2".into();
        assert_eq!(compare(&order, &other).len(), 2);
    }
}
