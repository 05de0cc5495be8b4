//! How a line is taxed and what a treatment of a customer makes of a rate (reference einvoicing, section 8). Pure. Never decides who gets
//! which treatment: that is a setting of the customer.

use rust_decimal::Decimal;

/// UNTDID 5305, as far as sellers in the Netherlands and Belgium use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TaxCategory {
    /// A rate above zero.
    Standard,
    /// Taxed at zero.
    ZeroRated,
    /// Exempt, with a reason in words.
    Exempt,
    /// The buyer owes the tax.
    ReverseCharge,
    /// Goods that go to a business in another country of the EU.
    IntraCommunity,
    /// Goods that leave the EU.
    Export,
}

impl TaxCategory {
    pub fn code(self) -> &'static str {
        match self {
            TaxCategory::Standard => "S",
            TaxCategory::ZeroRated => "Z",
            TaxCategory::Exempt => "E",
            TaxCategory::ReverseCharge => "AE",
            TaxCategory::IntraCommunity => "K",
            TaxCategory::Export => "G",
        }
    }

    /// BT-121: the code of the reason why no tax is asked, where the category has one of its own (P0104 to P0111).
    pub fn reason_code(self) -> &'static str {
        match self {
            TaxCategory::Standard | TaxCategory::ZeroRated | TaxCategory::Exempt => "",
            TaxCategory::ReverseCharge => "VATEX-EU-AE",
            TaxCategory::IntraCommunity => "VATEX-EU-IC",
            TaxCategory::Export => "VATEX-EU-G",
        }
    }
}

/// Category and rate of a line, in percent: `21`, not `0.21`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tax {
    pub percent: Decimal,
    pub category: TaxCategory,
}

/// How a customer is taxed, whatever the article.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Treatment {
    #[default]
    Domestic,
    ReverseCharge,
    IntraCommunity,
    Export,
    Exempt,
}

impl Treatment {
    pub const ALL: [Treatment; 5] = [Treatment::Domestic, Treatment::ReverseCharge, Treatment::IntraCommunity, Treatment::Export, Treatment::Exempt];

    pub fn as_str(self) -> &'static str {
        match self {
            Treatment::Domestic => "domestic",
            Treatment::ReverseCharge => "reverse-charge",
            Treatment::IntraCommunity => "intra-community",
            Treatment::Export => "export",
            Treatment::Exempt => "exempt",
        }
    }

    pub fn parse(text: &str) -> Option<Treatment> {
        Treatment::ALL.into_iter().find(|treatment| treatment.as_str() == text)
    }

    /// What it makes of an article's rate.
    pub fn tax(self, percent: Decimal) -> Tax {
        let category = match self {
            Treatment::Domestic if percent.is_zero() => TaxCategory::ZeroRated,
            Treatment::Domestic => return Tax { category: TaxCategory::Standard, percent: percent.normalize() },
            Treatment::ReverseCharge => TaxCategory::ReverseCharge,
            Treatment::IntraCommunity => TaxCategory::IntraCommunity,
            Treatment::Export => TaxCategory::Export,
            Treatment::Exempt => TaxCategory::Exempt,
        };
        Tax { category, percent: Decimal::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_treatment_says_category_and_rate() {
        let d = |text: &str| text.parse::<Decimal>().expect("a literal of this test");
        for (treatment, percent, category, rate) in [
            (Treatment::Domestic, "21.00", "S", "21"),
            (Treatment::Domestic, "0.00", "Z", "0"),
            (Treatment::ReverseCharge, "21", "AE", "0"),
            (Treatment::IntraCommunity, "9", "K", "0"),
            (Treatment::Export, "0", "G", "0"),
            (Treatment::Exempt, "21", "E", "0"),
        ] {
            let tax = treatment.tax(d(percent));
            assert_eq!((tax.category.code(), tax.percent.to_string().as_str()), (category, rate), "{treatment:?} {percent}");
            assert_eq!(Treatment::parse(treatment.as_str()), Some(treatment));
        }
    }
}
