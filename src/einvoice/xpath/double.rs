//! The numbers that the official rules compute with where a text meets a number: binary fractions of 53 bits (IEEE 754), made here of whole
//! numbers. A text of at most 15 digits stands for a binary fraction of its own, in the same order, so such texts are compared as they are;
//! longer ones are rounded to 53 bits first, the half to the even one, as the processor would.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};

use super::decimal::Decimal;
use crate::einvoice::xml::trim;

/// Beyond this power of ten in either direction nothing is kept apart any more: too large, or zero.
const EXPONENT_MAX: i64 = 400;
/// The smallest power of two that the last bit can stand for.
const LOWEST: i64 = -1074;
/// The greatest power of two that the last of 53 bits can stand for.
const HIGHEST: i64 = 971;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Double {
    NotANumber,
    Infinite {
        negative: bool,
    },
    /// The binary fraction next to a decimal number of few digits.
    Short(Decimal),
    /// A whole number of 53 bits at most, times a power of two.
    Wide {
        negative: bool,
        bits: u64,
        exponent: i64,
    },
}

use Double::{Infinite, NotANumber, Short, Wide};

impl From<Decimal> for Double {
    fn from(decimal: Decimal) -> Double {
        if decimal.is_short() {
            return Short(decimal);
        }
        let (digits, scale) = decimal.ratio();
        rounded(&digits, &BigInt::from(10).pow(scale))
    }
}

impl Double {
    /// As XML Schema reads it; what it cannot read is no number.
    pub fn parse(text: &str) -> Option<Double> {
        let bare = trim(text);
        match bare {
            "NaN" => return Some(NotANumber),
            "INF" | "+INF" => return Some(Infinite { negative: false }),
            "-INF" => return Some(Infinite { negative: true }),
            _ => {}
        }
        let Some(at) = bare.find(['e', 'E']) else { return Decimal::parse(bare).filter(|_| is_lexical(bare)).map(Double::from) };
        let (digits, exponent) = (&bare[..at], &bare[at + 1..]);
        let number = Decimal::parse(digits).filter(|_| is_lexical(digits))?;
        let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // An exponent too long to be read is as good as one beyond every limit.
        let size = unsigned.parse::<i64>().unwrap_or(i64::MAX / 2);
        Some(shifted(&number, if exponent.starts_with('-') { -size } else { size }))
    }

    pub fn is_number(&self) -> bool {
        *self != NotANumber
    }

    /// The binary fraction as a decimal number, to its last digit; nothing for what is no number.
    pub fn to_decimal(&self) -> Option<Decimal> {
        if matches!(self, NotANumber | Infinite { .. }) {
            return None;
        }
        let Fraction { top, bottom } = self.exact();
        // The bottom is a power of two, so as many digits after the point as it has bits say it all.
        let digits = bottom.bits() as u32 - 1;
        Some(Decimal::Large(Box::new(top * BigInt::from(5).pow(digits)), digits))
    }

    pub fn is_zero(&self) -> bool {
        match self {
            NotANumber | Infinite { .. } => false,
            Short(decimal) => decimal.is_zero(),
            Wide { bits, .. } => *bits == 0,
        }
    }

    /// None when one is no number: nothing is equal to it, less or more.
    pub fn compare(&self, other: &Double) -> Option<Ordering> {
        match (self, other) {
            (NotANumber, _) | (_, NotANumber) => None,
            (Short(a), Short(b)) => Some(a.compare(b)),
            (Infinite { negative: a }, Infinite { negative: b }) => Some(b.cmp(a)),
            (Infinite { negative }, _) => Some(if *negative { Ordering::Less } else { Ordering::Greater }),
            (_, Infinite { negative }) => Some(if *negative { Ordering::Greater } else { Ordering::Less }),
            (a, b) => Some(a.exact().compare_fraction(&b.exact())),
        }
    }

    fn exact(&self) -> Fraction {
        match self {
            NotANumber | Infinite { .. } => Fraction { top: BigInt::from(0), bottom: BigInt::from(1) },
            Short(decimal) => {
                let (digits, scale) = decimal.ratio();
                match rounded(&digits, &BigInt::from(10).pow(scale)) {
                    Short(_) => Fraction { top: digits, bottom: BigInt::from(1) },
                    wide => wide.exact(),
                }
            }
            Wide { negative, bits, exponent } => {
                let signed = if *negative { -BigInt::from(*bits) } else { BigInt::from(*bits) };
                let one = BigInt::from(1);
                match exponent {
                    0.. => Fraction { top: signed << exponent.unsigned_abs(), bottom: one },
                    _ => Fraction { top: signed, bottom: one << exponent.unsigned_abs() },
                }
            }
        }
    }

