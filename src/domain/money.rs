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

/// Discount against a list price in whole percent, rounded down so that it never promises too much.
pub fn discount_percent(list: Decimal, net: Decimal) -> Option<Decimal> {
    let saved = Some(list).filter(|list| *list > net && !list.is_zero())?.checked_sub(net)?;
    let percent = saved.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(list)?;
    Some(percent.floor()).filter(|percent| !percent.is_zero())
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

/// Rounds to whole minor units, half away from zero; `None` when it does not fit.
pub fn round_minor(value: Decimal) -> Option<i64> {
    use rust_decimal::prelude::ToPrimitive;
    value.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64()
}

/// What the first `n` of `of` pieces are of a whole: differences of it always add up to the whole (budgets-and-orders, chapter 3).
pub fn part(whole: i64, n: Decimal, of: Decimal) -> i64 {
    // Most often it is all or nothing, which need not be worked out.
    if n == of || n.is_zero() {
        return if n == of { whole } else { 0 };
    }
    let exact = Decimal::from(whole).checked_mul(n).and_then(|product| product.checked_div(of));
    exact.and_then(round_minor).unwrap_or(if n >= of { whole } else { 0 })
}

/// Divides a whole by weight with the largest remainder: every share rounded down, the missing cents one by one to the largest fractions,
/// the earlier of two equal ones first. A negative whole is divided as its opposite; weights of nothing divide evenly. `None` when there
/// is nobody to divide over, or a number does not fit.
pub fn apportion(whole: i64, weights: &[Decimal]) -> Option<Vec<i64>> {
    let scale = weights.iter().map(Decimal::scale).max()?;
    let scaled = |weight: &Decimal| weight.mantissa().checked_mul(10i128.checked_pow(scale - weight.scale())?);
    let mut weights: Vec<i128> = weights.iter().map(scaled).collect::<Option<_>>()?;
    let one_sign = weights.iter().all(|weight| *weight >= 0) || weights.iter().all(|weight| *weight <= 0);
    let mut sum = weights.iter().try_fold(0i128, |sum, weight| sum.checked_add(*weight))?;
    if sum == 0 {
        weights.fill(1);
        sum = i128::try_from(weights.len()).ok()?;
    }
    if sum < 0 {
        weights.iter_mut().for_each(|weight| *weight = -*weight);
        sum = -sum;
    }
    // Only where all weights have one sign does a negative whole mirror the positive one; with both, fractions decide (tax of a rate).
    let sign = if whole < 0 && one_sign { -1 } else { 1 };
    let amount = i128::from(whole) * sign;
    let products: Vec<i128> = weights.iter().map(|weight| amount.checked_mul(*weight)).collect::<Option<_>>()?;
    let mut shares: Vec<i128> = products.iter().map(|product| product.div_euclid(sum)).collect();
    let mut by_fraction: Vec<usize> = (0..shares.len()).collect();
    by_fraction.sort_by_key(|at| std::cmp::Reverse(products[*at].rem_euclid(sum)));
    let missing = usize::try_from(amount - shares.iter().sum::<i128>()).ok()?;
    for at in by_fraction.into_iter().take(missing) {
        shares[at] += 1;
    }
    shares.into_iter().map(|share| i64::try_from(share * sign).ok()).collect()
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

    /// Chapter 3 and EX-03: exact shares 33.350002, 33.339999, 33.339999; then 3.2773, 1.9664, 1.9664, where the earlier row wins.
    #[test]
    fn divides_to_the_cent() {
        let weights = |texts: &[&str]| texts.iter().map(|text| text.parse().expect("a literal of this test")).collect::<Vec<Decimal>>();
        for (whole, by, shares) in [
            (10003, weights(&["33.34", "33.33", "33.33"]), Some(vec![3335, 3334, 3334])),
            (721, weights(&["5", "3", "3"]), Some(vec![328, 197, 196])),
            (-721, weights(&["5", "3", "3"]), Some(vec![-328, -197, -196])),
            (181, weights(&["1005", "1005", "1005"]), Some(vec![61, 60, 60])),
            (10, weights(&["0", "0", "0"]), Some(vec![4, 3, 3])),
            (0, weights(&["1", "2"]), Some(vec![0, 0])),
            // A rebate beside goods under one rate: 21 % of 100.05 and −50.02 is 10.5063, together 10.51.
            (1051, weights(&["10005", "-5002"]), Some(vec![2102, -1051])),
            (5, Vec::new(), None),
        ] {
            assert_eq!(apportion(whole, &by), shares, "{whole} over {by:?}");
        }
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        let of = Decimal::from(7);
        let steps: Vec<i64> = (0..=7).map(|n| part(1000, Decimal::from(n), of)).collect();
        assert_eq!(steps, [0, 143, 286, 429, 571, 714, 857, 1000]);
        assert_eq!(part(-25, Decimal::ONE, Decimal::from(2)), -13);
        assert_eq!(part(500, Decimal::ONE, Decimal::ZERO), 500);
    }
}
