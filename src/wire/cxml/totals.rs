//! What a line and an order cost, and what the buyer's total means: lines only, or with shipping, tax or both (sections 10 and 11).

use rust_decimal::Decimal;

use super::Fault;
use super::accounting::charges_fit;
use super::kept::{Line, Order};
use crate::domain::money::{Currency, Money};

/// Quantity × factor × price ÷ basis, rounded once to the currency; what the document states, where that stands.
pub fn net(line: &Line, currency: Currency) -> Option<Decimal> {
    if let Some(stated) = line.stated {
        return Money::round(stated, currency).map(|money| money.decimal());
    }
    let price = line.unit_price?;
    let exact = line.quantity.checked_mul(line.factor)?.checked_mul(price)?.checked_div(line.price_basis)?;
    Money::round(exact, currency).map(|money| money.decimal())
}

/// The readings of a total, in the order in which they are tried.
const READINGS: [(&str, bool, bool); 4] = [("N", false, false), ("N+S", true, false), ("N+T", false, true), ("N+S+T", true, true)];

/// Sums the lines and finds out what the stated total means; `None` where nothing fits.
pub fn reading(order: &Order, exponent: u32) -> Option<&'static str> {
    let smallest = Decimal::new(1, exponent);
    let tolerance = (smallest * Decimal::from(order.lines.len())).clamp(smallest, smallest * Decimal::ONE_HUNDRED);
    let sum = |shipping: bool, tax: bool| {
        let add = |wanted: bool, amount: Decimal| if wanted { amount } else { Decimal::ZERO };
        order.net_total + add(shipping, order.shipping) + add(tax, order.tax)
    };
    let within =
        |tolerance: Decimal| READINGS.iter().find(|(_, s, t)| (sum(*s, *t) - order.stated_total).abs() <= tolerance).map(|(name, _, _)| *name);
    within(Decimal::ZERO).or_else(|| within(tolerance))
}

/// Works out what every line costs, tells a price basis that stands in the wrong place, and checks the total.
pub fn settle(order: &mut Order, currency: Currency, lost: &[String], warnings: &mut Vec<String>) -> Result<(), Fault> {
    let exponent = currency.exponent();
    for line in &mut order.lines {
        let too_large = || Fault::content(format_args!("line {}: an amount is too large", line.line));
        line.net = net(line, currency).ok_or_else(too_large)?;
    }
    let backwards = |line: &Line| line.price_basis == Decimal::ONE && line.factor != Decimal::ONE;
    for line in order.lines.iter_mut().filter(|line| backwards(line) && charges_fit(line) == Some(false)) {
        let turned = turned(line, currency);
        if let Some(turned) = turned.filter(|turned| charges_fit(turned) == Some(true)) {
            warnings.push(format!("line {}: the price basis stands in conversionFactor", line.line));
            *line = turned;
        }
    }
    add_up(order)?;
    if order.unstated {
        order.stated_total = order.net_total;
    }
    if reading(order, exponent).is_none() && order.lines.iter().any(|line| backwards(line) && charges_fit(line).is_none()) {
        let mut other = order.clone();
        for line in other.lines.iter_mut().filter(|line| backwards(line)) {
            *line = turned(line, currency).unwrap_or_else(|| line.clone());
        }
        add_up(&mut other)?;
        if reading(&other, exponent).is_some() {
            warnings.push("the price basis stands in conversionFactor".to_string());
            *order = other;
        }
    }
    for line in order.lines.iter().filter(|line| lost.contains(&line.line)) {
        if charges_fit(line) == Some(false) {
            let text = format!("line {}: the price is that of the basket, its price basis is not, and the shares do not fit either", line.line);
            return Err(Fault::content(text));
        }
    }
    let Some(reading) = reading(order, exponent) else {
        let places = usize::try_from(exponent).unwrap_or(2);
        let of = lost.first().map(|line| format!(" (line {line} has lost its price basis)")).unwrap_or_default();
        let (stated, net, shipping, tax) = (order.stated_total, order.net_total, order.shipping, order.tax);
        let text = format!(
            "the total {stated:.places$} is not that of the lines, {net:.places$}, nor with shipping {shipping:.places$} or tax {tax:.places$}{of}"
        );
        return Err(Fault::content(text));
    };
    order.total_reading = reading.to_string();
    Ok(())
}

fn turned(line: &Line, currency: Currency) -> Option<Line> {
    let mut turned = Line { price_basis: line.factor, factor: Decimal::ONE, ..line.clone() };
    turned.net = net(&turned, currency)?;
    Some(turned)
}

fn add_up(order: &mut Order) -> Result<(), Fault> {
    let sum = order.lines.iter().try_fold(Decimal::ZERO, |sum, line| sum.checked_add(line.net));
    order.net_total = sum.ok_or_else(|| Fault::content("the order is too large"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().expect("a literal of this test")
    }

    fn line(quantity: &str, price: &str, basis: &str, factor: &str) -> Line {
        Line { line: "10".into(), quantity: d(quantity), unit_price: Some(d(price)), price_basis: d(basis), factor: d(factor), ..Line::default() }
    }

    /// Section 10: the examples beside the formula.
    #[test]
    fn a_line_costs_what_the_formula_says() {
        for (line, expected) in [
            (line("250", "12.50", "100", "1"), "31.25"),
            (line("10", "5.00", "100", "50"), "25.00"),
            (line("2", "33.33333", "1", "1"), "66.67"),
            (line("1", "0.005", "1", "1"), "0.01"),
        ] {
            assert_eq!(net(&line, Currency::EUR), Some(d(expected)));
        }
    }

    fn order(lines: Vec<Line>, total: &str, shipping: &str, tax: &str) -> Order {
        Order { lines, stated_total: d(total), shipping: d(shipping), tax: d(tax), ..Order::default() }
    }

    fn settled(mut order: Order) -> Result<(String, String), String> {
        settle(&mut order, Currency::EUR, &[], &mut Vec::new()).map_err(|fault| fault.text)?;
        Ok((order.total_reading, order.net_total.to_string()))
    }

    #[test]
    fn a_total_is_one_of_four() {
        let lines = || vec![line("10", "10", "1", "1")];
        for (total, reading) in [("100.00", "N"), ("107.90", "N+S"), ("120.50", "N+T"), ("128.40", "N+S+T"), ("100.01", "N")] {
            assert_eq!(settled(order(lines(), total, "7.90", "20.50")).map(|(reading, _)| reading).as_deref(), Ok(reading), "{total}");
        }
        let wrong = settled(order(lines(), "99.98", "0", "0")).expect_err("it fits nothing");
        assert!(wrong.contains("99.98") && wrong.contains("100.00"), "{wrong}");
    }

    #[test]
    fn a_basis_in_the_wrong_place_is_told_by_the_total() {
        assert_eq!(settled(order(vec![line("250", "12.50", "1", "100")], "31.25", "0", "0")).map(|(_, net)| net).as_deref(), Ok("31.25"));
        assert_eq!(settled(order(vec![line("10", "5.00", "1", "50")], "2500.00", "0", "0")).map(|(_, net)| net).as_deref(), Ok("2500.00"));
    }
}
