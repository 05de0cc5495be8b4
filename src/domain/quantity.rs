//! Quantities: exact decimals, read the way people type them, never zero, never negative.

use rust_decimal::Decimal;

use super::finding::{Code, Finding};

/// Digits before the point that OCI can carry.
pub const INTEGER_DIGITS_MAX: u32 = 11;

/// Reads what a person typed: digits with at most one decimal point or comma. No sign, exponent or grouping.
pub fn read(text: &str) -> Result<Decimal, Finding> {
    let text = text.trim();
    let plain = text.replace(',', ".");
    let digits_only = !plain.is_empty() && plain.chars().all(|c| c.is_ascii_digit() || c == '.');
    let number = digits_only && plain.matches('.').count() <= 1 && plain.chars().any(|c| c.is_ascii_digit());
    if !number {
        let shown: String = text.chars().take(40).collect();
        return Err(Finding::error(Code::QuantityNotANumber, "QUANTITY").value(shown));
    }
    let whole = plain.split('.').next().unwrap_or_default().trim_start_matches('0');
    if whole.len() > INTEGER_DIGITS_MAX as usize || plain.len() > 28 {
        return Err(Finding::error(Code::NumberTooLarge, "QUANTITY").value(text).limit(INTEGER_DIGITS_MAX));
    }
    let padded = if plain.starts_with('.') { format!("0{plain}") } else { plain };
    let value = padded.trim_end_matches('.').parse::<Decimal>().map_err(|_| Finding::error(Code::QuantityNotANumber, "QUANTITY").value(text))?;
    if value.is_zero() {
        return Err(Finding::error(Code::QuantityNotPositive, "QUANTITY").value(text));
    }
    Ok(value.normalize())
}

/// Whether `quantity` can be sold in steps of `step`.
pub fn check_step(quantity: Decimal, step: Decimal) -> Result<(), Finding> {
    let fits = quantity.checked_rem(step).is_some_and(|rest| rest.is_zero());
    if fits {
        return Ok(());
    }
    Err(Finding::error(Code::QuantityStep, "QUANTITY").value(quantity).limit(step))
}

/// Whether a number has at most 11 digits before the point.
pub fn fits_wire(value: Decimal) -> bool {
    value.abs() < Decimal::from(10u64.pow(INTEGER_DIGITS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_type_and_refuses_the_rest() {
        for (text, expected) in [("12", "12"), ("1,5", "1.5"), (" 2.50 ", "2.5"), (".5", "0.5"), ("3.", "3"), ("007", "7")] {
            assert_eq!(read(text).map(|q| q.to_string()), Ok(expected.to_string()), "{text}");
        }
        for (text, code) in [
            ("", Code::QuantityNotANumber),
            ("1e3", Code::QuantityNotANumber),
            ("1,5,0", Code::QuantityNotANumber),
            ("1.234,5", Code::QuantityNotANumber),
            ("-1", Code::QuantityNotANumber),
            ("+1", Code::QuantityNotANumber),
            ("NaN", Code::QuantityNotANumber),
            ("٣", Code::QuantityNotANumber),
            (".", Code::QuantityNotANumber),
            ("0", Code::QuantityNotPositive),
            ("0,000", Code::QuantityNotPositive),
            ("123456789012", Code::NumberTooLarge),
            ("0.00000000000000000000000000000001", Code::NumberTooLarge),
        ] {
            assert_eq!(read(text).map_err(|f| f.code), Err(code), "{text}");
        }
    }

    #[test]
    fn steps() {
        let d = |t: &str| t.parse::<Decimal>().expect("a literal of this test");
        assert!(check_step(d("1.5"), d("0.5")).is_ok());
        assert!(check_step(d("1.234"), d("0.5")).is_err());
        assert!(check_step(d("2"), d("1")).is_ok());
        assert!(check_step(d("2"), d("0")).is_err());
    }
}
