//! What becomes of an order that differs from the basket it came from: buyers edit the requisition on the way (oci, section 13). A rule for
//! prices and one for quantities, each of a connection. Only judges; what is booked follows from the verdict.

use rust_decimal::Decimal;

use super::money::Price;

/// What a difference beyond the tolerance leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Response {
    #[default]
    Accept,
    /// The order waits until a person approves it.
    Ask,
    Refuse,
}

/// A rule: differences up to so many percent of what the basket said pass, in either direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    pub response: Response,
    pub tolerance_percent: Decimal,
}

impl Rule {
    pub const fn new(response: Response) -> Rule {
        Rule { response, tolerance_percent: Decimal::ZERO }
    }

    /// What an ordered figure leads to. Numbers that cannot be compared are beyond every tolerance.
    pub fn judge(&self, quoted: Decimal, ordered: Decimal) -> Response {
        let difference = || ordered.checked_sub(quoted)?.abs().checked_mul(Decimal::ONE_HUNDRED);
        let allowed = || quoted.abs().checked_mul(self.tolerance_percent);
        match (difference(), allowed()) {
            (Some(difference), Some(allowed)) if difference <= allowed => Response::Accept,
            _ => self.response,
        }
    }

    /// The same for prices, whatever number of pieces each is for.
    pub fn judge_price(&self, quoted: Price, ordered: Price) -> Response {
        let per_piece = |price: Price, other: Price| price.amount.checked_mul(Decimal::from(other.per));
        match (per_piece(quoted, ordered), per_piece(ordered, quoted)) {
            (Some(quoted), Some(ordered)) => self.judge(quoted, ordered),
            _ => self.response,
        }
    }
}

/// Whether two prices are the same for a piece.
pub fn is_same_price(one: Price, other: Price) -> bool {
    Rule::new(Response::Refuse).judge_price(one, other) == Response::Accept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a number")
    }

    #[test]
    fn a_difference_passes_up_to_its_tolerance_in_either_direction() {
        for (tolerance, quoted, ordered, expected) in [
            ("0", "10", "10.00", Response::Accept),
            ("0", "10", "10.01", Response::Ask),
            ("2", "10", "10.20", Response::Accept),
            ("2", "10", "10.21", Response::Ask),
            ("2", "10", "9.80", Response::Accept),
            ("2", "10", "9.79", Response::Ask),
            ("2", "0", "0.01", Response::Ask),
            ("0", "79228162514264337593543950335", "-79228162514264337593543950335", Response::Ask),
        ] {
            let rule = Rule { response: Response::Ask, tolerance_percent: decimal(tolerance) };
            assert_eq!(rule.judge(decimal(quoted), decimal(ordered)), expected, "{tolerance} %: {quoted} to {ordered}");
        }
    }

    #[test]
    fn prices_are_compared_for_a_piece() {
        let price = |amount: &str, per| Price { amount: decimal(amount), per, currency: Currency::EUR };
        assert!(is_same_price(price("9.52", 100), price("0.0952", 1)));
        assert!(!is_same_price(price("9.52", 100), price("0.095", 1)));
        assert!(!is_same_price(price("79228162514264337593543950335", 1), price("1", 2)));
    }
}
