//! Amounts, prices and every rounding. Money is minor units; a price is an exact decimal for a number of units.
//! Rounding is half away from zero and happens here only (design, section 6). No floating point.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};

/// An ISO 4217 code: three capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    pub const EUR: Currency = Currency(*b"EUR");

    pub fn parse(text: &str) -> Option<Currency> {
        let bytes: [u8; 3] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Currency(bytes))
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Decimals of the minor unit (ISO 4217): most have two.
    pub fn exponent(&self) -> u32 {
        match &self.0 {
            b"JPY" | b"KRW" | b"ISK" | b"CLP" | b"VND" | b"XAF" | b"XOF" | b"XPF" | b"UGX" | b"RWF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount in minor units of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

impl Money {
    pub fn new(minor: i64, currency: Currency) -> Money {
        Money { minor, currency }
    }

    /// The amount as a decimal with the currency's decimals: `12.50`.
    pub fn decimal(&self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent())
    }

    /// Rounds a decimal to minor units; `None` when it does not fit.
    pub fn round(value: Decimal, currency: Currency) -> Option<Money> {
        use rust_decimal::prelude::ToPrimitive;
        let scaled = value.checked_mul(Decimal::from(10i64.pow(currency.exponent())))?;
        let minor = scaled.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64()?;
        Some(Money { minor, currency })
    }

    pub fn checked_add(self, other: Money) -> Option<Money> {
        (self.currency == other.currency).then_some(())?;
        Some(Money { minor: self.minor.checked_add(other.minor)?, ..self })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.decimal())
    }
}

/// What `per` units cost, exactly as the catalogue says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    pub amount: Decimal,
    pub per: u32,
    pub currency: Currency,
}

impl Price {
    /// Net amount of a line: quantity × price ÷ price quantity, rounded once.
    pub fn total(&self, quantity: Decimal) -> Option<Money> {
        let exact = self.amount.checked_mul(quantity)?.checked_div(Decimal::from(self.per))?;
        Money::round(exact, self.currency)
    }
}

/// Tax on a net amount, rounded once.
pub fn tax_of(net: Money, percent: Decimal) -> Option<Money> {
    Money::round(net.decimal().checked_mul(percent)?.checked_div(Decimal::from(100))?, net.currency)
}

/// Rounds half up to three decimals, the finest a form field of OCI can carry.
pub fn round3(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(3, RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_half_away_from_zero_once() {
        let price = Price { amount: Decimal::new(125, 4), per: 1, currency: Currency::EUR };
        assert_eq!(price.total(Decimal::from(2)).map(|m| m.minor), Some(3));
        assert_eq!(price.total(Decimal::from(1)).map(|m| m.minor), Some(1));
        let per_hundred = Price { amount: Decimal::from(10), per: 100, currency: Currency::EUR };
        assert_eq!(per_hundred.total(Decimal::from(250)).map(|m| m.minor), Some(2500));
        assert_eq!(Money::round(Decimal::new(-5, 3), Currency::EUR).map(|m| m.minor), Some(-1));
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let price = Price { amount: Decimal::MAX, per: 1, currency: Currency::EUR };
        assert_eq!(price.total(Decimal::from(3)), None);
        assert_eq!(Currency::parse("eur"), None);
        let yen = Currency::parse("JPY").expect("three capitals");
        assert_eq!(Money::new(1, Currency::EUR).checked_add(Money::new(1, yen)), None);
    }
}