    fn compute(&self, other: &Double, operate: impl Fn(Fraction, Fraction) -> Option<Fraction>) -> Double {
        if matches!(self, NotANumber | Infinite { .. }) || matches!(other, NotANumber | Infinite { .. }) {
            return NotANumber;
        }
        operate(self.exact(), other.exact()).map_or(NotANumber, |result| rounded(&result.top, &result.bottom))
    }

    pub fn add(&self, other: &Double) -> Double {
        self.compute(other, |a, b| Some(Fraction { top: a.top * &b.bottom + b.top * &a.bottom, bottom: a.bottom * b.bottom }))
    }

    pub fn subtract(&self, other: &Double) -> Double {
        self.compute(other, |a, b| Some(Fraction { top: a.top * &b.bottom - b.top * &a.bottom, bottom: a.bottom * b.bottom }))
    }

    pub fn multiply(&self, other: &Double) -> Double {
        self.compute(other, |a, b| Some(Fraction { top: a.top * b.top, bottom: a.bottom * b.bottom }))
    }

    pub fn divide(&self, other: &Double) -> Double {
        self.compute(other, |a, b| {
            let turned = Fraction { top: a.top * b.bottom, bottom: a.bottom * b.top };
            match turned.bottom.sign() {
                Sign::NoSign => None,
                Sign::Plus => Some(turned),
                Sign::Minus => Some(Fraction { top: -turned.top, bottom: -turned.bottom }),
            }
        })
    }
}

/// The bottom is above zero.
struct Fraction {
    top: BigInt,
    bottom: BigInt,
}

impl Fraction {
    fn compare_fraction(&self, other: &Fraction) -> Ordering {
        (&self.top * &other.bottom).cmp(&(&other.top * &self.bottom))
    }
}

/// Decimals are trimmed when they are read; inside of a number there is no white space.
fn is_lexical(text: &str) -> bool {
    !text.bytes().any(|byte| byte.is_ascii_whitespace())
}

fn shifted(number: &Decimal, exponent: i64) -> Double {
    let (digits, scale) = number.ratio();
    let size = digits.bits() as i64 / 4 + 1;
    let power = exponent - i64::from(scale);
    if digits.sign() == Sign::NoSign || power + size < -EXPONENT_MAX {
        return Short(Decimal::ZERO);
    }
    if power > EXPONENT_MAX {
        return Infinite { negative: number.is_negative() };
    }
    // Both are bounded by what was ruled out above and by the digits that a number may have.
    let factor = BigInt::from(10).pow(power.unsigned_abs() as u32);
    if power < 0 { rounded(&digits, &factor) } else { rounded(&(digits * factor), &BigInt::from(1)) }
}

/// The binary fraction next to `top / bottom`; of two equally near the one whose last bit is 0.
fn rounded(top: &BigInt, bottom: &BigInt) -> Double {
    let negative = top.sign() == Sign::Minus;
    let (top, bottom) = (top.magnitude(), bottom.magnitude());
    let magnitude = top.bits() as i64 - bottom.bits() as i64;
    let mut exponent = (magnitude - 54).max(LOWEST);
    loop {
        let (scaled_top, scaled_bottom) = match exponent {
            0.. => (top.clone(), bottom << exponent.unsigned_abs()),
            _ => (top << exponent.unsigned_abs(), bottom.clone()),
        };
        let (mut bits, rest) = (&scaled_top / &scaled_bottom, &scaled_top % &scaled_bottom);
        if bits.bits() > 53 {
            exponent += 1;
            continue;
        }
        let half = (rest * 2_u32).cmp(&scaled_bottom);
        let odd = bits.bit(0);
        if half == Ordering::Greater || (half == Ordering::Equal && odd) {
            bits += 1_u32;
        }
        // Rounding up may have made it 54 bits, of which the last is 0.
        if exponent > HIGHEST || (exponent == HIGHEST && bits.bits() > 53) {
            return Infinite { negative };
        }
        return Wide { negative, bits: bits.iter_u64_digits().next().unwrap_or(0), exponent };
    }
}
