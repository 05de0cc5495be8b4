//! Decimal numbers without a limit of digits, as the official rules count them: addition and multiplication are exact, division gives at least
//! 18 digits after the point and rounds the half down, `round` takes the half up. A library type with a fixed width would give another verdict
//! on long numbers, so this one grows. Never a binary fraction.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};

use crate::einvoice::xml::trim;

/// More digits than this are not read. The official rules have no limit; no amount has a tenth of it, and time must stay bounded.
pub const DIGITS_MAX: usize = 1_000;
/// Digits that a binary fraction of 53 bits always keeps apart, and powers of ten that it holds exactly.
const SHORT_DIGITS: usize = 15;
const SHORT_SCALE: u32 = 22;
/// Division goes at least so far after the point.
const DIVISION_DIGITS: u32 = 18;

/// A whole number and how many of its digits stand after the point. Nearly all numbers of documents are small ones, which two words of the machine
/// hold; what is computed of them may be a middle one.
#[derive(Debug, PartialEq, Eq, Hash)]
pub enum Decimal {
    Small(i64, u32),
    /// Beyond what a small one holds.
    Middle(Box<i128>, u32),
    Large(Box<BigInt>, u32),
}

use Decimal::{Large, Middle, Small};

/// The powers of ten that fit.
const POWERS: [i128; 39] = {
    let mut powers = [1; 39];
    let mut exponent = 1;
    while exponent < powers.len() {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
};

/// Those that fit a word of the machine.
const SHORT_POWERS: [i64; 19] = {
    let mut powers = [1; 19];
    let mut exponent = 1;
    while exponent < powers.len() {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
};

fn power(exponent: u32) -> Option<i128> {
    POWERS.get(exponent as usize).copied()
}

fn short_power(exponent: u32) -> Option<i64> {
    SHORT_POWERS.get(exponent as usize).copied()
}

fn power_large(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

// By hand: a small number is copied where it stands, and the code for the others would keep that from being done.
impl Clone for Decimal {
    #[inline]
    fn clone(&self) -> Decimal {
        match self {
            Small(mantissa, scale) => Small(*mantissa, *scale),
            other => other.clone_boxed(),
        }
    }
}

impl From<i64> for Decimal {
    fn from(whole: i64) -> Decimal {
        Small(whole, 0)
    }
}

impl Decimal {
    pub const ZERO: Decimal = Small(0, 0);

    /// A sign, digits, a point, digits, with white space around; at least one digit.
    pub fn parse(text: &str) -> Option<Decimal> {
        plain(text.as_bytes()).or_else(|| Decimal::parse_any(text))
    }

    fn parse_any(text: &str) -> Option<Decimal> {
        let bare = trim(text).as_bytes();
        let (negative, digits) = match bare {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            all => (false, all),
        };
        let (mut short, mut mantissa, mut count, mut scale, mut point) = (0_i64, 0_i128, 0_usize, 0_u32, false);
        for byte in digits {
            match byte {
                // A word of the machine counts faster than two, and nearly all numbers fit one.
                b'0'..=b'9' if count < 18 => short = short * 10 + i64::from(byte - b'0'),
                b'0'..=b'9' if count < 36 => mantissa = (if count == 18 { i128::from(short) } else { mantissa }) * 10 + i128::from(byte - b'0'),
                b'0'..=b'9' => {}
                b'.' if !point => {
                    point = true;
                    continue;
                }
                _ => return None,
            }
            count += 1;
            scale += u32::from(point);
        }
        match count {
            0 => None,
            1..=18 => Some(Small(if negative { -short } else { short }, scale)),
            19..=36 => Some(fitting(if negative { -mantissa } else { mantissa }, scale)),
            37..=DIGITS_MAX => {
                let all: Vec<u8> = digits.iter().copied().filter(u8::is_ascii_digit).collect();
                let large = BigInt::parse_bytes(&all, 10)?;
                Some(Large(Box::new(if negative { -large } else { large }), scale))
            }
            _ => None,
        }
    }

    #[cold]
    fn clone_boxed(&self) -> Decimal {
        match self {
            Small(mantissa, scale) => Small(*mantissa, *scale),
            Middle(mantissa, scale) => Middle(mantissa.clone(), *scale),
            Large(mantissa, scale) => Large(mantissa.clone(), *scale),
        }
    }

    /// The whole number where it is no large one, and how many of its digits stand after the point.
    #[inline]
    fn middle(&self) -> Option<(i128, u32)> {
        match self {
            Small(mantissa, scale) => Some((i128::from(*mantissa), *scale)),
            Middle(mantissa, scale) => Some((**mantissa, *scale)),
            Large(..) => None,
        }
    }

    fn large(&self) -> (BigInt, u32) {
        match self {
            Small(mantissa, scale) => (BigInt::from(*mantissa), *scale),
            Middle(mantissa, scale) => (BigInt::from(**mantissa), *scale),
            Large(mantissa, scale) => (mantissa.as_ref().clone(), *scale),
        }
    }

    /// Two small numbers with as many digits after the point, where both stay small.
    #[inline]
    fn aligned_small(&self, other: &Decimal) -> Option<(i64, i64, u32)> {
        let (Small(a, a_scale), Small(b, b_scale)) = (self, other) else { return None };
        match a_scale.cmp(b_scale) {
            Ordering::Equal => Some((*a, *b, *a_scale)),
            Ordering::Less => Some((a.checked_mul(short_power(b_scale - a_scale)?)?, *b, *b_scale)),
            Ordering::Greater => Some((*a, b.checked_mul(short_power(a_scale - b_scale)?)?, *a_scale)),
        }
    }

    /// Two numbers with as many digits after the point.
    #[inline(never)]
    fn aligned(&self, other: &Decimal) -> Result<(i128, i128, u32), (BigInt, BigInt, u32)> {
        if let (Some((a, a_scale)), Some((b, b_scale))) = (self.middle(), other.middle()) {
            let scale = a_scale.max(b_scale);
            let stretch = |mantissa: i128, from: u32| power(scale - from).and_then(|factor| mantissa.checked_mul(factor));
            if let (Some(a), Some(b)) = (stretch(a, a_scale), stretch(b, b_scale)) {
                return Ok((a, b, scale));
            }
        }
        let ((a, a_scale), (b, b_scale)) = (self.large(), other.large());
        let scale = a_scale.max(b_scale);
        Err((a * power_large(scale - a_scale), b * power_large(scale - b_scale), scale))
    }

    pub fn add(&self, other: &Decimal) -> Decimal {
        if let Some((a, b, scale)) = self.aligned_small(other)
            && let Some(sum) = a.checked_add(b)
        {
            return Small(sum, scale);
        }
        match self.aligned(other) {
            Ok((a, b, scale)) => a.checked_add(b).map_or_else(|| Large(Box::new(BigInt::from(a) + b), scale), |sum| fitting(sum, scale)),
            Err((a, b, scale)) => Large(Box::new(a + b), scale),
        }
    }

    pub fn negate(&self) -> Decimal {
        match self {
            Small(mantissa, scale) => mantissa.checked_neg().map_or_else(|| fitting(-i128::from(*mantissa), *scale), |turned| Small(turned, *scale)),
            Middle(mantissa, scale) => {
                mantissa.checked_neg().map_or_else(|| Large(Box::new(-BigInt::from(**mantissa)), *scale), |turned| fitting(turned, *scale))
            }
            Large(mantissa, scale) => Large(Box::new(-mantissa.as_ref()), *scale),
        }
    }

    pub fn subtract(&self, other: &Decimal) -> Decimal {
        self.add(&other.negate())
    }

    pub fn multiply(&self, other: &Decimal) -> Decimal {
        if let (Small(a, a_scale), Small(b, b_scale)) = (self, other)
            && let Some(product) = a.checked_mul(*b)
        {
            return Small(product, a_scale + b_scale);
        }
        if let (Some((a, a_scale)), Some((b, b_scale))) = (self.middle(), other.middle())
            && let Some(product) = a.checked_mul(b)
        {
            return fitting(product, a_scale + b_scale);
        }
        let ((a, a_scale), (b, b_scale)) = (self.large(), other.large());
        Large(Box::new(a * b), a_scale + b_scale)
    }

    /// Without zeros at the end, which count nowhere but in how far a division goes.
    fn stripped(&self) -> (BigInt, u32) {
        let (mut mantissa, mut scale) = self.large();
        let ten = BigInt::from(10);
        while scale > 0 && (&mantissa % &ten).sign() == Sign::NoSign {
            mantissa /= &ten;
            scale -= 1;
        }
        (mantissa, scale)
    }

    /// None when the divisor is zero.
    pub fn divide(&self, other: &Decimal) -> Option<Decimal> {
        if other.is_zero() {
            return None;
        }
        if let Some(quotient) = self.divide_small(other) {
            return Some(quotient);
        }
        let ((a, a_scale), (b, b_scale)) = (self.stripped(), other.stripped());
        let scale = a_scale.max(b_scale).max(DIVISION_DIGITS);
        let dividend = a * power_large(scale + b_scale - a_scale);
        let (quotient, rest) = (&dividend / &b, &dividend % &b);
        let twice = BigInt::from_biguint(Sign::Plus, rest.magnitude() * 2_u32);
        let divisor = BigInt::from_biguint(Sign::Plus, b.magnitude().clone());
        let away = if (dividend.sign() == Sign::Minus) == (b.sign() == Sign::Minus) { 1 } else { -1 };
        Some(Large(Box::new(if twice > divisor { quotient + away } else { quotient }), scale))
    }

    /// The usual case: by a power of ten, without a rest, or few digits.
    fn divide_small(&self, other: &Decimal) -> Option<Decimal> {
        if let (Small(a, a_scale), Small(b, b_scale)) = (self, other) {
            if *b_scale == 0 && *a_scale + 2 <= DIVISION_DIGITS && *b == 100 {
                return Some(Small(*a, a_scale + 2));
            }
            if *a_scale <= DIVISION_DIGITS && a_scale >= b_scale && a.checked_rem(*b) == Some(0) {
                return Some(Small(a / b, a_scale - b_scale));
            }
        }
        let ((a, a_scale), (b, b_scale)) = (self.middle()?, other.middle()?);
        if a_scale > DIVISION_DIGITS || b_scale > DIVISION_DIGITS {
            return None;
        }
        let dividend = a.checked_mul(power(DIVISION_DIGITS + b_scale - a_scale)?)?;
        let quotient = dividend / b;
        let rest = dividend - quotient * b;
        let away = if (dividend < 0) == (b < 0) { 1 } else { -1 };
        let up = rest.unsigned_abs().checked_mul(2)? > b.unsigned_abs();
        Some(fitting(if up { quotient + away } else { quotient }, DIVISION_DIGITS))
    }

    /// What remains of a division that gives a whole number, with the sign of the dividend.
    pub fn remainder(&self, other: &Decimal) -> Option<Decimal> {
        if other.is_zero() {
            return None;
        }
        Some(match self.aligned(other) {
            Ok((a, b, scale)) => fitting(a % b, scale),
            Err((a, b, scale)) => Large(Box::new(a % b), scale),
        })
    }

    /// To a whole number, the half up.
    pub fn round(&self) -> Decimal {
        if let Small(mantissa, scale) = self
            && let Some(unit) = short_power(*scale)
        {
            let (whole, rest) = (mantissa.div_euclid(unit), mantissa.rem_euclid(unit));
            return Small(if rest >= unit - rest { whole + 1 } else { whole }, 0);
        }
        match self.middle() {
            Some((mantissa, scale)) if scale < 38 => {
                let unit = POWERS[scale as usize];
                let whole = mantissa.div_euclid(unit);
                let rest = mantissa - whole * unit;
                fitting(if rest >= unit - rest { whole + 1 } else { whole }, 0)
            }
            _ => {
                let (mantissa, scale) = self.large();
                let unit = power_large(scale);
                let doubled: BigInt = mantissa * 2 + &unit;
                let twice: BigInt = unit * 2;
                let (whole, rest): (BigInt, BigInt) = (&doubled / &twice, doubled % &twice);
                let below = rest.sign() == Sign::Minus;
                Large(Box::new(if below { whole - 1 } else { whole }), 0)
            }
        }
    }

    pub fn absolute(&self) -> Decimal {
        if self.is_negative() { self.negate() } else { self.clone() }
    }

    pub fn is_negative(&self) -> bool {
        match self {
            Small(mantissa, _) => *mantissa < 0,
            Middle(mantissa, _) => **mantissa < 0,
            Large(mantissa, _) => mantissa.sign() == Sign::Minus,
        }
    }

    pub fn is_zero(&self) -> bool {
        match self {
            Small(mantissa, _) => *mantissa == 0,
            Middle(..) => false,
            Large(mantissa, _) => mantissa.sign() == Sign::NoSign,
        }
    }

    pub fn compare(&self, other: &Decimal) -> Ordering {
        if let Some((a, b, _)) = self.aligned_small(other) {
            return a.cmp(&b);
        }
        match self.aligned(other) {
            Ok((a, b, _)) => a.cmp(&b),
            Err((a, b, _)) => a.cmp(&b),
        }
    }

    /// The number as a fraction: its digits, and the power of ten they are divided by.
    pub fn ratio(&self) -> (BigInt, u32) {
        self.large()
    }

    /// Whether it has so few digits that a binary fraction of 53 bits always keeps it apart from others of as few.
    pub fn is_short(&self) -> bool {
        match self {
            Small(mantissa, scale) => mantissa.unsigned_abs() < SHORT_POWERS[SHORT_DIGITS].unsigned_abs() && *scale <= SHORT_SCALE,
            Middle(..) | Large(..) => false,
        }
    }

    /// A small whole number, where it is one.
    pub fn whole(&self) -> Option<i64> {
        if let Small(mantissa, 0) = self {
            return Some(*mantissa);
        }
        let (mantissa, scale) = self.middle()?;
        let unit = power(scale)?;
        (mantissa % unit == 0).then(|| i64::try_from(mantissa / unit).ok())?
    }

    /// As it is written: no zeros at the end, no point without digits behind it.
    pub fn written(&self) -> String {
        let (mantissa, scale) = self.stripped();
        let digits = mantissa.magnitude().to_string();
        let sign = if mantissa.sign() == Sign::Minus { "-" } else { "" };
        if scale == 0 {
            return format!("{sign}{digits}");
        }
        let padded = format!("{digits:0>width$}", width = scale as usize + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale as usize);
        format!("{sign}{whole}.{fraction}")
    }
}

/// What nearly all numbers are: a few digits, and perhaps a point among them.
#[inline]
fn plain(text: &[u8]) -> Option<Decimal> {
    if !(1..=18).contains(&text.len()) {
        return None;
    }
    let (mut mantissa, mut point) = (0_i64, None);
    for (place, byte) in text.iter().enumerate() {
        match byte.wrapping_sub(b'0') {
            digit @ 0..=9 => mantissa = mantissa * 10 + i64::from(digit),
            _ if *byte == b'.' && point.is_none() => point = Some(place),
            _ => return None,
        }
    }
    match point {
        None => Some(Small(mantissa, 0)),
        Some(_) if text.len() == 1 => None,
        Some(place) => Some(Small(mantissa, (text.len() - place - 1) as u32)),
    }
}

/// A middle number where it must be.
fn fitting(mantissa: i128, scale: u32) -> Decimal {
    i64::try_from(mantissa).map_or_else(|_| Middle(Box::new(mantissa), scale), |small| Small(small, scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_large(number: &Decimal) -> Decimal {
        let (mantissa, scale) = number.ratio();
        Large(Box::new(mantissa), scale)
    }

    #[test]
    fn numbers_of_every_size_are_counted_alike() {
        let texts = [
            "0",
            "-0.0",
            "1",
            "-1",
            "0.5",
            "-2.5",
            "100",
            "0.000000000000000001",
            "999999999999999999",
            "9223372036854775807",
            "-9223372036854775808",
            "9223372036854775808",
            "92233720368547758.07",
            "170141183460469231731687303715884105",
            "-17014118346046923173168730371588.4105",
            "1234567.89",
            "3",
            "0.0000000000000000000003",
            "1701411834604692317316873037158841057270000000000000000000000001",
            "-0.5",
        ];
        let numbers: Vec<Decimal> = texts.iter().map(|text| Decimal::parse(text).expect(text)).collect();
        for a in &numbers {
            let large = as_large(a);
            assert!(a.compare(&large).is_eq() && large.compare(a).is_eq(), "{a:?}");
            assert_eq!((a.is_zero(), a.is_negative(), a.written()), (large.is_zero(), large.is_negative(), large.written()));
            for (one, other) in [(a.round(), large.round()), (a.negate(), large.negate()), (a.absolute(), large.absolute())] {
                assert!(one.compare(&other).is_eq(), "{a:?}: {one:?}, {other:?}");
            }
            for b in &numbers {
                let other = as_large(b);
                assert_eq!(a.compare(b), large.compare(&other), "{a:?}, {b:?}");
                let pairs = [
                    (Some(a.add(b)), Some(large.add(&other))),
                    (Some(a.subtract(b)), Some(large.subtract(&other))),
                    (Some(a.multiply(b)), Some(large.multiply(&other))),
                    (a.divide(b), large.divide(&other)),
                    (a.remainder(b), large.remainder(&other)),
                ];
                for (one, other) in pairs {
                    assert_eq!(one.as_ref().map(Decimal::written), other.as_ref().map(Decimal::written), "{a:?}, {b:?}");
                }
            }
        }
    }
}
