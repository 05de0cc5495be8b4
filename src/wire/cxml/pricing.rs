//! The price of a line in the words of its document (for so many of a unit that may be another than the one ordered, section 10) and in those of
//! the house (for a whole number of what is ordered). What a supplier states of a line is in the document's, what is offered and booked in the
//! house's. Pure; what does not come out exactly on the way in is nothing, never a guess.

use rust_decimal::Decimal;

use super::kept::Line;
use crate::domain::money::{Currency, Money, Price};

/// The most pieces a price may be for.
const PER_MAX: u32 = 1_000_000;
/// Decimals of a price that an amount is divided to, where it does not come out.
const PLACES: u32 = 12;

/// Price and pieces as the books have them: exactly what price, basis and factor say, or what the line is stated to cost where that differs.
pub fn price(line: &Line, currency: Currency) -> Option<Price> {
    let own = pieces(line.unit_price?.checked_mul(line.factor)?, line.price_basis, currency);
    match line.stated {
        Some(stated) if own.and_then(|price| price.total(line.quantity)) != Money::round(stated, currency) => {
            let each = || Some(Price { amount: stated.checked_div(line.quantity)?.round_dp(PLACES), per: 1, currency });
            pieces(stated, line.quantity, currency).or_else(each)
        }
        Some(_) | None => own,
    }
}

fn pieces(mut amount: Decimal, basis: Decimal, currency: Currency) -> Option<Price> {
    let mut basis = basis.normalize();
    while !basis.is_integer() {
        (amount, basis) = (amount.checked_mul(Decimal::TEN)?, basis.checked_mul(Decimal::TEN)?.normalize());
    }
    let per = u32::try_from(basis.mantissa()).ok().filter(|per| basis.scale() == 0 && (1..=PER_MAX).contains(per))?;
    Some(Price { amount: amount.normalize(), per, currency })
}

/// A price that a document states for this line, as the house has prices of it: for as many of what is ordered as its own price.
pub fn in_house(line: &Line, stated: Decimal, currency: Currency) -> Option<Decimal> {
    let own = price(line, currency)?;
    if Some(stated) == line.unit_price {
        return Some(own.amount);
    }
    let exact = stated.checked_mul(line.factor)?.checked_mul(Decimal::from(own.per))?.checked_div(line.price_basis)?;
    Some(exact.normalize())
}

/// A price of the house for this line, as its document would state it; to twelve decimals where it does not come out.
pub fn in_document(line: &Line, amount: Decimal, currency: Currency) -> Option<Decimal> {
    let own = price(line, currency)?;
    if amount == own.amount {
        return line.unit_price;
    }
    let divided = amount.checked_mul(line.price_basis)?.checked_div(line.factor.checked_mul(Decimal::from(own.per))?)?;
    Some(divided.round_dp(PLACES).normalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(text: &str) -> Decimal {
        text.parse().expect("a literal of this test")
    }

    fn line(price: &str, basis: &str, factor: &str) -> Line {
        Line { quantity: d("2"), unit_price: Some(d(price)), price_basis: d(basis), factor: d(factor), ..Line::default() }
    }

    #[test]
    fn a_price_is_for_what_is_ordered() {
        for (price, basis, factor, stated, expected) in [
            ("10", "1", "1", "11", "11"),
            ("12.50", "100", "1", "13", "13"),
            // A box of thirty, priced by the piece: 0.50 is 15.00 for the box, 0.55 is 16.50.
            ("0.50", "1", "30", "0.55", "16.5"),
            ("0.50", "1", "30", "0.50", "15"),
            // Half a piece is no number of pieces: per five.
            ("1", "0.5", "1", "2", "20"),
        ] {
            let line = line(price, basis, factor);
            assert_eq!(in_house(&line, d(stated), Currency::EUR), Some(d(expected)), "{stated} for {basis} × {factor}");
            assert_eq!(in_document(&line, d(expected), Currency::EUR), Some(d(stated)), "{expected} for {basis} × {factor}");
        }
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same(price in 1i64..100_000, basis in 1i64..1000, factor in 1i64..100, stated in 1i64..100_000) {
            let line = line(&Decimal::new(price, 2).to_string(), &basis.to_string(), &factor.to_string());
            let stated = Decimal::new(stated, 2);
            let house = in_house(&line, stated, Currency::EUR).expect("small numbers");
            let back = in_document(&line, house, Currency::EUR).expect("small numbers");
            prop_assert!((back - stated).abs() < Decimal::new(1, 9), "{} became {}", stated, back);
        }
    }
}
